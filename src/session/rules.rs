//! What a person sets of the rules from the window: parameters, and debt that is accepted. Kept in the
//! project's `undercurrent.toml`, whose form stays as somebody wrote it.

use super::jobs::Event;
use super::settings_file::edit::{add_accepted, remove_accepted, set_parameter};
use super::state::Session;
use super::store::keep;
use super::{Notice, SETTINGS_FILE_NAME};
use crate::analysis::Accepted;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// One change of a settings file at a time: each reads what the one before has written.
static WRITING: Mutex<()> = Mutex::new(());

impl Session {
    /// Sets a parameter of a rule, or lets the default count again.
    pub(super) fn set_parameter(
        &mut self,
        code: &'static str,
        key: &'static str,
        value: Option<f64>,
    ) {
        let Some(path) = self.settings_path() else {
            let name = (code, key);
            match value {
                Some(value) => _ = self.unsaved.parameters.insert(name, value),
                None => _ = self.unsaved.parameters.remove(&name),
            }
            return self.settings_are_unsaved();
        };
        let told = match value {
            Some(value) => format!("`{key}` of {code} is {value}."),
            None => format!("`{key}` of {code} is at its default."),
        };
        self.edit_settings(path, told, move |text| set_parameter(text, (code, key), value));
    }

    /// Accepts debt for a while.
    pub(super) fn accept(&mut self, accepted: Accepted) {
        let Some(path) = self.settings_path() else {
            self.unsaved.accepted.push(accepted);
            return self.settings_are_unsaved();
        };
        let of = accepted.node.as_deref().map_or_else(String::new, |node| format!(" of {node}"));
        let told = format!("{}{of} is accepted.", accepted.rule);
        self.edit_settings(path, told, move |text| add_accepted(text, &accepted));
    }

    /// Takes back that debt is accepted, where the project's settings say it.
    pub(super) fn revoke(&mut self, accepted: &Accepted) {
        let Some(path) = self.settings_path() else {
            self.unsaved.accepted.retain(|other| other != accepted);
            return self.settings_are_unsaved();
        };
        let of = accepted.node.as_deref().map_or_else(String::new, |node| format!(" of {node}"));
        let told = format!("{}{of} is no longer accepted.", accepted.rule);
        let accepted = accepted.clone();
        self.edit_settings(path, told, move |text| remove_accepted(text, &accepted));
    }

    /// Where the project's settings lie, if it is on disk.
    pub(super) fn settings_path(&self) -> Option<PathBuf> {
        let folder = self.project()?.folder()?;
        Some(folder.join(SETTINGS_FILE_NAME))
    }

    fn settings_are_unsaved(&mut self) {
        self.notices.push(Notice::warning(
            "It counts until the window closes: this project has no folder that can be written.",
        ));
        self.judge();
    }

    /// Changes the file beside the frame; the rules judge anew when it is written.
    fn edit_settings(
        &mut self,
        path: PathBuf,
        told: String,
        edit: impl FnOnce(&str) -> Result<String, String> + Send + 'static,
    ) {
        let sender = self.jobs.sender.clone();
        super::jobs::spawn("undercurrent-settings", move || {
            let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
            let shown = path.display();
            let text = match std::fs::read_to_string(&path) {
                Ok(text) => Ok(text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
                Err(error) => Err(error.to_string()),
            };
            let written = text
                .and_then(|text| edit(&text))
                .and_then(|text| keep(&path, text.as_bytes()).map_err(|error| error.to_string()));
            let notice = match written {
                Ok(()) => Notice::done(format!("{told} It is kept in {shown}.")),
                Err(why) => Notice::failed(format!("{shown} was left as it is: {why}.")),
            };
            sender.send(Event::SettingsWritten { notice });
        });
    }
}
