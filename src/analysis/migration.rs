//! What would happen if a thing were deleted or deprecated: who breaks, who could do without, in which order
//! to go about it.
//!
//! Owns: consequences of a removal as plain data; nothing is changed. Must never know: how they are shown.
//! Start reading at [`Removal`].

use super::Context;
use super::facts::{Facts, Search};
use crate::model::{Attr, NodeIx, NodeKind};

/// What one thing downstream would have to do with a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Everything that supplies it comes through what is removed.
    CutOff,
    /// It has other suppliers besides, and must be moved to those alone.
    Loses,
}

/// Something that is reached by a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    pub node: NodeIx,
    pub fate: Fate,
    /// Steps from the nearest thing that is removed.
    pub distance: u32,
    /// Whether it takes one of the removed things in directly.
    pub direct: bool,
    /// Whether it is itself on its way out.
    pub leaving: bool,
}

/// Consequences of taking things out of the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What is taken out, in the order asked for.
    pub removed: Vec<NodeIx>,
    /// Everything downstream inside the system, nearest first, then by position.
    pub reached: Vec<Reached>,
    /// Teams that own any of it, in order of position.
    pub owners: Vec<NodeIx>,
    /// In which order to move the reached away from what is removed, and then to remove: those farthest
    /// downstream first, what is removed last. Members of one cycle stand together.
    pub order: Vec<NodeIx>,
}

