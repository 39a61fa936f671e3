//! ABS001, missing abstraction.

use crate::analysis::words::{counted, listed, percent};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct MissingAbstraction;

static LEAST_CONTRACTS: Parameter = Parameter {
    key: "least_contracts",
    default: 0.8,
    range: (0.0, 1.0),
    unit: "share of boundaries",
    doc: "Share of an owner's boundaries that should have a typed contract.",
};

static META: RuleMeta = RuleMeta {
    code: "ABS001",
    name: "missing abstraction",
    section: Section::AntiPatterns,
    weight: Weight::Note,
    remedy: "Give each stream, model and prediction that others read a typed contract, and train through one interface.",
    verify: "`contract` is set on the boundaries, and `training_abstraction` has one value.",
    parameters: &[&LEAST_CONTRACTS],
    docs: "\
## What it does
Looks at the boundaries of each owner: sources and datasets that something reads, and predictions; a model that emits none counts itself.
Where fewer than four in five have a typed `contract`, it names the others. It also finds every way to train (`training_abstraction`)
beside the one that most models use. When nobody in the system says a contract, or a way to train, that part stays open.

## Why it is bad
There is no relational algebra of machine learning: what a stream, a model or a prediction is, each team decides anew. Without a typed
boundary the parts grow into one another, and two rival ways to train are two sets of tools, faults and skills.

## Example
Seven models are trained through `trainer`, four in notebooks, one by scripts of the package. A mend of sampling is made three times.

## How to fix
Write down the type of what crosses a boundary and check it on both sides. Choose one training interface, and move the others to it.

## How to verify
The manifest names the contracts, and a reader that breaks one is refused.

## References
Sculley et al. 2015, §5, abstraction debt.
",
};

impl Rule for MissingAbstraction {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        boundaries(context, verdicts);
        training(context, verdicts);
    }
}

/// Boundaries by owner, in the order of the nodes.
fn boundaries(context: &Context<'_>, verdicts: &mut Verdicts) {
    let mut by_owner: BTreeMap<Option<NodeIx>, Vec<NodeIx>> = BTreeMap::new();
    let graph = context.graph;
    for node in graph.node_indices().filter(|&node| is_boundary(context, node)) {
        by_owner.entry(graph.node(node).owner).or_default().push(node);
    }
    for (owner, nodes) in by_owner {
        if context.is_said(Attr::Contract) {
            verdicts.judged();
            bare(context, owner, &nodes).into_iter().for_each(|finding| verdicts.found(finding));
        } else {
            verdicts.open(Open { subject: owner.or(Some(nodes[0])), missing: "contract" });
        }
    }
}

fn is_boundary(context: &Context<'_>, node: NodeIx) -> bool {
    let is_read = || {
        context.edges_from(node, EdgeKind::is_flow).any(|edge| {
            let reader = context.graph.kind(context.graph.edge(edge).to);
            !matches!(reader, NodeKind::Test | NodeKind::Monitor)
        })
    };
    let emits = || context.edges_from(node, |kind| kind == EdgeKind::Emits).next().is_some();
    context.graph.node(node).defined
        && match context.graph.kind(node) {
            NodeKind::Source | NodeKind::Dataset => is_read(),
            NodeKind::Prediction => true,
            NodeKind::Model => !emits(),
            _ => false,
        }
}

/// A finding about the owner, or about the first boundary where nobody owns them.
fn bare(context: &Context<'_>, owner: Option<NodeIx>, nodes: &[NodeIx]) -> Option<Finding> {
    let graph = context.graph;
    let has = |node: NodeIx| graph.node(node).attrs.text(Attr::Contract).is_some();
    let without: Vec<NodeIx> = nodes.iter().copied().filter(|&node| !has(node)).collect();
    let share = (nodes.len() - without.len()) as f64 / nodes.len() as f64;
    let least = context.value(&META, &LEAST_CONTRACTS);
    let first = *without.first().filter(|_| share < least)?;
    let who = match owner {
        Some(owner) => context.title(owner),
        None => "What nobody owns".to_owned(),
    };
    let message = format!(
        "{who} has a typed contract at {} of {} ({}) and none at {}",
        nodes.len() - without.len(),
        counted(nodes.len(), "boundary", "boundaries"),
        percent(share),
        listed(without.iter().map(|&node| context.name(node)))
    );
    let subject = owner.unwrap_or(first);
    let mut finding = Finding::new(&META, graph, subject, message)
        .number("boundaries with a contract", 100.0 * share, 100.0 * least, "% of boundaries")
        .magnitude(0.5 + without.len() as f64 / 4.0);
    for node in without.into_iter().filter(|&node| node != subject) {
        finding = finding.with("boundary", node);
    }
    Some(finding)
}

