//! A name on a box that is small on the target: in the box if there is room, else on beside it.

use super::{Anchor, Look, Pen};
use crate::layout::{Point, Rect};
use crate::scene::Color;
use crate::scene::measure::{Cut, Font, fit, width};

/// From this room on both ends of a name are told, in pixels.
const BOTH_ENDS_PX: f32 = 64.0;

/// What a name keeps clear of, in pixels.
const APART_PX: f32 = 2.0;

/// Cut to fewer letters than these a name says nothing.
const LEAST_LETTERS: usize = 4;

/// A name and how it is written.
pub(super) struct Name<'a> {
    pub(super) whole: &'a str,
    /// What is written where there is no room for all of it.
    pub(super) short: &'a str,
    pub(super) size: f32,
    /// What lies under the box.
    pub(super) ground: Color,
}

impl Name<'_> {
    /// Writes it from `at` on its baseline, in a box that ends at `right` with room `beyond`. Beyond the box it has
    /// a ground of its own, since links begin there.
    pub(super) fn write(
        &self,
        at: Point,
        (right, beyond): (f32, f32),
        (look, opacity): (&Look<'_>, f32),
        pen: &mut dyn Pen,
    ) {
        let apart = look.px(APART_PX);
        let inside = right - apart - at.x;
        let most = inside + (beyond - apart).max(0.0);
        let fits = |name: &str, room: f32| width(name, Font::Text, self.size) <= room;
        let name = match self.whole {
            whole if fits(whole, most) => whole,
            _ => self.short,
        };
        let cut = if most >= look.px(BOTH_ENDS_PX) { Cut::Middle } else { Cut::End };
        let label = fit(name, Font::Text, self.size, most, cut);
        if label.chars().count() < LEAST_LETTERS && label != name {
            return;
        }
        let end = at.x + width(&label, Font::Text, self.size);
        if end > right {
            let (top, bottom) = (at.y - self.size * 0.85, at.y + self.size * 0.25);
            let crossed =
                Rect::new(Point::new(right + look.px(1.0), top), Point::new(end + apart, bottom));
            pen.halo(crossed, self.ground.faded(0.8));
        }
        pen.text(at, Anchor::Start, &label, Font::Text, self.size, look.theme.text.faded(opacity));
    }
}
