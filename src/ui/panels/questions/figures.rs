//! One number of an answer, opening to what it rests on.

use super::super::super::theme::{BODY, ROW, SMALL, color};
use super::super::super::widgets::{focus_ui, sentence};
use super::super::evidence::{evidence_ui, nodes_ui, number};
use super::Shown;
use crate::analysis::questions::{Effect, Figure};
use crate::model::SystemGraph;
use crate::scene::Theme;
use crate::scene::measure::{Cut, Font, fit, width};
use egui::{Align2, CursorIcon, FontId, Frame, Label, Margin, RichText, Sense, Stroke, Ui, Vec2};
use egui::{WidgetInfo, WidgetType};
use egui_phosphor::regular as icons;

/// A line with the number at the right; a click opens it to formula, nodes, rows and places.
pub(super) fn figure_ui(
    ui: &mut Ui,
    figure: &Figure,
    shown: Shown<'_>,
    commands: &mut Vec<crate::session::Command>,
) {
    let (_, graph, theme) = shown;
    let id = ui.id().with("figure").with(figure.label);
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let value = match figure.value {
        Ok(value) => format!("{} {}", number(value), unit(figure, value)),
        Err(_) => String::from("open"),
    };
    if line_ui(ui, &sentence(figure.label), &value, figure.value.is_err(), open, theme) {
        open = !open;
        ui.data_mut(|data| data.insert_temp(id, open));
    }
    if !open {
        return;
    }
    let margin = Margin { left: 24, right: 8, top: 2, bottom: 8 };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        if let Err(missing) = figure.value {
            ui.add(Label::new(format!("Not known for want of {missing}.")).wrap());
        }
        let formula = RichText::new(format!("Computed as: {}", figure.formula)).weak();
        ui.add(Label::new(formula).wrap());
        nodes_ui(ui, figure.label, &figure.nodes, shown, commands);
        for evidence in &figure.evidence {
            evidence_ui(ui, evidence, graph, commands);
        }
    });
}

/// One of what the unit counts is said in the singular.
fn unit(figure: &Figure, value: f64) -> &'static str {
    match (figure.unit, value == 1.0) {
        ("nodes", true) => "node",
        ("adapters", true) => "adapter",
        ("lines", true) => "line",
        ("steps", true) => "step",
        ("models", true) => "model",
        ("teams", true) => "team",
        ("languages", true) => "language",
        ("measurements", true) => "measurement",
        (unit, _) => unit,
    }
}

/// Something that cannot be answered, with what is missing.
pub(super) fn open_ui(ui: &mut Ui, label: &str, missing: &str, theme: &Theme) {
    line_ui(ui, &sentence(label), &format!("open: needs {missing}"), true, false, theme);
}

fn line_ui(
    ui: &mut Ui,
    label: &str,
    value: &str,
    unknown: bool,
    open: bool,
    theme: &Theme,
) -> bool {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::CollapsingHeader, true, open, format!("{label}: {value}"))
    });
    let visuals = ui.visuals();
    if response.hovered() || open {
        ui.painter().rect_filled(rect, 4.0, visuals.widgets.hovered.weak_bg_fill);
    }
    focus_ui(ui, rect, &response);
    let (middle, body) = (rect.center().y, FontId::proportional(BODY));
    let sign = if open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
    let at = egui::pos2(rect.min.x + 4.0, middle);
    let (weak, ink) = (visuals.weak_text_color(), visuals.text_color());
    ui.painter().text(at, Align2::LEFT_CENTER, sign, FontId::proportional(BODY - 1.0), weak);
    let room = rect.width() - 32.0;
    let shown = fit(value, Font::Text, BODY, room * 0.62, Cut::End);
    let value_ink = if unknown { color(theme.open) } else { ink };
    let value_width = width(&shown, Font::Text, BODY);
    let at = egui::pos2(rect.max.x - 8.0, middle);
    ui.painter().text(at, Align2::RIGHT_CENTER, shown, body.clone(), value_ink);
    let label = fit(label, Font::Text, BODY, room - value_width - 12.0, Cut::End);
    let at = egui::pos2(rect.min.x + 24.0, middle);
    ui.painter().text(at, Align2::LEFT_CENTER, label, body, ink);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// Height of the strip of effects.
const STRIP: f32 = 48.0;

/// Shipped effects as dots on one axis; what lies in the band cannot be told from noise.
pub(super) fn strip_ui(
    ui: &mut Ui,
    effects: &[&Effect],
    smallest: Option<f64>,
    (graph, theme): (&SystemGraph, &Theme),
) {
    let clear = effects.iter().filter(|effect| effect.measurable == Some(true)).count();
    let words = match smallest {
        Some(_) => format!("{clear} of {} shipped effects were large enough to see", effects.len()),
        None => format!("{} shipped; how many could be seen is open", effects.len()),
    };
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.add_space(24.0);
        ui.label(words);
    });
    let size = Vec2::new(ui.available_width(), STRIP);
    let (outer, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, "Shipped effects"));
    let rect = outer.shrink2(Vec2::new(24.0, 4.0));
    let most =
        effects.iter().map(|effect| effect.gain.abs()).fold(smallest.unwrap_or(0.0), f64::max);
    let most = if most > 0.0 { most * 1.1 } else { 1.0 };
    let x = |gain: f64| rect.center().x + (gain / most) as f32 * rect.width() / 2.0;
    let axis = rect.center().y - 4.0;
    let painter = ui.painter();
    if let Some(smallest) = smallest {
        let band =
            egui::Rect::from_x_y_ranges(x(-smallest)..=x(smallest), axis - 12.0..=axis + 12.0);
        painter.rect_filled(band, 4.0, ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let line = Stroke::new(1.0, color(theme.border));
    painter.hline(rect.x_range(), axis, line);
    painter.vline(x(0.0), axis - 12.0..=axis + 12.0, line);
    let pointer = response.hover_pos();
    let mut told: Option<&Effect> = None;
    for effect in effects {
        let at = egui::pos2(x(effect.gain), axis);
        let ink = color(if effect.gain < 0.0 { theme.warning } else { theme.note });
        match effect.measurable {
            Some(true) => painter.circle_filled(at, 4.0, ink),
            _ => painter.circle_stroke(at, 4.0, Stroke::new(1.5, ink)),
        };
        if pointer.is_some_and(|pointer| pointer.distance(at) < 8.0) {
            told = Some(effect);
        }
    }
    let small = FontId::proportional(SMALL);
    let weak = ui.visuals().weak_text_color();
    for (gain, anchor, words) in [
        (-most, Align2::LEFT_BOTTOM, "worse"),
        (0.0, Align2::CENTER_BOTTOM, "grey: noise"),
        (most, Align2::RIGHT_BOTTOM, "better"),
    ] {
        painter.text(egui::pos2(x(gain), outer.max.y), anchor, words, small.clone(), weak);
    }
    if let Some(effect) = told {
        let row = crate::scene::row_text::row_words(
            graph,
            crate::model::TableKind::Deployments,
            effect.row,
        );
        response.on_hover_ui_at_pointer(|ui| {
            if let Some(row) = row {
                ui.label(row.words);
                ui.weak(graph.place(row.at));
            }
        });
    }
}
