//! Parquet column by column: what a column was decoded into is freed before the next one is decoded, which takes its
//! place in memory.

use super::assemble::{Part, assemble_as_read};
use super::builder::ColumnPart;
use super::parquet::{ColumnOutcome, ParquetFile};
use super::report::Faults;
use super::{
    Cancelled, Opened, OpenedFiles, PartFaults, ReadOptions, ReadReport, Role, Wanted, Watch,
    tell_faults, tell_missing_columns,
};
use crate::metrics::columns::Predictions;
use rayon::prelude::*;
use std::ops::Range;

/// Why it did not come to its end.
enum Stop {
    Cancelled,
    /// A row group cannot be decoded: none of its columns counts, those that were read before neither.
    Broken,
}

/// Columns are decoded together until each thread has so many row groups to choose from.
const GROUPS_A_THREAD: usize = 4;

/// A row group of a file.
struct Group<'a> {
    file: &'a ParquetFile,
    number: usize,
    /// Bytes that a column of it counts for.
    share: u64,
    /// By column, as they are read.
    faults: Vec<Faults>,
}

/// Reads files that are all Parquet. `None` where they are not, or where a row group of them is broken; nothing is
/// reported then.
///
/// # Errors
/// When it was cancelled.
pub(super) fn read(
    opened: &OpenedFiles,
    wanted: &[Wanted],
    report: &mut ReadReport,
    options: &ReadOptions,
    watch: &Watch<'_>,
    remarks: &mut Vec<(Box<str>, String)>,
) -> Result<Option<Predictions>, Cancelled> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (_, bytes, file) in opened {
        let Opened::Parquet(file) = file else { return Ok(None) };
        let share = bytes / (file.groups.len() * wanted.len()).max(1) as u64;
        let faults = vec![Faults::default(); wanted.len()];
        let own = |number| Group { file, number, share, faults: faults.clone() };
        groups.extend((0..file.groups.len()).map(own));
    }
    let part = |own: &Group<'_>| {
        let none = (0..wanted.len()).map(|_| ColumnPart::Floats(Vec::new())).collect();
        Part { rows: own.file.groups[own.number], columns: none, keep: None }
    };
    let mut parts: Vec<Part> = groups.iter().map(part).collect();
    let mut columns = Columns { groups, wanted, watch, has: vec![false; wanted.len()] };
    let (mut counted, mut said) = (ReadReport::default(), Vec::new());
    let judges = |at: &usize| matches!(wanted[*at].role, Role::Label | Role::Weight);
    let judging: Vec<usize> = (0..wanted.len()).filter(judges).collect();
    let outcome = columns.read(&mut parts, &judging).and_then(|()| {
        parts.iter_mut().for_each(|part| part.judge(wanted));
        counted.count(&parts);
        let read = |parts: &mut [Part], some| columns.read_ahead(parts, some);
        assemble_as_read(wanted, &report.roles.0, parts, options, None, &mut said, read)
    });
    let predictions = match outcome {
        Ok(predictions) => predictions,
        Err(Stop::Broken) => return Ok(None),
        Err(Stop::Cancelled) => return Err(Cancelled),
    };
    remarks.append(&mut said);
    (report.rows, report.left_out) = (counted.rows, counted.left_out);
    let mut groups = columns.groups.into_iter();
    for (path, _, file) in opened {
        tell_missing_columns(path, file, wanted, report);
        let Opened::Parquet(parquet) = file else { continue };
        let own = groups.by_ref().take(parquet.groups.len());
        let rows = |own: &Group<'_>| own.file.groups[own.number] as u64;
        let faults: Vec<PartFaults> =
            own.map(|own| (rows(&own), Faults::default(), own.faults)).collect();
        tell_faults(path, wanted, &faults, report);
        report.files += usize::from(parquet.rows() > 0);
    }
    Ok(Some(predictions))
}

/// The columns of all row groups, as they are asked for.
struct Columns<'a> {
    groups: Vec<Group<'a>>,
    wanted: &'a [Wanted],
    watch: &'a Watch<'a>,
    /// By column, whether it was read.
    has: Vec<bool>,
}

impl Columns<'_> {
    /// Reads the columns of a range, and as many more as it takes to keep all threads at work.
    fn read_ahead(&mut self, parts: &mut [Part], some: Range<usize>) -> Result<(), Stop> {
        let jobs = GROUPS_A_THREAD * rayon::current_num_threads();
        let most = jobs.div_ceil(self.groups.len().max(1)).max(some.len());
        if some.clone().all(|at| self.has[at]) {
            return Ok(());
        }
        let missing = (some.start..self.wanted.len()).filter(|&at| !self.has[at]);
        let next: Vec<usize> = missing.take(most).collect();
        self.read(parts, &next)
    }

    fn read(&mut self, parts: &mut [Part], columns: &[usize]) -> Result<(), Stop> {
        let groups = &self.groups;
        let jobs: Vec<(usize, usize)> =
            columns.iter().flat_map(|&at| (0..groups.len()).map(move |own| (own, at))).collect();
        let read = jobs.par_iter().with_max_len(1).map(|&(own, at)| {
            let group = &groups[own];
            let outcome = group.file.column(group.number, &self.wanted[at], self.watch);
            self.watch.advance(group.share);
            outcome
        });
        let read: Vec<ColumnOutcome> =
            read.collect::<Result<_, Cancelled>>().map_err(|Cancelled| Stop::Cancelled)?;
        for ((own, at), outcome) in jobs.into_iter().zip(read) {
            let (column, faults) = outcome.map_err(|_| Stop::Broken)?;
            parts[own].columns[at] = column;
            self.groups[own].faults[at] = faults;
        }
        columns.iter().for_each(|&at| self.has[at] = true);
        Ok(())
    }
}
