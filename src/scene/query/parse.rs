//! Tokens into an expression. Every error names the characters at fault.

use super::fields::{self, Field, Value};
use super::lex::{Spanned, Token, lex};
use super::{Expr, Query, QueryError, Steps};
use std::ops::Range;

/// Parentheses and `not` nest this deep at most, so that no text can exhaust the stack.
const DEEPEST: usize = 64;

/// Reads a query; see the [module](super) for the language. Linear in the text's length.
///
/// # Errors
/// With the place and a way out, when the text is no query.
pub fn parse(text: &str) -> Result<Query, QueryError> {
    let tokens = lex(text)?;
    if tokens.is_empty() {
        return Ok(Query { root: None, judged: None });
    }
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0, end: text.len(), judged: None };
    let root = parser.either()?;
    match parser.peek() {
        None => Ok(Query { root: Some(root), judged: parser.judged }),
        Some(Spanned { token: Token::Close, span, .. }) => Err(error(
            "this parenthesis was never opened; remove it, or add ( before",
            span.clone(),
        )),
        Some(Spanned { span, .. }) => {
            Err(error("this does not fit here; put it in quotes if it is text", span.clone()))
        }
    }
}

fn error(message: impl Into<String>, span: Range<usize>) -> QueryError {
    QueryError { message: message.into(), span }
}

struct Parser<'t> {
    tokens: &'t [Spanned],
    next: usize,
    depth: usize,
    end: usize,
    /// The first part that asks what the analysis found.
    judged: Option<(String, Range<usize>)>,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Spanned> {
        self.tokens.get(self.next)
    }

    fn peek_token(&self) -> Option<&'t Token> {
        self.peek().map(|spanned| &spanned.token)
    }

    /// The next token, if it follows without a blank.
    fn peek_close(&self) -> Option<&'t Token> {
        self.peek().filter(|spanned| !spanned.apart).map(|spanned| &spanned.token)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek_token(), Some(Token::Word(text)) if text.eq_ignore_ascii_case(word))
    }

    /// Where the next token is, or the end of the text.
    fn here(&self) -> Range<usize> {
        self.peek().map_or(self.end..self.end, |spanned| spanned.span.clone())
    }

    fn either(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.all()?];
        while self.is_word("or") {
            self.next += 1;
            parts.push(self.all()?);
        }
        Ok(single(parts, Expr::Or))
    }

    fn all(&mut self) -> Result<Expr, QueryError> {
        let mut parts = vec![self.unary()?];
        loop {
            if self.is_word("and") {
                self.next += 1;
            } else if self.is_word("or")
                || matches!(self.peek_token(), None | Some(Token::Close | Token::Comma))
            {
                return Ok(single(parts, Expr::And));
            }
            parts.push(self.unary()?);
        }
    }

    fn unary(&mut self) -> Result<Expr, QueryError> {
        if !self.is_word("not") {
            return self.around();
        }
        self.deeper()?;
        self.next += 1;
        let inner = self.unary()?;
        self.depth -= 1;
        Ok(Expr::Not(Box::new(inner)))
    }

    /// `2+x+1` and its parts.
    fn around(&mut self) -> Result<Expr, QueryError> {
        let up = self.upstream()?;
        let of = self.primary()?;
        let down = self.downstream()?;
        match (up, down) {
            (None, None) => Ok(of),
            (up, down) => Ok(Expr::Around {
                of: Box::new(of),
                up: up.unwrap_or(Steps::Exactly(0)),
                down: down.unwrap_or(Steps::Exactly(0)),
            }),
        }
    }

    fn upstream(&mut self) -> Result<Option<Steps>, QueryError> {
        match (self.peek_token(), self.tokens.get(self.next + 1)) {
            (Some(Token::Plus), _) => {
                self.next += 1;
                Ok(Some(Steps::All))
            }
            (Some(Token::Word(digits)), Some(Spanned { token: Token::Plus, apart: false, .. }))
                if digits.bytes().all(|byte| byte.is_ascii_digit())
                    && self.starts_term(self.next + 2) =>
            {
                let steps = number(digits, self.here())?;
                self.next += 2;
                Ok(Some(Steps::Exactly(steps)))
            }
            _ => Ok(None),
        }
    }

    /// Whether a term follows closely: in `7+` the seven is a name, in `7+x` it is a number of steps.
    fn starts_term(&self, position: usize) -> bool {
        self.tokens.get(position).is_some_and(|spanned| {
            !spanned.apart
                && matches!(spanned.token, Token::Word(_) | Token::Quoted(_) | Token::Open)
        })
    }

    fn downstream(&mut self) -> Result<Option<Steps>, QueryError> {
        if self.peek_close() != Some(&Token::Plus) {
            return Ok(None);
        }
        self.next += 1;
        match self.peek_close() {
            Some(Token::Word(digits)) => {
                if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(error("after + comes a number of steps, or a blank", self.here()));
                }
                let steps = number(digits, self.here())?;
                self.next += 1;
                Ok(Some(Steps::Exactly(steps)))
            }
            _ => Ok(Some(Steps::All)),
        }
    }

    fn primary(&mut self) -> Result<Expr, QueryError> {
        let Some(spanned) = self.peek() else {
            return Err(error(
                "something is missing here: a name, a field, or a parenthesis",
                self.here(),
            ));
        };
        match &spanned.token {
            Token::Open => {
                self.deeper()?;
                self.next += 1;
                let inner = self.either()?;
                self.close("this parenthesis is not closed; add )", spanned.span.clone())?;
                self.depth -= 1;
                Ok(inner)
            }
            Token::Quoted(text) => {
                self.next += 1;
                Ok(Expr::Text(text.clone()))
            }
            Token::Word(word) => {
                self.next += 1;
                match self.peek_close() {
                    Some(Token::Open) if matches!(word.as_str(), "path" | "between") => {
                        self.function(word, &spanned.span)
                    }
                    Some(Token::Colon) => self.field(word, &spanned.span),
                    _ => Ok(Expr::Text(word.clone())),
                }
            }
            Token::Plus | Token::Colon | Token::Comma | Token::Close => {
                Err(error("a name is missing before this", spanned.span.clone()))
            }
        }
    }

    fn function(&mut self, name: &str, span: &Range<usize>) -> Result<Expr, QueryError> {
        self.deeper()?;
        self.next += 1;
        let from = Box::new(self.either()?);
        if self.peek_token() != Some(&Token::Comma) {
            return Err(error(
                format!("{name} goes from one thing to another: {name}(a, b)"),
                span.start..self.here().end,
            ));
        }
        self.next += 1;
        let to = Box::new(self.either()?);
        let mut within = None;
        if name == "path" && self.peek_token() == Some(&Token::Comma) {
            self.next += 1;
            let place = self.here();
            let Some(Token::Word(digits)) = self.peek_token() else {
                return Err(error(
                    "the third part of path is the longest path in steps: path(a, b, 4)",
                    place,
                ));
            };
            within = Some(number(digits, place)?);
            self.next += 1;
        }
        self.close(&format!("{name}( is not closed; add )"), span.clone())?;
        self.depth -= 1;
        Ok(match name {
            "between" => Expr::Between { from, to },
            _ => Expr::Path { from, to, within },
        })
    }

    fn field(&mut self, key: &str, span: &Range<usize>) -> Result<Expr, QueryError> {
        let Some(field) = Field::parse(key) else {
            let hint = fields::nearest(key).map_or_else(
                || "put the text in quotes if it is a name".to_owned(),
                |near| format!("did you mean {near}:"),
            );
            return Err(error(format!("there is no field {key}; {hint}"), span.clone()));
        };
        self.next += 1;
        let start = self.here().start;
        let mut text = String::new();
        let mut end = start;
        let mut quoted = false;
        // A value may hold further colons, as ids and times do.
        while let Some(spanned) = self.peek().filter(|spanned| !spanned.apart) {
            match &spanned.token {
                Token::Word(word) => text.push_str(word),
                Token::Quoted(word) => {
                    quoted = true;
                    text.push_str(word);
                }
                Token::Colon => text.push(':'),
                _ => break,
            }
            end = spanned.span.end;
            self.next += 1;
        }
        if text.is_empty() && !quoted {
            return Err(error(
                format!("{key}: wants a value; {}", field.expects()),
                span.start..start.max(span.end + 1),
            ));
        }
        let value = Value::parse(field, &text).map_err(|message| error(message, start..end))?;
        if value.is_of_analysis() && self.judged.is_none() {
            self.judged = Some((format!("{key}:{text}"), span.start..end));
        }
        Ok(Expr::Field { field, value })
    }

    fn close(&mut self, message: &str, opened: Range<usize>) -> Result<(), QueryError> {
        match self.peek_token() {
            Some(Token::Close) => {
                self.next += 1;
                Ok(())
            }
            Some(_) => Err(error("this does not fit here; a ) is missing before it", self.here())),
            None => Err(error(message, opened)),
        }
    }

    fn deeper(&mut self) -> Result<(), QueryError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(error(format!("parentheses nest deeper than {DEEPEST}"), self.here()));
        }
        Ok(())
    }
}

