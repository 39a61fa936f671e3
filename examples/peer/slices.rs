//! Slices of predictions: the harness's tasks `load_parquet`, `load_csv`, `g1` to `g2s`, `brush` and
//! `slicefind_L2` and `_L3`.

use super::{Failure, Task, Times, bench, cache, cpu_secs, peak_mb};
use serde_json::{Map, Value, json};
use std::time::Instant;
use undercurrent::metrics::find::{SearchOptions, search};
use undercurrent::metrics::read::{ReadOptions, Watch, read};
use undercurrent::metrics::{
    Bars, BaseRate, Brushes, GroupTable, Mass, Metric, Predictions, TableRequest, Tiles, tables,
};

/// The tasks of this file.
pub(super) const TASKS: &[(&str, Task)] = &[
    ("load_parquet", |size| load_task(size, "parquet")),
    ("load_csv", |size| load_task(size, "csv")),
    ("g1", |size| groups_task(size, &[&["country", "device"]], true)),
    ("g1s", |size| groups_task(size, &[&["country", "device"]], false)),
    ("g2", |size| groups_task(size, SINGLES, true)),
    ("g2s", |size| groups_task(size, SINGLES, false)),
    ("brush", brush_task),
    ("slicefind_L2", |size| find_task(size, 2)),
    ("slicefind_L3", |size| find_task(size, 3)),
];

/// The six breakdowns of `g2`.
const SINGLES: &[&[&str]] = &[&["country"], &["device"], &["os"], &["layout"], &["hour"], &["age"]];

/// Reads seeded predictions; `position` and the rest of the columns as the program would guess them.
fn predictions(size: &str, ending: &str) -> Result<Predictions, Failure> {
    let path = cache()?.join("data/predictions").join(format!("p-{size}.{ending}"));
    Ok(read(&[path], &ReadOptions::default(), &Watch::none())?.predictions)
}

fn load_task(size: &str, ending: &str) -> Result<(Times, Value), Failure> {
    // The last result is dropped before the next run, so that the peak is that of one.
    let mut last: Option<Predictions> = None;
    let (outcome, times) = bench(|| -> Result<(), String> {
        drop(last.take());
        last = Some(predictions(size, ending).map_err(|failure| failure.to_string())?);
        Ok(())
    });
    outcome?;
    let read = last.ok_or("nothing was read")?;
    let rows = 0..read.rows();
    let positives = rows.clone().filter(|&row| read.label(row) == Some(true)).count();
    let sum_w: f64 = rows.map(|row| read.weight(row)).sum();
    Ok((
        times,
        json!({"rows": read.rows(), "positives": positives, "sum_w": sum_w, "bytes": read.bytes()}),
    ))
}

fn groups_task(size: &str, slicings: &[&[&str]], auc: bool) -> Result<(Times, Value), Failure> {
    let predictions = predictions(size, "parquet")?;
    let index = |name: &&str| predictions.dimension(name).ok_or("a dimension is missing");
    let slicings: Vec<Vec<usize>> =
        slicings.iter().map(|names| names.iter().map(index).collect()).collect::<Result<_, _>>()?;
    let request = TableRequest {
        auc: auc.then_some(Mass::Rows),
        ..TableRequest::new(&predictions, slicings)
    };
    let (made, times) = bench(|| tables(&predictions, &request));
    let mut facts = Map::new();
    for table in made? {
        let dimensions = table.slicing.iter().map(|&at| &*predictions.dimensions()[at].name);
        let name = dimensions.collect::<Vec<_>>().join("x");
        facts.insert(name, group_facts(&table, auc));
    }
    Ok((times, Value::Object(facts)))
}

/// A drag of 50 steps over the hour: a window of 6 hours to the right, one of 3 back, one that grows.
fn brushes() -> Vec<std::ops::Range<usize>> {
    let right = (0..19).map(|a| a..a + 6);
    let back = (0..22).rev().map(|a| a..a + 3);
    right.chain(back).chain((0..9).map(|k| 0..k + 1)).collect()
}

