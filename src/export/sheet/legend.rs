//! The legend: every sign that occurs in the picture beside what it means, in columns.

use crate::layout::{Point, Rect};
use crate::model::NodeKind;
use crate::scene::draw::metrics::SMALL;
use crate::scene::draw::{
    Anchor, DEBT_SCALE_WIDTH, Dash, Lod, Look, Pen, Stroke, draw_badge_sample, draw_debt_scale,
    draw_link_sample,
};
use crate::scene::measure::{Font, width, wrap};
use crate::scene::{BadgeKind, Legend, LinkStyle, OwnerMark, icon};

/// Entries below one another.
const ROWS: usize = 6;

/// Height of an entry of one line, of each further line, and of a heading.
const ROW: f32 = 20.0;
const FURTHER_LINE: f32 = 14.0;
const HEADING: f32 = 22.0;

/// Between a sign and its words, columns of one heading, and headings.
const SIGN_GAP: f32 = 8.0;
const COLUMN_GAP: f32 = 24.0;
const BLOCK_GAP: f32 = 40.0;

/// Between rows of columns.
const ROW_GAP: f32 = 12.0;

/// Words wider than this are wrapped.
const WIDEST: f32 = 220.0;

/// Teams beyond these are counted, not listed: a legend of hundreds explains nothing.
const MOST_OWNERS: usize = 24;

#[derive(Clone, Debug)]
enum Sign {
    Kind(NodeKind),
    Link {
        style: LinkStyle,
        feedback: bool,
        count: u32,
    },
    Owner(OwnerMark),
    Badge(BadgeKind),
    Stub,
    ClosedGroup,
    Debt,
    /// Words alone.
    None,
}

impl Sign {
    const fn width(&self) -> f32 {
        match self {
            Self::Kind(_) => 36.0,
            Self::Link { .. } => 48.0,
            Self::Owner(_) | Self::Badge(_) | Self::Stub | Self::ClosedGroup => 28.0,
            Self::Debt => DEBT_SCALE_WIDTH,
            Self::None => 0.0,
        }
    }
}

#[derive(Debug)]
struct Entry {
    sign: Sign,
    lines: Vec<String>,
}

impl Entry {
    fn new(sign: Sign, words: &str) -> Self {
        Self { sign, lines: wrap(words, Font::Text, SMALL, WIDEST) }
    }

    fn width(&self) -> f32 {
        let words =
            self.lines.iter().map(|line| width(line, Font::Text, SMALL)).fold(0.0, f32::max);
        self.sign.width() + SIGN_GAP + words
    }

    fn height(&self) -> f32 {
        ROW + FURTHER_LINE * (self.lines.len().max(1) - 1) as f32
    }
}

/// Some entries below one another, the first of a block with its heading.
#[derive(Debug)]
struct Column {
    heading: Option<&'static str>,
    entries: Vec<Entry>,
    at: Point,
}

impl Column {
    fn width(&self) -> f32 {
        let heading = self.heading.map_or(0.0, |heading| width(heading, Font::Text, SMALL));
        self.entries.iter().map(Entry::width).fold(heading, f32::max)
    }

    fn height(&self) -> f32 {
        HEADING + self.entries.iter().map(Entry::height).sum::<f32>()
    }
}

/// The legend with every column at its place.
#[derive(Debug)]
pub(super) struct LegendBlock {
    columns: Vec<Column>,
    height: f32,
}

impl LegendBlock {
    /// Columns from left to right, and on when `room` is used up. The second part of `shown` says whether
    /// marks carry debt.
    pub(super) fn new(shown: (&Legend, bool), room: f32, lod: Lod) -> Self {
        let mut columns: Vec<Column> = blocks(shown, lod)
            .into_iter()
            .filter(|(_, entries)| !entries.is_empty())
            .flat_map(|(heading, entries)| columns(heading, entries))
            .collect();
        let (mut x, mut y, mut row_height) = (0.0, 0.0, 0.0_f32);
        for column in &mut columns {
            let gap = if column.heading.is_some() { BLOCK_GAP } else { COLUMN_GAP };
            let start = if x > 0.0 { x + gap } else { 0.0 };
            if start > 0.0 && start + column.width() > room {
                y += row_height + ROW_GAP;
                row_height = 0.0;
                column.at = Point::new(0.0, y);
            } else {
                column.at = Point::new(start, y);
            }
            x = column.at.x + column.width();
            row_height = row_height.max(column.height());
        }
        let height = if columns.is_empty() { 0.0 } else { y + row_height + ROW_GAP };
        Self { columns, height }
    }

