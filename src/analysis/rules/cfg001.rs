//! CFG001, ungoverned configuration.

use crate::analysis::words::significant;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct Ungoverned;

static MOST_CONFIG: Parameter = Parameter {
    key: "most_config",
    default: 1.0,
    range: (0.0, 100.0),
    unit: "lines of configuration a line of code",
    doc: "From which ratio on configuration outweighs the code that it configures.",
};

/// Roles of lines that configuration is weighed against: the paper's "lines of the traditional code".
const CODE: &[&str] = &["ml", "glue", "data", "serving"];

/// Two hashes of which one is a shortened form of the other are the same from this length on.
const SHORTEST_HASH: usize = 4;

static META: RuleMeta = RuleMeta {
    code: "CFG001",
    name: "ungoverned configuration",
    section: Section::Configuration,
    weight: Weight::Error,
    remedy: "Put the configuration into the repository, review every change, and deploy only what was reviewed.",
    verify: "`live_hash` equals `reviewed_hash`, and a change by hand is undone or refused.",
    parameters: &[&MOST_CONFIG],
    docs: "\
## What it does
Compares what runs (`live_hash`) with what was reviewed (`reviewed_hash`); a shortened hash equals its long form. Where one of them is not
given, the configuration stays open. It also notes where the lines of configuration outweigh the code that they configure, from the table
`lines_of_code`.

## Why it is bad
A setting that somebody changed in place during an incident is known to nobody next month. The next deployment takes it back, or keeps it,
and either is a surprise. Every line can hold a mistake, and there can be more of them than lines of code.

## Example
During an incident the ceiling of bids was raised on the live system. The file in the repository still has the old one.

## How to fix
Bring the live change through review, or undo it. Let only the deployment write the live configuration.

## How to verify
Compare the hashes again, and see a change by hand fail.

## References
Sculley et al. 2015, §6, configuration debt.
",
};

impl Rule for Ungoverned {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for config in context.nodes_of(NodeKind::Config) {
            let attrs = &context.graph.node(config).attrs;
            let hashes = attrs.text(Attr::LiveHash).ok_or("live_hash").and_then(|live| {
                Ok((live, attrs.text(Attr::ReviewedHash).ok_or("reviewed_hash")?))
            });
            match hashes {
                Err(missing) => verdicts.open(Open { subject: Some(config), missing }),
                Ok((live, reviewed)) => {
                    verdicts.judged();
                    if !same_hash(live, reviewed) {
                        verdicts.found(changed(context, config, live, reviewed));
                    }
                }
            }
        }
        outweighing(context, verdicts);
    }
}

/// Case and a leading name of the algorithm do not tell hashes apart, nor does their length.
fn same_hash(a: &str, b: &str) -> bool {
    let bare = |hash: &str| hash.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    let (a, b) = (bare(a), bare(b));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long == short || (short.len() >= SHORTEST_HASH && long.starts_with(&short))
}

fn changed(context: &Context<'_>, config: NodeIx, live: &str, reviewed: &str) -> Finding {
    let graph = context.graph;
    let message = format!("{} runs as {live}, but {reviewed} was reviewed", context.title(config));
    let at = graph.node(config).attrs.get(Attr::LiveHash).map(|said| said.at);
    let mut finding = Finding::new(&META, graph, config, message)
        .at(at.unwrap_or(graph.node(config).at))
        .said(graph, config, Attr::LiveHash, "what runs")
        .said(graph, config, Attr::ReviewedHash, "what was reviewed")
        .rows(TableKind::ConfigHistory, context.measured.change_config().rows_of(config));
    for edge in context.edges_from(config, |kind| kind == EdgeKind::Feeds) {
        finding = finding.with("configures", context.graph.edge(edge).to);
    }
    finding
}

/// Lines of one configured thing.
#[derive(Default)]
struct Weighed {
    config: u64,
    code: u64,
    rows: Vec<u32>,
}

