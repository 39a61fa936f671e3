//! A file's text, with the place of any part of it.
//!
//! Parsers that borrow from their input tell where a value stood at no cost: the address of a borrowed
//! string within the text is its offset.

use crate::model::{Batch, Provenance};
use std::sync::OnceLock;

/// The text of one file.
#[derive(Debug)]
pub struct Text<'a> {
    text: &'a str,
    /// Offsets of the line feeds, once somebody asks for a place.
    line_feeds: OnceLock<Vec<u32>>,
}

impl<'a> Text<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self { text, line_feeds: OnceLock::new() }
    }

    /// With what [`line_feeds`] found in the same bytes.
    pub(super) fn with_line_feeds(text: &'a str, line_feeds: Vec<u32>) -> Self {
        Self { text, line_feeds: line_feeds.into() }
    }

    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// The place of `part`, which was borrowed from this text; the file as a whole when it was not, as
    /// when a parser had to unescape it. Logarithmic in the number of lines.
    pub fn at(&self, part: &str) -> Provenance {
        match self.offset_of(part) {
            Some(offset) => self.at_offset(offset),
            None => Provenance::file(Batch::FILE),
        }
    }

    /// The place of `part`; `fallback` when it was not borrowed from this text.
    pub fn at_or(&self, part: &str, fallback: Provenance) -> Provenance {
        self.offset_of(part).map_or(fallback, |offset| self.at_offset(offset))
    }

    /// Where `part` begins, if it was borrowed from this text.
    pub fn offset_of(&self, part: &str) -> Option<usize> {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (offset <= self.text.len()).then_some(offset)
    }

    /// The place of the byte at `position`.
    pub fn at_offset(&self, position: usize) -> Provenance {
        let position = offset(position);
        let feeds = self.line_feeds.get_or_init(|| line_feeds(self.text.as_bytes()));
        let line = feeds.partition_point(|&feed| feed < position);
        let line_start = if line == 0 { 0 } else { feeds[line - 1] + 1 };
        Provenance::new(Batch::FILE, offset(line) + 1, position - line_start + 1)
    }
}

/// The ends of all lines, which places need. Linear.
pub(super) fn line_feeds(bytes: &[u8]) -> Vec<u32> {
    memchr::memchr_iter(b'\n', bytes).map(offset).collect()
}

/// Offsets beyond 4 GiB all name the last place that can be named.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let text = Text::new("ab\ncd\n\nef");
        let place = |position| {
            let at = text.at_offset(position);
            (at.line, at.column)
        };
        assert_eq!(
            [0, 1, 2, 3, 6, 7, 9].map(place),
            [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (4, 1), (4, 3)]
        );
        assert_eq!(text.at(&text.as_str()[7..8]), text.at_offset(7));
        assert_eq!(text.at("elsewhere").line, 0);
        let ahead = Text::with_line_feeds(text.as_str(), line_feeds(text.as_str().as_bytes()));
        assert_eq!(ahead.at_offset(9), text.at_offset(9));
    }
}
