//! Cubes as files: a row a cell, plain columns, in Parquet, CSV or NDJSON.
//!
//! The columns are the dimensions, `rows`, `labelled`, the shared sums `w`, `wy`, `wwyy`, then for each
//! model `wp:NAME`, `loss:NAME`, `square:NAME`, `variance:NAME`, `wwpp:NAME`, `wwpy:NAME`. Sums are whole
//! numbers; a sum's value is it over two to the power of `weight_exponent` (w, wy, wp, square),
//! `loss_exponent` (loss) or `square_exponent` (the others), which stand in every row.
//!
//! With histograms a cell has a row for each model and range of its scores, in the columns `model`,
//! `score_from` and `score_to`, and the model's sums have no name: `wp`, `loss` and so on.

use super::{CubeCell, CubeDimension, ScoreBin, ScoreRange, SliceCube};
use crate::metrics::cell::{ModelSums, RowSums, Scale};
use crate::metrics::columns::DifferentRows;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float32Type, Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use std::io::{BufRead, Read, Seek, Write};
use std::path::Path;
use std::sync::Arc;

/// What a cube is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CubeFormat {
    Parquet,
    Csv,
    /// One object a line; whole numbers as text, since they outgrow what others read exactly.
    Json,
}

/// No unit that a weight gives is finer or coarser; with more, sums would outgrow their integers.
const MOST_EXPONENT: i32 = 120;

/// What is wrong with a cube.
#[derive(Debug, thiserror::Error)]
pub enum CubeError {
    #[error(transparent)]
    DifferentRows(DifferentRows),
    #[error(
        "more than {} combinations of values occur; take fewer dimensions, or aggregate where the \
         logs live (slices sql)",
        super::MAX_CUBE_CELLS
    )]
    TooManyCells,
    #[error("the cube has no column {0}; write it with the query of slices sql")]
    Column(String),
    #[error("no column is the {0}; name it with --{0}")]
    Role(&'static str),
    #[error("row {row}, column {column}: {text:?} is no whole number")]
    Number { row: usize, column: String, text: String },
    #[error(
        "row {row}, column {column}: sums are counted in 2 to the power of -{MOST_EXPONENT} to {MOST_EXPONENT}, \
         and not of {exponent}; write the cube again"
    )]
    Exponent { row: usize, column: &'static str, exponent: i128 },
    #[error("row {0}: cells of one file have one scale, and this row has another")]
    Scale(usize),
    #[error("its {what} {name} is not in {other}; parts of one cube are written by one query")]
    More { what: &'static str, name: Box<str>, other: String },
    #[error("it has no {what} {name}, as {other} has; parts of one cube are written by one query")]
    Less { what: &'static str, name: Box<str>, other: String },
    #[error("its sums are too large for the finer scale of the other parts")]
    Finest,
    #[error("there are sums and no scores to make histograms of; take the rows")]
    NoScores,
    #[error(
        "the dimension {0} is called as a column of histograms is; rename it, or do without --scores"
    )]
    Taken(String),
    #[error("row {row}, column {column}: {text:?} is no score from 0 to 1")]
    Score { row: usize, column: &'static str, text: String },
    #[error("ranges of scores overlap, or are more than 65,536; one query writes all of a cube")]
    Overlap,
    #[error(
        "its ranges of scores do not fit those of {0}; parts of one cube are written by one query"
    )]
    Ranges(String),
    #[error("its models did not score the same rows; write a cube of each")]
    OtherRows,
    #[error("{0}")]
    File(String),
}

/// Names of the sums of a model, before `:NAME`.
const OWN: [&str; 6] = ["wp", "loss", "square", "variance", "wwpp", "wwpy"];

/// Names of the columns that all models share.
const SHARED: [&str; 5] = ["rows", "labelled", "w", "wy", "wwyy"];

/// Names of the exponents.
const EXPONENTS: [&str; 3] = ["weight_exponent", "loss_exponent", "square_exponent"];

/// Names of the columns that tell the rows of a cell with histograms apart.
const OF_SCORES: [&str; 3] = ["model", "score_from", "score_to"];

/// Refuses dimensions that are called as columns of histograms are.
pub(super) fn free_of_names<'a>(
    mut dimensions: impl Iterator<Item = &'a str>,
) -> Result<(), CubeError> {
    match dimensions.find(|name| OF_SCORES.contains(name)) {
        Some(taken) => Err(CubeError::Taken(taken.to_owned())),
        None => Ok(()),
    }
}

