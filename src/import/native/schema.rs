//! The native manifest as a JSON Schema, from the tables that its reader uses.

use super::super::attr_text;
use super::node::{EDGE_KEYS, NODE_KEYS};
use super::read::{ALLOW_KEYS, SECTIONS};
use super::relation::{PHASES, RELATIONS};
use crate::model::{
    Attr, AttrMeta, EdgeKind, NodeKind, Place, PredictionsFile, TableKind, ValueType,
};
use serde_json::{Map, Value, json};

/// The schema (draft 2020-12) of a native manifest of version 1.
pub fn schema() -> Value {
    let mut sections = Map::new();
    for (key, doc) in SECTIONS {
        let mut section = section(key);
        section["description"] = json!(doc);
        sections.insert((*key).to_owned(), section);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Undercurrent manifest, version 1",
        "type": "object",
        "required": ["undercurrent"],
        "additionalProperties": false,
        "properties": sections,
        "$defs": {
            "text": {"type": ["string", "number", "boolean"]},
            "date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
            "node": node(&["id", "kind"], true),
            "team": node(&["id"], false),
            "annotation": node(&["id"], true),
            "ends": one_or_many(&json!({"anyOf": [{"$ref": "#/$defs/text"}, end()]})),
            "edge": edge(),
        },
    })
}

fn section(key: &str) -> Value {
    let list =
        |of: &str| json!({"type": ["array", "null"], "items": {"$ref": format!("#/$defs/{of}")}});
    match key {
        "undercurrent" => json!({"enum": [1, "1", 1.0]}),
        "teams" => list("team"),
        "nodes" => list("node"),
        "annotate" => list("annotation"),
        "edges" => list("edge"),
        "tables" => tables(),
        "allows" => json!({"type": ["array", "null"], "items": allow()}),
        _ => json!({"$ref": "#/$defs/text"}),
    }
}

/// A node's map; `kind` where it may be said.
fn node(required: &[&str], has_kind: bool) -> Value {
    let mut properties = Map::new();
    for (key, doc) in NODE_KEYS {
        let mut value = match *key {
            "kind" if !has_kind => continue,
            "kind" => json!({"enum": keys(NodeKind::ALL.iter().map(|kind| kind.meta().key))}),
            "columns" => {
                json!({"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/text"}, column()]}})
            }
            "aliases" => json!({"type": "array", "items": {"$ref": "#/$defs/text"}}),
            _ => json!({"$ref": "#/$defs/text"}),
        };
        value["description"] = json!(doc);
        properties.insert((*key).to_owned(), value);
    }
    for relation in RELATIONS {
        let value = json!({"$ref": "#/$defs/ends", "description": relation.doc});
        properties.insert(relation.key.to_owned(), value);
    }
    properties.extend(attributes(|place| place != Place::Edges));
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn column() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": {"$ref": "#/$defs/text"},
            "type": {"$ref": "#/$defs/text"},
            "described": {"type": "boolean"},
        },
    })
}

/// The other end of a relation, with what describes the edge.
fn end() -> Value {
    let mut properties = edge_properties();
    properties.insert("id".into(), json!({"$ref": "#/$defs/text"}));
    object(&["id"], properties)
}

fn edge() -> Value {
    let mut properties = edge_properties();
    properties.insert("from".into(), json!({"$ref": "#/$defs/text"}));
    properties.insert("to".into(), json!({"$ref": "#/$defs/text"}));
    let kinds = EdgeKind::ALL.iter().map(|kind| kind.key());
    let relations = RELATIONS.iter().map(|relation| relation.key);
    let mut all: Vec<&str> = kinds.chain(relations).collect();
    all.sort_unstable();
    all.dedup();
    properties.insert("kind".into(), json!({"enum": all}));
    object(&["from", "to"], properties)
}

