//! The outermost map of a manifest: its mark, and what each section says.

use super::super::{Cancelled, Source, attr_text, suggest, tables};
use super::located::{Entry, Located, Value, parse};
use super::node::{Defaults, node, relation_edge};
use super::relation::RELATIONS;
use super::value::{entries, unknown_key, wrong};
use super::{MARK, VERSION};
use crate::model::{
    Allow, Attr, Batch, EdgeKind, NodeKind, PredictionsFile, Problem, ProblemKind, Severity,
    TableKind,
};

/// Keys of the outermost map, with their meaning.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    (MARK, "The mark and version of the format: 1."),
    ("system", "The outermost group of all nodes of this file."),
    ("team", "The owner of every node of this file that names none."),
    ("description", "What this file is about, for people."),
    ("teams", "The teams."),
    ("nodes", "What there is."),
    ("edges", "Dependencies that are not written at a node."),
    ("annotate", "More about nodes that other files define."),
    ("tables", "Files with measurements, relative to this file."),
    ("allows", "Debt that is accepted for a while."),
];

pub(super) const ALLOW_KEYS: &[&str] = &["rule", "node", "reason", "owner", "expires"];

/// How often a cancelled reading is noticed.
const NODES_BETWEEN_CHECKS: usize = 4096;

pub(super) fn read(source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
    let documents = parse(&source.text);
    source.progress.check()?;
    let nothing_said = documents.problems.is_empty();
    for problem in documents.problems {
        batch.report(problem);
    }
    if documents.roots.iter().all(|root| matches!(root.value, Value::Null)) && nothing_said {
        batch.report(Problem::new(
            Severity::Warning,
            ProblemKind::Value,
            Some(source.text.at_offset(0)),
            "The file holds no document",
            "Write at least `undercurrent: 1` and a list of nodes.",
        ));
    }
    for (position, root) in documents.roots.iter().enumerate() {
        document(root, position == 0, source, batch)?;
    }
    Ok(())
}

fn document(
    root: &Located<'_>,
    is_first: bool,
    source: &Source<'_>,
    batch: &mut Batch,
) -> Result<(), Cancelled> {
    let map = match &root.value {
        Value::Map(map) => entries(batch, map),
        Value::Null => return Ok(()),
        _ => {
            wrong(batch, "the document", root, "a map with the key `undercurrent`");
            return Ok(());
        }
    };
    let find = |key: &str| map.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    if !version_fits(find(MARK), root, is_first, batch) {
        return Ok(());
    }
    let text = |batch: &mut Batch, key: &str| {
        let found = find(key)?;
        if found.scalar().is_none() {
            wrong(batch, key, found, "a text");
        }
        Some((found.scalar()?.to_owned(), found.at))
    };
    let defaults = Defaults { system: text(batch, "system"), team: text(batch, "team") };
    for entry in &map {
        let value = &entry.value;
        match &*entry.key {
            MARK | "system" | "team" | "description" => {}
            "teams" => each(batch, entry, source, |batch, item| {
                node(batch, item, Some(NodeKind::Team), true, &Defaults::default());
            })?,
            "nodes" => each(batch, entry, source, |batch, item| {
                node(batch, item, None, true, &defaults);
            })?,
            "annotate" => each(batch, entry, source, |batch, item| {
                node(batch, item, None, false, &defaults);
            })?,
            "edges" => each(batch, entry, source, edge)?,
            "allows" => each(batch, entry, source, allow)?,
            "tables" => read_tables(value, source, batch)?,
            _ => unknown_key(batch, entry, SECTIONS.iter().map(|(key, _)| *key)),
        }
    }
    Ok(())
}

/// False when the document is of a version that is not read here.
fn version_fits(
    mark: Option<&Located<'_>>,
    root: &Located<'_>,
    is_first: bool,
    batch: &mut Batch,
) -> bool {
    match mark.map(Located::scalar) {
        Some(Some(VERSION | "1.0")) => true,
        // Further documents of one file are of the first one's version.
        None if !is_first => true,
        None => {
            batch.report(Problem::new(
                Severity::Warning,
                ProblemKind::Value,
                Some(root.at),
                "The mark `undercurrent: 1` is missing",
                "Add it as the first line; the file was read as version 1.",
            ));
            true
        }
        Some(version) => {
            let version = version.unwrap_or("something else").escape_debug();
            batch.report(Problem::new(
                Severity::Error,
                ProblemKind::Value,
                Some(mark.map_or(root.at, |mark| mark.at)),
                format!("This manifest is of version `{version}`; version {VERSION} is read here"),
                "Write `undercurrent: 1`, or use a program of that version. Nothing of it was read.",
            ));
            false
        }
    }
}

