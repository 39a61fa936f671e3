//! A chart a dimension: traffic as bars, the metric over them, brushed by clicks and drags. While one is
//! dragged in, the others follow from sums that were added up beforehand, whatever the number of rows.

use super::super::super::theme::{SMALL, color};
use super::super::super::widgets::empty_ui;
use super::{Shared, ask};
use crate::metrics::{Bars, DimensionKind, Metric, SliceSpec, Tiles};
use crate::scene::caption::thousands;
use crate::scene::measure::{Cut, Font, fit, width};
use crate::scene::slice_bars::{BarChart, BarMark, between, clicked, shown_values};
use crate::scene::slice_words::metric_text;
use crate::session::{Command, PredictionSet, SliceAnswer, SliceCommand, SliceQuestion};
use egui::{
    Align2, Button, FontId, Id, Rect, Response, RichText, ScrollArea, Sense, Stroke, StrokeKind,
    Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use egui_phosphor::regular as icons;
use std::sync::Arc;

/// Narrowest chart.
const NARROWEST: f32 = 260.0;
const HEAD: f32 = 24.0;
const PLOT: f32 = 88.0;
const LABELS: f32 = 18.0;
const GAP: f32 = 12.0;
/// More bars than these are hit as a whole and have no name each for a screen reader.
const MANY_BARS: usize = 200;

/// What only the brushes know.
#[derive(Default)]
pub(super) struct BrushView {
    /// The dimension that was pointed at last.
    active: Option<usize>,
    drag: Option<Drag>,
    /// Bars without any brush, behind the others.
    whole: Option<(Arc<PredictionSet>, Arc<SliceAnswer>)>,
    /// Reused from frame to frame.
    under_tiles: Vec<Bars>,
}

/// A drag within one chart, between places of its bars.
#[derive(Clone, Copy, PartialEq)]
struct Drag {
    dimension: usize,
    from: usize,
    to: usize,
}

impl BrushView {
    pub(super) fn show(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        let slices = shared.session.slices();
        let metric = slices.metric();
        if metric == Metric::CalibrationError {
            empty_ui(
                ui,
                "The calibration error needs a pass of its own and is not drawn over brushes; the grid has it.",
                None,
            );
            return;
        }
        let models = shared.model_and_baseline();
        let scores = metric == Metric::AucLoss;
        let slice = slices.slice();
        let tiles = self.tiles(shared, &models, scores, commands);
        let without = |at: usize| {
            let mut slice = slice.clone();
            slice.set(&shared.predictions.dimensions()[at].name, None);
            slice
        };
        let bars_of = match (&tiles, self.active) {
            (Some(_), Some(active)) => without(active),
            _ => slice.clone(),
        };
        let everything = bars_of.conditions.is_empty();
        let question = SliceQuestion::Bars { models: models.clone(), slice: bars_of, scores };
        let Some((answer, exact)) = ask(shared.session, question, commands) else {
            ui.weak("Going through the rows …");
            return;
        };
        let bars = match &*answer {
            SliceAnswer::Bars(bars) => bars,
            SliceAnswer::Failed(why) => {
                empty_ui(ui, why, None);
                return;
            }
            _ => return,
        };
        if exact && everything {
            self.whole = slices.set().map(|set| (Arc::clone(set), Arc::clone(&answer)));
        }
        self.follow(tiles.as_deref(), slice, shared);
        self.head_ui(ui, shared, &models);
        ScrollArea::vertical().id_salt("charts").auto_shrink(false).show(ui, |ui| {
            self.charts_ui(ui, shared, bars, tiles.is_some(), commands);
        });
    }

    /// The sums for drags in the active dimension, when they are there.
    fn tiles(
        &self,
        shared: &Shared<'_>,
        models: &[usize],
        scores: bool,
        commands: &mut Vec<Command>,
    ) -> Option<Arc<SliceAnswer>> {
        let active = self.active?;
        let mut slice = shared.session.slices().slice().clone();
        slice.set(&shared.predictions.dimensions()[active].name, None);
        let question = SliceQuestion::Tiles { models: models.to_vec(), active, slice, scores };
        let (answer, exact) = ask(shared.session, question, commands)?;
        (exact && matches!(&*answer, SliceAnswer::Tiles(_))).then_some(answer)
    }

    /// Bars of the other dimensions under the brush on the active one.
    fn follow(&mut self, tiles: Option<&SliceAnswer>, slice: &SliceSpec, shared: &Shared<'_>) {
        let Some(SliceAnswer::Tiles(tiles)) = tiles else { return };
        let own = &shared.predictions.dimensions()[tiles.active];
        let chosen: Vec<bool> = match slice.condition(&own.name) {
            Some(condition) => condition.chosen(own),
            None => vec![true; own.labels.len()],
        };
        self.under_tiles.resize_with(tiles.views.len(), Bars::default);
        for (view, bars) in self.under_tiles.iter_mut().enumerate() {
            brush(tiles, view, &chosen, bars);
        }
    }

    fn head_ui(&self, ui: &mut Ui, shared: &Shared<'_>, models: &[usize]) {
        let slices = shared.session.slices();
        ui.horizontal_wrapped(|ui| {
            let name = |at: usize| &*shared.predictions.models()[at].name;
            ui.colored_label(color(shared.theme.accent), format!("● {}", name(models[0])));
            if let Some(&baseline) = models.get(1) {
                ui.colored_label(color(shared.theme.secondary), format!("○ {}", name(baseline)));
            }
            ui.weak(format!(
                "{} over rows. Drag or click to brush, Shift adds.",
                slices.metric().title()
            ));
        });
    }

    fn charts_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        bars: &[Bars],
        followed: bool,
        commands: &mut Vec<Command>,
    ) {
        let dimensions = shared.predictions.dimensions();
        let room = ui.available_width() - 4.0;
        let beside = ((room + GAP) / (NARROWEST + GAP)).floor().max(1.0);
        let narrow = (room + GAP) / beside - GAP;
        let corner = ui.cursor().min;
        let (mut x, mut y) = (0.0, 0.0);
        let height = HEAD + PLOT + LABELS;
        let set = shared.session.slices().set();
        let is_current =
            |own: &&(Arc<PredictionSet>, _)| set.is_some_and(|set| Arc::ptr_eq(set, &own.0));
        let whole = self.whole.as_ref().filter(is_current).map(|own| Arc::clone(&own.1));
        // Time first, over the whole width; it has many bars and an order.
        let mut order: Vec<usize> = (0..dimensions.len()).collect();
        order.sort_by_key(|&at| dimensions[at].kind != DimensionKind::Times);
        for at in order {
            let wide = dimensions[at].kind == DimensionKind::Times;
            let size = vec2(if wide { room } else { narrow }, height);
            if x > 0.0 && x + size.x > room + 1.0 {
                (x, y) = (0.0, y + height + GAP);
            }
            let rect = Rect::from_min_size(corner + vec2(x, y), size);
            x += size.x + GAP;
            if !ui.is_rect_visible(rect) {
                continue;
            }
            let under = self.active.filter(|_| followed).and_then(|active| {
                let view = if at < active { at } else { at.checked_sub(1)? };
                (at != active).then(|| self.under_tiles.get(view)).flatten()
            });
            let own = under.unwrap_or(&bars[at]).clone();
            let whole = match whole.as_deref() {
                Some(SliceAnswer::Bars(whole)) => whole.get(at),
                _ => None,
            };
            self.chart_ui(ui, shared, at, (&own, whole), rect, commands);
        }
        ui.allocate_space(vec2(room, y + height));
    }

    fn chart_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        at: usize,
        (bars, whole): (&Bars, Option<&Bars>),
        rect: Rect,
        commands: &mut Vec<Command>,
    ) {
        let dimension = &shared.predictions.dimensions()[at];
        let slices = shared.session.slices();
        let (shown, hidden) = shown_values(dimension, whole.unwrap_or(bars));
        let chart = |bars: &Bars, model: usize| {
            BarChart::new(bars, model, slices.metric(), slices.support(), &shown)
        };
        let models = shared.model_and_baseline().len().min(bars.models());
        let charts: Vec<BarChart> = (0..models).map(|model| chart(bars, model)).collect();
        let behind = whole.map(|whole| chart(whole, 0));
        let scale = BarChart::scale(charts.iter(), slices.metric());
        self.title_ui(ui, shared, (at, hidden, scale), rect, commands);
        let plot = Rect::from_min_size(rect.min + vec2(0.0, HEAD), vec2(rect.width(), PLOT));
        let frame = Frame { plot, bars: shown.len() };
        if ui.rect_contains_pointer(rect) && self.drag.is_none() {
            self.active = Some(at);
        }
        paint_ground(ui, shared, &frame, scale);
        let chosen = slices.slice().condition(&dimension.name).map(|own| own.chosen(dimension));
        let is_in = |code: usize| chosen.as_ref().is_none_or(|own| own[code]);
        let most = behind.as_ref().map_or(charts[0].most, |own| own.most).max(1);
        for (place, mark) in charts[0].marks.iter().enumerate() {
            let height = |rows: u64| PLOT * 0.96 * rows as f32 / most as f32;
            if let Some(behind) = &behind {
                let ground = color(shared.theme.hairline).gamma_multiply(0.55);
                ui.painter().rect_filled(
                    frame.bar(place, height(behind.marks[place].rows)),
                    1.0,
                    ground,
                );
            }
            let ink = if is_in(mark.code) {
                color(shared.theme.border).gamma_multiply(0.75)
            } else {
                color(shared.theme.hairline)
            };
            ui.painter().rect_filled(frame.bar(place, height(mark.rows)), 1.0, ink);
        }
        if let Some(scale) = scale {
            for (model, chart) in charts.iter().enumerate().rev() {
                paint_metric(ui, shared, &frame, (chart, model, dimension.kind), scale);
            }
        }
        paint_labels(ui, &frame, dimension, &shown);
        if chosen.is_some() {
            let line = Stroke::new(1.0, color(shared.theme.accent));
            ui.painter().rect_stroke(plot, 2.0, line, StrokeKind::Outside);
        }
        self.interact_ui(ui, shared, at, (&frame, &charts[0], &shown), commands);
    }

    /// Name of the dimension, and what can be done with its brush.
    fn title_ui(
        &self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        (at, hidden, scale): (usize, usize, Option<(f64, f64)>),
        rect: Rect,
        commands: &mut Vec<Command>,
    ) {
        let dimension = &shared.predictions.dimensions()[at];
        let slices = shared.session.slices();
        let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD));
        let mut ui = ui.new_child(
            egui::UiBuilder::new()
                .id_salt(("head", at))
                .max_rect(head)
                .layout(egui::Layout::left_to_right(egui::Align::Center)),
        );
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(&*dimension.name);
        if hidden > 0 {
            ui.weak(RichText::new(format!("+{} hidden", thousands(hidden))).small());
        }
        if dimension.folded > 0 {
            let text = format!("{} rare values folded", thousands(dimension.folded));
            ui.weak(RichText::new(text).small());
        }
        let brushed = slices.slice().condition(&dimension.name).is_some();
        if !brushed {
            let Some((low, high)) = scale else { return };
            let metric = slices.metric();
            let text = format!("{} to {}", metric_text(metric, low), metric_text(metric, high));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.weak(RichText::new(text).small())
                    .on_hover_text("From the bottom of the chart to its top");
            });
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let pinned = slices.is_pinned(&dimension.name);
            let name = || dimension.name.clone();
            let buttons = [
                (icons::X, "Drop the brush", SliceCommand::Brush(name(), None)),
                (
                    icons::PUSH_PIN,
                    if pinned { "Let go on reset" } else { "Keep on reset" },
                    SliceCommand::Pin(name()),
                ),
                (icons::SWAP, "Take the other values", SliceCommand::Invert(name())),
            ];
            for (icon, words, command) in buttons {
                let ink = if icon == icons::PUSH_PIN && pinned {
                    color(shared.theme.accent)
                } else {
                    ui.visuals().text_color()
                };
                let button = ui.add(Button::new(RichText::new(icon).color(ink)).frame(false));
                button.widget_info(|| {
                    WidgetInfo::labeled(
                        WidgetType::Button,
                        true,
                        format!("{words}: {}", dimension.name),
                    )
                });
                if button.on_hover_text(words).clicked() {
                    commands.push(Command::Slice(command));
                }
            }
        });
    }

    fn interact_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        at: usize,
        (frame, chart, shown): (&Frame, &BarChart, &[usize]),
        commands: &mut Vec<Command>,
    ) {
        let dimension = &shared.predictions.dimensions()[at];
        let slices = shared.session.slices();
        let metric = slices.metric();
        let id = ui.id().with(("chart", at));
        let chosen = slices.slice().condition(&dimension.name).map(|own| &own.values[..]);
        let mut act = |this: &mut Self, ui: &Ui, place: usize, response: &Response| {
            let brush = |values: Option<Vec<Box<str>>>| {
                Command::Slice(SliceCommand::Brush(dimension.name.clone(), values))
            };
            let add = ui.input(|own| own.modifiers.shift || own.modifiers.command);
            if response.drag_started() {
                this.drag = Some(Drag { dimension: at, from: place, to: place });
            }
            if let Some(mut drag) =
                this.drag.filter(|own| own.dimension == at && response.dragged())
            {
                let under = ui.input(|own| own.pointer.latest_pos()).map(|own| frame.place(own.x));
                let moved = under.is_some_and(|to| to != drag.to) || response.drag_started();
                drag.to = under.unwrap_or(drag.to);
                this.drag = Some(drag);
                if moved {
                    let values = between(dimension, shown, drag.from, drag.to);
                    commands.push(brush((values.len() < dimension.labels.len()).then_some(values)));
                }
            }
            if response.clicked() {
                let value = &dimension.labels[shown[place]];
                commands.push(brush(clicked(chosen, value, add)));
            }
            if response.drag_stopped() || response.clicked() {
                this.drag = None;
                commands.push(Command::Slice(SliceCommand::BrushDone));
            }
        };
        if shown.len() > MANY_BARS {
            let response = ui.interact(frame.plot, id, Sense::click_and_drag());
            if let Some(at) = response.interact_pointer_pos() {
                act(self, ui, frame.place(at.x), &response);
            }
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Other, true, &*dimension.name));
            return;
        }
        for (place, mark) in chart.marks.iter().enumerate() {
            let response =
                ui.interact(frame.column(place), bar_id(id, mark.code), Sense::click_and_drag());
            response.widget_info(|| {
                let label = &dimension.labels[mark.code];
                let selected = chosen.is_some_and(|own| own.contains(label));
                WidgetInfo::selected(
                    WidgetType::Checkbox,
                    true,
                    selected,
                    mark_words(&dimension.name, label, mark, metric),
                )
            });
            if response.has_focus() {
                let line = Stroke::new(1.5, color(shared.theme.accent));
                ui.painter().rect_stroke(frame.column(place), 2.0, line, StrokeKind::Inside);
            }
            act(self, ui, place, &response);
            response.on_hover_text_at_pointer(mark_words(
                &dimension.name,
                &dimension.labels[mark.code],
                mark,
                metric,
            ));
        }
    }
}

