//! JSON as programs really write it: numbers that JSON does not have, and words for what is broken.
//!
//! Owns: what is done before a text goes to the parser and what is said when the parser stops.
//! Must never know: a format.

use super::{Source, Text};
use crate::model::{Batch, Problem, ProblemKind, Severity};
use std::borrow::Cow;

/// How deep values may nest, as `serde_json` limits it. What is skipped may nest deeper.
const DEEPEST: usize = 128;

/// Python's writer puts these where a number would stand, though JSON has no such numbers.
const NOT_FINITE: [&str; 3] = ["NaN", "-Infinity", "Infinity"];

/// Hands the source's text to `read`, without numbers that JSON does not have; those are reported.
pub(super) fn read_clean<T>(
    source: &Source<'_>,
    batch: &mut Batch,
    read: impl for<'a> FnOnce(&Text<'a>, &mut Batch) -> T,
) -> T {
    let (clean, blanked) = blank_not_finite(source.text.as_str());
    for one in &blanked {
        batch.report(one.problem(&source.text));
    }
    match clean {
        Cow::Borrowed(_) => read(&source.text, batch),
        Cow::Owned(clean) => read(&Text::new(&clean), batch),
    }
}

/// The keys of the outermost object, or of the first object in the outermost list, as far as `head`
/// reaches. Linear in its length.
pub(super) fn head_keys(head: &str) -> Vec<&str> {
    let bytes = head.as_bytes();
    let mut opening = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
    let level = match (opening.next(), opening.next()) {
        (Some(b'{'), _) => 1,
        (Some(b'['), Some(b'{')) => 2,
        _ => return Vec::new(),
    };
    let mut keys = Vec::new();
    let (mut at, mut depth, mut is_key) = (0, 0_usize, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = end_of_text(bytes, at);
                if is_key && depth == level && end - 1 > at && bytes[end - 1] == b'"' {
                    keys.push(&head[at + 1..end - 1]);
                }
                is_key = false;
                at = end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= level => break,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        is_key = matches!(bytes[at], b'{' | b',') || is_key && bytes[at].is_ascii_whitespace();
        at += 1;
    }
    keys
}

/// The text with `NaN` and `Infinity` blanked to empty texts of the same length, so that every place
/// stays where it was, and what was blanked. Borrows when there is nothing to blank, which costs one
/// search for each word.
fn blank_not_finite(text: &str) -> (Cow<'_, str>, Vec<Blanked>) {
    if !["NaN", "Infinity"].iter().any(|word| stands_as_value(text.as_bytes(), word)) {
        return (Cow::Borrowed(text), Vec::new());
    }
    let mut out = text.as_bytes().to_vec();
    let mut blanked = Vec::new();
    let mut at = 0;
    // Outside of texts only: a query may well hold the word.
    while at < out.len() {
        if out[at] == b'"' {
            at = end_of_text(&out, at);
            continue;
        }
        match NOT_FINITE.into_iter().find(|word| out[at..].starts_with(word.as_bytes())) {
            Some(word) => {
                out[at..at + word.len()].fill(b' ');
                out[at..at + 2].fill(b'"');
                blanked.push(Blanked { position: at, word });
                at += word.len();
            }
            None => at += 1,
        }
    }
    let out = String::from_utf8(out).unwrap_or_else(|_| text.to_owned());
    (Cow::Owned(out), blanked)
}

/// A number that JSON does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Blanked {
    position: usize,
    word: &'static str,
}

impl Blanked {
    fn problem(self, text: &Text<'_>) -> Problem {
        Problem::new(
            Severity::Warning,
            ProblemKind::Value,
            Some(text.at_offset(self.position)),
            format!("`{}` is no JSON value; it was read as missing", self.word),
            "Have the program that wrote it write `null` (Python: `json.dumps(…, allow_nan=False)` tells where).",
        )
    }
}

/// Whether `word` stands somewhere between the marks that surround a value. It may still be inside a text.
fn stands_as_value(text: &[u8], word: &str) -> bool {
    memchr::memmem::find_iter(text, word).any(|at| {
        let before = text[..at].iter().rev().find(|byte| !byte.is_ascii_whitespace());
        let after = text.get(at + word.len());
        matches!(before, None | Some(b':' | b',' | b'[' | b'-'))
            && after
                .is_none_or(|byte| matches!(byte, b',' | b']' | b'}') || byte.is_ascii_whitespace())
    })
}

