//! Broken, hostile and odd input: nothing panics, and every message says what is wrong and what to do.

use std::fs;
use std::path::Path;
use undercurrent::import::{Input, Loaded, Progress, load};

fn open(path: &Path) -> Loaded {
    load(&[Input::Path(path.into())], &Progress::default()).unwrap()
}

fn told(loaded: &Loaded) -> String {
    loaded.report.text(&loaded.graph)
}

/// What is said when a single file of these bytes is opened.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> (Loaded, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let loaded = open(&path);
    let text = told(&loaded);
    (loaded, text)
}

#[track_caller]
fn assert_told(text: &str, expected: &str) {
    assert!(text.contains(expected), "`{expected}` is not in\n{text}");
}

#[test]
fn empty() {
    let (_, text) = file("m.json", "");
    assert_told(&text, "error: m.json: `m.json` is empty — Check what was to write it.");
    let (_, text) = file("m.yaml", " \n\t\n");
    assert_told(&text, "`m.yaml` is empty");
}

#[test]
fn cut_off() {
    let (read, text) = file(
        "m.json",
        "{\"undercurrent\": 1, \"nodes\": [\n{\"id\": \"a\", \"kind\": \"job\"},\n{\"id\": \"b",
    );
    assert_told(
        &text,
        "error: m.json:3: The file ends in the middle of a value; it seems to be cut off — Write it again",
    );
    assert!(read.graph.find("a").is_some());
}

#[test]
fn not_json_and_not_anything() {
    let (_, text) = file("m.json", "<html><body>404</body></html>");
    assert_told(
        &text,
        "error: m.json: `m.json` is of no known format — Accepted are: Undercurrent manifest (.yaml, .yml, .json)",
    );
    let (_, text) = file("m.json", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    assert_told(&text, "`m.json` is not text");
    let (_, text) = file("m.json", "{\"undercurrent\": 1, 'nodes': []}");
    assert_told(&text, "error: m.json:1: `\\'` where a key in double quotes was expected");
}

#[test]
fn a_byte_order_mark_and_utf16() {
    let text = "undercurrent: 1\nnodes: [{id: grün, kind: job}]\n";
    let (read, said) = file("m.yaml", format!("\u{feff}{text}"));
    assert!(read.graph.find("grün").is_some() && said.is_empty(), "{said}");
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (read, said) = file("m.yaml", [&[0xFF, 0xFE], &units[..]].concat());
    assert!(read.graph.find("grün").is_some());
    assert_told(&said, "note: m.yaml: The file is in UTF-16 and was converted");
}

#[test]
fn bytes_that_are_not_utf8() {
    let (read, said) = file("m.yaml", b"undercurrent: 1\nnodes:\n - {id: a\xFF, kind: job}\n");
    assert!(read.graph.find("a\u{fffd}").is_some());
    assert_told(&said, "warning: m.yaml:3: The bytes from offset 32 on are not UTF-8");
}

#[test]
fn not_a_number() {
    let (_, text) = file(
        "m.json",
        "{\"undercurrent\": 1,\n\"nodes\": [{\"id\": \"a\", \"kind\": \"job\", \"latency_ms\": NaN}]}",
    );
    assert_told(
        &text,
        "error: m.json:2: `NaN` is not JSON, though Python writes it — Write null, or leave the key out.",
    );
}

#[test]
fn two_hundred_levels() {
    let deep =
        format!("{{\"undercurrent\": 1, \"nodes\": {}{}}}", "[".repeat(200), "]".repeat(200));
    let (_, text) = file("m.json", &deep);
    assert_told(&text, "error: m.json:1: Values nest more than 64 levels deep");
    let (_, text) = file("m.yaml", format!("undercurrent: 1\nnodes: {}", "[".repeat(100_000)));
    assert_told(&text, "error: m.yaml:2: ");
    let owner = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let (_, text) = file(
        "m.json",
        format!(
            "{{\"metadata\": {{\"dbt_schema_version\": \"https://schemas.getdbt.com/dbt/manifest/v12.json\"}},\n\"exposures\": {{\"exposure.p.e\": {{\"owner\": {owner}}}}}}}"
        ),
    );
    assert_told(
        &text,
        "error: m.json:2: Values nest more than 128 levels deep in `exposures[\"exposure.p.e\"]` — No tool writes such a manifest",
    );
    let (_, text) = file("g.dot", format!("digraph {{ {} a", "{".repeat(100_000)));
    assert_told(&text, "error: g.dot:1: Subgraphs lie more than 64 deep in one another");
}

#[test]
fn a_gigabyte_of_spaces() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.json");
    let mut bytes = vec![b' '; 2 << 20];
    fs::write(&path, &bytes).unwrap();
    // Sparse from there on; the blanks before it are enough to stop.
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
    let text = told(&open(&path));
    assert_told(
        &text,
        "error: m.json: `m.json` begins with a megabyte of blanks; it was not read further",
    );
    // Blanks in front of a manifest are no reason to refuse it.
    bytes.truncate(100_000);
    bytes.extend_from_slice(
        b"{\"undercurrent\": 1, \"nodes\": [{\"id\": \"a\", \"kind\": \"job\"}]}",
    );
    fs::write(&path, &bytes).unwrap();
    assert!(open(&path).graph.find("a").is_some());
}

