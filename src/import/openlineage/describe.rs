//! What the facets of an event say of a job or a dataset. Of several events the last word counts, and
//! of columns and tags every one.

use super::event::{DatasetFacets, Event, Job, SchemaField, Tags};
use super::lineage::Output;
use super::naming;
use crate::model::{
    Attr, AttrValue, Column, EdgeKind, Evidence, NodeDecl, NodeKind, NodeRef, Provenance,
};
use jiff::civil::Date;
use std::borrow::Cow;

pub(super) fn describe_job(
    to: &mut Output<'_, '_>,
    reference: NodeRef,
    event: &Event<'_>,
    job: &Job<'_>,
) {
    let (text, at, day) = (to.text, to.at, to.day);
    let place = |part: &str| text.at_or(part, at);
    let node = to.batch.annotate(reference, at);
    if let Some(ended @ ("COMPLETE" | "FAIL" | "ABORT")) = event.event_type.filled() {
        end(node, &ended.to_lowercase(), day, place(ended));
    }
    let Some(facets) = job.facets.get() else { return };
    let language = facets.source_code.get().and_then(|code| code.language.filled());
    let location = facets.location.get();
    for (attr, text) in [
        (Attr::Purpose, facets.documentation.get().and_then(|doc| doc.description.filled())),
        (Attr::Owner, facets.ownership.get().and_then(|ownership| ownership.first())),
        (Attr::Language, language),
        (Attr::Uri, location.and_then(|location| location.url.filled())),
        (Attr::CodeHash, location.and_then(|location| location.version.filled())),
    ] {
        say(node, attr, text, place);
    }
    if let Some(kind) = facets.job_type.get() {
        for word in [kind.integration.filled(), kind.job_type.filled()].into_iter().flatten() {
            tag(node, &word.to_lowercase(), place(word));
        }
    }
    tags(node, facets.tags.get(), place);
}

pub(super) fn describe_dataset(
    to: &mut Output<'_, '_>,
    reference: NodeRef,
    at: Provenance,
    facets: &DatasetFacets<'_>,
) {
    let text = to.text;
    let place = |part: &str| text.at_or(part, at);
    let node = to.batch.mention(reference, at);
    let description = facets.documentation.get().and_then(|doc| doc.description.filled());
    say(node, Attr::Purpose, description, place);
    say(node, Attr::Owner, facets.ownership.get().and_then(|ownership| ownership.first()), place);
    match facets.dataset_type.get().and_then(|kind| kind.dataset_type.filled()) {
        Some("MODEL") => node.kind = Some(NodeKind::Model),
        Some(kind @ ("TABLE" | "VIEW")) => {
            let kind = AttrValue::text(kind.to_lowercase());
            node.set(Attr::Materialization, kind, at);
        }
        _ => {}
    }
    tags(node, facets.tags.get(), place);
    for other in facets.symlinks.get().map_or(&[][..], |symlinks| symlinks.identifiers.items()) {
        let Some(name) = other.name.filled() else { continue };
        let namespace = other.namespace.filled().unwrap_or_default();
        let uri = Box::from(naming::uri(namespace, name));
        if !node.aliases.contains(&uri) {
            node.aliases.push(uri);
            naming::add_loose_names(node, namespace, name);
        }
    }
    if let Some(schema) = facets.schema.get() {
        join_columns(&mut node.columns, schema.fields.items(), place);
    }
}

/// One test for each assertion on a dataset or a column of it, as dbt has them.
pub(super) fn describe_tests(
    to: &mut Output<'_, '_>,
    dataset: NodeRef,
    at: Provenance,
    facets: &DatasetFacets<'_>,
) {
    let assertions = facets.assertions.get().map_or(&[][..], |facet| facet.assertions.items());
    for assertion in assertions {
        let Some(name) = assertion.assertion.filled() else { continue };
        let column = assertion.column.filled();
        let id = format!("test:{}:{name}:{}", to.batch.id(dataset), column.unwrap_or_default());
        let place = to.text.at_or(name, at);
        let test = to.batch.reference(&id);
        if !to.batch.defines(test) {
            let group = to.batch.mention(dataset, at).group;
            let node = to.batch.define(test, NodeKind::Test, place);
            node.group = group;
            node.name = Some(match column {
                Some(column) => format!("{name}({column})").into(),
                None => name.into(),
            });
            node.set(Attr::TestScope, AttrValue::text("integration"), place);
            say(node, Attr::TestColumn, column, |_| place);
            to.batch.edge(dataset, test, EdgeKind::Reads(Evidence::Declared), place);
        }
        if let Some(&success) = assertion.success.get() {
            let status = if success { "pass" } else { "fail" };
            end(to.batch.annotate(test, place), status, to.day, place);
        }
    }
}

