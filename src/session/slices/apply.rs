//! What each command on slices does.

use super::read::Source;
use super::{Said, SliceCommand, SliceView};
use crate::import::Input;
use crate::metrics::SliceSpec;
use crate::metrics::cube::SliceCube;
use crate::metrics::read::ColumnRole;
use crate::session::history::Place;
use crate::session::{Notice, Panel, Request, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Session {
    /// Predictions and what is asked of them.
    pub fn slices(&self) -> &super::SliceBench {
        &self.slices
    }

    /// Does what `command` asks; what it changes of what is looked at is one step to take back.
    pub(in crate::session) fn apply_slice(&mut self, command: SliceCommand) {
        let before = self.slices.view.clone();
        let label = command.label();
        let gesture = matches!(command, SliceCommand::Brush(..)).then_some("brush");
        self.do_slice(command);
        if self.slices.view != before {
            // Nothing of this moves the view or the camera.
            let place = Place { slices: before, ..self.place() };
            self.history.record(label, place, gesture);
        }
    }

    /// What was looked at before, or after, as far as the predictions have it.
    pub(in crate::session) fn restore_slices(&mut self, view: SliceView) {
        if self.slices.view != view {
            self.slices.view = view;
            self.slices.keep_what_is_there();
            self.slices.lit = true;
            self.emphasis_is_old = true;
        }
    }

    fn do_slice(&mut self, command: SliceCommand) {
        match command {
            SliceCommand::Open(paths) => {
                self.slices.roles = Default::default();
                self.read_predictions(Source::opened(paths));
            }
            SliceCommand::OpenDialog => self.requests.push(Request::OpenPredictions),
            SliceCommand::Roles(roles) => {
                // Of files that somebody opened besides the project keeps nothing.
                if self.slices.source.as_ref().is_some_and(|source| source.declared) {
                    let key = |own: &ColumnRole| (own.column.to_string(), own.role.key().into());
                    self.workspace.columns = roles.0.iter().map(key).collect();
                    self.save_workspace();
                }
                self.slices.roles = roles;
                self.read_predictions_again();
            }
            SliceCommand::Bucket(bucket) => {
                if self.slices.bucket != bucket {
                    self.slices.bucket = bucket;
                    self.read_predictions_again();
                }
            }
            SliceCommand::Memory(bytes) => {
                if self.slices.memory != bytes {
                    self.slices.memory = bytes;
                    self.read_predictions_again();
                }
            }
            SliceCommand::Ask(question) => {
                if let Some(set) = &self.slices.set {
                    self.slices.answers.ask(question, set, &self.jobs.sender);
                }
            }
            SliceCommand::BrushDone => self.history.end_gesture(),
            SliceCommand::Light => self.light(),
            SliceCommand::CopyThreshold(node, value) => self.copy_threshold(node, value),
            SliceCommand::Stop => self.slices.answers.stop(),
            SliceCommand::Resume => self.slices.answers.resume(),
            SliceCommand::Save(name) => self.save_slice(&name),
            SliceCommand::Apply(name) => {
                if let Some(slice) = self.workspace.slices.get(&name).cloned() {
                    self.set_slice(slice);
                }
            }
            SliceCommand::Forget(name) => {
                if self.workspace.slices.remove(&name).is_some() {
                    self.save_workspace();
                    self.judge();
                }
            }
            other => self.change_slices(other),
        }
    }

    /// What needs nothing but the state of slices.
    fn change_slices(&mut self, command: SliceCommand) {
        let slices = &mut self.slices;
        match command {
            SliceCommand::Baseline(baseline) => slices.view.baseline = baseline,
            SliceCommand::Model(model) => slices.view.model = Some(model),
            SliceCommand::Metric(metric) => slices.view.metric = metric,
            SliceCommand::Stack(metric) => {
                match slices.view.stacked.iter().position(|&own| own == metric) {
                    Some(at) => drop(slices.view.stacked.remove(at)),
                    None => slices.view.stacked.push(metric),
                }
            }
            SliceCommand::Support(support) => slices.view.support = support,
            SliceCommand::BaseOfAll(all) => slices.view.base_of_all = all,
            SliceCommand::Scope(scoped) => slices.view.scoped = scoped,
            SliceCommand::Pin(dimension) => {
                if !slices.view.pinned.remove(&dimension) {
                    slices.view.pinned.insert(dimension);
                }
            }
            other => self.change_brushes(other),
        }
    }

    fn change_brushes(&mut self, command: SliceCommand) {
        let mut slice = self.slices.view.slice.clone();
        match command {
            SliceCommand::Slice(other) => slice = other,
            SliceCommand::Narrow(other) => slice = slice.and(&other),
            SliceCommand::Brush(dimension, values) => slice.set(&dimension, values),
            SliceCommand::Invert(dimension) => self.invert(&mut slice, &dimension),
            SliceCommand::Reset => {
                slice.conditions.retain(|own| self.slices.view.pinned.contains(&own.dimension));
            }
            _ => return,
        }
        self.set_slice(slice);
    }

    fn set_slice(&mut self, slice: SliceSpec) {
        if self.slices.view.slice != slice {
            self.slices.view.slice = slice;
            self.slices.lit = true;
            self.emphasis_is_old = true;
        }
    }

    /// A slice and a selection light the graph in turn.
    fn light(&mut self) {
        self.selection.clear();
        self.slices.lit = true;
        self.emphasis_is_old = true;
    }

    fn invert(&self, slice: &mut SliceSpec, dimension: &str) {
        let Some(predictions) = self.slices.predictions() else { return };
        let Some(at) = predictions.dimension(dimension) else { return };
        let own = &predictions.dimensions()[at];
        let chosen = slice.condition(dimension).map_or(&[][..], |own| &own.values);
        let others: Vec<Box<str>> =
            own.labels.iter().filter(|label| !chosen.contains(label)).cloned().collect();
        // All values are no condition, and none of them no slice.
        let values = (!others.is_empty() && others.len() < own.labels.len()).then_some(others);
        slice.set(dimension, values);
    }

    fn save_slice(&mut self, name: &str) {
        let name = name.trim();
        if name.is_empty() {
            return;
        }
        self.workspace.slices.insert(name.to_owned(), self.slices.view.slice.clone());
        self.save_workspace();
        // Queries ask the analysis which nodes a slice touches.
        self.judge();
        self.notices.push(if self.workspace_usable {
            Notice::done(format!("Slice “{name}” is kept beside the manifests."))
        } else {
            Notice::warning(format!(
                "Slice “{name}” is kept until the window closes: this project has no folder that can be written."
            ))
        });
    }

    /// Slices with a name, by name.
    pub fn saved_slices(&self) -> &std::collections::BTreeMap<String, SliceSpec> {
        &self.workspace.slices
    }

    /// Takes files of predictions out of what is opened: they are read beside the open project, beside the
    /// manifests that are opened with them, or alone.
    pub(in crate::session) fn take_predictions(&mut self, inputs: Vec<Input>) -> Vec<Input> {
        let is_of_rows = |input: &Input| match input {
            Input::Path(path) => is_of_rows(path),
            Input::Embedded(_) => false,
        };
        let (rows, rest): (Vec<Input>, Vec<Input>) = inputs.into_iter().partition(is_of_rows);
        let paths: Vec<PathBuf> = rows
            .into_iter()
            .filter_map(|input| match input {
                Input::Path(path) => Some(path),
                Input::Embedded(_) => None,
            })
            .collect();
        if paths.is_empty() {
            return rest;
        }
        let source = Source::opened(paths);
        if !rest.is_empty() {
            self.slices.pending = Some(source);
            return rest;
        }
        if self.project.is_none() {
            self.open_nothing(source.title());
            self.slices.base = self.project.as_ref().map(|own| Arc::clone(&own.loaded));
        }
        self.slices.roles = Default::default();
        self.read_predictions(source);
        self.requests.push(Request::ShowPanel(Panel::Slices));
        rest
    }

    fn read_predictions(&mut self, source: Source) {
        self.slices.read(source, &self.jobs.sender);
    }

    fn read_predictions_again(&mut self) {
        if let Some(source) = self.slices.source.clone() {
            self.read_predictions(source);
        }
    }

    /// Reads what the project's manifests name, unless somebody opened something else.
    pub(in crate::session) fn read_declared_predictions(&mut self, again: bool) {
        let Some(project) = &self.project else { return };
        let declared = Source::named(&project.inputs, project.graph());
        let base = Arc::clone(&project.loaded);
        let pending = self.slices.pending.take();
        let declared = pending.or(declared);
        if !again {
            self.slices.cancel_reading();
            self.slices = super::SliceBench::default();
        } else if self.slices.source.as_ref().is_some_and(|own| !own.declared) {
            self.slices.base = Some(base);
            return self.relate();
        }
        match declared {
            Some(source) => {
                if source.declared {
                    self.slices.roles = self.workspace.roles(&base.graph);
                }
                self.read_predictions(source);
            }
            None if again => {
                self.slices.cancel_reading();
                self.slices = super::SliceBench::default();
            }
            None => {}
        }
        self.slices.base = Some(base);
    }

    pub(in crate::session) fn slices_said(&mut self, said: Said) {
        match said {
            Said::Read { generation, outcome } => {
                if self.slices.finished(generation, *outcome) {
                    self.relate();
                }
                if let Some(why) = self.slices.failed() {
                    self.notices.push(Notice::warning(format!("No predictions: {why}")));
                }
            }
            Said::Related(related) => self.related(related),
            Said::Answered(answered) => {
                let set = self.slices.set.as_ref().map(Arc::clone);
                self.slices.answers.absorb(*answered, set.as_ref(), &self.jobs.sender);
            }
        }
    }
}

/// Whether a file can only be one of predictions: by its ending, since other tables are manifests as well, or
/// because its columns are those of a cube, for which its first bytes are read. So is a folder of such files.
fn is_of_rows(path: &Path) -> bool {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        // Writers leave _SUCCESS and .crc beside their parts.
        let beside = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with(['_', '.']);
        let mut parts = entries.filter(|own| !beside(&own.file_name())).peekable();
        return parts.peek().is_some()
            && parts.all(|own| own.path().is_file() && is_of_rows(&own.path()));
    }
    let name = path.file_name().map(|own| own.to_string_lossy().to_lowercase());
    let packed = ["csv", "tsv", "ndjson", "jsonl"]
        .iter()
        .flat_map(|plain| ["gz", "zst"].map(|packed| format!(".{plain}.{packed}")));
    name.is_some_and(|name| {
        name.ends_with(".parquet")
            || packed.into_iter().any(|ending| name.ends_with(&ending))
            || [".csv", ".json"].iter().any(|own| name.ends_with(own)) && SliceCube::is_in(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_rows_are_known_by_their_endings() {
        for name in ["p.parquet", "P.PARQUET", "rows.csv.gz", "rows.ndjson.zst"] {
            assert!(is_of_rows(Path::new(name)), "{name}");
        }
        for name in ["edges.csv", "events.ndjson", "manifest.json.gz", "parquet"] {
            assert!(!is_of_rows(Path::new(name)), "{name}");
        }
    }

    #[test]
    fn a_folder_of_parts_is_rows_and_one_with_a_manifest_is_a_project() {
        let folder = tempfile::TempDir::new().expect("a folder");
        assert!(!is_of_rows(folder.path()));
        for name in ["part-0.parquet", "part-1.parquet", "_SUCCESS"] {
            std::fs::write(folder.path().join(name), "").expect("a file");
        }
        assert!(is_of_rows(folder.path()));
        std::fs::write(folder.path().join("system.yaml"), "").expect("a file");
        assert!(!is_of_rows(folder.path()));
    }
}
