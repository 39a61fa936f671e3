//! Which code each value of a dimension has: decided by a census of all its values, then the same for every
//! part, whether all parts are in memory at once or pass by one after the other.

use super::assemble::Pieces;
use super::builder::{ColumnPart, Value, number_of};
use super::roles::Binning;
use super::time::{self, Bucket, Hours, NO_TIME};
use crate::metrics::columns::{Bits, Codes, Dimension, DimensionKind, MISSING, OTHER};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;

/// Distinct numbers up to which each is a value of its own.
const FEW_NUMBERS: usize = 64;

/// Ranges of a dimension of many numbers.
const DEFAULT_RANGES: usize = 10;

/// Hours that a table of their buckets covers; beyond it a bucket is searched for.
const TABLE_HOURS: Hours = 1 << 20;

/// What values a column has in the rows that stay.
#[derive(Debug, Default)]
pub(super) struct Census {
    counts: FxHashMap<Box<str>, u64>,
    /// Values that are numbers in the file, and texts that spell none.
    numbers: bool,
    texts: bool,
    distinct: FxHashSet<u32>,
    /// Whether some part keeps numbers themselves, and whether one of them is missing.
    raw: bool,
    raw_missing: bool,
    hours: BTreeSet<Hours>,
    no_hours: bool,
}

/// What the rows of one part that stay have.
#[derive(Default)]
struct Tally {
    /// Of each value of its dictionary.
    counts: Vec<u64>,
    /// Ascending, each once.
    hours: Vec<Hours>,
    /// Whether a number or a time is missing.
    missing: bool,
}

impl Tally {
    fn of(part: &ColumnPart, keep: Option<&Bits>) -> Self {
        let stays = |row: usize| keep.is_none_or(|keep| keep.get(row));
        let mut own = Self::default();
        match part {
            ColumnPart::Values(values, codes) => {
                let Some(keep) = keep else {
                    own.counts = codes.counts(values.len());
                    return own;
                };
                own.counts = vec![0; values.len()];
                codes.for_each(0..codes.len(), |row, code| {
                    own.counts[code as usize] += u64::from(keep.get(row));
                });
            }
            ColumnPart::Raw(numbers) => {
                let mut rows = numbers.iter().enumerate();
                own.missing = rows.any(|(row, number)| number.is_nan() && stays(row));
            }
            ColumnPart::Hours(hours) => own.add_hours(hours, stays),
            ColumnPart::Labels(_) | ColumnPart::Floats(_) => {}
        }
        own
    }

    /// A bit an hour: logs have millions of rows and few hours.
    fn add_hours(&mut self, hours: &[Hours], stays: impl Fn(usize) -> bool) {
        let rows = || hours.iter().enumerate().filter(|&(row, _)| stays(row)).map(|(_, &own)| own);
        let (first, last, missing) =
            rows().fold((Hours::MAX, Hours::MIN, false), |(first, last, missing), own| match own {
                NO_TIME => (first, last, true),
                own => (first.min(own), last.max(own), missing),
            });
        self.missing = missing;
        if first > last {
            return;
        }
        let mut occur = Bits::new((last - first) as usize + 1, false);
        rows().filter(|&own| own != NO_TIME).for_each(|own| occur.set((own - first) as usize));
        self.hours.extend((first..=last).filter(|own| occur.get((own - first) as usize)));
    }
}

impl Census {
    pub(super) fn of(pieces: &Pieces) -> Self {
        let parts = pieces.pieces.par_iter();
        let tallies: Vec<Tally> =
            parts.map(|(part, keep, _)| Tally::of(part, keep.as_ref())).collect();
        let mut own = Self::default();
        for ((part, ..), tally) in pieces.pieces.iter().zip(tallies) {
            own.take(part, tally);
        }
        own
    }

    /// Counts a further part in, of which some rows may not stay.
    pub(super) fn add(&mut self, part: &ColumnPart, keep: Option<&Bits>) {
        self.take(part, Tally::of(part, keep));
    }

    fn take(&mut self, part: &ColumnPart, tally: Tally) {
        match part {
            ColumnPart::Values(values, _) => self.add_values(values, &tally.counts),
            ColumnPart::Raw(_) => {
                self.raw = true;
                self.raw_missing |= tally.missing;
            }
            ColumnPart::Hours(_) => {
                self.hours.extend(tally.hours);
                self.no_hours |= tally.missing;
            }
            ColumnPart::Labels(_) | ColumnPart::Floats(_) => {}
        }
    }

    fn add_values(&mut self, values: &[Value], counts: &[u64]) {
        for (value, &count) in values.iter().zip(counts) {
            match (value, number_of(value)) {
                (Value::Missing, _) => {}
                (Value::Text(_), None) => self.texts = true,
                (own, number) => {
                    self.numbers |= matches!(own, Value::Number(_));
                    self.distinct.extend(number.map(f32::to_bits));
                }
            }
            if count > 0 {
                *self.counts.entry(label_of(value)).or_default() += count;
            }
        }
    }
}

