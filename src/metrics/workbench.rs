//! The bench of thresholds: one goal for all rows, what it does to each slice, and the threshold that keeps
//! a promise in every slice.

use super::columns::Predictions;
use super::kernel::Mass;
use super::slice::{SliceError, SliceSpec};
use super::thresholds::{Bench, Goal, Learned, SHRINK_POSITIVES, bench, benches_by};

/// What is learned, and under which constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkbenchRequest {
    pub model: usize,
    /// The rows to learn and judge on.
    pub slice: SliceSpec,
    pub goal: Goal,
    /// The dimension whose values are looked at one by one.
    pub by: Option<usize>,
    /// What each of them must keep on the rows that are learned on.
    pub least: Option<Goal>,
}

/// Values of a dimension that are looked at; of more, the ones with the most rows.
pub const MOST_SLICES: usize = 64;

/// Positives that a value must have to have a say.
pub const LEAST_POSITIVES: f64 = 20.0;

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Workbench {
    pub request: WorkbenchRequest,
    pub bench: Bench,
    /// For the goal alone; `None` where no threshold reaches it.
    pub learned: Option<Learned>,
    /// For the goal, as far as every value of the dimension keeps the constraint.
    pub constrained: Option<Learned>,
    /// In the order of the values.
    pub slices: Vec<SliceBench>,
    /// Values that are not looked at, because others have more rows.
    pub hidden: usize,
}

/// A value of the dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceBench {
    pub label: Box<str>,
    pub bench: Bench,
    /// Labelled mass, and that of positives, of both halves.
    pub rows: f64,
    pub positives: f64,
    /// Whether it has a say in the constraint.
    pub counts: bool,
    /// Its own threshold for the goal, were it alone.
    pub own: Option<f64>,
    /// Between its own and that of all rows, by how many positives it has.
    pub shrunk: Option<Learned>,
}

impl SliceBench {
    /// Whether a threshold keeps the constraint here; true where too little is known to have a say.
    pub fn keeps(&self, threshold: f64, least: Goal) -> bool {
        !self.counts || reaches(least, least.value(&self.bench.tune.at(threshold)))
    }
}

/// Whether the value of a goal is at least what the goal asks; a cost has no such bound.
fn reaches(goal: Goal, value: Option<f64>) -> bool {
    match goal {
        Goal::Precision(least) | Goal::Recall(least) => value.is_some_and(|own| own >= least),
        Goal::Cost { .. } => true,
    }
}

/// Learns and judges. Two scans of the rows.
///
/// # Errors
/// When the slice names what is not there.
pub fn workbench(
    predictions: &Predictions,
    request: &WorkbenchRequest,
) -> Result<Workbench, SliceError> {
    let filter = request.slice.rows_if_any(predictions)?;
    let mass = if predictions.has_weights() { Mass::Weights } else { Mass::Rows };
    let whole = bench(predictions, request.model, filter.as_ref(), mass);
    let learned = whole.learn(request.goal);
    let (slices, hidden) = match request.by {
        Some(by) => {
            let all = benches_by(predictions, request.model, by, filter.as_ref(), mass);
            let labels = predictions.dimensions()[by].labels.iter().map(|own| &**own);
            slices(all.into_iter().zip(labels), request.goal, learned)
        }
        None => (Vec::new(), 0),
    };
    let constrained = request.least.and_then(|least| {
        let keeps = |threshold: f64| slices.iter().all(|own| own.keeps(threshold, least));
        let threshold = whole.tune.learn_among(request.goal, keeps)?;
        Some(whole.judge(threshold, request.goal))
    });
    Ok(Workbench { request: request.clone(), bench: whole, learned, constrained, slices, hidden })
}

