//! Which edges make which link.

use super::filter::{Filtered, NodeState};
use super::groups::Grouped;
use super::{EdgeFate, ItemIx, Link, LinkStyle, Reason, Shown};
use crate::model::{Edge, EdgeIx, EdgeKind, NodeKind, SystemGraph};
use rustc_hash::FxHashMap;

pub(super) struct Linked {
    pub(super) links: Vec<Link>,
    pub(super) link_edges: Vec<EdgeIx>,
    /// By edge.
    pub(super) fates: Vec<EdgeFate>,
    /// By item; empty when the perspective leaves layers to the layout.
    pub(super) layers: Vec<Option<u32>>,
}

/// Links of the data perspective; linear in edges.
pub(super) fn links(graph: &SystemGraph, filtered: &Filtered, grouped: &Grouped) -> Linked {
    let mut bundles = Bundles::default();
    let fates = graph
        .edges()
        .iter()
        .map(|edge| match unlinked(graph, filtered, edge) {
            Some(fate) => fate,
            None => {
                let (from, to) = (grouped.item_of[edge.from.at()], grouped.item_of[edge.to.at()]);
                match grouped.items[from as usize].what {
                    Shown::Group(group) if from == to => EdgeFate::InGroup(group),
                    _ => EdgeFate::Link(bundles.add(from, to, LinkStyle::of(edge.kind))),
                }
            }
        })
        .collect();
    bundles.finish(fates, Vec::new())
}

/// The fate of an edge that no link can show.
pub(super) fn unlinked(graph: &SystemGraph, filtered: &Filtered, edge: &Edge) -> Option<EdgeFate> {
    let is_team = |node| graph.kind(node) == NodeKind::Team;
    if edge.kind == EdgeKind::Owns || is_team(edge.from) || is_team(edge.to) {
        return Some(EdgeFate::Hidden(Reason::OwnerOnCard));
    }
    let states = [edge.from, edge.to].map(|node| filtered.states[node.at()]);
    if states.contains(&NodeState::Folded) {
        return Some(EdgeFate::Badge);
    }
    states.into_iter().find_map(|state| match state {
        NodeState::Hidden(reason) => Some(EdgeFate::Hidden(reason)),
        _ => None,
    })
}

/// Links while edges are being put into them, in the order of their first edge.
#[derive(Default)]
pub(super) struct Bundles {
    links: Vec<Link>,
    known: FxHashMap<(ItemIx, ItemIx, LinkStyle), u32>,
}

impl Bundles {
    /// The link of this pair and style, one connection thicker.
    pub(super) fn add(&mut self, from: ItemIx, to: ItemIx, style: LinkStyle) -> u32 {
        let next = self.links.len() as u32;
        let link = *self.known.entry((from, to, style)).or_insert(next);
        if link == next {
            self.links.push(Link { from, to, style, count: 0, edges: 0..0 });
        }
        self.links[link as usize].count += 1;
        link
    }

    /// Sorts the edges into their links by counting.
    pub(super) fn finish(mut self, fates: Vec<EdgeFate>, layers: Vec<Option<u32>>) -> Linked {
        let mut sizes = vec![0u32; self.links.len()];
        for fate in &fates {
            if let EdgeFate::Link(link) = fate {
                sizes[*link as usize] += 1;
            }
        }
        let mut start = 0;
        for (link, size) in self.links.iter_mut().zip(sizes) {
            link.edges = start..start;
            start += size;
        }
        let mut link_edges = vec![EdgeIx(0); start as usize];
        for (position, fate) in fates.iter().enumerate() {
            if let EdgeFate::Link(link) = fate {
                let end = &mut self.links[*link as usize].edges.end;
                link_edges[*end as usize] = EdgeIx::new(position);
                *end += 1;
            }
        }
        Linked { links: self.links, link_edges, fates, layers }
    }
}
