//! Blobs in rows: who put them, which slots hold them, how much of them counts. Their bytes lie in [`files`](super::files).
//!
//! A blob goes with the last slot that holds it: released, erased, closed with its space, or never finished. Its row goes
//! with that command's transaction, which notes its file; the file goes right after it, before the command is answered.

use cairn_wire::message::{RefusalCode, Side};
use cairn_wire::{BlobId, PublicKey, SlotId, SpaceId};
use rusqlite::{Connection, OptionalExtension as _};

use super::StoreError;
use super::append::{Ground, Outcomes, open_space};
use super::command::{BlobNow, Done, PutBlob, Refused, ReleaseBlob};
use super::files::Files;
use super::space::{Space, Spaces};
use super::sqlite::reader;
use super::sqlite::row::{side, side_number};
use crate::clock;
use crate::limits::{BLOB_HOLD_BYTES, UNFINISHED_BLOB_DAYS};
use crate::rule::Ledger as _;

/// A blob's row.
struct Row {
    side: Side,
    now: BlobNow,
}

/// Puts a blob under a slot, and takes up the part that was written since. Beyond what counts, nothing is changed.
pub(super) fn put(
    connection: &Connection,
    spaces: &mut Spaces,
    ground: Ground,
    files: &Files,
    put: &PutBlob,
) -> Outcomes {
    let space = match open_space(connection, spaces, &put.space, &put.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(side) = space.side(&put.key) else {
        return Err(StoreError::Damaged);
    };
    let known = find(connection, space.no, &put.blob)?;
    if known
        .as_ref()
        .is_some_and(|row| row.side != side || row.now.total != put.total)
    {
        return Ok(Err(Refused::new(RefusalCode::Conflict)));
    }
    if space.ledger(connection).is_closed(&put.slot, side)? {
        return Ok(Err(Refused::new(RefusalCode::SlotClosed)));
    }
    let now = known.as_ref().map_or(BlobNow::NONE, |row| row.now);
    if put.offset > now.have {
        return Ok(Ok(Done::Blob(now)));
    }
    let hold = Hold {
        slot: put.slot,
        side,
        blob: put.blob,
    };
    let held = known.is_some() && hold.is_there(connection, space.no)?;
    let begun = if known.is_some() { 0 } else { put.total };
    let needed = begun + if held { 0 } else { BLOB_HOLD_BYTES };
    if needed > 0 && !space.has_room(side, needed, ground.space_bytes_max) {
        return Ok(Err(Refused::with(RefusalCode::OverQuota, ground.space_bytes_max)));
    }
    let mut now = match known {
        Some(row) => row.now,
        None => begin(connection, space.no, side, put)?,
    };
    if !held {
        hold.take(connection, space.no)?;
    }
    space.use_bytes(side, needed);
    match put.written {
        Some(written) if (written.file, written.from) == (now.file, now.have) => {
            now.have = written.upto;
            connection
                .prepare_cached("UPDATE blob SET have = ?3, day = max(day, ?4) WHERE space_no = ?1 AND id = ?2")?
                .execute((space.no, put.blob.as_bytes(), now.have, clock::day(put.now_ms)))?;
        }
        _ if now.have == 0 => files.begin(now.file)?,
        _ => {}
    }
    Ok(Ok(Done::Blob(now)))
}

/// Takes a blob away from a slot. One that is not there is released already.
pub(super) fn release(connection: &Connection, spaces: &mut Spaces, release: &ReleaseBlob) -> Outcomes {
    let space = match open_space(connection, spaces, &release.space, &release.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(row) = find(connection, space.no, &release.blob)? else {
        return Ok(Ok(Done::Blob(BlobNow::NONE)));
    };
    if space.side(&release.key) != Some(row.side) {
        return Ok(Err(Refused::NOT_AUTHORISED));
    }
    let hold = Hold {
        slot: release.slot,
        side: row.side,
        blob: release.blob,
    };
    let is_gone = hold.let_go(connection, space)?;
    Ok(Ok(Done::Blob(if is_gone { BlobNow::NONE } else { row.now })))
}

/// Takes every blob away from a slot that was erased by a side.
pub(super) fn release_slot(
    connection: &Connection,
    space: &mut Space,
    slot: &SlotId,
    side: Side,
) -> Result<(), StoreError> {
    let blobs: Vec<[u8; 32]> = connection
        .prepare_cached("SELECT blob FROM blob_hold WHERE space_no = ?1 AND slot = ?2 AND side = ?3")?
        .query_map((space.no, slot.as_bytes(), side_number(side)), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for blob in blobs {
        let hold = Hold {
            slot: *slot,
            side,
            blob: BlobId::from_bytes(blob),
        };
        hold.let_go(connection, space)?;
    }
    Ok(())
}

/// Lets every blob of a space go. What they counted for is the caller's to give back.
pub(super) fn release_space(connection: &Connection, space_no: i64) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO blob_gone (file) SELECT file FROM blob WHERE space_no = ?1",
        [space_no],
    )?;
    for table in ["blob", "blob_hold"] {
        connection.execute(&format!("DELETE FROM {table} WHERE space_no = ?1"), [space_no])?;
    }
    Ok(())
}

/// Lets go up to `max` blobs that were begun and left; how many there were.
pub(super) fn release_unfinished(
    connection: &Connection,
    spaces: &mut Spaces,
    today: u64,
    max: usize,
) -> Result<usize, StoreError> {
    let left: Vec<([u8; 16], [u8; 32])> = connection
        .prepare_cached(
            "SELECT space.id, blob.id FROM blob JOIN space ON space.no = blob.space_no
             WHERE have < total AND day < ?1 LIMIT ?2",
        )?
        .query_map((today.saturating_sub(UNFINISHED_BLOB_DAYS), max), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    for (space, blob) in &left {
        let Some(space) = spaces.get(connection, &SpaceId::from_bytes(*space))? else {
            return Err(StoreError::Damaged);
        };
        let blob = BlobId::from_bytes(*blob);
        for hold in holds_of(connection, space.no, &blob)? {
            hold.let_go(connection, space)?;
        }
    }
    Ok(left.len())
}

/// Removes the files of blobs that are gone. Not within a transaction.
pub(super) fn remove_gone(connection: &Connection, files: &Files) -> Result<(), StoreError> {
    let gone: Vec<u64> = connection
        .prepare_cached("SELECT file FROM blob_gone")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if gone.is_empty() {
        return Ok(());
    }
    files.remove(&gone)?;
    connection.execute("DELETE FROM blob_gone", [])?;
    Ok(())
}

/// A blob, as a key of its space sees it.
pub(super) fn look_up(
    connection: &Connection,
    space: &SpaceId,
    key: &PublicKey,
    blob: &BlobId,
) -> Result<Result<BlobNow, Refused>, StoreError> {
    let view = match reader::view(connection, space, key)? {
        Ok(view) if view.is_closed => return Ok(Err(Refused::SPACE_CLOSED)),
        Ok(view) => view,
        Err(refused) => return Ok(Err(refused)),
    };
    let row = find(connection, view.no(), blob)?;
    Ok(Ok(row.map_or(BlobNow::NONE, |row| row.now)))
}

/// A slot that holds a blob.
struct Hold {
    slot: SlotId,
    side: Side,
    blob: BlobId,
}

impl Hold {
    fn is_there(&self, connection: &Connection, space_no: i64) -> Result<bool, StoreError> {
        Ok(connection
            .prepare_cached("SELECT 1 FROM blob_hold WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND blob = ?4")?
            .exists((
                space_no,
                self.slot.as_bytes(),
                side_number(self.side),
                self.blob.as_bytes(),
            ))?)
    }

    fn take(&self, connection: &Connection, space_no: i64) -> Result<(), StoreError> {
        connection
            .prepare_cached("INSERT INTO blob_hold (space_no, slot, side, blob) VALUES (?1, ?2, ?3, ?4)")?
            .execute((
                space_no,
                self.slot.as_bytes(),
                side_number(self.side),
                self.blob.as_bytes(),
            ))?;
        Ok(())
    }

    /// Lets the blob go from the slot, and altogether if no other slot holds it; whether it is gone.
    fn let_go(&self, connection: &Connection, space: &mut Space) -> Result<bool, StoreError> {
        let held = connection
            .prepare_cached("DELETE FROM blob_hold WHERE space_no = ?1 AND slot = ?2 AND side = ?3 AND blob = ?4")?
            .execute((
                space.no,
                self.slot.as_bytes(),
                side_number(self.side),
                self.blob.as_bytes(),
            ))?;
        if held == 0 {
            return Ok(false);
        }
        space.free_bytes(self.side, BLOB_HOLD_BYTES);
        if !holds_of(connection, space.no, &self.blob)?.is_empty() {
            return Ok(false);
        }
        let (file, total): (u64, u64) = connection
            .prepare_cached("DELETE FROM blob WHERE space_no = ?1 AND id = ?2 RETURNING file, total")?
            .query_row((space.no, self.blob.as_bytes()), |row| Ok((row.get(0)?, row.get(1)?)))?;
        connection
            .prepare_cached("INSERT INTO blob_gone (file) VALUES (?1)")?
            .execute([file])?;
        space.free_bytes(self.side, total);
        Ok(true)
    }
}

/// The slots that hold a blob.
fn holds_of(connection: &Connection, space_no: i64, blob: &BlobId) -> Result<Vec<Hold>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT slot, side FROM blob_hold WHERE space_no = ?1 AND blob = ?2")?;
    let mut rows = statement.query((space_no, blob.as_bytes()))?;
    let mut holds = Vec::new();
    while let Some(row) = rows.next()? {
        let slot = SlotId::from_bytes(row.get(0)?);
        holds.push(Hold {
            slot,
            side: side(row, 1)?,
            blob: *blob,
        });
    }
    Ok(holds)
}

fn find(connection: &Connection, space_no: i64, blob: &BlobId) -> Result<Option<Row>, StoreError> {
    connection
        .prepare_cached("SELECT side, file, have, total FROM blob WHERE space_no = ?1 AND id = ?2")?
        .query_row((space_no, blob.as_bytes()), |row| {
            let now = BlobNow {
                file: row.get(1)?,
                have: row.get(2)?,
                total: row.get(3)?,
            };
            Ok(side(row, 0).map(|side| Row { side, now }))
        })
        .optional()?
        .transpose()
}

/// Writes the row of a new blob, with a number for its file that no blob ever had.
fn begin(connection: &Connection, space_no: i64, side: Side, put: &PutBlob) -> Result<BlobNow, StoreError> {
    let file: u64 = connection
        .prepare_cached("UPDATE relay SET files = files + 1 RETURNING files")?
        .query_row([], |row| row.get(0))?;
    connection
        .prepare_cached(
            "INSERT INTO blob (space_no, id, side, file, total, have, day) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)",
        )?
        .execute((
            space_no,
            put.blob.as_bytes(),
            side_number(side),
            file,
            put.total,
            clock::day(put.now_ms),
        ))?;
    Ok(BlobNow {
        file,
        have: 0,
        total: put.total,
    })
}
