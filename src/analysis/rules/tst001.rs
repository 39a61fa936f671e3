//! TST001, untested data.

use crate::analysis::context::models_fed_by;
use crate::analysis::{
    Context, Evidence, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight, Words,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, SystemGraph};

#[derive(Debug)]
pub(super) struct UntestedData;

/// What is asked of data that a model learns from, with the words of `checks` and `watches` that answer it, and whether
/// it is asked of names too: they have no range, and their distribution says nothing.
const ASKED: &[(&str, &[&str], bool)] = &[
    ("schema", &["schema"], true),
    ("range", &["range"], false),
    ("null", &["null"], true),
    ("distribution", &["distribution", "drift"], false),
];

static META: RuleMeta = RuleMeta {
    code: "TST001",
    name: "untested data",
    section: Section::OtherAreas,
    weight: Weight::Warning,
    remedy: "Check schema, ranges and missing values before the data is used, and its distribution against the last good one.",
    verify: "`checks` names all four, or tests and monitors of the data watch them.",
    parameters: &[],
    docs: "\
## What it does
Looks at sources, datasets and signals from which data is prepared for a model, and finds those that lack one of four checks: schema,
range, missing values and distribution; of identifiers and join keys only schema and missing values are asked. What tests and monitors of the data watch counts as well (`schema`; `drift` is the
distribution). Data of which nothing is said stays open while nobody in the system speaks of checks or tests.

## Why it is bad
Data replaces code in such systems, and nobody would run code that was never tested. A column that is suddenly empty breaks no build; the
model learns that it is empty.

## Example
Only the schema of the page log is checked. When one slot stopped being logged, nobody noticed for a month.

## How to fix
Begin with what is cheap: schema, ranges, missing values. Then compare distributions with the last training, and stop the training when
they differ.

## How to verify
Break a copy of the data in each of the four ways, and see it refused.

## References
Sculley et al. 2015, §8, data testing debt.
",
};

impl Rule for UntestedData {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let graph = context.graph;
        let practised = context.is_said(Attr::Checks)
            || graph.nodes().iter().any(|node| node.defined && node.kind == NodeKind::Test);
        let ways = context.ways_to_models();
        for node in graph.node_indices().filter(|&node| is_input(context, node)) {
            let Some(model) = ways.end(node) else { continue };
            let missing = missing(context, node);
            let silent =
                missing.count() == ASKED.len() && !graph.node(node).attrs.has(Attr::Checks);
            if silent && !practised {
                verdicts.open(Open { subject: Some(node), missing: "checks" });
                continue;
            }
            verdicts.judged();
            if !missing.is_empty() {
                verdicts.found(finding(context, node, missing, model));
            }
        }
    }
}

fn is_input(context: &Context<'_>, node: NodeIx) -> bool {
    let kind = context.graph.kind(node);
    matches!(kind, NodeKind::Source | NodeKind::Dataset | NodeKind::Signal)
        && context.graph.node(node).defined
}

/// Whether its values name things.
fn is_name(graph: &SystemGraph, node: NodeIx) -> bool {
    let attrs = &graph.node(node).attrs;
    let names = |attr| attrs.flag(attr) == Some(true);
    graph.kind(node) == NodeKind::Signal && (names(Attr::Identifier) || names(Attr::JoinKey))
}

/// What nobody checks, a bit for each of [`ASKED`].
#[derive(Clone, Copy)]
struct Missing(u8);

impl Missing {
    fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// In the order of the question.
    fn names(self) -> Vec<&'static str> {
        let missing = ASKED.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        missing.map(|(_, (name, ..))| *name).collect()
    }
}

/// What is asked of a node, as if nobody checked anything.
fn asked(graph: &SystemGraph, node: NodeIx) -> Missing {
    let is_name = is_name(graph, node);
    let asked = ASKED.iter().enumerate().filter(|(_, (.., of_names))| !is_name || *of_names);
    Missing(asked.map(|(bit, _)| 1 << bit).sum())
}

fn missing(context: &Context<'_>, node: NodeIx) -> Missing {
    let graph = context.graph;
    let list = |node: NodeIx, attr| graph.node(node).attrs.list(attr).unwrap_or_default();
    let watching = watchers(context, node).flat_map(|watcher| list(watcher, Attr::Watches));
    let mut missing = asked(graph, node);
    for word in list(node, Attr::Checks).iter().chain(watching) {
        for (bit, (_, answers, _)) in ASKED.iter().enumerate() {
            if answers.contains(&&**word) {
                missing.0 &= !(1 << bit);
            }
        }
    }
    missing
}

