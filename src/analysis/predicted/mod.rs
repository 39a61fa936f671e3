//! What single predictions say to the rules: rows as the tables of measurements have them, and the worst slice
//! of each model.
//!
//! Owns: windows of weeks, the statistics of a slice in a window, the correlation of errors. A rule reads these
//! rows as it reads those that a manifest brings, so that it need not know where they come from.

mod decisions;
mod reactions;
mod residuals;
mod weeks;
mod worst;

pub use worst::worst_slices;

use super::Correspondence;
use crate::metrics::{Dimension, DimensionKind, Predictions, SliceSpec};
use crate::model::{
    DecisionRow, DeploymentRow, NodeIx, PredictionStatsRow, Provenance, ResidualCorrelationRow,
    Row, SystemGraph,
};
use weeks::Weeks;

/// Dimensions with more values are not gone through value by value.
const MOST_VALUES: usize = 200;

/// Labelled rows that a slice must have in a window.
const LEAST_ROWS: u64 = 100;

/// What predictions add to a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicted {
    pub prediction_stats: Vec<Row<PredictionStatsRow>>,
    pub residual_correlation: Vec<Row<ResidualCorrelationRow>>,
    /// What models did after deployments of those that they rest on.
    pub deployments: Vec<Row<DeploymentRow>>,
    /// What the thresholds of the manifest decided.
    pub decisions: Vec<Row<DecisionRow>>,
    /// The most biased slice of each model, where there is one that is no chance.
    pub worst: Vec<WorstSlice>,
}

/// A slice in which a model is off.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstSlice {
    pub model: NodeIx,
    pub slice: SliceSpec,
    /// Predicted over observed, less one.
    pub bias: f64,
    pub z: f64,
    pub rows: u64,
}

impl Predicted {
    /// Goes through the rows a few times for each dimension. `at` is where the manifest names the predictions.
    pub fn new(
        graph: &SystemGraph,
        predictions: &Predictions,
        nodes: &Correspondence,
        at: Provenance,
    ) -> Self {
        let stats = match Weeks::of(predictions) {
            Some(weeks) => weeks::stats_rows(graph, predictions, nodes, &weeks),
            None => Vec::new(),
        };
        Self {
            prediction_stats: placed(stats, at),
            residual_correlation: placed(residuals::residual_rows(graph, predictions, nodes), at),
            deployments: placed(reactions::reaction_rows(graph, predictions, nodes), at),
            decisions: placed(decisions::decision_rows(graph, predictions, nodes), at),
            worst: worst_slices(predictions, nodes),
        }
    }

    /// Whether rules have something new to judge.
    pub fn is_empty(&self) -> bool {
        self.prediction_stats.is_empty()
            && self.residual_correlation.is_empty()
            && self.deployments.is_empty()
            && self.decisions.is_empty()
    }

    /// The graph with these rows behind those that it has.
    pub fn added_to(&self, graph: &SystemGraph) -> SystemGraph {
        graph.with_rows(|tables| {
            tables.prediction_stats.extend(self.prediction_stats.iter().cloned());
            tables.residual_correlation.extend(self.residual_correlation.iter().cloned());
            tables.deployments.extend(self.deployments.iter().cloned());
            tables.decisions.extend(self.decisions.iter().cloned());
        })
    }
}

fn placed<T>(rows: Vec<T>, at: Provenance) -> Vec<Row<T>> {
    rows.into_iter().map(|row| Row { row, at }).collect()
}

