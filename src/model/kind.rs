//! What nodes and edges can be. One row a kind; menus, legends, the schema and the docs read these tables.

/// Key, title, plural and meaning of a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct KindMeta {
    /// As written in manifests and queries.
    pub key: &'static str,
    pub title: &'static str,
    pub plural: &'static str,
    pub doc: &'static str,
}

macro_rules! node_kinds {
    ($($variant:ident $key:literal $title:literal $plural:literal $doc:literal;)*) => {
        /// What a node is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NodeKind { $(#[doc = $doc] $variant,)* }

        impl NodeKind {
            /// Every kind, in the order in which legends and trees list them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub const fn meta(self) -> &'static KindMeta {
                match self {
                    $(Self::$variant => &KindMeta { key: $key, title: $title, plural: $plural, doc: $doc },)*
                }
            }

            /// The kind written as `key` in manifests and queries.
            pub fn parse(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

node_kinds! {
    Source "source" "Source" "Sources" "Data that enters the system from outside.";
    Dataset "dataset" "Dataset" "Datasets" "A table, file or stream that a job writes.";
    Signal "signal" "Signal" "Signals" "A feature: a value that a model takes in.";
    Job "job" "Job" "Jobs" "Work that reads data and writes data.";
    Model "model" "Model" "Models" "A trained model.";
    Prediction "prediction" "Prediction" "Predictions" "What a model emits.";
    Threshold "threshold" "Threshold" "Thresholds" "A number that turns a prediction into a decision.";
    Action "action" "Action" "Actions" "What the system does to the world on a decision.";
    Consumer "consumer" "Consumer" "Consumers" "A dashboard, service or team that reads data or predictions.";
    Surface "surface" "Surface" "Surfaces" "A part of the outside world: a page, a market, a population.";
    Config "config" "Configuration" "Configurations" "A set of settings of a model or job.";
    Flag "flag" "Flag" "Flags" "A switch between code paths, such as an experiment.";
    Package "package" "Package" "Packages" "A library that code imports.";
    Monitor "monitor" "Monitor" "Monitors" "Something that watches data or predictions and can alert.";
    Test "test" "Test" "Tests" "A check on data, run before or after it is used.";
    ControlPlane "control_plane" "Control plane" "Control planes" "Where alerts arrive and responses start.";
    Team "team" "Team" "Teams" "People who own things.";
}

/// When a model takes an input in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    Train,
    Serve,
    Both,
}

/// Whether an edge was stated by its owner, or seen or concluded by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Evidence {
    Declared,
    Observed,
    Inferred,
}

/// How one node depends on another. Every edge points the way information flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeKind {
    /// The plain kind: something goes from here to there.
    Feeds,
    /// The target is computed from the source.
    Derives,
    /// A signal or prediction goes into a model.
    InputTo(Phase),
    /// A model emits a prediction.
    Emits,
    /// A job, test or consumer reads; observed when only a log says so.
    Reads(Evidence),
    /// A job writes its output.
    Writes,
    /// A prediction is compared with a threshold, or a threshold leads to an action.
    Decides,
    /// An action changes a surface.
    ActsOn,
    /// What happens on a surface is logged as a dataset.
    LoggedAs,
    /// One thing influences another through the world.
    Influences(Evidence),
    /// The target is a later version of the source.
    VersionOf,
    /// A monitor alerts a control plane or a consumer.
    Alerts,
    /// A flag or test lets something pass.
    Gates,
    /// Own code wraps a package.
    Wraps,
    /// Code imports a package.
    Imports,
    /// A team owns something.
    Owns,
}

impl EdgeKind {
    /// Every kind with every qualifier, in the order in which legends list them.
    pub const ALL: &[Self] = &[
        Self::Feeds,
        Self::Derives,
        Self::InputTo(Phase::Train),
        Self::InputTo(Phase::Serve),
        Self::InputTo(Phase::Both),
        Self::Emits,
        Self::Reads(Evidence::Declared),
        Self::Reads(Evidence::Observed),
        Self::Writes,
        Self::Decides,
        Self::ActsOn,
        Self::LoggedAs,
        Self::Influences(Evidence::Declared),
        Self::Influences(Evidence::Inferred),
        Self::VersionOf,
        Self::Alerts,
        Self::Gates,
        Self::Wraps,
        Self::Imports,
        Self::Owns,
    ];

    /// As written in manifests, exports and queries; one key for each entry of [`Self::ALL`].
    pub const fn key(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Derives => "derives",
            Self::InputTo(Phase::Train) => "input_to_train",
            Self::InputTo(Phase::Serve) => "input_to_serve",
            Self::InputTo(Phase::Both) => "input_to",
            Self::Emits => "emits",
            Self::Reads(Evidence::Declared) => "reads",
            Self::Reads(_) => "reads_observed",
            Self::Writes => "writes",
            Self::Decides => "decides",
            Self::ActsOn => "acts_on",
            Self::LoggedAs => "logged_as",
            Self::Influences(Evidence::Declared) => "influences",
            Self::Influences(_) => "influences_inferred",
            Self::VersionOf => "version_of",
            Self::Alerts => "alerts",
            Self::Gates => "gates",
            Self::Wraps => "wraps",
            Self::Imports => "imports",
            Self::Owns => "owns",
        }
    }

    /// In words, for labels and tooltips.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Feeds => "feeds",
            Self::Derives => "derives",
            Self::InputTo(Phase::Train) => "input to training of",
            Self::InputTo(Phase::Serve) => "input to serving of",
            Self::InputTo(Phase::Both) => "input to",
            Self::Emits => "emits",
            Self::Reads(Evidence::Declared) => "read by",
            Self::Reads(_) => "read by (observed, not declared)",
            Self::Writes => "writes",
            Self::Decides => "decides",
            Self::ActsOn => "acts on",
            Self::LoggedAs => "logged as",
            Self::Influences(Evidence::Declared) => "influences",
            Self::Influences(_) => "influences (inferred)",
            Self::VersionOf => "has later version",
            Self::Alerts => "alerts",
            Self::Gates => "gates",
            Self::Wraps => "wrapped by",
            Self::Imports => "imported by",
            Self::Owns => "owns",
        }
    }

    /// The kind written as `key`.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.key() == key)
    }

    /// Whether data or predictions flow along it, so that the data-dependency view draws it.
    /// `owns` does not: ownership is shown on the card.
    pub const fn is_flow(self) -> bool {
        !matches!(self, Self::Owns)
    }

    /// Whether it was seen in a log but declared by nobody.
    pub const fn is_observed(self) -> bool {
        matches!(self, Self::Reads(Evidence::Observed))
    }

    /// Whether it leads through the outside world.
    pub const fn is_through_world(self) -> bool {
        matches!(self, Self::ActsOn | Self::LoggedAs | Self::Influences(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_parses_back() {
        for &kind in NodeKind::ALL {
            assert_eq!(NodeKind::parse(kind.meta().key), Some(kind));
        }
        for &kind in EdgeKind::ALL {
            assert_eq!(EdgeKind::parse(kind.key()), Some(kind));
        }
    }
}
