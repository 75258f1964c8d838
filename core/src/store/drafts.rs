//! What a person was writing when they left off.

use super::columns::{id, maybe_id};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::{DraftId, EntryId};
use rusqlite::{Row, params};
use std::fmt;

/// One draft.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftRow {
    /// Its name.
    pub id: DraftId,
    /// The entry it revises; none for a new one.
    pub entry: Option<EntryId>,
    /// The version of that entry it was read at, as bytes.
    pub version: Vec<u8>,
    /// Why it is here; the vault numbers the reasons.
    pub why: u8,
    /// When it was kept last.
    pub at: Timestamp,
    /// What it says, as bytes.
    pub content: Vec<u8>,
}

/// Shows no words.
impl fmt::Debug for DraftRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DraftRow").field("id", &self.id).finish_non_exhaustive()
    }
}

fn draft(row: &Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        id: id(row, 0, DraftId::from_bytes)?,
        entry: maybe_id(row, 1, EntryId::from_bytes)?,
        version: row.get(2)?,
        why: row.get(3)?,
        at: row.get(4).map(Timestamp)?,
        content: row.get(5)?,
    })
}

impl View<'_> {
    /// Every draft, the one kept last first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn drafts(&self) -> Result<Vec<DraftRow>, StoreError> {
        self.all(
            "SELECT id, entry, version, why, at, content FROM draft ORDER BY at DESC, id",
            [],
            draft,
        )
    }

    /// One draft.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn draft(&self, id: DraftId) -> Result<Option<DraftRow>, StoreError> {
        self.one(
            "SELECT id, entry, version, why, at, content FROM draft WHERE id = ?1",
            [id.as_bytes()],
            draft,
        )
    }

    /// How many drafts there are. To keep their bound.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn draft_count(&self) -> Result<u64, StoreError> {
        self.exactly("SELECT count(*) FROM draft", [], |row| row.get(0))
    }
}

impl Tx<'_> {
    /// Keeps a draft, in the place of the one with its id.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_draft(&self, draft: &DraftRow) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO draft (id, entry, version, why, at, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                draft.id.as_bytes(),
                draft.entry.as_ref().map(EntryId::as_bytes),
                draft.version,
                draft.why,
                draft.at.0,
                draft.content
            ],
        )?;
        Ok(())
    }

    /// Removes a draft.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_draft(&self, id: DraftId) -> Result<(), StoreError> {
        self.run("DELETE FROM draft WHERE id = ?1", [id.as_bytes()])?;
        Ok(())
    }

    /// Makes a draft one of no entry: the entry it revised is gone, and `why` says so.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn orphan_draft(&self, id: DraftId, why: u8, version: &[u8]) -> Result<(), StoreError> {
        self.run(
            "UPDATE draft SET entry = NULL, version = ?3, why = ?2 WHERE id = ?1",
            params![id.as_bytes(), why, version],
        )?;
        Ok(())
    }

    /// Removes the drafts of an entry that is erased.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_drafts_of(&self, entry: EntryId) -> Result<(), StoreError> {
        self.run("DELETE FROM draft WHERE entry = ?1", [entry.as_bytes()])?;
        Ok(())
    }
}