/// Gives codes.
#[derive(Debug)]
pub(super) enum Coder {
    /// Single values in their order; of folded ones the last code.
    Values { kind: DimensionKind, labels: Vec<Box<str>>, folded: usize },
    /// Numbers that cut into ranges, ascending.
    Ranges { cuts: Vec<f32>, some_missing: bool },
    /// First hours of stretches of time, ascending.
    Times { starts: Vec<Hours>, bucket: Bucket, some_missing: bool },
}

impl Coder {
    /// By the values that there are; `sample` tells the numbers that ranges are cut by.
    pub(super) fn new(
        census: &Census,
        sample: &Pieces,
        binning: &Binning,
        limit: usize,
        remark: &mut impl FnMut(String),
    ) -> Self {
        if census.numbers && census.texts {
            remark(
                "holds numbers in some parts and texts in others; all are taken as names"
                    .to_owned(),
            );
        }
        let raw = census.raw;
        let numeric = !census.texts && !census.distinct.is_empty();
        let ranges = |cuts: Vec<f32>| Self::ranges(census, cuts);
        match binning {
            Binning::Names if !raw => Self::values(census, DimensionKind::Names, limit, remark),
            Binning::Cuts(cuts) if raw || numeric => ranges(cuts.clone()),
            Binning::Quantiles(count) if raw || numeric => {
                ranges(quantiles(census, sample, *count))
            }
            _ if raw || numeric && census.distinct.len() > FEW_NUMBERS => {
                ranges(quantiles(census, sample, DEFAULT_RANGES))
            }
            _ if numeric => Self::values(census, DimensionKind::Numbers, limit, remark),
            _ => Self::values(census, DimensionKind::Names, limit, remark),
        }
    }

    /// Single values: sorted, rare ones beyond the limit folded.
    fn values(
        census: &Census,
        kind: DimensionKind,
        limit: usize,
        remark: &mut impl FnMut(String),
    ) -> Self {
        let mut labels: Vec<Box<str>> = census.counts.keys().cloned().collect();
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
                labels.iter().enumerate().map(|(at, own)| (census.counts[own], at)).collect();
            by_count.sort_by_key(|&(count, at)| (std::cmp::Reverse(count), at));
            let mut kept: Vec<usize> = by_count[..limit].iter().map(|&(_, at)| at).collect();
            kept.sort_unstable();
            let total = labels.len();
            labels = kept.into_iter().map(|at| labels[at].clone()).collect();
            labels.push(OTHER.into());
            remark(format!("has {total} values; the rarest {folded} are folded into {OTHER}"));
        }
        Self::Values { kind, labels, folded }
    }

    fn ranges(census: &Census, mut cuts: Vec<f32>) -> Self {
        cuts.retain(|cut| cut.is_finite());
        cuts.sort_by(f32::total_cmp);
        cuts.dedup();
        // What spells no number beside thousands of numbers counts as missing too.
        let spells = |label: &str| label.trim().parse::<f64>().is_ok_and(f64::is_finite);
        let some_missing = census.raw_missing || census.counts.keys().any(|own| !spells(own));
        Self::Ranges { cuts, some_missing }
    }

    pub(super) fn of_times(census: &Census, bucket: Bucket) -> Self {
        let range = census.hours.first().zip(census.hours.last());
        let bucket = match (bucket, range) {
            (Bucket::Auto, Some((&first, &last))) => time::suited(first, last),
            (bucket, _) => bucket,
        };
        let mut starts: Vec<Hours> =
            census.hours.iter().map(|&hours| time::start(hours, bucket)).collect();
        starts.dedup();
        Self::Times { starts, bucket, some_missing: census.no_hours }
    }

    fn labels(&self) -> Vec<Box<str>> {
        let (mut labels, some_missing): (Vec<Box<str>>, bool) = match self {
            Self::Values { labels, .. } => (labels.clone(), false),
            Self::Ranges { cuts, some_missing } => {
                ((0..=cuts.len()).map(|at| range_label(cuts, at)).collect(), *some_missing)
            }
            Self::Times { starts, bucket, some_missing } => {
                let labels = starts.iter().map(|&own| time::label(own, *bucket).into());
                (labels.collect(), *some_missing)
            }
        };
        if some_missing {
            labels.push(MISSING.into());
        }
        labels
    }

    /// The dimension called `name` with the codes of these parts.
    pub(super) fn dimension(&self, name: &str, pieces: &Pieces) -> Dimension {
        let labels = self.labels();
        let codes = self.codes(labels.len(), pieces);
        let (kind, folded) = match self {
            Self::Values { kind, folded, .. } => (*kind, *folded),
            Self::Ranges { .. } => (DimensionKind::Ranges, 0),
            Self::Times { .. } => (DimensionKind::Times, 0),
        };
        let starts = match self {
            Self::Times { starts, .. } => starts.iter().map(|&start| time::secs(start)).collect(),
            _ => Vec::new(),
        };
        Dimension { name: name.into(), kind, labels, codes, folded, starts }
    }

    fn codes(&self, width: usize, pieces: &Pieces) -> Codes {
        match self {
            Self::Values { labels, .. } => {
                let places: FxHashMap<&str, u32> =
                    labels.iter().enumerate().map(|(at, label)| (&**label, at as u32)).collect();
                let other = labels.len().saturating_sub(1) as u32;
                let table = |(part, ..): &(ColumnPart, Option<Bits>, usize)| match part {
                    ColumnPart::Values(values, _) => {
                        let place = |own| places.get(&*label_of(own)).copied().unwrap_or(other);
                        values.iter().map(place).collect()
                    }
                    _ => Vec::new(),
                };
                let tables: Vec<Vec<u32>> = pieces.pieces.iter().map(table).collect();
                pieces.codes(width, &tables)
            }
            Self::Ranges { cuts, .. } => narrow(width, &numbers_of(pieces), |number: f32| {
                let missing = cuts.len() + 1;
                let place = || cuts.partition_point(|&cut| cut <= number);
                (if number.is_nan() { missing } else { place() }) as u32
            }),
            Self::Times { starts, .. } => {
                let hours: Vec<Hours> = pieces.fill(|_, part, row| match part {
                    ColumnPart::Hours(hours) => hours[row],
                    _ => NO_TIME,
                });
                let first = starts.first().copied().unwrap_or(0);
                let known = hours.par_iter().copied().filter(|&own| own != NO_TIME);
                let last = known.max().unwrap_or(first);
                // The last start that is not after it; starts are of buckets that occur.
                let searched = |hours: Hours| {
                    (starts.partition_point(|&start| start <= hours) as u32).saturating_sub(1)
                };
                let table: Vec<u32> = match last - first {
                    0..TABLE_HOURS => (first..=last).map(searched).collect(),
                    _ => Vec::new(),
                };
                narrow(width, &hours, |own: Hours| match own {
                    NO_TIME => starts.len() as u32,
                    own if table.is_empty() => searched(own),
                    own => table[(own - first) as usize],
                })
            }
        }
    }
}

