//! How it stands with erasing everything.

use crate::moments::rfc3339;
use cairn_core::vault::Erasure;
use serde::Serialize;

/// How it stands with erasing everything.
#[derive(Debug, Serialize)]
pub(crate) struct ErasureValue {
    /// `nothing`, `asked` (the relay has not heard of it), `under_way`, `done` (on this device).
    state: &'static str,
    /// When this device carries it out.
    at: Option<String>,
}

impl ErasureValue {
    /// Everything on this device is erased.
    pub(crate) const fn done() -> Self {
        Self {
            state: "done",
            at: None,
        }
    }
}

impl From<Erasure> for ErasureValue {
    fn from(erasure: Erasure) -> Self {
        let (state, at) = match erasure {
            Erasure::Nothing => ("nothing", None),
            Erasure::Asked => ("asked", None),
            Erasure::Until(at) => ("under_way", Some(rfc3339(at))),
        };
        Self { state, at }
    }
}
