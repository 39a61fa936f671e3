//! Bytes into text: byte order marks, UTF-16 and bytes that are no text at all.

use std::borrow::Cow;

/// A file's text, without its byte order mark.
#[derive(Debug)]
pub(super) struct Decoded<'b> {
    text: Cow<'b, str>,
    /// Length of the byte order mark, which stays in `text` so that nothing needs to be moved.
    start: usize,
    pub(super) remark: Option<Remark>,
}

impl Decoded<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.text[self.start..]
    }

    /// Whether the text is the bytes, all of them and unchanged.
    pub(super) fn is_verbatim(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_)) && self.start == 0
    }
}

/// What was odd about the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remark {
    /// Read as UTF-16.
    Utf16,
    /// Read as UTF-16, and some units were no characters; they were replaced.
    BrokenUtf16,
    /// Not UTF-8 from this byte on; what is no character was replaced.
    NotUtf8 { offset: usize },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8 { mark: usize },
    Utf16Le { mark: usize },
    Utf16Be { mark: usize },
    Binary,
}

const UTF8_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Tells by byte order mark, else by where the zero bytes of the first two characters are: every
/// format read here begins with an ASCII character. Other zero bytes are in no text.
fn encoding_of(bytes: &[u8]) -> Encoding {
    if bytes.starts_with(UTF8_MARK) {
        return Encoding::Utf8 { mark: UTF8_MARK.len() };
    }
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => Encoding::Binary, // UTF-32, which nothing writes
        [0xFF, 0xFE, ..] => Encoding::Utf16Le { mark: 2 },
        [0xFE, 0xFF, ..] => Encoding::Utf16Be { mark: 2 },
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Encoding::Utf16Le { mark: 0 },
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Encoding::Utf16Be { mark: 0 },
        _ if memchr::memchr(0, &bytes[..bytes.len().min(super::HEAD_BYTES)]).is_some() => {
            Encoding::Binary
        }
        _ => Encoding::Utf8 { mark: 0 },
    }
}

/// The whole file's text; `None` for what is no text. UTF-8, the usual case, is checked and not copied.
pub(super) fn decode(bytes: &[u8]) -> Option<Decoded<'_>> {
    let mark = match encoding_of(bytes) {
        Encoding::Utf8 { mark } => mark,
        Encoding::Utf16Le { mark } => return Some(utf16(&bytes[mark..], u16::from_le_bytes)),
        Encoding::Utf16Be { mark } => return Some(utf16(&bytes[mark..], u16::from_be_bytes)),
        Encoding::Binary => return None,
    };
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), start: mark, remark: None },
        Err(error) => Decoded {
            text: Cow::Owned(String::from_utf8_lossy(bytes).into_owned()),
            start: mark,
            remark: Some(Remark::NotUtf8 { offset: error.valid_up_to() }),
        },
    })
}

/// The first bytes of a file as text, cut before a character that is not whole; `None` for what is no text.
pub(super) fn decode_head(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match encoding_of(bytes) {
        Encoding::Utf8 { mark } => {
            let bytes = &bytes[mark..];
            Some(match std::str::from_utf8(bytes) {
                Ok(text) => Cow::Borrowed(text),
                Err(error) if error.error_len().is_none() => {
                    String::from_utf8_lossy(&bytes[..error.valid_up_to()])
                }
                Err(_) => String::from_utf8_lossy(bytes),
            })
        }
        Encoding::Utf16Le { mark } => Some(utf16(&bytes[mark..], u16::from_le_bytes).text),
        Encoding::Utf16Be { mark } => Some(utf16(&bytes[mark..], u16::from_be_bytes).text),
        Encoding::Binary => None,
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let mut text = String::with_capacity(bytes.len() / 2);
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut broken = bytes.len() % 2 == 1;
    for character in char::decode_utf16(units) {
        broken |= character.is_err();
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let remark = Some(if broken { Remark::BrokenUtf16 } else { Remark::Utf16 });
    Decoded { text: Cow::Owned(text), start: 0, remark }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Option<(String, Option<Remark>)> {
        decode(bytes).map(|read| (read.as_str().to_owned(), read.remark))
    }

    #[test]
    fn marks_and_utf16_are_read() {
        assert_eq!(decoded(b"\xEF\xBB\xBFa: 1"), Some(("a: 1".into(), None)));
        let text = "{\"größe\": \"🌊\"}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(&little), Some((text.into(), Some(Remark::Utf16))));
        assert_eq!(decoded(&big), Some((text.into(), Some(Remark::Utf16))));
        let marked = [&[0xFF, 0xFE], &little[..]].concat();
        assert_eq!(decoded(&marked), Some((text.into(), Some(Remark::Utf16))));
        assert_eq!(decoded(&marked[..marked.len() - 1]).unwrap().1, Some(Remark::BrokenUtf16));
    }

    #[test]
    fn broken_utf8_is_read_lossily_and_binary_is_refused() {
        let (text, remark) = decoded(b"ab\xFFcd").unwrap();
        assert_eq!((&*text, remark), ("ab\u{fffd}cd", Some(Remark::NotUtf8 { offset: 2 })));
        assert_eq!(decoded(b"\x89PNG\r\n\x1a\n\0\0\0\r"), None);
    }

    #[test]
    fn a_head_may_end_within_a_character() {
        assert_eq!(decode_head("aé".as_bytes().split_at(2).0).as_deref(), Some("a"));
        assert_eq!(decode_head(b"").as_deref(), Some(""));
    }
}
