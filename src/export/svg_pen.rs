//! The drawing functions' pen that writes SVG.

use crate::layout::{Point, Rect};
use crate::model::SystemGraph;
use crate::scene::draw::{Anchor, Dash, Mark, Pen, Stroke};
use crate::scene::measure::{Font, is_drawable, width};
use crate::scene::{BoxIx, Color, Scene};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Writes elements of an SVG document; every mark becomes a group with a title that browsers show.
#[derive(Debug)]
pub(super) struct SvgPen<'a> {
    graph: &'a SystemGraph,
    scene: &'a Scene,
    /// By key of the group.
    plates: FxHashMap<&'a str, u32>,
    /// Whether groups carry what a script needs to find and connect them.
    handles: bool,
    body: String,
    gradients: u32,
    characters: [BTreeSet<char>; Font::ALL.len()],
}

impl<'a> SvgPen<'a> {
    pub(super) fn new(graph: &'a SystemGraph, scene: &'a Scene, handles: bool) -> Self {
        let plates = scene.plates.iter().zip(0..).map(|(plate, ix)| (&*plate.key, ix)).collect();
        let (body, characters) = (String::new(), Default::default());
        Self { graph, scene, plates, handles, body, gradients: 0, characters }
    }

    /// The elements written so far, and the characters of each font in them.
    pub(super) fn finish(self) -> (String, [BTreeSet<char>; Font::ALL.len()]) {
        (self.body, self.characters)
    }

    /// What is drawn until [`SvgPen::close`] lies at `at`, enlarged.
    pub(super) fn open_at(&mut self, at: Point, scale: f32) {
        self.put(format_args!("<g transform=\"translate({} {})", Num(at.x), Num(at.y)));
        if (scale - 1.0).abs() > f32::EPSILON {
            self.put(format_args!(" scale({scale})"));
        }
        self.body.push_str("\">\n");
    }

    /// What is drawn until [`SvgPen::close`] is found by scripts under `id`.
    pub(super) fn open_id(&mut self, id: &'static str) {
        self.put(format_args!("<g id=\"{id}\">\n"));
    }

    pub(super) fn close(&mut self) {
        self.body.push_str("</g>\n");
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(what);
    }

