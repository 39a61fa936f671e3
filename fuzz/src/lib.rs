//! What the targets share: a text through one importer and the merge.

use undercurrent::import::{FileProgress, IMPORTERS, Progress, Source};
use undercurrent::model::{Batch, GraphBuilder, SourceFile};

/// Imports `text` as the format called `key`, whatever its own importer would say of it, and asks for
/// the place of everything that came of it.
///
/// # Panics
/// When there is no such format, and on whatever the fuzzer is after.
pub fn import(key: &str, text: &str) {
    let importer = IMPORTERS.iter().find(|one| one.meta().key == key).expect("a format");
    let _ = importer.claim("m.json", text);
    let progress = Progress::default();
    let share = FileProgress::new(&progress, text.len() as u64);
    let source = Source::alone("m.json", text, &share);
    let file = SourceFile { path: "m.json".into(), format: "", bytes: 0, hash: 0 };
    let mut batch = Batch::new(file);
    importer.import(&source, &mut batch).expect("nobody cancels");
    let mut builder = GraphBuilder::default();
    builder.add(batch);
    let (graph, problems) = builder.build();
    for at in graph.nodes().iter().map(|node| node.at).chain(problems.iter().filter_map(|p| p.at)) {
        let _ = graph.place(at);
    }
}
