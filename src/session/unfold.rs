//! "+N" on a box: what it hangs together with and is left out comes into view.

use super::state::Session;
use crate::model::NodeIx;
use crate::scene::{BoxIx, Target};
use std::collections::BTreeSet;

impl Session {
    /// Takes the neighbours of `target` out of what is hidden by hand, and lets focus and query take them in.
    pub(super) fn unfold(&mut self, target: &Target) {
        let nodes = self.nodes_of(target);
        let Some(graph) = self.graph() else { return };
        let outgoing = nodes.iter().flat_map(|&node| graph.outgoing(node));
        let incoming = nodes.iter().flat_map(|&node| graph.incoming(node));
        let ends = outgoing.map(|&edge| graph.edge(edge).to);
        let around: BTreeSet<NodeIx> =
            ends.chain(incoming.map(|&edge| graph.edge(edge).from)).collect();
        let id = |node: NodeIx| graph.node(node).id.as_str().to_owned();
        let missing =
            |node: &NodeIx| self.scene().is_none_or(|scene| scene.box_of(*node).is_none());
        let wanted: Vec<String> =
            around.iter().copied().filter(missing).filter(|n| !nodes.contains(n)).map(id).collect();
        if wanted.is_empty() {
            return;
        }
        let query = self.view.query.trim().to_owned();
        let query = if query.is_empty() { query } else { widened(&query, &wanted) };
        let anchor = self.anchor(target);
        self.set_query_text(query.clone());
        self.change("Show what is folded", None, anchor, |view| {
            for id in &wanted {
                view.hidden.remove(id);
            }
            view.query = query;
            if let Some(focus) = &mut view.focus {
                let known: BTreeSet<String> = focus.on.iter().cloned().collect();
                focus.on.extend(wanted.into_iter().filter(|id| !known.contains(id)));
            }
        });
    }

    /// The node, or the nodes in a closed group.
    fn nodes_of(&self, target: &Target) -> BTreeSet<NodeIx> {
        let (Some(graph), Some(scene)) = (self.graph(), self.scene()) else {
            return BTreeSet::new();
        };
        match target {
            Target::Node(node) => BTreeSet::from([*node]),
            Target::Group(key) => match scene.plate_of(key) {
                Some(ix @ BoxIx::Plate(_)) => {
                    graph.node_indices().filter(|&node| scene.box_of(node) == Some(ix)).collect()
                }
                _ => BTreeSet::new(),
            },
            Target::Edge(_) => BTreeSet::new(),
        }
    }
}

/// The query, or one of these ids.
fn widened(query: &str, ids: &[String]) -> String {
    let quoted = ids.iter().map(|id| format!("\"{}\"", id.replace('"', "\\\"")));
    format!("({query}) or {}", quoted.collect::<Vec<_>>().join(" or "))
}
