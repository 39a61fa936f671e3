//! The ledger of accepted debt: what somebody accepts, until when, and what of it accepts nothing.

use super::super::super::theme::color;
use super::super::super::widgets::{empty_ui, place_ui};
use super::super::tables::ask;
use super::Shown;
use crate::analysis::{Accepted, Lapse};
use crate::scene::caption::counted;
use crate::session::{Command, Listed, SETTINGS_FILE_NAME, Wanted};
use egui::{Button, Label, RichText, ScrollArea, Sense, Ui};

pub(super) fn ledger_ui(
    ui: &mut Ui,
    (session, graph, theme): Shown<'_>,
    commands: &mut Vec<Command>,
) {
    let Some(listed) = ask(session, Wanted::Ledger, commands) else { return };
    let Listed::Ledger(rows) = &*listed else { return };
    if rows.is_empty() {
        let says = "No debt is accepted. Open a finding to accept it for a while.";
        empty_ui(ui, says, None);
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (at, row) in rows.iter().enumerate() {
            let name = match (row.node, row.accepted.node.as_deref()) {
                (Some(node), _) => graph.node(node).name.to_string(),
                (None, Some(id)) => id.to_owned(),
                (None, None) => String::from("everywhere"),
            };
            ui.horizontal(|ui| {
                ui.label(RichText::new(&*row.accepted.rule).monospace());
                let label = ui.add(Label::new(name).sense(Sense::click()));
                if let (true, Some(node)) = (label.clicked(), row.node) {
                    commands.push(Command::Reveal(node));
                }
                let found = counted(row.findings, "finding", "findings");
                ui.weak(format!("{found}, {:.0} hours a year", row.interest));
                if let Some(lapse) = row.lapse {
                    ui.label(RichText::new(why(lapse)).color(color(theme.warning)));
                }
            });
            ui.indent(at, |ui| {
                ui.add(Label::new(words(&row.accepted)).wrap());
                ui.horizontal(|ui| {
                    place_ui(ui, row.accepted.place());
                    revoke_ui(ui, &row.accepted, commands);
                });
            });
        }
    });
}

/// What a manifest says is changed there, by whom it belongs to.
fn revoke_ui(ui: &mut Ui, accepted: &Accepted, commands: &mut Vec<Command>) {
    let is_ours = &*accepted.path == SETTINGS_FILE_NAME;
    let button = ui.add_enabled(is_ours, Button::new("Revoke").small());
    let button = button.on_hover_text("Takes the statement out of the project's settings.");
    let says = "A manifest says it: take it out there.";
    if button.on_disabled_hover_text(says).clicked() {
        commands.push(Command::Revoke(accepted.clone()));
    }
}

const fn why(lapse: Lapse) -> &'static str {
    match lapse {
        Lapse::Expired => "ran out: mend it or decide again",
        Lapse::Unused => "accepts nothing that is found: take it out",
        Lapse::UnknownRule => "names no rule that there is",
    }
}

/// Why, who answers for it, and until when.
pub(super) fn words(accepted: &Accepted) -> String {
    let owner = accepted.owner.as_deref();
    let owner = owner.map_or_else(String::new, |owner| format!(" {owner} answers for it."));
    let until = accepted
        .expires
        .map_or_else(|| String::from(" Without a last day."), |day| format!(" Until {day}."));
    format!("Accepted: {}.{owner}{until}", accepted.reason.trim_end_matches('.'))
}
