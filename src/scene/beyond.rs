//! How much room there is beside each box, where a name that is too long for it may go on.

use crate::layout::Rect;

/// More than this is never used, in scene units.
const MOST: f32 = 240.0;

/// How far names may go on beyond the picture's right edge: pictures have margins.
const MARGIN: f32 = 56.0;

/// In larger pictures names are not read before one is near, where boxes have room for them.
const MOST_BOXES: usize = 5_000;

/// For each of `boxes` how far to its right nothing stands: no other box, no border of one of `frames`, and not the
/// margin of the picture.
/// None at all in pictures of more than [`MOST_BOXES`] boxes. As long as sorting, and for each box as long as
/// the column beside it.
pub(super) fn room_beyond(boxes: &[Rect], frames: &[Rect]) -> Vec<f32> {
    if boxes.len() > MOST_BOXES {
        return vec![0.0; boxes.len()];
    }
    let borders = frames.iter().flat_map(|frame| [(frame.min.x, frame), (frame.max.x, frame)]);
    let mut edges: Vec<(f32, &Rect)> =
        boxes.iter().map(|rect| (rect.min.x, rect)).chain(borders).collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rightmost = boxes.iter().chain(frames).map(|rect| rect.max.x).fold(f32::MIN, f32::max);
    let room = |rect: &Rect| {
        let right = rect.max.x;
        let beside = edges[edges.partition_point(|(x, _)| *x < right)..].iter();
        let mut near = beside.take_while(|(x, _)| *x < right + MOST);
        let next = near.find(|(_, other)| other.min.y < rect.max.y && rect.min.y < other.max.y);
        next.map_or(MOST, |(x, _)| x - right).min(rightmost + MARGIN - right)
    };
    boxes.iter().map(room).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Point;

    fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
        Rect::new(Point::new(x, y), Point::new(x + width, y + height))
    }

    #[test]
    fn room_ends_at_the_next_box_of_the_same_height_or_at_a_border() {
        let boxes = [
            rect(0.0, 0.0, 100.0, 50.0),
            rect(150.0, 60.0, 100.0, 50.0),
            rect(180.0, 40.0, 100.0, 15.0),
            rect(0.0, 200.0, 100.0, 50.0),
        ];
        let frames = [rect(-20.0, 180.0, 160.0, 90.0)];
        assert_eq!(room_beyond(&boxes, &frames), [80.0, 86.0, MARGIN, 40.0]);
        assert_eq!(room_beyond(&boxes, &[]), [80.0, 86.0, MARGIN, 236.0]);
    }

    #[test]
    fn boxes_that_touch_or_overlap_leave_none() {
        let boxes =
            [rect(0.0, 0.0, 100.0, 50.0), rect(100.0, 0.0, 9.0, 50.0), rect(105.0, 0.0, 9.0, 50.0)];
        assert_eq!(room_beyond(&boxes, &[]), [0.0, MARGIN + 5.0, MARGIN]);
        assert_eq!(room_beyond(&vec![boxes[0]; MOST_BOXES + 1], &[])[0], 0.0);
    }
}
