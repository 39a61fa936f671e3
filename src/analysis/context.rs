//! What a rule may ask: the graph, facts about it, the settings, and small questions that many rules share.

use super::facts::Facts;
use super::rule::{Parameter, RuleMeta};
use super::settings::Settings;
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, SystemGraph};
use jiff::civil::Date;

/// Everything that a rule reads. Shared by all rules, which run in parallel.
#[derive(Debug)]
pub struct Context<'a> {
    pub graph: &'a SystemGraph,
    pub settings: &'a Settings,
    /// About the flow of information; each is computed when a rule first asks.
    pub facts: Facts,
}

impl<'a> Context<'a> {
    pub fn new(graph: &'a SystemGraph, settings: &'a Settings) -> Self {
        Self { graph, settings, facts: Facts::of(graph) }
    }

    pub fn value(&self, meta: &RuleMeta, parameter: &Parameter) -> f64 {
        self.settings.value(meta, parameter)
    }

    /// Nodes of a kind that a file defines; stubs are judged by the rule on unresolved references alone.
    pub fn nodes_of(&self, kind: NodeKind) -> impl Iterator<Item = NodeIx> + 'a {
        let graph = self.graph;
        graph
            .node_indices()
            .filter(move |&ix| graph.node(ix).kind == kind && graph.node(ix).defined)
    }

    /// Edges into `node` of the kinds that `holds` says yes to.
    pub fn edges_into(
        &self,
        node: NodeIx,
        holds: impl Fn(EdgeKind) -> bool + 'a,
    ) -> impl Iterator<Item = EdgeIx> + 'a {
        let graph = self.graph;
        graph.incoming(node).iter().copied().filter(move |&edge| holds(graph.edge(edge).kind))
    }

    /// Edges out of `node` of the kinds that `holds` says yes to.
    pub fn edges_from(
        &self,
        node: NodeIx,
        holds: impl Fn(EdgeKind) -> bool + 'a,
    ) -> impl Iterator<Item = EdgeIx> + 'a {
        let graph = self.graph;
        graph.outgoing(node).iter().copied().filter(move |&edge| holds(graph.edge(edge).kind))
    }

    /// Models that take `node` in, directly, once each, in the order of their edges.
    pub fn models_fed_by(&self, node: NodeIx) -> Vec<(NodeIx, EdgeIx)> {
        let mut models: Vec<(NodeIx, EdgeIx)> = Vec::new();
        for edge in self.edges_from(node, |kind| matches!(kind, EdgeKind::InputTo(_))) {
            let model = self.graph.edge(edge).to;
            if self.graph.node(model).kind == NodeKind::Model
                && !models.iter().any(|&(known, _)| known == model)
            {
                models.push((model, edge));
            }
        }
        models
    }

    /// Whole days from `date` to the day on which ages are judged; negative for the future.
    pub fn age_days(&self, date: Date) -> i64 {
        date.until(self.settings.today).map_or(0, |span| i64::from(span.get_days()))
    }

    /// How critical a node is, 0 to 1; half where nothing is said.
    pub fn criticality(&self, node: NodeIx) -> f64 {
        self.graph.node(node).attrs.number(Attr::Criticality).unwrap_or(0.5).clamp(0.0, 1.0)
    }

    pub fn name(&self, node: NodeIx) -> &'a str {
        &self.graph.node(node).name
    }

    /// The name of the owning team.
    pub fn owner(&self, node: NodeIx) -> Option<&'a str> {
        self.graph.node(node).owner.map(|team| &*self.graph.node(team).name)
    }
}
