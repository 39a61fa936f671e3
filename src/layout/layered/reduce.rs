//! Crossing reduction, the strategy: which starts, how many passes, when to stop.
//!
//! Several start orders are sifted; then the best one is shaken and sifted again, as often as the
//! budget allows (iterated local search). The budget is counted in sifting steps, which are known
//! before a pass is run, and attempts come in rounds of fixed size, so that the same graph gets the
//! same picture on any machine and at any number of threads.

use super::anchor::{Anchors, TOLL};
use super::border::Freedom;
use super::order::{Order, crossings};
use super::proper::Proper;
use super::sift::{Reach, sift};
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
const MAX_PASS_STEPS: usize = 150_000_000;
/// How far nodes move in the passes after the first one, as a share of the width of their layer:
/// by then few still have far to go, and what is saved is worth more as further attempts.
const NEAR_SHARE: f32 = 0.12;
/// Barycentre sweeps before the second start is sifted.
const SWEEPS: usize = 10;
/// Nodes and dummies from which only one start is sifted, the one that looks better.
const ONE_START_FROM: usize = 4_000;
/// Sweeps after which it is seen whether barycentres lead anywhere. Where modules hang together the
/// smooth start is far ahead; where everything hangs on everything else sweeps win by a third.
const TRIAL_SWEEPS: usize = 2;
/// Attempts in one round, made side by side.
const ATTEMPTS: u64 = 4;
/// Passes that an attempt takes at least; with less budget left for each no round is begun.
const ROUND_PASSES: usize = 3;
/// How far nodes are shaken out of their places, as shares of the width of their layer.
const SHAKES: [f32; 4] = [0.2, 0.3, 0.12, 0.4];

/// The best order found; `start` is an earlier result to improve on.
pub(super) fn reduce(
    proper: &Proper,
    freedom: Freedom<'_>,
    start: Option<Order>,
    fixed: &Order,
    budget: usize,
    watch: Watch<'_>,
) -> Option<Order> {
    let search = Search::new(proper, freedom, budget, watch);
    let mut order = match start {
        Some(order) => order,
        None => search.start(fixed)?,
    };
    if budget == 0 {
        for _ in 0..QUICK_PASSES {
            search.pass(&mut order, search.near)?;
        }
        return Some(order);
    }
    let mut starts = vec![order];
    if proper.nodes() < ONE_START_FROM {
        let mut swept = starts[0].clone();
        search.sweep(&mut swept, 0..SWEEPS);
        starts.push(swept);
    }
    search.run(starts)
}

/// `start`, improved where that is worth leaving an earlier picture for.
pub(super) fn near(
    proper: &Proper,
    freedom: Freedom<'_>,
    mut start: Order,
    anchors: &Anchors,
    budget: usize,
    watch: Watch<'_>,
) -> Option<Order> {
    let mut search = Search::new(proper, freedom, budget, watch);
    if budget == 0 {
        search.anchors = Some(anchors);
        for _ in 0..QUICK_PASSES {
            search.pass(&mut start, search.near)?;
        }
        return Some(start);
    }
    let loose = search.descend(start.clone(), search.cost_of(SETTLE_PASSES))?.order;
    search.anchors = Some(anchors);
    search.run(vec![start, loose])
}

/// Sifts `order` a few times; its crossings then, and what that cost.
pub(super) fn settle(
    proper: &Proper,
    movable: Range<usize>,
    order: Order,
    watch: Watch<'_>,
) -> Option<(Order, u64, usize)> {
    let freedom = Freedom::of_layers(movable);
    let search = Search::new(proper, freedom, usize::MAX, watch);
    let attempt = search.descend(order, search.cost_of(SETTLE_PASSES))?;
    Some((attempt.order, attempt.crossings, attempt.steps))
}

struct Search<'a> {
    proper: &'a Proper,
    freedom: Freedom<'a>,
    /// Reach of the first passes of a descent, and of those after them.
    wide: Reach,
    near: Reach,
    pass_steps: usize,
    near_steps: usize,
    budget: usize,
    anchors: Option<&'a Anchors>,
    watch: Watch<'a>,
}

/// An order with its crossings and what it cost to find.
struct Attempt {
    order: Order,
    crossings: u64,
    steps: usize,
}

impl<'a> Search<'a> {
    fn new(proper: &'a Proper, freedom: Freedom<'a>, budget: usize, watch: Watch<'a>) -> Self {
        let movable = freedom.movable.clone();
        let widest = movable.clone().map(|layer| proper.layer(layer).len()).max().unwrap_or(0);
        let mut wide = Reach { most: widest, share: 1.0 };
        while wide.steps(proper, &movable) > MAX_PASS_STEPS && wide.most > 8 {
            wide.most /= 2;
        }
        let near = Reach { share: NEAR_SHARE, ..wide };
        let (pass_steps, near_steps) = (wide.steps(proper, &movable), near.steps(proper, &movable));
        let anchors = None;
        Self { proper, freedom, wide, near, pass_steps, near_steps, budget, anchors, watch }
    }

