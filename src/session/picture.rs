//! From a view to a scene, beside the frame.

use crate::import::Loaded;
use crate::layout::{Layout, layered};
use crate::scene::{Scene, View, Visible, arrange, assemble, visible};
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
    pub(super) view: View,
    pub(super) generation: u64,
}

/// Makes the picture; a first one goes to `publish` where the final one takes long. `None` when cancelled.
pub(super) fn make(
    request: &PictureRequest,
    cancelled: &(dyn Fn() -> bool + Sync),
    publish: &mut dyn FnMut(Scene),
) -> Option<Scene> {
    let graph = &request.loaded.graph;
    let visible: Visible = visible(graph, &request.view);
    if cancelled() {
        return None;
    }
    let layout_request = arrange(&visible);
    let mut first = |layout: Layout| publish(assemble(graph, &request.view, &visible, &layout));
    let layout = layered(&layout_request, cancelled, &mut first)?;
    Some(assemble(graph, &request.view, &visible, &layout))
}