fn edge_properties() -> Map<String, Value> {
    let mut properties = attributes(|place| place == Place::Edges);
    for (key, doc) in EDGE_KEYS {
        let mut value = match *key {
            "phase" => json!({"enum": keys(PHASES.iter().map(|(key, _)| *key))}),
            _ => {
                let mut ends = Map::new();
                ends.insert("from".into(), json!({"$ref": "#/$defs/text"}));
                ends.insert("to".into(), json!({"$ref": "#/$defs/text"}));
                json!({"type": "array", "items": object(&["from", "to"], ends)})
            }
        };
        value["description"] = json!(doc);
        properties.insert((*key).to_owned(), value);
    }
    properties
}

fn attributes(wanted: impl Fn(Place) -> bool) -> Map<String, Value> {
    let metas = Attr::ALL.iter().map(|attr| attr.meta()).filter(|meta| wanted(meta.place));
    metas.map(|meta| (meta.key.to_owned(), attribute(meta))).collect()
}

fn attribute(meta: &AttrMeta) -> Value {
    let mut value = match meta.value {
        ValueType::Flag => json!({"type": ["boolean", "null"]}),
        ValueType::Number if attr_text::is_share(meta) => {
            json!({"type": ["number", "null"], "minimum": 0, "maximum": 1})
        }
        ValueType::Number => json!({"type": ["number", "null"]}),
        ValueType::Text => json!({"type": ["string", "number", "boolean", "null"]}),
        ValueType::List => one_or_many(&json!({"$ref": "#/$defs/text"})),
        ValueType::Date => json!({"anyOf": [{"$ref": "#/$defs/date"}, {"type": "null"}]}),
        ValueType::Intervals => {
            let mut ends = Map::new();
            ends.insert("from".into(), json!({"$ref": "#/$defs/date"}));
            ends.insert("to".into(), json!({"$ref": "#/$defs/date"}));
            json!({"type": "array", "items": object(&["from", "to"], ends)})
        }
        ValueType::Settings => json!({"type": "object"}),
    };
    let words: Vec<&str> = attr_text::words(meta).collect();
    let mut doc = meta.doc.to_owned();
    if !words.is_empty() {
        value["examples"] = json!(words);
    } else if !meta.unit.is_empty() {
        doc += &format!(" In: {}.", meta.unit);
    }
    if let Place::Nodes(kinds) = meta.place {
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.meta().key).collect();
        doc += &format!(" Of: {}.", kinds.join(", "));
    }
    value["description"] = json!(doc);
    value
}

fn tables() -> Value {
    let path = one_or_many(&json!({"type": "string"}));
    let tables = TableKind::ALL.iter().map(|kind| {
        let mut value = match kind {
            TableKind::Predictions => one_or_many(&predictions()),
            _ => path.clone(),
        };
        value["description"] = json!(format!("{} Columns: {}.", kind.doc(), kind.columns()));
        (kind.key().to_owned(), value)
    });
    let mut tables = object(&[], tables.collect());
    tables["type"] = json!(["object", "null"]);
    tables
}

/// A path, or one with what columns are for.
fn predictions() -> Value {
    let roles = json!({"type": "string", "enum": PredictionsFile::ROLES});
    let columns = json!({"type": ["object", "null"], "additionalProperties": roles});
    let keys = [("path".to_owned(), json!({"type": "string"})), ("columns".to_owned(), columns)];
    json!({"anyOf": [{"type": "string"}, object(&["path"], keys.into_iter().collect())]})
}

fn allow() -> Value {
    let properties = ALLOW_KEYS.iter().map(|key| {
        let of = if *key == "expires" { "#/$defs/date" } else { "#/$defs/text" };
        ((*key).to_owned(), json!({"$ref": of}))
    });
    object(&["rule", "reason"], properties.collect())
}

fn object(required: &[&str], properties: Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": Value::Object(properties),
    })
}

fn one_or_many(item: &Value) -> Value {
    json!({"anyOf": [item, {"type": "array", "items": item}, {"type": "null"}]})
}

fn keys(keys: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    keys.collect()
}