    pub(super) const fn height(&self) -> f32 {
        self.height
    }

    /// `at` is the upper left corner.
    pub(super) fn draw(&self, at: Point, look: &Look<'_>, pen: &mut dyn Pen) {
        let theme = look.theme;
        for column in &self.columns {
            let left = at.x + column.at.x;
            let mut top = at.y + column.at.y;
            if let Some(heading) = column.heading {
                let place = Point::new(left, top + SMALL);
                pen.text(place, Anchor::Start, heading, Font::Text, SMALL, theme.secondary);
            }
            top += HEADING;
            for entry in &column.entries {
                let middle = top + ROW / 2.0;
                draw_sign(&entry.sign, Point::new(left, middle), look, pen);
                let words = left + entry.sign.width() + SIGN_GAP;
                for (line, number) in entry.lines.iter().zip(0u8..) {
                    let baseline = middle + SMALL * 0.36 + FURTHER_LINE * f32::from(number);
                    let place = Point::new(words, baseline);
                    pen.text(place, Anchor::Start, line, Font::Text, SMALL, theme.text);
                }
                top += entry.height();
            }
        }
    }
}

fn columns(heading: &'static str, entries: Vec<Entry>) -> Vec<Column> {
    // Even columns look better than full ones and a rest.
    let count = entries.len().div_ceil(ROWS);
    let rows = entries.len().div_ceil(count);
    let mut columns: Vec<Column> = Vec::new();
    for entry in entries {
        match columns.last_mut() {
            Some(column) if column.entries.len() < rows => column.entries.push(entry),
            last => {
                let heading = last.is_none().then_some(heading);
                columns.push(Column { heading, entries: vec![entry], at: Point::default() });
            }
        }
    }
    columns
}

