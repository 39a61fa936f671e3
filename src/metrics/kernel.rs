//! The scan: rows in, sums and histograms of scores by cell out.
//!
//! Owns the loops over rows. A block of rows is turned into integers once and then added to the cells
//! of any number of slicings at once. Threads scan stretches of rows, each into cells of its own; as
//! cells are integers, their sum is the same whoever scanned what.

use super::auc::Histogram;
use super::cell::{FLUSH_ROWS, LEAST_PROBABILITY, ModelSums, RowSums, ln, power, rounded};
use super::columns::{Bits, Codes, Predictions, row_hash};
use fearless_simd::{Level, dispatch};
use rayon::prelude::*;
use std::ops::Range;

/// Rows that are turned into integers at once: their values, 16 KB for two models, and the cells of a
/// small table share the nearest cache.
const BLOCK: usize = 128;

/// Rows that a thread takes at a time; a multiple of [`BLOCK`].
const STRETCH: usize = 1 << 17;

/// Sums that all models of the same rows share: counts, w, wy, w²y².
const SHARED: usize = 4;

/// Sums of each model.
const OWN: usize = 6;

/// Cells that a table may have at most; beyond it an answer would be no table.
pub const MAX_CELLS: usize = 1 << 16;

/// Bins of all cells together, so that histograms of a scan stay within 64 MB a model and thread.
const MAX_BINS: usize = 1 << 22;

/// Something that tells the cell of each row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut<'a> {
    /// By the values of a dimension.
    Codes(&'a Codes, usize),
    /// By an even hash of the row's number, into so many groups.
    Fold(usize),
}

impl Cut<'_> {
    pub(super) fn size(self) -> usize {
        match self {
            Self::Codes(_, size) | Self::Fold(size) => size,
        }
    }
}

/// The cuts that together tell a row's cell; the last one varies fastest. None of them: one cell.
pub(super) type Cuts<'a> = Vec<Cut<'a>>;

pub(super) fn cells(cuts: &[Cut<'_>]) -> usize {
    cuts.iter().fold(1_usize, |cells, cut| cells.saturating_mul(cut.size()))
}

/// What to scan for.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    pub(super) predictions: &'a Predictions,
    /// Models that scored the same rows.
    pub(super) models: &'a [usize],
    /// Rows that count; all of them where this is `None`.
    pub(super) filter: Option<&'a Bits>,
    pub(super) slicings: &'a [Slicing<'a>],
    /// What is kept of the scores.
    pub(super) histograms: Option<Mass>,
    /// Bins of a histogram at most; neighbours are joined until they are no more.
    pub(super) bins: usize,
}

/// One way to cut the rows into cells.
#[derive(Clone, Debug)]
pub(super) struct Slicing<'a> {
    pub(super) cuts: Cuts<'a>,
    /// Rows that count here, beside the filter of the whole scan.
    pub(super) filter: Option<&'a Bits>,
}

/// What a row counts in a histogram of scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mass {
    /// One.
    Rows,
    /// Its weight.
    Weights,
}

/// The cells of a slicing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cells {
    pub(super) rows: Vec<RowSums>,
    /// By model, then cell.
    pub(super) models: Vec<Vec<ModelSums>>,
    /// By model, then cell; empty unless asked for.
    pub(super) histograms: Vec<Vec<Histogram>>,
}

impl Scan<'_> {
    /// Cells of every slicing. Reads each row once, whatever the number of slicings; takes
    /// `O(rows · (models + slicings · models))` and the memory of the cells for each thread.
    pub(super) fn run(&self) -> Vec<Cells> {
        if let Some(sums) = &self.predictions.aggregated {
            return super::aggregated::run(self, sums);
        }
        let rows = self.predictions.rows();
        let stretches = rows.div_ceil(STRETCH);
        // As few sets of cells as threads, but never split by them: which rows meet in one set does
        // not show in integer sums.
        let sets = rayon::current_num_threads().clamp(1, stretches.max(1));
        let next = std::sync::atomic::AtomicUsize::new(0);
        let level = Level::new();
        let work = |_: usize| {
            let mut state = State::new(self);
            loop {
                let stretch = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if stretch >= stretches {
                    return state;
                }
                let start = stretch * STRETCH;
                let rows = start..(start + STRETCH).min(rows);
                // The same arithmetic by the widest instructions that this processor has: none of
                // them fuses or reorders, so that all give the same digits.
                dispatch!(level, _ => state.scan(rows));
            }
        };
        let states = (0..sets).into_par_iter().with_max_len(1).map(work);
        let state = states.reduce_with(State::merged);
        state.map(State::finish).unwrap_or_default()
    }
}

