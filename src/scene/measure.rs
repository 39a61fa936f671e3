//! Widths of text in the fonts that come with the program, so that a string is cut at the same
//! place on the screen and in a file.

use std::sync::LazyLock;
use ttf_parser::Face;

/// Which of the two faces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Font {
    /// Ubuntu Light: everything for people.
    Text,
    /// Hack: ids.
    Mono,
}

impl Font {
    pub const ALL: &[Self] = &[Self::Text, Self::Mono];

    /// The face as a TrueType file.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Text => epaint_default_fonts::UBUNTU_LIGHT,
            Self::Mono => epaint_default_fonts::HACK_REGULAR,
        }
    }

    /// Its family, as the file names it; the text face is the light one of its family.
    pub const fn family(self) -> &'static str {
        match self {
            Self::Text => "Ubuntu",
            Self::Mono => "Hack",
        }
    }
}

/// Faces for characters that the others lack.
pub const FALLBACKS: [&[u8]; 2] =
    [epaint_default_fonts::NOTO_EMOJI_REGULAR, epaint_default_fonts::EMOJI_ICON];

/// Advance of a character that no face has, as a share of the size.
const UNKNOWN_ADVANCE: f32 = 0.6;

/// Characters whose advance is kept ready: Latin and its neighbours.
const TABLE: usize = 0x250;

struct Widths {
    faces: Vec<Face<'static>>,
    table: Vec<f32>,
}

impl Widths {
    fn new(font: Font) -> Self {
        let parsed = std::iter::once(font.bytes()).chain(FALLBACKS);
        let faces: Vec<Face<'static>> = parsed.filter_map(|b| Face::parse(b, 0).ok()).collect();
        let mut this = Self { faces, table: Vec::new() };
        this.table = (0..TABLE as u32)
            .map(|code| char::from_u32(code).map_or(0.0, |c| this.look_up(c)))
            .collect();
        this
    }

    fn look_up(&self, c: char) -> f32 {
        let found = self.faces.iter().find_map(|face| {
            let advance = face.glyph_hor_advance(face.glyph_index(c)?)?;
            Some(f32::from(advance) / f32::from(face.units_per_em()))
        });
        found.unwrap_or(if c.is_control() { 0.0 } else { UNKNOWN_ADVANCE })
    }

    fn advance(&self, c: char) -> f32 {
        self.table.get(c as usize).copied().unwrap_or_else(|| self.look_up(c))
    }
}

static WIDTHS: LazyLock<[Widths; 2]> =
    LazyLock::new(|| [Widths::new(Font::Text), Widths::new(Font::Mono)]);

/// Width of `text` at `size`, in scene units; linear in its length.
pub fn width(text: &str, font: Font, size: f32) -> f32 {
    let widths = &WIDTHS[font as usize];
    text.chars().map(|c| widths.advance(c)).sum::<f32>() * size
}

/// Where to cut what does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Ids are told apart by both ends. What has lost its beginning already loses more of that.
    Middle,
    End,
}

const ELLIPSIS: char = '…';

/// `text` as it is drawn within `room` scene units: on one line, without characters that draw nothing
/// or turn the direction of what stands beside them, and with an ellipsis where it had to be cut.
///
/// Looks at no more of the text than could fit, so that a name of a megabyte costs no more than its scan.
pub fn fit(text: &str, font: Font, size: f32, room: f32, cut: Cut) -> String {
    let widths = &WIDTHS[font as usize];
    let advance = |c: char| widths.advance(c) * size;
    // No printable character is narrower than this share of the size, so more cannot fit.
    const NARROWEST: f32 = 0.15;
    let most = (room / (size * NARROWEST)).max(0.0) as usize + 1;
    let mut drawn: Vec<char> = text.chars().filter_map(drawable).take(most + 1).collect();
    if drawn.len() <= most && drawn.iter().map(|&c| advance(c)).sum::<f32>() <= room {
        return drawn.into_iter().collect();
    }
    let room = room - advance(ELLIPSIS);
    let (head_room, tail_room) = match cut {
        Cut::Middle if text.starts_with(ELLIPSIS) => (0.0, room),
        Cut::Middle => (room, room / 2.0),
        Cut::End => (room, 0.0),
    };
    let mut tail: Vec<char> = Vec::new();
    let mut used = 0.0;
    for c in text.chars().rev().filter_map(drawable) {
        if used + advance(c) > tail_room {
            break;
        }
        used += advance(c);
        tail.push(c);
    }
    let mut head = 0;
    for &c in &drawn {
        if used + advance(c) > head_room {
            break;
        }
        used += advance(c);
        head += 1;
    }
    drawn.truncate(head);
    let start: String = drawn.into_iter().collect();
    let end: String = tail.into_iter().rev().collect();
    format!("{}{ELLIPSIS}{}", start.trim_end(), end.trim_start())
}

