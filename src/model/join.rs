//! What two files say of one node or edge, joined: the first file's word stands, an annotation decides,
//! and what is seen at a moment gives way to what is seen later.

use super::batch::shown;
use super::{
    Attr, AttrEntry, AttrSet, AttrValue, Column, EdgeDetails, NodeId, Problem, ProblemKind,
    Severity,
};
use rustc_hash::FxHashMap;

/// A definition that contradicts another is a mistake; an annotation that does is a decision.
pub(super) const fn severity_of_conflict(defines: bool) -> Severity {
    if defines { Severity::Warning } else { Severity::Note }
}

/// Joins `more`, which another file says of the node or edge called `id`, into `attrs`.
pub(super) fn join_attrs(
    attrs: &mut AttrSet,
    more: AttrSet,
    defines: bool,
    id: &NodeId,
    problems: &mut Vec<Problem>,
) {
    let is_later = more.date(Attr::Updated) >= attrs.date(Attr::Updated);
    for entry in more {
        join_attr(attrs, entry, is_later, defines, id, problems);
    }
}

fn join_attr(
    attrs: &mut AttrSet,
    entry: AttrEntry,
    is_later: bool,
    defines: bool,
    id: &NodeId,
    problems: &mut Vec<Problem>,
) {
    let Some(first) = attrs.get(entry.attr) else {
        attrs.set(entry.attr, entry.value, entry.at);
        return;
    };
    if first.value == entry.value {
        return;
    }
    // How a run ended and when are true of a moment: of two files the one that saw the later run counts.
    if matches!(entry.attr, Attr::Updated | Attr::LastStatus) {
        if is_later {
            attrs.set(entry.attr, entry.value, entry.at);
        }
        return;
    }
    if let (Attr::Tags, AttrValue::List(before), AttrValue::List(more)) =
        (entry.attr, &first.value, &entry.value)
    {
        let mut tags = before.to_vec();
        tags.extend(more.iter().filter(|tag| !before.contains(tag)).cloned());
        let at = first.at;
        attrs.set(Attr::Tags, AttrValue::List(tags.into()), at);
        return;
    }
    let key = entry.attr.meta().key;
    let (kept, other) =
        if defines { (&first.value, &entry.value) } else { (&entry.value, &first.value) };
    problems.push(
        Problem::new(
            severity_of_conflict(defines),
            ProblemKind::Conflict,
            Some(entry.at),
            format!(
                "`{}` has {key} {} in one file and {} in another",
                shown(id.as_str()),
                shown(&first.value.to_string()),
                shown(&entry.value.to_string())
            ),
            format!(
                "{} is used, {} is not; let both files say the same.",
                shown(&kept.to_string()),
                shown(&other.to_string())
            ),
        )
        .also_at(first.at),
    );
    if !defines {
        attrs.set(entry.attr, entry.value, entry.at);
    }
}

pub(super) fn join_columns(columns: &mut Vec<Column>, more: Vec<Column>) {
    if columns.is_empty() {
        *columns = more;
        return;
    }
    // Warehouses fold the case of names that tools keep.
    let mut known: FxHashMap<String, usize> = columns
        .iter()
        .enumerate()
        .map(|(position, column)| (column.name.to_lowercase(), position))
        .collect();
    for column in more {
        match known.get(&column.name.to_lowercase()) {
            Some(&position) => {
                let first = &mut columns[position];
                first.described |= column.described;
                if first.data_type.is_none() {
                    first.data_type = column.data_type;
                }
            }
            None => {
                known.insert(column.name.to_lowercase(), columns.len());
                columns.push(column);
            }
        }
    }
}

/// Joins what two files say of an edge to `target`.
pub(super) fn join_edge(
    edge: &mut EdgeDetails,
    more: EdgeDetails,
    target: &NodeId,
    problems: &mut Vec<Problem>,
) {
    if let Some(more) = more.attrs {
        join_attrs(edge.attrs.get_or_insert_default(), *more, true, target, problems);
    }
    for link in more.columns {
        if !edge.columns.contains(&link) {
            edge.columns.push(link);
        }
    }
}
