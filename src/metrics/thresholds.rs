//! Thresholds: what a decision at a score does, and where the score should lie.
//!
//! A threshold is learned on one half of the rows and judged on the other, so that what it promises and
//! what it keeps can be told apart. Rows are those of the label; decisions are positive from the
//! threshold on. Everything is read off histograms of scores, so a curve costs one scan and a move of
//! the threshold nothing.

use super::auc::Histogram;
use super::columns::{Bits, DifferentRows, Predictions};
use super::kernel::{Cut, Mass, Scan, Slicing, fold_of};
use super::table::cuts_of;

/// What a decision at a threshold does to the rows of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Decisions {
    /// The least score that is decided positive; above 1 for none at all.
    pub threshold: f64,
    pub true_positives: f64,
    pub false_positives: f64,
    pub false_negatives: f64,
    pub true_negatives: f64,
}

impl Decisions {
    /// Share of right ones among those decided positive.
    pub fn precision(&self) -> Option<f64> {
        let decided = self.true_positives + self.false_positives;
        (decided > 0.0).then(|| self.true_positives / decided)
    }

    /// Share of the positives that are decided so.
    pub fn recall(&self) -> Option<f64> {
        let positives = self.true_positives + self.false_negatives;
        (positives > 0.0).then(|| self.true_positives / positives)
    }

    /// Share of all rows that are decided positive.
    pub fn decided(&self) -> f64 {
        let decided = self.true_positives + self.false_positives;
        let all = decided + self.false_negatives + self.true_negatives;
        if all > 0.0 { decided / all } else { 0.0 }
    }

    /// What wrong decisions cost.
    pub fn cost(&self, false_positive: f64, false_negative: f64) -> f64 {
        self.false_positives * false_positive + self.false_negatives * false_negative
    }
}

/// Decisions at every threshold that the bins of scores tell apart, ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    pub points: Vec<Decisions>,
}

/// Above every score: nothing is decided positive.
pub const NEVER: f64 = 1.0 + f64::EPSILON;

impl Curve {
    /// From a histogram whose bins start at `starts`; `unit` is what a count of it is worth.
    fn new(scores: &Histogram, starts: &[f64], unit: f64) -> Self {
        let [negatives, positives] = scores.totals();
        let point = |threshold: f64, below: [u64; 2]| Decisions {
            threshold,
            true_positives: (positives - below[1]) as f64 * unit,
            false_positives: (negatives - below[0]) as f64 * unit,
            false_negatives: below[1] as f64 * unit,
            true_negatives: below[0] as f64 * unit,
        };
        let mut below = [0; 2];
        let mut points = Vec::with_capacity(starts.len() + 1);
        for (&start, bin) in starts.iter().zip(&scores.bins) {
            points.push(point(start, below));
            below = [below[0] + bin[0], below[1] + bin[1]];
        }
        points.push(point(NEVER, below));
        Self { points }
    }

    /// Decisions at a threshold, which is moved up to the next that the bins tell apart.
    pub fn at(&self, threshold: f64) -> Decisions {
        let next = self.points.partition_point(|point| point.threshold < threshold);
        self.points.get(next).or(self.points.last()).copied().unwrap_or_default()
    }

    /// Mass of the rows that are decided otherwise when the threshold moves: positive to negative, and
    /// negative to positive.
    pub fn flips(&self, from: f64, to: f64) -> (f64, f64) {
        let decided = |own: Decisions| own.true_positives + own.false_positives;
        let change = decided(self.at(to)) - decided(self.at(from));
        ((-change).max(0.0), change.max(0.0))
    }

    /// The threshold that serves the goal best; of equal ones the lowest.
    pub fn learn(&self, goal: Goal) -> Option<f64> {
        self.learn_among(goal, |_| true)
    }

    /// The same among the thresholds that are `allowed`.
    pub fn learn_among(&self, goal: Goal, allowed: impl Fn(f64) -> bool) -> Option<f64> {
        let mut points = self.points.iter().filter(|own| allowed(own.threshold));
        let best = match goal {
            // The most recall that the precision allows is at the lowest threshold which keeps it.
            Goal::Precision(least) => {
                points.find(|own| own.precision().is_some_and(|own| own >= least))
            }
            Goal::Recall(least) => points.rfind(|own| own.recall().is_some_and(|own| own >= least)),
            Goal::Cost { false_positive, false_negative } => {
                let cost = |own: &&Decisions| own.cost(false_positive, false_negative);
                points.min_by(|a, b| cost(a).total_cmp(&cost(b)))
            }
        };
        best.map(|own| own.threshold)
    }
}

