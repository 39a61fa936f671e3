//! The system as a tree of groups: what the explorer lists.

use super::visible::{GroupKeyIx, Known, MANY_THINGS, Shown, visible_with};
use super::{Grouping, GroupsOpen, View};
use crate::model::{NodeIx, SystemGraph};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// All groups and nodes of a grouping, as far as a query leaves them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    groups: Vec<OutlineGroup>,
    /// Groups and nodes that lie in no group.
    roots: Vec<u32>,
    loose: Vec<NodeIx>,
}

/// One group of an [`Outline`].
#[derive(Clone, Debug, PartialEq)]
pub struct OutlineGroup {
    /// As in [`View::open`].
    pub key: String,
    pub name: String,
    /// Nodes within, at any depth.
    pub members: u32,
    children: Vec<u32>,
    nodes: Vec<NodeIx>,
}

/// A line of the explorer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlineRow {
    pub depth: u32,
    pub what: OutlineItem,
}

/// What a line stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OutlineItem {
    /// Position in [`Outline::groups`].
    Group(u32),
    Node(NodeIx),
}

/// The tree of `grouping`, with what `query` matches. Groups stand by size, nodes by name. Linear in the
/// graph, but for the sorting.
pub fn outline(graph: &SystemGraph, known: Known<'_>, grouping: Grouping, query: &str) -> Outline {
    let view = View {
        grouping,
        query: query.to_owned(),
        open: GroupsOpen::All,
        fold_checks: false,
        ..View::default()
    };
    let shown = visible_with(graph, known, &view, MANY_THINGS);
    let mut outline = Outline {
        groups: shown
            .groups
            .iter()
            .map(|group| OutlineGroup {
                key: group.key.clone(),
                name: group.name.clone(),
                members: group.members,
                children: Vec::new(),
                nodes: Vec::new(),
            })
            .collect(),
        ..Outline::default()
    };
    for (position, group) in shown.groups.iter().enumerate() {
        match group.parent {
            Some(GroupKeyIx(parent)) => {
                outline.groups[parent as usize].children.push(position as u32);
            }
            None => outline.roots.push(position as u32),
        }
    }
    for item in &shown.items {
        let Shown::Node(node) = item.what else { continue };
        match item.group {
            Some(group) => outline.groups[group.at()].nodes.push(node),
            None => outline.loose.push(node),
        }
    }
    outline.sort(graph);
    outline
}

impl Outline {
    pub fn groups(&self) -> &[OutlineGroup] {
        &self.groups
    }

    /// Nodes in all.
    pub fn members(&self) -> usize {
        let in_groups: usize =
            self.roots.iter().map(|&root| self.groups[root as usize].members as usize).sum();
        in_groups + self.loose.len()
    }

    fn sort(&mut self, graph: &SystemGraph) {
        let by_size: Vec<(Reverse<u32>, String)> =
            self.groups.iter().map(|group| (Reverse(group.members), group.name.clone())).collect();
        let by_name = |node: &NodeIx| graph.node(*node).name.to_lowercase();
        self.roots.sort_by(|&a, &b| by_size[a as usize].cmp(&by_size[b as usize]));
        self.loose.sort_by_cached_key(by_name);
        for group in &mut self.groups {
            group.children.sort_by(|&a, &b| by_size[a as usize].cmp(&by_size[b as usize]));
            group.nodes.sort_by_cached_key(by_name);
        }
    }

    /// The lines that are seen while the groups with these keys are open; all of them where `open` is
    /// `None`. Linear in the lines.
    pub fn rows(&self, open: Option<&BTreeSet<String>>) -> Vec<OutlineRow> {
        let mut rows = Vec::new();
        let mut stack: Vec<OutlineRow> = Vec::new();
        let push = |stack: &mut Vec<OutlineRow>, groups: &[u32], nodes: &[NodeIx], depth: u32| {
            stack.extend(
                nodes.iter().rev().map(|&node| OutlineRow { depth, what: OutlineItem::Node(node) }),
            );
            stack.extend(
                groups.iter().rev().map(|&ix| OutlineRow { depth, what: OutlineItem::Group(ix) }),
            );
        };
        push(&mut stack, &self.roots, &self.loose, 0);
        while let Some(row) = stack.pop() {
            rows.push(row);
            if let OutlineItem::Group(ix) = row.what {
                let group = &self.groups[ix as usize];
                if open.is_none_or(|open| open.contains(&group.key)) {
                    push(&mut stack, &group.children, &group.nodes, row.depth + 1);
                }
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;

    #[test]
    fn groups_stand_by_size_and_open_one_by_one() {
        let graph = graph("model b\nmodel A\ndataset d\nd -feeds-> b");
        let outline = outline(&graph, Known::default(), Grouping::Kind, "");
        let name = |row: &OutlineRow| match row.what {
            OutlineItem::Group(ix) => outline.groups()[ix as usize].name.clone(),
            OutlineItem::Node(node) => format!("{} {}", row.depth, graph.node(node).name),
        };
        let closed: Vec<String> = outline.rows(Some(&BTreeSet::new())).iter().map(name).collect();
        assert_eq!(closed, ["Models", "Datasets"]);
        let open = BTreeSet::from([String::from("model")]);
        let open: Vec<String> = outline.rows(Some(&open)).iter().map(name).collect();
        assert_eq!(open, ["Models", "1 A", "1 b", "Datasets"]);
        assert_eq!(outline.rows(None).len(), 5);
        assert_eq!(outline.members(), 3);
    }

    #[test]
    fn a_query_leaves_what_it_matches() {
        let graph = graph("model b\nmodel a\ndataset d");
        assert_eq!(outline(&graph, Known::default(), Grouping::None, "kind:model").members(), 2);
    }
}
