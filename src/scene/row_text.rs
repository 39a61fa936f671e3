//! Rows of measured tables in words, for evidence that opens to the rows it rests on.

use crate::model::{Provenance, Row, SystemGraph, TableKind};

/// One row: what it says, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowWords {
    pub words: String,
    pub at: Provenance,
}

/// The row at `position` of a table in words; `None` for a row that the table does not have.
pub fn row_words(graph: &SystemGraph, table: TableKind, position: u32) -> Option<RowWords> {
    let (tables, at) = (graph.tables(), position as usize);
    match table {
        TableKind::AccessLog => told(tables.access.get(at), |row| {
            format!("{}: {} read {} ({} ×)", row.date, row.reader, row.target, row.reads)
        }),
        TableKind::Ablation => told(tables.ablation.get(at), |row| {
            format!(
                "{}: {} without {} loses {} ± {} ({} seeds)",
                row.date, row.model, row.signal, row.delta, row.std_error, row.seeds
            )
        }),
        TableKind::Correlation => told(tables.correlation.get(at), |row| {
            let window = row.window.as_deref().map_or_else(String::new, |w| format!(", {w}"));
            let slice = row.slice.as_deref().map_or_else(String::new, |s| format!(", {s}"));
            format!("{} and {}: ρ = {}{window}{slice}", row.a, row.b, row.rho)
        }),
        TableKind::Importance => told(tables.importance.get(at), |row| {
            let without = row.without.as_deref();
            let without = without.map_or_else(String::new, |other| format!(" without {other}"));
            format!("{} in {}: {}{without}", row.signal, row.model, row.importance)
        }),
        TableKind::ResidualCorrelation => told(tables.residual_correlation.get(at), |row| {
            format!("errors of {} and {} in {}: ρ = {}", row.a, row.b, row.ensemble, row.rho)
        }),
        TableKind::Deployments => told(tables.deployments.get(at), |row| {
            format!(
                "{}: {} {}, {} from {} to {}",
                row.date, row.model, row.version, row.metric, row.before, row.after
            )
        }),
        TableKind::PredictionStats => told(tables.prediction_stats.get(at), |row| {
            format!(
                "{}: {} in {}, n = {}, predicted {}, observed {}",
                row.date, row.model, row.slice, row.n, row.mean_prediction, row.mean_label
            )
        }),
        TableKind::Decisions => told(tables.decisions.get(at), |row| {
            let date = row.date.map_or_else(String::new, |date| format!("{date}: "));
            let right = row.labelled.zip(row.right);
            let right = right.map_or_else(String::new, |(known, right)| {
                format!(", {right} of {known} known ones right")
            });
            let counts = format!("{} of {} decided", row.decided, row.scored);
            format!("{date}{}, {counts}{right}", row.threshold)
        }),
        TableKind::Predictions => told(tables.predictions.get(at), |row| row.path.to_string()),
        TableKind::LinesOfCode => told(tables.lines_of_code.get(at), |row| {
            format!("{}: {} lines of {}, {}", row.path, row.lines, row.language, row.role)
        }),
        TableKind::Runs => told(tables.runs.get(at), |row| {
            let status = row.status.as_deref().map_or_else(String::new, |s| format!(", {s}"));
            format!("{}: {} in {}{status}", row.date, row.node, row.environment)
        }),
        TableKind::ConfigHistory => told(tables.config_history.get(at), |row| {
            format!(
                "{}: {} at {}, {} of {} keys changed",
                row.date, row.config, row.commit, row.keys_changed, row.keys_total
            )
        }),
        TableKind::Incidents => told(tables.incidents.get(at), |row| {
            let cause = row.cause.as_deref().map_or_else(String::new, |c| format!(", {c}"));
            format!("{}: {} for {} hours, {}{cause}", row.date, row.node, row.hours, row.severity)
        }),
        TableKind::Alerts => told(tables.alerts.get(at), |row| {
            let answered = row.answered_minutes;
            let answered =
                answered.map_or_else(String::new, |m| format!(", answered after {m} minutes"));
            format!("{}: {} to {}{answered}", row.date, row.monitor, row.receiver)
        }),
    }
}

fn told<T>(row: Option<&Row<T>>, words: impl FnOnce(&T) -> String) -> Option<RowWords> {
    row.map(|row| RowWords { words: words(&row.row), at: row.at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{ablation, graph_with};

    #[test]
    fn a_row_is_told_with_its_numbers_and_a_missing_one_is_none() {
        let graph = graph_with("signal s\nmodel m", |tables| {
            tables.ablation = vec![ablation("s", "m", 0.01, 0.002, "2026-10-01")];
        });
        let told = row_words(&graph, TableKind::Ablation, 0).expect("a row").words;
        assert!(told.starts_with("2026-10-01: m without s loses 0.01 ± 0.002"), "{told}");
        assert_eq!(row_words(&graph, TableKind::Ablation, 1), None);
        for &kind in TableKind::ALL {
            assert_eq!(row_words(&graph, kind, 7), None);
        }
    }
}
