//! Tables that a manifest names: CSV, and NDJSON for access logs. Read row by row, so that a log of
//! any length needs memory for its distinct days, readers and targets only.

use super::{Beside, Cancelled, FileProgress, Source, attr_text};
use crate::model::{
    AccessRow, Batch, DecisionRow, FileIx, PredictionsFile, Problem, ProblemKind, Provenance, Row,
    Severity, SourceFile, TableKind,
};
use csv::StringRecord;
use indexmap::IndexMap;
use jiff::civil::Date;
use rustc_hash::{FxBuildHasher, FxHashSet};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// How often a cancelled reading is noticed.
const ROWS_BETWEEN_CHECKS: u64 = 8192;

const BUFFER_BYTES: usize = 256 * 1024;

/// Columns that hold numbers, where `NaN` is a hole and no number.
const NUMBERS: &[&str] = &[
    "delta",
    "std_error",
    "cost_hours",
    "rho",
    "importance",
    "baseline",
    "before",
    "after",
    "mean_prediction",
    "mean_label",
    "psi",
    "minutes",
    "metric",
    "hours",
    "answered_minutes",
];

/// Reads the table `path`, which the manifest names at `at`, into the batch. Of predictions only the place is
/// kept, of each file where `path` is a folder of parts.
///
/// # Errors
/// Only when the work was cancelled.
pub(super) fn read(
    kind: TableKind,
    path: &str,
    at: Provenance,
    source: &Source<'_>,
    batch: &mut Batch,
) -> Result<(), Cancelled> {
    if kind != TableKind::Predictions {
        return match open(kind, path, at, source, batch) {
            Some((beside, file)) => read_rows(kind, beside, file, source, batch),
            None => Ok(()),
        };
    }
    for part in source.folder.parts(path) {
        source.progress.check()?;
        if let Some((beside, file)) = open(kind, &part, at, source, batch) {
            let row = PredictionsFile { path: beside.within.as_str().into(), columns: Vec::new() };
            batch.tables.predictions.push(Row { row, at: Provenance::file(file) });
        }
    }
    Ok(())
}

fn open(
    kind: TableKind,
    path: &str,
    at: Provenance,
    source: &Source<'_>,
    batch: &mut Batch,
) -> Option<(Beside, FileIx)> {
    let beside = source.folder.open(path, at).map_err(|problem| batch.report(problem)).ok()?;
    let file = batch.add_file(SourceFile {
        path: beside.shown.clone(),
        format: kind.title(),
        bytes: beside.bytes,
        hash: 0,
    });
    Some((beside, file))
}

fn read_rows(
    kind: TableKind,
    beside: Beside,
    file: FileIx,
    source: &Source<'_>,
    batch: &mut Batch,
) -> Result<(), Cancelled> {
    source.progress.expect(beside.bytes);
    let digest = Arc::new(Mutex::new(Digest::default()));
    let mut reader = BufReader::with_capacity(
        BUFFER_BYTES,
        Hashing { inner: beside, digest: Arc::clone(&digest) },
    );
    let mut table = Table { kind, file, progress: source.progress, batch, counted: 0 };
    let first = reader.fill_buf().map(<[u8]>::to_vec).unwrap_or_default();
    if kind == TableKind::AccessLog {
        let mut days = AccessDays::default();
        if first.trim_ascii_start().starts_with(b"{") {
            table.access_lines(&mut reader, &mut days)?;
        } else {
            table.access_rows(&mut reader, &first, &mut days)?;
        }
        days.finish(file, &mut batch.tables.access);
    } else {
        table.typed(&mut reader, &first)?;
    }
    let digest = digest.lock().map_or_else(|broken| broken.into_inner().clone(), |d| d.clone());
    batch.set_content(file, digest.bytes, digest.hash.digest());
    Ok(())
}

/// Bytes that passed by, and their hash.
#[derive(Clone, Default)]
struct Digest {
    hash: Xxh3,
    bytes: u64,
}

struct Hashing {
    inner: Beside,
    digest: Arc<Mutex<Digest>>,
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Ok(mut digest) = self.digest.lock() {
            digest.hash.update(&buffer[..count]);
            digest.bytes += count as u64;
        }
        Ok(count)
    }
}

