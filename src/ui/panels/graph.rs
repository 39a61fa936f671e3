//! The canvas with the line above it that says what is shown and leads back.

use super::Panels;
use crate::scene::caption::counted;
use crate::scene::{Focus, Hops};
use crate::session::{Action, Command, Session};
use egui::{Button, DragValue, Frame, Margin, Ui};
use egui_phosphor::regular as icons;

pub(super) fn show(
    ui: &mut Ui,
    session: &Session,
    panels: &mut Panels,
    commands: &mut Vec<Command>,
) {
    let narrowed = session.view().focus.is_some() || !session.view().query.trim().is_empty();
    if narrowed {
        let frame = Frame::new().inner_margin(Margin::symmetric(8, 4));
        frame.show(ui, |ui| crumbs_ui(ui, session, commands));
    }
    panels.canvas.show(ui, session, commands);
}

/// Everything › query › focus, each with a way to drop it.
fn crumbs_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let all = ui.add(Button::new("Everything").frame(false));
        if all.on_hover_text("Drop focus and query (Home)").clicked() {
            commands.push(Command::Do(Action::ClearFocus));
        }
        let query = session.view().query.trim();
        if !query.is_empty() {
            ui.weak(icons::CARET_RIGHT);
            if crumb_ui(ui, query, "Drop the query") {
                commands.push(Command::Show(crate::scene::Reason::Query));
            }
        }
        if let Some(focus) = &session.view().focus {
            ui.weak(icons::CARET_RIGHT);
            let text = focus_words(session, focus);
            if crumb_ui(ui, &text, "Drop the focus") {
                commands.push(Command::Show(crate::scene::Reason::Focus));
            }
            if session.shown_loop().is_none() {
                hops_ui(ui, focus, commands);
            }
        }
    });
}

/// More steps than these are asked for with "everything upstream" or "downstream".
const MOST_HOPS: u32 = 20;

/// How far the focus goes, to be changed.
fn hops_ui(ui: &mut Ui, focus: &Focus, commands: &mut Vec<Command>) {
    let mut wanted = focus.clone();
    for (label, hops) in [("up", &mut wanted.up), ("down", &mut wanted.down)] {
        if let Some(steps) = hops {
            let field = DragValue::new(steps).range(0..=MOST_HOPS).speed(0.05);
            ui.add(field).on_hover_text(format!("Steps {label}; drag or type"));
            ui.weak(label);
        }
    }
    if wanted != *focus {
        commands.push(Command::Focus(wanted));
    }
}

/// What the focus is on: a loop, or things and how far around them.
fn focus_words(session: &Session, focus: &Focus) -> String {
    let Some(graph) = session.graph() else { return String::new() };
    if let Some(found) = session.shown_loop() {
        let models = found.models.iter().map(|&model| &*graph.node(model).name);
        return format!("The loop of {}", models.collect::<Vec<_>>().join(" and "));
    }
    let first = focus.on.first().map_or("", |id| {
        let node = graph.find(id).map(|ix| graph.node(ix));
        node.map_or(id.as_str(), |node| &*node.name)
    });
    let more = match focus.on.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    format!("{first}{more}: {} up, {} down", hops(focus.up), hops(focus.down))
}

fn crumb_ui(ui: &mut Ui, text: &str, drop: &str) -> bool {
    let label = format!("{text}  {}", icons::X);
    ui.add(Button::new(label)).on_hover_text(drop).clicked()
}

fn hops(hops: Hops) -> String {
    hops.map_or_else(|| String::from("all"), |steps| counted(steps as usize, "step", "steps"))
}
