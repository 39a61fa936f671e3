//! For scripts: everything, under keys that stay.

use super::words::{MOST_HOTSPOTS, evidence, reasons, walk};
use super::{Judgement, ReportMeta, Reporter, Standing};
use crate::analysis::score::Hotspot;
use crate::analysis::{Evidence, Finding};
use crate::model::NodeIx;
use serde_json::{Value, json};

#[derive(Debug)]
pub(super) struct Json;

impl Reporter for Json {
    fn meta(&self) -> &'static ReportMeta {
        &ReportMeta { key: "json", title: "JSON", doc: "For scripts." }
    }

    fn report(&self, judgement: &Judgement<'_>) -> String {
        let report = json!({
            "undercurrent_check": 1,
            "closes": judgement.closes(),
            "fail_on": judgement.fail_on.key(),
            "counts": {
                "new": judgement.total(Standing::New),
                "known": judgement.total(Standing::Known),
                "accepted": judgement.total(Standing::Accepted),
                "mended": judgement.mended.len(),
            },
            "findings": judgement.findings().map(|(f, s)| finding(judgement, f, s)).collect::<Vec<_>>(),
            "hotspots": hotspots(judgement),
            "rules": rules(judgement),
            "lapsed_acceptances": lapsed(judgement),
            "mended": judgement.mended,
        });
        // Values always have a form in JSON.
        serde_json::to_string_pretty(&report).unwrap_or_default() + "\n"
    }
}

fn finding(judgement: &Judgement<'_>, finding: &Finding, standing: Standing) -> Value {
    let graph = judgement.graph;
    let id = |ix: NodeIx| graph.node(ix).id.as_str();
    let allow = finding.allowed.map(|ix| judgement.allow(ix));
    json!({
        "rule": finding.code,
        "fingerprint": format!("{:016x}", finding.fingerprint(graph)),
        "weight": finding.weight.key(),
        "standing": standing.key(),
        "node": id(finding.subject),
        "others": finding.others.iter().map(|&(role, node)| json!({"role": role, "node": id(node)})).collect::<Vec<_>>(),
        "message": finding.message.read(graph),
        "file": judgement.path(finding.at),
        "line": finding.at.line,
        "evidence": finding.evidence.iter().map(|proof| proof_value(judgement, proof)).collect::<Vec<_>>(),
        "confidence": finding.confidence,
        "magnitude": finding.magnitude,
        "principal_hours": finding.principal(),
        "interest_hours_a_year": finding.interest(),
        "accepted": allow.map(|allow| json!({
            "reason": allow.reason,
            "owner": allow.owner,
            "expires": allow.expires.map(|day| day.to_string()),
            "place": allow.place(),
        })),
    })
}

fn proof_value(judgement: &Judgement<'_>, proof: &Evidence) -> Value {
    let words = evidence(judgement.graph, proof);
    match proof {
        Evidence::Number { value, threshold, unit, .. } => {
            json!({"words": words, "value": value, "threshold": threshold, "unit": unit})
        }
        Evidence::Walk { witness, .. } => {
            let graph = judgement.graph;
            let id = |ix: NodeIx| graph.node(ix).id.as_str();
            let steps = witness.edges.iter().map(|&ix| {
                let (edge, at) = (graph.edge(ix), graph.details(ix).at);
                json!({"from": id(edge.from), "to": id(edge.to), "kind": edge.kind.key(), "place": graph.place(at)})
            });
            json!({"words": words, "walk": walk(graph, witness), "closed": witness.closed, "steps": steps.collect::<Vec<_>>()})
        }
        Evidence::Rows { table, rows } => {
            json!({"words": words, "table": table.key(), "rows": rows})
        }
        _ => json!({ "words": words }),
    }
}

/// Where to look first, with the terms of each score.
fn hotspots(judgement: &Judgement<'_>) -> Vec<Value> {
    let graph = judgement.graph;
    let hotspots = judgement.analysis.scores.hotspots(graph, MOST_HOTSPOTS);
    let one = |spot: &Hotspot| {
        let score = spot.score;
        json!({
            "node": graph.node(spot.node).id.as_str(),
            "score": score.score,
            "own_hours_a_year": score.own,
            "exposure": score.exposure,
            "changes_90d": score.changes,
            "inherited_hours_a_year": score.inherited,
            "accepted_hours_a_year": score.accepted,
            "reasons": reasons(judgement, spot),
        })
    };
    hotspots.iter().map(one).collect()
}

fn rules(judgement: &Judgement<'_>) -> Vec<Value> {
    let one = |result: &crate::analysis::RuleResult| {
        json!({
            "rule": result.code,
            "status": result.status.key(),
            "judged": result.judged,
            "open": result.open.len(),
            "coverage": result.coverage(),
            "internal_error": result.internal_error,
        })
    };
    judgement.analysis.rules.iter().map(one).collect()
}

fn lapsed(judgement: &Judgement<'_>) -> Vec<Value> {
    let one = |&(ix, lapse): &(u32, super::Lapse)| {
        let allow = judgement.allow(ix);
        json!({
            "rule": allow.rule,
            "node": allow.node,
            "reason": allow.reason,
            "lapse": lapse.key(),
            "place": allow.place(),
        })
    };
    judgement.lapsed.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::testing::judged;

    #[test]
    fn every_finding_is_in_it() {
        let judged = judged();
        let text = Json.report(&judged.judgement(None));
        let read: Value = serde_json::from_str(&text).expect("JSON");
        let findings = read["findings"].as_array().expect("a list");
        assert_eq!(findings.len(), judged.analysis.findings.len());
        assert_eq!(read["closes"], true);
        assert_eq!(read["hotspots"].as_array().map(Vec::len), Some(MOST_HOTSPOTS));
        assert!(read["hotspots"][0]["score"].as_f64() >= read["hotspots"][1]["score"].as_f64());
        assert_eq!(read["rules"].as_array().map(Vec::len), Some(judged.analysis.rules.len()));
        assert!(
            findings.iter().all(|finding| finding["file"].as_str().is_some_and(|f| !f.is_empty()))
        );
    }
}
