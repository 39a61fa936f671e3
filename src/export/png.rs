//! PNG: the picture as pixels.

use super::{ExportError, ExportMeta, Exported, Exporter, Picture, svg};
use crate::layout::Size;
use crate::scene::draw::Lod;
use resvg::tiny_skia::{Pixmap, Transform};

/// Most pixels of a picture: 256 MB while it is drawn.
pub const MOST_PIXELS: u64 = 64_000_000;

/// Longest side in pixels: what image viewers and browsers open (Chromium and Skia stop at 16,384).
pub const MOST_SIDE: u32 = 16_384;

/// Pixels a unit where no width is asked for: sharp on a screen of two pixels a point.
const SHARP: f32 = 2.0;

#[derive(Debug)]
pub(super) struct Png;

impl Exporter for Png {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "png",
            title: "PNG",
            extension: "png",
            doc: "Picture of pixels for chats and slides.",
            whole: false,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let (pixmap, notes) = drawn(picture)?;
        let bytes = pixmap.encode_png().map_err(|error| renderer(error.to_string()))?;
        Ok(Exported { bytes, notes })
    }
}

/// A picture in memory, for a clipboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raster {
    pub width: u32,
    pub height: u32,
    /// Red, green, blue, alpha for each pixel, row by row; opaque.
    pub rgba: Vec<u8>,
}

/// The picture as [`Exporter`] of PNG draws it.
///
/// # Errors
/// As that.
pub fn rasterize(picture: &Picture<'_>) -> Result<Raster, ExportError> {
    let (pixmap, _) = drawn(picture)?;
    // The sheet is opaque, so that premultiplied is the same as straight.
    Ok(Raster { width: pixmap.width(), height: pixmap.height(), rgba: pixmap.take() })
}

fn drawn(picture: &Picture<'_>) -> Result<(Pixmap, Vec<String>), ExportError> {
    // The sheet of a picture drawn whole, which is the largest, decides the scale.
    let whole = super::sheet::Sheet::new(picture, Lod::Near).size();
    let (scale, note) = scale(whole, picture.width_px)?;
    let drawing = svg::draw(picture, scale, false);
    let mut notes = drawing.notes();
    notes.extend(note);
    let side = |length: f32| ((length * scale).round() as u32).max(1);
    let (width, height) =
        (picture.width_px.unwrap_or(side(whole.width)), side(drawing.size.height));
    let mut pixmap = Pixmap::new(width, height)
        .ok_or_else(|| renderer(format!("no room for {width} × {height} pixels")))?;
    let ground = picture.theme.canvas;
    pixmap.fill(resvg::tiny_skia::Color::from_rgba8(ground.r, ground.g, ground.b, ground.a));
    let tree = drawing.tree("PNG")?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok((pixmap, notes))
}

const fn renderer(reason: String) -> ExportError {
    ExportError::Renderer { format: "PNG", reason }
}

/// Pixels a unit, and what to say of it.
fn scale(size: Size, width: Option<u32>) -> Result<(f32, Option<String>), ExportError> {
    let largest = (MOST_SIDE as f32 / size.width.max(size.height))
        .min((MOST_PIXELS as f64 / f64::from(size.width) / f64::from(size.height)).sqrt() as f32);
    let Some(width) = width else {
        let scale = SHARP.min(largest);
        let note = (scale < 1.0).then(|| {
            format!(
                "the picture was made smaller, {:.0} % of its natural size, to have no more than {MOST_SIDE} pixels a side and {} million in all; SVG and PDF have no such limit",
                scale * 100.0,
                MOST_PIXELS / 1_000_000
            )
        });
        return Ok((scale, note));
    };
    if width == 0 {
        return Err(ExportError::NoWidth);
    }
    let scale = width as f32 / size.width;
    if scale > largest {
        let height = (f64::from(size.height) * f64::from(scale)).round() as u64;
        let widest = (size.width * largest).floor() as u32;
        return Err(ExportError::TooManyPixels { width, height, widest });
    }
    Ok((scale, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, picture_of};

    #[test]
    fn a_width_is_kept_and_the_ground_is_opaque() {
        let shown = Shown::sample("hello");
        let picture = Picture { width_px: Some(777), ..picture_of(&shown) };
        let raster = rasterize(&picture).expect("a picture");
        assert_eq!(raster.width, 777);
        assert_eq!(raster.rgba.len(), 4 * (raster.width * raster.height) as usize);
        assert!(raster.rgba.chunks(4).all(|pixel| pixel[3] == 255));
        let ground = picture.theme.canvas;
        assert_eq!(raster.rgba[..3], [ground.r, ground.g, ground.b]);
        assert!(raster.rgba.chunks(4).any(|pixel| pixel[..3] != raster.rgba[..3]), "it is blank");
    }

    #[test]
    fn text_is_drawn_with_the_bundled_fonts() {
        let shown = Shown::of(&[("a", "b")]);
        let drawing = svg::draw(&picture_of(&shown), 1.0, false);
        let tree = drawing.tree("PNG").expect("a tree");
        let mut open: Vec<&usvg::Node> = tree.root().children().iter().collect();
        let mut glyphs = 0;
        while let Some(node) = open.pop() {
            match node {
                usvg::Node::Group(group) => open.extend(group.children()),
                usvg::Node::Text(text) => {
                    let drawn = text.layouted().iter().flat_map(|span| &span.positioned_glyphs);
                    glyphs += drawn.filter(|glyph| glyph.id.0 != 0).count();
                }
                _ => {}
            }
        }
        assert!(glyphs > 50, "{glyphs} glyphs");
    }

    #[test]
    fn more_pixels_than_fit_are_refused_with_the_width_that_would() {
        let size = Size::new(1000.0, 500.0);
        assert_eq!(scale(size, None).expect("fits").0, SHARP);
        let error = scale(size, Some(20_000)).expect_err("too wide");
        let ExportError::TooManyPixels { widest, .. } = error else { panic!("{error}") };
        assert!(scale(size, Some(widest)).is_ok() && scale(size, Some(widest + 30)).is_err());
        assert!(error.to_string().contains(&widest.to_string()), "{error}");
        assert!(scale(size, Some(0)).is_err());
        let (small, note) = scale(Size::new(60_000.0, 9_000.0), None).expect("made smaller");
        assert!(small < 0.3 && note.expect("said").contains("smaller"));
    }
}
