//! Columns for groups that were found and not named.
//!
//! What hangs together hangs on most of the rest too: links between such groups go round, and layers made of
//! them are one long row with all lines beside it. So the groups stand in few columns instead, by how deep
//! what they hold lies on the way of the data, and the picture has the shape of a screen.

use super::bundle::is_found;
use super::groups::Grouped;
use super::links::Linked;
use super::structure::Structure;
use super::{NO_ITEM, Shown};
use crate::layout::Size;
use crate::model::SystemGraph;

/// Fewer groups than these fit side by side.
const LEAST: usize = 8;

/// This share of what stands outermost must be found groups.
const SHARE: f64 = 0.5;

/// How much room a group takes with the lines around it, in scene units, and the shape of a screen's canvas.
const CELL: Size = Size::new(264.0, 150.0);
const SCREEN: Size = Size::new(920.0, 630.0);

/// By item: its column, where it is a found group of the outermost level with links; empty where layers are to
/// be made of the links. Near-linear in the graph the first time, then linear.
pub(super) fn columns(
    graph: &SystemGraph,
    structure: &Structure,
    grouped: &Grouped,
    linked: &Linked,
) -> Vec<Option<u32>> {
    if !grouped.from_structure {
        return Vec::new();
    }
    let mut is_linked = vec![false; grouped.items.len()];
    for link in &linked.links {
        is_linked[link.from as usize] = true;
        is_linked[link.to as usize] = true;
    }
    let outermost = grouped.items.iter().filter(|item| item.group.is_none()).count();
    let is_placed = |item: usize| match grouped.items[item].what {
        Shown::Group(group) => {
            is_linked[item]
                && grouped.items[item].group.is_none()
                && is_found(&grouped.groups[group.at()].key)
        }
        Shown::Node(_) => false,
    };
    let placed: Vec<usize> = (0..grouped.items.len()).filter(|&item| is_placed(item)).collect();
    if placed.len() < LEAST || (placed.len() as f64) < outermost as f64 * SHARE {
        return Vec::new();
    }
    let depths = mean_depths(structure.depths(graph), grouped);
    let mut order = placed;
    order.sort_by(|&a, &b| depths[a].total_cmp(&depths[b]).then(a.cmp(&b)));
    let shape = SCREEN.width * CELL.height / (SCREEN.height * CELL.width);
    let count = (order.len() as f32 * shape).sqrt().round().max(1.0) as usize;
    let mut columns = vec![None; grouped.items.len()];
    for (place, &item) in order.iter().enumerate() {
        columns[item] = Some((place * count / order.len()) as u32);
    }
    columns
}

/// By item.
fn mean_depths(depth_of: &[u32], grouped: &Grouped) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); grouped.items.len()];
    for (&item, &depth) in grouped.item_of.iter().zip(depth_of) {
        if item != NO_ITEM {
            let (sum, count) = &mut sums[item as usize];
            *sum += f64::from(depth);
            *count += 1.0;
        }
    }
    sums.into_iter().map(|(sum, count)| sum / f64::max(count, 1.0)).collect()
}

#[cfg(test)]
mod tests {
    use crate::analysis::testing::graph;
    use crate::model::SystemGraph;
    use crate::scene::{View, Visible, visible_within};
    use std::fmt::Write as _;

    /// Clusters of fifty in a row, each of which feeds all later ones.
    fn clusters(count: usize) -> SystemGraph {
        let mut text = String::new();
        for cluster in 0..count {
            for at in 0..50 {
                let _ = writeln!(text, "dataset c{cluster}_{at}");
            }
        }
        for cluster in 0..count {
            for at in 1..50 {
                let _ = writeln!(text, "c{cluster}_{} -derives-> c{cluster}_{at}", at / 2);
                let _ = writeln!(text, "c{cluster}_{} -derives-> c{cluster}_{at}", at / 3);
            }
            for later in cluster + 1..count {
                let _ = writeln!(text, "c{cluster}_49 -derives-> c{later}_0");
            }
        }
        graph(&text)
    }

    fn closed(count: usize) -> (SystemGraph, Visible) {
        let graph = clusters(count);
        let shown = visible_within(&graph, &View::default(), count);
        (graph, shown)
    }

    #[test]
    fn found_groups_stand_in_few_columns_by_depth() {
        let (graph, shown) = closed(14);
        assert!(shown.from_structure);
        let column = |name: &str| {
            let item = shown.item_of(graph.find(name).expect(name)).expect(name);
            shown.items[item as usize].layer
        };
        let columns: Vec<u32> =
            (0..14).map(|at| column(&format!("c{at}_7")).expect("a column")).collect();
        assert!(columns.is_sorted(), "{columns:?}");
        assert_eq!((columns[0], columns[13]), (0, 2), "{columns:?}");
    }

    #[test]
    fn a_few_groups_stand_as_their_links_have_it() {
        let (_, shown) = closed(7);
        assert!(shown.from_structure);
        assert!(shown.items.iter().all(|item| item.layer.is_none()));
    }
}
