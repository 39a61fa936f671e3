//! A feedback loop brought to life on the drawing: where dots travel, where its steps stand, where it can
//! be cut and for how much.

use super::route::{along, flattened};
use super::{LinkIx, Scene};
use crate::analysis::loops::{BreakSet, FeedbackLoop};
use crate::layout::Point;
use crate::model::{EdgeIx, SystemGraph};
use std::collections::BTreeMap;

/// One link that the walk goes along.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    link: LinkIx,
    /// Whether it passes the outside world.
    world: bool,
    /// From the start of the walk, in scene units.
    start: f32,
    length: f32,
}

/// Something that travels along the loop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    pub at: Point,
    /// Whether it passes the outside world now, and is to be told apart.
    pub world: bool,
}

/// The number of a step of the walk, or of several that go along one link.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub at: Point,
    /// Whether it passes the outside world.
    pub world: bool,
    /// From 1.
    pub numbers: Vec<usize>,
}

/// An edge worth cutting.
#[derive(Clone, Debug, PartialEq)]
pub struct CutMark {
    pub at: Point,
    pub hours: f64,
    /// What removing it means.
    pub how: &'static str,
}

/// A loop on one picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alive {
    parts: Vec<Part>,
    length: f32,
    cuts: Vec<CutMark>,
}

impl Alive {
    /// The best walk of `found` as far as `scene` shows its edges, and its cheapest cut. Linear in the
    /// edges that the scene's links bundle.
    pub fn new(graph: &SystemGraph, scene: &Scene, found: &FeedbackLoop) -> Self {
        let mut links: BTreeMap<EdgeIx, LinkIx> = BTreeMap::new();
        for (link, ix) in scene.links.iter().zip(0..) {
            links.extend(scene.edges_of(link).iter().map(|&edge| (edge, LinkIx(ix))));
        }
        let mut this = Self::default();
        for edge in &found.walk.witness.edges {
            let Some(&link) = links.get(edge) else { continue };
            let route = &scene.links[link.0 as usize].route;
            let length: f32 = flattened(route).map(|(a, b)| a.distance(b)).sum();
            let world = graph.edge(*edge).kind.is_through_world();
            this.parts.push(Part { link, world, start: this.length, length });
            this.length += length;
        }
        if let BreakSet::Cut { edges, .. } = &found.break_set {
            this.cuts = edges
                .iter()
                .filter_map(|cut| {
                    let route = &scene.links[links.get(&cut.edge)?.0 as usize].route;
                    Some(CutMark { at: along(route, CUT_AT), hours: cut.hours, how: cut.how })
                })
                .collect();
        }
        this
    }

    /// Dots that stand `gap` scene units apart, each `travelled` units along its way; the shape of the walk
    /// repeats after its length.
    pub fn dots(&self, scene: &Scene, travelled: f32, gap: f32) -> Vec<Dot> {
        if self.length <= 0.0 || gap <= 0.0 {
            return Vec::new();
        }
        // As many as fit evenly, so that the last is as far from the first as any from the next.
        let count = (self.length / gap).round().max(1.0) as usize;
        let gap = self.length / count as f32;
        let dot = |number: usize| {
            let at = (travelled + number as f32 * gap).rem_euclid(self.length);
            let part = self.parts.partition_point(|part| part.start <= at).saturating_sub(1);
            let part = &self.parts[part];
            let share = if part.length > 0.0 { (at - part.start) / part.length } else { 0.0 };
            let route = &scene.links[part.link.0 as usize].route;
            Dot { at: along(route, share), world: part.world }
        };
        (0..count).map(dot).collect()
    }

    /// Where the numbers of the steps stand, in the order of the walk. A link that the walk takes twice
    /// carries both.
    pub fn steps(&self, scene: &Scene) -> Vec<Step> {
        let mut steps: Vec<(LinkIx, Step)> = Vec::with_capacity(self.parts.len());
        for (part, number) in self.parts.iter().zip(1..) {
            if let Some((_, step)) = steps.iter_mut().find(|(link, _)| *link == part.link) {
                step.numbers.push(number);
                continue;
            }
            let at = along(&scene.links[part.link.0 as usize].route, STEP_AT);
            steps.push((part.link, Step { at, world: part.world, numbers: vec![number] }));
        }
        steps.into_iter().map(|(_, step)| step).collect()
    }

    pub fn cuts(&self) -> &[CutMark] {
        &self.cuts
    }
}

/// Where on a link scissors and numbers stand, so that neither hides the other or the world's glyph.
const CUT_AT: f32 = 0.72;
const STEP_AT: f32 = 0.5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{TODAY, graph};
    use crate::analysis::{Settings, analyse};
    use crate::scene::{GroupsOpen, View, fresh_picture};

    const TEXT: &str = "model m\nprediction p\nsurface page\ndataset log\ndataset other\nm -emits-> p\n\
        p -acts_on-> page\npage -logged_as-> log\nlog -input_to-> m\nother -input_to-> m";

    fn alive() -> (Scene, Alive) {
        let graph = graph(TEXT);
        let analysis = analyse(&graph, &Settings::on(TODAY));
        let view = View { open: GroupsOpen::All, ..View::default() };
        let scene = fresh_picture(&graph, None, &view);
        let alive = Alive::new(&graph, &scene, &analysis.loops[0]);
        (scene, alive)
    }

    #[test]
    fn dots_go_round_and_change_where_they_pass_the_world() {
        let (scene, alive) = alive();
        assert_eq!(alive.parts.len(), 4, "the walk and nothing beside it");
        let steps: Vec<bool> = alive.steps(&scene).iter().map(|step| step.world).collect();
        assert_eq!(steps.iter().filter(|world| **world).count(), 2);
        let numbers: Vec<usize> =
            alive.steps(&scene).into_iter().flat_map(|step| step.numbers).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        let twice =
            Alive { parts: [&alive.parts[..], &alive.parts[..1]].concat(), ..alive.clone() };
        assert_eq!(twice.steps(&scene)[0].numbers, [1, 5], "one place for both");
        let dots = alive.dots(&scene, 0.0, alive.length / 4.0);
        assert_eq!(dots.len(), 4);
        let round = alive.dots(&scene, alive.length, alive.length / 4.0);
        assert!(dots.iter().zip(&round).all(|(a, b)| a.at.distance(b.at) < 1.0));
        let later = alive.dots(&scene, 20.0, alive.length / 4.0);
        assert!(dots.iter().zip(&later).all(|(a, b)| a.at.distance(b.at) > 1.0));
        assert!(alive.dots(&scene, 1.0, 0.0).is_empty());
    }

    #[test]
    fn the_cheapest_cut_stands_on_its_edge() {
        let (scene, alive) = alive();
        let [cut] = alive.cuts() else { panic!("{:?}", alive.cuts()) };
        assert!(cut.hours > 0.0 && scene.bounds.expand(1.0).contains(cut.at));
    }

    #[test]
    fn nothing_travels_where_nothing_is_drawn() {
        let (scene, _) = alive();
        assert!(Alive::default().dots(&scene, 3.0, 10.0).is_empty());
    }
}
