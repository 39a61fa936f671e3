//! What became of the files: problems with their place, and what was left out.

use super::roles::Roles;
use crate::model::Severity;
use std::fmt;
use std::path::Path;

/// Where in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// The file as a whole.
    File,
    /// Row group of a Parquet file, from 0.
    RowGroup(usize),
    /// Row of the data, from 1; the header does not count.
    Row(u64),
}

/// One thing wrong with predictions: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadProblem {
    pub severity: Severity,
    /// Path as given or found.
    pub file: Box<str>,
    pub spot: Spot,
    pub column: Option<Box<str>>,
    /// What is, in one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Rows that it concerns; 0 where that is not known.
    pub rows: u64,
}

impl ReadProblem {
    pub(super) fn new(severity: Severity, file: &Path, spot: Spot, message: String) -> Self {
        Self {
            severity,
            file: file.to_string_lossy().into(),
            spot,
            column: None,
            message,
            hint: String::new(),
            rows: 0,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(super) fn column(mut self, column: &str) -> Self {
        self.column = Some(column.into());
        self
    }
}

/// `file, row 7, column label: message (hint)`.
impl fmt::Display for ReadProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.spot {
            Spot::File => {}
            Spot::RowGroup(group) => write!(f, ", row group {group}")?,
            Spot::Row(row) => write!(f, ", row {row}")?,
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

/// What was read, what was not, and how columns were understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadReport {
    /// In the order of files, then places.
    pub problems: Vec<ReadProblem>,
    /// What each column was taken for; to be shown and confirmed where it was guessed.
    pub roles: Roles,
    /// Files that gave rows.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// Rows of the files that could be decoded.
    pub rows: u64,
    /// Rows left out, because their label or weight is none.
    pub left_out: u64,
    /// Rows kept without a label.
    pub unlabelled: u64,
    /// Dimensions that only the sample has, because with them there would be too many cells.
    pub sample_only: Vec<Box<str>>,
}

impl ReadReport {
    pub(super) fn count(&mut self, parts: &[super::assemble::Part]) {
        for part in parts {
            self.rows += part.rows as u64;
            self.left_out += (part.rows - part.kept()) as u64;
        }
    }

    /// Takes notes about columns.
    pub(super) fn remark(&mut self, file: &Path, remarks: Vec<(Box<str>, String)>) {
        for (column, message) in remarks {
            let problem = ReadProblem::new(Severity::Note, file, Spot::File, message);
            self.problems.push(problem.column(&column));
        }
    }
}

/// What is wrong with single values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FaultKind {
    Label,
    Weight,
    Score,
    Time,
    Zone,
    Fields,
    Json,
}

impl FaultKind {
    const fn message(self) -> &'static str {
        match self {
            Self::Label => "labels that are neither 0 nor 1",
            Self::Weight => "weights that are missing, negative or not finite",
            Self::Score => "scores that are not within 0 to 1",
            Self::Time => "times that cannot be read",
            Self::Zone => "times without a zone, taken as UTC",
            Self::Fields => "rows with another number of fields than the header",
            Self::Json => "lines that are no JSON object",
        }
    }

    const fn hint(self) -> &'static str {
        match self {
            Self::Label => "these rows are left out; a label is 0, 1, true, false or empty",
            Self::Weight => "these rows are left out; a weight is a number from 0 on",
            Self::Score => {
                "these rows count as not scored; give probabilities, not log odds or ranks"
            }
            Self::Time => {
                "these rows count under (missing); write seconds since 1970 or 2026-11-15T08:00:00Z"
            }
            Self::Zone => "write the zone, as in 2026-11-15T08:00:00Z",
            Self::Fields => "these rows are left out; quote fields that hold the delimiter",
            Self::Json => "these lines are left out; write one object a line",
        }
    }

    const fn severity(self) -> Severity {
        match self {
            Self::Zone => Severity::Note,
            Self::Score | Self::Time => Severity::Warning,
            Self::Label | Self::Weight | Self::Fields | Self::Json => Severity::Error,
        }
    }
}

/// Faults of one kind in one column of a part.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) rows: u64,
    /// Row of the first, within the part, from 0.
    pub(super) first: u64,
    /// What stands there.
    pub(super) example: String,
}

/// Counts faults by kind; a list, for there are few.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// Counts one, and keeps the first of its kind.
    pub(super) fn add(&mut self, kind: FaultKind, row: usize, example: impl FnOnce() -> String) {
        match self.0.iter_mut().find(|fault| fault.kind == kind) {
            Some(fault) => fault.rows += 1,
            None => {
                let example = example().chars().take(40).collect();
                self.0.push(Fault { kind, rows: 1, first: row as u64, example });
            }
        }
    }
}

/// A problem for each column and kind of a file; `parts` come with the number of rows before them.
pub(super) fn problems_of_faults(file: &Path, parts: &[(u64, &str, &Faults)]) -> Vec<ReadProblem> {
    let mut found: Vec<(Fault, &str)> = Vec::new();
    for (before, column, faults) in parts {
        for fault in &faults.0 {
            let own = Fault { first: before + fault.first, ..fault.clone() };
            match found.iter_mut().find(|(known, at)| known.kind == own.kind && at == column) {
                Some((known, _)) => known.rows += own.rows,
                None => found.push((own, column)),
            }
        }
    }
    let problem = |(fault, column): (Fault, &str)| {
        let message =
            format!("{} {}, the first is {:?}", fault.rows, fault.kind.message(), fault.example);
        let row = Spot::Row(fault.first + 1);
        let problem = ReadProblem::new(fault.kind.severity(), file, row, message);
        let problem = ReadProblem { rows: fault.rows, ..problem.hint(fault.kind.hint()) };
        if column.is_empty() { problem } else { problem.column(column) }
    };
    found.into_iter().map(problem).collect()
}
