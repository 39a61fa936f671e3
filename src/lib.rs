//! Undercurrent: an explorer for the hidden debt in machine-learning systems.
//!
//! The modules in reading order; data moves down this list and never back up.
//! `ARCHITECTURE.md` tells why, `tests/architecture.rs` holds it.

/// The typed system graph.
pub mod model;

/// Manifests of many tools into the graph.
pub mod import;

/// Predictions by slice.
pub mod metrics;

/// Boxes and arrows into positions and routes.
pub mod layout;

/// Facts about the graph.
pub mod analysis;

/// What is to be drawn, as plain data.
pub mod scene;

/// Scenes, lists and findings into files.
pub mod export;

/// The sample projects, inside the program.
pub mod samples;

/// What the person at the window is doing.
pub mod session;

/// The commands without a window.
pub mod cli;

/// The window.
#[cfg(feature = "gui")]
pub mod ui;
