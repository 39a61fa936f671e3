//! Groups where the manifest names none: parts of the graph that hold together more than chance.
//!
//! The Louvain method (Blondel, Guillaume, Lambiotte and Lefebvre 2008, "Fast unfolding of communities in
//! large networks"): nodes move to the neighbouring community that raises modularity most, then
//! communities become nodes, and so on; each round is one level of nesting. Directions are ignored.

use crate::model::Lists;

/// Passes over all nodes within one level; later ones move almost nothing.
const MOST_PASSES: usize = 12;

/// A pass that moves less than this share of the nodes is the last of its level.
const FEW_MOVES: f64 = 0.002;

/// Communities of `nodes` nodes, innermost level first: `levels[0][node]` is a community, and
/// `levels[k + 1][c]` the outer community of `levels[k]`'s community `c`. Numbered by their first node.
///
/// Empty when no level joins anything. Deterministic: nodes are visited in order and ties go to the
/// lower number. Near-linear in edges a pass. Self-loops are ignored.
pub fn communities(nodes: usize, edges: impl Iterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let mut graph = Weighted::new(nodes, edges.map(|(from, to)| (from, to, 1.0)).collect());
    let mut levels = Vec::new();
    loop {
        let community = graph.communities();
        let count = community.iter().max().map_or(0, |&last| last as usize + 1);
        if count == graph.nodes() || count == 0 {
            return levels;
        }
        graph = graph.folded(&community, count);
        levels.push(community);
    }
}

/// An undirected weighted graph, each edge stored at both ends.
struct Weighted {
    /// Neighbour and weight, by node.
    ends: Lists<(u32, f64)>,
    /// Sum of the weights at each node, edges to itself counted twice.
    degree: Vec<f64>,
}

impl Weighted {
    fn new(nodes: usize, edges: Vec<(u32, u32, f64)>) -> Self {
        Self::with_inner(nodes, edges, vec![0.0; nodes])
    }

    /// `inner` is the weight within each node, counted twice.
    fn with_inner(nodes: usize, mut edges: Vec<(u32, u32, f64)>, inner: Vec<f64>) -> Self {
        edges.retain(|&(from, to, _)| from != to);
        let both =
            edges.iter().flat_map(|&(from, to, weight)| [(from, to, weight), (to, from, weight)]);
        let mut degree = inner;
        for (here, _, weight) in both.clone() {
            degree[here as usize] += weight;
        }
        let ends = both.map(|(here, there, weight)| (here, (there, weight)));
        Self { ends: Lists::new(nodes, ends), degree }
    }

    fn nodes(&self) -> usize {
        self.degree.len()
    }

    fn neighbours(&self, node: usize) -> &[(u32, f64)] {
        self.ends.of(node)
    }

    /// One level: the community of each node, numbered by first member.
    fn communities(&self) -> Vec<u32> {
        let nodes = self.nodes();
        let total: f64 = self.degree.iter().sum();
        let mut community: Vec<u32> = (0..nodes as u32).collect();
        let mut weight_of: Vec<f64> = self.degree.clone();
        let mut to_community = vec![0.0; nodes];
        let mut touched: Vec<u32> = Vec::new();
        for _ in 0..MOST_PASSES {
            let mut moves = 0;
            for node in 0..nodes {
                let own = community[node];
                for &(neighbour, weight) in self.neighbours(node) {
                    let there = community[neighbour as usize];
                    if to_community[there as usize] == 0.0 {
                        touched.push(there);
                    }
                    to_community[there as usize] += weight;
                }
                weight_of[own as usize] -= self.degree[node];
                let gain = |there: u32| {
                    to_community[there as usize]
                        - weight_of[there as usize] * self.degree[node] / total
                };
                let best = touched.iter().fold((gain(own), own), |best, &there| {
                    let gain = gain(there);
                    if gain > best.0 || (gain == best.0 && there < best.1) {
                        (gain, there)
                    } else {
                        best
                    }
                });
                community[node] = best.1;
                weight_of[best.1 as usize] += self.degree[node];
                moves += usize::from(best.1 != own);
                for there in touched.drain(..) {
                    to_community[there as usize] = 0.0;
                }
            }
            if moves as f64 <= FEW_MOVES * nodes as f64 {
                break;
            }
        }
        renumbered(community)
    }

    /// Communities become nodes; edges between the same two become one.
    fn folded(&self, community: &[u32], count: usize) -> Self {
        let mut inner = vec![0.0; count];
        let mut between: Vec<(u32, u32, f64)> = Vec::new();
        for node in 0..self.nodes() {
            let here = community[node];
            let outside: f64 = self.neighbours(node).iter().map(|&(_, weight)| weight).sum();
            inner[here as usize] += self.degree[node] - outside;
            for &(neighbour, weight) in self.neighbours(node) {
                let there = community[neighbour as usize];
                if here == there {
                    inner[here as usize] += weight;
                } else if here < there {
                    between.push((here, there, weight));
                }
            }
        }
        between.sort_unstable_by_key(|&(from, to, _)| (from, to));
        between.dedup_by(|next, first| {
            let same = (next.0, next.1) == (first.0, first.1);
            if same {
                first.2 += next.2;
            }
            same
        });
        Self::with_inner(count, between, inner)
    }
}

fn renumbered(community: Vec<u32>) -> Vec<u32> {
    let mut number = vec![u32::MAX; community.len()];
    let mut next = 0;
    let mut renumber = |old: u32| {
        let slot = &mut number[old as usize];
        if *slot == u32::MAX {
            *slot = next;
            next += 1;
        }
        *slot
    };
    community.into_iter().map(&mut renumber).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Share of edges within communities, less what chance would put there.
    fn modularity(nodes: usize, edges: &[(u32, u32)], community: &[u32]) -> f64 {
        let edges: Vec<_> = edges.iter().filter(|(from, to)| from != to).collect();
        let total = edges.len() as f64;
        let within =
            edges.iter().filter(|(a, b)| community[*a as usize] == community[*b as usize]).count();
        let mut degree = vec![0.0; nodes];
        for (from, to) in &edges {
            degree[community[*from as usize] as usize] += 1.0;
            degree[community[*to as usize] as usize] += 1.0;
        }
        within as f64 / total - degree.iter().map(|d| (d / (2.0 * total)).powi(2)).sum::<f64>()
    }

    #[test]
    fn two_cliques_joined_by_an_edge_are_two() {
        let clique =
            |base: u32| (0..5).flat_map(move |a| (0..a).map(move |b| (base + a, base + b)));
        let edges: Vec<(u32, u32)> = clique(0).chain(clique(5)).chain([(4, 5)]).collect();
        let levels = communities(10, edges.iter().copied());
        assert_eq!(levels[0], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    }

    #[test]
    fn nothing_to_join_gives_no_level() {
        assert!(communities(0, std::iter::empty()).is_empty());
        assert!(communities(4, std::iter::empty()).is_empty());
        assert!(communities(2, [(1, 1)].into_iter()).is_empty());
    }

    proptest! {
        #[test]
        fn each_level_is_better_than_the_one_below(edges in prop::collection::vec((0u32..20, 0u32..20), 10..60)) {
            prop_assume!(edges.iter().any(|(from, to)| from != to));
            let levels = communities(20, edges.iter().copied());
            let mut community: Vec<u32> = (0..20).collect();
            let mut before = modularity(20, &edges, &community);
            for level in &levels {
                community = community.iter().map(|&inner| level[inner as usize]).collect();
                let now = modularity(20, &edges, &community);
                prop_assert!(now >= before - 1e-9, "{now} after {before}");
                before = now;
            }
        }
    }
}
