//! Crossing reduction, first part: start orders and barycentre sweeps (Sugiyama, Tagawa, Toda,
//! "Methods for visual understanding of hierarchical system structures", 1981).

use super::order::Order;
use super::proper::Proper;
use super::watch::Watch;

/// Each node's value drifts to the mean of its neighbours' (a power iteration towards the smoothest
/// function on the graph that is not constant), so that what belongs together comes together before
/// the first sweep.
pub(super) fn smooth_start(proper: &Proper, rounds: usize, watch: Watch<'_>) -> Option<Order> {
    let nodes = proper.nodes();
    let base = depth_first_start(proper, watch)?;
    let mut value = vec![0f32; nodes];
    for layer in 0..proper.layers() {
        let range = proper.layer(layer);
        let width = range.len() as f32;
        for (place, &node) in base.sequence[range].iter().enumerate() {
            value[node as usize] = (place as f32 + 0.5) / width - 0.5;
        }
    }
    let mut meter = watch.meter();
    let mut next = vec![0f32; nodes];
    for _ in 0..rounds {
        let (mut sum, mut weight) = (0f64, 0f64);
        for v in 0..nodes {
            let (left, right) = (proper.pred.row(v as u32), proper.succ.row(v as u32));
            let degree = (left.len() + right.len()) as f32;
            let mut total = 0f32;
            for &w in left.iter().chain(right) {
                total += value[w as usize];
            }
            next[v] = if degree > 0.0 { 0.3 * value[v] + 0.7 * total / degree } else { value[v] };
            sum += f64::from(next[v] * degree);
            weight += f64::from(degree);
        }
        let mean = (sum / weight.max(1.0)) as f32;
        let mut size = 0f64;
        for value in &mut next {
            *value -= mean;
            size += f64::from(*value * *value);
        }
        let scale = (nodes as f64 / size.max(1e-30)).sqrt() as f32;
        for value in &mut next {
            *value *= scale;
        }
        std::mem::swap(&mut value, &mut next);
        meter.spend(nodes + proper.succ.items())?;
    }
    Some(Order::by_key(proper, base, &value))
}

/// Nodes in the order in which a depth-first walk over both directions meets them.
pub(super) fn depth_first_start(proper: &Proper, watch: Watch<'_>) -> Option<Order> {
    let nodes = proper.nodes();
    let mut met = vec![false; nodes];
    let mut order = Order::as_numbered(proper);
    let mut fill: Vec<u32> = proper.layer_start.clone();
    let mut layer_of = vec![0u32; nodes];
    for layer in 0..proper.layers() {
        layer_of[proper.layer(layer)].fill(layer as u32);
    }
    let mut meter = watch.meter();
    let mut stack: Vec<u32> = Vec::new();
    for start in 0..nodes as u32 {
        stack.push(start);
        while let Some(v) = stack.pop() {
            if met[v as usize] {
                continue;
            }
            met[v as usize] = true;
            let slot = &mut fill[layer_of[v as usize] as usize];
            order.sequence[*slot as usize] = v;
            *slot += 1;
            meter.spend(proper.succ.degree(v) + proper.pred.degree(v) + 1)?;
            let around = proper.pred.row(v).iter().chain(proper.succ.row(v));
            stack.extend(around.rev().copied().filter(|&w| !met[w as usize]));
        }
    }
    for layer in 0..proper.layers() {
        order.number(proper.layer(layer));
    }
    Some(order)
}

/// Sorts layers by the mean place of neighbours in the layer before (`forward`) or behind.
pub(super) fn barycentre_sweep(
    proper: &Proper,
    order: &mut Order,
    forward: bool,
    movable: &std::ops::Range<usize>,
    scratch: &mut Vec<(f32, u32)>,
) {
    let step = |layer: usize, order: &mut Order, scratch: &mut Vec<(f32, u32)>| {
        let range = proper.layer(layer);
        let here = range.len() as f32;
        let side = if forward { &proper.pred } else { &proper.succ };
        let beside = if forward { layer.wrapping_sub(1) } else { layer + 1 };
        let there = if beside < proper.layers() { proper.layer(beside).len() as f32 } else { 1.0 };
        scratch.clear();
        for &v in &order.sequence[range.clone()] {
            let around = side.row(v);
            let key = if around.is_empty() {
                (order.pos[v as usize] as f32 + 0.5) / here * there
            } else {
                around.iter().map(|&w| order.pos[w as usize] as f32).sum::<f32>()
                    / around.len() as f32
                    + 0.5
            };
            scratch.push((key, v));
        }
        scratch.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (slot, &(_, v)) in order.sequence[range.clone()].iter_mut().zip(scratch.iter()) {
            *slot = v;
        }
        order.number(range);
    };
    if forward {
        for layer in movable.clone() {
            step(layer, order, scratch);
        }
    } else {
        for layer in movable.clone().rev() {
            step(layer, order, scratch);
        }
    }
}
