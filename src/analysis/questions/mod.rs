//! The five questions at the end of the paper and its Figure 1, answered with the numbers of one system.
//!
//! Owns: which numbers answer a question, by which formula, from which nodes and rows. Must never know: how
//! they are shown. A number that cannot be had says what is missing and is never a zero. Start reading at
//! [`Questions`].

mod code;
mod impact;

pub use code::{CodeBox, figure_one};
pub use impact::{Impact, cross_impact};

use super::finding::Evidence;
use super::{Context, Witness};
use crate::model::{Attr, EdgeKind, NodeIx, NodeKind, TableKind};
use impact::{changes, impact_figures};

/// Standard errors that an effect must have to be seen four times in five, at one false alarm in twenty:
/// 1.96 + 0.84 (Cohen 1988, "Statistical Power Analysis").
const DETECTABLE: f64 = 2.8;

/// A number with what it rests on.
#[derive(Clone, Debug)]
pub struct Figure {
    pub label: &'static str,
    /// Or what is missing, as completes "not known for want of …".
    pub value: Result<f64, &'static str>,
    pub unit: &'static str,
    /// How it is computed, in words.
    pub formula: &'static str,
    /// Nodes that were counted or measured.
    pub nodes: Vec<NodeIx>,
    pub evidence: Vec<Evidence>,
}

impl Figure {
    fn new(label: &'static str, unit: &'static str, formula: &'static str) -> Self {
        Self { label, value: Ok(0.0), unit, formula, nodes: Vec::new(), evidence: Vec::new() }
    }

    fn count(mut self, nodes: Vec<NodeIx>) -> Self {
        self.value = Ok(nodes.len() as f64);
        self.nodes = nodes;
        self
    }

    fn is(mut self, value: Result<f64, &'static str>) -> Self {
        self.value = value;
        self
    }

    fn rows(mut self, table: TableKind, rows: Vec<u32>) -> Self {
        if !rows.is_empty() {
            self.evidence.push(Evidence::Rows { table, rows });
        }
        self
    }
}

/// The five questions of section 9, asked of one model.
#[derive(Clone, Debug)]
pub struct Questions {
    pub model: NodeIx,
    /// How easily can an entirely new algorithmic approach be tested at full scale?
    pub algorithm: Vec<Figure>,
    /// What is the transitive closure of all data dependencies?
    pub closure: Vec<Figure>,
    /// How precisely can the impact of a new change to the system be measured?
    pub precision: Vec<Figure>,
    /// Effects that were shipped, beside the smallest that can be measured.
    pub effects: Vec<Effect>,
    /// Does improving one model or signal degrade others?
    pub impact: Vec<Figure>,
    /// How quickly can new members of the team be brought up to speed?
    pub onboarding: Vec<Figure>,
}

/// The questions as they stand in the paper, in the order of the fields of [`Questions`].
pub const QUESTIONS: [&str; 5] = [
    "How easily can an entirely new algorithmic approach be tested at full scale?",
    "What is the transitive closure of all data dependencies?",
    "How precisely can the impact of a new change to the system be measured?",
    "Does improving one model or signal degrade others?",
    "How quickly can new members of the team be brought up to speed?",
];

/// A change that a deployment made to the model's own metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Position in the table of deployments.
    pub row: u32,
    /// Positive where the metric got better.
    pub gain: f64,
    /// Whether it is at least the smallest measurable effect; `None` where that is not known.
    pub measurable: Option<bool>,
}

/// Asks the five questions of a model. Linear in its closure and in the rows of deployments.
pub fn ask(context: &Context<'_>, model: NodeIx) -> Questions {
    let closure = closure(context, model);
    let smallest = smallest_effect(context, model);
    Questions {
        model,
        algorithm: algorithm(context, model),
        closure: closure_figures(context, model, &closure),
        effects: effects(context, model, smallest.as_ref().ok().map(|smallest| smallest.effect)),
        precision: precision(context, model, &smallest),
        impact: impact_figures(context, model),
        onboarding: onboarding(context, &closure),
    }
}

