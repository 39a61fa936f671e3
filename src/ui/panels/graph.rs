//! The canvas with the line above it that says what is shown and leads back.

use super::Panels;
use crate::scene::Hops;
use crate::scene::caption::counted;
use crate::session::{Action, Command, Session};
use egui::{Button, Frame, Margin, Ui};
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
            let graph = session.graph();
            let name = focus.on.first().map_or("", |id| {
                let node = graph.and_then(|graph| Some(&graph.node(graph.find(id)?).name));
                node.map_or(&**id, |name| name)
            });
            let more = match focus.on.len() {
                0 | 1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let text = format!("{name}{more}: {} up, {} down", hops(focus.up), hops(focus.down));
            if crumb_ui(ui, &text, "Drop the focus") {
                commands.push(Command::Show(crate::scene::Reason::Focus));
            }
        }
    });
}

fn crumb_ui(ui: &mut Ui, text: &str, drop: &str) -> bool {
    let label = format!("{text}  {}", icons::X);
    ui.add(Button::new(label)).on_hover_text(drop).clicked()
}

fn hops(hops: Hops) -> String {
    hops.map_or_else(|| String::from("all"), |steps| counted(steps as usize, "step", "steps"))
}
