//! A tiny notation for the graphs of tests.
//!
//! ```text
//! model ctr owner=ads last_trained=2026-03-01
//! topic -input_to-> ctr importance=0.3
//! ```
//!
//! A line is a node (`kind id key=value …`) or an edge (`id -kind-> id key=value …`); keys are those of
//! the attribute table, lists and intervals are parted by `|`.

use super::{Analysis, Context, Finding, Findings, Rule, Settings, Status};
use crate::model::{
    AblationRow, Allow, Attr, AttrValue, Batch, CorrelationRow, EdgeKind, GraphBuilder, Interval,
    NodeIx, NodeKind, Provenance, Row, Setting, SourceFile, SystemGraph, Tables, ValueType,
};
use jiff::civil::{Date, date};

/// The day on which tests judge ages.
pub(crate) const TODAY: Date = date(2026, 11, 15);

pub(crate) fn graph(text: &str) -> SystemGraph {
    graph_with(text, |_| {})
}

/// The graph, with tables filled by `fill`.
pub(crate) fn graph_with(text: &str, fill: impl FnOnce(&mut Tables)) -> SystemGraph {
    let mut batch =
        Batch::new(SourceFile { path: "test.yaml".into(), format: "test", bytes: 0, hash: 0 });
    for (number, line) in text.lines().enumerate() {
        let at = Provenance::new(Batch::FILE, number as u32 + 1, 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words.as_slice() {
            [] => {}
            ["allow", rule, node, reason] => batch.allows.push(Allow {
                rule: rule.into(),
                node: Some(node.into()),
                reason: reason.into(),
                owner: None,
                expires: None,
                at,
            }),
            [from, arrow, to, ref said @ ..] if arrow.starts_with('-') => {
                let kind = arrow.trim_start_matches('-').trim_end_matches("->");
                let kind = EdgeKind::parse(kind).unwrap_or_else(|| panic!("no edge kind {kind}"));
                let (from, to) = (batch.reference(from), batch.reference(to));
                let edge = batch.edge(from, to, kind, at);
                for (attr, value) in said.iter().map(|word| attribute(word)) {
                    edge.set(attr, value, at);
                }
            }
            [kind, id, ref said @ ..] => {
                let kind = NodeKind::parse(kind).unwrap_or_else(|| panic!("no node kind {kind}"));
                let id = if kind == NodeKind::Team { format!("team:{id}") } else { id.to_owned() };
                let reference = batch.reference(&id);
                let node = batch.define(reference, kind, at);
                for (attr, value) in said.iter().map(|word| attribute(word)) {
                    node.set(attr, value, at);
                }
            }
            [word] => panic!("what is {word}?"),
        }
    }
    fill(&mut batch.tables);
    let mut builder = GraphBuilder::default();
    builder.add(batch);
    builder.build().0
}

fn attribute(word: &str) -> (Attr, AttrValue) {
    let (key, text) = word.split_once('=').unwrap_or_else(|| panic!("{word} has no ="));
    let attr = Attr::parse(key).unwrap_or_else(|| panic!("no attribute {key}"));
    let value = match attr.meta().value {
        ValueType::Flag => AttrValue::Flag(text == "yes"),
        ValueType::Number => {
            AttrValue::Number(text.parse().unwrap_or_else(|_| panic!("{word} is no number")))
        }
        ValueType::Text => AttrValue::text(text),
        ValueType::List => AttrValue::List(
            text.split('|').filter(|item| !item.is_empty()).map(Into::into).collect(),
        ),
        ValueType::Date => AttrValue::Date(day(text)),
        ValueType::Intervals => AttrValue::Intervals(
            text.split('|')
                .map(|interval| {
                    let (from, to) = interval.split_once("..").unwrap_or((interval, interval));
                    Interval { from: day(from), to: day(to) }
                })
                .collect(),
        ),
        ValueType::Settings => AttrValue::Settings(
            text.split('|')
                .map(|setting| {
                    let (key, value) = setting.split_once(':').unwrap_or((setting, ""));
                    Setting { key: key.into(), value: value.into(), default: None, read: None }
                })
                .collect(),
        ),
    };
    (attr, value)
}

/// What a model loses without a signal, measured on a day with five seeds.
pub(crate) fn ablation(
    signal: &str,
    model: &str,
    delta: f64,
    std_error: f64,
    date: &str,
) -> Row<AblationRow> {
    let (signal, model) = (signal.into(), model.into());
    row(AblationRow {
        signal,
        model,
        delta,
        std_error,
        seeds: 5,
        date: day(date),
        cost_hours: None,
    })
}

/// The correlation of two signals in a window.
pub(crate) fn correlation(a: &str, b: &str, rho: f64, window: &str) -> Row<CorrelationRow> {
    row(CorrelationRow { a: a.into(), b: b.into(), rho, window: Some(window.into()), slice: None })
}

/// A row of a table, on the first line of the test's file.
pub(crate) fn row<T>(row: T) -> Row<T> {
    Row { row, at: Provenance::new(Batch::FILE, 1, 1) }
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap_or_else(|_| panic!("{text} is no date"))
}

/// What one rule says of a graph.
pub(crate) struct Judged {
    pub status: Status,
    pub findings: Findings,
    /// What could not be judged and for want of what: `ctr: owner`.
    pub open: Vec<String>,
    pub graph: SystemGraph,
}

impl Judged {
    /// Subjects with the weight of what was found, in the order of the findings: `ctr warning`.
    pub(crate) fn subjects(&self) -> Vec<String> {
        let name = |finding: &Finding| self.graph.node(finding.subject).id.as_str().to_owned();
        self.findings
            .iter()
            .map(|finding| format!("{} {}", name(finding), finding.weight.key()))
            .collect()
    }

    /// What the finding at a position says.
    pub(crate) fn message(&self, at: usize) -> String {
        self.findings[at].message.read(&self.graph).into_owned()
    }

    /// Ids of those that have a role in the only finding.
    pub(crate) fn others(&self, role: &str) -> Vec<&str> {
        let [finding] = self.findings.as_slice() else {
            panic!("{} findings", self.findings.len())
        };
        let others = finding.others.iter().filter(|(of, _)| *of == role);
        others.map(|&(_, node)| self.graph.node(node).id.as_str()).collect()
    }
}

pub(crate) fn judge(rule: &dyn Rule, text: &str) -> Judged {
    judge_graph(rule, graph(text))
}

pub(crate) fn judge_graph(rule: &dyn Rule, graph: SystemGraph) -> Judged {
    let settings = Settings::on(TODAY);
    let context = Context::new(&graph, &settings);
    let mut analysis = Analysis::accepting(&graph, &settings);
    let verdicts = super::run::judge(rule, &context, &analysis.accepted);
    analysis.push(rule, Ok(verdicts));
    let result = &analysis.rules[0];
    let name = |subject: NodeIx| graph.node(subject).id.as_str();
    let open = result
        .open
        .iter()
        .map(|open| format!("{}: {}", open.subject.map_or("all", name), open.missing))
        .collect();
    Judged { status: result.status, findings: analysis.findings, open, graph }
}
