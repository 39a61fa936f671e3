//! The dependency matrix: the same things and links as the picture, as rows, columns and cells.
//!
//! Row r, column c counts the links from c to r, so that what flows forward stands below the diagonal
//! and every cycle shows as a cell above it. Order is by layer, things on a cycle together as one
//! block, groups together within a layer (a design structure matrix; Steward 1981).

use crate::analysis::facts::{Csr, strong_components};

/// Rows and columns in one order, and the cells that hold something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The item at each place, first row first.
    pub order: Vec<u32>,
    /// The place of each item.
    pub place: Vec<u32>,
    /// Cells by row, then column.
    pub cells: Vec<Cell>,
    /// Places of each block of items that lie on cycles together, as `start..end`.
    pub blocks: Vec<std::ops::Range<u32>>,
}

/// Links from one item to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub row: u32,
    pub column: u32,
    /// How many edges it stands for.
    pub count: u32,
}

impl Cell {
    /// Whether it runs against the order: part of a cycle.
    pub const fn is_against(&self) -> bool {
        self.row <= self.column
    }
}

/// The matrix of `items` things with `links` (from, to, count) between them; `group` sorts within a
/// layer, ties keep the items' order. Near-linear: one sort of the links.
pub fn matrix(items: usize, links: &[(u32, u32, u32)], group: impl Fn(u32) -> u32) -> Matrix {
    let edges = || links.iter().map(|&(from, to, _)| (from, to));
    let components = strong_components(items, edges());
    let layer = layers(items, links, &|item| components.of(item), components.count());
    let mut order: Vec<u32> = (0..items as u32).collect();
    // All items of one component share layer and number, so that they stay together; within a block an
    // order that follows most of its links leaves few cells above the diagonal.
    let inner = order_within_blocks(items, links, &|item| components.of(item));
    let sizes = components.sizes();
    order.sort_by_key(|&item| {
        let component = components.of(item);
        // A block must not be split by the groups of its items.
        let group = if sizes[component as usize] > 1 { 0 } else { group(item).saturating_add(1) };
        (layer[component as usize], group, component, inner[item as usize])
    });
    let mut place = vec![0; items];
    for (position, &item) in order.iter().enumerate() {
        place[item as usize] = position as u32;
    }
    let mut cells: Vec<Cell> = links
        .iter()
        .map(|&(from, to, count)| Cell {
            row: place[to as usize],
            column: place[from as usize],
            count,
        })
        .collect();
    cells.sort_unstable_by_key(|cell| (cell.row, cell.column));
    cells.dedup_by(|next, first| {
        let same = (next.row, next.column) == (first.row, first.column);
        if same {
            first.count += next.count;
        }
        same
    });
    let blocks = blocks(&order, &|item| components.of(item));
    Matrix { order, place, cells, blocks }
}

/// Longest path to each component from any root, in components.
fn layers(
    items: usize,
    links: &[(u32, u32, u32)],
    component: &impl Fn(u32) -> u32,
    count: usize,
) -> Vec<u32> {
    let mut members: Vec<u32> = (0..items as u32).collect();
    // Sources have the highest numbers, so that walking them downwards meets each before what it feeds.
    members.sort_by_key(|&item| std::cmp::Reverse(component(item)));
    let graph = Csr::new(items, links.iter().map(|&(from, to, _)| (from, to)));
    let mut layer = vec![0u32; count];
    for item in members {
        let here = component(item);
        for &next in graph.of(item) {
            let there = component(next);
            if there != here {
                layer[there as usize] = layer[there as usize].max(layer[here as usize] + 1);
            }
        }
    }
    layer
}

/// Within each component: items by links out less links in, so that sources of the block come first.
fn order_within_blocks(
    items: usize,
    links: &[(u32, u32, u32)],
    component: &impl Fn(u32) -> u32,
) -> Vec<i64> {
    let mut lead = vec![0i64; items];
    for &(from, to, count) in links {
        if from != to && component(from) == component(to) {
            lead[from as usize] -= i64::from(count);
            lead[to as usize] += i64::from(count);
        }
    }
    lead
}

fn blocks(order: &[u32], component: &impl Fn(u32) -> u32) -> Vec<std::ops::Range<u32>> {
    let mut blocks = Vec::new();
    let mut start = 0;
    for end in 1..=order.len() {
        if end == order.len() || component(order[end]) != component(order[start]) {
            if end - start > 1 {
                blocks.push(start as u32..end as u32);
            }
            start = end;
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_flows_forward_stands_below_the_diagonal() {
        let matrix = matrix(4, &[(3, 0, 1), (0, 1, 2), (3, 1, 1), (0, 1, 1)], |_| 0);
        assert_eq!(matrix.order, [2, 3, 0, 1]);
        assert!(matrix.cells.iter().all(|cell| !cell.is_against()));
        assert_eq!(matrix.cells.last(), Some(&Cell { row: 3, column: 2, count: 3 }));
        assert!(matrix.blocks.is_empty());
    }

    #[test]
    fn a_cycle_is_a_block_with_a_cell_above() {
        let matrix = matrix(4, &[(0, 1, 1), (1, 2, 5), (2, 1, 1), (2, 3, 1)], |_| 0);
        assert_eq!(matrix.order, [0, 1, 2, 3]);
        assert_eq!((matrix.blocks.len(), matrix.blocks[0].clone()), (1, 1..3));
        let against: Vec<Cell> = matrix.cells.iter().copied().filter(Cell::is_against).collect();
        assert_eq!(against, [Cell { row: 1, column: 2, count: 1 }]);
    }

    proptest! {
        #[test]
        fn only_blocks_hold_cells_above(links in prop::collection::vec((0u32..12, 0u32..12, 1u32..4), 0..40), seed in 0u32..5) {
            let matrix = matrix(12, &links, |item| item * seed % 3);
            let mut sorted = matrix.order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..12).collect::<Vec<u32>>());
            prop_assert_eq!(
                matrix.cells.iter().map(|cell| cell.count).sum::<u32>(),
                links.iter().map(|link| link.2).sum::<u32>()
            );
            for cell in matrix.cells.iter().filter(|cell| cell.is_against() && cell.row != cell.column) {
                let together = matrix.blocks.iter().any(|block| block.contains(&cell.row) && block.contains(&cell.column));
                prop_assert!(together, "{:?}", cell);
            }
        }
    }
}
