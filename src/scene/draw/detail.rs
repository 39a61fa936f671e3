//! A card that is so near that there is room for more: the whole name, whose it is, what goes in and out, columns.
//!
//! Its text has the size of the window's and not of the card's, so that what one comes nearer for is more and not
//! larger.

use super::card::{Ink, ground};
use super::metrics::{GAP, STRIPE};
use super::{Anchor, Pen, debt};
use crate::layout::Point;
use crate::model::{Attr, EdgeIx, Node, NodeIx, NodeKind, SystemGraph};
use crate::scene::caption::counted;
use crate::scene::icon;
use crate::scene::measure::{Cut, Font, fit, wrap};
use crate::scene::{Card, Emphasis};

/// Pixels a scene unit from which there is room: four lines of the window's text on a card.
pub(super) const FROM_SCALE: f32 = 2.0;

/// On the target, in pixels.
const NAME_PX: f32 = 14.0;
const TEXT_PX: f32 = 12.0;
const LINE_PX: f32 = 17.0;
const ICON_PX: f32 = 18.0;
const PAD_PX: f32 = 10.0;

/// No line of a card holds more, at the nearest zoom.
const MOST_LETTERS: usize = 200;

pub(super) fn detail(
    card: &Card,
    graph: &SystemGraph,
    ink: &Ink<'_>,
    emphasis: Emphasis,
    score: f32,
    pen: &mut dyn Pen,
) {
    let (look, theme) = (ink.look, ink.look.theme);
    ground(card, ink, emphasis, pen);
    let node = graph.node(card.node);
    let (left, top) =
        (card.rect.min.x + STRIPE + look.px(PAD_PX), card.rect.min.y + look.px(PAD_PX));
    let icon = look.px(ICON_PX);
    icon::draw(card.kind, Point::new(left, top), icon, ink.of(theme.kind(card.kind)), pen);
    let ring_at = Point::new(card.rect.max.x - GAP, card.rect.min.y + 15.0);
    let ring = debt::ring(ring_at, score, look, ink.opacity, pen);
    let text_x = left + icon + look.px(8.0);
    let room = card.rect.max.x - GAP - text_x;
    let mut baseline = top + look.px(NAME_PX);
    let name_size = look.px(NAME_PX);
    let title = fit(&node.name, Font::Text, name_size, room - ring, Cut::Middle);
    let name = if card.stub { theme.secondary } else { theme.text };
    pen.text(
        Point::new(text_x, baseline),
        Anchor::Start,
        &title,
        Font::Text,
        name_size,
        ink.of(name),
    );
    let size = look.px(TEXT_PX);
    let room_below = card.rect.max.y - look.px(PAD_PX) - baseline;
    let count = (room_below / look.px(LINE_PX)).floor() as usize;
    for line in lines(graph, card.node, room, size, count) {
        baseline += look.px(LINE_PX);
        let at = Point::new(text_x, baseline);
        pen.text(at, Anchor::Start, &line, Font::Text, size, ink.of(theme.secondary));
    }
}

