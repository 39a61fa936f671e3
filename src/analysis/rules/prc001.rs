//! PRC001, configuration families.

use crate::analysis::words::{counted, listed};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct ConfigFamilies;

static LEAST_MEMBERS: Parameter = Parameter {
    key: "least_members",
    default: 5.0,
    range: (2.0, 1000.0),
    unit: "configurations",
    doc: "From how many copies on a family is found.",
};
static LEAST_ALIKE: Parameter = Parameter {
    key: "least_alike",
    default: 0.8,
    range: (0.1, 1.0),
    unit: "Jaccard of settings",
    doc: "Share of settings, of those that either has, that two copies have in common.",
};

static META: RuleMeta = RuleMeta {
    code: "PRC001",
    name: "configuration families",
    section: Section::OtherAreas,
    weight: Weight::Note,
    remedy: "Move what they share into one base that all inherit from, and let changes go out step by step.",
    verify: "The members feed from one base, or say `staged_rollout: true`.",
    parameters: &[&LEAST_MEMBERS, &LEAST_ALIKE],
    docs: "\
## What it does
Finds five or more configurations that are nearly the same: of the settings that two of them have, key and value, four in five are common
to both. Those that inherit from a base, and those whose changes go out step by step (`staged_rollout`), are left out. Configurations
without settings stay open.

## Why it is bad
A change for all must be made five times, and is made four times. The one that was changed by hand looks like the others, until somebody
asks why only that country is off.

## Example
Five countries have a copy of twenty settings each. Poland's learning rate was changed by hand and forgotten.

## How to fix
Write the base, and let each member hold only what differs. Roll a change out to one member, look, and then to the rest.

## How to verify
Compare two members in the window: only what must differ is shown.

## References
Sculley et al. 2015, §8, process management debt: updating many configurations for many similar models.
",
};

impl Rule for ConfigFamilies {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let mut loose: Vec<(NodeIx, Vec<u32>)> = Vec::new();
        let mut words = Words::default();
        for config in context.nodes_of(NodeKind::Config) {
            let settings = context.graph.node(config).attrs.settings(Attr::Settings);
            let Some(settings) = settings.filter(|settings| !settings.is_empty()) else {
                verdicts.open(Open { subject: Some(config), missing: "settings" });
                continue;
            };
            verdicts.judged();
            if !is_governed(context, config) {
                let pairs = settings.iter().map(|setting| (&*setting.key, &*setting.value));
                loose.push((config, words.numbers(pairs)));
            }
        }
        let alike = context.value(&META, &LEAST_ALIKE);
        let least = context.value(&META, &LEAST_MEMBERS) as usize;
        for family in families(&words.rare_first(&loose), alike) {
            if family.len() >= least {
                let members: Vec<NodeIx> = family.iter().map(|&member| loose[member].0).collect();
                verdicts.found(finding(context, &members));
            }
        }
    }
}

/// Whether it inherits from a base, or its changes go out step by step.
fn is_governed(context: &Context<'_>, config: NodeIx) -> bool {
    let from_base = context
        .edges_into(config, |kind| matches!(kind, EdgeKind::Feeds | EdgeKind::Derives))
        .any(|edge| context.graph.kind(context.graph.edge(edge).from) == NodeKind::Config);
    from_base || context.graph.node(config).attrs.flag(Attr::StagedRollout) == Some(true)
}

/// Numbers for pairs of key and value.
#[derive(Default)]
struct Words<'a> {
    number: FxHashMap<(&'a str, &'a str), u32>,
    count: Vec<u32>,
}

impl<'a> Words<'a> {
    fn numbers(&mut self, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<u32> {
        let mut numbers: Vec<u32> = pairs
            .map(|pair| {
                let next = self.number.len() as u32;
                *self.number.entry(pair).or_insert(next)
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        self.count.resize(self.number.len(), 0);
        for &number in &numbers {
            self.count[number as usize] += 1;
        }
        numbers
    }

    /// The same sets, each sorted by how rare its members are, and numbered so.
    fn rare_first(&self, sets: &[(NodeIx, Vec<u32>)]) -> Vec<Vec<u32>> {
        let mut order: Vec<u32> = (0..self.count.len() as u32).collect();
        order.sort_by_key(|&number| (self.count[number as usize], number));
        let mut rank = vec![0u32; order.len()];
        for (position, &number) in order.iter().enumerate() {
            rank[number as usize] = position as u32;
        }
        sets.iter()
            .map(|(_, set)| {
                let mut ranks: Vec<u32> = set.iter().map(|&number| rank[number as usize]).collect();
                ranks.sort_unstable();
                ranks
            })
            .collect()
    }
}

/// Sets joined wherever two have a Jaccard of at least `alike`, as positions in order.
///
/// Prefix filtering (Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity search"): two sets
/// that are alike share one of their rarest members, so only those are looked up, and sets that are in one
/// family already are not compared again.
fn families(sets: &[Vec<u32>], alike: f64) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..sets.len()).collect();
    let mut holders: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for (position, set) in sets.iter().enumerate() {
        let prefix = set.len() - (alike * set.len() as f64).ceil() as usize + 1;
        for &word in set.iter().take(prefix) {
            let with_it = holders.entry(word).or_default();
            for &other in &*with_it {
                let (a, b) = (root(&mut parent, position), root(&mut parent, other));
                if a != b && jaccard(set, &sets[other]) >= alike {
                    parent[a.max(b)] = a.min(b);
                }
            }
            with_it.push(position);
        }
    }
    let mut families: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for position in 0..sets.len() {
        families.entry(root(&mut parent, position)).or_default().push(position);
    }
    families.into_values().collect()
}

fn root(parent: &mut [usize], mut member: usize) -> usize {
    while parent[member] != member {
        parent[member] = parent[parent[member]];
        member = parent[member];
    }
    member
}

/// Of two sorted sets.
fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    common as f64 / (a.len() + b.len() - common) as f64
}

