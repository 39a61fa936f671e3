//! Rows of the list of findings: which, under which headings, in which order.

use super::query::{QueryError, parse};
use crate::analysis::{
    Accepted, Analysis, Finding, Lapse, RuleResult, Settings, Status, Weight, rules,
};
use crate::model::{NodeIx, SystemGraph};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Under which headings findings stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FindingGrouping {
    /// One list, heaviest first.
    #[default]
    Weight,
    Rule,
    Section,
    Node,
    Team,
    Loop,
}

impl FindingGrouping {
    pub const ALL: &[Self] =
        &[Self::Weight, Self::Rule, Self::Section, Self::Node, Self::Team, Self::Loop];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Weight => "By weight",
            Self::Rule => "By rule",
            Self::Section => "By section of the paper",
            Self::Node => "By node",
            Self::Team => "By team",
            Self::Loop => "By loop",
        }
    }
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// Position in [`Analysis::findings`].
    pub finding: u32,
    pub fingerprint: u64,
}

/// Findings under one heading.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingGroup {
    pub title: String,
    /// Heaviest first, then by interest.
    pub rows: Vec<FindingRow>,
    /// Hours a year of its findings that nobody has accepted.
    pub interest: f64,
}

/// The list that a query and a grouping make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindingList {
    /// Most interest first, then by title.
    pub groups: Vec<FindingGroup>,
    /// Findings that the query means; a finding may stand under several loops.
    pub listed: usize,
    /// Of them, those that somebody has accepted.
    pub accepted: usize,
    /// Why the text is no query; everything is listed then.
    pub error: Option<QueryError>,
}

/// Lists what `query` means under the headings of `grouping`. Near-linear in the findings and what the
/// query costs.
pub fn finding_list(
    graph: &SystemGraph,
    analysis: &Analysis,
    query: &str,
    grouping: FindingGrouping,
) -> FindingList {
    let (meant, error) = match parse(query) {
        Ok(query) => (query.findings(graph, analysis), None),
        Err(error) => (vec![true; analysis.findings.len()], Some(error)),
    };
    let mut order: Vec<(u32, &Finding)> = (0..)
        .zip(analysis.findings.iter().map(Box::as_ref))
        .filter(|&(at, _)| meant[at as usize])
        .collect();
    order.sort_by(|(a_at, a), (b_at, b)| {
        let by_weight = b.weight.cmp(&a.weight).then(b.interest().total_cmp(&a.interest()));
        by_weight.then(a_at.cmp(b_at))
    });
    let mut titles: BTreeMap<String, FindingGroup> = BTreeMap::new();
    for &(at, finding) in &order {
        let row = FindingRow { finding: at, fingerprint: finding.fingerprint(graph) };
        for title in titles_of(graph, analysis, finding, grouping) {
            let group = titles.entry(title).or_insert_with_key(|title| FindingGroup {
                title: title.clone(),
                rows: Vec::new(),
                interest: 0.0,
            });
            group.rows.push(row);
            group.interest += if finding.allowed.is_none() { finding.interest() } else { 0.0 };
        }
    }
    let mut groups: Vec<FindingGroup> = titles.into_values().collect();
    if grouping != FindingGrouping::Weight {
        groups.sort_by(|a, b| b.interest.total_cmp(&a.interest));
    }
    let accepted = order.iter().filter(|(_, finding)| finding.allowed.is_some()).count();
    FindingList { groups, listed: order.len(), accepted, error }
}

fn titles_of(
    graph: &SystemGraph,
    analysis: &Analysis,
    finding: &Finding,
    grouping: FindingGrouping,
) -> Vec<String> {
    let node = graph.node(finding.subject);
    let meta = rules::rule(finding.code).map(crate::analysis::Rule::meta);
    vec![match grouping {
        FindingGrouping::Weight => String::new(),
        FindingGrouping::Rule => {
            format!("{}: {}", finding.code, meta.map_or("", |meta| meta.name))
        }
        FindingGrouping::Section => meta.map_or("", |meta| meta.section.title()).to_owned(),
        FindingGrouping::Node => node.name.to_string(),
        FindingGrouping::Team => node
            .owner
            .map_or_else(|| String::from("No owner"), |team| graph.node(team).name.to_string()),
        FindingGrouping::Loop => {
            let around =
                analysis.loops.iter().filter(|found| found.nodes.contains(&finding.subject));
            let titles: Vec<String> =
                around.map(|found| loop_title(graph, &found.models)).collect();
            if !titles.is_empty() {
                return titles;
            }
            String::from("In no loop")
        }
    }]
}

/// A loop by its models.
pub fn loop_title(graph: &SystemGraph, models: &[NodeIx]) -> String {
    let names: Vec<&str> = models.iter().map(|&model| &*graph.node(model).name).collect();
    names.join(" ⇄ ")
}

/// How many findings of each weight a list of rows has, heaviest first; those of none are left out.
pub fn by_weight(analysis: &Analysis, rows: &[FindingRow]) -> Vec<(Weight, usize)> {
    let mut counts: BTreeMap<Reverse<Weight>, usize> = BTreeMap::new();
    for row in rows {
        let weight = analysis.findings[row.finding as usize].weight;
        *counts.entry(Reverse(weight)).or_default() += 1;
    }
    counts.into_iter().map(|(Reverse(weight), count)| (weight, count)).collect()
}

