//! The cheapest elements that meet every set: what to cut so that no cycle is left.

use std::cmp::Reverse;

/// Elements that meet every set, and how good that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hitting {
    /// Ascending.
    pub chosen: Vec<u32>,
    pub cost: u64,
    /// No choice costs less; equal to the cost when this one is proven to be the cheapest.
    pub lower_bound: u64,
}

impl Hitting {
    pub fn is_exact(&self) -> bool {
        self.cost == self.lower_bound
    }
}

/// The cheapest hitting set of `sets`, by reductions, and branch and bound on each part that shares
/// nothing with the others; `effort` is the most nodes of the search trees, after which the best that was
/// found is given with a lower bound. None of the sets may be empty. Deterministic.
///
/// Reductions as in Weihe (1998, "Covering trains by stations"), bounds by dual ascent.
pub fn hitting_set(sets: &[Vec<u32>], weight: impl Fn(u32) -> u64, effort: u64) -> Hitting {
    let mut instance = Instance { sets: sets.to_vec() };
    let mut chosen = Vec::new();
    instance.reduce(&weight, &mut chosen);
    let mut lower_bound: u64 = chosen.iter().map(|&element| weight(element)).sum();
    let mut effort = effort;
    for mut part in instance.parts() {
        let names = part.renumber();
        let solved = part.solve(&|element| weight(names[element as usize]), &mut effort);
        lower_bound += solved.lower_bound;
        chosen.extend(solved.chosen.into_iter().map(|element| names[element as usize]));
    }
    chosen.sort_unstable();
    let cost = chosen.iter().map(|&element| weight(element)).sum();
    Hitting { chosen, cost, lower_bound }
}

/// Sets that are still to be met; each ascending.
#[derive(Clone, Debug)]
struct Instance {
    sets: Vec<Vec<u32>>,
}

/// A part of the search that waits.
struct Branch {
    instance: Instance,
    chosen: Vec<u32>,
    lower_bound: u64,
}

impl Instance {
    /// Chooses what must be chosen and drops what need not be looked at, until nothing changes.
    fn reduce(&mut self, weight: &impl Fn(u32) -> u64, chosen: &mut Vec<u32>) {
        loop {
            self.drop_supersets();
            let single: Vec<u32> =
                self.sets.iter().filter(|set| set.len() == 1).map(|set| set[0]).collect();
            if !single.is_empty() {
                self.sets.retain(|set| !set.iter().any(|element| single.contains(element)));
                chosen.extend(single);
            }
            if !self.drop_dominated(weight) {
                return;
            }
        }
    }

    /// A set that holds another whole one is met with it.
    fn drop_supersets(&mut self) {
        self.sets.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        self.sets.dedup();
        let size = self.size();
        // Every kept set is listed under one of its elements, which its supersets hold too.
        let mut kept_by_first: Vec<Vec<u32>> = vec![Vec::new(); size];
        let mut kept: Vec<Vec<u32>> = Vec::with_capacity(self.sets.len());
        for set in std::mem::take(&mut self.sets) {
            let is_superset = set.iter().any(|&element| {
                let smaller = kept_by_first[element as usize].iter();
                smaller.into_iter().any(|&other| is_subset(&kept[other as usize], &set))
            });
            if !is_superset {
                kept_by_first[set[0] as usize].push(kept.len() as u32);
                kept.push(set);
            }
        }
        self.sets = kept;
    }

    /// An element is not needed where another meets all of its sets and costs no more. True when any was
    /// dropped.
    fn drop_dominated(&mut self, weight: &impl Fn(u32) -> u64) -> bool {
        let holders = self.holders();
        let mut dropped = vec![false; holders.len()];
        let mut any = false;
        for element in 0..holders.len() as u32 {
            let own = &holders[element as usize];
            let Some(&first) = own.first() else { continue };
            let better = self.sets[first as usize].iter().any(|&other| {
                let cheaper = weight(other) <= weight(element);
                let theirs = &holders[other as usize];
                other != element
                    && cheaper
                    && !dropped[other as usize]
                    && theirs.len() >= own.len()
                    && is_subset(own, theirs)
            });
            dropped[element as usize] = better;
            any |= better;
        }
        for set in &mut self.sets {
            set.retain(|&element| !dropped[element as usize]);
        }
        any
    }

