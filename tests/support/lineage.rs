//! Reading lineage back out of a graph, for the tests of its importers.

use std::collections::BTreeSet;
use undercurrent::model::{EdgeIx, EdgeKind, NodeIx, SystemGraph};

/// Source and its column, target and its column, along edges of one step and through jobs.
pub(crate) fn column_edges(graph: &SystemGraph) -> BTreeSet<(NodeIx, String, NodeIx, String)> {
    let mut found = BTreeSet::new();
    let links = |edge: EdgeIx| {
        (graph.details(edge).columns)
            .iter()
            .map(|link| (link.from.to_string(), link.to.to_string()))
            .collect::<Vec<_>>()
    };
    for ix in graph.edge_indices() {
        let edge = graph.edge(ix);
        if edge.kind == EdgeKind::Derives {
            found.extend(links(ix).into_iter().map(|(from, to)| (edge.from, from, edge.to, to)));
        }
        if !matches!(edge.kind, EdgeKind::Reads(_)) {
            continue;
        }
        for (column, port) in links(ix) {
            for &out in graph.outgoing(edge.to) {
                for (_, into) in links(out).into_iter().filter(|(from, _)| *from == port) {
                    found.insert((edge.from, column.clone(), graph.edge(out).to, into));
                }
            }
        }
    }
    found
}
