//! What stands around the cells of the grid: heads, hatching, the legend.

use super::super::super::theme::{ROW, SMALL, color};
use super::Shared;
use crate::metrics::grid::{Grid, Shading};
use crate::metrics::{Condition, Metric};
use crate::scene::measure::{Cut, Font, fit, width};
use crate::scene::slice_grid::GridLayout;
use egui::{Align2, FontId, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

/// Room for the names of models and metrics.
pub(super) const LEFT: f32 = 192.0;
/// Heights of the two lines above the cells.
pub(super) const GROUPS: f32 = 20.0;
pub(super) const VALUES: f32 = 20.0;
/// Between two models.
pub(super) const BLOCK_GAP: f32 = 4.0;

/// Metrics have little room beside the models.
pub(super) fn short_title(metric: Metric) -> &'static str {
    match metric {
        Metric::MeanPrediction => "Prediction",
        Metric::MeanLabel => "Label",
        Metric::NormalisedEntropy => "Entropy",
        Metric::SquaredError => "Squared",
        Metric::CalibrationError => "Calibration",
        other => other.title(),
    }
}

/// A band that is drawn: its place, the upper left of its cells, and what of the grid is in sight.
pub(super) struct Band {
    pub(super) at: usize,
    pub(super) cells: Pos2,
    pub(super) seen: Rect,
}

/// Top of a row below that of its band.
pub(super) fn row_top(row: usize, metrics: usize) -> f32 {
    let block = metrics as f32 * ROW + BLOCK_GAP;
    GROUPS + VALUES + (row / metrics) as f32 * block + (row % metrics) as f32 * ROW
}

/// Names of the slicings and of the values below them.
pub(super) fn heads_ui(
    ui: &Ui,
    shared: &Shared<'_>,
    (grid, layout): (&Grid, &GridLayout),
    band: &Band,
) {
    let painter = ui.painter();
    let small = || FontId::proportional(SMALL);
    let visuals = ui.visuals();
    let (rect, seen) = (band.cells, band.seen.translate(vec2(-LEFT, 0.0)));
    for (group, run) in layout.groups(grid, band.at) {
        let (left, right) = (layout.span(run.start).0, layout.span(run.end - 1).1);
        if right < seen.min.x || left > seen.max.x {
            continue;
        }
        let Some(group) = group else { continue };
        let names: Vec<&str> = grid.request.groups[group]
            .iter()
            .map(|&at| &*shared.predictions.dimensions()[at].name)
            .collect();
        // The name stays in sight as long as a part of its columns does.
        let from = left.max(seen.min.x);
        let text = fit(&names.join(" × "), Font::Text, SMALL, right - from, Cut::Middle);
        let at = rect + vec2(from, GROUPS / 2.0);
        painter.text(at, Align2::LEFT_CENTER, text, small(), visuals.weak_text_color());
        let line = Stroke::new(1.0, color(shared.theme.hairline));
        painter.hline(rect.x + left..=rect.x + right - 1.0, rect.y + GROUPS - 1.0, line);
    }
    let slice = shared.session.slices().slice();
    for place in layout.visible(band.at, seen.min.x, seen.max.x) {
        let column = &grid.columns[layout.columns[place]];
        let (left, right) = layout.span(place);
        let name = if column.group.is_none() { "all rows" } else { &*column.values };
        let room = right - left - 4.0;
        if width(name, Font::Text, SMALL) <= room || room > 28.0 {
            let text = fit(name, Font::Text, SMALL, room, Cut::Middle);
            let at = rect + vec2((left + right) / 2.0, GROUPS + VALUES / 2.0);
            painter.text(at, Align2::CENTER_CENTER, text, small(), visuals.text_color());
        }
        let chosen = |own: &Condition| {
            slice
                .condition(&own.dimension)
                .is_some_and(|known| known.values.contains(&own.values[0]))
        };
        if !column.spec.conditions.is_empty() && column.spec.conditions.iter().all(chosen) {
            let line = Stroke::new(2.0, color(shared.theme.accent));
            let y = rect.y + GROUPS + VALUES - 1.5;
            painter.hline(rect.x + left..=rect.x + right - 1.0, y, line);
        }
    }
}

/// Diagonal lines: too little to be said.
pub(super) fn hatch(ui: &Ui, rect: Rect, ink: egui::Color32) {
    const STEP: f32 = 6.0;
    let painter = ui.painter().with_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
    let line = Stroke::new(0.75, ink.gamma_multiply(0.6));
    let mut x = rect.min.x - rect.height();
    while x < rect.max.x {
        painter.line_segment([pos2(x, rect.max.y), pos2(x + rect.height(), rect.min.y)], line);
        x += STEP;
    }
}

/// What the colours mean.
pub(super) fn legend_ui(ui: &mut Ui, shared: &Shared<'_>, range: f64) {
    const STEPS: usize = 16;
    const SIZE: Vec2 = vec2(96.0, 10.0);
    let slices = shared.session.slices();
    let shading = Shading::of(slices.metric(), slices.baseline().is_some());
    if shading == Shading::Plain {
        return;
    }
    let (low, high) =
        if shading == Shading::Bias { ("too low", "too high") } else { ("better", "worse") };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.weak(RichText::new(format!("{low} −{range:.0} %")).small());
        let (rect, response) = ui.allocate_exact_size(SIZE, Sense::hover());
        for step in 0..STEPS {
            let share = (step as f32 + 0.5) / STEPS as f32 * 2.0 - 1.0;
            let left = rect.min.x + SIZE.x * step as f32 / STEPS as f32;
            let own =
                Rect::from_min_size(pos2(left, rect.min.y), vec2(SIZE.x / STEPS as f32, SIZE.y));
            ui.painter().rect_filled(own, 0.0, color(shared.theme.diverging(share)));
        }
        ui.painter().rect_stroke(
            rect,
            0.0,
            Stroke::new(1.0, color(shared.theme.hairline)),
            StrokeKind::Outside,
        );
        ui.weak(RichText::new(format!("+{range:.0} % {high}")).small());
        response.on_hover_text(format!(
            "{}: {}. Faint where it may be chance, hatched where there are too few rows.",
            slices.metric().title(),
            shading.words()
        ));
    });
}
