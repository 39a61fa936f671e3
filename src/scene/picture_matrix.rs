//! The picture's things and links as a dependency matrix, with what a row is called and what stands in a cell.

use super::matrix::{Cell, Matrix, matrix};
use super::{BoxIx, LinkIx, Scene};
use crate::model::{NodeKind, SystemGraph};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// More rows than these are put together by the frames that they stand in, the innermost first.
pub const MOST_ROWS: usize = 2_000;

/// What a row, and the column of the same place, stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixRow {
    /// A card, a closed group, or a frame whose content is put together.
    pub ix: BoxIx,
    pub name: Box<str>,
    /// Of a card.
    pub kind: Option<NodeKind>,
    /// Key of the group that it is, closed in the picture or put together here.
    pub group: Option<String>,
    /// How many boxes of the picture it stands for.
    pub boxes: u32,
}

/// Rows in the order of the matrix, the cells that hold something, and the links in each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PictureMatrix {
    pub rows: Vec<MatrixRow>,
    /// By row, then column; a cell's row takes what its column gives.
    pub cells: Vec<Cell>,
    /// Places of things that lie on cycles together, as `start..end`.
    pub blocks: Vec<std::ops::Range<u32>>,
    /// Links of the cells, cell by cell, with the start of each cell's.
    links: Vec<LinkIx>,
    starts: Vec<u32>,
    place_of: FxHashMap<BoxIx, u32>,
}

impl PictureMatrix {
    /// The matrix of what the picture shows. Frames are put together until no more than `most` rows are left,
    /// but for those in `unfolded`, by key. Near-linear.
    pub fn new(
        graph: &SystemGraph,
        scene: &Scene,
        unfolded: &BTreeSet<String>,
        most: usize,
    ) -> Self {
        let folded = Folded::new(scene, unfolded, most);
        let mut items: Vec<BoxIx> = Vec::new();
        let mut item_of: FxHashMap<BoxIx, u32> = FxHashMap::default();
        let mut boxes: Vec<u32> = Vec::new();
        for ix in all_boxes(scene) {
            let shown = folded.of(scene, ix);
            let at = *item_of.entry(shown).or_insert_with(|| {
                items.push(shown);
                boxes.push(0);
                items.len() as u32 - 1
            });
            boxes[at as usize] += 1;
        }
        let item = |ix: BoxIx| item_of[&folded.of(scene, ix)];
        let ends: Vec<(u32, u32)> =
            scene.links.iter().map(|link| (item(link.from), item(link.to))).collect();
        let is_within = |ix: BoxIx, from: u32, to: u32| from == to && folded.of(scene, ix) != ix;
        let shown: Vec<u32> = (0..scene.links.len() as u32)
            .filter(|&at| {
                let (from, to) = ends[at as usize];
                !is_within(scene.links[at as usize].from, from, to)
            })
            .collect();
        let weighted: Vec<(u32, u32, u32)> = shown
            .iter()
            .map(|&at| {
                let (from, to) = ends[at as usize];
                (from, to, scene.links[at as usize].count)
            })
            .collect();
        let around = |at: u32| plate_around(scene, items[at as usize]).map_or(u32::MAX, |p| p);
        let Matrix { order, place, cells, blocks } = matrix(items.len(), &weighted, around);
        let mut sorted: Vec<(u32, u32, LinkIx)> = shown
            .iter()
            .map(|&at| {
                let (from, to) = ends[at as usize];
                (place[to as usize], place[from as usize], LinkIx(at))
            })
            .collect();
        sorted.sort_unstable();
        let mut starts = vec![0u32];
        for (position, pair) in sorted.windows(2).enumerate() {
            if (pair[0].0, pair[0].1) != (pair[1].0, pair[1].1) {
                starts.push(position as u32 + 1);
            }
        }
        starts.push(sorted.len() as u32);
        let row = |&at: &u32| row(graph, scene, items[at as usize], boxes[at as usize]);
        Self {
            rows: order.iter().map(row).collect(),
            place_of: items.iter().copied().zip(place).collect(),
            links: sorted.into_iter().map(|(_, _, link)| link).collect(),
            cells,
            blocks,
            starts,
        }
    }

    /// The cell of these places, by position. Logarithmic.
    pub fn cell_at(&self, row: u32, column: u32) -> Option<usize> {
        self.cells.binary_search_by_key(&(row, column), |cell| (cell.row, cell.column)).ok()
    }

    /// Positions of the cells of a row between two columns. Logarithmic.
    pub fn cells_in(&self, row: u32, columns: std::ops::Range<u32>) -> std::ops::Range<usize> {
        let at = |column: u32| self.cells.partition_point(|c| (c.row, c.column) < (row, column));
        at(columns.start)..at(columns.end)
    }

    /// The links of a cell, in drawing order.
    pub fn links_of(&self, cell: usize) -> &[LinkIx] {
        &self.links[self.starts[cell] as usize..self.starts[cell + 1] as usize]
    }

    /// The row of a box of the picture that is not put together with others.
    pub fn place_of(&self, ix: BoxIx) -> Option<u32> {
        self.place_of.get(&ix).copied()
    }

    /// How many cells stand against the order.
    pub fn against(&self) -> usize {
        self.cells.iter().filter(|cell| cell.is_against()).count()
    }

