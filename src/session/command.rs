//! What panels ask of the session.

use super::{Action, Camera, Job};
use crate::analysis::Accepted;
use crate::import::Input;
use crate::layout::Size;
use crate::model::NodeIx;
use crate::scene::{Focus, Grouping, Perspective, Reason, Target, ThemeName};

/// How a selection takes in what is picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Instead of what was selected.
    Only,
    /// Besides; what was selected already is dropped from the selection.
    Toggle,
    Add,
}

/// A step along edges or among neighbours, as arrow keys take it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Against the flow.
    Left,
    /// With the flow.
    Right,
    Up,
    Down,
}

/// Everything that changes the session's state.
#[derive(Clone, Debug)]
pub enum Command {
    Do(Action),
    Open(Vec<Input>),
    /// A sample, by key.
    OpenSample(&'static str),
    Select(Vec<Target>, Pick),
    Hover(Option<Target>),
    /// The text of the query bar as it is typed.
    Query(String),
    /// The query bar was left or Enter was pressed: what is typed from now on is another step.
    QueryDone,
    Focus(Focus),
    ToggleGroup(String),
    /// Shows what a node or group depends on, or what depends on it, and is left out.
    Unfold(Target),
    /// Shows a loop alone, by its place in the ranking.
    ShowLoop(usize),
    /// Says whether an inferred influence is there; who says so, and why.
    Decide {
        from: NodeIx,
        to: NodeIx,
        confirmed: bool,
        by: String,
        why: String,
    },
    /// Sets a parameter of a rule, by code and key; without a value the default counts.
    SetParameter {
        code: &'static str,
        key: &'static str,
        value: Option<f64>,
    },
    /// Accepts debt for a while.
    Accept(Accepted),
    /// Takes that back, where the project's settings say it.
    Revoke(Accepted),
    /// Makes a node visible, selects it and looks at it.
    Reveal(NodeIx),
    Walk(Way),
    /// Puts a thing where somebody dragged it: the centre, in scene units.
    Pin(Target, (f32, f32)),
    Unpin(Target),
    Hide(Vec<Target>),
    /// Shows what is left out for this reason.
    Show(Reason),
    Group(Grouping),
    Perspective(Perspective),
    Theme(ThemeName),
    Scale(f32),
    SaveView(String),
    ApplyView(String),
    DeleteView(String),
    /// The camera was moved by hand.
    Look(Camera),
    /// Size of the canvas in logical pixels.
    Viewport(Size),
    /// Brings a panel to the front of its tabs.
    ShowPanel(super::Panel),
    /// On predictions and slices.
    Slice(super::SliceCommand),
    /// A panel wants to show this list.
    Want(super::Wanted),
    /// The canvas wants these pieces of the picture as pixels, and no others.
    Tiles(Vec<super::Wish>),
    Cancel(Job),
    /// Puts a text on the clipboard.
    Copy(String),
    /// Asks where to write a text, with a name to start from.
    SaveText {
        name: String,
        text: String,
    },
    /// Writes a text.
    WriteText(std::path::PathBuf, String),
    /// Writes the picture; the ending of the name decides the format.
    Export(std::path::PathBuf),
    /// The file dialog or the typed path gave up on this.
    Notify(super::Notice),
}
