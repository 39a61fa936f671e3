//! Who reads without having said so: reader, target, how often, when, whom to talk to.

use super::super::theme::{BODY, ROW};
use super::super::widgets::{empty_ui, focus_ui};
use super::tables::ask;
use crate::analysis::consumers::Standing;
use crate::export::lists;
use crate::model::SystemGraph;
use crate::scene::Target;
use crate::scene::caption::{counted, thousands};
use crate::scene::consumers::ConsumerRow;
use crate::scene::measure::{Cut, Font, fit};
use crate::session::{Command, Listed, Pick, Session, Wanted};
use egui::{Align2, FontId, ScrollArea, Sense, Ui, Vec2, WidgetInfo, WidgetType};

/// Name for the file to start from.
const FILE: &str = "undeclared-consumers.csv";

/// How wide a column is.
enum Wide {
    /// In points: numbers and days, which must not be cut.
    Fixed(f32),
    /// A share of what is left.
    Share(f32),
}

/// Titles, widths, and whether a column holds numbers.
const COLUMNS: &[(&str, Wide, bool)] = &[
    ("Reader", Wide::Share(0.3), false),
    ("Target", Wide::Share(0.3), false),
    ("Reads", Wide::Fixed(64.0), true),
    ("Days", Wide::Fixed(56.0), true),
    ("First seen", Wide::Fixed(88.0), false),
    ("Last seen", Wide::Fixed(88.0), false),
    ("Whom to talk to", Wide::Share(0.4), false),
];

/// Whether readers that do not count are listed too.
#[derive(Default)]
pub(super) struct ConsumersPanel {
    all: bool,
}

impl ConsumersPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let Some(listed) = ask(session, Wanted::Consumers, commands) else { return };
        let Listed::Consumers(found) = &*listed else { return };
        let Some(found) = found else {
            let says = "Open: needs an access log (the table access_log: time, reader, target, reads) or run events.";
            empty_ui(ui, says, None);
            return;
        };
        let counting = found.iter().filter(|row| row.standing == Standing::Consumer).count();
        let shown = if self.all { &found[..] } else { &found[..counting] };
        ui.horizontal(|ui| {
            ui.label(counted(counting, "undeclared consumer", "undeclared consumers"));
            let rest = found.len() - counting;
            if rest > 0 {
                let words = format!("Also {rest} that do not count");
                ui.checkbox(&mut self.all, words)
                    .on_hover_text("Few reads, scanners, and accounts that jobs may share");
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button("Save as CSV…").clicked() {
                    let text = lists::consumers(graph, shown).csv();
                    commands.push(Command::SaveText { name: FILE.to_owned(), text });
                }
                if ui.button("Copy as CSV").clicked() {
                    commands.push(Command::Copy(lists::consumers(graph, shown).csv()));
                }
            });
        });
        if shown.is_empty() {
            empty_ui(ui, "Everybody who reads is declared, as far as the log tells.", None);
            return;
        }
        head_ui(ui);
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, shown.len(), |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in &shown[range] {
                row_ui(ui, (session, graph), row, commands);
            }
        });
    }
}

fn head_ui(ui: &mut Ui) {
    let size = Vec2::new(ui.available_width(), ROW);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let ink = ui.visuals().weak_text_color();
    let cells: Vec<String> = COLUMNS.iter().map(|(title, ..)| (*title).to_owned()).collect();
    paint(ui, rect, &cells, |_| ink);
    ui.painter().hline(rect.x_range(), rect.max.y, ui.visuals().widgets.noninteractive.bg_stroke);
}

fn row_ui(
    ui: &mut Ui,
    (session, graph): (&Session, &SystemGraph),
    row: &ConsumerRow,
    commands: &mut Vec<Command>,
) {
    let size = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let number = |number: Option<u64>| number.map_or_else(String::new, |n| thousands(n as usize));
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| day.to_string());
    let cells = vec![
        graph.node(row.reader).name.to_string(),
        graph.node(row.target).name.to_string(),
        number(row.reads),
        number(row.days),
        day(row.first),
        day(row.last),
        row.talk_to(graph),
    ];
    let target = Target::Edge(row.edge);
    let selected = session.selection().contains(&target);
    response.widget_info(|| {
        WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, cells.join(", "))
    });
    let visuals = ui.visuals();
    if selected || response.hovered() {
        let ground =
            if selected { visuals.selection.bg_fill } else { visuals.widgets.hovered.weak_bg_fill };
        ui.painter().rect_filled(rect, 4.0, ground);
    }
    focus_ui(ui, rect, &response);
    let (ink, weak) = (visuals.text_color(), visuals.weak_text_color());
    let counts = row.standing == Standing::Consumer;
    paint(ui, rect, &cells, |column| if column < 2 && counts { ink } else { weak });
    if response.clicked() {
        commands.push(Command::Reveal(row.target));
        commands.push(Command::Select(vec![target], Pick::Only));
    }
    response.on_hover_ui(|ui| {
        ui.strong(&cells[0]);
        ui.label(format!("reads {}", cells[1]));
        ui.label(row.standing_words());
        ui.monospace(graph.node(row.reader).id.as_str());
        ui.monospace(graph.place(graph.details(row.edge).at));
    });
}

fn paint(ui: &Ui, rect: egui::Rect, cells: &[String], ink: impl Fn(usize) -> egui::Color32) {
    let mut left = rect.min.x + 8.0;
    let fixed = COLUMNS.iter().map(|(_, wide, _)| match wide {
        Wide::Fixed(width) => *width,
        Wide::Share(_) => 0.0,
    });
    let rest = rect.width() - 16.0 - fixed.sum::<f32>();
    for (at, (cell, (_, wide, is_number))) in cells.iter().zip(COLUMNS).enumerate() {
        let width = match wide {
            Wide::Fixed(width) => *width,
            Wide::Share(share) => rest * share,
        };
        let text = fit(cell, Font::Text, BODY, width - 12.0, Cut::Middle);
        let (x, anchor) = if *is_number {
            (left + width - 16.0, Align2::RIGHT_CENTER)
        } else {
            (left, Align2::LEFT_CENTER)
        };
        let place = egui::pos2(x, rect.center().y);
        ui.painter().text(place, anchor, text, FontId::proportional(BODY), ink(at));
        left += width;
    }
}
