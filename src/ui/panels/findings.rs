//! The debt that was found: a line each, unfolding to evidence, remedy and how to verify.

use super::super::theme::{ROW, color};
use super::super::widgets::{empty_ui, node_row};
use super::explorer::listed_of;
use crate::analysis::{Analysis, Evidence, Finding, Weight, rules};
use crate::model::SystemGraph;
use crate::scene::{Target, Theme};
use crate::session::{Command, Pick, Session};
use egui::{RichText, ScrollArea, Sense, TextEdit, Ui, Vec2};
use egui_phosphor::regular as icons;

/// What is typed and unfolded in the panel.
#[derive(Default)]
pub(super) struct Findings {
    filter: String,
    /// The unfolded finding, by fingerprint and message.
    open: Option<(u64, String)>,
}

/// Sign and colour of a weight: told by shape and word as well as by colour.
pub(super) fn sign(weight: Weight, theme: &Theme) -> (&'static str, egui::Color32) {
    let (sign, ink) = match weight {
        Weight::Error => (icons::X_CIRCLE, theme.error),
        Weight::Warning => (icons::WARNING, theme.warning),
        Weight::Note => (icons::INFO, theme.note),
        Weight::Review => (icons::QUESTION, theme.open),
    };
    (sign, color(ink))
}

impl Findings {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let Some(analysis) = session.analysis() else {
            empty_ui(ui, "The rules are at work.", None);
            return;
        };
        let theme = Theme::of(session.preferences().theme);
        let wanted = self.filter.trim().to_lowercase();
        let mut listed: Vec<&Finding> = analysis
            .findings
            .iter()
            .filter(|finding| wanted.is_empty() || matches(finding, graph, &wanted))
            .collect();
        listed.sort_by_key(|finding| std::cmp::Reverse(finding.weight));
        ui.horizontal(|ui| {
            let hint = format!("{} Rule, severity, node or owner", icons::FUNNEL);
            ui.add(TextEdit::singleline(&mut self.filter).hint_text(hint).desired_width(280.0));
            ui.weak(listed_of(listed.len(), analysis.findings.len(), "finding", "findings"));
            coverage_ui(ui, analysis);
        });
        if listed.is_empty() {
            let sentence = if analysis.findings.is_empty() {
                "No debt was found by the rules that could judge."
            } else {
                "No finding matches the filter."
            };
            let button = (!self.filter.is_empty()).then_some("Clear the filter");
            if empty_ui(ui, sentence, button) {
                self.filter.clear();
            }
            return;
        }
        self.list_ui(ui, &listed, (session, graph, theme), commands);
    }

    fn list_ui(
        &mut self,
        ui: &mut Ui,
        listed: &[&Finding],
        (session, graph, theme): (&Session, &SystemGraph, &Theme),
        commands: &mut Vec<Command>,
    ) {
        // One finding is unfolded at most, so rows above and below it have one height.
        let open = self.open.clone();
        let unfolded = listed.iter().position(|finding| {
            open.as_ref().is_some_and(|(fingerprint, message)| {
                *message == finding.message && *fingerprint == finding.fingerprint(graph)
            })
        });
        ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, seen| {
            let shown = unfolded.map_or(listed.len(), |at| at + 1);
            let first = (seen.min.y / ROW).floor().max(0.0) as usize;
            let first = first.min(shown.saturating_sub(1));
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add_space(first as f32 * ROW);
            let last = ((seen.max.y / ROW).ceil() as usize + 1).min(listed.len());
            for (at, finding) in listed.iter().enumerate().take(last.max(first + 1)).skip(first) {
                let is_open = unfolded == Some(at);
                if self.row_ui(ui, finding, is_open, (session, graph, theme), commands) {
                    let this = (finding.fingerprint(graph), finding.message.clone());
                    self.open = (!is_open).then_some(this);
                }
                if is_open {
                    detail_ui(ui, finding, (session, graph, theme), commands);
                }
            }
            ui.add_space(listed.len().saturating_sub(last) as f32 * ROW);
        });
    }

    fn row_ui(
        &self,
        ui: &mut Ui,
        finding: &Finding,
        is_open: bool,
        (session, graph, theme): (&Session, &SystemGraph, &Theme),
        commands: &mut Vec<Command>,
    ) -> bool {
        let size = Vec2::new(ui.available_width(), ROW);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let target = Target::Node(finding.subject);
        response.widget_info(|| {
            let words = format!("{} {} {}", finding.weight.key(), finding.code, finding.message);
            egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, is_open, words)
        });
        let selected = session.selection().contains(&target);
        let visuals = ui.visuals();
        let ground = if selected {
            visuals.selection.bg_fill
        } else if response.hovered() || is_open {
            visuals.widgets.hovered.weak_bg_fill
        } else {
            egui::Color32::TRANSPARENT
        };
        ui.painter().rect_filled(rect, 4.0, ground);
        paint_row(ui, rect, finding, graph, theme);
        if response.hovered() {
            commands.push(Command::Hover(Some(target.clone())));
        }
        if response.clicked() {
            commands.push(Command::Reveal(finding.subject));
            let mut all = vec![target];
            all.extend(witness_edges(finding).map(Target::Edge));
            commands.push(Command::Select(all, Pick::Only));
        }
        response.clicked()
    }
}

