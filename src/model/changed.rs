//! The graph as it would be after a change that nobody has made: for asking what would follow.
//!
//! Tables are shared and not copied; rows that speak of what is gone speak of nothing then, as in a
//! project whose files were changed so.

use super::{Attr, AttrValue, Edge, EdgeIx, NodeId, NodeIx, NodeSet, SystemGraph};
use std::collections::BTreeMap;

impl SystemGraph {
    /// Without these nodes and all edges at them. Nodes get other indices; ids stay. Linear in the graph.
    #[must_use]
    pub fn without(&self, gone: &[NodeIx]) -> Self {
        let mut is_gone = NodeSet::none(self.nodes().len());
        gone.iter().for_each(|&node| _ = is_gone.insert(node));
        let mut new_ix: Vec<Option<NodeIx>> = Vec::with_capacity(self.nodes().len());
        let mut nodes = Vec::with_capacity(self.nodes().len());
        for (node, ix) in self.nodes().iter().zip(self.node_indices()) {
            let kept = !is_gone.contains(ix);
            new_ix.push(kept.then(|| NodeIx::new(nodes.len())));
            if kept {
                nodes.push(node.clone());
            }
        }
        for node in &mut nodes {
            node.owner = node.owner.and_then(|team| new_ix[team.at()]);
        }
        let edges = self.edges().iter().zip(self.all_details()).filter_map(|(edge, details)| {
            let (from, to) = (new_ix[edge.from.at()]?, new_ix[edge.to.at()]?);
            Some((Edge { from, to, kind: edge.kind }, details.clone()))
        });
        self.rebuilt(nodes, edges.unzip())
    }

    /// With `attr` said of these nodes, at the place where each is defined. Linear in the graph.
    #[must_use]
    pub fn saying(&self, of: &[NodeIx], attr: Attr, value: &AttrValue) -> Self {
        let mut nodes = self.nodes().to_vec();
        for &ix in of {
            let node = &mut nodes[ix.at()];
            node.attrs.set(attr, value.clone(), node.at);
        }
        self.rebuilt(nodes, (self.edges().to_vec(), self.all_details().to_vec()))
    }

    /// With `by` in the place of `gone` wherever something flows from it, and `gone` left out; what feeds
    /// `gone` is not handed on. An edge that `by` has already is not doubled. Linear in the graph.
    #[must_use]
    pub fn replacing(&self, gone: &[NodeIx], by: NodeIx) -> Self {
        let mut edges = self.edges().to_vec();
        let leads = |to: NodeIx, edge: EdgeIx| {
            let known = self.outgoing(by).iter().map(|&own| self.edge(own));
            let kind = self.edge(edge).kind;
            known.into_iter().any(|own| own.to == to && own.kind == kind)
        };
        for &node in gone.iter().filter(|&&node| node != by) {
            for &edge in self.outgoing(node) {
                let to = self.edge(edge).to;
                if self.edge(edge).kind.is_flow() && to != by && !leads(to, edge) {
                    edges[edge.at()].from = by;
                }
            }
        }
        let gone: Vec<NodeIx> = gone.iter().copied().filter(|&node| node != by).collect();
        self.rebuilt(self.nodes().to_vec(), (edges, self.all_details().to_vec())).without(&gone)
    }

    /// Readers of `node` that other teams own, by their team: those that would get a copy of their own. The
    /// team's own readers, and those that nobody owns, stay. Where nobody owns `node`, the first team stays.
    pub fn readers_elsewhere(&self, node: NodeIx) -> BTreeMap<NodeIx, Vec<EdgeIx>> {
        let mut readers: BTreeMap<NodeIx, Vec<EdgeIx>> = BTreeMap::new();
        let home = self.node(node).owner;
        for &edge in self.outgoing(node).iter().filter(|&&edge| self.edge(edge).kind.is_flow()) {
            let team = self.node(self.edge(edge).to).owner;
            if let Some(team) = team.filter(|&team| Some(team) != home) {
                readers.entry(team).or_default().push(edge);
            }
        }
        if home.is_none() {
            readers.pop_first();
        }
        readers
    }

