//! The panels of the window: each reads the session and emits commands, and owns no truth.

mod configuration;
mod consumers;
mod debt;
mod evidence;
mod explorer;
mod findings;
mod graph;
mod hotspots;
mod impact;
mod inspector;
mod loops;
mod matrix;
pub(super) mod menu_bar;
mod questions;
mod report;
mod rules;
mod slices;
pub(super) mod status_bar;
mod tables;
pub(super) mod tool_bar;
pub(super) mod welcome;
mod what_if;

use super::canvas::Canvas;
use super::theme::PANEL_PAD;
use super::widgets::QueryField;
use crate::session::{Command, Panel, Session};
use egui::{Frame, Margin, Ui};

/// What only the panels know: what is typed into their own fields, what is unfolded in them.
#[derive(Default)]
pub(super) struct Panels {
    canvas: Canvas,
    explorer: explorer::Explorer,
    findings: findings::Findings,
    loops: loops::LoopsPanel,
    impact: impact::ImpactPanel,
    questions: questions::QuestionsPanel,
    configuration: configuration::ConfigurationPanel,
    consumers: consumers::ConsumersPanel,
    rules: rules::RulesPanel,
    what_if: what_if::WhatIfPanel,
    matrix: matrix::MatrixPanel,
    nodes: tables::NodeTable,
    edges: tables::EdgeTable,
    slices: slices::SlicesPanel,
    query: QueryField,
    /// Put the cursor into the query bar in the next frame.
    pub(super) focus_query: bool,
}

impl Panels {
    /// Whether plain keys moved within a panel in the last frame, and are not for the graph in this one.
    pub(super) fn take_held_keys(&mut self) -> bool {
        self.slices.take_held_keys()
    }
}

/// Shows one panel in all of `ui`.
pub(super) fn panel_ui(
    ui: &mut Ui,
    panel: Panel,
    session: &Session,
    panels: &mut Panels,
    commands: &mut Vec<Command>,
) {
    let padded = Frame::new().inner_margin(Margin::same(PANEL_PAD));
    let dense = Frame::new().inner_margin(Margin::symmetric(PANEL_PAD, 6));
    match panel {
        Panel::Graph => graph::show(ui, session, panels, commands),
        Panel::Matrix => framed(ui, dense, |ui| panels.matrix.show(ui, session, commands)),
        Panel::Slices => panels.slices.show(ui, session, commands),
        Panel::Explorer => framed(ui, padded, |ui| panels.explorer.show(ui, session, commands)),
        Panel::Inspector => framed(ui, padded, |ui| inspector::show(ui, session, commands)),
        Panel::Questions => {
            framed(ui, padded, |ui| panels.questions.show(ui, session, commands));
        }
        Panel::Configuration => {
            framed(ui, padded, |ui| panels.configuration.show(ui, session, commands));
        }
        Panel::Findings => framed(ui, dense, |ui| panels.findings.show(ui, session, commands)),
        Panel::Loops => framed(ui, dense, |ui| panels.loops.show(ui, session, commands)),
        Panel::Hotspots => framed(ui, dense, |ui| hotspots::show(ui, session, commands)),
        Panel::Consumers => framed(ui, dense, |ui| panels.consumers.show(ui, session, commands)),
        Panel::Rules => framed(ui, padded, |ui| panels.rules.show(ui, session, commands)),
        Panel::Nodes => framed(ui, dense, |ui| panels.nodes.show(ui, session, commands)),
        Panel::Edges => framed(ui, dense, |ui| panels.edges.show(ui, session, commands)),
        Panel::Impact => framed(ui, dense, |ui| panels.impact.show(ui, session, commands)),
        Panel::WhatIf => framed(ui, dense, |ui| panels.what_if.show(ui, session, commands)),
        Panel::Report => framed(ui, dense, |ui| report::show(ui, session)),
    }
}

fn framed(ui: &mut Ui, frame: Frame, show: impl FnOnce(&mut Ui)) {
    frame.show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        show(ui);
    });
}
