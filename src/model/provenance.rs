//! Where a statement was read: file, line and column.

use super::FileIx;

/// A place in a source file. Lines and columns count from 1; columns count bytes. Line 0 means the file as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Provenance {
    pub file: FileIx,
    pub line: u32,
    pub column: u32,
}

impl Provenance {
    pub const fn new(file: FileIx, line: u32, column: u32) -> Self {
        Self { file, line, column }
    }

    /// The file as a whole.
    pub const fn file(file: FileIx) -> Self {
        Self::new(file, 0, 0)
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// As shown to people: relative to the folder that was opened, with `/` between parts.
    pub path: String,
    /// Title of the format it was read as.
    pub format: &'static str,
    pub bytes: u64,
    /// XXH3 of the bytes.
    pub hash: u64,
}
