//! Finding slices: where a model is worst, where its bias is, where two models differ most.
//!
//! Owns the search over conjunctions of values and what may be said of its results: slices are
//! discovered on one half of the rows and reported on the other, the false discovery rate is
//! controlled, and slices that are nearly the same rows are folded into one. Start reading at
//! [`find`]; [`search`] is the enumeration itself.

mod scan;
mod search;
mod widen;

#[cfg(test)]
mod tests;

pub use search::{Candidate, SearchOptions, SearchResult, search};

use super::cell::{LEAST_PROBABILITY, ln};
use super::columns::{Bits, DifferentRows, Dimension, Predictions, row_hash};
use super::slice::SliceSpec;
use super::statistics::{Interval, NORMAL_95, normal_tail};
use rayon::prelude::*;

/// What makes a slice worth finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// A higher log loss than elsewhere.
    LogLoss { model: usize },
    /// A higher squared error than elsewhere.
    SquaredError { model: usize },
    /// Predictions above the labels.
    TooHigh { model: usize },
    /// Predictions below the labels.
    TooLow { model: usize },
    /// A higher log loss of `model` than of `than`, for two models or two versions of one.
    Worse { model: usize, than: usize },
}

impl Objective {
    fn models(self) -> (usize, Option<usize>) {
        match self {
            Self::LogLoss { model }
            | Self::SquaredError { model }
            | Self::TooHigh { model }
            | Self::TooLow { model } => (model, None),
            Self::Worse { model, than } => (model, Some(than)),
        }
    }
}

/// How slices are found and what is reported of them.
#[derive(Clone, Debug)]
pub struct FindOptions {
    pub search: SearchOptions,
    /// Expected share of reported slices that are none.
    pub false_discovery_rate: f64,
    /// Share of common rows, of all rows of both, from which two slices are told as one.
    pub overlap: f64,
    /// The rows to look in; all of them where this is `None`.
    pub within: Option<Bits>,
}

