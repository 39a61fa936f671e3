//! The window: panels that read the session and emit commands.
//!
//! Owns: egui, the look of widgets, and what only a window has (a drag under way, an open menu). Must
//! never know: a format, a rule, an algorithm. Start reading at [`App`]; a panel is one file in `panels`
//! and one row in `dock`.

mod app;
mod canvas;
mod dialogs;
mod dock;
mod keys;
mod overlays;
mod panels;
mod theme;
mod widgets;

pub use app::App;

use crate::import::Input;
use crate::session::{Command, SliceCommand, Store};

/// Smallest window that everything has room in, in points.
const SMALLEST: [f32; 2] = [960.0, 600.0];

const FIRST_SIZE: [f32; 2] = [1440.0, 900.0];

/// Opens the window on these inputs and stays until it is closed. Predictions may take `memory` bytes, or their
/// default.
///
/// # Errors
/// When no window can be opened, with the reason and what to do.
pub fn run(inputs: Vec<Input>, memory: Option<u64>) -> Result<(), String> {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Undercurrent")
        .with_app_id("undercurrent")
        .with_inner_size(FIRST_SIZE)
        .with_min_inner_size(SMALLEST);
    let options = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |context| {
        let mut app = App::new(&context.egui_ctx, Store::of_user(), inputs);
        if let Some(bytes) = memory {
            app.ask(Command::Slice(SliceCommand::Memory(bytes)));
        }
        if let Some(storage) = context.storage {
            app.restore(storage);
        }
        Ok(Box::new(app))
    });
    // winit panics where a library of the system is missing; the message names it.
    let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        eframe::run_native("undercurrent", options, create)
    }));
    let help = "On Debian and Ubuntu: apt-get install libxkbcommon-x11-0 libgl1 libegl1. Without a window, `undercurrent snapshot` makes pictures and `undercurrent info` prints an overview.";
    match attempt {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(format!("No window could be opened: {error}. {help}")),
        Err(_) => Err(format!("No window could be opened, the reason stands above. {help}")),
    }
}
