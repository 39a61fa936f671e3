//! The worst slice of each model, from single predictions.

use super::{LEAST_ROWS, WorstSlice, sliced};
use crate::analysis::Correspondence;
use crate::metrics::{Metric, Predictions, SliceSpec, TableRequest, normal_tail, tables};
use crate::model::NodeIx;
use std::collections::BTreeMap;

/// Expected share of worst slices that are none.
const FALSE_DISCOVERIES: f64 = 0.01;

/// From this bias on a slice is worth a mark.
const LEAST_BIAS: f64 = 0.05;

/// Of each model the value of a dimension with the largest bias among those that pass Benjamini and Hochberg's
/// step-up over all values of all models.
pub fn worst_slices(predictions: &Predictions, nodes: &Correspondence) -> Vec<WorstSlice> {
    let slicings: Vec<Vec<usize>> = sliced(predictions).into_iter().map(|at| vec![at]).collect();
    let Ok(made) = tables(predictions, &TableRequest::new(predictions, slicings)) else {
        return Vec::new();
    };
    let mut tested: Vec<(f64, WorstSlice)> = Vec::new();
    for table in &made {
        let own = &predictions.dimensions()[table.slicing[0]];
        for group in &table.groups {
            for (stats, &model) in group.stats.iter().zip(&table.models) {
                let sums = &stats.sums;
                let known = (sums.bias(), sums.surprise(), nodes.model(model));
                let (Some(bias), Some(z), Some(model)) = known else { continue };
                if sums.labelled < LEAST_ROWS {
                    continue;
                }
                let mut slice = SliceSpec::default();
                slice.set(&own.name, Some(vec![own.labels[group.key[0]].clone()]));
                let chance = 2.0 * normal_tail(z.abs());
                tested.push((chance, WorstSlice { model, slice, bias, z, rows: sums.labelled }));
            }
        }
    }
    tested.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.slice.cmp(&b.1.slice)));
    let count = tested.len() as f64;
    let passes = |rank: usize| tested[rank].0 <= FALSE_DISCOVERIES * (rank + 1) as f64 / count;
    let passing = (0..tested.len()).rev().find(|&rank| passes(rank)).map_or(0, |last| last + 1);
    let mut worst: BTreeMap<NodeIx, WorstSlice> = BTreeMap::new();
    for (_, own) in tested.drain(..).take(passing) {
        let large = Metric::Bias.badness(own.bias).is_some_and(|bad| bad >= LEAST_BIAS);
        let is_worse = worst.get(&own.model).is_none_or(|known| own.bias.abs() > known.bias.abs());
        if large && is_worse {
            worst.insert(own.model, own);
        }
    }
    worst.into_values().collect()
}