    fn start(&self, fixed: &Order) -> Option<Order> {
        let mut order = smooth_start(self.proper, SMOOTH_ROUNDS, self.watch)?;
        for layer in (0..self.proper.layers()).filter(|layer| !self.freedom.movable.contains(layer))
        {
            let range = self.proper.layer(layer);
            let smooth = order.pos.clone();
            order.sequence[range.clone()].copy_from_slice(&fixed.sequence[range.clone()]);
            let key = |v: u32| smooth[v as usize] as f32;
            sort_runs(&mut order.sequence[range.clone()], self.freedom.runs(layer), key);
            order.number(range);
        }
        if self.proper.nodes() < ONE_START_FROM { Some(order) } else { self.better_start(order) }
    }

    /// `smooth`, or what barycentre sweeps make of it.
    fn better_start(&self, smooth: Order) -> Option<Order> {
        let mut least = crossings(self.proper, &smooth, self.watch)?;
        let (mut best, mut swept) = (smooth.clone(), smooth);
        let mut done = 0;
        for until in [TRIAL_SWEEPS, SWEEPS / 2, SWEEPS] {
            self.sweep(&mut swept, done..until);
            done = until;
            let count = crossings(self.proper, &swept, self.watch)?;
            if count >= least {
                break;
            }
            (best, least) = (swept.clone(), count);
        }
        Some(best)
    }

    fn pass(&self, order: &mut Order, reach: Reach) -> Option<u64> {
        sift(self.proper, order, &self.freedom, reach, self.anchors, self.watch)
    }

    /// Crossings, and what changes of the earlier order are worth in crossings.
    fn cost(&self, order: &Order) -> Option<u64> {
        let changes = self.anchors.map_or(0, |anchors| anchors.inversions(self.proper, order));
        Some(crossings(self.proper, order, self.watch)? + changes * TOLL as u64)
    }

    /// Steps of so many passes of one descent.
    fn cost_of(&self, passes: usize) -> usize {
        self.pass_steps.saturating_add((passes - 1).saturating_mul(self.near_steps))
    }

    /// Sifts until it hardly helps, or `limit` steps are used up.
    fn descend(&self, mut order: Order, limit: usize) -> Option<Attempt> {
        let mut count = self.cost(&order)?;
        let mut steps = 0;
        for pass in 0..MAX_PASSES {
            if count == 0 {
                break;
            }
            let (reach, cost) =
                if pass == 0 { (self.wide, self.pass_steps) } else { (self.near, self.near_steps) };
            let gain = self.pass(&mut order, reach)?;
            count -= gain;
            steps += cost;
            if (gain as f64) < LEAST_GAIN * count as f64 || steps >= limit {
                break;
            }
        }
        Some(Attempt { order, crossings: count, steps })
    }

    /// The best of what the starts and, as long as the budget lasts, shaking lead to.
    fn run(&self, starts: Vec<Order>) -> Option<Order> {
        let firsts: Vec<Option<Attempt>> =
            starts.into_par_iter().map(|order| self.descend(order, self.budget)).collect();
        let (mut best, mut used) = (None, 0);
        for attempt in firsts {
            used += keep(attempt?, &mut best);
        }
        let mut round = 0;
        while let Some(base) = &best
            && base.crossings > 0
            && used + ATTEMPTS as usize * self.cost_of(ROUND_PASSES) <= self.budget
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

    /// Barycentre sweeps, whose shorter view leads elsewhere than sifting alone.
    fn sweep(&self, order: &mut Order, rounds: Range<usize>) {
        let mut scratch = Vec::new();
        for k in rounds {
            barycentre_sweep(self.proper, order, k % 2 == 0, &self.freedom.movable, &mut scratch);
        }
    }

    /// Each node moved by up to `amount` of its layer's width, drawn from the stream `seed`.
    fn shaken(&self, order: &Order, amount: f32, seed: u64) -> Order {
        let mut order = order.clone();
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut keyed: Vec<(f32, u32)> = Vec::new();
        for layer in self.freedom.movable.clone() {
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

/// Sorts ports within their runs by `key`; ties stay as they are.
pub(super) fn sort_runs(ports: &mut [u32], runs: Option<&[Range<u32>]>, key: impl Fn(u32) -> f32) {
    let mut at = 0;
    while let Some(run) = runs.and_then(|runs| runs.get(at)) {
        let places = run.start as usize..run.end as usize;
        at = places.end;
        ports[places].sort_by(|&a, &b| key(a).total_cmp(&key(b)));
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
