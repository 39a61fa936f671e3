//! CFG005, violated constraint.

use super::cfg006::{Assertion, Measure};
use crate::analysis::words::{listed, significant};
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, Phase};

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
`latency_budget_ms`; and the number of signals must be what the configuration asserts. A requirement where nobody says what is provided,
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
            let parts = Parts::of(context, model);
            let checks = [
                requirements(context, &parts),
                exclusions(context, &parts),
                latency(context, &parts),
                assertions(context, &parts),
            ];
            let mut missing = Some("requires, excludes, latency_budget_ms or assertions");
            let mut judged = false;
            for check in checks {
                match check {
                    Check::NothingSaid => {}
                    Check::Open(what) => missing = Some(what),
                    Check::Judged(findings) => {
                        judged = true;
                        findings.into_iter().for_each(|finding| verdicts.found(finding));
                    }
                }
            }
            match missing.filter(|_| !judged) {
                Some(missing) => verdicts.open(Open { subject: Some(model), missing }),
                None => verdicts.judged(),
            }
        }
    }
}

enum Check {
    NothingSaid,
    Open(&'static str),
    Judged(Vec<Finding>),
}

/// A model with what is configured for it and what it takes in.
struct Parts {
    model: NodeIx,
    configs: Vec<NodeIx>,
    inputs: Vec<(NodeIx, EdgeIx, Phase)>,
}

impl Parts {
    fn of(context: &Context<'_>, model: NodeIx) -> Self {
        let graph = context.graph;
        let mut inputs: Vec<(NodeIx, EdgeIx, Phase)> = Vec::new();
        let mut configs: Vec<NodeIx> = Vec::new();
        for &edge in graph.incoming(model) {
            let from = graph.edge(edge).from;
            match graph.edge(edge).kind {
                EdgeKind::InputTo(phase) => inputs.push((from, edge, phase)),
                EdgeKind::Feeds if graph.node(from).kind == NodeKind::Config => configs.push(from),
                _ => {}
            }
        }
        Self { model, configs, inputs }
    }

    /// The model, its configurations and its inputs.
    fn all(&self) -> impl Iterator<Item = NodeIx> {
        let inputs = self.inputs.iter().map(|&(input, ..)| input);
        std::iter::once(self.model).chain(self.configs.iter().copied()).chain(inputs)
    }
}

/// Who should change it: the configuration where there is one that says `attr`, else the first, else the model.
fn responsible(context: &Context<'_>, parts: &Parts, attr: Attr) -> NodeIx {
    let says = |&&config: &&NodeIx| context.graph.node(config).attrs.get(attr).is_some();
    let config = parts.configs.iter().find(says).or(parts.configs.first());
    config.copied().unwrap_or(parts.model)
}

fn requirements(context: &Context<'_>, parts: &Parts) -> Check {
    let graph = context.graph;
    let required: Vec<(NodeIx, &str)> = parts
        .all()
        .flat_map(|node| {
            let list = graph.node(node).attrs.list(Attr::Requires).unwrap_or_default();
            list.iter().map(move |what| (node, &**what))
        })
        .collect();
    if required.is_empty() {
        return Check::NothingSaid;
    }
    let givers = parts
        .configs
        .iter()
        .copied()
        .chain(std::iter::once(parts.model))
        .chain(jobs(context, parts.model));
    let mut said = false;
    let mut provided: Vec<&str> = Vec::new();
    for giver in givers {
        let attrs = &graph.node(giver).attrs;
        said |= attrs.get(Attr::Provides).is_some();
        provided.extend(attrs.list(Attr::Provides).unwrap_or_default().iter().map(|item| &**item));
        let settings = attrs.settings(Attr::Settings).unwrap_or_default().iter();
        let on =
            settings.filter(|setting| !matches!(&*setting.value, "false" | "no" | "off" | "0"));
        provided.extend(on.map(|setting| &*setting.key));
    }
    let missing = |&&(_, what): &&(NodeIx, &str)| !provided.iter().any(|have| suffices(have, what));
    let missing: Vec<&(NodeIx, &str)> = required.iter().filter(missing).collect();
    if !missing.is_empty() && !said {
        return Check::Open("provides");
    }
    let finding = |&&(node, what): &&(NodeIx, &str)| {
        let subject = responsible(context, parts, Attr::Provides);
        let have = match provided.iter().find(|have| same_resource(have, what)) {
            Some(have) => format!("{have} is given"),
            None => "nothing gives it".to_owned(),
        };
        let message = format!(
            "{} needs {what}, and {have} to model `{}`",
            context.title(node),
            context.name(parts.model)
        );
        let mut found = Finding::new(&META, graph, subject, message)
            .said(graph, node, Attr::Requires, "requires")
            .said(graph, subject, Attr::Provides, "provides");
        if let (Some(need), Some(have)) = (
            amount(what),
            provided
                .iter()
                .find_map(|have| same_resource(have, what).then(|| amount(have)).flatten()),
        ) {
            found = found.number(format!("given of {what}"), have, need, "");
        }
        if node != subject {
            found = found.with("requires", node);
        }
        if subject != parts.model {
            found = found.with("model", parts.model);
        }
        if let Some(&(_, edge, _)) = parts.inputs.iter().find(|&&(input, ..)| input == node) {
            found = found.way(format!("goes into {}", context.name(parts.model)), vec![edge]);
        }
        found
    };
    Check::Judged(missing.iter().map(finding).collect())
}

/// Jobs that hand something to the model directly.
fn jobs<'a>(context: &Context<'a>, model: NodeIx) -> impl Iterator<Item = NodeIx> + 'a {
    let graph = context.graph;
    context
        .edges_into(model, EdgeKind::is_flow)
        .map(move |edge| graph.edge(edge).from)
        .filter(move |&from| graph.node(from).kind == NodeKind::Job)
}

