//! Pointer and wheel on the canvas: what each gesture asks of the session.

use super::pen::Projection;
use super::{target_of, words_of};
use crate::layout::{Point, Rect};
use crate::model::SystemGraph;
use crate::scene::draw::Lod;
use crate::scene::draw::metrics::{HEAD, badge_at};
use crate::scene::{BadgeKind, BoxIx, Focus, Hit, Scene, Target};
use crate::session::{ACTIONS, Command, Pick, Session};
use egui::{CursorIcon, PointerButton, Response, Stroke, StrokeKind, Ui};

/// How near a link the pointer must be, in points.
const LINK_REACH: f32 = 6.0;

/// What the wheel's way is multiplied with before it becomes a zoom factor.
const WHEEL_ZOOM: f32 = 0.004;

/// A drag that is under way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Gesture {
    #[default]
    None,
    Pan,
    /// A box follows the pointer; offsets in scene units.
    Move {
        ix: BoxIx,
        grabbed: Point,
        offset: (f32, f32),
    },
    /// A rectangle is drawn around what is to be selected, from here in scene units.
    Lasso(Point),
}

impl Gesture {
    /// The box that is dragged and how far it is off its place.
    pub(super) fn dragged_box(&self) -> Option<(BoxIx, (f32, f32))> {
        match *self {
            Self::Move { ix, offset, .. } => Some((ix, offset)),
            _ => None,
        }
    }

    /// Turns this frame's input into commands.
    pub(super) fn follow(
        &mut self,
        ui: &mut Ui,
        response: &Response,
        (session, projection): (&Session, &Projection),
        commands: &mut Vec<Command>,
    ) {
        let (Some(scene), Some(graph)) = (session.scene(), session.graph()) else { return };
        self.drag(ui, response, (session, scene, projection), commands);
        if response.hovered() {
            wheel(ui, (session, projection), commands);
        }
        let pointer = response.hover_pos().map(|at| projection.point(at));
        let found = pointer.and_then(|at| hit(scene, at, projection));
        hover(response, (session, graph), found.as_ref(), commands);
        click(ui, response, (session, scene, graph), found.as_ref(), commands);
        context_menu(response, session, commands);
    }

    fn drag(
        &mut self,
        ui: &Ui,
        response: &Response,
        (session, scene, projection): (&Session, &Scene, &Projection),
        commands: &mut Vec<Command>,
    ) {
        let Some(at) = response.interact_pointer_pos() else {
            *self = Self::None;
            return;
        };
        let here = projection.point(at);
        if response.drag_started() {
            let shift = ui.input(|input| input.modifiers.shift);
            let pressed = ui.input(|input| input.pointer.press_origin()).unwrap_or(at);
            let pressed = projection.point(pressed);
            let primary = response.drag_started_by(PointerButton::Primary);
            *self = match hit(scene, pressed, projection) {
                _ if !primary => Self::Pan,
                _ if shift => Self::Lasso(pressed),
                Some(Found { what: Hit::Box(ix), .. })
                    if movable(scene, ix) && !session.is_frozen() =>
                {
                    Self::Move { ix, grabbed: pressed, offset: (0.0, 0.0) }
                }
                _ => Self::Pan,
            };
        }
        match self {
            Self::None => {}
            Self::Pan => {
                let delta = response.drag_delta();
                if delta != egui::Vec2::ZERO {
                    commands.push(Command::Look(session.camera().panned(delta.x, delta.y)));
                }
                ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            }
            Self::Move { grabbed, offset, .. } => {
                *offset = (here.x - grabbed.x, here.y - grabbed.y);
                ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
            }
            Self::Lasso(from) => {
                let lasso = Rect::new(*from, *from).union(&Rect::new(here, here));
                draw_lasso(ui, projection.rect(lasso));
            }
        }
        if response.drag_stopped() {
            self.finish(scene, here, commands);
        }
    }

