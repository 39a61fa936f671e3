//! What a model loses without a signal, and which signals stand in for one another.
//!
//! Owns: the ablation, correlation and importance tables in the order in which rules ask for them, and the
//! one order by which all rules decide which of two signals stays, so that never both go. Must never know:
//! a rule. Start reading at [`Usefulness`].

use super::Context;
use crate::model::{AblationRow, Attr, CorrelationRow, EdgeKind, NodeIx, Row, SystemGraph};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use std::cmp::Reverse;

/// How the ablation table names all signals of a bundle taken out together.
const BUNDLE_PREFIX: &str = "bundle:";

/// Bounds of 95 % of a normal distribution, as standard errors from its middle.
const ERRORS_OF_95_PERCENT: f64 = 1.96;

/// One measurement of what a model loses.
#[derive(Clone, Copy, Debug)]
pub struct Loss<'a> {
    /// Position in the ablation table.
    pub row: u32,
    pub measured: &'a AblationRow,
}

impl Loss<'_> {
    /// The gain is smaller than this in 95 of 100 measurements.
    pub fn upper(&self) -> f64 {
        self.measured.delta + ERRORS_OF_95_PERCENT * self.measured.std_error.abs()
    }

    /// The gain is larger than this in 95 of 100 measurements.
    pub fn lower(&self) -> f64 {
        self.measured.delta - ERRORS_OF_95_PERCENT * self.measured.std_error.abs()
    }
}

/// Two signals that move together.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The lower index first.
    pub ends: (NodeIx, NodeIx),
    /// Positions in the correlation table, by window.
    pub rows: Vec<u32>,
    /// Of the rows over all slices, or of those in slices where there are no others: the strongest.
    pub strongest: f64,
    /// The last window's.
    pub latest: f64,
    /// By how much it differs at most between two windows.
    pub moved: f64,
}

impl Pair {
    /// The other one.
    pub fn partner(&self, of: NodeIx) -> NodeIx {
        if self.ends.0 == of { self.ends.1 } else { self.ends.0 }
    }
}

/// The tables on single signals, by signal and model.
#[derive(Debug)]
pub struct Usefulness<'a> {
    graph: &'a SystemGraph,
    /// By signal and model: rows of the ablation table, oldest first.
    losses: FxHashMap<(NodeIx, NodeIx), Vec<u32>>,
    /// By bundle and model: the row of the last ablation of the whole bundle.
    bundles: FxHashMap<(&'a str, NodeIx), u32>,
    /// By signal and model: the row of the importance table with nothing taken out.
    importance: FxHashMap<(NodeIx, NodeIx), u32>,
    pairs: Vec<Pair>,
    /// By signal: positions in `pairs`.
    pairs_of: FxHashMap<NodeIx, Vec<u32>>,
}

impl<'a> Usefulness<'a> {
    /// Sorts the tables; near-linear in their rows.
    pub(super) fn new(context: &Context<'a>) -> Self {
        let (pairs, pairs_of) = pairs(context);
        Self {
            graph: context.graph,
            losses: losses(context),
            bundles: bundles(context),
            importance: importance(context),
            pairs,
            pairs_of,
        }
    }

    /// All measurements of a signal in a model, oldest first.
    pub fn losses(
        &self,
        signal: NodeIx,
        model: NodeIx,
    ) -> impl DoubleEndedIterator<Item = Loss<'a>> {
        let rows = self.losses.get(&(signal, model)).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|&row| self.loss(row))
    }

    /// The last measurement of a signal in a model.
    pub fn last_loss(&self, signal: NodeIx, model: NodeIx) -> Option<Loss<'a>> {
        self.losses(signal, model).next_back()
    }

    /// The last measurement of all of a bundle's signals together.
    pub fn bundle_loss(&self, bundle: &str, model: NodeIx) -> Option<Loss<'a>> {
        self.bundles.get(&(bundle, model)).map(|&row| self.loss(row))
    }

    /// The row of the importance of a signal in a model with nothing taken out.
    pub fn importance_row(&self, signal: NodeIx, model: NodeIx) -> Option<u32> {
        self.importance.get(&(signal, model)).copied()
    }

    /// Importance of a signal in a model by the table, 0 to 1.
    pub fn importance(&self, signal: NodeIx, model: NodeIx) -> Option<f64> {
        let row = self.importance_row(signal, model)?;
        Some(self.graph.tables().importance[row as usize].row.importance)
    }

    /// All pairs of which a correlation is known, by the index of their ends.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Pairs that a signal is in.
    pub fn pairs_of(&self, signal: NodeIx) -> impl Iterator<Item = &Pair> {
        let found = self.pairs_of.get(&signal).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&position| &self.pairs[position as usize])
    }

    /// A pair by its ends, in any order.
    pub fn pair(&self, a: NodeIx, b: NodeIx) -> Option<&Pair> {
        let ends = (a.min(b), a.max(b));
        let found = self.pairs.binary_search_by_key(&ends, |pair| pair.ends).ok()?;
        Some(&self.pairs[found])
    }

    /// A signal of `signals` that moves with `signal` and is not missed alone either: while both are in,
    /// that neither is missed says nothing about what they are worth together.
    pub fn stand_in(
        &self,
        signal: NodeIx,
        model: NodeIx,
        signals: &FxHashSet<NodeIx>,
        least_correlation: f64,
        most_loss: f64,
    ) -> Option<&Pair> {
        self.pairs_of(signal).find(|pair| {
            let partner = pair.partner(signal);
            pair.strongest.abs() >= least_correlation
                && signals.contains(&partner)
                && self
                    .last_loss(partner, model)
                    .is_none_or(|loss| loss.measured.delta <= most_loss)
        })
    }

    fn loss(&self, row: u32) -> Loss<'a> {
        Loss { row, measured: &self.graph.tables().ablation[row as usize].row }
    }
}

