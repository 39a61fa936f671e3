//! The finished graph: immutable, indexed both ways, everything with its place.

use super::{
    Allow, AttrSet, EdgeIx, EdgeKind, FileIx, GroupIx, Lists, NodeId, NodeIx, NodeKind, Provenance,
    SourceFile, Tables,
};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One thing of the system.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub id: NodeId,
    /// For people; may repeat within a graph.
    pub name: Box<str>,
    pub kind: NodeKind,
    /// The innermost group that it lies in.
    pub group: Option<GroupIx>,
    /// The node of its owning team; the text and its place are the attribute `owner`.
    pub owner: Option<NodeIx>,
    /// False for a stub: something refers to it and no file defines it.
    pub defined: bool,
    pub at: Provenance,
    /// Where else it is defined or annotated.
    pub also_at: Vec<Provenance>,
    pub attrs: AttrSet,
    pub columns: Vec<Column>,
    /// Other ids under which files speak of it.
    pub aliases: Vec<NodeId>,
}

impl Node {
    /// A node of which nothing is known but that something at `at` speaks of it.
    pub(super) fn undefined(id: NodeId, kind: NodeKind, at: Provenance) -> Self {
        Self {
            name: id.as_str().into(),
            id,
            kind,
            group: None,
            owner: None,
            defined: false,
            at,
            also_at: Vec::new(),
            attrs: AttrSet::default(),
            columns: Vec::new(),
            aliases: Vec::new(),
        }
    }
}

/// A column of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: Box<str>,
    /// As the tool writes it.
    pub data_type: Option<Box<str>>,
    pub described: bool,
    pub at: Provenance,
}

/// One dependency; information flows from `from` to `to`. Parallel edges and self-loops are ordinary. Walks ask for
/// this at every step and for nothing else: what more is said of an edge are its [`EdgeDetails`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: NodeIx,
    pub to: NodeIx,
    pub kind: EdgeKind,
}

/// Where an edge is written, and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeDetails {
    pub at: Provenance,
    /// Boxed because most edges have none.
    pub attrs: Option<Box<AttrSet>>,
    /// Which column goes into which, where the tool says so.
    pub columns: Vec<ColumnLink>,
}

impl EdgeDetails {
    /// Its attributes; empty when none were said.
    pub fn attrs(&self) -> &AttrSet {
        static NONE: std::sync::LazyLock<AttrSet> = std::sync::LazyLock::new(AttrSet::default);
        self.attrs.as_deref().unwrap_or(&NONE)
    }
}

/// A column of an edge's source that goes into a column of its target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnLink {
    pub from: Box<str>,
    pub to: Box<str>,
}

/// A package, folder, namespace or system that holds nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub name: Box<str>,
    /// Always an earlier group.
    pub parent: Option<GroupIx>,
}

/// A snapshot of the whole system. Made by [`GraphBuilder`](super::GraphBuilder).
#[derive(Clone, Debug, Default)]
pub struct SystemGraph {
    nodes: Vec<Node>,
    /// Of each node once more: to ask for it alone, as walks do at every step, is to touch one byte.
    kinds: Vec<NodeKind>,
    edges: Vec<Edge>,
    /// By edge.
    details: Vec<EdgeDetails>,
    groups: Vec<Group>,
    files: Vec<SourceFile>,
    /// Shared with the graphs that a change makes of this one.
    tables: Arc<Tables>,
    allows: Vec<Allow>,
    by_id: FxHashMap<NodeId, NodeIx>,
    outgoing: Lists<EdgeIx>,
    incoming: Lists<EdgeIx>,
}

impl SystemGraph {
    /// Indexes the parts, edges with their details; linear in nodes plus edges.
    pub(super) fn new(
        nodes: Vec<Node>,
        (edges, details): (Vec<Edge>, Vec<EdgeDetails>),
        groups: Vec<Group>,
        files: Vec<SourceFile>,
        tables: Tables,
        allows: Vec<Allow>,
    ) -> Self {
        let mut by_id: FxHashMap<NodeId, NodeIx> = FxHashMap::default();
        by_id.reserve(nodes.len());
        for (position, node) in nodes.iter().enumerate() {
            by_id.insert(node.id.clone(), NodeIx::new(position));
        }
        for (position, node) in nodes.iter().enumerate() {
            for alias in &node.aliases {
                by_id.entry(alias.clone()).or_insert_with(|| NodeIx::new(position));
            }
        }
        let ends = edges.iter().zip(0..);
        let outgoing = Lists::new(nodes.len(), ends.clone().map(|(e, ix)| (e.from.0, EdgeIx(ix))));
        let incoming = Lists::new(nodes.len(), ends.map(|(e, ix)| (e.to.0, EdgeIx(ix))));
        let tables = Arc::new(tables);
        let kinds = nodes.iter().map(|node| node.kind).collect();
        Self {
            nodes,
            kinds,
            edges,
            details,
            groups,
            files,
            tables,
            allows,
            by_id,
            outgoing,
            incoming,
        }
    }

