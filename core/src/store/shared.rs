//! What another person shows to this one, what has ended, and what still waits here before it leaves.

use super::columns::{id, time};
use super::{StoreError, Tx, View};
use crate::clock::Timestamp;
use crate::id::{RelationshipId, ShareId};
use cairn_wire::SpaceId;
use rusqlite::{Row, params};
use std::fmt;

/// A view that another person shares.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedRow {
    /// The share.
    pub share: ShareId,
    /// The relationship it came in.
    pub relationship: RelationshipId,
    /// The space it came in.
    pub space: SpaceId,
    /// Its slot there.
    pub slot: [u8; 16],
    /// Its version: a later one replaces it.
    pub version: u64,
    /// What is shown, encoded.
    pub content: Vec<u8>,
    /// When it came.
    pub received: Timestamp,
}

impl fmt::Debug for SharedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRow")
            .field("share", &self.share)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

fn shared(row: &Row<'_>) -> rusqlite::Result<SharedRow> {
    Ok(SharedRow {
        share: id(row, 0, ShareId::from_bytes)?,
        relationship: id(row, 1, RelationshipId::from_bytes)?,
        space: id(row, 2, SpaceId::from_bytes)?,
        slot: row.get(3)?,
        version: row.get(4)?,
        received: time(row, 5)?,
        content: row.get(6)?,
    })
}

impl View<'_> {
    /// Every shared view, those received last first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn shared(&self) -> Result<Vec<SharedRow>, StoreError> {
        self.all(
            "SELECT share, relationship, space, slot, version, received, content FROM shared \
             ORDER BY received DESC, share",
            [],
            shared,
        )
    }

    /// The shared views of one space, those received last first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn shared_in(&self, space: SpaceId) -> Result<Vec<SharedRow>, StoreError> {
        self.all(
            "SELECT share, relationship, space, slot, version, received, content FROM shared \
             WHERE space = ?1 ORDER BY received DESC, share",
            [space.as_bytes()],
            shared,
        )
    }

    /// One shared view.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn shared_view(&self, share: ShareId) -> Result<Option<SharedRow>, StoreError> {
        self.one(
            "SELECT share, relationship, space, slot, version, received, content FROM shared WHERE share = ?1",
            [share.as_bytes()],
            shared,
        )
    }

    /// The shares that ended, each with where in the log its stop stands; 0 where that is not known.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn stops(&self) -> Result<Vec<(ShareId, u64)>, StoreError> {
        self.all("SELECT share, seq FROM share_end ORDER BY share", [], |row| {
            Ok((id(row, 0, ShareId::from_bytes)?, row.get(1)?))
        })
    }

    /// The version that ended a share, if it ended.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn share_ended(&self, share: ShareId) -> Result<Option<u64>, StoreError> {
        self.one(
            "SELECT version FROM share_end WHERE share = ?1",
            [share.as_bytes()],
            |row| row.get(0),
        )
    }

    /// Shares whose wait is over at `now`, the longest over first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn due(&self, now: Timestamp) -> Result<Vec<(ShareId, RelationshipId)>, StoreError> {
        self.all(
            "SELECT share, relationship FROM hold WHERE at <= ?1 ORDER BY at, share",
            [now.0],
            |row| {
                Ok((
                    id(row, 0, ShareId::from_bytes)?,
                    id(row, 1, RelationshipId::from_bytes)?,
                ))
            },
        )
    }

    /// When the next wait is over.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let earliest = self.exactly("SELECT min(at) FROM hold", [], |row| row.get::<_, Option<i64>>(0))?;
        Ok(earliest.map(Timestamp))
    }
}

impl Tx<'_> {
    /// Puts a shared view in the place of the one of its share.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn put_shared(&self, row: &SharedRow) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO shared (share, relationship, space, slot, version, received, content) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                row.share.as_bytes(),
                row.relationship.as_bytes(),
                row.space.as_bytes(),
                row.slot,
                row.version,
                row.received.0,
                row.content,
            ],
        )?;
        Ok(())
    }

    /// Removes a shared view. Its words are overwritten; follow with [`Store::checkpoint`](super::Store::checkpoint),
    /// so that the write-ahead log holds them no longer either.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn remove_shared(&self, share: ShareId) -> Result<(), StoreError> {
        self.run("DELETE FROM shared WHERE share = ?1", [share.as_bytes()])?;
        Ok(())
    }

    /// Notes that a share ended with this version. A smaller version than the one noted changes nothing.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn end_share(&self, share: ShareId, version: u64) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO share_end (share, version) VALUES (?1, ?2) \
             ON CONFLICT (share) DO UPDATE SET version = max(version, excluded.version)",
            params![share.as_bytes(), version],
        )?;
        Ok(())
    }

    /// Notes where in the log the stop of a share that ended stands first.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn place_stop(&self, share: ShareId, seq: u64) -> Result<(), StoreError> {
        self.run(
            "UPDATE share_end SET seq = ?2 WHERE share = ?1 AND (seq = 0 OR seq > ?2)",
            params![share.as_bytes(), seq],
        )?;
        Ok(())
    }

    /// The log in which the stop of a share stood is lost: it counts as having stood before everything.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn doubt_stop(&self, share: ShareId) -> Result<(), StoreError> {
        self.run("UPDATE share_end SET seq = 0 WHERE share = ?1", [share.as_bytes()])?;
        Ok(())
    }

    /// Forgets that a share ended: whether its stop stands in the log is to be found out.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn forget_share_end(&self, share: ShareId) -> Result<(), StoreError> {
        self.run("DELETE FROM share_end WHERE share = ?1", [share.as_bytes()])?;
        Ok(())
    }

    /// Holds a share back until `at`.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn hold(&self, share: ShareId, relationship: RelationshipId, at: Timestamp) -> Result<(), StoreError> {
        self.run(
            "INSERT OR REPLACE INTO hold (share, relationship, at) VALUES (?1, ?2, ?3)",
            params![share.as_bytes(), relationship.as_bytes(), at.0],
        )?;
        Ok(())
    }

    /// Holds a share back no longer: it left, or it was called back.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn unhold(&self, share: ShareId) -> Result<(), StoreError> {
        self.run("DELETE FROM hold WHERE share = ?1", [share.as_bytes()])?;
        Ok(())
    }
}
