//! Training intervals against what of each input holds when.

use super::super::super::theme::{BODY, SMALL, color};
use super::Shown;
use crate::analysis::configuration::{Lane, Mark, MarkKind, Timeline};
use crate::model::{Phase, SystemGraph};
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::{Target, Theme};
use crate::session::Command;
use egui::{
    Align2, FontId, Label, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType,
};
use egui_phosphor::regular as icons;
use jiff::civil::Date;

const LANE: f32 = 24.0;

/// Share of the width for the names of inputs.
const NAMES: f32 = 0.28;

/// From days to the screen.
struct Scale {
    first: Date,
    days: f32,
    left: f32,
    right: f32,
}

impl Scale {
    fn x(&self, day: Date) -> f32 {
        let days = self.first.until(day).map_or(0, |span| span.get_days());
        self.left + (days as f32 / self.days).clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// A last day ends where the next begins.
    fn end(&self, day: Date) -> f32 {
        day.tomorrow().map_or(self.right, |next| self.x(next))
    }

    /// A mark's stretch; open ends go to the border.
    fn stretch(&self, from: Option<Date>, to: Option<Date>) -> (f32, f32) {
        let start = from.map_or(self.left, |day| self.x(day));
        let end = to.map_or(self.right, |day| self.end(day));
        (start, end.max(start + 3.0).min(self.right.max(start + 3.0)))
    }
}

pub(super) fn timeline_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    timeline: &Timeline,
    commands: &mut Vec<Command>,
) {
    let Some(span) = timeline.span else {
        let says = "Open: needs training_from and training_to of its configuration, and bad_intervals, available_from or changed of its inputs.";
        ui.add(Label::new(says).wrap());
        return;
    };
    // Inputs of which nothing is known are counted below and not drawn.
    let (told, silent): (Vec<&Lane>, Vec<&Lane>) = timeline
        .lanes
        .iter()
        .partition(|lane| !lane.marks.is_empty() || lane.substitute_for.is_some());
    let rows = 1 + timeline.windows.len().max(1) + told.len();
    let size = Vec2::new(ui.available_width(), LANE * rows as f32);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let days = span.from.until(span.to).map_or(1, |span| span.get_days()).max(1) as f32 + 1.0;
    let left = rect.min.x + rect.width() * NAMES;
    let scale = Scale { first: span.from, days, left, right: rect.max.x - 8.0 };
    let lane_at = |row: usize| {
        let top = rect.min.y + LANE * row as f32;
        Rect::from_min_max(egui::pos2(rect.min.x, top), egui::pos2(rect.max.x, top + LANE))
    };
    axis_ui(ui, lane_at(0), rect, &scale);
    windows_ui(ui, shown, timeline, (&scale, rect), lane_at);
    let first = 1 + timeline.windows.len().max(1);
    for (row, lane) in told.iter().enumerate() {
        lane_ui(ui, shown, lane, (&scale, lane_at(first + row)), commands);
    }
    if !silent.is_empty() {
        let names: Vec<&str> =
            silent.iter().map(|lane| &*shown.1.node(lane.input).name).take(6).collect();
        let more = silent.len().saturating_sub(6);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let says = format!("Nothing is said of when these hold: {}{more}.", names.join(", "));
        ui.add(Label::new(egui::RichText::new(says).weak()).wrap());
    }
}

/// First days of months, as many as have room.
fn axis_ui(ui: &Ui, head: Rect, whole: Rect, scale: &Scale) {
    let months = (scale.days / 30.0).ceil().max(1.0);
    let fits = ((scale.right - scale.left) / 72.0).max(1.0);
    let step = (months / fits).ceil().max(1.0) as i32;
    let (small, ink) = (FontId::proportional(SMALL), ui.visuals().weak_text_color());
    let line = ui.visuals().widgets.noninteractive.bg_stroke;
    let mut day = scale.first.first_of_month();
    let last = scale.first.checked_add(jiff::Span::new().days(scale.days as i32));
    while last.as_ref().is_ok_and(|last| day <= *last) {
        if day >= scale.first {
            let x = scale.x(day);
            ui.painter().vline(x, head.max.y..=whole.max.y, line);
            let text = day.strftime("%b %Y").to_string();
            let at = egui::pos2(x + 2.0, head.center().y);
            if x + 56.0 < whole.max.x {
                ui.painter().text(at, Align2::LEFT_CENTER, text, small.clone(), ink);
            }
        }
        let Ok(next) = day.checked_add(jiff::Span::new().months(step)) else { break };
        day = next;
    }
}

fn name_ui(ui: &Ui, lane: Rect, left: f32, text: &str, weak: bool) {
    let text = fit(text, Font::Text, BODY, left - lane.min.x - 12.0, Cut::Middle);
    let ink = if weak { ui.visuals().weak_text_color() } else { ui.visuals().text_color() };
    let font = FontId::proportional(BODY);
    ui.painter().text(lane.left_center(), Align2::LEFT_CENTER, text, font, ink);
}

