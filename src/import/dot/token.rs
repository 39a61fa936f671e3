//! Words and signs of DOT, with their places. No kept crate tells where a statement stood.

use std::borrow::Cow;

/// A word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name, number, quoted text or HTML text.
    Id(Cow<'a, str>, Quote),
    /// One of `{}[]=;,:`.
    Sign(u8),
    /// `->`
    Directed,
    /// `--`
    Undirected,
    /// A character that no DOT file has outside quotes.
    Stray(char),
    /// A quoted or HTML text that never ends.
    Unclosed,
    End,
}

/// How an id is written; only bare ones can be keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    Bare,
    Quoted,
    Html,
}

/// Reads tokens one at a time; `offset` is where the last one began.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a str,
    rest: usize,
    pub(super) offset: usize,
    peeked: Option<(Token<'a>, usize, usize)>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, rest: 0, offset: 0, peeked: None }
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        let (token, offset, rest) = match self.peeked.take() {
            Some(peeked) => peeked,
            None => self.read(self.rest),
        };
        (self.offset, self.rest) = (offset, rest);
        token
    }

    pub(super) fn peek(&mut self) -> &Token<'a> {
        if self.peeked.is_none() {
            self.peeked = Some(self.read(self.rest));
        }
        self.peeked.as_ref().map_or(&Token::End, |(token, ..)| token)
    }

    /// Where the next token begins.
    pub(super) fn peek_offset(&mut self) -> usize {
        self.peek();
        self.peeked.as_ref().map_or(self.rest, |(_, offset, _)| *offset)
    }

    /// Takes the next token if it is `sign`.
    pub(super) fn take(&mut self, sign: u8) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        if found {
            self.next();
        }
        found
    }

    /// A token, its offset, and the offset behind it.
    fn read(&self, from: usize) -> (Token<'a>, usize, usize) {
        let start = self.skip(from);
        let rest = &self.text[start..];
        let bytes = rest.as_bytes();
        let (token, length) = match bytes.first() {
            None => (Token::End, 0),
            Some(sign @ (b'{' | b'}' | b'[' | b']' | b'=' | b';' | b',' | b':')) => {
                (Token::Sign(*sign), 1)
            }
            Some(b'-') if bytes.get(1) == Some(&b'>') => (Token::Directed, 2),
            Some(b'-') if bytes.get(1) == Some(&b'-') => (Token::Undirected, 2),
            Some(b'"') => return self.joined(start),
            Some(b'<') => html(rest),
            Some(_) => bare(rest),
        };
        (token, start, start + length)
    }

    /// A quoted text, with those that `+` joins to it.
    fn joined(&self, start: usize) -> (Token<'a>, usize, usize) {
        let Some((mut text, length)) = quoted(&self.text[start..]) else {
            return (Token::Unclosed, start, self.text.len());
        };
        let mut end = start + length;
        loop {
            let plus = self.skip(end);
            if self.text.as_bytes().get(plus) != Some(&b'+') {
                break;
            }
            let next = self.skip(plus + 1);
            if self.text.as_bytes().get(next) != Some(&b'"') {
                break;
            }
            let Some((more, length)) = quoted(&self.text[next..]) else { break };
            text.to_mut().push_str(&more);
            end = next + length;
        }
        (Token::Id(text, Quote::Quoted), start, end)
    }

    /// Past blanks, comments, and the lines that a preprocessor left.
    fn skip(&self, from: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = from;
        loop {
            let rest = &bytes[at..];
            let length = match rest {
                [byte, ..] if byte.is_ascii_whitespace() || *byte == 0x0b => 1,
                [b'#', ..] if at == 0 || bytes[at - 1] == b'\n' => line(rest),
                [b'/', b'/', ..] => line(rest),
                [b'/', b'*', ..] => {
                    memchr::memmem::find(&rest[2..], b"*/").map_or(rest.len(), |end| end + 4)
                }
                _ => return at,
            };
            at += length;
        }
    }
}

