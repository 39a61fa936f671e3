//! One row an action.

use super::super::Session;
use super::{Action, ActionMeta, Menu};
use crate::scene::{Grouping, GroupsOpen, Perspective, Target, ThemeName, Unrelated};

const ROW: ActionMeta = ActionMeta {
    action: Action::Open,
    menu: Menu::None,
    label: "",
    tooltip: "",
    shortcut: "",
    in_context: false,
    new_section: false,
    enabled: always,
    checked: None,
};

const fn always(_: &Session) -> bool {
    true
}

fn is_open(session: &Session) -> bool {
    session.project().is_some()
}

fn has_picture(session: &Session) -> bool {
    session.picture().is_some()
}

fn has_nodes_selected(session: &Session) -> bool {
    session.selection().iter().any(|target| !matches!(target, Target::Edge(_)))
}

fn has_selection(session: &Session) -> bool {
    !session.selection().is_empty()
}

/// All actions, in the order of their menus.
pub static ACTIONS: &[ActionMeta] = &[
    ActionMeta {
        action: Action::Open,
        menu: Menu::File,
        label: "Open…",
        tooltip: "Open manifests or a folder of them.",
        shortcut: "Ctrl+O",
        ..ROW
    },
    ActionMeta {
        action: Action::OpenFolder,
        menu: Menu::File,
        label: "Open folder…",
        tooltip: "Open everything that a folder holds.",
        ..ROW
    },
    ActionMeta {
        action: Action::OpenPredictions,
        menu: Menu::File,
        label: "Open predictions…",
        tooltip: "Read files of single predictions, to look at them slice by slice.",
        enabled: is_open,
        ..ROW
    },
    ActionMeta {
        action: Action::OpenPath,
        menu: Menu::File,
        label: "Open path…",
        tooltip: "Type the path of a file or folder.",
        shortcut: "Ctrl+Shift+O",
        ..ROW
    },
    ActionMeta {
        action: Action::Reload,
        menu: Menu::File,
        label: "Reload",
        tooltip: "Read the files again; view and selection stay.",
        shortcut: "F5 Ctrl+R",
        enabled: is_open,
        ..ROW
    },
    ActionMeta {
        action: Action::SavePicture,
        menu: Menu::File,
        label: "Save picture…",
        tooltip: "Write what is shown to a file: SVG, PDF, PNG and more.",
        shortcut: "Ctrl+S",
        new_section: true,
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::CopyPicture,
        menu: Menu::File,
        label: "Copy picture",
        tooltip: "Copy what is shown to the clipboard as an image.",
        shortcut: "Ctrl+Shift+C",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::CloseProject,
        menu: Menu::File,
        label: "Close project",
        tooltip: "Back to the welcome screen.",
        shortcut: "Ctrl+W",
        new_section: true,
        enabled: is_open,
        ..ROW
    },
    ActionMeta {
        action: Action::Quit,
        menu: Menu::File,
        label: "Quit",
        tooltip: "Close the window.",
        shortcut: "Ctrl+Q",
        ..ROW
    },
    ActionMeta {
        action: Action::Undo,
        menu: Menu::Edit,
        label: "Undo",
        tooltip: "Take back the last change of the view.",
        shortcut: "Ctrl+Z",
        enabled: |session| session.undo_label().is_some(),
        ..ROW
    },
    ActionMeta {
        action: Action::Redo,
        menu: Menu::Edit,
        label: "Redo",
        tooltip: "Do again what was taken back.",
        shortcut: "Ctrl+Shift+Z Ctrl+Y",
        enabled: |session| session.redo_label().is_some(),
        ..ROW
    },
    ActionMeta {
        action: Action::CopyId,
        menu: Menu::Edit,
        label: "Copy id",
        tooltip: "Copy the ids of what is selected.",
        shortcut: "Ctrl+C",
        in_context: true,
        new_section: true,
        enabled: has_selection,
        ..ROW
    },
    ActionMeta {
        action: Action::Hide,
        menu: Menu::Edit,
        label: "Hide",
        tooltip: "Take what is selected out of the picture; it stays counted.",
        shortcut: "Delete",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::ShowHidden,
        menu: Menu::Edit,
        label: "Show what was hidden",
        tooltip: "Bring back everything hidden by hand.",
        shortcut: "Shift+Delete",
        enabled: |session| !session.view().hidden.is_empty(),
        ..ROW
    },
    ActionMeta {
        action: Action::UnpinAll,
        menu: Menu::Edit,
        label: "Release all pins",
        tooltip: "Let the layout place everything again.",
        enabled: |session| !session.view().pins.is_empty(),
        ..ROW
    },
    ActionMeta {
        action: Action::SaveView,
        menu: Menu::Edit,
        label: "Save view…",
        tooltip: "Keep query, focus, groups and pins under a name, beside the manifests.",
        shortcut: "Ctrl+D",
        new_section: true,
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::ShowData,
        menu: Menu::View,
        label: "Data dependencies",
        tooltip: "What flows into what.",
        shortcut: "Ctrl+1",
        enabled: is_open,
        checked: Some(|session| session.view().perspective == Perspective::Data),
        ..ROW
    },
    ActionMeta {
        action: Action::ShowCascades,
        menu: Menu::View,
        label: "Model cascades",
        tooltip: "Models, predictions and surfaces, in layers of correction depth.",
        shortcut: "Ctrl+2",
        enabled: is_open,
        checked: Some(|session| session.view().perspective == Perspective::Cascades),
        ..ROW
    },
    ActionMeta {
        action: Action::ShowClusters,
        menu: Menu::View,
        label: "Cluster map",
        tooltip: "What hangs together lies together, where there are no layers to show.",
        shortcut: "Ctrl+3",
        enabled: is_open,
        checked: Some(|session| session.view().perspective == Perspective::Clusters),
        ..ROW
    },
    ActionMeta {
        action: Action::GroupByManifest,
        menu: Menu::View,
        label: "Group as the manifests say",
        tooltip: "Packages, folders, namespaces, systems.",
        new_section: true,
        enabled: is_open,
        checked: Some(|session| session.view().grouping == Grouping::Manifest),
        ..ROW
    },
    ActionMeta {
        action: Action::GroupByTeam,
        menu: Menu::View,
        label: "Group by team",
        tooltip: "Everything of one owner together.",
        enabled: is_open,
        checked: Some(|session| session.view().grouping == Grouping::Team),
        ..ROW
    },
    ActionMeta {
        action: Action::GroupByKind,
        menu: Menu::View,
        label: "Group by kind",
        tooltip: "Everything of one kind together.",
        enabled: is_open,
        checked: Some(|session| session.view().grouping == Grouping::Kind),
        ..ROW
    },
    ActionMeta {
        action: Action::NoGroups,
        menu: Menu::View,
        label: "No groups",
        tooltip: "Every node on its own.",
        enabled: is_open,
        checked: Some(|session| session.view().grouping == Grouping::None),
        ..ROW
    },
    ActionMeta {
        action: Action::OpenAllGroups,
        menu: Menu::View,
        label: "Open all groups",
        tooltip: "Show every node as a card.",
        shortcut: "Ctrl+E",
        new_section: true,
        enabled: is_open,
        checked: Some(|session| session.view().open == GroupsOpen::All),
        ..ROW
    },
    ActionMeta {
        action: Action::FewGroups,
        menu: Menu::View,
        label: "Open a readable number",
        tooltip: "As many groups as leave 50 to 150 things to be seen.",
        shortcut: "Ctrl+G",
        enabled: is_open,
        checked: Some(|session| session.view().open == GroupsOpen::Auto),
        ..ROW
    },
    ActionMeta {
        action: Action::CloseAllGroups,
        menu: Menu::View,
        label: "Close all groups",
        tooltip: "Show the outermost groups only.",
        shortcut: "Ctrl+Shift+E",
        enabled: is_open,
        ..ROW
    },
    ActionMeta {
        action: Action::ToggleGroup,
        menu: Menu::View,
        label: "Open or close the group",
        tooltip: "Of what is selected.",
        shortcut: "Space",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::Tidy,
        menu: Menu::View,
        label: "Arrange afresh",
        tooltip: "Place everything anew instead of leaving it where it stood.",
        shortcut: "R",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::ToggleChecks,
        menu: Menu::View,
        label: "Tests and monitors as badges",
        tooltip: "Fold them into what they watch, or show each as a card.",
        shortcut: "Ctrl+T",
        new_section: true,
        enabled: is_open,
        checked: Some(|session| session.view().fold_checks),
        ..ROW
    },
    ActionMeta {
        action: Action::ToggleDim,
        menu: Menu::View,
        label: "Keep the unrelated, dimmed",
        tooltip: "What query and focus leave out stays as context instead of vanishing.",
        shortcut: "Ctrl+M",
        enabled: is_open,
        checked: Some(|session| session.view().unrelated == Unrelated::Dim),
        ..ROW
    },
    ActionMeta {
        action: Action::RemoveUnrelated,
        menu: Menu::View,
        label: "Remove what is unrelated",
        tooltip: "Leave the selection, what it depends on and what depends on it.",
        shortcut: "Ctrl+U",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::DimUnrelated,
        menu: Menu::View,
        label: "Dim what is unrelated",
        tooltip: "Dim all but the selection, what it depends on and what depends on it.",
        shortcut: "Ctrl+Shift+U",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::Freeze,
        menu: Menu::View,
        label: "Freeze the picture",
        tooltip: "Clicks and drags select, and change nothing else.",
        shortcut: "Ctrl+L",
        enabled: has_picture,
        checked: Some(Session::is_frozen),
        ..ROW
    },
    ActionMeta {
        action: Action::Fit,
        menu: Menu::View,
        label: "Fit",
        tooltip: "Show everything.",
        shortcut: "F",
        new_section: true,
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::FitSelection,
        menu: Menu::View,
        label: "Look at the selection",
        tooltip: "Move and zoom to what is selected.",
        shortcut: "Shift+F",
        in_context: true,
        enabled: has_selection,
        ..ROW
    },
    ActionMeta {
        action: Action::ZoomIn,
        menu: Menu::View,
        label: "Zoom in",
        tooltip: "The wheel does it too, at the pointer.",
        shortcut: "Plus Equals",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::ZoomOut,
        menu: Menu::View,
        label: "Zoom out",
        tooltip: "The wheel does it too, at the pointer.",
        shortcut: "Minus",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::ThemeDark,
        menu: Menu::View,
        label: "Dark theme",
        tooltip: "Light on dark.",
        new_section: true,
        checked: Some(|session| session.preferences().theme == ThemeName::Dark),
        ..ROW
    },
    ActionMeta {
        action: Action::ThemeLight,
        menu: Menu::View,
        label: "Light theme",
        tooltip: "Dark on light.",
        checked: Some(|session| session.preferences().theme == ThemeName::Light),
        ..ROW
    },
    ActionMeta {
        action: Action::ThemeProjector,
        menu: Menu::View,
        label: "Projector theme",
        tooltip: "Black on white with strong lines, for a bright room.",
        checked: Some(|session| session.preferences().theme == ThemeName::Projector),
        ..ROW
    },
    ActionMeta {
        action: Action::Larger,
        menu: Menu::View,
        label: "Larger text",
        tooltip: "Everything in the window larger, up to twice the size.",
        shortcut: "Ctrl+Plus Ctrl+Equals",
        new_section: true,
        enabled: |session| session.preferences().scale < 2.0,
        ..ROW
    },
    ActionMeta {
        action: Action::Smaller,
        menu: Menu::View,
        label: "Smaller text",
        tooltip: "Everything in the window smaller, down to the usual size.",
        shortcut: "Ctrl+Minus",
        enabled: |session| session.preferences().scale > 1.0,
        ..ROW
    },
    ActionMeta {
        action: Action::ReducedMotion,
        menu: Menu::View,
        label: "Reduced motion",
        tooltip: "Jump instead of gliding.",
        checked: Some(|session| session.preferences().reduced_motion),
        ..ROW
    },
    ActionMeta {
        action: Action::ResetPanels,
        menu: Menu::View,
        label: "Reset panels",
        tooltip: "Put every panel back to where it was at first.",
        ..ROW
    },
    ActionMeta {
        action: Action::Back,
        menu: Menu::Go,
        label: "Back",
        tooltip: "To the view before.",
        shortcut: "Alt+ArrowLeft",
        enabled: Session::can_go_back,
        ..ROW
    },
    ActionMeta {
        action: Action::Forward,
        menu: Menu::Go,
        label: "Forward",
        tooltip: "To the view after.",
        shortcut: "Alt+ArrowRight",
        enabled: Session::can_go_forward,
        ..ROW
    },
    ActionMeta {
        action: Action::FocusNeighbours,
        menu: Menu::Go,
        label: "Focus on neighbours",
        tooltip: "Only what is selected and one step around it.",
        shortcut: "Enter",
        in_context: true,
        new_section: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::FocusUpstream,
        menu: Menu::Go,
        label: "Focus on everything upstream",
        tooltip: "All that it rests on.",
        shortcut: "U",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::FocusDownstream,
        menu: Menu::Go,
        label: "Focus on everything downstream",
        tooltip: "All that a change of it reaches.",
        shortcut: "D",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::FocusBoth,
        menu: Menu::Go,
        label: "Focus on both directions",
        tooltip: "All that it rests on and all that it reaches.",
        shortcut: "B",
        in_context: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::WhatIf,
        menu: Menu::Go,
        label: "What if…",
        tooltip: "Who breaks and how debt changes if it were deleted, deprecated, pinned or replaced.",
        shortcut: "W",
        in_context: true,
        new_section: true,
        enabled: has_nodes_selected,
        ..ROW
    },
    ActionMeta {
        action: Action::ClearFocus,
        menu: Menu::Go,
        label: "Show everything",
        tooltip: "Drop focus and query.",
        shortcut: "Home",
        enabled: |session| {
            session.view().focus.is_some() || !session.view().query.trim().is_empty()
        },
        ..ROW
    },
    ActionMeta {
        action: Action::StepBack,
        menu: Menu::Go,
        label: "Step back",
        tooltip: "Drop the selection, then the focus, then the query.",
        shortcut: "Escape",
        ..ROW
    },
    ActionMeta {
        action: Action::WalkLeft,
        menu: Menu::Go,
        label: "Walk against the flow",
        tooltip: "To what feeds the selection.",
        shortcut: "ArrowLeft",
        new_section: true,
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::WalkRight,
        menu: Menu::Go,
        label: "Walk with the flow",
        tooltip: "To what the selection feeds.",
        shortcut: "ArrowRight",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::WalkUp,
        menu: Menu::Go,
        label: "Walk up",
        tooltip: "To the next thing above.",
        shortcut: "ArrowUp",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::WalkDown,
        menu: Menu::Go,
        label: "Walk down",
        tooltip: "To the next thing below.",
        shortcut: "ArrowDown",
        enabled: has_picture,
        ..ROW
    },
    ActionMeta {
        action: Action::QueryBar,
        menu: Menu::Go,
        label: "Query",
        tooltip: "Type what to show.",
        shortcut: "Ctrl+F Slash",
        new_section: true,
        enabled: is_open,
        ..ROW
    },
    ActionMeta {
        action: Action::Palette,
        menu: Menu::Help,
        label: "Find anything…",
        tooltip: "Every command, and every node by name.",
        shortcut: "Ctrl+K Ctrl+P",
        ..ROW
    },
    ActionMeta {
        action: Action::Shortcuts,
        menu: Menu::Help,
        label: "Keyboard shortcuts",
        tooltip: "All keys on one sheet.",
        shortcut: "F1 Shift+Slash",
        ..ROW
    },
];
