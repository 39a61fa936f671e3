//! The state of one window.

use super::derived::{Listed, Lists, Wanted};
use super::history::{History, Place};
use super::jobs::{Event, Jobs, Waker};
use super::tiles::Tiles;
use super::watch::Watch;
use super::workspace::Workspace;
use super::{
    Camera, Job, Notice, Picture, Preferences, Project, SavedView, SettingsFile, SliceBench, Store,
    Tile,
};
use crate::analysis::Analysis;
use crate::analysis::loops::FeedbackLoop;
use crate::export::Raster;
use crate::import::Loaded;
use crate::layout::{Rect, Size};
use crate::model::{NodeId, NodeIx, SystemGraph};
use crate::scene::query::{QueryError, parse};
use crate::scene::raster::TilePlace;
use crate::scene::{BoxIx, DebtMap, EmphasisMap, Scene, Target, View, emphasis};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the window must do, because only it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    OpenDialog,
    OpenFolder,
    OpenPredictions,
    TypePath,
    SavePicture,
    /// Ask where to write a text, with a name to start from.
    SaveText {
        name: String,
        text: String,
    },
    CopyImage(Raster),
    SaveView,
    QueryBar,
    Palette,
    Shortcuts,
    Copy(String),
    /// Bring this panel to the front.
    ShowPanel(super::Panel),
    ResetPanels,
    Quit,
}

/// What the camera does when the next picture comes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Arrival {
    /// Stays on the same part of the plane.
    #[default]
    Stay,
    Fit,
    /// Keeps this thing where it is on the screen.
    Anchor(Target, (f32, f32)),
    Restore(Camera),
}

/// Everything that more than one panel reads. Changed by [`Session::apply`] and [`Session::absorb`] alone.
#[derive(Debug)]
pub struct Session {
    pub(super) store: Store,
    pub(super) preferences: Preferences,
    pub(super) project: Option<Project>,
    /// What is being read.
    pub(super) opening: Option<String>,
    pub(super) view: View,
    /// As typed; the view holds the last text that was a query.
    pub(super) query_text: String,
    pub(super) query_error: Option<QueryError>,
    pub(super) picture: Option<Arc<Picture>>,
    pub(super) selection: Vec<Target>,
    pub(super) hovered: Option<Target>,
    pub(super) emphasis: Arc<EmphasisMap>,
    pub(super) emphasis_is_old: bool,
    emphasis_revision: u64,
    /// Debt of every mark, when the rules have judged.
    pub(super) debt: Option<Arc<DebtMap>>,
    pub(super) debt_is_old: bool,
    /// The loop that is shown alone, by the ids of its models.
    pub(super) shown_loop: Option<Vec<String>>,
    /// What is asked about under "what if", by id.
    pub(super) asked_about: Vec<String>,
    pub(super) camera: Camera,
    /// Whether the camera's last change is one that the eye should be led through.
    pub(super) camera_glides: bool,
    pub(super) viewport: Size,
    pub(super) arrival: Arrival,
    /// The next picture places everything anew.
    pub(super) afresh: bool,
    /// Whether the camera was moved since the last arrival was decided.
    pub(super) moved_by_hand: bool,
    /// A node that is to be looked at as soon as it is shown, by id.
    pub(super) revealing: Option<NodeId>,
    pub(super) history: History,
    pub(super) workspace: Workspace,
    /// False where the file on disk must not be written over.
    pub(super) workspace_usable: bool,
    /// What was set of the rules where there is no file to keep it in.
    pub(super) unsaved: SettingsFile,
    pub(super) notices: Vec<Notice>,
    pub(super) requests: Vec<Request>,
    pub(super) jobs: Jobs,
    pub(super) lists: Lists,
    pub(super) slices: SliceBench,
    pub(super) tiles: Tiles,
    /// Clicks and drags on the picture select and change nothing else.
    pub(super) frozen: bool,
    pub(super) watch: Option<Watch>,
    revision: u64,
}

