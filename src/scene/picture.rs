//! From a view to its picture, in one step: the same for the window, the command line and tests.

use super::visible::{MANY_THINGS, Visible, visible_with};
use super::{GroupsOpen, Placement, Scene, View, arrange_near, assemble};
use crate::analysis::Analysis;
use crate::layout::{Layout, Rect, Size, layered};
use crate::model::SystemGraph;

/// How many things are to be seen at most at first sight, in the order in which it is tried.
const BUDGETS: &[usize] = &[MANY_THINGS, 100, 70, 50, 32, 20];

/// A window's canvas on a common screen, in pixels. It does not depend on the window, so that the same input
/// gives the same picture.
const CANVAS: Size = Size::new(1100.0, 720.0);

/// Pixels a scene unit at which names on cards can be read.
const READABLE_SCALE: f32 = 0.3;

/// The picture of `view`; `analysis` is for queries on what it found. Things stay where `placement` says
/// that they stood, as far as the links allow, and it takes in where they stand now. Where the groups are
/// opened by itself, as many are opened as leave a picture whose names can be read when all of it is in
/// sight. A first picture goes to `publish` where the final one takes noticeably longer. `None` when
/// `cancelled` said so.
///
/// Linear in the graph, and the layout of what is shown; a few layouts of at most [`MANY_THINGS`] things
/// where groups are opened by itself.
pub fn picture(
    graph: &SystemGraph,
    analysis: Option<&Analysis>,
    view: &View,
    placement: &mut Placement,
    cancelled: &(dyn Fn() -> bool + Sync),
    publish: &mut dyn FnMut(Scene),
) -> Option<Scene> {
    let arranged = |most_things: usize, first: &mut dyn FnMut(&Visible, Layout)| {
        let visible = visible_with(graph, analysis, view, most_things);
        let request = arrange_near(graph, &visible, placement);
        let layout = layered(&request, cancelled, &mut |layout| first(&visible, layout))?;
        Some((visible, layout))
    };
    let (visible, layout) = if view.open == GroupsOpen::Auto {
        readable(|budget| arranged(budget, &mut |_, _| {}))?
    } else {
        let mut first = |visible: &Visible, layout: Layout| {
            publish(assemble(graph, view, visible, &layout));
        };
        arranged(MANY_THINGS, &mut first)?
    };
    placement.record(graph, &visible, &layout);
    Some(assemble(graph, view, &visible, &layout))
}

/// The picture of `view` made afresh, with nobody who could cancel it.
pub fn fresh_picture(graph: &SystemGraph, analysis: Option<&Analysis>, view: &View) -> Scene {
    let mut placement = Placement::default();
    let made = picture(graph, analysis, view, &mut placement, &|| false, &mut |_| {});
    made.expect("only cancelling ends without a picture")
}

/// The fullest of the pictures whose names can be read, or the emptiest.
fn readable(
    mut arranged: impl FnMut(usize) -> Option<(Visible, Layout)>,
) -> Option<(Visible, Layout)> {
    let mut last: Option<(Visible, Layout)> = None;
    for &budget in BUDGETS {
        let next = arranged(budget)?;
        let is_readable = scale(next.1.bounds) >= READABLE_SCALE;
        last = Some(next);
        if is_readable {
            break;
        }
    }
    last
}

/// At which scale all of a drawing is seen.
fn scale(bounds: Option<Rect>) -> f32 {
    bounds.map_or(f32::INFINITY, |bounds| {
        (CANVAS.width / bounds.width().max(1.0)).min(CANVAS.height / bounds.height().max(1.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Input, Progress, load};
    use crate::samples::SAMPLES;

    #[test]
    fn every_sample_can_be_read_at_first_sight() {
        for sample in SAMPLES {
            let loaded = load(&[Input::Embedded(sample.files)], &Progress::default());
            let graph = loaded.expect("nobody cancels").graph;
            let scene = fresh_picture(&graph, None, &View::default());
            let scale = scale(Some(scene.bounds));
            assert!(scale >= READABLE_SCALE, "{} is seen at {scale}", sample.key);
        }
    }
}
