//! Everything known about the selection: what it is, what is wrong, what goes in and out, attributes,
//! provenance.

use super::super::theme::color;
use super::super::widgets::{empty_ui, kind_icon, node_row, place_ui, section_ui, sentence};
use super::debt::terms_ui;
use super::findings;
use super::tables::ask;
use crate::analysis::Analysis;
use crate::model::{Attr, AttrEntry, EdgeIx, NodeIx, SystemGraph};
use crate::scene::caption::{counted, thousands};
use crate::scene::slice_words::{signed_percent, slice_text};
use crate::scene::{Focus, OwnerMark, Target, Theme};
use crate::session::{Action, Command, Listed, Overview, Panel, Session, SliceCommand, Wanted};
use egui::{CollapsingHeader, Label, RichText, ScrollArea, Ui};

/// Lists longer than this are cut, with a button for the rest.
const LISTED: usize = 30;

pub(super) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let Some(graph) = session.graph() else { return };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| match session.selection() {
        [] => overview_ui(ui, session, graph, commands),
        [Target::Node(node)] => node_ui(ui, (session, graph), *node, commands),
        [Target::Node(node), rest @ ..] if rest.iter().all(|t| matches!(t, Target::Edge(_))) => {
            node_ui(ui, (session, graph), *node, commands);
        }
        [Target::Edge(edge)] => edge_ui(ui, (session, graph), *edge, commands),
        [Target::Group(key)] => group_ui(ui, session, key, commands),
        _ if is_loop(session) => loop_ui(ui, (session, graph), commands),
        many => many_ui(ui, (session, graph), many, commands),
    });
}

/// Whether the walk of the loop that is shown alone is what is selected.
fn is_loop(session: &Session) -> bool {
    let walk = session.shown_loop().map(|found| &found.walk.witness.edges);
    walk.is_some_and(|edges| {
        session.selection().iter().all(|t| matches!(t, Target::Edge(edge) if edges.contains(edge)))
    })
}

/// A loop alone: through which part of the world it closes, who owns each side, where it is written.
fn loop_ui(ui: &mut Ui, (session, graph): (&Session, &SystemGraph), commands: &mut Vec<Command>) {
    let Some(found) = session.shown_loop() else { return };
    let theme = Theme::of(session.preferences().theme);
    let name = crate::scene::findings::loop_title(graph, &found.models);
    ui.add(Label::new(RichText::new(name).heading()).wrap());
    ui.weak(format!("A {} loop", found.kind.key()));
    let owner =
        |node: NodeIx| graph.node(node).owner.map_or("no owner", |team| &*graph.node(team).name);
    section_ui(ui, "Closes through", Some(found.surfaces.len()));
    if found.surfaces.is_empty() {
        ui.add(Label::new("An influence that no surface stands for.").wrap());
    }
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &node in &found.surfaces {
            node_row(ui, graph, node, owner(node), (session, theme), commands);
        }
    });
    section_ui(ui, "Whose each side is", Some(found.models.len()));
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &node in &found.models {
            node_row(ui, graph, node, owner(node), (session, theme), commands);
        }
    });
    section_ui(ui, "The walk, and where it is written", Some(found.walk.witness.edges.len()));
    for (number, &ix) in found.walk.witness.edges.iter().enumerate() {
        let edge = graph.edge(ix);
        let (from, to) = (&graph.node(edge.from).name, &graph.node(edge.to).name);
        let words = format!("{}. {from} {} {to}", number + 1, edge.kind.title().to_lowercase());
        ui.add(Label::new(words).wrap());
        place_ui(ui, graph.place(graph.details(ix).at));
    }
    if !found.walk.inferred.is_empty() {
        ui.add_space(4.0);
        ui.add(
            Label::new("Parts of it are inferred: confirm or deny them in the panel of loops.")
                .wrap(),
        );
    }
}

/// Nothing is selected: what the whole is.
fn overview_ui(ui: &mut Ui, session: &Session, graph: &SystemGraph, commands: &mut Vec<Command>) {
    let Some(project) = session.project() else { return };
    ui.heading(&project.title);
    ui.weak(format!(
        "{}, {}",
        counted(graph.nodes().len(), "node", "nodes"),
        counted(graph.edges().len(), "edge", "edges")
    ));
    let theme = Theme::of(session.preferences().theme);
    let Some(listed) = ask(session, Wanted::Overview, commands) else { return };
    let Listed::Overview(overview) = &*listed else { return };
    section_ui(ui, "Kinds", None);
    for &(kind, count) in &overview.kinds {
        ui.horizontal(|ui| {
            kind_icon(ui, kind, theme);
            if ui.link(counted(count, kind.meta().title, kind.meta().plural)).clicked() {
                commands.push(Command::Query(format!("kind:{}", kind.meta().key)));
            }
        });
    }
    hotspots_ui(ui, (session, graph, theme), overview, commands);
    ui.add_space(12.0);
    ui.weak("Select something to see all that is known about it.");
}

