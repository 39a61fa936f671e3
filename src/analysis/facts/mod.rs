//! Facts about a directed graph of indices that many questions share. Everything is iterative.

mod communities;
mod components;
mod csr;
mod depth;
mod parts;

pub use communities::communities;
pub use components::{Components, strong_components};
pub use csr::Csr;
pub use depth::Depths;
pub use parts::part_sizes;
