//! Names over tiles: chosen and laid out once for a scale and a part of the plane, then moved along.

use super::pen::{Projection, ScreenPen};
use super::stage::Stage;
use crate::layout::Rect;
use crate::scene::draw::{Lod, Look};
use crate::scene::labels::{draw_label, labels};
use crate::scene::{BoxIx, Emphasis};
use egui::Shape;

/// Names at once, at most.
const MOST: usize = 900;

/// How far around what is in sight names are chosen ahead, as a share of it.
const AHEAD: f32 = 0.15;

/// What decides which names there are and how they look.
#[derive(Clone, PartialEq)]
struct Key {
    revision: u64,
    emphasis: u64,
    theme: &'static str,
    scale: f32,
    points: f32,
    named: Named,
}

/// Whose names are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Everything: boxes are in tiles.
    All,
    /// Frames: only they are in tiles.
    Frames,
    /// Frames without room for their own: nothing is in tiles.
    CrampedFrames,
}

/// The names as they were laid out last.
#[derive(Default)]
pub(super) struct FarNames {
    key: Option<Key>,
    /// The part of the plane that they were chosen for.
    region: Option<Rect>,
    /// Where they were laid out.
    projection: Option<Projection>,
    shapes: Vec<Shape>,
    named: Vec<BoxIx>,
}

impl FarNames {
    /// Lays out the names anew.
    pub(super) fn forget(&mut self) {
        self.key = None;
    }

    /// The boxes that are named, those in front first.
    pub(super) fn named(&self) -> &[BoxIx] {
        &self.named
    }

    /// The names of what is in sight.
    pub(super) fn paint(
        &mut self,
        ctx: &egui::Context,
        stage: &Stage,
        (emphasis, named): (u64, Named),
        shapes: &mut Vec<Shape>,
    ) {
        let now = stage.projection;
        let seen = now.camera.seen(now.viewport);
        // Hovering alone changes no name.
        let calm = stage.emphasis.rest() == Emphasis::Normal;
        let key = Key {
            revision: stage.picture.revision,
            emphasis: if calm { 0 } else { emphasis },
            theme: stage.theme.name.key(),
            scale: now.camera.scale,
            points: ctx.pixels_per_point(),
            named,
        };
        let covers = |region: Rect| region.contains(seen.min) && region.contains(seen.max);
        if self.key.as_ref() != Some(&key) || !self.region.is_some_and(covers) {
            let region = seen.expand(seen.width().max(seen.height()) * AHEAD);
            self.lay_out(ctx, stage, region, named);
            self.key = Some(key);
        }
        let then = self.projection.unwrap_or(now);
        let origin = crate::layout::Point::default();
        let moved = now.pos(origin) - then.pos(origin);
        shapes.extend(self.shapes.iter().cloned().map(|mut shape| {
            shape.translate(moved);
            shape
        }));
    }

    fn lay_out(&mut self, ctx: &egui::Context, stage: &Stage, region: Rect, named: Named) {
        let scene = &stage.picture.scene;
        let look = stage.look();
        // Tiles hold no whole cards, so that their names are not those of whole cards either.
        let look = Look { lod: look.lod.min(Lod::Middle), ..look };
        let is_frame = |ix| matches!(ix, BoxIx::Plate(at) if scene.plates[at as usize].open);
        let mut pen = ScreenPen::new(ctx, stage.projection);
        self.named.clear();
        for label in labels(scene, &look, region, MOST) {
            let wanted = match named {
                Named::All => true,
                Named::Frames => is_frame(label.ix),
                Named::CrampedFrames => is_frame(label.ix) && label.over.is_some(),
            };
            if wanted {
                draw_label(scene, &label, &look, stage.emphasis.of_box(label.ix), &mut pen);
                self.named.push(label.ix);
            }
        }
        self.shapes = pen.into_shapes();
        self.region = Some(region);
        self.projection = Some(stage.projection);
    }
}
