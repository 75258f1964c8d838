//! Blobs' rows and files.

use rusqlite::{Connection, OptionalExtension as _};

use super::{Place, SpaceRow, Teller};
use crate::limits::BLOB_HOLD_BYTES;
use crate::store::StoreError;
use crate::store::blob_bytes::BlobBytes;

/// A blob whose file did not have what counts when it was looked at.
pub(super) struct NotWhole {
    place: Place,
    id: [u8; 32],
}

/// Checks the blobs of a space, adds to `bytes` what they count for, and answers those that have to be looked at once more.
pub(super) fn of_space(
    connection: &Connection,
    space: &SpaceRow,
    files: &BlobBytes,
    bytes: &mut [u64; 2],
    teller: &mut Teller<'_>,
) -> Result<Vec<NotWhole>, StoreError> {
    let mut not_whole = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT id, side, file, total, have,
                (SELECT count(*) FROM blob_hold AS hold WHERE hold.space_no = blob.space_no AND hold.blob = id AND hold.side = blob.side)
         FROM blob WHERE space_no = ?1",
    )?;
    let mut rows = statement.query([space.no])?;
    while let Some(row) = rows.next()? {
        teller.checked.blobs += 1;
        let (side, total, have): (usize, u64, u64) = (row.get(1)?, row.get(3)?, row.get(4)?);
        let holds: u64 = row.get(5)?;
        if space.is_closed {
            teller.tell(None, "has closed, and has a blob");
        }
        match bytes.get_mut(side) {
            Some(bytes) => *bytes += total + holds * BLOB_HOLD_BYTES,
            None => teller.tell(None, "has a blob that stands on no side"),
        }
        if holds == 0 {
            teller.tell(None, "has a blob that no slot holds, and that would stay for ever");
        }
        if have > total {
            teller.tell(None, "has a blob of which more counts than it has");
        }
        // What lies behind what counts is cut off by the next part.
        if have > 0 && files.length(row.get(2)?)?.is_none_or(|length| length < have) {
            not_whole.push(NotWhole {
                place: Place {
                    no: space.no,
                    id: Some(space.id),
                },
                id: row.get(0)?,
            });
        }
    }
    let loose: u64 = connection.query_row(
        "SELECT count(*) FROM blob_hold AS hold WHERE space_no = ?1
         AND NOT EXISTS (SELECT 1 FROM blob WHERE blob.space_no = hold.space_no AND blob.id = hold.blob AND blob.side = hold.side)",
        [space.no],
        |row| row.get(0),
    )?;
    if loose > 0 {
        teller.tell(None, format!("{loose} of its slots hold a blob that is not there"));
    }
    Ok(not_whole)
}

/// Tells of those that are not whole now either: a relay that runs lets blobs go while they are looked at.
pub(super) fn look_again(
    connection: &Connection,
    files: &BlobBytes,
    not_whole: Vec<NotWhole>,
    teller: &mut Teller<'_>,
) -> Result<(), StoreError> {
    for NotWhole { place, id } in not_whole {
        let row: Option<(u64, u64)> = connection
            .prepare_cached("SELECT file, have FROM blob WHERE space_no = ?1 AND id = ?2")?
            .query_row((place.no, id), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((file, have)) = row else { continue };
        teller.at(Some(place));
        match files.length(file)? {
            None => teller.tell(None, "has a blob whose file is gone"),
            Some(length) if length < have => {
                teller.tell(
                    None,
                    format!("has a blob of which {have} bytes count, and its file has {length}"),
                );
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Checks that every file has one row, or will be removed.
pub(super) fn of_files(connection: &Connection, files: &BlobBytes, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    connection.execute_batch("CREATE TEMP TABLE number (file INTEGER PRIMARY KEY) STRICT")?;
    let moment = connection.unchecked_transaction()?;
    let begun: u64 = connection.query_row("SELECT files FROM relay", [], |row| row.get(0))?;
    let (blobs, beyond): (u64, u64) = connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE file > ?1 OR file < 1) FROM blob",
        [begun],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let own = connection.execute("INSERT OR IGNORE INTO temp.number SELECT file FROM main.blob", [])?;
    let going: u64 = connection.query_row("SELECT count(*) FROM blob_gone", [], |row| row.get(0))?;
    let added = connection.execute("INSERT OR IGNORE INTO temp.number SELECT file FROM main.blob_gone", [])?;
    // What was kept aside stays.
    moment.commit()?;
    if beyond > 0 {
        teller.tell(
            None,
            format!("{beyond} blobs have a file with a number that was never given"),
        );
    }
    if own as u64 != blobs || added as u64 != going {
        teller.tell(None, "two blobs share one file");
    }
    let (mut left_over, mut strange) = (0_u64, 0_u64);
    files.each(&mut |number| {
        match number {
            // Begun after the list was made.
            Some(number) if number > begun => {}
            Some(number) => {
                let named = connection
                    .prepare_cached("SELECT 1 FROM temp.number WHERE file = ?1")?
                    .exists([number])?;
                left_over += u64::from(!named);
            }
            None => strange += 1,
        }
        Ok(())
    })?;
    if left_over > 0 {
        teller.tell(
            None,
            format!("{left_over} files in the folder of blobs belong to no blob"),
        );
    }
    if strange > 0 {
        teller.tell(
            None,
            format!("{strange} files in the folder of blobs are none of the relay's"),
        );
    }
    Ok(())
}
