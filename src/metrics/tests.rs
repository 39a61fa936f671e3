//! Every metric against its definition in plain floats, on random tables with all that goes wrong.

use super::testing::{Naive, TestRow, naive, predictions, seeded};
use super::*;
use proptest::prelude::*;

const SIZES: [usize; 3] = [2, 3, 5];

fn row() -> impl Strategy<Value = TestRow> {
    let codes = (0..SIZES[0], 0..SIZES[1], 0..SIZES[2]).prop_map(|(a, b, c)| vec![a, b, c]);
    let label = prop_oneof![6 => Just(Some(false)), 3 => Just(Some(true)), 1 => Just(None)];
    let weight = prop_oneof![4 => 0.25_f32..4.0, 1 => Just(0.0), 1 => Just(1.0)];
    // Few distinct scores, so that many tie; the ends of the range too.
    let score = || {
        prop_oneof![
            4 => (1_u16..1000).prop_map(|n| f32::from(n) / 1000.0),
            2 => (1_u16..5).prop_map(|n| f32::from(n) / 5.0),
            1 => prop_oneof![Just(0.0_f32), Just(1.0), Just(f32::NAN)],
        ]
    };
    (codes, label, weight, score(), score()).prop_map(|(codes, label, weight, a, b)| TestRow {
        codes,
        label,
        weight,
        scores: vec![a, b],
    })
}

fn close(own: f64, naive: f64) -> bool {
    (own - naive).abs() <= 1e-9 * naive.abs() + 1e-13
}

fn assert_sums(own: &Sums, naive: &Naive) -> Result<(), TestCaseError> {
    prop_assert_eq!((own.rows, own.labelled), (naive.rows, naive.labelled));
    for (name, own, naive) in [
        ("w", own.w, naive.w),
        ("wy", own.wy, naive.wy),
        ("wp", own.wp, naive.wp),
        ("loss", own.loss, naive.loss),
        ("square", own.square, naive.square),
        ("variance", own.variance, naive.variance),
        ("wwpp", own.wwpp, naive.wwpp),
        ("wwpy", own.wwpy, naive.wwpy),
        ("wwyy", own.wwyy, naive.wwyy),
    ] {
        prop_assert!(close(own, naive), "{}: {} {}", name, own, naive);
    }
    Ok(())
}

