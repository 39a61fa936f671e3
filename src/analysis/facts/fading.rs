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

/// Sums over the set bits of words, a byte at a time: a table holds what each byte's bits bring together, another
/// collects what is said of each byte until all is handed to the bits ("four Russians": Arlazarov et al. 1970).
struct Bytes {
    brought: Vec<[f64; 256]>,
    collected: Vec<[f64; 256]>,
}

impl Bytes {
    fn new() -> Self {
        Self { brought: vec![[0.0; 256]; 8], collected: vec![[0.0; 256]; 8] }
    }

    /// What each bit brings, from the lowest on.
    fn bring(&mut self, values: impl Iterator<Item = f64>) {
        let mut each = [0.0; TOGETHER];
        each.iter_mut().zip(values).for_each(|(own, value)| *own = value);
        for (table, values) in self.brought.iter_mut().zip(each.chunks(8)) {
            for bits in 1usize..256 {
                let lowest = bits.trailing_zeros() as usize;
                table[bits] = table[bits & (bits - 1)] + values[lowest];
            }
        }
    }

    /// Adds `weight` to every set bit; what they bring together.
    fn add(&mut self, bits: u64, weight: f64) -> f64 {
        let mut brought = 0.0;
        for (place, byte) in bits.to_le_bytes().into_iter().enumerate() {
            if byte != 0 {
                brought += self.brought[place][usize::from(byte)];
                self.collected[place][usize::from(byte)] += weight;
            }
        }
        brought
    }

    /// What was added to each bit, which is forgotten.
    fn take(&mut self) -> [f64; TOGETHER] {
        let mut sums = [0.0; TOGETHER];
        for (collected, sums) in self.collected.iter_mut().zip(sums.chunks_mut(8)) {
            for (bits, weight) in collected.iter_mut().enumerate().filter(|(_, w)| **w != 0.0) {
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

/// Walks of up to 64 starts in step, which starts a bit each.
struct Together {
    bytes: Bytes,
    /// By node, who was there.
    met: Vec<u64>,
    /// By node, who comes with the next step.
    coming: Vec<u64>,
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
            bytes: Bytes::new(),
            met: vec![0; nodes],
            coming: vec![0; nodes],
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
        self.bytes.bring(starts.iter().map(|&(_, brings)| brings));
        for (bit, &(node, _)) in starts.iter().enumerate() {
            self.met[node as usize] |= 1 << bit;
            self.front.push((node, 1 << bit));
            self.touched.push(node);
        }
        for &factor in factors {
            self.step(graph);
            for &(node, new) in &self.front {
                let brought = self.bytes.add(new, weights[node as usize] * factor);
                sums.behind[node as usize] += brought * factor;
            }
        }
        sums.ahead.extend(&self.bytes.take()[..starts.len()]);
        for node in self.touched.drain(..) {
            self.met[node as usize] = 0;
        }
        self.front.clear();
    }

    /// One step of all: the front becomes those that were reached for the first time, with who did.
    fn step(&mut self, graph: &Csr) {
        for &(node, walkers) in &self.front {
            for &to in graph.of(node) {
                let new = walkers & !self.met[to as usize];
                if new != 0 {
                    if self.coming[to as usize] == 0 {
                        self.next.push(to);
                    }
                    self.coming[to as usize] |= new;
                }
            }
        }
        self.front.clear();
        for node in self.next.drain(..) {
            let new = std::mem::take(&mut self.coming[node as usize]);
            self.met[node as usize] |= new;
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
