//! Whom a change of the selection reaches, or what it rests on: by distance or by owner.

use super::super::widgets::{empty_ui, node_row};
use super::tables::ask;
use crate::model::{NodeIx, SystemGraph};
use crate::scene::caption::{counted, thousands};
use crate::scene::impact::{Impact, ImpactList, by_owner};
use crate::scene::rows::csv;
use crate::scene::{Target, Theme};
use crate::session::{Command, Listed, Session, Wanted};
use egui::{ScrollArea, Ui};

/// Which way the panel looks, and how it groups.
pub(super) struct ImpactPanel {
    way: Impact,
    by_owner: bool,
}

impl Default for ImpactPanel {
    fn default() -> Self {
        Self { way: Impact::Downstream, by_owner: false }
    }
}

impl ImpactPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let chosen = session.selection().iter().find_map(|target| match target {
            Target::Node(node) => Some(*node),
            _ => None,
        });
        let Some(of) = chosen else {
            empty_ui(ui, "Select a node to see what a change of it reaches.", None);
            return;
        };
        let listed = ask(session, Wanted::Impact { of, way: self.way }, commands);
        let list = listed.as_deref().and_then(|listed| match listed {
            Listed::Impact(list) => Some(list),
            _ => None,
        });
        self.head_ui(ui, (graph, of), list, commands);
        let Some(list) = list else { return };
        let theme = Theme::of(session.preferences().theme);
        if self.by_owner {
            owners_ui(ui, graph, list, (session, theme), commands);
        } else {
            rows_ui(ui, graph, list, (session, theme), commands);
        }
    }

    fn head_ui(
        &mut self,
        ui: &mut Ui,
        (graph, of): (&SystemGraph, NodeIx),
        list: Option<&ImpactList>,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal(|ui| {
            ui.selectable_value(&mut self.way, Impact::Downstream, "A change reaches");
            ui.selectable_value(&mut self.way, Impact::Upstream, "It rests on");
            ui.separator();
            ui.selectable_value(&mut self.by_owner, false, "By distance");
            ui.selectable_value(&mut self.by_owner, true, "By owner");
            ui.weak(match list {
                Some(list) => {
                    let name = &graph.node(of).name;
                    format!("{name}: {}", counted(list.rows.len(), "thing", "things"))
                }
                None => String::from("…"),
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if let (true, Some(list)) = (ui.button("Copy as CSV").clicked(), list) {
                    commands.push(Command::Copy(as_csv(graph, list)));
                }
            });
        });
    }
}

fn as_csv(graph: &SystemGraph, list: &ImpactList) -> String {
    let titles = ["distance", "id", "name", "kind", "owner", "way"];
    csv(&titles, &(0..list.rows.len()).collect::<Vec<_>>(), |row, column| {
        let row = &list.rows[row];
        let node = graph.node(row.node);
        match column {
            0 => row.distance.to_string(),
            1 => node.id.as_str().to_owned(),
            2 => node.name.to_string(),
            3 => node.kind.meta().key.to_owned(),
            4 => row.owner.map_or_else(String::new, |team| graph.node(team).name.to_string()),
            _ => {
                let path = list.path(graph, row.node);
                let mut names: Vec<&str> = Vec::new();
                for edge in path.into_iter().map(|edge| graph.edge(edge)) {
                    if names.is_empty() {
                        names.push(graph.node(edge.from).id.as_str());
                    }
                    names.push(graph.node(edge.to).id.as_str());
                }
                names.join(" > ")
            }
        }
    })
}

fn rows_ui(
    ui: &mut Ui,
    graph: &SystemGraph,
    list: &ImpactList,
    (session, theme): (&Session, &Theme),
    commands: &mut Vec<Command>,
) {
    if list.rows.is_empty() {
        empty_ui(ui, "Nothing.", None);
        return;
    }
    let height = super::super::theme::ROW;
    ScrollArea::vertical().auto_shrink(false).show_rows(
        ui,
        height,
        list.rows.len(),
        |ui, range| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in &list.rows[range] {
                let owner = row.owner.map_or("no owner", |team| &*graph.node(team).name);
                let note = format!("{owner} · {}", counted(row.distance as usize, "step", "steps"));
                node_row(ui, graph, row.node, &note, (session, theme), commands);
            }
        },
    );
}

fn owners_ui(
    ui: &mut Ui,
    graph: &SystemGraph,
    list: &ImpactList,
    (session, theme): (&Session, &Theme),
    commands: &mut Vec<Command>,
) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for owner in by_owner(graph, &list.rows) {
            let name = owner.owner.map_or("No owner", |team| &*graph.node(team).name);
            let title = format!(
                "{name}: {}, the nearest {} away",
                thousands(owner.rows.len()),
                counted(owner.nearest as usize, "step", "steps")
            );
            egui::CollapsingHeader::new(title).id_salt(name).show(ui, |ui| {
                for &row in &owner.rows {
                    let row = &list.rows[row as usize];
                    let note = counted(row.distance as usize, "step", "steps");
                    node_row(ui, graph, row.node, &note, (session, theme), commands);
                }
            });
        }
    });
}
