//! Lists into files: one table, in the formats that people, spreadsheets and scripts read.

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use std::fmt::Write;
use std::sync::Arc;

/// A head and rows of as many cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<String>>,
}

/// What stands over a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// For scripts.
    pub key: &'static str,
    /// For people.
    pub title: &'static str,
    pub kind: ColumnKind,
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    Text,
    /// Whole numbers: right-aligned, and numbers in JSON and Parquet.
    Count,
    /// Numbers with a fraction, shown alike.
    Number,
}

impl Column {
    pub const fn text(key: &'static str, title: &'static str) -> Self {
        Self { key, title, kind: ColumnKind::Text }
    }

    pub const fn number(key: &'static str, title: &'static str) -> Self {
        Self { key, title, kind: ColumnKind::Number }
    }

    pub const fn count(key: &'static str, title: &'static str) -> Self {
        Self { key, title, kind: ColumnKind::Count }
    }

    fn is_numeric(self) -> bool {
        self.kind != ColumnKind::Text
    }
}

impl Table {
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// A head of keys, then the rows (RFC 4180, lines ended by a line feed).
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let keys = self.columns.iter().map(|column| column.key);
        // Writing to memory fails only for rows of different lengths.
        let mut written = writer.write_record(keys);
        for row in &self.rows {
            written = written.and_then(|()| writer.write_record(row));
        }
        debug_assert!(written.is_ok(), "{written:?}");
        let bytes = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// An array of objects by key; empty cells are left out.
    pub fn json(&self) -> String {
        let objects: Vec<serde_json::Map<String, serde_json::Value>> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
                cells.map(|(column, cell)| (column.key.to_owned(), value(*column, cell))).collect()
            })
            .collect();
        // Strings and numbers always have a form in JSON.
        serde_json::to_string_pretty(&objects).unwrap_or_default() + "\n"
    }

    /// A Parquet file with a column a key; empty cells are null. Cells of a numeric column that are no numbers
    /// are null too.
    ///
    /// # Errors
    /// When the file cannot be put together.
    pub fn parquet(&self) -> std::io::Result<Vec<u8>> {
        let array = |(at, column): (usize, &Column)| -> (&str, ArrayRef) {
            let cells = self.rows.iter().map(|row| Some(&*row[at]).filter(|cell| !cell.is_empty()));
            let array: ArrayRef = match column.kind {
                ColumnKind::Text => Arc::new(cells.collect::<StringArray>()),
                ColumnKind::Count => {
                    Arc::new(cells.map(|cell| cell?.parse().ok()).collect::<Int64Array>())
                }
                ColumnKind::Number => {
                    Arc::new(cells.map(|cell| cell?.parse().ok()).collect::<Float64Array>())
                }
            };
            (column.key, array)
        };
        let columns = self.columns.iter().enumerate().map(array).map(|(key, own)| (key, own, true));
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns).map_err(std::io::Error::other)?;
        let mut bytes = Vec::new();
        let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(bytes)
    }

    /// A table of Markdown, as GitHub draws it.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title).collect();
        let rules: Vec<&str> =
            self.columns.iter().map(|c| if c.is_numeric() { "---:" } else { "---" }).collect();
        let _ = writeln!(text, "| {} |\n| {} |", titles.join(" | "), rules.join(" | "));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| markdown_text(cell)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text
    }

    /// Aligned columns for a terminal, with the titles above; nothing is cut.
    pub fn text(&self) -> String {
        let head: Vec<String> = self.columns.iter().map(|column| column.title.to_owned()).collect();
        let rows: Vec<Vec<String>> = std::iter::once(head)
            .chain(self.rows.iter().map(|row| row.iter().map(|cell| one_line(cell)).collect()))
            .collect();
        let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let mut text = String::new();
        for row in &rows {
            let cells =
                row.iter().zip(&self.columns).zip(&widths).map(|((cell, column), &width)| {
                    if column.is_numeric() {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                });
            let line = cells.collect::<Vec<_>>().join("  ");
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

fn value(column: Column, cell: &str) -> serde_json::Value {
    let number = column.is_numeric().then(|| cell.parse::<serde_json::Number>().ok()).flatten();
    number.map_or_else(|| cell.into(), serde_json::Value::Number)
}

/// Text that a terminal shows on one line and does not take for commands.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .map(|c| if c.is_control() || is_direction(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Characters that turn the direction of what stands beside them, so that a line reads as another.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text that Markdown takes for nothing but text, on one line and fit for a table's cell.
pub fn markdown_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A mention would call people into a review.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '_' => escaped.push_str("\\_"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new([Column::text("id", "Id"), Column::number("steps", "Steps")]);
        table.rows.push(vec!["a|b, \"c\"\nd".into(), "2".into()]);
        table.rows.push(vec!["<script>@all".into(), "10".into()]);
        table
    }

    #[test]
    fn csv_reads_back() {
        let text = table().csv();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<Vec<String>> =
            reader.deserialize().collect::<Result<_, _>>().expect("readable");
        assert_eq!(rows, table().rows);
        assert!(text.starts_with("id,steps\n"));
    }

    #[test]
    fn json_has_numbers_and_no_empty_cells() {
        let mut table = table();
        table.rows[1][1].clear();
        let read: serde_json::Value = serde_json::from_str(&table.json()).expect("JSON");
        assert_eq!(
            read,
            serde_json::json!([
                {"id": "a|b, \"c\"\nd", "steps": 2}, {"id": "<script>@all"}
            ])
        );
    }

    #[test]
    fn parquet_has_types_and_nulls() {
        use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
        let mut table = Table::new([
            Column::text("id", "Id"),
            Column::count("rows", "Rows"),
            Column::number("value", "Value"),
        ]);
        table.rows.push(vec!["a".into(), "7".into(), String::new()]);
        table.rows.push(vec![String::new(), String::new(), "0.1".into()]);
        let mut file = tempfile::tempfile().expect("a file");
        std::io::Write::write_all(&mut file, &table.parquet().expect("a table")).expect("written");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build);
        let batches: Vec<RecordBatch> =
            reader.expect("Parquet").collect::<Result<_, _>>().expect("rows");
        let expected = RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(StringArray::from(vec![Some("a"), None])) as ArrayRef, true),
            ("rows", Arc::new(Int64Array::from(vec![Some(7), None])), true),
            ("value", Arc::new(Float64Array::from(vec![None, Some(0.1)])), true),
        ]);
        assert_eq!(batches, [expected.expect("columns")]);
    }

    #[test]
    fn text_and_markdown_keep_their_lines() {
        assert_eq!(
            table().text(),
            "Id            Steps\na|b, \"c\" d        2\n<script>@all     10\n"
        );
        assert_eq!(
            table().markdown(),
            "| Id | Steps |\n| --- | ---: |\n| a\\|b, \"c\" d | 2 |\n| &lt;script&gt;&#64;all | 10 |\n"
        );
    }

    #[test]
    fn a_name_cannot_command_a_terminal() {
        assert_eq!(one_line("a\u{1b}[2J\nb\u{202e}"), "a\u{fffd}[2J b\u{fffd}");
    }
}
