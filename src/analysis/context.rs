//! What a rule may ask: the graph, facts about it, the settings, and small questions that many rules share.

use super::facts::Facts;
use super::loops::Loops;
use super::measured::Measured;
use super::preparation::{Preparation, Ways};
use super::rule::{Parameter, RuleMeta};
use super::settings::Settings;
use super::usefulness::Usefulness;
use crate::model::{Attr, Edge, EdgeIx, EdgeKind, Lists, NodeIx, NodeKind, SystemGraph};
use jiff::civil::Date;
use std::sync::OnceLock;

/// Everything that a rule reads. Shared by all rules, which run in parallel.
#[derive(Debug)]
pub struct Context<'a> {
    pub graph: &'a SystemGraph,
    pub settings: &'a Settings,
    /// About the flow of information; each is computed when a rule first asks.
    pub facts: Facts,
    /// Rows of tables by node.
    pub measured: Measured<'a>,
    usefulness: OnceLock<Usefulness<'a>>,
    supply: OnceLock<Facts>,
    loops: OnceLock<Loops>,
    preparation: OnceLock<Preparation>,
    ways_to_models: OnceLock<Ways>,
    intake: OnceLock<Intake>,
    /// By position in [`Attr::ALL`].
    said: OnceLock<Vec<bool>>,
    /// Nodes that a file defines, by position of their kind in [`NodeKind::ALL`]. Every rule asks, and to look
    /// through all nodes each time would cost more than most rules do.
    by_kind: Vec<Vec<NodeIx>>,
}

impl<'a> Context<'a> {
    pub fn new(graph: &'a SystemGraph, settings: &'a Settings) -> Self {
        let (facts, measured) = rayon::join(|| Facts::of(graph), || Measured::new(graph));
        Self {
            graph,
            settings,
            facts,
            measured,
            preparation: OnceLock::new(),
            ways_to_models: OnceLock::new(),
            intake: OnceLock::new(),
            said: OnceLock::new(),
            usefulness: OnceLock::new(),
            supply: OnceLock::new(),
            loops: OnceLock::new(),
            by_kind: defined_by_kind(graph),
        }
    }

    /// Facts about who is supplied with data by whom inside the system, along the edges of
    /// [`Self::is_supply`].
    pub fn supply(&self) -> &Facts {
        self.supply.get_or_init(|| Facts::along(self.graph, |edge| self.is_supply(edge)))
    }

    /// How many things each model and consumer that is supplied with data depends on, models first.
    pub fn closures(&self) -> Vec<(NodeIx, u32)> {
        let supply = self.supply();
        let nodes: Vec<u32> = [NodeKind::Model, NodeKind::Consumer]
            .into_iter()
            .flat_map(|kind| self.nodes_of(kind))
            .map(|node| node.0)
            .filter(|&node| !supply.reverse().of(node).is_empty())
            .collect();
        let counts = supply.ancestor_counts(&nodes);
        nodes.into_iter().map(NodeIx).zip(counts).collect()
    }

    /// Whether data flows along an edge inside the system: not through the outside world, no alerts, switches,
    /// code or configuration, and not to something that only watches.
    pub fn is_supply(&self, edge: &Edge) -> bool {
        let is_beside = |node: NodeIx| {
            matches!(
                self.graph.kind(node),
                NodeKind::Test | NodeKind::Monitor | NodeKind::ControlPlane | NodeKind::Config
            )
        };
        Self::carries_data(edge.kind)
            && !edge.kind.is_through_world()
            && !is_beside(edge.from)
            && !is_beside(edge.to)
    }

