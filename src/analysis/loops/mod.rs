//! Feedback loops: which models influence themselves or one another through the world.
//!
//! Model A influences model B when a walk leads from A into B that passes the world (a surface, or an edge
//! that says so by itself) and no other model. A model that influences itself is a direct loop; models that
//! influence one another are a hidden one. Elementary cycles of the graph will not do: in the paper's page
//! both models act on one page and train on one log, so that the closed walk through both passes the page
//! twice and is no elementary cycle at all.
//!
//! Owns: the influence graph, what is inferred into it, loops with their rank, and what to cut. Must never
//! know: a rule. Start reading at [`Loops::of`].

mod arena;
mod cut;
mod find;
mod influence;
mod precedence;
mod rank;
pub(super) mod report;

pub use influence::{Answer, Influence, Reason};
pub use precedence::Precedence;

use super::finding::Witness;
use super::{Context, Settings};
use crate::model::{EdgeIx, NodeIx};

/// Whether a loop has one model or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoopKind {
    /// Models influence one another.
    Hidden,
    /// A model influences itself.
    Direct,
}

impl LoopKind {
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Direct => "direct",
        }
    }
}

/// A closed walk; it may pass a node more than once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoopWalk {
    /// In order, from a model; the first is not repeated at the end.
    pub nodes: Vec<NodeIx>,
    /// Its edges. Where an influence was inferred that is no edge of the graph, there is a gap.
    pub witness: Witness,
    /// Inferred influences that it needs, as positions in [`Loops::influences`].
    pub inferred: Vec<u32>,
}

/// A part of a rank.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    pub label: &'static str,
    pub value: f64,
    /// Whether the manifests say it; otherwise it is a default.
    pub is_said: bool,
}

/// A closed walk through two models, as short as any.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopPair {
    pub models: (NodeIx, NodeIx),
    pub walk: LoopWalk,
    /// The product of the factors.
    pub rank: f64,
    pub factors: Vec<Factor>,
}

/// An edge to remove.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CutEdge {
    pub edge: EdgeIx,
    pub hours: f64,
    /// Whether the manifest says how much; otherwise it is a default.
    pub is_said: bool,
    /// What removing it means.
    pub how: &'static str,
}

/// What to cut so that a loop is no more.
#[derive(Clone, Debug, PartialEq)]
pub enum BreakSet {
    Cut {
        edges: Vec<CutEdge>,
        hours: f64,
        /// No cut costs less than so many hours; less than `hours` where this one is a heuristic's.
        least_hours: f64,
    },
    /// Nothing on this walk can be cut: it must be changed otherwise.
    Impossible(LoopWalk),
}

impl BreakSet {
    /// Whether it is proven that nothing cheaper would do.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Cut { hours, least_hours, .. } => hours <= least_hours,
            Self::Impossible(_) => true,
        }
    }

    /// In words, with the bound where it is a heuristic's.
    pub fn summary(&self) -> String {
        match self {
            Self::Impossible(_) => "nothing on it can be cut".to_owned(),
            Self::Cut { edges, hours, .. } if self.is_exact() => {
                format!("{} for {hours} hours, the cheapest", counted(edges.len()))
            }
            Self::Cut { edges, hours, least_hours } => format!(
                "{} for {hours} hours, heuristic; the cheapest costs at least {least_hours}",
                counted(edges.len())
            ),
        }
    }
}

fn counted(edges: usize) -> String {
    if edges == 1 { "one edge".to_owned() } else { format!("{edges} edges") }
}

/// Models that influence themselves or one another through the world.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackLoop {
    pub kind: LoopKind,
    /// 1 where everything is declared, observed or confirmed; else that of the inferred influences on the
    /// walk, multiplied.
    pub confidence: f64,
    /// By id.
    pub models: Vec<NodeIx>,
    /// Everything that lies on any of its walks, by position.
    pub nodes: Vec<NodeIx>,
    /// Where it passes the world, by position.
    pub surfaces: Vec<NodeIx>,
    /// Teams of the models, by id, once each.
    pub owners: Vec<NodeIx>,
    /// The closed walk of highest rank.
    pub walk: LoopWalk,
    /// The product of the factors: strength of the edges, criticality, and how well it hides.
    pub rank: f64,
    pub factors: Vec<Factor>,
    /// The shortest closed walk through each two models, highest rank first; none in direct loops.
    pub pairs: Vec<LoopPair>,
    /// Whether there are more pairs than were looked at.
    pub is_pairs_capped: bool,
    /// Ways round from model to model that pass none twice, shortest first; none in direct loops.
    pub cycles: Vec<Vec<NodeIx>>,
    /// Whether there may be more, longer ones or beyond the limits.
    pub is_cycles_capped: bool,
    /// What to cut so that this loop is no more.
    pub break_set: BreakSet,
    /// In hidden loops, what to cut so that no model on it influences even itself by it.
    pub break_all: Option<BreakSet>,
}

impl FeedbackLoop {
    /// Whether it needs influences that nobody has declared or confirmed.
    pub fn is_inferred(&self) -> bool {
        !self.walk.inferred.is_empty()
    }
}

/// All loops of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loops {
    /// Highest rank first, then by the ids of their models.
    pub loops: Vec<FeedbackLoop>,
    /// Everything that was inferred, by the ids of its ends, with what people answered.
    pub influences: Vec<Influence>,
    /// Whether the graph says anything of the world: a surface, or an influence.
    pub is_world_known: bool,
}

impl Loops {
    /// Finds all loops. Which models are in loops is exact and linear in nodes plus edges; the rest costs
    /// time only where there are loops.
    pub fn of(context: &Context<'_>) -> Self {
        find::loops(context)
    }
}

impl Settings {
    /// What a person said of the influence of one node on another.
    pub fn answer(&self, from: &str, to: &str) -> Option<Answer> {
        self.answers.get(&(from.to_owned(), to.to_owned())).copied()
    }
}