fn bar_id(chart: Id, code: usize) -> Id {
    chart.with(("bar", code))
}

/// One difference where the chosen values are a run, else one a run.
fn brush(tiles: &Tiles, view: usize, chosen: &[bool], bars: &mut Bars) {
    let first = chosen.iter().position(|own| *own).unwrap_or(0);
    let count = chosen.iter().filter(|own| **own).count();
    if chosen[first..].iter().take(count).all(|own| *own) {
        tiles.brush(view, first..first + count, bars);
    } else {
        tiles.brush_set(view, chosen, bars);
    }
}

fn mark_words(dimension: &str, label: &str, mark: &BarMark, metric: Metric) -> String {
    let value = match (mark.value, mark.interval) {
        (Some(value), Some((low, high))) => format!(
            ", {} {} ({} to {})",
            metric.title().to_lowercase(),
            metric_text(metric, value),
            metric_text(metric, low),
            metric_text(metric, high)
        ),
        (Some(value), None) => {
            format!(", {} {}", metric.title().to_lowercase(), metric_text(metric, value))
        }
        (None, _) => String::from(", too few to judge"),
    };
    format!("{dimension} {label}: {} rows{value}", thousands(mark.rows as usize))
}

/// Where the bars of a chart stand.
struct Frame {
    plot: Rect,
    bars: usize,
}

