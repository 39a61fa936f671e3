//! CSV: one line a thing; beside an edge list of the same name this program reads both.

use super::outline::Outline;
use super::table::{Column, Table};
use super::{ExportError, ExportMeta, Exported, Exporter, Picture};

#[derive(Debug)]
pub(super) struct CsvNodes;

impl Exporter for CsvNodes {
    fn meta(&self) -> &'static ExportMeta {
        &ExportMeta {
            key: "csv_nodes",
            title: "CSV node list",
            extension: "nodes.csv",
            doc: "One line a thing, for spreadsheets and scripts.",
            whole: true,
        }
    }

    fn export(&self, picture: &Picture<'_>) -> Result<Exported, ExportError> {
        let outline = Outline::new(picture);
        let mut table = Table::new([
            Column::text("id", "Id"),
            Column::text("kind", "Kind"),
            Column::text("name", "Name"),
            Column::text("owner", "Owner"),
            Column::text("group", "Group"),
            Column::number("members", "Nodes"),
        ]);
        table.rows.extend(outline.things.iter().map(|thing| {
            let group = thing.frame.map_or("", |frame| outline.frames[frame].key);
            vec![
                thing.id.clone(),
                thing.kind_key().to_owned(),
                thing.name.to_owned(),
                thing.owner.unwrap_or_default().to_owned(),
                group.to_owned(),
                thing.members.to_string(),
            ]
        }));
        Ok(Exported { bytes: table.csv().into_bytes(), notes: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::csv_edges::CsvEdges;
    use crate::export::testing::{Shown, facts, hostile, picture_of, read_back, whole};

    #[test]
    fn both_lists_together_are_read_back() {
        for shown in [Shown::sample_seen("ads_ranking", &whole()), Shown::of(&hostile())] {
            let picture = picture_of(&shown);
            let edges = CsvEdges.export(&picture).expect("a file").bytes;
            let nodes = CsvNodes.export(&picture).expect("a file").bytes;
            let read = read_back(&[("map.csv", &*edges), ("map.nodes.csv", &*nodes)]);
            assert_eq!(facts(&shown.graph).edges, facts(&read).edges);
            assert_eq!(facts(&shown.graph).nodes, facts(&read).nodes);
        }
    }
}
