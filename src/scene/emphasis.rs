//! What stands out because something is selected or hovered: an overlay that never rebuilds the scene.

use super::{BoxIx, LinkIx, Scene};
use crate::model::{EdgeIx, NodeIx, SystemGraph};
use rustc_hash::FxHashSet;

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

/// How much each box and link stands out: what is said of most, and the exceptions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmphasisMap {
    rest: Emphasis,
    /// In the order of the boxes; only what stands out more than the rest.
    boxes: Vec<(BoxIx, Emphasis)>,
    links: Vec<(LinkIx, Emphasis)>,
}

impl EmphasisMap {
    /// Everything normal, for pictures in which nothing is selected; it fits every scene.
    pub const fn none() -> Self {
        Self { rest: Emphasis::Normal, boxes: Vec::new(), links: Vec::new() }
    }

    /// What counts for everything that is no exception.
    pub const fn rest(&self) -> Emphasis {
        self.rest
    }

    /// Boxes that stand out more than the rest, in their order.
    pub fn raised_boxes(&self) -> &[(BoxIx, Emphasis)] {
        &self.boxes
    }

    /// Links that stand out more than the rest, in their order.
    pub fn raised_links(&self) -> &[(LinkIx, Emphasis)] {
        &self.links
    }

    /// Logarithmic in the exceptions.
    pub fn of_box(&self, ix: BoxIx) -> Emphasis {
        found(&self.boxes, ix).unwrap_or(self.rest)
    }

    /// Logarithmic in the exceptions.
    pub fn of_link(&self, ix: LinkIx) -> Emphasis {
        found(&self.links, ix).unwrap_or(self.rest)
    }
}

fn found<K: Ord + Copy>(list: &[(K, Emphasis)], key: K) -> Option<Emphasis> {
    list.binary_search_by_key(&key, |&(known, _)| known).ok().map(|at| list[at].1)
}

/// What `selected`, `hovered` and `lit` make of each mark of `scene`. What is selected or lit dims the rest;
/// hovering alone dims nothing. Things that the scene does not show are passed over.
///
/// Near-linear in what it lights up, whatever the scene's size.
pub fn emphasis(
    graph: &SystemGraph,
    scene: &Scene,
    selected: &[Target],
    hovered: Option<&Target>,
    lit: &[NodeIx],
) -> EmphasisMap {
    let chosen: Vec<BoxIx> = selected.iter().filter_map(|target| box_of(scene, target)).collect();
    let lit: Vec<BoxIx> = lit.iter().filter_map(|&node| scene.box_of(node)).collect();
    let dims = !chosen.is_empty() || !lit.is_empty() || edges(selected.iter()).next().is_some();
    let rest = if dims { Emphasis::Dimmed } else { Emphasis::Normal };
    let mut boxes: Vec<(BoxIx, Emphasis)> = Vec::new();
    let mut links: Vec<(LinkIx, Emphasis)> = Vec::new();
    let hovered_box = hovered.and_then(|target| box_of(scene, target));
    boxes.extend(chosen.iter().map(|&ix| (ix, Emphasis::Selected)));
    boxes.extend(lit.iter().chain(&hovered_box).map(|&ix| (ix, Emphasis::Related)));
    let touched = chosen.iter().copied().chain(hovered_box);
    links.extend(touched.flat_map(|ix| scene.links_of(ix)).map(|&link| (link, Emphasis::Related)));
    // Between two lit boxes a link shows why the one has to do with the other.
    let among: FxHashSet<BoxIx> = lit.iter().copied().collect();
    let ends = |ix: &LinkIx| {
        let link = &scene.links[ix.0 as usize];
        among.contains(&link.from) && among.contains(&link.to)
    };
    let between = lit.iter().flat_map(|&ix| scene.links_of(ix)).filter(|&link| ends(link));
    links.extend(between.map(|&link| (link, Emphasis::Related)));
    let known =
        edges(selected.iter().chain(hovered)).filter(|edge| edge.at() < graph.edges().len());
    links.extend(known.filter_map(|edge| Some((scene.link_of(edge)?, Emphasis::Selected))));
    highest(&mut links);
    for &(link, _) in &links {
        let link = &scene.links[link.0 as usize];
        boxes.extend([link.from, link.to].map(|end| (end, Emphasis::Related)));
    }
    highest(&mut boxes);
    light_frames(scene, &mut boxes, rest);
    boxes.retain(|&(_, emphasis)| emphasis > rest);
    EmphasisMap { rest, boxes, links }
}

