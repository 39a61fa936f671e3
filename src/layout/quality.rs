//! How good a drawing is, from what is drawn alone: the figures that benches and tests compare.

use super::{Layout, Point};

/// Straight pieces that each cubic piece is cut into for counting.
const PIECES: usize = 8;
/// Segments compared between two looks would be too many above this: candidates come from a sweep
/// along one axis over boxes in buckets of this many along the other.
const BUCKETS: usize = 64;

/// A straight piece of a drawn line.
#[derive(Clone, Copy, Debug)]
struct Segment {
    from: (f64, f64),
    to: (f64, f64),
    edge: u32,
}

/// Crossings of the drawn routes of `edges` (as in the layout's request): pairs of straight pieces
/// that cross inside both, of two edges without a common end node. Curves are flattened to eight
/// pieces each. About O(s · w) for s pieces, w of which share a stretch along either axis.
pub fn drawn_crossings(layout: &Layout, edges: &[(u32, u32)]) -> u64 {
    let lines: Vec<Vec<Point>> = layout.routes.iter().map(flatten).collect();
    crossings_of_lines(&lines, edges)
}

/// The same for lines of straight pieces, one for each edge.
pub fn crossings_of_lines(lines: &[Vec<Point>], edges: &[(u32, u32)]) -> u64 {
    let mut segments = Vec::new();
    for (edge, line) in lines.iter().enumerate() {
        if edges[edge].0 == edges[edge].1 {
            continue;
        }
        for pair in line.windows(2).filter(|pair| pair[0] != pair[1]) {
            let at = |p: Point| (f64::from(p.x), f64::from(p.y));
            segments.push(Segment { from: at(pair[0]), to: at(pair[1]), edge: edge as u32 });
        }
    }
    count(&segments, edges)
}

/// The points of a route, its curves cut into straight pieces.
pub fn flatten(route: &[Point]) -> Vec<Point> {
    let mut line = vec![route[0]];
    for piece in 0..(route.len() - 1) / 3 {
        let [a, b, c, d] =
            [route[3 * piece], route[3 * piece + 1], route[3 * piece + 2], route[3 * piece + 3]];
        for step in 1..=PIECES {
            let t = step as f32 / PIECES as f32;
            let (ab, bc, cd) = (a.lerp(b, t), b.lerp(c, t), c.lerp(d, t));
            line.push(ab.lerp(bc, t).lerp(bc.lerp(cd, t), t));
        }
    }
    line
}

/// How much a picture is like an earlier one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steadiness {
    /// Of all pairs of boxes of which one lay clearly above the other or left of it, the share that did
    /// not change sides.
    pub kept: f64,
    /// By how much boxes moved on average, in scene units, once the whole has been moved so that this is
    /// least.
    pub moved: f64,
}

/// Compares the places of boxes in two pictures; `None` stands for boxes that one of them lacks. What is
/// nearer to each other than `clear` scene units, about a box, was level. O(n²).
pub fn steadiness(before: &[Option<Point>], after: &[Option<Point>], clear: f32) -> Steadiness {
    let both: Vec<(Point, Point)> =
        before.iter().zip(after).filter_map(|(&a, &b)| Some((a?, b?))).collect();
    let (mut pairs, mut turned) = (0u64, 0u64);
    for (k, &(a, b)) in both.iter().enumerate() {
        for &(c, d) in &both[..k] {
            for (was, is) in [(a.x - c.x, b.x - d.x), (a.y - c.y, b.y - d.y)] {
                pairs += u64::from(was.abs() >= clear);
                turned += u64::from(was.abs() >= clear && was * is < 0.0);
            }
        }
    }
    let middle = |along: fn(Point) -> f32| {
        let mut shifts: Vec<f32> = both.iter().map(|&(a, b)| along(b) - along(a)).collect();
        shifts.sort_by(f32::total_cmp);
        shifts.get(shifts.len() / 2).copied().unwrap_or(0.0)
    };
    let (dx, dy) = (middle(|p| p.x), middle(|p| p.y));
    let moves = both.iter().map(|&(a, b)| f64::from(a.distance(Point::new(b.x - dx, b.y - dy))));
    let moved = moves.sum::<f64>() / both.len().max(1) as f64;
    Steadiness { kept: 1.0 - turned as f64 / pairs.max(1) as f64, moved }
}

