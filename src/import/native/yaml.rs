//! YAML with the place of every key and value, from the events of `granit-parser`.

use super::super::Text;
use super::located::{DEEPEST, Documents, Entry, Growing, Located, Value, syntax, too_deep};
use crate::model::{Problem, ProblemKind, Provenance, Severity};
use granit_parser::{Event, Marker, Options, Parser, ScalarStyle};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Values that aliases may add over a whole file: far beyond what people repeat, and a few megabytes.
const MOST_ALIASED_VALUES: usize = 100_000;

/// Keys longer than YAML's 1,024 characters are valid JSON-like keys; ids of 10 kB occur.
const LONGEST_KEY: usize = 64 * 1024;

pub(super) fn parse<'a>(text: &Text<'a>) -> Documents<'a> {
    let mut options = Options::default();
    options.simple_key_max_lookahead = LONGEST_KEY;
    options.flow_nesting_limit = DEEPEST * 2;
    options.block_nesting_limit = DEEPEST * 2;
    let mut composer = Composer { text, anchors: FxHashMap::default(), aliased: 0 };
    let mut documents = Documents::default();
    let mut growing = Growing::default();
    for event in Parser::new_from_str_with_options(text.as_str(), options) {
        let outcome = match event {
            Ok((event, span)) => {
                let at = composer.at(&span.start);
                composer.event(event, at, &mut growing, &mut documents)
            }
            Err(error) => Err(syntax(
                composer.at(error.marker()),
                format!("Not YAML: {}", error.info()),
                "The file was read up to here; mend it and open it again.",
            )),
        };
        if let Err(problem) = outcome {
            documents.problems.push(problem);
            break;
        }
    }
    documents.roots.extend(growing.close_all());
    documents
}

struct Composer<'t, 'a> {
    text: &'t Text<'a>,
    /// By anchor: the value and how many values it holds.
    anchors: FxHashMap<usize, (Located<'a>, usize)>,
    /// Values that aliases have added.
    aliased: usize,
}

impl<'a> Composer<'_, 'a> {
    fn at(&self, marker: &Marker) -> Provenance {
        self.text.at_offset(marker.byte_offset().unwrap_or(0).min(self.text.as_str().len()))
    }

    fn event(
        &mut self,
        event: Event<'a>,
        at: Provenance,
        growing: &mut Growing<'a>,
        documents: &mut Documents<'a>,
    ) -> Result<(), Problem> {
        match event {
            Event::SequenceStart(_, anchor, _) if growing.depth() < DEEPEST => {
                growing.open_list(at, anchor);
            }
            Event::MappingStart(_, anchor, _) if growing.depth() < DEEPEST => {
                growing.open_map(at, anchor);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => return Err(too_deep(at)),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((anchor, value)) = growing.close() {
                    self.complete(anchor, value, growing, documents);
                }
            }
            Event::Scalar(text, style, anchor, _) => {
                let is_null = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL")
                    && !growing.wants_key();
                let value = if is_null { Value::Null } else { Value::Scalar(text) };
                self.complete(anchor, Located { at, value }, growing, documents);
            }
            Event::Alias(anchor) => {
                let Some((value, size)) = self.anchors.get(&anchor) else {
                    return Err(syntax(
                        at,
                        "This alias stands inside the value that it names",
                        "Name a value that is complete before this line.",
                    ));
                };
                self.aliased += size;
                if self.aliased > MOST_ALIASED_VALUES {
                    return Err(Problem::new(
                        Severity::Error,
                        ProblemKind::Limit,
                        Some(at),
                        format!(
                            "Aliases blow this file up to more than {MOST_ALIASED_VALUES} values; it was read up to here"
                        ),
                        "Write the repeated values out, or repeat fewer.",
                    ));
                }
                let value = Located { at, value: value.value.clone() };
                self.complete(0, value, growing, documents);
            }
            Event::DocumentEnd => {
                documents.roots.extend(growing.root.take());
                self.anchors.clear();
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts a complete value where it belongs: as a key, an item or the document.
    fn complete(
        &mut self,
        anchor: usize,
        mut value: Located<'a>,
        growing: &mut Growing<'a>,
        documents: &mut Documents<'a>,
    ) {
        if let Value::Map(entries) = &mut value.value {
            merge_keys(entries);
        }
        if anchor != 0 {
            let size = size(&value);
            self.anchors.insert(anchor, (value.clone(), size));
        }
        if !growing.wants_key() {
            growing.value(value);
            return;
        }
        let key = match value.value {
            Value::Scalar(text) => text,
            _ => {
                documents.problems.push(syntax(
                    value.at,
                    format!("{} cannot be a key", value.sort()),
                    "Use a single word as the key.",
                ));
                Cow::Borrowed("?")
            }
        };
        growing.key(key, value.at);
    }
}

/// Puts the entries of `<<: *other` where they are not overridden.
fn merge_keys(entries: &mut Vec<Entry<'_>>) {
    while let Some(position) = entries.iter().position(|entry| entry.key == "<<") {
        let merged = entries.remove(position);
        let maps = match merged.value.value {
            Value::List(items) => items,
            _ => vec![merged.value],
        };
        for map in maps {
            let Value::Map(more) = map.value else { continue };
            for entry in more {
                if entry.key != "<<" && !entries.iter().any(|own| own.key == entry.key) {
                    entries.push(entry);
                }
            }
        }
    }
}

/// How many values there are in `value`, itself included.
fn size(value: &Located<'_>) -> usize {
    let mut count = 0;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        count += 1;
        match &value.value {
            Value::List(items) => open.extend(items),
            Value::Map(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
            Value::Null | Value::Scalar(_) => {}
        }
    }
    count
}
