//! Evidence of a finding, what to do, how to verify, where it is written.

use super::super::super::widgets::{node_row, place_ui};
use super::super::evidence::{evidence_ui, number};
use super::Shown;
use crate::analysis::{Finding, rules};
use crate::session::Command;
use egui::{Label, RichText, Ui};

pub(in crate::ui::panels) fn detail_ui(
    ui: &mut Ui,
    finding: &Finding,
    (session, graph, theme): Shown<'_>,
    commands: &mut Vec<Command>,
) {
    let margin = egui::Margin { left: 32, right: 12, top: 8, bottom: 8 };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.add(Label::new(finding.message.read(graph)).wrap().selectable(true));
        place_ui(ui, graph.place(finding.at));
        for evidence in &finding.evidence {
            evidence_ui(ui, evidence, graph, commands);
        }
        if let Some(rule) = rules::rule(finding.code) {
            let meta = rule.meta();
            labelled(ui, "What to do", meta.remedy);
            labelled(ui, "How to verify", meta.verify);
            ui.menu_button(format!("About {}: {}", meta.code, meta.name), |ui| {
                ui.set_width(520.0);
                let area = egui::ScrollArea::vertical().max_height(360.0);
                area.show(ui, |ui| page_ui(ui, &meta.page()));
            });
        }
        ui.add(Label::new(RichText::new(cost(finding)).weak()).wrap());
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for &(role, node) in &finding.others {
                node_row(ui, graph, node, role, (session, theme), commands);
            }
        });
    });
}

/// What it costs, and after how long mending it would have been cheaper.
fn cost(finding: &Finding) -> String {
    let interest = finding.interest();
    let pays = finding.breaking_point().map_or_else(String::new, |years| {
        format!("; mending pays after {} years", number((years * 10.0).round() / 10.0))
    });
    format!(
        "{} hours to mend, {} hours a year while it stays (confidence {}, size {}){pays}. An index, not a measurement.",
        number(finding.principal()),
        number((interest * 10.0).round() / 10.0),
        number(finding.confidence),
        number(finding.magnitude),
    )
}

/// A rule's page: its headings and paragraphs. Its thresholds stand in the panel of rules, to be set.
pub(in crate::ui::panels) fn page_ui(ui: &mut Ui, page: &str) {
    let blocks = page.split("\n\n").map(str::trim);
    for block in blocks.take_while(|block| !block.starts_with("## Parameters")) {
        if let Some(title) = block.strip_prefix("# ") {
            ui.heading(title);
        } else if let Some(rest) = block.strip_prefix("## ") {
            let (title, text) = rest.split_once('\n').unwrap_or((rest, ""));
            ui.add_space(4.0);
            ui.strong(title);
            if !text.is_empty() {
                ui.add(Label::new(text.replace('\n', " ")).wrap());
            }
        } else {
            ui.add(Label::new(block.replace('\n', " ")).wrap());
        }
    }
}

fn labelled(ui: &mut Ui, label: &str, text: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.weak(format!("{label}:"));
        ui.label(text);
    });
}
