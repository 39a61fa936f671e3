//! A square of pixels, and shapes filled on it with smooth edges.
//!
//! Lines are most of what a tile holds, hundreds of thousands of them, so that they have a way of their
//! own: column by column with the exact overlap of each pixel, instead of outlines and scan lines.

use crate::scene::Color;

/// Coordinates are pixels from the upper left.
pub(super) type Spot = (f32, f32);

/// Pixels with premultiplied alpha, row by row.
#[derive(Clone, Debug)]
pub(super) struct Pixels {
    side: usize,
    rgba: Vec<u8>,
}

/// A line's look, in pixels; the opacity goes from its start to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brush {
    pub(super) width: f32,
    pub(super) color: Color,
    pub(super) opacity: (f32, f32),
}

impl Pixels {
    /// A square of `side` pixels of one colour.
    pub(super) fn new(side: usize, ground: Color) -> Self {
        let mut this = Self { side, rgba: vec![0; side * side * 4] };
        if ground.a > 0 {
            for pixel in this.rgba.chunks_exact_mut(4) {
                blend(pixel, ground, 255);
            }
        }
        this
    }

    pub(super) fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    fn side_px(&self) -> f32 {
        self.side as f32
    }

    /// Puts `color` at `coverage` (0 to 1) over a pixel that is within.
    fn put(&mut self, x: usize, y: usize, color: Color, coverage: f32) {
        let alpha = (f32::from(color.a) * coverage + 0.5) as u32;
        let at = (y * self.side + x) * 4;
        if alpha > 0 {
            blend(&mut self.rgba[at..at + 4], color, alpha.min(255));
        }
    }

    /// Pixels `from..to` of a length that lie within.
    fn span(&self, from: f32, to: f32) -> std::ops::Range<usize> {
        let clamp = |value: f32| value.clamp(0.0, self.side_px()) as usize;
        clamp(from.floor())..clamp(to.ceil())
    }

    /// A straight line with flat ends. Linear in the pixels of its length that lie within.
    pub(super) fn line(&mut self, a: Spot, b: Spot, brush: Brush) {
        let steep = (b.1 - a.1).abs() > (b.0 - a.0).abs();
        let turned = |(x, y): Spot| if steep { (y, x) } else { (x, y) };
        let (mut from, mut to) = (turned(a), turned(b));
        let (mut start, mut end) = brush.opacity;
        if from.0 > to.0 {
            std::mem::swap(&mut from, &mut to);
            std::mem::swap(&mut start, &mut end);
        }
        let along = to.0 - from.0;
        if along < 1e-3 {
            return;
        }
        let slope = (to.1 - from.1) / along;
        let half = brush.width / 2.0 * (1.0 + slope * slope).sqrt();
        // Only where the line's band meets the square.
        let (mut low, mut high) = (from.0.max(0.0), to.0.min(self.side_px()));
        let reach = half + 1.0;
        if slope.abs() > 1e-6 {
            let at = |y: f32| from.0 + (y - from.1) / slope;
            let (enter, leave) = (at(-reach), at(self.side_px() + reach));
            low = low.max(enter.min(leave));
            high = high.min(enter.max(leave));
        } else if from.1 < -reach || from.1 > self.side_px() + reach {
            return;
        }
        if low >= high {
            return;
        }
        for column in self.span(low, high) {
            let (left, right) = (column as f32, column as f32 + 1.0);
            let (begin, stop) = (left.max(from.0), right.min(to.0));
            let across = (stop - begin).max(0.0);
            let middle = f32::midpoint(begin, stop);
            let center = from.1 + (middle - from.0) * slope;
            let (top, bottom) = (center - half, center + half);
            let opacity = across * (start + (end - start) * (middle - from.0) / along);
            for row in self.span(top, bottom) {
                let overlap = bottom.min(row as f32 + 1.0) - top.max(row as f32);
                let (x, y) = if steep { (row, column) } else { (column, row) };
                self.put(x, y, brush.color, overlap * opacity);
            }
        }
    }

