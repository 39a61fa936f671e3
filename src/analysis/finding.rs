//! What a rule found: about whom, why, how much, and where it is written.

use super::rule::{RuleMeta, Weight};
use super::words::Words;
use crate::model::{Attr, EdgeIx, NodeIx, Provenance, SystemGraph, TableKind};
use smallvec::SmallVec;

/// Proof on the graph: edges one after another, a path or a closed walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    pub edges: Vec<EdgeIx>,
    /// Whether the last edge ends where the first begins.
    pub closed: bool,
}

/// A reason that a sceptic can follow to its source.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// A number and the threshold that it crossed.
    Number {
        /// What was counted or measured.
        label: Words,
        value: f64,
        threshold: Option<f64>,
        unit: &'static str,
    },
    /// A path or cycle.
    Walk { label: Words, witness: Witness },
    /// Rows of a table, by position.
    Rows { table: TableKind, rows: Vec<u32> },
    /// A place in a file.
    Place { label: Words, at: Provenance },
}

/// One piece of debt.
#[derive(Clone, Debug)]
pub struct Finding {
    pub code: &'static str,
    pub weight: Weight,
    /// The node that it is about.
    pub subject: NodeIx,
    /// Others that have part in it, with their role (`model`, `owner`, `reader`), most important first.
    pub others: SmallVec<[(&'static str, NodeIx); 1]>,
    /// What is, in a sentence, with names and numbers.
    pub message: Words,
    pub evidence: Vec<Evidence>,
    /// How sure, 0 to 1.
    pub confidence: f64,
    /// How large beside an ordinary case of its kind, which is 1.
    pub magnitude: f64,
    /// Where the subject, or the statement at fault, is written.
    pub at: Provenance,
    /// The accepting statement, as a position in [`Analysis::accepted`](super::Analysis::accepted), where
    /// somebody accepts it.
    pub allowed: Option<u32>,
}

impl Finding {
    /// A finding of ordinary weight, sure, of ordinary size, at the subject's own place.
    pub fn new(
        meta: &'static RuleMeta,
        graph: &SystemGraph,
        subject: NodeIx,
        message: impl Into<Words>,
    ) -> Self {
        Self {
            code: meta.code,
            weight: meta.weight,
            subject,
            others: SmallVec::new(),
            message: message.into(),
            evidence: Vec::new(),
            confidence: 1.0,
            magnitude: 1.0,
            at: graph.node(subject).at,
            allowed: None,
        }
    }

    #[must_use]
    pub fn weight(mut self, weight: Weight) -> Self {
        self.weight = weight;
        self
    }

    #[must_use]
    pub fn with(mut self, role: &'static str, node: NodeIx) -> Self {
        self.others.push((role, node));
        self
    }

    #[must_use]
    pub fn because(mut self, evidence: Evidence) -> Self {
        if self.evidence.capacity() == 0 {
            // Of a vector's own accord they would be four, and most have two.
            self.evidence.reserve_exact(2);
        }
        self.evidence.push(evidence);
        self
    }

    #[must_use]
    pub fn number(
        self,
        label: impl Into<Words>,
        value: f64,
        threshold: f64,
        unit: &'static str,
    ) -> Self {
        self.because(Evidence::Number {
            label: label.into(),
            value,
            threshold: Some(threshold),
            unit,
        })
    }

    /// Adds a path of edges.
    #[must_use]
    pub fn way(self, label: impl Into<Words>, edges: Vec<EdgeIx>) -> Self {
        let witness = Witness { edges, closed: false };
        self.because(Evidence::Walk { label: label.into(), witness })
    }

    /// Adds rows of a table, where there are any.
    #[must_use]
    pub fn rows(self, table: TableKind, rows: impl Into<Vec<u32>>) -> Self {
        let rows = rows.into();
        if rows.is_empty() { self } else { self.because(Evidence::Rows { table, rows }) }
    }

    /// Adds the place where `attr` of `node` is said, where it is.
    #[must_use]
    pub fn said(
        self,
        graph: &SystemGraph,
        node: NodeIx,
        attr: Attr,
        label: impl Into<Words>,
    ) -> Self {
        match graph.node(node).attrs.get(attr) {
            Some(said) => self.because(Evidence::Place { label: label.into(), at: said.at }),
            None => self,
        }
    }

    #[must_use]
    pub fn at(mut self, at: Provenance) -> Self {
        self.at = at;
        self
    }

    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence.clamp(0.0, 1.0);
        self
    }

    #[must_use]
    pub fn magnitude(mut self, magnitude: f64) -> Self {
        self.magnitude = magnitude.max(0.0);
        self
    }

    /// Every edge of the walks that prove it.
    pub fn witness_edges(&self) -> impl Iterator<Item = EdgeIx> + '_ {
        let edges = self.evidence.iter().flat_map(|evidence| match evidence {
            Evidence::Walk { witness, .. } => witness.edges.as_slice(),
            _ => &[],
        });
        edges.copied()
    }

    /// Tells it from every other and stays the same while numbers, lines and files change: a hash of the
    /// code and the stable ids by role.
    pub fn fingerprint(&self, graph: &SystemGraph) -> u64 {
        let mut parts: Vec<(&str, &str)> =
            self.others.iter().map(|&(role, node)| (role, graph.node(node).id.as_str())).collect();
        parts.push(("", graph.node(self.subject).id.as_str()));
        parts.sort_unstable();
        parts.dedup();
        // At once: a hasher that takes parts has a state of half a kilobyte to set up.
        let mut text = Vec::with_capacity(256);
        text.extend_from_slice(self.code.as_bytes());
        for (role, id) in parts {
            text.push(0);
            text.extend_from_slice(role.as_bytes());
            text.push(0);
            text.extend_from_slice(id.as_bytes());
        }
        xxhash_rust::xxh3::xxh3_64(&text)
    }
}

/// Findings in some order. Boxed, because a large system has a hundred thousand, and they are collected, sorted and
/// joined before anybody reads them.
pub type Findings = Vec<Box<Finding>>;

/// A subject that a rule could not judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// `None` when the whole system lacks something, such as a table.
    pub subject: Option<NodeIx>,
    /// What is missing, as completes "open for want of …".
    pub missing: &'static str,
}

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Its input is missing, or there is nothing that it speaks of. Never a pass.
    Open,
    Pass,
    /// A person must decide.
    Review,
    Fail,
}

impl Status {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pass => "pass",
            Self::Review => "review",
            Self::Fail => "fail",
        }
    }
}

/// One rule's result.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    pub code: &'static str,
    pub status: Status,
    /// Subjects that could be judged.
    pub judged: u32,
    pub open: Vec<Open>,
    /// Positions in [`Analysis::findings`](super::Analysis::findings).
    pub findings: std::ops::Range<u32>,
    /// The rule's own failure, where it failed: the text of the panic.
    pub internal_error: Option<String>,
}

impl RuleResult {
    /// Share of the subjects that could be judged, 0 to 1; `None` when there were none.
    pub fn coverage(&self) -> Option<f64> {
        let all = f64::from(self.judged) + self.open.len() as f64;
        (all > 0.0).then(|| f64::from(self.judged) / all)
    }
}
