//! What a rule is: its description, its parameters, and how it says what it found.

use super::Context;
use super::finding::{Finding, Findings, Open};
use super::score::Borne;

/// A part of the paper; findings are grouped by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    Entanglement,
    DataDependencies,
    FeedbackLoops,
    AntiPatterns,
    Configuration,
    ChangingWorld,
    OtherAreas,
}

impl Section {
    pub const ALL: &[Self] = &[
        Self::Entanglement,
        Self::DataDependencies,
        Self::FeedbackLoops,
        Self::AntiPatterns,
        Self::Configuration,
        Self::ChangingWorld,
        Self::OtherAreas,
    ];

    /// With the paper's number.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Entanglement => "Entanglement (§2)",
            Self::DataDependencies => "Data dependencies (§3)",
            Self::FeedbackLoops => "Feedback loops (§4)",
            Self::AntiPatterns => "System anti-patterns (§5)",
            Self::Configuration => "Configuration (§6)",
            Self::ChangingWorld => "The changing world (§7)",
            Self::OtherAreas => "Other areas (§8)",
        }
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// A person must decide whether it is debt at all.
    Review,
    Note,
    Warning,
    Error,
}

impl Weight {
    pub const ALL: &[Self] = &[Self::Error, Self::Warning, Self::Note, Self::Review];

    /// As written on the command line and in queries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|weight| weight.key() == key)
    }

    /// Principal and interest of one finding: hours to fix, and hours a year while it stays.
    /// From the specification of the scores; an index, not a measurement.
    pub const fn hours(self) -> (f64, f64) {
        match self {
            Self::Review | Self::Note => (2.0, 2.0),
            Self::Warning => (8.0, 10.0),
            Self::Error => (24.0, 40.0),
        }
    }
}

/// A threshold that a user can set.
#[derive(Debug, PartialEq)]
pub struct Parameter {
    pub key: &'static str,
    pub default: f64,
    /// Smallest and largest value that makes sense.
    pub range: (f64, f64),
    pub unit: &'static str,
    pub doc: &'static str,
}

/// Everything that is said of a rule outside its code.
#[derive(Debug, PartialEq)]
pub struct RuleMeta {
    /// Three letters and three digits; never used again for something else.
    pub code: &'static str,
    /// The smell, in lower case.
    pub name: &'static str,
    pub section: Section,
    /// Of an ordinary finding; single ones may weigh more or less.
    pub weight: Weight,
    /// The paper's remedy or another, in a sentence.
    pub remedy: &'static str,
    /// How somebody checks that it is mended, in a sentence.
    pub verify: &'static str,
    pub parameters: &'static [&'static Parameter],
    /// Markdown under [`HEADINGS`]; the page in `docs/rules`, the text of `explain`, the help in the window.
    pub docs: &'static str,
}

/// The headings of a rule's documentation, in this order. Parameters and the head are added from the table.
pub const HEADINGS: &[&str] = &[
    "## What it does",
    "## Why it is bad",
    "## Example",
    "## How to fix",
    "## How to verify",
    "## References",
];

impl RuleMeta {
    /// The rule's page: head, documentation, parameters.
    pub fn page(&self) -> String {
        let mut page = format!(
            "# {}: {}\n\n{} · {} by default\n\n{}\n",
            self.code,
            self.name,
            self.section.title(),
            self.weight.key(),
            self.docs.trim()
        );
        if !self.parameters.is_empty() {
            page.push_str("\n## Parameters\n\n| key | default | range | unit | meaning |\n|---|---|---|---|---|\n");
            for parameter in self.parameters {
                let (least, most) = parameter.range;
                page.push_str(&format!(
                    "| `{}` | {} | {least} to {most} | {} | {} |\n",
                    parameter.key, parameter.default, parameter.unit, parameter.doc
                ));
            }
        }
        page
    }
}

/// Finds one kind of debt. A new rule is one file in `rules/` and one row in its table.
pub trait Rule: Sync {
    fn meta(&self) -> &'static RuleMeta;

    /// Judges the whole graph. Linear or near-linear in it.
    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts);
}

/// What a rule says while it looks: every subject is judged, or left open with what is missing.
#[derive(Clone, Debug, Default)]
pub struct Verdicts {
    pub(super) judged: u32,
    pub(super) open: Vec<Open>,
    pub(super) findings: Findings,
    /// What the findings come to, once they stand in their order.
    pub(super) borne: Borne,
}

impl Verdicts {
    /// One more subject was judged; findings about it may follow.
    pub fn judged(&mut self) {
        self.judged += 1;
    }

    /// A subject could not be judged: `missing` completes "because it has no …".
    pub fn open(&mut self, open: Open) {
        self.open.push(open);
    }

    pub fn found(&mut self, finding: Finding) {
        self.findings.push(Box::new(finding));
    }
}
