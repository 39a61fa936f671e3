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

/// How to know, for each end that is passed, how many ends of the moving node lie before it on its side less
/// those behind it.
enum Balance<'a> {
    /// The one end on either side tells.
    OneEach(u32, u32),
    /// The ends on either side are few enough to be asked each time.
    Few(&'a [u32], &'a [u32]),
    /// A table of both neighbouring layers is worth filling in.
    Many,
}

impl<'a> Balance<'a> {
    /// The cheapest for a node with the sorted `own` ends, the right ones from `split` on, that passes so many
    /// ends of others, where the table has `places`.
    fn of(own: &'a [u32], split: u32, passed: usize, places: usize) -> Self {
        let (left, right) = own.split_at(own.partition_point(|&end| end < split));
        match (left, right) {
            (&[left], &[right]) => Self::OneEach(left, right),
            _ if passed.saturating_mul(own.len()) <= places => Self::Few(left, right),
            _ => Self::Many,
        }
    }
}

/// Places that a node may take.
#[derive(Clone, Copy)]
struct Scan<'a> {
    row: &'a Row,
    here: usize,
    low: usize,
    high: usize,
}

impl Scan<'_> {
    /// How many ends of others are looked at.
    fn ends(self) -> usize {
        let last = self.high - 1;
        (self.row.start[last] + self.row.degree[last] - self.row.start[self.low]) as usize
    }

    /// What moving to the best place costs, below 0 where it saves, and the place. `toll` is that of passing the
    /// node at a place, downwards or not; `weigh` what passing an end costs.
    fn best(self, toll: impl Fn(usize, bool) -> i32, weigh: impl Fn(u32) -> i32) -> (i32, usize) {
        let Self { row, here, low, high } = self;
        let start = row.start[here] as usize;
        let (mut best, mut target) = (0i32, here);
        let mut cost = 0;
        let mut ends = &row.ends[start + row.degree[here] as usize..];
        for (at, &degree) in (here + 1..high).zip(&row.degree[here + 1..high]) {
            let (passed, rest) = ends.split_at(degree as usize);
            ends = rest;
            cost += passed.iter().map(|&end| weigh(end)).sum::<i32>() + toll(at, true);
            if cost < best {
                (best, target) = (cost, at);
            }
        }
        cost = 0;
        ends = &row.ends[..start];
        for (at, &degree) in (low..here).zip(&row.degree[low..here]).rev() {
            let (rest, passed) = ends.split_at(ends.len() - degree as usize);
            ends = rest;
            cost += toll(at, false) - passed.iter().map(|&end| weigh(end)).sum::<i32>();
            if cost < best {
                (best, target) = (cost, at);
            }
        }
        (best, target)
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
        let (mut low, mut high) =
            (here.saturating_sub(reach), (here + reach + 1).min(row.sequence.len()));
        if let Some(run) = runs.and_then(|runs| runs.get(here)) {
            (low, high) = (low.max(run.start as usize), high.min(run.end as usize));
        }
        let own_rank = rank(v);
        let toll = |at: usize, below: bool| match own_rank {
            FREE => 0,
            _ => toll(own_rank, rank(row.sequence[at]), below),
        };
        let ends = &row.ends[start..start + own];
        let split = row.width[0] as u32;
        let scan = Scan { row: &row, here, low, high };
        let (best, target) = match Balance::of(ends, split, scan.ends(), balance.len()) {
            Balance::OneEach(left, right) => scan.best(toll, |end| {
                let own = if end < split { left } else { right };
                i32::from(own < end) - i32::from(own > end)
            }),
            Balance::Few(left, right) => scan.best(toll, |end| {
                let own = if end < split { left } else { right };
                own.iter().map(|&own| i32::from(own < end) - i32::from(own > end)).sum()
            }),
            Balance::Many => {
                fill_balance(&mut balance, ends, split as usize);
                scan.best(toll, |end| balance[end as usize])
            }
        };
        meter.spend((high - low) * 2)?;
        if best < 0 {
            gain += u64::from(best.unsigned_abs());
            row.shift(here, target);
        }
    }
    Some((row.sequence.iter().map(|v| v + base).collect(), gain))
}
