//! Longest paths over the condensation, where every cycle counts as one place.

use super::{Components, Csr};

/// How deep every strong component lies, and by which arc the longest path to it enters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depths {
    /// By component: the weight of the heaviest path that ends in it.
    depth: Vec<u32>,
    /// By component: the arc by which that path enters; none for a start.
    entry: Vec<Option<(u32, u32)>>,
}

impl Depths {
    /// Longest paths by dynamic programming in topological order; `weight` is given the ends of an arc
    /// between two components, and arcs within one count nothing. Ties go to the lower source.
    /// Linear in nodes plus arcs.
    pub fn new(csr: &Csr, components: &Components, weight: impl Fn(u32, u32) -> u32) -> Self {
        let mut this =
            Self { depth: vec![0; components.count()], entry: vec![None; components.count()] };
        for from in upstream_first(csr.nodes(), components) {
            let component = components.of(from);
            let depth = this.depth[component as usize];
            for &to in csr.of(from) {
                let into = components.of(to);
                let candidate = depth + weight(from, to);
                let reached = this.entry[into as usize].is_some();
                if into != component && (!reached || candidate > this.depth[into as usize]) {
                    this.depth[into as usize] = candidate;
                    this.entry[into as usize] = Some((from, to));
                }
            }
        }
        this
    }

    /// The depth of a component.
    pub fn of(&self, component: u32) -> u32 {
        self.depth[component as usize]
    }

    /// The arcs of a heaviest path, in its direction. Where the path crosses a cycle, one arc may end and
    /// the next start at different nodes of it. Empty when no arc joins two components.
    pub fn longest_path(&self, components: &Components) -> Vec<(u32, u32)> {
        let deepest = (0..self.depth.len()).rev().max_by_key(|&component| self.depth[component]);
        deepest.map_or_else(Vec::new, |component| self.path_into(component as u32, components))
    }

    /// The arcs of a heaviest path that ends in `component`, as of [`Self::longest_path`].
    pub fn path_into(&self, component: u32, components: &Components) -> Vec<(u32, u32)> {
        let mut arcs: Vec<(u32, u32)> =
            std::iter::successors(self.entry[component as usize], |&(from, _)| {
                self.entry[components.of(from) as usize]
            })
            .collect();
        arcs.reverse();
        arcs
    }
}

/// All nodes, those of upstream components first; a counting sort.
fn upstream_first(nodes: usize, components: &Components) -> Vec<u32> {
    let count = components.count();
    let place = |node: u32| count - 1 - components.of(node) as usize;
    let mut next = vec![0u32; count + 1];
    for node in 0..nodes as u32 {
        next[place(node) + 1] += 1;
    }
    for component in 0..count {
        next[component + 1] += next[component];
    }
    let mut sorted = vec![0u32; nodes];
    for node in 0..nodes as u32 {
        let slot = &mut next[place(node)];
        sorted[*slot as usize] = node;
        *slot += 1;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::super::strong_components;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn depth_equals_relaxing_every_arc_again_and_again(
            arcs in prop::collection::vec((0u32..8, 0u32..8), 0..16),
        ) {
            let csr = Csr::new(8, arcs.iter().copied());
            let components = strong_components(8, arcs.iter().copied());
            let depths = Depths::new(&csr, &components, |_, _| 1);
            let mut slow = vec![0u32; components.count()];
            for _ in 0..8 {
                for &(a, b) in &arcs {
                    let (a, b) = (components.of(a) as usize, components.of(b) as usize);
                    if a != b {
                        slow[b] = slow[b].max(slow[a] + 1);
                    }
                }
            }
            let found: Vec<u32> = (0..components.count() as u32).map(|c| depths.of(c)).collect();
            prop_assert_eq!(&found, &slow);
            let path = depths.longest_path(&components);
            prop_assert_eq!(path.len() as u32, slow.iter().copied().max().unwrap_or(0));
            for pair in path.windows(2) {
                prop_assert_eq!(components.of(pair[0].1), components.of(pair[1].0));
            }
        }
    }

    #[test]
    fn a_chain_of_a_million_needs_no_stack() {
        let nodes = 1_000_000u32;
        let arcs = (1..nodes).map(|to| (to - 1, to));
        let components = strong_components(nodes as usize, arcs.clone());
        let depths = Depths::new(&Csr::new(nodes as usize, arcs), &components, |_, _| 1);
        assert_eq!(depths.longest_path(&components).len() as u32, nodes - 1);
    }
}
