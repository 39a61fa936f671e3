//! All rules over one graph.

use super::finding::{Finding, RuleResult, Status};
use super::rule::{Rule, Verdicts, Weight};
use super::rules::RULES;
use super::score::{Borne, Scores};
use super::{Accepted, Analysis, Context, Settings};
use crate::model::SystemGraph;
use std::cmp::Reverse;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

/// Runs the rules that `settings` select, in parallel. Results and findings come in the order of the
/// rules' codes, findings of one rule by weight, then by the id of their subject, then by fingerprint:
/// the same at any number of threads and for any order of the input files.
///
/// A rule that panics has an internal error as its result; the others are not touched.
pub fn analyse(graph: &SystemGraph, settings: &Settings) -> Analysis {
    let context = Context::new(graph, settings);
    // Before the rules and not by the first that asks: rules that waited for them would hold the threads.
    // Should one panic, the rules that ask again say so.
    let (_, _) = rayon::join(|| attempt(|| context.loops()), || attempt(|| context.prepare()));
    let selected: Vec<&dyn Rule> =
        RULES.iter().copied().filter(|rule| settings.runs(rule.meta())).collect();
    let mut analysis = Analysis::accepting(graph, settings);
    let verdicts = judge_all(&selected, &context, &analysis.accepted);
    let found =
        |verdicts: &Result<Verdicts, String>| verdicts.as_ref().map_or(0, |v| v.findings.len());
    analysis.findings.reserve(verdicts.iter().map(found).sum());
    let mut borne = Vec::with_capacity(selected.len());
    for (rule, mut verdicts) in selected.into_iter().zip(verdicts) {
        borne.extend(verdicts.as_mut().ok().map(|verdicts| std::mem::take(&mut verdicts.borne)));
        analysis.push(rule, verdicts);
    }
    analysis.scores = Scores::of_borne(graph, &context.facts, &borne);
    let loops = context.into_loops();
    analysis.loops = loops.loops;
    analysis.influences = loops.influences;
    analysis
}

/// Rules that look at the surroundings of every model or every table, the slowest first. They begin first, so
/// that no thread waits for one of them at the end.
const SLOWEST: &[&str] = &["PIP001", "TST001", "SML002", "STA003", "SML001", "MON003", "ENT001"];

/// What each rule says, in the order of the rules.
fn judge_all(
    rules: &[&dyn Rule],
    context: &Context<'_>,
    accepted: &[Accepted],
) -> Vec<Result<Verdicts, String>> {
    let place = |at: &usize| SLOWEST.iter().position(|code| *code == rules[*at].meta().code);
    let mut order: Vec<usize> = (0..rules.len()).collect();
    order.sort_by_key(|at| place(at).unwrap_or(SLOWEST.len()));
    let said: Vec<OnceLock<Result<Verdicts, String>>> =
        rules.iter().map(|_| OnceLock::new()).collect();
    rayon::scope_fifo(|scope| {
        for at in order {
            let (rule, said) = (rules[at], &said[at]);
            scope.spawn_fifo(move |_| {
                said.get_or_init(|| attempt(|| judge(rule, context, accepted)));
            });
        }
    });
    let never = || Err("it was never run".to_owned());
    said.into_iter().map(|said| said.into_inner().unwrap_or_else(never)).collect()
}

/// What a rule says, its findings in their order, matched with what is `accepted` and summed up while they are at hand.
pub(super) fn judge(rule: &dyn Rule, context: &Context<'_>, accepted: &[Accepted]) -> Verdicts {
    let mut verdicts = Verdicts::default();
    rule.check(context, &mut verdicts);
    verdicts.settle(context.graph);
    let accepts = |accepted: &Accepted, finding: &Finding| {
        accepted.accepts(context.graph, finding, context.settings.today)
    };
    if !accepted.is_empty() {
        for finding in &mut verdicts.findings {
            // The first that accepts it and has not run out.
            let by = accepted.iter().position(|accepted| accepts(accepted, finding));
            finding.allowed = by.map(|position| position as u32);
        }
    }
    verdicts.borne = Borne::new(context.graph, &verdicts.findings);
    verdicts
}

