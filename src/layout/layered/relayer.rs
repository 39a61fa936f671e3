//! Other layers for single nodes, where that saves crossings.
//!
//! Shortest edges are not always the fewest crossings: a box that moves one layer away from what it
//! feeds sends its lines out one layer earlier, and each of them can take its own place in the layer
//! that the box has left. Once an order is known, the saving of such a step can be estimated: the
//! lines' best places there, then the box's best place in its new layer, all else held still. Steps
//! are made together; the order is then sifted again and kept only if it is better.

use super::order::{self, Order};
use super::plan::Plan;
use super::proper::Proper;
use super::reduce;
use super::watch::{Meter, Watch};
use rayon::prelude::*;

/// What each added dummy must save, as a share of the crossings that a piece has on average: longer
/// lines are not for nothing. With half of this the gain drowns in dummies, with twice of it too few
/// steps are left.
const LEAST_SAVING: f64 = 0.35;

/// Pieces that may be looked at in one round, some seconds' worth: beyond it what sifting wins in the same time
/// is more.
const MAX_LOOKS: usize = 2_000_000_000;

/// Rounds of steps; each is kept or undone as a whole.
const MAX_ROUNDS: usize = 8;

/// A box that is to move one layer on, and the places of what it moves.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) member: u32,
    /// To the left, away from the boxes it feeds; or to the right, away from those that feed it.
    pub(super) leftwards: bool,
    /// Its place in the new layer.
    pub(super) place: f32,
    /// For each end of its lines on the far side, a node, the place of the line's new dummy.
    pub(super) dummies: Vec<(u32, f32)>,
    pub(super) saving: i64,
}

/// Steps that promise fewer crossings. `movable` are the layers that boxes may lie in; with `grow`
/// a box may also step beyond the first and the last of them, into a layer of its own. `count` are
/// the crossings now.
pub(super) fn promising_steps(
    proper: &Proper,
    order: &Order,
    movable: &std::ops::Range<usize>,
    grow: bool,
    count: u64,
    watch: Watch<'_>,
) -> Option<Vec<Step>> {
    let mean = 2.0 * count as f64 / proper.succ.items().max(1) as f64;
    let toll = (mean * LEAST_SAVING).ceil() as i64;
    let gaps = Gaps::new(proper, order, &mut watch.meter())?;
    if movable.clone().map(|layer| gaps.looks(proper, layer)).sum::<usize>() > MAX_LOOKS {
        return Some(Vec::new());
    }
    let of_layer = |layer: usize| {
        let mut meter = watch.meter();
        let mut steps = Vec::new();
        for &v in &order.sequence[proper.layer(layer)] {
            if proper.is_dummy(v) {
                continue;
            }
            for leftwards in [true, false] {
                let at_rim =
                    if leftwards { layer == movable.start } else { layer + 1 == movable.end };
                if at_rim && !grow {
                    continue;
                }
                let look = Look { proper, order, gaps: &gaps, toll, layer, leftwards };
                steps.extend(look.step(v, &mut meter)?);
            }
        }
        Some(steps)
    };
    let steps: Vec<Option<Vec<Step>>> = movable.clone().into_par_iter().map(of_layer).collect();
    let steps: Option<Vec<Vec<Step>>> = steps.into_iter().collect();
    Some(steps?.into_iter().flatten().collect())
}

/// The pieces of each gap as pairs of places: in the layer to the left, in the layer to the right.
struct Gaps {
    pieces: Vec<Vec<(u32, u32)>>,
}

impl Gaps {
    fn new(proper: &Proper, order: &Order, meter: &mut Meter<'_>) -> Option<Self> {
        let mut pieces = Vec::with_capacity(proper.layers());
        for layer in 0..proper.layers() {
            let mut gap = Vec::new();
            for (place, &u) in order.sequence[proper.layer(layer)].iter().enumerate() {
                let ends = proper.succ.row(u).iter().map(|&v| order.pos[v as usize]);
                gap.extend(ends.map(|end| (place as u32, end)));
            }
            meter.spend(gap.len() + 1)?;
            pieces.push(gap);
        }
        Some(Self { pieces })
    }

    /// About how many pieces are looked at for the boxes of a layer.
    fn looks(&self, proper: &Proper, layer: usize) -> usize {
        let near = layer.saturating_sub(2)..(layer + 2).min(self.pieces.len());
        let pieces: usize = self.pieces[near].iter().map(Vec::len).sum();
        let boxes = proper.layer(layer).filter(|&v| !proper.is_dummy(v as u32)).count();
        boxes.saturating_mul(pieces)
    }
}

/// One layer, seen in the direction in which a box is to step.
struct Look<'a> {
    proper: &'a Proper,
    order: &'a Order,
    gaps: &'a Gaps,
    /// Crossings that each added dummy must save.
    toll: i64,
    layer: usize,
    leftwards: bool,
}