/// At most so many lines below the name, each as wide as the room.
fn lines(graph: &SystemGraph, ix: NodeIx, room: f32, size: f32, most: usize) -> Vec<String> {
    let node = graph.node(ix);
    let kind = node.kind.meta().title;
    let whose = match node.owner {
        _ if !node.defined => format!("{kind} · not defined"),
        Some(team) => format!("{kind} · {}", graph.node(team).name),
        None => format!("{kind} · no owner"),
    };
    let mut lines = vec![whose, around(graph, ix)];
    if !node.columns.is_empty() {
        lines.extend(columns(node, room, size, most.saturating_sub(lines.len())));
    } else if let Some(purpose) = node.attrs.text(Attr::Purpose) {
        // More letters than there is ever room for; some purposes are essays.
        let purpose: String = purpose.chars().take(most * MOST_LETTERS).collect();
        lines.extend(wrap(&purpose, Font::Text, size, room));
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines.iter().map(|line| fit(line, Font::Text, size, room, Cut::End)).collect()
}

/// What goes in and out, and who looks after it.
fn around(graph: &SystemGraph, ix: NodeIx) -> String {
    let flow = |edge: &&EdgeIx| graph.edge(**edge).kind.is_flow();
    let (mut out, mut tests, mut monitors) = (0, 0, 0);
    for &edge in graph.outgoing(ix).iter().filter(flow) {
        match graph.kind(graph.edge(edge).to) {
            NodeKind::Test => tests += 1,
            NodeKind::Monitor => monitors += 1,
            _ => out += 1,
        }
    }
    let inputs = graph.incoming(ix).iter().filter(flow).count();
    let mut text = format!("{inputs} in, {out} out");
    for (count, one, more) in [(tests, "test", "tests"), (monitors, "monitor", "monitors")] {
        if count > 0 {
            text += &format!(", {}", counted(count, one, more));
        }
    }
    text
}

/// Names of columns on so many lines, the last of which counts those that found no room.
fn columns(node: &Node, room: f32, size: f32, most: usize) -> Vec<String> {
    let all = node.columns.len();
    // More than there is ever room for: wide tables have thousands, and this is done in the frame.
    let looked_at = node.columns.iter().take(most * MOST_LETTERS / 2);
    let names: Vec<&str> = looked_at.map(|column| &*column.name).collect();
    let mut shown = wrap(&names.join(", "), Font::Text, size, room);
    if shown.len() <= most && names.len() == all {
        return shown;
    }
    shown.truncate(most.saturating_sub(1));
    // Letters are counted and not commas: names may hold commas themselves. One comma follows each name.
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let mut left: usize = shown.iter().map(|line| letters(line)).sum();
    let fits = |name: &&&str| {
        let rest = left.checked_sub(letters(name) + 1);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    let fitted = names.iter().take_while(fits).count();
    shown.push(match fitted {
        0 => counted(all, "column", "columns"),
        _ => format!("+{} of {all} columns", all - fitted),
    });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;
    use crate::scene::measure::width;

    #[test]
    fn lines_tell_whose_it_is_and_what_goes_in_and_out() {
        let graph = graph(
            "source s\nsignal a owner=ads\nmodel m\ntest t\nmonitor w\ns -derives-> a\na -input_to-> m\na -reads-> t\na -reads-> w",
        );
        let a = graph.find("a").expect("a");
        assert_eq!(
            lines(&graph, a, 400.0, 12.0, 5),
            ["Signal · ads", "1 in, 1 out, 1 test, 1 monitor"]
        );
        assert_eq!(lines(&graph, a, 400.0, 12.0, 1), ["Signal · ads…"]);
    }

    #[test]
    fn what_a_team_owns_is_nothing_that_goes_out() {
        let graph = graph("team a\ntest t owner=a\nmonitor w owner=a\na -owns-> t\na -owns-> w");
        let team = graph.find("a").expect("a team");
        assert_eq!(around(&graph, team), "0 in, 0 out");
    }

    #[test]
    fn a_table_of_thousands_of_columns_is_counted_whole() {
        let mut own = graph("dataset d").node(NodeIx(0)).clone();
        let column = |at: usize| crate::model::Column {
            name: format!("c{at}").into(),
            data_type: None,
            described: false,
            at: own.at,
        };
        own.columns = (0..20_000).map(column).collect();
        let shown = columns(&own, 10_000.0, 12.0, 2);
        assert!(shown.last().is_some_and(|line| line.ends_with("of 20000 columns")), "{shown:?}");
    }

    #[test]
    fn commas_in_the_name_of_a_column_make_no_columns() {
        let mut own = graph("dataset d").node(NodeIx(0)).clone();
        let name = "struct<a, b, c>, ".repeat(100).into();
        own.columns =
            vec![crate::model::Column { name, data_type: None, described: false, at: own.at }];
        let shown = columns(&own, 200.0, 12.0, 3);
        assert_eq!((shown.len(), shown.last().map(String::as_str)), (3, Some("1 column")));
    }

    #[test]
    fn columns_that_find_no_room_are_counted() {
        let mut own = graph("dataset d").node(NodeIx(0)).clone();
        let column = |name: &str| crate::model::Column {
            name: name.into(),
            data_type: None,
            described: false,
            at: own.at,
        };
        let names = ["one", "two", "three", "four"].map(column).to_vec();
        own.columns = names;
        let room = width("one, two,", Font::Text, 12.0);
        assert_eq!(columns(&own, room, 12.0, 3), ["one, two,", "three,", "four"]);
        assert_eq!(columns(&own, room, 12.0, 2), ["one, two,", "+2 of 4 columns"]);
        assert_eq!(columns(&own, room, 12.0, 1), ["4 columns"]);
    }
}
