//! Strongly connected components.

use super::Csr;

/// Which nodes lie on cycles together. Components are numbered in reverse topological order: an edge
/// between two of them goes from the higher number to the lower.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Components {
    of: Vec<u32>,
    count: u32,
}

impl Components {
    /// The component that `node` lies in.
    pub fn of(&self, node: u32) -> u32 {
        self.of[node as usize]
    }

    /// How many there are; a node on no cycle is one by itself.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// How many nodes each component holds.
    pub fn sizes(&self) -> Vec<u32> {
        let mut sizes = vec![0; self.count()];
        for &component in &self.of {
            sizes[component as usize] += 1;
        }
        sizes
    }
}

/// Strong components by Pearce's variant of Tarjan's algorithm (Pearce 2016, "A space-efficient
/// algorithm for finding strongly connected components"), with its own stack instead of recursion.
///
/// Linear in nodes plus edges; ten thousand nodes in a chain need no more stack than one.
pub fn strong_components(
    nodes: usize,
    edges: impl Iterator<Item = (u32, u32)> + Clone,
) -> Components {
    components_of(&Csr::new(nodes, edges))
}

/// As [`strong_components`], of edges that are in rows already.
pub fn components_of(graph: &Csr) -> Components {
    components_without(graph, |_| false)
}

/// As [`components_of`], without the edges at some positions.
pub fn components_without(graph: &Csr, is_removed: impl Fn(usize) -> bool) -> Components {
    let mut search = Search::new(graph, is_removed);
    for node in 0..graph.nodes() as u32 {
        if search.rank[node as usize] == UNSEEN {
            search.explore(node);
        }
    }
    let count = search.components;
    // Components were numbered downwards from the top so that they never meet a rank.
    let of = search.rank.into_iter().map(|rank| u32::MAX - rank).collect();
    Components { of, count }
}

const UNSEEN: u32 = 0;

struct Search<'g, F> {
    graph: &'g Csr,
    is_removed: F,
    /// While a node is open: the earliest open node that it reaches, as the order of discovery. Once closed:
    /// `u32::MAX` less its component.
    rank: Vec<u32>,
    is_root: Vec<bool>,
    next_rank: u32,
    components: u32,
    /// Closed to the search, but not yet in a component.
    waiting: Vec<u32>,
    /// Open nodes with the position of their next edge.
    path: Vec<(u32, u32)>,
}

impl<'g, F: Fn(usize) -> bool> Search<'g, F> {
    fn new(graph: &'g Csr, is_removed: F) -> Self {
        let nodes = graph.nodes();
        Self {
            graph,
            is_removed,
            rank: vec![UNSEEN; nodes],
            is_root: vec![false; nodes],
            next_rank: 1,
            components: 0,
            waiting: Vec::new(),
            path: Vec::new(),
        }
    }

    fn explore(&mut self, start: u32) {
        self.open(start);
        while let Some((node, mut position)) = self.path.pop() {
            let (first, targets) = (self.graph.start(node), self.graph.of(node));
            let mut own = self.rank[node as usize];
            let unseen = loop {
                let Some(&target) = targets.get(position as usize) else { break None };
                if !(self.is_removed)(first + position as usize) {
                    let other = self.rank[target as usize];
                    if other == UNSEEN {
                        break Some(target);
                    }
                    if other < own {
                        own = other;
                        self.is_root[node as usize] = false;
                    }
                }
                position += 1;
            };
            self.rank[node as usize] = own;
            match unseen {
                // Its edge is looked at again when the target is closed.
                Some(target) => {
                    self.path.push((node, position));
                    self.open(target);
                }
                None => self.close(node),
            }
        }
    }

    fn open(&mut self, node: u32) {
        self.rank[node as usize] = self.next_rank;
        self.is_root[node as usize] = true;
        self.next_rank += 1;
        self.path.push((node, 0));
    }

    fn close(&mut self, node: u32) {
        if !self.is_root[node as usize] {
            self.waiting.push(node);
            return;
        }
        let own = self.rank[node as usize];
        let component = u32::MAX - self.components;
        while let Some(member) = self.waiting.pop_if(|member| self.rank[*member as usize] >= own) {
            self.rank[member as usize] = component;
            self.next_rank -= 1;
        }
        self.rank[node as usize] = component;
        self.next_rank -= 1;
        self.components += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reach by closure; cubic.
    fn same_component(nodes: usize, edges: &[(u32, u32)]) -> Vec<Vec<bool>> {
        let mut reach = vec![vec![false; nodes]; nodes];
        for (node, row) in reach.iter_mut().enumerate() {
            row[node] = true;
        }
        for &(from, to) in edges {
            reach[from as usize][to as usize] = true;
        }
        for via in 0..nodes {
            for from in 0..nodes {
                for to in 0..nodes {
                    reach[from][to] |= reach[from][via] && reach[via][to];
                }
            }
        }
        (0..nodes).map(|a| (0..nodes).map(|b| reach[a][b] && reach[b][a]).collect()).collect()
    }

    proptest! {
        #[test]
        fn components_are_mutual_reach(edges in prop::collection::vec((0u32..9, 0u32..9), 0..30)) {
            let components = strong_components(9, edges.iter().copied());
            let together = same_component(9, &edges);
            for a in 0..9u32 {
                for b in 0..9u32 {
                    prop_assert_eq!(components.of(a) == components.of(b), together[a as usize][b as usize]);
                }
            }
            for (from, to) in edges {
                prop_assert!(components.of(from) >= components.of(to), "numbered against the flow");
            }
            prop_assert_eq!(components.sizes().iter().sum::<u32>(), 9);
        }
    }

    #[test]
    fn a_chain_of_a_million_needs_no_stack() {
        let nodes = 1_000_000;
        let components = strong_components(nodes, (1..nodes as u32).map(|to| (to - 1, to)));
        assert_eq!(components.count(), nodes);
        let round = strong_components(
            nodes,
            (0..nodes as u32).map(|from| (from, (from + 1) % nodes as u32)),
        );
        assert_eq!(round.count(), 1);
    }
}
