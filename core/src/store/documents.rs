//! Documents: what is merged. One row for each, with its Automerge bytes once it has been edited.

use super::columns::{at_most, heads, heads_column, id, maybe_id};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::DocumentId;
use cairn_wire::SpaceId;
use rusqlite::{Row, params};
use std::fmt;

/// One document.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its name.
    pub id: DocumentId,
    /// Its kind, as records number them; entries are 1.
    pub kind: u8,
    /// How often it has begun anew.
    pub edition: u32,
    /// Version of its layout.
    pub schema: u16,
    /// Version of the function that makes its first change.
    pub genesis: u16,
    /// Its Automerge bytes; none while it has no history but its first change.
    pub bytes: Option<Vec<u8>>,
    /// Whether `bytes` were loaded and checked; hostile until then.
    pub admitted: bool,
    /// Automerge's heads; none for an untouched first change.
    pub heads: Vec<[u8; 32]>,
    /// Whether it holds what no record of this device carries yet.
    pub dirty: bool,
    /// Not to be published before this time; none for at once.
    pub publish_after: Option<Timestamp>,
    /// A newer version wrote it in a way that this one cannot continue.
    pub read_only: bool,
    /// The space it lives in; none for the home space.
    pub space: Option<SpaceId>,
}

impl fmt::Debug for DocumentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentRow")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A document without its bytes: the fields of a [`DocumentRow`], read without touching them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "each field is described at the field of DocumentRow that has its name"
)]
pub struct DocumentHead {
    pub id: DocumentId,
    pub kind: u8,
    pub edition: u32,
    pub schema: u16,
    pub genesis: u16,
    pub admitted: bool,
    pub heads: Vec<[u8; 32]>,
    pub dirty: bool,
    pub publish_after: Option<Timestamp>,
    pub read_only: bool,
    pub space: Option<SpaceId>,
    /// Whether there are bytes.
    pub has_bytes: bool,
}

/// Reads the columns that [`DocumentRow`] and [`DocumentHead`] share; column 11 tells whether there are bytes.
fn head(row: &Row<'_>) -> rusqlite::Result<DocumentHead> {
    Ok(DocumentHead {
        id: id(row, 0, DocumentId::from_bytes)?,
        kind: row.get(1)?,
        edition: row.get(2)?,
        schema: row.get(3)?,
        genesis: row.get(4)?,
        admitted: row.get(5)?,
        dirty: row.get(6)?,
        publish_after: row.get::<_, Option<i64>>(7)?.map(Timestamp),
        read_only: row.get(8)?,
        space: maybe_id(row, 9, SpaceId::from_bytes)?,
        heads: heads(row, 10)?,
        has_bytes: row.get(11)?,
    })
}

fn document(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    let head = head(row)?;
    Ok(DocumentRow {
        id: head.id,
        kind: head.kind,
        edition: head.edition,
        schema: head.schema,
        genesis: head.genesis,
        bytes: row.get(12)?,
        admitted: head.admitted,
        heads: head.heads,
        dirty: head.dirty,
        publish_after: head.publish_after,
        read_only: head.read_only,
        space: head.space,
    })
}

