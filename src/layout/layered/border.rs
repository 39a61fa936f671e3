//! The order in which strands pass the border of a group.
//!
//! A container is ordered before the groups in it, and its order says in which order strands meet the
//! border of a group. It cannot say anything about several strands that lead to the same member: for the
//! container they are interchangeable. These form runs, within which the group chooses the order that
//! suits its inside; the container and the group at the other end then follow.

use super::container::{Container, PORT};
use rustc_hash::FxHashMap;
use std::ops::Range;

/// The place of a strand among those at a border is not yet chosen.
const OPEN: u32 = u32::MAX;

/// Not a member: the strand turns back beside the group.
const TURNING: u32 = u32::MAX;

/// Ports on one side of a group from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Border {
    pub(super) ports: Vec<u32>,
    /// For each place the places of its run, which may be exchanged.
    pub(super) runs: Vec<Range<u32>>,
}

/// Where nodes may be moved: anywhere within `movable` layers, and ports within their runs.
#[derive(Clone, Debug)]
pub(super) struct Freedom<'a> {
    pub(super) movable: Range<usize>,
    pub(super) west: &'a [Range<u32>],
    pub(super) east: &'a [Range<u32>],
}

impl Freedom<'_> {
    /// Ports stay where they are.
    pub(super) fn of_layers(movable: Range<usize>) -> Self {
        Self { movable, west: &[], east: &[] }
    }

    /// Layers in which something can be moved.
    pub(super) fn layers(&self) -> impl Iterator<Item = usize> + '_ {
        let loose = |runs: &[Range<u32>]| runs.iter().any(|run| run.len() > 1);
        let west = loose(self.west).then(|| self.movable.start - 1);
        let east = loose(self.east).then_some(self.movable.end);
        west.into_iter().chain(self.movable.clone()).chain(east)
    }

    /// The runs of a layer of ports; `None` where nodes may go anywhere.
    pub(super) fn runs(&self, layer: usize) -> Option<&[Range<u32>]> {
        if self.movable.contains(&layer) {
            None
        } else if layer < self.movable.start {
            Some(self.west)
        } else {
            Some(self.east)
        }
    }
}

/// What a container's order says of a strand at a group's border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rank {
    place: u32,
    /// Its place in its run, once the group at its other end has chosen.
    chosen: u32,
    /// The member of the container that it leads to or comes from.
    partner: u32,
}

impl Rank {
    /// `place` is none for a strand that turns back.
    pub(super) fn new(place: Option<u32>, partner: u32) -> Self {
        match place {
            Some(place) => Self { place: place + 1, chosen: OPEN, partner },
            None => Self { place: 0, chosen: OPEN, partner: TURNING },
        }
    }
}

/// The ranks of the strands at a group's border, by edge.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    pub(super) west: FxHashMap<u32, Rank>,
    pub(super) east: FxHashMap<u32, Rank>,
}

impl Ranks {
    /// Ports of a part (numbered by its strands) to the west and to the east.
    pub(super) fn borders(&self, container: &Container, strands: &[u32]) -> (Border, Border) {
        let (mut west, mut east) = (Vec::new(), Vec::new());
        for &s in strands {
            let strand = container.strands[s as usize];
            if strand.from == PORT {
                west.push((strand.edge, west.len() as u32));
            }
            if strand.to == PORT {
                east.push((strand.edge, east.len() as u32));
            }
        }
        (sorted(&west, &self.west), sorted(&east, &self.east))
    }
}

fn sorted(ports: &[(u32, u32)], ranks: &FxHashMap<u32, Rank>) -> Border {
    let rank = |edge: u32| ranks.get(&edge).copied().unwrap_or(Rank::new(None, TURNING));
    let mut ports: Vec<(Rank, u32, u32)> =
        ports.iter().map(|&(edge, port)| (rank(edge), edge, port)).collect();
    ports.sort_unstable_by_key(|(rank, edge, _)| (rank.place, rank.chosen, *edge));
    let mut runs = Vec::with_capacity(ports.len());
    let together = |a: &(Rank, u32, u32), b: &(Rank, u32, u32)| {
        a.0.partner == b.0.partner && a.0.chosen == OPEN && b.0.chosen == OPEN
    };
    for run in ports.chunk_by(together) {
        let start = runs.len() as u32;
        runs.resize(runs.len() + run.len(), start..start + run.len() as u32);
    }
    Border { ports: ports.into_iter().map(|(_, _, port)| port).collect(), runs }
}

/// What a group chose for one run: edges as the container had them, and as the group wants them.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) before: Vec<u32>,
    pub(super) after: Vec<u32>,
}

/// The runs in which something was to be chosen. `edges` are those of the ports, `now` is their order.
pub(super) fn choices(border: &Border, edges: &[u32], now: &[u32]) -> Vec<Choice> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(run) = border.runs.get(at) {
        let places = run.start as usize..run.end as usize;
        at = places.end;
        if places.len() > 1 {
            let of = |ports: &[u32]| ports.iter().map(|&port| edges[port as usize]).collect();
            found.push(Choice {
                before: of(&border.ports[places.clone()]),
                after: of(&now[places]),
            });
        }
    }
    found
}

/// Gives the ranks of a run, at the group at its other end, to edges in their new order.
pub(super) fn follow(ranks: &mut FxHashMap<u32, Rank>, choice: &Choice) {
    let before: Vec<Option<Rank>> =
        choice.before.iter().map(|edge| ranks.get(edge).copied()).collect();
    for (chosen, (&edge, rank)) in choice.after.iter().zip(before).enumerate() {
        if let Some(rank) = rank {
            ranks.insert(edge, Rank { chosen: chosen as u32, ..rank });
        }
    }
}