    /// A rectangle with round corners.
    pub(super) fn rect(&mut self, min: Spot, max: Spot, radius: f32, color: Color) {
        let radius = radius.min((max.0 - min.0) / 2.0).min((max.1 - min.1) / 2.0).max(0.0);
        let columns = self.span(min.0, max.0);
        for row in self.span(min.1, max.1) {
            let y = row as f32;
            let tall = max.1.min(y + 1.0) - min.1.max(y);
            // How far the round corners cut into this row.
            let depth = radius - (y + 0.5 - min.1).min(max.1 - y - 0.5).max(0.0);
            let inset = if radius < 0.75 || depth <= 0.0 {
                0.0
            } else {
                radius - (radius * radius - depth * depth).max(0.0).sqrt()
            };
            let (left, right) = (min.0 + inset, max.0 - inset);
            for column in columns.clone() {
                let x = column as f32;
                let wide = right.min(x + 1.0) - left.max(x);
                if wide > 0.0 {
                    self.put(column, row, color, wide * tall);
                }
            }
        }
    }

    /// The line of a rectangle with round corners.
    pub(super) fn frame(&mut self, min: Spot, max: Spot, radius: f32, width: f32, color: Color) {
        let half = width / 2.0;
        let (center, reach) = (
            (f32::midpoint(min.0, max.0), f32::midpoint(min.1, max.1)),
            ((max.0 - min.0) / 2.0, (max.1 - min.1) / 2.0),
        );
        let radius = radius.min(reach.0).min(reach.1).max(0.0);
        // Distance from the border, negative within.
        let distance = |x: f32, y: f32| {
            let (dx, dy) = ((x - center.0).abs() - reach.0, (y - center.1).abs() - reach.1);
            let (dx, dy) = (dx + radius, dy + radius);
            dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius
        };
        let rows = self.span(min.1 - half - 1.0, max.1 + half + 1.0);
        let edge = radius + half + 1.0;
        for row in rows {
            let y = row as f32 + 0.5;
            let whole = y < min.1 + edge || y > max.1 - edge;
            let left =
                self.span(min.0 - half - 1.0, if whole { max.0 + edge } else { min.0 + edge });
            let right = self.span(max.0 - edge, max.0 + half + 1.0);
            let right = if whole { 0..0 } else { right.start.max(left.end)..right.end };
            for column in left.chain(right) {
                let off = distance(column as f32 + 0.5, y).abs();
                let coverage = (half + 0.5 - off).clamp(0.0, width.min(1.0));
                if coverage > 0.0 {
                    self.put(column, row, color, coverage);
                }
            }
        }
    }

    /// A disc, or a ring where `width` is given.
    pub(super) fn circle(&mut self, center: Spot, radius: f32, width: Option<f32>, color: Color) {
        let half = width.map_or(0.0, |width| width / 2.0);
        let reach = radius + half + 1.0;
        for row in self.span(center.1 - reach, center.1 + reach) {
            for column in self.span(center.0 - reach, center.0 + reach) {
                let (x, y) = (column as f32 + 0.5 - center.0, row as f32 + 0.5 - center.1);
                let off = x.hypot(y) - radius;
                let coverage = match width {
                    None => 0.5 - off,
                    Some(width) => (half + 0.5 - off.abs()).min(width.min(1.0)),
                };
                if coverage > 0.0 {
                    self.put(column, row, color, coverage.min(1.0));
                }
            }
        }
    }

    /// A convex polygon. Each row is cut four times.
    pub(super) fn polygon(&mut self, points: &[Spot], color: Color) {
        const CUTS: usize = 4;
        let top = points.iter().fold(f32::INFINITY, |least, point| least.min(point.1));
        let bottom = points.iter().fold(f32::NEG_INFINITY, |most, point| most.max(point.1));
        let left = points.iter().fold(f32::INFINITY, |least, point| least.min(point.0));
        let right = points.iter().fold(f32::NEG_INFINITY, |most, point| most.max(point.0));
        let columns = self.span(left, right);
        for row in self.span(top, bottom) {
            let mut cuts = [(0.0f32, 0.0f32); CUTS];
            for (position, cut) in cuts.iter_mut().enumerate() {
                *cut = cut_at(points, row as f32 + (position as f32 + 0.5) / CUTS as f32);
            }
            for column in columns.clone() {
                let x = column as f32;
                let overlap = |&(from, to): &(f32, f32)| (to.min(x + 1.0) - from.max(x)).max(0.0);
                let coverage = cuts.iter().map(overlap).sum::<f32>() / CUTS as f32;
                if coverage > 0.0 {
                    self.put(column, row, color, coverage);
                }
            }
        }
    }
}

/// Where a horizontal line enters and leaves a convex polygon; nowhere gives an empty span.
fn cut_at(points: &[Spot], y: f32) -> (f32, f32) {
    let (mut from, mut to) = (f32::INFINITY, f32::NEG_INFINITY);
    for (at, &a) in points.iter().enumerate() {
        let b = points[(at + 1) % points.len()];
        if (a.1 <= y) != (b.1 <= y) {
            let x = a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1);
            from = from.min(x);
            to = to.max(x);
        }
    }
    (from, to)
}

