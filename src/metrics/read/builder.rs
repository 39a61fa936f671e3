//! Values of one column of one part of a file, as they come.

use super::report::{FaultKind, Faults};
use super::roles::Role;
use super::time::{self, Hours, NO_TIME};
use crate::metrics::columns::Codes;
use rustc_hash::FxHashMap;

/// Distinct numbers beyond which a dimension keeps the numbers themselves, to be cut into ranges.
const RAW_AFTER: usize = 4096;

/// Small whole numbers, whose codes are found without hashing.
const SMALL: usize = 1024;

/// Labels as bytes.
pub(super) const NEGATIVE: u8 = 0;
pub(super) const POSITIVE: u8 = 1;
pub(super) const UNKNOWN: u8 = 2;
/// Something that is no label: the row is left out.
pub(super) const BROKEN: u8 = 3;

/// A value of a dimension.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Missing,
    Text(Box<str>),
    Number(f64),
}

/// A column of one part, once read.
#[derive(Clone, Debug)]
pub(super) enum ColumnPart {
    Hours(Vec<Hours>),
    Labels(Vec<u8>),
    /// Scores and weights; NaN where there is none.
    Floats(Vec<f32>),
    /// Codes into the values.
    Values(Vec<Value>, Codes),
    /// Numbers of which there are many; NaN is missing.
    Raw(Vec<f32>),
}

impl ColumnPart {
    /// Some of its rows, with the values that occur in them.
    pub(super) fn pick(&self, rows: &[usize]) -> Self {
        fn of<T: Copy>(all: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&row| all[row]).collect()
        }
        match self {
            Self::Hours(all) => Self::Hours(of(all, rows)),
            Self::Labels(all) => Self::Labels(of(all, rows)),
            Self::Floats(all) => Self::Floats(of(all, rows)),
            Self::Raw(all) => Self::Raw(of(all, rows)),
            Self::Values(values, codes) => {
                let (mut own, mut places) = (Vec::new(), FxHashMap::default());
                let mut picked = Codes::zeros(values.len().min(rows.len()), rows.len());
                for (at, &row) in rows.iter().enumerate() {
                    let code = codes.get(row);
                    let place = *places.entry(code).or_insert_with(|| {
                        own.push(values[code].clone());
                        own.len() - 1
                    });
                    picked.set(at, place);
                }
                Self::Values(own, picked)
            }
        }
    }

    /// A column of nothing but missing values.
    pub(super) fn missing(role: Role, rows: usize) -> Self {
        match role {
            Role::Time => Self::Hours(vec![NO_TIME; rows]),
            Role::Label => Self::Labels(vec![UNKNOWN; rows]),
            Role::Score | Role::Weight => Self::Floats(vec![f32::NAN; rows]),
            _ => Self::Values(vec![Value::Missing], Codes::zeros(1, rows)),
        }
    }
}

/// Takes values one by one or in runs.
#[derive(Debug)]
pub(super) struct ColumnBuilder {
    role: Role,
    pub(super) faults: Faults,
    hours: Vec<Hours>,
    labels: Vec<u8>,
    floats: Vec<f32>,
    values: Values,
    /// The last text of a time and what it gave, without minutes: logs come in order.
    last_time: (Box<[u8]>, Hours),
}