    /// With a copy of each of these nodes for every other team that reads it: owned by that team, fed by the
    /// same, read by that team's readers. The originals keep their indices; copies are called `id@team`. Linear
    /// in the graph.
    #[must_use]
    pub fn splitting(&self, split: &[NodeIx]) -> Self {
        let (mut nodes, mut edges) = (self.nodes().to_vec(), self.edges().to_vec());
        let mut details = self.all_details().to_vec();
        for &node in split {
            for (team, readers) in self.readers_elsewhere(node) {
                let copy = NodeIx::new(nodes.len());
                let (of, team_name) = (self.node(node), &self.node(team).name);
                let mut new = of.clone();
                new.id = NodeId::new(format!("{}@{team_name}", of.id));
                new.name = format!("{} for {team_name}", of.name).into();
                new.owner = Some(team);
                new.attrs.set(Attr::Owner, AttrValue::text(&**team_name), of.at);
                new.aliases.clear();
                nodes.push(new);
                let fed_by = self.incoming(node).iter();
                for &edge in fed_by.filter(|&&edge| self.edge(edge).kind.is_flow()) {
                    edges.push(Edge { to: copy, ..*self.edge(edge) });
                    details.push(self.details(edge).clone());
                }
                for edge in readers {
                    edges[edge.at()].from = copy;
                }
            }
        }
        self.rebuilt(nodes, (edges, details))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;

    fn edges(graph: &SystemGraph) -> Vec<String> {
        let name = |node: NodeIx| &*graph.node(node).name;
        graph.edges().iter().map(|edge| format!("{} {}", name(edge.from), name(edge.to))).collect()
    }

    const TEXT: &str = "team t\nsource s owner=t\nsignal a owner=t\nsignal b\nmodel m\nmodel n\ns -derives-> a\n\
        a -input_to-> m\na -input_to-> n\nb -input_to-> n";

    #[test]
    fn what_is_gone_takes_its_edges_along_and_owners_stay() {
        let graph = graph(TEXT);
        let a = graph.find("a").expect("a");
        let less = graph.without(&[a]);
        assert_eq!(edges(&less), ["b n"]);
        assert_eq!(less.find("a"), None);
        let s = less.node(less.find("s").expect("s"));
        assert_eq!(s.owner.map(|team| less.node(team).name.to_string()).as_deref(), Some("team:t"));
        let team = graph.find("team:t").expect("the team");
        assert!(graph.without(&[team]).nodes().iter().all(|node| node.owner.is_none()));
    }

    #[test]
    fn a_replacement_takes_over_readers_once() {
        let graph = graph(TEXT);
        let find = |id: &str| graph.find(id).expect(id);
        assert_eq!(edges(&graph.replacing(&[find("a")], find("b"))), ["b m", "b n"]);
        assert_eq!(edges(&graph.replacing(&[find("b")], find("b"))), edges(&graph));
    }

    #[test]
    fn a_split_gives_every_other_team_a_copy() {
        let graph = graph(
            "source s\nsignal a owner=one\nmodel l owner=one\nmodel m owner=two\nmodel n owner=two\nmodel o owner=three\n\
             model p\ns -derives-> a\na -input_to-> l\na -input_to-> m\na -input_to-> n\na -input_to-> o\na -input_to-> p",
        );
        let a = graph.find("a").expect("a");
        let split = graph.splitting(&[a]);
        let mut all = edges(&split);
        all.sort();
        assert_eq!(
            all,
            [
                "a for three o",
                "a for two m",
                "a for two n",
                "a l",
                "a p",
                "s a",
                "s a for three",
                "s a for two"
            ]
        );
        let copy = split.node(split.find("a@two").expect("a copy"));
        assert_eq!(copy.owner, split.find("team:two"));
        let unowned = graph.find("s").expect("s");
        assert_eq!(edges(&graph.splitting(&[unowned])), edges(&graph), "its one reader stays");
    }

    #[test]
    fn what_is_said_is_said_of_these_alone() {
        let graph = graph(TEXT);
        let a = graph.find("a").expect("a");
        let said = graph.saying(&[a], Attr::PinnedVersion, &AttrValue::text("frozen"));
        let pinned = |id: &str| {
            said.node(said.find(id).expect(id)).attrs.text(Attr::PinnedVersion).map(str::to_owned)
        };
        assert_eq!((pinned("a").as_deref(), pinned("b")), (Some("frozen"), None));
        assert_eq!(said.edges(), graph.edges());
    }
}
