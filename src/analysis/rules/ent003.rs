//! ENT003, change of predictions undetected.

use crate::analysis::words::{counted, percent, significant};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, PredictionStatsRow, TableKind};

#[derive(Debug)]
pub(super) struct UndetectedChange;

static SLICE_COVERAGE: Parameter = Parameter {
    key: "slice_coverage",
    default: 0.8,
    range: (0.0, 1.0),
    unit: "share of the traffic",
    doc: "Share of the traffic in slices that a monitor must compare.",
};

static PSI: Parameter = Parameter {
    key: "psi",
    default: 0.25,
    range: (0.0, 10.0),
    unit: "",
    doc: "Population stability index of a slice against the last version at which it counts as changed.",
};

static ROWS: Parameter = Parameter {
    key: "rows",
    default: 500.0,
    range: (1.0, 1e9),
    unit: "rows",
    doc: "Smaller slices are left out: their index jumps by chance.",
};

/// Labels that moved by this much say that the world moved, not the model.
const WORLD_MOVED: f64 = 0.1;

static META: RuleMeta = RuleMeta {
    code: "ENT003",
    name: "change of predictions undetected",
    section: Section::Entanglement,
    weight: Weight::Warning,
    remedy: "Compare every new version's predictions with the last one's, slice by slice, before it serves.",
    verify: "Shift one slice on purpose: the monitor says so.",
    parameters: &[&SLICE_COVERAGE, &PSI, &ROWS],
    docs: "\
## What it does
Finds predictions that no monitor compares from version to version (`watches: [prediction_diff]`), or compares in too few slices, and
slices that did change against the last version. A monitor that does not say what it watches, or how much of the traffic, leaves its
prediction open.

Small slices are left out. So are slices where the labels moved along with the predictions: that is the season, not the version.

Where single predictions are at hand, every slice of every week is compared with the week before.

## Why it is bad
Whatever is changed in a model changes all of its predictions a little and some of them a lot. The mean hides it: one country can be off
by a fifth while the whole is right.

## Example
The click model's mean is watched, and is right. In Poland it has been a fifth too high for three weeks.

## How to fix
Compare the distribution of predictions of the new and the old version by slice, before and after the new one goes live.

## How to verify
Shift the predictions of one slice in a rehearsal and see that somebody is told.

## References
Sculley et al. 2015, §2, entanglement: detecting changes in prediction behaviour as they occur.
",
};

impl Rule for UndetectedChange {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        for prediction in context.nodes_of(NodeKind::Prediction) {
            let model = context
                .edges_into(prediction, |kind| kind == EdgeKind::Emits)
                .map(|edge| context.graph.edge(edge).from)
                .next();
            let watch = watch(context, prediction, model);
            let changed = model.map_or_else(Vec::new, |model| changed_slices(context, model));
            match &watch {
                Watch::Unsaid(missing) if changed.is_empty() => {
                    verdicts.open(Open { subject: Some(prediction), missing });
                }
                _ => verdicts.judged(),
            }
            if let Some(finding) = finding(context, prediction, model, &watch, &changed) {
                verdicts.found(finding);
            }
        }
    }
}