    fn finish(&mut self, scene: &Scene, here: Point, commands: &mut Vec<Command>) {
        match *self {
            Self::Move { ix, offset, .. } => {
                let center = scene.rect_of(ix).center();
                let to = (center.x + offset.0, center.y + offset.1);
                commands.push(Command::Pin(target_of(scene, ix), to));
            }
            Self::Lasso(from) => {
                let lasso = Rect::new(from, from).union(&Rect::new(here, here));
                let inside = scene.in_rect(lasso).filter(|&ix| movable(scene, ix));
                let targets = inside.map(|ix| target_of(scene, ix)).collect();
                commands.push(Command::Select(targets, Pick::Add));
            }
            Self::None | Self::Pan => {}
        }
        *self = Self::None;
    }
}

/// What lies under the pointer, and what it stands for.
struct Found {
    what: Hit,
    at: Point,
    targets: Vec<Target>,
}

/// The ground of an open group counts as background but for its head, which carries its name.
fn hit(scene: &Scene, at: Point, projection: &Projection) -> Option<Found> {
    let what = scene.hit(at, LINK_REACH / projection.camera.scale)?;
    let targets = match what {
        Hit::Box(ix @ BoxIx::Plate(plate)) => {
            let plate = &scene.plates[plate as usize];
            if plate.open && at.y > plate.rect.min.y + HEAD {
                return None;
            }
            vec![target_of(scene, ix)]
        }
        Hit::Box(ix) => vec![target_of(scene, ix)],
        Hit::Link(ix) => {
            let link = &scene.links[ix.0 as usize];
            scene.edges_of(link).iter().map(|&edge| Target::Edge(edge)).collect()
        }
    };
    Some(Found { what, at, targets })
}

/// Frames of open groups are held by what lies in them.
fn movable(scene: &Scene, ix: BoxIx) -> bool {
    match ix {
        BoxIx::Card(_) => true,
        BoxIx::Plate(plate) => !scene.plates[plate as usize].open,
    }
}

fn draw_lasso(ui: &Ui, rect: egui::Rect) {
    let ink = ui.visuals().hyperlink_color;
    ui.painter().rect(
        rect,
        2.0,
        ink.gamma_multiply(0.1),
        Stroke::new(1.0, ink),
        StrokeKind::Inside,
    );
}

fn wheel(ui: &Ui, (session, projection): (&Session, &Projection), commands: &mut Vec<Command>) {
    let (scroll, pinch, at) = ui.input(|input| {
        (input.smooth_scroll_delta(), input.zoom_delta(), input.pointer.hover_pos())
    });
    let factor = pinch * (scroll.y * WHEEL_ZOOM).exp();
    if let (Some(at), true) = (at, (factor - 1.0).abs() > 1e-4) {
        let local = at - projection.origin;
        let anchor = Point::new(local.x, local.y);
        commands.push(Command::Look(session.camera().zoomed(factor, anchor, projection.viewport)));
    }
    if scroll.x != 0.0 {
        commands.push(Command::Look(session.camera().panned(scroll.x, 0.0)));
    }
}

fn hover(
    response: &Response,
    (session, graph): (&Session, &SystemGraph),
    found: Option<&Found>,
    commands: &mut Vec<Command>,
) {
    let target = found.and_then(|found| found.targets.first().cloned());
    // Other panels set the hover while the pointer is over them.
    if response.hovered() && target.as_ref() != session.hovered() {
        commands.push(Command::Hover(target.clone()));
    }
    let Some(target) = target else { return };
    let response = response.clone().on_hover_cursor(CursorIcon::PointingHand);
    response.on_hover_ui_at_pointer(|ui| tooltip_ui(ui, session, graph, &target, found));
}

