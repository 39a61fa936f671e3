//! Which panels stand where: rearranged by dragging their tabs, remembered between two runs.

use super::panels::{Panels, pane_ui};
use crate::session::{Command, Session};
use egui_tiles::{Behavior, Linear, LinearDir, Tile, TileId, Tiles, Tree, UiResponse};
use serde::{Deserialize, Serialize};

/// A panel of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Pane {
    Canvas,
    Explorer,
    Inspector,
    Findings,
    Loops,
    Nodes,
    Edges,
    Impact,
    Report,
}

impl Pane {
    const ALL: &[Self] = &[
        Self::Canvas,
        Self::Explorer,
        Self::Inspector,
        Self::Findings,
        Self::Loops,
        Self::Nodes,
        Self::Edges,
        Self::Impact,
        Self::Report,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::Canvas => "Graph",
            Self::Explorer => "Explorer",
            Self::Inspector => "Inspector",
            Self::Findings => "Findings",
            Self::Loops => "Loops",
            Self::Nodes => "Nodes",
            Self::Edges => "Edges",
            Self::Impact => "Impact",
            Self::Report => "Import report",
        }
    }
}

/// The arrangement of all panels.
#[derive(Serialize, Deserialize)]
pub(super) struct Dock {
    tree: Tree<Pane>,
}

impl Default for Dock {
    fn default() -> Self {
        let mut tiles = Tiles::default();
        let mut tabs = |panes: &[Pane]| {
            let panes = panes.iter().map(|&pane| tiles.insert_pane(pane)).collect();
            tiles.insert_tab_tile(panes)
        };
        let explorer = tabs(&[Pane::Explorer]);
        let canvas = tabs(&[Pane::Canvas]);
        let tables = tabs(&[
            Pane::Findings,
            Pane::Loops,
            Pane::Nodes,
            Pane::Edges,
            Pane::Impact,
            Pane::Report,
        ]);
        let inspector = tabs(&[Pane::Inspector]);
        let middle = Linear::new_binary(LinearDir::Vertical, [canvas, tables], 0.74);
        let middle = tiles.insert_container(middle);
        let mut all = Linear::new(LinearDir::Horizontal, vec![explorer, middle, inspector]);
        all.shares.set_share(explorer, 0.19);
        all.shares.set_share(middle, 0.58);
        all.shares.set_share(inspector, 0.23);
        let root = tiles.insert_container(all);
        Self { tree: Tree::new("dock", root, tiles) }
    }
}

impl Dock {
    /// What was remembered, as far as every panel is in it.
    pub(super) fn restored(remembered: Option<Self>) -> Self {
        let is_whole =
            |dock: &Self| Pane::ALL.iter().all(|pane| dock.tree.tiles.find_pane(pane).is_some());
        remembered.filter(is_whole).unwrap_or_default()
    }

    /// Brings a panel to the front of its tabs.
    pub(super) fn show_pane(&mut self, wanted: Pane) {
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if *pane == wanted));
    }

    /// Shows all panels in `ui`.
    pub(super) fn show(
        &mut self,
        ui: &mut egui::Ui,
        session: &Session,
        panels: &mut Panels,
        commands: &mut Vec<Command>,
    ) {
        let mut behavior = Docked { session, panels, commands };
        self.tree.ui(&mut behavior, ui);
    }
}

struct Docked<'a> {
    session: &'a Session,
    panels: &'a mut Panels,
    commands: &'a mut Vec<Command>,
}

impl Behavior<Pane> for Docked<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: TileId, pane: &mut Pane) -> UiResponse {
        pane_ui(ui, *pane, self.session, self.panels, self.commands);
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        let count = match pane {
            Pane::Findings => self.session.analysis().map(|analysis| analysis.findings.len()),
            Pane::Loops => self.session.analysis().map(|analysis| analysis.loops.len()),
            Pane::Report => {
                self.session.project().map(|project| project.loaded.report.counts.total())
            }
            _ => None,
        };
        match count {
            Some(count) if count > 0 => {
                format!("{} {}", pane.title(), crate::scene::caption::thousands(count)).into()
            }
            _ => pane.title().into(),
        }
    }

    fn simplification_options(&self) -> egui_tiles::SimplificationOptions {
        egui_tiles::SimplificationOptions {
            all_panes_must_have_tabs: true,
            ..egui_tiles::SimplificationOptions::default()
        }
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        1.0
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        28.0
    }

    fn tab_title_spacing(&self, _visuals: &egui::Visuals) -> f32 {
        12.0
    }

    fn tab_bar_color(&self, visuals: &egui::Visuals) -> egui::Color32 {
        visuals.faint_bg_color
    }

    fn tab_outline_stroke(
        &self,
        _visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        _state: &egui_tiles::TabState,
    ) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn tab_text_color(
        &self,
        visuals: &egui::Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &egui_tiles::TabState,
    ) -> egui::Color32 {
        if state.active { visuals.text_color() } else { visuals.weak_text_color() }
    }

    fn resize_stroke(&self, style: &egui::Style, state: egui_tiles::ResizeState) -> egui::Stroke {
        match state {
            egui_tiles::ResizeState::Idle => style.visuals.widgets.noninteractive.bg_stroke,
            _ => egui::Stroke::new(2.0, style.visuals.hyperlink_color),
        }
    }
}
