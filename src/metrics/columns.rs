//! Predictions as columns: codes of dimensions, scores, labels as bits.
//!
//! A column is as narrow as its values allow, so that ten million rows of eight dimensions and two
//! models lie in about a quarter of a gigabyte, and a scan reads little.

use rayon::prelude::*;
use std::sync::Arc;

/// Fewer are not worth another thread.
const WORDS_A_THREAD: usize = 1 << 12;

/// A set of rows, one bit each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` bits, all of them `value`.
    pub fn new(len: usize, value: bool) -> Self {
        let mut bits = Self { words: vec![if value { !0 } else { 0 }; len.div_ceil(64)], len };
        bits.trim();
        bits
    }

    /// The bits for which `holds`. Long ones are asked for on all threads.
    pub fn from_fn(len: usize, holds: impl Fn(usize) -> bool + Sync) -> Self {
        let word = |w: usize| {
            let end = (len - w * 64).min(64);
            (0..end).fold(0_u64, |word, bit| word | u64::from(holds(w * 64 + bit)) << bit)
        };
        let words = (0..len.div_ceil(64)).into_par_iter().with_min_len(WORDS_A_THREAD);
        Self { words: words.map(word).collect(), len }
    }

    /// From words of 64 bits, the first bit lowest.
    pub(super) fn of_words(words: Vec<u64>, len: usize) -> Self {
        debug_assert_eq!(words.len(), len.div_ceil(64));
        let mut bits = Self { words, len };
        bits.trim();
        bits
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, bit: usize) -> bool {
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }

    pub fn set(&mut self, bit: usize) {
        self.words[bit / 64] |= 1 << (bit % 64);
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Sixty-four bits a word, the first bit lowest; bits beyond the end are zero.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Bits in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// Bits in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// Bits in this one and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    fn zip(&self, other: &Self, of: impl Fn(u64, u64) -> u64) -> Self {
        debug_assert_eq!(self.len, other.len);
        let words = self.words.iter().zip(&other.words).map(|(&a, &b)| of(a, b)).collect();
        Self { words, len: self.len }
    }

    fn trim(&mut self) {
        if let (Some(last), 1..) = (self.words.last_mut(), self.len % 64) {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

/// The value of each row as an index into the labels of its [`Dimension`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
}

impl Codes {
    /// Room for `rows` codes below `values`, all zero.
    pub fn zeros(values: usize, rows: usize) -> Self {
        match values {
            0..=0x100 => Self::U8(vec![0; rows]),
            0x101..=0x1_0000 => Self::U16(vec![0; rows]),
            _ => Self::U32(vec![0; rows]),
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn get(&self, row: usize) -> usize {
        match self {
            Self::U8(codes) => codes[row].into(),
            Self::U16(codes) => codes[row].into(),
            Self::U32(codes) => codes[row] as usize,
        }
    }

    /// Stores `code`, which is below the `values` that this was made for.
    pub fn set(&mut self, row: usize, code: usize) {
        match self {
            Self::U8(codes) => codes[row] = code as u8,
            Self::U16(codes) => codes[row] = code as u16,
            Self::U32(codes) => codes[row] = code as u32,
        }
    }

    /// Calls `with` for each code of `rows` and its place in the range; the width is decided once.
    #[inline(always)]
    pub fn for_each(&self, rows: std::ops::Range<usize>, mut with: impl FnMut(usize, u32)) {
        match self {
            Self::U8(codes) => {
                codes[rows].iter().enumerate().for_each(|(i, &code)| with(i, code.into()));
            }
            Self::U16(codes) => {
                codes[rows].iter().enumerate().for_each(|(i, &code)| with(i, code.into()));
            }
            Self::U32(codes) => {
                codes[rows].iter().enumerate().for_each(|(i, &code)| with(i, code));
            }
        }
    }

    /// How many rows have each of `values` codes.
    pub(super) fn counts(&self, values: usize) -> Vec<u64> {
        let Self::U8(codes) = self else {
            let mut counts = vec![0; values];
            self.for_each(0..self.len(), |_, code| counts[code as usize] += 1);
            return counts;
        };
        // Neighbours are often of one value: each counts apart, so that none waits for the other.
        let mut lanes = [[0_u64; 0x100]; 4];
        let fours = codes.chunks_exact(4);
        fours.remainder().iter().for_each(|&code| lanes[0][usize::from(code)] += 1);
        for four in fours {
            for (lane, &code) in lanes.iter_mut().zip(four) {
                lane[usize::from(code)] += 1;
            }
        }
        (0..values).map(|code| lanes.iter().map(|lane| lane[code]).sum()).collect()
    }

    /// Writes what `table` has for the code of each row.
    pub(super) fn translate<T: Copy + Default>(&self, table: &[T], into: &mut [T]) {
        match self {
            Self::U8(codes) => {
                // As long as codes can say, so that no look-up has to be checked.
                let mut all = [T::default(); 0x100];
                all[..table.len()].copy_from_slice(table);
                into.iter_mut().zip(codes).for_each(|(own, &code)| *own = all[usize::from(code)]);
            }
            Self::U16(codes) => {
                into.iter_mut().zip(codes).for_each(|(own, &code)| *own = table[usize::from(code)]);
            }
            Self::U32(codes) => {
                into.iter_mut().zip(codes).for_each(|(own, &code)| *own = table[code as usize]);
            }
        }
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len() * 2,
            Self::U32(codes) => codes.len() * 4,
        }
    }
}

/// What the values of a dimension are, and so how they are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DimensionKind {
    /// Names, in the order of their letters.
    Names,
    /// Single numbers, ascending.
    Numbers,
    /// Ranges of numbers, ascending.
    Ranges,
    /// Stretches of time, ascending.
    Times,
}

/// Something that rows are cut by.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    pub name: Box<str>,
    pub kind: DimensionKind,
    /// The values in their order; [`MISSING`] and [`OTHER`] stand last.
    pub labels: Vec<Box<str>>,
    pub codes: Codes,
    /// Distinct values that were folded into [`OTHER`].
    pub folded: usize,
    /// For [`DimensionKind::Times`] the first second of each value since 1970, in UTC.
    pub starts: Vec<i64>,
}

