//! Questions that take a pass over the rows, answered beside the frame: one at a time of each sort, the
//! newest wins.

use super::{PredictionSet, Said};
use crate::metrics::find::{FindOptions, Found, Objective, SearchOptions, find};
use crate::metrics::grid::{Grid, GridRequest, grid};
use crate::metrics::over_time::{Course, over_time};
use crate::metrics::workbench::{Workbench, WorkbenchRequest, workbench};
use crate::metrics::{
    Bars, Brushes, DimensionKind, Mass, Metric, Predictions, SliceSpec, Tiles, bars,
};
use crate::session::jobs::{Event, Sender, spawn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a view wants to know of the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum SliceQuestion {
    Grid(GridRequest),
    /// Every dimension's bars, each under all brushes but its own.
    Bars {
        models: Vec<usize>,
        slice: SliceSpec,
        scores: bool,
    },
    /// What the other dimensions need while `active` is dragged in; the slice is without it.
    Tiles {
        models: Vec<usize>,
        active: usize,
        slice: SliceSpec,
        scores: bool,
    },
    Find(FindRequest),
    Thresholds(WorkbenchRequest),
    Times(TimesRequest),
}

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct FindRequest {
    pub objective: Objective,
    /// Conditions of a slice at most.
    pub level: usize,
    /// The rows to look in.
    pub slice: SliceSpec,
}

/// Courses over time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimesRequest {
    pub model: usize,
    pub time: usize,
    pub by: Option<usize>,
    pub slice: SliceSpec,
    pub metric: Metric,
}

/// What came of a question.
#[derive(Debug)]
pub enum SliceAnswer {
    Grid(Grid),
    /// By dimension.
    Bars(Vec<Bars>),
    /// Its views are all dimensions but the active one, in their order.
    Tiles(Tiles),
    /// The second says how many conditions were gone through so far.
    Found(Found, usize),
    Thresholds(Box<Workbench>),
    Times(TimesRequest, Vec<Course>),
    /// Why there is none, for people.
    Failed(String),
}

/// How many sorts of questions there are.
const SORTS: usize = 6;

impl SliceQuestion {
    const fn sort(&self) -> usize {
        match self {
            Self::Grid(_) => 0,
            Self::Bars { .. } => 1,
            Self::Tiles { .. } => 2,
            Self::Find(_) => 3,
            Self::Thresholds(_) => 4,
            Self::Times(_) => 5,
        }
    }

    /// What it is answered from: single scores are told by single rows.
    fn rows<'s>(&self, set: &'s PredictionSet) -> &'s Predictions {
        match self {
            Self::Find(_) | Self::Thresholds(_) => set.single_rows(),
            _ => &set.predictions,
        }
    }

    /// Answers, and tells of parts as soon as they are there; the last call has all of it.
    fn answer(
        &self,
        own: &Predictions,
        cancelled: &AtomicBool,
        tell: &mut dyn FnMut(SliceAnswer, bool),
    ) {
        let mass = |scores: bool| {
            scores.then_some(if own.has_weights() { Mass::Weights } else { Mass::Rows })
        };
        let failed = |error: &dyn std::fmt::Display| SliceAnswer::Failed(error.to_string());
        if let (Self::Find(_) | Self::Thresholds(_), Err(error)) = (self, own.need_rows()) {
            return tell(failed(&error), true);
        }
        let answer = match self {
            Self::Grid(request) => match grid(own, request) {
                Ok(grid) => SliceAnswer::Grid(grid),
                Err(error) => failed(&error),
            },
            Self::Bars { models, slice, scores } => {
                let all: Vec<usize> = (0..own.dimensions().len()).collect();
                match bars(own, models, &all, &Brushes::of(own, slice), mass(*scores)) {
                    Ok(bars) => SliceAnswer::Bars(bars),
                    Err(error) => failed(&error),
                }
            }
            Self::Tiles { models, active, slice, scores } => {
                let others: Vec<usize> =
                    (0..own.dimensions().len()).filter(|at| at != active).collect();
                let brushes = Brushes::of(own, slice);
                match Tiles::build(own, models, *active, &others, &brushes, mass(*scores)) {
                    Ok(tiles) => SliceAnswer::Tiles(tiles),
                    Err(error) => failed(&error),
                }
            }
            Self::Find(request) => return request.answer(own, cancelled, tell),
            Self::Thresholds(request) => match workbench(own, request) {
                Ok(bench) => SliceAnswer::Thresholds(Box::new(bench)),
                Err(error) => failed(&error),
            },
            Self::Times(request) => match request.courses(own) {
                Ok(courses) => SliceAnswer::Times(request.clone(), courses),
                Err(error) => SliceAnswer::Failed(error),
            },
        };
        tell(answer, true);
    }
}

