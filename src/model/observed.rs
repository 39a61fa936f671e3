//! Reads that were seen and that nobody declares become observed edges, whether an access log saw
//! them or the events of runs.
//!
//! A step of the merge and not of the import: a log may speak of nodes that any other file defines,
//! under any of their names, and what is declared is known only once all files are joined.

use super::builder::Merge;
use super::identity::Identities;
use super::{
    AccessRow, Attr, AttrSet, AttrValue, Edge, EdgeDetails, EdgeKind, Evidence, Node, NodeId,
    NodeIx, NodeKind, Provenance, Row,
};
use indexmap::IndexMap;
use jiff::civil::Date;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

/// Ids of readers that no file defines carry it, so that they never meet a dataset of the same name.
const READER_PREFIX: &str = "reader:";

/// When a dependency was seen at work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sightings {
    days: FxHashSet<Date>,
    /// Hashes of what tells one run from another, so that two events of one run count once.
    runs: FxHashSet<u64>,
}

impl Sightings {
    /// Adds a sighting; `run` is any hash that the events of one run share. A run whose day nobody
    /// knows counts as a run only.
    pub fn add(&mut self, run: u64, day: Option<Date>) {
        self.runs.insert(run);
        self.days.extend(day);
    }

    fn join(&mut self, more: Self) {
        self.days.extend(more.days);
        self.runs.extend(more.runs);
    }

    fn write(&self, attrs: &mut AttrSet, at: Provenance) {
        write_sightings(attrs, at, &self.days, self.runs.len() as u64);
    }
}

/// What logs of runs saw of one edge of the graph.
#[derive(Debug)]
pub(super) struct Seen {
    sightings: Sightings,
    /// Some file declares the edge too.
    declared: bool,
}

impl Seen {
    pub(super) const fn only(sightings: Sightings) -> Self {
        Self { sightings, declared: false }
    }
}

fn write_sightings(attrs: &mut AttrSet, at: Provenance, days: &FxHashSet<Date>, count: u64) {
    for (attr, day) in [(Attr::FirstSeen, days.iter().min()), (Attr::LastSeen, days.iter().max())] {
        if let Some(&day) = day {
            attrs.set(attr, AttrValue::Date(day), at);
        }
    }
    attrs.set(Attr::ReadCount, AttrValue::Number(count as f64), at);
    if !days.is_empty() {
        attrs.set(Attr::ReadDays, AttrValue::Number(days.len() as f64), at);
    }
}

/// All reads of one node by one reader in an access log.
struct Reads {
    count: u64,
    days: FxHashSet<Date>,
    at: Provenance,
}

impl Merge {
    /// Joins what a further file says of the edge at `position`; `None` where it declares it.
    pub(super) fn join_seen(&mut self, position: usize, seen: Option<Box<Sightings>>) {
        match (self.seen.get_mut(&position), seen) {
            (Some(known), Some(more)) => known.sightings.join(*more),
            (Some(known), None) => known.declared = true,
            (None, Some(sightings)) => {
                self.seen.insert(position, Seen { sightings: *sightings, declared: true });
            }
            (None, None) => {}
        }
    }

