//! One measured piece of work for comparison with other tools: `peer TASK SIZE`.
//!
//! A harness calls this program beside others that do the same work on the same seeded inputs, and
//! reads one line of JSON: times (a warm-up, then 3 to 15 runs, input reading outside of the clock),
//! peak memory, and facts about the result. Inputs lie in `$PEERS_CACHE/data`; drawings are left in
//! `$PEERS_CACHE/drawings` and scored by `$PEERS_CACHE/bin/drawq`, the same counter for every tool.
//! A line that starts with `#` is a sign of life.

#[path = "peer/graphs.rs"]
mod graphs;
#[path = "peer/slices.rs"]
mod slices;

use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use undercurrent::import::{Input, Progress, load};
use undercurrent::layout::{Layout, LayoutOptions, LayoutRequest, Size, layered};
use undercurrent::model::NodeKind;
use undercurrent::scene::{self, Grouping, GroupsOpen, View};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What went wrong, as text for the harness's log.
type Failure = Box<dyn std::error::Error>;
/// Takes the size's name; gives times and facts.
type Task = fn(&str) -> Result<(Times, Value), Failure>;

/// Everything that can be compared, by the harness's name of the task.
const TASKS: &[(&str, Task)] = &[
    ("import", import_task),
    ("layered", layered_task),
    ("lineage", lineage_task),
    ("load", load_task),
];

/// A warm-up slower than this is the only run, in seconds.
const SLOW_SECS: f64 = 20.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, size] = arguments.as_slice() else {
        eprintln!("usage: peer TASK SIZE");
        return ExitCode::from(2);
    };
    let mut line = Map::new();
    let version = env!("CARGO_PKG_VERSION");
    for (key, value) in
        [("task", task.as_str()), ("size", size), ("peer", "ours"), ("version", version)]
    {
        line.insert(key.to_owned(), value.into());
    }
    let outcome = TASKS
        .iter()
        .chain(graphs::TASKS)
        .chain(slices::TASKS)
        .find(|row| row.0 == task)
        .map(|row| row.1(size));
    match outcome {
        None => {
            line.insert("status".to_owned(), "unsupported".into());
            line.insert("facts".to_owned(), json!({"why": "no such task yet"}));
        }
        Some(Err(failure)) => {
            eprintln!("{task} {size}: {failure}");
            return ExitCode::FAILURE;
        }
        Some(Ok((times, facts))) => {
            line.insert("status".to_owned(), "ok".into());
            line.extend(times.row());
            line.insert("rss_mb".to_owned(), times.peak_mb.into());
            line.insert("facts".to_owned(), facts);
        }
    }
    println!("{}", Value::Object(line));
    ExitCode::SUCCESS
}

/// Wall times of the runs, in seconds.
struct Times {
    first: f64,
    runs: Vec<f64>,
    cpu: f64,
    peak_mb: f64,
}

impl Times {
    fn row(&self) -> Map<String, Value> {
        let mut sorted = self.runs.clone();
        sorted.sort_by(f64::total_cmp);
        let all: f64 = sorted.iter().sum();
        let figures = [
            ("median_s", sorted[sorted.len() / 2]),
            ("min_s", sorted[0]),
            ("max_s", sorted[sorted.len() - 1]),
            ("first_s", self.first),
            ("cpu_per_wall", self.cpu / all.max(1e-9)),
        ];
        let mut row: Map<String, Value> =
            figures.map(|(key, value)| (key.to_owned(), value.into())).into_iter().collect();
        row.insert("runs".to_owned(), sorted.len().into());
        row
    }
}

/// Warms up, then runs the work 3 to 15 times.
fn bench<T>(mut work: impl FnMut() -> T) -> (T, Times) {
    println!("#");
    let (start, cpu) = (Instant::now(), cpu_secs());
    let mut result = work();
    let first = start.elapsed().as_secs_f64();
    let count = match first {
        s if s > SLOW_SECS => {
            let (cpu, peak_mb) = (cpu_secs() - cpu, peak_mb());
            return (result, Times { first, runs: vec![first], cpu, peak_mb });
        }
        s if s < 0.05 => 15,
        s if s < 1.0 => 7,
        s if s < 4.0 => 5,
        _ => 3,
    };
    let (mut runs, cpu) = (Vec::with_capacity(count), cpu_secs());
    for _ in 0..count {
        println!("#");
        let start = Instant::now();
        result = work();
        runs.push(start.elapsed().as_secs_f64());
    }
    (result, Times { first, runs, cpu: cpu_secs() - cpu, peak_mb: peak_mb() })
}

