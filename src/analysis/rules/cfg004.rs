//! CFG004, serving substitute.

use crate::analysis::words::listed;
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, Phase};

#[derive(Debug)]
pub(super) struct ServingSubstitute;

static META: RuleMeta = RuleMeta {
    code: "CFG004",
    name: "serving substitute",
    section: Section::Configuration,
    weight: Weight::Warning,
    remedy: "Train on what is served, or map the substitute's values to those that it stands in for and check the mapping.",
    verify: "Training and serving take in the same signals, or every substitute is `mapped`.",
    parameters: &[],
    docs: "\
## What it does
Compares what a model takes in when it is trained with what it takes in when it serves. It finds signals of training for which others
stand in when serving (`substitute_for`), signals of training that nothing stands in for, and signals that only serve. A substitute that
is not `mapped`, or is said to mean something else by its semantic type or unit while nobody says that it is mapped, is an error. Labels,
weights and join keys belong to training alone and do not count. While nobody in the system says when inputs are taken in (`phase`), the
models stay open.

## Why it is bad
The model was taught with one value and is asked with another. Its offline quality is measured on the first and says nothing of the
second.

## Example
What buyers write is known in training only. When the page loads, stars and counts stand in for it, on another scale.

## How to fix
Take the same signals in both, even if they are worse. Where that cannot be, learn the mapping from both on the same rows.

## How to verify
Log what is served and compare its distribution with that of training.

## References
Sculley et al. 2015, §6, example D with D′ and D″.
",
};

impl Rule for ServingSubstitute {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let phases_are_said = context
            .graph
            .edges()
            .iter()
            .any(|edge| matches!(edge.kind, EdgeKind::InputTo(Phase::Train | Phase::Serve)));
        for model in context.nodes_of(NodeKind::Model) {
            let inputs = Inputs::of(context, model);
            if !phases_are_said || inputs.count == 0 {
                let missing = if phases_are_said { "inputs" } else { "phase of its inputs" };
                verdicts.open(Open { subject: Some(model), missing });
                continue;
            }
            verdicts.judged();
            inputs.findings(context, model).into_iter().for_each(|found| verdicts.found(found));
        }
    }
}

/// What a model takes in at one time only.
#[derive(Default)]
struct Inputs {
    /// Everything that could be skewed.
    count: usize,
    trained: Vec<(NodeIx, EdgeIx)>,
    served: Vec<(NodeIx, EdgeIx)>,
}

impl Inputs {
    fn of(context: &Context<'_>, model: NodeIx) -> Self {
        let graph = context.graph;
        let mut inputs = Self::default();
        let mut both: Vec<NodeIx> = Vec::new();
        for edge in context.edges_into(model, |kind| matches!(kind, EdgeKind::InputTo(_))) {
            let from = graph.edge(edge).from;
            if !is_feature(context, from, edge) {
                continue;
            }
            inputs.count += 1;
            match graph.edge(edge).kind {
                EdgeKind::InputTo(Phase::Train) => inputs.trained.push((from, edge)),
                EdgeKind::InputTo(Phase::Serve) => inputs.served.push((from, edge)),
                _ => both.push(from),
            }
        }
        // Two edges, one for each time, are as good as one for both.
        let (trained, served) = (inputs.trained.clone(), inputs.served.clone());
        let has = |list: &[(NodeIx, EdgeIx)], node| list.iter().any(|&(other, _)| other == node);
        inputs.trained.retain(|&(node, _)| !both.contains(&node) && !has(&served, node));
        inputs.served.retain(|&(node, _)| !both.contains(&node) && !has(&trained, node));
        inputs
    }

    fn findings(self, context: &Context<'_>, model: NodeIx) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut placed: Vec<EdgeIx> = Vec::new();
        for &(trained, edge) in &self.trained {
            let stand_in = |&&(_, serving): &&(NodeIx, EdgeIx)| replaces(context, serving, trained);
            let substitutes: Vec<(NodeIx, EdgeIx)> =
                self.served.iter().filter(stand_in).copied().collect();
            placed.extend(substitutes.iter().map(|&(_, serving)| serving));
            found.push(skewed(context, model, (trained, edge), &substitutes));
        }
        for (served, edge) in self.served {
            if !placed.contains(&edge) {
                found.push(untrained(context, model, served, edge));
            }
        }
        found
    }
}

/// Signals and predictions, unless they are the answer, a weight, or only there to join.
fn is_feature(context: &Context<'_>, input: NodeIx, edge: EdgeIx) -> bool {
    let node = context.graph.node(input);
    let role = context.graph.details(edge).attrs().text(Attr::Role);
    matches!(node.kind, NodeKind::Signal | NodeKind::Prediction)
        && !matches!(role, Some("label" | "weight"))
        && node.attrs.flag(Attr::JoinKey) != Some(true)
}

