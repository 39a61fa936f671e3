//! Parts that no arc connects.

/// Sizes of the weakly connected parts of a graph, in the order of their first node.
///
/// A union-find with path halving; near-linear in nodes plus arcs.
pub fn part_sizes(nodes: usize, arcs: impl Iterator<Item = (u32, u32)>) -> Vec<u32> {
    let mut parent: Vec<u32> = (0..nodes as u32).collect();
    for (from, to) in arcs {
        let (a, b) = (root(&mut parent, from), root(&mut parent, to));
        parent[a.max(b) as usize] = a.min(b);
    }
    let mut sizes: Vec<u32> = Vec::new();
    // The smaller position is always the root, so a root comes before all of its part.
    let mut part = vec![0u32; nodes];
    for node in 0..nodes as u32 {
        let root = root(&mut parent, node);
        if root == node {
            part[node as usize] = sizes.len() as u32;
            sizes.push(0);
        }
        part[node as usize] = part[root as usize];
        sizes[part[node as usize] as usize] += 1;
    }
    sizes
}

fn root(parent: &mut [u32], mut node: u32) -> u32 {
    while parent[node as usize] != node {
        let up = parent[parent[node as usize] as usize];
        parent[node as usize] = up;
        node = up;
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_does_not_matter() {
        assert_eq!(part_sizes(6, [(1, 0), (2, 1), (4, 3)].into_iter()), [3, 2, 1]);
        assert!(part_sizes(0, std::iter::empty()).is_empty());
    }
}
