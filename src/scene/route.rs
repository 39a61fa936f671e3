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

/// Rectangles around the straight pieces.
pub(super) fn pieces(route: &[Point]) -> impl Iterator<Item = Rect> + '_ {
    flattened(route).map(|(a, b)| {
        let (left, right) = (a.x.min(b.x), a.x.max(b.x));
        let (top, bottom) = (a.y.min(b.y), a.y.max(b.y));
        Rect::new(Point::new(left, top), Point::new(right, bottom))
    })
}

/// The straight piece at a position of [`flattened`].
pub(super) fn piece_at(route: &[Point], at: usize) -> (Point, Point) {
    let p = &route[at / PIECES * 3..at / PIECES * 3 + 4];
    let point = |step: usize| cubic(p, step as f32 / PIECES as f32);
    (point(at % PIECES), point(at % PIECES + 1))
}

/// Distance from `at` to the nearest point of a straight piece.
pub(super) fn distance_to_piece((a, b): (Point, Point), at: Point) -> f32 {
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
    fn a_route_of_one_point_has_a_place() {
        assert_eq!(along(&[Point::new(1.0, 2.0)], 0.5), Point::new(1.0, 2.0));
        assert_eq!(along(&[], 0.5), Point::default());
    }
}