/// What must be touched before another algorithm can be tried.
fn algorithm(context: &Context<'_>, model: NodeIx) -> Vec<Figure> {
    let graph = context.graph;
    let packages: Vec<NodeIx> = context
        .edges_into(model, |kind| kind == EdgeKind::Imports)
        .map(|edge| graph.edge(edge).from)
        .collect();
    let is_wrapper = |&package: &NodeIx| {
        context.edges_into(package, |kind| kind == EdgeKind::Wraps).next().is_some()
    };
    let (_, bare): (Vec<NodeIx>, Vec<NodeIx>) = packages.iter().copied().partition(is_wrapper);
    let mut touched = vec![model];
    for package in &bare {
        let importers = context.edges_from(*package, |kind| kind == EdgeKind::Imports);
        touched.extend(importers.map(|edge| graph.edge(edge).to));
    }
    let configs = context
        .edges_into(model, |kind| kind == EdgeKind::Feeds)
        .map(|edge| graph.edge(edge).from)
        .filter(|&node| graph.kind(node) == NodeKind::Config);
    touched.extend(configs);
    let mut seen = rustc_hash::FxHashSet::default();
    touched.retain(|&node| seen.insert(node));
    let (lines, rows) = own_lines(context, model, &["glue", "serving"]);
    let known = if packages.is_empty() {
        Err("the packages that it imports")
    } else {
        Ok(bare.len() as f64)
    };
    vec![
        Figure::new(
            "things to touch",
            "nodes",
            "the model, its configurations, and all that import a package which it calls without a wrapper",
        )
        .count(touched),
        Figure {
            nodes: bare,
            ..Figure::new(
                "adapters to write",
                "adapters",
                "packages that it calls directly and nothing of ours wraps for it",
            )
            .is(known)
        },
        Figure::new("code around it", "lines", "lines of its glue and serving code")
            .is(if rows.is_empty() { Err("lines of code") } else { Ok(lines as f64) })
            .rows(TableKind::LinesOfCode, rows),
    ]
}

/// Lines of the node's own code with one of the roles, and their rows.
fn own_lines(context: &Context<'_>, node: NodeIx, roles: &[&str]) -> (u64, Vec<u32>) {
    let table = &context.graph.tables().lines_of_code;
    let rows = context.measured.lines_node().rows_of(node).iter().copied();
    let rows: Vec<u32> =
        rows.filter(|&row| roles.contains(&&*table[row as usize].row.role)).collect();
    (rows.iter().map(|&row| table[row as usize].row.lines).sum(), rows)
}

/// Everything that the model's data depend on inside the system, nearest first, the model left out.
fn closure(context: &Context<'_>, model: NodeIx) -> Vec<NodeIx> {
    context.supply().ancestors(model.0).into_iter().map(NodeIx).collect()
}

fn closure_figures(context: &Context<'_>, model: NodeIx, closure: &[NodeIx]) -> Vec<Figure> {
    let of_kind = |kind: NodeKind| -> Vec<NodeIx> {
        let graph = context.graph;
        closure.iter().copied().filter(|&node| graph.kind(node) == kind).collect()
    };
    let depth = f64::from(context.supply().depth(model.0));
    vec![
        Figure::new("size", "nodes", "all that data flow from to the model, inside the system")
            .count(closure.to_vec()),
        Figure::new("depth", "steps", "longest way of data to the model; a cycle is one place")
            .is(Ok(depth)),
        Figure::new("sources", "nodes", "sources among them").count(of_kind(NodeKind::Source)),
        Figure::new("other models", "nodes", "models among them").count(of_kind(NodeKind::Model)),
    ]
}

/// The smallest effect that can be told from noise, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
struct Smallest {
    effect: f64,
    sigma: f64,
    samples: f64,
    /// Relative to the metric, not in its unit.
    relative: bool,
    rows: Vec<u32>,
}

