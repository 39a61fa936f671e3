//! `undercurrent slices`: predictions by slice, without a window.
//!
//! Without a further word it prints a table; [`find`], [`thresholds`], [`cube`] and [`sql`] are the rest of
//! the bench. All read predictions by [`input::Predicted`].

mod cube;
mod find;
mod gate;
mod input;
mod sql;
mod table;
mod thresholds;

use super::failure::{Failure, Outcome};
use super::out::Out;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Slices {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    table: table::TableCommand,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write the sums of all combinations of some dimensions to a file
    Cube(cube::CubeCommand),
    /// Find the slices where a model is worst, or worse than another
    Find(find::FindCommand),
    /// Print the query that computes a cube where the logs live
    Sql(sql::SqlCommand),
    /// Learn a threshold on one half of the rows and judge it on the other
    Thresholds(thresholds::ThresholdsCommand),
}

impl Slices {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        match &self.command {
            Some(Command::Cube(command)) => command.run(out),
            Some(Command::Find(command)) => command.run(out),
            Some(Command::Sql(command)) => command.run(out),
            Some(Command::Thresholds(command)) => command.run(out),
            None => self.table.run(out),
        }
    }
}
