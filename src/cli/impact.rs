//! `undercurrent impact`: whom a change reaches.

use super::failure::{Failure, Outcome};
use super::graph;
use super::out::Out;
use super::query::split_last;
use crate::export::lists;
use crate::scene::impact::{Impact, by_owner, impact};

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Csv,
    Markdown,
}

#[derive(Debug, clap::Args)]
pub(super) struct ImpactCommand {
    /// Manifests, folders or sample:KEY, and last the id or name of a node
    #[arg(value_name = "PATH... ID", num_args = 2.., required = true)]
    words: Vec<String>,
    /// What it rests on
    #[arg(long, conflicts_with = "down")]
    up: bool,
    /// What a change of it reaches (the default)
    #[arg(long)]
    down: bool,
    /// One row for each team
    #[arg(long)]
    by_owner: bool,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl ImpactCommand {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let (id, paths) = split_last(&self.words)?;
        let graph = paths.load_and_complain()?.graph;
        let start = graph::node(&graph, id)?;
        let way = if self.up { Impact::Upstream } else { Impact::Downstream };
        let list = impact(&graph, &[start], way);
        let table = if self.by_owner {
            lists::impact_by_owner(&graph, &list, &by_owner(&graph, &list.rows))
        } else {
            lists::impact(&graph, &list)
        };
        out.print(&match self.format {
            Format::Text => table.text(),
            Format::Csv => table.csv(),
            Format::Markdown => table.markdown(),
        })?;
        Ok(Outcome::Done)
    }
}
