//! How data is prepared for models: the part of the graph along which data is computed, and walks over it.
//!
//! Owns: which edges prepare data, and searches that many rules share. Must never know: a rule. The outside
//! world, what watches and what only controls are no preparation, and another model ends it: what lies
//! behind that model is prepared for that model. Start reading at [`Preparation`].

use super::facts::{Components, Csr, Depths, components_of};
use crate::model::{EdgeIx, EdgeKind, NodeIx, NodeKind, SystemGraph};
use smallvec::SmallVec;
use std::sync::OnceLock;

/// So many nodes of one model's preparation are looked at, nearest first. What people build for one model is
/// smaller; where it is not, all of it for every model would cost the square of the graph.
pub(super) const MOST_NODES: usize = 512;

/// Steps of preparation, both ways, each two nodes at most one.
#[derive(Debug, Default)]
pub struct Preparation {
    upstream: Csr,
    downstream: Csr,
    components: OnceLock<Components>,
    depths: OnceLock<Depths>,
}

impl Preparation {
    /// Linear in nodes plus edges.
    pub fn new(graph: &SystemGraph) -> Self {
        let nodes = graph.nodes().len();
        // By source the last target that it was seen at.
        let mut seen_at = vec![None; nodes];
        let mut is_new = |from: NodeIx, to: NodeIx| seen_at[from.at()].replace(to) != Some(to);
        let upstream = Csr::by_node(graph, |to| {
            let edges: &[EdgeIx] = if is_data(graph.kind(to)) { graph.incoming(to) } else { &[] };
            let mut sources: SmallVec<[u32; 8]> = SmallVec::new();
            for edge in edges.iter().map(|&edge| graph.edge(edge)) {
                let from = graph.kind(edge.from);
                let is_step = prepares(edge.kind) && from != NodeKind::Model && is_data(from);
                if is_step && is_new(edge.from, to) {
                    sources.push(edge.from.0);
                }
            }
            sources
        });
        let steps =
            (0..nodes as u32).flat_map(|to| upstream.of(to).iter().map(move |&from| (from, to)));
        Self { downstream: Csr::new(nodes, steps), upstream, ..Self::default() }
    }

    /// What each node is computed from.
    pub fn upstream(&self) -> &Csr {
        &self.upstream
    }

    /// What is computed from each node.
    pub fn downstream(&self) -> &Csr {
        &self.downstream
    }

    pub fn components(&self) -> &Components {
        self.components.get_or_init(|| components_of(&self.downstream))
    }

    /// Steps on the longest way of preparation that ends at `node`; a cycle counts as one place.
    pub fn depth(&self, node: NodeIx) -> u32 {
        let depths =
            self.depths.get_or_init(|| Depths::new(&self.downstream, self.components(), |_, _| 1));
        depths.of(self.components().of(node.0))
    }

    /// The nearest ways of everything from which data is prepared to one of `models`. Linear in nodes plus edges.
    pub fn ways_to(&self, graph: &SystemGraph, models: impl Iterator<Item = NodeIx>) -> Ways {
        let mut walk = Walk::new(self.upstream.nodes());
        for model in models {
            walk.start(model);
        }
        walk.run(&self.upstream, usize::MAX);
        let mut ways = Ways(vec![None; self.upstream.nodes()]);
        // Nearest first, so that what a way goes on with is known.
        for node in walk.found() {
            let after = walk.parent(node).and_then(|next| Some((next, ways.0[next.at()]?)));
            ways.0[node.at()] = Some(match after {
                Some((next, after)) => Way {
                    end: after.end,
                    next: edge_between(graph, node, next, prepares),
                    steps: after.steps + 1,
                },
                None => Way { end: node, next: None, steps: 0 },
            });
        }
        ways
    }
}

/// Ways along edges from many nodes to the nearest of some ends, by node; nothing for those without a way.
#[derive(Debug)]
pub struct Ways(Vec<Option<Way>>);

