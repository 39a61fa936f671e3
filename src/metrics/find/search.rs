//! SliceLine's enumeration (Sagadeeva and Boehm 2021), by contingency tables.
//!
//! Only values with enough rows can be part of a slice, and of these each dimension has at most one
//! for every share of the minimum support, so codes fit a byte or two and the tables of two and three
//! dimensions stay small. A table of three is scanned only where its pairs leave a slice in it that
//! could still be among the best: the bound takes the minimum over all parents, and `n` is the number
//! of rows, which two public implementations get wrong.

use rayon::prelude::*;
use std::cmp::Ordering;

/// What a slice must be, and how much its size counts.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchOptions {
    /// Weight of the error against the size, 0 to 1; .95 in the paper.
    pub alpha: f64,
    /// Conditions of a slice at most: 1 to 3.
    pub level: usize,
    /// Slices that are wanted.
    pub count: usize,
    /// Rows of a slice at least; `None` is the larger of 32 and a hundredth of all.
    pub support: Option<usize>,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { alpha: 0.95, level: 3, count: 10, support: None }
    }
}

impl SearchOptions {
    /// Rows of a slice at least, of so many.
    pub(super) fn least_rows(&self, rows: usize) -> usize {
        self.support.unwrap_or_else(|| (rows / 100).max(32)).max(1)
    }
}

/// A slice of the search.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Column and code of each condition, by column; of a set of values each.
    pub values: Vec<(usize, u32)>,
    pub score: f64,
    pub rows: u64,
    pub mean_error: f64,
}

/// The best slices, and how many were looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResult {
    /// By score, ties by their values; only those above 0.
    pub best: Vec<Candidate>,
    pub looked_at: u64,
}

/// A slice's rows, their errors in fixed point, and the largest of them.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    error: i64,
    rows: u32,
    most: f32,
}

impl Cell {
    fn add(&mut self, error: i64, most: f32) {
        self.error += error;
        self.rows += 1;
        self.most = self.most.max(most);
    }

    fn merge(&mut self, other: &Self) {
        self.error += other.error;
        self.rows += other.rows;
        self.most = self.most.max(other.most);
    }

    /// What is known of any part of two slices.
    fn least(&self, other: &Self) -> Self {
        Self {
            error: self.error.min(other.error),
            rows: self.rows.min(other.rows),
            most: self.most.min(other.most),
        }
    }
}

/// Rows that one thread scans at a time.
const STRETCH: usize = 1 << 16;

/// Triples of columns that are scanned before the threshold is raised; not by the number of threads, so
/// that what is looked at does not depend on it.
const WAVE: usize = 4;

/// Bits of the largest sum of errors.
const ERROR_BITS: i32 = 61;

/// The values of a column that have enough rows: 1, 2, …; 0 is all others.
pub(super) struct Column {
    codes: Vec<u16>,
    /// The original code of each, that of 0 being none.
    values: Vec<u32>,
    cells: Vec<Cell>,
}

impl Column {
    pub(super) fn size(&self) -> usize {
        self.values.len()
    }

    /// The code of a row; 0 for a value with too few rows.
    pub(super) fn code(&self, row: usize) -> usize {
        self.codes[row].into()
    }

    /// The original code of a code from 1 on.
    pub(super) fn value(&self, code: usize) -> u32 {
        self.values[code]
    }
}

/// Keeps the best, by score; of equal ones first those of fewer conditions, then by their values.
pub(super) fn rank(best: &mut Vec<Candidate>, count: usize) {
    best.sort_by(|a, b| {
        b.score
            .partial_cmp(&a.score)
            .unwrap_or(Ordering::Equal)
            .then_with(|| (a.values.len(), &a.values).cmp(&(b.values.len(), &b.values)))
    });
    best.truncate(count);
}

/// Everything that does not change during a search.
struct Search<'a> {
    columns: Vec<Column>,
    errors: Vec<i64>,
    most: Vec<f32>,
    unit: f64,
    rows: f64,
    mean: f64,
    support: u32,
    options: &'a SearchOptions,
}

