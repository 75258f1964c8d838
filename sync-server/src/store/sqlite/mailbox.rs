//! Rows of mailboxes.

use cairn_wire::MailboxId;
use rusqlite::{Connection, OptionalExtension as _};

use crate::store::StoreError;
use crate::store::rows::MailboxRows;

impl MailboxRows for Connection {
    fn mailbox_expires_ms(&self, id: &MailboxId) -> Result<Option<u64>, StoreError> {
        Ok(self
            .prepare_cached("SELECT expires_ms FROM mailbox WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    fn mailboxes(&self) -> Result<u64, StoreError> {
        Ok(self
            .prepare_cached("SELECT count(*) FROM mailbox")?
            .query_row([], |row| row.get(0))?)
    }

    fn begin_mailbox(&self, id: &MailboxId, expires_ms: u64) -> Result<(), StoreError> {
        self.prepare_cached("INSERT INTO mailbox (id, expires_ms) VALUES (?1, ?2)")?
            .execute((id.as_bytes(), expires_ms))?;
        Ok(())
    }

    fn messages(&self, id: &MailboxId) -> Result<u32, StoreError> {
        count(self, id)
    }

    fn message(&self, id: &MailboxId, index: u32) -> Result<Vec<u8>, StoreError> {
        Ok(self
            .prepare_cached("SELECT bytes FROM mailbox_message WHERE mailbox = ?1 AND ix = ?2")?
            .query_row((id.as_bytes(), index), |row| row.get(0))?)
    }

    fn put_message(&self, id: &MailboxId, index: u32, bytes: &[u8]) -> Result<(), StoreError> {
        self.prepare_cached("INSERT INTO mailbox_message (mailbox, ix, bytes) VALUES (?1, ?2, ?3)")?
            .execute((id.as_bytes(), index, bytes))?;
        Ok(())
    }

    fn forget_mailbox(&self, id: &MailboxId) -> Result<(), StoreError> {
        self.prepare_cached("DELETE FROM mailbox_message WHERE mailbox = ?1")?
            .execute([id.as_bytes()])?;
        self.prepare_cached("DELETE FROM mailbox WHERE id = ?1")?
            .execute([id.as_bytes()])?;
        Ok(())
    }

    fn mailboxes_over(&self, now_ms: u64, most: usize) -> Result<Vec<MailboxId>, StoreError> {
        self.prepare_cached("SELECT id FROM mailbox WHERE expires_ms <= ?1 LIMIT ?2")?
            .query_map((now_ms, most), |row| row.get(0))?
            .map(|id| Ok(MailboxId::from_bytes(id?)))
            .collect()
    }
}

/// How many messages a mailbox has.
pub(super) fn count(connection: &Connection, mailbox: &MailboxId) -> Result<u32, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM mailbox_message WHERE mailbox = ?1")?
        .query_row([mailbox.as_bytes()], |row| row.get(0))?)
}
