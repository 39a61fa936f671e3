//! Whom a change reaches, or what a thing rests on: a list with distance, owner and the way there.

use crate::model::{EdgeIx, NodeIx, NodeKind, SystemGraph};
use std::collections::VecDeque;

/// Which way to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Impact {
    /// What the start rests on.
    Upstream,
    /// What a change of the start reaches.
    Downstream,
}

/// One thing that is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpactRow {
    pub node: NodeIx,
    /// Steps on a shortest way, at least 1.
    pub distance: u32,
    /// The owning team.
    pub owner: Option<NodeIx>,
}

/// Everything reached, nearest first, then by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImpactList {
    pub way: Impact,
    pub rows: Vec<ImpactRow>,
    /// By node: the edge by which it was first reached. Ways are put together on demand, since all ways of
    /// a long chain together are quadratic in its length.
    reached_by: Vec<Option<EdgeIx>>,
}

impl ImpactList {
    /// Edges of one shortest way between the start and `node`, in the direction of the flow.
    pub fn path(&self, graph: &SystemGraph, node: NodeIx) -> Vec<EdgeIx> {
        let mut path = Vec::new();
        let mut here = node;
        while let Some(edge) = self.reached_by[here.at()] {
            path.push(edge);
            here = match self.way {
                Impact::Upstream => graph.edge(edge).to,
                Impact::Downstream => graph.edge(edge).from,
            };
        }
        if self.way == Impact::Downstream {
            path.reverse();
        }
        path
    }
}

/// What one team has to do with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerImpact {
    /// `None` gathers what nobody owns.
    pub owner: Option<NodeIx>,
    /// Positions in the list of rows, nearest first.
    pub rows: Vec<u32>,
    /// Distance of the nearest.
    pub nearest: u32,
}

/// Everything reached from `start`. Edges without flow, such as ownership, are not followed. Linear in
/// nodes plus edges, and sorting what is found.
pub fn impact(graph: &SystemGraph, start: &[NodeIx], way: Impact) -> ImpactList {
    let mut reached_by: Vec<Option<EdgeIx>> = vec![None; graph.nodes().len()];
    let mut distance = vec![u32::MAX; graph.nodes().len()];
    let mut queue: VecDeque<NodeIx> = VecDeque::new();
    for &node in start {
        if distance[node.at()] != 0 {
            distance[node.at()] = 0;
            queue.push_back(node);
        }
    }
    let mut found = Vec::new();
    while let Some(node) = queue.pop_front() {
        let edges = match way {
            Impact::Upstream => graph.incoming(node),
            Impact::Downstream => graph.outgoing(node),
        };
        for &edge in edges.iter().filter(|&&edge| graph.edge(edge).kind.is_flow()) {
            let next = far_end(graph, edge, way);
            if distance[next.at()] == u32::MAX {
                distance[next.at()] = distance[node.at()] + 1;
                reached_by[next.at()] = Some(edge);
                found.push(next);
                queue.push_back(next);
            }
        }
    }
    let mut rows: Vec<ImpactRow> = found
        .into_iter()
        .map(|node| ImpactRow {
            node,
            distance: distance[node.at()],
            owner: graph.node(node).owner,
        })
        .collect();
    rows.sort_by(|a, b| {
        (a.distance, &graph.node(a.node).id).cmp(&(b.distance, &graph.node(b.node).id))
    });
    ImpactList { way, rows, reached_by }
}

