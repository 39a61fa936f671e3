//! Layers: the assignment with the least total edge length.
//!
//! Minimising the sum of `y(v) - y(u)` under `y(v) >= y(u) + 1` is the dual of a minimum-cost flow
//! (Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs", 1993, solve it by
//! network simplex). Here it is solved by the primal-dual method: layers are the potentials, and
//! flow runs along tight edges only. The number of rounds is bounded by the number of layers, not
//! of nodes, so that 300,000 edges take a second where the simplex takes minutes.

use super::csr::Csr;
use super::watch::{Meter, Watch};
use std::collections::VecDeque;

/// How many edge lengths it is worth that a node stays one layer nearer to where it was. Nodes have fewer
/// edges, so that they move only when an edge makes them; with 8, hubs that had been moved to save
/// crossings went back, which cost a third more crossings where nothing had changed.
const STAYING: i64 = 100;

/// A layer for each node so that each edge goes at least one layer up; the sum of edge lengths is
/// least. `edges` must be without cycles. `pins` (empty or one a node) fix layers: edges that a pin
/// makes impossible must already have been left out, see [`earliest`]. `before` (empty or one a node)
/// are layers of an earlier picture, counted from anywhere: the distances between them are kept
/// where the edges allow it.
pub(super) fn shortest_layers(
    nodes: usize,
    edges: &[(u32, u32)],
    pins: &[Option<u32>],
    before: &[Option<u32>],
    start: Vec<i32>,
    watch: Watch<'_>,
) -> Option<Vec<i32>> {
    let mut arcs: Vec<Arc> = edges.iter().map(|&(from, to)| Arc { from, to, length: 1 }).collect();
    let mut layer = start;
    let mut supply = vec![0i64; nodes];
    for &(u, v) in edges {
        supply[u as usize] += 1;
        supply[v as usize] -= 1;
    }
    let mut all = nodes;
    if pins.iter().any(Option::is_some) {
        // A root at layer 0: nothing lies left of it, and pinned nodes are tied to it from both sides.
        let root = nodes as u32;
        for (v, pin) in pins.iter().enumerate() {
            let least = pin.map_or(0, |pin| pin as i32);
            arcs.push(Arc { from: root, to: v as u32, length: least });
            if pin.is_some() {
                arcs.push(Arc { from: v as u32, to: root, length: -least });
            }
        }
        layer.push(0);
        supply.push(0);
        all += 1;
    } else if before.iter().any(Option::is_some) {
        // |y(v) - y(origin) - before(v)| is what a further node z pays that lies behind both v and
        // the old place: z - y(v) and z - y(origin) - before(v), of which one is 0.
        let origin = nodes as u32;
        layer.push(0);
        supply.push(0);
        for (v, before) in before.iter().enumerate() {
            let Some(before) = before.map(|before| before as i32) else { continue };
            let z = layer.len() as u32;
            arcs.push(Arc { from: v as u32, to: z, length: 0 });
            arcs.push(Arc { from: origin, to: z, length: before });
            layer.push(layer[v].max(before));
            supply.push(-2 * STAYING);
            supply[v] += STAYING;
            supply[nodes] += STAYING;
        }
        all = layer.len();
    }
    let mut flow = Flow::new(all, &arcs, layer, supply);
    flow.run(&mut watch.meter())?;
    let origin = flow.layer.get(nodes).copied().unwrap_or(0);
    flow.layer.truncate(nodes);
    Some(flow.layer.iter().map(|layer| layer - origin).collect())
}

/// The leftmost layers, pins kept; and for each edge whether a pin makes it impossible.
pub(super) fn earliest(
    nodes: usize,
    edges: &[(u32, u32)],
    pins: &[Option<u32>],
    watch: Watch<'_>,
) -> Option<(Vec<i32>, Vec<bool>)> {
    let succ = Csr::new(nodes, edges.iter().enumerate().map(|(e, &(u, _))| (u, e as u32)));
    let mut waiting = vec![0u32; nodes];
    for &(_, v) in edges {
        waiting[v as usize] += 1;
    }
    let pin = |v: u32| pins.get(v as usize).copied().flatten();
    let mut layer = vec![0i32; nodes];
    let mut broken = vec![false; edges.len()];
    let mut queue: VecDeque<u32> =
        (0..nodes as u32).filter(|&v| waiting[v as usize] == 0).collect();
    let mut meter = watch.meter();
    while let Some(u) = queue.pop_front() {
        if let Some(pin) = pin(u) {
            layer[u as usize] = pin as i32;
        }
        meter.spend(succ.degree(u) + 1)?;
        for &e in succ.row(u) {
            let v = edges[e as usize].1;
            let need = layer[u as usize] + 1;
            if pin(v).is_some_and(|pin| (pin as i32) < need) {
                broken[e as usize] = true;
            } else {
                layer[v as usize] = layer[v as usize].max(need);
            }
            waiting[v as usize] -= 1;
            if waiting[v as usize] == 0 {
                queue.push_back(v);
            }
        }
    }
    Some((layer, broken))
}

