//! STA002, unresolved reference or unsafe migration.

use crate::analysis::{
    Context, Evidence, Finding, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, NodeIx, NodeKind};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct UnsafeMigration;

/// Witnesses of one finding; the rest are counted in its message.
const SHOWN_WALKS: usize = 8;

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
Finds references to things that no file defines, and things that are deprecated or past their day of deletion and still have live
readers. Tests and monitors are no readers. A thing that goes away on a later day is found when a reader is not itself going away.

## Why it is bad
A reference to nothing fails at run time, or silently reads something else of the same name. A thing that is deleted while it is read
takes its readers along, and often nobody knows all of them.

## Example
The old product numbers are deleted on 31 January; the click model still takes them in.

## How to fix
Correct or define the reference. For a migration: name the replacement, move the readers that nothing else reads first, then those
above them, then delete.

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
            verdicts.judged();
            if !defined {
                verdicts.found(unresolved(context, node));
            } else if let Some(finding) = migration(context, node) {
                verdicts.found(finding);
            }
        }
    }
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
        [] => format!("`{}` is spoken of, but no file defines it", graph.node(node).id),
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
        let label = format!("referred to by {}", context.name(user));
        finding = finding
            .with("reader", user)
            .because(Evidence::Place { label, at: graph.edge(edge).at });
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
    let readers = live_readers(context, node);
    if readers.is_empty() {
        return None;
    }
    let models = readers
        .iter()
        .filter(|(reader, _)| context.graph.node(*reader).kind == NodeKind::Model)
        .count();
    let word = if attr == Attr::Deprecated { "deprecated since" } else { "to be deleted on" };
    let message = format!(
        "{} `{}` is {word} {} and still reaches {} live {}, {models} of them models",
        context.graph.node(node).kind.meta().title,
        context.name(node),
        entry.value,
        readers.len(),
        if readers.len() == 1 { "thing" } else { "things" },
    );
    let mut finding = Finding::new(&META, context.graph, node, message)
        .at(entry.at)
        .magnitude(1.0 + (readers.len() as f64).log2())
        .because(Evidence::Place { label: word.to_owned(), at: entry.at });
    let direct = readers.iter().filter(|(_, way)| way.len() == 1).take(SHOWN_WALKS);
    for (reader, way) in direct {
        let label = format!("read by {}", context.name(*reader));
        let witness = Witness { edges: way.clone(), closed: false };
        finding = finding.with("reader", *reader).because(Evidence::Walk { label, witness });
    }
    if context.settings.today < context.graph.node(node).attrs.date(attr)? {
        finding = finding.weight(Weight::Warning);
    }
    Some(finding)
}

/// Everything downstream that is not itself on its way out, with the way there; the way leads through
/// things that leave as well. Tests and monitors do not read, they watch.
fn live_readers(context: &Context<'_>, node: NodeIx) -> Vec<(NodeIx, Vec<EdgeIx>)> {
    let graph = context.graph;
    let mut seen = rustc_hash::FxHashMap::default();
    seen.insert(node, None);
    let mut open = VecDeque::from([node]);
    let mut order = Vec::new();
    while let Some(here) = open.pop_front() {
        for edge in context.edges_from(here, crate::model::EdgeKind::is_flow) {
            let next = graph.edge(edge).to;
            let watches = matches!(graph.node(next).kind, NodeKind::Test | NodeKind::Monitor);
            if !watches && !seen.contains_key(&next) {
                seen.insert(next, Some(edge));
                order.push(next);
                open.push_back(next);
            }
        }
    }
    let way = |mut here: NodeIx| {
        let mut edges = Vec::new();
        // Ways longer than one step are counted and not shown.
        while let Some(Some(edge)) = seen.get(&here) {
            edges.push(*edge);
            here = graph.edge(*edge).from;
            if edges.len() > 1 {
                break;
            }
        }
        edges.reverse();
        edges
    };
    let live = order.into_iter().filter(|&reader| leaving(context, reader).is_none());
    live.map(|reader| (reader, way(reader))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

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
        assert!(judged.findings[0].message.contains("reaches 2 live things, 1 of them models"));
        assert_eq!(judged.others("reader"), ["m"]);
    }

    #[test]
    fn a_later_day_is_a_warning() {
        let judged = judge(&UnsafeMigration, "job j expires=2027-01-31\ndataset d\nj -writes-> d");
        assert_eq!(judged.subjects(), ["j warning"]);
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
