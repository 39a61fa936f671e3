//! What the rules on feedback loops say of one.

use super::{BreakSet, FeedbackLoop, LoopWalk};
use crate::analysis::{Context, Evidence, Finding, Open, Verdicts, Words};
use crate::model::{EdgeKind, NodeIx, NodeKind};

/// Closed walks that a finding shows; the loop has all of them.
const MOST_WALKS: usize = 6;

/// Names in a message beyond which the rest is counted.
const MOST_NAMES: usize = 4;

/// The rank of an ordinary loop: half critical, of one owner, updated nobody says how often. A finding's
/// magnitude is measured by it, within a quarter and four times.
const ORDINARY_RANK: f64 = 0.625;
const MAGNITUDES: (f64, f64) = (0.25, 4.0);

/// Models can be judged when the graph knows of a world, and of them what comes in and goes out.
pub(in crate::analysis) fn judge_models(context: &Context<'_>, verdicts: &mut Verdicts) {
    if !context.loops().is_world_known {
        let missing = "a surface: nothing says what reaches the world";
        verdicts.open(Open { subject: None, missing });
        return;
    }
    for model in context.nodes_of(NodeKind::Model) {
        let has_output = context.edges_from(model, EdgeKind::is_flow).next().is_some();
        let has_input = context.edges_into(model, EdgeKind::is_flow).next().is_some();
        match (has_input, has_output) {
            (true, true) => verdicts.judged(),
            (true, false) => verdicts.open(Open { subject: Some(model), missing: "output" }),
            (false, _) => verdicts.open(Open { subject: Some(model), missing: "input" }),
        }
    }
}

/// Adds to a finding who and what has part in the loop, its walks, and what to cut.
pub(in crate::analysis) fn tell(
    context: &Context<'_>,
    found: &FeedbackLoop,
    mut finding: Finding,
) -> Finding {
    let surfaces = found.walk.nodes.iter().chain(&found.surfaces).copied();
    let mut told: Vec<NodeIx> = Vec::new();
    for surface in surfaces.filter(|&node| context.graph.kind(node) == NodeKind::Surface) {
        let on_walk = found.models.len() > 1 || found.walk.nodes.contains(&surface);
        if on_walk && !told.contains(&surface) {
            told.push(surface);
            finding = finding.with("surface", surface);
        }
    }
    for &owner in &found.owners {
        finding = finding.with("owner", owner);
    }
    let magnitude = (found.rank / ORDINARY_RANK).clamp(MAGNITUDES.0, MAGNITUDES.1);
    finding = finding.magnitude(magnitude).because(walk("the loop", &found.walk));
    for pair in found.pairs.iter().filter(|pair| pair.walk != found.walk).take(MOST_WALKS - 1) {
        let names = (context.name(pair.models.0), context.name(pair.models.1));
        let label = format!("through `{}` and `{}`", names.0, names.1);
        finding = finding.because(walk(label, &pair.walk));
    }
    if let BreakSet::Cut { edges, .. } = &found.break_set {
        for cut in edges {
            let edge = context.graph.edge(cut.edge);
            let ends = (context.name(edge.from), context.name(edge.to));
            let label =
                format!("cut `{}` → `{}`: {} ({} hours)", ends.0, ends.1, cut.how, cut.hours);
            finding = finding.because(Evidence::Place {
                label: label.into(),
                at: context.graph.details(cut.edge).at,
            });
        }
    }
    finding
}

fn walk(label: impl Into<Words>, walk: &LoopWalk) -> Evidence {
    Evidence::Walk { label: label.into(), witness: walk.witness.clone() }
}

/// Names in a list, those beyond a few counted.
pub(in crate::analysis) fn names(context: &Context<'_>, nodes: &[NodeIx]) -> String {
    let mut names: Vec<String> =
        nodes.iter().take(MOST_NAMES).map(|&node| format!("`{}`", context.name(node))).collect();
    if nodes.len() > MOST_NAMES {
        names.push(format!("{} more", nodes.len() - MOST_NAMES));
    }
    match names.as_slice() {
        [] => "an influence".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Whose the models are, where more than one team owns them.
pub(in crate::analysis) fn owned(context: &Context<'_>, found: &FeedbackLoop) -> String {
    if found.owners.len() < 2 {
        return String::new();
    }
    let owners: Vec<String> =
        found.owners.iter().map(|&owner| format!("`{}`", context.name(owner))).collect();
    format!(", models of {}", owners.join(", "))
}
