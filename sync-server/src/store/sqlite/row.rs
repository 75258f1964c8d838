//! Values in rows: newtypes to blobs and back, and the key of the log.

use cairn_wire::message::Side;
use cairn_wire::{ChainHash, HEADER_BYTES, PublicKey};
use rusqlite::Row;

use crate::store::StoreError;
use crate::store::space::SEQ_MAX;

/// Bits of a log key that hold the sequence number: a million million records in each of eight million spaces.
const SEQ_BITS: u32 = SEQ_MAX.count_ones();

/// The greatest number a space can have.
pub(super) const SPACE_NO_MAX: i64 = (1 << (63 - SEQ_BITS)) - 1;

/// The log key of a record.
pub(super) fn log_key(space_no: i64, seq: u64) -> Result<i64, StoreError> {
    if !(0..=SPACE_NO_MAX).contains(&space_no) {
        return Err(StoreError::Damaged);
    }
    let seq = i64::try_from(seq.min(SEQ_MAX)).map_err(|_| StoreError::Damaged)?;
    Ok((space_no << SEQ_BITS) | seq)
}

/// The sequence number of a log key.
pub(super) fn seq_of(key: i64) -> u64 {
    u64::try_from(key).unwrap_or(0) & SEQ_MAX
}

/// The number of a side in a row.
pub(super) const fn side_number(side: Side) -> i64 {
    side.number() as i64
}

/// A side from a row.
pub(super) fn side(row: &Row<'_>, column: usize) -> Result<Side, StoreError> {
    let number: u8 = row.get(column)?;
    Side::from_number(number).ok_or(StoreError::Damaged)
}

/// A chain from a row.
pub(super) fn chain(row: &Row<'_>, column: usize) -> Result<ChainHash, StoreError> {
    Ok(ChainHash::from_bytes(row.get(column)?))
}

/// An access key from a row.
pub(super) fn public_key(row: &Row<'_>, column: usize) -> Result<PublicKey, StoreError> {
    Ok(PublicKey::from_bytes(row.get(column)?))
}

/// A header from a row, not read yet.
pub(super) fn header_bytes(row: &Row<'_>, column: usize) -> Result<[u8; HEADER_BYTES], StoreError> {
    let bytes = row.get_ref(column)?.as_blob().map_err(|_| StoreError::Damaged)?;
    bytes.try_into().map_err(|_| StoreError::Damaged)
}
