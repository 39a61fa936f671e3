//! From a view to its picture, in one step: the same for the window, the command line and tests.

use super::visible::{MANY_THINGS, Visible, visible_with};
use super::{GroupsOpen, Scene, View, arrange, assemble};
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

/// The picture of `view`; `analysis` is for queries on what it found. Where the groups are opened by itself, as many are opened as leave a picture
/// whose names can be read when all of it is in sight. A first picture goes to `publish` where the final
/// one takes noticeably longer. `None` when `cancelled` said so.
///
/// Linear in the graph, and the layout of what is shown; a few layouts of at most [`MANY_THINGS`] things
/// where groups are opened by itself.
pub fn picture(
    graph: &SystemGraph,
    analysis: Option<&Analysis>,
    view: &View,
    cancelled: &(dyn Fn() -> bool + Sync),
    publish: &mut dyn FnMut(Scene),
) -> Option<Scene> {
    if view.open != GroupsOpen::Auto {
        let visible = visible_with(graph, analysis, view, MANY_THINGS);
        let mut first = |layout: Layout| publish(assemble(graph, view, &visible, &layout));
        let layout = layered(&arrange(&visible), cancelled, &mut first)?;
        return Some(assemble(graph, view, &visible, &layout));
    }
    let mut last: Option<(Visible, Layout)> = None;
    for &budget in BUDGETS {
        let visible = visible_with(graph, analysis, view, budget);
        let same = last.as_ref().is_some_and(|(other, _)| other.items.len() == visible.items.len());
        if same {
            continue;
        }
        let layout = layered(&arrange(&visible), cancelled, &mut |_| {})?;
        let readable = scale(layout.bounds) >= READABLE_SCALE;
        last = Some((visible, layout));
        if readable {
            break;
        }
    }
    last.map(|(visible, layout)| assemble(graph, view, &visible, &layout))
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
            let scene = picture(&graph, None, &View::default(), &|| false, &mut |_| {});
            let scene = scene.expect("nobody cancels");
            let scale = scale(Some(scene.bounds));
            assert!(scale >= READABLE_SCALE, "{} is seen at {scale}", sample.key);
        }
    }
}
