//! Incarnations of a store: their numbers go up, whatever was lost.

use super::StoreConfig;
use crate::clock;

/// That of the first store under a key.
pub(super) const FIRST: u32 = 1;

/// An incarnation after this one, and after any that a store lost since then can have had: the seconds since 1970, which no store counts
/// as fast as they pass.
pub(super) fn next(before: u32, config: &StoreConfig) -> u32 {
    let now_ms = now_ms(config);
    let now_s = u32::try_from(now_ms / 1_000).unwrap_or(u32::MAX);
    now_s.max(before.saturating_add(1))
}

/// The day on which one begins.
pub(super) fn today(config: &StoreConfig) -> u64 {
    clock::day(now_ms(config))
}

fn now_ms(config: &StoreConfig) -> u64 {
    config.begins_ms.unwrap_or_else(clock::system_now_ms)
}