impl FindRequest {
    /// Short slices first: they are found at once, and shown while longer ones are looked for.
    fn answer(
        &self,
        own: &Predictions,
        cancelled: &AtomicBool,
        tell: &mut dyn FnMut(SliceAnswer, bool),
    ) {
        let within = match self.slice.rows_if_any(own) {
            Ok(within) => within,
            Err(error) => return tell(SliceAnswer::Failed(error.to_string()), true),
        };
        let all = own.dimensions().iter().enumerate();
        let dimensions: Vec<usize> =
            all.filter(|(_, own)| own.kind != DimensionKind::Times).map(|(at, _)| at).collect();
        for level in 1..=self.level {
            let search = SearchOptions { level, ..SearchOptions::default() };
            let options = FindOptions { search, within: within.clone(), ..FindOptions::default() };
            let stop = || cancelled.load(Ordering::Relaxed);
            let found = find(own, self.objective, &dimensions, &options, &stop);
            let last = level == self.level;
            match found {
                Ok(found) => tell(SliceAnswer::Found(found, level), last),
                Err(error) => return tell(SliceAnswer::Failed(error.to_string()), true),
            }
        }
    }
}

impl TimesRequest {
    fn courses(&self, own: &Predictions) -> Result<Vec<Course>, String> {
        let filter = self.slice.rows_if_any(own).map_err(|error| error.to_string())?;
        let mass = if own.has_weights() { Mass::Weights } else { Mass::Rows };
        let auc = (self.metric == Metric::AucLoss).then_some(mass);
        over_time(own, self.model, self.time, self.by, filter.as_ref(), auc)
            .map_err(|error| error.to_string())
    }
}

/// An answer on its way.
#[derive(Debug)]
pub(in crate::session) struct Answered {
    question: SliceQuestion,
    set: Arc<PredictionSet>,
    /// `None` when the thread ended without one.
    answer: Option<Arc<SliceAnswer>>,
    complete: bool,
    /// Tells the run that it is of from an earlier one of the same question.
    run: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Slot {
    running: Option<(SliceQuestion, Arc<AtomicBool>)>,
    /// Asked while another of its sort was running.
    waiting: Option<SliceQuestion>,
    answer: Option<(SliceQuestion, Arc<SliceAnswer>)>,
    /// Stopped by hand: not to be asked again by itself.
    stopped: Option<SliceQuestion>,
}

/// The newest answer of each sort, and what was asked for last.
#[derive(Debug, Default)]
pub(super) struct Answers {
    slots: [Slot; SORTS],
    pub(super) looked_at: u64,
}

impl Answers {
    /// Starts answering unless the answer is there or under way.
    pub(super) fn ask(
        &mut self,
        question: SliceQuestion,
        set: &Arc<PredictionSet>,
        sender: &Sender,
    ) {
        let slot = &mut self.slots[question.sort()];
        let known = slot.answer.as_ref().is_some_and(|(known, _)| *known == question);
        match &slot.running {
            Some((running, _)) if *running == question => slot.waiting = None,
            None if known || slot.stopped.as_ref() == Some(&question) => {}
            Some((running, cancelled)) => {
                // Only the finder takes long enough to be stopped half way.
                if matches!(running, SliceQuestion::Find(_)) {
                    cancelled.store(true, Ordering::Relaxed);
                }
                slot.waiting = Some(question);
            }
            None => slot.start(question, set, sender),
        }
    }