impl View<'_> {
    /// One document.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn document(&self, id: DocumentId) -> Result<Option<DocumentRow>, StoreError> {
        self.one(
            "SELECT id, kind, edition, schema, genesis, admitted, dirty, publish_after, read_only, space, heads, \
             bytes IS NOT NULL, bytes FROM document WHERE id = ?1",
            [id.as_bytes()],
            document,
        )
    }

    /// One document without its bytes.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn document_head(&self, id: DocumentId) -> Result<Option<DocumentHead>, StoreError> {
        self.one(
            "SELECT id, kind, edition, schema, genesis, admitted, dirty, publish_after, read_only, space, heads, \
             bytes IS NOT NULL FROM document WHERE id = ?1",
            [id.as_bytes()],
            head,
        )
    }

    /// How many documents wait to be sealed.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn dirty_count(&self) -> Result<u64, StoreError> {
        Ok(self
            .one("SELECT count(*) FROM document WHERE dirty", [], |row| row.get(0))?
            .unwrap_or(0))
    }

    /// Documents to publish at `now`, those without a time first, then by their time; of equal ones entries come last, in
    /// the order in which they happened. So what happened last is sealed last, and a new device, which reads the newest
    /// records first, has the newest entries at once.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn dirty_documents(&self, now: Timestamp, count: usize) -> Result<Vec<DocumentId>, StoreError> {
        self.all(
            "SELECT document.id FROM document INDEXED BY document_dirty \
             LEFT JOIN entry ON entry.id = document.id WHERE dirty = 1 \
             AND (publish_after IS NULL OR publish_after <= ?1) \
             ORDER BY publish_after, entry.at, document.id LIMIT ?2",
            params![now.0, at_most(count)],
            |row| id(row, 0, DocumentId::from_bytes),
        )
    }

    /// The earliest time that a document waits for; those that wait for none are not counted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn next_publish(&self) -> Result<Option<Timestamp>, StoreError> {
        let earliest = self.exactly(
            "SELECT min(publish_after) FROM document INDEXED BY document_dirty \
             WHERE dirty = 1 AND publish_after IS NOT NULL",
            [],
            |row| row.get::<_, Option<i64>>(0),
        )?;
        Ok(earliest.map(Timestamp))
    }

    /// All documents of one kind, by id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn documents_of(&self, kind: u8) -> Result<Vec<DocumentId>, StoreError> {
        let sql = if kind > 1 {
            "SELECT id FROM document WHERE kind > 1 AND kind = ?1 ORDER BY id"
        } else {
            "SELECT id FROM document WHERE kind = ?1 ORDER BY id"
        };
        self.all(sql, [kind], |row| id(row, 0, DocumentId::from_bytes))
    }

    /// How many attempts at opening a document began and never ended.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn attempts(&self, document: DocumentId) -> Result<u32, StoreError> {
        let count = self.one(
            "SELECT count FROM attempt WHERE document = ?1",
            [document.as_bytes()],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or(0))
    }
}

impl Tx<'_> {
    /// Puts a document in the place of the one with its id, bytes and all.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_document(&self, row: &DocumentRow) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO document (id, kind, edition, schema, genesis, admitted, dirty, publish_after, \
             read_only, space, heads, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                row.id.as_bytes(),
                row.kind,
                row.edition,
                row.schema,
                row.genesis,
                row.admitted,
                row.dirty,
                row.publish_after.map(|at| at.0),
                row.read_only,
                row.space.as_ref().map(SpaceId::as_bytes),
                heads_column(&row.heads),
                row.bytes,
            ],
        )?;
        Ok(())
    }

    /// Marks a document as published.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_clean(&self, id: DocumentId) -> Result<(), StoreError> {
        self.run(
            "UPDATE document SET dirty = 0, publish_after = NULL WHERE id = ?1",
            [id.as_bytes()],
        )?;
        Ok(())
    }

    /// Marks a document as one to publish, not before `after`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_dirty(&self, id: DocumentId, after: Option<Timestamp>) -> Result<(), StoreError> {
        self.run(
            "UPDATE document SET dirty = 1, publish_after = ?2 WHERE id = ?1",
            params![id.as_bytes(), after.map(|at| at.0)],
        )?;
        Ok(())
    }

    /// Marks every document as one to publish at once: for re-sealing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn mark_all_dirty(&self) -> Result<(), StoreError> {
        self.run("UPDATE document SET dirty = 1, publish_after = NULL", [])?;
        Ok(())
    }

    /// Removes a document for good, with its fields, its siblings, its attempts and the signatures still to be checked.
    /// Its entry is another row ([`Tx::remove_entry`]); so is what waits in the outbox or lies in quarantine.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_document(&self, id: DocumentId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM document WHERE id = ?1",
            "DELETE FROM field WHERE document = ?1",
            "DELETE FROM field_set WHERE document = ?1",
            "DELETE FROM sibling WHERE document = ?1",
            "DELETE FROM attempt WHERE document = ?1",
            "DELETE FROM unverified WHERE document = ?1",
        ] {
            self.run(sql, [id.as_bytes()])?;
        }
        Ok(())
    }

    /// Notes that an attempt at opening a document begins, and answers its number, from 1. Commit before opening: the
    /// note is there to be found after a death on the way.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn begin_attempt(&self, document: DocumentId) -> Result<u32, StoreError> {
        self.exactly(
            "INSERT INTO attempt (document, count) VALUES (?1, 1) \
             ON CONFLICT (document) DO UPDATE SET count = count + 1 RETURNING count",
            [document.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Notes that the attempt came to an end, whatever it was.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn end_attempt(&self, document: DocumentId) -> Result<(), StoreError> {
        self.run("DELETE FROM attempt WHERE document = ?1", [document.as_bytes()])?;
        Ok(())
    }
}
