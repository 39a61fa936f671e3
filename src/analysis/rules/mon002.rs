//! MON002, no action limit.

use crate::analysis::{
    Context, Evidence, Finding, Open, Rule, RuleMeta, Section, Verdicts, Weight,
};
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
Finds actions that the system takes by itself (`automatic`) without a limit on how much it may do. Whether anything alerts when they go
wrong is named in the finding. Actions that do not say whether they are automatic stay open.

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
        for action in context.nodes_of(NodeKind::Action) {
            let attrs = &context.graph.node(action).attrs;
            let Some(automatic) = attrs.get(Attr::Automatic) else {
                verdicts.open(Open { subject: Some(action), missing: "automatic" });
                continue;
            };
            verdicts.judged();
            if attrs.flag(Attr::Automatic) != Some(true) || attrs.text(Attr::Limit).is_some() {
                continue;
            }
            let watch = match is_watched(context, action) {
                true => "a monitor watches it",
                false => "nothing watches it",
            };
            let message =
                format!("Action `{}` is automatic and has no limit; {watch}", context.name(action));
            let said =
                Evidence::Place { label: "said to be automatic".to_owned(), at: automatic.at };
            verdicts.found(Finding::new(&META, context.graph, action, message).because(said));
        }
    }
}

fn is_watched(context: &Context<'_>, action: NodeIx) -> bool {
    context
        .edges_from(action, |kind| matches!(kind, EdgeKind::Reads(_) | EdgeKind::Feeds))
        .any(|edge| context.graph.node(context.graph.edge(edge).to).kind == NodeKind::Monitor)
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
        assert!(judged.findings[0].message.ends_with("a monitor watches it"));
    }

    #[test]
    fn is_silent_on_limited_and_manual_actions() {
        let judged =
            judge(&NoActionLimit, "action a automatic=yes limit=1000/day\naction b automatic=no");
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn unsaid_is_open() {
        assert_eq!(judge(&NoActionLimit, "action a limit=3").status, Status::Open);
        assert_eq!(judge(&NoActionLimit, "model m").status, Status::Open);
    }
}