impl Frame {
    fn step(&self) -> f32 {
        self.plot.width() / self.bars.max(1) as f32
    }

    /// The whole height over one bar.
    fn column(&self, place: usize) -> Rect {
        let left = self.plot.min.x + place as f32 * self.step();
        Rect::from_min_max(pos2(left, self.plot.min.y), pos2(left + self.step(), self.plot.max.y))
    }

    fn bar(&self, place: usize, height: f32) -> Rect {
        let column = self.column(place);
        let air = (self.step() * 0.1).min(2.0);
        Rect::from_min_max(
            pos2(column.min.x + air, column.max.y - height),
            pos2(column.max.x - air, column.max.y),
        )
    }

    fn place(&self, x: f32) -> usize {
        let at = ((x - self.plot.min.x) / self.step()).floor().max(0.0) as usize;
        at.min(self.bars.saturating_sub(1))
    }

    fn y(&self, value: f64, (low, high): (f64, f64)) -> f32 {
        let share = ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
        self.plot.max.y - share * self.plot.height()
    }
}

/// The plot's ground, the line of no bias, and the ends of the metric's scale.
fn paint_ground(ui: &Ui, shared: &Shared<'_>, frame: &Frame, scale: Option<(f64, f64)>) {
    let painter = ui.painter();
    painter.rect_filled(frame.plot, 2.0, color(shared.theme.canvas));
    let Some(scale) = scale else { return };
    if scale.0 < 0.0 && scale.1 > 0.0 {
        let y = frame.y(0.0, scale);
        let line = Stroke::new(1.0, color(shared.theme.secondary).gamma_multiply(0.6));
        painter.hline(frame.plot.x_range(), y, line);
    }
}

