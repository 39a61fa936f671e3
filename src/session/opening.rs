//! A project comes and goes: reading it, judging it, and what is remembered of it.

use super::history::History;
use super::judging::{Judged, Judging};
use super::preferences::Recent;
use super::project::{folder_of, title_of};
use super::state::{Arrival, Session};
use super::watch::{self, Watch};
use super::workspace::{Unusable, Workspace};
use super::{Job, Notice, Project, SettingsFile, SliceBench};
use crate::analysis::Settings;
use crate::import::{Input, Loaded};
use crate::model::{EdgeKind, NodeIx, SystemGraph};
use crate::samples::SAMPLES;
use crate::scene::query::parse;
use crate::scene::{Target, View};
use std::sync::Arc;

impl Session {
    pub(super) fn open(&mut self, inputs: Vec<Input>) {
        let inputs = self.take_predictions(inputs);
        if inputs.is_empty() {
            return;
        }
        self.opening = Some(title_of(&inputs));
        self.jobs.read(inputs);
    }

    /// A project of nothing, for predictions that come alone.
    pub(super) fn open_nothing(&mut self, title: String) {
        let loaded = Arc::new(Loaded::default());
        let settings = Arc::new(Settings::on(jiff::Zoned::now().date()));
        self.workspace = Workspace::default();
        self.workspace_usable = false;
        self.unsaved = SettingsFile::default();
        self.forget_view(View::default());
        let (inputs, structure) = (Vec::new(), Arc::default());
        self.project = Some(Project { title, inputs, loaded, structure, analysis: None, settings });
        self.request_picture();
        self.judge();
    }

    /// Reads the open project again.
    pub(super) fn reload(&mut self) {
        if let Some(project) = self.project.as_ref().filter(|own| !own.inputs.is_empty()) {
            self.jobs.read(project.inputs.clone());
        }
    }

    pub(super) fn close(&mut self) {
        self.jobs.cancel(Job::Read);
        self.jobs.cancel(Job::Arrange);
        self.slices.cancel_reading();
        self.slices = SliceBench::default();
        self.project = None;
        self.opening = None;
        self.lists.forget();
        self.forget_view(View::default());
        watch::release(self.watch.take());
    }

    fn forget_view(&mut self, view: View) {
        self.query_text.clone_from(&view.query);
        self.query_error = None;
        self.view = view;
        self.picture = None;
        self.selection.clear();
        self.shown_loop = None;
        self.asked_about.clear();
        self.debt = None;
        self.hovered = None;
        self.history = History::default();
        self.arrival = Arrival::Fit;
        self.afresh = true;
        self.moved_by_hand = false;
        self.revealing = None;
        self.emphasis_is_old = true;
    }

    pub(super) fn loaded(&mut self, inputs: Vec<Input>, loaded: Arc<Loaded>) {
        self.opening = None;
        let again = self.project.as_ref().is_some_and(|open| same_inputs(&open.inputs, &inputs));
        if again {
            self.keep_selection(&loaded.graph);
            self.arrival = Arrival::Stay;
        } else {
            self.remember_opening(&inputs);
            self.read_workspace(&inputs);
            self.unsaved = SettingsFile::default();
            let pins = self.workspace.pins.clone();
            self.forget_view(View { pins, ..View::default() });
            watch::release(self.watch.take());
            self.watch = Watch::new(&inputs, &self.jobs.sender);
        }
        let counts = loaded.report.counts;
        if loaded.report.is_empty() {
            self.notices.push(Notice::failed(
                "Nothing could be read. The import report says what was found and what to do.",
            ));
        } else if counts.errors > 0 {
            let count = crate::scene::caption::counted(counts.errors, "error", "errors");
            self.notices.push(Notice::warning(format!(
                "{count} while reading. The rest is shown; the import report has each with file and line."
            )));
        } else if again {
            self.notices.push(Notice::done("Read again after a change."));
        }
        let settings = Arc::new(Settings::on(jiff::Zoned::now().date()));
        let title = title_of(&inputs);
        let structure = Arc::default();
        self.project = Some(Project { title, inputs, loaded, structure, analysis: None, settings });
        self.request_picture();
        self.judge();
        self.read_declared_predictions(again);
    }

