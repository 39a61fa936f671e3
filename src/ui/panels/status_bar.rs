//! How much is shown and how much is not, what runs, and how near one is.

use crate::scene::caption::{counted, thousands};
use crate::scene::{Hidden, Reason};
use crate::session::{Action, Command, Job, Session};
use egui::{Align, Button, Layout, ProgressBar, Ui};

pub(in crate::ui) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        counts_ui(ui, session, commands);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let percent = session.camera().scale * 100.0;
            let digits = usize::from(percent < 2.0);
            let percent = format!("{percent:.digits$} %");
            let zoom = ui.add(Button::new(percent).frame(false));
            if zoom.on_hover_text("Zoom; click to fit everything (F)").clicked() {
                commands.push(Command::Do(Action::Fit));
            }
            if session.is_frozen() {
                let frozen = ui.button("Frozen");
                let hint =
                    "Clicks and drags only select. Click to let them change the picture (Ctrl+L)";
                if frozen.on_hover_text(hint).clicked() {
                    commands.push(Command::Do(Action::Freeze));
                }
            }
            for (job, share) in session.running() {
                job_ui(ui, job, share, commands);
            }
        });
    });
}

fn counts_ui(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let (Some(graph), Some(scene)) = (session.graph(), session.scene()) else { return };
    ui.label(counted(graph.nodes().len(), "node", "nodes"));
    ui.weak("·");
    ui.label(counted(graph.edges().len(), "edge", "edges"));
    ui.separator();
    let closed = scene.plates.iter().filter(|plate| !plate.open).count();
    ui.label(counted(scene.cards.len(), "card", "cards"));
    if closed > 0 {
        let inside = thousands(scene.hidden.nodes_in_groups as usize);
        ui.label(format!(
            "{} with {inside} nodes",
            counted(closed, "closed group", "closed groups")
        ));
    }
    hidden_ui(ui, &scene.hidden, commands);
}

/// "+N hidden": by reason, each with the way to see it.
fn hidden_ui(ui: &mut Ui, hidden: &Hidden, commands: &mut Vec<Command>) {
    let left_out = |reasons: &[(Reason, u32)]| -> usize {
        let counted = reasons.iter().filter(|(reason, _)| *reason != Reason::OwnerOnCard);
        counted.map(|(_, count)| *count as usize).sum()
    };
    let (nodes, edges) = (left_out(&hidden.nodes), left_out(&hidden.edges));
    let folded = hidden.folded_checks as usize;
    if nodes + edges + folded == 0 {
        return;
    }
    let label = format!("+{} hidden", thousands(nodes + folded));
    ui.menu_button(label, |ui| {
        ui.set_min_width(320.0);
        for &(reason, count) in &hidden.nodes {
            let text = format!("{} {}", counted(count as usize, "node", "nodes"), reason.words());
            match reason {
                Reason::OwnerOnCard | Reason::TooManyWays => {
                    ui.weak(text);
                }
                _ => {
                    if ui.button(text).on_hover_text("Show them").clicked() {
                        commands.push(Command::Show(reason));
                        ui.close();
                    }
                }
            }
        }
        if folded > 0 {
            let text =
                format!("{} as badges", counted(folded, "test or monitor", "tests and monitors"));
            if ui.button(text).on_hover_text("Show each as a card").clicked() {
                commands.push(Command::Do(Action::ToggleChecks));
                ui.close();
            }
        }
        if edges > 0 {
            ui.weak(format!("{} to what is not shown", counted(edges, "edge", "edges")));
        }
    });
}

fn job_ui(ui: &mut Ui, job: Job, share: Option<f32>, commands: &mut Vec<Command>) {
    if job != Job::Write && ui.small_button("Cancel").clicked() {
        commands.push(Command::Cancel(job));
    }
    match share {
        Some(share) => {
            ui.add(ProgressBar::new(share).desired_width(120.0).desired_height(6.0));
            // The share grows without an event of its own.
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(50));
        }
        None => {
            ui.weak("…");
        }
    }
    ui.label(job.title());
}
