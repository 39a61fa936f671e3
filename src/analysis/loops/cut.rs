//! The cheapest edges whose removal breaks a loop.

use super::arena::{Arena, AtModel, Source, Walks};
use super::find::loop_walk;
use super::{BreakSet, CutEdge, Influence};
use crate::analysis::facts::{CutEffort, cheapest_cut};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeKind, SystemGraph};

/// Hours to break a loop at an edge that does not say how many: an index, as those of the scores. Keeping
/// part of the data free of the model, or deciding part of it at random, is a change of one log's writer.
const ISOLATE_HOURS: f64 = 24.0;
/// Taking an input out of a model, or training it on other data, means to train and judge it anew.
const INPUT_HOURS: f64 = 40.0;
/// A consumer is told to read something else.
const READ_HOURS: f64 = 8.0;

/// Costs are added as whole thousandths of an hour, so that sums are the same in any order.
const PER_HOUR: f64 = 1_000.0;

/// Search trees of up to about 25 candidates are always gone through with it.
const BRANCHES: u64 = 20_000;
/// Rounds: many where loops are small, fewer where each costs more.
const MOST_ROUNDS: usize = 400;
const LEAST_ROUNDS: usize = 8;
const ROUND_ARCS: usize = 1_000_000;
/// Walks that a round collects.
const WALKS_A_ROUND: usize = 64;

/// Which walks must go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Of one model to itself, past no other.
    Own(u32),
    /// Through two models or more.
    Between,
    /// All.
    All,
}

/// What it costs to cut an edge; `None` where it cannot be cut: what a model emits, what an action does,
/// and the world.
pub(super) fn cost(graph: &SystemGraph, ix: EdgeIx) -> Option<(f64, bool, &'static str)> {
    let edge = graph.edge(ix);
    let how = match edge.kind {
        EdgeKind::LoggedAs => Some((ISOLATE_HOURS, "isolate part of the data, or explore")),
        EdgeKind::InputTo(_) => Some((INPUT_HOURS, "train on other data")),
        EdgeKind::Feeds | EdgeKind::Derives | EdgeKind::Writes | EdgeKind::Reads(_)
            if graph.kind(edge.to) == NodeKind::Model =>
        {
            Some((INPUT_HOURS, "train on other data"))
        }
        EdgeKind::Reads(_) if graph.kind(edge.to) == NodeKind::Consumer => {
            Some((READ_HOURS, "stop reading it"))
        }
        _ => None,
    };
    let said = graph.details(ix).attrs().number(Attr::CutHours).filter(|hours| *hours >= 0.0);
    match (said, how) {
        (Some(hours), how) => Some((hours, true, how.map_or("remove it", |(_, how)| how))),
        (None, how) => how.map(|(hours, how)| (hours, false, how)),
    }
}

/// The cheapest cut of a part of the graph after which the walks named are no more.
pub(super) fn break_set(
    graph: &SystemGraph,
    arena: &Arena,
    influences: &[Influence],
    broken: Broken,
) -> BreakSet {
    let edge = |arc: u32| match arena.arcs()[arc as usize].source {
        Source::Edge(edge) => Some(edge),
        Source::Influence(_) => None,
    };
    let weight = |arc: u32| {
        let (hours, ..) = cost(graph, edge(arc)?)?;
        Some((hours * PER_HOUR).round() as u64)
    };
    let rounds = (ROUND_ARCS / arena.arcs().len().max(1)).clamp(LEAST_ROUNDS, MOST_ROUNDS) as u32;
    let effort = CutEffort { rounds, branches: BRANCHES };
    match cheapest_cut(arena.arcs().len(), weight, effort, |removed| uncut(arena, removed, broken))
    {
        Err(walk) => BreakSet::Impossible(loop_walk(arena, influences, &walk)),
        Ok(cut) => BreakSet::Cut {
            edges: cut
                .arcs
                .iter()
                .filter_map(|&arc| {
                    let edge = edge(arc)?;
                    let (hours, is_said, how) = cost(graph, edge)?;
                    Some(CutEdge { edge, hours, is_said, how })
                })
                .collect(),
            hours: cut.cost as f64 / PER_HOUR,
            least_hours: cut.lower_bound as f64 / PER_HOUR,
        },
    }
}

