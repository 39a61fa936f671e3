//! A feedback loop alone on the canvas, and what people say of what was inferred into it.

use super::state::{Arrival, Request, Session};
use super::{Command, Decision, Notice, Panel, Pick};
use crate::model::NodeIx;
use crate::scene::{Focus, GroupsOpen, Target};

impl Session {
    /// Shows the loop at this place of the ranking alone: its nodes as cards, its walk selected.
    pub(super) fn show_loop(&mut self, place: usize) {
        let (Some(graph), Some(analysis)) = (self.graph(), self.analysis()) else { return };
        let Some(found) = analysis.loops.get(place) else { return };
        let id = |node: &NodeIx| graph.node(*node).id.as_str().to_owned();
        let models = found.models.iter().map(id).collect();
        let on: Vec<String> = found.nodes.iter().map(id).collect();
        let walk: Vec<Target> = found.walk.witness.edges.iter().map(|&e| Target::Edge(e)).collect();
        let round: Vec<String> = found.walk.nodes.iter().map(id).collect();
        self.travel();
        self.set_query_text(String::new());
        self.change("Show a loop", None, Arrival::Fit, |view| {
            view.query.clear();
            view.focus = Some(Focus { on, up: Some(0), down: Some(0), round });
            view.open = GroupsOpen::All;
            view.fold_checks = true;
        });
        self.shown_loop = Some(models);
        self.requests.push(Request::ShowPanel(Panel::Graph));
        self.apply(Command::Select(walk, Pick::Only));
    }

    /// What somebody said of the influence of one node on another.
    pub fn decision(&self, from: NodeIx, to: NodeIx) -> Option<&Decision> {
        let graph = self.graph()?;
        let id = |node: NodeIx| graph.node(node).id.as_str();
        self.workspace.decision(id(from), id(to))
    }

    /// Who answered last, or who is at the machine: most likely the same answers again.
    pub fn likely_name(&self) -> String {
        let last = self.workspace.influences.values().max_by_key(|decision| decision.on);
        let last = last.map(|decision| decision.by.clone()).filter(|by| !by.is_empty());
        last.or_else(|| std::env::var("USER").ok()).unwrap_or_default()
    }

    /// Keeps what somebody says of an influence, and judges again with it.
    pub(super) fn decide(
        &mut self,
        (from, to): (NodeIx, NodeIx),
        confirmed: bool,
        (by, why): (String, String),
    ) {
        let Some(graph) = self.graph() else { return };
        let id = |node: NodeIx| graph.node(node).id.as_str().to_owned();
        let decision = Decision {
            confirmed,
            from: id(from),
            to: id(to),
            by: by.trim().to_owned(),
            on: Some(jiff::Zoned::now().date()),
            why: why.trim().to_owned(),
        };
        let words = if confirmed { "confirmed" } else { "denied" };
        let kept = if self.workspace_usable {
            ""
        } else {
            " It is kept until the window closes: this project has no folder that can be written."
        };
        let told =
            format!("The influence of {} on {} is {words}.{kept}", decision.from, decision.to);
        self.workspace.decide(decision);
        self.notices.push(Notice::done(told));
        self.save_workspace();
        self.judge();
    }
}
