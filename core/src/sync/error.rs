//! What can go wrong between a device and a relay.

use super::TransportError;
use cairn_wire::message::RefusalCode;

/// Why a space could not be brought up to date. What the device holds is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// No answer came. Nobody's fault; the next round tries again.
    #[error("{0}")]
    Unreachable(TransportError),
    /// The answer is not one this protocol knows. The relay is broken, of another kind, or lying.
    #[error("the relay's answer makes no sense")]
    Garbage,
    /// The relay does not let this device in: it was removed, or the space was never there.
    #[error("the relay does not know this device")]
    NotAuthorised,
    /// The relay refuses this; its code says why.
    #[error("the relay refuses this for now (code {})", .0.number())]
    Refused(RefusalCode),
    /// The relay lost or restored its store: its sequence numbers mean nothing now.
    #[error("the relay has lost what it held")]
    ResyncRequired {
        /// The incarnation of the relay's store.
        incarnation: u32,
    },
    /// A head is not signed by the key this space began with.
    #[error("the relay's head is not signed by the key this space began with")]
    HeadForged,
    /// The relay shows less than it showed before.
    #[error("the relay shows an older state than before")]
    Rollback,
    /// The relay's chain is not the one its records make, or not the one seen before.
    #[error("the relay shows two histories")]
    Forked,
    /// The relay says of records that others replaced them, and shows none that does.
    #[error("the relay keeps records back")]
    Withheld,
    /// The relay lost its store, and the log goes on without what this device knows of its person's devices.
    #[error("this device and the others no longer agree on which devices are theirs")]
    Parted,
    /// In a relationship another persona speaks for this person, and this device has no keys of it: its home space has not brought them yet, or
    /// somebody else made it.
    #[error("this device does not have the keys with which its person speaks in a relationship now")]
    Impersonated,
    /// The relay never came to an end within the bound of one round.
    #[error("the relay did not come to an end")]
    Endless,
    /// The device itself could not keep what arrived; its own error says why.
    #[error("this device could not keep what arrived")]
    Host,
}

impl From<TransportError> for SyncError {
    fn from(error: TransportError) -> Self {
        Self::Unreachable(error)
    }
}
