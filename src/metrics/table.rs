//! Tables of groups: models × slices, with a baseline that is chosen and never guessed.
//!
//! Start reading at [`tables`].

use super::auc::Auc;
use super::calibration;
use super::cell::Sums;
use super::columns::{Bits, DifferentRows, Predictions};
use super::kernel::{Cells, Cut, Cuts, MAX_CELLS, Mass, Scan, Slicing, cells};
use super::statistics::{BaseRate, DEFAULT_FOLDS, Interval, Metric, jackknife};

/// What to compute, for every slicing at once.
#[derive(Clone, Debug)]
pub struct TableRequest<'a> {
    /// Each is a list of dimensions; their combinations are the groups. An empty one has a single
    /// group, all rows.
    pub slicings: Vec<Vec<usize>>,
    pub models: Vec<usize>,
    /// The rows to look at; all where this is `None`.
    pub filter: Option<&'a Bits>,
    /// A further filter of each slicing; empty where there are none.
    pub filters: Vec<Option<&'a Bits>>,
    /// Whether and how the AUC is wanted.
    pub auc: Option<Mass>,
    /// Whether the calibration error is wanted: a second pass.
    pub calibration: bool,
    /// Whether intervals of all metrics are wanted, by a jackknife over hashed groups of rows; without it
    /// only the bias and the AUC of unit weights have one.
    pub intervals: bool,
}

impl TableRequest<'_> {
    /// All models by each of `slicings`, with nothing that costs a further pass.
    pub fn new(predictions: &Predictions, slicings: Vec<Vec<usize>>) -> Self {
        Self {
            slicings,
            models: (0..predictions.models().len()).collect(),
            filter: None,
            filters: Vec::new(),
            auc: None,
            calibration: false,
            intervals: false,
        }
    }
}

/// Why a table was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error(
        "{slicing} has {cells} cells, and a table may have {MAX_CELLS}; slice by fewer dimensions, \
         or by ones with fewer values"
    )]
    TooManyCells { slicing: String, cells: usize },
    #[error(transparent)]
    DifferentRows(#[from] DifferentRows),
}

/// The groups of one slicing that hold rows, by their codes.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupTable {
    /// Dimensions, as indices.
    pub slicing: Vec<usize>,
    /// Models, as indices, in the order of each group's statistics.
    pub models: Vec<usize>,
    pub groups: Vec<Group>,
    /// All groups together.
    pub total: Group,
}

/// A slice and what each model does in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Value of each dimension of the slicing, as a code.
    pub key: Vec<usize>,
    /// By model, in the order of [`GroupTable::models`].
    pub stats: Vec<SliceStats>,
}

/// What a model does in a slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SliceStats {
    pub sums: Sums,
    pub auc: Option<Auc>,
    pub calibration_error: Option<f64>,
    /// The same of each hashed group of rows; empty unless intervals were asked for.
    pub(super) folds: Vec<Fold>,
}

/// A slice without one of the hashed groups of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fold {
    sums: Sums,
    auc: Option<f64>,
}

/// A metric against a baseline on the same rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Value less the baseline's.
    pub difference: f64,
    /// The same over the baseline's; `None` where that is 0.
    pub relative: Option<f64>,
    /// Of the difference, paired; `None` unless intervals were asked for.
    pub interval: Option<Interval>,
}

impl SliceStats {
    /// A metric's value, where it can be told.
    pub fn value(&self, metric: Metric, base: BaseRate) -> Option<f64> {
        match metric {
            Metric::AucLoss => self.auc.map(|auc| 1.0 - auc.value),
            Metric::CalibrationError => self.calibration_error,
            _ => self.sums.metric(metric, base),
        }
    }

    /// Its 95 % interval: by the jackknife where that was asked for, else by formula.
    pub fn interval(&self, metric: Metric, base: BaseRate) -> Option<Interval> {
        if self.folds.is_empty() {
            return match metric {
                Metric::Bias => self.sums.bias_interval(),
                Metric::AucLoss => self.auc?.loss_interval(),
                _ => None,
            };
        }
        let without: Vec<Option<f64>> =
            self.folds.iter().map(|fold| fold.value(metric, base)).collect();
        jackknife(self.value(metric, base)?, &without)
    }

    /// Against `baseline`, which was measured on the same rows.
    pub fn change(&self, baseline: &Self, metric: Metric, base: BaseRate) -> Option<Change> {
        let (own, theirs) = (self.value(metric, base)?, baseline.value(metric, base)?);
        let paired = self.folds.iter().zip(&baseline.folds);
        let without: Vec<Option<f64>> = paired
            .map(|(own, theirs)| Some(own.value(metric, base)? - theirs.value(metric, base)?))
            .collect();
        Some(Change {
            difference: own - theirs,
            relative: (theirs != 0.0).then(|| (own - theirs) / theirs.abs()),
            interval: jackknife(own - theirs, &without),
        })
    }
}

