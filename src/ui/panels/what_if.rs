//! What would follow from a change: who breaks, in which order to move, what becomes of debt. Nothing is
//! written.

use super::super::theme::{SMALL, color};
use super::super::widgets::{RowText, empty_ui, listed_ui, node_row, row_ui};
use super::evidence::number;
use super::findings::sign;
use super::tables::ask;
use crate::analysis::Analysis;
use crate::analysis::migration::{Fate, Reached, Removal};
use crate::analysis::what_if::{Change, Total, WhatIf};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::caption::counted;
use crate::scene::findings::loop_title;
use crate::scene::rows::csv;
use crate::scene::{Target, Theme};
use crate::session::{Action, Command, Listed, Panel, Pick, Session, Wanted};
use egui::{Align, ComboBox, Label, Layout, RichText, ScrollArea, TextEdit, Ui, Vec2};
use egui_phosphor::regular as icons;

/// Rows listed at first in each list.
const LISTED: usize = 60;

/// Things offered for a replacement while one types.
const OFFERED: usize = 8;

/// What is asked, and what is typed for a replacement.
#[derive(Default)]
pub(super) struct WhatIfPanel {
    kind: Kind,
    typed: String,
    /// What was typed when these were found, and what fits it.
    offered: (String, Vec<NodeIx>),
    /// By id, so that it survives a reload.
    replacement: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Delete,
    Deprecate,
    Pin,
    Contract,
    Split,
    Replace,
}

impl Kind {
    const ALL: &[Self] =
        &[Self::Delete, Self::Deprecate, Self::Pin, Self::Contract, Self::Split, Self::Replace];

    const fn title(self) -> &'static str {
        match self {
            Self::Delete => "were deleted",
            Self::Deprecate => "were deprecated today",
            Self::Pin => "were pinned",
            Self::Contract => "had a contract",
            Self::Split => "were split by team",
            Self::Replace => "were replaced by",
        }
    }
}

/// Session, graph and theme: what every part reads.
type Shown<'a> = (&'a Session, &'a SystemGraph, &'a Theme);

