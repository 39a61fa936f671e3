//! What the program remembers of the person: theme, scale, recent projects.

use super::Store;
use super::store::keep;
use crate::export::ExportError;
use crate::scene::ThemeName;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How many recent projects are listed.
const RECENT: usize = 12;

const FILE: &str = "preferences.json";

/// A project that was open before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recent {
    Paths(Vec<PathBuf>),
    /// A sample, by key.
    Sample(String),
}

/// Everything that is kept between two runs and belongs to no project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    pub theme: ThemeName,
    /// Size of everything, 1.0 to 2.0.
    pub scale: f32,
    /// No motion where a jump tells as much.
    pub reduced_motion: bool,
    /// The newest first.
    pub recent: Vec<Recent>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { theme: ThemeName::default(), scale: 1.0, reduced_motion: false, recent: Vec::new() }
    }
}

impl Preferences {
    /// What was written last; the defaults where nothing was or it cannot be read.
    pub(super) fn load(store: &Store) -> Self {
        let text = store.file(FILE).and_then(|path| std::fs::read(path).ok());
        let mut read: Self =
            text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        read.scale = if read.scale.is_finite() { read.scale.clamp(1.0, 2.0) } else { 1.0 };
        read.recent.truncate(RECENT);
        read
    }

    /// # Errors
    /// When the file cannot be written.
    pub(super) fn save(&self, store: &Store) -> Result<(), ExportError> {
        let Some(path) = store.file(FILE) else { return Ok(()) };
        // Numbers and text always have a form in JSON.
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        keep(&path, &text)
    }

    pub(super) fn opened(&mut self, what: Recent) {
        self.recent.retain(|other| *other != what);
        self.recent.insert(0, what);
        self.recent.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_survive_and_bad_files_do_not_matter() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path());
        assert_eq!(Preferences::load(&store), Preferences::default());
        let mut preferences = Preferences { theme: ThemeName::Light, ..Preferences::default() };
        preferences.opened(Recent::Sample("hello".into()));
        preferences.opened(Recent::Paths(vec!["a.json".into()]));
        preferences.opened(Recent::Sample("hello".into()));
        assert_eq!(preferences.recent.len(), 2);
        preferences.save(&store).expect("written");
        assert_eq!(Preferences::load(&store), preferences);
        std::fs::write(folder.path().join(FILE), "{\"scale\": ").expect("written");
        assert_eq!(Preferences::load(&store), Preferences::default());
    }
}
