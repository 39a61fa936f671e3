//! Which names are written where marks are too many or too small to carry all of theirs, so that none
//! covers another: landmarks to find one's way by.

use super::draw::{Anchor, Lod, Look, Overlay, Pen, Stroke, draw_card, draw_plate, metrics};
use super::measure::{Cut, Font, fit, width};
use super::{BoxIx, Color, Emphasis, Scene};
use crate::layout::{Point, Rect, Size};

/// Names that stand over what they name, at most.
const MOST_LANDMARKS: usize = 48;

/// Landmarks in sight that are tried for a free place.
const MOST_TRIED: usize = 1_500;

/// Sizes on the screen, in pixels.
const TEXT_PX: f32 = 11.0;
const HEIGHT_PX: f32 = 16.0;
const WIDEST_PX: f32 = 168.0;
const PAD_PX: f32 = 5.0;
const APART_PX: f32 = 12.0;

/// Less room than this holds no name, in pixels.
const LEAST_ROOM_PX: f32 = 44.0;

/// A name that is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    pub ix: BoxIx,
    /// Where it covers the picture, in scene units.
    pub rect: Rect,
    /// The text over a box that has no room for it; none where the box carries its name as always.
    pub over: Option<Box<str>>,
}

/// The names to be written of what lies in `seen`, no more than `most`. What is in front matters more: groups
/// by size, then cards by links. No two cover one another.
///
/// Linear in the boxes of the scene where it is seen from far away, else in those in sight.
pub fn labels(scene: &Scene, look: &Look<'_>, seen: Rect, most: usize) -> Vec<Label> {
    let mut placed: Vec<Label> = Vec::new();
    if look.lod >= Lod::Middle
        && let Some((frames, boxes)) = scene.few_in_rect(seen, most)
    {
        // Whatever carries its own name has room for it; a frame whose head is too low has it on its border.
        placed.extend(boxes.into_iter().filter_map(|ix| own_label(scene, look, ix)));
        for ix in frames {
            let own = own_label(scene, look, ix);
            let label = own.unwrap_or_else(|| label_over(scene, look, ix, seen));
            let is_over =
                |other: &Label| other.over.is_some() && other.rect.intersects(&label.rect);
            if label.over.is_none() || !placed.iter().any(is_over) {
                placed.push(label);
            }
        }
        return placed;
    }
    let in_sight = |ix: &&BoxIx| scene.rect_of(**ix).intersects(&seen);
    let mut over = 0;
    for &ix in scene.landmarks().iter().filter(in_sight).take(MOST_TRIED) {
        let label = match own_label(scene, look, ix) {
            Some(label) => label,
            None if over < MOST_LANDMARKS => label_over(scene, look, ix, seen),
            None => continue,
        };
        let apart = if label.over.is_some() { look.px(APART_PX) } else { 0.0 };
        let around = label.rect.expand(apart);
        if placed.iter().any(|other| other.rect.intersects(&around)) {
            continue;
        }
        over += usize::from(label.over.is_some());
        placed.push(label);
        if placed.len() >= most {
            break;
        }
    }
    placed
}

/// The name where the box carries it, if there is room.
fn own_label(scene: &Scene, look: &Look<'_>, ix: BoxIx) -> Option<Label> {
    let rect = match ix {
        BoxIx::Card(card) if look.lod >= Lod::Middle => scene.cards[card as usize].rect,
        BoxIx::Card(_) => return None,
        BoxIx::Plate(at) => {
            let plate = &scene.plates[at as usize];
            let fits = plate.rect.width() - 2.0 * metrics::PAD >= look.px(LEAST_ROOM_PX);
            let readable = !plate.open || metrics::HEAD >= look.px(TEXT_PX);
            if !(fits && readable || !plate.open && look.lod >= Lod::Middle) {
                return None;
            }
            let corner = Point::new(plate.rect.max.x, plate.rect.min.y + metrics::HEAD);
            if plate.open { Rect::new(plate.rect.min, corner) } else { plate.rect }
        }
    };
    Some(Label { ix, rect, over: None })
}

