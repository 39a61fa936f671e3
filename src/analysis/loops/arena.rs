//! The part of the graph where loops through the world can be, and walks in it.
//!
//! A walk is followed by its *state*: the node, and whether the world was passed since the last model.
//! A model is entered only when it was, and forgets it: so a walk from model to model over states is a
//! chain of influences, and models that influence one another are strong components of states. That
//! takes one linear pass where following each model by itself would take one a model.

use crate::analysis::facts::{
    Components, Csr, Facts, components_of, components_without, strong_components,
};
use crate::model::{Edge, EdgeIx, EdgeKind, Evidence, Lists, NodeIx, NodeKind, SystemGraph};
use std::borrow::Cow;
use std::sync::OnceLock;

/// What stands behind an arc.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Edge(EdgeIx),
    /// A position among the influences.
    Influence(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arc {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Whether it passes the world by itself.
    pub(super) is_world: bool,
    pub(super) source: Source,
}

/// What a node is to loops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Model,
    Surface,
    Other,
}

impl Role {
    pub(super) fn of(kind: NodeKind) -> Self {
        match kind {
            NodeKind::Model => Self::Model,
            NodeKind::Surface => Self::Surface,
            _ => Self::Other,
        }
    }
}

/// Some of the nodes, numbered through, with the arcs between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Arena {
    /// Ascending.
    pub(super) nodes: Vec<NodeIx>,
    pub(super) roles: Vec<Role>,
    /// By the node that they leave.
    arcs: Lists<Arc>,
    steps: OnceLock<Steps>,
    /// With all arcs in their place.
    components: OnceLock<Components>,
}

/// Steps from state to state, with the arc behind each. Made once: cuts ask again and again what is left of them.
#[derive(Clone, Debug)]
struct Steps {
    rows: Csr,
    arcs: Vec<u32>,
}

impl Arena {
    /// The nodes in the order given, and arcs between them in any order.
    pub(super) fn new(nodes: Vec<NodeIx>, roles: Vec<Role>, arcs: Vec<Arc>) -> Self {
        let arcs = Lists::new(nodes.len(), arcs.into_iter().map(|arc| (arc.from, arc)));
        Self { nodes, roles, arcs, ..Self::default() }
    }

    /// All cycles of the flow that hold a model and pass the world: declared and observed edges, and the
    /// `influences` given, as ends and position. Linear in nodes plus edges.
    pub(super) fn of(
        graph: &SystemGraph,
        facts: &Facts,
        influences: &[(NodeIx, NodeIx, u32)],
    ) -> Self {
        let nodes = graph.nodes();
        let flow = graph.edges().iter().filter(|edge| carries(graph, edge));
        let joined;
        let components = if influences.is_empty() {
            facts.components()
        } else {
            let more = influences.iter().map(|&(from, to, _)| (from.0, to.0));
            joined = strong_components(
                nodes.len(),
                flow.clone().map(|edge| (edge.from.0, edge.to.0)).chain(more),
            );
            &joined
        };
        let within = |from: NodeIx, to: NodeIx| components.of(from.0) == components.of(to.0);
        // Edges on cycles; in most systems few are.
        let inside: Vec<EdgeIx> = (graph.edge_indices())
            .filter(|&ix| {
                let edge = graph.edge(ix);
                within(edge.from, edge.to) && carries(graph, edge)
            })
            .collect();
        let kept = kept_components(graph, components, &inside, influences);
        let mut number = vec![u32::MAX; nodes.len()];
        let mut arena = Self::default();
        for ix in graph.node_indices().filter(|ix| kept[components.of(ix.0) as usize]) {
            number[ix.at()] = arena.nodes.len() as u32;
            arena.nodes.push(ix);
            arena.roles.push(Role::of(graph.kind(ix)));
        }
        let mut arcs: Vec<Arc> = Vec::new();
        let mut add = |from: NodeIx, to: NodeIx, is_world: bool, source: Source| {
            if kept[components.of(from.0) as usize] {
                arcs.push(Arc { from: number[from.at()], to: number[to.at()], is_world, source });
            }
        };
        for ix in inside {
            let edge = graph.edge(ix);
            let is_world = matches!(edge.kind, EdgeKind::Influences(_));
            add(edge.from, edge.to, is_world, Source::Edge(ix));
        }
        for &(from, to, influence) in influences.iter().filter(|&&(from, to, _)| within(from, to)) {
            add(from, to, true, Source::Influence(influence));
        }
        Self::new(arena.nodes, arena.roles, arcs)
    }

