//! What belongs to no space, or to all.

use cairn_wire::bounds::ACCESS_KEYS_MAX;
use rusqlite::Connection;

use super::super::row::{SPACE_NO_MAX, log_key};
use super::{SpaceRow, Teller, said};
use crate::limits::CHECK_SQLITE_LINES;
use crate::store::space::SEQ_MAX;
use crate::store::{StoreConfig, StoreError, own_key};

/// Tables with rows of spaces, beside the log.
const OF_SPACES: [&str; 11] = [
    "closing_keep",
    "access",
    "ack",
    "known",
    "kept",
    "slot_closed",
    "blob",
    "blob_hold",
    "gate",
    "gate_taken",
    "wake",
];

/// SQLite's own check, and the relay's key.
pub(super) fn of_file(connection: &Connection, config: &StoreConfig, teller: &mut Teller<'_>) {
    if let Err(error) = of_sqlite(connection, teller) {
        teller.tell(None, format!("SQLite cannot check the file: {}", said(&error)));
    }
    if config.vfs.is_some() {
        return;
    }
    let seed = connection.query_row("SELECT seed FROM relay", [], |row| row.get::<_, [u8; 32]>(0));
    match (seed, own_key::read(&config.dir)) {
        (Err(error), _) => teller.tell(None, format!("the relay's own row cannot be read: {error}")),
        (_, Err(error)) => teller.tell(None, format!("relay.key cannot be read: {}", said(&error))),
        (_, Ok(None)) => teller.tell(None, "relay.key is not there: the next start writes it again"),
        (Ok(seed), Ok(Some(kept))) if seed != kept => {
            teller.tell(None, "relay.key is of another relay than this store")
        }
        _ => {}
    }
}

fn of_sqlite(connection: &Connection, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({CHECK_SQLITE_LINES})"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        for line in text.lines().filter(|line| *line != "ok") {
            teller.tell(None, format!("SQLite says: {line}"));
        }
    }
    Ok(())
}

/// Who may enter a space, and what each has acknowledged.
pub(super) fn of_access(connection: &Connection, space: &SpaceRow, teller: &mut Teller<'_>) -> Result<(), StoreError> {
    if space.is_closed {
        return Ok(());
    }
    let (keys, administering): (usize, usize) = connection.query_row(
        "SELECT count(*), count(*) FILTER (WHERE administer) FROM access WHERE space_no = ?1",
        [space.no],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if administering == 0 {
        teller.tell(None, "nobody administers it");
    }
    if keys > ACCESS_KEYS_MAX {
        teller.tell(None, format!("has {keys} keys, more than there may be"));
    }
    let (beyond, strangers, known): (u64, u64, usize) = connection.query_row(
        "SELECT count(*) FILTER (WHERE ack.n > ?2), count(*) FILTER (WHERE access.key IS NULL),
                count(*) FILTER (WHERE access.key IS NOT NULL)
         FROM ack LEFT JOIN access USING (space_no, key) WHERE ack.space_no = ?1",
        (space.no, space.n),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if beyond > 0 {
        teller.tell(None, format!("{beyond} devices have acknowledged more than there is"));
    }
    if strangers > 0 {
        teller.tell(
            None,
            format!("{strangers} keys have acknowledged something and may not enter"),
        );
    }
    let loose: u64 = connection.query_row(
        "SELECT count(*) FROM wake LEFT JOIN access USING (space_no, key) WHERE wake.space_no = ?1 AND access.key IS NULL",
        [space.no],
        |row| row.get(0),
    )?;
    if loose > 0 {
        teller.tell(
            None,
            format!("{loose} devices are to be woken whose keys may not enter"),
        );
    }
    if known != keys {
        teller.tell(None, "the list of what was acknowledged lacks a key");
    }
    Ok(())
}

/// Records of spaces that are not there, between two that follow each other; `next` is none after the last one.
pub(super) fn of_stretch(
    connection: &Connection,
    before: i64,
    next: Option<i64>,
    teller: &mut Teller<'_>,
) -> Result<(), StoreError> {
    let first = before + 1;
    let last = next.map_or(SPACE_NO_MAX, |next| next - 1);
    if first > last {
        return Ok(());
    }
    let loose: bool = connection
        .prepare_cached("SELECT 1 FROM log WHERE key BETWEEN ?1 AND ?2")?
        .exists([log_key(first, 0)?, log_key(last, SEQ_MAX)?])?;
    if loose {
        teller.tell(None, "there are records of a space that is not there");
    }
    Ok(())
}

/// Rows that belong to nothing.
pub(super) fn of_loose_rows(connection: &Connection, teller: &mut Teller<'_>) {
    let spaces = OF_SPACES.map(|table| (table, "space_no", "space", "no"));
    let mailboxes = [("mailbox_message", "mailbox", "mailbox", "id")];
    for (table, column, owner, key) in spaces.into_iter().chain(mailboxes) {
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {owner})");
        match connection.query_row(&sql, [], |row| row.get::<_, u64>(0)) {
            Ok(0) => {}
            Ok(loose) => teller.tell(None, format!("{loose} rows of {table} belong to no {owner}")),
            Err(error) => teller.tell(None, format!("{table} cannot be read: {error}")),
        }
    }
}
