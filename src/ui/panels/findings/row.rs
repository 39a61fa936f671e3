//! One finding on one line: sign, code, sentence, node, owner, interest.

use super::super::super::theme::{BODY, MONO, ROW, color};
use super::super::super::widgets::focus_ui;
use super::super::evidence::number;
use super::Shown;
use crate::analysis::{Finding, Weight};
use crate::model::SystemGraph;
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::{Target, Theme};
use crate::session::{Command, Pick};
use egui::{Align2, FontId, Sense, Ui, Vec2};
use egui_phosphor::regular as icons;

/// From this width on, the node has a column of its own; the sentence names it anyway.
const WIDE: f32 = 900.0;

const NODE: f32 = 160.0;
const OWNER: f32 = 112.0;
const INTEREST: f32 = 56.0;

/// Sign and colour of a weight: told by shape and word as well as by colour.
pub(in crate::ui::panels) fn sign(weight: Weight, theme: &Theme) -> (&'static str, egui::Color32) {
    let (sign, ink) = match weight {
        Weight::Error => (icons::X_CIRCLE, theme.error),
        Weight::Warning => (icons::WARNING, theme.warning),
        Weight::Note => (icons::INFO, theme.note),
        Weight::Review => (icons::QUESTION, theme.open),
    };
    (sign, color(ink))
}

/// Several findings of a weight.
pub(super) const fn plural(weight: Weight) -> &'static str {
    match weight {
        Weight::Error => "errors",
        Weight::Warning => "warnings",
        Weight::Note => "notes",
        Weight::Review => "to review",
    }
}

/// Whether it was clicked; a click also shows it on the graph.
pub(super) fn row_ui(
    ui: &mut Ui,
    (session, graph, theme): Shown<'_>,
    finding: &Finding,
    is_open: bool,
    commands: &mut Vec<Command>,
) -> bool {
    let size = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let target = Target::Node(finding.subject);
    response.widget_info(|| {
        let words =
            format!("{} {} {}", finding.weight.key(), finding.code, finding.message.read(graph));
        egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, is_open, words)
    });
    let visuals = ui.visuals();
    let ground = if session.selection().contains(&target) {
        visuals.selection.bg_fill
    } else if response.hovered() || is_open {
        visuals.widgets.hovered.weak_bg_fill
    } else {
        egui::Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, 4.0, ground);
    focus_ui(ui, rect, &response);
    paint(ui, rect, finding, (graph, theme));
    if response.hovered() {
        commands.push(Command::Hover(Some(target.clone())));
    }
    if response.clicked() {
        commands.push(Command::Reveal(finding.subject));
        let mut all = vec![target];
        all.extend(finding.witness_edges().map(Target::Edge));
        commands.push(Command::Select(all, Pick::Only));
    }
    response.clicked()
}

fn paint(ui: &Ui, rect: egui::Rect, finding: &Finding, (graph, theme): (&SystemGraph, &Theme)) {
    let visuals = ui.visuals();
    let (ink, weak) = (visuals.text_color(), visuals.weak_text_color());
    let (middle, painter) = (rect.center().y, ui.painter());
    let (sign, sign_ink) = sign(finding.weight, theme);
    let sign_font = FontId::proportional(15.0);
    let at = |x: f32| egui::pos2(x, middle);
    painter.text(at(rect.min.x + 8.0), Align2::LEFT_CENTER, sign, sign_font, sign_ink);
    let accepted = finding.allowed.is_some();
    let text_ink = if accepted { weak } else { ink };
    let code = FontId::monospace(MONO);
    painter.text(at(rect.min.x + 32.0), Align2::LEFT_CENTER, finding.code, code, text_ink);
    let node = graph.node(finding.subject);
    let owner = node.owner.map_or("", |team| &*graph.node(team).name);
    let interest = format!("{} h", number(finding.interest().round()));
    let body = FontId::proportional(BODY);
    let mut right = rect.max.x - 8.0;
    painter.text(at(right), Align2::RIGHT_CENTER, interest, body.clone(), weak);
    right -= INTEREST;
    let owner = fit(owner, Font::Text, BODY, OWNER - 8.0, Cut::Middle);
    painter.text(at(right - OWNER + 8.0), Align2::LEFT_CENTER, owner, body.clone(), weak);
    right -= OWNER;
    if rect.width() >= WIDE {
        let name = fit(&node.name, Font::Text, BODY, NODE - 8.0, Cut::Middle);
        painter.text(at(right - NODE + 8.0), Align2::LEFT_CENTER, name, body.clone(), weak);
        right -= NODE;
    }
    let left = rect.min.x + 96.0;
    let message = finding.message.read(graph);
    let message = if accepted { format!("Accepted: {message}").into() } else { message };
    let message = fit(&message, Font::Text, BODY, right - left - 8.0, Cut::End);
    painter.text(at(left), Align2::LEFT_CENTER, message, body, text_ink);
}
