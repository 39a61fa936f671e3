//! The native manifest: what it becomes, what is said about mistakes, and its schema.

use std::fmt::Write;
use std::path::Path;
use undercurrent::import::{Input, Loaded, Progress, load, native};
use undercurrent::model::{Attr, EdgeKind, Evidence, NodeKind, Phase};

/// Loads files given by name and content from a folder of their own.
fn loaded(files: &[(&str, &str)]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    load(&[Input::Path(folder.path().into())], &Progress::default()).unwrap()
}

fn problems(files: &[(&str, &str)]) -> String {
    let loaded = loaded(files);
    loaded.report.text(&loaded.graph)
}

/// Every edge as `from kind to`, sorted.
fn edges(loaded: &Loaded) -> Vec<String> {
    let graph = &loaded.graph;
    let name = |node| graph.node(node).id.as_str();
    let mut edges: Vec<String> = graph
        .edges()
        .iter()
        .map(|edge| format!("{} {} {}", name(edge.from), edge.kind.key(), name(edge.to)))
        .collect();
    edges.sort();
    edges
}

const FULL: &str = r##"undercurrent: 1
system: ads
team: ads-ranking
teams:
  - {id: ads-ranking, name: Ads ranking, contact: "#ads-ranking", features_added: 12}
nodes:
  - id: model.ctr
    kind: model
    name: CTR model
    group: ranking/models
    version: 1.10
    last_trained: 2026-03-01
    columns: [user_id, {name: clicks, type: int64, described: true}]
    aliases: ["prod.ads.ctr"]
    inputs: [signal.user_topic, {id: signal.price, phase: train, importance: 0.4}]
    emits: prediction.ctr
  - {id: signal.user_topic, kind: signal, owner: topics, tags: [a, b]}
  - id: config.ctr
    kind: config
    settings: {rate: 0.1, optimizer: {name: adam}, depth: {value: 6, default: 4, read: false}}
edges:
  - {from: signal.user_topic, to: prod.ads.ctr, kind: influences, share: 0.3}
allows:
  - {rule: DEP002, node: model.ctr, reason: agreed, owner: ads-ranking, expires: 2026-12-31}
"##;

#[test]
fn everything_of_a_manifest_arrives_with_its_place() {
    let loaded = loaded(&[("a.yaml", FULL)]);
    let graph = &loaded.graph;
    let model = graph.node(graph.find("model.ctr").unwrap());
    assert_eq!((&*model.name, model.kind), ("CTR model", NodeKind::Model));
    assert_eq!(graph.group_path(model.group.unwrap()), ["ads", "ranking", "models"]);
    assert_eq!(model.attrs.text(Attr::Version), Some("1.10"));
    assert_eq!(model.attrs.date(Attr::LastTrained).unwrap().to_string(), "2026-03-01");
    assert_eq!((model.at.line, model.attrs.get(Attr::LastTrained).unwrap().at.line), (7, 12));
    assert_eq!(model.columns[1].data_type.as_deref(), Some("int64"));
    assert!(model.columns[1].described && !model.columns[0].described);
    assert_eq!(graph.find("prod.ads.ctr"), graph.find("model.ctr"));
    let team = graph.find("team:ads-ranking");
    assert!(team.is_some() && model.owner == team);
    assert_eq!(graph.node(team.unwrap()).attrs.number(Attr::FeaturesAdded), Some(12.0));
    let topic = graph.node(graph.find("signal.user_topic").unwrap());
    assert_eq!(topic.attrs.list(Attr::Tags).unwrap().len(), 2);
    assert_eq!(graph.node(topic.owner.unwrap()).id.as_str(), "team:topics");
    let config = graph.node(graph.find("config.ctr").unwrap());
    let settings: Vec<String> = config
        .attrs
        .settings(Attr::Settings)
        .unwrap()
        .iter()
        .map(|s| format!("{}={} {:?} {:?}", s.key, s.value, s.default, s.read))
        .collect();
    assert_eq!(
        settings,
        ["rate=0.1 None None", "optimizer.name=adam None None", "depth=6 Some(\"4\") Some(false)"]
    );
    assert_eq!(
        edges(&loaded),
        [
            "model.ctr emits prediction.ctr",
            "signal.price input_to_train model.ctr",
            "signal.user_topic influences model.ctr",
            "signal.user_topic input_to model.ctr",
        ]
    );
    let first = |kind| graph.edge_indices().find(|&edge| graph.edge(edge).kind == kind).unwrap();
    let trained = first(EdgeKind::InputTo(Phase::Train));
    let price = graph.details(trained);
    assert_eq!(price.attrs().number(Attr::Importance), Some(0.4));
    assert_eq!((price.at.line, price.at.column), (15, 33));
    let stub = graph.node(graph.edge(trained).from);
    assert!(!stub.defined && stub.kind == NodeKind::Signal);
    let world = graph.details(first(EdgeKind::Influences(Evidence::Declared)));
    assert_eq!(world.attrs().number(Attr::Share), Some(0.3));
    let allow = &graph.allows()[0];
    assert_eq!((&*allow.rule, allow.at.line, &*allow.reason), ("DEP002", 24, "agreed"));
    // Two stubs are all there is to say.
    assert_eq!(loaded.report.counts.total(), 2, "{}", loaded.report.text(graph));
}

