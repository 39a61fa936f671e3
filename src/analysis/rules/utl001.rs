//! UTL001, legacy feature.

use crate::analysis::usefulness::{Loss, Pair, keep_order};
use crate::analysis::words::{counted, percent, significant};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, TableKind};
use jiff::civil::Date;
use rustc_hash::FxHashSet;

#[derive(Debug)]
pub(super) struct LegacyFeature;

static AGE_DAYS: Parameter = Parameter {
    key: "age_days",
    default: 180.0,
    range: (0.0, 3650.0),
    unit: "days",
    doc: "Younger features are left alone.",
};

static EPSILON: Parameter = Parameter {
    key: "epsilon",
    default: 0.001,
    range: (0.0, 1.0),
    unit: "relative loss",
    doc: "A feature whose absence costs no more than this is not needed.",
};

static CORRELATION: Parameter = Parameter {
    key: "correlation",
    default: 0.8,
    range: (0.0, 1.0),
    unit: "",
    doc: "A newer signal that correlates so strongly has made it redundant.",
};

static META: RuleMeta = RuleMeta {
    code: "UTL001",
    name: "legacy feature",
    section: Section::DataDependencies,
    weight: Weight::Warning,
    remedy: "Take the old feature out, keep the newer, and measure again.",
    verify: "The model trained without it is as good, slice by slice.",
    parameters: &[&AGE_DAYS, &EPSILON, &CORRELATION],
    docs: "\
## What it does
Finds features that were useful once, have been in for half a year or more, cost nothing to leave out now, and have a newer signal
beside them in the same model that correlates with them. Only the older of the two is proposed. Features with one ablation, or none, and
those without a known correlation stay open.

## Why it is bad
The old feature gives nothing and still can break the model: its producer may change, be late, or be deleted.

## Example
The share of the query's words in the title was worth two points in 2022. Since the match by meaning came, it is worth nothing.

## How to fix
Train without it, compare by slice, deploy, then delete what computes it.

## How to verify
The ablation table shows no loss, and the pipeline of the old feature is gone.

## References
Sculley et al. 2015, §3, underutilized data dependencies: legacy features.
",
};

impl Rule for LegacyFeature {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for model in context.nodes_of(NodeKind::Model) {
            let mut features = context.features_of(model).to_vec();
            let inside: FxHashSet<NodeIx> = features.iter().map(|&(signal, _)| signal).collect();
            // The newest first, so that what is to go is known before it is named as what stays.
            features.sort_by_cached_key(|&(signal, _)| {
                (std::cmp::Reverse(context.graph.node(signal).attrs.date(Attr::Introduced)), signal)
            });
            let mut going: FxHashSet<NodeIx> = FxHashSet::default();
            for (signal, edge) in features {
                match legacy(context, signal, model, &inside, &going) {
                    Verdict::Open(missing) => {
                        verdicts.open(Open { subject: Some(signal), missing });
                    }
                    Verdict::Needed => verdicts.judged(),
                    Verdict::Legacy(legacy) => {
                        verdicts.judged();
                        going.insert(signal);
                        verdicts.found(finding(context, signal, model, edge, &legacy));
                    }
                }
            }
        }
    }
}

enum Verdict<'c> {
    Needed,
    Open(&'static str),
    Legacy(Legacy<'c>),
}

struct Legacy<'c> {
    /// When it was worth most.
    once: Loss<'c>,
    now: Loss<'c>,
    since: Date,
    newer: NodeIx,
    pair: &'c Pair,
}

fn legacy<'c>(
    context: &'c Context<'_>,
    signal: NodeIx,
    model: NodeIx,
    inside: &FxHashSet<NodeIx>,
    going: &FxHashSet<NodeIx>,
) -> Verdict<'c> {
    let usefulness = context.usefulness();
    let epsilon = context.value(&META, &EPSILON);
    let Some(now) = usefulness.last_loss(signal, model) else {
        return Verdict::Open("ablation");
    };
    if now.measured.delta > epsilon {
        return Verdict::Needed;
    }
    let before = || usefulness.losses(signal, model).filter(|loss| loss.row != now.row);
    let Some(once) = before().max_by(|a, b| a.measured.delta.total_cmp(&b.measured.delta)) else {
        return Verdict::Open("an earlier ablation");
    };
    let first = before().map(|loss| loss.measured.date).min();
    let introduced = context.graph.node(signal).attrs.date(Attr::Introduced);
    let Some(since) = introduced.or(first) else { return Verdict::Open("introduced") };
    let was_useful = once.measured.delta > epsilon && once.lower() > 0.0;
    let old = context.age_days(since) as f64 >= context.value(&META, &AGE_DAYS);
    if !was_useful || !old {
        return Verdict::Needed;
    }
    let partners =
        || usefulness.pairs_of(signal).filter(|pair| inside.contains(&pair.partner(signal)));
    if partners().next().is_none() {
        return Verdict::Open("correlation with other signals");
    }
    let least = context.value(&META, &CORRELATION);
    let newer = partners().filter(|pair| {
        let partner = pair.partner(signal);
        pair.strongest.abs() >= least
            && !going.contains(&partner)
            && is_newer(context, partner, signal, since)
            && keep_order(context, partner) < keep_order(context, signal)
    });
    let strongest = |a: &&Pair, b: &&Pair| {
        a.strongest.abs().total_cmp(&b.strongest.abs()).then(b.ends.cmp(&a.ends))
    };
    newer.max_by(strongest).map_or(Verdict::Needed, |pair| {
        Verdict::Legacy(Legacy { once, now, since, newer: pair.partner(signal), pair })
    })
}