impl ColumnBuilder {
    pub(super) fn new(role: Role, rows: usize) -> Self {
        let room = |wanted: bool| if wanted { rows } else { 0 };
        Self {
            role,
            faults: Faults::default(),
            hours: Vec::with_capacity(room(role == Role::Time)),
            labels: Vec::with_capacity(room(role == Role::Label)),
            floats: Vec::with_capacity(room(matches!(role, Role::Score | Role::Weight))),
            values: Values::default(),
            last_time: (Box::default(), NO_TIME),
        }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    pub(super) fn len(&self) -> usize {
        match self.role {
            Role::Time => self.hours.len(),
            Role::Label => self.labels.len(),
            Role::Score | Role::Weight => self.floats.len(),
            _ => self.values.len(),
        }
    }

    /// Forgets rows from `rows` on: they turned out to be none.
    pub(super) fn truncate(&mut self, rows: usize) {
        self.hours.truncate(rows);
        self.labels.truncate(rows);
        self.floats.truncate(rows);
        self.values.truncate(rows);
    }

    pub(super) fn missing(&mut self) {
        match self.role {
            Role::Time => self.hours.push(NO_TIME),
            Role::Label => self.labels.push(UNKNOWN),
            Role::Score => self.floats.push(f32::NAN),
            Role::Weight => self.weight(f64::NAN, || "nothing".to_owned()),
            _ => self.values.push_missing(),
        }
    }

    pub(super) fn number(&mut self, number: f64) {
        match self.role {
            Role::Time => {
                let hours = time::of_number(number);
                self.time(hours, || number.to_string());
            }
            Role::Label => self.label(number, || number.to_string()),
            Role::Score => self.score(number, || number.to_string()),
            Role::Weight => self.weight(number, || number.to_string()),
            _ if number.is_nan() => self.values.push_missing(),
            _ => self.values.push_number(number),
        }
    }

    pub(super) fn truth(&mut self, truth: bool) {
        match self.role {
            Role::Label => self.labels.push(u8::from(truth)),
            Role::Dimension | Role::Model | Role::Version => {
                self.values.push_text(if truth { b"true" } else { b"false" });
            }
            _ => self.number(f64::from(u8::from(truth))),
        }
    }

    /// A text as it stands in a file; an empty one is a missing value.
    pub(super) fn text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return self.missing();
        }
        match self.role {
            Role::Time => self.time_text(text),
            Role::Label => match text {
                b"0" => self.labels.push(NEGATIVE),
                b"1" => self.labels.push(POSITIVE),
                _ if text.eq_ignore_ascii_case(b"true") => self.labels.push(POSITIVE),
                _ if text.eq_ignore_ascii_case(b"false") => self.labels.push(NEGATIVE),
                _ => {
                    let number = parse(text).unwrap_or(f64::NAN);
                    let number = if is_null(text) { None } else { Some(number) };
                    match number {
                        Some(number) => self.label(number, || lossy(text)),
                        None => self.labels.push(UNKNOWN),
                    }
                }
            },
            Role::Score if is_null(text) => self.floats.push(f32::NAN),
            Role::Score => {
                // Not by way of 64 bits: that would round twice.
                match std::str::from_utf8(text)
                    .ok()
                    .and_then(|text| text.trim().parse::<f32>().ok())
                {
                    Some(score) if (0.0..=1.0).contains(&score) => self.floats.push(score + 0.0),
                    _ => self.score(f64::NAN, || lossy(text)),
                }
            }
            Role::Weight => {
                match std::str::from_utf8(text)
                    .ok()
                    .and_then(|text| text.trim().parse::<f32>().ok())
                {
                    Some(weight) => self.weight(f64::from(weight), || lossy(text)),
                    None => self.weight(f64::NAN, || lossy(text)),
                }
            }
            _ => self.values.push_text(text),
        }
    }

    fn time_text(&mut self, text: &[u8]) {
        /// `2026-11-15T08`.
        const TO_THE_HOUR: usize = 13;
        let bare = text.len() > TO_THE_HOUR && matches!(text[10], b'T' | b' ');
        let in_utc = bare && text.ends_with(b"Z");
        if in_utc && *self.last_time.0 == text[..TO_THE_HOUR] {
            self.hours.push(self.last_time.1);
            return;
        }
        let read = std::str::from_utf8(text).ok().and_then(time::of_text);
        if let Some((_, false)) = read {
            self.faults.add(FaultKind::Zone, self.hours.len(), || lossy(text));
        }
        if let (Some((hours, _)), true) = (read, in_utc) {
            self.last_time = (text[..TO_THE_HOUR].into(), hours);
        }
        self.time(read.map(|(hours, _)| hours), || lossy(text));
    }

    pub(super) fn time(&mut self, hours: Option<Hours>, example: impl FnOnce() -> String) {
        if hours.is_none() {
            self.faults.add(FaultKind::Time, self.hours.len(), example);
        }
        self.hours.push(hours.unwrap_or(NO_TIME));
    }

    fn label(&mut self, number: f64, example: impl FnOnce() -> String) {
        let label = match number {
            0.0 => NEGATIVE,
            1.0 => POSITIVE,
            _ => {
                self.faults.add(FaultKind::Label, self.labels.len(), example);
                BROKEN
            }
        };
        self.labels.push(label);
    }

    fn score(&mut self, number: f64, example: impl FnOnce() -> String) {
        if (0.0..=1.0).contains(&number) {
            // −0 is 0, and sorts as it.
            return self.floats.push(number as f32 + 0.0);
        }
        self.faults.add(FaultKind::Score, self.floats.len(), example);
        self.floats.push(f32::NAN);
    }

    fn weight(&mut self, number: f64, example: impl FnOnce() -> String) {
        let narrow = number as f32;
        if narrow >= 0.0 && narrow.is_finite() {
            return self.floats.push(narrow);
        }
        self.faults.add(FaultKind::Weight, self.floats.len(), example);
        self.floats.push(f32::NAN);
    }

    /// A run of floats without missing values; checked all at once, since nearly all are right.
    pub(super) fn floats(&mut self, run: &[f32]) {
        let right = match self.role {
            Role::Score => run.iter().all(|&p| (0.0..=1.0).contains(&p)),
            Role::Weight => run.iter().all(|&w| (0.0..=f32::MAX).contains(&w)),
            _ => false,
        };
        if right {
            let start = self.floats.len();
            self.floats.extend_from_slice(run);
            self.floats[start..].iter_mut().for_each(|value| *value += 0.0);
        } else {
            run.iter().for_each(|&value| self.number(f64::from(value)));
        }
    }

    /// A run of whole numbers without missing values.
    pub(super) fn integers(&mut self, run: impl ExactSizeIterator<Item = i64> + Clone) {
        match self.role {
            Role::Dimension | Role::Model | Role::Version => self.values.push_integers(run),
            Role::Label => run.for_each(|value| match value {
                0 => self.labels.push(NEGATIVE),
                1 => self.labels.push(POSITIVE),
                other => self.number(other as f64),
            }),
            Role::Time => {
                run.for_each(|value| self.time(time::of_integer(value), || value.to_string()));
            }
            _ => run.for_each(|value| self.number(value as f64)),
        }
    }

    /// A run of seconds since 1970.
    pub(super) fn seconds(&mut self, run: impl Iterator<Item = Option<i64>>) {
        for secs in run {
            match secs {
                Some(secs) => self.time(time::of_secs(secs), || secs.to_string()),
                None => self.missing(),
            }
        }
    }

    /// Codes of the values of a dictionary; the code of a missing value too, where there is one.
    pub(super) fn codes_of<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Vec<u32> {
        texts.map(|text| self.values.code_of_text(text.as_bytes())).collect()
    }

    /// A run of codes that [`Self::codes_of`] gave; `None` is missing.
    pub(super) fn codes(&mut self, run: impl Iterator<Item = Option<u32>>) {
        let missing = self.values.code_of_missing();
        self.values.scratch.extend(run.map(|code| code.unwrap_or(missing)));
        self.values.settle();
    }

    pub(super) fn finish(self) -> (ColumnPart, Faults) {
        let part = match self.role {
            Role::Time => ColumnPart::Hours(self.hours),
            Role::Label => ColumnPart::Labels(self.labels),
            Role::Score | Role::Weight => ColumnPart::Floats(self.floats),
            _ => self.values.finish(),
        };
        (part, self.faults)
    }
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn is_null(text: &[u8]) -> bool {
    matches!(text, b"NA" | b"NaN" | b"nan" | b"null" | b"NULL" | b"None" | b"\\N")
}

