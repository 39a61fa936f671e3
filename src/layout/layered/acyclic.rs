//! Which edges run against the flow: a small set that leaves no cycle when it is turned round.
//!
//! Only edges inside strongly connected components can matter. Each component gets a linear order
//! by the greedy rule of Eades, Lin and Smyth, "A fast and effective heuristic for the feedback arc
//! set problem" (1993); then single vertices are moved to their best place in that order until no
//! move helps. What points backwards in the order is the feedback set. O(V + E) for a round.

use super::csr::Csr;
use super::watch::{Meter, Watch};
use std::collections::BinaryHeap;

/// Rounds of collecting cycles and taking out the edges that hit most of them.
const MAX_HITTING_ROUNDS: usize = 6;
/// Edges visited in search of one short cycle; a longer search says little about culprits.
const MAX_CYCLE_SEARCH: usize = 3_000;
/// Edges visited while looking for edges that need not be turned round after all.
const MAX_RESTORE_STEPS: usize = 20_000_000;
/// Rounds of moving each vertex to its best place; measured to settle in three to six.
const MAX_ROUNDS: usize = 12;
/// Room between neighbouring keys of the order after numbering afresh.
const KEY_STEP: u64 = 1 << 32;
const NONE: u32 = u32::MAX;

/// For each edge (self-loops excluded by the caller) whether it is to be turned round. `before` are
/// those that ran against the flow in an earlier picture (empty when there is none): as far as they
/// still close cycles they do so again.
pub(super) fn feedback_edges(
    nodes: usize,
    edges: &[(u32, u32)],
    before: &[bool],
    watch: Watch<'_>,
) -> Option<Vec<bool>> {
    let succ = Csr::new(nodes, edges.iter().copied());
    let mut meter = watch.meter();
    let components = strong_components(&succ, &mut meter)?;
    if components.count == nodes {
        return Some(vec![false; edges.len()]);
    }
    let inner: Vec<u32> =
        (0..edges.len() as u32).filter(|&e| components.same(edges[e as usize])).collect();
    let mut feedback = vec![false; edges.len()];
    let chosen = if before.is_empty() {
        smallest_found(nodes, edges, &inner, &mut meter)?
    } else {
        for &e in &inner {
            feedback[e as usize] = before[e as usize];
        }
        backward(nodes, edges, &inner, &feedback, &mut meter)?
    };
    for e in chosen {
        feedback[e as usize] = true;
    }
    restore(nodes, edges, &inner, &mut feedback, &mut meter)?;
    Some(feedback)
}

/// A small set of edges of `inner` that leaves no cycle.
fn smallest_found(
    nodes: usize,
    edges: &[(u32, u32)],
    inner: &[u32],
    meter: &mut Meter<'_>,
) -> Option<Vec<u32>> {
    let mut cut = vec![false; edges.len()];
    let mut best = backward(nodes, edges, inner, &cut, meter)?;
    let mut loose = best.clone();
    for _ in 0..MAX_HITTING_ROUNDS {
        if loose.is_empty() {
            break;
        }
        let cycles = short_cycles(nodes, edges, inner, &cut, &loose, meter)?;
        for e in hitting_set(&cycles) {
            cut[e as usize] = true;
        }
        loose = backward(nodes, edges, inner, &cut, meter)?;
        let taken = inner.iter().copied().filter(|&e| cut[e as usize]);
        let all: Vec<u32> = taken.chain(loose.iter().copied()).collect();
        if all.len() < best.len() {
            best = all;
        }
    }
    Some(best)
}

/// The edges of `inner`, `cut` left out, that point backwards in a good order.
fn backward(
    nodes: usize,
    edges: &[(u32, u32)],
    inner: &[u32],
    cut: &[bool],
    meter: &mut Meter<'_>,
) -> Option<Vec<u32>> {
    let kept = inner.iter().copied().filter(|&e| !cut[e as usize]);
    let succ = Csr::new(nodes, kept.clone().map(|e| edges[e as usize]));
    let components = strong_components(&succ, meter)?;
    if components.count == nodes {
        return Some(Vec::new());
    }
    let flipped = kept.clone().map(|e| (edges[e as usize].1, edges[e as usize].0));
    let pred = Csr::new(nodes, flipped);
    let graph = Tangle { succ: &succ, pred: &pred, component: &components.of };
    let members =
        Csr::new(components.count, (0..nodes as u32).map(|v| (components.of[v as usize], v)));
    let mut key = vec![0u64; nodes];
    let mut scratch = Scratch::new(nodes);
    for component in 0..components.count as u32 {
        let members = members.row(component);
        if members.len() > 1 {
            graph.order(members, &mut key, &mut scratch, meter)?;
        }
    }
    let backward = |&e: &u32| {
        let (u, v) = edges[e as usize];
        components.same((u, v)) && key[u as usize] > key[v as usize]
    };
    Some(kept.filter(backward).collect())
}

