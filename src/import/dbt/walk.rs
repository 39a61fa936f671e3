//! Streams a dbt artifact: its sections' items one by one, never the whole file at once.

use super::super::json::Json;
use super::super::lenient::{Field, Key, Misfit, Shape};
use super::super::{Cancelled, FileProgress, Source, Text};
use crate::model::{Batch, Provenance};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// One of dbt's artifacts, as a receiver of its items.
pub(super) trait Reader<'a> {
    type Item: Shape<'a>;

    /// Whether this top-level key holds items; everything else is skipped without being built.
    fn reads(&self, section: &str) -> bool;

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

/// Reads `source` into `batch`; what stands before a syntax error is kept.
///
/// # Errors
/// When the work was cancelled.
pub(super) fn read<'a, R: Reader<'a>>(
    source: &Source<'a>,
    batch: &mut Batch,
    reader: &mut R,
) -> Result<(), Cancelled> {
    let Source { text, progress, .. } = source;
    let mut walk = Walk {
        reader,
        to: Output { text, batch },
        progress,
        read_to: 0,
        cancelled: false,
        section: Cow::Borrowed(""),
        key: Cow::Borrowed(""),
    };
    let mut json = Json::new(text.as_str(), 0);
    let outcome = TopLevel(&mut walk).deserialize(&mut json).and_then(|()| json.end());
    if walk.cancelled {
        return Err(Cancelled);
    }
    if let Err(error) = outcome {
        let kept = "What stands before it was read.";
        let problem = error.problem(text, json.position(), &walk.path(), kept);
        walk.to.batch.report(problem);
    }
    for missing in json.not_finite() {
        walk.to.batch.report(missing.problem(text));
    }
    walk.reader.finish(&mut walk.to);
    Ok(())
}

struct Walk<'s, 'a, 'p, R> {
    reader: &'s mut R,
    to: Output<'s, 'a>,
    progress: &'s FileProgress<'p>,
    /// How far the progress was told.
    read_to: usize,
    cancelled: bool,
    /// Where the parser is, for its errors.
    section: Cow<'a, str>,
    key: Cow<'a, str>,
}

impl<'a, R: Reader<'a>> Walk<'_, 'a, '_, R> {
    /// Told this often, progress is smooth and costs nothing.
    const PROGRESS_BYTES: usize = 1 << 18;

    fn path(&self) -> String {
        match (&*self.section, &*self.key) {
            ("", _) => String::new(),
            (section, "") => section.to_owned(),
            (section, key) => format!("{section}[\"{key}\"]"),
        }
    }

    /// Tells the progress how far `key` stands in the file.
    fn advance<E: Error>(&mut self, key: &str) -> Result<(), E> {
        let position = self.to.text.offset_of(key).unwrap_or(0);
        if position >= self.read_to + Self::PROGRESS_BYTES {
            let bytes = (position - self.read_to) as u64;
            self.read_to = position;
            self.cancelled = self.progress.advance(bytes).is_err();
        }
        if self.cancelled { Err(E::custom(Cancelled)) } else { Ok(()) }
    }
}

/// The whole file: an object of sections.
struct TopLevel<'w, 's, 'a, 'p, R>(&'w mut Walk<'s, 'a, 'p, R>);

impl<'a, R: Reader<'a>> DeserializeSeed<'a> for TopLevel<'_, '_, 'a, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, R: Reader<'a>> Visitor<'a> for TopLevel<'_, '_, 'a, '_, R> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let walk = self.0;
        while let Some(section) = map.next_key_seed(Key)? {
            walk.advance(&section)?;
            walk.section = section;
            walk.key = Cow::Borrowed("");
            if walk.reader.reads(&walk.section) {
                map.next_value_seed(Section(walk))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        walk.section = Cow::Borrowed("");
        Ok(())
    }
}

/// A section: an object or a list of items; anything else holds none.
struct Section<'w, 's, 'a, 'p, R>(&'w mut Walk<'s, 'a, 'p, R>);

impl<'a, R: Reader<'a>> DeserializeSeed<'a> for Section<'_, '_, 'a, '_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, R: Reader<'a>> Section<'_, '_, 'a, '_, R> {
    fn no_items<E>(self, found: &'static str) -> Result<(), E> {
        let walk = self.0;
        let at = walk.to.text.at(&walk.section);
        let misfit = Misfit { field: "items", found, expected: "an object" };
        let section = walk.section.clone();
        walk.to.misfit(&section, misfit, at);
        Ok(())
    }
}

impl<'a, R: Reader<'a>> Visitor<'a> for Section<'_, '_, 'a, '_, R> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let walk = self.0;
        while let Some(key) = map.next_key_seed(Key)? {
            walk.advance(&key)?;
            walk.key = key;
            let value = map.next_value()?;
            let item = Item { key: Some(walk.key.clone()), value };
            walk.reader.item(&mut walk.to, &walk.section, item);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let walk = self.0;
        while let Some(value) = seq.next_element()? {
            walk.cancelled = walk.progress.check().is_err();
            walk.advance("")?;
            walk.reader.item(&mut walk.to, &walk.section, Item { key: None, value });
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.no_items("true or false")
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.no_items("a number")
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.no_items("a number")
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.no_items("a number")
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.no_items("a text")
    }
}
