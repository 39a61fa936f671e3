//! How many of some marked nodes lie downstream of every node.

use super::{Components, Condensation};
use crate::model::Lists;

/// Words of a row: one cache line.
const WORDS: usize = 8;

/// For every component, how many different marks lie on its nodes and downstream of them. `marked` are nodes with
/// their marks, which are below `marks`; several nodes may bear the same.
///
/// O(marks / 512 × (nodes + arcs)) operations on rows of 512 bits, 64 bytes a component. Rows without a mark, as most
/// are in graphs made of modules, are not touched.
pub fn marks_reached(
    condensation: &Condensation,
    components: &Components,
    marks: u32,
    marked: impl Iterator<Item = (u32, u32)> + Clone,
) -> Vec<u32> {
    let marked = marked.map(|(node, mark)| (components.of(node), mark));
    let own = Lists::new(condensation.count(), marked);
    match marks {
        0..=64 => in_rows::<1>(condensation, &own, marks),
        _ => in_rows::<WORDS>(condensation, &own, marks),
    }
}

/// With rows of as many words; `own` are the marks on each component.
fn in_rows<const WORDS: usize>(
    condensation: &Condensation,
    own: &Lists<u32>,
    marks: u32,
) -> Vec<u32> {
    let count = condensation.count();
    let mut reached = vec![0u32; count];
    let mut rows = vec![[0u64; WORDS]; count];
    let mut filled = vec![false; count];
    // So many marks are swept at once.
    let block_marks = 64 * WORDS as u32;
    for block in (0..marks).step_by(block_marks as usize) {
        // An arc leads to a lower component, whose row is done.
        for component in 0..count {
            let further = condensation.arcs().of(component as u32);
            let mut row = [0u64; WORDS];
            for &to in further.iter().filter(|&&to| filled[to as usize]) {
                for (word, other) in row.iter_mut().zip(&rows[to as usize]) {
                    *word |= other;
                }
            }
            for bit in own.of(component).iter().map(|mark| mark.wrapping_sub(block)) {
                if bit < block_marks {
                    row[bit as usize / 64] |= 1 << (bit % 64);
                }
            }
            let ones = row.iter().map(|word| word.count_ones()).sum::<u32>();
            filled[component] = ones > 0;
            if ones > 0 {
                reached[component] += ones;
                rows[component] = row;
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::super::{Csr, strong_components};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn counts_equal_walking_from_every_node(
            arcs in prop::collection::vec((0u32..9, 0u32..9), 0..20),
            marks in prop::collection::vec(prop::option::of(0u32..1200), 9),
            few in any::<bool>(),
        ) {
            let graph = Csr::new(9, arcs.iter().copied());
            let components = strong_components(9, arcs.iter().copied());
            let condensation = Condensation::new(&graph, &components);
            let all = if few { 60 } else { 1200 };
            let marks: Vec<Option<u32>> = marks.into_iter().map(|mark| Some(mark? % all)).collect();
            let marked = (0..9u32).filter_map(|node| Some((node, marks[node as usize]?)));
            let reached = marks_reached(&condensation, &components, all, marked);
            for start in 0..9u32 {
                let mut seen = BTreeSet::from([start]);
                for _ in 0..arcs.len() {
                    for &(from, to) in &arcs {
                        if seen.contains(&from) {
                            seen.insert(to);
                        }
                    }
                }
                let found: BTreeSet<u32> =
                    seen.iter().filter_map(|&node| marks[node as usize]).collect();
                prop_assert_eq!(reached[components.of(start) as usize] as usize, found.len());
            }
        }
    }
}
