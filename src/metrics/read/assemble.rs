//! Parts of files into the columns of one table.
//!
//! Dictionaries of parts are local; here they become one, sorted, so that codes do not depend on the
//! order in which parts were read. A column's parts are freed before the next one is put together.

use super::builder::{BROKEN, ColumnPart, POSITIVE, UNKNOWN, Value, number_of};
use super::roles::{Binning, ColumnRole, Role};
use super::time::{self, Bucket, Hours, NO_TIME};
use super::{ReadOptions, Wanted};
use crate::metrics::bins;
use crate::metrics::cell::Scale;
use crate::metrics::columns::{
    Bits, Codes, Dimension, DimensionKind, MISSING, Model, OTHER, Predictions, Scores,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Distinct numbers up to which each is a value of its own.
const FEW_NUMBERS: usize = 64;

/// Ranges of a dimension of many numbers.
const DEFAULT_RANGES: usize = 10;

/// The columns of one part.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) rows: usize,
    /// In the order in which they are wanted; taken one by one.
    pub(super) columns: Vec<ColumnPart>,
    /// Rows that stay; all of them where this is `None`.
    keep: Option<Bits>,
}

impl Part {
    pub(super) fn new(rows: usize, columns: Vec<ColumnPart>, wanted: &[Wanted]) -> Self {
        let broken = |(column, wanted): (&ColumnPart, &Wanted)| match (column, wanted.role) {
            (ColumnPart::Labels(labels), _) if labels.contains(&BROKEN) => {
                Some(Bits::from_fn(rows, |row| labels[row] != BROKEN))
            }
            (ColumnPart::Floats(weights), Role::Weight) if weights.iter().any(|w| w.is_nan()) => {
                Some(Bits::from_fn(rows, |row| !weights[row].is_nan()))
            }
            _ => None,
        };
        let keep = columns.iter().zip(wanted).filter_map(broken).reduce(|a, b| a.and(&b));
        Self { rows, columns, keep }
    }

    pub(super) fn kept(&self) -> usize {
        self.keep.as_ref().map_or(self.rows, Bits::count)
    }

    fn take(&mut self, at: usize) -> ColumnPart {
        std::mem::replace(&mut self.columns[at], ColumnPart::Floats(Vec::new()))
    }
}

/// One column's parts, with the rows that stay.
struct Pieces {
    pieces: Vec<(ColumnPart, Option<Bits>, usize)>,
    rows: usize,
}

impl Pieces {
    fn take(parts: &mut [Part], at: usize) -> Self {
        let rows = parts.iter().map(Part::kept).sum();
        let piece = |part: &mut Part| (part.take(at), part.keep.clone(), part.kept());
        Self { pieces: parts.iter_mut().map(piece).collect(), rows }
    }

    /// Writes `value(piece, row within it)` of every row that stays into a column, over all threads.
    fn fill<T: Copy + Default + Send>(
        &self,
        value: impl Fn(usize, &ColumnPart, usize) -> T + Sync,
    ) -> Vec<T> {
        let mut column = vec![T::default(); self.rows];
        let mut jobs = Vec::with_capacity(self.pieces.len());
        let mut rest = column.as_mut_slice();
        for (at, (part, keep, kept)) in self.pieces.iter().enumerate() {
            let (own, tail) = rest.split_at_mut(*kept);
            rest = tail;
            jobs.push((at, part, keep, own));
        }
        jobs.into_par_iter().for_each(|(at, part, keep, own)| match keep {
            None => own.iter_mut().enumerate().for_each(|(row, slot)| *slot = value(at, part, row)),
            Some(keep) => {
                let stays = (0..keep.len()).filter(|&row| keep.get(row));
                own.iter_mut().zip(stays).for_each(|(slot, row)| *slot = value(at, part, row));
            }
        });
        column
    }

