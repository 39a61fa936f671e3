//! The bench of thresholds: curves against the score, what is in use, what a goal would ask for, and what that
//! does to each slice.

use super::super::super::theme::color;
use super::super::super::widgets::empty_ui;
use super::{Shared, ask, model_ui};
use crate::analysis::DecidingThreshold;
use crate::metrics::DimensionKind;
use crate::metrics::thresholds::{Decisions, Goal, Learned};
use crate::metrics::workbench::{Workbench, WorkbenchRequest};
use crate::scene::caption::thousands;
use crate::scene::slice_words::{percent, three_digits};
use crate::session::{Command, SliceAnswer, SliceCommand, SliceQuestion};
use egui::{Align, ComboBox, DragValue, Grid, Layout, RichText, ScrollArea, Ui};
use egui_phosphor::regular as icons;
use egui_plot::{Legend, Line, LineStyle, Plot, PlotPoints, VLine};

/// What a threshold is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Aim {
    #[default]
    Precision,
    Recall,
    Cost,
}

/// What only the bench knows.
pub(super) struct ThresholdView {
    aim: Aim,
    precision: f64,
    recall: f64,
    /// Of a false positive and of a false negative.
    costs: (f64, f64),
    by: Option<Box<str>>,
    constrained: bool,
    least: Aim,
    least_precision: f64,
    least_recall: f64,
}

impl Default for ThresholdView {
    fn default() -> Self {
        Self {
            aim: Aim::default(),
            precision: 0.2,
            recall: 0.8,
            costs: (1.0, 5.0),
            by: None,
            constrained: false,
            least: Aim::default(),
            least_precision: 0.15,
            least_recall: 0.5,
        }
    }
}

impl ThresholdView {
    pub(super) fn show(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        ui.horizontal_wrapped(|ui| self.controls_ui(ui, shared, commands));
        let request = self.request(shared);
        let Some((answer, _)) = ask(shared.session, SliceQuestion::Thresholds(request), commands)
        else {
            ui.weak("Going through the rows …");
            return;
        };
        let bench = match &*answer {
            SliceAnswer::Thresholds(bench) => bench,
            SliceAnswer::Failed(why) => {
                empty_ui(ui, why, None);
                return;
            }
            _ => return,
        };
        if bench.bench.whole.points.len() < 2 {
            empty_ui(ui, "No row of this slice has a label.", None);
            return;
        }
        let current = shared.session.thresholds_of(bench.request.model);
        ScrollArea::vertical().id_salt("bench").auto_shrink(false).show(ui, |ui| {
            plot_ui(ui, shared, bench, &current);
            ui.add_space(8.0);
            table_ui(ui, shared, bench, &current, commands);
            if bench.request.by.is_some() {
                ui.add_space(12.0);
                slices_ui(ui, shared, bench);
            }
        });
    }

    fn goal(&self, aim: Aim, precision: f64, recall: f64) -> Goal {
        match aim {
            Aim::Precision => Goal::Precision(precision),
            Aim::Recall => Goal::Recall(recall),
            Aim::Cost => Goal::Cost { false_positive: self.costs.0, false_negative: self.costs.1 },
        }
    }

    fn request(&self, shared: &Shared<'_>) -> WorkbenchRequest {
        let slices = shared.session.slices();
        let by = self.by.as_deref().and_then(|name| shared.predictions.dimension(name));
        let least = self.goal(self.least, self.least_precision, self.least_recall);
        WorkbenchRequest {
            model: slices.model(),
            slice: slices.slice().clone(),
            goal: self.goal(self.aim, self.precision, self.recall),
            by,
            least: (self.constrained && by.is_some()).then_some(least),
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        model_ui(ui, shared, commands);
        aim_ui(ui, "aim", &mut self.aim, true);
        match self.aim {
            Aim::Precision => share_ui(ui, &mut self.precision),
            Aim::Recall => share_ui(ui, &mut self.recall),
            Aim::Cost => {
                for (own, words) in [
                    (&mut self.costs.0, "Cost of a false positive"),
                    (&mut self.costs.1, "Cost of a false negative"),
                ] {
                    ui.add(DragValue::new(own).range(0.0..=1e6).speed(0.1)).on_hover_text(words);
                }
            }
        }
        ui.separator();
        let text =
            self.by.as_deref().map_or_else(|| String::from("No slices"), |by| format!("By {by}"));
        ComboBox::from_id_salt("by").selected_text(text).width(110.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut self.by, None, "No slices");
            for own in shared.predictions.dimensions() {
                if own.kind != DimensionKind::Times {
                    ui.selectable_value(&mut self.by, Some(own.name.clone()), &*own.name);
                }
            }
        });
        if self.by.is_some() {
            ui.checkbox(&mut self.constrained, "each keeps")
                .on_hover_text("The threshold must keep this in every slice with enough positives");
            if self.constrained {
                aim_ui(ui, "least", &mut self.least, false);
                match self.least {
                    Aim::Recall => share_ui(ui, &mut self.least_recall),
                    _ => share_ui(ui, &mut self.least_precision),
                }
            }
        }
    }
}

