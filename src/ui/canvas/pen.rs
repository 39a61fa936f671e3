//! The pen that draws on the screen.

use super::super::theme::{color, pos};
use crate::layout::{Point, Rect, Size};
use crate::scene::Color;
use crate::scene::draw::{Anchor, Dash, Pen, Stroke};
use crate::scene::measure::Font;
use crate::scene::route::flattened;
use crate::session::Camera;
use egui::epaint::{PathShape, PathStroke, RectShape, StrokeKind};
use egui::{Color32, CornerRadius, FontFamily, FontId, Pos2, Shape};

/// From the drawing plane to the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::ui) struct Projection {
    /// Upper left of the canvas on the screen.
    pub(in crate::ui) origin: Pos2,
    pub(in crate::ui) camera: Camera,
    pub(in crate::ui) viewport: Size,
}

impl Projection {
    /// Scene units are points, counted from `origin`: for icons in panels and legends.
    pub(in crate::ui) fn at(origin: Pos2) -> Self {
        Self { origin, camera: Camera::default(), viewport: Size::new(0.0, 0.0) }
    }

    pub(in crate::ui) fn pos(&self, point: Point) -> Pos2 {
        self.origin + pos(self.camera.to_screen(point, self.viewport)).to_vec2()
    }

    pub(in crate::ui) fn rect(&self, rect: Rect) -> egui::Rect {
        egui::Rect::from_min_max(self.pos(rect.min), self.pos(rect.max))
    }

    pub(in crate::ui) fn point(&self, pos: Pos2) -> Point {
        let local = pos - self.origin;
        self.camera.to_scene(Point::new(local.x, local.y), self.viewport)
    }
}

/// Text smaller than this, in points, is not drawn: it would be a grey smear.
const LEAST_TEXT: f32 = 7.0;

/// Sizes of text are rounded to this, so that zooming does not fill the atlas with one font a frame.
const TEXT_STEP: f32 = 0.5;

/// Collects shapes.
pub(in crate::ui) struct ScreenPen<'a> {
    ctx: &'a egui::Context,
    projection: Projection,
    shapes: Vec<Shape>,
}

impl<'a> ScreenPen<'a> {
    pub(in crate::ui) fn new(ctx: &'a egui::Context, projection: Projection) -> Self {
        Self { ctx, projection, shapes: Vec::new() }
    }

    pub(in crate::ui) fn into_shapes(self) -> Vec<Shape> {
        self.shapes
    }

    fn size(&self, length: f32) -> f32 {
        length * self.projection.camera.scale
    }

    /// What is in sight, with room for the width of lines; none where there is no camera.
    fn window(&self) -> Option<egui::Rect> {
        const WIDEST_LINE: f32 = 32.0;
        let Projection { origin, viewport, .. } = self.projection;
        let size = egui::vec2(viewport.width, viewport.height);
        (size.x > 0.0).then(|| egui::Rect::from_min_size(origin, size).expand(WIDEST_LINE))
    }

    /// A part of a line whose ends lie elsewhere.
    fn piece(&mut self, mut points: Vec<Pos2>, ends: (Point, Point), stroke: Stroke) {
        // Points closer than half a pixel bend the tessellator's corners and cannot be seen.
        points.dedup_by(|a, b| a.distance_sq(*b) < 0.25);
        if points.len() > 1 {
            let ends = (self.projection.pos(ends.0), self.projection.pos(ends.1));
            self.polyline(points, ends, stroke);
        }
    }

    fn stroke(&self, stroke: Stroke) -> egui::Stroke {
        egui::Stroke::new(self.size(stroke.width), color(stroke.color))
    }

    /// A line of screen points with dashes, dots or a fade from one end to the other.
    fn polyline(&mut self, points: Vec<Pos2>, ends: (Pos2, Pos2), stroke: Stroke) {
        let width = self.size(stroke.width);
        let ink = stroke.color.faded(f32::midpoint(stroke.fade_from, 1.0));
        match stroke.dash {
            Dash::Solid => {
                let line = faded(ends, width, stroke);
                self.shapes.push(Shape::Path(PathShape::line(points, line)));
            }
            Dash::Dashed(line, gap) => self.shapes.extend(Shape::dashed_line(
                &points,
                egui::Stroke::new(width, color(ink)),
                self.size(line).max(1.0),
                self.size(gap).max(1.0),
            )),
            Dash::Dotted(step) => self.shapes.extend(Shape::dotted_line(
                &points,
                color(ink),
                self.size(step).max(2.0),
                (width / 2.0).max(0.5),
            )),
        }
    }
}

