//! PDF: one page as large as the picture, text as text.

use super::{ExportError, ExportMeta, Exported, Exporter, Picture, svg};
use krilla::Document;
use krilla::geom::Size;
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt, SvgSettings};

/// Points a unit: a unit is a logical pixel, of which 96 make an inch.
const POINTS: f32 = 0.75;

/// Longest side of a page in points that every reader opens (PDF 1.7, annex C.2: 200 inches).
const MOST_POINTS: f32 = 14_400.0;

#[derive(Debug)]
pub(super) struct Pdf;

impl Exporter for Pdf {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "pdf",
            title: "PDF",
            extension: "pdf",
            doc: "Vector picture on one page, for printing and sending.",
            whole: false,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let drawing = svg::draw(picture, 1.0, false);
        let tree = drawing.tree("PDF")?;
        let failed =
            |reason: &str| ExportError::Renderer { format: "PDF", reason: reason.to_owned() };
        let (width, height) = (tree.size().width(), tree.size().height());
        let scale = POINTS.min(MOST_POINTS / width.max(height));
        let size = Size::from_wh(width * scale, height * scale)
            .ok_or_else(|| failed("the page has no size"))?;
        let mut document = Document::new();
        document.set_metadata(metadata(picture, drawing.title()));
        let mut page = document.start_page_with(PageSettings::new(size));
        let mut surface = page.surface();
        surface
            .draw_svg(&tree, size, SvgSettings::default())
            .ok_or_else(|| failed("a shape could not be drawn"))?;
        surface.finish();
        page.finish();
        let bytes = document.finish().map_err(|error| failed(&format!("{error:?}")))?;
        Ok(Exported { bytes, notes: drawing.notes() })
    }
}

/// The day is that of the picture and not the clock's: the same picture is the same file.
fn metadata(picture: &Picture<'_>, title: &str) -> Metadata {
    let day = picture.date;
    let created = DateTime::new(day.year().unsigned_abs())
        .month(day.month().unsigned_abs())
        .day(day.day().unsigned_abs());
    Metadata::new()
        .title(title.to_owned())
        .creator(format!("Undercurrent {}", env!("CARGO_PKG_VERSION")))
        .language("en".to_owned())
        .creation_date(created)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, picture_of};

    #[test]
    fn a_page_of_vectors_that_is_the_same_each_time() {
        let shown = Shown::sample("hello");
        let first = Pdf.export(&picture_of(&shown)).expect("a page").bytes;
        assert!(first.starts_with(b"%PDF-"));
        // Text is kept as text with its font, and nothing was turned into pixels.
        let has = |what: &[u8]| first.windows(what.len()).any(|window| window == what);
        assert!(has(b"/FontFile") || has(b"/Type0"), "no font");
        assert!(!has(b"/Subtype/Image") && !has(b"/Subtype /Image"), "pixels");
        assert_eq!(first, Pdf.export(&picture_of(&shown)).expect("a page").bytes);
    }
}
