//! The far field: more marks in sight than a frame can draw, as tiles of pixels that are drawn beside it.
//!
//! A sheet is the picture at one scale, theme and state of debt; its tiles come one after another. Beneath
//! the newest sheet lie the one before, and one that holds all of the picture in few tiles: so that nothing
//! is ever blank while tiles are on their way, and no frame waits for them.

use super::super::theme::{UNTINTED, tile_pixels};
use super::pen::Projection;
use super::stage::Stage;
use crate::layout::{Point, Rect};
use crate::scene::raster::{Layer, TILE_SIDE, TilePlace};
use crate::session::{Command, Session, Sheet, Wish};
use egui::{Pos2, Shape, TextureHandle, TextureOptions, Ui};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Duration;

/// Tiles that are handed to the graphics card in one frame, at most: each takes a fraction of a millisecond.
const MOST_UPLOADS: usize = 2;

/// A zoom that rests this long is drawn sharp.
const RESTS_SECS: f64 = 0.12;

/// Further from its own scale than this, by factor, a sheet is drawn anew even while the zoom goes on.
const FARTHEST: f32 = 2.0;

/// Pixels along the longer side of the sheet that holds all.
const OVERVIEW_PX: f32 = 1_400.0;

/// How far around what is in sight tiles are drawn ahead, as a share of it; and kept.
const AHEAD: f32 = 0.25;
const KEPT: f32 = 1.0;

/// Scales within this share of each other are one: pixels stay on pixels.
const SAME_SCALE: f32 = 1e-4;

/// A minimap shows a tile at a tenth of its size, which needs smaller copies to be smooth.
const SMOOTH: TextureOptions =
    TextureOptions { mipmap_mode: Some(egui::TextureFilter::Linear), ..TextureOptions::LINEAR };

/// One sheet and its tiles that are there.
struct Shown {
    sheet: Arc<Sheet>,
    textures: FxHashMap<TilePlace, TextureHandle>,
    /// Of an older picture: where it was on the screen when the newer one came, and the projection then.
    left: Option<(Projection, Projection)>,
}

impl Shown {
    fn has_all(&self, places: &[TilePlace]) -> bool {
        places.iter().all(|place| self.textures.contains_key(place))
    }

    fn missing(&self, places: &[TilePlace]) -> Vec<TilePlace> {
        places.iter().copied().filter(|place| !self.textures.contains_key(place)).collect()
    }

    fn places(&self, rect: Rect) -> Vec<TilePlace> {
        TilePlace::covering(clipped(rect, self.sheet.picture.scene.bounds), self.sheet.scale)
    }

    /// Every tile as a rectangle of the screen; those at their own scale on whole pixels.
    fn paint(&self, projection: &Projection, points: f32, shapes: &mut Vec<Shape>) {
        let place = |point: Point| match &self.left {
            Some((then, since)) => projection.pos(since.point(then.pos(point))),
            None => projection.pos(point),
        };
        let sharp = is_same(self.sheet.scale, projection.camera.scale * points);
        let mut tiles: Vec<(&TilePlace, &TextureHandle)> = self.textures.iter().collect();
        tiles.sort_unstable_by_key(|(place, _)| **place);
        for (at, texture) in tiles {
            let rect = at.rect(self.sheet.scale);
            let mut on_screen = egui::Rect::from_min_max(place(rect.min), place(rect.max));
            if sharp && self.left.is_none() {
                let whole = |value: f32| (value * points).round() / points;
                let min = Pos2::new(whole(on_screen.min.x), whole(on_screen.min.y));
                on_screen =
                    egui::Rect::from_min_size(min, egui::Vec2::splat(TILE_SIDE as f32 / points));
            }
            let all = egui::Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            shapes.push(Shape::image(texture.id(), on_screen, all, UNTINTED));
        }
    }
}

fn is_same(a: f32, b: f32) -> bool {
    (a / b - 1.0).abs() < SAME_SCALE
}

