//! Everything a manifest can say of a node or an edge beyond kind, name and place: one row each.
//!
//! The table below is the single declaration. The native manifest's parser and schema, the
//! inspector, the query language, the merge and the rules all read it.

use super::{NodeKind, Provenance};
use jiff::civil::Date;

/// The type of an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    /// `true` or `false`.
    Flag,
    /// A finite number.
    Number,
    Text,
    /// Several texts.
    List,
    /// A calendar date, `2026-03-01`.
    Date,
    /// Closed date intervals.
    Intervals,
    /// Settings of a configuration.
    Settings,
}

/// What an attribute may be said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nodes of any kind.
    AnyNode,
    /// Nodes of these kinds.
    Nodes(&'static [NodeKind]),
    Edges,
}

/// Key, type, place and meaning of an attribute.
#[derive(Debug, PartialEq, Eq)]
pub struct AttrMeta {
    pub key: &'static str,
    pub value: ValueType,
    /// Unit of a number, or the words a text may be; empty when there is none.
    pub unit: &'static str,
    pub place: Place,
    pub doc: &'static str,
}

macro_rules! attributes {
    ($($variant:ident $key:literal $value:ident $unit:literal $place:expr, $doc:literal;)*) => {
        /// The name of an attribute.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Attr { $(#[doc = $doc] $variant,)* }

        impl Attr {
            /// Every attribute, in the order in which the inspector lists them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub const fn meta(self) -> &'static AttrMeta {
                match self {
                    $(Self::$variant => &AttrMeta {
                        key: $key, value: ValueType::$value, unit: $unit, place: $place, doc: $doc,
                    },)*
                }
            }

            /// The attribute written as `key` in manifests and queries.
            pub fn parse(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

use NodeKind::{
    Action, Config, ControlPlane, Dataset, Flag, Job, Model, Monitor, Package, Prediction, Signal,
    Source, Surface, Team, Test, Threshold,
};
use Place::{AnyNode, Edges, Nodes};

const DATA: Place = Nodes(&[Source, Dataset, Signal, Prediction]);
const INPUTS: Place = Nodes(&[Source, Dataset, Signal, Model, Prediction]);
const WORK: Place = Nodes(&[Job, Model]);

attributes! {
    // Who and why
    Owner "owner" Text "" AnyNode, "The team that answers for it.";
    Purpose "purpose" Text "" AnyNode, "What it is for, in a sentence.";
    Tags "tags" List "" AnyNode, "Free labels.";
    Criticality "criticality" Number "0 to 1" AnyNode, "How much depends on it in the world; 1 is the most.";
    Maturity "maturity" Text "production, sandbox, prototype" AnyNode, "How far it has come.";
    Uri "uri" Text "" AnyNode, "Where it is stored or served.";
    Language "language" Text "" AnyNode, "The language that its code is written in.";
    Access "access" List "" AnyNode, "Who may read it; an empty list means nobody, `public` everybody, absence that nobody said.";
    Sla "sla" Text "" AnyNode, "The service-level agreement with its readers.";
    Contract "contract" Text "" AnyNode, "The agreement or typed schema that its readers may rely on.";
    Objective "objective" Text "" AnyNode, "The service objective that its producer holds itself to.";

    // Age and change
    Introduced "introduced" Date "" AnyNode, "When it came into the system.";
    Changed "changed" Date "" AnyNode, "When its meaning, schema or statistics last changed.";
    Deprecated "deprecated" Date "" AnyNode, "Since when it should not be used.";
    Expires "expires" Date "" AnyNode, "When it will be deleted.";
    Version "version" Text "" AnyNode, "The version in use.";
    PinnedVersion "pinned_version" Text "" INPUTS, "The frozen version that its readers use.";
    VersionLag "version_lag" Number "versions" INPUTS, "How many versions the one in use is behind the latest.";
    LiveVersions "live_versions" Number "versions" INPUTS, "How many versions are served at once.";
    CadenceDays "cadence_days" Number "days" AnyNode, "How often it is made anew.";
    FreshnessWarnHours "freshness_warn_hours" Number "hours" DATA, "Age at which its owner is warned.";
    FreshnessErrorHours "freshness_error_hours" Number "hours" DATA, "Age at which it counts as broken.";
    FreshnessNeedHours "freshness_need_hours" Number "hours" Nodes(&[Model, Job]), "The oldest input it can work with.";
    LoadedAt "loaded_at" Text "" DATA, "The column or expression that tells when a row was loaded.";
    Updated "updated" Date "" AnyNode, "When it was last made anew.";
    LateHours "late_hours" Number "hours" AnyNode, "By how much it is late now.";
    ChangesIn90Days "changes_90d" Number "changes" AnyNode, "How often its definition changed in the last 90 days.";

    // Data
    SemanticType "semantic_type" Text "" DATA, "What a value means: probability, count, currency, id, log odds.";
    Unit "unit" Text "" DATA, "The unit of a value.";
    RowCount "rows" Number "rows" DATA, "How many rows it holds.";
    Materialization "materialization" Text "" Nodes(&[Dataset]), "How it is stored: table, view, incremental, ephemeral.";
    Checks "checks" List "schema, range, null, distribution" DATA, "What is checked before it is used.";
    Learned "learned" Flag "" INPUTS, "Whether it is computed by something that learns from data.";
    Online "online" Flag "" INPUTS, "Whether it changes while it is being served.";
    Identifier "identifier" Flag "" Nodes(&[Signal, Dataset]), "Whether its values name things.";
    Entity "entity" Text "" Nodes(&[Signal, Dataset]), "The sort of thing that its identifier names.";
    Coverage "coverage" Number "0 to 1" Nodes(&[Signal, Dataset]), "Share of rows that have a value.";
    CoverageBefore "coverage_before" Number "0 to 1" Nodes(&[Signal, Dataset]), "That share 90 days ago.";
    Bundle "bundle" Text "" Nodes(&[Signal]), "The group of signals that it was added with.";
    Causal "causal" Flag "" Nodes(&[Signal]), "Whether it is known to cause what is predicted.";
    JoinKey "join_key" Flag "" Nodes(&[Signal]), "Whether it only serves to join, so that its reach is no debt.";
    BadIntervals "bad_intervals" Intervals "" DATA, "When its values were wrong.";
    AvailableFrom "available_from" Date "" DATA, "The first day it has values for.";
    CodeSplit "code_split" Flag "" DATA, "Whether old and new meaning are kept apart in code.";
    Population "population" List "" Nodes(&[Surface, Dataset, Prediction, Action]), "Keys of the people or things it covers.";

    // Models and predictions
    Target "target" Text "" Nodes(&[Model, Prediction]), "What is predicted.";
    TargetFamily "target_family" Text "" Nodes(&[Model, Prediction]), "Targets that stand for the same thing share a family.";
    Ensemble "ensemble" Text "" Nodes(&[Model]), "The model that combines it with others.";
    JointTraining "joint_training" Flag "" Nodes(&[Model]), "Whether it is trained together with its inputs.";
    JointEvaluation "joint_evaluation" Flag "" Nodes(&[Model]), "Whether it is judged together with its inputs.";
    Rationale "rationale" Text "" WORK, "Why it was built this way.";
    IntendedUse "intended_use" Text "" Nodes(&[Model, Prediction]), "What its output may be used for.";
    ModelVersion "model_version" Text "" Nodes(&[Prediction]), "Whether and how the model's version is logged with it.";
    LastTrained "last_trained" Date "" Nodes(&[Model]), "Day of the last training.";
    LastEvaluated "last_evaluated" Date "" Nodes(&[Model]), "Day of the last evaluation.";
    LabelDelayDays "label_delay_days" Number "days" Nodes(&[Model]), "How long it takes until labels are complete.";
    TrainingFrom "training_from" Date "" Nodes(&[Model, Config]), "First day of the training data.";
    TrainingTo "training_to" Date "" Nodes(&[Model, Config]), "Last day of the training data.";
    Exploration "exploration" Number "0 to 1" Nodes(&[Model, Action, Surface]), "Share of cases decided at random.";
    IsolatedData "isolated_data" Flag "" Nodes(&[Model, Dataset]), "Whether part of the data is kept free of the model's influence.";
    LoggedPropensities "logged_propensities" Flag "" Nodes(&[Model, Dataset]), "Whether the odds of each choice are logged.";
    LatencyMs "latency_ms" Number "milliseconds" AnyNode, "Time it takes in serving.";
    LatencyBudgetMs "latency_budget_ms" Number "milliseconds" AnyNode, "Time that serving may take in all.";
    TrainingAbstraction "training_abstraction" Text "" WORK, "The framework or interface it is trained through.";

    // Reproducibility
    Seed "seed" Text "" WORK, "The random seed, or how it is kept.";
    DataSnapshot "data_snapshot" Text "" WORK, "The frozen data that it was trained on.";
    CodeHash "code_hash" Text "" WORK, "The commit that it was built from.";
    EnvironmentHash "environment_hash" Text "" WORK, "The image or lock file that it ran in.";
    InitialConditions "initial_conditions" Text "" WORK, "What its weights start from.";
    ParallelMode "parallel_mode" Text "" WORK, "How parallel work is ordered.";
    WorldRecord "world_record" Text "" WORK, "How the state of the outside world is recorded.";
    RerunSpread "rerun_spread" Number "metric" WORK, "Spread of the metric over reruns.";
    RerunTolerance "rerun_tolerance" Number "metric" WORK, "Spread that is agreed to be harmless.";

    // Decisions
    Value "value" Number "" Nodes(&[Threshold]), "The number it compares with.";
    SetBy "set_by" Text "hand, learned" Nodes(&[Threshold]), "How the number was found.";
    SetOn "set_on" Date "" Nodes(&[Threshold]), "When it was set.";
    Automatic "automatic" Flag "" Nodes(&[Action, Threshold]), "Whether no person stands between decision and action.";
    Limit "limit" Text "" Nodes(&[Action]), "How much it may do before it stops itself.";
    HarmMinutes "harm_minutes" Number "minutes" Nodes(&[Action, Surface]), "How fast a wrong decision does harm.";

    // Monitors, tests, response
    Watches "watches" List "prediction_diff, bias, freshness, schema, range, null, drift" Nodes(&[Monitor, Test]), "What it looks at.";
    SliceCoverage "slice_coverage" Number "0 to 1" Nodes(&[Monitor]), "Share of traffic in slices that it looks at.";
    Response "response" Text "automated, paged" Nodes(&[Monitor, ControlPlane]), "Who answers an alert.";
    ResponseMinutes "response_minutes" Number "minutes" Nodes(&[Monitor, ControlPlane]), "How fast.";
    TestScope "test_scope" Text "unit, integration, end_to_end" Nodes(&[Test]), "How much it runs at once.";
    TestColumn "test_column" Text "" Nodes(&[Test]), "The column that it checks.";
    LastStatus "last_status" Text "" AnyNode, "How its last run ended.";

    // Work
    Operations "operations" List "scrape, join, sample, aggregate, filter" WORK, "What it does to data.";
    Priority "priority" Number "higher runs first" WORK, "Its rank in the scheduler.";
    Pool "pool" Text "" WORK, "The pool of machines that it runs in.";
    PoolShare "pool_share" Number "0 to 1" WORK, "Share of the pool that it asks for.";
    Steps "steps" Number "steps" WORK, "How many steps running it takes.";
    ManualSteps "manual_steps" Number "steps" WORK, "How many of them people do by hand.";
    RunsPerMonth "runs_per_month" Number "runs" WORK, "How often it runs.";
    Rollback "rollback" Text "" WORK, "How it is taken back.";
    Replay "replay" Text "" WORK, "How it is run again for the past.";
    LastDrill "last_drill" Date "" WORK, "When its recovery was last rehearsed.";

    // Configuration and flags
    Settings "settings" Settings "" Nodes(&[Config]), "Its settings.";
    LiveHash "live_hash" Text "" Nodes(&[Config]), "Hash of what runs.";
    ReviewedHash "reviewed_hash" Text "" Nodes(&[Config]), "Hash of what was reviewed.";
    StagedRollout "staged_rollout" Flag "" Nodes(&[Config]), "Whether changes go out step by step.";
    Assertions "assertions" List "" Nodes(&[Config]), "What must hold for it, such as the number of signals.";
    Requires "requires" List "" Nodes(&[Config, Model, Signal]), "Resources or settings that must be there.";
    Provides "provides" List "" Nodes(&[Config, Model, Job]), "Resources that are there.";
    Excludes "excludes" List "" Nodes(&[Config, Signal]), "What may not be used beside it.";
    Exposure "exposure" Number "0 to 1" Nodes(&[Flag]), "Share of traffic that takes the new path.";
    ExposureSince "exposure_since" Date "" Nodes(&[Flag]), "Since when.";
    LastExposed "last_exposed" Date "" Nodes(&[Flag]), "Last day that any traffic took the new path.";
    Retired "retired" Date "" Nodes(&[Flag]), "When it was declared done with.";
    FlagIdentifier "flag_identifier" Text "" Nodes(&[Flag]), "The bit or name that code tests.";
    TestedCombinations "tested_combinations" Number "combinations" Nodes(&[Flag]), "How many combinations with the flags it meets were tested.";

    // Code and teams
    LinesOfCode "lines_of_code" Number "lines" Nodes(&[Job, Model, Package, Config, Test]), "How long its code is.";
    ResearchAuthors "research_authors" List "" Nodes(&[Team]), "Pseudonyms of those who change research code.";
    ServingAuthors "serving_authors" List "" Nodes(&[Team]), "Pseudonyms of those who change serving code.";
    FeaturesAdded "features_added" Number "signals in 12 months" Nodes(&[Team]), "Signals added.";
    FeaturesDeleted "features_deleted" Number "signals in 12 months" Nodes(&[Team]), "Signals deleted.";
    Contact "contact" Text "" Nodes(&[Team]), "Where to reach them.";

    // Edges
    Role "role" Text "feature, residual, offset, embedding, label, weight" Edges, "What the target does with it.";
    Importance "importance" Number "0 to 1" Edges, "How much of the target's quality rests on it.";
    Share "share" Number "0 to 1" Edges, "Share of the surface acted on, or of the training rows that come this way.";
    Confidence "confidence" Number "0 to 1" Edges, "How sure an inferred edge is.";
    SubstituteFor "substitute_for" Text "" Edges, "The training input that this serving input stands in for.";
    Mapped "mapped" Flag "" Edges, "Whether a substitute's values were mapped to those it stands in for.";
    CutHours "cut_hours" Number "hours" Edges, "What removing it would cost.";
    Window "window" Text "" Edges, "The span of data that it carries.";
    FirstSeen "first_seen" Date "" Edges, "First day that it was observed.";
    LastSeen "last_seen" Date "" Edges, "Last day that it was observed.";
    ReadCount "read_count" Number "reads" Edges, "How often it was observed.";
    ReadDays "read_days" Number "days" Edges, "On how many days it was observed.";
    Label "label" Text "" Edges, "What the tool wrote on it.";
}

/// A closed interval of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub from: Date,
    pub to: Date,
}

/// One setting of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: Box<str>,
    /// As written.
    pub value: Box<str>,
    /// What it would be if it were not set.
    pub default: Option<Box<str>>,
    /// Whether any code reads it; `None` when nobody looked.
    pub read: Option<bool>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum AttrValue {
    Flag(bool),
    Number(f64),
    Text(Box<str>),
    List(Box<[Box<str>]>),
    Date(Date),
    Intervals(Box<[Interval]>),
    Settings(Box<[Setting]>),
}

impl AttrValue {
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    pub const fn value_type(&self) -> ValueType {
        match self {
            Self::Flag(_) => ValueType::Flag,
            Self::Number(_) => ValueType::Number,
            Self::Text(_) => ValueType::Text,
            Self::List(_) => ValueType::List,
            Self::Date(_) => ValueType::Date,
            Self::Intervals(_) => ValueType::Intervals,
            Self::Settings(_) => ValueType::Settings,
        }
    }
}

impl std::fmt::Display for AttrValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        fn joined<T>(
            f: &mut std::fmt::Formatter<'_>,
            items: &[T],
            one: impl Fn(&mut std::fmt::Formatter<'_>, &T) -> std::fmt::Result,
        ) -> std::fmt::Result {
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    f.write_str(", ")?;
                }
                one(f, item)?;
            }
            Ok(())
        }
        match self {
            Self::Flag(value) => f.write_str(if *value { "yes" } else { "no" }),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::List(items) => joined(f, items, |f, item| f.write_str(item)),
            Self::Date(date) => write!(f, "{date}"),
            Self::Intervals(items) => {
                joined(f, items, |f, item| write!(f, "{} to {}", item.from, item.to))
            }
            Self::Settings(items) => {
                joined(f, items, |f, item| write!(f, "{} = {}", item.key, item.value))
            }
        }
    }
}

