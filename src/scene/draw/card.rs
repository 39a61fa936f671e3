//! A node: a card when near, a glyph with a label at middle distance, a mark when far.

use super::detail::{FROM_SCALE, detail};
use super::metrics::{
    BADGE, BADGE_PAD, BADGE_SIGN, BADGE_TEXT, BODY, CARD_BADGES, CARD_TEXT_ROOM, CARD_TEXT_X,
    CORNER, GAP, ICON, SMALL, STRIPE, badge_places, badge_width,
};
use super::name::Name;
use super::{Anchor, Dash, Lod, Look, Mark, Overlay, Pen, Stroke, debt, opacity};
use crate::layout::{Point, Rect};
use crate::scene::icon;
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::{Badge, BadgeKind, Card, Color, Emphasis};

/// Draws one node at its place, with what is laid over it.
pub fn draw_card(
    card: &Card,
    look: &Look<'_>,
    emphasis: Emphasis,
    overlay: Overlay,
    pen: &mut dyn Pen,
) {
    let score = overlay.debt;
    let ink = Ink { look, opacity: opacity(emphasis, card.dimmed) };
    pen.begin(Mark::Card(card));
    match look.lod {
        Lod::Near => match look.graph.filter(|_| look.scale >= FROM_SCALE) {
            Some(graph) => detail(card, graph, &ink, emphasis, score, pen),
            None => near(card, &ink, emphasis, score, pen),
        },
        Lod::Middle => middle(card, &ink, emphasis, score, pen),
        Lod::Far => far(card, &ink, emphasis, pen),
    }
    if look.lod != Lod::Far && overlay.bias != 0.0 {
        slice_mark(card.rect, overlay.bias, &ink, pen);
    }
    pen.end();
}

/// A triangle on the upper left corner: upward where the worst slice is predicted too high, downward where it is
/// too low, so that colour is not all that tells them apart.
fn slice_mark(rect: Rect, bias: f32, ink: &Ink<'_>, pen: &mut dyn Pen) {
    let half = ink.look.px(5.0).clamp(4.0, 10.0);
    triangle(Point::new(rect.min.x + STRIPE + half, rect.min.y), half, bias, ink, pen);
}

/// The mark of a slice that is too high or too low, for legends; `at` is its middle.
pub fn draw_slice_sample(at: Point, bias: f32, look: &Look<'_>, pen: &mut dyn Pen) {
    triangle(at, 5.0, bias, &Ink { look, opacity: 1.0 }, pen);
}

fn triangle(center: Point, half: f32, bias: f32, ink: &Ink<'_>, pen: &mut dyn Pen) {
    let theme = ink.look.theme;
    let (color, up) = if bias > 0.0 { (theme.higher, 1.0) } else { (theme.lower, -1.0) };
    let corner = |x: f32, y: f32| Point::new(center.x + x * half, center.y + y * up * half);
    let corners = [corner(-1.0, 0.8), corner(1.0, 0.8), corner(0.0, -0.9)];
    let line = Stroke::new(ink.look.px(1.0), theme.canvas);
    pen.polygon(&corners, Some(ink.of(color)), Some(line));
}

/// Colours at the opacity of one mark. Grounds stay opaque, so that links do not shine through.
pub(super) struct Ink<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) opacity: f32,
}

impl Ink<'_> {
    pub(super) fn of(&self, color: Color) -> Color {
        color.faded(self.opacity)
    }

    fn border(&self, card: &Card, emphasis: Emphasis) -> Stroke {
        let theme = self.look.theme;
        let (width, color): (f32, Color) = match emphasis {
            Emphasis::Selected => (2.0, theme.accent),
            Emphasis::Related => (1.5, theme.accent),
            _ => (1.0, if card.stub { theme.border } else { theme.card_edge() }),
        };
        // Less than a pixel would be a grey smear.
        let width = width.max(self.look.px(1.0));
        let dash = if card.stub { Dash::Dashed(4.0, 3.0) } else { Dash::Solid };
        Stroke::new(width, self.of(color)).dashed(dash)
    }
}

