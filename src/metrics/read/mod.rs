//! Files of predictions into columns: Parquet, CSV and NDJSON, the latter two also packed with gzip
//! or zstd; one file, many, or folders of parts.
//!
//! Only the columns in use are decoded; Parquet row groups and blocks of text are read over all
//! threads. Broken input is data: what cannot be used is left out, counted, and told with its file, row
//! group or row, and column. Start reading at [`read`]; [`inspect`] tells beforehand what the columns
//! would be taken for.

mod aggregate;
mod assemble;
mod builder;
mod by_column;
mod coder;
mod parquet;
mod report;
mod roles;
mod text;
mod time;

#[cfg(test)]
mod tests;

pub use report::{ReadProblem, ReadReport, Spot};
pub use roles::{Binning, ColumnRole, Role, Roles};
pub use time::Bucket;
pub(in crate::metrics) use time::start_of_label;

use super::bins::DEFAULT_BINS;
use super::columns::Predictions;
use super::cube::SliceCube;
use crate::model::Severity;
use assemble::Part;
use rayon::prelude::*;
use report::{Faults, problems_of_faults};
use rustc_hash::FxHashSet;
use std::path::{Path, PathBuf};

/// The reading was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// How predictions are read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// What columns are declared to be; the others are guessed.
    pub roles: Roles,
    /// Bins of scores.
    pub bins: usize,
    /// Values that a dimension may have before the rarest are folded into one.
    pub values: usize,
    pub bucket: Bucket,
    /// Bytes that columns may take, reading included.
    pub memory: u64,
}

/// Values of a dimension that anybody would look through.
pub const DEFAULT_VALUES: usize = 1000;

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            roles: Roles::default(),
            bins: DEFAULT_BINS,
            values: DEFAULT_VALUES,
            bucket: Bucket::Auto,
            memory: default_memory(),
        }
    }
}

/// A quarter of the machine's memory, or 2 GB where that cannot be told.
pub fn default_memory() -> u64 {
    let info = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kib.map_or(2 << 30, |kib| kib * 1024 / 4)
}

/// Who waits for a reading: asked whether to go on, and told how far it is.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Whether the reading should stop; asked every few milliseconds, from any thread.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
    /// Called with bytes that were read since the last call.
    pub advanced: &'a (dyn Fn(u64) + Sync),
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Watch<'static> {
    /// Nobody waits.
    pub fn none() -> Self {
        Self { cancelled: &|| false, advanced: &|_| {} }
    }
}

impl Watch<'_> {
    fn is_cancelled(&self) -> bool {
        (self.cancelled)()
    }

    fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    fn advance(&self, bytes: u64) {
        (self.advanced)(bytes);
    }
}

/// Why there are no predictions.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("no predictions could be read{}", lines(problems))]
    Nothing { problems: Vec<ReadProblem> },
    #[error("{0}")]
    Cube(String),
    #[error(
        "{} is a cube and {} holds rows, so that rows could count twice; give one or the other",
        cube.display(),
        rows.display()
    )]
    Mixed { cube: PathBuf, rows: PathBuf },
}

fn lines(problems: &[ReadProblem]) -> String {
    problems.iter().map(|problem| format!("\n{problem}")).collect()
}

/// Predictions and how they came to be.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// All rows; sums of cells where they would not fit the memory.
    pub predictions: Predictions,
    /// Some of the rows, evenly drawn, where the others are sums: for what takes single scores.
    pub sample: Option<Predictions>,
    pub report: ReadReport,
}

/// Parts of a cube as one. A part that cannot be read or does not fit the others is left out, and said.
fn read_cubes(files: &[PathBuf], mut problems: Vec<ReadProblem>) -> Result<Loaded, ReadError> {
    let mut whole: Option<(String, SliceCube)> = None;
    let (mut parts, mut bytes) = (0, 0);
    for path in files {
        let name = path.to_string_lossy();
        let added = SliceCube::read(path).and_then(|part| match &mut whole {
            Some((first, whole)) => whole.add(part, first),
            None => {
                whole = Some((name.clone().into_owned(), part));
                Ok(())
            }
        });
        match added {
            Ok(()) => {
                parts += 1;
                bytes += std::fs::metadata(path).map_or(0, |own| own.len());
            }
            Err(error) => {
                let problem =
                    ReadProblem::new(Severity::Error, path, Spot::File, error.to_string());
                problems.push(problem.hint("write this part of the cube again"));
            }
        }
    }
    let Some((_, mut whole)) = whole else { return Err(ReadError::Nothing { problems }) };
    whole.settle();
    let predictions = Predictions::from(&whole);
    let report = ReadReport {
        files: parts,
        bytes,
        rows: predictions.counted_rows(),
        unlabelled: predictions.unlabelled() as u64,
        problems,
        ..Default::default()
    };
    Ok(Loaded { predictions, sample: None, report })
}

