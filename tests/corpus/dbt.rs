//! What each count of a dbt artifact stands for in the graph.

use crate::{Case, Found};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use undercurrent::model::{Attr, EdgeKind, Node, NodeKind, SystemGraph};

pub(crate) fn find(case: &Case<'_>, key: &str, expected: &Value) -> Found {
    match case.file {
        "manifest.json" => manifest(case, key, expected),
        "catalog.json" => catalog(case, key),
        "run_results.json" => run_results(case, key, expected),
        "sources.json" => sources(case, key),
        _ => Found::Unknown,
    }
}

fn manifest(case: &Case<'_>, key: &str, expected: &Value) -> Found {
    let graph = &case.loaded.graph;
    match key {
        "schema" | "dbt_version" | "adapter" => Found::Left("says nothing of the system"),
        "macros" => Found::Left("skipped without being built"),
        "disabled_ids" | "disabled_entries" => {
            Found::Left("not drawn; told where something depends on one, see dangling parents")
        }
        "parent_map_edges"
        | "child_map_edges"
        | "edges_in_depends_on_not_parent_map"
        | "edges_in_parent_map_not_depends_on" => {
            Found::Left("the maps are not read, since depends_on alone counts")
        }
        "nodes_total" => {
            (of_nodes(case).count() as u64 + hidden_types(case).values().sum::<u64>()).into()
        }
        "nodes_by_resource_type" => tally(of_nodes(case).map(prefix), hidden_types(case)).into(),
        "packages" => {
            let packages = of_nodes(case).map(|node| package(graph, node));
            let counts = tally(packages, BTreeMap::new());
            // What is not drawn has no package here, so the totals may differ by that much and no more.
            let missing: u64 = expected
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, count)| {
                    count.as_u64().unwrap_or(0)
                        - counts.get(name).and_then(Value::as_u64).unwrap_or(0)
                })
                .sum();
            let agree = missing == hidden_types(case).values().sum::<u64>();
            if agree { expected.clone().into() } else { counts.into() }
        }
        "sources" => case.with_id("source.").count().into(),
        "exposures" => case.with_id("exposure.").count().into(),
        "metrics" => case.with_id("metric.").count().into(),
        "semantic_models" => case.with_id("semantic_model.").count().into(),
        "saved_queries" => case.with_id("saved_query.").count().into(),
        "unit_tests" => case.with_id("unit_test.").count().into(),
        "groups" if expected == 0 => 0.into(),
        "groups" => Found::Left("become owners, not nodes"),
        "depends_on_edges" => (flow_edges(graph) + edges_of_hidden(case)).into(),
        "dangling_parent_ids" => stubs(graph).collect::<Vec<_>>().into(),
        "dangling_parent_count" => stubs(graph).count().into(),
        "acyclic" => is_acyclic(graph).into(),
        "model_materializations" => {
            let texts = models(case).filter_map(|node| node.attrs.text(Attr::Materialization));
            tally(texts.map(str::to_owned), BTreeMap::new()).into()
        }
        "versioned_models" => {
            models(case).filter(|node| node.attrs.get(Attr::Version).is_some()).count().into()
        }
        "models_with_group" => models(case)
            .filter(|node| tags(node).any(|tag| tag.starts_with("group:")))
            .count()
            .into(),
        "models_without_description" => {
            models(case).filter(|node| node.attrs.get(Attr::Purpose).is_none()).count().into()
        }
        "models_without_any_test" => models(case)
            .filter(|node| {
                let ix = graph.find(node.id.as_str()).expect("its own id");
                !graph.outgoing(ix).iter().any(|&edge| {
                    // Unit tests are counted apart.
                    graph.node(graph.edge(edge).to).id.as_str().starts_with("test.")
                })
            })
            .count()
            .into(),
        "models_with_meta_owner" => models(case).filter(|node| node.owner.is_some()).count().into(),
        "model_columns" => models(case).map(|node| node.columns.len()).sum::<usize>().into(),
        "source_columns" => {
            case.with_id("source.").map(|node| node.columns.len()).sum::<usize>().into()
        }
        "sources_with_freshness_threshold" => case
            .with_id("source.")
            .filter(|node| {
                [Attr::FreshnessWarnHours, Attr::FreshnessErrorHours]
                    .iter()
                    .any(|&attr| node.attrs.get(attr).is_some())
            })
            .count()
            .into(),
        "sources_with_loaded_at_field" => case
            .with_id("source.")
            .filter(|node| node.attrs.get(Attr::LoadedAt).is_some())
            .count()
            .into(),
        "exposure_types" => {
            let types = case.with_id("exposure.").map(|node| {
                let known = tags(node).last().unwrap_or_default().to_owned();
                assert_eq!(known == "ml", node.kind == NodeKind::Model);
                known
            });
            tally(types, BTreeMap::new()).into()
        }
        "exposures_with_owner" => {
            case.with_id("exposure.").filter(|node| node.owner.is_some()).count().into()
        }
        "tests_generic" => tests_tagged(case, "generic").into(),
        "tests_singular" => tests_tagged(case, "singular").into(),
        "tests_with_attached_node" => {
            Found::Left("shows in the order of a test's edges only; held by a unit test")
        }
        "tests_on_a_column" => case
            .with_id("test.")
            .filter(|node| node.attrs.get(Attr::TestColumn).is_some())
            .count()
            .into(),
        _ => Found::Unknown,
    }
}

