//! Crossing reduction, second part: sifting (Matuszewski, Schönfeld, Molitor, "Using sifting for
//! k-layer straightline crossing minimization", 1999).
//!
//! A node is moved to the place in its layer where its edges cross fewest others, both neighbouring
//! layers held still. Passing `u`, the crossings of `v` change by the sum, over the ends `b` of `u`'s
//! edges, of (ends of `v` before `b`) minus (ends of `v` behind `b`): one table look-up an edge.
//! Every second layer is independent of the others, so those are worked on in parallel, with the
//! same outcome at any number of threads.

use super::anchor::{Anchors, FREE, TOLL};
use super::border::Freedom;
use super::order::Order;
use super::proper::Proper;
use super::watch::{Meter, Watch};
use rayon::prelude::*;

/// Nodes from which the layers of one pass are shared out between threads; below, handing out the
/// work costs more than it saves.
const PARALLEL_FROM: usize = 3_000;

/// How far nodes may move in one pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// In places.
    pub(super) most: usize,
    /// As a share of the width of their layer; a few places at least.
    pub(super) share: f32,
}

impl Reach {
    /// In a layer of `width` nodes, in places.
    fn within(self, width: usize) -> usize {
        /// With less, narrow layers could not be sorted at all.
        const LEAST: usize = 8;
        self.most.min(((width as f32 * self.share) as usize).max(LEAST))
    }

    /// Sifting steps of a pass: ends looked at while nodes are passed.
    pub(super) fn steps(self, proper: &Proper, movable: &std::ops::Range<usize>) -> usize {
        let steps = |layer: usize| {
            let nodes = proper.layer(layer);
            let pieces = proper.pred.count(nodes.clone()) + proper.succ.count(nodes.clone());
            pieces.saturating_mul(nodes.len().min(2 * self.within(nodes.len())))
        };
        movable.clone().map(steps).sum()
    }
}

