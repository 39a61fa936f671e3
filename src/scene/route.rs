//! Places along a link's route: a start point, then control, control, end for each cubic piece.

use crate::layout::{Point, Rect};

/// A cubic is taken as so many straight pieces for hit tests and culling.
const PIECES: usize = 8;

/// The point at `t` (0 to 1) of a cubic.
fn cubic(p: &[Point], t: f32) -> Point {
    let (ab, bc, cd) = (p[0].lerp(p[1], t), p[1].lerp(p[2], t), p[2].lerp(p[3], t));
    ab.lerp(bc, t).lerp(bc.lerp(cd, t), t)
}

/// The point at `share` (0 to 1) of a route's length; its start where it has no pieces.
pub fn along(route: &[Point], share: f32) -> Point {
    let total: f32 = flattened(route).map(|(a, b)| a.distance(b)).sum();
    let mut left = total * share.clamp(0.0, 1.0);
    for (a, b) in flattened(route) {
        let length = a.distance(b);
        if left <= length && length > 0.0 {
            return a.lerp(b, left / length);
        }
        left -= length;
    }
    route.last().copied().unwrap_or_default()
}

/// The route as straight pieces in its direction.
pub fn flattened(route: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    let cubics = route.len().saturating_sub(1) / 3;
    (0..cubics).flat_map(move |at| {
        let p = &route[at * 3..at * 3 + 4];
        let point = move |step: usize| cubic(p, step as f32 / PIECES as f32);
        (0..PIECES).map(move |step| (point(step), point(step + 1)))
    })
}

/// The number of straight pieces of a route.
pub(super) const fn piece_count(route: &[Point]) -> usize {
    route.len().saturating_sub(1) / 3 * PIECES
}

/// Rectangles around runs of so many straight pieces; for whole cubics around their controls, which is
/// quicker and holds them too.
pub(super) fn runs(route: &[Point], grain: usize) -> impl Iterator<Item = Rect> + '_ {
    (0..piece_count(route)).step_by(grain).map(move |start| {
        let end = (start + grain).min(piece_count(route));
        if grain.is_multiple_of(PIECES) {
            return Rect::around(&route[start / PIECES * 3..=end / PIECES * 3]);
        }
        (start..end).fold(Rect::NOTHING, |all, at| {
            let (from, to) = piece_at(route, at);
            all.union(&Rect::around(&[from, to]))
        })
    })
}

/// The straight piece at a position of [`flattened`].
pub(super) fn piece_at(route: &[Point], at: usize) -> (Point, Point) {
    let p = &route[at / PIECES * 3..at / PIECES * 3 + 4];
    let point = |step: usize| cubic(p, step as f32 / PIECES as f32);
    (point(at % PIECES), point(at % PIECES + 1))
}

/// Distance from `at` to the nearest of the straight pieces from `start` on, at most `grain` of them.
pub(super) fn distance_to_run(route: &[Point], start: usize, grain: usize, at: Point) -> f32 {
    (start..(start + grain).min(piece_count(route)))
        .map(|piece| distance_to_piece(piece_at(route, piece), at))
        .fold(f32::INFINITY, f32::min)
}

/// Distance from `at` to the nearest point of a straight piece.
fn distance_to_piece((a, b): (Point, Point), at: Point) -> f32 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let length = dx * dx + dy * dy;
    let t = if length == 0.0 { 0.0 } else { ((at.x - a.x) * dx + (at.y - a.y) * dy) / length };
    a.lerp(b, t.clamp(0.0, 1.0)).distance(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_along_a_straight_route() {
        let route = [0.0, 10.0, 20.0, 30.0].map(|x| Point::new(x, 5.0));
        assert_eq!(along(&route, 0.0), Point::new(0.0, 5.0));
        assert!(along(&route, 0.5).distance(Point::new(15.0, 5.0)) < 0.01);
        assert_eq!(along(&route, 1.0), Point::new(30.0, 5.0));
        let pieces: Vec<_> = flattened(&route).collect();
        for (position, piece) in pieces.iter().enumerate() {
            assert_eq!(piece_at(&route, position), *piece);
        }
        let whole = (pieces[0].0, pieces[pieces.len() - 1].1);
        assert!((distance_to_piece(whole, Point::new(12.0, 9.0)) - 4.0).abs() < 1e-4);
    }

    #[test]
    fn runs_of_any_grain_hold_their_pieces() {
        let route: Vec<Point> =
            (0..10_u8).map(|i| Point::new(f32::from(i) * 7.0, f32::from(i % 4) * 5.0)).collect();
        let holds = |run: &Rect, point| run.contains(point);
        for grain in [1, 2, 4, 8, 16, 64] {
            let runs: Vec<Rect> = runs(&route, grain).collect();
            assert_eq!(runs.len(), piece_count(&route).div_ceil(grain));
            for (position, (from, to)) in flattened(&route).enumerate() {
                let run = &runs[position / grain].expand(1e-3);
                assert!(holds(run, from) && holds(run, to), "{grain}, {position}");
                let start = position / grain * grain;
                assert!(distance_to_run(&route, start, grain, from.lerp(to, 0.5)) < 1e-3);
            }
        }
    }

    #[test]
    fn a_route_of_one_point_has_a_place() {
        assert_eq!(along(&[Point::new(1.0, 2.0)], 0.5), Point::new(1.0, 2.0));
        assert_eq!(along(&[], 0.5), Point::default());
    }
}
