//! The merge of many files into one graph, on hand-made cases and against a slow oracle.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use undercurrent::model::{
    AccessRow, Attr, AttrValue, Batch, EdgeKind, Evidence, GraphBuilder, NodeKind, Problem,
    ProblemKind, Provenance, Row, Severity, SourceFile, SystemGraph,
};

fn batch(path: &str) -> Batch {
    Batch::new(SourceFile { path: path.into(), format: "test", bytes: 0, hash: 0 })
}

fn at(line: u32) -> Provenance {
    Provenance::new(Batch::FILE, line, 1)
}

fn build(batches: impl IntoIterator<Item = Batch>) -> (SystemGraph, Vec<Problem>) {
    let mut builder = GraphBuilder::default();
    for batch in batches {
        builder.add(batch);
    }
    builder.build()
}

#[test]
fn aliases_make_one_node_of_two_files() {
    let (mut dbt, mut lineage, mut reader) = (batch("a"), batch("b"), batch("c"));
    let model = dbt.reference("model.shop.orders");
    dbt.define(model, NodeKind::Dataset, at(1)).aliases.push("db.shop.orders".into());
    let table = lineage.reference("warehouse://db/shop/orders");
    let decl = lineage.define(table, NodeKind::Dataset, at(2));
    decl.aliases.push("db.shop.orders".into());
    decl.name = Some("orders".into());
    let (from, to) = (reader.reference("db.shop.orders"), reader.reference("dash"));
    reader.define(to, NodeKind::Consumer, at(1));
    reader.edge(from, to, EdgeKind::Reads(Evidence::Declared), at(3));
    let (graph, problems) = build([dbt, lineage, reader]);
    assert_eq!(graph.nodes().len(), 2);
    assert!(problems.is_empty(), "{problems:?}");
    let node = graph.find("db.shop.orders").unwrap();
    assert_eq!(graph.find("warehouse://db/shop/orders"), Some(node));
    assert_eq!(graph.node(node).id.as_str(), "model.shop.orders");
    assert_eq!(&*graph.node(node).name, "orders");
    assert_eq!(graph.outgoing(node).len(), 1);
}

#[test]
fn two_nodes_of_one_file_stay_two_whatever_their_aliases() {
    let mut file = batch("a");
    for id in ["v1", "v2"] {
        let reference = file.reference(id);
        file.define(reference, NodeKind::Dataset, at(1)).aliases.push("shared".into());
    }
    let (graph, problems) = build([file]);
    assert_eq!(graph.nodes().len(), 2);
    assert_eq!(graph.find("shared"), graph.find("v1"));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("`shared` is another name of several nodes"));
}