/// Calls `read` for each item of a section that is a list.
fn each(
    batch: &mut Batch,
    section: &Entry<'_>,
    source: &Source<'_>,
    read: impl Fn(&mut Batch, &Located<'_>),
) -> Result<(), Cancelled> {
    match &section.value.value {
        Value::Null => {}
        Value::List(items) => {
            for chunk in items.chunks(NODES_BETWEEN_CHECKS) {
                source.progress.check()?;
                for item in chunk {
                    read(batch, item);
                }
            }
        }
        _ => wrong(batch, &section.key, &section.value, "a list"),
    }
    Ok(())
}

/// An edge that is written apart.
fn edge(batch: &mut Batch, item: &Located<'_>) {
    let Value::Map(map) = &item.value else {
        return wrong(batch, "edges", item, "a map with `from` and `to`");
    };
    let map = entries(batch, map);
    let find = |key: &str| map.iter().find(|entry| entry.key == key).map(|entry| &entry.value);
    let (Some(from), Some(to)) =
        (find("from").and_then(Located::scalar), find("to").and_then(Located::scalar))
    else {
        return wrong(batch, "edges", item, "an edge with the texts `from` and `to`");
    };
    let kind = match find("kind") {
        None => EdgeKind::Feeds,
        Some(found) => match found.scalar().and_then(edge_kind) {
            Some(kind) => kind,
            None => {
                let words = EdgeKind::ALL.iter().map(|kind| kind.key());
                let hint = suggest::hint(found.scalar().unwrap_or(""), words, "Use `feeds`.");
                batch.report(Problem::new(
                    Severity::Error,
                    ProblemKind::Value,
                    Some(found.at),
                    format!(
                        "This is no kind of edge: `{}`",
                        found.scalar().unwrap_or("").escape_debug()
                    ),
                    format!("{hint} It was read as `feeds`."),
                ));
                EdgeKind::Feeds
            }
        },
    };
    let (from, to) = (batch.reference(from), batch.reference(to));
    let rest = map.iter().copied().filter(|entry| !matches!(&*entry.key, "from" | "to" | "kind"));
    relation_edge(batch, from, to, kind, item.at, rest);
}

/// An edge kind by its key, or by the relation key at a node that means it.
fn edge_kind(key: &str) -> Option<EdgeKind> {
    let by_relation = || RELATIONS.iter().find(|relation| relation.key == key).map(|r| r.kind);
    EdgeKind::parse(key).or_else(by_relation)
}

fn allow(batch: &mut Batch, item: &Located<'_>) {
    let Value::Map(map) = &item.value else {
        return wrong(batch, "allows", item, "a map with `rule` and `reason`");
    };
    let map = entries(batch, map);
    let mut texts: [Option<Box<str>>; 4] = [const { None }; 4];
    let mut expires = None;
    for entry in map {
        let place = ALLOW_KEYS.iter().position(|key| *key == entry.key);
        match (place, entry.value.scalar()) {
            (None, _) => unknown_key(batch, entry, ALLOW_KEYS.iter().copied()),
            (Some(place), Some(text)) if place < texts.len() => texts[place] = Some(text.into()),
            (Some(_), Some(text)) if attr_text::date(text).is_some() => {
                expires = attr_text::date(text);
            }
            (Some(place), _) if place < texts.len() => {
                wrong(batch, &entry.key, &entry.value, "a text");
            }
            _ => wrong(batch, &entry.key, &entry.value, &attr_text::expected(Attr::Expires.meta())),
        }
    }
    let [Some(rule), node, Some(reason), owner] = texts else {
        return wrong(batch, "allows", item, "a map with `rule` and `reason`");
    };
    batch.allows.push(Allow { rule, node, reason, owner, expires, at: item.at });
}

/// A file of predictions with what its columns are for.
fn read_predictions(
    item: &Located<'_>,
    source: &Source<'_>,
    batch: &mut Batch,
) -> Result<(), Cancelled> {
    let Value::Map(map) = &item.value else {
        wrong(batch, "predictions", item, "a path, or a map with `path` and `columns`");
        return Ok(());
    };
    let mut path = None;
    let mut columns: Vec<(Box<str>, Box<str>)> = Vec::new();
    for entry in entries(batch, map) {
        match (&*entry.key, &entry.value.value) {
            ("path", _) => path = entry.value.scalar().map(|text| (text, entry.value.at)),
            ("columns", Value::Map(map)) => {
                for column in entries(batch, map) {
                    match column.value.scalar() {
                        Some(role) if PredictionsFile::ROLES.contains(&role) => {
                            columns.push((column.key.as_ref().into(), role.into()));
                        }
                        _ => {
                            let words = format!("one of {}", PredictionsFile::ROLES.join(", "));
                            wrong(batch, &column.key, &column.value, &words);
                        }
                    }
                }
            }
            ("columns", Value::Null) => {}
            ("columns", _) => wrong(batch, "columns", &entry.value, "a map of columns to roles"),
            _ => unknown_key(batch, entry, ["path", "columns"].into_iter()),
        }
    }
    let Some((path, at)) = path else {
        wrong(batch, "predictions", item, "a map with `path`");
        return Ok(());
    };
    let known = batch.tables.predictions.len();
    tables::read(TableKind::Predictions, path, at, source, batch)?;
    for row in &mut batch.tables.predictions[known..] {
        row.row.columns.clone_from(&columns);
    }
    Ok(())
}

fn read_tables(
    section: &Located<'_>,
    source: &Source<'_>,
    batch: &mut Batch,
) -> Result<(), Cancelled> {
    let map = match &section.value {
        Value::Map(map) => entries(batch, map),
        Value::Null => return Ok(()),
        _ => {
            wrong(batch, "tables", section, "a map of table names to paths");
            return Ok(());
        }
    };
    for entry in map {
        let Some(kind) = TableKind::parse(&entry.key) else {
            unknown_key(batch, entry, TableKind::ALL.iter().map(|kind| kind.key()));
            continue;
        };
        let paths = match &entry.value.value {
            Value::List(paths) => &paths[..],
            _ => std::slice::from_ref(&entry.value),
        };
        for path in paths {
            match path.scalar() {
                Some(text) => tables::read(kind, text, path.at, source, batch)?,
                None if kind == TableKind::Predictions => read_predictions(path, source, batch)?,
                None => wrong(batch, &entry.key, path, "a path or a list of paths"),
            }
        }
    }
    Ok(())
}
