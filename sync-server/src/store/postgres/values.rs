//! Values in rows: newtypes to `bytea` and back, and numbers that PostgreSQL has no unsigned kind of.

use cairn_wire::message::Side;
use tokio_postgres::Row;

use crate::store::StoreError;

/// A number for a `bigint`.
pub(super) fn int(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Damaged)
}

/// A day for an `integer`.
pub(super) fn day(day: u64) -> Result<i32, StoreError> {
    i32::try_from(day).map_err(|_| StoreError::Damaged)
}

/// How many rows at most.
pub(super) fn most(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// The number of a side in a row.
pub(super) const fn side_number(side: Side) -> i16 {
    side.number() as i16
}

/// A number of a `bigint`.
pub(super) fn number(row: &Row, column: usize) -> Result<u64, StoreError> {
    u64::try_from(row.try_get::<_, i64>(column)?).map_err(|_| StoreError::Damaged)
}

/// A number of a `bigint` that may be NULL.
pub(super) fn maybe_number(row: &Row, column: usize) -> Result<Option<u64>, StoreError> {
    let number: Option<i64> = row.try_get(column)?;
    number
        .map(|number| u64::try_from(number).map_err(|_| StoreError::Damaged))
        .transpose()
}

/// A day of an `integer` that may be NULL.
pub(super) fn maybe_day(row: &Row, column: usize) -> Result<Option<u64>, StoreError> {
    let day: Option<i32> = row.try_get(column)?;
    day.map(|day| u64::try_from(day).map_err(|_| StoreError::Damaged))
        .transpose()
}

/// The same for one that is there.
pub(super) fn day_of(row: &Row, column: usize) -> Result<u64, StoreError> {
    maybe_day(row, column)?.ok_or(StoreError::Damaged)
}

/// A side of a `smallint`.
pub(super) fn side(row: &Row, column: usize) -> Result<Side, StoreError> {
    let number = u8::try_from(row.try_get::<_, i16>(column)?).ok();
    number.and_then(Side::from_number).ok_or(StoreError::Damaged)
}

/// So many bytes of a `bytea`.
pub(super) fn fixed<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], StoreError> {
    row.try_get::<_, &[u8]>(column)?
        .try_into()
        .map_err(|_| StoreError::Damaged)
}

/// What an id is locked by.
pub(super) fn first_eight(id: &[u8; 32]) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&id[..8]);
    first
}
