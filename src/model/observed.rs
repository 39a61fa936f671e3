//! Reads that an access log shows and nobody declares become observed edges.
//!
//! A step of the merge and not of the import: a log may speak of nodes that any other file defines,
//! under any of their names, and what is declared is known only once all files are joined.

use super::builder::{Identities, Merge};
use super::{
    AccessRow, Attr, AttrSet, AttrValue, Edge, EdgeKind, Evidence, Node, NodeId, NodeIx, NodeKind,
    Provenance, Row,
};
use indexmap::IndexMap;
use jiff::civil::Date;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

/// Ids of readers that no file defines carry it, so that they never meet a dataset of the same name.
const READER_PREFIX: &str = "reader:";

/// All reads of one node by one reader.
struct Reads {
    first: Date,
    last: Date,
    count: u64,
    days: FxHashSet<Date>,
    at: Provenance,
}

impl Merge {
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
            let reads = pairs.entry((target, reader)).or_insert_with(|| Reads {
                first: row.date,
                last: row.date,
                count: 0,
                days: FxHashSet::default(),
                at: *at,
            });
            reads.first = reads.first.min(row.date);
            reads.last = reads.last.max(row.date);
            reads.count = reads.count.saturating_add(row.reads);
            reads.days.insert(row.date);
        }
        for ((from, to), reads) in pairs {
            self.edges.push(observed_edge(from, to, &reads));
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

fn observed_edge(from: NodeIx, to: NodeIx, reads: &Reads) -> Edge {
    let mut attrs = AttrSet::default();
    attrs.set(Attr::FirstSeen, AttrValue::Date(reads.first), reads.at);
    attrs.set(Attr::LastSeen, AttrValue::Date(reads.last), reads.at);
    attrs.set(Attr::ReadCount, AttrValue::Number(reads.count as f64), reads.at);
    attrs.set(Attr::ReadDays, AttrValue::Number(reads.days.len() as f64), reads.at);
    Edge {
        from,
        to,
        kind: EdgeKind::Reads(Evidence::Observed),
        at: reads.at,
        attrs: Some(Box::new(attrs)),
        columns: Vec::new(),
    }
}
