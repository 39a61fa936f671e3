//! THR001, fixed threshold.

use crate::analysis::context::days_between;
use crate::analysis::decisions::Decisions;
use crate::analysis::words::percent;
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, TableKind};
use jiff::civil::Date;
use rustc_hash::FxHashSet;

#[derive(Debug)]
pub(super) struct FixedThreshold;

static LEAST_FALL: Parameter = Parameter {
    key: "least_fall",
    default: 0.1,
    range: (0.0, 1.0),
    unit: "share of what was right",
    doc: "By which part what is right among the decided must fall, where only decisions tell of a threshold.",
};

static LEAST_Z: Parameter = Parameter {
    key: "least_z",
    default: 4.0,
    range: (1.0, 100.0),
    unit: "standard errors",
    doc: "By how many standard errors it must fall, as a bias must differ for MON001.",
};

static META: RuleMeta = RuleMeta {
    code: "THR001",
    name: "fixed threshold",
    section: Section::ChangingWorld,
    weight: Weight::Warning,
    remedy: "Learn the threshold on held-out data after each training, for a goal that you state.",
    verify: "`set_by` is `learned`, or `set_on` is not before the last training of the model.",
    parameters: &[&LEAST_FALL, &LEAST_Z],
    docs: "\
## What it does
Finds thresholds that were set by hand before the last training of a model whose prediction they judge. It weighs more when no person
stands between the threshold and what is done (`automatic` on the threshold or on an action that it decides). Where the manifest
does not tell who set it and when, but there are rows of `decisions` or predictions from which they are counted, it finds thresholds
whose decisions are right less often in the later half of the days than in the earlier, by a tenth and beyond chance.

## Why it is bad
A threshold is chosen for the scores of one model. The next training moves the scores; the old number then trades precision and recall
in a way that nobody chose. With many models the thresholds are mended by hand, late and one by one.

## Example
Ads above .83 are blocked. The number is from February; the model was trained nine times since, and its scores rose.

## How to fix
Keep the goal, not the number: state the precision, recall or cost that is wanted, and learn the threshold on held-out data whenever the
model is trained.

## How to verify
The manifest says `set_by: learned`, or the day it was set is not before the model's last training.

## References
Sculley et al. 2015, §7, fixed thresholds in dynamic systems.
",
};

impl Rule for FixedThreshold {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for threshold in context.nodes_of(NodeKind::Threshold) {
            let decisions = Decisions::of(context, threshold);
            let judged = match (judge(context, threshold), &decisions) {
                (Ok(Some(finding)), Some(decisions)) => Ok(Some(decisions.tell(finding))),
                (Err(missing), Some(decisions)) => {
                    worn(context, threshold, decisions).ok_or(missing)
                }
                (judged, _) => judged,
            };
            match judged {
                Ok(None) => verdicts.judged(),
                Ok(Some(finding)) => {
                    verdicts.judged();
                    verdicts.found(finding);
                }
                Err(missing) => verdicts.open(Open { subject: Some(threshold), missing }),
            }
        }
    }
}

