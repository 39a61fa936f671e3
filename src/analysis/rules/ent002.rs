//! ENT002, correlated errors in an ensemble.

use crate::analysis::context::days_between;
use crate::analysis::metric::improvement;
use crate::analysis::words::{counted, listed, significant};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, DeploymentRow, NodeIx, NodeKind, TableKind};
use jiff::civil::Date;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct CorrelatedErrors;

static CORRELATION: Parameter = Parameter {
    key: "correlation",
    default: 0.6,
    range: (0.0, 1.0),
    unit: "",
    doc: "Mean correlation of the members' errors at which they count as alike.",
};

static RISE: Parameter = Parameter {
    key: "rise",
    default: 0.1,
    range: (0.0, 2.0),
    unit: "",
    doc: "Rise of the mean correlation over its baseline that is found, whatever the level.",
};

static WINDOW_DAYS: Parameter = Parameter {
    key: "window_days",
    default: 14.0,
    range: (0.0, 365.0),
    unit: "days",
    doc: "An ensemble that gets worse within these days of a member's gain is laid to that gain.",
};

static META: RuleMeta = RuleMeta {
    code: "ENT002",
    name: "correlated errors in an ensemble",
    section: Section::Entanglement,
    weight: Weight::Warning,
    remedy: "Give the members different data, features or ways to learn, and judge a member by what it does for the ensemble.",
    verify: "Measure the correlation of the members' errors again on held-out data.",
    parameters: &[&CORRELATION, &RISE, &WINDOW_DAYS],
    docs: "\
## What it does
Finds ensembles whose members err alike: a high mean correlation of their errors, or one that has risen. It weighs more when a member
got better and the ensemble worse soon after. An ensemble whose errors were not compared is open.

Where single predictions are at hand, the errors of members that a manifest puts into one `ensemble` are compared.

## Why it is bad
An ensemble is better than its members only as far as their errors differ. Of `k` members whose errors correlate by ρ, only
`k / (1 + (k − 1) ρ)` count. Improving one member can then make the whole worse, so the members cannot be improved one by one.

Labels that are wrong raise the correlation of all members alike and cannot be mended by other members. Where the correlation was as
high in the baseline, the finding says so and is less sure.

## Example
Both members of a spam filter learn the same new policy text. Their errors correlate .71 instead of .38, and a better text model makes
the ensemble worse.

## How to fix
Diversify: other data, features, ways to learn. Deploy a member only when the ensemble gains.

## How to verify
Compare the members' errors on the same held-out rows, before and after.

## References
Sculley et al. 2015, §2, entanglement: ensembles work well because the errors in the component models are uncorrelated.
",
};

/// What was measured of one ensemble.
#[derive(Default)]
struct Measurement {
    rows: Vec<u32>,
    members: Vec<NodeIx>,
}

impl Rule for CorrelatedErrors {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for (ensemble, measurement) in ensembles(context) {
            if measurement.rows.is_empty() {
                let missing = "correlation of the members' errors";
                verdicts.open(Open { subject: Some(ensemble), missing });
                continue;
            }
            verdicts.judged();
            if let Some(finding) = finding(context, ensemble, &measurement) {
                verdicts.found(finding);
            }
        }
    }
}

/// Ensembles that models name or that the table names, with their members in the order of the graph.
fn ensembles(context: &Context<'_>) -> BTreeMap<NodeIx, Measurement> {
    let graph = context.graph;
    let mut ensembles: BTreeMap<NodeIx, Measurement> = BTreeMap::new();
    for member in context.nodes_of(NodeKind::Model) {
        let named = graph.node(member).attrs.text(Attr::Ensemble).and_then(|id| graph.find(id));
        if let Some(ensemble) = named {
            ensembles.entry(ensemble).or_default().members.push(member);
        }
    }
    let columns = &context.measured;
    for row in 0..graph.tables().residual_correlation.len() as u32 {
        if let Some(ensemble) = columns.residual_ensemble().node(row) {
            let measurement = ensembles.entry(ensemble).or_default();
            measurement.rows.push(row);
            let ends = [columns.residual_a().node(row), columns.residual_b().node(row)];
            measurement.members.extend(ends.into_iter().flatten());
        }
    }
    for measurement in ensembles.values_mut() {
        measurement.members.sort_unstable();
        measurement.members.dedup();
    }
    ensembles
}