/// Notes on what has more configuration than code. Lines of a configuration count for what it feeds.
fn outweighing(context: &Context<'_>, verdicts: &mut Verdicts) {
    let fed = configured(context);
    let column = context.measured.lines_node();
    let mut weighed: BTreeMap<NodeIx, Weighed> = BTreeMap::new();
    for (position, row) in context.graph.tables().lines_of_code.iter().enumerate() {
        let Some(node) = column.node(position as u32) else { continue };
        let thing = weighed.entry(fed.get(&node).copied().unwrap_or(node)).or_default();
        match &*row.row.role {
            "config" => thing.config += row.row.lines,
            role if CODE.contains(&role) => thing.code += row.row.lines,
            _ => continue,
        }
        thing.rows.push(position as u32);
    }
    for (node, thing) in weighed {
        let ratio = thing.config as f64 / thing.code as f64;
        let most = context.value(&META, &MOST_CONFIG);
        if thing.code == 0 || ratio <= most {
            continue;
        }
        let message = format!(
            "{} has {} lines of configuration and {} of code",
            context.title(node),
            thing.config,
            thing.code
        );
        verdicts.found(
            Finding::new(&META, context.graph, node, message)
                .weight(Weight::Note)
                .number("configuration to code", ratio, most, "lines a line")
                .magnitude(significant(ratio).parse().unwrap_or(1.0))
                .rows(TableKind::LinesOfCode, thing.rows),
        );
    }
}

/// By configuration: the one thing that it feeds, where it is one.
fn configured(context: &Context<'_>) -> FxHashMap<NodeIx, NodeIx> {
    let mut fed = FxHashMap::default();
    for config in context.nodes_of(NodeKind::Config) {
        let mut targets = context
            .edges_from(config, |kind| kind == EdgeKind::Feeds)
            .map(|edge| context.graph.edge(edge).to);
        if let (Some(only), None) = (targets.next(), targets.next()) {
            fed.insert(config, only);
        }
    }
    fed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{graph_with, judge, judge_graph, row};
    use crate::model::LinesOfCodeRow;

    #[test]
    fn fires_where_another_one_runs_than_was_reviewed() {
        let judged =
            judge(&Ungoverned, "config c live_hash=e03d reviewed_hash=b671\nmodel m\nc -feeds-> m");
        assert_eq!(judged.subjects(), ["c error"]);
        assert_eq!(judged.others("configures"), ["m"]);
    }

    #[test]
    fn a_shortened_hash_is_the_same() {
        let judged = judge(
            &Ungoverned,
            "config a live_hash=4fe0 reviewed_hash=4fe0\nconfig b live_hash=sha256:4FE0AA reviewed_hash=4fe0aa12cd\n",
        );
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
        assert_eq!(
            judge(&Ungoverned, "config a live_hash=4 reviewed_hash=4f").subjects(),
            ["a error"]
        );
    }

    #[test]
    fn notes_more_configuration_than_code() {
        let lines = |role: &str, lines, node: &str| {
            row(LinesOfCodeRow {
                path: "p".into(),
                role: role.into(),
                language: "x".into(),
                lines,
                node: Some(node.into()),
            })
        };
        let text = "config c live_hash=aaaa reviewed_hash=aaaa\nmodel m\nmodel n\nc -feeds-> m";
        let graph = graph_with(text, |tables| {
            tables.lines_of_code = vec![
                lines("config", 30, "c"),
                lines("ml", 20, "m"),
                lines("test", 90, "m"),
                lines("config", 10, "n"),
                lines("glue", 10, "n"),
            ];
        });
        assert_eq!(judge_graph(&Ungoverned, graph).subjects(), ["m note"]);
    }

    #[test]
    fn without_one_of_the_hashes_it_is_open() {
        assert_eq!(judge(&Ungoverned, "config c live_hash=aa").status, Status::Open);
        assert_eq!(judge(&Ungoverned, "config c reviewed_hash=aa").status, Status::Open);
        assert_eq!(judge(&Ungoverned, "model m").status, Status::Open);
    }
}
