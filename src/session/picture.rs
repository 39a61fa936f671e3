//! A picture of the session, and what it is made of.

use super::derived::Basis;
use crate::import::Loaded;
use crate::model::SystemGraph;
use crate::scene::{Scene, View};
use std::sync::Arc;

/// A finished picture and the view that it shows.
#[derive(Debug)]
pub struct Picture {
    /// What it is a picture of; after a reload the session may have another already.
    pub(super) loaded: Arc<Loaded>,
    pub view: View,
    pub scene: Scene,
    /// False for a first picture, which a better one follows.
    pub complete: bool,
    /// Grows with every picture of a session; what is derived from a scene is kept by it.
    pub revision: u64,
}

impl Picture {
    /// The graph that its marks stand for.
    pub fn graph(&self) -> &SystemGraph {
        &self.loaded.graph
    }
}

/// No two pictures of a session have one number.
impl PartialEq for Picture {
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision
    }
}

/// What a picture is made of.
#[derive(Clone, Debug)]
pub(super) struct PictureRequest {
    pub(super) basis: Basis,
    pub(super) view: View,
    pub(super) generation: u64,
    /// Whether everything is placed anew, wherever it stood.
    pub(super) afresh: bool,
}
