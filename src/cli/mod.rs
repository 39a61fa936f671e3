//! The commands without a window, and the choice between them and the window.
//!
//! Owns: the command line's words, what is printed, exit codes. Must never know: egui. A command is one
//! file here and one row of [`Command`]; it returns an [`Outcome`] or a [`Failure`] and prints only
//! through [`Out`], so that a pipe that closes ends it quietly. Start reading at [`run`].

mod check;
mod completions;
mod explain;
mod failure;
mod graph;
mod impact;
mod info;
mod input;
mod open;
mod out;
mod query;
mod samples;
mod schema;
mod slices;
mod snapshot;

use clap::{Parser, Subcommand};
use failure::Failure;
use out::Out;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Examples:
  undercurrent target/manifest.json
  undercurrent snapshot target/manifest.json -o map.svg
  undercurrent query target/manifest.json '2+orders+1'
  undercurrent check manifests/ --baseline baseline.json --format github

PATH is a manifest, a folder of manifests, or sample:KEY for a sample project.
Exit codes: 0 done, 1 done but something was found or left out, 2 not done.";

/// Explore the hidden debt in machine-learning systems.
#[derive(Debug, Parser)]
#[command(name = "undercurrent", version, args_conflicts_with_subcommands = true)]
#[command(after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    open: open::Open,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge by the rules, for a pipeline: exit code, report, baseline
    Check(check::Check),
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Explain a rule: what it does, why, how to fix it
    Explain(explain::Explain),
    /// List what a change reaches, or what a thing rests on
    Impact(impact::ImpactCommand),
    /// Count what the manifests hold, and report what is wrong with them
    Info(info::Info),
    /// List the nodes that a query means
    Query(query::QueryCommand),
    /// List the sample projects that come with the program
    Samples(samples::Samples),
    /// Print the JSON Schema of the native manifest
    Schema(schema::Schema),
    /// Measure predictions by slice: tables, bad slices, thresholds, cubes
    Slices(Box<slices::Slices>),
    /// Write a picture or a list of what is seen to a file
    Snapshot(snapshot::Snapshot),
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    // Help, version and mistakes in the words themselves end here, with 0 or 2.
    let cli = Cli::parse();
    let mut out = Out::stdout();
    let result = match cli.command {
        None => cli.open.run(&mut out),
        Some(Command::Check(command)) => command.run(&mut out),
        Some(Command::Completions(command)) => command.run(&mut out),
        Some(Command::Explain(command)) => command.run(&mut out),
        Some(Command::Impact(command)) => command.run(&mut out),
        Some(Command::Info(command)) => command.run(&mut out),
        Some(Command::Query(command)) => command.run(&mut out),
        Some(Command::Samples(command)) => command.run(&mut out),
        Some(Command::Schema(command)) => command.run(&mut out),
        Some(Command::Slices(command)) => command.run(&mut out),
        Some(Command::Snapshot(command)) => command.run(&mut out),
    };
    failure::exit(result.and_then(|outcome| out.flush().map(|()| outcome)))
}

/// For the tests of the words and for completions.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_do_not_contradict_one_another() {
        super::command().debug_assert();
    }
}
