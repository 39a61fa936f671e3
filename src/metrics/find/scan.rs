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

impl Cell {
    fn add(&mut self, other: Self) {
        self.excess += other.excess;
        self.variance += other.variance;
        self.rows += other.rows;
    }
}

/// Unit of the sums: 2³⁸ leaves room for 2²⁵ rows.
const UNIT: f64 = (1_u64 << 38) as f64;

/// The slices of the highest scores above 0 among rows with these excesses and variances. `None` when
/// cancelled. Takes `O(rows)` for each combination of [`SearchOptions::level`] columns.
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
    // Rows are gone through for the largest sets of columns only: sums of fewer are sums of their cells.
    let most = options.level.min(columns.len());
    let largest = combinations(columns.len(), most);
    let smaller: Vec<Vec<usize>> =
        (1..most).flat_map(|size| combinations(columns.len(), size)).collect();
    // Each smaller one belongs to the first that holds it.
    let home = |set: &Vec<usize>| {
        largest.iter().position(|own| set.iter().all(|column| own.contains(column)))
    };
    let homes: Vec<Option<usize>> = smaller.iter().map(home).collect();
    let of = |(place, set): (usize, &Vec<usize>)| -> Option<Vec<(u64, Vec<Candidate>)>> {
        if cancelled() {
            return None;
        }
        let table = Table::new(&columns, set, &excesses, &variances);
        let own = smaller.iter().zip(&homes).filter(|(_, home)| **home == Some(place));
        let smaller = own.map(|(set, _)| table.of_fewer(set).found(&columns, support));
        Some(std::iter::once(table.found(&columns, support)).chain(smaller).collect())
    };
    let found: Vec<Vec<(u64, Vec<Candidate>)>> =
        largest.par_iter().enumerate().with_max_len(1).map(of).collect::<Option<_>>()?;
    let mut result = SearchResult::default();
    for (looked_at, found) in found.into_iter().flatten() {
        result.looked_at += looked_at;
        result.best.extend(found);
    }
    super::search::rank(&mut result.best, options.count);
    Some(result)
}

/// All sets of `size` of `columns` columns, each ascending.
fn combinations(columns: usize, size: usize) -> Vec<Vec<usize>> {
    (0..size).fold(vec![Vec::new()], |sets, _| {
        let longer = |set: Vec<usize>| {
            let first = set.last().map_or(0, |last| last + 1);
            (first..columns).map(move |next| [&set[..], &[next]].concat())
        };
        sets.into_iter().flat_map(longer).collect()
    })
}

/// Sums of all combinations of some columns' values.
struct Table {
    columns: Vec<usize>,
    sizes: Vec<usize>,
    cells: Vec<Cell>,
}

impl Table {
    fn new(all: &[Column], columns: &[usize], excesses: &[i64], variances: &[i64]) -> Self {
        let sizes: Vec<usize> = columns.iter().map(|&at| all[at].size()).collect();
        let mut cells = vec![Cell::default(); sizes.iter().product()];
        for (row, (&excess, &variance)) in excesses.iter().zip(variances).enumerate() {
            let of = |cell: usize, (&at, &size): (&usize, &usize)| cell * size + all[at].code(row);
            cells[columns.iter().zip(&sizes).fold(0, of)].add(Cell { excess, variance, rows: 1 });
        }
        Self { columns: columns.to_vec(), sizes, cells }
    }

    /// The same for some of the columns.
    fn of_fewer(&self, columns: &[usize]) -> Self {
        let places: Vec<usize> =
            (0..self.columns.len()).filter(|&at| columns.contains(&self.columns[at])).collect();
        let sizes: Vec<usize> = places.iter().map(|&place| self.sizes[place]).collect();
        let mut cells = vec![Cell::default(); sizes.iter().product()];
        for (at, &cell) in self.cells.iter().enumerate() {
            let key = crate::metrics::table::key_of(at, &self.sizes);
            let of = |own: usize, (&place, &size): (&usize, &usize)| own * size + key[place];
            cells[places.iter().zip(&sizes).fold(0, of)].add(cell);
        }
        Self { columns: columns.to_vec(), sizes, cells }
    }

    /// How many cells have enough rows, and those of them with an excess.
    fn found(&self, all: &[Column], support: u32) -> (u64, Vec<Candidate>) {
        let (mut looked_at, mut found) = (0, Vec::new());
        for (at, cell) in self.cells.iter().enumerate().filter(|(_, cell)| cell.rows >= support) {
            let key = crate::metrics::table::key_of(at, &self.sizes);
            if key.contains(&0) {
                continue;
            }
            looked_at += 1;
            let excess = cell.excess as f64 / UNIT;
            let score = excess / (cell.variance as f64 / UNIT).sqrt();
            if score > 0.0 && score.is_finite() {
                let values =
                    self.columns.iter().zip(&key).map(|(&at, &code)| (at, all[at].value(code)));
                let (rows, mean_error) = (u64::from(cell.rows), excess / f64::from(cell.rows));
                found.push(Candidate { values: values.collect(), score, rows, mean_error });
            }
        }
        (looked_at, found)
    }
}
