//! All rules over one graph.

use super::finding::{Finding, RuleResult, Status};
use super::rule::{Rule, Verdicts, Weight};
use super::rules::RULES;
use super::score::Scores;
use super::{Analysis, Context, Settings};
use crate::model::SystemGraph;
use jiff::civil::Date;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the rules that `settings` select, in parallel. Results and findings come in the order of the
/// rules' codes, findings of one rule by weight, then by the id of their subject, then by fingerprint:
/// the same at any number of threads and for any order of the input files.
///
/// A rule that panics has an internal error as its result; the others are not touched.
pub fn analyse(graph: &SystemGraph, settings: &Settings) -> Analysis {
    let context = Context::new(graph, settings);
    let selected: Vec<&dyn Rule> =
        RULES.iter().copied().filter(|rule| settings.runs(rule.meta())).collect();
    let verdicts: Vec<Result<Verdicts, String>> =
        selected.par_iter().map(|rule| judge(*rule, &context)).collect();
    let mut analysis = Analysis::default();
    for (rule, verdicts) in selected.into_iter().zip(verdicts) {
        analysis.push(graph, rule, verdicts, settings.today);
    }
    analysis.scores = Scores::of(graph, &context.facts, &analysis.findings);
    let loops = context.into_loops();
    analysis.loops = loops.loops;
    analysis.influences = loops.influences;
    analysis
}

fn judge(rule: &dyn Rule, context: &Context<'_>) -> Result<Verdicts, String> {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut verdicts = Verdicts::default();
        rule.check(context, &mut verdicts);
        verdicts
    }));
    attempt.map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned())
    })
}

impl Analysis {
    /// Adds one rule's result, its findings sorted and matched with what is accepted.
    pub(super) fn push(
        &mut self,
        graph: &SystemGraph,
        rule: &dyn Rule,
        verdicts: Result<Verdicts, String>,
        today: Date,
    ) {
        let code = rule.meta().code;
        let start = self.findings.len() as u32;
        let (mut verdicts, internal_error) = match verdicts {
            Ok(verdicts) => (verdicts, None),
            Err(text) => (Verdicts::default(), Some(text)),
        };
        let mut findings = std::mem::take(&mut verdicts.findings);
        findings.sort_by_cached_key(|finding| {
            let id = graph.node(finding.subject).id.clone();
            (
                std::cmp::Reverse(finding.weight),
                id,
                finding.fingerprint(graph),
                finding.message.clone(),
            )
        });
        findings.dedup_by_key(|finding| (finding.fingerprint(graph), finding.message.clone()));
        for finding in &mut findings {
            finding.allowed = allowed_by(graph, finding, today);
        }
        let status = status(&findings, &verdicts);
        self.findings.append(&mut findings);
        self.rules.push(RuleResult {
            code,
            status,
            judged: verdicts.judged,
            open: verdicts.open,
            findings: start..self.findings.len() as u32,
            internal_error,
        });
    }
}

/// Accepted debt neither fails nor passes by itself; what is left decides.
fn status(findings: &[Finding], verdicts: &Verdicts) -> Status {
    let mut standing = findings.iter().filter(|finding| finding.allowed.is_none()).peekable();
    if standing.peek().is_some() {
        return if standing.all(|finding| finding.weight == Weight::Review) {
            Status::Review
        } else {
            Status::Fail
        };
    }
    if verdicts.judged > 0 { Status::Pass } else { Status::Open }
}

/// The first statement that accepts the finding and has not run out.
fn allowed_by(graph: &SystemGraph, finding: &Finding, today: Date) -> Option<u32> {
    let subject = graph.node(finding.subject);
    let names = |text: &str| {
        text == subject.id.as_str() || subject.aliases.iter().any(|alias| alias.as_str() == text)
    };
    let position = graph.allows().iter().position(|allow| {
        *allow.rule == *finding.code
            && allow.node.as_deref().is_none_or(names)
            && allow.expires.is_none_or(|last| last >= today)
    })?;
    u32::try_from(position).ok()
}
