//! The canvas: the picture with its camera, and everything that a pointer does on it.
//!
//! Owns nothing but what is under way in the frame (a drag, a motion). Start reading at [`Canvas::show`].
//! Only `near` names `egui_graphs`.

mod access;
mod alive;
mod interact;
mod legend;
mod minimap;
mod motion;
mod near;
pub(super) mod pen;

use super::theme::color;
use crate::layout::{Rect, Size};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::{BoxIx, Scene, Target, Theme};
use crate::session::{Command, Session};
use alive::AliveLoop;
use egui::{Sense, Shape, Ui, UiBuilder};
use interact::Gesture;
use minimap::Minimap;
use motion::Motion;
use near::{NearField, Stage};
use pen::Projection;
use std::sync::Arc;

/// More boxes and links in sight than these are too many for the near field's widget.
const MOST_NEAR: usize = 2_000;

/// What decides the shapes on the canvas; as long as it stays, the last shapes are painted again.
#[derive(Clone, PartialEq)]
struct Key {
    revision: u64,
    emphasis: u64,
    projection: Projection,
    theme: &'static str,
    points: f32,
    dragged: Option<(BoxIx, (f32, f32))>,
    moving: bool,
}

/// The canvas of one window.
#[derive(Default)]
pub(super) struct Canvas {
    near: NearField,
    motion: Motion,
    minimap: Minimap,
    gesture: Gesture,
    alive: AliveLoop,
    legend_is_open: bool,
    last: Option<(Key, Vec<Shape>)>,
    projection: Option<Projection>,
    /// A text laid out in the fonts as they are: another one comes back when the fonts were made anew, and
    /// then the kept shapes point at letters that are gone.
    probe: Option<Arc<egui::Galley>>,
    in_sight: Vec<BoxIx>,
}

impl Canvas {
    /// Shows the session's picture in all of `ui`.
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let rect = ui.available_rect_before_wrap();
        let theme = Theme::of(session.preferences().theme);
        ui.painter().rect_filled(rect, 0.0, color(theme.canvas));
        let viewport = Size::new(rect.width(), rect.height());
        if viewport != session.viewport() {
            commands.push(Command::Viewport(viewport));
        }
        let (Some(picture), Some(project)) = (session.picture(), session.project()) else {
            return waiting(ui, rect, session);
        };
        let before = self.projection.unwrap_or(Projection {
            origin: rect.min,
            camera: session.camera(),
            viewport,
        });
        let now_secs = ui.input(|input| input.time);
        let mut moment = self.motion.step(
            (picture, &project.loaded),
            (session.camera(), session.camera_glides()),
            before,
            now_secs,
            session.preferences().reduced_motion,
        );
        if moment.moving {
            ui.ctx().request_repaint();
        }
        let projection = Projection { origin: rect.min, camera: moment.camera, viewport };
        self.projection = Some(projection);
        let dragged = self.gesture.dragged_box();
        if let Some((ix, offset)) = dragged {
            moment.moved.insert(ix, offset);
        }
        let key = Key {
            revision: picture.revision,
            emphasis: session.emphasis_revision(),
            projection,
            theme: theme.name.key(),
            points: ui.ctx().pixels_per_point(),
            dragged,
            moving: moment.moving,
        };
        let stage = Stage {
            picture: Arc::clone(picture),
            emphasis: session.emphasis().clone(),
            debt: session.debt().cloned(),
            projection,
            theme,
            moved: moment.moved,
        };
        let fonts_are_new = self.fonts_are_new(ui);
        let known = self.last.as_ref().is_some_and(|(last, _)| *last == key && !key.moving);
        let fresh = fonts_are_new || !known;
        if fresh {
            self.paint(ui, rect, stage, key);
        } else if let Some((_, shapes)) = &self.last {
            ui.painter().with_clip_rect(rect).extend(shapes.iter().cloned());
        }
        let response = ui.interact(rect, ui.id().with("canvas"), Sense::click_and_drag());
        self.gesture.follow(ui, &response, (session, &projection), commands);
        let stage = Stage {
            picture: Arc::clone(picture),
            emphasis: session.emphasis().clone(),
            debt: session.debt().cloned(),
            projection,
            theme,
            moved: rustc_hash::FxHashMap::default(),
        };
        access::announce(ui, project.graph(), &stage, &self.in_sight, commands);
        self.alive.show(ui, rect, (session, picture), &projection, theme);
        let scene = &picture.scene;
        self.minimap.show(ui, rect, (scene, picture.revision), &projection, theme, commands);
        let has_debt = session.debt().is_some();
        legend::show(ui, rect, (scene, has_debt), theme, &mut self.legend_is_open);
        if scene.cards.is_empty() && scene.plates.is_empty() {
            nothing(ui, rect, session, commands);
        }
    }

    fn fonts_are_new(&mut self, ui: &Ui) -> bool {
        let font = egui::FontId::proportional(super::theme::BODY);
        let text = String::from("probe");
        let ink = egui::Color32::PLACEHOLDER;
        let probe = ui.fonts_mut(|fonts| fonts.layout_no_wrap(text, font, ink));
        let same = self.probe.as_ref().is_some_and(|known| Arc::ptr_eq(known, &probe));
        self.probe = Some(probe);
        !same
    }

    /// Draws what is in sight and keeps the shapes.
    fn paint(&mut self, ui: &mut Ui, rect: egui::Rect, stage: Stage, key: Key) {
        let stage = Arc::new(stage);
        let seen = stage.projection.camera.seen(stage.projection.viewport);
        let scene = &stage.picture.scene;
        // Boxes on their way may be in sight before their place is.
        let reach = if stage.moved.is_empty() { seen } else { seen.expand(seen.width()) };
        let (grounds, boxes) = split(scene, reach);
        let links: Vec<_> = scene.links_in_rect(reach).collect();
        let painter = ui.painter().with_clip_rect(rect);
        let mut shapes: Vec<Shape> = Vec::new();
        for &ix in &grounds {
            shapes.extend(stage.draw_box(ui.ctx(), ix));
        }
        painter.extend(shapes.iter().cloned());
        self.in_sight = grounds.iter().chain(&boxes).copied().collect();
        if boxes.len() + links.len() <= MOST_NEAR {
            let before = shapes_in(ui);
            let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("near"));
            child.set_clip_rect(rect);
            self.near.show(&mut child, &stage, boxes, links);
            shapes.extend(shapes_since(ui, before));
        } else {
            let mut bulk: Vec<Shape> = Vec::new();
            for ix in links {
                bulk.extend(stage.draw_link(ui.ctx(), ix));
            }
            for ix in boxes {
                bulk.extend(stage.draw_box(ui.ctx(), ix));
            }
            painter.extend(bulk.iter().cloned());
            shapes.extend(bulk);
        }
        self.last = Some((key, shapes));
    }
}