fn aim_ui(ui: &mut Ui, id: &str, aim: &mut Aim, costs: bool) {
    let title = |aim: Aim| match aim {
        Aim::Precision => "Precision at least",
        Aim::Recall => "Recall at least",
        Aim::Cost => "Least cost",
    };
    ComboBox::from_id_salt(id).selected_text(title(*aim)).width(130.0).show_ui(ui, |ui| {
        for own in [Aim::Precision, Aim::Recall, Aim::Cost] {
            if costs || own != Aim::Cost {
                ui.selectable_value(aim, own, title(own));
            }
        }
    });
}

fn share_ui(ui: &mut Ui, share: &mut f64) {
    let mut percent = *share * 100.0;
    ui.add(
        DragValue::new(&mut percent).range(0.1..=100.0).speed(0.25).suffix(" %").max_decimals(1),
    );
    *share = percent / 100.0;
}

/// Precision, recall and the share that is decided, against the score; thresholds as lines.
fn plot_ui(ui: &mut Ui, shared: &Shared<'_>, bench: &Workbench, current: &[DecidingThreshold]) {
    let theme = shared.theme;
    let points = &bench.bench.held_out.points;
    let curve = |of: &dyn Fn(&Decisions) -> Option<f64>| -> Vec<[f64; 2]> {
        let known = points.iter().filter(|own| own.threshold <= 1.0);
        known.filter_map(|own| Some([own.threshold, of(own)?])).collect()
    };
    // Scores of rare events crowd near 0; the last hundredth of the rows would take most of the room.
    let end =
        points.iter().find(|own| own.decided() < 0.01).map_or(1.0, |own| own.threshold.min(1.0));
    let marks = current.iter().filter_map(|own| own.value);
    let learned = [bench.learned, bench.constrained].into_iter().flatten().map(|own| own.threshold);
    let end = marks.chain(learned).filter(|own| *own <= 1.0).fold(end, f64::max) * 1.05;
    let names = |own: &DecidingThreshold| shared.session.node_name(own.node);
    let curves = [
        ("Precision", curve(&|own| own.precision()), color(theme.accent)),
        ("Recall", curve(&|own| own.recall()), color(theme.higher)),
        ("Decided", curve(&|own| Some(own.decided())), color(theme.secondary)),
    ];
    let plot = Plot::new("thresholds")
        .height(220.0)
        .legend(Legend::default())
        .include_y(0.0)
        .include_y(1.0)
        .default_x_bounds(0.0, end)
        .x_axis_label("score")
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .grid_color(color(theme.border).gamma_multiply(0.5))
        .y_axis_formatter(|mark, _| format!("{:.0} %", mark.value * 100.0));
    plot.show(ui, |plot| {
        for (name, curve, ink) in curves {
            plot.line(Line::new(name, PlotPoints::from(curve)).color(ink).width(1.5));
        }
        for own in current {
            if let Some(value) = own.value {
                let line = VLine::new(names(own), value).color(color(theme.warning));
                plot.vline(line.width(1.5).style(LineStyle::dashed_dense()));
            }
        }
        for (name, own, ink) in [
            ("Learned", bench.learned, theme.loops),
            ("Learned, each slice kept", bench.constrained, theme.text),
        ] {
            if let Some(own) = own.filter(|own| own.threshold <= 1.0) {
                plot.vline(VLine::new(name, own.threshold).color(color(ink)).width(2.0));
            }
        }
    });
}

const HEADS: &[&str] = &[
    "Score",
    "Precision",
    "learned on",
    "Recall",
    "learned on",
    "Decided",
    "Optimism",
    "Flips − / +",
];

/// The thresholds of the manifest, and what was learned.
fn table_ui(
    ui: &mut Ui,
    shared: &Shared<'_>,
    bench: &Workbench,
    current: &[DecidingThreshold],
    commands: &mut Vec<Command>,
) {
    let goal = bench.request.goal;
    let from = current.iter().find_map(|own| own.value);
    Grid::new("bench").num_columns(HEADS.len() + 1).spacing([12.0, 6.0]).striped(false).show(
        ui,
        |ui| {
            ui.weak(RichText::new("Threshold").small());
            for head in HEADS {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.weak(RichText::new(*head).small())
                });
            }
            ui.end_row();
            for own in current {
                ui.label(shared.session.node_name(own.node));
                match own.value {
                    Some(value) => row_ui(ui, bench, &bench.bench.judge(value, goal), None),
                    None => {
                        ui.weak("the manifest gives no value");
                    }
                }
                ui.end_row();
            }
            for (name, learned) in
                [("Learned", bench.learned), ("Learned, each slice kept", bench.constrained)]
            {
                let asked = name == "Learned" || bench.request.least.is_some();
                match learned {
                    Some(learned) => {
                        ui.label(name);
                        row_ui(ui, bench, &learned, from);
                        ui.end_row();
                    }
                    None if asked => {
                        ui.label(name);
                        ui.weak("no threshold reaches this");
                        ui.end_row();
                    }
                    None => {}
                }
            }
        },
    );
    for own in current {
        let is_stale = own.days_behind().is_some_and(|days| days > 0);
        let ink =
            if is_stale { ui.visuals().warn_fg_color } else { ui.visuals().weak_text_color() };
        let words =
            format!("{} {}", icons::CLOCK, age_words(&shared.session.node_name(own.node), own));
        ui.add(egui::Label::new(RichText::new(words).color(ink)).wrap());
    }
    if current.is_empty() {
        ui.weak("The manifest names no threshold that judges what this model emits.");
    }
    let learned = bench.constrained.or(bench.learned);
    if let (Some(own), Some(learned)) = (current.first(), learned) {
        let button = ui.button("Copy as manifest");
        if button
            .on_hover_text("The lines that a manifest would say of the learned threshold")
            .clicked()
        {
            commands.push(Command::Slice(SliceCommand::CopyThreshold(own.node, learned.threshold)));
        }
    }
    let note = "Numbers are of the half of the rows that was held out; the optimism is how much better the goal looked on the half that was learned on.";
    ui.add(egui::Label::new(RichText::new(note).weak()).wrap());
}