/// Every way to train but the one that most use.
fn training(context: &Context<'_>, verdicts: &mut Verdicts) {
    let mut users: BTreeMap<&str, Vec<NodeIx>> = BTreeMap::new();
    for node in context.nodes_of(NodeKind::Model).chain(context.nodes_of(NodeKind::Job)) {
        match context.graph.node(node).attrs.text(Attr::TrainingAbstraction) {
            Some(way) => {
                verdicts.judged();
                users.entry(way).or_default().push(node);
            }
            None if context.graph.kind(node) == NodeKind::Model => {
                verdicts.open(Open { subject: Some(node), missing: "training_abstraction" });
            }
            None => {}
        }
    }
    let most = users.iter().max_by_key(|(name, nodes)| (nodes.len(), std::cmp::Reverse(**name)));
    let Some((&main, main_users)) = most else { return };
    for (&way, nodes) in users.iter().filter(|&(&way, _)| way != main) {
        verdicts.found(rival(context, (way, nodes), (main, main_users), users.len()));
    }
}

fn rival(
    context: &Context<'_>,
    (way, nodes): (&str, &[NodeIx]),
    (main, main_users): (&str, &[NodeIx]),
    ways: usize,
) -> Finding {
    let first = nodes[0];
    let message = format!(
        "{} trained through {way}; {} of {} are trained through {main}",
        match nodes {
            [only] => format!("{} is", context.title(*only)),
            _ => format!("{} are", listed(nodes.iter().map(|&node| context.name(node)))),
        },
        main_users.len(),
        main_users.len() + nodes.len(),
    );
    let mut finding = Finding::new(&META, context.graph, first, message)
        .number("ways to train", ways as f64, 1.0, "ways")
        .said(context.graph, first, Attr::TrainingAbstraction, "trained through")
        .said(context.graph, main_users[0], Attr::TrainingAbstraction, "the usual way");
    for &node in nodes.iter().skip(1) {
        finding = finding.with("rival", node);
    }
    for &node in main_users.iter().take(3) {
        finding = finding.with("usual", node);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_an_owner_with_few_contracts() {
        let judged = judge(
            &MissingAbstraction,
            "team ads\ndataset a owner=ads contract=v1\ndataset b owner=ads\nprediction p owner=ads\njob j\n\
             a -reads-> j\nb -reads-> j",
        );
        assert_eq!(judged.subjects(), ["team:ads note"]);
        assert_eq!(judged.others("boundary"), ["b", "p"]);
    }

    #[test]
    fn four_in_five_are_enough_and_what_nobody_reads_is_no_boundary() {
        let judged = judge(
            &MissingAbstraction,
            "prediction a contract=1\nprediction b contract=1\nprediction c contract=1\nprediction d contract=1\n\
             prediction e\ndataset private\nsignal s",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn fires_on_rival_ways_to_train() {
        let judged = judge(
            &MissingAbstraction,
            "model a training_abstraction=trainer\nmodel b training_abstraction=trainer\n\
             model c training_abstraction=notebook\njob d training_abstraction=notebook\nmodel e training_abstraction=trainer",
        );
        assert_eq!(judged.subjects(), ["c note"]);
        assert_eq!(judged.others("rival"), ["d"]);
        assert_eq!(judged.others("usual"), ["a", "b", "e"]);
    }

    #[test]
    fn one_way_to_train_is_well() {
        let judged = judge(
            &MissingAbstraction,
            "model a training_abstraction=x contract=v\nmodel b training_abstraction=x contract=v",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn where_nobody_says_it_it_is_open() {
        assert_eq!(judge(&MissingAbstraction, "prediction p\nmodel m").status, Status::Open);
        assert_eq!(judge(&MissingAbstraction, "signal s").status, Status::Open);
    }
}
