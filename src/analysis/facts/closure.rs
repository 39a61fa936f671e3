//! Transitive closures by their sizes, and the arcs that a closure does not need.
//!
//! The closure of a hundred thousand nodes has billions of pairs, so it is never held as a whole: it is
//! swept in blocks of [`BLOCK`] columns, each a row of bits a component, and only counted.

use super::Condensation;

/// Words of a row: one cache line, so that joining two rows touches two lines.
const WORDS: usize = 8;
/// Columns swept at once.
const BLOCK: u32 = 64 * WORDS as u32;

type Row = [u64; WORDS];

/// How many nodes each component's nodes lead to, by component: one of its members that is asked about does
/// not count itself. O(nodes / 512 × arcs) operations on rows of 512 bits, 64 bytes a component.
pub fn descendant_counts(condensation: &Condensation) -> Vec<u32> {
    let mut counts = reachable(condensation);
    counts.iter_mut().for_each(|count| *count -= 1);
    counts
}

/// How many nodes lead to each component's nodes, by component; as [`descendant_counts`].
pub fn ancestor_counts(condensation: &Condensation) -> Vec<u32> {
    let mut counts = descendant_counts(&condensation.reversed());
    counts.reverse();
    counts
}

/// How many nodes lead to each of some components, in their order; each counts its own members but one.
///
/// Only their columns are swept, so that a thousand of them cost two blocks however large the graph is; what only
/// one component leads to is counted with that one. Every row is added to counters that lie in bit planes (Harley
/// and Seal's sum, sideways).
pub fn ancestor_counts_of(condensation: &Condensation, of: &[u32]) -> Vec<u32> {
    let count = condensation.count();
    let size = |component: u32| condensation.members(component).len() as u32;
    let trunks = Trunks::of(condensation);
    let mut columns = vec![0u32; count + 1];
    for joint in of.iter().filter_map(|&component| trunks.joint(component)) {
        columns[joint as usize + 1] = 1;
    }
    for component in 0..count {
        columns[component + 1] += columns[component];
    }
    let mut counts = vec![0u32; columns[count] as usize];
    let mut planes = Planes::default();
    let mut last_block = 0;
    sweep(condensation, &columns, |block, component, through, direct| {
        if block != last_block {
            planes.drain_into(&mut counts[last_block as usize..]);
            last_block = block;
        }
        let mut row = *through;
        join(&mut row, direct);
        planes.add(&row, size(component));
    });
    planes.drain_into(&mut counts[last_block as usize..]);
    let at = |joint: u32| counts[columns[joint as usize] as usize] + size(joint);
    of.iter()
        .map(|&component| {
            trunks.members[component as usize] + trunks.joint(component).map_or(0, at) - 1
        })
        .collect()
}

/// For each component the way upstream on which each has one supplier.
struct Trunks {
    /// Where it ends at one with several suppliers; `u32::MAX` where it ends at one without any.
    joint: Vec<u32>,
    /// Nodes on it, those of the joint left out.
    members: Vec<u32>,
}

impl Trunks {
    /// Linear in components plus arcs.
    fn of(condensation: &Condensation) -> Self {
        const NONE: u32 = u32::MAX;
        let count = condensation.count() as u32;
        let mut suppliers = vec![0u32; count as usize];
        let mut last = vec![NONE; count as usize];
        for from in 0..count {
            for &to in condensation.arcs().of(from) {
                suppliers[to as usize] += 1;
                last[to as usize] = from;
            }
        }
        let mut this = Self { joint: vec![NONE; count as usize], members: vec![0; count as usize] };
        // Suppliers have higher numbers.
        for component in (0..count).rev() {
            let at = component as usize;
            if suppliers[at] > 1 {
                this.joint[at] = component;
                continue;
            }
            this.members[at] = condensation.members(component).len() as u32;
            if suppliers[at] == 1 {
                let supplier = last[at] as usize;
                this.joint[at] = this.joint[supplier];
                this.members[at] += this.members[supplier];
            }
        }
        this
    }

    fn joint(&self, component: u32) -> Option<u32> {
        Some(self.joint[component as usize]).filter(|&joint| joint != u32::MAX)
    }
}

/// 512 counters, bit `k` of each in plane `k`.
#[derive(Default)]
struct Planes([Row; 32]);