#[test]
fn contradictions_name_both_places() {
    let (mut a, mut b) = (batch("a"), batch("b"));
    let x = a.reference("x");
    a.define(x, NodeKind::Dataset, at(4)).set(Attr::Owner, AttrValue::text("ads"), at(5));
    let x = b.reference("x");
    b.define(x, NodeKind::Model, at(7)).set(Attr::Owner, AttrValue::text("shop"), at(8));
    let (graph, problems) = build([a, b]);
    let told: Vec<String> = problems
        .iter()
        .map(|p| {
            format!(
                "{} {} / {}",
                p.message,
                graph.place(p.at.unwrap()),
                graph.place(p.also_at.unwrap())
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "`x` is a dataset in one file and a model in another b:7 / a:4",
            "`x` has owner ads in one file and shop in another b:8 / a:5",
        ]
    );
    assert!(
        problems.iter().all(|p| (p.severity, p.kind) == (Severity::Warning, ProblemKind::Conflict))
    );
    let node = graph.node(graph.find("x").unwrap());
    assert_eq!((node.kind, node.attrs.text(Attr::Owner)), (NodeKind::Dataset, Some("ads")));
    assert_eq!(graph.node(node.owner.unwrap()).id.as_str(), "team:ads");
}

#[test]
fn an_annotation_overrides_and_does_not_define() {
    let (mut notes, mut tool) = (batch("a"), batch("b"));
    let x = notes.reference("x");
    notes.annotate(x, at(1)).set(Attr::Owner, AttrValue::text("us"), at(1));
    let lost = notes.reference("lost");
    notes.annotate(lost, at(2)).set(Attr::Owner, AttrValue::text("us"), at(2));
    let x = tool.reference("x");
    tool.define(x, NodeKind::Job, at(1)).set(Attr::Owner, AttrValue::text("them"), at(1));
    let (graph, problems) = build([notes, tool]);
    let node = graph.node(graph.find("x").unwrap());
    assert_eq!(node.attrs.text(Attr::Owner), Some("us"));
    assert!(node.defined && !graph.node(graph.find("lost").unwrap()).defined);
    assert!(
        problems.iter().any(|p| p.message == "`lost` is annotated here, but no file defines it")
    );
}

#[test]
fn an_owner_that_an_edge_names_too_is_one_team() {
    let mut file = batch("a");
    let (team, x) = (file.reference("team:ads"), file.reference("x"));
    file.define(x, NodeKind::Job, at(1)).set(Attr::Owner, AttrValue::text("ads"), at(1));
    file.edge(team, x, EdgeKind::Owns, at(2));
    let (graph, _) = build([file]);
    assert_eq!(graph.nodes().len(), 2);
    assert_eq!(graph.kind(graph.find("team:ads").unwrap()), NodeKind::Team);
}

#[test]
fn undeclared_reads_become_observed_edges_and_declared_ones_do_not() {
    let mut file = batch("a");
    let (table, dash) = (file.reference("table"), file.reference("dash"));
    file.define(table, NodeKind::Dataset, at(1)).aliases.push("db.table".into());
    file.define(dash, NodeKind::Consumer, at(2)).name = Some("Dashboard".into());
    file.edge(table, dash, EdgeKind::Reads(Evidence::Declared), at(3));
    let days = [
        ("2026-03-02", "cron", "db.table", 2),
        ("2026-03-01", "cron", "table", 3),
        ("2026-03-01", "cron", "db.table", 1),
        ("2026-03-01", "Dashboard", "table", 9),
        ("2026-03-05", "Dashboard", "gone", 9),
    ];
    for (line, (date, reader, target, reads)) in days.into_iter().enumerate() {
        let date = date.parse().unwrap();
        let row = AccessRow { date, reader: reader.into(), target: target.into(), reads };
        file.tables.access.push(Row { row, at: at(line as u32 + 1) });
    }
    let (graph, problems) = build([file]);
    let observed: Vec<String> = graph
        .edges()
        .iter()
        .zip(graph.all_details())
        .filter(|(edge, _)| edge.kind.is_observed())
        .map(|(edge, details)| {
            let (from, to) = (graph.node(edge.from), graph.node(edge.to));
            let day = |attr| details.attrs().date(attr).unwrap();
            format!(
                "{} {} {} {} {} {} :{}",
                from.id,
                to.id,
                day(Attr::FirstSeen),
                day(Attr::LastSeen),
                details.attrs().number(Attr::ReadCount).unwrap(),
                details.attrs().number(Attr::ReadDays).unwrap(),
                details.at.line
            )
        })
        .collect();
    assert_eq!(
        observed,
        [
            "table reader:cron 2026-03-01 2026-03-02 6 2 :1",
            "gone dash 2026-03-05 2026-03-05 9 1 :5",
        ]
    );
    let cron = graph.node(graph.find("reader:cron").unwrap());
    assert_eq!((cron.kind, &*cron.name, cron.defined), (NodeKind::Consumer, "cron", false));
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].message, "`gone` is referred to, but no file defines it");
}

/// A file of a small world: nodes with aliases, and edges by any name.
#[derive(Clone, Debug)]
struct SmallFile {
    nodes: Vec<(u8, Vec<u8>)>,
    edges: Vec<(u8, u8)>,
}

