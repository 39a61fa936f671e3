//! Bias that several values share: slices of the scan, widened to sets of values (after Zhang and Neill
//! 2016).
//!
//! How well "the odds are `q` times those predicted" describes the rows of a slice is
//! Σ y ln q − ln(1 + p(q − 1)), a sum over rows. So for one `q`, and with the conditions on other columns
//! as they are, the best set of a column's values is known at once: those whose own sum exceeds what it
//! costs to name a value, the logarithm of how many there are. Columns are gone through, each over a grid
//! of odds, until nothing becomes better. Rare values count too: together they may be many rows.

use super::search::{Candidate, SearchOptions, SearchResult, rank};
use crate::metrics::columns::Scores;
use rayon::prelude::*;

/// Rows that sets are chosen on, at most: evenly taken of all. What is found is added up over all rows.
const MOST_ROWS: usize = 1 << 18;

/// Values of a column that is widened, at most.
const MOST_VALUES: usize = 1 << 12;

/// Bins of scores that one of their rows stands for.
const PLACES: usize = 128;

/// Odds that are tried: the fourth root of two, and its powers up to 32.
const ODDS: i32 = 20;

/// Rounds over all columns; sets settle after two or three.
const ROUNDS: usize = 8;

/// The rows of the discovery half, as columns.
pub(super) struct Rows<'a> {
    /// Codes by column.
    pub columns: &'a [Vec<u32>],
    /// A score's place, and the mean score of each.
    pub places: Vec<u8>,
    pub means: Vec<f64>,
    pub positive: Vec<bool>,
    /// As in [`super::scan`].
    pub excesses: &'a [f64],
    pub variances: &'a [f64],
    /// Whether predictions above the labels are looked for.
    pub too_high: bool,
}

/// Scores of rows as places, and the mean of each place.
pub(super) fn places(scores: &Scores, near: &[u32]) -> (Vec<u8>, Vec<f64>) {
    let bins = scores.bin_starts.len().max(1);
    let place = |&row: &u32| (usize::from(scores.bins[row as usize]) * PLACES / bins) as u8;
    let places: Vec<u8> = near.par_iter().map(place).collect();
    let (mut sums, mut counts) = (vec![0.0; PLACES], vec![0.0; PLACES]);
    for (&row, &place) in near.iter().zip(&places) {
        sums[usize::from(place)] += f64::from(scores.values[row as usize]);
        counts[usize::from(place)] += 1.0;
    }
    let mean = |(sum, count): (f64, f64)| if count > 0.0 { sum / count } else { 0.0 };
    let means = sums.into_iter().zip(counts).map(mean).collect();
    (places, means)
}

