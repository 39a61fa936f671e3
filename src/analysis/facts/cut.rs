//! The cheapest arcs whose removal leaves no cycle, or no walk of any kind that a caller can find.

use super::hitting_set::hitting_set;
use super::{Csr, components_without};

/// How much work a cut may take, counted so that the result is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutEffort {
    /// Rounds of finding walks that are not yet cut and solving again.
    pub rounds: u32,
    /// Nodes of the search trees, of each round.
    pub branches: u64,
}

/// Arcs to cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Ascending.
    pub arcs: Vec<u32>,
    pub cost: u64,
    /// No cut costs less; equal to the cost when this one is proven to be the cheapest.
    pub lower_bound: u64,
}

impl Cut {
    pub fn is_exact(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// The cheapest arcs that meet every walk that `uncut` can find.
///
/// `uncut` is given which arcs are removed, and gives some walks, as arcs, that none of them lies on;
/// none at all only when there are none. Walks are collected only as they are needed: each round solves
/// those known, and asks what that leaves. When the rounds are over, what is left is cut without looking
/// back, and the bound says how far that can be from the cheapest.
///
/// # Errors
/// A walk on which nothing can be cut: `weight` is `None` for all of its arcs.
pub fn cheapest_cut(
    arcs: usize,
    weight: impl Fn(u32) -> Option<u64>,
    effort: CutEffort,
    mut uncut: impl FnMut(&[bool]) -> Vec<Vec<u32>>,
) -> Result<Cut, Vec<u32>> {
    let cost_of = |arc: u32| weight(arc).unwrap_or(u64::MAX);
    let mut sets: Vec<Vec<u32>> = Vec::new();
    let mut removed = vec![false; arcs];
    let mut cut = Cut::default();
    for round in 0.. {
        let walks = uncut(&removed);
        if walks.is_empty() {
            break;
        }
        let known = sets.len();
        for walk in walks {
            let mut set: Vec<u32> =
                walk.iter().copied().filter(|&arc| weight(arc).is_some()).collect();
            set.sort_unstable();
            set.dedup();
            if set.is_empty() {
                return Err(walk);
            }
            sets.push(set);
        }
        if round < effort.rounds {
            let solved = hitting_set(&sets, cost_of, effort.branches);
            cut.lower_bound = cut.lower_bound.max(solved.lower_bound);
            cut.arcs = solved.chosen;
        } else {
            cut.arcs.extend(hitting_set(&sets[known..], cost_of, effort.branches).chosen);
        }
        removed.fill(false);
        for &arc in &cut.arcs {
            removed[arc as usize] = true;
        }
    }
    cut.arcs.sort_unstable();
    cut.cost = cut.arcs.iter().map(|&arc| cost_of(arc)).sum();
    Ok(cut)
}

/// The fewest arcs of `graph`, as positions among its edges, without which it has no cycles: a minimum
/// feedback arc set. NP-hard; exact where the effort suffices, see [`Cut::is_exact`].
///
/// Cycles are found as the shortest through each arc that a depth-first search finds to lead back.
pub fn feedback_arcs(graph: &Csr, effort: CutEffort) -> Cut {
    let mut finder = Finder::new(graph);
    let found = cheapest_cut(graph.edges(), |_| Some(1), effort, |removed| finder.cycles(removed));
    found.unwrap_or_default()
}

struct Finder<'g> {
    graph: &'g Csr,
    source: Vec<u32>,
    /// By node: the walk that last met it, and the arc by which.
    met: Vec<(u32, u32)>,
    walk: u32,
    queue: Vec<u32>,
}

impl<'g> Finder<'g> {
    fn new(graph: &'g Csr) -> Self {
        let nodes = graph.nodes() as u32;
        let source =
            (0..nodes).flat_map(|node| std::iter::repeat_n(node, graph.of(node).len())).collect();
        Self { graph, source, met: vec![(0, 0); nodes as usize], walk: 0, queue: Vec::new() }
    }

    fn arcs(&self, node: u32) -> impl Iterator<Item = (u32, u32)> + use<'g> {
        let start = self.graph.start(node) as u32;
        self.graph.of(node).iter().enumerate().map(move |(k, &to)| (start + k as u32, to))
    }

    fn cycles(&mut self, removed: &[bool]) -> Vec<Vec<u32>> {
        let components = components_without(self.graph, |arc| removed[arc]);
        // Within a component an arc is inside, and arcs between two lie on no cycle.
        let inside = |arc: u32, from: u32, to: u32| {
            !removed[arc as usize] && components.of(from) == components.of(to)
        };
        let back = self.back_arcs(&inside);
        let mut cycles: Vec<Vec<u32>> =
            back.into_iter().map(|arc| self.shortest_through(arc, &inside)).collect();
        cycles.sort_unstable();
        cycles.dedup();
        cycles
    }

