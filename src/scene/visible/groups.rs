//! The tree of groups, which of them are open, and the items that result.

use super::bundle::make_lookable;
use super::filter::Filtered;
use super::structure::Structure;
use super::{GroupInfo, GroupKeyIx, ItemCounts, NO_ITEM, Shown, VisibleItem};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::view::{Grouping, GroupsOpen, View};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Fewer things than these are not worth closing anything for. Issue of taste: a screen of 1600 × 1000
/// holds about 60 cards without scrolling and 150 when one zooms out a little.
pub const FEW_THINGS: usize = 50;

/// More things than these are not shown unless somebody asks for it.
pub const MANY_THINGS: usize = 150;

/// No group.
pub(super) const NONE: u32 = u32::MAX;

pub(super) struct Grouped {
    pub(super) items: Vec<VisibleItem>,
    pub(super) groups: Vec<GroupInfo>,
    /// By node; [`NO_ITEM`] for what is not shown.
    pub(super) item_of: Vec<u32>,
    pub(super) from_structure: bool,
}

/// Groups before anything is left out or closed.
#[derive(Default)]
pub(super) struct RawGroups {
    pub(super) keys: Vec<String>,
    pub(super) names: Vec<String>,
    /// Always an earlier one, or [`NONE`].
    pub(super) parents: Vec<u32>,
    /// By node.
    pub(super) group_of: Vec<u32>,
    /// Whether some of them were found in the graph and not named.
    pub(super) from_structure: bool,
}

/// Near-linear in nodes; a heap over the groups.
pub(super) fn group(
    graph: &SystemGraph,
    view: &View,
    filtered: &Filtered,
    most_things: usize,
    structure: &Structure,
) -> Grouped {
    let shown: Vec<NodeIx> = graph.node_indices().filter(|&node| filtered.is_shown(node)).collect();
    let mut raw = raw_groups(graph, view.grouping);
    if view.grouping == Grouping::Manifest {
        make_lookable(graph, structure, &mut raw, &shown);
    }
    let tree = Tree::new(&raw, &shown);
    let open = match &view.open {
        GroupsOpen::All => vec![true; tree.len()],
        GroupsOpen::Set(keys) => {
            tree.raw_of.iter().map(|&raw_ix| keys.contains(&raw.keys[raw_ix as usize])).collect()
        }
        GroupsOpen::Auto => tree.open_to_budget(shown.len(), most_things),
    };
    tree.into_items(&raw, &open, &shown, filtered)
}

/// The keys of the manifest's groups, by group.
pub(super) fn manifest_keys(graph: &SystemGraph) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(graph.groups().len());
    for group in graph.groups() {
        let name = group.name.replace('\\', "\\\\").replace('/', "\\/");
        keys.push(match group.parent {
            Some(parent) => format!("{}/{name}", keys[parent.at()]),
            None => name,
        });
    }
    keys
}

/// Whether a manifest names the group with this key. Linear in the groups.
pub fn is_named(graph: &SystemGraph, key: &str) -> bool {
    manifest_keys(graph).iter().any(|named| named == key)
}

fn raw_groups(graph: &SystemGraph, grouping: Grouping) -> RawGroups {
    let none = vec![NONE; graph.nodes().len()];
    match grouping {
        Grouping::None => RawGroups { group_of: none, ..RawGroups::default() },
        Grouping::Manifest => RawGroups {
            keys: manifest_keys(graph),
            names: graph.groups().iter().map(|group| group.name.to_string()).collect(),
            parents: graph.groups().iter().map(|g| g.parent.map_or(NONE, |p| p.0)).collect(),
            group_of: graph.nodes().iter().map(|node| node.group.map_or(NONE, |g| g.0)).collect(),
            from_structure: false,
        },
        Grouping::Team => by_label(graph, |node| match graph.node(node).owner {
            Some(team) => {
                let team = graph.node(team);
                (team.id.as_str().to_owned(), team.name.to_string())
            }
            None => (String::from("no owner"), String::from("No owner")),
        }),
        Grouping::Kind => by_label(graph, |node| {
            let meta = graph.kind(node).meta();
            (meta.key.to_owned(), meta.plural.to_owned())
        }),
    }
}