#[derive(Clone, Copy, Debug)]
struct Way {
    end: NodeIx,
    next: Option<EdgeIx>,
    steps: u32,
}

impl Ways {
    /// Where the way from `node` ends, which is there for an end; nothing where there is none.
    pub fn end(&self, node: NodeIx) -> Option<NodeIx> {
        self.0[node.at()].map(|way| way.end)
    }

    /// The edges on the way from `node`, none where there is none.
    pub fn edges_from(&self, graph: &SystemGraph, node: NodeIx) -> Vec<EdgeIx> {
        let mut way = self.0[node.at()];
        let mut edges = Vec::with_capacity(way.map_or(0, |way| way.steps as usize));
        while let Some(edge) = way.and_then(|way| way.next) {
            edges.push(edge);
            way = self.0[graph.edge(edge).to.at()];
        }
        edges
    }
}

/// Whether something is computed from what flows along edges of this kind, or taken in.
pub(super) const fn prepares(kind: EdgeKind) -> bool {
    matches!(
        kind,
        EdgeKind::Feeds
            | EdgeKind::Derives
            | EdgeKind::InputTo(_)
            | EdgeKind::Emits
            | EdgeKind::Reads(_)
            | EdgeKind::Writes
    )
}

/// Kinds that hold data, or make data of data.
pub(super) const fn is_data(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Source
            | NodeKind::Dataset
            | NodeKind::Signal
            | NodeKind::Job
            | NodeKind::Model
            | NodeKind::Prediction
    )
}

const NO_PARENT: u32 = u32::MAX;

/// A breadth-first walk that remembers by which node each was met. Kept, it walks again and again at the
/// cost of what it visits.
#[derive(Clone, Debug)]
pub struct Walk {
    /// By node, the walk that last met it and by which node, together: to meet is to touch one place.
    met: Vec<(u32, u32)>,
    walk: u32,
    found: Vec<u32>,
    next: usize,
    /// That leave the nodes which it has left.
    steps: usize,
}

impl Walk {
    /// For graphs of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self { met: vec![(0, NO_PARENT); nodes], walk: 1, found: Vec::new(), next: 0, steps: 0 }
    }

    /// Forgets what was found.
    pub fn clear(&mut self) {
        self.walk = self.walk.checked_add(1).unwrap_or_else(|| {
            self.met.fill((0, NO_PARENT));
            1
        });
        self.found.clear();
        self.next = 0;
        self.steps = 0;
    }

    /// Adds a place to walk from, unless it was met.
    pub fn start(&mut self, node: NodeIx) {
        self.meet(node.0, NO_PARENT);
    }

    fn meet(&mut self, node: u32, parent: u32) {
        let met = &mut self.met[node as usize];
        if met.0 != self.walk {
            *met = (self.walk, parent);
            self.found.push(node);
        }
    }

    /// Walks on until nothing new is met, or `most` nodes were; false in the second case.
    pub fn run(&mut self, graph: &Csr, most: usize) -> bool {
        while let Some(&node) = self.found.get(self.next) {
            if self.found.len() > most {
                return false;
            }
            self.next += 1;
            let further = graph.of(node);
            self.steps += further.len();
            for &to in further {
                self.meet(to, node);
            }
        }
        true
    }

    /// Everything met, nearest first, the starts included.
    pub fn found(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.found.iter().map(|&node| NodeIx(node))
    }

    /// Steps between nodes that were met, walking along `graph`.
    pub fn steps_within(&self, graph: &Csr) -> usize {
        let met = |node: &u32| graph.of(*node).iter().filter(|&&to| self.has(NodeIx(to))).count();
        // All that follows a node which the walk has left was met.
        self.steps + self.found[self.next..].iter().map(met).sum::<usize>()
    }

    /// How many nodes were met.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    pub fn has(&self, node: NodeIx) -> bool {
        self.met[node.at()].0 == self.walk
    }

    /// The node by which `node` was met; nothing for starts and for what was not met.
    fn parent(&self, node: NodeIx) -> Option<NodeIx> {
        let (walk, parent) = self.met[node.at()];
        (walk == self.walk && parent != NO_PARENT).then_some(NodeIx(parent))
    }

    /// Nodes from `node` back to the start from which it was met.
    pub fn back(&self, node: NodeIx) -> Vec<NodeIx> {
        let first = self.has(node).then_some(node);
        std::iter::successors(first, |&node| self.parent(node)).collect()
    }
}