/// The rows by owner: who is nearest first, then who has most, then by name.
pub fn by_owner(graph: &SystemGraph, rows: &[ImpactRow]) -> Vec<OwnerImpact> {
    let mut owners: Vec<OwnerImpact> = Vec::new();
    let mut position: rustc_hash::FxHashMap<Option<NodeIx>, usize> =
        rustc_hash::FxHashMap::default();
    for (row_ix, row) in rows.iter().enumerate() {
        // Teams are met as owners, not as things that a change reaches.
        if graph.kind(row.node) == NodeKind::Team {
            continue;
        }
        let at = *position.entry(row.owner).or_insert_with(|| {
            owners.push(OwnerImpact { owner: row.owner, rows: Vec::new(), nearest: row.distance });
            owners.len() - 1
        });
        owners[at].rows.push(row_ix as u32);
        owners[at].nearest = owners[at].nearest.min(row.distance);
    }
    let name = |owner: Option<NodeIx>| owner.map(|team| graph.node(team).name.clone());
    owners.sort_by_cached_key(|owner| {
        (
            owner.nearest,
            std::cmp::Reverse(owner.rows.len()),
            owner.owner.is_none(),
            name(owner.owner),
        )
    });
    owners
}

fn far_end(graph: &SystemGraph, edge: EdgeIx, way: Impact) -> NodeIx {
    match way {
        Impact::Upstream => graph.edge(edge).from,
        Impact::Downstream => graph.edge(edge).to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attr, AttrValue, Batch, EdgeKind, GraphBuilder, Provenance, SourceFile};

    const AT: Provenance = Provenance::file(Batch::FILE);

    fn graph(edges: &[(&str, &str)], owners: &[(&str, &str)]) -> SystemGraph {
        let mut batch =
            Batch::new(SourceFile { path: "g".into(), format: "test", bytes: 0, hash: 0 });
        for &(from, to) in edges {
            let (from, to) = (batch.reference(from), batch.reference(to));
            for node in [from, to] {
                if !batch.defines(node) {
                    batch.define(node, NodeKind::Dataset, AT);
                }
            }
            batch.edge(from, to, EdgeKind::Derives, AT);
        }
        for &(node, owner) in owners {
            let node = batch.reference(node);
            batch.annotate(node, AT).set(Attr::Owner, AttrValue::text(owner), AT);
        }
        let mut builder = GraphBuilder::default();
        builder.add(batch);
        builder.build().0
    }

    fn listed(graph: &SystemGraph, start: &str, way: Impact) -> Vec<String> {
        let id = |node: NodeIx| graph.node(node).id.as_str();
        let list = impact(graph, &[graph.find(start).expect(start)], way);
        list.rows
            .iter()
            .map(|row| {
                let way: Vec<String> = list
                    .path(graph, row.node)
                    .iter()
                    .map(|&edge| {
                        format!("{}{}", id(graph.edge(edge).from), id(graph.edge(edge).to))
                    })
                    .collect();
                format!("{} {} {}", id(row.node), row.distance, way.join(" "))
            })
            .collect()
    }

    #[test]
    fn the_nearest_come_first_with_a_shortest_way() {
        let graph =
            graph(&[("a", "b"), ("b", "c"), ("c", "d"), ("a", "c"), ("d", "a"), ("x", "a")], &[]);
        assert_eq!(listed(&graph, "a", Impact::Downstream), ["b 1 ab", "c 1 ac", "d 2 ac cd"]);
        assert_eq!(
            listed(&graph, "c", Impact::Upstream),
            ["a 1 ac", "b 1 bc", "d 2 da ac", "x 2 xa ac"]
        );
        assert_eq!(listed(&graph, "d", Impact::Downstream).len(), 3);
    }

    #[test]
    fn owners_are_ranked_by_nearness_then_number() {
        let owners = [("b", "ads"), ("c", "web"), ("d", "web")];
        let graph = graph(&[("a", "b"), ("a", "c"), ("c", "d"), ("d", "e")], &owners);
        let rows = impact(&graph, &[graph.find("a").unwrap()], Impact::Downstream).rows;
        let ranked: Vec<String> = by_owner(&graph, &rows)
            .iter()
            .map(|owner| {
                let name = owner.owner.map_or("nobody", |team| &*graph.node(team).name);
                format!("{name} {} from {}", owner.rows.len(), owner.nearest)
            })
            .collect();
        assert_eq!(ranked, ["web 2 from 1", "ads 1 from 1", "nobody 1 from 3"]);
    }
}
