//! What two people said to each other in a support space, as each of their devices keeps it.

use super::columns::{id, time};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::DocumentId;
use cairn_wire::SpaceId;
use rusqlite::{Row, params};
use std::fmt;

/// Something that one of the two said.
#[derive(Clone, PartialEq, Eq)]
pub struct SaidRow {
    /// The support space.
    pub space: SpaceId,
    /// Its name there.
    pub document: DocumentId,
    /// The number of its record's kind.
    pub kind: u8,
    /// Whose it is: 0 the participant's, 1 the specialist's.
    pub side: u8,
    /// Its number in the log; 0 while it is one's own and not there yet.
    pub seq: u64,
    /// When it came to this device, or was said here.
    pub received: Timestamp,
    /// What was said, encoded.
    pub content: Vec<u8>,
    /// Of a message: how it fits what was agreed; none before that was looked at.
    pub verdict: Option<u8>,
    /// Of a message of the other's: when it was shown here first.
    pub shown: Option<Timestamp>,
}

impl fmt::Debug for SaidRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaidRow")
            .field("document", &self.document)
            .field("kind", &self.kind)
            .field("side", &self.side)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "space, document, kind, side, seq, received, content, verdict, shown";

fn said(row: &Row<'_>) -> rusqlite::Result<SaidRow> {
    Ok(SaidRow {
        space: id(row, 0, SpaceId::from_bytes)?,
        document: id(row, 1, DocumentId::from_bytes)?,
        kind: row.get(2)?,
        side: row.get(3)?,
        seq: row.get(4)?,
        received: time(row, 5)?,
        content: row.get(6)?,
        verdict: row.get(7)?,
        shown: row.get::<_, Option<i64>>(8)?.map(Timestamp),
    })
}

impl View<'_> {
    /// Everything that was said in a space, in the order of its log; what is not there yet comes last.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn said(&self, space: SpaceId) -> Result<Vec<SaidRow>, StoreError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM said WHERE space = ?1 ORDER BY seq = 0, seq, place"),
            [space.as_bytes()],
            said,
        )
    }

    /// What was said of these kinds, in the same order.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn said_of(&self, space: SpaceId, kinds: &[u8]) -> Result<Vec<SaidRow>, StoreError> {
        let kinds: Vec<String> = kinds.iter().map(u8::to_string).collect();
        let kinds = kinds.join(", ");
        self.all(
            &format!("SELECT {COLUMNS} FROM said WHERE space = ?1 AND kind IN ({kinds}) ORDER BY seq = 0, seq, place"),
            [space.as_bytes()],
            said,
        )
    }

    /// What of it is one's own and not in the log yet, in the order in which it was said.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn said_waiting(&self, space: SpaceId) -> Result<Vec<SaidRow>, StoreError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM said WHERE space = ?1 AND seq = 0 ORDER BY place"),
            [space.as_bytes()],
            said,
        )
    }

    /// Whether something of this name was said in a space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn has_said(&self, space: SpaceId, document: DocumentId) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM said WHERE space = ?1 AND document = ?2)",
            params![space.as_bytes(), document.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Whether something of a kind, said by a side and in the log, was not looked at yet.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn said_unjudged(&self, space: SpaceId, kind: u8, side: u8) -> Result<bool, StoreError> {
        self.exactly(
            "SELECT EXISTS (SELECT 1 FROM said WHERE space = ?1 AND kind = ?2 AND side = ?3 AND seq > 0 AND verdict IS NULL)",
            params![space.as_bytes(), kind, side],
            |row| row.get(0),
        )
    }

    /// One thing that was said, if it is here.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn said_one(&self, space: SpaceId, document: DocumentId) -> Result<Option<SaidRow>, StoreError> {
        self.one(
            &format!("SELECT {COLUMNS} FROM said WHERE space = ?1 AND document = ?2"),
            params![space.as_bytes(), document.as_bytes()],
            said,
        )
    }

    /// How much one side has said of one kind.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn said_count(&self, space: SpaceId, kind: u8, side: u8) -> Result<usize, StoreError> {
        self.exactly(
            "SELECT count(*) FROM said WHERE space = ?1 AND kind = ?2 AND side = ?3",
            params![space.as_bytes(), kind, side],
            |row| {
                row.get::<_, i64>(0)
                    .map(|count| usize::try_from(count).unwrap_or(usize::MAX))
            },
        )
    }
}

