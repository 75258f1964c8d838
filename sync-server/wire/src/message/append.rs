//! `append`, `erase` and `ack`: records in, records gone, records taken.

use minicbor::{Decode, Encode};

use super::{RefusalCode, Sealed};
use crate::{Receipt, SignedHead, SpaceId, Token};

/// Appends records, in their order. One that is known already answers its old sequence number.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppendRequest<'a> {
    /// A session of the space.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// Whole records, at most [`APPEND_RECORDS_MAX`](crate::bounds::APPEND_RECORDS_MAX).
    #[b(2)]
    pub records: Vec<Sealed<'a>>,
}

/// What became of one record. The checks run in the order `Malformed` or `TooLarge`, `NotAuthorised`, known already
/// (`Stored` or `Conflict`), `ResyncRequired`, `StaleEpoch`, `SlotClosed`, `BadMerge`, `OverQuota`; the first that fails answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum OutcomeCode {
    /// Stored durably, now or earlier; the value is its sequence number.
    #[n(0)]
    Stored,
    /// The key has no access.
    #[n(1)]
    NotAuthorised,
    /// Another record of this name is there.
    #[n(2)]
    Conflict,
    /// The value is the store's incarnation.
    #[n(3)]
    ResyncRequired,
    /// The value is the space's epoch.
    #[n(4)]
    StaleEpoch,
    /// The slot was erased.
    #[n(5)]
    SlotClosed,
    /// `merged_upto` lies beyond the head; the value is the head's `n`.
    #[n(6)]
    BadMerge,
    /// The value is the limit in bytes.
    #[n(7)]
    OverQuota,
    /// Not a record of this space, or a tombstone outside `erase`.
    #[n(8)]
    Malformed,
    /// The value is the limit in bytes.
    #[n(9)]
    TooLarge,
}

impl OutcomeCode {
    /// The refusal that means the same for a whole request; `None` for [`Self::Stored`].
    #[must_use]
    pub const fn refusal(self) -> Option<RefusalCode> {
        Some(match self {
            Self::Stored => return None,
            Self::NotAuthorised => RefusalCode::NotAuthorised,
            Self::Conflict => RefusalCode::Conflict,
            Self::ResyncRequired => RefusalCode::ResyncRequired,
            Self::StaleEpoch => RefusalCode::StaleEpoch,
            Self::SlotClosed => RefusalCode::SlotClosed,
            Self::BadMerge => RefusalCode::BadMerge,
            Self::OverQuota => RefusalCode::OverQuota,
            Self::Malformed => RefusalCode::Malformed,
            Self::TooLarge => RefusalCode::TooLarge,
        })
    }
}

/// One record's outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Outcome {
    /// What became of it.
    #[n(0)]
    pub code: OutcomeCode,
    /// The number that goes with the code; 0 where none does.
    #[n(1)]
    pub value: u64,
}

/// What became of the records, each in its place. When this is answered, what is `Stored` survives a loss of power.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppendAnswer {
    /// One outcome per record, in their order.
    #[n(0)]
    pub results: Vec<Outcome>,
    /// Where the space stands, at these records or later.
    #[n(1)]
    pub head: SignedHead,
}

/// Says that everything up to `n` is durable, merged or set aside on this device. Never goes back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AckRequest {
    /// A session of the space; the acknowledgement is its key's.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// At most the head's `n`.
    #[n(2)]
    pub n: u64,
}

/// Taken note of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AckAnswer {
    /// Where the space stands.
    #[n(0)]
    pub head: SignedHead,
}

/// Closes a slot for the session's side and drops its other bodies, at once and for ever.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EraseRequest<'a> {
    /// A session of the space.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// The tombstone: a sealed record with [`CLOSES_SLOT`](crate::CLOSES_SLOT). Its own body stays and travels.
    #[b(2)]
    pub record: Sealed<'a>,
}

/// Erased: the bodies are gone from the relay's files.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EraseAnswer {
    /// The tombstone's sequence number.
    #[n(0)]
    pub seq: u64,
    /// The relay's word for it.
    #[n(1)]
    pub receipt: Receipt,
    /// Where the space stands.
    #[n(2)]
    pub head: SignedHead,
}
