//! What can be wrong with JSON, and what to say of it.

use super::DEEPEST;
use crate::import::Text;
use crate::model::{Problem, ProblemKind, Severity};
use std::fmt;

/// Why reading stopped. A box, because a result that is handed up through every value should be small.
#[derive(Debug)]
pub(in crate::import) struct Error(Box<Why>);

#[derive(Debug)]
pub(super) enum Why {
    CutOff,
    Unexpected {
        found: char,
        expected: &'static str,
    },
    /// A line feed or another control character within a text.
    Control,
    Escape,
    TooDeep,
    /// Said by whoever takes the values.
    Other(String),
}

impl From<Why> for Error {
    fn from(why: Why) -> Self {
        Self(Box::new(why))
    }
}

impl Error {
    /// The problem to report when reading stopped at `position`; `path` leads to the value that it was
    /// in, and `kept` says what was read all the same.
    pub(in crate::import) fn problem(
        &self,
        text: &Text<'_>,
        position: usize,
        path: &str,
        kept: &str,
    ) -> Problem {
        let inside = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
        let (message, hint) = match &*self.0 {
            Why::CutOff => (
                format!("The JSON ends too early{inside}"),
                format!("The file was cut off; write it again. {kept}"),
            ),
            Why::TooDeep => (
                format!("Values nest more than {DEEPEST} levels deep{inside}"),
                format!("No tool writes such a manifest; correct it at this place. {kept}"),
            ),
            _ => (
                format!("Broken JSON{inside}: {self}"),
                format!("Correct it at this place. {kept}"),
            ),
        };
        let at = Some(text.at_offset(position));
        Problem::new(Severity::Error, ProblemKind::Syntax, at, message, hint)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Why::CutOff => f.write_str("the text ends in the middle of a value"),
            Why::Unexpected { found, expected } => {
                write!(f, "`{}` where {expected} was expected", found.escape_debug())
            }
            Why::Control => f.write_str("a text has a line feed or another control character"),
            Why::Escape => f.write_str("a text has an escape that JSON does not know"),
            Why::TooDeep => write!(f, "values nest more than {DEEPEST} levels deep"),
            Why::Other(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(words: T) -> Self {
        Why::Other(words.to_string()).into()
    }
}