    /// Codes of every row, each piece's by its own table.
    fn codes(&self, values: usize, tables: &[Vec<u32>]) -> Codes {
        let code = |at: usize, part: &ColumnPart, row: usize| match part {
            ColumnPart::Values(_, codes) => tables[at][codes.get(row)],
            _ => 0,
        };
        match values {
            0..=0x100 => Codes::U8(self.fill(|at, part, row| code(at, part, row) as u8)),
            0x101..=0x1_0000 => Codes::U16(self.fill(|at, part, row| code(at, part, row) as u16)),
            _ => Codes::U32(self.fill(code)),
        }
    }

    fn floats(self) -> Vec<f32> {
        let whole = self.pieces.iter().all(|(_, keep, _)| keep.is_none());
        if !whole {
            return self.fill(|_, part, row| match part {
                ColumnPart::Floats(values) => values[row],
                _ => f32::NAN,
            });
        }
        let mut column = Vec::with_capacity(self.rows);
        for (part, ..) in self.pieces {
            if let ColumnPart::Floats(values) = part {
                column.extend_from_slice(&values);
            }
        }
        column
    }
}

/// Puts the parts together. Says which dimensions were folded or mixed.
pub(super) fn assemble(
    wanted: &[Wanted],
    roles: &[ColumnRole],
    mut parts: Vec<Part>,
    options: &ReadOptions,
    remarks: &mut Vec<(Box<str>, String)>,
) -> Predictions {
    let rows = parts.iter().map(Part::kept).sum();
    let role_of = |own: &Wanted| roles.iter().find(|role| *role.column == *own.column);
    let long = wanted.iter().any(|own| matches!(own.role, Role::Model | Role::Version));
    let mut own = Predictions {
        rows,
        dimensions: Vec::new(),
        models: Vec::new(),
        scores: Vec::new(),
        labelled: Some(Bits::new(rows, false)),
        positive: Bits::new(rows, false),
        weights: None,
        scale: Scale::new(1.0, rows),
        aggregated: None,
    };
    let mut names: Vec<Dimension> = Vec::new();
    for (at, column) in wanted.iter().enumerate() {
        let pieces = Pieces::take(&mut parts, at);
        let binning = role_of(column).map_or(&Binning::Auto, |role| &role.binning);
        let mut remark = |text: String| remarks.push((column.column.clone(), text));
        match column.role {
            Role::Label => (own.labelled, own.positive) = labels(&pieces),
            Role::Weight => own.weights = weights(pieces),
            Role::Time => own.dimensions.push(times(&column.column, &pieces, options.bucket)),
            Role::Score => {
                let name = role_of(column).map_or("", |role| &role.model).into();
                let scores = bins::bin(pieces.floats(), options.bins);
                if !long {
                    let scored = scored(&scores);
                    own.models.push(Model { name, scores: own.scores.len(), rows: scored });
                }
                own.scores.push(scores);
            }
            Role::Model | Role::Version => {
                names.push(dimension(
                    &column.column,
                    &Binning::Names,
                    &pieces,
                    usize::MAX,
                    &mut remark,
                ));
            }
            Role::Dimension => {
                let limit = options.values;
                own.dimensions.push(dimension(
                    &column.column,
                    binning,
                    &pieces,
                    limit,
                    &mut remark,
                ));
            }
            Role::Ignored => {}
        }
    }
    if long && !own.scores.is_empty() {
        own.models = models_of(&names, &own.scores[0]);
    }
    let largest = own.weights.as_deref().map_or(1.0, |all| all.iter().copied().fold(0.0, f32::max));
    own.scale = Scale::new(f64::from(if largest > 0.0 { largest } else { 1.0 }), rows);
    own
}

fn labels(pieces: &Pieces) -> (Option<Bits>, Bits) {
    let all: Vec<u8> = pieces.fill(|_, part, row| match part {
        ColumnPart::Labels(labels) => labels[row],
        _ => UNKNOWN,
    });
    let positive = Bits::from_fn(all.len(), |row| all[row] == POSITIVE);
    let known = all.contains(&UNKNOWN).then(|| Bits::from_fn(all.len(), |row| all[row] != UNKNOWN));
    (known, positive)
}

