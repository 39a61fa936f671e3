//! Groups where nobody named any, or named one for more than can be looked at: what hangs together, nested,
//! each small enough to be opened.
//!
//! Communities of the links ([`communities`]), from the outermost inwards; what they leave together is put
//! in the order of names. Start reading at [`Structure`].

use crate::analysis::facts::{Csr, Depths, communities, components_of};
use crate::model::{GroupIx, NodeIx, NodeKind, SystemGraph};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::sync::OnceLock;

/// A group with more nodes of its own than these is divided. One that a manifest names is what somebody
/// wanted, so it may hold more than a screen.
pub(super) const MOST_OF_ONE: usize = 300;

/// A found group with no more nodes than these is not divided further.
const SMALL: usize = 48;

/// More groups than these side by side are put together: a screen holds no more.
pub(super) const MOST_BESIDE: usize = 100;

/// Smaller groups than these are left with others of their sort.
const LEAST: usize = 4;

/// A start of names that this share of a group has is the group's name.
const TELLING_SHARE: f64 = 0.6;

/// Names that are looked at for it, evenly spread.
const MOST_NAMES: usize = 600;

const NONE: u32 = u32::MAX;

/// One group of a [`Division`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// Always an earlier one, or none.
    pub(super) parent: Option<u32>,
}

/// The nodes of one group, or of none, divided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) parts: Vec<Part>,
    /// Nodes with the innermost part that they are in, in their order.
    pub(super) part_of: Vec<(NodeIx, u32)>,
}

/// The divisions of one graph, found when first asked for and then kept. Which groups are divided does not
/// depend on the view, so that groups keep their names and places from view to view.
#[derive(Debug, Default)]
pub struct Structure {
    found: OnceLock<FxHashMap<u32, Division>>,
    depths: OnceLock<Vec<u32>>,
}

impl Structure {
    /// The division of a group's own nodes, or of those in no group; none where they are few enough.
    /// Near-linear in the graph at first, then nothing.
    pub(super) fn of(&self, graph: &SystemGraph, group: Option<u32>) -> Option<&Division> {
        self.found.get_or_init(|| divide(graph)).get(&group.unwrap_or(NONE))
    }

    /// By node: how many steps the longest way to it has, where what goes round is one place. Linear in the graph
    /// at first, then nothing.
    pub(super) fn depths(&self, graph: &SystemGraph) -> &[u32] {
        self.depths.get_or_init(|| {
            let edges = graph.edges().iter().map(|edge| (edge.from.0, edge.to.0));
            let ways = Csr::new(graph.nodes().len(), edges);
            let places = components_of(&ways);
            let depths = Depths::new(&ways, &places, |_, _| 1);
            (0..graph.nodes().len() as u32).map(|node| depths.of(places.of(node))).collect()
        })
    }
}

fn divide(graph: &SystemGraph) -> FxHashMap<u32, Division> {
    let mut members: Vec<Vec<NodeIx>> = vec![Vec::new(); graph.groups().len() + 1];
    for node in graph.node_indices().filter(|&node| graph.kind(node) != NodeKind::Team) {
        members[slot(graph, node)].push(node);
    }
    let is_large = |slot: usize| members[slot].len() > MOST_OF_ONE;
    if !(0..members.len()).any(is_large) {
        return FxHashMap::default();
    }
    let edges = graph.edges().iter().filter(|edge| {
        let own = slot(graph, edge.from);
        own == slot(graph, edge.to) && is_large(own)
    });
    let levels = communities(graph.nodes().len(), edges.map(|edge| (edge.from.0, edge.to.0)));
    let degree = |node: NodeIx| graph.outgoing(node).len() + graph.incoming(node).len();
    let divider = Divider { graph, levels: &levels, degree: &degree };
    (0..members.len())
        .filter(|&slot| is_large(slot))
        .map(|slot| {
            let key = if slot == graph.groups().len() { NONE } else { slot as u32 };
            (key, divider.divide(&members[slot]))
        })
        .collect()
}

fn slot(graph: &SystemGraph, node: NodeIx) -> usize {
    graph.node(node).group.map_or(graph.groups().len(), GroupIx::at)
}

struct Divider<'a> {
    graph: &'a SystemGraph,
    /// As [`communities`] gives them.
    levels: &'a [Vec<u32>],
    degree: &'a dyn Fn(NodeIx) -> usize,
}

/// Nodes that are still to be divided.
struct Task {
    nodes: Vec<NodeIx>,
    part: Option<u32>,
    /// The outermost level that has not been tried.
    level: usize,
}

/// A group to be: its nodes, whether communities joined them, and the level to go on with.
struct Piece {
    nodes: Vec<NodeIx>,
    joined: bool,
    level: usize,
}