/// Label of rows without a value.
pub const MISSING: &str = "(missing)";

/// Label of the rare values beyond the limit.
pub const OTHER: &str = "(other)";

impl Dimension {
    /// The code of a value.
    pub fn code_of(&self, label: &str) -> Option<usize> {
        self.labels.iter().position(|own| &**own == label)
    }
}

/// A column of scores, and the equal-mass bin of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Within 0 to 1; NaN where there is none.
    pub values: Vec<f32>,
    /// Index of the bin; 0 where there is no score.
    pub bins: Vec<u16>,
    /// The least score of each bin; ascending, the first is 0.
    pub bin_starts: Vec<f32>,
}

/// A model, or a version of one, and where its scores are.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What it is called, its version included.
    pub name: Box<str>,
    /// Index into [`Predictions::scores`]; models of long tables share one column.
    pub scores: usize,
    /// The rows that it scored; all of them where this is `None`.
    pub rows: Option<Arc<Bits>>,
}

/// Predictions of one or more models, with their labels where these are known.
///
/// Immutable once made; every number is a function of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub(super) rows: usize,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) models: Vec<Model>,
    pub(super) scores: Vec<Scores>,
    /// The rows with a label; all of them where this is `None`.
    pub(super) labelled: Option<Bits>,
    pub(super) positive: Bits,
    /// One for each row; all of them 1 where this is `None`.
    pub(super) weights: Option<Vec<f32>>,
    pub(super) scale: super::cell::Scale,
    /// Sums in place of scores, where each row stands for many; labels and weights say nothing then.
    pub(super) aggregated: Option<super::aggregated::CellSums>,
}

impl Predictions {
    /// How long the columns are: a place for each row, or for each cell of a cube.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that the numbers speak of, those that a cell stands for included.
    pub fn counted_rows(&self) -> u64 {
        match &self.aggregated {
            Some(cells) => cells.counted,
            None => self.rows as u64,
        }
    }

    /// Whether these are sums of cells: then there are no single scores, so no AUC, no calibration, no
    /// thresholds and nothing to search row by row.
    pub fn is_aggregated(&self) -> bool {
        self.aggregated.is_some()
    }

    /// # Errors
    /// When these are sums of cells.
    pub fn need_rows(&self) -> Result<(), NeedsRows> {
        if self.is_aggregated() { Err(NeedsRows) } else { Ok(()) }
    }

    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The scores that `model` reads, those of other models of a long table included.
    pub fn scores_of(&self, model: usize) -> &Scores {
        &self.scores[self.models[model].scores]
    }

    pub fn dimension(&self, name: &str) -> Option<usize> {
        self.dimensions.iter().position(|own| &*own.name == name)
    }

    pub fn model(&self, name: &str) -> Option<usize> {
        self.models.iter().position(|own| &*own.name == name)
    }

    pub fn has_weights(&self) -> bool {
        self.weights.is_some() || self.aggregated.as_ref().is_some_and(|sums| sums.weighted)
    }

    /// Whether scores are known in their order, one by one or in bins: what an AUC takes.
    pub fn has_scores(&self) -> bool {
        self.aggregated.as_ref().is_none_or(|sums| !sums.scores.is_empty())
    }

