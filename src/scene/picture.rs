//! From a view to its picture, in one step: the same for the window, the command line and tests.

use super::arrange::arrange;
use super::visible::{Known, MANY_THINGS, Shown, Structure, Visible, visible_with};
use super::{GroupsOpen, Perspective, Placement, Scene, View, arrange_near, assemble};
use crate::analysis::Analysis;
use crate::layout::{Layout, LayoutRequest, Rect, Size, force, layered, ring};
use crate::model::SystemGraph;

/// How many things are to be seen at most at first sight, in the order in which it is tried.
const BUDGETS: &[usize] = &[MANY_THINGS, 100, 70, 50, 32, 20];

/// More links than these at first sight are a thicket: fewer groups are opened then.
const MOST_LINKS: usize = 600;

/// A picture with fewer things is smaller by more than their share: lines go with them.
const SLACK: f32 = 1.5;

/// Names that are so much smaller are no harder to read.
const NEARLY: f32 = 0.85;

/// The canvas between the panels of a window of 1600 by 1000, in pixels. It does not depend on the window, so
/// that the same input gives the same picture.
const CANVAS: Size = Size::new(920.0, 630.0);

/// Pixels a scene unit at which names on cards can be read.
const READABLE_SCALE: f32 = 0.28;

/// The picture of `view`, with what is `known` of the graph besides. Things stay where `placement` says
/// that they stood, as far as the links allow, and it takes in where they stand now. Where the groups are
/// opened by itself, as many are opened as leave a picture whose names can be read when all of it is in
/// sight. A first picture goes to `publish` where the final one takes noticeably longer. `None` when
/// `cancelled` said so.
///
/// Linear in the graph, and the layout of what is shown; a few layouts of at most [`MANY_THINGS`] things
/// where groups are opened by itself.
pub fn picture(
    graph: &SystemGraph,
    known: Known<'_>,
    view: &View,
    placement: &mut Placement,
    cancelled: &(dyn Fn() -> bool + Sync),
    publish: &mut dyn FnMut(Scene),
) -> Option<Scene> {
    let own = Structure::default();
    let known = Known { structure: known.structure.or(Some(&own)), ..known };
    let shown = |most_things: usize| visible_with(graph, known, view, most_things);
    let round = view.focus.as_ref().map_or(&[][..], |focus| &focus.round);
    if !round.is_empty() {
        return Some(round_picture(graph, view, &shown(MANY_THINGS), round));
    }
    let placed = |visible: &Visible, first: &mut dyn FnMut(Layout)| {
        let request = arrange_near(graph, visible, placement);
        match view.perspective {
            Perspective::Clusters => force(&request, cancelled, first),
            _ => layered(&request, cancelled, first),
        }
    };
    // Clusters have no layers to grow wide by, and their names need not all be read at once.
    let layered_view = view.perspective != Perspective::Clusters;
    let (visible, layout) = if view.open == GroupsOpen::Auto && layered_view {
        readable(shown, |visible| placed(visible, &mut |_| {}))?
    } else {
        let visible = shown(MANY_THINGS);
        let mut first = |layout: Layout| publish(assemble(graph, view, &visible, &layout));
        let layout = placed(&visible, &mut first)?;
        (visible, layout)
    };
    placement.record(graph, &visible, &layout);
    Some(assemble(graph, view, &visible, &layout))
}

/// A closed walk as a ring. It is no place to come back to: where things stood is not touched, and pins do not
/// count.
fn round_picture(graph: &SystemGraph, view: &View, visible: &Visible, round: &[String]) -> Scene {
    let item_of = |id: &String| {
        let node = Shown::Node(graph.find(id)?);
        visible.items.iter().position(|item| item.what == node).map(|at| at as u32)
    };
    let walk: Vec<u32> = round.iter().filter_map(item_of).collect();
    // Frames would go across the ring.
    let request = LayoutRequest { group_of: Vec::new(), groups: Vec::new(), ..arrange(visible) };
    let view = View { pins: Default::default(), ..view.clone() };
    assemble(graph, &view, visible, &ring(&request, &walk))
}

/// The picture of `view` made afresh, with nobody who could cancel it.
pub fn fresh_picture(graph: &SystemGraph, analysis: Option<&Analysis>, view: &View) -> Scene {
    let mut placement = Placement::default();
    let known = Known { analysis, structure: None };
    let made = picture(graph, known, view, &mut placement, &|| false, &mut |_| {});
    made.expect("only cancelling ends without a picture")
}

/// The fullest of the pictures whose names can be read or, where those of none can, the fullest of those that
/// are nearest to it. How far one is from readable tells how many things the next may show.
fn readable(
    shown: impl Fn(usize) -> Visible,
    mut placed: impl FnMut(&Visible) -> Option<Layout>,
) -> Option<(Visible, Layout)> {
    let mut tried: Vec<(f32, Visible, Layout)> = Vec::new();
    let mut most = usize::MAX;
    for &budget in BUDGETS {
        let is_last = BUDGETS.last() == Some(&budget);
        if budget > most && !is_last {
            continue;
        }
        let visible = shown(budget);
        if visible.links.len() > MOST_LINKS && !is_last {
            continue;
        }
        let layout = placed(&visible)?;
        let factor = scale(layout.bounds) / READABLE_SCALE;
        if factor >= 1.0 {
            return Some((visible, layout));
        }
        most = (visible.items.len() as f32 * factor * SLACK) as usize;
        tried.push((factor, visible, layout));
    }
    let best = tried.iter().fold(0.0, |best: f32, (factor, ..)| best.max(*factor));
    let near = tried.into_iter().find(|(factor, ..)| *factor >= best * NEARLY)?;
    Some((near.1, near.2))
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
    use crate::analysis::{Settings, analyse};
    use crate::import::{Input, Progress, load};
    use crate::model::NodeIx;
    use crate::samples::SAMPLES;
    use crate::scene::Focus;

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

    #[test]
    fn the_loops_of_the_large_sample_are_rings_that_can_be_read() {
        let sample = SAMPLES.iter().find(|sample| sample.key == "ads_ranking").expect("a sample");
        let loaded = load(&[Input::Embedded(sample.files)], &Progress::default());
        let graph = loaded.expect("nobody cancels").graph;
        let analysis = analyse(&graph, &Settings::on(jiff::civil::date(2026, 11, 25)));
        assert!(analysis.loops.len() > 5);
        for found in &analysis.loops {
            let ids = |nodes: &[NodeIx]| -> Vec<String> {
                nodes.iter().map(|&node| graph.node(node).id.to_string()).collect()
            };
            let (on, round) = (ids(&found.nodes), ids(&found.walk.nodes));
            let focus = Some(Focus { on, up: Some(0), down: Some(0), round });
            let view = View { focus, open: GroupsOpen::All, ..View::default() };
            let scene = fresh_picture(&graph, Some(&analysis), &view);
            let scale = scale(Some(scene.bounds));
            assert!(scale >= READABLE_SCALE, "{:?} is seen at {scale}", ids(&found.models));
        }
    }
}