    /// The next cell against the order behind a place, round the corner.
    pub fn next_against(&self, after: Option<(u32, u32)>) -> Option<(u32, u32)> {
        let all = self.cells.iter().filter(|cell| cell.is_against());
        let place = |cell: &Cell| (cell.row, cell.column);
        let first = all.clone().next().map(place)?;
        Some(all.map(place).find(|&at| after.is_some_and(|after| at > after)).unwrap_or(first))
    }
}

fn row(graph: &SystemGraph, scene: &Scene, ix: BoxIx, boxes: u32) -> MatrixRow {
    match ix {
        BoxIx::Card(card) => {
            let node = graph.node(scene.cards[card as usize].node);
            let name = node.name.to_string().into();
            MatrixRow { ix, name, kind: Some(node.kind), group: None, boxes }
        }
        BoxIx::Plate(plate) => {
            let plate = &scene.plates[plate as usize];
            let group = Some(plate.key.clone());
            MatrixRow { ix, name: plate.name.clone(), kind: None, group, boxes }
        }
    }
}

/// Cards and closed groups.
fn all_boxes(scene: &Scene) -> impl Iterator<Item = BoxIx> + '_ {
    let plates = scene.plates.iter().zip(0..).filter(|(plate, _)| !plate.open);
    let plates = plates.map(|(_, ix)| BoxIx::Plate(ix));
    plates.chain((0..scene.cards.len() as u32).map(BoxIx::Card))
}

fn plate_around(scene: &Scene, ix: BoxIx) -> Option<u32> {
    match ix {
        BoxIx::Card(card) => scene.cards[card as usize].plate,
        BoxIx::Plate(plate) => scene.plates[plate as usize].parent,
    }
}

/// Which frames are put together.
struct Folded {
    /// By plate: the outermost frame around it, itself included, that is put together.
    by_plate: Vec<Option<u32>>,
}

impl Folded {
    fn new(scene: &Scene, unfolded: &BTreeSet<String>, most: usize) -> Self {
        let deepest = scene.plates.iter().map(|plate| plate.depth + 1).max().unwrap_or(0);
        let all = all_boxes(scene).count();
        let mut folded = Self { by_plate: vec![None; scene.plates.len()] };
        let mut rows = all;
        for depth in (0..deepest).rev() {
            if rows <= most {
                break;
            }
            folded = Self::at_depth(scene, unfolded, depth);
            let mut seen: Vec<BoxIx> = all_boxes(scene).map(|ix| folded.of(scene, ix)).collect();
            seen.sort_unstable();
            seen.dedup();
            rows = seen.len();
        }
        folded
    }

    fn at_depth(scene: &Scene, unfolded: &BTreeSet<String>, depth: u32) -> Self {
        let mut by_plate: Vec<Option<u32>> = vec![None; scene.plates.len()];
        for (ix, plate) in scene.plates.iter().enumerate() {
            let above = plate.parent.and_then(|parent| by_plate[parent as usize]);
            let own = plate.open && plate.depth >= depth && !unfolded.contains(&plate.key);
            by_plate[ix] = above.or_else(|| own.then_some(ix as u32));
        }
        Self { by_plate }
    }

    /// The row that shows a box.
    fn of(&self, scene: &Scene, ix: BoxIx) -> BoxIx {
        let around = plate_around(scene, ix).and_then(|plate| self.by_plate[plate as usize]);
        around.map_or(ix, BoxIx::Plate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use crate::scene::{Grouping, GroupsOpen, View, fresh_picture};

    const LOOP: &str =
        "dataset a\ndataset b\nmodel m\na -derives-> b\nb -derives-> a\nb -input_to-> m";

    fn seen(grouping: Grouping) -> (SystemGraph, Scene) {
        let graph = graph(LOOP);
        let view = View { grouping, open: GroupsOpen::All, ..View::default() };
        let scene = fresh_picture(&graph, None, &view);
        (graph, scene)
    }

    #[test]
    fn rows_are_the_things_of_the_picture_and_cells_their_links() {
        let (graph, scene) = seen(Grouping::None);
        let matrix = PictureMatrix::new(&graph, &scene, &BTreeSet::new(), MOST_ROWS);
        let names: Vec<&str> = matrix.rows.iter().map(|row| &*row.name).collect();
        assert_eq!(names.len(), 3);
        assert_eq!(names[2], "m", "what nothing leads away from comes last");
        assert_eq!((matrix.cells.len(), matrix.against(), matrix.blocks.len()), (3, 1, 1));
        let at = |name: &str| names.iter().position(|n| *n == name).expect(name) as u32;
        let cell = matrix.cell_at(at("m"), at("b")).expect("b goes into m");
        let link = &scene.links[matrix.links_of(cell)[0].0 as usize];
        assert_eq!(matrix.place_of(link.from), Some(at("b")));
        assert_eq!(matrix.cells_in(at("m"), 0..3).len(), 1);
        let first = matrix.next_against(None).expect("a cycle");
        assert_eq!(matrix.next_against(Some(first)), Some(first));
    }

    #[test]
    fn frames_are_put_together_where_rows_are_too_many_and_unfold_one_by_one() {
        let (graph, scene) = seen(Grouping::Kind);
        let folded = PictureMatrix::new(&graph, &scene, &BTreeSet::new(), 2);
        assert_eq!(folded.rows.len(), 2);
        assert_eq!(folded.cells.len(), 1, "what stays within a frame is not a cell");
        let unfolded = BTreeSet::from([String::from("dataset")]);
        let open = PictureMatrix::new(&graph, &scene, &unfolded, 2);
        assert_eq!(open.rows.len(), 3);
        assert_eq!(open.against(), 1);
    }
}
