//! How many of some marked nodes lie downstream of every node.

use super::Condensation;

/// Words of a row: one cache line.
const WORDS: usize = 8;
/// Marks swept at once.
const BLOCK: u32 = 64 * WORDS as u32;

/// For every component, how many different marks lie on its nodes and downstream of them. `mark_of` gives a
/// node's mark, below `marks`; several nodes may bear the same.
///
/// O(marks / 512 × (nodes + arcs)) operations on rows of 512 bits, 64 bytes a component.
pub fn marks_reached(
    condensation: &Condensation,
    marks: u32,
    mark_of: impl Fn(u32) -> Option<u32>,
) -> Vec<u32> {
    let count = condensation.count() as u32;
    let mut reached = vec![0u32; count as usize];
    let mut rows = vec![[0u64; WORDS]; count as usize];
    for block in (0..marks).step_by(BLOCK as usize) {
        // An arc leads to a lower component, whose row is done.
        for component in 0..count {
            let mut row = [0u64; WORDS];
            for &to in condensation.arcs().of(component) {
                for (word, other) in row.iter_mut().zip(&rows[to as usize]) {
                    *word |= other;
                }
            }
            for &member in condensation.members(component) {
                let bit = mark_of(member).map(|mark| mark.wrapping_sub(block));
                if let Some(bit) = bit.filter(|&bit| bit < BLOCK) {
                    row[bit as usize / 64] |= 1 << (bit % 64);
                }
            }
            reached[component as usize] += row.iter().map(|word| word.count_ones()).sum::<u32>();
            rows[component as usize] = row;
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
        ) {
            let graph = Csr::new(9, arcs.iter().copied());
            let components = strong_components(9, arcs.iter().copied());
            let condensation = Condensation::new(&graph, &components);
            let reached = marks_reached(&condensation, 1200, |node| marks[node as usize]);
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