impl WhatIfPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let nodes = session.asked_about();
        if nodes.is_empty() {
            let can = (Action::WhatIf.meta().enabled)(session);
            let says = if can {
                "Ask what would follow from a change of what is selected."
            } else {
                "Select something, then ask what would follow from a change of it."
            };
            if empty_ui(ui, says, can.then_some("What if…")) {
                commands.push(Command::Do(Action::WhatIf));
            }
            return;
        }
        let shown = (session, graph, Theme::of(session.preferences().theme));
        let change = self.head_ui(ui, shown, &nodes, commands);
        let Some(change) = change else {
            ui.weak("Name what takes its place.");
            return;
        };
        let Some(listed) = ask(session, Wanted::WhatIf { nodes, change }, commands) else {
            ui.weak("Judging the changed system…");
            return;
        };
        match &*listed {
            Listed::WhatIf(what_if, analysis) => {
                columns_ui(ui, shown, (what_if, analysis), commands);
            }
            _ => {
                ui.weak("The rules are at work.");
            }
        }
    }

    fn head_ui(
        &mut self,
        ui: &mut Ui,
        (session, graph, _): Shown<'_>,
        nodes: &[NodeIx],
        commands: &mut Vec<Command>,
    ) -> Option<Change> {
        let mut change = None;
        ui.horizontal(|ui| {
            ui.label("What if");
            let name = &graph.node(nodes[0]).name;
            let name = match nodes.len() {
                1 => name.to_string(),
                more => format!("{name} and {} more", more - 1),
            };
            if ui.link(name).on_hover_text("Look at it").clicked() {
                commands.push(Command::Reveal(nodes[0]));
            }
            ComboBox::from_id_salt("change").selected_text(self.kind.title()).width(160.0).show_ui(
                ui,
                |ui| {
                    for &kind in Kind::ALL {
                        ui.selectable_value(&mut self.kind, kind, kind.title());
                    }
                },
            );
            if self.kind == Kind::Replace {
                self.replacement_ui(ui, graph, nodes);
            }
            ui.weak("Nothing is written.");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let can = (Action::WhatIf.meta().enabled)(session);
                let button = ui.add_enabled(can, egui::Button::new("Ask about the selection"));
                if button.clicked() {
                    commands.push(Command::Do(Action::WhatIf));
                }
            });
            change = match self.kind {
                Kind::Delete => Some(Change::Delete),
                Kind::Deprecate => Some(Change::Deprecate),
                Kind::Pin => Some(Change::Pin),
                Kind::Contract => Some(Change::Contract),
                Kind::Split => Some(Change::Split),
                Kind::Replace => {
                    let by = self.replacement.as_deref().and_then(|id| graph.find(id));
                    by.filter(|by| !nodes.contains(by)).map(Change::Replace)
                }
            };
        });
        change
    }

    /// A name to type, with what fits it offered below.
    fn replacement_ui(&mut self, ui: &mut Ui, graph: &SystemGraph, nodes: &[NodeIx]) {
        let by = self.replacement.as_deref().and_then(|id| graph.find(id));
        let title = by.map_or("something…", |by| &*graph.node(by).name);
        ui.menu_button(title, |ui| {
            ui.set_min_width(280.0);
            let field = TextEdit::singleline(&mut self.typed).hint_text("Part of a name");
            ui.add(field.desired_width(f32::INFINITY)).request_focus();
            if self.offered.0 != self.typed || self.offered.1.is_empty() {
                self.offered = (self.typed.clone(), offered(graph, nodes[0], &self.typed));
            }
            for &node in &self.offered.1 {
                if ui.button(&*graph.node(node).name).clicked() {
                    self.replacement = Some(graph.node(node).id.as_str().to_owned());
                    ui.close();
                }
            }
            if self.offered.1.is_empty() {
                ui.weak("Nothing of this kind is called so.");
            }
        });
    }
}

/// The first things of the same kind whose name holds the text.
fn offered(graph: &SystemGraph, like: NodeIx, text: &str) -> Vec<NodeIx> {
    let (kind, text) = (graph.kind(like), text.trim().to_lowercase());
    let fits = |&node: &NodeIx| {
        let this = graph.node(node);
        node != like && this.kind == kind && this.name.to_lowercase().contains(&text)
    };
    graph.node_indices().filter(fits).take(OFFERED).collect()
}

fn columns_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    (what_if, analysis): (&WhatIf, &Analysis),
    commands: &mut Vec<Command>,
) {
    let spacing = ui.spacing().item_spacing.x;
    let size = Vec2::new((ui.available_width() - 2.0 * spacing) / 3.0, ui.available_height());
    ui.horizontal_top(|ui| {
        column_ui(ui, "breaks", size, |ui| breaks_ui(ui, shown, what_if, commands));
        column_ui(ui, "order", size, |ui| order_ui(ui, shown, what_if, commands));
        column_ui(ui, "debt", size, |ui| debt_ui(ui, shown, (what_if, analysis), commands));
    });
}

/// A third of the panel, scrolled on its own.
fn column_ui(ui: &mut Ui, salt: &str, size: Vec2, show: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_width(size.x);
        let area = ScrollArea::vertical().id_salt(salt).auto_shrink(false);
        area.max_height(size.y).show(ui, |ui| {
            ui.set_width(ui.available_width() - 12.0);
            show(ui);
        });
    });
}

