//! MON002, no action limit.

use super::mon005::causes;
use crate::analysis::decisions::Decisions;
use crate::analysis::{Context, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct NoActionLimit;

static META: RuleMeta = RuleMeta {
    code: "MON002",
    name: "no action limit",
    section: Section::ChangingWorld,
    weight: Weight::Error,
    remedy: "Set a broad limit on what the action may do, and page somebody when it is met.",
    verify: "`limit` is set, and a test drives the action over it and sees it stop and alert.",
    parameters: &[],
    docs: "\
## What it does
Finds actions that the system takes by itself (`automatic`) without a limit on how much it may do, and warns of those that have one and
nothing to alert when it is met: no monitor of the action or of what decides it, and no control plane that gates them. Actions that do
not say whether they are automatic stay open, and so do limited ones while the manifest has neither monitors nor control planes.

## Why it is bad
Models go wrong in ways that nobody foresaw, and an automatic action does the harm at machine speed. A limit that is broad enough never
to be met in good days turns a disaster into an alarm.

## Example
A bidder places 40,000 bids a second. A unit changes upstream, and the month's budget is gone by noon.

## How to fix
Limit the sum, the rate or the share that the action may touch, stop at the limit, and alert a person.

## How to verify
The manifest names the `limit`; a drill shows that it holds.

## References
Sculley et al. 2015, §7, action limits.
",
};

impl Rule for NoActionLimit {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let has_watch = context.graph.nodes().iter().any(|node| {
            node.defined && matches!(node.kind, NodeKind::Monitor | NodeKind::ControlPlane)
        });
        for action in context.nodes_of(NodeKind::Action) {
            let attrs = &context.graph.node(action).attrs;
            let limit = attrs.text(Attr::Limit);
            match attrs.flag(Attr::Automatic) {
                None => verdicts.open(Open { subject: Some(action), missing: "automatic" }),
                Some(true) if limit.is_some() && !has_watch => {
                    let missing = "monitors or control planes";
                    verdicts.open(Open { subject: Some(action), missing });
                }
                Some(automatic) => {
                    verdicts.judged();
                    let watched = automatic && is_watched(context, action);
                    if automatic && (limit.is_none() || !watched) {
                        verdicts.found(finding(context, action, limit, watched));
                    }
                }
            }
        }
    }
}

fn finding(context: &Context<'_>, action: NodeIx, limit: Option<&str>, watched: bool) -> Finding {
    let watch = if watched { "a monitor watches it" } else { "nothing watches it" };
    let (message, weight) = match limit {
        None => (
            format!("Action `{}` is automatic and has no limit; {watch}", context.name(action)),
            Weight::Error,
        ),
        Some(limit) => (
            format!(
                "Action `{}` is automatic, and nothing alerts when it meets its limit ({limit})",
                context.name(action)
            ),
            Weight::Warning,
        ),
    };
    let finding = Finding::new(&META, context.graph, action, message)
        .weight(weight)
        .magnitude(0.5 + context.criticality(action))
        .said(context.graph, action, Attr::Automatic, "said to be automatic")
        .said(context.graph, action, Attr::Limit, "limit");
    let thresholds = context.edges_into(action, |kind| kind == EdgeKind::Decides);
    let thresholds = thresholds.map(|edge| context.graph.edge(edge).from);
    thresholds
        .filter_map(|threshold| Decisions::of(context, threshold))
        .fold(finding, |finding, decisions| decisions.tell_rate(finding))
}

/// Whether a monitor reads the action or what decides it, or a control plane gates one of them.
fn is_watched(context: &Context<'_>, action: NodeIx) -> bool {
    let graph = context.graph;
    causes(context, action).into_iter().any(|cause| {
        let reads = |kind| matches!(kind, EdgeKind::Reads(_) | EdgeKind::Feeds);
        let mut readers = context.edges_from(cause, reads).map(|edge| graph.edge(edge).to);
        let mut gates = context
            .edges_into(cause, |kind| kind == EdgeKind::Gates)
            .map(|edge| graph.edge(edge).from);
        readers.any(|reader| graph.kind(reader) == NodeKind::Monitor)
            || gates.any(|gate| graph.kind(gate) == NodeKind::ControlPlane)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_an_automatic_action_without_limit() {
        let judged = judge(&NoActionLimit, "action bid automatic=yes\nmonitor m\nbid -reads-> m");
        assert_eq!(judged.subjects(), ["bid error"]);
        assert!(judged.message(0).ends_with("a monitor watches it"));
    }

    #[test]
    fn is_silent_on_limited_and_manual_actions() {
        let judged =
            judge(&NoActionLimit, "action a automatic=yes limit=1000/day\naction b automatic=no");
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn a_limit_that_alerts_nobody_is_a_warning() {
        let text = "action a automatic=yes limit=9\nprediction p\nmonitor m\np -decides-> a\n";
        assert_eq!(judge(&NoActionLimit, text).subjects(), ["a warning"]);
        let watched = judge(&NoActionLimit, &format!("{text}p -reads-> m"));
        assert_eq!((watched.status, watched.subjects()), (Status::Pass, vec![]));
        let gated = judge(&NoActionLimit, &format!("{text}control_plane c\nc -gates-> a"));
        assert_eq!(gated.status, Status::Pass);
    }

    #[test]
    fn unsaid_is_open() {
        assert_eq!(judge(&NoActionLimit, "action a limit=3").status, Status::Open);
        assert_eq!(judge(&NoActionLimit, "action a automatic=yes limit=3").status, Status::Open);
        assert_eq!(judge(&NoActionLimit, "model m").status, Status::Open);
    }
}
