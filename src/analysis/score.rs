//! Debt in hours: what each finding costs, where it lies, and which nodes to look at first.
//!
//! An index, not a measurement: the paper is right that no strict metric exists. Every number opens to its
//! terms: a node to its shares, a share to its cluster and finding, a finding to its evidence.
//!
//! Adding a finding, an edge or unrelated nodes never lowers a score: a cluster counts with the *largest*
//! of its findings at each node, and nothing is a percentile or an average.

use super::facts::{Facts, Fading};
use super::finding::Finding;
use crate::model::{Attr, Lists, Node, NodeIx, NodeKind, SystemGraph};
use rayon::prelude::*;
use smallvec::SmallVec;

/// Share of a finding's interest that its subject bears where others have part in it.
const SUBJECT_SHARE: f64 = 0.6;
/// How much less a node counts with every step.
const FADING: f64 = 0.5;
/// Steps beyond which less than a hundredth is left.
const MOST_STEPS: i32 = 6;
/// Criticality of a node of which nothing is said.
const UNSAID_CRITICALITY: f64 = 0.5;
/// Heat at which a score has come to 63 of 100.
const HEAT_SCALE: f64 = 200.0;
/// Findings that one task looks at.
const FINDINGS_A_TASK: usize = 4_096;
/// Shares that a hotspot names.
const MOST_REASONS: usize = 3;

impl Finding {
    /// The letters of its rule's code.
    pub fn family(&self) -> &'static str {
        self.code.trim_end_matches(|c: char| c.is_ascii_digit())
    }

    /// Hours to fix it.
    pub fn principal(&self) -> f64 {
        self.weight.hours().0
    }

    /// Hours a year while it stays: those of its weight × confidence × magnitude.
    pub fn interest(&self) -> f64 {
        self.weight.hours().1 * self.confidence * self.magnitude
    }

    /// Years after which to fix it would have been cheaper; none where it costs nothing.
    pub fn breaking_point(&self) -> Option<f64> {
        let interest = self.interest();
        (interest > 0.0).then(|| self.principal() / interest)
    }
}

/// What one cluster, the findings of one family of rules about one subject, adds to one node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    pub node: NodeIx,
    /// The position of the first finding of the cluster, see
    /// [`Analysis::of_cluster`](super::Analysis::of_cluster).
    pub cluster: u32,
    /// The finding that counts: the one that adds most here.
    pub finding: u32,
    /// Interest of that finding.
    pub interest: f64,
    /// Part of it that this node bears, 0 to 1.
    pub share: f64,
}

impl Share {
    /// Hours a year.
    pub fn hours(&self) -> f64 {
        self.interest * self.share
    }
}

/// The terms of a node's score.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NodeScore {
    /// Hours a year: the sum over its shares.
    pub own: f64,
    /// Criticality of what lies downstream, halved with every step, up to six.
    pub exposure: f64,
    /// Changes in the last 90 days.
    pub changes: f64,
    /// Own × (1 + log₂(1 + exposure)) × (1 + log₂(1 + changes)).
    pub hot: f64,
    /// 0 to 100: 100 × (1 − e^(−hot / 200)).
    pub score: f64,
    /// What upstream nodes own, halved with every step, up to six. Not part of the score.
    pub inherited: f64,
    /// Hours a year of its own that somebody has accepted; part of `own`, for accepting does not pay.
    pub accepted: f64,
}

/// A node to look at, with the reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Hotspot {
    pub node: NodeIx,
    pub score: NodeScore,
    /// The largest of its shares, largest first.
    pub reasons: Vec<Share>,
}

/// Scores of all nodes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    nodes: Vec<NodeScore>,
    /// By finding.
    terms: Vec<Term>,
    /// By node, then by finding.
    parts: Lists<Part>,
    total: f64,
}

/// What of a finding goes into scores.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    family: &'static str,
    interest: f64,
    /// The first finding of the same cause.
    cluster: u32,
    is_accepted: bool,
}

/// That a node bears part of a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    finding: u32,
    bearing: Bearing,
}

/// As who a node bears part of a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Bearing {
    /// Its subject, in which nobody else has part.
    Alone,
    /// Its subject, with others.
    Subject,
    /// One of as many others.
    OneOf(u32),
}

impl Bearing {
    fn is_subject(self) -> bool {
        !matches!(self, Self::OneOf(_))
    }

