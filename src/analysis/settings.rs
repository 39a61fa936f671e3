//! What a project sets of the rules: thresholds, and which rules count.

use super::accepted::Accepted;
use super::loops::Answer;
use super::rule::{Parameter, RuleMeta};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Options of an analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The day on which ages are judged.
    pub today: Date,
    /// By code and key of the parameter.
    pub parameters: BTreeMap<(&'static str, &'static str), f64>,
    /// Codes or their beginnings; empty means all.
    pub select: BTreeSet<String>,
    /// Codes or their beginnings.
    pub ignore: BTreeSet<String>,
    /// What people said of inferred influences, by the ids of their ends.
    pub answers: BTreeMap<(String, String), Answer>,
    /// Debt that is accepted besides what manifests accept.
    pub accepted: Vec<Accepted>,
    /// How many things models and consumers depended on at the baseline, by id.
    pub closures: BTreeMap<String, u32>,
}

impl Settings {
    /// The defaults, judged on `today`.
    pub fn on(today: Date) -> Self {
        Self {
            today,
            parameters: BTreeMap::new(),
            select: BTreeSet::new(),
            ignore: BTreeSet::new(),
            answers: BTreeMap::new(),
            accepted: Vec::new(),
            closures: BTreeMap::new(),
        }
    }

    pub fn runs(&self, meta: &RuleMeta) -> bool {
        let named = |codes: &BTreeSet<String>| {
            codes.iter().any(|code| meta.code.starts_with(code.as_str()))
        };
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }

    /// The value of a rule's parameter, clamped to its range.
    pub fn value(&self, meta: &RuleMeta, parameter: &Parameter) -> f64 {
        let set = self.parameters.get(&(meta.code, parameter.key));
        let (least, most) = parameter.range;
        set.copied().unwrap_or(parameter.default).clamp(least, most)
    }
}
