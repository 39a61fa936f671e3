//! Deployments of one model that come before shifts in the bias of another.

use crate::analysis::Context;
use crate::analysis::context::days_between;
use crate::analysis::facts::{Csr, Search};
use crate::analysis::loops::arena::carries;
use crate::analysis::measured::{is_whole, standard_error};
use crate::model::{NodeIx, NodeKind, PredictionStatsRow};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// So many of the last deployments are looked at; this and the next number are the specification's.
const DEPLOYMENTS: usize = 5;
/// So many of them must come before a shift, each before another.
const LEAST_SHIFTS: usize = 3;
/// Days within which a shift follows a deployment, as within which DEP003 wants a change to be evaluated.
const FOLLOWS: i64 = 7;
/// A change of the bias is a shift from so many standard errors on, as for MON001…
const LEAST_Z: f64 = 4.0;
/// …where it is at least this part of the labels, half of the bias that MON001 finds: what it moved from may have
/// been off the other way.
const LEAST_CHANGE: f64 = 0.05;
/// In fewer days than four weeks weekly deployments cannot be told from chance.
const LEAST_DAYS: i64 = 28;
/// Share of moved dates that may do as well: the usual level of a test.
const MOST_CHANCE: f64 = 0.05;

/// What speaks for it that one model moves the bias of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Precedence {
    /// Deployments that a shift follows, as rows of `deployments`.
    pub deployments: Vec<u32>,
    /// The shifts, as the rows of `prediction_stats` at which they are seen.
    pub statistics: Vec<u32>,
    /// How many deployments were looked at.
    pub of: usize,
    /// Share of all ways to move the deployments together through time that do as well.
    pub chance: f64,
}

impl Precedence {
    /// In words.
    pub fn text(&self) -> String {
        format!(
            "{} of its last {} deployments come before a shift of the bias (by chance: {:.0} %)",
            self.deployments.len(),
            self.of,
            100.0 * self.chance,
        )
    }
}

/// Pairs of models, the second of which shifts after deployments of the first, by their position. The first must
/// reach something outside: what nobody reads or acts on moves nothing.
///
/// Shifts within [`FOLLOWS`] days of the second's own deployment are its own. The deployments are moved through
/// the days of the statistics, all by as much and round the end; where more than one place in twenty does as well,
/// it may be chance. The order of their distances stays, because teams deploy weekly.
pub(super) fn by_deployments(context: &Context<'_>) -> Vec<(NodeIx, NodeIx, Precedence)> {
    let histories = histories(context);
    let mut shifted: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (position, history) in histories.iter().enumerate() {
        for &(day, _) in &history.shifts {
            shifted.entry(day).or_default().push(position);
        }
    }
    let mut found = Vec::new();
    if shifted.is_empty() {
        return found;
    }
    let mut outside = Outside::new(context);
    for model in context.measured.deployment_model().spoken_of() {
        let deployed = deployed(context, model);
        let mut near: BTreeMap<usize, usize> = BTreeMap::new();
        for &(day, _) in &deployed {
            for &position in shifted.range(day..=day + FOLLOWS).flat_map(|(_, all)| all) {
                *near.entry(position).or_default() += 1;
            }
        }
        let near = near.into_iter().filter(|&(_, times)| times >= LEAST_SHIFTS);
        for history in near.map(|(position, _)| &histories[position]) {
            if history.model != model
                && let Some(precedence) = history.after(&deployed)
                && outside.is_reached_by(model)
            {
                found.push((model, history.model, precedence));
            }
        }
    }
    found.sort_by_key(|&(from, to, _)| (from, to));
    found
}

/// When the bias of a model shifted, by its statistics.
struct History {
    model: NodeIx,
    /// Days, and rows at which they are seen, earliest first; each day once.
    shifts: Vec<(i64, u32)>,
    first: i64,
    last: i64,
}

/// Models with enough shifts that are not their own.
fn histories(context: &Context<'_>) -> Vec<History> {
    let statistics = context.measured.stats_model();
    let known = statistics.spoken_of().filter(|&node| context.graph.node(node).defined);
    known
        .filter(|&node| context.graph.kind(node) == NodeKind::Model)
        .map(|model| History::of(context, model))
        .filter(|history| {
            history.shifts.len() >= LEAST_SHIFTS && history.last - history.first >= LEAST_DAYS
        })
        .collect()
}

