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
use undercurrent::layout::Point;
use undercurrent::scene::BoxIx;
use undercurrent::session::{Action, Command, Store};
use undercurrent::ui::App;

const WINDOW: Vec2 = Vec2::new(1600.0, 1000.0);

/// Of the seeded graphs.
const SEED: u64 = 7;

/// Frames that are measured at each place.
const FRAMES: usize = 200;

/// How often each place is hit, since one time is shorter than the clock's steps.
const REPEATS: u32 = 20;

/// A job that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(600);

/// Processor time of this thread so far: other work on the machine does not count. Wall time where the system
/// does not tell.
fn own_time() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

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
        let start = own_time();
        let app = &mut self.app;
        let mut output = self.ctx.run_ui(input, |ui| app.pass(ui));
        // Nobody paints, so that textures are handed to nobody.
        output.textures_delta.clear();
        let primitives = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        std::hint::black_box(primitives);
        own_time() - start
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

    /// Looks at the box with the most links, at this scale.
    fn look(&mut self, scale: f32) {
        let session = self.app.session();
        let (Some(scene), mut camera) = (session.scene(), session.camera()) else { return };
        let cards = scene.landmarks().iter().filter(|ix| matches!(ix, BoxIx::Card(_)));
        if let Some(&ix) = cards.clone().next() {
            let center = scene.rect_of(ix).center();
            camera.center = (center.x, center.y);
        }
        camera.scale = scale;
        self.app.ask(Command::Look(camera));
        self.rest();
    }

    /// Opens or closes the first group whose state is `open`; how long until its picture is there.
    fn toggle(&mut self, open: bool) -> Duration {
        let session = self.app.session();
        let Some(picture) = session.picture() else { return Duration::ZERO };
        let before = picture.revision;
        let plate = picture.scene.plates.iter().find(|plate| plate.open == open);
        let Some(key) = plate.map(|plate| plate.key.clone()) else { return Duration::ZERO };
        let start = Instant::now();
        self.app.ask(Command::ToggleGroup(key));
        loop {
            self.frame(Vec::new());
            let now = self.app.session().picture();
            if now.is_some_and(|now| now.revision != before && now.complete) {
                return start.elapsed();
            }
            std::thread::sleep(Duration::from_micros(200));
            assert!(start.elapsed() < PATIENCE, "the picture hangs");
        }
    }

    /// Waits for what is drawn beside the frame; how long that took.
    fn rest(&mut self) -> Duration {
        let start = Instant::now();
        // A zoom must rest before it is drawn sharp.
        for _ in 0..20 {
            self.frame(Vec::new());
        }
        while self.app.session().tiles_missing() > 0 {
            self.frame(Vec::new());
            std::thread::sleep(Duration::from_millis(2));
            assert!(start.elapsed() < PATIENCE, "the tiles hang");
        }
        let took = start.elapsed();
        for _ in 0..40 {
            self.frame(Vec::new());
        }
        took
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

    /// Boxes and links in sight.
    fn in_sight(&self) -> usize {
        let session = self.app.session();
        let Some(scene) = session.scene() else { return 0 };
        let seen = session.camera().seen(session.viewport());
        scene.in_rect(seen).count() + scene.links_in_rect(seen).count()
    }

    /// Wall time of hit tests all over what is in sight: median and 99th percentile.
    fn hit_tests(&self) -> (Duration, Duration) {
        let session = self.app.session();
        let Some(scene) = session.scene() else { return Default::default() };
        let (camera, viewport) = (session.camera(), session.viewport());
        let mut times: Vec<Duration> = Vec::new();
        for across in 0..40 {
            for down in 0..25 {
                let at = Point::new(
                    viewport.width * across as f32 / 40.0,
                    viewport.height * down as f32 / 25.0,
                );
                let at = camera.to_scene(at, viewport);
                let start = Instant::now();
                for _ in 0..REPEATS {
                    std::hint::black_box(scene.hit(at, 6.0 / camera.scale));
                }
                times.push(start.elapsed() / REPEATS);
            }
        }
        times.sort_unstable();
        (times[times.len() / 2], times[times.len() * 99 / 100])
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

/// Pixels a scene unit: silhouettes with names, and whole cards. Far is all of the picture.
const MIDDLE: f32 = 0.4;
const NEAR: f32 = 1.0;

fn measured(window: &mut Window, nodes: usize, zoom: &str) {
    let drawn = window.rest();
    let times = window.pan();
    let ms = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e3;
    let (seen, p50, p99) = (window.in_sight(), ms(0.5), ms(0.99));
    let (half, most) = window.hit_tests();
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    println!(
        "| {nodes} | {zoom} | {seen} | {p50:.2} ms | {p99:.2} ms | {:.1} µs, {:.1} µs | {:.2} s |",
        us(half),
        us(most),
        drawn.as_secs_f64()
    );
}

/// How long the new picture takes when a group of so many nodes is opened and closed, with others beside it.
fn groups(members: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let nodes = 20 * members;
    let mut list = String::from("id,group\n");
    for node in 0..nodes {
        let _ = writeln!(list, "n{node},g{}", node / members);
    }
    std::fs::write(folder.path().join("graph.csv"), edges(nodes)).expect("written");
    std::fs::write(folder.path().join("graph.nodes.csv"), list).expect("written");
    let mut window = Window::on(folder.path());
    window.settle();
    window.app.ask(Command::Do(Action::CloseAllGroups));
    window.frame(Vec::new());
    window.settle();
    let opened = window.toggle(false);
    window.settle();
    let closed = window.toggle(true);
    println!(
        "a group of {members}: new picture {:.0} ms after it is opened, {:.0} ms after it is closed",
        opened.as_secs_f64() * 1e3,
        closed.as_secs_f64() * 1e3
    );
}

fn main() {
    groups(300);
    groups(500);
    let sizes: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 10_000, 100_000] } else { sizes };
    println!(
        "| nodes | zoom | in sight | p50 | p99 | hit test, p50 and p99 | until sharp |\n|---|---|---|---|---|---|---|"
    );
    for nodes in sizes {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("graph.csv");
        std::fs::write(&path, edges(nodes)).expect("written");
        let mut window = Window::on(&path);
        let start = Instant::now();
        window.settle();
        eprintln!("{nodes} nodes are there after {:.2} s", start.elapsed().as_secs_f64());
        measured(&mut window, nodes, "first sight");
        window.app.ask(Command::Do(Action::OpenAllGroups));
        window.frame(Vec::new());
        window.settle();
        measured(&mut window, nodes, "far");
        for (zoom, scale) in [("middle", MIDDLE), ("near", NEAR)] {
            window.look(scale);
            measured(&mut window, nodes, zoom);
        }
    }
}
