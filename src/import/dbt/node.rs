//! What one resource of a manifest says of its node.

use super::super::lenient::Field;
use super::resource::{Freshness, Resource};
use super::walk::Output;
use crate::model::{
    Attr, AttrValue, Column, NodeDecl, NodeKind, NodeRef, Problem, ProblemKind, Provenance,
    Severity,
};
use std::borrow::Cow;

/// A resource that its access group's owner answers for, if the group has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owned {
    pub(super) package: Box<str>,
    pub(super) group: Box<str>,
    pub(super) at: Provenance,
}

/// Defines the node of a resource. Returns its access group when it names no owner itself.
pub(super) fn describe(
    to: &mut Output<'_, '_>,
    reference: NodeRef,
    resource_type: &str,
    kind: NodeKind,
    at: Provenance,
    resource: &Resource<'_>,
) -> Option<Owned> {
    let columns = columns(to, resource, at);
    let freshness = (kind == NodeKind::Source).then(|| freshness(to, resource, at)).flatten();
    let place = |part: &str| to.text.at_or(part, at);
    let node = to.batch.define(reference, kind, at);
    node.name = Some(name(resource_type, resource).unwrap_or_else(|| "unnamed".into()));
    node.columns = columns;
    let mut describe = Describe { node, place: &place, at };
    describe.common(resource_type, resource);
    match kind {
        NodeKind::Dataset => describe.dataset(resource_type, resource),
        NodeKind::Source => describe.source(resource, freshness.as_ref()),
        NodeKind::Test => describe.test(resource_type, resource),
        NodeKind::Consumer | NodeKind::Model => describe.exposure(resource),
        _ => {}
    }
    let (group, package) = (resource.access_group()?, resource.package_name.filled());
    let is_owned = describe.node.attrs.has(Attr::Owner);
    let owned = Owned { package: package.unwrap_or_default().into(), group: group.into(), at };
    (!is_owned).then_some(owned)
}

/// For people: short, and without what the groups around the node say already.
fn name(resource_type: &str, resource: &Resource<'_>) -> Option<Box<str>> {
    let name = resource.name.filled()?;
    let test = resource.test_metadata.get().and_then(|test| test.name.filled());
    if let Some(test) = test {
        return Some(match resource.column_name.filled() {
            Some(column) => format!("{test}({column})").into(),
            None => test.into(),
        });
    }
    if let ("model", Some(version)) = (resource_type, resource.version.filled()) {
        return Some(format!("{name} v{version}").into());
    }
    let label = match resource_type {
        "exposure" | "metric" | "saved_query" | "semantic_model" => resource.label.filled(),
        _ => None,
    };
    Some(label.unwrap_or(name).into())
}

fn columns(to: &Output<'_, '_>, resource: &Resource<'_>, at: Provenance) -> Vec<Column> {
    let Some(columns) = resource.columns.get() else { return Vec::new() };
    let column = |(key, column): &(Cow<'_, str>, super::resource::Column<'_>)| Column {
        name: column.name.filled().unwrap_or(key).into(),
        data_type: column.data_type.filled().map(Into::into),
        described: column.description.filled().is_some(),
        at: to.at(key, at),
    };
    columns.0.iter().map(column).collect()
}

/// Hours after which the owner is warned and after which the data counts as broken.
struct Limits {
    warn: Option<f64>,
    error: Option<f64>,
}

fn freshness(to: &mut Output<'_, '_>, resource: &Resource<'_>, at: Provenance) -> Option<Limits> {
    let configured = resource.config.get().and_then(|config| config.freshness.get());
    let freshness = resource.freshness.get().or(configured)?;
    let Freshness { warn_after, error_after } = freshness;
    let mut hours =
        |threshold: &Field<super::resource::Threshold<'_>>| match threshold.get()?.hours() {
            Ok(hours) => hours,
            Err(word) => {
                to.batch.report(Problem::new(
                    Severity::Warning,
                    ProblemKind::Value,
                    Some(at),
                    format!(
                        "The freshness of a source is in `{word}`; minute, hour or day was expected"
                    ),
                    "The threshold was left out; correct the period in the source's YAML.",
                ));
                None
            }
        };
    Some(Limits { warn: hours(warn_after), error: hours(error_after) })
}

/// A node and where what is said of it stands.
struct Describe<'n, F> {
    node: &'n mut NodeDecl,
    place: &'n F,
    at: Provenance,
}

