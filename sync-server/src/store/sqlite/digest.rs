//! A hash over everything the store holds, for tests that say "nothing changed".

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::store::StoreError;

/// Every table, each in the order of its key.
const TABLES: [&str; 17] = [
    "SELECT * FROM relay ORDER BY id",
    "SELECT * FROM space ORDER BY no",
    "SELECT * FROM closing_keep ORDER BY space_no, slot",
    "SELECT * FROM access ORDER BY space_no, key",
    "SELECT * FROM ack ORDER BY space_no, key",
    "SELECT * FROM log ORDER BY key",
    "SELECT * FROM known ORDER BY space_no, record_id",
    "SELECT * FROM kept ORDER BY space_no, slot, side, seq",
    "SELECT * FROM slot_closed ORDER BY space_no, slot, side",
    "SELECT * FROM blob ORDER BY space_no, id",
    "SELECT * FROM blob_hold ORDER BY space_no, slot, side, blob",
    "SELECT * FROM blob_gone ORDER BY file",
    "SELECT * FROM gate ORDER BY space_no, slot, side, gate",
    "SELECT * FROM gate_taken ORDER BY space_no, slot, side",
    "SELECT * FROM wake ORDER BY space_no, key, registration",
    "SELECT * FROM mailbox ORDER BY id",
    "SELECT * FROM mailbox_message ORDER BY mailbox, ix",
];

pub(super) fn digest(connection: &Connection) -> Result<[u8; 32], StoreError> {
    let mut hasher = blake3::Hasher::new();
    for sql in TABLES {
        hasher.update(sql.as_bytes());
        let mut statement = connection.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                add(&mut hasher, row.get_ref(column)?);
            }
        }
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Each value with its kind and length, so that no two different rows hash alike.
fn add(hasher: &mut blake3::Hasher, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => {
            hasher.update(&[1]).update(&number.to_le_bytes());
            return;
        }
        ValueRef::Real(number) => {
            hasher.update(&[2]).update(&number.to_le_bytes());
            return;
        }
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    hasher
        .update(&[kind])
        .update(&(bytes.len() as u64).to_le_bytes())
        .update(bytes);
}
