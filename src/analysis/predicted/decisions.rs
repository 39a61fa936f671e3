//! What the thresholds of a manifest decided, from single predictions.

use crate::analysis::{Correspondence, thresholds_after};
use crate::metrics::Predictions;
use crate::metrics::over_time::time_dimension;
use crate::model::{DecisionRow, NodeIx, SystemGraph};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;

/// A row a day for every threshold with a value that judges a model of the predictions, the first where it judges
/// several; one for all where the predictions tell no time. Nothing of thresholds whose decisions the manifests
/// count themselves. One pass over the rows for each threshold.
pub(super) fn decision_rows(
    graph: &SystemGraph,
    predictions: &Predictions,
    nodes: &Correspondence,
) -> Vec<DecisionRow> {
    let mut rows = Vec::new();
    let said = graph.tables().decisions.iter();
    let mut counted: FxHashSet<NodeIx> =
        said.filter_map(|row| graph.find(&row.row.threshold)).collect();
    for model in 0..predictions.models().len() {
        let Some(node) = nodes.model(model) else { continue };
        for own in thresholds_after(graph, node) {
            if let Some(value) = own.value
                && counted.insert(own.node)
            {
                let threshold = graph.node(own.node).id.as_str();
                rows.extend(decisions(predictions, model, threshold, value));
            }
        }
    }
    rows
}

/// Counts of one window.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    scored: u64,
    decided: u64,
    labelled: u64,
    right: u64,
}

fn decisions(
    predictions: &Predictions,
    model: usize,
    threshold: &str,
    value: f64,
) -> Vec<DecisionRow> {
    let time = time_dimension(predictions).map(|at| &predictions.dimensions()[at]);
    let mut stretches = vec![Window::default(); time.map_or(1, |own| own.labels.len())];
    for row in 0..predictions.rows() {
        let Some(score) = predictions.score(model, row).filter(|own| !own.is_nan()) else {
            continue;
        };
        let own = &mut stretches[time.map_or(0, |own| own.codes.get(row))];
        own.scored += 1;
        if f64::from(score) >= value {
            own.decided += 1;
            if let Some(label) = predictions.label(row) {
                own.labelled += 1;
                own.right += u64::from(label);
            }
        }
    }
    let day = |stretch: usize| -> Option<Date> {
        let start = *time?.starts.get(stretch)?;
        Some(Timestamp::from_second(start).ok()?.to_zoned(TimeZone::UTC).date())
    };
    let mut days: BTreeMap<Option<Date>, Window> = BTreeMap::new();
    for (stretch, own) in stretches.iter().enumerate().filter(|(_, own)| own.scored > 0) {
        let all = days.entry(day(stretch)).or_default();
        all.scored += own.scored;
        all.decided += own.decided;
        all.labelled += own.labelled;
        all.right += own.right;
    }
    let row = |(date, own): (Option<Date>, Window)| DecisionRow {
        threshold: threshold.into(),
        date,
        scored: own.scored,
        decided: own.decided,
        labelled: Some(own.labelled),
        right: Some(own.right),
    };
    days.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{TODAY, graph};
    use crate::analysis::{Evidence, Predicted, Settings, Status, analyse};
    use crate::metrics::read::{ReadOptions, Watch, read};
    use crate::model::{Batch, Provenance};
    use std::fmt::Write;

    const TEXT: &str = "model m last_trained=2026-11-11\nprediction p\n\
         threshold t value=0.5 set_by=hand set_on=2026-11-01\naction a automatic=yes\n\
         m -emits-> p\np -decides-> t\nt -decides-> a";

    /// Fourteen days of a thousand rows; a quarter is decided, half of that right, on the last day all is decided.
    fn predictions() -> Predictions {
        let mut text = String::from("ts,label,score_m\n");
        for row in 0..14_000_u32 {
            let day = 1 + row / 1000;
            let high = row % 4 == 0 || day == 14;
            let label = u8::from(row % 8 == 0);
            let score = if high { 0.7 } else { 0.1 };
            let _ = writeln!(text, "2026-06-{day:02}T12:00:00Z,{label},{score}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("p.csv");
        std::fs::write(&file, text).expect("written");
        read(&[file], &ReadOptions::default(), &Watch::none()).expect("rows").predictions
    }

    fn judged(text: &str) -> (SystemGraph, crate::analysis::Analysis) {
        let (graph, own) = (graph(text), predictions());
        let nodes = Correspondence::new(&graph, &own);
        let graph =
            Predicted::new(&graph, &own, &nodes, Provenance::file(Batch::FILE)).added_to(&graph);
        let analysis = analyse(&graph, &Settings::on(TODAY));
        (graph, analysis)
    }

    #[test]
    fn decisions_are_counted_by_day() {
        let (graph, _) = judged(TEXT);
        let rows = &graph.tables().decisions;
        assert_eq!(rows.len(), 14);
        let first = &rows[0].row;
        assert_eq!((&*first.threshold, first.scored, first.decided), ("t", 1000, 250));
        assert_eq!((first.labelled, first.right), (Some(250), Some(125)));
        assert_eq!(rows[13].row.decided, 1000);
    }

    #[test]
    fn what_the_manifests_count_is_not_counted_again() {
        let own = predictions();
        let said = graph(TEXT).with_rows(|tables| {
            let (date, labelled, right) = (None, None, None);
            let threshold = "t".into();
            let row = DecisionRow { threshold, date, scored: 10, decided: 1, labelled, right };
            tables.decisions.push(crate::analysis::testing::row(row));
        });
        let nodes = Correspondence::new(&said, &own);
        assert!(decision_rows(&said, &own, &nodes).is_empty());
    }

    #[test]
    fn findings_about_thresholds_and_actions_tell_what_was_decided() {
        let (graph, analysis) = judged(TEXT);
        let told = |code: &str, part: &str| {
            let own = analysis.findings.iter().find(|own| own.code == code).expect(code);
            own.evidence
                .iter()
                .any(|own| matches!(own, Evidence::Number { label, .. } if label.read(&graph).contains(part)))
        };
        assert!(told("THR001", "right, later half"));
        assert!(told("MON002", "busiest"));
    }

    #[test]
    fn predictions_judge_a_threshold_of_which_nothing_is_said() {
        let (before, analysis) = judged(&TEXT.replace("set_by=hand set_on=2026-11-01", ""));
        let found = analysis.findings.iter().find(|own| own.code == "THR001").expect("THR001");
        let message = found.message.read(&before);
        assert!(message.contains("is right less often"), "{message}");
        let status = |text: &str| {
            let analysis = analyse(&graph(text), &Settings::on(TODAY));
            analysis.rules.iter().find(|own| own.code == "THR001").expect("THR001").status
        };
        assert_eq!(status(&TEXT.replace("set_by=hand set_on=2026-11-01", "")), Status::Open);
    }
}
