//! Undercurrent: an explorer for the hidden debt in machine-learning systems.
//!
//! The modules in reading order; data moves down this list and never back up:

pub mod model;

pub mod import;

pub mod layout;
