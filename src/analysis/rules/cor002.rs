//! COR002, improvement deadlock.

use crate::analysis::cascade::{Dependence, Use, dependences, use_of};
use crate::analysis::context::days_between;
use crate::analysis::metric::improvement;
use crate::analysis::words::counted;
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, DeploymentRow, EdgeIx, NodeIx, TableKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug)]
pub(super) struct ImprovementDeadlock;

static WINDOW_DAYS: Parameter = Parameter {
    key: "window_days",
    default: 14.0,
    range: (0.0, 365.0),
    unit: "days",
    doc: "A change downstream within these days of a gain upstream is laid to it.",
};

static GAINS: Parameter = Parameter {
    key: "gains",
    default: 2.0,
    range: (1.0, 1000.0),
    unit: "gains",
    doc: "So many gains must have been followed by a loss.",
};

static CHANCE: Parameter = Parameter {
    key: "chance",
    default: 0.25,
    range: (0.0, 1.0),
    unit: "probability",
    doc: "Largest probability that so many losses came by chance, by a one-sided sign test. Two of two is a quarter.",
};

/// A correction farther down than this hangs on too much else.
const STEPS: usize = 4;

static META: RuleMeta = RuleMeta {
    code: "COR002",
    name: "improvement deadlock",
    section: Section::Entanglement,
    weight: Weight::Error,
    remedy: "Judge changes by what the last model of the chain does, retrain the chain together, and take the corrections apart.",
    verify: "The next gain upstream is a gain downstream as well.",
    parameters: &[&WINDOW_DAYS, &GAINS, &CHANCE],
    docs: "\
## What it does
Finds models whose improvements harm the models that take in their output: gains in the deployments table that were followed, within a
window, by losses downstream, more often than chance explains. Whether a metric is better when it falls is read from its name. A cascade
between owners that is not judged together is shown for review, where no loss was seen yet. Without deployments it is open.

Where single predictions are at hand, what models did in the week after a gain of one that they rest on counts as a deployment.

## Why it is bad
Each model is better by itself, and the system is worse. Every owner is right not to move, so nothing can be improved any more.

## Example
Six releases of the click model gained .3 points each. After each of them the newcomers' correction lost as much.

## How to fix
Retrain the chain together and judge the whole (`joint_evaluation`). Then move the corrections into the first model.

## How to verify
Deploy the next gain: the models downstream gain as well, or stay.

## References
Sculley et al. 2015, §2, correction cascades: improving the accuracy of any individual component leads to system-level detriments.
",
};

impl Rule for ImprovementDeadlock {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let dependences = dependences(context);
        let mut locked: FxHashSet<NodeIx> = FxHashSet::default();
        if context.graph.tables().deployments.is_empty() && !dependences.is_empty() {
            verdicts.open(Open { subject: None, missing: "deployments" });
        }
        for (model, ways) in downstream(context, &dependences) {
            if gains(context, model).is_empty() {
                continue;
            }
            let harmed: Vec<Harm> =
                ways.into_iter().filter_map(|way| harm(context, model, way)).collect();
            verdicts.judged();
            if harmed.iter().any(|harm| harm.is_harmed) {
                let harmed: Vec<Harm> = harmed.into_iter().filter(|harm| harm.is_harmed).collect();
                locked.extend(harmed.iter().map(|harm| harm.model));
                verdicts.found(deadlock(context, model, &harmed));
            }
        }
        for dependence in &dependences {
            if !locked.contains(&dependence.model) {
                unjudged(context, dependence, verdicts);
            }
        }
    }
}

/// A model downstream with the way to it.
type Way = (NodeIx, Vec<EdgeIx>);

/// By model that was deployed: what takes in its output, directly or through other models, once each.
fn downstream(context: &Context<'_>, dependences: &[Dependence]) -> BTreeMap<NodeIx, Vec<Way>> {
    let mut readers: FxHashMap<NodeIx, Vec<&Dependence>> = FxHashMap::default();
    for dependence in dependences {
        readers.entry(dependence.base).or_default().push(dependence);
    }
    let mut all = BTreeMap::new();
    for model in context.measured.deployment_model().spoken_of() {
        let mut seen = FxHashSet::default();
        seen.insert(model);
        let mut open: VecDeque<(Way, usize)> = VecDeque::from([((model, Vec::new()), 0)]);
        let mut ways: Vec<Way> = Vec::new();
        while let Some(((here, way), steps)) = open.pop_front() {
            for step in readers.get(&here).into_iter().flatten().filter(|_| steps < STEPS) {
                if seen.insert(step.model) {
                    let mut on = way.clone();
                    on.extend(&step.edges);
                    ways.push((step.model, on.clone()));
                    open.push_back(((step.model, on), steps + 1));
                }
            }
        }
        if !ways.is_empty() {
            all.insert(model, ways);
        }
    }
    all
}

