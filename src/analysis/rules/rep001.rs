//! REP001, irreproducible.

use crate::analysis::words::significant;
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, NodeIx, NodeKind};

#[derive(Debug)]
pub(super) struct Irreproducible;

static MOST_SPREAD: Parameter = Parameter {
    key: "most_spread",
    default: 3.0,
    range: (0.1, 1000.0),
    unit: "times the tolerance",
    doc: "Spread of reruns above which a model counts as not reproducible.",
};

/// What a rerun needs, and how messages call it.
const NEEDED: &[(Attr, &str)] = &[
    (Attr::Seed, "seed"),
    (Attr::DataSnapshot, "data snapshot"),
    (Attr::CodeHash, "code hash"),
    (Attr::EnvironmentHash, "environment hash"),
    (Attr::InitialConditions, "initial conditions"),
    (Attr::ParallelMode, "parallel mode"),
    (Attr::WorldRecord, "record of the outside world"),
];

/// Words by which people say that there is none.
const NONE: &[&str] = &["", "none", "no", "unknown", "-", "n/a", "null"];

static META: RuleMeta = RuleMeta {
    code: "REP001",
    name: "irreproducible",
    section: Section::OtherAreas,
    weight: Weight::Warning,
    remedy: "Record what is missing with every training, and rerun one training a month.",
    verify: "A rerun from the record gives the metric again, within `rerun_tolerance`.",
    parameters: &[&MOST_SPREAD],
    docs: "\
## What it does
Finds models that lack part of what a rerun needs: the seed, a snapshot of the data, the hashes of code and environment, the initial
conditions, how parallel work is ordered, and a record of the outside world. A value such as `none` counts as missing. It is an error when
reruns were made and their metric spreads over more than three times what is agreed to be harmless. While nobody in the system records
any of it, the models stay open.

## Why it is bad
An improvement that is smaller than the spread of reruns is noise, and nobody knows how large that is. An incident of last month cannot be
looked at again.

## Example
Ten reruns of the click model spread over .0021 of AUC. Its last three improvements were smaller.

## How to fix
Keep the record with the model. Fix the order of parallel work where the spread is too large, or state the spread beside every result.

## How to verify
Rerun, and compare with the tolerance.

## References
Sculley et al. 2015, §8, reproducibility debt.
",
};

impl Rule for Irreproducible {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let practised = NEEDED.iter().any(|&(attr, _)| context.is_said(attr));
        for model in context.nodes_of(NodeKind::Model) {
            let spread = spread(context, model);
            if !practised && spread.is_none() {
                let missing = "seed, data_snapshot and the rest of what a rerun needs";
                verdicts.open(Open { subject: Some(model), missing });
                continue;
            }
            verdicts.judged();
            let missing = if practised { missing(context, model) } else { Vec::new() };
            let is_wide =
                spread.is_some_and(|(times, _)| times > context.value(&META, &MOST_SPREAD));
            if is_wide || !missing.is_empty() {
                verdicts.found(finding(context, model, &missing, spread.filter(|_| is_wide)));
            }
        }
    }
}

fn missing(context: &Context<'_>, model: NodeIx) -> Vec<&'static str> {
    let attrs = &context.graph.node(model).attrs;
    let has = |attr| {
        attrs
            .text(attr)
            .is_some_and(|text| !NONE.contains(&text.trim().to_ascii_lowercase().as_str()))
    };
    NEEDED.iter().filter(|&&(attr, _)| !has(attr)).map(|&(_, name)| name).collect()
}

/// Spread of the reruns as a multiple of what is tolerated, and as such.
fn spread(context: &Context<'_>, model: NodeIx) -> Option<(f64, f64)> {
    let attrs = &context.graph.node(model).attrs;
    let (spread, tolerance) =
        (attrs.number(Attr::RerunSpread)?, attrs.number(Attr::RerunTolerance)?);
    (tolerance > 0.0).then_some((spread / tolerance, spread))
}

fn finding(
    context: &Context<'_>,
    model: NodeIx,
    missing: &[&str],
    wide: Option<(f64, f64)>,
) -> Finding {
    let graph = context.graph;
    let mut parts: Vec<String> = Vec::new();
    if let Some((times, spread)) = wide {
        parts.push(format!(
            "spreads over {} when it is rerun, {} times what is tolerated",
            significant(spread),
            significant(times)
        ));
    }
    match missing {
        [] => {}
        [only] => parts.push(format!("has no {only}")),
        [most @ .., last] => parts.push(format!("has no {} or {last}", most.join(", "))),
    }
    let message = format!("Model `{}` {}", context.name(model), parts.join(", and "));
    let mut finding = Finding::new(&META, graph, model, message)
        .weight(if wide.is_some() { Weight::Error } else { Weight::Warning })
        .magnitude(0.5 + missing.len() as f64 / 4.0);
    if let Some((times, _)) = wide {
        finding = finding
            .number(
                "spread of reruns",
                times,
                context.value(&META, &MOST_SPREAD),
                "times the tolerance",
            )
            .said(graph, model, Attr::RerunSpread, "spread of reruns")
            .said(graph, model, Attr::RerunTolerance, "tolerance");
    }
    if !missing.is_empty() {
        finding = finding.number("what a rerun lacks", missing.len() as f64, 0.0, "of 7");
    }
    for &(attr, name) in NEEDED {
        finding = finding.said(graph, model, attr, name);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;

    const WHOLE: &str = "seed=7 data_snapshot=s code_hash=c environment_hash=e initial_conditions=zeros parallel_mode=single \
        world_record=calendar";

    #[test]
    fn fires_on_what_a_rerun_lacks() {
        let judged = judge(
            &Irreproducible,
            "model m seed=none code_hash=c data_snapshot=s environment_hash=e initial_conditions=z parallel_mode=p",
        );
        assert_eq!(judged.subjects(), ["m warning"]);
        assert!(judged.message(0).ends_with("has no seed or record of the outside world"));
    }

    #[test]
    fn a_wide_spread_of_reruns_is_an_error() {
        let text =
            |spread: f64| format!("model m {WHOLE} rerun_spread={spread} rerun_tolerance=0.0004");
        assert_eq!(judge(&Irreproducible, &text(0.0021)).subjects(), ["m error"]);
        let near = judge(&Irreproducible, &text(0.0012));
        assert_eq!((near.status, near.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn is_silent_on_a_whole_record() {
        let judged = judge(&Irreproducible, &format!("model m {WHOLE}"));
        assert_eq!((judged.status, judged.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn where_nobody_records_it_is_open() {
        assert_eq!(judge(&Irreproducible, "model m").status, Status::Open);
        assert_eq!(judge(&Irreproducible, "dataset d").status, Status::Open);
        assert_eq!(
            judge(&Irreproducible, &format!("model m {WHOLE}\nmodel n")).subjects(),
            ["n warning"]
        );
    }
}
