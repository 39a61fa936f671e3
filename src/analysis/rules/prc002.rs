//! PRC002, priority inversion.

use crate::analysis::preparation::{Walk, edges_along, prepares};
use crate::analysis::words::{counted, listed};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct PriorityInversion;

static MOST_ASKED: Parameter = Parameter {
    key: "most_asked",
    default: 1.0,
    range: (0.1, 100.0),
    unit: "of the pool",
    doc: "What all members of a pool may ask of it together.",
};

/// Shares are sums of decimals, so that ten tenths may be a little more than one.
const ROUNDING: f64 = 1e-9;

static META: RuleMeta = RuleMeta {
    code: "PRC002",
    name: "priority inversion",
    section: Section::OtherAreas,
    weight: Weight::Warning,
    remedy: "Give what a model waits for at least the model's priority, and let no pool be asked for more than it has.",
    verify: "No job upstream of a model has a lower `priority`, and the shares of each pool add up to at most 1.",
    parameters: &[&MOST_ASKED],
    docs: "\
## What it does
Finds jobs with a lower `priority` than a model that waits for them, and pools of which the members together ask for more than there is
(`pool_share`). One finding a job, with the most urgent model that it delays; one a pool, on the member that asks for the most. Jobs
upstream of a model with a priority stay open when they have none.

## Why it is bad
The model is first in the queue and waits for something that is last. On a bad day the scheduler does exactly what it was told, and the
model that matters most is the one that is late.

## Example
Sessions are cut at priority 20, after everything else. The click model, priority 85, waits for them every night.

## How to fix
Let priorities flow upstream: a job is as urgent as the most urgent thing that waits for it. Enlarge the pool or move members out.

## How to verify
Compare the numbers again; the job ends earlier.

## References
Sculley et al. 2015, §8, process management debt.
",
};

impl Rule for PriorityInversion {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        inversions(context, verdicts);
        pools(context, verdicts);
    }
}

fn priority(context: &Context<'_>, node: NodeIx) -> Option<f64> {
    context.graph.node(node).attrs.number(Attr::Priority)
}

/// Models claim what is upstream of them, the most urgent first, so that each step is visited once and
/// knows the most urgent model that waits for it.
fn inversions(context: &Context<'_>, verdicts: &mut Verdicts) {
    let urgent = |model: NodeIx| Some((priority(context, model)?, model));
    let mut models: Vec<(f64, NodeIx)> =
        context.nodes_of(NodeKind::Model).filter_map(urgent).collect();
    models.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut walk = Walk::new(context.graph.nodes().len());
    let mut claimed = 0;
    for (wanted, model) in models {
        walk.start(model);
        walk.run(context.preparation().upstream(), usize::MAX);
        for node in walk.found().skip(claimed) {
            let waits = &context.graph.node(node);
            if waits.kind != NodeKind::Job || !waits.defined {
                continue;
            }
            match priority(context, node) {
                None => verdicts.open(Open { subject: Some(node), missing: "priority" }),
                Some(own) => {
                    verdicts.judged();
                    if own < wanted {
                        verdicts.found(inverted(context, node, own, wanted, &walk.back(node)));
                    }
                }
            }
        }
        claimed = walk.count();
    }
}

fn inverted(context: &Context<'_>, job: NodeIx, own: f64, wanted: f64, way: &[NodeIx]) -> Finding {
    let graph = context.graph;
    let model = *way.last().unwrap_or(&job);
    let message = format!(
        "Job `{}` runs at priority {own}, and model `{}` at {wanted} waits for it",
        context.name(job),
        context.name(model)
    );
    Finding::new(&META, graph, job, message)
        .with("waits", model)
        .number("priority", own, wanted, "higher runs first")
        .magnitude(0.5 + (wanted - own).abs() / wanted.abs().max(1.0))
        .said(graph, job, Attr::Priority, "its priority")
        .said(graph, model, Attr::Priority, "that of what waits")
        .way(format!("{} waits", context.name(model)), edges_along(graph, way, prepares))
}

