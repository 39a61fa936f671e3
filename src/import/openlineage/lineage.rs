//! Joins a file's events: every job and dataset once, with all that any event says of it.
//!
//! What is known only at the end (which jobs hold others, when a dependency was first seen, which
//! columns go where) is kept until then; the rest is said at once.

use super::super::lenient::{Field, Shape};
use super::super::{Text, attr_text};
use super::describe::{describe_dataset, describe_job, describe_tests, made};
use super::event::{Dataset, DatasetFacets, Event, Job};
use super::flow::{Flows, Link};
use super::naming::{self, Key, Names};
use crate::model::{
    Batch, EdgeKind, Evidence, GroupRef, NodeKind, NodeRef, Problem, ProblemKind, Provenance,
    Severity,
};
use indexmap::IndexMap;
use jiff::civil::Date;
use rustc_hash::{FxBuildHasher, FxHashSet};
use std::borrow::Cow;
use xxhash_rust::xxh3::xxh3_64;

/// Jobs that start jobs are followed this far up; no scheduler nests deeper.
const DEEPEST: usize = 64;

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct Lineage<'a> {
    names: Names<'a>,
    jobs: IndexMap<Key<'a>, JobState<'a>, FxBuildHasher>,
    flows: Flows<'a>,
    events: usize,
    /// How many events have no time that can be read, and where the first of them stands.
    timeless: Option<(usize, Provenance)>,
}

#[derive(Debug)]
struct JobState<'a> {
    reference: NodeRef,
    at: Provenance,
    parent: Option<Key<'a>>,
}

/// Where what an event says goes.
pub(super) struct Output<'s, 'a> {
    pub(super) text: &'s Text<'a>,
    pub(super) batch: &'s mut Batch,
    /// The event's place, for what has no better one.
    pub(super) at: Provenance,
    pub(super) day: Option<Date>,
    /// What tells its run from others; `None` where it tells of no run.
    pub(super) run: Option<u64>,
}

impl Output<'_, '_> {
    fn warn(&mut self, message: impl Into<String>, hint: &str) {
        let (severity, kind) = (Severity::Warning, ProblemKind::Value);
        self.batch.report(Problem::new(severity, kind, Some(self.at), message, hint));
    }

    fn misfits<'de>(&mut self, of: &impl Shape<'de>, name: &str) {
        let at = self.text.at_or(name, self.at);
        of.misfits(&mut |misfit| self.batch.report(misfit.problem(name, at)));
    }
}

impl<'a> Lineage<'a> {
    /// Joins an event that stands at `at`.
    pub(super) fn event(
        &mut self,
        text: &Text<'a>,
        batch: &mut Batch,
        event: &Event<'a>,
        at: Provenance,
    ) {
        let day = event.event_time.filled().and_then(day);
        self.count(day, at);
        let mut to = Output { text, batch, at, day, run: run(event, day) };
        let job = event.job.get();
        let name = job.and_then(|job| job.name.filled());
        to.misfits(event, name.unwrap_or("an event"));
        let dataset = event.dataset.get().and_then(|dataset| self.dataset(&mut to, None, dataset));
        match job.and_then(|job| self.job(&mut to, event, job)) {
            Some(job) => self.work(&mut to, event, job),
            None if dataset.is_none() => to.warn(
                "An event has neither a job nor a dataset with a name",
                "It was left out; check what wrote it.",
            ),
            None => {}
        }
    }

    fn count(&mut self, day: Option<Date>, at: Provenance) {
        self.events += 1;
        if day.is_none() {
            self.timeless.get_or_insert((0, at)).0 += 1;
        }
    }

    fn job(
        &mut self,
        to: &mut Output<'_, 'a>,
        event: &Event<'a>,
        job: &Job<'a>,
    ) -> Option<NodeRef> {
        let key = key(&job.namespace, &job.name)?;
        let at = to.text.at_or(&key.1, to.at);
        let parent = event.run.get().and_then(|run| run.facets.get()?.parent.get()?.job.get());
        let parent = parent.and_then(|job| self::key(&job.namespace, &job.name));
        // Some producers name a job that has no parent as its own.
        let parent = parent.filter(|parent| *parent != key);
        let reference = self.names.job(to.batch, &key);
        let state = self.jobs.entry(key).or_insert_with_key(|key| {
            to.batch.define(reference, NodeKind::Job, at).name = Some((&*key.1).into());
            JobState { reference, at, parent: None }
        });
        // A job that several others start is shown within the first.
        if state.parent.is_none() {
            state.parent = parent;
        }
        describe_job(to, reference, event, job);
        Some(reference)
    }

    /// What the job of an event reads and writes.
    fn work(&mut self, to: &mut Output<'_, 'a>, event: &Event<'a>, job: NodeRef) {
        for dataset in event.inputs.items() {
            if let Some((from, at)) = self.dataset(to, Some(job), dataset) {
                self.flows.add(to, (from, job), EdgeKind::Reads(Evidence::Declared), at);
            }
        }
        let is_made = event.event_type.filled() == Some("COMPLETE");
        for dataset in event.outputs.items() {
            if let Some((into, at)) = self.dataset(to, Some(job), dataset) {
                self.flows.add(to, (job, into), EdgeKind::Writes, at);
                if is_made {
                    made(to, into);
                }
            }
        }
    }

