//! The folder that was opened, and the only way to a further file in it: a manifest that names a
//! table gets exactly that file, and nothing outside the project, whatever its path says.

use crate::model::{Problem, ProblemKind, Provenance, Severity};
use rustc_hash::FxHashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Files inside the program: path with `/` between parts, and content.
pub type EmbeddedFiles = &'static [(&'static str, &'static [u8])];

/// What was opened.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) root: Root,
    /// Put before paths relative to the root when they are shown: empty, or ending in `/`.
    pub(super) shown: String,
}

#[derive(Debug)]
pub(super) enum Root {
    /// A canonical path.
    Disk(PathBuf),
    Embedded(EmbeddedFiles),
    /// A text that lies in no folder.
    Nowhere,
}

/// The folder of one file, within its project.
#[derive(Debug)]
pub struct Folder<'a> {
    project: &'a Project,
    /// Relative to the project's root; no `..` in it.
    within: PathBuf,
}

static NOWHERE: Project = Project { root: Root::Nowhere, shown: String::new() };

impl Folder<'static> {
    /// For a text that lies in no folder: nothing is beside it.
    pub fn nowhere() -> Self {
        Self { project: &NOWHERE, within: PathBuf::new() }
    }
}

impl<'a> Folder<'a> {
    pub(super) fn new(project: &'a Project, within: PathBuf) -> Self {
        Self { project, within }
    }

    /// Opens the file that a manifest in this folder calls `relative`; `at` is where it says so.
    ///
    /// # Errors
    /// A problem ready to be reported: the path leads out of the project's folder, there is no such
    /// file, or it cannot be read.
    pub fn open(&self, relative: &str, at: Provenance) -> Result<Beside, Problem> {
        let outside = |why: &str| {
            Problem::new(
                Severity::Error,
                ProblemKind::OutsideProject,
                Some(at),
                format!("`{relative}` was not read: {why}"),
                "Name a file inside the folder that was opened, relative to this file, or open the folder above.",
            )
        };
        let unreadable = |why: &str, hint: &str| {
            let message = format!("`{relative}` was not read: {why}");
            Problem::new(Severity::Error, ProblemKind::Io, Some(at), message, hint)
        };
        let within = self.resolve(relative).map_err(outside)?;
        let shown_within = shown_path(&within);
        let shown = format!("{}{shown_within}", self.project.shown);
        let missing = "Check the name; it is looked for in the folder of this file.";
        match &self.project.root {
            Root::Nowhere => Err(outside("this text lies in no folder")),
            Root::Embedded(files) => {
                let found = files.iter().find(|(path, _)| *path == shown_within);
                let &(_, bytes) =
                    found.ok_or_else(|| unreadable("there is no such file", missing))?;
                let content = Content::Embedded(bytes);
                Ok(Beside { shown, within: shown_within, bytes: bytes.len() as u64, content })
            }
            Root::Disk(root) => {
                let failed = |error: io::Error| match error.kind() {
                    io::ErrorKind::NotFound => unreadable("there is no such file", missing),
                    io::ErrorKind::PermissionDenied => {
                        unreadable("no permission", "Allow your user to read it.")
                    }
                    _ => unreadable(&error.to_string(), "Check the file and open it again."),
                };
                let path = root.join(&within).canonicalize().map_err(failed)?;
                if !path.starts_with(root) {
                    return Err(outside("it is a link that leads out of the project's folder"));
                }
                // Opening a pipe would wait for ever for its other end.
                if !path.metadata().map_err(failed)?.is_file() {
                    return Err(unreadable(
                        "it is not a file",
                        "Name a file, not a device; for predictions also a folder with files in it.",
                    ));
                }
                let file = File::open(&path).map_err(failed)?;
                let bytes = file.metadata().map_err(failed)?.len();
                Ok(Beside { shown, within: shown_within, bytes, content: Content::Disk(file) })
            }
        }
    }

    /// What a table called `relative` is made of, each to be opened by [`Self::open`]: the file itself, or the
    /// files of a folder of parts and of the folders in it, by name. Writers leave `_SUCCESS` and `.crc` beside
    /// their parts, so that names which begin with `_` or `.` are passed over.
    pub fn parts(&self, relative: &str) -> Vec<String> {
        let alone = || vec![relative.to_owned()];
        let (Root::Disk(root), Ok(within)) = (&self.project.root, self.resolve(relative)) else {
            return alone();
        };
        let mut folders = vec![(root.join(within), relative.trim_end_matches('/').to_owned())];
        let mut seen: FxHashSet<PathBuf> = FxHashSet::default();
        let mut parts: Vec<String> = Vec::new();
        while let Some((folder, name)) = folders.pop() {
            // A link may lead out of the project, or back to where it is.
            let real = folder.canonicalize().ok();
            let Some(real) = real.filter(|own| own.starts_with(root) && !seen.contains(own)) else {
                continue;
            };
            for entry in std::fs::read_dir(&real).into_iter().flatten().flatten() {
                let own = entry.file_name();
                let Some(own) = own.to_str().filter(|own| !own.starts_with(['_', '.'])) else {
                    continue;
                };
                let (path, name) = (entry.path(), format!("{name}/{own}"));
                if path.is_dir() {
                    folders.push((path, name));
                } else {
                    parts.push(name);
                }
            }
            seen.insert(real);
        }
        parts.sort_unstable();
        // What is no folder, or has nothing in it, is for `open` to tell.
        if parts.is_empty() { alone() } else { parts }
    }

