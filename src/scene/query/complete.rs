//! What could come next at the cursor.

use super::fields::{Field, FieldMeta, fields};
use super::pattern::Pattern;
use crate::model::SystemGraph;
use std::ops::Range;

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Bytes of the text that it takes the place of.
    pub replace: Range<usize>,
    pub text: String,
    /// What it means, in a few words.
    pub note: String,
}

/// Suggestions for the word before `cursor`, best first, at most `limit`.
///
/// Within `field:` the field's values in this graph, else fields and names. Linear in the graph.
pub fn complete(graph: &SystemGraph, text: &str, cursor: usize, limit: usize) -> Vec<Completion> {
    let cursor = floor_char_boundary(text, cursor);
    let start = text[..cursor]
        .rfind(|c: char| c.is_whitespace() || "(),+\"".contains(c))
        .map_or(0, |at| at + last_width(text, at));
    let word = &text[start..cursor];
    if is_steps(&text[..start], word) {
        return Vec::new();
    }
    let mut found = match word.split_once(':') {
        Some((key, begun)) => values(graph, key, begun, start + key.len() + 1..cursor),
        None => names(graph, word, start..cursor),
    };
    found.truncate(limit);
    found
}

/// Whether `word` is, or may become, how many steps to go on from the name before it: the `1` of `x+1`.
fn is_steps(before: &str, word: &str) -> bool {
    let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let Some(name) = before.strip_suffix('+') else { return false };
    let last = name.rsplit(|c: char| c.is_whitespace() || "(),+".contains(c)).next();
    is_number(word) && last.is_some_and(|last| !is_number(last))
}

fn last_width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(1, char::len_utf8)
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

fn values(graph: &SystemGraph, key: &str, begun: &str, replace: Range<usize>) -> Vec<Completion> {
    let Some(field) = Field::parse(key) else { return Vec::new() };
    let pattern = Pattern::new(begun);
    let (starting, holding): (Vec<String>, Vec<String>) = field
        .values(graph)
        .into_iter()
        .filter(|value| pattern.finds(value))
        .partition(|value| value.to_lowercase().starts_with(&begun.to_lowercase()));
    starting
        .into_iter()
        .chain(holding)
        .map(|value| Completion {
            replace: replace.clone(),
            text: quoted(&value),
            note: String::new(),
        })
        .collect()
}

fn names(graph: &SystemGraph, word: &str, replace: Range<usize>) -> Vec<Completion> {
    let lower = word.to_lowercase();
    let mut found: Vec<Completion> = fields()
        .filter(|meta| !word.is_empty() && meta.key.starts_with(&lower))
        .map(|FieldMeta { key, doc }| Completion {
            replace: replace.clone(),
            text: format!("{key}:"),
            note: doc.to_owned(),
        })
        .collect();
    if word.is_empty() {
        return found;
    }
    let pattern = Pattern::new(word);
    let mut named: Vec<(bool, &str, &str)> = graph
        .nodes()
        .iter()
        .filter(|node| pattern.finds(&node.name))
        .map(|node| {
            (!node.name.to_lowercase().starts_with(&lower), &*node.name, node.kind.meta().key)
        })
        .collect();
    named.sort_unstable();
    named.dedup_by_key(|(_, name, _)| *name);
    found.extend(named.into_iter().map(|(_, name, kind)| Completion {
        replace: replace.clone(),
        text: quoted(name),
        note: kind.to_owned(),
    }));
    found
}

/// In quotes where the language would else read it apart.
fn quoted(text: &str) -> String {
    let plain =
        !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || "(),+\":*?\\".contains(c));
    let word = matches!(text, "and" | "or" | "not");
    if plain && !word {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Batch, GraphBuilder, NodeKind, Provenance, SourceFile};

    fn suggestions(text: &str) -> Vec<String> {
        let mut batch =
            Batch::new(SourceFile { path: "g".into(), format: "test", bytes: 0, hash: 0 });
        for name in ["orders", "order items", "stg_orders", "v1"] {
            let node = batch.reference(name);
            batch.define(node, NodeKind::Dataset, Provenance::file(Batch::FILE));
        }
        let mut builder = GraphBuilder::default();
        builder.add(batch);
        let graph = builder.build().0;
        complete(&graph, text, text.len(), 5).into_iter().map(|found| found.text).collect()
    }

    #[test]
    fn names_that_start_so_come_before_names_that_hold_it() {
        assert_eq!(suggestions("+ord"), ["\"order items\"", "orders", "stg_orders"]);
    }

    #[test]
    fn steps_after_a_name_are_no_names() {
        assert!(suggestions("2+orders+1").is_empty());
        assert!(suggestions("\"order items\"+1").is_empty());
        assert_eq!(suggestions("orders and +1"), ["v1"], "before a name they are");
        assert_eq!(suggestions("2+v1"), ["v1"]);
    }

    #[test]
    fn fields_and_their_values() {
        assert_eq!(suggestions("x and kin"), ["kind:"]);
        assert_eq!(suggestions("kind:da"), ["dataset"]);
        assert_eq!(suggestions("is:"), ["isolated", "observed", "root", "sink", "stub"]);
    }
}
