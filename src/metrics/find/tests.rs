//! The search against all conjunctions, and what is reported against what was planted.

use super::*;
use crate::metrics::testing::{Random, TestRow, predictions, seeded};
use proptest::prelude::*;
use rustc_hash::FxHashMap;

/// Every conjunction of up to three values, nothing pruned.
fn exhaustive(
    columns: &[Vec<u32>],
    errors: &[f64],
    options: &SearchOptions,
) -> Vec<(Vec<(usize, u32)>, f64)> {
    let rows = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / rows;
    let support = options.support.unwrap_or_else(|| (errors.len() / 100).max(32));
    let mut sums: FxHashMap<Vec<(usize, u32)>, (usize, f64)> = FxHashMap::default();
    for (row, error) in errors.iter().enumerate() {
        for set in 1_usize..1 << columns.len() {
            if set.count_ones() as usize <= options.level {
                let key: Vec<(usize, u32)> = (0..columns.len())
                    .filter(|at| set >> at & 1 == 1)
                    .map(|at| (at, columns[at][row]))
                    .collect();
                let own = sums.entry(key).or_default();
                own.0 += 1;
                own.1 += error;
            }
        }
    }
    let mut found: Vec<(Vec<(usize, u32)>, f64)> = sums
        .into_iter()
        .filter(|(_, (n, _))| *n >= support)
        .map(|(key, (n, error))| {
            let n = n as f64;
            let alpha = options.alpha;
            (key, alpha * (error / n / mean - 1.0) - (1.0 - alpha) * (rows / n - 1.0))
        })
        .filter(|(_, score)| *score > 0.0)
        .collect();
    found.sort_by(|a, b| {
        b.1.total_cmp(&a.1).then_with(|| (a.0.len(), &a.0).cmp(&(b.0.len(), &b.0)))
    });
    found.truncate(options.count);
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_best_are_those_of_all_conjunctions(
        seed in any::<u64>(), rows in 40_usize..600, alpha in 0.5_f64..1.0, support in 1_usize..30
    ) {
        let mut random = Random::new(seed);
        let sizes = [3, 5, 2, 4];
        let columns: Vec<Vec<u32>> = sizes
            .iter()
            .map(|&size| (0..rows).map(|_| random.below(size) as u32).collect())
            .collect();
        let errors: Vec<f64> = (0..rows)
            .map(|row| {
                let planted = columns[0][row] == 1 && columns[3][row] == 2;
                random.unit() * random.unit() + if planted { 0.7 * random.unit() } else { 0.0 }
            })
            .collect();
        let options = SearchOptions { alpha, support: Some(support), ..Default::default() };
        let found = search(&columns, &errors, &options, &|| false).expect("nobody cancels");
        let expected = exhaustive(&columns, &errors, &options);
        prop_assert_eq!(found.best.len(), expected.len());
        for (own, (values, score)) in found.best.iter().zip(&expected) {
            prop_assert_eq!(&own.values, values);
            prop_assert!((own.score - score).abs() < 1e-9, "{} {}", own.score, score);
        }
    }
}

#[test]
fn threads_change_nothing_and_cancelling_stops() {
    let mut random = Random::new(9);
    let columns: Vec<Vec<u32>> =
        (0..5).map(|_| (0..200_000).map(|_| random.below(8) as u32).collect()).collect();
    let errors: Vec<f64> = (0..200_000).map(|_| random.unit()).collect();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let options = SearchOptions { alpha: 0.99, ..Default::default() };
        pool.install(|| search(&columns, &errors, &options, &|| false))
    };
    assert_eq!(on(1), on(3));
    assert_eq!(search(&columns, &errors, &SearchOptions::default(), &|| true), None);
}

fn all(predictions: &Predictions) -> Vec<usize> {
    (0..predictions.dimensions().len()).collect()
}

fn found(rows: &[TestRow], sizes: &[usize], objective: Objective) -> Found {
    let own = predictions(sizes, 2, rows);
    find(&own, objective, &all(&own), &FindOptions::default(), &|| false).expect("rows")
}

