//! What the person at the window is doing: the open project, the view, the selection, undo and history,
//! work in the background, and what is remembered on disk.
//!
//! Owns all state that more than one panel reads. Must never know: egui. Panels read a [`Session`] and
//! emit [`Command`]s; [`Session::apply`] changes state and starts jobs, [`Session::absorb`] takes in what
//! the jobs have done. Start reading at [`Session`], then [`Action`] (everything with a menu entry) and
//! [`jobs`] (what runs beside the frame).

mod action;
mod apply;
mod camera;
mod command;
mod derived;
mod history;
mod jobs;
mod judging;
mod loops;
mod notice;
mod opening;
mod panel;
mod picture;
mod picture_file;
mod preferences;
mod project;
mod reveal;
mod rules;
mod settings_file;
mod slices;
mod state;
mod store;
#[cfg(test)]
mod tests;
mod tiles;
mod unfold;
mod views;
mod watch;
mod workspace;

pub use action::{ACTIONS, Action, ActionMeta, Menu};
pub use camera::{Camera, LARGEST_SCALE, SMALLEST_SCALE};
pub use command::{Command, Pick, Way};
pub use derived::{Listed, Wanted};
pub use jobs::{Job, Waker};
pub use notice::{Notice, NoticeKind};
pub use panel::{PANELS, Panel, PanelMeta, Side};
pub use picture::Picture;
pub use preferences::{Preferences, Recent};
pub use project::Project;
pub use settings_file::{SETTINGS_FILE_NAME, SettingsFile};
pub use slices::{
    FindRequest, PredictionSet, SliceAnswer, SliceBench, SliceCommand, SliceQuestion, Source,
    TimesRequest, with_predictions,
};
pub use state::{Request, Session};
pub use store::Store;
pub use tiles::{Sheet, Tile, Wish};
pub use views::{ConfigurationView, Overview, Paper};
pub use workspace::{Decision, SavedView, Workspace};
