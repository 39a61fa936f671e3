//! Slices of predictions: reading, tables, brushes and the finder, each beside its naive twin where it
//! has one.
//!
//!     cargo bench --bench metrics                 a million rows
//!     METRICS_ROWS=10000000 cargo bench --bench metrics
//!     cargo bench --bench metrics -- brush find   rows whose name contains one of the words
//!
//! The twin of a table is one pass in plain floats over the same columns, one thread, without AUC.

mod support;

use std::hint::black_box;
use support::{measure, predictions, print_table, secs};
use undercurrent::metrics::find::{FindOptions, Objective, find};
use undercurrent::metrics::read::{ReadOptions, Watch, read};
use undercurrent::metrics::{Bars, Brushes, Mass, Predictions, TableRequest, Tiles, tables};

const SEED: u64 = 1;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let rows = std::env::var("METRICS_ROWS").ok().and_then(|rows| rows.parse().ok());
    let file = tempfile::Builder::new().suffix(".parquet").tempfile().expect("a temporary file");
    let shape = predictions::bench_shape();
    predictions::write(&shape, rows.unwrap_or(1_000_000), SEED, file.as_file()).expect("rows");
    let path = [file.path().to_owned()];
    let load = || read(&path, &ReadOptions::default(), &Watch::none()).expect("rows").predictions;
    let own = load();
    let mut lines = Vec::new();
    let mut line = |name: &str, work: &mut dyn FnMut(), twin: Option<&mut dyn FnMut()>| {
        if wanted(name) {
            let ours = measure(work).1;
            let twin = twin.map(|twin| measure(twin).1);
            let ratio = twin.map_or("-".to_owned(), |twin| format!("{:.1}", twin / ours));
            lines.push(vec![name.to_owned(), secs(ours), twin.map_or("-".to_owned(), secs), ratio]);
            eprintln!("{}", lines[lines.len() - 1].join("  "));
        }
    };
    line("load parquet", &mut || drop(black_box(load())), None);
    let singles: Vec<Vec<usize>> = (1..7).map(|at| vec![at]).collect();
    for (name, slicings) in [("country × device", vec![vec![1, 2]]), ("six breakdowns", singles)] {
        let mut request = TableRequest::new(&own, slicings.clone());
        let mut twin = || slicings.iter().for_each(|slicing| drop(black_box(naive(&own, slicing))));
        line(name, &mut || drop(black_box(tables(&own, &request))), Some(&mut twin));
        request.auc = Some(Mass::Rows);
        line(&format!("{name}, AUC"), &mut || drop(black_box(tables(&own, &request))), None);
    }
    let none = Brushes::none(&own);
    for (name, mass) in [("", None), (", AUC", Some(Mass::Rows))] {
        let build =
            || Tiles::build(&own, &[0, 1], 5, &[1, 2, 3, 4, 6], &none, mass).expect("same rows");
        line(&format!("activate a view{name}"), &mut || drop(black_box(build())), None);
        let (tiles, mut bars) = (build(), Bars::default());
        let mut brush = || {
            for view in 0..5 {
                tiles.brush(view, 6..18, &mut bars);
                for bar in 0..bars.len() {
                    black_box((bars.bias(bar, 0), bars.bias(bar, 1), bars.auc(bar, 0)));
                }
            }
        };
        line(&format!("brush five views{name}"), &mut brush, None);
    }
    let all: Vec<usize> = (1..8).collect();
    for (name, objective) in [
        ("find, worse", Objective::Worse { model: 0, than: 1 }),
        ("find, too high", Objective::TooHigh { model: 0 }),
    ] {
        let mut work =
            || drop(black_box(find(&own, objective, &all, &FindOptions::default(), &|| false)));
        line(name, &mut work, None);
    }
    print_table(&["work", "ours", "naive twin", "twin / ours"], &lines);
}

/// Sums of both models by group, in plain floats: rows, w, wy, then wp and loss of each.
fn naive(own: &Predictions, slicing: &[usize]) -> Vec<[f64; 7]> {
    let dimensions: Vec<_> = slicing.iter().map(|&at| &own.dimensions()[at]).collect();
    let cells = dimensions.iter().map(|own| own.labels.len()).product();
    let mut sums = vec![[0.0; 7]; cells];
    let [a, b] = [0, 1].map(|model| &own.scores_of(model).values);
    for (row, scores) in a.iter().zip(b).enumerate() {
        let cell =
            dimensions.iter().fold(0, |cell, own| cell * own.labels.len() + own.codes.get(row));
        let (w, y) = (own.weight(row), own.label(row) == Some(true));
        let sums = &mut sums[cell];
        sums[0] += 1.0;
        sums[1] += w;
        sums[2] += if y { w } else { 0.0 };
        for (model, &score) in [scores.0, scores.1].into_iter().enumerate() {
            let p = f64::from(score);
            sums[3 + model * 2] += w * p;
            sums[4 + model * 2] -= w * if y { p } else { 1.0 - p }.ln();
        }
    }
    sums
}
