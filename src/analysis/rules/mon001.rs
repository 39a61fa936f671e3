//! MON001, prediction bias.

use crate::analysis::measured::{is_whole, standard_error};
use crate::analysis::words::{listed, percent, significant};
use crate::analysis::{
    Context, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight,
};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, PredictionStatsRow, TableKind};
use std::collections::BTreeMap;

#[derive(Debug)]
pub(super) struct PredictionBias;

static LEAST_Z: Parameter = Parameter {
    key: "least_z",
    default: 4.0,
    range: (1.0, 100.0),
    unit: "standard errors",
    doc: "From how many standard errors on a window is surprising.",
};
static LEAST_BIAS: Parameter = Parameter {
    key: "least_bias",
    default: 0.1,
    range: (0.0, 10.0),
    unit: "share of the labels",
    doc: "From which difference on, relative to the labels, a window matters.",
};
static LEAST_WINDOWS: Parameter = Parameter {
    key: "least_windows",
    default: 2.0,
    range: (1.0, 100.0),
    unit: "windows",
    doc: "In how many windows a slice must be biased the same way.",
};
static LEAST_ROWS: Parameter = Parameter {
    key: "least_rows",
    default: 500.0,
    range: (1.0, 1e9),
    unit: "predictions",
    doc: "Windows with fewer predictions are not judged.",
};
static FALSE_DISCOVERIES: Parameter = Parameter {
    key: "false_discoveries",
    default: 0.05,
    range: (0.0, 1.0),
    unit: "share",
    doc: "Share of false alarms that is tolerated among all windows of all slices (Benjamini and Hochberg).",
};
static LABEL_DELAY: Parameter = Parameter {
    key: "label_delay_days",
    default: 0.0,
    range: (0.0, 365.0),
    unit: "days",
    doc: "Windows younger than this are left out, where the model does not say how late its labels are.",
};

static META: RuleMeta = RuleMeta {
    code: "MON001",
    name: "prediction bias",
    section: Section::ChangingWorld,
    weight: Weight::Warning,
    remedy: "Watch the mean prediction against the mean label slice by slice, and find out what changed in the slice that is off.",
    verify: "A monitor watches `bias`, and the next windows are within a tenth of the labels.",
    parameters: &[&LEAST_Z, &LEAST_BIAS, &LEAST_WINDOWS, &LEAST_ROWS, &FALSE_DISCOVERIES, &LABEL_DELAY],
    docs: "\
## What it does
Warns of models whose predictions no monitor of `bias` reads. From the table `prediction_stats` it finds slices whose mean prediction
differs from the mean label by four standard errors and by a tenth, in two windows and in the same direction; a slice must have 500
predictions, and with many slices the rate of false alarms is held at one in twenty. Standard errors that the table does not give are
those of a share. Labels that come late make the newest windows look biased: `label_delay_days` of the model, or the parameter, leaves
them out. A model with the row over everything alone stays open, because a null model that predicts the average passes there.

Where single predictions are at hand, weeks of every value of every dimension are judged like rows of that table.

## Why it is bad
In a system that works, what is predicted is what happens. Where it is not, the world has changed or an input is broken, and the average
over everything hides in which part.

## Example
Clicks in Poland were 20 % fewer than predicted for three weeks. Over all countries nothing was to be seen.

## How to fix
Look at what is peculiar to the slice: its configuration, its inputs, what happened there. Then retrain, and alert on slices.

## How to verify
The slice's z falls below 4. It is a diagnostic and no proof of quality.

## References
Sculley et al. 2015, §7, prediction bias; Benjamini and Hochberg 1995.
",
};

impl Rule for PredictionBias {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let surprising = significant_rows(context);
        for model in context.nodes_of(NodeKind::Model) {
            match unwatched(context, model) {
                Ok(finding) => {
                    verdicts.judged();
                    finding.into_iter().for_each(|finding| verdicts.found(finding));
                }
                Err(missing) => verdicts.open(Open { subject: Some(model), missing }),
            }
            let slices = Slices::of(context, model);
            let biased = slices.biased(context, &surprising);
            match slices.missing().filter(|_| biased.is_empty()) {
                Some(missing) => verdicts.open(Open { subject: Some(model), missing }),
                None => verdicts.judged(),
            }
            if !biased.is_empty() {
                verdicts.found(finding(context, model, &biased));
            }
        }
    }
}

