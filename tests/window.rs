//! The window driven without a screen: by what a screen reader would find, by keys and by pointer.
#![cfg(feature = "gui")]

#[path = "support/window.rs"]
mod support;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use support::{click, open, selected, session, settle, window};
use undercurrent::scene::Target;

#[test]
fn the_welcome_screen_offers_the_samples() {
    let mut harness = window(Vec::new());
    harness.run_ok();
    harness.get_by_label_contains("Hello").click();
    settle(&mut harness);
    assert_eq!(session(&harness).project().expect("open").title, "Hello");
}

#[test]
fn painted_nodes_are_there_for_a_screen_reader() {
    let mut harness = open("hello");
    assert!(harness.query_by_label("Picks, Model, owner shop").is_some());
    harness.get_by_label("Picks, Model, owner shop").click_accesskit();
    settle(&mut harness);
    assert_eq!(selected(&harness), ["model.picks"]);
}

#[test]
fn a_click_selects_and_a_click_on_the_ground_drops() {
    let mut harness = open("hello");
    let at = harness.get_by_label("Picks, Model, owner shop").rect().center();
    click(&mut harness, at);
    assert_eq!(selected(&harness), ["model.picks"]);
    let ground = egui::pos2(800.0, 150.0);
    click(&mut harness, ground);
    assert!(selected(&harness).is_empty());
}

#[test]
fn dragging_a_card_pins_it_and_undo_brings_it_back() {
    let mut harness = open("hello");
    let card = harness.get_by_label("Picks, Model, owner shop").rect().center();
    harness.hover_at(card);
    harness.run_ok();
    harness.drag_at(card);
    harness.run_ok();
    for step in 1..=4 {
        harness.hover_at(card + egui::vec2(0.0, 20.0 * step as f32));
        harness.run_ok();
    }
    harness.drop_at(card + egui::vec2(0.0, 80.0));
    settle(&mut harness);
    assert!(session(&harness).view().pins.contains_key("model.picks"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut harness);
    assert!(session(&harness).view().pins.is_empty());
}

#[test]
fn keys_focus_and_lead_back() {
    let mut harness = open("hello");
    harness.get_by_label("Picks, Model, owner shop").click_accesskit();
    settle(&mut harness);
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(session(&harness).scene().expect("a picture").cards.len(), 3);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    settle(&mut harness);
    assert_eq!(session(&harness).scene().expect("a picture").cards.len(), 5);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    assert_eq!(selected(&harness), ["prediction.picks"]);
}

#[test]
fn the_query_bar_filters_as_one_types() {
    let mut harness = open("hello");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    settle(&mut harness);
    harness.event(egui::Event::Text("kind:model".into()));
    settle(&mut harness);
    assert_eq!(session(&harness).view().query, "kind:model");
    assert_eq!(session(&harness).scene().expect("a picture").cards.len(), 1);
}

#[test]
fn the_palette_finds_a_node() {
    let mut harness = open("ads_ranking");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run_ok();
    let graph = session(&harness).graph().expect("open");
    let node = graph.node_indices().last().expect("a node");
    let name = graph.node(node).name.to_string();
    harness.event(egui::Event::Text(name));
    harness.run_ok();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(matches!(session(&harness).selection(), [Target::Node(_)]));
}

#[test]
fn every_shortcut_is_on_the_sheet() {
    let mut harness = open("hello");
    harness.key_press(Key::F1);
    harness.run_ok();
    assert!(harness.query_by_label("Keyboard and mouse").is_some());
    harness.key_press(Key::Escape);
    harness.run_ok();
    assert!(harness.query_by_label("Keyboard and mouse").is_none());
}

#[test]
fn an_idle_window_asks_for_no_frame() {
    let mut harness = open("ads_ranking");
    // `run` fails when frames are asked for without end.
    harness.run();
    let steps = harness.run();
    assert!(steps <= 2, "{steps} frames in an idle window");
}

#[test]
fn every_panel_shows_every_sample() {
    for sample in undercurrent::samples::SAMPLES {
        let mut harness = open(sample.key);
        for tab in ["Nodes", "Edges", "Impact"] {
            harness.get_by_label(tab).click();
            settle(&mut harness);
        }
        harness.get_by_label_contains("Import report").click();
        settle(&mut harness);
    }
}