    /// The path relative to the project's root, or why there is none.
    fn resolve(&self, relative: &str) -> Result<PathBuf, &'static str> {
        // Manifests travel: a drive or a backslash is refused or understood alike on every system.
        let forward = relative.replace('\\', "/");
        if forward.starts_with('/') || forward.as_bytes().get(1) == Some(&b':') {
            return Err("it is an absolute path");
        }
        let mut within = self.within.clone();
        for part in Path::new(&forward).components() {
            match part {
                Component::Normal(name) => within.push(name),
                Component::CurDir => {}
                Component::ParentDir => {
                    if !within.pop() {
                        return Err("`..` climbs out of the project's folder");
                    }
                }
                Component::RootDir | Component::Prefix(_) => return Err("it is an absolute path"),
            }
        }
        Ok(within)
    }
}

/// A path with `/` between its parts on every system.
pub(super) fn shown_path(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// An open file that a manifest names. Read it through [`Read`]; wrap it in a buffer.
#[derive(Debug)]
pub struct Beside {
    /// As shown to people.
    pub shown: String,
    /// Relative to the project's root, with `/` between parts.
    pub within: String,
    pub bytes: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Disk(File),
    Embedded(&'static [u8]),
}

impl Read for Beside {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.content {
            Content::Disk(file) => file.read(buffer),
            Content::Embedded(bytes) => bytes.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Batch;

    static FILES: EmbeddedFiles = &[("a.yaml", b""), ("logs/day.csv", b"time"), ("top.csv", b"")];

    fn open(folder: &str, relative: &str) -> Result<String, String> {
        let project = Project { root: Root::Embedded(FILES), shown: "ads/".into() };
        Folder::new(&project, folder.into())
            .open(relative, Provenance::file(Batch::FILE))
            .map(|beside| beside.shown)
            .map_err(|problem| format!("{}: {}", problem.kind.title(), problem.message))
    }

    #[test]
    fn files_below_and_up_to_the_root_are_found() {
        assert_eq!(open("", "logs/day.csv"), Ok("ads/logs/day.csv".into()));
        assert_eq!(open("", "./logs\\day.csv"), Ok("ads/logs/day.csv".into()));
        assert_eq!(open("logs", "../top.csv"), Ok("ads/top.csv".into()));
        assert_eq!(
            open("", "day.csv"),
            Err("File access: `day.csv` was not read: there is no such file".into())
        );
    }

    #[test]
    #[cfg(unix)]
    fn a_folder_of_parts_is_its_files_and_none_from_outside() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let outside = tempfile::TempDir::new().expect("a folder");
        std::fs::write(outside.path().join("secret"), "x").expect("a file");
        let root = folder.path().canonicalize().expect("a path");
        let day = root.join("rows/day");
        std::fs::create_dir_all(&day).expect("folders");
        for name in ["rows/b.parquet", "rows/day/a.parquet", "rows/_SUCCESS", "rows/.b.crc"] {
            std::fs::write(root.join(name), "x").expect("a file");
        }
        let link = |to: &Path, name: &str| std::os::unix::fs::symlink(to, root.join(name));
        link(&root.join("rows"), "rows/day/around").expect("a link");
        link(outside.path(), "rows/out").expect("a link");
        link(&outside.path().join("secret"), "rows/c.parquet").expect("a link");
        let project = Project { root: Root::Disk(root), shown: String::new() };
        let own = Folder::new(&project, PathBuf::new());
        let parts = own.parts("rows/");
        assert_eq!(parts, ["rows/b.parquet", "rows/c.parquet", "rows/day/a.parquet"]);
        let mut batch = Batch::default();
        let file = crate::model::SourceFile { path: String::new(), format: "", bytes: 0, hash: 0 };
        let file = batch.add_file(file);
        let refused = own.open("rows/c.parquet", Provenance::file(file)).expect_err("a link");
        assert!(refused.message.contains("leads out"), "{}", refused.message);
        assert_eq!(own.parts("rows/b.parquet"), ["rows/b.parquet"]);
        assert_eq!(own.parts("../elsewhere"), ["../elsewhere"]);
    }

    #[test]
    fn nothing_outside_is_opened() {
        for path in ["../x.csv", "logs/../../x.csv", "/etc/passwd", "C:\\x.csv", "\\\\host\\x"] {
            let refusal = open("", path).expect_err(path);
            assert!(refusal.starts_with("Outside the project: "), "{path}: {refusal}");
        }
    }
}
