//! UTL006, transitional duplicate.

use crate::analysis::words::{listed, percent};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, AttrEntry, EdgeIx, NodeIx, NodeKind};
use std::cmp::Reverse;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct TransitionalDuplicate;

static FALL: Parameter = Parameter {
    key: "fall",
    default: 0.005,
    range: (0.0, 1.0),
    unit: "share of the rows",
    doc: "A coverage that fell by less than this within 90 days is stable.",
};

static META: RuleMeta = RuleMeta {
    code: "UTL006",
    name: "transitional duplicate",
    section: Section::DataDependencies,
    weight: Weight::Error,
    remedy: "Train the models on the new identifier alone, compare, and only then delete what fills in the old one.",
    verify: "No live model takes the old identifier in.",
    parameters: &[&FALL],
    docs: "\
## What it does
Finds signals that name the same sort of thing (`identifier`, `entity`) as another, whose coverage is falling, whose producer is due for
deletion, and that a live model still takes in. The newer signal is the one that stays. An identifier that does not say how its coverage
moves, or whose producer is not known, is open.

## Why it is bad
The model relies on the old numbers for some things and on the new for others. On the day when the code that fills the old ones is
deleted, it fails for the first sort, all at once.

## Example
Old products have both numbers, new ones the new only. The job that fills the old ones is deleted on 31 January; the click model still
takes them in.

## How to fix
Train without the old numbers, mend what they were needed for, deploy, and delete the job last.

## How to verify
The job's output has no reader; the model's metric holds for products that have both.

## References
Sculley et al. 2015, §3, underutilized data dependencies: old and new product numbers.
",
};

impl Rule for TransitionalDuplicate {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for (entity, identifiers) in identifiers(context) {
            if identifiers.len() < 2 {
                continue;
            }
            for &signal in &identifiers {
                let models = live_models(context, signal);
                if models.is_empty() {
                    continue;
                }
                match coverage(context, signal) {
                    None => {
                        let missing = "coverage and coverage_before";
                        verdicts.open(Open { subject: Some(signal), missing });
                    }
                    Some(coverage) => {
                        judge(context, entity, signal, coverage, &identifiers, &models, verdicts);
                    }
                }
            }
        }
    }
}

/// Signals that name things, by the sort of thing.
fn identifiers<'a>(context: &Context<'a>) -> BTreeMap<&'a str, Vec<NodeIx>> {
    let mut by_entity: BTreeMap<&str, Vec<NodeIx>> = BTreeMap::new();
    for signal in context.nodes_of(NodeKind::Signal) {
        let attrs = &context.graph.node(signal).attrs;
        if attrs.flag(Attr::Identifier) == Some(true)
            && let Some(entity) = attrs.text(Attr::Entity)
        {
            by_entity.entry(entity).or_default().push(signal);
        }
    }
    by_entity
}

fn live_models(context: &Context<'_>, signal: NodeIx) -> Vec<(NodeIx, EdgeIx)> {
    let mut models = context.models_fed_by(signal).to_vec();
    models.retain(|&(model, _)| context.is_live(model));
    models
}

/// Share of rows with a value, 90 days ago and now.
fn coverage(context: &Context<'_>, signal: NodeIx) -> Option<(f64, f64)> {
    let attrs = &context.graph.node(signal).attrs;
    Some((attrs.number(Attr::CoverageBefore)?, attrs.number(Attr::Coverage)?))
}

fn judge(
    context: &Context<'_>,
    entity: &str,
    signal: NodeIx,
    coverage: (f64, f64),
    identifiers: &[NodeIx],
    models: &[(NodeIx, EdgeIx)],
    verdicts: &mut Verdicts,
) {
    if coverage.0 - coverage.1 < context.value(&META, &FALL) {
        return verdicts.judged();
    }
    let Some(going) = going(context, signal) else {
        if context.producers(signal).next().is_some() {
            verdicts.judged();
        } else {
            verdicts.open(Open { subject: Some(signal), missing: "producer" });
        }
        return;
    };
    verdicts.judged();
    if let Some(newer) = newer(context, signal, identifiers) {
        verdicts.found(finding(context, entity, signal, newer, coverage, &going, models));
    }
}

/// What will be deleted, with the statement that says so.
struct Going<'c> {
    node: NodeIx,
    /// From the producer to the signal; none where the signal itself is deleted.
    edge: Option<EdgeIx>,
    said: &'c AttrEntry,
}

/// The producer that is deleted or deprecated, or the signal's own day of deletion; the first day counts.
fn going<'c>(context: &'c Context<'_>, signal: NodeIx) -> Option<Going<'c>> {
    let says = |node: NodeIx, edge: Option<EdgeIx>, attr: Attr| {
        let said = context.graph.node(node).attrs.get(attr)?;
        Some(Going { node, edge, said })
    };
    let producers = context.producers(signal).flat_map(|(producer, edge)| {
        says(producer, Some(edge), Attr::Expires)
            .or_else(|| says(producer, Some(edge), Attr::Deprecated))
    });
    let day = |going: &Going<'_>| context.graph.node(going.node).attrs.date(going.said.attr);
    producers.chain(says(signal, None, Attr::Expires)).min_by_key(day)
}

