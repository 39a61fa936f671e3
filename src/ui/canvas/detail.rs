//! How much of the picture a frame draws itself, decided by what is in sight and not by what there is.

use super::stage::Stage;
use crate::layout::Rect;
use crate::scene::{BoxIx, LinkIx};
use egui::Shape;

/// More boxes and links in sight than these come from tiles; fewer than the first number no longer do. The
/// gap between both keeps the eye from flicker at the border.
const MOST_NEAR: (usize, usize) = (520, 680);

/// More boxes in sight than these come from tiles too, with the same gap.
const MOST_BOXES: (usize, usize) = (240, 300);

/// More marks that stand out than these are drawn as tiles.
const MOST_LIT: usize = 360;

/// What is drawn afresh; the rest comes from tiles.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Detail {
    /// Everything in sight.
    Near { frames: Vec<BoxIx>, boxes: Vec<BoxIx>, links: Vec<LinkIx> },
    /// The boxes in sight, and what stands out.
    Mixed { boxes: Vec<BoxIx> },
    /// What stands out, and names.
    Far,
}

impl Detail {
    /// What is in sight, as far as it is few enough; `before` is what was drawn so far. Its cost is bounded.
    pub(super) fn of(stage: &Stage, before: Option<&Self>) -> Self {
        let seen = stage.projection.camera.seen(stage.projection.viewport);
        let scene = &stage.picture.scene;
        // Boxes on their way may be in sight before their place is.
        let reach = if stage.moved.is_empty() { seen } else { seen.expand(seen.width()) };
        let limit = |(few, most): (usize, usize), stays: bool| if stays { most } else { few };
        let most = limit(MOST_NEAR, matches!(before, Some(Self::Near { .. })));
        let Some((frames, boxes)) = scene.few_in_rect(reach, most) else { return Self::Far };
        let left = most - boxes.len() - frames.len();
        if let Some(links) = scene.few_links_in_rect(reach, left) {
            return Self::Near { frames, boxes, links };
        }
        let most = limit(MOST_BOXES, !matches!(before, Some(Self::Far) | None));
        if boxes.len() <= most { Self::Mixed { boxes } } else { Self::Far }
    }
}

/// Boxes that a screen reader is told of.
#[derive(Debug, Default)]
pub(super) struct InSight {
    pub(super) boxes: Vec<BoxIx>,
    /// Whether there are others in sight.
    pub(super) more: bool,
}

impl InSight {
    pub(super) const fn all(boxes: Vec<BoxIx>) -> Self {
        Self { boxes, more: false }
    }

    pub(super) const fn some(boxes: Vec<BoxIx>) -> Self {
        Self { boxes, more: true }
    }
}

/// Whether what stands out is little enough to be drawn afresh each frame.
pub(super) fn few_stand_out(stage: &Stage) -> bool {
    stage.emphasis.raised_boxes().len() + stage.emphasis.raised_links().len() <= MOST_LIT
}

/// Links in sight that stand out.
pub(super) fn lit_links(stage: &Stage) -> Vec<LinkIx> {
    let seen = stage.projection.camera.seen(stage.projection.viewport);
    let scene = &stage.picture.scene;
    let is_seen = |ix: &LinkIx| Rect::around(&scene.links[ix.0 as usize].route).intersects(&seen);
    let dragged = stage.moved.keys().flat_map(|&ix| scene.links_of(ix)).copied().take(MOST_LIT);
    let raised = stage.emphasis.raised_links().iter().map(|&(ix, _)| ix);
    let mut all: Vec<LinkIx> = raised.chain(dragged).filter(is_seen).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// What stands out, over tiles: links, lines of open groups, boxes.
pub(super) fn lit(ctx: &egui::Context, stage: &Stage) -> Vec<Shape> {
    let scene = &stage.picture.scene;
    let seen = stage.projection.camera.seen(stage.projection.viewport);
    let mut shapes: Vec<Shape> =
        lit_links(stage).into_iter().flat_map(|ix| stage.draw_link(ctx, ix)).collect();
    let raised = stage.emphasis.raised_boxes().iter().map(|&(ix, _)| ix);
    let mut boxes: Vec<BoxIx> = raised.chain(stage.moved.keys().copied()).collect();
    boxes.sort_unstable_by_key(|&ix| (matches!(ix, BoxIx::Card(_)), ix));
    boxes.dedup();
    for ix in boxes {
        if !stage.rect_of(ix).intersects(&seen) {
            continue;
        }
        shapes.extend(match ix {
            BoxIx::Plate(at) if scene.plates[at as usize].open => stage.draw_lit_frame(ctx, ix),
            _ => stage.draw_box(ctx, ix),
        });
    }
    shapes
}