impl Default for FindOptions {
    fn default() -> Self {
        Self {
            search: SearchOptions::default(),
            false_discovery_rate: 0.01,
            overlap: 0.5,
            within: None,
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The best first, by score on the discovery half.
    pub slices: Vec<FoundSlice>,
    /// Slices that were looked at, pruned ones not included.
    pub looked_at: u64,
    /// Candidates that did not hold on the other half.
    pub rejected: usize,
    /// Mean of what was looked for over all rows of the other half.
    pub elsewhere: f64,
    /// Dimensions left out, because they have too many values for a search.
    pub left_out: Vec<Box<str>>,
}

/// A slice, and what it is like on rows that it was not chosen on.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundSlice {
    pub spec: SliceSpec,
    /// On the half that it was found on.
    pub score: f64,
    /// Rows of the slice on the other half.
    pub rows: u64,
    /// Mean of the objective there: loss, error, prediction less label, or difference of losses.
    pub mean: f64,
    /// Of the mean.
    pub interval: Option<Interval>,
    /// Chance of a mean this far from that of all rows, were the slice like them.
    pub p_value: f64,
    /// Slices with nearly the same rows, parts of it that are no worse, and wider ones that are bad for its sake.
    pub folded: Vec<SliceSpec>,
}

/// Why nothing could be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    #[error("cancelled")]
    Cancelled,
    #[error(transparent)]
    DifferentRows(#[from] DifferentRows),
    #[error("no row has both a label and a score, so there is nothing to look for")]
    NoRows,
}

/// Finds slices of `dimensions`. Runs over all threads; the same input gives the same slices.
///
/// The search is SliceLine's (Sagadeeva and Boehm 2021) on half of the rows, chosen by an even hash; for
/// bias, where that has no bound, a scan of all conjunctions by their distance in standard deviations, the
/// best of which are widened to sets of values.
/// Each of its best is then tested on the other half: for losses and errors, that the slice's mean
/// exceeds that of all rows; for bias and differences, that the mean is on the right side of 0. Those
/// that pass Benjamini and Hochberg's step-up are reported.
///
/// # Errors
/// When cancelled, when two models scored different rows, or when no row can be judged.
pub fn find(
    predictions: &Predictions,
    objective: Objective,
    dimensions: &[usize],
    options: &FindOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Found, FindError> {
    let (model, other) = objective.models();
    if let Some(other) = other {
        predictions.comparable(model, other)?;
    }
    let judged = judge(predictions, objective, options.within.as_ref());
    let half = |odd: u64| -> Vec<u32> {
        let own =
            |row: &u32| row_hash(u64::from(*row)) & 1 == odd && !judged[*row as usize].is_nan();
        (0..judged.len() as u32).into_par_iter().filter(own).collect()
    };
    let (near, far) = (half(0), half(1));
    if near.is_empty() || far.is_empty() {
        return Err(FindError::NoRows);
    }
    let (dimensions, left_out): (Vec<usize>, Vec<usize>) = dimensions
        .iter()
        .partition(|&&at| predictions.dimensions()[at].labels.len() <= MOST_VALUES);
    let columns: Vec<Vec<u32>> =
        dimensions.iter().map(|&at| column_of(&predictions.dimensions()[at], &near)).collect();
    let values: Vec<f64> = near.par_iter().map(|&row| judged[row as usize]).collect();
    let result = match objective {
        Objective::TooHigh { .. } | Objective::TooLow { .. } => {
            let score = |row: u32| predictions.score(model, row as usize).map_or(0.0, f64::from);
            let variance = |&row: &u32| score(row) * (1.0 - score(row));
            let variances: Vec<f64> = near.par_iter().map(variance).collect();
            let scanned = scan::scan(&columns, &values, &variances, &options.search, cancelled);
            scanned.and_then(|result| {
                let scores = predictions.scores_of(model);
                let (places, means) = widen::places(scores, &near);
                let positive = |&row: &u32| predictions.label(row as usize) == Some(true);
                let rows = widen::Rows {
                    columns: &columns,
                    places,
                    means,
                    positive: near.par_iter().map(positive).collect(),
                    excesses: &values,
                    variances: &variances,
                    too_high: matches!(objective, Objective::TooHigh { .. }),
                };
                result.widen(&rows, &options.search, cancelled)
            })
        }
        _ => {
            let errors: Vec<f64> = values.par_iter().map(|value| value.max(0.0)).collect();
            search(&columns, &errors, &options.search, cancelled)
        }
    };
    let result = result.ok_or(FindError::Cancelled)?;
    let report = Report::new(predictions, objective, &judged, &far);
    let mut slices: Vec<(FoundSlice, Bits)> = result
        .best
        .par_iter()
        .map(|own| {
            let codes: Vec<(usize, usize)> =
                own.values.iter().map(|&(at, code)| (dimensions[at], code as usize)).collect();
            report.of(SliceSpec::of_codes(predictions, &codes), own.score, &codes)
        })
        .collect();
    let before = slices.len();
    discover(&mut slices, options.false_discovery_rate);
    let rejected = before - slices.len();
    Ok(Found {
        slices: fold(slices, options.overlap, &report),
        looked_at: result.looked_at,
        rejected,
        elsewhere: report.mean,
        left_out: left_out.iter().map(|&at| predictions.dimensions()[at].name.clone()).collect(),
    })
}

/// Values of a dimension that is searched: a value needs at least a share of the rows anyway.
const MOST_VALUES: usize = 1 << 16;

fn column_of(dimension: &Dimension, rows: &[u32]) -> Vec<u32> {
    rows.par_iter().map(|&row| dimension.codes.get(row as usize) as u32).collect()
}

/// What is looked for, of each row; NaN where the row cannot be judged.
fn judge(predictions: &Predictions, objective: Objective, within: Option<&Bits>) -> Vec<f64> {
    let loss = |model: usize, row: usize, label: bool| {
        let p = predictions.score(model, row).filter(|p| !p.is_nan()).map(f64::from)?;
        let likelihood = if label { p } else { 1.0 - p };
        Some(-ln(likelihood.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)))
    };
    let over = |model: usize, row: usize, label: bool| {
        let p = predictions.score(model, row).filter(|p| !p.is_nan()).map(f64::from)?;
        Some(p - f64::from(u8::from(label)))
    };
    let of = |row: usize| {
        let label = predictions.label(row).filter(|_| within.is_none_or(|own| own.get(row)))?;
        match objective {
            Objective::LogLoss { model } => loss(model, row, label),
            Objective::SquaredError { model } => over(model, row, label).map(|over| over * over),
            Objective::TooHigh { model } => over(model, row, label),
            Objective::TooLow { model } => over(model, row, label).map(|over| -over),
            Objective::Worse { model, than } => {
                Some(loss(model, row, label)? - loss(than, row, label)?)
            }
        }
    };
    (0..predictions.rows()).into_par_iter().map(|row| of(row).unwrap_or(f64::NAN)).collect()
}

/// The half of the rows that slices are judged on.
struct Report<'a> {
    predictions: &'a Predictions,
    rows: &'a [u32],
    values: Vec<f64>,
    mean: f64,
    /// What a slice's mean is tested against.
    null: f64,
}

impl<'a> Report<'a> {
    fn new(
        predictions: &'a Predictions,
        objective: Objective,
        judged: &[f64],
        rows: &'a [u32],
    ) -> Self {
        let values: Vec<f64> = rows.iter().map(|&row| judged[row as usize]).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let null = match objective {
            Objective::LogLoss { .. } | Objective::SquaredError { .. } => mean,
            _ => mean.max(0.0),
        };
        Self { predictions, rows, values, mean, null }
    }

