//! How far a reading is, and whether it should stop. Shared between the reader and whoever waits.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The reading was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Bytes read of bytes to read, over all files.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    pub fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Reports that `bytes` more were read.
    ///
    /// # Errors
    /// When the reading was cancelled.
    pub fn advance(&self, bytes: u64) -> Result<(), Cancelled> {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        self.check()
    }

    /// # Errors
    /// When the reading was cancelled.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Share of the bytes read, 0 to 1; 0 while nothing is known.
    pub fn fraction(&self) -> f32 {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        if total == 0 { 0.0 } else { (done as f64 / total as f64).min(1.0) as f32 }
    }
}

/// One file's share of a [`Progress`]. An importer advances it as far as it can tell; the driver adds
/// what is missing at the end, so that an importer that never does is correct, only less smooth.
#[derive(Debug)]
pub struct FileProgress<'a> {
    whole: &'a Progress,
    done: AtomicU64,
    expected: AtomicU64,
}

impl<'a> FileProgress<'a> {
    /// For a file of `bytes`, which `whole` expects already.
    pub fn new(whole: &'a Progress, bytes: u64) -> Self {
        Self { whole, done: AtomicU64::new(0), expected: AtomicU64::new(bytes) }
    }

    /// Adds a further file that is read along, such as a table.
    pub fn expect(&self, bytes: u64) {
        self.expected.fetch_add(bytes, Ordering::Relaxed);
        self.whole.expect(bytes);
    }

    /// Reports that `bytes` more were read; call it every few milliseconds of work.
    ///
    /// # Errors
    /// When the reading was cancelled.
    pub fn advance(&self, bytes: u64) -> Result<(), Cancelled> {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        self.whole.advance(bytes)
    }

    /// # Errors
    /// When the reading was cancelled.
    pub fn check(&self) -> Result<(), Cancelled> {
        self.whole.check()
    }

    /// Counts whatever was not reported as read.
    pub(super) fn finish(&self) -> Result<(), Cancelled> {
        let (done, expected) =
            (self.done.load(Ordering::Relaxed), self.expected.load(Ordering::Relaxed));
        self.whole.advance(expected.saturating_sub(done))
    }
}