#[test]
fn planted_slices_are_found_by_every_objective() {
    let sizes = [3, 4, 2];
    let mut rows = seeded(21, 20_000, &sizes, 2, false);
    for row in rows.iter_mut().filter(|row| row.codes[0] == 1 && row.codes[1] == 2) {
        row.scores[0] = (row.scores[0] * 3.0).min(0.98);
    }
    for objective in [
        Objective::TooHigh { model: 0 },
        Objective::Worse { model: 0, than: 1 },
        Objective::SquaredError { model: 0 },
    ] {
        let found = found(&rows, &sizes, objective);
        // A part of the slice may do worse by chance.
        let best = found.slices.first().map(|own| own.spec.to_string()).unwrap_or_default();
        assert!(best.starts_with("d0=v1, d1=v2"), "{objective:?} {best}");
        let best = &found.slices[0];
        assert!(best.p_value < 1e-6 && best.mean > found.elsewhere);
        assert!(best.interval.expect("rows").low > found.elsewhere.max(0.0));
    }
}

#[test]
fn the_scan_for_bias_sees_every_conjunction() {
    let sizes = [3, 2, 4];
    let mut random = Random::new(77);
    let columns: Vec<Vec<u32>> =
        sizes.iter().map(|&size| (0..900).map(|_| random.below(size) as u32).collect()).collect();
    let excesses: Vec<f64> = (0..900).map(|_| random.unit() - 0.45).collect();
    let variances: Vec<f64> = (0..900).map(|_| 0.05 + 0.2 * random.unit()).collect();
    let options = SearchOptions { count: 1000, support: Some(20), ..Default::default() };
    let found = scan::scan(&columns, &excesses, &variances, &options, &|| false).expect("done");
    let mut sums: FxHashMap<Vec<(usize, u32)>, (u64, f64, f64)> = FxHashMap::default();
    for row in 0..900 {
        for set in 1_usize..8 {
            let of = (0..3).filter(|at| set >> at & 1 == 1).map(|at| (at, columns[at][row]));
            let own = sums.entry(of.collect()).or_default();
            *own = (own.0 + 1, own.1 + excesses[row], own.2 + variances[row]);
        }
    }
    sums.retain(|_, own| own.0 >= 20);
    assert_eq!(found.looked_at, sums.len() as u64);
    sums.retain(|_, own| own.1 > 0.0);
    assert_eq!(found.best.len(), sums.len());
    assert!(found.best.is_sorted_by(|a, b| a.score >= b.score));
    for own in &found.best {
        let (rows, excess, variance) = sums[&own.values];
        assert_eq!(own.rows, rows);
        assert!((own.score - excess / variance.sqrt()).abs() < 1e-9);
    }
}

/// Each of the values is too rare for a slice of its own; together they are one.
#[test]
fn a_bias_that_rare_values_share_is_found_as_a_set() {
    let sizes = [40, 3, 2];
    let mut rows = seeded(23, 60_000, &sizes, 2, false);
    let hit = |row: &TestRow| matches!(row.codes[0], 3 | 8 | 21 | 30) && row.codes[1] == 1;
    for row in rows.iter_mut().filter(|row| hit(row)) {
        row.scores[0] = (row.scores[0] * 4.0).min(0.98);
    }
    let found = found(&rows, &sizes, Objective::TooHigh { model: 0 });
    let best = &found.slices[0];
    assert_eq!(best.spec.to_string(), "d0=v3|v8|v21|v30, d1=v1");
    let own = best.interval.expect("rows");
    assert!(own.low > 0.0 && best.p_value < 1e-6, "{best:?}");
    // All with d1=v1 are too high on average, for the sake of these.
    let folded: Vec<String> = best.folded.iter().map(ToString::to_string).collect();
    assert!(folded.contains(&"d1=v1".to_owned()), "{folded:?}");
    assert_eq!(found.slices.len(), 1, "{:?}", found.slices);
}

/// Labels drawn by the scores themselves: whatever set looks worst is worst by chance.
#[test]
fn a_model_that_is_right_has_no_biased_sets() {
    let sizes = [12, 4, 5];
    let false_alarms = (0..100)
        .filter(|&seed| {
            let mut rows = seeded(seed + 3000, 4000, &sizes, 2, false);
            let mut random = Random::new(seed);
            for row in &mut rows {
                row.label = Some(random.unit() < f64::from(row.scores[0]));
            }
            let objective = match seed % 2 {
                0 => Objective::TooHigh { model: 0 },
                _ => Objective::TooLow { model: 0 },
            };
            !found(&rows, &sizes, objective).slices.is_empty()
        })
        .count();
    assert!(false_alarms <= 5, "{false_alarms} of 100");
}

