//! Tables that a manifest may point to: measurements that belong to no single node.
//!
//! Rows name nodes by their stable id as written in the table; whoever reads them resolves the name
//! against the graph, so that a table may speak of nodes that another file defines.

use super::Provenance;
use jiff::civil::Date;
use serde::Deserialize;

/// A row and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    pub row: T,
    pub at: Provenance,
}

macro_rules! tables {
    ($($variant:ident $key:literal $title:literal $field:ident $row:ty, $columns:literal, $doc:literal;)*) => {
        /// Which table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum TableKind { $(#[doc = $doc] $variant,)* }

        impl TableKind {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As written under `tables:` in a native manifest.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Column names; those in parentheses may be left out.
            pub const fn columns(self) -> &'static str {
                match self { $(Self::$variant => $columns,)* }
            }

            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            pub fn parse(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }
        }

        /// All tables of a project; an empty one was not given or has no rows.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Tables { $(#[doc = $doc] pub $field: Vec<Row<$row>>,)* }

        impl Tables {
            /// Rows of a table.
            pub fn rows(&self, kind: TableKind) -> usize {
                match kind { $(TableKind::$variant => self.$field.len(),)* }
            }

            /// Appends all rows of `other`.
            pub fn append(&mut self, mut other: Self) {
                $(self.$field.append(&mut other.$field);)*
            }

            /// Rewrites every place; used when files of several batches are numbered through.
            pub(crate) fn relocate(&mut self, place: impl Fn(Provenance) -> Provenance) {
                $(for row in &mut self.$field { row.at = place(row.at); })*
            }
        }
    };
}

tables! {
    AccessLog "access_log" "Access log" access AccessRow, "time, reader, target, (reads)",
        "Who read what and when; one row a read, or one a day with a count.";
    Ablation "ablation" "Ablation" ablation AblationRow, "signal, model, delta, std_error, seeds, date, (cost_hours)",
        "What a model loses without one of its signals.";
    Correlation "correlation" "Correlation" correlation CorrelationRow, "a, b, rho, (window), (slice)",
        "Correlation of two signals.";
    Importance "importance" "Importance" importance ImportanceRow, "model, signal, importance, (without)",
        "Importance of a signal in a model, also with another signal taken out.";
    ResidualCorrelation "residual_correlation" "Residual correlation" residual_correlation ResidualCorrelationRow,
        "ensemble, a, b, rho, (baseline)", "Correlation of the errors of two members of an ensemble.";
    Deployments "deployments" "Deployments" deployments DeploymentRow, "model, version, date, metric, before, after",
        "A model's metric before and after a deployment, its own or an upstream one's.";
    PredictionStats "prediction_stats" "Prediction statistics" prediction_stats PredictionStatsRow,
        "model, (version), slice, date, n, mean_prediction, mean_label, (std_error), (psi)",
        "Predictions against labels in a slice and window.";
    Decisions "decisions" "Decisions" decisions DecisionRow,
        "threshold, (date), scored, decided, (labelled), (right)",
        "What a threshold decided in a window: how many cases of those that were scored, and how many were right.";
    Predictions "predictions" "Predictions" predictions PredictionsFile, "read by the slicing bench",
        "Files of single predictions.";
    LinesOfCode "lines_of_code" "Lines of code" lines_of_code LinesOfCodeRow, "path, role, language, lines, (node)",
        "Lines by role: ml, glue, data, serving, config, monitoring, test.";
    Runs "runs" "Runs" runs RunRow, "node, date, environment, (status), (minutes), (metric)",
        "Single runs of jobs and models.";
    ConfigHistory "config_history" "Configuration history" config_history ConfigChangeRow,
        "config, date, commit, keys_changed, keys_total, (parent)", "Changes of configurations.";
    Incidents "incidents" "Incidents" incidents IncidentRow, "node, date, hours, severity, (cause)",
        "What broke, for how long.";
    Alerts "alerts" "Alerts" alerts AlertRow, "monitor, date, receiver, (answered_minutes)",
        "Alerts that were sent.";
}

/// A read of `target` by `reader` on a day.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AccessRow {
    pub date: Date,
    pub reader: Box<str>,
    pub target: Box<str>,
    pub reads: u64,
}