fn single(mut parts: Vec<Expr>, join: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { join(parts) }
}

fn number(digits: &str, span: Range<usize>) -> Result<u32, QueryError> {
    digits
        .parse()
        .map_err(|_| error("a number of steps is a whole number below four billion", span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str) -> (String, Range<usize>) {
        let error = parse(text).expect_err(text);
        (error.message, error.span)
    }

    #[test]
    fn numbers_beside_plus_are_steps() {
        let around = |up, down| Expr::Around { of: Box::new(Expr::Text("x".into())), up, down };
        let parsed = |text| parse(text).expect(text).root.expect("not empty");
        assert_eq!(parsed("2+x+1"), around(Steps::Exactly(2), Steps::Exactly(1)));
        assert_eq!(parsed("+x"), around(Steps::All, Steps::Exactly(0)));
        assert_eq!(parsed("x+"), around(Steps::Exactly(0), Steps::All));
        assert_eq!(parsed("x +1"), parsed("x and +1"));
        assert_eq!(parsed("a or b c"), parsed("a or (b and c)"));
        assert_eq!(parsed("7"), Expr::Text("7".into()));
    }

    #[test]
    fn errors_point_at_the_characters() {
        assert_eq!(fails("a and").1, 5..5);
        assert_eq!(fails("(a or b").1, 0..1);
        assert_eq!(fails("a )").1, 2..3);
        assert_eq!(
            fails("onwer:ads"),
            ("there is no field onwer; did you mean owner:".into(), 0..5)
        );
        assert_eq!(fails("x kind:modle").1, 7..12);
        assert_eq!(fails("say \"hi").1, 4..7);
        assert_eq!(fails("path(a)").1, 0..7);
        assert_eq!(fails("x+y").1, 2..3);
    }

    #[test]
    fn deep_nesting_is_an_error_not_a_crash() {
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"not ".repeat(100_000)).is_err());
    }
}
