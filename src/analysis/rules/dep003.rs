//! DEP003, silent upstream change.

use crate::analysis::words::{counted, listed};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, AttrEntry, EdgeIx, NodeIx};
use jiff::civil::Date;

#[derive(Debug)]
pub(super) struct SilentChange;

static GRACE_DAYS: Parameter = Parameter {
    key: "grace_days",
    default: 7.0,
    range: (0.0, 365.0),
    unit: "days",
    doc: "How long after a change of an input a model may take to be evaluated again, unless it was trained since.",
};

static META: RuleMeta = RuleMeta {
    code: "DEP003",
    name: "silent upstream change",
    section: Section::DataDependencies,
    weight: Weight::Error,
    remedy: "Evaluate the models now, and let a change upstream start an evaluation by itself.",
    verify: "`last_evaluated` of each model is not before the input's `changed`.",
    parameters: &[&GRACE_DAYS],
    docs: "\
## What it does
Finds inputs whose meaning, schema or statistics changed (`changed`) and that go into models nobody has evaluated since, although a week
has passed or the model was trained on them in the meantime. One finding an input, with the models at fault. Readers of a pinned version
are not touched by the change. An input that does not say when it changed, and a model that does not say when it was evaluated, stay open.

## Why it is bad
Even a mend upstream can harm a model that has learned to live with the fault. Without an evaluation it shows in the money first.

## Example
Title weights were made from half the titles on 28 October. The click model was last evaluated on the 20th and trained on the 10th of
November.

## How to fix
Evaluate every model that takes the input in, before the change if possible, and start evaluations from the change itself. Pin a version
where that is too much.

## How to verify
The manifest's `last_evaluated` of each model is on or after the input's `changed`.

## References
Sculley et al. 2015, §3, unstable data dependencies: a silent update that corrects the signal will have sudden ramifications.
",
};

impl Rule for SilentChange {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for input in context.graph.node_indices().filter(|&ix| context.graph.node(ix).defined) {
            let models = context.models_fed_by(input);
            if models.is_empty() {
                continue;
            }
            let attrs = &context.graph.node(input).attrs;
            let Some((entry, changed)) = attrs.get(Attr::Changed).zip(attrs.date(Attr::Changed))
            else {
                verdicts.open(Open { subject: Some(input), missing: "changed" });
                continue;
            };
            verdicts.judged();
            if attrs.text(Attr::PinnedVersion).is_some() || changed > context.settings.today {
                continue;
            }
            let late = unevaluated(context, changed, models, verdicts);
            if !late.is_empty() {
                verdicts.found(finding(context, input, entry, changed, &late));
            }
        }
    }
}

/// A model that nobody evaluated since its input changed.
struct Late {
    model: NodeIx,
    edge: EdgeIx,
    evaluated: Date,
    /// Whether it has learned from the changed input.
    trained_since: bool,
}

fn unevaluated(
    context: &Context<'_>,
    changed: Date,
    models: &[(NodeIx, EdgeIx)],
    verdicts: &mut Verdicts,
) -> Vec<Late> {
    let is_due = context.age_days(changed) as f64 >= context.value(&META, &GRACE_DAYS);
    let mut late = Vec::new();
    for &(model, edge) in models.iter().filter(|&&(model, _)| context.graph.node(model).defined) {
        let attrs = &context.graph.node(model).attrs;
        let Some(evaluated) = attrs.date(Attr::LastEvaluated) else {
            verdicts.open(Open { subject: Some(model), missing: "last_evaluated" });
            continue;
        };
        let trained_since = attrs.date(Attr::LastTrained).is_some_and(|date| date >= changed);
        if evaluated < changed && (is_due || trained_since) {
            late.push(Late { model, edge, evaluated, trained_since });
        }
    }
    late
}

fn finding(
    context: &Context<'_>,
    input: NodeIx,
    entry: &AttrEntry,
    changed: Date,
    late: &[Late],
) -> Finding {
    let node = context.graph.node(input);
    let trained = late.iter().filter(|late| late.trained_since).count();
    let learned = match trained {
        0 => String::new(),
        1 if late.len() == 1 => ", though it has learned from it since".to_owned(),
        some => format!(", though {some} of them learned from it since"),
    };
    let message = format!(
        "{} `{}` changed on {changed}; {} not evaluated since: {}{learned}",
        node.kind.meta().title,
        node.name,
        match late.len() {
            1 => "a model that takes it in was".to_owned(),
            _ => format!("{} that take it in were", counted(late.len(), "model", "models")),
        },
        listed(late.iter().map(|late| context.name(late.model))),
    );
    let grace = context.value(&META, &GRACE_DAYS);
    let mut finding = Finding::new(&META, context.graph, input, message)
        .at(entry.at)
        .magnitude(late.len() as f64)
        .number("days since the change", context.age_days(changed) as f64, grace, "days")
        .because(Evidence::Place { label: "said to have changed".into(), at: entry.at });
    for late in late {
        let name = context.name(late.model);
        let label = format!("goes into {name}, last evaluated on {}", late.evaluated);
        let witness = Witness { edges: vec![late.edge], closed: false };
        finding = finding
            .with("model", late.model)
            .because(Evidence::Walk { label: label.into(), witness });
        if let Some(said) = context.graph.node(late.model).attrs.get(Attr::LastEvaluated) {
            let label = ("last evaluation of", late.model).into();
            finding = finding.because(Evidence::Place { label, at: said.at });
        }
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    fn judged(signal: &str, model: &str) -> Judged {
        judge(&SilentChange, &format!("signal s {signal}\nmodel m {model}\ns -input_to-> m"))
    }

    #[test]
    fn fires_on_a_model_that_was_not_evaluated_since() {
        let found = judged("changed=2026-10-28", "last_evaluated=2026-10-20");
        assert_eq!(found.subjects(), ["s error"]);
        assert_eq!(found.others("model"), ["m"]);
    }

    #[test]
    fn only_the_models_at_fault_are_named() {
        let found = judge(
            &SilentChange,
            "signal s changed=2026-10-28\nmodel m last_evaluated=2026-10-20\nmodel n last_evaluated=2026-11-03\n\
             s -input_to-> m\ns -input_to-> n",
        );
        assert_eq!(found.others("model"), ["m"]);
    }

    #[test]
    fn within_the_week_only_training_on_it_counts() {
        let (signal, evaluated) = ("changed=2026-11-09", "last_evaluated=2026-10-20");
        assert_eq!(judged(signal, evaluated).status, Status::Pass);
        let found = judged(signal, &format!("{evaluated} last_trained=2026-11-10"));
        assert_eq!(found.subjects(), ["s error"]);
    }

    #[test]
    fn is_silent_when_evaluated_pinned_or_still_to_come() {
        assert_eq!(judged("changed=2026-10-28", "last_evaluated=2026-10-28").status, Status::Pass);
        let pinned = judged("changed=2026-10-28 pinned_version=3", "last_evaluated=2026-10-20");
        assert_eq!(pinned.status, Status::Pass);
        assert_eq!(judged("changed=2026-12-28", "last_evaluated=2026-10-20").status, Status::Pass);
    }

    #[test]
    fn unsaid_is_open() {
        assert_eq!(judged("", "last_evaluated=2026-10-20").status, Status::Open);
        let judged = judged("changed=2026-10-28", "");
        assert!(judged.findings.is_empty());
        assert_eq!(judged.open, ["m: last_evaluated"]);
    }
}
