//! ENT001, CACE radius.

use crate::analysis::facts::{Components, Condensation, Csr, components_of, marks_reached};
use crate::analysis::words::{counted, listed, percent};
use crate::analysis::{
    Context, Evidence, Finding, Open, Parameter, Rule, RuleMeta, Section, Verdicts, Weight, Witness,
};
use crate::model::{Attr, EdgeIx, NodeIx, NodeKind, TableKind};
use rustc_hash::FxHashMap;

#[derive(Debug)]
pub(super) struct CaceRadius;

static MODEL_SHARE: Parameter = Parameter {
    key: "model_share",
    default: 0.25,
    range: (0.0, 1.0),
    unit: "share of all models",
    doc: "A signal that goes into this many models, of several teams, is found.",
};

static TEAMS: Parameter = Parameter {
    key: "teams",
    default: 2.0,
    range: (1.0, 1000.0),
    unit: "teams",
    doc: "How many teams must own those models.",
};

static IMPORTANCE_SHIFT: Parameter = Parameter {
    key: "importance_shift",
    default: 0.3,
    range: (0.0, 10.0),
    unit: "share of the importance",
    doc: "By how much the importance of the others moves when one signal is taken out.",
};

/// When importances are shares of one, taking a signal out raises all others alike. A shift of less than
/// this beyond that is such arithmetic and no entanglement.
const MERE_RESCALING: f64 = 0.1;

/// Models that one finding names and shows the way to; the rest are counted.
const SHOWN_MODELS: usize = 64;

static META: RuleMeta = RuleMeta {
    code: "ENT001",
    name: "wide reach of one signal",
    section: Section::Entanglement,
    weight: Weight::Warning,
    remedy: "Isolate the models: give them versions of their own, or serve an ensemble of models with fewer signals.",
    verify: "Perturb the signal, retrain, and compare the predictions of every model that it reaches.",
    parameters: &[&MODEL_SHARE, &TEAMS, &IMPORTANCE_SHIFT],
    docs: "\
## What it does
Finds signals that go into a large share of all models, of several teams, directly or through other signals and jobs, and signals
whose removal moves the importance of the others. Join keys are left out: they bring rows together and teach nothing. The reach is open
where the models have no owners; the shift is open without importances that were measured with single signals taken out.

## Why it is bad
Models mix their inputs: changing anything changes everything. A signal that half the company takes in cannot be improved by anybody
without changing what others see, and nobody knows how until it has happened.

## Example
`user_topic` goes into five of twelve models of four teams. It is numbered anew every week.

## How to fix
Give the models versions of their own to move between when they are ready. Where a problem falls into parts, isolate the parts in
models with few signals each and serve them as an ensemble. Watch the predictions for changes.

## How to verify
Perturb the signal, retrain, and compare predictions by slice: only the models that were meant to change have changed.

## References
Sculley et al. 2015, §2, entanglement: changing anything changes everything.
",
};

impl Rule for CaceRadius {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, context: &Context<'_>, verdicts: &mut Verdicts) {
        let shifts = shifts(context);
        if shifts.is_empty() && context.nodes_of(NodeKind::Model).next().is_some() {
            let missing = "importance without single signals";
            verdicts.open(Open { subject: None, missing });
        }
        let reach = Reach::new(context);
        for signal in context.nodes_of(NodeKind::Signal) {
            let attrs = &context.graph.node(signal).attrs;
            if attrs.flag(Attr::JoinKey) == Some(true) || reach.models(signal) == 0 {
                continue;
            }
            if reach.teams(signal) > 0 {
                verdicts.judged();
            } else {
                verdicts.open(Open { subject: Some(signal), missing: "owners of the models" });
            }
            let moved = shifts.get(&signal).map_or(&[][..], Vec::as_slice);
            if let Some(finding) = finding(context, signal, &reach, moved) {
                verdicts.found(finding);
            }
        }
    }
}

/// What every node gets into: through signals, data and jobs, never through another model, whose output is
/// another thing.
struct Reach {
    components: Components,
    /// By component.
    models: Vec<u32>,
    teams: Vec<u32>,
    all_models: u32,
}

