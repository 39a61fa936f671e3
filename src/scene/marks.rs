//! The picture as data: cards, plates and links with places, and an index to find them by place.

use super::adjacency::Adjacency;
use super::caption::{Caption, Legend};
use super::route::{distance_to_run, piece_count, runs};
use super::{Hidden, LinkStyle, OwnerMark, Perspective};
use crate::layout::{Point, Rect};
use crate::model::{EdgeIx, NodeIx, NodeKind};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// A box of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BoxIx {
    /// Position in [`Scene::cards`].
    Card(u32),
    /// Position in [`Scene::plates`].
    Plate(u32),
}

/// Position in [`Scene::links`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkIx(pub u32);

/// What stands on a card besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BadgeKind {
    /// Edges that lead to something that is not shown.
    Hidden,
    Tests,
    Monitors,
    Columns,
}

impl BadgeKind {
    pub const ALL: &[Self] = &[Self::Hidden, Self::Tests, Self::Monitors, Self::Columns];

    /// For the legend.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hidden => "Dependencies not shown",
            Self::Tests => "Tests folded into it",
            Self::Monitors => "Monitors folded into it",
            Self::Columns => "Columns",
        }
    }
}

/// A count on a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    pub kind: BadgeKind,
    /// As drawn.
    pub text: Box<str>,
}

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub node: NodeIx,
    pub kind: NodeKind,
    pub rect: Rect,
    /// The name as it is drawn, cut to fit.
    pub title: Box<str>,
    /// The part of the name that tells it from those beside it, where there is room for little.
    pub short: Box<str>,
    /// Kind and owner as they are drawn.
    pub subtitle: Box<str>,
    pub owner: Option<OwnerMark>,
    /// From left to right; those that found no room are left out, the hidden ones last.
    pub badges: Vec<Badge>,
    /// Something refers to it and no file defines it.
    pub stub: bool,
    /// Shown as context only.
    pub dimmed: bool,
    pub pinned: bool,
    /// The open plate that it lies on.
    pub plate: Option<u32>,
    /// How far to its right nothing stands, for a name that is too long.
    pub beyond: f32,
}

/// A group: a frame around what it holds when open, a box when closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plate {
    /// As in [`View::open`](super::View::open).
    pub key: String,
    pub open: bool,
    pub rect: Rect,
    /// The name as it is drawn, cut to fit.
    pub title: Box<str>,
    /// The whole name.
    pub name: Box<str>,
    /// How many nodes are within, as it is drawn.
    pub subtitle: Box<str>,
    pub members: u32,
    /// Of a closed group: how many of its nodes are of each kind, the most frequent first.
    pub strip: Vec<(NodeKind, u32)>,
    /// The open plate around it.
    pub parent: Option<u32>,
    /// How many plates are around it.
    pub depth: u32,
    pub badges: Vec<Badge>,
    pub dimmed: bool,
    pub pinned: bool,
    /// Of a closed group: how far to its right nothing stands, for a name that is too long.
    pub beyond: f32,
}

/// Dependencies from one box to another that look alike.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkMark {
    pub from: BoxIx,
    pub to: BoxIx,
    /// A start point, then control, control, end for each cubic piece.
    pub route: Vec<Point>,
    /// How many connections it bundles.
    pub count: u32,
    pub style: LinkStyle,
    /// It runs against the flow and closes a cycle of nodes.
    pub feedback: bool,
    /// Where along the route (0 to 1) the world's glyph stands, for links through the world.
    pub world_at: Option<f32>,
    pub dimmed: bool,
    /// 1 and, in a thicket of links, less for those that carry less than others.
    pub strength: f32,
    pub(super) edges: std::ops::Range<u32>,
}

/// What lies at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    Box(BoxIx),
    Link(LinkIx),
}

/// Straight pieces of a link within a rectangle, in the mean, where links are looked for with a limit.
const PIECES_A_LINK: usize = 4;

/// Entries of the index of routes; in larger pictures one stands for several straight pieces, so that memory
/// stays bounded (a picture of 100,000 cards has some hundred million pieces).
const MOST_RUNS: usize = 1 << 21;

/// More pieces of links than these within reach of the pointer are a band of colour, and nobody means one.
const MOST_MEANT: usize = 96;

type Entry<T> = GeomWithData<Rectangle<[f32; 2]>, T>;

/// A run of straight pieces of a link's route, by the position of its first along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    link: LinkIx,
    at: u32,
}

/// One picture: everything with its place. Hover, selection and theme are laid over it and never change it.
#[derive(Debug)]
pub struct Scene {
    pub perspective: Perspective,
    pub cards: Vec<Card>,
    /// Outer ones before inner ones.
    pub plates: Vec<Plate>,
    pub links: Vec<LinkMark>,
    /// Everything that is drawn, routes included; [`Rect::NOTHING`] when nothing is.
    pub bounds: Rect,
    pub caption: Caption,
    pub legend: Legend,
    pub hidden: Hidden,
    link_edges: Vec<EdgeIx>,
    /// By node.
    box_of: Vec<Option<BoxIx>>,
    boxes: RTree<Entry<BoxIx>>,
    routes: RTree<Entry<Piece>>,
    /// Straight pieces of a route that one entry stands for.
    grain: usize,
    adjacency: Adjacency,
}

