//! DEP001, implicitly unstable input.

use crate::analysis::{
    Context, Evidence, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct ImplicitlyUnstable;

static META: RuleMeta = RuleMeta {
    code: "DEP001",
    name: "implicitly unstable input",
    section: Section::DataDependencies,
    weight: Weight::Warning,
    remedy: "Read a frozen, versioned copy, and move to the next version when you have checked it.",
    verify: "`pinned_version` is set and the job reads that version.",
    parameters: &[],
    docs: "\
## What it does
Finds inputs of models that change by themselves because something learns them from data: outputs of other models, and signals or
datasets marked `learned`, when no version is pinned. It weighs more when the input changes while it is being served (`online`).
Whether a signal is learned must be said; where it is not, the input stays open. Models that are trained together with their inputs, and
ensembles that are judged together with their members, know when one changes and are left out.

## Why it is bad
The input's meaning drifts with its own training data. A calibration that was right last week is wrong today, though nobody changed
anything, and a mend upstream can break the model that had learned to live with the fault.

## Example
A table of words and topics is learned anew each night from the news. The ranking model was trained on last month's topics.

## How to fix
Let the producer keep versions, read one of them, and retrain before moving on. The cost is staleness and several versions to keep.

## How to verify
The manifest names `pinned_version`, and the reading job asks for exactly that.

## References
Sculley et al. 2015, §3, unstable data dependencies.
",
};

impl Rule for ImplicitlyUnstable {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for input in context.graph.node_indices().filter(|&ix| context.graph.node(ix).defined) {
            let models = context.models_fed_by(input);
            if models.is_empty() {
                continue;
            }
            let node = context.graph.node(input);
            match is_learned(context, input) {
                None => verdicts.open(Open { subject: Some(input), missing: "learned" }),
                Some(_) if node.attrs.text(Attr::PinnedVersion).is_some() => verdicts.judged(),
                Some(false) => verdicts.judged(),
                Some(true) => {
                    verdicts.judged();
                    let mut unaware = models.to_vec();
                    unaware.retain(|&(model, _)| !is_kept_together(context, input, model));
                    if !unaware.is_empty() {
                        verdicts.found(finding(context, input, &unaware));
                    }
                }
            }
        }
    }
}

/// Predictions are learned whatever is said of them; of others it must be said.
fn is_learned(context: &Context<'_>, input: NodeIx) -> Option<bool> {
    let node = context.graph.node(input);
    let emitted = context.edges_into(input, |kind| kind == EdgeKind::Emits).next().is_some();
    if emitted || matches!(node.kind, NodeKind::Prediction | NodeKind::Model) {
        return Some(true);
    }
    node.attrs.flag(Attr::Learned)
}

/// Whether a model is trained together with its inputs, or is an ensemble that is judged together with them
/// and has the input's model as a member.
fn is_kept_together(context: &Context<'_>, input: NodeIx, model: NodeIx) -> bool {
    let graph = context.graph;
    let attrs = &graph.node(model).attrs;
    let is_member = |base: NodeIx| {
        let ensemble = graph.node(base).attrs.text(Attr::Ensemble);
        ensemble.and_then(|id| graph.find(id)) == Some(model)
    };
    let mut bases =
        context.edges_into(input, |kind| kind == EdgeKind::Emits).map(|edge| graph.edge(edge).from);
    attrs.flag(Attr::JointTraining) == Some(true)
        || (attrs.flag(Attr::JointEvaluation) == Some(true) && bases.any(is_member))
}

fn finding(context: &Context<'_>, input: NodeIx, models: &[(NodeIx, EdgeIx)]) -> Finding {
    let node = context.graph.node(input);
    let online = node.attrs.flag(Attr::Online) == Some(true);
    let (what, weight) = match online {
        true => ("is learned, changes while it is served", Weight::Error),
        false => ("is learned from data", Weight::Warning),
    };
    let readers = match models {
        [(only, _)] => format!("`{}`", context.name(*only)),
        _ => format!("{} models", models.len()),
    };
    let kind = node.kind.meta().title;
    let message =
        format!("{kind} `{}` {what} and is not pinned, but goes into {readers}", node.name);
    let mut finding = Finding::new(&META, context.graph, input, message).weight(weight);
    if let Some(learned) = node.attrs.get(Attr::Learned) {
        finding =
            finding.because(Evidence::Place { label: "said to be learned".into(), at: learned.at });
    }
    for &(model, edge) in models {
        let label = ("goes into", model).into();
        let witness = Witness { edges: vec![edge], closed: false };
        finding = finding.with("model", model).because(Evidence::Walk { label, witness });
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_learned_unpinned_inputs() {
        let judged = judge(
            &ImplicitlyUnstable,
            "signal topics learned=yes\nmodel ctr\nmodel rank\ntopics -input_to-> ctr\ntopics -input_to-> rank",
        );
        assert_eq!(judged.subjects(), ["topics warning"]);
        assert_eq!(judged.others("model"), ["ctr", "rank"]);
    }

    #[test]
    fn an_output_of_a_model_is_learned_and_online_weighs_more() {
        let judged = judge(
            &ImplicitlyUnstable,
            "model a\nprediction p online=yes\nmodel b\na -emits-> p\np -input_to-> b",
        );
        assert_eq!(judged.subjects(), ["p error"]);
    }

    #[test]
    fn is_silent_when_pinned_or_not_learned() {
        let judged = judge(
            &ImplicitlyUnstable,
            "signal a learned=yes pinned_version=3\nsignal b learned=no\nmodel m\na -input_to-> m\nb -input_to-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn ensembles_that_are_judged_with_their_members_are_left_out() {
        let text = |said: &str| {
            format!(
                "model a ensemble=e\nprediction p\nmodel e {said}\na -emits-> p\np -input_to-> e"
            )
        };
        assert_eq!(judge(&ImplicitlyUnstable, &text("joint_evaluation=yes")).status, Status::Pass);
        assert_eq!(judge(&ImplicitlyUnstable, &text("joint_training=yes")).status, Status::Pass);
        assert_eq!(judge(&ImplicitlyUnstable, &text("")).subjects(), ["p warning"]);
    }

    #[test]
    fn unsaid_is_open() {
        assert_eq!(
            judge(&ImplicitlyUnstable, "signal a\nmodel m\na -input_to-> m").status,
            Status::Open
        );
        assert_eq!(judge(&ImplicitlyUnstable, "dataset a").status, Status::Open);
    }
}