impl History {
    fn of(context: &Context<'_>, model: NodeIx) -> Self {
        let table = &context.graph.tables().prediction_stats;
        let own = context.measured.stats_model().rows_of(model);
        let mut rows: Vec<(i64, u32, &PredictionStatsRow)> = own
            .iter()
            .map(|&at| (at, &table[at as usize].row))
            .filter(|(_, row)| is_whole(&row.slice))
            .map(|(at, row)| (number(row.date), at, row))
            .collect();
        rows.sort_by_key(|&(day, at, _)| (day, at));
        rows.dedup_by_key(|&mut (day, ..)| day);
        let own_changes = deployed(context, model);
        let is_own = |day: i64| own_changes.iter().any(|&(own, _)| follows(own, day));
        let shifts = rows
            .windows(2)
            .filter(|pair| is_shift(pair[0].2, pair[1].2) && !is_own(pair[1].0))
            .map(|pair| (pair[1].0, pair[1].1))
            .collect();
        let ends = (rows.first().map_or(0, |row| row.0), rows.last().map_or(0, |row| row.0));
        Self { model, shifts, first: ends.0, last: ends.1 }
    }

    /// What speaks for it that these deployments, earliest first, shifted it.
    fn after(&self, deployed: &[(i64, u32)]) -> Option<Precedence> {
        let known = deployed.iter().filter(|(day, _)| (self.first..=self.last).contains(day));
        let mut last: Vec<(i64, u32)> = known.rev().take(DEPLOYMENTS).copied().collect();
        last.reverse();
        let met = self.met(last.iter().map(|&(day, _)| day));
        if met.len() < LEAST_SHIFTS {
            return None;
        }
        let days = self.last - self.first + 1;
        let moved = |by: i64| {
            let round = |day: i64| self.first + (day - self.first + by) % days;
            let mut moved: Vec<i64> = last.iter().map(|&(day, _)| round(day)).collect();
            moved.sort_unstable();
            self.met(moved.into_iter()).len() >= met.len()
        };
        let chance = (0..days).filter(|&by| moved(by)).count() as f64 / days as f64;
        (chance <= MOST_CHANCE).then(|| Precedence {
            deployments: met.iter().map(|&(deployment, _)| last[deployment].1).collect(),
            statistics: met.iter().map(|&(_, shift)| self.shifts[shift].1).collect(),
            of: last.len(),
            chance,
        })
    }

    /// Deployments on these days, earliest first, each with the first shift that follows it and no earlier one.
    fn met(&self, days: impl Iterator<Item = i64>) -> Vec<(usize, usize)> {
        let mut met = Vec::new();
        let mut next = 0;
        for (deployment, day) in days.enumerate() {
            let from = next.max(self.shifts.partition_point(|&(shift, _)| shift < day));
            if self.shifts.get(from).is_some_and(|&(shift, _)| follows(day, shift)) {
                met.push((deployment, from));
                next = from + 1;
            }
        }
        met
    }
}

fn follows(deployment: i64, shift: i64) -> bool {
    (0..=FOLLOWS).contains(&(shift - deployment))
}

/// Whether the bias changed from one row to the next by more than their errors and enough to matter.
fn is_shift(before: &PredictionStatsRow, after: &PredictionStatsRow) -> bool {
    let (Some(a), Some(b)) = (standard_error(before), standard_error(after)) else { return false };
    let difference = |row: &PredictionStatsRow| row.mean_prediction - row.mean_label;
    let change = (difference(after) - difference(before)).abs();
    change >= LEAST_Z * a.hypot(b) && change >= LEAST_CHANGE * after.mean_label.abs()
}

/// Deployments of a model by day, with their rows; each day once.
fn deployed(context: &Context<'_>, model: NodeIx) -> Vec<(i64, u32)> {
    let table = &context.graph.tables().deployments;
    let rows = context.measured.deployment_model().rows_of(model);
    let mut deployed: Vec<(i64, u32)> =
        rows.iter().map(|&at| (number(table[at as usize].row.date), at)).collect();
    deployed.sort_unstable();
    deployed.dedup_by_key(|&mut (day, _)| day);
    deployed
}

/// Days since the first of January of the year 0.
fn number(day: Date) -> i64 {
    let start = jiff::civil::date(0, 1, 1);
    i64::from(days_between(start, day))
}

/// Who reaches something outside the system.
struct Outside {
    flow: Csr,
    search: Search,
    is_outside: Vec<bool>,
}

impl Outside {
    fn new(context: &Context<'_>) -> Self {
        let nodes = context.graph.nodes().len();
        let flow = context.graph.edges().iter().filter(|edge| carries(context.graph, edge));
        let is_outside = |kind: &NodeKind| {
            matches!(kind, NodeKind::Surface | NodeKind::Action | NodeKind::Consumer)
        };
        Self {
            flow: Csr::new(nodes, flow.map(|edge| (edge.from.0, edge.to.0))),
            search: Search::new(nodes),
            is_outside: context.graph.kinds().iter().map(is_outside).collect(),
        }
    }

