//! Files of predictions into columns, on a thread of their own.

use super::{Said, SliceBench};
use crate::import::{Input, Progress};
use crate::metrics::Predictions;
use crate::metrics::read::{ReadError, ReadOptions, ReadReport, Roles, Watch, read};
use crate::model::SystemGraph;
use crate::session::jobs::{Event, Sender, spawn};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where one file of predictions is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    Disk(PathBuf),
    /// Inside the program: its name and content.
    Embedded(&'static str, &'static [u8]),
}

/// Where predictions are.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub(super) places: Vec<Place>,
    /// Whether a manifest names them.
    pub declared: bool,
}

impl Source {
    /// What the tables of a graph name, as far as it is there; `inputs` are what the graph was read from.
    pub(in crate::session) fn named(inputs: &[Input], graph: &SystemGraph) -> Option<Self> {
        let rows = graph.tables().predictions.iter();
        let places: Vec<Place> = rows.filter_map(|row| place(inputs, &row.row.path)).collect();
        (!places.is_empty()).then_some(Self { places, declared: true })
    }

    /// What manifests say that columns are for.
    pub(in crate::session) fn declared_roles(graph: &SystemGraph) -> Roles {
        let rows = graph.tables().predictions.iter().flat_map(|row| &row.row.columns);
        Roles::of_keys(rows.map(|(column, role)| (&**column, &**role)))
    }

    /// Paths of all files. What lies inside the program is written into the folder, which must live as long as
    /// it is read: readers of Parquet jump about in a file.
    pub(super) fn on_disk(&self) -> std::io::Result<(Vec<PathBuf>, tempfile::TempDir)> {
        let folder = tempfile::TempDir::new()?;
        let path = |place: &Place| match place {
            Place::Disk(path) => Ok(path.clone()),
            Place::Embedded(name, bytes) => {
                let path = folder.path().join(Path::new(name).file_name().unwrap_or_default());
                std::fs::write(&path, bytes)?;
                Ok(path)
            }
        };
        let paths: std::io::Result<Vec<PathBuf>> = self.places.iter().map(path).collect();
        Ok((paths?, folder))
    }

    /// Files or folders that somebody opened.
    pub(in crate::session) fn opened(paths: Vec<PathBuf>) -> Self {
        Self { places: paths.into_iter().map(Place::Disk).collect(), declared: false }
    }

    /// Names for people, the first of them and how many more.
    pub fn title(&self) -> String {
        let name = |place: &Place| match place {
            Place::Disk(path) => path
                .file_name()
                .map_or_else(|| path.display().to_string(), |own| own.to_string_lossy().into()),
            Place::Embedded(name, _) => (*name).to_owned(),
        };
        match &self.places[..] {
            [] => String::new(),
            [one] => name(one),
            [first, rest @ ..] => format!("{} and {} more", name(first), rest.len()),
        }
    }
}

/// The file called `within` in one of the opened folders. Import has refused paths that lead out of them.
fn place(inputs: &[Input], within: &str) -> Option<Place> {
    inputs.iter().find_map(|input| match input {
        Input::Embedded(files) => {
            let (name, bytes) = files.iter().find(|(path, _)| *path == within)?;
            Some(Place::Embedded(name, bytes))
        }
        Input::Path(path) => {
            let root = if path.is_dir() { path } else { path.parent()? };
            let file = root.join(within);
            file.is_file().then_some(Place::Disk(file))
        }
    })
}

/// Predictions in memory, and how they came there.
#[derive(Clone, Debug)]
pub struct PredictionSet {
    pub predictions: Predictions,
    /// Some of the rows, where the others are sums by cell.
    pub sample: Option<Predictions>,
    pub report: ReadReport,
    /// Names of the files, for people.
    pub title: String,
    /// Bytes that the columns may take.
    pub memory: u64,
}

impl PredictionSet {
    /// Bytes that all columns hold, those of the sample included.
    pub fn bytes(&self) -> usize {
        self.predictions.bytes() + self.sample.as_ref().map_or(0, Predictions::bytes)
    }

