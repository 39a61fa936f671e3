//! What a screen reader meets on the canvas: every box in sight, by name and place.

use super::detail::InSight;
use super::stage::Stage;
use crate::model::SystemGraph;
use crate::scene::{BoxIx, Emphasis};
use crate::session::{Command, Pick};
use egui::{Sense, Ui, WidgetInfo, WidgetType};

/// Says what each box in sight is. Costs nothing while no screen reader listens.
pub(super) fn announce(
    ui: &Ui,
    graph: &SystemGraph,
    stage: &Stage,
    in_sight: &InSight,
    commands: &mut Vec<Command>,
) {
    let listens = ui.ctx().accesskit_node_builder(ui.id().with("canvas root"), |_| ()).is_some();
    if !listens {
        return;
    }
    let scene = &stage.picture.scene;
    for &ix in &in_sight.boxes {
        let (key, words) = match ix {
            BoxIx::Card(card) => {
                let node = graph.node(scene.cards[card as usize].node);
                let owner = node.owner.map(|team| format!(", owner {}", graph.node(team).name));
                let kind = node.kind.meta().title;
                (node.id.as_str(), format!("{}, {kind}{}", node.name, owner.unwrap_or_default()))
            }
            BoxIx::Plate(plate) => {
                let plate = &scene.plates[plate as usize];
                let state = if plate.open { "open" } else { "closed" };
                (&*plate.key, format!("{}, {state} group, {}", plate.name, plate.subtitle))
            }
        };
        let id = ui.id().with(("box", key));
        let response = ui.interact(stage.projection.rect(stage.rect_of(ix)), id, Sense::hover());
        let selected = stage.emphasis.of_box(ix) == Emphasis::Selected;
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, words.clone())
        });
        let asked = ui.input(|input| {
            input.accesskit_action_requests(id, egui::accesskit::Action::Click).next().is_some()
        });
        if asked {
            let target = super::target_of(scene, ix);
            commands.push(Command::Select(vec![target], Pick::Only));
        }
    }
    if in_sight.more {
        let id = ui.id().with("more in sight");
        let response = ui.interact(ui.max_rect(), id, Sense::hover());
        let words = "More is in sight than is named; zoom in to meet it";
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, words));
    }
}
