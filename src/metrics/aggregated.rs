//! Predictions that are sums of cells: what a cube brings, and what remains of rows beyond the memory.
//!
//! A cell stands where a row would: dimensions have a code for it, slices are bits over it, and a scan adds
//! its sums as they are. So tables, grids, brushes and courses need not know that rows are many, and have
//! the digits that the rows would give.

use super::auc::Histogram;
use super::cell::{ModelSums, RowSums, Scale};
use super::columns::{
    Bits, Codes, Dimension, DimensionKind, MISSING, Model, OTHER, Predictions, Scores,
};
use super::cube::SliceCube;
use super::kernel::{Cells, Cut, Scan};
use super::read::start_of_label;
use rayon::prelude::*;
use std::sync::Arc;

/// The sums of each cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CellSums {
    /// Rows that all cells stand for, and those of them with a label. A row that models scored which did not
    /// score the same rows is in a cell of each, and counts once here.
    pub(super) counted: u64,
    pub(super) labelled: u64,
    pub(super) rows: Vec<RowSums>,
    /// By model, then cell.
    pub(super) models: Vec<Vec<ModelSums>>,
    /// By model; empty where cells have no histograms.
    pub(super) scores: Vec<CellScores>,
    /// Whether any row weighs other than one.
    pub(super) weighted: bool,
}

/// Histograms of one model's scores by cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CellScores {
    /// `bins[starts[c]..starts[c + 1]]` are those of cell `c`.
    starts: Vec<u32>,
    bins: Vec<CellBin>,
}

/// Negatives and positives of a cell in one bin: rows, or weights in the unit of histograms.
type CellBin = (u16, [u64; 2]);

impl CellScores {
    fn of(&self, cell: usize) -> &[CellBin] {
        &self.bins[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }
}

impl CellSums {
    pub(super) fn bytes(&self) -> usize {
        let scores = |own: &CellScores| size_of_val(&*own.starts) + size_of_val(&*own.bins);
        size_of_val(&*self.rows)
            + self.models.iter().map(|own| size_of_val(&**own)).sum::<usize>()
            + self.scores.iter().map(scores).sum::<usize>()
    }