impl Scan<'_> {
    /// The shift that joins bins of scores in so many cells, and how many are left.
    pub(super) fn bins_of(&self, cells: usize) -> (u32, usize) {
        let bins = |&model: &usize| self.predictions.scores_of(model).bin_starts.len();
        let widest = self.models.iter().map(bins).max().unwrap_or(1);
        joined(widest, (MAX_BINS / cells.max(1)).clamp(1, self.bins.max(1)))
    }
}

/// How many neighbours among bins become one, as a shift, where `most` may stay; and how many stay.
pub(super) fn joined(bins: usize, most: usize) -> (u32, usize) {
    let last = bins.max(1) - 1;
    let mut shift = 0;
    while (last >> shift) + 1 > most.max(1) {
        shift += 1;
    }
    (shift, (last >> shift) + 1)
}

/// Which bits of the rows count, a word for each 64.
struct Valid<'a> {
    scored: Option<&'a Bits>,
    filter: Option<&'a Bits>,
    labelled: Option<&'a Bits>,
}

impl Valid<'_> {
    /// The rows that count.
    #[inline(always)]
    fn word(&self, word: usize) -> u64 {
        let bits = |bits: Option<&Bits>| bits.map_or(!0, |bits| bits.words()[word]);
        bits(self.scored) & bits(self.filter)
    }

    /// Those of them that have a label.
    #[inline(always)]
    fn labelled_word(&self, word: usize) -> u64 {
        self.word(word) & self.labelled.map_or(!0, |bits| bits.words()[word])
    }
}

/// What one thread gathers.
struct State<'a> {
    scan: &'a Scan<'a>,
    valid: Valid<'a>,
    stride: usize,
    /// By row of the block, then sum.
    values: Vec<i64>,
    weights: Box<[f64; BLOCK]>,
    labels: Box<[f64; BLOCK]>,
    accumulators: Vec<Accumulator>,
}

/// Cells of one slicing: 64-bit sums that are emptied into 128-bit ones before they can overflow.
struct Accumulator {
    /// One more cell follows for rows that do not count here.
    cell_count: usize,
    cell_of: Vec<u32>,
    near: Vec<i64>,
    far: Vec<i128>,
    rows: Vec<[u64; 2]>,
    /// Bins of a cell are those of the scores, this many at a time.
    bin_shift: u32,
    bins: usize,
    /// By model: cell, bin, label.
    histograms: Vec<Counts>,
}

/// Counts of a histogram: rows fit 32 bits, weights do not.
enum Counts {
    Rows(Vec<u32>),
    Weights(Vec<u64>),
}

impl<'a> State<'a> {
    fn new(scan: &'a Scan<'a>) -> Self {
        let stride = SHARED + OWN * scan.models.len();
        let first = scan.models.first().map(|&model| &scan.predictions.models()[model]);
        Self {
            scan,
            valid: Valid {
                scored: first.and_then(|model| model.rows.as_deref()),
                filter: scan.filter,
                labelled: scan.predictions.labelled.as_ref(),
            },
            stride,
            values: vec![0; BLOCK * stride],
            weights: Box::new([0.0; BLOCK]),
            labels: Box::new([0.0; BLOCK]),
            accumulators: scan
                .slicings
                .iter()
                .map(|own| Accumulator::new(scan, &own.cuts))
                .collect(),
        }
    }

    #[inline(always)]
    fn scan(&mut self, rows: Range<usize>) {
        for block in blocks(rows.clone()) {
            if self.fill_shared(block.clone()) {
                for (at, &model) in self.scan.models.iter().enumerate() {
                    self.fill_model(at, model, block.clone());
                }
                for slicing in 0..self.accumulators.len() {
                    self.add(slicing, block.clone());
                }
            }
        }
        // One histogram at a time: each fits the second cache, all of them do not.
        for slicing in 0..self.accumulators.len() {
            for at in 0..self.accumulators[slicing].histograms.len() {
                for block in blocks(rows.clone()) {
                    self.add_scores(slicing, at, block);
                }
            }
        }
    }

