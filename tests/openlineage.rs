//! OpenLineage events: what they become, alone and beside what other files declare.

#[path = "support/lineage.rs"]
mod lineage;

use lineage::column_edges;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use undercurrent::import::{Input, Loaded, Progress, load};
use undercurrent::model::{Attr, Edge, EdgeDetails, EdgeIx, NodeKind, SystemGraph};

fn loaded(files: &[(&str, &str)]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    load(&[Input::Path(folder.path().into())], &Progress::default()).unwrap()
}

fn lines(events: &[Value]) -> String {
    events.iter().map(|event| format!("{event}\n")).collect()
}

fn run(id: &str, time: &str, job: &str, inputs: &[&str], outputs: &[&str]) -> Value {
    let datasets = |names: &[&str]| -> Value {
        names.iter().map(|name| json!({"namespace": "postgres://h", "name": name})).collect()
    };
    json!({
        "eventType": "COMPLETE", "eventTime": time, "run": {"runId": id},
        "job": {"namespace": "jobs", "name": job},
        "inputs": datasets(inputs), "outputs": datasets(outputs),
    })
}

/// Edges as `from kind to`, in order of their words.
fn edges(graph: &SystemGraph) -> Vec<String> {
    let name = |edge: &Edge| {
        let (from, to) = (graph.node(edge.from), graph.node(edge.to));
        format!("{} {} {}", from.id, edge.kind.key(), to.id)
    };
    let mut edges: Vec<String> = graph.edges().iter().map(name).collect();
    edges.sort();
    edges
}

fn told(read: &Loaded) -> String {
    read.report.text(&read.graph)
}

/// The first read.
fn reads(graph: &SystemGraph) -> &EdgeDetails {
    let first = graph.edge_indices().find(|&edge| graph.edge(edge).kind.key() == "reads");
    graph.details(first.unwrap())
}

#[test]
fn a_dependency_is_one_edge_with_when_it_was_seen() {
    let read = loaded(&[(
        "events.ndjson",
        &lines(&[
            run("1", "2026-03-02T23:30:00-05:00", "j", &[], &[]),
            run("1", "2026-03-03T10:00:00Z", "j", &["d.s.a"], &["d.s.b"]),
            run("2", "2026-03-01T00:00:00.123456789012Z", "j", &["d.s.a"], &["d.s.b"]),
            run("2", "2026-03-01 12:00:00", "j", &["d.s.a", "d.s.a"], &[]),
            run("{{ id }}", "${json-unit.any-string}", "j", &["d.s.a"], &["d.s.a"]),
        ]),
    )]);
    assert_eq!(
        edges(&read.graph),
        [
            "job:jobs:j writes postgres://h/d.s.a",
            "job:jobs:j writes postgres://h/d.s.b",
            "postgres://h/d.s.a reads job:jobs:j",
        ]
    );
    let reads = reads(&read.graph);
    let date = |attr| reads.attrs().date(attr).map(|date| date.to_string());
    assert_eq!(date(Attr::FirstSeen).as_deref(), Some("2026-03-01"));
    assert_eq!(date(Attr::LastSeen).as_deref(), Some("2026-03-03"));
    // Two runs with ids, and one whose id is a template.
    assert_eq!(reads.attrs().number(Attr::ReadCount), Some(3.0));
    assert_eq!(reads.attrs().number(Attr::ReadDays), Some(2.0));
    assert_eq!(read.graph.place(reads.at), "events.ndjson:2");
    assert_eq!(
        told(&read),
        "note: events.ndjson:5: 1 of 5 events have no time that can be read — What they say is in the graph; when it was seen is not.\n"
    );
}

