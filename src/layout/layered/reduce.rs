//! Crossing reduction, the strategy: which starts, how many passes, when to stop.
//!
//! Several start orders are sifted; then the best one is shaken and sifted again, as often as the
//! budget allows (iterated local search). The budget is counted in sifting steps, which are known
//! before a pass is run, and attempts come in rounds of fixed size, so that the same graph gets the
//! same picture on any machine and at any number of threads.

use super::order::{Order, crossings};
use super::proper::Proper;
use super::sift::sift;
use super::sweep::{barycentre_sweep, smooth_start};
use super::watch::Watch;
use rayon::prelude::*;
use std::ops::Range;

/// Rounds of the smoothing that gives the start order.
const SMOOTH_ROUNDS: usize = 40;
/// Sifting passes of the first usable picture.
const QUICK_PASSES: usize = 2;
/// Passes to see what a change is worth.
const SETTLE_PASSES: usize = 8;
/// Passes in one descent; measured to gain less than a percent after that.
const MAX_PASSES: usize = 12;
/// A descent ends when a pass gains less than this share of the crossings.
const LEAST_GAIN: f64 = 0.003;
/// Sifting steps that one pass may take (about half a second); reach is cut down to keep to it.
const MAX_PASS_STEPS: usize = 400_000_000;
/// Barycentre sweeps before the second start is sifted.
const SWEEPS: usize = 10;
/// Nodes and dummies from which that second start is never the better one.
const SWEPT_BELOW: usize = 4_000;
/// Attempts in one round, made side by side.
const ATTEMPTS: u64 = 4;
/// Passes that a round takes at least; with less budget left it is not begun.
const ROUND_PASSES: usize = 3 * ATTEMPTS as usize;
/// How far nodes are shaken out of their places, as shares of the width of their layer.
const SHAKES: [f32; 4] = [0.2, 0.3, 0.12, 0.4];

/// The best order found; `start` is an earlier result to improve on.
pub(super) fn reduce(
    proper: &Proper,
    movable: Range<usize>,
    start: Option<Order>,
    fixed: &Order,
    budget: usize,
    watch: Watch<'_>,
) -> Option<Order> {
    let search = Search::new(proper, movable, budget, watch);
    let mut order = match start {
        Some(order) => order,
        None => search.start(fixed)?,
    };
    if budget == 0 {
        for _ in 0..QUICK_PASSES {
            search.pass(&mut order)?;
        }
        return Some(order);
    }
    search.run(order)
}

/// Sifts `order` a few times; its crossings then, and what that cost.
pub(super) fn settle(
    proper: &Proper,
    movable: Range<usize>,
    order: Order,
    watch: Watch<'_>,
) -> Option<(Order, u64, usize)> {
    let search = Search::new(proper, movable, usize::MAX, watch);
    let attempt = search.descend(order, SETTLE_PASSES * search.pass_steps)?;
    Some((attempt.order, attempt.crossings, attempt.steps))
}

struct Search<'a> {
    proper: &'a Proper,
    movable: Range<usize>,
    reach: usize,
    pass_steps: usize,
    budget: usize,
    watch: Watch<'a>,
}

/// An order with its crossings and what it cost to find.
struct Attempt {
    order: Order,
    crossings: u64,
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(proper: &'a Proper, movable: Range<usize>, budget: usize, watch: Watch<'a>) -> Self {
        let steps = |reach: usize| -> usize {
            let cost = |layer: usize| {
                let nodes = proper.layer(layer);
                let pieces = proper.pred.count(nodes.clone()) + proper.succ.count(nodes.clone());
                pieces.saturating_mul(nodes.len().min(2 * reach))
            };
            movable.clone().map(cost).sum()
        };
        let widest = movable.clone().map(|layer| proper.layer(layer).len()).max().unwrap_or(0);
        let (mut reach, mut pass_steps) = (widest, steps(widest));
        while pass_steps > MAX_PASS_STEPS && reach > 8 {
            reach /= 2;
            pass_steps = steps(reach);
        }
        Self { proper, movable, reach, pass_steps, budget, watch }
    }