/// The warning that no monitor of bias reads what the model predicts. `Err` when it predicts nothing that
/// the manifest names.
fn unwatched(context: &Context<'_>, model: NodeIx) -> Result<Option<Finding>, &'static str> {
    let graph = context.graph;
    let predictions: Vec<NodeIx> = context
        .edges_from(model, |kind| kind == EdgeKind::Emits)
        .map(|edge| graph.edge(edge).to)
        .collect();
    let watchers: Vec<NodeIx> = predictions
        .iter()
        .chain(std::iter::once(&model))
        .flat_map(|&node| {
            context.edges_from(node, |kind| matches!(kind, EdgeKind::Reads(_) | EdgeKind::Feeds))
        })
        .map(|edge| graph.edge(edge).to)
        .filter(|&node| graph.kind(node) == NodeKind::Monitor)
        .collect();
    let watches_bias = |&monitor: &NodeIx| {
        let watches = graph.node(monitor).attrs.list(Attr::Watches).unwrap_or_default();
        watches.iter().any(|word| &**word == "bias")
    };
    if watchers.iter().any(watches_bias) {
        return Ok(None);
    }
    if predictions.is_empty() {
        return Err("the prediction that it emits");
    }
    let who = match watchers.as_slice() {
        [] => "no monitor reads its predictions".to_owned(),
        some => format!("{} watches something else", listed(some.iter().map(|&m| context.name(m)))),
    };
    let message = format!("Nobody watches the bias of model `{}`; {who}", context.name(model));
    let mut finding = Finding::new(&META, graph, model, message)
        .number("monitors of its bias", 0.0, 1.0, "monitors")
        .magnitude(0.5 + context.criticality(model));
    for prediction in predictions {
        finding = finding.with("unwatched", prediction);
    }
    for monitor in watchers {
        finding = finding.said(
            graph,
            monitor,
            Attr::Watches,
            format!("{} watches", context.name(monitor)),
        );
    }
    Ok(Some(finding))
}

/// How far the predictions of a row are from its labels, in standard errors.
fn z(row: &PredictionStatsRow) -> Option<f64> {
    Some((row.mean_prediction - row.mean_label) / standard_error(row)?)
}

/// Relative to the labels; infinite where nothing happened and something was predicted.
fn bias(row: &PredictionStatsRow) -> f64 {
    let difference = row.mean_prediction - row.mean_label;
    if difference == 0.0 { 0.0 } else { difference / row.mean_label.abs() }
}

/// By row: whether it survives the procedure of Benjamini and Hochberg over all rows that are large enough.
fn significant_rows(context: &Context<'_>) -> Vec<bool> {
    let table = &context.graph.tables().prediction_stats;
    let least = context.value(&META, &LEAST_ROWS);
    let mut tested: Vec<(f64, usize)> = table
        .iter()
        .enumerate()
        .filter(|(_, row)| row.row.n as f64 >= least)
        .filter_map(|(position, row)| Some((z(&row.row)?.abs(), position)))
        .collect();
    tested.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let rate = context.value(&META, &FALSE_DISCOVERIES);
    let count = tested.len() as f64;
    let passes = |rank: usize, z: f64| two_sided(z) <= rate * (rank + 1) as f64 / count;
    let last = (0..tested.len()).rev().find(|&rank| passes(rank, tested[rank].0));
    let mut surprising = vec![false; table.len()];
    for &(_, position) in tested.iter().take(last.map_or(0, |last| last + 1)) {
        surprising[position] = true;
    }
    surprising
}

/// How likely a normal value is at least `z` from its mean: the complementary error function by Numerical
/// Recipes' Chebyshev fit (Press et al. 1992, §6.2), good to 1.2e-7 of itself.
fn two_sided(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let series = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let sum = series.into_iter().fold(0.0, |sum, coefficient| sum * t + coefficient);
    t * (sum - x * x).exp()
}

/// A model's rows by slice, oldest first, those too young left out.
struct Slices<'a> {
    rows: BTreeMap<&'a str, Vec<u32>>,
    measured: bool,
}

