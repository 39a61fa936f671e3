//! The sheet around a picture: title, what is shown in words, legend of what occurs, day and hash.
//!
//! A sheet is laid out before it is drawn, so that its size is known; text is wrapped and never cut.
//! Its own text grows with the picture, so that it can be read when the whole is fitted to a page.

mod legend;

use super::Picture;
use super::svg_pen::SvgPen;
use crate::layout::{Point, Rect, Size};
use crate::scene::draw::metrics::{BODY, SMALL};
use crate::scene::draw::{Anchor, Lod, Look, Pen, Stroke, draw_scene};
use crate::scene::measure::{Font, wrap};
use legend::LegendBlock;

/// Free space around everything. What pens draw beyond the bounds of a scene, such as the lower sheets of
/// closed groups, half of a wide band or a glyph, takes up to 12 units of it, so that boxes align with words.
const MARGIN: f32 = 24.0;

/// Free space between title, picture, legend and foot.
const GAP: f32 = 24.0;

const TITLE: f32 = 20.0;

/// Line heights.
const TITLE_LINE: f32 = 28.0;
const BODY_LINE: f32 = 19.0;
const SMALL_LINE: f32 = 16.0;

/// A sheet is no narrower: less, and title and legend would be columns of words.
const LEAST_WIDTH: f32 = 720.0;

/// Lines of words longer than this are hard to read.
const WIDEST_WORDS: f32 = 1100.0;

/// A picture up to this size leaves the text as it is; beyond, the text grows in proportion. About the
/// text area of an A4 page in landscape at 60 % of its natural size, which is as small as 11 units may get.
const TEXT_FITS: Size = Size::new(1700.0, 1200.0);

/// Room for the sentence that stands where there is nothing to draw.
const EMPTY: Size = Size::new(LEAST_WIDTH, 96.0);

/// Places of everything. Text and legend are measured in units of their own, [`Sheet::text_scale`] times
/// those of the picture.
#[derive(Debug)]
pub(super) struct Sheet {
    text_scale: f32,
    /// Within the margins, in units of the text.
    width: f32,
    title: String,
    title_lines: Vec<String>,
    words: Vec<String>,
    picture_size: Size,
    legend: LegendBlock,
    foot: Vec<String>,
}

