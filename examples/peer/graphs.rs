//! Graph work: the harness's tasks `scc`, `cycles6`, `descendants`, `treduction`, `longest` and
//! `fas_exact`.
//!
//! As the other tools, each task starts from a graph with its neighbours indexed; everything beyond that
//! (components, condensation) is inside the clock.

use super::{Failure, Task, Times, bench, cache};
use serde_json::{Value, json};
use undercurrent::analysis::facts::{
    Csr, CutEffort, CycleLimits, Depths, Facts, feedback_arcs, redundant_arcs, simple_cycles,
    strong_components,
};

/// The tasks of this file.
pub(super) const TASKS: &[(&str, Task)] = &[
    ("scc", components_task),
    ("cycles6", cycles_task),
    ("descendants", descendants_task),
    ("treduction", reduction_task),
    ("longest", longest_task),
    ("fas_exact", cut_task),
];

/// As in the program's loops, but for more rounds: the graph is whole.
const EFFORT: CutEffort = CutEffort { rounds: 400, branches: 20_000 };

/// A seeded graph by its name: how many nodes, and arcs.
fn graph(name: &str) -> Result<(usize, Vec<(u32, u32)>), Failure> {
    let folder = cache()?.join("data/graphs");
    let nodes = std::fs::read_to_string(folder.join(format!("{name}.nodes.csv")))?;
    let text = std::fs::read_to_string(folder.join(format!("{name}.edges.csv")))?;
    let index = |id: &str| -> Result<u32, Failure> { Ok(id.trim_start_matches('n').parse()?) };
    let mut arcs = Vec::new();
    for line in text.lines().skip(1) {
        let (from, to) = line.split_once(',').ok_or("an edge is two ids")?;
        arcs.push((index(from)?, index(to)?));
    }
    Ok((nodes.lines().count().saturating_sub(1), arcs))
}

fn components_task(name: &str) -> Result<(Times, Value), Failure> {
    let (nodes, arcs) = graph(name)?;
    let (components, times) = bench(|| strong_components(nodes, arcs.iter().copied()));
    let sizes = components.sizes();
    let facts = json!({
        "components": sizes.len(),
        "nontrivial": sizes.iter().filter(|&&size| size > 1).count(),
        "largest": sizes.iter().max(),
    });
    Ok((times, facts))
}

fn cycles_task(name: &str) -> Result<(Times, Value), Failure> {
    let (nodes, arcs) = graph(name)?;
    let csr = Csr::new(nodes, arcs.iter().copied());
    let limits = CycleLimits { length: 6, cycles: usize::MAX, steps: u64::MAX };
    let (cycles, times) = bench(|| {
        let components = strong_components(nodes, arcs.iter().copied());
        let mut found: Vec<Vec<u32>> = Vec::new();
        simple_cycles(&csr, &components, limits, |cycle| found.push(cycle.to_vec()));
        found
    });
    Ok((times, json!({"cycles": cycles.len()})))
}

fn descendants_task(name: &str) -> Result<(Times, Value), Failure> {
    let (nodes, arcs) = graph(name)?;
    let (counts, times) = bench(|| {
        let facts = Facts::new(nodes, arcs.iter().copied());
        (0..nodes as u32).map(|node| facts.descendant_count(node)).collect::<Vec<u32>>()
    });
    let pairs: u64 = counts.iter().map(|&count| u64::from(count)).sum();
    Ok((times, json!({"pairs": pairs, "max": counts.iter().max()})))
}

fn reduction_task(name: &str) -> Result<(Times, Value), Failure> {
    let (nodes, arcs) = graph(name)?;
    let (edges, times) = bench(|| {
        let facts = Facts::new(nodes, arcs.iter().copied());
        redundant_arcs(facts.condensation()).iter().filter(|redundant| !**redundant).count()
    });
    Ok((times, json!({"edges": edges})))
}

fn longest_task(name: &str) -> Result<(Times, Value), Failure> {
    let (nodes, arcs) = graph(name)?;
    let csr = Csr::new(nodes, arcs.iter().copied());
    let (edges, times) = bench(|| {
        let components = strong_components(nodes, arcs.iter().copied());
        Depths::new(&csr, &components, |_, _| 1).longest_path(&components).len()
    });
    Ok((times, json!({"edges": edges})))
}

/// Exact where `exact` says so; else the cut is a heuristic's, with its bound.
fn cut_task(name: &str) -> Result<(Times, Value), Failure> {
    let (nodes, arcs) = graph(name)?;
    let csr = Csr::new(nodes, arcs.iter().copied());
    let (cut, times) = bench(|| feedback_arcs(&csr, EFFORT));
    let mut is_cut = vec![false; csr.edges()];
    cut.arcs.iter().for_each(|&arc| is_cut[arc as usize] = true);
    let left: Vec<(u32, u32)> = (0..nodes as u32)
        .flat_map(|from| {
            let start = csr.start(from);
            csr.of(from).iter().enumerate().map(move |(k, &to)| (start + k, (from, to)))
        })
        .filter(|&(arc, _)| !is_cut[arc])
        .map(|(_, arc)| arc)
        .collect();
    let is_acyclic = strong_components(nodes, left.iter().copied()).count() == nodes
        && left.iter().all(|(from, to)| from != to);
    let facts = json!({
        "edges": cut.arcs.len(),
        "lower_bound": cut.lower_bound,
        "exact": cut.is_exact(),
        "acyclic_after": is_acyclic,
    });
    Ok((times, facts))
}
