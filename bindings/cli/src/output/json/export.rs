//! What went out, and what came in again.

use cairn_core::exchange::Exported;
use cairn_core::vault::Restored;
use serde::Serialize;

/// A file that was written.
#[derive(Debug, Serialize)]
pub(crate) struct ExportValue {
    /// Entries in it.
    entries: usize,
    /// Files of attachments in it.
    attachments: usize,
    /// Attachments that its entries name and that are not in it.
    left_here: usize,
    /// Whether it opens with a passphrase alone.
    sealed: bool,
}

impl ExportValue {
    pub(crate) const fn new(exported: &Exported, sealed: bool) -> Self {
        Self {
            entries: exported.entries,
            attachments: exported.attachments,
            left_here: exported.left_here,
            sealed,
        }
    }
}

/// An archive that was taken in.
#[derive(Debug, Serialize)]
pub(crate) struct RestoreValue {
    /// Entries that were not here before.
    new: u64,
    /// Entries that were here, and stayed as they were.
    known: u64,
    /// Files of attachments that were not taken in.
    attachments_left_out: u64,
}

impl From<&Restored> for RestoreValue {
    fn from(restored: &Restored) -> Self {
        Self {
            new: restored.added,
            known: restored.known,
            attachments_left_out: restored.attachments_left_out,
        }
    }
}
