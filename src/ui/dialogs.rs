//! The system's file dialogs, on a thread of their own: a portal that hangs must not hold the window.

use crossbeam_channel::{Receiver, Sender};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// An answer faster than this was given by no person: there is no dialog to be had.
const NOBODY: Duration = Duration::from_millis(350);

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Files,
    Folder,
    Predictions,
    /// Where to write the picture, with a name to start from.
    Save(String),
    /// Where to write a text, with a name to start from.
    SaveText {
        name: String,
        text: String,
    },
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Answer {
    Paths(Ask, Vec<PathBuf>),
    /// The person changed their mind.
    Cancelled,
    /// The system shows no dialogs: a typed path is the way.
    NoDialog(Ask),
}

/// One dialog at a time.
#[derive(Debug)]
pub(super) struct Dialogs {
    sender: Sender<Answer>,
    receiver: Receiver<Answer>,
    open: bool,
}

impl Default for Dialogs {
    fn default() -> Self {
        let (sender, receiver) = crossbeam_channel::unbounded();
        Self { sender, receiver, open: false }
    }
}

impl Dialogs {
    /// Opens a dialog unless one is open.
    pub(super) fn ask(&mut self, asked: Ask, ctx: &egui::Context) {
        if std::mem::replace(&mut self.open, true) {
            return;
        }
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        let thread = std::thread::Builder::new().name("undercurrent-dialog".into());
        let started = thread.spawn(move || {
            let start = Instant::now();
            let paths = show(&asked);
            let answer = match paths {
                Some(paths) => Answer::Paths(asked, paths),
                None if start.elapsed() < NOBODY => Answer::NoDialog(asked),
                None => Answer::Cancelled,
            };
            // Nobody listens when the window is gone.
            let _ = sender.send(answer);
            ctx.request_repaint();
        });
        if started.is_err() {
            self.open = false;
        }
    }

    pub(super) fn answer(&mut self) -> Option<Answer> {
        let answer = self.receiver.try_recv().ok()?;
        self.open = false;
        Some(answer)
    }
}

fn show(ask: &Ask) -> Option<Vec<PathBuf>> {
    let dialog = rfd::FileDialog::new();
    match ask {
        Ask::Files => dialog.set_title("Open manifests").pick_files(),
        Ask::Predictions => dialog
            .set_title("Open predictions")
            .add_filter("Predictions", &["parquet", "csv", "tsv", "ndjson", "jsonl", "gz", "zst"])
            .pick_files(),
        Ask::Folder => dialog.set_title("Open a folder").pick_folder().map(|path| vec![path]),
        Ask::Save(name) => {
            let dialog = dialog.set_title("Save picture").set_file_name(name);
            dialog.save_file().map(|path| vec![path])
        }
        Ask::SaveText { name, .. } => {
            let dialog = dialog.set_title("Save list").set_file_name(name);
            dialog.save_file().map(|path| vec![path])
        }
    }
}
