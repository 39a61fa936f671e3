//! What one importer says of one file: declarations and references, not yet merged with anything.

use super::{
    Attr, AttrSet, AttrValue, Column, ColumnLink, EdgeKind, FileIx, NodeKind, Problem, ProblemKind,
    Provenance, Severity, Sightings, SourceFile, Tables,
};
use indexmap::{IndexMap, IndexSet};
use jiff::civil::Date;
use rustc_hash::FxBuildHasher;
use std::sync::Arc;

/// An id within one [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeRef(u32);

impl NodeRef {
    pub(super) fn at(self) -> usize {
        self.0 as usize
    }
}

/// A group within one [`Batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupRef(pub(super) u32);

/// What one file says of one node.
#[derive(Clone, Debug)]
pub struct NodeDecl {
    pub(super) reference: NodeRef,
    /// A definition brings the node into being; an annotation only adds to what another file defines.
    pub(super) defines: bool,
    pub kind: Option<NodeKind>,
    pub name: Option<Box<str>>,
    pub group: Option<GroupRef>,
    pub at: Provenance,
    pub attrs: AttrSet,
    pub columns: Vec<Column>,
    /// Other ids under which other files may speak of it.
    pub aliases: Vec<Box<str>>,
    /// Names that further nodes may carry as well, such as that of a table without its server: each is
    /// an alias if this node alone carries it, and says nothing otherwise.
    pub loose_names: Vec<Box<str>>,
}

impl NodeDecl {
    /// Says `attr`; the last word within one file counts.
    pub fn set(&mut self, attr: Attr, value: AttrValue, at: Provenance) {
        self.attrs.set(attr, value, at);
    }
}

/// What one file says of one dependency.
#[derive(Clone, Debug)]
pub struct EdgeDecl {
    pub(super) from: NodeRef,
    pub(super) to: NodeRef,
    pub kind: EdgeKind,
    pub at: Provenance,
    pub attrs: Option<Box<AttrSet>>,
    pub columns: Vec<ColumnLink>,
    /// Set where a log of runs tells of it, and nobody who answers for it.
    pub seen: Option<Box<Sightings>>,
}

impl EdgeDecl {
    pub fn set(&mut self, attr: Attr, value: AttrValue, at: Provenance) {
        self.attrs.get_or_insert_default().set(attr, value, at);
    }
}

/// Debt that somebody accepts for a while: a rule that is not to speak of a node, or of any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// The rule's code as written.
    pub rule: Box<str>,
    /// The node's id as written; `None` allows it everywhere.
    pub node: Option<Box<str>>,
    pub reason: Box<str>,
    pub owner: Option<Box<str>>,
    /// Last day that it counts.
    pub expires: Option<Date>,
    pub at: Provenance,
}

/// Everything read from one file and the tables it points to.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    ids: IndexSet<Arc<str>, FxBuildHasher>,
    /// By [`NodeRef`]: the kind to give a stub when no file defines the node.
    stub_kinds: Vec<Option<NodeKind>>,
    /// By [`NodeRef`]: position in `nodes`, or `u32::MAX`.
    declared: Vec<u32>,
    pub(super) nodes: Vec<NodeDecl>,
    pub(super) edges: Vec<EdgeDecl>,
    pub(super) groups: IndexMap<(Option<GroupRef>, Box<str>), (), FxBuildHasher>,
    pub(super) files: Vec<SourceFile>,
    pub(super) is_log: bool,
    pub tables: Tables,
    pub allows: Vec<Allow>,
    pub problems: Vec<Problem>,
}

const UNDECLARED: u32 = u32::MAX;

impl Batch {
    /// A batch about `file`, which is [`Batch::FILE`] within it.
    pub fn new(file: SourceFile) -> Self {
        Self { files: vec![file], ..Self::default() }
    }

    /// The batch's main file. Places are numbered within the batch; the builder numbers them through.
    pub const FILE: FileIx = FileIx(0);

    /// A further file that the main one points to, such as a table.
    pub fn add_file(&mut self, file: SourceFile) -> FileIx {
        self.files.push(file);
        FileIx::new(self.files.len() - 1)
    }

    /// The files that this batch speaks of, the main one first.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Replaces what is known of the main file, once its format is known.
    pub fn set_format(&mut self, format: &'static str) {
        self.files[0].format = format;
    }

    /// Says that the file is a log of what was met at run time, so that its naming a node declares
    /// nothing of it. Edges that it saw carry [`Sightings`].
    pub fn set_log(&mut self) {
        self.is_log = true;
    }

    /// Replaces what is known of a file's content, once a streamed file was read to its end.
    pub fn set_content(&mut self, file: FileIx, bytes: u64, hash: u64) {
        let file = &mut self.files[file.at()];
        (file.bytes, file.hash) = (bytes, hash);
    }