impl Session {
    /// An empty session; `wake` is called whenever a job has something to say.
    pub fn new(store: Store, wake: Waker) -> Self {
        Self {
            preferences: Preferences::load(&store),
            store,
            project: None,
            opening: None,
            view: View::default(),
            query_text: String::new(),
            query_error: None,
            picture: None,
            selection: Vec::new(),
            hovered: None,
            emphasis: Arc::default(),
            emphasis_is_old: false,
            emphasis_revision: 0,
            debt: None,
            debt_is_old: false,
            shown_loop: None,
            asked_about: Vec::new(),
            camera: Camera::default(),
            camera_glides: false,
            viewport: Size::new(1200.0, 800.0),
            arrival: Arrival::Fit,
            afresh: false,
            moved_by_hand: false,
            revealing: None,
            history: History::default(),
            workspace: Workspace::default(),
            workspace_usable: false,
            unsaved: SettingsFile::default(),
            notices: Vec::new(),
            requests: Vec::new(),
            jobs: Jobs::new(wake),
            lists: Lists::default(),
            slices: SliceBench::default(),
            tiles: Tiles::default(),
            frozen: false,
            watch: None,
            revision: 0,
        }
    }

    pub fn project(&self) -> Option<&Project> {
        self.project.as_ref()
    }

    pub fn graph(&self) -> Option<&SystemGraph> {
        self.project.as_ref().map(Project::graph)
    }

    pub fn analysis(&self) -> Option<&Analysis> {
        self.project.as_ref()?.analysis.as_deref()
    }

    /// Name of what is being read while nothing of it is there yet.
    pub fn opening(&self) -> Option<&str> {
        self.opening.as_deref()
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    pub fn query_text(&self) -> &str {
        &self.query_text
    }

    /// Why the text of the query bar is no query.
    pub fn query_error(&self) -> Option<&QueryError> {
        self.query_error.as_ref()
    }

    pub fn picture(&self) -> Option<&Arc<Picture>> {
        self.picture.as_ref()
    }

    pub fn scene(&self) -> Option<&Scene> {
        self.picture.as_ref().map(|picture| &picture.scene)
    }

    pub fn selection(&self) -> &[Target] {
        &self.selection
    }

    pub fn hovered(&self) -> Option<&Target> {
        self.hovered.as_ref()
    }

    /// What stands out in the picture.
    pub fn emphasis(&self) -> &Arc<EmphasisMap> {
        &self.emphasis
    }

    /// Debt of every mark of the picture, when the rules have judged.
    pub fn debt(&self) -> Option<&Arc<DebtMap>> {
        self.debt.as_ref()
    }

    /// The loop that is shown alone, as long as the analysis finds it.
    pub fn shown_loop(&self) -> Option<&FeedbackLoop> {
        let (graph, models) = (self.graph()?, self.shown_loop.as_ref()?);
        self.analysis()?.loops.iter().find(|found| {
            found.models.len() == models.len()
                && found.models.iter().zip(models).all(|(m, id)| graph.node(*m).id.as_str() == id)
        })
    }

    /// The nodes that "what if" asks about, as far as they are still there.
    pub fn asked_about(&self) -> Vec<NodeIx> {
        let found = self.graph().map(|graph| {
            self.asked_about.iter().filter_map(|id| graph.find(id)).collect::<Vec<NodeIx>>()
        });
        found.unwrap_or_default()
    }

    /// Grows whenever [`Session::emphasis`] or [`Session::debt`] changes.
    pub fn emphasis_revision(&self) -> u64 {
        self.emphasis_revision
    }

    pub fn camera(&self) -> Camera {
        self.camera
    }

    /// Whether the camera's last change is one that the eye should be led through, unlike a drag.
    pub fn camera_glides(&self) -> bool {
        self.camera_glides
    }

    pub fn viewport(&self) -> Size {
        self.viewport
    }

    pub fn preferences(&self) -> &Preferences {
        &self.preferences
    }

    pub fn saved_views(&self) -> &BTreeMap<String, SavedView> {
        &self.workspace.views
    }

    pub fn undo_label(&self) -> Option<&str> {
        self.history.undo_label()
    }

    pub fn redo_label(&self) -> Option<&str> {
        self.history.redo_label()
    }

    pub fn can_go_back(&self) -> bool {
        self.history.can_go_back()
    }

    pub fn can_go_forward(&self) -> bool {
        self.history.can_go_forward()
    }

    /// What runs in the background, with the share that is done where it is known.
    pub fn running(&self) -> Vec<(Job, Option<f32>)> {
        let mut running = self.jobs.running();
        if let Some(share) = self.slices.reading() {
            running.push((Job::Predictions, Some(share)));
        }
        if self.slices.is_asking() {
            running.push((Job::Slice, None));
        }
        running
    }

    /// The newest list of the sort of `wanted`, and whether it is exactly the one; panels ask for it with
    /// [`Command::Want`](super::Command::Want).
    pub fn listed(&self, wanted: &Wanted) -> Option<(&Arc<Listed>, bool)> {
        self.lists.get(wanted, &self.project.as_ref()?.basis())
    }

    /// A piece of the picture as pixels, which the canvas asked for with
    /// [`Command::Tiles`](super::Command::Tiles).
    pub fn tile(&self, sheet: u64, place: TilePlace) -> Option<&Arc<Tile>> {
        self.tiles.get(sheet, place)
    }

    /// Whether clicks and drags on the picture select and change nothing else.
    pub fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// How many pieces that the canvas asked for are still being drawn.
    pub fn tiles_missing(&self) -> usize {
        self.tiles.missing()
    }

    /// What is to be told, once.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// What the window is asked to do, once.
    pub fn take_requests(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.requests)
    }

