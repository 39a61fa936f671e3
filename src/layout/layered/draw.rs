//! From a plan to a drawing: places across the flow, layers along it, and the lines.

use super::super::geometry::{Point, Rect, Size};
use super::super::{LayoutOptions, Routes};
use super::coordinates::{self, Extent, Spacing};
use super::order::Order;
use super::plan::Plan;
use super::route::{LANE, Pen, TURN_BULGE};
use super::watch::Watch;
use super::{balance, loops};
use rustc_hash::FxHashMap;

/// Least space between two lines, as a share of the space between boxes.
const LINE_GAP_SHARE: f32 = 0.5;
/// Lines of one layer take no more room than this, in scene units, or than its boxes: they move closer together.
const MOST_OF_LINES: f32 = 600.0;
/// The same for the distance between two of them.
const CLOSEST_LINES: f32 = 0.5;
/// Distance between parallel edges where they leave and enter a box, in scene units.
const FAN_STEP: f32 = 7.0;

/// Space between a border with ports and the first layer, as a share of the space between layers:
/// lines bend there.
const PORT_GAP_SHARE: f32 = 0.6;

/// What a plan does not know: sizes and distances.
pub(super) struct Measures<'a> {
    /// Size of each member.
    pub(super) sizes: &'a [Size],
    /// For each strand where it meets its source and its target, measured downwards from the middle
    /// of the member; empty when all meet the middle.
    pub(super) attach: &'a [(f32, f32)],
    /// Members with an edge to themselves; empty when there is none.
    pub(super) loops: &'a [bool],
    /// Least width between the western and the eastern ports.
    pub(super) width: f32,
    pub(super) options: &'a LayoutOptions,
}

/// Places and lines of one plan.
#[derive(Debug, Default)]
pub(super) struct Drawing {
    /// Centres of members, then of ports.
    pub(super) centers: Vec<Point>,
    /// Boxes, the lanes beside them, dummies and ports.
    pub(super) bounds: Option<Rect>,
    /// One route for each strand, in the direction of its edge.
    pub(super) routes: Routes,
}

impl Plan {
    pub(super) fn draw(&self, measures: &Measures<'_>, watch: Watch<'_>) -> Option<Drawing> {
        let as_numbered;
        let order = match &self.order {
            Some(order) => order,
            None => {
                as_numbered = Order::as_numbered(&self.proper);
                &as_numbered
            }
        };
        let turns = self.turns(order);
        let extents = self.extents(measures, &turns);
        let ports = self.piece_ports(measures);
        let lookup = |u: u32, v: u32| ports.get(&(u, v)).copied().unwrap_or((0.0, 0.0));
        let spacing = Spacing {
            extents: &extents,
            node_gap: measures.options.node_gap,
            line_gap: self.line_gap(measures, &extents),
            ports: if measures.attach.is_empty() { None } else { Some(&lookup) },
            held: self.anchors.as_ref().map(|anchors| anchors.height.as_slice()),
        };
        let mut places = coordinates::places(&self.proper, order, &spacing, watch)?;
        if let Some(anchors) = &self.anchors {
            let shift = anchors.shift(&places);
            places.iter_mut().for_each(|place| *place += shift);
        }
        balance::balance(&self.proper, order, &spacing, &mut places, watch)?;
        watch.look()?;
        let along = self.along(measures);
        let centers: Vec<Point> = (0..self.layers.len())
            .map(|m| Point::new(along.center[m], places[self.proper.node_of[m] as usize]))
            .collect();
        let bounds = self.bounds(&along, &places, &extents);
        let lines = Lines {
            plan: self,
            measures,
            along: &along,
            places: &places,
            turns: &turns,
            centers: &centers,
        };
        let routes = lines.all(order, watch)?;
        Some(Drawing { centers, bounds, routes })
    }

    /// The least distance between two lines. Linear in nodes and dummies.
    fn line_gap(&self, measures: &Measures<'_>, extents: &[Extent]) -> f32 {
        let wanted = measures.options.node_gap * LINE_GAP_SHARE;
        let gaps = (0..self.proper.layers()).map(|layer| {
            let (mut lines, mut boxes) = (0.0, 0.0);
            for node in self.proper.layer(layer).map(|node| node as u32) {
                if self.proper.is_dummy(node) {
                    lines += 1.0;
                } else {
                    let extent = extents[node as usize];
                    boxes += extent.above + extent.below + measures.options.node_gap;
                }
            }
            f32::max(boxes, MOST_OF_LINES) / f32::max(lines, 1.0)
        });
        gaps.fold(wanted, f32::min).max(CLOSEST_LINES)
    }

