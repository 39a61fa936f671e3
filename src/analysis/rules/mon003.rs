//! MON003, upstream objective.

use crate::analysis::preparation::{MOST_NODES, Walk, edges_along, prepares};
use crate::analysis::words::{listed, significant};
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight, Words};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, NodeSet, SystemGraph};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct UpstreamObjective;

static META: RuleMeta = RuleMeta {
    code: "MON003",
    name: "upstream objective",
    section: Section::ChangingWorld,
    weight: Weight::Warning,
    remedy: "Agree an objective with the producer that takes the model's needs into account, and monitor and test it there.",
    verify: "The producer has an `objective` or `sla`, and the ages along the way add up to no more than `freshness_need_hours`.",
    parameters: &[],
    docs: "\
## What it does
Looks at every source and dataset from which data is prepared for a model. It finds those that have neither an objective (`objective` or
`sla`), nor a monitor, nor a test; and those whose data may be older than a model can work with: the age at which each dataset on the way
counts as broken (`freshness_error_hours`) is added up along the way to the model, and held against the model's `freshness_need_hours`.
Of a way that is too long, the dataset that takes most of it is named. When nobody in the system names objectives, monitors or tests, the
producers stay open; so do models that do not say what they need. Of a preparation of more than 512 nodes the ages of the nearest are
added up.

## Why it is bad
A producer that promises nothing keeps its promise while the model starves. One that promises two days is in order, and the model that
needs half a day is wrong all the same; and delays of several that are each in order add up.

## Example
Sessions may be 48 hours old before anybody is told. The ranking of products needs 12.

## How to fix
Tell the producer what the model needs, and let both alert at that age. Where it cannot be had, tell the model's readers.

## How to verify
The ages are within the need, and an alert at that age was seen to arrive.

## References
Sculley et al. 2015, §7, up-stream producers.
",
};

impl Rule for UpstreamObjective {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let mut loose = loose_ways(context, verdicts);
        let practised = context.is_said(Attr::Objective)
            || context.is_said(Attr::Sla)
            || context.graph.nodes().iter().any(|node| {
                node.defined && matches!(node.kind, NodeKind::Monitor | NodeKind::Test)
            });
        let ways_to_models = context.ways_to_models();
        let is_producer = |&node: &NodeIx| {
            matches!(context.graph.kind(node), NodeKind::Source | NodeKind::Dataset)
                && ways_to_models.end(node).is_some()
                && context.graph.node(node).defined
        };
        for producer in context.graph.node_indices().filter(is_producer) {
            let ways = loose.remove(&producer).unwrap_or_default();
            let unguarded = practised && is_unguarded(context, producer);
            match (practised, ways.is_empty()) {
                (false, true) => {
                    let missing = "objective, monitors or tests";
                    verdicts.open(Open { subject: Some(producer), missing });
                }
                _ => verdicts.judged(),
            }
            if unguarded || !ways.is_empty() {
                verdicts.found(finding(context, producer, unguarded, ways));
            }
        }
    }
}

/// Whether it has no objective, and nothing that monitors or tests it.
fn is_unguarded(context: &Context<'_>, node: NodeIx) -> bool {
    let attrs = &context.graph.node(node).attrs;
    let watched = || {
        context.edges_from(node, EdgeKind::is_flow).any(|edge| {
            let reader = context.graph.kind(context.graph.edge(edge).to);
            matches!(reader, NodeKind::Monitor | NodeKind::Test)
        })
    };
    let checked = || attrs.list(Attr::Checks).is_some_and(|checks| !checks.is_empty());
    attrs.text(Attr::Objective).is_none()
        && attrs.text(Attr::Sla).is_none()
        && !checked()
        && !watched()
}

/// A way along which data may become older than the model at its end can work with.
#[derive(Clone)]
struct Loose {
    model: NodeIx,
    hours: f64,
    need: f64,
    /// From the first dataset whose age counts to the model.
    way: Vec<NodeIx>,
}

