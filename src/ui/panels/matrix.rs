//! The dependency matrix: who depends on whom as cells, in an order in which every cycle shows as a cell above
//! the diagonal. Only what is in sight is drawn, whatever the number of rows.

use super::super::canvas::pen::{Projection, ScreenPen};
use super::super::theme::{BODY, SMALL, color};
use crate::layout::Point;
use crate::model::SystemGraph;
use crate::scene::caption::counted;
use crate::scene::icon::draw_silhouette;
use crate::scene::measure::{Cut, Font, fit};
use crate::scene::picture_matrix::{MatrixRow, PictureMatrix};
use crate::scene::{BoxIx, Scene, Target, Theme};
use crate::session::{Action, Command, Listed, Panel, Pick, Picture, Session, Wanted};
use egui::{
    Align2, FontId, Id, Key, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    WidgetType,
};
use egui_phosphor::regular as icons;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Room for names at the left and above, in points.
const NAMES: f32 = 176.0;
const HEADS: f32 = 112.0;

/// Side of a cell in points: the smallest, the one at first, the largest.
const SIDES: (f32, f32, f32) = (4.0, 20.0, 28.0);
const SIDE_STEP: f32 = 4.0;

/// From this side on, rows have names.
const NAMED_FROM: f32 = 12.0;

/// Cells that a screen reader is told of at once, at most.
const MOST_TOLD: usize = 400;

/// What only this panel knows: where one looks, and what is unfolded.
#[derive(Default)]
pub(super) struct MatrixPanel {
    unfolded: BTreeSet<String>,
    side: Option<f32>,
    /// Row and column that the keys have come to.
    cursor: Option<(u32, u32)>,
    /// Bring the cursor into sight.
    follow: bool,
}

