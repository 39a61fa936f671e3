//! Import of manifests, graph included, against the decoding of the same file into
//! `serde_json::Value` and against Python, in one run; and the peak memory of a process that only loads.
//!
//!     cargo bench --bench import                    all cases
//!     cargo bench --bench import -- gnosis events   cases whose name contains one of the words
//!
//! The largest manifest of the corpus is read where the corpus lies beside the project or where
//! `UNDERCURRENT_CORPUS` says; the other files are made here. Python runs where `$PEERS_CACHE/venv`
//! (by default `~/.cache/peers/venv`) has msgspec and rustworkx. Times are the quickest of a few runs,
//! because what other programs take away only ever adds to them; reading the file is inside the clock.

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::graphs::{self, Random};
use support::{print_table, run_program, secs};
use undercurrent::import::{Input, Loaded, Progress, load};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Loads the file that follows once, and prints its peak memory in bytes.
const ONCE: &str = "--load-once";

const RUNS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, path] = arguments.as_slice()
        && flag == ONCE
    {
        let loaded = read(Path::new(path));
        println!("{}", peak_bytes().unwrap_or(0));
        // The graph was needed to the end.
        assert!(!loaded.graph.nodes().is_empty());
        return;
    }
    let words: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(&**word));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut rows = Vec::new();
    for (name, path) in cases(folder.path()).into_iter().filter(|(name, _)| wanted(name)) {
        rows.push(row(&name, &path));
        eprintln!("{}", rows[rows.len() - 1].join("  "));
    }
    let headings = [
        "file",
        "MB",
        "nodes",
        "edges",
        "ours",
        "MB/s",
        "Value",
        "Value / ours",
        "json.load / ours",
        "msgspec+rustworkx / ours",
        "peak / file",
    ];
    print_table(&headings, &rows);
}

/// Names and places of the files to read.
fn cases(folder: &Path) -> Vec<(String, PathBuf)> {
    let beside = |up: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join(up).join("shared/corpus");
    let corpus = std::env::var_os("UNDERCURRENT_CORPUS").map(PathBuf::from);
    let places = corpus.into_iter().chain([beside(".."), beside("../..")]);
    let largest = places
        .map(|corpus| corpus.join("dbt/gnosis_cerebro_large_v12/manifest.json"))
        .find(|path| path.is_file());
    let mut cases: Vec<_> = largest.map(|path| ("gnosis".to_owned(), path)).into_iter().collect();
    let mut made = |name: &str, text: String| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("room for the file");
        cases.push((name.to_owned(), path));
    };
    made("dbt-8000.json", dbt(8_000));
    made("dbt-20000.json", dbt(20_000));
    made("events-20000.ndjson", events(20_000));
    cases
}

fn read(path: &Path) -> Loaded {
    load(&[Input::Path(path.to_owned())], &Progress::default()).expect("nobody cancels")
}

fn row(name: &str, path: &Path) -> Vec<String> {
    let bytes = std::fs::metadata(path).expect("the file is there").len() as f64;
    let (loaded, ours) = quickest(|| read(path));
    let ((), value) = quickest(|| decode(path));
    let limit = Duration::from_secs(60);
    let peak = std::env::current_exe()
        .ok()
        .and_then(|own| run_program(Command::new(own).arg(ONCE).arg(path), limit))
        .and_then(|(_, out)| String::from_utf8(out).ok()?.trim().parse::<f64>().ok());
    let or_dash = |cell: Option<String>| cell.unwrap_or_else(|| "-".to_owned());
    let times = |peer: &str| or_dash(python(peer, path).map(|secs| format!("{:.2}", secs / ours)));
    vec![
        name.to_owned(),
        format!("{:.1}", bytes / 1e6),
        loaded.graph.nodes().len().to_string(),
        loaded.graph.edges().len().to_string(),
        secs(ours),
        format!("{:.0}", bytes / 1e6 / ours),
        secs(value),
        format!("{:.2}", value / ours),
        times("json"),
        times("msgspec+rustworkx"),
        or_dash(peak.map(|peak| format!("{:.2}", peak / bytes))),
    ]
}

/// The last result, and the quickest of [`RUNS`] after a warm-up, in seconds.
fn quickest<T>(mut work: impl FnMut() -> T) -> (T, f64) {
    let mut result = work();
    let mut quickest = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        result = work();
        quickest = quickest.min(start.elapsed().as_secs_f64());
    }
    (result, quickest)
}

/// The naive twin: every value of the file in a tree.
fn decode(path: &Path) {
    let bytes = std::fs::read(path).expect("the file is there");
    let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<serde_json::Value>();
    for value in values {
        drop(value.expect("JSON"));
    }
}

/// What Python takes, in seconds; `None` without it, and for what is no dbt manifest.
fn python(peer: &str, path: &Path) -> Option<f64> {
    if path.extension()? != "json" {
        return None;
    }
    let cache = std::env::var_os("PEERS_CACHE").map(PathBuf::from);
    let cache =
        cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/peers")));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/support/import_peer.py");
    let mut command = Command::new(cache?.join("venv/bin/python"));
    let (_, out) = run_program(command.arg(script).arg(peer).arg(path), Duration::from_secs(120))?;
    String::from_utf8(out).ok()?.split_whitespace().next()?.parse().ok()
}

