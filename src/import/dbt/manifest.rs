//! `manifest.json`: every resource as a node, every `depends_on` as an edge.
//!
//! What can only be settled at the end of the file (owners by group, parents that are disabled, what
//! was left out) is remembered here; what one resource says is in `node`.

use super::super::lenient::Field;
use super::super::{Cancelled, Source};
use super::node::{Owned, describe};
use super::resource::Resource;
use super::walk::{self, Item, Output, Reader};
use super::{kind_of_id, kind_of_type};
use crate::model::{
    Attr, AttrValue, Batch, EdgeKind, Evidence, GroupRef, NodeKind, NodeRef, Problem, ProblemKind,
    Provenance, Severity,
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Sections that hold resources, each with the type of those that name none.
const SECTIONS: [(&str, &str); 10] = [
    ("nodes", "model"),
    ("sources", "source"),
    ("exposures", "exposure"),
    ("metrics", "metric"),
    ("semantic_models", "semantic_model"),
    ("saved_queries", "saved_query"),
    ("unit_tests", "unit_test"),
    ("functions", "function"),
    ("groups", "group"),
    ("disabled", ""),
];

pub(super) fn read(source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
    walk::read(source, batch, &mut Manifest::default())
}

/// An access group's package and name.
type AccessGroup = (Box<str>, Box<str>);

/// What is known so far.
#[derive(Debug, Default)]
struct Manifest {
    /// Resources without an owner of their own that are in an access group.
    by_group: Vec<(NodeRef, Owned)>,
    /// Who answers for each access group.
    groups: FxHashMap<AccessGroup, (Box<str>, Provenance)>,
    parents: FxHashSet<NodeRef>,
    disabled: Vec<(NodeRef, Provenance)>,
    /// How many resources of each type are not drawn.
    hidden: BTreeMap<String, usize>,
    /// Names of tables, so that one name never stands for two nodes.
    tables: FxHashSet<Box<str>>,
    /// Resources whose table another one has named already: how many, and the first.
    shared_tables: Option<(usize, Provenance)>,
    paths: FxHashMap<Box<str>, GroupRef>,
}

impl<'a> Reader<'a> for Manifest {
    type Item = Resource<'a>;

    fn reads(section: &str) -> bool {
        SECTIONS.iter().any(|(name, _)| *name == section)
    }

    fn item(&mut self, to: &mut Output<'_, 'a>, section: &str, item: Item<'a, Resource<'a>>) {
        let key = item.key.as_deref();
        let resource = match item.value {
            Field::Is(resource) => resource,
            // Since version 4 a list of all resources of one disabled id.
            Field::Misfit(_) if section == "disabled" => Resource::default(),
            Field::Absent => return,
            Field::Misfit(found) => {
                let misfit = super::super::lenient::Misfit {
                    field: "the value",
                    found,
                    expected: "an object",
                };
                let at = key.map_or(Provenance::file(Batch::FILE), |key| to.text.at(key));
                to.misfit(key.unwrap_or(section), misfit, at);
                return;
            }
        };
        let Some(id) = key.or(resource.unique_id.filled()) else { return };
        let at = to.text.at(id);
        match section {
            "disabled" => {
                let reference = to.batch.reference(id);
                self.disabled.push((reference, at));
            }
            "groups" => self.group(to, &resource, at),
            _ => self.resource(to, section, id, at, &resource),
        }
    }

    fn finish(&mut self, to: &mut Output<'_, 'a>) {
        self.own_by_group(to.batch);
        self.tell_disabled(to.batch);
        self.tell_hidden(to.batch);
        self.tell_shared_tables(to.batch);
    }
}

impl Manifest {
    fn group(&mut self, to: &Output<'_, '_>, group: &Resource<'_>, at: Provenance) {
        if let (Some(name), Some(owner)) = (group.name.filled(), group.owner.named()) {
            let package = group.package_name.filled().unwrap_or_default();
            let place = to.at(owner, at);
            self.groups.insert((package.into(), name.into()), (owner.into(), place));
        }
    }

    fn resource(
        &mut self,
        to: &mut Output<'_, '_>,
        section: &str,
        id: &str,
        at: Provenance,
        resource: &Resource<'_>,
    ) {
        let usual =
            SECTIONS.iter().find(|(name, _)| *name == section).map_or("", |(_, usual)| usual);
        let resource_type = resource
            .resource_type
            .filled()
            .or_else(|| id.split_once('.').map(|(prefix, _)| prefix))
            .unwrap_or(usual);
        let Some(mut kind) = kind_of_type(resource_type) else {
            *self.hidden.entry(resource_type.to_owned()).or_default() += 1;
            return;
        };
        if resource_type == "exposure" && resource.exposure_type.filled() == Some("ml") {
            kind = NodeKind::Model;
        }
        resource.report_misfits(to, id, at);
        let reference = to.batch.reference(id);
        let path = self.path(to.batch, resource_type, resource);
        let alias = self.table(resource_type, resource, at);
        let owned = describe(to, reference, resource_type, kind, at, resource);
        let node = to.batch.annotate(reference, at);
        node.group = node.group.or(path);
        if let Some(alias) = alias {
            let folded = alias.to_lowercase();
            if *folded != *alias {
                node.aliases.push(folded.into());
            }
            node.aliases.push(alias);
        }
        self.by_group.extend(owned.map(|owned| (reference, owned)));
        self.depend(to, reference, kind, at, resource);
    }

    /// One edge from each parent; the first edge of a test leads from what it checks.
    fn depend(
        &mut self,
        to: &mut Output<'_, '_>,
        child: NodeRef,
        kind: NodeKind,
        at: Provenance,
        resource: &Resource<'_>,
    ) {
        let declared = resource.depends_on.get().map_or(&[][..], |on| on.nodes.items());
        let attached = resource.attached_node.filled();
        let first = declared
            .iter()
            .map(|parent| &**parent)
            .filter(|parent| attached == Some(*parent))
            .chain(attached.filter(|_| resource.depends_on.get().is_none()))
            .take(1);
        let mut seen: Vec<NodeRef> = Vec::with_capacity(declared.len());
        let mut seen_of_many: FxHashSet<NodeRef> = FxHashSet::default();
        /// Below this a list is searched faster than a set.
        const FEW: usize = 32;
        for parent in first.chain(declared.iter().map(|parent| &**parent)) {
            let parent_kind = kind_of_id(parent);
            let from = match parent_kind {
                Some(kind) => to.batch.reference_as(parent, kind),
                None => to.batch.reference(parent),
            };
            let is_new = if declared.len() > FEW {
                seen_of_many.insert(from)
            } else {
                let is_new = !seen.contains(&from);
                seen.push(from);
                is_new
            };
            if !is_new {
                continue;
            }
            let edge_kind = match (parent_kind, kind) {
                (Some(NodeKind::Package), _) => EdgeKind::Imports,
                (_, NodeKind::Test | NodeKind::Consumer | NodeKind::Model) => {
                    EdgeKind::Reads(Evidence::Declared)
                }
                _ => EdgeKind::Derives,
            };
            let place = to.at(parent, at);
            to.batch.edge(from, child, edge_kind, place);
            self.parents.insert(from);
        }
    }

    /// Package, then the folders that `fqn` names between the package and the resource itself.
    fn path(
        &mut self,
        batch: &mut Batch,
        resource_type: &str,
        resource: &Resource<'_>,
    ) -> Option<GroupRef> {
        let fqn = resource.fqn.items();
        // The last parts name the resource: `orders`, `orders` and `v2`, or a model and its unit test.
        let own_parts = if resource.version.filled().is_some() && resource_type == "model"
            || resource_type == "unit_test"
        {
            2
        } else {
            1
        };
        let folders = &fqn[..fqn.len().saturating_sub(own_parts)];
        let package = resource.package_name.filled().or(fqn.first().map(|part| &**part))?;
        let mut path = String::from(package);
        let mut group =
            *self.paths.entry(path.as_str().into()).or_insert_with(|| batch.group(None, package));
        for folder in folders.iter().skip(1) {
            path.push('\0');
            path.push_str(folder);
            group = match self.paths.get(path.as_str()) {
                Some(&known) => known,
                None => {
                    let made = batch.group(Some(group), folder);
                    self.paths.insert(path.as_str().into(), made);
                    made
                }
            };
        }
        Some(group)
    }

    /// The table that a resource is stored in, by which other tools name it.
    fn table(
        &mut self,
        resource_type: &str,
        resource: &Resource<'_>,
        at: Provenance,
    ) -> Option<Box<str>> {
        let table = resource.table(resource_type)?;
        if self.tables.insert(table.clone()) {
            return Some(table);
        }
        let (count, _) = self.shared_tables.get_or_insert((0, at));
        *count += 1;
        None
    }

    fn own_by_group(&mut self, batch: &mut Batch) {
        for (reference, Owned { package, group, at }) in self.by_group.drain(..) {
            let found = self.groups.get(&(package, group.clone())).or_else(|| {
                let mut named = self.groups.iter().filter(|((_, name), _)| *name == group);
                // A name that two packages use says nothing.
                named.next().filter(|_| named.next().is_none()).map(|(_, owner)| owner)
            });
            if let Some((owner, place)) = found {
                let owner = AttrValue::Text(owner.clone());
                batch.annotate(reference, at).set(Attr::Owner, owner, *place);
            }
        }
    }

    fn tell_disabled(&self, batch: &mut Batch) {
        for &(reference, at) in &self.disabled {
            if self.parents.contains(&reference) && !batch.defines(reference) {
                let id = batch.id(reference).clone();
                batch.report(Problem::new(
                    Severity::Warning,
                    ProblemKind::Unresolved,
                    Some(at),
                    format!("`{id}` is disabled in dbt, but something that is not depends on it"),
                    "Enable it, or take it out of what depends on it.",
                ));
            }
        }
    }

    fn tell_hidden(&self, batch: &mut Batch) {
        if self.hidden.is_empty() {
            return;
        }
        let list: Vec<String> =
            self.hidden.iter().map(|(what, count)| format!("{count} of type {what}")).collect();
        batch.report(Problem::new(
            Severity::Note,
            ProblemKind::Limit,
            Some(Provenance::file(Batch::FILE)),
            format!("Not drawn, since no data comes of them: {}", list.join(", ")),
            "Nothing to do. Operations, analyses and macros are left out of the graph.",
        ));
    }

    fn tell_shared_tables(&self, batch: &mut Batch) {
        if let Some((count, at)) = self.shared_tables {
            batch.report(Problem::new(
                Severity::Note,
                ProblemKind::Conflict,
                Some(at),
                format!("{count} resources name a table that another resource of this project writes or names"),
                "They stay apart, as in dbt. If a source is what a seed or model of this project writes, refer to that instead.",
            ));
        }
    }
}

impl Resource<'_> {
    fn report_misfits(&self, to: &mut Output<'_, '_>, id: &str, at: Provenance) {
        use super::super::lenient::Shape;
        self.misfits(&mut |misfit| to.misfit(id, misfit, at));
    }

    /// `database.schema.table` without quotes; `None` for what is not stored in a table.
    fn table(&self, resource_type: &str) -> Option<Box<str>> {
        let stored = matches!(resource_type, "model" | "seed" | "snapshot" | "source");
        let materialized = self.config.get().and_then(|config| config.materialized.filled());
        if !stored || matches!(materialized, Some("ephemeral")) {
            return None;
        }
        if let Some(relation) = self.relation_name.filled() {
            return Some(unquoted(relation));
        }
        let table = self.identifier.filled().or(self.alias.filled()).or(self.name.filled())?;
        let parts = [self.database.filled(), Some(self.schema.filled()?), Some(table)];
        Some(parts.into_iter().flatten().collect::<Vec<_>>().join(".").into())
    }
}

/// A relation as other tools write it: the marks that SQL dialects quote with are dropped.
fn unquoted(relation: &str) -> Box<str> {
    relation.chars().filter(|c| !matches!(c, '"' | '`' | '[' | ']')).collect::<String>().into()
}

#[cfg(test)]
mod tests;