/// What a threshold is learned for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// As many found as possible, with at least this precision.
    Precision(f64),
    /// As few decided as possible, with at least this recall.
    Recall(f64),
    /// The least cost of wrong decisions.
    Cost { false_positive: f64, false_negative: f64 },
}

impl Goal {
    /// How well decisions serve the goal, larger is better: precision, recall, or the negative cost of a
    /// row.
    pub fn value(self, decisions: &Decisions) -> Option<f64> {
        match self {
            Self::Precision(_) => decisions.precision(),
            Self::Recall(_) => decisions.recall(),
            Self::Cost { false_positive, false_negative } => {
                let own = decisions;
                let rows = own.true_positives
                    + own.false_positives
                    + own.false_negatives
                    + own.true_negatives;
                (rows > 0.0).then(|| -own.cost(false_positive, false_negative) / rows)
            }
        }
    }
}

/// A threshold that was learned, and what it keeps of what it promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learned {
    pub threshold: f64,
    /// On the rows that it was learned on.
    pub tuned: Decisions,
    /// On the rows that were held out.
    pub held_out: Decisions,
    /// Value of the goal on the former less that on the latter: how much of the promise was chance.
    pub optimism: Option<f64>,
}

/// The curves of both halves of a slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bench {
    /// Rows to learn on.
    pub tune: Curve,
    /// Rows to judge on.
    pub held_out: Curve,
    /// All of them.
    pub whole: Curve,
}

impl Bench {
    /// Learns for a goal on one half and judges on the other; `None` where no threshold reaches it.
    pub fn learn(&self, goal: Goal) -> Option<Learned> {
        Some(self.judge(self.tune.learn(goal)?, goal))
    }

    /// Judges a threshold that somebody else set.
    pub fn judge(&self, threshold: f64, goal: Goal) -> Learned {
        let (tuned, held_out) = (self.tune.at(threshold), self.held_out.at(threshold));
        let optimism = goal.value(&tuned).zip(goal.value(&held_out)).map(|(a, b)| a - b);
        Learned { threshold, tuned, held_out, optimism }
    }
}

/// Positives in the tune half at which a slice's own threshold counts as much as the global one.
pub const SHRINK_POSITIVES: f64 = 100.0;

/// A threshold of a slice, between its own and the one of all rows by how many positives it has.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceThreshold {
    /// Value of the dimension, as a code.
    pub code: usize,
    /// Its own, were it alone; `None` where it cannot reach the goal.
    pub own: Option<f64>,
    pub shrunk: Learned,
}

/// Curves of `model` over the filtered rows, half by half.
pub fn bench(predictions: &Predictions, model: usize, filter: Option<&Bits>, mass: Mass) -> Bench {
    benches(predictions, model, filter, mass, &[]).pop().unwrap_or_default()
}

/// Curves of `model` for each value of a dimension, half by half, in the order of the values.
pub fn benches_by(
    predictions: &Predictions,
    model: usize,
    dimension: usize,
    filter: Option<&Bits>,
    mass: Mass,
) -> Vec<Bench> {
    benches(predictions, model, filter, mass, &[dimension])
}

/// A threshold for each value of a dimension, learned on its tune half and shrunk to that of all rows;
/// judged on its held-out half. `None` where not even all rows reach the goal.
pub fn slice_thresholds(
    predictions: &Predictions,
    model: usize,
    dimension: usize,
    mass: Mass,
    goal: Goal,
) -> Option<Vec<SliceThreshold>> {
    let global = bench(predictions, model, None, mass).learn(goal)?.threshold;
    let of = |(code, own): (usize, Bench)| {
        let first = own.tune.points.first().copied().unwrap_or_default();
        let positives = first.true_positives + first.false_negatives;
        let share = positives / (positives + SHRINK_POSITIVES);
        let alone = own.tune.learn(goal);
        let threshold = alone.map_or(global, |alone| share * alone + (1.0 - share) * global);
        SliceThreshold { code, own: alone, shrunk: own.judge(threshold, goal) }
    };
    let all = benches(predictions, model, None, mass, &[dimension]);
    Some(all.into_iter().enumerate().map(of).collect())
}