    /// What the tables say of single signals, sorted once for all rules.
    pub fn usefulness(&self) -> &Usefulness<'a> {
        self.usefulness.get_or_init(|| Usefulness::new(self))
    }

    /// Feedback loops through the world, found when first asked for. [`analyse`](super::analyse) asks before
    /// any rule does.
    pub fn loops(&self) -> &Loops {
        self.loops.get_or_init(|| Loops::of(self))
    }

    /// Makes what many rules ask for and what needs no loops.
    pub(super) fn prepare(&self) {
        let supply = self.supply();
        supply.condensation();
        supply.depths();
        self.preparation().components();
        self.ways_to_models();
        self.intake();
        self.usefulness();
        self.said();
    }

    /// The loops that were found, none where nobody asked.
    pub(super) fn into_loops(self) -> Loops {
        self.loops.into_inner().unwrap_or_default()
    }

    pub fn value(&self, meta: &RuleMeta, parameter: &Parameter) -> f64 {
        self.settings.value(meta, parameter)
    }

    /// Nodes of a kind that a file defines; stubs are judged by the rule on unresolved references alone.
    pub fn nodes_of(&self, kind: NodeKind) -> impl Iterator<Item = NodeIx> + '_ {
        self.by_kind[kind as usize].iter().copied()
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
    pub fn models_fed_by(&self, node: NodeIx) -> &[(NodeIx, EdgeIx)] {
        self.intake().fed.of(node.at())
    }

    /// Models that a file defines and that take `node` in as a feature, once each: not for joining, not as a
    /// label or a weight of rows.
    pub fn models_with_feature(&self, node: NodeIx) -> Vec<(NodeIx, EdgeIx)> {
        if self.graph.node(node).attrs.flag(Attr::JoinKey) == Some(true) {
            return Vec::new();
        }
        let mut models = self.models_fed_by(node).to_vec();
        models.retain(|&(model, edge)| self.graph.node(model).defined && self.is_feature(edge));
        models
    }

    /// Signals that a file defines and that `model` takes in as features, once each, in the order of their
    /// edges.
    pub fn features_of(&self, model: NodeIx) -> &[(NodeIx, EdgeIx)] {
        self.intake().features.of(model.at())
    }

    /// Found once: half of the rules ask.
    fn intake(&self) -> &Intake {
        self.intake.get_or_init(|| {
            let graph = self.graph;
            let feeds = |edge: EdgeIx| matches!(graph.edge(edge).kind, EdgeKind::InputTo(_));
            let fed = ends(graph, |node, add| {
                inputs_from(graph, node).for_each(|(model, edge)| add(model, edge));
            });
            let features = ends(graph, |node, add| {
                let node_is_model = graph.kind(node) == NodeKind::Model;
                let edges = if node_is_model { graph.incoming(node) } else { &[] };
                for &edge in edges.iter().filter(|&&edge| feeds(edge)) {
                    let signal = graph.edge(edge).from;
                    let node = graph.node(signal);
                    let counts = node.defined
                        && node.kind == NodeKind::Signal
                        && node.attrs.flag(Attr::JoinKey) != Some(true)
                        && self.is_feature(edge);
                    if counts {
                        add(signal, edge);
                    }
                }
            });
            Intake { fed, features }
        })
    }

    /// Whether what comes along an input edge is learned from, and is not the answer or a weight.
    fn is_feature(&self, edge: EdgeIx) -> bool {
        !matches!(self.graph.details(edge).attrs().text(Attr::Role), Some("label" | "weight"))
    }

    /// Whether what happens at one end of such an edge reaches the other: data, predictions, decisions and
    /// their effects, but no alerts, switches, code, versions or ownership.
    pub const fn carries_data(kind: EdgeKind) -> bool {
        !matches!(
            kind,
            EdgeKind::Alerts
                | EdgeKind::Gates
                | EdgeKind::Wraps
                | EdgeKind::Imports
                | EdgeKind::VersionOf
                | EdgeKind::Owns
        )
    }

    /// The edges by which a walk came to `node`, from its start: `entered` gives the edge by which each node was
    /// first entered, none for the start.
    pub fn way_to(&self, node: NodeIx, entered: impl Fn(NodeIx) -> Option<EdgeIx>) -> Vec<EdgeIx> {
        let mut edges: Vec<EdgeIx> =
            std::iter::successors(entered(node), |&edge| entered(self.graph.edge(edge).from))
                .collect();
        edges.reverse();
        edges
    }

    /// What makes `node`, with the edge along which it does: jobs that write it, data that it is computed
    /// from, models that emit it.
    pub fn producers(&self, node: NodeIx) -> impl Iterator<Item = (NodeIx, EdgeIx)> + 'a {
        let graph = self.graph;
        let makes = |kind| {
            matches!(kind, EdgeKind::Writes | EdgeKind::Derives | EdgeKind::Feeds | EdgeKind::Emits)
        };
        self.edges_into(node, makes).map(move |edge| (graph.edge(edge).from, edge))
    }

    /// Whether a file defines it and nothing says that it is on its way out or not yet in use.
    pub fn is_live(&self, node: NodeIx) -> bool {
        let node = self.graph.node(node);
        let past = |attr| node.attrs.date(attr).is_some_and(|date| date <= self.settings.today);
        let unripe = matches!(node.attrs.text(Attr::Maturity), Some("sandbox" | "prototype"));
        node.defined && !past(Attr::Deprecated) && !past(Attr::Expires) && !unripe
    }

    /// How data is prepared for models.
    pub fn preparation(&self) -> &Preparation {
        self.preparation.get_or_init(|| Preparation::new(self.graph))
    }

    /// The nearest ways along which data is prepared for models.
    pub fn ways_to_models(&self) -> &Ways {
        self.ways_to_models
            .get_or_init(|| self.preparation().ways_to(self.graph, self.nodes_of(NodeKind::Model)))
    }

    /// Whether any node says `attr`. Where nobody does, its absence on one node tells nothing.
    pub fn is_said(&self, attr: Attr) -> bool {
        self.said()[attr as usize]
    }

    fn said(&self) -> &[bool] {
        self.said.get_or_init(|| {
            let mut said = vec![false; Attr::ALL.len()];
            for entry in self.graph.nodes().iter().flat_map(|node| node.attrs.iter()) {
                said[entry.attr as usize] = true;
            }
            said
        })
    }

    /// Kind and name, as messages begin: ``Signal `price` ``.
    pub fn title(&self, node: NodeIx) -> String {
        self.graph.title(node)
    }

    /// The same within a sentence: ``signal `price` ``.
    pub fn named(&self, node: NodeIx) -> String {
        self.graph.named(node)
    }

    /// Whole days from `date` to the day on which ages are judged; negative for the future.
    pub fn age_days(&self, date: Date) -> i64 {
        i64::from(days_between(date, self.settings.today))
    }

    /// How critical a node is, 0 to 1; half where nothing is said.
    pub fn criticality(&self, node: NodeIx) -> f64 {
        self.graph.node(node).attrs.number(Attr::Criticality).unwrap_or(0.5).clamp(0.0, 1.0)
    }

    pub fn name(&self, node: NodeIx) -> &'a str {
        self.graph.name(node)
    }

    /// The name of the owning team.
    pub fn owner(&self, node: NodeIx) -> Option<&'a str> {
        self.graph.owner(node)
    }
}