/// Where to look first, with the reasons.
fn hotspots_ui(
    ui: &mut Ui,
    (session, graph, theme): (&Session, &SystemGraph, &Theme),
    overview: &Overview,
    commands: &mut Vec<Command>,
) {
    let Some(analysis) = overview.analysis.as_deref() else { return };
    if overview.hotspots.is_empty() {
        return;
    }
    section_ui(ui, "Where to look first", None);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for spot in &overview.hotspots {
            let note = format!("{:.0}", spot.score.score);
            let row = node_row(ui, graph, spot.node, &note, (session, theme), commands);
            row.on_hover_ui(|ui| {
                ui.strong(format!("Debt {:.0} of 100", spot.score.score));
                for share in &spot.reasons {
                    let finding = &analysis.findings[share.finding as usize];
                    ui.label(format!("{}: {:.0} hours a year", finding.code, share.hours()));
                    ui.weak(finding.message.read(graph));
                }
            });
        }
    });
    if ui.link("What these numbers are made of").clicked() {
        commands.push(Command::ShowPanel(Panel::Hotspots));
    }
}

/// The terms of a node's score.
fn debt_ui(
    ui: &mut Ui,
    shown: (&Session, &SystemGraph, &Theme),
    analysis: &Analysis,
    ix: NodeIx,
    commands: &mut Vec<Command>,
) {
    let score = analysis.scores.node(ix);
    if score.hot <= 0.0 && score.inherited <= 0.0 {
        return;
    }
    let title = format!("Debt {:.0} of 100", score.score);
    ui.add_space(8.0);
    CollapsingHeader::new(title).id_salt(("debt", ix.0)).show(ui, |ui| {
        terms_ui(ui, shown, analysis, ix, commands);
    });
}

fn node_ui(
    ui: &mut Ui,
    (session, graph): (&Session, &SystemGraph),
    ix: NodeIx,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(session.preferences().theme);
    let node = graph.node(ix);
    ui.horizontal(|ui| {
        kind_icon(ui, node.kind, theme);
        ui.add(Label::new(RichText::new(&*node.name).heading()).truncate());
    });
    ui.horizontal_wrapped(|ui| {
        ui.weak(node.kind.meta().title);
        ui.weak("·");
        match node.owner {
            Some(team) => owner_ui(ui, graph, team, theme, commands),
            None => {
                ui.label(RichText::new("no owner").color(color(theme.warning)));
            }
        }
    });
    if !node.defined {
        ui.label(RichText::new("Referred to, but no file defines it.").color(color(theme.warning)));
    }
    ui.add(
        Label::new(RichText::new(node.id.as_str()).monospace().weak()).truncate().selectable(true),
    )
    .on_hover_text(node.id.as_str());
    if let Some(text) = node.attrs.text(Attr::Purpose) {
        ui.add_space(4.0);
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(8.0);
    actions_ui(ui, session, commands);
    slice_ui(ui, session, ix, commands);
    wrong_ui(ui, (session, graph, theme), ix, commands);
    ends_ui(ui, (session, graph), "Inputs", graph.incoming(ix), true, commands);
    ends_ui(ui, (session, graph), "Outputs", graph.outgoing(ix), false, commands);
    columns_ui(ui, graph, ix);
    attributes_ui(ui, graph, node.attrs.iter().filter(|e| e.attr != Attr::Purpose));
    section_ui(ui, "Written at", None);
    place_ui(ui, graph.place(node.at));
    for &at in &node.also_at {
        place_ui(ui, graph.place(at));
    }
    if !node.aliases.is_empty() {
        section_ui(ui, "Also called", Some(node.aliases.len()));
        for alias in &node.aliases {
            place_ui(ui, alias.as_str().to_owned());
        }
    }
}

fn owner_ui(
    ui: &mut Ui,
    graph: &SystemGraph,
    team: NodeIx,
    theme: &Theme,
    commands: &mut Vec<Command>,
) {
    let mark = OwnerMark::new(graph, team);
    ui.label(RichText::new(&*mark.initials).color(color(theme.owner(mark.hash))).strong());
    let name = &graph.node(team).name;
    if ui.link(&**name).on_hover_text("Show what this team owns").clicked() {
        commands.push(Command::Query(format!("owner:{}", quoted(name))));
    }
}

fn quoted(text: &str) -> String {
    if text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)) {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', ""))
    }
}