    fn start(&self, fixed: &Order) -> Option<Order> {
        let mut order = smooth_start(self.proper, SMOOTH_ROUNDS, self.watch)?;
        for layer in (0..self.proper.layers()).filter(|layer| !self.movable.contains(layer)) {
            let range = self.proper.layer(layer);
            order.sequence[range.clone()].copy_from_slice(&fixed.sequence[range.clone()]);
            order.number(range);
        }
        Some(order)
    }

    fn pass(&self, order: &mut Order) -> Option<u64> {
        sift(self.proper, order, &self.movable, self.reach, self.watch)
    }

    /// Sifts until it hardly helps, or `limit` steps are used up.
    fn descend(&self, mut order: Order, limit: usize) -> Option<Attempt> {
        let mut count = crossings(self.proper, &order, self.watch)?;
        let mut steps = 0;
        for _ in 0..MAX_PASSES {
            let gain = self.pass(&mut order)?;
            count -= gain;
            steps += self.pass_steps;
            if (gain as f64) < LEAST_GAIN * count as f64 || steps >= limit {
                break;
            }
        }
        Some(Attempt { order, crossings: count, steps })
    }

    fn run(&self, start: Order) -> Option<Order> {
        let mut starts = vec![start];
        if self.proper.nodes() < SWEPT_BELOW {
            starts.push(self.swept(starts[0].clone()));
        }
        let firsts: Vec<Option<Attempt>> =
            starts.into_par_iter().map(|order| self.descend(order, self.budget)).collect();
        let (mut best, mut used) = (None, 0);
        for attempt in firsts {
            used += keep(attempt?, &mut best);
        }
        let mut round = 0;
        while let Some(base) = &best
            && base.crossings > 0
            && used + ROUND_PASSES * self.pass_steps <= self.budget
        {
            let limit = (self.budget - used) / ATTEMPTS as usize;
            let attempts: Vec<Option<Attempt>> = (0..ATTEMPTS)
                .into_par_iter()
                .map(|k| {
                    let amount = SHAKES[k as usize % SHAKES.len()];
                    self.descend(self.shaken(&base.order, amount, round * ATTEMPTS + k + 1), limit)
                })
                .collect();
            for attempt in attempts {
                used += keep(attempt?, &mut best);
            }
            round += 1;
        }
        best.map(|best| best.order)
    }

    /// After some barycentre sweeps, whose shorter view leads elsewhere than sifting alone.
    fn swept(&self, mut order: Order) -> Order {
        let mut scratch = Vec::new();
        for k in 0..SWEEPS {
            barycentre_sweep(self.proper, &mut order, k % 2 == 0, &self.movable, &mut scratch);
        }
        order
    }

    /// Each node moved by up to `amount` of its layer's width, drawn from the stream `seed`.
    fn shaken(&self, order: &Order, amount: f32, seed: u64) -> Order {
        let mut order = order.clone();
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut keyed: Vec<(f32, u32)> = Vec::new();
        for layer in self.movable.clone() {
            let range = self.proper.layer(layer);
            let width = range.len() as f32;
            keyed.clear();
            for (place, &v) in order.sequence[range.clone()].iter().enumerate() {
                // Marsaglia's xorshift.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let unit = (state >> 40) as f32 / (1u64 << 24) as f32;
                keyed.push((place as f32 + (unit - 0.5) * amount * width, v));
            }
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (slot, (_, v)) in order.sequence[range.clone()].iter_mut().zip(&keyed) {
                *slot = *v;
            }
            order.number(range);
        }
        order
    }
}

/// Keeps the better attempt, the earlier one of two equals; what the attempt cost.
fn keep(attempt: Attempt, best: &mut Option<Attempt>) -> usize {
    let steps = attempt.steps;
    if best.as_ref().is_none_or(|best| attempt.crossings < best.crossings) {
        *best = Some(attempt);
    }
    steps
}
