//! Crossing reduction, second part: sifting (Matuszewski, Schönfeld, Molitor, "Using sifting for
//! k-layer straightline crossing minimization", 1999).
//!
//! A node is moved to the place in its layer where its edges cross fewest others, both neighbouring
//! layers held still. Passing `u`, the crossings of `v` change by the sum, over the ends `b` of `u`'s
//! edges, of (ends of `v` before `b`) minus (ends of `v` behind `b`): one table look-up an edge.
//! Every second layer is independent of the others, so those are worked on in parallel, with the
//! same outcome at any number of threads.

use super::order::Order;
use super::proper::Proper;
use super::watch::{Meter, Watch};
use rayon::prelude::*;

/// Nodes from which the layers of one pass are shared out between threads; below, handing out the
/// work costs more than it saves.
const PARALLEL_FROM: usize = 3_000;

/// One pass over all layers in `movable`; nodes move at most `reach` places. Returns the gain.
pub(super) fn sift(
    proper: &Proper,
    order: &mut Order,
    movable: &std::ops::Range<usize>,
    reach: usize,
    watch: Watch<'_>,
) -> Option<u64> {
    let mut gain = 0;
    for parity in 0..2 {
        let layers: Vec<usize> = movable.clone().filter(|layer| layer % 2 == parity).collect();
        let sifted = |&layer: &usize| sift_layer(proper, order, layer, reach, watch);
        let results: Vec<Option<(Vec<u32>, u64)>> = if proper.nodes() < PARALLEL_FROM {
            layers.iter().map(sifted).collect()
        } else {
            layers.par_iter().map(sifted).collect()
        };
        for (&layer, result) in layers.iter().zip(results) {
            let (sequence, won) = result?;
            let range = proper.layer(layer);
            order.sequence[range.clone()].copy_from_slice(&sequence);
            order.number(range);
            gain += won;
        }
    }
    Some(gain)
}

/// For each place in a neighbouring layer: ends of the moving node before it minus those behind it.
#[derive(Default)]
struct Balance {
    at: Vec<i32>,
}

impl Balance {
    fn fill(&mut self, width: usize, ends: &[u32]) {
        self.at.resize(width, 0);
        let all = ends.len() as i32;
        let (mut from, mut before) = (0usize, 0i32);
        let mut k = 0;
        while k < ends.len() {
            let end = ends[k] as usize;
            let mut same = 0;
            while k < ends.len() && ends[k] as usize == end {
                same += 1;
                k += 1;
            }
            self.at[from..end].fill(2 * before - all);
            self.at[end] = 2 * before + same - all;
            before += same;
            from = end + 1;
        }
        self.at[from..width].fill(all);
    }
}

fn sift_layer(
    proper: &Proper,
    order: &Order,
    layer: usize,
    reach: usize,
    watch: Watch<'_>,
) -> Option<(Vec<u32>, u64)> {
    let range = proper.layer(layer);
    let base = range.start as u32;
    let mut sequence: Vec<u32> = order.sequence[range.clone()].iter().map(|v| v - base).collect();
    let left = Ends::new(proper, order, &range, true);
    let right = Ends::new(proper, order, &range, false);
    let mut place: Vec<u32> = vec![0; sequence.len()];
    for (at, &v) in sequence.iter().enumerate() {
        place[v as usize] = at as u32;
    }
    let (mut on_left, mut on_right) = (Balance::default(), Balance::default());
    let mut meter: Meter<'_> = watch.meter();
    let mut gain = 0u64;
    let visiting = sequence.clone();
    for v in visiting {
        let (l, r) = (left.row(v), right.row(v));
        if l.is_empty() && r.is_empty() {
            continue;
        }
        on_left.fill(left.width, l);
        on_right.fill(right.width, r);
        let pass = |u: u32| -> i32 {
            let mut change = 0;
            for &b in left.row(u) {
                change += on_left.at[b as usize];
            }
            for &b in right.row(u) {
                change += on_right.at[b as usize];
            }
            change
        };
        let here = place[v as usize] as usize;
        let (low, high) = (here.saturating_sub(reach), (here + reach + 1).min(sequence.len()));
        let (mut best, mut target) = (0i32, here);
        let mut cost = 0;
        for (step, &u) in sequence[here + 1..high].iter().enumerate() {
            cost += pass(u);
            if cost < best {
                (best, target) = (cost, here + 1 + step);
            }
        }
        cost = 0;
        for (step, &u) in sequence[low..here].iter().rev().enumerate() {
            cost -= pass(u);
            if cost < best {
                (best, target) = (cost, here - 1 - step);
            }
        }
        meter.spend((high - low) * 2)?;
        if best < 0 {
            gain += u64::from(best.unsigned_abs());
            let moved = if target > here {
                sequence[here..=target].rotate_left(1);
                here..target + 1
            } else {
                sequence[target..=here].rotate_right(1);
                target..here + 1
            };
            for at in moved {
                place[sequence[at] as usize] = at as u32;
            }
        }
    }
    for v in &mut sequence {
        *v += base;
    }
    Some((sequence, gain))
}

/// The sorted places of the neighbours on one side, for each node of a layer.
struct Ends {
    start: Vec<u32>,
    ends: Vec<u32>,
    width: usize,
}

impl Ends {
    fn new(proper: &Proper, order: &Order, layer: &std::ops::Range<usize>, left: bool) -> Self {
        let side = if left { &proper.pred } else { &proper.succ };
        let mut start = Vec::with_capacity(layer.len() + 1);
        let mut ends: Vec<u32> = Vec::new();
        let mut width = 0;
        start.push(0);
        for v in layer.clone() {
            let from = ends.len();
            ends.extend(side.row(v as u32).iter().map(|&w| order.pos[w as usize]));
            ends[from..].sort_unstable();
            width = width.max(ends.last().map_or(0, |&end| end as usize + 1));
            start.push(ends.len() as u32);
        }
        Self { start, ends, width }
    }

    fn row(&self, v: u32) -> &[u32] {
        &self.ends[self.start[v as usize] as usize..self.start[v as usize + 1] as usize]
    }
}
