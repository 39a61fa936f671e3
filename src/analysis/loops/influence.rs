//! Influence that nobody declares but that there are reasons to suspect.

use super::arena::carries;
use super::precedence::{Precedence, by_deployments};
use crate::analysis::Context;
use crate::analysis::facts::{Csr, Search};
use crate::model::{Attr, EdgeIx, EdgeKind, Evidence, NodeIx, NodeKind, SystemGraph};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// What a person says of an inferred influence; kept beside the manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// It counts as if it were declared.
    Confirmed,
    /// It is not there.
    Denied,
}

/// Why an influence is suspected.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// A manifest or tool says so, with its confidence.
    Said { edge: EdgeIx, confidence: f64 },
    /// What is acted on, and data of which it is not said where in the world it comes from, cover the same
    /// keys, to this share.
    Population { jaccard: f64 },
    /// What is learned from is stored below the predictions.
    Uri,
    /// The bias of one model shifts after deployments of the other, more often than by chance.
    Deployments(Precedence),
}

impl Reason {
    /// How sure it alone makes the influence, 0 to 1.
    pub const fn confidence(&self) -> f64 {
        match self {
            Self::Said { confidence, .. } => *confidence,
            Self::Population { .. } => POPULATION_CONFIDENCE,
            Self::Uri => URI_CONFIDENCE,
            Self::Deployments(_) => DEPLOYMENTS_CONFIDENCE,
        }
    }

    /// In words.
    pub fn text(&self) -> String {
        match self {
            Self::Said { .. } => "said to be inferred".to_owned(),
            Self::Population { jaccard } => {
                format!("they cover the same keys ({:.0} %)", 100.0 * jaccard)
            }
            Self::Uri => "stored below the predictions".to_owned(),
            Self::Deployments(precedence) => precedence.text(),
        }
    }
}

/// Confidences and thresholds of the specification of the loops.
const POPULATION_CONFIDENCE: f64 = 0.5;
const LEAST_JACCARD: f64 = 0.5;
const URI_CONFIDENCE: f64 = 0.8;
const DEPLOYMENTS_CONFIDENCE: f64 = 0.7;
/// Of an inferred edge that does not say how sure it is.
const UNSAID_CONFIDENCE: f64 = 0.5;

/// One node may influence another through the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    pub from: NodeIx,
    pub to: NodeIx,
    /// All reasons joined as independent: 1 − Π (1 − c).
    pub confidence: f64,
    pub reasons: Vec<Reason>,
    pub answer: Option<Answer>,
}

impl Influence {
    /// The edge that says it, where one does.
    pub fn edge(&self) -> Option<EdgeIx> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Said { edge, .. } => Some(*edge),
            _ => None,
        })
    }
}

/// Everything that is inferred, by the ids of its ends.
pub(super) fn influences(context: &Context<'_>) -> Vec<Influence> {
    let graph = context.graph;
    let mut reasons: BTreeMap<(&str, &str), (NodeIx, NodeIx, Vec<Reason>)> = BTreeMap::new();
    let mut add = |from: NodeIx, to: NodeIx, reason: Reason| {
        let ids = (graph.node(from).id.as_str(), graph.node(to).id.as_str());
        reasons.entry(ids).or_insert_with(|| (from, to, Vec::new())).2.push(reason);
    };
    for (position, edge) in graph.edges().iter().enumerate() {
        if matches!(edge.kind, EdgeKind::Influences(evidence) if evidence != Evidence::Declared) {
            let ix = EdgeIx::new(position);
            let said = graph.details(ix).attrs().number(Attr::Confidence);
            let confidence = said.unwrap_or(UNSAID_CONFIDENCE).clamp(0.0, 1.0);
            add(edge.from, edge.to, Reason::Said { edge: ix, confidence });
        }
    }
    let mut suspected = by_uri(context);
    let by_population = by_population(graph);
    if !by_population.is_empty() {
        let logged = logged(graph);
        suspected.extend(by_population.into_iter().filter(|(_, to, _)| !logged[to.at()]));
    }
    suspected.extend(
        by_deployments(context)
            .into_iter()
            .map(|(from, to, precedence)| (from, to, Reason::Deployments(precedence))),
    );
    let mut known = Known::new(graph);
    for (from, to, reason) in suspected {
        if !known.reaches(from, to) {
            add(from, to, reason);
        }
    }
    reasons
        .into_iter()
        .map(|((from_id, to_id), (from, to, reasons))| {
            let doubt: f64 = reasons.iter().map(|reason| 1.0 - reason.confidence()).product();
            let answer = context.settings.answer(from_id, to_id);
            Influence { from, to, confidence: 1.0 - doubt, reasons, answer }
        })
        .collect()
}

