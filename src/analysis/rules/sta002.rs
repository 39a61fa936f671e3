//! STA002, unresolved reference or unsafe migration.

use crate::analysis::words::{counted, listed};
use crate::analysis::{
    Context, Evidence, Finding, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, NodeIx};
use rustc_hash::FxHashMap;

#[derive(Debug)]
pub(super) struct UnsafeMigration;

/// Witnesses of one finding; the rest are counted in its message.
const SHOWN_WALKS: usize = 8;

/// Things on their way out that one migration is followed through, so that long chains of them stay cheap.
const FOLLOWED: usize = 64;

static META: RuleMeta = RuleMeta {
    code: "STA002",
    name: "unresolved reference or unsafe migration",
    section: Section::DataDependencies,
    weight: Weight::Error,
    remedy: "Define what is referred to; move the readers away, those farthest downstream first, before you delete.",
    verify: "Nothing refers to it any more, or it is defined.",
    parameters: &[],
    docs: "\
## What it does
Finds references to things that no file defines, and things that are deprecated or have a day of deletion while something that stays still
needs them, directly or through other things that leave. Before that day it is a warning. Tests and monitors need nothing. Readers that
only an access log knows are left to the rule on undeclared consumers.

For a migration the finding names who must move, who would have no supplier left at all (everything that the node dominates), and in which
order to remove what leaves: those farthest downstream first.

## Why it is bad
A reference to nothing fails at run time, or silently reads something else of the same name. A thing that is deleted while it is read
takes its readers along, and often nobody knows all of them.

## Example
The old product numbers are deleted on 31 January; the click model still takes them in.

## How to fix
Correct or define the reference. For a migration: name the replacement, move those who need it, then delete in the order that the finding
gives.

## How to verify
`undercurrent info` counts no unresolved references; the node has no live readers.

## References
Sculley et al. 2015, §3, static analysis of data dependencies.
",
};

impl Rule for UnsafeMigration {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for node in context.graph.node_indices() {
            let defined = context.graph.node(node).defined;
            if !defined && is_undeclared(context, node) {
                continue;
            }
            verdicts.judged();
            if !defined {
                verdicts.found(unresolved(context, node));
            } else if let Some(finding) = migration(context, node) {
                verdicts.found(finding);
            }
        }
    }
}

/// Whether no declared edge leads to or from it: only a log knows it, or a file says something of it that no
/// other file defines, which the import report tells.
fn is_undeclared(context: &Context<'_>, node: NodeIx) -> bool {
    let graph = context.graph;
    let mut edges = graph.outgoing(node).iter().chain(graph.incoming(node));
    edges.all(|&edge| graph.edge(edge).kind.is_observed())
}

fn unresolved(context: &Context<'_>, node: NodeIx) -> Finding {
    let graph = context.graph;
    let users: Vec<(NodeIx, EdgeIx)> = graph
        .outgoing(node)
        .iter()
        .map(|&edge| (graph.edge(edge).to, edge))
        .chain(graph.incoming(node).iter().map(|&edge| (graph.edge(edge).from, edge)))
        .collect();
    let message = match users.as_slice() {
        [(only, _)] => format!(
            "`{}` is referred to by `{}`, but no file defines it",
            graph.node(node).id,
            context.name(*only)
        ),
        _ => format!(
            "`{}` is referred to in {} places, but no file defines it",
            graph.node(node).id,
            users.len()
        ),
    };
    let mut finding = Finding::new(&META, graph, node, message);
    for (user, edge) in users.into_iter().take(SHOWN_WALKS) {
        let label = ("referred to by", user).into();
        finding = finding
            .with("reader", user)
            .because(Evidence::Place { label, at: graph.details(edge).at });
    }
    finding
}

/// The day from which a node should not be read: that of its deprecation or deletion, whichever is first.
fn leaving(context: &Context<'_>, node: NodeIx) -> Option<Attr> {
    let attrs = &context.graph.node(node).attrs;
    [Attr::Deprecated, Attr::Expires]
        .into_iter()
        .filter(|&attr| attrs.date(attr).is_some())
        .min_by_key(|&attr| attrs.date(attr))
}

fn migration(context: &Context<'_>, node: NodeIx) -> Option<Finding> {
    let attr = leaving(context, node)?;
    let entry = context.graph.node(node).attrs.get(attr)?;
    let plan = Plan::new(context, node);
    if plan.movers.is_empty() {
        return None;
    }
    let stranded: Vec<NodeIx> = context
        .supply()
        .dominators()
        .cut_off_without(node.0)
        .into_iter()
        .map(NodeIx)
        .filter(|&other| context.graph.node(other).defined && leaving(context, other).is_none())
        .collect();
    let is_due = context.graph.node(node).attrs.date(attr)? <= context.settings.today;
    let word = match attr {
        Attr::Deprecated => "deprecated since",
        _ if is_due => "due for deletion since",
        _ => "to be deleted on",
    };
    let mut message = format!(
        "{} `{}` is {word} {} and is still needed by {}",
        context.graph.kind(node).meta().title,
        context.name(node),
        entry.value,
        listed(plan.movers.iter().map(|(mover, _)| context.name(*mover))),
    );
    if !stranded.is_empty() {
        let things = counted(stranded.len(), "thing", "things");
        message += &format!("; {things} would have no supplier left");
    }
    if !plan.before.is_empty() {
        let names = listed(plan.before.iter().map(|&other| context.name(other)));
        message += &format!("; to be removed before it: {names}");
    }
    let mut finding = Finding::new(&META, context.graph, node, message)
        .at(entry.at)
        .weight(if is_due { Weight::Error } else { Weight::Warning })
        .magnitude(1.0 + (plan.movers.len() as f64).log2())
        .because(Evidence::Place { label: word.into(), at: entry.at });
    for (mover, way) in plan.movers.into_iter().take(SHOWN_WALKS) {
        let label = ("needed by", mover).into();
        let witness = Witness { edges: way, closed: false };
        finding = finding.with("reader", mover).because(Evidence::Walk { label, witness });
    }
    if !stranded.is_empty() {
        finding = finding.because(Evidence::Number {
            label: "things that would have no supplier left".into(),
            value: stranded.len() as f64,
            threshold: None,
            unit: "nodes",
        });
    }
    let stranded = stranded.into_iter().take(SHOWN_WALKS);
    let finding = stranded.fold(finding, |finding, other| finding.with("stranded", other));
    Some(
        plan.before
            .into_iter()
            .fold(finding, |finding, other| finding.with("remove before", other)),
    )
}