fn finding(context: &Context<'_>, ensemble: NodeIx, measurement: &Measurement) -> Option<Finding> {
    let table = &context.graph.tables().residual_correlation;
    let rows = || measurement.rows.iter().map(|&row| &table[row as usize].row);
    let mean = rows().map(|row| row.rho).sum::<f64>() / measurement.rows.len() as f64;
    let rises: Vec<f64> = rows().filter_map(|row| Some(row.rho - row.baseline?)).collect();
    let rise = (!rises.is_empty()).then(|| rises.iter().sum::<f64>() / rises.len() as f64);
    let (most, most_rise) = (context.value(&META, &CORRELATION), context.value(&META, &RISE));
    let (high, risen) = (mean >= most, rise.is_some_and(|rise| rise >= most_rise - 1e-9));
    if !high && !risen {
        return None;
    }
    let k = measurement.members.len().max(2) as f64;
    let effective = k / (1.0 + (k - 1.0) * mean.clamp(0.0, 1.0));
    let names: Vec<&str> = measurement.members.iter().map(|&member| context.name(member)).collect();
    let mut message = format!(
        "Errors of {} in ensemble `{}` correlate {}",
        listed(names),
        context.name(ensemble),
        significant(mean)
    );
    match rise {
        Some(rise) if risen => message += &format!(", up by {}", significant(rise)),
        Some(_) => message += ", as they did in the baseline, which wrong labels would explain",
        None => {}
    }
    message += &format!(
        "; {} count for {}",
        counted(k as usize, "member", "members"),
        significant(effective)
    );
    let backfire = backfire(context, ensemble, &measurement.members);
    if let Some(backfire) = &backfire {
        message += &format!(
            "; when `{}` got better on {}, the ensemble got worse",
            context.name(backfire.member),
            backfire.date
        );
    }
    let mut finding = Finding::new(&META, context.graph, ensemble, message)
        .number("mean correlation of errors", mean, most, "")
        .because(Evidence::Rows {
            table: TableKind::ResidualCorrelation,
            rows: measurement.rows.clone(),
        })
        .because(Evidence::Number {
            label: "members that count".into(),
            value: effective,
            threshold: None,
            unit: "members",
        });
    if let Some(rise) = rise {
        finding = finding.number("rise over the baseline", rise, most_rise, "");
    }
    if rise.is_some() && !risen {
        finding = finding.confidence(0.6);
    }
    for &member in &measurement.members {
        finding = finding.with("member", member);
    }
    if let Some(backfire) = backfire {
        finding = finding
            .weight(Weight::Error)
            .because(Evidence::Rows { table: TableKind::Deployments, rows: backfire.rows.into() });
    }
    Some(finding)
}

/// A member's gain with a loss of the ensemble after it.
struct Backfire {
    member: NodeIx,
    date: Date,
    rows: [u32; 2],
}

/// The last gain of a member within so many days before a loss of the ensemble.
fn backfire(context: &Context<'_>, ensemble: NodeIx, members: &[NodeIx]) -> Option<Backfire> {
    let table = &context.graph.tables().deployments;
    let window = context.value(&META, &WINDOW_DAYS);
    let change = |row: &DeploymentRow| improvement(&row.metric, row.before, row.after);
    let of = |model: NodeIx| {
        let rows = context.measured.deployment_model().rows_of(model).iter();
        rows.map(|&position| (position, &table[position as usize].row))
    };
    let losses: Vec<(u32, &DeploymentRow)> =
        of(ensemble).filter(|(_, row)| change(row) < 0.0).collect();
    let found = members.iter().flat_map(|&member| {
        of(member).filter(|(_, row)| change(row) > 0.0).filter_map({
            let losses = &losses;
            move |(position, gain)| {
                let (loss, _) = losses.iter().find(|(_, loss)| {
                    let days = days_between(gain.date, loss.date);
                    days >= 0 && f64::from(days) <= window
                })?;
                Some(Backfire { member, date: gain.date, rows: [position, *loss] })
            }
        })
    });
    found.max_by_key(|backfire| (backfire.date, backfire.member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, day, graph_with, judge_graph, row};
    use crate::model::ResidualCorrelationRow;

    const MEMBERS: &str = "model e\nmodel a ensemble=e\nmodel b ensemble=e";

    /// The ensemble with a correlation, a baseline, and deployments as model, day, before, after.
    fn judged(rho: f64, baseline: Option<f64>, deployments: &[(&str, &str, f64, f64)]) -> Judged {
        let graph = graph_with(MEMBERS, |tables| {
            tables.residual_correlation = vec![row(ResidualCorrelationRow {
                ensemble: "e".into(),
                a: "a".into(),
                b: "b".into(),
                rho,
                baseline,
            })];
            tables.deployments = deployments
                .iter()
                .map(|&(model, date, before, after)| {
                    row(DeploymentRow {
                        model: model.into(),
                        version: "1".into(),
                        date: day(date),
                        metric: "auc".into(),
                        before,
                        after,
                    })
                })
                .collect();
        });
        judge_graph(&CorrelatedErrors, graph)
    }

    #[test]
    fn fires_on_errors_that_are_alike_or_have_grown_alike() {
        let found = judged(0.71, None, &[]);
        assert_eq!(found.subjects(), ["e warning"]);
        assert_eq!(found.others("member"), ["a", "b"]);
        assert!(found.message(0).contains("2 members count for 1.2"));
        assert_eq!(judged(0.3, Some(0.2), &[]).subjects(), ["e warning"]);
    }

    #[test]
    fn weighs_more_when_a_gain_backfired() {
        let gain = ("a", "2026-09-08", 0.90, 0.91);
        let found = judged(0.71, Some(0.38), &[gain, ("e", "2026-09-10", 0.947, 0.941)]);
        assert_eq!(found.subjects(), ["e error"]);
        let too_late = ("e", "2026-10-10", 0.947, 0.941);
        assert_eq!(judged(0.71, Some(0.38), &[gain, too_late]).subjects(), ["e warning"]);
    }

    #[test]
    fn is_silent_on_errors_that_differ() {
        let found = judged(0.12, Some(0.1), &[]);
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn a_correlation_that_was_always_there_is_less_sure() {
        let found = judged(0.7, Some(0.69), &[]);
        assert!(found.findings[0].confidence < 1.0, "labels may be wrong for all members");
        assert!(found.message(0).contains("wrong labels"));
    }

    #[test]
    fn without_the_table_it_is_open() {
        assert_eq!(
            judge_graph(&CorrelatedErrors, graph_with(MEMBERS, |_| {})).status,
            Status::Open
        );
    }
}
