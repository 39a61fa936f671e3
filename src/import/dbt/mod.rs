//! dbt's artifacts: the manifest, and what a catalog, run results and source freshness add to it.
//!
//! Owns: dbt's file layouts from version 1 to 12 and those of Fusion. Must never know: another format.
//! Start reading at [`Dbt`]; `walk` streams a file, `resource` declares what is read of one node,
//! `manifest` and `beside` turn it into nodes and edges.

mod beside;
mod manifest;
mod node;
mod resource;
mod walk;

use super::{Cancelled, Claim, FormatMeta, HEAD_BYTES, Importer, Source};
use crate::model::{Batch, NodeKind};

/// Reads `manifest.json`, `catalog.json`, `run_results.json` and `sources.json`.
#[derive(Debug)]
pub(super) struct Dbt;

static META: FormatMeta =
    FormatMeta { key: "dbt", title: "dbt", extensions: &["json"], doc: include_str!("doc.md") };

const MANIFEST: &str = "manifest.json";

impl Importer for Dbt {
    fn meta(&self) -> &'static FormatMeta {
        &META
    }

    fn claim(&self, name: &str, head: &str) -> Claim {
        Artifact::judge(name, head).map_or(Claim::No, |(_, claim)| claim)
    }

    fn companions(&self, name: &str) -> Vec<String> {
        let beside: &[&str] = match name {
            MANIFEST => &["catalog.json", "run_results.json", "sources.json"],
            _ => &[],
        };
        beside.iter().map(ToString::to_string).collect()
    }

    fn import(&self, source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled> {
        let text = source.text.as_str();
        let head = &text[..text.floor_char_boundary(HEAD_BYTES)];
        match Artifact::judge(source.name, head) {
            Some((Artifact::Catalog, _)) => walk::read(source, batch, &mut beside::Catalog),
            Some((Artifact::RunResults, _)) => walk::read(source, batch, &mut beside::RunResults),
            Some((Artifact::Sources, _)) => walk::read(source, batch, &mut beside::SourceFreshness),
            Some((Artifact::Manifest, _)) | None => manifest::read(source, batch),
        }
    }
}

/// Which of dbt's files a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Artifact {
    Manifest,
    Catalog,
    RunResults,
    Sources,
}

impl Artifact {
    /// By the schema that dbt writes at the top; by name and keys where a tool sorted it out of sight.
    fn judge(name: &str, head: &str) -> Option<(Self, Claim)> {
        const BY_SCHEMA: [(&str, Artifact); 4] = [
            ("/dbt/manifest/", Artifact::Manifest),
            ("/dbt/catalog/", Artifact::Catalog),
            ("/dbt/run-results/", Artifact::RunResults),
            ("/dbt/sources/", Artifact::Sources),
        ];
        const BY_NAME: [(&str, Artifact, [&str; 3]); 4] = [
            (MANIFEST, Artifact::Manifest, ["\"child_map\"", "\"nodes\"", "\"disabled\""]),
            ("catalog.json", Artifact::Catalog, ["\"nodes\"", "\"errors\"", "\"sources\""]),
            (
                "run_results.json",
                Artifact::RunResults,
                ["\"results\"", "\"args\"", "\"thread_id\""],
            ),
            (
                "sources.json",
                Artifact::Sources,
                ["\"max_loaded_at\"", "\"results\"", "\"criteria\""],
            ),
        ];
        if !head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('{') {
            return None;
        }
        let schema = head.find("\"dbt_schema_version\"").map(|at| {
            let rest = &head[at..];
            &rest[..rest.floor_char_boundary(200)]
        });
        let by_schema = BY_SCHEMA
            .iter()
            .find(|(mark, _)| schema.is_some_and(|schema| schema.contains(mark)))
            .map(|&(_, artifact)| (artifact, Claim::Sure));
        by_schema.or_else(|| {
            BY_NAME
                .iter()
                .find(|(file, _, keys)| *file == name && keys.iter().any(|key| head.contains(key)))
                .map(|&(_, artifact, _)| (artifact, Claim::Maybe))
        })
    }
}

/// The kind of the node that an id names; `None` for what is not drawn, such as macros.
fn kind_of_id(id: &str) -> Option<NodeKind> {
    let (resource_type, _) = id.split_once('.')?;
    kind_of_type(resource_type)
}

/// The kind that stands for one of dbt's resource types; `None` for what is not drawn.
fn kind_of_type(resource_type: &str) -> Option<NodeKind> {
    Some(match resource_type {
        "model" | "seed" | "snapshot" => NodeKind::Dataset,
        "source" => NodeKind::Source,
        "test" | "unit_test" => NodeKind::Test,
        "exposure" => NodeKind::Consumer,
        "metric" | "semantic_model" | "saved_query" => NodeKind::Signal,
        "function" => NodeKind::Package,
        _ => return None,
    })
}

/// The day of a timestamp, `2026-03-01T…` or `2026-03-01 …`. Dates before computers kept time stand for
/// "never" in dbt's files (the year 0001), and are no dates.
fn date(timestamp: &str) -> Option<jiff::civil::Date> {
    const FIRST_YEAR: i16 = 1970;
    let day = timestamp.trim().get(..10)?;
    day.parse::<jiff::civil::Date>().ok().filter(|date| date.year() >= FIRST_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_artifact_is_known_by_its_schema() {
        let head = |kind| {
            format!(
                r#"{{"metadata": {{"dbt_schema_version": "https://schemas.getdbt.com/dbt/{kind}/v1.json"}}"#
            )
        };
        for (kind, artifact) in [
            ("manifest", Artifact::Manifest),
            ("catalog", Artifact::Catalog),
            ("run-results", Artifact::RunResults),
            ("sources", Artifact::Sources),
        ] {
            assert_eq!(Artifact::judge("any.json", &head(kind)), Some((artifact, Claim::Sure)));
        }
    }

    #[test]
    fn a_sorted_manifest_is_known_by_name_and_keys() {
        let head = r#"{"child_map": {"model.a.b": []"#;
        assert_eq!(Dbt.claim("manifest.json", head), Claim::Maybe);
        assert_eq!(Dbt.claim("other.json", head), Claim::No);
        assert_eq!(Dbt.claim("manifest.json", r#"{"name": "a web page", "icons": []}"#), Claim::No);
    }

    #[test]
    fn only_the_manifest_calls_for_its_companions() {
        assert_eq!(Dbt.companions("manifest.json").len(), 3);
        assert!(Dbt.companions("catalog.json").is_empty());
    }
}