/// The first edge that `is_step` between each two nodes of a row, in the direction of the flow.
pub(super) fn edges_along(
    graph: &SystemGraph,
    nodes: &[NodeIx],
    is_step: impl Fn(EdgeKind) -> bool,
) -> Vec<EdgeIx> {
    let between = |pair: &[NodeIx]| edge_between(graph, pair[0], pair[1], &is_step);
    nodes.windows(2).filter_map(between).collect()
}

/// The first edge from one node to another that `is_step`.
fn edge_between(
    graph: &SystemGraph,
    from: NodeIx,
    to: NodeIx,
    is_step: impl Fn(EdgeKind) -> bool,
) -> Option<EdgeIx> {
    let mut edges = graph.outgoing(from).iter().copied();
    edges.find(|&edge| graph.edge(edge).to == to && is_step(graph.edge(edge).kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;

    #[test]
    fn the_world_and_other_models_end_it() {
        let graph = graph(
            "source s\njob j\ndataset d\nmodel m\nprediction p\nmodel n\nsurface w\nconfig c\n\
             s -reads-> j\nj -writes-> d\nd -input_to-> m\nm -emits-> p\np -input_to-> n\nw -logged_as-> d\n\
             c -feeds-> m",
        );
        let preparation = Preparation::new(&graph);
        let ids = |model: &str| -> Vec<&str> {
            let ways = preparation.ways_to(&graph, graph.find(model).into_iter());
            let found = graph.node_indices().filter(|&node| ways.end(node).is_some());
            found.map(|node| graph.node(node).id.as_str()).collect()
        };
        assert_eq!(ids("m"), ["s", "j", "d", "m"]);
        assert_eq!(ids("n"), ["p", "n"]);
        assert_eq!(preparation.depth(graph.find("m").expect("m")), 3);
        let ways = preparation.ways_to(&graph, graph.find("m").into_iter());
        let [s, m] = ["s", "m"].map(|id| graph.find(id).expect(id));
        let from: Vec<&str> = ways
            .edges_from(&graph, s)
            .into_iter()
            .map(|edge| graph.node(graph.edge(edge).from).id.as_str())
            .collect();
        assert_eq!((from, ways.end(s)), (vec!["s", "j", "d"], Some(m)));
        assert_eq!(ways.end(graph.find("w").expect("w")), None);
    }

    #[test]
    fn a_walk_knows_the_way_back_and_walks_again() {
        let graph = graph("source a\ndataset b\ndataset c\na -derives-> b\nb -derives-> c");
        let preparation = Preparation::new(&graph);
        let ix = |id: &str| graph.find(id).expect(id);
        let mut walk = Walk::new(graph.nodes().len());
        walk.start(ix("c"));
        assert!(walk.run(preparation.upstream(), 10));
        let way = walk.back(ix("a"));
        assert_eq!(way, [ix("a"), ix("b"), ix("c")]);
        assert_eq!(edges_along(&graph, &way, prepares).len(), 2);
        assert_eq!(walk.steps_within(preparation.upstream()), 2);
        walk.clear();
        assert!(!walk.has(ix("a")) && walk.back(ix("a")).is_empty());
        walk.start(ix("b"));
        assert!(walk.run(preparation.downstream(), 10));
        assert_eq!(walk.found().collect::<Vec<_>>(), [ix("b"), ix("c")]);
        walk.clear();
        walk.start(ix("c"));
        assert!(!walk.run(preparation.upstream(), 1));
        assert_eq!((walk.count(), walk.steps_within(preparation.upstream())), (2, 1));
    }
}
