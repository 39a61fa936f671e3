//! The query that computes a cube where the logs live.
//!
//! Every dialect says the same: each row's contributions are rounded to whole numbers in fixed point,
//! as the program does, and summed exactly in decimals, so that the result does not depend on how the
//! engine splits its work.

use super::files::{CubeError, free_of_names};
use super::scores::ScoreRange;
use crate::metrics::cell::{LEAST_PROBABILITY, Scale, power};
use crate::metrics::columns::MISSING;
use crate::metrics::read::{Binning, Bucket, ColumnRole, Role, Roles};
use std::fmt::Write;

/// Whose SQL it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    DuckDb,
    Spark,
    BigQuery,
}

impl Dialect {
    pub const ALL: &[Self] = &[Self::DuckDb, Self::Spark, Self::BigQuery];

    pub const fn key(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
            Self::BigQuery => "bigquery",
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|own| own.key() == key)
    }

    fn quoted(self, name: &str) -> String {
        match self {
            Self::DuckDb => format!("\"{}\"", name.replace('"', "\"\"")),
            Self::Spark | Self::BigQuery => format!("`{}`", name.replace('`', "``")),
        }
    }

    const fn text(self) -> &'static str {
        match self {
            Self::DuckDb => "VARCHAR",
            Self::Spark | Self::BigQuery => "STRING",
        }
    }

    const fn double(self) -> &'static str {
        match self {
            Self::DuckDb | Self::Spark => "DOUBLE",
            Self::BigQuery => "FLOAT64",
        }
    }

    /// A number rounded to a whole one, ties to even where the engine can.
    fn whole(self, number: &str) -> String {
        match self {
            Self::DuckDb => format!("CAST(round_even({number}, 0) AS DECIMAL(38, 0))"),
            Self::Spark => format!("CAST(rint({number}) AS DECIMAL(38, 0))"),
            Self::BigQuery => format!("CAST(ROUND({number}) AS BIGNUMERIC)"),
        }
    }

    fn sum(self, number: &str) -> String {
        let sum = format!("sum({})", self.whole(number));
        match self {
            Self::DuckDb | Self::Spark => format!("CAST({sum} AS DECIMAL(38, 0))"),
            Self::BigQuery => format!("CAST({sum} AS STRING)"),
        }
    }

    /// A stretch of time as the program labels it, from a timestamp.
    fn stretch(self, column: &str, bucket: Bucket) -> String {
        let (unit, pattern) = match bucket {
            Bucket::Hour => ("hour", ["%Y-%m-%d %H:00", "yyyy-MM-dd HH:00"]),
            Bucket::Auto | Bucket::Day => ("day", ["%Y-%m-%d", "yyyy-MM-dd"]),
            Bucket::Week => ("week", ["%Y-%m-%d", "yyyy-MM-dd"]),
            Bucket::Month => ("month", ["%Y-%m", "yyyy-MM"]),
        };
        match self {
            Self::DuckDb => format!("strftime(date_trunc('{unit}', {column}), '{}')", pattern[0]),
            Self::Spark => format!("date_format(date_trunc('{unit}', {column}), '{}')", pattern[1]),
            Self::BigQuery => {
                let unit = if unit == "week" { "isoweek" } else { unit };
                let part = unit.to_uppercase();
                format!("FORMAT_TIMESTAMP('{}', TIMESTAMP_TRUNC({column}, {part}))", pattern[0])
            }
        }
    }
}

/// How a column tells time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeForm {
    /// In the engine's own type.
    #[default]
    Timestamp,
    /// Since the beginning of 1970.
    Seconds,
    Milliseconds,
    Microseconds,
}

impl TimeForm {
    pub const ALL: &[Self] =
        &[Self::Timestamp, Self::Seconds, Self::Milliseconds, Self::Microseconds];

    pub const fn key(self) -> &'static str {
        match self {
            Self::Timestamp => "timestamp",
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|own| own.key() == key)
    }

    /// The column as a timestamp without zone, in UTC.
    fn stamp(self, dialect: Dialect, column: &str) -> String {
        let micros = match self {
            Self::Timestamp => return column.to_owned(),
            Self::Seconds => 1_000_000,
            Self::Milliseconds => 1_000,
            Self::Microseconds => 1,
        };
        match dialect {
            Dialect::DuckDb => {
                format!("make_timestamp(CAST(floor({column} * {micros}) AS BIGINT))")
            }
            Dialect::Spark => {
                format!("timestamp_micros(CAST(floor({column} * {micros}) AS BIGINT))")
            }
            Dialect::BigQuery => {
                format!("TIMESTAMP_MICROS(CAST(FLOOR({column} * {micros}) AS INT64))")
            }
        }
    }
}

