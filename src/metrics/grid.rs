//! The grid of models by slicings, after McMahan et al. 2013 (§5.2): what each model does in each slice,
//! against a baseline on exactly the same rows, with how sure that is.
//!
//! Owns: the cells and their order. Start reading at [`grid`]; [`arrange`] picks and sorts columns without
//! looking at a row.

use super::columns::{Bits, DifferentRows, Predictions};
use super::kernel::Mass;
use super::slice::{SliceError, SliceSpec};
use super::statistics::{BaseRate, Interval, Metric};
use super::table::{Change, Group, GroupTable, SliceStats, TableError, TableRequest, tables};
use regex::Regex;

/// What a grid shows.
#[derive(Clone, Debug, PartialEq)]
pub struct GridRequest {
    /// Models, as indices; the rows, in this order.
    pub models: Vec<usize>,
    /// Groups of columns: the combinations of values of each list of dimensions.
    pub groups: Vec<Vec<usize>>,
    /// Stacked within each model's row.
    pub metrics: Vec<Metric>,
    /// What the others are compared with; nothing is compared where nobody has chosen.
    pub baseline: Option<usize>,
    /// Whether the normalised entropy takes the base rate of all rows of the grid, in place of each slice's.
    pub base_of_all: bool,
    /// Labelled rows below which a cell says nothing.
    pub support: u64,
    /// The rows to look at.
    pub slice: SliceSpec,
}

/// Columns of a grid at most; of more the rarest are left out and counted.
pub const MOST_COLUMNS: usize = 2000;

/// Models by slices.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub request: GridRequest,
    /// All rows first, then group by group in the order of the values.
    pub columns: Vec<GridColumn>,
    /// By model: why it cannot be compared with the baseline.
    pub refused: Vec<Option<DifferentRows>>,
    /// Columns left out because they are too many.
    pub hidden: usize,
}

/// A slice and its cells.
#[derive(Clone, Debug, PartialEq)]
pub struct GridColumn {
    /// Place in [`GridRequest::groups`]; `None` for all rows.
    pub group: Option<usize>,
    /// As `country=pl, device=phone`; what a pattern is matched with.
    pub name: String,
    /// The values alone, for a head that tells the dimensions apart.
    pub values: String,
    /// The slice, within the slice of the request.
    pub spec: SliceSpec,
    /// Rows of the model that scored most.
    pub rows: u64,
    /// Share of all rows of the grid.
    pub share: f64,
    /// By model, then metric.
    pub cells: Vec<GridCell>,
}

/// Why a cell has a colour, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellState {
    /// It says what it says.
    #[default]
    Judged,
    /// It has fewer labelled rows than it takes.
    TooFew,
    /// It was measured on other rows than the baseline.
    Refused,
}

/// One model, one metric, one slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GridCell {
    pub state: CellState,
    pub rows: u64,
    pub labelled: u64,
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    /// Share of positives in the slice, and the one that the normalised entropy is relative to.
    pub base_rate: Option<f64>,
    pub entropy_rate: Option<f64>,
    /// How many standard deviations the labels lie above the predictions.
    pub z: Option<f64>,
    /// Certified error of the AUC by its bins.
    pub auc_bound: Option<f64>,
    /// Against the baseline.
    pub change: Option<Change>,
    /// What the colour shows: above 0 is worse (for the bias alone: too high). See [`Shading`].
    pub shade: Option<f64>,
    /// How sure it is that the shade is not 0: 0 within one standard error, 1 from three on.
    pub certainty: f32,
}

/// What the colours of a metric mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shading {
    /// The bias itself.
    Bias,
    /// The size of the bias less that of the baseline.
    BiasSize,
    /// Relative to the baseline.
    Change,
    /// Relative to the same model on all rows.
    Elsewhere,
    /// None.
    Plain,
}

impl Shading {
    /// Of a metric, with or without a baseline.
    pub const fn of(metric: Metric, compared: bool) -> Self {
        match (metric, compared) {
            (Metric::Bias, false) => Self::Bias,
            (Metric::Bias, true) => Self::BiasSize,
            (Metric::MeanPrediction | Metric::MeanLabel, false) => Self::Plain,
            (_, true) => Self::Change,
            (_, false) => Self::Elsewhere,
        }
    }

