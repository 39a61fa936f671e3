//! CSV and NDJSON, packed or not: blocks of whole lines, read one after another and parsed over all
//! threads.

use super::builder::{ColumnBuilder, ColumnPart};
use super::report::{FaultKind, Faults, ReadProblem, Spot};
use super::{Cancelled, Wanted, Watch};
use crate::model::Severity;
use rayon::prelude::*;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::PoisonError;

/// Bytes that are parsed at a time. A part's own lists cost little against it, and a few of them in
/// the air cost little memory.
const BLOCK_BYTES: usize = 4 << 20;

/// The longest line; a longer one is a file without line feeds or with a quote that never closes.
const LINE_BYTES: usize = 32 << 20;

/// What separates values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// With this delimiter.
    Csv(u8),
    Json,
}

/// An opened file of lines.
#[derive(Debug)]
pub(super) struct TextFile {
    pub(super) syntax: Syntax,
    /// Names of the columns; of the first objects, for NDJSON.
    pub(super) columns: Vec<String>,
    /// Share of the first lines in bytes, for an estimate of the rows.
    pub(super) line_bytes: f64,
}

/// A part of a file: its columns in the order in which they are wanted.
#[derive(Debug)]
pub(super) struct TextPart {
    pub(super) rows: usize,
    pub(super) columns: Vec<(ColumnPart, Faults)>,
    /// Of lines that are no rows.
    pub(super) faults: Faults,
}

/// Unpacks by the first bytes, whatever the file is called.
pub(super) fn reader(path: &Path) -> std::io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    let mut head = [0; 4];
    let read = file.read(&mut head)?;
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    Ok(match &head[..read] {
        [0x1F, 0x8B, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
        [0x28, 0xB5, 0x2F, 0xFD] => Box::new(zstd::stream::read::Decoder::with_buffer(file)?),
        _ => Box::new(File::open(path)?),
    })
}

impl TextFile {
    /// Reads the first block to learn the syntax and the columns.
    pub(super) fn open(path: &Path) -> Result<Self, ReadProblem> {
        let problem = |message: String, hint: &str| {
            ReadProblem::new(Severity::Error, path, Spot::File, message).hint(hint)
        };
        let io = |error: std::io::Error| problem(error.to_string(), "check the file");
        let mut head = Vec::new();
        let read = reader(path).map_err(io)?.take(1 << 16).read_to_end(&mut head);
        // Of a packed file that is cut off, what can be unpacked is read; the rest is told then.
        if let (Err(error), true) = (read, head.is_empty()) {
            return Err(io(error));
        }
        let text = without_mark(&head);
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err(problem("the file is empty".to_owned(), "leave it out"));
        }
        if memchr::memchr(0, text).is_some() {
            let message = "neither Parquet nor text".to_owned();
            return Err(problem(message, "give Parquet, CSV or NDJSON, plain or as .gz or .zst"));
        }
        let lines = memchr::memchr_iter(b'\n', text).count().max(1);
        let line_bytes = text.len() as f64 / lines as f64;
        if text.trim_ascii_start().starts_with(b"{") {
            return Ok(Self { syntax: Syntax::Json, columns: keys_of(text), line_bytes });
        }
        let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
        let delimiter = delimiter_of(line);
        let mut columns = Vec::new();
        Fields::new(line, delimiter).for_each(|field| {
            columns.push(String::from_utf8_lossy(&field.text()).trim().to_owned());
        });
        Ok(Self { syntax: Syntax::Csv(delimiter), columns, line_bytes })
    }

    /// All rows, in parts in the order of the file, `blocks` of them at a time; and what kept the reader
    /// from the rest.
    ///
    /// # Errors
    /// When it was cancelled.
    pub(super) fn read(
        &self,
        path: &Path,
        wanted: &[Wanted],
        watch: &Watch<'_>,
        blocks: usize,
        take: &mut dyn FnMut(Vec<TextPart>),
    ) -> Result<Option<ReadProblem>, Cancelled> {
        let problem = |message: String, hint: &str| {
            ReadProblem::new(Severity::Error, path, Spot::File, message).hint(hint)
        };
        let reader = match reader(path) {
            Ok(reader) => reader,
            Err(error) => return Ok(Some(problem(error.to_string(), "check the file"))),
        };
        let place = Places::new(&self.columns, wanted);
        let mut all = Blocks {
            reader,
            syntax: self.syntax,
            rest: Vec::new(),
            first: true,
            done: false,
            failure: None,
        };
        let (mut failure, mut rows) = (None, 0);
        loop {
            let found = std::sync::Mutex::new(None);
            let watched = all.by_ref().take(blocks).map_while(|block| match block {
                Ok(block) if !watch.is_cancelled() => Some(block),
                Ok(_) => None,
                Err(reason) => {
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
                    None
                }
            });
            let mut parts: Vec<(usize, TextPart)> = watched
                .enumerate()
                .par_bridge()
                .map(|(at, block)| {
                    let part = match self.syntax {
                        Syntax::Csv(delimiter) => place.csv(&block, delimiter, wanted),
                        Syntax::Json => place.json(&block, wanted),
                    };
                    watch.advance(block.len() as u64);
                    (at, part)
                })
                .collect();
            watch.check()?;
            failure = failure.or(found.into_inner().unwrap_or_else(PoisonError::into_inner));
            if parts.is_empty() {
                break;
            }
            parts.sort_by_key(|(at, _)| *at);
            rows += parts.iter().map(|(_, part)| part.rows as u64).sum::<u64>();
            take(parts.into_iter().map(|(_, part)| part).collect());
        }
        Ok(failure.map(|reason| {
            let hint = "what stands before it is read; write the file again";
            ReadProblem { spot: Spot::Row(rows + 1), ..problem(reason, hint) }
        }))
    }
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

