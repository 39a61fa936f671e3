//! MON005, no automated response.

use crate::analysis::words::{listed, significant};
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) struct NoAutomatedResponse;

static META: RuleMeta = RuleMeta {
    code: "MON005",
    name: "no automated response",
    section: Section::ChangingWorld,
    weight: Weight::Warning,
    remedy: "Let the control plane stop, limit or roll back by itself, and page people to look afterwards.",
    verify: "`response` is `automated` for the action, and a drill shows it within `harm_minutes`.",
    parameters: &[],
    docs: "\
## What it does
Looks at every automatic action that says how fast it does harm (`harm_minutes`, its own or that of the surface it acts on). It asks who
answers when it goes wrong: control planes that gate it or what decides it, those of its owner, and monitors of what decides it. Where
none of them is automated and people take longer than the harm, it warns. The time is `response_minutes`, else the middle of what the table
`alerts` shows. An action with nobody to answer stays open here; MON002 speaks of it.

## Why it is bad
The outside world changes in real time, and people do not. A bidder that spends a month's budget in an hour is not helped by somebody who
is awake in 45 minutes.

## Example
Bids do harm within 3 minutes. The alert pages a person, who answered the last one after 51.

## How to fix
Automate the first answer: stop, fall back, roll back. Make it broad enough to be wrong sometimes, and page somebody after it.

## How to verify
Drive the action over its limit in a drill, and time the answer.

## References
Sculley et al. 2015, §7, monitoring and testing.
",
};

impl Rule for NoAutomatedResponse {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let mut planes: Planes = FxHashMap::default();
        for plane in context.nodes_of(NodeKind::ControlPlane) {
            planes.entry(context.graph.node(plane).owner).or_default().push(plane);
        }
        for action in context.nodes_of(NodeKind::Action) {
            match judge(context, &planes, action) {
                Ok(finding) => {
                    verdicts.judged();
                    finding.into_iter().for_each(|finding| verdicts.found(finding));
                }
                Err(missing) => verdicts.open(Open { subject: Some(action), missing }),
            }
        }
    }
}

/// Control planes by owner.
type Planes = FxHashMap<Option<NodeIx>, Vec<NodeIx>>;

fn judge(
    context: &Context<'_>,
    planes: &Planes,
    action: NodeIx,
) -> Result<Option<Finding>, &'static str> {
    let graph = context.graph;
    if !graph.node(action).attrs.flag(Attr::Automatic).ok_or("automatic")? {
        return Ok(None);
    }
    let (says, harm) = harm(context, action).ok_or("harm_minutes")?;
    let responders = responders(context, planes, action);
    let response = |node: NodeIx| graph.node(node).attrs.text(Attr::Response);
    if responders.iter().any(|&node| response(node) == Some("automated")) {
        return Ok(None);
    }
    let paged: Vec<NodeIx> =
        responders.into_iter().filter(|&node| response(node) == Some("paged")).collect();
    if paged.is_empty() {
        return Err("response of who answers for it");
    }
    let timed = paged.iter().filter_map(|&node| Some((minutes(context, node)?, node)));
    let fastest = timed.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (fastest, answers) = fastest.ok_or("response_minutes")?;
    if fastest <= harm {
        return Ok(None);
    }
    let message = format!(
        "Action `{}` does harm within {} minutes, and only people answer: {} after {}",
        context.name(action),
        significant(harm),
        listed([context.name(answers)]),
        significant(fastest)
    );
    let mut finding = Finding::new(&META, graph, action, message)
        .number("fastest answer", fastest, harm, "minutes")
        .magnitude((fastest / harm.max(1.0)).log2().max(0.5))
        .said(graph, says, Attr::HarmMinutes, "does harm within");
    for node in paged {
        finding = finding
            .with("answers", node)
            .said(graph, node, Attr::Response, format!("{} pages people", context.name(node)))
            .rows(TableKind::Alerts, context.measured.alert_monitor().rows_of(node));
    }
    Ok(Some(finding))
}