    /// One more than the highest element.
    fn size(&self) -> usize {
        self.sets.iter().filter_map(|set| set.last()).max().map_or(0, |&last| last as usize + 1)
    }

    /// By element, the positions of the sets that hold it.
    fn holders(&self) -> Vec<Vec<u32>> {
        let mut holders: Vec<Vec<u32>> = vec![Vec::new(); self.size()];
        for (position, set) in self.sets.iter().enumerate() {
            for &element in set {
                holders[element as usize].push(position as u32);
            }
        }
        holders
    }

    /// Parts that share no element, in the order of their first set.
    fn parts(self) -> Vec<Self> {
        let arcs = self.sets.iter().flat_map(|set| set.iter().map(|&element| (set[0], element)));
        let size = self.size();
        let csr = super::Csr::new(size, arcs.clone());
        let reverse = super::Csr::reversed(size, arcs);
        let mut part = vec![u32::MAX; size];
        let mut parts: Vec<Self> = Vec::new();
        for set in self.sets {
            if part[set[0] as usize] == u32::MAX {
                let mut open = vec![set[0]];
                while let Some(element) = open.pop() {
                    if part[element as usize] == u32::MAX {
                        part[element as usize] = parts.len() as u32;
                        open.extend_from_slice(csr.of(element));
                        open.extend_from_slice(reverse.of(element));
                    }
                }
                parts.push(Self { sets: Vec::new() });
            }
            parts[part[set[0] as usize] as usize].sets.push(set);
        }
        parts
    }

    /// Numbers the elements from 0 in their order, so that tables by element are as short as can be; the old
    /// names by number.
    fn renumber(&mut self) -> Vec<u32> {
        let mut names: Vec<u32> = self.sets.iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        for element in self.sets.iter_mut().flatten() {
            *element = names.partition_point(|&name| name < *element) as u32;
        }
        names
    }

    /// Depth first with the cheaper bound first, on a stack of its own.
    fn solve(self, weight: &impl Fn(u32) -> u64, effort: &mut u64) -> Hitting {
        let (lower_bound, mut best) = self.bounds(weight);
        let cost_of = |chosen: &[u32]| chosen.iter().map(|&element| weight(element)).sum::<u64>();
        let mut cost = cost_of(&best);
        let mut open = vec![Branch { instance: self, chosen: Vec::new(), lower_bound }];
        while let Some(branch) = open.pop() {
            if branch.lower_bound >= cost {
                continue;
            }
            if *effort == 0 {
                open.push(branch);
                break;
            }
            *effort -= 1;
            let mut children: Vec<Branch> = branch.children(weight, |chosen, found| {
                let found_cost = cost_of(chosen) + cost_of(found);
                if found_cost < cost {
                    cost = found_cost;
                    best = [chosen, found].concat();
                }
            });
            children.sort_by_key(|child| Reverse(child.lower_bound));
            open.extend(children);
        }
        let least_open = open.iter().map(|branch| branch.lower_bound).min();
        Hitting {
            chosen: best,
            cost,
            lower_bound: least_open.map_or(cost, |least| least.min(cost)),
        }
    }

    /// A lower bound, and a choice that meets all sets.
    ///
    /// Every set in turn is charged what its cheapest element has left; elements with nothing left meet
    /// all sets, and those not needed are given back, dearest first.
    fn bounds(&self, weight: &impl Fn(u32) -> u64) -> (u64, Vec<u32>) {
        let mut left: Vec<u64> = (0..self.size() as u32).map(weight).collect();
        let mut bound = 0;
        for set in &self.sets {
            let least = set.iter().map(|&element| left[element as usize]).min().unwrap_or(0);
            bound += least;
            for &element in set {
                left[element as usize] -= least;
            }
        }
        let mut times: Vec<u32> = Vec::with_capacity(self.sets.len());
        let is_chosen = |element: u32, left: &[u64]| left[element as usize] == 0;
        for set in &self.sets {
            times.push(set.iter().filter(|&&element| is_chosen(element, &left)).count() as u32);
        }
        let holders = self.holders();
        let mut chosen: Vec<u32> = (0..self.size() as u32)
            .filter(|&element| is_chosen(element, &left) && !holders[element as usize].is_empty())
            .collect();
        // Of equal cost, those that meet few sets first.
        chosen.sort_by_key(|&element| {
            (Reverse(weight(element)), holders[element as usize].len(), element)
        });
        chosen.retain(|&element| {
            let sets = &holders[element as usize];
            let needed = sets.iter().any(|&set| times[set as usize] == 1);
            if !needed {
                for &set in sets {
                    times[set as usize] -= 1;
                }
            }
            needed
        });
        (bound, chosen)
    }
}

