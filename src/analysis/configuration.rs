//! Configurations side by side and on a timeline, as plain data.
//!
//! Owns: which settings, inputs and facts of two models or configurations differ, and what of a model's
//! inputs holds when. Must never know: how it is shown. Start reading at [`compare`] and [`Timeline`].

use super::Context;
use super::constraint::{Constraint, constraints};
use crate::model::{
    Attr, EdgeIx, EdgeKind, Interval, NodeIx, NodeKind, Phase, Place, Provenance, ValueType,
};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// An interval of training data, and who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub of: NodeIx,
    pub from: Date,
    pub to: Date,
}

impl Window {
    /// Whether any day of an interval is learned from.
    pub fn meets(&self, interval: &Interval) -> bool {
        self.from <= interval.to && interval.from <= self.to
    }

    /// Whether it starts before a thing has values.
    pub fn starts_before(&self, first: Date) -> bool {
        self.from < first
    }

    /// Whether days before and after a change are learned from.
    pub fn spans(&self, changed: Date) -> bool {
        self.from < changed && changed <= self.to
    }
}

/// Training intervals of the configurations that feed the model, or its own where none says one.
pub fn windows(context: &Context<'_>, model: NodeIx) -> Vec<Window> {
    let said = |of: NodeIx| {
        let attrs = &context.graph.node(of).attrs;
        let (from, to) = (attrs.date(Attr::TrainingFrom)?, attrs.date(Attr::TrainingTo)?);
        Some(Window { of, from, to })
    };
    let found: Vec<Window> = configs_of(context, model).into_iter().filter_map(said).collect();
    if found.is_empty() { said(model).into_iter().collect() } else { found }
}

/// Configurations that feed a model, in the order of their edges; a configuration's are itself.
fn configs_of(context: &Context<'_>, node: NodeIx) -> Vec<NodeIx> {
    if context.graph.kind(node) == NodeKind::Config {
        return vec![node];
    }
    context
        .edges_into(node, |kind| kind == EdgeKind::Feeds)
        .map(|edge| context.graph.edge(edge).from)
        .filter(|&from| context.graph.kind(from) == NodeKind::Config)
        .collect()
}

/// What a difference is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A key of the settings in effect, inherited ones included.
    Setting,
    /// A signal, prediction or dataset that is taken in.
    Input,
    /// An attribute of the model or configuration itself.
    Fact,
}

/// A value and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub value: String,
    /// Who says it: for an inherited setting, the configuration that it comes from.
    pub by: NodeIx,
    pub at: Provenance,
}

/// What two configurations or models say of one thing. A side without values has none of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub topic: Topic,
    /// Setting, id of the input, or key of the attribute.
    pub key: String,
    pub left: Vec<Said>,
    pub right: Vec<Said>,
}

/// Two models or configurations side by side, what differs apart from what does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    pub left: NodeIx,
    pub right: NodeIx,
    /// By topic, then by key.
    pub differences: Vec<Difference>,
    /// What is the same on both sides, by topic, then by key.
    pub alike: Vec<Difference>,
}

/// Values by topic and key.
type Side = BTreeMap<(Topic, String), Vec<Said>>;

/// Compares two models, or two configurations: settings in effect, what is taken in and how, and what they
/// say of themselves. Near-linear in what both say.
pub fn compare(context: &Context<'_>, left: NodeIx, right: NodeIx) -> Comparison {
    let (mut ours, mut theirs) = (side(context, left), side(context, right));
    let mut differences = Vec::new();
    let mut alike = Vec::new();
    for ((topic, key), left) in std::mem::take(&mut ours) {
        let right = theirs.remove(&(topic, key.clone())).unwrap_or_default();
        let is_alike = values(&left) == values(&right);
        let list = if is_alike { &mut alike } else { &mut differences };
        list.push(Difference { topic, key, left, right });
    }
    let only_right = |((topic, key), right)| Difference { topic, key, left: Vec::new(), right };
    differences.extend(theirs.into_iter().map(only_right));
    differences.sort_by(|a, b| (a.topic, &a.key).cmp(&(b.topic, &b.key)));
    Comparison { left, right, differences, alike }
}

