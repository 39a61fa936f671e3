//! A closed walk as a ring: what comes round stands round, clockwise from the top.
//!
//! Boxes of the walk stand evenly on an ellipse that is as much wider than high as boxes are, what lies beside the
//! walk on smaller ones within, nearest to what it hangs on. All are as small as boxes allow.

use super::{Layout, LayoutRequest, Point, Rect, Routes, Size};
use std::f32::consts::PI;

/// Free space between neighbours, as a share of a box: across where they stand side by side, and down where they
/// stand one above the other. Arrows need some of it.
const ROOM: Size = Size::new(0.4, 2.2);

/// How far neighbours stand apart, in boxes with their room: none lies on the other, whichever way they stand.
const APART: f32 = 1.3;

/// By how much each ring within is smaller, in boxes with their room.
const WITHIN: f32 = 1.3;

/// By how much the outer ring grows at a time until what lies beside the walk fits within.
const WIDER: f32 = 0.1;

/// How far lines through the ring bow, as a share of their length: those there and back do not lie on one another.
const BOW: f32 = 0.12;

/// Lays out `request` round the boxes of `walk`, in that order; groups, layers and earlier pictures do not count.
/// Boxes that `walk` repeats or that there are none of are passed over; without any it is all boxes. Linear but for
/// sorting what lies beside the walk.
pub fn ring(request: &LayoutRequest, walk: &[u32]) -> Layout {
    let count = request.nodes.len();
    let mut place = vec![None; count];
    let mut order: Vec<u32> = Vec::new();
    let all: Vec<u32> = (0..count as u32).collect();
    let walk = if walk.iter().any(|&node| (node as usize) < count) { walk } else { &all };
    for &node in walk.iter().filter(|&&node| (node as usize) < count) {
        if place[node as usize].is_none() {
            place[node as usize] = Some(order.len());
            order.push(node);
        }
    }
    let widest = |side: fn(&Size) -> f32| request.nodes.iter().map(side).fold(1.0, f32::max);
    let (width, height) = (widest(|size| size.width), widest(|size| size.height));
    let unit = Size::new(width * (1.0 + ROOM.width), height * (1.0 + ROOM.height));
    let angle = |at: usize, of: usize| 2.0 * PI * at as f32 / of.max(1) as f32 - PI / 2.0;
    let beside = beside(request, &place, |at| angle(at, order.len()));
    let mut outer = least_radius(order.len());
    while within(outer).map(capacity).sum::<usize>() < beside.len() {
        outer += WIDER;
    }
    let on = |radius: f32, angle: f32| {
        Point::new(radius * unit.width * angle.cos(), radius * unit.height * angle.sin())
    };
    let mut positions = vec![Point::default(); count];
    for (at, &node) in order.iter().enumerate() {
        positions[node as usize] = on(outer, angle(at, order.len()));
    }
    for (radius, ring) in rings(&beside, outer) {
        let radius = if ring.len() == 1 && capacity(radius) == 1 { 0.0 } else { radius };
        let first = ring.first().map_or(0.0, |&(angle, _)| angle);
        for (at, &(_, node)) in ring.iter().enumerate() {
            let turn = 2.0 * PI * at as f32 / ring.len() as f32;
            positions[node as usize] = on(radius, first + turn);
        }
    }
    let lines = Lines { request, positions: &positions, place: &place, round: order.len() };
    let mut routes = Routes::default();
    for &(from, to) in &request.edges {
        routes.push(&lines.route(from as usize, to as usize));
    }
    let boxes =
        positions.iter().zip(&request.nodes).map(|(&at, &size)| Rect::from_center(at, size));
    let points = routes.iter().flatten().map(|&point| Rect::new(point, point));
    let bounds = boxes.chain(points).reduce(|a, b| a.union(&b));
    Layout {
        layers: vec![0; count],
        columns: vec![0; count],
        feedback: vec![false; request.edges.len()],
        positions,
        routes,
        bounds,
        ..Layout::default()
    }
}

/// The smallest ring on which so many boxes stand apart.
fn least_radius(boxes: usize) -> f32 {
    match boxes {
        0 | 1 => 0.0,
        more => APART / 2.0 / (PI / more as f32).sin(),
    }
}

/// How many boxes stand apart on a ring; one in the middle.
fn capacity(radius: f32) -> usize {
    if radius < APART / 2.0 { 1 } else { (PI / (APART / 2.0 / radius).asin()) as usize }
}

/// Radii of the rings within one of this radius, the largest first.
fn within(outer: f32) -> impl Iterator<Item = f32> {
    std::iter::successors(Some(outer - WITHIN), |radius| Some(radius - WITHIN))
        .take_while(|&radius| radius >= 0.0)
}

/// What lies beside the walk on the rings within: each takes its share of every stretch of directions.
fn rings(beside: &[(f32, u32)], outer: f32) -> Vec<(f32, Vec<(f32, u32)>)> {
    let mut rings: Vec<(f32, Vec<(f32, u32)>)> =
        within(outer).map(|radius| (radius, Vec::new())).collect();
    for &own in beside {
        let load = |(radius, ring): &(f32, Vec<(f32, u32)>)| {
            (ring.len() + 1) as f32 / capacity(*radius) as f32
        };
        if let Some(least) = rings.iter_mut().min_by(|a, b| load(a).total_cmp(&load(b))) {
            least.1.push(own);
        }
    }
    rings
}

