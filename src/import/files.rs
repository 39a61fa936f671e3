//! Which files there are to read: the inputs walked, sorted and freed of duplicates.

use super::project::{EmbeddedFiles, Project, Root, shown_path};
use super::report::Skipped;
use super::{Cancelled, IMPORTERS, Input, Progress};
use crate::model::{Problem, ProblemKind, Severity};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// Beyond this many entries a folder is not a project but a disk; the walk stops and says so.
const MOST_ENTRIES: usize = 200_000;

/// Folders of other people's code and of caches, which hold no manifest and many thousand files.
const FOREIGN_FOLDERS: &[&str] = &["node_modules", "__pycache__", "site-packages"];

/// A file to look at.
#[derive(Debug)]
pub(super) struct Candidate {
    /// As shown to people; also the order in which files are merged.
    pub(super) shown: String,
    /// Position in [`Collected::projects`].
    pub(super) project: usize,
    /// Relative to the project's root.
    pub(super) within: PathBuf,
    pub(super) place: FilePlace,
    pub(super) bytes: u64,
    /// Named by the user, and not just found in a folder.
    pub(super) named: bool,
}

impl Candidate {
    pub(super) fn name(&self) -> &str {
        self.shown.rsplit('/').next().unwrap_or(&self.shown)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FilePlace {
    Disk(PathBuf),
    Embedded(&'static [u8]),
}

/// Everything that the inputs hold, in the order of the shown paths.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) projects: Vec<Project>,
    pub(super) files: Vec<Candidate>,
    pub(super) skipped: Skipped,
    pub(super) problems: Vec<Problem>,
}

/// An input that exists: the folder it opens, and the file in it if it is one.
struct Opened {
    root: Root,
    file: Option<PathBuf>,
}

/// Walks the inputs. Links are not followed: what they lead to inside the folder is read at its own
/// place, and what lies outside was not opened.
pub(super) fn collect(inputs: &[Input], progress: &Progress) -> Result<Collected, Cancelled> {
    let mut collected = Collected::default();
    let opened: Vec<Opened> =
        inputs.iter().filter_map(|input| open(input, &mut collected.problems)).collect();
    let base = common_folder(&opened);
    for Opened { root, file } in opened {
        let project = collected.projects.len();
        let shown = shown_prefix(&root, base.as_deref());
        match (&root, file) {
            (Root::Embedded(files), _) => collected.embedded(project, files),
            (Root::Disk(root), Some(path)) => {
                let within = path.strip_prefix(root).unwrap_or(&path).to_owned();
                collected.disk(project, &shown, path, within, true);
            }
            (Root::Disk(root), None) => collected.walk(project, &shown, root, progress)?,
            (Root::Nowhere, _) => {}
        }
        collected.projects.push(Project { root, shown });
    }
    collected.sort();
    Ok(collected)
}

fn open(input: &Input, problems: &mut Vec<Problem>) -> Option<Opened> {
    let path = match input {
        Input::Embedded(files) => return Some(Opened { root: Root::Embedded(files), file: None }),
        Input::Path(path) => path,
    };
    let opened = path.canonicalize().and_then(|path| {
        let kind = path.metadata()?;
        Ok(if kind.is_dir() {
            Some(Opened { root: Root::Disk(path), file: None })
        } else if kind.is_file() {
            let folder = path.parent().unwrap_or(&path).to_owned();
            Some(Opened { root: Root::Disk(folder), file: Some(path) })
        } else {
            None
        })
    });
    let shown = path.display();
    let (message, hint) = match opened {
        Ok(Some(opened)) => return Some(opened),
        Ok(None) => (
            format!("`{shown}` is neither a file nor a folder"),
            "Name a manifest or a folder of manifests.".to_owned(),
        ),
        Err(error) => io_words(&error, &shown.to_string()),
    };
    problems.push(Problem::new(Severity::Error, ProblemKind::Io, None, message, hint));
    None
}

/// What the file system said, and what to do about it.
pub(super) fn io_words(error: &io::Error, shown: &str) -> (String, String) {
    match error.kind() {
        io::ErrorKind::NotFound => (
            format!("`{shown}` does not exist"),
            "Check the spelling, and the folder that the path starts from.".into(),
        ),
        io::ErrorKind::PermissionDenied => (
            format!("`{shown}` may not be read: no permission"),
            "Allow your user to read it, or open a copy.".into(),
        ),
        _ => {
            (format!("`{shown}` could not be read: {error}"), "Check it and open it again.".into())
        }
    }
}

/// The folder that holds all inputs on disk, so that paths shown do not depend on the inputs' order.
fn common_folder(opened: &[Opened]) -> Option<PathBuf> {
    let mut roots = opened.iter().filter_map(|opened| match &opened.root {
        Root::Disk(root) => Some(root),
        _ => None,
    });
    let first = roots.next()?.clone();
    Some(roots.fold(first, |common, root| {
        common
            .components()
            .zip(root.components())
            .take_while(|(a, b)| a == b)
            .map(|(a, _)| a)
            .collect()
    }))
}

fn shown_prefix(root: &Root, base: Option<&Path>) -> String {
    let (Root::Disk(root), Some(base)) = (root, base) else { return String::new() };
    match root.strip_prefix(base).map(shown_path) {
        Ok(below) if !below.is_empty() => below + "/",
        _ => String::new(),
    }
}

/// Whether a file found in a folder is worth a look at its first bytes.
fn is_wanted(path: &Path) -> bool {
    let Some(ending) = path.extension().and_then(OsStr::to_str) else { return false };
    IMPORTERS
        .iter()
        .flat_map(|importer| importer.meta().extensions)
        .any(|wanted| wanted.eq_ignore_ascii_case(ending))
}

/// The file beside the manifests in which pins and saved views are kept.
pub const SIDECAR_NAME: &str = "undercurrent.workspace.json";

/// A baseline under its usual name.
const BASELINE_NAME: &str = "undercurrent.baseline.json";

/// Whether the program itself wrote it: no manifest.
fn is_own(name: &OsStr) -> bool {
    name == SIDECAR_NAME || name == BASELINE_NAME
}

impl Collected {
    /// Adds a file beside one that was named, if it is there.
    pub(super) fn companion(&mut self, of: usize, name: &str) {
        let Candidate { project, within, place, .. } = &self.files[of];
        let (project, within) = (*project, within.with_file_name(name));
        let FilePlace::Disk(path) = place else { return };
        let path = path.with_file_name(name);
        let is_file = path.symlink_metadata().is_ok_and(|meta| meta.is_file());
        if is_file && !self.files.iter().any(|file| file.place == FilePlace::Disk(path.clone())) {
            let shown = self.projects[project].shown.clone();
            self.disk(project, &shown, path, within, false);
        }
    }

    pub(super) fn sort(&mut self) {
        // Of one file found twice, the one in the wider project stays: more may be beside it.
        let projects = &self.projects;
        let width = |candidate: &Candidate| match &projects[candidate.project].root {
            Root::Disk(root) => root.as_os_str().len(),
            _ => 0,
        };
        self.files.sort_by(|a, b| a.shown.cmp(&b.shown).then(width(a).cmp(&width(b))));
        self.files.dedup_by(|again, first| {
            let same = again.place == first.place && again.shown == first.shown;
            first.named |= same && again.named;
            same
        });
    }

    fn embedded(&mut self, project: usize, files: EmbeddedFiles) {
        for &(path, bytes) in files {
            if is_wanted(Path::new(path)) {
                self.files.push(Candidate {
                    shown: path.to_owned(),
                    project,
                    within: path.into(),
                    place: FilePlace::Embedded(bytes),
                    bytes: bytes.len() as u64,
                    named: false,
                });
            } else {
                self.skipped.of_other_kinds += 1;
            }
        }
    }

    fn disk(&mut self, project: usize, prefix: &str, path: PathBuf, within: PathBuf, named: bool) {
        let shown = format!("{prefix}{}", shown_path(&within));
        // A file that is gone by now is reported when it is opened.
        let bytes = path.metadata().map_or(0, |meta| meta.len());
        self.files.push(Candidate {
            shown,
            project,
            within,
            place: FilePlace::Disk(path),
            bytes,
            named,
        });
    }

    fn walk(
        &mut self,
        project: usize,
        prefix: &str,
        root: &Path,
        progress: &Progress,
    ) -> Result<(), Cancelled> {
        let mut folders = vec![root.to_owned()];
        let mut entries = 0;
        while let Some(folder) = folders.pop() {
            progress.check()?;
            let shown = |path: &Path| {
                format!("{prefix}{}", shown_path(path.strip_prefix(root).unwrap_or(path)))
            };
            let listing = match std::fs::read_dir(&folder) {
                Ok(listing) => listing,
                Err(error) => {
                    let name =
                        if folder == root { folder.display().to_string() } else { shown(&folder) };
                    let (message, hint) = io_words(&error, &name);
                    let severity = Severity::Error;
                    self.problems.push(Problem::new(
                        severity,
                        ProblemKind::Io,
                        None,
                        message,
                        hint,
                    ));
                    continue;
                }
            };
            // Sorted, so that a cut by the limit is the same on every run.
            let mut names: Vec<_> = listing.flatten().collect();
            names.sort_by_key(std::fs::DirEntry::file_name);
            for entry in names {
                entries += 1;
                let (name, path) = (entry.file_name(), entry.path());
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_symlink() {
                    self.skipped.links += 1;
                } else if name.as_encoded_bytes().starts_with(b".") {
                    self.skipped.hidden += 1;
                } else if kind.is_dir() {
                    if name.to_str().is_some_and(|name| FOREIGN_FOLDERS.contains(&name)) {
                        self.skipped.foreign_folders += 1;
                    } else {
                        folders.push(path);
                    }
                } else if kind.is_file() && is_wanted(&path) && !is_own(&name) {
                    let within = path.strip_prefix(root).unwrap_or(&path).to_owned();
                    self.disk(project, prefix, path, within, false);
                } else {
                    self.skipped.of_other_kinds += 1;
                }
            }
            if entries > MOST_ENTRIES && !folders.is_empty() {
                self.problems.push(Problem::new(
                    Severity::Error,
                    ProblemKind::Limit,
                    None,
                    format!(
                        "`{}` holds more than {MOST_ENTRIES} files; the rest was not looked at",
                        root.display()
                    ),
                    "Open the folder that holds the manifests.",
                ));
                break;
            }
        }
        Ok(())
    }
}