#[derive(Clone, Copy)]
struct Arc {
    from: u32,
    to: u32,
    /// Layers that it must span at least.
    length: i32,
}

/// Flow on the arcs, with the layers as node potentials.
struct Flow<'a> {
    arcs: &'a [Arc],
    out: Csr,
    into: Csr,
    flow: Vec<i64>,
    layer: Vec<i32>,
    /// What each node still has to send (above zero) or to receive (below zero).
    excess: Vec<i64>,
    depth: Vec<i32>,
    cursor: Vec<u32>,
}

impl<'a> Flow<'a> {
    fn new(nodes: usize, arcs: &'a [Arc], layer: Vec<i32>, excess: Vec<i64>) -> Self {
        let out = Csr::new(nodes, arcs.iter().enumerate().map(|(a, arc)| (arc.from, a as u32)));
        let into = Csr::new(nodes, arcs.iter().enumerate().map(|(a, arc)| (arc.to, a as u32)));
        let (flow, depth, cursor) = (vec![0; arcs.len()], vec![0; nodes], vec![0; nodes]);
        Self { arcs, out, into, flow, layer, excess, depth, cursor }
    }

    fn slack(&self, arc: u32) -> i32 {
        let arc = self.arcs[arc as usize];
        self.layer[arc.to as usize] - self.layer[arc.from as usize] - arc.length
    }

    fn run(&mut self, meter: &mut Meter<'_>) -> Option<()> {
        while self.move_layers(meter)? {
            while self.find_depths(meter)? {
                self.block(meter)?;
            }
        }
        Some(())
    }

    /// Distances over the slack from all nodes with an excess to the nearest deficit; nodes nearer
    /// than that move up, which makes an augmenting path tight. False when all excess is gone.
    fn move_layers(&mut self, meter: &mut Meter<'_>) -> Option<bool> {
        const FAR: i32 = i32::MAX;
        let mut distance = vec![FAR; self.layer.len()];
        let mut buckets: Vec<Vec<u32>> = vec![Vec::new()];
        for (v, &excess) in self.excess.iter().enumerate() {
            if excess > 0 {
                distance[v] = 0;
                buckets[0].push(v as u32);
            }
        }
        let mut reached = None;
        let mut at = 0;
        while at < buckets.len() && reached.is_none() {
            while let Some(u) = buckets[at].pop() {
                if distance[u as usize] != at as i32 {
                    continue;
                }
                if self.excess[u as usize] < 0 {
                    reached = Some(at as i32);
                }
                meter.spend(self.out.degree(u) + self.into.degree(u))?;
                for &a in self.out.row(u) {
                    let there = at as i32 + self.slack(a);
                    let v = self.arcs[a as usize].to as usize;
                    if there < distance[v] {
                        distance[v] = there;
                        let there = there as usize;
                        if buckets.len() <= there {
                            buckets.resize_with(there + 1, Vec::new);
                        }
                        buckets[there].push(v as u32);
                    }
                }
                for &a in self.into.row(u) {
                    let v = self.arcs[a as usize].from as usize;
                    if self.flow[a as usize] > 0 && (at as i32) < distance[v] {
                        distance[v] = at as i32;
                        buckets[at].push(v as u32);
                    }
                }
            }
            at += 1;
        }
        let Some(reached) = reached else { return Some(false) };
        for (layer, &distance) in self.layer.iter_mut().zip(&distance) {
            *layer += reached - distance.min(reached);
        }
        Some(true)
    }

