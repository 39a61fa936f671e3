//! `undercurrent check`: the gate of a pipeline.

use super::failure::{Failure, Outcome};
use super::input::{Paths, folder_of, inputs};
use super::out::{Out, complain};
use super::snapshot::today;
use crate::analysis::rules::RULES;
use crate::analysis::{Settings, Weight, analyse};
use crate::export::report::{Baseline, Judgement, reporter};
use crate::export::write_whole;
use crate::scene::caption::counted;
use crate::session::{SettingsFile, with_predictions};
use jiff::civil::Date;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
    Review,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
    Markdown,
    Github,
}

impl Format {
    const fn key(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Github => "github",
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 nothing new weighs enough, 1 something does, 2 not everything could be judged.
Thresholds of rules and defaults of these options stand in undercurrent.toml beside the manifests; what people
confirmed or denied in the window is in undercurrent.workspace.json beside them, and counts.")]
pub(super) struct Check {
    #[command(flatten)]
    paths: Paths,
    /// Compare with this file: only what is not in it counts
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write everything that is found now to this file, and exit with 0
    #[arg(long, value_name = "FILE")]
    write_baseline: Option<PathBuf>,
    /// The least weight that closes the gate; warning without it
    #[arg(long, value_enum)]
    fail_on: Option<FailOn>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write the report to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Only these rules: codes or their beginnings, with commas between
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<String>,
    /// Not these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Day on which ages are judged, such as 2026-03-01; today (UTC) without it
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// Settings; without it undercurrent.toml beside the manifests or in the current folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Check {
    pub(super) fn run(&self, out: &mut Out) -> Result<Outcome, Failure> {
        let file = self.settings_file()?;
        let mut settings = self.settings(&file)?;
        // To judge without it would be another judgement.
        let remembered = self.paths.remembered().map_err(Failure::new)?;
        settings.answers = remembered.answers();
        let baseline = self.baseline(&file)?;
        settings.closures = baseline.as_ref().map(|of| of.closures.clone()).unwrap_or_default();
        let mut loaded = self.paths.load_and_complain()?;
        match with_predictions(&inputs(&self.paths.paths)?, &loaded, &remembered) {
            Ok(Some(own)) => loaded = own,
            Ok(None) => {}
            Err(why) => complain("warning", &format!("predictions were not judged: {why}")),
        }
        let analysis = analyse(&loaded.graph, &settings);
        if let Some(path) = &self.write_baseline {
            let baseline = Baseline::of(&loaded.graph, &analysis, &settings);
            write_whole(path, baseline.text().as_bytes())?;
            let what = counted(baseline.findings().len(), "finding", "findings");
            complain("note", &format!("{what} written to `{}`", path.display()));
            return Ok(Outcome::Done);
        }
        let fail_on = self.fail_on(&file);
        let mut judgement =
            Judgement::new(&loaded.graph, &analysis, &settings, baseline.as_ref(), fail_on);
        judgement.prefix = self.prefix();
        let text = reporter(self.format.key()).map_or_else(String::new, |r| r.report(&judgement));
        match &self.output {
            Some(path) => write_whole(path, text.as_bytes())?,
            None => out.print(&text)?,
        }
        // What is found counts even where more could not be read.
        if judgement.closes() {
            return Ok(Outcome::Findings);
        }
        let unread = loaded.report.counts.errors;
        let broken = judgement.broken_rules().count();
        if unread + broken > 0 {
            out.flush()?;
            return Err(Failure::new(format!(
                "not everything could be judged: {} while reading, {} with an internal error. Mend what is told above",
                counted(unread, "error", "errors"),
                counted(broken, "rule", "rules"),
            )));
        }
        Ok(Outcome::Done)
    }

    fn settings_file(&self) -> Result<SettingsFile, Failure> {
        match self.config.clone().or_else(|| self.paths.settings_path()) {
            Some(path) => SettingsFile::read(&path).map_err(Failure::new),
            None => Ok(SettingsFile::default()),
        }
    }

    /// The command line wins over the file.
    fn settings(&self, file: &SettingsFile) -> Result<Settings, Failure> {
        let mut settings = Settings::on(self.today.unwrap_or_else(today));
        settings.parameters = file.parameters.clone();
        settings.accepted = file.accepted.clone();
        let chosen = |own: &[String], files: &[String]| -> Vec<String> {
            let codes = if own.is_empty() { files } else { own };
            codes.iter().map(|code| code.trim().to_uppercase()).filter(|c| !c.is_empty()).collect()
        };
        settings.select.extend(chosen(&self.select, &file.select));
        settings.ignore.extend(chosen(&self.ignore, &file.ignore));
        for code in settings.select.iter().chain(&settings.ignore) {
            if !RULES.iter().any(|rule| rule.meta().code.starts_with(code.as_str())) {
                return Err(super::explain::unknown(code));
            }
        }
        Ok(settings)
    }

    fn fail_on(&self, file: &SettingsFile) -> Weight {
        match self.fail_on {
            Some(FailOn::Error) => Weight::Error,
            Some(FailOn::Warning) => Weight::Warning,
            Some(FailOn::Note) => Weight::Note,
            Some(FailOn::Review) => Weight::Review,
            None => file.fail_on.unwrap_or(Weight::Warning),
        }
    }

    fn baseline(&self, file: &SettingsFile) -> Result<Option<Baseline>, Failure> {
        // A baseline that is being written need not be there, nor of this version.
        if self.write_baseline.is_some() {
            return Ok(None);
        }
        let Some(path) = self.baseline.as_ref().or(file.baseline.as_ref()) else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::new(format!("the baseline `{}` could not be read: {error}", path.display()))
        })?;
        Baseline::parse(&text)
            .map(Some)
            .map_err(|error| Failure::new(format!("`{}` {error}", path.display())))
    }

    /// Where the paths of a report start from the current folder, so that a forge finds the files.
    fn prefix(&self) -> String {
        let [path] = &self.paths.paths[..] else { return String::new() };
        let folder = folder_of(path);
        let here = std::env::current_dir().and_then(|here| here.canonicalize());
        let (Ok(here), Ok(folder)) = (here, folder.canonicalize()) else { return String::new() };
        match folder.strip_prefix(&here) {
            Ok(below) if below.as_os_str().is_empty() => String::new(),
            Ok(below) => {
                let parts: Vec<_> =
                    below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
                parts.join("/") + "/"
            }
            Err(_) => String::new(),
        }
    }
}
