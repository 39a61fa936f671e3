//! How a command ends.

use std::io;
use std::process::ExitCode;

/// What came of a command that could do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Done, but there is something to know: findings, or parts that could not be read.
    Findings,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// What, where, and what to do; the first line after `error: `.
    Message(String),
    /// Nobody reads the output any more.
    Closed,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Message(format!("the output could not be written: {error}")),
        }
    }
}

impl From<crate::export::ExportError> for Failure {
    fn from(error: crate::export::ExportError) -> Self {
        Self::Message(error.to_string())
    }
}

/// Says why, if there is a why, and turns the result into the process's exit code.
pub(super) fn exit(result: Result<Outcome, Failure>) -> ExitCode {
    match result {
        Ok(Outcome::Done) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(Failure::Message(message)) => {
            super::out::complain("error", &message);
            ExitCode::from(2)
        }
    }
}
