//! What must hold of a model's configuration, and whether it does.
//!
//! Owns: requirements, exclusions, latencies and assertions, each evaluated once for the rule that reports
//! them and for the view that draws them. Must never know: a rule, a drawing. Start reading at
//! [`constraints`].

use super::Context;
use crate::model::{Attr, EdgeIx, EdgeKind, NodeIx, NodeKind, Phase};
use std::cmp::Ordering;

/// A model with what is configured for it and what it takes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    pub model: NodeIx,
    pub configs: Vec<NodeIx>,
    pub inputs: Vec<(NodeIx, EdgeIx, Phase)>,
}

impl Parts {
    /// Linear in the edges into the model.
    pub fn of(context: &Context<'_>, model: NodeIx) -> Self {
        let graph = context.graph;
        let mut parts = Self { model, configs: Vec::new(), inputs: Vec::new() };
        for &edge in graph.incoming(model) {
            let from = graph.edge(edge).from;
            match graph.edge(edge).kind {
                EdgeKind::InputTo(phase) => parts.inputs.push((from, edge, phase)),
                EdgeKind::Feeds if graph.kind(from) == NodeKind::Config => {
                    parts.configs.push(from);
                }
                _ => {}
            }
        }
        parts
    }

    /// The model, its configurations and its inputs.
    fn all(&self) -> impl Iterator<Item = NodeIx> {
        let inputs = self.inputs.iter().map(|&(input, ..)| input);
        std::iter::once(self.model).chain(self.configs.iter().copied()).chain(inputs)
    }

    /// The edge by which an input goes in.
    pub fn edge_of(&self, input: NodeIx) -> Option<EdgeIx> {
        self.inputs.iter().find(|&&(other, ..)| other == input).map(|&(_, edge, _)| edge)
    }
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Constraint {
    /// Who says so: an input, a configuration or the model.
    pub says: NodeIx,
    pub what: Demand,
    /// `None` where something is missing to tell.
    pub holds: Option<bool>,
    /// What is, and what must be, where both are numbers.
    pub numbers: Option<(f64, f64)>,
}

/// What is demanded.
#[derive(Clone, Debug, PartialEq)]
pub enum Demand {
    /// A resource or a setting must be there; `given` is less of the same.
    Requires { what: String, given: Option<String> },
    /// Another input must not be taken in at the same time; the edges by which both are.
    Excludes { other: NodeIx, edges: Vec<EdgeIx> },
    /// Latencies must add up to no more than the budget; what each input takes, slowest first.
    Latency { times: Vec<(NodeIx, f64)> },
    /// A fact that a configuration asserts.
    Asserts(Assertion),
}

/// Everything that must hold of a model, in the order of requirements, exclusions, latency, assertions.
/// Linear in the model's inputs and in what they say; an asserted closure costs a walk over it.
pub fn constraints(context: &Context<'_>, model: NodeIx) -> Vec<Constraint> {
    let parts = Parts::of(context, model);
    let mut found = requirements(context, &parts);
    found.extend(exclusions(context, &parts));
    found.extend(latency(context, &parts));
    found.extend(assertions(context, &parts));
    found
}

fn requirements(context: &Context<'_>, parts: &Parts) -> Vec<Constraint> {
    let graph = context.graph;
    let provided = Provided::of(context, parts);
    let mut found = Vec::new();
    for says in parts.all() {
        for what in graph.node(says).attrs.list(Attr::Requires).unwrap_or_default() {
            let given = provided.of_the_same(what);
            let holds = match provided.suffice(what) {
                true => Some(true),
                false => provided.said.then_some(false),
            };
            let numbers = given.and_then(amount).zip(amount(what));
            let demand =
                Demand::Requires { what: what.to_string(), given: given.map(str::to_owned) };
            found.push(Constraint { says, what: demand, holds, numbers });
        }
    }
    found
}

/// What the model, its configurations and its jobs provide, and settings that are on.
struct Provided<'a> {
    items: Vec<&'a str>,
    /// Whether anybody says anything under `provides`.
    said: bool,
}

