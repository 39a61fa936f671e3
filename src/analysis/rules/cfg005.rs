//! CFG005, violated constraint.

use crate::analysis::constraint::{Assertion, Constraint, Demand, Parts, constraints};
use crate::analysis::words::{listed, significant};
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeIx, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct ViolatedConstraint;

static META: RuleMeta = RuleMeta {
    code: "CFG005",
    name: "violated constraint",
    section: Section::Configuration,
    weight: Weight::Error,
    remedy: "Give what is required, drop one of the two that exclude each other, or take out the slowest inputs.",
    verify: "Every requirement is provided, no input excludes another, and the latencies add up to less than the budget.",
    parameters: &[],
    docs: "\
## What it does
Holds each model against what its inputs and configurations say must be so: what one of them `requires` must be among what the model, its
configurations or its jobs `provide`, or be a setting (`memory_64g` is there where `memory_128g` is); what one `excludes` must not be
taken in beside it at the same time; the latencies of the model and of what it takes in when serving must add up to no more than
`latency_budget_ms`; and the number of signals and the closure of the data must be what the configuration asserts. A requirement where nobody says what is provided,
and a budget where latencies are missing, stay open.

## Why it is bad
Such constraints live in people's heads. Whoever adds a feature does not know that its table needs 64 GB, and the training swaps through
the night; or that its call leaves no time for another.

## Example
Z needs memory for its lookup. Q and R are each fast enough, and together they are not.

## How to fix
Write the constraint next to what it is about, so that it is checked at every change, and then change the configuration.

## How to verify
The finding names the numbers; measure again after the change.

## References
Sculley et al. 2015, §6, examples Z, Q and R.
",
};

impl Rule for ViolatedConstraint {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for model in context.nodes_of(NodeKind::Model) {
            let constraints = constraints(context, model);
            let unknown = constraints.iter().find(|constraint| constraint.holds.is_none());
            let missing = match unknown.map(|constraint| &constraint.what) {
                Some(Demand::Requires { .. }) => "provides",
                Some(_) => "latency_ms",
                None => "requires, excludes, latency_budget_ms or assertions",
            };
            if constraints.iter().all(|constraint| constraint.holds.is_none()) {
                verdicts.open(Open { subject: Some(model), missing });
                continue;
            }
            verdicts.judged();
            let parts = Parts::of(context, model);
            for constraint in constraints.iter().filter(|of| of.holds == Some(false)) {
                verdicts.found(finding(context, &parts, constraint));
            }
        }
    }
}

fn finding(context: &Context<'_>, parts: &Parts, constraint: &Constraint) -> Finding {
    let says = constraint.says;
    match &constraint.what {
        Demand::Requires { what, given } => {
            missing_resource(context, parts, constraint, what, given.as_deref())
        }
        Demand::Excludes { other, edges } => excluded(context, parts, says, *other, edges),
        Demand::Latency { times } => too_slow(context, parts, constraint, times),
        Demand::Asserts(assertion) => disproved(context, parts, constraint, assertion),
    }
}

/// Who should give it: the configuration that provides anything, else the first, else the model.
fn giver(context: &Context<'_>, parts: &Parts) -> NodeIx {
    let gives = |&&config: &&NodeIx| context.graph.node(config).attrs.has(Attr::Provides);
    let config = parts.configs.iter().find(gives).or(parts.configs.first());
    config.copied().unwrap_or(parts.model)
}

fn missing_resource(
    context: &Context<'_>,
    parts: &Parts,
    constraint: &Constraint,
    what: &str,
    given: Option<&str>,
) -> Finding {
    let (graph, says, subject) = (context.graph, constraint.says, giver(context, parts));
    let have = given.map_or("nothing gives it".to_owned(), |given| format!("{given} is given"));
    let message = format!(
        "{} needs {what}, and {have} to {}",
        context.title(says),
        context.named(parts.model)
    );
    let mut found = Finding::new(&META, graph, subject, message)
        .said(graph, says, Attr::Requires, "requires")
        .said(graph, subject, Attr::Provides, "provides");
    if let Some((have, need)) = constraint.numbers {
        found = found.number(format!("given of {what}"), have, need, "");
    }
    if says != subject {
        found = found.with("requires", says);
    }
    if subject != parts.model && says != parts.model {
        found = found.with("model", parts.model);
    }
    match parts.edge_of(says) {
        Some(edge) => found.way(("goes into", parts.model), vec![edge]),
        None => found,
    }
}

fn excluded(
    context: &Context<'_>,
    parts: &Parts,
    says: NodeIx,
    other: NodeIx,
    edges: &[EdgeIx],
) -> Finding {
    let graph = context.graph;
    let message = format!(
        "{} takes in `{}`, which {} excludes",
        context.title(parts.model),
        context.name(other),
        context.named(says)
    );
    let at = edges.last().map_or(graph.node(parts.model).at, |&edge| graph.details(edge).at);
    let mut found = Finding::new(&META, graph, parts.model, message)
        .at(at)
        .with("excludes", says)
        .with("excluded", other)
        .said(graph, says, Attr::Excludes, "excludes");
    for &edge in edges {
        found = found.way(format!("{} goes in", context.name(graph.edge(edge).from)), vec![edge]);
    }
    found
}

