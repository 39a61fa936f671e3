//! Any text through every importer and the merge: nothing panics, nothing is without a place that
//! exists, and a text says the same whenever it is read. The targets in `fuzz` go on from here.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use undercurrent::import::{FileProgress, IMPORTERS, Importer, Progress, Source};
use undercurrent::model::{Batch, GraphBuilder, SourceFile};
use undercurrent::samples::SAMPLES;

/// What one importer makes of a text, in words.
fn told(importer: &dyn Importer, text: &str) -> String {
    let _ = importer.claim("m.json", text);
    let progress = Progress::default();
    let share = FileProgress::new(&progress, text.len() as u64);
    let source = Source::alone("m.json", text, &share);
    let file = SourceFile { path: "m.json".into(), format: "", bytes: 0, hash: 0 };
    let mut batch = Batch::new(file);
    importer.import(&source, &mut batch).unwrap();
    let mut builder = GraphBuilder::default();
    builder.add(batch);
    let (graph, problems) = builder.build();
    let lines = text.lines().count() as u32 + 1;
    let places = graph.nodes().iter().map(|node| node.at);
    let places = places.chain(graph.all_details().iter().map(|details| details.at));
    for at in places.chain(problems.iter().filter_map(|problem| problem.at)) {
        assert!(at.line <= lines, "{} of {lines}", graph.place(at));
    }
    let edges = (graph.edges(), graph.all_details());
    format!("{:?} {edges:?} {problems:?}", graph.nodes())
}

/// Hands a text to every importer, whatever they claim, and merges what they say.
fn import_with_all(text: &str) {
    for importer in IMPORTERS {
        told(*importer, text);
    }
}

const EVENT: &str = r#"{"eventType": "COMPLETE", "eventTime": "2026-03-01T00:00:00Z", "run": {"runId": "1", "facets": {"parent": {"job": {"namespace": "n", "name": "p"}}}}, "job": {"namespace": "n", "name": "p.j", "facets": {"ownership": {"owners": [{"name": "team:x"}]}}}, "inputs": [{"namespace": "bigquery", "name": "p.s.t", "facets": {"schema": {"fields": [{"name": "a", "type": "INT", "fields": [{"name": "b"}]}]}, "symlinks": {"identifiers": [{"namespace": "hive://h", "name": "s.t"}]}, "dataQualityAssertions": {"assertions": [{"assertion": "not_null", "success": true, "column": "a"}]}}}], "outputs": [{"namespace": "s3://b", "name": "x", "facets": {"columnLineage": {"fields": {"b": {"inputFields": [{"namespace": "bigquery", "name": "p.s.t", "field": "a"}]}}}}}]}"#;

const DBT: &str = r#"{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}, "nodes": {"model.p.m": {"resource_type": "model", "name": "m", "package_name": "p", "fqn": ["p", "a", "m"], "config": {"materialized": "table", "meta": {"owner": "x"}, "tags": ["t"]}, "columns": {"c": {"name": "c", "data_type": "int", "description": "d"}}, "depends_on": {"nodes": ["source.p.s.t", "model.p.gone"]}, "relation_name": "\"d\".\"s\".\"m\"", "access": "private", "group": "g"}}, "sources": {"source.p.s.t": {"source_name": "s", "name": "t", "freshness": {"warn_after": {"count": 1, "period": "day"}}, "loaded_at_field": "at"}}, "groups": {"group.p.g": {"name": "g", "package_name": "p", "owner": {"email": "a@b.c"}}}, "disabled": {"model.p.gone": [{"name": "gone"}]}, "exposures": {"exposure.p.e": {"name": "e", "type": "ml", "owner": {"name": "n"}, "depends_on": {"nodes": ["model.p.m"]}}}}"#;

/// Texts that each format reads without a word.
fn valid_texts() -> Vec<String> {
    let mut texts: Vec<String> = SAMPLES
        .iter()
        .flat_map(|sample| sample.files)
        .filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok())
        .map(|text| text.chars().take(3000).collect())
        .collect();
    texts.extend([
        DBT.to_owned(),
        EVENT.to_owned(),
        format!("{EVENT}\n{EVENT}\n"),
        format!("[{EVENT},\n{EVENT}]"),
    ]);
    texts.push("strict digraph g { node [kind=job] a -> {b c:p} [label=<x <b>y</b>>]; subgraph cluster_1 { label=\"z\" d } /* */ }".into());
    texts.push("source,target,kind,share\na,b,feeds,0.5\n\"b\",c,,\n".into());
    texts
}