/// Whole days from one date to another; negative where it is earlier.
pub(super) fn days_between(from: Date, to: Date) -> i32 {
    (from.duration_until(to).as_hours() / 24) as i32
}

/// Which models take in what.
#[derive(Debug)]
struct Intake {
    /// By what is taken in: the models.
    fed: Lists<(NodeIx, EdgeIx)>,
    /// By model: its features.
    features: Lists<(NodeIx, EdgeIx)>,
}

/// Other ends of some edges of each node, each once with the first edge that leads there. `visit` hands on the ends of
/// a node. Linear in nodes and what is handed on.
fn ends(
    graph: &SystemGraph,
    visit: impl Fn(NodeIx, &mut dyn FnMut(NodeIx, EdgeIx)),
) -> Lists<(NodeIx, EdgeIx)> {
    let (mut starts, mut all) = (vec![0], Vec::new());
    // By node, whose end it was last.
    let mut end_of = vec![u32::MAX; graph.nodes().len()];
    for node in graph.node_indices() {
        visit(node, &mut |end, edge| {
            if std::mem::replace(&mut end_of[end.at()], node.0) != node.0 {
                all.push((end, edge));
            }
        });
        starts.push(all.len() as u32);
    }
    Lists::from_parts(starts, all)
}

/// As [`Context::models_fed_by`], for words that are made when they are read.
pub(super) fn models_fed_by(graph: &SystemGraph, node: NodeIx) -> Vec<(NodeIx, EdgeIx)> {
    let mut seen = rustc_hash::FxHashSet::default();
    inputs_from(graph, node).filter(|(model, _)| seen.insert(*model)).collect()
}

/// Models that take `node` in, with each edge along which they do.
fn inputs_from(graph: &SystemGraph, node: NodeIx) -> impl Iterator<Item = (NodeIx, EdgeIx)> + '_ {
    let ends = graph.outgoing(node).iter().map(|&edge| (graph.edge(edge).to, edge));
    ends.filter(|&(to, edge)| {
        matches!(graph.edge(edge).kind, EdgeKind::InputTo(_)) && graph.kind(to) == NodeKind::Model
    })
}

fn defined_by_kind(graph: &SystemGraph) -> Vec<Vec<NodeIx>> {
    let mut by_kind = vec![Vec::new(); NodeKind::ALL.len()];
    for (ix, node) in graph.node_indices().zip(graph.nodes()).filter(|(_, node)| node.defined) {
        by_kind[node.kind as usize].push(ix);
    }
    by_kind
}