/// The part of `rect` with something in it.
fn clipped(rect: Rect, bounds: Rect) -> Rect {
    let bounds = bounds.expand(bounds.width().max(bounds.height()) * 0.01 + 16.0);
    Rect::new(
        Point::new(rect.min.x.max(bounds.min.x), rect.min.y.max(bounds.min.y)),
        Point::new(rect.max.x.min(bounds.max.x), rect.max.y.min(bounds.max.y)),
    )
}

/// Sheets, their textures, and what was asked for.
#[derive(Default)]
pub(super) struct FarField {
    sheets_made: u64,
    overview: Option<Shown>,
    /// Older ones first; the last is the one that is wanted.
    sheets: Vec<Shown>,
    lit: Option<(u64, Shown)>,
    wished: Vec<(u64, TilePlace)>,
    /// The scale of the last frame, and since when it has been that.
    resting: (f32, f64),
    projection: Option<Projection>,
    /// Grows with every tile that comes or goes.
    revision: u64,
}

impl FarField {
    /// Takes in finished tiles and asks for those that are missing. Returns a number that grows whenever
    /// something else is to be painted. `lit` asks for a sheet of what stands out too, by its revision.
    pub(super) fn update(
        &mut self,
        ui: &Ui,
        (session, stage): (&Session, &Stage),
        (layer, lit): (Layer, Option<u64>),
        commands: &mut Vec<Command>,
    ) -> u64 {
        let (now, points) = (ui.input(|input| input.time), ui.ctx().pixels_per_point());
        self.leave_older_pictures(stage);
        let scale = stage.projection.camera.scale * points;
        self.overview_for(stage, session, points);
        self.sheet_for(ui, (stage, session), (layer, scale, points), now);
        self.lit_for(lit, (stage, session), (scale, points));
        let seen = stage.projection.camera.seen(stage.projection.viewport);
        let ahead = seen.expand(seen.width().max(seen.height()) * AHEAD);
        let wants = |shown: &Shown, rect: Rect| (Arc::clone(&shown.sheet), shown.places(rect));
        let mut wanted: Vec<(Arc<Sheet>, Vec<TilePlace>)> = Vec::new();
        wanted.extend(self.overview.iter().map(|o| wants(o, o.sheet.picture.scene.bounds)));
        wanted.extend(self.lit.iter().map(|(_, lit)| wants(lit, seen)));
        wanted.extend(self.sheets.last().map(|last| wants(last, ahead)));
        self.take_in(ui, session, &wanted);
        self.ask(&wanted, commands);
        self.forget(seen);
        self.revision
    }

    /// What is left of earlier pictures stays where it is on the screen, until the new one is there.
    fn leave_older_pictures(&mut self, stage: &Stage) {
        let now = stage.projection;
        let before = self.projection.replace(now).unwrap_or(now);
        for shown in self.sheets.iter_mut().chain(&mut self.overview) {
            let older = shown.sheet.picture.revision != stage.picture.revision;
            if older && shown.left.is_none() {
                shown.left = Some((before, now));
            }
        }
    }

    fn make(
        &mut self,
        (stage, session): (&Stage, &Session),
        layer: Layer,
        (scale, points): (f32, f32),
    ) -> Shown {
        self.sheets_made += 1;
        let sheet = Arc::new(Sheet {
            number: self.sheets_made,
            picture: Arc::clone(&stage.picture),
            debt: stage.debt.clone(),
            theme: session.preferences().theme,
            layer,
            emphasis: Arc::clone(&stage.emphasis),
            look_scale: scale / points,
            scale,
        });
        Shown { sheet, textures: FxHashMap::default(), left: None }
    }

    fn overview_for(&mut self, stage: &Stage, session: &Session, points: f32) {
        if self.overview.as_ref().is_some_and(|shown| is_of(&shown.sheet, stage, session)) {
            return;
        }
        let bounds = stage.picture.scene.bounds;
        let scale = OVERVIEW_PX / bounds.width().max(bounds.height()).max(1.0);
        let fresh = self.make((stage, session), Layer::Everything, (scale.min(points), points));
        if let Some(old) = self.overview.replace(fresh) {
            self.sheets.insert(0, old);
        }
    }

