//! Which nodes the perspective, the query, the focus and the user's hand leave.

use super::Reason;
use crate::analysis::Analysis;
use crate::model::{NodeIx, NodeKind, NodeSet, SystemGraph};
use crate::scene::query;
use crate::scene::view::{Focus, GROUP_PREFIX, Hops, Perspective, Unrelated, View};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeState {
    Shown,
    /// A test or monitor that is a badge on what it watches.
    Folded,
    Hidden(Reason),
}

#[derive(Debug)]
pub(super) struct Filtered {
    /// By node.
    pub(super) states: Vec<NodeState>,
    /// Nodes that are shown as context only.
    pub(super) dimmed: NodeSet,
}

impl Filtered {
    pub(super) fn is_shown(&self, node: NodeIx) -> bool {
        self.states[node.at()] == NodeState::Shown
    }

    pub(super) fn hidden_reasons(&self) -> impl Iterator<Item = Reason> {
        self.states.iter().filter_map(|state| match state {
            NodeState::Hidden(reason) => Some(*reason),
            _ => None,
        })
    }

    /// How many tests and monitors are folded into `node`.
    pub(super) fn checks_of(&self, graph: &SystemGraph, node: NodeIx) -> (u32, u32) {
        let (mut tests, mut monitors) = (0, 0);
        for check in neighbours(graph, node) {
            if self.states[check.at()] == NodeState::Folded {
                match graph.kind(check) {
                    NodeKind::Test => tests += 1,
                    _ => monitors += 1,
                }
            }
        }
        (tests, monitors)
    }
}

const fn is_check(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Test | NodeKind::Monitor)
}

fn neighbours(graph: &SystemGraph, node: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
    let after = graph.outgoing(node).iter().map(|&edge| graph.edge(edge).to);
    let before = graph.incoming(node).iter().map(|&edge| graph.edge(edge).from);
    after.chain(before)
}

/// Linear in nodes plus edges.
pub(super) fn filter(graph: &SystemGraph, analysis: Option<&Analysis>, view: &View) -> Filtered {
    let count = graph.nodes().len();
    let matched = match query::parse(&view.query) {
        Ok(query) if !query.is_empty() => query.evaluate_with(graph, analysis).ok(),
        _ => None,
    };
    let near = view.focus.as_ref().and_then(|focus| neighbourhood(graph, focus));
    let hidden_groups = hidden_groups(graph, view);
    let mut dimmed = NodeSet::none(count);
    let mut states = Vec::with_capacity(count);
    for (position, node) in graph.nodes().iter().enumerate() {
        let ix = NodeIx::new(position);
        let by_group = || node.group.is_some_and(|group| hidden_groups[group.at()]);
        let by_hand =
            !view.hidden.is_empty() && (view.hidden.contains(node.id.as_str()) || by_group());
        let unrelated = if matched.as_ref().is_some_and(|set| !set.contains(ix)) {
            Some(Reason::Query)
        } else if near.as_ref().is_some_and(|set| !set.contains(ix)) {
            Some(Reason::Focus)
        } else {
            None
        };
        states.push(if let Some(reason) = outside(view.perspective, node.kind) {
            NodeState::Hidden(reason)
        } else if by_hand {
            NodeState::Hidden(Reason::ByHand)
        } else {
            match (unrelated, view.unrelated) {
                (None, _) => NodeState::Shown,
                (Some(reason), Unrelated::Remove) => NodeState::Hidden(reason),
                (Some(_), Unrelated::Dim) => {
                    dimmed.insert(ix);
                    NodeState::Shown
                }
            }
        });
    }
    if view.fold_checks {
        fold_checks(graph, &mut states);
    }
    Filtered { states, dimmed }
}

const fn outside(perspective: Perspective, kind: NodeKind) -> Option<Reason> {
    match (perspective, kind) {
        (_, NodeKind::Team) => Some(Reason::OwnerOnCard),
        (Perspective::Cascades, NodeKind::Model | NodeKind::Prediction | NodeKind::Surface) => None,
        (Perspective::Cascades, _) => Some(Reason::Perspective),
        (Perspective::Data | Perspective::Clusters, _) => None,
    }
}

/// A check that watches something shown becomes a badge on it, even where the query leaves the check
/// itself out; one that the query names without what it watches stays a card.
fn fold_checks(graph: &SystemGraph, states: &mut [NodeState]) {
    for (position, node) in graph.nodes().iter().enumerate() {
        let foldable = !matches!(
            states[position],
            NodeState::Hidden(Reason::ByHand | Reason::OwnerOnCard | Reason::Perspective)
        );
        if is_check(node.kind) && foldable {
            let watches_something_shown = neighbours(graph, NodeIx::new(position))
                .any(|host| !is_check(graph.kind(host)) && states[host.at()] == NodeState::Shown);
            if watches_something_shown {
                states[position] = NodeState::Folded;
            }
        }
    }
}

/// The nodes of a focus and those within its hops; none when the graph has none of its nodes any more.
fn neighbourhood(graph: &SystemGraph, focus: &Focus) -> Option<NodeSet> {
    let start: Vec<NodeIx> = focus.on.iter().filter_map(|id| graph.find(id)).collect();
    if start.is_empty() {
        return None;
    }
    let up = reach(graph, &start, focus.up, true);
    Some(up.union(&reach(graph, &start, focus.down, false)))
}

/// Breadth first along flow edges, level by level.
fn reach(graph: &SystemGraph, start: &[NodeIx], hops: Hops, up: bool) -> NodeSet {
    let mut seen = NodeSet::none(graph.nodes().len());
    let mut level: Vec<NodeIx> = start.iter().copied().filter(|&node| seen.insert(node)).collect();
    let mut left = hops.unwrap_or(u32::MAX);
    while left > 0 && !level.is_empty() {
        left -= 1;
        let mut next = Vec::new();
        for node in level {
            let edges = if up { graph.incoming(node) } else { graph.outgoing(node) };
            for edge in edges.iter().map(|&edge| graph.edge(edge)) {
                let end = if up { edge.from } else { edge.to };
                if edge.kind.is_flow() && seen.insert(end) {
                    next.push(end);
                }
            }
        }
        level = next;
    }
    seen
}

/// By group of the graph: whether it, or one around it, is hidden by hand.
fn hidden_groups(graph: &SystemGraph, view: &View) -> Vec<bool> {
    let mut hidden = vec![false; graph.groups().len()];
    if !view.hidden.iter().any(|key| key.starts_with(GROUP_PREFIX)) {
        return hidden;
    }
    let keys = super::groups::manifest_keys(graph);
    for (position, group) in graph.groups().iter().enumerate() {
        hidden[position] = group.parent.is_some_and(|parent| hidden[parent.at()])
            || view.hidden.contains(&format!("{GROUP_PREFIX}{}", keys[position]));
    }
    hidden
}
