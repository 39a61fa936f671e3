//! One node, team or annotation, with its relations.

use super::super::suggest;
use super::located::{Entry, Located, Value};
use super::relation::{End, PHASES, RELATIONS, Relation, relation};
use super::value::{attribute, entries, unknown_key, wrong};
use crate::model::{
    Attr, AttrValue, Batch, Column, ColumnLink, EdgeKind, GroupRef, NodeKind, NodeRef, Phase,
    Place, Problem, ProblemKind, Provenance, Severity,
};

/// Keys of a node besides relations and attributes, with their meaning.
pub(super) const NODE_KEYS: &[(&str, &str)] = &[
    ("id", "Its stable id."),
    ("kind", "What it is."),
    ("name", "Its name for people."),
    ("group", "The group that it lies in; `/` nests."),
    ("columns", "Its columns: names, or maps of name, type and whether they are described."),
    ("aliases", "Other ids under which files speak of it."),
];

/// Keys of an edge besides attributes, with their meaning.
pub(super) const EDGE_KEYS: &[(&str, &str)] = &[
    ("phase", "When an input is taken in: train, serve or both."),
    ("columns", "Which column goes into which: maps of from and to."),
];

/// Ids of teams carry it, so that a team never meets a dataset of the same name.
const TEAM_PREFIX: &str = "team:";

/// What a file says of all its nodes.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub(super) system: Option<(String, Provenance)>,
    pub(super) team: Option<(String, Provenance)>,
}

/// Reads a node's map; `kind` is given where the section says it, `defines` is false for annotations.
pub(super) fn node(
    batch: &mut Batch,
    item: &Located<'_>,
    kind: Option<NodeKind>,
    defines: bool,
    defaults: &Defaults,
) {
    let Value::Map(map) = &item.value else {
        return wrong(batch, "a node", item, "a map with `id`");
    };
    let map = entries(batch, map);
    let find = |key: &str| map.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let Some(id) = find("id").and_then(Located::scalar).filter(|id| !id.is_empty()) else {
        return wrong(batch, "a node", find("id").unwrap_or(item), "a text as its `id`");
    };
    let said = kind.or_else(|| find("kind").and_then(|found| node_kind(batch, found)));
    let is_team = said == Some(NodeKind::Team);
    let prefixed = format!("{TEAM_PREFIX}{id}");
    let id = if is_team && !id.starts_with(TEAM_PREFIX) { &prefixed } else { id };
    let reference = batch.reference(id);
    let kind = said.unwrap_or(NodeKind::Source);
    if defines {
        if said.is_none() && find("kind").is_none() {
            batch.report(Problem::new(
                Severity::Warning,
                ProblemKind::Value,
                Some(item.at),
                format!("`{}` has no kind", shortened(id)),
                "It is taken as a source; add `kind:`.",
            ));
        }
        let decl = batch.define(reference, kind, item.at);
        if is_team && decl.name.is_none() {
            decl.name = id.strip_prefix(TEAM_PREFIX).map(Into::into);
        }
    } else {
        let decl = batch.annotate(reference, item.at);
        decl.kind = decl.kind.or(said);
    }
    let kind = if defines { Some(kind) } else { said };
    for entry in &map {
        entry_of_node(batch, reference, kind, entry, defaults);
    }
    if defines && kind != Some(NodeKind::Team) {
        apply_defaults(batch, reference, defaults);
    }
}

fn entry_of_node(
    batch: &mut Batch,
    reference: NodeRef,
    kind: Option<NodeKind>,
    entry: &Entry<'_>,
    defaults: &Defaults,
) {
    let value = &entry.value;
    match &*entry.key {
        "id" | "kind" => {}
        "name" => match value.scalar() {
            Some(name) => batch.annotate(reference, entry.at).name = Some(name.into()),
            None => wrong(batch, "name", value, "a text"),
        },
        "group" => match value.scalar() {
            Some(path) => {
                let group = group(batch, defaults, path);
                batch.annotate(reference, entry.at).group = group;
            }
            None => wrong(batch, "group", value, "a path such as `ranking/models`"),
        },
        "columns" => columns(batch, reference, value),
        "aliases" => aliases(batch, reference, value),
        key => match (relation(key), Attr::parse(key)) {
            (Some(relation), _) => relations(batch, reference, relation, value),
            (None, Some(attr)) if attr.meta().place != Place::Edges => {
                check_place(batch, attr, kind, entry.at);
                if let Some(value) = attribute(batch, attr, value) {
                    batch.annotate(reference, entry.at).set(attr, value, entry.at);
                }
            }
            _ => unknown_key(batch, entry, node_keys()),
        },
    }
}

