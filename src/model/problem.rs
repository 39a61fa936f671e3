//! Broken input as data: what is wrong, where, and what to do.

use super::Provenance;

/// How bad a problem is for what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing is missing.
    Note,
    /// Something was joined, guessed or left open.
    Warning,
    /// A file or a part of it could not be read.
    Error,
}

/// What sort of problem, for grouping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The file system said no.
    Io,
    /// The bytes are not what the format asks for.
    Syntax,
    /// Well-formed, but not what the field may hold.
    Value,
    /// A key that the format does not know.
    UnknownKey,
    /// One id defined twice in one file.
    Duplicate,
    /// Two files say different things of one node.
    Conflict,
    /// A reference to something that nobody defines.
    Unresolved,
    /// Something was too large, too deep or too many, and was cut.
    Limit,
    /// A path that leads out of the project.
    OutsideProject,
    /// A file that no importer claims, or that several do.
    Format,
    /// A fault of this program.
    Internal,
}

impl ProblemKind {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Io => "File access",
            Self::Syntax => "Syntax",
            Self::Value => "Value",
            Self::UnknownKey => "Unknown key",
            Self::Duplicate => "Duplicate",
            Self::Conflict => "Conflict",
            Self::Unresolved => "Unresolved reference",
            Self::Limit => "Limit",
            Self::OutsideProject => "Outside the project",
            Self::Format => "Format",
            Self::Internal => "Internal error",
        }
    }
}

/// One thing wrong with the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub kind: ProblemKind,
    /// What is, in one sentence.
    pub message: String,
    pub at: Option<Provenance>,
    /// The other place, where two places contradict one another.
    pub also_at: Option<Provenance>,
    /// What to do about it.
    pub hint: String,
}

impl Problem {
    pub fn new(
        severity: Severity,
        kind: ProblemKind,
        at: Option<Provenance>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { severity, kind, message: message.into(), at, also_at: None, hint: hint.into() }
    }

    #[must_use]
    pub fn also_at(mut self, place: Provenance) -> Self {
        self.also_at = Some(place);
        self
    }
}
