//! What holds a drawing to an earlier one, so that people find again what they looked at.
//!
//! Boxes that stood in the earlier picture are its anchors (Böhringer and Paulisch, "Using constraints
//! to achieve stability in automatic graph layout algorithms", 1990, call it dynamic stability). In the
//! order of a layer, two anchors change sides only if that saves [`TOLL`] crossings; across the flow
//! each is drawn to the height where it was. Everything else finds its place among them.

use super::super::Point;
use super::border::Freedom;
use super::order::Order;
use super::plan::Task;
use super::proper::Proper;
use super::reduce::sort_runs;
use super::watch::Watch;

/// Crossings that must be saved for each pair of boxes that changes its order. With less, a picture
/// drifts for gains that nobody sees; with much more, it keeps what an edit has made ugly.
pub(super) const TOLL: i64 = 3;

/// Share of a drawing's boxes that must have stood somewhere: below, there is little to hold on to,
/// and a fresh drawing is better.
const LEAST_SHARE: f32 = 0.3;

/// Rounds in which heights spread from anchors to what lies between them; most lie next to one.
const SPREAD_ROUNDS: usize = 12;

/// A node that did not stand anywhere.
pub(super) const FREE: u32 = u32::MAX;

/// Earlier heights of the nodes of one drawing.
#[derive(Debug)]
pub(super) struct Anchors {
    /// By node: where it stood across the flow.
    pub(super) height: Vec<Option<f32>>,
    /// By dummy: where the line that it belongs to passed.
    passage: Vec<Option<f32>>,
    /// By node: how many anchors of its layer stood above it; [`FREE`] for all but anchors.
    pub(super) rank: Vec<u32>,
}

/// Whether enough of the members stood somewhere.
pub(super) fn holds(task: &Task) -> bool {
    let known = task.before.iter().flatten().count();
    known > 0 && known as f32 >= LEAST_SHARE * task.members as f32
}

impl Anchors {
    /// `None` where the drawing is to be made afresh.
    pub(super) fn new(task: &Task, proper: &Proper) -> Option<Self> {
        if !holds(task) {
            return None;
        }
        let mut height = vec![None; proper.nodes()];
        for (member, place) in task.before.iter().enumerate() {
            height[proper.node_of[member] as usize] = place.map(|place| place.at.y);
        }
        let mut rank = vec![FREE; proper.nodes()];
        let mut known: Vec<(f32, u32)> = Vec::new();
        for layer in 0..proper.layers() {
            known.clear();
            let nodes = proper.layer(layer).map(|v| v as u32);
            known.extend(nodes.filter_map(|v| Some((height[v as usize]?, v))));
            known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            for (place, &(_, v)) in known.iter().enumerate() {
                rank[v as usize] = place as u32;
            }
        }
        Some(Self { passage: passages(task, proper), height, rank })
    }

    /// Anchors in their order, everything else by the heights of its neighbours; ports as in
    /// `fixed`, but for their runs.
    pub(super) fn start(
        &self,
        proper: &Proper,
        freedom: &Freedom<'_>,
        fixed: &Order,
        watch: Watch<'_>,
    ) -> Option<Order> {
        let mut key = self.spread(proper, watch)?;
        for layer in (0..proper.layers()).filter(|layer| !freedom.movable.contains(layer)) {
            let mut ports = fixed.sequence[proper.layer(layer)].to_vec();
            sort_runs(&mut ports, freedom.runs(layer), |v| key[v as usize]);
            for (place, v) in ports.into_iter().enumerate() {
                key[v as usize] = place as f32;
            }
        }
        Some(Order::by_key(proper, Order::as_numbered(proper), &key))
    }

