//! CON001, undeclared consumer.

use crate::analysis::consumers::{DAYS, READS, Read, Reads, SCANNER_NODES, Standing, WINDOW_DAYS};
use crate::analysis::facts::{Components, strong_components};
use crate::analysis::words::counted;
use crate::analysis::{
    Context, Evidence, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{EdgeIx, NodeIx, NodeKind, TableKind};
use jiff::civil::Date;
use rustc_hash::FxHashMap;
use std::cell::OnceCell;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct UndeclaredConsumer;

static META: RuleMeta = RuleMeta {
    code: "CON001",
    name: "undeclared consumer",
    section: Section::Entanglement,
    weight: Weight::Warning,
    remedy: "Ask the reader what it is for, declare it, and let only declared readers in.",
    verify: "The log shows no reader that no manifest declares.",
    parameters: &[&READS, &DAYS, &WINDOW_DAYS, &SCANNER_NODES],
    docs: "\
## What it does
Finds readers that an access log or run events show and that no manifest declares: several reads on several days within the last 30 days
of the log. It weighs more where the reader acts on the world, or where the way leads on to the model whose output it reads. Without a log
it is open.

Left out: accounts that read a little of everything (scanners, backups), reads of one day (backfills), monitors and tests, and accounts of
which a log can only say that several declared jobs may stand behind them; those leave what they read open.

## Why it is bad
The reader is coupled to the model and nobody knows. Each improvement of the model may harm it; and if what it does comes back to the
model's inputs, there is a feedback loop that no manifest shows.

## Example
An advice service reads the click probabilities every day. Its advice changes prices, and prices go into the click model.

## How to fix
Talk to the reader's owner. Declare the read, agree on what may be relied on, and restrict access (`access`, `sla`).

## How to verify
Reads by others than those that are declared are refused.

## References
Sculley et al. 2015, §2, undeclared consumers.
",
};

impl Rule for UndeclaredConsumer {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let seen = Reads::of(context);
        if !seen.is_known {
            if context.graph.nodes().iter().any(|node| node.kind == NodeKind::Prediction) {
                verdicts.open(Open { subject: None, missing: "access log or run events" });
            }
            return;
        }
        for _ in 0..seen.judged {
            verdicts.judged();
        }
        let reach = OnceCell::new();
        for read in &seen.reads {
            match read.standing {
                Standing::Shared => {
                    let missing = "accounts of their own for the jobs that read it";
                    verdicts.open(Open { subject: Some(read.target), missing });
                }
                Standing::Consumer => {
                    let reach = reach.get_or_init(|| Reach::new(context));
                    verdicts.found(finding(context, read, reach, seen.end));
                }
                Standing::Few | Standing::Scanner => {}
            }
        }
    }
}

/// Where reads lead on to.
struct Reach {
    components: Components,
    /// By node: the next edge of a shortest way to an action, and whether there is one.
    to_action: Vec<Option<EdgeIx>>,
    reaches_action: Vec<bool>,
}

impl Reach {
    /// Linear in nodes plus edges.
    fn new(context: &Context<'_>) -> Self {
        let graph = context.graph;
        let arcs = graph.edges().iter().filter(|edge| Context::carries_data(edge.kind));
        let arcs: Vec<(u32, u32)> = arcs.map(|edge| (edge.from.0, edge.to.0)).collect();
        let components = strong_components(graph.nodes().len(), arcs.into_iter());
        let mut to_action = vec![None; graph.nodes().len()];
        let mut reaches_action = vec![false; graph.nodes().len()];
        let mut open: VecDeque<NodeIx> = context.nodes_of(NodeKind::Action).collect();
        for action in &open {
            reaches_action[action.at()] = true;
        }
        while let Some(here) = open.pop_front() {
            for edge in context.edges_into(here, Context::carries_data) {
                let from = graph.edge(edge).from;
                if !std::mem::replace(&mut reaches_action[from.at()], true) {
                    to_action[from.at()] = Some(edge);
                    open.push_back(from);
                }
            }
        }
        Self { components, to_action, reaches_action }
    }

    /// The way from a reader to the nearest action.
    fn way_to_action(
        &self,
        context: &Context<'_>,
        reader: NodeIx,
    ) -> Option<(NodeIx, Vec<EdgeIx>)> {
        if !self.reaches_action[reader.at()] {
            return None;
        }
        let mut here = reader;
        let mut edges = Vec::new();
        while let Some(edge) = self.to_action[here.at()] {
            edges.push(edge);
            here = context.graph.edge(edge).to;
        }
        Some((here, edges))
    }

