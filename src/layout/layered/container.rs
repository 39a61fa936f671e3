//! The nesting of boxes in groups: which box, and which piece of which edge, lies in what container.
//!
//! The root and each group are containers. An edge is cut where it crosses the border of a group:
//! in each container on its way it is one strand, between members or between a member and a port on
//! the border. Edges leave groups to the east and enter them from the west.

use super::super::LayoutRequest;
use super::watch::Watch;

/// The end of a strand on the border of its container.
pub(super) const PORT: u32 = u32::MAX;
/// The root container; group `g` is container `g + 1`.
pub(super) const ROOT: u32 = 0;
/// Groups nested deeper than this are drawn as if they were their ancestor's: an edge passes one
/// container a level, and no screen shows as many frames.
const MAX_DEPTH: u32 = 64;

/// What lies directly in a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Member {
    Box(u32),
    Group(u32),
}

/// The piece of an edge within one container; its ends are members or [`PORT`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Strand {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) edge: u32,
}

#[derive(Debug, Default)]
pub(super) struct Container {
    pub(super) parent: u32,
    pub(super) depth: u32,
    /// Its index among the members of its parent.
    pub(super) place: u32,
    pub(super) members: Vec<Member>,
    pub(super) strands: Vec<Strand>,
}

/// All containers and the way of each edge through them.
#[derive(Debug, Default)]
pub(super) struct Nesting {
    pub(super) containers: Vec<Container>,
    /// Containers from the root down: each stands behind its parent.
    pub(super) downwards: Vec<u32>,
    /// `(container, strand)` for each piece of each edge, in the direction of the edge.
    pub(super) steps: Vec<(u32, u32)>,
    /// Where the steps of an edge end; an edge without steps is a self-loop or names no box.
    pub(super) step_ends: Vec<u32>,
}

impl Nesting {
    pub(super) fn new(request: &LayoutRequest, watch: Watch<'_>) -> Option<Self> {
        let groups = request.groups.len();
        let mut nesting = Self::default();
        nesting.containers.resize_with(groups + 1, Container::default);
        nesting.nest_groups(&request.groups);
        let home = nesting.place_boxes(request);
        nesting.drop_empty();
        let mut meter = watch.meter();
        for (e, &(u, v)) in request.edges.iter().enumerate() {
            let nodes = request.nodes.len() as u32;
            if u < nodes && v < nodes && u != v {
                nesting.thread(e as u32, home[u as usize], home[v as usize]);
            }
            meter.spend(4)?;
            nesting.step_ends.push(nesting.steps.len() as u32);
        }
        Some(nesting)
    }

    pub(super) fn steps_of(&self, edge: usize) -> &[(u32, u32)] {
        let start = if edge == 0 { 0 } else { self.step_ends[edge - 1] as usize };
        &self.steps[start..self.step_ends[edge] as usize]
    }

    /// Parents, depths and the downward order. Groups that enclose each other in a circle, or name
    /// no group, hang on the root; too deep ones on the ancestor that is just deep enough.
    fn nest_groups(&mut self, groups: &[Option<u32>]) {
        let parent = |g: usize| match groups[g] {
            Some(p) if (p as usize) < groups.len() => p as usize + 1,
            _ => 0,
        };
        self.downwards.push(ROOT);
        let mut done = vec![false; groups.len() + 1];
        done[0] = true;
        let mut on_path = vec![false; groups.len() + 1];
        let mut path = Vec::new();
        for g in 0..groups.len() {
            let mut at = g + 1;
            while !done[at] && !on_path[at] {
                on_path[at] = true;
                path.push(at);
                at = parent(at - 1);
            }
            // A circle: its last member met hangs on the root.
            let mut above = if done[at] { at } else { 0 };
            while let Some(at) = path.pop() {
                while self.containers[above].depth >= MAX_DEPTH {
                    above = self.containers[above].parent as usize;
                }
                self.containers[at].parent = above as u32;
                self.containers[at].depth = self.containers[above].depth + 1;
                self.downwards.push(at as u32);
                on_path[at] = false;
                done[at] = true;
                above = at;
            }
        }
    }

    /// Members of all containers; for each box its container and its index there.
    fn place_boxes(&mut self, request: &LayoutRequest) -> Vec<(u32, u32)> {
        let mut home = Vec::with_capacity(request.nodes.len());
        for node in 0..request.nodes.len() {
            let group = request.group_of.get(node).copied().flatten();
            let container = match group {
                Some(g) if (g as usize) < request.groups.len() => g + 1,
                _ => ROOT,
            };
            let members = &mut self.containers[container as usize].members;
            home.push((container, members.len() as u32));
            members.push(Member::Box(node as u32));
        }
        home
    }

    /// Adds to each container those of its groups that hold a box at any depth.
    fn drop_empty(&mut self) {
        let mut holds: Vec<bool> = self.containers.iter().map(|c| !c.members.is_empty()).collect();
        for &c in self.downwards.iter().rev() {
            if c != ROOT && holds[c as usize] {
                holds[self.containers[c as usize].parent as usize] = true;
            }
        }
        self.downwards.retain(|&c| c == ROOT || holds[c as usize]);
        for at in 1..self.downwards.len() {
            let c = self.downwards[at];
            let parent = self.containers[c as usize].parent as usize;
            let members = &mut self.containers[parent].members;
            let place = members.len() as u32;
            members.push(Member::Group(c));
            self.containers[c as usize].place = place;
        }
    }

    /// Cuts one edge into strands. O(depth).
    fn thread(&mut self, edge: u32, source: (u32, u32), target: (u32, u32)) {
        let ((mut a, mut from), (mut b, mut to)) = (source, target);
        let mut inwards: Vec<(u32, u32)> = Vec::new();
        while a != b {
            let (depth_a, depth_b) =
                (self.containers[a as usize].depth, self.containers[b as usize].depth);
            if depth_a >= depth_b {
                let step = self.add(a, Strand { from, to: PORT, edge });
                self.steps.push(step);
                (from, a) = (self.containers[a as usize].place, self.containers[a as usize].parent);
            }
            if depth_b >= depth_a {
                inwards.push(self.add(b, Strand { from: PORT, to, edge }));
                (to, b) = (self.containers[b as usize].place, self.containers[b as usize].parent);
            }
        }
        let step = self.add(a, Strand { from, to, edge });
        self.steps.push(step);
        self.steps.extend(inwards.into_iter().rev());
    }

    fn add(&mut self, container: u32, strand: Strand) -> (u32, u32) {
        let strands = &mut self.containers[container as usize].strands;
        strands.push(strand);
        (container, strands.len() as u32 - 1)
    }
}