    /// A height for each node: that of an anchor, else the mean of its neighbours'.
    fn spread(&self, proper: &Proper, watch: Watch<'_>) -> Option<Vec<f32>> {
        let (sum, known) = self
            .height
            .iter()
            .flatten()
            .fold((0f64, 0u32), |(sum, count), &y| (sum + f64::from(y), count + 1));
        let middle = (sum / f64::from(known.max(1))) as f32;
        let known = |v: usize| self.height[v].or(self.passage[v]);
        let mut key: Vec<f32> = (0..proper.nodes()).map(|v| known(v).unwrap_or(middle)).collect();
        let mut meter = watch.meter();
        let free: Vec<u32> =
            (0..proper.nodes() as u32).filter(|&v| known(v as usize).is_none()).collect();
        for round in 0..SPREAD_ROUNDS {
            for at in 0..free.len() {
                // Forth and back, so that a height runs along a whole chain in one round.
                let v = free[if round % 2 == 0 { at } else { free.len() - 1 - at }];
                let around = || proper.pred.row(v).iter().chain(proper.succ.row(v));
                let count = around().count();
                if count > 0 {
                    let sum: f32 = around().map(|&w| key[w as usize]).sum();
                    key[v as usize] = sum / count as f32;
                }
                meter.spend(count + 1)?;
            }
        }
        Some(key)
    }

    /// Pairs of anchors of one layer that stand the other way round than before. O(n log n).
    pub(super) fn inversions(&self, proper: &Proper, order: &Order) -> u64 {
        let mut count = 0;
        let mut tree: Vec<u32> = Vec::new();
        for layer in 0..proper.layers() {
            let range = proper.layer(layer);
            tree.clear();
            tree.resize(range.len() + 1, 0);
            let mut seen = 0u32;
            for rank in order.sequence[range].iter().map(|&v| self.rank[v as usize]) {
                if rank == FREE {
                    continue;
                }
                let mut above = 0;
                let mut at = rank as usize + 1;
                while at > 0 {
                    above += tree[at];
                    at &= at - 1;
                }
                count += u64::from(seen - above);
                seen += 1;
                let mut at = rank as usize + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
        }
        count
    }

    /// How far heights as they are now must be moved, so that anchors lie nearest to where they were.
    pub(super) fn shift(&self, heights: &[f32]) -> f32 {
        let moved =
            self.height.iter().zip(heights).filter_map(|(before, now)| Some((*before)? - now));
        middle(&mut moved.collect::<Vec<f32>>()).unwrap_or(0.0)
    }
}

/// Where the lines of the earlier picture passed the layers of this one.
fn passages(task: &Task, proper: &Proper) -> Vec<Option<f32>> {
    let mut passage = vec![None; proper.nodes()];
    let mut along: Vec<Vec<f32>> = vec![Vec::new(); proper.layers()];
    for (member, place) in task.before.iter().enumerate() {
        let layer = proper.layer_of(proper.node_of[member]);
        along[layer].extend(place.map(|place| place.at.x));
    }
    let along: Vec<Option<f32>> = along.iter_mut().map(|xs| middle(xs)).collect();
    for (s, line) in task.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        let chain = proper.chains.row(s as u32);
        let first = proper.layer_of(chain[0]);
        // A line from the right may pass beneath its group before it enters it.
        let enters = task.strands[s].0 as usize >= task.members;
        for (step, &v) in chain.iter().enumerate().take(chain.len() - 1).skip(1) {
            passage[v as usize] = along[first + step].and_then(|x| height_at(line, x, enters));
        }
    }
    passage
}

/// Where a line of straight pieces is at `x` for the first or the last time.
fn height_at(line: &[Point], x: f32, last: bool) -> Option<f32> {
    let covers =
        |pair: &&[Point]| (pair[0].x - x) * (pair[1].x - x) <= 0.0 && pair[0].x != pair[1].x;
    let pair = if last { line.windows(2).rfind(covers) } else { line.windows(2).find(covers) }?;
    Some(pair[0].lerp(pair[1], (x - pair[0].x) / (pair[1].x - pair[0].x)).y)
}

/// The median: the shift that moves a set of things least, one by one, is that of their differences.
pub(super) fn middle(values: &mut [f32]) -> Option<f32> {
    let half = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(half, f32::total_cmp).1)
}
