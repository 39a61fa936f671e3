//! Many files into one graph: aliases unify, attributes join, contradictions are reported with both
//! places, and references that nobody defines become visible stubs.
//!
//! The result depends on the batches and their order only. Give the files in path order and the
//! order in which they were named or read no longer matters.

use super::batch::shown;
use super::identity::{Identities, KeyIx};
use super::join::{join_attrs, join_columns, join_edge, severity_of_conflict};
use super::observed::Seen;
use super::{
    Allow, Attr, AttrEntry, AttrSet, AttrValue, Batch, Edge, EdgeDetails, EdgeKind, FileIx, Group,
    GroupIx, GroupRef, Node, NodeDecl, NodeId, NodeIx, NodeKind, NodeRef, Problem, ProblemKind,
    Provenance, Severity, SourceFile, SystemGraph, Tables,
};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::sync::Arc;

/// Collects batches and joins them.
#[derive(Debug, Default)]
pub struct GraphBuilder {
    batches: Vec<Batch>,
}

impl GraphBuilder {
    /// Adds what was read from one file.
    pub fn add(&mut self, batch: Batch) {
        self.batches.push(batch);
    }

    /// The graph, and everything wrong with the input, in the order of the files.
    ///
    /// Near-linear in what the batches hold.
    pub fn build(self) -> (SystemGraph, Vec<Problem>) {
        let mut batches = self.batches;
        let (files, file_base) = number_files(&mut batches);
        let mut problems: Vec<Problem> = Vec::new();
        for (batch, &base) in batches.iter_mut().zip(&file_base) {
            problems
                .extend(batch.problems.drain(..).map(|problem| relocate_problem(problem, base)));
        }
        let identities = Identities::resolve(&mut batches, &file_base, &mut problems);
        let mut merge = Merge::new(problems);
        merge.nodes(&mut batches, &identities, &file_base);
        merge.edges(&mut batches, &identities, &file_base);
        let mut tables = Tables::default();
        let mut allows: Vec<Allow> = Vec::new();
        for (batch, &base) in batches.iter_mut().zip(&file_base) {
            let mut own = std::mem::take(&mut batch.tables);
            own.relocate(|at| relocate(at, base));
            tables.append(own);
            allows.extend(
                batch.allows.drain(..).map(|allow| Allow { at: relocate(allow.at, base), ..allow }),
            );
        }
        merge.settle_aliases(&identities);
        merge.settle_seen();
        merge.observed_reads(&tables.access, &identities);
        merge.owners();
        merge.finish(files, tables, allows)
    }
}

/// Numbers the files of all batches through; returns them and the first number of each batch.
fn number_files(batches: &mut [Batch]) -> (Vec<SourceFile>, Vec<u32>) {
    let mut files = Vec::new();
    let mut base = Vec::with_capacity(batches.len());
    for batch in batches {
        base.push(u32::try_from(files.len()).expect("fewer than 2^32 files"));
        files.append(&mut batch.files);
    }
    (files, base)
}

pub(super) const fn relocate(at: Provenance, base: u32) -> Provenance {
    Provenance { file: FileIx(at.file.0 + base), ..at }
}

fn relocate_problem(mut problem: Problem, base: u32) -> Problem {
    problem.at = problem.at.map(|at| relocate(at, base));
    problem.also_at = problem.also_at.map(|at| relocate(at, base));
    problem
}

/// The graph while it grows.
pub(super) struct Merge {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    /// By edge.
    pub(super) details: Vec<EdgeDetails>,
    groups: IndexMap<(Option<GroupIx>, Box<str>), (), FxBuildHasher>,
    pub(super) node_of_root: FxHashMap<KeyIx, NodeIx>,
    /// What logs of runs saw, by position of the edge.
    pub(super) seen: IndexMap<usize, Seen, FxBuildHasher>,
    /// Nodes that a file declares which is no log of runs.
    pub(super) declared: FxHashSet<NodeIx>,
    /// Nodes that exist, but whose kind nobody has said yet.
    mentioned: FxHashSet<NodeIx>,
    problems: Vec<Problem>,
}