/// A column that is read, and as what.
#[derive(Clone, Debug)]
struct Wanted {
    column: Box<str>,
    role: Role,
}

/// An opened file.
#[derive(Debug)]
enum Opened {
    Parquet(parquet::ParquetFile),
    Text(text::TextFile),
}

impl Opened {
    fn open(path: &Path) -> Result<Self, ReadProblem> {
        use std::io::Read;
        let mut head = Vec::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(4).read_to_end(&mut head));
        if let Err(error) = read {
            let problem = ReadProblem::new(Severity::Error, path, Spot::File, error.to_string());
            return Err(problem.hint("check the path and that it may be read"));
        }
        // A file that says that it is Parquet and is not was cut off at its head.
        let named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        if head.starts_with(parquet::MAGIC) || named {
            return Ok(Self::Parquet(parquet::ParquetFile::open(path)?));
        }
        Ok(Self::Text(text::TextFile::open(path)?))
    }

    fn columns(&self) -> &[String] {
        match self {
            Self::Parquet(own) => &own.columns,
            Self::Text(own) => &own.columns,
        }
    }

    /// Rows; for text an estimate.
    fn rows(&self, bytes: u64) -> u64 {
        match self {
            Self::Parquet(own) => own.rows() as u64,
            Self::Text(own) => (bytes as f64 / own.line_bytes.max(1.0)) as u64,
        }
    }
}

/// Files below the paths, in the order of their paths; those of a folder by their endings.
fn files_of(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<ReadProblem>) {
    const ENDINGS: &[&str] = &["parquet", "csv", "tsv", "ndjson", "jsonl", "json", "gz", "zst"];
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let mut open: Vec<PathBuf> = paths.to_vec();
    while let Some(path) = open.pop() {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                let problem =
                    ReadProblem::new(Severity::Error, &path, Spot::File, error.to_string());
                problems.push(problem.hint("check that the folder may be read"));
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            // Writers leave _SUCCESS, _metadata and .crc beside their parts.
            let hidden = name.to_string_lossy().starts_with(['_', '.']);
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
            let known = ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()));
            if !hidden && (known || path.is_dir()) {
                open.push(path);
            }
        }
    }
    files.sort();
    files.dedup();
    (files, problems)
}

/// What the columns of the files would be taken for, without reading their rows.
///
/// # Errors
/// When no file can be opened.
pub fn inspect(paths: &[PathBuf], declared: &Roles) -> Result<ReadReport, ReadError> {
    let (opened, report) = open_all(files_of(paths), declared)?;
    drop(opened);
    Ok(report)
}

type OpenedFiles = Vec<(PathBuf, u64, Opened)>;

fn open_all(
    (files, mut problems): (Vec<PathBuf>, Vec<ReadProblem>),
    declared: &Roles,
) -> Result<(OpenedFiles, ReadReport), ReadError> {
    let mut opened: OpenedFiles = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for path in files {
        match Opened::open(&path) {
            Ok(file) => {
                let mut own: FxHashSet<&str> = FxHashSet::default();
                for column in file.columns() {
                    if !own.insert(column) {
                        problems.extend(told_twice(&path, column));
                    } else if !columns.contains(column) {
                        columns.push(column.clone());
                    }
                }
                let bytes = std::fs::metadata(&path).map_or(0, |own| own.len());
                opened.push((path, bytes, file));
            }
            Err(problem) => problems.push(problem),
        }
    }
    let Some((first, ..)) = opened.first() else {
        return Err(ReadError::Nothing { problems });
    };
    let roles = roles::assign(first, &columns, declared, &mut problems);
    if roles.of(Role::Score).next().is_none() {
        let message = format!("no column looks like a score; there are {}", columns.join(", "));
        let problem = ReadProblem::new(Severity::Error, first, Spot::File, message);
        problems.push(problem.hint("declare the column of probabilities"));
        return Err(ReadError::Nothing { problems });
    }
    let report = ReadReport {
        problems,
        roles,
        bytes: opened.iter().map(|(_, bytes, _)| bytes).sum(),
        ..Default::default()
    };
    Ok((opened, report))
}