/// The most frequent of comma, tab and semicolon.
fn delimiter_of(line: &[u8]) -> u8 {
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, line).count();
    [b',', b'\t', b';'].into_iter().rev().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',')
}

/// Keys of the objects in the first lines, in the order in which they come.
fn keys_of(text: &[u8]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for line in text.split(|&byte| byte == b'\n').take(100) {
        let Ok(object) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line)
        else {
            continue;
        };
        for (key, value) in object {
            let nested = value.is_object() || value.is_array();
            if !nested && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys
}

/// Cuts a stream into blocks of whole rows. The header of a CSV stays out.
struct Blocks {
    reader: Box<dyn Read + Send>,
    syntax: Syntax,
    /// Begins a row that is not yet whole.
    rest: Vec<u8>,
    first: bool,
    done: bool,
    /// Why there is no more, told after the rows before it.
    failure: Option<String>,
}

impl Iterator for Blocks {
    type Item = Result<Vec<u8>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return self.failure.take().map(Err);
        }
        let mut block = std::mem::take(&mut self.rest);
        let mut size = BLOCK_BYTES;
        loop {
            let before = block.len();
            let want = size.saturating_sub(before).max(1 << 16) as u64;
            block.reserve(want as usize);
            if let Err(error) = self.reader.by_ref().take(want).read_to_end(&mut block) {
                self.done = true;
                self.failure = Some(format!("the file is cut off or damaged: {error}"));
                block.truncate(self.last_row_end(&block).unwrap_or(0));
                return Some(Ok(self.without_header(block)));
            }
            if block.len() == before {
                self.done = true;
                let block = self.without_header(block);
                return (!block.is_empty()).then_some(Ok(block));
            }
            if let Some(end) = self.last_row_end(&block) {
                self.rest = block.split_off(end);
                return Some(Ok(self.without_header(block)));
            }
            if block.len() > LINE_BYTES {
                self.done = true;
                let limit = LINE_BYTES >> 20;
                return Some(Err(format!(
                    "a row is longer than {limit} MB; is a quote left open?"
                )));
            }
            size = block.len() * 2;
        }
    }
}

