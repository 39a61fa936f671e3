//! What wide panels show, put together beside the frame from what the analysis offers.

use super::derived::Basis;
use crate::analysis::configuration::{Comparison, Timeline, compare};
use crate::analysis::questions::{CodeBox, Impact as CrossImpact, cross_impact, figure_one};
use crate::analysis::score::Hotspot;
use crate::analysis::{Analysis, Context, Finding};
use crate::model::{NodeIx, NodeKind};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// What the paper asks of the whole system.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Those that can be asked the five questions, by name.
    pub models: Vec<NodeIx>,
    /// The same, those first whose configuration the rules found most in.
    pub by_configuration: Vec<NodeIx>,
    /// Figure 1.
    pub boxes: Vec<CodeBox>,
    /// Who is affected by whose gains.
    pub impacts: Vec<CrossImpact>,
}

impl Paper {
    pub(super) fn of(basis: &Basis) -> Self {
        let context = &Context::new(&basis.loaded.graph, &basis.settings);
        let mut models: Vec<NodeIx> = context.nodes_of(NodeKind::Model).collect();
        models.sort_by_key(|&model| (context.name(model).to_lowercase(), model));
        let by_configuration = by_configuration(&models, basis.analysis.as_deref());
        let (boxes, impacts) = (figure_one(context), cross_impact(context));
        Self { models, by_configuration, boxes, impacts }
    }
}

/// Models by how much the rules on configuration found about them, most first, then as they stood.
fn by_configuration(models: &[NodeIx], analysis: Option<&Analysis>) -> Vec<NodeIx> {
    let mut found: FxHashMap<NodeIx, usize> = FxHashMap::default();
    let findings = analysis.into_iter().flat_map(|analysis| &analysis.findings);
    for finding in findings.filter(|finding| finding.code.starts_with("CFG")) {
        let others = finding.others.iter().map(|&(_, node)| node);
        for node in others.chain([finding.subject]) {
            *found.entry(node).or_default() += 1;
        }
    }
    let mut models = models.to_vec();
    models.sort_by_key(|model| std::cmp::Reverse(found.get(model).copied().unwrap_or(0)));
    models
}

/// How many of the worst are named.
const HOTSPOTS: usize = 10;

/// What the whole is, and where debt lies.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Kinds that there are, with how many.
    pub kinds: Vec<(NodeKind, usize)>,
    /// The worst, worst first; none before the rules have judged.
    pub hotspots: Vec<Hotspot>,
    /// Those that inherit most from upstream, with hours a year; apart, since it is no debt of theirs.
    pub inherited: Vec<(NodeIx, f64)>,
    /// Whose positions the hotspots have.
    pub analysis: Option<Arc<Analysis>>,
}

impl Overview {
    pub(super) fn of(basis: &Basis) -> Self {
        let graph = &basis.loaded.graph;
        let mut counts = vec![0usize; NodeKind::ALL.len()];
        for node in graph.nodes() {
            counts[node.kind as usize] += 1;
        }
        let kinds = NodeKind::ALL.iter().map(|&kind| (kind, counts[kind as usize]));
        let scores = basis.analysis.as_ref().map(|analysis| &analysis.scores);
        let hotspots = scores.map_or_else(Vec::new, |scores| scores.hotspots(graph, HOTSPOTS));
        let mut inherited: Vec<(NodeIx, f64)> = scores.map_or_else(Vec::new, |scores| {
            let of = |node: NodeIx| (node, scores.node(node).inherited);
            graph.node_indices().map(of).filter(|&(_, hours)| hours > 0.0).collect()
        });
        inherited.sort_by(|a, b| {
            b.1.total_cmp(&a.1).then_with(|| graph.node(a.0).id.cmp(&graph.node(b.0).id))
        });
        inherited.truncate(HOTSPOTS);
        Self {
            kinds: kinds.filter(|&(_, count)| count > 0).collect(),
            hotspots,
            inherited,
            analysis: basis.analysis.clone(),
        }
    }
}

/// Two models' configurations, side by side and over time.
#[derive(Clone, Debug)]
pub struct ConfigurationView {
    pub comparison: Comparison,
    /// Of the left one, and of the right one where it is another.
    pub timelines: Vec<Timeline>,
    /// What the rules on configuration found about either, as positions in the analysis beside it.
    pub findings: Vec<u32>,
    pub analysis: Option<Arc<Analysis>>,
}

impl ConfigurationView {
    pub(super) fn of(basis: &Basis, left: NodeIx, right: NodeIx) -> Self {
        let context = Context::new(&basis.loaded.graph, &basis.settings);
        let mut models = vec![left, right];
        models.dedup();
        let timelines: Vec<Timeline> =
            models.iter().map(|&model| Timeline::of(&context, model)).collect();
        let findings = basis.analysis.as_ref().map_or_else(Vec::new, |analysis| {
            let about = timelines.iter().flat_map(configuring).collect::<FxHashSet<NodeIx>>();
            let concerns = |finding: &Finding| {
                finding.code.starts_with("CFG")
                    && (about.contains(&finding.subject)
                        || finding.others.iter().any(|(_, node)| models.contains(node)))
            };
            (0..).zip(&analysis.findings).filter(|(_, of)| concerns(of)).map(|(at, _)| at).collect()
        });
        let comparison = compare(&context, left, right);
        Self { comparison, timelines, findings, analysis: basis.analysis.clone() }
    }
}

/// The model and what says its training intervals.
fn configuring(timeline: &Timeline) -> impl Iterator<Item = NodeIx> {
    std::iter::once(timeline.model).chain(timeline.windows.iter().map(|window| window.of))
}
