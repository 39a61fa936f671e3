//! Reading lineage back out of a graph, for the tests of its importers.

use std::collections::BTreeSet;
use undercurrent::model::{Edge, EdgeKind, NodeIx, SystemGraph};

/// Source and its column, target and its column, along edges of one step and through jobs.
pub(crate) fn column_edges(graph: &SystemGraph) -> BTreeSet<(NodeIx, String, NodeIx, String)> {
    let mut found = BTreeSet::new();
    let links = |edge: &Edge| {
        edge.columns
            .iter()
            .map(|link| (link.from.to_string(), link.to.to_string()))
            .collect::<Vec<_>>()
    };
    for edge in graph.edges() {
        if edge.kind == EdgeKind::Derives {
            found.extend(links(edge).into_iter().map(|(from, to)| (edge.from, from, edge.to, to)));
        }
        if !matches!(edge.kind, EdgeKind::Reads(_)) {
            continue;
        }
        for (column, port) in links(edge) {
            for &out in graph.outgoing(edge.to) {
                let out = graph.edge(out);
                for (_, into) in links(out).into_iter().filter(|(from, _)| *from == port) {
                    found.insert((edge.from, column.clone(), out.to, into));
                }
            }
        }
    }
    found
}
