//! The layered layout against Graphviz `dot`, in one run: time, and crossings of the drawn routes
//! counted with one counter for both.
//!
//!     cargo bench --bench layout                       all cases
//!     cargo bench --bench layout -- ml-1000 chain      cases whose name contains one of the words
//!     PEER_LIMIT_SECS=150 cargo bench --bench layout   wait longer for `dot` (20 by default)
//!
//! Boxes are 100 by 30 across the flow, 20 apart, layers 50 apart, for both (`dot` draws downwards,
//! so ours lie on their side). `dot`'s time is that of its process, input and output included.

mod support;

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};
use support::graphs::{self, Graph};
use support::{measure, print_table, run_program, secs};
use undercurrent::layout::{Layout, LayoutOptions, LayoutRequest, Point, Size, layered, quality};

/// Edges above which crossings are not counted: the exact count would take minutes.
const COUNT_UP_TO: usize = 50_000;

/// A drawing made by another program.
struct Peer {
    secs: f64,
    crossings: Option<u64>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let limit = std::env::var("PEER_LIMIT_SECS").ok().and_then(|secs| secs.parse().ok());
    let limit = Duration::from_secs(limit.unwrap_or(20));
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let mut rows = Vec::new();
    for graph in cases().iter().filter(|graph| wanted(&graph.name)) {
        rows.push(row(graph, limit));
        eprintln!("{}", rows[rows.len() - 1].join("  "));
    }
    let headings = [
        "graph",
        "nodes",
        "edges",
        "ours",
        "first picture",
        "dot",
        "dot / ours",
        "crossings",
        "dot's",
        "dot's, lines",
    ];
    print_table(&headings, &rows);
}

fn cases() -> Vec<Graph> {
    let loops = |graph: Graph| graphs::with_loops(graph, 0.01, 7);
    vec![
        graphs::lineage(1_400, 1),
        graphs::modules(300, 1),
        graphs::modules(1_000, 1),
        loops(graphs::modules(1_000, 1)),
        graphs::modules(3_000, 1),
        loops(graphs::modules(3_000, 1)),
        graphs::modules(10_000, 1),
        graphs::modules(100_000, 1),
        graphs::chain(5_000),
        graphs::hub(10_000),
        graphs::ladder(200),
        graphs::dense(200, 0.2, 1),
        graphs::two_cycles(20_000),
    ]
}

fn row(graph: &Graph, limit: Duration) -> Vec<String> {
    let request = LayoutRequest {
        nodes: vec![Size::new(30.0, 100.0); graph.nodes],
        edges: graph.edges.clone(),
        options: LayoutOptions { node_gap: 20.0, layer_gap: 50.0, ..Default::default() },
        ..Default::default()
    };
    let mut first = None;
    let (layout, ours) = measure(|| {
        let start = Instant::now();
        let mut publish = |_: Layout| first = Some(start.elapsed().as_secs_f64());
        layered(&request, &|| false, &mut publish).unwrap_or_default()
    });
    let count = graph.edges.len() <= COUNT_UP_TO;
    let crossings = count.then(|| quality::drawn_crossings(&layout, &graph.edges));
    let dot = dot(graph, "true", limit);
    let lines = dot.as_ref().and_then(|_| dot_crossings(graph, "line", limit));
    let ratio = dot.as_ref().map(|dot| format!("{:.0}", dot.secs / ours));
    let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    vec![
        graph.name.clone(),
        graph.nodes.to_string(),
        graph.edges.len().to_string(),
        secs(ours),
        or_dash(first.map(secs)),
        or_dash(dot.as_ref().map(|dot| secs(dot.secs))),
        or_dash(ratio),
        or_dash(crossings.map(|n| n.to_string())),
        or_dash(dot.and_then(|dot| dot.crossings).map(|n| n.to_string())),
        or_dash(lines.map(|n| n.to_string())),
    ]
}

fn dot_crossings(graph: &Graph, splines: &str, limit: Duration) -> Option<u64> {
    dot(graph, splines, limit)?.crossings
}

/// Runs `dot`, three times when it is quick; `None` without it or beyond the limit.
fn dot(graph: &Graph, splines: &str, limit: Duration) -> Option<Peer> {
    let mut source = format!(
        "digraph {{ graph[nodesep={:.5},ranksep={:.5},splines={splines}]\n\
         node[shape=box,fixedsize=true,width={:.5},height={:.5},label=\"\"]\nedge[dir=none]\n",
        20.0 / 72.0,
        50.0 / 72.0,
        100.0 / 72.0,
        30.0 / 72.0
    );
    for v in 0..graph.nodes {
        writeln!(source, "{v}").ok()?;
    }
    for (u, v) in &graph.edges {
        writeln!(source, "{u}->{v}").ok()?;
    }
    source += "}\n";
    let file = tempfile::NamedTempFile::new().ok()?;
    std::fs::write(file.path(), source).ok()?;
    let run = || run_program(Command::new("dot").arg("-Tjson0").arg(file.path()), limit);
    let (mut secs, output) = run()?;
    if secs < 1.0 {
        secs = run()?.0.min(run()?.0).min(secs);
    }
    let lines = routes_of(&output, graph)?;
    let count = graph.edges.len() <= COUNT_UP_TO;
    let crossings = count.then(|| quality::crossings_of_lines(&lines, &graph.edges));
    Some(Peer { secs, crossings })
}

/// The flattened routes in `dot`'s JSON, in the order of the graph's edges.
fn routes_of(output: &[u8], graph: &Graph) -> Option<Vec<Vec<Point>>> {
    let drawing: serde_json::Value = serde_json::from_slice(output).ok()?;
    let name = |id: &serde_json::Value| {
        drawing["objects"].get(id.as_u64()? as usize)?["name"].as_str()?.parse::<u32>().ok()
    };
    let mut drawn = std::collections::BTreeMap::new();
    for edge in drawing["edges"].as_array()? {
        let mut points = Vec::new();
        for pair in edge["pos"].as_str()?.split(' ') {
            let (x, y) = pair.split_once(',')?;
            points.push(Point::new(x.parse().ok()?, y.parse().ok()?));
        }
        drawn.insert((name(&edge["tail"])?, name(&edge["head"])?), quality::flatten(&points));
    }
    let line = |edge: &(u32, u32)| drawn.get(edge).cloned().unwrap_or_default();
    Some(graph.edges.iter().map(line).collect())
}