/// Of all sets of values and all odds of the grid, by the likelihood row by row.
#[test]
fn the_best_set_of_a_column_is_that_of_all_sets() {
    let mut random = Random::new(99);
    let codes: Vec<u32> = (0..600).map(|_| random.below(6) as u32).collect();
    let places: Vec<u8> = (0..600).map(|_| random.below(4) as u8).collect();
    let means = vec![0.1, 0.3, 0.5, 0.8];
    let positive: Vec<bool> = (0..600)
        .map(|row| {
            let p: f64 = means[usize::from(places[row])];
            let odds = p / (1.0 - p) * if matches!(codes[row], 1 | 4) { 3.0 } else { 1.0 };
            random.unit() < odds / (1.0 + odds)
        })
        .collect();
    let columns = [codes.clone()];
    let rows = widen::Rows {
        columns: &columns,
        places: places.clone(),
        means: means.clone(),
        positive: positive.clone(),
        excesses: &[],
        variances: &[],
        too_high: false,
    };
    let (score, set) = widen::best_set(&rows, 0);
    let likelihood = |set: usize, step: i32| -> f64 {
        let q = 2_f64.powf(f64::from(step) / 4.0);
        let own = (0..600).filter(|&row| set >> codes[row] & 1 == 1);
        own.map(|row| {
            let p = means[usize::from(places[row])];
            let hit = if positive[row] { q.ln() } else { 0.0 };
            hit - (1.0 + p * (q - 1.0)).ln()
        })
        .sum()
    };
    let cost = |set: usize| if set == 63 { 0.0 } else { f64::from(set.count_ones()) * 6_f64.ln() };
    let (mut best, mut best_set) = (f64::NEG_INFINITY, 0);
    for (sets, step) in (1..64).flat_map(|set| (1..=20).map(move |step| (set, step))) {
        let own = likelihood(sets, step) - cost(sets);
        if own > best {
            (best, best_set) = (own, sets);
        }
    }
    assert!((score - best).abs() < 1e-9, "{score} {best}");
    let set = set.map_or(63, |set| (0..6).filter(|&at| set[at]).map(|at| 1 << at).sum());
    assert_eq!(set, best_set);
    assert_eq!(best_set, 0b01_0010, "the values with other odds");
}

#[test]
fn overlapping_slices_are_folded() {
    let sizes = [2, 2];
    let mut rows = seeded(22, 8000, &sizes, 2, false);
    // The second dimension repeats the first, but for a few rows.
    for (at, row) in rows.iter_mut().enumerate() {
        row.codes[1] = if at % 20 == 0 { 1 - row.codes[0] } else { row.codes[0] };
        if row.codes[0] == 1 {
            row.scores[0] = (row.scores[0] * 2.5).min(0.98);
        }
    }
    let found = found(&rows, &sizes, Objective::TooHigh { model: 0 });
    assert_eq!(found.slices.len(), 1, "{:?}", found.slices);
    assert!(!found.slices[0].folded.is_empty());
}

#[test]
fn shuffled_labels_give_nothing() {
    let sizes = [3, 4, 5];
    let false_alarms = (0..200)
        .filter(|&seed| {
            let mut rows = seeded(seed + 1000, 2000, &sizes, 1, false);
            let mut random = Random::new(seed);
            for at in (1..rows.len()).rev() {
                let other = random.below(at + 1);
                let label = rows[at].label;
                rows[at].label = rows[other].label;
                rows[other].label = label;
            }
            let own = predictions(&sizes, 1, &rows);
            let options = FindOptions::default();
            let found =
                find(&own, Objective::LogLoss { model: 0 }, &all(&own), &options, &|| false);
            !found.expect("rows").slices.is_empty()
        })
        .count();
    assert!(false_alarms <= 10, "{false_alarms} of 200");
}

#[test]
fn models_on_different_rows_are_refused() {
    let mut rows = seeded(3, 100, &[2], 2, false);
    rows[0].scores[0] = f32::NAN;
    let own = predictions(&[2], 2, &rows);
    let objective = Objective::Worse { model: 0, than: 1 };
    let error = find(&own, objective, &[0], &FindOptions::default(), &|| false);
    assert!(matches!(error, Err(FindError::DifferentRows(_))));
}
