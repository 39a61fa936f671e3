//! What the marks of this picture mean, folded away until somebody asks.

use super::super::theme::SMALL;
use super::pen::{Projection, ScreenPen};
use crate::layout::Point;
use crate::model::Evidence;
use crate::scene::draw::{
    DEBT_SCALE_WIDTH, Look, draw_badge_sample, draw_debt_scale, draw_link_sample, draw_slice_sample,
};
use crate::scene::{LinkStyle, Scene, Theme, icon};
use egui::{Align2, Sense, Ui, UiBuilder, Vec2};

const ROW: f32 = 20.0;
const SAMPLE: f32 = 40.0;

/// What is laid over the marks besides emphasis.
#[derive(Clone, Copy)]
pub(super) struct Overlaid {
    pub(super) debt: bool,
    /// The worst slices of models.
    pub(super) slices: bool,
}

/// Shows the legend, or the button that opens it, in the lower left of `canvas`.
pub(super) fn show(
    ui: &mut Ui,
    canvas: egui::Rect,
    (scene, overlaid): (&Scene, Overlaid),
    theme: &Theme,
    open: &mut bool,
) {
    let corner = canvas.left_bottom() + Vec2::new(12.0, -12.0);
    if !*open {
        let rect = Align2::LEFT_BOTTOM.anchor_size(corner, Vec2::new(64.0, 24.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect));
        *open = child.button("Legend").on_hover_text("What the marks mean").clicked();
        return;
    }
    let rows = rows(scene) + usize::from(overlaid.debt) + 2 * usize::from(overlaid.slices);
    let height = rows as f32 * ROW + 44.0;
    let rect = Align2::LEFT_BOTTOM
        .anchor_size(corner, Vec2::new(220.0, height.min(canvas.height() - 24.0)));
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect));
    egui::Frame::window(child.style()).show(&mut child, |ui| {
        ui.set_width(196.0);
        ui.horizontal(|ui| {
            ui.strong("Legend");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.small_button(egui_phosphor::regular::X).on_hover_text("Close").clicked() {
                    *open = false;
                }
            });
        });
        egui::ScrollArea::vertical().show(ui, |ui| entries_ui(ui, scene, overlaid, theme));
    });
}

fn rows(scene: &Scene) -> usize {
    let legend = &scene.legend;
    legend.kinds.len()
        + legend.links.len()
        + usize::from(legend.feedback)
        + usize::from(legend.bundles)
        + legend.badges.len()
}

fn entries_ui(ui: &mut Ui, scene: &Scene, overlaid: Overlaid, theme: &Theme) {
    let legend = &scene.legend;
    let look = Look::new(theme, 1.0);
    for &kind in &legend.kinds {
        entry_ui(ui, kind.meta().title, |pen| {
            icon::draw(kind, Point::new(12.0, 2.0), 16.0, theme.kind(kind), pen);
        });
    }
    let line = |ui: &mut Ui, words: &str, style: LinkStyle, feedback: bool, count: u32| {
        entry_ui(ui, words, |pen| {
            let ends = (Point::new(0.0, ROW / 2.0), Point::new(SAMPLE, ROW / 2.0));
            draw_link_sample(style, feedback, count, ends, &look, pen);
        });
    };
    for &style in &legend.links {
        line(ui, style.words(), style, false, 1);
    }
    let plain = LinkStyle { evidence: Evidence::Declared, through_world: false };
    if legend.feedback {
        line(ui, "Closes a cycle", plain, true, 1);
    }
    if legend.bundles {
        line(ui, "Several dependencies", plain, false, 8);
    }
    if overlaid.debt {
        scale_ui(ui, &look);
    }
    if overlaid.slices {
        for (bias, words) in [(1.0, "Worst slice too high"), (-1.0, "Worst slice too low")] {
            entry_ui(ui, words, |pen| {
                draw_slice_sample(Point::new(16.0, ROW / 2.0), bias, &look, pen);
            });
        }
    }
    for &badge in &legend.badges {
        entry_ui(ui, badge.words(), |pen| {
            draw_badge_sample(badge, Point::new(8.0, ROW / 2.0), &look, pen);
        });
    }
}

/// The scale of debt takes more room than other samples.
fn scale_ui(ui: &mut Ui, look: &Look<'_>) {
    sample_ui(ui, "Debt, 0 to 100", DEBT_SCALE_WIDTH, |pen| {
        draw_debt_scale(Point::new(0.0, ROW / 2.0), look, pen);
    });
}

fn entry_ui(ui: &mut Ui, words: &str, draw: impl FnOnce(&mut ScreenPen<'_>)) {
    sample_ui(ui, words, SAMPLE + 8.0, draw);
}

fn sample_ui(ui: &mut Ui, words: &str, width: f32, draw: impl FnOnce(&mut ScreenPen<'_>)) {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::hover());
    let mut pen = ScreenPen::new(ui.ctx(), Projection::at(rect.min));
    draw(&mut pen);
    let shapes = pen.into_shapes();
    ui.painter().extend(shapes);
    let at = egui::pos2(rect.min.x + width + 4.0, rect.center().y);
    let ink = ui.visuals().text_color();
    ui.painter().text(at, Align2::LEFT_CENTER, words, egui::FontId::proportional(SMALL + 1.0), ink);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, words));
}