impl Branch {
    /// One of the elements of the shortest set is chosen, those before it are not. `offer` is given every
    /// whole choice that comes up.
    fn children(
        self,
        weight: &impl Fn(u32) -> u64,
        mut offer: impl FnMut(&[u32], &[u32]),
    ) -> Vec<Self> {
        let Some(shortest) = self.instance.sets.iter().min_by_key(|set| set.len()) else {
            offer(&self.chosen, &[]);
            return Vec::new();
        };
        let holders = self.instance.holders();
        let mut elements = shortest.clone();
        elements.sort_by_key(|&element| (Reverse(holders[element as usize].len()), element));
        let mut children = Vec::new();
        for (position, &element) in elements.iter().enumerate() {
            let refused = &elements[..position];
            let left = self.instance.sets.iter().filter(|set| !set.contains(&element));
            let sets: Vec<Vec<u32>> = left
                .map(|set| set.iter().copied().filter(|other| !refused.contains(other)).collect())
                .collect();
            if sets.iter().any(Vec::is_empty) {
                continue;
            }
            let mut instance = Instance { sets };
            let mut chosen = self.chosen.clone();
            chosen.push(element);
            instance.reduce(weight, &mut chosen);
            let (bound, found) = instance.bounds(weight);
            offer(&chosen, &found);
            let spent: u64 = chosen.iter().map(|&element| weight(element)).sum();
            children.push(Self { instance, chosen, lower_bound: spent + bound });
        }
        children
    }
}

/// Both ascending.
fn is_subset(small: &[u32], large: &[u32]) -> bool {
    let mut rest = large.iter();
    small.iter().all(|element| rest.by_ref().find(|&other| other >= element) == Some(element))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every choice is tried.
    fn slow(sets: &[Vec<u32>], weights: &[u64]) -> u64 {
        let meets = |choice: u32| {
            sets.iter().all(|set| set.iter().any(|&element| choice >> element & 1 == 1))
        };
        let cost = |choice: u32| {
            (0..weights.len()).filter(|&e| choice >> e & 1 == 1).map(|e| weights[e]).sum::<u64>()
        };
        (0..1u32 << weights.len())
            .filter(|&choice| meets(choice))
            .map(cost)
            .min()
            .expect("all of them")
    }

    fn sets() -> impl Strategy<Value = Vec<Vec<u32>>> {
        let set = prop::collection::btree_set(0u32..12, 1..5);
        prop::collection::vec(set.prop_map(|set| set.into_iter().collect()), 0..18)
    }

    proptest! {
        #[test]
        fn the_choice_is_the_cheapest(sets in sets(), weights in prop::collection::vec(1u64..6, 12)) {
            let found = hitting_set(&sets, |element| weights[element as usize], 1_000_000);
            prop_assert!(found.is_exact());
            prop_assert_eq!(found.cost, slow(&sets, &weights));
            for set in &sets {
                prop_assert!(set.iter().any(|element| found.chosen.contains(element)));
            }
        }

        #[test]
        fn without_effort_the_bound_still_holds(sets in sets(), weights in prop::collection::vec(1u64..6, 12)) {
            let found = hitting_set(&sets, |element| weights[element as usize], 0);
            let best = slow(&sets, &weights);
            prop_assert!(found.lower_bound <= best && best <= found.cost);
            for set in &sets {
                prop_assert!(set.iter().any(|element| found.chosen.contains(element)));
            }
        }
    }
}
