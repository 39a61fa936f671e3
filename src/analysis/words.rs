//! What rules say: words that are put together when somebody reads them, and turns of phrase that rules share.

use crate::model::{NodeIx, SystemGraph};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A sentence or a label. Large systems have more findings than anybody reads, so that most words are never
/// put together: the rule keeps what they are made of.
#[derive(Clone)]
pub enum Words {
    /// As they stand.
    Said(&'static str),
    /// Put together by the rule.
    Written(Box<str>),
    /// Words and the name of the node that they speak of.
    About(&'static str, NodeIx),
    /// What makes them, of the graph in which they were found. The same graph gives the same words.
    Made(Arc<dyn Fn(&SystemGraph) -> String + Send + Sync>),
}

impl Words {
    /// Words that are made when they are read.
    pub fn made(make: impl Fn(&SystemGraph) -> String + Send + Sync + 'static) -> Self {
        Self::Made(Arc::new(make))
    }

    /// The text. `graph` is the one in which the finding was found.
    pub fn read(&self, graph: &SystemGraph) -> Cow<'_, str> {
        match self {
            Self::Said(text) => Cow::Borrowed(text),
            Self::Written(text) => Cow::Borrowed(text),
            Self::About(words, node) => Cow::Owned(format!("{words} {}", graph.name(*node))),
            Self::Made(make) => Cow::Owned(make(graph)),
        }
    }
}

impl From<&'static str> for Words {
    fn from(text: &'static str) -> Self {
        Self::Said(text)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::Written(text.into())
    }
}

impl From<(&'static str, NodeIx)> for Words {
    fn from((words, node): (&'static str, NodeIx)) -> Self {
        Self::About(words, node)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(text) => write!(f, "{text:?}"),
            Self::Written(text) => write!(f, "{text:?}"),
            Self::About(words, node) => write!(f, "{words:?} {node:?}"),
            Self::Made(_) => f.write_str("made when read"),
        }
    }
}

/// `1 model`, `1,437 models`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// Digits in groups of three.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `` `a`, `b` and 4 more ``.
pub(super) fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    /// More names than these make a sentence unreadable.
    const NAMED: usize = 3;
    let names: Vec<&str> = names.into_iter().collect();
    let quoted: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
    match (quoted.as_slice(), names.len().saturating_sub(NAMED)) {
        ([], _) => String::new(),
        ([only], 0) => only.clone(),
        ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
        (some, more) => format!("{} and {more} more", some.join(", ")),
    }
}

/// A share as per cent with two significant digits: `58 %`, `0.069 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", significant(share * 100.0))
}

/// Two significant digits, without an exponent.
pub(super) fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let decimals = (1.0 - value.abs().log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_and_counted() {
        assert_eq!(listed([]), "");
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed(["a", "b", "c", "d", "e"]), "`a`, `b`, `c` and 2 more");
        assert_eq!(
            (counted(1, "day", "days"), counted(0, "day", "days")),
            ("1 day".into(), "0 days".into())
        );
    }

    #[test]
    fn shares_keep_two_digits() {
        assert_eq!(percent(0.58), "58 %");
        assert_eq!(percent(0.000_688), "0.069 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(-0.0031), "-0.31 %");
        assert_eq!(significant(0.96), "0.96");
        assert_eq!(significant(12.34), "12");
    }
}
