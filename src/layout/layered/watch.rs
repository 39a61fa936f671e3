//! Cancellation: the caller's flag, looked at every so many steps of work.

/// Steps between two looks at the flag; a step is about one edge visit (a few nanoseconds), so
/// that the flag is seen well within a millisecond.
const STEPS_BETWEEN_LOOKS: u64 = 100_000;

/// The caller's wish to stop, shared by all phases and threads.
#[derive(Clone, Copy)]
pub(super) struct Watch<'a> {
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Watch<'a> {
    pub(super) fn new(cancelled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { cancelled }
    }

    /// `None` when the caller has cancelled, so that `?` leaves the phase.
    pub(super) fn look(&self) -> Option<()> {
        if (self.cancelled)() { None } else { Some(()) }
    }

    pub(super) fn meter(self) -> Meter<'a> {
        Meter { watch: self, spent: 0, next_look: STEPS_BETWEEN_LOOKS }
    }
}

/// Counts the steps of one phase and looks at the flag now and then.
pub(super) struct Meter<'a> {
    watch: Watch<'a>,
    spent: u64,
    next_look: u64,
}

impl Meter<'_> {
    /// Accounts for `steps` of work; `None` when the caller has cancelled.
    pub(super) fn spend(&mut self, steps: usize) -> Option<()> {
        self.spent += steps as u64;
        if self.spent >= self.next_look {
            self.next_look = self.spent + STEPS_BETWEEN_LOOKS;
            self.watch.look()?;
        }
        Some(())
    }
}
