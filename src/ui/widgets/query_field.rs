//! A field for a query: live, with completion, and errors that point at the character.

use super::super::theme::color;
use crate::model::SystemGraph;
use crate::scene::Theme;
use crate::scene::query::{Completion, QueryError, complete};
use egui::text::{CCursor, CCursorRange, LayoutJob, TextFormat};
use egui::{FontId, Key, Popup, PopupCloseBehavior, TextEdit, TextStyle, Ui};

/// How many suggestions are listed.
const SUGGESTIONS: usize = 8;

/// What a field remembers from frame to frame.
#[derive(Default)]
pub(in crate::ui) struct QueryField {
    completions: Vec<Completion>,
    chosen: usize,
    /// The text and place for which the completions were made.
    made_for: (String, usize),
    dismissed: bool,
}

/// What came of a frame.
pub(in crate::ui) struct QueryEdit {
    pub(in crate::ui) response: egui::Response,
    /// The new text, when it changed.
    pub(in crate::ui) text: Option<String>,
    /// Enter was pressed, or the field was left.
    pub(in crate::ui) done: bool,
}

/// Shows the field over the width that is left.
pub(in crate::ui) fn query_field_ui(
    ui: &mut Ui,
    field: &mut QueryField,
    text: &str,
    error: Option<&QueryError>,
    graph: Option<&SystemGraph>,
    theme: &Theme,
) -> QueryEdit {
    let mut edited = text.to_owned();
    let id = ui.make_persistent_id("query");
    let open = !field.completions.is_empty() && !field.dismissed;
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let keys = if has_focus && open { take_keys(ui) } else { Keys::default() };
    let font = TextStyle::Body.resolve(ui.style());
    let plain = ui.visuals().text_color();
    let fault = color(theme.error);
    let span = error.map(|error| error.span.clone());
    let mut layouter = move |ui: &Ui, buffer: &dyn egui::TextBuffer, _width: f32| {
        let job = underlined(buffer.as_str(), span.clone(), &font, plain, fault);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let output = TextEdit::singleline(&mut edited)
        .id(id)
        .hint_text("Query: a name, +name, kind:model owner:ads, path(a, b)")
        .desired_width(ui.available_width())
        .layouter(&mut layouter)
        .show(ui);
    let response = output.response.response.clone();
    let cursor = output.cursor_range.map(|range| byte_at(&edited, range.primary.index));
    if let (Some(graph), Some(at)) = (graph, cursor.filter(|_| response.has_focus())) {
        field.suggest(graph, &edited, at);
    } else if !response.has_focus() {
        field.completions.clear();
    }
    let picked = field.navigate(&keys).or_else(|| suggestions_ui(ui, field, &response, theme));
    let mut done = response.lost_focus();
    if let Some(completion) = picked {
        let at = take(&mut edited, &completion);
        let mut state = output.state;
        let place = CCursor::new(edited[..at].chars().count());
        state.cursor.set_char_range(Some(CCursorRange::one(place)));
        state.store(ui.ctx(), id);
        response.request_focus();
        done = false;
    }
    let changed = edited != text;
    QueryEdit { response, text: changed.then_some(edited), done }
}

#[derive(Default)]
struct Keys {
    down: bool,
    up: bool,
    take: bool,
    dismiss: bool,
}

/// Keys that belong to the list of suggestions while it is open.
fn take_keys(ui: &Ui) -> Keys {
    ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(egui::Modifiers::NONE, key);
        Keys {
            down: pressed(Key::ArrowDown),
            up: pressed(Key::ArrowUp),
            take: pressed(Key::Tab),
            dismiss: pressed(Key::Escape),
        }
    })
}

impl QueryField {
    fn suggest(&mut self, graph: &SystemGraph, text: &str, at: usize) {
        if self.made_for.0 == text && self.made_for.1 == at {
            return;
        }
        let word_is_empty = text[..at].chars().next_back().is_none_or(char::is_whitespace);
        self.completions =
            if word_is_empty { Vec::new() } else { complete(graph, text, at, SUGGESTIONS) };
        self.chosen = 0;
        self.dismissed = false;
        self.made_for = (text.to_owned(), at);
    }

    fn navigate(&mut self, keys: &Keys) -> Option<Completion> {
        let count = self.completions.len().max(1);
        if keys.down {
            self.chosen = (self.chosen + 1) % count;
        }
        if keys.up {
            self.chosen = (self.chosen + count - 1) % count;
        }
        self.dismissed |= keys.dismiss;
        if keys.take { self.completions.get(self.chosen).cloned() } else { None }
    }
}

fn suggestions_ui(
    ui: &Ui,
    field: &QueryField,
    response: &egui::Response,
    theme: &Theme,
) -> Option<Completion> {
    let open = response.has_focus() && !field.completions.is_empty() && !field.dismissed;
    let mut picked = None;
    Popup::from_response(response)
        .id(ui.id().with("suggestions"))
        .open(open)
        .close_behavior(PopupCloseBehavior::IgnoreClicks)
        .width(response.rect.width().min(480.0))
        .show(|ui| {
            for (position, completion) in field.completions.iter().enumerate() {
                let row = super::RowText {
                    text: &completion.text,
                    note: &completion.note,
                    selected: position == field.chosen,
                    ..super::RowText::default()
                };
                let row = super::row_ui(ui, &row, theme);
                // The field loses its focus on the press, so a click would come too late.
                if row.is_pointer_button_down_on() {
                    picked = Some(completion.clone());
                }
            }
            ui.weak("Tab takes the marked one");
        });
    picked
}

/// Puts a completion in; returns the byte after it.
fn take(text: &mut String, completion: &Completion) -> usize {
    let range = completion.replace.clone();
    if text.get(range.clone()).is_none() {
        return text.len();
    }
    text.replace_range(range.clone(), &completion.text);
    range.start + completion.text.len()
}

fn byte_at(text: &str, character: egui::text::CharIndex) -> usize {
    text.char_indices().nth(character.0).map_or(text.len(), |(byte, _)| byte)
}

/// The text with a line under what is at fault.
fn underlined(
    text: &str,
    span: Option<std::ops::Range<usize>>,
    font: &FontId,
    plain: egui::Color32,
    fault: egui::Color32,
) -> LayoutJob {
    let mut job = LayoutJob::default();
    let format = TextFormat::simple(font.clone(), plain);
    let span =
        span.filter(|span| text.get(span.clone()).is_some()).unwrap_or(text.len()..text.len());
    job.append(&text[..span.start], 0.0, format.clone());
    let mut marked = format.clone();
    marked.underline = egui::Stroke::new(1.5, fault);
    job.append(&text[span.clone()], 0.0, marked);
    job.append(&text[span.end..], 0.0, format);
    job
}
