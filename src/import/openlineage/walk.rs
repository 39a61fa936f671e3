//! Streams a file's events: one value after the other, each an event or a list of events, with or
//! without line feeds between and within them. An event lives only until it has been joined.

use super::super::json::Json;
use super::super::lenient::Field;
use super::super::{Cancelled, FileProgress, Source, Text};
use super::event::Event;
use super::lineage::Lineage;
use crate::model::{Batch, Problem, ProblemKind, Severity};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use std::fmt;

/// Reads every event of `text`; what is broken costs the event that it stands in, and in a list those
/// behind it.
///
/// # Errors
/// When the work was cancelled.
pub(super) fn read(source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
    let Source { text, progress, .. } = source;
    batch.set_log();
    let lineage = Lineage::default();
    let mut walk = Walk { text, progress, batch, lineage, read_to: 0, cancelled: false };
    let mut at = 0;
    while let Some(start) = next_value(text.as_str(), at) {
        at = walk.value(start)?;
    }
    let Walk { lineage, batch, .. } = walk;
    lineage.finish(batch);
    Ok(())
}

/// The position of the next byte that is no blank.
fn next_value(text: &str, from: usize) -> Option<usize> {
    let rest = &text.as_bytes()[from..];
    rest.iter().position(|byte| !byte.is_ascii_whitespace()).map(|blanks| from + blanks)
}

/// Where reading goes on after an error at `position`: the next line that begins an event.
fn next_event(text: &str, position: usize) -> usize {
    let bytes = text.as_bytes();
    let begins = |at: usize| bytes.get(at) == Some(&b'{') && bytes[at - 1] == b'\n';
    let lines = memchr::memchr_iter(b'\n', &bytes[position..]).map(|feed| position + feed + 1);
    std::iter::once(position).chain(lines).find(|&at| begins(at)).unwrap_or(bytes.len())
}

struct Walk<'s, 'a, 'p> {
    text: &'s Text<'a>,
    progress: &'s FileProgress<'p>,
    batch: &'s mut Batch,
    lineage: Lineage<'a>,
    /// How far the progress was told.
    read_to: usize,
    cancelled: bool,
}

impl<'a> Walk<'_, 'a, '_> {
    /// Told this often, progress is smooth and costs nothing.
    const PROGRESS_BYTES: usize = 1 << 18;

    /// Reads the value at `start`; returns where to go on, which is always further.
    fn value(&mut self, start: usize) -> Result<usize, Cancelled> {
        let whole = self.text.as_str();
        let mut json = Json::new(whole, start);
        let outcome = if whole[start..].starts_with('[') {
            List(self).deserialize(&mut json)
        } else {
            Field::deserialize(&mut json).map(|event| self.event(event, start))
        };
        self.advance(start);
        if self.cancelled {
            return Err(Cancelled);
        }
        for missing in json.not_finite() {
            self.batch.report(missing.problem(self.text));
        }
        let position = json.position();
        let Err(error) = outcome else { return Ok(position.max(start + 1)) };
        let kept = "Every event that can be told from it was read.";
        self.batch.report(error.problem(self.text, position, "", kept));
        Ok(next_event(whole, position.max(start + 1)))
    }

    /// Joins an event that stands at `start` or behind it.
    fn event(&mut self, event: Field<Event<'a>>, start: usize) {
        let found = match event {
            Field::Is(event) => {
                let position = event.position(self.text).unwrap_or(start);
                self.lineage.event(self.text, self.batch, &event, self.text.at_offset(position));
                return self.advance(position);
            }
            Field::Absent => "null",
            Field::Misfit(found) => found,
        };
        self.batch.report(Problem::new(
            Severity::Warning,
            ProblemKind::Value,
            Some(self.text.at_offset(start)),
            format!("Among the events is {found}"),
            "It was left out; an event is an object with a `job` or a `dataset`.",
        ));
    }

    fn advance(&mut self, position: usize) {
        if position >= self.read_to + Self::PROGRESS_BYTES {
            let bytes = (position - self.read_to) as u64;
            self.read_to = position;
            self.cancelled = self.progress.advance(bytes).is_err();
        }
    }
}

/// A list of events.
struct List<'w, 's, 'a, 'p>(&'w mut Walk<'s, 'a, 'p>);

impl<'a> DeserializeSeed<'a> for List<'_, '_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for List<'_, '_, 'a, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut events: A) -> Result<(), A::Error> {
        let walk = self.0;
        while let Some(event) = events.next_element()? {
            walk.event(event, walk.read_to);
            if walk.cancelled {
                return Err(A::Error::custom(Cancelled));
            }
        }
        Ok(())
    }
}