/// The parts of a [`Scene`] before it is indexed.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) perspective: Perspective,
    pub(super) cards: Vec<Card>,
    pub(super) plates: Vec<Plate>,
    pub(super) links: Vec<LinkMark>,
    pub(super) caption: Caption,
    pub(super) legend: Legend,
    pub(super) hidden: Hidden,
    pub(super) link_edges: Vec<EdgeIx>,
    pub(super) box_of: Vec<Option<BoxIx>>,
}

impl Scene {
    /// Indexes the parts by place; near-linear.
    pub(super) fn new(parts: Parts) -> Self {
        let card_boxes = parts.cards.iter().zip(0..).map(|(card, ix)| (card.rect, BoxIx::Card(ix)));
        let plate_boxes =
            parts.plates.iter().zip(0..).map(|(plate, ix)| (plate.rect, BoxIx::Plate(ix)));
        let boxes: Vec<(Rect, BoxIx)> = plate_boxes.chain(card_boxes).collect();
        let all: usize = parts.links.iter().map(|link| piece_count(&link.route)).sum();
        let grain = all.div_ceil(MOST_RUNS).next_power_of_two();
        let routes: Vec<(Rect, Piece)> = parts
            .links
            .iter()
            .zip(0..)
            .flat_map(|(link, ix)| {
                let piece = move |at: u32| Piece { link: LinkIx(ix), at: at * grain as u32 };
                runs(&link.route, grain).zip(0..).map(move |(rect, at)| (rect, piece(at)))
            })
            .collect();
        let rects = boxes.iter().map(|(rect, _)| rect).chain(routes.iter().map(|(rect, _)| rect));
        let adjacency =
            Adjacency::new(&parts.cards, &parts.plates, &parts.links, &parts.link_edges);
        Self {
            adjacency,
            grain,
            perspective: parts.perspective,
            bounds: rects.fold(Rect::NOTHING, |all, rect| all.union(rect)),
            boxes: RTree::bulk_load(boxes.into_iter().map(entry).collect()),
            routes: RTree::bulk_load(routes.into_iter().map(entry).collect()),
            cards: parts.cards,
            plates: parts.plates,
            links: parts.links,
            caption: parts.caption,
            legend: parts.legend,
            hidden: parts.hidden,
            link_edges: parts.link_edges,
            box_of: parts.box_of,
        }
    }

    /// The box that shows `node`: its card, or the closed plate that it is in.
    pub fn box_of(&self, node: NodeIx) -> Option<BoxIx> {
        self.box_of.get(node.at()).copied().flatten()
    }

    /// The plate of a group that is shown. Logarithmic.
    pub fn plate_of(&self, key: &str) -> Option<BoxIx> {
        self.adjacency.plate_of(&self.plates, key).map(BoxIx::Plate)
    }

    /// The links that begin or end at a box, in drawing order.
    pub fn links_of(&self, ix: BoxIx) -> &[LinkIx] {
        self.adjacency.links_of(ix)
    }

    /// The link that an edge of the graph is drawn in.
    pub fn link_of(&self, edge: EdgeIx) -> Option<LinkIx> {
        self.adjacency.link_of(edge)
    }

    /// What lies directly on an open plate.
    pub fn held_by(&self, plate: u32) -> &[BoxIx] {
        self.adjacency.held_by(plate)
    }

    /// Whether a plate is that of the group with this key, or lies on it.
    pub fn is_within(&self, plate: Option<u32>, key: &str) -> bool {
        let mut at = plate.map(|plate| &self.plates[plate as usize]);
        while let Some(plate) = at {
            if plate.key == key {
                return true;
            }
            at = plate.parent.map(|parent| &self.plates[parent as usize]);
        }
        false
    }

    /// All boxes, those first by which one finds one's way: groups by size, then cards by links.
    pub fn landmarks(&self) -> &[BoxIx] {
        self.adjacency.landmarks()
    }

    /// How many boxes and links there are.
    pub fn mark_count(&self) -> usize {
        self.cards.len() + self.plates.len() + self.links.len()
    }

    /// How many nodes the graph has that it was made of.
    pub(super) fn node_count(&self) -> usize {
        self.box_of.len()
    }

    pub fn rect_of(&self, ix: BoxIx) -> Rect {
        match ix {
            BoxIx::Card(ix) => self.cards[ix as usize].rect,
            BoxIx::Plate(ix) => self.plates[ix as usize].rect,
        }
    }

    /// The edges that a link bundles, in the graph's order.
    pub fn edges_of(&self, link: &LinkMark) -> &[EdgeIx] {
        &self.link_edges[link.edges.start as usize..link.edges.end as usize]
    }