    /// Rows that the chosen cells stand for.
    pub(super) fn rows_of(&self, cells: &Bits) -> u64 {
        let chosen = self.rows.iter().enumerate().filter(|(at, _)| cells.get(*at));
        chosen.map(|(_, own)| own.rows).sum()
    }
}

/// Cells that one thread adds at a time.
const STRETCH: usize = 1 << 14;

/// What a scan of rows would give. Folds of rows cannot be told apart: all is in the first.
pub(super) fn run(scan: &Scan<'_>, sums: &CellSums) -> Vec<Cells> {
    let first = scan.models.first().map(|&model| &scan.predictions.models()[model]);
    let scored = first.and_then(|model| model.rows.as_deref());
    let has = |bits: Option<&Bits>, cell: usize| bits.is_none_or(|bits| bits.get(cell));
    let has_scores = scan.histograms.is_some() && !sums.scores.is_empty();
    let bins: Vec<(u32, usize)> =
        scan.slicings.iter().map(|own| scan.bins_of(super::kernel::cells(&own.cuts))).collect();
    let empty = || -> Vec<Cells> {
        let cells = |(slicing, &(_, bins)): (&super::kernel::Slicing<'_>, &(u32, usize))| {
            let count = super::kernel::cells(&slicing.cuts);
            let histogram = Histogram { bins: vec![[0; 2]; bins] };
            let histograms = if has_scores { scan.models.len() } else { 0 };
            Cells {
                rows: vec![RowSums::default(); count],
                models: vec![vec![ModelSums::default(); count]; scan.models.len()],
                histograms: vec![vec![histogram; count]; histograms],
            }
        };
        scan.slicings.iter().zip(&bins).map(cells).collect()
    };
    let add = |mut found: Vec<Cells>, stretch: usize| {
        let cells = stretch * STRETCH..((stretch + 1) * STRETCH).min(sums.rows.len());
        for cell in cells.filter(|&cell| has(scored, cell) && has(scan.filter, cell)) {
            for ((slicing, own), (shift, _)) in scan.slicings.iter().zip(&mut found).zip(&bins) {
                if !has(slicing.filter, cell) {
                    continue;
                }
                let place = slicing.cuts.iter().fold(0, |place, cut| match cut {
                    Cut::Codes(codes, size) => place * size + codes.get(cell),
                    Cut::Fold(folds) => place * folds,
                });
                own.rows[place] += sums.rows[cell];
                for (own, &model) in own.models.iter_mut().zip(scan.models) {
                    own[place] += sums.models[model][cell];
                }
                for (own, &model) in own.histograms.iter_mut().zip(scan.models) {
                    for (bin, labels) in sums.scores[model].of(cell) {
                        let own = &mut own[place].bins[usize::from(bin >> shift)];
                        own[0] += labels[0];
                        own[1] += labels[1];
                    }
                }
            }
        }
        found
    };
    let merge = |mut all: Vec<Cells>, other: Vec<Cells>| {
        for (own, other) in all.iter_mut().zip(other) {
            own.rows.iter_mut().zip(other.rows).for_each(|(own, other)| *own += other);
            for (own, other) in own.models.iter_mut().zip(other.models) {
                own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
            }
            for (own, other) in own.histograms.iter_mut().zip(&other.histograms) {
                own.iter_mut().zip(other).for_each(|(own, other)| own.add(other));
            }
        }
        all
    };
    let stretches = sums.rows.len().div_ceil(STRETCH);
    // As few sets of cells as threads: with histograms they are large.
    let least = stretches.div_ceil(rayon::current_num_threads());
    (0..stretches)
        .into_par_iter()
        .with_min_len(least)
        .fold(empty, add)
        .reduce_with(merge)
        .unwrap_or_else(empty)
}

impl Predictions {
    /// Dimensions of `parts`, cell by cell: each part is a cube of all of them with the models that scored
    /// its rows. Labels of times become times again, ranges stand by their numbers.
    /// Models stand in the order of `names`. With the number of all rows, and of those with a label.
    pub(super) fn of_cubes(
        dimensions: Vec<Dimension>,
        parts: &[SliceCube],
        names: &[Box<str>],
        (rows, labelled): (u64, u64),
    ) -> Self {
        let cells: usize = parts.iter().map(|part| part.cells.len()).sum();
        let mut sums = CellSums {
            counted: rows,
            labelled,
            rows: Vec::with_capacity(cells),
            models: vec![vec![ModelSums::default(); cells]; names.len()],
            scores: Vec::new(),
            weighted: false,
        };
        let mut dimensions: Vec<Dimension> = dimensions
            .into_iter()
            .map(|own| Dimension { codes: Codes::zeros(own.labels.len(), cells), ..own })
            .collect();
        let place = |name: &str| names.iter().position(|own| &**own == name);
        let mut models: Vec<Model> =
            names.iter().map(|name| Model { name: name.clone(), scores: 0, rows: None }).collect();
        for part in parts {
            let start = sums.rows.len();
            let places: Vec<Option<usize>> = part.models.iter().map(|own| place(own)).collect();
            for (at, cell) in part.cells.iter().enumerate() {
                for (own, &code) in dimensions.iter_mut().zip(&cell.key) {
                    own.codes.set(start + at, code as usize);
                }
                sums.rows.push(cell.rows);
                for (model, own) in places.iter().zip(&cell.models) {
                    if let Some(model) = model {
                        sums.models[*model][start + at] = *own;
                    }
                }
            }
            let own = start..sums.rows.len();
            let alone = parts.len() > 1;
            let rows = alone.then(|| Arc::new(Bits::from_fn(cells, |cell| own.contains(&cell))));
            for model in places.into_iter().flatten() {
                models[model].rows.clone_from(&rows);
            }
        }
        let scale = parts.first().map_or(Scale::new(1.0, 1), |part| part.scale);
        let scale = scale.for_rows(rows as usize);
        let unit = 1_i128.checked_shl(scale.weight.max(0) as u32).unwrap_or_default();
        sums.weighted =
            sums.rows.iter().any(|own| own.w != i128::from(own.labelled).saturating_mul(unit));
        let no_scores = Scores { values: Vec::new(), bins: Vec::new(), bin_starts: vec![0.0] };
        let mut scores = vec![no_scores];
        if let [cube] = parts
            && !cube.score_ranges.is_empty()
        {
            scores.clear();
            for (at, ranges) in cube.score_ranges.iter().enumerate() {
                models[at].scores = at;
                let bin_starts = ranges.iter().map(|own| own.from).collect();
                scores.push(Scores { values: Vec::new(), bins: Vec::new(), bin_starts });
                sums.scores.push(CellScores::new(cube, at, scale, sums.weighted));
            }
        }
        Self {
            rows: cells,
            dimensions,
            models,
            scores,
            labelled: None,
            positive: Bits::new(cells, false),
            weights: None,
            scale,
            aggregated: Some(sums),
        }
    }
}

impl CellScores {
    fn new(cube: &SliceCube, model: usize, scale: Scale, weighted: bool) -> Self {
        let ranges = &cube.score_ranges[model];
        let unit = if weighted { scale.mass } else { 0 };
        let drop = (scale.weight - unit).clamp(0, 120);
        // To the nearest, as a row's weight is.
        let half = if drop > 0 { 1_i128 << (drop - 1) } else { 0 };
        // Rows never come to more than this; what is no sum of rows must not overflow where it is added.
        let mut left = u64::MAX >> 1;
        let mut mass = |sum: i128| {
            let own = (sum.saturating_add(half) >> drop).clamp(0, left.into()) as u64;
            left -= own;
            own
        };
        let mut own = Self { starts: vec![0], bins: Vec::new() };
        for cell in &cube.cells {
            for bin in &cell.scores[model] {
                let at = ranges.partition_point(|own| own.from < bin.range.from);
                let negative = bin.rows.w.saturating_sub(bin.rows.wy);
                own.bins.push((at as u16, [mass(negative), mass(bin.rows.wy)]));
            }
            own.starts.push(own.bins.len() as u32);
        }
        own
    }
}

impl From<&SliceCube> for Predictions {
    fn from(cube: &SliceCube) -> Self {
        let own = |own: &super::cube::CubeDimension| {
            let real = || own.labels.iter().filter(|own| !matches!(&***own, MISSING | OTHER));
            let starts: Option<Vec<i64>> = real().map(|label| start_of_label(label)).collect();
            let starts = starts.filter(|own| !own.is_empty()).unwrap_or_default();
            let kind = match starts.is_empty() {
                false => DimensionKind::Times,
                true if real().all(|own| own.parse::<f64>().is_ok()) => DimensionKind::Numbers,
                true => DimensionKind::Names,
            };
            let (name, labels) = (own.name.clone(), own.labels.clone());
            Dimension { name, kind, labels, codes: Codes::zeros(1, 0), folded: 0, starts }
        };
        let dimensions = cube.dimensions.iter().map(own).collect();
        let labelled = cube.cells.iter().map(|cell| cell.rows.labelled).sum();
        let counts = (cube.rows(), labelled);
        Self::of_cubes(dimensions, std::slice::from_ref(cube), &cube.models, counts)
    }
}