    fn box_name(&self, ix: BoxIx) -> &'a str {
        match ix {
            BoxIx::Card(ix) => &self.graph.node(self.scene.cards[ix as usize].node).name,
            BoxIx::Plate(ix) => &self.scene.plates[ix as usize].name,
        }
    }

    fn box_handle(&self, ix: BoxIx) -> String {
        match ix {
            BoxIx::Card(ix) => format!("n{}", self.scene.cards[ix as usize].node.0),
            BoxIx::Plate(ix) => format!("g{ix}"),
        }
    }

    /// Class, handle and title of a mark.
    fn describe(&self, mark: Mark<'_>) -> (&'static str, String, String) {
        match mark {
            Mark::Card(card) => {
                let node = self.graph.node(card.node);
                let kind = node.kind.meta().title;
                let owner = card.owner.as_ref().map(|owner| format!(" · {}", owner.name));
                let title =
                    format!("{}\n{}\n{kind}{}", node.name, node.id, owner.unwrap_or_default());
                ("card", format!(" data-box=\"n{}\"", card.node.0), title)
            }
            Mark::Plate(plate) => {
                let ix = self.plates.get(&*plate.key).copied().unwrap_or_default();
                let class = if plate.open { "frame" } else { "stack" };
                (
                    class,
                    format!(" data-box=\"g{ix}\""),
                    format!("{}\n{}", plate.name, plate.subtitle),
                )
            }
            Mark::Link(link) => {
                let [from, to] = [link.from, link.to].map(|end| self.box_handle(end));
                let many = if link.count > 1 {
                    format!("\n{} connections", link.count)
                } else {
                    String::new()
                };
                let ends = [link.from, link.to].map(|end| self.box_name(end));
                let title = format!("{} → {}{many}", ends[0], ends[1]);
                ("link", format!(" data-from=\"{from}\" data-to=\"{to}\""), title)
            }
        }
    }

    fn fill(&mut self, fill: Option<Color>) {
        match fill {
            None => self.body.push_str(" fill=\"none\""),
            Some(color) => self.color("fill", color),
        }
    }

    fn color(&mut self, attribute: &str, color: Color) {
        self.put(format_args!(" {attribute}=\"{}\"", Hex(color)));
        if color.a != 255 {
            self.put(format_args!(" {attribute}-opacity=\"{}\"", opacity(color)));
        }
    }

    fn stroke(&mut self, stroke: Option<Stroke>) {
        let Some(stroke) = stroke else { return };
        self.color("stroke", stroke.color);
        self.width_and_dash(stroke);
    }

    fn width_and_dash(&mut self, stroke: Stroke) {
        self.put(format_args!(" stroke-width=\"{}\"", Num(stroke.width)));
        match stroke.dash {
            Dash::Solid => {}
            Dash::Dashed(line, gap) => {
                self.put(format_args!(" stroke-dasharray=\"{} {}\"", Num(line), Num(gap)));
            }
            Dash::Dotted(step) => self.put(format_args!(
                " stroke-dasharray=\"0 {}\" stroke-linecap=\"round\"",
                Num(step)
            )),
        }
    }

    /// Defines the fading of a line on its way from `start` to `end`, if it fades, and says its number.
    fn gradient(&mut self, stroke: Stroke, start: Point, end: Point) -> Option<u32> {
        /// A gradient over less than this many units is seen by nobody, and over none it is undefined.
        const SHORTEST: f32 = 4.0;
        if stroke.fade_from >= 1.0 || start.distance(end) < SHORTEST {
            return None;
        }
        self.gradients += 1;
        let number = self.gradients;
        let (color, full) = (Hex(stroke.color), opacity(stroke.color));
        let faded = opacity(stroke.color.faded(stroke.fade_from));
        let [x1, y1, x2, y2] = [start.x, start.y, end.x, end.y].map(Num);
        self.put(format_args!(
            "<linearGradient id=\"f{number}\" gradientUnits=\"userSpaceOnUse\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"><stop stop-color=\"{color}\" stop-opacity=\"{faded}\"/><stop offset=\"1\" stop-color=\"{color}\" stop-opacity=\"{full}\"/></linearGradient>\n"
        ));
        Some(number)
    }

    fn points(&mut self, points: &[Point]) {
        for (position, point) in points.iter().enumerate() {
            let gap = if position == 0 { "" } else { " " };
            self.put(format_args!("{gap}{},{}", Num(point.x), Num(point.y)));
        }
    }
}

