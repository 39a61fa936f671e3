//! For a terminal: by rule, each finding with its place and evidence.

use super::words::{MOST_HOTSPOTS, acceptance, evidence, lapse, missing, reasons, summary};
use super::{Judgement, ReportMeta, Reporter, Standing};
use crate::analysis::rules::rule;
use crate::export::table::{Column, Table, one_line};
use std::fmt::Write;

#[derive(Debug)]
pub(super) struct Text;

impl Reporter for Text {
    fn meta(&self) -> &'static ReportMeta {
        &ReportMeta { key: "text", title: "Text", doc: "For a terminal." }
    }

    fn report(&self, judgement: &Judgement<'_>) -> String {
        let mut text = String::new();
        findings(judgement, &mut text);
        ledger(judgement, &mut text);
        not_judged(judgement, &mut text);
        hotspots(judgement, &mut text);
        let _ = writeln!(text, "{}", summary(judgement));
        text
    }
}

/// Those that are accepted stand in the ledger.
fn findings(judgement: &Judgement<'_>, text: &mut String) {
    let mut rule_before = "";
    for (finding, standing) in judgement.findings() {
        if standing == Standing::Accepted {
            continue;
        }
        if finding.code != rule_before {
            if !rule_before.is_empty() {
                remedy(rule_before, text);
            }
            rule_before = finding.code;
            let name = super::meta(finding).map_or("", |meta| meta.name);
            let _ = writeln!(text, "{} {name}", finding.code);
        }
        let known = if standing == Standing::Known { " (known)" } else { "" };
        let _ = writeln!(
            text,
            "  {}{known}: {}: {}",
            finding.weight.key(),
            one_line(&judgement.place(finding)),
            one_line(&finding.message.read(judgement.graph))
        );
        for proof in &finding.evidence {
            let words = evidence(judgement.graph, proof);
            if !words.is_empty() {
                let _ = writeln!(text, "      {}", one_line(&words));
            }
        }
    }
    if !rule_before.is_empty() {
        remedy(rule_before, text);
    }
}

fn remedy(code: &str, text: &mut String) {
    if let Some(rule) = rule(code) {
        let _ = writeln!(text, "  To fix: {}\n", rule.meta().remedy);
    }
}

/// Debt that somebody accepted, and acceptances that lapsed.
fn ledger(judgement: &Judgement<'_>, text: &mut String) {
    let accepted = || judgement.findings().filter(|(_, standing)| *standing == Standing::Accepted);
    if accepted().next().is_some() {
        text.push_str("Accepted debt\n");
        for (finding, _) in accepted() {
            let Some(allow) = finding.allowed.map(|ix| judgement.allow(ix)) else { continue };
            let _ = writeln!(
                text,
                "  {} {}: {}\n      accepted: {}",
                finding.code,
                one_line(judgement.graph.node(finding.subject).id.as_str()),
                one_line(&finding.message.read(judgement.graph)),
                one_line(&acceptance(allow))
            );
        }
        text.push('\n');
    }
    if !judgement.lapsed.is_empty() {
        text.push_str("Acceptances that accept nothing\n");
        for &(ix, why) in &judgement.lapsed {
            let allow = judgement.allow(ix);
            let place = format!("{}{}", judgement.prefix, allow.place());
            let _ = writeln!(text, "  {}: {}", one_line(&place), one_line(&lapse(allow, why)));
        }
        text.push('\n');
    }
}

/// Where to look first. The score is an index from 0 to 100, not a measurement.
fn hotspots(judgement: &Judgement<'_>, text: &mut String) {
    let hotspots = judgement.analysis.scores.hotspots(judgement.graph, MOST_HOTSPOTS);
    if hotspots.is_empty() {
        return;
    }
    let mut table = Table::new([
        Column::number("score", "Score"),
        Column::text("node", "Look first at"),
        Column::text("reasons", "Because of"),
    ]);
    table.rows.extend(hotspots.iter().map(|spot| {
        let node = judgement.graph.node(spot.node);
        let score = format!("{:.0}", spot.score.score);
        vec![score, node.id.to_string(), reasons(judgement, spot).join(", ")]
    }));
    let _ = writeln!(text, "{}", table.text());
}

fn not_judged(judgement: &Judgement<'_>, text: &mut String) {
    for result in judgement.broken_rules() {
        let words = result.internal_error.as_deref().unwrap_or_default();
        let _ = writeln!(text, "{}: internal error: {}", result.code, one_line(words));
    }
    let open: Vec<_> = judgement.open_rules().collect();
    if !open.is_empty() {
        text.push_str("Could not judge, for want of\n");
        for result in open {
            let _ = writeln!(text, "  {}: {}", result.code, missing(result));
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::testing::judged_beside;

    #[test]
    fn a_small_report_as_a_whole() {
        let (graph, analysis, settings) = judged_beside("");
        let judgement =
            Judgement::new(&graph, &analysis, &settings, None, crate::analysis::Weight::Warning);
        let text = Text.report(&judgement);
        let finding = &analysis.findings[0];
        let line = format!("  {}: small.yaml:", finding.weight.key());
        assert!(text.contains(&line), "{text}");
        assert!(text.contains("  To fix: "), "{text}");
        assert!(text.ends_with(&format!("{}\n", summary(&judgement))), "{text}");
    }
}