    /// Weights, labels and the shared sums of a block; false when none of its rows counts.
    #[inline(always)]
    fn fill_shared(&mut self, rows: Range<usize>) -> bool {
        let own = self.scan.predictions;
        let (scale, mut any) = (own.scale, 0);
        let (of_weight, of_square) = (power(scale.weight), power(scale.square));
        let (weights, labels) = (&mut *self.weights, &mut *self.labels);
        let mut counts = [0_i64; BLOCK];
        for at in (0..rows.len()).step_by(64) {
            let word = (rows.start + at) / 64;
            let (counted, labelled) = (self.valid.word(word), self.valid.labelled_word(word));
            let positive = own.positive.words()[word];
            any |= counted;
            let lanes = counts[at..].iter_mut().zip(&mut weights[at..]).zip(&mut labels[at..]);
            for (bit, ((count, weight), label)) in lanes.take(64).enumerate() {
                let one = |bits: u64| bits >> bit & 1;
                *count = (one(counted) | one(labelled) << 32) as i64;
                (*weight, *label) = (float(one(labelled)), float(one(positive)));
            }
        }
        if let Some(all) = &own.weights {
            for (weight, &own) in weights.iter_mut().zip(&all[rows.clone()]) {
                *weight *= f64::from(own);
            }
        }
        let mut sums = [[0_i64; BLOCK]; SHARED - 1];
        for (i, (&w, &y)) in weights.iter().zip(labels.iter()).enumerate() {
            sums[0][i] = rounded(w * of_weight);
            sums[1][i] = rounded(w * y * of_weight);
            sums[2][i] = rounded(w * w * y * of_square);
        }
        let values = self.values.chunks_exact_mut(self.stride).take(rows.len());
        for (i, values) in values.enumerate() {
            let [count, w, wy, wwyy, ..] = values else { return false };
            (*count, *w, *wy, *wwyy) = (counts[i], sums[0][i], sums[1][i], sums[2][i]);
        }
        any != 0
    }

    /// The sums of one model over a block.
    #[inline(always)]
    fn fill_model(&mut self, at: usize, model: usize, rows: Range<usize>) {
        let scale = self.scan.predictions.scale;
        let (of_weight, of_square) = (power(scale.weight), power(scale.square));
        let of_loss = -power(scale.loss);
        let scores = &self.scan.predictions.scores_of(model).values[rows];
        let mut sums = [[0_i64; BLOCK]; OWN];
        for (i, &score) in scores.iter().enumerate().take(BLOCK) {
            let (w, y) = (self.weights[i], self.labels[i]);
            // A row that does not count may have no score, and 0 · NaN is no 0.
            let p = if score.is_nan() { 0.5 } else { f64::from(score) };
            let likelihood = if y > 0.0 { p } else { 1.0 - p };
            let hit = ln(likelihood.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY));
            let (wp, miss) = (w * p, p - y);
            sums[0][i] = rounded(wp * of_weight);
            sums[1][i] = rounded(w * hit * of_loss);
            sums[2][i] = rounded(w * miss * miss * of_weight);
            sums[3][i] = rounded(w * (wp * (1.0 - p)) * of_square);
            sums[4][i] = rounded(wp * wp * of_square);
            sums[5][i] = rounded(wp * w * y * of_square);
        }
        let values = self.values.chunks_exact_mut(self.stride).take(scores.len());
        for (i, values) in values.enumerate() {
            let Some(own) = values[SHARED + at * OWN..].first_chunk_mut::<OWN>() else { return };
            *own = sums.each_ref().map(|sum| sum[i]);
        }
    }

    /// Adds the block to the cells of one slicing.
    #[inline(always)]
    fn add(&mut self, slicing: usize, rows: Range<usize>) {
        let accumulator = &mut self.accumulators[slicing];
        accumulator.find_cells(&self.scan.slicings[slicing], rows.clone());
        let values = &self.values[..rows.len() * self.stride];
        match self.stride {
            10 => accumulator.add_rows::<10>(values),
            16 => accumulator.add_rows::<16>(values),
            22 => accumulator.add_rows::<22>(values),
            stride => accumulator.add_any(values, stride),
        }
    }

    /// Adds a block to the histogram of one slicing and model.
    #[inline(always)]
    fn add_scores(&mut self, slicing: usize, at: usize, rows: Range<usize>) {
        let own = self.scan.predictions;
        let accumulator = &mut self.accumulators[slicing];
        accumulator.find_cells(&self.scan.slicings[slicing], rows.clone());
        let (bin_shift, width) = (accumulator.bin_shift, accumulator.bins);
        let bins = &own.scores_of(self.scan.models[at]).bins[rows.clone()];
        let mass = power(own.scale.mass);
        for (part, start) in rows.clone().step_by(64).enumerate() {
            let (word, at_row) = (start / 64, part * 64);
            let counted = self.valid.labelled_word(word);
            let positive = own.positive.words()[word];
            if counted == 0 {
                continue;
            }
            let lanes = accumulator.cell_of[at_row..].iter().zip(&bins[at_row..]).take(64);
            let places = lanes.enumerate().map(|(bit, (&cell, &bin))| {
                let label = (positive >> bit & 1) as usize;
                (bit, (cell as usize * width + usize::from(bin >> bin_shift)) * 2 + label)
            });
            match &mut accumulator.histograms[at] {
                Counts::Rows(counts) => {
                    for (bit, place) in places {
                        counts[place] += (counted >> bit & 1) as u32;
                    }
                }
                Counts::Weights(counts) => {
                    for (bit, place) in places {
                        let weight =
                            own.weights.as_ref().map_or(1.0, |all| f64::from(all[start + bit]));
                        let weight = weight * float(counted >> bit & 1);
                        counts[place] += rounded(weight * mass) as u64;
                    }
                }
            }
        }
    }

    fn merged(mut self, other: Self) -> Self {
        for (own, mut other) in self.accumulators.iter_mut().zip(other.accumulators) {
            other.flush_all(self.stride);
            own.merge(other);
        }
        self
    }

    fn finish(mut self) -> Vec<Cells> {
        let (stride, models) = (self.stride, self.scan.models.len());
        for accumulator in &mut self.accumulators {
            accumulator.flush_all(stride);
        }
        self.accumulators.into_iter().map(|own| own.finish(stride, models)).collect()
    }
}

