//! MON004, alert gap.

use crate::analysis::preparation::{Walk, edges_along, prepares};
use crate::analysis::words::{counted, listed, percent};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};
use rustc_hash::{FxHashMap, FxHashSet};

#[derive(Debug)]
pub(super) struct AlertGap;

static LEAST_COVERAGE: Parameter = Parameter {
    key: "least_coverage",
    default: 1.0,
    range: (0.0, 1.0),
    unit: "share of models",
    doc: "Share of the models concerned whose control planes an alert should reach.",
};

/// So many nodes downstream of what a monitor watches are looked at, nearest first: models that are farther
/// away have nearer monitors, and looking at all for every monitor would cost the square of the graph.
const MOST_NODES: usize = 1024;

static META: RuleMeta = RuleMeta {
    code: "MON004",
    name: "alert gap",
    section: Section::ChangingWorld,
    weight: Weight::Warning,
    remedy: "Send the alert to the control planes of the models that depend on it, and on to those who read the models.",
    verify: "An alert of a drill arrives in each of them.",
    parameters: &[&LEAST_COVERAGE],
    docs: "\
## What it does
For every monitor, finds the models that depend on the data it watches, or whose predictions it watches with the models that read them,
and asks whether its alerts reach a control plane of each: one of the model's owner, or one that gates the model or what it decides. What
the table `alerts` shows to have arrived counts as reached. The coverage is given in per cent. Without control planes in the manifest the
monitors stay open.

## Why it is bad
The log was late, and its owner knew within minutes. The model trained on half of it and nobody there knew for days. A model that breaks
its own promises takes its readers along in the same silence.

## Example
`monitor.ingest_freshness` alerts the platform. Ten models of six teams train on what it watches, and none of them hears of it.

## How to fix
Add the models' control planes as receivers. A team without one needs one first.

## How to verify
Let the monitor alert in a drill and see the alert arrive everywhere.

## References
Sculley et al. 2015, §7, up-stream producers.
",
};

impl Rule for AlertGap {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let planes = Planes::of(context);
        let mut walk = Walk::new(context.graph.nodes().len());
        for monitor in context.nodes_of(NodeKind::Monitor) {
            if planes.is_empty {
                verdicts.open(Open { subject: Some(monitor), missing: "control planes" });
                continue;
            }
            let concerned = Concerned::of(context, &mut walk, monitor);
            if concerned.models.is_empty() {
                let missing =
                    if concerned.watches { "models that depend on it" } else { "what it watches" };
                verdicts.open(Open { subject: Some(monitor), missing });
                continue;
            }
            let heard = receivers(context, monitor);
            let (reached, missed): (Vec<NodeIx>, Vec<NodeIx>) =
                concerned.models.iter().copied().partition(|&model| planes.hear(model, &heard));
            let coverage = reached.len() as f64 / concerned.models.len() as f64;
            let is_gap = coverage < context.value(&META, &LEAST_COVERAGE);
            if !concerned.complete && !is_gap {
                let missing = "a smaller number of things that depend on it";
                verdicts.open(Open { subject: Some(monitor), missing });
                continue;
            }
            verdicts.judged();
            if is_gap {
                verdicts.found(finding(context, monitor, coverage, &missed, &heard, &walk));
            }
        }
    }
}

/// Control planes by the models that they serve.
struct Planes {
    is_empty: bool,
    of_model: FxHashMap<NodeIx, Vec<NodeIx>>,
}

impl Planes {
    /// A plane serves the models of its owner, and those that it gates, or whose consequences it gates.
    fn of(context: &Context<'_>) -> Self {
        let graph = context.graph;
        let mut of_owner: FxHashMap<NodeIx, Vec<NodeIx>> = FxHashMap::default();
        let mut of_gated: FxHashMap<NodeIx, Vec<NodeIx>> = FxHashMap::default();
        let mut is_empty = true;
        for plane in context.nodes_of(NodeKind::ControlPlane) {
            is_empty = false;
            if let Some(owner) = graph.node(plane).owner {
                of_owner.entry(owner).or_default().push(plane);
            }
            for edge in context.edges_from(plane, |kind| kind == EdgeKind::Gates) {
                of_gated.entry(graph.edge(edge).to).or_default().push(plane);
            }
        }
        let mut of_model: FxHashMap<NodeIx, Vec<NodeIx>> = FxHashMap::default();
        for model in context.nodes_of(NodeKind::Model).filter(|_| !is_empty) {
            let owned = graph.node(model).owner.and_then(|owner| of_owner.get(&owner));
            let gated = consequences(context, model);
            let gated = gated.iter().filter_map(|node| of_gated.get(node));
            let serving = owned.into_iter().chain(gated).flatten().copied().collect();
            of_model.insert(model, serving);
        }
        Self { is_empty, of_model }
    }

