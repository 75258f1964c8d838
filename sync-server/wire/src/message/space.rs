//! `space`: beginning one and closing one, now or later.

use minicbor::{Decode, Encode};

use crate::{ClosedReceipt, PublicKey, Signature, SignedHead, SlotId, SpaceId, Token, encode, space_bytes};

/// Who writes. Records replace and erase only records of their own side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Side {
    /// The participant. A home space has no other side.
    #[n(0)]
    Participant,
    /// The peer support specialist.
    #[n(1)]
    Specialist,
}

impl Side {
    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Participant => 0,
            Self::Specialist => 1,
        }
    }

    /// The side of a number, if it is one.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Participant),
            1 => Some(Self::Specialist),
            _ => None,
        }
    }
}

/// One key's right to a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(map)]
pub struct Access {
    /// The access key.
    #[n(0)]
    pub key: PublicKey,
    /// The side it writes for.
    #[n(1)]
    pub side: Side,
    /// Whether it may change access, epoch and space.
    #[n(2)]
    pub administer: bool,
}

/// What to do with a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum SpaceOp {
    /// Begin it, or raise the epoch of one that is there. Doing it again with the same access answers the same.
    #[n(0)]
    Create,
    /// Drop every body but those that are to be kept and take nothing more, for ever: now, or at a time to come.
    #[n(1)]
    Close,
    /// Let a time to come pass without closing.
    #[n(2)]
    Stay,
}

/// Creates or closes a space, or lets it stay.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SpaceRequest {
    /// What to do.
    #[n(0)]
    pub op: SpaceOp,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// Create: who may use it, the first one administering. Else empty.
    #[n(2)]
    pub access: Vec<Access>,
    /// Create: by the first key over [`Self::signed_bytes`]. Else zeros.
    #[n(3)]
    pub signature: Signature,
    /// Close and stay: a session with the right to administer. Create: absent.
    #[n(4)]
    pub token: Option<Token>,
    /// Close: the slots whose records stay readable for some time, at most
    /// [`CLOSE_KEEP_SLOTS_MAX`](crate::bounds::CLOSE_KEEP_SLOTS_MAX). Absent: none.
    #[n(5)]
    pub keep: Option<Vec<SlotId>>,
    /// Close: when, by the relay's clock, in milliseconds since 1970-01-01 UTC; asked again, the last time counts. Absent: now.
    #[n(6)]
    pub at_ms: Option<u64>,
    /// Create: the epoch the space is in at least, for one that a relay has forgotten or put back; absent is 1. Close: absent.
    #[n(7)]
    pub epoch: Option<u32>,
}

impl SpaceRequest {
    /// The bytes the signature of a create covers, for the relay at `origin`.
    #[must_use]
    pub fn signed_bytes(&self, origin: &str) -> Vec<u8> {
        let unsigned = Self {
            signature: Signature::from_bytes([0; 64]),
            ..self.clone()
        };
        space_bytes(origin, &encode(&unsigned))
    }
}

/// A space as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SpaceAnswer {
    /// The key the relay signs heads with, to be pinned.
    #[n(0)]
    pub relay_key: PublicKey,
    /// The epoch: 1 when it begins.
    #[n(1)]
    pub epoch: u32,
    /// Where it stands.
    #[n(2)]
    pub head: SignedHead,
    /// That it is closed; absent while it is open.
    #[n(3)]
    pub closed: Option<ClosedReceipt>,
}