/// That a column comes again; nothing of columns without a name, which nobody can mean.
fn told_twice(path: &Path, column: &str) -> Option<ReadProblem> {
    let message = "another column before it has the same name".to_owned();
    let problem = ReadProblem::new(Severity::Warning, path, Spot::File, message).column(column);
    (!column.is_empty()).then(|| problem.hint("the first of them is read; rename the others"))
}

/// Reads all files into one table. The result does not depend on the order of `paths`, nor on threads.
/// Files that are parts of a cube give its cells.
///
/// # Errors
/// When it was cancelled or nothing could be read. Anything less is told in the report. Rows beyond the
/// memory that is allowed are read twice, become exact sums by cell, and leave a sample.
pub fn read(
    paths: &[PathBuf],
    options: &ReadOptions,
    watch: &Watch<'_>,
) -> Result<Loaded, ReadError> {
    let (files, problems) = files_of(paths);
    let (cubes, rows): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|path| SliceCube::is_in(path));
    match (&cubes[..], &rows[..]) {
        ([], _) => {}
        (cubes, []) => return read_cubes(cubes, problems),
        ([cube, ..], [rows, ..]) => {
            return Err(ReadError::Mixed { cube: cube.clone(), rows: rows.clone() });
        }
    }
    let (opened, mut report) = open_all((rows, problems), &options.roles)?;
    let wanted = wanted(&report.roles);
    let rows = rows_of(&opened);
    let needed = rows.saturating_mul(bytes_of_row(&wanted));
    if needed > options.memory {
        return aggregate::aggregate(&opened, rows, &wanted, report, options, watch);
    }
    let mut remarks = Vec::new();
    let found = by_column::read(&opened, &wanted, &mut report, options, watch, &mut remarks)?;
    let predictions = match found {
        Some(predictions) => predictions,
        None => {
            let mut parts: Vec<Part> = Vec::new();
            let take = &mut |own: Vec<Part>| {
                parts.extend(own);
                Ok(())
            };
            stream(&opened, &wanted, Flow::All, watch, &mut report, take)?;
            assemble::assemble(&wanted, &report.roles.0, parts, options, None, &mut remarks)
        }
    };
    if report.rows == report.left_out {
        return Err(ReadError::Nothing { problems: report.problems });
    }
    watch.check()?;
    let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
    report.remark(first, remarks);
    report.unlabelled = predictions.unlabelled() as u64;
    Ok(Loaded { predictions, sample: None, report })
}

/// How much is in memory at once while files are gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// As much as there is.
    All,
    /// A row group, or this many blocks of text.
    Blocks(usize),
}

/// Goes through all files in their order, row group by row group, and tells what is wrong with them.
fn stream(
    opened: &OpenedFiles,
    wanted: &[Wanted],
    flow: Flow,
    watch: &Watch<'_>,
    report: &mut ReadReport,
    take: &mut dyn FnMut(Vec<Part>) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    for (path, bytes, file) in opened {
        let before = report.rows;
        tell_missing_columns(path, file, wanted, report);
        let mut faults: Vec<PartFaults> = Vec::new();
        match file {
            Opened::Parquet(file) => {
                let step = if flow == Flow::All { file.groups.len().max(1) } else { 1 };
                for start in (0..file.groups.len()).step_by(step) {
                    let groups = start..(start + step).min(file.groups.len());
                    let file = (path.as_path(), *bytes, file);
                    let parts = read_groups(file, groups, wanted, watch, &mut faults, report)?;
                    report.count(&parts);
                    take(parts)?;
                }
                tell_faults(path, wanted, &faults, report);
            }
            Opened::Text(file) => {
                let blocks = if let Flow::Blocks(count) = flow { count } else { usize::MAX };
                let mut outcome = Ok(());
                let mut sort = |read: Vec<text::TextPart>| {
                    let mut parts = Vec::with_capacity(read.len());
                    for part in read {
                        let (columns, own): (Vec<_>, Vec<_>) = part.columns.into_iter().unzip();
                        faults.push((part.rows as u64, part.faults, own));
                        parts.push(Part::new(part.rows, columns, wanted));
                    }
                    report.count(&parts);
                    if outcome.is_ok() {
                        outcome = take(parts);
                    }
                };
                let problem = file.read(path, wanted, watch, blocks, &mut sort)?;
                outcome?;
                tell_faults(path, wanted, &faults, report);
                report.problems.extend(problem);
            }
        }
        report.files += usize::from(report.rows > before);
    }
    Ok(())
}

