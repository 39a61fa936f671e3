//! Which part of the drawing plane is looked at.

use crate::layout::{Point, Rect, Size};
use serde::{Deserialize, Serialize};

/// Pixels a scene unit: cards of two pixels, and cards that fill a screen.
pub const SMALLEST_SCALE: f32 = 0.005;
pub const LARGEST_SCALE: f32 = 4.0;

/// Fitting never enlarges beyond this: three cards should look like cards, not like posters.
const LARGEST_FIT: f32 = 1.25;

/// Free space around what is fitted, in pixels.
const FIT_MARGIN: f32 = 32.0;

/// A place to look at. Points of the screen are relative to the canvas's top left, in logical pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// In the middle of the canvas, in scene units.
    pub center: (f32, f32),
    /// Pixels a scene unit.
    pub scale: f32,
}

impl Default for Camera {
    fn default() -> Self {
        Self { center: (0.0, 0.0), scale: 1.0 }
    }
}

impl Camera {
    /// Shows all of `bounds` in a canvas of `viewport` pixels; the default where there is nothing to show.
    pub fn fit(bounds: Rect, viewport: Size) -> Self {
        if bounds.is_empty() || viewport.width < 1.0 || viewport.height < 1.0 {
            return Self::default();
        }
        let room = |length: f32| (length - 2.0 * FIT_MARGIN).max(length * 0.5);
        let scale = (room(viewport.width) / bounds.width().max(1.0))
            .min(room(viewport.height) / bounds.height().max(1.0))
            .clamp(SMALLEST_SCALE, LARGEST_FIT);
        let center = bounds.center();
        Self { center: (center.x, center.y), scale }
    }

    pub fn to_screen(self, point: Point, viewport: Size) -> Point {
        Point::new(
            (point.x - self.center.0) * self.scale + viewport.width / 2.0,
            (point.y - self.center.1) * self.scale + viewport.height / 2.0,
        )
    }

    pub fn to_scene(self, point: Point, viewport: Size) -> Point {
        Point::new(
            (point.x - viewport.width / 2.0) / self.scale + self.center.0,
            (point.y - viewport.height / 2.0) / self.scale + self.center.1,
        )
    }

    /// The part of the plane that is seen.
    pub fn seen(self, viewport: Size) -> Rect {
        Rect::new(
            self.to_scene(Point::new(0.0, 0.0), viewport),
            self.to_scene(Point::new(viewport.width, viewport.height), viewport),
        )
    }

    /// Zooms by `factor` so that what lies at `anchor` on the screen stays there.
    #[must_use]
    pub fn zoomed(self, factor: f32, anchor: Point, viewport: Size) -> Self {
        let scale = (self.scale * factor).clamp(SMALLEST_SCALE, LARGEST_SCALE);
        let fixed = self.to_scene(anchor, viewport);
        Self {
            center: (
                fixed.x - (anchor.x - viewport.width / 2.0) / scale,
                fixed.y - (anchor.y - viewport.height / 2.0) / scale,
            ),
            scale,
        }
    }

    /// Moves the picture by so many pixels.
    #[must_use]
    pub fn panned(self, dx: f32, dy: f32) -> Self {
        Self {
            center: (self.center.0 - dx / self.scale, self.center.1 - dy / self.scale),
            scale: self.scale,
        }
    }

    /// Looks at `point`, near enough to read.
    #[must_use]
    pub fn looking_at(self, point: Point) -> Self {
        Self { center: (point.x, point.y), scale: self.scale.clamp(0.8, LARGEST_FIT) }
    }

    /// The camera `t` (0 to 1) of the way to `other`; scales are blended by their logarithm, so that a zoom
    /// feels even.
    #[must_use]
    pub fn towards(self, other: Self, t: f32) -> Self {
        let blend = |a: f32, b: f32| a + (b - a) * t;
        Self {
            center: (blend(self.center.0, other.center.0), blend(self.center.1, other.center.1)),
            scale: blend(self.scale.ln(), other.scale.ln()).exp(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Size = Size::new(1200.0, 800.0);

    #[test]
    fn the_screen_and_the_scene_map_onto_one_another() {
        let camera = Camera { center: (300.0, -40.0), scale: 0.4 };
        let point = Point::new(17.0, 251.0);
        let back = camera.to_scene(camera.to_screen(point, VIEWPORT), VIEWPORT);
        assert!(back.distance(point) < 0.01, "{back:?}");
    }

    #[test]
    fn zooming_keeps_what_lies_under_the_pointer() {
        let camera = Camera { center: (300.0, -40.0), scale: 0.4 };
        let pointer = Point::new(100.0, 700.0);
        let before = camera.to_scene(pointer, VIEWPORT);
        let after = camera.zoomed(2.5, pointer, VIEWPORT).to_scene(pointer, VIEWPORT);
        assert!(before.distance(after) < 0.01, "{before:?} {after:?}");
        let clamped = camera.zoomed(1e9, pointer, VIEWPORT);
        assert_eq!(clamped.scale, LARGEST_SCALE);
    }

    #[test]
    fn fitting_shows_everything() {
        let bounds = Rect::new(Point::new(-50.0, 20.0), Point::new(9_000.0, 700.0));
        let seen = Camera::fit(bounds, VIEWPORT).seen(VIEWPORT);
        assert!(seen.contains(bounds.min) && seen.contains(bounds.max), "{seen:?}");
        assert_eq!(Camera::fit(Rect::NOTHING, VIEWPORT), Camera::default());
    }
}
