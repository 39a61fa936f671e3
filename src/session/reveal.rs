//! Going to a thing: making it visible step by step, and walking along edges.

use super::state::Session;
use super::{Command, Notice, Pick, Way};
use crate::layout::{Point, Rect};
use crate::model::NodeIx;
use crate::scene::{BoxIx, Reason, Scene, Target};

impl Session {
    /// Makes `node` visible, selects it and looks at it: at once where it is drawn, else group by group as
    /// the pictures come.
    pub(super) fn reveal(&mut self, node: NodeIx) {
        let Some(graph) = self.graph() else { return };
        let Some(found) = graph.nodes().get(node.at()) else { return };
        self.revealing = Some(found.id.clone());
        self.apply(Command::Select(vec![Target::Node(node)], Pick::Only));
        self.go_on_revealing();
    }

    /// One more step towards the node that is to be looked at.
    pub(super) fn go_on_revealing(&mut self) {
        let Some(id) = self.revealing.clone() else { return };
        let (Some(graph), Some(scene)) = (self.graph(), self.scene()) else { return };
        let Some(node) = graph.find(id.as_str()) else {
            self.revealing = None;
            return;
        };
        match scene.box_of(node) {
            Some(BoxIx::Card(_)) => {
                self.revealing = None;
                self.look_at_selection();
            }
            Some(BoxIx::Plate(plate)) => {
                let key = scene.plates[plate as usize].key.clone();
                self.toggle_group(key);
            }
            None => self.uncover(node),
        }
    }

    /// The node is left out: drops what leaves it out, one thing a time.
    fn uncover(&mut self, node: NodeIx) {
        let view = self.view();
        if view.focus.is_some() {
            self.apply(Command::Show(Reason::Focus));
        } else if !view.query.trim().is_empty() {
            self.apply(Command::Show(Reason::Query));
        } else if !view.hidden.is_empty() {
            self.apply(Command::Show(Reason::ByHand));
        } else if view.perspective != crate::scene::Perspective::Data {
            self.apply(Command::Show(Reason::Perspective));
        } else {
            self.revealing = None;
            let name = self.graph().map(|graph| graph.node(node).name.to_string());
            self.notices.push(Notice::done(format!(
                "{} is not drawn as a card of its own; the inspector shows it.",
                name.unwrap_or_default()
            )));
        }
    }

    /// Goes to the next thing in a direction: along edges to the left and right, among neighbours up and down.
    pub(super) fn walk(&mut self, way: Way) {
        let Some(scene) = self.scene() else { return };
        let here = self.selection.last().and_then(|target| self.box_of(target));
        let next = match here {
            None => first(scene),
            Some(here) => match way {
                Way::Left | Way::Right => along_edges(scene, here, way),
                Way::Up | Way::Down => beside(scene, here, way),
            },
        };
        let Some(next) = next else { return };
        let target = target_of(scene, next);
        let rect = scene.rect_of(next);
        self.apply(Command::Select(vec![target], Pick::Only));
        self.keep_in_sight(rect);
    }

    /// Pans as little as shows all of `rect`.
    fn keep_in_sight(&mut self, rect: Rect) {
        let seen = self.camera.seen(self.viewport);
        let margin = 40.0 / self.camera.scale;
        let shift = |low: f32, high: f32, from: f32, to: f32| {
            if low - margin < from {
                low - margin - from
            } else if high + margin > to {
                high + margin - to
            } else {
                0.0
            }
        };
        self.camera_glides = true;
        self.camera.center.0 += shift(rect.min.x, rect.max.x, seen.min.x, seen.max.x);
        self.camera.center.1 += shift(rect.min.y, rect.max.y, seen.min.y, seen.max.y);
    }
}

/// What a box stands for.
pub(super) fn target_of(scene: &Scene, ix: BoxIx) -> Target {
    match ix {
        BoxIx::Card(card) => Target::Node(scene.cards[card as usize].node),
        BoxIx::Plate(plate) => Target::Group(scene.plates[plate as usize].key.clone()),
    }
}

/// Boxes that arrow keys stop at: everything but the frames of open groups.
fn stops(scene: &Scene) -> impl Iterator<Item = BoxIx> + '_ {
    let plates = scene.plates.iter().zip(0..).filter(|(plate, _)| !plate.open);
    let plates = plates.map(|(_, ix)| BoxIx::Plate(ix));
    plates.chain((0..scene.cards.len() as u32).map(BoxIx::Card))
}

/// The leftmost box, the uppermost of these.
fn first(scene: &Scene) -> Option<BoxIx> {
    let place = |ix: &BoxIx| scene.rect_of(*ix).min;
    stops(scene).min_by(|a, b| {
        let (a, b) = (place(a), place(b));
        a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y))
    })
}

/// The neighbour along an edge that is nearest in height.
fn along_edges(scene: &Scene, here: BoxIx, way: Way) -> Option<BoxIx> {
    let height = scene.rect_of(here).center().y;
    let ends = scene.links.iter().filter_map(|link| match way {
        Way::Right => (link.from == here).then_some(link.to),
        _ => (link.to == here).then_some(link.from),
    });
    let away = |ix: &BoxIx| (scene.rect_of(*ix).center().y - height).abs();
    ends.filter(|&end| end != here).min_by(|a, b| away(a).total_cmp(&away(b)).then(a.cmp(b)))
}

/// The next box above or below, those in the same column first.
fn beside(scene: &Scene, here: BoxIx, way: Way) -> Option<BoxIx> {
    /// A column away counts as much as three cards.
    const SIDEWAYS: f32 = 3.0;
    let from = scene.rect_of(here).center();
    let ahead = |to: Point| match way {
        Way::Up => from.y - to.y,
        _ => to.y - from.y,
    };
    let cost = |ix: BoxIx| {
        let to = scene.rect_of(ix).center();
        ahead(to) + SIDEWAYS * (to.x - from.x).abs()
    };
    stops(scene)
        .filter(|&ix| ix != here && ahead(scene.rect_of(ix).center()) > 0.5)
        .min_by(|&a, &b| cost(a).total_cmp(&cost(b)).then(a.cmp(&b)))
}
