//! What lies round many nodes, each step away counting less.

use super::Csr;
use rayon::prelude::*;
use std::sync::Mutex;

/// A bit for each start of those that walk together. Twice as many were slower: their ways meet too seldom for the
/// memory that each node then takes.
type Bits = u64;
/// Starts that walk together.
const TOGETHER: usize = Bits::BITS as usize;
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
    /// Walks downstream from `starts`, different nodes with what each brings; `weights` are those of all nodes, of
    /// which most weigh `usual`; `factors` those of one step, two steps and so on. A start meets itself at no
    /// distance: it does not count.
    ///
    /// 64 starts walk at once, so that an arc that many of them share is followed once; starts that stand
    /// together in their order should be near one another. At most the arcs within reach of every start, plus
    /// their pairs.
    pub fn new(
        graph: &Csr,
        starts: &[(u32, f64)],
        (weights, usual): (&[f64], f64),
        factors: &[f64],
    ) -> Self {
        // Memory is kept for the next task of a thread that is done with one.
        let spare: Mutex<Vec<Together>> = Mutex::default();
        let tasks: Vec<Self> = starts
            .par_chunks(STARTS_A_TASK)
            .map(|starts| {
                let kept = spare.lock().ok().and_then(|mut spare| spare.pop());
                let mut walk = kept.unwrap_or_else(|| Together::new(graph, weights, usual));
                let mut ahead = Vec::with_capacity(starts.len());
                for starts in starts.chunks(TOGETHER) {
                    walk.run(graph, starts, (weights, usual), factors, &mut ahead);
                }
                let sums = Self { ahead, behind: walk.take_behind() };
                if let Ok(mut spare) = spare.lock() {
                    spare.push(walk);
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

/// Bits that are looked up together.
const LOOKED_UP: usize = 8;
/// What so many bits can be.
const PATTERNS: usize = 1 << LOOKED_UP;

/// What each start brings, summed for every pattern of some bits of a word ("four Russians": Arlazarov et al. 1970).
struct Brought([[f64; PATTERNS]; TOGETHER / LOOKED_UP]);

impl Brought {
    /// What each bit brings, from the lowest on.
    fn by(&mut self, values: impl Iterator<Item = f64>) {
        let mut each = [0.0; TOGETHER];
        each.iter_mut().zip(values).for_each(|(own, value)| *own = value);
        for (table, values) in self.0.iter_mut().zip(each.chunks(LOOKED_UP)) {
            for bits in 1..PATTERNS {
                let lowest = bits.trailing_zeros() as usize;
                table[bits] = table[bits & (bits - 1)] + values[lowest];
            }
        }
    }

    /// What the set bits bring together. Without branches, which nobody could foretell.
    fn all(&self, bits: Bits) -> f64 {
        let pattern = |place: usize| (bits >> (place * LOOKED_UP)) as usize % PATTERNS;
        self.0.iter().enumerate().map(|(place, table)| table[pattern(place)]).sum()
    }
}

/// How often each bit of a word was set: word `n` holds digit `n` of all the numbers, so that to count a word is to
/// add it to all numbers at once, and most additions end at the first digits.
#[derive(Default)]
struct Counts([Bits; 32]);

impl Counts {
    fn add(&mut self, word: Bits) {
        /// Digits that are always gone through: a branch at each would cost more.
        const FIRST: usize = 5;
        let mut carried = word;
        let (first, others) = self.0.split_at_mut(FIRST);
        for digit in first {
            (*digit, carried) = (*digit ^ carried, *digit & carried);
        }
        for digit in others {
            if carried == 0 {
                return;
            }
            (*digit, carried) = (*digit ^ carried, *digit & carried);
        }
    }

    /// The numbers, which begin anew.
    fn take(&mut self) -> [u32; TOGETHER] {
        let mut counts = [0; TOGETHER];
        for (place, digit) in self.0.iter_mut().enumerate() {
            let mut bits = std::mem::take(digit);
            while bits != 0 {
                counts[bits.trailing_zeros() as usize] += 1 << place;
                bits &= bits - 1;
            }
        }
        counts
    }
}

/// All that a visit asks of a node, together in half a line of the cache: visits jump about.
#[derive(Clone, Copy, Default)]
struct Visited {
    /// Who was there, a bit each.
    met: Bits,
    /// Who comes with the next step.
    coming: Bits,
    /// What the starts upstream of it brought.
    behind: f64,
    /// Where its arcs begin.
    arcs: u32,
    is_usual: bool,
}

/// Walks of up to 64 starts in step, which starts a bit each.
struct Together {
    brought: Brought,
    /// Nodes of the usual weight that each start reached with the last step.
    usual: Counts,
    /// By node, and one more, where the last arcs end.
    nodes: Vec<Visited>,
    /// Nodes that somebody reached, step after step, with who did.
    reached: Vec<(u32, Bits)>,
    /// Nodes that somebody comes to, as many as are said by what [`Self::come`] returns, and room for all.
    next: Vec<u32>,
}

impl Together {
    fn new(graph: &Csr, weights: &[f64], usual: f64) -> Self {
        let visited = |node: usize| Visited {
            arcs: graph.start(node as u32) as u32,
            is_usual: weights.get(node) == Some(&usual),
            ..Visited::default()
        };
        Self {
            brought: Brought([[0.0; PATTERNS]; TOGETHER / LOOKED_UP]),
            usual: Counts::default(),
            nodes: (0..=graph.nodes()).map(visited).collect(),
            reached: Vec::new(),
            next: vec![0; graph.nodes() + 1],
        }
    }

    fn run(
        &mut self,
        graph: &Csr,
        starts: &[(u32, f64)],
        (weights, usual): (&[f64], f64),
        factors: &[f64],
        ahead: &mut Vec<f64>,
    ) {
        self.brought.by(starts.iter().map(|&(_, brings)| brings));
        let mut sums = [0.0; TOGETHER];
        for (bit, &(node, _)) in starts.iter().enumerate() {
            self.nodes[node as usize].met |= 1 << bit;
            self.reached.push((node, 1 << bit));
        }
        let mut front = 0..self.reached.len();
        for (step, &factor) in factors.iter().enumerate() {
            let is_last = step + 1 == factors.len();
            let come = self.come(front.clone(), graph.targets());
            front.start = front.end;
            for &node in &self.next[..come] {
                let own = &mut self.nodes[node as usize];
                let new = std::mem::take(&mut own.coming);
                own.behind += self.brought.all(new) * factor;
                // Who comes last is asked for nothing more.
                if !is_last {
                    own.met |= new;
                    self.reached.push((node, new));
                }
                if own.is_usual {
                    self.usual.add(new);
                    continue;
                }
                let mut bits = new;
                while bits != 0 {
                    sums[bits.trailing_zeros() as usize] += weights[node as usize] * factor;
                    bits &= bits - 1;
                }
            }
            front.end = self.reached.len();
            for (sum, count) in sums.iter_mut().zip(self.usual.take()) {
                *sum += f64::from(count) * usual * factor;
            }
        }
        ahead.extend(&sums[..starts.len()]);
        for (node, _) in self.reached.drain(..) {
            self.nodes[node as usize].met = 0;
        }
    }

    /// Those who were reached last go one step on; how many nodes somebody comes to. Whether an arc leads to a new
    /// one is anybody's guess, so that there is no branch for it.
    fn come(&mut self, front: std::ops::Range<usize>, targets: &[u32]) -> usize {
        let mut come = 0;
        for &(node, walkers) in &self.reached[front] {
            let arcs = self.nodes[node as usize].arcs..self.nodes[node as usize + 1].arcs;
            for &to in &targets[arcs.start as usize..arcs.end as usize] {
                let own = &mut self.nodes[to as usize];
                let new = walkers & !own.met;
                let is_first = (own.coming == 0) & (new != 0);
                own.coming |= new;
                self.next[come] = to;
                come += usize::from(is_first);
            }
        }
        come
    }

    /// What was brought to each node, which begins anew.
    fn take_behind(&mut self) -> Vec<f64> {
        let last = self.nodes.len() - 1;
        self.nodes[..last].iter_mut().map(|node| std::mem::take(&mut node.behind)).collect()
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
            let sums = Fading::new(&graph, &starts, (&weights, 3.0), &factors);
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