impl MatrixPanel {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let (Some(picture), Some(graph)) = (session.picture(), session.graph()) else { return };
        let wanted =
            Wanted::Matrix { picture: Arc::clone(picture), unfolded: self.unfolded.clone() };
        let listed = session.listed(&wanted).map(|(listed, exact)| (Arc::clone(listed), exact));
        if !listed.as_ref().is_some_and(|(_, exact)| *exact) {
            commands.push(Command::Want(wanted));
        }
        let Some((listed, _)) = listed else {
            ui.weak("Putting rows and columns in order…");
            return;
        };
        let Listed::Matrix(matrix, of) = &*listed else { return };
        if matrix.cells.is_empty() {
            return empty_ui(ui, commands);
        }
        self.head_ui(ui, matrix);
        let theme = Theme::of(session.preferences().theme);
        let shown = Shown { session, graph, picture: of, matrix, theme };
        self.grid_ui(ui, &shown, commands);
    }

    fn side(&self) -> f32 {
        self.side.unwrap_or(SIDES.1)
    }

    fn resize(&mut self, by: f32) {
        self.side = Some((self.side() + by).clamp(SIDES.0, SIDES.2));
    }

    /// What there is, the way to the next cycle, and the size of cells.
    fn head_ui(&mut self, ui: &mut Ui, matrix: &PictureMatrix) {
        ui.horizontal(|ui| {
            let rows = counted(matrix.rows.len(), "row", "rows");
            ui.label(format!("{rows} · {}", counted(matrix.cells.len(), "cell", "cells")));
            let against = matrix.against();
            if against == 0 {
                ui.weak("No cycles: nothing stands above the diagonal");
            } else {
                let blocks = counted(matrix.blocks.len(), "block", "blocks");
                let words = format!("{against} above the diagonal in {blocks}");
                let button = ui.button(format!("{}  {words}", icons::ARROWS_CLOCKWISE));
                let hint = "Each closes a cycle. Click for the next one (N)";
                if button.on_hover_text(hint).clicked() {
                    self.cursor = matrix.next_against(self.cursor);
                    self.follow = true;
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(icons::PLUS).on_hover_text("Larger cells").clicked() {
                    self.resize(SIDE_STEP);
                }
                if ui.button(icons::MINUS).on_hover_text("Smaller cells").clicked() {
                    self.resize(-SIDE_STEP);
                }
                ui.weak("A row takes what its columns give");
            });
        });
    }

    fn grid_ui(&mut self, ui: &mut Ui, shown: &Shown<'_>, commands: &mut Vec<Command>) {
        let area = ui.available_rect_before_wrap();
        let side = self.side();
        let count = shown.matrix.rows.len() as f32;
        let body = Rect::from_min_max(area.min + Vec2::new(NAMES, HEADS), area.max);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(body).id_salt("cells"));
        let mut scroll = egui::ScrollArea::both().auto_shrink(false).id_salt("matrix");
        if let (true, Some((row, column))) = (std::mem::take(&mut self.follow), self.cursor) {
            let at = |place: u32, room: f32| ((place as f32 + 0.5) * side - room / 2.0).max(0.0);
            scroll = scroll
                .horizontal_scroll_offset(at(column, body.width()))
                .vertical_scroll_offset(at(row, body.height()));
        }
        scroll.show_viewport(&mut child, |ui, seen| {
            let size = Vec2::splat(count * side).max(ui.available_size());
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            let grid = Grid { origin: rect.min, side, body, seen };
            self.keys(ui, &response, shown, commands);
            let under = response.hover_pos().and_then(|at| grid.place(at, shown.matrix));
            self.cells_ui(ui, &grid, shown, under);
            self.pointed(ui, &response, under, (shown, commands));
            announce(ui, &grid, shown, commands);
        });
        // Heads are drawn by where the cells came to lie, outside of what scrolls.
        self.heads_ui(ui, area, body, shown, commands);
    }

    fn cells_ui(&mut self, ui: &Ui, grid: &Grid, shown: &Shown<'_>, under: Option<(u32, u32)>) {
        let (rows, columns) = (grid.rows(shown.matrix), grid.columns(shown.matrix));
        ui.data_mut(|data| data.insert_temp(Id::new("matrix grid"), (*grid, under)));
        let painter = ui.painter();
        let theme = shown.theme;
        let line = Stroke::new(1.0, color(theme.hairline));
        let within = grid.all(shown.matrix).intersect(grid.body);
        if grid.side >= NAMED_FROM {
            for at in rows.start..=rows.end {
                let y = grid.origin.y + at as f32 * grid.side;
                painter.hline(within.x_range(), y, line);
            }
            for at in columns.start..=columns.end {
                let x = grid.origin.x + at as f32 * grid.side;
                painter.vline(x, within.y_range(), line);
            }
        }
        if let Some((row, column)) = under.or(self.cursor) {
            let band = color(theme.accent.faded(0.12));
            let (across, down) = (grid.cell(row, 0), grid.cell(0, column));
            let y = across.y_range();
            painter.rect_filled(Rect::from_x_y_ranges(within.x_range(), y), 0.0, band);
            let x = down.x_range();
            painter.rect_filled(Rect::from_x_y_ranges(x, within.y_range()), 0.0, band);
        }
        // The diagonal, on which nothing depends on another.
        for at in rows.start.max(columns.start)..rows.end.min(columns.end) {
            painter.rect_filled(grid.cell(at, at), 0.0, color(theme.raised));
        }
        for block in &shown.matrix.blocks {
            let all =
                grid.cell(block.start, block.start).union(grid.cell(block.end - 1, block.end - 1));
            if all.intersects(grid.body) {
                let edge = Stroke::new(1.5, color(theme.loops.faded(0.7)));
                painter.rect_stroke(all, 0.0, edge, StrokeKind::Outside);
            }
        }
        for row in rows {
            for at in shown.matrix.cells_in(row, columns.clone()) {
                paint_cell(painter, grid, shown, at);
            }
        }
        if let Some((row, column)) = self.cursor {
            let edge = Stroke::new(2.0, color(theme.accent));
            painter.rect_stroke(grid.cell(row, column), 2.0, edge, StrokeKind::Outside);
        }
    }

    /// Names at the left and above, for the rows and columns in sight.
    fn heads_ui(
        &mut self,
        ui: &mut Ui,
        area: Rect,
        body: Rect,
        shown: &Shown<'_>,
        commands: &mut Vec<Command>,
    ) {
        let drawn =
            ui.data(|data| data.get_temp::<(Grid, Option<(u32, u32)>)>(Id::new("matrix grid")));
        let Some((grid, under)) = drawn else { return };
        if grid.side < NAMED_FROM {
            let at = Pos2::new(area.min.x, body.min.y + 8.0);
            let ink = color(shown.theme.secondary);
            let words = "Larger cells have names";
            ui.painter().text(at, Align2::LEFT_TOP, words, FontId::proportional(SMALL), ink);
            return;
        }
        let lit = under.or(self.cursor);
        let left = Rect::from_min_max(Pos2::new(area.min.x, body.min.y), body.left_bottom());
        for row in grid.rows(shown.matrix) {
            let y = grid.cell(row, 0).y_range();
            let rect = Rect::from_x_y_ranges(left.x_range(), y);
            let strong = lit.is_some_and(|(at, _)| at == row);
            self.row_head_ui(ui, (left, rect), (row, strong), shown, commands);
        }
        let above = Rect::from_min_max(Pos2::new(body.min.x, area.min.y), body.right_top());
        let painter = ui.painter().with_clip_rect(above);
        for column in grid.columns(shown.matrix) {
            let x = grid.cell(0, column).center().x;
            let name = &shown.matrix.rows[column as usize].name;
            let text = fit(name, Font::Text, SMALL, HEADS - 8.0, Cut::Middle);
            let strong = lit.is_some_and(|(_, at)| at == column);
            let ink = if strong { shown.theme.text } else { shown.theme.secondary };
            let font = FontId::proportional(SMALL);
            let galley = painter.layout_no_wrap(text, font, color(ink));
            let at = Pos2::new(x - galley.size().y / 2.0, above.max.y - 4.0);
            let quarter = -std::f32::consts::FRAC_PI_2;
            painter.add(egui::epaint::TextShape::new(at, galley, color(ink)).with_angle(quarter));
        }
    }

    fn row_head_ui(
        &mut self,
        ui: &mut Ui,
        (clip, rect): (Rect, Rect),
        (row, strong): (u32, bool),
        shown: &Shown<'_>,
        commands: &mut Vec<Command>,
    ) {
        let entry = &shown.matrix.rows[row as usize];
        let response =
            ui.interact(rect.intersect(clip), ui.id().with(("row", row)), Sense::click());
        let ink =
            if strong || response.hovered() { shown.theme.text } else { shown.theme.secondary };
        let mut pen = ScreenPen::new(ui.ctx(), Projection::at(rect.min));
        let top = (rect.height() - 10.0) / 2.0;
        if let Some(kind) = entry.kind {
            draw_silhouette(kind, Point::new(2.0, top), 10.0, shown.theme.kind(kind), &mut pen);
        }
        let painter = ui.painter().with_clip_rect(clip);
        painter.extend(pen.into_shapes());
        if entry.kind.is_none() {
            let at = Pos2::new(rect.min.x + 1.0, rect.center().y);
            let font = FontId::proportional(BODY);
            painter.text(at, Align2::LEFT_CENTER, icons::FOLDER_SIMPLE, font, color(ink));
        }
        let count = if entry.boxes > 1 { format!("  {}", entry.boxes) } else { String::new() };
        let room = NAMES - 28.0 - 8.0 * count.len() as f32;
        let text = fit(&entry.name, Font::Text, SMALL + 1.0, room, Cut::Middle);
        let at = Pos2::new(rect.min.x + 18.0, rect.center().y);
        let font = FontId::proportional(SMALL + 1.0);
        painter.text(at, Align2::LEFT_CENTER, format!("{text}{count}"), font, color(ink));
        let what = entry.group.as_ref().map_or("", |_| ", group");
        let words = format!("Row {}, {}{what}", row + 1, entry.name);
        response.widget_info(|| WidgetInfo::labeled(WidgetType::SelectableLabel, true, &words));
        if response.double_clicked() {
            self.unfold(entry, shown, commands);
        } else if response.clicked() {
            commands.push(Command::Select(vec![shown.target(entry)], Pick::Only));
        }
        response.on_hover_text(head_words(entry, &self.unfolded));
    }

    /// Opens a closed group in the picture, or a frame that is put together here.
    fn unfold(&mut self, entry: &MatrixRow, shown: &Shown<'_>, commands: &mut Vec<Command>) {
        let Some(key) = &entry.group else {
            commands.push(Command::Select(vec![shown.target(entry)], Pick::Only));
            commands.push(Command::Do(Action::FitSelection));
            return commands.push(Command::ShowPanel(Panel::Graph));
        };
        if entry.boxes > 1 {
            self.unfolded.insert(key.clone());
        } else {
            commands.push(Command::ToggleGroup(key.clone()));
        }
    }

    fn pointed(
        &mut self,
        ui: &Ui,
        response: &Response,
        under: Option<(u32, u32)>,
        (shown, commands): (&Shown<'_>, &mut Vec<Command>),
    ) {
        // What is hovered here lights up elsewhere, and what was hovered elsewhere no longer does.
        let hovered = under.and_then(|at| shown.first_edge(at));
        if response.hovered() && hovered.as_ref() != shown.session.hovered() {
            commands.push(Command::Hover(hovered));
        }
        let Some(at) = under else { return };
        if response.clicked() || response.double_clicked() {
            response.request_focus();
            self.cursor = Some(at);
            shown.select(at, commands);
        }
        if response.double_clicked() {
            shown.go_to_graph(commands);
        }
        let zoom = ui.input(egui::InputState::zoom_delta);
        if (zoom - 1.0).abs() > 0.01 {
            self.resize((zoom - 1.0).signum() * 2.0);
        }
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.set_max_width(360.0);
            let (from, to) = shown.names(at);
            ui.strong(format!("{from} → {to}"));
            ui.label(shown.cell_words(at));
        });
    }

    fn keys(
        &mut self,
        ui: &Ui,
        response: &Response,
        shown: &Shown<'_>,
        commands: &mut Vec<Command>,
    ) {
        if !response.has_focus() {
            return;
        }
        let filter = egui::EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..egui::EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let last = shown.matrix.rows.len().saturating_sub(1) as u32;
        let (mut row, mut column) = self.cursor.unwrap_or_default();
        let before = self.cursor;
        ui.input(|input| {
            for (key, by) in [
                (Key::ArrowUp, (-1, 0)),
                (Key::ArrowDown, (1, 0)),
                (Key::ArrowLeft, (0, -1)),
                (Key::ArrowRight, (0, 1)),
            ] {
                if input.key_pressed(key) {
                    row = row.saturating_add_signed(by.0).min(last);
                    column = column.saturating_add_signed(by.1).min(last);
                    self.cursor = Some((row, column));
                }
            }
            if input.key_pressed(Key::N) {
                self.cursor = shown.matrix.next_against(self.cursor);
            }
        });
        if self.cursor != before {
            self.follow = true;
            if let Some(at) = self.cursor {
                shown.select(at, commands);
            }
        }
        if ui.input(|input| input.key_pressed(Key::Enter)) && self.cursor.is_some() {
            shown.go_to_graph(commands);
        }
    }
}

