//! What a model's scores decide: the thresholds that they are compared with.

use crate::analysis::context::days_between;
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, SystemGraph};
use jiff::civil::Date;

/// A threshold of the manifest beside the training of the model that it judges.
#[derive(Clone, Debug, PartialEq)]
pub struct DecidingThreshold {
    pub node: NodeIx,
    pub value: Option<f64>,
    pub by_hand: Option<bool>,
    pub set_on: Option<Date>,
    pub last_trained: Option<Date>,
}

impl DecidingThreshold {
    /// Days by which the last training is younger; `None` unless both are said.
    pub fn days_behind(&self) -> Option<i32> {
        let (set_on, trained) = self.set_on.zip(self.last_trained)?;
        Some(days_between(set_on, trained))
    }
}

/// The thresholds that judge what `model` emits, directly or by what is derived from it, in the order of their
/// nodes. Linear in what is reached.
pub fn thresholds_after(graph: &SystemGraph, model: NodeIx) -> Vec<DecidingThreshold> {
    let last_trained = graph.node(model).attrs.date(Attr::LastTrained);
    let mut seen = vec![model];
    let mut open = vec![model];
    let mut found: Vec<DecidingThreshold> = Vec::new();
    while let Some(node) = open.pop() {
        for &edge in graph.outgoing(node) {
            let edge = graph.edge(edge);
            let decides = matches!(
                edge.kind,
                EdgeKind::Emits | EdgeKind::Decides | EdgeKind::Feeds | EdgeKind::Derives
            );
            let kind = graph.kind(edge.to);
            let is_step = matches!(kind, NodeKind::Prediction | NodeKind::Threshold);
            if !decides || !is_step || seen.contains(&edge.to) {
                continue;
            }
            seen.push(edge.to);
            open.push(edge.to);
            if kind == NodeKind::Threshold {
                let attrs = &graph.node(edge.to).attrs;
                found.push(DecidingThreshold {
                    node: edge.to,
                    value: attrs.number(Attr::Value),
                    by_hand: attrs.text(Attr::SetBy).map(|by| by == "hand"),
                    set_on: attrs.date(Attr::SetOn),
                    last_trained,
                });
            }
        }
    }
    found.sort_by_key(|own| own.node);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;

    #[test]
    fn thresholds_of_the_model_alone_are_found_with_their_age() {
        let graph = graph(
            "model m last_trained=2026-11-11\nprediction p\nprediction q\n\
             threshold t value=0.4 set_by=hand set_on=2026-11-01\nthreshold u\nmodel n\n\
             m -emits-> p\np -decides-> t\nn -emits-> q\nq -decides-> u",
        );
        let model = graph.find("m").expect("m");
        let found = thresholds_after(&graph, model);
        assert_eq!(found.len(), 1);
        assert_eq!(graph.node(found[0].node).id.as_str(), "t");
        assert_eq!((found[0].value, found[0].by_hand), (Some(0.4), Some(true)));
        assert_eq!(found[0].days_behind(), Some(10));
    }
}
