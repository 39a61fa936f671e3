//! A query's text into tokens with their places.

use super::QueryError;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A bare word; `+` at its ends is split off, a `:` within it separates field and value.
    Word(String),
    /// A word in quotes: never an operator, never a pattern.
    Quoted(String),
    Plus,
    Colon,
    Comma,
    Open,
    Close,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spanned {
    pub token: Token,
    pub span: Range<usize>,
    /// Whether a blank stands before it: `x +1` is not `x+1`.
    pub apart: bool,
}

/// # Errors
/// An unclosed quote.
pub(super) fn lex(text: &str) -> Result<Vec<Spanned>, QueryError> {
    let mut tokens = Vec::new();
    let mut apart = true;
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            apart = true;
            continue;
        }
        let mut end = start + c.len_utf8();
        let token = match c {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '+' => Token::Plus,
            ':' => Token::Colon,
            '"' => {
                let (word, after) = quoted(text, start)?;
                while chars.next_if(|&(at, _)| at < after).is_some() {}
                end = after;
                Token::Quoted(word)
            }
            _ => {
                while let Some((at, c)) = chars.next_if(|&(_, c)| continues_word(c)) {
                    end = at + c.len_utf8();
                }
                Token::Word(text[start..end].to_owned())
            }
        };
        tokens.push(Spanned { token, span: start..end, apart });
        apart = false;
    }
    Ok(tokens)
}

fn continues_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | ',' | '+' | '"' | ':')
}

/// The text between the quote at `start` and the next one, with `\"` and `\\` undone, and where it ends.
fn quoted(text: &str, start: usize) -> Result<(String, usize), QueryError> {
    let mut word = String::new();
    let mut chars = text[start + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((word, start + 1 + at + 1)),
            '\\' => word.extend(chars.next().map(|(_, escaped)| escaped)),
            c => word.push(c),
        }
    }
    Err(QueryError {
        message: "this quote is not closed; add \" at its end".to_owned(),
        span: start..text.len(),
    })
}
