//! The order of nodes in each layer and the number of crossings it costs.
//!
//! Crossings are counted with the accumulator tree of Barth, Mutzel and Jünger, "Simple and
//! efficient bilayer cross counting" (2004): O(E log W) for a pair of layers.

use super::proper::Proper;
use super::watch::Watch;

/// A sequence of nodes for each layer.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// All nodes, layer by layer (the ranges of [`Proper::layer`]), from top to bottom.
    pub(super) sequence: Vec<u32>,
    /// The place of each node within its layer.
    pub(super) pos: Vec<u32>,
}

impl Order {
    /// Nodes as they are numbered.
    pub(super) fn as_numbered(proper: &Proper) -> Self {
        let sequence: Vec<u32> = (0..proper.nodes() as u32).collect();
        let mut order = Self { pos: vec![0; sequence.len()], sequence };
        for layer in 0..proper.layers() {
            order.number(proper.layer(layer));
        }
        order
    }

    /// Each layer by ascending `key`, ties as they were.
    pub(super) fn by_key(proper: &Proper, mut start: Self, key: &[f32]) -> Self {
        for layer in 0..proper.layers() {
            let range = proper.layer(layer);
            start.sequence[range.clone()]
                .sort_by(|&a, &b| key[a as usize].total_cmp(&key[b as usize]));
            start.number(range);
        }
        start
    }

    /// Brings `pos` up to date after a change of the sequence in `range`.
    pub(super) fn number(&mut self, range: std::ops::Range<usize>) {
        for (place, &node) in self.sequence[range].iter().enumerate() {
            self.pos[node as usize] = place as u32;
        }
    }
}

/// Crossings of all pairs of neighbouring layers.
pub(super) fn crossings(proper: &Proper, order: &Order, watch: Watch<'_>) -> Option<u64> {
    let mut counter = Counter::default();
    let mut sum = 0;
    for layer in 0..proper.layers().saturating_sub(1) {
        sum += counter.between(proper, order, layer);
        watch.look()?;
    }
    Some(sum)
}

/// The accumulator tree and its scratch, reused from layer to layer.
#[derive(Default)]
struct Counter {
    tree: Vec<u32>,
    ends: Vec<u32>,
}

impl Counter {
    /// Crossings between `layer` and the next.
    fn between(&mut self, proper: &Proper, order: &Order, layer: usize) -> u64 {
        let width = proper.layer(layer + 1).len();
        let first = width.next_power_of_two();
        self.tree.clear();
        self.tree.resize(2 * first, 0);
        let mut count = 0u64;
        for &node in &order.sequence[proper.layer(layer)] {
            self.ends.clear();
            self.ends.extend(proper.succ.row(node).iter().map(|&v| order.pos[v as usize]));
            self.ends.sort_unstable();
            for &end in &self.ends {
                let mut at = first + end as usize;
                self.tree[at] += 1;
                while at > 1 {
                    if at & 1 == 0 {
                        count += u64::from(self.tree[at + 1]);
                    }
                    at >>= 1;
                    self.tree[at] += 1;
                }
            }
        }
        count
    }
}