/// How much a rule could judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    pub code: &'static str,
    pub status: Status,
    pub judged: usize,
    /// Subjects that there are, judged or open.
    pub all: usize,
    /// What the open ones lack, most often first.
    pub missing: Vec<(&'static str, usize)>,
    pub internal_error: Option<String>,
}

/// Coverage of every rule that ran, by code. Linear in the open subjects.
pub fn coverage(analysis: &Analysis) -> Vec<Coverage> {
    let of = |result: &RuleResult| {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        for open in &result.open {
            *counts.entry(open.missing).or_default() += 1;
        }
        let mut missing: Vec<_> = counts.into_iter().collect();
        missing.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        Coverage {
            code: result.code,
            status: result.status,
            judged: result.judged as usize,
            all: result.judged as usize + result.open.len(),
            missing,
            internal_error: result.internal_error.clone(),
        }
    };
    analysis.rules.iter().map(of).collect()
}

/// A statement that accepts debt, with what it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    pub accepted: Accepted,
    pub node: Option<NodeIx>,
    pub findings: usize,
    /// Hours a year.
    pub interest: f64,
    /// Why it accepts nothing, where it does.
    pub lapse: Option<Lapse>,
}

/// All statements that accept debt, in their order. Linear in statements and findings.
pub fn ledger(graph: &SystemGraph, analysis: &Analysis, settings: &Settings) -> Vec<LedgerRow> {
    let row = |accepted: &Accepted| LedgerRow {
        accepted: accepted.clone(),
        node: accepted.node.as_deref().and_then(|id| graph.find(id)),
        findings: 0,
        interest: 0.0,
        lapse: None,
    };
    let mut rows: Vec<LedgerRow> = analysis.accepted.iter().map(row).collect();
    for finding in &analysis.findings {
        if let Some(at) = finding.allowed {
            rows[at as usize].findings += 1;
            rows[at as usize].interest += finding.interest();
        }
    }
    for (at, lapse) in analysis.lapsed(settings) {
        rows[at as usize].lapse = Some(lapse);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{TODAY, graph};
    use crate::analysis::{Settings, analyse};

    const TEXT: &str = "model m owner=ads\nprediction p owner=web\nsurface page\ndataset log\nm -emits-> p\n\
        p -acts_on-> page\npage -logged_as-> log\nlog -input_to-> m\nallow CON002 p agreed";

    fn list(query: &str, grouping: FindingGrouping) -> (Analysis, FindingList) {
        let graph = graph(TEXT);
        let analysis = analyse(&graph, &Settings::on(TODAY));
        let list = finding_list(&graph, &analysis, query, grouping);
        (analysis, list)
    }

    #[test]
    fn one_list_holds_everything_heaviest_first() {
        let (analysis, list) = list("", FindingGrouping::Weight);
        let [only] = list.groups.as_slice() else { panic!("{:?}", list.groups) };
        assert_eq!((only.rows.len(), list.listed), (analysis.findings.len(), only.rows.len()));
        let weights: Vec<Weight> =
            only.rows.iter().map(|row| analysis.findings[row.finding as usize].weight).collect();
        assert!(weights.is_sorted_by(|a, b| a >= b), "{weights:?}");
        let counted: usize = by_weight(&analysis, &only.rows).iter().map(|&(_, n)| n).sum();
        assert_eq!(counted, list.listed);
        assert_eq!(list.accepted, 1);
    }

    #[test]
    fn groups_hold_every_finding_once_but_under_loops() {
        for &grouping in FindingGrouping::ALL {
            let (analysis, list) = list("", grouping);
            let rows: usize = list.groups.iter().map(|group| group.rows.len()).sum();
            assert_eq!(rows, analysis.findings.len(), "{grouping:?}");
            let one = matches!(grouping, FindingGrouping::Weight | FindingGrouping::Loop);
            assert!(one || list.groups.len() > 1, "{grouping:?}");
        }
        let (_, teams) = list("", FindingGrouping::Team);
        let titles: Vec<&str> = teams.groups.iter().map(|group| group.title.as_str()).collect();
        assert!(titles.contains(&"ads") && titles.contains(&"web"), "{titles:?}");
        assert!(teams.groups.is_sorted_by(|a, b| a.interest >= b.interest));
    }

    #[test]
    fn coverage_and_ledger_count_what_there_is() {
        let graph = graph(TEXT);
        let settings = Settings::on(TODAY);
        let analysis = analyse(&graph, &settings);
        let rules = coverage(&analysis);
        assert_eq!(rules.len(), analysis.rules.len());
        for (own, result) in rules.iter().zip(&analysis.rules) {
            let open: usize = own.missing.iter().map(|&(_, count)| count).sum();
            assert_eq!((own.judged, open), (result.judged as usize, result.open.len()));
        }
        let rows = ledger(&graph, &analysis, &settings);
        let [only] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((only.findings, only.node, only.lapse), (1, graph.find("p"), None));
        assert!(only.interest > 0.0);
    }

    #[test]
    fn what_is_no_query_lists_everything_and_says_why() {
        let (analysis, broken) = list("severity:(", FindingGrouping::Weight);
        assert!(broken.error.is_some());
        assert_eq!(broken.listed, analysis.findings.len());
        let (_, none) = list("severity:error rule:CON002", FindingGrouping::Rule);
        assert_eq!((none.listed, none.groups.len()), (0, 0));
    }
}