impl Removal {
    /// Follows the supply of data inside the system; tests and monitors only watch and do not count. Linear
    /// in nodes plus edges.
    pub fn of(context: &Context<'_>, removed: &[NodeIx]) -> Self {
        let supply = context.supply();
        let mut reached = reach(supply, removed);
        let survives = supplied_without(supply, removed);
        let graph = context.graph;
        reached.sort_unstable_by_key(|&(node, distance)| (distance, node));
        let direct = |node: NodeIx| {
            let from = supply.reverse().of(node.0);
            removed.iter().any(|gone| from.contains(&gone.0))
        };
        let fate = |node: NodeIx| if survives[node.at()] { Fate::Loses } else { Fate::CutOff };
        let reached: Vec<Reached> = reached
            .into_iter()
            .map(|(node, distance)| Reached {
                node,
                fate: fate(node),
                distance,
                direct: direct(node),
                leaving: is_leaving(context, node),
            })
            .collect();
        let mut owners: Vec<NodeIx> =
            reached.iter().filter_map(|of| graph.node(of.node).owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let order = order(supply, &reached, removed);
        Self { removed: removed.to_vec(), reached, owners, order }
    }

    /// Things of a kind that nothing else supplies.
    pub fn cut_off(&self, context: &Context<'_>, kind: NodeKind) -> Vec<NodeIx> {
        self.reached
            .iter()
            .filter(|of| of.fate == Fate::CutOff && context.graph.kind(of.node) == kind)
            .map(|of| of.node)
            .collect()
    }
}

/// Everything downstream of any of `removed`, those left out, with the fewest steps.
fn reach(supply: &Facts, removed: &[NodeIx]) -> Vec<(NodeIx, u32)> {
    let nodes = supply.nodes();
    let mut nearest = vec![u32::MAX; nodes];
    let mut search = Search::new(nodes);
    for &gone in removed {
        for &(node, distance) in search.within(supply.forward(), gone.0, u32::MAX) {
            let known = &mut nearest[node as usize];
            *known = (*known).min(distance);
        }
    }
    for &gone in removed {
        nearest[gone.at()] = u32::MAX;
    }
    let found = nearest.into_iter().enumerate().filter(|&(_, distance)| distance != u32::MAX);
    found.map(|(node, distance)| (NodeIx::new(node), distance)).collect()
}

/// By node: whether a way still leads to it from something that nothing supplies, past all that is removed.
/// Cycles that nothing else supplies keep one another alive and count as supplied.
fn supplied_without(supply: &Facts, removed: &[NodeIx]) -> Vec<bool> {
    let nodes = supply.nodes();
    let mut alive = vec![false; nodes];
    let mut is_removed = vec![false; nodes];
    for gone in removed {
        is_removed[gone.at()] = true;
    }
    let components = supply.components();
    let mut entered = vec![false; components.count()];
    for from in 0..nodes as u32 {
        for &to in supply.forward().of(from) {
            if components.of(from) != components.of(to) {
                entered[components.of(to) as usize] = true;
            }
        }
    }
    let is_start = |node: u32| !entered[components.of(node) as usize] && !is_removed[node as usize];
    let mut open: Vec<u32> = (0..nodes as u32).filter(|&node| is_start(node)).collect();
    open.iter().for_each(|&node| alive[node as usize] = true);
    while let Some(node) = open.pop() {
        for &to in supply.forward().of(node) {
            if !alive[to as usize] && !is_removed[to as usize] {
                alive[to as usize] = true;
                open.push(to);
            }
        }
    }
    alive
}

fn is_leaving(context: &Context<'_>, node: NodeIx) -> bool {
    let attrs = &context.graph.node(node).attrs;
    attrs.date(Attr::Deprecated).is_some() || attrs.date(Attr::Expires).is_some()
}

/// Reverse topological: components have lower numbers the farther downstream they are.
fn order(supply: &Facts, reached: &[Reached], removed: &[NodeIx]) -> Vec<NodeIx> {
    let place = |node: &NodeIx| (supply.components().of(node.0), *node);
    let mut order: Vec<NodeIx> = reached.iter().map(|of| of.node).collect();
    order.sort_unstable_by_key(place);
    let mut last = removed.to_vec();
    last.sort_unstable_by_key(place);
    last.dedup();
    order.extend(last);
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::testing::{TODAY, graph};
    use proptest::prelude::*;

    fn removal(text: &str, removed: &[&str]) -> (Vec<String>, Vec<String>) {
        let graph = graph(text);
        let settings = Settings::on(TODAY);
        let context = Context::new(&graph, &settings);
        let removed: Vec<NodeIx> = removed.iter().map(|id| graph.find(id).expect(id)).collect();
        let removal = Removal::of(&context, &removed);
        let id = |node: NodeIx| graph.node(node).id.as_str().to_owned();
        let told = removal.reached.iter().map(|of| {
            let fate = if of.fate == Fate::CutOff { "cut off" } else { "loses" };
            format!("{} {fate}{}", id(of.node), if of.direct { " directly" } else { "" })
        });
        (told.collect(), removal.order.into_iter().map(id).collect())
    }

    const NUMBERS: &str = "source erp\nsource feed\njob legacy\nsignal old\nsignal new\nmodel m\nprediction p\ntest t\n\
        erp -reads-> legacy\nlegacy -writes-> old\nfeed -derives-> new\nold -input_to-> m\nnew -input_to-> m\nm -emits-> p\nold -reads-> t\n";

    #[test]
    fn those_without_another_supplier_are_told_from_those_with_one() {
        let (reached, order) = removal(NUMBERS, &["legacy"]);
        assert_eq!(reached, ["old cut off directly", "m loses", "p loses"]);
        assert_eq!(order, ["p", "m", "old", "legacy"]);
    }

    #[test]
    fn two_things_together_cut_off_what_each_alone_does_not() {
        let (reached, _) = removal(NUMBERS, &["old", "new"]);
        assert_eq!(reached, ["m cut off directly", "p cut off"]);
    }

    #[test]
    fn what_reaches_nothing_harms_nothing() {
        let (reached, order) = removal(NUMBERS, &["p"]);
        assert!(reached.is_empty());
        assert_eq!(order, ["p"]);
    }

    proptest! {
        #[test]
        fn of_one_thing_the_cut_off_are_those_that_it_dominates(
            arcs in prop::collection::vec((0u32..9, 0u32..9), 0..20),
            gone in 0u32..9,
        ) {
            // Without cycles, where every start is a node that nothing supplies.
            let arcs: Vec<(u32, u32)> = arcs.into_iter().filter(|(a, b)| a < b).collect();
            let mut text: String = (0..9).map(|n| format!("dataset d{n}\n")).collect();
            text.extend(arcs.iter().map(|(a, b)| format!("d{a} -derives-> d{b}\n")));
            let graph = graph(&text);
            let settings = Settings::on(TODAY);
            let context = Context::new(&graph, &settings);
            let removal = Removal::of(&context, &[NodeIx(gone)]);
            let mut cut: Vec<u32> = removal
                .reached.iter().filter(|of| of.fate == Fate::CutOff).map(|of| of.node.0).collect();
            cut.sort_unstable();
            let mut dominated = context.supply().dominators().cut_off_without(gone);
            dominated.sort_unstable();
            prop_assert_eq!(cut, dominated);
            let place = |node: u32| removal.order.iter().position(|of| of.0 == node);
            for (a, b) in arcs {
                if let (Some(a), Some(b)) = (place(a), place(b)) {
                    prop_assert!(b < a, "what is downstream is moved first");
                }
            }
        }
    }
}