    /// Takes in an answer and starts what waits for its turn.
    pub(super) fn absorb(
        &mut self,
        answered: Answered,
        set: Option<&Arc<PredictionSet>>,
        sender: &Sender,
    ) {
        let slot = &mut self.slots[answered.question.sort()];
        let of_now = set.is_some_and(|set| Arc::ptr_eq(set, &answered.set));
        let is_current =
            slot.running.as_ref().is_some_and(|(_, run)| Arc::ptr_eq(run, &answered.run));
        if !of_now || !is_current {
            return;
        }
        let was_stopped =
            slot.running.as_ref().is_some_and(|(_, stop)| stop.load(Ordering::Relaxed));
        if answered.complete {
            slot.running = None;
        }
        if let Some(answer) = answered.answer.filter(|_| !was_stopped) {
            self.looked_at += match (&*answer, answered.complete) {
                (SliceAnswer::Grid(grid), true) => grid.columns.len() as u64,
                (SliceAnswer::Found(found, _), true) => found.looked_at,
                _ => 0,
            };
            slot.answer = Some((answered.question, answer));
        }
        if let (true, Some(next), Some(set)) = (answered.complete, slot.waiting.take(), set) {
            self.ask(next, set, sender);
        }
    }

    pub(super) fn get(&self, question: &SliceQuestion) -> Option<(&Arc<SliceAnswer>, bool)> {
        let (known, answer) = self.slots[question.sort()].answer.as_ref()?;
        Some((answer, known == question))
    }

    pub(super) fn is_running(&self) -> bool {
        self.slots.iter().any(|slot| slot.running.is_some())
    }

    /// Whether a question of the sort of this one is being answered.
    pub(super) fn is_answering(&self, question: &SliceQuestion) -> bool {
        self.slots[question.sort()].running.is_some()
    }

    /// Stops everything; what is there stays.
    pub(super) fn stop(&mut self) {
        for slot in &mut self.slots {
            if let Some((question, cancelled)) = slot.running.take() {
                cancelled.store(true, Ordering::Relaxed);
                slot.stopped = Some(question);
            }
            slot.waiting = None;
        }
    }

    /// What was stopped may be asked again.
    pub(super) fn resume(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.stopped = None);
    }

    /// Whether this question was stopped by hand.
    pub(super) fn is_stopped(&self, question: &SliceQuestion) -> bool {
        self.slots[question.sort()].stopped.as_ref() == Some(question)
    }

    /// The rows are others now.
    pub(super) fn forget(&mut self) {
        self.stop();
        *self = Self::default();
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        for (_, cancelled) in self.slots.iter().filter_map(|slot| slot.running.as_ref()) {
            cancelled.store(true, Ordering::Relaxed);
        }
    }
}

impl Slot {
    fn start(&mut self, question: SliceQuestion, set: &Arc<PredictionSet>, sender: &Sender) {
        let cancelled = Arc::new(AtomicBool::new(false));
        self.running = Some((question.clone(), Arc::clone(&cancelled)));
        self.stopped = None;
        let (set, sender) = (Arc::clone(set), sender.clone());
        spawn("undercurrent-slices", move || {
            let send = |answer: Option<SliceAnswer>, complete: bool| {
                let (question, set) = (question.clone(), Arc::clone(&set));
                let answer = answer.map(Arc::new);
                let run = Arc::clone(&cancelled);
                let answered = Answered { question, set, answer, complete, run };
                sender.send(Event::Slices(Said::Answered(Box::new(answered))));
            };
            let attempt = catch_unwind(AssertUnwindSafe(|| {
                question.answer(question.rows(&set), &cancelled, &mut |answer, complete| {
                    send(Some(answer), complete);
                });
            }));
            if attempt.is_err() {
                let why = String::from("Internal error while slicing; choose another slice.");
                send(Some(SliceAnswer::Failed(why)), true);
            }
        });
    }
}