/// By its day, or because a manifest calls it the later version.
fn is_newer(context: &Context<'_>, partner: NodeIx, signal: NodeIx, since: Date) -> bool {
    let introduced = context.graph.node(partner).attrs.date(Attr::Introduced);
    introduced.is_some_and(|date| date > since)
        || context
            .edges_from(signal, |kind| kind == EdgeKind::VersionOf)
            .any(|edge| context.graph.edge(edge).to == partner)
}

fn finding(
    context: &Context<'_>,
    signal: NodeIx,
    model: NodeIx,
    edge: EdgeIx,
    legacy: &Legacy<'_>,
) -> Finding {
    let message = format!(
        "Signal `{}` was worth {} to model `{}` in {} and is worth {} now; the newer `{}` moves with it (correlation {})",
        context.name(signal),
        percent(legacy.once.measured.delta),
        context.name(model),
        legacy.once.measured.date.year(),
        percent(legacy.now.measured.delta),
        context.name(legacy.newer),
        significant(legacy.pair.strongest),
    );
    let age = context.age_days(legacy.since);
    let label = format!("in for {} as input", counted(age as usize, "day", "days"));
    let witness = Witness { edges: vec![edge], closed: false };
    Finding::new(&META, context.graph, signal, message)
        .with("model", model)
        .with("keep", legacy.newer)
        .number("loss without it", legacy.now.measured.delta, context.value(&META, &EPSILON), "")
        .number(
            "correlation with the newer signal",
            legacy.pair.strongest.abs(),
            context.value(&META, &CORRELATION),
            "",
        )
        .number("age", age as f64, context.value(&META, &AGE_DAYS), "days")
        .because(Evidence::Walk { label: label.into(), witness })
        .because(Evidence::Rows {
            table: TableKind::Ablation,
            rows: vec![legacy.once.row, legacy.now.row],
        })
        .because(Evidence::Rows { table: TableKind::Correlation, rows: legacy.pair.rows.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, ablation, correlation, graph_with, judge, judge_graph};

    const MODEL: &str = "signal old introduced=2020-06-15\nsignal new introduced=2025-08-18\nmodel m\n\
                         old -input_to-> m\nnew -input_to-> m";

    fn judged(text: &str, losses: &[(&str, &str, f64)], rho: &[(&str, &str, f64)]) -> Judged {
        let graph = graph_with(text, |tables| {
            tables.ablation = losses
                .iter()
                .map(|&(signal, date, delta)| ablation(signal, "m", delta, 0.0003, date))
                .collect();
            tables.correlation =
                rho.iter().map(|&(a, b, rho)| correlation(a, b, rho, "2026-10")).collect();
        });
        judge_graph(&LegacyFeature, graph)
    }

    const ONCE_USEFUL: &[(&str, &str, f64)] = &[
        ("old", "2022-04-19", 0.0214),
        ("old", "2026-10-12", 0.0001),
        ("new", "2026-10-12", 0.0207),
    ];

    #[test]
    fn fires_on_what_was_useful_before_a_newer_one_came() {
        let found = judged(MODEL, ONCE_USEFUL, &[("old", "new", 0.87)]);
        assert_eq!(found.subjects(), ["old warning"]);
        assert_eq!((found.others("model"), found.others("keep")), (vec!["m"], vec!["new"]));
    }

    #[test]
    fn never_proposes_both_of_a_pair() {
        let losses = [
            ("old", "2022-04-19", 0.0214),
            ("old", "2026-10-12", 0.0001),
            ("new", "2022-04-19", 0.0214),
            ("new", "2026-10-12", 0.0001),
        ];
        assert_eq!(judged(MODEL, &losses, &[("old", "new", 0.95)]).subjects(), ["old warning"]);
        let text = format!("{MODEL}\nsignal newest introduced=2025-12-01\nnewest -input_to-> m");
        let rho = [("old", "new", 0.95), ("new", "newest", 0.95)];
        assert_eq!(judged(&text, &losses, &rho).subjects(), ["new warning"], "one after the other");
        let causal = MODEL.replace("signal old", "signal old causal=yes");
        assert!(judged(&causal, ONCE_USEFUL, &[("old", "new", 0.87)]).findings.is_empty());
    }

    #[test]
    fn is_silent_on_what_is_young_useful_never_was_or_stands_alone() {
        let young = MODEL.replace("2020-06-15", "2026-06-15").replace("2025-08-18", "2026-08-18");
        assert!(judged(&young, ONCE_USEFUL, &[("old", "new", 0.87)]).findings.is_empty());
        assert!(judged(MODEL, ONCE_USEFUL, &[("old", "new", 0.79)]).findings.is_empty());
        let useful = [("old", "2022-04-19", 0.0214), ("old", "2026-10-12", 0.002)];
        assert!(judged(MODEL, &useful, &[("old", "new", 0.87)]).findings.is_empty());
        let never = [("old", "2022-04-19", 0.0004), ("old", "2026-10-12", 0.0001)];
        assert!(judged(MODEL, &never, &[("old", "new", 0.87)]).findings.is_empty());
    }

    #[test]
    fn without_ablations_or_correlations_it_is_open() {
        assert_eq!(judge(&LegacyFeature, MODEL).status, Status::Open);
        let open = judged(MODEL, ONCE_USEFUL, &[]).open;
        assert!(open.contains(&"old: correlation with other signals".to_owned()), "{open:?}");
    }
}