fn weights(pieces: Pieces) -> Option<Vec<f32>> {
    let all = pieces.floats();
    all.iter().any(|&weight| weight != 1.0).then_some(all)
}

/// The rows with a score, unless all have one.
fn scored(scores: &Scores) -> Option<Arc<Bits>> {
    let values = &scores.values;
    let some_missing = values.iter().any(|score| score.is_nan());
    some_missing.then(|| Arc::new(Bits::from_fn(values.len(), |row| !values[row].is_nan())))
}

/// Models of a table with a row a model: one for each name, or pair of name and version.
fn models_of(names: &[Dimension], scores: &Scores) -> Vec<Model> {
    let sizes: Vec<usize> = names.iter().map(|own| own.labels.len()).collect();
    let rows = scores.values.len();
    let code = |row: usize| {
        names.iter().zip(&sizes).fold(0, |code, (own, size)| code * size + own.codes.get(row))
    };
    let mut masks: std::collections::BTreeMap<usize, Bits> = std::collections::BTreeMap::new();
    for row in (0..rows).filter(|&row| !scores.values[row].is_nan()) {
        masks.entry(code(row)).or_insert_with(|| Bits::new(rows, false)).set(row);
    }
    let name = |code: usize| {
        let key = crate::metrics::table::key_of(code, &sizes);
        let parts: Vec<&str> =
            key.iter().zip(names).map(|(&code, own)| &*own.labels[code]).collect();
        parts.join(" ").into()
    };
    let model = |(code, mask)| Model { name: name(code), scores: 0, rows: Some(Arc::new(mask)) };
    masks.into_iter().map(model).collect()
}

/// Hours that a table of their buckets covers; beyond it a bucket is searched for.
const TABLE_HOURS: Hours = 1 << 20;

fn times(name: &str, pieces: &Pieces, bucket: Bucket) -> Dimension {
    let hours = |part: &ColumnPart, row: usize| match part {
        ColumnPart::Hours(hours) => hours[row],
        _ => NO_TIME,
    };
    let all: Vec<Hours> = pieces.fill(|_, part, row| hours(part, row));
    let known = || all.par_iter().copied().filter(|&hours| hours != NO_TIME);
    let range = known().min().zip(known().max());
    let bucket = match (bucket, range) {
        (Bucket::Auto, Some((first, last))) => time::suited(first, last),
        (bucket, _) => bucket,
    };
    let (first, last) = range.unwrap_or((0, 0));
    let mut occur = Bits::new((last - first) as usize + 1, false);
    let mut some_missing = false;
    for &hours in &all {
        match hours {
            NO_TIME => some_missing = true,
            hours => occur.set((hours - first) as usize),
        }
    }
    let hours = (first..=last).filter(|&hours| occur.get((hours - first) as usize));
    let mut starts: Vec<Hours> = hours.map(|hours| time::start(hours, bucket)).collect();
    starts.dedup();
    // The last start that is not after it; starts are of buckets that occur.
    let searched =
        |hours: Hours| (starts.partition_point(|&start| start <= hours) as u32).saturating_sub(1);
    let table: Vec<u32> = match last - first {
        0..TABLE_HOURS => (first..=last).map(searched).collect(),
        _ => Vec::new(),
    };
    let code = |hours: Hours| match hours {
        NO_TIME => starts.len() as u32,
        hours if table.is_empty() => searched(hours),
        hours => table[(hours - first) as usize],
    };
    let mut labels: Vec<Box<str>> =
        starts.iter().map(|&start| time::label(start, bucket).into()).collect();
    if some_missing {
        labels.push(MISSING.into());
    }
    let codes = match labels.len() {
        0..=0x100 => Codes::U8(all.par_iter().map(|&hours| code(hours) as u8).collect()),
        0x101..=0x1_0000 => Codes::U16(all.par_iter().map(|&hours| code(hours) as u16).collect()),
        _ => Codes::U32(all.par_iter().map(|&hours| code(hours)).collect()),
    };
    let starts = starts.iter().map(|&start| time::secs(start)).collect();
    let name = name.into();
    Dimension { name, kind: DimensionKind::Times, labels, codes, folded: 0, starts }
}

