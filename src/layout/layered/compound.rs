//! The structure and the orders of all containers, from the root down.
//!
//! A container's order is settled before those of the groups in it, so that their ports can take the
//! order in which strands arrive; [`assemble`](super::assemble) then draws them from the inside out
//! (recursive layout of compound graphs, after Sander, "Layout of compound directed graphs", 1996).
//! Without groups there is the root alone.

use super::super::geometry::{Point, Size};
use super::super::quality::flatten;
use super::super::{LayoutOptions, LayoutRequest, Place};
use super::anchor::middle;
use super::border::{self, Border, Rank, Ranks};
use super::container::{Container, Member, Nesting, PORT, Strand};
use super::csr::Csr;
use super::draw::Drawing;
use super::parts::{Part, part_of_members, task};
use super::plan::Plan;
use super::watch::Watch;
use rayon::prelude::*;

/// The last layer that a box can be given: each one takes room even when it is empty.
const LAST_LAYER: u32 = 10_000;

/// The structure of the whole drawing.
pub(super) struct Compound<'a> {
    pub(super) request: &'a LayoutRequest,
    pub(super) sizes: Vec<Size>,
    pub(super) options: LayoutOptions,
    pub(super) looped: Vec<bool>,
    pub(super) nesting: Nesting,
    /// For each container its unconnected parts, and where each of its strands went.
    pub(super) parts: Vec<Vec<Part>>,
    pub(super) homes: Vec<Vec<Home>>,
}

/// Where a strand of a container went: a part, and its place among the part's strands.
type Home = (u32, u32);

/// Sifting steps to spend on a part, at about 0.7 ns each: a millisecond for 500 nodes and dummies, 5 for 1,500, a
/// tenth of a second for 7,000, a fifth of a second for 15,000 and for graphs that are mostly dummies, more only
/// where there are many boxes. The more there is to draw, the more a share of the crossings is worth.
fn budget(plan: &Plan, effort: f32) -> usize {
    let (nodes, members) = (plan.proper.nodes() as f64, plan.task.members as f64);
    let small = (21.0 * nodes.powf(1.75)).min(f64::max(3.0 * nodes * nodes, 2e6));
    let steps = small.min(f64::max(2.5e8, 1e4 * members));
    if effort > 0.0 { (steps * f64::from(effort)) as usize + 1 } else { 0 }
}

/// Lengths as they should be: finite, not negative.
fn length(value: f32) -> f32 {
    /// Larger boxes would push the rest out of the precision of `f32`.
    const LONGEST: f32 = 1e6;
    if value.is_finite() { value.clamp(0.0, LONGEST) } else { 0.0 }
}

impl<'a> Compound<'a> {
    pub(super) fn new(request: &'a LayoutRequest, watch: Watch<'_>) -> Option<Self> {
        let nesting = Nesting::new(request, watch)?;
        let given = &request.options;
        let options = LayoutOptions {
            node_gap: length(given.node_gap),
            layer_gap: length(given.layer_gap),
            group_padding: length(given.group_padding),
            group_head: length(given.group_head),
            effort: length(given.effort),
        };
        let size = |size: &Size| Size::new(length(size.width), length(size.height));
        let mut looped = vec![false; request.nodes.len()];
        for &(u, v) in &request.edges {
            if u == v && (u as usize) < looped.len() {
                looped[u as usize] = true;
            }
        }
        let mut this = Self {
            request,
            sizes: request.nodes.iter().map(size).collect(),
            options,
            looped,
            parts: Vec::new(),
            homes: Vec::new(),
            nesting,
        };
        for c in 0..this.nesting.containers.len() as u32 {
            let (parts, homes) = this.split(c, watch)?;
            this.parts.push(parts);
            this.homes.push(homes);
        }
        Some(this)
    }

    /// Nodes and dummies to be ordered.
    pub(super) fn weight(&self) -> usize {
        let plans = self.parts.iter().flatten().filter_map(|part| part.plan.as_ref());
        plans.map(|plan| plan.proper.nodes()).sum()
    }