    /// For each strand against the flow whether it turns below its source and below its target.
    fn turns(&self, order: &Order) -> Vec<(bool, bool)> {
        let share = |node: u32| {
            let layer = self.proper.layer_of(node);
            (order.pos[node as usize] as f32 + 0.5) / self.proper.layer(layer).len() as f32
        };
        let below = |s: usize| {
            if !self.against[s] {
                return (false, false);
            }
            // The chain runs from the target, at the left, to the source.
            let chain = self.proper.chains.row(s as u32);
            let last = chain.len() - 1;
            let source = share(chain[last - 1]) > share(chain[last]);
            let target = share(chain[1]) > share(chain[0]);
            (source, target)
        };
        if self.against.contains(&true) {
            (0..self.against.len()).map(below).collect()
        } else {
            Vec::new()
        }
    }

    fn extents(&self, measures: &Measures<'_>, turns: &[(bool, bool)]) -> Vec<Extent> {
        let mut extents: Vec<Extent> = self
            .proper
            .member
            .iter()
            .map(|&m| {
                let half = measures.sizes.get(m as usize).map_or(0.0, |size| size.height / 2.0);
                Extent { above: half, below: half }
            })
            .collect();
        for (m, &looped) in measures.loops.iter().enumerate() {
            if looped {
                extents[self.proper.node_of[m] as usize].above += loops::ROOM;
            }
        }
        let mut lanes = vec![(false, false); if turns.is_empty() { 0 } else { extents.len() }];
        for (s, &(source_below, target_below)) in turns.iter().enumerate() {
            if self.against[s] {
                let (source, target) = self.task.strands[s];
                for (member, below) in [(source, source_below), (target, target_below)] {
                    let lane = &mut lanes[self.proper.node_of[member as usize] as usize];
                    if below { lane.1 = true } else { lane.0 = true }
                }
            }
        }
        for (extent, (above, below)) in extents.iter_mut().zip(lanes) {
            extent.above += if above { LANE } else { 0.0 };
            extent.below += if below { LANE } else { 0.0 };
        }
        extents
    }

    /// Where the first and last pieces of strands meet their members.
    fn piece_ports(&self, measures: &Measures<'_>) -> FxHashMap<(u32, u32), (f32, f32)> {
        let mut ports = FxHashMap::default();
        for (s, &(source, target)) in measures.attach.iter().enumerate() {
            let chain = self.proper.chains.row(s as u32);
            if self.against[s] || self.proper.express[s] {
                continue;
            }
            let last = chain.len() - 1;
            if last == 1 {
                ports.entry((chain[0], chain[1])).or_insert((source, target));
            } else {
                ports.insert((chain[0], chain[1]), (source, 0.0));
                ports.insert((chain[last - 1], chain[last]), (0.0, target));
            }
        }
        ports
    }

    /// Stretches of layers along the flow, and where members lie in them.
    fn along(&self, measures: &Measures<'_>) -> Along {
        let count = self.proper.layers();
        let mut thickness = vec![0f32; count];
        for (m, size) in measures.sizes.iter().enumerate() {
            let layer = &mut thickness[self.layers[m] as usize];
            *layer = layer.max(size.width);
        }
        let gap = measures.options.layer_gap;
        let (mut from, mut to) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut x = 0f32;
        for (layer, thickness) in thickness.iter().enumerate() {
            let east = self.task.east > 0 && layer + 1 == count;
            let west = self.task.west > 0 && layer == 1;
            if layer > 0 {
                x += if east || west { gap * PORT_GAP_SHARE } else { gap };
            }
            if east {
                x = x.max(measures.width);
            }
            from.push(x);
            x += thickness;
            to.push(x);
        }
        let center = |m: usize| {
            let layer = self.layers[m] as usize;
            let width = measures.sizes.get(m).map_or(0.0, |size| size.width);
            let node = self.proper.node_of[m];
            let inbound = self.proper.pred.degree(node) > 0;
            let outbound = self.proper.succ.degree(node) > 0;
            match (inbound, outbound) {
                (true, false) => from[layer] + width / 2.0,
                (false, true) => to[layer] - width / 2.0,
                _ => (from[layer] + to[layer]) / 2.0,
            }
        };
        let center = (0..self.layers.len()).map(center).collect();
        Along { from, to, center }
    }

    fn bounds(&self, along: &Along, places: &[f32], extents: &[Extent]) -> Option<Rect> {
        let (first, last) = (along.from.first()?, along.to.last()?);
        let mut bounds =
            Rect::new(Point::new(*first, f32::INFINITY), Point::new(*last, f32::NEG_INFINITY));
        for (place, extent) in places.iter().zip(extents) {
            bounds.min.y = bounds.min.y.min(place - extent.above);
            bounds.max.y = bounds.max.y.max(place + extent.below);
        }
        Some(bounds)
    }
}

/// Where layers begin and end along the flow, and the middle of each member.
struct Along {
    from: Vec<f32>,
    to: Vec<f32>,
    center: Vec<f32>,
}