    /// Breadth-first depths over tight edges; whether a deficit can be reached.
    fn find_depths(&mut self, meter: &mut Meter<'_>) -> Option<bool> {
        self.depth.fill(-1);
        let mut queue = VecDeque::new();
        for (v, &excess) in self.excess.iter().enumerate() {
            if excess > 0 {
                self.depth[v] = 0;
                queue.push_back(v as u32);
            }
        }
        let mut found = false;
        while let Some(u) = queue.pop_front() {
            found |= self.excess[u as usize] < 0;
            let next = self.depth[u as usize] + 1;
            meter.spend(self.out.degree(u) + self.into.degree(u))?;
            for &a in self.out.row(u) {
                let v = self.arcs[a as usize].to;
                if self.depth[v as usize] < 0 && self.slack(a) == 0 {
                    self.depth[v as usize] = next;
                    queue.push_back(v);
                }
            }
            for &a in self.into.row(u) {
                let v = self.arcs[a as usize].from;
                if self.depth[v as usize] < 0 && self.flow[a as usize] > 0 {
                    self.depth[v as usize] = next;
                    queue.push_back(v);
                }
            }
        }
        Some(found)
    }

    /// A blocking flow along growing depths (Dinic), its recursion as data.
    fn block(&mut self, meter: &mut Meter<'_>) -> Option<()> {
        self.cursor.fill(0);
        let mut path: Vec<(u32, bool)> = Vec::new();
        for start in 0..self.layer.len() as u32 {
            while self.excess[start as usize] > 0 {
                path.clear();
                let mut u = start;
                let arrived = loop {
                    meter.spend(1)?;
                    if self.excess[u as usize] < 0 {
                        break true;
                    }
                    match self.advance(u) {
                        Some((a, forward)) => {
                            path.push((a, forward));
                            let arc = self.arcs[a as usize];
                            u = if forward { arc.to } else { arc.from };
                        }
                        None => {
                            self.depth[u as usize] = -1;
                            let Some((a, forward)) = path.pop() else { break false };
                            let arc = self.arcs[a as usize];
                            u = if forward { arc.from } else { arc.to };
                        }
                    }
                };
                if !arrived {
                    break;
                }
                self.push(start, u, &path);
                meter.spend(path.len())?;
            }
        }
        Some(())
    }

    /// The next usable arc out of `u`, one level deeper; `true` when it is taken forwards.
    fn advance(&mut self, u: u32) -> Option<(u32, bool)> {
        let next = self.depth[u as usize] + 1;
        let (out, into) = (self.out.row(u), self.into.row(u));
        while (self.cursor[u as usize] as usize) < out.len() + into.len() {
            let at = self.cursor[u as usize] as usize;
            if at < out.len() {
                let a = out[at];
                let v = self.arcs[a as usize].to;
                if self.depth[v as usize] == next && self.slack(a) == 0 {
                    return Some((a, true));
                }
            } else {
                let a = into[at - out.len()];
                let v = self.arcs[a as usize].from;
                if self.depth[v as usize] == next && self.flow[a as usize] > 0 {
                    return Some((a, false));
                }
            }
            self.cursor[u as usize] += 1;
        }
        None
    }

    fn push(&mut self, start: u32, end: u32, path: &[(u32, bool)]) {
        let mut amount = self.excess[start as usize].min(-self.excess[end as usize]);
        for &(a, forward) in path {
            if !forward {
                amount = amount.min(self.flow[a as usize]);
            }
        }
        for &(a, forward) in path {
            self.flow[a as usize] += if forward { amount } else { -amount };
        }
        self.excess[start as usize] -= amount;
        self.excess[end as usize] += amount;
    }
}

/// Layers by the longest path over the edges that do not run against the flow; those must be
/// without cycles. Self-loops and edges that name no node are left out.
pub(super) fn layers_of(
    nodes: usize,
    edges: &[(u32, u32)],
    feedback: &[bool],
    watch: Watch<'_>,
) -> Option<Vec<u32>> {
    let sound = |&(&(u, v), &feedback): &(&(u32, u32), &bool)| {
        !feedback && u != v && u.max(v) < nodes as u32
    };
    let edges: Vec<(u32, u32)> =
        edges.iter().zip(feedback).filter(sound).map(|(&edge, _)| edge).collect();
    let (layers, _) = earliest(nodes, &edges, &[], watch)?;
    Some(layers.into_iter().map(|layer| layer as u32).collect())
}
