//! The tables of nodes and edges: sorted by a click on a head, filtered by a query, copied as CSV.

use super::super::theme::{BODY, ROW};
use super::super::widgets::{empty_ui, linked};
use super::explorer::listed_of;
use crate::model::{EdgeIx, NodeIx, SystemGraph};
use crate::scene::Target;
use crate::scene::measure::{Cut, Font, fit, width};
use crate::scene::rows::{EdgeColumn, NodeColumn, Sorting, csv};
use crate::session::{Command, Listed, Session, Wanted};
use egui::{Align2, FontId, Sense, TextEdit, Ui, Vec2};
use egui_phosphor::regular as icons;
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate};

const SIDE: f32 = 6.0;

/// The table of nodes.
pub(super) struct NodeTable {
    filter: String,
    sorting: Sorting<NodeColumn>,
}

impl Default for NodeTable {
    fn default() -> Self {
        Self { filter: String::new(), sorting: Sorting::by(NodeColumn::Name) }
    }
}

impl NodeTable {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let query = self.filter.trim().to_owned();
        let wanted = Wanted::Nodes { query, sorting: self.sorting };
        let Some(listed) = ask(session, wanted, commands) else { return };
        let Listed::Nodes(rows) = &*listed else { return };
        let titles: Vec<&str> = NodeColumn::ALL.iter().map(|column| column.title()).collect();
        let count = listed_of(rows.len(), graph.nodes().len(), "node", "nodes");
        let copy = head_ui(ui, &mut self.filter, &count);
        if copy {
            let text = csv(&titles, rows, |node, column| NodeColumn::ALL[column].text(graph, node));
            commands.push(Command::Copy(text));
        }
        if rows.is_empty() {
            return no_rows_ui(ui, &mut self.filter);
        }
        let mut grid = Grid {
            graph,
            rows: rows.as_slice(),
            titles: &titles,
            numbers: &NodeColumn::ALL.iter().map(|column| column.is_number()).collect::<Vec<_>>(),
            sorted: (place(NodeColumn::ALL, self.sorting.column), self.sorting.descending),
            clicked: None,
            text: |graph: &SystemGraph, node: NodeIx, column: usize| {
                NodeColumn::ALL[column].text(graph, node)
            },
            target: Target::Node,
            session,
            commands,
        };
        grid.show(ui, "nodes", &[220.0, 110.0, 120.0, 56.0, 56.0, 72.0, 260.0, 200.0]);
        if let Some(column) = grid.clicked {
            self.sorting = self.sorting.clicked(NodeColumn::ALL[column]);
        }
    }
}

/// The table of edges.
pub(super) struct EdgeTable {
    filter: String,
    sorting: Sorting<EdgeColumn>,
}

impl Default for EdgeTable {
    fn default() -> Self {
        Self { filter: String::new(), sorting: Sorting::by(EdgeColumn::From) }
    }
}

impl EdgeTable {
    pub(super) fn show(&mut self, ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
        let Some(graph) = session.graph() else { return };
        let query = self.filter.trim().to_owned();
        let wanted = Wanted::Edges { query, sorting: self.sorting };
        let Some(listed) = ask(session, wanted, commands) else { return };
        let Listed::Edges(rows) = &*listed else { return };
        let titles: Vec<&str> = EdgeColumn::ALL.iter().map(|column| column.title()).collect();
        let count = listed_of(rows.len(), graph.edges().len(), "edge", "edges");
        if head_ui(ui, &mut self.filter, &count) {
            let text = csv(&titles, rows, |edge, column| EdgeColumn::ALL[column].text(graph, edge));
            commands.push(Command::Copy(text));
        }
        if rows.is_empty() {
            return no_rows_ui(ui, &mut self.filter);
        }
        let mut grid = Grid {
            graph,
            rows: rows.as_slice(),
            titles: &titles,
            numbers: &EdgeColumn::ALL.iter().map(|column| column.is_number()).collect::<Vec<_>>(),
            sorted: (place(EdgeColumn::ALL, self.sorting.column), self.sorting.descending),
            clicked: None,
            text: |graph: &SystemGraph, edge: EdgeIx, column: usize| {
                EdgeColumn::ALL[column].text(graph, edge)
            },
            target: Target::Edge,
            session,
            commands,
        };
        grid.show(ui, "edges", &[240.0, 160.0, 240.0, 72.0, 220.0]);
        if let Some(column) = grid.clicked {
            self.sorting = self.sorting.clicked(EdgeColumn::ALL[column]);
        }
    }
}

fn place<T: PartialEq + Copy>(all: &[T], one: T) -> usize {
    all.iter().position(|other| *other == one).unwrap_or(0)
}

/// The list as it is, which may be the one before; asks for the exact one.
pub(super) fn ask(
    session: &Session,
    wanted: Wanted,
    commands: &mut Vec<Command>,
) -> Option<std::sync::Arc<Listed>> {
    let found =
        session.listed(&wanted).map(|(listed, exact)| (std::sync::Arc::clone(listed), exact));
    if !found.as_ref().is_some_and(|(_, exact)| *exact) {
        commands.push(Command::Want(wanted));
    }
    found.map(|(listed, _)| listed)
}