fn values(said: &[Said]) -> Vec<&str> {
    let mut values: Vec<&str> = said.iter().map(|said| said.value.as_str()).collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn side(context: &Context<'_>, node: NodeIx) -> Side {
    let mut side = Side::new();
    for config in configs_of(context, node) {
        settings(context, config, &mut side);
    }
    inputs(context, node, &mut side);
    facts(context, node, &mut side);
    side
}

/// Settings in effect: its own, then those of its bases, nearest first, that nobody nearer sets.
fn settings(context: &Context<'_>, config: NodeIx, side: &mut Side) {
    let graph = context.graph;
    let mut effective: BTreeMap<&str, Said> = BTreeMap::new();
    let mut lineage = vec![config];
    let mut next = 0;
    while let Some(&by) = lineage.get(next) {
        next += 1;
        if let Some(entry) = graph.node(by).attrs.get(Attr::Settings) {
            for setting in graph.node(by).attrs.settings(Attr::Settings).unwrap_or_default() {
                effective.entry(&setting.key).or_insert_with(|| Said {
                    value: setting.value.to_string(),
                    by,
                    at: entry.at,
                });
            }
        }
        let inherits = |kind| matches!(kind, EdgeKind::Feeds | EdgeKind::Derives);
        for edge in context.edges_into(by, inherits) {
            let base = graph.edge(edge).from;
            if graph.kind(base) == NodeKind::Config && !lineage.contains(&base) {
                lineage.push(base);
            }
        }
    }
    for (key, said) in effective {
        side.entry((Topic::Setting, key.to_owned())).or_default().push(said);
    }
}

/// What is taken in, with when and in which role.
fn inputs(context: &Context<'_>, node: NodeIx, side: &mut Side) {
    let graph = context.graph;
    for edge in context.edges_into(node, |kind| matches!(kind, EdgeKind::InputTo(_))) {
        let (of, details) = (graph.edge(edge), graph.details(edge));
        let EdgeKind::InputTo(phase) = of.kind else { continue };
        let role = details.attrs().text(Attr::Role).unwrap_or("feature");
        let value = match phase {
            Phase::Train => format!("{role}, in training only"),
            Phase::Serve => format!("{role}, in serving only"),
            Phase::Both => role.to_owned(),
        };
        let key = (Topic::Input, graph.node(of.from).id.as_str().to_owned());
        side.entry(key).or_default().push(Said { value, by: node, at: details.at });
    }
}

/// What the node says of itself, but for what tells it from others by nature.
fn facts(context: &Context<'_>, node: NodeIx, side: &mut Side) {
    for entry in context.graph.node(node).attrs.iter() {
        let meta = entry.attr.meta();
        let by_nature = matches!(entry.attr, Attr::Purpose | Attr::Tags | Attr::Uri);
        if by_nature || meta.value == ValueType::Settings || meta.place == Place::Edges {
            continue;
        }
        let said = Said { value: entry.value.to_string(), by: node, at: entry.at };
        side.entry((Topic::Fact, meta.key.to_owned())).or_default().push(said);
    }
}

/// A stretch of days in the life of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub kind: MarkKind,
    /// First day; open towards the past where there is none.
    pub from: Option<Date>,
    /// Last day; open towards the future where there is none.
    pub to: Option<Date>,
    /// Whether a training window of the model is the worse for it.
    pub conflicts: bool,
    pub at: Provenance,
}

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Values are wrong.
    Wrong,
    /// There are no values.
    Unavailable,
    /// The meaning is another from the first day on; whether the code keeps both apart.
    Changed { split: Option<bool> },
}

/// One input of the model over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    pub input: NodeIx,
    pub edge: EdgeIx,
    pub phase: Phase,
    /// The training input that it stands in for when it serves.
    pub substitute_for: Option<NodeIx>,
    /// Whether its values were mapped to those.
    pub mapped: Option<bool>,
    pub marks: Vec<Mark>,
}

