//! Any bytes as a file of a project: decoding, judging by content, reading and reporting.
#![no_main]

use undercurrent::import::{Input, Progress, load};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("m.json");
    std::fs::write(&path, bytes).expect("room for the file");
    let loaded = load(&[Input::Path(path)], &Progress::default()).expect("nobody cancels");
    let _ = loaded.report.text(&loaded.graph);
});
