//! What all views of slices share: what was read, the metric, the baseline, the active slice.

use super::{Shared, SliceView, columns};
use crate::metrics::{Metric, SliceSpec};
use crate::scene::caption::{counted, thousands};
use crate::scene::slice_words::condition_text;
use crate::session::{Command, PredictionSet, SliceCommand};
use egui::{Button, ComboBox, Popup, PopupCloseBehavior, TextEdit, Ui};
use egui_phosphor::regular as icons;

/// With less room than this beside the views, what was read is told by signs.
const NARROW: f32 = 400.0;

/// What is typed into the strip.
#[derive(Default)]
pub(super) struct Strip {
    name: String,
    columns: columns::Columns,
    /// Whether it is shown what was read.
    is_open: bool,
    /// Megabytes that are being chosen.
    memory: Option<u64>,
}

fn say(commands: &mut Vec<Command>, command: SliceCommand) {
    commands.push(Command::Slice(command));
}

impl Strip {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        view: &mut SliceView,
        commands: &mut Vec<Command>,
    ) {
        ui.horizontal(|ui| {
            for &own in SliceView::ALL {
                ui.selectable_value(view, own, own.title()).on_hover_text(own.tooltip());
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                self.source_ui(ui, shared, *view, commands);
            });
        });
        ui.horizontal_wrapped(|ui| {
            metric_ui(ui, shared, commands);
            baseline_ui(ui, shared, commands);
            ui.separator();
            self.slice_ui(ui, shared, commands);
        });
    }

    /// What was read and what was not.
    fn source_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        view: SliceView,
        commands: &mut Vec<Command>,
    ) {
        let slices = shared.session.slices();
        let Some(set) = slices.set() else { return };
        let report = &set.report;
        let narrow = ui.available_width() < NARROW;
        let rows = counted(shared.predictions.counted_rows() as usize, "row", "rows");
        let label = format!("{}  {rows}", icons::DATABASE);
        let hover = "What was read, and what the columns are";
        let button = ui.button(label).on_hover_text(hover);
        self.read_popup(&button, shared, set, commands);
        aggregated_ui(ui, set, view, narrow);
        if report.left_out > 0 {
            let text = format!("{} left out", thousands(report.left_out as usize));
            ui.colored_label(ui.visuals().warn_fg_color, text);
        }
        if !slices.is_confirmed() {
            let text = if narrow {
                icons::QUESTION.to_owned()
            } else {
                format!("{} Columns guessed", icons::QUESTION)
            };
            ui.colored_label(ui.visuals().warn_fg_color, text)
                .on_hover_text("Which column is the label and which are scores was told from their names. Look at the rows' menu and confirm.");
        }
        let looked_at = thousands(slices.looked_at() as usize);
        let text = if narrow {
            format!("{} {looked_at}", icons::EYE)
        } else {
            format!("{looked_at} slices looked at")
        };
        let words = format!("{looked_at} slices looked at");
        ui.weak(text).on_hover_text(
            format!("{words}. Of 1,000 slices that are like all others, about 50 lie outside their 95 % interval. The finder allows for that; eyes do not."),
        );
        if slices.is_asking() {
            ui.add(egui::Spinner::new().size(14.0));
        }
    }

    /// What was read, below its button. Not a menu: lists of roles open over it, and a number is typed into it.
    fn read_popup(
        &mut self,
        button: &egui::Response,
        shared: &Shared<'_>,
        set: &PredictionSet,
        commands: &mut Vec<Command>,
    ) {
        let mut is_open = self.is_open != button.clicked();
        // A choice in a list that is open over it is none beside it.
        let list_is_open = Popup::is_any_open(&button.ctx);
        let popup = Popup::from_response(button)
            .open_bool(&mut is_open)
            .close_behavior(PopupCloseBehavior::IgnoreClicks);
        let shown = popup.show(|ui| self.read_ui(ui, shared, set, commands));
        let beside = shown.is_some_and(|own| own.response.clicked_elsewhere());
        self.is_open = is_open && (!beside || list_is_open || button.clicked());
    }

    fn read_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        set: &PredictionSet,
        commands: &mut Vec<Command>,
    ) {
        let report = &set.report;
        ui.set_min_width(400.0);
        ui.strong(&set.title);
        let line = |ui: &mut Ui, label: &str, text: String| {
            ui.horizontal(|ui| {
                line_label(ui, label);
                ui.label(text);
            });
        };
        line(ui, "Rows", thousands(shared.predictions.counted_rows() as usize));
        line(ui, "Left out", left_out(report));
        line(ui, "Without a label", thousands(report.unlabelled as usize));
        line(ui, "Precision", precision(set));
        if !report.sample_only.is_empty() {
            line(ui, "In the sample alone", report.sample_only.join(", "));
        }
        self.memory_ui(ui, set, commands);
        columns::problems_ui(ui, report);
        ui.separator();
        // A cube says itself what its columns are.
        if !report.roles.0.is_empty() {
            self.columns.show(ui, report, commands);
            ui.separator();
        }
        if ui.button("Open other predictions…").clicked() {
            say(commands, SliceCommand::OpenDialog);
            ui.close();
        }
    }

    /// What the columns take, and what they may take: another number reads again.
    fn memory_ui(&mut self, ui: &mut Ui, set: &PredictionSet, commands: &mut Vec<Command>) {
        ui.horizontal(|ui| {
            let label = line_label(ui, "Memory");
            ui.label(format!("{:.1} MB of", set.bytes() as f64 / f64::from(1 << 20)));
            let mut mb = self.memory.unwrap_or(set.memory >> 20);
            let value = egui::DragValue::new(&mut mb).range(1..=1 << 20).suffix(" MB");
            let response = ui.add(value.update_while_editing(false)).labelled_by(label.id);
            if response.changed() {
                self.memory = Some(mb);
            }
            if !response.dragged() && let Some(mb) = self.memory.take() {
                say(commands, SliceCommand::Memory(mb << 20));
            }
            response.on_hover_text(
                "Allowed for columns. With less than all rows take, there are exact sums by cell, and a sample of the rows",
            );
        });
    }

    /// The active slice: a chip a condition.
    fn slice_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        let slices = shared.session.slices();
        if shared.session.scoped_models().is_some() {
            let words =
                format!("{} Models of the selection  {}", icons::CROSSHAIR_SIMPLE, icons::X);
            let chip = ui.button(words).on_hover_text(
                "Only the models that the selection of the graph leads to; click for all",
            );
            if chip.clicked() {
                say(commands, SliceCommand::Scope(false));
            }
        } else if !slices.is_scoped() {
            let button = ui.add(Button::new(icons::CROSSHAIR_SIMPLE).frame(false));
            button.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Follow the selection")
            });
            if button.on_hover_text("Follow the selection of the graph again").clicked() {
                say(commands, SliceCommand::Scope(true));
            }
        }
        if slices.conditions().is_empty() {
            ui.weak("All rows");
        }
        for condition in slices.conditions() {
            let of = shared.predictions.dimension(&condition.dimension);
            let of = of.map_or(0, |at| shared.predictions.dimensions()[at].labels.len());
            let text = condition_text(&condition.dimension, &condition.values, of);
            let pin = if slices.is_pinned(&condition.dimension) { icons::PUSH_PIN } else { "" };
            let chip = ui.menu_button(format!("{pin}{text}  {}", icons::CARET_DOWN), |ui| {
                let dimension = || condition.dimension.clone();
                if ui.button(format!("{} Drop this condition", icons::X)).clicked() {
                    say(commands, SliceCommand::Brush(dimension(), None));
                    ui.close();
                }
                if ui.button(format!("{} Take the other values", icons::SWAP)).clicked() {
                    say(commands, SliceCommand::Invert(dimension()));
                    ui.close();
                }
                let pinned = slices.is_pinned(&condition.dimension);
                let words = if pinned { "Let go on reset" } else { "Keep on reset" };
                if ui.button(format!("{} {words}", icons::PUSH_PIN)).clicked() {
                    say(commands, SliceCommand::Pin(dimension()));
                    ui.close();
                }
            });
            let all: Vec<&str> = condition.values.iter().map(|value| &**value).collect();
            chip.response.on_hover_text(all.join(", "));
        }
        if !slices.conditions().is_empty() {
            let reset = ui.add(Button::new(icons::X).frame(false));
            reset.widget_info(|| {
                egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Reset the slice")
            });
            if reset.on_hover_text("Drop all conditions that are not pinned").clicked() {
                say(commands, SliceCommand::Reset);
            }
        }
        self.saved_ui(ui, shared, commands);
    }

    /// Slices with a name.
    fn saved_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        let slices = shared.session.slices();
        let button = ui.menu_button(icons::BOOKMARK_SIMPLE, |ui| {
            ui.set_min_width(260.0);
            if !slices.conditions().is_empty() {
                ui.horizontal(|ui| {
                    let field =
                        TextEdit::singleline(&mut self.name).hint_text("Name of this slice");
                    let field = ui.add(field.desired_width(180.0));
                    field.widget_info(|| {
                        egui::WidgetInfo::labeled(
                            egui::WidgetType::TextEdit,
                            true,
                            "Name of this slice",
                        )
                    });
                    let enter =
                        field.lost_focus() && ui.input(|own| own.key_pressed(egui::Key::Enter));
                    let named = !self.name.trim().is_empty();
                    if (ui.add_enabled(named, Button::new("Save")).clicked() || enter) && named {
                        say(commands, SliceCommand::Save(std::mem::take(&mut self.name)));
                        ui.close();
                    }
                });
            }
            let saved = shared.session.saved_slices();
            if saved.is_empty() && slices.conditions().is_empty() {
                ui.weak("Brush a slice, then save it here under a name.");
            }
            for (name, slice) in saved {
                ui.horizontal(|ui| {
                    if ui.button(name).on_hover_text(slice.to_string()).clicked() {
                        say(commands, SliceCommand::Apply(name.clone()));
                        ui.close();
                    }
                    if ui.small_button(icons::X).on_hover_text("Forget it").clicked() {
                        say(commands, SliceCommand::Forget(name.clone()));
                    }
                });
            }
        });
        button.response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::WidgetType::Button, true, "Saved slices")
        });
        button.response.on_hover_text("Saved slices; save this one");
    }
}