/// What is declared needs no inference: the last walk is kept because suspicions come by their start.
struct Known<'a> {
    graph: &'a SystemGraph,
    /// What is declared, and memory to walk it; made for the first question.
    walks: Option<(Csr, Search)>,
    last: Option<(NodeIx, FxHashSet<u32>)>,
}

impl<'a> Known<'a> {
    fn new(graph: &'a SystemGraph) -> Self {
        Self { graph, walks: None, last: None }
    }

    fn reaches(&mut self, from: NodeIx, to: NodeIx) -> bool {
        if self.last.as_ref().is_none_or(|(start, _)| *start != from) {
            let nodes = self.graph.nodes().len();
            let (declared, search) = self.walks.get_or_insert_with(|| {
                let edges = self.graph.edges().iter().filter(|edge| carries(self.graph, edge));
                (Csr::new(nodes, edges.map(|edge| (edge.from.0, edge.to.0))), Search::new(nodes))
            });
            let found = search.within(declared, from.0, u32::MAX);
            self.last = Some((from, found.iter().map(|&(node, _)| node).collect()));
        }
        self.last.as_ref().is_some_and(|(_, reached)| reached.contains(&to.0))
    }
}

/// Whether a node lies downstream of a surface by what is declared: then it is known where it comes from.
fn logged(graph: &SystemGraph) -> Vec<bool> {
    let mut logged = vec![false; graph.nodes().len()];
    let is_surface = |ix: &NodeIx| graph.kind(*ix) == NodeKind::Surface;
    let mut open: Vec<NodeIx> = graph.node_indices().filter(is_surface).collect();
    while let Some(node) = open.pop() {
        for &edge in graph.outgoing(node) {
            let edge = graph.edge(edge);
            if carries(graph, edge) && !logged[edge.to.at()] {
                logged[edge.to.at()] = true;
                open.push(edge.to);
            }
        }
    }
    logged
}

/// Surfaces that something acts on, with the datasets whose keys are much the same.
fn by_population(graph: &SystemGraph) -> Vec<(NodeIx, NodeIx, Reason)> {
    let keys = |ix: NodeIx| graph.node(ix).attrs.list(Attr::Population).unwrap_or_default();
    let with_keys = |kind: NodeKind| {
        graph.node_indices().filter(move |&ix| graph.kind(ix) == kind && !keys(ix).is_empty())
    };
    let mut holders: FxHashMap<&str, Vec<NodeIx>> = FxHashMap::default();
    for dataset in with_keys(NodeKind::Dataset) {
        for key in distinct(keys(dataset)) {
            holders.entry(key).or_default().push(dataset);
        }
    }
    let mut found = Vec::new();
    for surface in with_keys(NodeKind::Surface) {
        if graph.incoming(surface).is_empty() {
            continue;
        }
        let own = distinct(keys(surface));
        let mut common: BTreeMap<NodeIx, usize> = BTreeMap::new();
        for dataset in own.iter().filter_map(|key| holders.get(key)).flatten() {
            *common.entry(*dataset).or_default() += 1;
        }
        for (dataset, both) in common {
            let either = own.len() + distinct(keys(dataset)).len() - both;
            let jaccard = both as f64 / either as f64;
            if jaccard >= LEAST_JACCARD {
                found.push((surface, dataset, Reason::Population { jaccard }));
            }
        }
    }
    found
}

