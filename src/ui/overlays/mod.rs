//! What stands over the window for a moment: the palette, questions for a path or a name, the sheet of
//! shortcuts. Each closes with Escape.

mod palette;
mod shortcuts;

use crate::import::Input;
use crate::session::{Command, Session, SliceCommand};
use egui::{Align2, Area, Context, Frame, Id, Key, Order, TextEdit, Ui};
use palette::Palette;
use std::path::PathBuf;

/// What a question asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Question {
    Path,
    Predictions,
    SaveAs,
    /// Where to write this text.
    WriteTo(String),
    ViewName,
}

impl Question {
    const fn title(&self) -> &'static str {
        match self {
            Self::Path => "Open a path",
            Self::Predictions => "Open predictions",
            Self::SaveAs => "Save the picture as",
            Self::WriteTo(_) => "Save the list as",
            Self::ViewName => "Keep this view as",
        }
    }

    const fn hint(&self) -> &'static str {
        match self {
            Self::Path => "A manifest or a folder of them",
            Self::Predictions => "Parquet, CSV or NDJSON, or a folder of parts",
            Self::SaveAs => "The ending decides the format: svg, pdf, png, html, dot, …",
            Self::WriteTo(_) => "The path of a file",
            Self::ViewName => "A name",
        }
    }
}

/// At most one overlay is open.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Palette(Palette),
    Question(Question, String),
    Shortcuts,
}

/// The overlays of the window.
#[derive(Default)]
pub(super) struct Overlays {
    open: Open,
    /// The field takes the focus in its first frame.
    fresh: bool,
}

impl Overlays {
    /// Whether keys belong to the overlay and not to the window.
    pub(super) fn takes_keys(&self) -> bool {
        !matches!(self.open, Open::Nothing)
    }

    fn set(&mut self, open: Open) {
        self.open = open;
        self.fresh = true;
    }

    pub(super) fn open_palette(&mut self) {
        self.set(Open::Palette(Palette::default()));
    }

    pub(super) fn toggle_shortcuts(&mut self) {
        let open = matches!(self.open, Open::Shortcuts);
        self.set(if open { Open::Nothing } else { Open::Shortcuts });
    }

    pub(super) fn ask_path(&mut self) {
        self.set(Open::Question(Question::Path, String::new()));
    }

    pub(super) fn ask_predictions(&mut self) {
        self.set(Open::Question(Question::Predictions, String::new()));
    }

    pub(super) fn ask_where_to_save(&mut self, name: String) {
        self.set(Open::Question(Question::SaveAs, name));
    }

    pub(super) fn ask_where_to_write(&mut self, name: String, text: String) {
        self.set(Open::Question(Question::WriteTo(text), name));
    }

    pub(super) fn ask_view_name(&mut self) {
        self.set(Open::Question(Question::ViewName, String::new()));
    }

    pub(super) fn show(&mut self, ctx: &Context, session: &Session, commands: &mut Vec<Command>) {
        let fresh = std::mem::take(&mut self.fresh);
        let close = match &mut self.open {
            Open::Nothing => return,
            Open::Palette(palette) => palette.show(ctx, session, fresh, commands),
            Open::Question(question, text) => question_ui(ctx, question, text, fresh, commands),
            Open::Shortcuts => shortcuts::show(ctx),
        };
        let escaped = ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape));
        if close || escaped {
            self.open = Open::Nothing;
            ctx.request_repaint();
        }
    }
}

/// A window in the upper middle, where the eye is.
fn window(ctx: &Context, name: &str, width: f32, show: impl FnOnce(&mut Ui)) -> egui::Rect {
    let area = Area::new(Id::new(name)).order(Order::Foreground);
    let area = area.anchor(Align2::CENTER_TOP, egui::vec2(0.0, 96.0));
    let response = area.show(ctx, |ui| {
        Frame::window(ui.style()).show(ui, |ui| {
            ui.set_width(width.min(ctx.content_rect().width() - 48.0));
            show(ui);
        });
    });
    response.response.rect
}

/// Whether the pointer was pressed outside of an overlay.
fn pressed_outside(ctx: &Context, rect: egui::Rect) -> bool {
    ctx.input(|input| {
        input.pointer.any_pressed()
            && input.pointer.interact_pos().is_some_and(|at| !rect.contains(at))
    })
}

/// Whether it is answered.
fn question_ui(
    ctx: &Context,
    question: &Question,
    text: &mut String,
    fresh: bool,
    commands: &mut Vec<Command>,
) -> bool {
    let mut done = false;
    let rect = window(ctx, "question", 520.0, |ui| {
        ui.strong(question.title());
        ui.add_space(4.0);
        let field = TextEdit::singleline(text).hint_text(question.hint());
        let response = ui.add(field.desired_width(f32::INFINITY));
        if fresh {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let named = !text.trim().is_empty();
            let pressed = ui.add_enabled(named, egui::Button::new("OK")).clicked();
            if (pressed || entered) && named {
                commands.push(answer(question, text.trim()));
                done = true;
            }
            done |= ui.button("Cancel").clicked();
        });
    });
    done || (!fresh && pressed_outside(ctx, rect))
}

fn answer(question: &Question, text: &str) -> Command {
    match question {
        Question::Path => Command::Open(vec![Input::Path(home(text))]),
        Question::Predictions => Command::Slice(SliceCommand::Open(vec![home(text)])),
        Question::SaveAs => Command::Export(home(text)),
        Question::WriteTo(written) => Command::WriteText(home(text), written.clone()),
        Question::ViewName => Command::SaveView(text.to_owned()),
    }
}

/// `~/x` as people type it.
fn home(text: &str) -> PathBuf {
    match (text.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(text),
    }
}

/// Files hover over the window.
pub(super) fn drop_hint(ctx: &Context) {
    window(ctx, "drop", 320.0, |ui| {
        ui.vertical_centered(|ui| ui.heading("Drop to open"));
    });
}
