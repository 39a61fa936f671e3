//! The window before anything is open: the samples, what was open before, and how to open more.

use crate::import::Input;
use crate::samples::{SAMPLES, Sample};
use crate::session::{Action, Command, Recent, Session};
use egui::{Align, Button, Layout, RichText, Ui, Vec2};

const WIDTH: f32 = 560.0;

pub(in crate::ui) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let spare = (ui.available_height() - 520.0).max(48.0) / 2.0;
    egui::ScrollArea::vertical().show(ui, |ui| {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            ui.add_space(spare);
            ui.allocate_ui(Vec2::new(WIDTH, 0.0), |ui| {
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    content_ui(ui, session, commands);
                });
            });
        });
    });
}

fn content_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.label(RichText::new("Undercurrent").size(28.0).strong());
    ui.weak(
        "The hidden debt in machine-learning systems: what depends on what, and where it rots.",
    );
    ui.add_space(20.0);
    if let Some(name) = session.opening() {
        ui.label(format!("Reading {name}…"));
        return;
    }
    ui.horizontal(|ui| {
        for action in [Action::Open, Action::OpenFolder, Action::OpenPath] {
            let meta = action.meta();
            let button = Button::new(meta.label).min_size(Vec2::new(120.0, 32.0));
            if ui.add(button).on_hover_text(meta.tooltip).clicked() {
                commands.push(Command::Do(action));
            }
        }
    });
    ui.add_space(4.0);
    ui.weak(
        "Or drop files here: dbt, OpenLineage, native YAML or JSON, CSV edge lists, Graphviz DOT.",
    );
    ui.add_space(20.0);
    ui.label(RichText::new("Samples").heading());
    ui.add_space(4.0);
    for sample in SAMPLES {
        if entry_ui(ui, sample.title, sample.doc) {
            commands.push(Command::OpenSample(sample.key));
        }
    }
    let recent = &session.preferences().recent;
    if !recent.is_empty() {
        ui.add_space(20.0);
        ui.label(RichText::new("Recent").heading());
        ui.add_space(4.0);
        for entry in recent {
            recent_ui(ui, entry, commands);
        }
    }
}

fn recent_ui(ui: &mut Ui, recent: &Recent, commands: &mut Vec<Command>) {
    match recent {
        Recent::Sample(key) => {
            if let Some(sample) = Sample::find(key)
                && entry_ui(ui, sample.title, "Sample")
            {
                commands.push(Command::OpenSample(sample.key));
            }
        }
        Recent::Paths(paths) => {
            let Some(first) = paths.first() else { return };
            let name = first.file_name().map_or_else(
                || first.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            );
            let more = if paths.len() > 1 {
                format!(" and {} more", paths.len() - 1)
            } else {
                String::new()
            };
            if entry_ui(ui, &format!("{name}{more}"), &first.display().to_string()) {
                commands.push(Command::Open(paths.iter().cloned().map(Input::Path).collect()));
            }
        }
    }
}

/// A line with a name and what it is; the whole of it can be clicked.
fn entry_ui(ui: &mut Ui, title: &str, doc: &str) -> bool {
    let mut job = egui::text::LayoutJob::default();
    let body = egui::TextStyle::Body.resolve(ui.style());
    let small = egui::TextStyle::Small.resolve(ui.style());
    let (ink, weak) = (ui.visuals().text_color(), ui.visuals().weak_text_color());
    job.append(title, 0.0, egui::TextFormat::simple(body, ink));
    job.append(&format!("\n{doc}"), 0.0, egui::TextFormat::simple(small, weak));
    job.wrap.max_width = WIDTH - 24.0;
    let button = Button::new(job).min_size(Vec2::new(WIDTH, 44.0)).frame_when_inactive(false);
    ui.add(button.right_text("")).clicked()
}
