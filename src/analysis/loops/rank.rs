//! How much a closed walk weighs: strong, critical, and well hidden first.

use super::{Factor, LoopWalk};
use crate::analysis::Context;
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind};

/// Loops between teams are seen by neither.
const OWNERS_DIFFER: f64 = 1.5;
/// Loops that act gradually hide best; from the specification of the loops, as the days.
const SLOW: f64 = 1.25;
const SLOW_DAYS: f64 = 30.0;

/// The factors of a walk; its rank is their product. Strengths that nobody says count as 1: nothing is
/// known that weakens the loop.
pub(super) fn factors(context: &Context<'_>, walk: &LoopWalk, confidence: f64) -> Vec<Factor> {
    let edges = || walk.witness.edges.iter().copied();
    let number = |edge: EdgeIx, attr| context.graph.details(edge).attrs().number(attr);
    let product = |label: &'static str, values: Vec<f64>| Factor {
        label,
        is_said: !values.is_empty(),
        value: values.into_iter().map(|value| value.clamp(0.0, 1.0)).product(),
    };
    let share = |acts: bool| {
        edges()
            .filter(|&edge| (context.graph.edge(edge).kind == EdgeKind::ActsOn) == acts)
            .filter_map(|edge| number(edge, Attr::Share))
            .collect()
    };
    let importance = edges()
        .filter(|&edge| context.graph.kind(context.graph.edge(edge).to) == NodeKind::Model)
        .filter_map(|edge| number(edge, Attr::Importance))
        .collect();
    let kept = exploration(context, walk).into_iter().map(|explored| 1.0 - explored).collect();
    let mut factors = vec![
        product("share of the surface that is acted on", share(true)),
        product("share of the rows that come this way", share(false)),
        product("importance of the inputs", importance),
        product("cases not decided at random", kept),
    ];
    if !walk.inferred.is_empty() {
        factors.push(Factor { label: "confidence", value: confidence, is_said: true });
    }
    factors.push(criticality(context, walk));
    factors.push(owners(context, walk));
    factors.push(slowness(context, walk));
    factors
}

fn models<'a>(context: &'a Context<'_>, walk: &'a LoopWalk) -> impl Iterator<Item = NodeIx> + 'a {
    walk.nodes.iter().copied().filter(|&node| context.graph.kind(node) == NodeKind::Model)
}

/// From one model to the next, the largest share decided at random that the model, its actions or
/// surfaces say: they speak of the same cases.
fn exploration(context: &Context<'_>, walk: &LoopWalk) -> Vec<f64> {
    let mut parts: Vec<Option<f64>> = Vec::new();
    for &node in &walk.nodes {
        let node = context.graph.node(node);
        if node.kind == NodeKind::Model || parts.is_empty() {
            parts.push(None);
        }
        let (Some(part), Some(own)) = (parts.last_mut(), node.attrs.number(Attr::Exploration))
        else {
            continue;
        };
        *part = Some(part.unwrap_or(0.0).max(own));
    }
    parts.into_iter().flatten().collect()
}

fn criticality(context: &Context<'_>, walk: &LoopWalk) -> Factor {
    let is_said = models(context, walk)
        .any(|model| context.graph.node(model).attrs.number(Attr::Criticality).is_some());
    let value = models(context, walk).map(|model| context.criticality(model)).fold(0.0, f64::max);
    Factor { label: "criticality of the models", value, is_said }
}

fn owners(context: &Context<'_>, walk: &LoopWalk) -> Factor {
    let mut owners: Vec<NodeIx> =
        models(context, walk).filter_map(|model| context.graph.node(model).owner).collect();
    let is_said = !owners.is_empty();
    owners.sort_unstable();
    owners.dedup();
    let value = if owners.len() > 1 { OWNERS_DIFFER } else { 1.0 };
    Factor { label: "owners differ", value, is_said }
}

fn slowness(context: &Context<'_>, walk: &LoopWalk) -> Factor {
    let cadence = |model: NodeIx| context.graph.node(model).attrs.number(Attr::CadenceDays);
    let is_said = models(context, walk).all(|model| cadence(model).is_some());
    let is_slow =
        models(context, walk).any(|model| cadence(model).is_none_or(|days| days > SLOW_DAYS));
    let value = if is_slow { SLOW } else { 1.0 };
    Factor { label: "slower than 30 days, or unknown", value, is_said }
}