/// Five views under a brush of the hour, with counts and the bias of both models.
fn brush_task(size: &str) -> Result<(Times, Value), Failure> {
    let predictions = predictions(size, "parquet")?;
    let find = |name: &str| predictions.dimension(name).ok_or("a dimension is missing");
    let active = find("hour")?;
    let views: Vec<usize> = ["country", "device", "os", "layout", "age"]
        .into_iter()
        .map(find)
        .collect::<Result<_, _>>()?;
    println!("#");
    let none = Brushes::none(&predictions);
    let build = || Tiles::build(&predictions, &[0, 1], active, &views, &none, None);
    let (tiles, setup) = bench(build);
    let tiles = tiles?;
    let cpu = cpu_secs();
    let (mut bars, mut runs) = (Bars::default(), Vec::new());
    let (mut rows, mut bins, mut sum_bias) = (0, 0, 0.0);
    for pass in 0..4 {
        (rows, bins, sum_bias) = (0, 0, 0.0);
        for brush in brushes() {
            let start = Instant::now();
            let mut bias = Vec::with_capacity(128);
            for view in 0..views.len() {
                tiles.brush(view, brush.clone(), &mut bars);
                for bar in 0..bars.len() {
                    if view == 0 {
                        rows += bars.rows(bar);
                    }
                    bias.push((bars.bias(bar, 0), bars.bias(bar, 1)));
                }
            }
            let secs = start.elapsed().as_secs_f64();
            for (a, b) in bias.iter().filter_map(|(a, b)| Some((a.as_ref()?, b.as_ref()?))) {
                sum_bias += a + b + 2.0;
                bins += 1;
            }
            if pass > 0 {
                runs.push(secs);
            }
        }
    }
    let mut sorted = runs.clone();
    sorted.sort_by(f64::total_cmp);
    let p95 = sorted[(sorted.len() * 95).div_ceil(100) - 1];
    let facts = json!({
        "rows_seen": rows, "bins": bins, "sum_bias": sum_bias, "setup_s": setup.runs[setup.runs.len() / 2],
        "p95_s": p95,
    });
    Ok((Times { first: runs[0], runs, cpu: cpu_secs() - cpu, peak_mb: peak_mb() }, facts))
}

/// Rows in columns of codes, and the error of each, for a search.
struct FindInput {
    features: Vec<String>,
    /// By feature, then code.
    values: Vec<Vec<String>>,
    columns: Vec<Vec<u32>>,
    errors: Vec<f64>,
}

impl FindInput {
    /// `adult-err01`, `adult-logloss`: a CSV of features and errors.
    fn adult(error: &str) -> Result<Self, Failure> {
        let mut reader = csv::Reader::from_path(cache()?.join("data/adult.csv"))?;
        let header = reader.headers()?.clone();
        let is_feature = |name: &&str| !matches!(*name, "err01" | "logloss");
        let features: Vec<String> = header.iter().filter(is_feature).map(str::to_owned).collect();
        let place =
            |name: &str| header.iter().position(|own| own == name).ok_or("a column is missing");
        let error = place(error)?;
        let places: Vec<usize> =
            features.iter().map(|name| place(name)).collect::<Result<_, _>>()?;
        let (mut cells, mut errors) = (vec![Vec::new(); places.len()], Vec::new());
        for record in reader.records() {
            let record = record?;
            errors.push(record[error].parse()?);
            for (cells, &at) in cells.iter_mut().zip(&places) {
                cells.push(record[at].to_owned());
            }
        }
        let mut own = Self { features, values: Vec::new(), columns: Vec::new(), errors };
        for cells in cells {
            let mut values = cells.clone();
            values.sort();
            values.dedup();
            let code = |cell: &String| values.binary_search(cell).unwrap_or(0) as u32;
            own.columns.push(cells.iter().map(code).collect());
            own.values.push(values);
        }
        Ok(own)
    }

