//! A group: a quiet frame when open, a stack with name, count and strip when closed.

use super::card::draw_badge;
use super::metrics::{
    BODY, CORNER, GAP, HEAD, PAD, PLATE_BADGES, PLATE_TEXT_X, SMALL, badge_places,
};
use super::name::Name;
use super::{Anchor, Lod, Look, Mark, Pen, Stroke, debt, opacity};
use crate::layout::{Point, Rect};
use crate::scene::measure::{Cut, Font, fit, width};
use crate::scene::{Color, Emphasis, Plate};

/// Radius of the corners of an open group.
const FRAME_CORNER: f32 = 8.0;

/// Draws one group at its place; a closed one with the highest debt in it (0 to 100).
pub fn draw_plate(
    plate: &Plate,
    look: &Look<'_>,
    emphasis: Emphasis,
    score: f32,
    pen: &mut dyn Pen,
) {
    pen.begin(Mark::Plate(plate));
    if plate.open {
        frame(plate, look, emphasis, pen);
    } else {
        stack(plate, look, emphasis, score, pen);
    }
    pen.end();
}

/// The line of an open group that stands out; for layers in which its ground would hide what it holds.
pub fn draw_lit_frame(rect: Rect, look: &Look<'_>, emphasis: Emphasis, pen: &mut dyn Pen) {
    if emphasis >= Emphasis::Related {
        let line = edge(look, emphasis, look.theme.accent, 1.0);
        pen.rect(rect, FRAME_CORNER, None, Some(line));
    }
}

fn edge(look: &Look<'_>, emphasis: Emphasis, calm: Color, opacity: f32) -> Stroke {
    let (width, color): (f32, Color) = match emphasis {
        Emphasis::Selected => (2.0, look.theme.accent),
        Emphasis::Related => (1.5, look.theme.accent),
        _ => (1.0, calm),
    };
    Stroke::new(width.max(look.px(1.0)), color.faded(opacity))
}

/// Names of groups stay readable from afar: no smaller than this on the target, in pixels.
const LEAST_NAME_PX: f32 = 11.0;

fn frame(plate: &Plate, look: &Look<'_>, emphasis: Emphasis, pen: &mut dyn Pen) {
    let theme = look.theme;
    let seen = opacity(emphasis, plate.dimmed);
    let fill = theme.frame_ground(plate.depth);
    pen.rect(
        plate.rect,
        FRAME_CORNER,
        Some(fill),
        Some(edge(look, emphasis, theme.frame_edge(), seen)),
    );
    let room = plate.rect.width() - 2.0 * PAD;
    let size = BODY.max(look.px(LEAST_NAME_PX)).min(HEAD * 0.8);
    let baseline = plate.rect.min.y + HEAD / 2.0 + size * 0.36;
    let title = if size > BODY {
        fit(&plate.name, Font::Text, size, room, Cut::Middle)
    } else {
        plate.title.to_string()
    };
    let at = Point::new(plate.rect.min.x + PAD, baseline);
    pen.text(at, Anchor::Start, &title, Font::Text, size, theme.text.faded(seen));
    let used = width(&title, Font::Text, size);
    let count = width(&plate.subtitle, Font::Text, SMALL);
    if look.lod == Lod::Near && used + GAP + count <= room {
        let at = Point::new(at.x + used + GAP, baseline);
        let color = theme.secondary.faded(seen);
        pen.text(at, Anchor::Start, &plate.subtitle, Font::Text, SMALL, color);
    }
}

fn stack(plate: &Plate, look: &Look<'_>, emphasis: Emphasis, score: f32, pen: &mut dyn Pen) {
    /// How far each lower sheet of the stack stands out.
    const STEP: f32 = 3.0;
    let theme = look.theme;
    let seen = opacity(emphasis, plate.dimmed);
    let line = edge(look, emphasis, theme.card_edge(), seen);
    if look.lod >= Lod::Middle {
        for sheet in [2.0, 1.0] {
            let off = STEP * sheet;
            let below = Rect::new(
                Point::new(plate.rect.min.x + off, plate.rect.max.y - CORNER * 2.0),
                Point::new(plate.rect.max.x - off, plate.rect.max.y + off),
            );
            pen.rect(below, CORNER, Some(theme.raised), Some(line));
        }
    }
    pen.rect(plate.rect, CORNER, Some(theme.raised), Some(line));
    name_of_stack(plate, look, (seen, score), pen);
    strip(plate, look, seen, pen);
}

fn name_of_stack(plate: &Plate, look: &Look<'_>, (seen, score): (f32, f32), pen: &mut dyn Pen) {
    let theme = look.theme;
    let (left, top) = (plate.rect.min.x + PLATE_TEXT_X, plate.rect.min.y);
    if look.lod == Lod::Near {
        let at = |y: f32| Point::new(left, top + y);
        let right = plate.rect.max.x - PLATE_TEXT_X;
        let ring = debt::ring(Point::new(right, top + 16.0), score, look, seen, pen);
        let title = fit(&plate.title, Font::Text, BODY, right - left - ring, Cut::Middle);
        pen.text(at(21.0), Anchor::Start, &title, Font::Text, BODY, theme.text.faded(seen));
        let color = theme.secondary.faded(seen);
        pen.text(at(38.0), Anchor::Start, &plate.subtitle, Font::Text, SMALL, color);
        let places = badge_places(&plate.badges, plate.rect.max.x - PLATE_TEXT_X);
        for (badge, x) in plate.badges.iter().zip(places) {
            draw_badge(badge, Point::new(x, top + PLATE_BADGES), look, seen, pen);
        }
        return;
    }
    let size = BODY.max(look.px(LEAST_NAME_PX));
    let ground = plate.depth.checked_sub(1).map_or(theme.canvas, |depth| theme.frame_ground(depth));
    let name = Name { whole: &plate.name, short: &plate.name, size, ground };
    let at = Point::new(plate.rect.min.x + GAP, plate.rect.center().y + size * 0.2);
    name.write(at, (plate.rect.max.x, plate.beyond), (look, seen), pen);
    let corner = Point::new(plate.rect.max.x, plate.rect.min.y);
    debt::dot(corner, score, look, seen, pen);
}

/// What kinds of things are in a closed group, in proportion.
fn strip(plate: &Plate, look: &Look<'_>, seen: f32, pen: &mut dyn Pen) {
    const HEIGHT: f32 = 4.0;
    let total: u32 = plate.strip.iter().map(|&(_, count)| count).sum();
    if total == 0 {
        return;
    }
    let (left, right) = (plate.rect.min.x + PLATE_TEXT_X, plate.rect.max.x - PLATE_TEXT_X);
    let bottom = plate.rect.max.y - 8.0;
    let mut x = left;
    for &(kind, count) in &plate.strip {
        let end = x + (right - left) * count as f32 / total as f32;
        // A gap tells neighbours of one hue apart, as long as both can be seen.
        let drawn_to = if end - x > 3.0 && end < right { end - 1.0 } else { end };
        let part = Rect::new(Point::new(x, bottom - HEIGHT), Point::new(drawn_to, bottom));
        pen.rect(part, 1.0, Some(look.theme.kind(kind).faded(seen)), None);
        x = end;
    }
}
