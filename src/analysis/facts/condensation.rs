//! The graph with every strong component as one place: what is left has no cycles.

use super::{Components, Csr};

/// Components and the arcs between them. Arcs go from the higher number to the lower, and two
/// components are joined by at most one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condensation {
    /// `members[starts[c]..starts[c + 1]]` lie in component `c`, lowest first.
    starts: Vec<u32>,
    members: Vec<u32>,
    arcs: Csr,
}

impl Condensation {
    /// Linear in nodes plus arcs.
    pub fn new(graph: &Csr, components: &Components) -> Self {
        let nodes = graph.nodes() as u32;
        let by_component =
            Csr::new(components.count(), (0..nodes).map(|node| (components.of(node), node)));
        let (starts, members) = by_component.into_parts();
        let mut seen = vec![u32::MAX; components.count()];
        let mut arcs: Vec<(u32, u32)> = Vec::new();
        for (component, span) in starts.windows(2).enumerate() {
            let component = component as u32;
            seen[component as usize] = component;
            for &member in &members[span[0] as usize..span[1] as usize] {
                for &to in graph.of(member) {
                    let into = components.of(to);
                    if seen[into as usize] != component {
                        seen[into as usize] = component;
                        arcs.push((component, into));
                    }
                }
            }
        }
        Self { arcs: Csr::new(components.count(), arcs.iter().copied()), starts, members }
    }

    pub fn count(&self) -> usize {
        self.arcs.nodes()
    }

    /// The nodes of a component, lowest first.
    pub fn members(&self, component: u32) -> &[u32] {
        let component = component as usize;
        &self.members[self.starts[component] as usize..self.starts[component + 1] as usize]
    }

    /// Components that arcs lead to from `component`, each once.
    pub fn arcs(&self) -> &Csr {
        &self.arcs
    }

    /// All nodes, those of upstream components first.
    pub fn upstream_first(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.count() as u32).rev().flat_map(|component| self.members(component)).copied()
    }

    /// Where the members of each component begin when all nodes stand in the order of components.
    pub(super) fn starts(&self) -> &[u32] {
        &self.starts
    }

    /// The same turned round, components numbered backwards so that arcs still go downwards.
    pub(super) fn reversed(&self) -> Self {
        let count = self.count() as u32;
        let turned = |component: u32| count - 1 - component;
        let backwards = || (0..count).rev().flat_map(|component| self.members(component));
        let mut starts = vec![0];
        for component in (0..count).rev() {
            starts.push(starts[starts.len() - 1] + self.members(component).len() as u32);
        }
        let arcs = (0..count)
            .flat_map(|from| self.arcs.of(from).iter().map(move |&to| (turned(to), turned(from))));
        Self {
            arcs: Csr::new(count as usize, arcs),
            starts,
            members: backwards().copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::strong_components;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_arc_is_inside_or_counted_once(arcs in prop::collection::vec((0u32..9, 0u32..9), 0..30)) {
            let graph = Csr::new(9, arcs.iter().copied());
            let components = strong_components(9, arcs.iter().copied());
            let condensation = Condensation::new(&graph, &components);
            let mut expected: Vec<(u32, u32)> = arcs
                .iter()
                .map(|&(from, to)| (components.of(from), components.of(to)))
                .filter(|(from, to)| from != to)
                .collect();
            expected.sort_unstable();
            expected.dedup();
            let mut found: Vec<(u32, u32)> = (0..condensation.count() as u32)
                .flat_map(|c| condensation.arcs().of(c).iter().map(move |&to| (c, to)))
                .collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
            for node in 0..9 {
                prop_assert!(condensation.members(components.of(node)).contains(&node));
            }
            let order: Vec<u32> = condensation.upstream_first().collect();
            let place = |node: u32| order.iter().position(|&other| other == node);
            for (from, to) in arcs {
                prop_assert!(components.of(from) == components.of(to) || place(from) < place(to));
            }
        }
    }
}
