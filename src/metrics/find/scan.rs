//! The scan for bias: every slice of up to three values, by how far its predictions lie from its labels.
//!
//! A bound like SliceLine's does not hold for a sum whose terms have both signs, so nothing is pruned
//! but slices with too few rows; their number is bounded by the minimum support. The score is the
//! excess of predictions over labels in standard deviations of the labels, were the model right: it
//! weighs size and effect as a test does, so that a large slice with a small bias and a small one with a
//! large bias are comparable.

use super::search::{Candidate, Column, SearchOptions, SearchResult};
use rayon::prelude::*;

/// What is added up of a slice.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// Σ(p − y), or Σ(y − p) where predictions are looked for that are too low, in fixed point.
    excess: i64,
    /// Σp(1 − p), in fixed point.
    variance: i64,
    rows: u32,
}

/// Unit of the sums: 2³⁸ leaves room for 2²⁵ rows.
const UNIT: f64 = (1_u64 << 38) as f64;

/// The slices of the highest scores above 0 among rows with these excesses and variances. `None` when
/// cancelled. Takes `O(rows)` for each combination of up to [`SearchOptions::level`] columns.
pub(super) fn scan(
    columns: &[Vec<u32>],
    excesses: &[f64],
    variances: &[f64],
    options: &SearchOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<SearchResult> {
    let rows = excesses.len();
    let support = options.least_rows(rows) as u32;
    let fixed = |values: &[f64]| -> Vec<i64> {
        values.par_iter().map(|value| (value * UNIT).round_ties_even() as i64).collect()
    };
    let (excesses, variances) = (fixed(excesses), fixed(variances));
    let columns: Vec<Column> =
        columns.par_iter().map(|codes| Column::new(codes, &[], &[], support)).collect();
    let sets: Vec<Vec<usize>> = (1_usize..1 << columns.len())
        .filter(|set| set.count_ones() as usize <= options.level)
        .map(|set| (0..columns.len()).filter(|at| set >> at & 1 == 1).collect())
        .collect();
    let of = |set: &Vec<usize>| -> Option<(u64, Vec<Candidate>)> {
        (!cancelled()).then(|| table(&columns, set, &excesses, &variances, support))
    };
    let found: Vec<(u64, Vec<Candidate>)> =
        sets.par_iter().with_max_len(1).map(of).collect::<Option<_>>()?;
    let mut result = SearchResult::default();
    for (looked_at, found) in found {
        result.looked_at += looked_at;
        result.best.extend(found);
    }
    super::search::rank(&mut result.best, options.count);
    Some(result)
}

/// Cells of some columns with enough rows and an excess: how many had enough rows, and the candidates.
fn table(
    columns: &[Column],
    set: &[usize],
    excesses: &[i64],
    variances: &[i64],
    support: u32,
) -> (u64, Vec<Candidate>) {
    let sizes: Vec<usize> = set.iter().map(|&at| columns[at].size()).collect();
    let mut cells = vec![Cell::default(); sizes.iter().product()];
    for (row, (&excess, &variance)) in excesses.iter().zip(variances).enumerate() {
        let of = |cell: usize, (&at, &size): (&usize, &usize)| cell * size + columns[at].code(row);
        let cell = &mut cells[set.iter().zip(&sizes).fold(0, of)];
        cell.excess += excess;
        cell.variance += variance;
        cell.rows += 1;
    }
    let (mut looked_at, mut found) = (0, Vec::new());
    for (at, cell) in cells.iter().enumerate() {
        let key = crate::metrics::table::key_of(at, &sizes);
        if cell.rows < support || key.contains(&0) {
            continue;
        }
        looked_at += 1;
        let excess = cell.excess as f64 / UNIT;
        let score = excess / (cell.variance as f64 / UNIT).sqrt();
        if score > 0.0 && score.is_finite() {
            let values = set.iter().zip(&key).map(|(&at, &code)| (at, columns[at].value(code)));
            let (rows, mean_error) = (u64::from(cell.rows), excess / f64::from(cell.rows));
            found.push(Candidate { values: values.collect(), score, rows, mean_error });
        }
    }
    (looked_at, found)
}