/// For each edge of `through` the edges of a shortest cycle through it, where one is near.
fn short_cycles(
    nodes: usize,
    edges: &[(u32, u32)],
    inner: &[u32],
    cut: &[bool],
    through: &[u32],
    meter: &mut Meter<'_>,
) -> Option<Vec<Vec<u32>>> {
    let kept = inner.iter().copied().filter(|&e| !cut[e as usize]);
    let succ = Csr::new(nodes, kept.map(|e| (edges[e as usize].0, e)));
    let mut search = Search::new(nodes);
    let mut cycles = Vec::with_capacity(through.len());
    for &e in through {
        let (tail, head) = edges[e as usize];
        let mut cycle = vec![e];
        search.run(edges, &succ, cut, (head, tail), MAX_CYCLE_SEARCH, meter)?;
        search.walk_back(edges, (head, tail), &mut cycle);
        cycles.push(cycle);
    }
    Some(cycles)
}

/// Edges that hit all cycles, those first that hit most of what is left. O(total length · log).
fn hitting_set(cycles: &[Vec<u32>]) -> Vec<u32> {
    let Some(last) = cycles.iter().flatten().max() else { return Vec::new() };
    let on = Csr::new(
        *last as usize + 1,
        cycles.iter().enumerate().flat_map(|(c, cycle)| cycle.iter().map(move |&e| (e, c as u32))),
    );
    let mut left: Vec<usize> = (0..=*last).map(|e| on.degree(e)).collect();
    let mut queue: BinaryHeap<(usize, u32)> =
        (0..=*last).filter(|&e| left[e as usize] > 0).map(|e| (left[e as usize], e)).collect();
    let mut hit = vec![false; cycles.len()];
    let mut chosen = Vec::new();
    while let Some((count, e)) = queue.pop() {
        if left[e as usize] != count || count == 0 {
            continue;
        }
        chosen.push(e);
        for &c in on.row(e) {
            if std::mem::replace(&mut hit[c as usize], true) {
                continue;
            }
            for &other in &cycles[c as usize] {
                left[other as usize] -= 1;
                if other != e {
                    queue.push((left[other as usize], other));
                }
            }
        }
    }
    chosen
}

/// Turns edges of the set forward again where that closes no cycle.
fn restore(
    nodes: usize,
    edges: &[(u32, u32)],
    inner: &[u32],
    feedback: &mut [bool],
    meter: &mut Meter<'_>,
) -> Option<()> {
    let all = Csr::new(nodes, inner.iter().map(|&e| (edges[e as usize].0, e)));
    let mut search = Search::new(nodes);
    let mut budget = MAX_RESTORE_STEPS;
    for &e in inner {
        if !feedback[e as usize] {
            continue;
        }
        let (tail, head) = edges[e as usize];
        let (outcome, steps) = search.run(edges, &all, feedback, (head, tail), budget, meter)?;
        budget -= steps.min(budget);
        feedback[e as usize] = outcome != Outcome::Unreachable;
        if budget == 0 {
            break;
        }
    }
    Some(())
}

struct Components {
    of: Vec<u32>,
    count: usize,
}

impl Components {
    fn same(&self, (u, v): (u32, u32)) -> bool {
        self.of[u as usize] == self.of[v as usize]
    }
}

