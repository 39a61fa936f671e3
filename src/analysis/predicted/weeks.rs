//! Statistics of slices by calendar weeks, from single predictions.

use super::{LEAST_ROWS, sliced};
use crate::analysis::Correspondence;
use crate::metrics::over_time::time_dimension;
use crate::metrics::{Predictions, Sums, TableRequest, tables};
use crate::model::{PredictionStatsRow, SystemGraph};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// Parts that scores are put into to tell how far their distribution moved.
const PARTS: usize = 10;

/// The stretches of the time dimension by calendar weeks.
pub(super) struct Weeks {
    time: usize,
    /// Week of each stretch, as a place in `mondays`.
    of: Vec<usize>,
    mondays: Vec<Date>,
}

impl Weeks {
    pub(super) fn of(predictions: &Predictions) -> Option<Self> {
        let time = time_dimension(predictions)?;
        let (mut of, mut mondays): (Vec<usize>, Vec<Date>) = (Vec::new(), Vec::new());
        for &start in &predictions.dimensions()[time].starts {
            let day = Timestamp::from_second(start).ok()?.to_zoned(TimeZone::UTC).date();
            let back = i64::from(day.weekday().to_monday_zero_offset());
            let monday = day.checked_sub(jiff::Span::new().days(back)).ok()?;
            if mondays.last() != Some(&monday) {
                mondays.push(monday);
            }
            of.push(mondays.len() - 1);
        }
        (!mondays.is_empty()).then_some(Self { time, of, mondays })
    }
}

/// The sums that a window needs.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    n: u64,
    w: f64,
    wy: f64,
    wp: f64,
    variance: f64,
}

impl Window {
    fn add(&mut self, sums: &Sums) {
        self.n += sums.labelled;
        self.w += sums.w;
        self.wy += sums.wy;
        self.wp += sums.wp;
        self.variance += sums.variance;
    }
}

pub(super) fn stats_rows(
    graph: &SystemGraph,
    predictions: &Predictions,
    nodes: &Correspondence,
    weeks: &Weeks,
) -> Vec<PredictionStatsRow> {
    let mut rows = Vec::new();
    let slicings = std::iter::once(None).chain(sliced(predictions).into_iter().map(Some));
    for slicing in slicings {
        let key: Vec<usize> = slicing.into_iter().chain([weeks.time]).collect();
        let request = TableRequest::new(predictions, vec![key]);
        // Too many cells for a table are too many slices for anybody.
        let Ok(mut made) = tables(predictions, &request) else { continue };
        let table = made.swap_remove(0);
        for (place, &model) in table.models.iter().enumerate() {
            let Some(node) = nodes.model(model) else { continue };
            let mut windows: BTreeMap<(usize, usize), Window> = BTreeMap::new();
            for group in &table.groups {
                let value = if slicing.is_some() { group.key[0] } else { 0 };
                let stretch = group.key[group.key.len() - 1];
                if let Some(&week) = weeks.of.get(stretch) {
                    windows.entry((value, week)).or_default().add(&group.stats[place].sums);
                }
            }
            let shifts = Shifts::of(predictions, model, slicing, weeks);
            for ((value, week), own) in windows.iter().filter(|(_, own)| own.n >= LEAST_ROWS) {
                let slice = slicing.map_or_else(
                    || "all".to_owned(),
                    |at| {
                        let own = &predictions.dimensions()[at];
                        format!("{}={}", own.name, own.labels[*value])
                    },
                );
                rows.push(PredictionStatsRow {
                    model: graph.node(node).id.as_str().into(),
                    version: None,
                    slice: slice.into(),
                    date: weeks.mondays[*week],
                    n: own.n,
                    mean_prediction: own.wp / own.w,
                    mean_label: own.wy / own.w,
                    std_error: (own.variance > 0.0).then(|| own.variance.sqrt() / own.w),
                    psi: shifts.psi(*value, *week),
                });
            }
        }
    }
    rows
}

/// Scores by slice and week, in parts.
struct Shifts {
    weeks: usize,
    /// By value, then week.
    counts: Vec<[u32; PARTS]>,
}

impl Shifts {
    fn of(predictions: &Predictions, model: usize, slicing: Option<usize>, weeks: &Weeks) -> Self {
        let values = slicing.map_or(1, |at| predictions.dimensions()[at].labels.len());
        let mut counts = vec![[0; PARTS]; values * weeks.mondays.len()];
        let scores = predictions.scores_of(model);
        let (bins, fine) = (&scores.bins, scores.bin_starts.len().max(1));
        let times = &predictions.dimensions()[weeks.time].codes;
        let codes = slicing.map(|at| &predictions.dimensions()[at].codes);
        for (row, &bin) in bins.iter().enumerate() {
            let Some(&week) = weeks.of.get(times.get(row)) else { continue };
            if predictions.score(model, row).is_none_or(f32::is_nan) {
                continue;
            }
            let value = codes.map_or(0, |codes| codes.get(row));
            let part = usize::from(bin) * PARTS / fine;
            counts[value * weeks.mondays.len() + week][part] += 1;
        }
        Self { weeks: weeks.mondays.len(), counts }
    }

    /// Population stability index against the week before: Σ (p − q) ln(p/q), half a row added to each part.
    fn psi(&self, value: usize, week: usize) -> Option<f64> {
        let at = |week: usize| &self.counts[value * self.weeks + week];
        let (now, before) = (at(week), at(week.checked_sub(1)?));
        let total = |own: &[u32; PARTS]| own.iter().map(|&n| f64::from(n) + 0.5).sum::<f64>();
        let (all_now, all_before) = (total(now), total(before));
        if all_before < LEAST_ROWS as f64 {
            return None;
        }
        let shift = |(&now, &before): (&u32, &u32)| {
            let (p, q) = ((f64::from(now) + 0.5) / all_now, (f64::from(before) + 0.5) / all_before);
            (p - q) * (p / q).ln()
        };
        Some(now.iter().zip(before).map(shift).sum())
    }
}
