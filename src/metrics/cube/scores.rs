//! Histograms of scores in a cube: the sums of a cell once more by ranges of each model's scores.

use super::{CubeError, SliceCube, cells_of};
use crate::metrics::cell::{ModelSums, RowSums};
use crate::metrics::columns::{Bits, Codes, Predictions, Scores};
use crate::metrics::kernel::joined;

/// Scores from `from` on and below `to`; the range that ends with 1 has it too.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct ScoreRange {
    pub from: f32,
    pub to: f32,
}

/// The sums of a cell's rows to which a model gave scores of one range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreBin {
    pub range: ScoreRange,
    pub rows: RowSums,
    pub sums: ModelSums,
}

impl Predictions {
    /// The ranges of a model's scores that a histogram of at most `most` of them tells apart.
    pub fn score_ranges(&self, model: usize, most: usize) -> Vec<ScoreRange> {
        ranges(self.scores_of(model), most)
    }
}

fn ranges(scores: &Scores, most: usize) -> Vec<ScoreRange> {
    let (shift, _) = joined(scores.bin_starts.len(), most);
    let starts: Vec<f32> = scores.bin_starts.iter().step_by(1 << shift).copied().collect();
    let ends = starts.iter().skip(1).copied().chain([1.0]);
    starts.iter().zip(ends).map(|(&from, to)| ScoreRange { from, to }).collect()
}

impl SliceCube {
    /// Adds the histograms of one model's scores, the next that the cube has none of. Reads each row twice.
    pub(super) fn add_scores(
        &mut self,
        predictions: &Predictions,
        model: usize,
        axes: &[(&Codes, usize)],
        filter: Option<&Bits>,
        most: usize,
    ) -> Result<(), CubeError> {
        let scores = predictions.scores_of(model);
        let (shift, bins) = joined(scores.bin_starts.len(), most);
        let codes = match bins {
            0..=0x100 => Codes::U8(scores.bins.iter().map(|&bin| (bin >> shift) as u8).collect()),
            _ => Codes::U16(scores.bins.iter().map(|&bin| bin >> shift).collect()),
        };
        let mut axes = axes.to_vec();
        axes.push((&codes, bins));
        let ranges = ranges(scores, most);
        self.cells.iter_mut().for_each(|cell| cell.scores.push(Vec::new()));
        for own in cells_of(predictions, &[model], &axes, filter)? {
            let Some((&bin, key)) = own.key.split_last() else { continue };
            let Ok(at) = self.cells.binary_search_by(|cell| cell.key.as_slice().cmp(key)) else {
                continue;
            };
            let (range, rows, sums) = (ranges[bin as usize], own.rows, own.models[0]);
            let bins = self.cells[at].scores.last_mut();
            bins.into_iter().for_each(|bins| bins.push(ScoreBin { range, rows, sums }));
        }
        self.score_ranges.push(ranges);
        Ok(())
    }

    /// Sums of cells from those of their ranges of scores.
    ///
    /// # Errors
    /// When ranges overlap that are not the same, or when the models did not score the same rows.
    pub(super) fn add_up_scores(&mut self) -> Result<(), CubeError> {
        let ranges = |model: usize| {
            let bins = self.cells.iter().flat_map(|cell| &cell.scores[model]);
            apart(bins.map(|bin| bin.range)).ok_or(CubeError::Overlap)
        };
        self.score_ranges = (0..self.models.len()).map(ranges).collect::<Result<_, _>>()?;
        for cell in &mut self.cells {
            let add = |(mut rows, mut sums): (RowSums, ModelSums), bin: &ScoreBin| {
                rows += bin.rows;
                sums += bin.sums;
                (rows, sums)
            };
            let of_models: Vec<(RowSums, ModelSums)> =
                cell.scores.iter().map(|bins| bins.iter().fold(Default::default(), add)).collect();
            if of_models.iter().any(|own| own.0 != of_models[0].0) {
                return Err(CubeError::OtherRows);
            }
            cell.rows = of_models.first().map(|own| own.0).unwrap_or_default();
            cell.models = of_models.into_iter().map(|own| own.1).collect();
        }
        Ok(())
    }

    /// Takes up the ranges of another part.
    ///
    /// # Errors
    /// When only one of both has histograms, or when ranges overlap that are not the same.
    pub(super) fn add_ranges(&mut self, part: &Self, other: &str) -> Result<(), CubeError> {
        if self.score_ranges.len() != part.score_ranges.len() {
            return Err(CubeError::Ranges(other.to_owned()));
        }
        let both = self.score_ranges.iter().zip(&part.score_ranges);
        let joined: Option<Vec<_>> =
            both.map(|(own, theirs)| apart(own.iter().chain(theirs).copied())).collect();
        self.score_ranges = joined.ok_or_else(|| CubeError::Ranges(other.to_owned()))?;
        Ok(())
    }
}

/// Ranges in their order, each once; `None` where two overlap, where one is none, or where they are too many.
pub(super) fn apart(ranges: impl Iterator<Item = ScoreRange>) -> Option<Vec<ScoreRange>> {
    let mut ranges: Vec<ScoreRange> = ranges.collect();
    let within = |own: &ScoreRange| own.from >= 0.0 && own.from <= own.to && own.to <= 1.0;
    if !ranges.iter().all(within) {
        return None;
    }
    ranges.sort_by(|a, b| a.from.total_cmp(&b.from).then(a.to.total_cmp(&b.to)));
    ranges.dedup();
    let apart = ranges.is_sorted_by(|a, b| a.to <= b.from);
    (apart && ranges.len() <= 1 << 16).then_some(ranges)
}

/// Bins in the order of their ranges, those of the same range as one.
pub(super) fn settled(bins: &mut Vec<ScoreBin>) {
    bins.sort_by(|a, b| a.range.from.total_cmp(&b.range.from));
    bins.dedup_by(|own, kept| {
        let same = own.range == kept.range;
        if same {
            kept.rows += own.rows;
            kept.sums += own.sums;
        }
        same
    });
}
