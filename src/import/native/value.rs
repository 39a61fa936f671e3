//! Values of the tree into values of attributes.

use super::super::{attr_text, suggest};
use super::located::{Entry, Located, Value};
use crate::model::{
    Attr, AttrValue, Batch, Interval, Problem, ProblemKind, Provenance, Setting, Severity,
    ValueType,
};

/// Reports a value that is not what its key asks for; it is left out.
pub(super) fn wrong(batch: &mut Batch, key: &str, found: &Located<'_>, expected: &str) {
    /// Longer values are told by their sort.
    const LONGEST_SHOWN: usize = 60;
    let found_words = match found.scalar() {
        Some(text) if text.chars().count() <= LONGEST_SHOWN => format!("`{}`", text.escape_debug()),
        _ => found.sort().to_owned(),
    };
    batch.report(Problem::new(
        Severity::Error,
        ProblemKind::Value,
        Some(found.at),
        format!("`{key}` is {found_words}, where {expected} was expected"),
        "It was left out; mend the value.",
    ));
}

/// Reports a key that nobody knows.
pub(super) fn unknown_key<'k>(
    batch: &mut Batch,
    entry: &Entry<'_>,
    known: impl Iterator<Item = &'k str> + Clone,
) {
    let shown: String = entry.key.chars().take(60).flat_map(char::escape_debug).collect();
    batch.report(Problem::new(
        Severity::Warning,
        ProblemKind::UnknownKey,
        Some(entry.at),
        format!("The key `{shown}` is not known here"),
        suggest::hint(
            &entry.key,
            known,
            "See `undercurrent schema` for the keys; it was left out.",
        ),
    ));
}

/// Entries of a map, with a report on keys that stand there twice; the first counts.
pub(super) fn entries<'l, 'a>(batch: &mut Batch, map: &'l [Entry<'a>]) -> Vec<&'l Entry<'a>> {
    let mut kept: Vec<&Entry<'a>> = Vec::with_capacity(map.len());
    // Quadratic in the keys of one map; maps of more keys than the tables have are sorted out first.
    const MANY: usize = 200;
    let mut seen: rustc_hash::FxHashMap<&str, Provenance> = rustc_hash::FxHashMap::default();
    for entry in map {
        let first = if map.len() > MANY {
            seen.get(&*entry.key).copied()
        } else {
            kept.iter().find(|other| other.key == entry.key).map(|other| other.at)
        };
        match first {
            Some(first) => batch.report(
                Problem::new(
                    Severity::Warning,
                    ProblemKind::Duplicate,
                    Some(entry.at),
                    format!("The key `{}` stands twice in one map", entry.key.escape_debug()),
                    "The first one counts; take the other out.",
                )
                .also_at(first),
            ),
            None => {
                if map.len() > MANY {
                    seen.insert(&entry.key, entry.at);
                }
                kept.push(entry);
            }
        }
    }
    kept
}

/// The value of `attr`; `None`, with a report, when it is not one, and without when there is none.
pub(super) fn attribute(batch: &mut Batch, attr: Attr, found: &Located<'_>) -> Option<AttrValue> {
    let meta = attr.meta();
    let read = match (meta.value, &found.value) {
        (_, Value::Null) => return None,
        (ValueType::List, Value::List(items)) => texts(items).map(AttrValue::List),
        (ValueType::List, Value::Scalar(text)) => {
            Some(AttrValue::List([text.as_ref().into()].into()))
        }
        (ValueType::Intervals, Value::List(items)) => intervals(items).map(AttrValue::Intervals),
        (ValueType::Settings, Value::Map(map)) => Some(AttrValue::Settings(settings(batch, map))),
        (_, Value::Scalar(text)) => attr_text::parse(attr, text).ok(),
        _ => None,
    };
    match &read {
        None => wrong(batch, meta.key, found, &attr_text::expected(meta)),
        Some(value) => check_words(batch, attr, value, found.at),
    }
    read
}

/// A word that the rules do not know is kept, and told.
fn check_words(batch: &mut Batch, attr: Attr, value: &AttrValue, at: Provenance) {
    let known = attr_text::words(attr.meta());
    let said: Vec<&str> = match value {
        AttrValue::Text(word) => vec![&**word],
        AttrValue::List(words) => words.iter().map(|word| &**word).collect(),
        _ => return,
    };
    if known.clone().next().is_none() {
        return;
    }
    for word in said {
        if !known.clone().any(|known| known == word) {
            batch.report(Problem::new(
                Severity::Note,
                ProblemKind::Value,
                Some(at),
                format!(
                    "`{}` is not a word that is known for `{}`",
                    word.escape_debug(),
                    attr.meta().key
                ),
                suggest::hint(word, known.clone(), "It was kept, but no rule reads it."),
            ));
        }
    }
}

fn texts(items: &[Located<'_>]) -> Option<Box<[Box<str>]>> {
    items.iter().map(|item| item.scalar().map(Into::into)).collect()
}

fn intervals(items: &[Located<'_>]) -> Option<Box<[Interval]>> {
    items
        .iter()
        .map(|item| {
            let Value::Map(map) = &item.value else { return None };
            let date = |key: &str| {
                let entry = map.iter().find(|entry| entry.key == key)?;
                attr_text::date(entry.value.scalar()?)
            };
            let (from, to) = (date("from")?, date("to")?);
            (map.len() == 2 && from <= to).then_some(Interval { from, to })
        })
        .collect()
}

/// Settings, nested ones under their joined keys (`optimizer.rate`).
fn settings(batch: &mut Batch, map: &[Entry<'_>]) -> Box<[Setting]> {
    let mut settings = Vec::new();
    let mut open: Vec<(String, &Entry<'_>)> =
        map.iter().rev().map(|entry| (entry.key.clone().into_owned(), entry)).collect();
    while let Some((key, entry)) = open.pop() {
        match &entry.value.value {
            Value::Map(inner) if is_described(inner) => {
                settings.extend(described(batch, key, inner));
            }
            Value::Map(inner) => {
                open.extend(
                    inner.iter().rev().map(|inner| (format!("{key}.{}", inner.key), inner)),
                );
            }
            _ => settings.push(Setting {
                key: key.into(),
                value: written(&entry.value),
                default: None,
                read: None,
            }),
        }
    }
    settings.into()
}

/// Whether a map describes one setting rather than holding further ones.
fn is_described(map: &[Entry<'_>]) -> bool {
    map.iter().any(|entry| entry.key == "value")
        && map.iter().all(|entry| matches!(&*entry.key, "value" | "default" | "read"))
}

fn described(batch: &mut Batch, key: String, map: &[Entry<'_>]) -> Option<Setting> {
    let find = |key: &str| map.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let read = find("read").and_then(|found| match found.scalar() {
        Some("true" | "yes") => Some(true),
        Some("false" | "no") => Some(false),
        _ => {
            wrong(batch, "read", found, "true or false");
            None
        }
    });
    Some(Setting {
        key: key.into(),
        value: written(find("value")?),
        default: find("default").map(written),
        read,
    })
}

/// A setting's value as text.
fn written(value: &Located<'_>) -> Box<str> {
    match &value.value {
        Value::Null => "null".into(),
        Value::Scalar(text) => text.as_ref().into(),
        Value::List(items) => {
            let items: Vec<Box<str>> = items.iter().map(written).collect();
            format!("[{}]", items.join(", ")).into()
        }
        Value::Map(map) => {
            let items: Vec<String> = map
                .iter()
                .map(|entry| format!("{}: {}", entry.key, written(&entry.value)))
                .collect();
            format!("{{{}}}", items.join(", ")).into()
        }
    }
}
