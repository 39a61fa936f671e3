//! Feedback loops through the world: the ranking, and of the chosen one how it closes, whose each part is,
//! and what it would cost to cut.

use super::super::theme::{ROW, color};
use super::super::widgets::{RowText, empty_ui, node_row, row_ui, section_ui};
use crate::analysis::Analysis;
use crate::analysis::loops::{Answer, BreakSet, FeedbackLoop, Influence, LoopKind, Reason};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::Theme;
use crate::scene::caption::counted;
use crate::session::{Command, Decision, Session};
use egui::{Label, RichText, ScrollArea, TextEdit, Ui};
use egui_phosphor::regular as icons;

/// Width of the ranking beside the chosen loop.
const RANKING: f32 = 380.0;

/// What somebody is about to say of an inferred influence.
struct Draft {
    from: NodeIx,
    to: NodeIx,
    confirmed: bool,
    by: String,
    why: String,
}

/// The panel, with the answer that is being written.
#[derive(Default)]
pub(super) struct LoopsPanel {
    draft: Option<Draft>,
}

impl LoopsPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let (Some(graph), Some(analysis)) = (session.graph(), session.analysis()) else {
            empty_ui(ui, "The rules are at work.", None);
            return;
        };
        if analysis.loops.is_empty() {
            empty_ui(
                ui,
                "No model influences itself or another through the world, as far as the manifests say what acts on what.",
                None,
            );
            return;
        }
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(RANKING.min(ui.available_width() * 0.45));
                ranking_ui(ui, (session, graph, analysis), commands);
            });
            ui.separator();
            ui.vertical(|ui| {
                let area = ScrollArea::vertical().id_salt("loop").auto_shrink(false);
                area.show(ui, |ui| match session.shown_loop() {
                    Some(found) => {
                        self.loop_ui(ui, (session, graph, analysis), found, commands);
                    }
                    None => {
                        empty_ui(ui, "Choose a loop to see it alone and how to cut it.", None);
                    }
                });
            });
        });
    }

    fn loop_ui(
        &mut self,
        ui: &mut Ui,
        (session, graph, analysis): (&Session, &SystemGraph, &Analysis),
        found: &FeedbackLoop,
        commands: &mut Vec<Command>,
    ) {
        let theme = Theme::of(session.preferences().theme);
        ui.heading(names(graph, &found.models));
        let surfaces = names(graph, &found.surfaces).replace(" ⇄ ", ", ");
        let through =
            if surfaces.is_empty() { String::new() } else { format!(", through {surfaces}") };
        let owners = names(graph, &found.owners).replace(" ⇄ ", ", ");
        let owners = if owners.is_empty() { String::from("nobody") } else { owners };
        ui.add(Label::new(format!("A {} loop{through}. Owned by {owners}.", kind(found))).wrap());
        cut_ui(ui, graph, &found.break_set, theme);
        if let Some(all) = &found.break_all {
            ui.weak(format!("So that no model influences even itself: {}.", all.summary()));
        }
        self.influences_ui(ui, (session, graph, analysis), found, commands);
        section_ui(ui, "The walk", Some(found.walk.nodes.len()));
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for &node in &found.walk.nodes {
                let owner = graph.node(node).owner;
                let owner = owner.map_or("no owner", |team| &*graph.node(team).name);
                node_row(ui, graph, node, owner, (session, theme), commands);
            }
        });
        section_ui(ui, "Why it ranks here", None);
        for factor in &found.factors {
            let said = if factor.is_said { "" } else { ", by default" };
            ui.label(format!("{}: {:.3}{said}", factor.label, factor.value));
        }
        ui.label(format!("Rank: {:.4}", found.rank));
        if found.is_cycles_capped || found.is_pairs_capped {
            ui.weak("There are more ways round than were listed.");
        }
    }

    /// What nobody declared: to be confirmed or denied by somebody who knows.
    fn influences_ui(
        &mut self,
        ui: &mut Ui,
        (session, graph, analysis): (&Session, &SystemGraph, &Analysis),
        found: &FeedbackLoop,
        commands: &mut Vec<Command>,
    ) {
        let all = influences_of(analysis, found);
        if all.is_empty() {
            return;
        }
        section_ui(ui, "Inferred, not declared", Some(all.len()));
        for influence in all {
            self.influence_ui(ui, (session, graph), influence, commands);
        }
    }

    fn influence_ui(
        &mut self,
        ui: &mut Ui,
        (session, graph): (&Session, &SystemGraph),
        influence: &Influence,
        commands: &mut Vec<Command>,
    ) {
        let (from, to) = (influence.from, influence.to);
        let reasons: Vec<String> = influence.reasons.iter().map(Reason::text).collect();
        let words = format!(
            "{} → {}: {:.0} %, {}",
            graph.node(from).name,
            graph.node(to).name,
            influence.confidence * 100.0,
            reasons.join("; ")
        );
        ui.add(Label::new(words).wrap());
        if let Some(said) = session.decision(from, to) {
            ui.add(Label::new(RichText::new(said_words(said)).weak()).wrap());
        }
        ui.horizontal(|ui| {
            for (confirmed, label, answer) in
                [(true, "Confirm…", Answer::Confirmed), (false, "Deny…", Answer::Denied)]
            {
                if ui.selectable_label(influence.answer == Some(answer), label).clicked() {
                    let by = session.likely_name();
                    self.draft = Some(Draft { from, to, confirmed, by, why: String::new() });
                }
            }
        });
        let is_this = |draft: &Draft| (draft.from, draft.to) == (from, to);
        if self.draft.as_ref().is_some_and(is_this) {
            self.draft_ui(ui, commands);
        }
    }

    /// Who says so, and why; the answer is kept beside the manifests.
    fn draft_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let Some(draft) = &mut self.draft else { return };
        let mut done = false;
        let frame = egui::Frame::group(ui.style());
        frame.show(ui, |ui| {
            ui.label(if draft.confirmed {
                "It is so: the one influences the other."
            } else {
                "It is not so: the one does not influence the other."
            });
            ui.horizontal(|ui| {
                let label = ui.weak("Who says so");
                let field = TextEdit::singleline(&mut draft.by).desired_width(160.0);
                ui.add(field).labelled_by(label.id);
            });
            ui.horizontal(|ui| {
                let label = ui.weak("Why");
                let hint = "What you know, or where it can be looked up";
                let field = TextEdit::singleline(&mut draft.why).hint_text(hint);
                let field = field.desired_width(ui.available_width() - 8.0);
                ui.add(field).labelled_by(label.id);
            });
            ui.horizontal(|ui| {
                let whole = !draft.by.trim().is_empty() && !draft.why.trim().is_empty();
                let keep = ui.add_enabled(whole, egui::Button::new("Keep the answer"));
                if keep.on_disabled_hover_text("Say who and why").clicked() {
                    commands.push(Command::Decide {
                        from: draft.from,
                        to: draft.to,
                        confirmed: draft.confirmed,
                        by: draft.by.clone(),
                        why: draft.why.clone(),
                    });
                    done = true;
                }
                done |= ui.button("Cancel").clicked();
            });
        });
        if done {
            self.draft = None;
        }
    }
}