/// How well changes of a prediction are watched.
enum Watch {
    /// No monitor compares versions; those that look at it otherwise.
    No(Vec<(NodeIx, EdgeIx)>),
    /// The widest comparison.
    Compared { monitor: NodeIx, edge: EdgeIx, coverage: f64 },
    /// A monitor looks and does not say what for or how widely.
    Unsaid(&'static str),
}

fn watch(context: &Context<'_>, prediction: NodeIx, model: Option<NodeIx>) -> Watch {
    let graph = context.graph;
    let monitors: Vec<(NodeIx, EdgeIx)> = std::iter::once(prediction)
        .chain(model)
        .flat_map(|node| context.edges_from(node, EdgeKind::is_flow))
        .map(|edge| (graph.edge(edge).to, edge))
        .filter(|&(reader, _)| graph.kind(reader) == NodeKind::Monitor)
        .collect();
    let mut widest: Option<(f64, NodeIx, EdgeIx)> = None;
    let mut unsaid = None;
    for &(monitor, edge) in &monitors {
        let attrs = &graph.node(monitor).attrs;
        let Some(watches) = attrs.list(Attr::Watches) else {
            unsaid = Some("what its monitor watches");
            continue;
        };
        if !watches.iter().any(|what| &**what == "prediction_diff") {
            continue;
        }
        match attrs.number(Attr::SliceCoverage) {
            Some(coverage) if widest.is_none_or(|(most, ..)| coverage > most) => {
                widest = Some((coverage, monitor, edge));
            }
            Some(_) => {}
            None => unsaid = Some("slice_coverage"),
        }
    }
    match (widest, unsaid) {
        (Some((coverage, ..)), Some(missing))
            if coverage < context.value(&META, &SLICE_COVERAGE) =>
        {
            Watch::Unsaid(missing)
        }
        (Some((coverage, monitor, edge)), _) => Watch::Compared { monitor, edge, coverage },
        (None, Some(missing)) => Watch::Unsaid(missing),
        (None, None) => Watch::No(monitors),
    }
}

/// The last rows of slices that changed against the version before.
fn changed_slices(context: &Context<'_>, model: NodeIx) -> Vec<u32> {
    let table = &context.graph.tables().prediction_stats;
    let (psi, least_rows) = (context.value(&META, &PSI), context.value(&META, &ROWS));
    let row = |position: u32| &table[position as usize].row;
    let mut rows: Vec<u32> = context.measured.stats_model().rows_of(model).to_vec();
    rows.sort_by(|&a, &b| (&row(a).slice, row(a).date).cmp(&(&row(b).slice, row(b).date)));
    let mut changed: Vec<u32> = Vec::new();
    for slice in rows.chunk_by(|&a, &b| row(a).slice == row(b).slice) {
        let found = slice.iter().enumerate().rfind(|&(position, &last)| {
            let large =
                row(last).psi.is_some_and(|value| value >= psi) && row(last).n as f64 >= least_rows;
            large && !slice[..position].iter().any(|&before| is_season(row(before), row(last)))
        });
        changed.extend(found.map(|(_, &last)| last));
    }
    changed
}

/// Whether labels moved from `before` to `after`, and the predictions of `after` are right.
fn is_season(before: &PredictionStatsRow, after: &PredictionStatsRow) -> bool {
    let apart = |a: f64, b: f64| (a - b).abs() / b.abs().max(f64::MIN_POSITIVE);
    apart(after.mean_label, before.mean_label) >= WORLD_MOVED
        && apart(after.mean_prediction, after.mean_label) < WORLD_MOVED
}

fn finding(
    context: &Context<'_>,
    prediction: NodeIx,
    model: Option<NodeIx>,
    watch: &Watch,
    changed: &[u32],
) -> Option<Finding> {
    let least = context.value(&META, &SLICE_COVERAGE);
    let mut parts = Vec::new();
    match watch {
        Watch::No(monitors) if monitors.is_empty() => {
            parts.push("is watched by no monitor".to_owned());
        }
        Watch::No(monitors) => parts.push(format!(
            "is watched by {}, but none compares it with the version before",
            counted(monitors.len(), "monitor", "monitors")
        )),
        Watch::Compared { monitor, coverage, .. } if *coverage < least => parts.push(format!(
            "is compared by `{}` in slices with {} of the traffic only",
            context.name(*monitor),
            percent(*coverage)
        )),
        Watch::Compared { .. } | Watch::Unsaid(_) => {}
    }
    let table = &context.graph.tables().prediction_stats;
    if let Some(&worst) = changed.iter().max_by(|&&a, &&b| {
        let psi = |position: u32| table[position as usize].row.psi.unwrap_or(0.0);
        psi(a).total_cmp(&psi(b)).then(b.cmp(&a))
    }) {
        let row = &table[worst as usize].row;
        parts.push(format!(
            "has changed in {}: psi {} in `{}` on {}",
            counted(changed.len(), "slice", "slices"),
            significant(row.psi.unwrap_or(0.0)),
            row.slice,
            row.date
        ));
    }
    if parts.is_empty() {
        return None;
    }
    let message = format!("Prediction `{}` {}", context.name(prediction), parts.join(" and "));
    let mut finding = Finding::new(&META, context.graph, prediction, message);
    if let Some(model) = model {
        finding = finding.with("model", model);
    }
    finding =
        match watch {
            Watch::No(monitors) => monitors
                .iter()
                .fold(finding, |finding, &(monitor, edge)| looked_at(finding, monitor, edge)),
            Watch::Compared { monitor, edge, coverage } => looked_at(finding, *monitor, *edge)
                .number("traffic in slices that are compared", *coverage, least, ""),
            Watch::Unsaid(_) => finding,
        };
    for &position in changed {
        let row = &table[position as usize].row;
        let label = format!("psi of {} on {}", row.slice, row.date);
        finding = finding.number(label, row.psi.unwrap_or(0.0), context.value(&META, &PSI), "");
    }
    if !changed.is_empty() {
        let rows = changed.to_vec();
        finding = finding.because(Evidence::Rows { table: TableKind::PredictionStats, rows });
    }
    Some(finding)
}

fn looked_at(finding: Finding, monitor: NodeIx, edge: EdgeIx) -> Finding {
    let label = ("looked at by", monitor).into();
    let witness = Witness { edges: vec![edge], closed: false };
    finding.with("monitor", monitor).because(Evidence::Walk { label, witness })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, day, graph_with, judge, judge_graph, row};