    /// A slice on this half, with the rows of it.
    fn of(&self, spec: SliceSpec, score: f64, codes: &[(usize, usize)]) -> (FoundSlice, Bits) {
        let dimensions = self.predictions.dimensions();
        let mut sets: Vec<(usize, Vec<bool>)> = Vec::new();
        for &(at, code) in codes {
            if sets.last().is_none_or(|set| set.0 != at) {
                sets.push((at, vec![false; dimensions[at].labels.len()]));
            }
            if let Some((_, set)) = sets.last_mut() {
                set[code] = true;
            }
        }
        let within = |row: usize| sets.iter().all(|(at, set)| set[dimensions[*at].codes.get(row)]);
        let members = Bits::from_fn(self.rows.len(), |at| within(self.rows[at] as usize));
        let (n, mean, error) = self.mean_of(&members);
        // A slice whose values are all the same says nothing of how they vary.
        let p_value = if error > 0.0 { normal_tail((mean - self.null) / error) } else { 1.0 };
        let interval = Interval::around(mean, error, NORMAL_95);
        let rows = n as u64;
        (FoundSlice { spec, score, rows, mean, interval, p_value, folded: Vec::new() }, members)
    }

    /// How many rows, their mean, and its standard error; NaN where there are too few.
    fn mean_of(&self, members: &Bits) -> (f64, f64, f64) {
        let (mut n, mut sum, mut squares) = (0.0, 0.0, 0.0);
        let of_members = self.values.iter().enumerate().filter(|(at, _)| members.get(*at));
        for (_, value) in of_members {
            n += 1.0;
            sum += value;
            squares += value * value;
        }
        let mean = if n > 0.0 { sum / n } else { f64::NAN };
        let variance = ((squares - n * mean * mean) / (n - 1.0)).max(0.0);
        (n, mean, (variance / n).sqrt())
    }

    /// Whether these rows are as all others, as far as can be told.
    fn are_ordinary(&self, members: &Bits) -> bool {
        let (_, mean, error) = self.mean_of(members);
        // So few rows that nothing can be told are ordinary too.
        Interval::around(mean, error, NORMAL_95).is_none_or(|own| own.low <= self.null)
    }
}

/// Keeps the slices that pass Benjamini and Hochberg's step-up at `rate` (1995).
fn discover(slices: &mut Vec<(FoundSlice, Bits)>, rate: f64) {
    let mut ascending: Vec<f64> = slices.iter().map(|own| own.0.p_value).collect();
    ascending.sort_by(f64::total_cmp);
    let tests = ascending.len() as f64;
    let passing = |(at, p): (usize, &f64)| (*p <= rate * (at + 1) as f64 / tests).then_some(*p);
    let limit = ascending.iter().enumerate().filter_map(passing).next_back();
    slices.retain(|own| limit.is_some_and(|limit| own.0.p_value <= limit));
}

/// Share of a slice's rows from which it counts as a part of another.
const PART: f64 = 0.9;

/// Folds a slice into an earlier one that has most of its rows in common with it, that it is a part of
/// without being worse, or without whose rows, and those of the other earlier ones, it would be none.
fn fold(slices: Vec<(FoundSlice, Bits)>, overlap: f64, report: &Report<'_>) -> Vec<FoundSlice> {
    let mut kept: Vec<(FoundSlice, Bits)> = Vec::new();
    let mut explained = Bits::new(report.rows.len(), false);
    for (slice, rows) in slices {
        let no_worse = |other: &FoundSlice| slice.interval.is_none_or(|own| own.low <= other.mean);
        let same = kept.iter_mut().find(|(other, known)| {
            let (common, own) = (rows.and(known).count() as f64, rows.count() as f64);
            let either = own + known.count() as f64 - common;
            common >= overlap * either || common >= PART * own && no_worse(other)
        });
        if let Some((known, _)) = same {
            known.folded.push(slice.spec);
            continue;
        }
        let common = |own: &(FoundSlice, Bits)| own.1.and(&rows).count();
        let nearest = kept.iter_mut().max_by_key(|own| common(own)).filter(|own| common(own) > 0);
        // A part that is worse than the whole is told, whatever the whole explains.
        let is_explained = || report.are_ordinary(&rows.without(&explained));
        match nearest {
            Some((known, _)) if no_worse(known) && is_explained() => {
                known.folded.push(slice.spec);
            }
            _ => {
                explained = explained.or(&rows);
                kept.push((slice, rows));
            }
        }
    }
    kept.into_iter().map(|(slice, _)| slice).collect()
}