#[test]
fn ids_and_references() {
    let (read, text) = file(
        "m.yaml",
        "undercurrent: 1\nnodes:\n - {id: a, kind: job}\n - {id: a, kind: job, reads: nothing}\n - {id: b, kind: job, feeds: b}\n",
    );
    assert_told(
        &text,
        "warning: m.yaml:4: `a` is defined twice in this file (also at m.yaml:3) — Keep one definition",
    );
    assert_told(
        &text,
        "warning: m.yaml:4: `nothing` is referred to, but no file defines it — It is drawn as a stub.",
    );
    assert!(!read.graph.node(read.graph.find("nothing").unwrap()).defined);
    let b = read.graph.find("b").unwrap();
    assert_eq!(read.graph.edge(read.graph.outgoing(b)[0]).to, b);
    assert_eq!(read.report.counts.total(), 2, "{text}");
}

#[test]
fn names_of_every_sort() {
    let long = "x".repeat(10_000);
    let names = ["\u{202e}שלום", "🌊🏄‍♀️", "<script>alert(1)</script>", "a\u{7}b\u{1b}[31m", &long];
    let nodes: Vec<serde_json::Value> = names
        .iter()
        .map(|name| serde_json::json!({"id": name, "kind": "job", "name": name, "feeds": [name]}))
        .collect();
    let nodes = serde_json::Value::from(nodes);
    for (file_name, text) in [
        ("m.json", format!("{{\"undercurrent\": 1, \"nodes\": {nodes}}}")),
        ("m.yaml", format!("undercurrent: 1\nnodes: {nodes}")),
    ] {
        let (read, said) = file(file_name, &text);
        assert!(said.is_empty(), "{said}");
        for name in names {
            let node = read.graph.find(name).expect("found by its id");
            assert_eq!(&*read.graph.node(node).name, name);
        }
    }
    let dot = format!("digraph {{ \"{}\" }}", names.join("\" -> \""));
    assert_eq!(file("g.dot", dot).0.graph.nodes().len(), names.len());
    // A message about them cannot move the reader's terminal.
    let (_, said) = file(
        "m.json",
        r#"{"undercurrent": 1, "nodes": [{"id": "b", "kind": "job", "feeds": "\u001b[31m\u0007"}]}"#,
    );
    assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
}

#[test]
fn a_folder_without_manifests() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.json", "b.yaml", "c.csv", "d.txt", ".hidden.yaml"] {
        fs::write(folder.path().join(name), "[1]").unwrap();
    }
    let read = open(folder.path());
    assert_told(
        &told(&read),
        "error: There is no manifest in what was opened; 3 were looked at: a.json, b.yaml, c.csv — Accepted are",
    );
    assert_eq!((read.report.skipped.hidden, read.report.skipped.of_other_kinds), (1, 1));
}

#[test]
#[cfg(unix)]
fn links_out_of_the_folder_are_not_followed() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let manifest = "undercurrent: 1\nnodes: [{id: a, kind: job}]\ntables: {runs: [../runs.csv, link.csv, /etc/hostname, gone.csv]}\n";
    fs::write(folder.path().join("m.yaml"), manifest).unwrap();
    fs::write(outside.path().join("o.yaml"), "undercurrent: 1\nnodes: [{id: o, kind: job}]\n")
        .unwrap();
    fs::write(outside.path().join("runs.csv"), "node,date,environment\n").unwrap();
    let link =
        |from: &Path, to: &str| std::os::unix::fs::symlink(from, folder.path().join(to)).unwrap();
    link(outside.path(), "linked");
    link(&outside.path().join("runs.csv"), "link.csv");
    link(folder.path(), "loop");
    let read = open(folder.path());
    assert!(read.graph.find("o").is_none() && read.graph.find("a").is_some());
    assert_eq!(read.report.skipped.links, 3);
    let text = told(&read);
    for expected in [
        "error: m.yaml:3: `../runs.csv` was not read: `..` climbs out of the project's folder",
        "error: m.yaml:3: `link.csv` was not read: it is a link that leads out of the project's folder",
        "error: m.yaml:3: `/etc/hostname` was not read: it is an absolute path",
        "error: m.yaml:3: `gone.csv` was not read: there is no such file",
    ] {
        assert_told(&text, expected);
    }
}