    /// Runs the rules, with what people have answered.
    pub(super) fn judge(&mut self) {
        let Some(project) = &self.project else { return };
        let mut settings = Settings::on(jiff::Zoned::now().date());
        settings.answers = self.workspace.answers();
        let judging = Judging {
            loaded: Arc::clone(&project.loaded),
            settings,
            file: self.settings_path(),
            unsaved: self.unsaved.clone(),
            slices: self.touched_by_saved_slices(),
        };
        self.jobs.judge(judging);
    }

    pub(super) fn analysed(&mut self, judged: Judged) {
        let Judged { analysis, settings, warnings } = judged;
        self.notices.extend(warnings);
        let Some(project) = &mut self.project else { return };
        project.analysis = Some(analysis);
        project.settings = settings;
        self.debt_is_old = true;
        // What the query asks of the analysis is known only now.
        if parse(&self.view.query).is_ok_and(|query| query.needs_analysis()) {
            self.request_picture();
        }
    }

    fn remember_opening(&mut self, inputs: &[Input]) {
        let paths: Vec<_> = inputs
            .iter()
            .filter_map(|input| match input {
                Input::Path(path) => Some(path.canonicalize().unwrap_or_else(|_| path.clone())),
                Input::Embedded(_) => None,
            })
            .collect();
        let sample = inputs.iter().find_map(|input| match input {
            Input::Embedded(files) => {
                SAMPLES.iter().find(|sample| std::ptr::eq(sample.files, *files))
            }
            Input::Path(_) => None,
        });
        match sample {
            Some(sample) => self.preferences.opened(Recent::Sample(sample.key.to_owned())),
            None if !paths.is_empty() => self.preferences.opened(Recent::Paths(paths)),
            None => return,
        }
        self.save_preferences();
    }

    fn read_workspace(&mut self, inputs: &[Input]) {
        self.workspace = Workspace::default();
        self.workspace_usable = false;
        let Some(folder) = folder_of(inputs) else { return };
        match Workspace::load(&folder) {
            Ok(workspace) => {
                self.workspace = workspace;
                self.workspace_usable = true;
            }
            Err(
                unusable @ (Unusable::Newer(_) | Unusable::Broken { .. } | Unusable::Unreadable(_)),
            ) => {
                self.notices.push(Notice::warning(unusable.to_string()));
            }
        }
    }

    /// Finds what was selected again by its ids.
    fn keep_selection(&mut self, new: &SystemGraph) {
        let Some(project) = &self.project else { return };
        let old = project.graph();
        let moved = |node: NodeIx| new.find(old.node(node).id.as_str());
        let ends_of = |graph: &SystemGraph, from: NodeIx, to: NodeIx, kind: EdgeKind| {
            let mut found = graph.outgoing(from).iter().copied();
            found.find(|&edge| graph.edge(edge).to == to && graph.edge(edge).kind == kind)
        };
        let kept = self.selection.iter().filter_map(|target| match target {
            Target::Node(node) => moved(*node).map(Target::Node),
            Target::Edge(edge) => {
                let edge = old.edge(*edge);
                let (from, to) = (moved(edge.from)?, moved(edge.to)?);
                ends_of(new, from, to, edge.kind).map(Target::Edge)
            }
            Target::Group(key) => Some(Target::Group(key.clone())),
        });
        self.selection = kept.collect();
        self.hovered = None;
    }
}

fn same_inputs(a: &[Input], b: &[Input]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|pair| match pair {
            (Input::Path(a), Input::Path(b)) => a == b,
            (Input::Embedded(a), Input::Embedded(b)) => std::ptr::eq(*a, *b),
            _ => false,
        })
}