    fn hear(&self, model: NodeIx, heard: &FxHashSet<NodeIx>) -> bool {
        self.of_model.get(&model).is_some_and(|planes| planes.iter().any(|p| heard.contains(p)))
    }
}

/// The model, its predictions, and the thresholds and actions that they decide.
fn consequences(context: &Context<'_>, model: NodeIx) -> Vec<NodeIx> {
    let mut found = vec![model];
    let mut next = 0;
    while let Some(&node) = found.get(next) {
        next += 1;
        for edge in
            context.edges_from(node, |kind| matches!(kind, EdgeKind::Emits | EdgeKind::Decides))
        {
            let to = context.graph.edge(edge).to;
            if !found.contains(&to) {
                found.push(to);
            }
        }
    }
    found
}

/// Models that an alert of a monitor concerns.
struct Concerned {
    models: Vec<NodeIx>,
    watches: bool,
    /// Whether all that depends on what is watched was looked at.
    complete: bool,
}

impl Concerned {
    /// Leaves in `walk` how the models depend on what is watched.
    fn of(context: &Context<'_>, walk: &mut Walk, monitor: NodeIx) -> Self {
        let graph = context.graph;
        let watched: Vec<NodeIx> =
            context.edges_into(monitor, prepares).map(|edge| graph.edge(edge).from).collect();
        let own: Vec<NodeIx> = watched.iter().filter_map(|&node| emitter(context, node)).collect();
        walk.clear();
        for &node in &watched {
            // A monitor of predictions reads labels beside them; it does not answer for those.
            if own.is_empty() || graph.kind(node) == NodeKind::Prediction {
                walk.start(node);
            }
        }
        let complete = walk.run(context.preparation().downstream(), MOST_NODES);
        let readers = walk.found().filter(|&node| graph.kind(node) == NodeKind::Model);
        let mut seen = FxHashSet::default();
        let models = own
            .iter()
            .copied()
            .chain(readers)
            .filter(|&model| graph.node(model).defined && seen.insert(model));
        Self { models: models.collect(), watches: !watched.is_empty(), complete }
    }
}

/// The model whose prediction, or which itself, is watched.
fn emitter(context: &Context<'_>, node: NodeIx) -> Option<NodeIx> {
    match context.graph.kind(node) {
        NodeKind::Model => Some(node),
        NodeKind::Prediction => {
            let edge = context.edges_into(node, |kind| kind == EdgeKind::Emits).next()?;
            Some(context.graph.edge(edge).from)
        }
        _ => None,
    }
}

/// Everybody whom its alerts reach, by declaration, from plane to plane, or as the table shows.
fn receivers(context: &Context<'_>, monitor: NodeIx) -> FxHashSet<NodeIx> {
    let graph = context.graph;
    let mut heard = FxHashSet::default();
    let mut open = vec![monitor];
    while let Some(node) = open.pop() {
        for edge in context.edges_from(node, |kind| kind == EdgeKind::Alerts) {
            let to = graph.edge(edge).to;
            if heard.insert(to) {
                open.push(to);
            }
        }
    }
    for &row in context.measured.alert_monitor().rows_of(monitor) {
        heard.extend(graph.find(&graph.tables().alerts[row as usize].row.receiver));
    }
    heard
}

