//! A square piece of the drawing plane as pixels.

use super::pen::PixelPen;
use super::pixels::Pixels;
use crate::layout::{Point, Rect};
use crate::scene::draw::{Look, draw_card, draw_link, draw_lit_frame, draw_plate};
use crate::scene::{BoxIx, Color, Emphasis, EmphasisMap, LinkIx, Scene};

/// Pixels along each side of a tile.
pub const TILE_SIDE: usize = 512;

/// Marks that are drawn between two looks at whether the tile is still wanted.
const BATCH: usize = 2_048;

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Frames of open groups and links, on the canvas: boxes are laid over it.
    Lines,
    /// Boxes too.
    Everything,
    /// Only what stands out, on nothing.
    Lit,
}

/// Which tile: the plane is cut at every [`TILE_SIDE`] pixels from its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TilePlace {
    pub column: i32,
    pub row: i32,
}

impl TilePlace {
    /// The part of the plane that it covers at so many pixels a scene unit.
    pub fn rect(self, scale: f32) -> Rect {
        let side = TILE_SIDE as f32 / scale;
        let at = |column: i32, row: i32| Point::new(column as f32 * side, row as f32 * side);
        Rect::new(at(self.column, self.row), at(self.column + 1, self.row + 1))
    }

    /// All places that meet `rect` at so many pixels a scene unit, those nearest to its middle first.
    pub fn covering(rect: Rect, scale: f32) -> Vec<Self> {
        if rect.is_empty() {
            return Vec::new();
        }
        let side = TILE_SIDE as f32 / scale;
        let place = |length: f32| (length / side).floor() as i32;
        let middle = (rect.center().x / side - 0.5, rect.center().y / side - 0.5);
        let mut places: Vec<Self> = (place(rect.min.y)..=place(rect.max.y))
            .flat_map(|row| {
                (place(rect.min.x)..=place(rect.max.x)).map(move |column| Self { column, row })
            })
            .collect();
        let off = |at: &Self| (at.column as f32 - middle.0).hypot(at.row as f32 - middle.1);
        places.sort_by(|a, b| off(a).total_cmp(&off(b)));
        places
    }
}

/// The tile as [`TILE_SIDE`]² premultiplied RGBA pixels, row by row, at `scale` pixels a scene unit; `None`
/// when `cancelled` said so. Every mark of `layer` that meets the tile is in it, at its exact place; text is
/// not. `emphasis` decides what [`Layer::Lit`] holds, and nothing else.
///
/// Linear in the marks that meet the tile and the pixels they cover.
pub fn draw_tile(
    scene: &Scene,
    look: &Look<'_>,
    (layer, emphasis): (Layer, &EmphasisMap),
    (place, scale): (TilePlace, f32),
    cancelled: &dyn Fn() -> bool,
) -> Option<Vec<u8>> {
    let rect = place.rect(scale);
    let ground = if layer == Layer::Lit { Color::TRANSPARENT } else { look.theme.canvas };
    let pixels = Pixels::new(TILE_SIDE, ground);
    let mut artist = Artist {
        scene,
        look,
        // Strokes, arrowheads and what stands on corners reach beyond their marks.
        reach: rect.expand(BLEED_PX / scale),
        pen: PixelPen::new(pixels, rect.min, scale),
    };
    if layer == Layer::Lit {
        artist.lit(emphasis, cancelled)?;
    } else {
        artist.all(layer == Layer::Everything, cancelled)?;
    }
    Some(artist.pen.into_rgba())
}

/// How far beyond its outline a mark is drawn at most, in pixels.
const BLEED_PX: f32 = 12.0;

struct Artist<'a> {
    scene: &'a Scene,
    look: &'a Look<'a>,
    reach: Rect,
    pen: PixelPen,
}

impl Artist<'_> {
    fn all(&mut self, boxes: bool, cancelled: &dyn Fn() -> bool) -> Option<()> {
        let scene = self.scene;
        let is_frame =
            |ix: &BoxIx| matches!(ix, BoxIx::Plate(at) if scene.plates[*at as usize].open);
        let (frames, others): (Vec<BoxIx>, Vec<BoxIx>) =
            scene.in_rect(self.reach).partition(is_frame);
        for ix in frames {
            self.draw_box(ix, Emphasis::Normal);
        }
        let links: Vec<LinkIx> = if self.holds_most() {
            (0..scene.links.len() as u32).map(LinkIx).collect()
        } else {
            scene.links_in_rect(self.reach).collect()
        };
        for batch in links.chunks(BATCH) {
            if cancelled() {
                return None;
            }
            for &ix in batch {
                self.draw_link(ix, Emphasis::Normal);
            }
        }
        for batch in others.chunks(BATCH).filter(|_| boxes) {
            if cancelled() {
                return None;
            }
            for &ix in batch {
                self.draw_box(ix, Emphasis::Normal);
            }
        }
        Some(())
    }

    /// Where most of the picture is within, looking links up by place costs more than it saves.
    fn holds_most(&self) -> bool {
        let (all, here) = (self.scene.bounds, self.reach);
        let within =
            |from: f32, to: f32, low: f32, high: f32| (to.min(high) - from.max(low)).max(0.0);
        let wide = within(all.min.x, all.max.x, here.min.x, here.max.x);
        let high = within(all.min.y, all.max.y, here.min.y, here.max.y);
        wide * high > 0.2 * all.width() * all.height()
    }

    fn lit(&mut self, emphasis: &EmphasisMap, cancelled: &dyn Fn() -> bool) -> Option<()> {
        for batch in emphasis.raised_links().chunks(BATCH) {
            if cancelled() {
                return None;
            }
            for &(ix, how) in batch {
                self.draw_link(ix, how);
            }
        }
        for batch in emphasis.raised_boxes().chunks(BATCH) {
            if cancelled() {
                return None;
            }
            for &(ix, how) in batch {
                let rect = self.scene.rect_of(ix);
                if !rect.intersects(&self.reach) {
                    continue;
                }
                match ix {
                    BoxIx::Plate(at) if self.scene.plates[at as usize].open => {
                        draw_lit_frame(rect, self.look, how, &mut self.pen);
                    }
                    _ => self.draw_box(ix, how),
                }
            }
        }
        Some(())
    }

    fn draw_box(&mut self, ix: BoxIx, how: Emphasis) {
        let score = self.look.score(ix);
        match ix {
            BoxIx::Card(at) => {
                let overlay = self.look.overlay(ix);
                draw_card(&self.scene.cards[at as usize], self.look, how, overlay, &mut self.pen);
            }
            BoxIx::Plate(at) => {
                draw_plate(&self.scene.plates[at as usize], self.look, how, score, &mut self.pen);
            }
        }
    }

    fn draw_link(&mut self, ix: LinkIx, how: Emphasis) {
        let link = &self.scene.links[ix.0 as usize];
        if Rect::around(&link.route).intersects(&self.reach) {
            draw_link(link, self.look, how, &mut self.pen);
        }
    }
}
