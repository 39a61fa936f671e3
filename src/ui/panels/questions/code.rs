//! Figure 1: boxes by lines of code, ML code small and black in the middle.

use super::super::super::theme::{SMALL, color};
use super::super::super::widgets::{RowText, row_ui};
use super::super::evidence::number;
use super::Shown;
use crate::analysis::questions::CodeBox;
use crate::layout::Size;
use crate::model::SystemGraph;
use crate::scene::caption::counted;
use crate::scene::figure_one::place_boxes;
use crate::scene::measure::{Font, width};
use crate::scene::{Target, Theme};
use crate::session::{Command, Pick};
use egui::{Align2, Color32, FontId, Label, Response, Sense, Stroke, StrokeKind, Ui, Vec2};
use egui::{WidgetInfo, WidgetType};

/// Height of the drawing.
const HEIGHT: f32 = 240.0;

/// Files that a tooltip names.
const FILES: usize = 8;

pub(super) fn figure_one_ui(
    ui: &mut Ui,
    (_, graph, theme): Shown<'_>,
    boxes: &[CodeBox],
    commands: &mut Vec<Command>,
) {
    if boxes.is_empty() {
        let says = "Open: needs the table lines_of_code (path, role, language, lines, node). Name it under tables: in a native manifest.";
        ui.add(Label::new(says).wrap());
        return;
    }
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let placed = place_boxes(boxes, Size::new(rect.width() - 2.0, rect.height() - 2.0));
    for (code, place) in boxes.iter().zip(placed) {
        let corner = rect.min + egui::vec2(1.0, 1.0);
        let at = egui::Rect::from_min_size(
            corner + egui::vec2(place.min.x, place.min.y),
            egui::vec2(place.width(), place.height()),
        );
        box_ui(ui, at, code, (graph, theme), commands);
    }
    ui.add_space(4.0);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for code in boxes {
            let languages: Vec<&str> =
                code.languages.iter().map(|(name, _)| name.as_str()).collect();
            let name = format!("{} · {}", title(&code.role), languages.join(", "));
            let note = format!("{} lines, {:.1} %", number(code.lines as f64), code.share * 100.0);
            let row = RowText { text: &name, note: &note, ..RowText::default() };
            let response = row_ui(ui, &row, theme);
            linked(response, code, graph, commands);
        }
    });
}

/// Roles as people call them.
fn title(role: &str) -> &str {
    match role {
        "ml" => "ML code",
        "glue" => "Glue",
        "data" => "Data",
        "serving" => "Serving",
        "config" => "Configuration",
        "monitoring" => "Monitoring",
        "test" => "Tests",
        other => other,
    }
}

fn box_ui(
    ui: &mut Ui,
    at: egui::Rect,
    code: &CodeBox,
    (graph, theme): (&SystemGraph, &Theme),
    commands: &mut Vec<Command>,
) {
    let id = ui.id().with("box").with(&code.role);
    // A tiny box is hovered from a little around it.
    let response = ui.interact(at.expand(2.0), id, Sense::click());
    let words = format!("{}, {} lines", title(&code.role), code.lines);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
    let visuals = ui.visuals();
    let (fill, edge, ink) = if code.is_ml() {
        (Color32::BLACK, color(theme.text), Color32::WHITE)
    } else if response.hovered() {
        let fill = visuals.widgets.hovered.weak_bg_fill;
        (fill, color(theme.accent), visuals.text_color())
    } else {
        (color(theme.raised), color(theme.border), visuals.text_color())
    };
    ui.painter().rect(at, 2.0, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let name = title(&code.role);
    if width(name, Font::Text, SMALL) + 8.0 < at.width() && at.height() > 16.0 {
        let lines = number(code.lines as f64);
        let both = at.height() > 34.0 && width(&lines, Font::Text, SMALL) + 8.0 < at.width();
        let font = FontId::proportional(SMALL);
        let up = if both { egui::vec2(0.0, -7.0) } else { Vec2::ZERO };
        ui.painter().text(at.center() + up, Align2::CENTER_CENTER, name, font.clone(), ink);
        if both {
            ui.painter().text(at.center() - up, Align2::CENTER_CENTER, lines, font, ink);
        }
    }
    linked(response, code, graph, commands);
}

/// Hover tells lines, languages and files; a click selects the nodes whose code it is.
fn linked(response: Response, code: &CodeBox, graph: &SystemGraph, commands: &mut Vec<Command>) {
    if response.clicked() {
        let table = &graph.tables().lines_of_code;
        let named = code.rows.iter().filter_map(|&row| table[row as usize].row.node.as_deref());
        let mut nodes: Vec<_> = named.filter_map(|id| graph.find(id)).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let targets = nodes.into_iter().map(Target::Node).collect();
        commands.push(Command::Select(targets, Pick::Only));
    }
    response.on_hover_ui(|ui| {
        ui.strong(format!("{}: {} lines", title(&code.role), number(code.lines as f64)));
        for (language, lines) in &code.languages {
            ui.label(format!("{language}: {}", number(*lines as f64)));
        }
        let table = &graph.tables().lines_of_code;
        let mut rows: Vec<_> = code.rows.iter().map(|&row| &table[row as usize].row).collect();
        rows.sort_by(|a, b| b.lines.cmp(&a.lines).then_with(|| a.path.cmp(&b.path)));
        for row in rows.iter().take(FILES) {
            ui.monospace(format!("{} {}", row.path, number(row.lines as f64)));
        }
        if rows.len() > FILES {
            ui.weak(format!("and {}", counted(rows.len() - FILES, "more file", "more files")));
        }
    });
}
