//! What the rules judge, and by what: the settings and the baseline are files, so they are read beside the frame.

use super::{Notice, SettingsFile};
use crate::analysis::{Analysis, Settings, analyse};
use crate::export::report::Baseline;
use crate::import::Loaded;
use crate::model::NodeIx;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A judgement that is asked for.
#[derive(Debug)]
pub(super) struct Judging {
    pub(super) loaded: Arc<Loaded>,
    /// With what people have answered.
    pub(super) settings: Settings,
    /// Where the project's settings are, if there are any.
    pub(super) file: Option<PathBuf>,
    /// What somebody set and no file keeps.
    pub(super) unsaved: SettingsFile,
    /// Saved slices with the nodes that they touch.
    pub(super) slices: Vec<(String, Vec<NodeIx>)>,
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) analysis: Arc<Analysis>,
    pub(super) settings: Arc<Settings>,
    /// What of the files could not be followed.
    pub(super) warnings: Vec<Notice>,
}

impl Judging {
    /// Reads the files and runs the rules.
    pub(super) fn run(self) -> Judged {
        let Self { loaded, mut settings, file, unsaved, slices } = self;
        let mut warnings = Vec::new();
        if let Some(path) = file.filter(|path| path.is_file()) {
            match SettingsFile::read(&path) {
                Ok(file) => {
                    match closures(path.parent(), file.baseline.as_deref()) {
                        Ok(closures) => settings.closures = closures,
                        Err(why) => warnings.push(Notice::warning(why)),
                    }
                    file.apply(&mut settings);
                }
                Err(why) => warnings.push(Notice::warning(format!(
                    "{why}. The rules judge by their defaults until it is mended."
                ))),
            }
        }
        unsaved.apply(&mut settings);
        let analysis = analyse(&loaded.graph, &settings);
        let analysis = Arc::new(Analysis { slices, ..analysis });
        Judged { analysis, settings: Arc::new(settings), warnings }
    }
}

/// What the baseline holds of closures; nothing where there is none yet.
///
/// # Errors
/// When it is there and is none, or lies outside the folder.
fn closures(
    folder: Option<&Path>,
    baseline: Option<&Path>,
) -> Result<BTreeMap<String, u32>, String> {
    let real = |path: &Path| path.canonicalize().ok();
    let (Some(folder), Some(path)) = (folder.and_then(real), baseline.and_then(real)) else {
        return Ok(BTreeMap::new());
    };
    if !path.starts_with(folder) {
        return Err(format!(
            "The baseline `{}` lies outside the project's folder and was not read; move it into the folder.",
            path.display()
        ));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("The baseline `{}` could not be read: {error}.", path.display())
    })?;
    let baseline = Baseline::parse(&text)
        .map_err(|error| format!("The baseline `{}` {error}.", path.display()))?;
    Ok(baseline.closures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_is_read_in_the_projects_folder_alone() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let text = r#"{"undercurrent_baseline": 1, "findings": [], "closures": {"m": 3}}"#;
        let [own, other] = [&inside, &outside].map(|folder| folder.path().join("b.json"));
        std::fs::write(&own, text).unwrap();
        std::fs::write(&other, text).unwrap();
        let read = |baseline: &Path| closures(Some(inside.path()), Some(baseline));
        assert_eq!(read(&own), Ok([("m".to_owned(), 3)].into()));
        let told = read(&other).unwrap_err();
        assert!(told.contains("b.json") && told.contains("outside the project's folder"), "{told}");
        assert_eq!(read(&inside.path().join("none.json")), Ok(BTreeMap::new()));
        std::fs::write(&own, r#"{"undercurrent_baseline": 9}"#).unwrap();
        let told = read(&own).unwrap_err();
        assert!(told.contains("b.json") && told.contains("--write-baseline"), "{told}");
    }
}