fn slices<'l>(
    all: impl Iterator<Item = (Bench, &'l str)>,
    goal: Goal,
    learned: Option<Learned>,
) -> (Vec<SliceBench>, usize) {
    let of = |(bench, label): (Bench, &str)| {
        let totals = |own: &super::thresholds::Curve| {
            let first = own.points.first().copied().unwrap_or_default();
            let positives = first.true_positives + first.false_negatives;
            (positives + first.false_positives + first.true_negatives, positives)
        };
        let (rows, positives) = totals(&bench.whole);
        let in_tune = totals(&bench.tune).1;
        let own = bench.tune.learn(goal);
        let share = in_tune / (in_tune + SHRINK_POSITIVES);
        let shrunk = learned.map(|all| {
            let at = own.map_or(all.threshold, |own| share * own + (1.0 - share) * all.threshold);
            bench.judge(at, goal)
        });
        let counts = in_tune >= LEAST_POSITIVES;
        SliceBench { label: label.into(), bench, rows, positives, counts, own, shrunk }
    };
    let mut slices: Vec<SliceBench> = all.map(of).filter(|own| own.rows > 0.0).collect();
    let hidden = slices.len().saturating_sub(MOST_SLICES);
    if hidden > 0 {
        let mut rows: Vec<f64> = slices.iter().map(|own| own.rows).collect();
        rows.sort_by(|a, b| b.total_cmp(a));
        let least = rows[MOST_SLICES - 1];
        slices.retain(|own| own.rows >= least);
        slices.truncate(MOST_SLICES);
    }
    (slices, hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{predictions, seeded};

    fn request(goal: Goal, least: Option<Goal>) -> WorkbenchRequest {
        WorkbenchRequest { model: 0, slice: SliceSpec::default(), goal, by: Some(0), least }
    }

    /// In the last of three slices labels are rarer than the scores say, so its precision is lower.
    fn uneven() -> Predictions {
        let mut rows = seeded(12, 60_000, &[3], 1, false);
        let mut spared = 0;
        for row in rows.iter_mut().filter(|row| row.codes[0] == 2 && row.label == Some(true)) {
            spared += 1;
            row.label = Some(spared % 2 == 0);
        }
        predictions(&[3], 1, &rows)
    }

    #[test]
    fn a_constraint_in_every_slice_costs_recall() {
        let own = uneven();
        let (goal, least) = (Goal::Precision(0.3), Goal::Precision(0.3));
        let found = workbench(&own, &request(goal, Some(least))).expect("rows");
        let (learned, constrained) =
            (found.learned.expect("reached"), found.constrained.expect("reached"));
        assert!(constrained.threshold > learned.threshold);
        assert!(constrained.tuned.recall() < learned.tuned.recall());
        let breaks = |threshold: f64| -> Vec<bool> {
            found.slices.iter().map(|own| !own.keeps(threshold, least)).collect()
        };
        assert_eq!(breaks(learned.threshold), [false, false, true]);
        assert_eq!(breaks(constrained.threshold), [false; 3]);
        let last = &found.slices[2];
        assert!(last.shrunk.expect("learned").threshold > learned.threshold);
        assert!(last.own.expect("reached") >= last.shrunk.expect("learned").threshold);
    }

    #[test]
    fn slices_are_the_whole_and_what_cannot_be_reached_is_none() {
        let own = uneven();
        let found = workbench(&own, &request(Goal::Precision(0.999_9), None)).expect("rows");
        assert_eq!((found.constrained, found.hidden), (None, 0));
        assert!(found.learned.is_none() && found.slices.iter().all(|own| own.shrunk.is_none()));
        let rows: f64 = found.slices.iter().map(|own| own.rows).sum();
        assert_eq!(rows, 60_000.0);
    }

    #[test]
    fn of_many_values_those_with_the_most_rows_are_kept() {
        let own = predictions(&[100], 1, &seeded(3, 20_000, &[100], 1, false));
        let found = workbench(&own, &request(Goal::Recall(0.5), None)).expect("rows");
        assert_eq!((found.slices.len(), found.hidden), (MOST_SLICES, 100 - MOST_SLICES));
    }
}