impl<'a> Provided<'a> {
    fn of(context: &Context<'a>, parts: &Parts) -> Self {
        let graph = context.graph;
        let jobs = context
            .edges_into(parts.model, EdgeKind::is_flow)
            .map(|edge| graph.edge(edge).from)
            .filter(|&from| graph.kind(from) == NodeKind::Job);
        let givers = parts.configs.iter().copied().chain(std::iter::once(parts.model)).chain(jobs);
        let mut provided = Self { items: Vec::new(), said: false };
        for giver in givers {
            let attrs = &graph.node(giver).attrs;
            provided.said |= attrs.has(Attr::Provides);
            let list = attrs.list(Attr::Provides).unwrap_or_default();
            provided.items.extend(list.iter().map(|item| &**item));
            let settings = attrs.settings(Attr::Settings).unwrap_or_default().iter();
            let on = settings.filter(|set| !matches!(&*set.value, "false" | "no" | "off" | "0"));
            provided.items.extend(on.map(|setting| &*setting.key));
        }
        provided
    }

    fn of_the_same(&self, what: &str) -> Option<&'a str> {
        self.items.iter().copied().find(|have| same_resource(have, what))
    }

    fn suffice(&self, what: &str) -> bool {
        self.items.iter().any(|have| suffices(have, what))
    }
}

/// Whether having `have` is having `what`: the same, or more of it.
fn suffices(have: &str, what: &str) -> bool {
    have == what
        || (same_resource(have, what)
            && amount(have).zip(amount(what)).is_some_and(|(have, need)| have >= need))
}

/// Whether two names differ in one number only: `memory_16g` and `memory_64g`.
fn same_resource(a: &str, b: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let without = |text: &str| text.replace(is_digit, "");
    amount(a).is_some() && amount(b).is_some() && without(a) == without(b)
}

/// The first number in a name.
fn amount(name: &str) -> Option<f64> {
    let start = name.find(|c: char| c.is_ascii_digit())?;
    let length = name[start..].find(|c: char| !c.is_ascii_digit() && c != '.');
    name[start..length.map_or(name.len(), |length| start + length)].parse().ok()
}

fn exclusions(context: &Context<'_>, parts: &Parts) -> Vec<Constraint> {
    let graph = context.graph;
    let mut found = Vec::new();
    for says in parts.all() {
        let own = parts.inputs.iter().find(|&&(input, ..)| input == says);
        for name in graph.node(says).attrs.list(Attr::Excludes).unwrap_or_default() {
            let Some(other) = graph.find(name).or_else(|| named(context, parts, name)) else {
                continue;
            };
            let taken_in = parts.inputs.iter().find(|&&(input, _, phase)| {
                input == other && input != says && own.is_none_or(|&(.., mine)| meet(mine, phase))
            });
            let edges = own.into_iter().chain(taken_in).map(|&(_, edge, _)| edge).collect();
            let holds = Some(taken_in.is_none());
            let what = Demand::Excludes { other, edges };
            found.push(Constraint { says, what, holds, numbers: None });
        }
    }
    found
}

/// The input of this name.
fn named(context: &Context<'_>, parts: &Parts, name: &str) -> Option<NodeIx> {
    parts.inputs.iter().map(|&(input, ..)| input).find(|&input| context.name(input) == name)
}

/// Whether two inputs are taken in at the same time.
fn meet(a: Phase, b: Phase) -> bool {
    a == b || a == Phase::Both || b == Phase::Both
}

fn latency(context: &Context<'_>, parts: &Parts) -> Option<Constraint> {
    let of = |node: NodeIx| context.graph.node(node).attrs.number(Attr::LatencyMs);
    let (says, budget) = budget(context, parts)?;
    let mut times: Vec<(NodeIx, f64)> = Vec::new();
    let mut unknown = of(parts.model).is_none();
    for &(input, ..) in parts.inputs.iter().filter(|&&(_, _, phase)| phase != Phase::Train) {
        match of(input).or_else(|| emitter(context, input).and_then(of)) {
            Some(time) => times.push((input, time)),
            None => unknown = true,
        }
    }
    times.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let sum = of(parts.model).unwrap_or(0.0) + times.iter().map(|(_, time)| time).sum::<f64>();
    let holds = if sum > budget { Some(false) } else { (!unknown).then_some(true) };
    Some(Constraint { says, what: Demand::Latency { times }, holds, numbers: Some((sum, budget)) })
}

/// The least of the budgets that are said, and who says it.
fn budget(context: &Context<'_>, parts: &Parts) -> Option<(NodeIx, f64)> {
    let said =
        |node: NodeIx| Some((node, context.graph.node(node).attrs.number(Attr::LatencyBudgetMs)?));
    std::iter::once(parts.model)
        .chain(parts.configs.iter().copied())
        .filter_map(said)
        .min_by(|a, b| a.1.total_cmp(&b.1))
}