/// Of each cell of a slicing.
fn benches(
    predictions: &Predictions,
    model: usize,
    filter: Option<&Bits>,
    mass: Mass,
    slicing: &[usize],
) -> Vec<Bench> {
    let mut cuts = cuts_of(predictions, slicing);
    cuts.push(Cut::Fold(2));
    let scan = Scan {
        predictions,
        models: &[model],
        filter,
        slicings: &[Slicing { cuts, filter: None }],
        histograms: Some(mass),
        bins: usize::MAX,
    };
    let histograms = scan.run().pop().and_then(|mut cells| cells.histograms.pop());
    let histograms = histograms.unwrap_or_default();
    let unit = match mass {
        Mass::Rows => 1.0,
        Mass::Weights => super::cell::power(-predictions.scale.mass),
    };
    let starts = |bins: usize| -> Vec<f64> {
        let fine = &predictions.scores_of(model).bin_starts;
        let step = fine.len().div_ceil(bins.max(1)).next_power_of_two();
        fine.iter().step_by(step).map(|&start| f64::from(start)).collect()
    };
    let of = |halves: &[Histogram]| {
        let starts = starts(halves[0].bins.len());
        let mut whole = halves[0].clone();
        whole.add(&halves[1]);
        let curve = |own: &Histogram| Curve::new(own, &starts, unit);
        Bench { tune: curve(&halves[0]), held_out: curve(&halves[1]), whole: curve(&whole) }
    };
    histograms.chunks_exact(2).map(of).collect()
}

/// Bins of each model's scores in a joint histogram.
const JOINT_BINS: usize = 128;

/// Rows by the scores of two models, to tell flips at any pair of thresholds.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    starts: [Vec<f64>; 2],
    /// By bin of the first model, bin of the second, label.
    rows: Vec<[u64; 2]>,
}

impl Joint {
    /// Counts the labelled rows of two models. `O(rows)`.
    ///
    /// # Errors
    /// When they did not score the same rows.
    pub fn new(predictions: &Predictions, a: usize, b: usize) -> Result<Self, DifferentRows> {
        predictions.comparable(a, b)?;
        let scores = [predictions.scores_of(a), predictions.scores_of(b)];
        let step = scores.map(|own| own.bin_starts.len().div_ceil(JOINT_BINS));
        let mut rows = vec![[0; 2]; JOINT_BINS * JOINT_BINS];
        for row in 0..predictions.rows() {
            let scored = predictions.score(a, row).is_some_and(|score| !score.is_nan());
            if let (Some(label), true) = (predictions.label(row), scored) {
                let [i, j] = [0, 1].map(|own| usize::from(scores[own].bins[row]) / step[own]);
                rows[i * JOINT_BINS + j][usize::from(label)] += 1;
            }
        }
        let starts = [0, 1].map(|own| {
            let fine = scores[own].bin_starts.iter().step_by(step[own]);
            fine.map(|&start| f64::from(start)).collect()
        });
        Ok(Self { starts, rows })
    }

    /// Rows that the first model decides positive and the second negative, and the other way round,
    /// by label: negatives, positives. Thresholds are moved up to the next bin.
    pub fn flips(&self, threshold_a: f64, threshold_b: f64) -> [[u64; 2]; 2] {
        let cut = |own: usize, threshold: f64| {
            self.starts[own].partition_point(|&start| start < threshold)
        };
        let (cut_a, cut_b) = (cut(0, threshold_a), cut(1, threshold_b));
        let mut flips = [[0; 2]; 2];
        for (at, rows) in self.rows.iter().enumerate() {
            let (a, b) = (at / JOINT_BINS >= cut_a, at % JOINT_BINS >= cut_b);
            if a != b {
                let own = &mut flips[usize::from(b)];
                own[0] += rows[0];
                own[1] += rows[1];
            }
        }
        flips
    }
}

