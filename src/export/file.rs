//! Files that are there whole or not at all.

use super::ExportError;
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` to `path` in one step: into a temporary file in the same folder that then takes the
/// name, so that whoever reads the name never meets half a file, and a failure leaves the old one.
/// What is no ordinary file, such as a pipe, is written to directly.
///
/// # Errors
/// When the folder is missing or may not be written to.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), ExportError> {
    attempt(path, bytes)
        .map_err(|error| ExportError::Io { path: path.to_owned(), reason: words(&error) })
}

fn attempt(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let special = path.metadata().is_ok_and(|meta| !meta.is_file() && !meta.is_dir());
    if special {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // A link keeps its place, and the file that it leads to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".undercurrent-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Those of the file that is replaced, else what a new file gets; the system's mask applies.
        let mode = target.metadata().map_or(0o666, |meta| meta.permissions().mode());
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// What the system said, and what to do.
fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such folder. Make it first".into(),
        io::ErrorKind::PermissionDenied => "no permission. Choose another folder".into(),
        io::ErrorKind::IsADirectory => "it is a folder. Name a file in it".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("map.svg");
        write_whole(&path, b"first, which is longer").expect("written");
        write_whole(&path, b"second").expect("written");
        assert_eq!(std::fs::read(&path).expect("there"), b"second");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_missing_folder_and_a_folder_in_the_place_of_the_file_are_told_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = write_whole(&folder.path().join("no/map.svg"), b"").expect_err("missing");
        assert!(missing.to_string().contains("no such folder"), "{missing}");
        let is_folder = write_whole(folder.path(), b"").expect_err("a folder");
        assert!(is_folder.to_string().contains("it is a folder"), "{is_folder}");
    }
}
