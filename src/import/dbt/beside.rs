//! The files that dbt writes beside its manifest. They define nothing: each adds to the nodes of a
//! manifest, and stands for stubs when it is read without one.

use super::super::lenient::{Entries, Field, object};
use super::walk::{Item, Output, Reader};
use super::{date, kind_of_id};
use crate::model::{Attr, AttrValue, Batch, Column, NodeDecl, NodeKind, Provenance};
use std::borrow::Cow;

/// Adds to the node called `id`; `None` for what no manifest draws.
fn annotate<'b>(batch: &'b mut Batch, id: &str, at: Provenance) -> Option<&'b mut NodeDecl> {
    let kind = kind_of_id(id)?;
    let reference = batch.reference_as(id, kind);
    let node = batch.annotate(reference, at);
    // An exposure may be a model; only the manifest knows.
    if kind != NodeKind::Consumer {
        node.kind = Some(kind);
    }
    Some(node)
}

object! {
    /// A table as the warehouse has it.
    Table<'a> {
        unique_id: Cow<'a, str> = "unique_id",
        columns: Entries<'a, TableColumn<'a>> = "columns",
        stats: Entries<'a, Stat<'a>> = "stats",
    }
}

object! {
    TableColumn<'a> {
        name: Cow<'a, str> = "name",
        data_type: Cow<'a, str> = "type",
        comment: Cow<'a, str> = "comment",
    }
}

object! {
    Stat<'a> {
        value: Cow<'a, str> = "value",
    }
}

/// Reads `catalog.json`: columns with their types, and row counts.
#[derive(Debug)]
pub(super) struct Catalog;

/// What warehouses call the number of rows.
const ROW_COUNTS: [&str; 3] = ["row_count", "num_rows", "rows"];

impl<'a> Reader<'a> for Catalog {
    type Item = Table<'a>;

    fn reads(section: &str) -> bool {
        matches!(section, "nodes" | "sources")
    }

    fn item(&mut self, to: &mut Output<'_, 'a>, _section: &str, item: Item<'a, Table<'a>>) {
        let Field::Is(table) = item.value else { return };
        let Some(id) = item.key.as_deref().or(table.unique_id.filled()) else { return };
        let at = to.text.at(id);
        let entries = table.columns.get().map_or(&[][..], |columns| &columns.0);
        let columns: Vec<Column> = entries
            .iter()
            .map(|(key, column)| Column {
                name: column.name.filled().unwrap_or(key).into(),
                data_type: column.data_type.filled().map(Into::into),
                described: column.comment.filled().is_some(),
                at: to.at(key, at),
            })
            .collect();
        let stats = table.stats.get().map_or(&[][..], |stats| &stats.0);
        let rows = stats
            .iter()
            .find(|(key, _)| ROW_COUNTS.iter().any(|name| key.eq_ignore_ascii_case(name)))
            .and_then(|(key, stat)| Some((to.at(key, at), stat.value.filled()?.parse().ok()?)));
        if let Some(node) = annotate(to.batch, id, at) {
            node.columns = columns;
            if let Some((at, rows)) = rows {
                node.set(Attr::RowCount, AttrValue::Number(rows), at);
            }
        }
    }
}

object! {
    /// How one resource fared in the last run.
    RunResult<'a> {
        unique_id: Cow<'a, str> = "unique_id",
        node: RunNode<'a> = "node",
        status: Cow<'a, str> = "status",
        timing: Vec<Timing<'a>> = "timing",
    }
}

object! {
    /// Before dbt 0.19 the whole node stood in the result.
    RunNode<'a> {
        unique_id: Cow<'a, str> = "unique_id",
    }
}

object! {
    Timing<'a> {
        name: Cow<'a, str> = "name",
        completed_at: Cow<'a, str> = "completed_at",
    }
}

/// Reads `run_results.json`: how the last run of each resource ended, and when its data was made.
#[derive(Debug)]
pub(super) struct RunResults;

impl<'a> Reader<'a> for RunResults {
    type Item = RunResult<'a>;

    fn reads(section: &str) -> bool {
        section == "results"
    }

    fn item(&mut self, to: &mut Output<'_, 'a>, _section: &str, item: Item<'a, RunResult<'a>>) {
        let Field::Is(result) = item.value else { return };
        let inner = result.node.get().and_then(|node| node.unique_id.filled());
        let Some(id) = result.unique_id.filled().or(inner) else { return };
        let at = to.text.at(id);
        let status = result.status.filled().map(|status| (status, to.at(status, at)));
        let made = status
            .filter(|(status, _)| *status == "success")
            .and_then(|_| {
                result.timing.items().iter().rev().find_map(|timing| timing.completed_at.filled())
            })
            .and_then(|completed| Some((date(completed)?, to.at(completed, at))));
        let Some(node) = annotate(to.batch, id, at) else { return };
        if let Some((status, at)) = status {
            node.set(Attr::LastStatus, AttrValue::text(status), at);
        }
        if let (Some(NodeKind::Dataset), Some((date, at))) = (node.kind, made) {
            node.set(Attr::Updated, AttrValue::Date(date), at);
        }
    }
}

object! {
    /// How old a source's data was when somebody looked.
    Measured<'a> {
        unique_id: Cow<'a, str> = "unique_id",
        status: Cow<'a, str> = "status",
        max_loaded_at: Cow<'a, str> = "max_loaded_at",
        age_secs: f64 = "max_loaded_at_time_ago_in_s",
        criteria: super::resource::Freshness<'a> = "criteria",
    }
}

/// Reads `sources.json`: measured freshness.
#[derive(Debug)]
pub(super) struct SourceFreshness;

impl<'a> Reader<'a> for SourceFreshness {
    type Item = Measured<'a>;

    fn reads(section: &str) -> bool {
        // Version 0 kept an object of sources; since version 1 it is a list of results.
        matches!(section, "results" | "sources")
    }

    fn item(&mut self, to: &mut Output<'_, 'a>, _section: &str, item: Item<'a, Measured<'a>>) {
        let Field::Is(measured) = item.value else { return };
        let Some(id) = measured.unique_id.filled().or(item.key.as_deref()) else { return };
        let at = to.text.at(id);
        let status = measured.status.filled().map(|status| (status, to.at(status, at)));
        let loaded = measured
            .max_loaded_at
            .filled()
            .and_then(|loaded| Some((date(loaded)?, to.at(loaded, at))));
        let hours = |threshold: &Field<super::resource::Threshold<'_>>| {
            threshold.get().and_then(|threshold| threshold.hours().ok().flatten())
        };
        let criteria = measured.criteria.get();
        let warn = criteria.and_then(|criteria| hours(&criteria.warn_after));
        let error = criteria.and_then(|criteria| hours(&criteria.error_after));
        let late = match (measured.age_secs.get(), warn.or(error)) {
            // Without a load there is no age to speak of.
            (Some(secs), Some(limit)) if loaded.is_some() => Some(secs / 3600.0 - limit),
            _ => None,
        };
        let Some(node) = annotate(to.batch, id, at) else { return };
        if let Some((status, at)) = status {
            node.set(Attr::LastStatus, AttrValue::text(status), at);
        }
        if let Some((date, at)) = loaded {
            node.set(Attr::Updated, AttrValue::Date(date), at);
        }
        for (attr, hours) in [
            (Attr::FreshnessWarnHours, warn),
            (Attr::FreshnessErrorHours, error),
            (Attr::LateHours, late.filter(|&hours| hours > 0.0)),
        ] {
            if let Some(hours) = hours {
                node.set(attr, AttrValue::Number(hours), at);
            }
        }
    }
}
