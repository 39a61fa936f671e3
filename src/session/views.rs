//! What wide panels show, put together beside the frame from what the analysis offers.

use super::derived::Basis;
use crate::analysis::configuration::{Comparison, Timeline, compare};
use crate::analysis::questions::{CodeBox, Impact as CrossImpact, cross_impact, figure_one};
use crate::analysis::{Analysis, Context, Finding};
use crate::model::{NodeIx, NodeKind};
use rustc_hash::FxHashSet;
use std::sync::Arc;

/// What the paper asks of the whole system.
#[derive(Clone, Debug)]
pub struct Paper {
    /// Those that can be asked the five questions, by name.
    pub models: Vec<NodeIx>,
    /// Figure 1.
    pub boxes: Vec<CodeBox>,
    /// Who is affected by whose gains.
    pub impacts: Vec<CrossImpact>,
}

impl Paper {
    pub(super) fn of(context: &Context<'_>) -> Self {
        let mut models: Vec<NodeIx> = context.nodes_of(NodeKind::Model).collect();
        models.sort_by_key(|&model| (context.name(model).to_lowercase(), model));
        Self { models, boxes: figure_one(context), impacts: cross_impact(context) }
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