impl Fold {
    fn value(&self, metric: Metric, base: BaseRate) -> Option<f64> {
        match metric {
            Metric::AucLoss => self.auc.map(|auc| 1.0 - auc),
            Metric::CalibrationError => None,
            _ => self.sums.metric(metric, base),
        }
    }
}

impl GroupTable {
    /// Changes of every group and model against `baseline`.
    ///
    /// # Errors
    /// When a model was measured on other rows than the baseline; the error says how many.
    pub fn changes(
        &self,
        predictions: &Predictions,
        baseline: usize,
        metric: Metric,
        base: BaseRate,
    ) -> Result<Vec<Vec<Option<Change>>>, DifferentRows> {
        for &model in &self.models {
            predictions.comparable(model, baseline)?;
        }
        let Some(at) = self.models.iter().position(|&model| model == baseline) else {
            return Ok(Vec::new());
        };
        let of_group = |group: &Group| {
            let own = group.stats.iter();
            own.map(|stats| stats.change(&group.stats[at], metric, base)).collect()
        };
        Ok(self.groups.iter().map(of_group).collect())
    }

    /// The group with these codes.
    pub fn find(&self, key: &[usize]) -> Option<&Group> {
        let at = self.groups.binary_search_by(|group| group.key.as_slice().cmp(key)).ok()?;
        Some(&self.groups[at])
    }
}

/// A table for each slicing of the request. One scan of the rows for models on the same rows, whatever
/// the number of slicings; a second for calibration errors.
///
/// # Errors
/// When a slicing has too many cells to be a table.
pub fn tables(
    predictions: &Predictions,
    request: &TableRequest<'_>,
) -> Result<Vec<GroupTable>, TableError> {
    // Sums of cells cannot be divided into groups of rows, nor do they tell of single scores.
    let single_rows = !predictions.is_aggregated();
    let folds = if request.intervals && single_rows { DEFAULT_FOLDS } else { 1 };
    let slicings: Vec<Slicing<'_>> = request
        .slicings
        .iter()
        .enumerate()
        .map(|(at, slicing)| {
            let cuts = checked_cuts(predictions, slicing, folds)?;
            Ok(Slicing { cuts, filter: request.filters.get(at).copied().flatten() })
        })
        .collect::<Result<_, TableError>>()?;
    let mut tables: Vec<Vec<Vec<SliceStats>>> = vec![Vec::new(); slicings.len()];
    let mut place = vec![0; request.models.len()];
    for class in classes(predictions, &request.models) {
        let models: Vec<usize> = class.iter().map(|&at| request.models[at]).collect();
        let scan = Scan {
            predictions,
            models: &models,
            filter: request.filter,
            slicings: &slicings,
            histograms: request.auc,
            bins: usize::MAX,
        };
        for (table, cells) in tables.iter_mut().zip(scan.run()) {
            for (own, &at) in class.iter().enumerate() {
                place[at] = table.len();
                table.push(stats(predictions, &cells, own, folds));
            }
        }
    }
    let mut done: Vec<GroupTable> = Vec::with_capacity(tables.len());
    for (slicing, by_model) in request.slicings.iter().zip(tables) {
        let by_model = place.iter().map(|&at| by_model[at].clone()).collect();
        let mut table = assemble(predictions, slicing, &request.models, by_model);
        if request.calibration && single_rows {
            let own = request.filters.get(done.len()).copied().flatten();
            let both = own.zip(request.filter).map(|(own, all)| own.and(all));
            let filter = both.as_ref().or(own).or(request.filter);
            calibration::add(predictions, filter, &mut table);
        }
        done.push(table);
    }
    Ok(done)
}

/// Models that scored the same rows, as places in `models`.
fn classes(predictions: &Predictions, models: &[usize]) -> Vec<Vec<usize>> {
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for (at, &model) in models.iter().enumerate() {
        let rows = &predictions.models()[model].rows;
        let same = |class: &&mut Vec<usize>| &predictions.models()[models[class[0]]].rows == rows;
        match classes.iter_mut().find(same) {
            Some(class) => class.push(at),
            None => classes.push(vec![at]),
        }
    }
    classes
}

pub(super) fn cuts_of<'a>(predictions: &'a Predictions, slicing: &[usize]) -> Cuts<'a> {
    let dimensions = slicing.iter().map(|&at| &predictions.dimensions()[at]);
    dimensions.map(|own| Cut::Codes(&own.codes, own.labels.len())).collect()
}

