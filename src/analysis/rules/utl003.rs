//! UTL003, epsilon feature.

use crate::analysis::usefulness::Loss;
use crate::analysis::words::{counted, percent, significant};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{EdgeIx, NodeIx, NodeKind, TableKind};
use rustc_hash::FxHashSet;

#[derive(Debug)]
pub(super) struct EpsilonFeature;

static EPSILON: Parameter = Parameter {
    key: "epsilon",
    default: 0.001,
    range: (0.0, 1.0),
    unit: "relative gain",
    doc: "A gain that is surely smaller is not worth a dependency.",
};

static SEEDS: Parameter = Parameter {
    key: "seeds",
    default: 3.0,
    range: (1.0, 100.0),
    unit: "seeds",
    doc: "With fewer trainings the error of a measurement is not known.",
};

static CORRELATION: Parameter = Parameter {
    key: "correlation",
    default: 0.8,
    range: (0.0, 1.0),
    unit: "",
    doc: "Signals that correlate so strongly stand in for one another, so that neither is missed alone.",
};

static CHEAPNESS: Parameter = Parameter {
    key: "gain_per_cost",
    default: 0.1,
    range: (0.0, 1.0),
    unit: "share of the median",
    doc: "In the bottom tenth of gain per hour of cost, a feature below this share of the model's median is found.",
};

/// Fewer features than these have no bottom tenth.
const LEAST_FEATURES: usize = 5;

static META: RuleMeta = RuleMeta {
    code: "UTL003",
    name: "epsilon feature",
    section: Section::DataDependencies,
    weight: Weight::Note,
    remedy: "Take it out, unless it is needed for something that the metric does not show.",
    verify: "The model trained without it is as good, slice by slice.",
    parameters: &[&EPSILON, &SEEDS, &CORRELATION, &CHEAPNESS],
    docs: "\
## What it does
Finds features whose gain is surely tiny: the upper end of its 95 % interval lies below a tenth of a per cent. That is a test of
equivalence. A gain that is merely not significant may be large, and is not found. Also finds features in the bottom tenth of gain for
the hours that they cost, where they give a small part of what is usual in the model.

A feature with a stand-in that is not missed alone either is left to the rule on correlated features. Features without an ablation of
enough seeds are open.

## Why it is bad
Each feature is a dependency that can break, and makes the next change harder. A tiny gain does not pay for that.

## Example
The keyboard layout gains at most .07 %, and takes 19 hours to measure.

## How to fix
Train without it, compare by slice, and delete what computes it.

## How to verify
The metric stays within its error, in every slice that matters.

## References
Sculley et al. 2015, §3, underutilized data dependencies: ε-features.
",
};

impl Rule for EpsilonFeature {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for model in context.nodes_of(NodeKind::Model) {
            let features = context.features_of(model);
            let inside: FxHashSet<NodeIx> = features.iter().map(|&(signal, _)| signal).collect();
            let usual = usual_gain(context, model, features);
            for &(signal, edge) in features {
                let Some(loss) = measured(context, signal, model) else {
                    let missing = "ablation with enough seeds";
                    verdicts.open(Open { subject: Some(signal), missing });
                    continue;
                };
                verdicts.judged();
                if has_stand_in(context, signal, model, &inside) {
                    continue;
                }
                if loss.upper() < context.value(&META, &EPSILON) {
                    verdicts.found(tiny(context, signal, model, edge, &loss));
                } else if let Some(usual) = &usual
                    && let Some(finding) = costly(context, signal, model, edge, &loss, usual)
                {
                    verdicts.found(finding);
                }
            }
        }
    }
}

fn measured<'a>(context: &Context<'a>, signal: NodeIx, model: NodeIx) -> Option<Loss<'a>> {
    let seeds = context.value(&META, &SEEDS);
    let loss = context.usefulness().last_loss(signal, model)?;
    (f64::from(loss.measured.seeds) >= seeds).then_some(loss)
}

fn has_stand_in(
    context: &Context<'_>,
    signal: NodeIx,
    model: NodeIx,
    inside: &FxHashSet<NodeIx>,
) -> bool {
    let (rho, epsilon) = (context.value(&META, &CORRELATION), context.value(&META, &EPSILON));
    context.usefulness().stand_in(signal, model, inside, rho, epsilon).is_some()
}

/// Gain per hour of cost; `None` where the cost is not known.
fn gain_per_hour(loss: &Loss<'_>) -> Option<f64> {
    loss.measured.cost_hours.filter(|&hours| hours > 0.0).map(|hours| loss.measured.delta / hours)
}

/// What features of a model give for their cost.
struct Usual {
    median: f64,
    /// The largest of the bottom tenth.
    bottom: f64,
}

fn usual_gain(
    context: &Context<'_>,
    model: NodeIx,
    features: &[(NodeIx, EdgeIx)],
) -> Option<Usual> {
    let mut gains: Vec<f64> = features
        .iter()
        .filter_map(|&(signal, _)| gain_per_hour(&measured(context, signal, model)?))
        .collect();
    if gains.len() < LEAST_FEATURES {
        return None;
    }
    gains.sort_by(f64::total_cmp);
    let tenth = gains.len().div_ceil(10);
    Some(Usual { median: gains[gains.len() / 2], bottom: gains[tenth - 1] })
}

