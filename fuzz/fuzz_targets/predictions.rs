//! Any bytes as predictions, rows or a cube, read whole or beyond the memory allowed, and as a table of what was read.
#![no_main]

use undercurrent::metrics::read::{ReadOptions, Watch, read};
use undercurrent::metrics::{TableRequest, tables};

libfuzzer_sys::fuzz_target!(|input: (bool, bool, &[u8])| {
    let (is_parquet, is_short_of_memory, bytes) = input;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(if is_parquet { "p.parquet" } else { "p.csv" });
    std::fs::write(&path, bytes).expect("room for the file");
    let memory = if is_short_of_memory { 1 } else { 1 << 30 };
    let options = ReadOptions { memory, ..ReadOptions::default() };
    if let Ok(loaded) = read(&[path], &options, &Watch::none()) {
        let own = &loaded.predictions;
        let each = (0..own.dimensions().len()).map(|dimension| vec![dimension]).collect();
        let _ = tables(own, &TableRequest::new(own, each));
    }
});
