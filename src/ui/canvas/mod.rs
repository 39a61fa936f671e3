//! The canvas: the picture with its camera, and everything that a pointer does on it.
//!
//! Owns nothing but what is under way in the frame (a drag, a motion). Start reading at [`Canvas::show`].
//! Only `near` names `egui_graphs`.

mod access;
mod alive;
mod detail;
mod far;
mod interact;
mod legend;
mod minimap;
mod motion;
mod names;
mod near;
pub(super) mod pen;
mod stage;

use super::theme::color;
use crate::layout::Size;
use crate::model::{NodeIx, SystemGraph};
use crate::scene::draw::DIMMED_OPACITY;
use crate::scene::raster::Layer;
use crate::scene::{BoxIx, Emphasis, LinkIx, Scene, Target, Theme};
use crate::session::{Command, Picture, Project, Session};
use alive::AliveLoop;
use detail::{Detail, InSight, few_stand_out, lit, lit_links};
use egui::{Sense, Shape, Ui, UiBuilder};
use far::FarField;
use interact::Gesture;
use minimap::{MOST_SHAPES, Minimap};
use motion::Motion;
use names::{FarNames, Named};
use near::NearField;
use pen::Projection;
use stage::Stage;
use std::sync::Arc;

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
    tiles: u64,
}

