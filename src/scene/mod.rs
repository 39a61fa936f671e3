//! What is to be drawn, as plain data: filter, query, grouping, level of detail, emphasis, style.
//!
//! Must never know: a window, a file format, the file system.

pub mod impact;
pub mod matrix;
pub mod query;
