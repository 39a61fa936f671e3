//! What the thresholds of a manifest decided, from single predictions: evidence for findings about thresholds and
//! about the actions that they decide.

use crate::analysis::{Analysis, Correspondence, Evidence, thresholds_after};
use crate::metrics::Predictions;
use crate::metrics::over_time::time_dimension;
use crate::model::{EdgeKind, NodeIx, SystemGraph};

/// Rows that a stretch of time must have for its share to say something.
const LEAST_ROWS: u64 = 100;

/// What a threshold decided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    pub threshold: NodeIx,
    /// Share of the scored rows at or above it.
    pub share: f64,
    /// The largest share of a stretch of time; `None` without times.
    pub busiest: Option<f64>,
    /// Share of positives among what it decided, in the earlier and in the later half of the time; of everything
    /// as the earlier half without times.
    pub precision: [Option<f64>; 2],
}

/// Of every threshold with a value that judges a model of the predictions. One pass over the rows for each.
pub(super) fn decided(
    graph: &SystemGraph,
    predictions: &Predictions,
    nodes: &Correspondence,
) -> Vec<Decided> {
    let mut all = Vec::new();
    for model in 0..predictions.models().len() {
        let Some(node) = nodes.model(model) else { continue };
        for own in thresholds_after(graph, node) {
            if let Some(value) = own.value {
                all.push(decisions(predictions, model, own.node, value));
            }
        }
    }
    all
}

fn decisions(predictions: &Predictions, model: usize, threshold: NodeIx, value: f64) -> Decided {
    let time = time_dimension(predictions).map(|at| &predictions.dimensions()[at]);
    let stretches = time.map_or(1, |own| own.labels.len());
    let half = time.map_or(usize::MAX, |own| own.starts.len() / 2);
    // By stretch: scored, decided; by half: decided with a label, of them right.
    let (mut counts, mut right) = (vec![[0_u64; 2]; stretches], [[0_u64; 2]; 2]);
    for row in 0..predictions.rows() {
        let Some(score) = predictions.score(model, row).filter(|own| !own.is_nan()) else {
            continue;
        };
        let stretch = time.map_or(0, |own| own.codes.get(row));
        counts[stretch][0] += 1;
        if f64::from(score) < value {
            continue;
        }
        counts[stretch][1] += 1;
        if let Some(label) = predictions.label(row) {
            let own = &mut right[usize::from(stretch >= half)];
            own[0] += 1;
            own[1] += u64::from(label);
        }
    }
    let share = |[scored, decided]: [u64; 2]| decided as f64 / scored.max(1) as f64;
    let all = counts.iter().fold([0; 2], |all, own| [all[0] + own[0], all[1] + own[1]]);
    let busiest = counts.iter().filter(|own| own[0] >= LEAST_ROWS).map(|&own| share(own));
    Decided {
        threshold,
        share: share(all),
        busiest: time.and(busiest.max_by(f64::total_cmp)),
        precision: right
            .map(|[decided, right]| (decided >= LEAST_ROWS).then(|| right as f64 / decided as f64)),
    }
}

/// Adds what was decided to the findings about thresholds (THR001) and actions (MON002).
pub fn explain_decisions(graph: &SystemGraph, decided: &[Decided], analysis: &mut Analysis) {
    let percent = |label: &str, share: f64| Evidence::Number {
        label: label.to_owned(),
        value: (share * 1000.0).round() / 10.0,
        threshold: None,
        unit: "%",
    };
    for finding in &mut analysis.findings {
        let is_about = |own: &&Decided| match finding.code {
            "THR001" => own.threshold == finding.subject,
            "MON002" => graph.outgoing(own.threshold).iter().any(|&edge| {
                let edge = graph.edge(edge);
                edge.kind == EdgeKind::Decides && edge.to == finding.subject
            }),
            _ => false,
        };
        let Some(own) = decided.iter().find(is_about) else { continue };
        finding.evidence.push(percent("cases that the threshold decides", own.share));
        match (finding.code, own.precision, own.busiest) {
            ("THR001", [Some(before), Some(after)], _) => {
                finding.evidence.push(percent("of them right, earlier half", before));
                finding.evidence.push(percent("of them right, later half", after));
            }
            ("THR001", [Some(all), None], _) => {
                finding.evidence.push(percent("of them right", all));
            }
            ("MON002", _, Some(busiest)) => {
                finding.evidence.push(percent("in the busiest stretch of time", busiest));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{TODAY, graph};
    use crate::analysis::{Settings, analyse};
    use crate::metrics::read::{ReadOptions, Watch, read};
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

    #[test]
    fn decisions_are_counted_and_told_beside_findings() {
        let (graph, own) = (graph(TEXT), predictions());
        let found = decided(&graph, &own, &Correspondence::new(&graph, &own));
        let [one] = &found[..] else { panic!("{found:?}") };
        assert_eq!(graph.node(one.threshold).id.as_str(), "t");
        assert_eq!(one.busiest, Some(1.0));
        assert!((one.share - (13.0 * 0.25 + 1.0) / 14.0).abs() < 1e-12, "{one:?}");
        let [before, after] = one.precision.map(|own| own.expect("labels"));
        assert!((before - 0.5).abs() < 1e-12 && after < 0.4, "{one:?}");
        let mut analysis = analyse(&graph, &Settings::on(TODAY));
        explain_decisions(&graph, &found, &mut analysis);
        let told = |code: &str, part: &str| {
            let own = analysis.findings.iter().find(|own| own.code == code).expect(code);
            own.evidence
                .iter()
                .any(|own| matches!(own, Evidence::Number { label, .. } if label.contains(part)))
        };
        assert!(told("THR001", "right, later half"));
        assert!(told("MON002", "busiest"));
    }
}