/// How many shapes the layer of `ui` has.
fn shapes_in(ui: &Ui) -> usize {
    let mut count = 0;
    ui.painter().for_each_shape(|_| count += 1);
    count
}

fn shapes_since(ui: &Ui, start: usize) -> Vec<Shape> {
    let (mut position, mut shapes) = (0, Vec::new());
    ui.painter().for_each_shape(|clipped| {
        if position >= start {
            shapes.push(clipped.shape.clone());
        }
        position += 1;
    });
    shapes
}

/// Frames of open groups in sight, and the boxes in sight that stand on them.
fn split(scene: &Scene, seen: Rect) -> (Vec<BoxIx>, Vec<BoxIx>) {
    scene.in_rect(seen).partition(|ix| match ix {
        BoxIx::Plate(plate) => scene.plates[*plate as usize].open,
        BoxIx::Card(_) => false,
    })
}

/// What a box stands for.
fn target_of(scene: &Scene, ix: BoxIx) -> Target {
    match ix {
        BoxIx::Card(card) => Target::Node(scene.cards[card as usize].node),
        BoxIx::Plate(plate) => Target::Group(scene.plates[plate as usize].key.clone()),
    }
}

/// What a tooltip says of a node.
fn words_of(graph: &SystemGraph, node: NodeIx) -> (String, String) {
    let node = graph.node(node);
    let owner = node
        .owner
        .map_or_else(|| String::from("no owner"), |team| graph.node(team).name.to_string());
    (node.name.to_string(), format!("{} · {owner}", node.kind.meta().title))
}

fn waiting(ui: &mut Ui, rect: egui::Rect, session: &Session) {
    let text = match session.opening() {
        Some(name) => format!("Reading {name}…"),
        None => String::from("Arranging…"),
    };
    let font = egui::FontId::proportional(super::theme::BODY);
    let ink = ui.visuals().weak_text_color();
    ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, ink);
}

/// The view shows nothing: says why, and offers the way out.
fn nothing(ui: &mut Ui, rect: egui::Rect, session: &Session, commands: &mut Vec<Command>) {
    let filtered = session.view().focus.is_some()
        || !session.view().query.trim().is_empty()
        || !session.view().hidden.is_empty();
    let area = egui::Rect::from_center_size(rect.center(), egui::vec2(360.0, 80.0));
    let mut child = ui.new_child(
        UiBuilder::new().max_rect(area).layout(egui::Layout::top_down(egui::Align::Center)),
    );
    if filtered {
        child.label("Nothing matches this query and focus.");
        child.add_space(8.0);
        if child.button("Show everything").clicked() {
            commands.push(Command::Do(crate::session::Action::ClearFocus));
            commands.push(Command::Do(crate::session::Action::ShowHidden));
        }
    } else {
        child.label(
            "There is nothing to draw. The import report says what was read and what was not.",
        );
    }
}