    /// Arcs that lead to a node that is open in a depth-first search; every cycle holds one.
    fn back_arcs(&self, inside: &impl Fn(u32, u32, u32) -> bool) -> Vec<u32> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut state = vec![State::New; self.graph.nodes()];
        let mut back = Vec::new();
        let mut path: Vec<(u32, usize)> = Vec::new();
        for start in 0..self.graph.nodes() as u32 {
            if state[start as usize] != State::New {
                continue;
            }
            state[start as usize] = State::Open;
            path.push((start, 0));
            while let Some((node, next)) = path.last_mut() {
                let node = *node;
                let Some(&to) = self.graph.of(node).get(*next) else {
                    state[node as usize] = State::Done;
                    path.pop();
                    continue;
                };
                let arc = (self.graph.start(node) + *next) as u32;
                *next += 1;
                if !inside(arc, node, to) {
                    continue;
                }
                match state[to as usize] {
                    State::New => {
                        state[to as usize] = State::Open;
                        path.push((to, 0));
                    }
                    State::Open => back.push(arc),
                    State::Done => {}
                }
            }
        }
        back
    }

    /// The arcs of a shortest cycle through `arc`, breadth first from its end to its start.
    fn shortest_through(&mut self, arc: u32, inside: &impl Fn(u32, u32, u32) -> bool) -> Vec<u32> {
        let (from, to) = (self.source[arc as usize], self.target(arc));
        self.walk += 1;
        self.queue.clear();
        self.queue.push(to);
        self.met[to as usize] = (self.walk, arc);
        let mut next = 0;
        while self.met[from as usize].0 != self.walk {
            let Some(&node) = self.queue.get(next) else { break };
            next += 1;
            for (arc, to) in self.arcs(node) {
                if self.met[to as usize].0 != self.walk && inside(arc, node, to) {
                    self.met[to as usize] = (self.walk, arc);
                    self.queue.push(to);
                }
            }
        }
        let mut cycle = vec![arc];
        let mut node = from;
        while node != to {
            let by = self.met[node as usize].1;
            cycle.push(by);
            node = self.source[by as usize];
        }
        cycle.sort_unstable();
        cycle
    }

    fn target(&self, arc: u32) -> u32 {
        let from = self.source[arc as usize];
        self.graph.of(from)[arc as usize - self.graph.start(from)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::strong_components;
    use super::*;
    use proptest::prelude::*;

    const AMPLE: CutEffort = CutEffort { rounds: 1_000, branches: 1_000_000 };

    fn has_cycle(nodes: usize, arcs: &[(u32, u32)], removed: u32) -> bool {
        let left: Vec<(u32, u32)> =
            (0..arcs.len()).filter(|&arc| removed >> arc & 1 == 0).map(|arc| arcs[arc]).collect();
        let components = strong_components(nodes, left.iter().copied());
        left.iter().any(|&(from, to)| components.of(from) == components.of(to))
    }

    proptest! {
        #[test]
        fn the_fewest_arcs_are_cut(arcs in prop::collection::vec((0u32..6, 0u32..6), 0..13)) {
            let mut arcs = arcs;
            // In the order of the graph's edges, so that positions agree.
            arcs.sort_by_key(|&(from, _)| from);
            let graph = Csr::new(6, arcs.iter().copied());
            let cut = feedback_arcs(&graph, AMPLE);
            let best = (0..1u32 << arcs.len())
                .filter(|&removed| !has_cycle(6, &arcs, removed))
                .map(u32::count_ones)
                .min();
            prop_assert!(cut.is_exact());
            prop_assert_eq!(Some(cut.cost as u32), best);
            let removed = cut.arcs.iter().fold(0, |all, &arc| all | 1u32 << arc);
            prop_assert!(!has_cycle(6, &arcs, removed));
        }

        #[test]
        fn with_little_effort_it_still_cuts_and_bounds(arcs in prop::collection::vec((0u32..6, 0u32..6), 0..13)) {
            let mut arcs = arcs;
            arcs.sort_by_key(|&(from, _)| from);
            let graph = Csr::new(6, arcs.iter().copied());
            let cut = feedback_arcs(&graph, CutEffort { rounds: 1, branches: 0 });
            let best = feedback_arcs(&graph, AMPLE).cost;
            prop_assert!(cut.lower_bound <= best && best <= cut.cost);
            let removed = cut.arcs.iter().fold(0, |all, &arc| all | 1u32 << arc);
            prop_assert!(!has_cycle(6, &arcs, removed));
        }
    }

    #[test]
    fn a_walk_that_cannot_be_cut_is_given_back() {
        let weight = |arc| if arc == 3 { Some(7) } else { None };
        let cut =
            cheapest_cut(
                4,
                weight,
                AMPLE,
                |removed| {
                    if removed[3] { vec![] } else { vec![vec![1, 3]] }
                },
            );
        assert_eq!(cut, Ok(Cut { arcs: vec![3], cost: 7, lower_bound: 7 }));
        assert_eq!(cheapest_cut(4, weight, AMPLE, |_| vec![vec![2, 1]]), Err(vec![2, 1]));
    }
}
