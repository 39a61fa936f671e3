//! Where one is and what is shown: history, the picture's question, and the query.

use super::super::widgets::{icon_button, query_field_ui};
use super::Panels;
use crate::scene::{Perspective, Theme};
use crate::session::{Action, Command, Session};
use egui::{Key, Ui};
use egui_phosphor::regular as icons;

pub(in crate::ui) fn show(
    ui: &mut Ui,
    session: &Session,
    panels: &mut Panels,
    commands: &mut Vec<Command>,
) {
    ui.horizontal(|ui| {
        icon_button(ui, icons::ARROW_LEFT, Action::Back, session, commands);
        icon_button(ui, icons::ARROW_RIGHT, Action::Forward, session, commands);
        icon_button(ui, icons::ARROW_COUNTER_CLOCKWISE, Action::Undo, session, commands);
        icon_button(ui, icons::ARROW_CLOCKWISE, Action::Redo, session, commands);
        ui.separator();
        for &perspective in Perspective::ALL {
            let shown = session.view().perspective == perspective;
            if ui.selectable_label(shown, perspective.title()).clicked() && !shown {
                commands.push(Command::Perspective(perspective));
            }
        }
        ui.separator();
        query_ui(ui, session, panels, commands);
    });
}

fn query_ui(ui: &mut Ui, session: &Session, panels: &mut Panels, commands: &mut Vec<Command>) {
    let theme = Theme::of(session.preferences().theme);
    ui.label(icons::MAGNIFYING_GLASS);
    let edit = query_field_ui(
        ui,
        &mut panels.query,
        session.query_text(),
        session.query_error(),
        session.graph(),
        theme,
    );
    if std::mem::take(&mut panels.focus_query) {
        edit.response.request_focus();
    }
    if let Some(text) = edit.text {
        commands.push(Command::Query(text));
    }
    if edit.done {
        commands.push(Command::QueryDone);
        // Esc in the field drops the query, as everywhere.
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            commands.push(Command::Query(String::new()));
        }
    }
    if let Some(error) = session.query_error() {
        edit.response.show_tooltip_ui(|ui| {
            ui.colored_label(ui.visuals().error_fg_color, &error.message);
        });
    }
}