    /// Cuts a container into its connected parts; everything that hangs on ports is one part.
    fn split(&self, c: u32, watch: Watch<'_>) -> Option<(Vec<Part>, Vec<Home>)> {
        let container = &self.nesting.containers[c as usize];
        let pins = self.pins(container);
        let groups = part_of_members(container, !pins.is_empty());
        let by_part =
            Csr::new(groups.count, groups.of.iter().enumerate().map(|(m, &p)| (p, m as u32)));
        let part_of_strand = |s: u32| {
            let strand = container.strands[s as usize];
            groups.of[if strand.from == PORT { strand.to } else { strand.from } as usize]
        };
        let strands = Csr::new(
            groups.count,
            (0..container.strands.len() as u32).map(|s| (part_of_strand(s), s)),
        );
        let mut local = vec![0u32; container.members.len()];
        let mut homes = vec![(0, 0); container.strands.len()];
        let mut parts = Vec::with_capacity(groups.count);
        for p in 0..groups.count as u32 {
            let members = by_part.row(p).to_vec();
            let strands = strands.row(p).to_vec();
            for (k, &m) in members.iter().enumerate() {
                local[m as usize] = k as u32;
            }
            for (k, &s) in strands.iter().enumerate() {
                homes[s as usize] = (p, k as u32);
            }
            let alone = strands.is_empty() && members.len() == 1 && pins.is_empty();
            let plan = if alone {
                None
            } else {
                let mut task = task(container, &members, &strands, &local, &pins);
                task.before = self.places_before(container, &members);
                if !task.before.is_empty() {
                    task.lines = self.lines_before(container, &strands);
                }
                Some(Plan::new(task, watch)?)
            };
            parts.push(Part { members, strands, plan });
        }
        Some((parts, homes))
    }

    /// Where a member stood in the earlier picture.
    pub(super) fn place_before(&self, member: Member) -> Option<Place> {
        let previous = &self.request.previous;
        let place = match member {
            Member::Box(node) => *previous.boxes.get(node as usize)?,
            Member::Group(group) => *previous.groups.get(group as usize - 1)?,
        };
        place.filter(|place| place.at.x.is_finite() && place.at.y.is_finite())
    }

    /// The same of the members of a part; empty when none stood anywhere.
    fn places_before(&self, container: &Container, members: &[u32]) -> Vec<Option<Place>> {
        let place = |&m: &u32| self.place_before(container.members[m as usize]);
        let places: Vec<Option<Place>> = members.iter().map(place).collect();
        if places.iter().any(Option::is_some) { places } else { Vec::new() }
    }

    /// The lines of strands in the earlier picture; empty when it has none.
    fn lines_before(&self, container: &Container, strands: &[u32]) -> Vec<Vec<Point>> {
        let routes = &self.request.previous.routes;
        let line = |&s: &u32| {
            let route = routes.get(container.strands[s as usize].edge as usize);
            let sound = route.filter(|r| r.iter().all(|p| p.x.is_finite() && p.y.is_finite()));
            sound.filter(|route| route.len() > 1).map(|route| flatten(route)).unwrap_or_default()
        };
        if routes.is_empty() { Vec::new() } else { strands.iter().map(line).collect() }
    }

    /// How far a part as drawn must be moved to lie where its members were before.
    pub(super) fn shift_to_before(
        &self,
        container: &Container,
        part: &Part,
        drawing: &Drawing,
    ) -> Option<Point> {
        let (mut across, mut along) = (Vec::new(), Vec::new());
        for (&m, center) in part.members.iter().zip(&drawing.centers) {
            if let Some(place) = self.place_before(container.members[m as usize]) {
                across.push(place.at.x - center.x);
                along.push(place.at.y - center.y);
            }
        }
        Some(Point::new(middle(&mut across)?, middle(&mut along)?))
    }

    /// Layers given for the boxes of the root; those inside of groups decide for themselves.
    fn pins(&self, container: &Container) -> Vec<Option<u32>> {
        let pin = |member: &Member| match member {
            Member::Box(node) => self.request.layer_of.get(*node as usize).copied().flatten(),
            Member::Group(_) => None,
        };
        let pins: Vec<Option<u32>> =
            container.members.iter().map(|m| pin(m).map(|layer| layer.min(LAST_LAYER))).collect();
        if pins.iter().any(Option::is_some) { pins } else { Vec::new() }
    }

