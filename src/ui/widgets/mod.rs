//! Small pieces that several panels show.

mod query_field;

pub(super) use query_field::{QueryField, query_field_ui};

use super::canvas::pen::{Projection, ScreenPen};
use super::theme::{BODY, ROW};
use crate::layout::Point;
use crate::model::{NodeIx, NodeKind, SystemGraph};
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::{Target, Theme, icon};
use crate::session::{Action, ActionMeta, Command, Pick, Session};
use egui::{Align2, Button, FontId, Response, Sense, Ui, Vec2, WidgetInfo, WidgetType};

/// The keys of an action as people write them, such as `Ctrl+Shift+Z`.
pub(super) fn shortcut_text(meta: &ActionMeta) -> String {
    let first = meta.shortcut.split_whitespace().next().unwrap_or_default();
    first
        .replace("ArrowLeft", "←")
        .replace("ArrowRight", "→")
        .replace("ArrowUp", "↑")
        .replace("ArrowDown", "↓")
        .replace("Equals", "=")
        .replace("Minus", "−")
        .replace("Plus", "+")
        .replace("Slash", "/")
        .replace("Escape", "Esc")
}

/// What an action is called now: undo and redo name what they take back.
pub(super) fn action_label(meta: &ActionMeta, session: &Session) -> String {
    let of = match meta.action {
        Action::Undo => session.undo_label(),
        Action::Redo => session.redo_label(),
        _ => None,
    };
    of.map_or_else(|| meta.label.to_owned(), |of| format!("{} {}", meta.label, of.to_lowercase()))
}

/// A menu entry for an action.
pub(super) fn action_button(
    ui: &mut Ui,
    meta: &ActionMeta,
    session: &Session,
    commands: &mut Vec<Command>,
) {
    let checked = meta.checked.is_some_and(|checked| checked(session));
    let mark = if checked { egui_phosphor::regular::CHECK } else { " " };
    let label = format!("{mark} {}", action_label(meta, session));
    let button =
        Button::new(label).shortcut_text(shortcut_text(meta)).min_size(Vec2::new(220.0, 0.0));
    let enabled = (meta.enabled)(session);
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, meta.label));
    if response.on_hover_text(meta.tooltip).clicked() {
        commands.push(Command::Do(meta.action));
        ui.close();
    }
}

/// A square button with an icon that does an action; the tooltip names it and its keys.
pub(super) fn icon_button(
    ui: &mut Ui,
    icon: &str,
    action: Action,
    session: &Session,
    commands: &mut Vec<Command>,
) {
    let meta = action.meta();
    let enabled = (meta.enabled)(session);
    let response =
        ui.add_enabled(enabled, Button::new(icon).min_size(Vec2::splat(ROW)).frame(false));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, meta.label));
    let words = format!("{} ({})", action_label(meta, session), shortcut_text(meta));
    if response.on_hover_text(words).clicked() {
        commands.push(Command::Do(action));
    }
}

/// The icon of a kind.
pub(super) fn kind_icon(ui: &mut Ui, kind: NodeKind, theme: &Theme) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
    paint_kind(ui, kind, rect.min, 16.0, theme);
}

/// Paints the icon of a kind with its upper left at `at`.
pub(super) fn paint_kind(ui: &Ui, kind: NodeKind, at: egui::Pos2, size: f32, theme: &Theme) {
    let mut pen = ScreenPen::new(ui.ctx(), Projection::at(at));
    icon::draw(kind, Point::new(0.0, 0.0), size, theme.kind(kind), &mut pen);
    ui.painter().extend(pen.into_shapes());
}

/// What a row of a list or tree shows.
#[derive(Default)]
pub(super) struct RowText<'a> {
    pub(super) text: &'a str,
    /// At the right, in the secondary colour.
    pub(super) note: &'a str,
    pub(super) indent: f32,
    pub(super) kind: Option<NodeKind>,
    /// A sign before the text, such as the arrow of a group.
    pub(super) sign: &'a str,
    pub(super) selected: bool,
    /// Something else points at it.
    pub(super) lit: bool,
}

