//! CSV: one line a dependency.

use super::outline::Outline;
use super::table::{Column, Table};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};

#[derive(Debug)]
pub(super) struct CsvEdges;

impl Exporter for CsvEdges {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "csv",
            title: "CSV edge list",
            extension: "csv",
            doc: "One line a dependency, for spreadsheets and scripts.",
            whole: true,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let mut table = Table::new([
            Column::text("source", "From"),
            Column::text("target", "To"),
            Column::text("kind", "Kind"),
            Column::number("connections", "Connections"),
        ]);
        table.rows.extend(outline.connections.iter().map(|connection| {
            let [from, to] = [connection.from, connection.to].map(|end| &outline.things[end].id);
            let kind = connection.kind.key().to_owned();
            vec![from.clone(), to.clone(), kind, connection.count.to_string()]
        }));
        Ok(Exported { bytes: table.csv().into_bytes(), notes: Vec::new() })
    }
}