fn actions_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        for (action, label) in [
            (Action::FocusNeighbours, "Neighbours"),
            (Action::FocusUpstream, "Upstream"),
            (Action::FocusDownstream, "Downstream"),
            (Action::FitSelection, "Look at it"),
            (Action::WhatIf, "What if…"),
        ] {
            let meta = action.meta();
            let enabled = (meta.enabled)(session);
            let button = ui.add_enabled(enabled, egui::Button::new(label).small());
            if button.on_hover_text(meta.tooltip).clicked() {
                commands.push(Command::Do(action));
            }
        }
    });
}

/// The slice in which the model is off most, and the way to it.
fn slice_ui(ui: &mut Ui, session: &Session, ix: NodeIx, commands: &mut Vec<Command>) {
    let Some(worst) = session.worst_slices().iter().find(|own| own.model == ix) else { return };
    section_ui(ui, "Worst slice", None);
    ui.horizontal_wrapped(|ui| {
        if ui.link(slice_text(&worst.slice)).on_hover_text("Look at it under Slices").clicked() {
            commands.push(Command::Slice(SliceCommand::Slice(worst.slice.clone())));
            commands.push(Command::ShowPanel(Panel::Slices));
        }
        let rows = thousands(worst.rows as usize);
        ui.weak(format!("bias {} (z {:.0}, {rows} rows)", signed_percent(worst.bias), worst.z));
    });
}

fn wrong_ui(
    ui: &mut Ui,
    (session, graph, theme): (&Session, &SystemGraph, &Theme),
    ix: NodeIx,
    commands: &mut Vec<Command>,
) {
    let Some(analysis) = session.analysis() else { return };
    debt_ui(ui, (session, graph, theme), analysis, ix, commands);
    let own = analysis.about(ix);
    if own.is_empty() {
        return;
    }
    section_ui(ui, "What is wrong", Some(own.len()));
    for (position, finding) in own.iter().enumerate() {
        let (sign, ink) = findings::sign(finding.weight, theme);
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(sign).color(ink).size(15.0));
            ui.vertical(|ui| {
                ui.add(Label::new(finding.message.read(graph)).wrap());
                let title = format!("{} evidence and remedy", finding.code);
                CollapsingHeader::new(RichText::new(title).small()).id_salt(position).show(
                    ui,
                    |ui| {
                        findings::detail_ui(ui, finding, (session, graph, theme), commands);
                    },
                );
            });
        });
    }
}

fn ends_ui(
    ui: &mut Ui,
    (session, graph): (&Session, &SystemGraph),
    title: &str,
    edges: &[EdgeIx],
    incoming: bool,
    commands: &mut Vec<Command>,
) {
    if edges.is_empty() {
        return;
    }
    let theme = Theme::of(session.preferences().theme);
    section_ui(ui, title, Some(edges.len()));
    let id = ui.id().with(title).with(edges[0].0);
    let all = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let listed = if all { edges.len() } else { edges.len().min(LISTED) };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &edge in &edges[..listed] {
            let this = graph.edge(edge);
            let other = if incoming { this.from } else { this.to };
            node_row(ui, graph, other, this.kind.title(), (session, theme), commands);
        }
    });
    if listed < edges.len()
        && ui.link(format!("+{} hidden, show all", edges.len() - listed)).clicked()
    {
        ui.data_mut(|data| data.insert_temp(id, true));
    }
}

fn columns_ui(ui: &mut Ui, graph: &SystemGraph, ix: NodeIx) {
    let columns = &graph.node(ix).columns;
    if columns.is_empty() {
        return;
    }
    ui.add_space(8.0);
    let title = counted(columns.len(), "column", "columns");
    CollapsingHeader::new(title).id_salt("columns").show(ui, |ui| {
        for column in columns {
            ui.horizontal(|ui| {
                ui.monospace(&*column.name);
                if let Some(kind) = &column.data_type {
                    ui.weak(&**kind);
                }
                if !column.described {
                    ui.weak("not described");
                }
            });
        }
    });
}