fn tiny(
    context: &Context<'_>,
    signal: NodeIx,
    model: NodeIx,
    edge: EdgeIx,
    loss: &Loss<'_>,
) -> Finding {
    let message = format!(
        "Signal `{}` gains model `{}` at most {} ({})",
        context.name(signal),
        context.name(model),
        percent(loss.upper().max(0.0)),
        counted(loss.measured.seeds as usize, "seed", "seeds"),
    );
    let epsilon = context.value(&META, &EPSILON);
    base(context, signal, model, edge, loss, message).number(
        "upper end of the 95 % interval of its gain",
        loss.upper(),
        epsilon,
        "",
    )
}

fn costly(
    context: &Context<'_>,
    signal: NodeIx,
    model: NodeIx,
    edge: EdgeIx,
    loss: &Loss<'_>,
    usual: &Usual,
) -> Option<Finding> {
    let gain = gain_per_hour(loss)?;
    let most = usual.median * context.value(&META, &CHEAPNESS);
    if gain > usual.bottom || gain >= most {
        return None;
    }
    let message = format!(
        "Signal `{}` gains model `{}` {} an hour of cost, where {} is usual",
        context.name(signal),
        context.name(model),
        percent(gain),
        percent(usual.median),
    );
    let cost = significant(loss.measured.cost_hours.unwrap_or(0.0));
    let label = format!("gain per hour, at a cost of {cost} hours");
    Some(base(context, signal, model, edge, loss, message).number(label, gain, most, "an hour"))
}

fn base(
    context: &Context<'_>,
    signal: NodeIx,
    model: NodeIx,
    edge: EdgeIx,
    loss: &Loss<'_>,
    message: String,
) -> Finding {
    let witness = Witness { edges: vec![edge], closed: false };
    Finding::new(&META, context.graph, signal, message)
        .with("model", model)
        .because(Evidence::Rows { table: TableKind::Ablation, rows: vec![loss.row] })
        .because(Evidence::Walk { label: "goes into the model".into(), witness })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, ablation, correlation, graph_with, judge, judge_graph};
    use crate::model::{AblationRow, Row};

    fn judged(text: &str, rows: Vec<Row<AblationRow>>, rho: &[(&str, &str, f64)]) -> Judged {
        let graph = graph_with(text, |tables| {
            tables.ablation = rows;
            tables.correlation =
                rho.iter().map(|&(a, b, rho)| correlation(a, b, rho, "2026-10")).collect();
        });
        judge_graph(&EpsilonFeature, graph)
    }

    fn one(delta: f64, std_error: f64) -> Judged {
        let rows = vec![ablation("s", "m", delta, std_error, "2026-10-12")];
        judged("signal s\nmodel m\ns -input_to-> m", rows, &[])
    }

    #[test]
    fn fires_when_even_the_upper_end_is_tiny() {
        let found = one(0.0003, 0.0002);
        assert_eq!(found.subjects(), ["s note"]);
        assert_eq!(found.others("model"), ["m"]);
        assert!(found.message(0).contains("at most 0.069 %"));
        assert_eq!(one(-0.002, 0.0002).subjects(), ["s note"]);
    }

    #[test]
    fn not_significant_is_not_useless() {
        let found = one(0.0003, 0.0009);
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn stand_ins_are_left_to_the_rule_on_correlated_features() {
        let text = "signal s\nsignal t\nmodel m\ns -input_to-> m\nt -input_to-> m";
        let rows = |t| {
            vec![
                ablation("s", "m", 0.0001, 0.0002, "2026-10-12"),
                ablation("t", "m", t, 0.0002, "2026-10-12"),
            ]
        };
        assert!(judged(text, rows(0.0001), &[("s", "t", 0.96)]).findings.is_empty());
        assert_eq!(
            judged(text, rows(0.02), &[("s", "t", 0.96)]).subjects(),
            ["s note"],
            "the other stays"
        );
        assert_eq!(judged(text, rows(0.0001), &[("s", "t", 0.2)]).subjects(), ["s note", "t note"]);
    }

    #[test]
    fn fires_on_little_gain_for_its_cost() {
        let names = ["a", "b", "c", "d", "e", "f"];
        let text: String = std::iter::once("model m\n".to_owned())
            .chain(names.iter().map(|name| format!("signal {name}\n{name} -input_to-> m\n")))
            .collect();
        let rows = |last: f64| {
            names
                .iter()
                .map(|name| {
                    let mut row = ablation(name, "m", 0.01, 0.0004, "2026-10-12");
                    row.row.cost_hours = Some(if *name == "f" { last } else { 5.0 });
                    row
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(judged(&text, rows(80.0), &[]).subjects(), ["f note"]);
        assert!(judged(&text, rows(20.0), &[]).findings.is_empty(), "a quarter of the usual");
    }

    #[test]
    fn without_ablation_or_with_one_seed_it_is_open() {
        assert_eq!(
            judge(&EpsilonFeature, "signal s\nmodel m\ns -input_to-> m").status,
            Status::Open
        );
        let mut row = ablation("s", "m", 0.0, 0.0, "2026-10-12");
        row.row.seeds = 1;
        assert_eq!(
            judged("signal s\nmodel m\ns -input_to-> m", vec![row], &[]).status,
            Status::Open
        );
    }
}
