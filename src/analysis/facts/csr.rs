//! Neighbours of every node, flat.

/// Compressed sparse rows: the targets of each node's edges in one array, in the edges' order.
/// Parallel edges and self-loops are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Csr {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Csr {
    /// A counting sort of `edges` by source; linear in nodes plus edges.
    pub fn new(nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0u32; nodes + 1];
        for (from, _) in edges.clone() {
            starts[from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut targets = vec![0u32; starts[nodes] as usize];
        for (from, to) in edges {
            let slot = &mut next[from as usize];
            targets[*slot as usize] = to;
            *slot += 1;
        }
        Self { starts, targets }
    }

    /// Of rows that are in order already: where the targets of each node begin, with one more for the end of the last,
    /// and the targets.
    pub(in crate::analysis) fn from_parts(starts: Vec<u32>, targets: Vec<u32>) -> Self {
        Self { starts, targets }
    }

    /// The same edges, turned round.
    pub fn reversed(nodes: usize, edges: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        Self::new(nodes, edges.map(|(from, to)| (to, from)))
    }

    pub fn nodes(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.targets.len()
    }

    /// Position of the first edge of `node` among all edges; of the node after the last their number.
    pub fn start(&self, node: u32) -> usize {
        self.starts[node as usize] as usize
    }

    /// The targets of all edges, in the order of their sources.
    pub(super) fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Where the targets of each node begin, and the targets.
    pub(super) fn into_parts(self) -> (Vec<u32>, Vec<u32>) {
        (self.starts, self.targets)
    }

    /// Targets of the edges that leave `node`.
    pub fn of(&self, node: u32) -> &[u32] {
        &self.targets[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}
