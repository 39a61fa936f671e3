//! The chosen loop alive: dots travel along its edges and change shape where they pass the world; edges
//! worth cutting carry scissors and their cost. Without motion its steps are numbered instead.

use super::super::theme::{SMALL, color};
use super::pen::Projection;
use crate::scene::alive::{Alive, CutMark, Step};
use crate::scene::{Scene, Theme};
use crate::session::{Picture, Session};
use egui::{Align2, Color32, FontId, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2};
use std::time::Duration;

/// How fast dots travel, in points a second: a walking pace.
const PACE: f64 = 48.0;

/// From dot to dot, in points.
const GAP: f32 = 72.0;

/// From frame to frame while dots travel.
const FRAME: Duration = Duration::from_millis(40);

/// The loop as the last picture shows it.
#[derive(Default)]
pub(super) struct AliveLoop {
    /// The picture's revision and the position of the loop's models.
    made_of: Option<(u64, Vec<crate::model::NodeIx>)>,
    alive: Alive,
}

impl AliveLoop {
    /// Paints over the picture while a loop is shown alone; asks for frames only while dots travel.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        canvas: Rect,
        (session, picture): (&Session, &Picture),
        projection: &Projection,
        theme: &Theme,
    ) {
        let (Some(found), Some(graph)) = (session.shown_loop(), session.graph()) else {
            self.made_of = None;
            return;
        };
        let key = (picture.revision, found.models.clone());
        if self.made_of.as_ref() != Some(&key) {
            self.alive = Alive::new(graph, &picture.scene, found);
            self.made_of = Some(key);
        }
        if session.preferences().reduced_motion {
            steps_ui(ui, canvas, &self.alive.steps(&picture.scene), projection, theme);
        } else {
            self.dots_ui(ui, canvas, &picture.scene, projection, theme);
            ui.ctx().request_repaint_after(FRAME);
        }
        for cut in self.alive.cuts() {
            cut_ui(ui, canvas, cut, projection, theme);
        }
    }

    fn dots_ui(
        &self,
        ui: &Ui,
        canvas: Rect,
        scene: &Scene,
        projection: &Projection,
        theme: &Theme,
    ) {
        let scale = projection.camera.scale;
        let now_secs = ui.input(|input| input.time);
        // Reduced before it becomes a small float, so that dots do not begin to jump after hours.
        let points = (now_secs * PACE).rem_euclid(1e6) as f32;
        let painter = ui.painter().with_clip_rect(canvas);
        let (ink, ground) = (color(theme.loops), color(theme.canvas));
        for dot in self.alive.dots(scene, points / scale, GAP / scale) {
            let at = projection.pos(dot.at);
            painter.add(dot_shape(at, dot.world, 1.5, ground));
            painter.add(dot_shape(at, dot.world, 0.0, ink));
        }
    }
}

/// A disc inside the system, a diamond where it passes the world.
fn dot_shape(at: Pos2, world: bool, more: f32, ink: Color32) -> Shape {
    if !world {
        return Shape::circle_filled(at, 3.5 + more, ink);
    }
    let r = 5.5 + more;
    let corners = [(0.0, -r), (r, 0.0), (0.0, r), (-r, 0.0)];
    let points = corners.map(|(x, y)| at + Vec2::new(x, y)).to_vec();
    Shape::convex_polygon(points, ink, Stroke::NONE)
}

/// The order of the walk, for those who want nothing to move.
fn steps_ui(ui: &Ui, canvas: Rect, steps: &[Step], projection: &Projection, theme: &Theme) {
    let painter = ui.painter().with_clip_rect(canvas);
    let line = Stroke::new(1.5, color(theme.loops));
    for step in steps {
        let at = projection.pos(step.at);
        // Two numbers need more room than one, and a diamond more than a disc.
        let more = 4.0 * (step.numbers.len() - 1) as f32 + if step.world { 7.5 } else { 5.5 };
        painter.add(dot_shape(at, step.world, more, line.color));
        painter.add(dot_shape(at, step.world, more - line.width, color(theme.canvas)));
        let font = FontId::proportional(SMALL);
        let numbers: Vec<String> = step.numbers.iter().map(ToString::to_string).collect();
        let text = numbers.join("·");
        painter.text(at, Align2::CENTER_CENTER, text, font, color(theme.text));
    }
}

/// Scissors with their cost on the edge that is worth cutting.
fn cut_ui(ui: &mut Ui, canvas: Rect, cut: &CutMark, projection: &Projection, theme: &Theme) {
    let at = projection.pos(cut.at);
    let text = format!("{} {} h", egui_phosphor::regular::SCISSORS, cut.hours);
    let ink = color(theme.text);
    let painter = ui.painter().with_clip_rect(canvas);
    let galley = painter.layout_no_wrap(text, FontId::proportional(SMALL + 1.0), ink);
    let plate = Rect::from_center_size(at, galley.size() + Vec2::new(12.0, 6.0));
    if !canvas.contains(at) {
        return;
    }
    let edge = Stroke::new(1.5, color(theme.accent));
    painter.rect(plate, 6.0, color(theme.panel), edge, StrokeKind::Inside);
    painter.galley(plate.center() - galley.size() / 2.0, galley, ink);
    let id = ui.id().with(("cut", cut.at.x as i32, cut.at.y as i32));
    let response = ui.interact(plate, id, Sense::hover());
    let words = format!("Worth cutting: {}, {} hours", cut.how, cut.hours);
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, words.clone()));
    response.on_hover_text(words);
}