#[test]
#[cfg(unix)]
fn no_permission_and_no_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.yaml");
    fs::write(&path, "undercurrent: 1\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The administrator may read everything, and so sees no message.
    if fs::read(&path).is_err() {
        assert_told(
            &told(&open(&path)),
            "`m.yaml` may not be read: no permission — Allow your user",
        );
    }
    assert_told(
        &told(&open(&folder.path().join("gone"))),
        "gone` does not exist — Check the spelling",
    );
    assert_told(&told(&open(Path::new("/dev/null"))), "`/dev/null` is neither a file nor a folder");
}

#[test]
fn a_file_that_vanishes_while_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..400 {
        let text = format!("undercurrent: 1\nnodes: [{{id: n{number}, kind: job}}]\n");
        fs::write(folder.path().join(format!("{number:03}.yaml")), text).unwrap();
    }
    let path = folder.path().to_owned();
    let remover = std::thread::Builder::new().name("remover".into()).spawn(move || {
        for number in (0..400).rev() {
            let _ = fs::remove_file(path.join(format!("{number:03}.yaml")));
        }
    });
    let read = open(folder.path());
    remover.unwrap().join().unwrap();
    // How far the remover came is open; what it took is told in these words, and nothing else is.
    for line in told(&read).lines() {
        let known =
            line.contains("vanished before it was read") || line.contains("There is no manifest");
        let changed =
            line.contains("The file changed while it was read") || line.contains("is empty");
        assert!(known || changed, "{line}");
    }
}

#[test]
fn an_alias_bomb() {
    let mut bomb = String::from("undercurrent: 1\na: &a [x,x,x,x,x,x,x,x,x]\n");
    for (name, inner) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip("abcdefg".chars()) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{inner}"); 9].join(","));
    }
    let (_, text) = file("m.yaml", bomb);
    assert_told(&text, "error: m.yaml:7: Aliases blow this file up to more than 100000 values");
}

#[test]
fn two_formats_that_claim_one_file() {
    // A line of YAML and the first words of DOT: both marks, in a comment and in a graph.
    let (read, text) = file("both", "/*\nundercurrent: 1\n*/ digraph { a -> b }");
    assert_told(
        &text,
        "warning: both: `both` could be Undercurrent manifest or Graphviz DOT; it was read as Undercurrent manifest",
    );
    assert_eq!(read.report.files.len(), 1);
}

#[test]
fn a_hundred_thousand_sources_in_one_dbt_file() {
    let mut text = String::from(
        "{\"metadata\": {\"dbt_schema_version\": \"https://schemas.getdbt.com/dbt/manifest/v12.json\"}, \"nodes\": {}, \"sources\": {",
    );
    for number in 0..100_000 {
        let comma = if number == 0 { "" } else { "," };
        text += &format!(
            "{comma}\"source.p.s.t{number}\": {{\"resource_type\": \"source\", \"name\": \"t{number}\", \"source_name\": \"s\", \"unique_id\": \"source.p.s.t{number}\"}}"
        );
    }
    text += "}}";
    let (read, said) = file("manifest.json", text);
    assert_eq!(read.graph.nodes().len(), 100_000, "{said}");
}