    /// By the node that they leave.
    pub(super) fn arcs(&self) -> &[Arc] {
        self.arcs.entries()
    }

    pub(super) fn leaving(&self, node: u32) -> impl Iterator<Item = (u32, &Arc)> {
        (self.arcs.start(node as usize) as u32..).zip(self.arcs.of(node as usize))
    }

    pub(super) fn models(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.nodes.len() as u32).filter(|&node| self.roles[node as usize] == Role::Model)
    }

    /// The state of a node before the world is passed; the only one of a model.
    pub(super) fn state(node: u32) -> u32 {
        2 * node
    }

    /// The state after an arc, from a node with the world passed or not; `None` into a model without it.
    pub(super) fn after(&self, arc: &Arc, has_passed: bool) -> Option<u32> {
        let role = self.roles[arc.to as usize];
        let has_passed = has_passed || arc.is_world || role == Role::Surface;
        match role {
            Role::Model => has_passed.then(|| Self::state(arc.to)),
            _ => Some(Self::state(arc.to) + u32::from(has_passed)),
        }
    }

    /// Strong components of states, without the arcs that are removed.
    pub(super) fn components(&self, removed: &[bool]) -> Cow<'_, Components> {
        let steps = self.steps.get_or_init(|| self.steps());
        if !removed.contains(&true) {
            return Cow::Borrowed(self.components.get_or_init(|| components_of(&steps.rows)));
        }
        Cow::Owned(components_without(&steps.rows, |step| removed[steps.arcs[step] as usize]))
    }

    fn steps(&self) -> Steps {
        let mut starts = Vec::with_capacity(2 * self.nodes.len() + 1);
        let (mut targets, mut arcs) = (Vec::new(), Vec::new());
        for node in 0..self.nodes.len() as u32 {
            for has_passed in [false, true] {
                starts.push(targets.len() as u32);
                if has_passed && self.roles[node as usize] == Role::Model {
                    continue;
                }
                for (position, arc) in self.leaving(node) {
                    if let Some(to) = self.after(arc, has_passed) {
                        targets.push(to);
                        arcs.push(position);
                    }
                }
            }
        }
        starts.push(targets.len() as u32);
        Steps { rows: Csr::from_rows(Lists::from_parts(starts, targets)), arcs }
    }

    /// Parts whose models influence themselves or one another, each an arena of its own, in the order of
    /// their first model. Arcs are those that a walk within the part can take.
    pub(super) fn parts(&self) -> Vec<Self> {
        let components = self.components(&[]);
        let mut part_of = vec![u32::MAX; components.count()];
        let mut count = 0;
        for model in self.models() {
            let component = components.of(Self::state(model)) as usize;
            if part_of[component] == u32::MAX {
                part_of[component] = count;
                count += 1;
            }
        }
        let part = |state: u32| part_of[components.of(state) as usize];
        let mut arcs: Vec<Vec<Arc>> = vec![Vec::new(); count as usize];
        for arc in self.arcs() {
            let layers = if self.roles[arc.from as usize] == Role::Model { 1 } else { 2 };
            let inside = (0..layers).filter_map(|layer| {
                let from = part(Self::state(arc.from) + layer);
                let to = self.after(arc, layer == 1)?;
                (from != u32::MAX && part(to) == from).then_some(from)
            });
            // Before and after the world it may lie in two parts.
            let mut last = None;
            for inside in inside.filter(|&inside| last.replace(inside) != Some(inside)) {
                arcs[inside as usize].push(*arc);
            }
        }
        let mut number = vec![0; self.nodes.len()];
        let parts = arcs.into_iter().filter(|arcs| !arcs.is_empty());
        parts.map(|arcs| self.part(arcs, &mut number)).collect()
    }

    /// The part with these arcs, which stand in the order of the nodes that they leave. On a cycle every node is left
    /// by one. `number` is memory for all parts.
    fn part(&self, mut arcs: Vec<Arc>, number: &mut [u32]) -> Self {
        let mut old: Vec<u32> = arcs.iter().map(|arc| arc.from).collect();
        old.dedup();
        for (&node, new) in old.iter().zip(0..) {
            number[node as usize] = new;
        }
        for arc in &mut arcs {
            (arc.from, arc.to) = (number[arc.from as usize], number[arc.to as usize]);
        }
        let nodes = old.iter().map(|&node| self.nodes[node as usize]).collect();
        let roles = old.iter().map(|&node| self.roles[node as usize]).collect();
        Self::new(nodes, roles, arcs)
    }
}

