//! The layered layout against Graphviz `dot`, in one run: time, and crossings of the drawn routes
//! counted with one counter for both.
//!
//!     cargo bench --bench layout                       all cases
//!     cargo bench --bench layout -- ml-1000 chain      cases whose name contains one of the words
//!     cargo bench --bench layout -- groups again       groups; a second drawing held to the first
//!     cargo bench --bench layout -- cancel force       how soon cancelling ends it; the layout by forces
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
use undercurrent::layout::{
    Layout, LayoutOptions, LayoutRequest, Point, Previous, Size, force, layered, quality,
};

/// Edges above which crossings are not counted: the exact count would take minutes.
const COUNT_UP_TO: usize = 50_000;

/// A drawing made by another program.
struct Peer {
    secs: f64,
    crossings: Option<u64>,
}

/// One line of the second table: what, how large, seconds, remarks.
type Measured = (String, usize, f64, String);

/// A part of the tables, by the word that asks for it alone.
type Section = (&'static str, fn() -> Vec<Measured>);

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
    let others: [Section; 4] =
        [("groups", groups), ("again", again), ("cancel", cancelling), ("force", by_forces)];
    let mut rows = Vec::new();
    for (_, measured) in others.iter().filter(|(name, _)| wanted(name)) {
        for (what, nodes, took, remark) in measured() {
            rows.push(vec![what, nodes.to_string(), secs(took), remark]);
            eprintln!("{}", rows[rows.len() - 1].join("  "));
        }
    }
    print_table(&["work", "nodes", "ours", "of it"], &rows);
}

fn request(graph: &Graph) -> LayoutRequest {
    LayoutRequest {
        nodes: vec![Size::new(30.0, 100.0); graph.nodes],
        edges: graph.edges.clone(),
        options: LayoutOptions { node_gap: 20.0, layer_gap: 50.0, ..Default::default() },
        ..Default::default()
    }
}

fn draw(request: &LayoutRequest) -> Layout {
    layered(request, &|| false, &mut |_| {}).unwrap_or_default()
}

/// Many groups, one group, groups within groups.
fn groups() -> Vec<Measured> {
    let graph = graphs::modules(10_000, 1);
    let many = graphs::modules(100_000, 1);
    let in_groups = |graph: &Graph, count: usize, groups: Vec<Option<u32>>| LayoutRequest {
        group_of: (0..graph.nodes).map(|v| Some((v * count / graph.nodes) as u32)).collect(),
        groups,
        ..request(graph)
    };
    let nested = |count: usize, deep: u32| -> Vec<Option<u32>> {
        (0..count as u32).map(|g| (g % deep > 0).then(|| g - 1)).collect()
    };
    let cases = [
        ("one group with everything", in_groups(&graph, 1, vec![None])),
        ("200 groups", in_groups(&graph, 200, vec![None; 200])),
        ("200 groups, ten deep", in_groups(&graph, 200, nested(200, 10))),
        ("50,000 groups", in_groups(&many, 50_000, vec![None; 50_000])),
    ];
    let measured = |(what, request): (&str, LayoutRequest)| {
        let (_, took) = measure(|| draw(&request));
        (what.to_owned(), request.nodes.len(), took, String::new())
    };
    cases.into_iter().map(measured).collect()
}

/// A second drawing, held to the first, after every tenth box is gone.
fn again() -> Vec<Measured> {
    let measured = |nodes: usize| {
        let graph = graphs::modules(nodes, 1);
        let whole = request(&graph);
        let first = draw(&whole);
        let kept: Vec<usize> = (0..nodes).filter(|v| v % 10 > 0).collect();
        let at = |v: u32| kept.binary_search(&(v as usize)).ok().map(|at| at as u32);
        let ends = |e: &usize| {
            let (u, v) = graph.edges[*e];
            Some((at(u)?, at(v)?))
        };
        let edges: Vec<usize> = (0..graph.edges.len()).filter(|e| ends(e).is_some()).collect();
        let less = LayoutRequest {
            nodes: vec![whole.nodes[0]; kept.len()],
            edges: edges.iter().filter_map(ends).collect(),
            previous: Previous {
                boxes: kept.iter().map(|&v| first.place_of_box(v)).collect(),
                groups: Vec::new(),
                routes: edges.iter().map(|&e| first.routes.get(e).to_vec()).collect(),
            },
            ..whole.clone()
        };
        let afresh = draw(&LayoutRequest { previous: Previous::default(), ..less.clone() });
        let (near, took) = measure(|| draw(&less));
        let before: Vec<Option<Point>> = kept.iter().map(|&v| Some(first.positions[v])).collect();
        let like = |layout: &Layout| {
            let after: Vec<Option<Point>> = layout.positions.iter().copied().map(Some).collect();
            let steady = quality::steadiness(&before, &after, 100.0);
            let crossings = quality::drawn_crossings(layout, &less.edges);
            format!(
                "{:.2} % of pairs kept, moved {:.0}, {crossings} crossings",
                100.0 * steady.kept,
                steady.moved
            )
        };
        let remark = format!("{}; afresh {}", like(&near), like(&afresh));
        (format!("{} less a tenth, held", graph.name), kept.len(), took, remark)
    };
    [300, 1_000, 3_000].into_iter().map(measured).collect()
}

/// The longest time from the wish to stop to the return, for wishes at several moments.
fn cancelling() -> Vec<Measured> {
    /// After so many milliseconds.
    const MOMENTS: [u64; 8] = [1, 30, 150, 400, 900, 2_000, 4_000, 8_000];
    let request = request(&graphs::modules(100_000, 1));
    let mut longest = 0f64;
    for moment in MOMENTS.map(Duration::from_millis) {
        let start = Instant::now();
        let stopped = layered(&request, &|| start.elapsed() >= moment, &mut |_| {}).is_none();
        if stopped {
            longest = longest.max((start.elapsed() - moment).as_secs_f64());
        }
    }
    vec![("from cancelling to the end".to_owned(), request.nodes.len(), longest, String::new())]
}

fn by_forces() -> Vec<Measured> {
    let measured = |nodes: usize| {
        let request = request(&graphs::modules(nodes, 1));
        let (_, took) = measure(|| force(&request, &|| false, &mut |_| {}));
        ("by forces".to_owned(), nodes, took, String::new())
    };
    [1_000, 10_000, 100_000].into_iter().map(measured).collect()
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
    let request = request(graph);
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
