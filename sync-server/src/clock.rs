//! The one place that asks the system for the time. Everything else is handed `now_ms`.

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

/// Days since 1970-01-01 UTC.
pub(crate) const fn day(now_ms: u64) -> u64 {
    now_ms / DAY_MS
}
