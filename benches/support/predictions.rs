//! Seeded predictions of two models with planted biases: the same seed gives the same rows on any
//! machine that rounds alike.
//!
//! Both scores are calibrated by construction: the label is drawn with the probability that model A
//! knows, of which model B knows a part. Then the planted rules multiply the odds of a score, never of
//! a label, so that the truth about every slice is known beforehand.

use super::graphs::Random;
use arrow_array::{
    ArrayRef, DictionaryArray, Float32Array, Int8Array, Int64Array, RecordBatch, StringArray,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::sync::Arc;

/// A dimension: its name, its values with their share of rows, and how far each moves the log odds.
pub(crate) struct Dimension {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<(String, f64, f64)>,
}

impl Dimension {
    /// Values of equal share that move the log odds evenly from `-effect` to `effect`.
    fn even(
        name: &'static str,
        values: impl ExactSizeIterator<Item = String>,
        effect: f64,
    ) -> Self {
        let last = values.len().saturating_sub(1).max(1) as f64;
        let moved = |at: usize| effect * (2.0 * at as f64 / last - 1.0);
        Self {
            name,
            values: values.enumerate().map(|(at, value)| (value, 1.0, moved(at))).collect(),
        }
    }
}

/// Odds of one model's score are multiplied where all conditions hold.
pub(crate) struct Planted {
    /// Dimension and value; `day` is a dimension too.
    pub(crate) rule: &'static [(&'static str, &'static str)],
    /// 0 or 1.
    pub(crate) model: usize,
    pub(crate) odds: f64,
}

/// What is generated.
pub(crate) struct Shape {
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) planted: Vec<Planted>,
    /// Names of the columns of scores.
    pub(crate) scores: [&'static str; 2],
    pub(crate) label: &'static str,
    /// Midnight of the first day, in seconds since 1970.
    pub(crate) first_day: i64,
    pub(crate) days: usize,
    /// Log odds of a row that nothing moves.
    pub(crate) base: f64,
    /// Scores are rounded to this many parts of one, which keeps files small; 0 leaves them.
    pub(crate) score_steps: f64,
}

const DAY_SECS: i64 = 86_400;

/// Rows of a row group.
const GROUP_ROWS: usize = 1_000_000;

/// Ten million rows of it are what the figures are about: eight dimensions, two models.
pub(crate) fn bench_shape() -> Shape {
    let numbers = |n: usize| (0..n).map(|value| value.to_string());
    let names =
        |prefix: &'static str, n: usize| (0..n).map(move |value| format!("{prefix}{value}"));
    Shape {
        dimensions: vec![
            Dimension::even("country", names("c", 30), 0.35),
            Dimension::even("device", names("d", 4), 0.2),
            Dimension::even("os", names("o", 6), 0.1),
            Dimension::even("layout", names("l", 8), 0.5),
            Dimension::even("hour", numbers(24), 0.15),
            Dimension::even("age", numbers(10), 0.3),
            Dimension::even("position", numbers(20), 0.6),
        ],
        planted: vec![
            Planted { rule: &[("age", "7")], model: 0, odds: 1.6 },
            Planted { rule: &[("country", "c2"), ("device", "d0")], model: 0, odds: 0.5 },
        ],
        scores: ["score_a", "score_b"],
        label: "label",
        first_day: 1_700_006_400,
        days: 30,
        base: -3.3,
        score_steps: 0.0,
    }
}

/// The predictions of the sample project `ads_ranking`; its README tells what is planted.
pub(crate) fn sample_shape() -> Shape {
    let listed = |values: &[(&str, f64, f64)]| {
        values.iter().map(|(value, share, moved)| ((*value).to_owned(), *share, *moved)).collect()
    };
    Shape {
        dimensions: vec![
            Dimension {
                name: "country",
                values: listed(&[
                    ("de", 30.0, 0.1),
                    ("fr", 18.0, 0.0),
                    ("it", 14.0, -0.1),
                    ("es", 12.0, 0.05),
                    ("pl", 12.0, -0.15),
                    ("nl", 8.0, 0.1),
                    ("at", 6.0, 0.05),
                ]),
            },
            Dimension {
                name: "device",
                values: listed(&[
                    ("phone", 58.0, 0.05),
                    ("desktop", 32.0, -0.1),
                    ("tablet", 10.0, 0.0),
                ]),
            },
            Dimension {
                name: "page",
                values: listed(&[
                    ("results", 60.0, 0.1),
                    ("product", 25.0, -0.2),
                    ("app_home", 15.0, 0.0),
                ]),
            },
            Dimension {
                name: "tenure",
                values: listed(&[
                    ("settled", 55.0, 0.1),
                    ("young", 30.0, 0.0),
                    ("new", 15.0, -0.2),
                ]),
            },
            Dimension {
                name: "category",
                values: listed(&[
                    ("home", 20.0, 0.0),
                    ("garden", 16.0, 0.1),
                    ("toys", 14.0, 0.2),
                    ("books", 12.0, -0.2),
                    ("sport", 12.0, 0.0),
                    ("fashion", 16.0, 0.15),
                    ("tools", 10.0, -0.1),
                ]),
            },
            Dimension::even("position", (1..9_u8).map(|value| value.to_string()), -0.5),
        ],
        planted: vec![
            Planted { rule: &[("country", "pl")], model: 0, odds: 1.24 },
            Planted { rule: &[("device", "phone"), ("page", "app_home")], model: 0, odds: 0.66 },
            Planted { rule: &[("tenure", "new"), ("category", "garden")], model: 1, odds: 2.3 },
            Planted { rule: &[("country", "it"), ("day", "9")], model: 0, odds: 1.8 },
        ],
        scores: ["score_model.ctr", "score_model.ctr_newcomers"],
        label: "clicked",
        first_day: 1_792_886_400, // 2026-10-25
        days: 21,
        base: -2.2,
        score_steps: 10_000.0,
    }
}

/// Cumulative shares, for picking.
struct Picker(Vec<f64>);

impl Picker {
    fn new(dimension: &Dimension) -> Self {
        let total: f64 = dimension.values.iter().map(|own| own.1).sum();
        let mut sum = 0.0;
        let ends = dimension.values.iter().map(|own| {
            sum += own.1 / total;
            sum
        });
        Self(ends.collect())
    }

    fn pick(&self, random: &mut Random) -> usize {
        let at = random.unit();
        self.0.iter().position(|&end| at < end).unwrap_or(self.0.len() - 1)
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Writes `rows` rows as Parquet.
pub(crate) fn write(
    shape: &Shape,
    rows: usize,
    seed: u64,
    out: impl Write + Send,
) -> parquet::errors::Result<()> {
    let mut random = Random::new(seed);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(9)?))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .build();
    let mut out = Some(out);
    let mut writer: Option<ArrowWriter<_>> = None;
    let mut left = rows;
    while left > 0 {
        let count = left.min(GROUP_ROWS / 4);
        left -= count;
        let batch = batch(shape, count, &mut random)?;
        if let Some(out) = out.take() {
            writer = Some(ArrowWriter::try_new(out, batch.schema(), Some(properties.clone()))?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch)?;
        }
    }
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(())
}

/// Conditions of a planted rule as places: of a dimension and a value, or of a day.
fn places(shape: &Shape, planted: &Planted) -> Vec<(usize, usize)> {
    let place = |&(name, value): &(&str, &str)| {
        let at = shape.dimensions.iter().position(|own| own.name == name);
        match at {
            Some(at) => {
                let values = &shape.dimensions[at].values;
                (at, values.iter().position(|own| own.0 == value).unwrap_or(usize::MAX))
            }
            None => (shape.dimensions.len(), value.parse().unwrap_or(usize::MAX)),
        }
    };
    planted.rule.iter().map(place).collect()
}

fn batch(shape: &Shape, count: usize, random: &mut Random) -> parquet::errors::Result<RecordBatch> {
    let pickers: Vec<Picker> = shape.dimensions.iter().map(Picker::new).collect();
    let rules: Vec<(Vec<(usize, usize)>, &Planted)> =
        shape.planted.iter().map(|own| (places(shape, own), own)).collect();
    let mut codes = vec![Vec::with_capacity(count); shape.dimensions.len()];
    let (mut times, mut labels) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut scores = [Vec::with_capacity(count), Vec::with_capacity(count)];
    let mut key = vec![0; shape.dimensions.len() + 1];
    for _ in 0..count {
        let mut odds = shape.base;
        for (at, picker) in pickers.iter().enumerate() {
            key[at] = picker.pick(random);
            odds += shape.dimensions[at].values[key[at]].2;
            codes[at].push(key[at] as i8);
        }
        let day = random.below(shape.days);
        key[shape.dimensions.len()] = day;
        times
            .push(shape.first_day + day as i64 * DAY_SECS + random.below(DAY_SECS as usize) as i64);
        // The sum of three evens is near enough to a normal; the second one is what only A knows.
        let even = |random: &mut Random| random.unit() + random.unit() + random.unit() - 1.5;
        let known = logistic(odds + 0.9 * even(random));
        let own = known * (1.0 + 0.5 * (random.unit() + random.unit() - 1.0));
        labels.push(i8::from(random.unit() < own));
        for (model, score) in [own, known].into_iter().enumerate() {
            let holds = |rule: &[(usize, usize)]| rule.iter().all(|&(at, value)| key[at] == value);
            let fitting = rules.iter().filter(|(rule, own)| own.model == model && holds(rule));
            let factor: f64 = fitting.map(|(_, own)| own.odds).product();
            let moved = score / (1.0 - score) * factor;
            let mut score = moved / (1.0 + moved);
            if shape.score_steps > 0.0 {
                score = (score * shape.score_steps).round().max(1.0) / shape.score_steps;
            }
            scores[model].push(score as f32);
        }
    }
    let mut columns: Vec<(&str, ArrayRef)> = vec![("time", Arc::new(Int64Array::from(times)))];
    for (own, codes) in shape.dimensions.iter().zip(codes) {
        let values: StringArray = own.values.iter().map(|value| Some(value.0.as_str())).collect();
        let column = DictionaryArray::new(Int8Array::from(codes), Arc::new(values));
        columns.push((own.name, Arc::new(column)));
    }
    columns.push((shape.label, Arc::new(Int8Array::from(labels))));
    for (name, scores) in shape.scores.into_iter().zip(scores) {
        columns.push((name, Arc::new(Float32Array::from(scores))));
    }
    Ok(RecordBatch::try_from_iter(columns)?)
}
