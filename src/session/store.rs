//! Where the program keeps files for itself.

use crate::export::{ExportError, write_whole};
use std::path::{Path, PathBuf};

/// Writes a file and the folders above it.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    if let Some(folder) = path.parent() {
        // Where this fails, writing says why.
        let _ = std::fs::create_dir_all(folder);
    }
    write_whole(path, bytes)
}

/// Where the program keeps what belongs to the person and not to a project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// `None` remembers nothing, as in tests.
    folder: Option<PathBuf>,
}

impl Store {
    /// The configuration folder that the system gives to programs.
    pub fn of_user() -> Self {
        use etcetera::BaseStrategy;
        let folder = etcetera::choose_base_strategy().ok();
        Self { folder: folder.map(|strategy| strategy.config_dir().join("undercurrent")) }
    }

    pub const fn nowhere() -> Self {
        Self { folder: None }
    }

    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()) }
    }

    pub(super) fn file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }
}
