//! What is listed of a graph: nodes, and what a change reaches.

use super::table::{Column, Table};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::consumers::ConsumerRow;
use crate::scene::impact::{Impact, ImpactList, OwnerImpact};

/// Nodes in the order given.
pub fn nodes(graph: &SystemGraph, listed: impl IntoIterator<Item = NodeIx>) -> Table {
    let mut table = Table::new([
        Column::text("id", "Id"),
        Column::text("name", "Name"),
        Column::text("kind", "Kind"),
        Column::text("owner", "Owner"),
        Column::text("group", "Group"),
        Column::text("place", "Place"),
    ]);
    table.rows.extend(listed.into_iter().map(|ix| {
        let node = graph.node(ix);
        let group = node.group.map(|group| graph.group_path(group).join("/"));
        vec![
            node.id.to_string(),
            node.name.to_string(),
            node.kind.meta().key.to_owned(),
            owner(graph, node.owner),
            group.unwrap_or_default(),
            graph.place(node.at),
        ]
    }));
    table
}

/// What is reached, nearest first, with one shortest way to each.
pub fn impact(graph: &SystemGraph, list: &ImpactList) -> Table {
    let mut table = Table::new([
        Column::number("distance", "Distance"),
        Column::text("id", "Id"),
        Column::text("name", "Name"),
        Column::text("kind", "Kind"),
        Column::text("owner", "Owner"),
        Column::text("way", "Way"),
    ]);
    table.rows.extend(list.rows.iter().map(|row| {
        let node = graph.node(row.node);
        vec![
            row.distance.to_string(),
            node.id.to_string(),
            node.name.to_string(),
            node.kind.meta().key.to_owned(),
            owner(graph, row.owner),
            way(graph, list, row.node),
        ]
    }));
    table
}

/// Readers that nobody declared: who reads what, how often, and whom to talk to.
pub fn consumers(graph: &SystemGraph, rows: &[ConsumerRow]) -> Table {
    let mut table = Table::new([
        Column::text("reader", "Reader"),
        Column::text("target", "Target"),
        Column::number("reads", "Reads"),
        Column::number("days", "Days"),
        Column::text("first_seen", "First seen"),
        Column::text("last_seen", "Last seen"),
        Column::text("talk_to", "Whom to talk to"),
        Column::text("counts_as", "Counts as"),
    ]);
    let number = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| day.to_string());
    table.rows.extend(rows.iter().map(|row| {
        vec![
            graph.node(row.reader).id.to_string(),
            graph.node(row.target).id.to_string(),
            number(row.reads),
            number(row.days),
            day(row.first),
            day(row.last),
            row.talk_to(graph),
            row.standing_words().to_owned(),
        ]
    }));
    table
}

/// Who owns what is reached: whom to talk to first.
pub fn impact_by_owner(graph: &SystemGraph, list: &ImpactList, owners: &[OwnerImpact]) -> Table {
    let mut table = Table::new([
        Column::text("owner", "Owner"),
        Column::number("things", "Things"),
        Column::number("nearest", "Nearest"),
        Column::text("ids", "What"),
    ]);
    table.rows.extend(owners.iter().map(|group| {
        let id = |&row: &u32| graph.node(list.rows[row as usize].node).id.as_str();
        let ids: Vec<&str> = group.rows.iter().map(id).collect();
        vec![
            group.owner.map_or_else(|| "nobody".into(), |team| graph.node(team).name.to_string()),
            group.rows.len().to_string(),
            group.nearest.to_string(),
            ids.join(" "),
        ]
    }));
    table
}

fn owner(graph: &SystemGraph, team: Option<NodeIx>) -> String {
    team.map_or_else(String::new, |team| graph.node(team).name.to_string())
}

/// `a → b → c`, in the direction of the flow.
fn way(graph: &SystemGraph, list: &ImpactList, node: NodeIx) -> String {
    let path = list.path(graph, node);
    let id = |ix: NodeIx| graph.node(ix).id.as_str();
    let mut ids: Vec<&str> = path.iter().map(|&edge| id(graph.edge(edge).from)).collect();
    ids.extend(path.last().map(|&edge| id(graph.edge(edge).to)));
    debug_assert!(match list.way {
        Impact::Upstream => ids.first().is_none_or(|&first| first == id(node)),
        Impact::Downstream => ids.last().is_none_or(|&last| last == id(node)),
    });
    ids.join(" → ")
}