/// User and system time of this process; 0 where there is no `/proc`.
fn cpu_secs() -> f64 {
    /// Clock ticks a second, fixed on Linux.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}

/// Peak resident memory of this process; 0 where there is no `/proc`.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

fn cache() -> Result<PathBuf, Failure> {
    if let Some(dir) = std::env::var_os("PEERS_CACHE") {
        return Ok(dir.into());
    }
    let home = std::env::var_os("HOME").ok_or("neither PEERS_CACHE nor HOME is set")?;
    Ok(PathBuf::from(home).join(".cache/peers"))
}

/// The seeded dbt manifest into a graph, its file read within the clock as by the others.
fn import_task(_size: &str) -> Result<(Times, Value), Failure> {
    let path = cache()?.join("data/manifest.json");
    let bytes = std::fs::metadata(&path)?.len();
    let (mut facts, times) = load_files(vec![path])?;
    facts["bytes"] = bytes.into();
    Ok((times, facts))
}

/// A seeded edge list, with the list of its nodes, into a graph.
fn load_task(size: &str) -> Result<(Times, Value), Failure> {
    let folder = cache()?.join("data/graphs");
    let paths = ["edges", "nodes"].map(|part| folder.join(format!("{size}.{part}.csv")));
    let (facts, times) = load_files(paths.into())?;
    Ok((times, facts))
}

/// Teams that owners are resolved to are nodes here and text elsewhere, so they are not counted.
fn load_files(paths: Vec<PathBuf>) -> Result<(Value, Times), Failure> {
    let inputs: Vec<Input> = paths.into_iter().map(Input::Path).collect();
    let (loaded, times) = bench(|| load(&inputs, &Progress::default()));
    let graph = loaded?.graph;
    let nodes = graph.nodes().iter().filter(|node| node.kind != NodeKind::Team).count();
    Ok((json!({"nodes": nodes, "edges": graph.edges().len()}), times))
}

/// Layered drawing of a seeded graph: boxes of 100 by 30, 20 apart, layers 50 apart. The peers draw
/// downwards and this one to the right, so boxes are given and drawings written with both axes
/// exchanged: the same work.
fn layered_task(size: &str) -> Result<(Times, Value), Failure> {
    let folder = cache()?.join("data/graphs");
    let nodes = std::fs::read_to_string(folder.join(format!("{size}.nodes.csv")))?;
    let text = std::fs::read_to_string(folder.join(format!("{size}.edges.csv")))?;
    let index = |id: &str| -> Result<u32, Failure> { Ok(id.trim_start_matches('n').parse()?) };
    let mut edges = Vec::new();
    for line in text.lines().skip(1) {
        let (from, to) = line.split_once(',').ok_or("an edge is two ids")?;
        edges.push((index(from)?, index(to)?));
    }
    let request = LayoutRequest {
        nodes: vec![Size::new(30.0, 100.0); nodes.lines().count().saturating_sub(1)],
        edges,
        options: LayoutOptions { node_gap: 20.0, layer_gap: 50.0, ..Default::default() },
        ..Default::default()
    };
    let mut first_picture = None;
    let (layout, times) = bench(|| {
        let start = Instant::now();
        let mut publish = |_: Layout| first_picture = Some(start.elapsed().as_secs_f64());
        layered(&request, &|| false, &mut publish)
    });
    let layout = layout.ok_or("nobody cancelled")?;
    let mut facts = score(size, &request, &layout)?;
    if let Some(secs) = first_picture {
        facts["first_picture_s"] = secs.into();
    }
    Ok((times, facts))
}

/// Layered drawing of the lineage in a manifest, without its tests and groups. The graph is left beside
/// the seeded ones as `lineage`, so that the other tools can draw it too.
fn lineage_task(manifest: &str) -> Result<(Times, Value), Failure> {
    let loaded = load(&[Input::Path(manifest.into())], &Progress::default());
    let graph = loaded.map_err(|_| "nobody cancelled")?.graph;
    let view = View { grouping: Grouping::None, open: GroupsOpen::All, ..View::default() };
    let request = scene::arrange(&scene::visible(&graph, &view));
    let folder = cache()?.join("data/graphs");
    std::fs::create_dir_all(&folder)?;
    let mut nodes = String::from("id,kind,owner\n");
    for node in 0..request.nodes.len() {
        writeln!(nodes, "n{node},,")?;
    }
    let mut edges = String::from("src,dst\n");
    for (from, to) in &request.edges {
        writeln!(edges, "n{from},n{to}")?;
    }
    std::fs::write(folder.join("lineage.nodes.csv"), nodes)?;
    std::fs::write(folder.join("lineage.edges.csv"), edges)?;
    layered_task("lineage")
}

/// Writes the drawing and has it scored.
fn score(size: &str, request: &LayoutRequest, layout: &Layout) -> Result<Value, Failure> {
    let folder = cache()?.join("drawings");
    std::fs::create_dir_all(&folder)?;
    let mut text = String::new();
    for (at, size) in layout.positions.iter().zip(&request.nodes) {
        writeln!(text, "N {:.4} {:.4} {} {}", at.y, at.x, size.height, size.width)?;
    }
    for (e, (u, v)) in request.edges.iter().enumerate() {
        let route = layout.routes.get(e);
        write!(text, "B {u} {v} {}", route.len())?;
        for point in route {
            write!(text, " {:.4} {:.4}", point.y, point.x)?;
        }
        text.push('\n');
    }
    let path = folder.join(format!("{size}.ours.txt"));
    std::fs::write(&path, text)?;
    println!("#");
    let counted = std::process::Command::new(cache()?.join("bin/drawq")).arg(&path).output()?;
    Ok(serde_json::from_slice(&counted.stdout)?)
}
