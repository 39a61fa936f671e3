//! How the errors of the members of an ensemble go together, from single predictions.

use super::LEAST_ROWS;
use crate::analysis::Correspondence;
use crate::metrics::Predictions;
use crate::metrics::over_time::time_dimension;
use crate::model::{Attr, NodeIx, ResidualCorrelationRow, SystemGraph};

/// A row for each pair of members: now (the later half of the time), and before.
pub(super) fn residual_rows(
    graph: &SystemGraph,
    predictions: &Predictions,
    nodes: &Correspondence,
) -> Vec<ResidualCorrelationRow> {
    let ensemble = |model: usize| {
        let node = nodes.model(model)?;
        Some((node, graph.node(node).attrs.text(Attr::Ensemble)?))
    };
    let members: Vec<(usize, NodeIx, &str)> = (0..predictions.models().len())
        .filter_map(|model| ensemble(model).map(|(node, of)| (model, node, of)))
        .collect();
    let mut rows = Vec::new();
    for (place, &(a, node_a, of)) in members.iter().enumerate() {
        for &(b, node_b, _) in members[place + 1..].iter().filter(|own| own.2 == of) {
            let [before, now] = correlations(predictions, a, b);
            let Some(rho) = now.or(before) else { continue };
            rows.push(ResidualCorrelationRow {
                ensemble: of.into(),
                a: graph.node(node_a).id.as_str().into(),
                b: graph.node(node_b).id.as_str().into(),
                rho,
                baseline: before.filter(|_| now.is_some()),
            });
        }
    }
    rows
}

/// Pearson's correlation of score less label over rows that both scored: of the earlier and of the later half
/// of the stretches of time; of all rows as the earlier half where there is no time.
fn correlations(predictions: &Predictions, a: usize, b: usize) -> [Option<f64>; 2] {
    let time = time_dimension(predictions).map(|at| &predictions.dimensions()[at]);
    let half = time.map_or(usize::MAX, |own| own.starts.len() / 2);
    let mut sums = [[0.0_f64; 6]; 2];
    for row in 0..predictions.rows() {
        let known = |model: usize| predictions.score(model, row).filter(|own| !own.is_nan());
        let (Some(label), Some(p), Some(q)) = (predictions.label(row), known(a), known(b)) else {
            continue;
        };
        let y = f64::from(u8::from(label));
        let (p, q) = (f64::from(p) - y, f64::from(q) - y);
        let own = &mut sums[usize::from(time.is_some_and(|own| own.codes.get(row) >= half))];
        for (sum, value) in own.iter_mut().zip([1.0, p, q, p * p, q * q, p * q]) {
            *sum += value;
        }
    }
    sums.map(|[n, p, q, pp, qq, pq]| {
        let (over_p, over_q) = (pp - p * p / n, qq - q * q / n);
        let enough = n >= LEAST_ROWS as f64 && over_p > 0.0 && over_q > 0.0;
        enough.then(|| (pq - p * q / n) / (over_p * over_q).sqrt())
    })
}
