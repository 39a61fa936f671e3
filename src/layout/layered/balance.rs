//! Places, second part: from aligned to compact.
//!
//! The sum of squared height differences along all pieces is made small by visiting layers in turn.
//! With its neighbours held still, the best places for one layer under its order and distances are
//! an isotonic regression, found in linear time by pooling (Ayer et al. 1955; de Leeuw, Hornik,
//! Mair, "Isotone optimization in R", 2009). It is a descent, so that every visit improves the
//! picture. In the end long edges are drawn straight where there is room.

use super::coordinates::Spacing;
use super::order::Order;
use super::proper::Proper;
use super::watch::{Meter, Watch};

/// Visits of all layers, forth and back counted as two.
const SWEEPS: usize = 40;
/// Weight of a piece between boxes, between a box and a dummy, and between dummies: long edges are
/// the more to be straight (after Gansner et al. 1993).
const WEIGHTS: [f64; 3] = [1.0, 2.0, 12.0];
/// Weight that holds a node at its height in an earlier picture: it is that of a dozen lines to boxes, so
/// that nothing but want of room moves it far.
const HELD_WEIGHT: f64 = 60.0;
/// Weight that keeps a node without neighbours at its place.
const IDLE_WEIGHT: f64 = 1e-6;

/// Improves `places`; order and distances are kept.
pub(super) fn balance(
    proper: &Proper,
    order: &Order,
    spacing: &Spacing<'_>,
    places: &mut [f32],
    watch: Watch<'_>,
) -> Option<()> {
    let mut meter = watch.meter();
    let mut pools = Pools::default();
    let layers = proper.layers();
    for sweep in 0..SWEEPS {
        for step in 0..layers {
            let layer = if sweep % 2 == 0 { step } else { layers - 1 - step };
            settle(proper, order, spacing, layer, places, &mut pools, &mut meter)?;
        }
    }
    straighten(proper, order, spacing, places, &mut meter)
}

/// Runs of nodes that touch, with their common mean.
#[derive(Default)]
struct Pools {
    /// Weight, weighted sum, and how many nodes.
    runs: Vec<(f64, f64, u32)>,
    offsets: Vec<f64>,
}

/// The best places for one layer, its neighbours held still.
fn settle(
    proper: &Proper,
    order: &Order,
    spacing: &Spacing<'_>,
    layer: usize,
    places: &mut [f32],
    pools: &mut Pools,
    meter: &mut Meter<'_>,
) -> Option<()> {
    let sequence = &order.sequence[proper.layer(layer)];
    pools.runs.clear();
    pools.offsets.clear();
    let mut offset = 0f64;
    for (at, &v) in sequence.iter().enumerate() {
        if at > 0 {
            offset += f64::from(spacing.between(proper, sequence[at - 1], v));
        }
        pools.offsets.push(offset);
        let (mut weight, mut sum) = pull(proper, spacing, v, places);
        if let Some(height) = spacing.held.and_then(|held| held[v as usize]) {
            weight += HELD_WEIGHT;
            sum += HELD_WEIGHT * f64::from(height);
        }
        let mut run = (weight, sum - weight * offset, 1);
        while let Some(&(w, s, n)) = pools.runs.last() {
            if s / w <= run.1 / run.0 {
                break;
            }
            run = (run.0 + w, run.1 + s, run.2 + n);
            pools.runs.pop();
        }
        pools.runs.push(run);
        meter.spend(proper.pred.degree(v) + proper.succ.degree(v) + 2)?;
    }
    let mut at = 0;
    for &(weight, sum, count) in &pools.runs {
        for _ in 0..count {
            places[sequence[at] as usize] = (sum / weight + pools.offsets[at]) as f32;
            at += 1;
        }
    }
    Some(())
}

/// Weight of all pieces at `v`, and the weighted sum of the places they pull it to.
fn pull(proper: &Proper, spacing: &Spacing<'_>, v: u32, places: &[f32]) -> (f64, f64) {
    let dummy = usize::from(proper.is_dummy(v));
    let (mut weight, mut sum) = (IDLE_WEIGHT, IDLE_WEIGHT * f64::from(places[v as usize]));
    for &u in proper.pred.row(v) {
        let w = WEIGHTS[dummy + usize::from(proper.is_dummy(u))];
        let (at_u, at_v) = spacing.ports.map_or((0.0, 0.0), |ports| ports(u, v));
        weight += w;
        sum += w * f64::from(places[u as usize] + at_u - at_v);
    }
    for &u in proper.succ.row(v) {
        let w = WEIGHTS[dummy + usize::from(proper.is_dummy(u))];
        let (at_v, at_u) = spacing.ports.map_or((0.0, 0.0), |ports| ports(v, u));
        weight += w;
        sum += w * f64::from(places[u as usize] + at_u - at_v);
    }
    (weight, sum)
}

/// Draws runs of dummies of one edge level, as long as all of them have room for it.
fn straighten(
    proper: &Proper,
    order: &Order,
    spacing: &Spacing<'_>,
    places: &mut [f32],
    meter: &mut Meter<'_>,
) -> Option<()> {
    for strand in 0..proper.chains.rows() as u32 {
        if proper.express[strand as usize] {
            continue;
        }
        let chain = proper.chains.row(strand);
        let inner = &chain[1..chain.len() - 1];
        meter.spend(inner.len() * 8)?;
        let mut at = 0;
        while at < inner.len() {
            let (mut low, mut high) = (f32::NEG_INFINITY, f32::INFINITY);
            let (mut end, mut sum) = (at, 0f64);
            while end < inner.len() {
                let (from, to) = room(proper, order, spacing, places, inner[end]);
                if from.max(low) > to.min(high) {
                    break;
                }
                (low, high) = (low.max(from), high.min(to));
                sum += f64::from(places[inner[end] as usize]);
                end += 1;
            }
            if end == at {
                at += 1;
                continue;
            }
            let place = ((sum / (end - at) as f64) as f32).clamp(low, high);
            for &v in &inner[at..end] {
                places[v as usize] = place;
            }
            at = end;
        }
    }
    Some(())
}

/// Between which places `v` may lie while its neighbours within the layer stay.
fn room(
    proper: &Proper,
    order: &Order,
    spacing: &Spacing<'_>,
    places: &[f32],
    v: u32,
) -> (f32, f32) {
    let range = proper.layer(proper.layer_of(v));
    let at = range.start + order.pos[v as usize] as usize;
    let mut room = (f32::NEG_INFINITY, f32::INFINITY);
    if at > range.start {
        let u = order.sequence[at - 1];
        room.0 = places[u as usize] + spacing.between(proper, u, v);
    }
    if at + 1 < range.end {
        let u = order.sequence[at + 1];
        room.1 = places[u as usize] - spacing.between(proper, v, u);
    }
    room
}