/// One level of groups, in the order of their keys.
fn by_label(graph: &SystemGraph, label: impl Fn(NodeIx) -> (String, String)) -> RawGroups {
    let labels: Vec<(String, String)> = graph.node_indices().map(label).collect();
    let mut distinct: Vec<&(String, String)> = labels.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let place: FxHashMap<&str, u32> =
        distinct.iter().enumerate().map(|(ix, (key, _))| (&**key, ix as u32)).collect();
    RawGroups {
        group_of: labels.iter().map(|(key, _)| place[&**key]).collect(),
        keys: distinct.iter().map(|(key, _)| key.replace('/', "\\/")).collect(),
        names: distinct.iter().map(|(_, name)| name.clone()).collect(),
        parents: vec![NONE; distinct.len()],
        from_structure: false,
    }
}

impl RawGroups {
    /// Outer groups before inner ones again, else in the order they are in.
    pub(super) fn put_in_order(&mut self) {
        let count = self.keys.len();
        let mut depth = vec![NONE; count];
        let mut chain: Vec<usize> = Vec::new();
        for group in 0..count {
            let mut at = group;
            while depth[at] == NONE {
                chain.push(at);
                match self.parents[at] {
                    NONE => break,
                    parent => at = parent as usize,
                }
            }
            while let Some(inner) = chain.pop() {
                depth[inner] = match self.parents[inner] {
                    NONE => 0,
                    parent => depth[parent as usize] + 1,
                };
            }
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&group| depth[group]);
        let mut place = vec![NONE; count];
        for (position, &group) in order.iter().enumerate() {
            place[group] = position as u32;
        }
        let moved = |ix: u32| if ix == NONE { NONE } else { place[ix as usize] };
        self.keys = order.iter().map(|&group| std::mem::take(&mut self.keys[group])).collect();
        self.names = order.iter().map(|&group| std::mem::take(&mut self.names[group])).collect();
        self.parents = order.iter().map(|&group| moved(self.parents[group])).collect();
        self.group_of = self.group_of.iter().map(|&group| moved(group)).collect();
    }
}

/// The groups that hold something shown, without those that hold nothing but one other group.
struct Tree {
    /// By group of the tree: its position among the raw ones.
    raw_of: Vec<u32>,
    names: Vec<String>,
    parents: Vec<u32>,
    /// Shown nodes directly within, and at any depth.
    direct: Vec<u32>,
    members: Vec<u32>,
    children: Vec<Vec<u32>>,
    /// By raw group.
    of_raw: Vec<u32>,
}

impl Tree {
    fn new(raw: &RawGroups, shown: &[NodeIx]) -> Self {
        let count = raw.keys.len();
        let (mut direct, mut members, mut inner) =
            (vec![0u32; count], vec![0u32; count], vec![0u32; count]);
        for node in shown {
            let group = raw.group_of[node.at()];
            if group != NONE {
                direct[group as usize] += 1;
            }
        }
        for group in (0..count).rev() {
            members[group] += direct[group];
            let parent = raw.parents[group];
            if parent != NONE && members[group] > 0 {
                members[parent as usize] += members[group];
                inner[parent as usize] += 1;
            }
        }
        let mut tree = Self {
            raw_of: vec![],
            names: vec![],
            parents: vec![],
            direct: vec![],
            members: vec![],
            children: vec![],
            of_raw: vec![NONE; count],
        };
        // What groups that are passed over give to the one within them.
        let mut handed_down: Vec<(u32, String)> = vec![(NONE, String::new()); count];
        for group in 0..count {
            let (parent, prefix) = match raw.parents[group] {
                NONE => (NONE, String::new()),
                up if tree.of_raw[up as usize] == NONE => handed_down[up as usize].clone(),
                up => (tree.of_raw[up as usize], String::new()),
            };
            let name = format!("{prefix}{}", raw.names[group]);
            if members[group] == 0 {
                continue;
            }
            if direct[group] == 0 && inner[group] == 1 {
                handed_down[group] = (parent, format!("{name} / "));
                continue;
            }
            let ix = tree.raw_of.len() as u32;
            tree.of_raw[group] = ix;
            tree.raw_of.push(group as u32);
            tree.names.push(name);
            tree.parents.push(parent);
            tree.direct.push(direct[group]);
            tree.members.push(members[group]);
            tree.children.push(vec![]);
            if parent != NONE {
                tree.children[parent as usize].push(ix);
            }
        }
        tree
    }

