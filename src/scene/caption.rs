//! What a picture says of itself: title, what is shown in words, legend.

use super::visible::{Hidden, LinkStyle, Visible};
use super::{BadgeKind, Grouping, GroupsOpen, Hops, OwnerMark, Unrelated, View};
use crate::model::{Evidence, NodeKind, SystemGraph};

pub use crate::analysis::{counted, thousands};

/// Title and content of a picture in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    pub title: String,
    /// What is shown, one statement an entry.
    pub words: Vec<String>,
}

/// Everything that occurs in a picture and may need explaining, in the order in which it is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legend {
    pub kinds: Vec<NodeKind>,
    pub links: Vec<LinkStyle>,
    pub feedback: bool,
    /// Whether a link stands for several connections.
    pub bundles: bool,
    pub stubs: bool,
    pub closed_groups: bool,
    pub badges: Vec<BadgeKind>,
    /// By how much they own of what is shown, the most first.
    pub owners: Vec<OwnerMark>,
}

impl LinkStyle {
    /// For the legend.
    pub const fn words(self) -> &'static str {
        match (self.through_world, self.evidence) {
            (false, Evidence::Declared) => "Goes into",
            (false, Evidence::Observed) => "Observed, not declared",
            (false, Evidence::Inferred) => "Inferred",
            (true, Evidence::Declared) => "Through the outside world",
            (true, Evidence::Observed) => "Through the outside world, observed",
            (true, Evidence::Inferred) => "Through the outside world, inferred",
        }
    }
}

pub(super) fn caption(graph: &SystemGraph, view: &View, visible: &Visible) -> Caption {
    let cards = visible.items.len() - closed(visible);
    let mut words = vec![shown_words(graph, cards, closed(visible), &visible.hidden)];
    if !view.query.trim().is_empty() {
        let what = match view.unrelated {
            Unrelated::Remove => "Only what matches",
            Unrelated::Dim => "Dimmed but for what matches",
        };
        words.push(format!("{what} {}", view.query.trim()));
    }
    if let Some(focus) = &view.focus {
        let on = focus.on.iter().map(|id| graph.find(id).map_or(&**id, |ix| &graph.node(ix).name));
        let on: Vec<&str> = on.take(NAMED).collect();
        let more = focus.on.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        words.push(format!(
            "Around {}{more}: {} up, {} down",
            on.join(", "),
            hops(focus.up),
            hops(focus.down)
        ));
    }
    words.push(match (view.grouping, visible.groups.is_empty()) {
        (Grouping::None, _) | (_, true) => String::from("Not grouped"),
        (Grouping::Manifest, _) if visible.from_structure => {
            String::from("Grouped by what hangs together")
        }
        (Grouping::Manifest, _) => String::from("Grouped as the manifests say"),
        (Grouping::Team, _) => String::from("Grouped by team"),
        (Grouping::Kind, _) => String::from("Grouped by kind"),
    });
    if let GroupsOpen::Set(keys) = &view.open {
        let which = if keys.is_empty() { "All groups closed" } else { "Groups opened by hand" };
        words.push(String::from(which));
    }
    words.extend(hidden_words(&visible.hidden));
    Caption { title: view.perspective.title().to_owned(), words }
}

/// How many names of a focus a caption lists.
const NAMED: usize = 3;

fn closed(visible: &Visible) -> usize {
    visible.items.iter().filter(|item| matches!(item.what, super::Shown::Group(_))).count()
}

fn hops(hops: Hops) -> String {
    hops.map_or_else(|| String::from("all the way"), |n| counted(n as usize, "step", "steps"))
}

fn shown_words(graph: &SystemGraph, cards: usize, closed: usize, hidden: &Hidden) -> String {
    let all = counted(graph.nodes().len(), "node", "nodes");
    if closed == 0 {
        return format!("{} of {all}", thousands(cards));
    }
    format!(
        "{} of {all} as cards, {} in {}",
        thousands(cards),
        thousands(hidden.nodes_in_groups as usize),
        counted(closed, "closed group", "closed groups")
    )
}

fn hidden_words(hidden: &Hidden) -> Vec<String> {
    let mut words = Vec::new();
    if hidden.folded_checks > 0 {
        let checks =
            counted(hidden.folded_checks as usize, "test or monitor", "tests and monitors");
        words.push(format!("{checks} shown as badges"));
    }
    for &(reason, count) in &hidden.nodes {
        words.push(format!("{} {}", counted(count as usize, "node", "nodes"), reason.words()));
    }
    let edges: u32 = hidden
        .edges
        .iter()
        .filter(|(reason, _)| *reason != super::Reason::OwnerOnCard)
        .map(|(_, count)| count)
        .sum();
    if edges > 0 {
        words.push(format!("{} to what is not shown", counted(edges as usize, "edge", "edges")));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(thousands(7), "7");
        assert_eq!(thousands(100), "100");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(counted(1, "node", "nodes"), "1 node");
        assert_eq!(counted(0, "node", "nodes"), "0 nodes");
    }
}
