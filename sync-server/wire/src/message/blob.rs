//! `blob`: sealed bytes too large for a record, sent in parts under a slot and gone with it.
//!
//! Every message is a `POST`, as everywhere: [`BlobOp::Put`] stands for a `PUT` that goes on where it was interrupted,
//! [`BlobOp::Read`] for a `GET` of a range.
//!
//! A lost connection costs the part that was on its way: what the answer to the next one says is there, is there. On a slow
//! line parts are better short, since a relay waits for a request's body for seconds only.
//!
//! A blob has one length from its first part on, belongs to the side that put it, and is held by the slots it was put
//! under. The relay knows neither what is in it nor which record names it.

use minicbor::{Decode, Encode};

use super::Sealed;
use crate::{BlobId, SlotId, SpaceId, Token};

/// What to do with a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum BlobOp {
    /// Put a part of it at `offset`, under `slot`. What is there already is not written again.
    #[n(0)]
    Put,
    /// Ask how much of it is there.
    #[n(1)]
    Stat,
    /// Read from `offset` on. Only of a complete blob.
    #[n(2)]
    Read,
    /// Take it away from `slot`. With its last slot the blob goes.
    #[n(3)]
    Release,
}

/// Puts, reads or releases a blob. A field its operation does not use is zero, empty or absent.
///
/// A put is checked in this order, and the first that fails answers: `Malformed` or `TooLarge`, `NotAuthorised`,
/// `SpaceClosed`, `Conflict` (known with another `total`, or put by the other side), `SlotClosed`, `OverQuota`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobRequest<'a> {
    /// A session of the space. Put and release: of the side the blob belongs to.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// What to do.
    #[n(2)]
    pub op: BlobOp,
    /// Which blob.
    #[n(3)]
    pub blob: BlobId,
    /// Put, release: the slot that holds it.
    #[n(4)]
    pub slot: Option<SlotId>,
    /// Put: where `bytes` begin. Beyond what the relay has, nothing is changed and the answer says from where to go on.
    /// Read: the first byte wanted.
    #[n(5)]
    pub offset: u64,
    /// Put: bytes of the whole blob, 1 to [`BLOB_BYTES_MAX`](crate::bounds::BLOB_BYTES_MAX).
    #[n(6)]
    pub total: u64,
    /// Put: the part, at most [`BLOB_PART_BYTES_MAX`](crate::bounds::BLOB_PART_BYTES_MAX) and not beyond `total`. Empty
    /// only puts the blob under its slot.
    #[b(7)]
    pub bytes: Sealed<'a>,
    /// Read: bytes wanted at most; never more than [`BLOB_PART_BYTES_MAX`](crate::bounds::BLOB_PART_BYTES_MAX) come.
    #[n(8)]
    pub bytes_max: u32,
}

/// The blob as it stands. What a put answers as there survives a loss of power; what a release answers as gone is gone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BlobAnswer<'a> {
    /// Bytes that are there, from the first on without a gap: where the next part begins.
    #[n(0)]
    pub have: u64,
    /// Bytes of the whole blob; 0 when there is no such blob.
    #[n(1)]
    pub total: u64,
    /// Whether all of it is there.
    #[n(2)]
    pub complete: bool,
    /// Read: the bytes from `offset` on; empty when there are none, or while the blob is not complete.
    #[b(3)]
    pub bytes: Sealed<'a>,
}