impl Planes {
    /// Adds `times` to the counters whose bit is set in `row`.
    fn add(&mut self, row: &Row, mut times: u32) {
        while times != 0 {
            let mut carry = *row;
            for plane in &mut self.0[times.trailing_zeros() as usize..] {
                if carry.iter().all(|&word| word == 0) {
                    break;
                }
                for (word, carry) in plane.iter_mut().zip(&mut carry) {
                    (*word, *carry) = (*word ^ *carry, *word & *carry);
                }
            }
            times &= times - 1;
        }
    }

    /// Reads the counters and sets them to 0.
    fn drain_into(&mut self, counts: &mut [u32]) {
        for (column, count) in counts.iter_mut().take(BLOCK as usize).enumerate() {
            let planes = self.0.iter().enumerate();
            *count = planes
                .map(|(bit, row)| ((row[column / 64] >> (column % 64) & 1) as u32) << bit)
                .sum();
        }
        self.0 = Default::default();
    }
}

/// Nodes reachable from each component, its own members included.
fn reachable(condensation: &Condensation) -> Vec<u32> {
    let columns = condensation.starts();
    let mut sizes: Vec<u32> = columns.windows(2).map(|span| span[1] - span[0]).collect();
    sweep(condensation, columns, |_, component, through, direct| {
        let both = through.iter().zip(direct).map(|(a, b)| (a | b).count_ones());
        sizes[component as usize] += both.sum::<u32>();
    });
    sizes
}

/// For each arc of the condensation, in the order of [`Condensation::arcs`], whether another way leads
/// from its source to its target: such arcs are not in the transitive reduction.
///
/// Cost as [`descendant_counts`]. The reduction is unique because the condensation has no cycles
/// (Aho, Garey and Ullman 1972, "The transitive reduction of a directed graph").
pub fn redundant_arcs(condensation: &Condensation) -> Vec<bool> {
    let arcs = condensation.arcs();
    let columns: Vec<u32> = (0..=condensation.count() as u32).collect();
    let mut redundant = vec![false; arcs.edges()];
    sweep(condensation, &columns, |block, component, through, direct| {
        if direct.iter().all(|&word| word == 0) {
            return;
        }
        for (position, &to) in arcs.of(component).iter().enumerate() {
            // Columns before the block come out as huge numbers.
            let bit = to.wrapping_sub(block) as usize;
            if bit < BLOCK as usize && through[bit / 64] >> (bit % 64) & 1 == 1 {
                redundant[arcs.start(component) + position] = true;
            }
        }
    });
    redundant
}

/// Calls `visit` for every block of columns and every component that reaches one of them, downstream
/// first, with the block's first column, the component, the columns that it reaches by way of others and
/// those that its arcs lead to.
///
/// Component `c` has the columns `columns[c]..columns[c + 1]`. Components below the block's first are
/// skipped: arcs only lead downwards, so they reach none of its columns.
fn sweep(
    condensation: &Condensation,
    columns: &[u32],
    mut visit: impl FnMut(u32, u32, &Row, &Row),
) {
    let count = condensation.count() as u32;
    let arcs = condensation.arcs();
    let mut rows: Vec<Row> = vec![[0; WORDS]; count as usize];
    // Most rows are empty in graphs made of modules; asking first saves their cache lines.
    let mut filled = vec![false; count as usize];
    let (mut first, mut last) = (0u32, 0u32);
    let mut block = 0;
    while block < columns[count as usize] {
        let end = block.saturating_add(BLOCK);
        while columns[first as usize + 1] <= block {
            first += 1;
        }
        while last < count && columns[last as usize] < end {
            last += 1;
        }
        filled[first as usize..].fill(false);
        for component in first..count {
            let reaches = |&to: &u32| to >= first && (filled[to as usize] || to < last);
            if !arcs.of(component).iter().any(reaches) {
                continue;
            }
            let (mut through, mut direct) = ([0; WORDS], [0; WORDS]);
            for &to in arcs.of(component) {
                if to < first {
                    continue;
                }
                if filled[to as usize] {
                    join(&mut through, &rows[to as usize]);
                }
                if to < last {
                    let span = (columns[to as usize].max(block), columns[to as usize + 1].min(end));
                    set_range(&mut direct, span.0 - block, span.1 - block);
                }
            }
            visit(block, component, &through, &direct);
            join(&mut through, &direct);
            if through.iter().any(|&word| word != 0) {
                rows[component as usize] = through;
                filled[component as usize] = true;
            }
        }
        block = end;
    }
}

fn join(row: &mut Row, other: &Row) {
    for (word, other) in row.iter_mut().zip(other) {
        *word |= other;
    }
}

