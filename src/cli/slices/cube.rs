//! Cubes on the command line.

use super::input::{Predicted, dimensions_of};
use super::table::told;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::out::Out;
use crate::metrics::cube::{CubeFormat, SliceCube};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct CubeCommand {
    #[command(flatten)]
    predicted: Predicted,
    /// Dimensions of the cube, as country,device
    #[arg(long, value_name = "DIMENSIONS")]
    by: String,
    /// Keep histograms of the scores, of up to so many bins: the AUC is read off them; 1024 give the digits of the rows
    #[arg(long, value_name = "BINS", default_value_t = 0, hide_default_value = true)]
    scores: usize,
    /// Where to write it: .parquet, .csv or .json (an object a line); CSV on standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl CubeCommand {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let ending = self.output.as_ref().and_then(|path| path.extension()?.to_str());
        let format = match (ending, &self.output) {
            (Some("parquet"), _) => CubeFormat::Parquet,
            (Some("csv"), _) | (None, None) => CubeFormat::Csv,
            (Some("json" | "ndjson" | "jsonl"), _) => CubeFormat::Json,
            _ => return Err(Failure::new("a cube is written as .parquet, .csv or .json")),
        };
        let own = self.predicted.read()?.predictions;
        let dimensions = dimensions_of(&own, &self.by)?;
        let models: Vec<usize> = (0..own.models().len()).collect();
        let cube = SliceCube::of(&own, &models, &dimensions, None, self.scores).map_err(told)?;
        let mut bytes = Vec::new();
        cube.write(format, &mut bytes)?;
        match &self.output {
            Some(path) => crate::export::write_whole(path, &bytes)?,
            None => out.bytes(&bytes)?,
        }
        Ok(Outcome::Done)
    }
}
