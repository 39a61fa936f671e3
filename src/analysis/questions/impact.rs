//! Does improving one model degrade others: what followed the gains of one in those downstream of it.

use super::Figure;
use crate::analysis::Context;
use crate::analysis::context::days_between;
use crate::analysis::metric::improvement;
use crate::model::{NodeIx, NodeKind, TableKind};

/// A change downstream within so many days of a gain upstream is laid to it; as in COR002.
const IMPACT_DAYS: i64 = 14;

/// What followed the gains of one model in another.
#[derive(Clone, Debug, PartialEq)]
pub struct Impact {
    pub improved: NodeIx,
    pub affected: NodeIx,
    /// Gains that were followed by a change of the other within the window.
    pub gains: u32,
    /// Of those, changes for the worse.
    pub losses: u32,
    /// Mean change of the other, relative to its metric before; positive is better.
    pub mean_change: f64,
    /// Rows of the table of deployments: gains and changes.
    pub rows: Vec<u32>,
}

/// Rows of the model's deployments by date, with how much better the metric got and what it was before.
pub(super) fn changes(context: &Context<'_>, model: NodeIx) -> Vec<(u32, f64, f64)> {
    let table = &context.graph.tables().deployments;
    let mut rows = context.measured.deployment_model().rows_of(model).to_vec();
    rows.sort_by_key(|&row| (table[row as usize].row.date, row));
    let gain = |row: u32| {
        let of = &table[row as usize].row;
        (row, improvement(&of.metric, of.before, of.after), of.before)
    };
    rows.into_iter().map(gain).collect()
}

pub(super) fn impact_figures(context: &Context<'_>, model: NodeIx) -> Vec<Figure> {
    let impacts = impacts_of(context, model);
    let missing = "rows of deployments of it and of models that depend on it";
    let harmed: Vec<&Impact> =
        impacts.iter().filter(|impact| impact.losses * 2 > impact.gains).collect();
    let rows = |of: &[&Impact]| -> Vec<u32> {
        let mut rows: Vec<u32> = of.iter().flat_map(|impact| impact.rows.iter().copied()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    };
    let all: Vec<&Impact> = impacts.iter().collect();
    let value = |count: usize| if impacts.is_empty() { Err(missing) } else { Ok(count as f64) };
    let mut watched = Figure::new(
        "models downstream that changed after its gains",
        "models",
        "deployments of models downstream within 14 days of a gain of this one",
    )
    .is(value(impacts.len()))
    .rows(TableKind::Deployments, rows(&all));
    watched.nodes = impacts.iter().map(|impact| impact.affected).collect();
    let mut worse = Figure::new(
        "of them, models that mostly got worse",
        "models",
        "more than half of those changes were for the worse",
    )
    .is(value(harmed.len()))
    .rows(TableKind::Deployments, rows(&harmed));
    worse.nodes = harmed.iter().map(|impact| impact.affected).collect();
    vec![watched, worse]
}

/// What followed the gains of `model` in each model downstream of it inside the system.
fn impacts_of(context: &Context<'_>, model: NodeIx) -> Vec<Impact> {
    let table = &context.graph.tables().deployments;
    let gains: Vec<u32> = changes(context, model)
        .into_iter()
        .filter(|&(_, gain, _)| gain > 0.0)
        .map(|(row, ..)| row)
        .collect();
    if gains.is_empty() {
        return Vec::new();
    }
    let downstream = context.supply().descendants(model.0).into_iter().map(NodeIx);
    let mut found = Vec::new();
    for affected in downstream.filter(|&node| context.graph.kind(node) == NodeKind::Model) {
        let changes = changes(context, affected);
        let mut impact = Impact {
            improved: model,
            affected,
            gains: 0,
            losses: 0,
            mean_change: 0.0,
            rows: Vec::new(),
        };
        for &gain in &gains {
            let day = table[gain as usize].row.date;
            let days = |row: u32| i64::from(days_between(day, table[row as usize].row.date));
            let next = changes.iter().find(|&&(row, ..)| (1..=IMPACT_DAYS).contains(&days(row)));
            let Some(&(row, change, before)) = next else { continue };
            impact.gains += 1;
            impact.losses += u32::from(change < 0.0);
            impact.mean_change += if before == 0.0 { 0.0 } else { change / before.abs() };
            impact.rows.extend([gain, row]);
        }
        if impact.gains > 0 {
            impact.mean_change /= f64::from(impact.gains);
            found.push(impact);
        }
    }
    found
}

/// The matrix of who is affected by whose gains: entries with at least one gain that a change of the other
/// followed, by improved model and then by affected one.
pub fn cross_impact(context: &Context<'_>) -> Vec<Impact> {
    let mut all: Vec<Impact> =
        context.nodes_of(NodeKind::Model).flat_map(|model| impacts_of(context, model)).collect();
    all.sort_by_key(|impact| (impact.improved, impact.affected));
    all
}