/// A model's configuration over time: training windows, inputs with what is known of their validity,
/// substitutes, and what must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    pub model: NodeIx,
    pub windows: Vec<Window>,
    /// In the order of the model's inputs.
    pub lanes: Vec<Lane>,
    pub constraints: Vec<Constraint>,
    /// From the first day to the last that anything speaks of.
    pub span: Option<Interval>,
}

impl Timeline {
    /// Linear in the model's inputs and what they say.
    pub fn of(context: &Context<'_>, model: NodeIx) -> Self {
        let windows = windows(context, model);
        let edges = context.edges_into(model, |kind| matches!(kind, EdgeKind::InputTo(_)));
        let lanes: Vec<Lane> = edges.filter_map(|edge| lane(context, edge, &windows)).collect();
        let days = windows.iter().flat_map(|window| [window.from, window.to]);
        let marked =
            lanes.iter().flat_map(|lane| &lane.marks).flat_map(|mark| [mark.from, mark.to]);
        let days: Vec<Date> = days.chain(marked.flatten()).collect();
        let span = days.iter().min().zip(days.iter().max());
        Self {
            model,
            windows,
            lanes,
            constraints: constraints(context, model),
            span: span.map(|(&from, &to)| Interval { from, to }),
        }
    }
}

fn lane(context: &Context<'_>, edge: EdgeIx, windows: &[Window]) -> Option<Lane> {
    let graph = context.graph;
    let (of, attrs) = (graph.edge(edge), graph.details(edge).attrs());
    let EdgeKind::InputTo(phase) = of.kind else { return None };
    let said = attrs.text(Attr::SubstituteFor);
    let trains = if phase == Phase::Serve { &[][..] } else { windows };
    Some(Lane {
        input: of.from,
        edge,
        phase,
        substitute_for: said.and_then(|id| graph.find(id)),
        mapped: attrs.flag(Attr::Mapped),
        marks: marks(context, of.from, trains),
    })
}