const NAMES: u8 = 8;

fn small_file() -> impl Strategy<Value = SmallFile> {
    let node = (0..NAMES, prop::collection::vec(0..NAMES, 0..2));
    let edge = (0..NAMES, 0..NAMES);
    (prop::collection::vec(node, 0..4), prop::collection::vec(edge, 0..5))
        .prop_map(|(nodes, edges)| SmallFile { nodes, edges })
}

fn to_batch(ix: usize, file: &SmallFile) -> Batch {
    let mut batch = batch(&format!("f{ix}"));
    for (id, aliases) in &file.nodes {
        let reference = batch.reference(&format!("n{id}"));
        let decl = batch.define(reference, NodeKind::Dataset, at(1));
        decl.aliases.extend(aliases.iter().map(|alias| format!("n{alias}").into()));
    }
    for (from, to) in &file.edges {
        let (from, to) = (batch.reference(&format!("n{from}")), batch.reference(&format!("n{to}")));
        batch.edge(from, to, EdgeKind::Feeds, at(2));
    }
    batch
}

/// The partition of names by repeated relabelling, without the rule that parts one file's nodes;
/// `None` when that rule would have a say.
fn oracle(files: &[SmallFile]) -> Option<Vec<u8>> {
    let mut label: Vec<u8> = (0..NAMES).collect();
    for _ in 0..NAMES {
        for (id, aliases) in files.iter().flat_map(|file| &file.nodes) {
            for alias in aliases {
                let low = label[*id as usize].min(label[*alias as usize]);
                (label[*id as usize], label[*alias as usize]) = (low, low);
            }
        }
    }
    for file in files {
        let defined: BTreeSet<u8> = file.nodes.iter().map(|(id, _)| *id).collect();
        let labels: BTreeSet<u8> = defined.iter().map(|id| label[*id as usize]).collect();
        if labels.len() < defined.len() {
            return None;
        }
    }
    Some(label)
}

proptest! {
    #[test]
    fn the_merge_agrees_with_the_oracle(files in prop::collection::vec(small_file(), 1..4)) {
        let batches = files.iter().enumerate().map(|(ix, file)| to_batch(ix, file));
        let (graph, _) = build(batches);
        // Whatever was merged, the graph is whole.
        let ids: BTreeSet<&str> = graph.nodes().iter().map(|node| node.id.as_str()).collect();
        prop_assert_eq!(ids.len(), graph.nodes().len());
        for file in &files {
            let defined: BTreeSet<u8> = file.nodes.iter().map(|(id, _)| *id).collect();
            let nodes: BTreeSet<_> =
                defined.iter().map(|id| graph.find(&format!("n{id}")).unwrap()).collect();
            prop_assert_eq!(nodes.len(), defined.len());
        }
        let Some(label) = oracle(&files) else { return Ok(()) };
        let mut node_of_label = BTreeMap::new();
        for file in &files {
            let ends = file.edges.iter().flat_map(|(from, to)| [*from, *to]);
            for name in file.nodes.iter().map(|(id, _)| *id).chain(ends) {
                let node = graph.find(&format!("n{name}")).unwrap();
                let first = node_of_label.entry(label[name as usize]).or_insert(node);
                prop_assert_eq!(*first, node);
            }
        }
        prop_assert_eq!(node_of_label.len(), graph.nodes().len());
        let flows = |graph: &SystemGraph| -> BTreeSet<_> {
            graph.edges().iter().map(|edge| (edge.from, edge.to)).collect()
        };
        let expected: BTreeSet<_> = files
            .iter()
            .flat_map(|file| &file.edges)
            .map(|(from, to)| (node_of_label[&label[*from as usize]], node_of_label[&label[*to as usize]]))
            .collect();
        prop_assert_eq!(flows(&graph), expected);
    }
}
