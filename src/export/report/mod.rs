//! Findings into files and terminals: the judgement of a gate, once, in the words of each reader.
//!
//! Owns: which findings are new beside a baseline, which acceptances of debt have lapsed, and what every
//! format says of both. Start reading at [`Judgement`]; a format is one file and one row in [`REPORTERS`].

mod baseline;
mod github;
mod json;
mod markdown;
mod sarif;
#[cfg(test)]
mod testing;
mod text;
mod words;

pub use baseline::{Baseline, BaselineError, Known};

use crate::analysis::rules::rule;
use crate::analysis::{
    Accepted, Analysis, Finding, Lapse, RuleMeta, RuleResult, Settings, Status, Weight,
};
use crate::model::SystemGraph;
use rustc_hash::FxHashSet;

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not in the baseline, or there is none.
    New,
    /// In the baseline.
    Known,
    /// Accepted by a statement that counts.
    Accepted,
}

impl Standing {
    pub const fn key(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Known => "known",
            Self::Accepted => "accepted",
        }
    }
}

/// What an analysis comes to, beside a baseline.
#[derive(Debug)]
pub struct Judgement<'a> {
    pub graph: &'a SystemGraph,
    pub analysis: &'a Analysis,
    /// By finding.
    pub standings: Vec<Standing>,
    /// Acceptances that accept nothing, by position in [`Analysis::accepted`].
    pub lapsed: Vec<(u32, Lapse)>,
    /// What the baseline holds and is found no more; of rules that did not run nothing is said.
    pub mended: Vec<Known>,
    /// Whether there was a baseline to compare with.
    pub compared: bool,
    /// Findings of at least this weight make the gate close.
    pub fail_on: Weight,
    /// Before the paths of files, so that they start where the reader of a report does.
    pub prefix: String,
}

impl<'a> Judgement<'a> {
    /// Linear in findings, acceptances and the baseline.
    pub fn new(
        graph: &'a SystemGraph,
        analysis: &'a Analysis,
        settings: &Settings,
        baseline: Option<&Baseline>,
        fail_on: Weight,
    ) -> Self {
        let fingerprints: Vec<u64> =
            analysis.findings.iter().map(|finding| finding.fingerprint(graph)).collect();
        let standing = |finding: &Finding, fingerprint: u64| {
            if finding.allowed.is_some() {
                Standing::Accepted
            } else if baseline.is_some_and(|baseline| baseline.holds(fingerprint)) {
                Standing::Known
            } else {
                Standing::New
            }
        };
        let found: FxHashSet<u64> = fingerprints.iter().copied().collect();
        let ran = |code: &str| analysis.rules.iter().any(|result| result.code == code);
        let mended = baseline
            .into_iter()
            .flat_map(Baseline::findings)
            .filter(|known| !found.contains(&known.fingerprint) && ran(&known.rule));
        Self {
            graph,
            analysis,
            standings: std::iter::zip(&analysis.findings, fingerprints)
                .map(|(finding, fingerprint)| standing(finding, fingerprint))
                .collect(),
            lapsed: analysis.lapsed(settings),
            mended: mended.cloned().collect(),
            compared: baseline.is_some(),
            fail_on,
            prefix: String::new(),
        }
    }

    /// Findings with their standing, in the order of the analysis.
    pub fn findings(&self) -> impl Iterator<Item = (&'a Finding, Standing)> {
        std::iter::zip(
            self.analysis.findings.iter().map(Box::as_ref),
            self.standings.iter().copied(),
        )
    }

    /// How many findings of this weight stand so.
    pub fn count(&self, weight: Weight, standing: Standing) -> usize {
        self.findings()
            .filter(|(finding, own)| finding.weight == weight && *own == standing)
            .count()
    }

    pub fn total(&self, standing: Standing) -> usize {
        self.standings.iter().filter(|own| **own == standing).count()
    }

    /// Whether anything new weighs enough. Acceptances that lapsed weigh as a note.
    pub fn closes(&self) -> bool {
        let heavy = |(finding, standing): (&Finding, Standing)| {
            standing == Standing::New && finding.weight >= self.fail_on
        };
        self.findings().any(heavy) || (!self.lapsed.is_empty() && Weight::Note >= self.fail_on)
    }

