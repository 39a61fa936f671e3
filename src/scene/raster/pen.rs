//! The drawing functions' pen that fills pixels.

use super::pixels::{Brush, Pixels, Spot};
use crate::layout::{Point, Rect};
use crate::scene::Color;
use crate::scene::draw::{Anchor, Dash, Pen, Stroke};
use crate::scene::measure::Font;
use crate::scene::route::flattened;

/// Pieces of a curve shorter than this, in pixels, are joined with the next.
const LEAST_PIECE: f32 = 1.5;

/// A pattern of dashes shorter than this, in pixels, is a paler line.
const LEAST_PATTERN: f32 = 3.0;

/// Draws a part of the plane.
#[derive(Debug)]
pub(super) struct PixelPen {
    pixels: Pixels,
    /// Upper left of the part, in scene units.
    origin: Point,
    /// Pixels a scene unit.
    scale: f32,
}

impl PixelPen {
    pub(super) const fn new(pixels: Pixels, origin: Point, scale: f32) -> Self {
        Self { pixels, origin, scale }
    }

    pub(super) fn into_rgba(self) -> Vec<u8> {
        self.pixels.into_rgba()
    }

    fn spot(&self, point: Point) -> Spot {
        ((point.x - self.origin.x) * self.scale, (point.y - self.origin.y) * self.scale)
    }

    fn polyline(&mut self, points: impl Iterator<Item = Spot>, length: f32, stroke: Stroke) {
        let width = stroke.width * self.scale;
        let pattern = Pattern::new(stroke.dash, self.scale);
        let mut gone = 0.0;
        let mut from: Option<Spot> = None;
        let opacity = |at: f32| {
            let share = if length > 0.0 { (at / length).min(1.0) } else { 1.0 };
            pattern.pale * (stroke.fade_from + (1.0 - stroke.fade_from) * share)
        };
        let mut waiting: Option<Spot> = None;
        let mut draw = |pixels: &mut Pixels, a: Spot, b: Spot| {
            let piece = (b.0 - a.0).hypot(b.1 - a.1);
            pattern.parts(gone, piece, |start, end| {
                let at = |t: f32| {
                    let share = if piece > 0.0 { t / piece } else { 0.0 };
                    (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
                };
                let opacity = (opacity(gone + start), opacity(gone + end));
                pixels.line(at(start), at(end), Brush { width, color: stroke.color, opacity });
            });
            gone += piece;
        };
        for spot in points {
            let Some(start) = from else {
                from = Some(spot);
                continue;
            };
            waiting = Some(spot);
            if (spot.0 - start.0).hypot(spot.1 - start.1) >= LEAST_PIECE {
                draw(&mut self.pixels, start, spot);
                (from, waiting) = (Some(spot), None);
            }
        }
        if let (Some(start), Some(end)) = (from, waiting) {
            draw(&mut self.pixels, start, end);
        }
    }
}

/// Where a line is drawn and where it is broken, in pixels.
struct Pattern {
    line: f32,
    gap: f32,
    /// Opacity of a line whose breaks are too small to be seen.
    pale: f32,
}

impl Pattern {
    fn new(dash: Dash, scale: f32) -> Self {
        let (line, gap) = match dash {
            Dash::Solid => (1.0, 0.0),
            Dash::Dashed(line, gap) => (line * scale, gap * scale),
            // A dot is as long as a third of the way to the next.
            Dash::Dotted(step) => (step * scale / 3.0, step * scale * 2.0 / 3.0),
        };
        if line + gap < LEAST_PATTERN && gap > 0.0 {
            return Self { line: 1.0, gap: 0.0, pale: line / (line + gap) };
        }
        Self { line, gap, pale: 1.0 }
    }

    /// The drawn parts of a piece of a line that begins `gone` pixels from the line's start.
    fn parts(&self, gone: f32, piece: f32, mut part: impl FnMut(f32, f32)) {
        if self.gap <= 0.0 {
            return part(0.0, piece);
        }
        let period = self.line + self.gap;
        let mut start = -(gone % period);
        while start < piece {
            let (from, to) = (start.max(0.0), (start + self.line).min(piece));
            if from < to {
                part(from, to);
            }
            start += period;
        }
    }
}

fn length_of(points: &[Spot]) -> f32 {
    points.windows(2).map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1)).sum()
}

impl Pen for PixelPen {
    /// Names are written over the pixels, with their grounds.
    fn halo(&mut self, _: Rect, _: Color) {}

    fn rect(&mut self, rect: Rect, radius: f32, fill: Option<Color>, stroke: Option<Stroke>) {
        let (min, max) = (self.spot(rect.min), self.spot(rect.max));
        let radius = radius * self.scale;
        if let Some(fill) = fill {
            self.pixels.rect(min, max, radius, fill);
        }
        match stroke {
            Some(stroke) if stroke.dash == Dash::Solid => {
                self.pixels.frame(min, max, radius, stroke.width * self.scale, stroke.color);
            }
            Some(stroke) => {
                let around = [min, (max.0, min.1), max, (min.0, max.1), min];
                self.polyline(around.into_iter(), 0.0, stroke);
            }
            None => {}
        }
    }

    fn path(&mut self, route: &[Point], stroke: Stroke) {
        let Some(&start) = route.first() else { return };
        // The straight way between its ends tells how far the line has come, as on the screen.
        let length = route.last().map_or(0.0, |end| start.distance(*end) * self.scale);
        let (origin, scale) = (self.origin, self.scale);
        let spot = move |p: Point| ((p.x - origin.x) * scale, (p.y - origin.y) * scale);
        let points = std::iter::once(start).chain(flattened(route).map(|(_, to)| to));
        self.polyline(points.map(spot), length, stroke);
    }

    fn line(&mut self, points: &[Point], stroke: Stroke) {
        let spots: Vec<Spot> = points.iter().map(|&point| self.spot(point)).collect();
        self.polyline(spots.iter().copied(), length_of(&spots), stroke);
    }

    fn polygon(&mut self, points: &[Point], fill: Option<Color>, stroke: Option<Stroke>) {
        let mut spots: Vec<Spot> = points.iter().map(|&point| self.spot(point)).collect();
        if let Some(fill) = fill {
            self.pixels.polygon(&spots, fill);
        }
        if let (Some(stroke), Some(&first)) = (stroke, spots.first()) {
            spots.push(first);
            self.polyline(spots.iter().copied(), length_of(&spots), stroke);
        }
    }

    fn circle(&mut self, center: Point, radius: f32, fill: Option<Color>, stroke: Option<Stroke>) {
        let (center, radius) = (self.spot(center), radius * self.scale);
        if let Some(fill) = fill {
            self.pixels.circle(center, radius, None, fill);
        }
        if let Some(stroke) = stroke {
            self.pixels.circle(center, radius, Some(stroke.width * self.scale), stroke.color);
        }
    }

    fn text(&mut self, _at: Point, _: Anchor, _text: &str, _: Font, _size: f32, _: Color) {}
}
