//! Debt that somebody accepts for a while: by whom it is said, what it accepts, and when it accepts nothing.

use super::finding::{Finding, Status};
use super::rules::rule;
use super::{Analysis, Settings};
use crate::model::{Allow, SystemGraph};
use jiff::civil::Date;
use rustc_hash::FxHashSet;

/// A statement that accepts debt, from a manifest or from the settings of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The rule's code as written.
    pub rule: Box<str>,
    /// The node's id as written; `None` accepts it everywhere.
    pub node: Option<Box<str>>,
    pub reason: Box<str>,
    pub owner: Option<Box<str>>,
    /// Last day that it counts.
    pub expires: Option<Date>,
    /// The file that says it, from the project's folder.
    pub path: Box<str>,
    /// From 1; 0 where it is not known.
    pub line: u32,
}

impl Accepted {
    pub(super) fn of(graph: &SystemGraph, allow: &Allow) -> Self {
        Self {
            rule: allow.rule.clone(),
            node: allow.node.clone(),
            reason: allow.reason.clone(),
            owner: allow.owner.clone(),
            expires: allow.expires,
            path: graph.file(allow.at.file).path.as_str().into(),
            line: allow.at.line,
        }
    }

    /// `path:line`.
    pub fn place(&self) -> String {
        match self.line {
            0 => self.path.to_string(),
            line => format!("{}:{line}", self.path),
        }
    }

    /// Whether it accepts the finding on this day.
    pub(super) fn accepts(&self, graph: &SystemGraph, finding: &Finding, today: Date) -> bool {
        let subject = graph.node(finding.subject);
        let names = |text: &str| {
            text == subject.id.as_str()
                || subject.aliases.iter().any(|alias| alias.as_str() == text)
        };
        *self.rule == *finding.code
            && self.node.as_deref().is_none_or(names)
            && self.expires.is_none_or(|last| last >= today)
    }
}

/// Why a statement accepts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lapse {
    /// Its last day is over.
    Expired,
    /// Its rule ran, and found nothing that it accepts.
    Unused,
    /// There is no such rule.
    UnknownRule,
}

impl Lapse {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Unused => "unused",
            Self::UnknownRule => "unknown_rule",
        }
    }
}

impl Analysis {
    /// Statements that accept nothing, as positions in [`Analysis::accepted`].
    pub fn lapsed(&self, settings: &Settings) -> Vec<(u32, Lapse)> {
        let used: FxHashSet<u32> = self.findings.iter().filter_map(|f| f.allowed).collect();
        let judged = |code: &str| {
            let result = self.rules.iter().find(|result| result.code == code);
            result.is_some_and(|result| result.status != Status::Open)
        };
        let lapse = |(accepted, ix): (&Accepted, u32)| {
            let lapse = if rule(&accepted.rule).is_none() {
                Lapse::UnknownRule
            } else if accepted.expires.is_some_and(|last| last < settings.today) {
                Lapse::Expired
            } else if !used.contains(&ix) && judged(&accepted.rule) {
                Lapse::Unused
            } else {
                return None;
            };
            Some((ix, lapse))
        };
        self.accepted.iter().zip(0..).filter_map(lapse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::analyse;
    use crate::analysis::testing::{TODAY, day, graph};

    fn accepted(rule: &str, node: Option<&str>, expires: Option<&str>) -> Accepted {
        Accepted {
            rule: rule.into(),
            node: node.map(Into::into),
            reason: "agreed".into(),
            owner: None,
            expires: expires.map(day),
            path: "undercurrent.toml".into(),
            line: 3,
        }
    }

    #[test]
    fn settings_accept_as_manifests_do() {
        let graph = graph("prediction p\nprediction q\nallow CON002 p agreed");
        let mut settings = Settings::on(TODAY);
        settings.accepted = vec![
            accepted("CON002", Some("q"), Some("2026-12-31")),
            accepted("CON002", None, Some("2020-01-01")),
            accepted("ZZZ999", None, None),
        ];
        let analysis = analyse(&graph, &settings);
        let allowed: Vec<Option<u32>> = analysis
            .findings
            .iter()
            .filter(|finding| finding.code == "CON002")
            .map(|finding| finding.allowed)
            .collect();
        assert_eq!(allowed, [Some(0), Some(1)], "the manifest's first, then those of the settings");
        assert_eq!(analysis.accepted[1].place(), "undercurrent.toml:3");
        let lapsed = analysis.lapsed(&settings);
        assert_eq!(lapsed, [(2, Lapse::Expired), (3, Lapse::UnknownRule)]);
    }
}
