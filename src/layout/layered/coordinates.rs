//! Places across the flow: straight long edges, boxes near the middle of their neighbours.
//!
//! Brandes and Köpf, "Fast and simple horizontal coordinate assignment" (2001): nodes are aligned
//! with their median neighbours into blocks, four times (from either side, from either end of the
//! layers), pieces of long edges before others; each alignment is packed, and each node takes the
//! mean of the two middle results. Packing is by longest paths over the graph of blocks, once to
//! each side, instead of the class shifts of the paper, whose flaw the erratum of Brandes, Walter
//! and Zink (2020) describes. Blocks may be bent at ports: a strand need not meet a box in its
//! middle. O(V + E).

use super::order::Order;
use super::proper::Proper;
use super::watch::{Meter, Watch};
use rayon::prelude::*;

const NONE: u32 = u32::MAX;

/// Room that a node needs across the flow, measured from its place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Extent {
    pub(super) above: f32,
    pub(super) below: f32,
}

/// What packing must keep to.
pub(super) struct Spacing<'a> {
    pub(super) extents: &'a [Extent],
    /// Least free space between two nodes when at least one is a box.
    pub(super) node_gap: f32,
    /// Least space between two dummies, that is between two lines.
    pub(super) line_gap: f32,
    /// Where a strand piece meets its node, measured from the node's place: `(left node, right
    /// node)` to offsets at each; `None` when all are 0.
    pub(super) ports: Option<&'a (dyn Fn(u32, u32) -> (f32, f32) + Sync)>,
    /// Where nodes stood in an earlier picture, for the second part.
    pub(super) held: Option<&'a [Option<f32>]>,
}

impl Spacing<'_> {
    pub(super) fn between(&self, proper: &Proper, upper: u32, lower: u32) -> f32 {
        let lines = proper.is_dummy(upper) && proper.is_dummy(lower);
        let gap = if lines { self.line_gap } else { self.node_gap };
        self.extents[upper as usize].below + gap + self.extents[lower as usize].above
    }
}

/// A place for each node.
pub(super) fn places(
    proper: &Proper,
    order: &Order,
    spacing: &Spacing<'_>,
    watch: Watch<'_>,
) -> Option<Vec<f32>> {
    if proper.nodes() == 0 {
        return Some(Vec::new());
    }
    let beside = Beside::new(proper, order, &mut watch.meter())?;
    let runs = [(true, true), (true, false), (false, true), (false, false)];
    let results: Vec<Option<Vec<f32>>> = runs
        .par_iter()
        .map(|&(by_left, from_top)| {
            let run = Run { proper, order, spacing, beside: &beside, by_left, from_top };
            run.places(&mut watch.meter())
        })
        .collect();
    let mut results = results.into_iter().collect::<Option<Vec<_>>>()?;
    line_up(&mut results, spacing.extents);
    watch.look()?;
    let nodes = proper.nodes();
    let mut places = vec![0f32; nodes];
    for (v, place) in places.iter_mut().enumerate() {
        let mut four = [results[0][v], results[1][v], results[2][v], results[3][v]];
        four.sort_unstable_by(f32::total_cmp);
        *place = four[1] * 0.5 + four[2] * 0.5;
    }
    Some(places)
}

/// Shifts all results onto the narrowest: those packed upwards by their top, the others by their
/// bottom.
fn line_up(results: &mut [Vec<f32>], extents: &[Extent]) {
    let hull = |places: &Vec<f32>| {
        places
            .iter()
            .zip(extents)
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), (y, e)| {
                (low.min(y - e.above), high.max(y + e.below))
            })
    };
    let hulls: Vec<(f32, f32)> = results.iter().map(hull).collect();
    let narrowest = hulls
        .iter()
        .copied()
        .min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
        .unwrap_or((0.0, 0.0));
    for (k, (places, hull)) in results.iter_mut().zip(hulls).enumerate() {
        let shift = if k % 2 == 0 { narrowest.0 - hull.0 } else { narrowest.1 - hull.1 };
        for place in places {
            *place += shift;
        }
    }
}

/// Neighbours of each node sorted by place, and which pieces cross a piece of a long edge.
struct Beside {
    left: Vec<u32>,
    right: Vec<u32>,
    /// For each slot of `right` the slot of the same piece in `left`.
    twin: Vec<u32>,
    /// By slots of `left`: a piece that gives way to a piece of a long edge.
    gives_way: Vec<bool>,
}

