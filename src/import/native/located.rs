//! A document as a tree of values, each with its place; both syntaxes are read into it.

use super::super::Text;
use crate::model::{Problem, ProblemKind, Provenance, Severity};
use std::borrow::Cow;

/// Manifests nest five levels deep; what nests deeper than this was made to break readers.
pub(super) const DEEPEST: usize = 64;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Located<'a> {
    pub(super) at: Provenance,
    pub(super) value: Value<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Value<'a> {
    Null,
    /// A number, a word or a text, as written: which of them it is is decided by what is expected, so
    /// that version `1.10` stays `1.10`.
    Scalar(Cow<'a, str>),
    List(Vec<Located<'a>>),
    Map(Vec<Entry<'a>>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) at: Provenance,
    pub(super) value: Located<'a>,
}

impl<'a> Located<'a> {
    /// What stands here, in words, for messages.
    pub(super) fn sort(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// What was read of a file: as many documents as could be, the last one as far as it goes.
#[derive(Debug, Default)]
pub(super) struct Documents<'a> {
    pub(super) roots: Vec<Located<'a>>,
    pub(super) problems: Vec<Problem>,
}

/// Collections that are open while a document is read. Iterative, so that no nesting overflows the stack.
#[derive(Debug, Default)]
pub(super) struct Growing<'a> {
    open: Vec<Frame<'a>>,
    /// The document, once its outermost value is complete.
    pub(super) root: Option<Located<'a>>,
}

#[derive(Debug)]
struct Frame<'a> {
    at: Provenance,
    anchor: usize,
    items: Items<'a>,
}

#[derive(Debug)]
enum Items<'a> {
    List(Vec<Located<'a>>),
    Map { entries: Vec<Entry<'a>>, key: Option<(Cow<'a, str>, Provenance)> },
}

impl<'a> Growing<'a> {
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(super) fn open_list(&mut self, at: Provenance, anchor: usize) {
        self.open.push(Frame { at, anchor, items: Items::List(Vec::new()) });
    }

    pub(super) fn open_map(&mut self, at: Provenance, anchor: usize) {
        let items = Items::Map { entries: Vec::new(), key: None };
        self.open.push(Frame { at, anchor, items });
    }

    /// Whether the innermost collection is a map that waits for a key.
    pub(super) fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Frame { items: Items::Map { key: None, .. }, .. }))
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.open.last(), Some(Frame { items: Items::Map { .. }, .. }))
    }

    pub(super) fn key(&mut self, text: Cow<'a, str>, at: Provenance) {
        if let Some(Frame { items: Items::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some((text, at));
        }
    }

    pub(super) fn value(&mut self, value: Located<'a>) {
        match self.open.last_mut().map(|frame| &mut frame.items) {
            None => self.root = Some(value),
            Some(Items::List(items)) => items.push(value),
            Some(Items::Map { entries, key }) => {
                if let Some((key, at)) = key.take() {
                    entries.push(Entry { key, at, value });
                }
            }
        }
    }

    /// Ends the innermost collection; returns it with its anchor, for the caller to hand to [`Self::value`].
    pub(super) fn close(&mut self) -> Option<(usize, Located<'a>)> {
        let Frame { at, anchor, items } = self.open.pop()?;
        let value = match items {
            Items::List(items) => Value::List(items),
            Items::Map { entries, .. } => Value::Map(entries),
        };
        Some((anchor, Located { at, value }))
    }

    /// Ends everything that is open, after an error: what was read so far is kept.
    pub(super) fn close_all(&mut self) -> Option<Located<'a>> {
        while let Some((_, value)) = self.close() {
            self.value(value);
        }
        self.root.take()
    }
}

pub(super) fn syntax(at: Provenance, message: impl Into<String>, hint: &str) -> Problem {
    Problem::new(Severity::Error, ProblemKind::Syntax, Some(at), message, hint)
}

pub(super) fn too_deep(at: Provenance) -> Problem {
    Problem::new(
        Severity::Error,
        ProblemKind::Limit,
        Some(at),
        format!("Values nest more than {DEEPEST} levels deep; the file was read up to here"),
        "A manifest needs five levels; check what wrote this file.",
    )
}

/// Reads a file in the syntax that it begins with.
pub(super) fn parse<'a>(text: &Text<'a>) -> Documents<'a> {
    if text.as_str().trim_start().starts_with('{') {
        super::json::parse(text)
    } else {
        super::yaml::parse(text)
    }
}
