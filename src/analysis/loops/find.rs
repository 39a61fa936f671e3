//! All loops of a graph, each with its walks, rank and cuts.

use super::arena::{Arena, AtModel, Influenced, Source, Walks};
use super::cut::{Broken, break_set};
use super::influence::{Answer, Influence, influences};
use super::rank::factors;
use super::{FeedbackLoop, LoopKind, LoopPair, LoopWalk, Loops};
use crate::analysis::Context;
use crate::analysis::facts::{CycleLimits, simple_cycles, strong_components};
use crate::analysis::finding::Witness;
use crate::model::{Lists, NodeIx, NodeKind};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

/// An inferred influence below it is not looked at; from the specification of FBK003.
const LEAST_CONFIDENCE: f64 = 0.5;

/// Models of one loop whose pairs are shown: 780 pairs are more than anybody looks at.
const MOST_PAIRED: usize = 40;

/// States that are looked at to list influences within one part.
const MOST_STATES: usize = 4_000_000;

/// Cycles of models, from the specification of the loops, and a limit that is counted instead of timed.
const CYCLES: CycleLimits = CycleLimits { length: 6, cycles: 1_000, steps: 200_000 };

pub(super) fn loops(context: &Context<'_>) -> Loops {
    let influences = influences(context);
    let is_world_known = !influences.is_empty()
        || context.graph.kinds().contains(&NodeKind::Surface)
        || context.graph.edges().iter().any(|edge| edge.kind.is_through_world());
    let taken = |holds: &dyn Fn(&Influence) -> bool| -> Vec<(NodeIx, NodeIx, u32)> {
        let all = influences.iter().enumerate().filter(|(_, influence)| holds(influence));
        all.map(|(position, influence)| (influence.from, influence.to, position as u32)).collect()
    };
    let sure = taken(&|influence| influence.answer == Some(Answer::Confirmed));
    let likely = taken(&|influence| {
        influence.answer == Some(Answer::Confirmed)
            || influence.answer.is_none() && influence.confidence >= LEAST_CONFIDENCE
    });
    let found = |parts: &[Arena], known: &Known| -> Vec<(Vec<FeedbackLoop>, Influenced)> {
        let one = |part: &Arena| {
            let influenced = Influenced::of(part, MOST_STATES);
            let mut finder = Finder { context, influences: &influences, found: Vec::new() };
            finder.part(part, &influenced, known);
            (finder.found, influenced)
        };
        parts.par_iter().map(one).collect()
    };
    let mut known = Known::default();
    let mut loops: Vec<FeedbackLoop> = Vec::new();
    let parts = Arena::of(context.graph, &context.facts, &sure).parts();
    for (part, (found, influenced)) in parts.iter().zip(found(&parts, &Known::default())) {
        known.add(part, &influenced);
        loops.extend(found);
    }
    if likely.len() > sure.len() {
        let parts = Arena::of(context.graph, &context.facts, &likely).parts();
        loops.extend(found(&parts, &known).into_iter().flat_map(|(found, _)| found));
    }
    let ids = |found: &FeedbackLoop| -> Vec<&str> {
        found.models.iter().map(|&model| context.graph.node(model).id.as_str()).collect()
    };
    loops.sort_by(|a, b| {
        b.rank.total_cmp(&a.rank).then(a.kind.cmp(&b.kind)).then_with(|| ids(a).cmp(&ids(b)))
    });
    Loops { loops, influences, is_world_known }
}

/// Loops that need nothing inferred.
#[derive(Default)]
struct Known {
    /// The part of each model.
    part: FxHashMap<NodeIx, u32>,
    parts: u32,
    direct: FxHashSet<NodeIx>,
}

impl Known {
    fn add(&mut self, part: &Arena, influenced: &Influenced) {
        for (&model, own) in influenced.models.iter().zip(&influenced.own) {
            let model = part.nodes[model as usize];
            self.part.insert(model, self.parts);
            if own.is_some() {
                self.direct.insert(model);
            }
        }
        self.parts += 1;
    }

    /// Whether two models are known to influence one another.
    fn joins(&self, a: NodeIx, b: NodeIx) -> bool {
        self.part.get(&a).is_some_and(|part| self.part.get(&b) == Some(part))
    }
}

struct Finder<'a, 'g> {
    context: &'a Context<'g>,
    influences: &'a [Influence],
    found: Vec<FeedbackLoop>,
}

