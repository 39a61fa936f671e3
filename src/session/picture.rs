//! A picture of the session, and what it is made of.

use crate::analysis::Analysis;
use crate::import::Loaded;
use crate::scene::{Scene, View};
use std::sync::Arc;

/// A finished picture and the view that it shows.
#[derive(Debug)]
pub struct Picture {
    pub view: View,
    pub scene: Scene,
    /// False for a first picture, which a better one follows.
    pub complete: bool,
    /// Grows with every picture of a session; what is derived from a scene is kept by it.
    pub revision: u64,
}

/// What a picture is made of.
#[derive(Clone, Debug)]
pub(super) struct PictureRequest {
    pub(super) loaded: Arc<Loaded>,
    pub(super) analysis: Option<Arc<Analysis>>,
    pub(super) view: View,
    pub(super) generation: u64,
    /// Whether everything is placed anew, wherever it stood.
    pub(super) afresh: bool,
}