impl Reach {
    /// Cost as of [`marks_reached`], with the models and their teams as marks.
    fn new(context: &Context<'_>) -> Self {
        let graph = context.graph;
        let nodes = graph.nodes().len();
        let arcs: Vec<(u32, u32)> = graph
            .edges()
            .iter()
            .filter(|edge| Context::carries_data(edge.kind) && passes(context, edge.from))
            .filter(|edge| passes(context, edge.to) || ends(context, edge.to))
            .map(|edge| (edge.from.0, edge.to.0))
            .collect();
        let csr = Csr::new(nodes, arcs.into_iter());
        let components = components_of(&csr);
        let condensation = Condensation::new(&csr, &components);
        let all: Vec<NodeIx> = context.nodes_of(NodeKind::Model).collect();
        let mut owners: Vec<NodeIx> =
            all.iter().filter_map(|&model| graph.node(model).owner).collect();
        owners.sort_unstable();
        owners.dedup();
        let (all_models, all_teams) = (all.len() as u32, owners.len() as u32);
        let models = all.iter().zip(0..).map(|(&model, mark)| (model.0, mark));
        let models = marks_reached(&condensation, &components, all_models, models);
        let team_of = |model: NodeIx| owners.binary_search(&graph.node(model).owner?).ok();
        let teams = all.iter().filter_map(|&model| Some((model.0, team_of(model)? as u32)));
        let teams = marks_reached(&condensation, &components, all_teams, teams);
        Self { components, models, teams, all_models }
    }

    fn models(&self, node: NodeIx) -> u32 {
        self.models[self.components.of(node.0) as usize]
    }

    fn teams(&self, node: NodeIx) -> u32 {
        self.teams[self.components.of(node.0) as usize]
    }
}

fn passes(context: &Context<'_>, node: NodeIx) -> bool {
    let kind = context.graph.kind(node);
    matches!(kind, NodeKind::Signal | NodeKind::Dataset | NodeKind::Job)
}

fn ends(context: &Context<'_>, node: NodeIx) -> bool {
    context.graph.kind(node) == NodeKind::Model && context.graph.node(node).defined
}

/// The nearest models that a signal gets into, with the way there, and no more than are shown.
fn nearest_models(context: &Context<'_>, signal: NodeIx) -> Vec<(NodeIx, Vec<EdgeIx>)> {
    let graph = context.graph;
    let mut entered: FxHashMap<NodeIx, Option<EdgeIx>> = FxHashMap::default();
    entered.insert(signal, None);
    let mut open = vec![signal];
    let mut models = Vec::new();
    let mut next = 0;
    while let Some(&here) = open.get(next).filter(|_| models.len() < SHOWN_MODELS) {
        next += 1;
        for edge in context.edges_from(here, Context::carries_data) {
            let to = graph.edge(edge).to;
            let is_end = ends(context, to);
            if (is_end || passes(context, to)) && !entered.contains_key(&to) {
                entered.insert(to, Some(edge));
                if is_end { &mut models } else { &mut open }.push(to);
            }
        }
    }
    models.truncate(SHOWN_MODELS);
    let entered = |node| entered.get(&node).copied().flatten();
    models.into_iter().map(|model| (model, context.way_to(model, entered))).collect()
}

/// How much the importance of the other signals of a model moves without one.
struct Shift {
    model: NodeIx,
    /// Σ|Δ| over Σ, as of the specification.
    share: f64,
    rows: Vec<u32>,
}