/// Who has no other supplier, and who has one and must be moved.
fn breaks_ui(ui: &mut Ui, shown: Shown<'_>, what_if: &WhatIf, commands: &mut Vec<Command>) {
    // As high as the heading beside it, which has a link.
    ui.horizontal(|ui| ui.strong("Who breaks"));
    let Some(removal) = &what_if.removal else {
        let words = match what_if.moved.len() {
            0 => "Nobody must move: what reads it goes on reading it.".to_owned(),
            readers => format!(
                "Nobody breaks: {} a copy that the reading team owns.",
                counted(readers, "reader of another team takes", "readers of other teams take")
            ),
        };
        ui.add(Label::new(words).wrap());
        return;
    };
    if removal.reached.is_empty() {
        ui.add(Label::new("Nothing takes it in, directly or through others.").wrap());
        return;
    }
    let (_, graph, theme) = shown;
    let owners: Vec<&str> =
        removal.owners.iter().map(|&team| &*graph.node(team).name).take(6).collect();
    let more = removal.owners.len().saturating_sub(6);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if !owners.is_empty() {
        ui.add(Label::new(format!("Talk to {}{more}.", owners.join(", "))).wrap());
    }
    if ui.link("Show all of them on the graph").clicked() {
        let all = removal.reached.iter().map(|of| Target::Node(of.node)).collect();
        commands.push(Command::Select(all, Pick::Only));
        commands.push(Command::ShowPanel(Panel::Graph));
    }
    for (fate, title, ink) in [
        (Fate::CutOff, "No other supplier", theme.error),
        (Fate::Loses, "Has others, must be moved", theme.warning),
    ] {
        let of: Vec<&Reached> =
            removal.reached.iter().filter(|reached| reached.fate == fate).collect();
        if of.is_empty() {
            continue;
        }
        let words = format!("{title}: {}", counted(of.len(), "thing", "things"));
        ui.label(RichText::new(words).color(color(ink)));
        listed_ui(ui, title, (of.len(), LISTED), |ui, count| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for reached in &of[..count] {
                let note = note(graph, reached);
                node_row(ui, graph, reached.node, &note, (shown.0, theme), commands);
            }
        });
    }
}

fn note(graph: &SystemGraph, reached: &Reached) -> String {
    let owner = graph.node(reached.node).owner;
    let owner = owner.map_or("no owner", |team| &*graph.node(team).name);
    let far = if reached.direct {
        String::from("directly")
    } else {
        counted(reached.distance as usize, "step", "steps")
    };
    let leaving = if reached.leaving { ", leaving too" } else { "" };
    format!("{owner} · {far}{leaving}")
}

/// In which order to move, the last being what is taken out.
fn order_ui(ui: &mut Ui, shown: Shown<'_>, what_if: &WhatIf, commands: &mut Vec<Command>) {
    let (session, graph, theme) = shown;
    ui.horizontal(|ui| {
        ui.strong("In this order");
        if let Some(removal) = &what_if.removal
            && ui.link("Copy as CSV").clicked()
        {
            commands.push(Command::Copy(plan_csv(graph, removal)));
        }
    });
    let Some(removal) = &what_if.removal else {
        if what_if.moved.is_empty() {
            ui.weak("Nothing has to be moved.");
            return;
        }
        let words = "Fill each team's copy, then let its readers take it in.";
        ui.add(Label::new(RichText::new(words).weak()).wrap());
        listed_ui(ui, "moved", (what_if.moved.len(), LISTED), |ui, count| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (at, &(reader, team)) in what_if.moved[..count].iter().enumerate() {
                let note = format!("{}: to the copy of {}", at + 1, graph.node(team).name);
                node_row(ui, graph, reader, &note, (session, theme), commands);
            }
        });
        return;
    };
    let words = "Those farthest downstream first, so that nothing reads what is gone.";
    ui.add(Label::new(RichText::new(words).weak()).wrap());
    listed_ui(ui, "order", (removal.order.len(), LISTED), |ui, count| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (at, &node) in removal.order[..count].iter().enumerate() {
            let gone = removal.removed.contains(&node);
            let note =
                if gone { format!("{}: remove", at + 1) } else { format!("{}: move", at + 1) };
            node_row(ui, graph, node, &note, (session, theme), commands);
        }
    });
}