#[test]
fn every_node_and_edge_has_its_line_and_column() {
    let mut event = run("1", "2026-03-01", "j", &["d.s.a"], &["d.s.b"]);
    event["inputs"][0]["facets"] = json!({
        "schema": {"fields": [{"name": "x", "type": "INT", "fields": [{"name": "y"}]}]},
        "dataQualityAssertions": {"assertions": [{"assertion": "not_null", "column": "x", "success": false}]},
    });
    event["outputs"][0]["facets"] = json!({"columnLineage": {"fields": {"z": {"inputFields": [
        {"namespace": "postgres://h", "name": "d.s.a", "field": "x"}]}}}});
    let read = loaded(&[("e.json", &serde_json::to_string_pretty(&json!([event])).unwrap())]);
    assert_eq!(read.graph.nodes().len(), 4, "{}", told(&read));
    let nodes = read.graph.nodes().iter().map(|node| node.at);
    let columns = read.graph.nodes().iter().flat_map(|node| &node.columns).map(|column| column.at);
    let edges = read.graph.all_details().iter().map(|details| details.at);
    for at in nodes.chain(edges).chain(columns) {
        assert!(at.line > 1 && at.column > 1, "{at:?}");
    }
    let a = read.graph.node(read.graph.find("postgres://h/d.s.a").unwrap());
    let names: Vec<_> =
        a.columns.iter().map(|column| (&*column.name, column.data_type.as_deref())).collect();
    assert_eq!(names, [("x", Some("INT")), ("x.y", None)]);
    let test = read.graph.nodes().iter().find(|node| node.kind == NodeKind::Test).unwrap();
    assert_eq!((&*test.name, test.attrs.text(Attr::LastStatus)), ("not_null(x)", Some("fail")));
}

#[test]
fn events_of_static_lineage_tell_of_no_run() {
    let job = json!({
        "eventTime": "2026-03-01", "job": {"namespace": "jobs", "name": "j", "facets": {
            "ownership": {"owners": [{"name": "user:x"}, {"name": "team:ads"}]},
            "documentation": {"description": "Makes it."},
            "jobType": {"integration": "SPARK", "jobType": "APPLICATION"},
            "sourceCodeLocation": {"type": "git", "url": "https://x/y", "version": "abc"},
            "tags": {"tags": [{"key": "pii", "value": "true"}, {"key": "tier", "value": "1"}]}}},
        "inputs": [{"namespace": "s3://b", "name": "in"}],
    });
    let dataset = json!({
        "eventTime": "2026-03-01", "dataset": {"namespace": "s3://b", "name": "out", "facets": {
            "columnLineage": {"fields": {"o": {"inputFields": [
                {"namespace": "s3://b", "name": "in", "field": "i"},
                {"namespace": "s3://b", "name": "gone", "field": "g"}]}}}}},
    });
    let read = loaded(&[("e.jsonl", &lines(&[job, dataset]))]);
    assert_eq!(
        edges(&read.graph),
        [
            "s3://b/gone derives s3://b/out",
            "s3://b/in derives s3://b/out",
            "s3://b/in reads job:jobs:j"
        ]
    );
    assert!(!read.graph.node(read.graph.find("s3://b/gone").unwrap()).defined);
    let reads = reads(&read.graph);
    assert!(reads.attrs().is_empty());
    let job = read.graph.node(read.graph.find("job:jobs:j").unwrap());
    assert_eq!(job.attrs.text(Attr::Owner), Some("team:ads"));
    assert_eq!(&*read.graph.node(job.owner.unwrap()).name, "ads");
    let tags: Vec<&str> = job.attrs.list(Attr::Tags).unwrap().iter().map(|tag| &**tag).collect();
    assert_eq!(tags, ["spark", "application", "pii", "tier:1"]);
    assert_eq!(job.attrs.text(Attr::CodeHash), Some("abc"));
}