fn own_sums(sums: &ModelSums) -> [i128; 6] {
    [sums.wp, sums.loss, sums.square, sums.variance, sums.wwpp, sums.wwpy]
}

/// A row of a cube's file.
struct Line<'a> {
    key: &'a [u32],
    /// The model and range that it is of; none where it is of the whole cell.
    score: Option<(&'a str, ScoreRange)>,
    rows: &'a RowSums,
    /// Of every model, or of the one.
    models: &'a [ModelSums],
}

impl<'a> Line<'a> {
    fn of_cell(cell: &'a CubeCell) -> Self {
        Self { key: &cell.key, score: None, rows: &cell.rows, models: &cell.models }
    }
}

fn lines(cube: &SliceCube) -> Vec<Line<'_>> {
    if cube.score_ranges.is_empty() {
        return cube.cells.iter().map(Line::of_cell).collect();
    }
    let mut lines = Vec::new();
    for cell in &cube.cells {
        for (model, bins) in cube.models.iter().zip(&cell.scores) {
            lines.extend(bins.iter().map(|bin| Line {
                key: &cell.key,
                score: Some((model, bin.range)),
                rows: &bin.rows,
                models: std::slice::from_ref(&bin.sums),
            }));
        }
    }
    lines
}

/// Names and values of a cube's columns of whole numbers, in their order.
fn numbers(cube: &SliceCube, lines: &[Line<'_>]) -> Vec<(String, Vec<i128>)> {
    let column = |name: &str, of: &dyn Fn(&Line<'_>) -> i128| {
        (name.to_owned(), lines.iter().map(of).collect())
    };
    let exponents = [cube.scale.weight, cube.scale.loss, cube.scale.square];
    let mut all = vec![
        column(SHARED[0], &|line| line.rows.rows.into()),
        column(SHARED[1], &|line| line.rows.labelled.into()),
        column(SHARED[2], &|line| line.rows.w),
        column(SHARED[3], &|line| line.rows.wy),
        column(SHARED[4], &|line| line.rows.wwyy),
    ];
    let mut add = |model: usize, end: &str| {
        for (at, sum) in OWN.iter().enumerate() {
            all.push(column(&format!("{sum}{end}"), &|line| own_sums(&line.models[model])[at]));
        }
    };
    if cube.score_ranges.is_empty() {
        cube.models.iter().enumerate().for_each(|(at, name)| add(at, &format!(":{name}")));
    } else {
        add(0, "");
    }
    for (name, exponent) in EXPONENTS.iter().zip(exponents) {
        all.push(column(name, &|_| exponent.into()));
    }
    all
}

/// Names and values of a cube's columns of texts: its dimensions and, with histograms, the model.
fn names<'a>(cube: &'a SliceCube, lines: &[Line<'a>]) -> Vec<(&'a str, Vec<&'a str>)> {
    let dimensions = cube.dimensions.iter().enumerate();
    let mut all: Vec<(&str, Vec<&str>)> = dimensions
        .map(|(at, own)| {
            let labels = lines.iter().map(|line| &*own.labels[line.key[at] as usize]);
            (&*own.name, labels.collect())
        })
        .collect();
    if !cube.score_ranges.is_empty() {
        let models = lines.iter().filter_map(|line| Some(line.score?.0));
        all.push((OF_SCORES[0], models.collect()));
    }
    all
}

/// Names and values of the ends of the ranges, where there are histograms.
fn scores(cube: &SliceCube, lines: &[Line<'_>]) -> Vec<(&'static str, Vec<f64>)> {
    if cube.score_ranges.is_empty() {
        return Vec::new();
    }
    let ends = |of: fn(ScoreRange) -> f32| {
        lines.iter().filter_map(|line| Some(f64::from(of(line.score?.1)))).collect()
    };
    vec![(OF_SCORES[1], ends(|own| own.from)), (OF_SCORES[2], ends(|own| own.to))]
}

impl SliceCube {
    /// Writes the cube.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, format: CubeFormat, out: &mut (impl Write + Send)) -> std::io::Result<()> {
        match format {
            CubeFormat::Parquet => self.write_parquet(out),
            CubeFormat::Csv => self.write_csv(out),
            CubeFormat::Json => self.write_json(out),
        }
    }

    fn write_parquet(&self, out: &mut (impl Write + Send)) -> std::io::Result<()> {
        let lines = lines(self);
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for (name, labels) in names(self, &lines) {
            columns.push((name.to_owned(), Arc::new(StringArray::from(labels))));
        }
        for (name, ends) in scores(self, &lines) {
            columns.push((name.to_owned(), Arc::new(Float64Array::from(ends))));
        }
        for (name, values) in numbers(self, &lines) {
            let plain = name == SHARED[0] || name == SHARED[1] || EXPONENTS.contains(&&*name);
            let array: ArrayRef = if plain {
                Arc::new(values.iter().map(|&value| Some(value as i64)).collect::<Int64Array>())
            } else {
                let whole = Decimal128Array::from(values).with_precision_and_scale(38, 0);
                Arc::new(whole.map_err(std::io::Error::other)?)
            };
            columns.push((name, array));
        }
        let batch = RecordBatch::try_from_iter(columns).map_err(std::io::Error::other)?;
        let packed = parquet::basic::Compression::ZSTD(Default::default());
        let properties = WriterProperties::builder().set_compression(packed).build();
        let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    }

    /// Names of all columns, and each row as texts.
    fn texts(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let lines = lines(self);
        let (names, scores) = (names(self, &lines), scores(self, &lines));
        let numbers = numbers(self, &lines);
        let columns = names.iter().map(|own| own.0.to_owned());
        let columns = columns.chain(scores.iter().map(|own| own.0.to_owned()));
        let columns = columns.chain(numbers.iter().map(|own| own.0.clone())).collect();
        let row = |row: usize| {
            let texts = names.iter().map(|own| own.1[row].to_owned());
            let texts = texts.chain(scores.iter().map(|own| own.1[row].to_string()));
            texts.chain(numbers.iter().map(|own| own.1[row].to_string())).collect()
        };
        (columns, (0..lines.len()).map(row).collect())
    }

    fn write_csv(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (columns, rows) = self.texts();
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(columns)?;
        rows.into_iter().try_for_each(|row| writer.write_record(row))?;
        writer.flush()
    }

    fn write_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (columns, rows) = self.texts();
        for row in rows {
            let object: serde_json::Map<String, serde_json::Value> =
                columns.iter().cloned().zip(row.into_iter().map(Into::into)).collect();
            serde_json::to_writer(&mut *out, &object)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Whether a file's columns are those of a cube. Reads its first bytes, or the schema of a Parquet file.
    pub fn is_in(path: &Path) -> bool {
        columns_of(path).is_some_and(|columns| {
            let has = |name: &&str| columns.iter().any(|own| own == name);
            SHARED.iter().all(has) && EXPONENTS.iter().all(has)
        })
    }

    /// Reads a cube in any of the formats, told by its first bytes.
    ///
    /// # Errors
    /// When it cannot be read, lacks a column, or holds something else than whole numbers; the error
    /// says where.
    pub fn read(path: &Path) -> Result<Self, CubeError> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|mut own| own.read_to_end(&mut bytes))
            .map_err(|error| CubeError::File(error.to_string()))?;
        let table = match bytes.first() {
            _ if bytes.starts_with(b"PAR1") => parquet_table(&bytes).map_err(CubeError::File)?,
            Some(b'{') => json_table(&bytes).map_err(CubeError::File)?,
            _ => csv_table(&bytes).map_err(CubeError::File)?,
        };
        table.cube()
    }
}