impl Merge {
    fn new(problems: Vec<Problem>) -> Self {
        Self {
            nodes: Vec::new(),
            edges: Vec::new(),
            details: Vec::new(),
            groups: IndexMap::default(),
            node_of_root: FxHashMap::default(),
            seen: IndexMap::default(),
            declared: FxHashSet::default(),
            mentioned: FxHashSet::default(),
            problems,
        }
    }

    /// Definitions first, in order, then annotations, so that an annotation always finds what it adds to.
    fn nodes(&mut self, batches: &mut [Batch], identities: &Identities, file_base: &[u32]) {
        let mut annotations: Vec<(usize, NodeDecl)> = Vec::new();
        let mut group_maps: Vec<Vec<GroupIx>> = Vec::with_capacity(batches.len());
        for (batch_ix, batch) in batches.iter_mut().enumerate() {
            let groups = self.groups_of(batch);
            let is_log = batch.is_log;
            let decls = std::mem::take(&mut batch.nodes);
            for mut decl in decls {
                decl.locate(file_base[batch_ix]);
                if !decl.defines {
                    annotations.push((batch_ix, decl));
                    continue;
                }
                let root = identities.root_of(batch_ix, decl.reference);
                let id = batch.id(decl.reference).clone();
                let node = match self.node_of_root.get(&root) {
                    Some(&node) => {
                        self.join(node, decl, &id, &groups);
                        node
                    }
                    None => {
                        let (is_mention, reference) = (decl.kind.is_none(), decl.reference);
                        let node = self.insert(root, NodeId::new(id), decl, &groups);
                        if is_mention {
                            self.nodes[node.at()].kind =
                                batch.stub_kind(reference).unwrap_or(NodeKind::Dataset);
                            self.mentioned.insert(node);
                        }
                        node
                    }
                };
                if !is_log {
                    self.declared.insert(node);
                }
            }
            group_maps.push(groups);
        }
        for (batch_ix, decl) in annotations {
            let root = identities.root_of(batch_ix, decl.reference);
            let id = batches[batch_ix].id(decl.reference).clone();
            match self.node_of_root.get(&root) {
                Some(&node) => self.join(node, decl, &id, &group_maps[batch_ix]),
                None => {
                    self.problems.push(Problem::new(
                        Severity::Warning,
                        ProblemKind::Unresolved,
                        Some(decl.at),
                        format!("`{}` is annotated here, but no file defines it", shown(&id)),
                        "Check the spelling, or open the file that defines it together with this one.",
                    ));
                    let stub = self.insert(root, NodeId::new(id), decl, &group_maps[batch_ix]);
                    self.nodes[stub.at()].defined = false;
                }
            }
        }
    }

    fn groups_of(&mut self, batch: &Batch) -> Vec<GroupIx> {
        let mut map: Vec<GroupIx> = Vec::with_capacity(batch.groups.len());
        for (parent, name) in batch.groups.keys() {
            let parent = parent.map(|GroupRef(parent)| map[parent as usize]);
            let (position, _) = self.groups.insert_full((parent, name.clone()), ());
            map.push(GroupIx::new(position));
        }
        map
    }

    fn insert(&mut self, root: KeyIx, id: NodeId, decl: NodeDecl, groups: &[GroupIx]) -> NodeIx {
        let ix = NodeIx::new(self.nodes.len());
        self.node_of_root.insert(root, ix);
        self.nodes.push(Node {
            name: decl.name.unwrap_or_else(|| id.as_str().into()),
            aliases: aliases(&id, decl.aliases),
            id,
            kind: decl.kind.unwrap_or(NodeKind::Source),
            group: decl.group.map(|GroupRef(group)| groups[group as usize]),
            owner: None,
            defined: true,
            at: decl.at,
            also_at: Vec::new(),
            attrs: decl.attrs,
            columns: decl.columns,
        });
        ix
    }

