//! Bodies going: at once when erased, later when replaced or expired. A stub (header and body hash) always stays.

use cairn_wire::message::Side;
use cairn_wire::{BodyHash, HEADER_BYTES, RecordHash, SlotId, header::body_hash, record_hash, stub_hash};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::StoreError;
use super::space::Space;
use super::sqlite::row::{header_bytes, log_key, side, side_number};
use crate::rule::Placed;

/// The record hash of a row of `stub, header, body`.
pub(super) fn hash_of(row: &Row<'_>) -> Result<RecordHash, StoreError> {
    let header = header_bytes(row, 1)?;
    let body = row.get_ref(2)?.as_blob().map_err(|_| StoreError::Damaged)?;
    if row.get::<_, bool>(0)? {
        let hash = BodyHash::from_slice(body).ok_or(StoreError::Damaged)?;
        return Ok(stub_hash(&header, &hash));
    }
    Ok(record_hash(&header, body))
}

/// Replaces the body of a record by its hash. Does nothing if it is gone already.
///
/// `secure_delete` overwrites what it leaves behind in the database; the caller sees to the log of changes.
pub(super) fn drop_body(connection: &Connection, space: &mut Space, seq: u64) -> Result<(), StoreError> {
    let key = log_key(space.no, seq)?;
    let found = connection
        .prepare_cached("SELECT stub, side, header, body FROM log WHERE key = ?1")?
        .query_row([key], |row| {
            if row.get::<_, bool>(0)? {
                return Ok(None);
            }
            let body = row.get_ref(3)?.as_blob()?;
            Ok(Some((side(row, 1), header_bytes(row, 2), body_hash(body), body.len())))
        })
        .optional()?
        .flatten();
    let Some((side, header, hash, len)) = found else {
        return Ok(());
    };
    let header = cairn_wire::Header::decode(&header?).map_err(|_| StoreError::Damaged)?;
    let placed = Placed {
        slot: header.slot,
        side: side?,
        seq,
    };
    connection
        .prepare_cached("UPDATE log SET stub = 1, body = ?2 WHERE key = ?1")?
        .execute((key, hash.as_bytes()))?;
    connection
        .prepare_cached("DELETE FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND seq = ?4")?
        .execute((space.no, placed.slot.as_bytes(), side_number(placed.side), seq))?;
    space.tail.forget_body(&placed);
    let used = &mut space.bytes[usize::from(placed.side.number())];
    let freed = stored_bytes(len).saturating_sub(stored_bytes(BodyHash::LEN));
    *used = used.saturating_sub(freed);
    space.change();
    Ok(())
}

/// What a record counts for against its side's quota.
pub(super) const fn stored_bytes(body_len: usize) -> u64 {
    (HEADER_BYTES + body_len) as u64
}

/// The records of a slot and side that still have a body.
pub(super) fn kept_of(
    connection: &Connection,
    space: &Space,
    slot: &SlotId,
    side: Side,
) -> Result<Vec<u64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT seq FROM kept WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?;
    let mut rows = statement.query((space.no, slot.as_bytes(), side_number(side)))?;
    let mut kept = Vec::new();
    while let Some(row) = rows.next()? {
        kept.push(row.get(0)?);
    }
    kept.extend(space.tail.kept(slot, side).iter().map(|kept| kept.seq));
    Ok(kept)
}