/// A header that is longer is none of a cube.
const LONGEST_HEADER_BYTES: u64 = 1 << 20;

/// Names of a file's columns; `None` where it is no table that a cube could be in.
fn columns_of(path: &Path) -> Option<Vec<String>> {
    let mut file = std::fs::File::open(path).ok()?;
    let mut start = [0; 4];
    file.read_exact(&mut start).ok()?;
    file.rewind().ok()?;
    if start == *b"PAR1" {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
        return Some(reader.schema().fields().iter().map(|own| own.name().clone()).collect());
    }
    let mut line = Vec::new();
    let mut file = std::io::BufReader::new(file.take(LONGEST_HEADER_BYTES));
    file.read_until(b'\n', &mut line).ok()?;
    let table = if start[0] == b'{' { json_table(&line) } else { csv_table(&line) };
    Some(table.ok()?.columns)
}

/// A file as text, whatever it was.
#[derive(Default)]
struct TextTable {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn csv_table(bytes: &[u8]) -> Result<TextTable, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let columns = reader.headers().map_err(|error| error.to_string())?;
    let mut table =
        TextTable { columns: columns.iter().map(str::to_owned).collect(), rows: Vec::new() };
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        table.rows.push(record.iter().map(str::to_owned).collect());
    }
    Ok(table)
}