/// Some closed walks that are left, as arcs in their order.
pub(super) fn uncut(arena: &Arena, removed: &[bool], broken: Broken) -> Vec<Vec<u32>> {
    let mut walks = Walks::new(arena);
    if let Broken::Own(model) = broken {
        let found = walks
            .from(model, removed, |to| if to == model { AtModel::Found } else { AtModel::Stop });
        return found.map(|(_, arcs)| arcs).into_iter().collect();
    }
    let components = arena.components(removed);
    let component = |model: u32| components.of(Arena::state(model));
    let mut found: Vec<Vec<u32>> = Vec::new();
    for model in arena.models() {
        if found.len() >= WALKS_A_ROUND {
            break;
        }
        let there = walks.from(model, removed, |to| {
            let is_other = to != model || broken == Broken::All;
            let is_end = is_other && component(to) == component(model);
            if is_end { AtModel::Found } else { AtModel::Stop }
        });
        let Some((other, mut arcs)) = there else { continue };
        if other != model {
            let back = walks.from(other, removed, |to| match to == model {
                true => AtModel::Found,
                false => AtModel::GoOn,
            });
            // They lie in one component, so that there is a way back.
            arcs.extend(back.map(|(_, arcs)| arcs).unwrap_or_default());
        }
        found.push(arcs);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::arena::tests::arena;
    use super::super::arena::{Influenced, Role};
    use super::*;
    use crate::analysis::facts::Cut;
    use proptest::prelude::*;

    fn cut(arena: &Arena, weights: &[Option<u64>], broken: Broken) -> Result<Cut, Vec<u32>> {
        let effort = CutEffort { rounds: 1_000, branches: 1_000_000 };
        let weight = |arc: u32| weights[arc as usize];
        cheapest_cut(arena.arcs().len(), weight, effort, |removed| uncut(arena, removed, broken))
    }

    /// What is left of the loops when some arcs are gone, found anew on a graph without them.
    fn is_broken(roles: &[Role], arena: &Arena, removed: u32, broken: Broken) -> bool {
        let left: Vec<(u32, u32)> = (0..arena.arcs().len())
            .filter(|&arc| removed >> arc & 1 == 0)
            .map(|arc| (arena.arcs()[arc].from, arena.arcs()[arc].to))
            .collect();
        let (hidden, direct) =
            super::super::arena::tests::found(&super::super::arena::tests::arena(roles, &left));
        match broken {
            Broken::Between => hidden.is_empty(),
            Broken::Own(model) => !direct.contains(&model),
            Broken::All => hidden.is_empty() && direct.is_empty(),
        }
    }

    fn role() -> impl Strategy<Value = Role> {
        prop_oneof![3 => Just(Role::Model), 2 => Just(Role::Surface), 2 => Just(Role::Other)]
    }

    fn agree(roles: &[Role], arcs: &[(u32, u32)], weights: &[u64], broken: Broken) {
        let arena = arena(roles, arcs);
        // As in real graphs, what a model emits cannot be cut.
        let weights: Vec<Option<u64>> = arena
            .arcs()
            .iter()
            .zip(weights)
            .map(|(arc, &weight)| (roles[arc.from as usize] != Role::Model).then_some(weight))
            .collect();
        let candidates = weights.iter().enumerate().filter(|(_, weight)| weight.is_some());
        let may = candidates.fold(0u32, |all, (arc, _)| all | 1 << arc);
        let cost = |removed: u32| {
            let cut = (0..weights.len()).filter(|arc| removed >> arc & 1 == 1);
            cut.filter_map(|arc| weights[arc]).sum::<u64>()
        };
        let best = (0..1u32 << weights.len())
            .filter(|removed| removed & !may == 0)
            .filter(|&removed| is_broken(roles, &arena, removed, broken))
            .map(cost)
            .min();
        match cut(&arena, &weights, broken) {
            Ok(cut) => {
                assert!(cut.is_exact());
                assert_eq!(Some(cut.cost), best);
                let removed = cut.arcs.iter().fold(0, |all, &arc| all | 1u32 << arc);
                assert!(is_broken(roles, &arena, removed, broken));
            }
            Err(_) => assert_eq!(best, None),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(120))]
        #[test]
        fn break_sets_equal_exhaustive_search(
            roles in prop::collection::vec(role(), 6),
            arcs in prop::collection::vec((0u32..6, 0u32..6), 6..12),
            weights in prop::collection::vec(1u64..5, 12),
        ) {
            for broken in [Broken::Between, Broken::All] {
                agree(&roles, &arcs, &weights, broken);
            }
            let arena = arena(&roles, &arcs);
            for model in arena.models() {
                agree(&roles, &arcs, &weights, Broken::Own(model));
            }
        }
    }

    /// Two models on one surface with a log each and all of fifteen arcs to cut.
    #[test]
    fn fifteen_candidates_equal_exhaustive_search() {
        use Role::{Model, Other, Surface};
        let roles = [Model, Model, Surface, Surface, Other, Other, Other];
        let arcs = [
            (0, 2),
            (1, 3),
            (2, 4),
            (3, 4),
            (3, 5),
            (2, 6),
            (4, 5),
            (4, 0),
            (5, 0),
            (5, 1),
            (6, 1),
            (6, 5),
            (4, 1),
            (3, 6),
            (5, 4),
            (6, 4),
            (2, 5),
        ];
        let weights: Vec<u64> = (0..arcs.len() as u64).map(|k| 1 + k * 7 % 5).collect();
        for broken in [Broken::Between, Broken::All, Broken::Own(0)] {
            agree(&roles, &arcs, &weights, broken);
        }
        assert_eq!(Influenced::of(&arena(&roles, &arcs), usize::MAX).models.len(), 2);
    }
}
