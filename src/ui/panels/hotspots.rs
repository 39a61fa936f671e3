//! Where debt lies: the ten worst with their reasons, each opening to what its number is made of; what is
//! inherited stands apart.

use super::super::theme::{BODY, ROW, color};
use super::super::widgets::{empty_ui, kind_icon, node_row};
use super::debt::terms_ui;
use super::evidence::number;
use super::findings::coverage::nothing_found;
use super::tables::ask;
use crate::analysis::Analysis;
use crate::analysis::score::Hotspot;
use crate::model::SystemGraph;
use crate::scene::Theme;
use crate::session::{Command, Listed, Overview, Session, Wanted};
use egui::{Button, CursorIcon, Label, RichText, ScrollArea, Sense, Ui, Vec2};
use egui_phosphor::regular as icons;

/// Session, graph and theme: what every part reads.
type Shown<'a> = (&'a Session, &'a SystemGraph, &'a Theme);

/// Share of the width for the ten worst.
const LEFT: f32 = 0.62;

pub(super) fn show(ui: &mut Ui, session: &Session, commands: &mut Vec<Command>) {
    let Some(graph) = session.graph() else { return };
    let Some(listed) = ask(session, Wanted::Overview, commands) else { return };
    let Listed::Overview(overview) = &*listed else { return };
    let Some(analysis) = overview.analysis.as_deref() else {
        empty_ui(ui, "The rules are at work.", None);
        return;
    };
    if overview.hotspots.is_empty() {
        empty_ui(ui, nothing_found(analysis), None);
        return;
    }
    let shown = (session, graph, Theme::of(session.preferences().theme));
    let (width, height) = (ui.available_width(), ui.available_height());
    ui.horizontal_top(|ui| {
        ui.allocate_ui(Vec2::new(width * LEFT, height), |ui| {
            ui.vertical(|ui| {
                let area = ScrollArea::vertical().id_salt("worst").auto_shrink(false);
                area.show(ui, |ui| {
                    ui.set_width(ui.available_width() - 12.0);
                    worst_ui(ui, shown, (overview, analysis), commands);
                });
            });
        });
        ui.separator();
        ui.vertical(|ui| {
            let area = ScrollArea::vertical().id_salt("inherited").auto_shrink(false);
            area.show(ui, |ui| inherited_ui(ui, shown, overview, commands));
        });
    });
}

fn worst_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    (overview, analysis): (&Overview, &Analysis),
    commands: &mut Vec<Command>,
) {
    let words = "An index, not a measurement: hours of interest a year, raised by what lies downstream and by change.";
    ui.add(Label::new(RichText::new(words).weak()).wrap());
    for (rank, spot) in overview.hotspots.iter().enumerate() {
        spot_ui(ui, shown, (rank, spot, analysis), commands);
    }
}

fn spot_ui(
    ui: &mut Ui,
    shown: Shown<'_>,
    (rank, spot, analysis): (usize, &Hotspot, &Analysis),
    commands: &mut Vec<Command>,
) {
    let (_, graph, theme) = shown;
    let node = graph.node(spot.node);
    let owner = node.owner.map_or("no owner", |team| &*graph.node(team).name);
    let reasons: Vec<String> = spot
        .reasons
        .iter()
        .map(|share| {
            let finding = &analysis.findings[share.finding as usize];
            format!("{} {} h", finding.code, number(share.hours().round()))
        })
        .collect();
    let id = ui.id().with(("why", spot.node.0));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let sign = if open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
        let words = format!("{sign} {}.", rank + 1);
        let caret = ui.add(Button::new(words).frame(false).min_size(Vec2::new(36.0, ROW)));
        bar_ui(ui, spot.score.score, theme);
        kind_icon(ui, node.kind, theme);
        let name = Label::new(&*node.name).sense(Sense::click());
        let name = ui.add(name).on_hover_cursor(CursorIcon::PointingHand);
        if name.on_hover_text(format!("{owner}; look at it")).clicked() {
            commands.push(Command::Reveal(spot.node));
        }
        let why = Label::new(RichText::new(reasons.join(" · ")).weak());
        let why = ui.add(why.truncate().sense(Sense::click()));
        let why = why.on_hover_cursor(CursorIcon::PointingHand);
        if caret.clicked() || why.on_hover_text("What the number is made of").clicked() {
            open = !open;
        }
    });
    ui.data_mut(|data| data.insert_temp(id, open));
    if open {
        ui.indent(id, |ui| terms_ui(ui, shown, analysis, spot.node, commands));
    }
}

/// The score as length and number, so that it is read without colour too.
fn bar_ui(ui: &mut Ui, score: f64, theme: &Theme) {
    const WIDTH: f32 = 64.0;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(WIDTH + 32.0, ROW), Sense::hover());
    let bar = egui::Rect::from_x_y_ranges(
        rect.min.x..=rect.min.x + WIDTH,
        rect.center().y - 4.0..=rect.center().y + 4.0,
    );
    let share = (score / 100.0) as f32;
    ui.painter().rect_filled(bar, 2.0, color(theme.hairline));
    let full = bar.with_max_x(bar.min.x + WIDTH * share.clamp(0.0, 1.0));
    ui.painter().rect_filled(full, 2.0, color(theme.debt_mark(share)));
    let at = egui::pos2(rect.max.x - 4.0, rect.center().y);
    let ink = ui.visuals().text_color();
    let font = egui::FontId::proportional(BODY);
    ui.painter().text(at, egui::Align2::RIGHT_CENTER, format!("{score:.0}"), font, ink);
    response.widget_info(|| {
        let words = format!("Debt {score:.0} of 100");
        egui::WidgetInfo::labeled(egui::WidgetType::Label, true, words)
    });
}

fn inherited_ui(
    ui: &mut Ui,
    (session, graph, theme): Shown<'_>,
    overview: &Overview,
    commands: &mut Vec<Command>,
) {
    ui.strong("Inherited from upstream");
    let words = "Debt of others that reaches it, halved a step. It is in no score.";
    ui.add(Label::new(RichText::new(words).weak()).wrap());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for &(node, hours) in &overview.inherited {
            let note = format!("{} h a year", number(hours.round()));
            node_row(ui, graph, node, &note, (session, theme), commands);
        }
    });
}