    /// Joins what an event, of `job` if it has one, says of a dataset.
    fn dataset(
        &mut self,
        to: &mut Output<'_, 'a>,
        job: Option<NodeRef>,
        dataset: &Dataset<'a>,
    ) -> Option<(NodeRef, Provenance)> {
        let Some(key) = key(&dataset.namespace, &dataset.name) else {
            to.warn("A dataset has no name", "It was left out; check what wrote the event.");
            return None;
        };
        to.misfits(dataset, &key.1);
        let at = to.text.at_or(&key.1, to.at);
        let reference = self.names.dataset(to.batch, &key);
        if !to.batch.defines(reference) {
            name_dataset(to.batch, reference, &key, at);
        }
        for facets in dataset.all_facets() {
            describe_dataset(to, reference, at, facets);
            describe_tests(to, reference, at, facets);
            self.lineage(to, job, reference, facets);
        }
        Some((reference, at))
    }

    fn lineage(
        &mut self,
        to: &mut Output<'_, 'a>,
        job: Option<NodeRef>,
        into: NodeRef,
        facets: &DatasetFacets<'a>,
    ) {
        let columns = facets.lineage.get().and_then(|lineage| lineage.fields.get());
        for (into_column, sources) in columns.map_or(&[][..], |columns| &columns.0) {
            for source in sources.inputs.items() {
                let Some(key) = key(&source.namespace, &source.name) else { continue };
                let Some(from_column) = source.field.get() else { continue };
                let at = to.text.at_or(from_column, to.at);
                let from = self.names.dataset(to.batch, &key);
                let (from_column, into_column) = (from_column.clone(), into_column.clone());
                self.flows.link(to, Link { job, from, from_column, into, into_column }, at);
            }
        }
    }

    /// Says what could not be said before the last event.
    pub(super) fn finish(self, batch: &mut Batch) {
        self.place_jobs(batch);
        self.tell_timeless(batch);
        self.flows.finish(batch);
    }

    /// Puts jobs into groups: their namespace, and in it the jobs that started them.
    fn place_jobs(&self, batch: &mut Batch) {
        let parents: FxHashSet<&Key<'a>> =
            self.jobs.values().filter_map(|job| job.parent.as_ref()).collect();
        for (key, job) in &self.jobs {
            let parent = job.parent.as_ref();
            // What starts others lies in its own group, so that the group stands for all of it.
            let holder = if parents.contains(key) { Some(key) } else { parent };
            let group = match holder {
                Some(holder) => self.group_of(batch, holder),
                None => namespace(batch, &key.0),
            };
            let node = batch.annotate(job.reference, job.at);
            node.group = group;
            if let Some(parent) = parent {
                node.name = Some(naming::within(&parent.1, &key.1).into());
            }
        }
    }

    /// The group of what `holder` starts.
    fn group_of(&self, batch: &mut Batch, holder: &Key<'a>) -> Option<GroupRef> {
        let mut chain = vec![holder];
        while let Some(parent) =
            self.jobs.get(chain[chain.len() - 1]).and_then(|job| job.parent.as_ref())
            && chain.len() < DEEPEST
            && !chain.contains(&parent)
        {
            chain.push(parent);
        }
        let mut above = "";
        let mut group = namespace(batch, &chain[chain.len() - 1].0);
        for (_, name) in chain.into_iter().rev() {
            group = Some(batch.group(group, naming::within(above, name)));
            above = name;
        }
        group
    }

    fn tell_timeless(&self, batch: &mut Batch) {
        if let Some((count, at)) = self.timeless {
            batch.report(Problem::new(
                Severity::Note,
                ProblemKind::Value,
                Some(at),
                format!("{count} of {} events have no time that can be read", self.events),
                "What they say is in the graph; when it was seen is not.",
            ));
        }
    }
}

/// The key of a job or dataset; `None` when it has no name.
fn key<'a>(namespace: &Field<Cow<'a, str>>, name: &Field<Cow<'a, str>>) -> Option<Key<'a>> {
    let name = name.get().filter(|name| !name.trim().is_empty())?;
    Some((namespace.get().cloned().unwrap_or_default(), name.clone()))
}

fn namespace(batch: &mut Batch, namespace: &str) -> Option<GroupRef> {
    (!namespace.is_empty()).then(|| batch.group(None, namespace))
}

/// A dataset as it is first met. Its kind is left open: that events read it does not say that nobody
/// writes it, so another file's word counts, and without one it is a dataset.
fn name_dataset(batch: &mut Batch, reference: NodeRef, key: &Key<'_>, at: Provenance) {
    let (space, name) = key;
    let table = naming::table(space, name);
    let mut group = namespace(batch, space);
    if let Some((path, _)) = table {
        group = Some(batch.group(group, path));
    }
    let node = batch.mention(reference, at);
    node.group = group;
    node.name = Some(table.map_or(&**name, |(_, table)| table).into());
    naming::add_loose_names(node, space, name);
}

/// The day of an event. Templates and the words "any time" stand where tests are kept.
fn day(time: &str) -> Option<Date> {
    attr_text::date(time).or_else(|| time.trim().get(..10)?.parse().ok())
}

/// What tells the run of an event from others. Where its id is missing or the place for one, runs are
/// told by their day: too few rather than too many.
fn run(event: &Event<'_>, day: Option<Date>) -> Option<u64> {
    let id = event.run.get()?.run_id.filled().filter(|id| !id.contains(['{', '$']));
    Some(match (id, day) {
        (Some(id), _) => xxh3_64(id.as_bytes()),
        (None, Some(day)) => xxh3_64(day.to_string().as_bytes()),
        (None, None) => 0,
    })
}
