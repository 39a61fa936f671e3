//! What is larger than a frame, and other views of the same things: tiles, matrix, clusters.
#![cfg(feature = "gui")]

#[path = "support/window.rs"]
mod support;

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use std::time::{Duration, Instant};
use support::{Window, click, open, selected, session, settle, window};
use undercurrent::import::Input;
use undercurrent::scene::Target;
use undercurrent::session::{Action, Command, Panel};

/// Tiles that take longer than this hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A window on a folder of generated files.
fn open_folder(files: &[(&str, String)]) -> (Window, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let mut harness = window(vec![Input::Path(folder.path().to_owned())]);
    settle(&mut harness);
    (harness, folder)
}

/// Many chains, so that there is much beside and behind one another.
fn many_edges(nodes: usize) -> String {
    let mut csv = String::from("source,target\n");
    for at in 1..nodes {
        csv.push_str(&format!("n{},n{at}\nn{},n{at}\n", at - (at % 7).min(at), at / 2));
    }
    csv
}

fn ask(harness: &mut Window, command: Command) {
    harness.state_mut().as_mut().expect("made in the first pass").ask(command);
    settle(harness);
}

#[test]
fn a_picture_too_large_for_a_frame_comes_from_tiles_and_then_rests() {
    let (mut harness, _folder) = open_folder(&[("graph.csv", many_edges(1_500))]);
    ask(&mut harness, Command::Do(Action::OpenAllGroups));
    ask(&mut harness, Command::Do(Action::Fit));
    let start = Instant::now();
    let mut seen = 0;
    loop {
        seen = seen.max(session(&harness).tiles_missing());
        harness.run_ok();
        std::thread::sleep(Duration::from_millis(5));
        let rested = start.elapsed() > Duration::from_millis(400);
        if rested && session(&harness).tiles_missing() == 0 {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "the tiles hang");
    }
    assert!(session(&harness).scene().expect("a picture").cards.len() > 1_400);
    assert!(harness.query_by_label_contains("More is in sight than is named").is_some());
    // Panics where frame after frame is asked for.
    harness.run();
}

#[test]
fn the_matrix_shows_who_depends_on_whom() {
    let mut harness = open("hello");
    ask(&mut harness, Command::ShowPanel(Panel::Matrix));
    harness.get_by_label_contains("Row 1, ");
    let cells: Vec<String> = harness
        .query_all_by_label_contains(" → ")
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    assert!(!cells.is_empty(), "no cell is told of");
    harness.get_by_label(&cells[0]).click_accesskit();
    settle(&mut harness);
    let selection = session(&harness).selection();
    assert!(selection.iter().any(|target| matches!(target, Target::Edge(_))), "{selection:?}");
    let nodes = selection.iter().filter(|target| matches!(target, Target::Node(_))).count();
    assert_eq!(nodes, 2, "both ends are selected");
}

#[test]
fn the_cluster_map_shows_the_same_things_without_layers() {
    let mut harness = open("hello");
    let before = session(&harness).scene().expect("a picture").cards.len();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num3);
    settle(&mut harness);
    let scene = session(&harness).scene().expect("a picture");
    assert_eq!(scene.perspective, undercurrent::scene::Perspective::Clusters);
    assert_eq!(scene.cards.len(), before);
}

#[test]
fn what_a_count_stands_for_comes_into_view() {
    let mut harness = open("hello");
    harness.get_by_label("Picks, Model, owner shop").click_accesskit();
    settle(&mut harness);
    let all = session(&harness).scene().expect("a picture").cards.len();
    let picks = session(&harness).selection()[0].clone();
    harness.key_press(Key::Enter);
    settle(&mut harness);
    let narrow = session(&harness).scene().expect("a picture");
    assert!(narrow.cards.len() < all);
    let hidden = |card: &&undercurrent::scene::Card| {
        card.badges.iter().any(|badge| badge.kind == undercurrent::scene::BadgeKind::Hidden)
    };
    let card = narrow.cards.iter().find(hidden).expect("something is left out");
    let target = Target::Node(card.node);
    assert_ne!(target, picks);
    let before = narrow.cards.len();
    ask(&mut harness, Command::Unfold(target));
    let after = session(&harness).scene().expect("a picture").cards.len();
    assert!(after > before, "{after} after {before}");
}

#[test]
fn a_frozen_picture_only_selects() {
    let mut harness = open("hello");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    settle(&mut harness);
    let at = harness.get_by_label("Picks, Model, owner shop").rect().center();
    click(&mut harness, at);
    click(&mut harness, at);
    assert_eq!(selected(&harness), ["model.picks"]);
    assert!(session(&harness).view().focus.is_none());
}
