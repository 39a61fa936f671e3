//! What each command does.

use super::history::Gesture;
use super::state::{Arrival, Request, Session};
use super::workspace::vanished;
use super::{Action, Command, Job, Notice, Pick, SavedView, SliceCommand};
use crate::import::Input;
use crate::layout::Point;
use crate::model::EdgeKind;
use crate::samples::Sample;
use crate::scene::{
    BoxIx, Focus, GROUP_PREFIX, Grouping, GroupsOpen, Perspective, Reason, Target, ThemeName,
    Unrelated, View, is_named,
};
use std::collections::BTreeSet;

/// One press of a zoom key.
const ZOOM_STEP: f32 = 1.25;

/// One press of a key for the size of everything.
const SCALE_STEP: f32 = 0.1;

/// How many vanished names a notice lists.
const NAMED: usize = 5;

impl Session {
    /// Does what `command` asks.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::Do(action) => self.act(action),
            Command::Open(inputs) => self.open(inputs),
            Command::OpenSample(key) => {
                if let Some(sample) = Sample::find(key) {
                    self.open(vec![Input::Embedded(sample.files)]);
                }
            }
            Command::Select(targets, pick) => self.select(targets, pick),
            Command::Hover(target) => {
                if self.hovered != target {
                    self.hovered = target;
                    self.emphasis_is_old = true;
                }
            }
            Command::Query(text) => self.query(text),
            Command::QueryDone => self.history.end_gesture(),
            Command::Focus(focus) => self.focus(focus),
            Command::ToggleGroup(key) => self.toggle_group(key),
            Command::Unfold(target) => self.unfold(&target),
            Command::Reveal(node) => self.reveal(node),
            Command::ShowLoop(place) => self.show_loop(place),
            Command::Decide { from, to, confirmed, by, why } => {
                self.decide((from, to), confirmed, (by, why));
            }
            Command::SetParameter { code, key, value } => self.set_parameter(code, key, value),
            Command::Accept(accepted) => self.accept(accepted),
            Command::Revoke(accepted) => self.revoke(&accepted),
            Command::Walk(way) => self.walk(way),
            Command::Pin(target, at) => self.pin(&target, at),
            Command::Unpin(target) => self.unpin(&target),
            Command::Hide(targets) => self.hide(&targets),
            Command::Show(reason) => self.show(reason),
            Command::Group(grouping) => self.change_afresh("Grouping", |view| {
                view.grouping = grouping;
                view.open = GroupsOpen::Auto;
            }),
            Command::Perspective(perspective) => {
                self.travel();
                self.change("View", None, Arrival::Fit, |view| view.perspective = perspective);
            }
            Command::Theme(theme) => {
                self.preferences.theme = theme;
                self.save_preferences();
            }
            Command::Scale(scale) => {
                self.preferences.scale = scale.clamp(1.0, 2.0);
                self.save_preferences();
            }
            Command::SaveView(name) => self.save_view(&name),
            Command::ApplyView(name) => self.apply_view(&name),
            Command::DeleteView(name) => {
                if self.workspace.views.remove(&name).is_some() {
                    self.save_workspace();
                }
            }
            Command::Look(camera) => {
                self.camera = camera;
                self.camera_glides = false;
                self.moved_by_hand = true;
            }
            Command::Viewport(size) => self.resize(size),
            Command::Want(wanted) => {
                if let Some(project) = &self.project {
                    self.lists.ask(wanted, project.basis(), &self.jobs.sender);
                }
            }
            Command::Tiles(wishes) => self.tiles.wish(wishes, &self.jobs.sender),
            Command::Cancel(job) => {
                self.jobs.cancel(job);
                match job {
                    Job::Read => self.opening = None,
                    Job::Predictions => self.slices.cancel_reading(),
                    Job::Slice => self.apply_slice(SliceCommand::Stop),
                    Job::Judge | Job::Arrange | Job::Write => {}
                }
            }
            Command::ShowPanel(panel) => self.requests.push(Request::ShowPanel(panel)),
            Command::Slice(command) => self.apply_slice(command),
            Command::Copy(text) => self.requests.push(Request::Copy(text)),
            Command::SaveText { name, text } => {
                self.requests.push(Request::SaveText { name, text });
            }
            Command::WriteText(path, text) => self.write_text(path, text),
            Command::Export(path) => self.export(path),
            Command::Notify(notice) => self.notices.push(notice),
        }
    }

    /// Changes the view as one undoable step and asks for its picture.
    pub(super) fn change(
        &mut self,
        label: &str,
        gesture: Gesture,
        arrival: Arrival,
        change: impl FnOnce(&mut View),
    ) {
        let before = self.place();
        change(&mut self.view);
        if self.view == before.view {
            return;
        }
        if self.view.focus != before.view.focus {
            self.shown_loop = None;
        }
        self.history.record(label, before, gesture);
        self.arrival = arrival;
        self.moved_by_hand = false;
        self.request_picture();
    }

    /// As [`Self::change`], with everything placed anew.
    fn change_afresh(&mut self, label: &str, change: impl FnOnce(&mut View)) {
        self.afresh = true;
        self.change(label, None, Arrival::Fit, change);
        self.afresh = false;
    }

    /// The view is left for another place, to which "back" leads.
    pub(super) fn travel(&mut self) {
        let place = self.place();
        self.history.visit(place);
    }

    fn act(&mut self, action: Action) {
        if !(action.meta().enabled)(self) {
            return;
        }
        if let Some(way) = action.way() {
            return self.walk(way);
        }
        match action {
            Action::Open => self.requests.push(Request::OpenDialog),
            Action::OpenFolder => self.requests.push(Request::OpenFolder),
            Action::OpenPredictions => self.requests.push(Request::OpenPredictions),
            Action::OpenPath => self.requests.push(Request::TypePath),
            Action::SavePicture => self.requests.push(Request::SavePicture),
            Action::CopyPicture => self.copy_picture(),
            Action::SaveView => self.requests.push(Request::SaveView),
            Action::QueryBar => self.requests.push(Request::QueryBar),
            Action::Palette => self.requests.push(Request::Palette),
            Action::Shortcuts => self.requests.push(Request::Shortcuts),
            Action::ResetPanels => self.requests.push(Request::ResetPanels),
            Action::Quit => self.requests.push(Request::Quit),
            Action::CopyId => {
                let ids = self.selected_ids().join("\n");
                self.requests.push(Request::Copy(ids));
            }
            Action::Reload => self.reload(),
            Action::CloseProject => self.close(),
            Action::Undo | Action::Redo | Action::Back | Action::Forward => self.time(action),
            Action::Fit => {
                self.fit();
                self.moved_by_hand = false;
            }
            Action::FitSelection => self.look_at_selection(),
            Action::WhatIf => {
                self.asked_about = self.selected_node_ids();
                self.requests.push(Request::ShowPanel(super::Panel::WhatIf));
            }
            Action::ZoomIn => self.zoom(ZOOM_STEP),
            Action::ZoomOut => self.zoom(1.0 / ZOOM_STEP),
            _ => self.act_on_preferences(action),
        }
    }

    fn act_on_preferences(&mut self, action: Action) {
        let preferences = &mut self.preferences;
        match action {
            Action::ThemeDark => preferences.theme = ThemeName::Dark,
            Action::ThemeLight => preferences.theme = ThemeName::Light,
            Action::ThemeProjector => preferences.theme = ThemeName::Projector,
            Action::Larger => preferences.scale = (preferences.scale + SCALE_STEP).min(2.0),
            Action::Smaller => preferences.scale = (preferences.scale - SCALE_STEP).max(1.0),
            Action::ReducedMotion => preferences.reduced_motion = !preferences.reduced_motion,
            _ => return self.act_on_view(action),
        }
        self.save_preferences();
    }

    fn act_on_view(&mut self, action: Action) {
        match action {
            Action::ShowData => self.apply(Command::Perspective(Perspective::Data)),
            Action::ShowClusters => self.apply(Command::Perspective(Perspective::Clusters)),
            Action::ShowCascades => self.apply(Command::Perspective(Perspective::Cascades)),
            Action::GroupByManifest => self.apply(Command::Group(Grouping::Manifest)),
            Action::GroupByTeam => self.apply(Command::Group(Grouping::Team)),
            Action::GroupByKind => self.apply(Command::Group(Grouping::Kind)),
            Action::NoGroups => self.apply(Command::Group(Grouping::None)),
            Action::OpenAllGroups => self.set_open("Open all groups", GroupsOpen::All),
            Action::CloseAllGroups => {
                self.set_open("Close all groups", GroupsOpen::Set(BTreeSet::new()));
            }
            Action::FewGroups => self.set_open("Open a readable number", GroupsOpen::Auto),
            Action::ToggleGroup => {
                if let Some(key) = self.group_of_selection() {
                    self.toggle_group(key);
                }
            }
            Action::ToggleChecks => {
                self.change("Tests and monitors", None, Arrival::Stay, |view| {
                    view.fold_checks = !view.fold_checks;
                });
            }
            Action::ToggleDim => self.change("Unrelated things", None, Arrival::Fit, |view| {
                view.unrelated = match view.unrelated {
                    Unrelated::Dim => Unrelated::Remove,
                    Unrelated::Remove => Unrelated::Dim,
                };
            }),
            Action::Freeze => self.frozen = !self.frozen,
            Action::Tidy => {
                self.afresh = true;
                self.arrival = Arrival::Fit;
                self.moved_by_hand = false;
                self.request_picture();
            }
            Action::Hide => self.hide(&self.selection.clone()),
            Action::ShowHidden => self.show(Reason::ByHand),
            Action::UnpinAll => {
                self.change("Release all pins", None, Arrival::Stay, |view| view.pins.clear());
                self.keep_pins();
            }
            _ => self.act_on_focus(action),
        }
    }

    fn act_on_focus(&mut self, action: Action) {
        let unrelated = match action {
            Action::RemoveUnrelated => Some(Unrelated::Remove),
            Action::DimUnrelated => Some(Unrelated::Dim),
            _ => None,
        };
        let hops = match action {
            Action::FocusNeighbours => (Some(1), Some(1)),
            Action::FocusUpstream => (None, Some(0)),
            Action::FocusDownstream => (Some(0), None),
            Action::FocusBoth | Action::RemoveUnrelated | Action::DimUnrelated => (None, None),
            Action::ClearFocus => return self.clear_focus(),
            Action::StepBack => return self.step_back(),
            _ => return,
        };
        let on = self.selected_node_ids();
        if !on.is_empty() {
            let focus = Focus { on, up: hops.0, down: hops.1, round: Vec::new() };
            self.travel();
            self.change("Focus", None, Arrival::Fit, |view| {
                view.focus = Some(focus);
                view.unrelated = unrelated.unwrap_or(view.unrelated);
            });
        }
    }

    fn time(&mut self, action: Action) {
        let now = self.place();
        let place = match action {
            Action::Undo => self.history.undo(now),
            Action::Redo => self.history.redo(now),
            Action::Back => self.history.back(now),
            _ => self.history.forward(now),
        };
        let Some(place) = place else { return };
        let same_picture = self.view == place.view;
        if self.slices.view != place.slices {
            self.restore_slices(place.slices);
            if same_picture {
                return;
            }
        }
        self.view = place.view;
        self.set_query_text(self.view.query.clone());
        self.moved_by_hand = false;
        self.keep_pins();
        if same_picture {
            self.camera = place.camera;
            self.camera_glides = true;
        } else {
            self.arrival = Arrival::Restore(place.camera);
            self.request_picture();
        }
    }

    fn select(&mut self, targets: Vec<Target>, pick: Pick) {
        match pick {
            Pick::Only => self.selection = targets,
            Pick::Add => {
                for target in targets {
                    if !self.selection.contains(&target) {
                        self.selection.push(target);
                    }
                }
            }
            Pick::Toggle => {
                for target in targets {
                    match self.selection.iter().position(|known| *known == target) {
                        Some(at) => drop(self.selection.remove(at)),
                        None => self.selection.push(target),
                    }
                }
            }
        }
        self.emphasis_is_old = true;
    }

    fn query(&mut self, text: String) {
        self.set_query_text(text);
        if self.query_error.is_none() && self.view.query != self.query_text {
            let query = self.query_text.clone();
            self.change("Query", Some("query"), Arrival::Fit, |view| view.query = query);
        }
    }

    fn focus(&mut self, focus: Focus) {
        self.travel();
        self.change("Focus", None, Arrival::Fit, |view| view.focus = Some(focus));
    }

    fn clear_focus(&mut self) {
        self.travel();
        self.set_query_text(String::new());
        self.change("Show everything", None, Arrival::Fit, |view| {
            view.focus = None;
            view.query.clear();
        });
    }

    /// Drops the selection, then the focus, then the query: one thing a time.
    fn step_back(&mut self) {
        if !self.selection.is_empty() {
            self.select(Vec::new(), Pick::Only);
        } else if self.view.focus.is_some() {
            self.travel();
            self.change("Drop the focus", None, Arrival::Fit, |view| view.focus = None);
        } else if !self.query_text.is_empty() {
            self.travel();
            self.set_query_text(String::new());
            self.change("Drop the query", None, Arrival::Fit, |view| view.query.clear());
        }
    }

    fn set_open(&mut self, label: &str, open: GroupsOpen) {
        self.change_afresh(label, |view| view.open = open);
    }

    /// The group that is selected, or the one around the selected node.
    fn group_of_selection(&self) -> Option<String> {
        let scene = self.scene()?;
        match self.selection.first()? {
            Target::Group(key) => Some(key.clone()),
            Target::Node(node) => match scene.box_of(*node)? {
                BoxIx::Plate(plate) => Some(scene.plates[plate as usize].key.clone()),
                BoxIx::Card(card) => {
                    let plate = scene.cards[card as usize].plate?;
                    Some(scene.plates[plate as usize].key.clone())
                }
            },
            Target::Edge(_) => None,
        }
    }

    pub(super) fn toggle_group(&mut self, key: String) {
        let Some(scene) = self.scene() else { return };
        let mut open: BTreeSet<String> = scene.open_keys().map(str::to_owned).collect();
        let label = if open.remove(&key) {
            "Close a group"
        } else {
            open.insert(key.clone());
            "Open a group"
        };
        let target = Target::Group(key);
        let arrival = self.anchor(&target);
        self.change(label, None, arrival, |view| view.open = GroupsOpen::Set(open));
    }

    /// The arrival that keeps the upper left of `target` where it is on the screen.
    pub(super) fn anchor(&self, target: &Target) -> Arrival {
        match self.rect_of(target) {
            Some(rect) => {
                let at = self.camera.to_screen(rect.min, self.viewport);
                Arrival::Anchor(target.clone(), (at.x, at.y))
            }
            None => Arrival::Stay,
        }
    }

    /// As it is called in [`View::pins`] and [`View::hidden`].
    fn key_of(&self, target: &Target) -> Option<String> {
        match target {
            Target::Node(node) => {
                Some(self.graph()?.nodes().get(node.at())?.id.as_str().to_owned())
            }
            Target::Group(key) => Some(format!("{GROUP_PREFIX}{key}")),
            Target::Edge(_) => None,
        }
    }

    fn pin(&mut self, target: &Target, at: (f32, f32)) {
        if self.view.focus.as_ref().is_some_and(|focus| !focus.round.is_empty()) {
            // Where it was put would be a place in the whole picture, which is another one.
            self.notices.push(Notice::warning(
                "A loop keeps its ring; go back to everything to move things.",
            ));
            return;
        }
        if let (Some(key), true) = (self.key_of(target), at.0.is_finite() && at.1.is_finite()) {
            self.change("Move", None, Arrival::Stay, |view| {
                view.pins.insert(key, at);
            });
            self.keep_pins();
        }
    }

    fn unpin(&mut self, target: &Target) {
        if let Some(key) = self.key_of(target) {
            self.change("Release", None, Arrival::Stay, |view| {
                view.pins.remove(&key);
            });
            self.keep_pins();
        }
    }

    /// Pins are remembered beside the manifests.
    fn keep_pins(&mut self) {
        if self.workspace.pins != self.view.pins {
            self.workspace.pins.clone_from(&self.view.pins);
            self.save_workspace();
        }
    }

    /// A group that no manifest names is hidden by its nodes.
    fn keys_to_hide(&self, target: &Target) -> Vec<String> {
        match (target, self.graph()) {
            (Target::Group(key), Some(graph)) if !is_named(graph, key) => self.ids_within(key),
            _ => self.key_of(target).into_iter().collect(),
        }
    }

    /// Ids of the nodes in a group that is shown.
    fn ids_within(&self, key: &str) -> Vec<String> {
        let (Some(graph), Some(scene)) = (self.graph(), self.scene()) else { return Vec::new() };
        let inside = graph.node_indices().filter(|&node| match scene.box_of(node) {
            Some(BoxIx::Plate(plate)) => scene.is_within(Some(plate), key),
            Some(BoxIx::Card(card)) => scene.is_within(scene.cards[card as usize].plate, key),
            None => false,
        });
        inside.map(|node| graph.node(node).id.as_str().to_owned()).collect()
    }

    fn hide(&mut self, targets: &[Target]) {
        let keys: Vec<String> =
            targets.iter().flat_map(|target| self.keys_to_hide(target)).collect();
        if keys.is_empty() {
            return;
        }
        self.selection.retain(|target| !targets.contains(target));
        self.emphasis_is_old = true;
        self.change("Hide", None, Arrival::Stay, |view| view.hidden.extend(keys));
    }

    fn show(&mut self, reason: Reason) {
        if reason == Reason::Query {
            self.set_query_text(String::new());
        }
        self.change("Show hidden things", None, Arrival::Fit, |view| match reason {
            Reason::ByHand => view.hidden.clear(),
            Reason::Query => view.query.clear(),
            Reason::Focus => view.focus = None,
            Reason::Perspective => view.perspective = Perspective::Data,
            Reason::OwnerOnCard | Reason::TooManyWays => {}
        });
    }

    fn save_view(&mut self, name: &str) {
        let name = name.trim().to_owned();
        if name.is_empty() {
            return;
        }
        let saved = SavedView { view: self.view.clone(), note: String::new() };
        self.workspace.views.insert(name.clone(), saved);
        self.save_workspace();
        self.notices.push(if self.workspace_usable {
            Notice::done(format!("View “{name}” is kept beside the manifests."))
        } else {
            Notice::warning(format!("View “{name}” is kept until the window closes: this project has no folder that can be written."))
        });
    }

    fn apply_view(&mut self, name: &str) {
        let Some(saved) = self.workspace.views.get(name).cloned() else { return };
        if let Some(graph) = self.graph() {
            let gone = vanished(graph, &saved.view);
            if !gone.is_empty() {
                let named = gone.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
                let more = gone.len().saturating_sub(NAMED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                self.notices.push(Notice::warning(format!(
                    "View “{name}” names what is no longer there: {named}{more}. The rest is shown; save it again to forget them."
                )));
            }
        }
        self.travel();
        self.set_query_text(saved.view.query.clone());
        self.change("Saved view", None, Arrival::Fit, |view| *view = saved.view);
    }

    fn zoom(&mut self, factor: f32) {
        let middle = Point::new(self.viewport.width / 2.0, self.viewport.height / 2.0);
        self.camera = self.camera.zoomed(factor, middle, self.viewport);
        self.camera_glides = true;
        self.moved_by_hand = true;
    }

    /// A picture that was fitted stays fitted; otherwise the middle stays in the middle.
    fn resize(&mut self, size: crate::layout::Size) {
        let fitted = !self.moved_by_hand && self.arrival == Arrival::Fit;
        self.viewport = size;
        if fitted {
            self.fit();
            self.camera_glides = false;
        }
    }

    pub(super) fn look_at_selection(&mut self) {
        let rects = self.selection.iter().filter_map(|target| self.rect_of(target));
        let Some(all) = rects.reduce(|all, rect| all.union(&rect)) else { return };
        let fitted = super::Camera::fit(all, self.viewport);
        self.camera = if fitted.scale > self.camera.scale.max(0.8) {
            self.camera.looking_at(all.center())
        } else {
            fitted
        };
        self.camera_glides = true;
        self.moved_by_hand = true;
    }

    /// Ids of the selected nodes, and of the nodes in selected groups that are shown.
    pub fn selected_node_ids(&self) -> Vec<String> {
        let Some(graph) = self.graph() else { return Vec::new() };
        let mut ids: Vec<String> = Vec::new();
        for target in &self.selection {
            match target {
                Target::Node(node) => ids.push(graph.node(*node).id.as_str().to_owned()),
                Target::Group(key) => ids.extend(self.ids_within(key)),
                Target::Edge(_) => {}
            }
        }
        ids.dedup();
        ids
    }

    fn selected_ids(&self) -> Vec<String> {
        let Some(graph) = self.graph() else { return Vec::new() };
        let text = |target: &Target| match target {
            Target::Node(node) => graph.node(*node).id.as_str().to_owned(),
            Target::Group(key) => key.clone(),
            Target::Edge(edge) => {
                let edge = graph.edge(*edge);
                let kind: EdgeKind = edge.kind;
                format!("{} -{}-> {}", graph.node(edge.from).id, kind.key(), graph.node(edge.to).id)
            }
        };
        self.selection.iter().map(text).collect()
    }
}
