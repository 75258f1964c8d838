//! Blobs in rows: who put them, which slots hold them, how much of them counts. Where their bytes lie, [`blob_bytes`](super::blob_bytes) knows.
//!
//! A blob goes with the last slot that holds it: released, erased, closed with its space, or never finished. Its row goes
//! with that command's transaction, which notes its file; the file goes right after it, before the command is answered. What lies in a bucket goes beside
//! the writer, and whoever is to be answered waits for it ([`remover`](super::remover)).

use cairn_wire::SlotId;
use cairn_wire::message::{RefusalCode, Side};

use super::StoreError;
use super::append::{Ground, Outcomes, open_space};
use super::blob_bytes::BlobBytes;
use super::command::{BlobNow, Done, PutBlob, Refused, ReleaseBlob};
use super::rows::{Hold, Rows};
use super::space::{Space, Spaces};
use crate::clock;
use crate::limits::{BLOB_HOLD_BYTES, UNFINISHED_BLOB_DAYS};
use crate::rule::Ledger as _;

/// Puts a blob under a slot, and takes up the part that was written since. Beyond what counts, nothing is changed.
pub(super) fn put(rows: &dyn Rows, spaces: &mut Spaces, ground: Ground, files: &BlobBytes, put: &PutBlob) -> Outcomes {
    let space = match open_space(rows, spaces, &put.space, &put.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(side) = space.side(&put.key) else {
        return Err(StoreError::Damaged);
    };
    let known = rows.blob(space, &put.blob)?;
    if known
        .as_ref()
        .is_some_and(|row| row.side != side || row.now.total != put.total)
    {
        return Ok(Err(Refused::new(RefusalCode::Conflict)));
    }
    if space.ledger(rows).is_closed(&put.slot, side)? {
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
    let held = known.is_some() && rows.is_held(space, &hold)?;
    let begun = if known.is_some() { 0 } else { put.total };
    let needed = begun + if held { 0 } else { BLOB_HOLD_BYTES };
    if needed > 0 && !space.has_room(side, needed, ground.space_bytes_max) {
        return Ok(Err(Refused::with(RefusalCode::OverQuota, ground.space_bytes_max)));
    }
    let mut now = match known {
        Some(row) => row.now,
        None => BlobNow {
            file: rows.begin_blob(space, side, &put.blob, put.total, clock::day(put.now_ms))?,
            have: 0,
            total: put.total,
        },
    };
    if !held {
        rows.hold(space, &hold)?;
    }
    space.use_bytes(side, needed);
    match put.written {
        Some(written) if (written.file, written.from) == (now.file, now.have) => {
            if written.upto > now.total {
                return Err(StoreError::Damaged);
            }
            now.have = written.upto;
            rows.fill_blob(space, &put.blob, now.have, clock::day(put.now_ms))?;
        }
        _ if now.have == 0 => files.begin(now.file)?,
        _ => {}
    }
    Ok(Ok(Done::Blob(now)))
}

/// Takes a blob away from a slot. One that is not there is released already.
pub(super) fn release(rows: &dyn Rows, spaces: &mut Spaces, release: &ReleaseBlob) -> Outcomes {
    let space = match open_space(rows, spaces, &release.space, &release.key)? {
        Ok(space) => space,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(row) = rows.blob(space, &release.blob)? else {
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
    let is_gone = let_go(rows, space, &hold)?;
    Ok(Ok(Done::Blob(if is_gone { BlobNow::NONE } else { row.now })))
}

/// Takes every blob away from a slot that was erased by a side.
pub(super) fn release_slot(rows: &dyn Rows, space: &mut Space, slot: &SlotId, side: Side) -> Result<(), StoreError> {
    for blob in rows.held(space, slot, side)? {
        let hold = Hold {
            slot: *slot,
            side,
            blob,
        };
        let_go(rows, space, &hold)?;
    }
    Ok(())
}

/// Lets go up to `max` blobs that were begun and left; how many there were.
pub(super) fn release_unfinished(
    rows: &dyn Rows,
    spaces: &mut Spaces,
    today: u64,
    max: usize,
) -> Result<usize, StoreError> {
    let before_day = today.saturating_sub(UNFINISHED_BLOB_DAYS);
    let left = rows.unfinished(before_day, max)?;
    for (space, blob) in &left {
        let Some(space) = spaces.get(rows, space)? else {
            return Err(StoreError::Damaged);
        };
        // Found before its space was locked: it may have gone on since.
        let still = rows.blob(space, blob)?;
        if !still.is_some_and(|row| row.now.have < row.now.total && row.day < before_day) {
            continue;
        }
        for hold in rows.holds(space, blob)? {
            let_go(rows, space, &hold)?;
        }
    }
    Ok(left.len())
}

/// Removes the files of blobs that are gone. Not within a transaction.
pub(super) fn remove_gone(rows: &dyn Rows, files: &BlobBytes) -> Result<(), StoreError> {
    let gone = rows.gone()?;
    if gone.is_empty() {
        return Ok(());
    }
    let gone = files.remove(&gone)?;
    if gone.is_empty() {
        return Ok(());
    }
    rows.forget_gone(&gone)
}

/// Lets a blob go from a slot, and altogether if no other slot holds it; whether it is gone.
fn let_go(rows: &dyn Rows, space: &mut Space, hold: &Hold) -> Result<bool, StoreError> {
    if !rows.let_go(space, hold)? {
        return Ok(false);
    }
    space.free_bytes(hold.side, BLOB_HOLD_BYTES);
    if !rows.holds(space, &hold.blob)?.is_empty() {
        return Ok(false);
    }
    let total = rows.drop_blob(space, &hold.blob)?;
    space.free_bytes(hold.side, total);
    Ok(true)
}