#[test]
fn jobs_lie_in_the_jobs_that_started_them() {
    let child = |name: &str, parent: &str| {
        json!({
            "eventType": "START", "eventTime": "2026-03-01",
            "run": {"runId": "1", "facets": {"parent": {"job": {"namespace": "jobs", "name": parent}}}},
            "job": {"namespace": "jobs", "name": name},
        })
    };
    let events = [
        child("dag.task.sql", "dag.task"),
        child("dag.task", "dag"),
        child("other", "unseen"),
        child("own", "own"),
        child("round", "about"),
        child("about", "round"),
    ];
    let read = loaded(&[("e.ndjson", &lines(&events))]);
    let place = |id: &str| {
        let node = read.graph.node(read.graph.find(id).unwrap());
        format!("{} / {}", read.graph.group_path(node.group.unwrap()).join(" / "), node.name)
    };
    assert_eq!(place("job:jobs:dag.task.sql"), "jobs / dag / task / sql");
    assert_eq!(place("job:jobs:dag.task"), "jobs / dag / task / task");
    assert_eq!(place("job:jobs:other"), "jobs / unseen / other");
    assert_eq!(place("job:jobs:own"), "jobs / own");
    assert_eq!(place("job:jobs:round"), "jobs / about / round / round");
    assert!(read.graph.edges().is_empty());
    assert_eq!(read.graph.nodes().len(), 6);
}

#[test]
fn a_table_is_known_without_its_server_where_only_one_has_it() {
    let manifest = "undercurrent: 1\nnodes:\n - {id: D.s.a, kind: source, owner: ads}\n - {id: d.s.b, kind: dataset}\n";
    let one = lines(&[run("1", "2026-03-01", "j", &["D.s.a"], &["d.s.b"])]);
    let read = loaded(&[("e.ndjson", &one), ("m.yaml", manifest)]);
    let a = read.graph.find("postgres://h/D.s.a").unwrap();
    assert_eq!(read.graph.find("D.s.a"), Some(a));
    assert_eq!(read.graph.find("d.s.a"), Some(a));
    let node = read.graph.node(a);
    assert_eq!((node.kind, node.attrs.text(Attr::Owner)), (NodeKind::Source, Some("ads")));
    let mut replica = run("1", "2026-03-01", "copy", &["d.s.b"], &[]);
    replica["outputs"] = json!([{"namespace": "mysql://other", "name": "d.s.b"}]);
    let read =
        loaded(&[("e.ndjson", &one), ("f.ndjson", &lines(&[replica])), ("m.yaml", manifest)]);
    let found = |id: &str| read.graph.find(id).unwrap();
    assert_ne!(found("postgres://h/d.s.b"), found("mysql://other/d.s.b"));
    assert_ne!(found("postgres://h/d.s.b"), found("d.s.b"));
    assert_eq!(told(&read), "");
}

#[test]
fn symlinks_are_other_names() {
    let mut event = run("1", "2026-03-01", "j", &["d.s.a"], &[]);
    event["inputs"][0]["facets"] = json!({"symlinks": {"identifiers": [
        {"namespace": "s3://lake", "name": "a", "type": "LOCATION"}]}});
    let mut writer = run("2", "2026-03-01", "k", &[], &[]);
    writer["outputs"] = json!([{"namespace": "s3://lake", "name": "a"}]);
    let read = loaded(&[("e.json", &event.to_string()), ("f.json", &writer.to_string())]);
    assert_eq!(
        edges(&read.graph),
        ["job:jobs:k writes postgres://h/d.s.a", "postgres://h/d.s.a reads job:jobs:j"]
    );
}

/// What dbt declares: `shop` derives from `raw`, and a test reads `shop`.
const DBT: &str = r#"{
  "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
  "nodes": {
    "model.p.shop": {"resource_type": "model", "name": "shop", "package_name": "p",
      "relation_name": "\"d\".\"s\".\"shop\"", "depends_on": {"nodes": ["source.p.raw"]}},
    "test.p.unique_shop": {"resource_type": "test", "name": "unique_shop", "package_name": "p",
      "depends_on": {"nodes": ["model.p.shop"]}}
  },
  "sources": {"source.p.raw": {"resource_type": "source", "name": "raw", "source_name": "s",
    "package_name": "p", "relation_name": "d.s.raw"}}
}"#;