fn assert_auc(own: Option<Auc>, naive: Option<f64>) -> Result<(), TestCaseError> {
    prop_assert_eq!(own.is_some(), naive.is_some());
    if let (Some(own), Some(naive)) = (own, naive) {
        prop_assert!((own.value - naive).abs() <= own.bound + 1e-9, "{:?} {}", own, naive);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn groups_equal_plain_sums(rows in prop::collection::vec(row(), 0..120)) {
        let own = predictions(&SIZES, 2, &rows);
        let slicings = vec![vec![], vec![1], vec![0, 2], vec![2, 1, 0]];
        for mass in [Mass::Rows, Mass::Weights] {
            let request =
                TableRequest { auc: Some(mass), ..TableRequest::new(&own, slicings.clone()) };
            for table in tables(&own, &request).expect("few cells") {
                for group in &table.groups {
                    let within = |row: &&TestRow| {
                        table.slicing.iter().zip(&group.key).all(|(&at, &code)| row.codes[at] == code)
                    };
                    for (model, stats) in group.stats.iter().enumerate() {
                        let expected = naive(rows.iter().filter(within), model);
                        assert_sums(&stats.sums, &expected)?;
                        let auc = if mass == Mass::Rows { expected.auc } else { expected.weighted_auc };
                        assert_auc(stats.auc, auc)?;
                    }
                }
                let counted: u64 = table.groups.iter().map(|group| group.stats[0].sums.rows).sum();
                prop_assert_eq!(counted, naive(rows.iter(), 0).rows);
                assert_sums(&table.total.stats[1].sums, &naive(rows.iter(), 1))?;
            }
        }
    }

    #[test]
    fn a_filter_is_a_smaller_table(rows in prop::collection::vec(row(), 0..120), keep in any::<u64>()) {
        let own = predictions(&SIZES, 2, &rows);
        let filter = Bits::from_fn(rows.len(), |row| keep >> (row % 64) & 1 == 1);
        let request = TableRequest { filter: Some(&filter), ..TableRequest::new(&own, vec![vec![1]]) };
        let table = &tables(&own, &request).expect("few cells")[0];
        let kept = rows.iter().enumerate().filter(|(row, _)| filter.get(*row)).map(|(_, row)| row);
        assert_sums(&table.total.stats[0].sums, &naive(kept, 0))?;
    }
}

#[test]
fn metrics_follow_from_their_definitions() {
    let rows = seeded(3, 500, &[4], 1, true);
    let own = predictions(&[4], 1, &rows);
    let request = TableRequest { calibration: true, ..TableRequest::new(&own, vec![vec![0]]) };
    let table = &tables(&own, &request).expect("few cells")[0];
    let stats = &table.total.stats[0];
    let n = naive(rows.iter(), 0);
    let rate = n.wy / n.w;
    let entropy = -(rate * rate.ln() + (1.0 - rate) * (1.0 - rate).ln());
    let expected = [
        (Metric::Bias, n.wp / n.wy - 1.0),
        (Metric::MeanPrediction, n.wp / n.w),
        (Metric::MeanLabel, rate),
        (Metric::LogLoss, n.loss / n.w),
        (Metric::NormalisedEntropy, n.loss / n.w / entropy),
        (Metric::SquaredError, n.square / n.w),
    ];
    for (metric, expected) in expected {
        let value = stats.value(metric, BaseRate::Slice).expect("both classes");
        assert!(close(value, expected), "{metric:?} {value} {expected}");
    }
    let surprise = (n.wy - n.wp) / n.variance.sqrt();
    assert!(close(stats.sums.surprise().expect("a variance"), surprise));
    // The calibration error again, bin by bin.
    let scores = own.scores_of(0);
    let mut bins = vec![[0.0; 3]; CALIBRATION_BINS];
    for (row, own) in rows.iter().enumerate() {
        let bin = usize::from(scores.bins[row]) * CALIBRATION_BINS / scores.bin_starts.len();
        let w = f64::from(own.weight);
        bins[bin][0] += w;
        bins[bin][1] += if own.label == Some(true) { w } else { 0.0 };
        bins[bin][2] += w * f64::from(own.scores[0]);
    }
    let ece = calibration_error(&bins).expect("rows");
    assert!(close(stats.calibration_error.expect("asked for"), ece));
    assert!(ece > 0.0);
}

#[test]
fn the_same_digits_at_any_thread_count_and_order() {
    let rows = seeded(11, 300_000, &[30, 4], 2, true);
    let made = |rows: &[TestRow], threads: usize| {
        let own = predictions(&[30, 4], 2, rows);
        let request = TableRequest {
            auc: Some(Mass::Weights),
            calibration: true,
            ..TableRequest::new(&own, vec![vec![0, 1], vec![1]])
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| tables(&own, &request).expect("few cells"))
    };
    let one = made(&rows, 1);
    assert_eq!(one, made(&rows, 3));
    let (mut parts, last) = (rows[100_001..].to_vec(), &rows[..100_001]);
    parts.extend_from_slice(last);
    assert_eq!(one, made(&parts, 2));
}

#[test]
fn models_on_different_rows_are_not_compared() {
    let mut rows = seeded(5, 100, &[2], 2, false);
    rows[3].scores[1] = f32::NAN;
    rows[4].scores[1] = f32::NAN;
    rows[5].scores[0] = f32::NAN;
    let own = predictions(&[2], 2, &rows);
    let request = TableRequest::new(&own, vec![vec![0]]);
    let table = &tables(&own, &request).expect("few cells")[0];
    let refused = table.changes(&own, 0, Metric::LogLoss, BaseRate::Slice).expect_err("differ");
    assert_eq!(refused.rows, RowsOfTwo::Shared { both: 97, only_a: 1, only_b: 2 });
    assert_eq!(
        refused.to_string(),
        "b and a were measured on different rows: 97 are shared, 1 are only of b and 2 only of a; \
         compare them on predictions that have a score of both in each row"
    );
}

#[test]
fn changes_are_against_the_chosen_baseline() {
    let rows = seeded(6, 4000, &[2], 2, false);
    let own = predictions(&[2], 2, &rows);
    let request = TableRequest { intervals: true, ..TableRequest::new(&own, vec![vec![0]]) };
    let table = &tables(&own, &request).expect("few cells")[0];
    let changes = table.changes(&own, 1, Metric::LogLoss, BaseRate::Slice).expect("the same rows");
    for (group, changes) in table.groups.iter().zip(&changes) {
        let value = |model: usize| group.stats[model].sums.log_loss().expect("rows");
        let change = changes[0].expect("both have a loss");
        assert!(close(change.difference, value(0) - value(1)));
        assert!(close(change.relative.expect("not 0"), (value(0) - value(1)) / value(1)));
        let interval = change.interval.expect("asked for");
        assert!(interval.low < change.difference && change.difference < interval.high);
        let zero = changes[1].expect("itself");
        assert_eq!(zero.difference, 0.0);
    }
}

#[test]
fn a_table_of_too_many_cells_is_refused_with_the_reason() {
    let rows = seeded(1, 10, &[300, 300], 1, false);
    let own = predictions(&[300, 300], 1, &rows);
    let refused = tables(&own, &TableRequest::new(&own, vec![vec![0, 1]])).expect_err("90,000");
    assert_eq!(
        refused.to_string(),
        "d0 × d1 has 90000 cells, and a table may have 65536; slice by fewer dimensions, or by \
         ones with fewer values"
    );
}

/// Share of simulated sets whose interval holds the truth, in percent.
fn coverage(sets: u64, interval: impl Fn(u64) -> (Option<Interval>, f64)) -> f64 {
    let held = (0..sets).filter(|&seed| {
        let (interval, truth) = interval(seed);
        interval.is_some_and(|own| own.low <= truth && truth <= own.high)
    });
    held.count() as f64 * 100.0 / sets as f64
}

/// Rows of a calibrated model with scores evenly in .05 to .45, so that the truths are known.
fn calibrated(seed: u64, count: usize) -> Vec<TestRow> {
    let mut random = testing::Random::new(seed.wrapping_mul(7919) + 1);
    let row = |_| {
        let p = (0.05 + 0.4 * random.unit()) as f32;
        let label = Some(random.unit() < f64::from(p));
        TestRow { codes: vec![], label, weight: 1.0, scores: vec![p] }
    };
    (0..count).map(row).collect()
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let of = |seed: u64, metric: Metric, intervals: bool| {
        let own = predictions(&[], 1, &calibrated(seed, 800));
        let request = TableRequest { intervals, ..TableRequest::new(&own, vec![vec![]]) };
        let table = tables(&own, &request).expect("one cell").remove(0);
        table.total.stats[0].interval(metric, BaseRate::Slice)
    };
    // The expected squared error and log loss of the calibrated model, by quadrature.
    let mean = |of: fn(f64) -> f64| {
        (0..100_000).map(|i| of(0.05 + 0.4 * (f64::from(i) + 0.5) / 1e5)).sum::<f64>() / 1e5
    };
    let squared = mean(|p| p * (1.0 - p));
    let loss = mean(|p| -(p * p.ln() + (1.0 - p) * (1.0 - p).ln()));
    for (name, metric, truth, intervals) in [
        ("bias by formula", Metric::Bias, 0.0, false),
        ("bias", Metric::Bias, 0.0, true),
        ("squared error", Metric::SquaredError, squared, true),
        ("log loss", Metric::LogLoss, loss, true),
    ] {
        let held = coverage(2000, |seed| (of(seed, metric, intervals), truth));
        assert!((93.0..=97.0).contains(&held), "{name}: {held} %");
    }
}

#[test]
fn delong_s_interval_holds_the_truth() {
    // P(score of a positive > score of a negative) for p even in .05 to .45, by quadrature: density
    // of positives ∝ p, of negatives ∝ 1 − p.
    let steps = 2000;
    let p = |i: i32| 0.05 + 0.4 * (f64::from(i) + 0.5) / f64::from(steps);
    let (mut below, mut won, mut positives) = (0.0, 0.0, 0.0);
    for i in 0..steps {
        won += p(i) * (below + (1.0 - p(i)) / 2.0);
        below += 1.0 - p(i);
        positives += p(i);
    }
    let truth = 1.0 - won / (positives * below);
    let held = coverage(2000, |seed| {
        let own = predictions(&[], 1, &calibrated(seed + 5000, 500));
        let request =
            TableRequest { auc: Some(Mass::Rows), ..TableRequest::new(&own, vec![vec![]]) };
        let table = tables(&own, &request).expect("one cell").remove(0);
        (table.total.stats[0].interval(Metric::AucLoss, BaseRate::Slice), truth)
    });
    assert!((93.0..=97.0).contains(&held), "{held} %");
}
