//! Facts about a directed graph of indices that many questions share. Everything is iterative.

mod components;
mod csr;

pub use components::{Components, strong_components};
pub use csr::Csr;
