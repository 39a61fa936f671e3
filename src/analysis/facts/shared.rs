//! Everything about one graph that several rules ask, computed when it is first asked for and once.

use super::{
    Components, Condensation, Csr, Depths, Dominators, ancestor_counts, ancestor_counts_of,
    articulation_points, components_of, descendant_counts, redundant_arcs,
};
use crate::model::{Edge, EdgeIx, SystemGraph};
use std::sync::OnceLock;

/// Facts about the flow of information in one graph: every edge but ownership counts. Shared by rules that
/// run in parallel. None of them starts parallel work of its own, because one that waits for a fact must
/// not be the one that was to compute it.
#[derive(Debug, Default)]
pub struct Facts {
    forward: Csr,
    reverse: Csr,
    components: OnceLock<Components>,
    condensation: OnceLock<Condensation>,
    depths: OnceLock<Depths>,
    ancestors: OnceLock<Vec<u32>>,
    descendants: OnceLock<Vec<u32>>,
    dominators: OnceLock<Dominators>,
    redundant: OnceLock<Vec<bool>>,
    articulation: OnceLock<Vec<bool>>,
}

impl Facts {
    /// Linear in nodes plus edges.
    pub fn of(graph: &SystemGraph) -> Self {
        Self::along(graph, |edge| edge.kind.is_flow())
    }

    /// Along some of the edges; linear in nodes plus edges.
    pub fn along(graph: &SystemGraph, counts: impl Fn(&Edge) -> bool) -> Self {
        let wanted = |edge: &EdgeIx| Some(graph.edge(*edge)).filter(|&edge| counts(edge));
        let to = |node| graph.outgoing(node).iter().filter_map(wanted).map(|edge| edge.to.0);
        let from = |node| graph.incoming(node).iter().filter_map(wanted).map(|edge| edge.from.0);
        Self {
            forward: Csr::by_node(graph, to),
            reverse: Csr::by_node(graph, from),
            ..Self::default()
        }
    }

    /// Of any graph of indices.
    pub fn new(nodes: usize, arcs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        Self {
            forward: Csr::new(nodes, arcs.clone()),
            reverse: Csr::reversed(nodes, arcs),
            ..Self::default()
        }
    }

    pub fn nodes(&self) -> usize {
        self.forward.nodes()
    }

    /// Where arcs lead to from each node.
    pub fn forward(&self) -> &Csr {
        &self.forward
    }

    /// Where arcs come from into each node.
    pub fn reverse(&self) -> &Csr {
        &self.reverse
    }

    /// Which nodes lie on cycles together.
    pub fn components(&self) -> &Components {
        self.components.get_or_init(|| components_of(&self.forward))
    }

    /// The graph without cycles: components and the arcs between them.
    pub fn condensation(&self) -> &Condensation {
        self.condensation.get_or_init(|| Condensation::new(&self.forward, self.components()))
    }

    /// Whether `node` lies on a cycle; linear in the arcs of the node.
    pub fn is_on_cycle(&self, node: u32) -> bool {
        let component = self.components().of(node);
        self.forward.of(node).iter().any(|&to| self.components().of(to) == component)
    }

    /// Longest paths by component, in arcs.
    pub fn depths(&self) -> &Depths {
        self.depths.get_or_init(|| Depths::new(&self.forward, self.components(), |_, _| 1))
    }

    /// Arcs on the longest path to `node`; a cycle counts as one place.
    pub fn depth(&self, node: u32) -> u32 {
        self.depths().of(self.components().of(node))
    }

    /// How many nodes lie upstream of `node`. The first call counts for all nodes; where few are asked about
    /// see [`Self::ancestor_counts`].
    pub fn ancestor_count(&self, node: u32) -> u32 {
        let counts = self.ancestors.get_or_init(|| ancestor_counts(self.condensation()));
        counts[self.components().of(node) as usize]
    }

    /// How many nodes lie upstream of each of `nodes`.
    pub fn ancestor_counts(&self, nodes: &[u32]) -> Vec<u32> {
        let of: Vec<u32> = nodes.iter().map(|&node| self.components().of(node)).collect();
        ancestor_counts_of(self.condensation(), &of)
    }

    /// How many nodes lie downstream of `node`. The first call counts for all nodes.
    pub fn descendant_count(&self, node: u32) -> u32 {
        let counts = self.descendants.get_or_init(|| descendant_counts(self.condensation()));
        counts[self.components().of(node) as usize]
    }

    /// Nodes upstream of `node`, nearest first, without itself. Linear in what it finds, and a table of all
    /// nodes; to walk from many nodes keep a [`Search`](super::Search).
    pub fn ancestors(&self, node: u32) -> Vec<u32> {
        reach(&self.reverse, node)
    }

    /// Nodes downstream of `node`, nearest first, without itself. As [`Self::ancestors`].
    pub fn descendants(&self, node: u32) -> Vec<u32> {
        reach(&self.forward, node)
    }

    /// Who has no other supplier.
    pub fn dominators(&self) -> &Dominators {
        self.dominators
            .get_or_init(|| Dominators::new(&self.forward, &self.reverse, self.components()))
    }

    /// Whether the arc from `from` to `to` says nothing that another way does not: it is not in the
    /// transitive reduction. Arcs of a cycle are always needed. Linear in the arcs of the component.
    pub fn is_redundant(&self, from: u32, to: u32) -> bool {
        let (from, to) = (self.components().of(from), self.components().of(to));
        let arcs = self.condensation().arcs();
        let position = arcs.of(from).iter().position(|&other| other == to);
        let redundant = self.redundant.get_or_init(|| redundant_arcs(self.condensation()));
        position.is_some_and(|position| redundant[arcs.start(from) + position])
    }

    /// Whether parts of the graph are only joined by way of `node`, directions ignored.
    pub fn is_articulation(&self, node: u32) -> bool {
        let points =
            self.articulation.get_or_init(|| articulation_points(&self.forward, &self.reverse));
        points[node as usize]
    }
}

fn reach(graph: &Csr, node: u32) -> Vec<u32> {
    let mut search = super::Search::new(graph.nodes());
    search.within(graph, node, u32::MAX).iter().skip(1).map(|&(node, _)| node).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;

    #[test]
    fn ownership_is_no_flow() {
        let graph =
            graph("team ads\ndataset a owner=ads\ndataset b\na -derives-> b\nteam:ads -owns-> a");
        let facts = Facts::of(&graph);
        let a = graph.find("a").expect("a").0;
        assert_eq!((facts.ancestor_count(a), facts.descendant_count(a)), (0, 1));
        assert!(!facts.is_on_cycle(a));
    }

    #[test]
    fn counts_equal_lists_and_cycles_are_whole() {
        // 0 → 1 ⇄ 2 → 3, and 0 → 3.
        let facts = Facts::new(5, [(0, 1), (1, 2), (2, 1), (2, 3), (0, 3)].into_iter());
        for node in 0..5 {
            assert_eq!(facts.ancestors(node).len() as u32, facts.ancestor_count(node));
            assert_eq!(facts.descendants(node).len() as u32, facts.descendant_count(node));
        }
        assert_eq!(facts.depth(3), 2);
        assert!(facts.is_redundant(0, 3) && !facts.is_redundant(2, 3) && !facts.is_redundant(1, 2));
        assert!(facts.is_on_cycle(1) && !facts.is_on_cycle(0));
        assert!(!facts.is_articulation(1) && facts.dominators().immediate(2) == Some(1));
    }
}