#[test]
fn reads_that_only_events_tell_of_are_observed_where_readers_are_declared() {
    let mut declared = run("4", "2026-03-01", "known", &["d.s.raw"], &[]);
    declared.as_object_mut().unwrap().remove("run");
    let events = [
        // The work behind a declared derivation.
        run("1", "2026-03-01", "model.p.shop", &["d.s.raw"], &["d.s.shop"]),
        // The run of a declared reader.
        run("2", "2026-03-01", "test.p.unique_shop", &["d.s.shop"], &[]),
        // What nobody declares, and what it reads that no file speaks of.
        run("3", "2026-03-01", "stranger", &["d.s.raw", "d.s.shop", "d.s.unknown"], &["d.s.x"]),
        run("3", "2026-03-05", "stranger", &["d.s.raw"], &["d.s.x"]),
        run("4", "2026-03-01", "known", &["d.s.raw"], &[]),
        declared,
    ];
    let read = loaded(&[("events.ndjson", &lines(&events)), ("manifest.json", DBT)]);
    let is_observed = |&edge: &EdgeIx| read.graph.edge(edge).kind.is_observed();
    let observed: Vec<EdgeIx> = read.graph.edge_indices().filter(is_observed).collect();
    let ends: Vec<String> = observed
        .iter()
        .map(|&edge| {
            let edge = read.graph.edge(edge);
            format!("{} → {}", read.graph.node(edge.from).name, read.graph.node(edge.to).name)
        })
        .collect();
    assert_eq!(ends, ["raw → stranger", "shop → stranger"]);
    let first = read.graph.details(observed[0]).attrs();
    assert_eq!(first.number(Attr::ReadCount), Some(1.0));
    assert_eq!(first.number(Attr::ReadDays), Some(2.0));
    // The same events alone: nobody has said that these are all its readers.
    let read = loaded(&[("events.ndjson", &lines(&events))]);
    assert!(!read.graph.edges().iter().any(|edge| edge.kind.is_observed()));
}

#[test]
fn a_folder_of_single_events_is_the_file_of_all() {
    let events = [
        run("1", "2026-03-01", "j", &["d.s.a"], &["d.s.b"]),
        run("1", "2026-03-02", "j", &["d.s.a"], &["d.s.b"]),
        run("2", "2026-03-02", "j", &["d.s.a"], &[]),
    ];
    let mut last = events[2].clone();
    last["eventType"] = "FAIL".into();
    let all = [events[0].clone(), events[1].clone(), last];
    let files: Vec<(String, String)> = all
        .iter()
        .enumerate()
        .map(|(at, event)| (format!("{at}.json"), event.to_string()))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (&**name, &**text)).collect();
    let (folder, file) = (loaded(&files), loaded(&[("e.ndjson", &lines(&all))]));
    let shape = |read: &Loaded| {
        let graph = &read.graph;
        let values = |attrs: &undercurrent::model::AttrSet| -> Vec<String> {
            attrs.iter().map(|entry| format!("{} {}", entry.attr.meta().key, entry.value)).collect()
        };
        let nodes: Vec<_> =
            graph.nodes().iter().map(|n| (n.id.to_string(), values(&n.attrs))).collect();
        let attrs: Vec<_> =
            graph.all_details().iter().map(|details| values(details.attrs())).collect();
        (nodes, edges(graph), attrs)
    };
    assert_eq!(shape(&folder), shape(&file));
    assert_eq!(told(&folder), "");
    let job = file.graph.node(file.graph.find("job:jobs:j").unwrap());
    assert_eq!(job.attrs.text(Attr::LastStatus), Some("fail"));
}

#[test]
fn two_keys_with_one_uri_stay_two() {
    let mut event = run("1", "2026-03-01", "j", &[], &[]);
    event["inputs"] =
        json!([{"namespace": "s3://b", "name": "a/x"}, {"namespace": "s3://b/a", "name": "x"}]);
    let read = loaded(&[("e.json", &event.to_string())]);
    assert_eq!(read.graph.nodes().len(), 3);
    assert_eq!(read.graph.edges().len(), 2);
}

