//! What a scene shows, as things and connections: the common ground of the formats for programs.
//!
//! Exact: two cards are connected by each edge of its own, as the manifests say them; a closed group,
//! and a way through things that are not drawn, by one connection with its number.

use super::Picture;
use crate::layout::{Point, Rect};
use crate::model::{AttrSet, EdgeIx, EdgeKind, Node, NodeKind, SystemGraph};
use crate::scene::{BoxIx, Card, LinkMark, LinkStyle, Plate, Scene};

/// A card or a closed group.
#[derive(Debug)]
pub(super) struct Thing<'a> {
    /// The node's, or `group:` and the key of the group.
    pub(super) id: String,
    pub(super) name: &'a str,
    /// `None` for a closed group.
    pub(super) node: Option<&'a Node>,
    pub(super) owner: Option<&'a str>,
    /// The innermost open group around it, as a position in [`Outline::frames`].
    pub(super) frame: Option<usize>,
    pub(super) rect: Rect,
    /// How many nodes it stands for.
    pub(super) members: u32,
}

impl Thing<'_> {
    pub(super) fn kind_key(&self) -> &'static str {
        self.node.map_or("group", |node| node.kind.meta().key)
    }

    pub(super) fn kind(&self) -> Option<NodeKind> {
        self.node.map(|node| node.kind)
    }
}

/// An open group.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) name: &'a str,
    pub(super) key: &'a str,
    /// An earlier one.
    pub(super) parent: Option<usize>,
    pub(super) rect: Rect,
}

/// A dependency between two things.
#[derive(Debug)]
pub(super) struct Connection<'a> {
    /// Positions in [`Outline::things`].
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: EdgeKind,
    pub(super) style: LinkStyle,
    /// How many edges or ways it stands for.
    pub(super) count: u32,
    pub(super) attrs: Option<&'a AttrSet>,
    /// Where its line bends, both ends left out.
    pub(super) bends: Vec<Point>,
}

/// Everything that a scene shows.
#[derive(Debug)]
pub(super) struct Outline<'a> {
    pub(super) frames: Vec<Frame<'a>>,
    pub(super) things: Vec<Thing<'a>>,
    pub(super) connections: Vec<Connection<'a>>,
}

impl<'a> Outline<'a> {
    /// Linear in the scene and the edges that it shows.
    pub(super) fn new(picture: &Picture<'a>) -> Self {
        let (graph, scene) = (picture.graph, picture.scene);
        let mut frame_of = vec![None; scene.plates.len()];
        let mut thing_of_plate = vec![0; scene.plates.len()];
        let mut frames = Vec::new();
        for (plate, slot) in scene.plates.iter().zip(0..).filter(|(plate, _)| plate.open) {
            let parent = plate.parent.and_then(|parent| frame_of[parent as usize]);
            frame_of[slot] = Some(frames.len());
            frames.push(Frame { name: &plate.name, key: &plate.key, parent, rect: plate.rect });
        }
        let frame_at = |plate: Option<u32>| plate.and_then(|plate| frame_of[plate as usize]);
        let mut things: Vec<Thing<'a>> =
            scene.cards.iter().map(|card| of_card(graph, card, frame_at(card.plate))).collect();
        for (plate, slot) in scene.plates.iter().zip(0..).filter(|(plate, _)| !plate.open) {
            thing_of_plate[slot] = things.len();
            things.push(of_plate(plate, frame_at(plate.parent)));
        }
        let thing_of = |ix: BoxIx| match ix {
            BoxIx::Card(ix) => ix as usize,
            BoxIx::Plate(ix) => thing_of_plate[ix as usize],
        };
        let mut connections = Vec::new();
        for link in &scene.links {
            connections_of(
                graph,
                scene,
                link,
                (thing_of(link.from), thing_of(link.to)),
                &mut connections,
            );
        }
        Self { frames, things, connections }
    }
}

fn of_card<'a>(graph: &'a SystemGraph, card: &'a Card, frame: Option<usize>) -> Thing<'a> {
    let node = graph.node(card.node);
    Thing {
        id: node.id.to_string(),
        name: &node.name,
        node: Some(node),
        owner: node.owner.map(|team| &*graph.node(team).name),
        frame,
        rect: card.rect,
        members: 1,
    }
}

fn of_plate(plate: &Plate, frame: Option<usize>) -> Thing<'_> {
    Thing {
        id: format!("{}{}", crate::scene::GROUP_PREFIX, plate.key),
        name: &plate.name,
        node: None,
        owner: None,
        frame,
        rect: plate.rect,
        members: plate.members,
    }
}

fn connections_of<'a>(
    graph: &'a SystemGraph,
    scene: &'a Scene,
    link: &'a LinkMark,
    (from, to): (usize, usize),
    connections: &mut Vec<Connection<'a>>,
) {
    // The points between the pieces of the route.
    let bends: Vec<Point> = link.route.iter().skip(3).step_by(3).copied().collect();
    let bends = &bends[..bends.len().saturating_sub(1)];
    let edges = scene.edges_of(link);
    let direct = |&edge: &EdgeIx| {
        let edge = graph.edge(edge);
        let ends = [edge.from, edge.to].map(|node| scene.box_of(node));
        ends == [Some(link.from), Some(link.to)]
    };
    let cards = matches!((link.from, link.to), (BoxIx::Card(_), BoxIx::Card(_)));
    if cards && edges.len() == link.count as usize && edges.iter().all(direct) {
        connections.extend(edges.iter().map(|&ix| {
            let edge = graph.edge(ix);
            Connection {
                from,
                to,
                kind: edge.kind,
                style: LinkStyle::of(edge.kind),
                count: 1,
                attrs: graph.details(ix).attrs.as_deref(),
                bends: bends.to_vec(),
            }
        }));
        return;
    }
    let mut kinds = edges.iter().map(|&edge| graph.edge(edge).kind);
    let first = kinds.next().unwrap_or(EdgeKind::Feeds);
    connections.push(Connection {
        from,
        to,
        kind: if kinds.all(|kind| kind == first) { first } else { EdgeKind::Feeds },
        style: link.style,
        count: link.count,
        attrs: None,
        bends: bends.to_vec(),
    });
}