fn blocks((legend, has_debt): (&Legend, bool), lod: Lod) -> [(&'static str, Vec<Entry>); 4] {
    let kinds = legend.kinds.iter().map(|&kind| Entry::new(Sign::Kind(kind), kind.meta().title));
    [
        ("Kinds", kinds.collect()),
        ("Arrows", arrows(legend, lod)),
        ("Marks", marks((legend, has_debt), lod)),
        ("Teams", owners(legend)),
    ]
}

fn arrows(legend: &Legend, lod: Lod) -> Vec<Entry> {
    let plain = LinkStyle::of(crate::model::EdgeKind::Feeds);
    let sign = |style, feedback, count| Sign::Link { style, feedback, count };
    let mut entries: Vec<Entry> = legend
        .links
        .iter()
        .map(|&style| Entry::new(sign(style, false, 1), style.words()))
        .collect();
    if legend.bundles {
        let words = match lod {
            Lod::Near => "Several connections, with their number",
            _ => "Several connections",
        };
        entries.push(Entry::new(sign(plain, false, 12), words));
    }
    if legend.feedback {
        entries.push(Entry::new(sign(plain, true, 1), "Closes a cycle"));
    }
    entries
}

/// Badges are drawn on whole cards alone.
fn marks((legend, has_debt): (&Legend, bool), lod: Lod) -> Vec<Entry> {
    let mut entries = Vec::new();
    if has_debt && (lod != Lod::Far || legend.closed_groups) {
        entries.push(Entry::new(Sign::Debt, "Debt, 0 to 100: the more, the stronger the mark"));
    }
    if legend.closed_groups {
        entries.push(Entry::new(Sign::ClosedGroup, "Closed group; the strip shows its kinds"));
    }
    if legend.stubs {
        entries.push(Entry::new(Sign::Stub, "Referred to, but defined in no file"));
    }
    if lod == Lod::Near {
        let badge = |&kind: &BadgeKind| Entry::new(Sign::Badge(kind), kind.words());
        entries.extend(legend.badges.iter().map(badge));
    }
    entries
}

fn owners(legend: &Legend) -> Vec<Entry> {
    let mut entries: Vec<Entry> = legend
        .owners
        .iter()
        .take(MOST_OWNERS)
        .map(|owner| Entry::new(Sign::Owner(owner.clone()), &owner.name))
        .collect();
    let more = legend.owners.len().saturating_sub(MOST_OWNERS);
    if more > 0 {
        let words =
            format!("and {}", crate::scene::caption::counted(more, "more team", "more teams"));
        entries.push(Entry::new(Sign::None, &words));
    }
    entries
}

/// `at` is the middle of the sign's left edge.
fn draw_sign(sign: &Sign, at: Point, look: &Look<'_>, pen: &mut dyn Pen) {
    let theme = look.theme;
    let right = Point::new(at.x + sign.width(), at.y);
    match sign {
        Sign::Kind(kind) => {
            let color = theme.kind(*kind);
            icon::draw(*kind, Point::new(at.x, at.y - 8.0), 16.0, color, pen);
            icon::draw_silhouette(*kind, Point::new(at.x + 22.0, at.y - 6.0), 12.0, color, pen);
        }
        Sign::Link { style, feedback, count } => {
            draw_link_sample(*style, *feedback, *count, (at, right), look, pen);
        }
        Sign::Owner(owner) => {
            let stripe =
                Rect::new(Point::new(at.x, at.y - 8.0), Point::new(at.x + 4.0, at.y + 8.0));
            pen.rect(stripe, 0.0, Some(theme.owner(owner.hash)), None);
            let letters = Point::new(at.x + 10.0, at.y + SMALL * 0.36);
            pen.text(letters, Anchor::Start, &owner.initials, Font::Text, SMALL, theme.secondary);
        }
        Sign::Badge(kind) => {
            draw_badge_sample(*kind, at, look, pen);
        }
        Sign::Stub => {
            let line = Stroke::new(1.0, theme.border).dashed(Dash::Dashed(4.0, 3.0));
            pen.rect(card_sized(at), 3.0, Some(theme.canvas), Some(line));
        }
        Sign::ClosedGroup => {
            let line = Stroke::new(1.0, theme.card_edge());
            let sheet = card_sized(at);
            let below = Rect::new(
                Point::new(sheet.min.x + 2.0, sheet.max.y - 4.0),
                Point::new(sheet.max.x - 2.0, sheet.max.y + 2.0),
            );
            pen.rect(below, 3.0, Some(theme.raised), Some(line));
            pen.rect(sheet, 3.0, Some(theme.raised), Some(line));
        }
        Sign::Debt => draw_debt_scale(at, look, pen),
        Sign::None => {}
    }
}

/// A small box as wide as a sign.
fn card_sized(at: Point) -> Rect {
    Rect::new(Point::new(at.x + 0.5, at.y - 6.5), Point::new(at.x + 27.5, at.y + 5.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legend() -> Legend {
        let owner = |n: u32| OwnerMark {
            team: crate::model::NodeIx(n),
            name: format!("Team {n} with a name that is far too long for one line of a legend")
                .into(),
            initials: "TE".into(),
            hash: u64::from(n),
        };
        Legend {
            kinds: NodeKind::ALL.to_vec(),
            owners: (0..40).map(owner).collect(),
            feedback: true,
            bundles: true,
            stubs: true,
            closed_groups: true,
            badges: BadgeKind::ALL.to_vec(),
            ..Legend::default()
        }
    }

    #[test]
    fn columns_stay_within_the_room_and_apart() {
        for room in [720.0, 1100.0, 2500.0] {
            let block = LegendBlock::new((&legend(), true), room, Lod::Near);
            let rects: Vec<Rect> = block
                .columns
                .iter()
                .map(|c| Rect::new(c.at, Point::new(c.at.x + c.width(), c.at.y + c.height())))
                .collect();
            for (position, rect) in rects.iter().enumerate() {
                assert!(rect.max.x <= room && rect.max.y <= block.height(), "{rect:?}");
                assert!(rects[..position].iter().all(|other| !other.intersects(rect)), "{rect:?}");
            }
        }
    }

    #[test]
    fn what_is_not_listed_is_counted() {
        let block = LegendBlock::new((&legend(), true), 1000.0, Lod::Near);
        let words: Vec<String> = block
            .columns
            .iter()
            .flat_map(|c| &c.entries)
            .map(|entry| entry.lines.join(" "))
            .collect();
        assert!(words.iter().any(|words| words == "and 16 more teams"), "{words:?}");
        assert!(words.iter().any(
            |words| words == "Team 0 with a name that is far too long for one line of a legend"
        ));
    }

    #[test]
    fn what_is_too_small_to_be_drawn_is_not_explained() {
        let signs = |lod: Lod| {
            let block = LegendBlock::new((&legend(), true), 1000.0, lod);
            let entries = block.columns.into_iter().flat_map(|column| column.entries);
            entries.filter(|entry| matches!(entry.sign, Sign::Badge(_))).count()
        };
        assert_eq!((signs(Lod::Near), signs(Lod::Middle)), (BadgeKind::ALL.len(), 0));
    }

    #[test]
    fn an_empty_legend_takes_no_room() {
        assert!(LegendBlock::new((&Legend::default(), false), 800.0, Lod::Near).height() < 0.1);
    }
}
