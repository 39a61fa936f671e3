//! `undercurrent query`: the nodes that a query means.

use super::failure::{Failure, Outcome};
use super::graph;
use super::out::Out;
use super::snapshot::today;
use crate::analysis::analyse;
use crate::export::{lists, table::one_line};
use crate::model::NodeIx;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// One id a line
    Text,
    Csv,
    Json,
}

#[derive(Debug, clap::Args)]
pub(super) struct QueryCommand {
    /// Manifests, folders or sample:KEY, and last the query, such as 'kind:model owner:ads'
    #[arg(value_name = "PATH... QUERY", num_args = 2.., required = true)]
    words: Vec<String>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl QueryCommand {
    /// Nothing that matches is an outcome of its own, as for grep.
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let (query, paths) = split_last(&self.words)?;
        // Mistakes in the query are told before a large manifest is read.
        let query = graph::parse(query)?;
        let graph = paths.load_and_complain()?.graph;
        let settings = paths.settings(today())?;
        let analysis = query.needs_analysis().then(|| analyse(&graph, &settings));
        let found = query.evaluate_with(&graph, analysis.as_ref()).unwrap_or_default();
        let found: Vec<NodeIx> = found.iter().collect();
        match self.format {
            Format::Text => {
                for &ix in &found {
                    out.line(&one_line(graph.node(ix).id.as_str()))?;
                }
            }
            Format::Csv => out.print(&lists::nodes(&graph, found.iter().copied()).csv())?,
            Format::Json => out.print(&lists::nodes(&graph, found.iter().copied()).json())?,
        }
        Ok(if found.is_empty() { Outcome::Findings } else { Outcome::Done })
    }
}

/// The last word, and what stands before it as paths.
pub(super) fn split_last(words: &[String]) -> Result<(&str, super::input::Paths), Failure> {
    match words {
        [paths @ .., last] if !paths.is_empty() => {
            let paths = paths.iter().map(PathBuf::from).collect();
            Ok((last, super::input::Paths { paths }))
        }
        _ => Err(Failure::new("name a path and then what to look for in it")),
    }
}
