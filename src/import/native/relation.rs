//! How a node says what it depends on: the keys, which way they point, and what stands at the other end.

use crate::model::{EdgeKind, Evidence, NodeKind, Phase};

/// Which end of the edge the node that says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Source,
    Target,
}

/// A relation key under a node.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) key: &'static str,
    pub(super) this: End,
    pub(super) kind: EdgeKind,
    /// What the other end is, if no file defines it.
    pub(super) stub: Option<NodeKind>,
    pub(super) doc: &'static str,
}

macro_rules! relations {
    ($($key:literal $this:ident $kind:expr, $stub:expr, $doc:literal;)*) => {
        /// All relation keys.
        pub(super) const RELATIONS: &[Relation] = &[$(
            Relation { key: $key, this: End::$this, kind: $kind, stub: $stub, doc: $doc },
        )*];
    };
}

use NodeKind::{ControlPlane, Dataset, Package, Prediction, Signal, Surface};

relations! {
    "inputs" Target EdgeKind::InputTo(Phase::Both), Some(Signal), "What goes into this model; `phase` says when.";
    "reads" Target EdgeKind::Reads(Evidence::Declared), None, "What this reads.";
    "derives_from" Target EdgeKind::Derives, None, "What this is computed from.";
    "imports" Target EdgeKind::Imports, Some(Package), "Packages that its code imports.";
    "wraps" Target EdgeKind::Wraps, Some(Package), "Packages that its code wraps.";
    "later_version_of" Target EdgeKind::VersionOf, None, "What this is a later version of.";
    "feeds" Source EdgeKind::Feeds, None, "Where something goes from here, when no other relation says it better.";
    "emits" Source EdgeKind::Emits, Some(Prediction), "Predictions that this model emits.";
    "writes" Source EdgeKind::Writes, Some(Dataset), "What this job writes.";
    "decides" Source EdgeKind::Decides, None, "The threshold that compares this prediction, or the action of this threshold.";
    "acts_on" Source EdgeKind::ActsOn, Some(Surface), "Surfaces that this action changes.";
    "logged_as" Source EdgeKind::LoggedAs, Some(Dataset), "Datasets that log what happens on this surface.";
    "influences" Source EdgeKind::Influences(Evidence::Declared), None, "What this influences through the world.";
    "alerts" Source EdgeKind::Alerts, Some(ControlPlane), "Who hears when this monitor alerts.";
    "gates" Source EdgeKind::Gates, None, "What this flag or test lets pass.";
    "owns" Source EdgeKind::Owns, None, "What this team owns.";
}

pub(super) fn relation(key: &str) -> Option<&'static Relation> {
    RELATIONS.iter().find(|relation| relation.key == key)
}

/// Words of `phase`.
pub(super) const PHASES: &[(&str, Phase)] =
    &[("train", Phase::Train), ("serve", Phase::Serve), ("both", Phase::Both)];
