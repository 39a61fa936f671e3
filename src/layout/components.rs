//! Packing: unconnected parts side by side, in about the proportions of a screen.
//!
//! Shelves by falling height (Coffman, Garey, Johnson, Tarjan, "Performance bounds for
//! level-oriented two-dimensional packing algorithms", 1980), with low parts stacked in columns
//! within a shelf. Several shelf widths are tried.

use super::geometry::{Point, Size};

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