fn dimension(
    name: &str,
    binning: &Binning,
    pieces: &Pieces,
    limit: usize,
    remark: &mut impl FnMut(String),
) -> Dimension {
    let raw = pieces.pieces.iter().any(|(part, ..)| matches!(part, ColumnPart::Raw(_)));
    let values = || {
        pieces.pieces.iter().flat_map(|(part, ..)| match part {
            ColumnPart::Values(values, _) => values.as_slice(),
            _ => &[],
        })
    };
    let numeric = values().all(|value| number_of(value).is_some())
        && values().any(|value| *value != Value::Missing);
    let has = |wanted: fn(&Value) -> bool| values().any(wanted);
    let mixed = has(|value| matches!(value, Value::Number(_)))
        && has(|value| matches!(value, Value::Text(_)) && number_of(value).is_none());
    if mixed {
        remark(
            "holds numbers in some parts and texts in others; all are taken as names".to_owned(),
        );
    }
    let distinct = {
        let mut numbers: Vec<u32> = values().filter_map(number_of).map(f32::to_bits).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    };
    match binning {
        Binning::Names if !raw => names(name, DimensionKind::Names, pieces, limit, remark),
        Binning::Cuts(cuts) if raw || numeric => ranges(name, pieces, cuts.clone()),
        Binning::Quantiles(count) if raw || numeric => {
            ranges(name, pieces, quantiles(&numbers_of(pieces), *count))
        }
        _ if raw || numeric && distinct > FEW_NUMBERS => {
            ranges(name, pieces, quantiles(&numbers_of(pieces), DEFAULT_RANGES))
        }
        _ if numeric => names(name, DimensionKind::Numbers, pieces, limit, remark),
        _ => names(name, DimensionKind::Names, pieces, limit, remark),
    }
}