impl<F: Fn(&str) -> Provenance> Describe<'_, F> {
    fn text(&mut self, attr: Attr, text: Option<&str>) {
        if let Some(text) = text {
            self.node.set(attr, AttrValue::text(text), (self.place)(text));
        }
    }

    fn common(&mut self, resource_type: &str, resource: &Resource<'_>) {
        self.text(Attr::Purpose, resource.purpose());
        self.text(Attr::Owner, resource.owner_name());
        let mut tags: Vec<Box<str>> = Vec::new();
        let mut add = |tag: &str| {
            if !tag.is_empty() && !tags.iter().any(|known| **known == *tag) {
                tags.push(tag.into());
            }
        };
        resource.tags.items().iter().for_each(|tag| add(tag));
        if let Some(config) = resource.config.get() {
            config.tags.items().iter().for_each(|tag| add(tag));
        }
        // As dbt's own selectors are written.
        if let Some(group) = resource.access_group() {
            add(&format!("group:{group}"));
        }
        match resource_type {
            "test" if resource.test_metadata.get().is_some() => add("generic"),
            "test" => add("singular"),
            "exposure" => add(resource.exposure_type.filled().unwrap_or_default()),
            "metric" | "semantic_model" | "saved_query" => add(resource_type),
            _ => {}
        }
        if !tags.is_empty() {
            let at = resource.tags.items().first().map_or(self.at, |tag| (self.place)(tag));
            self.node.set(Attr::Tags, AttrValue::List(tags.into()), at);
        }
    }

    fn dataset(&mut self, resource_type: &str, resource: &Resource<'_>) {
        let materialized = resource
            .config
            .get()
            .and_then(|config| config.materialized.filled())
            .or((resource_type != "model").then_some(resource_type));
        self.text(Attr::Materialization, materialized);
        self.text(Attr::Version, resource.version.filled());
        self.text(Attr::Language, resource.language.filled());
        let deprecated = resource.deprecation_date.filled();
        if let Some((text, date)) = deprecated.and_then(|text| Some((text, super::date(text)?))) {
            let at = (self.place)(text);
            self.node.set(Attr::Deprecated, AttrValue::Date(date), at);
        }
        let contract = |contract: &Field<super::resource::Contract<'_>>| {
            contract.get().and_then(|contract| contract.enforced.get().copied())
        };
        let enforced = contract(&resource.contract)
            .or(resource.config.get().and_then(|config| contract(&config.contract)));
        if enforced == Some(true) {
            let columns = AttrValue::text("columns enforced by dbt");
            self.node.set(Attr::Contract, columns, self.at);
        }
        self.access(resource);
    }

    /// Who may refer to it, where the manifest says that.
    fn access(&mut self, resource: &Resource<'_>) {
        let configured = resource.config.get().and_then(|config| config.access.filled());
        let Some(access) = resource.access.filled().or(configured) else { return };
        let package = || resource.package_name.filled().map(|package| format!("package:{package}"));
        let reader = match access {
            "private" => {
                resource.access_group().map(|group| format!("group:{group}")).or_else(package)
            }
            "protected" => package(),
            "public" => Some("public".to_owned()),
            _ => None,
        };
        if let Some(reader) = reader {
            let at = (self.place)(access);
            self.node.set(Attr::Access, AttrValue::List([reader.into()].into()), at);
        }
    }

    fn source(&mut self, resource: &Resource<'_>, limits: Option<&Limits>) {
        let config = resource.config.get();
        let loaded_at = resource
            .loaded_at_field
            .filled()
            .or(config.and_then(|config| config.loaded_at_field.filled()))
            .or(resource.loaded_at_query.filled())
            .or(config.and_then(|config| config.loaded_at_query.filled()));
        self.text(Attr::LoadedAt, loaded_at);
        if let Some(&Limits { warn, error }) = limits {
            for (attr, hours) in
                [(Attr::FreshnessWarnHours, warn), (Attr::FreshnessErrorHours, error)]
            {
                if let Some(hours) = hours {
                    self.node.set(attr, AttrValue::Number(hours), self.at);
                }
            }
        }
    }

    fn test(&mut self, resource_type: &str, resource: &Resource<'_>) {
        let scope = if resource_type == "unit_test" { "unit" } else { "integration" };
        self.node.set(Attr::TestScope, AttrValue::text(scope), self.at);
        self.text(Attr::TestColumn, resource.column_name.filled());
        let name = resource.test_metadata.get().and_then(|test| test.name.filled());
        if let Some((name, watched)) = name.and_then(|name| Some((name, watched(name)?))) {
            let at = (self.place)(name);
            self.node.set(Attr::Watches, AttrValue::List([watched.into()].into()), at);
        }
    }

    fn exposure(&mut self, resource: &Resource<'_>) {
        self.text(Attr::Uri, resource.url.filled());
        let maturity = match resource.maturity.filled() {
            Some("high") => Some("production"),
            Some("medium") => Some("sandbox"),
            Some("low") => Some("prototype"),
            other => other,
        };
        if let Some(maturity) = maturity {
            let at = resource.maturity.filled().map_or(self.at, self.place);
            self.node.set(Attr::Maturity, AttrValue::text(maturity), at);
        }
    }
}

/// What a well-known generic test looks at: the first of [`WATCHED`] of which a part is in its name.
fn watched(test: &str) -> Option<&'static str> {
    let looks = |(_, parts): &&(_, &[&str])| parts.iter().any(|part| test.contains(part));
    WATCHED.iter().find(looks).map(|(watched, _)| *watched)
}

/// Parts of names of tests in dbt itself and in dbt_utils, dbt_expectations, dbt_constraints and elementary.
const WATCHED: &[(&str, &[&str])] = &[
    ("freshness", &["freshness", "recency"]),
    ("schema", &["schema", "table_columns", "column_to_exist", "of_type", "in_type_list"]),
    ("drift", &["anomal", "distribution", "drift"]),
    ("null", &["not_null", "not_be_null", "primary_key"]),
    ("range", &["accepted_values", "accepted_range", "values_to_be_between", "be_in_set"]),
];

impl Resource<'_> {
    fn purpose(&self) -> Option<&str> {
        self.description.filled().or(self.source_description.filled())
    }

    fn access_group(&self) -> Option<&str> {
        self.group.filled().or(self.config.get().and_then(|config| config.group.filled()))
    }

    /// The owner it names itself: an exposure's `owner`, else `owner` in its configured or plain `meta`.
    fn owner_name(&self) -> Option<&str> {
        let configured = self.config.get().and_then(|config| config.meta.get());
        self.owner
            .named()
            .or(configured.and_then(|meta| meta.owner.named()))
            .or(self.meta.get().and_then(|meta| meta.owner.named()))
    }
}