/// Deployments of a model by day, with what they changed for the better.
fn changes<'a>(context: &Context<'a>, model: NodeIx) -> Vec<(u32, &'a DeploymentRow, f64)> {
    let table = &context.graph.tables().deployments;
    let mut rows: Vec<(u32, &DeploymentRow, f64)> = context
        .measured
        .deployment_model()
        .rows_of(model)
        .iter()
        .map(|&position| (position, &table[position as usize].row))
        .map(|(position, row)| (position, row, improvement(&row.metric, row.before, row.after)))
        .collect();
    rows.sort_by_key(|(position, row, _)| (row.date, *position));
    rows
}

fn gains<'a>(context: &Context<'a>, model: NodeIx) -> Vec<(u32, &'a DeploymentRow, f64)> {
    let mut gains = changes(context, model);
    gains.retain(|&(_, _, change)| change > 0.0);
    gains
}

/// What gains upstream did to one model.
struct Harm {
    model: NodeIx,
    way: Vec<EdgeIx>,
    /// Gains that were followed by a change, and by a loss.
    followed: usize,
    losses: usize,
    chance: f64,
    rows: Vec<u32>,
    is_harmed: bool,
}

/// Matches each gain with the first change downstream inside the window; a change counts for one gain.
fn harm(context: &Context<'_>, model: NodeIx, (reader, way): Way) -> Option<Harm> {
    let window = context.value(&META, &WINDOW_DAYS);
    let after = changes(context, reader);
    let (mut followed, mut losses, mut rows) = (0, 0, Vec::new());
    let mut next = 0;
    for (position, gain, _) in gains(context, model) {
        while after.get(next).is_some_and(|(_, row, _)| row.date < gain.date) {
            next += 1;
        }
        let Some(&(reaction, row, change)) = after.get(next) else { break };
        let days = days_between(gain.date, row.date);
        if f64::from(days) > window || change == 0.0 {
            continue;
        }
        next += 1;
        followed += 1;
        if change < 0.0 {
            losses += 1;
            rows.extend([position, reaction]);
        }
    }
    let chance = chance_of_at_least(losses, followed);
    let is_harmed =
        losses as f64 >= context.value(&META, &GAINS) && chance <= context.value(&META, &CHANCE);
    (followed > 0).then_some(Harm { model: reader, way, followed, losses, chance, rows, is_harmed })
}

/// Probability of `losses` or more among `all` if losses and gains were equally likely.
fn chance_of_at_least(losses: usize, all: usize) -> f64 {
    let mut ways = 1.0;
    let mut sum = 0.0;
    for count in 0..=all {
        if count >= losses {
            sum += ways;
        }
        ways *= (all - count) as f64 / (count + 1) as f64;
    }
    sum / 2f64.powi(all as i32)
}

fn deadlock(context: &Context<'_>, model: NodeIx, harmed: &[Harm]) -> Finding {
    let worst = harmed.iter().map(|harm| harm.losses).max().unwrap_or(0);
    let parts: Vec<String> = harmed
        .iter()
        .map(|harm| {
            format!("`{}` ({} of {})", context.name(harm.model), harm.losses, harm.followed)
        })
        .collect();
    let message = format!(
        "Gains of model `{}` were followed within {} days by losses of {}",
        context.name(model),
        context.value(&META, &WINDOW_DAYS),
        parts.join(", ")
    );
    let surest = harmed.iter().map(|harm| harm.chance).fold(1.0, f64::min);
    let mut finding = Finding::new(&META, context.graph, model, message)
        .confidence(1.0 - surest)
        .magnitude(worst as f64 / 2.0);
    for harm in harmed {
        let name = context.name(harm.model);
        let witness = Witness { edges: harm.way.clone(), closed: false };
        finding = finding
            .with("harmed", harm.model)
            .number(
                format!(
                    "gains that {name} answered with a loss, of {}",
                    counted(harm.followed, "gain", "gains")
                ),
                harm.losses as f64,
                context.value(&META, &GAINS),
                "gains",
            )
            .number(
                format!("probability that {name} lost so often by chance"),
                harm.chance,
                context.value(&META, &CHANCE),
                "",
            )
            .because(Evidence::Walk { label: format!("how {name} takes it in").into(), witness })
            .because(Evidence::Rows { table: TableKind::Deployments, rows: harm.rows.clone() });
    }
    finding
}