fn paint_row(ui: &Ui, rect: egui::Rect, finding: &Finding, graph: &SystemGraph, theme: &Theme) {
    use crate::scene::measure::{Cut, Font, fit, width};
    use egui::{Align2, FontId};
    let visuals = ui.visuals();
    let painter = ui.painter();
    let middle = rect.center().y;
    let (sign, ink) = sign(finding.weight, theme);
    let mut x = rect.min.x + 6.0;
    painter.text(egui::pos2(x, middle), Align2::LEFT_CENTER, sign, FontId::proportional(15.0), ink);
    x += 24.0;
    let mono = FontId::monospace(12.0);
    let code_ink =
        if finding.allowed.is_some() { visuals.weak_text_color() } else { visuals.text_color() };
    painter.text(egui::pos2(x, middle), Align2::LEFT_CENTER, finding.code, mono, code_ink);
    x += 64.0;
    let owner = graph.node(finding.subject).owner;
    let owner = owner.map_or("", |team| &*graph.node(team).name);
    let body = FontId::proportional(13.0);
    let right = rect.max.x - 8.0;
    let owner_width = width(owner, Font::Text, 13.0).min(160.0);
    let owner = fit(owner, Font::Text, 13.0, 160.0, Cut::Middle);
    painter.text(
        egui::pos2(right, middle),
        Align2::RIGHT_CENTER,
        owner,
        body.clone(),
        visuals.weak_text_color(),
    );
    let room = right - owner_width - 16.0 - x;
    let message = fit(&finding.message, Font::Text, 13.0, room, Cut::End);
    painter.text(egui::pos2(x, middle), Align2::LEFT_CENTER, message, body, visuals.text_color());
}

/// Every edge of the walks that prove it.
fn witness_edges(finding: &Finding) -> impl Iterator<Item = crate::model::EdgeIx> + '_ {
    finding
        .evidence
        .iter()
        .flat_map(|evidence| match evidence {
            Evidence::Walk { witness, .. } => witness.edges.as_slice(),
            _ => &[],
        })
        .copied()
}

fn matches(finding: &Finding, graph: &SystemGraph, wanted: &str) -> bool {
    let subject = graph.node(finding.subject);
    let owner = subject.owner.map_or("", |team| &*graph.node(team).name);
    let fields = [finding.code, finding.weight.key(), &finding.message, subject.id.as_str(), owner];
    wanted.split_whitespace().all(|word| {
        let word = word.trim_start_matches("rule:").trim_start_matches("severity:");
        fields.iter().any(|field| field.to_lowercase().contains(word))
    })
}

/// How many of the rules could judge at all.
fn coverage_ui(ui: &mut Ui, analysis: &Analysis) {
    use crate::analysis::Status;
    let open = analysis.rules.iter().filter(|rule| rule.status == Status::Open).count();
    let judged = analysis.rules.len() - open;
    let label = format!("{judged} of {} rules could judge", analysis.rules.len());
    ui.menu_button(label, |ui| {
        ui.set_min_width(360.0);
        ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            for result in &analysis.rules {
                let name = rules::rule(result.code).map_or("", |rule| rule.meta().name);
                let coverage = result.coverage().map_or_else(
                    || String::from("nothing to judge"),
                    |share| format!("{:.0} % judged", share * 100.0),
                );
                ui.label(format!("{}  {name}: {}, {coverage}", result.code, result.status.key()));
            }
        });
    });
}

/// Evidence, remedy, how to verify, where it is written.
pub(super) fn detail_ui(
    ui: &mut Ui,
    finding: &Finding,
    (session, graph, theme): (&Session, &SystemGraph, &Theme),
    commands: &mut Vec<Command>,
) {
    let frame =
        egui::Frame::new().inner_margin(egui::Margin { left: 30, right: 12, top: 6, bottom: 10 });
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.add(egui::Label::new(&finding.message).wrap().selectable(true));
        ui.label(RichText::new(graph.place(finding.at)).monospace().weak());
        for evidence in &finding.evidence {
            evidence_ui(ui, evidence, graph);
        }
        if let Some(rule) = rules::rule(finding.code) {
            let meta = rule.meta();
            labelled(ui, "What to do", meta.remedy);
            labelled(ui, "How to verify", meta.verify);
        }
        for &(role, node) in &finding.others {
            node_row(ui, graph, node, role, (session, theme), commands);
        }
    });
}

fn labelled(ui: &mut Ui, label: &str, text: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.weak(format!("{label}:"));
        ui.label(text);
    });
}

fn evidence_ui(ui: &mut Ui, evidence: &Evidence, graph: &SystemGraph) {
    match evidence {
        Evidence::Number { label, value, threshold, unit } => {
            let limit = threshold.map_or_else(String::new, |t| format!(" (limit {t} {unit})"));
            ui.label(format!("{label}: {value} {unit}{limit}"));
        }
        Evidence::Walk { label, witness } => {
            let mut names: Vec<&str> = Vec::new();
            for &edge in &witness.edges {
                let edge = graph.edge(edge);
                if names.is_empty() {
                    names.push(&graph.node(edge.from).name);
                }
                names.push(&graph.node(edge.to).name);
            }
            ui.label(format!("{label}: {}", names.join(" → ")));
        }
        Evidence::Rows { table, rows } => {
            let count = crate::scene::caption::counted(rows.len(), "row", "rows");
            ui.label(format!("{count} of the table of {}", table.title().to_lowercase()));
        }
        Evidence::Place { label, at } => {
            ui.horizontal_wrapped(|ui| {
                ui.label(label);
                ui.label(RichText::new(graph.place(*at)).monospace().weak());
            });
        }
    }
}