    /// Orders all layers, from the root down.
    pub(super) fn arrange(&mut self, effort: f32, watch: Watch<'_>) -> Option<()> {
        let mut ranks: Vec<Ranks> = Vec::new();
        ranks.resize_with(self.nesting.containers.len(), Ranks::default);
        for at in 0..self.nesting.downwards.len() {
            let c = self.nesting.downwards[at];
            let container = &self.nesting.containers[c as usize];
            let own = std::mem::take(&mut ranks[c as usize]);
            let parts = &mut self.parts[c as usize];
            let borders: Vec<(Border, Border)> =
                parts.iter().map(|part| own.borders(container, &part.strands)).collect();
            let done: Vec<Option<()>> = parts
                .par_iter_mut()
                .zip(&borders)
                .map(|(part, (west, east))| {
                    let Some(plan) = &mut part.plan else { return Some(()) };
                    let budget = budget(plan, effort);
                    plan.arrange(west, east, budget, watch)
                })
                .collect();
            done.into_iter().collect::<Option<()>>()?;
            for (p, borders) in borders.iter().enumerate() {
                self.pass_on(c, p, borders, &mut ranks);
            }
            self.rank_strands(c, &mut ranks);
        }
        Some(())
    }

    /// Tells the groups in a container in which order strands meet their borders.
    fn rank_strands(&self, c: u32, ranks: &mut [Ranks]) {
        let container = &self.nesting.containers[c as usize];
        for part in &self.parts[c as usize] {
            let Some(plan) = &part.plan else { continue };
            for (k, &s) in part.strands.iter().enumerate() {
                let Strand { from, to, edge } = container.strands[s as usize];
                if let Some(Member::Group(child)) = container.members.get(from as usize) {
                    let place = plan.place_beside(k as u32, true);
                    ranks[*child as usize].east.insert(edge, Rank::new(place, to));
                }
                if let Some(Member::Group(child)) = container.members.get(to as usize) {
                    let place = plan.place_beside(k as u32, false);
                    ranks[*child as usize].west.insert(edge, Rank::new(place, from));
                }
            }
        }
    }

    /// What a group chose for the runs at its borders, to the container around it and to the groups at
    /// the other ends.
    fn pass_on(&mut self, c: u32, p: usize, borders: &(Border, Border), ranks: &mut [Ranks]) {
        let container = &self.nesting.containers[c as usize];
        let part = &self.parts[c as usize][p];
        let Some(plan) = &part.plan else { return };
        let strand = |s: &u32| container.strands[*s as usize];
        let edges = |west: bool| -> Vec<u32> {
            let ports = part.strands.iter().map(strand);
            ports.filter(|s| if west { s.from } else { s.to } == PORT).map(|s| s.edge).collect()
        };
        let (west, east) = plan.ports();
        let in_west = border::choices(&borders.0, &edges(true), &west);
        let in_east = border::choices(&borders.1, &edges(false), &east);
        let parent = container.parent;
        for (choice, to_west) in
            in_west.iter().map(|choice| (choice, true)).chain(in_east.iter().map(|c| (c, false)))
        {
            let local = |edge: &u32| -> (u32, u32) {
                let steps = self.nesting.steps_of(*edge as usize);
                let step = steps.iter().find(|step| step.0 == parent);
                step.map_or((0, 0), |step| self.homes[parent as usize][step.1 as usize])
            };
            let before: Vec<(u32, u32)> = choice.before.iter().map(local).collect();
            let after: Vec<u32> = choice.after.iter().map(|edge| local(edge).1).collect();
            let around = before[0].0 as usize;
            let strand = self.parts[parent as usize][around].strands[before[0].1 as usize];
            let strand = self.nesting.containers[parent as usize].strands[strand as usize];
            let before: Vec<u32> = before.into_iter().map(|home| home.1).collect();
            let Some(outer) = &mut self.parts[parent as usize][around].plan else { continue };
            let turning = outer.against[before[0] as usize];
            outer.exchange(&before, &after);
            let partner = if to_west { strand.from } else { strand.to };
            let members = &self.nesting.containers[parent as usize].members;
            if let (Some(Member::Group(other)), false) = (members.get(partner as usize), turning) {
                let ranks = &mut ranks[*other as usize];
                border::follow(if to_west { &mut ranks.east } else { &mut ranks.west }, choice);
            }
        }
    }
}
