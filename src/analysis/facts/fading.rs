//! What lies round many nodes, each step away counting less.

use super::Csr;
use rayon::prelude::*;

/// Starts that walk together: one bit of a word each.
const TOGETHER: usize = 64;
/// Starts whose walks one task makes; fixed, so that sums do not depend on the number of threads.
const STARTS_A_TASK: usize = 8_192;

/// Sums over the surroundings of some nodes, up to as many steps as there are factors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fading {
    /// For each start, in their order: the weights of all nodes downstream, each times the factor of its
    /// distance.
    pub ahead: Vec<f64>,
    /// For each node of the graph: what the starts upstream of it bring, each times the factor of its distance.
    pub behind: Vec<f64>,
}

impl Fading {
    /// Walks downstream from `starts`, different nodes with what each brings; `weights` are those of all nodes,
    /// `factors` those of one step, two steps and so on. A start meets itself at no distance: it does not count.
    ///
    /// 64 starts walk at once, so that an arc that many of them share is followed once; starts that stand
    /// together in their order should be near one another. At most the arcs within reach of every start, plus
    /// their pairs.
    pub fn new(graph: &Csr, starts: &[(u32, f64)], weights: &[f64], factors: &[f64]) -> Self {
        let tasks: Vec<Self> = starts
            .par_chunks(STARTS_A_TASK)
            .map(|starts| {
                let mut walk = Together::new(graph.nodes());
                let ahead = Vec::with_capacity(starts.len());
                let mut sums = Self { ahead, behind: vec![0.0; graph.nodes()] };
                for starts in starts.chunks(TOGETHER) {
                    walk.run(graph, starts, weights, factors, &mut sums);
                }
                sums
            })
            .collect();
        let mut all = Self { ahead: Vec::new(), behind: vec![0.0; graph.nodes()] };
        for task in tasks {
            all.ahead.extend(task.ahead);
            all.behind.iter_mut().zip(task.behind).for_each(|(sum, part)| *sum += part);
        }
        all
    }
}

/// Bits that are looked up together. Few of a word are set as a rule, and tables of four fit the nearest cache.
const LOOKED_UP: usize = 4;
/// What so many bits can be.
const PATTERNS: usize = 1 << LOOKED_UP;

/// Sums over the set bits of words, some at a time: a table holds what each pattern of them brings together, another
/// collects what is said of each pattern until all is handed to the bits ("four Russians": Arlazarov et al. 1970).
struct Patterns {
    brought: [[f64; PATTERNS]; TOGETHER / LOOKED_UP],
    collected: [[f64; PATTERNS]; TOGETHER / LOOKED_UP],
}

impl Patterns {
    fn new() -> Self {
        let none = [[0.0; PATTERNS]; TOGETHER / LOOKED_UP];
        Self { brought: none, collected: none }
    }

    /// What each bit brings, from the lowest on.
    fn bring(&mut self, values: impl Iterator<Item = f64>) {
        let mut each = [0.0; TOGETHER];
        each.iter_mut().zip(values).for_each(|(own, value)| *own = value);
        for (table, values) in self.brought.iter_mut().zip(each.chunks(LOOKED_UP)) {
            for bits in 1..PATTERNS {
                let lowest = bits.trailing_zeros() as usize;
                table[bits] = table[bits & (bits - 1)] + values[lowest];
            }
        }
    }

    /// Adds `weight` to every set bit; what they bring together.
    fn add(&mut self, mut bits: u64, weight: f64) -> f64 {
        let mut brought = 0.0;
        while bits != 0 {
            let place = bits.trailing_zeros() as usize / LOOKED_UP;
            let shift = place * LOOKED_UP;
            let pattern = (bits >> shift) as usize % PATTERNS;
            brought += self.brought[place][pattern];
            self.collected[place][pattern] += weight;
            bits &= !((PATTERNS as u64 - 1) << shift);
        }
        brought
    }

