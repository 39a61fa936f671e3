//! Points, sizes and rectangles of the drawing plane.
//!
//! Units are scene units: one unit is one logical pixel at zoom 1. `x` grows to the right (the
//! direction in which information flows), `y` grows downwards.

/// A place in the drawing plane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

impl Point {
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The point that lies `t` of the way (0 to 1) to `other`.
    pub fn lerp(self, other: Self, t: f32) -> Self {
        Self::new(self.x + (other.x - self.x) * t, self.y + (other.y - self.y) * t)
    }

    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// Width and height of a box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    pub width: f32,
    pub height: f32,
}

impl Size {
    pub const fn new(width: f32, height: f32) -> Self {
        Self { width, height }
    }
}

/// An axis-aligned rectangle, `min` at the top left. Empty when `max` is not beyond `min`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    pub min: Point,
    pub max: Point,
}

impl Rect {
    /// Holds nothing; the neutral element of [`Rect::union`].
    pub const NOTHING: Self = Self {
        min: Point::new(f32::INFINITY, f32::INFINITY),
        max: Point::new(f32::NEG_INFINITY, f32::NEG_INFINITY),
    };

    pub const fn new(min: Point, max: Point) -> Self {
        Self { min, max }
    }

    pub fn from_center(center: Point, size: Size) -> Self {
        let (dx, dy) = (size.width / 2.0, size.height / 2.0);
        Self::new(
            Point::new(center.x - dx, center.y - dy),
            Point::new(center.x + dx, center.y + dy),
        )
    }

    /// The least that holds all of `points`; [`Rect::NOTHING`] without any. Linear.
    pub fn around(points: &[Point]) -> Self {
        points.iter().fold(Self::NOTHING, |all, &point| all.union(&Self::new(point, point)))
    }

    pub fn width(&self) -> f32 {
        (self.max.x - self.min.x).max(0.0)
    }

    pub fn height(&self) -> f32 {
        (self.max.y - self.min.y).max(0.0)
    }

    pub fn center(&self) -> Point {
        self.min.lerp(self.max, 0.5)
    }

    pub fn size(&self) -> Size {
        Size::new(self.width(), self.height())
    }

    pub fn is_empty(&self) -> bool {
        self.min.x >= self.max.x || self.min.y >= self.max.y
    }

    pub fn contains(&self, p: Point) -> bool {
        p.x >= self.min.x && p.x <= self.max.x && p.y >= self.min.y && p.y <= self.max.y
    }

    pub fn intersects(&self, other: &Self) -> bool {
        self.min.x <= other.max.x
            && other.min.x <= self.max.x
            && self.min.y <= other.max.y
            && other.min.y <= self.max.y
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new(
            Point::new(self.min.x.min(other.min.x), self.min.y.min(other.min.y)),
            Point::new(self.max.x.max(other.max.x), self.max.y.max(other.max.y)),
        )
    }

    /// Grown by `margin` on every side.
    #[must_use]
    pub fn expand(&self, margin: f32) -> Self {
        Self::new(
            Point::new(self.min.x - margin, self.min.y - margin),
            Point::new(self.max.x + margin, self.max.y + margin),
        )
    }
}