impl Accumulator {
    fn new(scan: &Scan<'_>, cuts: &Cuts<'_>) -> Self {
        let cell_count = cells(cuts);
        let stride = SHARED + OWN * scan.models.len();
        let (bin_shift, bins) = scan.bins_of(cell_count);
        let room = (cell_count + 1) * bins * 2;
        let histogram = |mass| match mass {
            Mass::Rows => Counts::Rows(vec![0; room]),
            Mass::Weights => Counts::Weights(vec![0; room]),
        };
        let histograms = scan.histograms.into_iter();
        Self {
            cell_count,
            cell_of: vec![0; BLOCK],
            near: vec![0; (cell_count + 1) * stride],
            far: vec![0; (cell_count + 1) * stride],
            rows: vec![[0; 2]; cell_count + 1],
            bin_shift,
            bins,
            histograms: histograms
                .flat_map(|mass| scan.models.iter().map(move |_| histogram(mass)))
                .collect(),
        }
    }

    /// The cell of each row of a block.
    #[inline(always)]
    fn find_cells(&mut self, slicing: &Slicing<'_>, rows: Range<usize>) {
        let cell_of = &mut self.cell_of[..rows.len()];
        cell_of.fill(0);
        for cut in &slicing.cuts {
            let size = cut.size() as u32;
            match cut {
                Cut::Codes(codes, _) => {
                    codes.for_each(rows.clone(), |i, code| cell_of[i] = cell_of[i] * size + code);
                }
                Cut::Fold(groups) => {
                    for (cell, row) in cell_of.iter_mut().zip(rows.clone()) {
                        *cell = *cell * size + fold_of(row, *groups) as u32;
                    }
                }
            }
        }
        if let Some(filter) = slicing.filter {
            let none = self.cell_count as u32;
            for (cell, row) in cell_of.iter_mut().zip(rows) {
                *cell = if filter.get(row) { *cell } else { none };
            }
        }
    }