    pub fn weight(&self, row: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| f64::from(weights[row]))
    }

    /// The label of a row: 1, 0, or none; none where rows stand for many.
    pub fn label(&self, row: usize) -> Option<bool> {
        if self.aggregated.is_some() {
            return None;
        }
        let known = self.labelled.as_ref().is_none_or(|labelled| labelled.get(row));
        known.then(|| self.positive.get(row))
    }

    /// The score that `model` gave to `row`; none where rows stand for many.
    pub fn score(&self, model: usize, row: usize) -> Option<f32> {
        if self.aggregated.is_some() {
            return None;
        }
        let own = &self.models[model];
        let scored = own.rows.as_ref().is_none_or(|rows| rows.get(row));
        scored.then(|| self.scores[own.scores].values[row])
    }

    /// Rows without a label.
    pub fn unlabelled(&self) -> usize {
        if let Some(cells) = &self.aggregated {
            return (cells.counted - cells.labelled) as usize;
        }
        self.labelled.as_ref().map_or(0, |labelled| self.rows - labelled.count())
    }

    /// Bytes that the columns hold.
    pub fn bytes(&self) -> usize {
        let dimensions: usize = self.dimensions.iter().map(|own| own.codes.bytes()).sum();
        let scores: usize = self.scores.iter().map(|own| own.values.len() * 6).sum();
        let masks = self.models.iter().filter(|own| own.rows.is_some()).count() + 2;
        let weights = self.weights.as_ref().map_or(0, |weights| weights.len() * 4);
        let sums = self.aggregated.as_ref().map_or(0, super::aggregated::CellSums::bytes);
        dimensions + scores + weights + masks * self.rows / 8 + sums
    }

    /// The rows that both models scored, or why they cannot be compared.
    ///
    /// # Errors
    /// When one of them scored rows that the other did not.
    pub fn comparable(&self, a: usize, b: usize) -> Result<(), DifferentRows> {
        let (left, right) = (&self.models[a], &self.models[b]);
        if left.rows == right.rows {
            return Ok(());
        }
        let all = || Bits::new(self.rows, true);
        let rows = |own: &Model| own.rows.as_deref().cloned().unwrap_or_else(all);
        let (left_rows, right_rows) = (rows(left), rows(right));
        let (a, b) = (left.name.clone(), right.name.clone());
        let rows = match &self.aggregated {
            Some(cells) => {
                RowsOfTwo::Summed { a: cells.rows_of(&left_rows), b: cells.rows_of(&right_rows) }
            }
            None => RowsOfTwo::Shared {
                both: left_rows.and(&right_rows).count(),
                only_a: left_rows.without(&right_rows).count(),
                only_b: right_rows.without(&left_rows).count(),
            },
        };
        Err(DifferentRows { a, b, rows })
    }
}

/// What was asked takes single rows, and there are sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This takes single rows, and what was read are sums by cell; open the rows themselves, or a sample of \
     them"
)]
pub struct NeedsRows;

/// Two models were measured on different rows, so a difference would compare the rows as well.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{a} and {b} were measured on different rows: {}; compare them on predictions that have a score of both \
     in each row", rows.words(a, b)
)]
pub struct DifferentRows {
    pub a: Box<str>,
    pub b: Box<str>,
    pub rows: RowsOfTwo,
}

/// How many rows two models scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsOfTwo {
    Shared {
        both: usize,
        only_a: usize,
        only_b: usize,
    },
    /// Sums do not tell which rows they were made of.
    Summed {
        a: u64,
        b: u64,
    },
}

impl RowsOfTwo {
    fn words(self, first: &str, second: &str) -> String {
        match self {
            Self::Shared { both, only_a, only_b } => format!(
                "{both} are shared, {only_a} are only of {first} and {only_b} only of {second}"
            ),
            Self::Summed { a, b } => {
                format!("{a} and {b}, and sums do not tell how many are shared")
            }
        }
    }
}

/// An even hash of a row's number, for splits and folds that do not depend on threads: SplitMix64 of
/// Steele, Lea and Flood.
pub(super) fn row_hash(row: u64) -> u64 {
    let z = row.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_the_end_are_zero() {
        for len in [0, 1, 63, 64, 65, 130] {
            assert_eq!(Bits::new(len, true).count(), len);
            assert_eq!(Bits::from_fn(len, |_| true), Bits::new(len, true));
        }
        let thirds = Bits::from_fn(200, |bit| bit % 3 == 0);
        assert_eq!(thirds.count(), 67);
        assert_eq!(Bits::new(200, true).without(&thirds).count(), 133);
        assert!(thirds.get(198) && !thirds.get(199));
    }

    #[test]
    fn codes_are_as_wide_as_needed() {
        for (values, bytes) in [(2, 1), (256, 1), (257, 2), (65_536, 2), (65_537, 4)] {
            let mut codes = Codes::zeros(values, 3);
            codes.set(1, values - 1);
            assert_eq!((codes.get(0), codes.get(1)), (0, values - 1));
            assert_eq!(codes.bytes(), 3 * bytes);
        }
    }
}
