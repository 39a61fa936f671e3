//! Pictures for the tests of this room.

use super::Picture;
use crate::layout::layered;
use crate::model::{Batch, EdgeKind, GraphBuilder, NodeKind, Provenance, SourceFile, SystemGraph};
use crate::scene::{EmphasisMap, Scene, Theme, ThemeName, View, arrange, assemble, visible};

static NOTHING_STANDS_OUT: EmphasisMap = EmphasisMap::none();

/// A graph and its scene.
pub(super) struct Shown {
    pub(super) graph: SystemGraph,
    pub(super) scene: Scene,
}

impl Shown {
    /// Datasets with these edges between them.
    pub(super) fn of(edges: &[(&str, &str)]) -> Self {
        const AT: Provenance = Provenance::file(Batch::FILE);
        let mut batch =
            Batch::new(SourceFile { path: "test.json".into(), format: "test", bytes: 0, hash: 7 });
        for &(from, to) in edges {
            let (from, to) = (batch.reference(from), batch.reference(to));
            for node in [from, to] {
                if !batch.defines(node) {
                    batch.define(node, NodeKind::Dataset, AT);
                }
            }
            batch.edge(from, to, EdgeKind::Derives, AT);
        }
        let mut builder = GraphBuilder::default();
        builder.add(batch);
        Self::seen(builder.build().0, &View::default())
    }

    /// A sample project as it is first seen.
    pub(super) fn sample(key: &str) -> Self {
        Self::sample_seen(key, &View::default())
    }

    pub(super) fn sample_seen(key: &str, view: &View) -> Self {
        let sample = crate::samples::Sample::find(key).expect("a sample");
        let inputs = [crate::import::Input::Embedded(sample.files)];
        let loaded = crate::import::load(&inputs, &crate::import::Progress::default());
        Self::seen(loaded.expect("nobody cancels").graph, view)
    }

    pub(super) fn seen(graph: SystemGraph, view: &View) -> Self {
        let visible = visible(&graph, view);
        let layout = layered(&arrange(&visible), &|| false, &mut |_| {}).expect("nobody cancels");
        let scene = assemble(&graph, view, &visible, &layout);
        Self { graph, scene }
    }
}

/// A picture of it on a fixed day.
pub(super) fn picture_of(shown: &Shown) -> Picture<'_> {
    Picture {
        graph: &shown.graph,
        scene: &shown.scene,
        debt: None,
        emphasis: &NOTHING_STANDS_OUT,
        theme: Theme::of(ThemeName::Light),
        subject: "a test".into(),
        date: jiff::civil::date(2026, 11, 25),
        width_px: None,
    }
}

/// Names that break out of careless quoting of one format or another.
pub(super) fn hostile() -> Vec<(&'static str, &'static str)> {
    vec![
        ("</g><script>alert(1)</script>", "a\" onload=\"alert(1)"),
        ("a\" onload=\"alert(1)", "]]>&amp;'--><!--"),
        ("]]>&amp;'--><!--", "back\\slash\\n, comma; semi|pipe"),
        ("back\\slash\\n, comma; semi|pipe", "#quot;`{}[]()@~"),
        ("#quot;`{}[]()@~", "end"),
        ("end", "graph"),
        ("graph", "ünïcode → 注文 \u{1f600}"),
    ]
}

/// Everything as a card of its own.
pub(super) fn whole() -> View {
    View { open: crate::scene::GroupsOpen::All, fold_checks: false, ..View::default() }
}

/// The graph that these files make.
pub(super) fn read_back(files: &[(&str, &[u8])]) -> SystemGraph {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let inputs = [crate::import::Input::Path(folder.path().to_owned())];
    let loaded = crate::import::load(&inputs, &crate::import::Progress::default());
    let loaded = loaded.expect("nobody cancels");
    assert_eq!(loaded.report.counts.errors, 0, "{}", loaded.report.text(&loaded.graph));
    loaded.graph
}

/// What two graphs have in common that say the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// Id, kind, name and owner, by id.
    pub(super) nodes: Vec<[String; 4]>,
    /// From, to and kind, sorted.
    pub(super) edges: Vec<(String, String, String)>,
}

/// Teams are not nodes of a picture but owners on its cards, and are left out.
pub(super) fn facts(graph: &SystemGraph) -> Facts {
    let id = |ix: crate::model::NodeIx| graph.node(ix).id.to_string();
    let of_team = |ix| graph.kind(ix) == NodeKind::Team;
    let owner = |team: Option<crate::model::NodeIx>| {
        team.map_or_else(String::new, |team| graph.node(team).name.to_string())
    };
    let mut nodes: Vec<[String; 4]> = graph
        .nodes()
        .iter()
        .filter(|node| node.kind != NodeKind::Team)
        .map(|node| {
            let kind = node.kind.meta().key.to_owned();
            [node.id.to_string(), kind, node.name.to_string(), owner(node.owner)]
        })
        .collect();
    nodes.sort();
    let mut edges: Vec<_> = graph
        .edges()
        .iter()
        .filter(|edge| edge.kind.is_flow() && !of_team(edge.from) && !of_team(edge.to))
        .map(|edge| (id(edge.from), id(edge.to), edge.kind.key().to_owned()))
        .collect();
    edges.sort();
    Facts { nodes, edges }
}
