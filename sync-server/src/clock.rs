//! The one place that asks the system for the time. Everything else is handed `now_ms`, or a [`Clock`] to ask for it.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Milliseconds since 1970-01-01 UTC by the system's clock.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that asks the system for the time"
)]
pub fn system_now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

/// What a server asks for the time: the system's clock, or one that a simulation moves. Cheap to clone; every clone is the same clock.
#[derive(Clone)]
pub struct Clock(Arc<NowMs>);

type NowMs = dyn Fn() -> u64 + Send + Sync;

impl Clock {
    /// The operating system's.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(system_now_ms)
    }

    /// Whatever `now_ms` answers, in milliseconds since 1970-01-01 UTC. For simulations: a relay forgets by its clock.
    #[must_use]
    pub fn from_fn(now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Milliseconds since 1970-01-01 UTC.
    pub(crate) fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock(…)")
    }
}

/// Days since 1970-01-01 UTC.
pub(crate) const fn day(now_ms: u64) -> u64 {
    now_ms / DAY_MS
}
