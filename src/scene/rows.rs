//! Rows of the tables of nodes and edges: which, in which order.

use super::query::parse;
use crate::analysis::Analysis;
use crate::model::{EdgeIx, NodeIx, SystemGraph};
use std::cmp::Ordering;

/// A column of the table of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeColumn {
    Name,
    Kind,
    Owner,
    Inputs,
    Outputs,
    Columns,
    Id,
    Place,
}

impl NodeColumn {
    pub const ALL: &[Self] = &[
        Self::Name,
        Self::Kind,
        Self::Owner,
        Self::Inputs,
        Self::Outputs,
        Self::Columns,
        Self::Id,
        Self::Place,
    ];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::Kind => "Kind",
            Self::Owner => "Owner",
            Self::Inputs => "In",
            Self::Outputs => "Out",
            Self::Columns => "Columns",
            Self::Id => "Id",
            Self::Place => "File",
        }
    }

    /// Whether it holds numbers, which stand at the right.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Inputs | Self::Outputs | Self::Columns)
    }

    /// What stands in the cell; empty where there is nothing to say.
    pub fn text(self, graph: &SystemGraph, node: NodeIx) -> String {
        let this = graph.node(node);
        let count = |count: usize| if count == 0 { String::new() } else { count.to_string() };
        match self {
            Self::Name => this.name.to_string(),
            Self::Kind => this.kind.meta().title.to_owned(),
            Self::Owner => {
                this.owner.map_or_else(String::new, |team| graph.node(team).name.to_string())
            }
            Self::Inputs => count(flows(graph, graph.incoming(node))),
            Self::Outputs => count(flows(graph, graph.outgoing(node))),
            Self::Columns => count(this.columns.len()),
            Self::Id => this.id.as_str().to_owned(),
            Self::Place => graph.place(this.at),
        }
    }

    fn number(self, graph: &SystemGraph, node: NodeIx) -> usize {
        match self {
            Self::Inputs => flows(graph, graph.incoming(node)),
            Self::Outputs => flows(graph, graph.outgoing(node)),
            _ => graph.node(node).columns.len(),
        }
    }
}

fn flows(graph: &SystemGraph, edges: &[EdgeIx]) -> usize {
    edges.iter().filter(|&&edge| graph.edge(edge).kind.is_flow()).count()
}

/// A column of the table of edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EdgeColumn {
    From,
    Kind,
    To,
    Columns,
    Place,
}

impl EdgeColumn {
    pub const ALL: &[Self] = &[Self::From, Self::Kind, Self::To, Self::Columns, Self::Place];

    pub const fn title(self) -> &'static str {
        match self {
            Self::From => "From",
            Self::Kind => "Kind",
            Self::To => "To",
            Self::Columns => "Columns",
            Self::Place => "File",
        }
    }

    pub const fn is_number(self) -> bool {
        matches!(self, Self::Columns)
    }

    pub fn text(self, graph: &SystemGraph, edge: EdgeIx) -> String {
        let (this, details) = (graph.edge(edge), graph.details(edge));
        match self {
            Self::From => graph.node(this.from).name.to_string(),
            Self::Kind => this.kind.title().to_owned(),
            Self::To => graph.node(this.to).name.to_string(),
            Self::Columns if details.columns.is_empty() => String::new(),
            Self::Columns => details.columns.len().to_string(),
            Self::Place => graph.place(details.at),
        }
    }
}

/// How a table is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sorting<Column> {
    pub column: Column,
    pub descending: bool,
}

impl<Column: PartialEq + Copy> Sorting<Column> {
    pub const fn by(column: Column) -> Self {
        Self { column, descending: false }
    }

    /// After a click on a column's head: the other way round, or that column.
    #[must_use]
    pub fn clicked(self, column: Column) -> Self {
        if self.column == column {
            Self { column, descending: !self.descending }
        } else {
            Self::by(column)
        }
    }

    fn order(&self, ordering: Ordering) -> Ordering {
        if self.descending { ordering.reverse() } else { ordering }
    }
}

/// Nodes that `query` matches (all where it is no query, or asks for an analysis that is not there), sorted;
/// ties by id. Sorts keys that are made once: n log n comparisons.
pub fn node_rows(
    graph: &SystemGraph,
    analysis: Option<&Analysis>,
    query: &str,
    sorting: Sorting<NodeColumn>,
) -> Vec<NodeIx> {
    let matched = matched(graph, analysis, query);
    let nodes = graph.node_indices().filter(|&node| matched.as_ref().is_none_or(|m| m[node.at()]));
    let mut keyed: Vec<(String, usize, NodeIx)> = nodes
        .map(|node| {
            let column = sorting.column;
            if column.is_number() {
                (String::new(), column.number(graph, node), node)
            } else {
                (column.text(graph, node).to_lowercase(), 0, node)
            }
        })
        .collect();
    keyed.sort_by(|a, b| {
        let by_value = (&a.0, a.1).cmp(&(&b.0, b.1));
        sorting.order(by_value).then_with(|| graph.node(a.2).id.cmp(&graph.node(b.2).id))
    });
    keyed.into_iter().map(|(_, _, node)| node).collect()
}