/// A table while it is read.
struct Table<'b, 'p> {
    kind: TableKind,
    file: FileIx,
    progress: &'p FileProgress<'p>,
    batch: &'b mut Batch,
    /// Bytes that were reported as read.
    counted: u64,
}

/// A row as the access log writes it.
#[derive(Deserialize)]
struct AccessLine {
    #[serde(alias = "date", alias = "timestamp")]
    time: String,
    #[serde(alias = "user")]
    reader: String,
    target: String,
    #[serde(default)]
    reads: Option<u64>,
}

/// Reads by day, reader and target, with the line that said so first.
#[derive(Default)]
struct AccessDays {
    names: IndexMap<Box<str>, (), FxBuildHasher>,
    days: IndexMap<(Date, u32, u32), (u64, u32), FxBuildHasher>,
}

impl AccessDays {
    fn add(&mut self, date: Date, line: &AccessLine, at_line: u32) {
        let key = (date, self.name(&line.reader), self.name(&line.target));
        let (reads, _) = self.days.entry(key).or_insert((0, at_line));
        *reads = reads.saturating_add(line.reads.unwrap_or(1));
    }

    fn name(&mut self, name: &str) -> u32 {
        let position = self
            .names
            .get_index_of(name)
            .unwrap_or_else(|| self.names.insert_full(name.into(), ()).0);
        u32::try_from(position).unwrap_or(u32::MAX)
    }

    fn finish(self, file: FileIx, rows: &mut Vec<Row<AccessRow>>) {
        let name = |ix: u32| -> Box<str> {
            self.names.get_index(ix as usize).map_or_else(|| "".into(), |(name, ())| name.clone())
        };
        for ((date, reader, target), (reads, line)) in self.days {
            let row = AccessRow { date, reader: name(reader), target: name(target), reads };
            rows.push(Row { row, at: Provenance::new(file, line, 1) });
        }
    }
}

impl Table<'_, '_> {
    fn typed(&mut self, reader: &mut impl BufRead, first: &[u8]) -> Result<(), Cancelled> {
        macro_rules! into {
            ($field:ident) => {{
                let mut rows = Vec::new();
                self.rows(reader, first, |row, at| rows.push(Row { row, at }))?;
                self.batch.tables.$field.append(&mut rows);
            }};
        }
        match self.kind {
            TableKind::Ablation => into!(ablation),
            TableKind::Correlation => into!(correlation),
            TableKind::Importance => into!(importance),
            TableKind::ResidualCorrelation => into!(residual_correlation),
            TableKind::Deployments => into!(deployments),
            TableKind::PredictionStats => into!(prediction_stats),
            TableKind::Decisions => self.decisions(reader, first)?,
            TableKind::LinesOfCode => into!(lines_of_code),
            TableKind::Runs => into!(runs),
            TableKind::ConfigHistory => into!(config_history),
            TableKind::Incidents => into!(incidents),
            TableKind::Alerts => into!(alerts),
            TableKind::AccessLog | TableKind::Predictions => {}
        }
        Ok(())
    }

    /// Windows of decisions; those with more of a part than of the whole are reported.
    fn decisions(&mut self, reader: &mut impl BufRead, first: &[u8]) -> Result<(), Cancelled> {
        let (mut rows, mut wrong) = (Vec::new(), Vec::new());
        self.rows(reader, first, |row: DecisionRow, at| match row.contradiction() {
            None => rows.push(Row { row, at }),
            Some(why) => wrong.push((why, at)),
        })?;
        self.batch.tables.decisions.append(&mut rows);
        for (why, at) in wrong {
            self.left_out(at, why);
        }
        Ok(())
    }

    /// Access rows of a CSV.
    fn access_rows(
        &mut self,
        reader: &mut impl BufRead,
        first: &[u8],
        days: &mut AccessDays,
    ) -> Result<(), Cancelled> {
        let mut wrong = Vec::new();
        self.rows(reader, first, |line: AccessLine, at| match attr_text::date(&line.time) {
            Some(date) => days.add(date, &line, at.line),
            None if wrong.len() <= super::PROBLEMS_PER_KIND_AND_FILE => wrong.push((line.time, at)),
            None => {}
        })?;
        for (time, at) in wrong {
            self.wrong_time(&time, at);
        }
        Ok(())
    }

