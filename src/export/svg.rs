//! SVG: the picture as text and shapes, sharp at any size.
//!
//! Text stays text, so that it can be found and copied, and the outlines of the characters that occur
//! come along in the file (about 30 kB): a file that names fonts alone looks different on every machine,
//! and the whole fonts would make every map half a megabyte larger. Programs that ignore fonts in a file
//! find the same families by name, and otherwise their own.

use super::sheet::Sheet;
use super::svg_pen::{Escaped, SvgPen};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture, font};
use crate::layout::Size;
use crate::scene::draw::Look;
use crate::scene::measure::{FALLBACKS, Font};
use std::collections::BTreeSet;
use std::fmt::Write;

#[derive(Debug)]
pub(super) struct Svg;

impl Exporter for Svg {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "svg",
            title: "SVG",
            extension: "svg",
            doc: "Vector picture for browsers, documents and drawing programs.",
            whole: false,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let drawing = draw(picture, 1.0, false);
        let text = drawing.document(&font_faces(&drawing.characters));
        Ok(Exported { bytes: text.into_bytes(), notes: Vec::new() })
    }
}

/// A drawn sheet.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) size: Size,
    title: String,
    body: String,
    /// By font: those that occur.
    characters: [BTreeSet<char>; Font::ALL.len()],
}

/// Draws the sheet of `picture` for a target with `scale` pixels a unit: details that such a target
/// cannot show are left out.
pub(super) fn draw(picture: &Picture<'_>, scale: f32, handles: bool) -> Drawing {
    let look = Look::new(picture.theme, scale).with_debt(picture.debt);
    let sheet = Sheet::new(picture, look.lod);
    let mut pen = SvgPen::new(picture.graph, picture.scene, handles);
    sheet.draw(picture, &look, &mut pen);
    let (body, characters) = pen.finish();
    Drawing { size: sheet.size(), title: sheet.title().to_owned(), body, characters }
}

impl Drawing {
    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// By font: those that occur.
    pub(super) fn characters(&self) -> &[BTreeSet<char>; Font::ALL.len()] {
        &self.characters
    }

    /// The whole document, with `style` in it.
    pub(super) fn document(&self, style: &str) -> String {
        let (width, height) = (self.size.width.ceil(), self.size.height.ceil());
        let style =
            if style.is_empty() { String::new() } else { format!("<style>{style}</style>\n") };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"{}\" font-weight=\"300\" role=\"img\">\n<title>{}</title>\n{style}{}</svg>\n",
            families(Font::Text),
            Escaped(&self.title),
            self.body
        )
    }

    /// The document as renderers take it that have the bundled fonts: without them.
    pub(super) fn tree(&self, format: &'static str) -> Result<usvg::Tree, ExportError> {
        let options = usvg::Options {
            fontdb: font::DATABASE.clone(),
            font_family: Font::Text.family().to_owned(),
            ..usvg::Options::default()
        };
        usvg::Tree::from_str(&self.document(""), &options)
            .map_err(|error| ExportError::Renderer { format, reason: error.to_string() })
    }

    /// How many lines the sheet's characters lack in the bundled fonts, in words.
    pub(super) fn notes(&self) -> Vec<String> {
        let missing: BTreeSet<char> = Font::ALL
            .iter()
            .flat_map(|&font| self.characters[font as usize].iter().map(move |&c| (font, c)))
            .filter(|&(font, c)| {
                !crate::scene::measure::is_drawable(c.encode_utf8(&mut [0; 4]), font)
            })
            .map(|(_, c)| c)
            .collect();
        if missing.is_empty() {
            return Vec::new();
        }
        let some: String = missing.iter().take(8).collect();
        vec![format!(
            "{} characters that occur are in no bundled font and are drawn as boxes ({some}); SVG shows them with the fonts of whoever looks at it",
            missing.len()
        )]
    }
}

/// The families for `font`, best first, as an attribute.
pub(super) fn families(font: Font) -> String {
    let last = match font {
        Font::Text => "sans-serif",
        Font::Mono => "monospace",
    };
    format!(
        "'{}', {}, {last}",
        font.family(),
        FALLBACK_FAMILIES.map(|f| format!("'{f}'")).join(", ")
    )
}

