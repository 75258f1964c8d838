//! Records that could not be admitted, kept sealed as they came until somebody can.

use super::columns::{id, maybe_id, time};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::DocumentId;
use crate::limits;
use cairn_wire::{Record, RecordHash, SlotId, SpaceId};
use rusqlite::{Row, params};
use std::fmt;

/// One record in quarantine.
#[derive(Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The record.
    pub hash: RecordHash,
    /// The space it came in.
    pub space: SpaceId,
    /// Its number there.
    pub seq: u64,
    /// The document it is a state of, where that could be read.
    pub document: Option<DocumentId>,
    /// Why, as the vault numbers its reasons.
    pub reason: u8,
    /// Its sealed bytes.
    pub record: Vec<u8>,
    /// When it was put here.
    pub at: Timestamp,
}

impl fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantined")
            .field("hash", &self.hash)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

fn quarantined(row: &Row<'_>) -> rusqlite::Result<Quarantined> {
    Ok(Quarantined {
        hash: id(row, 0, RecordHash::from_bytes)?,
        space: id(row, 1, SpaceId::from_bytes)?,
        seq: row.get(2)?,
        document: maybe_id(row, 3, DocumentId::from_bytes)?,
        reason: row.get(4)?,
        at: time(row, 5)?,
        record: row.get(6)?,
    })
}

impl View<'_> {
    /// Everything in quarantine, by space and number.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, StoreError> {
        self.all(
            "SELECT hash, space, seq, document, reason, at, record FROM quarantine ORDER BY space, seq, hash",
            [],
            quarantined,
        )
    }

    /// What is in quarantine for this reason and whose bytes were kept, by space and number.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantined_for(&self, reason: u8) -> Result<Vec<Quarantined>, StoreError> {
        self.all(
            "SELECT hash, space, seq, document, reason, at, record FROM quarantine \
             WHERE reason = ?1 AND length(record) > 0 ORDER BY space, seq, hash",
            [reason],
            quarantined,
        )
    }

    /// Records of a space that were set aside for a reason when there was no room left for their bytes.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantined_without_bytes(&self, space: SpaceId, reason: u8) -> Result<Vec<RecordHash>, StoreError> {
        self.all(
            "SELECT hash FROM quarantine WHERE space = ?1 AND reason = ?2 AND length(record) = 0",
            params![space.as_bytes(), reason],
            |row| id(row, 0, RecordHash::from_bytes),
        )
    }

    /// A record in quarantine, by its name.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantined_one(&self, hash: &RecordHash) -> Result<Option<Quarantined>, StoreError> {
        self.one(
            "SELECT hash, space, seq, document, reason, at, record FROM quarantine WHERE hash = ?1",
            [hash.as_bytes()],
            quarantined,
        )
    }

    /// Whether anything is in quarantine for this reason whose bytes were kept.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn any_quarantined_for(&self, reason: u8) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM quarantine WHERE reason = ?1 AND length(record) > 0)",
            [reason],
            |row| row.get(0),
        )
    }

    /// The smallest number of a record in quarantine that is of this document, or lies in its slot without anybody here
    /// knowing what it is: no merge may claim to contain it or a later one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantine_floor(
        &self,
        document: DocumentId,
        space: SpaceId,
        slot: SlotId,
    ) -> Result<Option<u64>, StoreError> {
        let of_document: Option<u64> = self.exactly(
            "SELECT min(seq) FROM quarantine WHERE document = ?1",
            [document.as_bytes()],
            |row| row.get(0),
        )?;
        let of_slot: Option<u64> = self.exactly(
            "SELECT min(seq) FROM quarantine WHERE space = ?1 AND slot = ?2",
            params![space.as_bytes(), slot.as_bytes()],
            |row| row.get(0),
        )?;
        Ok(of_document.into_iter().chain(of_slot).min())
    }

    /// How many records are in quarantine, by reason.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantine_reasons(&self) -> Result<Vec<(u8, u64)>, StoreError> {
        self.all(
            "SELECT reason, count(*) FROM quarantine GROUP BY reason ORDER BY reason",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    fn quarantine_bytes(&self) -> Result<u64, StoreError> {
        self.exactly("SELECT coalesce(sum(length(record)), 0) FROM quarantine", [], |row| {
            row.get(0)
        })
    }

    /// Whether a record is in quarantine.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn is_quarantined(&self, hash: &RecordHash) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM quarantine WHERE hash = ?1)",
            [hash.as_bytes()],
            |row| row.get(0),
        )
    }
}

impl Tx<'_> {
    /// Puts a record into quarantine. One that is there already keeps its bytes and its time; the new reason counts,
    /// and a document that is known now is noted.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantine(&self, quarantined: &Quarantined) -> Result<(), StoreError> {
        let has_room = self.quarantine_bytes()? < limits::QUARANTINE_BYTES_MAX;
        self.put_quarantined(quarantined, if has_room { &quarantined.record } else { &[] })
    }

    /// Puts a record into quarantine with its bytes, however much lies there: it takes the place of a document that is here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn quarantine_whole(&self, quarantined: &Quarantined) -> Result<(), StoreError> {
        self.put_quarantined(quarantined, &quarantined.record)
    }

    fn put_quarantined(&self, quarantined: &Quarantined, record: &[u8]) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO quarantine (hash, space, seq, document, reason, at, record, slot) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (hash) DO UPDATE SET reason = excluded.reason, \
             document = coalesce(excluded.document, document)",
            params![
                quarantined.hash.as_bytes(),
                quarantined.space.as_bytes(),
                quarantined.seq,
                quarantined.document.as_ref().map(DocumentId::as_bytes),
                quarantined.reason,
                quarantined.at.0,
                record,
                Record::parse(&quarantined.record)
                    .ok()
                    .map(|record| *record.header.slot.as_bytes()),
            ],
        )?;
        Ok(())
    }

    /// Takes every record of a document out of quarantine: the document is erased.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn release_quarantine_of(&self, document: DocumentId) -> Result<(), StoreError> {
        self.run("DELETE FROM quarantine WHERE document = ?1", [document.as_bytes()])?;
        Ok(())
    }

    /// Takes what lies in a slot out of quarantine: it is nothing that this device reads.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn release_quarantine_in(&self, space: SpaceId, slot: SlotId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM quarantine WHERE space = ?1 AND slot = ?2",
            [space.as_bytes(), slot.as_bytes()],
        )?;
        Ok(())
    }

    /// Takes a record out of quarantine, because it was admitted or must be gone.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn release_quarantine(&self, hash: &RecordHash) -> Result<(), StoreError> {
        self.run("DELETE FROM quarantine WHERE hash = ?1", [hash.as_bytes()])?;
        Ok(())
    }
}
