//! Courses over time: one row a value, with the limits, the runs beyond them, and the days of deployments.

use super::super::super::theme::{BODY, SMALL, color};
use super::super::super::widgets::empty_ui;
use super::{Shared, ask, model_ui};
use crate::metrics::over_time::{ActionLimits, time_dimension};
use crate::metrics::read::Bucket;
use crate::metrics::{Dimension, DimensionKind, Metric};
use crate::scene::caption::{counted, thousands};
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::slice_courses::{Alert, CourseLine, CourseSheet, place_of_day};
use crate::scene::slice_words::metric_text;
use crate::session::{Command, SliceAnswer, SliceCommand, SliceQuestion, TimesRequest};
use egui::{
    Align2, ComboBox, DragValue, FontId, Rect, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    WidgetInfo, WidgetType, pos2, vec2,
};
use egui_phosphor::regular as icons;
use std::sync::Arc;

/// Least and greatest height of a course, and that of the axis below the last.
const COURSE: f32 = 68.0;
const HIGHEST: f32 = 132.0;
const AXIS: f32 = 20.0;
const NAME: f32 = 148.0;

/// What only this view knows.
#[derive(Default)]
pub(super) struct TimesView {
    /// The dimension by which somebody chose to cut; until then the first.
    by: Option<Option<Box<str>>>,
    alert: Alert,
    /// What was drawn last: of which answer, under which alert.
    sheet: Option<(Arc<SliceAnswer>, Alert, CourseSheet)>,
}

impl TimesView {
    pub(super) fn show(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        let Some(time) = time_dimension(shared.predictions) else {
            empty_ui(
                ui,
                "No column of these predictions is a time. Say which is one, under the rows' menu.",
                None,
            );
            return;
        };
        ui.horizontal_wrapped(|ui| self.controls_ui(ui, shared, commands));
        let slices = shared.session.slices();
        let by = self.by(shared);
        // A course shows all times: a brush on time marks them and hides none.
        let mut slice = slices.slice().clone();
        slice.set(&shared.predictions.dimensions()[time].name, None);
        if let Some(by) = by {
            slice.set(&shared.predictions.dimensions()[by].name, None);
        }
        let metric = slices.metric();
        let request = TimesRequest { model: slices.model(), time, by, slice, metric };
        let Some((answer, _)) = ask(shared.session, SliceQuestion::Times(request), commands) else {
            ui.weak("Going through the rows …");
            return;
        };
        // An answer to an earlier question is drawn as what it answers.
        let (request, courses) = match &*answer {
            SliceAnswer::Times(request, courses) => (request, courses),
            SliceAnswer::Failed(why) => {
                empty_ui(ui, why, None);
                return;
            }
            _ => return,
        };
        let (metric, by) = (request.metric, request.by);
        let is_known = self
            .sheet
            .as_ref()
            .is_some_and(|(of, alert, _)| Arc::ptr_eq(of, &answer) && *alert == self.alert);
        if !is_known {
            let sheet = CourseSheet::new(courses, metric, &self.alert);
            self.sheet = Some((Arc::clone(&answer), self.alert, sheet));
        }
        let Some((_, _, CourseSheet { lines, limits, reach })) = &self.sheet else { return };
        let dimension = &shared.predictions.dimensions()[request.time];
        head_ui(ui, lines, limits, metric);
        let drawn = Drawn {
            shared,
            dimension,
            lines,
            limits: *limits,
            metric,
            by,
            reach: *reach,
            brushed: brushed(shared, dimension),
        };
        drawn.show(ui, request.model, commands);
    }