impl Look<'_> {
    /// Pieces of the gap behind (between the box and what it moves away from) and of those ahead,
    /// as `(place nearer to the far side, place nearer to where it goes)`.
    fn gap(&self, ahead: usize) -> impl Iterator<Item = (u32, u32)> + '_ {
        let gap = if self.leftwards {
            self.layer.checked_sub(ahead)
        } else {
            (self.layer + ahead).checked_sub(1)
        };
        let pieces = gap.and_then(|gap| self.gaps.pieces.get(gap)).map_or(&[][..], Vec::as_slice);
        pieces.iter().map(|&(l, r)| if self.leftwards { (r, l) } else { (l, r) })
    }

    fn width(&self, ahead: usize) -> usize {
        let layer =
            if self.leftwards { self.layer.checked_sub(ahead) } else { Some(self.layer + ahead) };
        layer.filter(|&l| l < self.proper.layers()).map_or(0, |l| self.proper.layer(l).len())
    }

    fn step(&self, v: u32, meter: &mut Meter<'_>) -> Option<Option<Step>> {
        let (far, near) = if self.leftwards {
            (self.proper.succ.row(v), self.proper.pred.row(v))
        } else {
            (self.proper.pred.row(v), self.proper.succ.row(v))
        };
        // Something directly ahead would be in the way; without lines behind there is nothing to win.
        if far.len() < 2
            || near.iter().any(|&u| !self.proper.is_dummy(u))
            || near.len() >= far.len()
        {
            return Some(None);
        }
        let place = |u: u32| self.order.pos[u as usize];
        let here = place(v);
        meter.spend((far.len() + near.len()) * 8)?;
        let mut now = 0i64;
        for &f in far {
            now += crossings((place(f), here), self.gap(0).filter(|piece| piece.1 != here));
        }
        if now == 0 {
            return Some(None);
        }
        let near_places: Vec<u32> = near.iter().map(|&u| place(u)).collect();
        for &n in &near_places {
            now += crossings((here, n), self.gap(1).filter(|piece| piece.0 != here));
        }
        let beyond: Vec<u32> = near
            .iter()
            .filter_map(|&u| {
                let row =
                    if self.leftwards { self.proper.pred.row(u) } else { self.proper.succ.row(u) };
                row.first().map(|&w| place(w))
            })
            .collect();
        let gone = |at: u32| near_places.contains(&at);
        for (&n, &b) in near_places.iter().zip(&beyond) {
            now += crossings((n, b), self.gap(2).filter(|piece| !gone(piece.0)));
        }
        // Where the lines' new dummies lie in the layer left, given about where the box will be.
        let width = self.width(0);
        let ahead = self.width(1);
        let guess = (f64::from(here) + 0.5) / width as f64 * ahead as f64;
        let mut dummies = Vec::with_capacity(far.len());
        let mut after = 0i64;
        let mut costs = vec![0i64; width + 1];
        for &f in far {
            costs.fill(0);
            add_costs(
                &mut costs,
                place(f),
                self.gap(0).filter(|p| p.1 != here).map(|p| (p.1, p.0)),
            );
            let behind = costs.clone();
            add_costs(&mut costs, guess as u32, self.gap(1).filter(|p| p.0 != here));
            let at = cheapest(&costs, here as usize);
            after += behind[at];
            dummies.push((f, at as f32 - 0.5));
            meter.spend(self.gaps.pieces.get(self.layer).map_or(0, Vec::len) + width)?;
        }
        let mut costs = vec![0i64; ahead + 1];
        for &(_, at) in &dummies {
            let at = (at + 0.5) as u32;
            let pieces = self.gap(1).filter(|p| p.0 != here);
            // The dummy lies between the places `at - 1` and `at`: both must count as beside it.
            let pieces = pieces.map(|p| (p.1, if p.0 >= at { p.0 + 1 } else { p.0 }));
            add_costs(&mut costs, at, pieces);
        }
        for &b in &beyond {
            add_costs(&mut costs, b, self.gap(2).filter(|p| !gone(p.0)));
        }
        let at = cheapest(&costs, guess as usize);
        after += costs[at];
        let added = (far.len() - near.len()) as i64;
        let saving = now - after - self.toll * added;
        Some((saving > 0).then_some(Step {
            member: self.proper.member[v as usize],
            leftwards: self.leftwards,
            place: at as f32 - 0.5,
            dummies,
            saving,
        }))
    }
}

/// Crossings of one piece with others.
fn crossings(piece: (u32, u32), others: impl Iterator<Item = (u32, u32)>) -> i64 {
    let cross = |other: &(u32, u32)| {
        (other.0 < piece.0 && other.1 > piece.1) || (other.0 > piece.0 && other.1 < piece.1)
    };
    others.filter(cross).count() as i64
}