/// Whether the served input says that it stands in for `trained`, by any of its names.
fn replaces(context: &Context<'_>, serving: EdgeIx, trained: NodeIx) -> bool {
    let said = context.graph.details(serving).attrs().text(Attr::SubstituteFor);
    said.is_some_and(|id| context.graph.find(id) == Some(trained) || id == context.name(trained))
}

fn skewed(
    context: &Context<'_>,
    model: NodeIx,
    (trained, edge): (NodeIx, EdgeIx),
    substitutes: &[(NodeIx, EdgeIx)],
) -> Finding {
    let graph = context.graph;
    let unmapped: Vec<NodeIx> = substitutes
        .iter()
        .filter(|&&(served, serving)| is_unmapped(context, trained, served, serving))
        .map(|&(served, _)| served)
        .collect();
    let stand_ins = listed(substitutes.iter().map(|&(served, _)| context.name(served)));
    let what = match (substitutes.is_empty(), unmapped.is_empty()) {
        (true, _) => "nothing stands in for it when it serves".to_owned(),
        (false, true) => format!("{stand_ins} in serving"),
        (false, false) => format!("{stand_ins} in serving, and the values are not mapped"),
    };
    let message = format!(
        "Model `{}` takes in `{}` in training; {what}",
        context.name(model),
        context.name(trained)
    );
    let weight = if unmapped.is_empty() { Weight::Warning } else { Weight::Error };
    let mut finding = Finding::new(&META, graph, model, message)
        .weight(weight)
        .at(graph.details(edge).at)
        .with("trained", trained)
        .number("signals that differ", (1 + substitutes.len()) as f64, 0.0, "signals")
        .way("in training", vec![edge]);
    for &(served, serving) in substitutes {
        let mapped = match graph.details(serving).attrs().flag(Attr::Mapped) {
            Some(true) => "mapped",
            Some(false) => "not mapped",
            None => "nobody says whether it is mapped",
        };
        finding =
            finding.with("served", served).way(format!("in serving, {mapped}"), vec![serving]);
    }
    finding
}

/// Said not to be mapped, or of another sort with nobody saying that it is.
fn is_unmapped(context: &Context<'_>, trained: NodeIx, served: NodeIx, serving: EdgeIx) -> bool {
    let differs = |attr| {
        let of = |node: NodeIx| context.graph.node(node).attrs.text(attr);
        of(trained).zip(of(served)).is_some_and(|(a, b)| a != b)
    };
    match context.graph.details(serving).attrs().flag(Attr::Mapped) {
        Some(mapped) => !mapped,
        None => differs(Attr::SemanticType) || differs(Attr::Unit),
    }
}

fn untrained(context: &Context<'_>, model: NodeIx, served: NodeIx, edge: EdgeIx) -> Finding {
    let message = format!(
        "Model `{}` takes in `{}` in serving and never saw it in training",
        context.name(model),
        context.name(served)
    );
    Finding::new(&META, context.graph, model, message)
        .at(context.graph.details(edge).at)
        .with("served", served)
        .number("signals that differ", 1.0, 0.0, "signals")
        .way("in serving", vec![edge])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    fn with(served: &str) -> Judged {
        judge(
            &ServingSubstitute,
            &format!(
                "signal d semantic_type=score\nsignal d1 semantic_type=mean\nmodel m\nd -input_to_train-> m\n\
                 d1 -input_to_serve-> m {served}"
            ),
        )
    }

    #[test]
    fn an_unmapped_substitute_is_an_error() {
        let found = with("substitute_for=d mapped=no");
        assert_eq!(found.subjects(), ["m error"]);
        assert_eq!((found.others("trained"), found.others("served")), (vec!["d"], vec!["d1"]));
        assert_eq!(with("substitute_for=d").subjects(), ["m error"], "another semantic type");
    }

    #[test]
    fn a_mapped_one_is_a_warning_and_none_is_two() {
        assert_eq!(with("substitute_for=d mapped=yes").subjects(), ["m warning"]);
        assert_eq!(with("").subjects(), ["m warning", "m warning"]);
    }

    #[test]
    fn labels_weights_and_keys_belong_to_training() {
        let judged = judge(
            &ServingSubstitute,
            "signal l\nsignal w\nsignal k join_key=yes\ndataset d\nsignal s\nmodel m\nl -input_to_train-> m role=label\n\
             w -input_to_train-> m role=weight\nk -input_to_train-> m\nd -input_to_train-> m\ns -input_to-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn one_edge_for_each_time_is_no_skew() {
        let judged = judge(
            &ServingSubstitute,
            "signal s\nmodel m\ns -input_to_train-> m\ns -input_to_serve-> m",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_phases_it_is_open() {
        let judged = judge(&ServingSubstitute, "signal s\nmodel m\ns -input_to-> m");
        assert_eq!(judged.status, Status::Open);
        assert_eq!(judge(&ServingSubstitute, "model m").status, Status::Open);
    }
}
