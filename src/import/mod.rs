//! Manifests of many tools into what they say of the system.
//!
//! Owns: which file is read by whom, reading it within the project's folder, and the report on what
//! was wrong. Must never know: a rule, a drawing, a window. Start reading at [`load`], then
//! [`Importer`]; a format is one file (or folder) here and one row in [`IMPORTERS`].

mod attr_text;
mod csv_edges;
mod dbt;
mod decode;
mod dot;
mod files;
mod json;
mod lenient;
mod load;
pub mod native;
mod openlineage;
mod progress;
mod project;
mod report;
mod sniff;
mod suggest;
mod tables;
mod text;

pub use files::SIDECAR_NAME;
pub use load::{Loaded, load};
pub use progress::{Cancelled, FileProgress, Progress};
pub use project::{Beside, EmbeddedFiles, Folder};
pub use report::{
    FileReport, ImportReport, NOT_READ, PROBLEMS_PER_KIND_AND_FILE, SeverityCounts, Skipped,
};
pub use text::Text;

use crate::model::Batch;
use std::path::PathBuf;

/// What to read.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file, or a folder with everything below it.
    Path(PathBuf),
    /// A project inside the program.
    Embedded(EmbeddedFiles),
}

/// What a format is called and how its files are told.
#[derive(Debug, PartialEq, Eq)]
pub struct FormatMeta {
    /// As written on the command line and in file names of the docs.
    pub key: &'static str,
    pub title: &'static str,
    /// File endings without the dot, for the open dialog.
    pub extensions: &'static [&'static str],
    /// What is read and how it maps, in Markdown: the format's page in `docs/formats`.
    pub doc: &'static str,
}

/// How sure an importer is that a file is of its format. The surest importer reads the file; two
/// equally sure ones are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    No,
    /// The name fits and the content does not contradict.
    Maybe,
    /// The content has the format's own marks.
    Sure,
}

/// Reads one format.
pub trait Importer: Sync {
    fn meta(&self) -> &'static FormatMeta;

    /// Judges a file by its first bytes (up to [`HEAD_BYTES`], already decoded); the name is a hint only.
    fn claim(&self, name: &str, head: &str) -> Claim;

    /// Names of files that are read along when they lie beside `name`.
    fn companions(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    /// Says everything that the file says. Broken parts become problems of the batch; the rest is read.
    ///
    /// # Errors
    /// Only when the work was cancelled.
    fn import(&self, source: &Source<'_>, batch: &mut Batch) -> Result<(), Cancelled>;
}

/// How much of a file an importer sees when it judges it.
pub const HEAD_BYTES: usize = 16 * 1024;

/// One file for an importer: its text, and the way to files that it names.
#[derive(Debug)]
pub struct Source<'a> {
    /// File name without folders.
    pub name: &'a str,
    pub text: Text<'a>,
    pub progress: &'a FileProgress<'a>,
    /// Where it lies; the only way to files that it names.
    pub folder: Folder<'a>,
}

impl<'a> Source<'a> {
    /// A text that lies in no folder.
    pub fn alone(name: &'a str, text: &'a str, progress: &'a FileProgress<'a>) -> Self {
        Self { name, text: Text::new(text), progress, folder: Folder::nowhere() }
    }
}

/// All formats, in the order in which ties are listed.
pub static IMPORTERS: &[&dyn Importer] =
    &[&native::Native, &dbt::Dbt, &openlineage::OpenLineage, &csv_edges::CsvEdges, &dot::Dot];