/// Says that a run which ended well wrote the dataset on the event's day.
pub(super) fn made(to: &mut Output<'_, '_>, dataset: NodeRef) {
    if let Some(day) = to.day {
        let node = to.batch.annotate(dataset, to.at);
        if node.attrs.date(Attr::Updated) < Some(day) {
            node.set(Attr::Updated, AttrValue::Date(day), to.at);
        }
    }
}

/// How something ended on `day`, unless a later end is known. Events need not stand in order.
fn end(node: &mut NodeDecl, status: &str, day: Option<Date>, at: Provenance) {
    if day < node.attrs.date(Attr::Updated) {
        return;
    }
    if let Some(day) = day {
        node.set(Attr::Updated, AttrValue::Date(day), at);
    }
    node.set(Attr::LastStatus, AttrValue::text(status), at);
}

/// Sets a text, at no cost where it was said before.
fn say(node: &mut NodeDecl, attr: Attr, text: Option<&str>, place: impl Fn(&str) -> Provenance) {
    if let Some(text) = text
        && node.attrs.text(attr) != Some(text)
    {
        node.set(attr, AttrValue::text(text), place(text));
    }
}

fn tags(node: &mut NodeDecl, tags: Option<&Tags<'_>>, place: impl Fn(&str) -> Provenance) {
    let of_the_whole = |tag: &&super::event::Tag<'_>| tag.field.filled().is_none();
    for one in tags.map_or(&[][..], |tags| tags.tags.items()).iter().filter(of_the_whole) {
        let Some(key) = one.key.filled() else { continue };
        match one.value.filled() {
            // Producers write `true` where a tag has no value.
            Some(value) if !value.eq_ignore_ascii_case("true") => {
                tag(node, &format!("{key}:{value}"), place(key));
            }
            _ => tag(node, key, place(key)),
        }
    }
}

fn tag(node: &mut NodeDecl, tag: &str, at: Provenance) {
    let known = node.attrs.list(Attr::Tags).unwrap_or_default();
    if !known.iter().any(|known| **known == *tag) {
        let more = known.iter().cloned().chain([tag.into()]).collect();
        node.set(Attr::Tags, AttrValue::List(more), at);
    }
}

/// Adds what a schema says; fields of structures become columns called `outer.inner`. Linear where the
/// schemas of several events have their columns in one order, as they mostly have.
fn join_columns<'f>(
    columns: &mut Vec<Column>,
    fields: &'f [SchemaField<'f>],
    place: impl Fn(&str) -> Provenance,
) {
    let mut next = 0;
    let mut open: Vec<(Cow<'f, str>, &'f SchemaField<'f>)> = Vec::new();
    open.extend(fields.iter().rev().filter_map(|field| Some((field.name.filled()?.into(), field))));
    while let Some((name, field)) = open.pop() {
        let inner = field.fields.items().iter().rev();
        open.extend(
            inner.filter_map(|inner| {
                Some((format!("{name}.{}", inner.name.filled()?).into(), inner))
            }),
        );
        let later = columns[next..].iter().position(|column| *column.name == *name);
        let known = later.map(|position| next + position);
        let known = known.or_else(|| columns[..next].iter().position(|c| *c.name == *name));
        next = match known {
            Some(position) => position + 1,
            None => {
                let at = place(field.name.get().map_or("", |name| name));
                let (data_type, described) = (None, false);
                columns.push(Column { name: name.as_ref().into(), data_type, described, at });
                columns.len()
            }
        };
        let column = &mut columns[next - 1];
        column.described |= field.description.filled().is_some();
        if let Some(data_type) = field.data_type.filled()
            && column.data_type.as_deref() != Some(data_type)
        {
            column.data_type = Some(data_type.into());
        }
    }
}
