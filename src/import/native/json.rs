//! JSON with the place of every key and value.
//!
//! No kept JSON crate tells the place of a value; the YAML reader does and reads JSON, at five times
//! the time (0.8 s for 30 MB). So the brackets are walked here, and strings and numbers are left to
//! `serde_json`.

use super::super::Text;
use super::located::{DEEPEST, Documents, Growing, Located, Value, syntax, too_deep};
use crate::model::Problem;
use std::borrow::Cow;

pub(super) fn parse<'a>(text: &Text<'a>) -> Documents<'a> {
    let mut reader = Reader { text, rest: 0, growing: Growing::default() };
    let mut documents = Documents::default();
    if let Err(problem) = reader.document() {
        documents.problems.push(problem);
    }
    documents.roots.extend(reader.growing.close_all());
    documents
}

struct Reader<'t, 'a> {
    text: &'t Text<'a>,
    /// Offset of what is still to be read.
    rest: usize,
    growing: Growing<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn document(&mut self) -> Result<(), Problem> {
        self.value()?;
        while self.growing.depth() > 0 {
            // After a value in a collection: more of it, or its end.
            match self.peek() {
                Some(b',') => {
                    self.rest += 1;
                    if self.growing.is_map() {
                        self.key()?;
                    }
                    self.value()?;
                }
                Some(b'}') if self.growing.is_map() => self.close(),
                Some(b']') if !self.growing.is_map() => self.close(),
                found => {
                    let end = if self.growing.is_map() { "`}`" } else { "`]`" };
                    return Err(self.unexpected(found, &format!("`,` or {end}")));
                }
            }
        }
        match self.peek() {
            None => Ok(()),
            found => Err(self.unexpected(found, "the end of the file")),
        }
    }

    /// Reads a scalar, or opens collections down to the first scalar in them.
    fn value(&mut self) -> Result<(), Problem> {
        loop {
            let found = self.peek();
            let at = self.text.at_offset(self.rest);
            if matches!(found, Some(b'{' | b'[')) && self.growing.depth() == DEEPEST {
                return Err(too_deep(at));
            }
            match found {
                Some(b'{') => {
                    self.rest += 1;
                    self.growing.open_map(at, 0);
                    if self.peek() == Some(b'}') {
                        self.close();
                        return Ok(());
                    }
                    self.key()?;
                }
                Some(b'[') => {
                    self.rest += 1;
                    self.growing.open_list(at, 0);
                    if self.peek() == Some(b']') {
                        self.close();
                        return Ok(());
                    }
                }
                Some(b'"') => {
                    let value = Value::Scalar(self.string()?);
                    self.growing.value(Located { at, value });
                    return Ok(());
                }
                Some(byte) if byte.is_ascii_alphanumeric() || byte == b'-' => {
                    let value = self.word()?;
                    self.growing.value(Located { at, value });
                    return Ok(());
                }
                found => return Err(self.unexpected(found, "a value")),
            }
        }
    }

    fn close(&mut self) {
        self.rest += 1;
        if let Some((_, value)) = self.growing.close() {
            self.growing.value(value);
        }
    }

    fn key(&mut self) -> Result<(), Problem> {
        let found = self.peek();
        let at = self.text.at_offset(self.rest);
        if found != Some(b'"') {
            return Err(self.unexpected(found, "a key in double quotes"));
        }
        let key = self.string()?;
        self.growing.key(key, at);
        match self.peek() {
            Some(b':') => {
                self.rest += 1;
                Ok(())
            }
            found => Err(self.unexpected(found, "`:`")),
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Problem> {
        let text = self.text.as_str();
        let body = &text[self.rest + 1..];
        // Without escapes the string is borrowed; control characters are for serde_json to refuse.
        if let Some(end) = memchr::memchr2(b'"', b'\\', body.as_bytes())
            && body.as_bytes()[end] == b'"'
            && !body.as_bytes()[..end].iter().any(u8::is_ascii_control)
        {
            self.rest += end + 2;
            return Ok(Cow::Borrowed(&body[..end]));
        }
        let mut strings =
            serde_json::Deserializer::from_str(&text[self.rest..]).into_iter::<String>();
        let read = strings.next();
        let length = strings.byte_offset();
        match read {
            Some(Ok(string)) => {
                self.rest += length;
                Ok(Cow::Owned(string))
            }
            Some(Err(error)) if error.is_eof() => Err(self.cut_off()),
            _ => Err(syntax(
                self.text.at_offset(self.rest),
                "This string has a control character or an escape that JSON does not know",
                "Write a line break as \\n and a backslash as \\\\.",
            )),
        }
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<Value<'a>, Problem> {
        let rest = &self.text.as_str()[self.rest..];
        let is_part =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let end = rest.bytes().position(|byte| !is_part(&byte)).unwrap_or(rest.len());
        let word = &rest[..end];
        let value = match word {
            "null" => Value::Null,
            "true" | "false" => Value::Scalar(Cow::Borrowed(word)),
            "NaN" | "Infinity" | "-Infinity" => {
                return Err(syntax(
                    self.text.at_offset(self.rest),
                    format!("`{word}` is not JSON, though Python writes it"),
                    "Write null, or leave the key out.",
                ));
            }
            _ if serde_json::from_str::<f64>(word).is_ok() => Value::Scalar(Cow::Borrowed(word)),
            _ if self.rest + end == self.text.as_str().len() => return Err(self.cut_off()),
            _ => return Err(self.unexpected(self.peek_here(), "a value")),
        };
        self.rest += end;
        Ok(value)
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let bytes = &self.text.as_str().as_bytes()[self.rest..];
        let blanks = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        self.rest += blanks.unwrap_or(bytes.len());
        self.peek_here()
    }

    fn peek_here(&self) -> Option<u8> {
        self.text.as_str().as_bytes().get(self.rest).copied()
    }

    fn unexpected(&self, found: Option<u8>, expected: &str) -> Problem {
        if found.is_none() {
            return self.cut_off();
        }
        let found = self.text.as_str()[self.rest..].chars().next().unwrap_or('\u{fffd}');
        syntax(
            self.text.at_offset(self.rest),
            format!("`{}` where {expected} was expected", found.escape_debug()),
            "The file was read up to here; mend it and open it again.",
        )
    }

    fn cut_off(&self) -> Problem {
        syntax(
            self.text.at_offset(self.text.as_str().len()),
            "The file ends in the middle of a value; it seems to be cut off",
            "Write it again and check that all of it arrives. What came before was read.",
        )
    }
}