/// What a line of the menu tells about.
fn line_label(ui: &mut Ui, label: &str) -> egui::Response {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(egui::vec2(120.0, 18.0), layout, |ui| {
        ui.set_min_width(120.0);
        ui.weak(label)
    })
    .inner
}

/// Says what the numbers of a view are made of, where that is not every row one by one.
fn aggregated_ui(ui: &mut Ui, set: &PredictionSet, view: SliceView, narrow: bool) {
    if !set.predictions.is_aggregated() {
        return;
    }
    let words = match (view, &set.sample) {
        (SliceView::Finder | SliceView::Thresholds, Some(_)) if narrow => "Sample".to_owned(),
        (SliceView::Finder | SliceView::Thresholds, Some(sample)) => {
            format!("Sample of {}", counted(sample.rows(), "row", "rows"))
        }
        _ if narrow => "Sums".to_owned(),
        _ => "Sums by cell".to_owned(),
    };
    let why = match &set.sample {
        Some(_) => "All rows would not fit the memory that is allowed",
        None => "A cube was opened",
    };
    let empty = match set.predictions.has_scores() {
        true => "Calibration takes single scores and stays empty; the AUC is of its histograms",
        false => "AUC and calibration take single scores and stay empty",
    };
    ui.colored_label(ui.visuals().warn_fg_color, words)
        .on_hover_text(format!("{why}; {}. {empty}.", precision(set)));
}