/// Everything that lines need.
struct Lines<'a> {
    plan: &'a Plan,
    measures: &'a Measures<'a>,
    along: &'a Along,
    places: &'a [f32],
    turns: &'a [(bool, bool)],
    centers: &'a [Point],
}

impl Lines<'_> {
    fn all(&self, order: &Order, watch: Watch<'_>) -> Option<Routes> {
        let strands = self.plan.task.strands.len();
        let fan = self.fan(order);
        let mut routes = Routes::default();
        let mut pen = Pen::default();
        let mut meter = watch.meter();
        for s in 0..strands {
            meter.spend(self.plan.proper.chains.degree(s as u32) * 4)?;
            pen.clear();
            if self.plan.against[s] {
                self.back(s, &mut pen);
            } else {
                self.forth(s, fan.get(s).copied().unwrap_or(0.0), &mut pen);
            }
            routes.push(pen.finish());
        }
        Some(routes)
    }

    /// How far each of several parallel strands leaves its box away from the middle.
    fn fan(&self, order: &Order) -> Vec<f32> {
        let strands = &self.plan.task.strands;
        if !self.measures.attach.is_empty() {
            return Vec::new();
        }
        let mut sorted: Vec<u32> = (0..strands.len() as u32).collect();
        let second = |s: u32| order.pos[self.plan.proper.chains.row(s)[1] as usize];
        sorted.sort_unstable_by_key(|&s| (strands[s as usize], second(s), s));
        let mut fan = Vec::new();
        for run in sorted.chunk_by(|&a, &b| strands[a as usize] == strands[b as usize]) {
            if run.len() < 2 {
                continue;
            }
            fan.resize(strands.len(), 0.0);
            let (source, target) = strands[run[0] as usize];
            let height =
                |m: u32| self.measures.sizes.get(m as usize).map_or(0.0, |size| size.height);
            let room = height(source).min(height(target)) * 0.6;
            let step = FAN_STEP.min(room / (run.len() - 1) as f32);
            for (k, &s) in run.iter().enumerate() {
                fan[s as usize] = (k as f32 - (run.len() - 1) as f32 / 2.0) * step;
            }
        }
        fan
    }

    fn size(&self, member: u32) -> Size {
        self.measures.sizes.get(member as usize).copied().unwrap_or_default()
    }

    /// Where strand `s` leaves its source and enters its target.
    fn ends(&self, s: usize, fan: f32) -> (Point, Point) {
        let (source, target) = self.plan.task.strands[s];
        let attach = self.measures.attach.get(s).copied().unwrap_or((fan, fan));
        let (from, to) = (self.centers[source as usize], self.centers[target as usize]);
        (
            Point::new(from.x + self.size(source).width / 2.0, from.y + attach.0),
            Point::new(to.x - self.size(target).width / 2.0, to.y + attach.1),
        )
    }

    fn forth(&self, s: usize, fan: f32, pen: &mut Pen) {
        let proper = &self.plan.proper;
        let (source, target) = self.plan.task.strands[s];
        let (start, end) = self.ends(s, fan);
        let mut layer = self.plan.layers[source as usize] as usize;
        pen.start(start);
        pen.level_to(self.along.to[layer]);
        let chain = proper.chains.row(s as u32);
        for &node in &chain[1..chain.len() - 1] {
            layer += 1;
            pen.bend_to(Point::new(self.along.from[layer], self.places[node as usize]));
            pen.level_to(self.along.to[layer]);
        }
        layer = self.plan.layers[target as usize] as usize;
        pen.bend_to(Point::new(self.along.from[layer], end.y));
        pen.level_to(end.x);
    }

    /// Out to the right, over the box, back along the chain, and round into the target.
    fn back(&self, s: usize, pen: &mut Pen) {
        let proper = &self.plan.proper;
        let (source, target) = self.plan.task.strands[s];
        let (start, end) = self.ends(s, 0.0);
        let (source_below, target_below) = self.turns.get(s).copied().unwrap_or((false, false));
        let lane = |member: u32, below: bool| {
            let away = self.size(member).height / 2.0 + LANE;
            self.centers[member as usize].y + if below { away } else { -away }
        };
        let mut layer = self.plan.layers[source as usize] as usize;
        pen.start(start);
        pen.turn_to(Point::new(start.x, lane(source, source_below)), TURN_BULGE);
        pen.level_to(self.along.from[layer]);
        let chain = proper.chains.row(s as u32);
        for &node in chain[1..chain.len() - 1].iter().rev() {
            layer -= 1;
            pen.bend_to(Point::new(self.along.to[layer], self.places[node as usize]));
            pen.level_to(self.along.from[layer]);
        }
        layer = self.plan.layers[target as usize] as usize;
        pen.bend_to(Point::new(self.along.to[layer], lane(target, target_below)));
        pen.level_to(end.x);
        pen.turn_to(end, -TURN_BULGE);
    }
}
