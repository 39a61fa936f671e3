//! A dependency: a line that fades in towards its target and ends in an arrowhead.

use super::{Anchor, DIMMED_OPACITY, Dash, Lod, Look, Mark, Pen, Stroke};
use crate::layout::{Point, Rect};
use crate::model::{Evidence, NodeKind};
use crate::scene::icon;
use crate::scene::measure::{Font, width};
use crate::scene::route::along;
use crate::scene::{Color, Emphasis, LinkMark, LinkStyle};

/// Width of a line that stands for one connection, and of one that stands out.
const WIDTH: f32 = 1.25;
const WIDTH_RELATED: f32 = 2.0;

/// What each doubling of the count adds to the width, and the widest band.
const WIDTH_A_DOUBLING: f32 = 0.7;
const WIDEST: f32 = 7.0;

/// Opacity of a line that nothing makes stand out.
const CALM_OPACITY: f32 = 0.55;

/// Opacity at the source, as a share of that at the target.
const FADE_FROM: f32 = 0.35;

/// Seen from far away, lines are as wide as they can be seen but closer together: paler ones show where many
/// run, and none vanishes.
const FAINTEST: f32 = 0.3;

fn far_opacity(look: &Look<'_>) -> f32 {
    if look.lod == Lod::Far {
        (look.scale / Lod::MIDDLE_FROM).sqrt().clamp(FAINTEST, 1.0)
    } else {
        1.0
    }
}

/// Length of an arrowhead on the thinnest line, and what the width adds to it.
const HEAD_LENGTH: f32 = 7.0;
const HEAD_PER_WIDTH: f32 = 1.2;

/// Colour, width and dash of a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkLook {
    pub color: Color,
    pub width: f32,
    pub dash: Dash,
}

impl LinkLook {
    /// How a link looks. A window that draws lines its own way takes it from here too.
    pub fn new(link: &LinkMark, look: &Look<'_>, emphasis: Emphasis) -> Self {
        let emphasis = match emphasis {
            Emphasis::Normal if link.dimmed => Emphasis::Dimmed,
            other => other,
        };
        let calm = emphasis == Emphasis::Normal && !link.feedback;
        let strength = if calm { link.strength } else { 1.0 };
        let whole = Self::of(link.style, link.feedback, link.count, look, emphasis);
        Self { color: whole.color.faded(strength), ..whole }
    }

    fn of(
        style: LinkStyle,
        feedback: bool,
        count: u32,
        look: &Look<'_>,
        emphasis: Emphasis,
    ) -> Self {
        let theme = look.theme;
        let base = if feedback { theme.loops } else { theme.link };
        let calm = if feedback { 1.0 } else { theme.calm_link(CALM_OPACITY) } * far_opacity(look);
        let bundle = (WIDTH + WIDTH_A_DOUBLING * (count.max(1) as f32).log2()).min(WIDEST);
        let (color, width) = match emphasis {
            Emphasis::Dimmed => (base.faded(CALM_OPACITY * DIMMED_OPACITY), bundle),
            Emphasis::Normal => (base.faded(calm), bundle),
            Emphasis::Related => (base, bundle.max(WIDTH_RELATED)),
            Emphasis::Selected => (theme.accent, bundle.max(WIDTH_RELATED)),
        };
        let width = width.max(look.px(0.75));
        let dash = match style {
            LinkStyle { through_world: true, evidence: Evidence::Declared } => {
                Dash::Dotted((width * 3.0).max(4.5))
            }
            // What nobody declared has wider gaps, as a dashed line has.
            LinkStyle { through_world: true, .. } => Dash::Dotted((width * 6.0).max(9.0)),
            LinkStyle { evidence: Evidence::Declared, .. } => Dash::Solid,
            _ => Dash::Dashed(6.0, 4.0),
        };
        Self { color, width, dash }
    }

    const fn stroke(self) -> Stroke {
        Stroke { width: self.width, color: self.color, dash: self.dash, fade_from: FADE_FROM }
    }

    fn head(self) -> f32 {
        HEAD_LENGTH + HEAD_PER_WIDTH * self.width
    }
}

/// Draws one link along its route.
pub fn draw_link(link: &LinkMark, look: &Look<'_>, emphasis: Emphasis, pen: &mut dyn Pen) {
    if link.route.len() < 4 {
        return;
    }
    pen.begin(Mark::Link(link));
    let looks = LinkLook::new(link, look, emphasis);
    if look.lod == Lod::Far {
        pen.path(&link.route, looks.stroke());
    } else {
        whole(link, looks, look, pen);
    }
    pen.end();
}