/// Whether having `have` is having `what`: the same, or more of it.
fn suffices(have: &str, what: &str) -> bool {
    have == what
        || (same_resource(have, what)
            && amount(have).zip(amount(what)).is_some_and(|(have, need)| have >= need))
}

/// Whether two names differ in one number only: `memory_16g` and `memory_64g`.
fn same_resource(a: &str, b: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let without = |text: &str| text.replace(is_digit, "");
    amount(a).is_some() && amount(b).is_some() && without(a) == without(b)
}

/// The one number in a name.
fn amount(name: &str) -> Option<f64> {
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let digits = name[start..].find(|c: char| !c.is_ascii_digit() && c != '.');
    name[start..digits.map_or(name.len(), |end| start + end)].parse().ok()
}

fn exclusions(context: &Context<'_>, parts: &Parts) -> Check {
    let graph = context.graph;
    let mut said = false;
    let mut findings = Vec::new();
    for node in parts.all() {
        let Some(excluded) = graph.node(node).attrs.list(Attr::Excludes) else { continue };
        said = true;
        let own = parts.inputs.iter().find(|&&(input, ..)| input == node);
        for name in excluded {
            let other = parts.inputs.iter().find(|&&(input, _, phase)| {
                let is_meant = graph.find(name) == Some(input) || **name == *context.name(input);
                input != node && is_meant && own.is_none_or(|&(.., mine)| meet(mine, phase))
            });
            if let Some(&(input, edge, _)) = other {
                findings.push(excluding(
                    context,
                    parts,
                    node,
                    own.map(|&(_, edge, _)| edge),
                    input,
                    edge,
                ));
            }
        }
    }
    if said { Check::Judged(findings) } else { Check::NothingSaid }
}

/// Whether two inputs are taken in at the same time.
fn meet(a: Phase, b: Phase) -> bool {
    a == b || a == Phase::Both || b == Phase::Both
}

fn excluding(
    context: &Context<'_>,
    parts: &Parts,
    node: NodeIx,
    own: Option<EdgeIx>,
    other: NodeIx,
    edge: EdgeIx,
) -> Finding {
    let graph = context.graph;
    let message = format!(
        "Model `{}` takes in `{}`, which {} excludes",
        context.name(parts.model),
        context.name(other),
        match graph.node(node).kind {
            NodeKind::Signal => format!("its input `{}`", context.name(node)),
            _ => format!("its configuration `{}`", context.name(node)),
        }
    );
    let latency = |of: NodeIx| graph.node(of).attrs.number(Attr::LatencyMs);
    let mut finding = Finding::new(&META, graph, parts.model, message)
        .at(graph.edge(edge).at)
        .with("excludes", node)
        .with("excluded", other)
        .said(graph, node, Attr::Excludes, "excludes")
        .way(format!("{} goes in", context.name(other)), vec![edge]);
    if let Some(own) = own {
        finding = finding.way(format!("{} goes in", context.name(node)), vec![own]);
    }
    let budget = budget(context, parts).map(|(_, budget)| budget);
    if let (Some(a), Some(b), Some(budget)) = (latency(node), latency(other), budget) {
        finding = finding.number("latency of both", a + b, budget, "milliseconds");
    }
    finding
}