    fn join(&mut self, ix: NodeIx, decl: NodeDecl, id: &Arc<str>, groups: &[GroupIx]) {
        let node = &mut self.nodes[ix.at()];
        node.also_at.push(decl.at);
        if let Some(kind) = decl.kind
            && self.mentioned.remove(&ix)
        {
            node.kind = kind;
        }
        if let Some(kind) = decl.kind.filter(|&kind| kind != node.kind) {
            let message = format!(
                "`{}` is a {} in one file and a {} in another",
                shown(node.id.as_str()),
                node.kind.meta().key,
                kind.meta().key
            );
            let kept = if decl.defines { node.kind } else { kind };
            let hint =
                format!("It is shown as a {}; let both files say the same kind.", kept.meta().key);
            self.problems.push(
                Problem::new(
                    severity_of_conflict(decl.defines),
                    ProblemKind::Conflict,
                    Some(decl.at),
                    message,
                    hint,
                )
                .also_at(node.at),
            );
            node.kind = kept;
        }
        // An annotation decides; a further definition names what had no name yet.
        let is_unnamed = *node.name == *node.id.as_str();
        if let (Some(name), true) = (decl.name, is_unnamed || !decl.defines) {
            node.name = name;
        }
        if let (Some(GroupRef(group)), true) = (decl.group, node.group.is_none() || !decl.defines) {
            node.group = Some(groups[group as usize]);
        }
        join_attrs(&mut node.attrs, decl.attrs, decl.defines, &node.id, &mut self.problems);
        join_columns(&mut node.columns, decl.columns);
        let mut names = decl.aliases;
        names.push((&**id).into());
        for alias in aliases(&node.id, names) {
            if !node.aliases.contains(&alias) {
                node.aliases.push(alias);
            }
        }
    }

    /// One edge said by two files is one edge; parallel edges of one file stay parallel.
    fn edges(&mut self, batches: &mut [Batch], identities: &Identities, file_base: &[u32]) {
        let several = batches.iter().filter(|batch| !batch.edges.is_empty()).count() > 1;
        let mut seen: FxHashMap<(NodeIx, NodeIx, EdgeKind), (usize, usize)> = FxHashMap::default();
        let all = batches.iter().map(|batch| batch.edges.len()).sum();
        self.edges.reserve(all);
        self.details.reserve(all);
        for (batch_ix, batch) in batches.iter_mut().enumerate() {
            for decl in std::mem::take(&mut batch.edges) {
                let at = relocate(decl.at, file_base[batch_ix]);
                let from = self.end(batch, batch_ix, decl.from, at, identities);
                let to = self.end(batch, batch_ix, decl.to, at, identities);
                let attrs =
                    decl.attrs.map(|attrs| Box::new(relocate_attrs(*attrs, file_base[batch_ix])));
                let edge = Edge { from, to, kind: decl.kind };
                let details = EdgeDetails { at, attrs, columns: decl.columns };
                if several {
                    let next = self.edges.len();
                    let &mut (first_batch, position) =
                        seen.entry((from, to, edge.kind)).or_insert((batch_ix, next));
                    if first_batch != batch_ix {
                        self.join_seen(position, decl.seen);
                        let target = &self.nodes[to.at()].id;
                        join_edge(&mut self.details[position], details, target, &mut self.problems);
                        continue;
                    }
                }
                if let Some(sightings) = decl.seen {
                    self.seen.insert(self.edges.len(), Seen::only(*sightings));
                }
                self.edges.push(edge);
                self.details.push(details);
            }
        }
    }

    /// The node at an edge's end; a stub where no file defines one.
    fn end(
        &mut self,
        batch: &Batch,
        batch_ix: usize,
        reference: NodeRef,
        at: Provenance,
        identities: &Identities,
    ) -> NodeIx {
        let root = identities.root_of(batch_ix, reference);
        if let Some(&node) = self.node_of_root.get(&root) {
            return node;
        }
        let ix = self.stub(batch.id(reference), batch.stub_kind(reference), at);
        self.node_of_root.insert(root, ix);
        ix
    }