/// Runs `work`; the text of its panic, if it panics.
fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned())
    })
}

impl Analysis {
    /// Nothing found yet, with the statements that accept debt.
    pub(super) fn accepting(graph: &SystemGraph, settings: &Settings) -> Self {
        let manifests = graph.allows().iter().map(|allow| Accepted::of(graph, allow));
        let accepted = manifests.chain(settings.accepted.iter().cloned()).collect();
        Self { accepted, ..Self::default() }
    }

    /// Adds one rule's result.
    pub(super) fn push(&mut self, rule: &dyn Rule, verdicts: Result<Verdicts, String>) {
        let code = rule.meta().code;
        let start = self.findings.len() as u32;
        let (mut verdicts, internal_error) = match verdicts {
            Ok(verdicts) => (verdicts, None),
            Err(text) => (Verdicts::default(), Some(text)),
        };
        let mut findings = std::mem::take(&mut verdicts.findings);
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

impl Verdicts {
    /// Sorts findings by weight, then by the id of their subject, then by fingerprint, and leaves each once.
    fn settle(&mut self, graph: &SystemGraph) {
        let findings = std::mem::take(&mut self.findings);
        // What decides is sorted, not the findings, which are large.
        let key = |(position, finding): (usize, &Finding)| {
            let id = graph.node(finding.subject).id.as_str();
            (Reverse(finding.weight), beginning(id), id, position as u32)
        };
        let found = findings.iter().map(Box::as_ref);
        let mut keys: Vec<_> = found.enumerate().map(key).collect();
        keys.sort_unstable();
        let mut order: Vec<u32> = Vec::with_capacity(keys.len());
        for about_one in keys.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)) {
            match about_one {
                [(.., only)] => order.push(*only),
                some => order.extend(told_apart(graph, &findings, some.iter().map(|key| key.3))),
            }
        }
        // Rules that go from node to node find in this order already.
        if order.iter().copied().eq(0..findings.len() as u32) {
            self.findings = findings;
            return;
        }
        let mut findings: Vec<Option<Box<Finding>>> = findings.into_iter().map(Some).collect();
        let ordered = order.into_iter().filter_map(|position| findings[position as usize].take());
        self.findings = ordered.collect();
    }
}

/// The first bytes of an id as one number in the order of ids: most ids are told apart by it, without a look at
/// their texts, which lie about in memory.
fn beginning(id: &str) -> u128 {
    let mut first = [0; 16];
    let bytes = id.len().min(16);
    first[..bytes].copy_from_slice(&id.as_bytes()[..bytes]);
    u128::from_be_bytes(first)
}

/// Findings of one weight about one subject by fingerprint and words, each once.
fn told_apart(
    graph: &SystemGraph,
    findings: &[Box<Finding>],
    positions: impl Iterator<Item = u32>,
) -> impl Iterator<Item = u32> {
    let key = |position: u32| {
        let finding = &findings[position as usize];
        (finding.fingerprint(graph), finding.message.read(graph), position)
    };
    let mut keys: Vec<_> = positions.map(key).collect();
    keys.sort_unstable();
    keys.dedup_by(|a, b| (a.0, &a.1) == (b.0, &b.1));
    keys.into_iter().map(|key| key.2)
}

/// Accepted debt neither fails nor passes by itself; what is left decides.
fn status(findings: &[Box<Finding>], verdicts: &Verdicts) -> Status {
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

#[cfg(test)]
mod tests {
    use super::beginning;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn beginnings_are_in_the_order_of_ids(a in "[a-b\u{0}é]{0,20}", b in "[a-b\u{0}é]{0,20}") {
            prop_assert_eq!((beginning(&a), &a).cmp(&(beginning(&b), &b)), a.cmp(&b));
        }
    }
}