pub(super) fn ground(card: &Card, ink: &Ink<'_>, emphasis: Emphasis, pen: &mut dyn Pen) {
    let theme = ink.look.theme;
    let fill = if card.stub { theme.canvas } else { theme.card_ground() };
    pen.rect(card.rect, CORNER, Some(fill), Some(ink.border(card, emphasis)));
    if let Some(owner) = &card.owner {
        pen.polygon(&stripe(card.rect), Some(ink.of(theme.owner(owner.hash))), None);
    }
}

/// The left edge of a card with its rounded corners.
fn stripe(rect: Rect) -> Vec<Point> {
    /// Corners of the polygon along the rounded part.
    const STEPS: usize = 4;
    let inner = CORNER - 0.5;
    let left = rect.min.x + 0.5;
    let (top, bottom) = (rect.min.y + 0.5, rect.max.y - 0.5);
    // Only that part of the corner lies left of the stripe's right edge.
    let until = (1.0 - STRIPE / inner).acos();
    let corner = |step: usize| {
        let angle = until * step as f32 / STEPS as f32;
        (left + inner - inner * angle.cos(), inner - inner * angle.sin())
    };
    let upper = (0..=STEPS).map(corner).map(|(x, y)| Point::new(x, top + y));
    let lower = (0..=STEPS).rev().map(corner).map(|(x, y)| Point::new(x, bottom - y));
    upper.chain(lower).collect()
}

fn near(card: &Card, ink: &Ink<'_>, emphasis: Emphasis, score: f32, pen: &mut dyn Pen) {
    let theme = ink.look.theme;
    ground(card, ink, emphasis, pen);
    let (left, top) = (card.rect.min.x, card.rect.min.y);
    let icon_at = Point::new(left + STRIPE + GAP, top + (card.rect.height() - ICON) / 2.0);
    icon::draw(card.kind, icon_at, ICON, ink.of(theme.kind(card.kind)), pen);
    let name = if card.stub { theme.secondary } else { theme.text };
    let at = |y: f32| Point::new(left + CARD_TEXT_X, top + y);
    let ring = debt::ring(
        Point::new(card.rect.max.x - GAP, top + 15.0),
        score,
        ink.look,
        ink.opacity,
        pen,
    );
    let title = fit(&card.title, Font::Text, BODY, CARD_TEXT_ROOM - ring, Cut::Middle);
    pen.text(at(20.0), Anchor::Start, &title, Font::Text, BODY, ink.of(name));
    pen.text(at(37.0), Anchor::Start, &card.subtitle, Font::Text, SMALL, ink.of(theme.secondary));
    let places = badge_places(&card.badges, card.rect.max.x - GAP);
    for (badge, x) in card.badges.iter().zip(places) {
        draw_badge(badge, Point::new(x, top + CARD_BADGES), ink.look, ink.opacity, pen);
    }
    if card.pinned {
        pin(Point::new(card.rect.max.x - GAP, top), ink, pen);
    }
}

/// A small pin on the upper edge.
fn pin(at: Point, ink: &Ink<'_>, pen: &mut dyn Pen) {
    let theme = ink.look.theme;
    pen.circle(at, 4.0, Some(theme.card_ground()), Some(Stroke::new(1.5, ink.of(theme.accent))));
    pen.circle(at, 1.5, Some(ink.of(theme.accent)), None);
}

/// A badge as it stands on cards, for legends; `at` is the middle of its left edge. Returns its width.
pub fn draw_badge_sample(kind: BadgeKind, at: Point, look: &Look<'_>, pen: &mut dyn Pen) -> f32 {
    let text = if kind == BadgeKind::Hidden { "+3" } else { "3" };
    let badge = Badge { kind, text: text.into() };
    draw_badge(&badge, at, look, 1.0, pen);
    badge_width(&badge)
}

