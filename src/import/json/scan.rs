//! Finding the end of texts and values, eight bytes at a time where they are plain. `simd` does the same
//! faster where the processor allows it.

/// Why no end was found, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    CutOff,
    /// A line feed or another control character within a text.
    Control(usize),
}

/// A text from its opening quote on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted {
    /// The position of the closing quote.
    pub(super) close: usize,
    pub(super) has_escapes: bool,
}

/// The end of the text whose opening quote stands at `at`.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Result<Quoted, Stop> {
    quoted_by(bytes, at, plain_end)
}

/// The same by any way to find the next quote, backslash or control character.
#[inline]
pub(super) fn quoted_by(
    bytes: &[u8],
    at: usize,
    plain_end: impl Fn(&[u8], usize) -> usize,
) -> Result<Quoted, Stop> {
    let mut has_escapes = false;
    let mut at = plain_end(bytes, at + 1);
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(Quoted { close: at, has_escapes }),
            Some(b'\\') => {
                has_escapes = true;
                at = plain_end(bytes, at + 2);
            }
            Some(_) => return Err(Stop::Control(at)),
            None => return Err(Stop::CutOff),
        }
    }
}

/// The position behind the object or list that begins at `at`, which may nest as deep as it likes. Only
/// texts and brackets are looked at, so what is skipped need not be right in every other respect.
pub(super) fn value_end(bytes: &[u8], mut at: usize) -> Result<usize, Stop> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at).ok_or(Stop::CutOff)? {
            b'"' => {
                at = quoted(bytes, at)?.close + 1;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Ok(at);
        }
    }
}

/// The position from `at` on of the first quote, backslash or control character.
pub(super) fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let found = special(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Sets the highest bit of the first byte that is a quote, a backslash or a control character. Bits of
/// bytes after it may be wrong, since subtractions borrow from there (Mycroft's test for a zero byte).
const fn special(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = ONES << 7;
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let slashes = slash.wrapping_sub(ONES) & !slash;
    let controls = word.wrapping_sub(ONES * 0x20) & !word;
    (quotes | slashes | controls) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_text_ends_where_a_loop_says(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..210) {
            let slow = (at..bytes.len())
                .find(|&at| bytes[at] < 0x20 || matches!(bytes[at], b'"' | b'\\'));
            prop_assert_eq!(plain_end(&bytes, at), slow.unwrap_or(bytes.len().max(at)));
        }
    }

    #[test]
    fn ends_of_texts_and_values() {
        let close = |text: &str| quoted(text.as_bytes(), 0);
        let plain = |close| Ok(Quoted { close, has_escapes: false });
        assert_eq!(close("\"\""), plain(1));
        assert_eq!(close("\"grün und mehr\", \""), plain(15));
        assert_eq!(close(r#""a\"b\\""#), Ok(Quoted { close: 7, has_escapes: true }));
        assert_eq!(close("\"a\nb\""), Err(Stop::Control(2)));
        for cut in ["\"", "\"a\\", "\"a\\\"", "\"abcdefghijklmnop"] {
            assert_eq!(close(cut), Err(Stop::CutOff), "{cut}");
        }
        let end = |text: &str| value_end(text.as_bytes(), 0);
        assert_eq!(end(r#"{"a": ["}", {}], "b": 1}, 2"#), Ok(24));
        assert_eq!(end("[[]"), Err(Stop::CutOff));
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(end(&deep), Ok(200_000));
    }
}