    /// The sheet for this scale: at once where there is none that would do, else when the zoom rests.
    fn sheet_for(
        &mut self,
        ui: &Ui,
        (stage, session): (&Stage, &Session),
        (layer, scale, points): (Layer, f32, f32),
        now: f64,
    ) {
        if !is_same(self.resting.0, scale) {
            self.resting = (scale, now);
        }
        let fits = self.sheets.last().is_some_and(|last| {
            let factor = last.sheet.scale / scale;
            let near = (1.0 / FARTHEST..=FARTHEST).contains(&factor);
            let rested = now - self.resting.1 >= RESTS_SECS;
            let sharp = is_same(last.sheet.scale, scale) || near && !rested;
            if sharp && !is_same(last.sheet.scale, scale) {
                let left = RESTS_SECS - (now - self.resting.1);
                ui.ctx().request_repaint_after(Duration::from_secs_f64(left.max(0.001)));
            }
            sharp && last.sheet.layer == layer && is_of(&last.sheet, stage, session)
        });
        if !fits {
            let fresh = self.make((stage, session), layer, (scale, points));
            // One that shows nothing yet is of no use beneath.
            self.sheets.retain(|shown| !shown.textures.is_empty());
            self.sheets.push(fresh);
        }
    }

    fn lit_for(
        &mut self,
        lit: Option<u64>,
        (stage, session): (&Stage, &Session),
        (scale, points): (f32, f32),
    ) {
        let Some(revision) = lit else {
            self.lit = None;
            return;
        };
        let fits = self.lit.as_ref().is_some_and(|(known, shown)| {
            *known == revision
                && is_of(&shown.sheet, stage, session)
                && is_same(shown.sheet.scale, scale)
        });
        if !fits {
            let fresh = self.make((stage, session), Layer::Lit, (scale, points));
            self.lit = Some((revision, fresh));
        }
    }

    /// Makes textures of finished tiles, a few a frame.
    fn take_in(&mut self, ui: &Ui, session: &Session, wanted: &[(Arc<Sheet>, Vec<TilePlace>)]) {
        let mut left = MOST_UPLOADS;
        let whole = self.overview.as_ref().map(|shown| shown.sheet.number);
        for (sheet, places) in wanted {
            let lit = self.lit.iter_mut().map(|(_, shown)| shown);
            let mut all = self.overview.iter_mut().chain(&mut self.sheets).chain(lit);
            let Some(shown) = all.find(|shown| shown.sheet.number == sheet.number) else {
                continue;
            };
            for &place in places {
                if shown.textures.contains_key(&place) {
                    continue;
                }
                let Some(tile) = session.tile(sheet.number, place) else { continue };
                if left == 0 {
                    ui.ctx().request_repaint();
                    return;
                }
                left -= 1;
                let image = tile_pixels(TILE_SIDE, &tile.rgba);
                let name = format!("tile {} {} {}", sheet.number, place.column, place.row);
                let options =
                    if whole == Some(sheet.number) { SMOOTH } else { TextureOptions::LINEAR };
                let texture = ui.ctx().load_texture(name, image, options);
                shown.textures.insert(place, texture);
                self.revision += 1;
            }
        }
    }

    /// Says what is missing, when that is not what was said already.
    fn ask(&mut self, wanted: &[(Arc<Sheet>, Vec<TilePlace>)], commands: &mut Vec<Command>) {
        let mut wishes: Vec<Wish> = Vec::new();
        for (sheet, places) in wanted {
            let lit = self.lit.iter().map(|(_, shown)| shown);
            let mut all = self.overview.iter().chain(&self.sheets).chain(lit);
            let Some(shown) = all.find(|shown| shown.sheet.number == sheet.number) else {
                continue;
            };
            let places = shown.missing(places);
            if !places.is_empty() {
                wishes.push(Wish { sheet: Arc::clone(sheet), places });
            }
        }
        let keys: Vec<(u64, TilePlace)> = wishes
            .iter()
            .flat_map(|wish| wish.places.iter().map(|&place| (wish.sheet.number, place)))
            .collect();
        let known = keys.iter().all(|key| self.wished.contains(key));
        if !known || keys.is_empty() != self.wished.is_empty() {
            self.wished = keys;
            commands.push(Command::Tiles(wishes));
        }
    }