impl<'a> Slices<'a> {
    fn of(context: &Context<'a>, model: NodeIx) -> Self {
        let table = &context.graph.tables().prediction_stats;
        let own = context.measured.stats_model().rows_of(model);
        let delay = context.graph.node(model).attrs.number(Attr::LabelDelayDays);
        let delay = delay.unwrap_or_else(|| context.value(&META, &LABEL_DELAY));
        let mut rows: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut measured = false;
        for &position in own {
            let row = &table[position as usize].row;
            if context.age_days(row.date) as f64 >= delay {
                measured |= z(row).is_some();
                rows.entry(&row.slice).or_default().push(position);
            }
        }
        for rows in rows.values_mut() {
            rows.sort_by_key(|&position| (table[position as usize].row.date, position));
        }
        Self { rows, measured }
    }

    fn missing(&self) -> Option<&'static str> {
        if self.rows.is_empty() {
            Some("prediction_stats")
        } else if !self.measured {
            Some("std_error of its prediction_stats")
        } else if self.rows.keys().all(|slice| is_whole(slice)) {
            Some("slices of its prediction_stats")
        } else {
            None
        }
    }

    /// Slices that are off in enough windows in one direction, with those windows; worst first.
    fn biased(&self, context: &Context<'_>, surprising: &[bool]) -> Vec<(&'a str, Vec<u32>)> {
        let table = &context.graph.tables().prediction_stats;
        let (least_z, least_bias) =
            (context.value(&META, &LEAST_Z), context.value(&META, &LEAST_BIAS));
        let windows = context.value(&META, &LEAST_WINDOWS) as usize;
        let is_off = |position: u32, sign: f64| {
            let row = &table[position as usize].row;
            surprising[position as usize]
                && z(row).is_some_and(|z| z * sign >= least_z)
                && bias(row) * sign >= least_bias
        };
        let mut found: Vec<(&str, Vec<u32>)> = Vec::new();
        for (&slice, rows) in &self.rows {
            for sign in [1.0, -1.0] {
                let off: Vec<u32> = rows.iter().copied().filter(|&row| is_off(row, sign)).collect();
                if off.len() >= windows {
                    found.push((slice, off));
                }
            }
        }
        let worst = |rows: &[u32]| {
            rows.iter().map(|&row| bias(&table[row as usize].row).abs()).fold(0.0, f64::max)
        };
        found.sort_by(|a, b| worst(&b.1).total_cmp(&worst(&a.1)).then(a.0.cmp(b.0)));
        found
    }
}