fn plan_csv(graph: &SystemGraph, removal: &Removal) -> String {
    let rows: Vec<usize> = (0..removal.order.len()).collect();
    csv(&["step", "id", "name", "owner", "what"], &rows, |row, column| {
        let ix = removal.order[row];
        let node = graph.node(ix);
        let reached = removal.reached.iter().find(|of| of.node == ix);
        match column {
            0 => (row + 1).to_string(),
            1 => node.id.as_str().to_owned(),
            2 => node.name.to_string(),
            3 => node.owner.map_or_else(String::new, |team| graph.node(team).name.to_string()),
            _ => String::from(match reached.map(|of| of.fate) {
                Some(Fate::CutOff) => "has no other supplier",
                Some(Fate::Loses) => "move to its other suppliers",
                None => "remove",
            }),
        }
    })
}

/// Before and after, what goes and what comes.
fn debt_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    (what_if, analysis): (&WhatIf, &Analysis),
    commands: &mut Vec<Command>,
) {
    let (_, graph, theme) = shown;
    ui.horizontal(|ui| ui.strong("How debt changes"));
    totals_ui(ui, (what_if.before, what_if.after), theme);
    for &at in &what_if.loops_gone {
        let Some(found) = analysis.loops.get(at as usize) else { continue };
        let name = loop_title(graph, &found.models);
        ui.add(Label::new(format!("{} Loop no more: {name}", icons::SCISSORS)).wrap());
    }
    for models in &what_if.loops_brought {
        let name = loop_title(graph, models);
        let text = RichText::new(format!("New loop: {name}")).color(color(theme.loops));
        ui.add(Label::new(text).wrap());
    }
    ui.add_space(4.0);
    ui.weak(counted(what_if.brought.len(), "new finding", "new findings"));
    listed_ui(ui, "brought", (what_if.brought.len(), LISTED), |ui, count| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for of in &what_if.brought[..count] {
            let row = RowText {
                text: &of.message,
                note: of.code,
                sign: sign(of.weight, theme).0,
                ..RowText::default()
            };
            if row_ui(ui, &row, theme).on_hover_text(&of.message).clicked()
                && let Some(node) = of.subject
            {
                commands.push(Command::Reveal(node));
            }
        }
    });
    ui.weak(counted(what_if.gone.len(), "finding no more", "findings no more"));
    listed_ui(ui, "gone", (what_if.gone.len(), LISTED), |ui, count| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &at in &what_if.gone[..count] {
            let finding = &analysis.findings[at as usize];
            let message = finding.message.read(graph);
            let row = RowText {
                text: &message,
                note: finding.code,
                sign: icons::CHECK,
                ..RowText::default()
            };
            if row_ui(ui, &row, theme).on_hover_text(message.as_ref()).clicked() {
                commands.push(Command::Reveal(finding.subject));
            }
        }
    });
}

fn totals_ui(ui: &mut Ui, (before, after): (Total, Total), theme: &Theme) {
    let lines = [
        ("Hours a year", before.interest, after.interest),
        ("Heat", before.heat, after.heat),
        ("Findings", before.findings as f64, after.findings as f64),
    ];
    egui::Grid::new("totals").num_columns(4).spacing([12.0, 2.0]).show(ui, |ui| {
        for (label, before, after) in lines {
            ui.label(label);
            ui.label(number(before.round()));
            ui.label(format!("→ {}", number(after.round())));
            let change = (after - before).round();
            let (words, ink) = match change {
                c if c > 0.0 => (format!("+{}", number(c)), theme.warning),
                c if c < 0.0 => (number(c), theme.note),
                _ => (String::from("the same"), theme.secondary),
            };
            ui.label(RichText::new(words).color(color(ink)));
            ui.end_row();
        }
    });
    let words =
        "The same rules on the changed system. Rows of tables about what is gone count no more.";
    ui.add(Label::new(RichText::new(words).weak().size(SMALL)).wrap());
}
