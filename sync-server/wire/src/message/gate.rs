//! `gate`: half of a key, kept under a slot until the other side takes it, and gone with the slot.
//!
//! Whoever shows something may seal it once more, to a key made of two halves: one stands in the sealed record, the other lies here. Either half alone opens
//! nothing, and the relay stays blind. While nobody has taken the half, dropping the gate or erasing its slot leaves what was sealed closed for ever. On which day
//! something of a slot was taken first is noted, durably, before it is answered, and stays known when the gates are gone.
//!
//! A slot may have several gates of each side: no put touches another gate. All of this is the relay's word and no more: one that lies can hand out a half and say
//! nothing of it.

use minicbor::{Decode, Encode};

use crate::{GateId, GatePart, SlotId, SpaceId, Token};

/// What to do with a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum GateOp {
    /// Put it under a slot of the session's side. The same again changes nothing.
    #[n(0)]
    Put,
    /// Take its part, as the other side.
    #[n(1)]
    Take,
    /// Ask, as the side that put it, whether it is there, and whether anything of its slot was taken.
    #[n(2)]
    Look,
    /// Take it away, as the side that put it: when that is answered, its part is in no file any more. The same again changes nothing.
    #[n(3)]
    Drop,
}

/// Puts, takes, looks at or drops a gate. A field its operation does not use is absent.
///
/// A put is checked in this order, and the first that fails answers: `Malformed`, `NotAuthorised`, `SpaceClosed`, `SlotClosed`, `Conflict` (this gate with another
/// part or another day), `OverQuota` (the side has [`GATES_MAX`](crate::bounds::GATES_MAX) of them).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GateRequest {
    /// A session of the space.
    #[n(0)]
    pub token: Token,
    /// The space.
    #[n(1)]
    pub space: SpaceId,
    /// What to do.
    #[n(2)]
    pub op: GateOp,
    /// The slot it belongs to.
    #[n(3)]
    pub slot: SlotId,
    /// Which gate.
    #[n(4)]
    pub gate: GateId,
    /// Put: what it keeps.
    #[n(5)]
    pub part: Option<GatePart>,
    /// Put: the last day on which it can be taken, in days since 1970-01-01 UTC; absent for no last day.
    #[n(6)]
    pub expires_day: Option<u16>,
}

/// The gate as it stands. What a put answers as there, and what a taking hands out, survives a loss of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GateAnswer {
    /// Whether this gate is there: not before it was put, nor after it was dropped, its slot was erased or its last day is over.
    #[n(0)]
    pub is_there: bool,
    /// Take: what it keeps.
    #[n(1)]
    pub part: Option<GatePart>,
    /// Put, look, drop: on which day a gate of this slot was taken first, in days since 1970-01-01 UTC by the relay's clock, whether it is still there or not;
    /// absent while none was.
    #[n(2)]
    pub taken_day: Option<u16>,
}
