//! Debt on a mark: a ring with the score when near, a dot whose size and colour tell it at middle distance.

use super::{Anchor, Look, Pen, Stroke};
use crate::layout::Point;
use crate::scene::measure::Font;

/// Radius of the ring, in scene units.
const RING: f32 = 8.0;
const RING_LINE: f32 = 2.0;
const RING_TEXT: f32 = 9.0;

/// Smallest and largest radius of a dot, in pixels.
const DOT_PX: (f32, f32) = (2.0, 5.0);

/// Less than this is not worth a mark.
const LEAST: f32 = 0.5;

/// Draws the ring whose right end is at `right`; returns the room that it takes.
pub(super) fn ring(right: Point, score: f32, look: &Look<'_>, seen: f32, pen: &mut dyn Pen) -> f32 {
    if score < LEAST {
        return 0.0;
    }
    let center = Point::new(right.x - RING, right.y);
    let color = look.theme.debt_mark(score / 100.0).faded(seen);
    pen.circle(center, RING - RING_LINE / 2.0, None, Some(Stroke::new(RING_LINE, color)));
    let text = format!("{score:.0}");
    let at = Point::new(center.x, center.y + RING_TEXT * 0.36);
    let ink = look.theme.text.faded(seen);
    pen.text(at, Anchor::Middle, &text, Font::Text, RING_TEXT, ink);
    2.0 * RING + 4.0
}

/// Draws the dot on the upper right corner of a box, where it takes no room from the name.
pub(super) fn dot(corner: Point, score: f32, look: &Look<'_>, seen: f32, pen: &mut dyn Pen) {
    if score < LEAST {
        return;
    }
    let (least, most) = DOT_PX;
    let radius = look.px(least + (most - least) * (score / 100.0).min(1.0));
    let color = look.theme.debt_mark(score / 100.0).faded(seen);
    pen.circle(corner, radius + look.px(1.0), Some(look.theme.canvas), None);
    pen.circle(corner, radius, Some(color), None);
}

/// Scores that a legend shows side by side: their numbers and the lightness of their rings tell them apart
/// where there is no colour.
const SCALE: &[f32] = &[10.0, 50.0, 90.0];

/// From one ring of the scale to the next.
const SCALE_STEP: f32 = 2.0 * RING + 4.0;

/// Room that [`draw_debt_scale`] takes, in scene units.
pub const DEBT_SCALE_WIDTH: f32 = SCALE_STEP * SCALE.len() as f32;

/// Rings as they stand on cards, from little to much, for legends; `at` is the middle of their left edge.
pub fn draw_debt_scale(at: Point, look: &Look<'_>, pen: &mut dyn Pen) {
    let mut right = at.x + 2.0 * RING;
    for &score in SCALE {
        ring(Point::new(right, at.y), score, look, 1.0, pen);
        right += SCALE_STEP;
    }
}
