//! Models that take in what other models say, and those among them that only correct it.
//!
//! Owns: what counts as a correction. Must never know: how one is reported. Start reading at
//! [`dependences`].

use super::Context;
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind};

/// A model whose output goes into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependence {
    pub base: NodeIx,
    /// What goes in: a prediction, or the base itself where no prediction stands between.
    pub output: NodeIx,
    pub model: NodeIx,
    /// From the base to the model.
    pub edges: Vec<EdgeIx>,
}

/// What a model does with another's output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Use {
    /// Learns a correction of it; `marked` where the role says so, else by its importance alone. How sure
    /// that is, 0 to 1.
    Correction { marked: bool, importance: Option<f64>, confidence: f64 },
    /// Takes it in as one input of several, or is trained together with it.
    Plain,
    /// Cannot be told for want of an attribute.
    Unknown(&'static str),
}

/// All pairs of models of which one takes in the other's output, in the order of the readers' edges.
/// Linear in nodes, edges and emitters of each output.
pub(super) fn dependences(context: &Context<'_>) -> Vec<Dependence> {
    let graph = context.graph;
    let mut found = Vec::new();
    for model in context.nodes_of(NodeKind::Model) {
        for edge in context.edges_into(model, |kind| matches!(kind, EdgeKind::InputTo(_))) {
            let output = graph.edge(edge).from;
            if graph.kind(output) == NodeKind::Model {
                found.push(Dependence { base: output, output, model, edges: vec![edge] });
            }
            for emits in context.edges_into(output, |kind| kind == EdgeKind::Emits) {
                let base = graph.edge(emits).from;
                found.push(Dependence { base, output, model, edges: vec![emits, edge] });
            }
        }
    }
    found.retain(|dependence| dependence.base != dependence.model);
    found
}

/// Tells a correction from an ordinary input. A correction has a target of the same family and is marked as
/// residual or offset, or carries `least_importance` of the model. Members of an ensemble carry much too and
/// are none; neither are stacks that are trained together, nor embeddings, nor outputs taken as labels.
pub(super) fn use_of(context: &Context<'_>, dependence: &Dependence, least_importance: f64) -> Use {
    let graph = context.graph;
    let input = dependence.edges[dependence.edges.len() - 1];
    let role = graph.details(input).attrs().text(Attr::Role);
    let model = &graph.node(dependence.model).attrs;
    let ensemble = graph.node(dependence.base).attrs.text(Attr::Ensemble);
    let is_member = ensemble.and_then(|id| graph.find(id)) == Some(dependence.model);
    let other_role = matches!(role, Some("embedding" | "label" | "weight"));
    if other_role || model.flag(Attr::JointTraining) == Some(true) {
        return Use::Plain;
    }
    let marked = matches!(role, Some("residual" | "offset"));
    let stated = graph.details(input).attrs().number(Attr::Importance);
    let importance =
        stated.or_else(|| context.usefulness().importance(dependence.output, dependence.model));
    let heavy = !is_member && importance.is_some_and(|importance| importance >= least_importance);
    match (same_family(context, dependence), marked, heavy) {
        (Some(false), _, _) => Use::Plain,
        (Some(true), true, _) => Use::Correction { marked, importance, confidence: 1.0 },
        (Some(true), false, true) => Use::Correction { marked, importance, confidence: 0.9 },
        // Only something of the same kind can be corrected.
        (None, true, _) => Use::Correction { marked, importance, confidence: 0.8 },
        (None, false, true) => Use::Unknown("target_family"),
        (_, false, false) if is_member || role.is_some() || importance.is_some() => Use::Plain,
        (_, false, false) => Use::Unknown("role or importance of the input"),
    }
}

/// Whether what is corrected and what corrects it predict the same sort of thing; `None` when one does not
/// say.
fn same_family(context: &Context<'_>, dependence: &Dependence) -> Option<bool> {
    let family = |node: NodeIx| context.graph.node(node).attrs.text(Attr::TargetFamily);
    let base = family(dependence.output).or_else(|| family(dependence.base))?;
    Some(base == family(dependence.model)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::testing::{TODAY, graph};

    fn uses(text: &str) -> Vec<Use> {
        let graph = graph(text);
        let settings = Settings::on(TODAY);
        let context = Context::new(&graph, &settings);
        dependences(&context).iter().map(|dependence| use_of(&context, dependence, 0.5)).collect()
    }

    fn one(a: &str, b: &str, input: &str) -> Use {
        let text = format!(
            "model a {a}\nprediction p\nmodel b {b}\na -emits-> p\np -input_to-> b {input}"
        );
        uses(&text)[0]
    }

    const CLICK: &str = "target_family=click";

    #[test]
    fn a_correction_has_the_same_target_and_a_mark_or_most_of_the_weight() {
        assert!(matches!(one(CLICK, CLICK, "role=residual"), Use::Correction { marked: true, .. }));
        assert!(matches!(
            one(CLICK, CLICK, "importance=0.5"),
            Use::Correction { marked: false, .. }
        ));
        assert_eq!(one(CLICK, CLICK, "importance=0.49"), Use::Plain);
        assert_eq!(one(CLICK, "target_family=order", "role=residual importance=0.9"), Use::Plain);
    }

    #[test]
    fn members_of_ensembles_stacks_and_embeddings_are_no_corrections() {
        let member = format!("{CLICK} ensemble=b");
        assert_eq!(one(&member, CLICK, "importance=0.7"), Use::Plain);
        assert!(matches!(one(&member, CLICK, "role=offset"), Use::Correction { .. }));
        assert_eq!(
            one(CLICK, "target_family=click joint_training=yes", "role=residual"),
            Use::Plain
        );
        assert_eq!(one(CLICK, CLICK, "role=embedding importance=0.9"), Use::Plain);
        assert_eq!(one(CLICK, CLICK, "role=label"), Use::Plain);
    }

    #[test]
    fn what_is_not_said_is_not_known() {
        assert_eq!(one(CLICK, CLICK, ""), Use::Unknown("role or importance of the input"));
        assert_eq!(one("", CLICK, "importance=0.8"), Use::Unknown("target_family"));
        assert!(matches!(one("", "", "role=residual"), Use::Correction { .. }));
    }

    #[test]
    fn a_model_that_reads_another_directly_depends_on_it() {
        let uses =
            uses("model a target_family=x\nmodel b target_family=x\na -input_to-> b role=offset");
        assert!(matches!(uses.as_slice(), [Use::Correction { .. }]));
    }
}