fn checked_cuts<'a>(
    predictions: &'a Predictions,
    slicing: &[usize],
    folds: usize,
) -> Result<Cuts<'a>, TableError> {
    let mut cuts = cuts_of(predictions, slicing);
    if folds > 1 {
        cuts.push(Cut::Fold(folds));
    }
    let cells = cells(&cuts);
    if cells > MAX_CELLS * folds {
        let names: Vec<&str> =
            slicing.iter().map(|&at| &*predictions.dimensions()[at].name).collect();
        return Err(TableError::TooManyCells { slicing: names.join(" × "), cells: cells / folds });
    }
    Ok(cuts)
}

/// Statistics of each cell of one model; the last one is the total of all.
fn stats(predictions: &Predictions, cells: &Cells, model: usize, folds: usize) -> Vec<SliceStats> {
    let count = cells.rows.len() / folds;
    let mut whole = Parts::new(folds);
    let mut all: Vec<SliceStats> = Vec::with_capacity(count + 1);
    for cell in 0..count {
        let parts = Parts::of(cells, model, cell * folds..(cell + 1) * folds);
        whole.add(&parts);
        all.push(parts.stats(predictions.scale));
    }
    all.push(whole.stats(predictions.scale));
    all
}

/// A slice in hashed groups of rows.
struct Parts {
    rows: Vec<super::cell::RowSums>,
    sums: Vec<super::cell::ModelSums>,
    scores: Vec<super::auc::Histogram>,
}

impl Parts {
    fn new(folds: usize) -> Self {
        Self {
            rows: vec![Default::default(); folds],
            sums: vec![Default::default(); folds],
            scores: Vec::new(),
        }
    }

    fn of(cells: &Cells, model: usize, range: std::ops::Range<usize>) -> Self {
        let scores = cells.histograms.get(model).map(|own| own[range.clone()].to_vec());
        Self {
            rows: cells.rows[range.clone()].to_vec(),
            sums: cells.models[model][range].to_vec(),
            scores: scores.unwrap_or_default(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.rows.iter_mut().zip(&other.rows).for_each(|(own, other)| *own += *other);
        self.sums.iter_mut().zip(&other.sums).for_each(|(own, other)| *own += *other);
        self.scores.resize_with(other.scores.len(), Default::default);
        self.scores.iter_mut().zip(&other.scores).for_each(|(own, other)| own.add(other));
    }

    fn stats(&self, scale: super::cell::Scale) -> SliceStats {
        let (mut rows, mut sums) = (self.rows[0], self.sums[0]);
        self.rows[1..].iter().for_each(|part| rows += *part);
        self.sums[1..].iter().for_each(|part| sums += *part);
        let mut scores = self.scores.first().cloned();
        if let Some(scores) = &mut scores {
            self.scores[1..].iter().for_each(|part| scores.add(part));
        }
        let without = |fold: usize| {
            let (mut rows, mut sums) = (rows, sums);
            rows -= self.rows[fold];
            sums -= self.sums[fold];
            let auc = scores.as_ref().and_then(|scores| {
                let mut scores = scores.clone();
                scores.subtract(&self.scores[fold]);
                scores.auc()
            });
            Fold { sums: Sums::new(&rows, &sums, scale), auc: auc.map(|auc| auc.value) }
        };
        let folds = if self.rows.len() > 1 { self.rows.len() } else { 0 };
        SliceStats {
            sums: Sums::new(&rows, &sums, scale),
            auc: scores.as_ref().and_then(super::auc::Histogram::auc),
            calibration_error: None,
            folds: (0..folds).map(without).collect(),
        }
    }
}

/// Turns statistics by model and cell into groups, and leaves out those without rows.
fn assemble(
    predictions: &Predictions,
    slicing: &[usize],
    models: &[usize],
    mut by_model: Vec<Vec<SliceStats>>,
) -> GroupTable {
    let sizes: Vec<usize> =
        slicing.iter().map(|&at| predictions.dimensions()[at].labels.len()).collect();
    let total = by_model.iter_mut().filter_map(Vec::pop).collect();
    let count = by_model.first().map_or(0, Vec::len);
    let mut columns: Vec<_> = by_model.into_iter().map(Vec::into_iter).collect();
    let mut groups = Vec::new();
    for cell in 0..count {
        let stats: Vec<SliceStats> = columns.iter_mut().filter_map(Iterator::next).collect();
        if stats.iter().any(|own| own.sums.rows > 0) {
            groups.push(Group { key: key_of(cell, &sizes), stats });
        }
    }
    GroupTable {
        slicing: slicing.to_vec(),
        models: models.to_vec(),
        groups,
        total: Group { key: Vec::new(), stats: total },
    }
}

/// The codes of a cell, the last of which varies fastest.
pub(super) fn key_of(mut cell: usize, sizes: &[usize]) -> Vec<usize> {
    let mut key = vec![0; sizes.len()];
    for (code, size) in key.iter_mut().zip(sizes).rev() {
        *code = cell % size;
        cell /= size;
    }
    key
}