    fn watched(monitor: &str) -> Judged {
        judge(
            &UndetectedChange,
            &format!("model m\nprediction p\nm -emits-> p\nmonitor w {monitor}\np -reads-> w"),
        )
    }

    #[test]
    fn fires_when_nobody_compares_versions_or_too_little_is_compared() {
        let found = judge(&UndetectedChange, "model m\nprediction p\nm -emits-> p");
        assert_eq!(found.subjects(), ["p warning"]);
        assert_eq!(found.others("model"), ["m"]);
        assert_eq!(watched("watches=drift|bias slice_coverage=0.9").subjects(), ["p warning"]);
        let found = watched("watches=prediction_diff slice_coverage=0.79");
        assert_eq!(found.subjects(), ["p warning"]);
        assert_eq!(found.others("monitor"), ["w"]);
    }

    #[test]
    fn is_silent_where_enough_is_compared() {
        let found = watched("watches=prediction_diff slice_coverage=0.8");
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn unsaid_is_open() {
        assert_eq!(watched("slice_coverage=0.9").status, Status::Open);
        assert_eq!(watched("watches=prediction_diff").status, Status::Open);
        assert_eq!(judge(&UndetectedChange, "model m").status, Status::Open);
    }

    /// A well watched prediction with rows: day, rows, prediction, label, psi.
    fn measured(rows: &[(&str, u64, f64, f64, f64)]) -> Judged {
        let text = "model m\nprediction p\nm -emits-> p\nmonitor w watches=prediction_diff slice_coverage=1\np -reads-> w";
        let graph = graph_with(text, |tables| {
            let stats = rows.iter().map(|&(date, n, mean_prediction, mean_label, psi)| {
                row(PredictionStatsRow {
                    model: "m".into(),
                    version: None,
                    slice: "country=PL".into(),
                    date: day(date),
                    n,
                    mean_prediction,
                    mean_label,
                    std_error: None,
                    psi: Some(psi),
                })
            });
            tables.prediction_stats = stats.collect();
        });
        judge_graph(&UndetectedChange, graph)
    }

    #[test]
    fn fires_on_a_slice_that_changed() {
        let found = measured(&[
            ("2026-11-02", 9000, 0.03, 0.03, 0.01),
            ("2026-11-09", 9000, 0.038, 0.031, 0.31),
        ]);
        assert_eq!(found.subjects(), ["p warning"]);
        assert!(found.message(0).ends_with("psi 0.31 in `country=PL` on 2026-11-09"));
        assert_eq!(measured(&[("2026-11-09", 9000, 0.03, 0.03, 0.25)]).subjects(), ["p warning"]);
    }

    #[test]
    fn is_silent_on_small_slices_seasons_and_small_changes() {
        assert!(measured(&[("2026-11-09", 9000, 0.03, 0.03, 0.24)]).findings.is_empty());
        assert!(measured(&[("2026-11-09", 499, 0.03, 0.03, 0.9)]).findings.is_empty(), "few rows");
        let season =
            [("2026-11-02", 9000, 0.03, 0.03, 0.01), ("2026-11-09", 9000, 0.06, 0.061, 0.8)];
        assert!(measured(&season).findings.is_empty(), "labels doubled as well");
    }
}
