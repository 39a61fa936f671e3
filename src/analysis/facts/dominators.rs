//! Who has no other supplier: dominators.

use super::{Components, Csr};

const NONE: u32 = u32::MAX;

/// For every node the nearest node that every way to it from outside passes.
///
/// Ways begin at nodes that nothing leads to, and at every node of a cycle that nothing leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dominators {
    /// By node; [`NONE`] where ways share no node.
    immediate: Vec<u32>,
    /// The nodes whose immediate dominator a node is.
    children: Csr,
}

impl Dominators {
    /// The algorithm of Lengauer and Tarjan (1979, "A fast algorithm for finding dominators in a
    /// flowgraph") with path compression alone; O(arcs × log nodes).
    pub fn new(forward: &Csr, reverse: &Csr, components: &Components) -> Self {
        let nodes = forward.nodes();
        let is_start = starts(forward, components);
        let tree = Tree::new(forward, &is_start);
        let by_number = tree.dominators(reverse, &is_start);
        let mut immediate = vec![NONE; nodes];
        for (number, &dominator) in by_number.iter().enumerate().skip(1) {
            if dominator != 0 {
                immediate[tree.node[number] as usize] = tree.node[dominator as usize];
            }
        }
        let pairs = (0..nodes as u32)
            .filter(|&node| immediate[node as usize] != NONE)
            .map(|node| (immediate[node as usize], node));
        let children = Csr::new(nodes, pairs);
        Self { children, immediate }
    }

    /// The nearest node that every way to `node` passes, if there is one.
    pub fn immediate(&self, node: u32) -> Option<u32> {
        Some(self.immediate[node as usize]).filter(|&dominator| dominator != NONE)
    }

    /// Everything that is cut off when `node` is taken away, `node` left out, nearest first.
    pub fn cut_off_without(&self, node: u32) -> Vec<u32> {
        let mut found = self.children.of(node).to_vec();
        let mut next = 0;
        while let Some(&child) = found.get(next) {
            found.extend_from_slice(self.children.of(child));
            next += 1;
        }
        found
    }
}

/// Nodes of components that no arc enters from another.
fn starts(forward: &Csr, components: &Components) -> Vec<bool> {
    let mut entered = vec![false; components.count()];
    for from in 0..forward.nodes() as u32 {
        for &to in forward.of(from) {
            entered[components.of(to) as usize] |= components.of(from) != components.of(to);
        }
    }
    (0..forward.nodes() as u32).map(|node| !entered[components.of(node) as usize]).collect()
}

/// The depth-first tree from a root above all starts. Nodes are spoken of by their number in it; the
/// root is 0.
struct Tree {
    number: Vec<u32>,
    node: Vec<u32>,
    parent: Vec<u32>,
}

impl Tree {
    fn new(forward: &Csr, is_start: &[bool]) -> Self {
        let nodes = forward.nodes();
        let mut this = Self { number: vec![NONE; nodes], node: vec![NONE], parent: vec![0] };
        let mut open: Vec<(u32, usize)> = Vec::new();
        for start in (0..nodes as u32).filter(|&start| is_start[start as usize]) {
            if this.number[start as usize] != NONE {
                continue;
            }
            this.enter(start, 0);
            open.push((start, 0));
            while let Some((node, next)) = open.last_mut() {
                let Some(&to) = forward.of(*node).get(*next) else {
                    open.pop();
                    continue;
                };
                *next += 1;
                if this.number[to as usize] == NONE {
                    let parent = this.number[*node as usize];
                    this.enter(to, parent);
                    open.push((to, 0));
                }
            }
        }
        this
    }

    fn enter(&mut self, node: u32, parent: u32) {
        self.number[node as usize] = self.node.len() as u32;
        self.node.push(node);
        self.parent.push(parent);
    }