    fn is_reached_by(&mut self, model: NodeIx) -> bool {
        let found = self.search.within(&self.flow, model.0, u32::MAX);
        found.iter().any(|&(node, _)| self.is_outside[node as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::loops::{Influence, Loops, Reason};
    use crate::analysis::testing::{TODAY, day, graph_with, row};
    use crate::analysis::{Settings, rules::RULES};
    use crate::model::{DeploymentRow, SystemGraph};

    /// Two shops that know nothing of one another; `b` learns from what its own customers do.
    const SHOPS: &str = "model a owner=one\nmodel b owner=two\nprediction p\nprediction q\nsurface s\nsurface t\n\
        dataset x\ndataset y\na -emits-> p\nb -emits-> q\np -acts_on-> s\nq -acts_on-> t\ns -logged_as-> x\n\
        t -logged_as-> y\nx -input_to_train-> a\ny -input_to_train-> b\n";

    /// Weekly statistics of `b`, its bias on the other side from each of these weeks on.
    fn system(text: &str, deployed: &[(&str, &str)], shifts: &[usize]) -> SystemGraph {
        graph_with(text, |tables| {
            let deployment = |&(model, date): &(&str, &str)| {
                row(DeploymentRow {
                    model: model.into(),
                    version: date.into(),
                    date: day(date),
                    metric: "auc".into(),
                    before: 0.7,
                    after: 0.7,
                })
            };
            tables.deployments = deployed.iter().map(deployment).collect();
            let mut bias = 0.0;
            let weeks = (0..30).map(|week: usize| {
                if shifts.contains(&week) {
                    bias = if bias > 0.0 { 0.0 } else { 0.02 };
                }
                row(PredictionStatsRow {
                    model: "b".into(),
                    version: None,
                    slice: "all".into(),
                    date: day("2026-01-05") + jiff::Span::new().weeks(week as i64),
                    n: 100_000,
                    mean_prediction: 0.1 + bias,
                    mean_label: 0.1,
                    std_error: None,
                    psi: None,
                })
            });
            tables.prediction_stats = weeks.collect();
        })
    }

    fn inferred(graph: &SystemGraph) -> Vec<Influence> {
        let settings = Settings::on(TODAY);
        Loops::of(&Context::new(graph, &settings)).influences
    }

    /// The Fridays before the weeks 4, 11, 16, 19 and 25.
    const DEPLOYED: [(&str, &str); 5] = [
        ("a", "2026-01-30"),
        ("a", "2026-03-20"),
        ("a", "2026-04-24"),
        ("a", "2026-05-15"),
        ("a", "2026-06-26"),
    ];

    #[test]
    fn shifts_after_three_of_five_deployments_are_suspected() {
        let graph = system(SHOPS, &DEPLOYED, &[4, 11, 25]);
        let found = inferred(&graph);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].from, found[0].to),
            (graph.find("a").unwrap(), graph.find("b").unwrap())
        );
        assert!((found[0].confidence - 0.7).abs() < 1e-9);
        let Reason::Deployments(precedence) = &found[0].reasons[0] else { panic!("{found:?}") };
        assert_eq!(
            (precedence.deployments.as_slice(), precedence.statistics.as_slice()),
            (&[0, 1, 4][..], &[4, 11, 25][..])
        );
        assert!(precedence.text().starts_with("3 of its last 5 deployments"));
    }

    #[test]
    fn two_of_five_and_shifts_all_the_time_are_not() {
        assert!(inferred(&system(SHOPS, &DEPLOYED, &[4, 11])).is_empty());
        let always: Vec<usize> = (1..30).collect();
        assert!(inferred(&system(SHOPS, &DEPLOYED, &always)).is_empty(), "any day would do");
    }

    #[test]
    fn shifts_after_own_deployments_are_its_own() {
        let own = DEPLOYED.map(|(_, date)| ("b", date));
        let both: Vec<(&str, &str)> = DEPLOYED.into_iter().chain(own).collect();
        assert!(inferred(&system(SHOPS, &both, &[4, 11, 16, 19, 25])).is_empty());
    }

    #[test]
    fn what_reaches_nobody_moves_nothing() {
        let alone = SHOPS.replace("p -acts_on-> s\n", "");
        assert!(inferred(&system(&alone, &DEPLOYED, &[4, 11, 16, 19, 25])).is_empty());
    }

    #[test]
    fn both_ways_make_a_loop_to_review_with_its_rows() {
        let text = format!("{SHOPS}t -influences_inferred-> s confidence=0.8\n");
        let graph = system(&text, &DEPLOYED, &[4, 11, 16, 19]);
        let rule = RULES.iter().find(|rule| rule.meta().code == "FBK003").expect("FBK003");
        let judged = crate::analysis::testing::judge_graph(*rule, graph);
        assert_eq!(judged.subjects(), ["a review"]);
        let evidence = format!("{:?}", judged.findings[0].evidence);
        assert!(
            evidence.contains("Deployments") && evidence.contains("PredictionStats"),
            "{evidence}"
        );
    }
}