fn too_slow(
    context: &Context<'_>,
    parts: &Parts,
    constraint: &Constraint,
    times: &[(NodeIx, f64)],
) -> Finding {
    let graph = context.graph;
    let (sum, budget) = constraint.numbers.unwrap_or_default();
    let most = match times {
        [] => String::new(),
        _ => {
            let slowest = times.iter().take(2).map(|&(input, _)| context.name(input));
            format!("; the most for {}", listed(slowest))
        }
    };
    let message = format!(
        "{} takes {} ms with what it takes in, and has {}{most}",
        context.title(parts.model),
        milliseconds(sum),
        milliseconds(budget)
    );
    let mut found = Finding::new(&META, graph, parts.model, message)
        .number("latency of model and inputs", sum, budget, "milliseconds")
        .magnitude(sum / budget)
        .said(graph, constraint.says, Attr::LatencyBudgetMs, "budget")
        .said(graph, parts.model, Attr::LatencyMs, "its own latency");
    for &(input, time) in times {
        let label = format!("{} takes {time} ms", context.name(input));
        found = found.with("input", input).said(graph, input, Attr::LatencyMs, label);
    }
    found
}

/// Without a tail of digits.
fn milliseconds(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { significant(value) }
}

fn disproved(
    context: &Context<'_>,
    parts: &Parts,
    constraint: &Constraint,
    assertion: &Assertion,
) -> Finding {
    let (value, bound) = constraint.numbers.unwrap_or_default();
    let message = format!(
        "{} asserts {}, and {} has {value}",
        context.title(constraint.says),
        assertion.text,
        context.named(parts.model)
    );
    Finding::new(&META, context.graph, constraint.says, message)
        .with("asserted of", parts.model)
        .number(assertion.measure.title(), value, bound, "")
        .said(context.graph, constraint.says, Attr::Assertions, "asserts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn a_requirement_that_is_not_given_fires() {
        let judged = judge(
            &ViolatedConstraint,
            "signal z requires=memory_64g\nmodel m\nconfig c provides=memory_16g\nc -feeds-> m\nz -input_to-> m",
        );
        assert_eq!(judged.subjects(), ["c error"]);
        assert_eq!((judged.others("requires"), judged.others("model")), (vec!["z"], vec!["m"]));
        assert!(judged.message(0).contains("needs memory_64g, and memory_16g is given"));
    }

    #[test]
    fn as_much_and_more_is_enough_and_a_setting_counts() {
        for given in [
            "provides=memory_64g",
            "provides=memory_128g|gpu",
            "settings=memory_64g:yes provides=gpu",
        ] {
            let text = format!(
                "signal z requires=memory_64g\nmodel m\nconfig c {given}\nc -feeds-> m\nz -input_to-> m"
            );
            let judged = judge(&ViolatedConstraint, &text);
            assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]), "{given}");
        }
    }

    #[test]
    fn two_that_exclude_each_other_fire() {
        let judged = judge(
            &ViolatedConstraint,
            "signal q excludes=r\nsignal r\nmodel m\nq -input_to-> m\nr -input_to_serve-> m",
        );
        assert_eq!(judged.subjects(), ["m error"]);
        assert_eq!((judged.others("excludes"), judged.others("excluded")), (vec!["q"], vec!["r"]));
    }

    #[test]
    fn at_different_times_they_do_not_meet() {
        let judged = judge(
            &ViolatedConstraint,
            "signal q excludes=r|elsewhere\nsignal r\nmodel m\nq -input_to_train-> m\nr -input_to_serve-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn latencies_over_the_budget_fire_and_training_does_not_count() {
        let text = |budget: u32| {
            format!(
                "signal a latency_ms=28\nsignal b latency_ms=24\nsignal t latency_ms=180\nmodel m latency_ms=14 latency_budget_ms={budget}\n\
                 a -input_to-> m\nb -input_to_serve-> m\nt -input_to_train-> m"
            )
        };
        let judged = judge(&ViolatedConstraint, &text(65));
        assert_eq!(judged.subjects(), ["m error"]);
        assert!(judged.message(0).contains("takes 66 ms"));
        let judged = judge(&ViolatedConstraint, &text(66));
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn the_number_of_signals_is_held_to_its_assertion() {
        let text = |count: u32| {
            format!(
                "signal a\nsignal b\ndataset l\nmodel m\nconfig c assertions=signals={count}\na -input_to-> m\nb -input_to-> m\n\
                 l -input_to_train-> m role=label\nc -feeds-> m"
            )
        };
        assert_eq!(judge(&ViolatedConstraint, &text(2)).status, Status::Pass);
        assert_eq!(judge(&ViolatedConstraint, &text(3)).subjects(), ["c error"]);
        let closure = text(2).replace("signals=2", "closure<=2");
        assert_eq!(judge(&ViolatedConstraint, &closure).subjects(), ["c error"], "a, b and l");
    }

    #[test]
    fn what_is_not_said_is_open() {
        assert_eq!(judge(&ViolatedConstraint, "model m").status, Status::Open);
        let text = "signal z requires=memory_64g\nmodel m\nz -input_to-> m";
        assert_eq!(judge(&ViolatedConstraint, text).status, Status::Open);
        let text = "signal a\nmodel m latency_ms=1 latency_budget_ms=9\na -input_to-> m";
        assert_eq!(judge(&ViolatedConstraint, text).status, Status::Open);
    }
}
