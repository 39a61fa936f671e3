//! `undercurrent samples`: what comes with the program.

use super::failure::{Failure, Outcome};
use super::input::SAMPLE_PREFIX;
use super::out::Out;
use crate::export::table::{Column, Table};
use crate::samples::SAMPLES;

#[derive(Debug, clap::Args)]
pub(super) struct Samples {}

impl Samples {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let columns = [("path", "Path"), ("title", "Title"), ("doc", "What it is")];
        let mut table = Table::new(columns.map(|(key, title)| Column::text(key, title)));
        table.rows.extend(SAMPLES.iter().map(|sample| {
            vec![format!("{SAMPLE_PREFIX}{}", sample.key), sample.title.into(), sample.doc.into()]
        }));
        out.print(&table.text())?;
        Ok(Outcome::Done)
    }
}
