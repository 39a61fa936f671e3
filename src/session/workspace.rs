//! What is remembered of a project: pins and saved views, in a file beside the manifests that a person
//! can read and git can merge: one thing a line, sorted, relative to nothing but ids.

use super::project::folder_of;
use super::slices::Source;
use super::store::keep;
use crate::analysis::loops::Answer;
use crate::export::ExportError;
use crate::import::{Input, SIDECAR_NAME};
use crate::metrics::SliceSpec;
use crate::metrics::read::{Role, Roles};
use crate::model::SystemGraph;
use crate::scene::{GROUP_PREFIX, View};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Written into the file; a file with a greater number is left alone.
const VERSION: u32 = 1;

/// A view with a name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedView {
    pub view: View,
    pub note: String,
}

/// Everything that is remembered of a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workspace {
    version: u32,
    /// Where somebody put things, as in [`View::pins`].
    pub pins: BTreeMap<String, (f32, f32)>,
    /// By name.
    pub views: BTreeMap<String, SavedView>,
    /// Slices of predictions, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slices: BTreeMap<String, SliceSpec>,
    /// What somebody confirmed that columns of the predictions are for, by their name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// What people said of inferred influences, by `from -> to`.
    pub influences: BTreeMap<String, Decision>,
}

/// What somebody said of an inferred influence, so that nobody has to find it out again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether the influence is there.
    pub confirmed: bool,
    pub from: String,
    pub to: String,
    #[serde(default)]
    pub by: String,
    #[serde(default)]
    pub on: Option<jiff::civil::Date>,
    #[serde(default)]
    pub why: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            version: VERSION,
            pins: BTreeMap::new(),
            views: BTreeMap::new(),
            slices: BTreeMap::new(),
            columns: BTreeMap::new(),
            influences: BTreeMap::new(),
        }
    }
}

/// Why a workspace file must not be written over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    #[error(
        "{0} was written by a newer version of Undercurrent and is left as it is. Update the program to use what it keeps."
    )]
    Newer(String),
    #[error(
        "{path}:{line}: {why}. Mend the file (a merge may have left its marks) or delete it; until then nothing is kept in it."
    )]
    Broken { path: String, line: usize, why: String },
    #[error("{0}")]
    Unreadable(String),
}

impl Workspace {
    pub(super) fn path_in(folder: &Path) -> PathBuf {
        folder.join(SIDECAR_NAME)
    }

    /// What is remembered beside the first of `inputs` that is on disk; nothing where there is no file.
    ///
    /// # Errors
    /// When there is a file that cannot be used, with what to do.
    pub fn beside(inputs: &[Input]) -> Result<Self, String> {
        folder_of(inputs).map_or_else(
            || Ok(Self::default()),
            |folder| Self::load(&folder).map_err(|unusable| unusable.to_string()),
        )
    }

    /// What is remembered in `folder`; nothing where there is no file.
    pub(super) fn load(folder: &Path) -> Result<Self, Unusable> {
        let path = Self::path_in(folder);
        let shown = path.display().to_string();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Unusable::Unreadable(format!("{shown}: {error}"))),
        };
        /// The one field that every version has.
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let broken = |error: &serde_json::Error| Unusable::Broken {
            path: shown.clone(),
            line: error.line(),
            why: error.to_string(),
        };
        let version: Version = serde_json::from_str(&text).map_err(|error| broken(&error))?;
        if version.version > VERSION {
            return Err(Unusable::Newer(shown));
        }
        serde_json::from_str(&text).map_err(|error| broken(&error))
    }

    /// Keeps what somebody said of an influence.
    pub(super) fn decide(&mut self, decision: Decision) {
        self.influences.insert(format!("{} -> {}", decision.from, decision.to), decision);
    }

    /// What was said of one influence.
    pub(super) fn decision(&self, from: &str, to: &str) -> Option<&Decision> {
        self.influences.get(&format!("{from} -> {to}"))
    }

    /// All that was said, as the analysis takes it.
    pub fn answers(&self) -> BTreeMap<(String, String), Answer> {
        let answer = |decision: &Decision| {
            let said = if decision.confirmed { Answer::Confirmed } else { Answer::Denied };
            ((decision.from.clone(), decision.to.clone()), said)
        };
        self.influences.values().map(answer).collect()
    }

    /// What columns of the project's predictions are for: what somebody confirmed wins over what the manifests say.
    pub(super) fn roles(&self, graph: &SystemGraph) -> Roles {
        let mut roles = Source::declared_roles(graph);
        for (column, key) in &self.columns {
            if let Some(role) = Role::parse(key) {
                roles.declare(column, role);
            }
        }
        roles
    }

    /// # Errors
    /// When the file cannot be written.
    pub(super) fn save(&self, folder: &Path) -> Result<(), ExportError> {
        // Numbers and text always have a form in JSON.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        keep(&Self::path_in(folder), &text)
    }
}

/// Ids that `view` names and `graph` does not have.
pub(super) fn vanished(graph: &SystemGraph, view: &View) -> Vec<String> {
    let focus = view.focus.iter().flat_map(|focus| &focus.on);
    let named = focus.chain(&view.hidden).chain(view.pins.keys());
    let mut gone: Vec<String> = named
        .filter(|id| !id.starts_with(GROUP_PREFIX) && graph.find(id).is_none())
        .cloned()
        .collect();
    gone.sort();
    gone.dedup();
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(Workspace::path_in(folder.path()), text).expect("written");
        folder
    }

    #[test]
    fn a_workspace_comes_back_as_it_was() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut workspace = Workspace::default();
        workspace.pins.insert("model.ctr".into(), (12.0, -3.5));
        let view = View { query: "kind:model".into(), ..View::default() };
        workspace.views.insert("Models".into(), SavedView { view, note: String::new() });
        let slice = SliceSpec::parse("country=pl|it, device=phone").expect("a slice");
        workspace.slices.insert("Poland".into(), slice);
        workspace.save(folder.path()).expect("written");
        assert_eq!(Workspace::load(folder.path()), Ok(workspace));
    }

    #[test]
    fn a_file_of_a_newer_version_is_left_alone() {
        let folder = folder_with("{\"version\": 2, \"pins\": [\"another shape\"]}");
        assert!(matches!(Workspace::load(folder.path()), Err(Unusable::Newer(_))));
    }

    #[test]
    fn conflicts_of_a_merge_are_told_with_their_line() {
        let folder = folder_with("{\n  \"version\": 1,\n<<<<<<< HEAD\n  \"pins\": {}\n}");
        let Err(Unusable::Broken { line, .. }) = Workspace::load(folder.path()) else {
            panic!("a broken file was read")
        };
        assert_eq!(line, 3);
    }
}
