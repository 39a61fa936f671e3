//! The bundled fonts in files: the database that renderers draw with, and small copies for SVG.

use crate::scene::measure::{FALLBACKS, Font};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use ttf_parser::Face;
use usvg::fontdb::Database;

/// The bundled faces and no others: a picture must not depend on what is installed.
pub(super) static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut database = Database::new();
    for face in Font::ALL.iter().map(|font| font.bytes()).chain(FALLBACKS) {
        database.load_font_data(face.to_vec());
    }
    database.set_sans_serif_family(Font::Text.family());
    database.set_monospace_family(Font::Mono.family());
    Arc::new(database)
});

/// Tables that drawing outlines needs. Kerning, substitutions and names of glyphs are left out, and so
/// are signatures and device metrics.
const KEPT: &[&[u8; 4]] = &[
    b"OS/2", b"cmap", b"cvt ", b"fpgm", b"gasp", b"glyf", b"head", b"hhea", b"hmtx", b"loca",
    b"maxp", b"name", b"prep",
];

/// A face with the outlines of `characters` alone, about a tenth of the whole; its glyphs keep their
/// numbers, so that every other table stays as it is. `None` when the face has none of them or is not
/// TrueType.
pub(super) fn subset(face: &'static [u8], characters: &BTreeSet<char>) -> Option<Vec<u8>> {
    let parsed = Face::parse(face, 0).ok()?;
    let font = Tables::new(face)?;
    let long_offsets = font.head()?.get(50..52)? == [0, 1];
    let loca = font.table(b"loca")?;
    let offset_of = |glyph: usize| -> Option<usize> {
        if long_offsets {
            Some(u32::from_be_bytes(loca.get(glyph * 4..glyph * 4 + 4)?.try_into().ok()?) as usize)
        } else {
            let half = u16::from_be_bytes(loca.get(glyph * 2..glyph * 2 + 2)?.try_into().ok()?);
            Some(usize::from(half) * 2)
        }
    };
    let glyf = font.table(b"glyf")?;
    let outline = |glyph: u16| -> &'static [u8] {
        let glyph = usize::from(glyph);
        let range = offset_of(glyph).zip(offset_of(glyph + 1));
        range.and_then(|(start, end)| glyf.get(start..end)).unwrap_or_default()
    };
    let mut kept: BTreeSet<u16> =
        characters.iter().filter_map(|&c| parsed.glyph_index(c)).map(|glyph| glyph.0).collect();
    if kept.is_empty() {
        return None;
    }
    // The box for what is missing.
    kept.insert(0);
    let mut open: Vec<u16> = kept.iter().copied().collect();
    while let Some(glyph) = open.pop() {
        open.extend(parts_of(outline(glyph)).into_iter().filter(|&part| kept.insert(part)));
    }
    let mut new_glyf: Vec<u8> = Vec::new();
    let mut new_loca: Vec<u8> = Vec::new();
    for glyph in 0..=parsed.number_of_glyphs() {
        let start = new_glyf.len() as u32;
        new_loca.extend(start.to_be_bytes());
        if kept.contains(&glyph) {
            new_glyf.extend(outline(glyph));
            new_glyf.resize(new_glyf.len().next_multiple_of(4), 0);
        }
    }
    Some(font.rebuilt(&new_glyf, &new_loca))
}

/// Glyphs that a composite one is put together from.
fn parts_of(outline: &[u8]) -> Vec<u16> {
    const WORDS: u16 = 0x1;
    const SCALE: u16 = 0x8;
    const MORE: u16 = 0x20;
    const TWO_SCALES: u16 = 0x40;
    const MATRIX: u16 = 0x80;
    let word = |at: usize| -> Option<u16> {
        Some(u16::from_be_bytes(outline.get(at..at + 2)?.try_into().ok()?))
    };
    let mut parts = Vec::new();
    // A negative number of contours marks a composite.
    if word(0).is_none_or(|contours| contours < 0x8000) {
        return parts;
    }
    let mut at = 10;
    while let (Some(flags), Some(glyph)) = (word(at), word(at + 2)) {
        parts.push(glyph);
        at += if flags & WORDS != 0 { 8 } else { 6 };
        at += match flags {
            f if f & SCALE != 0 => 2,
            f if f & TWO_SCALES != 0 => 4,
            f if f & MATRIX != 0 => 8,
            _ => 0,
        };
        if flags & MORE == 0 {
            break;
        }
    }
    parts
}

/// A TrueType file as its tables.
struct Tables {
    tables: Vec<([u8; 4], &'static [u8])>,
}

impl Tables {
    fn new(face: &'static [u8]) -> Option<Self> {
        let count = usize::from(u16::from_be_bytes(face.get(4..6)?.try_into().ok()?));
        let tables = (0..count).map(|ix| {
            let record = face.get(12 + ix * 16..28 + ix * 16)?;
            let number = |at: usize| -> Option<usize> {
                Some(u32::from_be_bytes(record[at..at + 4].try_into().ok()?) as usize)
            };
            let start = number(8)?;
            Some((record[..4].try_into().ok()?, face.get(start..start + number(12)?)?))
        });
        Some(Self { tables: tables.collect::<Option<_>>()? })
    }

