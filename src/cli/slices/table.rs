//! Tables of models by slice, and the gate on them.

use super::input::{Format, Predicted, place_of, places_of};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::out::Out;
use crate::export::table::{Column, Table};
use crate::metrics::{
    BaseRate, Change, Group, GroupTable, Mass, Metric, SliceSpec, TableRequest, tables,
};

#[derive(Debug, clap::Args)]
pub(super) struct TableCommand {
    #[command(flatten)]
    predicted: Predicted,
    /// Dimensions to slice by, as country or country,device; may be given again for a further table
    #[arg(long, value_name = "DIMENSIONS")]
    by: Vec<String>,
    /// bias, mean_prediction, mean_label, logloss, ne, squared_error, auc_loss or ece; may be given again
    #[arg(long, value_name = "METRIC", default_value = "bias")]
    metric: Vec<String>,
    /// Only these rows, as 'country=BR|MX, device=mobile'
    #[arg(long = "where", value_name = "SLICE")]
    within: Option<String>,
    /// The model that the others are compared with
    #[arg(long, value_name = "MODEL")]
    baseline: Option<String>,
    /// Slices with fewer labelled rows are left out
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    support: u64,
    /// Exit with 1 where a metric is beyond this with its whole interval; for bias on either side
    #[arg(long, value_name = "VALUE")]
    limit: Option<f64>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const COLUMNS: [Column; 11] = [
    Column::text("slice", "Slice"),
    Column::text("model", "Model"),
    Column::number("rows", "Rows"),
    Column::number("labelled", "Labelled"),
    Column::text("metric", "Metric"),
    Column::number("value", "Value"),
    Column::number("low", "95 % from"),
    Column::number("high", "to"),
    Column::number("z", "z"),
    Column::number("bound", "Bound"),
    Column::number("change", "Change"),
];

impl TableCommand {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let metrics: Vec<Metric> =
            self.metric.iter().map(|key| metric(key)).collect::<Result<_, _>>()?;
        let spec = self.within.as_deref().map(SliceSpec::parse).transpose().map_err(told)?;
        let mut list = Table::new(COLUMNS);
        let beyond = self.add_tables(spec.as_ref(), &metrics, &mut list)?;
        out.print(&self.format.of(&list))?;
        Ok(if beyond { Outcome::Findings } else { Outcome::Done })
    }

    /// What sums of cells cannot tell: a gate must not pass because nothing was known.
    fn check_sums(&self, metrics: &[Metric]) -> Result<(), Failure> {
        for metric in metrics {
            let key = metric.key();
            if matches!(metric, Metric::AucLoss | Metric::CalibrationError) {
                let why = format!("there are sums and no scores; {key} needs the rows");
                return Err(Failure::new(why));
            }
            if self.limit.is_some() && *metric != Metric::Bias {
                return Err(Failure::new(format!(
                    "a limit is held against the interval, which sums give for the bias alone; {key} \
                     needs the rows"
                )));
            }
        }
        Ok(())
    }

    /// Adds what was read; true when a slice is beyond the limit.
    fn add_tables(
        &self,
        spec: Option<&SliceSpec>,
        metrics: &[Metric],
        list: &mut Table,
    ) -> Result<bool, Failure> {
        let own = self.predicted.read()?.predictions;
        if own.is_aggregated() {
            self.check_sums(metrics)?;
        }
        let filter = spec.map(|spec| spec.rows(&own)).transpose().map_err(told)?;
        let names = Names {
            dimensions: own.dimensions().iter().map(|own| (&*own.name, &*own.labels)).collect(),
            models: own.models().iter().map(|model| &*model.name).collect(),
        };
        let baseline = self.baseline(&names)?;
        let mass = if own.has_weights() { Mass::Weights } else { Mass::Rows };
        let request = TableRequest {
            filter: filter.as_ref(),
            auc: metrics.contains(&Metric::AucLoss).then_some(mass),
            calibration: metrics.contains(&Metric::CalibrationError),
            intervals: true,
            ..TableRequest::new(&own, self.slicings(&names)?)
        };
        let mut beyond = false;
        for table in tables(&own, &request).map_err(told)? {
            for &metric in metrics {
                let changes = baseline
                    .map(|baseline| table.changes(&own, baseline, metric, BaseRate::Slice))
                    .transpose()
                    .map_err(told)?;
                let changes = changes.unwrap_or_default();
                beyond |= self.add(&names, &table, metric, &changes, list);
            }
        }
        Ok(beyond)
    }

    fn baseline(&self, names: &Names<'_>) -> Result<Option<usize>, Failure> {
        self.baseline.as_deref().map(|name| place_of("model", name, &names.models)).transpose()
    }

    /// All rows, then what was asked for.
    fn slicings(&self, names: &Names<'_>) -> Result<Vec<Vec<usize>>, Failure> {
        let known: Vec<&str> = names.dimensions.iter().map(|(name, _)| *name).collect();
        let asked = self.by.iter().map(|by| places_of("dimension", by, &known));
        std::iter::once(Ok(Vec::new())).chain(asked).collect()
    }

    /// Adds the rows of a table; true when one of them is beyond the limit.
    fn add(
        &self,
        names: &Names<'_>,
        table: &GroupTable,
        metric: Metric,
        changes: &[Vec<Option<Change>>],
        list: &mut Table,
    ) -> bool {
        let base = BaseRate::Slice;
        let mut beyond = false;
        for (at, group) in table.groups.iter().enumerate() {
            let name = names.slice(table, group);
            for (model, stats) in group.stats.iter().enumerate() {
                if stats.sums.labelled < self.support {
                    continue;
                }
                let interval = stats.interval(metric, base);
                let change: Option<Change> = changes.get(at).and_then(|own| own[model]);
                beyond |= self.limit.is_some_and(|limit| {
                    interval.is_some_and(|own| {
                        own.low > limit || metric == Metric::Bias && own.high < -limit
                    })
                });
                let relative = change.and_then(|own| own.relative);
                list.rows.push(vec![
                    name.clone(),
                    names.models[table.models[model]].to_owned(),
                    stats.sums.rows.to_string(),
                    stats.sums.labelled.to_string(),
                    metric.key().to_owned(),
                    number(stats.value(metric, base)),
                    number(interval.map(|own| own.low)),
                    number(interval.map(|own| own.high)),
                    number(stats.sums.surprise()),
                    number(stats.auc.map(|own| own.bound)),
                    number(relative),
                ]);
            }
        }
        beyond
    }
}

/// What parts are called.
struct Names<'a> {
    /// With the labels of their values.
    dimensions: Vec<(&'a str, &'a [Box<str>])>,
    models: Vec<&'a str>,
}

impl Names<'_> {
    fn slice(&self, table: &GroupTable, group: &Group) -> String {
        let part = |(&at, &code): (&usize, &usize)| {
            let (name, labels) = self.dimensions[at];
            format!("{name}={}", labels[code])
        };
        let parts: Vec<String> = table.slicing.iter().zip(&group.key).map(part).collect();
        if parts.is_empty() { "all rows".to_owned() } else { parts.join(", ") }
    }
}

fn metric(key: &str) -> Result<Metric, Failure> {
    Metric::parse(key).ok_or_else(|| {
        let keys: Vec<&str> = Metric::ALL.iter().map(|own| own.key()).collect();
        Failure::new(format!("there is no metric {key}; there are {}", keys.join(", ")))
    })
}

pub(super) fn told(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}

/// Six digits after the point; nothing where there is no number.
pub(super) fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.6}")).unwrap_or_default()
}
