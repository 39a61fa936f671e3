//! The structure of one connected drawing: what runs against the flow, which layer a box lies in,
//! and the order within layers. Sizes play no part yet.

use super::super::{Place, Point};
use super::anchor::{self, Anchors};
use super::border::{Border, Freedom};
use super::order::Order;
use super::proper::Proper;
use super::watch::Watch;
use super::{acyclic, rank, reduce};

/// What is to be arranged: members (boxes, or groups seen from outside), ports on the border of the
/// enclosing group, and strands between them.
#[derive(Debug, Default)]
pub(super) struct Task {
    /// Members come first, then ports to the west, then ports to the east.
    pub(super) members: usize,
    pub(super) west: usize,
    pub(super) east: usize,
    /// Strands between different members or ports, in the direction of their edges. None ends at a
    /// west port or starts at an east port.
    pub(super) strands: Vec<(u32, u32)>,
    /// Layers given for members; empty when none is.
    pub(super) pins: Vec<Option<u32>>,
    /// Where members stood in an earlier picture; empty when none did.
    pub(super) before: Vec<Option<Place>>,
    /// The lines of strands in that picture, cut into straight pieces; may be empty, as any of them.
    pub(super) lines: Vec<Vec<Point>>,
}

impl Task {
    fn all(&self) -> usize {
        self.members + self.west + self.east
    }

    /// Layers of members in an earlier picture; empty where the drawing is to be made afresh.
    fn columns(&self) -> Vec<Option<u32>> {
        if !anchor::holds(self) {
            return Vec::new();
        }
        self.before.iter().map(|place| place.and_then(|place| place.column)).collect()
    }
}

/// The structure of a [`Task`]'s drawing.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) task: Task,
    /// Strands that run against the flow.
    pub(super) against: Vec<bool>,
    /// The layer of each member and port.
    pub(super) layers: Vec<u32>,
    pub(super) proper: Proper,
    pub(super) order: Option<Order>,
    /// What holds the drawing to an earlier one.
    pub(super) anchors: Option<Anchors>,
}

impl Plan {
    /// Everything but the order within layers.
    pub(super) fn new(task: Task, watch: Watch<'_>) -> Option<Self> {
        let inner: Vec<u32> = (0..task.strands.len() as u32)
            .filter(|&s| {
                let (u, v) = task.strands[s as usize];
                (u as usize) < task.members && (v as usize) < task.members
            })
            .collect();
        let mut edges: Vec<(u32, u32)> = inner.iter().map(|&s| task.strands[s as usize]).collect();
        let columns = task.columns();
        let turned = feedback(task.members, &edges, &task.pins, &columns, watch)?;
        for (edge, turned) in edges.iter_mut().zip(&turned) {
            if *turned {
                *edge = (edge.1, edge.0);
            }
        }
        let (mut start, broken) = rank::earliest(task.members, &edges, &task.pins, watch)?;
        let sound: Vec<(u32, u32)> = edges
            .iter()
            .zip(&broken)
            .filter(|(_, broken)| !**broken)
            .map(|(edge, _)| *edge)
            .collect();
        start = rank::shortest_layers(task.members, &sound, &task.pins, &columns, start, watch)?;
        close_gaps(&mut start, &task.pins);
        let pinned = task.pins.iter().any(Option::is_some);
        let least = if pinned { 0 } else { start.iter().copied().min().unwrap_or(0) };
        let shift = u32::from(task.west > 0);
        let mut layers: Vec<u32> =
            start.iter().map(|&layer| (layer - least) as u32 + shift).collect();
        let last = layers.iter().copied().max().unwrap_or(shift);
        layers.resize(task.members + task.west, 0);
        layers.resize(task.all(), last + 1);
        let count = if task.east > 0 { last + 2 } else { last + 1 };
        let mut against = vec![false; task.strands.len()];
        let mut flat = vec![false; task.strands.len()];
        let mut forward = task.strands.clone();
        for &s in &inner {
            let s = s as usize;
            let (u, v) = task.strands[s];
            let (from, to) = (layers[u as usize], layers[v as usize]);
            against[s] = from >= to;
            flat[s] = from == to;
            if against[s] {
                forward[s] = (v, u);
            }
        }
        let count = if task.all() == 0 { 0 } else { count };
        let proper = Proper::new(&layers, count, &forward, &flat, watch)?;
        let anchors = Anchors::new(&task, &proper);
        Some(Self { task, against, layers, proper, order: None, anchors })
    }