/// One row of a list: the whole width, text cut in the middle, the whole text in the tooltip.
pub(super) fn row_ui(ui: &mut Ui, row: &RowText<'_>, theme: &Theme) -> Response {
    let size = Vec2::new(ui.available_width(), ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        let words = [row.text, row.note].join(" ");
        WidgetInfo::selected(WidgetType::SelectableLabel, true, row.selected, words.trim())
    });
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let visuals = ui.visuals();
    let ground = if row.selected {
        visuals.selection.bg_fill
    } else if response.hovered() || row.lit {
        visuals.widgets.hovered.weak_bg_fill
    } else {
        egui::Color32::TRANSPARENT
    };
    let painter = ui.painter();
    painter.rect_filled(rect, 4.0, ground);
    focus_ui(ui, rect, &response);
    let mut x = rect.min.x + 4.0 + row.indent;
    let middle = rect.center().y;
    if !row.sign.is_empty() {
        let font = FontId::proportional(BODY - 1.0);
        let at = egui::pos2(x, middle);
        painter.text(at, Align2::LEFT_CENTER, row.sign, font, visuals.weak_text_color());
        x += 16.0;
    }
    if let Some(kind) = row.kind {
        paint_kind(ui, kind, egui::pos2(x, middle - 7.0), 14.0, theme);
        x += 20.0;
    }
    let small = FontId::proportional(BODY - 1.0);
    let right = rect.max.x - 6.0;
    let note = painter.text(
        egui::pos2(right, middle),
        Align2::RIGHT_CENTER,
        row.note,
        small,
        visuals.weak_text_color(),
    );
    let room = note.min.x - 8.0 - x;
    let shown = fit(row.text, Font::Text, BODY, room, Cut::Middle);
    let cut = shown != row.text;
    let ink = visuals.text_color();
    painter.text(
        egui::pos2(x, middle),
        Align2::LEFT_CENTER,
        shown,
        FontId::proportional(BODY),
        ink,
    );
    if cut { response.on_hover_text(row.text) } else { response }
}

/// The ring around a row that has the keyboard.
pub(super) fn focus_ui(ui: &Ui, rect: egui::Rect, response: &Response) {
    if response.has_focus() {
        let line = egui::Stroke::new(1.5, ui.visuals().hyperlink_color);
        ui.painter().rect_stroke(rect, 4.0, line, egui::StrokeKind::Inside);
    }
}

/// A node in a list: click looks at it, hover lights it everywhere.
pub(super) fn node_row(
    ui: &mut Ui,
    graph: &SystemGraph,
    node: NodeIx,
    note: &str,
    (session, theme): (&Session, &Theme),
    commands: &mut Vec<Command>,
) -> Response {
    let this = graph.node(node);
    let target = Target::Node(node);
    let response = row_ui(
        ui,
        &RowText {
            text: &this.name,
            note,
            kind: Some(this.kind),
            selected: session.selection().contains(&target),
            lit: session.hovered() == Some(&target),
            ..RowText::default()
        },
        theme,
    );
    linked(ui, &response, target, commands);
    response
}

/// What every row that stands for something in the graph does: hover lights, click selects, a double click
/// or Enter goes there.
pub(super) fn linked(ui: &Ui, response: &Response, target: Target, commands: &mut Vec<Command>) {
    if response.hovered() {
        commands.push(Command::Hover(Some(target.clone())));
    }
    if response.double_clicked()
        && let Target::Node(node) = target
    {
        commands.push(Command::Reveal(node));
    } else if response.clicked() {
        let add = ui.input(|input| input.modifiers.shift || input.modifiers.command);
        match (&target, add) {
            (Target::Node(node), false) => commands.push(Command::Reveal(*node)),
            _ => {
                let pick = if add { Pick::Toggle } else { Pick::Only };
                commands.push(Command::Select(vec![target], pick));
            }
        }
    }
}

/// A sentence and one button that mends it, for a panel with nothing to show.
pub(super) fn empty_ui(ui: &mut Ui, sentence: &str, button: Option<&str>) -> bool {
    let mut clicked = false;
    ui.vertical_centered(|ui| {
        ui.add_space(24.0);
        ui.weak(sentence);
        if let Some(button) = button {
            ui.add_space(8.0);
            clicked = ui.button(button).clicked();
        }
    });
    clicked
}

/// The same where the sample has what is missing.
pub(super) fn empty_but_for_sample_ui(ui: &mut Ui, sentence: &str, commands: &mut Vec<Command>) {
    if empty_ui(ui, sentence, Some("Open the ads sample")) {
        commands.push(Command::OpenSample("ads_ranking"));
    }
}

/// A place in a file, whole in the tooltip.
pub(super) fn place_ui(ui: &mut Ui, place: String) {
    let text = egui::RichText::new(&place).monospace().weak();
    ui.add(egui::Label::new(text).truncate().selectable(true)).on_hover_text(place);
}

/// Shows `first` of `all` rows, and the rest once somebody asks for it with the link below them.
pub(super) fn listed_ui(
    ui: &mut Ui,
    id: impl std::hash::Hash + std::fmt::Debug,
    (all, first): (usize, usize),
    rows: impl FnOnce(&mut Ui, usize),
) {
    let id = ui.id().with("listed").with(id);
    let whole = all <= first || ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    rows(ui, if whole { all } else { first });
    if !whole && ui.link(format!("+{} hidden, show all", all - first)).clicked() {
        ui.data_mut(|data| data.insert_temp(id, true));
    }
}

/// With a capital at its start.
pub(super) fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(characters).collect()
}

/// A heading within a panel, with a count.
pub(super) fn section_ui(ui: &mut Ui, title: &str, count: Option<usize>) {
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.strong(title);
        if let Some(count) = count {
            ui.weak(crate::scene::caption::thousands(count));
        }
    });
}