    /// Keys of the open groups: what [`GroupsOpen::Auto`](super::GroupsOpen) came to.
    pub fn open_keys(&self) -> impl Iterator<Item = &str> {
        self.plates.iter().filter(|plate| plate.open).map(|plate| &*plate.key)
    }

    /// What lies at `at` or, for links, within `tolerance` scene units of it: a card or closed plate before
    /// a link before the innermost open plate. Where more links pass than anybody could tell apart, none is
    /// meant. Logarithmic.
    pub fn hit(&self, at: Point, tolerance: f32) -> Option<Hit> {
        let point = AABB::from_point([at.x, at.y]);
        let mut ground: Option<u32> = None;
        for found in self.boxes.locate_in_envelope_intersecting(point) {
            match found.data {
                BoxIx::Plate(ix) if self.plates[ix as usize].open => ground = ground.max(Some(ix)),
                other => return Some(Hit::Box(other)),
            }
        }
        self.link_at(at, tolerance).map(Hit::Link).or(ground.map(|ix| Hit::Box(BoxIx::Plate(ix))))
    }

    fn link_at(&self, at: Point, tolerance: f32) -> Option<LinkIx> {
        let near = Rect::new(at, at).expand(tolerance);
        let found = self.routes.locate_in_envelope_intersecting(envelope(near));
        let found: Vec<Piece> = found.map(|entry| entry.data).take(MOST_MEANT + 1).collect();
        if found.len() > MOST_MEANT {
            return None;
        }
        let distance = |piece: &Piece| {
            let route = &self.links[piece.link.0 as usize].route;
            distance_to_run(route, piece.at as usize, self.grain, at)
        };
        found
            .iter()
            .map(|piece| (distance(piece), piece.link))
            .filter(|(distance, _)| *distance <= tolerance)
            .min_by(|(a, x), (b, y)| a.total_cmp(b).then(x.cmp(y)))
            .map(|(_, link)| link)
    }

    /// Cards and closed plates that meet `rect`, and frames of open ones, each in drawing order; `None`
    /// where there are more than `most`. Its cost is bounded by `most`.
    pub fn few_in_rect(&self, rect: Rect, most: usize) -> Option<(Vec<BoxIx>, Vec<BoxIx>)> {
        let found = self.boxes.locate_in_envelope_intersecting(envelope(rect));
        let (mut frames, mut boxes) = (Vec::new(), Vec::new());
        for entry in found {
            let list = match entry.data {
                BoxIx::Plate(plate) if self.plates[plate as usize].open => &mut frames,
                _ => &mut boxes,
            };
            list.push(entry.data);
            if frames.len() + boxes.len() > most {
                return None;
            }
        }
        frames.sort_unstable();
        // Closed plates lie beneath cards.
        boxes.sort_unstable_by_key(|&ix| (matches!(ix, BoxIx::Card(_)), ix));
        Some((frames, boxes))
    }

    /// Links of which a part meets `rect`, in drawing order; `None` where there are more than `most`.
    pub fn few_links_in_rect(&self, rect: Rect, most: usize) -> Option<Vec<LinkIx>> {
        let pieces = self.routes.locate_in_envelope_intersecting(envelope(rect));
        let mut found: Vec<LinkIx> =
            pieces.map(|entry| entry.data.link).take(most * PIECES_A_LINK + 1).collect();
        let full = found.len() > most * PIECES_A_LINK;
        found.sort_unstable();
        found.dedup();
        (!full && found.len() <= most).then_some(found)
    }

    /// Boxes that meet `rect`, in drawing order: open plates from the outermost, closed ones, cards.
    pub fn in_rect(&self, rect: Rect) -> impl Iterator<Item = BoxIx> + use<> {
        let found = self.boxes.locate_in_envelope_intersecting(envelope(rect));
        let mut found: Vec<(bool, bool, BoxIx)> = found
            .map(|entry| match entry.data {
                ix @ BoxIx::Plate(plate) => (!self.plates[plate as usize].open, false, ix),
                ix @ BoxIx::Card(_) => (true, true, ix),
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, _, ix)| ix)
    }

    /// Links of which a part meets `rect`, in drawing order.
    pub fn links_in_rect(&self, rect: Rect) -> impl Iterator<Item = LinkIx> + use<> {
        let found = self.routes.locate_in_envelope_intersecting(envelope(rect));
        let mut found: Vec<LinkIx> = found.map(|entry| entry.data.link).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter()
    }
}

fn envelope(rect: Rect) -> AABB<[f32; 2]> {
    AABB::from_corners([rect.min.x, rect.min.y], [rect.max.x, rect.max.y])
}

fn entry<T>((rect, data): (Rect, T)) -> Entry<T> {
    let corners = Rectangle::from_corners([rect.min.x, rect.min.y], [rect.max.x, rect.max.y]);
    GeomWithData::new(corners, data)
}
