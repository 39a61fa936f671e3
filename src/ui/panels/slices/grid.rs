//! The grid: models as rows, slices as columns as wide as their traffic, colour by how far a cell is from the
//! baseline, its strength by how sure that is.

use super::super::super::theme::{BODY, ROW, SMALL, color};
use super::super::super::widgets::empty_ui;
use super::grid_marks::{
    BLOCK_GAP, Band, GROUPS, LEFT, VALUES, hatch, heads_ui, legend_ui, row_top, short_title,
};
use super::strip::brush_column;
use super::{Shared, ask};
use crate::metrics::grid::{CellState, Grid, GridCell, GridOrder, GridRequest, Shading, arrange};
use crate::metrics::{DimensionKind, Metric};
use crate::scene::measure::{Cut, Font, fit, width};
use crate::scene::slice_grid::{GridLayout, cell_color};
use crate::scene::slice_words::{cell_details, cell_text, cell_words};
use crate::session::{Command, SliceAnswer, SliceCommand, SliceQuestion};
use egui::{
    Align2, ComboBox, DragValue, FontId, Pos2, Rect, RichText, ScrollArea, Sense, Slider, Stroke,
    StrokeKind, TextEdit, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use egui_phosphor::regular as icons;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Between two bands.
const BAND_GAP: f32 = 8.0;
/// A whole is never drawn narrower by itself.
const NARROWEST: f32 = 300.0;
const SCROLL_BAR: f32 = 14.0;
/// Room for a model's name beside that of a metric.
const NAME: f32 = LEFT - 76.0;
/// Height of what is said of one cell.
const FOOT: f32 = 48.0;
/// Dimensions with more values are shown when somebody asks for them.
const MANY_VALUES: usize = 60;

/// What only the grid knows.
pub(super) struct GridView {
    /// Names of dimensions that are shown or not otherwise than at first.
    toggled: BTreeSet<Box<str>>,
    /// Pairs of dimensions whose combinations are shown.
    pairs: Vec<(Box<str>, Box<str>)>,
    pattern: String,
    order: GridOrder,
    /// The change that has the full colour, in percent.
    range: f64,
    /// Points that stand for all rows; two groups beside one another until somebody chooses.
    per_whole: Option<f32>,
    laid_out: Option<LaidOut>,
    /// Model, metric and column that is pointed at or has the focus.
    looked_at: Option<(usize, usize)>,
}

impl Default for GridView {
    fn default() -> Self {
        Self {
            toggled: BTreeSet::new(),
            pairs: Vec::new(),
            pattern: String::new(),
            order: GridOrder::default(),
            range: 20.0,
            per_whole: None,
            laid_out: None,
            looked_at: None,
        }
    }
}

/// The layout and what it was made of.
struct LaidOut {
    of: Arc<SliceAnswer>,
    by: (String, GridOrder, f32, f32),
    layout: Result<(GridLayout, usize), String>,
}

impl GridView {
    pub(super) fn show(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        let request = self.request(shared);
        ui.horizontal_wrapped(|ui| self.controls_ui(ui, shared, commands));
        if request.groups.is_empty() {
            empty_ui(ui, "No dimension is chosen. Choose one under Slicings.", None);
            return;
        }
        let Some((answer, exact)) = ask(shared.session, SliceQuestion::Grid(request), commands)
        else {
            ui.weak("Going through the rows …");
            return;
        };
        let grid = match &*answer {
            SliceAnswer::Grid(grid) => grid,
            SliceAnswer::Failed(why) => {
                empty_ui(ui, why, None);
                return;
            }
            _ => return,
        };
        let room = ui.available_width() - LEFT - SCROLL_BAR;
        let per_whole = self.per_whole.unwrap_or((room / 2.2).max(NARROWEST));
        self.lay_out(&answer, grid, (per_whole, room));
        let Some(laid_out) = self.laid_out.take() else { return };
        match &laid_out.layout {
            Err(why) => {
                ui.colored_label(ui.visuals().error_fg_color, format!("No pattern: {why}"));
            }
            Ok((layout, unmatched)) => {
                notes_ui(ui, grid, *unmatched);
                if !exact {
                    ui.set_opacity(0.6);
                }
                self.table_ui(ui, shared, grid, layout, commands);
            }
        }
        self.laid_out = Some(laid_out);
    }

    fn is_shown(&self, shared: &Shared<'_>, at: usize) -> bool {
        let own = &shared.predictions.dimensions()[at];
        let at_first = own.kind != DimensionKind::Times && own.labels.len() <= MANY_VALUES;
        at_first != self.toggled.contains(&own.name)
    }

    fn request(&self, shared: &Shared<'_>) -> GridRequest {
        let slices = shared.session.slices();
        let dimensions = 0..shared.predictions.dimensions().len();
        let mut groups: Vec<Vec<usize>> =
            dimensions.filter(|&at| self.is_shown(shared, at)).map(|at| vec![at]).collect();
        let place = |name: &str| shared.predictions.dimension(name);
        groups.extend(self.pairs.iter().filter_map(|(a, b)| Some(vec![place(a)?, place(b)?])));
        GridRequest {
            models: shared.models(),
            groups,
            metrics: slices.metrics(),
            baseline: slices.baseline(),
            base_of_all: slices.base_of_all(),
            support: slices.support(),
            slice: slices.slice().clone(),
        }
    }

    fn lay_out(&mut self, answer: &Arc<SliceAnswer>, grid: &Grid, (per_whole, room): (f32, f32)) {
        let by = (self.pattern.clone(), self.order, per_whole, room);
        let is_current =
            self.laid_out.as_ref().is_some_and(|own| Arc::ptr_eq(&own.of, answer) && own.by == by);
        if !is_current {
            let layout = arrange(grid, &self.pattern, self.order).map(|own| {
                let layout = GridLayout::new(grid, &own, per_whole, room);
                (layout, own.unmatched)
            });
            self.laid_out = Some(LaidOut { of: Arc::clone(answer), by, layout });
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>, commands: &mut Vec<Command>) {
        self.slicings_ui(ui, shared);
        let hint = format!("{} country=(pl|it)", icons::FUNNEL);
        let field = TextEdit::singleline(&mut self.pattern).hint_text(hint).desired_width(140.0);
        ui.add(field).on_hover_text("Only slices whose name matches this regular expression");
        self.order_ui(ui, shared);
        let slices = shared.session.slices();
        ui.menu_button("Show", |ui| {
            ui.set_min_width(280.0);
            ui.weak("Stacked below the metric");
            for &metric in Metric::ALL.iter().filter(|&&own| own != slices.metric()) {
                let mut stacked = slices.is_stacked(metric);
                if ui.checkbox(&mut stacked, metric.title()).on_hover_text(metric.doc()).clicked() {
                    commands.push(Command::Slice(SliceCommand::Stack(metric)));
                }
            }
            ui.separator();
            ui.add(Slider::new(&mut self.range, 1.0..=100.0).logarithmic(true).suffix(" %"))
                .on_hover_text("The change that has the full colour");
            ui.weak("Colour range");
            let mut per_whole = self.per_whole.unwrap_or(400.0);
            let width = Slider::new(&mut per_whole, 120.0..=4000.0).logarithmic(true);
            if ui.add(width.show_value(false)).changed() {
                self.per_whole = Some(per_whole);
            }
            ui.weak("Width of all rows");
            let mut support = slices.support();
            ui.horizontal(|ui| {
                ui.add(DragValue::new(&mut support).range(0..=1_000_000).speed(10));
                ui.weak("labelled rows a cell must have");
            });
            if support != slices.support() {
                commands.push(Command::Slice(SliceCommand::Support(support)));
            }
            let mut all = slices.base_of_all();
            let base = ui.checkbox(&mut all, "Entropy of all rows' base rate");
            if base.on_hover_text("The normalised entropy is relative to the base rate of all rows, not of each slice").clicked() {
                commands.push(Command::Slice(SliceCommand::BaseOfAll(all)));
            }
        });
        legend_ui(ui, shared, self.range);
    }

    /// Which dimensions, and pairs of them, are columns.
    fn slicings_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>) {
        let dimensions = shared.predictions.dimensions();
        let shown = (0..dimensions.len()).filter(|&at| self.is_shown(shared, at)).count();
        ui.menu_button(format!("Slicings: {}", shown + self.pairs.len()), |ui| {
            ui.set_min_width(240.0);
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for (at, own) in dimensions.iter().enumerate() {
                    let mut on = self.is_shown(shared, at);
                    let label = format!("{} ({} values)", own.name, own.labels.len());
                    if ui.checkbox(&mut on, label).clicked() && !self.toggled.remove(&own.name) {
                        self.toggled.insert(own.name.clone());
                    }
                }
            });
            ui.separator();
            ui.menu_button("Add a pair", |ui| {
                for (at, first) in dimensions.iter().enumerate() {
                    ui.menu_button(&*first.name, |ui| {
                        for second in &dimensions[at + 1..] {
                            if ui.button(format!("{} × {}", first.name, second.name)).clicked() {
                                self.pairs.push((first.name.clone(), second.name.clone()));
                                ui.close();
                            }
                        }
                    });
                }
            });
            self.pairs.retain(|(a, b)| {
                !ui.button(format!("{} {a} × {b}", icons::X)).on_hover_text("Remove it").clicked()
            });
        })
        .response
        .on_hover_text("Which dimensions are columns");
    }

    fn order_ui(&mut self, ui: &mut Ui, shared: &Shared<'_>) {
        let metrics = shared.session.slices().metrics();
        let models = shared.models();
        let row_name = |row: usize| {
            let (model, metric) = (row / metrics.len(), row % metrics.len());
            models.get(model).zip(metrics.get(metric)).map(|(&model, metric)| {
                format!("{}, {}", shared.predictions.models()[model].name, metric.title())
            })
        };
        let text = match self.order {
            GridOrder::Slicing => String::from("By slicing"),
            GridOrder::Traffic => String::from("By traffic"),
            GridOrder::Shade(row) => format!("↓ {}", row_name(row).unwrap_or_default()),
            GridOrder::ShadeUp(row) => format!("↑ {}", row_name(row).unwrap_or_default()),
        };
        let text = fit(&text, Font::Text, BODY, 132.0, Cut::Middle);
        ComboBox::from_id_salt("order").selected_text(text).width(150.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut self.order, GridOrder::Slicing, "By slicing");
            ui.selectable_value(&mut self.order, GridOrder::Traffic, "By traffic");
            for row in 0..models.len() * metrics.len() {
                let name = row_name(row).unwrap_or_default();
                ui.selectable_value(&mut self.order, GridOrder::Shade(row), format!("↓ {name}"));
                ui.selectable_value(&mut self.order, GridOrder::ShadeUp(row), format!("↑ {name}"));
            }
        });
    }

    fn table_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        grid: &Grid,
        layout: &GridLayout,
        commands: &mut Vec<Command>,
    ) {
        let metrics = grid.request.metrics.len();
        let block = metrics as f32 * ROW + BLOCK_GAP;
        let band = GROUPS + VALUES + grid.request.models.len() as f32 * block + BAND_GAP;
        let room = (ui.available_height() - FOOT).max(ROW * 3.0);
        self.looked_at = None;
        let area = ScrollArea::both().id_salt("grid").max_height(room).auto_shrink([false, true]);
        area.show_viewport(ui, |ui, seen| {
            let size = vec2(LEFT + layout.width() + 1.0, layout.bands.len() as f32 * band);
            let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
            for at in 0..layout.bands.len() {
                let top = at as f32 * band;
                if top > seen.max.y || top + band < seen.min.y {
                    continue;
                }
                let corner = rect.min + vec2(0.0, top);
                let drawn = Band { at, cells: corner + vec2(LEFT, 0.0), seen };
                self.names_ui(ui, shared, grid, (corner, at));
                heads_ui(ui, shared, (grid, layout), &drawn);
                self.cells_ui(ui, shared, (grid, layout), &drawn, commands);
            }
        });
        self.foot_ui(ui, shared, grid, layout);
    }

    /// Names of models and metrics beside a band; a click sorts by them.
    fn names_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        grid: &Grid,
        (corner, band): (Pos2, usize),
    ) {
        let metrics = &grid.request.metrics;
        for (place, &model) in grid.request.models.iter().enumerate() {
            let name = &*shared.predictions.models()[model].name;
            for at in 0..metrics.len() {
                let row = place * metrics.len() + at;
                let top = corner.y + row_top(row, metrics.len());
                let rect = Rect::from_min_size(pos2(corner.x, top), vec2(LEFT - 8.0, ROW));
                self.name_ui(ui, (name, metrics[at]), (row, band), rect);
                if at == 0 {
                    let is_baseline = grid.request.baseline == Some(model);
                    let mark =
                        if is_baseline { format!("{} ", icons::FLAG) } else { String::new() };
                    let shown = fit(&format!("{mark}{name}"), Font::Text, BODY, NAME, Cut::Middle);
                    ui.painter().text(
                        rect.left_center() + vec2(4.0, 0.0),
                        Align2::LEFT_CENTER,
                        shown,
                        FontId::proportional(BODY),
                        ui.visuals().text_color(),
                    );
                }
            }
        }
    }

    fn name_ui(
        &mut self,
        ui: &mut Ui,
        (name, metric): (&str, Metric),
        (row, band): (usize, usize),
        rect: Rect,
    ) {
        let response = ui.interact(rect, ui.id().with(("name", row, band)), Sense::click());
        response.widget_info(|| {
            let words = format!("Sort by {name}, {}", metric.title());
            WidgetInfo::labeled(WidgetType::Button, true, words)
        });
        if response.hovered() || response.has_focus() {
            let ground = ui.visuals().widgets.hovered.weak_bg_fill;
            ui.painter().rect_filled(rect, 4.0, ground);
        }
        let sign = match self.order {
            GridOrder::Shade(own) if own == row => " ↓",
            GridOrder::ShadeUp(own) if own == row => " ↑",
            _ => "",
        };
        ui.painter().text(
            rect.right_center() - vec2(4.0, 0.0),
            Align2::RIGHT_CENTER,
            format!("{}{sign}", short_title(metric)),
            FontId::proportional(SMALL),
            ui.visuals().weak_text_color(),
        );
        let words = format!("{name}, {}: {} Click to sort.", metric.title(), metric.doc());
        if response.on_hover_text(words).clicked() {
            self.order = match self.order {
                GridOrder::Shade(own) if own == row => GridOrder::ShadeUp(row),
                GridOrder::ShadeUp(own) if own == row => GridOrder::Slicing,
                _ => GridOrder::Shade(row),
            };
        }
    }

    fn cells_ui(
        &mut self,
        ui: &mut Ui,
        shared: &Shared<'_>,
        (grid, layout): (&Grid, &GridLayout),
        band: &Band,
        commands: &mut Vec<Command>,
    ) {
        let metrics = grid.request.metrics.len();
        let compared = grid.request.baseline.is_some();
        for place in layout.visible(band.at, band.seen.min.x - LEFT, band.seen.max.x - LEFT) {
            let at = layout.columns[place];
            let column = &grid.columns[at];
            let (left, right) = layout.span(place);
            for (row, cell) in column.cells.iter().enumerate() {
                let top = row_top(row, metrics);
                let own = Rect::from_min_max(
                    band.cells + vec2(left, top),
                    band.cells + vec2(right - 1.0, top + ROW - 1.0),
                );
                let metric = grid.request.metrics[row % metrics];
                let response = ui.interact(own, ui.id().with((at, row)), Sense::click());
                response.widget_info(|| {
                    let model = grid.request.models[row / metrics];
                    let model = &shared.predictions.models()[model].name;
                    let words = format!(
                        "{model}, {}, {}: {}",
                        column.name,
                        metric.title(),
                        cell_words(cell, metric)
                    );
                    WidgetInfo::labeled(WidgetType::Button, true, words)
                });
                self.paint_cell(ui, shared, own, cell, (metric, Shading::of(metric, compared)));
                if response.hovered() || response.has_focus() {
                    self.looked_at = Some((at, row));
                    let line = Stroke::new(1.5, color(shared.theme.accent));
                    ui.painter().rect_stroke(own, 2.0, line, StrokeKind::Inside);
                }
                if response.clicked() && column.group.is_some() {
                    let add = ui.input(|own| own.modifiers.shift || own.modifiers.command);
                    brush_column(shared.session.slices().slice(), &column.spec, add, commands);
                }
            }
        }
    }

    fn paint_cell(
        &self,
        ui: &Ui,
        shared: &Shared<'_>,
        rect: Rect,
        cell: &GridCell,
        (metric, shading): (Metric, Shading),
    ) {
        let ground = cell_color(shared.theme, cell, self.range / 100.0);
        let painter = ui.painter();
        painter.rect_filled(rect, 2.0, color(ground));
        if cell.shade.is_none() || cell.state != CellState::Judged {
            let line = Stroke::new(1.0, color(shared.theme.hairline));
            painter.rect_stroke(rect, 2.0, line, StrokeKind::Inside);
        }
        if cell.state == CellState::TooFew {
            hatch(ui, rect, color(shared.theme.border));
            return;
        }
        let text = cell_text(cell, metric, shading);
        if width(&text, Font::Text, SMALL) + 4.0 <= rect.width() {
            let ink = color(shared.theme.text);
            painter.text(
                rect.center(),
                Align2::CENTER_CENTER,
                text,
                FontId::proportional(SMALL),
                ink,
            );
        }
    }

    /// Everything about the cell that is pointed at; in a place of its own, so that nothing jumps.
    fn foot_ui(&self, ui: &mut Ui, shared: &Shared<'_>, grid: &Grid, layout: &GridLayout) {
        ui.add_space(4.0);
        let size = vec2(ui.available_width(), FOOT - 8.0);
        ui.allocate_ui(size, |ui| {
            ui.set_min_size(size);
            ui.spacing_mut().item_spacing.y = 2.0;
            let Some((at, row)) = self.looked_at else {
                let shown = crate::scene::caption::counted(layout.columns.len(), "slice", "slices");
                ui.weak(format!("{shown}. Point at a cell for its numbers; click to brush its slice, Shift adds one."));
                return;
            };
            let metrics = grid.request.metrics.len();
            let (model, metric) = (grid.request.models[row / metrics], grid.request.metrics[row % metrics]);
            let cell = &grid.columns[at].cells[row];
            let name = &shared.predictions.models()[model].name;
            ui.horizontal(|ui| {
                ui.label(&*grid.columns[at].name);
                ui.weak(format!("{name}, {}", metric.title()));
                match cell.state {
                    CellState::TooFew => ui.weak("hatched: fewer labelled rows than a cell must have"),
                    CellState::Refused => ui.colored_label(ui.visuals().warn_fg_color, "measured on other rows"),
                    CellState::Judged => ui.label(""),
                };
            });
            let shading = Shading::of(metric, grid.request.baseline.is_some());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for (label, text) in cell_details(cell, metric, shading) {
                    ui.label(RichText::new(label).small().weak());
                    ui.label(RichText::new(text).small());
                    ui.add_space(8.0);
                }
            });
        });
    }
}

/// Why models are not compared, and what is not shown.
fn notes_ui(ui: &mut Ui, grid: &Grid, unmatched: usize) {
    for refused in grid.refused.iter().flatten() {
        let text = RichText::new(refused.to_string()).color(ui.visuals().warn_fg_color);
        ui.add(egui::Label::new(text).wrap());
    }
    let mut notes: Vec<String> = Vec::new();
    if unmatched > 0 {
        notes.push(format!("+{unmatched} hidden by the pattern"));
    }
    if grid.hidden > 0 {
        notes.push(format!("+{} hidden, the rarest", grid.hidden));
    }
    if !notes.is_empty() {
        ui.weak(notes.join(", "));
    }
}
