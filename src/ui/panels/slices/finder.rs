//! The finder: where a model is worst, biased, or worse than another.

use super::super::super::theme::{BODY, ROW, SMALL, color};
use super::super::super::widgets::empty_ui;
use super::{Shared, ask, model_ui};
use crate::metrics::find::{Found, FoundSlice, Objective};
use crate::scene::caption::{counted, thousands};
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::slice_words::{slice_text, three_digits};
use crate::session::{Command, FindRequest, SliceAnswer, SliceCommand, SliceQuestion};
use egui::{
    Align2, ComboBox, FontId, Pos2, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    WidgetType, pos2, vec2,
};

/// What is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Looking {
    Loss,
    #[default]
    TooHigh,
    TooLow,
    Worse,
}

impl Looking {
    const ALL: &[(Self, &str, &str)] = &[
        (Self::Loss, "High loss", "A higher log loss than elsewhere"),
        (Self::TooHigh, "Too high", "Predictions above the labels"),
        (Self::TooLow, "Too low", "Predictions below the labels"),
        (Self::Worse, "Worse than", "A higher log loss than another model, or an earlier version"),
    ];
}

/// What only the finder knows.
pub(super) struct FinderView {
    looking: Looking,
    than: Option<Box<str>>,
    level: usize,
    within: bool,
    /// Folded slices are listed of this place.
    unfolded: Option<usize>,
}

impl Default for FinderView {
    fn default() -> Self {
        Self { looking: Looking::default(), than: None, level: 3, within: false, unfolded: None }
    }
}

/// Widths of the columns at the right; the slice has the rest.
const ROWS: f32 = 72.0;
const MEAN: f32 = 72.0;
const PLOT: f32 = 150.0;
const CHANCE: f32 = 64.0;
const MORE: f32 = 48.0;

impl FinderView {
    pub(super) fn show(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        ui.horizontal_wrapped(|ui| self.controls_ui(ui, shared, commands));
        let Some(objective) = self.objective(shared) else {
            empty_ui(ui, "Only one model is there; a second one is needed to compare.", None);
            return;
        };
        let slice =
            if self.within { shared.session.slices().slice().clone() } else { Default::default() };
        let question = SliceQuestion::Find(FindRequest { objective, level: self.level, slice });
        let slices = shared.session.slices();
        let stopped = slices.is_stopped(&question);
        let searching = slices.is_answering(&question);
        let found = ask(shared.session, question, commands);
        let Some((answer, true)) = found.as_ref().map(|(answer, exact)| (answer, *exact)) else {
            self.progress_ui(ui, 0, searching, stopped, commands);
            return;
        };
        match &**answer {
            SliceAnswer::Found(found, level) => {
                self.found_ui(ui, shared, found, commands);
                self.progress_ui(ui, *level, searching, stopped, commands);
            }
            SliceAnswer::Failed(why) => {
                empty_ui(ui, why, None);
            }
            _ => {}
        }
    }

    fn objective(&self, shared: &Shared<'_>) -> Option<Objective> {
        let model = shared.session.slices().model();
        Some(match self.looking {
            Looking::Loss => Objective::LogLoss { model },
            Looking::TooHigh => Objective::TooHigh { model },
            Looking::TooLow => Objective::TooLow { model },
            Looking::Worse => Objective::Worse { model, than: self.than(shared)? },
        })
    }

    /// The chosen other model, else the baseline, else any other.
    fn than(&self, shared: &Shared<'_>) -> Option<usize> {
        let model = shared.session.slices().model();
        let chosen = self.than.as_deref().and_then(|name| shared.predictions.model(name));
        let others = 0..shared.predictions.models().len();
        let all = chosen.into_iter().chain(shared.session.slices().baseline()).chain(others);
        all.into_iter().find(|&own| own != model)
    }