/// What the removal of one thing takes.
struct Plan {
    /// What stays and needs it, directly or through things that leave, with the way there.
    movers: Vec<(NodeIx, Vec<EdgeIx>)>,
    /// What leaves as well and hangs on it, those farthest downstream first.
    before: Vec<NodeIx>,
}

impl Plan {
    /// Follows the supply through things that leave; linear in their edges.
    fn new(context: &Context<'_>, node: NodeIx) -> Self {
        let graph = context.graph;
        let mut entered: FxHashMap<NodeIx, Option<EdgeIx>> = FxHashMap::default();
        entered.insert(node, None);
        let mut open = vec![node];
        let mut movers = Vec::new();
        let mut next = 0;
        while let Some(&here) = open.get(next) {
            next += 1;
            for &edge in
                graph.outgoing(here).iter().filter(|&&edge| context.is_supply(graph.edge(edge)))
            {
                let to = graph.edge(edge).to;
                if entered.contains_key(&to) {
                    continue;
                }
                if leaving(context, to).is_none() {
                    entered.insert(to, Some(edge));
                    movers.push(to);
                } else if open.len() < FOLLOWED {
                    entered.insert(to, Some(edge));
                    open.push(to);
                }
            }
        }
        let entered = |node| entered.get(&node).copied().flatten();
        let movers =
            movers.into_iter().map(|mover| (mover, context.way_to(mover, entered))).collect();
        let mut before = open.split_off(1);
        // Components are numbered against the flow: the lowest lies farthest downstream.
        before.sort_by_key(|&other| (context.supply().components().of(other.0), other));
        Self { movers, before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{TODAY, graph_with, judge, judge_graph, row};
    use crate::model::AccessRow;

    #[test]
    fn fires_on_a_reference_to_nothing() {
        let judged = judge(&UnsafeMigration, "model m\nghost -input_to-> m");
        assert_eq!(judged.subjects(), ["ghost error"]);
        assert_eq!(judged.others("reader"), ["m"]);
    }

    #[test]
    fn fires_on_a_deprecated_thing_with_live_readers() {
        let text =
            "signal s deprecated=2026-01-01\nmodel m\nprediction p\ns -input_to-> m\nm -emits-> p";
        let judged = judge(&UnsafeMigration, text);
        assert_eq!(judged.subjects(), ["s error"]);
        assert!(judged.message(0).ends_with("2 things would have no supplier left"));
        assert_eq!(judged.others("reader"), ["m"]);
        assert_eq!(judged.others("stranded"), ["m", "p"]);
    }

    #[test]
    fn a_later_day_is_a_warning() {
        let judged = judge(&UnsafeMigration, "job j expires=2027-01-31\ndataset d\nj -writes-> d");
        assert_eq!(judged.subjects(), ["j warning"]);
    }

    #[test]
    fn what_leaves_is_removed_from_its_end() {
        let text = "source s expires=2026-01-01\njob j expires=2026-01-01\nsignal t deprecated=2026-01-01\nmodel m\n\
                    signal u\ns -reads-> j\nj -writes-> t\nt -input_to-> m\nu -input_to-> m";
        let judged = judge(&UnsafeMigration, text);
        let of_source = judged
            .findings
            .iter()
            .find(|finding| judged.graph.node(finding.subject).id.as_str() == "s");
        let of_source = of_source.expect("the source leaves");
        let names = |role: &str| -> Vec<&str> {
            let others = of_source.others.iter().filter(|(of, _)| *of == role);
            others.map(|&(_, node)| judged.graph.node(node).id.as_str()).collect()
        };
        assert_eq!(names("remove before"), ["t", "j"]);
        assert_eq!(
            (names("reader"), names("stranded")),
            (vec!["m"], vec![]),
            "m has another signal"
        );
    }

    #[test]
    fn what_nothing_refers_to_is_no_dangling_reference() {
        let graph = graph_with("dataset d", |tables| {
            let read =
                AccessRow { date: TODAY, reader: "svc-x".into(), target: "e".into(), reads: 1 };
            tables.access = vec![row(read)];
        });
        assert_eq!(judge_graph(&UnsafeMigration, graph).status, Status::Pass);
    }

    #[test]
    fn readers_that_only_a_log_knows_are_another_rule_s() {
        let graph = graph_with("dataset d", |tables| {
            let read =
                AccessRow { date: TODAY, reader: "svc-x".into(), target: "d".into(), reads: 1 };
            tables.access = vec![row(read)];
        });
        assert_eq!(judge_graph(&UnsafeMigration, graph).status, Status::Pass);
    }

    #[test]
    fn is_silent_when_only_the_leaving_and_the_watching_read_it() {
        let judged = judge(
            &UnsafeMigration,
            "signal s expires=2026-01-01\ndataset d expires=2026-01-01\ntest t\ns -derives-> d\ns -reads-> t",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn nothing_to_judge_is_open() {
        assert_eq!(judge(&UnsafeMigration, "").status, Status::Open);
    }
}