/// From the spread of reruns, one a side; else from the last ablation of the model.
fn smallest_effect(context: &Context<'_>, model: NodeIx) -> Result<Smallest, &'static str> {
    let of = |sigma: f64, samples: f64, relative: bool, rows: Vec<u32>| Smallest {
        effect: DETECTABLE * sigma * (2.0 / samples).sqrt(),
        sigma,
        samples,
        relative,
        rows,
    };
    if let Some(sigma) = context.graph.node(model).attrs.number(Attr::RerunSpread) {
        return Ok(of(sigma, 1.0, false, Vec::new()));
    }
    let table = &context.graph.tables().ablation;
    let rows = context.measured.ablation_model().rows_of(model).iter().copied();
    let last = rows.max_by_key(|&row| (table[row as usize].row.date, row));
    let row = last.ok_or("rerun_spread, or rows of ablation")?;
    let measured = &table[row as usize].row;
    let seeds = f64::from(measured.seeds.max(1));
    Ok(of(measured.std_error.abs() * seeds.sqrt(), seeds, true, vec![row]))
}

fn precision(
    context: &Context<'_>,
    model: NodeIx,
    smallest: &Result<Smallest, &'static str>,
) -> Vec<Figure> {
    let figure = |label, unit, formula, value: Result<f64, &'static str>| {
        let mut figure = Figure::new(label, unit, formula).is(value);
        figure.nodes = vec![model];
        figure
    };
    let unit = match smallest {
        Ok(smallest) if smallest.relative => "share of the metric",
        _ => "of the metric",
    };
    let value = |of: fn(&Smallest) -> f64| smallest.as_ref().map(of).map_err(|missing| *missing);
    let mut figures = vec![
        figure("smallest measurable effect", unit, "2.8 σ √(2 / n)", value(|s| s.effect)),
        figure(
            "noise of one measurement (σ)",
            unit,
            "spread of reruns, else standard error of the last ablation × √seeds",
            value(|s| s.sigma),
        ),
        figure(
            "measurements a side (n)",
            "measurements",
            "reruns, or seeds of the ablation",
            value(|s| s.samples),
        ),
    ];
    if let Ok(smallest) = smallest {
        let said = context.graph.node(model).attrs.get(Attr::RerunSpread);
        if let Some(said) = said {
            let label = "spread of reruns".into();
            figures[0].evidence.push(Evidence::Place { label, at: said.at });
        }
        if !smallest.rows.is_empty() {
            let rows = smallest.rows.clone();
            figures[0].evidence.push(Evidence::Rows { table: TableKind::Ablation, rows });
        }
    }
    figures
}

/// Own deployments of the model, oldest first, held against the smallest measurable effect.
fn effects(context: &Context<'_>, model: NodeIx, smallest: Option<f64>) -> Vec<Effect> {
    let relative = context.graph.node(model).attrs.number(Attr::RerunSpread).is_none();
    let effect = |(row, gain, before): (u32, f64, f64)| {
        let size = if relative { (gain / before).abs() } else { gain.abs() };
        Effect { row, gain, measurable: smallest.map(|smallest| size >= smallest) }
    };
    changes(context, model).into_iter().map(effect).collect()
}