/// A dot a bar with its interval, joined where the values have an order.
fn paint_metric(
    ui: &Ui,
    shared: &Shared<'_>,
    frame: &Frame,
    (chart, model, kind): (&BarChart, usize, DimensionKind),
    scale: (f64, f64),
) {
    let ink = color(if model == 0 { shared.theme.accent } else { shared.theme.secondary });
    let painter = ui.painter().with_clip_rect(frame.plot.expand(2.0).intersect(ui.clip_rect()));
    let mut before = None;
    for (place, mark) in chart.marks.iter().enumerate() {
        let x = frame.column(place).center().x + if model == 0 { 0.0 } else { 3.0 };
        let Some(value) = mark.value else {
            before = None;
            continue;
        };
        let at = pos2(x, frame.y(value, scale));
        if let (Some(before), true) = (before, kind != DimensionKind::Names) {
            painter.line_segment([before, at], Stroke::new(1.0, ink.gamma_multiply(0.7)));
        }
        before = Some(at);
        if let (Some((low, high)), true) = (mark.interval, frame.step() >= 6.0) {
            let range = frame.y(high, scale)..=frame.y(low, scale);
            painter.vline(x, range, Stroke::new(1.0, ink.gamma_multiply(0.7)));
        }
        let radius = (frame.step() / 3.0).clamp(1.5, 3.0);
        if model == 0 {
            painter.circle(at, radius, ink, Stroke::new(1.0, color(shared.theme.canvas)));
        } else {
            painter.circle(at, radius, color(shared.theme.canvas), Stroke::new(1.0, ink));
        }
    }
}