/// Peak resident memory of this process; `None` where there is no `/proc`.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
}

/// A manifest as dbt writes it: about 5 kB a node, most of it code and configuration.
fn dbt(nodes: usize) -> String {
    let graph = graphs::lineage(nodes, 1);
    let mut random = Random::new(1);
    let mut parents = vec![Vec::new(); nodes];
    for &(from, to) in &graph.edges {
        parents[to as usize].push(from as usize);
    }
    let sources = nodes / 4;
    let id = |node: usize| {
        if node < sources {
            format!("source.shop.raw.table_{node}")
        } else {
            format!("model.shop.table_{node}")
        }
    };
    let mut text = String::from(
        "{\"metadata\": {\"dbt_schema_version\": \"https://schemas.getdbt.com/dbt/manifest/v12.json\"}",
    );
    for (section, range) in [("nodes", sources..nodes), ("sources", 0..sources)] {
        let _ = write!(text, ", \"{section}\": {{");
        for node in range.clone() {
            let comma = if node == range.start { "" } else { ", " };
            let depends: Vec<String> = parents[node].iter().map(|&parent| id(parent)).collect();
            let _ = write!(text, "{comma}\"{}\": {}", id(node), item(node, &depends, &mut random));
        }
        text.push('}');
    }
    text + "}"
}

fn item(node: usize, depends: &[String], random: &mut Random) -> serde_json::Value {
    let columns: serde_json::Map<String, serde_json::Value> = (0..3 + random.below(10))
        .map(|column| {
            let name = format!("column_{column}");
            let value = serde_json::json!({
                "name": name, "description": "what it holds, in some words", "meta": {},
                "data_type": "varchar", "constraints": [], "quote": null, "tags": [],
            });
            (name, value)
        })
        .collect();
    let code = "select coalesce(t.\"a\", 0) as a\n    from {{ ref('b') }} t\n"
        .repeat(10 + random.below(25));
    serde_json::json!({
        "database": "prod", "schema": "shop", "name": format!("table_{node}"),
        "package_name": "shop", "path": format!("marts/table_{node}.sql"),
        "fqn": ["shop", "marts", format!("table_{node}")], "alias": format!("table_{node}"),
        "checksum": {"name": "sha256", "checksum": "0".repeat(64)},
        "config": {
            "enabled": true, "tags": [], "meta": {"owner": format!("team-{}", node % 40)},
            "materialized": "table", "persist_docs": {}, "post-hook": [], "pre-hook": [],
            "quoting": {}, "column_types": {}, "grants": {}, "packages": [],
            "docs": {"show": true, "node_color": null}, "access": "protected",
        },
        "tags": ["daily"], "description": "a table of the shop, described in a sentence or two",
        "columns": columns, "meta": {"owner": format!("team-{}", node % 40)},
        "raw_code": code, "compiled_code": code, "language": "sql",
        "relation_name": format!("\"prod\".\"shop\".\"table_{node}\""),
        "depends_on": {"macros": ["macro.dbt.is_incremental"], "nodes": depends},
    })
}

/// Events of jobs that run over and over, with schemas and column lineage.
fn events(count: usize) -> String {
    let jobs = 500;
    let mut random = Random::new(1);
    let mut text = String::new();
    for event in 0..count {
        let job = random.below(jobs);
        let dataset = |table: usize, lineage: serde_json::Value| {
            let fields: Vec<_> = (0..12)
                .map(|column| serde_json::json!({"name": format!("c{column}"), "type": "INT"}))
                .collect();
            serde_json::json!({
                "namespace": "postgres://host:5432", "name": format!("db.public.table_{table}"),
                "facets": {"schema": {"fields": fields}, "columnLineage": {"fields": lineage}},
            })
        };
        let lineage: serde_json::Map<String, serde_json::Value> = (0..12)
            .map(|column| {
                let source = serde_json::json!({
                    "namespace": "postgres://host:5432", "name": format!("db.public.table_{job}"),
                    "field": format!("c{column}"),
                });
                (format!("c{column}"), serde_json::json!({"inputFields": [source]}))
            })
            .collect();
        let plan = "Project [a, b, c]\n+- Relation\n".repeat(40);
        let event = serde_json::json!({
            "eventType": "COMPLETE",
            "eventTime": format!("2026-03-{:02}T00:00:00Z", 1 + event * 28 / count),
            "run": {"runId": format!("{event:032x}"), "facets": {"spark.logicalPlan": {"plan": plan}}},
            "job": {"namespace": "jobs", "name": format!("job_{job}")},
            "inputs": [dataset(job, serde_json::json!({}))],
            "outputs": [dataset(job + 1, lineage.into())],
        });
        let _ = writeln!(text, "{event}");
    }
    text
}