/// Dimensions that are gone through value by value.
fn sliced(predictions: &Predictions) -> Vec<usize> {
    let is_sliced =
        |own: &Dimension| own.kind != DimensionKind::Times && own.labels.len() <= MOST_VALUES;
    let all = predictions.dimensions().iter().enumerate();
    all.filter(|(_, own)| is_sliced(own)).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use crate::analysis::{Settings, Status, analyse};
    use crate::metrics::read::{ReadOptions, Watch, read};
    use crate::model::Batch;
    use std::fmt::Write;

    const TEXT: &str = "model m1 ensemble=e\nmodel m2 ensemble=e\nmodel e\nprediction p\n\
         monitor w watches=bias\nm1 -emits-> p\np -reads-> w";

    /// Four weeks of 8,000 rows; in `country=pl` the first model is half again too high.
    fn predictions() -> Predictions {
        let mut text = String::from("ts,country,label,score_m1,score_m2\n");
        let mut state = 7_u64;
        let mut unit = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for row in 0..8_000_u32 {
            let day = 1 + row * 28 / 8_000;
            let country = ["pl", "it", "de"][row as usize % 3];
            let truth = 0.1 + 0.4 * unit();
            let label = u8::from(unit() < truth);
            let off = if country == "pl" { truth * 1.5 } else { truth };
            let _ =
                writeln!(text, "2026-06-{day:02}T12:00:00Z,{country},{label},{off:.4},{truth:.4}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.csv");
        std::fs::write(&file, text).expect("written");
        read(&[file], &ReadOptions::default(), &Watch::none()).expect("rows").predictions
    }

    fn predicted() -> (SystemGraph, Predicted) {
        let (graph, own) = (graph(TEXT), predictions());
        let nodes = Correspondence::new(&graph, &own);
        let predicted = Predicted::new(&graph, &own, &nodes, Provenance::file(Batch::FILE));
        (graph, predicted)
    }

    #[test]
    fn weeks_of_slices_become_rows_that_the_rules_judge() {
        let (graph, predicted) = predicted();
        let rows = &predicted.prediction_stats;
        let of = |slice: &'static str| {
            rows.iter().filter(move |own| *own.row.slice == *slice && &*own.row.model == "m1")
        };
        assert_eq!(of("all").count(), 4);
        assert_eq!(of("country=pl").count(), 4);
        assert!(of("country=pl").all(|own| own.row.mean_prediction > 1.3 * own.row.mean_label));
        assert!(of("country=it").skip(1).all(|own| own.row.psi.is_some_and(|psi| psi < 0.1)));
        assert_eq!(of("all").next().and_then(|own| own.row.psi), None, "nothing before it");
        let settings = Settings::on(crate::analysis::testing::TODAY);
        let status = |graph: &SystemGraph, code: &str| {
            let analysis = analyse(graph, &settings);
            let found = analysis.rules.iter().find(|own| own.code == code).expect("a rule");
            let subjects: Vec<String> = analysis
                .findings
                .iter()
                .filter(|own| own.code == code)
                .map(|own| own.message.read(graph).into_owned())
                .collect();
            (found.status, subjects)
        };
        assert!(status(&graph, "MON001").1.is_empty());
        let (judged, found) = status(&predicted.added_to(&graph), "MON001");
        assert_eq!(judged, Status::Fail);
        assert!(
            found.iter().any(|own| own.contains("too high in the slice country=pl")),
            "{found:?}"
        );
        assert_eq!(status(&graph, "ENT002").0, Status::Open);
        let (judged, found) = status(&predicted.added_to(&graph), "ENT002");
        assert_ne!(judged, Status::Open, "{found:?}");
    }

    #[test]
    fn errors_of_members_go_together() {
        let (_, predicted) = predicted();
        let [row] = &predicted.residual_correlation[..] else { panic!("one pair") };
        assert_eq!((&*row.row.ensemble, &*row.row.a, &*row.row.b), ("e", "m1", "m2"));
        assert!(row.row.rho > 0.9 && row.row.baseline.is_some_and(|own| own > 0.9));
    }

    #[test]
    fn the_worst_slice_of_a_model_is_the_planted_one() {
        let (graph, predicted) = predicted();
        let [worst] = &predicted.worst[..] else { panic!("{:?}", predicted.worst) };
        assert_eq!(graph.node(worst.model).id.as_str(), "m1");
        assert_eq!(worst.slice.to_string(), "country=pl");
        assert!(worst.bias > 0.3 && worst.z < -4.0);
    }
}