/// The number that a text spells.
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// Values of a dimension as codes, in the order in which they came.
#[derive(Debug, Default)]
struct Values {
    values: Vec<Value>,
    codes: Option<Codes>,
    /// Codes that are not yet narrowed.
    scratch: Vec<u32>,
    texts: FxHashMap<Box<[u8]>, u32>,
    short: ShortTexts,
    numbers: FxHashMap<u64, u32>,
    /// Code plus one of each small whole number.
    small: Vec<u32>,
    missing: Option<u32>,
    raw: Option<Vec<f32>>,
}

/// Codes of short texts that were seen lately: a look at one place instead of a hash of bytes.
#[derive(Debug)]
struct ShortTexts(Box<[(u64, u32); 256]>);

impl Default for ShortTexts {
    fn default() -> Self {
        Self(Box::new([(0, 0); 256]))
    }
}

impl ShortTexts {
    /// A number that stands for a text of up to seven bytes; 0 for the empty and for longer ones.
    fn key(text: &[u8]) -> u64 {
        match text.len() {
            1..=7 => text.iter().fold(text.len() as u64, |key, &byte| key << 8 | u64::from(byte)),
            _ => 0,
        }
    }

    fn place(&mut self, key: u64) -> &mut (u64, u32) {
        // The upper bits of a product by an odd number depend on all bits of the key.
        &mut self.0[(key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize]
    }
}

/// Codes that are gathered before they are narrowed.
const SETTLE_AFTER: usize = 1 << 14;

impl Values {
    fn len(&self) -> usize {
        let settled = self.codes.as_ref().map_or(0, Codes::len) + self.scratch.len();
        self.raw.as_ref().map_or(settled, Vec::len)
    }