/// Whether a row is in the half that thresholds are learned on.
pub fn in_tune_half(row: usize) -> bool {
    fold_of(row, 2) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{TestRow, predictions, seeded};

    /// Decisions by going through the rows.
    fn counted(
        rows: &[TestRow],
        model: usize,
        threshold: f64,
        half: impl Fn(usize) -> bool,
    ) -> Decisions {
        let mut own = Decisions { threshold, ..Default::default() };
        for (_, row) in rows.iter().enumerate().filter(|(at, _)| half(*at)) {
            let w = f64::from(row.weight);
            let slot = match (f64::from(row.scores[model]) >= threshold, row.label == Some(true)) {
                (true, true) => &mut own.true_positives,
                (true, false) => &mut own.false_positives,
                (false, true) => &mut own.false_negatives,
                (false, false) => &mut own.true_negatives,
            };
            *slot += w;
        }
        own
    }

    fn assert_same(own: &Decisions, counted: &Decisions) {
        let pairs = [
            (own.true_positives, counted.true_positives),
            (own.false_positives, counted.false_positives),
            (own.false_negatives, counted.false_negatives),
            (own.true_negatives, counted.true_negatives),
        ];
        for (own, counted) in pairs {
            assert!((own - counted).abs() <= 1e-9 * counted.max(1.0), "{own} {counted}");
        }
    }

    #[test]
    fn every_point_of_a_curve_is_what_rows_say() {
        let rows = seeded(4, 900, &[2], 1, true);
        let own = predictions(&[2], 1, &rows);
        let bench = bench(&own, 0, None, Mass::Weights);
        for point in bench.whole.points.iter().step_by(37) {
            assert_same(point, &counted(&rows, 0, point.threshold, |_| true));
        }
        for point in bench.held_out.points.iter().step_by(53) {
            assert_same(point, &counted(&rows, 0, point.threshold, |row| !in_tune_half(row)));
        }
        let first = bench.whole.points[0];
        assert_eq!((first.recall(), first.decided()), (Some(1.0), 1.0));
        assert_eq!(bench.whole.points.last().expect("points").precision(), None);
    }

    #[test]
    fn goals_are_reached_on_the_half_they_are_learned_on() {
        let rows = seeded(5, 4000, &[2], 1, false);
        let own = predictions(&[2], 1, &rows);
        let bench = bench(&own, 0, None, Mass::Rows);
        let precise = bench.learn(Goal::Precision(0.4)).expect("reachable");
        assert!(precise.tuned.precision().expect("some decided") >= 0.4);
        let lower = bench.tune.points.iter().rev().find(|own| own.threshold < precise.threshold);
        assert!(lower.is_none_or(|own| own.precision().is_none_or(|own| own < 0.4)));
        let found = bench.learn(Goal::Recall(0.8)).expect("reachable");
        assert!(found.tuned.recall().expect("positives") >= 0.8);
        let cheap = Goal::Cost { false_positive: 1.0, false_negative: 4.0 };
        let best = bench.learn(cheap).expect("always");
        assert!(
            bench.tune.points.iter().all(|own| own.cost(1.0, 4.0) >= best.tuned.cost(1.0, 4.0))
        );
        assert_eq!(bench.learn(Goal::Precision(1.1)), None);
        let gap = best.optimism.expect("rows on both halves");
        let expected = cheap.value(&best.tuned).unwrap() - cheap.value(&best.held_out).unwrap();
        assert_eq!(gap, expected);
    }

    #[test]
    fn moving_a_threshold_flips_the_rows_between() {
        let rows = seeded(6, 1500, &[2], 2, false);
        let own = predictions(&[2], 2, &rows);
        let curve = bench(&own, 0, None, Mass::Rows).whole;
        let (from, to) = (curve.points[200].threshold, curve.points[700].threshold);
        let between =
            rows.iter().filter(|row| (from..to).contains(&f64::from(row.scores[0]))).count();
        assert_eq!(curve.flips(from, to), (between as f64, 0.0));
        assert_eq!(curve.flips(to, from), (0.0, between as f64));
        let joint = Joint::new(&own, 0, 1).expect("the same rows");
        let (a, b) = (joint.starts[0][40], joint.starts[1][70]);
        let mut expected = [[0; 2]; 2];
        for row in &rows {
            let (first, second) = (f64::from(row.scores[0]) >= a, f64::from(row.scores[1]) >= b);
            if first != second {
                expected[usize::from(second)][usize::from(row.label == Some(true))] += 1;
            }
        }
        assert_eq!(joint.flips(a, b), expected);
    }

    #[test]
    fn thresholds_of_small_slices_stay_near_the_global_one() {
        let mut rows = seeded(7, 20_000, &[2], 1, false);
        // One slice has 40 rows, and scores that are far too high.
        for (at, row) in rows.iter_mut().enumerate() {
            row.codes[0] = usize::from(at % 500 == 0);
            if row.codes[0] == 1 {
                row.scores[0] = (row.scores[0] * 2.0).min(0.99);
            }
        }
        let own = predictions(&[2], 1, &rows);
        let goal = Goal::Cost { false_positive: 1.0, false_negative: 3.0 };
        let global = bench(&own, 0, None, Mass::Rows).learn(goal).expect("always").threshold;
        let found = slice_thresholds(&own, 0, 0, Mass::Rows, goal).expect("always");
        let small = &found[1];
        let alone = small.own.expect("always");
        assert!((small.shrunk.threshold - global).abs() <= 0.25 * (alone - global).abs() + 1e-12);
        assert!((found[0].shrunk.threshold - found[0].own.expect("always")).abs() < 0.02);
    }
}