fn tooltip_ui(
    ui: &mut Ui,
    session: &Session,
    graph: &SystemGraph,
    target: &Target,
    found: Option<&Found>,
) {
    ui.set_max_width(360.0);
    match target {
        Target::Node(node) => {
            let (name, words) = words_of(graph, *node);
            ui.strong(name);
            ui.weak(words);
            ui.monospace(graph.node(*node).id.as_str());
        }
        Target::Edge(ix) => {
            let count = found.map_or(1, |found| found.targets.len());
            let edge = graph.edge(*ix);
            if count > 1 {
                ui.strong(crate::scene::caption::counted(count, "dependency", "dependencies"));
            } else {
                ui.strong(edge.kind.title());
                ui.label(format!("{} → {}", graph.node(edge.from).name, graph.node(edge.to).name));
                ui.weak(graph.place(graph.details(*ix).at));
            }
        }
        Target::Group(key) => {
            let plate = session
                .scene()
                .and_then(|scene| scene.plates.iter().find(|plate| plate.key == *key));
            if let Some(plate) = plate {
                ui.strong(&*plate.name);
                ui.weak(&*plate.subtitle);
                let what = if plate.open { "close" } else { "open" };
                ui.weak(format!("Double-click to {what} it"));
            }
        }
    }
}

fn click(
    ui: &Ui,
    response: &Response,
    (session, scene, graph): (&Session, &Scene, &SystemGraph),
    found: Option<&Found>,
    commands: &mut Vec<Command>,
) {
    let shift = ui.input(|input| input.modifiers.shift || input.modifiers.command);
    if response.clicked() || response.secondary_clicked() {
        response.request_focus();
    }
    let frozen = session.is_frozen();
    if response.double_clicked() && !frozen {
        match found.map(|found| found.what) {
            Some(Hit::Box(BoxIx::Plate(plate))) => {
                commands.push(Command::ToggleGroup(scene.plates[plate as usize].key.clone()));
            }
            Some(Hit::Box(BoxIx::Card(card))) => {
                let node = graph.node(scene.cards[card as usize].node);
                let on = vec![node.id.as_str().to_owned()];
                commands.push(Command::Focus(Focus {
                    on,
                    up: Some(1),
                    down: Some(1),
                    round: Vec::new(),
                }));
            }
            _ => {}
        }
    } else if response.clicked()
        && let Some(target) = folded_at(session, scene, found)
    {
        commands.push(Command::Unfold(target));
    } else if response.clicked() {
        let pick = if shift { Pick::Toggle } else { Pick::Only };
        let targets = found.map(|found| found.targets.clone()).unwrap_or_default();
        if !(shift && targets.is_empty()) {
            commands.push(Command::Select(targets, pick));
        }
    } else if response.secondary_clicked()
        && let Some(found) = found
        && !found.targets.iter().any(|target| session.selection().contains(target))
    {
        commands.push(Command::Select(found.targets.clone(), Pick::Only));
    }
}

/// What carries the "+N" under the pointer.
fn folded_at(session: &Session, scene: &Scene, found: Option<&Found>) -> Option<Target> {
    let found = found?;
    let Hit::Box(ix) = found.what else { return None };
    let whole = Lod::at(session.camera().scale) == Lod::Near;
    let badge = whole.then(|| badge_at(scene, ix, found.at)).flatten();
    (badge == Some(BadgeKind::Hidden)).then(|| target_of(scene, ix))
}

fn context_menu(response: &Response, session: &Session, commands: &mut Vec<Command>) {
    response.context_menu(|ui| {
        let mut any = false;
        for meta in ACTIONS.iter().filter(|meta| meta.in_context && (meta.enabled)(session)) {
            any = true;
            super::super::widgets::action_button(ui, meta, session, commands);
        }
        if let [target @ (Target::Node(_) | Target::Group(_))] = session.selection() {
            let key = match target {
                Target::Node(node) => session.graph().map(|g| g.node(*node).id.as_str().to_owned()),
                Target::Group(key) => Some(format!("{}{key}", crate::scene::GROUP_PREFIX)),
                Target::Edge(_) => None,
            };
            if key.is_some_and(|key| session.view().pins.contains_key(&key))
                && ui.button("Release the pin").clicked()
            {
                commands.push(Command::Unpin(target.clone()));
                ui.close();
            }
        }
        if !any {
            for meta in ACTIONS.iter().filter(|meta| {
                use crate::session::Action::{CloseAllGroups, FewGroups, Fit, OpenAllGroups};
                [Fit, OpenAllGroups, FewGroups, CloseAllGroups].contains(&meta.action)
            }) {
                super::super::widgets::action_button(ui, meta, session, commands);
            }
        }
    });
}