    /// The box in the picture that shows `target`.
    pub fn box_of(&self, target: &Target) -> Option<BoxIx> {
        let scene = self.scene()?;
        match target {
            Target::Node(node) => scene.box_of(*node),
            Target::Group(key) => scene.plate_of(key),
            Target::Edge(_) => None,
        }
    }

    /// Where `target` is drawn, in scene units.
    pub fn rect_of(&self, target: &Target) -> Option<Rect> {
        match target {
            Target::Edge(edge) => {
                let edge = self.graph()?.edges().get(edge.at())?;
                let scene = self.scene()?;
                let ends = [scene.box_of(edge.from)?, scene.box_of(edge.to)?];
                Some(scene.rect_of(ends[0]).union(&scene.rect_of(ends[1])))
            }
            other => Some(self.scene()?.rect_of(self.box_of(other)?)),
        }
    }

    pub(super) fn place(&self) -> Place {
        Place { view: self.view.clone(), camera: self.camera, slices: self.slices.view.clone() }
    }

    /// Takes in what the jobs have said. Returns whether anything changed.
    pub fn absorb(&mut self) -> bool {
        let mut changed = false;
        while let Some(event) = self.jobs.next_event() {
            changed = true;
            match event {
                Event::Loaded { inputs, loaded, .. } => self.loaded(inputs, loaded),
                Event::Analysed { judged, .. } => self.analysed(judged),
                Event::NotLoaded { .. } => self.opening = None,
                Event::Scene { loaded, view, scene, complete, .. } => {
                    self.pictured(loaded, *view, *scene, complete);
                }
                Event::NoScene { failed, .. } => self.not_pictured(failed),
                Event::FilesChanged => self.reload(),
                Event::SettingsChanged => self.judge(),
                Event::SettingsWritten { notice } => {
                    self.notices.push(notice);
                    self.judge();
                }
                Event::Listed(answer) => {
                    self.notices.extend(answer.failed().map(Notice::failed));
                    self.lists.answer(*answer);
                }
                Event::Slices(said) => self.slices_said(said),
                Event::Tile(tile) => self.tiles.finish(*tile),
                Event::Written { notice, image } => {
                    self.notices.extend(notice);
                    self.requests.extend(image.map(Request::CopyImage));
                }
            }
        }
        changed
    }

