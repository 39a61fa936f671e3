//! Packing: unconnected parts side by side, in about the proportions of a screen.
//!
//! Shelves by falling height (Coffman, Garey, Johnson, Tarjan, "Performance bounds for
//! level-oriented two-dimensional packing algorithms", 1980), with low parts stacked in columns
//! within a shelf. Several shelf widths are tried.

use super::geometry::{Point, Rect, Size};
use rustc_hash::FxHashMap;

/// Shelf widths tried, evenly spread in the logarithm between the widest part and one single shelf.
const WIDTHS: usize = 24;

/// Places (top left corners) for parts of the given sizes, and the size of the whole. `aspect` is
/// width by height aimed at. Equal sizes become a grid. O(n log n).
pub(super) fn pack(sizes: &[Size], gap: f32, aspect: f32) -> (Vec<Point>, Size) {
    let mut sorted: Vec<usize> = (0..sizes.len()).collect();
    sorted.sort_by(|&a, &b| {
        let (a, b) = (sizes[a], sizes[b]);
        b.height.total_cmp(&a.height).then(b.width.total_cmp(&a.width))
    });
    let widest = sizes.iter().map(|size| size.width).fold(1.0, f32::max);
    let total: f32 = sizes.iter().map(|size| size.width + gap).sum::<f32>().max(widest);
    let ratio = total / widest;
    let badness = |size: Size| size.width.max(size.height * aspect);
    let mut best: Option<(Vec<Point>, Size)> = None;
    for k in 0..WIDTHS {
        let limit = widest * ratio.powf(k as f32 / (WIDTHS - 1) as f32);
        let found = on_shelves(sizes, &sorted, gap, limit * 1.0001);
        if best.as_ref().is_none_or(|best| badness(found.1) < badness(best.1)) {
            best = Some(found);
        }
        if sizes.len() < 2 {
            break;
        }
    }
    best.unwrap_or_default()
}

/// A packing near an earlier one may be so many times as large as a fresh one before it is given up.
const LOOSEST: f32 = 2.5;

/// The same, with parts as near as may be to the corners that they wish for: each gives way to the
/// right or downwards, whichever is less, to those nearer to the top left. Parts without a wish are
/// packed beside the others. When that becomes too loose, or parts would have to give way too often,
/// everything is packed afresh. O(n) for parts of similar size.
pub(super) fn pack_near(
    sizes: &[Size],
    wishes: &[Option<Point>],
    gap: f32,
    aspect: f32,
) -> (Vec<Point>, Size) {
    let fresh = pack(sizes, gap, aspect);
    let Some(mut places) = near_wishes(sizes, wishes, gap) else { return fresh };
    let known: Vec<usize> = (0..sizes.len()).filter(|&k| wishes[k].is_some()).collect();
    let mut hull = Rect::NOTHING;
    for &k in &known {
        hull = hull.union(&at_corner(places[k], sizes[k]));
    }
    let new: Vec<usize> = (0..sizes.len()).filter(|&k| wishes[k].is_none()).collect();
    let (inner, packed) = pack(&new.iter().map(|&k| sizes[k]).collect::<Vec<Size>>(), gap, aspect);
    let mut whole = hull.size();
    if !new.is_empty() {
        let beside = Size::new(whole.width + gap + packed.width, whole.height.max(packed.height));
        let below = Size::new(whole.width.max(packed.width), whole.height + gap + packed.height);
        let badness = |size: Size| size.width.max(size.height * aspect);
        let corner = if badness(beside) < badness(below) {
            whole = beside;
            Point::new(hull.max.x + gap, hull.min.y)
        } else {
            whole = below;
            Point::new(hull.min.x, hull.max.y + gap)
        };
        for (&k, place) in new.iter().zip(inner) {
            places[k] = Point::new(corner.x + place.x, corner.y + place.y);
        }
    }
    if whole.width * whole.height > LOOSEST * fresh.1.width * fresh.1.height {
        return fresh;
    }
    for place in &mut places {
        *place = Point::new(place.x - hull.min.x, place.y - hull.min.y);
    }
    (places, whole)
}

/// Parts with a wish, moved until none overlaps; `None` when that takes too many moves.
fn near_wishes(sizes: &[Size], wishes: &[Option<Point>], gap: f32) -> Option<Vec<Point>> {
    /// Moves for each part, on average.
    const MOVES: usize = 40;
    let mut sorted: Vec<(f32, usize)> = Vec::with_capacity(sizes.len());
    for (k, wish) in wishes.iter().enumerate() {
        sorted.extend(wish.map(|wish| (wish.x + wish.y, k)));
    }
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut places = vec![Point::default(); sizes.len()];
    let mut taken = Taken::new(sizes, gap);
    let mut left = MOVES * sorted.len();
    for (_, k) in sorted {
        let mut place = wishes[k]?;
        while let Some(other) = taken.in_the_way(at_corner(place, sizes[k]).expand(gap / 2.0)) {
            left = left.checked_sub(1)?;
            let (right, below) =
                (other.max.x + gap / 2.0 - place.x, other.max.y + gap / 2.0 - place.y);
            if right < below { place.x += right } else { place.y += below }
        }
        places[k] = place;
        taken.add(at_corner(place, sizes[k]).expand(gap / 2.0));
    }
    Some(places)
}