    /// In words, for a legend.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Bias => "predicted too high or too low",
            Self::BiasSize => "more or less biased than the baseline",
            Self::Change => "change against the baseline",
            Self::Elsewhere => "against the same model on all rows",
            Self::Plain => "no colour",
        }
    }
}

/// Why there is no grid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GridError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Slice(#[from] SliceError),
}

/// The grid of a request. One scan of the rows; a second for calibration errors.
///
/// # Errors
/// When the slice names what is not there, or a group has too many cells.
pub fn grid(predictions: &Predictions, request: &GridRequest) -> Result<Grid, GridError> {
    let mut slicings = vec![Vec::new()];
    slicings.extend(request.groups.iter().cloned());
    // A group shows all values of its dimensions: its own brush marks them and hides none.
    let without = |slicing: &Vec<usize>| {
        let mut slice = request.slice.clone();
        for &at in slicing {
            slice.set(&predictions.dimensions()[at].name, None);
        }
        slice.rows_if_any(predictions)
    };
    let filters: Vec<Option<Bits>> = slicings.iter().map(without).collect::<Result<_, _>>()?;
    let mass = if predictions.has_weights() { Mass::Weights } else { Mass::Rows };
    let asked = TableRequest {
        models: request.models.clone(),
        filters: filters.iter().map(Option::as_ref).collect(),
        auc: request.metrics.contains(&Metric::AucLoss).then_some(mass),
        calibration: request.metrics.contains(&Metric::CalibrationError),
        intervals: true,
        ..TableRequest::new(predictions, slicings)
    };
    let tables = tables(predictions, &asked)?;
    let maker = Maker::new(predictions, request, &tables[0].total);
    let mut columns: Vec<GridColumn> = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let group = at.checked_sub(1);
        // All rows is a column even where no row is left.
        let groups = if group.is_none() && table.groups.is_empty() {
            std::slice::from_ref(&table.total)
        } else {
            &table.groups
        };
        columns.extend(groups.iter().map(|own| maker.column(table, group, own)));
    }
    let refused = maker.refused;
    let hidden = leave_out(&mut columns, MOST_COLUMNS);
    Ok(Grid { request: request.clone(), columns, refused, hidden })
}

/// Keeps all rows and the largest columns, in their order.
fn leave_out(columns: &mut Vec<GridColumn>, most: usize) -> usize {
    let hidden = columns.len().saturating_sub(most);
    if hidden > 0 {
        let mut by_rows: Vec<usize> = (1..columns.len()).collect();
        by_rows.sort_by_key(|&at| (std::cmp::Reverse(columns[at].rows), at));
        let mut kept = vec![false; columns.len()];
        kept[0] = true;
        by_rows.iter().take(most - 1).for_each(|&at| kept[at] = true);
        let mut keep = kept.into_iter();
        columns.retain(|_| keep.next().unwrap_or(false));
    }
    hidden
}

struct Maker<'a> {
    predictions: &'a Predictions,
    request: &'a GridRequest,
    base: BaseRate,
    /// Place of the baseline among the models.
    baseline: Option<usize>,
    refused: Vec<Option<DifferentRows>>,
}

impl<'a> Maker<'a> {
    fn new(predictions: &'a Predictions, request: &'a GridRequest, all: &Group) -> Self {
        let rate = all.stats.first().and_then(|own| own.sums.mean_label());
        let base = match (request.base_of_all, rate) {
            (true, Some(rate)) => BaseRate::Everything(rate),
            _ => BaseRate::Slice,
        };
        let baseline =
            request.baseline.and_then(|own| request.models.iter().position(|&at| at == own));
        let refused = |&model: &usize| {
            request.baseline.and_then(|own| predictions.comparable(model, own).err())
        };
        let refused = request.models.iter().map(refused).collect();
        Self { predictions, request, base, baseline, refused }
    }