/// The least of the budgets that are said, and who says it.
fn budget(context: &Context<'_>, parts: &Parts) -> Option<(NodeIx, f64)> {
    let said = std::iter::once(parts.model).chain(parts.configs.iter().copied());
    said.filter_map(|node| {
        Some((node, context.graph.node(node).attrs.number(Attr::LatencyBudgetMs)?))
    })
    .min_by(|a, b| a.1.total_cmp(&b.1))
}

fn latency(context: &Context<'_>, parts: &Parts) -> Check {
    let graph = context.graph;
    let Some((says, budget)) = budget(context, parts) else { return Check::NothingSaid };
    let of = |node: NodeIx| graph.node(node).attrs.number(Attr::LatencyMs);
    let serving = parts.inputs.iter().filter(|&&(_, _, phase)| phase != Phase::Train);
    let mut times: Vec<(NodeIx, f64)> = Vec::new();
    let mut unknown = of(parts.model).is_none();
    for &(input, ..) in serving {
        match of(input).or_else(|| emitter(context, input).and_then(of)) {
            Some(time) => times.push((input, time)),
            None => unknown = true,
        }
    }
    times.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let sum = of(parts.model).unwrap_or(0.0) + times.iter().map(|(_, time)| time).sum::<f64>();
    if sum <= budget {
        return if unknown { Check::Open("latency_ms") } else { Check::Judged(Vec::new()) };
    }
    let slowest = listed(times.iter().take(2).map(|&(input, _)| context.name(input)));
    let most = if slowest.is_empty() { String::new() } else { format!("; the most for {slowest}") };
    let message = format!(
        "Model `{}` takes {} ms with what it takes in, and has {}{most}",
        context.name(parts.model),
        significant3(sum),
        significant3(budget)
    );
    let mut finding = Finding::new(&META, graph, parts.model, message)
        .number("latency of model and inputs", sum, budget, "milliseconds")
        .magnitude(sum / budget)
        .said(graph, says, Attr::LatencyBudgetMs, "budget")
        .said(graph, parts.model, Attr::LatencyMs, "its own latency");
    for (input, time) in times {
        let label = format!("{} takes {time} ms", context.name(input));
        finding = finding.with("input", input).said(graph, input, Attr::LatencyMs, label);
    }
    Check::Judged(vec![finding])
}

/// Milliseconds without a tail of digits.
fn significant3(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { significant(value) }
}

/// The model that emits a prediction.
fn emitter(context: &Context<'_>, prediction: NodeIx) -> Option<NodeIx> {
    let edge = context.edges_into(prediction, |kind| kind == EdgeKind::Emits).next()?;
    Some(context.graph.edge(edge).from)
}

/// Assertions on the number of signals, of configurations that feed this model alone.
fn assertions(context: &Context<'_>, parts: &Parts) -> Check {
    let graph = context.graph;
    let mut judged = false;
    let mut findings = Vec::new();
    for &config in &parts.configs {
        let list = graph.node(config).attrs.list(Attr::Assertions).unwrap_or_default();
        for assertion in list.iter().filter_map(|text| Assertion::parse(text)) {
            if assertion.measure != Measure::Signals {
                continue;
            }
            judged = true;
            let count = signals(context, parts) as f64;
            if !assertion.holds(count) {
                let message = format!(
                    "{} asserts {}, and model `{}` takes in {count}",
                    context.title(config),
                    assertion.text,
                    context.name(parts.model)
                );
                findings.push(
                    Finding::new(&META, graph, config, message)
                        .with("asserted of", parts.model)
                        .number("signals", count, assertion.bound, "signals")
                        .said(graph, config, Attr::Assertions, "asserts"),
                );
            }
        }
    }
    if judged { Check::Judged(findings) } else { Check::NothingSaid }
}

/// Signals and predictions that the model takes in, each once; answers and weights are none.
fn signals(context: &Context<'_>, parts: &Parts) -> usize {
    let graph = context.graph;
    let mut signals: Vec<NodeIx> = parts
        .inputs
        .iter()
        .filter(|&&(input, edge, _)| {
            let role = graph.edge(edge).attrs().text(Attr::Role);
            matches!(graph.node(input).kind, NodeKind::Signal | NodeKind::Prediction)
                && !matches!(role, Some("label" | "weight"))
        })
        .map(|&(input, ..)| input)
        .collect();
    signals.sort_unstable();
    signals.dedup();
    signals.len()
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
        assert!(judged.findings[0].message.contains("needs memory_64g, and memory_16g is given"));
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
        assert!(judged.findings[0].message.contains("takes 66 ms"));
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
