//! Predictions beside the graph: what was read of them, the slice that is looked at, what it is compared
//! with, and the answers to what panels ask of the rows.
//!
//! Owns the state that all views of slices share. Must never know: how a number is computed, how it is
//! drawn. Panels read a [`SliceBench`] and emit [`SliceCommand`]s; every pass over the rows is a
//! [`SliceQuestion`] that a named thread answers.

mod answers;
mod apply;
mod command;
mod links;
pub(in crate::session) mod read;

pub use answers::{FindRequest, SliceAnswer, SliceQuestion, TimesRequest};
pub use command::SliceCommand;
pub use links::with_predictions;
pub use read::{PredictionSet, Source};

use crate::import::Loaded;
use crate::metrics::read::{Bucket, Role, Roles, default_memory};
use crate::metrics::{Condition, Metric, Predictions, SliceSpec};
use answers::{Answered, Answers};
use links::Related;
use read::{ReadOutcome, Reading};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the jobs of slices have to say.
#[derive(Debug)]
pub(super) enum Said {
    Read {
        generation: u64,
        outcome: Box<ReadOutcome>,
    },
    Answered(Box<Answered>),
    /// `None` when bringing the two together failed.
    Related(Option<Box<Related>>),
}

/// Labelled rows below which a slice says nothing, unless somebody chooses otherwise.
const SUPPORT: u64 = 200;

/// What is looked at, and how: what undo takes back.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SliceView {
    slice: SliceSpec,
    pinned: BTreeSet<Box<str>>,
    baseline: Option<Box<str>>,
    model: Option<Box<str>>,
    metric: Metric,
    stacked: Vec<Metric>,
    support: u64,
    base_of_all: bool,
    /// Whether the selection of the graph narrows the models.
    scoped: bool,
}

impl Default for SliceView {
    fn default() -> Self {
        Self {
            slice: SliceSpec::default(),
            pinned: BTreeSet::new(),
            baseline: None,
            model: None,
            metric: Metric::Bias,
            stacked: vec![Metric::LogLoss],
            support: SUPPORT,
            base_of_all: false,
            scoped: true,
        }
    }
}

/// Everything about slices that more than one view reads.
#[derive(Debug)]
pub struct SliceBench {
    /// Where the predictions are.
    source: Option<Source>,
    reading: Option<Reading>,
    generation: u64,
    set: Option<Arc<PredictionSet>>,
    failed: Option<String>,
    /// What people said that columns are.
    roles: Roles,
    bucket: Bucket,
    /// Bytes that the columns may take.
    memory: u64,
    pub(super) view: SliceView,
    answers: Answers,
    /// To be read when the manifests are, that were opened with it.
    pending: Option<Source>,
    /// What was read of the manifests, before predictions added to its tables.
    base: Option<Arc<Loaded>>,
    related: Option<Box<Related>>,
    /// Whether predictions and graph are being brought together.
    relating: bool,
    /// Models that the selection leads to.
    scope: Option<Vec<usize>>,
    /// Whether the active slice lights the graph.
    lit: bool,
}

impl Default for SliceBench {
    fn default() -> Self {
        Self {
            source: None,
            reading: None,
            generation: 0,
            set: None,
            failed: None,
            roles: Roles::default(),
            bucket: Bucket::Auto,
            memory: default_memory(),
            view: SliceView::default(),
            answers: Answers::default(),
            pending: None,
            base: None,
            related: None,
            relating: false,
            scope: None,
            lit: false,
        }
    }
}

impl SliceBench {
    /// Where the predictions come from; `None` where nobody named any.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// What was read.
    pub fn set(&self) -> Option<&Arc<PredictionSet>> {
        self.set.as_ref()
    }

    pub fn predictions(&self) -> Option<&Predictions> {
        self.set.as_ref().map(|set| &set.predictions)
    }

    /// Share of the files that was read, while they are.
    pub fn reading(&self) -> Option<f32> {
        self.reading.as_ref().map(Reading::fraction)
    }

    /// Why nothing was read.
    pub fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// The active slice: the conditions of all brushes.
    pub fn slice(&self) -> &SliceSpec {
        &self.view.slice
    }

    /// Whether the brush on a dimension stays when the others are dropped.
    pub fn is_pinned(&self, dimension: &str) -> bool {
        self.view.pinned.contains(dimension)
    }

    /// The model that the others are compared with, where somebody chose one.
    pub fn baseline(&self) -> Option<usize> {
        self.predictions()?.model(self.view.baseline.as_deref()?)
    }

    /// The model that views of one model show: the chosen one, else the first.
    pub fn model(&self) -> usize {
        let chosen = self.view.model.as_deref();
        chosen.and_then(|name| self.predictions()?.model(name)).unwrap_or(0)
    }

    /// The metric that all views show.
    pub fn metric(&self) -> Metric {
        self.view.metric
    }

    /// The metrics of the grid: the one of all views first, each once.
    pub fn metrics(&self) -> Vec<Metric> {
        let others = self.view.stacked.iter().copied().filter(|&own| own != self.view.metric);
        std::iter::once(self.view.metric).chain(others).collect()
    }

    /// Whether a metric is stacked below the first in the grid.
    pub fn is_stacked(&self, metric: Metric) -> bool {
        self.view.stacked.contains(&metric)
    }

    /// Labelled rows below which a slice says nothing.
    pub fn support(&self) -> u64 {
        self.view.support
    }

    /// Whether the normalised entropy is relative to the base rate of all rows.
    pub fn base_of_all(&self) -> bool {
        self.view.base_of_all
    }

    /// Whether the selection of the graph narrows what is shown.
    pub fn is_scoped(&self) -> bool {
        self.view.scoped
    }

    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// Whether somebody has confirmed what the columns are.
    pub fn is_confirmed(&self) -> bool {
        self.set.as_ref().is_none_or(|set| {
            let guessed = |own: &crate::metrics::read::ColumnRole| {
                own.guessed && matches!(own.role, Role::Label | Role::Score | Role::Weight)
            };
            !set.report.roles.0.iter().any(guessed)
        })
    }

    /// Slices that were looked at since the predictions were read: columns of grids, and what the finder went
    /// through. The more there are, the more of them are striking by chance.
    pub fn looked_at(&self) -> u64 {
        self.answers.looked_at
    }

    /// The newest answer of the sort of `question`, and whether it is exactly the one; panels ask with
    /// [`SliceCommand::Ask`].
    pub fn answer(&self, question: &SliceQuestion) -> Option<(&Arc<SliceAnswer>, bool)> {
        self.answers.get(question)
    }

    /// Whether a question of this sort is being answered.
    pub fn is_answering(&self, question: &SliceQuestion) -> bool {
        self.answers.is_answering(question)
    }

    /// Whether this question was stopped by hand.
    pub fn is_stopped(&self, question: &SliceQuestion) -> bool {
        self.answers.is_stopped(question)
    }

    /// Whether rows are gone through now.
    pub fn is_asking(&self) -> bool {
        self.answers.is_running() || self.relating
    }

    /// The conditions that differ from "all values", as chips show them.
    pub fn conditions(&self) -> &[Condition] {
        &self.view.slice.conditions
    }
}
