//! What a finding or a number rests on, down to nodes, rows and places.

use super::super::widgets::{listed_ui, node_row, place_ui};
use crate::analysis::{Evidence, Witness};
use crate::model::{NodeIx, SystemGraph, TableKind};
use crate::scene::caption::counted;
use crate::scene::row_text::row_words;
use crate::scene::{Target, Theme};
use crate::session::{Command, Panel, Pick, Session};
use egui::{CollapsingHeader, Label, Ui};

/// Rows and nodes beyond these are counted, with a way to see them.
const LISTED: usize = 20;

pub(super) fn evidence_ui(
    ui: &mut Ui,
    evidence: &Evidence,
    graph: &SystemGraph,
    commands: &mut Vec<Command>,
) {
    match evidence {
        Evidence::Number { label, value, threshold, unit } => {
            let limit =
                threshold.map_or_else(String::new, |t| format!(" (limit {} {unit})", number(t)));
            ui.label(format!("{}: {} {unit}{limit}", label.read(graph), number(*value)));
        }
        Evidence::Walk { label, witness } => {
            walk_ui(ui, (&label.read(graph), witness), graph, commands);
        }
        Evidence::Rows { table, rows } => rows_ui(ui, (*table, rows), graph),
        Evidence::Place { label, at } => {
            ui.horizontal(|ui| {
                ui.label(label.read(graph));
                place_ui(ui, graph.place(*at));
            });
        }
    }
}

/// A path in names; a click selects its edges, so that it is seen on the graph.
fn walk_ui(
    ui: &mut Ui,
    (label, witness): (&str, &Witness),
    graph: &SystemGraph,
    commands: &mut Vec<Command>,
) {
    let mut names: Vec<&str> = Vec::new();
    for &edge in &witness.edges {
        let edge = graph.edge(edge);
        if names.is_empty() {
            names.push(&graph.node(edge.from).name);
        }
        names.push(&graph.node(edge.to).name);
    }
    let text = format!("{label}: {}", names.join(" → "));
    let link = ui.add(Label::new(text).wrap().sense(egui::Sense::click()));
    let link = link.on_hover_cursor(egui::CursorIcon::PointingHand);
    if link.on_hover_text("Show it on the graph").clicked() {
        if let Some(&first) = witness.edges.first() {
            commands.push(Command::Reveal(graph.edge(first).from));
        }
        let edges = witness.edges.iter().map(|&edge| Target::Edge(edge)).collect();
        commands.push(Command::Select(edges, Pick::Only));
        commands.push(Command::ShowPanel(Panel::Graph));
    }
}

fn rows_ui(ui: &mut Ui, (table, rows): (TableKind, &[u32]), graph: &SystemGraph) {
    let count = counted(rows.len(), "row", "rows");
    let title = format!("{count} of the table of {}", table.title().to_lowercase());
    let id = (table.key(), rows.first(), rows.len());
    CollapsingHeader::new(title).id_salt(id).show(ui, |ui| {
        listed_ui(ui, id, (rows.len(), LISTED), |ui, shown| {
            for told in rows[..shown].iter().filter_map(|&row| row_words(graph, table, row)) {
                ui.add(Label::new(&told.words).wrap().selectable(true));
                place_ui(ui, graph.place(told.at));
            }
        });
    });
}

/// Nodes to click through.
pub(super) fn nodes_ui(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    nodes: &[NodeIx],
    (session, graph, theme): (&Session, &SystemGraph, &Theme),
    commands: &mut Vec<Command>,
) {
    listed_ui(ui, id, (nodes.len(), LISTED), |ui, shown| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &node in &nodes[..shown] {
            let owner = graph.node(node).owner;
            let owner = owner.map_or("no owner", |team| &*graph.node(team).name);
            node_row(ui, graph, node, owner, (session, theme), commands);
        }
    });
}

/// Whole numbers as they are, others with as many digits as tell something.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        let text = crate::scene::caption::thousands(value.abs() as usize);
        return if value < 0.0 { format!("−{text}") } else { text };
    }
    let digits = (2 - value.abs().log10().floor() as i32).clamp(0, 8) as usize;
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_as_long_as_they_tell_something() {
        for (value, text) in [
            (0.0, "0"),
            (12_400.0, "12 400"),
            (0.002_828_4, "0.00283"),
            (0.5, "0.5"),
            (61.234_5, "61.2"),
            (-0.012, "−0.012"),
        ] {
            let shown = number(value).replace(['\u{202f}', '\u{a0}', '\u{2009}', ','], " ");
            assert_eq!(shown, text);
        }
    }
}
