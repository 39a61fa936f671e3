//! The finder on the command line.

use super::input::{Format, Predicted, model_of};
use super::table::told;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::out::{Out, complain};
use crate::export::table::{Column, Table};
use crate::metrics::DimensionKind;
use crate::metrics::find::{FindOptions, Objective, SearchOptions, find};

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum What {
    /// A higher log loss than elsewhere
    Loss,
    /// A higher squared error than elsewhere
    Squared,
    /// Predictions above the labels
    High,
    /// Predictions below the labels
    Low,
}

#[derive(Debug, clap::Args)]
pub(super) struct FindCommand {
    #[command(flatten)]
    predicted: Predicted,
    /// The model to look at; the first one by default
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Look for slices where it is worse than this one
    #[arg(long, value_name = "MODEL", conflicts_with = "what")]
    than: Option<String>,
    #[arg(long, value_enum, default_value = "loss")]
    what: What,
    /// Conditions of a slice at most: 1 to 3
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=3))]
    level: u8,
    /// Candidates that are tested
    #[arg(long, default_value_t = 10)]
    count: usize,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl FindCommand {
    /// A slice that was found is an outcome of its own, for gates.
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let own = self.predicted.single_rows()?;
        let model = model_of(&own, self.model.as_deref())?;
        let objective = match (&self.than, self.what) {
            (Some(than), _) => Objective::Worse { model, than: model_of(&own, Some(than))? },
            (None, What::Loss) => Objective::LogLoss { model },
            (None, What::Squared) => Objective::SquaredError { model },
            (None, What::High) => Objective::TooHigh { model },
            (None, What::Low) => Objective::TooLow { model },
        };
        let all = own.dimensions().iter().enumerate();
        let dimensions: Vec<usize> =
            all.filter(|(_, own)| own.kind != DimensionKind::Times).map(|(at, _)| at).collect();
        let search =
            SearchOptions { level: self.level.into(), count: self.count, ..Default::default() };
        let options = FindOptions { search, ..Default::default() };
        let found = find(&own, objective, &dimensions, &options, &|| false).map_err(told)?;
        let mut list = Table::new([
            Column::text("slice", "Slice"),
            Column::count("rows", "Rows"),
            Column::number("mean", "Mean"),
            Column::number("low", "95 % from"),
            Column::number("high", "to"),
            Column::number("p_value", "p"),
            Column::number("score", "Score"),
            Column::count("folded", "Folded"),
        ]);
        let number = |value| self.format.number(value);
        for slice in &found.slices {
            list.rows.push(vec![
                slice.spec.to_string(),
                slice.rows.to_string(),
                number(Some(slice.mean)),
                number(slice.interval.map(|own| own.low)),
                number(slice.interval.map(|own| own.high)),
                format!("{:.2e}", slice.p_value),
                number(Some(slice.score)),
                slice.folded.len().to_string(),
            ]);
        }
        self.format.print(&list, out)?;
        let message = format!(
            "{} slices were looked at; {} candidates did not hold on the other half of the rows, where the mean is {:.6}",
            found.looked_at, found.rejected, found.elsewhere
        );
        complain("note", &message);
        Ok(if found.slices.is_empty() { Outcome::Done } else { Outcome::Findings })
    }
}
