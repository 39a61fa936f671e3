//! Readers that a log or run events show and that no manifest declares.
//!
//! Owns: who reads what without saying so, how often, and why some of them do not count. Must never know:
//! the rule that reports them, how they are listed. Start reading at [`Reads::of`].

use super::context::days_between;
use super::rules::rule;
use super::{Context, Parameter};
use crate::model::{Attr, EdgeIx, NodeIx, NodeKind, NodeSet};
use jiff::civil::Date;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// The rule whose thresholds count.
const CODE: &str = "CON001";

pub(super) static READS: Parameter = Parameter {
    key: "reads",
    default: 3.0,
    range: (1.0, 1e9),
    unit: "reads",
    doc: "So many reads within the window make a consumer.",
};

pub(super) static DAYS: Parameter = Parameter {
    key: "days",
    default: 2.0,
    range: (1.0, 365.0),
    unit: "days",
    doc: "On so many days. A backfill reads much, on one day.",
};

pub(super) static WINDOW_DAYS: Parameter = Parameter {
    key: "window_days",
    default: 30.0,
    range: (1.0, 3650.0),
    unit: "days",
    doc: "The days before the end of the log that count.",
};

pub(super) static SCANNER_NODES: Parameter = Parameter {
    key: "scanner_nodes",
    default: 5.0,
    range: (2.0, 1e6),
    unit: "nodes",
    doc: "An account that reads so many things evenly, hardly more than once a day each, is a scanner or a backup.",
};

/// A scanner reads each thing about as often as any other, and not for its content.
const SCANNER_READS_A_DAY: f64 = 2.0;

/// Why a reader counts as a consumer, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It reads often enough, on enough days.
    Consumer,
    /// Too few reads, or on too few days: a backfill, a look.
    Few,
    /// It reads a little of everything: a scanner or a backup.
    Scanner,
    /// Several declared jobs may stand behind the account.
    Shared,
}

/// Reads of one thing by one reader within the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The observed read.
    pub edge: EdgeIx,
    pub target: NodeIx,
    pub reader: NodeIx,
    /// `None` where an event says that it happened and not how often.
    pub count: Option<u64>,
    pub days: Option<u64>,
    pub first: Option<Date>,
    pub last: Option<Date>,
    /// Positions in the access log.
    pub rows: Vec<u32>,
    pub standing: Standing,
}

impl Read {
    /// When it was seen for the first and for the last time, before the window too.
    pub fn seen(&self, context: &Context<'_>) -> (Option<Date>, Option<Date>) {
        let attrs = context.graph.details(self.edge).attrs();
        (attrs.date(Attr::FirstSeen).or(self.first), attrs.date(Attr::LastSeen).or(self.last))
    }
}

/// Everything that was seen and not declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reads {
    /// In the order of the observed edges.
    pub reads: Vec<Read>,
    /// The last day of the log, or the day on which ages are judged where that is earlier.
    pub end: Option<Date>,
    /// Whether there is a log, or an observed read.
    pub is_known: bool,
    /// Things of which it is known who reads them.
    pub judged: usize,
}

impl Reads {
    /// Linear in the rows of the log and the edges of the graph.
    pub fn of(context: &Context<'_>) -> Self {
        let log = Log::new(context);
        let observed = undeclared_edges(context);
        if log.end.is_none() && observed.is_empty() {
            return Self::default();
        }
        let is_defined = |target: &NodeIx| context.graph.node(*target).defined;
        let mut judged = log.targets.iter().filter(is_defined).count();
        let newest = observed
            .iter()
            .filter_map(|&(edge, ..)| context.graph.details(edge).attrs().date(Attr::LastSeen))
            .max();
        let mut reads: Vec<Read> = Vec::new();
        for (edge, target, reader) in observed {
            judged += usize::from(!log.targets.contains(target));
            reads.extend(match log.rows.contains_key(&(target, reader)) {
                true => log.reads(context, edge, target, reader),
                false => reads_of_edge(context, edge, newest),
            });
        }
        let (least, days) = (value(context, &READS), value(context, &DAYS));
        let enough = |read: &Read| {
            read.count.is_none_or(|count| count as f64 >= least)
                && read.days.is_none_or(|on| on as f64 >= days)
        };
        let scanners = scanners(context, &reads);
        for read in &mut reads {
            if scanners.contains(&read.reader) {
                read.standing = Standing::Scanner;
            } else if !enough(read) {
                read.standing = Standing::Few;
            }
        }
        let counting = |read: &&Read| read.standing == Standing::Consumer;
        let shared = shared_accounts(context, &log, reads.iter().filter(counting));
        for read in reads.iter_mut().filter(|read| read.standing == Standing::Consumer) {
            if shared.contains(&read.reader) {
                read.standing = Standing::Shared;
            }
        }
        Self { reads, end: log.end, is_known: true, judged }
    }
}