/// The best slices of up to three values of different `columns`, by the errors of their rows, which
/// are from 0 on. `None` when cancelled.
///
/// Takes `O(rows · pairs)` and `O(rows)` for each triple of columns that cannot be ruled out.
pub fn search(
    columns: &[Vec<u32>],
    errors: &[f64],
    options: &SearchOptions,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Option<SearchResult> {
    let mut result = SearchResult::default();
    let rows = errors.len();
    let largest = errors.iter().copied().fold(0.0, f64::max);
    if rows == 0 || largest <= 0.0 {
        return Some(result);
    }
    let bits = (largest * rows as f64).log2().ceil() as i32;
    let unit = super::super::cell::power(ERROR_BITS - bits);
    let support = options.least_rows(rows) as u32;
    let fixed: Vec<i64> = errors.par_iter().map(|error| (error * unit) as i64).collect();
    let most: Vec<f32> = errors.par_iter().map(|&error| next_up(error)).collect();
    let total: i64 = fixed.iter().sum();
    let columns =
        columns.par_iter().map(|codes| Column::new(codes, &fixed, &most, support)).collect();
    let search = Search {
        columns,
        errors: fixed,
        most,
        unit,
        rows: rows as f64,
        mean: total as f64 / unit / rows as f64,
        support,
        options,
    };
    search.singles(&mut result);
    if options.level < 2 || cancelled() {
        return (!cancelled()).then_some(result);
    }
    let pairs = search.pairs(&mut result, cancelled)?;
    if options.level >= 3 {
        search.triples(&pairs, &mut result, cancelled)?;
    }
    Some(result)
}

/// The error as a narrower float that is not below it, so that bounds stay bounds.
fn next_up(error: f64) -> f32 {
    let narrow = error as f32;
    if f64::from(narrow) < error { narrow.next_up() } else { narrow }
}

impl Column {
    /// Of the codes of all rows; without errors where only the codes are wanted.
    pub(super) fn new(codes: &[u32], errors: &[i64], most: &[f32], support: u32) -> Self {
        let size = codes.iter().max().map_or(0, |&code| code as usize + 1);
        let mut cells = vec![Cell::default(); size];
        for (row, &code) in codes.iter().enumerate() {
            let own = (errors.get(row), most.get(row));
            cells[code as usize].add(own.0.copied().unwrap_or(0), own.1.copied().unwrap_or(0.0));
        }
        let (mut values, mut place) = (vec![u32::MAX], vec![0_u16; size]);
        let mut kept = vec![Cell::default()];
        for (code, cell) in cells.iter().enumerate().filter(|(_, cell)| cell.rows >= support) {
            place[code] = values.len() as u16;
            values.push(code as u32);
            kept.push(*cell);
        }
        let codes = codes.iter().map(|&code| place[code as usize]).collect();
        Self { codes, values, cells: kept }
    }
}

/// The pair of two columns: cells by the code of the first, then the second.
struct Pair {
    columns: [usize; 2],
    cells: Vec<Cell>,
}

impl Search<'_> {
    fn score(&self, cell: &Cell) -> f64 {
        let rows = f64::from(cell.rows);
        self.score_of(cell.error as f64 / self.unit, rows)
    }

    fn score_of(&self, error: f64, rows: f64) -> f64 {
        let alpha = self.options.alpha;
        alpha * (error / rows / self.mean - 1.0) - (1.0 - alpha) * (self.rows / rows - 1.0)
    }

    /// No slice within all of the parents, whose minima are `least`, scores higher. The score of a slice
    /// of `s` rows is at most that with the error min(e, s·m), which is monotone in s on both sides of
    /// e/m, so that and the ends suffice.
    fn bound(&self, least: &Cell) -> f64 {
        let (error, rows) = (least.error as f64 / self.unit, f64::from(least.rows));
        let most = f64::from(least.most);
        let support = f64::from(self.support);
        let kink = (error / most.max(f64::MIN_POSITIVE)).max(support).min(rows);
        let at = |size: f64| self.score_of(error.min(size * most), size);
        // The last digits of the fixed point and of the division are given away.
        at(support).max(at(kink)).max(at(rows)) + 1e-9
    }

    /// What a slice must exceed to be among the best.
    fn threshold(&self, result: &SearchResult) -> f64 {
        let last = result.best.get(self.options.count.wrapping_sub(1));
        last.map_or(0.0, |own| own.score.max(0.0))
    }

    fn offer(&self, result: &mut SearchResult, mut found: Vec<Candidate>) {
        result.best.append(&mut found);
        rank(&mut result.best, self.options.count);
    }

    fn candidate(
        &self,
        cell: &Cell,
        values: &[(usize, usize)],
        threshold: f64,
    ) -> Option<Candidate> {
        let score = self.score(cell);
        let good = cell.rows >= self.support && score > 0.0 && score >= threshold;
        good.then(|| Candidate {
            values: values.iter().map(|&(at, code)| (at, self.columns[at].values[code])).collect(),
            score,
            rows: cell.rows.into(),
            mean_error: cell.error as f64 / self.unit / f64::from(cell.rows),
        })
    }

    fn singles(&self, result: &mut SearchResult) {
        let mut found = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            for (code, cell) in column.cells.iter().enumerate().skip(1) {
                result.looked_at += 1;
                found.extend(self.candidate(cell, &[(at, code)], 0.0));
            }
        }
        self.offer(result, found);
    }

    /// Tables of all pairs of columns, block by block so that a block's codes are read once from memory.
    fn pairs(
        &self,
        result: &mut SearchResult,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<Pair>> {
        let columns = self.columns.len();
        let list: Vec<[usize; 2]> =
            (0..columns).flat_map(|a| (a + 1..columns).map(move |b| [a, b])).collect();
        let empty = || -> Vec<Vec<Cell>> {
            let size = |&[a, b]: &[usize; 2]| self.columns[a].size() * self.columns[b].size();
            list.iter().map(|pair| vec![Cell::default(); size(pair)]).collect()
        };
        let stretches = self.errors.len().div_ceil(STRETCH);
        let threads = rayon::current_num_threads().clamp(1, stretches);
        let next = std::sync::atomic::AtomicUsize::new(0);
        let work = |_: usize| {
            let mut tables = empty();
            loop {
                let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if at >= stretches || cancelled() {
                    return tables;
                }
                let rows = at * STRETCH..((at + 1) * STRETCH).min(self.errors.len());
                for block in blocks(rows) {
                    for (table, &[a, b]) in tables.iter_mut().zip(&list) {
                        let width = self.columns[b].size();
                        let (a, b) = (
                            &self.columns[a].codes[block.clone()],
                            &self.columns[b].codes[block.clone()],
                        );
                        let errors =
                            self.errors[block.clone()].iter().zip(&self.most[block.clone()]);
                        for ((&a, &b), (&error, &most)) in a.iter().zip(b).zip(errors) {
                            table[usize::from(a) * width + usize::from(b)].add(error, most);
                        }
                    }
                }
            }
        };
        let merge = |mut own: Vec<Vec<Cell>>, other: Vec<Vec<Cell>>| {
            for (own, other) in own.iter_mut().flatten().zip(other.iter().flatten()) {
                own.merge(other);
            }
            own
        };
        let tables = (0..threads).into_par_iter().with_max_len(1).map(work).reduce_with(merge)?;
        if cancelled() {
            return None;
        }
        let pairs = list.into_iter().zip(tables).map(|(columns, cells)| Pair { columns, cells });
        let pairs: Vec<Pair> = pairs.collect();
        let threshold = self.threshold(result);
        let mut found = Vec::new();
        for pair in &pairs {
            let [a, b] = pair.columns;
            let width = self.columns[b].size();
            for (at, cell) in pair.cells.iter().enumerate() {
                let (own, other) = (at / width, at % width);
                if own > 0 && other > 0 && cell.rows >= self.support {
                    result.looked_at += 1;
                    found.extend(self.candidate(cell, &[(a, own), (b, other)], threshold));
                }
            }
        }
        self.offer(result, found);
        Some(pairs)
    }

    /// Slices of three values whose pairs leave them a chance.
    fn triples(
        &self,
        pairs: &[Pair],
        result: &mut SearchResult,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Option<()> {
        let columns = self.columns.len();
        let pair = |a: usize, b: usize| {
            // Pairs stand in the order of their first, then second column.
            &pairs[a * (2 * columns - a - 1) / 2 + b - a - 1]
        };
        let mut todo: Vec<(f64, [usize; 3], Vec<u32>)> = Vec::new();
        let threshold = self.threshold(result);
        for a in 0..columns {
            for b in a + 1..columns {
                for c in b + 1..columns {
                    let parents = [pair(a, b), pair(a, c), pair(b, c)];
                    let (best, alive) = self.alive(parents, [a, b, c], threshold);
                    if !alive.is_empty() {
                        todo.push((best, [a, b, c], alive));
                    }
                }
            }
        }
        // The most promising first: what they give rules out the others.
        todo.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1)));
        for own in todo.chunks(WAVE) {
            if cancelled() {
                return None;
            }
            let threshold = self.threshold(result);
            let promising = own.iter().filter(|own| own.0 >= threshold);
            let promising: Vec<_> = promising.collect();
            let found: Vec<(u64, Vec<Candidate>)> = promising
                .par_iter()
                .with_max_len(1)
                .map(|(_, columns, alive)| self.triple(*columns, alive, threshold))
                .collect();
            for (looked_at, found) in found {
                result.looked_at += looked_at;
                self.offer(result, found);
            }
        }
        Some(())
    }

    /// Cells of three columns that could still be among the best, and the highest of their bounds.
    fn alive(&self, pairs: [&Pair; 3], columns: [usize; 3], threshold: f64) -> (f64, Vec<u32>) {
        let [size_a, size_b, size_c] = columns.map(|at| self.columns[at].size());
        let (mut best, mut alive) = (f64::NEG_INFINITY, Vec::new());
        for a in 1..size_a {
            for b in 1..size_b {
                let ab = &pairs[0].cells[a * size_b + b];
                if ab.rows < self.support {
                    continue;
                }
                for c in 1..size_c {
                    let (ac, bc) =
                        (&pairs[1].cells[a * size_c + c], &pairs[2].cells[b * size_c + c]);
                    let least = ab.least(ac).least(bc);
                    if least.rows < self.support {
                        continue;
                    }
                    let bound = self.bound(&least);
                    if bound >= threshold && bound > 0.0 {
                        best = best.max(bound);
                        alive.push(((a * size_b + b) * size_c + c) as u32);
                    }
                }
            }
        }
        (best, alive)
    }

    fn triple(&self, columns: [usize; 3], alive: &[u32], threshold: f64) -> (u64, Vec<Candidate>) {
        let [a, b, c] = columns.map(|at| &self.columns[at]);
        let (size_b, size_c) = (b.size(), c.size());
        let mut cells = vec![Cell::default(); a.size() * size_b * size_c];
        let codes = a.codes.iter().zip(&b.codes).zip(&c.codes);
        for (((&a, &b), &c), (&error, &most)) in codes.zip(self.errors.iter().zip(&self.most)) {
            let cell = (usize::from(a) * size_b + usize::from(b)) * size_c + usize::from(c);
            cells[cell].add(error, most);
        }
        let found = alive.iter().filter_map(|&at| {
            let at = at as usize;
            let values = [
                (columns[0], at / size_c / size_b),
                (columns[1], at / size_c % size_b),
                (columns[2], at % size_c),
            ];
            self.candidate(&cells[at], &values, threshold)
        });
        (alive.len() as u64, found.collect())
    }
}

/// Rows whose codes and errors fit the nearest caches.
const BLOCK: usize = 1 << 11;

fn blocks(rows: std::ops::Range<usize>) -> impl Iterator<Item = std::ops::Range<usize>> {
    rows.clone().step_by(BLOCK).map(move |start| start..(start + BLOCK).min(rows.end))
}