/// One change to a text; places are shares of its length.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Remove(Index, Index),
    Repeat(Index, Index),
    Move(Index, Index),
    Insert(Index, &'static str),
    /// Puts something else where a value of JSON or YAML stands.
    Value(Index, &'static str),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let sign = select(
        &[
            "{", "}", "[", "]", "\"", ":", ",", "\n", "\t", "- ", "*a ", "&a ", "\u{0}", "é",
            "\u{202e}", "\\", "<!--", "---\n", "->",
        ][..],
    );
    let value = select(
        &[
            "null",
            "[]",
            "{}",
            "\"\"",
            "\"x\"",
            "0",
            "-1e400",
            "1e99",
            "NaN",
            "true",
            "[[[[]]]]",
            "{\"a\": {}}",
            "[null, 1]",
        ][..],
    );
    prop_oneof![
        at().prop_map(Change::Cut),
        (at(), at()).prop_map(|(a, b)| Change::Remove(a, b)),
        (at(), at()).prop_map(|(a, b)| Change::Repeat(a, b)),
        (at(), at()).prop_map(|(a, b)| Change::Move(a, b)),
        (at(), sign).prop_map(|(a, sign)| Change::Insert(a, sign)),
        (at(), value.clone()).prop_map(|(a, value)| Change::Value(a, value)),
        (at(), value).prop_map(|(a, value)| Change::Value(a, value)),
    ]
}

impl Change {
    fn apply(&self, text: &str) -> String {
        let place = |index: &Index| text.floor_char_boundary(index.index(text.len() + 1));
        let span = |a: &Index, b: &Index| {
            let (a, b) = (place(a), place(b));
            (a.min(b), a.max(b))
        };
        match self {
            Self::Cut(at) => text[..place(at)].to_owned(),
            Self::Remove(a, b) => {
                let (from, to) = span(a, b);
                text[..from].to_owned() + &text[to..]
            }
            Self::Repeat(a, b) => {
                let (from, to) = span(a, b);
                text[..to].to_owned() + &text[from..]
            }
            Self::Move(a, b) => {
                let (from, to) = span(a, b);
                text[from..to].to_owned() + &text[..from] + &text[to..]
            }
            Self::Insert(at, sign) => {
                let at = place(at);
                text[..at].to_owned() + sign + &text[at..]
            }
            Self::Value(at, value) => with_value(text, place(at), value),
        }
    }
}

/// The text with `value` in place of the value behind the first colon from `at` on.
fn with_value(text: &str, at: usize, value: &str) -> String {
    let Some(colon) = text[at..].find(": ").map(|found| at + found + 2) else {
        return text.to_owned();
    };
    let mut depth = 0_i32;
    let end = text[colon..].find(|c: char| {
        depth += i32::from(matches!(c, '{' | '[')) - i32::from(matches!(c, '}' | ']'));
        depth < 0 || depth == 0 && matches!(c, ',' | '\n')
    });
    let end = end.map_or(text.len(), |end| colon + end);
    text[..colon].to_owned() + value + &text[end..]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn random_text_never_panics(text in "\\PC{0,200}") {
        import_with_all(&text);
    }

    #[test]
    fn text_of_signs_never_panics(text in "[-{}\\[\\]\":,;=><&*#|?!\\n\\t ab01./\\\\']{0,120}") {
        import_with_all(&text);
        import_with_all(&format!("undercurrent: 1\nnodes: {text}"));
        import_with_all(&format!("digraph {{ {text}"));
    }

    #[test]
    fn changed_files_never_panic(
        pick in any::<Index>(),
        changes in prop::collection::vec(change(), 1..4),
    ) {
        let texts = valid_texts();
        let text = changes.iter().fold(pick.get(&texts).clone(), |text, change| change.apply(&text));
        for importer in IMPORTERS {
            prop_assert_eq!(told(*importer, &text), told(*importer, &text));
        }
    }
}
