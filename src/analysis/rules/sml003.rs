//! SML003, prototype.

use crate::analysis::facts::Csr;
use crate::analysis::preparation::{Walk, edges_along};
use crate::analysis::words::percent;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};

#[derive(Debug)]
pub(super) struct Prototype;

static MOST_SANDBOX: Parameter = Parameter {
    key: "most_sandbox_runs",
    default: 0.3,
    range: (0.0, 1.0),
    unit: "share of runs",
    doc: "From which share of runs in a prototyping environment on a thing is found.",
};

static LEAST_RUNS: Parameter = Parameter {
    key: "least_runs",
    default: 3.0,
    range: (1.0, 1000.0),
    unit: "runs",
    doc: "With fewer runs nothing is said of their share.",
};

/// Names of environments in which things are tried out.
const SANDBOXES: &[&str] =
    &["sandbox", "prototype", "notebook", "dev", "development", "research", "experiment"];

/// Words of `maturity` that mean not made for production.
const UNRIPE: &[&str] = &["prototype", "sandbox"];

static META: RuleMeta = RuleMeta {
    code: "SML003",
    name: "prototype",
    section: Section::AntiPatterns,
    weight: Weight::Warning,
    remedy: "Build the part anew for production, or take it out of the path; run where production runs.",
    verify: "Nothing on the way to an action or a thing in production says `maturity: prototype`, and the runs are in production.",
    parameters: &[&MOST_SANDBOX, &LEAST_RUNS],
    docs: "\
## What it does
Finds what says that it is a prototype or of the sandbox and still lies on the way to production: to something that says `production`, or
to an action that changes the world. It also finds what is no prototype and runs, for three in ten runs or more, where things are tried
out (the table `runs`). A prototype that only reads what production makes, and one that runs in its sandbox, is as it should be.

## Why it is bad
What was written to show an idea has no tests, no alerts and often no owner. Leaning on the sandbox day by day is a sign that the real
system is too hard to change; and what was found at small scale seldom holds at full scale.

## Example
`match_offers` was written for a demonstration in 2024. The product page has depended on it since.

## How to fix
Rewrite it with the tests and contracts of its neighbours. Find out why people prefer the sandbox, and mend that.

## How to verify
The manifest says `maturity: production` truthfully, and the runs of the last month are in production.

## References
Sculley et al. 2015, §5, common smells.
",
};

impl Rule for Prototype {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let production = production(context);
        for node in context.graph.node_indices().filter(|&node| context.graph.node(node).defined) {
            let maturity = context.graph.node(node).attrs.text(Attr::Maturity);
            let unripe = maturity.is_some_and(|word| UNRIPE.contains(&word));
            let runs = context.measured.run_node().rows_of(node);
            let works = matches!(context.graph.kind(node), NodeKind::Job | NodeKind::Model);
            if maturity.is_none() && runs.is_empty() {
                if works {
                    verdicts.open(Open { subject: Some(node), missing: "maturity" });
                }
                continue;
            }
            verdicts.judged();
            let found = match unripe {
                true => on_the_way(context, &production, node),
                false => sandbox_runs(context, node, runs),
            };
            found.into_iter().for_each(|finding| verdicts.found(finding));
        }
    }
}

/// The way from everything that leads to production, nearest first: one walk for all.
fn production(context: &Context<'_>) -> Walk {
    let graph = context.graph;
    let ways = graph.edges().iter().filter(|edge| is_way(edge.kind));
    let upstream = Csr::reversed(graph.nodes().len(), ways.map(|edge| (edge.from.0, edge.to.0)));
    let mut walk = Walk::new(graph.nodes().len());
    for node in graph.node_indices() {
        let says = graph.node(node).attrs.text(Attr::Maturity) == Some("production");
        let watches = matches!(graph.kind(node), NodeKind::Test | NodeKind::Monitor);
        if (says && !watches) || graph.kind(node) == NodeKind::Action {
            walk.start(node);
        }
    }
    walk.run(&upstream, usize::MAX);
    walk
}