    /// Writes onto each edge when runs saw it, and decides which of the reads among them are declared.
    ///
    /// Most systems have no other description than their events; there a read is a read. But where a
    /// file that is no log declares the dataset, that file says who reads it, and a reader whom only
    /// the events know is what an undeclared consumer is. Three things count as declared:
    /// - the read itself, under any kind of edge, said by whatever file;
    /// - the work of a declared dependency: tools such as dbt declare tables that derive from tables,
    ///   and their runs show up as jobs that read the one and write the other;
    /// - the run of a declared reader: its job has that reader's id as its name.
    ///
    /// Linear in nodes plus edges.
    pub(super) fn settle_seen(&mut self) {
        if self.seen.is_empty() {
            return;
        }
        let is_declared = |position: usize| self.seen.get(&position).is_none_or(|s| s.declared);
        let mut flows: FxHashSet<(NodeIx, NodeIx)> = FxHashSet::default();
        let mut readers: FxHashSet<(NodeIx, &str)> = FxHashSet::default();
        let mut writes: FxHashMap<NodeIx, Vec<NodeIx>> = FxHashMap::default();
        for (position, edge) in self.edges.iter().enumerate() {
            if is_declared(position) && edge.kind.is_flow() {
                flows.insert((edge.from, edge.to));
                readers.insert((edge.from, self.nodes[edge.to.at()].id.as_str()));
            } else if edge.kind == EdgeKind::Writes {
                writes.entry(edge.from).or_default().push(edge.to);
            }
        }
        let is_undeclared = |edge: &Edge| {
            let name = &*self.nodes[edge.to.at()].name;
            let mut written = writes.get(&edge.to).into_iter().flatten();
            self.declared.contains(&edge.from)
                && !flows.contains(&(edge.from, edge.to))
                && !written.any(|&output| flows.contains(&(edge.from, output)))
                && !readers.contains(&(edge.from, name))
        };
        let undeclared: Vec<usize> = (self.seen.iter())
            .filter(|(position, seen)| {
                let edge = &self.edges[**position];
                !seen.declared && matches!(edge.kind, EdgeKind::Reads(_)) && is_undeclared(edge)
            })
            .map(|(&position, _)| position)
            .collect();
        for position in undeclared {
            self.edges[position].kind = EdgeKind::Reads(Evidence::Observed);
        }
        for (&position, seen) in &self.seen {
            let edge = &mut self.details[position];
            seen.sightings.write(edge.attrs.get_or_insert_default(), edge.at);
        }
    }

    /// Adds an edge from target to reader for every pair in the log between which no flow is declared.
    /// Linear in rows, nodes and edges.
    pub(super) fn observed_reads(&mut self, rows: &[Row<AccessRow>], identities: &Identities) {
        if rows.is_empty() {
            return;
        }
        let mut by_name: FxHashMap<Box<str>, NodeIx> = FxHashMap::default();
        for (position, node) in self.nodes.iter().enumerate() {
            by_name.entry(node.name.clone()).or_insert(NodeIx::new(position));
        }
        let declared: FxHashSet<(NodeIx, NodeIx)> = self
            .edges
            .iter()
            .filter(|edge| edge.kind.is_flow() && !edge.kind.is_observed())
            .map(|edge| (edge.from, edge.to))
            .collect();
        let mut pairs: IndexMap<(NodeIx, NodeIx), Reads, FxBuildHasher> = IndexMap::default();
        let mut targets: FxHashMap<&str, NodeIx> = FxHashMap::default();
        let mut readers: FxHashMap<&str, NodeIx> = FxHashMap::default();
        for Row { row, at } in rows {
            let named = |name: &str, nodes: &Self| {
                let root = identities.find(name);
                root.and_then(|root| nodes.node_of_root.get(&root))
                    .or_else(|| by_name.get(name))
                    .copied()
            };
            let target = *targets.entry(&row.target).or_insert_with(|| {
                named(&row.target, self).unwrap_or_else(|| self.stub(&row.target, None, *at))
            });
            let reader = *readers.entry(&row.reader).or_insert_with(|| {
                let id = format!("{READER_PREFIX}{}", row.reader);
                named(&row.reader, self)
                    .or_else(|| named(&id, self))
                    .unwrap_or_else(|| self.reader(&row.reader, id, *at))
            });
            if declared.contains(&(target, reader)) {
                continue;
            }
            let new = || Reads { count: 0, days: FxHashSet::default(), at: *at };
            let reads = pairs.entry((target, reader)).or_insert_with(new);
            reads.count = reads.count.saturating_add(row.reads);
            reads.days.insert(row.date);
        }
        for ((from, to), reads) in pairs {
            self.edges.push(Edge { from, to, kind: EdgeKind::Reads(Evidence::Observed) });
            self.details.push(observed(&reads));
        }
    }

    /// Somebody whom only the log knows.
    fn reader(&mut self, name: &str, id: String, at: Provenance) -> NodeIx {
        let ix = NodeIx::new(self.nodes.len());
        self.nodes.push(Node {
            name: name.into(),
            ..Node::undefined(NodeId::new(id), NodeKind::Consumer, at)
        });
        ix
    }
}

fn observed(reads: &Reads) -> EdgeDetails {
    let mut attrs = AttrSet::default();
    write_sightings(&mut attrs, reads.at, &reads.days, reads.count);
    EdgeDetails { at: reads.at, attrs: Some(Box::new(attrs)), columns: Vec::new() }
}