    /// Orders the layers, or improves an earlier order; the ports as `west` and `east` have them, but for
    /// their runs.
    pub(super) fn arrange(
        &mut self,
        west: &Border,
        east: &Border,
        budget: usize,
        watch: Watch<'_>,
    ) -> Option<()> {
        let fixed = self.fixed(&west.ports, &east.ports);
        let start = self.order.take().map(|order| self.with_ports(order, &fixed, west, east));
        if let Some(anchors) = &self.anchors {
            let freedom = self.freedom(west, east);
            let start = match start {
                Some(order) => order,
                None => anchors.start(&self.proper, &freedom, &fixed, watch)?,
            };
            let order = reduce::near(&self.proper, freedom, start, anchors, budget, watch)?;
            self.order = Some(order);
            return Some(());
        }
        let first = budget / 3;
        let freedom = self.freedom(west, east);
        self.order = Some(reduce::reduce(&self.proper, freedom, start, &fixed, first, watch)?);
        if budget == 0 {
            return Some(());
        }
        let spent = self.relayer(first, watch)?;
        let rest = budget.saturating_sub(first + spent).max(1);
        let start = self.order.take();
        let fixed = self.fixed(&west.ports, &east.ports);
        let freedom = self.freedom(west, east);
        self.order = Some(reduce::reduce(&self.proper, freedom, start, &fixed, rest, watch)?);
        Some(())
    }

    /// An earlier order with the ports of another one, in their runs as they were.
    fn with_ports(&self, mut order: Order, fixed: &Order, west: &Border, east: &Border) -> Order {
        let freedom = self.freedom(west, east);
        for layer in (0..self.proper.layers()).filter(|layer| !freedom.movable.contains(layer)) {
            let range = self.proper.layer(layer);
            let before = order.pos.clone();
            let ports = &mut order.sequence[range.clone()];
            ports.copy_from_slice(&fixed.sequence[range.clone()]);
            reduce::sort_runs(ports, freedom.runs(layer), |v| before[v as usize] as f32);
            order.number(range);
        }
        order
    }

    fn freedom<'a>(&self, west: &'a Border, east: &'a Border) -> Freedom<'a> {
        Freedom { movable: self.movable(), west: &west.runs, east: &east.runs }
    }

    /// The ports from top to bottom: to the west, then to the east.
    pub(super) fn ports(&self) -> (Vec<u32>, Vec<u32>) {
        let Some(order) = &self.order else { return Default::default() };
        let ports = |count: usize, layer: usize, first: usize| -> Vec<u32> {
            if count == 0 {
                return Vec::new();
            }
            let nodes = &order.sequence[self.proper.layer(layer)];
            nodes.iter().map(|&v| self.proper.member[v as usize] - first as u32).collect()
        };
        let (members, west) = (self.task.members, self.task.west);
        (ports(west, 0, members), ports(self.task.east, self.movable().end, members + west))
    }

    /// Any order, but with the ports in theirs.
    fn fixed(&self, west: &[u32], east: &[u32]) -> Order {
        let proper = &self.proper;
        let mut fixed = Order::as_numbered(proper);
        let movable = self.movable();
        let first_port = self.task.members as u32;
        let mut set = |layer: usize, ports: &[u32], first: u32| {
            let range = proper.layer(layer);
            for (slot, &port) in fixed.sequence[range.clone()].iter_mut().zip(ports) {
                *slot = proper.node_of[(first + port) as usize];
            }
            fixed.number(range);
        };
        if self.task.west > 0 {
            set(0, west, first_port);
        }
        if self.task.east > 0 {
            set(movable.end, east, first_port + self.task.west as u32);
        }
        fixed
    }

