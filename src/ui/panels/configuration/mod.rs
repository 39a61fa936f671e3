//! Two models side by side, only what differs; and what of their inputs holds when, on a timeline.

mod comparison;
mod constraints;
mod timeline;

use super::super::theme::color;
use super::super::widgets::{empty_but_for_sample_ui, section_ui};
use super::findings::sign;
use super::tables::ask;
use crate::model::{NodeIx, NodeKind, SystemGraph};
use crate::scene::{Target, Theme};
use crate::session::{Command, ConfigurationView, Listed, Pick, Session, Wanted};
use egui::{ComboBox, Label, RichText, ScrollArea, Sense, Ui};

/// Session, graph and theme: what every part reads.
type Shown<'a> = (&'a Session, &'a SystemGraph, &'a Theme);

/// Which two are compared, and whether what is the same is listed too.
#[derive(Default)]
pub(super) struct ConfigurationPanel {
    /// By id, so that they survive a reload.
    left: Option<String>,
    right: Option<String>,
    all: bool,
    /// The models that were selected last, so that a new selection is taken over once.
    selected: Vec<NodeIx>,
}

impl ConfigurationPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let Some(listed) = ask(session, Wanted::Paper, commands) else { return };
        let Listed::Paper(paper) = &*listed else { return };
        self.follow(session, graph);
        let find = |id: &Option<String>| {
            let found = id.as_deref().and_then(|id| graph.find(id));
            found.filter(|model| paper.models.contains(model))
        };
        // Those with most to tell, until somebody chooses.
        let likely = &paper.by_configuration;
        let left = find(&self.left).or_else(|| likely.first().copied());
        let right = find(&self.right)
            .or_else(|| likely.iter().copied().find(|&model| Some(model) != left).or(left));
        let (Some(left), Some(right)) = (left, right) else {
            let says = "No model is defined, so there is nothing to compare.";
            empty_but_for_sample_ui(ui, says, commands);
            return;
        };
        ui.horizontal(|ui| {
            choose_ui(ui, "left", (graph, &paper.models), left, &mut self.left);
            ui.weak("beside");
            choose_ui(ui, "right", (graph, &paper.models), right, &mut self.right);
            if ui.button("Swap").clicked() {
                let id = |node: NodeIx| Some(graph.node(node).id.as_str().to_owned());
                (self.left, self.right) = (id(right), id(left));
            }
            ui.checkbox(&mut self.all, "Also what is the same");
        });
        ui.add_space(4.0);
        let wanted = Wanted::Configuration { left, right };
        let Some(listed) = ask(session, wanted, commands) else { return };
        let Listed::Configuration(view) = &*listed else { return };
        let shown = (session, graph, Theme::of(session.preferences().theme));
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_width(ui.available_width() - 12.0);
            comparison::comparison_ui(ui, shown, &view.comparison, self.all, commands);
            for timeline in &view.timelines {
                let name = &graph.node(timeline.model).name;
                section_ui(ui, &format!("{name} over time"), None);
                timeline::timeline_ui(ui, shown, timeline, commands);
                constraints::constraints_ui(ui, shown, &timeline.constraints, commands);
            }
            findings_ui(ui, shown, view, commands);
            ui.add_space(12.0);
        });
    }

    /// Two models that are selected elsewhere are the ones to compare; one becomes the left one.
    fn follow(&mut self, session: &Session, graph: &SystemGraph) {
        let models = session.selection().iter().filter_map(|target| match target {
            Target::Node(node) if graph.kind(*node) == NodeKind::Model => Some(*node),
            _ => None,
        });
        let models: Vec<NodeIx> = models.take(2).collect();
        if models == self.selected {
            return;
        }
        let id = |node: &NodeIx| Some(graph.node(*node).id.as_str().to_owned());
        if let Some(first) = models.first() {
            self.left = id(first);
        }
        if let Some(second) = models.get(1) {
            self.right = id(second);
        }
        self.selected = models;
    }
}

fn choose_ui(
    ui: &mut Ui,
    salt: &str,
    (graph, models): (&SystemGraph, &[NodeIx]),
    chosen: NodeIx,
    slot: &mut Option<String>,
) {
    let name = &*graph.node(chosen).name;
    ComboBox::from_id_salt(salt).selected_text(name).width(180.0).show_ui(ui, |ui| {
        for &model in models {
            if ui.selectable_label(model == chosen, &*graph.node(model).name).clicked() {
                *slot = Some(graph.node(model).id.as_str().to_owned());
            }
        }
    });
}

/// What the rules on configuration found about either.
fn findings_ui(
    ui: &mut Ui,
    (_, graph, theme): Shown<'_>,
    view: &ConfigurationView,
    commands: &mut Vec<Command>,
) {
    let Some(analysis) = &view.analysis else { return };
    section_ui(ui, "What the rules found", Some(view.findings.len()));
    if view.findings.is_empty() {
        ui.weak("Nothing, as far as the rules on configuration could judge.");
    }
    for &at in &view.findings {
        let finding = &analysis.findings[at as usize];
        let (mark, ink) = sign(finding.weight, theme);
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(mark).color(ink).size(15.0));
            ui.label(RichText::new(finding.code).monospace());
            let text = Label::new(finding.message.read(graph)).wrap().sense(Sense::click());
            let response = ui.add(text).on_hover_cursor(egui::CursorIcon::PointingHand);
            if response.on_hover_text(graph.place(finding.at)).clicked() {
                commands.push(Command::Reveal(finding.subject));
                let all = finding.witness_edges().map(Target::Edge);
                let all = std::iter::once(Target::Node(finding.subject)).chain(all).collect();
                commands.push(Command::Select(all, Pick::Only));
            }
        });
    }
}

/// A sign that something holds, does not, or cannot be told; with its colour.
fn holds_sign(holds: Option<bool>, theme: &Theme) -> (&'static str, egui::Color32) {
    use egui_phosphor::regular as icons;
    match holds {
        Some(true) => (icons::CHECK_CIRCLE, color(theme.note)),
        Some(false) => (icons::X_CIRCLE, color(theme.error)),
        None => (icons::QUESTION, color(theme.open)),
    }
}
