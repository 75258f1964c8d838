//! What the devices acknowledged. It reads nothing of theirs: only what went in, and whether the answer was yes.
//!
//! Every sentence that is ever written carries a mark of its own, a number. A revision takes marks away and brings new
//! ones; what it did for certain, and what it may have done when the power went, is all that must be known.

use super::image::FIRST_MARK;
use cairn_core::clock::Timestamp;
use cairn_core::id::{EntryId, ShareId, StatementId};
use std::collections::{BTreeMap, BTreeSet};

/// How sure it is that something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Done {
    /// The power went before the answer.
    Maybe,
    /// It was acknowledged.
    Yes,
}

/// The fate of one sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) written: Done,
    pub(super) removed: Option<Done>,
}

/// The fate of one share.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// The entry they stand in.
    pub(super) entry: EntryId,
    /// The words that were shown.
    pub(super) body: String,
    pub(super) hold_until: Timestamp,
    pub(super) ends: Option<Timestamp>,
    pub(super) stopped: Option<Done>,
    /// Devices that acknowledged the stop and have not finished a round since.
    pub(super) stopped_on: BTreeSet<usize>,
    /// A round was finished after the stop: whoever reads later must not find it.
    pub(super) stop_landed: bool,
}

/// What was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Oracle {
    next: u64,
    pub(super) marks: BTreeMap<u64, Mark>,
    /// Statements nobody touched since they were added, and their texts.
    pub(super) statements: BTreeMap<StatementId, String>,
    pub(super) shares: BTreeMap<ShareId, Shown>,
    /// Entries that were in the trash, be it for a moment: what is shared of them may have stayed where it was.
    pub(super) trashed: BTreeSet<EntryId>,
}

/// The sentence of a mark.
pub(super) fn sentence(mark: u64) -> String {
    format!("Stone k{mark}k stands here.")
}

/// The marks in a text, in their order.
pub(super) fn marks(text: &str) -> Vec<u64> {
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix('k')?.strip_suffix('k')?.parse().ok())
        .collect()
}

impl Oracle {
    /// Knows what stands in the image.
    pub(super) fn new() -> Self {
        let certain = Mark {
            written: Done::Yes,
            removed: None,
        };
        let marks = (0..4)
            .flat_map(|mark| [mark, mark + 10])
            .map(|mark| (mark, certain))
            .collect();
        Self {
            next: FIRST_MARK,
            marks,
            ..Self::default()
        }
    }

    /// A mark nobody has used.
    pub(super) const fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A text took the place of another.
    pub(super) fn replaced(&mut self, before: &str, after: &str, done: Done) {
        let (before, after): (BTreeSet<u64>, BTreeSet<u64>) =
            (marks(before).into_iter().collect(), marks(after).into_iter().collect());
        for mark in after.difference(&before) {
            self.marks.insert(
                *mark,
                Mark {
                    written: done,
                    removed: None,
                },
            );
        }
        for mark in before.difference(&after) {
            if let Some(known) = self.marks.get_mut(mark) {
                known.removed = known.removed.max(Some(done));
            }
        }
    }

    /// A share was stopped on this device.
    pub(super) fn stopped(&mut self, share: ShareId, device: usize, done: Done) {
        if let Some(shown) = self.shares.get_mut(&share) {
            shown.stopped = shown.stopped.max(Some(done));
            if done == Done::Yes {
                shown.stopped_on.insert(device);
            }
        }
    }

    /// Shares whose stop is at the relay.
    pub(super) fn stops_at_the_relay(&self) -> BTreeSet<ShareId> {
        self.shares
            .iter()
            .filter(|(_, shown)| shown.stop_landed)
            .map(|(id, _)| *id)
            .collect()
    }

    /// A device brought every space up to date.
    pub(super) fn finished_round(&mut self, device: usize) {
        for shown in self.shares.values_mut() {
            shown.stop_landed |= shown.stopped_on.remove(&device);
        }
    }
}