const DECLARED: EdgeKind = EdgeKind::Influences(Evidence::Declared);

/// Whether influence goes along an edge. What watches and switches carries none: an alert that stops a job
/// is no data that anything learns from. Inferred influences come in by themselves, joined and answered.
pub(super) fn carries(graph: &SystemGraph, edge: &Edge) -> bool {
    let is_data = |node: NodeIx| {
        !matches!(
            graph.kind(node),
            NodeKind::Monitor | NodeKind::Test | NodeKind::ControlPlane | NodeKind::Package
        )
    };
    let is_kind = match edge.kind {
        EdgeKind::Alerts
        | EdgeKind::Gates
        | EdgeKind::Wraps
        | EdgeKind::Imports
        | EdgeKind::Owns => false,
        EdgeKind::Influences(evidence) => evidence == Evidence::Declared,
        _ => true,
    };
    is_kind && is_data(edge.from) && is_data(edge.to)
}

/// Components of the flow that hold a cycle, a model and a passage through the world; `inside` are the edges within
/// components.
fn kept_components(
    graph: &SystemGraph,
    components: &Components,
    inside: &[EdgeIx],
    influences: &[(NodeIx, NodeIx, u32)],
) -> Vec<bool> {
    let count = components.count();
    let (mut cyclic, mut models, mut world) =
        (vec![false; count], vec![false; count], vec![false; count]);
    for (position, &kind) in graph.kinds().iter().enumerate() {
        let component = components.of(position as u32) as usize;
        models[component] |= kind == NodeKind::Model;
        world[component] |= kind == NodeKind::Surface;
    }
    let edges = inside.iter().map(|&edge| graph.edge(edge));
    let edges = edges.map(|edge| (edge.from, edge.to, edge.kind == DECLARED));
    for (from, to, is_world) in
        edges.chain(influences.iter().map(|&(from, to, _)| (from, to, true)))
    {
        let component = components.of(from.0);
        if component == components.of(to.0) {
            cyclic[component as usize] = true;
            world[component as usize] |= is_world;
        }
    }
    (0..count).map(|component| cyclic[component] && models[component] && world[component]).collect()
}

/// Shortest walks from one model, breadth first over states.
#[derive(Debug)]
pub(super) struct Walks<'a> {
    arena: &'a Arena,
    /// By state: the search that last met it, the arc by which, and the state before.
    met: Vec<(u32, u32, u32)>,
    search: u32,
    queue: Vec<u32>,
}

/// What a search does at a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AtModel {
    Stop,
    GoOn,
    /// This one is the end.
    Found,
}

impl<'a> Walks<'a> {
    pub(super) fn new(arena: &'a Arena) -> Self {
        let met = vec![(0, 0, 0); 2 * arena.nodes.len()];
        Self { arena, met, search: 0, queue: Vec::new() }
    }

    /// Walks from `model`; `at` says what to do at each model that is reached, the start itself included.
    /// The first that is found, with the arcs of a shortest walk to it; `removed` arcs are not taken.
    pub(super) fn from(
        &mut self,
        model: u32,
        removed: &[bool],
        mut at: impl FnMut(u32) -> AtModel,
    ) -> Option<(u32, Vec<u32>)> {
        self.search += 1;
        self.queue.clear();
        let start = Arena::state(model);
        self.met[start as usize].0 = self.search;
        self.queue.push(start);
        let mut next = 0;
        let mut is_start_seen = false;
        while let Some(&state) = self.queue.get(next) {
            next += 1;
            for (position, arc) in self.arena.leaving(state / 2) {
                if removed.get(position as usize).copied().unwrap_or(false) {
                    continue;
                }
                let Some(to) = self.arena.after(arc, state % 2 == 1) else { continue };
                let closes = to == start && !is_start_seen;
                if !closes && self.met[to as usize].0 == self.search {
                    continue;
                }
                if closes {
                    is_start_seen = true;
                } else {
                    self.met[to as usize] = (self.search, position, state);
                }
                let goes_on = if self.arena.roles[arc.to as usize] == Role::Model {
                    at(arc.to)
                } else {
                    AtModel::GoOn
                };
                match goes_on {
                    AtModel::Found => {
                        let mut arcs = self.way(state, start);
                        arcs.push(position);
                        return Some((arc.to, arcs));
                    }
                    AtModel::GoOn if !closes => self.queue.push(to),
                    _ => {}
                }
            }
        }
        None
    }

