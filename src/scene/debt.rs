//! How much debt each mark of a picture carries: an overlay, since the rules may judge after the picture
//! is there.

use super::{BoxIx, Scene};
use crate::analysis::score::Scores;
use crate::model::NodeIx;

/// Scores by card and by closed plate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DebtMap {
    cards: Vec<f32>,
    plates: Vec<f32>,
    /// Bias of the worst slice, by card; empty without predictions.
    slices: Vec<f32>,
}

impl DebtMap {
    /// A card has the score of its node, a closed plate the highest of what is in it. Linear in nodes.
    pub fn new(scene: &Scene, scores: &Scores) -> Self {
        let mut this = Self {
            cards: vec![0.0; scene.cards.len()],
            plates: vec![0.0; scene.plates.len()],
            slices: Vec::new(),
        };
        for (node, ix) in scene.boxes_by_node() {
            let score = scores.node(node).score as f32;
            let slot = match ix {
                BoxIx::Card(card) => &mut this.cards[card as usize],
                BoxIx::Plate(plate) => &mut this.plates[plate as usize],
            };
            *slot = slot.max(score);
        }
        this
    }

    /// The highest score of any mark, 0 to 100.
    pub fn highest(&self) -> f32 {
        self.cards.iter().chain(&self.plates).copied().fold(0.0, f32::max)
    }

    /// With the bias of the worst slice of nodes.
    #[must_use]
    pub fn with_slices(
        mut self,
        scene: &Scene,
        worst: impl Iterator<Item = (NodeIx, f32)>,
    ) -> Self {
        for (node, bias) in worst {
            if let Some(BoxIx::Card(card)) = scene.box_of(node) {
                self.slices.resize(scene.cards.len(), 0.0);
                self.slices[card as usize] = bias;
            }
        }
        self
    }

    /// Bias of the worst slice of a mark, predicted over observed less one; 0 where there is none.
    pub fn slice(&self, ix: BoxIx) -> f32 {
        match ix {
            BoxIx::Card(ix) => self.slices.get(ix as usize).copied().unwrap_or(0.0),
            BoxIx::Plate(_) => 0.0,
        }
    }

    /// 0 to 100.
    pub fn of(&self, ix: BoxIx) -> f32 {
        let found = match ix {
            BoxIx::Card(ix) => self.cards.get(ix as usize),
            BoxIx::Plate(ix) => self.plates.get(ix as usize),
        };
        found.copied().unwrap_or(0.0)
    }
}

impl Scene {
    /// Every node that is drawn, with its card or the closed plate that it is in.
    fn boxes_by_node(&self) -> impl Iterator<Item = (NodeIx, BoxIx)> + '_ {
        (0..self.node_count()).map(NodeIx::new).filter_map(|node| Some((node, self.box_of(node)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{TODAY, graph};
    use crate::analysis::{Settings, analyse};
    use crate::scene::{Grouping, GroupsOpen, View, fresh_picture};
    use std::collections::BTreeSet;

    const TEXT: &str = "prediction p owner=ads\nconsumer c owner=web purpose=x\np -reads-> c";

    fn debt(grouping: Grouping) -> (Scene, DebtMap) {
        let graph = graph(TEXT);
        let analysis = analyse(&graph, &Settings::on(TODAY));
        let view = View { grouping, open: GroupsOpen::Set(BTreeSet::new()), ..View::default() };
        let scene = fresh_picture(&graph, None, &view);
        let map = DebtMap::new(&scene, &analysis.scores);
        (scene, map)
    }

    #[test]
    fn a_card_has_the_score_of_its_node() {
        let (scene, map) = debt(Grouping::None);
        let scores: Vec<f32> =
            (0..scene.cards.len() as u32).map(|ix| map.of(BoxIx::Card(ix))).collect();
        assert!(scores[0] > 0.0, "the prediction may be read by anybody: {scores:?}");
    }

    #[test]
    fn the_worst_slice_of_a_node_is_on_its_card() {
        let (scene, map) = debt(Grouping::None);
        let map = map.with_slices(&scene, [(NodeIx::new(1), -0.3)].into_iter());
        let biases: Vec<f32> =
            (0..scene.cards.len() as u32).map(|ix| map.slice(BoxIx::Card(ix))).collect();
        assert_eq!(biases.iter().filter(|own| **own == -0.3).count(), 1);
        assert_eq!(biases.iter().filter(|own| **own == 0.0).count(), biases.len() - 1);
    }

    #[test]
    fn a_closed_plate_has_the_highest_score_in_it() {
        let (scene, map) = debt(Grouping::Kind);
        let of = |name: &str| {
            let at = scene.plates.iter().position(|plate| &*plate.name == name).expect(name);
            map.of(BoxIx::Plate(at as u32))
        };
        assert!(of("Predictions") > of("Consumers"));
    }
}