fn label_of(value: &Value) -> Box<str> {
    match value {
        Value::Missing => MISSING.into(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string().into(),
    }
}

/// Single values: sorted, rare ones beyond the limit folded.
fn names(
    name: &str,
    kind: DimensionKind,
    pieces: &Pieces,
    limit: usize,
    remark: &mut impl FnMut(String),
) -> Dimension {
    let counts = counts(pieces);
    let mut labels: Vec<Box<str>> = counts.keys().cloned().collect();
    let number = |label: &str| label.trim().parse::<f64>().unwrap_or(f64::INFINITY);
    labels.sort_by(|a, b| {
        let by_number = match kind {
            DimensionKind::Numbers => number(a).total_cmp(&number(b)),
            _ => std::cmp::Ordering::Equal,
        };
        (&**a == MISSING).cmp(&(&**b == MISSING)).then(by_number).then(a.cmp(b))
    });
    let folded = labels.len().saturating_sub(limit);
    if folded > 0 {
        let mut by_count: Vec<(u64, usize)> =
            labels.iter().enumerate().map(|(at, label)| (counts[label], at)).collect();
        by_count.sort_by_key(|&(count, at)| (std::cmp::Reverse(count), at));
        let mut kept: Vec<usize> = by_count[..limit].iter().map(|&(_, at)| at).collect();
        kept.sort_unstable();
        let total = labels.len();
        labels = kept.into_iter().map(|at| labels[at].clone()).collect();
        labels.push(OTHER.into());
        remark(format!("has {total} values; the rarest {folded} are folded into {OTHER}"));
    }
    let places: FxHashMap<&str, u32> =
        labels.iter().enumerate().map(|(at, label)| (&**label, at as u32)).collect();
    let other = labels.len().saturating_sub(1) as u32;
    let table = |(part, ..): &(ColumnPart, Option<Bits>, usize)| match part {
        ColumnPart::Values(values, _) => {
            let place = |value| places.get(&*label_of(value)).copied().unwrap_or(other);
            values.iter().map(place).collect()
        }
        _ => Vec::new(),
    };
    let tables: Vec<Vec<u32>> = pieces.pieces.iter().map(table).collect();
    let codes = pieces.codes(labels.len(), &tables);
    Dimension { name: name.into(), kind, labels, codes, folded, starts: Vec::new() }
}

/// Rows of each value that occurs in a row that stays.
fn counts(pieces: &Pieces) -> FxHashMap<Box<str>, u64> {
    let mut counts: FxHashMap<Box<str>, u64> = FxHashMap::default();
    for (part, keep, _) in &pieces.pieces {
        let ColumnPart::Values(values, codes) = part else { continue };
        let mut own = vec![0_u64; values.len()];
        codes.for_each(0..codes.len(), |row, code| {
            own[code as usize] += u64::from(keep.as_ref().is_none_or(|keep| keep.get(row)));
        });
        for (value, count) in values.iter().zip(own).filter(|(_, count)| *count > 0) {
            *counts.entry(label_of(value)).or_default() += count;
        }
    }
    counts
}

/// Every row's number; NaN is missing.
fn numbers_of(pieces: &Pieces) -> Vec<f32> {
    let tables: Vec<Vec<f32>> = pieces
        .pieces
        .iter()
        .map(|(part, ..)| match part {
            ColumnPart::Values(values, _) => {
                values.iter().map(|value| number_of(value).unwrap_or(f32::NAN)).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    pieces.fill(|at, part, row| match part {
        ColumnPart::Raw(numbers) => numbers[row],
        ColumnPart::Values(_, codes) => tables[at][codes.get(row)],
        _ => f32::NAN,
    })
}

/// Numbers that cut into `count` ranges of about equal mass; fewer where numbers tie.
fn quantiles(numbers: &[f32], count: usize) -> Vec<f32> {
    let mut sorted: Vec<f32> =
        numbers.iter().copied().filter(|number| number.is_finite()).collect();
    sorted.par_sort_unstable_by(f32::total_cmp);
    let cut = |at: usize| sorted.get(at * sorted.len() / count).copied();
    let mut cuts: Vec<f32> = (1..count).filter_map(cut).collect();
    cuts.retain(|&cut| sorted.first().is_some_and(|&first| cut > first));
    cuts.dedup();
    cuts
}

fn ranges(name: &str, pieces: &Pieces, mut cuts: Vec<f32>) -> Dimension {
    cuts.retain(|cut| cut.is_finite());
    cuts.sort_by(f32::total_cmp);
    cuts.dedup();
    let numbers = numbers_of(pieces);
    let missing = cuts.len() + 1;
    let code = |number: f32| {
        if number.is_nan() { missing } else { cuts.partition_point(|&cut| cut <= number) }
    };
    let mut labels: Vec<Box<str>> = (0..=cuts.len()).map(|at| range_label(&cuts, at)).collect();
    if numbers.par_iter().any(|number| number.is_nan()) {
        labels.push(MISSING.into());
    }
    let codes = match labels.len() {
        0..=0x100 => Codes::U8(numbers.par_iter().map(|&number| code(number) as u8).collect()),
        _ => Codes::U32(numbers.par_iter().map(|&number| code(number) as u32).collect()),
    };
    let kind = DimensionKind::Ranges;
    Dimension { name: name.into(), kind, labels, codes, folded: 0, starts: Vec::new() }
}

fn range_label(cuts: &[f32], at: usize) -> Box<str> {
    match (at.checked_sub(1).map(|at| cuts[at]), cuts.get(at)) {
        (None, None) => "all".into(),
        (None, Some(end)) => format!("below {end}").into(),
        (Some(start), None) => format!("from {start}").into(),
        (Some(start), Some(end)) => format!("{start} to {end}").into(),
    }
}
