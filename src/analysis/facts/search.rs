//! Walking from one node, breadth first, again and again without clearing.

use super::Csr;

/// Memory for walks over one graph; a walk costs only what it visits.
#[derive(Clone, Debug)]
pub struct Search {
    /// The walk that last met each node.
    met: Vec<u32>,
    walk: u32,
    /// Nodes with their steps from the start, nearest first.
    found: Vec<(u32, u32)>,
}

impl Search {
    /// For graphs of `nodes` nodes.
    pub fn new(nodes: usize) -> Self {
        Self { met: vec![0; nodes], walk: 0, found: Vec::new() }
    }

    /// Whether more than `most` nodes are met from `start`, itself not counted. Linear in the arcs that leave the
    /// first `most` of them.
    pub fn meets_more(&mut self, graph: &Csr, start: u32, most: usize) -> bool {
        self.begin(start);
        let mut next = 0;
        while let Some(&(node, distance)) = self.found.get(next) {
            next += 1;
            for &to in graph.of(node) {
                self.meet(to, distance + 1);
            }
            if self.found.len() > most + 1 {
                return true;
            }
        }
        false
    }

    /// All nodes within `steps` of `start`, with how far they are, nearest first and in the order of the
    /// arcs; `start` comes first, with 0. Linear in the arcs that leave them.
    pub fn within(&mut self, graph: &Csr, start: u32, steps: u32) -> &[(u32, u32)] {
        self.begin(start);
        let mut next = 0;
        while let Some(&(node, distance)) = self.found.get(next) {
            next += 1;
            if distance >= steps {
                break;
            }
            for &to in graph.of(node) {
                self.meet(to, distance + 1);
            }
        }
        &self.found
    }

    fn begin(&mut self, start: u32) {
        self.walk = self.walk.checked_add(1).unwrap_or_else(|| {
            self.met.fill(0);
            1
        });
        self.found.clear();
        self.meet(start, 0);
    }

    fn meet(&mut self, node: u32, distance: u32) {
        if self.met[node as usize] != self.walk {
            self.met[node as usize] = self.walk;
            self.found.push((node, distance));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn distances_equal_relaxing_every_arc(
            arcs in prop::collection::vec((0u32..8, 0u32..8), 0..20),
            steps in 0u32..5,
        ) {
            let graph = Csr::new(8, arcs.iter().copied());
            let mut search = Search::new(8);
            for start in 0..8u32 {
                let mut slow = [u32::MAX; 8];
                slow[start as usize] = 0;
                for _ in 0..8 {
                    for &(from, to) in &arcs {
                        slow[to as usize] = slow[to as usize].min(slow[from as usize].saturating_add(1));
                    }
                }
                let mut fast = [u32::MAX; 8];
                for &(node, distance) in search.within(&graph, start, steps) {
                    fast[node as usize] = distance;
                }
                let others = slow.iter().filter(|&&distance| distance < u32::MAX).count() - 1;
                for most in 0..8 {
                    prop_assert_eq!(search.meets_more(&graph, start, most), others > most);
                }
                let near = slow.map(|distance| if distance > steps { u32::MAX } else { distance });
                prop_assert_eq!(fast, near);
            }
        }
    }
}
