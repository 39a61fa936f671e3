//! Parts of files into the columns of one table.
//!
//! Dictionaries of parts are local; here they become one, sorted, so that codes do not depend on the
//! order in which parts were read. The parts of some columns are freed before the next ones are put together.

use super::builder::{BROKEN, ColumnPart, POSITIVE, UNKNOWN};
use super::coder::{Census, Coder};
use super::roles::{Binning, ColumnRole, Role};
use super::{ReadOptions, Wanted};
use crate::metrics::bins;
use crate::metrics::cell::Scale;
use crate::metrics::columns::{Bits, Codes, Dimension, Model, Predictions, Scores};
use rayon::prelude::*;
use std::sync::Arc;

/// The columns of one part.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) rows: usize,
    /// In the order in which they are wanted; taken one by one.
    pub(super) columns: Vec<ColumnPart>,
    /// Rows that stay; all of them where this is `None`.
    pub(super) keep: Option<Bits>,
}

impl Part {
    pub(super) fn new(rows: usize, columns: Vec<ColumnPart>, wanted: &[Wanted]) -> Self {
        let mut own = Self { rows, columns, keep: None };
        own.judge(wanted);
        own
    }

    /// Decides by labels and weights which rows stay.
    pub(super) fn judge(&mut self, wanted: &[Wanted]) {
        let rows = self.rows;
        let broken = |(column, wanted): (&ColumnPart, &Wanted)| match (column, wanted.role) {
            (ColumnPart::Labels(labels), _) if labels.contains(&BROKEN) => {
                Some(Bits::from_fn(rows, |row| labels[row] != BROKEN))
            }
            (ColumnPart::Floats(weights), Role::Weight) if has_nan(weights) => {
                Some(Bits::from_fn(rows, |row| !weights[row].is_nan()))
            }
            _ => None,
        };
        let broken = self.columns.iter().zip(wanted).filter_map(broken);
        self.keep = broken.reduce(|a, b| a.and(&b));
    }

    pub(super) fn kept(&self) -> usize {
        self.keep.as_ref().map_or(self.rows, Bits::count)
    }

    /// Some of its rows, all of which stay.
    pub(super) fn pick(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| column.pick(rows)).collect();
        Self { rows: rows.len(), columns, keep: None }
    }

    fn take(&mut self, at: usize) -> ColumnPart {
        std::mem::replace(&mut self.columns[at], ColumnPart::Floats(Vec::new()))
    }
}

/// One column's parts, with the rows that stay.
pub(super) struct Pieces {
    pub(super) pieces: Vec<(ColumnPart, Option<Bits>, usize)>,
    rows: usize,
}

impl Pieces {
    pub(super) fn take(parts: &mut [Part], at: usize) -> Self {
        let rows = parts.iter().map(Part::kept).sum();
        let piece = |part: &mut Part| (part.take(at), part.keep.clone(), part.kept());
        Self { pieces: parts.iter_mut().map(piece).collect(), rows }
    }

    /// The same while the parts are needed further.
    pub(super) fn look(parts: &[Part], at: usize) -> Self {
        let rows = parts.iter().map(Part::kept).sum();
        let piece = |part: &Part| (part.columns[at].clone(), part.keep.clone(), part.kept());
        Self { pieces: parts.iter().map(piece).collect(), rows }
    }

    /// Writes `value(piece, row within it)` of every row that stays into a column, over all threads.
    pub(super) fn fill<T: Copy + Default + Send>(
        &self,
        value: impl Fn(usize, &ColumnPart, usize) -> T + Sync,
    ) -> Vec<T> {
        self.written(|at, part, keep, own| match keep {
            None => own.iter_mut().enumerate().for_each(|(row, slot)| *slot = value(at, part, row)),
            Some(keep) => {
                let stays = (0..keep.len()).filter(|&row| keep.get(row));
                own.iter_mut().zip(stays).for_each(|(slot, row)| *slot = value(at, part, row));
            }
        })
    }

    /// A column of which `write` fills the rows of each piece, over all threads.
    fn written<T: Copy + Default + Send>(
        &self,
        write: impl Fn(usize, &ColumnPart, Option<&Bits>, &mut [T]) + Sync,
    ) -> Vec<T> {
        let mut column = vec![T::default(); self.rows];
        let mut jobs = Vec::with_capacity(self.pieces.len());
        let mut rest = column.as_mut_slice();
        for (at, (part, keep, kept)) in self.pieces.iter().enumerate() {
            let (own, tail) = rest.split_at_mut(*kept);
            rest = tail;
            jobs.push((at, part, keep.as_ref(), own));
        }
        jobs.into_par_iter().for_each(|(at, part, keep, own)| write(at, part, keep, own));
        column
    }

