//! SARIF 2.1.0, which code-scanning services read: findings with walks as graph traversals.
//!
//! Section numbers below are those of the OASIS standard.

use super::words::{acceptance, evidence, lapse};
use super::{Judgement, Known, ReportMeta, Reporter, Standing};
use crate::analysis::rules::rule;
use crate::analysis::{Evidence, Finding, RuleMeta, Weight, Witness};
use crate::model::{NodeIx, Provenance};
use rustc_hash::FxHashSet;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The name of our fingerprint; another way to compute it would get another name (3.27.17).
const FINGERPRINT: &str = "undercurrentFinding/v1";

#[derive(Debug)]
pub(super) struct Sarif;

impl Reporter for Sarif {
    fn meta(&self) -> &'static ReportMeta {
        &ReportMeta { key: "sarif", title: "SARIF 2.1.0", doc: "For code-scanning services." }
    }

    fn report(&self, judgement: &Judgement<'_>) -> String {
        let rules: Vec<&'static RuleMeta> = judgement
            .analysis
            .rules
            .iter()
            .filter_map(|result| rule(result.code))
            .map(crate::analysis::Rule::meta)
            .collect();
        let mut results: Vec<Value> = judgement
            .findings()
            .map(|(finding, standing)| result(judgement, &rules, finding, standing))
            .collect();
        results.extend(judgement.mended.iter().map(|known| absent(&rules, known)));
        let report = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": {"driver": {
                    "name": "Undercurrent",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.iter().map(|meta| descriptor(meta)).collect::<Vec<_>>(),
                }},
                "columnKind": "unicodeCodePoints",
                "invocations": [{
                    "executionSuccessful": judgement.broken_rules().next().is_none(),
                    "toolExecutionNotifications": notifications(judgement),
                }],
                "results": results,
            }],
        });
        // Values always have a form in JSON.
        serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
    }
}

fn descriptor(meta: &RuleMeta) -> Value {
    json!({
        "id": meta.code,
        "name": meta.name,
        "shortDescription": {"text": meta.name},
        "fullDescription": {"text": format!("{}. To fix: {}", meta.name, meta.remedy)},
        "help": {"text": meta.remedy, "markdown": meta.page()},
        "defaultConfiguration": {"level": level(meta.weight).1},
        "properties": {"section": meta.section.title(), "tags": ["machine-learning", "technical-debt"]},
    })
}

/// Kind and level: what a person must decide has no level (3.27.10).
const fn level(weight: Weight) -> (&'static str, &'static str) {
    match weight {
        Weight::Error => ("fail", "error"),
        Weight::Warning => ("fail", "warning"),
        Weight::Note => ("fail", "note"),
        Weight::Review => ("review", "none"),
    }
}

fn result(
    judgement: &Judgement<'_>,
    rules: &[&RuleMeta],
    finding: &Finding,
    standing: Standing,
) -> Value {
    let graph = judgement.graph;
    let (kind, level) = level(finding.weight);
    let mut result = json!({
        "ruleId": finding.code,
        "kind": kind,
        "level": level,
        "message": {"text": finding.message.read(graph)},
        "locations": [location(judgement, Some(finding.subject), finding.at)],
        "relatedLocations": related(judgement, finding),
        "partialFingerprints": {FINGERPRINT: format!("{:016x}", finding.fingerprint(graph))},
        "properties": {
            "confidence": finding.confidence,
            "principalHours": finding.principal(),
            "interestHoursPerYear": finding.interest(),
        },
    });
    let Some(map) = result.as_object_mut() else { return result };
    if let Some(ix) = rules.iter().position(|meta| meta.code == finding.code) {
        map.insert("ruleIndex".into(), ix.into());
    }
    if judgement.compared {
        let state = if standing == Standing::New { "new" } else { "unchanged" };
        map.insert("baselineState".into(), state.into());
    }
    if let Some(allow) = finding.allowed.map(|ix| judgement.allow(ix)) {
        map.insert(
            "suppressions".into(),
            json!([{
                "kind": "external",
                "status": "accepted",
                "justification": acceptance(allow),
                "location": {"physicalLocation": physical(&judgement.prefixed(&allow.path), allow.line)},
            }]),
        );
    }
    insert_walks(judgement, finding, map);
    result
}