fn marks(context: &Context<'_>, input: NodeIx, windows: &[Window]) -> Vec<Mark> {
    let attrs = &context.graph.node(input).attrs;
    let at = |attr| attrs.get(attr).map_or(context.graph.node(input).at, |entry| entry.at);
    let any = |holds: &dyn Fn(&Window) -> bool| windows.iter().any(holds);
    let mut marks = Vec::new();
    for interval in attrs.intervals(Attr::BadIntervals).unwrap_or_default() {
        marks.push(Mark {
            kind: MarkKind::Wrong,
            from: Some(interval.from),
            to: Some(interval.to),
            conflicts: any(&|window| window.meets(interval)),
            at: at(Attr::BadIntervals),
        });
    }
    if let Some(first) = attrs.date(Attr::AvailableFrom) {
        marks.push(Mark {
            kind: MarkKind::Unavailable,
            from: None,
            to: first.yesterday().ok(),
            conflicts: any(&|window| window.starts_before(first)),
            at: at(Attr::AvailableFrom),
        });
    }
    if let Some(changed) = attrs.date(Attr::Changed) {
        let split = attrs.flag(Attr::CodeSplit);
        marks.push(Mark {
            kind: MarkKind::Changed { split },
            from: Some(changed),
            to: None,
            conflicts: split == Some(false) && any(&|window| window.spans(changed)),
            at: at(Attr::Changed),
        });
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::constraint::Demand;
    use crate::analysis::testing::{TODAY, day, graph};

    const TEXT: &str = "config base settings=rate:0.1|depth:6|trees:800\nconfig a settings=rate:0.2 training_from=2026-08-01 training_to=2026-11-09\n\
        config b settings=depth:6 training_from=2026-10-01 training_to=2026-11-09\nmodel m target=click\nmodel n target=click latency_ms=3\n\
        signal s bad_intervals=2026-09-14..2026-09-17\nsignal t available_from=2026-10-07\nsignal u changed=2026-11-01 code_split=no\nsignal v\n\
        base -feeds-> a\nbase -feeds-> b\na -feeds-> m\nb -feeds-> n\n\
        s -input_to-> m\ns -input_to-> n\nt -input_to_train-> m\nu -input_to-> m\nv -input_to_serve-> m substitute_for=t mapped=no\n";

    fn with<T>(ask: impl FnOnce(&Context<'_>, &dyn Fn(&str) -> NodeIx) -> T) -> T {
        let graph = graph(TEXT);
        let settings = Settings::on(TODAY);
        ask(&Context::new(&graph, &settings), &|id| graph.find(id).expect(id))
    }

    #[test]
    fn only_what_differs_is_shown_and_inherited_settings_count() {
        let (comparison, base) =
            with(|context, ix| (compare(context, ix("a"), ix("b")), ix("base")));
        let keys: Vec<(Topic, &str)> =
            comparison.differences.iter().map(|of| (of.topic, of.key.as_str())).collect();
        assert_eq!(keys, [(Topic::Setting, "rate"), (Topic::Fact, "training_from")]);
        let rate = &comparison.differences[0];
        assert_eq!((rate.left[0].value.as_str(), rate.right[0].value.as_str()), ("0.2", "0.1"));
        assert_eq!(rate.right[0].by, base, "where it comes from");
        assert_eq!(comparison.alike.len(), 3, "depth, trees and the end of the training");
    }

    #[test]
    fn models_differ_in_inputs_too() {
        let comparison = with(|context, ix| compare(context, ix("m"), ix("n")));
        let keys: Vec<(Topic, &str)> =
            comparison.differences.iter().map(|of| (of.topic, of.key.as_str())).collect();
        let expected = [
            (Topic::Setting, "rate"),
            (Topic::Input, "t"),
            (Topic::Input, "u"),
            (Topic::Input, "v"),
            (Topic::Fact, "latency_ms"),
        ];
        assert_eq!(keys, expected);
        assert!(comparison.differences[4].left.is_empty());
        let itself = with(|context, ix| compare(context, ix("m"), ix("m")));
        assert!(itself.differences.is_empty() && itself.alike.len() > 5);
    }

    #[test]
    fn the_timeline_holds_windows_marks_and_substitutes() {
        let (timeline, t) = with(|context, ix| (Timeline::of(context, ix("m")), ix("t")));
        assert_eq!(timeline.windows.len(), 1);
        let conflicts: Vec<Vec<bool>> = timeline
            .lanes
            .iter()
            .map(|lane| lane.marks.iter().map(|mark| mark.conflicts).collect())
            .collect();
        assert_eq!(conflicts, [vec![true], vec![true], vec![true], vec![]]);
        let last = timeline.lanes.last().expect("a lane");
        assert_eq!((last.substitute_for, last.mapped), (Some(t), Some(false)));
        let span = timeline.span.expect("days");
        assert_eq!((span.from, span.to), (day("2026-08-01"), day("2026-11-09")));
        let other = with(|context, ix| Timeline::of(context, ix("n")));
        assert!(other.lanes.iter().all(|lane| lane.marks.iter().all(|mark| !mark.conflicts)));
    }

    #[test]
    fn what_must_hold_stands_on_the_timeline() {
        let graph = graph(
            "signal z requires=memory_64g latency_ms=5\nmodel m latency_ms=3 latency_budget_ms=9\nconfig c provides=memory_16g assertions=signals=1\n\
             z -input_to-> m\nc -feeds-> m",
        );
        let settings = Settings::on(TODAY);
        let context = Context::new(&graph, &settings);
        let timeline = Timeline::of(&context, graph.find("m").expect("m"));
        let told: Vec<(bool, Option<bool>)> = timeline
            .constraints
            .iter()
            .map(|of| (matches!(of.what, Demand::Requires { .. }), of.holds))
            .collect();
        assert_eq!(told, [(true, Some(false)), (false, Some(true)), (false, Some(true))]);
    }
}