/// Adds, for each slot (before place 0, 1, …, behind the last), the crossings of a piece from that
/// slot to the place `fixed` on the other side; `others` are `(place on the slots' side, other)`.
fn add_costs(costs: &mut [i64], fixed: u32, others: impl Iterator<Item = (u32, u32)>) {
    let mut change = vec![0i64; costs.len() + 1];
    for (x, y) in others {
        let x = x as usize;
        if y > fixed {
            // Crossed from every slot behind it.
            change[x + 1] += 1;
        } else if y < fixed {
            change[0] += 1;
            change[x + 1] -= 1;
        }
    }
    let mut sum = 0;
    for (cost, change) in costs.iter_mut().zip(change) {
        sum += change;
        *cost += sum;
    }
}

/// The slot of least cost, of several the one nearest to `wish`.
fn cheapest(costs: &[i64], wish: usize) -> usize {
    let key = |slot: &usize| (costs[*slot], slot.abs_diff(wish));
    (0..costs.len()).min_by_key(key).unwrap_or(0)
}

impl Plan {
    /// Moves boxes to other layers as long as that saves crossings; returns the steps of work spent.
    pub(super) fn relayer(&mut self, budget: usize, watch: Watch<'_>) -> Option<usize> {
        let mut spent = 0;
        let pinned = self.task.pins.iter().any(Option::is_some);
        let Some(mut order) = self.order.take().filter(|_| !pinned) else { return Some(0) };
        let mut count = order::crossings(&self.proper, &order, watch)?;
        let grow = self.task.west + self.task.east == 0;
        let mut share = 1;
        for _ in 0..MAX_ROUNDS {
            if spent > budget || count == 0 {
                break;
            }
            let movable = self.movable();
            let mut steps = promising_steps(&self.proper, &order, &movable, grow, count, watch)?;
            steps.sort_by_key(|step| (std::cmp::Reverse(step.saving), step.member));
            steps.truncate(steps.len().div_ceil(share));
            if steps.is_empty() {
                break;
            }
            let (layers, proper, moved) = self.restructure(&order, &steps, watch)?;
            let range = movable.start..movable.end + proper.layers() - self.proper.layers();
            let (found, crossings, cost) = reduce::settle(&proper, range, moved, watch)?;
            spent += cost;
            if crossings < count {
                (self.layers, self.proper, order, count) = (layers, proper, found, crossings);
            } else {
                share *= 4;
            }
        }
        self.order = Some(order);
        Some(spent)
    }

    /// The structure after `steps`, those left out that would get in each other's way.
    fn restructure(
        &self,
        order: &Order,
        steps: &[Step],
        watch: Watch<'_>,
    ) -> Option<(Vec<u32>, Proper, Order)> {
        let forward = self.forward();
        let mut step_of: Vec<Option<&Step>> = vec![None; self.layers.len()];
        for step in steps {
            step_of[step.member as usize] = Some(step);
        }
        let target = |m: u32, step_of: &[Option<&Step>]| {
            let layer = i64::from(self.layers[m as usize]);
            layer + step_of[m as usize].map_or(0, |step| if step.leftwards { -1 } else { 1 })
        };
        loop {
            let mut changed = false;
            for &(u, v) in &forward {
                if target(u, &step_of) >= target(v, &step_of) {
                    changed |= step_of[u as usize].take().is_some();
                    changed |= step_of[v as usize].take().is_some();
                }
            }
            watch.look()?;
            if !changed {
                break;
            }
        }
        let all = 0..self.layers.len() as u32;
        let first = all.clone().map(|m| target(m, &step_of)).min().unwrap_or(0).min(0);
        let layers: Vec<u32> = all.map(|m| (target(m, &step_of) - first) as u32).collect();
        let count = layers.iter().max().map_or(0, |last| last + 1);
        let proper = Proper::new(&layers, count, &forward, &vec![false; forward.len()], watch)?;
        let mut key = vec![0f32; proper.nodes()];
        for (m, &node) in proper.node_of.iter().enumerate() {
            let old = order.pos[self.proper.node_of[m] as usize] as f32;
            key[node as usize] = step_of[m].map_or(old, |step| step.place);
        }
        for (s, &(u, v)) in forward.iter().enumerate() {
            let (old, new) = (self.proper.chains.row(s as u32), proper.chains.row(s as u32));
            // Layer of the first node of the old chain and of the new one, counted alike.
            let old_start = i64::from(self.layers[u as usize]);
            let new_start = i64::from(layers[u as usize]) + first;
            let vacated = |step: Option<&Step>, far: u32| {
                let place = step.and_then(|step| step.dummies.iter().find(|end| end.0 == far));
                place.map(|end| end.1)
            };
            for (k, &node) in new.iter().enumerate().take(new.len() - 1).skip(1) {
                let at = (new_start + k as i64 - old_start).clamp(0, old.len() as i64 - 1) as usize;
                let of_end = if at == 0 {
                    vacated(step_of[u as usize], old[1])
                } else if at + 1 == old.len() {
                    vacated(step_of[v as usize], old[at - 1])
                } else {
                    None
                };
                key[node as usize] = of_end.unwrap_or(order.pos[old[at] as usize] as f32);
            }
        }
        let order = Order::by_key(&proper, Order::as_numbered(&proper), &key);
        Some((layers, proper, order))
    }
}
