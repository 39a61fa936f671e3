//! What the benches share: timing, peers that run as programs, and tables.
#![allow(dead_code, reason = "each bench uses a part of what they share")]

pub(crate) mod graphs;
pub(crate) mod predictions;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs `work` once to warm up, then 3 to 15 times, fewer when it takes longer; the last result and
/// the median in seconds.
pub(crate) fn measure<T>(mut work: impl FnMut() -> T) -> (T, f64) {
    let start = Instant::now();
    let mut result = work();
    let runs = match start.elapsed().as_secs_f64() {
        secs if secs < 0.05 => 15,
        secs if secs < 1.0 => 7,
        secs if secs < 20.0 => 3,
        secs => return (result, secs),
    };
    let mut secs: Vec<f64> = Vec::with_capacity(runs);
    for _ in 0..runs {
        let start = Instant::now();
        let again = work();
        secs.push(start.elapsed().as_secs_f64());
        // To free the result before is no part of the work.
        result = again;
    }
    secs.sort_by(f64::total_cmp);
    (result, secs[runs / 2])
}

/// Runs a program to its end and returns how long it took and what it printed; `None` when it is
/// not on the path, fails, or takes longer than `limit`.
pub(crate) fn run_program(command: &mut Command, limit: Duration) -> Option<(f64, Vec<u8>)> {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut out = child.stdout.take()?;
    let reader = std::thread::Builder::new().name("bench-output".into()).spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut out, &mut text).map(|_| text)
    });
    let status = loop {
        if let Some(status) = child.try_wait().ok()? {
            break status;
        }
        if start.elapsed() > limit {
            child.kill().ok()?;
            child.wait().ok()?;
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let secs = start.elapsed().as_secs_f64();
    let text = reader.ok()?.join().ok()?.ok()?;
    status.success().then_some((secs, text))
}

/// Prints rows under their headings in columns as wide as needed.
pub(crate) fn print_table(headings: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let line = |cells: Vec<String>| {
        let mut text = String::from("|");
        for (cell, width) in cells.iter().zip(&widths) {
            text += &format!(" {cell:<width$} |");
        }
        println!("{text}");
    };
    line(headings.iter().map(ToString::to_string).collect());
    line(widths.iter().map(|&width| "-".repeat(width)).collect());
    for row in rows {
        line(row.clone());
    }
}

/// A duration with three digits and a fitting unit.
pub(crate) fn secs(secs: f64) -> String {
    match secs {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 0.1 => format!("{:.1} ms", s * 1e3),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}