/// One badge; `at` is the middle of its left edge.
pub(super) fn draw_badge(
    badge: &Badge,
    at: Point,
    look: &Look<'_>,
    opacity: f32,
    pen: &mut dyn Pen,
) {
    let theme = look.theme;
    let rect = Rect::new(
        Point::new(at.x, at.y - BADGE / 2.0),
        Point::new(at.x + badge_width(badge), at.y + BADGE / 2.0),
    );
    let color = theme.secondary.faded(opacity);
    let baseline = at.y + BADGE_TEXT * 0.36;
    if badge.kind == BadgeKind::Hidden {
        let line = Stroke::new(1.0, theme.border.faded(opacity)).dashed(Dash::Dashed(2.0, 2.0));
        pen.rect(rect, BADGE / 2.0, None, Some(line));
        let middle = Point::new(rect.center().x, baseline);
        pen.text(middle, Anchor::Middle, &badge.text, Font::Text, BADGE_TEXT, color);
        return;
    }
    pen.rect(rect, 3.0, Some(theme.badge_ground().faded(opacity)), None);
    let sign = Point::new(at.x + BADGE_PAD, at.y - BADGE_SIGN / 2.0);
    icon::draw_badge_sign(badge.kind, sign, BADGE_SIGN, color, pen);
    let text_at = Point::new(sign.x + BADGE_SIGN + 2.0, baseline);
    pen.text(text_at, Anchor::Start, &badge.text, Font::Text, BADGE_TEXT, color);
}

fn middle(card: &Card, ink: &Ink<'_>, emphasis: Emphasis, score: f32, pen: &mut dyn Pen) {
    /// On the target, in pixels.
    const GLYPH_PX: f32 = 12.0;
    const LABEL_PX: f32 = 11.0;
    const NARROW_PX: f32 = 72.0;
    const SMALL_GLYPH_PX: f32 = 7.0;
    let (look, theme) = (ink.look, ink.look.theme);
    ground(card, ink, emphasis, pen);
    // Where a card is narrow, a smaller glyph leaves room for the name.
    let narrow = card.rect.width() < look.px(NARROW_PX);
    let glyph_px = if narrow { SMALL_GLYPH_PX } else { GLYPH_PX };
    let glyph = look.px(glyph_px).min(card.rect.height() - 8.0);
    let middle = card.rect.center().y;
    let left = card.rect.min.x + STRIPE + look.px(if narrow { 2.0 } else { 4.0 });
    let at = Point::new(left, middle - glyph / 2.0);
    icon::draw_silhouette(card.kind, at, glyph, ink.of(theme.kind(card.kind)), pen);
    let size = look.px(LABEL_PX);
    let text_x = left + glyph + look.px(if narrow { 3.0 } else { 4.0 });
    let ground = card.plate.map_or(theme.canvas, |_| theme.frame_ground(0));
    let name = Name { whole: &card.title, short: &card.short, size, ground };
    let at = Point::new(text_x, middle + size * 0.36);
    name.write(at, (card.rect.max.x, card.beyond), (look, ink.opacity), pen);
    let corner = Point::new(card.rect.max.x, card.rect.min.y);
    debt::dot(corner, score, look, ink.opacity, pen);
}

fn far(card: &Card, ink: &Ink<'_>, emphasis: Emphasis, pen: &mut dyn Pen) {
    let theme = ink.look.theme;
    let color = ink.of(theme.kind(card.kind));
    let stroke =
        (emphasis >= Emphasis::Related).then(|| Stroke::new(ink.look.px(2.0), theme.accent));
    if card.stub {
        let line = Stroke::new(ink.look.px(1.0), color);
        pen.rect(card.rect, CORNER, Some(theme.canvas), Some(stroke.unwrap_or(line)));
    } else {
        pen.rect(card.rect, CORNER, Some(color), stroke);
    }
}
