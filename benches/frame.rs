//! What one frame of the window costs while somebody pans: the pass and the tessellation, without a
//! graphics card, at several sizes and zooms.
//!
//! Prints a table: median and 99th percentile of 200 frames each. The figures are for reading, not for
//! passing or failing: times depend on the machine.

mod support;

use egui::{Event, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2};
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use undercurrent::import::Input;
use undercurrent::session::Store;
use undercurrent::ui::App;

const WINDOW: Vec2 = Vec2::new(1600.0, 1000.0);

/// Of the seeded graphs.
const SEED: u64 = 7;

/// Frames that are measured at each place.
const FRAMES: usize = 200;

/// A job that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// The window without a screen.
struct Window {
    ctx: egui::Context,
    app: App,
    time_secs: f64,
}

impl Window {
    fn on(path: &std::path::Path) -> Self {
        let ctx = egui::Context::default();
        let app = App::new(&ctx, Store::nowhere(), vec![Input::Path(path.to_owned())]);
        Self { ctx, app, time_secs: 0.0 }
    }

    /// One frame with these events; how long the pass and the tessellation took.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time_secs += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, WINDOW)),
            time: Some(self.time_secs),
            events,
            ..RawInput::default()
        };
        let start = Instant::now();
        let app = &mut self.app;
        let output = self.ctx.run_ui(input, |ui| app.pass(ui));
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let took = start.elapsed();
        std::hint::black_box(primitives);
        took
    }

    /// Goes on until the picture is there and nothing runs.
    fn settle(&mut self) {
        let start = Instant::now();
        loop {
            self.frame(Vec::new());
            let session = self.app.session();
            let complete = session.picture().is_some_and(|picture| picture.complete);
            if complete && session.running().is_empty() {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "the jobs hang");
            std::thread::sleep(Duration::from_millis(2));
        }
        for _ in 0..30 {
            self.frame(Vec::new());
        }
    }

    fn key(&mut self, key: egui::Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            self.frame(vec![event]);
        }
    }

    /// Drags the canvas to and fro; the times of the frames.
    fn pan(&mut self) -> Vec<Duration> {
        let from = Pos2::new(700.0, 300.0);
        let button = |pos, pressed| Event::PointerButton {
            pos,
            button: PointerButton::Middle,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(from)]);
        self.frame(vec![button(from, true)]);
        let mut times: Vec<Duration> = (0..FRAMES)
            .map(|step| {
                let swing = (step as f32 / 12.0).sin();
                let at = from + Vec2::new(60.0 * swing, 30.0 * swing);
                self.frame(vec![Event::PointerMoved(at)])
            })
            .collect();
        self.frame(vec![button(from, false)]);
        times.sort_unstable();
        times
    }

    fn zoom(&mut self, steps: i32) {
        for _ in 0..steps.abs() {
            let key = if steps > 0 { egui::Key::Plus } else { egui::Key::Minus };
            self.key(key, Modifiers::NONE);
        }
        for _ in 0..15 {
            self.frame(Vec::new());
        }
    }

    /// Boxes and links in sight.
    fn in_sight(&self) -> usize {
        let session = self.app.session();
        let Some(scene) = session.scene() else { return 0 };
        let seen = session.camera().seen(session.viewport());
        scene.in_rect(seen).count() + scene.links_in_rect(seen).count()
    }
}

/// A seeded graph with modules as a CSV edge list.
fn edges(nodes: usize) -> String {
    let graph = support::graphs::modules(nodes, SEED);
    let mut csv = String::from("source,target\n");
    for (from, to) in graph.edges {
        let _ = writeln!(csv, "n{from},n{to}");
    }
    csv
}

fn main() {
    let sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![700, 10_000] } else { sizes };
    println!("| nodes | zoom | in sight | p50 | p99 |\n|---|---|---|---|---|");
    for nodes in sizes {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("graph.csv");
        std::fs::write(&path, edges(nodes)).expect("written");
        let mut window = Window::on(&path);
        window.settle();
        window.key(egui::Key::E, Modifiers::COMMAND);
        window.settle();
        for (zoom, steps) in [("all", 0), ("middle", 8), ("near", 6)] {
            window.zoom(steps);
            let times = window.pan();
            let ms = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
            let (seen, p50, p99) = (window.in_sight(), ms(0.5), ms(0.99));
            println!("| {nodes} | {zoom} | {seen} | {p50:.2} ms | {p99:.2} ms |");
        }
    }
}
