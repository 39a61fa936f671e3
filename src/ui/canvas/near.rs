//! The near field: what is in sight and large enough to read, drawn by `egui_graphs`.
//!
//! The only file that names that crate. It is given no more than what is in sight, since its cost grows
//! with all that it is given; positions, camera, drawing and interaction are ours. Its widget asks for
//! another frame each time it is shown, so it is shown only when something changed, and the shapes of the
//! last time are painted again otherwise.

use super::stage::Stage;
use crate::scene::{BoxIx, LinkIx};
use egui::{Pos2, Shape, Vec2};
use egui_graphs::{
    DisplayEdge, DisplayNode, DrawContext, EdgeProps, Graph, GraphView, Layout, LayoutState,
    MetadataFrame, Node, NodeProps, SettingsInteraction, SettingsNavigation,
};
use petgraph::Directed;
use petgraph::stable_graph::{DefaultIx, NodeIndex};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

fn stage_id() -> egui::Id {
    egui::Id::new("undercurrent near field")
}

fn stage(ctx: &DrawContext<'_>) -> Option<Arc<Stage>> {
    ctx.ctx.data(|data| data.get_temp::<Arc<Stage>>(stage_id()))
}

/// A box of the scene as a node of `egui_graphs`. The payload is the box's place in the list of what is
/// in sight.
#[derive(Clone)]
struct BoxShape {
    ix: BoxIx,
}

impl From<NodeProps<u64>> for BoxShape {
    fn from(props: NodeProps<u64>) -> Self {
        Self { ix: unpack(props.payload) }
    }
}

/// Cards are even, plates odd.
fn pack(ix: BoxIx) -> u64 {
    match ix {
        BoxIx::Card(ix) => u64::from(ix) << 1,
        BoxIx::Plate(ix) => u64::from(ix) << 1 | 1,
    }
}

fn unpack(payload: u64) -> BoxIx {
    let ix = (payload >> 1) as u32;
    if payload & 1 == 0 { BoxIx::Card(ix) } else { BoxIx::Plate(ix) }
}

impl DisplayNode<u64, u32, Directed, DefaultIx> for BoxShape {
    fn closest_boundary_point(&self, _dir: Vec2) -> Pos2 {
        // Routes end on borders already.
        Pos2::ZERO
    }

    fn shapes(&mut self, ctx: &DrawContext<'_>) -> Vec<Shape> {
        stage(ctx).map_or_else(Vec::new, |stage| stage.draw_box(ctx.ctx, self.ix))
    }

    fn update(&mut self, state: &NodeProps<u64>) {
        self.ix = unpack(state.payload);
    }

    fn is_inside(&self, _pos: Pos2) -> bool {
        // Hits are looked up in the scene's index.
        false
    }
}

/// A link of the scene as an edge of `egui_graphs`.
#[derive(Clone)]
struct LinkShape {
    ix: LinkIx,
}

impl From<EdgeProps<u32>> for LinkShape {
    fn from(props: EdgeProps<u32>) -> Self {
        Self { ix: LinkIx(props.payload) }
    }
}

impl DisplayEdge<u64, u32, Directed, DefaultIx, BoxShape> for LinkShape {
    fn shapes(
        &mut self,
        _start: &Node<u64, u32, Directed, DefaultIx, BoxShape>,
        _end: &Node<u64, u32, Directed, DefaultIx, BoxShape>,
        ctx: &DrawContext<'_>,
    ) -> Vec<Shape> {
        stage(ctx).map_or_else(Vec::new, |stage| stage.draw_link(ctx.ctx, self.ix))
    }

    fn update(&mut self, state: &EdgeProps<u32>) {
        self.ix = LinkIx(state.payload);
    }

    fn is_inside(
        &self,
        _start: &Node<u64, u32, Directed, DefaultIx, BoxShape>,
        _end: &Node<u64, u32, Directed, DefaultIx, BoxShape>,
        _pos: Pos2,
    ) -> bool {
        false
    }
}

/// Positions come with the scene; there is nothing to lay out.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Placed;

impl LayoutState for Placed {}

#[derive(Default)]
struct AsPlaced;

impl Layout<Placed> for AsPlaced {
    fn from_state(_state: Placed) -> impl Layout<Placed> {
        Self
    }

    fn next<N, E, Ty, Ix, Dn, De>(&mut self, _g: &mut Graph<N, E, Ty, Ix, Dn, De>, _ui: &egui::Ui)
    where
        N: Clone,
        E: Clone,
        Ty: petgraph::EdgeType,
        Ix: petgraph::graph::IndexType,
        Dn: DisplayNode<N, E, Ty, Ix>,
        De: DisplayEdge<N, E, Ty, Ix, Dn>,
    {
    }

    fn state(&self) -> Placed {
        Placed
    }
}

type NearGraph = Graph<u64, u32, Directed, DefaultIx, BoxShape, LinkShape>;

/// The boxes and links in sight, as `egui_graphs` wants them.
#[derive(Default)]
pub(super) struct NearField {
    graph: NearGraph,
    boxes: Vec<BoxIx>,
    links: Vec<LinkIx>,
    revision: u64,
}

impl NearField {
    /// Draws these boxes and links of the stage's picture into `ui`, which they fill.
    pub(super) fn show(
        &mut self,
        ui: &mut egui::Ui,
        stage: &Arc<Stage>,
        boxes: Vec<BoxIx>,
        links: Vec<LinkIx>,
    ) -> egui::Response {
        if (self.revision, &self.boxes, &self.links) != (stage.picture.revision, &boxes, &links) {
            self.rebuild(stage, boxes, links);
        }
        ui.data_mut(|data| data.insert_temp(stage_id(), Arc::clone(stage)));
        let mut frame = MetadataFrame::new(None);
        frame.zoom = stage.projection.camera.scale;
        frame.save(ui);
        let interactions = SettingsInteraction::new();
        let navigation = SettingsNavigation::new()
            .with_fit_to_screen_enabled(false)
            .with_zoom_and_pan_enabled(false);
        GraphView::<Placed, AsPlaced>::new()
            .with_interactions(&interactions)
            .with_navigations(&navigation)
            .show(ui, &mut self.graph)
            .response
    }

    fn rebuild(&mut self, stage: &Stage, boxes: Vec<BoxIx>, links: Vec<LinkIx>) {
        let scene = &stage.picture.scene;
        let mut graph = NearGraph::default();
        let mut node_of: FxHashMap<BoxIx, NodeIndex> = FxHashMap::default();
        // A link in sight may lead to a box out of sight: that box is given too, and clipped.
        let ends = links.iter().flat_map(|link| {
            let link = &scene.links[link.0 as usize];
            [link.from, link.to]
        });
        for ix in boxes.iter().copied().chain(ends) {
            node_of.entry(ix).or_insert_with(|| {
                let center = scene.rect_of(ix).center();
                graph.add_node_with_label_and_location(
                    pack(ix),
                    String::new(),
                    Pos2::new(center.x, center.y),
                )
            });
        }
        for &ix in &links {
            let link = &scene.links[ix.0 as usize];
            graph.add_edge_with_label(node_of[&link.from], node_of[&link.to], ix.0, String::new());
        }
        *self = Self { graph, boxes, links, revision: stage.picture.revision };
    }
}
