//! What follows from the graph: facts computed once, rules on them, and what they found.
//!
//! Must never know: a file format, a layout, a drawing. Start reading at [`analyse`]; a rule is one file
//! in [`rules`] and one row in its table.

mod cascade;
mod context;
pub mod facts;
mod finding;
mod measured;
mod metric;
mod rule;
pub mod rules;
mod run;
mod settings;
#[cfg(test)]
pub(crate) mod testing;
mod usefulness;
mod words;

pub use context::Context;
pub use finding::{Evidence, Finding, Open, RuleResult, Status, Witness};
pub use measured::{Column, Measured};
pub use rule::{HEADINGS, Parameter, Rule, RuleMeta, Section, Verdicts, Weight};
pub use run::analyse;
pub use settings::Settings;
pub use usefulness::{Loss, Pair, Usefulness};

/// Everything that was judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// By code.
    pub rules: Vec<RuleResult>,
    /// By rule, then weight, then subject.
    pub findings: Vec<Finding>,
}
