//! Files that change on disk while they are open.

use super::SETTINGS_FILE_NAME;
use super::jobs::{Event, Sender};
use crate::import::{Input, SIDECAR_NAME};
use notify::{RecursiveMode, Watcher};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};
use std::path::PathBuf;
use std::time::Duration;

/// Editors and tools write a file in several steps; what comes within this time is one change.
const SETTLE: Duration = Duration::from_millis(400);

/// Watches the inputs of one project for as long as it lives.
pub(super) struct Watch {
    _debouncer: Debouncer<notify::RecommendedWatcher, RecommendedCache>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Watch {
    /// `None` where nothing is on disk, or the system cannot watch: reloading by hand remains.
    pub(super) fn new(inputs: &[Input], events: &Sender) -> Option<Self> {
        let paths: Vec<PathBuf> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Path(path) => Some(path.canonicalize().ok()?),
                Input::Embedded(_) => None,
            })
            .collect();
        if paths.is_empty() {
            return None;
        }
        let watched = paths.clone();
        let events = events.clone();
        let told = move |result: DebounceEventResult| {
            let Ok(changes) = result else { return };
            let written = || changes.iter().filter(|change| !change.kind.is_access());
            let mut paths = written().flat_map(|change| &change.paths);
            let is_settings = |path: &PathBuf| {
                let beside = |input: &PathBuf| {
                    path.parent() == Some(input) || path.parent() == input.parent()
                };
                path.ends_with(SETTINGS_FILE_NAME) && watched.iter().any(beside)
            };
            let concerns = |path: &PathBuf| {
                !path.ends_with(SIDECAR_NAME)
                    && !is_settings(path)
                    && watched.iter().any(|input| path.starts_with(input))
            };
            if paths.clone().any(concerns) {
                events.send(Event::FilesChanged);
            } else if paths.any(is_settings) {
                events.send(Event::SettingsChanged);
            }
        };
        let mut debouncer = new_debouncer(SETTLE, None, told).ok()?;
        for path in paths {
            // A file is replaced by renaming, which only its folder sees.
            let (target, mode) = if path.is_dir() {
                (path, RecursiveMode::Recursive)
            } else {
                (path.parent()?.to_owned(), RecursiveMode::NonRecursive)
            };
            debouncer.watch(&target, mode).ok()?;
        }
        Some(Self { _debouncer: debouncer })
    }
}

/// Ends the watch on a thread of its own: stopping waits for the system.
pub(super) fn release(watch: Option<Watch>) {
    if let Some(watch) = watch {
        let thread = std::thread::Builder::new().name("undercurrent-unwatch".into());
        // Without a thread it is dropped here, which only takes longer.
        drop(thread.spawn(move || drop(watch)));
    }
}

#[allow(unused_imports, reason = "the trait brings `watch` into scope on some systems")]
use Watcher as _;
