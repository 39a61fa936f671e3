//! Facts about a directed graph of indices that many questions share. Everything is iterative.
//!
//! Start reading at [`Facts`], which computes each once and shares it; the rest are the algorithms.

mod articulation;
mod closure;
mod communities;
mod components;
mod condensation;
mod csr;
mod cut;
mod cycles;
mod depth;
mod dominators;
mod fading;
mod hitting_set;
mod marks;
mod parts;
mod search;
mod shared;

pub use articulation::articulation_points;
pub use closure::{ancestor_counts, ancestor_counts_of, descendant_counts, redundant_arcs};
pub use communities::communities;
pub use components::{Components, components_of, components_without, strong_components};
pub use condensation::Condensation;
pub use csr::Csr;
pub use cut::{Cut, CutEffort, cheapest_cut, feedback_arcs};
pub use cycles::{CycleLimits, simple_cycles};
pub use depth::Depths;
pub use dominators::Dominators;
pub use fading::Fading;
pub use hitting_set::{Hitting, hitting_set};
pub use marks::marks_reached;
pub use parts::part_sizes;
pub use search::Search;
pub use shared::Facts;
