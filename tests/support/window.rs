//! A window without a screen, for tests that drive it.
#![allow(dead_code, reason = "each test uses a part of it")]

use egui::Modifiers;
use egui_kittest::Harness;
use std::time::{Duration, Instant};
use undercurrent::import::Input;
use undercurrent::samples::Sample;
use undercurrent::session::{Session, Store};
use undercurrent::ui::App;

/// Jobs that take longer than this hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// A window in a test; it is made in its first pass, when there is a context.
pub(crate) type Window = Harness<'static, Option<App>>;

pub(crate) fn window(inputs: Vec<Input>) -> Window {
    Harness::builder().with_size(egui::vec2(1600.0, 1000.0)).with_max_steps(64).build_ui_state(
        move |ui, app: &mut Option<App>| {
            let make = || App::new(ui.ctx(), Store::nowhere(), inputs.clone());
            app.get_or_insert_with(make).pass(ui);
        },
        None,
    )
}

pub(crate) fn session(harness: &Window) -> &Session {
    harness.state().as_ref().expect("made in the first pass").session()
}

/// A window on a sample, with its picture arranged and judged.
pub(crate) fn open(sample: &str) -> Window {
    let files = Sample::find(sample).expect("a sample").files;
    let mut harness = window(vec![Input::Embedded(files)]);
    settle(&mut harness);
    harness
}

/// Steps until no job runs and nothing moves.
pub(crate) fn settle(harness: &mut Window) {
    let start = Instant::now();
    loop {
        harness.run_ok();
        let session = session(harness);
        let ready = session.project().is_none() && session.opening().is_none()
            || session.analysis().is_some() && session.picture().is_some();
        if ready && session.running().is_empty() {
            break;
        }
        assert!(start.elapsed() < PATIENCE, "the jobs hang");
        std::thread::sleep(Duration::from_millis(5));
    }
    harness.run_ok();
}

pub(crate) fn selected(harness: &Window) -> Vec<String> {
    session(harness).selected_node_ids()
}

/// Presses and releases at a place.
pub(crate) fn click(harness: &mut Window, at: egui::Pos2) {
    harness.hover_at(at);
    harness.run_ok();
    for pressed in [true, false] {
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.run_ok();
    }
    settle(harness);
}