    /// Access rows of an NDJSON.
    fn access_lines(
        &mut self,
        reader: &mut impl BufRead,
        days: &mut AccessDays,
    ) -> Result<(), Cancelled> {
        let mut line = Vec::new();
        let mut number = 0_u32;
        loop {
            line.clear();
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => return Ok(()),
                Ok(count) => self.counted += count as u64,
                Err(error) => {
                    self.unreadable(&error.to_string());
                    return Ok(());
                }
            }
            number = number.saturating_add(1);
            if u64::from(number).is_multiple_of(ROWS_BETWEEN_CHECKS) {
                self.progress.advance(std::mem::take(&mut self.counted))?;
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let at = |column| Provenance::new(self.file, number, column);
            match serde_json::from_slice::<AccessLine>(&line) {
                Ok(read) => match attr_text::date(&read.time) {
                    Some(date) => days.add(date, &read, number),
                    None => self.wrong_time(&read.time, at(1)),
                },
                Err(error) => {
                    let column = u32::try_from(error.column()).unwrap_or(0);
                    self.left_out(at(column), format!("This line is no read: {error}"));
                }
            }
        }
    }

    fn wrong_time(&mut self, time: &str, at: Provenance) {
        let time: String = time.chars().take(60).flat_map(char::escape_debug).collect();
        self.left_out(at, format!("`{time}` is no time such as 2026-03-01T12:00:00Z"));
    }

    fn left_out(&mut self, at: Provenance, message: String) {
        let (severity, kind) = (Severity::Warning, ProblemKind::Value);
        let hint = "The row was left out; mend it or take it out.";
        self.batch.report(Problem::new(severity, kind, Some(at), message, hint));
    }

    fn unreadable(&mut self, why: &str) {
        self.batch.report(Problem::new(
            Severity::Error,
            ProblemKind::Io,
            Some(Provenance::file(self.file)),
            format!("Reading stopped: {why}"),
            "The rows before were read; check the file and open it again.",
        ));
    }