    /// Drops older sheets when the newest covers what is seen, and tiles that are far out of sight.
    fn forget(&mut self, seen: Rect) {
        let kept = seen.expand(seen.width().max(seen.height()) * KEPT);
        let before = self.sheets.len();
        if let Some(last) = self.sheets.last_mut() {
            let scale = last.sheet.scale;
            last.textures.retain(|place, _| place.rect(scale).intersects(&kept));
            if last.has_all(&last.places(seen)) {
                self.sheets.drain(..before - 1);
            }
        }
        if self.sheets.len() != before {
            self.revision += 1;
        }
    }

    /// The tiles of what is seen: those of the newest sheet where they cover it, else older ones beneath.
    pub(super) fn paint(&self, stage: &Stage, points: f32, shapes: &mut Vec<Shape>) {
        let seen = stage.projection.camera.seen(stage.projection.viewport);
        let covered = self.sheets.last().is_some_and(|last| last.has_all(&last.places(seen)));
        if !covered {
            if let Some(overview) = &self.overview {
                overview.paint(&stage.projection, points, shapes);
            }
            for older in self.sheets.iter().rev().skip(1).rev() {
                older.paint(&stage.projection, points, shapes);
            }
        }
        if let Some(last) = self.sheets.last() {
            last.paint(&stage.projection, points, shapes);
        }
    }

    /// The tiles of what stands out.
    pub(super) fn paint_lit(&self, stage: &Stage, points: f32, shapes: &mut Vec<Shape>) {
        if let Some((_, lit)) = &self.lit {
            lit.paint(&stage.projection, points, shapes);
        }
    }

    /// Whether tiles of this picture are to be seen yet.
    pub(super) fn shows(&self, revision: u64) -> bool {
        let mut all = self.overview.iter().chain(&self.sheets);
        all.any(|s| s.sheet.picture.revision == revision && !s.textures.is_empty())
    }

    /// All of the picture through another projection, as far as its tiles are there.
    pub(super) fn paint_overview(&self, projection: &Projection, revision: u64) -> Vec<Shape> {
        let mut shapes = Vec::new();
        if let Some(all) = &self.overview
            && all.sheet.picture.revision == revision
        {
            all.paint(projection, 0.0, &mut shapes);
        }
        shapes
    }

    /// As [`FarField::update`] while the near field does all: only what holds the whole picture is kept ready,
    /// where `overview` says that it is wanted. Returns a number that grows with its tiles.
    pub(super) fn rest(
        &mut self,
        ui: &Ui,
        (session, stage): (&Session, &Stage),
        overview: bool,
        commands: &mut Vec<Command>,
    ) -> u64 {
        self.lit = None;
        self.sheets.clear();
        self.projection = None;
        let mut wanted = Vec::new();
        if overview {
            self.overview_for(stage, session, ui.ctx().pixels_per_point());
            self.sheets.clear();
            let all = |o: &Shown| (Arc::clone(&o.sheet), o.places(o.sheet.picture.scene.bounds));
            wanted.extend(self.overview.iter().map(all));
        } else {
            self.overview = None;
        }
        self.take_in(ui, session, &wanted);
        self.ask(&wanted, commands);
        self.revision
    }
}

/// Whether a sheet shows the picture as it is now.
fn is_of(sheet: &Sheet, stage: &Stage, session: &Session) -> bool {
    let same_debt = match (&sheet.debt, &stage.debt) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    };
    sheet.picture.revision == stage.picture.revision
        && same_debt
        && sheet.theme == session.preferences().theme
}