#[test]
fn json_and_yaml_say_the_same() {
    let json = r#"{"undercurrent": 1, "nodes": [
	{"id": "a \ud83d\ude00 \/", "kind": "dataset", "name": "Ä"},
	{"id": "b", "kind": "model", "inputs": ["a 😀 /"], "learned": true, "owner": null}
]}"#;
    let yaml = "undercurrent: 1\nnodes:\n  - {id: a 😀 /, kind: dataset, name: Ä}\n\
                \x20 - {id: b, kind: model, inputs: [a 😀 /], learned: yes, owner: }\n";
    let (json, yaml) = (loaded(&[("a.json", json)]), loaded(&[("a.yaml", yaml)]));
    let shape = |loaded: &Loaded| {
        let nodes = loaded.graph.nodes().iter();
        let nodes: Vec<String> = nodes
            .map(|n| format!("{} {} {:?} {:?}", n.id, n.name, n.kind, n.attrs.flag(Attr::Learned)))
            .collect();
        (nodes, edges(loaded), loaded.report.counts.total())
    };
    assert_eq!(shape(&json), shape(&yaml));
    assert_eq!(shape(&json).2, 0);
    assert_eq!(json.graph.nodes()[0].at.line, 2);
    assert_eq!(json.graph.nodes()[0].at.column, 2);
}

#[test]
fn mistakes_are_told_with_place_and_remedy_and_the_rest_is_read() {
    let text = "undercurrent: 1
nodes:
  - {id: a, kind: datset, ower: x, coverage: 1.5}
  - {id: b, kind: team, last_trained: soon, maturity: produktion}
  - {id: b, kind: team, contact: here}
  - [1]
  - {id: c, kind: dataset, id: d, value: 3, feeds: {id: c, share: lots, phas: train}}
edge: []
";
    let told = problems(&[("m.yaml", text)]);
    for expected in [
        "error: m.yaml:3: `datset` is no kind of node — Did you mean `dataset`?",
        "warning: m.yaml:3: The key `ower` is not known here — Did you mean `owner`?",
        "error: m.yaml:3: `coverage` is `1.5`, where a number (0 to 1) was expected",
        "error: m.yaml:4: `last_trained` is `soon`, where a date such as 2026-03-01 was expected",
        "note: m.yaml:4: `produktion` is not a word that is known for `maturity` — Did you mean `production`?",
        "warning: m.yaml:5: `team:b` is defined twice in this file (also at m.yaml:4)",
        "error: m.yaml:6: `a node` is a list, where a map with `id` was expected",
        "warning: m.yaml:7: The key `id` stands twice in one map (also at m.yaml:7)",
        "note: m.yaml:7: `value` is not read of a dataset — It belongs to: threshold.",
        "error: m.yaml:7: `share` is `lots`, where a number (0 to 1) was expected",
        "warning: m.yaml:7: The key `phas` is not known here — Did you mean `phase`?",
        "warning: m.yaml:8: The key `edge` is not known here — Did you mean `edges`?",
    ] {
        assert!(told.contains(expected), "{expected}\nis not in\n{told}");
    }
    let loaded = loaded(&[("m.yaml", text)]);
    assert!(loaded.graph.find("c").is_some());
    assert_eq!(edges(&loaded), ["c feeds c"]);
}