/// What the query is to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlRequest<'a> {
    pub dialect: Dialect,
    /// The table or file as the engine names it, such as `logs` or `'part-*.parquet'`.
    pub table: &'a str,
    /// Columns and what they are for; dimensions become the cube's.
    pub roles: &'a Roles,
    /// No weight is larger; it sets the scale.
    pub largest_weight: f64,
    pub bucket: Bucket,
    pub time: TimeForm,
    /// For each score, in the order of the roles, the ranges to tell apart; empty for a cube without histograms.
    pub ranges: &'a [Vec<ScoreRange>],
}

/// Writes the query. Its result, saved as Parquet or CSV, is what [`super::SliceCube::read`] takes.
///
/// The sums are those of the program to the last digit but for the log loss, where the engine's
/// logarithm may round a row's last digit of 2⁻⁴⁶ otherwise.
///
/// # Errors
/// When the roles name no score, or no label; when a dimension is called as a column of histograms is.
pub fn sql(request: &SqlRequest<'_>) -> Result<String, CubeError> {
    let (own, roles) = (request.dialect, request.roles);
    let missing = CubeError::Role;
    let label = roles.of(Role::Label).next().ok_or_else(|| missing("label"))?;
    let scores: Vec<&ColumnRole> = roles.of(Role::Score).collect();
    if scores.is_empty() {
        return Err(missing("score"));
    }
    let number = |column: &str| format!("CAST({} AS {})", own.quoted(column), own.double());
    let weight = roles.of(Role::Weight).next().map(|weight| number(&weight.column));
    let weight = weight.unwrap_or_else(|| format!("CAST(1 AS {})", own.double()));
    let dimensions: Vec<(String, String)> = roles
        .0
        .iter()
        .filter_map(|role| Some((own.quoted(&role.column), value_of(request, role)?)))
        .collect();
    let mut text = String::from("WITH judged AS (\n  SELECT\n");
    for (at, (_, value)) in dimensions.iter().enumerate() {
        let _ = writeln!(text, "    COALESCE({value}, '{MISSING}') AS d{at},");
    }
    let label_number = format!("CAST({} AS {})", own.quoted(&label.column), own.double());
    let _ = writeln!(text, "    {label_number} AS y,");
    for (at, score) in scores.iter().enumerate() {
        let _ = writeln!(text, "    {} AS p{at},", number(&score.column));
    }
    let _ = writeln!(text, "    {weight} AS weight\n  FROM {}\n), weighed AS (", request.table);
    let _ =
        writeln!(text, "  SELECT *, CASE WHEN y IS NULL THEN 0 ELSE weight END AS w FROM judged");
    let scored: Vec<String> =
        (0..scores.len()).map(|at| format!("p{at} BETWEEN 0 AND 1")).collect();
    let _ = writeln!(
        text,
        "  WHERE {} AND weight >= 0 AND (y IS NULL OR y IN (0, 1))\n)",
        scored.join(" AND ")
    );
    let scale = Scale::new(request.largest_weight, 1);
    if !request.ranges.is_empty() {
        free_of_names(
            roles
                .0
                .iter()
                .filter(|role| value_of(request, role).is_some())
                .map(|role| &*role.column),
        )?;
    }
    if request.ranges.is_empty() {
        select(&mut text, own, &dimensions, None, &sums(own, &scores, None, scale), scale);
        return Ok(text);
    }
    for (at, (score, ranges)) in scores.iter().zip(request.ranges).enumerate() {
        if at > 0 {
            text.push_str("UNION ALL\n");
        }
        let sums = sums(own, &scores, Some(at), scale);
        select(&mut text, own, &dimensions, Some((at, &score.model, ranges)), &sums, scale);
    }
    Ok(text)
}

/// Writes the sums of all rows by dimensions, and by the ranges of a score where there are some.
fn select(
    text: &mut String,
    own: Dialect,
    dimensions: &[(String, String)],
    score: Option<(usize, &str, &[ScoreRange])>,
    sums: &[(String, String)],
    scale: Scale,
) {
    let mut keys: Vec<String> = (0..dimensions.len()).map(|at| format!("d{at}")).collect();
    let _ = writeln!(text, "SELECT");
    for (at, (name, _)) in dimensions.iter().enumerate() {
        let _ = writeln!(text, "  d{at} AS {name},");
    }
    let mut from = "weighed".to_owned();
    if let Some((at, model, ranges)) = score {
        let end = |of: fn(&ScoreRange) -> f32| {
            let number = |bin: usize| format!("{:?}", f64::from(of(&ranges[bin])));
            let ends = (0..ranges.len()).map(number).collect::<Vec<_>>();
            let next = |bin: usize| format!("score_bin < {bin}");
            format!("CAST({} AS {})", chosen(&ends, &next), own.double())
        };
        let name = model.replace('\'', if own == Dialect::BigQuery { "\\'" } else { "''" });
        let _ = writeln!(text, "  '{name}' AS model,");
        let _ = writeln!(text, "  {} AS score_from,", end(|own| own.from));
        let _ = writeln!(text, "  {} AS score_to,", end(|own| own.to));
        let bins: Vec<String> = (0..ranges.len()).map(|bin| bin.to_string()).collect();
        let below = |bin: usize| format!("p{at} < {:?}", f64::from(ranges[bin].from));
        from = format!("(SELECT *, {} AS score_bin FROM weighed) AS binned", chosen(&bins, &below));
        keys.push("score_bin".to_owned());
    }
    for (name, sum) in sums {
        let _ = writeln!(text, "  {sum} AS {},", own.quoted(name));
    }
    let _ = writeln!(text, "  {} AS weight_exponent,", scale.weight);
    let _ = writeln!(text, "  {} AS loss_exponent,", scale.loss);
    let _ = writeln!(text, "  {} AS square_exponent", scale.square);
    let _ = write!(text, "FROM {from}");
    if !keys.is_empty() {
        let _ = write!(text, "\nGROUP BY {}", keys.join(", "));
    }
    text.push('\n');
}