impl Beside {
    fn new(proper: &Proper, order: &Order, meter: &mut Meter<'_>) -> Option<Self> {
        let pieces = proper.pred.items();
        let mut this = Self {
            left: vec![0; pieces],
            right: vec![0; pieces],
            twin: vec![0; pieces],
            gives_way: vec![false; pieces],
        };
        let first = |csr: &super::csr::Csr| -> Vec<u32> {
            (0..csr.rows() as u32).map(|v| csr.range(v).start as u32).collect()
        };
        let mut next = first(&proper.pred);
        for &u in &order.sequence {
            for &v in proper.succ.row(u) {
                this.left[next[v as usize] as usize] = u;
                next[v as usize] += 1;
            }
        }
        meter.spend(pieces * 4)?;
        let mut next = first(&proper.succ);
        for &v in &order.sequence {
            for slot in proper.pred.range(v) {
                let u = this.left[slot];
                let there = next[u as usize] as usize;
                this.right[there] = v;
                this.twin[there] = slot as u32;
                next[u as usize] += 1;
            }
        }
        meter.spend(pieces * 4)?;
        for layer in 1..proper.layers() {
            this.mark_conflicts(proper, order, layer);
        }
        meter.spend(pieces * 4)?;
        Some(this)
    }

    /// The left end of a piece between two dummies that ends at `v`.
    fn inner_left(&self, proper: &Proper, v: u32) -> Option<u32> {
        let slot = proper.pred.range(v).start;
        (proper.is_dummy(v) && !proper.pred.row(v).is_empty() && proper.is_dummy(self.left[slot]))
            .then(|| self.left[slot])
    }

    /// Type 1 conflicts: between two neighbouring inner pieces all others must stay between their
    /// left ends.
    fn mark_conflicts(&mut self, proper: &Proper, order: &Order, layer: usize) {
        let sequence = &order.sequence[proper.layer(layer)];
        let last = proper.layer(layer - 1).len() as u32;
        let (mut low, mut scanned) = (0u32, 0usize);
        for at in 0..=sequence.len() {
            let inner = match sequence.get(at) {
                Some(&v) => match self.inner_left(proper, v) {
                    Some(u) => order.pos[u as usize],
                    None => continue,
                },
                None => last,
            };
            while scanned < (at + 1).min(sequence.len()) {
                let v = sequence[scanned];
                let own_inner = self.inner_left(proper, v).is_some();
                for slot in proper.pred.range(v) {
                    let place = order.pos[self.left[slot] as usize];
                    if !own_inner && (place < low || place > inner) {
                        self.gives_way[slot] = true;
                    }
                }
                scanned += 1;
            }
            low = inner;
        }
    }
}

/// One of the four alignments.
struct Run<'a> {
    proper: &'a Proper,
    order: &'a Order,
    spacing: &'a Spacing<'a>,
    beside: &'a Beside,
    by_left: bool,
    from_top: bool,
}

/// Nodes tied together along edges.
struct Blocks {
    root: Vec<u32>,
    /// The next node of the block, the last one leading back to the root.
    next: Vec<u32>,
    /// Place of a node relative to its block's.
    shift: Vec<f32>,
}