#[test]
fn predictions_say_what_their_columns_are_for() {
    let manifest = "undercurrent: 1\ntables:\n  predictions:\n    - a.csv\n    - path: b.csv\n      columns: {happened: label, \
                    when: time, what: flavour}\n    - {columns: {}}\n    - {path: c.csv, colums: {}}\n";
    let files = [("p.yaml", manifest), ("a.csv", ""), ("b.csv", ""), ("c.csv", "")];
    let read = loaded(&files);
    let rows = &read.graph.tables().predictions;
    let columns: Vec<String> =
        rows.iter().map(|row| format!("{} {:?}", row.row.path, row.row.columns)).collect();
    assert_eq!(
        columns,
        ["a.csv []", "b.csv [(\"happened\", \"label\"), (\"when\", \"time\")]", "c.csv []"]
    );
    let told = problems(&files);
    for part in ["p.yaml:6", "one of time, model", "a map with `path`", "colums"] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn versions_and_documents() {
    let told = problems(&[("m.yaml", "undercurrent: 2\nnodes: [{id: a, kind: model}]")]);
    assert!(told.contains("m.yaml:1: This manifest is of version `2`; version 1 is read here"));
    let two = loaded(&[(
        "m.yaml",
        "undercurrent: 1\nnodes: [{id: a, kind: model}]\n---\nnodes: [{id: b, kind: model}]\n",
    )]);
    assert_eq!((two.graph.nodes().len(), two.report.counts.total()), (2, 0));
}

#[test]
fn what_came_before_an_error_of_syntax_is_read() {
    let cut = r#"{"undercurrent": 1, "nodes": [{"id": "a", "kind": "model"}, {"id": "b", "ki"#;
    let read = loaded(&[("m.json", cut)]);
    assert!(read.graph.find("a").is_some());
    let told = read.report.text(&read.graph);
    assert!(told.contains("m.json:1: The file ends in the middle of a value"), "{told}");
    let bad = "undercurrent: 1\nnodes:\n  - {id: a, kind: model}\n  - {id: b\n  - {id: c}\n";
    let read = loaded(&[("m.yaml", bad)]);
    let told = read.report.text(&read.graph);
    assert!(told.contains("Not YAML"), "{told}");
    let nan = "{\"undercurrent\": 1,\n \"nodes\": [{\"id\": \"a\", \"kind\": \"model\", \"latency_ms\": NaN}]}";
    let told = problems(&[("m.json", nan)]);
    assert!(told.contains("m.json:2: `NaN` is not JSON, though Python writes it"), "{told}");
}

#[test]
fn aliases_of_yaml_are_expanded_and_bombs_are_not() {
    let text = "undercurrent: 1\nnodes:\n  - &base {id: a, kind: model, owner: x}\n  - {<<: *base, id: b}\n";
    let read = loaded(&[("m.yaml", text)]);
    let b = read.graph.node(read.graph.find("b").unwrap());
    assert_eq!((b.kind, b.attrs.text(Attr::Owner)), (NodeKind::Model, Some("x")));
    let mut bomb = String::from("undercurrent: 1\nx0: &x0 [a,a,a,a,a,a,a,a,a,a]\n");
    for level in 1..12 {
        let items = vec![format!("*x{}", level - 1); 10].join(",");
        writeln!(bomb, "x{level}: &x{level} [{items}]").unwrap();
    }
    let told = problems(&[("m.yaml", &bomb)]);
    assert!(told.contains("Aliases blow this file up to more than 100000 values"), "{told}");
}

#[test]
fn the_published_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/undercurrent.schema.json");
    let mut current = serde_json::to_string_pretty(&native::schema()).unwrap();
    current.push('\n');
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(published == current, "run `UPDATE=1 cargo test --test native`");
}

#[test]
fn the_schema_accepts_what_the_reader_accepts() {
    let schema = native::schema();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let check = |name: &str, text: &str| {
        let Ok(value) = serde_saphyr::from_str::<serde_json::Value>(text) else { return false };
        if value.get("undercurrent").is_none() {
            return false;
        }
        let errors: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
        true
    };
    assert!(check("FULL", FULL));
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects");
    let mut folders = vec![samples];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "json") {
                check(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let wrong: serde_json::Value = serde_json::json!({"undercurrent": 1, "nods": []});
    assert!(!validator.is_valid(&wrong));
}