/// Sorts the signals of one thing so that the one to keep comes first: one that stays before one that is on
/// its way out or whose producer is, then the one that is known to be causal, then the newer, the more
/// important, the lower id. All rules that propose to remove a signal ask here, so never both go.
pub(super) fn keep_order(context: &Context<'_>, signal: NodeIx) -> impl Ord + use<> {
    let node = context.graph.node(signal);
    let introduced = node.attrs.date(Attr::Introduced).unwrap_or(Date::MIN);
    let importance = context
        .edges_from(signal, |kind| matches!(kind, EdgeKind::InputTo(_)))
        .filter_map(|edge| context.graph.details(edge).attrs().number(Attr::Importance))
        .fold(0.0, f64::max);
    (
        is_leaving(context, signal),
        node.attrs.flag(Attr::Causal) != Some(true),
        Reverse(introduced),
        // Millionths, because numbers with a point have no total order.
        Reverse((importance * 1e6) as u64),
        node.id.clone(),
    )
}

/// Whether a signal, or something that makes it, is deprecated or has a day of deletion.
fn is_leaving(context: &Context<'_>, signal: NodeIx) -> bool {
    let says = |node: NodeIx| {
        let attrs = &context.graph.node(node).attrs;
        attrs.date(Attr::Deprecated).is_some() || attrs.date(Attr::Expires).is_some()
    };
    says(signal) || context.producers(signal).any(|(producer, _)| says(producer))
}

fn losses(context: &Context<'_>) -> FxHashMap<(NodeIx, NodeIx), Vec<u32>> {
    let rows = &context.graph.tables().ablation;
    let (signals, models) = (context.measured.ablation_signal(), context.measured.ablation_model());
    let mut losses: FxHashMap<(NodeIx, NodeIx), Vec<u32>> = FxHashMap::default();
    for row in 0..rows.len() as u32 {
        if let (Some(signal), Some(model)) = (signals.node(row), models.node(row)) {
            losses.entry((signal, model)).or_default().push(row);
        }
    }
    for of_one in losses.values_mut() {
        of_one.sort_by_key(|&row| rows[row as usize].row.date);
    }
    losses
}

fn bundles<'a>(context: &Context<'a>) -> FxHashMap<(&'a str, NodeIx), u32> {
    let rows: &'a [Row<AblationRow>] = &context.graph.tables().ablation;
    let mut bundles: FxHashMap<(&str, NodeIx), u32> = FxHashMap::default();
    for (position, Row { row, .. }) in rows.iter().enumerate() {
        let bundle = row.signal.strip_prefix(BUNDLE_PREFIX);
        let model = context.measured.ablation_model().node(position as u32);
        if let (Some(bundle), Some(model)) = (bundle, model) {
            let slot = bundles.entry((bundle, model)).or_insert(position as u32);
            if rows[*slot as usize].row.date <= row.date {
                *slot = position as u32;
            }
        }
    }
    bundles
}

fn importance(context: &Context<'_>) -> FxHashMap<(NodeIx, NodeIx), u32> {
    let mut importance = FxHashMap::default();
    for (position, Row { row, .. }) in context.graph.tables().importance.iter().enumerate() {
        let position = position as u32;
        let signal = context.measured.importance_signal().node(position);
        let model = context.measured.importance_model().node(position);
        if let (None, Some(signal), Some(model)) = (&row.without, signal, model) {
            importance.insert((signal, model), position);
        }
    }
    importance
}

type Pairs = (Vec<Pair>, FxHashMap<NodeIx, Vec<u32>>);

fn pairs(context: &Context<'_>) -> Pairs {
    let rows = &context.graph.tables().correlation;
    let mut by_ends: FxHashMap<(NodeIx, NodeIx), Vec<u32>> = FxHashMap::default();
    for row in 0..rows.len() as u32 {
        let ends = (
            context.measured.correlation_a().node(row),
            context.measured.correlation_b().node(row),
        );
        if let (Some(a), Some(b)) = ends
            && a != b
        {
            by_ends.entry((a.min(b), a.max(b))).or_default().push(row);
        }
    }
    let mut pairs: Vec<Pair> =
        by_ends.into_iter().map(|(ends, of_one)| pair(rows, ends, of_one)).collect();
    pairs.sort_unstable_by_key(|pair| pair.ends);
    let mut pairs_of: FxHashMap<NodeIx, Vec<u32>> = FxHashMap::default();
    for (position, pair) in pairs.iter().enumerate() {
        for end in [pair.ends.0, pair.ends.1] {
            pairs_of.entry(end).or_default().push(position as u32);
        }
    }
    (pairs, pairs_of)
}

/// Slices are left out where the whole was measured: one slice may differ for want of rows.
fn pair(table: &[Row<CorrelationRow>], ends: (NodeIx, NodeIx), mut rows: Vec<u32>) -> Pair {
    let row = |position: u32| &table[position as usize].row;
    if rows.iter().any(|&position| row(position).slice.is_none()) {
        rows.retain(|&position| row(position).slice.is_none());
    }
    rows.sort_by(|&a, &b| row(a).window.cmp(&row(b).window));
    let values = || rows.iter().map(|&position| row(position).rho);
    let (least, most) = values().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), rho| {
        (least.min(rho), most.max(rho))
    });
    let strongest = if most.abs() >= least.abs() { most } else { least };
    let latest = values().next_back().unwrap_or(0.0);
    Pair { ends, strongest, latest, moved: most - least, rows }
}