/// As the project has set it.
fn value(context: &Context<'_>, parameter: &Parameter) -> f64 {
    rule(CODE).map_or(parameter.default, |rule| context.value(rule.meta(), parameter))
}

/// Observed reads of data by somebody who neither declares it nor makes it, once a pair.
fn undeclared_edges(context: &Context<'_>) -> Vec<(EdgeIx, NodeIx, NodeIx)> {
    let graph = context.graph;
    let mut seen: FxHashSet<(NodeIx, NodeIx)> = FxHashSet::default();
    let observed = graph.edge_indices().filter(|&edge| graph.edge(edge).kind.is_observed());
    observed
        .map(|edge| (edge, graph.edge(edge).from, graph.edge(edge).to))
        .filter(|&(_, target, reader)| {
            let declares = |from: NodeIx, to: NodeIx| {
                context
                    .edges_from(from, |kind| kind.is_flow() && !kind.is_observed())
                    .any(|edge| graph.edge(edge).to == to)
            };
            let watches = matches!(graph.kind(reader), NodeKind::Monitor | NodeKind::Test);
            target != reader
                && !watches
                && seen.insert((target, reader))
                && !declares(target, reader)
                && !declares(reader, target)
        })
        .collect()
}

/// The access log, by who read what.
struct Log {
    /// The last day of the log, or the day on which ages are judged where that is earlier.
    end: Option<Date>,
    targets: NodeSet,
    /// Every pair of target and reader that the log ever saw; rows within the window.
    rows: FxHashMap<(NodeIx, NodeIx), Vec<u32>>,
}

impl Log {
    /// Linear in the rows; each name is looked up once.
    fn new(context: &Context<'_>) -> Self {
        let table = &context.graph.tables().access;
        let last = table.iter().map(|row| row.row.date).max();
        let end = last.map(|last| last.min(context.settings.today));
        let window = value(context, &WINDOW_DAYS);
        let mut names = Names::new(context);
        let targets = NodeSet::none(context.graph.nodes().len());
        let mut log = Self { end, targets, rows: FxHashMap::default() };
        for (position, row) in table.iter().enumerate() {
            let row = &row.row;
            let (target, reader) = (names.target(&row.target), names.reader(&row.reader));
            let Some((target, reader)) = target.zip(reader) else { continue };
            log.targets.insert(target);
            let rows = log.rows.entry((target, reader)).or_default();
            let age = end.map(|end| days_between(row.date, end));
            if age.is_some_and(|age| age >= 0 && f64::from(age) < window) {
                rows.push(position as u32);
            }
        }
        log
    }

    /// What the log knows of one observed edge; `None` without a read within the window.
    fn reads(
        &self,
        context: &Context<'_>,
        edge: EdgeIx,
        target: NodeIx,
        reader: NodeIx,
    ) -> Option<Read> {
        let rows = self.rows.get(&(target, reader))?;
        let table = &context.graph.tables().access;
        let mut dates: Vec<Date> = rows.iter().map(|&row| table[row as usize].row.date).collect();
        dates.sort_unstable();
        dates.dedup();
        let count =
            rows.iter().map(|&row| table[row as usize].row.reads).fold(0, u64::saturating_add);
        Some(Read {
            edge,
            target,
            reader,
            count: Some(count),
            days: Some(dates.len() as u64),
            first: Some(*dates.first()?),
            last: dates.last().copied(),
            rows: rows.clone(),
            standing: Standing::Consumer,
        })
    }
}

/// As run events count reads; `None` when the last lies before a window that ends with the newest of all.
fn reads_of_edge(context: &Context<'_>, ix: EdgeIx, newest: Option<Date>) -> Option<Read> {
    let (edge, attrs) = (context.graph.edge(ix), context.graph.details(ix).attrs());
    let number = |attr| attrs.number(attr).map(|value| value.max(0.0) as u64);
    let last = attrs.date(Attr::LastSeen);
    let age = last.zip(newest).map(|(last, newest)| days_between(last, newest));
    let window = value(context, &WINDOW_DAYS);
    let is_over = age.is_some_and(|age| f64::from(age) >= window);
    (!is_over).then(|| Read {
        edge: ix,
        target: edge.from,
        reader: edge.to,
        count: number(Attr::ReadCount),
        days: number(Attr::ReadDays),
        first: attrs.date(Attr::FirstSeen),
        last,
        rows: Vec::new(),
        standing: Standing::Consumer,
    })
}