impl Finder<'_, '_> {
    /// The loops of one part that are not known.
    fn part(&mut self, part: &Arena, influenced: &Influenced, known: &Known) {
        let name = |model: u32| part.nodes[model as usize];
        let first = influenced.models.first().map(|&model| name(model));
        let is_joined = first.is_none_or(|first| {
            influenced
                .models
                .iter()
                .all(|&model| name(model) == first || known.joins(first, name(model)))
        });
        if influenced.models.len() > 1 && !is_joined {
            self.hidden(part, influenced, known);
        }
        for (&model, own) in influenced.models.iter().zip(&influenced.own) {
            if let Some(arcs) = own.as_ref().filter(|_| !known.direct.contains(&name(model))) {
                self.direct(part, model, arcs);
            }
        }
    }

    fn direct(&mut self, part: &Arena, model: u32, arcs: &[u32]) {
        let pair = self.pair(part, (model, model), arcs);
        let nodes = own_nodes(part, model);
        let break_set = break_set(self.context.graph, part, self.influences, Broken::Own(model));
        self.push(LoopKind::Direct, part, &[model], nodes, pair, |found| {
            found.break_set = break_set;
        });
    }

    fn hidden(&mut self, part: &Arena, influenced: &Influenced, known: &Known) {
        let (mut pairs, is_pairs_capped) = self.pairs(part, influenced, known);
        // Ties go to the pair that comes first by position, which the stable sort keeps.
        pairs.sort_by(|a, b| b.rank.total_cmp(&a.rank));
        let Some(best) = pairs.first().cloned() else { return };
        let (cycles, is_cycles_capped) = self.cycles(part, influenced);
        let graph = self.context.graph;
        let break_between = break_set(graph, part, self.influences, Broken::Between);
        let break_all = break_set(graph, part, self.influences, Broken::All);
        let nodes = part.nodes.clone();
        self.push(LoopKind::Hidden, part, &influenced.models, nodes, best, |found| {
            found.pairs = pairs;
            found.is_pairs_capped = is_pairs_capped;
            found.cycles = cycles;
            found.is_cycles_capped = is_cycles_capped || influenced.is_capped;
            found.break_set = break_between;
            found.break_all = Some(break_all);
        });
    }

    fn push(
        &mut self,
        kind: LoopKind,
        part: &Arena,
        models: &[u32],
        nodes: Vec<NodeIx>,
        best: LoopPair,
        complete: impl FnOnce(&mut FeedbackLoop),
    ) {
        let graph = self.context.graph;
        let by_id = |nodes: &mut Vec<NodeIx>| {
            nodes.sort_by(|&a, &b| graph.node(a).id.cmp(&graph.node(b).id));
            nodes.dedup();
        };
        let mut models: Vec<NodeIx> =
            models.iter().map(|&model| part.nodes[model as usize]).collect();
        by_id(&mut models);
        let mut owners: Vec<NodeIx> =
            models.iter().filter_map(|&model| graph.node(model).owner).collect();
        by_id(&mut owners);
        let is_surface = |node: &NodeIx| graph.kind(*node) == NodeKind::Surface;
        let mut found = FeedbackLoop {
            kind,
            confidence: self.confidence(&best.walk),
            surfaces: nodes.iter().copied().filter(is_surface).collect(),
            models,
            nodes,
            owners,
            break_set: super::BreakSet::Impossible(best.walk.clone()),
            walk: best.walk,
            rank: best.rank,
            factors: best.factors,
            pairs: Vec::new(),
            is_pairs_capped: false,
            cycles: Vec::new(),
            is_cycles_capped: false,
            break_all: None,
        };
        complete(&mut found);
        self.found.push(found);
    }

    fn confidence(&self, walk: &LoopWalk) -> f64 {
        walk.inferred.iter().map(|&at| self.influences[at as usize].confidence).product()
    }

    /// A shortest closed walk through each two models that are not known to be joined.
    fn pairs(&self, part: &Arena, influenced: &Influenced, known: &Known) -> (Vec<LoopPair>, bool) {
        let name = |model: u32| part.nodes[model as usize];
        let models = paired(part, influenced, known);
        let mut walks = Walks::new(part);
        let mut ways: FxHashMap<(u32, u32), Vec<u32>> = FxHashMap::default();
        for &from in &models {
            walks.from(from, &[], |_| AtModel::GoOn);
            for &to in models.iter().filter(|&&to| to != from) {
                ways.extend(walks.way_to(to, from).map(|way| ((from, to), way)));
            }
        }
        let mut pairs = Vec::new();
        for (position, &a) in models.iter().enumerate() {
            for &b in &models[position + 1..] {
                if known.joins(name(a), name(b)) {
                    continue;
                }
                if let (Some(there), Some(back)) = (ways.get(&(a, b)), ways.get(&(b, a))) {
                    pairs.push(self.pair(part, (a, b), &[&there[..], back].concat()));
                }
            }
        }
        (pairs, models.len() < influenced.models.len())
    }