/// Every key that a node may have.
pub(super) fn node_keys() -> impl Iterator<Item = &'static str> + Clone {
    let attrs = Attr::ALL.iter().filter(|attr| attr.meta().place != Place::Edges);
    NODE_KEYS
        .iter()
        .map(|(key, _)| *key)
        .chain(RELATIONS.iter().map(|relation| relation.key))
        .chain(attrs.map(|attr| attr.meta().key))
}

fn node_kind(batch: &mut Batch, found: &Located<'_>) -> Option<NodeKind> {
    let word = found.scalar().unwrap_or("");
    let kind = NodeKind::parse(word);
    if kind.is_none() {
        let known = NodeKind::ALL.iter().map(|kind| kind.meta().key);
        batch.report(Problem::new(
            Severity::Error,
            ProblemKind::Value,
            Some(found.at),
            format!("`{}` is no kind of node", shortened(word)),
            suggest::hint(word, known, "It is taken as a source."),
        ));
    }
    kind
}

fn apply_defaults(batch: &mut Batch, reference: NodeRef, defaults: &Defaults) {
    let outermost = defaults.system.as_ref().map(|(system, _)| batch.group(None, system));
    let at = Provenance::file(Batch::FILE);
    let decl = batch.annotate(reference, at);
    if decl.group.is_none() {
        decl.group = outermost;
    }
    if let (Some((team, at)), None) = (&defaults.team, decl.attrs.get(Attr::Owner)) {
        decl.set(Attr::Owner, AttrValue::text(team.as_str()), *at);
    }
}

fn group(batch: &mut Batch, defaults: &Defaults, path: &str) -> Option<GroupRef> {
    let system = defaults.system.as_ref().map(|(system, _)| system.as_str());
    let parts = path.split('/').map(str::trim).filter(|part| !part.is_empty());
    system.into_iter().chain(parts).fold(None, |parent, part| Some(batch.group(parent, part)))
}

/// An attribute that makes no sense for a kind is kept and told.
fn check_place(batch: &mut Batch, attr: Attr, kind: Option<NodeKind>, at: Provenance) {
    let (Place::Nodes(kinds), Some(kind)) = (attr.meta().place, kind) else { return };
    if kinds.contains(&kind) {
        return;
    }
    let fitting: Vec<&str> = kinds.iter().map(|kind| kind.meta().key).collect();
    batch.report(Problem::new(
        Severity::Note,
        ProblemKind::Value,
        Some(at),
        format!("`{}` is not read of a {}", attr.meta().key, kind.meta().key),
        format!("It belongs to: {}.", fitting.join(", ")),
    ));
}

fn columns(batch: &mut Batch, reference: NodeRef, value: &Located<'_>) {
    let Value::List(items) = &value.value else {
        return wrong(batch, "columns", value, "a list of names");
    };
    for item in items {
        match column(item) {
            Some(column) => batch.annotate(reference, item.at).columns.push(column),
            None => wrong(batch, "columns", item, "a name, or a map of name, type and described"),
        }
    }
}

fn column(item: &Located<'_>) -> Option<Column> {
    let mut column = Column { name: "".into(), data_type: None, described: false, at: item.at };
    match &item.value {
        Value::Scalar(name) => column.name = name.as_ref().into(),
        Value::Map(map) => {
            for entry in map {
                match (&*entry.key, entry.value.scalar()) {
                    ("name", Some(name)) => column.name = name.into(),
                    ("type", Some(data_type)) => column.data_type = Some(data_type.into()),
                    ("described", Some("true" | "yes")) => column.described = true,
                    ("described", Some("false" | "no")) => {}
                    _ => return None,
                }
            }
        }
        _ => return None,
    }
    (!column.name.is_empty()).then_some(column)
}

