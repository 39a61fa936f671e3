//! Mermaid: what is shown as a flowchart that forges and wikis draw from text.

use super::outline::{Connection, Outline, Thing};
use super::svg_pen::Hex;
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};
use crate::model::{Evidence, NodeKind};
use crate::scene::Theme;
use std::fmt::Write;

/// What Mermaid draws unless its settings are raised: `maxEdges` and `maxTextSize` of its default config.
const MOST_EDGES: usize = 500;
const MOST_CHARACTERS: usize = 50_000;

#[derive(Debug)]
pub(super) struct Mermaid;

impl Exporter for Mermaid {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "mermaid",
            title: "Mermaid",
            extension: "mmd",
            doc: "A flowchart as text, for Markdown on forges and in wikis.",
            whole: false,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let mut text = String::from("flowchart LR\n");
        things(&outline, &mut text);
        for connection in &outline.connections {
            edge(connection, &mut text);
        }
        classes(&outline, picture.theme, &mut text);
        let mut notes = Vec::new();
        if outline.connections.len() > MOST_EDGES || text.chars().count() > MOST_CHARACTERS {
            notes.push(format!(
                "Mermaid draws no more than {MOST_EDGES} edges and {MOST_CHARACTERS} characters unless maxEdges and maxTextSize are raised; this has {} and {}. Show less, or write SVG",
                outline.connections.len(),
                text.chars().count()
            ));
        }
        Ok(Exported { bytes: text.into_bytes(), notes })
    }
}

/// Things and groups. Inner groups are written apart and named within the outer ones.
fn things(outline: &Outline<'_>, text: &mut String) {
    let mut inside: Vec<Vec<String>> = vec![Vec::new(); outline.frames.len()];
    for (thing, ix) in outline.things.iter().zip(0..) {
        let line = node(thing, ix);
        match thing.frame {
            Some(frame) => inside[frame].push(line),
            None => {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    // Inner groups come after the ones around them, so that from the last on each is complete.
    for ix in (0..outline.frames.len()).rev() {
        let frame = &outline.frames[ix];
        let mut lines = vec![format!("subgraph g{ix}[{}]", Quoted(frame.name))];
        lines.extend(inside[ix].iter().map(|line| format!("  {line}")));
        lines.push("end".to_owned());
        match frame.parent {
            Some(parent) => inside[parent].extend(lines),
            None => {
                for line in lines {
                    let _ = writeln!(text, "  {line}");
                }
            }
        }
    }
}

fn node(thing: &Thing<'_>, ix: usize) -> String {
    let (open, close) = shape(thing.kind());
    let name = if thing.node.is_none() {
        format!("{} ({})", thing.name, thing.members)
    } else {
        thing.name.to_owned()
    };
    format!("n{ix}{open}{}{close}:::{}", Quoted(&name), thing.kind_key())
}

/// Shapes that tell kinds without colour.
const fn shape(kind: Option<NodeKind>) -> (&'static str, &'static str) {
    match kind {
        None => ("[[", "]]"),
        Some(NodeKind::Source | NodeKind::Dataset) => ("[(", ")]"),
        Some(NodeKind::Signal | NodeKind::Prediction) => ("([", "])"),
        Some(NodeKind::Model | NodeKind::Job) => ("{{", "}}"),
        Some(NodeKind::Threshold | NodeKind::Flag) => ("{", "}"),
        Some(NodeKind::Action) => (">", "]"),
        Some(NodeKind::Surface) => ("((", "))"),
        Some(_) => ("[", "]"),
    }
}

fn edge(connection: &Connection<'_>, text: &mut String) {
    let plain = connection.style.evidence == Evidence::Declared && !connection.style.through_world;
    let arrow = if plain { "-->" } else { "-.->" };
    let label = match connection.count {
        1 if plain => String::new(),
        1 => format!("|{}|", Quoted(connection.kind.title())),
        count => format!("|{count}|"),
    };
    let _ = writeln!(text, "  n{} {arrow}{label} n{}", connection.from, connection.to);
}

fn classes(outline: &Outline<'_>, theme: &Theme, text: &mut String) {
    let mut kinds: Vec<Option<NodeKind>> = outline.things.iter().map(Thing::kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let key = kind.map_or("group", |kind| kind.meta().key);
        let border = kind.map_or(theme.border, |kind| theme.kind(kind));
        let _ = writeln!(
            text,
            "  classDef {key} fill:{},stroke:{},color:{}",
            Hex(theme.card_ground()),
            Hex(border),
            Hex(theme.text)
        );
    }
}

/// Text in quotes: everything that Mermaid, Markdown in it or HTML could take for more is an entity.
struct Quoted<'t>(&'t str);

impl std::fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                c if c.is_control() => f.write_str(" ")?,
                '"' | '#' | '&' | '<' | '>' | '`' | '\\' | ';' | '[' | ']' | '{' | '}' | '|'
                | '*' | '~' => {
                    write!(f, "#{};", u32::from(c))?;
                }
                c => f.write_char(c)?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, hostile, picture_of, whole};

    fn mermaid(shown: &Shown) -> Exported {
        Mermaid.export(&picture_of(shown)).expect("a file")
    }

    #[test]
    fn every_thing_and_connection_has_its_line() {
        let shown = Shown::sample_seen("hello", &whole());
        let text = String::from_utf8(mermaid(&shown).bytes).expect("text");
        assert_eq!(text.matches(" --> ").count() + text.matches(" -.->|").count(), 5, "{text}");
        assert!(text.contains("n1{{\"Picks\"}}:::model"), "{text}");
        assert!(text.contains("classDef model fill:#"), "{text}");
    }

    #[test]
    fn groups_nest_and_close() {
        let shown = Shown::sample_seen("ads_ranking", &whole());
        let exported = mermaid(&shown);
        let text = String::from_utf8(exported.bytes).expect("text");
        let (mut depth, mut deepest) = (0_i32, 0);
        for line in text.lines().map(str::trim) {
            depth += i32::from(line.starts_with("subgraph ")) - i32::from(line == "end");
            deepest = deepest.max(depth);
            assert!(depth >= 0);
        }
        assert_eq!(depth, 0);
        assert_eq!(deepest, 2);
    }

    #[test]
    fn hostile_names_stay_in_their_quotes() {
        let text = String::from_utf8(mermaid(&Shown::of(&hostile())).bytes).expect("text");
        for line in text.lines().filter(|line| line.contains(":::")) {
            assert_eq!(line.matches('"').count(), 2, "{line}");
            assert!(!line.contains('<') && !line.contains('`'), "{line}");
        }
    }

    #[test]
    fn a_graph_that_mermaid_refuses_is_told() {
        let names: Vec<String> = (0..=MOST_EDGES + 1).map(|ix| format!("n{ix}")).collect();
        let edges: Vec<(&str, &str)> =
            names.windows(2).map(|pair| (&*pair[0], &*pair[1])).collect();
        let graph = Shown::of(&edges).graph;
        assert!(mermaid(&Shown::seen(graph, &whole())).notes[0].contains("maxEdges"));
    }
}
