//! Tables of models by slice, and the gate on them.

use super::gate::{Against, Limits, Tally, Verdict};
use super::input::{Format, Predicted, place_of, places_of};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::out::{Out, complain};
use crate::export::table::{Column, Table};
use crate::metrics::{
    BaseRate, Change, Group, GroupTable, Mass, Metric, Predictions, SliceSpec, SliceStats,
    TableRequest, tables,
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
    #[command(flatten)]
    limits: Limits,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

const COLUMNS: [Column; 11] = [
    Column::text("slice", "Slice"),
    Column::text("model", "Model"),
    Column::count("rows", "Rows"),
    Column::count("labelled", "Labelled"),
    Column::text("metric", "Metric"),
    Column::number("value", "Value"),
    Column::number("low", "95 % from"),
    Column::number("high", "to"),
    Column::number("z", "z"),
    Column::number("bound", "Bound"),
    Column::number("change", "Change"),
];

/// The last column, where there are limits.
const VERDICT: Column = Column::text("gate", "Gate");

impl TableCommand {
    /// Prints the table, then says what the limits say.
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let metrics: Vec<Metric> =
            self.metric.iter().map(|key| metric(key)).collect::<Result<_, _>>()?;
        let spec = self.within.as_deref().map(SliceSpec::parse).transpose().map_err(told)?;
        let mut list = Table::new(COLUMNS);
        if self.limits.are_set() {
            list.columns.push(VERDICT);
        }
        let tally = self.add_tables(spec.as_ref(), &metrics, &mut list)?;
        self.format.print(&list, out)?;
        if !self.limits.are_set() {
            return Ok(Outcome::Done);
        }
        let Tally { within, beyond, open } = tally;
        if beyond + within + open == 0 {
            let why = "nothing was held against a limit: differences take slices (--by) other than all rows, models \
                       other than the baseline, and --support that some of them have";
            return Err(Failure::new(why));
        }
        if beyond + within == 0 {
            return Err(Failure::new(format!(
                "none of {open} values could be held against a limit: their intervals take more rows, or labels of \
                 both classes"
            )));
        }
        complain(
            "note",
            &format!(
                "{beyond} of {} values are beyond a limit, {open} could not be told",
                within + beyond + open
            ),
        );
        Ok(if beyond > 0 { Outcome::Findings } else { Outcome::Done })
    }

    /// What sums of cells cannot tell: a gate must not pass because nothing was known.
    fn check_sums(&self, metrics: &[Metric], own: &Predictions) -> Result<(), Failure> {
        for metric in metrics {
            let (key, auc) = (metric.key(), *metric == Metric::AucLoss);
            if auc && !own.has_scores() {
                return Err(Failure::new(format!(
                    "there are sums and no scores; {key} takes the rows, or a cube with --scores"
                )));
            }
            if *metric == Metric::CalibrationError {
                let why = format!("there are sums and no scores; {key} needs the rows");
                return Err(Failure::new(why));
            }
            // DeLong's formula is for rows that count one.
            let has_interval = *metric == Metric::Bias || auc && !own.has_weights();
            if self.limits.are_set() && !has_interval {
                return Err(Failure::new(format!(
                    "a limit is held against the interval, which sums give for the bias alone, and for the AUC of \
                     rows without weights; {key} needs the rows"
                )));
            }
        }
        if self.limits.compare() {
            let why = "a limit on a difference is held against its interval, which needs the rows";
            return Err(Failure::new(why));
        }
        Ok(())
    }

    /// Adds what was read, held against the limits.
    fn add_tables(
        &self,
        spec: Option<&SliceSpec>,
        metrics: &[Metric],
        list: &mut Table,
    ) -> Result<Tally, Failure> {
        let own = self.predicted.read()?.predictions;
        if own.is_aggregated() {
            self.check_sums(metrics, &own)?;
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
        let all = tables(&own, &request).map_err(told)?;
        let everything = all.first().and_then(|table| table.groups.first());
        let mut tally = Tally::default();
        for table in &all {
            for &metric in metrics {
                let changes = baseline
                    .map(|baseline| table.changes(&own, baseline, metric, BaseRate::Slice))
                    .transpose()
                    .map_err(told)?;
                let shown = Shown {
                    names: &names,
                    table,
                    metric,
                    changes: changes.unwrap_or_default(),
                    everything: everything.filter(|_| !table.slicing.is_empty()),
                    baseline: baseline
                        .and_then(|own| table.models.iter().position(|&model| model == own)),
                };
                self.add(&shown, list, &mut tally);
            }
        }
        Ok(tally)
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

    /// Adds the rows of a table.
    fn add(&self, shown: &Shown<'_>, list: &mut Table, tally: &mut Tally) {
        let (metric, base) = (shown.metric, BaseRate::Slice);
        let number = |value| self.format.number(value);
        for (at, group) in shown.table.groups.iter().enumerate() {
            let name = shown.names.slice(shown.table, group);
            for (model, stats) in group.stats.iter().enumerate() {
                if stats.sums.labelled < self.support {
                    continue;
                }
                let interval = stats.interval(metric, base);
                let change: Option<Change> = shown.changes.get(at).and_then(|own| own[model]);
                let mut row = vec![
                    name.clone(),
                    shown.names.models[shown.table.models[model]].to_owned(),
                    stats.sums.rows.to_string(),
                    stats.sums.labelled.to_string(),
                    metric.key().to_owned(),
                    number(stats.value(metric, base)),
                    number(interval.map(|own| own.low)),
                    number(interval.map(|own| own.high)),
                    number(stats.sums.surprise()),
                    number(stats.auc.map(|own| own.bound)),
                    number(change.and_then(|own| own.relative)),
                ];
                if self.limits.are_set() {
                    let verdict = self.limits.judge(stats, shown.against(group, model), metric);
                    if let Some(verdict) = verdict {
                        tally.add(verdict);
                    }
                    row.push(verdict.map_or_else(String::new, Verdict::in_words));
                }
                list.rows.push(row);
            }
        }
    }
}

/// A metric of a table's groups, and what it is held against.
struct Shown<'a> {
    names: &'a Names<'a>,
    table: &'a GroupTable,
    metric: Metric,
    /// By group and model; empty without a baseline.
    changes: Vec<Vec<Option<Change>>>,
    /// All rows, where the groups are not these themselves.
    everything: Option<&'a Group>,
    /// The baseline's place among the table's models.
    baseline: Option<usize>,
}

impl<'a> Shown<'a> {
    fn against(&self, group: &'a Group, model: usize) -> Against<'a> {
        let of = |group: &'a Group, at: usize| -> &'a SliceStats { &group.stats[at] };
        Against {
            all_rows: self.everything.map(|everything| of(everything, model)),
            baseline: self.baseline.filter(|&at| at != model).map(|at| of(group, at)),
        }
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