impl Sheet {
    /// For a target on which so much of each thing is drawn: what is not drawn is not explained.
    pub(super) fn new(picture: &Picture<'_>, lod: Lod) -> Self {
        let bounds = picture.scene.bounds;
        let picture_size = if bounds.is_empty() { EMPTY } else { bounds.size() };
        let text_scale = (picture_size.width / TEXT_FITS.width)
            .max(picture_size.height / TEXT_FITS.height)
            .max(1.0);
        let width = (picture_size.width / text_scale).max(LEAST_WIDTH);
        let title = title(picture);
        Self {
            text_scale,
            width,
            title_lines: wrap(&title, Font::Text, TITLE, width),
            title,
            words: wrap(&words(picture), Font::Text, BODY, width.min(WIDEST_WORDS)),
            picture_size,
            legend: LegendBlock::new((&picture.scene.legend, shows_debt(picture)), width, lod),
            foot: wrap(&foot(picture), Font::Text, SMALL, width),
        }
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// In units of the picture.
    pub(super) fn size(&self) -> Size {
        let below = GAP + self.legend.height() + self.foot_height() + MARGIN;
        Size::new(
            (self.width + 2.0 * MARGIN) * self.text_scale,
            (self.head_height() + below) * self.text_scale + self.picture_size.height,
        )
    }

    /// Down to where the picture starts, in units of the text.
    fn head_height(&self) -> f32 {
        MARGIN
            + self.title_lines.len() as f32 * TITLE_LINE
            + self.words.len() as f32 * BODY_LINE
            + GAP * 0.75
    }

    /// The line above the foot included.
    fn foot_height(&self) -> f32 {
        GAP / 2.0 + self.foot.len() as f32 * SMALL_LINE
    }

    pub(super) fn draw(&self, picture: &Picture<'_>, look: &Look<'_>, pen: &mut SvgPen<'_>) {
        let theme = look.theme;
        let size = self.size();
        let ground = Rect::new(Point::default(), Point::new(size.width.ceil(), size.height.ceil()));
        pen.rect(ground, 0.0, Some(theme.canvas), None);
        pen.open_id("sheet");
        pen.open_at(Point::default(), self.text_scale);
        self.head(look, pen);
        pen.close();
        self.picture(picture, look, pen);
        let below = self.head_height() * self.text_scale + self.picture_size.height;
        pen.open_at(Point::new(0.0, below), self.text_scale);
        // Signs of the legend are as near as they can be, whatever the picture's scale.
        let look_of_text = Look::new(theme, 1.0);
        self.legend.draw(Point::new(MARGIN, GAP), &look_of_text, pen);
        self.foot(GAP + self.legend.height(), look, pen);
        pen.close();
        pen.close();
    }

    fn head(&self, look: &Look<'_>, pen: &mut dyn Pen) {
        let theme = look.theme;
        let mut y = MARGIN;
        for line in &self.title_lines {
            let at = Point::new(MARGIN, y + TITLE);
            pen.text(at, Anchor::Start, line, Font::Text, TITLE, theme.text);
            y += TITLE_LINE;
        }
        for line in &self.words {
            let at = Point::new(MARGIN, y + BODY);
            pen.text(at, Anchor::Start, line, Font::Text, BODY, theme.secondary);
            y += BODY_LINE;
        }
    }

    /// The scene in the middle of its row.
    fn picture(&self, picture: &Picture<'_>, look: &Look<'_>, pen: &mut SvgPen<'_>) {
        let left =
            (self.width + 2.0 * MARGIN) * self.text_scale / 2.0 - self.picture_size.width / 2.0;
        let top = self.head_height() * self.text_scale;
        let bounds = picture.scene.bounds;
        if bounds.is_empty() {
            let middle = Point::new(left + EMPTY.width / 2.0, top + EMPTY.height / 2.0);
            let says = "Nothing is left to show. Widen the query or the focus.";
            pen.text(middle, Anchor::Middle, says, Font::Text, BODY, look.theme.secondary);
            return;
        }
        pen.open_at(Point::new(left - bounds.min.x, top - bounds.min.y), 1.0);
        pen.open_id("picture");
        draw_scene(picture.scene, look, picture.emphasis, pen);
        pen.close();
        pen.close();
    }

    fn foot(&self, top: f32, look: &Look<'_>, pen: &mut dyn Pen) {
        let theme = look.theme;
        let line = [Point::new(MARGIN, top), Point::new(MARGIN + self.width, top)];
        pen.line(&line, Stroke::new(1.0, theme.hairline));
        let mut y = top + GAP / 2.0;
        for line in &self.foot {
            let at = Point::new(MARGIN, y + SMALL);
            pen.text(at, Anchor::Start, line, Font::Text, SMALL, theme.secondary);
            y += SMALL_LINE;
        }
    }
}

/// Whether any mark of the picture carries debt.
fn shows_debt(picture: &Picture<'_>) -> bool {
    picture.debt.is_some_and(|debt| debt.highest() > 0.0)
}

fn title(picture: &Picture<'_>) -> String {
    let what = &picture.scene.caption.title;
    if picture.subject.is_empty() { what.clone() } else { format!("{what} of {}", picture.subject) }
}

fn words(picture: &Picture<'_>) -> String {
    picture.scene.caption.words.join(" · ")
}

/// What tells this picture from one of another day or another input.
fn foot(picture: &Picture<'_>) -> String {
    let files = picture.graph.files();
    let files = match files {
        [] => String::from("no file"),
        [only] => only.path.clone(),
        [first, rest @ ..] => {
            let more = crate::scene::caption::counted(rest.len(), "more file", "more files");
            format!("{} and {more}", first.path)
        }
    };
    format!(
        "{} · manifest {:016x} · {files} · Undercurrent {}",
        picture.date,
        picture.graph.content_hash(),
        env!("CARGO_PKG_VERSION")
    )
}
