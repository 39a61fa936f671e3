//! Work beside the frame: named threads, closed sets of requests and events, the latest request wins.

use super::Notice;
use super::derived::Basis;
use super::judging::{Judged, Judging};
use super::picture::PictureRequest;
use crate::export::Raster;
use crate::import::{Input, Loaded, Progress, load};
use crate::scene::{Known, Placement, Scene, View, picture};
use crossbeam_channel::Receiver;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Wakes the window after an event; called from any thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// What can run in the background, as the status bar names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Job {
    Read,
    Judge,
    Arrange,
    Write,
    Predictions,
    Slice,
}

impl Job {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Read => "Reading",
            Self::Judge => "Judging",
            Self::Arrange => "Arranging",
            Self::Write => "Writing",
            Self::Predictions => "Reading predictions",
            Self::Slice => "Slicing",
        }
    }
}

/// What a job has to say.
#[derive(Debug)]
pub(super) enum Event {
    Loaded {
        generation: u64,
        inputs: Vec<Input>,
        loaded: Arc<Loaded>,
    },
    Analysed {
        generation: u64,
        judged: Judged,
    },
    /// The reading was cancelled.
    NotLoaded {
        generation: u64,
    },
    Scene {
        generation: u64,
        loaded: Arc<Loaded>,
        view: Box<View>,
        scene: Box<Scene>,
        complete: bool,
    },
    /// Arranging was cancelled or failed; the last picture stays.
    NoScene {
        generation: u64,
        failed: Option<String>,
    },
    Slices(super::slices::Said),
    FilesChanged,
    /// The project's settings changed on disk, by whomever.
    SettingsChanged,
    /// The project's settings were written from here, or could not be.
    SettingsWritten {
        notice: Notice,
    },
    Listed(Box<super::derived::Answer>),
    Tile(Box<super::Tile>),
    Written {
        notice: Option<Notice>,
        image: Option<Raster>,
    },
}

/// The jobs' end of the channel.
#[derive(Clone)]
pub(super) struct Sender {
    events: crossbeam_channel::Sender<Event>,
    wake: Waker,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

impl Sender {
    /// Nobody listens when the window is gone, which is no fault.
    pub(super) fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }
}

/// What lies on the desk of the thread that arranges.
#[derive(Debug, Default)]
enum Order {
    #[default]
    Wait,
    Arrange(Box<PictureRequest>),
    /// The session is gone.
    Stop,
}

/// The newest order, and a bell.
#[derive(Debug, Default)]
struct Desk {
    order: Mutex<Order>,
    bell: Condvar,
    /// The generation that is wanted; work on an older one stops.
    wanted: AtomicU64,
}

/// A reading that is under way.
#[derive(Debug)]
struct Reading {
    generation: u64,
    progress: Arc<Progress>,
}

/// Everything that runs, and the way to what it says.
#[derive(Debug)]
pub(super) struct Jobs {
    events: Receiver<Event>,
    pub(super) sender: Sender,
    desk: Arc<Desk>,
    reading: Option<Reading>,
    judging: Option<u64>,
    arranging: Option<u64>,
    writing: usize,
    generation: u64,
}

impl Jobs {
    pub(super) fn new(wake: Waker) -> Self {
        let (events, receiver) = crossbeam_channel::unbounded();
        let sender = Sender { events, wake };
        let desk = Arc::new(Desk::default());
        let (own_desk, own_sender) = (Arc::clone(&desk), sender.clone());
        spawn("undercurrent-arrange", move || arrange_for_ever(&own_desk, &own_sender));
        Self {
            events: receiver,
            sender,
            desk,
            reading: None,
            judging: None,
            arranging: None,
            writing: 0,
            generation: 0,
        }
    }

