//! The rule: what becomes of one record, from two integers and a few facts. No SQL, no clock, nothing decrypted.
//!
//! A record replaces the records of its slot and side whose sequence number is at most its `merged_upto`
//! ([`replaces`]). Whether it is taken at all is decided by [`judge`], whose checks run in a fixed order, so that every
//! relay answers a record alike and a record that is known answers its old number whatever has changed since:
//!
//! | | check | otherwise |
//! |---|---|---|
//! | 1 | the bytes are a record of this space, with the flag its endpoint asks for | `Malformed`, `TooLarge` |
//! | 2 | its author has access | `NotAuthorised` |
//! | 3 | its id is new | the old number, or `Conflict` |
//! | 4 | `incarnation` is the store's | `ResyncRequired` |
//! | 5 | `epoch` is the space's | `StaleEpoch` |
//! | 6 | its slot is open for its side | `SlotClosed` |
//! | 7 | `merged_upto` is at most the head | `BadMerge` |
//! | 8 | its side has room (ordinary records only) | `OverQuota` |

#[cfg(test)]
mod tests;

use cairn_wire::bounds::RECORD_BYTES_MAX;
use cairn_wire::message::{Outcome, OutcomeCode, Side};
use cairn_wire::{Header, HeaderError, Record, RecordHash, RecordId, SlotId, SpaceId};

/// What a record is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `append`: no tombstone, and there must be room.
    Ordinary,
    /// `erase`: a tombstone; never refused for room.
    Tombstone,
    /// `epoch`: the link to a new epoch, no tombstone; never refused for room.
    EpochLink,
}

/// What the rule knows of a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpaceNow {
    /// The store's incarnation.
    pub incarnation: u32,
    /// The space's epoch.
    pub epoch: u32,
    /// The sequence number of its last record.
    pub n: u64,
    /// Bytes the author's side uses.
    pub bytes: u64,
    /// Bytes a side may use.
    pub bytes_max: u64,
}

/// A record the space has under the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its sequence number.
    pub seq: u64,
    /// Its hash.
    pub hash: RecordHash,
}

/// What the rule may look up, and only when it comes to that.
pub trait Ledger {
    /// Why a look-up failed.
    type Error;

    /// The record of this id, if the space has one.
    ///
    /// # Errors
    /// The store's.
    fn known(&mut self, id: &RecordId) -> Result<Option<Known>, Self::Error>;

    /// Whether the slot was erased by this side.
    ///
    /// # Errors
    /// The store's.
    fn is_closed(&mut self, slot: &SlotId, side: Side) -> Result<bool, Self::Error>;
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It gets the next number.
    Store,
    /// It has this number already.
    Known(u64),
    /// It is refused, with the code's number.
    Refuse(OutcomeCode, u64),
}

/// Check 1: the bytes alone.
///
/// # Errors
/// The outcome to answer instead of storing.
pub fn parse<'a>(bytes: &'a [u8], space: &SpaceId, purpose: Purpose) -> Result<Record<'a>, Outcome> {
    let malformed = Outcome {
        code: OutcomeCode::Malformed,
        value: 0,
    };
    let record = Record::parse(bytes).map_err(|error| match error {
        HeaderError::TooLong => Outcome {
            code: OutcomeCode::TooLarge,
            value: RECORD_BYTES_MAX as u64,
        },
        _ => malformed,
    })?;
    let closes = purpose == Purpose::Tombstone;
    if record.header.space != *space || record.header.closes_slot() != closes {
        return Err(malformed);
    }
    Ok(record)
}

/// Checks 2 to 8. `side` is the author's, `None` without access; `bytes` is the length of the whole record.
///
/// # Errors
/// The ledger's.
pub fn judge<L: Ledger>(
    space: &SpaceNow,
    side: Option<Side>,
    purpose: Purpose,
    header: &Header,
    hash: &RecordHash,
    bytes: u64,
    ledger: &mut L,
) -> Result<Verdict, L::Error> {
    use OutcomeCode as Code;
    let Some(side) = side else {
        return Ok(Verdict::Refuse(Code::NotAuthorised, 0));
    };
    if let Some(known) = ledger.known(&header.record_id)? {
        return Ok(if known.hash == *hash {
            Verdict::Known(known.seq)
        } else {
            Verdict::Refuse(Code::Conflict, 0)
        });
    }
    if header.incarnation != space.incarnation {
        return Ok(Verdict::Refuse(Code::ResyncRequired, u64::from(space.incarnation)));
    }
    if header.epoch != space.epoch {
        return Ok(Verdict::Refuse(Code::StaleEpoch, u64::from(space.epoch)));
    }
    if ledger.is_closed(&header.slot, side)? {
        return Ok(Verdict::Refuse(Code::SlotClosed, 0));
    }
    if header.merged_upto > space.n {
        return Ok(Verdict::Refuse(Code::BadMerge, space.n));
    }
    let fits = space.bytes.checked_add(bytes).is_some_and(|sum| sum <= space.bytes_max);
    if purpose == Purpose::Ordinary && !fits {
        return Ok(Verdict::Refuse(Code::OverQuota, space.bytes_max));
    }
    Ok(Verdict::Store)
}

/// Where a record stands in its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its slot.
    pub slot: SlotId,
    /// Its author's side.
    pub side: Side,
    /// Its sequence number.
    pub seq: u64,
}

/// Whether `newer`, carrying `merged_upto`, replaces `older`.
#[must_use]
pub fn replaces(newer: &Placed, merged_upto: u64, older: &Placed) -> bool {
    older.seq < newer.seq && older.seq <= merged_upto && older.slot == newer.slot && older.side == newer.side
}
