//! Where commands print.

use super::Failure;
use std::io::{self, Write};

/// Standard output, in large pieces; errors are returned and never panic.
#[derive(Debug)]
pub(super) struct Out {
    to: io::BufWriter<io::Stdout>,
}

impl Out {
    pub(super) fn stdout() -> Self {
        Self { to: io::BufWriter::new(io::stdout()) }
    }

    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        Ok(self.to.write_all(text.as_bytes())?)
    }

    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.print(text)?;
        self.print("\n")
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.to.write_all(bytes)?)
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.to.flush()?)
    }
}

/// Says something on standard error. That nobody can be told is no failure.
pub(super) fn complain(severity: &str, message: &str) {
    let _ = writeln!(io::stderr(), "{severity}: {message}");
}
