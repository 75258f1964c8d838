//! What a record is about.

use super::RecordError;

/// The kind of a record's document. The relay cannot see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// An entry of the journal (home space).
    Entry = 1,
    /// The preference profile (home space).
    Profile = 2,
    /// Switches, words for feelings, questions, hopes, support lines (home space).
    Settings = 3,
    /// The person's own side of one relationship (home space).
    Relationship = 4,
    /// A link of the device chain (home space).
    DeviceLink = 5,
    /// Taken for a signed summary of the home space, which this version neither writes nor believes.
    Checkpoint = 6,
    /// The plan for hard times (home space).
    Plan = 7,
    /// A tombstone: an edition of a document that is closed for ever (home space).
    Tombstone = 8,
    /// What is kept of a relationship from an export, to be read (home space).
    Past = 9,
    /// A link of the support chain (support space).
    SupportLink = 16,
    /// What a participant shows to a specialist (support space).
    SharedView = 17,
    /// The end of a share (support space).
    ConsentStop = 18,
    /// The shared part of the profile (support space).
    SharedProfile = 19,
    /// What a specialist declares (support space).
    Declaration = 20,
    /// A working agreement that somebody proposes (support space).
    Agreement = 21,
    /// The acceptance of an agreement (support space).
    Acceptance = 22,
    /// What a specialist's app tells of a share (support space).
    AccessEvent = 23,
    /// A message (support space).
    Message = 24,
    /// What a participant wishes of messages (support space).
    Wishes = 25,
    /// One side's page of a meeting (support space).
    MeetingPage = 26,
}

impl Kind {
    /// All kinds this version knows.
    pub const ALL: [Self; 20] = [
        Self::Entry,
        Self::Profile,
        Self::Settings,
        Self::Relationship,
        Self::DeviceLink,
        Self::Checkpoint,
        Self::Plan,
        Self::Tombstone,
        Self::Past,
        Self::SupportLink,
        Self::SharedView,
        Self::ConsentStop,
        Self::SharedProfile,
        Self::Declaration,
        Self::Agreement,
        Self::Acceptance,
        Self::AccessEvent,
        Self::Message,
        Self::Wishes,
        Self::MeetingPage,
    ];

    /// Its number in a record.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind with this number.
    ///
    /// # Errors
    /// [`RecordError::TooNew`] for a kind of a later version: keep it sealed, show nothing.
    pub fn from_number(number: u8) -> Result<Self, RecordError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.number() == number)
            .ok_or(RecordError::TooNew)
    }

    /// Whether its state is an Automerge document that devices merge; the others are plain values, replaced whole.
    pub const fn is_document(self) -> bool {
        matches!(
            self,
            Self::Entry | Self::Profile | Self::Settings | Self::Relationship | Self::Plan | Self::Past
        )
    }
}
