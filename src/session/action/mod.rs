//! Everything that has a menu entry: one row an action. Menus, the palette, the context menu, the key map
//! and the shortcut sheet are drawn from this table.

mod table;

pub use table::ACTIONS;

use super::Session;
use super::command::Way;

/// In which menu an action stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Menu {
    File,
    Edit,
    View,
    Go,
    Help,
    /// Only in the palette and on keys.
    None,
}

impl Menu {
    /// The menus of the menu bar.
    pub const BAR: &[Self] = &[Self::File, Self::Edit, Self::View, Self::Go, Self::Help];

    pub const fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::View => "View",
            Self::Go => "Go",
            Self::Help => "Help",
            Self::None => "",
        }
    }
}

/// Something that can be done without further words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Open,
    OpenFolder,
    OpenPath,
    OpenPredictions,
    Reload,
    SavePicture,
    CopyPicture,
    CloseProject,
    Quit,
    Undo,
    Redo,
    CopyId,
    Hide,
    ShowHidden,
    UnpinAll,
    SaveView,
    ShowData,
    ShowCascades,
    ShowClusters,
    GroupByManifest,
    GroupByTeam,
    GroupByKind,
    NoGroups,
    OpenAllGroups,
    CloseAllGroups,
    FewGroups,
    ToggleGroup,
    Tidy,
    ToggleChecks,
    ToggleDim,
    RemoveUnrelated,
    DimUnrelated,
    Freeze,
    Fit,
    FitSelection,
    WhatIf,
    ZoomIn,
    ZoomOut,
    ThemeDark,
    ThemeLight,
    ThemeProjector,
    Larger,
    Smaller,
    ReducedMotion,
    ResetPanels,
    Back,
    Forward,
    FocusNeighbours,
    FocusUpstream,
    FocusDownstream,
    FocusBoth,
    ClearFocus,
    StepBack,
    WalkLeft,
    WalkRight,
    WalkUp,
    WalkDown,
    QueryBar,
    Palette,
    Shortcuts,
}

/// What is said of an action outside its code.
#[derive(Debug)]
pub struct ActionMeta {
    pub action: Action,
    pub menu: Menu,
    /// In menus and the palette.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub tooltip: &'static str,
    /// Keys joined by `+`, such as `Ctrl+Shift+Z`; a second way after a blank.
    pub shortcut: &'static str,
    /// Whether it also stands in the context menu of a node or group.
    pub in_context: bool,
    /// Whether a line stands above it in its menu.
    pub new_section: bool,
    pub enabled: fn(&Session) -> bool,
    /// Whether it is on, for actions that switch.
    pub checked: Option<fn(&Session) -> bool>,
}

impl Action {
    pub fn meta(self) -> &'static ActionMeta {
        ACTIONS.iter().find(|meta| meta.action == self).unwrap_or(&ACTIONS[0])
    }

    /// The arrow key's way, for those that walk.
    pub(in crate::session) const fn way(self) -> Option<Way> {
        match self {
            Self::WalkLeft => Some(Way::Left),
            Self::WalkRight => Some(Way::Right),
            Self::WalkUp => Some(Way::Up),
            Self::WalkDown => Some(Way::Down),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_is_one_row_and_every_key_is_free() {
        let mut actions = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for meta in ACTIONS {
            assert!(actions.insert(meta.action), "{:?} stands twice", meta.action);
            assert!(!meta.label.is_empty() && meta.tooltip.ends_with('.'), "{:?}", meta.action);
            for key in meta.shortcut.split_whitespace() {
                assert!(keys.insert(key), "{key} is taken twice");
            }
        }
        let last = Action::Shortcuts as usize;
        assert_eq!(actions.len(), last + 1, "every action of the enum has a row");
    }
}
