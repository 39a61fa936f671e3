//! Parquet: the wanted columns of each row group, column by column over all threads.

use super::builder::{ColumnBuilder, ColumnPart};
use super::report::{Faults, ReadProblem, Spot};
use super::roles::Role;
use super::{Cancelled, ReadError, Wanted, Watch};
use crate::model::Severity;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are decoded at a time: small enough for the cache.
const BATCH_ROWS: usize = 1 << 13;

/// How a Parquet file begins and ends.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// An opened file: its metadata, read once.
#[derive(Debug)]
pub(super) struct ParquetFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    pub(super) columns: Vec<String>,
    /// Rows of each row group.
    pub(super) groups: Vec<usize>,
}

/// What one column of one row group gave, or why it gave nothing.
pub(super) type ColumnOutcome = Result<(ColumnPart, Faults), String>;

impl ParquetFile {
    /// Reads the footer. Texts are asked for as dictionaries, as most are stored: then a value is
    /// looked up once a page and not once a row.
    pub(super) fn open(path: &Path) -> Result<Self, ReadProblem> {
        let problem = |message: String, hint: &str| {
            ReadProblem::new(Severity::Error, path, Spot::File, message).hint(hint)
        };
        let file =
            File::open(path).map_err(|error| problem(error.to_string(), "check the path"))?;
        let read = || {
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
            let schema = with_dictionaries(metadata.schema());
            let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
            ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).or(Ok(metadata))
        };
        let metadata = caught(read).map_err(|reason| {
            problem(
                format!("the file is cut off or no Parquet: {reason}"),
                "write it again; the other files are read",
            )
        })?;
        let columns = metadata.schema().fields().iter().map(|own| own.name().clone()).collect();
        let rows =
            |group: &parquet::file::metadata::RowGroupMetaData| group.num_rows().max(0) as usize;
        let groups = metadata.metadata().row_groups().iter().map(rows).collect();
        Ok(Self { path: path.to_owned(), metadata, columns, groups })
    }

    pub(super) fn rows(&self) -> usize {
        self.groups.iter().fold(0, |rows, own| rows.saturating_add(*own))
    }

    /// Reads one column of one row group.
    ///
    /// # Errors
    /// When it was cancelled; broken data is the inner error.
    pub(super) fn column(
        &self,
        group: usize,
        wanted: &Wanted,
        watch: &Watch<'_>,
    ) -> Result<ColumnOutcome, Cancelled> {
        let Some(at) = self.columns.iter().position(|own| **own == *wanted.column) else {
            return Ok(Ok((
                ColumnPart::missing(wanted.role, self.groups[group]),
                Faults::default(),
            )));
        };
        let work = || self.decode(group, at, wanted.role, watch);
        let outcome = caught(work);
        watch.check()?;
        Ok(outcome)
    }

    fn decode(
        &self,
        group: usize,
        column: usize,
        role: Role,
        watch: &Watch<'_>,
    ) -> Result<(ColumnPart, Faults), parquet::errors::ParquetError> {
        let general = |text: String| parquet::errors::ParquetError::General(text);
        // Opened anew: clones of a file share their place in it, and other threads read too.
        let file = File::open(&self.path).map_err(|error| general(error.to_string()))?;
        let builder =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mask = ProjectionMask::roots(builder.parquet_schema(), [column]);
        let reader = builder
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(BATCH_ROWS)
            .build()?;
        // A footer may promise any number of rows; what is reserved for them is bounded.
        let rows = self.groups[group];
        let mut values = ColumnBuilder::new(role, rows.min(1 << 20));
        let mut dictionary = Dictionary::default();
        for batch in reader {
            if watch.is_cancelled() {
                break;
            }
            let batch = batch?;
            append(&mut values, &mut dictionary, batch.column(0)).map_err(general)?;
        }
        if values.len() != rows && !watch.is_cancelled() {
            let found = values.len();
            return Err(general(format!("{found} rows where the footer says {rows}")));
        }
        Ok(values.finish())
    }
}

/// Runs a reader; its panic on hostile input is an error like another.
fn caught<T>(work: impl FnOnce() -> Result<T, parquet::errors::ParquetError>) -> Result<T, String> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|error| error.to_string()),
        Err(_) => Err("the reader gave up on it".to_owned()),
    }
}

fn with_dictionaries(schema: &Schema) -> Schema {
    let field = |own: &Arc<Field>| match own.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            Arc::new(own.as_ref().clone().with_data_type(dictionary_of(DataType::Utf8)))
        }
        DataType::Dictionary(_, value)
            if matches!(**value, DataType::Utf8 | DataType::LargeUtf8) =>
        {
            Arc::new(own.as_ref().clone().with_data_type(dictionary_of(DataType::Utf8)))
        }
        _ => Arc::clone(own),
    };
    Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>())
        .with_metadata(schema.metadata().clone())
}

fn dictionary_of(value: DataType) -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(value))
}

/// The dictionary that the last batch had, and its codes: the pages of a row group share one.
#[derive(Default)]
struct Dictionary {
    values: Option<ArrayRef>,
    codes: Vec<u32>,
}