    /// Codes of every row, each piece's by its own table.
    pub(super) fn codes(&self, values: usize, tables: &[Vec<u32>]) -> Codes {
        match values {
            0..=0x100 => Codes::U8(self.recoded(tables, |code| code as u8)),
            0x101..=0x1_0000 => Codes::U16(self.recoded(tables, |code| code as u16)),
            _ => Codes::U32(self.recoded(tables, |code| code)),
        }
    }

    fn recoded<T: Copy + Default + Send + Sync>(
        &self,
        tables: &[Vec<u32>],
        narrow: impl Fn(u32) -> T,
    ) -> Vec<T> {
        let tables: Vec<Vec<T>> =
            tables.iter().map(|table| table.iter().map(|&code| narrow(code)).collect()).collect();
        self.written(|at, part, keep, own| {
            let ColumnPart::Values(_, codes) = part else { return };
            let table = &tables[at];
            let Some(keep) = keep else { return codes.translate(table, own) };
            let mut slots = own.iter_mut();
            codes.for_each(0..codes.len(), |row, code| {
                if keep.get(row)
                    && let Some(slot) = slots.next()
                {
                    *slot = table[code as usize];
                }
            });
        })
    }

    fn floats(&self) -> Vec<f32> {
        self.written(|_, part, keep, own| match (part, keep) {
            (ColumnPart::Floats(values), None) => own.copy_from_slice(values),
            (ColumnPart::Floats(values), Some(keep)) => {
                let stays = values.iter().enumerate().filter(|(row, _)| keep.get(*row));
                own.iter_mut().zip(stays).for_each(|(slot, (_, &value))| *slot = value);
            }
            _ => own.fill(f32::NAN),
        })
    }
}

/// Columns that are put together at a time: while one waits for a step that a single thread makes, the other
/// goes on. Numbers are wide, and what they are made of is held beside them: one at a time.
fn at_a_time(wanted: &[Wanted]) -> Vec<std::ops::Range<usize>> {
    let is_wide = |own: &Wanted| matches!(own.role, Role::Score | Role::Weight);
    let (mut all, mut start) = (Vec::new(), 0);
    while start < wanted.len() {
        let narrow = wanted[start..].iter().take(2).take_while(|own| !is_wide(own)).count();
        all.push(start..start + narrow.max(1));
        start += narrow.max(1);
    }
    all
}

/// Puts the parts together. Says which dimensions were folded or mixed. Codes are those of `coders`, by
/// wanted column, where these are known beforehand.
pub(super) fn assemble(
    wanted: &[Wanted],
    roles: &[ColumnRole],
    parts: Vec<Part>,
    options: &ReadOptions,
    coders: Option<&[Option<Coder>]>,
    remarks: &mut Vec<(Box<str>, String)>,
) -> Predictions {
    let all = |_: &mut [Part], _| Ok::<_, std::convert::Infallible>(());
    let Ok(own) = assemble_as_read(wanted, roles, parts, options, coders, remarks, all);
    own
}

