//! JSON: what is shown as a native manifest, which can be edited, merged and opened again.

use super::outline::{Connection, Outline, Thing};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};
use crate::model::{Attr, AttrEntry, AttrValue};
use serde_json::{Map, Value, json};

#[derive(Debug)]
pub(super) struct Json;

impl Exporter for Json {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "json",
            title: "JSON manifest",
            extension: "json",
            doc: "A native manifest of what is shown, to edit, to merge and to open again.",
            whole: true,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let nodes: Vec<Value> = outline.things.iter().map(|thing| node(&outline, thing)).collect();
        let edges: Vec<Value> = outline.connections.iter().map(|c| edge(&outline, c)).collect();
        let manifest = Manifest {
            undercurrent: 1,
            description: picture.scene.caption.words.join(" · "),
            nodes,
            edges,
        };
        let text = serde_json::to_string_pretty(&manifest)
            .map_err(|error| ExportError::Renderer { format: "JSON", reason: error.to_string() })?;
        Ok(Exported { bytes: (text + "\n").into_bytes(), notes: Vec::new() })
    }
}

/// In this order: the mark is looked for before anything nests.
#[derive(serde::Serialize)]
struct Manifest {
    undercurrent: u32,
    description: String,
    nodes: Vec<Value>,
    edges: Vec<Value>,
}

fn node(outline: &Outline<'_>, thing: &Thing<'_>) -> Value {
    let mut map = Map::new();
    map.insert("id".into(), thing.id.as_str().into());
    map.insert("name".into(), thing.name.into());
    if let Some(frame) = thing.frame {
        map.insert("group".into(), outline.frames[frame].key.into());
    }
    match thing.node {
        Some(node) => {
            map.insert("kind".into(), node.kind.meta().key.into());
            insert_attributes(&mut map, node.attrs.iter());
            // Not as written in some file, but the name of the team that it was found to mean.
            if let Some(owner) = thing.owner {
                map.insert(Attr::Owner.meta().key.into(), owner.into());
            }
        }
        None => {
            map.insert("kind".into(), "dataset".into());
            map.insert("tags".into(), json!([format!("closed group of {}", thing.members)]));
        }
    }
    Value::Object(map)
}

fn edge(outline: &Outline<'_>, connection: &Connection<'_>) -> Value {
    let [from, to] = [connection.from, connection.to].map(|end| &*outline.things[end].id);
    let mut map = Map::new();
    map.insert("from".into(), from.into());
    map.insert("to".into(), to.into());
    map.insert("kind".into(), connection.kind.key().into());
    if connection.count > 1 {
        map.insert("label".into(), format!("{} connections", connection.count).into());
    }
    if let Some(attrs) = connection.attrs {
        insert_attributes(&mut map, attrs.iter());
    }
    Value::Object(map)
}

fn insert_attributes<'a>(map: &mut Map<String, Value>, attrs: impl Iterator<Item = &'a AttrEntry>) {
    for entry in attrs {
        map.insert(entry.attr.meta().key.into(), value(&entry.value));
    }
}

/// As the native manifest writes it.
fn value(value: &AttrValue) -> Value {
    match value {
        AttrValue::Flag(flag) => json!(flag),
        AttrValue::Number(number) => json!(number),
        AttrValue::Text(text) => json!(text),
        AttrValue::List(items) => json!(items),
        AttrValue::Date(date) => json!(date.to_string()),
        AttrValue::Intervals(items) => items
            .iter()
            .map(|item| json!({"from": item.from.to_string(), "to": item.to.to_string()}))
            .collect(),
        AttrValue::Settings(items) => {
            let setting = |item: &crate::model::Setting| {
                let mut map = Map::new();
                map.insert("value".into(), json!(item.value));
                if let Some(default) = &item.default {
                    map.insert("default".into(), json!(default));
                }
                if let Some(read) = item.read {
                    map.insert("read".into(), json!(read));
                }
                (item.key.to_string(), Value::Object(map))
            };
            Value::Object(items.iter().map(setting).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, facts, hostile, picture_of, read_back, whole};

    /// Settings are a map, which has no order.
    fn sorted(value: &AttrValue) -> AttrValue {
        let AttrValue::Settings(settings) = value else { return value.clone() };
        let mut settings = settings.to_vec();
        settings.sort_by(|a, b| a.key.cmp(&b.key));
        AttrValue::Settings(settings.into())
    }

    #[test]
    fn what_is_written_is_read_back_with_its_attributes() {
        for shown in [
            Shown::sample_seen("ads_ranking", &whole()),
            Shown::sample_seen("hello", &whole()),
            Shown::of(&hostile()),
        ] {
            let bytes = Json.export(&picture_of(&shown)).expect("a file").bytes;
            let read = read_back(&[("map.json", &*bytes)]);
            assert_eq!(facts(&shown.graph).nodes, facts(&read).nodes);
            assert_eq!(facts(&shown.graph).edges, facts(&read).edges);
            for node in read.nodes() {
                let Some(before) = shown.graph.find(node.id.as_str()) else { continue };
                let values = |attrs: &crate::model::AttrSet| -> Vec<(Attr, AttrValue)> {
                    let others = attrs.iter().filter(|entry| entry.attr != Attr::Owner);
                    others.map(|entry| (entry.attr, sorted(&entry.value))).collect()
                };
                if node.kind != crate::model::NodeKind::Team {
                    assert_eq!(
                        values(&shown.graph.node(before).attrs),
                        values(&node.attrs),
                        "{}",
                        node.id
                    );
                }
            }
        }
    }
}
