//! What models did when one that they rest on was deployed, from single predictions.

use crate::analysis::Correspondence;
use crate::analysis::context::days_between;
use crate::analysis::metric::improvement;
use crate::metrics::over_time::time_dimension;
use crate::metrics::{Predictions, Sums, TableRequest, tables};
use crate::model::{DeploymentRow, SystemGraph};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Days before and after a deployment that are compared.
const DAYS: i64 = 7;

/// Labelled rows that either side must have.
const LEAST_ROWS: u64 = 1000;

/// Longest stretch of time that can be parted at a day.
const LONGEST_SECS: i64 = 86_400;

/// Relative to the base rate of each side, so that a change of the world does not pass for one of the model.
const METRIC: &str = "normalised entropy loss";

/// A row for each gain of a model in the deployments and each model of the predictions that rests on it, unless
/// the deployments say themselves what came of it.
pub(super) fn reaction_rows(
    graph: &SystemGraph,
    predictions: &Predictions,
    nodes: &Correspondence,
) -> Vec<DeploymentRow> {
    let Some(time) = time_dimension(predictions) else { return Vec::new() };
    let starts = &predictions.dimensions()[time].starts;
    if starts.windows(2).any(|pair| pair[1] - pair[0] > LONGEST_SECS) {
        return Vec::new();
    }
    let request = TableRequest::new(predictions, vec![vec![time]]);
    let Ok(mut made) = tables(predictions, &request) else { return Vec::new() };
    let table = made.swap_remove(0);
    let said = &graph.tables().deployments;
    let mut rows = Vec::new();
    for own in said.iter().map(|own| &own.row) {
        let gain = improvement(&own.metric, own.before, own.after) > 0.0;
        let Some(upstream) = graph.find(&own.model).filter(|_| gain) else { continue };
        for &model in &nodes.models_behind_others(graph, upstream) {
            let Some(node) = nodes.model(model) else { continue };
            let is_said = said.iter().any(|other| {
                graph.find(&other.row.model) == Some(node) && near(own.date, other.row.date)
            });
            let Some(place) = table.models.iter().position(|&own| own == model) else { continue };
            let loss = |from: i64, until: i64| {
                let (from, until) = (secs(own.date)? + from, secs(own.date)? + until);
                let mut all = Side::default();
                for group in &table.groups {
                    let Some(&start) = starts.get(group.key[0]) else { continue };
                    if (from..until).contains(&start) {
                        all.add(&group.stats[place].sums);
                    }
                }
                all.entropy()
            };
            let sides = (loss(-DAYS * LONGEST_SECS, 0), loss(0, DAYS * LONGEST_SECS));
            if let ((Some(before), Some(after)), false) = (sides, is_said) {
                rows.push(DeploymentRow {
                    model: graph.node(node).id.as_str().into(),
                    version: own.version.clone(),
                    date: own.date,
                    metric: METRIC.into(),
                    before,
                    after,
                });
            }
        }
    }
    rows
}

fn secs(day: Date) -> Option<i64> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Whether a day is that of a deployment, or soon after it.
fn near(deployed: Date, day: Date) -> bool {
    (0..=2 * DAYS as i32).contains(&days_between(deployed, day))
}

/// One side of a deployment.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    rows: u64,
    w: f64,
    wy: f64,
    loss: f64,
}

impl Side {
    fn add(&mut self, sums: &Sums) {
        self.rows += sums.labelled;
        self.w += sums.w;
        self.wy += sums.wy;
        self.loss += sums.loss;
    }

    /// Log loss over that of always saying the base rate; `None` where too little is known.
    fn entropy(&self) -> Option<f64> {
        let rate = self.wy / self.w;
        let known = self.rows >= LEAST_ROWS && rate > 0.0 && rate < 1.0;
        let entropy = -(rate * rate.ln() + (1.0 - rate) * (1.0 - rate).ln());
        known.then(|| self.loss / self.w / entropy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{day, graph_with, row};
    use crate::metrics::read::{ReadOptions, Watch, read};
    use std::fmt::Write;

    /// Two weeks of days; from the eighth on the scores of `down` are turned round.
    fn predictions() -> Predictions {
        let mut text = String::from("ts,label,score_down\n");
        for row in 0..7_000_u32 {
            let (day, label) = (1 + row / 500, row % 3 == 0);
            let right = label == (day < 8);
            let score = if right { 0.6 } else { 0.2 };
            let _ = writeln!(text, "2026-06-{day:02}T12:00:00Z,{},{score}", u8::from(label));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.csv");
        std::fs::write(&file, text).expect("written");
        read(&[file], &ReadOptions::default(), &Watch::none()).expect("rows").predictions
    }

    fn deployed(date: &str, after: f64) -> DeploymentRow {
        let (model, version, metric) = ("up".into(), "v2".into(), "auc".into());
        DeploymentRow { model, version, date: day(date), metric, before: 0.7, after }
    }

    fn reactions(deployments: &[DeploymentRow]) -> Vec<DeploymentRow> {
        let text = "model up\nprediction p\nmodel down\nup -emits-> p\np -input_to-> down";
        let graph = graph_with(text, |tables| {
            tables.deployments = deployments.iter().cloned().map(row).collect();
        });
        let own = predictions();
        reaction_rows(&graph, &own, &Correspondence::new(&graph, &own))
    }

    #[test]
    fn a_loss_after_a_gain_upstream_is_a_row() {
        let found = reactions(&[deployed("2026-06-08", 0.8)]);
        let [row] = &found[..] else { panic!("{found:?}") };
        assert_eq!((&*row.model, &*row.version, row.date), ("down", "v2", day("2026-06-08")));
        assert!(improvement(&row.metric, row.before, row.after) < 0.0, "{row:?}");
    }

    #[test]
    fn losses_upstream_and_what_is_said_and_what_is_not_covered_are_no_rows() {
        assert_eq!(reactions(&[deployed("2026-06-08", 0.6)]), []);
        assert_eq!(reactions(&[deployed("2026-01-08", 0.8)]), []);
        let said = DeploymentRow { model: "down".into(), ..deployed("2026-06-10", 0.6) };
        assert_eq!(reactions(&[deployed("2026-06-08", 0.8), said]), []);
    }
}
