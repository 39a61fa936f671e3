//! Properties that every drawing must have, against slow and simple oracles.

use super::*;
use proptest::prelude::*;

const TOLERANCE: f32 = 0.05;

fn request(nodes: usize, edges: Vec<(u32, u32)>) -> LayoutRequest {
    LayoutRequest { nodes: vec![Size::new(120.0, 36.0); nodes], edges, ..Default::default() }
}

fn lay_out(request: &LayoutRequest) -> Layout {
    layered(request, &|| false, &mut |_| {}).expect("nobody cancelled")
}

/// Kahn's algorithm: whether the edges that are not `cut` form no cycle.
fn is_acyclic(nodes: usize, edges: &[(u32, u32)], cut: &[bool]) -> bool {
    let kept: Vec<(u32, u32)> =
        edges.iter().zip(cut).filter(|(_, cut)| !**cut).map(|(&edge, _)| edge).collect();
    let mut alive = vec![true; nodes];
    loop {
        let free = (0..nodes as u32).find(|&v| {
            alive[v as usize] && !kept.iter().any(|&(a, b)| b == v && alive[a as usize])
        });
        match free {
            Some(v) => alive[v as usize] = false,
            None => return !alive.contains(&true),
        }
    }
}

fn shrunk(rect: Rect) -> Rect {
    rect.expand(-TOLERANCE)
}

fn box_of(request: &LayoutRequest, layout: &Layout, v: u32) -> Rect {
    Rect::from_center(layout.positions[v as usize], request.nodes[v as usize])
}

/// All groups that a box lies in, from the inside out.
fn groups_around(request: &LayoutRequest, v: u32) -> Vec<u32> {
    let mut around = Vec::new();
    let mut at = request.group_of.get(v as usize).copied().flatten();
    while let Some(g) = at {
        around.push(g);
        at = request.groups[g as usize];
    }
    around
}

