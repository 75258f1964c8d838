//! Names of things, and the only source of randomness.
//!
//! Every name that leaves a device is random (UUID version 4, RFC 9562): a time-ordered one would tell the relay when,
//! and how often, a person writes.

use std::fmt;
use std::str::FromStr;

/// A source of random bytes. The real one is [`SystemEntropy`]; tests seed their own, so that a run repeats.
pub trait Entropy: Send {
    /// Fills `bytes` with randomness.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Randomness of the operating system.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place in the core that asks the system for randomness"
    )]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("a system without randomness cannot keep a secret: stopping is the safe answer");
    }
}

/// Draws `N` random bytes.
pub fn random_bytes<const N: usize>(entropy: &mut dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// A text that is not the id it was meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id: it has the form 8-4-4-4-12 of hexadecimal digits")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes of the id.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// A new random id.
            pub fn random(entropy: &mut dyn Entropy) -> Self {
                Self(uuid::Builder::from_random_bytes(random_bytes(entropy)).into_uuid().into_bytes())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                uuid::Uuid::from_bytes(self.0).fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                uuid::Uuid::try_parse(text).map(|id| Self(id.into_bytes())).map_err(|_| NotAnId)
            }
        }
    )*};
}

ids! {
    /// Names one entry of the journal. An entry and its document share their bytes.
    EntryId;
    /// Names one document: an entry, the profile, a relationship, a shared view.
    DocumentId;
    /// Names one section of the preference profile.
    SectionId;
    /// Names one statement of the preference profile.
    StatementId;
    /// Names one change of a statement, in the history that is the participant's alone.
    RevisionId;
    /// Names one hope.
    HopeId;
    /// Names one reminder.
    ReminderId;
    /// Names one thing of the settings that has no other name: an own question, an own support line.
    ThingId;
    /// Names one line of the plan for hard times.
    PlanItemId;
    /// Names one thing that keeps the participant going.
    MainstayId;
    /// Names one relationship between a participant and a specialist, on one side of it.
    RelationshipId;
    /// Names one draft, on one device.
    DraftId;
    /// Names one attachment: the same bytes have the same name within one home space.
    AttachmentId;
    /// Names one share and the consent record that carries it.
    ShareId;
    /// Names one message.
    MessageId;
    /// Names one meeting of two people.
    MeetingId;
    /// Names one line of the page of a meeting.
    LineId;
}

impl From<EntryId> for DocumentId {
    fn from(id: EntryId) -> Self {
        Self(id.0)
    }
}

impl From<DocumentId> for EntryId {
    fn from(id: DocumentId) -> Self {
        Self(id.0)
    }
}

impl From<MessageId> for DocumentId {
    fn from(id: MessageId) -> Self {
        Self(id.0)
    }
}

impl From<ShareId> for DocumentId {
    fn from(id: ShareId) -> Self {
        Self(id.0)
    }
}

impl From<RelationshipId> for DocumentId {
    fn from(id: RelationshipId) -> Self {
        Self(id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_id_is_a_version_4_uuid_and_reads_back() {
        let id = EntryId::random(&mut SystemEntropy);
        assert_eq!(id.as_bytes()[6] >> 4, 4);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("not an id".parse::<EntryId>(), Err(NotAnId));
    }
}
