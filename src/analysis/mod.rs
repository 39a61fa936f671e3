//! What follows from the graph: facts computed once, loops through the world, rules on them, what they
//! found, and where debt lies.
//!
//! Must never know: a file format, a layout, a drawing. Start reading at [`analyse`]; a rule is one file
//! in [`rules`] and one row in its table.

mod accepted;
mod cascade;
pub mod configuration;
pub mod constraint;
pub mod consumers;
mod context;
mod correspondence;
mod decided;
mod decisions;
pub mod facts;
mod finding;
pub mod loops;
mod measured;
mod metric;
pub mod migration;
mod predicted;
mod preparation;
pub mod questions;
mod rule;
pub mod rules;
mod run;
pub mod score;
mod settings;
#[cfg(test)]
pub(crate) mod testing;
mod usefulness;
pub mod what_if;
mod words;

pub use accepted::{Accepted, Lapse};
pub use context::Context;
pub use correspondence::Correspondence;
pub use decided::{DecidingThreshold, thresholds_after};
pub use finding::{Evidence, Finding, Findings, Open, RuleResult, Status, Witness};
pub use measured::{Column, Measured};
pub use predicted::{Predicted, WorstSlice, worst_slices};
pub use preparation::{Preparation, Walk};
pub use rule::{HEADINGS, Parameter, Rule, RuleMeta, Section, Verdicts, Weight};
pub use run::analyse;
pub use settings::Settings;
pub use usefulness::{Loss, Pair, Usefulness};
pub use words::{Words, counted, thousands};

use crate::model::NodeIx;

/// Everything that was judged.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// By code.
    pub rules: Vec<RuleResult>,
    /// Statements that accept debt: those of the manifests in the order of the files, then those of the
    /// settings.
    pub accepted: Vec<Accepted>,
    /// By rule, then weight, then subject.
    pub findings: Findings,
    /// Feedback loops through the world, highest rank first.
    pub loops: Vec<loops::FeedbackLoop>,
    /// What was inferred into them, by the ids of its ends.
    pub influences: Vec<loops::Influence>,
    /// Where debt lies, in hours.
    pub scores: score::Scores,
    /// Saved slices of predictions, by name, with the nodes that they touch.
    pub slices: Vec<(String, Vec<NodeIx>)>,
}

impl Analysis {
    /// Findings about a node, in their order. Linear in what adds to the node's score.
    pub fn about(&self, node: NodeIx) -> Vec<&Finding> {
        self.scores.about(node).map(|at| &*self.findings[at as usize]).collect()
    }

    /// Positions of the findings of the cluster whose first is at a position. Linear in what adds to the score of
    /// its subject.
    pub fn of_cluster(&self, first: u32) -> impl Iterator<Item = u32> {
        let about = self.scores.about(self.findings[first as usize].subject);
        about.filter(move |&at| self.scores.cluster(at) == first)
    }
}