    /// Layers whose order is free: all but those of the ports.
    pub(super) fn movable(&self) -> std::ops::Range<usize> {
        let (west, east) = (usize::from(self.task.west > 0), usize::from(self.task.east > 0));
        west..self.proper.layers() - east
    }

    /// Strands from left to right.
    pub(super) fn forward(&self) -> Vec<(u32, u32)> {
        let turned =
            |(&(u, v), &against): (&(u32, u32), &bool)| if against { (v, u) } else { (u, v) };
        self.task.strands.iter().zip(&self.against).map(turned).collect()
    }

    /// Layers of members alone, counted from 0.
    pub(super) fn member_layer(&self, member: u32) -> u32 {
        self.layers[member as usize] - u32::from(self.task.west > 0)
    }

    /// The order of strands around members: the place of a strand's first node on its way from its
    /// source, or of the last one before its target; `None` for one that turns back.
    pub(super) fn place_beside(&self, strand: u32, at_source: bool) -> Option<u32> {
        let chain = self.proper.chains.row(strand);
        if self.against[strand as usize] {
            return None;
        }
        let node = if at_source { chain[1] } else { chain[chain.len() - 2] };
        Some(self.order.as_ref()?.pos[node as usize])
    }

    /// Gives the ways of some strands between the same two members to others of them, in turn.
    pub(super) fn exchange(&mut self, before: &[u32], after: &[u32]) {
        if before.iter().any(|&s| self.against[s as usize] || self.proper.express[s as usize]) {
            return;
        }
        let ways: Vec<Vec<u32>> =
            before.iter().map(|&s| self.proper.chains.row(s).to_vec()).collect();
        for (&s, way) in after.iter().zip(&ways) {
            self.proper.chains.replace(s, way);
        }
    }
}

/// Takes out layers that nothing is in: a box that was there is gone, and the rest kept its distance.
fn close_gaps(layers: &mut [i32], pins: &[Option<u32>]) {
    if pins.iter().any(Option::is_some) {
        return;
    }
    let mut used = layers.to_vec();
    used.sort_unstable();
    used.dedup();
    for layer in layers {
        *layer = used.partition_point(|&used| used < *layer) as i32;
    }
}

/// Edges to be turned round: those that pins turn, then those that close cycles among the rest, such
/// first as ran against the flow between the earlier `columns`.
fn feedback(
    nodes: usize,
    edges: &[(u32, u32)],
    pins: &[Option<u32>],
    columns: &[Option<u32>],
    watch: Watch<'_>,
) -> Option<Vec<bool>> {
    let column = |v: u32| columns.get(v as usize).copied().flatten();
    let before: Vec<bool> = if columns.is_empty() {
        Vec::new()
    } else {
        let against =
            |&(u, v): &(u32, u32)| matches!((column(u), column(v)), (Some(a), Some(b)) if a > b);
        edges.iter().map(against).collect()
    };
    let pin = |v: u32| pins.get(v as usize).copied().flatten();
    let by_pin: Vec<bool> = edges
        .iter()
        .map(|&(u, v)| matches!((pin(u), pin(v)), (Some(a), Some(b)) if a > b))
        .collect();
    if !by_pin.contains(&true) {
        return acyclic::feedback_edges(nodes, edges, &before, watch);
    }
    let turned: Vec<(u32, u32)> = edges
        .iter()
        .zip(&by_pin)
        .map(|(&(u, v), &turned)| if turned { (v, u) } else { (u, v) })
        .collect();
    let closing = acyclic::feedback_edges(nodes, &turned, &[], watch)?;
    Some(by_pin.iter().zip(closing).map(|(&a, b)| a != b).collect())
}
