//! From words to predictions.

use crate::cli::failure::Failure;
use crate::cli::out::{Out, complain};
use crate::export::table::Table;
use crate::metrics::Predictions;
use crate::metrics::read::{Loaded, ReadOptions, Role, Roles, Watch, default_memory, read};
use crate::model::Severity;
use crate::samples::Sample;
use std::path::{Path, PathBuf};

/// Which predictions, and what their columns are.
#[derive(Debug, clap::Args)]
pub(super) struct Predicted {
    /// Parquet, CSV or NDJSON, also as .gz or .zst; folders of them; or sample:KEY; tables also take a cube
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    columns: Columns,
    /// Megabytes that the columns may take, a quarter of the machine's by default; beyond it there are
    /// exact sums by cell and a sample of the rows
    #[arg(long, value_name = "MB")]
    memory: Option<u64>,
}

/// What columns are, where their names do not tell.
#[derive(Debug, clap::Args)]
pub(super) struct Columns {
    /// The column that says what happened
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// A column of probabilities; may be given again for further models
    #[arg(long, value_name = "COLUMN")]
    score: Vec<String>,
    /// The column of weights
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,
    /// The column of times
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// A column that is no dimension; may be given again
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
}

impl Columns {
    pub(super) fn roles(&self) -> Roles {
        let mut roles = Roles::default();
        let single =
            [(&self.label, Role::Label), (&self.weight, Role::Weight), (&self.time, Role::Time)];
        for (column, role) in single {
            if let Some(column) = column {
                roles.declare(column, role);
            }
        }
        for column in &self.score {
            roles.declare(column, Role::Score);
        }
        for column in &self.ignore {
            roles.declare(column, Role::Ignored);
        }
        roles
    }
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Format {
    /// Aligned columns
    Text,
    Csv,
    Json,
    Parquet,
}

impl Format {
    pub(super) fn print(self, table: &Table, out: &mut Out) -> Result<(), Failure> {
        match self {
            Self::Text => out.print(&table.text()),
            Self::Csv => out.print(&table.csv()),
            Self::Json => out.print(&table.json()),
            Self::Parquet => out.bytes(&table.parquet()?),
        }
    }

    /// Six digits after the point for people, all digits for programs; nothing where there is no number.
    pub(super) fn number(self, value: Option<f64>) -> String {
        let Some(value) = value else { return String::new() };
        if matches!(self, Self::Text) { format!("{value:.6}") } else { value.to_string() }
    }
}

/// Name of a sample's file of predictions within its folder.
const SAMPLE_FILE: &str = "predictions.parquet";

impl Predicted {
    /// Reads everything and says on standard error what is wrong with it.
    pub(super) fn read(&self) -> Result<Loaded, Failure> {
        let folder = tempfile::TempDir::new()?;
        let paths: Vec<PathBuf> =
            self.paths.iter().map(|path| on_disk(path, folder.path())).collect::<Result<_, _>>()?;
        let memory = self.memory.map_or_else(default_memory, |mb| mb << 20);
        let options = ReadOptions { roles: self.columns.roles(), memory, ..Default::default() };
        let loaded = read(&paths, &options, &Watch::none())
            .map_err(|error| Failure::new(error.to_string()))?;
        for problem in &loaded.report.problems {
            let severity = match problem.severity {
                Severity::Note => "note",
                Severity::Warning => "warning",
                Severity::Error => "error",
            };
            complain(severity, &problem.to_string());
        }
        if let Some(sample) = &loaded.sample {
            let (all, cells, rows) =
                (loaded.predictions.counted_rows(), loaded.predictions.rows(), sample.rows());
            let mb = memory >> 20;
            complain(
                "note",
                &format!(
                    "{all} rows do not fit {mb} MB: sums are exact by {cells} cells, without AUC and \
                 calibration; finder and thresholds take a sample of {rows} rows"
                ),
            );
        }
        if !loaded.report.sample_only.is_empty() {
            let names = loaded.report.sample_only.join(", ");
            complain(
                "note",
                &format!(
                    "with {names} there would be too many cells; the sample alone has that. Allow more memory (--memory), or leave out columns that are not needed (--ignore)"
                ),
            );
        }
        Ok(loaded)
    }

    /// Rows one by one: all of them, or the sample that was drawn of what does not fit the memory.
    pub(super) fn single_rows(&self) -> Result<Predictions, Failure> {
        let loaded = self.read()?;
        let rows = loaded.sample.unwrap_or(loaded.predictions);
        rows.need_rows().map_err(|error| Failure::new(error.to_string()))?;
        Ok(rows)
    }

    /// Paths as given, for what needs no rows.
    pub(super) fn roles(&self) -> Result<Roles, Failure> {
        let folder = tempfile::TempDir::new()?;
        let paths: Vec<PathBuf> =
            self.paths.iter().map(|path| on_disk(path, folder.path())).collect::<Result<_, _>>()?;
        crate::metrics::read::inspect(&paths, &self.columns.roles())
            .map(|report| report.roles)
            .map_err(|error| Failure::new(error.to_string()))
    }
}

/// A path as it is; a sample's predictions as a file in `folder`.
fn on_disk(path: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let key = path.to_str().and_then(|text| text.strip_prefix(crate::cli::input::SAMPLE_PREFIX));
    let Some(key) = key else { return Ok(path.to_owned()) };
    let sample =
        Sample::find(key).ok_or_else(|| Failure::new(format!("there is no sample {key}")))?;
    let file = sample.files.iter().find(|(name, _)| *name == SAMPLE_FILE);
    let (_, bytes) =
        file.ok_or_else(|| Failure::new(format!("the sample {key} has no predictions")))?;
    let own = folder.join(format!("{key}.parquet"));
    std::fs::write(&own, bytes)?;
    Ok(own)
}

/// The index of a model by its name; without a name the only or first one.
pub(super) fn model_of(own: &Predictions, name: Option<&str>) -> Result<usize, Failure> {
    let names: Vec<&str> = own.models().iter().map(|model| &*model.name).collect();
    name.map_or(Ok(0), |name| place_of("model", name, &names))
}

/// Indices of dimensions that are named with commas between.
pub(super) fn dimensions_of(own: &Predictions, names: &str) -> Result<Vec<usize>, Failure> {
    let known: Vec<&str> = own.dimensions().iter().map(|dimension| &*dimension.name).collect();
    places_of("dimension", names, &known)
}

/// Where the things stand that are named with commas between.
pub(super) fn places_of(what: &str, names: &str, known: &[&str]) -> Result<Vec<usize>, Failure> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| place_of(what, name, known)).collect()
}

/// Where a thing stands among those that there are.
pub(super) fn place_of(what: &str, name: &str, known: &[&str]) -> Result<usize, Failure> {
    known.iter().position(|own| *own == name).ok_or_else(|| {
        Failure::new(format!("there is no {what} {name}; there are {}", known.join(", ")))
    })
}