    /// What was added to each bit, which is forgotten.
    fn take(&mut self) -> [f64; TOGETHER] {
        let mut sums = [0.0; TOGETHER];
        for (collected, sums) in self.collected.iter_mut().zip(sums.chunks_mut(LOOKED_UP)) {
            for (bits, weight) in collected.iter_mut().enumerate() {
                for (bit, sum) in sums.iter_mut().enumerate() {
                    if bits >> bit & 1 == 1 {
                        *sum += *weight;
                    }
                }
                *weight = 0.0;
            }
        }
        sums
    }
}

/// Who is at a node, a bit each.
#[derive(Clone, Copy, Default)]
struct Walkers {
    /// Those who were there.
    met: u64,
    /// Those who come with the next step.
    coming: u64,
}

/// Walks of up to 64 starts in step, which starts a bit each.
struct Together {
    patterns: Patterns,
    /// By node.
    walkers: Vec<Walkers>,
    /// Nodes that somebody reached with the last step, with who did.
    front: Vec<(u32, u64)>,
    /// Nodes that somebody comes to.
    next: Vec<u32>,
    /// Nodes to forget afterwards.
    touched: Vec<u32>,
}

impl Together {
    fn new(nodes: usize) -> Self {
        Self {
            patterns: Patterns::new(),
            walkers: vec![Walkers::default(); nodes],
            front: Vec::new(),
            next: Vec::new(),
            touched: Vec::new(),
        }
    }

    fn run(
        &mut self,
        graph: &Csr,
        starts: &[(u32, f64)],
        weights: &[f64],
        factors: &[f64],
        sums: &mut Fading,
    ) {
        self.patterns.bring(starts.iter().map(|&(_, brings)| brings));
        for (bit, &(node, _)) in starts.iter().enumerate() {
            self.walkers[node as usize].met |= 1 << bit;
            self.front.push((node, 1 << bit));
            self.touched.push(node);
        }
        for &factor in factors {
            self.step(graph);
            for &(node, new) in &self.front {
                let brought = self.patterns.add(new, weights[node as usize] * factor);
                sums.behind[node as usize] += brought * factor;
            }
        }
        sums.ahead.extend(&self.patterns.take()[..starts.len()]);
        for node in self.touched.drain(..) {
            self.walkers[node as usize].met = 0;
        }
        self.front.clear();
    }

    /// One step of all: the front becomes those that were reached for the first time, with who did.
    fn step(&mut self, graph: &Csr) {
        for &(node, walkers) in &self.front {
            for &to in graph.of(node) {
                let own = &mut self.walkers[to as usize];
                let new = walkers & !own.met;
                if new != 0 {
                    if own.coming == 0 {
                        self.next.push(to);
                    }
                    own.coming |= new;
                }
            }
        }
        self.front.clear();
        for node in self.next.drain(..) {
            let own = &mut self.walkers[node as usize];
            let new = std::mem::take(&mut own.coming);
            own.met |= new;
            self.front.push((node, new));
            self.touched.push(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Search;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_equal_one_walk_after_another(
            arcs in prop::collection::vec((0u32..200, 0u32..200), 0..600),
            kept in prop::collection::vec(any::<bool>(), 200),
            steps in 1usize..6,
        ) {
            let graph = Csr::new(200, arcs.iter().copied());
            let weights: Vec<f64> = (0..200).map(|node| f64::from(node % 7)).collect();
            let factors: Vec<f64> = (1..=steps as i32).map(|step| 0.5f64.powi(step)).collect();
            let starts: Vec<(u32, f64)> =
                (0..200).rev().filter(|&node| kept[node as usize]).map(|node| (node, f64::from(node % 5))).collect();
            let sums = Fading::new(&graph, &starts, &weights, &factors);
            let mut search = Search::new(200);
            let mut behind = [0.0; 200];
            for (&(start, brings), ahead) in starts.iter().zip(&sums.ahead) {
                let mut sum = 0.0;
                for &(node, distance) in &search.within(&graph, start, steps as u32)[1..] {
                    sum += weights[node as usize] * factors[distance as usize - 1];
                    behind[node as usize] += brings * factors[distance as usize - 1];
                }
                prop_assert!((sum - ahead).abs() < 1e-9);
            }
            for (slow, fast) in behind.iter().zip(&sums.behind) {
                prop_assert!((slow - fast).abs() < 1e-9);
            }
        }
    }
}
