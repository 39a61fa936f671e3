//! A container cut into connected parts, each to be drawn by itself.

use super::container::{Container, PORT};
use super::plan::{Plan, Task};

/// A connected part of a container.
pub(super) struct Part {
    /// Indices among the container's members.
    pub(super) members: Vec<u32>,
    /// Indices among the container's strands.
    pub(super) strands: Vec<u32>,
    /// None for a member that stands alone.
    pub(super) plan: Option<Plan>,
}

impl Part {
    /// Whether strands leave the container from here.
    pub(super) fn has_ports(&self) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.task.west + plan.task.east > 0)
    }
}

/// Which part each member belongs to.
pub(super) struct Groups {
    pub(super) of: Vec<u32>,
    pub(super) count: usize,
}

/// Connected parts by union-find, numbered by their first members. `together` makes all one part.
pub(super) fn part_of_members(container: &Container, together: bool) -> Groups {
    let mut root: Vec<u32> = (0..container.members.len() as u32).collect();
    let find = |root: &mut Vec<u32>, mut m: u32| {
        while root[m as usize] != m {
            root[m as usize] = root[root[m as usize] as usize];
            m = root[m as usize];
        }
        m
    };
    let mut at_border = None;
    let mut join = |a: u32, b: u32| {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        root[a.max(b) as usize] = a.min(b);
    };
    for strand in &container.strands {
        if strand.from != PORT && strand.to != PORT {
            join(strand.from, strand.to);
        } else {
            let m = if strand.from == PORT { strand.to } else { strand.from };
            join(*at_border.get_or_insert(m), m);
        }
    }
    if together {
        for m in 1..container.members.len() as u32 {
            join(0, m);
        }
    }
    let mut of = vec![u32::MAX; root.len()];
    let mut count = 0;
    for m in 0..root.len() as u32 {
        let top = find(&mut root, m) as usize;
        if of[top] == u32::MAX {
            of[top] = count;
            count += 1;
        }
        of[m as usize] = of[top];
    }
    Groups { of, count: count as usize }
}

/// The task of one part: members, then western, then eastern ports, one for each strand that has one.
pub(super) fn task(
    container: &Container,
    members: &[u32],
    strands: &[u32],
    local: &[u32],
    pins: &[Option<u32>],
) -> Task {
    let of = |s: u32| container.strands[s as usize];
    let west = strands.iter().filter(|&&s| of(s).from == PORT).count();
    let east = strands.iter().filter(|&&s| of(s).to == PORT).count();
    let (mut next_west, mut next_east) = (members.len() as u32, (members.len() + west) as u32);
    let end = |m: u32, next: &mut u32| {
        if m == PORT {
            *next += 1;
            *next - 1
        } else {
            local[m as usize]
        }
    };
    let strands = strands
        .iter()
        .map(|&s| (end(of(s).from, &mut next_west), end(of(s).to, &mut next_east)))
        .collect();
    let pins = if pins.is_empty() {
        Vec::new()
    } else {
        members.iter().map(|&m| pins[m as usize]).collect()
    };
    Task { members: members.len(), west, east, strands, pins, ..Task::default() }
}