/// Appends an array of any type that values come in.
#[expect(clippy::cast_lossless, reason = "one macro for all widths of integers")]
fn append(
    values: &mut ColumnBuilder,
    dictionary: &mut Dictionary,
    array: &ArrayRef,
) -> Result<(), String> {
    macro_rules! integers {
        ($kind:ty) => {{
            let own = array.as_primitive::<$kind>();
            if own.null_count() == 0 {
                values.integers(own.values().iter().map(|&value| value as i64));
            } else {
                own.iter().for_each(|value| match value {
                    Some(value) => values.number(value as f64),
                    None => values.missing(),
                });
            }
        }};
    }
    macro_rules! seconds {
        ($kind:ty, $of:expr) => {{
            let of: fn(i64) -> i64 = $of;
            match values.role() {
                Role::Time => {
                    let own = array.as_primitive::<$kind>().iter();
                    values.seconds(own.map(|value| value.map(|value| of(value as i64))));
                }
                _ => integers!($kind),
            }
        }};
    }
    match array.data_type() {
        DataType::Int8 => integers!(Int8Type),
        DataType::Int16 => integers!(Int16Type),
        DataType::Int32 => integers!(Int32Type),
        DataType::Int64 => integers!(Int64Type),
        DataType::UInt8 => integers!(UInt8Type),
        DataType::UInt16 => integers!(UInt16Type),
        DataType::UInt32 => integers!(UInt32Type),
        DataType::UInt64 => integers!(UInt64Type),
        DataType::Date32 => seconds!(Date32Type, |days| days * 86_400),
        DataType::Date64 => seconds!(Date64Type, |millis| millis.div_euclid(1_000)),
        DataType::Timestamp(TimeUnit::Second, _) => seconds!(TimestampSecondType, |secs| secs),
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            seconds!(TimestampMillisecondType, |millis| millis.div_euclid(1_000));
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            seconds!(TimestampMicrosecondType, |micros| micros.div_euclid(1_000_000));
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            seconds!(TimestampNanosecondType, |nanos| nanos.div_euclid(1_000_000_000));
        }
        DataType::Float32 => {
            let own = array.as_primitive::<Float32Type>();
            if own.null_count() == 0 && matches!(values.role(), Role::Score | Role::Weight) {
                values.floats(own.values());
            } else {
                numbers(values, own.iter().map(|value| value.map(f64::from)));
            }
        }
        DataType::Float64 => numbers(values, array.as_primitive::<Float64Type>().iter()),
        DataType::Float16 => {
            let own = array.as_primitive::<Float16Type>();
            numbers(values, own.iter().map(|value| value.map(f64::from)));
        }
        DataType::Decimal128(_, places) => {
            let unit = 10_f64.powi(-i32::from(*places));
            let own = array.as_primitive::<Decimal128Type>();
            numbers(values, own.iter().map(|value| value.map(|value| value as f64 * unit)));
        }
        DataType::Boolean => {
            for value in array.as_boolean() {
                match value {
                    Some(truth) => values.truth(truth),
                    None => values.missing(),
                }
            }
        }
        DataType::Utf8 => texts(values, array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => texts(values, array.as_string::<i64>().iter()),
        DataType::Utf8View => texts(values, array.as_string_view().iter()),
        DataType::Dictionary(key, value)
            if **key == DataType::Int32 && **value == DataType::Utf8 =>
        {
            append_dictionary(values, dictionary, array);
        }
        DataType::Null => (0..array.len()).for_each(|_| values.missing()),
        other => return Err(format!("values of type {other} cannot be used")),
    }
    Ok(())
}

fn append_dictionary(values: &mut ColumnBuilder, dictionary: &mut Dictionary, array: &ArrayRef) {
    let own = array.as_dictionary::<Int32Type>();
    let entries = own.values().as_string::<i32>();
    let keys = own.keys();
    if !matches!(values.role(), Role::Dimension | Role::Model | Role::Version) {
        let text = |key: Option<i32>| key.map(|key| entries.value(key as usize));
        return texts(values, keys.iter().map(text));
    }
    let same = dictionary.values.as_ref().is_some_and(|last| Arc::ptr_eq(last, own.values()));
    if !same {
        dictionary.codes = values.codes_of(entries.iter().map(Option::unwrap_or_default));
        dictionary.values = Some(Arc::clone(own.values()));
    }
    let codes = &dictionary.codes;
    if keys.null_count() == 0 {
        values.codes(keys.values().iter().map(|&key| Some(codes[key as usize])));
    } else {
        values.codes(keys.iter().map(|key| key.map(|key| codes[key as usize])));
    }
}

fn numbers(values: &mut ColumnBuilder, run: impl Iterator<Item = Option<f64>>) {
    run.for_each(|value| match value {
        Some(number) => values.number(number),
        None => values.missing(),
    });
}

fn texts<'t>(values: &mut ColumnBuilder, run: impl Iterator<Item = Option<&'t str>>) {
    run.for_each(|value| match value {
        Some(text) => values.text(text.as_bytes()),
        None => values.missing(),
    });
}

impl From<ReadProblem> for ReadError {
    fn from(problem: ReadProblem) -> Self {
        Self::Nothing { problems: vec![problem] }
    }
}