/// Names of [`FALLBACKS`].
const FALLBACK_FAMILIES: [&str; 2] = ["Noto Emoji", "emoji"];

/// Rules that bring the characters along.
pub(super) fn font_faces(characters: &[BTreeSet<char>; Font::ALL.len()]) -> String {
    let mut rules = String::new();
    let mut left_over: BTreeSet<char> = BTreeSet::new();
    let mut add = |family: &str, face: &'static [u8], wanted: &BTreeSet<char>| {
        if let Some(bytes) = font::subset(face, wanted) {
            let _ = write!(
                rules,
                "@font-face{{font-family:'{family}';font-weight:300;src:url(data:font/ttf;base64,{})}}",
                font::base64(&bytes)
            );
        }
    };
    for &font in Font::ALL {
        let own = &characters[font as usize];
        add(font.family(), font.bytes(), own);
        let face = ttf_parser::Face::parse(font.bytes(), 0);
        let lacks = |c: &&char| face.as_ref().is_ok_and(|face| face.glyph_index(**c).is_none());
        left_over.extend(own.iter().filter(lacks));
    }
    for (face, family) in FALLBACKS.into_iter().zip(FALLBACK_FAMILIES) {
        add(family, face, &left_over);
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{Shown, picture_of};

    fn svg(shown: &Shown) -> String {
        let exported = Svg.export(&picture_of(shown)).expect("a picture");
        String::from_utf8(exported.bytes).expect("text")
    }

    #[test]
    fn hostile_names_stay_text() {
        let name = "</title></text><script>alert('x')</script>&\u{7}\u{202e}";
        let text = svg(&Shown::of(&[(name, "b"), ("b", "c")]));
        assert!(!text.contains("<script") && !text.contains('\u{7}'));
        assert!(text.contains("&lt;script&gt;"));
        roxmltree(&text);
    }

    /// Well-formed, or it panics.
    fn roxmltree(text: &str) {
        usvg::roxmltree::Document::parse(text).expect("well-formed XML");
    }

    #[test]
    fn every_mark_is_a_group_with_a_title() {
        let shown = Shown::of(&[("a", "b"), ("b", "c"), ("c", "a")]);
        let text = svg(&shown);
        assert_eq!(text.matches("<g class=\"card\"><title>").count(), 3);
        assert_eq!(text.matches("<g class=\"link\"><title>").count(), 3);
        assert!(text.contains("<title>a → b</title>"), "{text}");
    }

    #[test]
    fn nothing_is_cropped() {
        for shown in [
            Shown::of(&[("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")]),
            Shown::of(&[("one node with a name that is much too long for any card", "x")]),
            Shown::sample("ads_ranking"),
            Shown::of(&[]),
        ] {
            let drawing = draw(&picture_of(&shown), 1.0, false);
            let tree = drawing.tree("SVG").expect("a tree");
            let inside = tree.root().abs_stroke_bounding_box();
            assert!(inside.left() >= -0.5 && inside.top() >= -0.5, "{inside:?}");
            let (right, bottom) =
                (drawing.size.width.ceil() + 0.5, drawing.size.height.ceil() + 0.5);
            assert!(inside.right() <= right && inside.bottom() <= bottom, "{inside:?}");
        }
    }

    #[test]
    fn the_same_picture_is_the_same_file_and_brings_its_characters() {
        let shown = Shown::sample("hello");
        let text = svg(&shown);
        assert_eq!(text, svg(&shown));
        assert_eq!(text.matches("@font-face").count(), 1);
        assert!(text.len() < 90_000, "{} bytes", text.len());
    }

    #[test]
    fn the_families_named_are_those_of_the_faces() {
        let names: Vec<String> = font::DATABASE
            .faces()
            .flat_map(|face| face.families.iter().map(|(name, _)| name.clone()))
            .collect();
        for family in Font::ALL.iter().map(|font| font.family()).chain(FALLBACK_FAMILIES) {
            assert!(names.iter().any(|name| name == family), "{family} is none of {names:?}");
        }
    }
}
