//! What the analysis of a system costs, part by part, and the graph work beneath it.
//!
//!     cargo bench --bench analysis                 all
//!     cargo bench --bench analysis -- 1500 rules   parts whose name contains one of the words
//!
//! Systems are typed and seeded (`support/systems.rs`), of 1,500 nodes and of 100,000 nodes with 300,000
//! edges, with tables in proportion. The same graph work is compared with other tools by
//! `examples/peer.rs`.

mod support;
#[path = "support/systems.rs"]
mod systems;

use std::time::Instant;
use support::graphs::{self, Graph};
use support::{measure, print_table, secs};
use systems::{TODAY, system};
use undercurrent::analysis::facts::{
    Csr, CutEffort, CycleLimits, Depths, Facts, feedback_arcs, redundant_arcs, simple_cycles,
    strong_components,
};
use undercurrent::analysis::loops::Loops;
use undercurrent::analysis::score::Scores;
use undercurrent::analysis::{Context, Settings, Verdicts, analyse, rules};
use undercurrent::model::{NodeKind, SystemGraph};
use undercurrent::scene::query::parse;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    for nodes in [1_500, 100_000] {
        if wanted(&format!("system-{nodes}")) {
            let graph = system(nodes, 1);
            whole(&graph);
            queries(&graph);
            if wanted("rules") {
                single_rules(&graph);
            }
        }
    }
    let mut rows = Vec::new();
    for nodes in [1_000, 3_000, 10_000, 100_000] {
        let plain = graphs::modules(nodes, 1);
        let looped = graphs::with_loops(plain.clone(), 0.01, 7);
        for graph in [plain, looped] {
            if wanted(&graph.name) {
                rows.extend(graph_work(&graph));
            }
        }
    }
    print_table(&["graph", "nodes", "edges", "task", "time", "result"], &rows);
}

/// The whole analysis, and its parts one after another.
fn whole(graph: &SystemGraph) {
    let settings = Settings::on(TODAY);
    let (analysis, all) = measure(|| analyse(graph, &settings));
    let context = Context::new(graph, &settings);
    let (_, facts) = measure(|| Facts::of(graph));
    let (loops, finding) = measure(|| Loops::of(&context));
    let (scores, scoring) = measure(|| Scores::of(graph, &context.facts, &analysis.findings));
    let counts = format!(
        "{} rules, {} findings, {} loops, debt {:.0}",
        analysis.rules.len(),
        analysis.findings.len(),
        loops.loops.len(),
        scores.total()
    );
    let row = |part: &str, time: f64, result: String| {
        let sizes = (graph.nodes().len().to_string(), graph.edges().len().to_string());
        vec![sizes.0, sizes.1, part.to_owned(), secs(time), result]
    };
    let rows = [
        row("everything", all, counts),
        row("neighbours both ways", facts, String::new()),
        row("loops", finding, String::new()),
        row("scores", scoring, String::new()),
    ];
    print_table(&["nodes", "edges", "part", "time", "result"], &rows);
}

/// Queries from their text to the nodes, with everything judged.
fn queries(graph: &SystemGraph) {
    let analysis = analyse(graph, &Settings::on(TODAY));
    let last = graph.nodes().iter().filter(|node| node.kind == NodeKind::Model).count() - 1;
    let texts = [
        format!("+model.{last}"),
        "source.0+".to_owned(),
        "2+model.3+1".to_owned(),
        format!("path(source.0, model.{last})"),
        "owner:team-3 and in:loop".to_owned(),
        "severity:error and not kind:dataset".to_owned(),
        "debt:>50 or *.7".to_owned(),
    ];
    let rows: Vec<Vec<String>> = texts
        .into_iter()
        .map(|text| {
            let (found, time) = measure(|| {
                let query = parse(&text).expect("a query");
                query.evaluate_with(graph, Some(&analysis)).expect("judged").len()
            });
            vec![graph.nodes().len().to_string(), text, secs(time), found.to_string()]
        })
        .collect();
    print_table(&["nodes", "query", "time", "nodes found"], &rows);
}

/// Each rule alone with facts of its own, once: what the first to ask pays is in its row.
fn single_rules(graph: &SystemGraph) {
    let settings = Settings::on(TODAY);
    let mut rows: Vec<(f64, Vec<String>)> = rules::RULES
        .iter()
        .map(|rule| {
            let context = Context::new(graph, &settings);
            let start = Instant::now();
            rule.check(&context, &mut Verdicts::default());
            let time = start.elapsed().as_secs_f64();
            (time, vec![rule.meta().code.to_owned(), secs(time)])
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let rows: Vec<Vec<String>> = rows.into_iter().map(|(_, row)| row).collect();
    print_table(&["rule", "time"], &rows);
}

fn graph_work(graph: &Graph) -> Vec<Vec<String>> {
    let (nodes, arcs) = (graph.nodes, &graph.edges);
    let csr = Csr::new(nodes, arcs.iter().copied());
    let row = |task: &str, time: f64, result: String| {
        let sizes = (nodes.to_string(), arcs.len().to_string());
        vec![graph.name.clone(), sizes.0, sizes.1, task.to_owned(), secs(time), result]
    };
    let (components, time) = measure(|| strong_components(nodes, arcs.iter().copied()));
    let mut rows = vec![row("components", time, components.count().to_string())];
    if components.count() < nodes {
        let limits = CycleLimits { length: 6, cycles: usize::MAX, steps: u64::MAX };
        let (count, time) = measure(|| {
            let mut count = 0u64;
            simple_cycles(&csr, &components, limits, |_| count += 1);
            count
        });
        rows.push(row("cycles up to 6", time, count.to_string()));
        let effort = CutEffort { rounds: 400, branches: 20_000 };
        let (cut, time) = measure(|| feedback_arcs(&csr, effort));
        let result = format!("{} edges, at least {}", cut.cost, cut.lower_bound);
        rows.push(row("break set", time, result));
        return rows;
    }
    let facts = || Facts::new(nodes, arcs.iter().copied());
    let (pairs, time) = measure(|| {
        let facts = facts();
        (0..nodes as u32).map(|node| u64::from(facts.descendant_count(node))).sum::<u64>()
    });
    rows.push(row("descendants of all", time, format!("{pairs} pairs")));
    let (kept, time) = measure(|| {
        redundant_arcs(facts().condensation()).iter().filter(|redundant| !**redundant).count()
    });
    rows.push(row("transitive reduction", time, format!("{kept} edges")));
    let (longest, time) = measure(|| {
        let components = strong_components(nodes, arcs.iter().copied());
        Depths::new(&csr, &components, |_, _| 1).longest_path(&components).len()
    });
    rows.push(row("longest path", time, format!("{longest} edges")));
    rows
}
