//! Why there is no file, and what to do about it.

use super::png::{MOST_PIXELS, MOST_SIDE};
use std::path::PathBuf;

/// A picture that could not be made or written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(
        "a picture {width} pixels wide would be {height} high; at most {MOST_SIDE} a side and {} million pixels in all are drawn. Ask for a width of at most {widest}, show less, or write SVG or PDF, which have no pixels",
        MOST_PIXELS / 1_000_000
    )]
    TooManyPixels { width: u32, height: u64, widest: u32 },
    #[error("a picture needs a width of at least 1 pixel")]
    NoWidth,
    /// A fault of this program or of a library that it draws with.
    #[error("the picture could not be drawn as {format}: {reason}. Please report this")]
    Renderer { format: &'static str, reason: String },
    #[error("`{}` could not be written: {reason}", path.display())]
    Io { path: PathBuf, reason: String },
}
