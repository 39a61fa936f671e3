//! SML001, plain-old data.

use crate::analysis::context::models_fed_by;
use crate::analysis::words::listed;
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight, Words};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct PlainOldData;

static META: RuleMeta = RuleMeta {
    code: "SML001",
    name: "plain-old data",
    section: Section::AntiPatterns,
    weight: Weight::Note,
    remedy: "Say what the value means; let a prediction carry the model, the version and what it is for.",
    verify: "`semantic_type` or `unit` is set on the signal; the prediction has a model, `model_version` and `intended_use`.",
    parameters: &[],
    docs: "\
## What it does
Finds signals that are raw values, with neither a `semantic_type` nor a `unit`, and predictions that do not tell which model made them,
which version of it, or what they may be used for. Signals that no model takes in stay open while nobody in the system says types.

## Why it is bad
A float is a probability to one reader and a log-odds to the next. What a number means, and what it must not be used for, is known to
those who made it; the type is the only thing that travels with it.

## Example
`prediction.ctr` is a column of floats. The sum of two of them is used as a price.

## How to fix
Give every signal a semantic type, and a unit where it has one. Log the model and its version with every prediction, and write down its
intended use.

## How to verify
The manifest names them, and a reader that mixes two types does not compile or does not run.

## References
Sculley et al. 2015, §5, common smells.
",
};

impl Rule for PlainOldData {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let types_are_said = context.is_said(Attr::SemanticType) || context.is_said(Attr::Unit);
        for signal in context.nodes_of(NodeKind::Signal) {
            let attrs = &context.graph.node(signal).attrs;
            let typed =
                attrs.text(Attr::SemanticType).is_some() || attrs.text(Attr::Unit).is_some();
            let taken_in = !context.models_fed_by(signal).is_empty();
            if !typed && !taken_in && !types_are_said {
                verdicts.open(Open { subject: Some(signal), missing: "semantic_type" });
                continue;
            }
            verdicts.judged();
            if !typed {
                verdicts.found(raw_signal(context, signal));
            }
        }
        for prediction in context.nodes_of(NodeKind::Prediction) {
            verdicts.judged();
            if let Some(finding) = anonymous(context, prediction) {
                verdicts.found(finding);
            }
        }
    }
}

fn raw_signal(context: &Context<'_>, signal: NodeIx) -> Finding {
    let models = context.models_fed_by(signal);
    let message = Words::made(move |graph| {
        let models = models_fed_by(graph, signal);
        let into = match models.as_slice() {
            [] => String::new(),
            _ => format!(" and goes into {}", listed(models.iter().map(|&(m, _)| graph.name(m)))),
        };
        format!("{} is a raw value without semantic type or unit{into}", graph.title(signal))
    });
    let mut finding = Finding::new(&META, context.graph, signal, message);
    for &(model, edge) in models {
        finding = finding.with("model", model).way(("goes into", model), vec![edge]);
    }
    finding
}

fn anonymous(context: &Context<'_>, prediction: NodeIx) -> Option<Finding> {
    let attrs = &context.graph.node(prediction).attrs;
    let emitted = context.edges_into(prediction, |kind| kind == EdgeKind::Emits).next();
    let missing: Vec<&'static str> = [
        ("the model that made it", emitted.is_some()),
        ("its version", attrs.text(Attr::ModelVersion).is_some()),
        ("its intended use", attrs.text(Attr::IntendedUse).is_some()),
    ]
    .into_iter()
    .filter_map(|(what, is_there)| (!is_there).then_some(what))
    .collect();
    if missing.is_empty() {
        return None;
    }
    let count = missing.len() as f64;
    let message = Words::made(move |graph| {
        let what = match missing.as_slice() {
            [most @ .., last] if !most.is_empty() => format!("{} or {last}", most.join(", ")),
            one => one.concat(),
        };
        format!("{} does not tell {what}", graph.title(prediction))
    });
    let mut finding = Finding::new(&META, context.graph, prediction, message)
        .magnitude(count / 2.0)
        .number("facts that it lacks", count, 0.0, "of 3");
    if let Some(edge) = emitted {
        let model = context.graph.edge(edge).from;
        finding = finding.with("model", model).way(("emitted by", model), vec![edge]);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_raw_signals_and_on_predictions_without_a_past() {
        let judged = judge(
            &PlainOldData,
            "model m\nsignal s\ns -input_to-> m\nprediction p\nm -emits-> p\nprediction q",
        );
        assert_eq!(judged.subjects(), ["p note", "q note", "s note"]);
        assert!(judged.message(0).ends_with("does not tell its version or its intended use"));
        assert!(judged.message(1).contains("the model that made it, its version or"));
    }

    #[test]
    fn is_silent_on_what_says_what_it_is() {
        let judged = judge(
            &PlainOldData,
            "model m\nsignal s semantic_type=count\nsignal u unit=euro\ns -input_to-> m\nu -input_to-> m\n\
             prediction p model_version=logged intended_use=ranking\nm -emits-> p",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn a_signal_that_no_model_reads_counts_only_where_types_are_said() {
        assert_eq!(judge(&PlainOldData, "signal s").status, Status::Open);
        let judged = judge(&PlainOldData, "signal s\nsignal t unit=euro");
        assert_eq!(judged.subjects(), ["s note"]);
    }

    #[test]
    fn without_signals_and_predictions_it_is_open() {
        assert_eq!(judge(&PlainOldData, "dataset d\nmodel m").status, Status::Open);
    }
}