impl Divider<'_> {
    fn divide(&self, nodes: &[NodeIx]) -> Division {
        let mut division = Division::default();
        let first = Task { nodes: nodes.to_vec(), part: None, level: self.levels.len() };
        let mut tasks = vec![first];
        while let Some(task) = tasks.pop() {
            let is_root = task.part.is_none();
            if task.nodes.len() <= SMALL && !is_root {
                let part = task.part.unwrap_or_default();
                division.part_of.extend(task.nodes.iter().map(|&node| (node, part)));
                continue;
            }
            let around = task.part.map(|part| division.parts[part as usize].name.clone());
            let pieces = self.pieces(task.nodes, task.level);
            let names = self.names(&pieces, around.as_deref());
            let mut next: Vec<Task> = Vec::new();
            for (piece, name) in pieces.into_iter().zip(names) {
                let part = division.parts.len() as u32;
                division.parts.push(Part { name, parent: task.part });
                next.push(Task { nodes: piece.nodes, part: Some(part), level: piece.level });
            }
            tasks.extend(next.into_iter().rev());
        }
        division.part_of.sort_unstable();
        division
    }

    /// At most [`MOST_BESIDE`] pieces: communities of the outermost level that parts the nodes, the largest
    /// first, and the rest in the order of names.
    fn pieces(&self, nodes: Vec<NodeIx>, mut level: usize) -> Vec<Piece> {
        while level > 0 {
            level -= 1;
            let mut parts = self.at_level(&nodes, level);
            if parts.len() < 2 {
                continue;
            }
            parts.sort_by_key(|part| (Reverse(part.len()), part[0]));
            let keeps = |part: &Vec<NodeIx>| part.len() >= LEAST;
            let large = parts.iter().take_while(|part| keeps(part)).count().min(MOST_BESIDE - 1);
            if large == 0 {
                continue;
            }
            let mut rest: Vec<NodeIx> = parts.split_off(large).into_iter().flatten().collect();
            let joined = |nodes: Vec<NodeIx>| Piece { nodes, joined: true, level };
            let mut pieces: Vec<Piece> = parts.into_iter().map(joined).collect();
            if !rest.is_empty() {
                rest.sort_unstable();
                pieces.push(Piece { nodes: rest, joined: false, level });
            }
            return pieces;
        }
        by_name(self.graph, nodes)
    }

    fn at_level(&self, nodes: &[NodeIx], level: usize) -> Vec<Vec<NodeIx>> {
        let mut place: FxHashMap<u32, usize> = FxHashMap::default();
        let mut parts: Vec<Vec<NodeIx>> = Vec::new();
        for &node in nodes {
            let outer = |c: u32, level: &Vec<u32>| level[c as usize];
            let community = self.levels[..=level].iter().fold(node.0, outer);
            let at = *place.entry(community).or_insert_with(|| {
                parts.push(Vec::new());
                parts.len() - 1
            });
            parts[at].push(node);
        }
        parts
    }

    /// A name for each piece: how most of its names start, if that tells it from the others and from what is
    /// around it, else its best connected node.
    fn names(&self, pieces: &[Piece], around: Option<&str>) -> Vec<String> {
        let starts: Vec<Option<String>> = pieces
            .iter()
            .map(|piece| common_start(self.graph, &piece.nodes).filter(|s| Some(&**s) != around))
            .collect();
        let mut taken: FxHashMap<String, usize> = FxHashMap::default();
        for start in starts.iter().flatten() {
            *taken.entry(start.clone()).or_default() += 1;
        }
        let mut names: Vec<String> = pieces
            .iter()
            .zip(&starts)
            .map(|(piece, start)| match start {
                Some(start) if taken[start] == 1 => start.clone(),
                Some(start) => format!("{start} · {}", self.hub(&piece.nodes)),
                None if piece.joined => format!("Around {}", self.hub(&piece.nodes)),
                None => range_name(self.graph, &piece.nodes),
            })
            .collect();
        let mut seen: FxHashMap<String, usize> = FxHashMap::default();
        for name in &mut names {
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                *name = format!("{name} ({count})");
            }
        }
        names
    }

    fn hub(&self, nodes: &[NodeIx]) -> String {
        let best = nodes.iter().max_by_key(|&&node| ((self.degree)(node), Reverse(node)));
        best.map_or_else(String::new, |&node| self.graph.node(node).name.to_string())
    }
}

/// Neighbours in the alphabet, in as few pieces as keep each small or, where that would be too many, in
/// [`MOST_BESIDE`].
fn by_name(graph: &SystemGraph, mut nodes: Vec<NodeIx>) -> Vec<Piece> {
    nodes.sort_by(|&a, &b| (&graph.node(a).name, a).cmp(&(&graph.node(b).name, b)));
    let pieces = nodes.len().div_ceil(SMALL).min(MOST_BESIDE);
    let size = nodes.len().div_ceil(pieces.max(1)).max(1);
    let piece = |nodes: &[NodeIx]| Piece { nodes: nodes.to_vec(), joined: false, level: 0 };
    nodes.chunks(size).map(piece).collect()
}

