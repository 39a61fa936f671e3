//! The calibration error of each group: a pass of its own, because it needs three sums a bin.

use super::cell::{power, rounded};
use super::columns::{Bits, Predictions};
use super::kernel::Cut;
use super::statistics::calibration_error;
use super::table::{GroupTable, cuts_of};
use rayon::prelude::*;

/// Bins of a calibration curve; as many as there are points that an eye can judge.
pub const CALIBRATION_BINS: usize = 32;

/// Rows that a thread takes at a time.
const STRETCH: usize = 1 << 18;

/// Weight, weight of positives and predicted weight of a bin, in fixed point.
type BinSums = [i64; 3];

/// Fills in [`super::SliceStats::calibration_error`] of every group and of the total.
pub(super) fn add(predictions: &Predictions, filter: Option<&Bits>, table: &mut GroupTable) {
    for at in 0..table.models.len() {
        let model = table.models[at];
        let bins = bins_by_cell(predictions, filter, &cuts_of(predictions, &table.slicing), model);
        let unit = power(-predictions.scale.mass);
        let mut whole = vec![[0; 3]; CALIBRATION_BINS];
        for own in bins.chunks_exact(CALIBRATION_BINS) {
            add_bins(&mut whole, own);
        }
        let error = |bins: &[BinSums]| {
            let bins: Vec<[f64; 3]> = bins.iter().map(|bin| bin.map(|n| n as f64 * unit)).collect();
            calibration_error(&bins)
        };
        let sizes: Vec<usize> =
            table.slicing.iter().map(|&at| predictions.dimensions()[at].labels.len()).collect();
        for group in &mut table.groups {
            let cell =
                group.key.iter().zip(&sizes).fold(0, |cell, (code, size)| cell * size + code);
            group.stats[at].calibration_error =
                error(&bins[cell * CALIBRATION_BINS..][..CALIBRATION_BINS]);
        }
        table.total.stats[at].calibration_error = error(&whole);
    }
}

fn add_bins(own: &mut [BinSums], other: &[BinSums]) {
    for (own, other) in own.iter_mut().zip(other) {
        own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
    }
}

fn bins_by_cell(
    predictions: &Predictions,
    filter: Option<&Bits>,
    cuts: &[Cut<'_>],
    model: usize,
) -> Vec<BinSums> {
    let room = super::kernel::cells(cuts) * CALIBRATION_BINS;
    let scores = predictions.scores_of(model);
    let fine = scores.bin_starts.len();
    let unit = power(predictions.scale.mass);
    let work = |mut sums: Vec<BinSums>, stretch: usize| {
        for row in stretch * STRETCH..((stretch + 1) * STRETCH).min(predictions.rows()) {
            let (Some(label), Some(score)) =
                (predictions.label(row), predictions.score(model, row))
            else {
                continue;
            };
            if filter.is_some_and(|filter| !filter.get(row)) {
                continue;
            }
            let cell = cuts.iter().fold(0, |cell, cut| match cut {
                Cut::Codes(codes, size) => cell * size + codes.get(row),
                Cut::Fold(_) => cell,
            });
            let bin = usize::from(scores.bins[row]) * CALIBRATION_BINS / fine;
            let weight = predictions.weight(row);
            let sums = &mut sums[cell * CALIBRATION_BINS + bin];
            sums[0] += rounded(weight * unit);
            sums[1] += if label { rounded(weight * unit) } else { 0 };
            sums[2] += rounded(weight * f64::from(score) * unit);
        }
        sums
    };
    let stretches = predictions.rows().div_ceil(STRETCH);
    let all = (0..stretches).into_par_iter().fold(|| vec![[0; 3]; room], work);
    let all = all.reduce_with(|mut own, other| {
        add_bins(&mut own, &other);
        own
    });
    all.unwrap_or_else(|| vec![[0; 3]; room])
}
