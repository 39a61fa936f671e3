//! Pictures of a real system stay the same where nothing changed: whatever is opened, closed, filtered or
//! reloaded.

use undercurrent::import::{Input, Progress, load};
use undercurrent::layout::{Layout, Point, layered, quality};
use undercurrent::model::SystemGraph;
use undercurrent::samples::Sample;
use undercurrent::scene::{
    GroupsOpen, Perspective, Placement, Shown, View, Visible, arrange, arrange_near, visible,
};

/// The height of a card: what is nearer than that stands level.
const CLEAR: f32 = 48.0;

/// Of all pairs of cards, the share that must keep its order.
const LEAST_KEPT: f64 = 0.95;

fn ads() -> SystemGraph {
    let sample = Sample::find("ads_ranking").expect("a sample");
    load(&[Input::Embedded(sample.files)], &Progress::default()).expect("nobody cancels").graph
}

fn with_open(keys: &[String]) -> View {
    View { open: GroupsOpen::Set(keys.iter().cloned().collect()), ..View::default() }
}

struct Picture {
    visible: Visible,
    layout: Layout,
}

/// Draws and remembers.
fn draw(graph: &SystemGraph, view: &View, placement: &mut Placement) -> Picture {
    let visible = visible(graph, view);
    let request = arrange_near(graph, &visible, placement);
    let layout = layered(&request, &|| false, &mut |_| {}).expect("nobody cancels");
    placement.record(graph, &visible, &layout);
    Picture { visible, layout }
}

/// Where the cards of both pictures stand.
fn compare(graph: &SystemGraph, before: &Picture, after: &Picture) -> quality::Steadiness {
    let points = |picture: &Picture| -> Vec<Option<Point>> {
        let point = |node| {
            let item = picture.visible.item_of(node)? as usize;
            let card = matches!(picture.visible.items[item].what, Shown::Node(_));
            card.then(|| picture.layout.positions[item])
        };
        graph.node_indices().map(point).collect()
    };
    quality::steadiness(&points(before), &points(after), CLEAR)
}

#[test]
fn opening_and_closing_groups_moves_little_else() {
    let graph = ads();
    let all_open = View { open: GroupsOpen::All, ..View::default() };
    let keys: Vec<String> = visible(&graph, &all_open).open_keys().map(str::to_owned).collect();
    let mut placement = Placement::default();
    let all = draw(&graph, &with_open(&keys), &mut placement);
    let mut least_afresh = 1.0f64;
    for closed in 0..keys.len().min(6) {
        let mut rest = keys.clone();
        rest.remove(closed);
        let some = draw(&graph, &with_open(&rest), &mut placement);
        let held = compare(&graph, &all, &some);
        assert!(held.kept > LEAST_KEPT, "{} closed: {held:?}", keys[closed]);
        let again = draw(&graph, &with_open(&keys), &mut placement);
        let held = compare(&graph, &all, &again);
        assert!(held.kept > LEAST_KEPT, "{} opened again: {held:?}", keys[closed]);
        let fresh = draw(&graph, &with_open(&rest), &mut Placement::default());
        least_afresh = least_afresh.min(compare(&graph, &all, &fresh).kept);
    }
    assert!(least_afresh < 0.8, "too mild a measure: pictures made afresh pass it: {least_afresh}");
}

#[test]
fn a_query_hides_and_shows_without_a_reshuffle() {
    let graph = ads();
    let all_open = View { open: GroupsOpen::All, ..View::default() };
    let mut placement = Placement::default();
    let all = draw(&graph, &all_open, &mut placement);
    let sources = View { query: "kind:model+".to_owned(), ..all_open.clone() };
    let fewer = draw(&graph, &sources, &mut placement);
    assert!(fewer.visible.items.len() < all.visible.items.len());
    let held = compare(&graph, &all, &fewer);
    assert!(held.kept > LEAST_KEPT, "{held:?}");
    let again = draw(&graph, &all_open, &mut placement);
    let held = compare(&graph, &all, &again);
    assert!(held.kept > LEAST_KEPT, "{held:?}");
}

#[test]
fn the_same_steps_give_the_same_pictures() {
    let graph = ads();
    let run = || {
        let mut placement = Placement::default();
        draw(&graph, &View::default(), &mut placement);
        let open = View { open: GroupsOpen::All, ..View::default() };
        draw(&graph, &open, &mut placement).layout
    };
    assert!(run() == run());
}

#[test]
fn another_perspective_begins_anew() {
    let graph = ads();
    let mut placement = Placement::default();
    draw(&graph, &View::default(), &mut placement);
    let view = View { perspective: Perspective::Cascades, ..View::default() };
    let seen = visible(&graph, &view);
    assert_eq!(arrange_near(&graph, &seen, &placement), arrange(&seen));
    draw(&graph, &view, &mut placement);
    assert!(!arrange_near(&graph, &seen, &placement).previous.is_empty());
}
