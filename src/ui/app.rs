//! One frame: first the session takes in what happened, then the panels read it and emit commands.

use super::dialogs::{Answer, Ask, Dialogs};
use super::dock::Dock;
use super::overlays::Overlays;
use super::panels::{Panels, menu_bar, status_bar, tool_bar, welcome};
use super::{keys, theme};
use crate::import::Input;
use crate::scene::{Theme, ThemeName};
use crate::session::{Command, Notice, NoticeKind, Request, Session, SliceCommand, Store};
use egui::{Frame, Margin, Panel};
use egui_notify::{Anchor, Toasts};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a word of success stays, and one of trouble.
const BRIEF: Duration = Duration::from_secs(4);
const LONG: Duration = Duration::from_secs(10);

/// Where the panels' arrangement is remembered.
const DOCK: &str = "dock";

/// The window's program.
pub struct App {
    session: Session,
    dock: Dock,
    panels: Panels,
    overlays: Overlays,
    dialogs: Dialogs,
    toasts: Toasts,
    commands: Vec<Command>,
    /// The theme and scale that the widgets are dressed in.
    dressed: Option<(ThemeName, f32)>,
    titled: String,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("session", &self.session).finish_non_exhaustive()
    }
}

impl App {
    /// A window on these inputs; without any it shows the welcome screen.
    pub fn new(ctx: &egui::Context, store: Store, inputs: Vec<Input>) -> Self {
        theme::install_fonts(ctx);
        let ctx = ctx.clone();
        let mut session = Session::new(store, Arc::new(move || ctx.request_repaint()));
        if !inputs.is_empty() {
            session.apply(Command::Open(inputs));
        }
        Self {
            session,
            dock: Dock::default(),
            panels: Panels::default(),
            overlays: Overlays::default(),
            dialogs: Dialogs::default(),
            toasts: Toasts::default()
                .with_anchor(Anchor::BottomRight)
                .with_margin(egui::vec2(16.0, 40.0)),
            commands: Vec::new(),
            dressed: None,
            titled: String::new(),
        }
    }

    /// Puts the panels where they were when the window was closed.
    pub(super) fn restore(&mut self, storage: &dyn eframe::Storage) {
        self.dock = Dock::restored(eframe::get_value(storage, DOCK));
    }

    /// One frame in a test: what eframe does in two steps.
    pub fn pass(&mut self, ui: &mut egui::Ui) {
        self.tick(&ui.ctx().clone());
        self.frame(ui);
    }

    /// For tests: what the window shows.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// For tests and benches: asks of the session what a panel could ask, in the next frame.
    pub fn ask(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Takes in jobs, dialogs, dropped files and commands.
    fn tick(&mut self, ctx: &egui::Context) {
        self.session.absorb();
        self.dropped(ctx);
        while let Some(answer) = self.dialogs.answer() {
            self.answered(answer);
        }
        for command in std::mem::take(&mut self.commands) {
            self.session.apply(command);
        }
        for request in self.session.take_requests() {
            self.fulfil(request, ctx);
        }
        for notice in self.session.take_notices() {
            self.tell(&notice);
        }
        self.session.settle();
        self.dress(ctx);
    }

    fn dress(&mut self, ctx: &egui::Context) {
        let preferences = self.session.preferences();
        let wanted = (preferences.theme, preferences.scale);
        if self.dressed != Some(wanted) {
            self.dressed = Some(wanted);
            theme::apply(ctx, Theme::of(wanted.0));
            ctx.set_zoom_factor(wanted.1);
        }
        let title = self.session.project().map_or_else(
            || String::from("Undercurrent"),
            |project| format!("{} – Undercurrent", project.title),
        );
        if self.titled != title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.titled = title;
        }
    }

    fn dropped(&mut self, ctx: &egui::Context) {
        let paths: Vec<PathBuf> = ctx.input(|input| {
            input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect()
        });
        if !paths.is_empty() {
            self.commands.push(Command::Open(paths.into_iter().map(Input::Path).collect()));
        }
    }

    fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Paths(Ask::Save(_), paths) => {
                if let Some(path) = paths.into_iter().next() {
                    self.commands.push(Command::Export(path));
                }
            }
            Answer::Paths(Ask::SaveText { text, .. }, paths) => {
                let path = paths.into_iter().next();
                self.commands.extend(path.map(|path| Command::WriteText(path, text)));
            }
            Answer::Paths(Ask::Predictions, paths) => {
                self.commands.push(Command::Slice(SliceCommand::Open(paths)));
            }
            Answer::Paths(_, paths) => {
                self.commands.push(Command::Open(paths.into_iter().map(Input::Path).collect()));
            }
            Answer::NoDialog(Ask::SaveText { name, text }) => {
                self.overlays.ask_where_to_write(name, text);
            }
            Answer::NoDialog(Ask::Save(name)) => self.overlays.ask_where_to_save(name),
            Answer::NoDialog(Ask::Predictions) => self.overlays.ask_predictions(),
            Answer::NoDialog(_) => self.overlays.ask_path(),
            Answer::Cancelled => {}
        }
    }

    fn fulfil(&mut self, request: Request, ctx: &egui::Context) {
        match request {
            Request::OpenDialog => self.dialogs.ask(Ask::Files, ctx),
            Request::OpenFolder => self.dialogs.ask(Ask::Folder, ctx),
            Request::OpenPredictions => self.dialogs.ask(Ask::Predictions, ctx),
            Request::TypePath => self.overlays.ask_path(),
            Request::SavePicture => {
                self.dialogs.ask(Ask::Save(String::from("undercurrent.svg")), ctx);
            }
            Request::SaveText { name, text } => self.dialogs.ask(Ask::SaveText { name, text }, ctx),
            Request::CopyImage(image) => {
                ctx.copy_image(theme::pixels(image.width, image.height, &image.rgba));
            }
            Request::SaveView => self.overlays.ask_view_name(),
            Request::QueryBar => self.panels.focus_query = true,
            Request::Palette => self.overlays.open_palette(),
            Request::Shortcuts => self.overlays.toggle_shortcuts(),
            Request::Copy(text) => {
                ctx.copy_text(text);
                self.tell(&Notice::done("Copied."));
            }
            Request::ShowPanel(panel) => self.dock.show_panel(panel),
            Request::ResetPanels => self.dock = Dock::default(),
            Request::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn tell(&mut self, notice: &Notice) {
        let text = notice.text.as_str();
        let (toast, time) = match notice.kind {
            NoticeKind::Done => (self.toasts.success(text), BRIEF),
            NoticeKind::Warning => (self.toasts.warning(text), LONG),
            NoticeKind::Failed => (self.toasts.error(text), LONG),
        };
        toast.duration(Some(time)).show_progress_bar(false).width(420.0);
    }

    fn frame(&mut self, ui: &mut egui::Ui) {
        let ctx = ui.ctx().clone();
        if !self.overlays.takes_keys() {
            let held = self.panels.take_held_keys();
            keys::commands(&ctx, &self.session, held, &mut self.commands);
        }
        let bar = |ui: &egui::Ui, y: i8| {
            Frame::new().fill(ui.visuals().panel_fill).inner_margin(Margin::symmetric(8, y))
        };
        let (session, commands) = (&self.session, &mut self.commands);
        Panel::top("menu").frame(bar(ui, 2)).show(ui, |ui| menu_bar::show(ui, session, commands));
        if session.project().is_some() {
            Panel::top("tools").frame(bar(ui, 6)).show(ui, |ui| {
                tool_bar::show(ui, session, &mut self.panels, commands);
            });
            Panel::bottom("status").frame(bar(ui, 3)).show(ui, |ui| {
                status_bar::show(ui, session, commands);
            });
        }
        let ground = Frame::new().fill(ui.visuals().panel_fill);
        egui::CentralPanel::default().frame(ground).show(ui, |ui| {
            if session.project().is_some() {
                self.dock.show(ui, session, &mut self.panels, commands);
            } else {
                welcome::show(ui, session, commands);
            }
        });
        self.overlays.show(&ctx, session, commands);
        if ctx.input(|input| !input.raw.hovered_files.is_empty()) {
            super::overlays::drop_hint(&ctx);
        }
        self.toasts.show(&ctx);
        if !self.commands.is_empty() {
            ctx.request_repaint();
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.tick(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.frame(ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, DOCK, &self.dock);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
