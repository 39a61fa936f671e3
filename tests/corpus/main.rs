//! Real public files against facts that were counted without any importer: every count is compared, or
//! is mapped to what stands for it here with the reason. A count that nobody mapped fails the test.
//!
//! The corpus lies beside the project (`../shared/corpus`) or where `UNDERCURRENT_CORPUS` says. Without
//! it the test says that it skipped, and fails where `CI` is `true`.

mod dbt;
mod graph;
#[path = "../support/lineage.rs"]
mod lineage;
mod openlineage;
mod rules;

use serde_json::Value;
use std::path::{Path, PathBuf};
use undercurrent::import::{Input, Loaded, Progress, load};
use undercurrent::model::Node;

/// One file of the corpus: its facts, and what was read of it alone.
struct Case<'c> {
    /// `dbt/jaffle_v1_dbt0.19/manifest.json`.
    name: String,
    file: &'c str,
    loaded: Loaded,
}

impl Case<'_> {
    /// Nodes whose id begins with `prefix`, as dbt's ids begin with their type.
    fn with_id<'s>(&'s self, prefix: &'static str) -> impl Iterator<Item = &'s Node> {
        let nodes = self.loaded.graph.nodes().iter();
        nodes.filter(move |node| node.defined && node.id.as_str().starts_with(prefix))
    }

    fn mentions(&self, words: &str) -> bool {
        self.loaded.report.problems.iter().any(|problem| problem.message.contains(words))
    }
}

/// What a count stands for here.
enum Found {
    /// The same count, as found in the graph.
    Is(Value),
    /// Not kept, or not read, and why.
    Left(&'static str),
    /// A key that nobody mapped.
    Unknown,
}

impl<T: Into<Value>> From<T> for Found {
    fn from(value: T) -> Self {
        Self::Is(value.into())
    }
}

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("UNDERCURRENT_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        PathBuf::from,
    );
    // A work tree lies one folder deeper than the project.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let found = [folder, beside].into_iter().find(|folder| folder.join("expected.json").is_file());
    if found.is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "no corpus: set UNDERCURRENT_CORPUS to its folder"
        );
        println!("skipped: no corpus beside the project; set UNDERCURRENT_CORPUS to its folder");
    }
    found
}

/// Reads `path` as if nothing lay beside it.
fn load_alone(path: &Path) -> Loaded {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join(path.file_name().expect("a file name"));
    std::fs::copy(path, &copy).expect("the corpus is readable");
    load(&[Input::Path(copy)], &Progress::default()).expect("nobody cancels")
}

/// Compares every file of the sets whose name begins with `format`.
fn compare(format: &str, find: fn(&Case<'_>, &str, &Value) -> Found) {
    let Some(corpus) = corpus() else { return };
    let text = std::fs::read_to_string(corpus.join("expected.json")).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let mut wrong = Vec::new();
    let (mut compared, mut left) = (0, 0);
    for (set, facts) in expected.as_object().expect("an object of sets") {
        if !set.starts_with(format) {
            continue;
        }
        for (file, facts) in facts["files"].as_object().expect("files") {
            let Some(counts) = facts["counts"].as_object() else { continue };
            let loaded = load_alone(&corpus.join(set).join(file));
            let case = Case { name: format!("{set}/{file}"), file, loaded };
            for (key, count) in counts {
                match find(&case, key, count) {
                    Found::Is(value) if value == *count => compared += 1,
                    Found::Is(value) => {
                        wrong.push(format!("{}: {key} is {value}, expected {count}", case.name));
                    }
                    Found::Left(reason) => {
                        assert!(!reason.is_empty());
                        left += 1;
                    }
                    Found::Unknown => {
                        wrong.push(format!("{}: nobody mapped {key}", case.name));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 0, "no count of {format} was compared");
    println!("{format}: {compared} counts agree, {left} stand for nothing here");
}

#[test]
fn dbt_counts_agree() {
    compare("dbt/", dbt::find);
}

#[test]
fn openlineage_counts_agree() {
    compare("openlineage/", openlineage::find);
}

#[test]
fn graph_counts_agree() {
    compare("graph/", graph::find);
}