    /// What single rows tell: all of them, or the sample where there is one of the same models.
    pub fn single_rows(&self) -> &Predictions {
        let names = |own: &Predictions| -> Vec<Box<str>> {
            own.models().iter().map(|model| model.name.clone()).collect()
        };
        let sample = self.sample.as_ref();
        sample.filter(|own| names(own) == names(&self.predictions)).unwrap_or(&self.predictions)
    }
}

/// How a reading ended.
#[derive(Debug)]
pub(in crate::session) enum ReadOutcome {
    Read(Arc<PredictionSet>),
    Failed(String),
    Cancelled,
}

/// A reading that is under way.
#[derive(Debug)]
pub(super) struct Reading {
    generation: u64,
    progress: Arc<Progress>,
}

impl Reading {
    pub(super) fn fraction(&self) -> f32 {
        self.progress.fraction()
    }
}

impl SliceBench {
    /// Reads `source`; an earlier reading stops.
    pub(in crate::session) fn read(&mut self, source: Source, sender: &Sender) {
        self.cancel_reading();
        self.generation += 1;
        let progress = Arc::new(Progress::default());
        self.reading =
            Some(Reading { generation: self.generation, progress: Arc::clone(&progress) });
        self.failed = None;
        self.source = Some(source.clone());
        let (generation, sender) = (self.generation, sender.clone());
        let options = ReadOptions {
            roles: self.roles.clone(),
            bucket: self.bucket,
            memory: self.memory,
            ..ReadOptions::default()
        };
        spawn("undercurrent-predictions", move || {
            let outcome = Box::new(outcome(&source, &options, &progress));
            sender.send(Event::Slices(Said::Read { generation, outcome }));
        });
    }

    pub(in crate::session) fn cancel_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            reading.progress.cancel();
        }
    }

    /// Takes in how a reading ended. True when there are other predictions now.
    pub(super) fn finished(&mut self, generation: u64, outcome: ReadOutcome) -> bool {
        if self.reading.as_ref().is_none_or(|own| own.generation != generation) {
            return false;
        }
        self.reading = None;
        match outcome {
            ReadOutcome::Read(set) => {
                self.set = Some(set);
                self.answers.forget();
                self.keep_what_is_there();
                true
            }
            ReadOutcome::Failed(why) => {
                self.failed = Some(why);
                false
            }
            ReadOutcome::Cancelled => false,
        }
    }

    /// Drops conditions on what the new predictions do not have.
    pub(super) fn keep_what_is_there(&mut self) {
        let Some(set) = &self.set else { return };
        let predictions = &set.predictions;
        for condition in &mut self.view.slice.conditions {
            let own = predictions.dimension(&condition.dimension);
            let own = own.map(|at| &predictions.dimensions()[at]);
            condition.values.retain(|value| own.is_some_and(|own| own.code_of(value).is_some()));
        }
        self.view.slice.conditions.retain(|condition| !condition.values.is_empty());
    }
}

fn outcome(source: &Source, options: &ReadOptions, progress: &Progress) -> ReadOutcome {
    let (paths, _folder) = match source.on_disk() {
        Ok(on_disk) => on_disk,
        Err(error) => return ReadOutcome::Failed(format!("No temporary file: {error}")),
    };
    progress
        .expect(paths.iter().filter_map(|path| path.metadata().ok()).map(|own| own.len()).sum());
    let watch = Watch {
        cancelled: &|| progress.is_cancelled(),
        advanced: &|bytes| {
            // Who cancels is asked for by the reader itself.
            let _ = progress.advance(bytes);
        },
    };
    match read(&paths, options, &watch) {
        Ok(loaded) => ReadOutcome::Read(Arc::new(PredictionSet {
            predictions: loaded.predictions,
            sample: loaded.sample,
            report: loaded.report,
            title: source.title(),
            memory: options.memory,
        })),
        Err(ReadError::Cancelled(_)) => ReadOutcome::Cancelled,
        Err(error) => ReadOutcome::Failed(error.to_string()),
    }
}