impl Pen for SvgPen<'_> {
    fn rect(&mut self, rect: Rect, radius: f32, fill: Option<Color>, stroke: Option<Stroke>) {
        self.put(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            Num(rect.min.x),
            Num(rect.min.y),
            Num(rect.width()),
            Num(rect.height())
        ));
        if radius > 0.0 {
            self.put(format_args!(" rx=\"{}\"", Num(radius)));
        }
        self.fill(fill);
        self.stroke(stroke);
        self.body.push_str("/>\n");
    }

    fn path(&mut self, route: &[Point], stroke: Stroke) {
        let (Some(&start), Some(&end)) = (route.first(), route.last()) else { return };
        let fading = self.gradient(stroke, start, end);
        self.put(format_args!("<path d=\"M{},{}", Num(start.x), Num(start.y)));
        for piece in route[1..].chunks_exact(3) {
            self.body.push('C');
            self.points(piece);
        }
        self.body.push_str("\" fill=\"none\"");
        match fading {
            None => self.stroke(Some(stroke)),
            Some(number) => {
                self.put(format_args!(" stroke=\"url(#f{number})\""));
                self.width_and_dash(stroke);
            }
        }
        self.body.push_str("/>\n");
    }

    fn line(&mut self, points: &[Point], stroke: Stroke) {
        self.body.push_str("<polyline points=\"");
        self.points(points);
        self.body.push_str("\" fill=\"none\" stroke-linejoin=\"round\"");
        if stroke.dash == Dash::Solid {
            self.body.push_str(" stroke-linecap=\"round\"");
        }
        self.stroke(Some(stroke));
        self.body.push_str("/>\n");
    }

    fn polygon(&mut self, points: &[Point], fill: Option<Color>, stroke: Option<Stroke>) {
        self.body.push_str("<polygon points=\"");
        self.points(points);
        self.body.push('"');
        self.fill(fill);
        self.stroke(stroke);
        self.body.push_str("/>\n");
    }

    fn circle(&mut self, center: Point, radius: f32, fill: Option<Color>, stroke: Option<Stroke>) {
        self.put(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"{}\"",
            Num(center.x),
            Num(center.y),
            Num(radius)
        ));
        self.fill(fill);
        self.stroke(stroke);
        self.body.push_str("/>\n");
    }

    fn text(&mut self, at: Point, anchor: Anchor, text: &str, font: Font, size: f32, color: Color) {
        if text.is_empty() {
            return;
        }
        self.characters[font as usize].extend(text.chars());
        self.put(format_args!(
            "<text x=\"{}\" y=\"{}\" font-size=\"{}\"",
            Num(at.x),
            Num(at.y),
            Num(size)
        ));
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => self.body.push_str(" text-anchor=\"middle\""),
            Anchor::End => self.body.push_str(" text-anchor=\"end\""),
        }
        if font == Font::Mono {
            self.put(format_args!(" font-family=\"{}\"", super::svg::families(font)));
        }
        if !is_drawable(text, font) {
            // The viewer's own font stands in, and must keep to the room that was measured.
            let room = Num(width(text, font, size));
            self.put(format_args!(" textLength=\"{room}\" lengthAdjust=\"spacingAndGlyphs\""));
        }
        self.color("fill", color);
        self.put(format_args!(">{}</text>\n", Escaped(text)));
    }

    fn begin(&mut self, mark: Mark<'_>) {
        let (class, handle, title) = self.describe(mark);
        let handle = if self.handles { handle } else { String::new() };
        self.put(format_args!("<g class=\"{class}\"{handle}><title>{}</title>\n", Escaped(&title)));
    }

    fn end(&mut self) {
        self.close();
    }
}

/// A number as short as a hundredth of a unit allows.
struct Num(f32);

impl std::fmt::Display for Num {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let hundredths = (f64::from(self.0) * 100.0).round();
        // Not a number and infinity are no places; nothing that is drawn has them.
        let hundredths = if hundredths.is_finite() { hundredths as i64 } else { 0 };
        let (sign, size) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
        match (size / 100, size % 100) {
            (whole, 0) => write!(f, "{sign}{whole}"),
            (whole, part) if part % 10 == 0 => write!(f, "{sign}{whole}.{}", part / 10),
            (whole, part) => write!(f, "{sign}{whole}.{part:02}"),
        }
    }
}

/// `#rrggbb`.
pub(super) struct Hex(pub(super) Color);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0.r, self.0.g, self.0.b)
    }
}

fn opacity(color: Color) -> Num {
    Num(f32::from(color.a) / 255.0)
}

/// Text for XML and HTML, in elements and in quoted attributes. Characters that XML does not allow
/// become the sign for what cannot be shown.
pub(super) struct Escaped<'t>(pub(super) &'t str);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                '\n' | '\t' => f.write_char(c)?,
                '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                    f.write_char('\u{fffd}')?;
                }
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let all = [0.0, -0.001, 1.5, -2.25, 100.0, 3.005, f32::NAN].map(|n| Num(n).to_string());
        assert_eq!(all, ["0", "0", "1.5", "-2.25", "100", "3.01", "0"]);
    }

    #[test]
    fn text_cannot_leave_its_place() {
        let text = "</text><script>\"'&\u{0}\u{1b}\u{ffff}é";
        assert_eq!(
            Escaped(text).to_string(),
            "&lt;/text&gt;&lt;script&gt;&quot;&#39;&amp;\u{fffd}\u{fffd}\u{fffd}é"
        );
    }
}
