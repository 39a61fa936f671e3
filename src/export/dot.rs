//! Graphviz DOT: what is shown as a graph that other tools lay out, and that this program reads back.

use super::outline::{Connection, Outline, Thing};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};
use crate::model::{Attr, AttrSet, ValueType};
use std::fmt::Write;

#[derive(Debug)]
pub(super) struct Dot;

impl Exporter for Dot {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "dot",
            title: "Graphviz DOT",
            extension: "dot",
            doc: "Nodes, edges, groups and attributes as text, for Graphviz and other graph tools.",
            whole: true,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let mut text = format!("digraph {} {{\n", Quoted(&picture.scene.caption.title));
        text.push_str("  graph [rankdir=LR];\n  node [shape=box, style=rounded];\n");
        groups(&outline, &mut text);
        for connection in &outline.connections {
            edge(&outline, connection, &mut text);
        }
        text.push_str("}\n");
        Ok(Exported { bytes: text.into_bytes(), notes: Vec::new() })
    }
}

/// Clusters with what lies in them. An outer group comes before the inner ones, so that they can be
/// opened and closed in one pass over the groups in depth-first order.
fn groups(outline: &Outline<'_>, text: &mut String) {
    let mut inside: Vec<Vec<&Thing<'_>>> = vec![Vec::new(); outline.frames.len()];
    for thing in &outline.things {
        match thing.frame {
            Some(frame) => inside[frame].push(thing),
            None => node(thing, 1, text),
        }
    }
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); outline.frames.len()];
    let mut open: Vec<Step> = Vec::new();
    for (ix, frame) in outline.frames.iter().enumerate().rev() {
        match frame.parent {
            Some(parent) => children[parent].push(ix),
            None => open.push(Step::Enter(ix, 1)),
        }
    }
    while let Some(step) = open.pop() {
        match step {
            Step::Leave(depth) => {
                let _ = writeln!(text, "{}}}", indent(depth));
            }
            Step::Enter(ix, depth) => {
                let frame = &outline.frames[ix];
                let _ = writeln!(
                    text,
                    "{0}subgraph {1} {{\n{0}  label={2};",
                    indent(depth),
                    Quoted(&format!("cluster_{}", frame.key)),
                    Label(frame.name)
                );
                for thing in &inside[ix] {
                    node(thing, depth + 1, text);
                }
                open.push(Step::Leave(depth));
                open.extend(children[ix].iter().map(|&child| Step::Enter(child, depth + 1)));
            }
        }
    }
}

enum Step {
    /// A group, and how many are around it, counted from 1.
    Enter(usize, usize),
    Leave(usize),
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn node(thing: &Thing<'_>, depth: usize, text: &mut String) {
    let _ = write!(text, "{}{} [label={}", indent(depth), Quoted(&thing.id), Label(thing.name));
    match thing.node {
        Some(own) => {
            let _ = write!(text, ", kind={}", own.kind.meta().key);
            if let Some(owner) = thing.owner {
                let _ = write!(text, ", owner={}", Quoted(owner));
            }
            attributes(&own.attrs, text);
        }
        None => {
            let _ = write!(text, ", shape=folder, members={}", thing.members);
        }
    }
    text.push_str("];\n");
}

fn edge(outline: &Outline<'_>, connection: &Connection<'_>, text: &mut String) {
    let [from, to] = [connection.from, connection.to].map(|end| &outline.things[end].id);
    let _ = write!(text, "  {} -> {} [kind={}", Quoted(from), Quoted(to), connection.kind.key());
    if let Some(attrs) = connection.attrs {
        attributes(attrs, text);
    }
    if connection.style.through_world {
        text.push_str(", style=dotted");
    } else if connection.kind.is_observed() {
        text.push_str(", style=dashed");
    }
    if connection.count > 1 {
        let _ = write!(text, ", xlabel={}", connection.count);
    }
    text.push_str("];\n");
}

/// Those that are one text; lists are joined as the reader takes them apart. The owner is not among them:
/// files write it in many ways, and the team that it was found to mean is told.
fn attributes(attrs: &AttrSet, text: &mut String) {
    for entry in attrs.iter() {
        let meta = entry.attr.meta();
        let is_list = matches!(meta.value, ValueType::Intervals | ValueType::Settings);
        // By `target` Graphviz means a window's name.
        if entry.attr == Attr::Owner || entry.attr == Attr::Target || is_list {
            continue;
        }
        let value = match attrs.list(entry.attr) {
            Some(items) => items.join(";"),
            None => entry.value.to_string(),
        };
        let _ = write!(text, ", {}=", meta.key);
        // A label's backslashes mean something to Graphviz, those of other attributes do not.
        let _ = match meta.key {
            "label" => write!(text, "{}", Label(&value)),
            _ => write!(text, "{}", Quoted(&value)),
        };
    }
}

/// An id or value in quotes. A backslash at the end would take the quote with it, and is doubled.
struct Quoted<'t>(&'t str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.replace('"', "\\\"").replace('\0', "\u{fffd}");
        let odd = text.bytes().rev().take_while(|&byte| byte == b'\\').count() % 2 == 1;
        write!(f, "\"{text}{}\"", if odd { "\\" } else { "" })
    }
}

/// A label in quotes, where a backslash begins an escape.
struct Label<'t>(&'t str);

impl std::fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line: String = self.0.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        write!(f, "\"{}\"", line.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, facts, hostile, picture_of, read_back, whole};

    fn dot(shown: &Shown) -> String {
        let exported = Dot.export(&picture_of(shown)).expect("a file");
        String::from_utf8(exported.bytes).expect("text")
    }

    #[test]
    fn what_is_written_is_read_back() {
        for key in ["ads_ranking", "jaffle_like", "hello"] {
            let shown = Shown::sample_seen(key, &whole());
            let read = read_back(&[("map.dot", dot(&shown).as_bytes())]);
            let (written, read) = (facts(&shown.graph), facts(&read));
            assert_eq!(written.nodes, read.nodes, "{key}");
            assert_eq!(written.edges, read.edges, "{key}");
            assert!(!read.edges.is_empty());
        }
    }

    #[test]
    fn hostile_names_stay_names() {
        let shown = Shown::of(&hostile());
        let read = read_back(&[("map.dot", dot(&shown).as_bytes())]);
        assert_eq!(facts(&shown.graph).edges, facts(&read).edges);
    }

    #[test]
    fn a_closed_group_is_a_node_with_its_connections() {
        let view = crate::scene::View {
            open: crate::scene::GroupsOpen::Set(std::collections::BTreeSet::new()),
            grouping: crate::scene::Grouping::Kind,
            ..crate::scene::View::default()
        };
        let text = dot(&Shown::sample_seen("hello", &view));
        assert!(text.contains("\"group:model\" [label=\"Models\", shape=folder, members=1];"));
        assert!(text.contains("\"group:dataset\" -> \"group:model\" [kind=input_to];"), "{text}");
    }
}
