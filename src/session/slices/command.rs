//! What panels ask of the slices.

use super::SliceQuestion;
use crate::metrics::read::{Bucket, Roles};
use crate::metrics::{Metric, SliceSpec};
use crate::model::NodeIx;
use std::path::PathBuf;

/// Everything that changes the state of slices.
#[derive(Clone, Debug)]
pub enum SliceCommand {
    /// Reads these files or folders as predictions.
    Open(Vec<PathBuf>),
    /// Asks which files.
    OpenDialog,
    /// Reads again with columns that are what somebody says.
    Roles(Roles),
    /// Reads again with stretches of time of this length.
    Bucket(Bucket),
    /// Reads again where the columns may take so many bytes.
    Memory(u64),
    /// Makes this the active slice.
    Slice(SliceSpec),
    /// Narrows the active slice by this one.
    Narrow(SliceSpec),
    /// Brushes a dimension, or drops the brush.
    Brush(Box<str>, Option<Vec<Box<str>>>),
    /// A brush was let go: the next one is another step.
    BrushDone,
    /// Takes the other values of a brushed dimension.
    Invert(Box<str>),
    /// Keeps a brush when the others are dropped, or no more.
    Pin(Box<str>),
    /// Drops all brushes but the pinned ones.
    Reset,
    Baseline(Option<Box<str>>),
    Model(Box<str>),
    Metric(Metric),
    /// Stacks a metric in the grid, or no more.
    Stack(Metric),
    Support(u64),
    BaseOfAll(bool),
    /// Whether the selection of the graph narrows what is shown.
    Scope(bool),
    /// Keeps the active slice under a name.
    Save(String),
    /// Makes a saved slice the active one.
    Apply(String),
    Forget(String),
    /// Lights what the active slice touches, until something is selected.
    Light,
    /// Puts on the clipboard what a manifest would say of a learned threshold.
    CopyThreshold(NodeIx, f64),
    /// A panel wants to show this.
    Ask(SliceQuestion),
    /// Stops what goes through the rows.
    Stop,
    /// Goes on with what was stopped.
    Resume,
}

impl SliceCommand {
    /// What undo calls it.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Self::Brush(_, None) | Self::Reset => "Drop brush",
            Self::Brush(..) | Self::Invert(_) => "Brush",
            Self::Pin(_) => "Keep brush",
            Self::Baseline(_) => "Baseline",
            Self::Model(_) => "Model of the slices",
            Self::Metric(_) | Self::Stack(_) | Self::BaseOfAll(_) => "Metric",
            Self::Support(_) => "Support",
            Self::Scope(_) => "Scope of the slices",
            _ => "Slice",
        }
    }
}
