//! Predictions and graph, both ways: which nodes the columns are, what the rules learn from the rows, what a
//! selection narrows, what a slice lights.

use super::{PredictionSet, Said};
use crate::analysis::{
    Correspondence, DecidingThreshold, Predicted, WorstSlice, thresholds_after, worst_slices,
};
use crate::import::{Input, Loaded};
use crate::metrics::read::{ReadOptions, Watch, read};
use crate::model::{NodeIx, SystemGraph};
use crate::scene::Target;
use crate::session::jobs::{Event, Sender, spawn};
use crate::session::{Notice, Request, Session, Workspace};
use jiff::civil::Date;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Predictions beside a graph.
#[derive(Debug)]
pub(in crate::session) struct Related {
    /// The graph that it was made for, and the rows.
    base: Arc<Loaded>,
    set: Arc<PredictionSet>,
    correspondence: Correspondence,
    worst: Vec<WorstSlice>,
    /// The same files with what the rows add to the tables; `None` where they add nothing.
    loaded: Option<Arc<Loaded>>,
}

impl Related {
    fn new(base: Arc<Loaded>, set: Arc<PredictionSet>) -> Self {
        let graph = &base.graph;
        let correspondence = Correspondence::new(graph, &set.predictions);
        let at = graph.tables().predictions.first().map(|row| row.at);
        // Rows of a file that no manifest names have no place that a finding could point to.
        let predicted = at.map_or_else(
            || Predicted {
                worst: worst_slices(&set.predictions, &correspondence),
                ..Predicted::default()
            },
            |at| Predicted::new(graph, &set.predictions, &correspondence, at),
        );
        let loaded = (!predicted.is_empty()).then(|| {
            Arc::new(Loaded { graph: predicted.added_to(graph), report: base.report.clone() })
        });
        Self { base, set, correspondence, worst: predicted.worst, loaded }
    }
}

/// The files with the rows that the predictions they name add to their tables, for judging without a window, columns
/// taken for what somebody confirmed. `None` where they name none.
///
/// # Errors
/// When there are some and they cannot be read, with the reason.
pub fn with_predictions(
    inputs: &[Input],
    loaded: &Loaded,
    remembered: &Workspace,
) -> Result<Option<Loaded>, String> {
    let graph = &loaded.graph;
    let at = graph.tables().predictions.first().map(|row| row.at);
    let Some((source, at)) = super::Source::named(inputs, graph).zip(at) else { return Ok(None) };
    let (paths, _folder) = source.on_disk().map_err(|error| error.to_string())?;
    let options = ReadOptions { roles: remembered.roles(graph), ..ReadOptions::default() };
    let own = read(&paths, &options, &Watch::none());
    let own = own.map_err(|error| error.to_string())?.predictions;
    let correspondence = Correspondence::new(graph, &own);
    let predicted = Predicted::new(graph, &own, &correspondence, at);
    Ok(Some(Loaded { graph: predicted.added_to(graph), report: loaded.report.clone() }))
}

impl Session {
    /// Brings predictions and graph together, when both are there.
    pub(super) fn relate(&mut self) {
        let (Some(base), Some(set)) = (&self.slices.base, &self.slices.set) else { return };
        let (base, set) = (Arc::clone(base), Arc::clone(set));
        self.slices.relating = true;
        let sender: Sender = self.jobs.sender.clone();
        spawn("undercurrent-relate", move || {
            let attempt = catch_unwind(AssertUnwindSafe(|| Related::new(base, set)));
            sender.send(Event::Slices(Said::Related(attempt.ok().map(Box::new))));
        });
    }

    pub(super) fn related(&mut self, related: Option<Box<Related>>) {
        self.slices.relating = false;
        let Some(related) = related else {
            self.notices.push(Notice::failed(
                "Internal error while predictions were laid beside the graph; the rules judge without them.",
            ));
            return;
        };
        let current = |own: &Option<Arc<Loaded>>| {
            own.as_ref().is_some_and(|own| Arc::ptr_eq(own, &related.base))
        };
        let same_rows = self.slices.set.as_ref().is_some_and(|own| Arc::ptr_eq(own, &related.set));
        if !current(&self.slices.base) || !same_rows {
            return self.relate();
        }
        let added = related.loaded.clone();
        self.slices.related = Some(related);
        if let (Some(project), Some(loaded)) = (&mut self.project, added) {
            project.loaded = loaded;
            self.judge();
        } else if !self.workspace.slices.is_empty() {
            self.judge();
        }
        self.emphasis_is_old = true;
        self.overlay_is_old();
    }