/// An attribute with its value and where it was said.
#[derive(Clone, Debug, PartialEq)]
pub struct AttrEntry {
    pub attr: Attr,
    pub value: AttrValue,
    pub at: Provenance,
}

/// Words of 64 bits that hold a bit for each attribute.
const WORDS: usize = Attr::ALL.len().div_ceil(64);

/// The attributes of one node or edge, sorted by [`Attr`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttrSet {
    /// Which are there, a bit each: most questions are about what nobody said, and need not look at the entries.
    said: [u64; WORDS],
    entries: Vec<AttrEntry>,
}

impl AttrSet {
    /// Sets `attr`; returns what stood there before.
    ///
    /// # Panics
    /// In debug builds, when the value is not of the attribute's declared type.
    pub fn set(&mut self, attr: Attr, value: AttrValue, at: Provenance) -> Option<AttrEntry> {
        debug_assert_eq!(attr.meta().value, value.value_type(), "{}", attr.meta().key);
        let entry = AttrEntry { attr, value, at };
        let place = self.place(attr);
        if self.has(attr) {
            return Some(std::mem::replace(&mut self.entries[place], entry));
        }
        self.said[attr as usize / 64] |= 1 << (attr as usize % 64);
        self.entries.insert(place, entry);
        None
    }

    /// Whether anything was said of `attr`.
    pub fn has(&self, attr: Attr) -> bool {
        self.said[attr as usize / 64] >> (attr as usize % 64) & 1 == 1
    }

