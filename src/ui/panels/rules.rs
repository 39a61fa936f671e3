//! What each rule looks for, and its thresholds: set here, kept in the project's settings.

use super::super::theme::color;
use super::super::widgets::empty_ui;
use super::evidence::number;
use super::findings::page_ui;
use crate::analysis::rules::RULES;
use crate::analysis::{Parameter, RuleMeta, Section, Settings};
use crate::scene::Theme;
use crate::session::{Command, SETTINGS_FILE_NAME, Session};
use egui::{CollapsingHeader, DragValue, Label, RichText, ScrollArea, TextEdit, Ui};
use egui_phosphor::regular as icons;
use std::collections::BTreeMap;

/// What is typed: a filter, and values that are not yet kept.
#[derive(Default)]
pub(super) struct RulesPanel {
    filter: String,
    /// Whether only rules that differ from the default are listed.
    changed: bool,
    /// By code and key, while somebody drags or types.
    drafts: BTreeMap<(&'static str, &'static str), f64>,
}

impl RulesPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(project) = session.project() else { return };
        let theme = Theme::of(session.preferences().theme);
        let settings = &*project.settings;
        ui.horizontal(|ui| {
            let hint = format!("{} Rule or threshold", icons::FUNNEL);
            let field = TextEdit::singleline(&mut self.filter).hint_text(hint);
            ui.add(field.desired_width(240.0));
            ui.checkbox(&mut self.changed, "Only what is changed");
        });
        let kept = match project.folder() {
            Some(folder) => {
                format!("Kept in {}", folder.join(SETTINGS_FILE_NAME).display())
            }
            None => String::from("Kept until the window closes: this project has no folder"),
        };
        ui.add(Label::new(RichText::new(kept).weak()).truncate());
        ui.add_space(4.0);
        let filter = self.filter.trim().to_lowercase();
        let listed: Vec<&'static RuleMeta> = RULES
            .iter()
            .map(|rule| rule.meta())
            .filter(|meta| holds(meta, &filter))
            .filter(|meta| !self.changed || is_changed(meta, settings))
            .collect();
        if listed.is_empty() {
            if empty_ui(ui, "No rule matches.", Some("Show all rules")) {
                self.filter.clear();
                self.changed = false;
            }
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_width(ui.available_width() - 12.0);
            for &section in Section::ALL {
                let mut own = listed.iter().filter(|meta| meta.section == section).peekable();
                if own.peek().is_none() {
                    continue;
                }
                ui.add_space(8.0);
                ui.strong(section.title());
                for meta in own {
                    self.rule_ui(ui, meta, (settings, theme), commands);
                }
            }
        });
    }

    fn rule_ui(
        &mut self,
        ui: &mut Ui,
        meta: &'static RuleMeta,
        (settings, theme): (&Settings, &Theme),
        commands: &mut Vec<Command>,
    ) {
        let runs = if settings.runs(meta) { "" } else { " (not run)" };
        let mark = if is_changed(meta, settings) { " ·  changed" } else { "" };
        let title = format!("{}  {}{mark}{runs}", meta.code, meta.name);
        CollapsingHeader::new(title).id_salt(meta.code).default_open(!self.filter.is_empty()).show(
            ui,
            |ui| {
                if meta.parameters.is_empty() {
                    ui.weak("It has no thresholds.");
                }
                for &parameter in meta.parameters {
                    self.parameter_ui(ui, meta, parameter, (settings, theme), commands);
                }
                CollapsingHeader::new("What it looks for, and how to mend it")
                    .id_salt((meta.code, "page"))
                    .show(ui, |ui| page_ui(ui, &meta.page()));
            },
        );
    }

    /// A threshold with its range; it is kept when somebody lets go of it or presses Enter.
    fn parameter_ui(
        &mut self,
        ui: &mut Ui,
        meta: &'static RuleMeta,
        parameter: &'static Parameter,
        (settings, theme): (&Settings, &Theme),
        commands: &mut Vec<Command>,
    ) {
        let name = (meta.code, parameter.key);
        let kept = settings.value(meta, parameter);
        let mut value = self.drafts.get(&name).copied().unwrap_or(kept);
        let (least, most) = parameter.range;
        ui.horizontal(|ui| {
            ui.monospace(parameter.key).on_hover_text(parameter.doc);
            let whole = parameter.default.fract() == 0.0 && least.fract() == 0.0 && most > 2.0;
            let speed = if whole { 0.2 } else { (most - least).min(10.0) / 400.0 };
            let field = DragValue::new(&mut value)
                .range(least..=most)
                .speed(speed)
                .max_decimals(if whole { 0 } else { 4 })
                .custom_formatter(|value, _| ((value * 1e4).round() / 1e4).to_string())
                .suffix(format!(" {}", parameter.unit));
            let response = ui.add(field);
            let range = format!("{} to {}", number(least), number(most));
            let is_held = response.dragged() || response.has_focus();
            response.on_hover_text(format!("From {range} {}", parameter.unit));
            if is_held {
                self.drafts.insert(name, value);
            } else if self.drafts.remove(&name).is_some() && value != kept {
                let value = (value != parameter.default).then_some(value);
                commands.push(Command::SetParameter { code: name.0, key: name.1, value });
            }
            if kept != parameter.default {
                let default = number(parameter.default);
                let button = ui.small_button(icons::ARROW_COUNTER_CLOCKWISE);
                if button.on_hover_text(format!("Back to the default, {default}")).clicked() {
                    let (code, key) = name;
                    commands.push(Command::SetParameter { code, key, value: None });
                }
                let was = format!("default {default}");
                ui.label(RichText::new(was).color(color(theme.warning)));
            }
        });
        ui.indent(name, |ui| {
            let words = format!("{} ({} to {})", parameter.doc, number(least), number(most));
            ui.add(Label::new(RichText::new(words).weak()).wrap());
        });
    }
}

fn is_changed(meta: &RuleMeta, settings: &Settings) -> bool {
    meta.parameters.iter().any(|parameter| settings.value(meta, parameter) != parameter.default)
}

fn holds(meta: &RuleMeta, filter: &str) -> bool {
    let parameters = meta.parameters.iter().map(|parameter| parameter.key);
    filter.is_empty()
        || parameters
            .chain([meta.code, meta.name, meta.section.title()])
            .any(|text| text.to_lowercase().contains(filter))
}