/// The columns in use. A table with a row a model has one score, the first.
fn wanted(roles: &Roles) -> Vec<Wanted> {
    let long = roles.0.iter().any(|own| matches!(own.role, Role::Model | Role::Version));
    let mut scores = 0;
    let used = roles.0.iter().filter(|own| {
        scores += usize::from(own.role == Role::Score);
        own.role != Role::Ignored && !(long && own.role == Role::Score && scores > 1)
    });
    used.map(|own| Wanted { column: own.column.clone(), role: own.role }).collect()
}

/// Bytes of a row of a column, while it is read and put together.
fn row_bytes(role: Role) -> u64 {
    match role {
        Role::Time => 5,
        Role::Score => 6,
        Role::Weight => 4,
        Role::Label | Role::Model | Role::Version | Role::Dimension => 1,
        Role::Ignored => 0,
    }
}

/// Rows of all files; of text an estimate.
fn rows_of(opened: &OpenedFiles) -> u64 {
    opened.iter().fold(0, |rows, (_, bytes, file)| rows.saturating_add(file.rows(*bytes)))
}

/// Bytes of a row of all columns, with the one that is put together twice.
fn bytes_of_row(wanted: &[Wanted]) -> u64 {
    let each = || wanted.iter().map(|own| row_bytes(own.role));
    each().sum::<u64>() + each().max().unwrap_or(0)
}

fn tell_missing_columns(path: &Path, file: &Opened, wanted: &[Wanted], report: &mut ReadReport) {
    for own in wanted.iter().filter(|own| !file.columns().iter().any(|name| **name == *own.column))
    {
        let message = "other files have this column and this one has not".to_owned();
        let problem = ReadProblem::new(Severity::Warning, path, Spot::File, message);
        let hint = match own.role {
            Role::Weight => "its rows are left out, because they have no weight",
            _ => "its rows count as missing there",
        };
        report.problems.push(problem.column(&own.column).hint(hint));
    }
}

/// Faults of each part with the rows that it has: of lines, then of columns.
type PartFaults = (u64, Faults, Vec<Faults>);

fn tell_faults(path: &Path, wanted: &[Wanted], parts: &[PartFaults], report: &mut ReadReport) {
    let mut all: Vec<(u64, &str, &Faults)> = Vec::new();
    let mut before = 0;
    for (rows, lines, columns) in parts {
        all.push((before, "", lines));
        let named = wanted.iter().zip(columns);
        all.extend(named.map(|(own, faults)| (before, &*own.column, faults)));
        before += rows;
    }
    report.problems.extend(problems_of_faults(path, &all));
}

/// Reads every wanted column of some row groups, all of them over all threads. A row group with a column
/// that cannot be decoded is left out whole.
fn read_groups(
    (path, bytes, file): (&Path, u64, &parquet::ParquetFile),
    groups: std::ops::Range<usize>,
    wanted: &[Wanted],
    watch: &Watch<'_>,
    faults: &mut Vec<PartFaults>,
    report: &mut ReadReport,
) -> Result<Vec<Part>, Cancelled> {
    let share = bytes / (file.groups.len() * wanted.len()).max(1) as u64;
    let jobs: Vec<(usize, usize)> =
        groups.clone().flat_map(|group| (0..wanted.len()).map(move |at| (group, at))).collect();
    let read = jobs.par_iter().with_max_len(1).map(|&(group, at)| {
        let outcome = file.column(group, &wanted[at], watch);
        watch.advance(share);
        outcome
    });
    let mut outcomes = read.collect::<Result<Vec<_>, Cancelled>>()?.into_iter();
    let mut parts = Vec::new();
    for group in groups {
        let rows = file.groups[group];
        let own: Vec<_> = outcomes.by_ref().take(wanted.len()).collect();
        let broken =
            own.iter().zip(wanted).find_map(|(own, wanted)| Some((own.as_ref().err()?, wanted)));
        if let Some((reason, wanted)) = broken {
            let message = format!("the row group cannot be decoded: {reason}");
            let problem = ReadProblem::new(Severity::Error, path, Spot::RowGroup(group), message);
            let problem = problem.column(&wanted.column);
            let problem = problem.hint("its rows are left out; write the file again");
            report.problems.push(ReadProblem { rows: rows as u64, ..problem });
            faults.push((rows as u64, Faults::default(), Vec::new()));
            continue;
        }
        let (columns, own): (Vec<_>, Vec<_>) = own.into_iter().flatten().unzip();
        faults.push((rows as u64, Faults::default(), own));
        parts.push(Part::new(rows, columns, wanted));
    }
    Ok(parts)
}