impl SearchResult {
    /// With the best slices widened, and all rows narrowed to sets of values.
    pub(super) fn widen(
        mut self,
        rows: &Rows<'_>,
        options: &SearchOptions,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Self> {
        let everything = Candidate { values: Vec::new(), score: 0.0, rows: 0, mean_error: 0.0 };
        let starts: Vec<Candidate> = self.best.iter().cloned().chain([everything]).collect();
        let (wider, looked_at) = widen(rows, &starts, options, cancelled)?;
        self.best.extend(wider);
        self.looked_at += looked_at;
        rank(&mut self.best, options.count);
        Some(self)
    }
}

/// By column, whether each value is in the slice; `None` for a column without a condition.
type Sets = Vec<Option<Vec<bool>>>;

/// Candidates widened, with the score of [`super::scan`], where they have more than one value of some
/// column; in the order of `starts`, and how many values were looked at. `None` when cancelled.
/// `O(rows · columns)` a start and round.
fn widen(
    rows: &Rows<'_>,
    starts: &[Candidate],
    options: &SearchOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<(Vec<Candidate>, u64)> {
    let sizes: Vec<usize> = rows
        .columns
        .iter()
        .map(|codes| codes.par_iter().max().map_or(0, |&code| code as usize + 1))
        .collect();
    let table = odds_table(rows);
    let support = options.least_rows(rows.places.len()) as u64;
    let of = |start: &Candidate| -> Option<(Option<Candidate>, u64)> {
        let mut sets: Sets = vec![None; sizes.len()];
        for &(at, code) in &start.values {
            let set = sets[at].get_or_insert_with(|| vec![false; sizes[at]]);
            set[code as usize] = true;
        }
        let (mut best, mut looked_at) = (f64::NEG_INFINITY, 0);
        for _ in 0..ROUNDS {
            let before = best;
            for at in (0..sizes.len()).filter(|&at| sizes[at] <= MOST_VALUES) {
                if cancelled() {
                    return None;
                }
                let others = sets.iter().enumerate().filter(|(own, _)| *own != at);
                if others.filter(|(_, set)| set.is_some()).count() >= options.level {
                    continue;
                }
                looked_at += sizes[at] as u64;
                let (score, set) = choose(rows, &table, &sets, at, sizes[at]);
                if score > best {
                    (best, sets[at]) = (score, set);
                }
            }
            if best <= before {
                break;
            }
        }
        Some((candidate(rows, &sets, support), looked_at))
    };
    let all: Vec<(Option<Candidate>, u64)> =
        starts.par_iter().with_max_len(1).map(of).collect::<Option<_>>()?;
    let looked_at = all.iter().map(|own| own.1).sum();
    let mut found: Vec<Candidate> = Vec::new();
    for own in all.into_iter().filter_map(|own| own.0) {
        if !found.iter().any(|other| other.values == own.values) {
            found.push(own);
        }
    }
    Some((found, looked_at))
}

/// By odds and place: ln q, and ln(1 + p(q − 1)).
fn odds_table(rows: &Rows<'_>) -> Vec<(f64, Vec<f64>)> {
    let row = |step: i32| {
        let log = f64::from(step) * std::f64::consts::LN_2 / 4.0;
        let log = if rows.too_high { -log } else { log };
        (log, rows.means.iter().map(|p| (p * log.exp_m1()).ln_1p()).collect())
    };
    (1..=ODDS).map(row).collect()
}

/// The best values of a column where the other conditions hold, with their score; none of them named where the
/// slice is better without a condition.
fn choose(
    rows: &Rows<'_>,
    table: &[(f64, Vec<f64>)],
    sets: &Sets,
    at: usize,
    size: usize,
) -> (f64, Option<Vec<bool>>) {
    let others: Vec<(&[u32], &[bool])> = sets
        .iter()
        .enumerate()
        .filter(|(own, _)| *own != at)
        .filter_map(|(own, set)| Some((&*rows.columns[own], set.as_deref()?)))
        .collect();
    let mut counts = vec![0_u32; size * PLACES];
    let mut positives = vec![0_u32; size];
    for row in (0..rows.places.len()).step_by(rows.places.len().div_ceil(MOST_ROWS).max(1)) {
        if others.iter().all(|(codes, set)| set[codes[row] as usize]) {
            let code = rows.columns[at][row] as usize;
            counts[code * PLACES + usize::from(rows.places[row])] += 1;
            positives[code] += u32::from(rows.positive[row]);
        }
    }
    let price = |values: usize| (values.max(2) as f64).ln();
    // The other conditions cost what they cost, whatever is chosen here.
    let spent: f64 = sets
        .iter()
        .enumerate()
        .filter(|(own, _)| *own != at)
        .filter_map(|(_, set)| set.as_ref())
        .map(|set| price(set.len()) * set.iter().filter(|own| **own).count() as f64)
        .sum();
    let cost = price(size);
    let mut best = (f64::NEG_INFINITY, None);
    for (log, expected) in table {
        let gain = |code: usize| {
            let counts = &counts[code * PLACES..(code + 1) * PLACES];
            let expected: f64 =
                counts.iter().zip(expected).map(|(&count, own)| f64::from(count) * own).sum();
            log * f64::from(positives[code]) - expected
        };
        let gains: Vec<f64> = (0..size).map(gain).collect();
        let all = gains.iter().sum::<f64>() - spent;
        if all > best.0 {
            best = (all, None);
        }
        let some = gains.iter().filter(|gain| **gain > cost).map(|gain| gain - cost).sum::<f64>();
        if some > 0.0 && some - spent > best.0 {
            best = (some - spent, Some(gains.iter().map(|gain| *gain > cost).collect()));
        }
    }
    best
}

/// For tests: the best set of one column without other conditions.
#[cfg(test)]
pub(super) fn best_set(rows: &Rows<'_>, at: usize) -> (f64, Option<Vec<bool>>) {
    let sets = vec![None; rows.columns.len()];
    let size = rows.columns[at].iter().max().map_or(0, |&code| code as usize + 1);
    choose(rows, &odds_table(rows), &sets, at, size)
}

/// What the sets come to over all rows; `None` where each has one value, which the scan has seen, or with
/// too few rows.
fn candidate(rows: &Rows<'_>, sets: &Sets, support: u64) -> Option<Candidate> {
    let conditions: Vec<(&[u32], &[bool])> = sets
        .iter()
        .zip(rows.columns)
        .filter_map(|(set, codes)| Some((&**codes, set.as_deref()?)))
        .collect();
    let values: Vec<(usize, u32)> = sets
        .iter()
        .enumerate()
        .filter_map(|(at, set)| Some((at, set.as_ref()?)))
        .flat_map(|(at, set)| (0..).zip(set).filter(|own| *own.1).map(move |(code, _)| (at, code)))
        .collect();
    if values.len() <= conditions.len() {
        return None;
    }
    let within = |row: usize| conditions.iter().all(|(codes, set)| set[codes[row] as usize]);
    let (mut excess, mut variance, mut count) = (0.0, 0.0, 0);
    for row in (0..rows.places.len()).filter(|&row| within(row)) {
        excess += rows.excesses[row];
        variance += rows.variances[row];
        count += 1;
    }
    let score = excess / variance.sqrt();
    (count >= support && score > 0.0 && score.is_finite()).then(|| Candidate {
        values,
        score,
        rows: count,
        mean_error: excess / count as f64,
    })
}