/// What is not on the walk, with the direction in which its neighbours on the walk lie, in that order.
fn beside(
    request: &LayoutRequest,
    place: &[Option<usize>],
    angle: impl Fn(usize) -> f32,
) -> Vec<(f32, u32)> {
    let mut pull = vec![(0.0f32, 0.0f32); place.len()];
    for &(from, to) in &request.edges {
        for (own, other) in [(from as usize, to as usize), (to as usize, from as usize)] {
            if let (Some(None), Some(&Some(at))) = (place.get(own), place.get(other)) {
                pull[own].0 += angle(at).cos();
                pull[own].1 += angle(at).sin();
            }
        }
    }
    let off = place.iter().enumerate().filter(|(_, place)| place.is_none());
    let mut beside: Vec<(f32, u32)> =
        off.map(|(node, _)| (pull[node].1.atan2(pull[node].0), node as u32)).collect();
    beside.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    beside
}

struct Lines<'a> {
    request: &'a LayoutRequest,
    positions: &'a [Point],
    place: &'a [Option<usize>],
    /// Boxes on the ring.
    round: usize,
}

impl Lines<'_> {
    /// One piece from border to border.
    fn route(&self, from: usize, to: usize) -> Vec<Point> {
        let (Some(&a), Some(&b)) = (self.positions.get(from), self.positions.get(to)) else {
            return vec![Point::default()];
        };
        let (own, other) = (self.request.nodes[from], self.request.nodes[to]);
        if from == to {
            let right = a.x + own.width / 2.0;
            let (up, down) = (a.y - own.height / 4.0, a.y + own.height / 4.0);
            let out = right + own.height;
            return [(right, up), (out, up), (out, down), (right, down)]
                .map(|(x, y)| Point::new(x, y))
                .to_vec();
        }
        let middle = a.lerp(b, 0.5);
        let by = if self.are_neighbours(from, to) {
            // Where the ring's tangents at both meet: the line follows the ring.
            let half = PI / self.round as f32;
            let out = (1.0 / half.cos().powi(2)).min(2.0);
            Point::new(middle.x * out, middle.y * out)
        } else {
            Point::new(middle.x + (b.y - a.y) * BOW, middle.y - (b.x - a.x) * BOW)
        };
        let (start, end) = (border(a, own, by), border(b, other, by));
        vec![start, start.lerp(by, 2.0 / 3.0), end.lerp(by, 2.0 / 3.0), end]
    }

    /// Whether one comes after the other on the ring, with enough others that there is a way round.
    fn are_neighbours(&self, from: usize, to: usize) -> bool {
        let (Some(a), Some(b)) = (self.place[from], self.place[to]) else { return false };
        self.round > 3 && (a + 1) % self.round == b
    }
}

/// Where the way from the middle of a box towards `to` leaves it.
fn border(at: Point, size: Size, to: Point) -> Point {
    let share =
        |half: f32, way: f32| if way.abs() > 0.0 { half / way.abs() } else { f32::INFINITY };
    let within = share(size.width / 2.0, to.x - at.x).min(share(size.height / 2.0, to.y - at.y));
    at.lerp(to, within.min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::LayoutOptions;
    use proptest::prelude::*;

    fn request(nodes: usize, edges: Vec<(u32, u32)>) -> LayoutRequest {
        LayoutRequest {
            nodes: vec![Size::new(176.0, 48.0); nodes],
            edges,
            options: LayoutOptions::default(),
            ..LayoutRequest::default()
        }
    }

    #[test]
    fn the_walk_goes_clockwise_from_the_top_and_the_rest_lies_within() {
        let edges = vec![(0, 1), (1, 2), (2, 3), (3, 0), (1, 4), (4, 0)];
        let layout = ring(&request(5, edges), &[0, 1, 2, 3, 0]);
        let [top, right, bottom, left, beside] = layout.positions[..] else { panic!("five") };
        assert!(top.y < right.y && right.y < bottom.y && left.x < top.x && top.x < right.x);
        assert!(beside.x.hypot(beside.y) < 1.0, "one alone stands in the middle");
        assert_eq!(layout.routes.len(), 6);
        assert!(layout.feedback.iter().all(|&against| !against));
    }

    proptest! {
        #[test]
        fn boxes_do_not_overlap_and_every_edge_is_drawn(
            nodes in 1usize..24,
            arcs in prop::collection::vec((0u32..26, 0u32..26), 0..40),
            walk in prop::collection::vec(0u32..26, 0..30),
        ) {
            let edges = arcs.len();
            let request = request(nodes, arcs);
            let layout = ring(&request, &walk);
            let rects: Vec<Rect> = layout
                .positions
                .iter()
                .zip(&request.nodes)
                .map(|(&at, &size)| Rect::from_center(at, size))
                .collect();
            for (at, rect) in rects.iter().enumerate() {
                for other in &rects[..at] {
                    prop_assert!(!rect.intersects(other), "{rect:?} {other:?}");
                }
            }
            prop_assert_eq!(layout.routes.len(), edges);
            for point in layout.routes.iter().flatten() {
                prop_assert!(point.x.is_finite() && point.y.is_finite());
            }
        }
    }
}