fn finding(
    context: &Context<'_>,
    monitor: NodeIx,
    coverage: f64,
    missed: &[NodeIx],
    heard: &FxHashSet<NodeIx>,
    walk: &Walk,
) -> Finding {
    let graph = context.graph;
    let mut hearers: Vec<NodeIx> = heard.iter().copied().collect();
    hearers.sort_by_key(|&node| &graph.node(node).id);
    let who = match hearers.as_slice() {
        [] => "nobody".to_owned(),
        some => listed(some.iter().map(|&node| context.name(node))),
    };
    let message = format!(
        "Alerts of monitor `{}` reach {who}, and no control plane of {}: {} ({} of the models concerned are covered)",
        context.name(monitor),
        counted(missed.len(), "model", "models"),
        listed(missed.iter().map(|&model| context.name(model))),
        percent(coverage)
    );
    let least = context.value(&META, &LEAST_COVERAGE);
    let mut finding = Finding::new(&META, graph, monitor, message)
        .number("models covered", 100.0 * coverage, 100.0 * least, "% of models")
        .magnitude(0.5 + missed.len() as f64 / 4.0)
        .rows(TableKind::Alerts, context.measured.alert_monitor().rows_of(monitor))
        .said(graph, monitor, Attr::Watches, "watches");
    for &model in missed {
        finding = finding.with("model", model);
        let mut way = walk.back(model);
        way.reverse();
        if way.len() > 1 {
            let edges = edges_along(graph, &way, prepares);
            finding = finding.way(("what it watches goes into", model), edges);
        }
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{graph_with, judge, judge_graph, row};
    use crate::model::AlertRow;

    const TEXT: &str = "team data\nteam ads\ndataset d owner=data\nsignal s\nmodel m owner=ads\nmonitor w owner=data\n\
        control_plane data_plane owner=data\ncontrol_plane ads_plane owner=ads\n\
        d -derives-> s\ns -input_to-> m\nd -reads-> w\nw -alerts-> data_plane\n";

    #[test]
    fn fires_where_the_model_hears_nothing() {
        let judged = judge(&AlertGap, TEXT);
        assert_eq!(judged.subjects(), ["w warning"]);
        assert_eq!(judged.others("model"), ["m"]);
        assert!(judged.message(0).contains("0 % of the models"));
    }

    #[test]
    fn is_silent_where_the_alert_arrives() {
        for arrives in [
            "w -alerts-> ads_plane",
            "data_plane -alerts-> ads_plane",
            "prediction p\naction a\nm -emits-> p\np -decides-> a\ndata_plane -gates-> a",
        ] {
            let judged = judge(&AlertGap, &format!("{TEXT}{arrives}"));
            assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]), "{arrives}");
        }
    }

    #[test]
    fn what_the_table_shows_to_arrive_counts() {
        let graph = graph_with(TEXT, |tables| {
            tables.alerts = vec![row(AlertRow {
                monitor: "w".into(),
                date: crate::analysis::testing::day("2026-11-01"),
                receiver: "ads_plane".into(),
                answered_minutes: None,
            })];
        });
        assert_eq!(judge_graph(&AlertGap, graph).status, Status::Pass);
    }

    #[test]
    fn a_monitor_of_predictions_answers_to_the_model_and_to_its_readers() {
        let text = "team a\nteam b\nmodel m owner=a\nprediction p\nmodel n owner=b\ndataset labels\nmodel o owner=b\nmonitor w\n\
            control_plane x owner=a\ncontrol_plane y owner=b\nm -emits-> p\np -input_to-> n\nlabels -input_to-> m\nlabels -input_to-> o\n\
            p -reads-> w\nlabels -reads-> w\nw -alerts-> x\n";
        let judged = judge(&AlertGap, text);
        assert_eq!(
            (judged.subjects(), judged.others("model")),
            (vec!["w warning".to_owned()], vec!["n"])
        );
        assert_eq!(judge(&AlertGap, &format!("{text}w -alerts-> y")).status, Status::Pass);
    }

    #[test]
    fn without_control_planes_it_is_open() {
        let without = TEXT
            .replace("control_plane data_plane owner=data\ncontrol_plane ads_plane owner=ads\n", "")
            .replace("w -alerts-> data_plane\n", "");
        assert_eq!(judge(&AlertGap, &without).status, Status::Open);
        assert_eq!(judge(&AlertGap, "monitor w\ncontrol_plane c").status, Status::Open);
    }
}
