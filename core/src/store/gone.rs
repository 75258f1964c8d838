//! What is gone for good, and what is still to be closed at the relay for it.

use super::columns::{at_most, heads, id};
use super::{StoreError, Tx, View};
use crate::id::DocumentId;
use cairn_wire::RecordHash;
use rusqlite::params;

/// An edition of a document whose slot is to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingRow {
    /// The document.
    pub document: DocumentId,
    /// The edition.
    pub edition: u32,
    /// Why, as tombstones number it.
    pub why: u8,
    /// The records whose state was closed: what is not contained in them was not seen by whoever closed it.
    pub parents: Vec<RecordHash>,
}

impl View<'_> {
    /// Whether a document was erased for good.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn is_gone(&self, document: DocumentId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM gone WHERE document = ?1)",
            [document.as_bytes()],
            |row| row.get(0),
        )
    }

    /// The records that were closed when a document was erased for good: whoever erased it had seen what they say.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn gone_parents(&self, document: DocumentId) -> Result<Option<Vec<RecordHash>>, StoreError> {
        self.one(
            "SELECT parents FROM gone WHERE document = ?1",
            [document.as_bytes()],
            |row| Ok(heads(row, 0)?.into_iter().map(RecordHash::from_bytes).collect()),
        )
    }

    /// Whether anything was erased for good.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn any_gone(&self) -> Result<bool, StoreError> {
        self.exactly("SELECT EXISTS (SELECT 1 FROM gone)", [], |row| row.get(0))
    }

    /// Editions to close of documents of which nothing waits to be sealed or sent: at most `count`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn closings(&self, count: usize) -> Result<Vec<ClosingRow>, StoreError> {
        self.all(
            "SELECT document, edition, why, parents FROM closing \
             WHERE NOT EXISTS (SELECT 1 FROM document WHERE document.id = closing.document AND document.dirty = 1) \
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.document = closing.document) LIMIT ?1",
            [at_most(count)],
            |row| {
                Ok(ClosingRow {
                    document: id(row, 0, DocumentId::from_bytes)?,
                    edition: row.get(1)?,
                    why: row.get(2)?,
                    parents: heads(row, 3)?.into_iter().map(RecordHash::from_bytes).collect(),
                })
            },
        )
    }

    /// How many editions are to be closed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn closing_count(&self) -> Result<u64, StoreError> {
        self.exactly("SELECT count(*) FROM closing", [], |row| row.get(0))
    }
}

impl Tx<'_> {
    /// Notes that a document was erased for good, with what its tombstone says.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_gone(&self, document: DocumentId, edition: u32, parents: &[RecordHash]) -> Result<(), StoreError> {
        self.run(
            "INSERT OR IGNORE INTO gone (document, edition, parents) VALUES (?1, ?2, ?3)",
            params![document.as_bytes(), edition, hashes(parents)],
        )?;
        Ok(())
    }

    /// Has the slot of everything that was erased for good on this device closed again, `why` as tombstones number it. What another one
    /// erased is that one's to say again: it may have been removed since.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(super) fn close_gone_again(&self, why: u8) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO closing (document, edition, why, parents) SELECT document, edition, ?1, parents FROM gone \
             WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'erased.' || lower(hex(document))) \
             ON CONFLICT (document, edition) DO UPDATE SET why = min(why, excluded.why)",
            [why],
        )?;
        Ok(())
    }

    /// Has the slots of the editions before the present one closed again: what a document said in them was erased.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(super) fn close_earlier_again(&self, why: u8) -> Result<(), StoreError> {
        self.run(
            "WITH RECURSIVE earlier (document, edition) AS ( \
                 SELECT id, edition - 1 FROM document WHERE edition > 0 AND space IS NULL \
                 UNION ALL SELECT document, edition - 1 FROM earlier WHERE edition > 0) \
             INSERT OR IGNORE INTO closing (document, edition, why, parents) SELECT document, edition, ?1, x'' FROM earlier",
            [why],
        )?;
        Ok(())
    }

    /// Forgets that editions of this document are to be closed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_closings(&self, document: DocumentId) -> Result<(), StoreError> {
        self.run("DELETE FROM closing WHERE document = ?1", [document.as_bytes()])?;
        Ok(())
    }

    /// Forgets that a document was erased: whoever erased it had no right to.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_gone(&self, document: DocumentId) -> Result<(), StoreError> {
        self.run("DELETE FROM gone WHERE document = ?1", [document.as_bytes()])?;
        Ok(())
    }

    /// Notes that an edition is to be closed; of two reasons erasing counts.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_closing(&self, closing: &ClosingRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO closing (document, edition, why, parents) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (document, edition) DO UPDATE SET why = min(why, excluded.why)",
            params![
                closing.document.as_bytes(),
                closing.edition,
                closing.why,
                hashes(&closing.parents)
            ],
        )?;
        Ok(())
    }

    /// Forgets that an edition is to be closed: its tombstone is sealed, or another device closed it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_closing(&self, document: DocumentId, edition: u32) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM closing WHERE document = ?1 AND edition = ?2",
            params![document.as_bytes(), edition],
        )?;
        Ok(())
    }
}

fn hashes(of: &[RecordHash]) -> Vec<u8> {
    of.iter().flat_map(|hash| *hash.as_bytes()).collect()
}
