//! What flows between jobs and datasets, and which of their columns.
//!
//! A column of what a job reads goes into a column of what it writes, but the edges lead through the
//! job. So a job has ports, called as the columns that it writes: the edge into the job leads from the
//! column that is read to the port, the edge out of it from the port to the column that is written.
//! Where a job writes several datasets with a column of one name, those ports have the dataset before
//! it, so that nothing is mixed up. Where no job stands between, or events name a source that the job
//! never read, an edge leads from dataset to dataset.

use super::lineage::Output;
use crate::model::{Batch, ColumnLink, EdgeKind, NodeRef, Provenance, Sightings};
use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::borrow::Cow;

type Ends = (NodeRef, NodeRef);

/// A column that goes into another, through a job where one is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Link<'a> {
    pub(super) job: Option<NodeRef>,
    pub(super) from: NodeRef,
    pub(super) from_column: Cow<'a, str>,
    pub(super) into: NodeRef,
    pub(super) into_column: Cow<'a, str>,
}

/// Everything that flows, in the order in which it was first met.
#[derive(Debug, Default)]
pub(super) struct Flows<'a> {
    edges: IndexMap<Ends, Flow, FxBuildHasher>,
    links: IndexMap<Link<'a>, Linked, FxBuildHasher>,
}

#[derive(Debug)]
struct Flow {
    kind: EdgeKind,
    at: Provenance,
    sightings: Sightings,
    /// An event that tells of no run says so: a statement of what the job does, and no sighting.
    is_declared: bool,
}

#[derive(Debug)]
struct Linked {
    at: Provenance,
    sightings: Sightings,
}

impl<'a> Flows<'a> {
    pub(super) fn add(&mut self, to: &Output<'_, 'a>, ends: Ends, kind: EdgeKind, at: Provenance) {
        let new = || Flow { kind, at, sightings: Sightings::default(), is_declared: false };
        let flow = self.edges.entry(ends).or_insert_with(new);
        match to.run {
            Some(run) => flow.sightings.add(run, to.day),
            None => flow.is_declared = true,
        }
    }

    pub(super) fn link(&mut self, to: &Output<'_, 'a>, link: Link<'a>, at: Provenance) {
        let new = || Linked { at, sightings: Sightings::default() };
        let linked = self.links.entry(link).or_insert_with(new);
        if let Some(run) = to.run {
            linked.sightings.add(run, to.day);
        }
    }

    pub(super) fn finish(self, batch: &mut Batch) {
        let ports = ports(self.links.keys());
        let mut columns: FxHashMap<Ends, Vec<ColumnLink>> = FxHashMap::default();
        let mut written: FxHashSet<(NodeRef, NodeRef, &str)> = FxHashSet::default();
        let mut direct: IndexMap<Ends, (&Linked, Vec<ColumnLink>), FxBuildHasher> =
            IndexMap::default();
        for (link, linked) in &self.links {
            let (from, into) = (Box::from(&*link.from_column), Box::from(&*link.into_column));
            let job = link.job.filter(|&job| self.edges.contains_key(&(link.from, job)));
            let Some(job) = job else {
                let (_, columns) =
                    direct.entry((link.from, link.into)).or_insert_with(|| (linked, Vec::new()));
                columns.push(ColumnLink { from, to: into });
                continue;
            };
            let port: Box<str> = match ports.get(&(job, &*link.into_column)) {
                Some(Port::Shared) => format!("{}.{into}", batch.id(link.into)).into(),
                _ => into.clone(),
            };
            if written.insert((job, link.into, &link.into_column)) {
                let out = ColumnLink { from: port.clone(), to: into };
                columns.entry((job, link.into)).or_default().push(out);
            }
            columns.entry((link.from, job)).or_default().push(ColumnLink { from, to: port });
        }
        for (ends, (linked, columns)) in direct {
            let edge = batch.edge(ends.0, ends.1, EdgeKind::Derives, linked.at);
            edge.columns = columns;
            edge.seen = Some(Box::new(linked.sightings.clone()));
        }
        for (ends, flow) in self.edges {
            let edge = batch.edge(ends.0, ends.1, flow.kind, flow.at);
            edge.columns = columns.remove(&ends).unwrap_or_default();
            edge.seen = (!flow.is_declared).then(|| Box::new(flow.sightings));
        }
    }
}

/// Whose column a port leads to.
enum Port {
    Of(NodeRef),
    Shared,
}

fn ports<'l>(links: impl Iterator<Item = &'l Link<'l>>) -> FxHashMap<(NodeRef, &'l str), Port> {
    let mut ports: FxHashMap<(NodeRef, &str), Port> = FxHashMap::default();
    for link in links {
        let Some(job) = link.job else { continue };
        let port = ports.entry((job, &*link.into_column)).or_insert(Port::Of(link.into));
        if !matches!(port, Port::Of(first) if *first == link.into) {
            *port = Port::Shared;
        }
    }
    ports
}
