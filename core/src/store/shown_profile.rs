//! What is shown of a profile in a support space, as both sides keep it.

use super::{StoreError, Tx, View};
use cairn_wire::SpaceId;
use rusqlite::params;
use std::fmt;

/// The part of a profile that was shown last.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownProfileRow {
    /// Its version.
    pub version: u64,
    /// Its number in the log; 0 where that log is lost.
    pub seq: u64,
    /// What it says, encoded.
    pub content: Vec<u8>,
}

impl fmt::Debug for ShownProfileRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShownProfileRow")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl View<'_> {
    /// What is shown of a profile in a space; none where nothing ever was.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn shown_profile(&self, space: SpaceId) -> Result<Option<ShownProfileRow>, StoreError> {
        self.one(
            "SELECT version, seq, content FROM shown_profile WHERE space = ?1",
            [space.as_bytes()],
            |row| {
                Ok(ShownProfileRow {
                    version: row.get(0)?,
                    seq: row.get(1)?,
                    content: row.get(2)?,
                })
            },
        )
    }
}

impl Tx<'_> {
    /// Puts what is shown of a profile in the place of what was shown before.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_shown_profile(&self, space: SpaceId, row: &ShownProfileRow) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO shown_profile (space, version, seq, content) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (space) DO UPDATE SET version = excluded.version, seq = excluded.seq, content = excluded.content",
            params![space.as_bytes(), row.version, row.seq, row.content],
        )?;
        Ok(())
    }

    /// The log that held what is shown is lost.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn doubt_shown_profile(&self, space: SpaceId) -> Result<(), StoreError> {
        self.run("UPDATE shown_profile SET seq = 0 WHERE space = ?1", [space.as_bytes()])?;
        Ok(())
    }

    /// Forgets what is shown of a profile in a space.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_shown_profile(&self, space: SpaceId) -> Result<(), StoreError> {
        self.run("DELETE FROM shown_profile WHERE space = ?1", [space.as_bytes()])?;
        Ok(())
    }
}