/// The position behind the text whose opening quote stands at `at`. A line feed ends it too: JSON has
/// none in its texts, and a line that is cut off must not turn the following ones inside out.
fn end_of_text(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', &bytes[at.min(bytes.len())..]) {
        at += found;
        if bytes[at] != b'\\' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// Byte position of the place that the parser names; its columns count bytes.
pub(super) fn position_of(text: &str, error: &serde_json::Error) -> usize {
    let start = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', text.as_bytes())
            .nth(line - 2)
            .map_or(text.len(), |feed| feed + 1),
    };
    match error.column() {
        // A line feed within a text: the line that it ends is the broken one.
        0 => start.saturating_sub(1),
        column => (start + column - 1).min(text.len()),
    }
}

/// What to say when the parser stopped at `position`; `path` leads to the value that it was in.
pub(super) fn syntax_problem(
    text: &Text<'_>,
    error: &serde_json::Error,
    position: usize,
    path: &str,
    kept: &str,
) -> Problem {
    let what = error.to_string();
    let what = what.split(" at line ").next().unwrap_or_default();
    let inside = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
    let (message, hint) = if error.is_eof() {
        (
            format!("The JSON ends too early{inside}: {what}"),
            format!("The file was cut off; write it again. {kept}"),
        )
    } else if what.starts_with("recursion limit") {
        (
            format!("Values nest more than {DEEPEST} levels deep{inside}"),
            format!("No tool writes such a manifest; correct it at this place. {kept}"),
        )
    } else {
        (format!("Broken JSON{inside}: {what}"), format!("Correct it at this place. {kept}"))
    };
    Problem::new(
        Severity::Error,
        ProblemKind::Syntax,
        Some(text.at_offset(position)),
        message,
        hint,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_blanked_as_values_only() {
        let text = r#"{"a": NaN, "b": "x, NaN, \" Infinity", "c": [-Infinity, Infinity ]}"#;
        let (clean, blanked) = blank_not_finite(text);
        assert_eq!(clean.len(), text.len());
        assert_eq!(
            blanked.iter().map(|one| one.word).collect::<Vec<_>>(),
            ["NaN", "-Infinity", "Infinity"]
        );
        let value: serde_json::Value = serde_json::from_str(&clean).expect("JSON");
        assert_eq!(value["b"], "x, NaN, \" Infinity");
        assert_eq!(value["c"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn most_texts_are_not_copied() {
        for text in [r#"{"q": "isNaN(x) = NaN"}"#, "{}", r#"{"Infinity": 1}"#] {
            assert!(matches!(blank_not_finite(text), (Cow::Borrowed(_), _)), "{text}");
        }
        // In a text, though it looks like a value: scanned, and left alone.
        let text = r#"{"q": "a, NaN, b"}"#;
        assert_eq!(blank_not_finite(text), (Cow::Borrowed(text), Vec::new()));
    }

    #[test]
    fn keys_of_the_outermost_object_are_found() {
        let keys = |head| head_keys(head).join(" ");
        assert_eq!(
            keys(r#"{"a": {"b": 1, "c": "d"}, "e": ["f", "g"], "h\"": 1, "i": "j""#),
            "a e h\\\" i"
        );
        assert_eq!(keys(r#" [ {"a": "x, y", "b": 1}, {"c": 2}]"#), "a b");
        assert_eq!(keys("{\"a\": 1}\n{\"b\": 2}"), "a");
        for nothing in ["", "[1, {\"a\": 1}]", "\"a\"", "{\"cut o", "{", "a: 1", "}{\"a\""] {
            assert_eq!(keys(nothing), "", "{nothing}");
        }
    }

    #[test]
    fn positions_are_those_of_the_bytes() {
        let text = "{\n \"ä\": tru }";
        let error = serde_json::from_str::<serde_json::Value>(text).expect_err("broken");
        assert!(text.as_bytes()[position_of(text, &error)..].starts_with(b" }"));
    }
}
