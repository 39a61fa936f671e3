//! Boxes and arrows in, positions and routes out.
//!
//! Owns: the drawing plane's geometry, the layered layout and the layout by forces. Knows graphs of indices only: no
//! node kinds, no names, no theme, no window. Start reading at [`layered`].

mod components;
mod force;
mod geometry;
mod layered;
pub mod quality;
mod ring;
#[cfg(test)]
mod steadiness_tests;
#[cfg(test)]
mod tests;

pub use force::force;
pub use geometry::{Point, Rect, Size};
pub use layered::layered;
pub use ring::ring;

/// What is to be laid out: boxes, arrows between them, and how boxes nest in groups.
///
/// Parallel edges, self-loops, cycles and unconnected parts are ordinary input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayoutRequest {
    /// Size of each box, in scene units.
    pub nodes: Vec<Size>,
    /// Arrows as indices into `nodes`, in the direction in which information flows.
    pub edges: Vec<(u32, u32)>,
    /// For each box the group that it lies in, as an index into `groups`; empty when nothing is grouped.
    pub group_of: Vec<Option<u32>>,
    /// The enclosing group of each group; a forest.
    pub groups: Vec<Option<u32>>,
    /// A layer that a box must lie in, counted from the left; empty when the edges alone decide.
    pub layer_of: Vec<Option<u32>>,
    /// Where things stood in the picture that is on the screen now, so that they stay there.
    pub previous: Previous,
    pub options: LayoutOptions,
}

/// Where things stood in an earlier picture; the lists may be empty or shorter than those of the
/// request, and `None` stands for what is new.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Previous {
    /// By box.
    pub boxes: Vec<Option<Place>>,
    /// By group, whether it was a frame or, closed, a box.
    pub groups: Vec<Option<Place>>,
    /// By edge: its route as in [`Routes`], so that lines go the same way round boxes; empty for a new one.
    pub routes: Vec<Vec<Point>>,
}

impl Previous {
    pub fn is_empty(&self) -> bool {
        let none = |places: &[Option<Place>]| places.iter().all(Option::is_none);
        none(&self.boxes) && none(&self.groups)
    }
}

/// Where a box or the frame of a group stands in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its centre, in scene units.
    pub at: Point,
    /// Its layer among what lies in the same group, counted from the left; unknown when it lay in
    /// another group then.
    pub column: Option<u32>,
}

/// Distances and effort.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayoutOptions {
    /// Free space between boxes of one layer, in scene units.
    pub node_gap: f32,
    /// Free space between layers, in scene units.
    pub layer_gap: f32,
    /// Space between a group's border and what it holds, in scene units; the head of a group is added above.
    pub group_padding: f32,
    /// Room for a group's title above what it holds, in scene units.
    pub group_head: f32,
    /// How hard to work on crossings: 1.0 is the default; 0.0 gives the first usable picture.
    /// Effort is counted in steps, never in wall time, so that the same request gives the same picture.
    pub effort: f32,
}

impl Default for LayoutOptions {
    fn default() -> Self {
        Self { node_gap: 16.0, layer_gap: 72.0, group_padding: 16.0, group_head: 28.0, effort: 1.0 }
    }
}

/// A finished drawing. Indices are those of the [`LayoutRequest`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Centre of each box.
    pub positions: Vec<Point>,
    /// Layer of each box, counted from the left within its component.
    pub layers: Vec<u32>,
    /// Layer of each box among what lies in the same group, counted from the left.
    pub columns: Vec<u32>,
    /// The same of each group; 0 for a group without boxes.
    pub group_columns: Vec<u32>,
    pub routes: Routes,
    /// For each edge whether it runs against the flow: cutting all of these leaves no cycle.
    pub feedback: Vec<bool>,
    /// Outer rectangle of each group, its head included; `Rect::NOTHING` for a group without boxes.
    pub group_rects: Vec<Rect>,
    /// Everything drawn, routes included.
    pub bounds: Option<Rect>,
}

impl Layout {
    /// Where box `at` stands, as a later request's [`Previous`] wants it.
    pub fn place_of_box(&self, at: usize) -> Option<Place> {
        let column = self.columns.get(at).copied();
        self.positions.get(at).map(|&point| Place { at: point, column })
    }

    /// Where the frame of group `at` stands; `None` for a group without boxes.
    pub fn place_of_group(&self, at: usize) -> Option<Place> {
        let column = self.group_columns.get(at).copied();
        let rect = self.group_rects.get(at).filter(|rect| rect.min.x <= rect.max.x);
        rect.map(|rect| Place { at: rect.center(), column })
    }
}

/// One smooth line for each edge, stored flat.
///
/// Each route is a chain of cubic Bézier pieces: a start point, then three points a piece (two
/// controls, one end). It starts on the border of its source box and ends on that of its target.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Routes {
    points: Vec<Point>,
    ends: Vec<u32>,
}

impl Routes {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends the route of the next edge; `points.len()` is `1 + 3 * pieces`.
    pub fn push(&mut self, points: &[Point]) {
        debug_assert!(points.len() % 3 == 1, "a start point, then three points a piece");
        self.points.extend_from_slice(points);
        self.ends.push(self.points.len() as u32);
    }

    /// The points of edge `edge`: a start point, then control, control, end for each piece.
    pub fn get(&self, edge: usize) -> &[Point] {
        let start = if edge == 0 { 0 } else { self.ends[edge - 1] as usize };
        &self.points[start..self.ends[edge] as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = &[Point]> {
        (0..self.len()).map(|edge| self.get(edge))
    }
}