/// Sets the bits `from..to`.
fn set_range(row: &mut Row, from: u32, to: u32) {
    for (position, word) in row.iter_mut().enumerate() {
        let base = position as u32 * 64;
        let (low, high) = (from.max(base), to.min(base + 64));
        if low < high {
            *word |= (u64::MAX >> (64 - (high - low))) << (low - base);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Csr, strong_components};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn condensed(nodes: usize, arcs: &[(u32, u32)]) -> (Condensation, super::super::Components) {
        let components = strong_components(nodes, arcs.iter().copied());
        (Condensation::new(&Csr::new(nodes, arcs.iter().copied()), &components), components)
    }

    /// Everything that a way of at least one arc leads to from `start`, itself left out.
    fn below(arcs: &[(u32, u32)], start: u32) -> BTreeSet<u32> {
        let mut seen = BTreeSet::from([start]);
        for _ in 0..arcs.len() {
            for &(from, to) in arcs {
                if seen.contains(&from) {
                    seen.insert(to);
                }
            }
        }
        seen.remove(&start);
        seen
    }

    fn turned(arcs: &[(u32, u32)]) -> Vec<(u32, u32)> {
        arcs.iter().map(|&(from, to)| (to, from)).collect()
    }

    proptest! {
        #[test]
        fn sizes_equal_walking_from_every_node(arcs in prop::collection::vec((0u32..10, 0u32..10), 0..25)) {
            let (condensation, components) = condensed(10, &arcs);
            let (up, down) = (ancestor_counts(&condensation), descendant_counts(&condensation));
            let some: Vec<u32> = [7, 0, 7, 3].map(|node| components.of(node)).to_vec();
            let up_of_some = ancestor_counts_of(&condensation, &some);
            for node in 0..10 {
                let component = components.of(node);
                prop_assert_eq!(down[component as usize] as usize, below(&arcs, node).len());
                prop_assert_eq!(up[component as usize] as usize, below(&turned(&arcs), node).len());
                let position = some.iter().position(|&other| other == component);
                prop_assert!(position.is_none_or(|at| up_of_some[at] == up[component as usize]));
            }
        }

        #[test]
        fn an_arc_is_redundant_when_a_way_remains_without_it(
            arcs in prop::collection::btree_set((0u32..9, 0u32..9), 0..25),
        ) {
            let arcs: Vec<(u32, u32)> = arcs.into_iter().collect();
            let (condensation, _) = condensed(9, &arcs);
            let all: Vec<(u32, u32)> = (0..condensation.count() as u32)
                .flat_map(|c| condensation.arcs().of(c).iter().map(move |&to| (c, to)))
                .collect();
            for (position, redundant) in redundant_arcs(&condensation).into_iter().enumerate() {
                let (from, to) = all[position];
                let mut others = all.clone();
                others.remove(position);
                prop_assert_eq!(redundant, below(&others, from).contains(&to), "{} to {}", from, to);
            }
        }
    }

    #[test]
    fn blocks_meet_without_gaps() {
        // A chain over several blocks, with a ring of 700 nodes across the border of two of them.
        let nodes = 2_000u32;
        let mut arcs: Vec<(u32, u32)> = (1..nodes).map(|to| (to - 1, to)).collect();
        arcs.push((1_000, 301));
        let (condensation, components) = condensed(nodes as usize, &arcs);
        let all: Vec<u32> = (0..nodes).map(|node| components.of(node)).collect();
        let (up, down) = (ancestor_counts(&condensation), descendant_counts(&condensation));
        let up_of = ancestor_counts_of(&condensation, &all);
        for node in 0..nodes {
            let component = components.of(node) as usize;
            let expected = match node {
                301..=1_000 => (1_000, nodes - 302),
                _ => (node, nodes - 1 - node),
            };
            assert_eq!((up[component], down[component]), expected, "{node}");
            assert_eq!(up_of[node as usize], expected.0, "{node}");
        }
        assert!(redundant_arcs(&condensation).iter().all(|&redundant| !redundant));
    }

    #[test]
    fn shortcuts_over_many_blocks_are_redundant() {
        let nodes = 1_500u32;
        let mut arcs: Vec<(u32, u32)> = (1..nodes).map(|to| (to - 1, to)).collect();
        arcs.extend((0..10).map(|k| (k * 3, 1_400 + k)));
        let (condensation, _) = condensed(nodes as usize, &arcs);
        let redundant = redundant_arcs(&condensation);
        assert_eq!(redundant.iter().filter(|&&redundant| redundant).count(), 10);
    }
}
