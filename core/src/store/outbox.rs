//! Sealed bytes on their way to the relay, kept until it has acknowledged them.

use super::columns::{at_most, id, maybe_id};
use super::{StoreError, Tx, View};
use crate::id::DocumentId;
use cairn_wire::{RecordHash, RecordId, SpaceId};
use rusqlite::{Row, params};
use std::collections::BTreeSet;
use std::fmt;

/// One sealed record on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its place in the order; never used twice.
    pub n: i64,
    /// The space it goes to.
    pub space: SpaceId,
    /// What is asked of the relay: 0 append, 1 erase, 2 epoch, 3 append of a state that is sealed again.
    pub purpose: u8,
    /// Its id.
    pub record_id: RecordId,
    /// Its hash.
    pub hash: RecordHash,
    /// The document it is a state of; none for links of a chain.
    pub document: Option<DocumentId>,
    /// Its sealed bytes, header and body.
    pub record: Vec<u8>,
    /// Whether it was handed to a transport: the relay may have it.
    pub sent: bool,
}

impl fmt::Debug for OutboxRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxRow")
            .field("n", &self.n)
            .field("record_id", &self.record_id)
            .field("sent", &self.sent)
            .finish_non_exhaustive()
    }
}

fn outbox_row(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        n: row.get(0)?,
        space: id(row, 1, SpaceId::from_bytes)?,
        purpose: row.get(2)?,
        record_id: id(row, 3, RecordId::from_bytes)?,
        hash: id(row, 4, RecordHash::from_bytes)?,
        document: maybe_id(row, 5, DocumentId::from_bytes)?,
        sent: row.get(6)?,
        record: row.get(7)?,
    })
}

impl View<'_> {
    /// One record of the outbox.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_row(&self, n: i64) -> Result<Option<OutboxRow>, StoreError> {
        self.one(
            "SELECT n, space, purpose, record_id, hash, document, sent, record FROM outbox WHERE n = ?1",
            [n],
            outbox_row,
        )
    }

    /// The first records for a space, sent ones too: as many as fit in `bytes_max`, but one at least, and `count_max` at
    /// most. Erasures come first, then everything in the order it was put there.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox(&self, space: SpaceId, bytes_max: usize, count_max: usize) -> Result<Vec<OutboxRow>, StoreError> {
        self.outbox_but(space, &BTreeSet::new(), bytes_max, count_max)
    }

    /// As [`Self::outbox`], without these places.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_but(
        &self,
        space: SpaceId,
        without: &BTreeSet<i64>,
        bytes_max: usize,
        count_max: usize,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(|connection| {
            let mut fitting: Vec<OutboxRow> = Vec::new();
            let mut bytes = 0_usize;
            // Two walks along the primary key: one sorted walk would read every waiting record to send the first.
            for sql in [
                "SELECT n, space, purpose, record_id, hash, document, sent, record FROM outbox \
                 WHERE space = ?1 AND purpose = 1 ORDER BY n",
                "SELECT n, space, purpose, record_id, hash, document, sent, record FROM outbox \
                 WHERE space = ?1 AND purpose <> 1 ORDER BY n",
            ] {
                let mut statement = connection.prepare_cached(sql)?;
                let mut rows = statement.query([space.as_bytes()])?;
                while fitting.len() < count_max
                    && let Some(row) = rows.next()?
                {
                    if without.contains(&row.get(0)?) {
                        continue;
                    }
                    let row = outbox_row(row)?;
                    bytes = bytes.saturating_add(row.record.len());
                    if bytes > bytes_max && !fitting.is_empty() {
                        return Ok(fitting);
                    }
                    fitting.push(row);
                }
            }
            Ok(fitting)
        })
    }

    /// States of documents for a space that were never handed to a transport, at most `count`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_unsent(&self, space: SpaceId, count: usize) -> Result<Vec<OutboxRow>, StoreError> {
        self.all(
            "SELECT n, space, purpose, record_id, hash, document, sent, record FROM outbox \
             WHERE space = ?1 AND sent = 0 AND purpose IN (0, 3) AND document IS NOT NULL ORDER BY n LIMIT ?2",
            params![space.as_bytes(), at_most(count)],
            outbox_row,
        )
    }

    /// States for a space that are on their way once more, sealed as they were before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_again(&self, space: SpaceId) -> Result<Vec<OutboxRow>, StoreError> {
        self.all(
            "SELECT n, space, purpose, record_id, hash, document, sent, record FROM outbox \
             WHERE space = ?1 AND purpose = 3 ORDER BY n",
            [space.as_bytes()],
            outbox_row,
        )
    }

    /// The link that begins an epoch of this space, if one waits.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_epoch(&self, space: SpaceId) -> Result<Option<OutboxRow>, StoreError> {
        self.one(
            "SELECT n, space, purpose, record_id, hash, document, sent, record FROM outbox \
             WHERE space = ?1 AND purpose = 2 ORDER BY n LIMIT 1",
            [space.as_bytes()],
            outbox_row,
        )
    }

    /// The place and the hash of every record for a space that was handed to a transport: the relay may have it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_sent(&self, space: SpaceId) -> Result<Vec<(i64, RecordHash)>, StoreError> {
        self.all(
            "SELECT n, hash FROM outbox WHERE space = ?1 AND sent = 1 ORDER BY n",
            [space.as_bytes()],
            |row| Ok((row.get(0)?, id(row, 1, RecordHash::from_bytes)?)),
        )
    }

    /// Whether a record without a document, a link of the chain, waits for this space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_has_link(&self, space: SpaceId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE space = ?1 AND document IS NULL)",
            [space.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Whether a state of this document waits, sent or not.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_has_state(&self, document: DocumentId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE document = ?1 AND purpose IN (0, 3))",
            [document.as_bytes()],
            |row| row.get(0),
        )
    }

    /// How many records wait, for all spaces.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn outbox_waiting(&self) -> Result<u64, StoreError> {
        self.exactly("SELECT count(*) FROM outbox", [], |row| row.get(0))
    }
}

