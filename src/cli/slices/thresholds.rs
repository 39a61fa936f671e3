//! Thresholds on the command line.

use super::input::{Format, Predicted, model_of};
use super::table::told;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::out::Out;
use crate::export::table::{Column, Table};
use crate::metrics::thresholds::{Decisions, Goal, bench};
use crate::metrics::{Mass, SliceSpec};

#[derive(Debug, clap::Args)]
pub(super) struct ThresholdsCommand {
    #[command(flatten)]
    predicted: Predicted,
    /// The model to look at; the first one by default
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// What to learn for: precision=.8, recall=.9, or cost=1:5 (a false positive, a false negative)
    #[arg(long, value_parser = goal)]
    goal: Goal,
    /// The threshold in use, to be judged beside the learned one
    #[arg(long, value_name = "SCORE")]
    current: Option<f64>,
    /// Only these rows, as 'country=BR|MX, device=mobile'
    #[arg(long = "where", value_name = "SLICE")]
    within: Option<String>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

fn goal(text: &str) -> Result<Goal, String> {
    let wrong = || "write precision=.8, recall=.9 or cost=1:5".to_owned();
    let number = |text: &str| text.parse::<f64>().map_err(|_| wrong());
    match text.split_once('=').ok_or_else(wrong)? {
        ("precision", value) => Ok(Goal::Precision(number(value)?)),
        ("recall", value) => Ok(Goal::Recall(number(value)?)),
        ("cost", value) => {
            let (positive, negative) = value.split_once(':').ok_or_else(wrong)?;
            Ok(Goal::Cost { false_positive: number(positive)?, false_negative: number(negative)? })
        }
        _ => Err(wrong()),
    }
}

impl ThresholdsCommand {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let own = self.predicted.single_rows()?;
        let model = model_of(&own, self.model.as_deref())?;
        let spec = self.within.as_deref().map(SliceSpec::parse).transpose().map_err(told)?;
        let filter = spec.map(|spec| spec.rows(&own)).transpose().map_err(told)?;
        let mass = if own.has_weights() { Mass::Weights } else { Mass::Rows };
        let bench = bench(&own, model, filter.as_ref(), mass);
        let Some(learned) = bench.learn(self.goal) else {
            return Err(Failure::new("no threshold reaches this goal on the rows to learn on"));
        };
        let mut list = Table::new([
            Column::text("threshold_of", "Threshold"),
            Column::number("threshold", "Score"),
            Column::text("rows", "Rows"),
            Column::number("precision", "Precision"),
            Column::number("recall", "Recall"),
            Column::number("decided", "Decided"),
            Column::number("optimism", "Optimism"),
        ]);
        let number = |value| self.format.number(value);
        let current = self.current.map(|current| ("current", bench.judge(current, self.goal)));
        for (name, own) in current.into_iter().chain([("learned", learned)]) {
            let row = |rows: &str, decisions: &Decisions, optimism: Option<f64>| {
                vec![
                    name.to_owned(),
                    number(Some(own.threshold)),
                    rows.to_owned(),
                    number(decisions.precision()),
                    number(decisions.recall()),
                    number(Some(decisions.decided())),
                    number(optimism),
                ]
            };
            list.rows.push(row("learned on", &own.tuned, None));
            list.rows.push(row("held out", &own.held_out, own.optimism));
        }
        self.format.print(&list, out)?;
        Ok(Outcome::Done)
    }
}
