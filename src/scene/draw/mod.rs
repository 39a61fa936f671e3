//! How marks look: one set of drawing functions for the window and for files.
//!
//! They speak to a [`Pen`] in scene units; a pen knows its target and nothing of what it draws.
//! Start reading at [`draw_scene`].

mod card;
mod debt;
mod detail;
mod link;
pub mod metrics;
mod name;
mod plate;

use super::measure::Font;
use super::{
    BoxIx, Card, Color, DebtMap, Emphasis, EmphasisMap, LinkIx, LinkMark, Plate, Scene, Theme,
};
use crate::layout::{Point, Rect};
use crate::model::SystemGraph;

pub use card::{draw_badge_sample, draw_card, draw_slice_sample};
pub use debt::{DEBT_SCALE_WIDTH, draw_debt_scale};
pub use link::{LinkLook, draw_link, draw_link_sample};
pub use plate::{draw_lit_frame, draw_plate};

/// How a line is broken, in scene units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Dash {
    #[default]
    Solid,
    /// So much line, so much gap.
    Dashed(f32, f32),
    /// Round dots of the line's width, so far from centre to centre.
    Dotted(f32),
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub width: f32,
    pub color: Color,
    pub dash: Dash,
    /// Opacity at the start, as a share of that at the end: below 1 the line fades in along its way.
    pub fade_from: f32,
}

impl Stroke {
    pub const fn new(width: f32, color: Color) -> Self {
        Self { width, color, dash: Dash::Solid, fade_from: 1.0 }
    }

    #[must_use]
    pub const fn dashed(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }
}

/// Which end of a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// Something to draw on. All places and sizes are in scene units.
pub trait Pen {
    fn rect(&mut self, rect: Rect, radius: f32, fill: Option<Color>, stroke: Option<Stroke>);

    /// A chain of cubics: a start point, then control, control, end for each piece.
    fn path(&mut self, route: &[Point], stroke: Stroke);

    fn line(&mut self, points: &[Point], stroke: Stroke);

    /// Closed. Convex when filled.
    fn polygon(&mut self, points: &[Point], fill: Option<Color>, stroke: Option<Stroke>);

    fn circle(&mut self, center: Point, radius: f32, fill: Option<Color>, stroke: Option<Stroke>);

    /// One line of text; `at` is on its baseline.
    fn text(&mut self, at: Point, anchor: Anchor, text: &str, font: Font, size: f32, color: Color);

    /// A ground for a text that crosses lines; for pens that write.
    fn halo(&mut self, rect: Rect, ground: Color) {
        self.rect(rect, 2.0, Some(ground), None);
    }

    /// What is drawn until [`Pen::end`] is this mark; pens without a notion of that ignore it.
    fn begin(&mut self, _mark: Mark<'_>) {}

    fn end(&mut self) {}
}

/// What a pen is told that it draws, for those that put marks together.
#[derive(Clone, Copy, Debug)]
pub enum Mark<'a> {
    Card(&'a Card),
    Plate(&'a Plate),
    Link(&'a LinkMark),
}

/// How much of a thing is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lod {
    /// Marks without text, but for groups.
    Far,
    /// Glyph and label.
    Middle,
    /// Whole cards.
    Near,
}

impl Lod {
    /// From this scale on, text of 11 units has at least 7 pixels.
    const NEAR_FROM: f32 = 0.62;

    /// From this scale on, a card is at least 40 pixels wide: room for a glyph and some letters.
    pub(super) const MIDDLE_FROM: f32 = 0.24;

    /// For a scale in pixels a scene unit.
    pub fn at(scale: f32) -> Self {
        match scale {
            s if s >= Self::NEAR_FROM => Self::Near,
            s if s >= Self::MIDDLE_FROM => Self::Middle,
            _ => Self::Far,
        }
    }
}

/// What decides the look of a mark besides the mark.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub theme: &'a Theme,
    /// Pixels a scene unit.
    pub scale: f32,
    pub lod: Lod,
    /// Debt of every mark, where it is to be shown.
    pub debt: Option<&'a DebtMap>,
    /// What the marks stand for, where cards that are near enough are to tell more of it.
    pub graph: Option<&'a SystemGraph>,
}

impl<'a> Look<'a> {
    pub fn new(theme: &'a Theme, scale: f32) -> Self {
        Self { theme, scale, lod: Lod::at(scale), debt: None, graph: None }
    }

    /// With what the marks stand for.
    #[must_use]
    pub const fn with_graph(self, graph: Option<&'a SystemGraph>) -> Self {
        Self { graph, ..self }
    }

    /// With the debt of every mark.
    #[must_use]
    pub const fn with_debt(self, debt: Option<&'a DebtMap>) -> Self {
        Self { debt, ..self }
    }

    /// Score of a mark, 0 to 100; 0 where debt is not shown.
    pub fn score(&self, ix: BoxIx) -> f32 {
        self.debt.map_or(0.0, |debt| debt.of(ix))
    }

    /// What is laid over a card.
    pub fn overlay(&self, ix: BoxIx) -> Overlay {
        self.debt
            .map_or_else(Overlay::default, |own| Overlay { debt: own.of(ix), bias: own.slice(ix) })
    }

    /// So many pixels on the target, in scene units.
    pub fn px(&self, pixels: f32) -> f32 {
        pixels / self.scale
    }
}

/// What is laid over a card besides emphasis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overlay {
    /// 0 to 100.
    pub debt: f32,
    /// Of the worst slice; 0 for none.
    pub bias: f32,
}

/// Opacity of what is not related to the selection, or shown as context only.
pub const DIMMED_OPACITY: f32 = 0.25;

const fn opacity(emphasis: Emphasis, context_only: bool) -> f32 {
    match (emphasis, context_only) {
        (Emphasis::Dimmed, _) | (Emphasis::Normal, true) => DIMMED_OPACITY,
        _ => 1.0,
    }
}

/// Draws everything: frames of open groups, then links, then boxes.
pub fn draw_scene(scene: &Scene, look: &Look<'_>, emphasis: &EmphasisMap, pen: &mut dyn Pen) {
    for (plate, ix) in scene.plates.iter().zip(0..).filter(|(plate, _)| plate.open) {
        draw_plate(plate, look, emphasis.of_box(BoxIx::Plate(ix)), 0.0, pen);
    }
    for (link, ix) in scene.links.iter().zip(0..) {
        draw_link(link, look, emphasis.of_link(LinkIx(ix)), pen);
    }
    for (plate, ix) in scene.plates.iter().zip(0..).filter(|(plate, _)| !plate.open) {
        let ix = BoxIx::Plate(ix);
        draw_plate(plate, look, emphasis.of_box(ix), look.score(ix), pen);
    }
    for (card, ix) in scene.cards.iter().zip(0..) {
        let ix = BoxIx::Card(ix);
        draw_card(card, look, emphasis.of_box(ix), look.overlay(ix), pen);
    }
}