impl Blocks {
    /// Behind the last line feed that ends a row: in a CSV, one outside of quotes.
    fn last_row_end(&self, block: &[u8]) -> Option<usize> {
        let last = memchr::memrchr(b'\n', block)?;
        let quoted = matches!(self.syntax, Syntax::Csv(_)) && memchr::memchr(b'"', block).is_some();
        if !quoted {
            return Some(last + 1);
        }
        let (mut inside, mut end) = (false, None);
        for at in memchr::memchr2_iter(b'"', b'\n', block) {
            match block[at] {
                b'"' => inside = !inside,
                _ if !inside => end = Some(at + 1),
                _ => {}
            }
        }
        end
    }

    fn without_header(&mut self, block: Vec<u8>) -> Vec<u8> {
        if !std::mem::take(&mut self.first) {
            return block;
        }
        let start = block.len() - without_mark(&block).len();
        let header = match self.syntax {
            Syntax::Json => 0,
            Syntax::Csv(_) => memchr::memchr(b'\n', &block).map_or(block.len(), |end| end + 1),
        };
        block[start.max(header)..].to_vec()
    }
}

/// Which wanted column each column of the file is.
struct Places {
    of_column: Vec<Option<usize>>,
    names: Vec<String>,
    absent: Vec<usize>,
}

impl Places {
    fn new(columns: &[String], wanted: &[Wanted]) -> Self {
        let mut taken = vec![false; wanted.len()];
        // Of columns of one name the first is read.
        let of = |column: &String| {
            let at = wanted.iter().position(|own| *own.column == **column);
            at.filter(|&at| !std::mem::replace(&mut taken[at], true))
        };
        let of_column: Vec<Option<usize>> = columns.iter().map(of).collect();
        let absent = (0..wanted.len()).filter(|at| !of_column.contains(&Some(*at))).collect();
        Self { of_column, names: columns.to_vec(), absent }
    }

    fn builders(wanted: &[Wanted], rows: usize) -> Vec<ColumnBuilder> {
        wanted.iter().map(|own| ColumnBuilder::new(own.role, rows)).collect()
    }

    fn finish(
        &self,
        rows: usize,
        wanted: &[Wanted],
        faults: Faults,
        builders: Vec<ColumnBuilder>,
    ) -> TextPart {
        let mut columns: Vec<(ColumnPart, Faults)> =
            builders.into_iter().map(ColumnBuilder::finish).collect();
        for &at in &self.absent {
            columns[at] = (ColumnPart::missing(wanted[at].role, rows), Faults::default());
        }
        TextPart { rows, columns, faults }
    }

    fn csv(&self, block: &[u8], delimiter: u8, wanted: &[Wanted]) -> TextPart {
        let lines = memchr::memchr_iter(b'\n', block).count() + 1;
        let mut builders = Self::builders(wanted, lines);
        let (mut rows, mut faults, mut rest) = (0, Faults::default(), block);
        while !rest.is_empty() {
            let mut fields = Fields::new(rest, delimiter);
            let mut count = 0;
            for field in fields.by_ref() {
                if let Some(Some(at)) = self.of_column.get(count) {
                    builders[*at].text(&field.text());
                }
                count += 1;
            }
            let line = &rest[..rest.len() - fields.rest.len()];
            rest = fields.rest;
            if count == self.of_column.len() {
                rows += 1;
                continue;
            }
            builders.iter_mut().for_each(|own| own.truncate(rows));
            if !line.trim_ascii().is_empty() {
                faults.add(FaultKind::Fields, rows, || {
                    String::from_utf8_lossy(line.trim_ascii()).into_owned()
                });
            }
        }
        self.finish(rows, wanted, faults, builders)
    }