/// Names below the bars where they fit, else the first and the last.
fn paint_labels(ui: &Ui, frame: &Frame, dimension: &crate::metrics::Dimension, shown: &[usize]) {
    let font = || FontId::proportional(SMALL);
    let ink = ui.visuals().weak_text_color();
    let y = frame.plot.max.y + 2.0;
    let label = |place: usize| &*dimension.labels[shown[place]];
    let widest =
        (0..shown.len()).map(|place| width(label(place), Font::Text, SMALL)).fold(0.0, f32::max);
    if widest + 4.0 <= frame.step() {
        for place in 0..shown.len() {
            let at = pos2(frame.column(place).center().x, y);
            ui.painter().text(at, Align2::CENTER_TOP, label(place), font(), ink);
        }
    } else if let (Some(&first), Some(&last)) = (shown.first(), shown.last()) {
        let half = frame.plot.width() / 2.0 - 8.0;
        let text = |code: usize| fit(&dimension.labels[code], Font::Text, SMALL, half, Cut::Middle);
        ui.painter().text(pos2(frame.plot.min.x, y), Align2::LEFT_TOP, text(first), font(), ink);
        ui.painter().text(pos2(frame.plot.max.x, y), Align2::RIGHT_TOP, text(last), font(), ink);
    }
}