fn at_corner(corner: Point, size: Size) -> Rect {
    Rect::new(corner, Point::new(corner.x + size.width, corner.y + size.height))
}

/// Rectangles by the cells of a grid that they touch.
struct Taken {
    cell: f32,
    rects: Vec<Rect>,
    cells: FxHashMap<(i32, i32), Vec<u32>>,
}

impl Taken {
    /// Cells about as large as a middling part.
    fn new(sizes: &[Size], gap: f32) -> Self {
        let area: f64 = sizes
            .iter()
            .map(|size| f64::from(size.width + gap) * f64::from(size.height + gap))
            .sum();
        let cell = (area / sizes.len().max(1) as f64).sqrt().max(1.0) as f32;
        Self { cell, rects: Vec::new(), cells: FxHashMap::default() }
    }

    fn cells_of(&self, rect: Rect) -> impl Iterator<Item = (i32, i32)> + use<> {
        let at = |value: f32| (value / self.cell).floor() as i32;
        let (left, right) = (at(rect.min.x), at(rect.max.x));
        let (top, bottom) = (at(rect.min.y), at(rect.max.y));
        (top..=bottom).flat_map(move |y| (left..=right).map(move |x| (x, y)))
    }

    /// The earliest rectangle that overlaps `rect` by more than a rounding error.
    fn in_the_way(&self, rect: Rect) -> Option<Rect> {
        /// In scene units.
        const TOUCH: f32 = 0.1;
        let inner = rect.expand(-TOUCH);
        let overlapping = |ix: &u32| self.rects[*ix as usize].intersects(&inner);
        let in_cell = |cell| self.cells.get(&cell)?.iter().copied().filter(overlapping).min();
        let first = self.cells_of(rect).filter_map(in_cell).min()?;
        Some(self.rects[first as usize])
    }

    fn add(&mut self, rect: Rect) {
        let ix = self.rects.len() as u32;
        for cell in self.cells_of(rect) {
            self.cells.entry(cell).or_default().push(ix);
        }
        self.rects.push(rect);
    }
}

/// Shelves from the top, none wider than `limit`.
fn on_shelves(sizes: &[Size], sorted: &[usize], gap: f32, limit: f32) -> (Vec<Point>, Size) {
    let mut places = vec![Point::default(); sizes.len()];
    let mut whole = Size::default();
    // The shelf's top and height; the column's left edge, width and where it is filled to.
    let (mut top, mut height) = (0f32, 0f32);
    let (mut left, mut width, mut filled) = (0f32, 0f32, 0f32);
    for (at, &k) in sorted.iter().enumerate() {
        let size = sizes[k];
        let fits_below = at > 0 && filled + gap + size.height <= height && size.width <= width;
        if at == 0 {
            (height, width, filled) = (size.height, size.width, size.height);
            places[k] = Point::new(0.0, 0.0);
        } else if fits_below {
            places[k] = Point::new(left, top + filled + gap);
            filled += gap + size.height;
        } else if left + width + gap + size.width <= limit {
            left += width + gap;
            (width, filled) = (size.width, size.height);
            places[k] = Point::new(left, top);
        } else {
            top += height + gap;
            (height, left) = (size.height, 0.0);
            (width, filled) = (size.width, size.height);
            places[k] = Point::new(left, top);
        }
        whole.width = whole.width.max(left + width);
        whole.height = whole.height.max(top + height);
    }
    (places, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: (Point, Size), b: (Point, Size)) -> bool {
        a.0.x < b.0.x + b.1.width
            && b.0.x < a.0.x + a.1.width
            && a.0.y < b.0.y + b.1.height
            && b.0.y < a.0.y + a.1.height
    }

    #[test]
    fn equal_boxes_become_a_grid() {
        let (_, whole) = pack(&[Size::new(100.0, 30.0); 1_000], 10.0, 1.6);
        let aspect = whole.width / whole.height;
        assert!((1.2..2.1).contains(&aspect), "{whole:?}");
        let waste = whole.width * whole.height / (1_000.0 * 110.0 * 40.0);
        assert!(waste < 1.2, "{waste}");
    }

    #[test]
    fn nothing_overlaps_and_no_part_is_left_out() {
        let sizes: Vec<Size> = (0..200u32)
            .map(|k| Size::new((k * 37 % 91) as f32 + 3.0, (k * k % 57) as f32 + 1.0))
            .collect();
        let (places, whole) = pack(&sizes, 4.0, 1.6);
        for a in 0..sizes.len() {
            let (right, bottom) = (places[a].x + sizes[a].width, places[a].y + sizes[a].height);
            assert!(right <= whole.width && bottom <= whole.height);
            for b in 0..a {
                assert!(!overlap((places[a], sizes[a]), (places[b], sizes[b])), "{a} {b}");
            }
        }
    }

    #[test]
    fn nothing_packs_into_nothing() {
        assert_eq!(pack(&[], 4.0, 1.6), (Vec::new(), Size::default()));
    }
}