/// What stood in the baseline and is gone (3.27.24).
fn absent(rules: &[&RuleMeta], known: &Known) -> Value {
    let weight = rules.iter().find(|meta| meta.code == known.rule).map(|meta| meta.weight);
    let (kind, level) = level(weight.unwrap_or(Weight::Note));
    json!({
        "ruleId": known.rule,
        "kind": kind,
        "level": level,
        "message": {"text": known.message},
        "locations": [{"logicalLocations": [{"fullyQualifiedName": known.node}]}],
        "partialFingerprints": {FINGERPRINT: format!("{:016x}", known.fingerprint)},
        "baselineState": "absent",
    })
}

fn physical(path: &str, line: u32) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(path)}});
    if line > 0
        && let Some(map) = physical.as_object_mut()
    {
        map.insert("region".into(), json!({"startLine": line}));
    }
    physical
}

fn location(judgement: &Judgement<'_>, node: Option<NodeIx>, at: Provenance) -> Value {
    let physical = physical(&judgement.path(at), at.line);
    let mut location = json!({ "physicalLocation": physical });
    if let (Some(node), Some(map)) = (node, location.as_object_mut()) {
        let node = judgement.graph.node(node);
        map.insert(
            "logicalLocations".into(),
            json!([{
                "name": node.name,
                "fullyQualifiedName": node.id.as_str(),
                "kind": node.kind.meta().key,
            }]),
        );
    }
    location
}

/// The others that have part in it, with their role, and the places that are evidence.
fn related(judgement: &Judgement<'_>, finding: &Finding) -> Vec<Value> {
    let others = finding.others.iter().map(|&(role, node)| {
        let words = format!("{role}: {}", judgement.graph.node(node).name);
        (Some(node), judgement.graph.node(node).at, words)
    });
    let proofs = finding.evidence.iter().filter_map(|proof| match proof {
        Evidence::Place { label, at } => {
            Some((None, *at, label.read(judgement.graph).into_owned()))
        }
        Evidence::Number { .. } | Evidence::Rows { .. } => {
            Some((None, finding.at, evidence(judgement.graph, proof)))
        }
        _ => None,
    });
    let mut all: Vec<(Option<NodeIx>, Provenance, String)> = others.chain(proofs).collect();
    // The standard wants no location twice.
    let mut seen = FxHashSet::default();
    all.retain(|entry| seen.insert(entry.clone()));
    all.into_iter()
        .map(|(node, at, words)| {
            let mut value = location(judgement, node, at);
            if let Some(map) = value.as_object_mut() {
                map.insert("message".into(), json!({ "text": words }));
            }
            value
        })
        .collect()
}

