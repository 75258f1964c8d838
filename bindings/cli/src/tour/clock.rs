//! A clock that the tour can turn on: a held share waits a minute, and the reader of the tour does not.

use cairn_core::clock::{Clock, SystemClock, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The system's clock and what it was turned on by. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub(super) struct StoryClock(Arc<AtomicI64>);

impl StoryClock {
    /// Turns it on by `ms` milliseconds.
    pub(super) fn turn_on(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_ms(self.0.load(Ordering::SeqCst))
    }
}
