//! Where the boxes of Figure 1 stand: areas by lines of code, the box of ML code in the middle and the
//! others around it, the largest nearest.

use crate::analysis::questions::CodeBox;
use crate::layout::{Point, Rect, Size};

/// Width over height of a box.
const ASPECT: f32 = 1.6;

/// Between boxes, as a share of the side of a square with the area of all of them.
const GAP: f32 = 0.03;

/// Less than this share of all lines is drawn as if it were this share, so that it can be seen and hovered.
const LEAST_SHARE: f64 = 0.002;

/// A rectangle for each box, in the order of `boxes`, scaled to fill `room` as far as its shape allows and
/// centred in it. Areas are in proportion to lines. Cubic in the number of boxes, which is that of the roles
/// of code.
pub fn place_boxes(boxes: &[CodeBox], room: Size) -> Vec<Rect> {
    let mut placed: Vec<Rect> = Vec::with_capacity(boxes.len());
    for code in boxes {
        let area = code.share.max(LEAST_SHARE) as f32;
        let size = Size::new((area * ASPECT).sqrt(), (area / ASPECT).sqrt());
        placed.push(nearest_free(&placed, size));
    }
    fit(&mut placed, room);
    placed
}

/// The free place beside a placed box whose middle is nearest to that of the first one.
fn nearest_free(placed: &[Rect], size: Size) -> Rect {
    let around = |center: Point| Rect::from_center(center, size);
    let mut best: Option<(f32, Rect)> = None;
    for center in placed.iter().flat_map(|rect| candidates(rect, size)) {
        let rect = around(center);
        let grown = rect.expand(GAP * 0.99);
        // Wide pictures fill a panel better than high ones.
        let far = center.x.hypot(center.y * ASPECT);
        let is_nearer = best.as_ref().is_none_or(|(nearest, _)| far < *nearest - 1e-5);
        if is_nearer && placed.iter().all(|other| !other.intersects(&grown)) {
            best = Some((far, rect));
        }
    }
    best.map_or_else(|| around(Point::default()), |(_, rect)| rect)
}

/// Middles of a box of `size` beside `rect`, on each side at three heights.
fn candidates(rect: &Rect, size: Size) -> impl Iterator<Item = Point> {
    let (c, w, h) = (rect.center(), size.width / 2.0 + GAP, size.height / 2.0 + GAP);
    let (left, right) = (rect.min.x - w, rect.max.x + w);
    let (top, bottom) = (rect.min.y - h, rect.max.y + h);
    let (rw, rh) = (rect.width() / 2.0, rect.height() / 2.0);
    let slides = [0.0, -1.0, 1.0];
    let beside = slides.map(|s| c.y + s * (rh - size.height / 2.0));
    let above = slides.map(|s| c.x + s * (rw - size.width / 2.0));
    let sides = beside.into_iter().flat_map(move |y| [Point::new(left, y), Point::new(right, y)]);
    sides.chain(above.into_iter().flat_map(move |x| [Point::new(x, top), Point::new(x, bottom)]))
}

fn fit(placed: &mut [Rect], room: Size) {
    let Some(bounds) = placed.iter().copied().reduce(|all, rect| all.union(&rect)) else { return };
    let scale = (room.width / bounds.width().max(f32::EPSILON))
        .min(room.height / bounds.height().max(f32::EPSILON));
    let middle = bounds.center();
    let moved = |point: Point| {
        Point::new(
            room.width / 2.0 + (point.x - middle.x) * scale,
            room.height / 2.0 + (point.y - middle.y) * scale,
        )
    };
    for rect in placed {
        *rect = Rect::new(moved(rect.min), moved(rect.max));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn boxes(lines: &[u64]) -> Vec<CodeBox> {
        let all: u64 = lines.iter().sum();
        let code = |(at, &lines): (usize, &u64)| CodeBox {
            role: if at == 0 { "ml".to_owned() } else { format!("role {at}") },
            lines,
            share: lines as f64 / all as f64,
            languages: Vec::new(),
            rows: Vec::new(),
        };
        lines.iter().enumerate().map(code).collect()
    }

    proptest! {
        #[test]
        fn areas_are_by_lines_and_boxes_stand_apart_within_the_room(
            lines in prop::collection::vec(50u64..4_000, 1..12),
        ) {
            let boxes = boxes(&lines);
            let room = Size::new(480.0, 300.0);
            let placed = place_boxes(&boxes, room);
            let area = |rect: &Rect| f64::from(rect.width() * rect.height());
            let scale = area(&placed[0]) / boxes[0].share.max(LEAST_SHARE);
            for (at, rect) in placed.iter().enumerate() {
                let wanted = scale * boxes[at].share.max(LEAST_SHARE);
                prop_assert!((area(rect) / wanted - 1.0).abs() < 0.01);
                prop_assert!(rect.min.x > -0.1 && rect.max.x < room.width + 0.1);
                prop_assert!(rect.min.y > -0.1 && rect.max.y < room.height + 0.1);
                prop_assert!(placed[..at].iter().all(|other| !other.intersects(rect)));
            }
        }
    }

    #[test]
    fn the_box_of_ml_code_is_inside_the_others() {
        let placed =
            place_boxes(&boxes(&[500, 4_000, 3_000, 2_500, 2_000]), Size::new(400.0, 300.0));
        let all = placed.iter().copied().reduce(|a, b| a.union(&b)).expect("boxes");
        let ml = placed[0];
        assert!(ml.min.x > all.min.x && ml.max.x < all.max.x, "{placed:?}");
        assert!(ml.min.y > all.min.y && ml.max.y < all.max.y, "{placed:?}");
        assert!(place_boxes(&[], Size::new(1.0, 1.0)).is_empty());
    }
}