#[test]
fn a_cancelled_reading_of_a_long_list_ends() {
    use undercurrent::import::{FileProgress, IMPORTERS, Source};
    use undercurrent::model::{Batch, SourceFile};
    let events = vec![run("1", "2026-03-01", "j", &["d.s.a"], &[]); 5000];
    let importer = IMPORTERS.iter().find(|one| one.meta().key == "openlineage").unwrap();
    for text in [lines(&events), json!(events).to_string()] {
        let progress = Progress::default();
        progress.expect(text.len() as u64);
        let read = || {
            let share = FileProgress::new(&progress, text.len() as u64);
            let source = Source::alone("e.json", &text, &share);
            let file = SourceFile { path: "e.json".into(), format: "", bytes: 0, hash: 0 };
            importer.import(&source, &mut Batch::new(file))
        };
        read().unwrap();
        assert!(progress.fraction() > 0.5, "{}", progress.fraction());
        progress.cancel();
        read().unwrap_err();
    }
}

/// One dataset or column of a few, so that they meet.
fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    prop::sample::select(words)
}

fn event() -> impl Strategy<Value = Value> {
    let dataset = || word(&["d.s.a", "d.s.b", "d.s.c"]);
    let column = || word(&["x", "y", "z"]);
    let lineage = prop::collection::vec((dataset(), column(), column()), 0..4);
    let output = (dataset(), lineage);
    (word(&["j", "k"]), prop::collection::vec(dataset(), 0..3), prop::collection::vec(output, 0..3))
        .prop_map(|(job, inputs, outputs)| {
            let mut event = run("1", "2026-03-01", job, &inputs, &[]);
            let output = |(name, lineage): &(&str, Vec<(&str, &str, &str)>)| {
                let mut fields = json!({});
                for (from, column, into) in lineage {
                    let source =
                        json!({"namespace": "postgres://h", "name": from, "field": column});
                    match fields.get_mut(into) {
                        Some(Value::Object(field)) => {
                            field["inputFields"].as_array_mut().unwrap().push(source);
                        }
                        _ => fields[*into] = json!({"inputFields": [source]}),
                    }
                }
                json!({"namespace": "postgres://h", "name": name,
                    "facets": {"columnLineage": {"fields": fields}}})
            };
            event["outputs"] = outputs.iter().map(output).collect();
            event
        })
}

type Pairs = BTreeSet<(String, String)>;
type Columns = BTreeSet<(String, String, String, String)>;

/// What the events say, read the long way.
fn oracle(events: &[Value]) -> (Pairs, Columns) {
    let uri = |value: &Value| format!("postgres://h/{}", value["name"].as_str().unwrap());
    let (mut pairs, mut columns) = (Pairs::new(), Columns::new());
    for event in events {
        let job = format!("job:jobs:{}", event["job"]["name"].as_str().unwrap());
        for input in event["inputs"].as_array().unwrap() {
            pairs.insert((uri(input), job.clone()));
        }
        for output in event["outputs"].as_array().unwrap() {
            pairs.insert((job.clone(), uri(output)));
            let fields = &output["facets"]["columnLineage"]["fields"];
            for (into, field) in fields.as_object().unwrap() {
                for source in field["inputFields"].as_array().unwrap() {
                    let column = source["field"].as_str().unwrap().to_owned();
                    columns.insert((uri(source), column, uri(output), into.clone()));
                }
            }
        }
    }
    (pairs, columns)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However many events say it, and through whichever job: every pair once, every column kept.
    #[test]
    fn edges_and_columns_are_those_of_all_events(events in prop::collection::vec(event(), 1..6)) {
        let read = loaded(&[("e.ndjson", &lines(&events))]);
        let graph = &read.graph;
        let id = |ix| graph.node(ix).id.to_string();
        let (pairs, columns) = oracle(&events);
        let found: Vec<(String, String)> = graph
            .edges()
            .iter()
            .filter(|edge| edge.kind.key() != "derives")
            .map(|edge| (id(edge.from), id(edge.to)))
            .collect();
        prop_assert_eq!(found.len(), pairs.len());
        prop_assert_eq!(found.into_iter().collect::<Pairs>(), pairs);
        let found: Columns = column_edges(graph)
            .into_iter()
            .map(|(from, column, to, into)| (id(from), column, id(to), into))
            .collect();
        // Exact where a job writes each column once; a job that mixes two events of different
        // sources under one port may not lose any.
        prop_assert!(columns.is_subset(&found), "{columns:?} {found:?}");
    }
}