fn attributes_ui<'a>(
    ui: &mut Ui,
    graph: &SystemGraph,
    entries: impl Iterator<Item = &'a AttrEntry>,
) {
    let entries: Vec<&AttrEntry> = entries.collect();
    if entries.is_empty() {
        return;
    }
    section_ui(ui, "Attributes", Some(entries.len()));
    for entry in entries {
        let meta = entry.attr.meta();
        ui.horizontal_wrapped(|ui| {
            let name = sentence(&meta.key.replace('_', " "));
            ui.weak(name).on_hover_text(meta.doc);
            let value = Label::new(entry.value.to_string()).wrap().selectable(true);
            ui.add(value).on_hover_text(graph.place(entry.at));
        });
    }
}

fn edge_ui(
    ui: &mut Ui,
    (session, graph): (&Session, &SystemGraph),
    ix: EdgeIx,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(session.preferences().theme);
    let Some(edge) = graph.edges().get(ix.at()) else { return };
    ui.heading(edge.kind.title());
    section_ui(ui, "From", None);
    node_row(ui, graph, edge.from, "", (session, theme), commands);
    section_ui(ui, "To", None);
    node_row(ui, graph, edge.to, "", (session, theme), commands);
    let details = graph.details(ix);
    if !details.columns.is_empty() {
        section_ui(ui, "Columns", Some(details.columns.len()));
        for link in &details.columns {
            ui.monospace(format!("{} → {}", link.from, link.to));
        }
    }
    attributes_ui(ui, graph, details.attrs().iter());
    section_ui(ui, "Written at", None);
    place_ui(ui, graph.place(details.at));
}

fn group_ui(ui: &mut Ui, session: &Session, key: &str, commands: &mut Vec<Command>) {
    let scene = session.scene();
    let plate = scene.and_then(|scene| scene.plates.iter().find(|plate| plate.key == key));
    let Some(plate) = plate else {
        ui.heading(key);
        ui.weak("Not shown in this view.");
        return;
    };
    ui.heading(&*plate.name);
    ui.weak(format!("Group · {}", plate.subtitle));
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        let label = if plate.open { "Close" } else { "Open" };
        if ui.button(label).clicked() {
            commands.push(Command::ToggleGroup(key.to_owned()));
        }
        if ui.button("Only this group").clicked() {
            let on = session.selected_node_ids();
            commands.push(Command::Focus(Focus {
                on,
                up: Some(0),
                down: Some(0),
                round: Vec::new(),
            }));
        }
    });
    if !plate.strip.is_empty() {
        let theme = Theme::of(session.preferences().theme);
        section_ui(ui, "Holds", None);
        for &(kind, count) in &plate.strip {
            ui.horizontal(|ui| {
                kind_icon(ui, kind, theme);
                ui.label(counted(count as usize, kind.meta().title, kind.meta().plural));
            });
        }
    }
}

fn many_ui(
    ui: &mut Ui,
    (session, graph): (&Session, &SystemGraph),
    targets: &[Target],
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(session.preferences().theme);
    ui.heading(counted(targets.len(), "thing", "things"));
    ui.weak("selected");
    ui.add_space(8.0);
    actions_ui(ui, session, commands);
    ui.add_space(8.0);
    let nodes: Vec<NodeIx> = targets
        .iter()
        .filter_map(|target| match target {
            Target::Node(node) => Some(*node),
            _ => None,
        })
        .collect();
    if nodes.is_empty() {
        edges_ui(ui, graph, targets);
        return;
    }
    for &node in nodes.iter().take(LISTED) {
        node_row(ui, graph, node, "", (session, theme), commands);
    }
    if nodes.len() > LISTED {
        ui.weak(format!("+{} hidden", nodes.len() - LISTED));
    }
}

fn edges_ui(ui: &mut Ui, graph: &SystemGraph, targets: &[Target]) {
    let edges = targets.iter().filter_map(|target| match target {
        Target::Edge(edge) => Some(*edge),
        _ => None,
    });
    let mut any = false;
    for ix in edges.take(LISTED) {
        any = true;
        let edge = graph.edge(ix);
        let (from, to) = (&graph.node(edge.from).name, &graph.node(edge.to).name);
        ui.label(format!("{from} → {to}"));
        ui.weak(format!("{} · {}", edge.kind.title(), graph.place(graph.details(ix).at)));
    }
    if !any {
        empty_ui(ui, "Select one of them to see more.", None);
    } else if targets.len() > LISTED {
        ui.weak(format!("+{} hidden", targets.len() - LISTED));
    }
}