fn ranking_ui(
    ui: &mut Ui,
    (session, graph, analysis): (&Session, &SystemGraph, &Analysis),
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(session.preferences().theme);
    let loops = &analysis.loops;
    ui.weak(counted(loops.len(), "loop, the strongest first", "loops, the strongest first"));
    ScrollArea::vertical().id_salt("ranking").auto_shrink(false).show_rows(
        ui,
        ROW,
        loops.len(),
        |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for place in range {
                let found = &loops[place];
                let name = names(graph, &found.models);
                let note = kind(found);
                let row = RowText {
                    text: &name,
                    note: &note,
                    sign: icons::ARROWS_CLOCKWISE,
                    selected: session.shown_loop() == Some(found),
                    ..RowText::default()
                };
                if row_ui(ui, &row, theme).clicked() {
                    commands.push(Command::ShowLoop(place));
                }
            }
        },
    );
}

fn kind(found: &FeedbackLoop) -> String {
    let kind = match found.kind {
        LoopKind::Hidden => "hidden",
        LoopKind::Direct => "direct",
    };
    if found.is_inferred() { format!("{kind}, inferred") } else { kind.to_owned() }
}

fn names(graph: &SystemGraph, nodes: &[NodeIx]) -> String {
    let names: Vec<&str> = nodes.iter().map(|&node| &*graph.node(node).name).collect();
    names.join(" ⇄ ")
}

/// What to cut, edge by edge, with what it costs and where it is written.
fn cut_ui(ui: &mut Ui, graph: &SystemGraph, set: &BreakSet, theme: &Theme) {
    section_ui(ui, "What to cut", None);
    ui.label(
        RichText::new(format!("{} {}", icons::SCISSORS, set.summary())).color(color(theme.accent)),
    );
    let BreakSet::Cut { edges, .. } = set else { return };
    for cut in edges {
        let edge = graph.edge(cut.edge);
        let (from, to) = (&graph.node(edge.from).name, &graph.node(edge.to).name);
        let hours = if cut.is_said { "" } else { ", by default" };
        ui.label(format!("{from} → {to}: {} ({} hours{hours})", cut.how, cut.hours));
        ui.label(RichText::new(graph.place(graph.details(cut.edge).at)).monospace().weak());
    }
}

/// What the loop needs that nobody declared, and what was answered about its nodes.
fn influences_of<'a>(analysis: &'a Analysis, found: &FeedbackLoop) -> Vec<&'a Influence> {
    let inferred: Vec<&Influence> =
        found.walk.inferred.iter().filter_map(|&at| analysis.influences.get(at as usize)).collect();
    let answered = analysis.influences.iter().filter(|influence| {
        influence.answer.is_some()
            && found.nodes.contains(&influence.from)
            && found.nodes.contains(&influence.to)
    });
    let more: Vec<&Influence> = answered.filter(|i| !inferred.contains(i)).collect();
    inferred.into_iter().chain(more).collect()
}

/// Who said what, when and why.
fn said_words(said: &Decision) -> String {
    let what = if said.confirmed { "Confirmed" } else { "Denied" };
    let by = if said.by.is_empty() { String::new() } else { format!(" by {}", said.by) };
    let on = said.on.map_or_else(String::new, |day| format!(" on {day}"));
    let why = if said.why.is_empty() { String::new() } else { format!(": {}", said.why) };
    format!("{what}{by}{on}{why}")
}