/// All measured shifts by the signal that was taken out; near-linear in the importance table.
fn shifts(context: &Context<'_>) -> FxHashMap<NodeIx, Vec<Shift>> {
    let columns = &context.measured;
    let mut rows_of: FxHashMap<(NodeIx, NodeIx), Vec<u32>> = FxHashMap::default();
    for row in 0..context.graph.tables().importance.len() as u32 {
        if let (Some(without), Some(model)) =
            (columns.importance_without().node(row), columns.importance_model().node(row))
        {
            rows_of.entry((without, model)).or_default().push(row);
        }
    }
    let mut keys: Vec<(NodeIx, NodeIx)> = rows_of.keys().copied().collect();
    keys.sort_unstable();
    let mut shifts: FxHashMap<NodeIx, Vec<Shift>> = FxHashMap::default();
    for (without, model) in keys {
        if let Some(share) = shift(context, without, model, &rows_of[&(without, model)]) {
            let rows = rows_of.remove(&(without, model)).unwrap_or_default();
            shifts.entry(without).or_default().push(Shift { model, share, rows });
        }
    }
    shifts
}

/// `None` where the model's importances with everything in are not known.
fn shift(context: &Context<'_>, without: NodeIx, model: NodeIx, rows: &[u32]) -> Option<f64> {
    let usefulness = context.usefulness();
    let both: Vec<(f64, f64)> = rows
        .iter()
        .filter_map(|&row| {
            let signal = context.measured.importance_signal().node(row)?;
            let after = context.graph.tables().importance[row as usize].row.importance;
            Some((usefulness.importance(signal, model)?, after)).filter(|_| signal != without)
        })
        .collect();
    let sum = |side: fn(&(f64, f64)) -> f64| both.iter().map(side).sum::<f64>();
    let (before, after) = (sum(|pair| pair.0), sum(|pair| pair.1));
    let moved = |scale: f64| both.iter().map(|(b, a)| (a - b * scale).abs()).sum::<f64>();
    if before <= 0.0 || after <= 0.0 {
        return None;
    }
    let beyond_scale = moved(after / before) / after;
    let own = usefulness.importance(without, model).unwrap_or(0.0);
    let are_shares = (before + own - after).abs() <= 0.02 * after;
    Some(if are_shares && beyond_scale < MERE_RESCALING { 0.0 } else { moved(1.0) / before })
}

