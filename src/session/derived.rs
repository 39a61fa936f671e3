//! Lists that panels ask for, made beside the frame: the explorer's tree, the rows of tables, impact, and
//! what the analysis says in numbers.

use super::Picture;
use super::jobs::{Event, Sender};
use super::views::{ConfigurationView, Overview, Paper};
use crate::analysis::questions::{Questions, ask};
use crate::analysis::what_if::{Change, WhatIf};
use crate::analysis::{Analysis, Context, Settings};
use crate::import::Loaded;
use crate::model::{EdgeIx, NodeIx};
use crate::scene::consumers::{ConsumerRow, consumer_rows};
use crate::scene::findings::{
    Coverage, FindingGrouping, FindingList, LedgerRow, coverage, finding_list, ledger,
};
use crate::scene::impact::{Impact, ImpactList, impact};
use crate::scene::picture_matrix::{MOST_ROWS, PictureMatrix};
use crate::scene::rows::{EdgeColumn, NodeColumn, Sorting, edge_rows, node_rows};
use crate::scene::{Grouping, Known, Outline, Structure, outline};
use std::collections::BTreeSet;
use std::mem::{Discriminant, discriminant};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What a panel wants to list.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    Outline {
        grouping: Grouping,
        query: String,
    },
    Nodes {
        query: String,
        sorting: Sorting<NodeColumn>,
    },
    Edges {
        query: String,
        sorting: Sorting<EdgeColumn>,
    },
    Impact {
        of: NodeIx,
        way: Impact,
    },
    Findings {
        query: String,
        grouping: FindingGrouping,
    },
    /// How much each rule could judge.
    Coverage,
    /// Readers that nobody declared.
    Consumers,
    /// What the whole is, and where debt lies.
    Overview,
    /// Debt that is accepted.
    Ledger,
    /// What the paper asks of the whole system.
    Paper,
    Questions {
        model: NodeIx,
    },
    /// What would follow from a change of these.
    WhatIf {
        nodes: Vec<NodeIx>,
        change: Change,
    },
    /// A model beside another.
    Configuration {
        left: NodeIx,
        right: NodeIx,
    },
    /// What the picture shows as a matrix, with frames unfolded, by key.
    Matrix {
        picture: Arc<Picture>,
        unfolded: BTreeSet<String>,
    },
}

/// The finished list. Those that speak of findings by position bring the analysis along whose positions
/// they are.
#[derive(Clone, Debug)]
pub enum Listed {
    Outline(Outline),
    Nodes(Vec<NodeIx>),
    Edges(Vec<EdgeIx>),
    Impact(ImpactList),
    Findings(FindingList, Arc<Analysis>),
    Coverage(Vec<Coverage>),
    /// `None` where nothing tells who reads.
    Consumers(Option<Vec<ConsumerRow>>),
    Overview(Overview),
    Ledger(Vec<LedgerRow>),
    Paper(Paper),
    Questions(Questions),
    Configuration(ConfigurationView),
    WhatIf(WhatIf, Arc<Analysis>),
    /// With the picture whose boxes and links it speaks of.
    Matrix(PictureMatrix, Arc<Picture>),
    /// There is no analysis to list from yet.
    NotJudged,
    /// The list could not be made, with the reason.
    Failed(String),
}

/// What lists are made of: one snapshot of the graph and of what was found in it.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    pub(super) loaded: Arc<Loaded>,
    pub(super) structure: Arc<Structure>,
    pub(super) analysis: Option<Arc<Analysis>>,
    pub(super) settings: Arc<Settings>,
}

impl Basis {
    fn is(&self, other: &Self) -> bool {
        let same_analysis = match (&self.analysis, &other.analysis) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            (own, others) => own.is_none() && others.is_none(),
        };
        Arc::ptr_eq(&self.loaded, &other.loaded)
            && same_analysis
            && Arc::ptr_eq(&self.settings, &other.settings)
    }
}