/// The model that emits a prediction.
fn emitter(context: &Context<'_>, prediction: NodeIx) -> Option<NodeIx> {
    let edge = context.edges_into(prediction, |kind| kind == EdgeKind::Emits).next()?;
    Some(context.graph.edge(edge).from)
}

fn assertions(context: &Context<'_>, parts: &Parts) -> Vec<Constraint> {
    let mut found = Vec::new();
    for &says in &parts.configs {
        let list = context.graph.node(says).attrs.list(Attr::Assertions).unwrap_or_default();
        for assertion in list.iter().filter_map(|text| Assertion::parse(text)) {
            let value = match assertion.measure {
                Measure::Signals => signals(context, parts),
                Measure::Closure => context.supply().ancestors(parts.model.0).len(),
            } as f64;
            let (holds, bound) = (assertion.holds(value), assertion.bound);
            let (what, numbers) = (Demand::Asserts(assertion), Some((value, bound)));
            found.push(Constraint { says, what, holds: Some(holds), numbers });
        }
    }
    found
}

/// Signals and predictions that the model takes in, each once; answers and weights are none.
fn signals(context: &Context<'_>, parts: &Parts) -> usize {
    let graph = context.graph;
    let is_signal = |&&(input, edge, _): &&(NodeIx, EdgeIx, Phase)| {
        let role = graph.details(edge).attrs().text(Attr::Role);
        matches!(graph.kind(input), NodeKind::Signal | NodeKind::Prediction)
            && !matches!(role, Some("label" | "weight"))
    };
    let mut signals: Vec<NodeIx> =
        parts.inputs.iter().filter(is_signal).map(|&(input, ..)| input).collect();
    signals.sort_unstable();
    signals.dedup();
    signals.len()
}

/// What an assertion speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Signals and predictions that the model takes in.
    Signals,
    /// Everything that the model's data depend on, inside the system.
    Closure,
}

impl Measure {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Signals => "signals",
            Self::Closure => "nodes in the closure",
        }
    }
}

/// A fact that a configuration asserts of its model: `signals = 21`, `closure <= 60`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    pub text: String,
    pub measure: Measure,
    pub bound: f64,
    allowed: &'static [Ordering],
}

/// Longest first, so that `<=` is not read as `<`.
const COMPARISONS: &[(&str, &[Ordering])] = &[
    ("<=", &[Ordering::Less, Ordering::Equal]),
    (">=", &[Ordering::Greater, Ordering::Equal]),
    ("==", &[Ordering::Equal]),
    ("=", &[Ordering::Equal]),
    ("<", &[Ordering::Less]),
    (">", &[Ordering::Greater]),
];

const SIGNALS: &[&str] = &["signals", "features", "inputs"];
const CLOSURE: &[&str] = &["closure", "ancestors", "dependencies"];

impl Assertion {
    /// `None` for what speaks of neither, or has no number.
    pub fn parse(text: &str) -> Option<Self> {
        let (position, sign, allowed) = COMPARISONS
            .iter()
            .find_map(|&(sign, allowed)| Some((text.find(sign)?, sign, allowed)))?;
        let left = text[..position].trim().to_ascii_lowercase();
        let bound: f64 = text[position + sign.len()..].trim().parse().ok()?;
        let has = |words: &[&str]| words.iter().any(|word| left.contains(word));
        let measure = match (has(SIGNALS), has(CLOSURE)) {
            (true, _) => Measure::Signals,
            (_, true) => Measure::Closure,
            _ => return None,
        };
        Some(Self { text: text.trim().to_owned(), measure, bound, allowed })
    }

    pub fn holds(&self, value: f64) -> bool {
        value.partial_cmp(&self.bound).is_some_and(|order| self.allowed.contains(&order))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions_are_read_and_held() {
        let holds = |text: &str, value| Assertion::parse(text).map(|found| found.holds(value));
        assert_eq!(holds("signals = 21", 21.0), Some(true));
        assert_eq!(holds("Number of features>=3", 2.0), Some(false));
        assert_eq!(holds("closure <= 60", 60.0), Some(true));
        assert_eq!(holds("closure < 60", 60.0), Some(false));
        assert_eq!(holds("owner = ads", 1.0), None);
        assert_eq!(holds("signals", 1.0), None);
    }

    #[test]
    fn more_of_a_resource_suffices() {
        assert!(suffices("memory_64g", "memory_64g") && suffices("memory_128g", "memory_64g"));
        assert!(!suffices("memory_16g", "memory_64g") && !suffices("disk_128g", "memory_64g"));
        assert!(suffices("gpu", "gpu") && !suffices("gpu", "cpu"));
    }
}