/// What somebody new finds written down of what the model rests on.
fn onboarding(context: &Context<'_>, closure: &[NodeIx]) -> Vec<Figure> {
    let graph = context.graph;
    let explained: Vec<NodeIx> = closure
        .iter()
        .copied()
        .filter(|&node| graph.node(node).attrs.text(Attr::Purpose).is_some())
        .collect();
    let share = |part: usize| {
        if closure.is_empty() {
            Err("a closure of its data")
        } else {
            Ok(100.0 * part as f64 / closure.len() as f64)
        }
    };
    let mut owners: Vec<NodeIx> =
        closure.iter().filter_map(|&node| graph.node(node).owner).collect();
    owners.sort_unstable();
    owners.dedup();
    let owned = closure.iter().filter(|&&node| graph.node(node).owner.is_some()).count();
    let languages = languages(context, closure);
    let mut purposes = Figure::new("explained", "% of the closure", "nodes with a purpose")
        .is(share(explained.len()));
    purposes.nodes = explained;
    vec![
        purposes,
        Figure::new("owned", "% of the closure", "nodes with an owner").is(share(owned)),
        Figure::new("owners to talk to", "teams", "different owners in the closure").count(owners),
        Figure::new(
            "languages to read",
            "languages",
            "different languages of nodes and lines of code in the closure",
        )
        .is(if languages == 0 {
            Err("language, or lines of code")
        } else {
            Ok(languages as f64)
        }),
    ]
}

fn languages(context: &Context<'_>, closure: &[NodeIx]) -> usize {
    let table = &context.graph.tables().lines_of_code;
    let mut names: Vec<&str> = Vec::new();
    for &node in closure {
        names.extend(context.graph.node(node).attrs.text(Attr::Language));
        let rows = context.measured.lines_node().rows_of(node).iter();
        names.extend(rows.map(|&row| &*table[row as usize].row.language));
    }
    names.sort_unstable();
    names.dedup();
    names.len()
}