    /// Calls `take` for each row that has the shape of `T`, and reports the others.
    fn rows<T: DeserializeOwned>(
        &mut self,
        reader: &mut impl BufRead,
        first: &[u8],
        mut take: impl FnMut(T, Provenance),
    ) -> Result<(), Cancelled> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(first))
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(reader);
        let Some(headers) = self.headers(&mut reader) else { return Ok(()) };
        let mut seen: FxHashSet<u64> = FxHashSet::default();
        let mut record = StringRecord::new();
        let mut count = 0_u64;
        loop {
            let more = reader.read_record(&mut record);
            count += 1;
            if count.is_multiple_of(ROWS_BETWEEN_CHECKS) {
                let done = reader.position().byte();
                self.progress.advance(done.saturating_sub(self.counted))?;
                self.counted = done;
            }
            match more {
                Ok(false) => return Ok(()),
                Ok(true) => {}
                Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    self.left_out(self.at(line, 1), "This row is not UTF-8".into());
                    continue;
                }
                Err(error) => {
                    self.unreadable(&error.to_string());
                    return Ok(());
                }
            }
            let line = record.position().map_or(0, csv::Position::line);
            if let Some(hole) = not_a_number(&record, &headers) {
                let name = &headers[hole];
                let message = format!("`{}` in column {name} is no finite number", &record[hole]);
                self.left_out(self.at(line, column_of(&record, hole)), message);
                continue;
            }
            match record.deserialize::<T>(Some(&headers)) {
                Ok(row) => {
                    // Logs repeat themselves; a measurement should not.
                    if self.kind != TableKind::AccessLog && !seen.insert(row_hash(&record)) {
                        self.note_duplicate(line);
                    }
                    take(row, self.at(line, 1));
                }
                Err(error) => self.wrong_row(line, &record, &headers, &error),
            }
        }
    }

    fn at(&self, line: u64, column: u32) -> Provenance {
        Provenance::new(self.file, u32::try_from(line).unwrap_or(u32::MAX), column)
    }

    fn note_duplicate(&mut self, line: u64) {
        self.batch.report(Problem::new(
            Severity::Note,
            ProblemKind::Duplicate,
            Some(self.at(line, 1)),
            "This row is equal to an earlier one",
            "Both were read; take one out if it was exported twice.",
        ));
    }

    fn wrong_row(
        &mut self,
        line: u64,
        record: &StringRecord,
        headers: &StringRecord,
        error: &csv::Error,
    ) {
        let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
            return self.left_out(self.at(line, 1), error.to_string());
        };
        let field = err.field().and_then(|field| usize::try_from(field).ok());
        let message = match field.and_then(|field| Some((record.get(field)?, headers.get(field)?)))
        {
            Some((value, name)) => {
                let value: String = value.chars().take(60).flat_map(char::escape_debug).collect();
                format!("`{value}` in column {name}: {}", err.kind())
            }
            None if record.len() == headers.len() => err.kind().to_string(),
            None => {
                format!("The row has {} of {} columns: {}", record.len(), headers.len(), err.kind())
            }
        };
        let column = field.map_or(1, |field| column_of(record, field));
        self.left_out(self.at(line, column), message);
    }

    /// The header in lower case, if every column that must be there is.
    fn headers<R: Read>(&mut self, reader: &mut csv::Reader<R>) -> Option<StringRecord> {
        let headers: StringRecord = match reader.headers() {
            Ok(headers) => headers
                .iter()
                .map(|name| name.trim_start_matches('\u{feff}').trim().to_lowercase())
                .collect(),
            Err(error) => {
                self.unreadable(&error.to_string());
                return None;
            }
        };
        let known: Vec<&str> = self.kind.columns().split(", ").collect();
        let has = |name: &str| {
            headers.iter().any(|header| header == name)
                || (name == "time" && headers.iter().any(|h| matches!(h, "date" | "timestamp")))
                || (name == "reader" && headers.iter().any(|header| header == "user"))
        };
        let missing: Vec<&str> =
            known.iter().copied().filter(|name| !name.starts_with('(') && !has(name)).collect();
        let at = Provenance::new(self.file, 1, 1);
        if !missing.is_empty() {
            self.batch.report(Problem::new(
                Severity::Error,
                ProblemKind::Value,
                Some(at),
                format!("Missing columns: {}; the table was not read", missing.join(", ")),
                format!("A table `{}` has: {}.", self.kind.key(), self.kind.columns()),
            ));
            return None;
        }
        let is_known = |header: &str| {
            known.iter().any(|name| name.trim_matches(['(', ')']) == header)
                || (self.kind == TableKind::AccessLog
                    && matches!(header, "date" | "timestamp" | "user"))
        };
        let extra: Vec<&str> = headers.iter().filter(|header| !is_known(header)).collect();
        if !extra.is_empty() {
            self.batch.report(Problem::new(
                Severity::Note,
                ProblemKind::UnknownKey,
                Some(at),
                format!("Columns that are not read: {}", extra.join(", ").escape_debug()),
                format!("A table `{}` has: {}.", self.kind.key(), self.kind.columns()),
            ));
        }
        Some(headers)
    }
}

/// The delimiter that occurs most in the first line; a comma where there is none.
pub(super) fn delimiter(first: &[u8]) -> u8 {
    let line = first.split(|&byte| byte == b'\n').next().unwrap_or(first);
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, line).count();
    let mut best = b',';
    for delimiter in [b';', b'\t'] {
        if count(delimiter) > count(best) {
            best = delimiter;
        }
    }
    best
}

/// The first field that should hold a number and holds `NaN` or an infinity.
fn not_a_number(record: &StringRecord, headers: &StringRecord) -> Option<usize> {
    record.iter().zip(headers).position(|(field, header)| {
        let first = field.trim_start_matches(['+', '-']).as_bytes().first();
        matches!(first, Some(b'n' | b'N' | b'i' | b'I'))
            && NUMBERS.contains(&header)
            && field.parse::<f64>().is_ok()
    })
}

/// Where a field begins in its line, as long as no field before it is quoted.
fn column_of(record: &StringRecord, field: usize) -> u32 {
    let before: usize = record.iter().take(field).map(|field| field.len() + 1).sum();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

fn row_hash(record: &StringRecord) -> u64 {
    let lengths: Vec<u8> = record.iter().flat_map(|field| field.len().to_le_bytes()).collect();
    xxh3_64(record.as_slice().as_bytes()) ^ xxh3_64(&lengths)
}
