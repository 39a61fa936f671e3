//! Graphs larger than anybody can look at: what is seen of them first.

use std::fmt::Write;
use undercurrent::import::{Input, Progress, load};
use undercurrent::model::SystemGraph;
use undercurrent::scene::{GroupsOpen, MANY_THINGS, Shown, View, visible};

fn read(files: &[(&str, &str)]) -> SystemGraph {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let inputs = [Input::Path(folder.path().to_owned())];
    load(&inputs, &Progress::default()).expect("nobody cancels").graph
}

/// Chains of fifty beside one another, each with a name of its own, and an edge from chain to chain.
fn chains(nodes: usize) -> String {
    let name = |at: usize| format!("area{}_t{at}", at / 50);
    let mut csv = String::from("source,target\n");
    for at in 1..nodes {
        let _ = writeln!(csv, "{},{}", name(at - 1), name(at));
        if at % 50 > 1 {
            let _ = writeln!(csv, "{},{}", name(at - 2), name(at));
        }
    }
    csv
}

fn things(graph: &SystemGraph) -> usize {
    visible(graph, &View::default()).items.len()
}

#[test]
fn ungrouped_nodes_are_first_seen_as_what_hangs_together() {
    let graph = read(&[("graph.csv", &chains(6_000))]);
    let seen = visible(&graph, &View::default());
    assert!((50..=MANY_THINGS).contains(&seen.items.len()), "{}", seen.items.len());
    assert!(seen.from_structure);
    let named = seen.groups.iter().filter(|group| group.name.starts_with("area")).count();
    assert!(named * 2 > seen.groups.len(), "{named} of {}", seen.groups.len());
    let again = visible(&graph, &View::default());
    assert_eq!(again.groups, seen.groups, "the same input, another picture");
}

#[test]
fn every_group_can_be_opened_down_to_the_last_node() {
    let graph = read(&[("graph.csv", &chains(2_000))]);
    let all = visible(&graph, &View { open: GroupsOpen::All, ..View::default() });
    assert_eq!(all.items.len(), 2_000);
    assert!(all.items.iter().all(|item| matches!(item.what, Shown::Node(_))));
    let mut own = vec![0; all.groups.len()];
    for item in &all.items {
        own[item.group.expect("in a group").at()] += 1;
    }
    assert!(own.iter().max() <= Some(&100), "{own:?}");
}

#[test]
fn fifty_thousand_groups_are_put_together_by_name() {
    let mut nodes = String::from("id,group\n");
    for at in 0..50_000 {
        let _ = writeln!(nodes, "n{at},g{at:05}");
    }
    let graph = read(&[("graph.csv", "source,target\nn0,n1\n"), ("graph.nodes.csv", &nodes)]);
    let seen = visible(&graph, &View::default());
    assert!((50..=MANY_THINGS).contains(&seen.items.len()), "{}", seen.items.len());
    let bundle = seen.groups.iter().find(|group| group.parent.is_none()).expect("a root");
    assert!(bundle.name.starts_with("g00000 … "), "{}", bundle.name);
}

#[test]
fn one_group_with_everything_is_divided() {
    let mut nodes = String::from("id,group\n");
    for at in 0..6_000 {
        let _ = writeln!(nodes, "area{}_t{at},all", at / 50);
    }
    let graph = read(&[("graph.csv", &chains(6_000)), ("graph.nodes.csv", &nodes)]);
    let seen = things(&graph);
    assert!((20..=MANY_THINGS).contains(&seen), "{seen}");
}

#[test]
fn few_loose_nodes_stay_as_they_are() {
    let graph = read(&[("graph.csv", "source,target\na,b\nb,c\n")]);
    let seen = visible(&graph, &View::default());
    assert_eq!((seen.items.len(), seen.groups.len(), seen.from_structure), (3, 0, false));
    let empty = read(&[("graph.csv", "source,target\n")]);
    assert_eq!(things(&empty), 0);
}