    /// A node that something refers to and no file defines.
    pub(super) fn stub(&mut self, id: &str, kind: Option<NodeKind>, at: Provenance) -> NodeIx {
        self.problems.push(Problem::new(
            Severity::Warning,
            ProblemKind::Unresolved,
            Some(at),
            format!("`{}` is referred to, but no file defines it", shown(id)),
            "It is drawn as a stub. Check the spelling, or open the file that defines it together with this one.",
        ));
        let ix = NodeIx::new(self.nodes.len());
        self.nodes.push(Node::undefined(NodeId::new(id), kind.unwrap_or(NodeKind::Source), at));
        ix
    }

    /// Leaves every alias to the one node that references by it go to.
    fn settle_aliases(&mut self, identities: &Identities) {
        for (position, node) in self.nodes.iter_mut().enumerate() {
            node.aliases.retain(|alias| {
                let root = identities.find(alias.as_str());
                let meant = root.and_then(|root| self.node_of_root.get(&root));
                meant.is_none_or(|meant| meant.at() == position)
            });
        }
    }

    /// Resolves the texts of `owner` to team nodes, and makes a team where none is declared.
    fn owners(&mut self) {
        let mut teams: FxHashMap<Box<str>, NodeIx> = FxHashMap::default();
        for (position, node) in self.nodes.iter_mut().enumerate() {
            let bare = node.id.as_str().strip_prefix(TEAM_PREFIX);
            if !node.defined && bare.is_some() {
                node.kind = NodeKind::Team;
            }
            if node.kind == NodeKind::Team || bare.is_some() {
                let bare = bare.unwrap_or(node.id.as_str()).into();
                teams.entry(bare).or_insert_with(|| NodeIx::new(position));
            }
        }
        for edge in self.edges.iter().filter(|edge| edge.kind == EdgeKind::Owns) {
            self.nodes[edge.to.at()].owner.get_or_insert(edge.from);
        }
        for position in 0..self.nodes.len() {
            let node = &self.nodes[position];
            let Some(entry) = node.attrs.get(Attr::Owner) else { continue };
            let AttrValue::Text(owner) = &entry.value else { continue };
            let bare = owner.strip_prefix(TEAM_PREFIX).unwrap_or(owner);
            let team = match teams.get(bare) {
                Some(&team) => team,
                None => {
                    let team = NodeIx::new(self.nodes.len());
                    teams.insert(bare.into(), team);
                    let (bare, at) = (Box::from(bare), entry.at);
                    self.nodes.push(mentioned_team(bare, at));
                    team
                }
            };
            self.nodes[position].owner = Some(team);
        }
    }

    fn finish(
        self,
        files: Vec<SourceFile>,
        tables: Tables,
        allows: Vec<Allow>,
    ) -> (SystemGraph, Vec<Problem>) {
        let groups = self.groups.into_keys().map(|(parent, name)| Group { name, parent }).collect();
        let edges = (self.edges, self.details);
        (SystemGraph::new(self.nodes, edges, groups, files, tables, allows), self.problems)
    }
}

/// Ids of teams carry it, so that a team never meets a dataset of the same name.
const TEAM_PREFIX: &str = "team:";

fn mentioned_team(name: Box<str>, at: Provenance) -> Node {
    let id = NodeId::new(format!("{TEAM_PREFIX}{name}"));
    Node { name, defined: true, ..Node::undefined(id, NodeKind::Team, at) }
}

impl NodeDecl {
    fn locate(&mut self, base: u32) {
        self.at = relocate(self.at, base);
        if base == 0 {
            return;
        }
        self.attrs = relocate_attrs(std::mem::take(&mut self.attrs), base);
        for column in &mut self.columns {
            column.at = relocate(column.at, base);
        }
    }
}

fn relocate_attrs(attrs: AttrSet, base: u32) -> AttrSet {
    let mut moved = AttrSet::default();
    for AttrEntry { attr, value, at } in attrs {
        moved.set(attr, value, relocate(at, base));
    }
    moved
}

fn aliases(id: &NodeId, texts: Vec<Box<str>>) -> Vec<NodeId> {
    let mut aliases: Vec<NodeId> = Vec::with_capacity(texts.len());
    for text in texts {
        if *text != *id.as_str() && !aliases.iter().any(|alias| alias.as_str() == &*text) {
            aliases.push(NodeId::new(Arc::from(text)));
        }
    }
    aliases
}