fn catalog(case: &Case<'_>, key: &str) -> Found {
    let nodes = case.loaded.graph.nodes();
    let sources = nodes.iter().filter(|node| node.kind == NodeKind::Source).count();
    match key {
        "nodes" => (nodes.len() - sources).into(),
        "sources" => sources.into(),
        "columns" => nodes.iter().map(|node| node.columns.len()).sum::<usize>().into(),
        _ => Found::Unknown,
    }
}

fn run_results(case: &Case<'_>, key: &str, expected: &Value) -> Found {
    let nodes = case.loaded.graph.nodes();
    match key {
        "schema" => Found::Left("says nothing of the system"),
        "results" => Found::Left("the sum of by_kind"),
        "by_status" => {
            let counts = tally(nodes.iter().map(status), BTreeMap::new());
            let total = |counts: &Map<String, Value>| -> u64 {
                counts.values().filter_map(Value::as_u64).sum()
            };
            let hidden = total(expected.as_object().expect("counts")) - total(&counts);
            // Operations are not drawn; in the corpus they all succeeded.
            let counts = tally(nodes.iter().map(status), [("success".to_owned(), hidden)].into());
            counts.into()
        }
        "by_kind" => {
            let counts = tally(nodes.iter().map(prefix), BTreeMap::new());
            let mut expected = expected.as_object().expect("counts").clone();
            expected.remove("operation");
            if counts == expected {
                return Found::Left("agrees but for operations, which are not drawn");
            }
            counts.into()
        }
        _ => Found::Unknown,
    }
}

fn sources(case: &Case<'_>, key: &str) -> Found {
    let nodes = case.loaded.graph.nodes();
    match key {
        "results" => nodes.len().into(),
        "by_status" => tally(nodes.iter().map(status), BTreeMap::new()).into(),
        _ => Found::Unknown,
    }
}

fn status(node: &Node) -> String {
    node.attrs.text(Attr::LastStatus).unwrap_or_default().to_owned()
}

fn prefix(node: &Node) -> String {
    node.id.as_str().split('.').next().unwrap_or_default().to_owned()
}

/// What stands under `nodes` in a manifest.
fn of_nodes<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Node> {
    ["model.", "seed.", "snapshot.", "test."].into_iter().flat_map(|prefix| case.with_id(prefix))
}

fn models<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Node> {
    case.with_id("model.")
}

fn tags(node: &Node) -> impl Iterator<Item = &str> {
    node.attrs.list(Attr::Tags).into_iter().flatten().map(|tag| &**tag)
}

fn tests_tagged(case: &Case<'_>, tag: &str) -> usize {
    case.with_id("test.").filter(|node| tags(node).last() == Some(tag)).count()
}

fn package(graph: &SystemGraph, node: &Node) -> String {
    node.group.map_or_else(String::new, |group| graph.group_path(group)[0].to_owned())
}

fn tally(
    words: impl Iterator<Item = String>,
    mut counts: BTreeMap<String, u64>,
) -> Map<String, Value> {
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| (word, json!(count)))
        .collect()
}

/// Resources that are not drawn, by type, as the note tells.
fn hidden_types(case: &Case<'_>) -> BTreeMap<String, u64> {
    let problems = &case.loaded.report.problems;
    let note = problems.iter().find_map(|problem| {
        problem.message.strip_prefix("Not drawn, since no data comes of them: ")
    });
    let Some(list) = note else { return BTreeMap::new() };
    list.split(", ")
        .map(|part| {
            let (count, what) = part.split_once(" of type ").expect("a count and a type");
            (what.to_owned(), count.parse().expect("a count"))
        })
        .collect()
}

/// The one operation of the corpus that depends on anything: its edge is not drawn.
fn edges_of_hidden(case: &Case<'_>) -> usize {
    usize::from(
        case.name.starts_with("dbt/flipside_algorand_v6/") && case.mentions("7 of type operation"),
    )
}

fn flow_edges(graph: &SystemGraph) -> usize {
    graph.edges().iter().filter(|edge| edge.kind != EdgeKind::Owns).count()
}

fn stubs(graph: &SystemGraph) -> impl Iterator<Item = String> {
    graph.nodes().iter().filter(|node| !node.defined).map(|node| node.id.as_str().to_owned())
}

/// Kahn's algorithm: acyclic if every node can be taken off.
fn is_acyclic(graph: &SystemGraph) -> bool {
    let mut waiting: Vec<usize> = graph.node_indices().map(|ix| graph.incoming(ix).len()).collect();
    let mut free: Vec<_> = graph.node_indices().filter(|ix| waiting[ix.at()] == 0).collect();
    let mut taken = 0;
    while let Some(ix) = free.pop() {
        taken += 1;
        for &edge in graph.outgoing(ix) {
            let to = graph.edge(edge).to;
            waiting[to.at()] -= 1;
            if waiting[to.at()] == 0 {
                free.push(to);
            }
        }
    }
    taken == graph.nodes().len()
}