    /// Rules that failed themselves.
    pub fn broken_rules(&self) -> impl Iterator<Item = &'a RuleResult> {
        self.analysis.rules.iter().filter(|result| result.internal_error.is_some())
    }

    /// Rules that could judge nothing for want of input.
    pub fn open_rules(&self) -> impl Iterator<Item = &'a RuleResult> {
        let open =
            |result: &&RuleResult| result.status == Status::Open && result.internal_error.is_none();
        self.analysis.rules.iter().filter(open)
    }

    pub fn allow(&self, ix: u32) -> &'a Accepted {
        &self.analysis.accepted[ix as usize]
    }

    /// Where a finding is written, from where the reader starts.
    fn place(&self, finding: &Finding) -> String {
        format!("{}{}", self.prefix, self.graph.place(finding.at))
    }

    fn path(&self, at: crate::model::Provenance) -> String {
        self.prefixed(&self.graph.file(at.file).path)
    }

    fn prefixed(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }
}

/// The description of a finding's rule; every finding has one.
fn meta(finding: &Finding) -> Option<&'static RuleMeta> {
    rule(finding.code).map(crate::analysis::Rule::meta)
}

/// What a report's format is called.
#[derive(Debug, PartialEq, Eq)]
pub struct ReportMeta {
    /// As written on the command line.
    pub key: &'static str,
    pub title: &'static str,
    pub doc: &'static str,
}

/// Writes one format.
pub trait Reporter: Sync {
    fn meta(&self) -> &'static ReportMeta;

    /// The whole report, ended by a line feed where it is not empty.
    fn report(&self, judgement: &Judgement<'_>) -> String;
}

/// All formats, by key.
pub static REPORTERS: &[&dyn Reporter] =
    &[&github::GitHub, &json::Json, &markdown::Markdown, &sarif::Sarif, &text::Text];

/// The format called `key`.
pub fn reporter(key: &str) -> Option<&'static dyn Reporter> {
    REPORTERS.iter().copied().find(|reporter| reporter.meta().key == key)
}

#[cfg(test)]
mod tests {
    use super::testing::{TODAY, judged, judged_beside};
    use super::*;

    #[test]
    fn formats_stand_by_key() {
        let keys: Vec<&str> = REPORTERS.iter().map(|own| own.meta().key).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
        assert!(keys.iter().all(|key| reporter(key).is_some()));
    }

    #[test]
    fn a_baseline_of_everything_leaves_nothing_new() {
        let judged = judged();
        let first = judged.judgement(None);
        assert!(first.total(Standing::New) > 3 && first.closes());
        let baseline = Baseline::of(&judged.graph, &judged.analysis, &judged.settings);
        let second = judged.judgement(Some(&baseline));
        assert_eq!(second.total(Standing::New), 0);
        assert_eq!(second.total(Standing::Known), first.total(Standing::New));
        assert!(second.mended.is_empty());
        assert_eq!(second.closes(), !second.lapsed.is_empty() && second.fail_on <= Weight::Note);
    }

    #[test]
    fn what_is_found_no_more_is_mended_but_not_where_its_rule_did_not_run() {
        let judged = judged();
        let gone = |rule: &str| Known {
            rule: rule.into(),
            fingerprint: 1,
            node: "was".into(),
            message: "It was so".into(),
        };
        let ran = judged.analysis.rules[0].code;
        let baseline = Baseline::from_findings(vec![gone(ran), gone("ZZZ999")]);
        let judgement = judged.judgement(Some(&baseline));
        assert_eq!(judgement.mended, [gone(ran)]);
    }

    #[test]
    fn acceptances_that_accept_nothing_are_told() {
        let (graph, analysis, settings) = judged_beside(
            "allows:
               - {rule: DEP001, node: nothing, reason: it was once}
               - {rule: ZZZ999, reason: a slip of the pen}
               - {rule: DEP002, reason: until spring, expires: 2020-01-01}
               - {rule: MON002, reason: agreed with the owners}
",
        );
        let judgement = Judgement::new(&graph, &analysis, &settings, None, Weight::Error);
        let lapses: Vec<(&str, Lapse)> = judgement
            .lapsed
            .iter()
            .map(|&(ix, lapse)| (&*judgement.allow(ix).rule, lapse))
            .collect();
        assert!(lapses.contains(&("ZZZ999", Lapse::UnknownRule)), "{lapses:?}");
        assert!(lapses.contains(&("DEP002", Lapse::Expired)), "{lapses:?}");
        assert!(lapses.contains(&("DEP001", Lapse::Unused)), "{lapses:?}");
        assert!(!lapses.iter().any(|(rule, _)| *rule == "MON002"), "{lapses:?}");
        assert_eq!(settings.today, TODAY);
    }
}
