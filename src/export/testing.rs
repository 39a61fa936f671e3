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
        emphasis: &NOTHING_STANDS_OUT,
        theme: Theme::of(ThemeName::Light),
        subject: "a test".into(),
        date: jiff::civil::date(2026, 11, 25),
        width_px: None,
    }
}