/// Line, arrowhead and what stands on them.
fn whole(link: &LinkMark, looks: LinkLook, look: &Look<'_>, pen: &mut dyn Pen) {
    let (route, tip, from) = shortened(&link.route, looks.head() * 0.7);
    pen.path(&route, looks.stroke());
    arrowhead(tip, from, looks.head(), looks.color, pen);
    if let Some(share) = link.world_at {
        globe(along(&link.route, share), looks.color, look, pen);
    }
    if link.count > 1 && look.lod == Lod::Near {
        count_label(link, looks, look, pen);
    }
}

/// A short straight link for legends, between two points of one height.
pub fn draw_link_sample(
    style: LinkStyle,
    feedback: bool,
    count: u32,
    (from, to): (Point, Point),
    look: &Look<'_>,
    pen: &mut dyn Pen,
) {
    let looks = LinkLook::of(style, feedback, count, look, Emphasis::Normal);
    let end = Point::new(to.x - looks.head() * 0.7, to.y);
    let route = [from, from.lerp(end, 1.0 / 3.0), from.lerp(end, 2.0 / 3.0), end];
    pen.path(&route, looks.stroke());
    arrowhead(to, end, looks.head(), looks.color, pen);
    if style.through_world {
        globe(from.lerp(to, 0.5), looks.color, look, pen);
    }
}

/// The route without its last `cut` units, its old end, and a point before that.
fn shortened(route: &[Point], cut: f32) -> (Vec<Point>, Point, Point) {
    let last = route.len() - 1;
    let tip = route[last];
    let mut before = route[last - 1];
    if before.distance(tip) < 0.5 {
        before = along(route, 0.95);
    }
    let length = before.distance(tip);
    let mut route = route.to_vec();
    if length > 0.0 {
        // The end moves back on its tangent, and its control half as far, so that the curve stays smooth.
        let t = (cut / length).min(1.0);
        let (dx, dy) = ((before.x - tip.x) * t, (before.y - tip.y) * t);
        route[last] = Point::new(tip.x + dx, tip.y + dy);
        let control = &mut route[last - 1];
        *control = Point::new(control.x + dx * 0.5, control.y + dy * 0.5);
    }
    (route, tip, before)
}

fn arrowhead(tip: Point, from: Point, length: f32, color: Color, pen: &mut dyn Pen) {
    let (dx, dy) = (tip.x - from.x, tip.y - from.y);
    let norm = dx.hypot(dy);
    let (dx, dy) = if norm > 0.0 { (dx / norm, dy / norm) } else { (1.0, 0.0) };
    let half = length * 0.42;
    let base = Point::new(tip.x - dx * length, tip.y - dy * length);
    let points = [
        tip,
        Point::new(base.x - dy * half, base.y + dx * half),
        Point::new(base.x + dy * half, base.y - dx * half),
    ];
    pen.polygon(&points, Some(color), None);
}

fn globe(at: Point, color: Color, look: &Look<'_>, pen: &mut dyn Pen) {
    const RADIUS: f32 = 7.0;
    pen.circle(at, RADIUS + 1.0, Some(look.theme.canvas), None);
    let corner = Point::new(at.x - RADIUS, at.y - RADIUS);
    icon::draw(NodeKind::Surface, corner, RADIUS * 2.0, color, pen);
}

/// How many connections a band stands for, on its middle.
fn count_label(link: &LinkMark, looks: LinkLook, look: &Look<'_>, pen: &mut dyn Pen) {
    const SIZE: f32 = 10.0;
    const HALF_HEIGHT: f32 = 7.0;
    let text = crate::scene::caption::thousands(link.count as usize);
    let at = along(&link.route, 0.5);
    let half = (width(&text, Font::Text, SIZE) / 2.0 + 4.0).max(HALF_HEIGHT);
    let ground = Rect::new(
        Point::new(at.x - half, at.y - HALF_HEIGHT),
        Point::new(at.x + half, at.y + HALF_HEIGHT),
    );
    let theme = look.theme;
    pen.rect(ground, HALF_HEIGHT, Some(theme.canvas), Some(Stroke::new(1.0, looks.color)));
    let faded = f32::from(looks.color.a) < 255.0 * DIMMED_OPACITY;
    let color = theme.text.faded(if faded { DIMMED_OPACITY } else { 1.0 });
    let baseline = Point::new(at.x, at.y + SIZE * 0.36);
    pen.text(baseline, Anchor::Middle, &text, Font::Text, SIZE, color);
}