fn distinct(keys: &[Box<str>]) -> Vec<&str> {
    let mut keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Predictions, or what they are written to at once, with sources and datasets that are stored at or below
/// the same place.
fn by_uri(context: &Context<'_>) -> Vec<(NodeIx, NodeIx, Reason)> {
    let graph = context.graph;
    let uri = |ix: NodeIx| {
        let uri = graph.node(ix).attrs.text(Attr::Uri)?.trim_end_matches('/');
        (segments(uri) > 0).then_some(uri)
    };
    let is_data = |ix: NodeIx| matches!(graph.kind(ix), NodeKind::Source | NodeKind::Dataset);
    let mut logs: FxHashMap<&str, Vec<NodeIx>> = FxHashMap::default();
    let is_prediction = |ix: &NodeIx| graph.kind(*ix) == NodeKind::Prediction;
    for prediction in graph.node_indices().filter(is_prediction) {
        let written = context.edges_from(prediction, EdgeKind::is_flow);
        let written = written.map(|edge| graph.edge(edge).to).filter(|&to| is_data(to));
        for log in std::iter::once(prediction).chain(written) {
            if let Some(uri) = uri(log) {
                let logs = logs.entry(uri).or_default();
                if !logs.contains(&log) {
                    logs.push(log);
                }
            }
        }
    }
    let mut found = Vec::new();
    if logs.is_empty() {
        return found;
    }
    for data in graph.node_indices().filter(|&ix| is_data(ix)) {
        let Some(uri) = uri(data) else { continue };
        let ends = uri.match_indices('/').map(|(at, _)| at).chain([uri.len()]);
        let above = ends.filter_map(|end| logs.get(&uri[..end])).flatten();
        found.extend(above.filter(|&&log| log != data).map(|&log| (log, data, Reason::Uri)));
    }
    found.sort_by_key(|&(log, data, _)| (log, data));
    found
}

/// Parts of the path after scheme and host, so that a whole store is nobody's log.
fn segments(uri: &str) -> usize {
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    path.split('/').skip(1).filter(|part| !part.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::testing::{TODAY, graph};

    fn inferred(text: &str) -> Vec<String> {
        let graph = graph(text);
        let settings = Settings::on(TODAY);
        let id = |ix: NodeIx| graph.node(ix).id.as_str();
        influences(&Context::new(&graph, &settings))
            .iter()
            .map(|found| format!("{} {} {:.2}", id(found.from), id(found.to), found.confidence))
            .collect()
    }

    #[test]
    fn reasons_join_as_independent() {
        assert_eq!(
            inferred(
                "surface s population=a|b|c\nsurface t\naction x\nx -acts_on-> s\ndataset d population=a|b|c|d\n\
                 s -influences_inferred-> d confidence=0.6\ns -influences_inferred-> t"
            ),
            ["s d 0.80", "s t 0.50"]
        );
    }

    #[test]
    fn populations_must_be_much_the_same_and_acted_on() {
        let acted = "action x\nx -acts_on-> s\n";
        assert_eq!(
            inferred(&format!("{acted}surface s population=a|b\ndataset d population=b|a|a")),
            ["s d 0.50"]
        );
        assert!(
            inferred(&format!("{acted}surface s population=a|b\ndataset d population=b|c|d"))
                .is_empty()
        );
        assert!(inferred("surface s population=a\ndataset d population=a").is_empty());
        let logged = "surface t\nt -logged_as-> d\nsurface s population=a\ndataset d population=a";
        assert!(inferred(&format!("{acted}{logged}")).is_empty(), "it is a log of something else");
    }

    #[test]
    fn data_below_the_predictions_counts_whole_parts_only() {
        let log = "prediction p uri=s3://lake/scores\n";
        assert_eq!(inferred(&format!("{log}source t uri=s3://lake/scores/2026")), ["p t 0.80"]);
        assert!(inferred(&format!("{log}source t uri=s3://lake/scores_old")).is_empty());
        assert!(inferred("prediction p uri=s3://lake\nsource t uri=s3://lake/all").is_empty());
    }

    #[test]
    fn what_is_declared_is_not_inferred() {
        assert!(
            inferred(
                "prediction p uri=s3://lake/scores\njob j\ndataset t uri=s3://lake/scores/daily\n\
                 p -reads-> j\nj -writes-> t"
            )
            .is_empty()
        );
    }
}