/// The identifier of the same things that stays: the one that covers most, the youngest of those.
fn newer(context: &Context<'_>, signal: NodeIx, identifiers: &[NodeIx]) -> Option<NodeIx> {
    let stays = identifiers.iter().copied().filter(|&other| {
        let falls = coverage(context, other).is_some_and(|(before, now)| now < before);
        other != signal && !(falls && going(context, other).is_some())
    });
    stays.min_by_key(|&other| {
        let attrs = &context.graph.node(other).attrs;
        let covered = attrs.number(Attr::Coverage).unwrap_or(0.0);
        (Reverse((covered * 1e6) as u64), Reverse(attrs.date(Attr::Introduced)), other)
    })
}

fn finding(
    context: &Context<'_>,
    entity: &str,
    signal: NodeIx,
    newer: NodeIx,
    (before, now): (f64, f64),
    going: &Going<'_>,
    models: &[(NodeIx, EdgeIx)],
) -> Finding {
    let what = if going.said.attr == Attr::Expires { "deleted on" } else { "deprecated since" };
    let whose = if going.node == signal { "it" } else { "what fills it in" };
    let message = format!(
        "Signal `{}` names the same {entity} as `{}`, its coverage fell from {} to {}, and {whose} is {what} {}, but {} {} it in",
        context.name(signal),
        context.name(newer),
        percent(before),
        percent(now),
        going.said.value,
        listed(models.iter().map(|&(model, _)| context.name(model))),
        if models.len() == 1 { "takes" } else { "take" },
    );
    let threshold = before - context.value(&META, &FALL);
    let mut finding = Finding::new(&META, context.graph, signal, message)
        .with("keep", newer)
        .number("coverage now, below that of 90 days ago", now, threshold, "")
        .because(Evidence::Place {
            label: format!("{} is {what} {}", context.name(going.node), going.said.value).into(),
            at: going.said.at,
        })
        .magnitude(models.len() as f64);
    if going.node != signal {
        finding = finding.with("producer", going.node);
    }
    if let Some(days) =
        context.graph.node(going.node).attrs.date(Attr::Expires).map(|date| -context.age_days(date))
    {
        let label = "days until the deletion".into();
        let unit = "days";
        finding =
            finding.because(Evidence::Number { label, value: days as f64, threshold: None, unit });
    }
    for &(model, edge) in models {
        let label = ("goes into", model).into();
        let edges = going.edge.into_iter().chain([edge]).collect();
        let witness = Witness { edges, closed: false };
        finding = finding.with("model", model).because(Evidence::Walk { label, witness });
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, judge};

    const NUMBERS: &str = "\
        job legacy expires=2027-01-31\n\
        signal old identifier=yes entity=product coverage=0.58 coverage_before=0.71\n\
        signal new identifier=yes entity=product coverage=0.97 coverage_before=0.89\n\
        model m\nlegacy -writes-> old\nold -input_to-> m\nnew -input_to-> m";

    fn judged(text: &str) -> Judged {
        judge(&TransitionalDuplicate, text)
    }

    #[test]
    fn fires_on_the_product_numbers() {
        let found = judged(NUMBERS);
        assert_eq!(found.subjects(), ["old error"]);
        assert_eq!((found.others("keep"), found.others("producer")), (vec!["new"], vec!["legacy"]));
        assert_eq!(found.others("model"), ["m"]);
    }

    #[test]
    fn is_silent_on_each_near_miss() {
        for (from, to) in [
            ("coverage=0.58", "coverage=0.71"),
            (" expires=2027-01-31", ""),
            ("entity=product coverage=0.97", "entity=shopper coverage=0.97"),
            ("model m", "model m deprecated=2026-01-01"),
            ("old -input_to-> m\n", ""),
        ] {
            assert!(judged(&NUMBERS.replace(from, to)).findings.is_empty(), "{from}");
        }
    }

    #[test]
    fn never_proposes_both_identifiers() {
        let both = NUMBERS
            .replace("coverage=0.97 coverage_before=0.89", "coverage=0.6 coverage_before=0.7");
        let both = format!("{both}\nlegacy -writes-> new");
        assert!(judged(&both).findings.is_empty(), "neither would be left");
    }

    #[test]
    fn without_coverage_or_producer_it_is_open() {
        let text = NUMBERS.replace("coverage=0.58 coverage_before=0.71", "");
        assert_eq!(judged(&text).open, ["old: coverage and coverage_before"]);
        let text = NUMBERS.replace("legacy -writes-> old\n", "");
        assert_eq!(judged(&text).open, ["old: producer"]);
        assert_eq!(judged("signal s identifier=yes entity=x").status, Status::Open);
    }
}