impl Wanted {
    fn list(&self, basis: &Basis) -> Listed {
        let (graph, analysis) = (&basis.loaded.graph, basis.analysis.as_deref());
        match self {
            Self::Outline { grouping, query } => {
                let known = Known { analysis, structure: Some(&basis.structure) };
                Listed::Outline(outline(graph, known, *grouping, query))
            }
            Self::Nodes { query, sorting } => {
                Listed::Nodes(node_rows(graph, analysis, query, *sorting))
            }
            Self::Edges { query, sorting } => {
                Listed::Edges(edge_rows(graph, analysis, query, *sorting))
            }
            Self::Impact { of, way } => Listed::Impact(impact(graph, &[*of], *way)),
            Self::Findings { query, grouping } => match &basis.analysis {
                Some(analysis) => Listed::Findings(
                    finding_list(graph, analysis, query, *grouping),
                    Arc::clone(analysis),
                ),
                None => Listed::NotJudged,
            },
            Self::Coverage => {
                analysis.map_or(Listed::NotJudged, |analysis| Listed::Coverage(coverage(analysis)))
            }
            Self::Consumers => {
                Listed::Consumers(consumer_rows(&Context::new(graph, &basis.settings)))
            }
            Self::Overview => Listed::Overview(Overview::of(basis)),
            Self::Ledger => analysis.map_or(Listed::NotJudged, |analysis| {
                Listed::Ledger(ledger(graph, analysis, &basis.settings))
            }),
            Self::Paper => Listed::Paper(Paper::of(basis)),
            Self::Questions { model } => {
                Listed::Questions(ask(&Context::new(graph, &basis.settings), *model))
            }
            Self::WhatIf { nodes, change } => match &basis.analysis {
                Some(analysis) => Listed::WhatIf(
                    WhatIf::of(graph, analysis, &basis.settings, nodes, *change),
                    Arc::clone(analysis),
                ),
                None => Listed::NotJudged,
            },
            Self::Configuration { left, right } => {
                Listed::Configuration(ConfigurationView::of(basis, *left, *right))
            }
            Self::Matrix { picture, unfolded } => Listed::Matrix(
                PictureMatrix::new(graph, &picture.scene, unfolded, MOST_ROWS),
                Arc::clone(picture),
            ),
        }
    }
}

/// One finished list with what it answers.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    wanted: Wanted,
    basis: Basis,
    listed: Arc<Listed>,
}

impl Answer {
    /// Why there is no list.
    pub(super) fn failed(&self) -> Option<&str> {
        match &*self.listed {
            Listed::Failed(why) => Some(why),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Slot {
    sort: Discriminant<Wanted>,
    asked: (Wanted, Basis),
    answer: Option<Answer>,
}

/// The newest list of each sort, and what was asked for last.
#[derive(Debug, Default)]
pub(super) struct Lists {
    slots: Vec<Slot>,
}

impl Lists {
    fn slot(&self, wanted: &Wanted) -> Option<usize> {
        let sort = discriminant(wanted);
        self.slots.iter().position(|slot| slot.sort == sort)
    }

    /// Starts making a list unless it is there or under way.
    pub(super) fn ask(&mut self, wanted: Wanted, basis: Basis, sender: &Sender) {
        let asked = (wanted.clone(), basis.clone());
        match self.slot(&wanted) {
            Some(at) => {
                let slot = &mut self.slots[at];
                if slot.asked.0 == wanted && slot.asked.1.is(&basis) {
                    return;
                }
                slot.asked = asked;
            }
            None => self.slots.push(Slot { sort: discriminant(&wanted), asked, answer: None }),
        }
        let sender = sender.clone();
        super::jobs::spawn("undercurrent-list", move || {
            let listed = catch_unwind(AssertUnwindSafe(|| wanted.list(&basis)));
            let listed = listed.unwrap_or_else(|panic| {
                Listed::Failed(format!(
                    "Internal error while listing: {}",
                    super::jobs::words(&*panic)
                ))
            });
            let listed = Arc::new(listed);
            sender.send(Event::Listed(Box::new(Answer { wanted, basis, listed })));
        });
    }

    /// Takes in what is still asked for.
    pub(super) fn answer(&mut self, answer: Answer) {
        let Some(at) = self.slot(&answer.wanted) else { return };
        let slot = &mut self.slots[at];
        if slot.asked.0 == answer.wanted && slot.asked.1.is(&answer.basis) {
            slot.answer = Some(answer);
        }
    }

    /// The newest list of the sort of `wanted` that was made of the same graph, and whether it answers
    /// exactly that.
    pub(super) fn get(&self, wanted: &Wanted, basis: &Basis) -> Option<(&Arc<Listed>, bool)> {
        let answer = self.slots[self.slot(wanted)?].answer.as_ref()?;
        let of_this = Arc::ptr_eq(&answer.basis.loaded, &basis.loaded);
        let exact = || answer.wanted == *wanted && answer.basis.is(basis);
        of_this.then(|| (&answer.listed, exact()))
    }

    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}