/// Plane sweep along x; what is open is kept in buckets along y.
fn count(segments: &[Segment], edges: &[(u32, u32)]) -> u64 {
    let low = |s: &Segment, axis: usize| pick(s.from, axis).min(pick(s.to, axis));
    let high = |s: &Segment, axis: usize| pick(s.from, axis).max(pick(s.to, axis));
    let bottom = segments.iter().map(|s| low(s, 1)).fold(f64::INFINITY, f64::min);
    let top = segments.iter().map(|s| high(s, 1)).fold(f64::NEG_INFINITY, f64::max);
    let height = ((top - bottom) / BUCKETS as f64).max(f64::MIN_POSITIVE);
    let bucket = |y: f64| (((y - bottom) / height) as usize).min(BUCKETS - 1);
    let mut sorted: Vec<u32> = (0..segments.len() as u32).collect();
    sorted.sort_by(|&a, &b| {
        low(&segments[a as usize], 0).total_cmp(&low(&segments[b as usize], 0)).then(a.cmp(&b))
    });
    let mut open: Vec<Vec<u32>> = vec![Vec::new(); BUCKETS];
    let mut crossings = 0;
    for &k in &sorted {
        let s = &segments[k as usize];
        let (first, last) = (bucket(low(s, 1)), bucket(high(s, 1)));
        let now = low(s, 0);
        for (b, open) in open.iter_mut().enumerate().take(last + 1).skip(first) {
            open.retain(|&other| high(&segments[other as usize], 0) >= now);
            for &other in open.iter() {
                let t = &segments[other as usize];
                // A pair meets in several buckets; the first that both lie in counts it.
                if b == first.max(bucket(low(t, 1))) && cross(s, t, edges) {
                    crossings += 1;
                }
            }
            open.push(k);
        }
    }
    crossings
}

fn pick(point: (f64, f64), axis: usize) -> f64 {
    if axis == 0 { point.0 } else { point.1 }
}

fn cross(s: &Segment, t: &Segment, edges: &[(u32, u32)]) -> bool {
    let ((a, b), (c, d)) = (edges[s.edge as usize], edges[t.edge as usize]);
    if s.edge == t.edge || a == c || a == d || b == c || b == d {
        return false;
    }
    let side = |s: &Segment, p: (f64, f64)| {
        (s.to.0 - s.from.0) * (p.1 - s.from.1) - (s.to.1 - s.from.1) * (p.0 - s.from.0)
    };
    let apart = |p: f64, q: f64| (p > 0.0 && q < 0.0) || (p < 0.0 && q > 0.0);
    apart(side(s, t.from), side(s, t.to)) && apart(side(t, s.from), side(t, s.to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(segments: &[Segment], edges: &[(u32, u32)]) -> u64 {
        let mut crossings = 0;
        for (k, s) in segments.iter().enumerate() {
            crossings += segments[..k].iter().filter(|t| cross(s, t, edges)).count() as u64;
        }
        crossings
    }

    proptest! {
        #[test]
        fn the_sweep_counts_like_comparing_all_pairs(
            ends in prop::collection::vec((-20i32..20, -20i32..20, -20i32..20, -20i32..20), 0..60),
        ) {
            let at = |x: i32, y: i32| (f64::from(x), f64::from(y));
            let segments: Vec<Segment> = ends
                .iter()
                .enumerate()
                .map(|(k, &(a, b, c, d))| Segment { from: at(a, b), to: at(c, d), edge: k as u32 })
                .collect();
            // Edges with a common end node come up too.
            let edges: Vec<(u32, u32)> =
                (0..segments.len() as u32).map(|k| (k * 7 % 40, 40 + k * 11 % 40)).collect();
            prop_assert_eq!(count(&segments, &edges), naive(&segments, &edges));
        }
    }

    #[test]
    fn a_cross_is_one_crossing_and_a_touch_is_none() {
        let line = |a: (f32, f32), b: (f32, f32)| vec![Point::new(a.0, a.1), Point::new(b.0, b.1)];
        let cross = [line((0.0, 0.0), (2.0, 2.0)), line((0.0, 2.0), (2.0, 0.0))];
        assert_eq!(crossings_of_lines(&cross, &[(0, 1), (2, 3)]), 1);
        assert_eq!(crossings_of_lines(&cross, &[(0, 1), (0, 3)]), 0);
        let touch = [line((0.0, 0.0), (2.0, 0.0)), line((1.0, 0.0), (1.0, 2.0))];
        assert_eq!(crossings_of_lines(&touch, &[(0, 1), (2, 3)]), 0);
    }
}