fn finding(context: &Context<'_>, model: NodeIx, biased: &[(&str, Vec<u32>)]) -> Finding {
    let table = &context.graph.tables().prediction_stats;
    let (slice, rows) = &biased[0];
    let all: Vec<&PredictionStatsRow> = rows.iter().map(|&row| &table[row as usize].row).collect();
    let mean = all.iter().map(|row| bias(row)).sum::<f64>() / all.len() as f64;
    let least = all.iter().filter_map(|row| z(row)).map(f64::abs).fold(f64::INFINITY, f64::min);
    let direction = if mean > 0.0 { "too high" } else { "too low" };
    let others = match biased.len() - 1 {
        0 => String::new(),
        more => format!("; {more} more {} off", if more == 1 { "slice is" } else { "slices are" }),
    };
    let message = format!(
        "Model `{}` predicts {} {direction} in the slice {slice} in {} windows (|z| ≥ {}){others}",
        context.name(model),
        percent(mean.abs()),
        all.len(),
        significant(least)
    );
    let mut finding = Finding::new(&META, context.graph, model, message)
        .weight(Weight::Error)
        .at(table[rows[0] as usize].at)
        .magnitude(1.0 + biased.len() as f64 / 4.0)
        .number("bias", 100.0 * mean, 100.0 * context.value(&META, &LEAST_BIAS), "% of the labels")
        .number("smallest |z|", least, context.value(&META, &LEAST_Z), "standard errors")
        .number("windows", all.len() as f64, context.value(&META, &LEAST_WINDOWS), "windows")
        .rows(
            TableKind::PredictionStats,
            biased.iter().flat_map(|(_, rows)| rows).copied().collect::<Vec<_>>(),
        );
    for edge in context.edges_from(model, |kind| kind == EdgeKind::Emits) {
        finding = finding.with("biased", context.graph.edge(edge).to);
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{Judged, day, graph_with, judge_graph, row};
    use crate::analysis::{Evidence, Status};

    const WATCHED: &str =
        "model m\nprediction p\nmonitor w watches=bias\nm -emits-> p\np -reads-> w\n";

    type Window<'t> = (&'t str, &'t str, u64, f64, f64, Option<f64>);

    fn with(text: &str, windows: &[Window<'_>]) -> Judged {
        let graph = graph_with(text, |tables| {
            let rows =
                windows.iter().map(|&(slice, date, n, mean_prediction, mean_label, std_error)| {
                    row(PredictionStatsRow {
                        model: "m".into(),
                        version: None,
                        slice: slice.into(),
                        date: day(date),
                        n,
                        mean_prediction,
                        mean_label,
                        std_error,
                        psi: None,
                    })
                });
            tables.prediction_stats = rows.collect();
        });
        judge_graph(&PredictionBias, graph)
    }

    const POLAND: &[Window<'_>] = &[
        ("all", "2026-11-02", 400_000, 0.0303, 0.0302, None),
        ("country=PL", "2026-11-02", 90_000, 0.0383, 0.0317, None),
        ("country=PL", "2026-11-09", 90_000, 0.0380, 0.0314, Some(0.0006)),
    ];

    #[test]
    fn fires_on_a_slice_that_is_off_in_two_windows() {
        let found = with(WATCHED, POLAND);
        assert_eq!(found.subjects(), ["m error"]);
        assert!(found.message(0).contains("21 % too high in the slice country=PL in 2 windows"));
        let is_both =
            |own: &Evidence| matches!(own, Evidence::Rows { rows, .. } if *rows == [1, 2]);
        assert!(found.findings[0].evidence.iter().any(is_both));
    }

    #[test]
    fn one_window_few_rows_small_bias_and_two_directions_are_silent() {
        let cases: &[&[Window<'_>]] = &[
            &POLAND[..2],
            &[
                ("s=a", "2026-11-02", 400, 0.9, 0.1, Some(0.01)),
                ("s=a", "2026-11-09", 400, 0.9, 0.1, Some(0.01)),
            ],
            &[
                ("s=a", "2026-11-02", 10_000_000, 0.054, 0.05, None),
                ("s=a", "2026-11-09", 10_000_000, 0.054, 0.05, None),
            ],
            &[
                ("s=a", "2026-11-02", 90_000, 0.6, 0.5, None),
                ("s=a", "2026-11-09", 90_000, 0.4, 0.5, None),
            ],
        ];
        for case in cases {
            let found = with(WATCHED, case);
            assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]), "{case:?}");
        }
    }

    #[test]
    fn labels_that_come_late_are_waited_for() {
        let text = WATCHED.replace("model m", "model m label_delay_days=7");
        let found = with(&text, POLAND);
        assert_eq!((found.status, found.subjects()), (Status::Pass, vec![]));
    }

    #[test]
    fn warns_where_nobody_watches() {
        let found =
            with("model m\nprediction p\nmonitor w watches=drift\nm -emits-> p\np -reads-> w", &[]);
        assert_eq!(found.subjects(), ["m warning"]);
        assert_eq!(found.others("unwatched"), ["p"]);
        assert!(found.message(0).ends_with("`w` watches something else"));
    }

    #[test]
    fn the_whole_alone_and_nothing_at_all_are_open() {
        assert_eq!(with("model m", &POLAND[..1]).status, Status::Open);
        assert_eq!(with("model m", &[]).status, Status::Open);
        let unknown: &[Window<'_>] = &[("s=a", "2026-11-02", 900, 3.0, 2.0, None)];
        assert_eq!(with("model m", unknown).status, Status::Open);
    }

    #[test]
    fn among_many_windows_a_rare_one_is_no_discovery() {
        let mut windows: Vec<Window<'_>> = vec![
            ("s=b", "2026-11-02", 600, 0.5, 0.3975, Some(0.025)),
            ("s=b", "2026-11-09", 600, 0.5, 0.3975, Some(0.025)),
        ];
        assert_eq!(with(WATCHED, &windows).subjects(), ["m error"]);
        windows
            .extend(std::iter::repeat_n(("s=a", "2026-11-02", 600, 0.4, 0.4, Some(0.025)), 4000));
        assert_eq!(with(WATCHED, &windows).status, Status::Pass, "5 % of 4,002 tests of p 4e-5");
    }

    #[test]
    fn tails_of_the_normal_distribution() {
        for (z, p) in
            [(0.0, 1.0), (1.0, 0.317_310_5), (1.96, 0.049_995_8), (4.0, 6.334e-5), (8.0, 1.244e-15)]
        {
            let relative: f64 = two_sided(z) / p - 1.0;
            assert!(relative.abs() < 2e-4, "{z}: {}", two_sided(z));
        }
    }
}
