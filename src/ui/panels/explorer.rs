//! The system as a tree: by group, team or kind, with counts, searched as one types.

use super::super::theme::ROW;
use super::super::widgets::{RowText, empty_ui, linked, row_ui};
use crate::scene::caption::{counted, thousands};
use crate::scene::{Grouping, Outline, OutlineItem, OutlineRow, Target, Theme};
use crate::session::{Command, Listed, Session, Wanted};
use egui::{ComboBox, ScrollArea, TextEdit, Ui};
use egui_phosphor::regular as icons;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Groups are unfolded for a search until there are more hits than anybody reads.
const UNFOLD_UP_TO: usize = 400;

/// What is typed and unfolded in the explorer.
#[derive(Default)]
pub(super) struct Explorer {
    grouping: Grouping,
    filter: String,
    open: BTreeSet<String>,
    rows: Vec<OutlineRow>,
    /// The tree and the unfolded groups that the rows were made of.
    made_of: Option<(Arc<Listed>, BTreeSet<String>, bool)>,
}

impl Explorer {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let theme = Theme::of(session.preferences().theme);
        self.head_ui(ui);
        let wanted =
            Wanted::Outline { grouping: self.grouping, query: self.filter.trim().to_owned() };
        let found = session.listed(&wanted);
        if !found.is_some_and(|(_, exact)| exact) {
            commands.push(Command::Want(wanted));
        }
        let Some((listed, _)) = found else { return };
        let Listed::Outline(outline) = &**listed else { return };
        let searching = !self.filter.trim().is_empty();
        self.make_rows(listed, outline, searching);
        if self.rows.is_empty() {
            if !searching {
                let only_rows = session.project().is_some_and(|own| own.inputs.is_empty());
                let text = if only_rows {
                    "Only predictions are open. Open manifests to see what they belong to."
                } else {
                    "Nothing could be read. The import report says why."
                };
                empty_ui(ui, text, None);
            } else if empty_ui(ui, "Nothing is called so.", Some("Clear the search")) {
                self.filter.clear();
            }
            return;
        }
        let mut toggled = None;
        ScrollArea::vertical().auto_shrink(false).show_rows(
            ui,
            ROW,
            self.rows.len(),
            |ui, range| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for row in &self.rows[range] {
                    let indent = row.depth as f32 * 14.0;
                    match row.what {
                        OutlineItem::Group(ix) => {
                            let group = &outline.groups()[ix as usize];
                            let open =
                                self.open.contains(&group.key) || self.unfolds(outline, searching);
                            let target = Target::Group(group.key.clone());
                            let note = thousands(group.members as usize);
                            let text = RowText {
                                text: &group.name,
                                note: &note,
                                indent,
                                sign: if open { icons::CARET_DOWN } else { icons::CARET_RIGHT },
                                selected: session.selection().contains(&target),
                                lit: session.hovered() == Some(&target),
                                ..RowText::default()
                            };
                            let response = row_ui(ui, &text, theme);
                            if response.hovered() {
                                commands.push(Command::Hover(Some(target.clone())));
                            }
                            if response.clicked() {
                                toggled = Some(group.key.clone());
                                commands.push(Command::Select(
                                    vec![target],
                                    crate::session::Pick::Only,
                                ));
                            }
                        }
                        OutlineItem::Node(node) => {
                            let this = graph.node(node);
                            let target = Target::Node(node);
                            let text = RowText {
                                text: &this.name,
                                indent: indent + 16.0,
                                kind: Some(this.kind),
                                selected: session.selection().contains(&target),
                                lit: session.hovered() == Some(&target),
                                ..RowText::default()
                            };
                            let response = row_ui(ui, &text, theme);
                            linked(ui, &response, target, commands);
                        }
                    }
                }
            },
        );
        if let Some(key) = toggled
            && !self.open.remove(&key)
        {
            self.open.insert(key);
        }
    }

    fn head_ui(&mut self, ui: &mut Ui) {
        ComboBox::from_id_salt("grouping")
            .selected_text(self.grouping.title())
            .width(ui.available_width())
            .truncate()
            .show_ui(ui, |ui| {
                for &grouping in Grouping::ALL {
                    ui.selectable_value(&mut self.grouping, grouping, grouping.title());
                }
            });
        let hint = format!("{} Search", icons::MAGNIFYING_GLASS);
        let field = TextEdit::singleline(&mut self.filter).hint_text(hint);
        let response = ui.add(field.desired_width(ui.available_width()));
        response.on_hover_text("A name or any query, such as kind:model owner:ads");
        ui.add_space(4.0);
    }

    fn unfolds(&self, outline: &Outline, searching: bool) -> bool {
        searching && outline.members() <= UNFOLD_UP_TO
    }

    fn make_rows(&mut self, listed: &Arc<Listed>, outline: &Outline, searching: bool) {
        let unfold = self.unfolds(outline, searching);
        let same = self.made_of.as_ref().is_some_and(|(of, open, all)| {
            Arc::ptr_eq(of, listed) && *open == self.open && *all == unfold
        });
        if !same {
            self.rows = outline.rows((!unfold).then_some(&self.open));
            self.made_of = Some((Arc::clone(listed), self.open.clone(), unfold));
        }
    }
}

/// For the head of a list: how many of all are listed.
pub(super) fn listed_of(listed: usize, all: usize, one: &str, many: &str) -> String {
    if listed == all {
        counted(all, one, many)
    } else {
        format!("{} of {}", thousands(listed), counted(all, one, many))
    }
}