/// Ways that are too long, by the dataset that takes most of each. A node is met once on the way to each
/// model that says what it needs.
fn loose_ways(context: &Context<'_>, verdicts: &mut Verdicts) -> BTreeMap<NodeIx, Vec<Loose>> {
    let graph = context.graph;
    let dated = NodeSet::filter(graph.nodes().len(), |node| hours(context.graph, node) > 0.0);
    let mut loose: BTreeMap<NodeIx, Vec<Loose>> = BTreeMap::new();
    let mut walk = Walk::new(graph.nodes().len());
    for model in context.nodes_of(NodeKind::Model) {
        let Some(need) = graph.node(model).attrs.number(Attr::FreshnessNeedHours) else {
            verdicts.open(Open { subject: Some(model), missing: "freshness_need_hours" });
            continue;
        };
        walk.clear();
        walk.start(model);
        walk.run(context.preparation().upstream(), MOST_NODES);
        if !walk.found().any(|node| dated.contains(node)) {
            let missing = "freshness_error_hours of what it learns from";
            verdicts.open(Open { subject: Some(model), missing });
            continue;
        }
        verdicts.judged();
        for (subject, way) in too_long(context, model, need, &walk) {
            loose.entry(subject).or_default().push(way);
        }
    }
    loose
}

/// The age at which a node's data counts as broken; nothing where it does not say.
fn hours(graph: &SystemGraph, node: NodeIx) -> f64 {
    graph.node(node).attrs.number(Attr::FreshnessErrorHours).unwrap_or(0.0).max(0.0)
}

/// Where the age passes what the model needs, one way for each dataset that takes most of it.
///
/// Ages are added from the model upwards, over components in topological order, so that each step is
/// looked at once; a cycle counts with its own nodes only.
fn too_long(context: &Context<'_>, model: NodeIx, need: f64, walk: &Walk) -> Vec<(NodeIx, Loose)> {
    let preparation = context.preparation();
    let components = preparation.components();
    let mut order: Vec<NodeIx> = walk.found().collect();
    // Downstream components have lower numbers.
    order.sort_by_key(|&node| (components.of(node.0), node));
    let mut age: FxHashMap<NodeIx, (f64, Option<NodeIx>)> = FxHashMap::default();
    let mut found: BTreeMap<NodeIx, Loose> = BTreeMap::new();
    for node in order {
        let own = hours(context.graph, node);
        let readers: Vec<(NodeIx, f64)> = preparation
            .downstream()
            .of(node.0)
            .iter()
            .map(|&reader| NodeIx(reader))
            .filter(|&reader| components.of(reader.0) != components.of(node.0))
            .filter_map(|reader| Some((reader, age.get(&reader)?.0)))
            .collect();
        let oldest = |of: &mut dyn Iterator<Item = &(NodeIx, f64)>| {
            of.copied().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        };
        // The step at which the need is passed: behind it there is still time left.
        if let Some((next, behind)) = oldest(&mut readers.iter().filter(|(_, age)| *age <= need))
            && own > 0.0
            && own + behind > need
        {
            let mut way = vec![node];
            way.extend(std::iter::successors(Some(next), |step| age.get(step)?.1));
            let most = |&step: &NodeIx| (hours(context.graph, step), std::cmp::Reverse(step));
            let subject = way
                .iter()
                .copied()
                .max_by(|a, b| most(a).0.total_cmp(&most(b).0).then(most(a).1.cmp(&most(b).1)))
                .unwrap_or(node);
            let hours = own + behind;
            let longer = found.get(&subject).is_none_or(|before| hours > before.hours);
            if longer {
                found.insert(subject, Loose { model, hours, need, way });
            }
        }
        let next = oldest(&mut readers.iter());
        age.insert(node, (own + next.map_or(0.0, |(_, age)| age), next.map(|(next, _)| next)));
    }
    found.into_iter().collect()
}