fn judge(context: &Context<'_>, threshold: NodeIx) -> Result<Option<Finding>, &'static str> {
    let attrs = &context.graph.node(threshold).attrs;
    if attrs.text(Attr::SetBy).ok_or("set_by")? != "hand" {
        return Ok(None);
    }
    let models = models_behind(context, threshold);
    let trained = models
        .iter()
        .filter_map(|(model, way)| Some((last_trained(context, *model)?, *model, way)));
    let (trained, model, way) =
        trained.max_by_key(|&(day, model, _)| (day, model)).ok_or("last_trained")?;
    let set_on = attrs.date(Attr::SetOn).ok_or("set_on")?;
    if set_on >= trained {
        return Ok(None);
    }
    let automatic = is_automatic(context, threshold);
    let message = format!(
        "Threshold `{}` was set by hand on {set_on}; `{}` was trained on {trained}{}",
        context.name(threshold),
        context.name(model),
        if automatic { ", and what it decides is done at once" } else { "" }
    );
    let days = days_between(set_on, trained);
    let witness = Witness { edges: way.clone(), closed: false };
    let mut finding = Finding::new(&META, context.graph, threshold, message)
        .weight(if automatic { Weight::Error } else { Weight::Warning })
        .with("model", model)
        .number("set before the last training", f64::from(days), 0.0, "days")
        .because(Evidence::Walk { label: ("judges", model).into(), witness });
    let runs = &context.graph.tables().runs;
    let since = context.measured.run_node().rows_of(model).iter().copied();
    let since = since.filter(|&row| runs[row as usize].row.date > set_on);
    finding = finding.rows(TableKind::Runs, since.collect::<Vec<_>>());
    if let Some(said) = attrs.get(Attr::SetOn) {
        finding =
            finding.at(said.at).because(Evidence::Place { label: "set on".into(), at: said.at });
    }
    if let Some(said) = context.graph.node(model).attrs.get(Attr::LastTrained) {
        finding = finding.because(Evidence::Place { label: "last trained".into(), at: said.at });
    }
    Ok(Some(finding))
}

/// A threshold of which only its decisions tell; `None` where they do not suffice.
fn worn(
    context: &Context<'_>,
    threshold: NodeIx,
    decisions: &Decisions,
) -> Option<Option<Finding>> {
    let [Some(before), Some(after)] = decisions.right() else { return None };
    let fell = decisions.fall()? >= context.value(&META, &LEAST_Z)
        && before - after >= before * context.value(&META, &LEAST_FALL);
    Some(fell.then(|| {
        let message = format!(
            "What threshold `{}` decides is right less often: {} in the later half of the days, where it was {}",
            context.name(threshold),
            percent(after),
            percent(before),
        );
        let automatic = is_automatic(context, threshold);
        let finding = Finding::new(&META, context.graph, threshold, message)
            .weight(if automatic { Weight::Error } else { Weight::Warning });
        decisions.tell(finding)
    }))
}

fn last_trained(context: &Context<'_>, model: NodeIx) -> Option<Date> {
    context.graph.node(model).attrs.date(Attr::LastTrained)
}

/// Models whose predictions it judges, each with the way from the model.
fn models_behind(context: &Context<'_>, threshold: NodeIx) -> Vec<(NodeIx, Vec<EdgeIx>)> {
    let mut found = Vec::new();
    let mut seen: FxHashSet<NodeIx> = FxHashSet::default();
    let mut open: Vec<(NodeIx, Vec<EdgeIx>)> = vec![(threshold, Vec::new())];
    while let Some((node, way)) = open.pop() {
        let edges = context.edges_into(node, |kind| {
            matches!(
                kind,
                EdgeKind::Decides | EdgeKind::Emits | EdgeKind::Feeds | EdgeKind::Derives
            )
        });
        for edge in edges {
            let from = context.graph.edge(edge).from;
            let mut way = way.clone();
            way.insert(0, edge);
            match context.graph.kind(from) {
                _ if !seen.insert(from) => {}
                NodeKind::Model => found.push((from, way)),
                NodeKind::Prediction | NodeKind::Threshold => open.push((from, way)),
                _ => {}
            }
        }
    }
    found
}

fn is_automatic(context: &Context<'_>, threshold: NodeIx) -> bool {
    let flag = |node: NodeIx| context.graph.node(node).attrs.flag(Attr::Automatic) == Some(true);
    flag(threshold)
        || context
            .edges_from(threshold, |kind| kind == EdgeKind::Decides)
            .any(|edge| flag(context.graph.edge(edge).to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge as judged;

    const CHAIN: &str =
        "model m last_trained=2026-06-01\nprediction p\nm -emits-> p\np -decides-> t\n";

    fn with(threshold: &str) -> crate::analysis::testing::Judged {
        judged(&FixedThreshold, &format!("{CHAIN}{threshold}"))
    }

    #[test]
    fn fires_when_the_model_was_trained_since() {
        let found = with("threshold t set_by=hand set_on=2026-02-09");
        assert_eq!(found.subjects(), ["t warning"]);
        assert_eq!(found.others("model"), ["m"]);
    }

    #[test]
    fn weighs_more_when_nobody_stands_between() {
        let found = with(
            "threshold t set_by=hand set_on=2026-02-09\naction a automatic=yes\nt -decides-> a",
        );
        assert_eq!(found.subjects(), ["t error"]);
    }

    #[test]
    fn is_silent_when_learned_or_set_since() {
        assert_eq!(with("threshold t set_by=learned set_on=2020-01-01").status, Status::Pass);
        assert_eq!(with("threshold t set_by=hand set_on=2026-06-01").status, Status::Pass);
    }

    #[test]
    fn without_its_dates_it_is_open() {
        assert_eq!(with("threshold t").status, Status::Open);
        assert_eq!(with("threshold t set_by=hand").status, Status::Open);
        assert_eq!(
            judged(&FixedThreshold, "threshold t set_by=hand set_on=2020-01-01").status,
            Status::Open
        );
    }
}