/// One entry a mark, in order, with the most that is said of it.
fn highest<K: Ord + Copy>(list: &mut Vec<(K, Emphasis)>) {
    list.sort_unstable_by_key(|&(key, emphasis)| (key, std::cmp::Reverse(emphasis)));
    list.dedup_by_key(|&mut (key, _)| key);
}

/// What a selected frame holds is related, all the way down; a frame around something that stands out
/// does not fade, all the way up.
fn light_frames(scene: &Scene, boxes: &mut Vec<(BoxIx, Emphasis)>, rest: Emphasis) {
    let is_selected = |&&(_, emphasis): &&(BoxIx, Emphasis)| emphasis == Emphasis::Selected;
    let mut open: Vec<BoxIx> = boxes.iter().filter(is_selected).map(|&(ix, _)| ix).collect();
    while let Some(ix) = open.pop() {
        let BoxIx::Plate(plate) = ix else { continue };
        for &inner in scene.held_by(plate) {
            boxes.push((inner, Emphasis::Related));
            open.push(inner);
        }
    }
    if rest == Emphasis::Dimmed {
        let mut lit: FxHashSet<u32> = FxHashSet::default();
        for position in 0..boxes.len() {
            let mut above = match boxes[position].0 {
                BoxIx::Card(card) => scene.cards[card as usize].plate,
                BoxIx::Plate(plate) => scene.plates[plate as usize].parent,
            };
            while let Some(plate) = above.filter(|&plate| lit.insert(plate)) {
                boxes.push((BoxIx::Plate(plate), Emphasis::Normal));
                above = scene.plates[plate as usize].parent;
            }
        }
    }
    highest(boxes);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use crate::scene::{Grouping, GroupsOpen, View, fresh_picture};

    const CHAIN: &str = "dataset a\ndataset b\ndataset c\na -derives-> b\nb -derives-> c";

    fn node(graph: &SystemGraph, id: &str) -> NodeIx {
        graph.find(id).expect(id)
    }

    #[test]
    fn a_selected_thing_lights_its_links_and_dims_the_rest() {
        let graph = graph(CHAIN);
        let scene =
            fresh_picture(&graph, None, &View { grouping: Grouping::None, ..View::default() });
        let [a, b, c] = ["a", "b", "c"].map(|id| node(&graph, id));
        let map = emphasis(&graph, &scene, &[Target::Node(a)], None, &[]);
        let of = |node| map.of_box(scene.box_of(node).expect("shown"));
        assert_eq!(
            (of(a), of(b), of(c)),
            (Emphasis::Selected, Emphasis::Related, Emphasis::Dimmed)
        );
        let links: Vec<Emphasis> = (0..2).map(|ix| map.of_link(LinkIx(ix))).collect();
        assert!(links.contains(&Emphasis::Related) && links.contains(&Emphasis::Dimmed));
    }

    #[test]
    fn hovering_alone_dims_nothing() {
        let graph = graph(CHAIN);
        let scene =
            fresh_picture(&graph, None, &View { grouping: Grouping::None, ..View::default() });
        let c = node(&graph, "c");
        let map = emphasis(&graph, &scene, &[], Some(&Target::Node(c)), &[]);
        assert_eq!(map.rest(), Emphasis::Normal);
        assert_eq!(map.of_box(scene.box_of(c).expect("shown")), Emphasis::Related);
        assert_eq!(map.of_box(scene.box_of(node(&graph, "a")).expect("shown")), Emphasis::Normal);
    }

    #[test]
    fn a_selected_frame_lights_what_it_holds() {
        let graph = graph(CHAIN);
        let view = View { grouping: Grouping::Kind, open: GroupsOpen::All, ..View::default() };
        let scene = fresh_picture(&graph, None, &view);
        let key = scene.plates[0].key.clone();
        let map = emphasis(&graph, &scene, &[Target::Group(key)], None, &[]);
        assert_eq!(map.of_box(BoxIx::Plate(0)), Emphasis::Selected);
        for ix in 0..scene.cards.len() as u32 {
            assert_eq!(map.of_box(BoxIx::Card(ix)), Emphasis::Related);
        }
        let one = emphasis(&graph, &scene, &[Target::Node(node(&graph, "a"))], None, &[]);
        assert_eq!(one.of_box(BoxIx::Plate(0)), Emphasis::Normal, "its frame does not fade");
    }
}
