//! Who saw what: what is certain, and what the other person's app told.

use super::{RenderedView, Share};
use crate::clock::Timestamp;
use crate::id::{RelationshipId, ShareId};
use chrono::NaiveDate;

/// What a specialist's app tells of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum AccessKind {
    /// They opened it.
    Opened = 0,
    /// It is no longer on their device.
    Purged = 1,
}

impl AccessKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Opened, Self::Purged];

    /// Its number in the data.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The one with this number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| u64::from(one.number()) == number)
    }
}

/// One thing that a specialist's app tells of a share. Each is told once; nobody can make sure that it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessEvent {
    /// What.
    pub kind: AccessKind,
    /// Of which share.
    pub share: ShareId,
    /// When, by their clock.
    pub at: Timestamp,
}

/// A share, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareCard {
    /// In which relationship.
    pub relationship: RelationshipId,
    /// The share.
    pub share: Share,
    /// When this device learnt that it had left for the relay: that is certain.
    pub released: Option<Timestamp>,
    /// On which day the relay first handed out what opens it, by the relay's word; where it stands behind a gate.
    pub taken: Option<NaiveDate>,
    /// When it was opened first, as their app tells.
    pub opened: Option<Timestamp>,
    /// When it was removed from their device, as their app tells.
    pub purged: Option<Timestamp>,
}

/// Something that was shared with this person and is still theirs to read: no word of it before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedCard {
    /// The share.
    pub share: ShareId,
    /// The relationship.
    pub relationship: RelationshipId,
    /// The participant's name, as they chose to sign.
    pub from: String,
    /// When it came to this device.
    pub received: Timestamp,
    /// Whether it was opened, on any device of this person.
    pub is_opened: bool,
    /// Whether nothing of it can be read before the relay has handed out half of its key, which it has not yet to this device.
    pub is_behind_gate: bool,
    /// Whether it is locked until this device has reached the relay once more.
    pub is_locked: bool,
}

/// Something that was shared with this person, as it is to be shown: purpose, notice, then the participant's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedWithMe {
    /// The share.
    pub share: ShareId,
    /// The relationship.
    pub relationship: RelationshipId,
    /// Its lines, in their order.
    pub view: RenderedView,
}
