//! The baseline: what was found when somebody decided to let no more in.
//!
//! A file for version control: sorted, one fact a line, without lines and numbers of the findings, so
//! that it changes only when debt comes or goes.

use crate::analysis::{Analysis, Context, Settings};
use crate::model::SystemGraph;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version that is written and read. Fingerprints of another one would match nothing.
const VERSION: u64 = 1;

/// The key that marks the file and holds the version.
const MARK: &str = "undercurrent_baseline";

/// A finding as a baseline keeps it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub rule: String,
    pub node: String,
    #[serde(with = "hexadecimal")]
    pub fingerprint: u64,
    /// As it was then; for people.
    pub message: String,
}

/// All findings of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    findings: Vec<Known>,
    fingerprints: FxHashSet<u64>,
    /// How many things each model and consumer depended on, by id.
    pub closures: BTreeMap<String, u32>,
}

/// Why a file is no baseline that can be compared with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    #[error(
        "is a baseline of version {found}, and this program compares with version {VERSION}. Write it anew with --write-baseline"
    )]
    Version { found: String },
    #[error("is no baseline: {0}. Write one with --write-baseline")]
    NoBaseline(String),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "undercurrent_baseline")]
    version: u64,
    findings: Vec<Known>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    closures: BTreeMap<String, u32>,
}

impl Baseline {
    /// Everything that is found and not accepted, and on how much models and consumers depend.
    pub fn of(graph: &SystemGraph, analysis: &Analysis, settings: &Settings) -> Self {
        let standing = analysis.findings.iter().filter(|finding| finding.allowed.is_none());
        let known = standing.map(|finding| Known {
            rule: finding.code.to_owned(),
            node: graph.node(finding.subject).id.to_string(),
            fingerprint: finding.fingerprint(graph),
            message: finding.message.read(graph).into_owned(),
        });
        let closures = Context::new(graph, settings).closures().into_iter();
        let closures = closures.map(|(node, size)| (graph.node(node).id.to_string(), size));
        Self { closures: closures.collect(), ..Self::from_findings(known.collect()) }
    }

    pub fn from_findings(mut findings: Vec<Known>) -> Self {
        findings.sort();
        findings.dedup_by_key(|known| known.fingerprint);
        let fingerprints = findings.iter().map(|known| known.fingerprint).collect();
        Self { findings, fingerprints, closures: BTreeMap::new() }
    }

    /// # Errors
    /// When the text is no baseline, or one of another version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let no_baseline = |error: serde_json::Error| BaselineError::NoBaseline(error.to_string());
        // The version first: a file of another one need not have the form of this one.
        let value: serde_json::Value = serde_json::from_str(text).map_err(no_baseline)?;
        match value.get(MARK) {
            None => return Err(BaselineError::NoBaseline(format!("the key `{MARK}` is missing"))),
            Some(version) if version.as_u64() != Some(VERSION) => {
                return Err(BaselineError::Version { found: version.to_string() });
            }
            Some(_) => {}
        }
        let file: File = serde_json::from_str(text).map_err(no_baseline)?;
        Ok(Self { closures: file.closures, ..Self::from_findings(file.findings) })
    }

    /// The file.
    pub fn text(&self) -> String {
        let (findings, closures) = (self.findings.clone(), self.closures.clone());
        let file = File { version: VERSION, findings, closures };
        // Texts and numbers always have a form in JSON.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    pub fn holds(&self, fingerprint: u64) -> bool {
        self.fingerprints.contains(&fingerprint)
    }

    /// By rule, then node.
    pub fn findings(&self) -> &[Known] {
        &self.findings
    }
}

/// Numbers of 64 bits are text: JSON's own lose their last digits in many readers.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{number:016x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        let text = String::deserialize(from)?;
        u64::from_str_radix(&text, 16)
            .map_err(|_| D::Error::custom(format!("`{text}` is no fingerprint")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::report::testing::judged;

    #[test]
    fn what_is_written_is_read() {
        let judged = judged();
        let baseline = Baseline::of(&judged.graph, &judged.analysis, &judged.settings);
        assert!(!baseline.findings().is_empty());
        assert_eq!(Baseline::parse(&baseline.text()), Ok(baseline));
    }

    #[test]
    fn another_version_and_another_file_are_told_apart() {
        let newer = Baseline::parse(r#"{"undercurrent_baseline": 2, "entries": []}"#);
        let words = newer.expect_err("another version").to_string();
        assert!(words.contains("version 2") && words.contains("--write-baseline"), "{words}");
        for text in ["", "{}", "[]", r#"{"undercurrent_baseline": 1, "findings": [{"rule": 3}]}"#] {
            let error = Baseline::parse(text).expect_err(text);
            assert!(matches!(error, BaselineError::NoBaseline(_)), "{error:?}");
        }
    }
}
