//! What each column of the predictions is: guessed or declared, to be confirmed or mended.

use crate::metrics::read::{ReadReport, Role, Roles};
use crate::model::Severity;
use crate::session::{Command, SliceCommand};
use egui::{ComboBox, Grid, RichText, ScrollArea, Ui};

/// Problems that are listed.
const LISTED: usize = 6;

/// The roles as somebody changes them, until they are confirmed.
#[derive(Default)]
pub(super) struct Columns {
    edited: Option<Roles>,
}

const ROLES: &[(Role, &str)] = &[
    (Role::Time, "Time"),
    (Role::Model, "Model"),
    (Role::Version, "Version"),
    (Role::Label, "Label"),
    (Role::Weight, "Weight"),
    (Role::Score, "Score"),
    (Role::Dimension, "Dimension"),
    (Role::Ignored, "Not read"),
];

fn title(role: Role) -> &'static str {
    ROLES.iter().find(|(own, _)| *own == role).map_or("", |(_, title)| title)
}

impl Columns {
    pub(super) fn show(&mut self, ui: &mut Ui, report: &ReadReport, commands: &mut Vec<Command>) {
        ui.strong("Columns");
        let mut roles = self.edited.clone().unwrap_or_else(|| report.roles.clone());
        ScrollArea::vertical().max_height(240.0).show(ui, |ui| {
            Grid::new("columns").num_columns(3).spacing([16.0, 4.0]).show(ui, |ui| {
                for own in &mut roles.0 {
                    ui.label(RichText::new(&*own.column).monospace());
                    let combo = ComboBox::from_id_salt(&*own.column)
                        .width(110.0)
                        .height(super::LIST_HEIGHT);
                    combo.selected_text(title(own.role)).show_ui(ui, |ui| {
                        for &(role, title) in ROLES {
                            ui.selectable_value(&mut own.role, role, title);
                        }
                    });
                    let note = match (own.guessed, own.role) {
                        (true, _) => String::from("guessed by its name"),
                        (false, Role::Score) => format!("of {}", own.model),
                        (false, _) => String::from("confirmed"),
                    };
                    ui.weak(note);
                    ui.end_row();
                }
            });
        });
        let changed = roles != report.roles;
        self.edited = changed.then(|| roles.clone());
        let guessed = report.roles.0.iter().any(|own| own.guessed);
        ui.horizontal(|ui| {
            let label = if changed { "Read again so" } else { "Confirm" };
            if ui.add_enabled(changed || guessed, egui::Button::new(label)).clicked() {
                commands.push(Command::Slice(SliceCommand::Roles(confirmed(roles, &report.roles))));
                self.edited = None;
                ui.close();
            }
            if changed && ui.button("Put back").clicked() {
                self.edited = None;
            }
        });
    }
}

/// Roles that nobody needs to guess any more.
fn confirmed(mut roles: Roles, before: &Roles) -> Roles {
    let mut declared = Roles::default();
    for (own, before) in roles.0.drain(..).zip(&before.0) {
        let role = declared.declare(&own.column, own.role);
        role.binning = own.binning;
        if before.role == own.role {
            role.model = own.model;
        }
    }
    declared
}

/// What is wrong with the files, the worst first.
pub(super) fn problems_ui(ui: &mut Ui, report: &ReadReport) {
    let mut problems: Vec<_> = report.problems.iter().collect();
    problems.sort_by_key(|own| std::cmp::Reverse(own.severity));
    for problem in problems.iter().take(LISTED) {
        let ink = match problem.severity {
            Severity::Error => ui.visuals().error_fg_color,
            Severity::Warning => ui.visuals().warn_fg_color,
            Severity::Note => ui.visuals().weak_text_color(),
        };
        ui.add(egui::Label::new(RichText::new(problem.to_string()).color(ink)).wrap());
    }
    if problems.len() > LISTED {
        ui.weak(format!("+{} more", problems.len() - LISTED));
    }
}