    fn controls_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        model_ui(ui, shared, commands);
        for &(looking, title, words) in Looking::ALL {
            ui.selectable_value(&mut self.looking, looking, title).on_hover_text(words);
        }
        if let (Looking::Worse, Some(than)) = (self.looking, self.than(shared)) {
            let models = shared.predictions.models();
            let combo = ComboBox::from_id_salt("than").selected_text(&*models[than].name);
            combo.width(160.0).show_ui(ui, |ui| {
                for (at, model) in models.iter().enumerate() {
                    if at != shared.session.slices().model()
                        && ui.selectable_label(at == than, &*model.name).clicked()
                    {
                        self.than = Some(model.name.clone());
                    }
                }
            });
        }
        ui.separator();
        ComboBox::from_id_salt("level")
            .selected_text(format!("Up to {}", conditions(self.level)))
            .show_ui(ui, |ui| {
                for level in 1..=3 {
                    ui.selectable_value(&mut self.level, level, conditions(level));
                }
            });
        let brushed = !shared.session.slices().conditions().is_empty();
        if brushed {
            ui.checkbox(&mut self.within, "Within the slice")
                .on_hover_text("Look among the rows of the active slice only");
        }
        self.within &= brushed;
    }

    fn found_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        found: &Found,
        commands: &mut Vec<Command>,
    ) {
        if found.slices.is_empty() {
            ui.add_space(16.0);
            ui.label(format!(
                "Nothing stands out: of {} slices {} did on one half of the rows, and none of them on the other.",
                thousands(found.looked_at as usize),
                thousands(found.rejected)
            ));
            return;
        }
        let columns = Columns::new(ui);
        heads_ui(ui, &columns, self.looking);
        let reach = Reach::of(found);
        let room = (ui.available_height() - 2.0 * ROW).max(ROW * 2.0);
        ScrollArea::vertical().id_salt("found").max_height(room).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (place, slice) in found.slices.iter().enumerate() {
                self.slice_ui(ui, shared, (place, slice), (&columns, &reach), commands);
                if self.unfolded == Some(place) {
                    for folded in &slice.folded {
                        let indent = format!("      {}", slice_text(folded));
                        if ui.selectable_label(false, indent).clicked() {
                            commands.push(Command::Slice(SliceCommand::Slice(folded.clone())));
                        }
                    }
                }
            }
        });
        let mut words = vec![format!(
            "{} looked at on one half of the rows; the numbers are of the other half",
            counted(found.looked_at as usize, "slice", "slices")
        )];
        if found.rejected > 0 {
            words.push(format!("{} did not hold there", thousands(found.rejected)));
        }
        words.push(String::from("about 1 in 100 listed is there by chance"));
        if !found.left_out.is_empty() {
            words.push(format!("{} left out for too many values", found.left_out.join(", ")));
        }
        ui.weak(words.join("; ") + ".");
    }

    fn slice_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        (place, found): (usize, &FoundSlice),
        (columns, reach): (&Columns, &Reach),
        commands: &mut Vec<Command>,
    ) {
        let size = vec2(ui.available_width(), ROW);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let text = slice_text(&found.spec);
        let active = shared.session.slices().slice() == &found.spec;
        response.widget_info(|| {
            let words = format!(
                "{text}: {} rows, {}",
                thousands(found.rows as usize),
                three_digits(found.mean)
            );
            WidgetInfo::selected(WidgetType::SelectableLabel, true, active, words)
        });
        let visuals = ui.visuals();
        if active {
            ui.painter().rect_filled(rect, 4.0, visuals.selection.bg_fill);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 4.0, visuals.widgets.hovered.weak_bg_fill);
        }
        if response.has_focus() {
            let line = Stroke::new(1.5, color(shared.theme.accent));
            ui.painter().rect_stroke(rect, 4.0, line, StrokeKind::Inside);
        }
        let y = rect.center().y;
        let font = || FontId::proportional(BODY);
        let shown = fit(&text, Font::Text, BODY, columns.slice - 8.0, Cut::Middle);
        let painter = ui.painter();
        let ink = visuals.text_color();
        painter.text(pos2(rect.min.x + 4.0, y), Align2::LEFT_CENTER, shown, font(), ink);
        let number = |right: f32, text: String| {
            painter.text(pos2(rect.min.x + right, y), Align2::RIGHT_CENTER, text, font(), ink);
        };
        number(columns.rows, thousands(found.rows as usize));
        number(columns.mean, three_digits(found.mean));
        number(columns.chance, chance_text(found.p_value));
        reach.paint(ui, shared, found, pos2(rect.min.x + columns.plot, rect.min.y));
        if !found.folded.is_empty() {
            let own = Rect::from_min_max(pos2(rect.max.x - MORE, rect.min.y), rect.max);
            let more = ui.interact(own, response.id.with("more"), Sense::click());
            more.widget_info(|| {
                let words = format!("{} overlapping slices folded", found.folded.len());
                WidgetInfo::labeled(WidgetType::Button, true, words)
            });
            let ink = if more.hovered() { visuals.text_color() } else { visuals.weak_text_color() };
            let text = format!("+{}", found.folded.len());
            ui.painter().text(own.center(), Align2::CENTER_CENTER, text, font(), ink);
            if more
                .on_hover_text("Nearly the same rows, parts that are no worse, or wider slices that are bad for its sake")
                .clicked()
            {
                self.unfolded = (self.unfolded != Some(place)).then_some(place);
            }
        }
        if response.on_hover_text(found.spec.to_string()).clicked() {
            commands.push(Command::Slice(SliceCommand::Slice(found.spec.clone())));
            commands.push(Command::Slice(SliceCommand::Light));
        }
    }

    fn progress_ui(
        &self,
        ui: &mut Ui,
        level: usize,
        searching: bool,
        stopped: bool,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal(|ui| {
            if searching {
                ui.add(egui::Spinner::new().size(14.0));
                ui.weak(format!("Looking at slices of {}", conditions(level + 1)));
                if ui.small_button("Stop").clicked() {
                    commands.push(Command::Slice(SliceCommand::Stop));
                }
            } else if stopped {
                ui.weak("Stopped.");
                if ui.small_button("Go on").clicked() {
                    commands.push(Command::Slice(SliceCommand::Resume));
                }
            }
        });
    }
}