/// `delta` is the relative loss of quality when `signal` is left out; positive means that it helps.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AblationRow {
    pub signal: Box<str>,
    pub model: Box<str>,
    pub delta: f64,
    pub std_error: f64,
    pub seeds: u32,
    pub date: Date,
    #[serde(default)]
    pub cost_hours: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct CorrelationRow {
    pub a: Box<str>,
    pub b: Box<str>,
    pub rho: f64,
    #[serde(default)]
    pub window: Option<Box<str>>,
    #[serde(default)]
    pub slice: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ImportanceRow {
    pub model: Box<str>,
    pub signal: Box<str>,
    pub importance: f64,
    /// The signal that was taken out when this was measured.
    #[serde(default)]
    pub without: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ResidualCorrelationRow {
    pub ensemble: Box<str>,
    pub a: Box<str>,
    pub b: Box<str>,
    pub rho: f64,
    #[serde(default)]
    pub baseline: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DeploymentRow {
    pub model: Box<str>,
    pub version: Box<str>,
    pub date: Date,
    pub metric: Box<str>,
    pub before: f64,
    pub after: f64,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PredictionStatsRow {
    pub model: Box<str>,
    #[serde(default)]
    pub version: Option<Box<str>>,
    pub slice: Box<str>,
    pub date: Date,
    pub n: u64,
    pub mean_prediction: f64,
    pub mean_label: f64,
    #[serde(default)]
    pub std_error: Option<f64>,
    #[serde(default)]
    pub psi: Option<f64>,
}

/// A window of what a threshold decided.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DecisionRow {
    pub threshold: Box<str>,
    #[serde(default)]
    pub date: Option<Date>,
    /// Cases with a score.
    pub scored: u64,
    /// Of them those at or above the threshold.
    pub decided: u64,
    /// Of those decided the ones whose outcome is known, and of these the ones that were right.
    #[serde(default)]
    pub labelled: Option<u64>,
    #[serde(default)]
    pub right: Option<u64>,
}

impl DecisionRow {
    /// What of it cannot be, where there is more of a part than of what it is a part of.
    pub fn contradiction(&self) -> Option<String> {
        let (labelled, right) = (self.labelled.unwrap_or(0), self.right.unwrap_or(0));
        let parts = [
            ("decided", self.decided, "scored", self.scored),
            ("labelled", labelled, "decided", self.decided),
            ("right", right, "labelled", labelled),
        ];
        let wrong = parts.into_iter().find(|&(_, part, _, whole)| part > whole);
        wrong.map(|(part, own, whole, all)| format!("There are {own} {part} of {all} {whole}"))
    }
}

/// A file of single predictions, left on disk until the slicing bench reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictionsFile {
    /// Relative to the project's folder, inside it.
    pub path: Box<str>,
    /// Columns that the manifest says something of, each with one of [`Self::ROLES`].
    pub columns: Vec<(Box<str>, Box<str>)>,
}

impl PredictionsFile {
    /// What a column can be for.
    pub const ROLES: &[&str] =
        &["time", "model", "version", "label", "weight", "score", "dimension", "ignored"];
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct LinesOfCodeRow {
    pub path: Box<str>,
    pub role: Box<str>,
    pub language: Box<str>,
    pub lines: u64,
    #[serde(default)]
    pub node: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RunRow {
    pub node: Box<str>,
    pub date: Date,
    pub environment: Box<str>,
    #[serde(default)]
    pub status: Option<Box<str>>,
    #[serde(default)]
    pub minutes: Option<f64>,
    #[serde(default)]
    pub metric: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ConfigChangeRow {
    pub config: Box<str>,
    pub date: Date,
    pub commit: Box<str>,
    pub keys_changed: u32,
    pub keys_total: u32,
    #[serde(default)]
    pub parent: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct IncidentRow {
    pub node: Box<str>,
    pub date: Date,
    pub hours: f64,
    pub severity: Box<str>,
    #[serde(default)]
    pub cause: Option<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct AlertRow {
    pub monitor: Box<str>,
    pub date: Date,
    pub receiver: Box<str>,
    #[serde(default)]
    pub answered_minutes: Option<f64>,
}