impl Run<'_> {
    fn places(&self, meter: &mut Meter<'_>) -> Option<Vec<f32>> {
        let blocks = self.align(meter)?;
        self.pack(&blocks, meter)
    }

    fn align(&self, meter: &mut Meter<'_>) -> Option<Blocks> {
        let nodes = self.proper.nodes();
        let mut blocks = Blocks {
            root: (0..nodes as u32).collect(),
            next: (0..nodes as u32).collect(),
            shift: vec![0.0; nodes],
        };
        let layers = self.proper.layers();
        for step in 1..layers {
            let layer = if self.by_left { step } else { layers - 1 - step };
            let range = self.proper.layer(layer);
            meter.spend(range.len() * 4)?;
            // Places of the neighbouring layer up to here are taken.
            let mut taken = NONE;
            for at in 0..range.len() {
                let at = if self.from_top { at } else { range.len() - 1 - at };
                let v = self.order.sequence[range.start + at];
                taken = self.align_one(v, taken, &mut blocks);
            }
        }
        Some(blocks)
    }

    /// Ties `v` to its median neighbour if that is free; returns the place now taken.
    fn align_one(&self, v: u32, mut taken: u32, blocks: &mut Blocks) -> u32 {
        let (csr, items) = if self.by_left {
            (&self.proper.pred, &self.beside.left)
        } else {
            (&self.proper.succ, &self.beside.right)
        };
        let slots = csr.range(v);
        let degree = slots.len();
        if degree == 0 {
            return taken;
        }
        let (low, high) = (slots.start + (degree - 1) / 2, slots.start + degree / 2);
        let medians = if self.from_top { [low, high] } else { [high, low] };
        for slot in medians {
            if blocks.next[v as usize] != v {
                break;
            }
            let u = items[slot];
            let piece = if self.by_left { slot } else { self.beside.twin[slot] as usize };
            let place = self.order.pos[u as usize];
            let free = taken == NONE || if self.from_top { place > taken } else { place < taken };
            if free && !self.beside.gives_way[piece] {
                blocks.next[u as usize] = v;
                blocks.root[v as usize] = blocks.root[u as usize];
                blocks.next[v as usize] = blocks.root[u as usize];
                if let Some(ports) = self.spacing.ports {
                    let (at_u, at_v) = if self.by_left {
                        ports(u, v)
                    } else {
                        let (at_v, at_u) = ports(v, u);
                        (at_u, at_v)
                    };
                    blocks.shift[v as usize] = blocks.shift[u as usize] + at_u - at_v;
                }
                taken = place;
            }
        }
        taken
    }

    /// Packs blocks towards the side the run started from, then closes the gaps behind them.
    fn pack(&self, blocks: &Blocks, meter: &mut Meter<'_>) -> Option<Vec<f32>> {
        let nodes = self.proper.nodes();
        let sequence = &self.order.sequence;
        // The neighbour within the layer, on the side away from where packing starts.
        let mut beyond = vec![NONE; nodes];
        let mut waiting = vec![0u32; nodes];
        for layer in 0..self.proper.layers() {
            for pair in sequence[self.proper.layer(layer)].windows(2) {
                let (near, far) =
                    if self.from_top { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
                beyond[near as usize] = far;
                waiting[blocks.root[far as usize] as usize] += 1;
            }
        }
        meter.spend(nodes * 2)?;
        let sign = if self.from_top { 1.0 } else { -1.0 };
        // Distance that the block of `far` must keep from the block of `near`.
        let apart = |near: u32, far: u32| {
            let gap = if self.from_top {
                self.spacing.between(self.proper, near, far)
            } else {
                self.spacing.between(self.proper, far, near)
            };
            gap + sign * (blocks.shift[near as usize] - blocks.shift[far as usize])
        };
        let mut at = vec![f32::NEG_INFINITY; nodes];
        let mut queue: Vec<u32> = Vec::with_capacity(nodes);
        for v in 0..nodes as u32 {
            if blocks.root[v as usize] == v && waiting[v as usize] == 0 {
                at[v as usize] = 0.0;
                queue.push(v);
            }
        }
        let mut next = 0;
        while next < queue.len() {
            let root = queue[next];
            next += 1;
            let mut v = root;
            loop {
                let far = beyond[v as usize];
                if far != NONE {
                    let block = blocks.root[far as usize] as usize;
                    at[block] = at[block].max(at[root as usize] + apart(v, far));
                    waiting[block] -= 1;
                    if waiting[block] == 0 {
                        queue.push(block as u32);
                    }
                }
                v = blocks.next[v as usize];
                if v == root {
                    break;
                }
            }
        }
        meter.spend(nodes * 4)?;
        for &root in queue.iter().rev() {
            let mut room = f32::INFINITY;
            let mut v = root;
            loop {
                let far = beyond[v as usize];
                if far != NONE {
                    let block = blocks.root[far as usize];
                    room = room.min(at[block as usize] - apart(v, far));
                }
                v = blocks.next[v as usize];
                if v == root {
                    break;
                }
            }
            if room.is_finite() {
                at[root as usize] = at[root as usize].max(room);
            }
        }
        meter.spend(nodes * 4)?;
        let place = |v: usize| sign * at[blocks.root[v] as usize] + blocks.shift[v];
        Some((0..nodes).map(place).collect())
    }
}
