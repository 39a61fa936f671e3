//! The proper graph: edges over several layers are cut into pieces of one layer by dummy nodes.
//!
//! Nodes are numbered layer by layer, so that the data of one layer lies together in memory.

use super::csr::Csr;
use super::watch::Watch;

/// Not a member: a dummy.
pub(super) const NONE: u32 = u32::MAX;

/// Dummies that one drawing may have (about 100 bytes each with all that hangs on them). Where more
/// would be needed the longest edges go without, as one curve behind the boxes.
const MAX_DUMMIES: usize = 2_000_000;

/// Layers of nodes with edges between neighbouring layers only.
#[derive(Debug, Default)]
pub(super) struct Proper {
    /// Layer `l` holds the nodes `layer_start[l]..layer_start[l + 1]`.
    pub(super) layer_start: Vec<u32>,
    /// The member that a node stands for, or `NONE` for a dummy.
    pub(super) member: Vec<u32>,
    /// The node of each member.
    pub(super) node_of: Vec<u32>,
    pub(super) succ: Csr,
    pub(super) pred: Csr,
    /// For each strand its nodes from the left end to the right end; only both ends when the strand
    /// goes without dummies.
    pub(super) chains: Csr,
    /// Strands drawn as one curve, without dummies.
    pub(super) express: Vec<bool>,
}

impl Proper {
    /// `strands` lead from left to right (`layers[from] < layers[to]`), except for those marked in
    /// `flat`, which take no part in the order and get no dummies.
    pub(super) fn new(
        layers: &[u32],
        layer_count: u32,
        strands: &[(u32, u32)],
        flat: &[bool],
        watch: Watch<'_>,
    ) -> Option<Self> {
        let span = |s: usize| {
            let (u, v) = strands[s];
            layers[v as usize].saturating_sub(layers[u as usize]) as usize
        };
        let express = too_long(strands.len(), flat, span);
        let mut width = vec![0u32; layer_count as usize + 1];
        for &layer in layers {
            width[layer as usize + 1] += 1;
        }
        for (s, &(u, _)) in strands.iter().enumerate() {
            if !express[s] {
                for step in 1..span(s) {
                    width[layers[u as usize] as usize + step + 1] += 1;
                }
            }
        }
        watch.look()?;
        let mut layer_start = width;
        for layer in 0..layer_count as usize {
            layer_start[layer + 1] += layer_start[layer];
        }
        let nodes = layer_start[layer_count as usize] as usize;
        let mut next = layer_start.clone();
        let mut take = |layer: u32| {
            let node = next[layer as usize];
            next[layer as usize] += 1;
            node
        };
        let mut member = vec![NONE; nodes];
        let mut node_of = vec![0u32; layers.len()];
        for (m, &layer) in layers.iter().enumerate() {
            node_of[m] = take(layer);
            member[node_of[m] as usize] = m as u32;
        }
        let mut chain: Vec<(u32, u32)> = Vec::with_capacity(nodes + strands.len());
        for (s, &(u, v)) in strands.iter().enumerate() {
            chain.push((s as u32, node_of[u as usize]));
            if !express[s] {
                for step in 1..span(s) as u32 {
                    chain.push((s as u32, take(layers[u as usize] + step)));
                }
            }
            chain.push((s as u32, node_of[v as usize]));
        }
        watch.look()?;
        let segments = chain
            .windows(2)
            .filter(|pair| pair[0].0 == pair[1].0 && !express[pair[0].0 as usize])
            .map(|pair| (pair[0].1, pair[1].1));
        let succ = Csr::new(nodes, segments.clone());
        let pred = Csr::new(nodes, segments.map(|(u, v)| (v, u)));
        watch.look()?;
        let chains = Csr::new(strands.len(), chain.iter().copied());
        Some(Self { layer_start, member, node_of, succ, pred, chains, express })
    }

    pub(super) fn nodes(&self) -> usize {
        self.member.len()
    }

    pub(super) fn layers(&self) -> usize {
        self.layer_start.len() - 1
    }

    pub(super) fn layer(&self, layer: usize) -> std::ops::Range<usize> {
        self.layer_start[layer] as usize..self.layer_start[layer + 1] as usize
    }

    /// The layer of a node. O(log layers).
    pub(super) fn layer_of(&self, node: u32) -> usize {
        self.layer_start.partition_point(|&start| start <= node) - 1
    }

    pub(super) fn is_dummy(&self, node: u32) -> bool {
        self.member[node as usize] == NONE
    }
}

/// Marks flat strands, and the longest ones so that the rest needs no more than `MAX_DUMMIES`.
fn too_long(strands: usize, flat: &[bool], span: impl Fn(usize) -> usize) -> Vec<bool> {
    let mut express = flat.to_vec();
    let dummies = |s: usize| span(s).saturating_sub(1);
    let total: usize = (0..strands).filter(|&s| !flat[s]).map(dummies).sum();
    if total <= MAX_DUMMIES {
        return express;
    }
    let mut by_length: Vec<usize> = (0..strands).filter(|&s| !flat[s]).collect();
    by_length.sort_by_key(|&s| (dummies(s), s));
    let mut used = 0;
    for s in by_length {
        used += dummies(s);
        express[s] = dummies(s) > 0 && used > MAX_DUMMIES;
    }
    express
}