    fn table(&self, tag: &[u8; 4]) -> Option<&'static [u8]> {
        self.tables.iter().find(|(name, _)| name == tag).map(|&(_, bytes)| bytes)
    }

    fn head(&self) -> Option<&'static [u8]> {
        self.table(b"head").filter(|head| head.len() >= 54)
    }

    /// The file with other outlines, whose offsets take four bytes each.
    fn rebuilt(&self, glyf: &[u8], loca: &[u8]) -> Vec<u8> {
        let tables: Vec<(&[u8; 4], Vec<u8>)> = KEPT
            .iter()
            .filter_map(|&tag| {
                let bytes = match tag {
                    b"glyf" => glyf.to_vec(),
                    b"loca" => loca.to_vec(),
                    b"head" => {
                        let mut head = self.head()?.to_vec();
                        // The sum over the file, set at the end, and the width of offsets.
                        head[8..12].fill(0);
                        head[50..52].copy_from_slice(&[0, 1]);
                        head
                    }
                    tag => self.table(tag)?.to_vec(),
                };
                Some((tag, bytes))
            })
            .collect();
        assembled(&tables)
    }
}

/// Header, directory and tables of a TrueType file, with their sums.
fn assembled(tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    /// What the sum over a whole file is adjusted to.
    const WHOLE: u32 = 0xB1B0_AFBA;
    let count = tables.len() as u16;
    let log = count.ilog2() as u16;
    let range = 16 << log;
    let mut file: Vec<u8> = vec![0, 1, 0, 0];
    for number in [count, range, log, count * 16 - range] {
        file.extend(number.to_be_bytes());
    }
    let mut start = file.len() + 16 * tables.len();
    let mut head_at = None;
    for (tag, bytes) in tables {
        file.extend(*tag);
        for number in [sum(bytes), start as u32, bytes.len() as u32] {
            file.extend(number.to_be_bytes());
        }
        if *tag == b"head" {
            head_at = Some(start);
        }
        start += bytes.len().next_multiple_of(4);
    }
    for (_, bytes) in tables {
        file.extend(bytes);
        file.resize(file.len().next_multiple_of(4), 0);
    }
    if let Some(head) = head_at {
        let adjustment = WHOLE.wrapping_sub(sum(&file));
        file[head + 8..head + 12].copy_from_slice(&adjustment.to_be_bytes());
    }
    file
}

/// The sum of the bytes as big-endian words.
fn sum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0u32, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

/// Base 64 with padding, as data URIs want it (RFC 4648).
pub(super) fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut three = [0; 3];
        three[..chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for sign in 0..4 {
            let value = word >> (18 - 6 * sign) & 0x3f;
            text.push(if sign > chunk.len() { '=' } else { char::from(SIGNS[value as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use ttf_parser::OutlineBuilder;

    #[derive(Default, PartialEq, Debug)]
    struct Lines(Vec<[f32; 6]>);

    impl OutlineBuilder for Lines {
        fn move_to(&mut self, x: f32, y: f32) {
            self.0.push([x, y, 0.0, 0.0, 0.0, 0.0]);
        }
        fn line_to(&mut self, x: f32, y: f32) {
            self.0.push([x, y, 1.0, 0.0, 0.0, 0.0]);
        }
        fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
            self.0.push([x, y, x1, y1, 2.0, 0.0]);
        }
        fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
            self.0.push([x, y, x1, y1, x2, y2]);
        }
        fn close(&mut self) {}
    }

    fn outline(face: &Face<'_>, c: char) -> (Lines, Option<u16>) {
        let glyph = face.glyph_index(c).expect("a glyph");
        let mut lines = Lines::default();
        face.outline_glyph(glyph, &mut lines);
        (lines, face.glyph_hor_advance(glyph))
    }

    #[test]
    fn a_subset_draws_its_characters_as_the_whole_does_and_nothing_else() {
        // The second is a composite glyph.
        let characters: BTreeSet<char> = ['a', 'É', '·', '…'].into();
        for whole in [Font::Text.bytes(), Font::Mono.bytes()] {
            let bytes = subset(whole, &characters).expect("it has them");
            assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
            assert_eq!(sum(&bytes), 0xB1B0_AFBA);
            let (small, whole) = (Face::parse(&bytes, 0).expect("a font"), Face::parse(whole, 0));
            for &c in &characters {
                let drawn = outline(&small, c);
                assert!(!drawn.0.0.is_empty());
                assert_eq!(drawn, outline(whole.as_ref().expect("a font"), c), "{c}");
            }
            assert!(outline(&small, 'b').0.0.is_empty());
        }
    }

    #[test]
    fn a_face_without_the_characters_is_not_copied() {
        assert_eq!(subset(Font::Text.bytes(), &['\u{1f600}'].into()), None);
    }

    #[test]
    fn base64_as_the_standard_has_it() {
        let all = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|t| base64(t.as_bytes()));
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }
}