    const fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// What has been said since the last call and still matters.
    pub(super) fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = self.events.try_recv().ok()?;
            if self.still_matters(&event) {
                return Some(event);
            }
        }
    }

    /// Follows what runs, and tells whether an event is of the newest request.
    fn still_matters(&mut self, event: &Event) -> bool {
        let read = self.reading.as_ref().map(|reading| reading.generation);
        match *event {
            Event::Loaded { generation, .. } | Event::NotLoaded { generation } => {
                let current = read == Some(generation);
                if current {
                    self.reading = None;
                }
                current
            }
            Event::Analysed { generation, .. } => {
                let current = self.judging == Some(generation);
                if current {
                    self.judging = None;
                }
                current
            }
            Event::Scene { generation, complete, .. } => {
                let current = self.arranging == Some(generation);
                if current && complete {
                    self.arranging = None;
                }
                current
            }
            Event::NoScene { generation, .. } => {
                let current = self.arranging == Some(generation);
                if current {
                    self.arranging = None;
                }
                current
            }
            Event::FilesChanged
            | Event::SettingsChanged
            | Event::SettingsWritten { .. }
            | Event::Listed(_)
            | Event::Slices(_)
            | Event::Tile(_) => true,
            Event::Written { .. } => {
                self.writing = self.writing.saturating_sub(1);
                true
            }
        }
    }

    /// Reads the inputs. An earlier reading stops.
    pub(super) fn read(&mut self, inputs: Vec<Input>) {
        self.cancel(Job::Read);
        let generation = self.next_generation();
        let progress = Arc::new(Progress::default());
        let (own, sender) = (Arc::clone(&progress), self.sender.clone());
        self.reading = Some(Reading { generation, progress });
        spawn("undercurrent-read", move || read(generation, inputs, &own, &sender));
    }

    /// Runs the rules over the graph; what an earlier run finds is passed over.
    pub(super) fn judge(&mut self, judging: Judging) {
        let generation = self.next_generation();
        let sender = self.sender.clone();
        self.judging = Some(generation);
        spawn("undercurrent-judge", move || {
            let judged = judging.run();
            sender.send(Event::Analysed { generation, judged });
        });
    }

    /// Makes a picture of the view. An earlier arranging stops.
    pub(super) fn arrange(&mut self, basis: Basis, view: View, afresh: bool) {
        let generation = self.next_generation();
        self.arranging = Some(generation);
        self.desk.wanted.store(generation, Ordering::Relaxed);
        self.order(Order::Arrange(Box::new(PictureRequest { basis, view, generation, afresh })));
    }

    fn order(&self, order: Order) {
        *lock(&self.desk.order) = order;
        self.desk.bell.notify_one();
    }

    /// Writes a file; the notice, if any, is shown when it is done.
    pub(super) fn write(&mut self, work: impl FnOnce() -> Option<Notice> + Send + 'static) {
        self.draw(move || (work(), None));
    }

    /// Draws a picture for the clipboard, or says why there is none.
    pub(super) fn draw(
        &mut self,
        work: impl FnOnce() -> (Option<Notice>, Option<Raster>) + Send + 'static,
    ) {
        self.writing += 1;
        let sender = self.sender.clone();
        spawn("undercurrent-write", move || {
            let (notice, image) = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
                let why = format!("Internal error while writing: {}", words(&*panic));
                (Some(Notice::failed(why)), None)
            });
            sender.send(Event::Written { notice, image });
        });
    }

    /// What runs, with the share that is done where it is known.
    pub(super) fn running(&self) -> Vec<(Job, Option<f32>)> {
        let mut running = Vec::new();
        if let Some(reading) = &self.reading {
            running.push((Job::Read, Some(reading.progress.fraction())));
        }
        if self.judging.is_some() {
            running.push((Job::Judge, None));
        }
        if self.arranging.is_some() {
            running.push((Job::Arrange, None));
        }
        if self.writing > 0 {
            running.push((Job::Write, None));
        }
        running
    }

    /// Stops a job; what was there before stays. Writing is not stopped half way.
    pub(super) fn cancel(&mut self, job: Job) {
        match job {
            Job::Read => {
                if let Some(reading) = self.reading.take() {
                    reading.progress.cancel();
                }
            }
            Job::Judge => self.judging = None,
            Job::Arrange => {
                let generation = self.next_generation();
                self.desk.wanted.store(generation, Ordering::Relaxed);
                self.arranging = None;
            }
            // The slices look after their own.
            Job::Write | Job::Predictions | Job::Slice => {}
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.cancel(Job::Read);
        self.cancel(Job::Arrange);
        self.order(Order::Stop);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    // Threads fail to start only when the system has no room left; the window then stays as it is.
    drop(std::thread::Builder::new().name(name.to_owned()).spawn(work));
}

/// The text of a panic.
pub(super) fn words(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(|text| &**text)).unwrap_or("no message")
}

fn read(generation: u64, inputs: Vec<Input>, progress: &Progress, sender: &Sender) {
    sender.send(match load(&inputs, progress) {
        Ok(loaded) => Event::Loaded { generation, inputs, loaded: Arc::new(loaded) },
        Err(_) => Event::NotLoaded { generation },
    });
}

fn arrange_for_ever(desk: &Desk, sender: &Sender) {
    // Where things stand when everything is shown; a narrowed view is laid out on its own, and whoever
    // leaves it finds the rest where it was.
    let mut whole = Placement::default();
    loop {
        let mut order = lock(&desk.order);
        while matches!(*order, Order::Wait) {
            order = desk.bell.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        let next = std::mem::take(&mut *order);
        drop(order);
        match next {
            Order::Arrange(request) => {
                if request.afresh {
                    whole = Placement::default();
                }
                let narrowed =
                    request.view.focus.is_some() || !request.view.query.trim().is_empty();
                let mut alone = Placement::default();
                let placement = if narrowed { &mut alone } else { &mut whole };
                sender.send(picture_event(&request, placement, desk, sender));
            }
            Order::Stop | Order::Wait => return,
        }
    }
}

fn picture_event(
    request: &PictureRequest,
    placement: &mut Placement,
    desk: &Desk,
    sender: &Sender,
) -> Event {
    let generation = request.generation;
    let event = |scene: Scene, complete: bool| Event::Scene {
        generation,
        loaded: Arc::clone(&request.basis.loaded),
        view: Box::new(request.view.clone()),
        scene: Box::new(scene),
        complete,
    };
    let cancelled = || desk.wanted.load(Ordering::Relaxed) != generation;
    let mut publish = |scene: Scene| sender.send(event(scene, false));
    let basis = &request.basis;
    let graph = &basis.loaded.graph;
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let known =
            Known { analysis: basis.analysis.as_deref(), structure: Some(&basis.structure) };
        picture(graph, known, &request.view, placement, &cancelled, &mut publish)
    }));
    match attempt {
        Ok(Some(scene)) => event(scene, true),
        Ok(None) => Event::NoScene { generation, failed: None },
        Err(panic) => Event::NoScene { generation, failed: Some(words(&*panic).to_owned()) },
    }
}