fn range_name(graph: &SystemGraph, nodes: &[NodeIx]) -> String {
    let names = || nodes.iter().map(|&node| &*graph.node(node).name);
    match (names().min(), names().max()) {
        (Some(first), Some(last)) if first != last => format!("{first} … {last}"),
        (Some(first), _) => first.to_owned(),
        _ => String::new(),
    }
}

/// The longest start, up to a separator, that most of the names have.
fn common_start(graph: &SystemGraph, nodes: &[NodeIx]) -> Option<String> {
    const SEPARATORS: &[char] = &['_', '.', '/', '-', ':', ' '];
    const DEEPEST: usize = 4;
    let step = nodes.len().div_ceil(MOST_NAMES).max(1);
    let names: Vec<&str> = nodes.iter().step_by(step).map(|&n| &*graph.node(n).name).collect();
    let starts = |name: &'_ str| -> Vec<usize> {
        let ends = name.match_indices(SEPARATORS).map(|(at, _)| at).filter(|&at| at > 0);
        ends.take(DEEPEST).collect()
    };
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for name in &names {
        for end in starts(name) {
            *counts.entry(&name[..end]).or_default() += 1;
        }
    }
    let least = (names.len() as f64 * TELLING_SHARE).ceil() as usize;
    let candidates = names.iter().flat_map(|name| starts(name).into_iter().map(|end| &name[..end]));
    candidates
        .filter(|start| counts[start] >= least && counts[start] > 1)
        .max_by_key(|start| (start.len(), Reverse(*start)))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use std::fmt::Write;

    /// Rings of so many nodes, joined to one another by one edge each.
    fn rings(count: usize, size: usize) -> SystemGraph {
        let mut text = String::new();
        for ring in 0..count {
            for at in 0..size {
                let _ = writeln!(text, "dataset area{ring}_table_{at}");
            }
            for at in 0..size {
                let next = (at + 1) % size;
                let after = (at + 2) % size;
                let _ = writeln!(text, "area{ring}_table_{at} -derives-> area{ring}_table_{next}");
                let _ = writeln!(text, "area{ring}_table_{at} -derives-> area{ring}_table_{after}");
            }
            let other = (ring + 1) % count;
            let _ = writeln!(text, "area{ring}_table_0 -derives-> area{other}_table_0");
        }
        graph(&text)
    }

    #[test]
    fn what_hangs_together_is_a_group_with_a_telling_name() {
        let graph = rings(10, 40);
        let structure = Structure::default();
        let division = structure.of(&graph, None).expect("400 loose nodes");
        assert_eq!(division.part_of.len(), 400);
        let roots: Vec<&Part> = division.parts.iter().filter(|p| p.parent.is_none()).collect();
        assert!((5..=20).contains(&roots.len()), "{roots:?}");
        assert!(roots.iter().filter(|part| part.name.starts_with("area")).count() >= 5);
        assert_eq!(structure.of(&graph, None), Some(&divide(&graph)[&NONE]), "deterministic");
    }

    #[test]
    fn nothing_holds_more_than_a_screen_and_each_node_is_in_one_part() {
        let mut text = String::new();
        for at in 0..20_000 {
            let _ = writeln!(text, "dataset d{at:05}");
        }
        let graph = graph(&text);
        let structure = Structure::default();
        let division = structure.of(&graph, None).expect("loose nodes");
        let mut nodes: Vec<NodeIx> = division.part_of.iter().map(|&(node, _)| node).collect();
        nodes.dedup();
        assert_eq!(nodes.len(), 20_000);
        let mut own = vec![0; division.parts.len()];
        let mut inner = vec![0; division.parts.len() + 1];
        for &(_, part) in &division.part_of {
            own[part as usize] += 1;
        }
        for (at, part) in division.parts.iter().enumerate() {
            inner[part.parent.map_or(division.parts.len(), |parent| parent as usize)] += 1;
            assert!(part.parent.is_none_or(|parent| (parent as usize) < at));
        }
        assert!(own.iter().all(|&count| count <= SMALL), "{:?}", own.iter().max());
        assert!(inner.iter().all(|&count| count <= MOST_BESIDE), "{:?}", inner.iter().max());
        assert_eq!(division.parts[0].name, "d00000 … d00199");
    }

    #[test]
    fn few_nodes_are_not_divided() {
        let graph = rings(2, 10);
        assert!(Structure::default().of(&graph, None).is_none());
    }
}
