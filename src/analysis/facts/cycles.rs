//! Short cycles, one after another, up to a limit that is counted and not timed.

use super::{Components, Csr};

/// When to stop looking for cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CycleLimits {
    /// The most arcs of a cycle.
    pub length: u32,
    /// The most cycles.
    pub cycles: usize,
    /// The most arcs to look at: a limit on time that is the same on every machine.
    pub steps: u64,
}

/// Calls `visit` with the nodes of every cycle that passes no node twice and has at most
/// `limits.length` arcs, its lowest node first; parallel arcs count as one. True when a limit ended the
/// search, so that there may be more.
///
/// From each start, a walk backwards tells how near every node is to it; the search forwards only goes
/// where it can still come back in time, so that nearly all steps end in cycles.
pub fn simple_cycles(
    graph: &Csr,
    components: &Components,
    limits: CycleLimits,
    mut visit: impl FnMut(&[u32]),
) -> bool {
    let inner = Inner::new(graph, components);
    let mut search = Search {
        inner: &inner,
        limits,
        back: vec![(0, 0); graph.nodes()],
        queue: Vec::new(),
        path: Vec::new(),
        found: 0,
        steps: 0,
    };
    (0..graph.nodes() as u32).any(|start| search.from(start, &mut visit).is_err())
}

/// Arcs within components, both ways, parallel ones once.
struct Inner {
    forward: Csr,
    reverse: Csr,
}

impl Inner {
    fn new(graph: &Csr, components: &Components) -> Self {
        let mut arcs: Vec<(u32, u32)> = Vec::new();
        for from in 0..graph.nodes() as u32 {
            let first = arcs.len();
            let inside =
                graph.of(from).iter().filter(|&&to| components.of(to) == components.of(from));
            arcs.extend(inside.map(|&to| (from, to)));
            arcs[first..].sort_unstable();
        }
        arcs.dedup();
        Self {
            forward: Csr::new(graph.nodes(), arcs.iter().copied()),
            reverse: Csr::reversed(graph.nodes(), arcs.iter().copied()),
        }
    }
}

/// A limit was met.
struct Capped;

struct Search<'g> {
    inner: &'g Inner,
    limits: CycleLimits,
    /// For nodes above the start: the start that last measured them (plus 1), and the arcs back to it.
    back: Vec<(u32, u32)>,
    queue: Vec<u32>,
    /// Nodes on the way with the position of their next arc.
    path: Vec<(u32, u32)>,
    found: usize,
    steps: u64,
}

impl Search<'_> {
    /// All cycles whose lowest node is `start`.
    fn from(&mut self, start: u32, visit: &mut impl FnMut(&[u32])) -> Result<(), Capped> {
        if self.inner.forward.of(start).is_empty() || self.limits.length == 0 {
            return Ok(());
        }
        self.measure(start)?;
        let mut cycle: Vec<u32> = vec![start];
        self.path.clear();
        self.path.push((start, 0));
        while let Some((node, next)) = self.path.last_mut() {
            let Some(&to) = self.inner.forward.of(*node).get(*next as usize) else {
                self.path.pop();
                cycle.pop();
                continue;
            };
            *next += 1;
            self.step()?;
            if to == start {
                if self.found == self.limits.cycles {
                    return Err(Capped);
                }
                self.found += 1;
                visit(&cycle);
                continue;
            }
            let (measured, back) = self.back[to as usize];
            let in_time = measured == start + 1 && cycle.len() as u32 + back <= self.limits.length;
            if in_time && !cycle.contains(&to) {
                self.path.push((to, 0));
                cycle.push(to);
            }
        }
        Ok(())
    }

    /// Arcs from each node back to `start`, over nodes above it.
    fn measure(&mut self, start: u32) -> Result<(), Capped> {
        self.queue.clear();
        self.queue.push(start);
        self.back[start as usize] = (start + 1, 0);
        let mut next = 0;
        while let Some(&node) = self.queue.get(next) {
            next += 1;
            let distance = self.back[node as usize].1 + 1;
            if distance >= self.limits.length {
                break;
            }
            for &from in self.inner.reverse.of(node) {
                self.step()?;
                if from > start && self.back[from as usize].0 != start + 1 {
                    self.back[from as usize] = (start + 1, distance);
                    self.queue.push(from);
                }
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Capped> {
        self.steps += 1;
        if self.steps > self.limits.steps { Err(Capped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strong_components;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const AMPLE: CycleLimits = CycleLimits { length: 6, cycles: usize::MAX, steps: u64::MAX };

    fn cycles(nodes: usize, arcs: &[(u32, u32)], limits: CycleLimits) -> (Vec<Vec<u32>>, bool) {
        let graph = Csr::new(nodes, arcs.iter().copied());
        let components = strong_components(nodes, arcs.iter().copied());
        let mut found = Vec::new();
        let capped = simple_cycles(&graph, &components, limits, |cycle| found.push(cycle.to_vec()));
        (found, capped)
    }

    /// Every sequence of different nodes is tried.
    fn slow(nodes: u32, arcs: &BTreeSet<(u32, u32)>, length: usize) -> BTreeSet<Vec<u32>> {
        let mut ways: Vec<Vec<u32>> = (0..nodes).map(|node| vec![node]).collect();
        let mut found = BTreeSet::new();
        while let Some(way) = ways.pop() {
            let last = way[way.len() - 1];
            if arcs.contains(&(last, way[0])) && way.iter().min() == Some(&way[0]) {
                found.insert(way.clone());
            }
            if way.len() < length {
                let next =
                    (0..nodes).filter(|node| !way.contains(node) && arcs.contains(&(last, *node)));
                ways.extend(next.map(|node| [&way[..], &[node]].concat()));
            }
        }
        found
    }

    proptest! {
        #[test]
        fn cycles_equal_trying_every_sequence(
            arcs in prop::collection::vec((0u32..7, 0u32..7), 0..20),
            length in 1u32..7,
        ) {
            let (found, capped) = cycles(7, &arcs, CycleLimits { length, ..AMPLE });
            prop_assert!(!capped);
            let count = found.len();
            let found: BTreeSet<Vec<u32>> = found.into_iter().collect();
            prop_assert_eq!(found.len(), count, "each once");
            prop_assert_eq!(found, slow(7, &arcs.into_iter().collect(), length as usize));
        }
    }

    #[test]
    fn a_limit_says_that_it_was_met() {
        let all: Vec<(u32, u32)> =
            (0..8).flat_map(|a| (0..8).map(move |b| (a, b))).filter(|(a, b)| a != b).collect();
        let (found, capped) = cycles(8, &all, CycleLimits { cycles: 10, ..AMPLE });
        assert_eq!((found.len(), capped), (10, true));
        let (found, capped) = cycles(8, &all, CycleLimits { length: 2, cycles: 28, ..AMPLE });
        assert_eq!((found.len(), capped), (28, false), "exactly as many as allowed");
        assert!(cycles(8, &all, CycleLimits { steps: 5, ..AMPLE }).1);
    }
}
