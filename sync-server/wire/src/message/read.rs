//! `read`: pages of records, now or when there are some.

use minicbor::{Decode, Encode};

use super::{RefusalCode, Sealed};
use crate::{BodyHash, ClosedReceipt, HeaderBytes, SignedHead, SlotId, SpaceId, Token};

/// Reads from several spaces at once.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadRequest {
    /// What to read, at most [`READ_SPACES_MAX`](crate::bounds::READ_SPACES_MAX).
    #[n(0)]
    pub spaces: Vec<ReadSpace>,
    /// Bytes of records wanted at most over all pages, at most [`PAGE_BYTES_MAX`](crate::bounds::PAGE_BYTES_MAX). The first
    /// record found is answered whatever its length; a page whose turn comes when nothing is left has a head and no items.
    #[n(1)]
    pub bytes_max: u32,
    /// Milliseconds to wait while no space has anything beyond its `since`; at most
    /// [`WAIT_MS_MAX`](crate::bounds::WAIT_MS_MAX). Without a `since` nothing waits.
    #[n(2)]
    pub wait_ms: u32,
}

/// What to read of one space: exactly one of `since`, `until` and `slots` is there. Of a closed space, what it has kept is read with
/// `until` and `slots`; `since` is refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadSpace {
    /// A session of the space.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// Everything after this sequence number, without a gap, oldest first.
    #[n(2)]
    pub since: Option<u64>,
    /// The newest records up to this sequence number whose bodies fit, oldest of them first; stubs only between them. The
    /// next page back is asked for with `first_seq - 1`, until `first_seq` is 1 or less.
    #[n(3)]
    pub until: Option<u64>,
    /// The live records of these slots.
    #[n(4)]
    pub slots: Option<Vec<SlotId>>,
}

/// One page per space, in the order asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReadAnswer<'a> {
    /// The pages.
    #[b(0)]
    pub pages: Vec<Page<'a>>,
}

/// Records of one space.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Page<'a> {
    /// The space.
    #[n(0)]
    pub space: SpaceId,
    /// `since`: the sequence number of the first item, `since + 1`. `until`: the lowest sequence number looked at. `slots`: 0.
    #[n(1)]
    pub first_seq: u64,
    /// Records and stubs in ascending order of sequence number.
    #[b(2)]
    pub items: Vec<Item<'a>>,
    /// Where the space stands. Absent in a page that is refused.
    #[n(3)]
    pub head: Option<SignedHead>,
    /// With `since`, when the page ends before the head: the head as it was at the last item.
    #[n(4)]
    pub page_head: Option<SignedHead>,
    /// Why this space was not read; the other fields are then empty or zero.
    #[n(5)]
    pub refusal: Option<RefusalCode>,
    /// The space's epoch.
    #[n(6)]
    pub epoch: u32,
    /// That the space is closed: with the refusal that says so, and with what a closed space has kept.
    #[n(7)]
    pub closed: Option<ClosedReceipt>,
}

/// A whole record (`record`), or what is left of one (`header` and `body_hash`).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Item<'a> {
    /// The record, whole.
    #[b(0)]
    pub record: Option<Sealed<'a>>,
    /// The header of a record whose body is gone.
    #[n(1)]
    pub header: Option<HeaderBytes>,
    /// The hash of the body that is gone.
    #[n(2)]
    pub body_hash: Option<BodyHash>,
    /// The sequence number.
    #[n(3)]
    pub seq: u64,
}
