//! Writes seeded predictions as Parquet.
//!
//!     cargo run --release --example generate_predictions -- sample PATH   those of the sample project
//!     cargo run --release --example generate_predictions -- ROWS PATH     any number of rows, for benches
//!
//! The file in `sample_projects/ads_ranking` is what the first line wrote.

#[path = "../benches/support/graphs.rs"]
#[expect(dead_code, reason = "only its random numbers are used here")]
mod graphs;
#[path = "../benches/support/predictions.rs"]
mod predictions;

use std::fs::File;
use std::process::ExitCode;

/// Rows of the sample: enough for slices of slices, and less than three megabytes.
const SAMPLE_ROWS: usize = 240_000;

const SEED: u64 = 20_261_115;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, path] = arguments.as_slice() else {
        eprintln!("usage: generate_predictions sample|ROWS PATH");
        return ExitCode::from(2);
    };
    let (shape, rows) = match what.parse() {
        Ok(rows) => (predictions::bench_shape(), rows),
        Err(_) => (predictions::sample_shape(), SAMPLE_ROWS),
    };
    let written = File::create(path)
        .map_err(parquet::errors::ParquetError::from)
        .and_then(|file| predictions::write(&shape, rows, SEED, file));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
