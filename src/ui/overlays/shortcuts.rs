//! All keys and gestures on one sheet, drawn from the table of actions.

use super::super::widgets::shortcut_text;
use super::{pressed_outside, window};
use crate::session::{ACTIONS, Menu};
use egui::{Context, Grid, ScrollArea, Ui};

/// What the pointer does on the canvas.
const GESTURES: &[(&str, &str)] = &[
    ("Wheel", "Zoom at the pointer"),
    ("Drag", "Move the picture; on a card: move and pin it"),
    ("Shift+Drag", "Select what lies in a box"),
    ("Click", "Select; with Shift add or drop"),
    ("Double-click", "A card: its neighbourhood. A group: open or close"),
    ("Right click", "What can be done with it"),
];

/// Whether it is to be closed.
pub(super) fn show(ctx: &Context) -> bool {
    let rect = window(ctx, "shortcuts", 640.0, |ui| {
        ui.heading("Keyboard and mouse");
        let height = ctx.content_rect().height() - 240.0;
        ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
            ui.columns(2, |columns| {
                for (position, &menu) in Menu::BAR.iter().enumerate() {
                    section_ui(&mut columns[position % 2], menu);
                }
                let column = &mut columns[1];
                column.add_space(8.0);
                column.strong("On the canvas");
                Grid::new("gestures").num_columns(2).show(column, |ui| {
                    for (gesture, words) in GESTURES {
                        ui.weak(*gesture);
                        ui.label(*words);
                        ui.end_row();
                    }
                });
            });
        });
    });
    pressed_outside(ctx, rect)
}

fn section_ui(ui: &mut Ui, menu: Menu) {
    ui.add_space(8.0);
    ui.strong(menu.title());
    Grid::new(menu.title()).num_columns(2).show(ui, |ui| {
        for meta in ACTIONS.iter().filter(|meta| meta.menu == menu && !meta.shortcut.is_empty()) {
            ui.weak(shortcut_text(meta));
            ui.label(meta.label);
            ui.end_row();
        }
    });
}