impl Tx<'_> {
    /// Puts a sealed record at the end of the outbox and answers its place.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn push_outbox(
        &self,
        space: SpaceId,
        purpose: u8,
        record_id: &RecordId,
        hash: &RecordHash,
        document: Option<DocumentId>,
        record: &[u8],
    ) -> Result<i64, StoreError> {
        self.run(
            "INSERT INTO outbox (space, purpose, record_id, hash, document, sent, record) \
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
            params![
                space.as_bytes(),
                purpose,
                record_id.as_bytes(),
                hash.as_bytes(),
                document.as_ref().map(DocumentId::as_bytes),
                record
            ],
        )?;
        Ok(self.last_row())
    }

    /// Notes that these records were handed to a transport.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_sent(&self, places: &[i64]) -> Result<(), StoreError> {
        for n in places {
            self.run("UPDATE outbox SET sent = 1 WHERE n = ?1", [n])?;
        }
        Ok(())
    }

    /// Removes a record: the relay has acknowledged or refused it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_outbox(&self, n: i64) -> Result<(), StoreError> {
        self.run("DELETE FROM outbox WHERE n = ?1", [n])?;
        Ok(())
    }

    /// Removes the states of a document that wait, sent or not, because its tombstone takes their place; answers how many.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_appends(&self, space: SpaceId, document: DocumentId) -> Result<usize, StoreError> {
        self.run(
            "DELETE FROM outbox WHERE space = ?1 AND document = ?2 AND purpose IN (0, 3)",
            params![space.as_bytes(), document.as_bytes()],
        )
    }

    /// Removes everything for a space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn clear_outbox(&self, space: SpaceId) -> Result<(), StoreError> {
        self.run("DELETE FROM outbox WHERE space = ?1", [space.as_bytes()])?;
        Ok(())
    }
}
