//! Streams a dbt artifact: its sections' items one by one, never the whole file at once.

mod ahead;

use super::super::json::{Error, Json};
use super::super::lenient::{Field, Misfit, Shape};
use super::super::{Cancelled, Source, Text};
use crate::model::{Batch, Provenance};
use ahead::{Found, Parsed};
use serde::Deserialize;
use serde::de::Error as _;
use std::borrow::Cow;
use std::ops::ControlFlow;

/// One of dbt's artifacts, as a receiver of its items.
pub(super) trait Reader<'a> {
    type Item: Shape<'a> + Send;

    /// Whether this top-level key holds items; everything else is skipped without being built.
    fn reads(section: &str) -> bool;

    fn item(&mut self, to: &mut Output<'_, 'a>, section: &str, item: Item<'a, Self::Item>);

    /// After the last item.
    fn finish(&mut self, _to: &mut Output<'_, 'a>) {}
}

/// One item of a section.
#[derive(Debug)]
pub(super) struct Item<'a, T> {
    /// Where the section is an object: the item's key in it.
    pub(super) key: Option<Cow<'a, str>>,
    pub(super) value: Field<T>,
}

/// Where a reader puts what it reads.
#[derive(Debug)]
pub(super) struct Output<'s, 'a> {
    pub(super) text: &'s Text<'a>,
    pub(super) batch: &'s mut Batch,
}

impl Output<'_, '_> {
    /// The place of a text that was read; `fallback` where it had to be unescaped.
    pub(super) fn at(&self, part: &str, fallback: Provenance) -> Provenance {
        self.text.at_or(part, fallback)
    }

    pub(super) fn misfit(&mut self, id: &str, misfit: Misfit, at: Provenance) {
        self.batch.report(misfit.problem(id, at));
    }
}

/// Told this often, progress is smooth and costs nothing.
const PROGRESS_BYTES: usize = 1 << 18;

/// Reads `source` into `batch`; what stands before a syntax error is kept. Linear in the text.
///
/// # Errors
/// When the work was cancelled.
pub(super) fn read<'a, R: Reader<'a>>(
    source: &Source<'a>,
    batch: &mut Batch,
    reader: &mut R,
) -> Result<(), Cancelled> {
    let Source { text, progress, .. } = source;
    let mut outline = Outline::new(text.as_str());
    let mut to = Output { text, batch };
    let mut broken = None;
    let mut read_to = 0;
    let mut is_cancelled = false;
    let find = |emit: &mut dyn FnMut(Found<'a>)| {
        outline.find(R::reads, || progress.check().is_ok(), emit);
    };
    ahead::parse(text.as_str(), find, |parsed: Parsed<'a, R::Item>| {
        if parsed.end >= read_to + PROGRESS_BYTES {
            is_cancelled |= progress.advance((parsed.end - read_to) as u64).is_err();
            read_to = parsed.end;
        }
        for missing in &parsed.not_finite {
            to.batch.report(missing.problem(text));
        }
        let Found { section, key, .. } = parsed.found;
        match parsed.value {
            _ if is_cancelled => return ControlFlow::Break(()),
            Ok(value) => reader.item(&mut to, &section, Item { key, value }),
            Err(error) => {
                broken = Some((error, parsed.end, path(&section, key.as_deref())));
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    });
    progress.check()?;
    outline.tell(&mut to);
    if let Some((error, position, path)) = broken.or(outline.broken) {
        to.batch.report(error.problem(text, position, &path, "What stands before it was read."));
    }
    reader.finish(&mut to);
    Ok(())
}

/// Where an item stands, for messages.
fn path(section: &str, key: Option<&str>) -> String {
    match (section, key) {
        ("", _) => String::new(),
        (section, None) => section.to_owned(),
        (section, Some(key)) => format!("{section}[\"{key}\"]"),
    }
}

/// The sections of a file and where their items begin.
struct Outline<'a> {
    json: Json<'a>,
    section: Cow<'a, str>,
    /// Sections that hold no items, and what they hold.
    misfits: Vec<(Cow<'a, str>, &'static str)>,
    /// What is wrong between the items, where, and in what.
    broken: Option<(Error, usize, String)>,
}

impl<'a> Outline<'a> {
    fn new(text: &'a str) -> Self {
        let section = Cow::Borrowed("");
        Self { json: Json::new(text, 0), section, misfits: Vec::new(), broken: None }
    }

    /// Emits the items of the sections that `reads` names, as long as `goes_on` says so.
    fn find(
        &mut self,
        reads: impl Fn(&str) -> bool,
        goes_on: impl Fn() -> bool,
        emit: &mut dyn FnMut(Found<'a>),
    ) {
        let Self { json, section, misfits, .. } = self;
        let outcome = json.object(|json, name| {
            *section = name;
            if !reads(section) {
                return json.skip();
            }
            let mut found = |json: &mut Json<'a>, key| {
                emit(Found { section: section.clone(), key, start: json.position() });
                if goes_on() { json.skip() } else { Err(Error::custom(Cancelled)) }
            };
            match json.peek() {
                Some(b'{') => json.object(|json, key| found(json, Some(key))),
                Some(b'[') => json.list(|json| found(json, None)),
                _ => {
                    if let Field::Misfit(holds) = Field::<NoItems>::deserialize(json)? {
                        misfits.push((section.clone(), holds));
                    }
                    Ok(())
                }
            }
        });
        let outcome = outcome.and_then(|()| {
            *section = Cow::Borrowed("");
            json.end()
        });
        self.broken = outcome.err().map(|error| (error, json.position(), path(section, None)));
    }

    fn tell(&self, to: &mut Output<'_, 'a>) {
        for (section, found) in &self.misfits {
            let at = to.text.at(section);
            to.misfit(section, Misfit { field: "items", found, expected: "an object" }, at);
        }
        for missing in self.json.not_finite() {
            to.batch.report(missing.problem(to.text));
        }
    }
}

/// What stands where items should.
struct NoItems;

impl Shape<'_> for NoItems {
    const EXPECTED: &'static str = "an object";
}
