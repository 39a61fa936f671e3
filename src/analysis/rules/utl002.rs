//! UTL002, bundled feature.

use crate::analysis::usefulness::Loss;
use crate::analysis::words::percent;
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, NodeIx, NodeKind, TableKind};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct BundledFeature;

static EPSILON: Parameter = Parameter {
    key: "epsilon",
    default: 0.001,
    range: (0.0, 1.0),
    unit: "relative loss",
    doc: "A member whose absence costs no more than this is not needed; a bundle whose absence costs more is.",
};

static CORRELATION: Parameter = Parameter {
    key: "correlation",
    default: 0.8,
    range: (0.0, 1.0),
    unit: "",
    doc: "Members that correlate so strongly stand in for one another, so that neither is missed alone.",
};

static META: RuleMeta = RuleMeta {
    code: "UTL002",
    name: "bundled feature",
    section: Section::DataDependencies,
    weight: Weight::Warning,
    remedy: "Take the member out and keep the rest of the bundle.",
    verify: "The model trained without it is as good, slice by slice.",
    parameters: &[&EPSILON, &CORRELATION],
    docs: "\
## What it does
Finds features that came in with a bundle that helps, and that do not help themselves. The ablation table holds the bundle as
`bundle:NAME`. Members that stand in for one another are left to the rule on correlated features: each is missed only when both are gone.
So are bundles of which no member is missed alone. Without an ablation of the bundle and of its members the rule is open.

## Why it is bad
A bundle is judged as one, under pressure of time. What came along for the ride costs as much to keep as what carries it.

## Example
Style and length of the ad's text were added together and gained .3 %. The style alone gains as much.

## How to fix
Measure each member without the others, and take out those that give nothing.

## How to verify
The ablation table shows no loss for the model without the member.

## References
Sculley et al. 2015, §3, underutilized data dependencies: bundled features.
",
};

impl Rule for BundledFeature {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for model in context.nodes_of(NodeKind::Model) {
            let mut bundles: BTreeMap<&str, Vec<(NodeIx, EdgeIx)>> = BTreeMap::new();
            for &(signal, edge) in context.features_of(model) {
                if let Some(bundle) = context.graph.node(signal).attrs.text(Attr::Bundle) {
                    bundles.entry(bundle).or_default().push((signal, edge));
                }
            }
            for (bundle, members) in bundles {
                check_bundle(context, model, bundle, &members, verdicts);
            }
        }
    }
}

fn check_bundle(
    context: &Context<'_>,
    model: NodeIx,
    bundle: &str,
    members: &[(NodeIx, EdgeIx)],
    verdicts: &mut Verdicts,
) {
    let usefulness = context.usefulness();
    let epsilon = context.value(&META, &EPSILON);
    let Some(whole) = usefulness.bundle_loss(bundle, model) else {
        verdicts.open(Open { subject: Some(members[0].0), missing: "ablation of the bundle" });
        return;
    };
    let mut useless: Vec<(NodeIx, EdgeIx, Loss<'_>)> = Vec::new();
    let mut measured = 0;
    for &(signal, edge) in members {
        let Some(loss) = usefulness.last_loss(signal, model) else {
            verdicts.open(Open { subject: Some(signal), missing: "ablation" });
            continue;
        };
        verdicts.judged();
        measured += 1;
        if loss.measured.delta <= epsilon {
            useless.push((signal, edge, loss));
        }
    }
    let helps = whole.measured.delta > epsilon && whole.lower() > 0.0;
    let carry_together = useless.len() == measured && measured > 1;
    if !helps || carry_together {
        return;
    }
    let signals: FxHashSet<NodeIx> = members.iter().map(|&(signal, _)| signal).collect();
    let least = context.value(&META, &CORRELATION);
    for (signal, edge, loss) in useless {
        if usefulness.stand_in(signal, model, &signals, least, epsilon).is_none() {
            verdicts.found(finding(context, model, bundle, (signal, edge), &loss, &whole));
        }
    }
}

fn finding(
    context: &Context<'_>,
    model: NodeIx,
    bundle: &str,
    (signal, edge): (NodeIx, EdgeIx),
    loss: &Loss<'_>,
    whole: &Loss<'_>,
) -> Finding {
    let message = format!(
        "Signal `{}` came to model `{}` with bundle `{bundle}`, which is worth {}; without it alone the model loses {}",
        context.name(signal),
        context.name(model),
        percent(whole.measured.delta),
        percent(loss.measured.delta),
    );
    let epsilon = context.value(&META, &EPSILON);
    let said = context.graph.node(signal).attrs.get(Attr::Bundle);
    let at = said.map_or(context.graph.node(signal).at, |said| said.at);
    let witness = Witness { edges: vec![edge], closed: false };
    Finding::new(&META, context.graph, signal, message)
        .with("model", model)
        .number("loss without it", loss.measured.delta, epsilon, "")
        .number("loss without the bundle", whole.measured.delta, epsilon, "")
        .because(Evidence::Rows { table: TableKind::Ablation, rows: vec![whole.row, loss.row] })
        .because(Evidence::Place { label: format!("member of {bundle}").into(), at })
        .because(Evidence::Walk { label: "goes into the model".into(), witness })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, ablation, correlation, graph_with, judge, judge_graph};

    const MODEL: &str = "signal style bundle=text\nsignal length bundle=text\nsignal other\nmodel m\n\
                         style -input_to-> m\nlength -input_to-> m\nother -input_to-> m";

    fn judged(losses: &[(&str, f64)], rho: &[(&str, &str, f64)]) -> Judged {
        let graph = graph_with(MODEL, |tables| {
            tables.ablation = losses
                .iter()
                .map(|&(signal, delta)| ablation(signal, "m", delta, 0.0003, "2026-10-12"))
                .collect();
            tables.correlation =
                rho.iter().map(|&(a, b, rho)| correlation(a, b, rho, "2026-10")).collect();
        });
        judge_graph(&BundledFeature, graph)
    }

    #[test]
    fn fires_on_the_member_that_does_not_help() {
        let found = judged(&[("bundle:text", 0.0031), ("style", 0.0013), ("length", -0.0001)], &[]);
        assert_eq!(found.subjects(), ["length warning"]);
        assert_eq!(found.others("model"), ["m"]);
    }

    #[test]
    fn members_that_stand_in_for_one_another_are_both_left() {
        let losses = [("bundle:text", 0.0058), ("style", 0.0001), ("length", 0.0001)];
        assert!(judged(&losses, &[]).findings.is_empty(), "no member is missed alone");
        let rho = [("style", "length", 0.96)];
        assert!(judged(&losses[..2], &rho).findings.is_empty(), "the other may carry it");
    }

    #[test]
    fn is_silent_on_useful_members_and_useless_bundles() {
        let useful = [("bundle:text", 0.0031), ("style", 0.0013), ("length", 0.0011)];
        assert_eq!(judged(&useful, &[]).status, Status::Pass);
        let useless = [("bundle:text", 0.0009), ("style", 0.0013), ("length", 0.0)];
        assert_eq!(judged(&useless, &[]).status, Status::Pass);
    }

    #[test]
    fn without_an_ablation_of_bundle_or_member_it_is_open() {
        assert_eq!(judge(&BundledFeature, MODEL).status, Status::Open);
        assert_eq!(judged(&[("bundle:text", 0.0031)], &[]).status, Status::Open);
    }
}
