//! Bodies going: at once when erased, later when replaced or expired. A stub (header and body hash) always stays.

use cairn_wire::message::Side;
use cairn_wire::{BodyHash, HEADER_BYTES, RecordHash, SlotId, record_hash, stub_hash};

use super::StoreError;
use super::rows::Rows;
use super::space::Space;
use crate::rule::Placed;

/// The record hash of a row of the log.
pub(super) fn hash_of(is_stub: bool, header: &[u8], body: &[u8]) -> Result<RecordHash, StoreError> {
    let header: [u8; HEADER_BYTES] = header.try_into().map_err(|_| StoreError::Damaged)?;
    if is_stub {
        let hash = BodyHash::from_slice(body).ok_or(StoreError::Damaged)?;
        return Ok(stub_hash(&header, &hash));
    }
    Ok(record_hash(&header, body))
}

/// Replaces the body of a record by its hash. Does nothing if it is gone already.
pub(super) fn drop_body(rows: &dyn Rows, space: &mut Space, seq: u64) -> Result<(), StoreError> {
    let Some(body) = rows.body_at(space, seq)? else {
        return Ok(());
    };
    let placed = Placed {
        slot: body.header.slot,
        side: body.side,
        seq,
    };
    rows.drop_body(space, &placed, &body.hash)?;
    space.tail.forget_body(&placed);
    let freed = stored_bytes(body.len).saturating_sub(stored_bytes(BodyHash::LEN));
    space.free_bytes(body.side, freed);
    space.change();
    Ok(())
}

/// What a record counts for against its side's quota.
pub(super) const fn stored_bytes(body_len: usize) -> u64 {
    (HEADER_BYTES + body_len) as u64
}

/// The records of a slot and side that still have a body.
pub(super) fn kept_of(rows: &dyn Rows, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<u64>, StoreError> {
    let mut kept = rows.kept(space, slot, side)?;
    kept.extend(space.tail.kept(slot, side).iter().map(|kept| kept.seq));
    Ok(kept)
}
