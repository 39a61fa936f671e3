//! UTL005, ablation overdue.

use crate::analysis::words::{counted, listed};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind, TableKind};
use jiff::civil::Date;

#[derive(Debug)]
pub(super) struct AblationOverdue;

static AGE_DAYS: Parameter = Parameter {
    key: "age_days",
    default: 90.0,
    range: (1.0, 3650.0),
    unit: "days",
    doc: "An ablation counts for so long, or for as long as the model was not trained again.",
};

static SHARE: Parameter = Parameter {
    key: "share",
    default: 0.8,
    range: (0.0, 1.0),
    unit: "share of the features",
    doc: "So many of a model's features must have been left out once.",
};

static META: RuleMeta = RuleMeta {
    code: "UTL005",
    name: "ablation overdue",
    section: Section::DataDependencies,
    weight: Weight::Note,
    remedy: "Run leave-one-feature-out evaluations, and run them regularly.",
    verify: "The ablation table has a row for each feature since the last training, or younger than 90 days.",
    parameters: &[&AGE_DAYS, &SHARE],
    docs: "\
## What it does
Finds models of whose features too few were left out on trial lately: within 90 days or since the last training. Features are signals
that a file defines; join keys, labels and weights need no ablation. Without any ablation table all models are open.

## Why it is bad
Features that give nothing any more are found by leaving them out, and in no other way. Nobody notices when a feature has become useless.

## Example
The choice of products was last measured in March; of its six features two were left out then.

## How to fix
Leave out each feature in turn, train, and keep the result. Let it run by itself every month.

## How to verify
The table holds a young row for at least four in five features.

## References
Sculley et al. 2015, §3: exhaustive leave-one-feature-out evaluations should be run regularly.
",
};

impl Rule for AblationOverdue {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let is_measured = !context.graph.tables().ablation.is_empty();
        for model in context.nodes_of(NodeKind::Model) {
            let features: Vec<NodeIx> =
                context.features_of(model).iter().map(|&(signal, _)| signal).collect();
            if features.is_empty() {
                continue;
            }
            if !is_measured {
                verdicts.open(Open { subject: Some(model), missing: "ablation" });
                continue;
            }
            verdicts.judged();
            if let Some(finding) = finding(context, model, &features) {
                verdicts.found(finding);
            }
        }
    }
}

fn finding(context: &Context<'_>, model: NodeIx, features: &[NodeIx]) -> Option<Finding> {
    let trained = context.graph.node(model).attrs.date(Attr::LastTrained);
    let counts = |date: Date| {
        context.age_days(date) as f64 <= context.value(&META, &AGE_DAYS)
            || trained.is_some_and(|trained| date >= trained)
    };
    let last = |&signal: &NodeIx| context.usefulness().last_loss(signal, model);
    let overdue: Vec<NodeIx> = features
        .iter()
        .copied()
        .filter(|signal| !last(signal).is_some_and(|loss| counts(loss.measured.date)))
        .collect();
    let done = features.len() - overdue.len();
    let share = done as f64 / features.len() as f64;
    let least = context.value(&META, &SHARE);
    if share >= least {
        return None;
    }
    let latest = features.iter().filter_map(last).max_by_key(|loss| loss.measured.date);
    let when = latest.as_ref().map_or_else(
        || "none was ever measured".to_owned(),
        |loss| format!("the last was measured on {}", loss.measured.date),
    );
    let message = format!(
        "Model `{}`: {done} of {} were left out on trial lately; {when}. Missing: {}",
        context.name(model),
        counted(features.len(), "feature", "features"),
        listed(overdue.iter().map(|&signal| context.name(signal))),
    );
    let mut finding = Finding::new(&META, context.graph, model, message).number(
        "share of the features with a young ablation",
        share,
        least,
        "",
    );
    let rows: Vec<u32> = features.iter().filter_map(last).map(|loss| loss.row).collect();
    if !rows.is_empty() {
        finding = finding.because(Evidence::Rows { table: TableKind::Ablation, rows });
    }
    Some(overdue.into_iter().fold(finding, |finding, signal| finding.with("signal", signal)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, ablation, graph_with, judge, judge_graph};

    fn judged(model: &str, rows: &[(&str, &str)]) -> Judged {
        let text = format!(
            "model m {model}\nsignal a\nsignal b\nsignal c\nsignal d\nsignal e\nsignal key join_key=yes\ndataset l\n\
             a -input_to-> m\nb -input_to-> m\nc -input_to-> m\nd -input_to-> m\ne -input_to-> m\n\
             key -input_to_train-> m\nl -input_to_train-> m role=label"
        );
        let graph = graph_with(&text, |tables| {
            tables.ablation = rows
                .iter()
                .map(|&(signal, date)| ablation(signal, "m", 0.01, 0.001, date))
                .collect();
        });
        judge_graph(&AblationOverdue, graph)
    }

    const OLD: &str = "2026-03-01";
    const YOUNG: &str = "2026-10-12";

    #[test]
    fn fires_when_fewer_than_four_in_five_are_young() {
        let found = judged("", &[("a", YOUNG), ("b", YOUNG), ("c", YOUNG), ("d", OLD)]);
        assert_eq!(found.subjects(), ["m note"]);
        assert_eq!(found.others("signal"), ["d", "e"]);
        assert!(found.message(0).contains("3 of 5 features"));
    }

    #[test]
    fn is_silent_at_four_in_five_and_since_the_last_training() {
        let rows = |date| [("a", date), ("b", date), ("c", date), ("d", date)];
        assert_eq!(judged("", &rows(YOUNG)).status, Status::Pass);
        assert_eq!(judged("last_trained=2026-02-01", &rows(OLD)).status, Status::Pass);
        assert_eq!(judged("last_trained=2026-06-01", &rows(OLD)).subjects(), ["m note"]);
    }

    #[test]
    fn a_model_that_was_never_measured_is_found_only_where_others_are() {
        assert_eq!(judged("", &[("a", "2020-01-01")]).subjects(), ["m note"]);
        assert_eq!(judged("", &[]).status, Status::Open);
        assert_eq!(judge(&AblationOverdue, "model m").status, Status::Open);
    }
}
