//! Which panels stand where: rearranged by dragging their tabs, remembered between two runs.

use super::panels::{Panels, panel_ui};
use crate::scene::caption::thousands;
use crate::session::{Command, PANELS, Panel, Session, Side};
use egui_tiles::{Behavior, Linear, LinearDir, Tile, TileId, Tiles, Tree, UiResponse};
use serde::{Deserialize, Serialize};

/// The arrangement of all panels.
#[derive(Serialize, Deserialize)]
pub(super) struct Dock {
    tree: Tree<Panel>,
}

impl Default for Dock {
    fn default() -> Self {
        let mut tiles = Tiles::default();
        let mut tabs = |side: Side| {
            let panels = PANELS.iter().filter(|meta| meta.side == side);
            let panels: Vec<TileId> = panels.map(|meta| tiles.insert_pane(meta.panel)).collect();
            tiles.insert_tab_tile(panels)
        };
        let [explorer, canvas] = [tabs(Side::Left), tabs(Side::Centre)];
        let [tables, inspector] = [tabs(Side::Below), tabs(Side::Right)];
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
        let is_whole = |dock: &Self| {
            PANELS.iter().all(|meta| dock.tree.tiles.find_pane(&meta.panel).is_some())
        };
        remembered.filter(is_whole).unwrap_or_default()
    }

    /// Brings a panel to the front of its tabs.
    pub(super) fn show_panel(&mut self, wanted: Panel) {
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(panel) if *panel == wanted));
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

impl Behavior<Panel> for Docked<'_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: TileId, panel: &mut Panel) -> UiResponse {
        panel_ui(ui, *panel, self.session, self.panels, self.commands);
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, panel: &Panel) -> egui::WidgetText {
        let meta = panel.meta();
        match meta.count.map_or(0, |count| count(self.session)) {
            0 => meta.title.into(),
            count => format!("{} {}", meta.title, thousands(count)).into(),
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
        _tiles: &Tiles<Panel>,
        _tile: TileId,
        _state: &egui_tiles::TabState,
    ) -> egui::Stroke {
        egui::Stroke::NONE
    }

    fn tab_text_color(
        &self,
        visuals: &egui::Visuals,
        _tiles: &Tiles<Panel>,
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
