//! Small predictions for tests, and the slow ways to the same numbers.

use super::bins;
use super::cell::{LEAST_PROBABILITY, Scale};
use super::columns::{Bits, Codes, Dimension, DimensionKind, Model, Predictions, row_hash};
use std::sync::Arc;

/// One row of a table under test.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TestRow {
    /// Code of each dimension.
    pub(super) codes: Vec<usize>,
    pub(super) label: Option<bool>,
    pub(super) weight: f32,
    /// Score of each model; NaN for none.
    pub(super) scores: Vec<f32>,
}

/// Dimensions of these sizes are called `d0`, `d1`, … with values `v0`, `v1`, …; models `a`, `b`, ….
pub(super) fn predictions(sizes: &[usize], models: usize, rows: &[TestRow]) -> Predictions {
    let dimension = |(at, &size): (usize, &usize)| {
        let mut codes = Codes::zeros(size, rows.len());
        for (row, own) in rows.iter().enumerate() {
            codes.set(row, own.codes[at]);
        }
        Dimension {
            name: format!("d{at}").into(),
            kind: DimensionKind::Names,
            labels: (0..size).map(|value| format!("v{value}").into()).collect(),
            codes,
            folded: 0,
            starts: Vec::new(),
        }
    };
    let scores = |model: usize| {
        bins::bin(rows.iter().map(|row| row.scores[model]).collect(), bins::DEFAULT_BINS)
    };
    let model = |model: usize| {
        let some_missing = rows.iter().any(|row| row.scores[model].is_nan());
        let scored = || Bits::from_fn(rows.len(), |row| !rows[row].scores[model].is_nan());
        let name = char::from(b'a' + model as u8).to_string().into();
        Model { name, scores: model, rows: some_missing.then(|| Arc::new(scored())) }
    };
    let largest = rows.iter().map(|row| row.weight).fold(0.0, f32::max);
    let some_unlabelled = rows.iter().any(|row| row.label.is_none());
    Predictions {
        rows: rows.len(),
        dimensions: sizes.iter().enumerate().map(dimension).collect(),
        models: (0..models).map(model).collect(),
        scores: (0..models).map(scores).collect(),
        labelled: some_unlabelled
            .then(|| Bits::from_fn(rows.len(), |row| rows[row].label.is_some())),
        positive: Bits::from_fn(rows.len(), |row| rows[row].label == Some(true)),
        weights: rows
            .iter()
            .any(|row| row.weight != 1.0)
            .then(|| rows.iter().map(|row| row.weight).collect()),
        scale: Scale::new(f64::from(if largest > 0.0 { largest } else { 1.0 }), rows.len()),
        aggregated: None,
    }
}

/// Sums and AUC of some rows in plain floats, one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Naive {
    pub(super) rows: u64,
    pub(super) labelled: u64,
    pub(super) w: f64,
    pub(super) wy: f64,
    pub(super) wp: f64,
    pub(super) loss: f64,
    pub(super) square: f64,
    pub(super) variance: f64,
    pub(super) wwpp: f64,
    pub(super) wwpy: f64,
    pub(super) wwyy: f64,
    pub(super) auc: Option<f64>,
    pub(super) weighted_auc: Option<f64>,
}

pub(super) fn naive<'r>(rows: impl Iterator<Item = &'r TestRow>, model: usize) -> Naive {
    let mut own = Naive::default();
    let mut judged: Vec<(f64, f64, f64)> = Vec::new();
    for row in rows.filter(|row| !row.scores[model].is_nan()) {
        own.rows += 1;
        let Some(label) = row.label else { continue };
        own.labelled += 1;
        let (w, p, y) =
            (f64::from(row.weight), f64::from(row.scores[model]), f64::from(u8::from(label)));
        let kept = |p: f64| p.clamp(LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
        own.w += w;
        own.wy += w * y;
        own.wp += w * p;
        own.loss -= w * if label { kept(p).ln() } else { kept(1.0 - p).ln() };
        own.square += w * (p - y) * (p - y);
        own.variance += w * w * p * (1.0 - p);
        own.wwpp += w * w * p * p;
        own.wwpy += w * w * p * y;
        own.wwyy += w * w * y;
        judged.push((p, y, w));
    }
    own.auc = auc(&judged, |_| 1.0);
    own.weighted_auc = auc(&judged, |w| w);
    own
}

/// All pairs; a tie counts a half.
fn auc(judged: &[(f64, f64, f64)], mass: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut won, mut pairs) = (0.0, 0.0);
    for &(p, _, w) in judged.iter().filter(|row| row.1 == 1.0) {
        for &(n, _, v) in judged.iter().filter(|row| row.1 == 0.0) {
            let both = mass(w) * mass(v);
            won += both
                * if p > n {
                    1.0
                } else if p == n {
                    0.5
                } else {
                    0.0
                };
            pairs += both;
        }
    }
    (pairs > 0.0).then(|| won / pairs)
}

/// Seeded random numbers: SplitMix64 of Steele, Lea and Flood.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(row_hash(seed))
    }

    /// Evenly in 0 to 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(1);
        (row_hash(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

/// Rows with calibrated scores of `models` models, dimensions of `sizes`, weights when `weighted`.
pub(super) fn seeded(
    seed: u64,
    count: usize,
    sizes: &[usize],
    models: usize,
    weighted: bool,
) -> Vec<TestRow> {
    let mut random = Random::new(seed);
    let row = |_| {
        let codes = sizes.iter().map(|&size| random.below(size)).collect();
        let truth = 0.02 + 0.6 * random.unit() * random.unit();
        let scores = (0..models).map(|_| (truth * (0.7 + 0.6 * random.unit())) as f32).collect();
        let label = Some(random.unit() < truth);
        let weight = if weighted { (0.25 + 3.0 * random.unit()) as f32 } else { 1.0 };
        TestRow { codes, label, weight, scores }
    };
    (0..count).map(row).collect()
}