    fn truncate(&mut self, rows: usize) {
        if let Some(raw) = &mut self.raw {
            raw.truncate(rows);
        }
        let settled = self.codes.as_ref().map_or(0, Codes::len);
        match &mut self.codes {
            Some(codes) if rows < settled => {
                truncate(codes, rows);
                self.scratch.clear();
            }
            _ => self.scratch.truncate(rows - settled.min(rows)),
        }
    }

    fn add(&mut self, value: Value) -> u32 {
        self.values.push(value);
        self.values.len() as u32 - 1
    }

    fn code_of_missing(&mut self) -> u32 {
        if let Some(code) = self.missing {
            return code;
        }
        let code = self.add(Value::Missing);
        self.missing = Some(code);
        code
    }

    fn code_of_text(&mut self, text: &[u8]) -> u32 {
        let key = ShortTexts::key(text);
        let seen = *self.short.place(key);
        if key != 0 && seen.0 == key {
            return seen.1;
        }
        let code = match self.texts.get(text) {
            Some(&code) => code,
            None => {
                let code = self.add(Value::Text(String::from_utf8_lossy(text).into()));
                self.texts.insert(text.into(), code);
                code
            }
        };
        *self.short.place(key) = (key, code);
        code
    }

    fn code_of_number(&mut self, number: f64) -> u32 {
        let bits = (number + 0.0).to_bits();
        if let Some(&code) = self.numbers.get(&bits) {
            return code;
        }
        let code = self.add(Value::Number(number + 0.0));
        self.numbers.insert(bits, code);
        code
    }

    fn push_missing(&mut self) {
        if let Some(raw) = &mut self.raw {
            return raw.push(f32::NAN);
        }
        let code = self.code_of_missing();
        self.push(code);
    }

    fn push_number(&mut self, number: f64) {
        if let Some(raw) = &mut self.raw {
            return raw.push(number as f32);
        }
        let code = self.code_of_number(number);
        self.push(code);
        self.consider_raw(code);
    }

    fn push_text(&mut self, text: &[u8]) {
        if let Some(raw) = &mut self.raw {
            // What is no number among thousands of numbers counts as missing.
            return raw.push(parse(text).map_or(f32::NAN, |number| number as f32));
        }
        let code = self.code_of_text(text);
        self.push(code);
        self.consider_raw(code);
    }

