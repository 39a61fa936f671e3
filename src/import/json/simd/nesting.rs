//! Finding the end of objects and lists a block at a time.

use super::super::scan::Stop;
use super::block::{self, Marks};

/// The position behind the object or list that begins at `at`, which may nest as deep as it likes. Only
/// texts and brackets are looked at, so what is skipped need not be right in every other respect.
#[target_feature(enable = "avx2,popcnt")]
pub(super) fn value_end(bytes: &[u8], at: usize) -> Result<usize, Stop> {
    let mut state = Nesting::default();
    let rest = bytes.get(at..).unwrap_or_default();
    let (blocks, tail) = rest.as_chunks::<{ block::BYTES }>();
    for (number, block) in blocks.iter().enumerate() {
        if let Some(found) = state.advance(block::marks(block)) {
            return found.at(at + number * block::BYTES);
        }
    }
    let mut last = [b' '; block::BYTES];
    last[..tail.len()].copy_from_slice(tail);
    let found = state.advance(block::marks(&last)).ok_or(Stop::CutOff)?;
    found.at(bytes.len() - tail.len())
}

/// What is known between two blocks.
#[derive(Default)]
struct Nesting {
    depth: u32,
    /// All bits set while within a text.
    in_text: u64,
    /// One where the next byte is escaped.
    escape: u64,
}

/// Where a search ends, as a place in a block.
enum Found {
    End(u32),
    Control(u32),
}

impl Found {
    fn at(&self, block: usize) -> Result<usize, Stop> {
        match *self {
            Self::End(place) => Ok(block + place as usize + 1),
            Self::Control(place) => Err(Stop::Control(block + place as usize)),
        }
    }
}

impl Nesting {
    /// After Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019: escapes by carries, texts by
    /// the parity of the quotes before them, and brackets counted unless the block may be the last.
    #[target_feature(enable = "avx2,popcnt")]
    fn advance(&mut self, marks: Marks) -> Option<Found> {
        let escaped = self.escaped(marks.backslashes);
        let in_text = parity(marks.quotes & !escaped) ^ self.in_text;
        self.in_text = (in_text.cast_signed() >> 63).cast_unsigned();
        let (opens, closes) = (marks.opens & !in_text, marks.closes & !in_text);
        let controls = marks.controls & in_text;
        if controls == 0 && closes.count_ones() < self.depth {
            self.depth = self.depth + opens.count_ones() - closes.count_ones();
            return None;
        }
        let mut left = opens | closes | controls;
        while left != 0 {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            if controls & bit != 0 {
                return Some(Found::Control(bit.trailing_zeros()));
            }
            if opens & bit != 0 {
                self.depth += 1;
            } else {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Some(Found::End(bit.trailing_zeros()));
                }
            }
        }
        None
    }

    /// The bytes that a backslash stands before which is not escaped itself. Runs of backslashes that begin at
    /// odd places are told from those at even ones by whether a carry comes out of them.
    const fn escaped(&mut self, backslashes: u64) -> u64 {
        const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
        if backslashes == 0 {
            let escaped = self.escape;
            self.escape = 0;
            return escaped;
        }
        let starting = backslashes & !self.escape;
        let follows = (starting << 1) | self.escape;
        let odd_starts = starting & ODD & !follows;
        let (even_runs, carries) = odd_starts.overflowing_add(starting);
        self.escape = carries as u64;
        (EVEN ^ (even_runs << 1)) & follows
    }
}

const EVEN: u64 = 0x5555_5555_5555_5555;

/// Each bit: whether an odd number of bits up to it is set.
const fn parity(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

#[cfg(test)]
mod tests {
    use super::super::super::scan;
    use super::super::value_end;
    use super::Stop;
    use proptest::prelude::*;

    /// Parts of JSON; a backslash stands in texts alone.
    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[{}\\[\\],: a0]{1,9}",
            4 => r#""([ -!#-\[\]-~]|\\["\\/n]){0,90}""#,
            1 => r#""(\\\\){0,70}\\"""#,
            1 => Just(String::from("\"a\nb\"")),
        ]
    }

    proptest! {
        #[test]
        fn values_end_where_a_loop_says(parts in prop::collection::vec(part(), 0..40), at in 0_usize..9, cut in 0_usize..99) {
            let mut text = format!("{}{{{}", " ".repeat(at), parts.concat());
            text.truncate(text.len().saturating_sub(cut).max(at));
            let bytes = text.as_bytes();
            prop_assert_eq!(value_end(bytes, at), scan::value_end(bytes, at));
        }
    }

    #[test]
    fn values_of_any_depth_end() {
        let end = |text: &str| value_end(text.as_bytes(), 0);
        assert_eq!(end(r#"{"a": ["}", {}], "b": 1}, 2"#), Ok(24));
        assert_eq!(end("[[]"), Err(Stop::CutOff));
        assert_eq!(end("[\"a\nb\"]"), Err(Stop::Control(3)));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(end(&deep), Ok(200_000));
    }
}
