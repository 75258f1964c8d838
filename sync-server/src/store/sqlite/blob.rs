//! Rows of blobs, and of which slots hold them.

use cairn_wire::message::Side;
use cairn_wire::{BlobId, SlotId, SpaceId};
use rusqlite::{Connection, OptionalExtension as _};

use super::row::{side, side_number};
use crate::store::StoreError;
use crate::store::blob_bytes::Left;
use crate::store::command::BlobNow;
use crate::store::rows::{Blob, BlobRows, Hold};
use crate::store::space::Space;

impl BlobRows for Connection {
    fn blob(&self, space: &Space, id: &BlobId) -> Result<Option<Blob>, StoreError> {
        find(self, space.no, id)
    }

    fn begin_blob(&self, space: &Space, side: Side, id: &BlobId, total: u64, day: u64) -> Result<u64, StoreError> {
        let file: u64 = self
            .prepare_cached("UPDATE relay SET files = files + 1 RETURNING files")?
            .query_row([], |row| row.get(0))?;
        self.prepare_cached(
            "INSERT INTO blob (space_no, id, side, file, total, have, day) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        )?
        .execute((space.no, id.as_bytes(), side_number(side), file, total, day))?;
        Ok(file)
    }

    fn fill_blob(&self, space: &Space, id: &BlobId, have: u64, day: u64) -> Result<(), StoreError> {
        self.prepare_cached("UPDATE blob SET have = ?3, day = max(day, ?4) WHERE space_no = ?1 AND id = ?2")?
            .execute((space.no, id.as_bytes(), have, day))?;
        Ok(())
    }

    fn drop_blob(&self, space: &Space, id: &BlobId) -> Result<u64, StoreError> {
        let (file, total): (u64, u64) = self
            .prepare_cached("DELETE FROM blob WHERE space_no = ?1 AND id = ?2 RETURNING file, total")?
            .query_row((space.no, id.as_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.prepare_cached("INSERT INTO blob_gone (file) VALUES (?1)")?
            .execute([file])?;
        Ok(total)
    }

    fn drop_blobs(&self, space: &Space) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO blob_gone (file) SELECT file FROM blob WHERE space_no = ?1",
            [space.no],
        )?;
        for table in ["blob", "blob_hold"] {
            self.execute(&format!("DELETE FROM {table} WHERE space_no = ?1"), [space.no])?;
        }
        Ok(())
    }

    fn is_held(&self, space: &Space, hold: &Hold) -> Result<bool, StoreError> {
        Ok(self
            .prepare_cached("SELECT 1 FROM blob_hold WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND blob = ?4")?
            .exists(key(space, hold))?)
    }

    fn hold(&self, space: &Space, hold: &Hold) -> Result<(), StoreError> {
        self.prepare_cached("INSERT INTO blob_hold (space_no, slot, side, blob) VALUES (?1, ?2, ?3, ?4)")?
            .execute(key(space, hold))?;
        Ok(())
    }

    fn let_go(&self, space: &Space, hold: &Hold) -> Result<bool, StoreError> {
        let held = self
            .prepare_cached("DELETE FROM blob_hold WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND blob = ?4")?
            .execute(key(space, hold))?;
        Ok(held > 0)
    }

    fn holds(&self, space: &Space, id: &BlobId) -> Result<Vec<Hold>, StoreError> {
        let mut statement =
            self.prepare_cached("SELECT slot, side FROM blob_hold WHERE space_no = ?1 AND blob = ?2")?;
        let mut rows = statement.query((space.no, id.as_bytes()))?;
        let mut holds = Vec::new();
        while let Some(row) = rows.next()? {
            holds.push(Hold {
                slot: SlotId::from_bytes(row.get(0)?),
                side: side(row, 1)?,
                blob: *id,
            });
        }
        Ok(holds)
    }

    fn held(&self, space: &Space, slot: &SlotId, side: Side) -> Result<Vec<BlobId>, StoreError> {
        self.prepare_cached("SELECT blob FROM blob_hold WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
            .query_map((space.no, slot.as_bytes(), side_number(side)), |row| row.get(0))?
            .map(|blob| Ok(BlobId::from_bytes(blob?)))
            .collect()
    }

    fn unfinished(&self, before_day: u64, most: usize) -> Result<Vec<(SpaceId, BlobId)>, StoreError> {
        self.prepare_cached(
            "SELECT space.id, blob.id FROM blob JOIN space ON space.no = blob.space_no
             WHERE have < total AND day < ?1 LIMIT ?2",
        )?
        .query_map((before_day, most), |row| Ok((row.get(0)?, row.get(1)?)))?
        .map(|row| {
            let (space, blob) = row?;
            Ok((SpaceId::from_bytes(space), BlobId::from_bytes(blob)))
        })
        .collect()
    }

    fn gone(&self) -> Result<Vec<u64>, StoreError> {
        Ok(self
            .prepare_cached("SELECT file FROM blob_gone")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// In one transaction, as far as there is none.
    fn forget_gone(&self, files: &[u64]) -> Result<(), StoreError> {
        let forgetting = self.unchecked_transaction()?;
        for file in files {
            self.prepare_cached("DELETE FROM blob_gone WHERE file = ?1")?
                .execute([file])?;
        }
        Ok(forgetting.commit()?)
    }
}

/// The last number that was given to a blob.
pub(super) fn numbers_begun(connection: &Connection) -> Result<u64, StoreError> {
    Ok(connection.query_row("SELECT files FROM relay", [], |row| row.get(0))?)
}

/// Gives no number up to this one from now on.
pub(super) fn begin_numbers_after(connection: &Connection, least: u64) -> Result<(), StoreError> {
    connection.execute("UPDATE relay SET files = ?1 WHERE files < ?1", [least])?;
    Ok(())
}

/// Counts of each blob in a bucket what `there` says is left of it, where that is less, as if its last part had come today.
pub(super) fn count_what_is_there(connection: &Connection, today: u64, there: &mut Left<'_>) -> Result<(), StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let mut changed: Vec<(i64, [u8; 32], u64)> = Vec::new();
    {
        let mut statement = transaction.prepare("SELECT space_no, id, file, have FROM blob")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(have) = there(row.get(2)?, row.get(3)?) {
                changed.push((row.get(0)?, row.get(1)?, have));
            }
        }
    }
    for (space_no, id, have) in changed {
        transaction.execute(
            "UPDATE blob SET have = ?3, day = max(day, ?4) WHERE space_no = ?1 AND id = ?2",
            (space_no, id, have, today),
        )?;
    }
    Ok(transaction.commit()?)
}

pub(super) fn find(connection: &Connection, space_no: i64, id: &BlobId) -> Result<Option<Blob>, StoreError> {
    connection
        .prepare_cached("SELECT side, file, have, total, day FROM blob WHERE space_no = ?1 AND id = ?2")?
        .query_row((space_no, id.as_bytes()), |row| {
            let now = BlobNow {
                file: row.get(1)?,
                have: row.get(2)?,
                total: row.get(3)?,
            };
            let day = row.get(4)?;
            Ok(side(row, 0).map(|side| Blob { side, now, day }))
        })
        .optional()?
        .transpose()
}

const fn key<'a>(space: &Space, hold: &'a Hold) -> (i64, &'a [u8; 16], i64, &'a [u8; 32]) {
    let Hold { slot, side, blob } = hold;
    (space.no, slot.as_bytes(), side_number(*side), blob.as_bytes())
}
