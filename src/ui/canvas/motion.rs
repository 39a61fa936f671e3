//! Motion that explains a change of place: a gliding camera, and boxes on their way to where they are now.

use super::pen::Projection;
use crate::import::Loaded;
use crate::scene::{BoxIx, GROUP_PREFIX, Scene};
use crate::session::{Camera, Picture};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// How long a motion takes, in seconds.
const DURATION_SECS: f64 = 0.15;

/// More boxes than these jump: nobody can follow them.
const MOST_MOVING: usize = 800;

#[derive(Clone, Copy)]
struct Glide {
    from: Camera,
    start_secs: f64,
}

/// What moves.
#[derive(Default)]
pub(super) struct Motion {
    glide: Option<Glide>,
    target: Option<Camera>,
    shown: Camera,
    picture: Option<Arc<Picture>>,
    loaded: Option<Arc<Loaded>>,
    /// Where boxes start, off their place, in scene units.
    offsets: FxHashMap<BoxIx, (f32, f32)>,
    offsets_since_secs: f64,
}

/// Fast first, then settling.
fn eased(t: f64) -> f32 {
    let left = 1.0 - t.clamp(0.0, 1.0);
    (1.0 - left * left * left) as f32
}

/// What moves now.
pub(super) struct Moment {
    pub(super) camera: Camera,
    pub(super) moved: FxHashMap<BoxIx, (f32, f32)>,
    /// Whether another frame is needed.
    pub(super) moving: bool,
}

impl Motion {
    /// Follows the session's camera and picture; `still` makes everything jump.
    pub(super) fn step(
        &mut self,
        (picture, loaded): (&Arc<Picture>, &Arc<Loaded>),
        (camera, glides): (Camera, bool),
        before: Projection,
        now_secs: f64,
        still: bool,
    ) -> Moment {
        let new_picture = self.picture.as_ref().is_none_or(|old| old.revision != picture.revision);
        let known = self.picture.is_some();
        if self.target != Some(camera) {
            let glide = glides && known && !still;
            self.glide = glide.then_some(Glide { from: self.shown, start_secs: now_secs });
            self.target = Some(camera);
        }
        let t = self.glide.map_or(1.0, |glide| (now_secs - glide.start_secs) / DURATION_SECS);
        self.shown = match self.glide {
            Some(glide) if t < 1.0 => glide.from.towards(camera, eased(t)),
            _ => camera,
        };
        if t >= 1.0 {
            self.glide = None;
        }
        if new_picture {
            self.offsets.clear();
            if !still && self.loaded.as_ref().is_some_and(|old| Arc::ptr_eq(old, loaded)) {
                let now = Projection { camera: self.shown, ..before };
                self.start(picture, before, now);
                self.offsets_since_secs = now_secs;
            }
            self.picture = Some(Arc::clone(picture));
            self.loaded = Some(Arc::clone(loaded));
        }
        let left = 1.0 - eased((now_secs - self.offsets_since_secs) / DURATION_SECS);
        if left <= 0.0 {
            self.offsets.clear();
        }
        let moved: FxHashMap<BoxIx, (f32, f32)> =
            self.offsets.iter().map(|(&ix, &(dx, dy))| (ix, (dx * left, dy * left))).collect();
        Moment { camera: self.shown, moving: self.glide.is_some() || !moved.is_empty(), moved }
    }

    /// Notes where each box that was there before comes from, so that it starts where it is seen.
    fn start(&mut self, picture: &Picture, before: Projection, now: Projection) {
        let Some(old) = &self.picture else { return };
        let scene = &picture.scene;
        if scene.cards.len() + scene.plates.len() > MOST_MOVING {
            return;
        }
        let places = places(&old.scene);
        for (key, ix) in keys(scene) {
            let Some(&at) = places.get(&key) else { continue };
            let from = now.point(before.pos(at));
            let to = scene.rect_of(ix).center();
            let offset = (from.x - to.x, from.y - to.y);
            if offset.0.abs() + offset.1.abs() > 0.5 {
                self.offsets.insert(ix, offset);
            }
        }
    }
}

/// What stays the same of a box from picture to picture of one graph. Frames do not move: what they hold does.
fn keys(scene: &Scene) -> impl Iterator<Item = (String, BoxIx)> + '_ {
    let cards = scene.cards.iter().zip(0..);
    let cards = cards.map(|(card, ix)| (format!("node {}", card.node.0), BoxIx::Card(ix)));
    let plates = scene.plates.iter().zip(0..).filter(|(plate, _)| !plate.open);
    cards
        .chain(plates.map(|(plate, ix)| (format!("{GROUP_PREFIX}{}", plate.key), BoxIx::Plate(ix))))
}

fn places(scene: &Scene) -> FxHashMap<String, crate::layout::Point> {
    keys(scene).map(|(key, ix)| (key, scene.rect_of(ix).center())).collect()
}