/// Tarjan's algorithm with its call stack as data.
fn strong_components(succ: &Csr, meter: &mut Meter<'_>) -> Option<Components> {
    let nodes = succ.rows();
    let mut of = vec![NONE; nodes];
    let mut low = vec![0u32; nodes];
    let mut index = vec![NONE; nodes];
    let mut stack: Vec<u32> = Vec::new();
    let mut calls: Vec<(u32, usize)> = Vec::new();
    let (mut next_index, mut count) = (0u32, 0u32);
    for start in 0..nodes as u32 {
        if index[start as usize] != NONE {
            continue;
        }
        calls.push((start, succ.range(start).start));
        index[start as usize] = next_index;
        low[start as usize] = next_index;
        next_index += 1;
        stack.push(start);
        while let Some((v, slot)) = calls.last_mut() {
            meter.spend(1)?;
            let v = *v;
            if *slot < succ.range(v).end {
                let w = succ.item(*slot);
                *slot += 1;
                if index[w as usize] == NONE {
                    index[w as usize] = next_index;
                    low[w as usize] = next_index;
                    next_index += 1;
                    stack.push(w);
                    calls.push((w, succ.range(w).start));
                } else if of[w as usize] == NONE {
                    low[v as usize] = low[v as usize].min(index[w as usize]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(parent, _)) = calls.last() {
                low[parent as usize] = low[parent as usize].min(low[v as usize]);
            }
            if low[v as usize] == index[v as usize] {
                while let Some(w) = stack.pop() {
                    of[w as usize] = count;
                    if w == v {
                        break;
                    }
                }
                count += 1;
            }
        }
    }
    Some(Components { of, count: count as usize })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Reached,
    Unreachable,
    GaveUp,
}

/// Breadth-first search whose marks need no clearing.
struct Search {
    seen: Vec<u32>,
    by: Vec<u32>,
    round: u32,
    queue: Vec<u32>,
    outcome: Outcome,
}

impl Search {
    fn new(nodes: usize) -> Self {
        let (seen, by) = (vec![0; nodes], vec![NONE; nodes]);
        Self { seen, by, round: 0, queue: Vec::new(), outcome: Outcome::Unreachable }
    }

    /// Looks for a path between two nodes along edges that are not `closed`; the edges visited.
    fn run(
        &mut self,
        edges: &[(u32, u32)],
        succ: &Csr,
        closed: &[bool],
        (from, to): (u32, u32),
        budget: usize,
        meter: &mut Meter<'_>,
    ) -> Option<(Outcome, usize)> {
        self.round += 1;
        self.queue.clear();
        self.queue.push(from);
        self.seen[from as usize] = self.round;
        self.outcome = Outcome::Unreachable;
        let (mut next, mut steps) = (0, 0);
        while next < self.queue.len() {
            let u = self.queue[next];
            next += 1;
            if u == to {
                self.outcome = Outcome::Reached;
                break;
            }
            if steps >= budget {
                self.outcome = Outcome::GaveUp;
                break;
            }
            steps += succ.degree(u);
            meter.spend(succ.degree(u))?;
            for &e in succ.row(u) {
                let v = edges[e as usize].1;
                if !closed[e as usize] && self.seen[v as usize] != self.round {
                    self.seen[v as usize] = self.round;
                    self.by[v as usize] = e;
                    self.queue.push(v);
                }
            }
        }
        Some((self.outcome, steps))
    }

    /// Appends the edges of the path that the last run found, if it found one.
    fn walk_back(&self, edges: &[(u32, u32)], (from, to): (u32, u32), path: &mut Vec<u32>) {
        let mut at = to;
        while self.outcome == Outcome::Reached && at != from {
            let e = self.by[at as usize];
            path.push(e);
            at = edges[e as usize].0;
        }
    }
}

/// A graph with cycles, cut into its strong components.
struct Tangle<'a> {
    succ: &'a Csr,
    pred: &'a Csr,
    component: &'a [u32],
}

/// Arrays over all vertices, reused by every component.
struct Scratch {
    out_degree: Vec<i32>,
    in_degree: Vec<i32>,
    placed: Vec<bool>,
    before: Vec<u32>,
    after: Vec<u32>,
}

impl Scratch {
    fn new(nodes: usize) -> Self {
        Self {
            out_degree: vec![0; nodes],
            in_degree: vec![0; nodes],
            placed: vec![false; nodes],
            before: vec![NONE; nodes],
            after: vec![NONE; nodes],
        }
    }
}

impl Tangle<'_> {
    fn inner<'b>(&'b self, csr: &'b Csr, v: u32) -> impl Iterator<Item = u32> + 'b {
        let own = self.component[v as usize];
        csr.row(v).iter().copied().filter(move |&w| self.component[w as usize] == own)
    }

    /// Gives the members of one component keys whose order has few backward edges.
    fn order(
        &self,
        members: &[u32],
        key: &mut [u64],
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Option<()> {
        let sequence = self.greedy(members, scratch, meter)?;
        number(&sequence, key);
        for pair in sequence.windows(2) {
            scratch.after[pair[0] as usize] = pair[1];
            scratch.before[pair[1] as usize] = pair[0];
        }
        for _ in 0..MAX_ROUNDS {
            let mut moved = false;
            for &v in &sequence {
                moved |= self.improve(v, key, scratch, meter)?;
            }
            if !moved {
                break;
            }
        }
        Some(())
    }

    /// Sinks to the back, sources to the front, else the vertex with the most outgoing surplus.
    fn greedy(
        &self,
        members: &[u32],
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Option<Vec<u32>> {
        let mut buckets = Buckets::default();
        for &v in members {
            let (out, into) = (self.inner(self.succ, v).count(), self.inner(self.pred, v).count());
            scratch.out_degree[v as usize] = out as i32;
            scratch.in_degree[v as usize] = into as i32;
            buckets.push(v, out as i32, into as i32);
        }
        let (mut front, mut back) = (Vec::with_capacity(members.len()), Vec::new());
        while let Some((v, class)) = buckets.pop(scratch) {
            scratch.placed[v as usize] = true;
            if class == Class::Sink {
                back.push(v);
            } else {
                front.push(v);
            }
            meter.spend(self.succ.degree(v) + self.pred.degree(v) + 1)?;
            for w in self.inner(self.succ, v) {
                scratch.in_degree[w as usize] -= 1;
                buckets.touch(w, scratch);
            }
            for w in self.inner(self.pred, v) {
                scratch.out_degree[w as usize] -= 1;
                buckets.touch(w, scratch);
            }
        }
        front.extend(back.iter().rev());
        Some(front)
    }

    /// Moves `v` to where fewest of its edges point backwards; whether that was a gain.
    fn improve(
        &self,
        v: u32,
        key: &mut [u64],
        scratch: &mut Scratch,
        meter: &mut Meter<'_>,
    ) -> Option<bool> {
        // (key, vertex, change of the cost when `v` moves from before to behind that vertex)
        let mut steps: Vec<(u64, u32, i32)> = self
            .inner(self.succ, v)
            .map(|w| (key[w as usize], w, 1))
            .chain(self.inner(self.pred, v).map(|w| (key[w as usize], w, -1)))
            .collect();
        steps.sort_unstable();
        meter.spend(steps.len() * 4)?;
        let (mut cost, mut here, mut best, mut target) = (0, 0, 0, NONE);
        for &(at, w, change) in &steps {
            cost += change;
            if at < key[v as usize] {
                here = cost;
            }
            if cost < best {
                (best, target) = (cost, w);
            }
        }
        if best >= here {
            return Some(false);
        }
        unlink(v, scratch);
        let first = steps[0].1;
        let (prev, next) = match target {
            NONE => (scratch.before[first as usize], first),
            w => (w, scratch.after[w as usize]),
        };
        link(v, prev, next, scratch);
        let low = if prev == NONE { 0 } else { key[prev as usize] };
        let high = if next == NONE { low.saturating_add(2 * KEY_STEP) } else { key[next as usize] };
        if high - low < 2 {
            let mut head = v;
            while scratch.before[head as usize] != NONE {
                head = scratch.before[head as usize];
            }
            let mut at = 0;
            while head != NONE {
                at += KEY_STEP;
                key[head as usize] = at;
                head = scratch.after[head as usize];
                meter.spend(1)?;
            }
        } else {
            key[v as usize] = low + (high - low) / 2;
        }
        Some(true)
    }
}

fn number(sequence: &[u32], key: &mut [u64]) {
    for (at, &v) in sequence.iter().enumerate() {
        key[v as usize] = (at as u64 + 1) * KEY_STEP;
    }
}

fn unlink(v: u32, scratch: &mut Scratch) {
    let (prev, next) = (scratch.before[v as usize], scratch.after[v as usize]);
    if prev != NONE {
        scratch.after[prev as usize] = next;
    }
    if next != NONE {
        scratch.before[next as usize] = prev;
    }
}

fn link(v: u32, prev: u32, next: u32, scratch: &mut Scratch) {
    scratch.before[v as usize] = prev;
    scratch.after[v as usize] = next;
    if prev != NONE {
        scratch.after[prev as usize] = v;
    }
    if next != NONE {
        scratch.before[next as usize] = v;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Sink,
    Source,
    Surplus,
}

/// Vertices by the greedy rule's classes; stale entries are skipped when they come up.
#[derive(Default)]
struct Buckets {
    sinks: Vec<u32>,
    sources: Vec<u32>,
    /// By out-degree minus in-degree, even numbers for surpluses and odd ones for deficits.
    by_surplus: std::collections::BTreeMap<i32, Vec<u32>>,
}

impl Buckets {
    fn push(&mut self, v: u32, out: i32, into: i32) {
        if out == 0 {
            self.sinks.push(v);
        } else if into == 0 {
            self.sources.push(v);
        } else {
            self.by_surplus.entry(out - into).or_default().push(v);
        }
    }

    fn touch(&mut self, v: u32, scratch: &Scratch) {
        if !scratch.placed[v as usize] {
            self.push(v, scratch.out_degree[v as usize], scratch.in_degree[v as usize]);
        }
    }

    fn pop(&mut self, scratch: &Scratch) -> Option<(u32, Class)> {
        let fresh = |v: u32| !scratch.placed[v as usize];
        while let Some(v) = self.sinks.pop() {
            if fresh(v) {
                return Some((v, Class::Sink));
            }
        }
        while let Some(v) = self.sources.pop() {
            if fresh(v) {
                return Some((v, Class::Source));
            }
        }
        while let Some(mut entry) = self.by_surplus.last_entry() {
            let surplus = *entry.key();
            match entry.get_mut().pop() {
                None => {
                    entry.remove();
                }
                Some(v) => {
                    let now = scratch.out_degree[v as usize] - scratch.in_degree[v as usize];
                    if fresh(v) && now == surplus {
                        return Some((v, Class::Surplus));
                    }
                }
            }
        }
        None
    }
}