fn finding(
    context: &Context<'_>,
    producer: NodeIx,
    unguarded: bool,
    mut ways: Vec<Loose>,
) -> Finding {
    let graph = context.graph;
    ways.sort_by(|a, b| {
        (b.hours / b.need).total_cmp(&(a.hours / a.need)).then(a.model.cmp(&b.model))
    });
    let (worst, count) = (ways.first().cloned(), ways.len());
    let parts = u8::from(unguarded) + u8::from(worst.is_some());
    let message =
        Words::made(move |graph| message(graph, producer, unguarded, worst.as_ref(), count));
    let mut finding = Finding::new(&META, graph, producer, message)
        .magnitude(0.5 * f64::from(parts) + count as f64 / 4.0);
    if unguarded {
        let to_models = context.ways_to_models();
        let reader = to_models.end(producer);
        if let Some(model) = reader.filter(|&model| ways.iter().all(|way| way.model != model)) {
            finding = finding.with("reader", model);
        }
        finding = finding
            .number("objectives, monitors and tests", 0.0, 1.0, "of them")
            .way("goes into", to_models.edges_from(graph, producer));
    }
    for way in ways {
        finding = finding
            .with("model", way.model)
            .number(("age at", way.model), way.hours, way.need, "hours")
            .way(("to", way.model), edges_along(graph, &way.way, prepares))
            .said(graph, way.model, Attr::FreshnessNeedHours, "what the model needs");
    }
    finding.said(graph, producer, Attr::FreshnessErrorHours, "counts as broken from")
}

/// `worst` is the first of as many `ways` that are too long.
fn message(
    graph: &SystemGraph,
    producer: NodeIx,
    lacks: bool,
    worst: Option<&Loose>,
    ways: usize,
) -> String {
    let mut parts: Vec<String> = Vec::new();
    if lacks {
        parts.push("has no objective, monitor or test".to_owned());
    }
    if let Some(worst) = worst {
        let with = worst.way.iter().filter(|&&step| step != producer && hours(graph, step) > 0.0);
        let with: Vec<&str> = with.map(|&step| graph.name(step)).collect();
        let together = match with.as_slice() {
            [] => String::new(),
            some => format!(" together with {}", listed(some.iter().copied())),
        };
        let more = match ways - 1 {
            0 => String::new(),
            1 => "; one more model needs it younger".to_owned(),
            more => format!("; {more} more models need it younger"),
        };
        parts.push(format!(
            "may be {} hours old{together} where model `{}` needs {}{more}",
            significant(worst.hours),
            graph.name(worst.model),
            significant(worst.need)
        ));
    }
    format!("{} {}", graph.title(producer), parts.join(", and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_a_producer_that_promises_nothing() {
        let judged = judge(
            &UpstreamObjective,
            "source s\njob j\ndataset d objective=daily\nmodel m\ns -reads-> j\nj -writes-> d\nd -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["s warning"]);
        assert_eq!(judged.others("reader"), ["m"]);
    }

    #[test]
    fn a_promise_a_monitor_or_a_test_is_enough_and_what_trains_nothing_is_free() {
        let judged = judge(
            &UpstreamObjective,
            "source a sla=daily\nsource b\nmonitor w\nsource c\ntest t\nsource free\nmodel m freshness_need_hours=9\n\
             a -input_to-> m\nb -reads-> w\nb -input_to-> m\nc -reads-> t\nc -input_to-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn ages_add_up_along_the_way() {
        let chain = |need: u32| {
            format!(
                "dataset clicks objective=x freshness_error_hours=8\njob cut\ndataset sessions objective=x freshness_error_hours=48\n\
                 signal s\nmodel m freshness_need_hours={need}\nclicks -reads-> cut\ncut -writes-> sessions\n\
                 sessions -derives-> s\ns -input_to-> m"
            )
        };
        assert_eq!(judge(&UpstreamObjective, &chain(56)).status, Status::Pass);
        let judged = judge(&UpstreamObjective, &chain(50));
        assert_eq!(judged.subjects(), ["sessions warning"]);
        assert_eq!(judged.others("model"), ["m"]);
        assert!(judged.message(0).contains("may be 56 hours old together with `clicks`"));
        let judged = judge(&UpstreamObjective, &chain(12));
        assert!(judged.message(0).contains("may be 48 hours old where"));
    }

    #[test]
    fn a_cycle_of_datasets_ends() {
        let judged = judge(
            &UpstreamObjective,
            "dataset d objective=x freshness_error_hours=9\njob j\nmodel m freshness_need_hours=9\nd -reads-> j\nj -writes-> d\nd -input_to-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn where_nobody_promises_or_needs_it_is_open() {
        let judged = judge(&UpstreamObjective, "source s\nmodel m\ns -input_to-> m");
        assert_eq!(judged.status, Status::Open);
        assert_eq!(judge(&UpstreamObjective, "source s").status, Status::Open);
    }
}
