//! What was read, and everything that was wrong with it, with file, line and what to do.

use super::super::theme::color;
use super::super::widgets::empty_ui;
use crate::import::ImportReport;
use crate::model::{Problem, Severity, SystemGraph};
use crate::scene::Theme;
use crate::scene::caption::counted;
use crate::session::Session;
use egui::{CollapsingHeader, RichText, ScrollArea, Ui};
use egui_phosphor::regular as icons;

pub(super) fn show(ui: &mut Ui, session: &Session) {
    let Some(project) = session.project() else { return };
    let theme = Theme::of(session.preferences().theme);
    let (graph, report) = (project.graph(), &project.loaded.report);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        files_ui(ui, report);
        if report.problems.is_empty() {
            empty_ui(ui, "Everything was read without a problem.", None);
            return;
        }
        // What could not be read is met first; within a severity the order of the files stays.
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            for problem in report.problems.iter().filter(|problem| problem.severity == severity) {
                problem_ui(ui, problem, graph, theme);
            }
        }
    });
}

fn files_ui(ui: &mut Ui, report: &ImportReport) {
    let title = format!(
        "{}, {}",
        counted(report.files.len(), "file", "files"),
        counted(report.counts.total(), "problem", "problems")
    );
    CollapsingHeader::new(title).id_salt("files").show(ui, |ui| {
        for file in &report.files {
            ui.horizontal(|ui| {
                ui.label(&file.path);
                ui.weak(format!(
                    "{} · {} · {}",
                    file.format,
                    counted(file.nodes, "node", "nodes"),
                    counted(file.edges, "edge", "edges")
                ));
            });
        }
        let skipped = &report.skipped;
        for path in &skipped.unclaimed {
            ui.weak(format!("{path}: no format claims it"));
        }
        for (count, what) in [
            (skipped.hidden, "hidden files and folders"),
            (skipped.links, "links, which are not followed"),
            (skipped.foreign_folders, "folders of installed code and caches"),
            (skipped.of_other_kinds, "files of other kinds"),
        ] {
            if count > 0 {
                ui.weak(format!("{count} {what} passed over"));
            }
        }
    });
}

fn problem_ui(ui: &mut Ui, problem: &Problem, graph: &SystemGraph, theme: &Theme) {
    let (sign, ink) = match problem.severity {
        Severity::Error => (icons::X_CIRCLE, theme.error),
        Severity::Warning => (icons::WARNING, theme.warning),
        Severity::Note => (icons::INFO, theme.note),
    };
    ui.horizontal_top(|ui| {
        ui.label(RichText::new(sign).color(color(ink)).size(16.0));
        ui.vertical(|ui| {
            ui.label(&problem.message);
            let place = problem.at.map_or_else(String::new, |at| graph.place(at));
            let also = problem
                .also_at
                .map_or_else(String::new, |at| format!(", also {}", graph.place(at)));
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(format!("{place}{also}")).monospace().weak());
                ui.weak(&*problem.hint);
            });
        });
    });
    ui.add_space(4.0);
}
