//! Rows of mailboxes.

use cairn_wire::MailboxId;

use super::transaction::Transaction;
use super::values::{first_eight, fixed, int, maybe_number, most as limit, number};
use crate::store::StoreError;
use crate::store::rows::MailboxRows;

impl MailboxRows for Transaction<'_> {
    /// The lock is on the id, because there may be no row to lock.
    fn mailbox_expires_ms(&self, id: &MailboxId) -> Result<Option<u64>, StoreError> {
        let key = i64::from_le_bytes(first_eight(id.as_bytes()));
        self.query("SELECT pg_advisory_xact_lock($1)", &[&key])?;
        let row = self.query_opt("SELECT expires_ms FROM mailbox WHERE id = $1", &[&bytes(id)])?;
        row.map_or(Ok(None), |row| maybe_number(&row, 0))
    }

    fn mailboxes(&self) -> Result<u64, StoreError> {
        number(&self.query_one("SELECT count(*) FROM mailbox", &[])?, 0)
    }

    fn begin_mailbox(&self, id: &MailboxId, expires_ms: u64) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO mailbox (id, expires_ms) VALUES ($1, $2)",
            &[&bytes(id), &int(expires_ms)?],
        )?;
        Ok(())
    }

    fn messages(&self, id: &MailboxId) -> Result<u32, StoreError> {
        let row = self.query_one("SELECT count(*) FROM mailbox_message WHERE mailbox = $1", &[&bytes(id)])?;
        u32::try_from(number(&row, 0)?).map_err(|_| StoreError::Damaged)
    }

    fn message(&self, id: &MailboxId, index: u32) -> Result<Vec<u8>, StoreError> {
        let row = self.query_one(
            "SELECT bytes FROM mailbox_message WHERE mailbox = $1 AND ix = $2",
            &[&bytes(id), &index_of(index)?],
        )?;
        Ok(row.try_get(0)?)
    }

    fn put_message(&self, id: &MailboxId, index: u32, message: &[u8]) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO mailbox_message (mailbox, ix, bytes) VALUES ($1, $2, $3)",
            &[&bytes(id), &index_of(index)?, &message],
        )?;
        Ok(())
    }

    fn forget_mailbox(&self, id: &MailboxId) -> Result<(), StoreError> {
        self.execute("DELETE FROM mailbox_message WHERE mailbox = $1", &[&bytes(id)])?;
        self.execute("DELETE FROM mailbox WHERE id = $1", &[&bytes(id)])?;
        Ok(())
    }

    fn mailboxes_over(&self, now_ms: u64, most: usize) -> Result<Vec<MailboxId>, StoreError> {
        let rows = self.query(
            "SELECT id FROM mailbox WHERE expires_ms <= $1 LIMIT $2",
            &[&int(now_ms)?, &limit(most)],
        )?;
        rows.iter()
            .map(|row| Ok(MailboxId::from_bytes(fixed(row, 0)?)))
            .collect()
    }
}

const fn bytes(id: &MailboxId) -> &[u8] {
    id.as_bytes().as_slice()
}

/// An index for an `integer`.
pub(super) fn index_of(index: u32) -> Result<i32, StoreError> {
    i32::try_from(index).map_err(|_| StoreError::Damaged)
}
