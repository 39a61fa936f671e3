//! Who is affected by whose gains, as a small matrix: rows improved, columns changed afterwards.

use super::super::super::theme::{ROW, SMALL, color};
use super::Shown;
use crate::analysis::questions::Impact;
use crate::model::{NodeIx, SystemGraph, TableKind};
use crate::scene::Theme;
use crate::scene::measure::{Cut, Font, fit, width};
use crate::scene::row_text::row_words;
use crate::session::Command;
use egui::{Align2, FontId, Label, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType};

/// More models than these make no small matrix; the rest is counted.
const MOST: usize = 16;

const CELL: f32 = 40.0;

pub(super) fn matrix_ui(
    ui: &mut Ui,
    (_, graph, theme): Shown<'_>,
    impacts: &[Impact],
    commands: &mut Vec<Command>,
) {
    if impacts.is_empty() {
        let says = "Open: needs rows of deployments of two models, one downstream of the other, with a gain and a change within 14 days of it.";
        ui.add(Label::new(says).wrap());
        return;
    }
    let words = "A row improved; a column changed for the better (+) or the worse (−) within 14 days, on average of so many times.";
    ui.add(Label::new(egui::RichText::new(words).weak()).wrap());
    let unique = |of: fn(&Impact) -> NodeIx| {
        let mut nodes: Vec<NodeIx> = impacts.iter().map(of).collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes
    };
    let (rows, columns) = (unique(|impact| impact.improved), unique(|impact| impact.affected));
    let (shown_rows, shown_columns) = (rows.len().min(MOST), columns.len().min(MOST));
    let names =
        rows[..shown_rows].iter().map(|&node| width(&graph.node(node).name, Font::Text, SMALL));
    let head = names.fold(0.0, f32::max).min(ui.available_width() * 0.4) + 12.0;
    let top = columns_height(graph, &columns[..shown_columns]);
    let size = Vec2::new(head + CELL * shown_columns as f32, top + ROW * shown_rows as f32);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let label = |ui: &mut Ui, node: NodeIx, at: egui::Rect, commands: &mut Vec<Command>| {
        let response =
            ui.interact(at, ui.id().with(("model", node.0, at.min.x as i32)), Sense::click());
        if response.hovered() {
            ui.painter().rect_filled(at, 2.0, ui.visuals().widgets.hovered.weak_bg_fill);
        }
        if response.on_hover_text(&*graph.node(node).name).clicked() {
            commands.push(Command::Reveal(node));
        }
    };
    for (at, &node) in columns[..shown_columns].iter().enumerate() {
        let left = rect.min.x + head + CELL * at as f32;
        let cell = egui::Rect::from_min_size(egui::pos2(left, rect.min.y), Vec2::new(CELL, top));
        label(ui, node, cell, commands);
        upright(ui, &graph.node(node).name, cell);
    }
    for (at, &node) in rows[..shown_rows].iter().enumerate() {
        let y = rect.min.y + top + ROW * at as f32;
        let cell = egui::Rect::from_min_size(egui::pos2(rect.min.x, y), Vec2::new(head, ROW));
        label(ui, node, cell, commands);
        let name = fit(&graph.node(node).name, Font::Text, SMALL, head - 8.0, Cut::Middle);
        let (font, ink) = (FontId::proportional(SMALL), ui.visuals().text_color());
        ui.painter().text(cell.left_center(), Align2::LEFT_CENTER, name, font, ink);
        for (column, &other) in columns[..shown_columns].iter().enumerate() {
            let corner = egui::pos2(rect.min.x + head + CELL * column as f32, y);
            let cell = egui::Rect::from_min_size(corner, Vec2::new(CELL, ROW)).shrink(1.0);
            let found = impacts.iter().find(|of| of.improved == node && of.affected == other);
            cell_ui(ui, cell, found, (graph, theme));
        }
    }
    let more = rows.len() - shown_rows + columns.len() - shown_columns;
    if more > 0 {
        ui.weak(format!("+{more} rows and columns hidden"));
    }
}

/// Names of columns stand upright above them.
fn columns_height(graph: &SystemGraph, columns: &[NodeIx]) -> f32 {
    let widths = columns.iter().map(|&node| width(&graph.node(node).name, Font::Text, SMALL));
    widths.fold(0.0, f32::max).min(120.0) + 8.0
}

fn upright(ui: &Ui, name: &str, cell: egui::Rect) {
    let name = fit(name, Font::Text, SMALL, cell.height() - 8.0, Cut::Middle);
    let ink = ui.visuals().text_color();
    let galley = ui.painter().layout_no_wrap(name, FontId::proportional(SMALL), ink);
    let at = egui::pos2(cell.center().x - galley.size().y / 2.0, cell.max.y - 4.0);
    let text = egui::epaint::TextShape::new(at, galley, ink);
    ui.painter().add(text.with_angle(-std::f32::consts::FRAC_PI_2));
}

fn cell_ui(
    ui: &mut Ui,
    at: egui::Rect,
    found: Option<&Impact>,
    (graph, theme): (&SystemGraph, &Theme),
) {
    let Some(impact) = found else {
        let dot = FontId::proportional(SMALL);
        let ink = ui.visuals().weak_text_color();
        ui.painter().text(at.center(), Align2::CENTER_CENTER, "·", dot, ink);
        return;
    };
    let id = ui.id().with(("impact", impact.improved.0, impact.affected.0));
    let response = ui.interact(at, id, Sense::hover());
    let token = if impact.mean_change < 0.0 { theme.warning } else { theme.note };
    // Changes of a twentieth and more are as strong as they get.
    let strength = (impact.mean_change.abs() / 0.05).clamp(0.15, 1.0) as f32;
    let fill = color(token.faded(0.5 * strength).over(theme.panel));
    ui.painter().rect(at, 2.0, fill, Stroke::new(1.0, color(token)), StrokeKind::Inside);
    let sign = if impact.mean_change < 0.0 { "−" } else { "+" };
    let text = format!("{sign}{:.1} %", impact.mean_change.abs() * 100.0);
    let ink = ui.visuals().text_color();
    ui.painter().text(
        at.center(),
        Align2::CENTER_CENTER,
        &text,
        FontId::proportional(SMALL - 1.0),
        ink,
    );
    let (from, to) = (&graph.node(impact.improved).name, &graph.node(impact.affected).name);
    response.widget_info(|| {
        WidgetInfo::labeled(WidgetType::Label, true, format!("{from} on {to}: {text}"))
    });
    response.on_hover_ui(|ui| {
        ui.strong(format!("{from} → {to}: {text}"));
        ui.label(format!("{} gains, {} of them followed by a loss", impact.gains, impact.losses));
        for row in
            impact.rows.iter().filter_map(|&row| row_words(graph, TableKind::Deployments, row))
        {
            ui.weak(format!("{} ({})", row.words, graph.place(row.at)));
        }
    });
}