fn windows_ui(
    ui: &mut Ui,
    (_, graph, theme): Shown<'_>,
    timeline: &Timeline,
    (scale, whole): (&Scale, Rect),
    lane_at: impl Fn(usize) -> Rect,
) {
    if timeline.windows.is_empty() {
        name_ui(ui, lane_at(1), scale.left, "Training: open, no interval is said", true);
    }
    for (row, window) in timeline.windows.iter().enumerate() {
        let lane = lane_at(1 + row);
        name_ui(ui, lane, scale.left, "Training", false);
        let (from, to) = scale.stretch(Some(window.from), Some(window.to));
        let column = Rect::from_x_y_ranges(from..=to, lane.min.y..=whole.max.y);
        ui.painter().rect_filled(column, 0.0, color(theme.accent.faded(0.08)));
        let bar = Rect::from_x_y_ranges(from..=to, lane.min.y + 6.0..=lane.max.y - 6.0);
        ui.painter().rect_filled(bar, 3.0, color(theme.accent));
        let by = &graph.node(window.of).name;
        let words = format!("Training from {} to {}, says {by}", window.from, window.to);
        let response = ui.interact(bar.expand(4.0), ui.id().with(("window", row)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
        response.on_hover_ui(|ui| {
            ui.label(&words);
            ui.monospace(graph.place(graph.node(window.of).at));
        });
    }
}

fn lane_ui(
    ui: &mut Ui,
    (session, graph, theme): Shown<'_>,
    lane: &Lane,
    (scale, at): (&Scale, Rect),
    commands: &mut Vec<Command>,
) {
    let id = ui.id().with(("lane", lane.edge.0));
    let response = ui.interact(at, id, Sense::click());
    let target = Target::Node(lane.input);
    if response.hovered() || session.hovered() == Some(&target) {
        ui.painter().rect_filled(at, 4.0, ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let node = graph.node(lane.input);
    name_ui(ui, at, scale.left, &node.name, lane.phase == Phase::Serve);
    if let Some(original) = lane.substitute_for {
        let mapped = match lane.mapped {
            Some(true) => "mapped to it",
            Some(false) => "not mapped to it",
            None => "whether mapped is open",
        };
        let text = format!(
            "{} stands in for {} when serving, {mapped}",
            icons::SWAP,
            graph.node(original).name
        );
        let ink = color(if lane.mapped == Some(true) { theme.secondary } else { theme.warning });
        let room = scale.right - scale.left;
        let text = fit(&text, Font::Text, SMALL, room, Cut::End);
        let place = egui::pos2(scale.left + 4.0, at.center().y);
        ui.painter().text(place, Align2::LEFT_CENTER, text, FontId::proportional(SMALL), ink);
    }
    for (position, mark) in lane.marks.iter().enumerate() {
        mark_ui(ui, (graph, theme), mark, (scale, at), id.with(position));
    }
    if response.clicked() {
        commands.push(Command::Reveal(lane.input));
    }
}

/// Wrong days are filled, missing ones outlined, a change of meaning is a line with a flag; what a training
/// interval meets carries a sign.
fn mark_ui(
    ui: &mut Ui,
    (graph, theme): (&SystemGraph, &Theme),
    mark: &Mark,
    (scale, lane): (&Scale, Rect),
    id: egui::Id,
) {
    let (from, to) = scale.stretch(mark.from, mark.to);
    let ink = color(if mark.conflicts { theme.error } else { theme.open });
    let bar = Rect::from_x_y_ranges(from..=to, lane.min.y + 6.0..=lane.max.y - 6.0);
    let painter = ui.painter();
    let hit = match mark.kind {
        MarkKind::Wrong => {
            painter.rect_filled(bar, 2.0, ink);
            bar
        }
        MarkKind::Unavailable => {
            painter.rect(
                bar,
                2.0,
                ink.gamma_multiply(0.15),
                Stroke::new(1.0, ink),
                StrokeKind::Inside,
            );
            bar
        }
        MarkKind::Changed { .. } => {
            painter.vline(from, lane.min.y + 2.0..=lane.max.y - 2.0, Stroke::new(2.0, ink));
            let flag = egui::pos2(from + 3.0, lane.center().y);
            painter.text(flag, Align2::LEFT_CENTER, icons::FLAG, FontId::proportional(BODY), ink);
            Rect::from_x_y_ranges(from - 4.0..=from + 18.0, lane.y_range())
        }
    };
    if mark.conflicts && !matches!(mark.kind, MarkKind::Changed { .. }) {
        let at = egui::pos2((to + 4.0).min(scale.right - 12.0), lane.center().y);
        painter.text(at, Align2::LEFT_CENTER, icons::WARNING, FontId::proportional(BODY), ink);
    }
    let words = words(mark);
    let response = ui.interact(hit.expand(3.0), id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
    response.on_hover_ui(|ui| {
        ui.label(&words);
        ui.monospace(graph.place(mark.at));
    });
}

fn words(mark: &Mark) -> String {
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let what = match mark.kind {
        MarkKind::Wrong => format!("Wrong from {} to {}", day(mark.from), day(mark.to)),
        MarkKind::Unavailable => format!("No values until {}", day(mark.to)),
        MarkKind::Changed { split } => {
            let split = match split {
                Some(true) => "the code keeps both apart",
                Some(false) => "the code does not tell old from new",
                None => "whether the code keeps both apart is open",
            };
            format!("Another meaning since {}; {split}", day(mark.from))
        }
    };
    if mark.conflicts {
        format!("{what}. A training interval meets it.")
    } else {
        format!("{what}.")
    }
}