    /// Immediate dominators by number.
    fn dominators(&self, reverse: &Csr, is_start: &[bool]) -> Vec<u32> {
        let count = self.node.len();
        let mut forest = Forest::new(count);
        let mut dominator = vec![0u32; count];
        // Nodes that wait for their semidominator's subtree, as linked lists.
        let (mut first, mut next) = (vec![NONE; count], vec![NONE; count]);
        for number in (1..count as u32).rev() {
            let node = self.node[number as usize];
            let mut semi = if is_start[node as usize] { 0 } else { number };
            for &from in reverse.of(node) {
                let best = forest.best(self.number[from as usize]);
                semi = semi.min(forest.semi[best as usize]);
            }
            forest.semi[number as usize] = semi;
            next[number as usize] = first[semi as usize];
            first[semi as usize] = number;
            let parent = self.parent[number as usize];
            forest.above[number as usize] = parent;
            let mut waiting = std::mem::replace(&mut first[parent as usize], NONE);
            while waiting != NONE {
                let best = forest.best(waiting);
                let earlier = forest.semi[best as usize] < forest.semi[waiting as usize];
                dominator[waiting as usize] = if earlier { best } else { parent };
                waiting = next[waiting as usize];
            }
        }
        for number in 1..count {
            if dominator[number] != forest.semi[number] {
                dominator[number] = dominator[dominator[number] as usize];
            }
        }
        dominator
    }
}

/// Linked parts of the tree, each node with the node of least semidominator on its way up.
struct Forest {
    semi: Vec<u32>,
    best: Vec<u32>,
    above: Vec<u32>,
    way: Vec<u32>,
}

impl Forest {
    fn new(count: usize) -> Self {
        let own: Vec<u32> = (0..count as u32).collect();
        Self { semi: own.clone(), best: own, above: vec![NONE; count], way: Vec::new() }
    }

    fn best(&mut self, number: u32) -> u32 {
        if self.above[number as usize] != NONE {
            self.compress(number);
        }
        self.best[number as usize]
    }

    /// Hangs every node on the way up directly below the top.
    fn compress(&mut self, number: u32) {
        let mut at = number;
        while self.above[self.above[at as usize] as usize] != NONE {
            self.way.push(at);
            at = self.above[at as usize];
        }
        while let Some(at) = self.way.pop() {
            let above = self.above[at as usize] as usize;
            let (here, there) = (self.best[at as usize], self.best[above]);
            if self.semi[there as usize] < self.semi[here as usize] {
                self.best[at as usize] = there;
            }
            self.above[at as usize] = self.above[above];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strong_components;
    use super::*;
    use proptest::prelude::*;

    fn dominators(nodes: usize, arcs: &[(u32, u32)]) -> (Dominators, Vec<bool>) {
        let forward = Csr::new(nodes, arcs.iter().copied());
        let reverse = Csr::reversed(nodes, arcs.iter().copied());
        let components = strong_components(nodes, arcs.iter().copied());
        (Dominators::new(&forward, &reverse, &components), starts(&forward, &components))
    }

    /// What is reached from the starts when nothing may pass `without`.
    fn reached(nodes: usize, arcs: &[(u32, u32)], starts: &[bool], without: u32) -> Vec<bool> {
        let mut seen: Vec<bool> =
            (0..nodes).map(|node| starts[node] && node as u32 != without).collect();
        for _ in 0..nodes {
            for &(from, to) in arcs {
                seen[to as usize] |= seen[from as usize] && to != without;
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn cut_off_is_what_is_no_longer_reached(arcs in prop::collection::vec((0u32..9, 0u32..9), 0..24)) {
            let (dominators, starts) = dominators(9, &arcs);
            for node in 0..9u32 {
                let seen = reached(9, &arcs, &starts, node);
                let slow: Vec<u32> =
                    (0..9).filter(|&other| other != node && !seen[other as usize]).collect();
                let mut fast = dominators.cut_off_without(node);
                fast.sort_unstable();
                prop_assert_eq!(fast, slow);
            }
        }
    }

    #[test]
    fn a_diamond_hangs_below_its_top() {
        let (dominators, _) = dominators(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]);
        assert_eq!(dominators.immediate(3), Some(0));
        assert_eq!(dominators.immediate(0), None);
    }

    #[test]
    fn a_chain_of_a_million_needs_no_stack() {
        let nodes = 1_000_000u32;
        let arcs: Vec<(u32, u32)> = (1..nodes).map(|to| (to - 1, to)).collect();
        let (dominators, _) = dominators(nodes as usize, &arcs);
        assert_eq!(dominators.cut_off_without(0).len() as u32, nodes - 1);
    }
}
