//! PRC005, manual process.

use crate::analysis::words::percent;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct ManualProcess;

static MOST_STEPS: Parameter = Parameter {
    key: "manual_steps",
    default: 3.0,
    range: (1.0, 100.0),
    unit: "steps",
    doc: "From how many steps by hand on a process is found.",
};
static MOST_SHARE: Parameter = Parameter {
    key: "manual_share",
    default: 0.3,
    range: (0.0, 1.0),
    unit: "share of steps",
    doc: "From which share of steps by hand on a process is found.",
};
static LEAST_RUNS: Parameter = Parameter {
    key: "least_runs_per_month",
    default: 1.0,
    range: (0.0, 1000.0),
    unit: "runs a month",
    doc: "A process that runs less often is left alone.",
};

/// For processes that say how far apart their runs are.
const DAYS_A_MONTH: f64 = 365.25 / 12.0;

static META: RuleMeta = RuleMeta {
    code: "PRC005",
    name: "manual process",
    section: Section::OtherAreas,
    weight: Weight::Note,
    remedy: "Automate the steps that are done by hand most often, or do the process less often.",
    verify: "`manual_steps` falls below the mark.",
    parameters: &[&MOST_STEPS, &MOST_SHARE, &LEAST_RUNS],
    docs: "\
## What it does
Finds jobs and trainings with three or more steps by hand, or three in ten, that run monthly or more often (`runs_per_month`, else
`cadence_days`). Where one of these is not said and could decide, they stay open.

## Why it is bad
A step by hand is forgotten on the day when its one master is away, and done differently by the next. What is tedious is done seldom, and
so nothing is ever tried anew.

## Example
Somebody opens the marketing plan twice a month and types its dates into a table.

## How to fix
Script the step, or read the data where it is kept. Keep people for what needs judgement.

## How to verify
Somebody else runs it with one command.

## References
Sculley et al. 2015, §8, process management debt: common processes with many manual steps.
",
};

impl Rule for ManualProcess {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for node in context.nodes_of(NodeKind::Job).chain(context.nodes_of(NodeKind::Model)) {
            match judge(context, node) {
                Ok(finding) => {
                    verdicts.judged();
                    finding.into_iter().for_each(|finding| verdicts.found(finding));
                }
                Err(missing) => verdicts.open(Open { subject: Some(node), missing }),
            }
        }
    }
}

fn judge(context: &Context<'_>, node: NodeIx) -> Result<Option<Finding>, &'static str> {
    let graph = context.graph;
    let attrs = &graph.node(node).attrs;
    let manual = attrs.number(Attr::ManualSteps).ok_or("manual_steps")?;
    if manual <= 0.0 {
        return Ok(None);
    }
    let steps = attrs.number(Attr::Steps).filter(|steps| *steps > 0.0);
    let share = steps.map(|steps| (manual / steps).min(1.0));
    let is_many = manual >= context.value(&META, &MOST_STEPS);
    let most_share = context.value(&META, &MOST_SHARE);
    if !is_many && share.ok_or("steps")? < most_share {
        return Ok(None);
    }
    let cadence = attrs.number(Attr::CadenceDays).filter(|days| *days > 0.0);
    let runs = attrs.number(Attr::RunsPerMonth).or(cadence.map(|days| DAYS_A_MONTH / days));
    let runs = runs.ok_or("runs_per_month")?;
    if runs < context.value(&META, &LEAST_RUNS) {
        return Ok(None);
    }
    let of = match (steps, share) {
        (Some(steps), Some(share)) => format!(" of {steps} steps ({})", percent(share)),
        _ => " steps".to_owned(),
    };
    let message = format!(
        "{} takes {manual}{of} by hand, {} times a month",
        context.title(node),
        crate::analysis::words::significant(runs)
    );
    let mut finding = Finding::new(&META, graph, node, message)
        .magnitude(0.5 + manual * runs / 30.0)
        .number("runs a month", runs, context.value(&META, &LEAST_RUNS), "runs")
        .said(graph, node, Attr::ManualSteps, "steps by hand");
    if is_many {
        finding =
            finding.number("steps by hand", manual, context.value(&META, &MOST_STEPS), "steps");
    }
    if let Some(share) = share.filter(|share| *share >= most_share) {
        finding = finding.number("share by hand", 100.0 * share, 100.0 * most_share, "% of steps");
    }
    Ok(Some(finding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge as judged;

    fn with(attributes: &str) -> crate::analysis::testing::Judged {
        judged(&ManualProcess, &format!("job j {attributes}"))
    }

    #[test]
    fn fires_on_many_steps_by_hand_and_on_a_large_share() {
        assert_eq!(with("steps=20 manual_steps=3 runs_per_month=2").subjects(), ["j note"]);
        assert_eq!(with("steps=6 manual_steps=2 cadence_days=30").subjects(), ["j note"]);
        assert_eq!(with("manual_steps=3 runs_per_month=1").subjects(), ["j note"]);
    }

    #[test]
    fn is_silent_on_few_and_on_rare_ones() {
        for attributes in [
            "steps=7 manual_steps=2 runs_per_month=30",
            "steps=5 manual_steps=4 runs_per_month=0.5",
            "manual_steps=0",
            "steps=5 manual_steps=4 cadence_days=90",
        ] {
            let found = with(attributes);
            assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]), "{attributes}");
        }
    }

    #[test]
    fn without_its_numbers_it_is_open() {
        for attributes in ["", "manual_steps=2 runs_per_month=30", "steps=5 manual_steps=4"] {
            assert_eq!(with(attributes).status, Status::Open, "{attributes}");
        }
        assert_eq!(judged(&ManualProcess, "dataset d").status, Status::Open);
    }
}
