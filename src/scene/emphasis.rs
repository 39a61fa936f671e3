//! What stands out because something is selected or hovered: an overlay that never rebuilds the scene.

use super::{BoxIx, LinkIx, Scene};
use crate::model::{EdgeIx, NodeIx, SystemGraph};

/// How much something stands out. Ordered; where several apply, the greatest counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Emphasis {
    Dimmed,
    #[default]
    Normal,
    Related,
    Selected,
}

/// Something selected or hovered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    Node(NodeIx),
    Edge(EdgeIx),
    /// By key.
    Group(String),
}

/// By box and link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmphasisMap {
    cards: Vec<Emphasis>,
    plates: Vec<Emphasis>,
    links: Vec<Emphasis>,
}

impl EmphasisMap {
    /// Everything normal, for pictures in which nothing is selected; it fits every scene.
    pub const fn none() -> Self {
        Self { cards: Vec::new(), plates: Vec::new(), links: Vec::new() }
    }

    pub fn of_box(&self, ix: BoxIx) -> Emphasis {
        match ix {
            BoxIx::Card(ix) => self.cards.get(ix as usize),
            BoxIx::Plate(ix) => self.plates.get(ix as usize),
        }
        .copied()
        .unwrap_or_default()
    }

    pub fn of_link(&self, ix: LinkIx) -> Emphasis {
        self.links.get(ix.0 as usize).copied().unwrap_or_default()
    }

    fn raise_box(&mut self, ix: BoxIx, to: Emphasis) {
        let slot = match ix {
            BoxIx::Card(ix) => &mut self.cards[ix as usize],
            BoxIx::Plate(ix) => &mut self.plates[ix as usize],
        };
        *slot = (*slot).max(to);
    }
}

/// What `selected` and `hovered` make of each mark of `scene`. What is selected dims the rest; hovering
/// alone dims nothing. Things that the scene does not show are passed over.
///
/// Linear in the scene's marks and the edges that links bundle.
pub fn emphasis(
    graph: &SystemGraph,
    scene: &Scene,
    selected: &[Target],
    hovered: Option<&Target>,
) -> EmphasisMap {
    let chosen: Vec<BoxIx> = selected.iter().filter_map(|target| box_of(scene, target)).collect();
    let chosen_edges: Vec<EdgeIx> = edges(selected.iter().chain(hovered)).collect();
    let found = !chosen.is_empty() || edges(selected.iter()).next().is_some();
    let rest = if found { Emphasis::Dimmed } else { Emphasis::Normal };
    let mut map = EmphasisMap {
        cards: vec![rest; scene.cards.len()],
        plates: vec![rest; scene.plates.len()],
        links: vec![rest; scene.links.len()],
    };
    let hovered_box = hovered.and_then(|target| box_of(scene, target));
    for &ix in &chosen {
        map.raise_box(ix, Emphasis::Selected);
    }
    if let Some(ix) = hovered_box {
        map.raise_box(ix, Emphasis::Related);
    }
    for (link, position) in scene.links.iter().zip(0..) {
        let by_box = [link.from, link.to]
            .iter()
            .any(|end| Some(*end) == hovered_box || chosen.contains(end));
        let holds = |edge: &EdgeIx| {
            let fits = graph.edges().len() > edge.at();
            fits && scene.edges_of(link).contains(edge)
        };
        let by_edge = chosen_edges.iter().any(holds);
        if by_box || by_edge {
            let to = if by_edge { Emphasis::Selected } else { Emphasis::Related };
            let slot: &mut Emphasis = &mut map.links[position];
            *slot = (*slot).max(to);
            for end in [link.from, link.to] {
                map.raise_box(end, Emphasis::Related);
            }
        }
    }
    light_frames(scene, &mut map);
    map
}

/// A frame around something that stands out does not fade; what a selected frame holds is related.
fn light_frames(scene: &Scene, map: &mut EmphasisMap) {
    for ix in 0..scene.plates.len() {
        if let Some(parent) = scene.plates[ix].parent
            && map.plates[parent as usize] == Emphasis::Selected
        {
            map.raise_box(BoxIx::Plate(ix as u32), Emphasis::Related);
        }
    }
    for (ix, card) in scene.cards.iter().enumerate() {
        let Some(plate) = card.plate else { continue };
        if map.plates[plate as usize] == Emphasis::Selected {
            map.raise_box(BoxIx::Card(ix as u32), Emphasis::Related);
        }
        if map.cards[ix] > Emphasis::Normal {
            map.raise_box(BoxIx::Plate(plate), Emphasis::Normal);
        }
    }
    for ix in (0..scene.plates.len()).rev() {
        if let Some(parent) = scene.plates[ix].parent
            && map.plates[ix] > Emphasis::Dimmed
        {
            map.raise_box(BoxIx::Plate(parent), Emphasis::Normal);
        }
    }
}

fn box_of(scene: &Scene, target: &Target) -> Option<BoxIx> {
    match target {
        Target::Node(node) => scene.box_of(*node),
        Target::Group(key) => scene.plate_of(key),
        Target::Edge(_) => None,
    }
}

fn edges<'a>(targets: impl Iterator<Item = &'a Target>) -> impl Iterator<Item = EdgeIx> {
    targets.filter_map(|target| match target {
        Target::Edge(edge) => Some(*edge),
        _ => None,
    })
}