/// The same where columns of parts come when they are needed: `read` brings those of a range, while those before are
/// put together.
///
/// # Errors
/// Those of `read`.
pub(super) fn assemble_as_read<E: Send>(
    wanted: &[Wanted],
    roles: &[ColumnRole],
    mut parts: Vec<Part>,
    options: &ReadOptions,
    coders: Option<&[Option<Coder>]>,
    remarks: &mut Vec<(Box<str>, String)>,
    mut read: impl FnMut(&mut [Part], std::ops::Range<usize>) -> Result<(), E> + Send,
) -> Result<Predictions, E> {
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
    let ranges = at_a_time(wanted);
    let first = ranges.first().cloned().unwrap_or_default();
    read(&mut parts, first)?;
    for (at, some) in ranges.iter().enumerate() {
        let pieces: Vec<Pieces> = some.clone().map(|at| Pieces::take(&mut parts, at)).collect();
        let put_together = |(at, pieces): (usize, Pieces)| {
            let binning = role_of(&wanted[at]).map_or(&Binning::Auto, |role| &role.binning);
            let coder = coders.and_then(|own| own[at].as_ref());
            Assembled::of(&wanted[at], &pieces, binning, coder, options)
        };
        let columns = || -> Vec<(Assembled, Vec<String>)> {
            some.clone().into_par_iter().zip(pieces).with_max_len(1).map(put_together).collect()
        };
        let next = ranges.get(at + 1).cloned();
        let read_next = || next.map_or(Ok(()), |next| read(&mut parts, next));
        let (columns, outcome) = rayon::join(columns, read_next);
        outcome?;
        for (column, (assembled, said)) in wanted[some.clone()].iter().zip(columns) {
            remarks.extend(said.into_iter().map(|text| (column.column.clone(), text)));
            match assembled {
                Assembled::Labels(known, positive) => {
                    (own.labelled, own.positive) = (known, positive);
                }
                Assembled::Weights(weights) => own.weights = weights,
                Assembled::Dimension(dimension) => own.dimensions.push(dimension),
                Assembled::Names(dimension) => names.push(dimension),
                Assembled::Scores(scores, rows) => {
                    if !long {
                        let name = role_of(column).map_or("", |role| &role.model).into();
                        own.models.push(Model { name, scores: own.scores.len(), rows });
                    }
                    own.scores.push(scores);
                }
                Assembled::Nothing => {}
            }
        }
    }
    if long && !own.scores.is_empty() {
        own.models = models_of(&names, &own.scores[0]);
    }
    let most = |all: &[f32]| all.par_iter().copied().reduce(|| 0.0, f32::max);
    let largest = own.weights.as_deref().map_or(1.0, most);
    own.scale = Scale::new(f64::from(if largest > 0.0 { largest } else { 1.0 }), rows);
    Ok(own)
}

/// What became of a column.
enum Assembled {
    /// Which rows have a label, where some have none, and which a positive one.
    Labels(Option<Bits>, Bits),
    Weights(Option<Vec<f32>>),
    Dimension(Dimension),
    /// Part of the names of models.
    Names(Dimension),
    /// With the rows that have a score, where some have none.
    Scores(Scores, Option<Arc<Bits>>),
    Nothing,
}

impl Assembled {
    /// The column, and what is to be said of it.
    fn of(
        wanted: &Wanted,
        pieces: &Pieces,
        binning: &Binning,
        coder: Option<&Coder>,
        options: &ReadOptions,
    ) -> (Self, Vec<String>) {
        let mut said = Vec::new();
        let mut remark = |text: String| said.push(text);
        let assembled = match wanted.role {
            Role::Label => {
                let (known, positive) = labels(pieces);
                Self::Labels(known, positive)
            }
            Role::Weight => Self::Weights(weights(pieces)),
            Role::Time | Role::Dimension => {
                let found;
                let coder = match coder {
                    Some(coder) => coder,
                    None => {
                        let census = Census::of(pieces);
                        found = if wanted.role == Role::Time {
                            Coder::of_times(&census, options.bucket)
                        } else {
                            Coder::new(&census, pieces, binning, options.values, &mut remark)
                        };
                        &found
                    }
                };
                Self::Dimension(coder.dimension(&wanted.column, pieces))
            }
            Role::Score => {
                let scores = bins::bin(pieces.floats(), options.bins);
                let scored = scored(&scores);
                Self::Scores(scores, scored)
            }
            Role::Model | Role::Version => {
                let census = Census::of(pieces);
                let coder = Coder::new(&census, pieces, &Binning::Names, usize::MAX, &mut remark);
                Self::Names(coder.dimension(&wanted.column, pieces))
            }
            Role::Ignored => Self::Nothing,
        };
        (assembled, said)
    }
}

/// Without a way out of each stretch, so that the compiler looks at several at once.
fn has_nan(values: &[f32]) -> bool {
    values.par_chunks(1 << 14).any(|some| some.iter().fold(false, |any, own| any | own.is_nan()))
}

fn labels(pieces: &Pieces) -> (Option<Bits>, Bits) {
    let all: Vec<u8> = pieces.fill(|_, part, row| match part {
        ColumnPart::Labels(labels) => labels[row],
        _ => UNKNOWN,
    });
    let positive = Bits::from_fn(all.len(), |row| all[row] == POSITIVE);
    let some_unknown = all.par_iter().any(|&own| own == UNKNOWN);
    let known = some_unknown.then(|| Bits::from_fn(all.len(), |row| all[row] != UNKNOWN));
    (known, positive)
}

fn weights(pieces: &Pieces) -> Option<Vec<f32>> {
    let all = pieces.floats();
    all.iter().any(|&weight| weight != 1.0).then_some(all)
}

/// The rows with a score, unless all have one.
fn scored(scores: &Scores) -> Option<Arc<Bits>> {
    let values = &scores.values;
    let some_missing = has_nan(values);
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
