//! Links of the cascades perspective: from model to prediction to model, through what lies between.
//!
//! Signals made of predictions, thresholds and actions are not drawn; the ways through them are links
//! between what is. An edge on several ways belongs to the first.

use super::filter::{Filtered, NodeState};
use super::groups::Grouped;
use super::links::{Bundles, Linked, unlinked};
use super::{EdgeFate, LinkStyle, NO_ITEM, Reason, Shown};
use crate::analysis::facts::{Csr, Depths, components_of};
use crate::model::{EdgeIx, NodeIx, NodeKind, SystemGraph};

/// Steps per node and edge that the search for ways may take in all: a signal with many readers, fed by
/// many predictions, has more ways through it than anybody can look at.
const STEPS_PER_PART: usize = 8;

/// A small graph may always be searched to the end.
const STEPS_AT_LEAST: usize = 100_000;

/// Linear in nodes plus edges: the search is cut after a number of steps in proportion.
pub(super) fn links(graph: &SystemGraph, filtered: &Filtered, grouped: &Grouped) -> Linked {
    let mut search = Search {
        graph,
        filtered,
        grouped,
        bundles: Bundles::default(),
        fates: vec![None; graph.edges().len()],
        arcs: Vec::new(),
        came_by: vec![None; graph.nodes().len()],
        seen_from: vec![u32::MAX; graph.nodes().len()],
        steps_left: STEPS_AT_LEAST
            .max(STEPS_PER_PART * (graph.nodes().len() + graph.edges().len())),
    };
    for node in graph.node_indices().filter(|&node| filtered.is_shown(node)) {
        search.ways_from(node);
    }
    let Search { bundles, fates, arcs, steps_left, .. } = search;
    let left_over = if steps_left == 0 { Reason::TooManyWays } else { Reason::Perspective };
    let fates = fates
        .into_iter()
        .zip(graph.edges())
        .map(|(fate, edge)| {
            fate.or_else(|| {
                unlinked(graph, filtered, edge).map(|fate| match fate {
                    EdgeFate::Hidden(Reason::Perspective) => EdgeFate::Hidden(left_over),
                    other => other,
                })
            })
            .unwrap_or(EdgeFate::Hidden(left_over))
        })
        .collect();
    bundles.finish(fates, layers(graph, filtered, grouped, &arcs))
}

const fn is_passed_through(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Signal | NodeKind::Threshold | NodeKind::Action)
}

struct Search<'a> {
    graph: &'a SystemGraph,
    filtered: &'a Filtered,
    grouped: &'a Grouped,
    bundles: Bundles,
    /// By edge, as far as it is on a way.
    fates: Vec<Option<EdgeFate>>,
    /// Connections between shown nodes.
    arcs: Vec<(u32, u32)>,
    /// By node that is passed through: the edge by which the present search came to it.
    came_by: Vec<Option<EdgeIx>>,
    /// By node: the last start from which it was seen.
    seen_from: Vec<u32>,
    steps_left: usize,
}

impl Search<'_> {
    fn ways_from(&mut self, start: NodeIx) {
        let (graph, filtered) = (self.graph, self.filtered);
        let mut queue = vec![start];
        while let Some(node) = queue.pop() {
            for &edge_ix in graph.outgoing(node) {
                let edge = graph.edge(edge_ix);
                if self.steps_left == 0 {
                    return;
                }
                self.steps_left -= 1;
                if !edge.kind.is_flow() {
                    continue;
                }
                match filtered.states[edge.to.at()] {
                    NodeState::Shown => self.arrive(start, node, edge_ix),
                    NodeState::Hidden(Reason::Perspective)
                        if is_passed_through(graph.kind(edge.to))
                            && self.seen_from[edge.to.at()] != start.0 =>
                    {
                        self.seen_from[edge.to.at()] = start.0;
                        self.came_by[edge.to.at()] = Some(edge_ix);
                        queue.push(edge.to);
                    }
                    _ => {}
                }
            }
        }
    }

    /// A way from `start` ended in something shown by `last`, whose source is `node`.
    fn arrive(&mut self, start: NodeIx, node: NodeIx, last: EdgeIx) {
        let end = self.graph.edge(last).to;
        let mut style = LinkStyle::of(self.graph.edge(last).kind);
        let mut way = vec![last];
        let mut at = node;
        while at != start {
            let Some(edge) = self.came_by[at.at()] else { break };
            style = style.along(LinkStyle::of(self.graph.edge(edge).kind));
            way.push(edge);
            at = self.graph.edge(edge).from;
            self.steps_left = self.steps_left.saturating_sub(1);
        }
        self.arcs.push((start.0, end.0));
        let (from, to) = (self.grouped.item_of[start.at()], self.grouped.item_of[end.at()]);
        let fate = match self.grouped.items[from as usize].what {
            Shown::Group(group) if from == to => EdgeFate::InGroup(group),
            _ => EdgeFate::Link(self.bundles.add(from, to, style)),
        };
        for edge in way {
            self.fates[edge.at()].get_or_insert(fate);
        }
    }
}

/// Layers by correction depth: the number of models before a model on the longest way from model to
/// prediction to model. A prediction lies right of its model, surfaces right of everything. Ways through
/// the world do not count: they would make one layer of every loop.
fn layers(
    graph: &SystemGraph,
    filtered: &Filtered,
    grouped: &Grouped,
    arcs: &[(u32, u32)],
) -> Vec<Option<u32>> {
    let kind = |node: u32| graph.kind(NodeIx(node));
    let inner: Vec<(u32, u32)> = arcs
        .iter()
        .copied()
        .filter(|&(a, b)| kind(a) != NodeKind::Surface && kind(b) != NodeKind::Surface)
        .collect();
    let count = graph.nodes().len();
    let ways = Csr::new(count, inner.into_iter());
    let components = components_of(&ways);
    let depths = Depths::new(&ways, &components, |_, to| u32::from(kind(to) == NodeKind::Model));
    let depth_of = |node: NodeIx| depths.of(components.of(node.0));
    let deepest = graph
        .node_indices()
        .filter(|&node| filtered.is_shown(node) && graph.kind(node) != NodeKind::Surface)
        .map(depth_of)
        .max();
    let mut layers: Vec<Option<u32>> = vec![None; grouped.items.len()];
    for node in graph.node_indices() {
        let item = grouped.item_of[node.at()];
        if item == NO_ITEM || matches!(grouped.items[item as usize].what, Shown::Group(_)) {
            continue;
        }
        layers[item as usize] = Some(match kind(node.0) {
            NodeKind::Surface => deepest.map_or(0, |deepest| 2 * deepest + 2),
            NodeKind::Prediction => 2 * depth_of(node) + 1,
            _ => 2 * depth_of(node),
        });
    }
    layers
}