    fn column(&self, table: &GroupTable, group: Option<usize>, own: &Group) -> GridColumn {
        let codes: Vec<(usize, usize)> =
            table.slicing.iter().copied().zip(own.key.iter().copied()).collect();
        let spec = SliceSpec::of_codes(self.predictions, &codes);
        let label = |&(at, code): &(usize, usize)| &*self.predictions.dimensions()[at].labels[code];
        let values: Vec<&str> = codes.iter().map(label).collect();
        let most = |group: &Group| group.stats.iter().map(|own| own.sums.rows).max().unwrap_or(0);
        let (rows, of) = (most(own), most(&table.total));
        let cells = (0..self.request.models.len())
            .flat_map(|model| self.request.metrics.iter().map(move |&metric| (model, metric)))
            .map(|(model, metric)| self.cell(own, &table.total, model, metric))
            .collect();
        GridColumn {
            group,
            name: spec.to_string(),
            values: values.join(" · "),
            spec,
            rows,
            share: if of > 0 { rows as f64 / of as f64 } else { 0.0 },
            cells,
        }
    }

    fn cell(&self, group: &Group, all: &Group, model: usize, metric: Metric) -> GridCell {
        let own = &group.stats[model];
        let compared = self.baseline.is_some();
        let refused = self.refused[model].is_some();
        let theirs = self.baseline.filter(|&at| !refused && at != model);
        let change = theirs.and_then(|at| own.change(&group.stats[at], metric, self.base));
        let value = own.value(metric, self.base);
        let interval = own.interval(metric, self.base);
        let state = if own.sums.labelled < self.request.support {
            CellState::TooFew
        } else if refused {
            CellState::Refused
        } else {
            CellState::Judged
        };
        let judged = state == CellState::Judged;
        let (shade, error) = match Shading::of(metric, compared) {
            Shading::Bias => (value, interval.map(|own| own.std_error)),
            Shading::BiasSize => {
                let size = |own: &SliceStats| own.value(metric, self.base).map(f64::abs);
                let theirs = theirs.and_then(|at| size(&group.stats[at]));
                let error = change.and_then(|own| own.interval).map(|own| own.std_error);
                (size(own).zip(theirs).map(|(own, theirs)| own - theirs), error)
            }
            Shading::Change => {
                // The relative change is as sure as the difference that it is made of.
                let relative = change.and_then(|own| own.relative);
                (relative, change.and_then(|own| relative_error(&own)))
            }
            Shading::Elsewhere => {
                let all = all.stats[model].value(metric, self.base).filter(|all| *all != 0.0);
                elsewhere(all, value, interval)
            }
            Shading::Plain => (None, None),
        };
        let shade = shade.filter(|_| judged);
        GridCell {
            state,
            rows: own.sums.rows,
            labelled: own.sums.labelled,
            value,
            interval,
            base_rate: own.sums.mean_label(),
            entropy_rate: match self.base {
                BaseRate::Slice => own.sums.mean_label(),
                BaseRate::Everything(rate) => Some(rate),
            },
            z: own.sums.surprise(),
            auc_bound: own.auc.map(|own| own.bound),
            change,
            shade,
            certainty: certainty(shade, error),
        }
    }
}

/// A value relative to that of the same model on all rows, and the error of that.
fn elsewhere(
    all: Option<f64>,
    value: Option<f64>,
    interval: Option<Interval>,
) -> (Option<f64>, Option<f64>) {
    let shade = value.zip(all).map(|(own, all)| (own - all) / all.abs());
    let error = interval.zip(all).map(|(own, all)| own.std_error / all.abs());
    (shade, error)
}

fn relative_error(change: &Change) -> Option<f64> {
    let (relative, interval) = change.relative.zip(change.interval)?;
    let scale = if change.difference == 0.0 { return None } else { relative / change.difference };
    Some(interval.std_error * scale.abs())
}

/// Grows from 0 at one standard error to 1 at three.
fn certainty(shade: Option<f64>, error: Option<f64>) -> f32 {
    match shade.zip(error) {
        Some((shade, error)) if error > 0.0 => {
            ((shade.abs() / error - 1.0) / 2.0).clamp(0.0, 1.0) as f32
        }
        _ => 0.0,
    }
}

/// By what columns are sorted; always all rows first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GridOrder {
    /// Group by group, in the order of the values.
    #[default]
    Slicing,
    /// The most rows first.
    Traffic,
    /// By this row (model, then metric) of the grid, the worst first.
    Shade(usize),
    /// The same, the best first.
    ShadeUp(usize),
}

