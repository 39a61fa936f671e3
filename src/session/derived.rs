//! Lists that panels ask for, made beside the frame: the explorer's tree, the rows of tables, impact.

use super::jobs::{Event, Sender};
use crate::import::Loaded;
use crate::model::{EdgeIx, NodeIx};
use crate::scene::impact::{Impact, ImpactList, impact};
use crate::scene::rows::{EdgeColumn, NodeColumn, Sorting, edge_rows, node_rows};
use crate::scene::{Grouping, Outline, outline};
use std::sync::Arc;

/// What a panel wants to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Outline { grouping: Grouping, query: String },
    Nodes { query: String, sorting: Sorting<NodeColumn> },
    Edges { query: String, sorting: Sorting<EdgeColumn> },
    Impact { of: NodeIx, way: Impact },
}

/// The finished list.
#[derive(Clone, Debug)]
pub enum Listed {
    Outline(Outline),
    Nodes(Vec<NodeIx>),
    Edges(Vec<EdgeIx>),
    Impact(ImpactList),
}

/// How many sorts of lists there are.
const SORTS: usize = 4;

impl Wanted {
    const fn sort(&self) -> usize {
        match self {
            Self::Outline { .. } => 0,
            Self::Nodes { .. } => 1,
            Self::Edges { .. } => 2,
            Self::Impact { .. } => 3,
        }
    }

    fn list(&self, loaded: &Loaded) -> Listed {
        let graph = &loaded.graph;
        match self {
            Self::Outline { grouping, query } => Listed::Outline(outline(graph, *grouping, query)),
            Self::Nodes { query, sorting } => Listed::Nodes(node_rows(graph, query, *sorting)),
            Self::Edges { query, sorting } => Listed::Edges(edge_rows(graph, query, *sorting)),
            Self::Impact { of, way } => Listed::Impact(impact(graph, &[*of], *way)),
        }
    }
}

/// One finished list with what it answers.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) wanted: Wanted,
    loaded: Arc<Loaded>,
    listed: Arc<Listed>,
}

#[derive(Debug, Default)]
struct Slot {
    asked: Option<(Wanted, Arc<Loaded>)>,
    answer: Option<Answer>,
}

impl Slot {
    fn asks_for(&self, wanted: &Wanted, loaded: &Arc<Loaded>) -> bool {
        self.asked.as_ref().is_some_and(|(asked, of)| asked == wanted && Arc::ptr_eq(of, loaded))
    }
}

/// The newest list of each sort, and what was asked for last.
#[derive(Debug, Default)]
pub(super) struct Lists {
    slots: [Slot; SORTS],
}

impl Lists {
    /// Starts making a list unless it is there or under way.
    pub(super) fn ask(&mut self, wanted: Wanted, loaded: &Arc<Loaded>, sender: &Sender) {
        let slot = &mut self.slots[wanted.sort()];
        if slot.asks_for(&wanted, loaded) {
            return;
        }
        slot.asked = Some((wanted.clone(), Arc::clone(loaded)));
        let (loaded, sender) = (Arc::clone(loaded), sender.clone());
        super::jobs::spawn("undercurrent-list", move || {
            let listed = Arc::new(wanted.list(&loaded));
            sender.send(Event::Listed(Box::new(Answer { wanted, loaded, listed })));
        });
    }

    /// Takes in what is still asked for.
    pub(super) fn answer(&mut self, answer: Answer) {
        let slot = &mut self.slots[answer.wanted.sort()];
        if slot.asks_for(&answer.wanted, &answer.loaded) {
            slot.answer = Some(answer);
        }
    }

    /// The newest list of the sort of `wanted` that was made of `loaded`, and whether it answers exactly that.
    pub(super) fn get(
        &self,
        wanted: &Wanted,
        loaded: &Arc<Loaded>,
    ) -> Option<(&Arc<Listed>, bool)> {
        let answer = self.slots[wanted.sort()].answer.as_ref()?;
        let of_this = Arc::ptr_eq(&answer.loaded, loaded);
        of_this.then_some((&answer.listed, answer.wanted == *wanted))
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