    fn len(&self) -> usize {
        self.raw_of.len()
    }

    /// Opens the largest groups first, as long as no more than so many things are to be seen.
    fn open_to_budget(&self, shown: usize, most_things: usize) -> Vec<bool> {
        let roots: Vec<u32> =
            (0..self.len() as u32).filter(|&g| self.parents[g as usize] == NONE).collect();
        let grouped: u32 = roots.iter().map(|&root| self.members[root as usize]).sum();
        let mut things = roots.len() + shown - grouped as usize;
        let mut open = vec![false; self.len()];
        let mut closed: BinaryHeap<(u32, Reverse<u32>)> =
            roots.iter().map(|&root| (self.members[root as usize], Reverse(root))).collect();
        while let Some((_, Reverse(group))) = closed.pop() {
            let at = group as usize;
            let after = things - 1 + self.direct[at] as usize + self.children[at].len();
            if after <= most_things {
                things = after;
                open[at] = true;
                closed.extend(
                    self.children[at]
                        .iter()
                        .map(|&child| (self.members[child as usize], Reverse(child))),
                );
            }
        }
        open
    }

    fn into_items(
        self,
        raw: &RawGroups,
        open: &[bool],
        shown: &[NodeIx],
        filtered: &Filtered,
    ) -> Grouped {
        let count = self.len();
        // The outermost closed group around each group, itself included.
        let mut closed_in = vec![NONE; count];
        for group in 0..count {
            let parent = self.parents[group];
            let above = if parent == NONE { NONE } else { closed_in[parent as usize] };
            closed_in[group] = if above != NONE {
                above
            } else if open[group] {
                NONE
            } else {
                group as u32
            };
        }
        let mut grouped = Grouped {
            items: Vec::new(),
            groups: (0..count)
                .map(|group| {
                    let parent = self.parents[group];
                    GroupInfo {
                        key: raw.keys[self.raw_of[group] as usize].clone(),
                        name: self.names[group].clone(),
                        parent: (parent != NONE).then_some(GroupKeyIx(parent)),
                        open: closed_in[group] == NONE,
                        shown: parent == NONE || closed_in[parent as usize] == NONE,
                        members: self.members[group],
                        edges_within: 0,
                    }
                })
                .collect(),
            item_of: vec![NO_ITEM; raw.group_of.len()],
            from_structure: raw.from_structure,
        };
        let mut item_of_group = vec![NO_ITEM; count];
        for &node in shown {
            let raw_group = raw.group_of[node.at()];
            let group = if raw_group == NONE { NONE } else { self.of_raw[raw_group as usize] };
            let closed = if group == NONE { NONE } else { closed_in[group as usize] };
            let (what, around) = if closed == NONE {
                (Shown::Node(node), group)
            } else {
                (Shown::Group(GroupKeyIx(closed)), self.parents[closed as usize])
            };
            let dimmed = filtered.dimmed.contains(node);
            let slot = match what {
                Shown::Node(_) => &mut grouped.item_of[node.at()],
                Shown::Group(group) => &mut item_of_group[group.at()],
            };
            if *slot == NO_ITEM {
                *slot = grouped.items.len() as u32;
                grouped.items.push(VisibleItem {
                    what,
                    group: (around != NONE).then_some(GroupKeyIx(around)),
                    counts: ItemCounts::default(),
                    dimmed,
                    layer: None,
                });
            }
            let item = *slot;
            grouped.items[item as usize].dimmed &= dimmed;
            grouped.item_of[node.at()] = item;
        }
        grouped
    }
}