    fn push_integers(&mut self, run: impl ExactSizeIterator<Item = i64> + Clone) {
        self.settle();
        let known = |number: i64| {
            let small = usize::try_from(number).ok().and_then(|small| self.small.get(small));
            small.is_some_and(|&code| code > 0)
        };
        // Nearly always: a column of few numbers, all of which came before.
        if run.clone().all(known)
            && self.raw.is_none()
            && let Some(Codes::U8(codes)) = &mut self.codes
        {
            codes.extend(run.map(|number| (self.small[number as usize] - 1) as u8));
            return;
        }
        for number in run {
            match usize::try_from(number) {
                Ok(small) if small < SMALL && self.raw.is_none() => {
                    if self.small.is_empty() {
                        self.small = vec![0; SMALL];
                    }
                    if self.small[small] == 0 {
                        self.small[small] = self.code_of_number(number as f64) + 1;
                    }
                    self.scratch.push(self.small[small] - 1);
                }
                _ => self.push_number(number as f64),
            }
        }
        self.settle();
    }

    fn push(&mut self, code: u32) {
        self.scratch.push(code);
        if self.scratch.len() >= SETTLE_AFTER {
            self.settle();
        }
    }

    /// Narrows what was gathered.
    fn settle(&mut self) {
        let width = self.values.len();
        let codes = self.codes.take().unwrap_or_else(|| Codes::zeros(width, 0));
        let mut codes = widen(codes, width);
        let run = self.scratch.drain(..);
        match &mut codes {
            Codes::U8(codes) => codes.extend(run.map(|code| code as u8)),
            Codes::U16(codes) => codes.extend(run.map(|code| code as u16)),
            Codes::U32(codes) => codes.extend(run),
        }
        self.codes = Some(codes);
    }

    /// Keeps the numbers themselves from now on, where there are many and nothing else.
    fn consider_raw(&mut self, code: u32) {
        // Looked at again at each doubling only: texts may be many too.
        let new = code as usize + 1 == self.values.len();
        if !new || self.values.len() <= RAW_AFTER || !self.values.len().is_power_of_two() {
            return;
        }
        self.settle();
        let numbers: Option<Vec<f32>> = self.values.iter().map(number_of).collect();
        let Some(numbers) = numbers else { return };
        if let Some(codes) = self.codes.take() {
            self.raw = Some((0..codes.len()).map(|row| numbers[codes.get(row)]).collect());
        }
    }

    fn finish(mut self) -> ColumnPart {
        if let Some(raw) = self.raw {
            return ColumnPart::Raw(raw);
        }
        self.settle();
        ColumnPart::Values(self.values, self.codes.unwrap_or(Codes::U8(Vec::new())))
    }
}

/// A value as a number, NaN where it is missing; `None` for other texts.
pub(super) fn number_of(value: &Value) -> Option<f32> {
    match value {
        Value::Missing => Some(f32::NAN),
        Value::Number(number) => Some(*number as f32),
        Value::Text(text) => parse(text.as_bytes()).map(|number| number as f32),
    }
}

fn truncate(codes: &mut Codes, rows: usize) {
    match codes {
        Codes::U8(codes) => codes.truncate(rows),
        Codes::U16(codes) => codes.truncate(rows),
        Codes::U32(codes) => codes.truncate(rows),
    }
}

/// The same codes, wide enough for `values`.
fn widen(codes: Codes, values: usize) -> Codes {
    match (codes, values) {
        (Codes::U8(codes), 0x101..=0x1_0000) => {
            Codes::U16(codes.into_iter().map(u16::from).collect())
        }
        (Codes::U8(codes), 0x1_0001..) => Codes::U32(codes.into_iter().map(u32::from).collect()),
        (Codes::U16(codes), 0x1_0001..) => Codes::U32(codes.into_iter().map(u32::from).collect()),
        (codes, _) => codes,
    }
}
