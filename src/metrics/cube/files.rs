//! Cubes as files: a row a cell, plain columns, in Parquet, CSV or NDJSON.
//!
//! The columns are the dimensions, `rows`, `labelled`, the shared sums `w`, `wy`, `wwyy`, then for each
//! model `wp:NAME`, `loss:NAME`, `square:NAME`, `variance:NAME`, `wwpp:NAME`, `wwpy:NAME`. Sums are whole
//! numbers; a sum's value is it over two to the power of `weight_exponent` (w, wy, wp, square),
//! `loss_exponent` (loss) or `square_exponent` (the others), which stand in every row.

use super::{CubeCell, CubeDimension, SliceCube};
use crate::metrics::cell::{ModelSums, RowSums, Scale};
use crate::metrics::columns::DifferentRows;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array, ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
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
    #[error("row {0}: cells of one file have one scale, and this row has another")]
    Scale(usize),
    #[error("its {what} {name} is not in {other}; parts of one cube are written by one query")]
    More { what: &'static str, name: Box<str>, other: String },
    #[error("it has no {what} {name}, as {other} has; parts of one cube are written by one query")]
    Less { what: &'static str, name: Box<str>, other: String },
    #[error("its sums are too large for the finer scale of the other parts")]
    Finest,
    #[error("{0}")]
    File(String),
}

/// Names of the sums of a model, before `:NAME`.
const OWN: [&str; 6] = ["wp", "loss", "square", "variance", "wwpp", "wwpy"];

/// Names of the columns that all models share.
const SHARED: [&str; 5] = ["rows", "labelled", "w", "wy", "wwyy"];

/// Names of the exponents.
const EXPONENTS: [&str; 3] = ["weight_exponent", "loss_exponent", "square_exponent"];

fn own_sums(sums: &ModelSums) -> [i128; 6] {
    [sums.wp, sums.loss, sums.square, sums.variance, sums.wwpp, sums.wwpy]
}

/// Names and values of a cube's columns of whole numbers, in their order.
fn numbers(cube: &SliceCube) -> Vec<(String, Vec<i128>)> {
    let column = |name: &str, of: &dyn Fn(&CubeCell) -> i128| {
        (name.to_owned(), cube.cells.iter().map(of).collect())
    };
    let exponents = [cube.scale.weight, cube.scale.loss, cube.scale.square];
    let mut all = vec![
        column(SHARED[0], &|cell| cell.rows.rows.into()),
        column(SHARED[1], &|cell| cell.rows.labelled.into()),
        column(SHARED[2], &|cell| cell.rows.w),
        column(SHARED[3], &|cell| cell.rows.wy),
        column(SHARED[4], &|cell| cell.rows.wwyy),
    ];
    for (model, name) in cube.models.iter().enumerate() {
        for (at, sum) in OWN.iter().enumerate() {
            all.push(column(&format!("{sum}:{name}"), &|cell| own_sums(&cell.models[model])[at]));
        }
    }
    for (name, exponent) in EXPONENTS.iter().zip(exponents) {
        all.push(column(name, &|_| exponent.into()));
    }
    all
}

/// The labels of a cube's dimensions, by dimension.
fn names(cube: &SliceCube) -> Vec<(&str, Vec<&str>)> {
    let column = |at: usize| -> Vec<&str> {
        let codes = cube.cells.iter().map(|cell| cell.key[at]);
        codes.map(|code| &*cube.dimensions[at].labels[code as usize]).collect()
    };
    let all = cube.dimensions.iter().enumerate();
    all.map(|(at, own)| (&*own.name, column(at))).collect()
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
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        for (name, labels) in names(self) {
            columns.push((name.to_owned(), Arc::new(StringArray::from(labels))));
        }
        for (name, values) in numbers(self) {
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
        let mut writer = parquet::arrow::ArrowWriter::try_new(out, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(())
    }

    fn write_csv(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (names, numbers) = (names(self), numbers(self));
        let mut writer = csv::Writer::from_writer(out);
        let header = names.iter().map(|own| own.0).chain(numbers.iter().map(|own| &*own.0));
        writer.write_record(header)?;
        for row in 0..self.cells.len() {
            let labels = names.iter().map(|own| own.1[row].to_owned());
            let values = numbers.iter().map(|own| own.1[row].to_string());
            writer.write_record(labels.chain(values))?;
        }
        writer.flush()
    }

    fn write_json(&self, out: &mut impl Write) -> std::io::Result<()> {
        let (names, numbers) = (names(self), numbers(self));
        for row in 0..self.cells.len() {
            let labels = names.iter().map(|own| (own.0.to_owned(), own.1[row].to_owned()));
            let values = numbers.iter().map(|own| (own.0.clone(), own.1[row].to_string()));
            let object: serde_json::Map<String, serde_json::Value> =
                labels.chain(values).map(|(key, value)| (key, value.into())).collect();
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
        other => return Err(format!("columns of a cube are texts and whole numbers, not {other}")),
    })
}

impl TextTable {
    fn cube(self) -> Result<SliceCube, CubeError> {
        let place = |column: &str| {
            let found = self.columns.iter().position(|own| own == column);
            found.ok_or_else(|| CubeError::Column(column.to_owned()))
        };
        let shared = SHARED.map(place);
        let exponents = EXPONENTS.map(place);
        let models: Vec<Box<str>> =
            self.columns.iter().filter_map(|own| Some(own.strip_prefix("wp:")?.into())).collect();
        let mut own = Vec::new();
        for model in &models {
            for sum in OWN {
                own.push(place(&format!("{sum}:{model}"))?);
            }
        }
        let [rows, labelled, w, wy, wwyy] = shared;
        let shared = [rows?, labelled?, w?, wy?, wwyy?];
        let [weight, loss, square] = exponents;
        let exponents = [weight?, loss?, square?];
        let numbers: Vec<usize> = shared.iter().chain(&exponents).chain(&own).copied().collect();
        let dimensions: Vec<usize> =
            (0..self.columns.len()).filter(|at| !numbers.contains(at)).collect();
        let values = |&at: &usize| {
            let texts = self.rows.iter().map(|row| &*row[at]);
            CubeDimension::of_texts(&self.columns[at], texts)
        };
        let (dimensions, codes): (Vec<CubeDimension>, Vec<Vec<u32>>) =
            dimensions.iter().map(values).unzip();
        let number = |row: usize, at: usize| -> Result<i128, CubeError> {
            let text = &self.rows[row][at];
            text.trim().parse().map_err(|_| CubeError::Number {
                row: row + 1,
                column: self.columns[at].clone(),
                text: text.clone(),
            })
        };
        let mut scale: Option<Scale> = None;
        let mut cells = Vec::with_capacity(self.rows.len());
        for row in 0..self.rows.len() {
            let at = |at: usize| number(row, at);
            let [weight, loss, square] = exponents.map(|own| at(own).map(|own| own as i32));
            let found = Scale { weight: weight?, loss: loss?, square: square?, mass: 0 };
            if *scale.get_or_insert(found) != found {
                return Err(CubeError::Scale(row + 1));
            }
            let sums: Vec<i128> = own.iter().map(|&own| at(own)).collect::<Result<_, _>>()?;
            let [rows, labelled, w, wy, wwyy] = shared.map(at);
            cells.push(CubeCell {
                key: codes.iter().map(|codes| codes[row]).collect(),
                rows: RowSums {
                    rows: rows? as u64,
                    labelled: labelled? as u64,
                    w: w?,
                    wy: wy?,
                    wwyy: wwyy?,
                },
                models: sums.chunks_exact(OWN.len()).map(model_sums).collect(),
            });
        }
        let scale = scale.unwrap_or(Scale::new(1.0, 1));
        let mut cube = SliceCube { dimensions, models, scale, cells };
        cube.settle();
        Ok(cube)
    }
}

fn model_sums(sums: &[i128]) -> ModelSums {
    ModelSums {
        wp: sums[0],
        loss: sums[1],
        square: sums[2],
        variance: sums[3],
        wwpp: sums[4],
        wwpy: sums[5],
    }
}