/// The edges of one way of data from `node` to the model, as proof that it is in the closure.
pub fn way_in_closure(context: &Context<'_>, node: NodeIx, model: NodeIx) -> Option<Witness> {
    let graph = context.graph;
    let mut by = rustc_hash::FxHashMap::default();
    let mut open = std::collections::VecDeque::from([model]);
    while let Some(here) = open.pop_front() {
        if here == node {
            break;
        }
        for &edge in
            graph.incoming(here).iter().filter(|&&edge| context.is_supply(graph.edge(edge)))
        {
            let from = graph.edge(edge).from;
            if from != model && !by.contains_key(&from) {
                by.insert(from, edge);
                open.push_back(from);
            }
        }
    }
    let edges: Vec<_> = std::iter::successors(by.get(&node).copied(), |&edge| {
        by.get(&graph.edge(edge).to).copied()
    })
    .collect();
    (!edges.is_empty()).then_some(Witness { edges, closed: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Settings;
    use crate::analysis::testing::{TODAY, ablation, day, graph, graph_with, row};
    use crate::model::{DeploymentRow, SystemGraph};

    fn value(figures: &[Figure], label: &str) -> Result<f64, &'static str> {
        figures.iter().find(|figure| figure.label == label).expect(label).value
    }

    fn with<T>(graph: &SystemGraph, ask: impl FnOnce(&Context<'_>) -> T) -> T {
        let settings = Settings::on(TODAY);
        ask(&Context::new(graph, &settings))
    }

    fn deployed(
        model: &str,
        date: &str,
        before: f64,
        after: f64,
    ) -> crate::model::Row<DeploymentRow> {
        row(DeploymentRow {
            model: model.into(),
            version: "v".into(),
            date: day(date),
            metric: "auc".into(),
            before,
            after,
        })
    }

    const TEXT: &str = "team a\nteam b\nsource s owner=a purpose=x language=sql\njob j owner=b language=go\ndataset d owner=b\nmodel m rerun_spread=0.001\n\
        prediction p\nmodel n\nconfig c\npackage tree\npackage own\npackage bare\njob k\n\
        s -reads-> j\nj -writes-> d\nd -input_to-> m\nm -emits-> p\np -input_to-> n\nc -feeds-> m\n\
        tree -wraps-> own\nown -imports-> m\nbare -imports-> m\nbare -imports-> k\n";

    #[test]
    fn the_cost_of_another_algorithm_counts_what_is_called_without_a_wrapper() {
        let graph = graph(TEXT);
        let m = graph.find("m").expect("m");
        let figures = with(&graph, |context| ask(context, m)).algorithm;
        assert_eq!(value(&figures, "things to touch"), Ok(3.0), "m, k and c");
        assert_eq!(value(&figures, "adapters to write"), Ok(1.0));
        assert!(value(&figures, "code around it").is_err());
    }

    #[test]
    fn the_closure_is_listed_with_its_depth() {
        let graph = graph(TEXT);
        let n = graph.find("n").expect("n");
        let asked = with(&graph, |context| ask(context, n));
        assert_eq!(value(&asked.closure, "size"), Ok(5.0));
        assert_eq!(value(&asked.closure, "depth"), Ok(5.0));
        assert_eq!(value(&asked.closure, "other models"), Ok(1.0));
        assert_eq!(value(&asked.onboarding, "explained"), Ok(20.0));
        assert_eq!(value(&asked.onboarding, "owners to talk to"), Ok(2.0));
        assert_eq!(value(&asked.onboarding, "languages to read"), Ok(2.0));
        let s = graph.find("s").expect("s");
        let way = with(&graph, |context| way_in_closure(context, s, n)).expect("a way");
        assert_eq!(way.edges.len(), 5);
        assert_eq!(with(&graph, |context| way_in_closure(context, n, s)), None);
    }

    #[test]
    fn the_smallest_effect_stands_beside_those_that_were_shipped() {
        let graph = graph_with(TEXT, |tables| {
            tables.deployments = vec![
                deployed("m", "2026-10-01", 0.77, 0.772),
                deployed("m", "2026-11-01", 0.772, 0.782),
            ];
        });
        let m = graph.find("m").expect("m");
        let asked = with(&graph, |context| ask(context, m));
        let smallest = value(&asked.precision, "smallest measurable effect").expect("a spread");
        assert!((smallest - 2.8 * 0.001 * 2f64.sqrt()).abs() < 1e-12);
        let measurable: Vec<_> = asked.effects.iter().map(|effect| effect.measurable).collect();
        assert_eq!(measurable, [Some(false), Some(true)]);
    }

    #[test]
    fn an_ablation_stands_in_for_reruns_and_nothing_is_unknown() {
        let graph = graph_with("signal s\nmodel m\nmodel n\ns -input_to-> m", |tables| {
            tables.ablation = vec![ablation("s", "m", 0.01, 0.002, "2026-10-01")];
        });
        let ask = |id: &str| with(&graph, |context| ask(context, graph.find(id).expect(id)));
        let smallest =
            value(&ask("m").precision, "smallest measurable effect").expect("an ablation");
        assert!((smallest - 2.8 * 0.002 * 2f64.sqrt()).abs() < 1e-12, "σ = 0.002 √5, n = 5");
        assert!(value(&ask("n").precision, "smallest measurable effect").is_err());
        assert!(value(&ask("n").impact, "of them, models that mostly got worse").is_err());
    }

    #[test]
    fn the_matrix_lays_changes_downstream_to_gains_upstream() {
        let graph = graph_with(TEXT, |tables| {
            tables.deployments = vec![
                deployed("m", "2026-09-01", 0.70, 0.71),
                deployed("n", "2026-09-05", 0.80, 0.76),
                deployed("m", "2026-10-01", 0.71, 0.72),
                deployed("n", "2026-10-05", 0.76, 0.72),
                // Long after any gain, and of a model upstream.
                deployed("n", "2026-11-10", 0.72, 0.80),
            ];
        });
        let matrix = with(&graph, cross_impact);
        let [only] = matrix.as_slice() else { panic!("{matrix:?}") };
        assert_eq!((only.gains, only.losses, only.rows.clone()), (2, 2, vec![0, 1, 2, 3]));
        assert!((only.mean_change - (-0.05 - 0.04 / 0.76) / 2.0).abs() < 1e-12);
        let m = graph.find("m").expect("m");
        let asked = with(&graph, |context| ask(context, m));
        assert_eq!(value(&asked.impact, "of them, models that mostly got worse"), Ok(1.0));
    }
}