/// Edges of which both ends match `query`, sorted; ties in the order of the files.
pub fn edge_rows(
    graph: &SystemGraph,
    analysis: Option<&Analysis>,
    query: &str,
    sorting: Sorting<EdgeColumn>,
) -> Vec<EdgeIx> {
    let matched = matched(graph, analysis, query);
    let kept = |edge: &EdgeIx| {
        let edge = graph.edge(*edge);
        matched.as_ref().is_none_or(|m| m[edge.from.at()] && m[edge.to.at()])
    };
    let mut keyed: Vec<(String, usize, EdgeIx)> = graph
        .edge_indices()
        .filter(kept)
        .map(|edge| match sorting.column {
            EdgeColumn::Columns => (String::new(), graph.details(edge).columns.len(), edge),
            column => (column.text(graph, edge).to_lowercase(), 0, edge),
        })
        .collect();
    keyed.sort_by(|a, b| {
        let by_value = (&a.0, a.1).cmp(&(&b.0, b.1));
        sorting.order(by_value).then(a.2.cmp(&b.2))
    });
    keyed.into_iter().map(|(_, _, edge)| edge).collect()
}

/// By node, whether the query matches; `None` for all.
fn matched(graph: &SystemGraph, analysis: Option<&Analysis>, query: &str) -> Option<Vec<bool>> {
    let query = parse(query).ok().filter(|query| !query.is_empty())?;
    let found = query.evaluate_with(graph, analysis).ok()?;
    Some(graph.node_indices().map(|node| found.contains(node)).collect())
}

/// A table as CSV: a head and a line a row.
pub fn csv<Row: Copy>(
    titles: &[&str],
    rows: &[Row],
    cell: impl Fn(Row, usize) -> String,
) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    let _ = writer.write_record(titles);
    for &row in rows {
        let _ = writer.write_record((0..titles.len()).map(|column| cell(row, column)));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::graph;

    fn names(graph: &SystemGraph, rows: &[NodeIx]) -> Vec<String> {
        rows.iter().map(|&node| graph.node(node).name.to_string()).collect()
    }

    #[test]
    fn nodes_sort_by_text_and_by_number() {
        let graph = graph("model b\nmodel A\ndataset d\nd -feeds-> b\nd -feeds-> A\nA -feeds-> b");
        let by_name = node_rows(&graph, None, "", Sorting::by(NodeColumn::Name));
        assert_eq!(names(&graph, &by_name), ["A", "b", "d"]);
        let sorting = Sorting::by(NodeColumn::Name).clicked(NodeColumn::Inputs);
        let by_inputs = node_rows(&graph, None, "", sorting.clicked(NodeColumn::Inputs));
        assert_eq!(names(&graph, &by_inputs), ["b", "A", "d"]);
    }

    #[test]
    fn a_query_filters_both_tables() {
        let graph = graph("model b\nmodel a\ndataset d\nd -feeds-> b\na -feeds-> b");
        assert_eq!(node_rows(&graph, None, "kind:model", Sorting::by(NodeColumn::Name)).len(), 2);
        assert_eq!(edge_rows(&graph, None, "kind:model", Sorting::by(EdgeColumn::From)).len(), 1);
        assert_eq!(edge_rows(&graph, None, "kind:", Sorting::by(EdgeColumn::From)).len(), 2);
    }

    #[test]
    fn a_query_may_ask_what_was_found() {
        use crate::analysis::testing::TODAY;
        use crate::analysis::{Settings, analyse};
        let graph = graph("prediction p\nconsumer c owner=a purpose=x\nteam t\np -reads-> c");
        let analysis = analyse(&graph, &Settings::on(TODAY));
        let by_name = Sorting::by(NodeColumn::Name);
        let rows = node_rows(&graph, Some(&analysis), "rule:CON002", by_name);
        assert_eq!(names(&graph, &rows), ["c", "p"], "subject and reader");
        let all = node_rows(&graph, None, "rule:CON002", by_name);
        assert_eq!(all.len(), graph.nodes().len(), "not known yet");
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        let text = csv(&["a", "b"], &[1, 2], |row, column| format!("{row},{column}"));
        assert_eq!(text, "a,b\n\"1,0\",\"1,1\"\n\"2,0\",\"2,1\"\n");
    }
}
