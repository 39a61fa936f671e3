//! Edges from a box to itself: a small ear at the top right corner.

use super::super::geometry::{Point, Size};
use super::route::Pen;

/// Room that an ear needs above a box and to its right, in scene units.
pub(super) const ROOM: f32 = 16.0;

/// From the right border up and round the corner to the top border.
pub(super) fn draw(center: Point, size: Size, pen: &mut Pen) {
    let corner = Point::new(center.x + size.width / 2.0, center.y - size.height / 2.0);
    let start = Point::new(corner.x, corner.y + (size.height * 0.3).min(ROOM));
    let end = Point::new(corner.x - (size.width * 0.3).min(ROOM), corner.y);
    // A curve's bulge is three quarters of its controls' distance.
    let away = ROOM / 0.75;
    pen.start(start);
    pen.curve(Point::new(corner.x + away, start.y), Point::new(end.x, corner.y - away), end);
}