/// Looks names of the log up as the merge of files did: ids and aliases, then names.
struct Names<'c, 'a> {
    context: &'c Context<'a>,
    by_name: FxHashMap<&'a str, NodeIx>,
    targets: FxHashMap<&'a str, Option<NodeIx>>,
    readers: FxHashMap<&'a str, Option<NodeIx>>,
}

impl<'c, 'a> Names<'c, 'a> {
    fn new(context: &'c Context<'a>) -> Self {
        let mut by_name = FxHashMap::default();
        if !context.graph.tables().access.is_empty() {
            for ix in context.graph.node_indices() {
                by_name.entry(&*context.graph.node(ix).name).or_insert(ix);
            }
        }
        Self { context, by_name, targets: FxHashMap::default(), readers: FxHashMap::default() }
    }

    fn target(&mut self, name: &'a str) -> Option<NodeIx> {
        let (graph, by_name) = (self.context.graph, &self.by_name);
        *self
            .targets
            .entry(name)
            .or_insert_with(|| graph.find(name).or_else(|| by_name.get(name).copied()))
    }

    fn reader(&mut self, name: &'a str) -> Option<NodeIx> {
        let (graph, by_name) = (self.context.graph, &self.by_name);
        *self.readers.entry(name).or_insert_with(|| {
            let known = graph.find(name).or_else(|| by_name.get(name).copied());
            known.or_else(|| graph.find(&format!("reader:{name}")))
        })
    }
}

/// Readers that take a little of everything, each thing about as often as any other.
fn scanners(context: &Context<'_>, reads: &[Read]) -> FxHashSet<NodeIx> {
    let mut by_reader: BTreeMap<NodeIx, Vec<(f64, f64)>> = BTreeMap::new();
    for read in reads.iter().filter(|read| !context.graph.node(read.reader).defined) {
        if let Some((count, days)) = read.count.zip(read.days) {
            by_reader.entry(read.reader).or_default().push((count as f64, days as f64));
        }
    }
    let least = value(context, &SCANNER_NODES);
    let is_scanner = |counts: &Vec<(f64, f64)>| {
        let all: f64 = counts.iter().map(|(count, _)| count).sum();
        let days: f64 = counts.iter().map(|(_, days)| days).sum();
        let most = counts.iter().map(|&(count, _)| count).fold(0.0, f64::max);
        counts.len() as f64 >= least
            && all <= SCANNER_READS_A_DAY * days
            && most <= 2.0 * all / counts.len() as f64
    };
    by_reader
        .into_iter()
        .filter(|(_, counts)| is_scanner(counts))
        .map(|(reader, _)| reader)
        .collect()
}

/// Unknown accounts behind which several declared jobs may stand: everything that they read is data that two
/// or more jobs are declared to read, none of which the log ever saw reading it under its own name.
fn shared_accounts<'r>(
    context: &Context<'_>,
    log: &Log,
    reads: impl Iterator<Item = &'r Read>,
) -> FxHashSet<NodeIx> {
    let graph = context.graph;
    let hidden_jobs = |target: NodeIx| {
        let jobs: FxHashSet<NodeIx> = context
            .edges_from(target, |kind| Context::carries_data(kind) && !kind.is_observed())
            .map(|edge| graph.edge(edge).to)
            .filter(|&job| graph.kind(job) == NodeKind::Job)
            .collect();
        jobs.into_iter().filter(|&job| !log.rows.contains_key(&(target, job))).count()
    };
    let mut all: BTreeMap<NodeIx, bool> = BTreeMap::new();
    for read in reads.filter(|read| !graph.node(read.reader).defined) {
        let is_data = matches!(graph.kind(read.target), NodeKind::Source | NodeKind::Dataset);
        let may_be_jobs = is_data && !read.rows.is_empty() && hidden_jobs(read.target) > 1;
        *all.entry(read.reader).or_insert(true) &= may_be_jobs;
    }
    all.into_iter().filter(|&(_, shared)| shared).map(|(reader, _)| reader).collect()
}
