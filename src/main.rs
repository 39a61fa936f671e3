//! The program: everything is in the library.

use std::process::ExitCode;

/// Graphs are many small pieces; this allocator is the faster for them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    undercurrent::cli::run()
}