    fn share(self) -> f64 {
        match self {
            Self::Alone => 1.0,
            Self::Subject => SUBJECT_SHARE,
            Self::OneOf(others) => (1.0 - SUBJECT_SHARE) / f64::from(others),
        }
    }
}

/// What some findings, one after another, come to, as if there were no others.
#[derive(Clone, Debug, Default)]
pub(super) struct Borne {
    terms: Vec<Term>,
    parts: Vec<(NodeIx, Part)>,
}

impl Borne {
    pub(super) fn new(graph: &SystemGraph, findings: &[Box<Finding>]) -> Self {
        let mut this = Self {
            terms: Vec::with_capacity(findings.len()),
            parts: Vec::with_capacity(4 * findings.len()),
        };
        for (finding, position) in findings.iter().zip(0..) {
            this.terms.push(Term {
                family: finding.family(),
                interest: finding.interest(),
                cluster: position,
                is_accepted: finding.allowed.is_some(),
            });
            let part = |bearing| Part { finding: position, bearing };
            let others = bearers(graph, finding);
            let bearing = if others.is_empty() { Bearing::Alone } else { Bearing::Subject };
            this.parts.push((finding.subject, part(bearing)));
            let other = part(Bearing::OneOf(others.len() as u32));
            this.parts.extend(others.into_iter().map(|node| (node, other)));
        }
        this
    }
}

impl Scores {
    /// Scores from what was found. Linear in nodes, plus the surroundings within six steps of every node
    /// that has debt.
    pub fn of(graph: &SystemGraph, facts: &Facts, findings: &[Box<Finding>]) -> Self {
        let borne: Vec<Borne> = findings
            .par_chunks(FINDINGS_A_TASK)
            .map(|findings| Borne::new(graph, findings))
            .collect();
        Self::of_borne(graph, facts, &borne)
    }

    /// As [`Self::of`], from what the findings come to, in their order.
    pub(super) fn of_borne(graph: &SystemGraph, facts: &Facts, borne: &[Borne]) -> Self {
        let mut this = Self::joined(graph, borne);
        this.find_clusters();
        let own = |node: NodeIx| {
            let mut score = NodeScore::default();
            for share in this.shares(node) {
                score.own += share.hours();
                if this.terms[share.finding as usize].is_accepted {
                    score.accepted += share.hours();
                }
            }
            score
        };
        let nodes = (0..graph.nodes().len()).into_par_iter().map(|node| own(NodeIx::new(node)));
        this.nodes = nodes.collect();
        this.surroundings(graph, facts);
        graph.nodes().par_iter().zip(&mut this.nodes).for_each(|(node, score)| {
            score.changes = node.attrs.number(Attr::ChangesIn90Days).unwrap_or(0.0).max(0.0);
            score.hot = score.own
                * (1.0 + score.exposure.ln_1p() / std::f64::consts::LN_2)
                * (1.0 + score.changes.ln_1p() / std::f64::consts::LN_2);
            score.score = 100.0 * (1.0 - (-score.hot / HEAT_SCALE).exp());
        });
        this.total = this.nodes.iter().map(|score| score.hot).sum();
        this
    }

    /// The terms of a node's score.
    ///
    /// # Panics
    /// For nodes of another graph.
    pub fn node(&self, node: NodeIx) -> &NodeScore {
        &self.nodes[node.at()]
    }

    /// What makes up a node's own debt, by cluster: of each the finding that adds most.
    pub fn shares(&self, node: NodeIx) -> SmallVec<[Share; 8]> {
        let mut shares: SmallVec<[Share; 8]> = self
            .parts
            .of(node.at())
            .iter()
            .map(|part| {
                let Term { interest, cluster, .. } = self.terms[part.finding as usize];
                let share = part.bearing.share();
                Share { node, cluster, finding: part.finding, interest, share }
            })
            .collect();
        if shares.len() > 1 {
            shares.sort_by(|a, b| {
                a.cluster
                    .cmp(&b.cluster)
                    .then(b.hours().total_cmp(&a.hours()))
                    .then(a.finding.cmp(&b.finding))
            });
            shares.dedup_by_key(|share| share.cluster);
        }
        shares
    }

    /// Positions of the findings about a node, in their order.
    pub(super) fn about(&self, node: NodeIx) -> impl Iterator<Item = u32> {
        let about = self.parts.of(node.at()).iter().filter(|part| part.bearing.is_subject());
        about.map(|part| part.finding)
    }