/// One pass over all layers in which something can be moved. Returns the gain, in which a pair of `anchors` that changes
/// its order counts as so many crossings as its toll.
pub(super) fn sift(
    proper: &Proper,
    order: &mut Order,
    freedom: &Freedom<'_>,
    reach: Reach,
    anchors: Option<&Anchors>,
    watch: Watch<'_>,
) -> Option<u64> {
    let mut gain = 0;
    for parity in 0..2 {
        let layers: Vec<usize> = freedom.layers().filter(|layer| layer % 2 == parity).collect();
        let sifted =
            |&layer: &usize| sift_layer(proper, order, layer, freedom, reach, anchors, watch);
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

/// A layer while its nodes are moved: for each node the places of its neighbours, those on the left
/// first, then those on the right counted on from the left layer's width. Rows stand in the order of
/// the layer, so that a scan reads memory from front to back.
struct Row {
    /// Nodes from top to bottom, counted from the layer's first.
    sequence: Vec<u32>,
    place: Vec<u32>,
    /// How many ends the node at each place has, and where they begin.
    degree: Vec<u32>,
    start: Vec<u32>,
    ends: Vec<u32>,
    /// Widths of the layers on both sides.
    width: [usize; 2],
}

impl Row {
    fn new(proper: &Proper, order: &Order, layer: usize) -> Self {
        let range = proper.layer(layer);
        let base = range.start as u32;
        let beside = |layer: Option<usize>| {
            layer.filter(|&layer| layer < proper.layers()).map_or(0, |l| proper.layer(l).len())
        };
        let width = [beside(layer.checked_sub(1)), beside(Some(layer + 1))];
        let nodes = &order.sequence[range.clone()];
        let pieces = proper.pred.count(range.clone()) + proper.succ.count(range);
        let mut ends = Vec::with_capacity(pieces);
        let (mut degree, mut starts) =
            (Vec::with_capacity(nodes.len()), Vec::with_capacity(nodes.len()));
        let mut place = vec![0u32; nodes.len()];
        for (at, &v) in nodes.iter().enumerate() {
            let start = ends.len();
            starts.push(start as u32);
            ends.extend(proper.pred.row(v).iter().map(|&u| order.pos[u as usize]));
            let split = ends.len();
            let offset = width[0] as u32;
            ends.extend(proper.succ.row(v).iter().map(|&u| order.pos[u as usize] + offset));
            ends[start..split].sort_unstable();
            ends[split..].sort_unstable();
            degree.push((ends.len() - start) as u32);
            place[(v - base) as usize] = at as u32;
        }
        let sequence = nodes.iter().map(|v| v - base).collect();
        Self { sequence, place, degree, start: starts, ends, width }
    }

    /// Moves what stands at `here` to `target`.
    fn shift(&mut self, here: usize, target: usize) {
        let own = self.degree[here] as usize;
        let end = |this: &Self, at: usize| (this.start[at] + this.degree[at]) as usize;
        let moved = here.min(target)..here.max(target) + 1;
        let range = self.start[moved.start] as usize..end(self, moved.end - 1);
        if target > here {
            self.ends[range].rotate_left(own);
            self.degree[moved.clone()].rotate_left(1);
            self.sequence[moved.clone()].rotate_left(1);
        } else {
            self.ends[range].rotate_right(own);
            self.degree[moved.clone()].rotate_right(1);
            self.sequence[moved.clone()].rotate_right(1);
        }
        let mut start = self.start[moved.start];
        for at in moved {
            self.place[self.sequence[at] as usize] = at as u32;
            self.start[at] = start;
            start += self.degree[at];
        }
    }
}

/// For each end: the ends of the moving node before it on its side minus those behind it.
fn fill_balance(balance: &mut [i32], ends: &[u32], split: usize) {
    let mut sides = [(0..split, 0usize, 0i32), (split..balance.len(), 0, 0)];
    for &end in ends {
        sides[usize::from(end as usize >= split)].1 += 1;
    }
    let mut ends = ends;
    for (range, count, _) in &mut sides {
        let (own, rest) = ends.split_at(*count);
        ends = rest;
        let all = own.len() as i32;
        let (mut from, mut before) = (range.start, 0i32);
        for run in own.chunk_by(|a, b| a == b) {
            let (end, same) = (run[0] as usize, run.len() as i32);
            balance[from..end].fill(2 * before - all);
            balance[end] = 2 * before + same - all;
            before += same;
            from = end + 1;
        }
        balance[from..range.end].fill(all);
    }
}

/// What it costs to move an anchor past another one, downwards or upwards.
fn toll(moving: u32, passed: u32, below: bool) -> i32 {
    match passed {
        FREE => 0,
        _ if (passed > moving) == below => TOLL as i32,
        _ => -(TOLL as i32),
    }
}

fn sift_layer(
    proper: &Proper,
    order: &Order,
    layer: usize,
    freedom: &Freedom<'_>,
    reach: Reach,
    anchors: Option<&Anchors>,
    watch: Watch<'_>,
) -> Option<(Vec<u32>, u64)> {
    let mut row = Row::new(proper, order, layer);
    let base = proper.layer(layer).start as u32;
    let rank = |v: u32| anchors.map_or(FREE, |anchors| anchors.rank[(v + base) as usize]);
    let mut balance = vec![0i32; row.width[0] + row.width[1]];
    let mut meter: Meter<'_> = watch.meter();
    let runs = freedom.runs(layer);
    let reach = reach.within(row.sequence.len());
    let mut gain = 0u64;
    for v in row.sequence.clone() {
        let here = row.place[v as usize] as usize;
        let start = row.start[here] as usize;
        let own = row.degree[here] as usize;
        if own == 0 {
            continue;
        }
        fill_balance(&mut balance, &row.ends[start..start + own], row.width[0]);
        let (mut low, mut high) =
            (here.saturating_sub(reach), (here + reach + 1).min(row.sequence.len()));
        if let Some(run) = runs.and_then(|runs| runs.get(here)) {
            (low, high) = (low.max(run.start as usize), high.min(run.end as usize));
        }
        let (mut best, mut target) = (0i32, here);
        let own_rank = rank(v);
        let toll = |u: u32, below: bool| toll(own_rank, rank(u), below);
        let mut cost = 0;
        let mut ends = &row.ends[start + own..];
        for (step, &degree) in row.degree[here + 1..high].iter().enumerate() {
            let (passed, rest) = ends.split_at(degree as usize);
            ends = rest;
            cost += passed.iter().map(|&end| balance[end as usize]).sum::<i32>();
            if own_rank != FREE {
                cost += toll(row.sequence[here + 1 + step], true);
            }
            if cost < best {
                (best, target) = (cost, here + 1 + step);
            }
        }
        cost = 0;
        ends = &row.ends[..start];
        for (step, &degree) in row.degree[low..here].iter().rev().enumerate() {
            let (rest, passed) = ends.split_at(ends.len() - degree as usize);
            ends = rest;
            cost -= passed.iter().map(|&end| balance[end as usize]).sum::<i32>();
            if own_rank != FREE {
                cost += toll(row.sequence[here - 1 - step], false);
            }
            if cost < best {
                (best, target) = (cost, here - 1 - step);
            }
        }
        meter.spend((high - low) * 2)?;
        if best < 0 {
            gain += u64::from(best.unsigned_abs());
            row.shift(here, target);
        }
    }
    Some((row.sequence.iter().map(|v| v + base).collect(), gain))
}