fn finding(context: &Context<'_>, members: &[NodeIx]) -> Finding {
    let graph = context.graph;
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for &member in members {
        for setting in graph.node(member).attrs.settings(Attr::Settings).unwrap_or_default() {
            values.entry(&setting.key).or_default().push(&setting.value);
        }
    }
    let same =
        |values: &[&str]| values.len() == members.len() && values.iter().all(|v| *v == values[0]);
    let differing: Vec<&str> =
        values.iter().filter(|(_, values)| !same(values)).map(|(key, _)| *key).collect();
    let shared = values.len() - differing.len();
    let differ = match differing.as_slice() {
        [] => "nothing differs".to_owned(),
        some => format!("they differ in {}", listed(some.iter().copied())),
    };
    let message = format!(
        "{} share {} and no base: {}; {differ}",
        counted(members.len(), "configuration", "configurations"),
        counted(shared, "setting", "settings"),
        listed(members.iter().map(|&member| context.name(member))),
    );
    let mut finding = Finding::new(&META, graph, members[0], message)
        .number(
            "configurations alike",
            members.len() as f64,
            context.value(&META, &LEAST_MEMBERS),
            "configurations",
        )
        .magnitude(members.len() as f64 / context.value(&META, &LEAST_MEMBERS))
        .said(graph, members[0], Attr::Settings, "its settings");
    for &member in &members[1..] {
        let label = ("settings of", member);
        finding = finding.with("member", member).said(graph, member, Attr::Settings, label);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::judge;
    use proptest::prelude::*;

    fn country(name: &str, rate: &str, more: &str) -> String {
        format!(
            "config {name} settings=country:{name}|rate:{rate}|a:1|b:1|c:1|d:1|e:1|f:1|g:1|h:1|i:1|j:1 {more}\n"
        )
    }

    fn countries(more: &str) -> String {
        let same: String =
            ["de", "fr", "it", "es"].iter().map(|name| country(name, "0.08", more)).collect();
        same + &country("pl", "0.08", more)
    }

    #[test]
    fn fires_on_five_copies() {
        let judged = judge(&ConfigFamilies, &countries(""));
        assert_eq!(judged.subjects(), ["de note"]);
        assert_eq!(judged.others("member"), ["fr", "it", "es", "pl"]);
        assert!(judged.message(0).ends_with("they differ in `country`"));
    }

    #[test]
    fn is_silent_on_four_on_heirs_and_on_staged_ones() {
        let four: String =
            ["de", "fr", "it", "es"].iter().map(|name| country(name, "1", "")).collect();
        assert_eq!(judge(&ConfigFamilies, &four).status, Status::Pass);
        assert_eq!(judge(&ConfigFamilies, &countries("staged_rollout=yes")).status, Status::Pass);
        let heirs = countries("") + "config base settings=z:1\nbase -feeds-> pl";
        assert_eq!(judge(&ConfigFamilies, &heirs).status, Status::Pass);
    }

    #[test]
    fn those_that_differ_in_more_are_no_family() {
        let text: String = ["de", "fr", "it", "es", "pl"]
            .iter()
            .map(|name| {
                format!(
                    "config {name} settings=country:{name}|rate:{name}|a:1|b:1|c:1|d:1|e:1|f:1\n"
                )
            })
            .collect();
        assert_eq!(judge(&ConfigFamilies, &text).status, Status::Pass);
    }

    #[test]
    fn without_settings_it_is_open() {
        assert_eq!(judge(&ConfigFamilies, "config a\nconfig b").status, Status::Open);
        assert_eq!(judge(&ConfigFamilies, "model m").status, Status::Open);
    }

    proptest! {
        #[test]
        fn families_equal_those_of_all_pairs(
            sets in prop::collection::vec(prop::collection::btree_set(0u32..12, 1..9), 0..14),
            alike in 0.3f64..1.0,
        ) {
            let sets: Vec<Vec<u32>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let mut slow: Vec<usize> = (0..sets.len()).collect();
            for a in 0..sets.len() {
                for b in 0..a {
                    if jaccard(&sets[a], &sets[b]) >= alike {
                        let (keep, fold) = (slow[a].min(slow[b]), slow[a].max(slow[b]));
                        slow.iter_mut().filter(|of| **of == fold).for_each(|of| *of = keep);
                    }
                }
            }
            let mut expected: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (position, &family) in slow.iter().enumerate() {
                expected.entry(family).or_default().push(position);
            }
            prop_assert_eq!(families(&sets, alike), expected.into_values().collect::<Vec<_>>());
        }
    }
}