/// The columns that are to be seen, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arranged {
    /// Places in [`Grid::columns`].
    pub columns: Vec<usize>,
    /// Columns that the pattern leaves out.
    pub unmatched: usize,
}

/// Picks the columns whose name matches `pattern` (a regular expression; empty for all) and sorts them.
///
/// # Errors
/// When the pattern is none, with the reason in a line.
pub fn arrange(grid: &Grid, pattern: &str, order: GridOrder) -> Result<Arranged, String> {
    let pattern = pattern.trim();
    let regex = (!pattern.is_empty()).then(|| Regex::new(pattern)).transpose();
    let regex = regex.map_err(|error| last_line(&error.to_string()))?;
    let matches = |at: &usize| {
        let column = &grid.columns[*at];
        column.group.is_none() || regex.as_ref().is_none_or(|own| own.is_match(&column.name))
    };
    let mut columns: Vec<usize> = (0..grid.columns.len()).filter(matches).collect();
    let unmatched = grid.columns.len() - columns.len();
    let rows = |at: usize| std::cmp::Reverse(grid.columns[at].rows);
    let first = |at: usize| grid.columns[at].group.is_some();
    match order {
        GridOrder::Slicing => {}
        GridOrder::Traffic => columns.sort_by_key(|&at| (first(at), rows(at), at)),
        GridOrder::Shade(row) | GridOrder::ShadeUp(row) => {
            let sign = if matches!(order, GridOrder::Shade(_)) { -1.0 } else { 1.0 };
            // What says nothing stands last, whichever way.
            let key = |at: usize| {
                let shade = grid.columns[at].cells.get(row).and_then(|own| own.shade);
                shade.map_or(f64::INFINITY, |shade| sign * shade)
            };
            columns.sort_by(|&a, &b| {
                first(a).cmp(&first(b)).then(key(a).total_cmp(&key(b))).then(a.cmp(&b))
            });
        }
    }
    Ok(Arranged { columns, unmatched })
}

