//! What a frame draws with, and single marks as shapes: where they stand now, as they stand out now.

use super::pen::{Projection, ScreenPen};
use crate::layout::{Point, Rect};
use crate::scene::draw::{Look, draw_card, draw_link, draw_lit_frame, draw_plate};
use crate::scene::{BoxIx, DebtMap, EmphasisMap, LinkIx, Theme};
use crate::session::Picture;
use egui::Shape;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What a frame draws with; shared with every shape through egui's memory.
pub(super) struct Stage {
    pub(super) picture: Arc<Picture>,
    pub(super) emphasis: Arc<EmphasisMap>,
    pub(super) debt: Option<Arc<DebtMap>>,
    pub(super) projection: Projection,
    pub(super) theme: &'static Theme,
    /// Boxes on their way, by how far they are from their place, in scene units.
    pub(super) moved: FxHashMap<BoxIx, (f32, f32)>,
}

impl Stage {
    pub(super) fn look(&self) -> Look<'_> {
        Look::new(self.theme, self.projection.camera.scale)
            .with_debt(self.debt.as_deref())
            .with_graph(Some(self.picture.graph()))
    }

    /// Where a box is drawn now.
    pub(super) fn rect_of(&self, ix: BoxIx) -> Rect {
        shifted(self.picture.scene.rect_of(ix), self.offset(ix))
    }

    fn offset(&self, ix: BoxIx) -> (f32, f32) {
        self.moved.get(&ix).copied().unwrap_or_default()
    }

    pub(super) fn draw_box(&self, ctx: &egui::Context, ix: BoxIx) -> Vec<Shape> {
        let mut pen = ScreenPen::new(ctx, self.projection);
        let (scene, offset) = (&self.picture.scene, self.offset(ix));
        let emphasis = self.emphasis.of_box(ix);
        let score = self.debt.as_ref().map_or(0.0, |debt| debt.of(ix));
        match ix {
            BoxIx::Card(card) => {
                let card = &scene.cards[card as usize];
                if offset == (0.0, 0.0) {
                    draw_card(card, &self.look(), emphasis, self.look().overlay(ix), &mut pen);
                } else {
                    let mut moved = card.clone();
                    moved.rect = shifted(card.rect, offset);
                    draw_card(&moved, &self.look(), emphasis, self.look().overlay(ix), &mut pen);
                }
            }
            BoxIx::Plate(plate) => {
                let plate = &scene.plates[plate as usize];
                if offset == (0.0, 0.0) {
                    draw_plate(plate, &self.look(), emphasis, score, &mut pen);
                } else {
                    let mut moved = plate.clone();
                    moved.rect = shifted(plate.rect, offset);
                    draw_plate(&moved, &self.look(), emphasis, score, &mut pen);
                }
            }
        }
        pen.into_shapes()
    }

    /// The line of an open group that stands out, without the ground that would hide what it holds.
    pub(super) fn draw_lit_frame(&self, ctx: &egui::Context, ix: BoxIx) -> Vec<Shape> {
        let mut pen = ScreenPen::new(ctx, self.projection);
        draw_lit_frame(self.rect_of(ix), &self.look(), self.emphasis.of_box(ix), &mut pen);
        pen.into_shapes()
    }

    /// A link; its ends follow boxes that are on their way.
    pub(super) fn draw_link(&self, ctx: &egui::Context, ix: LinkIx) -> Vec<Shape> {
        let link = &self.picture.scene.links[ix.0 as usize];
        let mut pen = ScreenPen::new(ctx, self.projection);
        let emphasis = self.emphasis.of_link(ix);
        let (from, to) = (self.offset(link.from), self.offset(link.to));
        if (from, to) == ((0.0, 0.0), (0.0, 0.0)) {
            draw_link(link, &self.look(), emphasis, &mut pen);
        } else {
            let mut moved = link.clone();
            bend(&mut moved.route, from, to);
            draw_link(&moved, &self.look(), emphasis, &mut pen);
        }
        pen.into_shapes()
    }
}

fn shifted(rect: Rect, (dx, dy): (f32, f32)) -> Rect {
    Rect::new(
        Point::new(rect.min.x + dx, rect.min.y + dy),
        Point::new(rect.max.x + dx, rect.max.y + dy),
    )
}

/// Moves the start of a route by `from`, its end by `to`, and what lies between in proportion.
fn bend(route: &mut [Point], from: (f32, f32), to: (f32, f32)) {
    let last = route.len().saturating_sub(1).max(1) as f32;
    for (position, point) in route.iter_mut().enumerate() {
        let share = position as f32 / last;
        point.x += from.0 + (to.0 - from.0) * share;
        point.y += from.1 + (to.1 - from.1) * share;
    }
}
