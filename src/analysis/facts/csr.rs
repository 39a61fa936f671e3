//! Neighbours of every node, flat.

use crate::model::{Lists, NodeIx, SystemGraph};

/// Compressed sparse rows: the targets of each node's edges in one array, in the edges' order.
/// Parallel edges and self-loops are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csr(Lists<u32>);

impl Csr {
    /// Linear in nodes plus edges.
    pub fn new(nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        Self(Lists::new(nodes, edges))
    }

    /// Of the targets of each node.
    pub(in crate::analysis) fn from_rows(rows: Lists<u32>) -> Self {
        Self(rows)
    }

    /// The targets that each node of `graph` has, in turn.
    pub(in crate::analysis) fn by_node<I: IntoIterator<Item = u32>>(
        graph: &SystemGraph,
        mut targets: impl FnMut(NodeIx) -> I,
    ) -> Self {
        let (nodes, most) = (graph.nodes().len(), graph.edges().len());
        Self(Lists::by_key(nodes, most, |node| targets(NodeIx::new(node))))
    }

    /// The same edges, turned round.
    pub fn reversed(nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        Self::new(nodes, edges.map(|(from, to)| (to, from)))
    }

    pub fn nodes(&self) -> usize {
        self.0.keys()
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.0.entries().len()
    }

    /// Position of the first edge of `node` among all edges; of the node after the last their number.
    pub fn start(&self, node: u32) -> usize {
        self.0.start(node as usize)
    }

    /// The targets of all edges, in the order of their sources.
    pub(super) fn targets(&self) -> &[u32] {
        self.0.entries()
    }

    /// Where the targets of each node begin, and the targets.
    pub(super) fn into_parts(self) -> (Vec<u32>, Vec<u32>) {
        self.0.into_parts()
    }

    /// Targets of the edges that leave `node`.
    pub fn of(&self, node: u32) -> &[u32] {
        self.0.of(node as usize)
    }
}
