//! A set of nodes of one snapshot, as bits.

use super::NodeIx;
use fixedbitset::FixedBitSet;

/// Some of the nodes of one graph. Union, intersection and complement cost one bit a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSet(FixedBitSet);

impl NodeSet {
    /// The empty set over `nodes` nodes.
    pub fn none(nodes: usize) -> Self {
        Self(FixedBitSet::with_capacity(nodes))
    }

    /// All of `nodes` nodes.
    pub fn all(nodes: usize) -> Self {
        let mut bits = FixedBitSet::with_capacity(nodes);
        bits.insert_range(..);
        Self(bits)
    }

    /// Those of `nodes` nodes that `holds` says yes to.
    pub fn filter(nodes: usize, mut holds: impl FnMut(NodeIx) -> bool) -> Self {
        let mut set = Self::none(nodes);
        for position in 0..nodes {
            let node = NodeIx::new(position);
            if holds(node) {
                set.insert(node);
            }
        }
        set
    }

    /// Adds a node; true when it was not yet in.
    pub fn insert(&mut self, node: NodeIx) -> bool {
        !self.0.put(node.at())
    }

    pub fn contains(&self, node: NodeIx) -> bool {
        self.0.contains(node.at())
    }

    pub fn len(&self) -> usize {
        self.0.count_ones(..)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_clear()
    }

    /// The nodes, lowest index first.
    pub fn iter(&self) -> impl Iterator<Item = NodeIx> + '_ {
        self.0.ones().map(NodeIx::new)
    }

    #[must_use]
    pub fn intersection(mut self, other: &Self) -> Self {
        self.0.intersect_with(&other.0);
        self
    }

    #[must_use]
    pub fn union(mut self, other: &Self) -> Self {
        self.0.union_with(&other.0);
        self
    }

    #[must_use]
    pub fn complement(mut self) -> Self {
        self.0.toggle_range(..);
        self
    }
}