fn right(ui: &mut Ui, text: impl Into<String>) {
    let text: String = text.into();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
}

fn share_text(share: Option<f64>) -> String {
    share.map_or_else(|| String::from("–"), percent)
}

fn row_ui(ui: &mut Ui, bench: &Workbench, own: &Learned, from: Option<f64>) {
    right(ui, score_text(own.threshold));
    right(ui, share_text(own.held_out.precision()));
    weak_right(ui, share_text(own.tuned.precision()));
    right(ui, share_text(own.held_out.recall()));
    weak_right(ui, share_text(own.tuned.recall()));
    right(ui, percent(own.held_out.decided()));
    right(ui, own.optimism.map_or_else(|| String::from("–"), three_digits));
    let flips = from.map(|from| bench.bench.whole.flips(from, own.threshold));
    right(
        ui,
        flips.map_or_else(
            || String::from("–"),
            |(down, up)| format!("{} / {}", thousands(down as usize), thousands(up as usize)),
        ),
    );
}

fn weak_right(ui: &mut Ui, text: String) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.weak(text));
}

fn score_text(threshold: f64) -> String {
    if threshold > 1.0 { String::from("none") } else { format!("{threshold:.4}") }
}

/// When and how a threshold was set, beside the last training.
fn age_words(name: &str, own: &DecidingThreshold) -> String {
    let how = match own.by_hand {
        Some(true) => " by hand",
        Some(false) => " by learning",
        None => "",
    };
    let set = own.set_on.map_or_else(
        || format!("nobody says when {name} was set"),
        |day| format!("{name} was set{how} on {day}"),
    );
    let trained = own.last_trained.map_or_else(
        || String::from("nor when the model was last trained"),
        |day| format!("the model was last trained on {day}"),
    );
    let behind = own.days_behind().filter(|days| *days > 0);
    let behind = behind.map_or_else(String::new, |days| {
        format!(", {} later", crate::scene::caption::counted(days as usize, "day", "days"))
    });
    format!("{set}; {trained}{behind}.")
}

/// What the learned threshold does to each value, and what the value would have alone.
fn slices_ui(ui: &mut Ui, shared: &Shared<'_>, bench: &Workbench) {
    let Some(by) = bench.request.by else { return };
    let at = bench.constrained.or(bench.learned).map(|own| own.threshold);
    ui.strong(format!("By {}", shared.predictions.dimensions()[by].name));
    if bench.hidden > 0 {
        ui.weak(format!("+{} hidden, those with fewer rows", thousands(bench.hidden)));
    }
    Grid::new("slices").num_columns(8).spacing([12.0, 6.0]).show(ui, |ui| {
        ui.weak(RichText::new("Value").small());
        for head in
            ["Rows", "Positives", "Precision", "Recall", "Its own score", "Shrunk to all", ""]
        {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.weak(RichText::new(head).small())
            });
        }
        ui.end_row();
        for own in &bench.slices {
            ui.label(&*own.label);
            right(ui, thousands(own.rows as usize));
            right(ui, thousands(own.positives as usize));
            let held_out = at.map(|at| own.bench.held_out.at(at));
            right(ui, share_text(held_out.and_then(|own| own.precision())));
            right(ui, share_text(held_out.and_then(|own| own.recall())));
            weak_right(ui, own.own.map_or_else(|| String::from("not reached"), score_text));
            right(
                ui,
                own.shrunk.map_or_else(|| String::from("–"), |own| score_text(own.threshold)),
            );
            match (at, bench.request.least) {
                _ if !own.counts => ui.weak("too few positives to have a say"),
                (Some(at), Some(least)) if !own.keeps(at, least) => {
                    ui.colored_label(ui.visuals().error_fg_color, format!("{} not kept", icons::X))
                }
                (Some(_), Some(_)) => ui.weak(format!("{} kept", icons::CHECK)),
                _ => ui.label(""),
            };
            ui.end_row();
        }
    });
}
