//! The rules on real files: none panics, and the number of threads changes nothing.

use super::{corpus, load};
use std::path::PathBuf;
use undercurrent::analysis::{Settings, analyse};
use undercurrent::import::{Input, Progress};

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
        assert_eq!(one, many, "{}", set.display());
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