    /// `N-logloss` and `N-excess`: seeded predictions.
    fn predictions(rows: &str, kind: &str) -> Result<Self, Failure> {
        let read = predictions(rows, "parquet")?;
        let features = ["country", "device", "os", "layout", "hour", "age", "position"];
        let mut own = Self {
            features: features.iter().map(ToString::to_string).collect(),
            values: Vec::new(),
            columns: Vec::new(),
            errors: Vec::new(),
        };
        for name in features {
            let at = read.dimension(name).ok_or("a dimension is missing")?;
            let dimension = &read.dimensions()[at];
            own.values.push(dimension.labels.iter().map(ToString::to_string).collect());
            let codes = &dimension.codes;
            own.columns.push((0..codes.len()).map(|row| codes.get(row) as u32).collect());
        }
        let loss = |model: usize, row: usize| {
            let p = f64::from(read.score(model, row).unwrap_or(0.5));
            -if read.label(row) == Some(true) { p } else { 1.0 - p }.ln()
        };
        let error = |row: usize| match kind {
            "excess" => (loss(0, row) - loss(1, row)).max(0.0),
            _ => loss(0, row),
        };
        own.errors = (0..read.rows()).map(error).collect();
        Ok(own)
    }
}

/// SliceLine's search with the peers' settings.
fn find_task(size: &str, level: usize) -> Result<(Times, Value), Failure> {
    let (data, kind) = size.rsplit_once('-').ok_or("a size is DATA-ERROR")?;
    let input = match data {
        "adult" => FindInput::adult(kind)?,
        rows => FindInput::predictions(rows, kind)?,
    };
    let rows = input.errors.len();
    let options = SearchOptions { level, support: Some((rows / 100).max(1)), ..Default::default() };
    let (found, times) = bench(|| search(&input.columns, &input.errors, &options, &|| false));
    let found = found.ok_or("nobody cancelled")?;
    let top = found.best.iter().map(|own| {
        let condition = |&(at, code): &(usize, u32)| {
            (input.features[at].clone(), input.values[at][code as usize].clone().into())
        };
        let rule: Map<String, Value> = own.values.iter().map(condition).collect();
        json!({"rule": rule, "score": own.score, "size": own.rows, "avg_error": own.mean_error})
    });
    let facts = json!({
        "rows": rows, "features": input.features.len(),
        "onehot": input.values.iter().map(Vec::len).sum::<usize>(),
        "mean_error": input.errors.iter().sum::<f64>() / rows as f64,
        "slices": found.best.len(), "sum_score": found.best.iter().map(|own| own.score).sum::<f64>(),
        "looked_at": found.looked_at, "top": top.collect::<Vec<_>>(),
    });
    Ok((times, facts))
}

/// Sums and means over groups, as the harness compares them.
fn group_facts(table: &GroupTable, auc: bool) -> Value {
    let mean = |model: usize, metric: Metric, of: fn(f64) -> f64| {
        let values: Vec<f64> = table
            .groups
            .iter()
            .filter_map(|group| group.stats[model].value(metric, BaseRate::Slice))
            .map(of)
            .collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    // The peers speak of P/Y and of the AUC itself.
    let ratio = |bias: f64| bias + 1.0;
    let own = |value: f64| value;
    let auc_of = |loss: f64| 1.0 - loss;
    let rows: u64 = table.groups.iter().map(|group| group.stats[0].sums.rows).sum();
    let sum_w: f64 = table.groups.iter().map(|group| group.stats[0].sums.w).sum();
    let mut facts = json!({
        "groups": table.groups.len(), "n": rows, "sum_w": sum_w,
        "mean_bias_a": mean(0, Metric::Bias, ratio), "mean_bias_b": mean(1, Metric::Bias, ratio),
        "mean_ll_a": mean(0, Metric::LogLoss, own), "mean_ll_b": mean(1, Metric::LogLoss, own),
    });
    if auc {
        facts["mean_auc_a"] = mean(0, Metric::AucLoss, auc_of).into();
        facts["mean_auc_b"] = mean(1, Metric::AucLoss, auc_of).into();
    }
    facts
}