/// A correction between owners that nobody judges together with what it corrects.
fn unjudged(context: &Context<'_>, dependence: &Dependence, verdicts: &mut Verdicts) {
    /// As in COR001, whose parameter a project may set; here only a person is asked.
    const LEAST_IMPORTANCE: f64 = 0.5;
    let graph = context.graph;
    if !matches!(use_of(context, dependence, LEAST_IMPORTANCE), Use::Correction { .. }) {
        return;
    }
    let owners = (graph.node(dependence.base).owner, graph.node(dependence.model).owner);
    let (Some(base), Some(own)) = owners else {
        verdicts.open(Open { subject: Some(dependence.model), missing: "owner" });
        return;
    };
    verdicts.judged();
    let joint = graph.node(dependence.model).attrs.flag(Attr::JointEvaluation);
    if base == own || joint == Some(true) {
        return;
    }
    let message = format!(
        "Model `{}` of {} corrects `{}` of {}, and {}",
        context.name(dependence.model),
        context.name(own),
        context.name(dependence.base),
        context.name(base),
        match joint {
            Some(_) => "the two are not judged together",
            None => "nothing says that the two are judged together",
        }
    );
    let witness = Witness { edges: dependence.edges.clone(), closed: false };
    let label = "what it corrects".into();
    verdicts.found(
        Finding::new(&META, graph, dependence.model, message)
            .weight(Weight::Review)
            .with("corrected", dependence.base)
            .because(Evidence::Walk { label, witness }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, day, graph_with, judge_graph, row};

    const PAIR: &str = "model a owner=ads\nprediction p\nmodel b owner=ads\na -emits-> p\np -input_to-> b role=feature importance=0.3";

    /// Deployments as model, day, before, after.
    fn judged(text: &str, metric: &str, deployments: &[(&str, &str, f64, f64)]) -> Judged {
        let rows = deployments.iter().map(|&(model, date, before, after)| {
            row(DeploymentRow {
                model: model.into(),
                version: "1".into(),
                date: day(date),
                metric: metric.into(),
                before,
                after,
            })
        });
        let graph = graph_with(text, |tables| tables.deployments = rows.collect());
        judge_graph(&ImprovementDeadlock, graph)
    }

    const TWICE: &[(&str, &str, f64, f64)] = &[
        ("a", "2026-05-01", 0.7, 0.8),
        ("b", "2026-05-10", 0.6, 0.5),
        ("a", "2026-06-01", 0.8, 0.9),
        ("b", "2026-06-15", 0.5, 0.4),
    ];

    #[test]
    fn fires_when_gains_are_followed_by_losses() {
        let found = judged(PAIR, "auc", TWICE);
        assert_eq!(found.subjects(), ["a error"]);
        assert_eq!(found.others("harmed"), ["b"]);
        assert!(found.message(0).ends_with("losses of `b` (2 of 2)"));
    }

    #[test]
    fn follows_the_cascade_to_models_farther_down() {
        let text = format!(
            "{PAIR}\nprediction q\nmodel c owner=ads\nb -emits-> q\nq -input_to-> c role=feature"
        );
        let rows: Vec<_> = TWICE
            .iter()
            .map(|&(model, date, before, after)| {
                (if model == "b" { "c" } else { model }, date, before, after)
            })
            .collect();
        assert_eq!(judged(&text, "auc", &rows).others("harmed"), ["c"]);
    }

    #[test]
    fn is_silent_outside_the_window_by_chance_and_once() {
        let late: Vec<_> = TWICE
            .iter()
            .map(|&(model, date, before, after)| {
                (model, if model == "b" { "2026-07-15" } else { date }, before, after)
            })
            .collect();
        assert!(judged(PAIR, "auc", &late).findings.is_empty());
        assert!(judged(PAIR, "auc", &TWICE[..2]).findings.is_empty(), "once");
        let mut mixed = TWICE.to_vec();
        mixed.extend([("a", "2026-07-01", 0.9, 0.91), ("b", "2026-07-05", 0.4, 0.6)]);
        let found = judged(PAIR, "auc", &mixed);
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn errors_that_fall_are_gains() {
        assert!(judged(PAIR, "rmse", TWICE).findings.is_empty(), "the first got worse");
    }

    #[test]
    fn a_cascade_between_owners_is_for_review() {
        let text = "model a owner=ads target_family=x\nprediction p\nmodel b owner=web target_family=x\n\
                    a -emits-> p\np -input_to-> b role=residual";
        let found = judged(text, "auc", &[]);
        assert_eq!((found.status, found.subjects()), (Status::Review, vec!["b review".into()]));
        let joint = text.replace("model b", "model b joint_evaluation=yes");
        assert!(judged(&joint, "auc", &[]).findings.is_empty());
    }

    #[test]
    fn without_deployments_it_is_open() {
        assert_eq!(judged(PAIR, "auc", &[]).status, Status::Open);
    }

    #[test]
    fn chances_are_those_of_a_coin() {
        assert_eq!(chance_of_at_least(2, 2), 0.25);
        assert_eq!(chance_of_at_least(0, 3), 1.0);
        assert!((chance_of_at_least(5, 6) - 7.0 / 64.0).abs() < 1e-12);
    }
}