/// How what is shown was counted.
fn precision(set: &PredictionSet) -> String {
    let cells = thousands(set.predictions.rows());
    match (&set.sample, set.predictions.is_aggregated()) {
        (_, false) => "exact: every row is counted".to_owned(),
        (None, true) => format!("exact: sums of {cells} cells; no single scores"),
        (Some(sample), true) => {
            let rows = thousands(sample.rows());
            format!(
                "exact: sums of {cells} cells; finder and thresholds by a sample of {rows} rows"
            )
        }
    }
}

/// `12 (5.0 %)`, or none.
fn left_out(report: &crate::metrics::read::ReadReport) -> String {
    match report.left_out {
        0 => String::from("none"),
        some => {
            let share = some as f64 / report.rows.max(1) as f64;
            format!(
                "{} ({:.1} %), the reasons stand below",
                thousands(some as usize),
                share * 100.0
            )
        }
    }
}

/// Which metric all views show.
fn metric_ui(ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
    let own = shared.session.slices().metric();
    let combo = ComboBox::from_id_salt("metric")
        .selected_text(own.title())
        .width(140.0)
        .height(super::LIST_HEIGHT);
    let response = combo.show_ui(ui, |ui| {
        for &metric in Metric::ALL {
            let entry = ui.selectable_label(metric == own, metric.title());
            if entry.on_hover_text(metric.doc()).clicked() {
                say(commands, SliceCommand::Metric(metric));
            }
        }
    });
    response.response.on_hover_text(own.doc());
}

/// What the others are compared with: nothing until somebody chooses.
fn baseline_ui(ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
    let slices = shared.session.slices();
    let models = shared.predictions.models();
    let text = slices
        .baseline()
        .map_or_else(|| String::from("No baseline"), |at| format!("Against {}", models[at].name));
    let combo = ComboBox::from_id_salt("baseline")
        .selected_text(text)
        .width(180.0)
        .height(super::LIST_HEIGHT);
    let response = combo.show_ui(ui, |ui| {
        if ui.selectable_label(slices.baseline().is_none(), "No baseline").clicked() {
            say(commands, SliceCommand::Baseline(None));
        }
        for (at, model) in models.iter().enumerate() {
            if ui.selectable_label(slices.baseline() == Some(at), &*model.name).clicked() {
                say(commands, SliceCommand::Baseline(Some(model.name.clone())));
            }
        }
    });
    response
        .response
        .on_hover_text("The model that the others are compared with, on the same rows");
}

/// What a click on a column does to the active slice: brushes its values, or lets go of them.
pub(super) fn brush_column(
    slice: &SliceSpec,
    column: &SliceSpec,
    add: bool,
    commands: &mut Vec<Command>,
) {
    let brushed = |own: &crate::metrics::Condition| {
        slice.condition(&own.dimension).is_some_and(|known| known.values == own.values)
    };
    let off = column.conditions.iter().all(brushed);
    for condition in &column.conditions {
        let known = slice.condition(&condition.dimension).map(|own| own.values.clone());
        let values = match known {
            _ if off => None,
            Some(mut known) if add => {
                for value in &condition.values {
                    match known.iter().position(|own| own == value) {
                        Some(at) => drop(known.remove(at)),
                        None => known.push(value.clone()),
                    }
                }
                (!known.is_empty()).then_some(known)
            }
            _ => Some(condition.values.clone()),
        };
        say(commands, SliceCommand::Brush(condition.dimension.clone(), values));
    }
}