    fn by(&self, shared: &Shared<'_>) -> Option<usize> {
        let dimensions = shared.predictions.dimensions();
        match &self.by {
            Some(chosen) => shared.predictions.dimension(chosen.as_deref()?),
            None => dimensions.iter().position(|own| own.kind != DimensionKind::Times),
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        model_ui(ui, shared, commands);
        let dimensions = shared.predictions.dimensions();
        let by = self.by(shared);
        let text =
            by.map_or_else(|| String::from("All rows"), |at| format!("By {}", dimensions[at].name));
        ComboBox::from_id_salt("by").selected_text(text).width(110.0).show_ui(ui, |ui| {
            if ui.selectable_label(by.is_none(), "All rows").clicked() {
                self.by = Some(None);
            }
            for (at, own) in dimensions.iter().enumerate() {
                let is_time = own.kind == DimensionKind::Times;
                if !is_time && ui.selectable_label(by == Some(at), &*own.name).clicked() {
                    self.by = Some(Some(own.name.clone()));
                }
            }
        });
        let bucket = shared.session.slices().bucket();
        let titles = [
            (Bucket::Auto, "Stretches: automatic"),
            (Bucket::Hour, "By hour"),
            (Bucket::Day, "By day"),
            (Bucket::Week, "By week"),
            (Bucket::Month, "By month"),
        ];
        let title = titles.iter().find(|own| own.0 == bucket).map_or("", |own| own.1);
        ComboBox::from_id_salt("bucket").selected_text(title).width(150.0).show_ui(ui, |ui| {
            for (own, title) in titles {
                if ui.selectable_label(own == bucket, title).clicked() {
                    commands.push(Command::Slice(SliceCommand::Bucket(own)));
                }
            }
        });
        ui.separator();
        ui.weak("Alarm beyond");
        let mut percent = self.alert.beyond * 100.0;
        ui.add(
            DragValue::new(&mut percent)
                .range(0.5..=500.0)
                .speed(0.25)
                .suffix(" %")
                .max_decimals(1),
        )
        .on_hover_text("Of the bias; of other metrics, above what is usual");
        self.alert.beyond = percent / 100.0;
        ui.weak("in");
        ui.add(DragValue::new(&mut self.alert.stretches).range(1..=100).speed(0.05));
        ui.weak("in a row,");
        ui.add(DragValue::new(&mut self.alert.support).range(1..=10_000_000).speed(10));
        ui.weak("rows each");
    }
}

/// The first and the last stretch of the active slice, where it has a condition on the time.
fn brushed(shared: &Shared<'_>, time: &Dimension) -> Option<(usize, usize)> {
    let chosen = shared.session.slices().slice().condition(&time.name)?.chosen(time);
    let is_chosen = |own: &bool| *own;
    Some((chosen.iter().position(is_chosen)?, chosen.iter().rposition(is_chosen)?))
}

fn head_ui(ui: &mut Ui, lines: &[CourseLine], limits: &ActionLimits, metric: Metric) {
    let alarms: usize = lines.iter().map(|own| own.alarms.len()).sum();
    let bounds = match (limits.low.is_finite(), limits.high.is_finite()) {
        (true, _) => {
            format!("{} to {}", metric_text(metric, limits.low), metric_text(metric, limits.high))
        }
        (false, true) => format!("up to {}", metric_text(metric, limits.high)),
        (false, false) => String::from("none"),
    };
    let text = format!("{}; limits {bounds}", counted(alarms, "alarm", "alarms"));
    if alarms > 0 {
        ui.colored_label(ui.visuals().error_fg_color, format!("{} {text}", icons::BELL_RINGING));
    } else {
        ui.weak(text);
    }
}

/// What all rows of the view share.
struct Drawn<'a> {
    shared: &'a Shared<'a>,
    dimension: &'a Dimension,
    lines: &'a [CourseLine],
    limits: ActionLimits,
    metric: Metric,
    by: Option<usize>,
    reach: (f64, f64),
    /// The first and the last brushed stretch.
    brushed: Option<(usize, usize)>,
}

