//! Rows of tables by the nodes that they speak of.
//!
//! Owns: the way from a name in a table to a node, and from a node to its rows. Must never know: what a
//! rule makes of them. A column is resolved when a rule first asks for it, once for all rules. Start
//! reading at [`Measured`].

use crate::model::{Lists, NodeIx, PredictionStatsRow, SystemGraph};
use std::sync::OnceLock;

/// One column of names: whom each row speaks of, and which rows speak of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    nodes: Vec<Option<NodeIx>>,
    /// By node.
    rows: Lists<u32>,
}

impl Column {
    /// Finds every name, an id or an alias, in the graph, and sorts the rows by node; linear in both.
    fn new<'n>(graph: &SystemGraph, names: impl Iterator<Item = Option<&'n str>>) -> Self {
        let nodes: Vec<Option<NodeIx>> =
            names.map(|name| name.and_then(|name| graph.find(name))).collect();
        let named = nodes.iter().zip(0..).filter_map(|(node, row)| Some(((*node)?.0, row)));
        Self { rows: Lists::new(graph.nodes().len(), named), nodes }
    }

    /// Whom a row speaks of; `None` where the graph knows no such thing or the row names nothing.
    pub fn node(&self, row: u32) -> Option<NodeIx> {
        self.nodes[row as usize]
    }

    /// Positions of the rows that speak of `node`, in the order of the table.
    pub fn rows_of(&self, node: NodeIx) -> &[u32] {
        self.rows.of(node.at())
    }

    /// Nodes that any row speaks of, once each, lowest index first.
    pub fn spoken_of(&self) -> impl Iterator<Item = NodeIx> + '_ {
        let named = self.rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty());
        named.map(|(node, _)| NodeIx::new(node))
    }
}

macro_rules! columns {
    ($($name:ident $table:ident |$row:ident| $column:expr;)*) => {
        /// The columns of names of all tables, each resolved when it is first asked for.
        #[derive(Debug)]
        pub struct Measured<'a> {
            graph: &'a SystemGraph,
            $($name: OnceLock<Column>,)*
        }

        impl<'a> Measured<'a> {
            pub(super) fn new(graph: &'a SystemGraph) -> Self {
                Self { graph, $($name: OnceLock::new(),)* }
            }

            $(
                #[doc = concat!("The column of this name in the table `", stringify!($table), "`.")]
                pub fn $name(&self) -> &Column {
                    self.$name.get_or_init(|| {
                        let rows = self.graph.tables().$table.iter();
                        Column::new(self.graph, rows.map(|row| {
                            let $row = &row.row;
                            $column
                        }))
                    })
                }
            )*
        }
    };
}

columns! {
    ablation_signal ablation |row| Some(&*row.signal);
    ablation_model ablation |row| Some(&*row.model);
    correlation_a correlation |row| Some(&*row.a);
    correlation_b correlation |row| Some(&*row.b);
    importance_model importance |row| Some(&*row.model);
    importance_signal importance |row| Some(&*row.signal);
    importance_without importance |row| row.without.as_deref();
    residual_ensemble residual_correlation |row| Some(&*row.ensemble);
    residual_a residual_correlation |row| Some(&*row.a);
    residual_b residual_correlation |row| Some(&*row.b);
    deployment_model deployments |row| Some(&*row.model);
    stats_model prediction_stats |row| Some(&*row.model);
    decision_threshold decisions |row| Some(&*row.threshold);
    lines_node lines_of_code |row| row.node.as_deref();
    run_node runs |row| Some(&*row.node);
    change_config config_history |row| Some(&*row.config);
    incident_node incidents |row| Some(&*row.node);
    alert_monitor alerts |row| Some(&*row.monitor);
}

/// Whether a row of statistics speaks of all predictions: a model that predicts the average has no bias there.
pub(super) fn is_whole(slice: &str) -> bool {
    ["all", "", "*", "overall", "total"].contains(&slice)
}

/// That of the difference between the predictions and the labels of a row: the table's own, else that of a share.
pub(super) fn standard_error(row: &PredictionStatsRow) -> Option<f64> {
    let own = row.std_error.filter(|error| *error > 0.0);
    let of_share = || {
        let p = row.mean_label.max(row.mean_prediction);
        let is_share = row.mean_label >= 0.0 && p > 0.0 && p < 1.0 && row.n > 0;
        is_share.then(|| (p * (1.0 - p) / row.n as f64).sqrt())
    };
    own.or_else(of_share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{day, graph_with, row};
    use crate::model::RunRow;

    #[test]
    fn rows_are_found_by_node_and_nodes_by_row() {
        let run = |node: &str| {
            row(RunRow {
                node: node.into(),
                date: day("2026-11-01"),
                environment: "production".into(),
                status: None,
                minutes: None,
                metric: None,
            })
        };
        let graph = graph_with("job a\njob b\njob c", |tables| {
            tables.runs = vec![run("b"), run("nobody"), run("a"), run("b")];
        });
        let measured = Measured::new(&graph);
        let column = measured.run_node();
        let ix = |id: &str| graph.find(id).expect(id);
        assert_eq!(column.rows_of(ix("b")), [0, 3]);
        assert_eq!(column.rows_of(ix("a")), [2]);
        assert!(column.rows_of(ix("c")).is_empty());
        assert_eq!((column.node(0), column.node(1)), (Some(ix("b")), None));
        assert_eq!(column.spoken_of().collect::<Vec<_>>(), [ix("a"), ix("b")]);
    }
}