    /// The first finding of the cluster of `finding`.
    pub(super) fn cluster(&self, finding: u32) -> u32 {
        self.terms[finding as usize].cluster
    }

    /// The heat of all nodes: the debt of the system.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// The hottest nodes, hottest first, then by id; those without debt are none.
    pub fn hotspots(&self, graph: &SystemGraph, most: usize) -> Vec<Hotspot> {
        let mut hot: Vec<NodeIx> =
            graph.node_indices().filter(|&node| self.node(node).hot > 0.0).collect();
        hot.sort_by(|&a, &b| {
            let by_heat = self.node(b).hot.total_cmp(&self.node(a).hot);
            by_heat.then_with(|| graph.node(a).id.cmp(&graph.node(b).id))
        });
        hot.truncate(most);
        let hotspot = |node: NodeIx| {
            let mut reasons = self.shares(node).into_vec();
            reasons.sort_by(|a, b| b.hours().total_cmp(&a.hours()).then(a.cluster.cmp(&b.cluster)));
            reasons.truncate(MOST_REASONS);
            Hotspot { node, score: *self.node(node), reasons }
        };
        hot.into_iter().map(hotspot).collect()
    }

    /// Who bears what, without clusters and scores.
    fn joined(graph: &SystemGraph, borne: &[Borne]) -> Self {
        let starts = borne.iter().scan(0, |next, borne| {
            let start = *next;
            *next += borne.terms.len() as u32;
            Some(start)
        });
        let parts = borne.iter().zip(starts.clone()).flat_map(|(borne, start)| {
            let moved = move |part: Part| Part { finding: part.finding + start, ..part };
            borne.parts.iter().map(move |&(node, part)| (node.0, moved(part)))
        });
        let parts = Lists::new(graph.nodes().len(), parts);
        let mut terms = Vec::with_capacity(borne.iter().map(|borne| borne.terms.len()).sum());
        for (borne, start) in borne.iter().zip(starts) {
            let moved = |term: &Term| Term { cluster: term.cluster + start, ..*term };
            terms.extend(borne.terms.iter().map(moved));
        }
        Self { nodes: Vec::new(), terms, parts, total: 0.0 }
    }

    /// Joins findings of one family about one node.
    fn find_clusters(&mut self) {
        // The clusters of one node.
        let mut own: Vec<(&str, u32)> = Vec::new();
        for parts in self.parts.iter() {
            own.clear();
            for part in parts.iter().filter(|part| part.bearing.is_subject()) {
                let term = &mut self.terms[part.finding as usize];
                match own.iter().rfind(|(family, _)| *family == term.family) {
                    Some(&(_, first)) => term.cluster = first,
                    None => own.push((term.family, term.cluster)),
                }
            }
        }
    }

    /// Fills in exposure and inherited debt: one walk from every node that has debt gives both. Nodes that are
    /// near one another come one after another, as components do.
    fn surroundings(&mut self, graph: &SystemGraph, facts: &Facts) {
        let starts = (0u32..)
            .zip(&self.nodes)
            .filter(|(node, score)| score.own > 0.0 && !facts.forward().of(*node).is_empty())
            .map(|(node, score)| (facts.components().of(node), (node, score.own)));
        let starts = Lists::new(facts.components().count(), starts);
        let starts = starts.entries();
        let criticality = |node: &Node| {
            node.attrs.number(Attr::Criticality).unwrap_or(UNSAID_CRITICALITY).clamp(0.0, 1.0)
        };
        let criticality: Vec<f64> = graph.nodes().par_iter().map(criticality).collect();
        let fading: Vec<f64> = (1..=MOST_STEPS).map(|steps| FADING.powi(steps)).collect();
        let sums =
            Fading::new(facts.forward(), starts, (&criticality, UNSAID_CRITICALITY), &fading);
        for (&(node, _), exposure) in starts.iter().zip(sums.ahead) {
            self.nodes[node as usize].exposure = exposure;
        }
        for (score, inherited) in self.nodes.iter_mut().zip(sums.behind) {
            score.inherited = inherited;
        }
    }
}

