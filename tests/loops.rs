//! The loops of the samples, whole: found where the story says, gone in the clean twins, the same in any
//! order and at any number of threads.

use std::path::{Path, PathBuf};
use undercurrent::analysis::loops::{Answer, BreakSet, FeedbackLoop, LoopKind};
use undercurrent::analysis::{Analysis, Settings, analyse};
use undercurrent::import::{Input, Progress, load};
use undercurrent::model::{NodeIx, NodeKind, SystemGraph};
use undercurrent::samples::Sample;

/// The day of the samples' data.
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 11, 15);

fn sample(key: &str) -> SystemGraph {
    let sample = Sample::find(key).expect("a sample");
    load(&[Input::Embedded(sample.files)], &Progress::default()).expect("nobody cancels").graph
}

/// The twin of a sample without its debt.
fn clean(key: &str) -> SystemGraph {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/clean").join(key);
    let paths: Vec<PathBuf> = vec![path];
    let inputs: Vec<Input> = paths.into_iter().map(Input::Path).collect();
    let loaded = load(&inputs, &Progress::default()).expect("nobody cancels");
    assert_eq!(loaded.report.counts.total(), 0, "{key}");
    loaded.graph
}

fn judged(graph: &SystemGraph) -> Analysis {
    analyse(graph, &Settings::on(TODAY))
}

fn ids<'g>(graph: &'g SystemGraph, nodes: &[NodeIx]) -> Vec<&'g str> {
    nodes.iter().map(|&node| graph.node(node).id.as_str()).collect()
}

/// Kind, whether it is inferred, and models of every loop, sorted.
fn loops(graph: &SystemGraph, analysis: &Analysis) -> Vec<String> {
    let line = |found: &FeedbackLoop| {
        let sure = if found.is_inferred() { "inferred" } else { "sure" };
        format!("{} {sure} {}", found.kind.key(), ids(graph, &found.models).join(" "))
    };
    let mut lines: Vec<String> = analysis.loops.iter().map(line).collect();
    lines.sort();
    lines
}

/// Codes with subjects.
fn findings(graph: &SystemGraph, analysis: &Analysis) -> Vec<String> {
    let line = |finding: &undercurrent::analysis::Finding| {
        format!("{} {}", finding.code, graph.node(finding.subject).id)
    };
    analysis.findings.iter().map(|finding| line(finding)).collect()
}

#[test]
fn the_page_is_a_hidden_loop_and_two_direct_ones() {
    let graph = sample("page_loop");
    let analysis = judged(&graph);
    assert_eq!(
        loops(&graph, &analysis),
        [
            "direct sure model.products",
            "direct sure model.reviews",
            "hidden sure model.products model.reviews",
        ]
    );
    let hidden = analysis.loops.iter().find(|found| found.kind == LoopKind::Hidden).expect("it");
    let page = graph.find("surface.product_page").expect("the page");
    let passes = hidden.walk.nodes.iter().filter(|&&node| node == page).count();
    assert_eq!(passes, 2, "the walk passes the page twice: it is no elementary cycle");
    assert_eq!(ids(&graph, &hidden.owners), ["team:community", "team:shop"]);
    let BreakSet::Cut { edges, hours, .. } = &hidden.break_set else { panic!("it can be cut") };
    assert!(hidden.break_set.is_exact());
    assert_eq!((edges.len(), *hours), (1, 24.0));
    let cut = graph.edge(edges[0].edge);
    assert_eq!(graph.kind(cut.from), NodeKind::Surface, "the log is the cheapest place");
}

#[test]
fn the_two_investors_are_an_inferred_loop_until_somebody_answers() {
    let graph = sample("two_investors");
    let hidden = |settings: &Settings| -> Vec<String> {
        let all = loops(&graph, &analyse(&graph, settings));
        all.into_iter().filter(|line| line.starts_with("hidden")).collect()
    };
    let mut settings = Settings::on(TODAY);
    assert_eq!(hidden(&settings), ["hidden inferred model.north_trades model.south_trades"]);
    let ends = ("surface.exchange".to_owned(), "surface.board".to_owned());
    let back = (ends.1.clone(), ends.0.clone());
    settings.answers.insert(ends.clone(), Answer::Confirmed);
    settings.answers.insert(back, Answer::Confirmed);
    assert_eq!(hidden(&settings), ["hidden sure model.north_trades model.south_trades"]);
    settings.answers.insert(ends, Answer::Denied);
    assert!(hidden(&settings).is_empty());
}

#[test]
fn the_clean_twins_have_no_loop_and_no_debt() {
    for key in ["page_loop", "two_investors", "cascade"] {
        let graph = clean(key);
        let analysis = judged(&graph);
        assert_eq!(loops(&graph, &analysis), Vec::<String>::new(), "{key}");
        assert_eq!(findings(&graph, &analysis), Vec::<String>::new(), "{key}");
        assert!(analysis.scores.total() == 0.0, "{key}");
    }
}

#[test]
fn the_large_sample_has_the_loops_of_its_readme() {
    let graph = sample("ads_ranking");
    let analysis = judged(&graph);
    let found = loops(&graph, &analysis);
    let of = |start: &str| -> Vec<&str> {
        found.iter().filter_map(|line| line.strip_prefix(start)).collect()
    };
    assert_eq!(
        of("hidden sure "),
        ["model.ad_spam model.conversion model.ctr", "model.product_slots model.review_picks",]
    );
    assert_eq!(of("hidden inferred "), ["model.bid model.partner_bid"]);
    assert_eq!(
        of("direct sure "),
        [
            "model.ad_spam",
            "model.bid",
            "model.conversion",
            "model.ctr",
            "model.ctr_app",
            "model.partner_bid",
            "model.product_slots",
            "model.review_picks",
        ]
    );
}

#[test]
fn every_walk_leads_from_edge_to_edge_and_is_closed() {
    for key in ["ads_ranking", "page_loop", "two_investors", "hello"] {
        let graph = sample(key);
        for found in judged(&graph).loops {
            let walks = found.pairs.iter().map(|pair| &pair.walk).chain([&found.walk]);
            for walk in walks {
                assert!(walk.witness.closed, "{key}: every influence there is an edge");
                let edges = &walk.witness.edges;
                for (k, &edge) in edges.iter().enumerate() {
                    let next = graph.edge(edges[(k + 1) % edges.len()]);
                    assert_eq!(graph.edge(edge).to, next.from, "{key}");
                    assert_eq!(graph.edge(edge).from, walk.nodes[k], "{key}");
                }
            }
            let product: f64 = found.factors.iter().map(|factor| factor.value).product();
            assert!((product - found.rank).abs() < 1e-12 && found.rank > 0.0, "{key}");
        }
    }
}

#[test]
fn the_analysis_is_the_same_at_any_number_of_threads() {
    let graph = sample("ads_ranking");
    let at = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let analysis = pool.install(|| judged(&graph));
        assert!(!analysis.loops.is_empty() && !analysis.findings.is_empty());
        let sentences = analysis.findings.iter().map(|own| own.message.read(&graph).into_owned());
        (sentences.collect::<Vec<_>>(), format!("{analysis:?}"))
    };
    let one = at(1);
    assert!(one == at(2), "two threads");
    assert!(one == at(7), "seven threads");
}
