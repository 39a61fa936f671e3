//! `undercurrent schema`: the JSON Schema of the native manifest.

use super::failure::{Failure, Outcome};
use super::out::Out;
use crate::import::native;

#[derive(Debug, clap::Args)]
pub(super) struct Schema {}

impl Schema {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let text = serde_json::to_string_pretty(&native::schema())
            .map_err(|error| Failure::new(format!("the schema could not be written: {error}")))?;
        out.line(&text)?;
        Ok(Outcome::Done)
    }
}