/// What is drawn from.
struct Shown<'a> {
    session: &'a Session,
    graph: &'a SystemGraph,
    picture: &'a Arc<Picture>,
    matrix: &'a PictureMatrix,
    theme: &'static Theme,
}

impl Shown<'_> {
    fn scene(&self) -> &Scene {
        &self.picture.scene
    }

    fn target(&self, row: &MatrixRow) -> Target {
        match (row.ix, &row.group) {
            (BoxIx::Card(card), _) => Target::Node(self.scene().cards[card as usize].node),
            (_, Some(key)) => Target::Group(key.clone()),
            (BoxIx::Plate(plate), None) => {
                Target::Group(self.scene().plates[plate as usize].key.clone())
            }
        }
    }

    /// From the column to the row.
    fn names(&self, (row, column): (u32, u32)) -> (&str, &str) {
        let name = |place: u32| &*self.matrix.rows[place as usize].name;
        (name(column), name(row))
    }

    fn cell_words(&self, (row, column): (u32, u32)) -> String {
        let Some(cell) = self.matrix.cell_at(row, column) else {
            return String::from("Nothing goes this way");
        };
        let cell = self.matrix.cells[cell];
        let count = counted(cell.count as usize, "dependency", "dependencies");
        if cell.is_against() {
            format!("{count}, above the diagonal: closes a cycle")
        } else {
            count
        }
    }

    /// Both ends of a cell, and the edges within.
    fn select(&self, (row, column): (u32, u32), commands: &mut Vec<Command>) {
        let Some(cell) = self.matrix.cell_at(row, column) else { return };
        let scene = self.scene();
        let links = self.matrix.links_of(cell).iter();
        let edges = links.flat_map(|link| scene.edges_of(&scene.links[link.0 as usize]));
        let mut targets: Vec<Target> = edges.map(|&edge| Target::Edge(edge)).collect();
        targets.extend([column, row].map(|at| self.target(&self.matrix.rows[at as usize])));
        let edges = self.graph.edges().len();
        targets.retain(|target| !matches!(target, Target::Edge(edge) if edge.at() >= edges));
        commands.push(Command::Select(targets, Pick::Only));
    }

    fn first_edge(&self, (row, column): (u32, u32)) -> Option<Target> {
        let cell = self.matrix.cell_at(row, column)?;
        let link = &self.scene().links[self.matrix.links_of(cell).first()?.0 as usize];
        let edge = *self.scene().edges_of(link).first()?;
        (edge.at() < self.graph.edges().len()).then_some(Target::Edge(edge))
    }

    fn go_to_graph(&self, commands: &mut Vec<Command>) {
        commands.push(Command::ShowPanel(Panel::Graph));
        commands.push(Command::Do(Action::FitSelection));
    }

    fn is_selected(&self, cell: usize) -> bool {
        self.matrix.links_of(cell).iter().any(|&link| {
            self.session.emphasis().of_link(link) == crate::scene::Emphasis::Selected
                && self.session.picture().is_some_and(|now| now == self.picture)
        })
    }
}