/// Each walk is a small graph of its own and one way through it (3.39 to 3.43).
fn insert_walks(judgement: &Judgement<'_>, finding: &Finding, result: &mut Map<String, Value>) {
    let mut walks: Vec<(Cow<'_, str>, &Witness)> = finding
        .evidence
        .iter()
        .filter_map(|proof| match proof {
            Evidence::Walk { label, witness } if !witness.edges.is_empty() => {
                Some((label.read(judgement.graph), witness))
            }
            _ => None,
        })
        .collect();
    if walks.is_empty() {
        return;
    }
    let mut seen = FxHashSet::default();
    walks.retain(|(_, witness)| seen.insert(&witness.edges));
    let graphs: Vec<Value> = walks.iter().map(|(_, witness)| graph(judgement, witness)).collect();
    let ways: Vec<Value> = walks
        .iter()
        .zip(0..)
        .map(|((label, witness), ix)| {
            let steps = (0..witness.edges.len()).map(|step| json!({"edgeId": format!("e{step}")}));
            json!({
                "resultGraphIndex": ix,
                "description": {"text": label},
                "edgeTraversals": steps.collect::<Vec<_>>(),
            })
        })
        .collect();
    result.insert("graphs".into(), graphs.into());
    result.insert("graphTraversals".into(), ways.into());
}

fn graph(judgement: &Judgement<'_>, witness: &Witness) -> Value {
    let graph = judgement.graph;
    let id = |ix: NodeIx| format!("n{}", ix.0);
    let mut nodes: Vec<NodeIx> = witness
        .edges
        .iter()
        .flat_map(|&edge| [graph.edge(edge).from, graph.edge(edge).to])
        .collect();
    nodes.sort_unstable();
    nodes.dedup();
    let nodes = nodes.into_iter().map(|ix| {
        json!({
            "id": id(ix),
            "label": {"text": graph.node(ix).name},
            "location": location(judgement, Some(ix), graph.node(ix).at),
        })
    });
    // A walk may pass an edge twice; each step is an edge of its own, so that ids are unique.
    let edges = witness.edges.iter().zip(0..).map(|(&edge, step)| {
        let edge = graph.edge(edge);
        json!({
            "id": format!("e{step}"),
            "sourceNodeId": id(edge.from),
            "targetNodeId": id(edge.to),
            "label": {"text": edge.kind.title()},
        })
    });
    json!({"nodes": nodes.collect::<Vec<_>>(), "edges": edges.collect::<Vec<_>>()})
}

/// Rules that failed, and acceptances that lapsed.
fn notifications(judgement: &Judgement<'_>) -> Vec<Value> {
    let broken = judgement.broken_rules().map(|result| {
        let words = result.internal_error.as_deref().unwrap_or_default();
        json!({
            "level": "error",
            "message": {"text": format!("{}: internal error: {words}", result.code)},
            "associatedRule": {"id": result.code},
        })
    });
    let lapsed = judgement.lapsed.iter().map(|&(ix, why)| {
        let allow = judgement.allow(ix);
        json!({
            "level": "note",
            "message": {"text": lapse(allow, why)},
            "locations": [{"physicalLocation": physical(&judgement.prefixed(&allow.path), allow.line)}],
        })
    });
    broken.chain(lapsed).collect()
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and `/` is
/// written in percent.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::Baseline;
    use crate::export::report::testing::{Judged, judged};

    /// The standard's own schema, from the OASIS repository.
    const SCHEMA: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sarif-2.1.0.schema.json"));

    fn valid(judged: &Judged, baseline: Option<&Baseline>) -> Value {
        let text = Sarif.report(&judged.judgement(baseline));
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let schema: Value = serde_json::from_str(SCHEMA).expect("a schema");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path)).collect();
        assert!(errors.is_empty(), "{errors:?}");
        report["runs"][0].clone()
    }

    #[test]
    fn it_is_valid_and_holds_every_finding() {
        let judged = judged();
        let run = valid(&judged, None);
        let results = run["results"].as_array().expect("a list");
        assert_eq!(results.len(), judged.analysis.findings.len());
        for result in results {
            let ix = result["ruleIndex"].as_u64().expect("an index") as usize;
            assert_eq!(run["tool"]["driver"]["rules"][ix]["id"], result["ruleId"]);
            assert_eq!(result["kind"] == "review", result["level"] == "none");
            assert!(result.get("baselineState").is_none());
        }
    }

    #[test]
    fn walks_are_ways_through_graphs_of_their_own() {
        let mut judged = judged();
        let edges: Vec<_> = judged
            .graph
            .edge_indices()
            .take(3)
            .chain(judged.graph.edge_indices().take(1))
            .collect();
        let walk =
            Evidence::Walk { label: "A walk".into(), witness: Witness { edges, closed: false } };
        judged.analysis.findings[0].evidence = vec![walk];
        let run = valid(&judged, None);
        let result = &run["results"][0];
        assert_eq!(result["graphs"][0]["edges"].as_array().map(Vec::len), Some(4));
        let steps = result["graphTraversals"][0]["edgeTraversals"].as_array().expect("steps");
        assert_eq!(steps.len(), 4);
        assert_eq!(steps[3]["edgeId"], "e3");
    }

    #[test]
    fn states_and_suppressions() {
        let judged = judged();
        let all = Baseline::of(&judged.graph, &judged.analysis, &judged.settings);
        let mut kept = all.findings().to_vec();
        kept.remove(0);
        kept.push(Known {
            rule: judged.analysis.rules[0].code.into(),
            node: "gone".into(),
            fingerprint: 1,
            message: "It was so".into(),
        });
        let run = valid(&judged, Some(&Baseline::from_findings(kept)));
        let states = |state: &str| {
            let results = run["results"].as_array().expect("a list").iter();
            results.filter(|result| result["baselineState"] == state).count()
        };
        assert_eq!((states("new"), states("absent")), (1, 1));
        let accepted = judged.analysis.findings.iter().filter(|f| f.allowed.is_some()).count();
        let results = run["results"].as_array().expect("a list").iter();
        assert_eq!(results.filter(|r| r.get("suppressions").is_some()).count(), accepted);
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("ads/a b#1.yaml"), "ads/a%20b%231.yaml");
    }
}
