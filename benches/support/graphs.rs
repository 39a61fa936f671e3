//! Seeded graphs: the same seed gives the same graph on any machine.

/// Nodes `0..nodes`, and edges between them.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) name: String,
    pub(crate) nodes: usize,
    pub(crate) edges: Vec<(u32, u32)>,
}

/// Steele, Lea and Flood's SplitMix64: enough for test data, and eight lines long.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly in 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Evenly in `0..below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        (self.unit() * below as f64) as usize
    }

    /// Poisson by Knuth's product of uniforms.
    fn poisson(&mut self, mean: f64) -> usize {
        let limit = (-mean).exp();
        let (mut product, mut count) = (self.unit(), 0);
        while product > limit {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Trials up to the first success, at least 1.
    fn geometric(&mut self, success: f64) -> usize {
        let mut trials = 1;
        while self.unit() >= success {
            trials += 1;
        }
        trials
    }

    fn pick(&mut self, from: &[u32]) -> u32 {
        from[self.below(from.len())]
    }
}

pub(crate) fn chain(nodes: usize) -> Graph {
    let edges = (1..nodes as u32).map(|v| (v - 1, v)).collect();
    Graph { name: format!("chain-{nodes}"), nodes, edges }
}

pub(crate) fn hub(leaves: usize) -> Graph {
    let edges = (1..=leaves as u32).map(|v| (0, v)).collect();
    Graph { name: format!("hub-{leaves}"), nodes: leaves + 1, edges }
}

/// Diamonds in a row, the bottom of one being the top of the next: `2 * diamonds + 1` levels.
pub(crate) fn ladder(diamonds: usize) -> Graph {
    let diamond = |d: usize| {
        let top = 3 * d as u32;
        [(top, top + 1), (top, top + 2), (top + 1, top + 3), (top + 2, top + 3)]
    };
    let edges = (0..diamonds).flat_map(diamond).collect();
    Graph { name: format!("ladder-{diamonds}"), nodes: 3 * diamonds + 1, edges }
}

/// Each pair, in ascending direction, with the given probability.
pub(crate) fn dense(nodes: usize, density: f64, seed: u64) -> Graph {
    let mut random = Random::new(seed);
    let mut edges = Vec::new();
    for u in 0..nodes as u32 {
        edges.extend((u + 1..nodes as u32).filter(|_| random.unit() < density).map(|v| (u, v)));
    }
    Graph { name: format!("dense-{nodes}"), nodes, edges }
}

/// Pairs of boxes that feed each other.
pub(crate) fn two_cycles(pairs: usize) -> Graph {
    let edges = (0..pairs as u32).flat_map(|p| [(2 * p, 2 * p + 1), (2 * p + 1, 2 * p)]).collect();
    Graph { name: format!("two-cycles-{pairs}"), nodes: 2 * pairs, edges }
}

/// Like a warehouse's lineage without its tests: sources, one staging box each, then boxes that read
/// one to four earlier ones of their area; 1.6 edges a node.
pub(crate) fn lineage(nodes: usize, seed: u64) -> Graph {
    let mut random = Random::new(seed);
    let sources = nodes / 4;
    let mut edges: Vec<(u32, u32)> = (0..sources as u32).map(|s| (s, sources as u32 + s)).collect();
    let areas = (nodes / 70).max(1);
    let mut by_area: Vec<Vec<u32>> = vec![Vec::new(); areas];
    for s in 0..sources {
        by_area[s * areas / sources].push((sources + s) as u32);
    }
    for v in 2 * sources as u32..nodes as u32 {
        let area = random.below(areas);
        let mut reads: Vec<u32> = Vec::new();
        for _ in 0..1 + random.poisson(1.6).min(5) {
            let from = if random.unit() < 0.92 { area } else { random.below(areas) };
            let from = &by_area[from];
            // Mostly what came last: long chains, not one flat layer.
            let back = random.geometric(0.12).min(from.len());
            let u = from[from.len() - back];
            if !reads.contains(&u) {
                reads.push(u);
            }
        }
        edges.extend(reads.into_iter().map(|u| (u, v)));
        by_area[area].push(v);
    }
    Graph { name: format!("lineage-{nodes}"), nodes, edges }
}

/// An ML-like system: modules of about 60 nodes over 4 to 8 neighbouring layers, about 2.7 edges a
/// node, 80 % of them from the layer before in the same module, 10 % from an earlier one of it, the
/// rest from other modules.
pub(crate) fn modules(nodes: usize, seed: u64) -> Graph {
    let mut random = Random::new(seed);
    let layers = ((4.0 * (nodes as f64).log2() - 20.0).round() as usize).max(8);
    let count = (nodes / 60).max(4);
    let module: Vec<usize> = (0..nodes).map(|_| random.below(count)).collect();
    let span: Vec<usize> = (0..count).map(|_| 4 + random.below(5)).collect();
    let start: Vec<usize> = span.iter().map(|&span| random.below(layers - span + 1)).collect();
    let mut boxes: Vec<(usize, usize)> =
        module.iter().map(|&m| (start[m] + random.below(span[m]), m)).collect();
    boxes.sort_unstable();
    let mut cells = vec![Vec::new(); layers * count];
    let mut by_layer = vec![Vec::new(); layers];
    for (v, &(layer, m)) in boxes.iter().enumerate() {
        cells[layer * count + m].push(v as u32);
        by_layer[layer].push(v as u32);
    }
    let mut edges = Vec::new();
    for (v, &(layer, m)) in boxes.iter().enumerate().filter(|(_, place)| place.0 > 0) {
        let mut reads: Vec<u32> = Vec::new();
        for _ in 0..random.poisson(3.0).max(1) {
            let kind = random.unit();
            let cell = |back: usize| layer.checked_sub(back).map(|l| &cells[l * count + m]);
            let own = if kind < 0.8 {
                cell(1)
            } else if kind < 0.9 {
                cell(2 + random.below(4))
            } else {
                None
            };
            let from = match own.filter(|from| !from.is_empty()) {
                Some(from) => from,
                None if kind < 0.9 && layer > start[m] && random.unit() < 0.5 => continue,
                None => &by_layer[layer - layer.min(random.geometric(0.6))],
            };
            if from.is_empty() {
                continue;
            }
            let u = random.pick(from);
            if u as usize != v && !reads.contains(&u) {
                reads.push(u);
            }
        }
        edges.extend(reads.into_iter().map(|u| (u, v as u32)));
    }
    Graph { name: format!("ml-{nodes}"), nodes, edges }
}

/// Adds `share` of back edges, each closing a random walk of 1 to 8 steps.
pub(crate) fn with_loops(mut graph: Graph, share: f64, seed: u64) -> Graph {
    let mut random = Random::new(seed);
    let mut out = vec![Vec::new(); graph.nodes];
    for &(u, v) in &graph.edges {
        out[u as usize].push(v);
    }
    let wanted = ((share * graph.edges.len() as f64).round() as usize).max(1);
    let mut back = Vec::new();
    for _ in 0..1_000 * wanted {
        if back.len() == wanted {
            break;
        }
        let from = random.below(graph.nodes) as u32;
        let mut at = from;
        for _ in 0..1 + random.below(8) {
            if !out[at as usize].is_empty() {
                at = random.pick(&out[at as usize]);
            }
        }
        if at != from && !back.contains(&(at, from)) {
            back.push((at, from));
        }
    }
    graph.edges.extend(back);
    graph.name += "-loops";
    graph
}