    /// Brings what hangs on selection, hover and picture up to date; once a frame, after all commands.
    pub fn settle(&mut self) {
        if std::mem::take(&mut self.debt_is_old) {
            self.debt = self.scene().zip(self.analysis()).map(|(scene, analysis)| {
                let worst = self.worst_slices().iter().map(|own| (own.model, own.bias as f32));
                Arc::new(DebtMap::new(scene, &analysis.scores).with_slices(scene, worst))
            });
            self.emphasis_revision += 1;
        }
        if !std::mem::take(&mut self.emphasis_is_old) {
            return;
        }
        self.emphasis_revision += 1;
        self.scope_slices();
        let lit = self.lit_by_slice();
        self.emphasis = Arc::new(match (&self.project, &self.picture) {
            (Some(project), Some(picture)) => emphasis(
                project.graph(),
                &picture.scene,
                &self.selection,
                self.hovered.as_ref(),
                &lit,
            ),
            _ => EmphasisMap::none(),
        });
    }

    /// What is laid over the marks has changed.
    pub(super) fn overlay_is_old(&mut self) {
        self.debt_is_old = true;
    }
    /// Asks for a picture of the view as it is now.
    pub(super) fn request_picture(&mut self) {
        let afresh = std::mem::take(&mut self.afresh);
        if let Some(project) = &self.project {
            self.jobs.arrange(project.basis(), self.view.clone(), afresh);
        }
    }

    fn pictured(&mut self, loaded: Arc<Loaded>, view: View, scene: Scene, complete: bool) {
        self.revision += 1;
        let before = self.picture.take();
        let revision = self.revision;
        self.picture = Some(Arc::new(Picture { loaded, view, scene, complete, revision }));
        self.emphasis_is_old = true;
        self.debt_is_old = true;
        self.arrive(before.as_deref());
        if complete {
            self.go_on_revealing();
        }
    }

    /// Moves the camera as the last command wanted it, unless somebody has moved it since.
    fn arrive(&mut self, before: Option<&Picture>) {
        if self.moved_by_hand && before.is_some() {
            return;
        }
        match self.arrival.clone() {
            Arrival::Stay => {}
            Arrival::Fit => self.fit(),
            Arrival::Restore(camera) => {
                self.camera = camera;
                self.camera_glides = true;
            }
            Arrival::Anchor(target, on_screen) => {
                if let Some(rect) = self.rect_of(&target) {
                    self.camera_glides = false;
                    let scale = self.camera.scale;
                    let at = (rect.min.x, rect.min.y);
                    self.camera.center = (
                        at.0 - (on_screen.0 - self.viewport.width / 2.0) / scale,
                        at.1 - (on_screen.1 - self.viewport.height / 2.0) / scale,
                    );
                }
            }
        }
    }

    pub(super) fn fit(&mut self) {
        if let Some(scene) = self.scene() {
            self.camera = Camera::fit(scene.bounds, self.viewport);
            self.camera_glides = true;
        }
    }

    fn not_pictured(&mut self, failed: Option<String>) {
        if let Some(why) = failed {
            self.notices.push(Notice::failed(format!(
                "Internal error while arranging: {why}. The last picture stays; undo the last change of the view."
            )));
        }
    }

    /// Takes the query in, as far as it is one.
    pub(super) fn set_query_text(&mut self, text: String) {
        self.query_error = parse(&text).err();
        self.query_text = text;
    }

    pub(super) fn save_preferences(&mut self) {
        let (preferences, store) = (self.preferences.clone(), self.store.clone());
        self.jobs.write(move || {
            let why = preferences.save(&store).err()?;
            Some(Notice::warning(format!("Preferences were not kept: {why}")))
        });
    }

    pub(super) fn save_workspace(&mut self) {
        let Some(folder) = self.project.as_ref().and_then(Project::folder) else { return };
        if !self.workspace_usable {
            return;
        }
        let workspace = self.workspace.clone();
        self.jobs.write(move || {
            let why = workspace.save(&folder).err()?;
            Some(Notice::warning(format!(
                "Pins and views were not kept in {}: {why}",
                folder.display()
            )))
        });
    }
}
