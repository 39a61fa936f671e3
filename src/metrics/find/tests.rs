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
