//! What touches what in a picture: links at a box, boxes on an open group, links by edge. Made once a
//! picture, so that a selection costs what it lights up and not what there is.

use super::{BoxIx, Card, LinkIx, LinkMark, Plate};
use crate::model::{EdgeIx, Lists};

const NO_LINK: u32 = u32::MAX;

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Adjacency {
    cards: usize,
    links: Lists<LinkIx>,
    held: Lists<BoxIx>,
    /// By edge.
    link_of: Vec<u32>,
    /// Plates in the order of their keys.
    by_key: Vec<u32>,
    /// Boxes that stand for something, the weightiest first.
    landmarks: Vec<BoxIx>,
}

impl Adjacency {
    /// Near-linear in the marks and the edges of links.
    pub(super) fn new(
        cards: &[Card],
        plates: &[Plate],
        links: &[LinkMark],
        link_edges: &[EdgeIx],
    ) -> Self {
        let number = |ix| number(cards.len(), ix);
        let boxes = cards.len() + plates.len();
        let mut ends: Vec<(u32, LinkIx)> = Vec::with_capacity(2 * links.len());
        let mut link_of = vec![NO_LINK; link_edges.iter().map(|e| e.at() + 1).max().unwrap_or(0)];
        for (link, ix) in links.iter().zip(0..) {
            ends.push((number(link.from), LinkIx(ix)));
            if link.to != link.from {
                ends.push((number(link.to), LinkIx(ix)));
            }
            for edge in &link_edges[link.edges.start as usize..link.edges.end as usize] {
                link_of[edge.at()] = ix;
            }
        }
        let inner = plates.iter().zip(0..).map(|(plate, ix)| (plate.parent, BoxIx::Plate(ix)));
        let held =
            inner.chain(cards.iter().zip(0..).map(|(card, ix)| (card.plate, BoxIx::Card(ix))));
        let held: Vec<(u32, BoxIx)> = held.filter_map(|(around, ix)| Some((around?, ix))).collect();
        let mut by_key: Vec<u32> = (0..plates.len() as u32).collect();
        by_key.sort_unstable_by(|&a, &b| plates[a as usize].key.cmp(&plates[b as usize].key));
        let links = Lists::new(boxes, ends.into_iter());
        let landmarks = landmarks(cards, plates, &links);
        Self {
            cards: cards.len(),
            held: Lists::new(plates.len(), held.into_iter()),
            links,
            link_of,
            by_key,
            landmarks,
        }
    }

    pub(super) fn links_of(&self, ix: BoxIx) -> &[LinkIx] {
        self.links.of(number(self.cards, ix) as usize)
    }

    pub(super) fn held_by(&self, plate: u32) -> &[BoxIx] {
        self.held.of(plate as usize)
    }

    pub(super) fn link_of(&self, edge: EdgeIx) -> Option<LinkIx> {
        self.link_of.get(edge.at()).copied().filter(|&link| link != NO_LINK).map(LinkIx)
    }

    pub(super) fn plate_of(&self, plates: &[Plate], key: &str) -> Option<u32> {
        let found = self.by_key.binary_search_by(|&ix| (*plates[ix as usize].key).cmp(key));
        found.ok().map(|at| self.by_key[at])
    }

    pub(super) fn landmarks(&self) -> &[BoxIx] {
        &self.landmarks
    }
}

fn number(cards: usize, ix: BoxIx) -> u32 {
    match ix {
        BoxIx::Card(ix) => ix,
        BoxIx::Plate(ix) => cards as u32 + ix,
    }
}

/// Groups by what is in them, then cards by how many links they have.
fn landmarks(cards: &[Card], plates: &[Plate], links: &Lists<LinkIx>) -> Vec<BoxIx> {
    let weight_of_plate = |plate: &Plate| (u32::MAX / 2).saturating_add(plate.members);
    let plates = plates.iter().zip(0..).map(|(p, ix)| (weight_of_plate(p), BoxIx::Plate(ix)));
    let degree = |ix: u32| links.of(ix as usize).len() as u32;
    let cards = (0..cards.len() as u32).map(|ix| (degree(ix), BoxIx::Card(ix)));
    let mut all: Vec<(u32, BoxIx)> = plates.chain(cards).collect();
    all.sort_unstable_by_key(|&(weight, ix)| (std::cmp::Reverse(weight), ix));
    all.into_iter().map(|(_, ix)| ix).collect()
}