/// Whether the faces that come with the program can draw all of `text`.
pub fn is_drawable(text: &str, font: Font) -> bool {
    let has = |c: char| WIDTHS[font as usize].faces.iter().any(|f| f.glyph_index(c).is_some());
    text.chars().filter_map(drawable).all(has)
}

/// `text` on lines of at most `room` scene units, broken at blanks where there are any and within words
/// where there are none. Nothing is cut; the same characters are left out as by [`fit`].
pub fn wrap(text: &str, font: Font, size: f32, room: f32) -> Vec<String> {
    let widths = &WIDTHS[font as usize];
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0.0;
    // Where the line may be broken, and its width up to there.
    let mut blank: Option<(usize, f32)> = None;
    for c in text.chars().filter_map(drawable) {
        let advance = widths.advance(c) * size;
        if used + advance > room && !line.is_empty() && c != ' ' {
            let (end, before) = blank.take().unwrap_or((line.len(), used));
            let rest = line.split_off(end);
            lines.push(line.trim_end().to_owned());
            line = rest;
            used -= before;
        }
        line.push(c);
        used += advance;
        if c == ' ' {
            blank = Some((line.len(), used));
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// White space becomes a blank; what has no shape of its own is left out.
fn drawable(c: char) -> Option<char> {
    match c {
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => Some('\u{fffd}'),
        // Marks and overrides of direction, joiners, byte order marks.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays() {
        assert_eq!(fit("orders", Font::Text, 13.0, 120.0, Cut::End), "orders");
    }

    #[test]
    fn cut_text_fits_and_keeps_its_ends() {
        let id = "model.shop.intermediate.int_orders_joined_to_payments_by_day";
        for room in [20.0, 60.0, 119.0, 240.0] {
            for cut in [Cut::Middle, Cut::End] {
                let shown = fit(id, Font::Text, 13.0, room, cut);
                assert!(width(&shown, Font::Text, 13.0) <= room, "{shown} in {room}");
                assert!(shown.contains(ELLIPSIS));
            }
        }
        let shown = fit("…privacy-scanner", Font::Text, 13.0, 60.0, Cut::Middle);
        assert!(shown.starts_with(ELLIPSIS) && shown.ends_with("scanner"), "{shown}");
        assert_eq!(shown.matches(ELLIPSIS).count(), 1);
        let shown = fit(id, Font::Text, 13.0, 160.0, Cut::Middle);
        assert!(shown.starts_with("model.") && shown.ends_with("by_day"), "{shown}");
    }

    #[test]
    fn control_and_direction_characters_do_not_reach_the_picture() {
        let shown = fit("a\u{202e}b\u{7}\nc", Font::Text, 13.0, 200.0, Cut::End);
        assert_eq!(shown, "ab\u{fffd} c");
    }

    #[test]
    fn wrapped_text_keeps_every_word_and_fits() {
        let text =
            "12 of 1,437 nodes as cards, the rest in closed groups; grouped as the manifests say";
        for room in [40.0, 90.0, 200.0, 2000.0] {
            let lines = wrap(text, Font::Text, 13.0, room);
            assert_eq!(lines.join(" ").replace(' ', ""), text.replace(' ', ""));
            for line in &lines {
                assert!(width(line, Font::Text, 13.0) <= room, "{line} in {room}");
            }
        }
        assert_eq!(wrap(text, Font::Text, 13.0, 2000.0), [text]);
        assert_eq!(wrap("", Font::Text, 13.0, 100.0), [""]);
        let word = "x".repeat(50);
        assert_eq!(wrap(&word, Font::Text, 13.0, 100.0).concat(), word);
    }

    #[test]
    fn what_no_face_can_draw_is_known() {
        assert!(is_drawable("orders \u{202e}Übersicht", Font::Text));
        assert!(!is_drawable("注文", Font::Text));
    }

    #[test]
    fn a_very_long_name_is_cut_quickly() {
        let name = "x".repeat(1_000_000);
        let shown = fit(&name, Font::Mono, 12.0, 100.0, Cut::Middle);
        assert!(shown.chars().count() < 20, "{shown}");
    }
}