/// Where cells lie on the screen, and which are in sight.
#[derive(Clone, Copy)]
struct Grid {
    origin: Pos2,
    side: f32,
    body: Rect,
    seen: Rect,
}

impl Grid {
    fn cell(&self, row: u32, column: u32) -> Rect {
        let at = Vec2::new(column as f32 * self.side, row as f32 * self.side);
        Rect::from_min_size(self.origin + at, Vec2::splat(self.side))
    }

    fn all(&self, matrix: &PictureMatrix) -> Rect {
        Rect::from_min_size(self.origin, Vec2::splat(matrix.rows.len() as f32 * self.side))
    }

    fn range(&self, from: f32, to: f32, matrix: &PictureMatrix) -> Range<u32> {
        let all = matrix.rows.len() as u32;
        ((from / self.side).floor() as u32).min(all)..((to / self.side).ceil() as u32).min(all)
    }

    fn rows(&self, matrix: &PictureMatrix) -> Range<u32> {
        self.range(self.seen.min.y, self.seen.max.y, matrix)
    }

    fn columns(&self, matrix: &PictureMatrix) -> Range<u32> {
        self.range(self.seen.min.x, self.seen.max.x, matrix)
    }

    fn place(&self, at: Pos2, matrix: &PictureMatrix) -> Option<(u32, u32)> {
        let off = (at - self.origin) / self.side;
        let (row, column) = (off.y.floor() as u32, off.x.floor() as u32);
        let count = matrix.rows.len() as u32;
        (off.x >= 0.0 && off.y >= 0.0 && row < count && column < count).then_some((row, column))
    }
}

