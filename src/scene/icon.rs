//! An icon and a silhouette for every kind, drawn with a pen: no icon font needs to travel with a file.
//!
//! Icons live on a grid of 16 × 16 with a line of 1.5; silhouettes are filled shapes for sizes at which
//! lines run together.

use super::BadgeKind;
use super::draw::{Pen, Stroke};
use super::theme::Color;
use crate::layout::{Point, Rect};
use crate::model::NodeKind;

/// A stroke or a filled shape of an icon, on the 16 × 16 grid.
enum Part {
    Line(&'static [(f32, f32)]),
    /// A chain of cubics.
    Curve(&'static [(f32, f32)]),
    Fill(&'static [(f32, f32)]),
    Ring(f32, f32, f32),
    Dot(f32, f32, f32),
    /// Left, top, right, bottom, radius.
    Box(f32, f32, f32, f32, f32),
}

use Part::{Box, Curve, Dot, Fill, Line, Ring};

const GRID: f32 = 16.0;
const LINE: f32 = 1.5;

const fn parts(kind: NodeKind) -> &'static [Part] {
    match kind {
        // A drum with something that comes in.
        NodeKind::Source => &[
            Line(&[(8.0, 1.0), (8.0, 7.5)]),
            Line(&[(5.0, 5.0), (8.0, 8.0), (11.0, 5.0)]),
            Line(&[(3.0, 7.0), (2.0, 10.5), (2.0, 14.0), (14.0, 14.0), (14.0, 10.5), (13.0, 7.0)]),
            Line(&[(2.0, 10.5), (5.5, 10.5), (6.5, 12.0), (9.5, 12.0), (10.5, 10.5), (14.0, 10.5)]),
        ],
        // A table.
        NodeKind::Dataset => &[
            Box(1.75, 2.5, 14.25, 13.5, 1.5),
            Line(&[(1.75, 6.0), (14.25, 6.0)]),
            Line(&[(1.75, 9.75), (14.25, 9.75)]),
            Line(&[(6.25, 6.0), (6.25, 13.5)]),
        ],
        // A pulse.
        NodeKind::Signal => {
            &[Line(&[(1.0, 8.5), (4.0, 8.5), (6.0, 2.5), (9.5, 13.5), (11.5, 8.5), (15.0, 8.5)])]
        }
        // A nut.
        NodeKind::Job => &[
            Line(&[
                (8.0, 1.5),
                (13.6, 4.75),
                (13.6, 11.25),
                (8.0, 14.5),
                (2.4, 11.25),
                (2.4, 4.75),
                (8.0, 1.5),
            ]),
            Ring(8.0, 8.0, 2.5),
        ],
        // A small network.
        NodeKind::Model => &[
            Line(&[(3.5, 4.0), (8.0, 8.0), (3.5, 12.0)]),
            Line(&[(8.0, 8.0), (13.0, 8.0)]),
            Dot(3.25, 3.75, 2.0),
            Dot(3.25, 12.25, 2.0),
            Dot(8.0, 8.0, 2.25),
            Dot(13.25, 8.0, 2.0),
        ],
        // A target.
        NodeKind::Prediction => &[Ring(8.0, 8.0, 6.25), Ring(8.0, 8.0, 2.9), Dot(8.0, 8.0, 1.1)],
        // A line that a value crosses.
        NodeKind::Threshold => &[
            Line(&[(1.5, 8.0), (4.0, 8.0)]),
            Line(&[(6.2, 8.0), (9.0, 8.0)]),
            Line(&[(11.2, 8.0), (14.5, 8.0)]),
            Line(&[(3.0, 13.5), (7.0, 11.5), (10.0, 4.5), (13.0, 2.5)]),
        ],
        // A bolt.
        NodeKind::Action => &[
            Fill(&[(9.5, 1.0), (3.0, 9.2), (7.6, 9.2)]),
            Fill(&[(6.5, 15.0), (13.0, 6.8), (8.4, 6.8)]),
        ],
        // Bars of a chart.
        NodeKind::Consumer => &[
            Line(&[(2.0, 2.0), (2.0, 14.0), (14.5, 14.0)]),
            Line(&[(5.5, 13.0), (5.5, 9.0)]),
            Line(&[(9.0, 13.0), (9.0, 5.0)]),
            Line(&[(12.5, 13.0), (12.5, 7.5)]),
        ],
        // A globe.
        NodeKind::Surface => &[
            Ring(8.0, 8.0, 6.25),
            Line(&[(1.75, 8.0), (14.25, 8.0)]),
            Curve(&[(8.0, 1.75), (4.5, 5.0), (4.5, 11.0), (8.0, 14.25)]),
            Curve(&[(8.0, 1.75), (11.5, 5.0), (11.5, 11.0), (8.0, 14.25)]),
        ],
        // Sliders.
        NodeKind::Config => &[
            Line(&[(1.5, 4.5), (14.5, 4.5)]),
            Line(&[(1.5, 11.5), (14.5, 11.5)]),
            Dot(10.5, 4.5, 2.25),
            Dot(5.5, 11.5, 2.25),
        ],
        NodeKind::Flag => &[
            Line(&[(3.0, 1.5), (3.0, 14.5)]),
            Line(&[(3.0, 2.5), (13.0, 2.5), (10.5, 5.75), (13.0, 9.0), (3.0, 9.0)]),
        ],
        // A parcel.
        NodeKind::Package => &[
            Line(&[
                (8.0, 1.5),
                (14.0, 4.75),
                (14.0, 11.25),
                (8.0, 14.5),
                (2.0, 11.25),
                (2.0, 4.75),
                (8.0, 1.5),
            ]),
            Line(&[(2.0, 4.75), (8.0, 8.0), (14.0, 4.75)]),
            Line(&[(8.0, 8.0), (8.0, 14.5)]),
        ],
        // An eye.
        NodeKind::Monitor => &[
            Curve(&[(1.0, 8.0), (4.0, 2.5), (12.0, 2.5), (15.0, 8.0)]),
            Curve(&[(1.0, 8.0), (4.0, 13.5), (12.0, 13.5), (15.0, 8.0)]),
            Dot(8.0, 8.0, 2.25),
        ],
        // A ticked box.
        NodeKind::Test => {
            &[Box(2.0, 2.0, 14.0, 14.0, 2.5), Line(&[(5.0, 8.25), (7.25, 10.5), (11.25, 5.5)])]
        }
        // A bell.
        NodeKind::ControlPlane => &[
            Line(&[(2.5, 12.0), (13.5, 12.0)]),
            Curve(&[(3.75, 12.0), (4.5, 10.0), (4.0, 7.0), (4.5, 5.5)]),
            Curve(&[(4.5, 5.5), (5.5, 1.8), (10.5, 1.8), (11.5, 5.5)]),
            Curve(&[(11.5, 5.5), (12.0, 7.0), (11.5, 10.0), (12.25, 12.0)]),
            Line(&[(6.75, 14.5), (9.25, 14.5)]),
        ],
        NodeKind::Team => {
            &[Ring(8.0, 5.0, 3.0), Curve(&[(2.0, 14.5), (2.5, 9.0), (13.5, 9.0), (14.0, 14.5)])]
        }
    }
}

/// Draws a kind's icon; `at` is its upper left corner.
pub fn draw(kind: NodeKind, at: Point, size: f32, color: Color, pen: &mut dyn Pen) {
    draw_parts(parts(kind), at, size, color, LINE, pen);
}

/// Draws what stands before the count of a badge.
pub fn draw_badge_sign(kind: BadgeKind, at: Point, size: f32, color: Color, pen: &mut dyn Pen) {
    const TICK: &[Part] = &[Line(&[(1.5, 8.5), (6.0, 13.0), (14.5, 3.5)])];
    const COLUMNS: &[Part] = &[
        Line(&[(3.0, 2.0), (3.0, 14.0)]),
        Line(&[(8.0, 2.0), (8.0, 14.0)]),
        Line(&[(13.0, 2.0), (13.0, 14.0)]),
    ];
    /// At half the size of an icon, lines need twice the width.
    const SMALL_LINE: f32 = 2.6;
    let parts = match kind {
        BadgeKind::Hidden => return,
        BadgeKind::Tests => TICK,
        BadgeKind::Monitors => parts(NodeKind::Monitor),
        BadgeKind::Columns => COLUMNS,
    };
    draw_parts(parts, at, size, color, SMALL_LINE, pen);
}

fn draw_parts(parts: &[Part], at: Point, size: f32, color: Color, line: f32, pen: &mut dyn Pen) {
    let scale = size / GRID;
    let place = |&(x, y): &(f32, f32)| Point::new(at.x + x * scale, at.y + y * scale);
    let stroke = Stroke::new(line * scale, color);
    for part in parts {
        match *part {
            Line(points) => pen.line(&points.iter().map(place).collect::<Vec<_>>(), stroke),
            Curve(points) => pen.path(&points.iter().map(place).collect::<Vec<_>>(), stroke),
            Fill(points) => {
                pen.polygon(&points.iter().map(place).collect::<Vec<_>>(), Some(color), None);
            }
            Ring(x, y, radius) => pen.circle(place(&(x, y)), radius * scale, None, Some(stroke)),
            Dot(x, y, radius) => pen.circle(place(&(x, y)), radius * scale, Some(color), None),
            Box(left, top, right, bottom, radius) => {
                let rect = Rect::new(place(&(left, top)), place(&(right, bottom)));
                pen.rect(rect, radius * scale, None, Some(stroke));
            }
        }
    }
}

/// The outline that tells a kind where an icon is too small: regular polygons by number of corners,
/// turned by so many degrees, or a disc or a ring.
enum Silhouette {
    Disc,
    Ring,
    Corners(u32, f32),
    /// Wider than high, by this share.
    Bar(f32),
}

const fn silhouette(kind: NodeKind) -> (Silhouette, bool) {
    use Silhouette::{Bar, Corners, Disc, Ring};
    match kind {
        NodeKind::Source => (Corners(3, 0.0), true),
        NodeKind::Dataset => (Corners(4, 45.0), true),
        NodeKind::Signal => (Disc, true),
        NodeKind::Job => (Corners(6, 30.0), true),
        NodeKind::Model => (Corners(4, 0.0), true),
        NodeKind::Prediction => (Ring, true),
        NodeKind::Threshold => (Corners(3, -90.0), false),
        NodeKind::Action => (Corners(3, -90.0), true),
        NodeKind::Consumer => (Corners(5, -90.0), true),
        NodeKind::Surface => (Disc, false),
        NodeKind::Config => (Bar(0.5), true),
        NodeKind::Flag => (Corners(3, 90.0), true),
        NodeKind::Package => (Corners(6, 30.0), false),
        NodeKind::Monitor => (Corners(8, 22.5), false),
        NodeKind::Test => (Corners(4, 45.0), false),
        NodeKind::ControlPlane => (Corners(8, 22.5), true),
        NodeKind::Team => (Bar(0.5), false),
    }
}

/// Draws a kind's silhouette; `at` is the upper left corner of its square.
pub fn draw_silhouette(kind: NodeKind, at: Point, size: f32, color: Color, pen: &mut dyn Pen) {
    let center = Point::new(at.x + size / 2.0, at.y + size / 2.0);
    let radius = size / 2.0;
    let (shape, filled) = silhouette(kind);
    let line = Stroke::new(size / 7.0, color);
    let (fill, stroke) = if filled { (Some(color), None) } else { (None, Some(line)) };
    let radius = if filled { radius } else { radius - line.width / 2.0 };
    match shape {
        Silhouette::Disc => pen.circle(center, radius * 0.9, fill, stroke),
        Silhouette::Ring => {
            pen.circle(center, radius * 0.85, None, Some(line));
            pen.circle(center, radius * 0.35, Some(color), None);
        }
        Silhouette::Corners(corners, turn) => {
            let points: Vec<Point> = (0..corners)
                .map(|corner| {
                    let angle = (turn + 360.0 * corner as f32 / corners as f32).to_radians();
                    Point::new(center.x + radius * angle.cos(), center.y + radius * angle.sin())
                })
                .collect();
            pen.polygon(&points, fill, stroke);
        }
        Silhouette::Bar(height) => {
            let half = radius * height;
            let rect = Rect::new(
                Point::new(center.x - radius, center.y - half),
                Point::new(center.x + radius, center.y + half),
            );
            pen.rect(rect, half / 2.0, fill, stroke);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::draw::Anchor;
    use crate::scene::measure::Font;

    /// Writes down what is drawn, without places beyond the grid.
    #[derive(Default)]
    struct Notes {
        said: String,
        outside: bool,
    }

    impl Notes {
        fn note(&mut self, what: &str, points: &[Point]) {
            self.said.push_str(&format!("{what}{points:?};"));
            let inside = |p: &Point| {
                (-0.01..=GRID + 0.01).contains(&p.x) && (-0.01..=GRID + 0.01).contains(&p.y)
            };
            self.outside |= !points.iter().all(inside);
        }
    }

    impl Pen for Notes {
        fn rect(&mut self, rect: Rect, _: f32, fill: Option<Color>, _: Option<Stroke>) {
            self.note(if fill.is_some() { "R" } else { "r" }, &[rect.min, rect.max]);
        }
        fn path(&mut self, route: &[Point], _: Stroke) {
            self.note("p", route);
        }
        fn line(&mut self, points: &[Point], _: Stroke) {
            self.note("l", points);
        }
        fn polygon(&mut self, points: &[Point], fill: Option<Color>, _: Option<Stroke>) {
            self.note(if fill.is_some() { "G" } else { "g" }, points);
        }
        fn circle(&mut self, center: Point, radius: f32, fill: Option<Color>, _: Option<Stroke>) {
            let off = |sign: f32| Point::new(center.x + sign * radius, center.y + sign * radius);
            self.note(if fill.is_some() { "C" } else { "c" }, &[off(-1.0), off(1.0)]);
        }
        fn text(&mut self, at: Point, _: Anchor, _: &str, _: Font, _: f32, _: Color) {
            self.note("t", &[at]);
        }
    }

    #[test]
    fn every_kind_has_an_icon_and_a_silhouette_of_its_own() {
        for draw in [draw, draw_silhouette] {
            let mut seen: Vec<String> = Vec::new();
            for &kind in NodeKind::ALL {
                let mut notes = Notes::default();
                draw(kind, Point::default(), GRID, Color::TRANSPARENT, &mut notes);
                assert!(!notes.said.is_empty() && !notes.outside, "{kind:?}: {}", notes.said);
                assert!(!seen.contains(&notes.said), "{kind:?} looks like another kind");
                seen.push(notes.said);
            }
        }
    }
}
