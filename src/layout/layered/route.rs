//! Lines: cubic pieces that stay in their channel.
//!
//! Between two layers all lines bend over the same stretch with level ends, so that two of them
//! cross at most once, and only if the order of their ends differs: what is drawn crosses as often
//! as the order says. Through a layer lines run level. A strand against the flow leaves at the right
//! like any other, turns over its box and runs back.

use super::super::geometry::Point;

/// How far a turn at a box bulges, in scene units.
pub(super) const TURN_BULGE: f32 = 14.0;
/// Height of the lane beside a box in which a strand turns back, in scene units.
pub(super) const LANE: f32 = 9.0;
/// A step this small between two layers is drawn level, in scene units.
const LEVEL: f32 = 0.05;

/// Builds one route; level stretches in a row become one piece.
#[derive(Debug, Default)]
pub(super) struct Pen {
    points: Vec<Point>,
    /// Where the level stretch under the pen has got to.
    reached: Point,
}

impl Pen {
    /// Starts at `at`, or goes on from there when something is drawn already.
    pub(super) fn start(&mut self, at: Point) {
        if self.points.is_empty() {
            self.points.push(at);
            self.reached = at;
        }
    }

    pub(super) fn level_to(&mut self, x: f32) {
        self.reached.x = x;
    }

    /// On to `to` with level ends; the bend takes the whole way.
    pub(super) fn bend_to(&mut self, to: Point) {
        if (to.y - self.reached.y).abs() <= LEVEL {
            self.reached.x = to.x;
            return;
        }
        self.flush();
        let from = self.reached;
        let middle = from.x + (to.x - from.x) / 2.0;
        self.curve(Point::new(middle, from.y), Point::new(middle, to.y), to);
    }

    /// A half turn that bulges `by` (to the right when positive) and ends level at `to`.
    pub(super) fn turn_to(&mut self, to: Point, by: f32) {
        self.flush();
        let from = self.reached;
        self.curve(Point::new(from.x + by, from.y), Point::new(to.x + by, to.y), to);
    }

    pub(super) fn curve(&mut self, a: Point, b: Point, to: Point) {
        self.points.extend([a, b, to]);
        self.reached = to;
    }

    fn flush(&mut self) {
        let from = self.points.last().copied().unwrap_or_default();
        let to = self.reached;
        if from != to {
            self.points.extend([from.lerp(to, 1.0 / 3.0), from.lerp(to, 2.0 / 3.0), to]);
        }
    }

    /// The points of the finished route.
    pub(super) fn finish(&mut self) -> &[Point] {
        self.flush();
        &self.points
    }

    pub(super) fn clear(&mut self) {
        self.points.clear();
    }
}
