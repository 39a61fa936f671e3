//! The paper's five questions asked of one model, its Figure 1, and who is affected by whose gains.

mod code;
mod figures;
mod matrix;

use super::super::widgets::{empty_but_for_sample_ui, section_ui};
use super::tables::ask;
use crate::analysis::questions::{Effect, Figure, QUESTIONS, Questions};
use crate::model::{NodeIx, NodeKind, SystemGraph};
use crate::scene::{Target, Theme};
use crate::session::{Command, Listed, Panel, Paper, Session, Wanted};
use egui::{ComboBox, Label, RichText, ScrollArea, Ui};

/// From this width on, the figure stands beside the questions.
const TWO_COLUMNS: f32 = 620.0;

/// Share of the width that the questions take beside the figure.
const LEFT: f32 = 0.55;

/// Room for the scroll bar.
const BAR: f32 = 12.0;

/// Which model is asked.
#[derive(Default)]
pub(super) struct QuestionsPanel {
    /// By id, so that it survives a reload.
    model: Option<String>,
    /// The model that was selected last, so that a new selection is taken over once.
    selected: Option<NodeIx>,
}

impl QuestionsPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let Some(listed) = ask(session, Wanted::Paper, commands) else { return };
        let Listed::Paper(paper) = &*listed else { return };
        let theme = Theme::of(session.preferences().theme);
        let shown = (session, graph, theme);
        self.follow(session, graph);
        let Some(model) = self.choose(graph, paper, session) else {
            let says =
                "No model is defined, so there is nobody to ask. Define one with kind: model.";
            empty_but_for_sample_ui(ui, says, commands);
            return;
        };
        self.head_ui(ui, (graph, paper), model, commands);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let width = ui.available_width();
            if width < TWO_COLUMNS {
                questions_ui(ui, shown, model, commands);
                beside_ui(ui, shown, paper, commands);
                return;
            }
            ui.horizontal_top(|ui| {
                let left = (width * LEFT).floor();
                ui.vertical(|ui| {
                    ui.set_width(left);
                    questions_ui(ui, shown, model, commands);
                });
                ui.add_space(16.0);
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - BAR);
                    beside_ui(ui, shown, paper, commands);
                });
            });
        });
    }

    /// A model that is selected elsewhere is the one to ask.
    fn follow(&mut self, session: &Session, graph: &SystemGraph) {
        let selected = match session.selection() {
            [Target::Node(node), ..] if graph.kind(*node) == NodeKind::Model => Some(*node),
            _ => None,
        };
        if let Some(node) = selected.filter(|_| self.selected != selected) {
            self.model = Some(graph.node(node).id.as_str().to_owned());
        }
        self.selected = selected;
    }

    /// The chosen model, or the one with the most debt.
    fn choose(&self, graph: &SystemGraph, paper: &Paper, session: &Session) -> Option<NodeIx> {
        let chosen = self.model.as_deref().and_then(|id| graph.find(id));
        let score = |model: &NodeIx| {
            session.analysis().map_or(0.0, |analysis| analysis.scores.node(*model).score)
        };
        chosen.filter(|model| paper.models.contains(model)).or_else(|| {
            let worst = |a: &NodeIx, b: &NodeIx| score(a).total_cmp(&score(b)).then(b.cmp(a));
            paper.models.iter().copied().max_by(worst)
        })
    }

    fn head_ui(
        &mut self,
        ui: &mut Ui,
        (graph, paper): (&SystemGraph, &Paper),
        model: NodeIx,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Five questions to").heading());
            ComboBox::from_id_salt("model")
                .selected_text(&*graph.node(model).name)
                .width(220.0)
                .show_ui(ui, |ui| {
                    for &other in &paper.models {
                        let name = &*graph.node(other).name;
                        if ui.selectable_label(other == model, name).clicked() {
                            self.model = Some(graph.node(other).id.as_str().to_owned());
                        }
                    }
                });
            if ui.button("Show it").on_hover_text("Select it and look at it").clicked() {
                commands.push(Command::Reveal(model));
                commands.push(Command::ShowPanel(Panel::Graph));
            }
        });
        ui.add_space(4.0);
    }
}

/// Session, graph and theme: what every part reads.
type Shown<'a> = (&'a Session, &'a SystemGraph, &'a Theme);

fn questions_ui(ui: &mut Ui, shown: Shown<'_>, model: NodeIx, commands: &mut Vec<Command>) {
    let Some(listed) = ask(shown.0, Wanted::Questions { model }, commands) else { return };
    let Listed::Questions(asked) = &*listed else { return };
    for (number, (question, figures)) in QUESTIONS.iter().zip(answers(asked)).enumerate() {
        ui.add_space(if number == 0 { 4.0 } else { 16.0 });
        ui.add(Label::new(RichText::new(format!("{}. {question}", number + 1)).strong()).wrap());
        ui.add_space(4.0);
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for figure in figures {
                figures::figure_ui(ui, figure, shown, commands);
            }
        });
        if number == 2 {
            effects_ui(ui, asked, shown);
        }
    }
    ui.add_space(12.0);
}

/// The figures of each question, in the order of [`QUESTIONS`].
fn answers(asked: &Questions) -> [&[Figure]; 5] {
    [&asked.algorithm, &asked.closure, &asked.precision, &asked.impact, &asked.onboarding]
}

/// Effects that were shipped, beside the smallest that can be told from noise.
fn effects_ui(ui: &mut Ui, asked: &Questions, (_, graph, theme): Shown<'_>) {
    let effects: Vec<&Effect> = asked.effects.iter().collect();
    if effects.is_empty() {
        figures::open_ui(ui, "effects that were shipped", "rows of deployments of it", theme);
        return;
    }
    let smallest = asked.precision.first().and_then(|figure| figure.value.ok());
    figures::strip_ui(ui, &effects, smallest, (graph, theme));
}

/// Figure 1 and the matrix.
fn beside_ui(ui: &mut Ui, shown: Shown<'_>, paper: &Paper, commands: &mut Vec<Command>) {
    ui.strong("Figure 1: how little of the code is for machine learning");
    code::figure_one_ui(ui, shown, &paper.boxes, commands);
    section_ui(ui, "Who is affected by whose gains", None);
    matrix::matrix_ui(ui, shown, &paper.impacts, commands);
}
