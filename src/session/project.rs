//! What is open: the inputs, and what was read from them.

use super::derived::Basis;
use crate::analysis::{Analysis, Settings};
use crate::import::{Input, Loaded};
use crate::model::SystemGraph;
use crate::samples::SAMPLES;
use crate::scene::Structure;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open project: one snapshot of what its files say.
#[derive(Clone, Debug)]
pub struct Project {
    pub inputs: Vec<Input>,
    /// For the window's title.
    pub title: String,
    pub loaded: Arc<Loaded>,
    /// Groups found in the graph, once they are asked for.
    pub structure: Arc<Structure>,
    /// `None` while the rules are at work.
    pub analysis: Option<Arc<Analysis>>,
    /// What the analysis was made with; the defaults until there is one.
    pub settings: Arc<Settings>,
}

impl Project {
    pub fn graph(&self) -> &SystemGraph {
        &self.loaded.graph
    }

    pub(super) fn basis(&self) -> Basis {
        Basis {
            loaded: Arc::clone(&self.loaded),
            structure: Arc::clone(&self.structure),
            analysis: self.analysis.clone(),
            settings: Arc::clone(&self.settings),
        }
    }

    /// The folder in which what is remembered of the project lies, if it is on disk.
    pub fn folder(&self) -> Option<PathBuf> {
        folder_of(&self.inputs)
    }
}

/// The folder of the first input that is on disk.
pub(super) fn folder_of(inputs: &[Input]) -> Option<PathBuf> {
    inputs.iter().find_map(|input| match input {
        Input::Path(path) if path.is_dir() => Some(path.clone()),
        Input::Path(path) => Some(path.parent().map_or_else(PathBuf::new, Path::to_owned)),
        Input::Embedded(_) => None,
    })
}

/// What a window shows as the name of these inputs.
pub(super) fn title_of(inputs: &[Input]) -> String {
    let name = |input: &Input| match input {
        Input::Path(path) => path
            .canonicalize()
            .unwrap_or_else(|_| path.clone())
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
        Input::Embedded(files) => SAMPLES
            .iter()
            .find(|sample| std::ptr::eq(sample.files, *files))
            .map_or_else(|| String::from("Sample"), |sample| sample.title.to_owned()),
    };
    match inputs {
        [] => String::new(),
        [one] => name(one),
        [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
    }
}
