//! How a connection is opened and set, and how it is asked whether its pages can be believed.

use super::{BUSY_TIMEOUT_MS, DATABASE_FILE, StoreConfig, StoreError, key};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

/// Prepared statements a connection keeps; this room has fewer.
const STATEMENTS: usize = 256;

/// Opens a connection, gives it the key and proves that the key fits.
pub(super) fn connect(config: &StoreConfig, key: &[u8; 32], writes: bool) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    flags |= if writes {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
    } else {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    };
    let path = config.directory.join(DATABASE_FILE);
    let opened = match &config.vfs {
        None => Connection::open_with_flags(path, flags),
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
    };
    let connection = opened.map_err(|error| StoreError::of(&error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Until it is proven that the database opens: closing would carry over what it can of the log, and delete the rest.
    leave_log(&connection, true)?;
    // SQLCipher writes what goes wrong to stderr or the device's log unless it is told not to.
    set(&connection, "cipher_log_level", "NONE")?;
    key::unlock(&connection, key)?;
    set(&connection, "busy_timeout", &BUSY_TIMEOUT_MS.to_string())?;
    if config.exclusive {
        // Before the first read: only so does the write-ahead log do without shared memory.
        set(&connection, "locking_mode", "EXCLUSIVE")?;
    }
    connection
        .prepare("SELECT count(*) FROM sqlite_schema")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
        .map_err(|error| blame(&connection, StoreError::of(&error)))?;
    settle(&connection, writes).map_err(|error| blame(&connection, error))?;
    leave_log(&connection, false)?;
    Ok(connection)
}

/// Whether closing the connection leaves the write-ahead log as it is.
pub(super) fn leave_log(connection: &Connection, is_left: bool) -> Result<(), StoreError> {
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, is_left)
        .map(drop)
        .map_err(|error| StoreError::of(&error))
}

/// Sets what must hold on every connection, and why.
fn settle(connection: &Connection, writes: bool) -> Result<(), StoreError> {
    // A database that somebody changed cannot make this process run or write what it was not asked to.
    for (option, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        connection
            .set_db_config(option, on)
            .map_err(|error| StoreError::of(&error))?;
    }
    // A statement keeps its plan whatever it is asked for: else SQLite prepares it anew with each value that it compares with the
    // condition of a partial index.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(|error| StoreError::of(&error))?;
    set(connection, "cell_size_check", "ON")?;
    // Nothing that was decrypted goes into a temporary file.
    set(connection, "temp_store", "MEMORY")?;
    if !writes {
        return set(connection, "query_only", "ON");
    }
    set(connection, "journal_mode", "WAL")?;
    // In a write-ahead log, anything less than FULL loses acknowledged writes when the power goes.
    set(connection, "synchronous", "FULL")?;
    // Apple's fsync does not reach the medium; elsewhere these two do nothing.
    set(connection, "fullfsync", "ON")?;
    set(connection, "checkpoint_fullfsync", "ON")?;
    // What is removed is overwritten.
    set(connection, "secure_delete", "ON")?;
    set(connection, "foreign_keys", "ON")?;
    // Kibibytes of cache: a page of a catch-up touches about a thousand pages.
    set(connection, "cache_size", "-8000")?;
    // The log does not stay as long as its longest transaction was.
    set(connection, "journal_size_limit", "4194304")
}

pub(super) fn set(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection
        .pragma_update_and_check(None, name, value, |_| Ok(()))
        .or_else(|error| {
            if matches!(error, rusqlite::Error::QueryReturnedNoRows) {
                Ok(())
            } else {
                Err(error)
            }
        })
        .map_err(|error| StoreError::of(&error))
}

/// Whether every page that this connection read was authentic. Not cached: the answer is fixed as the text is parsed.
pub(super) fn is_intact(connection: &Connection) -> bool {
    let status = connection
        .prepare("PRAGMA cipher_status")
        .and_then(|mut statement| statement.query_row([], |row| Ok(row.get_ref(0)?.as_bytes()? == b"1")));
    status.unwrap_or(false)
}

/// After a page failed its authentication, SQLite stumbles over the zeros in its place with errors of any kind.
pub(super) fn blame(connection: &Connection, error: StoreError) -> StoreError {
    match error {
        StoreError::NotADatabase | StoreError::TooNew { .. } => error,
        _ if is_intact(connection) => error,
        _ => StoreError::Damaged,
    }
}

pub(super) fn examine_pages(connection: &Connection) -> Result<(), StoreError> {
    let bad = connection
        .prepare("PRAGMA cipher_integrity_check")
        .and_then(|mut statement| statement.exists([]));
    match bad {
        Ok(false) => Ok(()),
        Ok(true) => Err(StoreError::Damaged),
        Err(error) => Err(blame(connection, StoreError::of(&error))),
    }
}
