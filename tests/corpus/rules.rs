//! The rules on real files: none panics, and the number of threads changes nothing.

use super::{corpus, load};
use std::path::PathBuf;
use undercurrent::analysis::{Analysis, Evidence, Finding, Settings, analyse};
use undercurrent::import::{Input, Progress};
use undercurrent::model::SystemGraph;

/// Every set of the corpus as a folder, as somebody would open it.
fn sets() -> Vec<PathBuf> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let folders = |path: &PathBuf| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).expect("the corpus is readable");
        let mut folders: Vec<PathBuf> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        folders
    };
    folders(&corpus).iter().flat_map(folders).collect()
}

/// All that an analysis holds, with the words that are made when they are read.
fn told(graph: &SystemGraph, analysis: &Analysis) -> String {
    let labels = |finding: &Finding| -> String {
        let labels = finding.evidence.iter().map(|own| match own {
            Evidence::Number { label, .. }
            | Evidence::Walk { label, .. }
            | Evidence::Place { label, .. } => label.read(graph).into_owned(),
            Evidence::Rows { .. } => String::new(),
        });
        labels.collect()
    };
    let words = analysis
        .findings
        .iter()
        .map(|finding| format!("\n{} {}", finding.message.read(graph), labels(finding)));
    std::iter::once(format!("{analysis:?}")).chain(words).collect()
}

#[test]
fn no_rule_panics_and_threads_change_nothing() {
    let settings = Settings::on(jiff::civil::date(2026, 11, 15));
    let pools = [1, 4].map(|threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool")
    });
    let mut findings = 0;
    for set in sets() {
        let loaded =
            load(&[Input::Path(set.clone())], &Progress::default()).expect("nobody cancels");
        let graph = loaded.graph;
        let [one, many] = pools.each_ref().map(|pool| pool.install(|| analyse(&graph, &settings)));
        assert!(told(&graph, &one) == told(&graph, &many), "{}", set.display());
        for rule in &one.rules {
            assert_eq!(rule.internal_error, None, "{} on {}", rule.code, set.display());
        }
        for finding in &one.findings {
            assert!(!graph.place(finding.at).is_empty());
        }
        findings += one.findings.len();
    }
    println!("{findings} findings");
}