fn finding(
    context: &Context<'_>,
    signal: NodeIx,
    reach: &Reach,
    shifts: &[Shift],
) -> Option<Finding> {
    let least_shift = context.value(&META, &IMPORTANCE_SHIFT);
    let moved: Vec<&Shift> = shifts.iter().filter(|shift| shift.share >= least_shift).collect();
    let (models, teams) = (reach.models(signal), reach.teams(signal));
    let share = f64::from(models) / f64::from(reach.all_models);
    let (least_share, least_teams) =
        (context.value(&META, &MODEL_SHARE), context.value(&META, &TEAMS));
    let wide = share >= least_share && f64::from(teams) >= least_teams;
    let nearest = if wide { nearest_models(context, signal) } else { Vec::new() };
    let mut parts = Vec::new();
    if wide {
        let mut names: Vec<&str> =
            nearest.iter().filter_map(|(model, _)| context.owner(*model)).collect();
        names.sort_unstable();
        names.dedup();
        parts.push(format!(
            "reaches {models} of {} of {} ({})",
            counted(reach.all_models as usize, "model", "models"),
            counted(teams as usize, "team", "teams"),
            listed(names)
        ));
    }
    for shift in &moved {
        let model = context.name(shift.model);
        parts.push(format!(
            "moves {} of the importance of the other signals of `{model}` when it is taken out",
            percent(shift.share)
        ));
    }
    if parts.is_empty() {
        return None;
    }
    let message = format!("Signal `{}` {}", context.name(signal), parts.join("; it "));
    let mut finding = Finding::new(&META, context.graph, signal, message);
    if wide {
        finding = finding
            .number("share of the models that it reaches", share, least_share, "")
            .number("teams that own them", f64::from(teams), least_teams, "teams")
            .magnitude((share / least_share.max(f64::EPSILON)).max(1.0));
        for (model, way) in nearest {
            let label = ("reaches", model).into();
            let witness = Witness { edges: way, closed: false };
            finding = finding.with("model", model).because(Evidence::Walk { label, witness });
        }
    }
    for shift in moved {
        let label = ("shift of importance in", shift.model);
        finding = finding
            .with("entangled", shift.model)
            .number(label, shift.share, least_shift, "")
            .because(Evidence::Rows { table: TableKind::Importance, rows: shift.rows.clone() });
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Status;
    use crate::analysis::testing::{Judged, graph_with, judge, judge_graph, row};
    use crate::model::ImportanceRow;

    const EIGHT: &str = "model a owner=ads\nmodel b owner=web\nmodel c owner=ads\nmodel d owner=ads\n\
        model e owner=ads\nmodel f owner=ads\nmodel g owner=ads\nmodel h owner=ads\n";

    fn judged(text: &str) -> Judged {
        judge(&CaceRadius, &format!("{EIGHT}{text}"))
    }

    #[test]
    fn fires_when_a_quarter_of_the_models_of_two_teams_take_it_in() {
        let found = judged("signal s\ns -input_to-> a\ns -input_to-> b");
        assert_eq!(found.subjects(), ["s warning"]);
        assert_eq!(found.others("model"), ["a", "b"]);
        assert!(found.message(0).contains("2 of 8 models of 2 teams (`ads` and `web`)"));
    }

    #[test]
    fn reach_leads_through_signals_and_jobs_and_ends_at_models() {
        let found = judged(
            "signal s\njob j\nsignal t\ns -reads-> j\nj -writes-> t\nt -input_to-> a\nt -input_to-> b\n\
             prediction p\na -emits-> p\np -input_to-> c",
        );
        assert_eq!(found.subjects(), ["s warning", "t warning"]);
        assert!(
            found.findings[0]
                .others
                .iter()
                .all(|(_, node)| *node != found.graph.find("c").expect("c"))
        );
    }

    #[test]
    fn is_silent_on_join_keys_one_team_and_a_smaller_share() {
        for text in [
            "signal s join_key=yes\ns -input_to-> a\ns -input_to-> b",
            "signal s\ns -input_to-> a\ns -input_to-> c",
            "model i owner=ads\nsignal s\ns -input_to-> a\ns -input_to-> b",
        ] {
            assert!(judged(text).findings.is_empty(), "{text}");
        }
    }

    #[test]
    fn without_owners_or_models_it_is_open() {
        let text = "model a\nmodel b\nsignal s\ns -input_to-> a\ns -input_to-> b";
        assert_eq!(judge(&CaceRadius, text).status, Status::Open);
        assert_eq!(judge(&CaceRadius, "signal s").status, Status::Open);
    }

    /// A model of one team with three signals, and what they weigh with all in and without `s`.
    fn weighed(before: [f64; 3], after: [f64; 2]) -> Judged {
        let text = "model m owner=ads\nsignal s\nsignal t\nsignal u\ns -input_to-> m\nt -input_to-> m\nu -input_to-> m";
        let importance = |signal: &str, importance: f64, without: Option<&str>| {
            row(ImportanceRow {
                model: "m".into(),
                signal: signal.into(),
                importance,
                without: without.map(Into::into),
            })
        };
        let graph = graph_with(text, |tables| {
            tables.importance = vec![
                importance("s", before[0], None),
                importance("t", before[1], None),
                importance("u", before[2], None),
                importance("t", after[0], Some("s")),
                importance("u", after[1], Some("s")),
            ];
        });
        judge_graph(&CaceRadius, graph)
    }

    #[test]
    fn fires_when_the_others_shift_without_it() {
        let found = weighed([0.2, 0.5, 0.3], [0.3, 0.5]);
        assert_eq!(found.subjects(), ["s warning"]);
        assert_eq!(found.others("entangled"), ["m"]);
        assert!(weighed([0.2, 0.5, 0.3], [0.6, 0.4]).findings.is_empty(), "a quarter");
    }

    #[test]
    fn shares_that_only_fill_the_gap_are_no_shift() {
        let found = weighed([0.4, 0.36, 0.24], [0.6, 0.4]);
        assert!(found.findings.is_empty(), "both rose by two thirds because one is gone");
    }
}