/// A cell stronger the more it stands for; one against the order in the colour of loops, with a bar across.
fn paint_cell(painter: &egui::Painter, grid: &Grid, shown: &Shown<'_>, at: usize) {
    let cell = shown.matrix.cells[at];
    let theme = shown.theme;
    let strength = (0.45 + 0.12 * (cell.count.max(1) as f32).log2()).min(1.0);
    let against = cell.is_against();
    let ink = if against { theme.loops } else { theme.link.faded(strength) };
    let inset = if grid.side >= NAMED_FROM { 2.0 } else { 0.5 };
    let rect = grid.cell(cell.row, cell.column).shrink(inset);
    painter.rect_filled(rect, if grid.side >= NAMED_FROM { 2.0 } else { 0.0 }, color(ink));
    if against && grid.side >= NAMED_FROM {
        let bar = Stroke::new(2.0, color(theme.canvas));
        painter.line_segment([rect.left_bottom(), rect.right_top()], bar);
    }
    if shown.is_selected(at) {
        let edge = Stroke::new(2.0, color(theme.accent));
        painter.rect_stroke(rect, 2.0, edge, StrokeKind::Outside);
    }
}

fn head_words(entry: &MatrixRow, unfolded: &BTreeSet<String>) -> String {
    match &entry.group {
        Some(key) if entry.boxes > 1 && !unfolded.contains(key) => {
            format!("{}\n{} things in one row. Double-click to see each.", entry.name, entry.boxes)
        }
        Some(_) => format!("{}\nA closed group. Double-click to open it.", entry.name),
        None => format!("{}\nDouble-click to see it in the graph.", entry.name),
    }
}

fn empty_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        ui.label("The picture shows no dependencies, so that there is nothing to compare.");
        ui.add_space(8.0);
        if ui.button("Open a readable number of groups").clicked() {
            commands.push(Command::Do(Action::FewGroups));
        }
    });
}

/// Says what stands in the cells in sight, while a screen reader listens.
fn announce(ui: &Ui, grid: &Grid, shown: &Shown<'_>, commands: &mut Vec<Command>) {
    let root = ui.id().with("matrix root");
    if ui.ctx().accesskit_node_builder(root, |_| ()).is_none() {
        return;
    }
    let columns = grid.columns(shown.matrix);
    let rows = grid.rows(shown.matrix);
    let cells = rows.flat_map(|row| shown.matrix.cells_in(row, columns.clone()));
    for at in cells.take(MOST_TOLD) {
        let cell = shown.matrix.cells[at];
        let place = (cell.row, cell.column);
        let id = ui.id().with(("cell", place));
        let response = ui.interact(grid.cell(cell.row, cell.column), id, Sense::hover());
        let (from, to) = shown.names(place);
        let words = format!("{from} → {to}, {}", shown.cell_words(place));
        let selected = shown.is_selected(at);
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::SelectableLabel, true, selected, &words)
        });
        let asked = ui.input(|input| {
            input.accesskit_action_requests(id, egui::accesskit::Action::Click).next().is_some()
        });
        if asked {
            shown.select(place, commands);
        }
    }
}