    fn pair(&self, part: &Arena, models: (u32, u32), arcs: &[u32]) -> LoopPair {
        let walk = loop_walk(part, self.influences, arcs);
        let factors = factors(self.context, &walk, self.confidence(&walk));
        let name = |model: u32| part.nodes[model as usize];
        LoopPair {
            models: (name(models.0), name(models.1)),
            rank: factors.iter().map(|factor| factor.value).product(),
            factors,
            walk,
        }
    }

    /// Cycles of different models that influence one another in turn, shortest first.
    fn cycles(&self, part: &Arena, influenced: &Influenced) -> (Vec<Vec<NodeIx>>, bool) {
        let graph = influenced.graph();
        let between = influenced.pairs.iter().copied().filter(|(from, to)| from != to);
        let components = strong_components(influenced.models.len(), between);
        let name = |&model: &u32| part.nodes[influenced.models[model as usize] as usize];
        let mut cycles: Vec<Vec<NodeIx>> = Vec::new();
        let is_capped = simple_cycles(&graph, &components, CYCLES, |cycle| {
            cycles.push(cycle.iter().map(name).collect());
        });
        cycles.sort_by_key(Vec::len);
        // Longer ones are possible only where more models than the longest hold together.
        (cycles, is_capped || influenced.models.len() > CYCLES.length as usize)
    }
}

/// The models whose pairs are shown, ascending: one of each known part first, so that what is new is among
/// them, then the others in their order.
fn paired(part: &Arena, influenced: &Influenced, known: &Known) -> Vec<u32> {
    let mut parts: FxHashSet<u32> = FxHashSet::default();
    let (mut chosen, rest): (Vec<u32>, Vec<u32>) = influenced.models.iter().partition(|&&model| {
        known.part.get(&part.nodes[model as usize]).is_none_or(|&known| parts.insert(known))
    });
    chosen.extend(rest);
    chosen.truncate(MOST_PAIRED);
    chosen.sort_unstable();
    chosen
}

/// What lies on walks of a model to itself past no other.
fn own_nodes(part: &Arena, model: u32) -> Vec<NodeIx> {
    // By the state that is entered.
    let mut steps: Vec<(u32, u32)> = Vec::new();
    let mut reached = vec![false; 2 * part.nodes.len()];
    let start = Arena::state(model);
    let is_other =
        |state: u32| state != start && part.roles[state as usize / 2] == super::arena::Role::Model;
    let mut open = vec![start];
    reached[start as usize] = true;
    while let Some(state) = open.pop() {
        for (_, arc) in part.leaving(state / 2) {
            let Some(to) = part.after(arc, state % 2 == 1).filter(|&to| !is_other(to)) else {
                continue;
            };
            steps.push((to, state));
            if !reached[to as usize] {
                reached[to as usize] = true;
                open.push(to);
            }
        }
    }
    let into = Lists::new(2 * part.nodes.len(), steps.into_iter());
    let mut on_walk = vec![false; part.nodes.len()];
    let mut met = vec![false; 2 * part.nodes.len()];
    open.push(start);
    while let Some(state) = open.pop() {
        on_walk[state as usize / 2] = true;
        for &before in into.of(state as usize) {
            if !met[before as usize] {
                met[before as usize] = true;
                open.push(before);
            }
        }
    }
    part.nodes.iter().zip(on_walk).filter_map(|(&node, on)| on.then_some(node)).collect()
}

/// Arcs one after another as a walk of the graph.
pub(super) fn loop_walk(arena: &Arena, influences: &[Influence], arcs: &[u32]) -> LoopWalk {
    let mut walk =
        LoopWalk { witness: Witness { edges: Vec::new(), closed: true }, ..LoopWalk::default() };
    for &arc in arcs {
        let arc = &arena.arcs()[arc as usize];
        walk.nodes.push(arena.nodes[arc.from as usize]);
        match arc.source {
            Source::Edge(edge) => walk.witness.edges.push(edge),
            Source::Influence(at) => {
                let influence = &influences[at as usize];
                if influence.answer.is_none() && !walk.inferred.contains(&at) {
                    walk.inferred.push(at);
                }
                match influence.edge() {
                    Some(edge) => walk.witness.edges.push(edge),
                    None => walk.witness.closed = false,
                }
            }
        }
    }
    walk
}
