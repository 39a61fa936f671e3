//! Feedback loops through the world: the ranking, and of the chosen one how it closes, whose each part is,
//! and what it would cost to cut.

use super::super::theme::{ROW, color};
use super::super::widgets::{RowText, empty_ui, node_row, row_ui, section_ui};
use crate::analysis::Analysis;
use crate::analysis::loops::{Answer, BreakSet, FeedbackLoop, Influence, LoopKind};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::Theme;
use crate::scene::caption::counted;
use crate::session::{Command, Session};
use egui::{Label, RichText, ScrollArea, Ui};
use egui_phosphor::regular as icons;

/// Width of the ranking beside the chosen loop.
const RANKING: f32 = 380.0;

pub(super) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
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
            ScrollArea::vertical().id_salt("loop").auto_shrink(false).show(ui, |ui| match session
                .shown_loop()
            {
                Some(found) => loop_ui(ui, (session, graph, analysis), found, commands),
                None => {
                    empty_ui(ui, "Choose a loop to see it alone and how to cut it.", None);
                }
            });
        });
    });
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

fn loop_ui(
    ui: &mut Ui,
    (session, graph, analysis): (&Session, &SystemGraph, &Analysis),
    found: &FeedbackLoop,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(session.preferences().theme);
    ui.heading(names(graph, &found.models));
    let surfaces = names(graph, &found.surfaces).replace(" ⇄ ", ", ");
    let through = if surfaces.is_empty() { String::new() } else { format!(", through {surfaces}") };
    let owners = names(graph, &found.owners).replace(" ⇄ ", ", ");
    let owners = if owners.is_empty() { String::from("nobody") } else { owners };
    ui.add(Label::new(format!("A {} loop{through}. Owned by {owners}.", kind(found))).wrap());
    cut_ui(ui, graph, &found.break_set, theme);
    if let Some(all) = &found.break_all {
        ui.weak(format!("So that no model influences even itself: {}.", all.summary()));
    }
    influences_ui(ui, (graph, analysis), found, commands);
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
        ui.label(RichText::new(graph.place(edge.at)).monospace().weak());
    }
}

/// What nobody declared: to be confirmed or denied by somebody who knows.
fn influences_ui(
    ui: &mut Ui,
    (graph, analysis): (&SystemGraph, &Analysis),
    found: &FeedbackLoop,
    commands: &mut Vec<Command>,
) {
    let inferred: Vec<&Influence> =
        found.walk.inferred.iter().filter_map(|&at| analysis.influences.get(at as usize)).collect();
    let answered = analysis.influences.iter().filter(|influence| {
        influence.answer.is_some()
            && found.nodes.contains(&influence.from)
            && found.nodes.contains(&influence.to)
    });
    let all: Vec<&Influence> =
        inferred.iter().copied().chain(answered.filter(|i| !inferred.contains(i))).collect();
    if all.is_empty() {
        return;
    }
    section_ui(ui, "Inferred, not declared", Some(all.len()));
    for influence in all {
        let (from, to) = (&graph.node(influence.from).name, &graph.node(influence.to).name);
        let reasons: Vec<String> = influence.reasons.iter().map(|reason| reason.text()).collect();
        ui.add(
            Label::new(format!(
                "{from} → {to}: {:.0} %, {}",
                influence.confidence * 100.0,
                reasons.join("; ")
            ))
            .wrap(),
        );
        ui.horizontal(|ui| {
            let decide =
                |confirmed| Command::Decide { from: influence.from, to: influence.to, confirmed };
            if ui.selectable_label(influence.answer == Some(Answer::Confirmed), "Confirm").clicked()
            {
                commands.push(decide(true));
            }
            if ui.selectable_label(influence.answer == Some(Answer::Denied), "Deny").clicked() {
                commands.push(decide(false));
            }
        });
    }
}
