//! The picture as a file, or on the clipboard: drawn beside the frame by the same exporters as on the
//! command line.

use super::{Notice, Picture, Project, Session};
use crate::export::{self, EXPORTERS, ExportError, exporter_for, rasterize, write_whole};
use crate::scene::{DebtMap, EmphasisMap, Theme};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that an exporter needs, kept alive for its thread.
struct Sheet {
    project: Project,
    picture: Arc<Picture>,
    debt: Option<Arc<DebtMap>>,
    theme: &'static Theme,
}

impl Sheet {
    fn with<T>(&self, draw: impl FnOnce(&export::Picture<'_>) -> T) -> T {
        draw(&export::Picture {
            graph: self.project.graph(),
            scene: &self.picture.scene,
            emphasis: &EmphasisMap::none(),
            debt: self.debt.as_deref(),
            theme: self.theme,
            subject: self.project.title.clone(),
            date: jiff::Zoned::now().date(),
            width_px: None,
        })
    }

    fn write(&self, path: &Path) -> Result<Vec<String>, ExportError> {
        let name = path.to_string_lossy();
        let Some(exporter) = exporter_for(&name) else { return Ok(vec![no_format(&name)]) };
        let exported = self.with(|picture| exporter.export(picture))?;
        write_whole(path, &exported.bytes)?;
        Ok(exported.notes)
    }
}

fn no_format(name: &str) -> String {
    let endings: Vec<&str> = EXPORTERS.iter().map(|format| format.meta().extension).collect();
    format!(
        "Nothing was written: the ending of {name} is no picture format. Use one of {}.",
        endings.join(", ")
    )
}

impl Session {
    fn sheet(&self) -> Option<Sheet> {
        Some(Sheet {
            project: self.project()?.clone(),
            picture: Arc::clone(self.picture()?),
            debt: self.debt().cloned(),
            theme: Theme::of(self.preferences().theme),
        })
    }

    /// Writes what is shown to `path`; the ending decides the format.
    pub(super) fn export(&mut self, path: PathBuf) {
        let Some(sheet) = self.sheet() else { return };
        self.jobs.write(move || {
            Some(match sheet.write(&path) {
                Ok(notes) if notes.is_empty() => {
                    Notice::done(format!("Written to {}.", path.display()))
                }
                Ok(notes) => Notice::warning(notes.join(" ")),
                Err(error) => Notice::failed(capitalised(&error.to_string())),
            })
        });
    }

    /// Writes a list as it is.
    pub(super) fn write_text(&mut self, path: PathBuf, text: String) {
        self.jobs.write(move || {
            Some(match write_whole(&path, text.as_bytes()) {
                Ok(()) => Notice::done(format!("Written to {}.", path.display())),
                Err(error) => Notice::failed(capitalised(&error.to_string())),
            })
        });
    }

    /// Draws what is shown for the clipboard.
    pub(super) fn copy_picture(&mut self) {
        let Some(sheet) = self.sheet() else { return };
        self.jobs.draw(move || match sheet.with(rasterize) {
            Ok(image) => (Some(Notice::done("The picture is on the clipboard.")), Some(image)),
            Err(error) => (Some(Notice::failed(capitalised(&error.to_string()))), None),
        });
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(characters).chain(['.']).collect()
    })
}
