//! CSV edge lists and DOT files: what they become, and what is said of broken ones.

use std::path::Path;
use undercurrent::import::{Input, Loaded, Progress, load};
use undercurrent::model::{Attr, EdgeIx, NodeKind};

fn loaded(files: &[(&str, &str)]) -> Loaded {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    load(&[Input::Path(folder.path().into())], &Progress::default()).unwrap()
}

/// Edges in their order as `from kind to [label]`.
fn edges(loaded: &Loaded) -> Vec<String> {
    let graph = &loaded.graph;
    let one = |ix: EdgeIx| {
        let (edge, attrs) = (graph.edge(ix), graph.details(ix).attrs());
        let label = attrs.text(Attr::Label).map(|label| format!(" [{label}]"));
        let (from, to) = (&graph.node(edge.from).id, &graph.node(edge.to).id);
        format!("{from} {} {to}{}", edge.kind.key(), label.unwrap_or_default())
    };
    graph.edge_indices().map(one).collect()
}

fn told(loaded: &Loaded) -> String {
    loaded.report.text(&loaded.graph)
}

#[test]
fn csv_columns_may_be_in_any_order_and_case() {
    let read = loaded(&[
        (
            "flow.csv",
            "\u{feff}To;Share;FROM;Kind;note\nb;0.5;a;derives;x\nc;;\"b\";;\na;2;c;feds;\n;;a;;\n",
        ),
        (
            "nodes.csv",
            "id,kind,name,owner,group,last_trained,colour\nb,model,Bee,ads,x/y,2026-03-01,red\n",
        ),
    ]);
    assert_eq!(edges(&read), ["a derives b [note: x]", "b feeds c", "c feeds a"]);
    let b = read.graph.node(read.graph.find("b").unwrap());
    assert_eq!(
        (b.kind, &*b.name, b.attrs.text(Attr::Owner)),
        (NodeKind::Model, "Bee", Some("ads"))
    );
    assert_eq!(read.graph.group_path(b.group.unwrap()), ["x", "y"]);
    assert_eq!(read.graph.kind(read.graph.find("a").unwrap()), NodeKind::Dataset);
    assert_eq!(read.graph.all_details()[0].attrs().number(Attr::Share), Some(0.5));
    assert_eq!(
        told(&read),
        "warning: flow.csv:4: `2` in column share, where a number (0 to 1) was expected — The value was left out; mend it or take it out.\n\
         warning: flow.csv:4: `feds` is no kind — Did you mean `feeds`? The row was read as `feeds`.\n\
         warning: flow.csv:5: This row has no source or no target — The row was left out; mend it or take it out.\n\
         note: nodes.csv:1: Columns that are not read: colour — Columns are keys of attributes, or id, kind, name, group, aliases.\n"
    );
}

#[test]
fn nodes_beside_a_single_csv_are_read_along() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("flow.csv", "source,target\na,b\n");
    write("flow.nodes.csv", "id,kind\na,source\n");
    write("other.csv", "source,target\nx,y\n");
    let input = Input::Path(folder.path().join("flow.csv"));
    let read = load(&[input], &Progress::default()).unwrap();
    assert_eq!(read.graph.nodes().len(), 2);
    assert_eq!(read.graph.kind(read.graph.find("a").unwrap()), NodeKind::Source);
    assert_eq!(told(&read), "");
}

#[test]
fn dot_in_all_its_forms() {
    let text = r#"# a preprocessor line
/* comment */ strict digraph "my graph" {
  rankdir=LR; node [shape=box, kind=job] edge [color=red]
  a -> b -> c [label="x\ny"]
  a -> b // again
  subgraph cluster_0 {
    label = "Data \"lake\"";
    d [label=<<b>Dee</b> &amp; co>, kind="model", owner=ads];
    subgraph cluster_in { e:port:n -> d; graph [label="Inner"] }
  }
  subgraph cluster_1 { label="Data \"lake\""; f }
  {g h} -> subgraph { i j }
  "long " + "id" -> 0 [kind=derives share=0.5]
  ünïcode -> "<script>"
}
"#;
    let read = loaded(&[("g.dot", text)]);
    assert_eq!(
        edges(&read),
        [
            "a feeds b [x y]",
            "b feeds c [x y]",
            "e feeds d",
            "g feeds i",
            "g feeds j",
            "h feeds i",
            "h feeds j",
            "long id derives g.dot#0",
            "ünïcode feeds <script>",
        ]
    );
    let node = |id: &str| read.graph.node(read.graph.find(id).unwrap());
    let path = |id: &str| node(id).group.map(|group| read.graph.group_path(group).join("/"));
    assert_eq!((&*node("d").name, node("d").kind), ("Dee & co", NodeKind::Model));
    assert_eq!(node("d").attrs.text(Attr::Owner), Some("ads"));
    assert_eq!(
        (node("a").kind, node("a").at.line, &*node("g.dot#0").name),
        (NodeKind::Job, 4, "0")
    );
    assert_eq!(path("d").as_deref(), Some("Data \"lake\"/Inner"));
    assert_eq!(path("f").as_deref(), Some("Data \"lake\" (cluster_1)"));
    assert_eq!(path("a"), None);
    assert_eq!(told(&read), "");
}

#[test]
fn a_broken_statement_is_left_out_and_the_rest_is_read() {
    let read =
        loaded(&[("g.gv", "digraph {\n a -> b\n c -> ] d\n e -> ;\n f -> g [x=1\n h -> i\n}\n")]);
    assert_eq!(edges(&read)[0], "a feeds b");
    let all = edges(&read);
    assert!(all.contains(&"f feeds g".into()), "{all:?}");
    let text = told(&read);
    for place in ["g.gv:3: ", "g.gv:4: Nothing stands behind this arrow", "`]`"] {
        assert!(text.contains(place), "{place} is not in\n{text}");
    }
    let cut = loaded(&[("g.dot", "graph { a -- b; c -- \"d")]);
    assert_eq!(edges(&cut), ["a feeds b"]);
    let text = told(&cut);
    assert!(text.contains("note: g.dot:1: This graph has no directions"), "{text}");
    assert!(text.contains("error: g.dot:1: This text is never closed"), "{text}");
}

#[test]
fn the_corpus_graphs_have_their_counts() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/graph");
    if !corpus.exists() {
        return;
    }
    for (path, edges, nodes) in
        [("dot_snakemake_ml/dag.dot", 12, 12), ("dot_clusters_rxjs/rxjs.dot", 1454, 455)]
    {
        let read = load(&[Input::Path(corpus.join(path))], &Progress::default()).unwrap();
        assert_eq!(told(&read), "", "{path}");
        assert_eq!(read.graph.edges().len(), edges, "{path}");
        let on_edges = read.graph.node_indices().filter(|&node| {
            !read.graph.outgoing(node).is_empty() || !read.graph.incoming(node).is_empty()
        });
        assert_eq!(on_edges.count(), nodes, "{path}");
    }
}