fn json_table(bytes: &[u8]) -> Result<TextTable, String> {
    type Object = serde_json::Map<String, serde_json::Value>;
    let mut table = TextTable::default();
    for object in serde_json::Deserializer::from_slice(bytes).into_iter::<Object>() {
        let object = object.map_err(|error| error.to_string())?;
        if table.columns.is_empty() {
            table.columns = object.keys().cloned().collect();
        }
        let text = |column: &String| match object.get(column) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let row = table.columns.iter().map(text).collect();
        table.rows.push(row);
    }
    Ok(table)
}

fn parquet_table(bytes: &[u8]) -> Result<TextTable, String> {
    let file = tempfile::tempfile().and_then(|mut file| {
        file.write_all(bytes)?;
        Ok(file)
    });
    let file = file.map_err(|error| error.to_string())?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build);
    let mut table = TextTable::default();
    for batch in reader.map_err(|error| error.to_string())? {
        let batch = batch.map_err(|error| error.to_string())?;
        table.columns = batch.schema().fields().iter().map(|own| own.name().clone()).collect();
        let texts: Vec<Vec<String>> =
            batch.columns().iter().map(texts_of).collect::<Result<_, _>>()?;
        let row = |row: usize| texts.iter().map(|own| own[row].clone()).collect();
        table.rows.extend((0..batch.num_rows()).map(row));
    }
    Ok(table)
}