    fn correspondence(&self) -> Option<&Correspondence> {
        self.slices.related.as_ref().map(|own| &own.correspondence)
    }

    /// The most biased slice of each model, where one is no chance.
    pub fn worst_slices(&self) -> &[WorstSlice] {
        self.slices.related.as_ref().map_or(&[], |own| &own.worst)
    }

    /// The models of the predictions that the selection of the graph leads to; all of them where it leads to
    /// none, or nothing is selected.
    pub fn scoped_models(&self) -> Option<&[usize]> {
        self.slices.scope.as_deref().filter(|_| self.slices.view.scoped)
    }

    /// Works out what the selection narrows; when it has changed.
    pub(in crate::session) fn scope_slices(&mut self) {
        let nodes: Vec<NodeIx> = self
            .selection
            .iter()
            .filter_map(|target| match target {
                Target::Node(node) => Some(*node),
                _ => None,
            })
            .collect();
        let scope = self.graph().zip(self.correspondence()).filter(|_| !nodes.is_empty());
        let scope = scope.map(|(graph, own)| own.models_behind(graph, &nodes));
        self.slices.scope = scope.filter(|models| !models.is_empty());
    }

    /// What the active slice lights in the graph; nothing where something is selected.
    pub(in crate::session) fn lit_by_slice(&self) -> Vec<NodeIx> {
        let slices = &self.slices;
        if !slices.lit || slices.view.slice.conditions.is_empty() || !self.selection.is_empty() {
            return Vec::new();
        }
        let (Some(graph), Some(own), Some(predictions)) =
            (self.graph(), self.correspondence(), slices.predictions())
        else {
            return Vec::new();
        };
        let models: Vec<usize> = (0..predictions.models().len()).collect();
        own.touched(graph, predictions, &models, &slices.view.slice)
    }

    /// Saved slices with what they touch, for queries.
    pub(in crate::session) fn touched_by_saved_slices(&self) -> Vec<(String, Vec<NodeIx>)> {
        let (Some(graph), Some(own), Some(predictions)) =
            (self.graph(), self.correspondence(), self.slices.predictions())
        else {
            return Vec::new();
        };
        let models: Vec<usize> = (0..predictions.models().len()).collect();
        let touched = |slice| own.touched(graph, predictions, &models, slice);
        let saved = self.workspace.slices.iter();
        saved.map(|(name, slice)| (name.clone(), touched(slice))).collect()
    }

    /// Thresholds of the manifest that judge what a model of the predictions emits.
    pub fn thresholds_of(&self, model: usize) -> Vec<DecidingThreshold> {
        let node = self.correspondence().and_then(|own| own.model(model));
        match (self.graph(), node) {
            (Some(graph), Some(node)) => thresholds_after(graph, node),
            _ => Vec::new(),
        }
    }

    /// Deployments of a model of the predictions: the day, and what for people.
    pub fn deployments_of(&self, model: usize) -> Vec<(Date, String)> {
        let node = self.correspondence().and_then(|own| own.model(model));
        let (Some(graph), Some(node)) = (self.graph(), node) else { return Vec::new() };
        let rows = graph.tables().deployments.iter().map(|own| &own.row);
        let own = rows.filter(|row| graph.find(&row.model) == Some(node));
        own.map(|row| {
            let words = format!(
                "{} {} on {}: {} {} → {}",
                row.model, row.version, row.date, row.metric, row.before, row.after
            );
            (row.date, words)
        })
        .collect()
    }

    /// A node's name; empty where there is no such node.
    pub fn node_name(&self, node: NodeIx) -> String {
        let graph: Option<&SystemGraph> = self.graph();
        graph
            .and_then(|graph| graph.nodes().get(node.at()))
            .map_or_else(String::new, |node| node.name.to_string())
    }

    /// Puts the lines on the clipboard that a manifest would say of a learned threshold.
    pub(super) fn copy_threshold(&mut self, node: NodeIx, value: f64) {
        let Some(graph) = self.graph() else { return };
        let id = graph.node(node).id.as_str();
        let today = jiff::Zoned::now().date();
        let text = format!("- id: {id}\n  value: {value}\n  set_by: learned\n  set_on: {today}\n");
        self.requests.push(Request::Copy(text));
    }
}