    /// Where the entry of `attr` is or would be: behind those of the attributes before it.
    fn place(&self, attr: Attr) -> usize {
        let (word, bit) = (attr as usize / 64, attr as usize % 64);
        let words: u32 = self.said[..word].iter().map(|bits| bits.count_ones()).sum();
        (words + (self.said[word] & ((1 << bit) - 1)).count_ones()) as usize
    }

    pub fn get(&self, attr: Attr) -> Option<&AttrEntry> {
        self.has(attr).then(|| &self.entries[self.place(attr)])
    }

    pub fn iter(&self) -> impl Iterator<Item = &AttrEntry> {
        self.entries.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn flag(&self, attr: Attr) -> Option<bool> {
        match self.get(attr)?.value {
            AttrValue::Flag(value) => Some(value),
            _ => None,
        }
    }

    pub fn number(&self, attr: Attr) -> Option<f64> {
        match self.get(attr)?.value {
            AttrValue::Number(value) => Some(value),
            _ => None,
        }
    }

    pub fn text(&self, attr: Attr) -> Option<&str> {
        match &self.get(attr)?.value {
            AttrValue::Text(value) => Some(value),
            _ => None,
        }
    }

    pub fn list(&self, attr: Attr) -> Option<&[Box<str>]> {
        match &self.get(attr)?.value {
            AttrValue::List(value) => Some(value),
            _ => None,
        }
    }

    pub fn date(&self, attr: Attr) -> Option<Date> {
        match self.get(attr)?.value {
            AttrValue::Date(value) => Some(value),
            _ => None,
        }
    }

    pub fn intervals(&self, attr: Attr) -> Option<&[Interval]> {
        match &self.get(attr)?.value {
            AttrValue::Intervals(value) => Some(value),
            _ => None,
        }
    }

    pub fn settings(&self, attr: Attr) -> Option<&[Setting]> {
        match &self.get(attr)?.value {
            AttrValue::Settings(value) => Some(value),
            _ => None,
        }
    }
}

impl IntoIterator for AttrSet {
    type Item = AttrEntry;
    type IntoIter = std::vec::IntoIter<AttrEntry>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileIx;

    #[test]
    fn keys_are_unique_and_parse_back() {
        for &attr in Attr::ALL {
            assert_eq!(Attr::parse(attr.meta().key), Some(attr));
        }
    }

    #[test]
    fn setting_twice_returns_the_first() {
        let mut attrs = AttrSet::default();
        let (first, second) = (Provenance::new(FileIx(0), 3, 1), Provenance::new(FileIx(1), 9, 1));
        assert!(attrs.set(Attr::Share, AttrValue::Number(0.2), first).is_none());
        assert!(attrs.set(Attr::Owner, AttrValue::text("ads"), first).is_none());
        let before = attrs.set(Attr::Share, AttrValue::Number(0.4), second).expect("stood there");
        assert_eq!((before.value, before.at), (AttrValue::Number(0.2), first));
        assert_eq!(attrs.number(Attr::Share), Some(0.4));
        assert_eq!(attrs.text(Attr::Owner), Some("ads"));
        assert_eq!(attrs.len(), 2);
    }
}
