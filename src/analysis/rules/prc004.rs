//! PRC004, no recovery.

use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind, TableKind};

#[derive(Debug)]
pub(super) struct NoRecovery;

static MOST_DAYS: Parameter = Parameter {
    key: "most_drill_days",
    default: 180.0,
    range: (1.0, 3650.0),
    unit: "days",
    doc: "A rehearsal of the recovery that is older counts no more.",
};

static META: RuleMeta = RuleMeta {
    code: "PRC004",
    name: "no recovery",
    section: Section::OtherAreas,
    weight: Weight::Warning,
    remedy: "Write down how it is taken back and run again, and who does it; rehearse that twice a year.",
    verify: "`rollback` and `replay` are set, somebody owns it, and `last_drill` is younger than half a year.",
    parameters: &[&MOST_DAYS],
    docs: "\
## What it does
Finds jobs and models that cannot be taken back (`rollback`), cannot be run again for the past (`replay`) or have no owner, and those
whose recovery was last rehearsed more than 180 days ago. One with everything but a rehearsal stays open when nobody says when that was.
While nobody in the system speaks of recovery, all stay open.

## Why it is bad
At the incident is the wrong time to find out that the previous version was deleted, or that the log is only kept for a day.

## Example
The topics were renumbered and newcomers' clicks fell. There was no way back; it took 26 hours to train anew.

## How to fix
Keep the last good version and a command that brings it back. Keep inputs long enough to run again. Do it on an ordinary day.

## How to verify
A drill, with its date in the manifest.

## References
Sculley et al. 2015, §8, process management debt: tooling to aid recovery from production incidents.
",
};

impl Rule for NoRecovery {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let practised = [Attr::Rollback, Attr::Replay, Attr::LastDrill]
            .into_iter()
            .any(|attr| context.is_said(attr));
        for node in context.nodes_of(NodeKind::Job).chain(context.nodes_of(NodeKind::Model)) {
            if !practised {
                verdicts
                    .open(Open { subject: Some(node), missing: "rollback, replay and last_drill" });
                continue;
            }
            let missing = missing(context, node);
            let drill = context.graph.node(node).attrs.date(Attr::LastDrill);
            let days = drill.map(|date| context.age_days(date));
            if missing.is_empty() && days.is_none() {
                verdicts.open(Open { subject: Some(node), missing: "last_drill" });
                continue;
            }
            verdicts.judged();
            let old = days.filter(|&days| days as f64 > context.value(&META, &MOST_DAYS));
            if old.is_some() || !missing.is_empty() {
                verdicts.found(finding(context, node, &missing, old));
            }
        }
    }
}

fn missing(context: &Context<'_>, node: NodeIx) -> Vec<&'static str> {
    let of = context.graph.node(node);
    [
        ("rollback", of.attrs.text(Attr::Rollback).is_some()),
        ("replay", of.attrs.text(Attr::Replay).is_some()),
        ("owner", of.owner.is_some()),
    ]
    .into_iter()
    .filter_map(|(what, is_there)| (!is_there).then_some(what))
    .collect()
}

fn finding(context: &Context<'_>, node: NodeIx, missing: &[&str], old: Option<i64>) -> Finding {
    let graph = context.graph;
    let mut parts: Vec<String> = Vec::new();
    match missing {
        [] => {}
        [only] => parts.push(format!("has no {only}")),
        [most @ .., last] => parts.push(format!("has no {} and no {last}", most.join(", no "))),
    }
    if let Some(days) = old {
        parts.push(format!("last rehearsed its recovery {days} days ago"));
    }
    let message = format!("{} {}", context.title(node), parts.join(", and "));
    let mut finding = Finding::new(&META, graph, node, message)
        .magnitude(0.5 + 0.25 * missing.len() as f64 + context.criticality(node) / 2.0)
        .rows(TableKind::Incidents, context.measured.incident_node().rows_of(node));
    if !missing.is_empty() {
        finding = finding.number("what recovery lacks", missing.len() as f64, 0.0, "of 3");
    }
    if let Some(days) = old {
        finding = finding
            .number("last drill", days as f64, context.value(&META, &MOST_DAYS), "days ago")
            .said(graph, node, Attr::LastDrill, "last drill");
    }
    for attr in [Attr::Rollback, Attr::Replay] {
        finding = finding.said(graph, node, attr, attr.meta().key);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    #[test]
    fn fires_on_what_cannot_be_taken_back() {
        let judged = judge(
            &NoRecovery,
            "job j owner=ads rollback=image\nmodel m rollback=a replay=b last_drill=2026-11-01",
        );
        assert_eq!(judged.subjects(), ["j warning", "m warning"]);
        assert!(judged.message(0).ends_with("has no replay"));
        assert!(judged.message(1).ends_with("has no owner"));
    }

    #[test]
    fn an_old_drill_fires_and_a_young_one_does_not() {
        let text = |date: &str| format!("job j owner=ads rollback=a replay=b last_drill={date}");
        assert_eq!(judge(&NoRecovery, &text("2026-05-18")).subjects(), ["j warning"]);
        let young = judge(&NoRecovery, &text("2026-05-19"));
        assert_eq!((young.status, young.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn without_a_word_on_recovery_it_is_open() {
        assert_eq!(judge(&NoRecovery, "job j owner=ads").status, Status::Open);
        assert_eq!(judge(&NoRecovery, "job j owner=ads rollback=a replay=b").status, Status::Open);
        assert_eq!(judge(&NoRecovery, "dataset d").status, Status::Open);
    }
}