/// The name over the middle of what is seen of the box, or on the border of a frame whose content is read.
fn label_over(scene: &Scene, look: &Look<'_>, ix: BoxIx, seen: Rect) -> Label {
    let name = match ix {
        BoxIx::Card(card) => &scene.cards[card as usize].title,
        BoxIx::Plate(plate) => &scene.plates[plate as usize].name,
    };
    let size = look.px(TEXT_PX);
    let text = fit(name, Font::Text, size, look.px(WIDEST_PX), Cut::Middle);
    let rect = scene.rect_of(ix);
    let visible = Rect::new(
        Point::new(rect.min.x.max(seen.min.x), rect.min.y.max(seen.min.y)),
        Point::new(rect.max.x.min(seen.max.x), rect.max.y.min(seen.max.y)),
    );
    let room =
        Size::new(width(&text, Font::Text, size) + 2.0 * look.px(PAD_PX), look.px(HEIGHT_PX));
    let on_border = matches!(ix, BoxIx::Plate(_)) && look.lod >= Lod::Middle;
    let center = if on_border {
        let (x, y) = (visible.min.x + look.px(4.0), visible.min.y);
        Point::new(x + room.width / 2.0, y + look.px(2.0))
    } else {
        visible.center()
    };
    Label { ix, rect: Rect::from_center(center, room), over: Some(text.into()) }
}

/// Writes one name; `emphasis` is that of its box.
pub fn draw_label(
    scene: &Scene,
    label: &Label,
    look: &Look<'_>,
    emphasis: Emphasis,
    pen: &mut dyn Pen,
) {
    let Some(text) = &label.over else {
        let mut pen = Names(pen);
        match label.ix {
            BoxIx::Card(card) => {
                draw_card(
                    &scene.cards[card as usize],
                    look,
                    emphasis,
                    Overlay::default(),
                    &mut pen,
                );
            }
            BoxIx::Plate(plate) => {
                draw_plate(&scene.plates[plate as usize], look, emphasis, 0.0, &mut pen);
            }
        }
        return;
    };
    let theme = look.theme;
    let ground = theme.canvas.faded(0.86);
    pen.rect(label.rect, look.px(4.0), Some(ground), None);
    let seen = if emphasis == Emphasis::Dimmed { 0.5 } else { 1.0 };
    let size = look.px(TEXT_PX);
    let at = Point::new(label.rect.center().x, label.rect.center().y + size * 0.36);
    pen.text(at, Anchor::Middle, text, Font::Text, size, theme.text.faded(seen));
}

/// Lets nothing but text through, and what is to be under it.
struct Names<'a>(&'a mut dyn Pen);

impl Pen for Names<'_> {
    fn halo(&mut self, rect: Rect, ground: Color) {
        self.0.halo(rect, ground);
    }

    fn rect(&mut self, _: Rect, _: f32, _: Option<Color>, _: Option<Stroke>) {}

    fn path(&mut self, _: &[Point], _: Stroke) {}

    fn line(&mut self, _: &[Point], _: Stroke) {}

    fn polygon(&mut self, _: &[Point], _: Option<Color>, _: Option<Stroke>) {}

    fn circle(&mut self, _: Point, _: f32, _: Option<Color>, _: Option<Stroke>) {}

    fn text(&mut self, at: Point, anchor: Anchor, text: &str, font: Font, size: f32, ink: Color) {
        self.0.text(at, anchor, text, font, size, ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use crate::scene::{Grouping, GroupsOpen, Theme, ThemeName, View, fresh_picture};
    use std::fmt::Write;

    fn many(cards: usize) -> Scene {
        let mut text = String::new();
        for at in 0..cards {
            let _ = writeln!(text, "dataset something_with_a_long_name_{at}");
        }
        for at in 1..cards {
            let _ = writeln!(
                text,
                "something_with_a_long_name_{} -derives-> something_with_a_long_name_{at}",
                at / 3
            );
        }
        let view = View { grouping: Grouping::Kind, open: GroupsOpen::All, ..View::default() };
        fresh_picture(&graph(&text), None, &view)
    }

    #[test]
    fn no_name_covers_another_and_there_are_not_too_many() {
        let scene = many(400);
        for scale in [0.01, 0.05, 0.2, 0.3, 0.5] {
            let look = Look::new(Theme::of(ThemeName::Dark), scale);
            let found = labels(&scene, &look, scene.bounds, 300);
            assert!(found.len() <= 300);
            assert!(!found.is_empty(), "nothing is named at {scale}");
            for (at, a) in found.iter().enumerate() {
                let apart = |b: &Label| {
                    // A name on a frame's border may touch a card that lies at its edge.
                    let on_border = a.over.is_some() != b.over.is_some() && scale >= 0.24;
                    on_border || !a.rect.expand(-0.5).intersects(&b.rect.expand(-0.5))
                };
                assert!(found[..at].iter().all(apart), "{a:?} at {scale}");
            }
        }
    }

    #[test]
    fn only_what_is_in_sight_is_named() {
        let scene = many(60);
        let look = Look::new(Theme::of(ThemeName::Dark), 0.4);
        let seen = scene.cards[7].rect;
        let found = labels(&scene, &look, seen, 300);
        assert!(found.iter().any(|label| label.ix == BoxIx::Card(7)));
        assert!(found.len() < 10, "{}", found.len());
    }
}
