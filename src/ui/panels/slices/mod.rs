//! Predictions by slice: one strip with what all views share, and a view below it.
//!
//! Start reading at [`SlicesPanel::show`]; each view is a file, and asks the session for its numbers.

mod brushes;
mod columns;
mod finder;
mod grid;
mod grid_marks;
mod strip;
mod thresholds;
mod times;

use super::super::widgets::empty_ui;
use crate::metrics::Predictions;
use crate::scene::Theme;
use crate::session::{Command, Job, Session, SliceAnswer, SliceCommand, SliceQuestion};
use egui::{ComboBox, Frame, Margin, ProgressBar, Ui};
use std::sync::Arc;

/// Ways to look at predictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SliceView {
    #[default]
    Grid,
    Brushes,
    Finder,
    Thresholds,
    Times,
}

impl SliceView {
    const ALL: &[Self] = &[Self::Grid, Self::Brushes, Self::Finder, Self::Thresholds, Self::Times];

    const fn title(self) -> &'static str {
        match self {
            Self::Grid => "Grid",
            Self::Brushes => "Brushes",
            Self::Finder => "Worst slices",
            Self::Thresholds => "Thresholds",
            Self::Times => "Over time",
        }
    }

    const fn tooltip(self) -> &'static str {
        match self {
            Self::Grid => "Models by slices, against a baseline",
            Self::Brushes => "A chart a dimension, to be brushed",
            Self::Finder => "Slices in which a model is worst, or worse than another",
            Self::Thresholds => "What a decision at a score does, and where the score should lie",
            Self::Times => "Courses with limits, alarms and deployments",
        }
    }
}

/// What only this panel knows: the view that is shown, and what each has unfolded.
#[derive(Default)]
pub(super) struct SlicesPanel {
    view: SliceView,
    strip: strip::Strip,
    grid: grid::GridView,
    brushes: brushes::BrushView,
    finder: finder::FinderView,
    thresholds: thresholds::ThresholdView,
    times: times::TimesView,
    /// Whether something in it has the focus of the keyboard.
    holds_keys: bool,
}

/// What every view reads.
struct Shared<'a> {
    session: &'a Session,
    predictions: &'a Predictions,
    theme: &'static Theme,
}

impl Shared<'_> {
    /// The models that are shown.
    fn models(&self) -> Vec<usize> {
        let all = || (0..self.predictions.models().len()).collect();
        let scope = self.session.scoped_models();
        // The baseline is shown whatever is selected: the others are nothing without it.
        let mut models: Vec<usize> = scope.map_or_else(all, <[usize]>::to_vec);
        models.extend(self.session.slices().baseline().filter(|own| !models.contains(own)));
        models.sort_unstable();
        models
    }
}

impl Shared<'_> {
    /// The model that views of one model show, and the baseline where it scored the same rows.
    fn model_and_baseline(&self) -> Vec<usize> {
        let slices = self.session.slices();
        let model = slices.model();
        let beside = slices.baseline().filter(|&own| own != model);
        let beside = beside.filter(|&own| self.predictions.comparable(model, own).is_ok());
        std::iter::once(model).chain(beside).collect()
    }
}

impl SlicesPanel {
    /// Whether arrows and Enter were for this panel; once a frame.
    pub(super) fn take_held_keys(&mut self) -> bool {
        std::mem::take(&mut self.holds_keys)
    }

    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let slices = session.slices();
        let Some(predictions) = slices.predictions() else {
            return nothing_ui(ui, session, commands);
        };
        let theme = Theme::of(session.preferences().theme);
        let shared = Shared { session, predictions, theme };
        let strip = Frame::new().inner_margin(Margin { left: 12, right: 12, top: 8, bottom: 4 });
        strip.show(ui, |ui| self.strip.show(ui, &shared, &mut self.view, commands));
        ui.add(egui::Separator::default().spacing(1.0));
        let body = Frame::new().inner_margin(Margin { left: 12, right: 12, top: 6, bottom: 8 });
        let whole = ui.max_rect();
        body.show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            match self.view {
                SliceView::Grid => self.grid.show(ui, &shared, commands),
                SliceView::Brushes => self.brushes.show(ui, &shared, commands),
                SliceView::Finder => self.finder.show(ui, &shared, commands),
                SliceView::Thresholds => self.thresholds.show(ui, &shared, commands),
                SliceView::Times => self.times.show(ui, &shared, commands),
            }
        });
        let focused = ui.memory(egui::Memory::focused);
        let focused = focused.and_then(|id| ui.ctx().read_response(id));
        self.holds_keys = focused.is_some_and(|own| whole.contains(own.rect.center()));
    }
}

/// No predictions: being read, not read, or none.
fn nothing_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let slices = session.slices();
    if let Some(share) = slices.reading() {
        ui.vertical_centered(|ui| {
            ui.add_space(24.0);
            ui.weak("Reading predictions");
            ui.add_space(8.0);
            ui.add(ProgressBar::new(share).desired_width(240.0).desired_height(6.0));
            ui.add_space(8.0);
            if ui.button("Cancel").clicked() {
                commands.push(Command::Cancel(Job::Predictions));
            }
        });
        return;
    }
    let sentence = match (slices.failed(), slices.source()) {
        (Some(why), _) => why.to_owned(),
        (None, Some(source)) => format!("{} was not read.", source.title()),
        (None, None) => String::from(
            "No manifest names predictions. Open a file of them, or name it under tables, predictions.",
        ),
    };
    if empty_ui(ui, &sentence, Some("Open predictions…")) {
        commands.push(Command::Slice(SliceCommand::OpenDialog));
    }
}

/// Of lists of metrics, models and roles: those of the toolkit end after seven entries and give no sign of the others.
const LIST_HEIGHT: f32 = 320.0;

/// Which model the views of one model show.
fn model_ui(ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
    let models = shared.predictions.models();
    let own = shared.session.slices().model();
    let combo = ComboBox::from_id_salt("model")
        .selected_text(&*models[own].name)
        .width(160.0)
        .height(LIST_HEIGHT);
    combo.show_ui(ui, |ui| {
        for (at, model) in models.iter().enumerate() {
            if ui.selectable_label(at == own, &*model.name).clicked() {
                commands.push(Command::Slice(SliceCommand::Model(model.name.clone())));
            }
        }
    });
}

/// Asks for the answer to `question` unless it is there; the newest one of its sort is shown meanwhile.
fn ask(
    session: &Session,
    question: SliceQuestion,
    commands: &mut Vec<Command>,
) -> Option<(Arc<SliceAnswer>, bool)> {
    let slices = session.slices();
    let found = slices.answer(&question).map(|(answer, exact)| (Arc::clone(answer), exact));
    let exact = found.as_ref().is_some_and(|(_, exact)| *exact);
    if !exact && !slices.is_stopped(&question) {
        commands.push(Command::Slice(SliceCommand::Ask(question)));
    }
    found
}