    /// How many nodes and edges were declared so far.
    pub fn counts(&self) -> (usize, usize) {
        (self.nodes.len(), self.edges.len())
    }

    /// A reference to a node by id; it need not be declared, now or ever.
    pub fn reference(&mut self, id: &str) -> NodeRef {
        if let Some(found) = self.ids.get_index_of(id) {
            return NodeRef(found as u32);
        }
        let (position, _) = self.ids.insert_full(Arc::from(id));
        self.stub_kinds.push(None);
        self.declared.push(UNDECLARED);
        NodeRef(u32::try_from(position).expect("fewer than 2^32 ids in a file"))
    }

    /// A reference that becomes a stub of this kind if no file defines the node.
    pub fn reference_as(&mut self, id: &str, kind: NodeKind) -> NodeRef {
        let reference = self.reference(id);
        self.stub_kinds[reference.at()].get_or_insert(kind);
        reference
    }

    pub fn id(&self, reference: NodeRef) -> &Arc<str> {
        &self.ids[reference.at()]
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.ids.iter()
    }

    pub(super) fn stub_kind(&self, reference: NodeRef) -> Option<NodeKind> {
        self.stub_kinds[reference.at()]
    }

    /// Whether this batch defines the node.
    pub fn defines(&self, reference: NodeRef) -> bool {
        let declared = self.declared[reference.at()];
        declared != UNDECLARED && self.nodes[declared as usize].defines
    }

    /// Defines a node. A second definition of one id is reported and joined into the first.
    pub fn define(&mut self, reference: NodeRef, kind: NodeKind, at: Provenance) -> &mut NodeDecl {
        let declared = self.declared[reference.at()];
        let is_mention = |node: &NodeDecl| node.defines && node.kind.is_none();
        if declared != UNDECLARED
            && self.nodes[declared as usize].defines
            && !is_mention(&self.nodes[declared as usize])
        {
            let first = self.nodes[declared as usize].at;
            let id = self.ids[reference.at()].clone();
            self.problems.push(
                Problem::new(
                    Severity::Warning,
                    ProblemKind::Duplicate,
                    Some(at),
                    format!("`{}` is defined twice in this file", shown(&id)),
                    "Keep one definition, or give one of them another id. What both say was joined.",
                )
                .also_at(first),
            );
        }
        let node = self.declare(reference, at);
        if !node.defines {
            node.at = at;
        }
        node.defines = true;
        node.kind.get_or_insert(kind);
        node
    }

    /// Brings a node into being of which this file knows no kind, as an edge list does. Another file's
    /// definition says what it is without contradicting this one; without any it is of its stub's kind.
    pub fn mention(&mut self, reference: NodeRef, at: Provenance) -> &mut NodeDecl {
        let node = self.declare(reference, at);
        node.defines = true;
        node
    }

    /// Adds to a node that another file, or a later line, defines.
    pub fn annotate(&mut self, reference: NodeRef, at: Provenance) -> &mut NodeDecl {
        self.declare(reference, at)
    }

    fn declare(&mut self, reference: NodeRef, at: Provenance) -> &mut NodeDecl {
        let slot = &mut self.declared[reference.at()];
        if *slot == UNDECLARED {
            *slot = u32::try_from(self.nodes.len()).expect("fewer than 2^32 nodes in a file");
            self.nodes.push(NodeDecl {
                reference,
                defines: false,
                kind: None,
                name: None,
                group: None,
                at,
                attrs: AttrSet::default(),
                columns: Vec::new(),
                aliases: Vec::new(),
                loose_names: Vec::new(),
            });
        }
        &mut self.nodes[*slot as usize]
    }

    /// Declares that information flows from `from` to `to`.
    pub fn edge(
        &mut self,
        from: NodeRef,
        to: NodeRef,
        kind: EdgeKind,
        at: Provenance,
    ) -> &mut EdgeDecl {
        let (attrs, columns, seen) = (None, Vec::new(), None);
        self.edges.push(EdgeDecl { from, to, kind, at, attrs, columns, seen });
        self.edges.last_mut().expect("just pushed")
    }

    /// The group called `name` inside `parent`.
    pub fn group(&mut self, parent: Option<GroupRef>, name: &str) -> GroupRef {
        let (position, _) = self.groups.insert_full((parent, name.into()), ());
        GroupRef(u32::try_from(position).expect("fewer than 2^32 groups in a file"))
    }

    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// An id as shown in a message: cut in the middle when it is very long, control characters made visible.
pub(super) fn shown(id: &str) -> String {
    const LONGEST: usize = 120;
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let count = id.chars().count();
    if count <= LONGEST {
        return id.chars().map(visible).collect();
    }
    let head: String = id.chars().take(LONGEST / 2).map(visible).collect();
    let tail: String = id.chars().skip(count - LONGEST / 2).map(visible).collect();
    format!("{head}…{tail}")
}