/// An expression that takes one of some values by halving: `below(at)` holds where it is one before `at`.
fn chosen(values: &[String], below: &dyn Fn(usize) -> String) -> String {
    fn between(values: &[String], start: usize, below: &dyn Fn(usize) -> String) -> String {
        if let [only] = values {
            return only.clone();
        }
        let (left, right) = values.split_at(values.len() / 2);
        let middle = start + left.len();
        let (low, high) = (between(left, start, below), between(right, middle, below));
        format!("CASE WHEN {} THEN {low} ELSE {high} END", below(middle))
    }
    if values.is_empty() { "0".to_owned() } else { between(values, 0, below) }
}

/// Names and expressions of the sums: of all scores with their models' names, or of one without.
fn sums(
    own: Dialect,
    scores: &[&ColumnRole],
    part: Option<usize>,
    scale: Scale,
) -> Vec<(String, String)> {
    let scaled =
        |product: &str, exponent: i32| own.sum(&format!("{product} * {:e}", power(exponent)));
    let mut sums = vec![
        ("rows".to_owned(), "count(*)".to_owned()),
        ("labelled".to_owned(), "count(y)".to_owned()),
        ("w".to_owned(), scaled("w", scale.weight)),
        ("wy".to_owned(), scaled("(w * COALESCE(y, 0))", scale.weight)),
        ("wwyy".to_owned(), scaled("(w * w * COALESCE(y, 0))", scale.square)),
    ];
    let (low, high) = (LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY);
    for at in part.map_or(0..scores.len(), |at| at..at + 1) {
        let p = format!("p{at}");
        let likelihood = format!("CASE WHEN y = 1 THEN {p} ELSE 1 - {p} END");
        let kept = format!("greatest({low:e}, least({high:?}, {likelihood}))");
        let miss = format!("({p} - COALESCE(y, 0))");
        let mut add = |name: &str, product: &str, exponent: i32| {
            let end = if part.is_none() { format!(":{}", scores[at].model) } else { String::new() };
            let name = format!("{name}{end}");
            sums.push((name, scaled(product, exponent)));
        };
        add("wp", &format!("(w * {p})"), scale.weight);
        add("loss", &format!("(w * -ln({kept}))"), scale.loss);
        add("square", &format!("(w * {miss} * {miss})"), scale.weight);
        add("variance", &format!("(w * ((w * {p}) * (1 - {p})))"), scale.square);
        add("wwpp", &format!("((w * {p}) * (w * {p}))"), scale.square);
        add("wwpy", &format!("((w * {p}) * w * COALESCE(y, 0))"), scale.square);
    }
    sums
}

/// The expression of a dimension's value; `None` for columns that are none.
fn value_of(request: &SqlRequest<'_>, role: &ColumnRole) -> Option<String> {
    let own = request.dialect;
    let column = own.quoted(&role.column);
    match (role.role, &role.binning) {
        (Role::Time, _) => Some(own.stretch(&request.time.stamp(own, &column), request.bucket)),
        (Role::Dimension, Binning::Cuts(cuts)) if !cuts.is_empty() => {
            let mut text = format!("CASE WHEN {column} IS NULL THEN NULL");
            for (at, cut) in cuts.iter().enumerate() {
                let label = match at.checked_sub(1).map(|at| cuts[at]) {
                    None => format!("below {cut}"),
                    Some(start) => format!("{start} to {cut}"),
                };
                let _ = write!(text, " WHEN {column} < {cut} THEN '{label}'");
            }
            let last = cuts.last().copied().unwrap_or_default();
            Some(format!("{text} ELSE 'from {last}' END"))
        }
        (Role::Dimension | Role::Model | Role::Version, _) => {
            Some(format!("CAST({column} AS {})", own.text()))
        }
        _ => None,
    }
}