fn line(rest: &[u8]) -> usize {
    memchr::memchr(b'\n', rest).unwrap_or(rest.len())
}

/// The text between quotes and the length with them. `\"` is a quote, a backslash at a line's end
/// joins lines, and any other backslash stays, as it is for labels to read.
fn quoted(rest: &str) -> Option<(Cow<'_, str>, usize)> {
    let bytes = rest.as_bytes();
    let mut text = Cow::Borrowed("");
    let mut plain_from = 1;
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'"' {
            let last = &rest[plain_from..at];
            if plain_from == 1 {
                return Some((Cow::Borrowed(last), at + 1));
            }
            text.to_mut().push_str(last);
            return Some((text, at + 1));
        }
        match &bytes[at + 1..] {
            [b'"', ..] => {
                text.to_mut().push_str(&rest[plain_from..at]);
                plain_from = at + 1;
                at += 2;
            }
            [b'\n', ..] => {
                text.to_mut().push_str(&rest[plain_from..at]);
                plain_from = at + 2;
                at += 2;
            }
            [b'\r', b'\n', ..] => {
                text.to_mut().push_str(&rest[plain_from..at]);
                plain_from = at + 3;
                at += 3;
            }
            [] => return None,
            // A pair of backslashes is two characters, so that the quote after it ends the text.
            [b'\\', ..] => at += 2,
            _ => at += 1,
        }
    }
}

/// The text between balanced angle brackets.
fn html(rest: &str) -> (Token<'_>, usize) {
    let mut depth = 0_usize;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return (Token::Id(Cow::Borrowed(&rest[1..at]), Quote::Html), at + 1);
        }
    }
    (Token::Unclosed, rest.len())
}

/// A name or number; what may be in a name is read generously, as Graphviz does.
fn bare(rest: &str) -> (Token<'_>, usize) {
    let is_part = |(at, c): (usize, char)| {
        c.is_alphanumeric() || c == '_' || c == '.' || (c == '-' && at == 0) || !c.is_ascii()
    };
    let end = rest.char_indices().find(|part| !is_part(*part)).map_or(rest.len(), |(at, _)| at);
    match rest.chars().next() {
        Some(first) if end == 0 => (Token::Stray(first), first.len_utf8()),
        _ => (Token::Id(Cow::Borrowed(&rest[..end]), Quote::Bare), end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Token<'_>> {
        let mut tokens = Tokens::new(text);
        std::iter::from_fn(|| Some(tokens.next()).filter(|token| *token != Token::End)).collect()
    }

    fn quoted_id(text: &str) -> Token<'_> {
        Token::Id(text.into(), Quote::Quoted)
    }

    #[test]
    fn texts_of_every_sort() {
        assert_eq!(all(r#""a \"b\" \n""#), [quoted_id(r#"a "b" \n"#)]);
        assert_eq!(all("\"a\\\nb\" + /* and */ \"c\""), [quoted_id("abc")]);
        assert_eq!(all(r#""c:\\" x"#)[0], quoted_id(r"c:\\"));
        let html = Token::Id("<b>x</b>".into(), Quote::Html);
        assert_eq!(all("<<b>x</b>>"), [html]);
        assert_eq!(all("\"a"), [Token::Unclosed]);
        assert_eq!(all("<a <b>"), [Token::Unclosed]);
        assert_eq!(all("\"a\\"), [Token::Unclosed]);
    }

    #[test]
    fn comments_and_signs() {
        let text = "# line\na->-1.5 // end\n/* x */ -- ; @";
        let id = |text: &'static str| Token::Id(text.into(), Quote::Bare);
        assert_eq!(
            all(text),
            [
                id("a"),
                Token::Directed,
                id("-1.5"),
                Token::Undirected,
                Token::Sign(b';'),
                Token::Stray('@')
            ]
        );
    }
}