/// Tests and monitors of the data.
fn watchers<'a>(context: &Context<'a>, node: NodeIx) -> impl Iterator<Item = NodeIx> + 'a {
    let graph = context.graph;
    context
        .edges_from(node, EdgeKind::is_flow)
        .map(move |edge| graph.edge(edge).to)
        .filter(move |&to| matches!(graph.kind(to), NodeKind::Test | NodeKind::Monitor))
}

fn finding(context: &Context<'_>, node: NodeIx, missing: Missing, model: NodeIx) -> Finding {
    let graph = context.graph;
    let count = missing.count() as f64;
    let watched = watchers(context, node).next().is_some();
    let message = Words::made(move |graph| message(graph, node, missing, watched, model));
    let mut finding = Finding::new(&META, graph, node, message)
        .number("checks that are missing", count, 0.0, "checks")
        .magnitude(count / 2.0)
        .said(graph, node, Attr::Checks, "checks")
        .way("goes into", context.ways_to_models().edges_from(graph, node))
        .with("model", model);
    for watcher in watchers(context, node) {
        let at = graph.node(watcher).at;
        finding = finding.because(Evidence::Place { label: ("watched by", watcher).into(), at });
    }
    finding
}

/// `watched` by tests or monitors, of whatever. `model` is that at the end of the way.
fn message(
    graph: &SystemGraph,
    node: NodeIx,
    missing: Missing,
    watched: bool,
    model: NodeIx,
) -> String {
    let what = match missing.names().as_slice() {
        all if !watched && all.len() == asked(graph, node).count() => {
            "is not checked at all".to_owned()
        }
        ["distribution"] => "has no test of its distribution".to_owned(),
        [only] => format!("has no {only} check"),
        [most @ .., "distribution"] => {
            format!("has no {} check and no test of its distribution", most.join(" or "))
        }
        some => format!("has no {} check", some.join(" or ")),
    };
    let into = match models_fed_by(graph, node).as_slice() {
        [(only, _)] => format!(" and goes into model `{}`", graph.name(*only)),
        [] => format!(" and is on the way to model `{}`", graph.name(model)),
        models => format!(" and goes into {} models", models.len()),
    };
    format!("{} {what}{into}", graph.title(node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_inputs_with_few_checks() {
        let judged = judge(
            &UntestedData,
            "dataset d checks=schema\nsignal s checks=schema|range|null\nmodel m\nd -derives-> s\ns -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["d warning", "s warning"]);
        assert!(judged.message(0).contains(
            "no range or null check and no test of its distribution and is on the way to"
        ));
        assert!(judged.message(1).contains("no test of its distribution and goes into model `m`"));
    }

    #[test]
    fn is_silent_on_what_is_checked_by_itself_and_by_others() {
        let judged = judge(
            &UntestedData,
            "signal s checks=schema|range|null|distribution\ndataset d checks=range|null\ntest t watches=schema\nmonitor w watches=drift\n\
             dataset free\nmodel m\ns -input_to-> m\nd -input_to-> m\nd -reads-> t\nd -reads-> w",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn an_identifier_has_no_range() {
        let judged = judge(
            &UntestedData,
            "signal id identifier=yes checks=schema|null\nsignal key join_key=yes checks=schema\nmodel m\nid -input_to-> m\nkey -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["key warning"]);
        assert!(judged.message(0).contains("has no null check"));
    }

    #[test]
    fn nothing_said_counts_where_others_are_checked() {
        let judged = judge(
            &UntestedData,
            "dataset d\nsignal s checks=schema|range|null|distribution\nmodel m\nd -input_to-> m\ns -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["d warning"]);
        assert!(judged.message(0).contains("is not checked at all"));
    }

    #[test]
    fn what_a_test_of_something_else_watches_is_not_called_unchecked() {
        let judged = judge(
            &UntestedData,
            "dataset d\ntest unique\nmodel m\nd -input_to-> m\nd -reads-> unique",
        );
        assert_eq!(judged.subjects(), ["d warning"]);
        assert!(judged.message(0).contains("has no schema or range or null check and no test"));
    }

    #[test]
    fn where_nobody_checks_it_is_open() {
        assert_eq!(
            judge(&UntestedData, "dataset d\nmodel m\nd -input_to-> m").status,
            Status::Open
        );
        assert_eq!(judge(&UntestedData, "dataset d checks=schema").status, Status::Open);
    }
}
