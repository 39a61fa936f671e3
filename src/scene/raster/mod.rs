//! Marks as pixels: what is too much to be drawn afresh each frame is drawn once, in pieces, beside it.
//!
//! Start reading at [`draw_tile`]. [`pixels`] fills shapes, [`pen`] puts the drawing functions on them.
//! Text is left out: names are laid over tiles at the size in which they can be read.

mod pen;
mod pixels;
mod tile;

pub use tile::{Layer, TILE_SIDE, TilePlace, draw_tile};
