//! The menus, drawn from the table of actions.

use super::super::widgets::action_button;
use crate::samples::SAMPLES;
use crate::session::{ACTIONS, Command, Menu, PANELS, Session};
use egui::{MenuBar, Ui};

pub(in crate::ui) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    MenuBar::new().ui(ui, |ui| {
        for &menu in Menu::BAR {
            ui.menu_button(menu.title(), |ui| {
                for meta in ACTIONS.iter().filter(|meta| meta.menu == menu) {
                    if meta.new_section {
                        ui.separator();
                    }
                    action_button(ui, meta, session, commands);
                }
                match menu {
                    Menu::File => samples_ui(ui, commands),
                    Menu::Edit => views_ui(ui, session, commands),
                    Menu::View => panels_ui(ui, commands),
                    _ => {}
                }
            });
        }
    });
}

fn samples_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.separator();
    ui.menu_button("Open a sample", |ui| {
        for sample in SAMPLES {
            if ui.button(sample.title).on_hover_text(sample.doc).clicked() {
                commands.push(Command::OpenSample(sample.key));
                ui.close();
            }
        }
    });
}

fn panels_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.separator();
    ui.menu_button("Panels", |ui| {
        for meta in PANELS {
            if ui.button(meta.title).on_hover_text(meta.tooltip).clicked() {
                commands.push(Command::ShowPanel(meta.panel));
                ui.close();
            }
        }
    });
}

fn views_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    if session.saved_views().is_empty() {
        return;
    }
    ui.separator();
    for name in session.saved_views().keys() {
        ui.menu_button(name, |ui| {
            if ui.button("Show").clicked() {
                commands.push(Command::ApplyView(name.clone()));
                ui.close();
            }
            if ui.button("Delete").clicked() {
                commands.push(Command::DeleteView(name.clone()));
                ui.close();
            }
        });
    }
}
