//! A hash over everything the store holds, for tests that say "nothing changed".

use deadpool_postgres::Object;

use crate::store::StoreError;

/// Every table of what is kept, each in the order of its key, a row as PostgreSQL writes it. Of the relay's own row without its key, which never
/// changes; sessions come and go.
pub(super) const TABLES: [&str; 16] = [
    "SELECT incarnation::text FROM relay",
    "SELECT t::text FROM space t ORDER BY id",
    "SELECT t::text FROM closing_keep t ORDER BY space, slot",
    "SELECT t::text FROM access t ORDER BY space, key",
    "SELECT t::text FROM ack t ORDER BY space, key",
    "SELECT t::text FROM log t ORDER BY space, seq",
    "SELECT t::text FROM kept t ORDER BY space, slot, side, seq",
    "SELECT t::text FROM slot_closed t ORDER BY space, slot, side",
    "SELECT t::text FROM blob t ORDER BY space, id",
    "SELECT t::text FROM blob_hold t ORDER BY space, slot, side, blob",
    "SELECT t::text FROM blob_gone t ORDER BY file",
    "SELECT t::text FROM gate t ORDER BY space, slot, side, gate",
    "SELECT t::text FROM gate_taken t ORDER BY space, slot, side",
    "SELECT t::text FROM wake t ORDER BY space, key, registration",
    "SELECT t::text FROM mailbox t ORDER BY id",
    "SELECT t::text FROM mailbox_message t ORDER BY mailbox, ix",
];

pub(super) async fn digest(client: &Object) -> Result<[u8; 32], StoreError> {
    let mut hasher = blake3::Hasher::new();
    client
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    for sql in TABLES {
        hasher.update(sql.as_bytes());
        for row in client.query(sql, &[]).await? {
            let row: &str = row.try_get(0)?;
            hasher.update(&(row.len() as u64).to_le_bytes()).update(row.as_bytes());
        }
    }
    client.batch_execute("COMMIT").await?;
    Ok(*hasher.finalize().as_bytes())
}