fn pools(context: &Context<'_>, verdicts: &mut Verdicts) {
    let mut members: BTreeMap<&str, Vec<(NodeIx, f64)>> = BTreeMap::new();
    for node in context.nodes_of(NodeKind::Job).chain(context.nodes_of(NodeKind::Model)) {
        let attrs = &context.graph.node(node).attrs;
        let Some(pool) = attrs.text(Attr::Pool) else { continue };
        match attrs.number(Attr::PoolShare) {
            Some(share) => {
                verdicts.judged();
                members.entry(pool).or_default().push((node, share));
            }
            None => verdicts.open(Open { subject: Some(node), missing: "pool_share" }),
        }
    }
    let most = context.value(&META, &MOST_ASKED);
    for (pool, mut members) in members {
        let asked: f64 = members.iter().map(|(_, share)| share).sum();
        if asked > most + ROUNDING {
            members.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            verdicts.found(oversubscribed(context, pool, asked, most, &members));
        }
    }
}

fn oversubscribed(
    context: &Context<'_>,
    pool: &str,
    asked: f64,
    most: f64,
    members: &[(NodeIx, f64)],
) -> Finding {
    let graph = context.graph;
    let message = format!(
        "Pool {pool} is asked for {} of itself by {}, most by {}",
        two_decimals(asked),
        counted(members.len(), "member", "members"),
        listed(members.iter().take(2).map(|&(node, _)| context.name(node)))
    );
    let mut finding = Finding::new(&META, graph, members[0].0, message)
        .number("asked of the pool", asked, most, "of the pool")
        .magnitude(asked / most);
    for &(member, share) in members {
        finding = finding.said(
            graph,
            member,
            Attr::PoolShare,
            format!("{} asks for {share}", context.name(member)),
        );
    }
    for &(member, _) in &members[1..] {
        finding = finding.with("member", member);
    }
    finding
}

/// `1.35`, `1.6`.
fn two_decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    const CHAIN: &str =
        "dataset d\ndataset e\nj -writes-> d\nd -reads-> k\nk -writes-> e\ne -input_to-> m\n";

    #[test]
    fn fires_on_jobs_that_the_model_outranks() {
        let judged = judge(
            &PriorityInversion,
            &format!("{CHAIN}job j priority=20\njob k priority=85\nmodel m priority=85"),
        );
        assert_eq!(judged.subjects(), ["j warning"]);
        assert_eq!(judged.others("waits"), ["m"]);
    }

    #[test]
    fn the_most_urgent_model_is_named() {
        let judged = judge(
            &PriorityInversion,
            &format!(
                "{CHAIN}job j priority=20\njob k priority=50\nmodel m priority=30\nmodel n priority=40\nd -input_to-> n"
            ),
        );
        assert_eq!(judged.subjects(), ["j warning"]);
        assert_eq!(judged.others("waits"), ["n"]);
    }

    #[test]
    fn is_silent_where_priorities_flow_upstream() {
        let judged = judge(
            &PriorityInversion,
            &format!(
                "{CHAIN}job j priority=90\njob k priority=85\nmodel m priority=85\njob free priority=1"
            ),
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn fires_on_a_pool_that_is_asked_for_too_much() {
        let judged = judge(
            &PriorityInversion,
            "job a pool=p pool_share=0.4\njob b pool=p pool_share=0.5\nmodel c pool=p pool_share=0.45\njob d pool=q pool_share=0.9",
        );
        assert_eq!(judged.subjects(), ["b warning"]);
        assert_eq!(judged.others("member"), ["c", "a"]);
        assert!(
            judged.message(0).starts_with("Pool p is asked for 1.35 of itself"),
            "{}",
            judged.message(0)
        );
    }

    #[test]
    fn ten_tenths_are_a_whole() {
        let text: String = (0..10).map(|n| format!("job j{n} pool=p pool_share=0.1\n")).collect();
        let judged = judge(&PriorityInversion, &text);
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_priorities_it_is_open() {
        let judged =
            judge(&PriorityInversion, &format!("{CHAIN}job j\njob k\nmodel m priority=85"));
        assert_eq!(judged.status, Status::Open);
        assert_eq!(judge(&PriorityInversion, "job j pool=p").status, Status::Open);
        assert_eq!(judge(&PriorityInversion, "model m priority=3").status, Status::Open);
    }
}
