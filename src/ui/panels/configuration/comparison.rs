//! Two models side by side: settings, inputs and facts, each with where it is written.

use super::super::super::theme::{BODY, ROW, SMALL, color};
use super::super::super::widgets::{focus_ui, sentence};
use super::Shown;
use crate::analysis::configuration::{Comparison, Difference, Said, Topic};
use crate::model::SystemGraph;
use crate::scene::caption::counted;
use crate::scene::measure::{Cut, Font, fit};
use crate::session::Command;
use egui::{Align2, FontId, Sense, Ui, Vec2, WidgetInfo, WidgetType};

/// Share of the width for the key; both sides share the rest.
const KEY: f32 = 0.28;

/// Two lines: a value and its place.
const HEIGHT: f32 = 40.0;

pub(super) fn comparison_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    comparison: &Comparison,
    all: bool,
    commands: &mut Vec<Command>,
) {
    let (same, differ) = (comparison.alike.len(), comparison.differences.len());
    ui.weak(if comparison.left == comparison.right {
        String::from("Choose another model on one side.")
    } else if differ == 0 && same == 0 {
        String::from("Neither says anything of settings, inputs or itself.")
    } else {
        let differ = counted(differ, "thing differs", "things differ");
        format!("{differ}, {} the same", counted(same, "is", "are"))
    });
    for (topic, title) in [
        (Topic::Setting, "Settings"),
        (Topic::Input, "Inputs"),
        (Topic::Fact, "What each says of itself"),
    ] {
        let of = |list: &'_ [Difference]| -> Vec<Difference> {
            list.iter().filter(|row| row.topic == topic).cloned().collect()
        };
        let mut rows: Vec<(Difference, bool)> =
            of(&comparison.differences).into_iter().map(|row| (row, true)).collect();
        if all {
            rows.extend(of(&comparison.alike).into_iter().map(|row| (row, false)));
        }
        if rows.is_empty() {
            continue;
        }
        head_ui(ui, title, shown.1, comparison);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (row, differs) in &rows {
                row_ui(ui, row, *differs, shown, commands);
            }
        });
    }
}

fn columns(rect: egui::Rect) -> [f32; 3] {
    let key = rect.width() * KEY;
    [rect.min.x, rect.min.x + key, rect.min.x + key + (rect.width() - key) / 2.0]
}

fn head_ui(ui: &mut Ui, title: &str, graph: &SystemGraph, comparison: &Comparison) {
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::hover());
    let [a, b, c] = columns(rect);
    let (strong, weak) = (ui.visuals().strong_text_color(), ui.visuals().weak_text_color());
    let room = (rect.max.x - c) - 12.0;
    let name = |node| fit(&graph.node(node).name, Font::Text, BODY, room, Cut::Middle);
    for (x, text, ink) in [
        (a, title.to_owned(), strong),
        (b, name(comparison.left), weak),
        (c, name(comparison.right), weak),
    ] {
        let at = egui::pos2(x, rect.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, text, FontId::proportional(BODY), ink);
    }
    ui.painter().hline(rect.x_range(), rect.max.y, ui.visuals().widgets.noninteractive.bg_stroke);
}

fn row_ui(
    ui: &mut Ui,
    row: &Difference,
    differs: bool,
    (_, graph, theme): Shown<'_>,
    commands: &mut Vec<Command>,
) {
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let key = match row.topic {
        Topic::Input => graph
            .find(&row.key)
            .map_or_else(|| row.key.clone(), |node| graph.node(node).name.to_string()),
        Topic::Fact => sentence(&row.key.replace('_', " ")),
        Topic::Setting => row.key.clone(),
    };
    let words = format!("{key}: {} beside {}", values(&row.left), values(&row.right));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &words));
    if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, ui.visuals().widgets.hovered.weak_bg_fill);
    }
    focus_ui(ui, rect, &response);
    let [a, b, c] = columns(rect);
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    let (body, small) = (FontId::proportional(BODY), FontId::monospace(SMALL));
    let painter = ui.painter();
    let text = fit(&key, Font::Text, BODY, b - a - 20.0, Cut::Middle);
    let at = egui::pos2(a + 4.0, rect.min.y + 12.0);
    painter.text(at, Align2::LEFT_CENTER, text, body.clone(), if differs { ink } else { weak });
    for (x, said, right) in [(b, &row.left, c), (c, &row.right, rect.max.x)] {
        let room = right - x - 12.0;
        let first = egui::pos2(x, rect.min.y + 12.0);
        let value = if said.is_empty() { "not there".to_owned() } else { values(said) };
        let value_ink = match (said.is_empty(), differs) {
            (true, _) => color(theme.open),
            (false, true) => ink,
            (false, false) => weak,
        };
        let value = fit(&value, Font::Text, BODY, room, Cut::End);
        painter.text(first, Align2::LEFT_CENTER, value, body.clone(), value_ink);
        let place = fit(&places(graph, said), Font::Mono, SMALL, room, Cut::Middle);
        let second = egui::pos2(x, rect.min.y + 28.0);
        painter.text(second, Align2::LEFT_CENTER, place, small.clone(), weak);
    }
    if response.clicked()
        && let Some(said) = row.left.first().or(row.right.first())
    {
        commands.push(Command::Reveal(said.by));
    }
    response.on_hover_ui(|ui| {
        ui.strong(&key);
        for said in row.left.iter().chain(&row.right) {
            ui.label(format!("{}: {}", graph.node(said.by).name, said.value));
            ui.monospace(graph.place(said.at));
        }
    });
}

fn values(said: &[Said]) -> String {
    let mut values: Vec<&str> = said.iter().map(|said| said.value.as_str()).collect();
    values.dedup();
    values.join(" · ")
}

/// Each file once, with its lines.
fn places(graph: &SystemGraph, said: &[Said]) -> String {
    let places: Vec<String> = said.iter().map(|said| graph.place(said.at)).collect();
    let mut text = String::new();
    let mut last = "";
    for (at, place) in places.iter().enumerate() {
        if places[..at].contains(place) {
            continue;
        }
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        text += match (text.is_empty(), file == last) {
            (true, _) => place,
            (false, true) => ", ",
            (false, false) => " · ",
        };
        if at > 0 {
            text += if file == last { line } else { place };
        }
        last = file;
    }
    text
}
