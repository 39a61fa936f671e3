//! The query for a cube on the command line.

use super::input::Predicted;
use super::table::told;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::out::Out;
use crate::metrics::cube::{Dialect, SqlRequest, TimeForm, sql};
use crate::metrics::read::{Bucket, Role};

#[derive(Debug, clap::Args)]
pub(super) struct SqlCommand {
    /// A file with the same columns, for their names, tells what the query is to read
    #[command(flatten)]
    predicted: Predicted,
    /// duckdb, spark or bigquery
    #[arg(long, value_parser = dialect)]
    dialect: Dialect,
    /// The table as the engine names it
    #[arg(long, value_name = "NAME")]
    table: String,
    /// Dimensions of the cube, as country,device; all by default
    #[arg(long, value_name = "DIMENSIONS")]
    by: Option<String>,
    /// How the column of time tells it: timestamp, or seconds, milliseconds or microseconds since 1970
    #[arg(long, value_name = "FORM", default_value = "timestamp", value_parser = time_form)]
    time_form: TimeForm,
    /// Stretches of time: hour, day, week or month
    #[arg(long, default_value = "day", value_parser = bucket)]
    bucket: Bucket,
    /// Keep histograms of the scores, of up to so many bins that hold as many rows of the file each
    #[arg(long, value_name = "BINS", default_value_t = 0, hide_default_value = true)]
    scores: usize,
    /// No weight is larger; it sets the scale of the sums
    #[arg(long, default_value_t = 1.0)]
    largest_weight: f64,
}

fn dialect(key: &str) -> Result<Dialect, String> {
    Dialect::parse(key).ok_or_else(|| "write duckdb, spark or bigquery".to_owned())
}

fn time_form(key: &str) -> Result<TimeForm, String> {
    TimeForm::parse(key).ok_or_else(|| {
        let keys: Vec<&str> = TimeForm::ALL.iter().map(|form| form.key()).collect();
        format!("write one of {}", keys.join(", "))
    })
}

fn bucket(key: &str) -> Result<Bucket, String> {
    match key {
        "hour" => Ok(Bucket::Hour),
        "day" => Ok(Bucket::Day),
        "week" => Ok(Bucket::Week),
        "month" => Ok(Bucket::Month),
        _ => Err("write hour, day, week or month".to_owned()),
    }
}

impl SqlCommand {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let mut roles = self.predicted.roles()?;
        if let Some(by) = &self.by {
            let wanted: Vec<&str> = by.split(',').map(str::trim).collect();
            roles.0.retain(|own| {
                !matches!(own.role, Role::Dimension | Role::Time) || wanted.contains(&&*own.column)
            });
        }
        let ranges = match self.scores {
            0 => Vec::new(),
            most => {
                let own = self.predicted.read()?.predictions;
                (0..own.models().len()).map(|model| own.score_ranges(model, most)).collect()
            }
        };
        let request = SqlRequest {
            dialect: self.dialect,
            table: &self.table,
            roles: &roles,
            largest_weight: self.largest_weight,
            bucket: self.bucket,
            time: self.time_form,
            ranges: &ranges,
        };
        out.print(&sql(&request).map_err(told)?)?;
        Ok(Outcome::Done)
    }
}