    /// The way from a reader back to what it reads, or to the model behind that; linear in their component.
    fn way_back(&self, context: &Context<'_>, read: &Read) -> Option<Vec<EdgeIx>> {
        let component = self.components.of(read.reader.0);
        if component != self.components.of(read.target.0) {
            return None;
        }
        let mut entered: FxHashMap<NodeIx, EdgeIx> = FxHashMap::default();
        let mut open = VecDeque::from([read.reader]);
        while let Some(here) = open.pop_front() {
            for edge in context.edges_from(here, Context::carries_data) {
                let to = context.graph.edge(edge).to;
                let inside = self.components.of(to.0) == component;
                if inside && to != read.reader && !entered.contains_key(&to) {
                    entered.insert(to, edge);
                    open.push_back(to);
                }
            }
        }
        Some(context.way_to(read.target, |node| entered.get(&node).copied()))
    }
}

fn finding(context: &Context<'_>, read: &Read, reach: &Reach, end: Option<Date>) -> Finding {
    let target = context.graph.node(read.target);
    let mut message = format!(
        "{} `{}` is read by `{}`, which no manifest declares",
        target.kind.meta().title,
        target.name,
        context.name(read.reader)
    );
    if let Some((count, days)) = read.count.zip(read.days) {
        message += &format!(
            ": {} on {}",
            counted(count as usize, "read", "reads"),
            counted(days as usize, "day", "days")
        );
        if let Some(end) = end.filter(|_| !read.rows.is_empty()) {
            message += &format!(" of the {} to {end}", context.value(&META, &WINDOW_DAYS));
        }
    }
    if let Some(last) = read.last {
        message += &format!(", last on {last}");
    }
    let back = reach.way_back(context, read);
    let acting = reach.way_to_action(context, read.reader);
    match (&back, &acting) {
        (Some(_), _) => message += "; what it does comes back to where it reads",
        (None, Some((action, _))) => {
            message += &format!("; it leads to action `{}`", context.name(*action));
        }
        (None, None) => {}
    }
    let mut finding = Finding::new(&META, context.graph, read.target, message)
        .with("reader", read.reader)
        .at(context.graph.details(read.edge).at);
    if let Some(owner) = context.graph.node(read.reader).owner {
        finding = finding.with("owner", owner);
    }
    match (read.count, read.days) {
        (Some(count), Some(days)) => {
            finding = finding
                .number("reads", count as f64, context.value(&META, &READS), "reads")
                .number("days with reads", days as f64, context.value(&META, &DAYS), "days");
        }
        _ => finding = finding.confidence(0.6),
    }
    if let Some(first) = read.first {
        let at = context.graph.details(read.edge).at;
        finding =
            finding.because(Evidence::Place { label: format!("first seen on {first}").into(), at });
    }
    let witness = Witness { edges: vec![read.edge], closed: false };
    finding = finding.because(Evidence::Walk { label: "the observed read".into(), witness });
    if !read.rows.is_empty() {
        let rows = read.rows.clone();
        finding = finding.because(Evidence::Rows { table: TableKind::AccessLog, rows });
    }
    if let Some(way) = back {
        let edges = std::iter::once(read.edge).chain(way).collect();
        let witness = Witness { edges, closed: true };
        let label = "from the read back to it".into();
        finding = finding.weight(Weight::Error).because(Evidence::Walk { label, witness });
    }
    if let Some((action, way)) = acting {
        let edges = std::iter::once(read.edge).chain(way).collect();
        let label = ("leads to action", action).into();
        let witness = Witness { edges, closed: false };
        finding = finding
            .weight(Weight::Error)
            .with("action", action)
            .because(Evidence::Walk { label, witness });
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, day, graph_with, judge, judge_graph, row};
    use crate::model::AccessRow;

    /// A log of rows: reader, target, day of November, reads.
    fn judged(text: &str, log: &[(&str, &str, u32, u64)]) -> Judged {
        let graph = graph_with(text, |tables| {
            tables.access = log
                .iter()
                .map(|&(reader, target, of_november, reads)| {
                    row(AccessRow {
                        date: day(&format!("2026-11-{of_november:02}")),
                        reader: reader.into(),
                        target: target.into(),
                        reads,
                    })
                })
                .collect();
        });
        judge_graph(&UndeclaredConsumer, graph)
    }

    const MODEL: &str = "model m\nprediction p\nm -emits-> p\nconsumer c\np -reads-> c\n";
    const TWO_DAYS: &[(&str, &str, u32, u64)] =
        &[("svc-x", "p", 3, 1), ("svc-x", "p", 9, 2), ("c", "p", 14, 9)];

    #[test]
    fn fires_on_three_reads_on_two_days() {
        let found = judged(MODEL, TWO_DAYS);
        assert_eq!(found.subjects(), ["p warning"]);
        assert_eq!(found.others("reader"), ["reader:svc-x"]);
        assert!(found.message(0).contains("3 reads on 2 days"));
    }

    #[test]
    fn is_silent_on_backfills_few_reads_old_reads_and_declared_readers() {
        assert!(judged(MODEL, &[("svc-x", "p", 3, 900)]).findings.is_empty(), "one day");
        let few = [("svc-x", "p", 3, 1), ("svc-x", "p", 9, 1)];
        assert!(judged(MODEL, &few).findings.is_empty(), "two reads");
        let declared = [("c", "p", 3, 10), ("c", "p", 4, 10)];
        assert_eq!(judged(MODEL, &declared).status, Status::Pass);
        let graph = graph_with(MODEL, |tables| {
            let read = |date: &str, reader: &str| {
                row(AccessRow {
                    date: day(date),
                    reader: reader.into(),
                    target: "p".into(),
                    reads: 9,
                })
            };
            tables.access = vec![
                read("2026-09-01", "svc-x"),
                read("2026-09-02", "svc-x"),
                read("2026-10-17", "svc-y"),
                read("2026-11-15", "svc-y"),
            ];
        });
        let found = judge_graph(&UndeclaredConsumer, graph);
        assert_eq!(found.others("reader"), ["reader:svc-y"], "30 days, the last included");
    }

    #[test]
    fn is_silent_on_scanners_and_on_what_makes_the_data() {
        let text: String = (0..5).map(|at| format!("dataset d{at}\n")).collect();
        let targets: Vec<String> = (0..5).map(|at| format!("d{at}")).collect();
        let log: Vec<_> = targets
            .iter()
            .flat_map(|target| (1..8).map(move |date| ("svc-scan", target.as_str(), date, 1)))
            .collect();
        assert_eq!(judged(&text, &log).status, Status::Pass);
        let heavy: Vec<_> = log.iter().map(|&(a, b, c, _)| (a, b, c, 40)).collect();
        assert_eq!(judged(&text, &heavy).findings.len(), 5, "hundreds of reads are no scan");
        let own = "dataset d\njob j\nj -writes-> d";
        assert!(judged(own, &[("j", "d", 3, 5), ("j", "d", 4, 5)]).findings.is_empty());
    }

    #[test]
    fn an_account_that_may_be_several_jobs_leaves_its_data_open() {
        let text = "dataset d\njob a\njob b\nd -reads-> a\nd -reads-> b";
        let log = [("etl", "d", 3, 5), ("etl", "d", 4, 5)];
        let found = judged(text, &log);
        assert!(found.findings.is_empty());
        assert_eq!(found.open.len(), 1);
        let named = [("etl", "d", 3, 5), ("etl", "d", 4, 5), ("a", "d", 5, 1)];
        assert_eq!(
            judged(text, &named).subjects(),
            ["d warning"],
            "one of the jobs reads as itself"
        );
    }

    #[test]
    fn weighs_more_when_it_acts_or_comes_back() {
        let acts = format!("{MODEL}consumer svc-x\naction a\nsvc-x -decides-> a");
        let found = judged(&acts, TWO_DAYS);
        assert_eq!(found.subjects(), ["p error"]);
        assert_eq!(found.others("action"), ["a"]);
        let back = format!("{MODEL}consumer svc-x\ndataset d\nsvc-x -writes-> d\nd -input_to-> m");
        let found = judged(&back, TWO_DAYS);
        assert_eq!(found.subjects(), ["p error"]);
        let closed = found.findings[0].evidence.iter().find_map(|evidence| match evidence {
            Evidence::Walk { witness, .. } if witness.closed => Some(witness.edges.len()),
            _ => None,
        });
        assert_eq!(closed, Some(4), "p ⇢ svc-x → d → m → p");
    }

    #[test]
    fn reads_that_events_counted_need_no_log() {
        let text = format!(
            "{MODEL}job j\np -reads_observed-> j read_count=4 read_days=2 last_seen=2026-11-01"
        );
        assert_eq!(judge(&UndeclaredConsumer, &text).subjects(), ["p warning"]);
        let once = text.replace("read_days=2", "read_days=1");
        assert_eq!(judge(&UndeclaredConsumer, &once).status, Status::Pass);
    }

    #[test]
    fn without_a_log_it_is_open() {
        assert_eq!(judge(&UndeclaredConsumer, MODEL).status, Status::Open);
    }
}