/// Of a message over several lines that ends in what is wrong.
fn last_line(text: &str) -> String {
    let last = text.lines().last().unwrap_or(text);
    last.trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::{TestRow, predictions, seeded};

    fn biased() -> Vec<TestRow> {
        let mut rows = seeded(41, 20_000, &[4, 3], 2, false);
        for row in rows.iter_mut().filter(|row| row.codes[0] == 2) {
            row.scores[0] = (row.scores[0] * 1.5).min(0.99);
        }
        rows
    }

    fn request(metrics: &[Metric], baseline: Option<usize>) -> GridRequest {
        GridRequest {
            models: vec![0, 1],
            groups: vec![vec![0], vec![1]],
            metrics: metrics.to_vec(),
            baseline,
            base_of_all: false,
            support: 100,
            slice: SliceSpec::default(),
        }
    }

    #[test]
    fn a_planted_bias_is_dark_and_the_rest_is_faint() {
        let own = predictions(&[4, 3], 2, &biased());
        let grid = grid(&own, &request(&[Metric::Bias], None)).expect("few cells");
        assert_eq!(grid.columns.len(), 1 + 4 + 3);
        assert_eq!((grid.columns[0].group, grid.columns[0].share), (None, 1.0));
        let planted = &grid.columns[3];
        assert_eq!((planted.name.as_str(), planted.values.as_str()), ("d0=v2", "v2"));
        assert!(planted.cells[0].shade.expect("labels") > 0.3);
        assert_eq!(planted.cells[0].certainty, 1.0);
        assert!(planted.cells[1].shade.expect("labels").abs() < 0.2);
        let shares: f64 = grid.columns[1..5].iter().map(|own| own.share).sum();
        assert!((shares - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_baseline_is_neutral_and_the_others_are_relative_to_it() {
        let own = predictions(&[4, 3], 2, &biased());
        let metrics = [Metric::LogLoss, Metric::Bias, Metric::AucLoss];
        let grid = grid(&own, &request(&metrics, Some(1))).expect("few cells");
        let [loss, bias, _, baseline, ..] = &grid.columns[3].cells[..] else { panic!("six cells") };
        assert_eq!((baseline.shade, baseline.change), (None, None));
        let relative = loss.change.and_then(|own| own.relative);
        assert_eq!(loss.shade, relative);
        assert!(loss.shade.expect("labels") > 0.0 && loss.certainty > 0.5);
        assert!(bias.shade.expect("labels") > 0.2);
        assert!(grid.columns[3].cells[2].auc_bound.is_some());
    }

    #[test]
    fn other_rows_are_refused_and_few_rows_say_nothing() {
        let mut rows = biased();
        rows.iter_mut().step_by(3).for_each(|row| row.scores[1] = f32::NAN);
        let own = predictions(&[4, 3], 2, &rows);
        let grid = grid(&own, &request(&[Metric::LogLoss], Some(0))).expect("few cells");
        assert!(grid.refused[0].is_none() && grid.refused[1].is_some());
        assert_eq!(grid.columns[0].cells[1].state, CellState::Refused);
        assert_eq!(grid.columns[0].cells[1].shade, None);
        let few = GridRequest { support: 1_000_000, ..request(&[Metric::Bias], None) };
        let grid = super::grid(&own, &few).expect("few cells");
        assert!(grid.columns.iter().all(|own| own.cells[0].state == CellState::TooFew));
        assert!(grid.columns.iter().all(|own| own.cells[0].shade.is_none()));
    }

    #[test]
    fn an_empty_slice_is_an_empty_column_and_an_unknown_one_an_error() {
        let mut rows = biased();
        rows.iter_mut().for_each(|row| row.codes[1] = row.codes[1].min(1));
        let own = predictions(&[4, 3], 2, &rows);
        let slice = SliceSpec::parse("d1=v2").expect("a slice");
        let empty = GridRequest { slice, ..request(&[Metric::Bias], None) };
        let found = grid(&own, &empty).expect("few cells");
        let names: Vec<&str> = found.columns.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names, ["all rows", "d1=v0", "d1=v1"], "its own values are not hidden");
        assert_eq!((found.columns[0].rows, found.columns[0].cells[0].value), (0, None));
        let slice = SliceSpec::parse("nowhere=1").expect("a slice");
        let unknown = GridRequest { slice, ..request(&[Metric::Bias], None) };
        assert!(matches!(grid(&own, &unknown), Err(GridError::Slice(_))));
    }

    #[test]
    fn columns_are_picked_and_sorted() {
        let own = predictions(&[4, 3], 2, &biased());
        let grid = grid(&own, &request(&[Metric::Bias], None)).expect("few cells");
        let names = |pattern: &str, order: GridOrder| -> Vec<String> {
            let arranged = arrange(&grid, pattern, order).expect("a pattern");
            assert_eq!(arranged.columns.len() + arranged.unmatched, grid.columns.len());
            arranged.columns.iter().map(|&at| grid.columns[at].name.clone()).collect()
        };
        assert_eq!(names("d0=v[12]", GridOrder::Slicing), ["all rows", "d0=v1", "d0=v2"]);
        assert_eq!(names("", GridOrder::Shade(0))[..2], ["all rows", "d0=v2"]);
        assert_eq!(names("", GridOrder::ShadeUp(0)).last().map(String::as_str), Some("d0=v2"));
        let rows: Vec<u64> = arrange(&grid, "", GridOrder::Traffic)
            .expect("a pattern")
            .columns
            .iter()
            .map(|&at| grid.columns[at].rows)
            .collect();
        assert!(rows.is_sorted_by(|a, b| a >= b));
        assert_eq!(arrange(&grid, "d0=(", GridOrder::Slicing), Err("unclosed group".to_owned()));
    }

    #[test]
    fn of_too_many_columns_the_rarest_are_left_out_and_counted() {
        let own = predictions(&[4, 3], 2, &biased());
        let grid = grid(&own, &request(&[Metric::Bias], None)).expect("few cells");
        let mut columns = grid.columns.clone();
        assert_eq!(leave_out(&mut columns, 4), 4);
        assert_eq!(columns[0].group, None);
        let least = columns.iter().map(|own| own.rows).min();
        let gone = grid.columns.iter().filter(|own| !columns.contains(own));
        assert!(gone.clone().count() == 4 && gone.clone().all(|own| Some(own.rows) <= least));
    }
}
