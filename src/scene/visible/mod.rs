//! What is shown of a graph in a view: items, the links between them, and an account of the rest.
//!
//! Pure and linear in nodes plus edges. No edge is ever lost: each one is in exactly one link, inside
//! one closed group, folded into a badge, or counted as hidden with a reason ([`EdgeFate`]).
//! Start reading at [`visible`].

mod bundle;
mod cascade;
mod columns;
mod filter;
mod groups;
mod links;
mod structure;

use super::view::{Perspective, View};
use crate::analysis::Analysis;
use crate::model::{EdgeIx, EdgeKind, Evidence, NodeIx, SystemGraph};
use filter::{Filtered, NodeState};

pub use groups::{FEW_THINGS, MANY_THINGS, is_named};
pub use structure::Structure;

/// Position in [`Visible::items`].
pub type ItemIx = u32;

/// Position in [`Visible::groups`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupKeyIx(pub u32);

impl GroupKeyIx {
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// One thing that is drawn as a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Node(NodeIx),
    /// A closed group.
    Group(GroupKeyIx),
}

/// A box to be placed.
#[derive(Clone, Debug, PartialEq)]
pub struct VisibleItem {
    pub what: Shown,
    /// The innermost open group around it.
    pub group: Option<GroupKeyIx>,
    pub counts: ItemCounts,
    /// Left out by the query or the focus, but kept as context.
    pub dimmed: bool,
    /// Its layer from the left, where the perspective decides it.
    pub layer: Option<u32>,
}

/// What an item stands for besides itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemCounts {
    /// Tests folded into it.
    pub tests: u32,
    /// Monitors folded into it.
    pub monitors: u32,
    /// Of its edges, those that lead to something that is not shown.
    pub hidden: u32,
}

/// How a link is drawn. Edges of one pair that differ in it make several links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkStyle {
    pub evidence: Evidence,
    pub through_world: bool,
}

impl LinkStyle {
    pub const fn of(kind: EdgeKind) -> Self {
        let evidence = match kind {
            EdgeKind::Reads(evidence) | EdgeKind::Influences(evidence) => evidence,
            _ => Evidence::Declared,
        };
        Self { evidence, through_world: kind.is_through_world() }
    }

    /// That of a link whose edges lead one after another: the weakest evidence of them.
    pub(super) fn along(self, next: Self) -> Self {
        Self {
            evidence: self.evidence.max(next.evidence),
            through_world: self.through_world || next.through_world,
        }
    }
}

/// All edges from one item to another that look alike. A self-loop has both ends the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: ItemIx,
    pub to: ItemIx,
    pub style: LinkStyle,
    /// How many connections it bundles: edges, or ways through what is folded into it.
    pub count: u32,
    pub(super) edges: std::ops::Range<u32>,
}

/// A group with something shown in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// Names of the group and those around it, joined by `/`; a `/` within a name is written `\/`.
    pub key: String,
    /// For people. Groups that hold nothing but one other group give it their name.
    pub name: String,
    /// The group around it; always an earlier one.
    pub parent: Option<GroupKeyIx>,
    pub open: bool,
    /// Whether all groups around it are open, so that it is drawn.
    pub shown: bool,
    /// Nodes within, at any depth.
    pub members: u32,
    /// Edges between its members, where it is closed.
    pub edges_within: u32,
}

/// Why something is not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// A team, which stands on the cards as owner.
    OwnerOnCard,
    /// The perspective does not speak of it.
    Perspective,
    ByHand,
    Query,
    Focus,
    /// There are too many ways through it to draw each.
    TooManyWays,
}

impl Reason {
    pub const ALL: &[Self] = &[
        Self::OwnerOnCard,
        Self::Perspective,
        Self::ByHand,
        Self::Query,
        Self::Focus,
        Self::TooManyWays,
    ];

    /// Completes "12 nodes …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::OwnerOnCard => "shown as owners on the cards",
            Self::Perspective => "not part of this view",
            Self::ByHand => "hidden by hand",
            Self::Query => "not matched by the query",
            Self::Focus => "outside the focus",
            Self::TooManyWays => "on too many ways to draw each",
        }
    }
}

/// What became of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeFate {
    /// Position in [`Visible::links`].
    Link(u32),
    InGroup(GroupKeyIx),
    /// An end is a test or monitor that is folded into what it watches.
    Badge,
    Hidden(Reason),
}

/// How many nodes and edges are not drawn, by reason; reasons without any are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    pub nodes: Vec<(Reason, u32)>,
    pub edges: Vec<(Reason, u32)>,
    /// Tests and monitors that are badges.
    pub folded_checks: u32,
    /// Edges of folded tests and monitors.
    pub folded_edges: u32,
    /// Nodes in closed groups.
    pub nodes_in_groups: u32,
    /// Edges in closed groups.
    pub edges_in_groups: u32,
}

impl Hidden {
    fn count(reasons: impl Iterator<Item = Reason>) -> Vec<(Reason, u32)> {
        let mut counts = [0u32; Reason::ALL.len()];
        for reason in reasons {
            counts[reason as usize] += 1;
        }
        Reason::ALL.iter().map(|&r| (r, counts[r as usize])).filter(|&(_, n)| n > 0).collect()
    }
}

