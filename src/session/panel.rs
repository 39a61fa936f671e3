//! The panels of the window: one row a panel, in the order of their tabs. The dock, the menu of panels and
//! the palette are drawn from this table.

use super::Session;
use serde::{Deserialize, Serialize};

/// A panel of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Panel {
    Explorer,
    Graph,
    Matrix,
    Questions,
    Configuration,
    Rules,
    Slices,
    Findings,
    Loops,
    Hotspots,
    Consumers,
    Nodes,
    Edges,
    Impact,
    WhatIf,
    Report,
    Inspector,
}

/// Where a panel stands before anybody moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Left,
    /// Where there is most room: beside the graph, as another tab.
    Centre,
    Below,
    Right,
}

/// What is said of a panel outside its code.
#[derive(Debug)]
pub struct PanelMeta {
    pub panel: Panel,
    pub title: &'static str,
    /// What it is for, in a sentence.
    pub tooltip: &'static str,
    pub side: Side,
    /// How many things it lists, shown in its tab; must not depend on the number of nodes.
    pub count: Option<fn(&Session) -> usize>,
}

impl Panel {
    /// Its row of [`PANELS`].
    pub fn meta(self) -> &'static PanelMeta {
        PANELS.iter().find(|meta| meta.panel == self).unwrap_or(&PANELS[0])
    }
}

const fn row(
    panel: Panel,
    side: Side,
    title: &'static str,
    tooltip: &'static str,
    count: Option<fn(&Session) -> usize>,
) -> PanelMeta {
    PanelMeta { panel, title, tooltip, side, count }
}

/// All panels; those of one side in the order of their tabs.
pub const PANELS: &[PanelMeta] = &[
    row(Panel::Explorer, Side::Left, "Explorer", "Everything in the project, as a tree.", None),
    row(Panel::Graph, Side::Centre, "Graph", "What depends on what, drawn.", None),
    row(Panel::Slices, Side::Centre, "Slices", "How well models predict, slice by slice.", None),
    row(
        Panel::Matrix,
        Side::Centre,
        "Matrix",
        "Who depends on whom as cells; cycles stand above the diagonal.",
        None,
    ),
    row(
        Panel::Questions,
        Side::Centre,
        "Questions",
        "The paper's five questions and its Figure 1, with this system's numbers.",
        None,
    ),
    row(
        Panel::Configuration,
        Side::Centre,
        "Configuration",
        "Two models side by side, and what of their inputs holds when.",
        None,
    ),
    row(Panel::Rules, Side::Centre, "Rules", "What each rule looks for, and its thresholds.", None),
    row(
        Panel::Findings,
        Side::Below,
        "Findings",
        "The debt that the rules name, with its evidence.",
        Some(findings),
    ),
    row(
        Panel::Loops,
        Side::Below,
        "Loops",
        "Feedback through the world, and what would break it.",
        Some(loops),
    ),
    row(
        Panel::Hotspots,
        Side::Below,
        "Hotspots",
        "Where debt lies: the ten worst, and what each number is made of.",
        None,
    ),
    row(
        Panel::Consumers,
        Side::Below,
        "Consumers",
        "Who reads without having said so, and whom to talk to.",
        None,
    ),
    row(Panel::Nodes, Side::Below, "Nodes", "The nodes in view as a table.", None),
    row(Panel::Edges, Side::Below, "Edges", "The edges in view as a table.", None),
    row(Panel::Impact, Side::Below, "Impact", "All that stands up or down of the selection.", None),
    row(
        Panel::WhatIf,
        Side::Below,
        "What if",
        "Who breaks and how debt changes if something were changed.",
        None,
    ),
    row(
        Panel::Report,
        Side::Below,
        "Import report",
        "What was read, and what could not be.",
        Some(problems),
    ),
    row(
        Panel::Inspector,
        Side::Right,
        "Inspector",
        "Everything that is known of the selection.",
        None,
    ),
];

fn findings(session: &Session) -> usize {
    session.analysis().map_or(0, |analysis| analysis.findings.len())
}

fn loops(session: &Session) -> usize {
    session.analysis().map_or(0, |analysis| analysis.loops.len())
}

fn problems(session: &Session) -> usize {
    session.project().map_or(0, |project| project.loaded.report.counts.total())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_the_meta_of_its_panel_and_sides_are_not_mixed() {
        for meta in PANELS {
            assert_eq!(meta.panel.meta().title, meta.title);
        }
        let mut sides: Vec<Side> = PANELS.iter().map(|meta| meta.side).collect();
        sides.dedup();
        assert_eq!(sides, [Side::Left, Side::Centre, Side::Below, Side::Right]);
    }
}