    fn json(&self, block: &[u8], wanted: &[Wanted]) -> TextPart {
        let lines = memchr::memchr_iter(b'\n', block).count() + 1;
        let mut builders = Self::builders(wanted, lines);
        let (mut rows, mut faults) = (0, Faults::default());
        for line in block.split(|&byte| byte == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let mut source = serde_json::Deserializer::from_slice(line);
            let object = Object { places: self, builders: &mut builders };
            let read = object.deserialize(&mut source).and_then(|()| source.end());
            if read.is_err() {
                builders.iter_mut().for_each(|own| own.truncate(rows));
                faults.add(FaultKind::Json, rows, || String::from_utf8_lossy(line).into_owned());
                continue;
            }
            rows += 1;
            for own in builders.iter_mut().filter(|own| own.len() < rows) {
                own.missing();
            }
            // Of a key that comes twice the first value counts.
            builders.iter_mut().for_each(|own| own.truncate(rows));
        }
        self.finish(rows, wanted, faults, builders)
    }
}

/// The fields of one row.
struct Fields<'b> {
    /// Behind the last field that was taken.
    rest: &'b [u8],
    delimiter: u8,
    over: bool,
}

/// A field as it stands.
struct Field<'b> {
    bytes: &'b [u8],
    quoted: bool,
}

impl<'b> Field<'b> {
    /// Without quotes.
    fn text(&self) -> std::borrow::Cow<'b, [u8]> {
        if !self.quoted {
            return self.bytes.into();
        }
        let inner = self.bytes.strip_prefix(b"\"").unwrap_or(self.bytes);
        let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
        let mut text = Vec::with_capacity(inner.len());
        let mut after_quote = false;
        for &byte in inner {
            after_quote = byte == b'"' && !after_quote;
            if !after_quote {
                text.push(byte);
            }
        }
        text.into()
    }
}

impl<'b> Fields<'b> {
    fn new(row: &'b [u8], delimiter: u8) -> Self {
        Self { rest: row, delimiter, over: false }
    }

    /// Ends the row at `end`, which is at its line feed or at the end of the block.
    fn last(&mut self, end: usize, step: usize) -> &'b [u8] {
        let (field, rest) = self.rest.split_at(end);
        self.rest = &rest[step.min(rest.len())..];
        self.over = true;
        field.strip_suffix(b"\r").unwrap_or(field)
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Field<'b>;

    fn next(&mut self) -> Option<Field<'b>> {
        if self.over {
            return None;
        }
        let (mut inside, mut quoted) = (false, false);
        for (at, &byte) in self.rest.iter().enumerate() {
            if byte == b'"' {
                inside = !inside;
                // Quotes within an unquoted field stand for themselves.
                quoted |= at == 0;
                inside &= quoted;
            } else if inside {
            } else if byte == self.delimiter {
                let (field, rest) = self.rest.split_at(at);
                self.rest = &rest[1..];
                return Some(Field { bytes: field, quoted });
            } else if byte == b'\n' {
                return Some(Field { bytes: self.last(at, 1), quoted });
            }
        }
        Some(Field { bytes: self.last(self.rest.len(), 0), quoted })
    }
}

/// Puts the members of an object where they belong.
struct Object<'p> {
    places: &'p Places,
    builders: &'p mut [ColumnBuilder],
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        // Objects of one log have their keys in one order, so the next place is tried first.
        let mut next = 0;
        while let Some(at) = members.next_key_seed(Key { names: &self.places.names, next })? {
            next = at.map_or(next, |at| at + 1);
            match at.and_then(|at| self.places.of_column[at]) {
                Some(own) => members.next_value_seed(Member(&mut self.builders[own]))?,
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Key<'p> {
    names: &'p [String],
    next: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        if self.names.get(self.next).is_some_and(|name| name == key) {
            return Ok(Some(self.next));
        }
        Ok(self.names.iter().position(|name| name == key))
    }
}

/// Takes one value.
struct Member<'p>(&'p mut ColumnBuilder);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<(), D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, text, truth value or null")
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.0.number(number);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.0.number(number as f64);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.0.number(number as f64);
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.0.truth(truth);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.text(text.as_bytes());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.0.missing();
        Ok(())
    }

    /// What is nested is no value.
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.0.missing();
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_element::<IgnoredAny>()?.is_some() {}
        self.0.missing();
        Ok(())
    }
}