fn texts_of(array: &ArrayRef) -> Result<Vec<String>, String> {
    fn all<T: ToString>(values: impl Iterator<Item = Option<T>>) -> Vec<String> {
        values.map(|value| value.map(|value| value.to_string()).unwrap_or_default()).collect()
    }
    Ok(match array.data_type() {
        DataType::Utf8 => all(array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => all(array.as_string::<i64>().iter()),
        DataType::Utf8View => all(array.as_string_view().iter()),
        DataType::Int32 => all(array.as_primitive::<arrow_array::types::Int32Type>().iter()),
        DataType::Int64 => all(array.as_primitive::<Int64Type>().iter()),
        DataType::Decimal128(_, 0) => all(array.as_primitive::<Decimal128Type>().iter()),
        DataType::Float32 => all(array.as_primitive::<Float32Type>().iter()),
        DataType::Float64 => all(array.as_primitive::<Float64Type>().iter()),
        other => return Err(format!("columns of a cube are texts and whole numbers, not {other}")),
    })
}

impl TextTable {
    fn place(&self, column: &str) -> Result<usize, CubeError> {
        let found = self.columns.iter().position(|own| own == column);
        found.ok_or_else(|| CubeError::Column(column.to_owned()))
    }

    fn number(&self, row: usize, at: usize) -> Result<i128, CubeError> {
        let text = &self.rows[row][at];
        text.trim().parse().map_err(|_| CubeError::Number {
            row: row + 1,
            column: self.columns[at].clone(),
            text: text.clone(),
        })
    }

    fn score(&self, row: usize, at: usize, column: &'static str) -> Result<f32, CubeError> {
        let text = &self.rows[row][at];
        let score = text.trim().parse().ok().filter(|own| (0.0..=1.0).contains(own));
        score.ok_or_else(|| CubeError::Score { row: row + 1, column, text: text.clone() })
    }

    /// One model's sums of a row.
    fn model_sums(&self, row: usize, places: &[usize; 6]) -> Result<ModelSums, CubeError> {
        let [wp, loss, square, variance, wwpp, wwpy] = places.map(|at| self.number(row, at));
        let (wp, loss, square, variance) = (wp?, loss?, square?, variance?);
        Ok(ModelSums { wp, loss, square, variance, wwpp: wwpp?, wwpy: wwpy? })
    }

    fn cube(self) -> Result<SliceCube, CubeError> {
        let places = |names: &[&str]| -> Result<Vec<usize>, CubeError> {
            names.iter().map(|own| self.place(own)).collect()
        };
        let (shared, exponents) = (places(&SHARED)?, places(&EXPONENTS)?);
        let of_scores = places(&OF_SCORES).ok();
        let of_scores = of_scores.filter(|_| self.place(OWN[0]).is_ok());
        let own_places = |end: &str| -> Result<[usize; 6], CubeError> {
            let mut own = [0; 6];
            for (slot, sum) in own.iter_mut().zip(OWN) {
                *slot = self.place(&format!("{sum}{end}"))?;
            }
            Ok(own)
        };
        let (models, sums): (Vec<Box<str>>, Vec<[usize; 6]>) = match &of_scores {
            Some(columns) => {
                let mut models: Vec<Box<str>> =
                    self.rows.iter().map(|row| row[columns[0]].as_str().into()).collect();
                models.sort_unstable();
                models.dedup();
                (models, vec![own_places("")?])
            }
            None => {
                let models: Vec<Box<str>> = self
                    .columns
                    .iter()
                    .filter_map(|own| Some(own.strip_prefix("wp:")?.into()))
                    .collect();
                let sums = models.iter().map(|own| own_places(&format!(":{own}")));
                let sums = sums.collect::<Result<_, _>>()?;
                (models, sums)
            }
        };
        let told = |at: &usize| {
            let all = shared.iter().chain(&exponents).chain(sums.iter().flatten());
            all.chain(of_scores.iter().flatten()).any(|own| own == at)
        };
        let dimensions: Vec<usize> = (0..self.columns.len()).filter(|at| !told(at)).collect();
        let values = |&at: &usize| {
            let texts = self.rows.iter().map(|row| &*row[at]);
            CubeDimension::of_texts(&self.columns[at], texts)
        };
        let (dimensions, codes): (Vec<CubeDimension>, Vec<Vec<u32>>) =
            dimensions.iter().map(values).unzip();
        let mut scale: Option<Scale> = None;
        let mut cells: Vec<CubeCell> = Vec::with_capacity(self.rows.len());
        for row in 0..self.rows.len() {
            let unit = |at: usize| -> Result<i32, CubeError> {
                let (exponent, column) = (self.number(row, exponents[at])?, EXPONENTS[at]);
                let unit = i32::try_from(exponent).ok().filter(|own| own.abs() <= MOST_EXPONENT);
                unit.ok_or(CubeError::Exponent { row: row + 1, column, exponent })
            };
            let found = Scale { weight: unit(0)?, loss: unit(1)?, square: unit(2)?, mass: 0 };
            if *scale.get_or_insert(found) != found {
                return Err(CubeError::Scale(row + 1));
            }
            let own = |at: usize| self.number(row, shared[at]);
            let rows = RowSums {
                rows: own(0)? as u64,
                labelled: own(1)? as u64,
                w: own(2)?,
                wy: own(3)?,
                wwyy: own(4)?,
            };
            let found = sums.iter().map(|places| self.model_sums(row, places));
            let found: Vec<ModelSums> = found.collect::<Result<_, _>>()?;
            let key = codes.iter().map(|codes| codes[row]).collect();
            let Some(columns) = &of_scores else {
                cells.push(CubeCell { key, rows, models: found, scores: Vec::new() });
                continue;
            };
            // A cell of its own, which becomes one with the others of its values below.
            let model = models.binary_search_by(|own| (**own).cmp(&*self.rows[row][columns[0]]));
            let (from, to) = (
                self.score(row, columns[1], OF_SCORES[1])?,
                self.score(row, columns[2], OF_SCORES[2])?,
            );
            let mut scores = vec![Vec::new(); models.len()];
            let range = ScoreRange { from, to };
            scores[model.unwrap_or_default()].push(ScoreBin { range, rows, sums: found[0] });
            let (rows, none) = (RowSums::default(), vec![ModelSums::default(); models.len()]);
            cells.push(CubeCell { key, rows, models: none, scores });
        }
        let scale = scale.unwrap_or(Scale::new(1.0, 1));
        let mut cube = SliceCube { dimensions, models, scale, cells, score_ranges: Vec::new() };
        cube.settle();
        if of_scores.is_some() {
            cube.add_up_scores()?;
        }
        Ok(cube)
    }
}