fn check(request: &LayoutRequest, layout: &Layout) -> Result<(), TestCaseError> {
    let nodes = request.nodes.len() as u32;
    prop_assert_eq!(layout.positions.len(), request.nodes.len());
    prop_assert_eq!(layout.routes.len(), request.edges.len());
    prop_assert_eq!(layout.group_rects.len(), request.groups.len());
    prop_assert!(is_acyclic(request.nodes.len(), &request.edges, &layout.feedback));
    for a in 0..nodes {
        let here = box_of(request, layout, a);
        prop_assert!(here.min.x.is_finite() && here.max.y.is_finite());
        for b in 0..a {
            let there = shrunk(box_of(request, layout, b));
            prop_assert!(!shrunk(here).intersects(&there), "boxes {} and {} overlap", a, b);
        }
    }
    check_groups(request, layout)?;
    for (e, &(u, v)) in request.edges.iter().enumerate() {
        let route = layout.routes.get(e);
        prop_assert!(route.len() >= 4 && route.len() % 3 == 1);
        prop_assert!(route.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
        let (source, target) = (box_of(request, layout, u), box_of(request, layout, v));
        let (start, end) = (route[0], route[route.len() - 1]);
        prop_assert!((start.x - source.max.x).abs() < TOLERANCE, "starts at the right border");
        prop_assert!(source.expand(TOLERANCE).contains(start));
        prop_assert!(target.expand(TOLERANCE).contains(end));
        if u != v {
            prop_assert!((end.x - target.min.x).abs() < TOLERANCE, "ends at the left border");
        }
        if !layout.feedback[e] {
            prop_assert!(layout.layers[u as usize] < layout.layers[v as usize]);
        }
        let bounds = layout.bounds.expect("something is drawn").expand(TOLERANCE);
        prop_assert!(route.iter().all(|&p| bounds.contains(p)));
    }
    Ok(())
}

fn check_groups(request: &LayoutRequest, layout: &Layout) -> Result<(), TestCaseError> {
    for v in 0..request.nodes.len() as u32 {
        let here = box_of(request, layout, v);
        let around = groups_around(request, v);
        for g in 0..request.groups.len() as u32 {
            let frame = layout.group_rects[g as usize];
            if around.contains(&g) {
                let outer = frame.expand(TOLERANCE);
                prop_assert!(outer.contains(here.min) && outer.contains(here.max));
            } else if frame.min.x <= frame.max.x {
                prop_assert!(!shrunk(frame).intersects(&shrunk(here)), "box {} in group {}", v, g);
            }
        }
    }
    for g in 0..request.groups.len() {
        for h in 0..g {
            let (a, b) = (layout.group_rects[g], layout.group_rects[h]);
            if request.groups[g] == request.groups[h] && a.min.x <= a.max.x && b.min.x <= b.max.x {
                prop_assert!(!shrunk(a).intersects(&shrunk(b)), "groups {} and {} overlap", g, h);
            }
        }
    }
    Ok(())
}

/// Graphs of up to 40 boxes of odd sizes, with cycles, loops and parallel edges.
fn graphs() -> impl Strategy<Value = LayoutRequest> {
    (1usize..40).prop_flat_map(|nodes| {
        let sizes = prop::collection::vec((0f32..200.0, 0f32..90.0), nodes);
        let edges = prop::collection::vec((0..nodes as u32, 0..nodes as u32), 0..nodes * 2);
        (sizes, edges).prop_map(|(sizes, edges)| LayoutRequest {
            nodes: sizes.into_iter().map(|(width, height)| Size::new(width, height)).collect(),
            edges,
            ..Default::default()
        })
    })
}

/// The same with boxes in up to six groups, each within an earlier one or none.
fn grouped_graphs() -> impl Strategy<Value = LayoutRequest> {
    graphs().prop_flat_map(|request| {
        let nodes = request.nodes.len();
        let parents = prop::collection::vec(prop::option::of(0u32..6), 6);
        let homes = prop::collection::vec(prop::option::of(0u32..6), nodes);
        (parents, homes).prop_map(move |(parents, homes)| LayoutRequest {
            groups: (0..6).map(|g| parents[g].filter(|&p| (p as usize) < g)).collect(),
            group_of: homes,
            ..request.clone()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_drawing_is_sound(request in graphs()) {
        check(&request, &lay_out(&request))?;
    }

    #[test]
    fn a_drawing_with_groups_is_sound(request in grouped_graphs()) {
        check(&request, &lay_out(&request))?;
    }

    #[test]
    fn the_first_picture_is_sound_too(request in grouped_graphs()) {
        let options = LayoutOptions { effort: 0.0, ..request.options };
        let request = LayoutRequest { options, ..request };
        check(&request, &lay_out(&request))?;
    }

    #[test]
    fn given_layers_are_kept(
        request in graphs(),
        pins in prop::collection::vec(prop::option::of(0u32..5), 40),
    ) {
        let layer_of = pins[..request.nodes.len()].to_vec();
        let request = LayoutRequest { layer_of: layer_of.clone(), ..request };
        let layout = lay_out(&request);
        check(&request, &layout)?;
        for (v, pin) in layer_of.iter().enumerate() {
            if let Some(pin) = pin {
                prop_assert_eq!(layout.layers[v], *pin);
            }
        }
    }

    #[test]
    fn a_drawing_near_an_earlier_one_is_sound(
        request in grouped_graphs(),
        places in prop::collection::vec(
            prop::option::of((-900f32..900.0, -900f32..900.0, prop::option::of(0u32..9))), 46,
        ),
    ) {
        let place = |place: &Option<(f32, f32, Option<u32>)>| {
            place.map(|(x, y, column)| Place { at: Point::new(x, y), column })
        };
        let (boxes, groups) = places.split_at(request.nodes.len());
        let previous = Previous {
            boxes: boxes.iter().map(place).collect(),
            groups: groups.iter().map(place).collect(),
            routes: Vec::new(),
        };
        let request = LayoutRequest { previous, ..request };
        let layout = lay_out(&request);
        check(&request, &layout)?;
        prop_assert_eq!(layout, on_threads(2, &request));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_picture(request in grouped_graphs()) {
        prop_assert_eq!(on_threads(1, &request), on_threads(2, &request));
    }
}

fn on_threads(threads: usize, request: &LayoutRequest) -> Layout {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| lay_out(request))
}

/// A deterministic tangle: one edge and a half a box, mostly short ones, with cycles.
fn tangle(nodes: u32) -> LayoutRequest {
    let mut state = 1u64;
    let mut draw = |below: u32| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % below
    };
    let mut edge = || {
        let from = draw(nodes);
        (from, if draw(4) > 0 { (from + draw(50)) % nodes } else { draw(nodes) })
    };
    let edges = (0..nodes * 3 / 2).map(|_| edge()).collect();
    request(nodes as usize, edges)
}

#[test]
fn larger_graphs_are_the_same_on_any_number_of_threads() {
    let request = tangle(700);
    let one = on_threads(1, &request);
    assert!(one == on_threads(2, &request));
    assert!(one == on_threads(3, &request));
}

#[test]
fn a_first_picture_comes_before_the_final_one() {
    let request = tangle(2_500);
    let mut first = None;
    let last = layered(&request, &|| false, &mut |layout| first = Some(layout)).expect("final");
    let first = first.expect("a first picture");
    assert_eq!(first.routes.len(), last.routes.len());
    assert!(
        quality::drawn_crossings(&last, &request.edges)
            < quality::drawn_crossings(&first, &request.edges)
    );
}

#[test]
fn cancelling_ends_it_at_any_moment() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let request = tangle(400);
    assert!(layered(&request, &|| true, &mut |_| {}).is_none());
    for looks in [1, 3, 10, 30] {
        let left = AtomicUsize::new(looks);
        let cancelled = || {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_err()
        };
        assert!(layered(&request, &cancelled, &mut |_| {}).is_none(), "after {looks} looks");
    }
}

#[test]
fn nothing_gives_an_empty_drawing() {
    let layout = lay_out(&LayoutRequest::default());
    assert_eq!(layout, Layout::default());
}

#[test]
fn odd_input_is_drawn_all_the_same() {
    let sizes = [f32::NAN, f32::INFINITY, -1.0, 0.0, 1e30];
    let mut request = request(sizes.len(), vec![(0, 1), (1, 2), (3, 9), (9, 9), (4, 4)]);
    for (size, &odd) in request.nodes.iter_mut().zip(&sizes) {
        *size = Size::new(odd, odd);
    }
    // A circle of groups, a group in none that exists, a box in a group that does not exist.
    request.groups = vec![Some(1), Some(0), Some(77)];
    request.group_of = vec![Some(0), Some(1), Some(2), Some(99), None];
    request.layer_of = vec![None, Some(u32::MAX)];
    request.options.node_gap = f32::NAN;
    let layout = lay_out(&request);
    assert!(layout.positions.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
    assert_eq!(layout.routes.len(), request.edges.len());
}

#[test]
fn a_chain_is_one_straight_line() {
    let layout = lay_out(&request(50, (0..49).map(|v| (v, v + 1)).collect()));
    assert!(layout.positions.iter().all(|p| (p.y - layout.positions[0].y).abs() < TOLERANCE));
    assert_eq!(layout.layers, (0..50).collect::<Vec<u32>>());
}

#[test]
fn a_cycle_is_cut_once() {
    let layout = lay_out(&request(30, (0..30).map(|v| (v, (v + 1) % 30)).collect()));
    assert_eq!(layout.feedback.iter().filter(|&&against| against).count(), 1);
}

#[test]
fn parallel_edges_are_told_apart() {
    let layout = lay_out(&request(2, vec![(0, 1); 3]));
    assert!(layout.routes.get(0) != layout.routes.get(1));
    assert!(layout.routes.get(1) != layout.routes.get(2));
}

#[test]
fn a_planar_ladder_is_drawn_without_crossings() {
    let mut edges = Vec::new();
    for d in 0..40 {
        let top = 3 * d;
        edges.extend([(top, top + 1), (top, top + 2), (top + 1, top + 3), (top + 2, top + 3)]);
    }
    let layout = lay_out(&request(121, edges.clone()));
    assert_eq!(quality::drawn_crossings(&layout, &edges), 0);
}

#[test]
fn lines_do_not_run_through_foreign_boxes() {
    let request = tangle(60);
    let layout = lay_out(&request);
    for (e, &(u, v)) in request.edges.iter().enumerate() {
        for p in quality::flatten(layout.routes.get(e)) {
            for w in (0..60).filter(|&w| w != u && w != v) {
                let inside = shrunk(box_of(&request, &layout, w)).contains(p);
                assert!(!inside, "edge {u} to {v} runs through box {w}");
            }
        }
    }
}