    /// The arcs by which the last search came to a model; empty for its start.
    pub(super) fn way_to(&self, model: u32, start: u32) -> Option<Vec<u32>> {
        let state = Arena::state(model);
        (self.met[state as usize].0 == self.search).then(|| self.way(state, Arena::state(start)))
    }

    fn way(&self, mut state: u32, start: u32) -> Vec<u32> {
        let mut arcs = Vec::new();
        while state != start {
            let (_, arc, before) = self.met[state as usize];
            arcs.push(arc);
            state = before;
        }
        arcs.reverse();
        arcs
    }

    /// How much the last search looked at.
    pub(super) fn visited(&self) -> usize {
        self.queue.len()
    }
}

/// Which models influence which, by position among [`Arena::models`], from one search a model.
#[derive(Debug, Default)]
pub(super) struct Influenced {
    /// The models, ascending.
    pub(super) models: Vec<u32>,
    /// From model to model, both as positions in `models`; a model may influence itself.
    pub(super) pairs: Vec<(u32, u32)>,
    /// For models that influence themselves, by position: the arcs of the shortest walk.
    pub(super) own: Vec<Option<Vec<u32>>>,
    /// Whether the limit on steps left some models out.
    pub(super) is_capped: bool,
}

impl Influenced {
    /// Looks at no more than about `steps` states; models that come later then have no pairs.
    pub(super) fn of(arena: &Arena, steps: usize) -> Self {
        let models: Vec<u32> = arena.models().collect();
        let mut this = Self { own: vec![None; models.len()], models, ..Self::default() };
        let mut walks = Walks::new(arena);
        let mut visited = 0;
        for from in 0..this.models.len() {
            if visited > steps {
                this.is_capped = true;
                break;
            }
            let model = this.models[from];
            let mut reached = Vec::new();
            walks.from(model, &[], |to| {
                reached.push(to);
                AtModel::Stop
            });
            visited += walks.visited();
            if reached.contains(&model) {
                let closed = walks.from(model, &[], |to| {
                    if to == model { AtModel::Found } else { AtModel::Stop }
                });
                this.own[from] = closed.map(|(_, arcs)| arcs);
            }
            let position = |model: u32| this.models.partition_point(|&other| other < model) as u32;
            this.pairs.extend(reached.into_iter().map(|to| (from as u32, position(to))));
        }
        this
    }

