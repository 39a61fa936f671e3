//! Pieces of pictures as pixels, drawn beside the frame on a thread of their own.
//!
//! The canvas says which sheets and which places on them it wants, the most urgent first; what is no
//! longer wanted is dropped half way.

use super::Picture;
use super::jobs::{Event, Sender, spawn};
use crate::scene::draw::{Lod, Look};
use crate::scene::raster::{Layer, TilePlace, draw_tile};
use crate::scene::{DebtMap, EmphasisMap, Theme, ThemeName};
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Everything that decides the pixels of a tile but its place.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Told apart by it: a number that whoever asks gives to no other sheet.
    pub number: u64,
    pub picture: Arc<Picture>,
    pub debt: Option<Arc<DebtMap>>,
    pub theme: ThemeName,
    pub layer: Layer,
    /// What stands out, for [`Layer::Lit`].
    pub emphasis: Arc<EmphasisMap>,
    /// Logical pixels a scene unit: decides widths and what is drawn of a mark.
    pub look_scale: f32,
    /// Pixels of the tile a scene unit.
    pub scale: f32,
}

impl Sheet {
    /// What is drawn of a mark at so many logical pixels a scene unit: names are no part of tiles, so that
    /// there is nothing to gain from whole cards.
    fn look(&self) -> Look<'_> {
        let look = Look::new(Theme::of(self.theme), self.look_scale);
        Look { lod: look.lod.min(Lod::Middle), ..look }.with_debt(self.debt.as_deref())
    }
}

/// Tiles of one sheet that are wanted.
#[derive(Clone, Debug)]
pub struct Wish {
    pub sheet: Arc<Sheet>,
    /// The most urgent first.
    pub places: Vec<TilePlace>,
}

/// A finished tile: its pixels as [`draw_tile`] gives them.
#[derive(Debug)]
pub struct Tile {
    pub sheet: u64,
    pub place: TilePlace,
    pub rgba: Vec<u8>,
}

#[derive(Debug, Default)]
struct Desk {
    wishes: Mutex<Option<Vec<Wish>>>,
    bell: Condvar,
    /// Counts the wishes, so that the one at work sees that there is a newer one.
    newest: AtomicU64,
    /// The session is gone.
    over: AtomicBool,
}

/// What was wanted last, and what of it is there.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    desk: Arc<Desk>,
    working: bool,
    wanted: FxHashSet<(u64, TilePlace)>,
    finished: FxHashMap<(u64, TilePlace), Arc<Tile>>,
}

impl Tiles {
    /// Wants these tiles and no others.
    pub(super) fn wish(&mut self, wishes: Vec<Wish>, sender: &Sender) {
        let keys = |wish: &Wish| {
            let number = wish.sheet.number;
            wish.places.iter().map(move |&place| (number, place)).collect::<Vec<_>>()
        };
        self.wanted = wishes.iter().flat_map(keys).collect();
        self.finished.retain(|key, _| self.wanted.contains(key));
        if !std::mem::replace(&mut self.working, true) {
            let (desk, sender) = (Arc::clone(&self.desk), sender.clone());
            spawn("undercurrent-tiles", move || draw_for_ever(&desk, &sender));
        }
        *lock(&self.desk.wishes) = Some(wishes);
        self.desk.newest.fetch_add(1, Ordering::Relaxed);
        self.desk.bell.notify_one();
    }

    pub(super) fn finish(&mut self, tile: Tile) {
        let key = (tile.sheet, tile.place);
        if self.wanted.contains(&key) {
            self.finished.insert(key, Arc::new(tile));
        }
    }

    /// A finished tile that is wanted.
    pub(super) fn get(&self, sheet: u64, place: TilePlace) -> Option<&Arc<Tile>> {
        self.finished.get(&(sheet, place))
    }

    /// How many wanted tiles are not there yet.
    pub(super) fn missing(&self) -> usize {
        self.wanted.len() - self.finished.len()
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        self.desk.over.store(true, Ordering::Relaxed);
        *lock(&self.desk.wishes) = Some(Vec::new());
        self.desk.newest.fetch_add(1, Ordering::Relaxed);
        self.desk.bell.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn draw_for_ever(desk: &Desk, sender: &Sender) {
    let mut done: FxHashSet<(u64, TilePlace)> = FxHashSet::default();
    loop {
        let mut order = lock(&desk.wishes);
        while order.is_none() {
            order = desk.bell.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        let wishes = order.take().unwrap_or_default();
        let newest = desk.newest.load(Ordering::Relaxed);
        drop(order);
        if desk.over.load(Ordering::Relaxed) {
            return;
        }
        let keys = wishes
            .iter()
            .flat_map(|wish| wish.places.iter().map(|&place| (wish.sheet.number, place)));
        let wanted: FxHashSet<_> = keys.collect();
        done.retain(|key| wanted.contains(key));
        draw(desk, newest, &wishes, &mut done, sender);
    }
}

/// Draws what is wanted until something else is.
fn draw(
    desk: &Desk,
    newest: u64,
    wishes: &[Wish],
    done: &mut FxHashSet<(u64, TilePlace)>,
    sender: &Sender,
) {
    for wish in wishes {
        for &place in &wish.places {
            let key = (wish.sheet.number, place);
            if done.contains(&key) {
                continue;
            }
            if desk.newest.load(Ordering::Relaxed) != newest {
                return;
            }
            let unwanted =
                || desk.newest.load(Ordering::Relaxed) != newest && !is_wanted(desk, key);
            let sheet = &wish.sheet;
            let attempt = catch_unwind(AssertUnwindSafe(|| {
                draw_tile(
                    &sheet.picture.scene,
                    &sheet.look(),
                    (sheet.layer, &sheet.emphasis),
                    (place, sheet.scale),
                    &unwanted,
                )
            }));
            // A tile that cannot be drawn stays missing; what lies beneath it is seen instead.
            if let Ok(Some(rgba)) = attempt {
                done.insert(key);
                sender.send(Event::Tile(Box::new(Tile { sheet: key.0, place, rgba })));
            }
        }
    }
}

/// Whether the newest wishes, not taken up yet, hold this tile too.
fn is_wanted(desk: &Desk, (number, place): (u64, TilePlace)) -> bool {
    lock(&desk.wishes).as_ref().is_some_and(|wishes| {
        wishes.iter().any(|wish| wish.sheet.number == number && wish.places.contains(&place))
    })
}