/// Whether what lies before such an edge is part of what lies behind it.
fn is_way(kind: EdgeKind) -> bool {
    kind.is_flow()
        && !kind.is_through_world()
        && !matches!(kind, EdgeKind::VersionOf | EdgeKind::Alerts | EdgeKind::Gates)
}

fn on_the_way(context: &Context<'_>, production: &Walk, node: NodeIx) -> Option<Finding> {
    let way = production.back(node);
    let [first, .., last] = way.as_slice() else { return None };
    let graph = context.graph;
    let edges = edges_along(graph, &way, is_way);
    let steps = edges.len();
    let message = format!(
        "{} is a {} and lies on the way to {} in production",
        context.title(*first),
        graph.node(node).attrs.text(Attr::Maturity).unwrap_or("prototype"),
        context.named(*last),
    );
    Some(
        Finding::new(&META, graph, node, message)
            .with("production", *last)
            .number("steps to production", steps as f64, 1.0, "steps")
            .way(("leads to", *last), edges)
            .said(graph, node, Attr::Maturity, "says what it is"),
    )
}

fn sandbox_runs(context: &Context<'_>, node: NodeIx, runs: &[u32]) -> Option<Finding> {
    let table = &context.graph.tables().runs;
    let in_sandbox: Vec<u32> = runs
        .iter()
        .copied()
        .filter(|&row| {
            let environment = table[row as usize].row.environment.to_ascii_lowercase();
            SANDBOXES.contains(&environment.as_str())
        })
        .collect();
    let share = in_sandbox.len() as f64 / runs.len() as f64;
    let most = context.value(&META, &MOST_SANDBOX);
    if (runs.len() as f64) < context.value(&META, &LEAST_RUNS)
        || in_sandbox.is_empty()
        || share < most
    {
        return None;
    }
    let message = format!(
        "{} ran in the sandbox in {} of {} runs ({})",
        context.title(node),
        in_sandbox.len(),
        runs.len(),
        percent(share)
    );
    Some(
        Finding::new(&META, context.graph, node, message)
            .number("runs in the sandbox", 100.0 * share, 100.0 * most, "% of runs")
            .rows(TableKind::Runs, in_sandbox),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, day, graph_with, judge, judge_graph, row};
    use crate::model::RunRow;

    fn ran(text: &str, environments: &[&str]) -> Judged {
        let graph = graph_with(text, |tables| {
            let rows = environments.iter().map(|&environment| {
                row(RunRow {
                    node: "m".into(),
                    date: day("2026-11-01"),
                    environment: environment.into(),
                    status: None,
                    minutes: None,
                    metric: None,
                })
            });
            tables.runs = rows.collect();
        });
        judge_graph(&Prototype, graph)
    }

    #[test]
    fn fires_on_a_prototype_before_production() {
        let judged = judge(
            &Prototype,
            "job j maturity=prototype\ndataset d\nmodel m\nprediction p\naction a\n\
             j -writes-> d\nd -input_to-> m\nm -emits-> p\np -decides-> a",
        );
        assert_eq!(judged.subjects(), ["j warning"]);
        assert_eq!(judged.others("production"), ["a"]);
    }

    #[test]
    fn fires_on_what_runs_in_the_sandbox() {
        let found = ran("model m", &["sandbox", "production", "production"]);
        assert_eq!(found.subjects(), ["m warning"]);
    }

    #[test]
    fn is_silent_on_prototypes_that_only_read_and_on_few_sandbox_runs() {
        let judged = judge(
            &Prototype,
            "job j maturity=prototype\ndataset d maturity=production\ndataset e\nd -reads-> j\nj -writes-> e",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
        assert_eq!(
            ran("model m", &["sandbox", "production", "staging", "production"]).status,
            Status::Pass
        );
        assert_eq!(
            ran("model m maturity=sandbox", &["sandbox", "sandbox", "sandbox"]).status,
            Status::Pass
        );
        assert_eq!(ran("model m", &["sandbox", "sandbox"]).status, Status::Pass);
    }

    #[test]
    fn without_maturity_and_runs_it_is_open() {
        assert_eq!(judge(&Prototype, "job j\nmodel m").status, Status::Open);
        assert_eq!(judge(&Prototype, "dataset d").status, Status::Open);
    }
}