/// Filter, count and copy button; whether that was pressed.
fn head_ui(ui: &mut Ui, filter: &mut String, count: &str) -> bool {
    let mut copy = false;
    ui.horizontal(|ui| {
        let hint = format!("{} Filter by a query", icons::FUNNEL);
        ui.add(TextEdit::singleline(filter).hint_text(hint).desired_width(280.0));
        ui.weak(count);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            copy = ui.button("Copy as CSV").on_hover_text("Every row that is listed").clicked();
        });
    });
    copy
}

fn no_rows_ui(ui: &mut Ui, filter: &mut String) {
    if empty_ui(ui, "No row matches the filter.", Some("Clear the filter")) {
        filter.clear();
    }
}

/// One table on the screen: rows are things of the graph.
struct Grid<'a, Row, Text, Of> {
    graph: &'a SystemGraph,
    rows: &'a [Row],
    titles: &'a [&'static str],
    numbers: &'a [bool],
    /// The column that decides the order, and whether downwards.
    sorted: (usize, bool),
    clicked: Option<usize>,
    text: Text,
    target: Of,
    session: &'a Session,
    commands: &'a mut Vec<Command>,
}

impl<Row: Copy, Text: Fn(&SystemGraph, Row, usize) -> String, Of: Fn(Row) -> Target>
    Grid<'_, Row, Text, Of>
{
    fn show(&mut self, ui: &mut Ui, name: &str, widths: &[f32]) {
        let columns: Vec<Column> = widths
            .iter()
            .map(|&width| Column::new(width).range(40.0..=900.0).resizable(true))
            .collect();
        Table::new()
            .id_salt(name)
            .num_rows(self.rows.len() as u64)
            .columns(columns)
            .num_sticky_cols(1)
            .headers([HeaderRow::new(ROW)])
            .show(ui, self);
    }
}

impl<Row: Copy, Text: Fn(&SystemGraph, Row, usize) -> String, Of: Fn(Row) -> Target> TableDelegate
    for Grid<'_, Row, Text, Of>
{
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let column = cell.col_range.start;
        if measure_cell(ui, &format!("{} ↓", self.titles[column])) {
            return;
        }
        let rect = ui.max_rect();
        let response = ui.allocate_rect(rect, Sense::click());
        let (by, down) = self.sorted;
        let arrow = match (by == column, down) {
            (false, _) => "",
            (true, false) => " ↑",
            (true, true) => " ↓",
        };
        let title = self.titles[column];
        ui.painter().rect_filled(rect, 0.0, ui.visuals().faint_bg_color);
        let ink = if response.hovered() {
            ui.visuals().text_color()
        } else {
            ui.visuals().weak_text_color()
        };
        paint_cell(ui, rect, &format!("{title}{arrow}"), self.numbers[column], ink);
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::WidgetType::Button, true, format!("Sort by {title}"))
        });
        if response.clicked() {
            self.clicked = Some(column);
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, row: u64) {
        let Some(&this) = self.rows.get(row as usize) else { return };
        let target = (self.target)(this);
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.id().with(("row", row)), Sense::click());
        let visuals = ui.visuals();
        let ground = if self.session.selection().contains(&target) {
            visuals.selection.bg_fill
        } else if response.hovered() || self.session.hovered() == Some(&target) {
            visuals.widgets.hovered.weak_bg_fill
        } else {
            egui::Color32::TRANSPARENT
        };
        ui.painter().rect_filled(rect, 0.0, ground);
        if let Target::Edge(edge) = target
            && response.clicked()
        {
            let at = self.graph.edge(edge);
            self.commands.push(Command::Reveal(at.from));
            self.commands
                .push(Command::Select(vec![Target::Edge(edge)], crate::session::Pick::Only));
        } else {
            linked(ui, &response, target, self.commands);
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(&this) = self.rows.get(cell.row_nr as usize) else { return };
        let text = (self.text)(self.graph, this, cell.col_nr);
        if measure_cell(ui, &text) {
            return;
        }
        let rect = ui.max_rect();
        let ink = if cell.col_nr == 0 {
            ui.visuals().text_color()
        } else {
            ui.visuals().weak_text_color()
        };
        paint_cell(ui, rect, &text, self.numbers[cell.col_nr], ink);
    }

    fn default_row_height(&self) -> f32 {
        ROW
    }
}

/// Wider than this no column is at first.
const WIDEST: f32 = 320.0;

/// While the table measures its columns, a cell takes the room that its text needs.
fn measure_cell(ui: &mut Ui, text: &str) -> bool {
    let sizing = ui.is_sizing_pass();
    if sizing {
        let wanted = width(text, Font::Text, BODY) + 2.0 * SIDE;
        ui.allocate_space(Vec2::new(wanted.min(WIDEST), ROW));
    }
    sizing
}

/// Text in a cell, numbers at the right.
fn paint_cell(ui: &Ui, rect: egui::Rect, text: &str, number: bool, ink: egui::Color32) {
    let room = rect.width() - 2.0 * SIDE;
    let shown = fit(text, Font::Text, BODY, room, Cut::Middle);
    let (at, anchor) = if number {
        (rect.right_center() - Vec2::new(SIDE, 0.0), Align2::RIGHT_CENTER)
    } else {
        (rect.left_center() + Vec2::new(SIDE, 0.0), Align2::LEFT_CENTER)
    };
    ui.painter().text(at, anchor, shown, FontId::proportional(BODY), ink);
}