fn conditions(level: usize) -> String {
    counted(level.min(3), "condition", "conditions")
}

fn chance_text(p: f64) -> String {
    if p < 1e-99 { String::from("<1e-99") } else { format!("{p:.0e}") }
}

/// Where the columns of a row begin or end, from its left edge.
struct Columns {
    slice: f32,
    rows: f32,
    mean: f32,
    plot: f32,
    chance: f32,
}

impl Columns {
    fn new(ui: &Ui) -> Self {
        let slice = ui.available_width() - ROWS - MEAN - PLOT - CHANCE - MORE;
        let (rows, mean) = (slice + ROWS, slice + ROWS + MEAN);
        Self { slice, rows, mean, plot: mean + 12.0, chance: mean + PLOT + CHANCE }
    }
}

fn heads_ui(ui: &mut Ui, columns: &Columns, looking: Looking) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let mean = match looking {
        Looking::Loss => "Loss",
        Looking::TooHigh => "Too high by",
        Looking::TooLow => "Too low by",
        Looking::Worse => "More loss",
    };
    let ink = ui.visuals().weak_text_color();
    let font = || FontId::proportional(SMALL);
    let text = |x: f32, align: Align2, text: &str| {
        ui.painter().text(pos2(rect.min.x + x, rect.center().y), align, text, font(), ink);
    };
    text(4.0, Align2::LEFT_CENTER, "Slice");
    text(columns.rows, Align2::RIGHT_CENTER, "Rows");
    text(columns.mean, Align2::RIGHT_CENTER, mean);
    text(columns.plot, Align2::LEFT_CENTER, "95 %, and all rows");
    text(columns.chance, Align2::RIGHT_CENTER, "Chance");
}

/// The scale that the intervals of all results share.
struct Reach {
    low: f64,
    high: f64,
    elsewhere: f64,
}

impl Reach {
    fn of(found: &Found) -> Self {
        let ends = found.slices.iter().filter_map(|own| own.interval);
        let (low, high) = ends.fold((found.elsewhere, found.elsewhere), |(low, high), own| {
            (low.min(own.low), high.max(own.high))
        });
        Self { low: low.min(0.0), high: high.max(low + 1e-9), elsewhere: found.elsewhere }
    }

    fn x(&self, value: f64) -> f32 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) as f32;
        share * (PLOT - 24.0)
    }

    /// The interval as a line, the mean as a dot, all rows as a tick.
    fn paint(&self, ui: &Ui, shared: &Shared<'_>, found: &FoundSlice, corner: Pos2) {
        let painter = ui.painter();
        let y = corner.y + ROW / 2.0;
        let tick = corner.x + self.x(self.elsewhere);
        let line = Stroke::new(1.0, color(shared.theme.secondary));
        painter.vline(tick, y - 7.0..=y + 7.0, line);
        let ink = color(shared.theme.higher);
        if let Some(own) = found.interval {
            let range = corner.x + self.x(own.low)..=corner.x + self.x(own.high);
            painter.hline(range, y, Stroke::new(2.0, ink));
        }
        painter.circle_filled(pos2(corner.x + self.x(found.mean), y), 3.5, ink);
    }
}
