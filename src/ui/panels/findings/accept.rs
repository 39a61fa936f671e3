//! Accepting a finding for a while: reason, owner and last day, kept in the project's settings.

use super::Shown;
use crate::analysis::{Accepted, Analysis, Finding};
use crate::session::{Command, SETTINGS_FILE_NAME};
use egui::{Label, TextEdit, Ui};
use jiff::civil::Date;

/// How long debt is accepted unless somebody says otherwise.
const DAYS: i64 = 180;

/// What somebody is about to say.
pub(super) struct AcceptForm {
    reason: String,
    owner: String,
    expires: String,
    /// Of this rule everywhere, not of this node alone.
    everywhere: bool,
}

pub(super) fn accept_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    (finding, analysis): (&Finding, &Analysis),
    form: &mut Option<AcceptForm>,
    commands: &mut Vec<Command>,
) {
    let margin = egui::Margin { left: 32, right: 12, top: 0, bottom: 12 };
    egui::Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        if let Some(accepted) = finding.allowed.and_then(|at| analysis.accepted.get(at as usize)) {
            ui.add(Label::new(super::ledger::words(accepted)).wrap());
            return;
        }
        let Some(open) = form else {
            if ui.button("Accept for a while…").on_hover_text("It stays in the ledger").clicked()
            {
                *form = Some(AcceptForm::of(shown, finding));
            }
            return;
        };
        if open.ui(ui, shown, finding, commands) {
            *form = None;
        }
    });
}

impl AcceptForm {
    fn of((session, graph, _): Shown<'_>, finding: &Finding) -> Self {
        let owner = graph.node(finding.subject).owner;
        let today = session.project().map(|project| project.settings.today);
        let last = today.and_then(|today| today.checked_add(jiff::Span::new().days(DAYS)).ok());
        Self {
            reason: String::new(),
            owner: owner.map_or_else(String::new, |team| graph.node(team).name.to_string()),
            expires: last.map_or_else(String::new, |day| day.to_string()),
            everywhere: false,
        }
    }

    /// Whether it is done with.
    fn ui(
        &mut self,
        ui: &mut Ui,
        (session, graph, _): Shown<'_>,
        finding: &Finding,
        commands: &mut Vec<Command>,
    ) -> bool {
        let mut done = false;
        egui::Frame::group(ui.style()).show(ui, |ui| {
            egui::Grid::new("accept").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
                let label = ui.weak("Why");
                let hint = "The reason stays beside it";
                let width = (ui.available_width() - 24.0).clamp(160.0, 480.0);
                let field = TextEdit::singleline(&mut self.reason).hint_text(hint);
                ui.add(field.desired_width(width)).labelled_by(label.id);
                ui.end_row();
                let label = ui.weak("Who answers for it");
                let field = TextEdit::singleline(&mut self.owner).desired_width(160.0);
                ui.add(field).labelled_by(label.id);
                ui.end_row();
                let label = ui.weak("Last day");
                let field = TextEdit::singleline(&mut self.expires).desired_width(160.0);
                ui.add(field).labelled_by(label.id);
                ui.end_row();
            });
            let words = format!("{} everywhere, not here alone", finding.code);
            ui.checkbox(&mut self.everywhere, words);
            let today = session.project().map(|project| project.settings.today);
            let wrong = self.wrong(today);
            ui.horizontal(|ui| {
                let accept = ui.add_enabled(wrong.is_none(), egui::Button::new("Accept"));
                let accept = match wrong {
                    Some(why) => accept.on_disabled_hover_text(why),
                    None => accept.on_hover_text(format!("Written to {SETTINGS_FILE_NAME}")),
                };
                if accept.clicked() {
                    let node = graph.node(finding.subject).id.as_str();
                    commands.push(Command::Accept(self.accepted(finding.code, node)));
                    done = true;
                }
                done |= ui.button("Cancel").clicked();
                if let Some(why) = wrong.filter(|_| !self.reason.is_empty()) {
                    ui.weak(why);
                }
            });
        });
        done
    }

    /// What keeps it from being accepted.
    fn wrong(&self, today: Option<Date>) -> Option<&'static str> {
        if self.reason.trim().is_empty() {
            return Some("Say why");
        }
        match (self.expires.trim().parse::<Date>(), today) {
            (Err(_), _) => Some("The last day is written as 2027-03-01"),
            (Ok(day), Some(today)) if day < today => Some("The last day is over"),
            _ => None,
        }
    }

    fn accepted(&self, code: &str, node: &str) -> Accepted {
        let owner = self.owner.trim();
        Accepted {
            rule: code.into(),
            node: (!self.everywhere).then(|| node.into()),
            reason: self.reason.trim().into(),
            owner: (!owner.is_empty()).then(|| owner.into()),
            expires: self.expires.trim().parse().ok(),
            path: SETTINGS_FILE_NAME.into(),
            line: 0,
        }
    }
}
