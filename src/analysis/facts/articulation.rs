//! Nodes that alone hold parts of the graph together.

use super::Csr;

/// Whether the graph, its directions ignored, falls into more parts when a node is taken away; by node.
///
/// Hopcroft and Tarjan (1973, "Efficient algorithms for graph manipulation"), without recursion; linear in
/// nodes plus arcs.
pub fn articulation_points(forward: &Csr, reverse: &Csr) -> Vec<bool> {
    let nodes = forward.nodes();
    let mut walk = Walk {
        forward,
        reverse,
        found: vec![0; nodes],
        low: vec![0; nodes],
        last: 0,
        is_point: vec![false; nodes],
    };
    for start in 0..nodes as u32 {
        if walk.found[start as usize] == 0 {
            walk.explore(start);
        }
    }
    walk.is_point
}

struct Walk<'g> {
    forward: &'g Csr,
    reverse: &'g Csr,
    /// When each node was found, from 1; 0 before.
    found: Vec<u32>,
    /// The earliest node that is reached from below each node by one arc that is not of the tree.
    low: Vec<u32>,
    last: u32,
    is_point: Vec<bool>,
}

/// A node that is open, with the position of its next neighbour.
struct Open {
    node: u32,
    parent: u32,
    next: usize,
    children: u32,
}

impl Walk<'_> {
    fn neighbour(&self, node: u32, position: usize) -> Option<u32> {
        let forward = self.forward.of(node);
        let reverse = self.reverse.of(node);
        forward.get(position).or_else(|| reverse.get(position - forward.len())).copied()
    }

    fn explore(&mut self, start: u32) {
        let mut path = vec![self.open(start, start)];
        while let Some(top) = path.last_mut() {
            let (node, parent) = (top.node, top.parent);
            let Some(to) = self.neighbour(node, top.next) else {
                let children = top.children;
                path.pop();
                if let Some(above) = path.last_mut() {
                    above.children += 1;
                    self.close(node, above.node, start);
                } else {
                    self.is_point[start as usize] = children > 1;
                }
                continue;
            };
            top.next += 1;
            if self.found[to as usize] == 0 {
                path.push(self.open(to, node));
            } else if to != parent {
                // A second arc to the parent makes no difference: it is the same node that is taken away.
                self.low[node as usize] = self.low[node as usize].min(self.found[to as usize]);
            }
        }
    }

    fn open(&mut self, node: u32, parent: u32) -> Open {
        self.last += 1;
        self.found[node as usize] = self.last;
        self.low[node as usize] = self.last;
        Open { node, parent, next: 0, children: 0 }
    }

    fn close(&mut self, node: u32, above: u32, start: u32) {
        let low = self.low[node as usize];
        self.low[above as usize] = self.low[above as usize].min(low);
        if above != start && low >= self.found[above as usize] {
            self.is_point[above as usize] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::part_sizes;
    use super::*;
    use proptest::prelude::*;

    fn points(nodes: usize, arcs: &[(u32, u32)]) -> Vec<bool> {
        articulation_points(
            &Csr::new(nodes, arcs.iter().copied()),
            &Csr::reversed(nodes, arcs.iter().copied()),
        )
    }

    proptest! {
        #[test]
        fn without_a_point_there_are_more_parts(arcs in prop::collection::vec((0u32..9, 0u32..9), 0..16)) {
            let parts = part_sizes(9, arcs.iter().copied()).len();
            for (node, is_point) in points(9, &arcs).into_iter().enumerate() {
                let node = node as u32;
                let rest = arcs.iter().copied().filter(|&(a, b)| a != node && b != node);
                // The node itself is left as a part of its own.
                let without = part_sizes(9, rest).len() - 1;
                prop_assert_eq!(is_point, without > parts, "{}", node);
            }
        }
    }

    #[test]
    fn a_chain_of_a_million_needs_no_stack() {
        let nodes = 1_000_000u32;
        let arcs: Vec<(u32, u32)> = (1..nodes).map(|to| (to - 1, to)).collect();
        let found = points(nodes as usize, &arcs);
        assert_eq!(found.iter().filter(|&&point| point).count() as u32, nodes - 2);
    }
}