fn aliases(batch: &mut Batch, reference: NodeRef, value: &Located<'_>) {
    let Value::List(items) = &value.value else {
        return wrong(batch, "aliases", value, "a list of ids");
    };
    for item in items {
        match item.scalar() {
            Some(alias) => batch.annotate(reference, item.at).aliases.push(alias.into()),
            None => wrong(batch, "aliases", item, "an id"),
        }
    }
}

/// The entries of a relation key: ids, or maps of an id and attributes of the edge.
fn relations(batch: &mut Batch, this: NodeRef, relation: &Relation, value: &Located<'_>) {
    let items = match &value.value {
        Value::List(items) => &items[..],
        Value::Null => return,
        _ => std::slice::from_ref(value),
    };
    for item in items {
        let (id, rest) = match &item.value {
            Value::Scalar(id) => (Some(&**id), Vec::new()),
            Value::Map(map) => {
                let map = entries(batch, map);
                let id = map.iter().find(|entry| entry.key == "id");
                (id.and_then(|entry| entry.value.scalar()), map)
            }
            _ => (None, Vec::new()),
        };
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            wrong(batch, relation.key, item, "an id, or a map with `id`");
            continue;
        };
        let other = match relation.stub {
            Some(stub) => batch.reference_as(id, stub),
            None => batch.reference(id),
        };
        let (from, to) = match relation.this {
            End::Source => (this, other),
            End::Target => (other, this),
        };
        let rest = rest.into_iter().filter(|entry| entry.key != "id");
        relation_edge(batch, from, to, relation.kind, item.at, rest);
    }
}

/// Declares an edge; `rest` are the keys that describe it.
pub(super) fn relation_edge<'l, 'a: 'l>(
    batch: &mut Batch,
    from: NodeRef,
    to: NodeRef,
    kind: EdgeKind,
    at: Provenance,
    rest: impl Iterator<Item = &'l Entry<'a>>,
) {
    let mut kind = kind;
    let mut attrs = Vec::new();
    let mut links = Vec::new();
    for entry in rest {
        match &*entry.key {
            "phase" => match (phase(&entry.value), kind) {
                (Some(phase), EdgeKind::InputTo(_)) => kind = EdgeKind::InputTo(phase),
                (Some(_), _) => {
                    wrong(batch, "phase", &entry.value, "no phase: only inputs have one");
                }
                (None, _) => wrong(batch, "phase", &entry.value, "train, serve or both"),
            },
            "columns" => match column_links(&entry.value) {
                Some(more) => links.extend(more),
                None => {
                    wrong(batch, "columns", &entry.value, "a list of {from: column, to: column}");
                }
            },
            key => match Attr::parse(key).filter(|attr| attr.meta().place == Place::Edges) {
                Some(attr) => {
                    attrs.extend(attribute(batch, attr, &entry.value).map(|v| (attr, v, entry.at)));
                }
                None => unknown_key(batch, entry, edge_keys()),
            },
        }
    }
    let edge = batch.edge(from, to, kind, at);
    edge.columns = links;
    for (attr, value, at) in attrs {
        edge.set(attr, value, at);
    }
}

/// Every key that describes an edge.
pub(super) fn edge_keys() -> impl Iterator<Item = &'static str> + Clone {
    let attrs = Attr::ALL.iter().filter(|attr| attr.meta().place == Place::Edges);
    EDGE_KEYS.iter().map(|(key, _)| *key).chain(attrs.map(|attr| attr.meta().key))
}

fn phase(value: &Located<'_>) -> Option<Phase> {
    let word = value.scalar()?;
    PHASES.iter().find(|(key, _)| *key == word).map(|(_, phase)| *phase)
}

fn column_links(value: &Located<'_>) -> Option<Vec<ColumnLink>> {
    let Value::List(items) = &value.value else { return None };
    items
        .iter()
        .map(|item| {
            let Value::Map(map) = &item.value else { return None };
            let end = |key: &str| map.iter().find(|e| e.key == key)?.value.scalar().map(Into::into);
            Some(ColumnLink { from: end("from")?, to: end("to")? })
        })
        .collect()
}

fn shortened(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}