/// Codes as wide as `values` need.
fn narrow<T: Copy + Sync>(values: usize, all: &[T], code: impl Fn(T) -> u32 + Sync) -> Codes {
    match values {
        0..=0x100 => Codes::U8(all.par_iter().map(|&own| code(own) as u8).collect()),
        0x101..=0x1_0000 => Codes::U16(all.par_iter().map(|&own| code(own) as u16).collect()),
        _ => Codes::U32(all.par_iter().map(|&own| code(own)).collect()),
    }
}

fn label_of(value: &Value) -> Box<str> {
    match value {
        Value::Missing => MISSING.into(),
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string().into(),
    }
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

/// Numbers that cut into `count` ranges of about equal mass; fewer where numbers tie. By the counts of all
/// values, or by the sample where there are too many to count.
fn quantiles(census: &Census, sample: &Pieces, count: usize) -> Vec<f32> {
    let mut sorted: Vec<(f32, u64)> = Vec::new();
    let mut single: Vec<f32> = Vec::new();
    if census.raw {
        single = numbers_of(sample).into_iter().filter(|own| own.is_finite()).collect();
        single.par_sort_unstable_by(f32::total_cmp);
    } else {
        let number = |label: &str| label.trim().parse::<f64>().ok().map(|own| own as f32);
        let pairs = census.counts.iter().filter_map(|(own, &rows)| Some((number(own)?, rows)));
        sorted.extend(pairs.filter(|(own, _)| own.is_finite()));
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        // Rows up to and with each number.
        let mut before = 0;
        for (_, rows) in &mut sorted {
            before += *rows;
            *rows = before;
        }
    }
    let total = sorted.last().map_or(single.len() as u64, |&(_, rows)| rows);
    let at = |row: u64| match single.get(row as usize) {
        Some(&number) => Some(number),
        None => sorted.get(sorted.partition_point(|&(_, rows)| rows <= row)).map(|own| own.0),
    };
    let count = count as u64;
    let mut cuts: Vec<f32> = (1..count).filter_map(|own| at(own * total / count)).collect();
    let first = at(0);
    cuts.retain(|&cut| first.is_some_and(|first| cut > first));
    cuts.dedup();
    cuts
}

fn range_label(cuts: &[f32], at: usize) -> Box<str> {
    match (at.checked_sub(1).map(|at| cuts[at]), cuts.get(at)) {
        (None, None) => "all".into(),
        (None, Some(end)) => format!("below {end}").into(),
        (Some(start), None) => format!("from {start}").into(),
        (Some(start), Some(end)) => format!("{start} to {end}").into(),
    }
}