    /// The influence graph of different models.
    pub(super) fn graph(&self) -> Csr {
        let between = self.pairs.iter().copied().filter(|(from, to)| from != to);
        Csr::new(self.models.len(), between)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Nodes of the roles `m`, `s` and anything else, and plain arcs.
    pub(in super::super) fn arena(roles: &[Role], arcs: &[(u32, u32)]) -> Arena {
        let arcs = arcs.iter().enumerate().map(|(edge, &(from, to))| Arc {
            from,
            to,
            is_world: false,
            source: Source::Edge(EdgeIx::new(edge)),
        });
        Arena::new((0..roles.len()).map(NodeIx::new).collect(), roles.to_vec(), arcs.collect())
    }

    /// Models by group of mutual influence, and models that influence themselves.
    type Membership = (Vec<Vec<u32>>, Vec<u32>);

    pub(in super::super) fn found(arena: &Arena) -> Membership {
        let mut hidden = Vec::new();
        let mut direct = Vec::new();
        for part in arena.parts() {
            let influenced = Influenced::of(&part, usize::MAX);
            let name = |&model: &u32| part.nodes[model as usize].0;
            if influenced.models.len() > 1 {
                hidden.push(influenced.models.iter().map(name).collect());
            }
            for (model, own) in influenced.models.iter().zip(&influenced.own) {
                direct.extend(own.is_some().then(|| name(model)));
            }
        }
        hidden.sort();
        direct.sort_unstable();
        (hidden, direct)
    }

    /// By the words of the definition: from every model all walks are followed, step by step, as sets of
    /// (node, has passed a surface), never through a model; then mutual reach by closure. Nodes are bits of
    /// a word, so that all small graphs can be tried.
    fn slow(roles: &[Role], out: &[u16]) -> Membership {
        let nodes = roles.len();
        let mask = |role: Role| {
            (0..nodes).filter(|&node| roles[node] == role).fold(0u16, |all, node| all | 1 << node)
        };
        let (models, surfaces) = (mask(Role::Model), mask(Role::Surface));
        let next = |set: u16| {
            (0..nodes).filter(|&n| set >> n & 1 == 1).fold(0u16, |all, node| all | out[node])
        };
        let mut influences = vec![0u16; nodes];
        for model in (0..nodes).filter(|&node| models >> node & 1 == 1) {
            let (mut before, mut after) = (1u16 << model, 0u16);
            for _ in 0..2 * nodes {
                // Walks start at the model and then pass no other and not itself again.
                let (plain, passed) = (next(before), next(after & !models));
                influences[model] |= passed & models;
                before |= plain & !models & !surfaces;
                after |= (passed & !models) | (plain & surfaces);
            }
        }
        let mut reach = influences.clone();
        for _ in 0..nodes {
            for node in 0..nodes {
                reach[node] = (0..nodes)
                    .filter(|&to| reach[node] >> to & 1 == 1)
                    .fold(reach[node], |all, to| all | reach[to]);
            }
        }
        let mutual = |a: usize, b: usize| reach[a] >> b & 1 == 1 && reach[b] >> a & 1 == 1;
        let mut hidden: Vec<Vec<u32>> = (0..nodes)
            .map(|a| (0..nodes).filter(|&b| b == a || mutual(a, b)).map(|b| b as u32).collect())
            .filter(|group: &Vec<u32>| group.len() > 1)
            .collect();
        hidden.sort();
        hidden.dedup();
        let direct =
            (0..nodes).filter(|&m| influences[m] >> m & 1 == 1).map(|m| m as u32).collect();
        (hidden, direct)
    }

    fn agree(roles: &[Role], arcs: &[(u32, u32)]) {
        let mut out = vec![0u16; roles.len()];
        for &(from, to) in arcs {
            out[from as usize] |= 1 << to;
        }
        assert_eq!(found(&arena(roles, arcs)), slow(roles, &out), "{roles:?} {arcs:?}");
    }

    /// Roles in every number; which node has which makes no difference to the set of all graphs.
    fn placements(nodes: usize) -> Vec<Vec<Role>> {
        let mut all = Vec::new();
        for models in 1..nodes {
            for surfaces in 1..=nodes - models {
                let mut roles = vec![Role::Model; models];
                roles.extend(vec![Role::Surface; surfaces]);
                roles.resize(nodes, Role::Other);
                all.push(roles);
            }
        }
        all
    }

    fn pairs(nodes: u32) -> Vec<(u32, u32)> {
        (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))).filter(|(a, b)| a != b).collect()
    }

    fn chosen(pairs: &[(u32, u32)], bits: u32) -> Vec<(u32, u32)> {
        let is_in = |k: &usize| bits >> k & 1 == 1;
        (0..pairs.len()).filter(is_in).map(|k| pairs[k]).collect()
    }

    #[test]
    fn membership_equals_brute_force_on_all_graphs_of_up_to_four_nodes() {
        for nodes in 2..=4u32 {
            let pairs = pairs(nodes);
            for roles in placements(nodes as usize) {
                for bits in 0..1u32 << pairs.len() {
                    agree(&roles, &chosen(&pairs, bits));
                }
            }
        }
    }

    /// Every 89th of the million graphs of each placement: a prime, so that all arcs come and go.
    #[test]
    fn membership_equals_brute_force_on_graphs_of_five_nodes() {
        let pairs = pairs(5);
        for roles in placements(5) {
            for bits in (0..1u32 << pairs.len()).step_by(89) {
                agree(&roles, &chosen(&pairs, bits));
            }
        }
    }

    fn role() -> impl Strategy<Value = Role> {
        prop_oneof![
            3 => Just(Role::Model),
            2 => Just(Role::Surface),
            4 => Just(Role::Other),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn membership_equals_brute_force_on_random_graphs(
            roles in prop::collection::vec(role(), 12),
            arcs in prop::collection::vec((0u32..12, 0u32..12), 8..34),
        ) {
            agree(&roles, &arcs);
        }
    }
}
