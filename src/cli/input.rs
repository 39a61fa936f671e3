//! From the words on the command line to a graph.

use super::failure::Failure;
use super::out::complain;
use crate::analysis::Settings;
use crate::import::{ImportReport, Input, Loaded, Progress, load};
use crate::model::Severity;
use crate::samples::{SAMPLES, Sample};
use crate::session::{SETTINGS_FILE_NAME, SettingsFile, Workspace};
use jiff::civil::Date;
use std::path::{Path, PathBuf};

/// Before the key of a sample in the place of a path.
pub(super) const SAMPLE_PREFIX: &str = "sample:";

/// How many errors are told beside another answer; `info` tells all.
const ERRORS_TOLD: usize = 5;

/// What to read.
#[derive(Debug, clap::Args)]
pub(super) struct Paths {
    /// Manifests, folders of manifests, or sample:KEY
    #[arg(value_name = "PATH", required = true)]
    pub(super) paths: Vec<PathBuf>,
}

impl Paths {
    /// Reads everything.
    ///
    /// # Errors
    /// When a sample is unknown or nothing at all could be read.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        load_all(&inputs(&self.paths)?)
    }

    /// Reads everything and says on standard error what could not be read.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub(super) fn load_and_complain(&self) -> Result<Loaded, Failure> {
        let loaded = self.load()?;
        complain_of(&loaded);
        Ok(loaded)
    }

    /// What is read, in a few words for a title.
    pub(super) fn subject(&self) -> String {
        let names: Vec<String> = self.paths.iter().map(|path| subject(path)).collect();
        match &names[..] {
            [first, rest @ ..] if rest.len() > 2 => format!("{first} and {} more", rest.len()),
            names => names.join(", "),
        }
    }
}

impl Paths {
    /// Where the settings of the project are: beside the manifests, or in the current folder.
    pub(super) fn settings_path(&self) -> Option<PathBuf> {
        let folders = self.paths.iter().map(|path| folder_of(path));
        let mut files =
            folders.chain([PathBuf::new()]).map(|folder| folder.join(SETTINGS_FILE_NAME));
        files.find(|file| file.is_file())
    }

    /// What people said of the project in its window: which influences are there, what columns are for.
    ///
    /// # Errors
    /// When there is a file that cannot be used.
    pub(super) fn remembered(&self) -> Result<Workspace, String> {
        // Inputs that are none are told by whoever reads them.
        inputs(&self.paths).map_or_else(|_| Ok(Workspace::default()), |all| Workspace::beside(&all))
    }

    /// The rules' settings as the project has them, judged on `today`.
    ///
    /// # Errors
    /// When the file says something that means nothing.
    pub(super) fn settings(&self, today: Date) -> Result<Settings, Failure> {
        let mut settings = Settings::on(today);
        match self.remembered() {
            Ok(remembered) => settings.answers = remembered.answers(),
            Err(why) => complain("warning", &format!("{why}. The rules judge without it")),
        }
        if let Some(path) = self.settings_path() {
            SettingsFile::read(&path).map_err(Failure::new)?.apply(&mut settings);
        }
        Ok(settings)
    }
}

/// The folder itself, or that of a file.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// # Errors
/// When a sample is unknown.
pub(super) fn inputs(paths: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    paths.iter().map(|path| input(path)).collect()
}

fn input(path: &Path) -> Result<Input, Failure> {
    let Some(key) = path.to_str().and_then(|text| text.strip_prefix(SAMPLE_PREFIX)) else {
        return Ok(Input::Path(path.to_owned()));
    };
    let sample = Sample::find(key).ok_or_else(|| {
        let keys: Vec<&str> = SAMPLES.iter().map(|sample| sample.key).collect();
        Failure::new(format!("there is no sample `{key}`. There are {}.", keys.join(", ")))
    })?;
    Ok(Input::Embedded(sample.files))
}

/// # Errors
/// When nothing at all could be read; the problems are said before.
pub(super) fn load_all(inputs: &[Input]) -> Result<Loaded, Failure> {
    // Nobody holds the other end of this progress, so that nobody can cancel.
    let loaded = load(inputs, &Progress::default())
        .map_err(|error| Failure::new(format!("the reading was {error}")))?;
    if loaded.report.is_empty() {
        let mut lines =
            loaded.report.problems.iter().map(|problem| ImportReport::line(problem, &loaded.graph));
        let first = lines.next().unwrap_or_else(|| "no manifest was found".to_owned());
        let rest: String = lines.map(|line| format!("\n  {line}")).collect();
        return Err(Failure::new(first + &rest));
    }
    Ok(loaded)
}

/// Says the first errors, and how many problems there are besides.
pub(super) fn complain_of(loaded: &Loaded) {
    let counts = loaded.report.counts;
    let errors = loaded.report.problems.iter().filter(|p| p.severity == Severity::Error);
    for problem in errors.take(ERRORS_TOLD) {
        complain("error", &ImportReport::line(problem, &loaded.graph));
    }
    let told = counts.errors.min(ERRORS_TOLD);
    if counts.total() > told {
        let problems = crate::scene::caption::counted(counts.total() - told, "problem", "problems");
        let more = if told > 0 { " more" } else { "" };
        complain(
            "note",
            &format!("{problems}{more} while reading; `undercurrent info` lists them"),
        );
    }
}

/// The last part of a path; the folder's as well where every project calls its file so.
fn subject(path: &Path) -> String {
    if let Some(sample) =
        path.to_str().and_then(|text| text.strip_prefix(SAMPLE_PREFIX)).and_then(Sample::find)
    {
        return sample.title.to_owned();
    }
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = |path: &Path| {
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    };
    let own = name(&full);
    // dbt writes `target/manifest.json` in every project.
    let project = full.ancestors().skip(1).map(name).find(|name| name != "target");
    match project {
        Some(project) if own == "manifest.json" && !project.is_empty() => {
            format!("{project}/{own}")
        }
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_so_that_it_is_told_from_others() {
        let subjects = ["/shop/target/manifest.json", "/shop/models", "sample:hello", "x.yaml"]
            .map(|path| subject(Path::new(path)));
        assert_eq!(subjects, ["shop/manifest.json", "models", "Hello", "x.yaml"]);
    }

    #[test]
    fn an_unknown_sample_is_answered_with_those_there_are() {
        let Err(Failure::Message(message)) = input(Path::new("sample:hallo")) else {
            panic!("it is known")
        };
        assert!(message.contains("hello") && message.contains("ads_ranking"), "{message}");
    }
}