    /// The same files, groups and tables with other nodes and edges.
    pub(super) fn rebuilt(&self, nodes: Vec<Node>, edges: (Vec<Edge>, Vec<EdgeDetails>)) -> Self {
        let (groups, files) = (self.groups.clone(), self.files.clone());
        let new = Self::new(nodes, edges, groups, files, Tables::default(), self.allows.clone());
        Self { tables: Arc::clone(&self.tables), ..new }
    }

    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn node(&self, ix: NodeIx) -> &Node {
        &self.nodes[ix.at()]
    }

    pub fn kind(&self, ix: NodeIx) -> NodeKind {
        self.kinds[ix.at()]
    }

    /// Of all nodes, in their order.
    pub fn kinds(&self) -> &[NodeKind] {
        &self.kinds
    }

    /// The name of a node.
    pub fn name(&self, ix: NodeIx) -> &str {
        &self.node(ix).name
    }

    /// Kind and name, as sentences begin: ``Signal `price` ``.
    pub fn title(&self, ix: NodeIx) -> String {
        format!("{} `{}`", self.kind(ix).meta().title, self.name(ix))
    }

    /// The same within a sentence: ``signal `price` ``.
    pub fn named(&self, ix: NodeIx) -> String {
        format!("{} `{}`", self.kind(ix).meta().title.to_lowercase(), self.name(ix))
    }

    /// The name of the owning team.
    pub fn owner(&self, ix: NodeIx) -> Option<&str> {
        self.node(ix).owner.map(|team| self.name(team))
    }

    pub fn node_indices(&self) -> impl Iterator<Item = NodeIx> + use<> {
        (0..self.nodes.len()).map(NodeIx::new)
    }

    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    pub fn edge(&self, ix: EdgeIx) -> &Edge {
        &self.edges[ix.at()]
    }

    /// What more is said of an edge.
    pub fn details(&self, ix: EdgeIx) -> &EdgeDetails {
        &self.details[ix.at()]
    }

    /// Of all edges, in their order.
    pub fn all_details(&self) -> &[EdgeDetails] {
        &self.details
    }

    pub fn edge_indices(&self) -> impl Iterator<Item = EdgeIx> + use<> {
        (0..self.edges.len()).map(EdgeIx::new)
    }

    /// Edges that leave `node`, in the order of their declaration.
    pub fn outgoing(&self, node: NodeIx) -> &[EdgeIx] {
        self.outgoing.of(node.at())
    }

    /// Edges that enter `node`, in the order of their declaration.
    pub fn incoming(&self, node: NodeIx) -> &[EdgeIx] {
        self.incoming.of(node.at())
    }

    /// The node with this id or alias.
    pub fn find(&self, id: &str) -> Option<NodeIx> {
        self.by_id.get(id).copied()
    }

    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub fn group(&self, ix: GroupIx) -> &Group {
        &self.groups[ix.at()]
    }

    /// Names of `group` and those around it, outermost first.
    pub fn group_path(&self, group: GroupIx) -> Vec<&str> {
        let mut path: Vec<&str> = std::iter::successors(Some(group), |&ix| self.group(ix).parent)
            .map(|ix| &*self.group(ix).name)
            .collect();
        path.reverse();
        path
    }

    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    pub fn file(&self, ix: FileIx) -> &SourceFile {
        &self.files[ix.at()]
    }

    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The same graph with other rows in its tables.
    #[must_use]
    pub fn with_rows(&self, change: impl FnOnce(&mut Tables)) -> Self {
        let mut own = self.clone();
        change(Arc::make_mut(&mut own.tables));
        own
    }

    /// Debt that is accepted, in the order of the files.
    pub fn allows(&self) -> &[Allow] {
        &self.allows
    }

    /// `path:line`, or `path:line:column` in files whose lines are too long for a line to tell the place.
    pub fn place(&self, at: Provenance) -> String {
        /// In a file written on one line only the column leads anywhere.
        const LONG_LINE_BYTES: u32 = 400;
        let path = &self.file(at.file).path;
        match (at.line, at.column) {
            (0, _) => path.clone(),
            (line, column) if column > LONG_LINE_BYTES => format!("{path}:{line}:{column}"),
            (line, _) => format!("{path}:{line}"),
        }
    }

    /// XXH3 over the contents of all files, in order; the same input has the same hash.
    pub fn content_hash(&self) -> u64 {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        for file in &self.files {
            hasher.update(file.path.as_bytes());
            hasher.update(&file.hash.to_le_bytes());
        }
        hasher.digest()
    }
}