/// The least of what the action and the surfaces that it acts on say, and who says it.
fn harm(context: &Context<'_>, action: NodeIx) -> Option<(NodeIx, f64)> {
    let surfaces = context
        .edges_from(action, |kind| kind == EdgeKind::ActsOn)
        .map(|edge| context.graph.edge(edge).to);
    std::iter::once(action)
        .chain(surfaces)
        .filter_map(|node| Some((node, context.graph.node(node).attrs.number(Attr::HarmMinutes)?)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Control planes of its owner, those that gate it or what decides it, and monitors of those.
fn responders(context: &Context<'_>, planes: &Planes, action: NodeIx) -> Vec<NodeIx> {
    let graph = context.graph;
    let mut found: Vec<NodeIx> = Vec::new();
    let mut add = |node: NodeIx| {
        if !found.contains(&node) {
            found.push(node);
        }
    };
    for cause in causes(context, action) {
        for edge in context.edges_into(cause, |kind| kind == EdgeKind::Gates) {
            add(graph.edge(edge).from);
        }
        for edge in
            context.edges_from(cause, |kind| matches!(kind, EdgeKind::Reads(_) | EdgeKind::Feeds))
        {
            let reader = graph.edge(edge).to;
            if graph.kind(reader) == NodeKind::Monitor {
                add(reader);
                context
                    .edges_from(reader, |kind| kind == EdgeKind::Alerts)
                    .for_each(|edge| add(graph.edge(edge).to));
            }
        }
    }
    let owner = graph.node(action).owner;
    if owner.is_some() {
        planes.get(&owner).into_iter().flatten().copied().for_each(add);
    }
    found.retain(|&node| matches!(graph.kind(node), NodeKind::ControlPlane | NodeKind::Monitor));
    found
}

/// The action, and thresholds, predictions and models that decide it.
pub(super) fn causes(context: &Context<'_>, action: NodeIx) -> Vec<NodeIx> {
    let mut found = vec![action];
    let mut open = VecDeque::from([action]);
    while let Some(node) = open.pop_front() {
        for edge in
            context.edges_into(node, |kind| matches!(kind, EdgeKind::Decides | EdgeKind::Emits))
        {
            let from = context.graph.edge(edge).from;
            if !found.contains(&from) {
                found.push(from);
                open.push_back(from);
            }
        }
    }
    found
}

/// What it says, else the middle of what the table shows.
fn minutes(context: &Context<'_>, responder: NodeIx) -> Option<f64> {
    let said = context.graph.node(responder).attrs.number(Attr::ResponseMinutes);
    said.or_else(|| {
        let table = &context.graph.tables().alerts;
        let rows = context.measured.alert_monitor().rows_of(responder);
        let mut measured: Vec<f64> =
            rows.iter().filter_map(|&row| table[row as usize].row.answered_minutes).collect();
        measured.sort_by(f64::total_cmp);
        measured.get(measured.len() / 2).copied()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{day, graph_with, judge, judge_graph, row};
    use crate::model::AlertRow;

    fn text(harm: u32, response: &str) -> String {
        format!(
            "model m\nprediction p\naction a automatic=yes harm_minutes={harm}\nmonitor w {response}\n\
             m -emits-> p\np -decides-> a\np -reads-> w"
        )
    }

    #[test]
    fn fires_where_people_are_slower_than_the_harm() {
        let judged = judge(&NoAutomatedResponse, &text(3, "response=paged response_minutes=45"));
        assert_eq!(judged.subjects(), ["a warning"]);
        assert_eq!(judged.others("answers"), ["w"]);
    }

    #[test]
    fn is_silent_where_they_are_fast_enough_or_a_machine_answers() {
        for (harm, response) in [
            (45, "response=paged response_minutes=45"),
            (3, "response=automated response_minutes=1"),
        ] {
            let judged = judge(&NoAutomatedResponse, &text(harm, response));
            assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]), "{response}");
        }
        let plane = "\ncontrol_plane c response=automated\nc -gates-> m";
        let judged =
            judge(&NoAutomatedResponse, &(text(3, "response=paged response_minutes=45") + plane));
        assert_eq!(judged.status, Status::Pass);
        assert_eq!(judge(&NoAutomatedResponse, "action a automatic=no").status, Status::Pass);
    }

    #[test]
    fn the_table_tells_how_fast_where_nobody_says() {
        let judged_with = |harm| {
            let graph = graph_with(&text(harm, "response=paged"), |tables| {
                let answered = |minutes| {
                    row(AlertRow {
                        monitor: "w".into(),
                        date: day("2026-11-01"),
                        receiver: "c".into(),
                        answered_minutes: minutes,
                    })
                };
                tables.alerts = vec![
                    answered(Some(80.0)),
                    answered(None),
                    answered(Some(20.0)),
                    answered(Some(50.0)),
                ];
            });
            judge_graph(&NoAutomatedResponse, graph)
        };
        assert_eq!(judged_with(49).subjects(), ["a warning"]);
        assert_eq!(judged_with(50).status, Status::Pass);
    }

    #[test]
    fn without_its_input_it_is_open() {
        assert_eq!(judge(&NoAutomatedResponse, "action a").status, Status::Open);
        assert_eq!(judge(&NoAutomatedResponse, "action a automatic=yes").status, Status::Open);
        assert_eq!(
            judge(&NoAutomatedResponse, "action a automatic=yes harm_minutes=3").status,
            Status::Open
        );
        assert_eq!(judge(&NoAutomatedResponse, &text(3, "response=paged")).status, Status::Open);
        assert_eq!(judge(&NoAutomatedResponse, "model m").status, Status::Open);
    }
}