/// What is known of a graph besides itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// For queries on what it found; without it they filter nothing.
    pub analysis: Option<&'a Analysis>,
    /// Groups where nobody named any; without it they are looked for each time.
    pub structure: Option<&'a Structure>,
}

/// Everything that is shown, and what became of the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Visible {
    pub perspective: Perspective,
    pub items: Vec<VisibleItem>,
    pub links: Vec<Link>,
    /// Outer groups before inner ones, siblings in the order of their first member.
    pub groups: Vec<GroupInfo>,
    pub hidden: Hidden,
    /// Whether some groups were found in the graph, since nobody named any.
    pub from_structure: bool,
    link_edges: Vec<EdgeIx>,
    item_of: Vec<u32>,
    fates: Vec<EdgeFate>,
}

const NO_ITEM: u32 = u32::MAX;

impl Visible {
    /// The item that shows `node`: itself, or the closed group that it is in.
    pub fn item_of(&self, node: NodeIx) -> Option<ItemIx> {
        self.item_of.get(node.at()).copied().filter(|&item| item != NO_ITEM)
    }

    /// The edges of a link, in the graph's order.
    pub fn edges_of(&self, link: &Link) -> &[EdgeIx] {
        &self.link_edges[link.edges.start as usize..link.edges.end as usize]
    }

    /// The edges of all links, link by link.
    pub(super) fn link_edges(&self) -> &[EdgeIx] {
        &self.link_edges
    }

    /// What became of an edge of the graph.
    pub fn fate(&self, edge: EdgeIx) -> EdgeFate {
        self.fates[edge.at()]
    }

    /// Keys of the open groups: what [`GroupsOpen::Auto`](super::GroupsOpen) came to.
    pub fn open_keys(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().filter(|group| group.open).map(|group| &*group.key)
    }
}

/// What `view` shows of `graph`. A query that does not parse filters nothing; whoever takes it in
/// reports it.
///
/// Linear in nodes plus edges, but for the sorting of groups.
pub fn visible(graph: &SystemGraph, view: &View) -> Visible {
    visible_within(graph, view, MANY_THINGS)
}

/// The same, where [`GroupsOpen::Auto`](super::GroupsOpen) opens groups up to `most_things` to be seen.
pub fn visible_within(graph: &SystemGraph, view: &View, most_things: usize) -> Visible {
    visible_with(graph, Known::default(), view, most_things)
}

/// The same, with what is known besides.
pub fn visible_with(
    graph: &SystemGraph,
    known: Known<'_>,
    view: &View,
    most_things: usize,
) -> Visible {
    let (own, filtered) = (Structure::default(), filter::filter(graph, known.analysis, view));
    let structure = known.structure.unwrap_or(&own);
    let grouped = groups::group(graph, view, &filtered, most_things, structure);
    let linked = match view.perspective {
        Perspective::Data => {
            let linked = links::links(graph, &filtered, &grouped);
            let layers = columns::columns(graph, structure, &grouped, &linked);
            links::Linked { layers, ..linked }
        }
        Perspective::Clusters => links::links(graph, &filtered, &grouped),
        Perspective::Cascades => cascade::links(graph, &filtered, &grouped),
    };
    account(graph, view, &filtered, grouped, linked)
}

/// Counts what is not drawn, and says it where it belongs.
fn account(
    graph: &SystemGraph,
    view: &View,
    filtered: &Filtered,
    grouped: groups::Grouped,
    linked: links::Linked,
) -> Visible {
    let groups::Grouped { mut items, mut groups, item_of, from_structure } = grouped;
    let mut hidden = Hidden {
        nodes: Hidden::count(filtered.hidden_reasons()),
        folded_checks: filtered.states.iter().filter(|s| **s == NodeState::Folded).count() as u32,
        ..Hidden::default()
    };
    let mut edge_reasons = Vec::new();
    for (position, fate) in linked.fates.iter().enumerate() {
        let edge = graph.edge(EdgeIx::new(position));
        match *fate {
            EdgeFate::Link(_) => {}
            EdgeFate::InGroup(group) => {
                groups[group.at()].edges_within += 1;
                hidden.edges_in_groups += 1;
            }
            EdgeFate::Badge => hidden.folded_edges += 1,
            EdgeFate::Hidden(reason) => {
                edge_reasons.push(reason);
                if reason != Reason::OwnerOnCard {
                    for end in [edge.from, edge.to] {
                        let item = item_of[end.at()];
                        if item != NO_ITEM {
                            items[item as usize].counts.hidden += 1;
                        }
                    }
                }
            }
        }
    }
    hidden.edges = Hidden::count(edge_reasons.into_iter());
    for (node, &item) in item_of.iter().enumerate() {
        if item == NO_ITEM {
            continue;
        }
        let item = &mut items[item as usize];
        if matches!(item.what, Shown::Group(_)) {
            hidden.nodes_in_groups += 1;
        }
        let (tests, monitors) = filtered.checks_of(graph, NodeIx::new(node));
        item.counts.tests += tests;
        item.counts.monitors += monitors;
    }
    for (item, layer) in items.iter_mut().zip(linked.layers) {
        item.layer = layer;
    }
    Visible {
        perspective: view.perspective,
        items,
        links: linked.links,
        groups,
        hidden,
        from_structure,
        link_edges: linked.link_edges,
        item_of,
        fates: linked.fates,
    }
}