impl Tx<'_> {
    /// Keeps something that was said. What has this name already stays as it is; where in the log it stands is noted. Of two sides that give something one name
    /// one's own words stand, whichever was heard first: nobody keeps a name from them that can be foreseen.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_said(&self, row: &SaidRow) -> Result<(), StoreError> {
        if !planted!(NameTaken) {
            self.run(
                "DELETE FROM said WHERE space = ?1 AND document = ?2 AND side <> ?3 AND ?3 = (SELECT side FROM space WHERE id = ?1)",
                params![row.space.as_bytes(), row.document.as_bytes(), row.side],
            )?;
        }
        self.run(
            "INSERT INTO said (space, document, kind, side, seq, received, content, verdict, shown, place) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, \
             (SELECT coalesce(max(place), 0) + 1 FROM said WHERE space = ?1)) \
             ON CONFLICT (space, document) DO UPDATE SET seq = excluded.seq, verdict = coalesce(nullif(said.verdict, 64), excluded.verdict) \
             WHERE side = excluded.side AND kind = excluded.kind AND seq = 0",
            params![
                row.space.as_bytes(),
                row.document.as_bytes(),
                row.kind,
                row.side,
                row.seq,
                row.received.0,
                row.content,
                row.verdict,
                row.shown.map(|at| at.0)
            ],
        )?;
        Ok(())
    }

    /// How a message fits what was agreed; with `words` it is kept whole, without it only its name is.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn judge_said(&self, space: SpaceId, document: DocumentId, verdict: u8, words: bool) -> Result<(), StoreError> {
        self.run(
            "UPDATE said SET verdict = ?3, content = iif(?4, content, x'') WHERE space = ?1 AND document = ?2",
            params![space.as_bytes(), document.as_bytes(), verdict, words],
        )?;
        Ok(())
    }

    /// A message was shown here first at this time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn show_said(&self, space: SpaceId, document: DocumentId, at: Timestamp) -> Result<(), StoreError> {
        self.run(
            "UPDATE said SET shown = ?3 WHERE space = ?1 AND document = ?2 AND shown IS NULL",
            params![space.as_bytes(), document.as_bytes(), at.0],
        )?;
        Ok(())
    }

    /// Takes back something of one's own that is not in the log.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn unsay(&self, space: SpaceId, document: DocumentId) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM said WHERE space = ?1 AND document = ?2 AND seq = 0",
            params![space.as_bytes(), document.as_bytes()],
        )?;
        Ok(())
    }

    /// Something of one's own stands in the log. One that was to come back has gone all the same.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn set_said(&self, space: SpaceId, document: DocumentId, seq: u64) -> Result<(), StoreError> {
        self.run(
            "UPDATE said SET seq = ?3, verdict = nullif(verdict, 64) WHERE space = ?1 AND document = ?2 AND seq = 0",
            params![space.as_bytes(), document.as_bytes(), seq],
        )?;
        Ok(())
    }

    /// Forgets what one side said.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_said(&self, space: SpaceId, side: u8) -> Result<(), StoreError> {
        self.run(
            "DELETE FROM said WHERE space = ?1 AND side = ?2",
            params![space.as_bytes(), side],
        )?;
        Ok(())
    }

    /// What one side said is said again: the log that held it is lost.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn say_again(&self, space: SpaceId, side: u8) -> Result<(), StoreError> {
        self.run(
            "UPDATE said SET seq = 0 WHERE space = ?1 AND side = ?2",
            params![space.as_bytes(), side],
        )?;
        Ok(())
    }
}