/// Who bears a finding with its subject, once each. Owners answer for debt; it does not lie in them.
fn bearers(graph: &SystemGraph, finding: &Finding) -> SmallVec<[NodeIx; 8]> {
    let mut bearers: SmallVec<[NodeIx; 8]> = finding
        .others
        .iter()
        .map(|&(_, node)| node)
        .filter(|&node| node != finding.subject && graph.kind(node) != NodeKind::Team)
        .collect();
    if bearers.len() > 1 {
        bearers.sort_unstable();
        bearers.dedup();
    }
    bearers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::rules::RULES;
    use crate::analysis::testing::graph;
    use crate::analysis::{Findings, Weight};
    use proptest::prelude::*;

    const NODES: u32 = 8;

    /// One of the rules, a subject, others, a weight, confidence and magnitude.
    type Said = (usize, u32, Vec<u32>, usize, f64, f64);

    fn finding(graph: &SystemGraph, said: &Said) -> Finding {
        let (rule, subject, others, weight, confidence, magnitude) = said;
        let meta = RULES[rule % RULES.len()].meta();
        let finding = Finding::new(meta, graph, NodeIx(*subject), "test")
            .weight(Weight::ALL[weight % Weight::ALL.len()])
            .confidence(*confidence)
            .magnitude(*magnitude);
        others.iter().fold(finding, |finding, &other| finding.with("other", NodeIx(other)))
    }

    fn system(nodes: u32, edges: &[(u32, u32)]) -> SystemGraph {
        let mut text = String::new();
        for node in 0..nodes {
            let (criticality, changes) = (f64::from(node % 4) / 4.0, node % 3);
            text += &format!("dataset d{node} criticality={criticality} changes_90d={changes}\n");
        }
        for (from, to) in edges {
            text += &format!("d{from} -derives-> d{to}\n");
        }
        graph(&text)
    }

    fn scores(graph: &SystemGraph, said: &[Said]) -> Scores {
        let findings: Findings = said.iter().map(|said| Box::new(finding(graph, said))).collect();
        Scores::of(graph, &Facts::of(graph), &findings)
    }

    fn said() -> impl Strategy<Value = Said> {
        let others = prop::collection::vec(0..NODES, 0..4);
        (0..200usize, 0..NODES, others, 0..4usize, 0.0..=1.0, 0.0..4.0)
    }

    fn edges() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec((0..NODES, 0..NODES), 0..14)
    }

    /// Every term of every node, those that may only grow.
    fn terms(scores: &Scores) -> Vec<[f64; 5]> {
        let node = |score: &NodeScore| {
            [score.own, score.exposure, score.hot, score.score, score.inherited]
        };
        scores.nodes.iter().map(node).collect()
    }

    fn assert_no_lower(before: &Scores, after: &Scores) -> Result<(), TestCaseError> {
        for (node, (before, after)) in terms(before).iter().zip(terms(after)).enumerate() {
            for (before, after) in before.iter().zip(after) {
                prop_assert!(after >= before - 1e-9, "node {node}: {before} became {after}");
            }
        }
        prop_assert!(after.total() >= before.total() - 1e-9);
        Ok(())
    }

    proptest! {
        #[test]
        fn another_finding_never_lowers_a_score(
            edges in edges(),
            found in prop::collection::vec(said(), 0..8),
            more in said(),
        ) {
            let graph = system(NODES, &edges);
            let before = scores(&graph, &found);
            let mut all = found;
            // Anywhere among the others: positions must not matter either.
            all.insert(all.len() / 2, more);
            assert_no_lower(&before, &scores(&graph, &all))?;
        }

        #[test]
        fn another_edge_never_lowers_a_score(
            edges in edges(),
            found in prop::collection::vec(said(), 0..8),
            more in (0..NODES, 0..NODES),
        ) {
            let before = scores(&system(NODES, &edges), &found);
            let mut all = edges;
            all.push(more);
            assert_no_lower(&before, &scores(&system(NODES, &all), &found))?;
        }

        #[test]
        fn unrelated_nodes_change_nothing(
            edges in edges(),
            found in prop::collection::vec(said(), 0..8),
            more in 1u32..5,
        ) {
            let before = scores(&system(NODES, &edges), &found);
            let after = scores(&system(NODES + more, &edges), &found);
            prop_assert_eq!(&before.nodes[..], &after.nodes[..NODES as usize]);
            prop_assert_eq!(before.total(), after.total());
        }

        #[test]
        fn a_node_is_the_sum_of_its_shares_and_a_share_the_largest_of_its_cluster(
            edges in edges(),
            found in prop::collection::vec(said(), 0..10),
        ) {
            let graph = system(NODES, &edges);
            let findings: Findings =
                found.iter().map(|said| Box::new(finding(&graph, said))).collect();
            let scores = Scores::of(&graph, &Facts::of(&graph), &findings);
            for node in graph.node_indices() {
                let sum: f64 = scores.shares(node).iter().map(Share::hours).sum();
                prop_assert!((sum - scores.node(node).own).abs() < 1e-9);
                for share in scores.shares(node) {
                    prop_assert_eq!(scores.cluster(share.finding), share.cluster);
                }
            }
            for (at, finding) in findings.iter().enumerate() {
                let is_alike = |other: &Finding| {
                    other.subject == finding.subject && other.code[..3] == finding.code[..3]
                };
                prop_assert_eq!(findings.iter().map(Box::as_ref).position(is_alike), Some(scores.cluster(at as u32) as usize));
                prop_assert!(scores.about(finding.subject).any(|position| position == at as u32));
            }
        }
    }

    #[test]
    fn the_formula_by_hand() {
        // d0 → d1 → d2, a warning of 10 hours about d1 in which d2 has part.
        let graph = graph(
            "dataset d0\ndataset d1 changes_90d=3\ndataset d2 criticality=1\nd0 -derives-> d1\nd1 -derives-> d2",
        );
        let scores = scores(&graph, &[(0, 1, vec![2, 2], 1, 1.0, 1.0)]);
        let d1 = scores.node(NodeIx(1));
        assert!((d1.own - 6.0).abs() < 1e-12 && (d1.exposure - 0.5).abs() < 1e-12);
        let hot = 6.0 * (1.0 + 1.5f64.log2()) * (1.0 + 4.0f64.log2());
        assert!((d1.hot - hot).abs() < 1e-9);
        assert!((d1.score - 100.0 * (1.0 - (-hot / 200.0).exp())).abs() < 1e-9);
        let d2 = scores.node(NodeIx(2));
        assert!((d2.own - 4.0).abs() < 1e-12 && (d2.inherited - 3.0).abs() < 1e-12);
        assert_eq!(scores.node(NodeIx(0)), &NodeScore::default());
        let hotspots = scores.hotspots(&graph, 10);
        assert_eq!(hotspots.iter().map(|spot| spot.node.0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(hotspots[0].reasons[0].finding, 0);
    }

    #[test]
    fn one_family_about_one_subject_counts_once() {
        let graph = graph("signal s\nsignal t");
        let meta = |code: &str| crate::analysis::rules::rule(code).expect("a rule").meta();
        let found = |code, subject| Finding::new(meta(code), &graph, NodeIx(subject), code);
        let twice =
            [found("DEP001", 0), found("DEP002", 0), found("CON002", 0), found("DEP001", 1)];
        let scores = Scores::of(&graph, &Facts::of(&graph), &twice.map(Box::new));
        let clusters: Vec<u32> = (0..4).map(|finding| scores.cluster(finding)).collect();
        assert_eq!(clusters, [0, 0, 2, 3]);
        assert!((scores.node(NodeIx(0)).own - 20.0).abs() < 1e-12);
    }

    #[test]
    fn findings_about_a_node_are_those_that_have_it_as_their_subject() {
        let graph = graph(
            "prediction p owner=ads\nprediction q\nsignal s\nmodel m owner=web\ns -input_to-> m\nm -emits-> p",
        );
        let settings = crate::analysis::Settings::on(crate::analysis::testing::TODAY);
        let analysis = crate::analysis::analyse(&graph, &settings);
        assert!(analysis.findings.len() > 4);
        for node in graph.node_indices() {
            let all = analysis.findings.iter().filter(|finding| finding.subject == node);
            let key = |finding: &Finding| finding.fingerprint(&graph);
            let about: Vec<u64> = analysis.about(node).into_iter().map(key).collect();
            assert_eq!(about, all.map(|finding| key(finding)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_breaking_point_is_principal_over_interest() {
        let graph = graph("signal s");
        let meta = crate::analysis::rules::rule("DEP001").expect("a rule").meta();
        let found =
            Finding::new(meta, &graph, NodeIx(0), "test").weight(Weight::Error).confidence(0.5);
        assert_eq!((found.principal(), found.interest()), (24.0, 20.0));
        assert_eq!(found.breaking_point(), Some(1.2));
        assert_eq!(found.magnitude(0.0).breaking_point(), None);
    }
}