impl Drawn<'_> {
    fn show(&self, ui: &mut Ui, model: usize, commands: &mut Vec<Command>) {
        if self.lines.is_empty() {
            empty_ui(ui, "No row of this slice has a time.", None);
            return;
        }
        let deployments: Vec<(f64, String)> = self
            .shared
            .session
            .deployments_of(model)
            .into_iter()
            .filter_map(|(day, words)| Some((place_of_day(&self.dimension.starts, day)?, words)))
            .collect();
        let room = (ui.available_height() - AXIS - 4.0).max(COURSE);
        let area = ScrollArea::vertical().id_salt("courses").max_height(room);
        let height = (room / self.lines.len() as f32 - 4.0).floor().clamp(COURSE, HIGHEST);
        area.show_rows(ui, height, self.lines.len(), |ui, range| {
            for line in &self.lines[range] {
                self.line_ui(ui, (line, height), &deployments, commands);
            }
        });
        self.axis_ui(ui, &deployments);
    }

    fn label(&self, line: &CourseLine) -> &str {
        match (line.code, self.by) {
            (Some(code), Some(by)) => &self.shared.predictions.dimensions()[by].labels[code],
            _ => "All rows",
        }
    }

    fn x(&self, plot: Rect, at: f64) -> f32 {
        let stretches = self.dimension.starts.len().max(1) as f64;
        plot.min.x + ((at + 0.5) / stretches) as f32 * plot.width()
    }

    fn y(&self, plot: Rect, value: f64) -> f32 {
        let (low, high) = self.reach;
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
        plot.max.y - share * plot.height()
    }

    fn line_ui(
        &self,
        ui: &mut Ui,
        (line, height): (&CourseLine, f32),
        deployments: &[(f64, String)],
        commands: &mut Vec<Command>,
    ) {
        let size = vec2(ui.available_width(), height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        let label = self.label(line);
        response.widget_info(|| {
            let alarms = counted(line.alarms.len(), "alarm", "alarms");
            WidgetInfo::labeled(WidgetType::Button, true, format!("{label} over time: {alarms}"))
        });
        if response.hovered() || response.has_focus() {
            let ground = ui.visuals().widgets.hovered.weak_bg_fill;
            ui.painter().rect_filled(rect, 4.0, ground.gamma_multiply(0.5));
        }
        let ink = ui.visuals().text_color();
        let shown = fit(label, Font::Text, BODY, NAME - 12.0, Cut::Middle);
        let at = rect.min + vec2(4.0, 20.0);
        ui.painter().text(at, Align2::LEFT_CENTER, shown, FontId::proportional(BODY), ink);
        let rows = format!("{} rows", thousands(line.rows as usize));
        let weak = ui.visuals().weak_text_color();
        let small = || FontId::proportional(SMALL);
        ui.painter().text(at + vec2(0.0, 18.0), Align2::LEFT_CENTER, rows, small(), weak);
        if let Some(alarm) =
            line.alarms.iter().max_by(|a, b| a.worst.abs().total_cmp(&b.worst.abs()))
        {
            let text = format!("{} {}", icons::BELL_RINGING, metric_text(self.metric, alarm.worst));
            let ink = ui.visuals().error_fg_color;
            ui.painter().text(at + vec2(0.0, 34.0), Align2::LEFT_CENTER, text, small(), ink);
        }
        let plot = Rect::from_min_max(rect.min + vec2(NAME, 4.0), rect.max - vec2(4.0, 4.0));
        self.ground(ui, plot, line, deployments);
        self.course(ui, plot, line);
        if let Some(pointer) = response.hover_pos().filter(|at| plot.contains(*at)) {
            let stretches = self.dimension.starts.len().max(1) as f32;
            let place = ((pointer.x - plot.min.x) / plot.width() * stretches).floor() as usize;
            if let Some(point) = line.points.iter().find(|own| own.at == place) {
                let words = self.point_words(point);
                response.clone().on_hover_text_at_pointer(words);
            }
        }
        if let (true, Some(by), Some(code)) = (response.clicked(), self.by, line.code) {
            let own = &self.shared.predictions.dimensions()[by];
            let slice = SliceCommand::Brush(own.name.clone(), Some(vec![own.labels[code].clone()]));
            commands.push(Command::Slice(slice));
            commands.push(Command::Slice(SliceCommand::Light));
        }
    }

    fn point_words(&self, point: &crate::scene::slice_courses::CoursePoint) -> String {
        let value = match (point.value, point.interval) {
            (Some(value), Some((low, high))) => format!(
                "{} ({} to {})",
                metric_text(self.metric, value),
                metric_text(self.metric, low),
                metric_text(self.metric, high)
            ),
            (Some(value), None) => metric_text(self.metric, value),
            (None, _) => String::from("too few rows"),
        };
        format!(
            "{}: {value}, {} labelled rows",
            self.dimension.labels[point.at],
            thousands(point.labelled as usize)
        )
    }

    /// Ground, limits, stretches with an alarm, deployments.
    fn ground(&self, ui: &Ui, plot: Rect, line: &CourseLine, deployments: &[(f64, String)]) {
        let theme = self.shared.theme;
        let painter = ui.painter();
        painter.rect_filled(plot, 2.0, color(theme.canvas));
        for alarm in &line.alarms {
            let (first, last) = (line.points[alarm.first].at, line.points[alarm.last].at);
            let left = self.x(plot, first as f64 - 0.5);
            let right = self.x(plot, last as f64 + 0.5);
            let own = Rect::from_min_max(pos2(left, plot.min.y), pos2(right, plot.max.y));
            painter.rect_filled(own, 0.0, color(theme.error).gamma_multiply(0.18));
        }
        if self.reach.0 < 0.0 && self.reach.1 > 0.0 {
            let line = Stroke::new(1.0, color(theme.hairline));
            painter.hline(plot.x_range(), self.y(plot, 0.0), line);
        }
        for limit in [self.limits.low, self.limits.high].into_iter().filter(|own| own.is_finite()) {
            let y = self.y(plot, limit);
            let ends = [pos2(plot.min.x, y), pos2(plot.max.x, y)];
            let line = Stroke::new(1.0, color(theme.error).gamma_multiply(0.7));
            painter.extend(Shape::dashed_line(&ends, line, 4.0, 4.0));
        }
        for (at, _) in deployments {
            let x = self.x(plot, at - 0.5);
            painter.vline(
                x,
                plot.y_range(),
                Stroke::new(1.0, color(theme.warning).gamma_multiply(0.8)),
            );
        }
        if let Some((first, last)) = self.brushed {
            let left = self.x(plot, first as f64 - 0.5);
            let right = self.x(plot, last as f64 + 0.5);
            let own = Rect::from_min_max(pos2(left, plot.min.y), pos2(right, plot.max.y));
            let line = Stroke::new(1.0, color(theme.accent));
            painter.rect_stroke(own, 0.0, line, StrokeKind::Inside);
        }
    }

    fn course(&self, ui: &Ui, plot: Rect, line: &CourseLine) {
        let theme = self.shared.theme;
        let painter = ui.painter().with_clip_rect(plot.expand(1.0).intersect(ui.clip_rect()));
        let ink = color(theme.accent);
        let step = plot.width() / self.dimension.starts.len().max(1) as f32;
        let mut before = None;
        for point in &line.points {
            let Some(value) = point.value else {
                before = None;
                continue;
            };
            let at = pos2(self.x(plot, point.at as f64), self.y(plot, value));
            if let (Some((low, high)), true) = (point.interval, step >= 4.0) {
                let range = self.y(plot, high)..=self.y(plot, low);
                painter.vline(at.x, range, Stroke::new(1.0, ink.gamma_multiply(0.5)));
            }
            if let Some(before) = before {
                painter.line_segment([before, at], Stroke::new(1.5, ink));
            }
            before = Some(at);
            let (low, high) = point.interval.unwrap_or((value, value));
            let beyond = low > self.limits.high || high < self.limits.low;
            let ink = if beyond { color(theme.error) } else { ink };
            painter.circle_filled(at, (step / 4.0).clamp(1.5, 3.0), ink);
        }
    }

    /// First and last stretch, and what was deployed.
    fn axis_ui(&self, ui: &mut Ui, deployments: &[(f64, String)]) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), AXIS), Sense::hover());
        let plot = Rect::from_min_max(rect.min + vec2(NAME, 0.0), rect.max - vec2(4.0, 0.0));
        let weak = ui.visuals().weak_text_color();
        let small = || FontId::proportional(SMALL);
        let labels = &self.dimension.labels;
        let last = self.dimension.starts.len().saturating_sub(1);
        let ends = [
            (plot.left_center(), Align2::LEFT_CENTER, 0),
            (plot.right_center(), Align2::RIGHT_CENTER, last),
        ];
        for (at, align, label) in ends {
            if let Some(label) = labels.get(label) {
                ui.painter().text(at, align, &**label, small(), weak);
            }
        }
        for (number, (at, words)) in deployments.iter().enumerate() {
            let x = self.x(plot, at - 0.5);
            let own = Rect::from_center_size(pos2(x, rect.center().y), vec2(16.0, AXIS));
            let response = ui.interact(own, ui.id().with(("deployment", number)), Sense::hover());
            let ink = color(self.shared.theme.warning);
            ui.painter().text(
                own.center(),
                Align2::CENTER_CENTER,
                icons::ROCKET_LAUNCH,
                FontId::proportional(BODY),
                ink,
            );
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, words));
            response.on_hover_text(words);
        }
    }
}