    #[inline(always)]
    fn add_rows<const STRIDE: usize>(&mut self, values: &[i64]) {
        for (values, &cell) in values.chunks_exact(STRIDE).zip(&self.cell_of) {
            let start = cell as usize * STRIDE;
            let Some(sums) = self.near[start..].first_chunk_mut::<STRIDE>() else { return };
            // By way of a copy, which no other reference can reach: added several at a time.
            let mut sum = *sums;
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += value;
            }
            *sums = sum;
            if sums[0] as u32 >= FLUSH_ROWS {
                flush(sums, &mut self.far[start..], &mut self.rows[cell as usize]);
            }
        }
    }

    /// The same for any number of models.
    #[inline(always)]
    fn add_any(&mut self, values: &[i64], stride: usize) {
        for (values, &cell) in values.chunks_exact(stride).zip(&self.cell_of) {
            let start = cell as usize * stride;
            let sums = &mut self.near[start..start + stride];
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
            if sums[0] as u32 >= FLUSH_ROWS {
                flush(sums, &mut self.far[start..], &mut self.rows[cell as usize]);
            }
        }
    }

    fn flush_all(&mut self, stride: usize) {
        for cell in 0..self.cell_count {
            let start = cell * stride;
            let near = &mut self.near[start..start + stride];
            flush(near, &mut self.far[start..], &mut self.rows[cell]);
        }
    }

    fn merge(&mut self, other: Self) {
        for (own, other) in self.far.iter_mut().zip(other.far) {
            *own += other;
        }
        for (own, other) in self.rows.iter_mut().zip(other.rows) {
            own[0] += other[0];
            own[1] += other[1];
        }
        for (own, other) in self.histograms.iter_mut().zip(other.histograms) {
            match (own, other) {
                (Counts::Rows(own), Counts::Rows(other)) => {
                    own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
                }
                (Counts::Weights(own), Counts::Weights(other)) => {
                    own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
                }
                _ => {}
            }
        }
    }

    fn finish(self, stride: usize, models: usize) -> Cells {
        let shared = |(sums, rows): (&[i128], &[u64; 2])| RowSums {
            rows: rows[0],
            labelled: rows[1],
            w: sums[1],
            wy: sums[2],
            wwyy: sums[3],
        };
        let own = |sums: &[i128], model: usize| {
            let sums = &sums[SHARED + model * OWN..];
            ModelSums {
                wp: sums[0],
                loss: sums[1],
                square: sums[2],
                variance: sums[3],
                wwpp: sums[4],
                wwpy: sums[5],
            }
        };
        let (width, cells) = (self.bins * 2, self.cell_count);
        let histogram = |counts: &Counts| -> Vec<Histogram> {
            match counts {
                Counts::Rows(counts) => counts
                    .chunks_exact(width)
                    .take(cells)
                    .map(|own| Histogram::of(own.iter().map(|&n| n.into())))
                    .collect(),
                Counts::Weights(counts) => counts
                    .chunks_exact(width)
                    .take(cells)
                    .map(|own| Histogram::of(own.iter().copied()))
                    .collect(),
            }
        };
        Cells {
            rows: self.far.chunks_exact(stride).zip(&self.rows).take(cells).map(shared).collect(),
            models: (0..models)
                .map(|model| {
                    self.far.chunks_exact(stride).take(cells).map(|sums| own(sums, model)).collect()
                })
                .collect(),
            histograms: self.histograms.iter().map(histogram).collect(),
        }
    }
}

/// Rows in blocks that begin at the same places whoever scans them.
#[inline(always)]
fn blocks(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    rows.clone().step_by(BLOCK).map(move |start| start..(start + BLOCK).min(rows.end))
}

/// 0 or 1 as a float, without a conversion.
#[inline(always)]
fn float(bit: u64) -> f64 {
    f64::from_bits(bit.wrapping_neg() & 1.0_f64.to_bits())
}

/// Empties the 64-bit sums of a cell into its 128-bit ones.
#[cold]
fn flush(near: &mut [i64], far: &mut [i128], rows: &mut [u64; 2]) {
    rows[0] += u64::from(near[0] as u32);
    rows[1] += (near[0] >> 32) as u64;
    for (far, near) in far.iter_mut().zip(near) {
        *far += i128::from(std::mem::take(near));
    }
}

/// The group of a row among `groups`.
pub(super) fn fold_of(row: usize, groups: usize) -> usize {
    ((u128::from(row_hash(row as u64)) * groups as u128) >> 64) as usize
}
