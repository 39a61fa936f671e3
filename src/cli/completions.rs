//! `undercurrent completions`: a script that completes the command line.

use super::failure::{Failure, Outcome};
use super::out::Out;
use clap_complete::Shell;

#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell to complete in
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::command(), "undercurrent", &mut script);
        out.bytes(&script)?;
        Ok(Outcome::Done)
    }
}