/// A stroke whose opacity grows from its first point towards its last.
fn faded((start, end): (Pos2, Pos2), width: f32, stroke: Stroke) -> PathStroke {
    let full = color(stroke.color);
    let along = end - start;
    let length = along.length_sq();
    if stroke.fade_from >= 1.0 || length < 1.0 {
        return PathStroke::new(width, full);
    }
    let from = stroke.fade_from;
    PathStroke::new_uv(width, move |_, at: Pos2| -> Color32 {
        let share = ((at - start).dot(along) / length).clamp(0.0, 1.0);
        full.gamma_multiply(from + (1.0 - from) * share)
    })
}

impl Pen for ScreenPen<'_> {
    fn rect(&mut self, rect: Rect, radius: f32, fill: Option<Color>, stroke: Option<Stroke>) {
        let on_screen = self.projection.rect(rect);
        let corner = CornerRadius::same(self.size(radius).clamp(0.0, 255.0) as u8);
        let fill = fill.map_or(Color32::TRANSPARENT, color);
        if let Some(dashed) = stroke.filter(|stroke| stroke.dash != Dash::Solid) {
            self.shapes.push(Shape::Rect(RectShape::filled(on_screen, corner, fill)));
            let (a, b) = (on_screen.left_top(), on_screen.right_bottom());
            let around = vec![a, Pos2::new(b.x, a.y), b, Pos2::new(a.x, b.y), a];
            self.polyline(around, (a, b), dashed);
            return;
        }
        let line = stroke.map_or(egui::Stroke::NONE, |stroke| self.stroke(stroke));
        let shape = RectShape::new(on_screen, corner, fill, line, StrokeKind::Middle);
        self.shapes.push(Shape::Rect(shape));
    }

    fn path(&mut self, route: &[Point], stroke: Stroke) {
        let Some(&start) = route.first() else { return };
        let ends = (start, *route.last().unwrap_or(&start));
        let window = self.window();
        let seen = window.map(|window| {
            Rect::new(self.projection.point(window.min), self.projection.point(window.max))
        });
        let mut points: Vec<Pos2> = Vec::new();
        // Only what is in sight: a line across a large picture has thousands of cubics.
        for cubic in route.windows(4).step_by(3) {
            if seen.is_some_and(|seen| !seen.intersects(&Rect::around(cubic))) {
                self.piece(std::mem::take(&mut points), ends, stroke);
                continue;
            }
            for (from, to) in flattened(cubic) {
                let (from, to) = (self.projection.pos(from), self.projection.pos(to));
                let around = egui::Rect::from_two_pos(from, to);
                if window.is_some_and(|window| !window.intersects(around)) {
                    self.piece(std::mem::take(&mut points), ends, stroke);
                    continue;
                }
                if points.is_empty() {
                    points.push(from);
                }
                points.push(to);
            }
        }
        self.piece(points, ends, stroke);
    }

    fn line(&mut self, points: &[Point], stroke: Stroke) {
        let points: Vec<Pos2> = points.iter().map(|&point| self.projection.pos(point)).collect();
        if let (Some(&first), Some(&last)) = (points.first(), points.last()) {
            self.polyline(points, (first, last), stroke);
        }
    }

    fn polygon(&mut self, points: &[Point], fill: Option<Color>, stroke: Option<Stroke>) {
        let points: Vec<Pos2> = points.iter().map(|&point| self.projection.pos(point)).collect();
        if let Some(fill) = fill {
            self.shapes.push(Shape::convex_polygon(points.clone(), color(fill), PathStroke::NONE));
        }
        if let Some(stroke) = stroke {
            self.shapes.push(Shape::closed_line(points, self.stroke(stroke)));
        }
    }

    fn circle(&mut self, center: Point, radius: f32, fill: Option<Color>, stroke: Option<Stroke>) {
        let (center, radius) = (self.projection.pos(center), self.size(radius));
        if let Some(fill) = fill {
            self.shapes.push(Shape::circle_filled(center, radius, color(fill)));
        }
        if let Some(stroke) = stroke {
            self.shapes.push(Shape::circle_stroke(center, radius, self.stroke(stroke)));
        }
    }

    fn text(&mut self, at: Point, anchor: Anchor, text: &str, font: Font, size: f32, ink: Color) {
        let wanted = self.size(size);
        if wanted < LEAST_TEXT || text.is_empty() {
            return;
        }
        let rounded = (wanted / TEXT_STEP).round() * TEXT_STEP;
        let family = match font {
            Font::Text => FontFamily::Proportional,
            Font::Mono => FontFamily::Monospace,
        };
        let font = FontId::new(rounded, family);
        let ink = color(ink);
        let galley = self.ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text.to_owned(), font, ink));
        let baseline = galley
            .rows
            .first()
            .map_or(0.0, |row| row.pos.y + row.row.glyphs.first().map_or(0.0, |glyph| glyph.pos.y));
        let at = self.projection.pos(at);
        let left = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => galley.size().x / 2.0,
            Anchor::End => galley.size().x,
        };
        let corner = Pos2::new(at.x - left, at.y - baseline);
        self.shapes.push(Shape::galley(corner, galley, ink));
    }
}