/// `color` at an alpha of 0 to 255 over a premultiplied pixel.
fn blend(pixel: &mut [u8], color: Color, alpha: u32) {
    let channels = [color.r, color.g, color.b, 255];
    for (below, top) in pixel.iter_mut().zip(channels) {
        let sum = u32::from(top) * alpha + u32::from(*below) * (255 - alpha) + 128;
        // Division by 255, exact for such sums.
        *below = ((sum + (sum >> 8)) >> 8) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::{Theme, ThemeName};

    fn ink() -> Color {
        Theme::of(ThemeName::Projector).text
    }

    fn alpha_sum(pixels: &Pixels) -> f32 {
        pixels.rgba.chunks_exact(4).map(|pixel| f32::from(pixel[3]) / 255.0).sum()
    }

    fn brush(width: f32) -> Brush {
        Brush { width, color: ink(), opacity: (1.0, 1.0) }
    }

    #[test]
    fn a_line_covers_its_area_at_any_slope() {
        for (a, b) in [
            ((10.0, 10.0), (60.0, 10.0)),
            ((10.3, 10.7), (60.1, 31.9)),
            ((60.0, 12.0), (12.0, 60.0)),
            ((20.5, 60.5), (31.5, 8.25)),
        ] {
            for width in [0.5, 1.0, 3.0] {
                let mut pixels = Pixels::new(72, Color::TRANSPARENT);
                pixels.line(a, b, brush(width));
                let area = width * (b.0 - a.0).hypot(b.1 - a.1);
                let sum = alpha_sum(&pixels);
                assert!((sum / area - 1.0).abs() < 0.06, "{a:?} {b:?} {width}: {sum} for {area}");
            }
        }
    }

    #[test]
    fn lines_from_far_outside_cost_and_cover_only_what_is_within() {
        let mut pixels = Pixels::new(32, Color::TRANSPARENT);
        pixels.line((-1e7, 16.0), (1e7, 16.5), brush(2.0));
        assert!((alpha_sum(&pixels) / 64.0 - 1.0).abs() < 0.05, "{}", alpha_sum(&pixels));
        let mut pixels = Pixels::new(32, Color::TRANSPARENT);
        pixels.line((-50.0, -40.0), (-10.0, 90.0), brush(2.0));
        assert_eq!(alpha_sum(&pixels), 0.0);
    }

    #[test]
    fn shapes_cover_their_areas() {
        let area = |draw: &dyn Fn(&mut Pixels)| {
            let mut pixels = Pixels::new(64, Color::TRANSPARENT);
            draw(&mut pixels);
            alpha_sum(&pixels)
        };
        let near = |sum: f32, wanted: f32| {
            assert!((sum / wanted - 1.0).abs() < 0.05, "{sum} for {wanted}");
        };
        near(area(&|p| p.rect((4.2, 5.5), (40.7, 30.25), 0.0, ink())), 36.5 * 24.75);
        near(area(&|p| p.rect((4.2, 5.5), (4.5, 5.9), 0.0, ink())), 0.3 * 0.4);
        let pi = std::f32::consts::PI;
        let round = 36.0 * 24.0 - (4.0 - pi) * 36.0;
        near(area(&|p| p.rect((4.0, 5.0), (40.0, 29.0), 6.0, ink())), round);
        near(area(&|p| p.circle((30.0, 30.0), 12.0, None, ink())), pi * 144.0);
        near(area(&|p| p.circle((30.0, 30.0), 12.0, Some(2.0), ink())), pi * 48.0);
        near(area(&|p| p.frame((10.0, 10.0), (50.0, 40.0), 0.0, 1.0, ink())), 140.0);
        near(area(&|p| p.polygon(&[(10.0, 10.0), (50.0, 20.0), (20.0, 50.0)], ink())), 750.0);
    }

    #[test]
    fn the_ground_stays_opaque() {
        let mut pixels = Pixels::new(16, Theme::of(ThemeName::Dark).canvas);
        pixels.line((0.0, 0.0), (16.0, 16.0), brush(1.5));
        pixels.circle((8.0, 8.0), 3.0, None, ink().faded(0.3));
        assert!(pixels.into_rgba().chunks_exact(4).all(|pixel| pixel[3] == 255));
    }
}