/// The canvas of one window.
#[derive(Default)]
pub(super) struct Canvas {
    near: NearField,
    far: FarField,
    names: FarNames,
    motion: Motion,
    minimap: Minimap,
    gesture: Gesture,
    alive: AliveLoop,
    legend_is_open: bool,
    detail: Option<(Key, Detail)>,
    last: Option<(Key, Vec<Shape>)>,
    projection: Option<Projection>,
    /// A text laid out in the fonts as they are: another one comes back when the fonts were made anew, and
    /// then the kept shapes point at letters that are gone.
    probe: Option<Arc<egui::Galley>>,
    in_sight: InSight,
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
        let stage = Arc::new(self.stage(ui, rect, (session, picture, project), theme));
        let projection = stage.projection;
        let moving = !stage.moved.is_empty();
        let mut key = Key {
            revision: picture.revision,
            emphasis: session.emphasis_revision(),
            projection,
            theme: theme.name.key(),
            points: ui.ctx().pixels_per_point(),
            dragged: self.gesture.dragged_box(),
            moving,
            tiles: 0,
        };
        let detail = self.detail_for(&stage, &key);
        key.tiles = self.tiles_for(ui, (session, &stage), &detail, commands);
        let fonts_are_new = self.fonts_are_new(ui);
        let known = self.last.as_ref().is_some_and(|(last, _)| *last == key && !moving);
        let far_revision = key.tiles;
        if fonts_are_new || !known {
            if fonts_are_new {
                self.names.forget();
            }
            let shapes = self.paint(ui, rect, (&stage, &key), &detail);
            self.last = Some((key, shapes));
        } else if let Some((_, shapes)) = &self.last {
            ui.painter().with_clip_rect(rect).extend(shapes.iter().cloned());
        }
        let response = ui.interact(rect, ui.id().with("canvas"), Sense::click_and_drag());
        self.gesture.follow(ui, &response, (session, &projection), commands);
        access::announce(ui, project.graph(), &stage, &self.in_sight, commands);
        self.alive.show(ui, rect, (session, picture), &projection, theme);
        let scene = &picture.scene;
        let far = (&self.far, far_revision);
        let what = (scene, picture.revision, theme);
        self.minimap.show(ui, rect, what, &projection, far, commands);
        let overlaid = legend::Overlaid {
            debt: session.debt().is_some(),
            slices: !session.worst_slices().is_empty(),
        };
        legend::show(ui, rect, (scene, overlaid), theme, &mut self.legend_is_open);
        if scene.cards.is_empty() && scene.plates.is_empty() {
            nothing(ui, rect, session, commands);
        }
    }

    /// What this frame draws with: the camera and the boxes where they are on their way.
    fn stage(
        &mut self,
        ui: &Ui,
        rect: egui::Rect,
        (session, picture, project): (&Session, &Arc<Picture>, &Project),
        theme: &'static Theme,
    ) -> Stage {
        let viewport = Size::new(rect.width(), rect.height());
        let before = self.projection.unwrap_or(Projection {
            origin: rect.min,
            camera: session.camera(),
            viewport,
        });
        let mut moment = self.motion.step(
            (picture, &project.loaded),
            (session.camera(), session.camera_glides()),
            before,
            ui.input(|input| input.time),
            session.preferences().reduced_motion,
        );
        if moment.moving {
            ui.ctx().request_repaint();
        }
        let projection = Projection { origin: rect.min, camera: moment.camera, viewport };
        self.projection = Some(projection);
        if let Some((ix, offset)) = self.gesture.dragged_box() {
            moment.moved.insert(ix, offset);
        }
        Stage {
            picture: Arc::clone(picture),
            emphasis: Arc::clone(session.emphasis()),
            debt: session.debt().cloned(),
            projection,
            theme,
            moved: moment.moved,
        }
    }

    /// What is drawn afresh and what comes from tiles; looked up only when something changed.
    fn detail_for(&mut self, stage: &Stage, key: &Key) -> Detail {
        let before = match &self.detail {
            Some((last, detail)) if last == key => return detail.clone(),
            Some((_, detail)) => Some(detail),
            None => None,
        };
        let detail = Detail::of(stage, before);
        self.detail = Some((key.clone(), detail.clone()));
        detail
    }

    /// Asks for the tiles of this detail and takes in those that are there.
    fn tiles_for(
        &mut self,
        ui: &Ui,
        (session, stage): (&Session, &Stage),
        detail: &Detail,
        commands: &mut Vec<Command>,
    ) -> u64 {
        let layer = match detail {
            Detail::Near { .. } => {
                let overview = stage.picture.scene.mark_count() > MOST_SHAPES;
                return self.far.rest(ui, (session, stage), overview, commands);
            }
            Detail::Mixed { .. } => Layer::Lines,
            Detail::Far => Layer::Everything,
        };
        let lit = (!few_stand_out(stage)).then(|| session.emphasis_revision());
        self.far.update(ui, (session, stage), (layer, lit), commands)
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

    /// Draws what is in sight; returns the shapes, to be kept.
    fn paint(
        &mut self,
        ui: &mut Ui,
        rect: egui::Rect,
        (stage, key): (&Arc<Stage>, &Key),
        detail: &Detail,
    ) -> Vec<Shape> {
        let mut shapes: Vec<Shape> = Vec::new();
        match detail {
            Detail::Near { frames, boxes, links } => {
                shapes.extend(frames.iter().flat_map(|&ix| stage.draw_box(ui.ctx(), ix)));
                self.in_sight = InSight::all(frames.iter().chain(boxes).copied().collect());
                let marks = (boxes.clone(), links.clone());
                let shapes = self.paint_near(ui, rect, stage, shapes, marks);
                self.paint_names(ui, rect, (stage, key), Named::CrampedFrames, shapes)
            }
            Detail::Mixed { boxes } => {
                self.paint_tiles(rect, (stage, key), &mut shapes);
                self.in_sight = InSight::all(boxes.clone());
                let links = if few_stand_out(stage) { lit_links(stage) } else { Vec::new() };
                let shapes = self.paint_near(ui, rect, stage, shapes, (boxes.clone(), links));
                self.paint_names(ui, rect, (stage, key), Named::Frames, shapes)
            }
            Detail::Far => {
                self.paint_tiles(rect, (stage, key), &mut shapes);
                if few_stand_out(stage) {
                    shapes.extend(lit(ui.ctx(), stage));
                }
                if self.far.shows(key.revision) {
                    self.names.paint(ui.ctx(), stage, (key.emphasis, Named::All), &mut shapes);
                }
                self.in_sight = InSight::some(self.names.named().to_vec());
                ui.painter().with_clip_rect(rect).extend(shapes.iter().cloned());
                shapes
            }
        }
    }

    /// Tiles, paled where something is selected, and what stands out where that is much.
    fn paint_tiles(&self, rect: egui::Rect, (stage, key): (&Stage, &Key), shapes: &mut Vec<Shape>) {
        self.far.paint(stage, key.points, shapes);
        if stage.emphasis.rest() == Emphasis::Dimmed {
            let veil = stage.theme.canvas.faded(1.0 - DIMMED_OPACITY);
            shapes.push(Shape::rect_filled(rect, 0.0, color(veil)));
        }
        self.far.paint_lit(stage, key.points, shapes);
    }

    /// Names over what is painted already.
    fn paint_names(
        &mut self,
        ui: &Ui,
        rect: egui::Rect,
        (stage, key): (&Stage, &Key),
        named: Named,
        mut shapes: Vec<Shape>,
    ) -> Vec<Shape> {
        let mut over: Vec<Shape> = Vec::new();
        self.names.paint(ui.ctx(), stage, (key.emphasis, named), &mut over);
        ui.painter().with_clip_rect(rect).extend(over.iter().cloned());
        shapes.extend(over);
        shapes
    }

    /// What lies beneath, then boxes and links through `egui_graphs`.
    fn paint_near(
        &mut self,
        ui: &mut Ui,
        rect: egui::Rect,
        stage: &Arc<Stage>,
        mut shapes: Vec<Shape>,
        (boxes, links): (Vec<BoxIx>, Vec<LinkIx>),
    ) -> Vec<Shape> {
        ui.painter().with_clip_rect(rect).extend(shapes.iter().cloned());
        let before = shapes_in(ui);
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("near"));
        child.set_clip_rect(rect);
        self.near.show(&mut child, stage, boxes, links);
        shapes.extend(shapes_since(ui, before));
        shapes
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