#[test]
fn broken_events_cost_themselves() {
    let event = |job: &str| {
        format!(
            r#"{{"eventTime": "2026-03-01", "job": {{"namespace": "n", "name": "{job}"}}, "inputs": []}}"#
        )
    };
    let lines = [
        event("a"),
        // Cut off within a text, before a value, and within a list.
        r#"{"eventTime": "2026-0"#.into(),
        event("b"),
        "garbage".into(),
        event("c"),
        r#"{"eventTime": "2026-03-01", "job": 7, "inputs": "d"}"#.into(),
        r#"{"eventTime": "2026-03-01", "job": {"name": "\u001b[31m", "namespace": null}, "inputs": [{}]}"#.into(),
        "7 null []".into(),
        format!("{}{}", event("d"), event("e")),
        format!(
            r#"{{"eventTime": 1, "dataset": {{"name": "f", "facets": {{"schema": {}{}}}}}}}"#,
            r#"{"fields": ["#.repeat(200),
            "]}".repeat(200)
        ),
        format!("{{\"eventTime\": NaN, \"job\": {{\"name\": \"g\"}}, \"plan\": {}{}}}", "[".repeat(200), "]".repeat(200)),
    ];
    let (read, text) = file("events.ndjson", lines.join("\n"));
    for job in ["n:a", "n:b", "n:c", "n:d", "n:e", "g"] {
        assert!(read.graph.find(&format!("job:{job}")).is_some(), "{job}: {text}");
    }
    for expected in [
        "error: events.ndjson:2: Broken JSON: a text has a line feed or another control character",
        "error: events.ndjson:4: Broken JSON: `g` where a value was expected",
        "warning: events.ndjson:6: `job` of `an event` is a number; an object was expected",
        "warning: events.ndjson:6: An event has neither a job nor a dataset with a name — It was left out",
        "warning: events.ndjson:7: A dataset has no name — It was left out",
        "warning: events.ndjson:8: Among the events is a number — It was left out; an event is an object",
        "warning: events.ndjson:8: Among the events is null",
        "error: events.ndjson:10:819: Values nest more than 128 levels deep — ",
        "warning: events.ndjson:11: `NaN` is no JSON value; it was read as missing",
    ] {
        assert_told(&text, expected);
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    let (read, text) =
        file("events.json", format!("[{},\n{},\n{{\"eventTime\": ", event("a"), event("b")));
    assert_eq!(read.graph.nodes().len(), 2);
    assert_told(&text, "error: events.json:3: The JSON ends too early — The file was cut off");
}

#[test]
fn tables_with_holes() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "m.yaml",
        "undercurrent: 1\ntables:\n  access_log: [log.csv, log.ndjson]\n  ablation: a.csv\n  correlation: c.csv\n  decisions: d.csv\n  runz: r.csv\n",
    );
    write(
        "log.csv",
        "reader;target;time;host\nr;t;2026-03-01T23:30:00-05:00;h\nr;t;2026-03-02;h\nr;t;soon;h\nr;t\n",
    );
    write(
        "log.ndjson",
        "{\"time\": \"2026-03-01T10:00:00Z\", \"reader\": \"r\", \"target\": \"t\", \"reads\": 5}\n{\"time\": 1}\n",
    );
    write(
        "a.csv",
        "signal,model,delta,std_error,seeds,date\ns,m,0.1,0.01,3,2026-03-01\ns,m,0.1,0.01,3,2026-03-01\ns,m,NaN,0.01,3,2026-03-01\ns,m,0.1,0.01,three,2026-03-01\n",
    );
    write("c.csv", "a,b\n");
    write("d.csv", "threshold,date,scored,decided\nt,2026-03-01,10,2\nt,2026-03-02,10,20\n");
    let read = open(folder.path());
    let tables = read.graph.tables();
    let access: Vec<(String, u64)> =
        tables.access.iter().map(|row| (row.row.date.to_string(), row.row.reads)).collect();
    assert_eq!(access, [("2026-03-02".into(), 2), ("2026-03-01".into(), 5)]);
    assert_eq!((tables.ablation.len(), tables.decisions.len()), (2, 1));
    let text = told(&read);
    for expected in [
        "note: log.csv:1: Columns that are not read: host",
        "warning: log.csv:4: `soon` is no time such as 2026-03-01T12:00:00Z — The row was left out",
        "warning: log.csv:5: The row has 2 of 4 columns",
        "warning: log.ndjson:2: This line is no read: ",
        "note: a.csv:3: This row is equal to an earlier one",
        "warning: a.csv:4: `NaN` in column delta is no finite number",
        "warning: a.csv:5: `three` in column seeds: ",
        "error: c.csv:1: Missing columns: rho; the table was not read — A table `correlation` has: a, b, rho, (window), (slice).",
        "warning: d.csv:3: There are 20 decided of 10 scored — The row was left out",
        "warning: m.yaml:7: The key `runz` is not known here — Did you mean `runs`?",
    ] {
        assert_told(&text, expected);
    }
}

#[test]
fn the_order_of_the_inputs_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("a/m.yaml", "undercurrent: 1\nnodes: [{id: x, kind: job, owner: one}]\n"),
        ("b/m.yaml", "undercurrent: 1\nnodes: [{id: x, kind: model, owner: two}]\n"),
        ("b/g.dot", "digraph { x -> y }"),
    ] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let input = |name: &str| Input::Path(folder.path().join(name));
    let shape = |inputs: &[Input]| {
        let read = load(inputs, &Progress::default()).unwrap();
        (format!("{:?} {:?}", read.graph.nodes(), read.graph.edges()), told(&read))
    };
    let first = shape(&[input("a"), input("b")]);
    assert_eq!(first, shape(&[input("b"), input("a")]));
    assert_eq!(first, shape(&[input("b/g.dot"), input("a"), input("b"), input("a/m.yaml")]));
    assert!(
        first.1.contains(
            "b/m.yaml:2: `x` is a job in one file and a model in another (also at a/m.yaml:2)"
        ),
        "{}",
        first.1
    );
}
