//! Opening: the folder, its lock, the pragmas, the schema.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::backup::COPY_MARK;
use crate::entropy::Entropy;
use crate::store::{Danger, RelayRow, StoreConfig, StoreError, folder, incarnation, own_key};

/// The steps that a schema is made of. How many of them a store has is its version, kept in `user_version`.
const STEPS: [&str; 3] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
];

/// SQLite's `application_id` in a store that was carried elsewhere, "CAcr"; see [`carry`](mod@crate::store::carry).
pub(super) const CARRIED_MARK: i32 = 0x4341_6372;

/// The name of the database in the folder.
pub(super) const DATABASE: &str = "relay.db";

/// How long a statement waits for another connection of this process.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// Opens connections to one store and holds its folder.
pub(super) struct Opener {
    file: PathBuf,
    vfs: Option<String>,
    exclusive: bool,
    danger: Danger,
    /// Locked while the store is open: the writer remembers what it wrote, so there must not be two.
    _lock: Option<File>,
}

impl Opener {
    pub(super) fn new(config: &StoreConfig) -> Result<Self, StoreError> {
        // A simulated disk has no folders and no other process.
        let lock = if config.vfs.is_none() {
            Some(take_folder(&config.dir)?)
        } else {
            None
        };
        Ok(Self {
            file: config.dir.join(DATABASE),
            vfs: config.vfs.clone(),
            exclusive: config.exclusive,
            danger: config.danger,
            _lock: lock,
        })
    }

    /// As [`Self::new`], where a store is there already.
    pub(super) fn of_existing(config: &StoreConfig) -> Result<Self, StoreError> {
        if config.vfs.is_none() && !config.dir.join(DATABASE).exists() {
            return Err(StoreError::Folder(std::io::ErrorKind::NotFound.into()));
        }
        Self::new(config)
    }

    /// As [`Self::of_existing`], beside a relay that may have it open: for connections that only read.
    pub(super) fn beside(config: &StoreConfig) -> Result<Self, StoreError> {
        // The folder may hold another store, from before: it is not the one that was asked for.
        if config.database.is_some() {
            return Err(StoreError::NotInFolder);
        }
        let file = config.dir.join(DATABASE);
        if config.vfs.is_none() && !file.exists() {
            return Err(StoreError::Folder(std::io::ErrorKind::NotFound.into()));
        }
        Ok(Self {
            file,
            vfs: config.vfs.clone(),
            exclusive: false,
            danger: Danger::default(),
            _lock: None,
        })
    }

    /// A connection that may write.
    pub(super) fn open_writer(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = self.open(flags)?;
        let synchronous = if self.danger.synchronous_normal {
            "NORMAL"
        } else {
            "FULL"
        };
        let secure_delete = if self.danger.no_secure_delete { "OFF" } else { "ON" };
        if self.exclusive {
            // Before the first access: with an exclusive lock the log's index lives in memory, not in a shared file.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        // Bodies are about a kilobyte: larger pages split less often and carry more of them per frame.
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "secure_delete", secure_delete)?;
        connection.pragma_update(None, "fullfsync", "ON")?;
        connection.pragma_update(None, "cache_size", -65_536)?;
        // Checkpoints are made beside the writer; an exclusive store has nobody beside it.
        let checkpoint_pages = if self.exclusive { 1_000 } else { 0 };
        connection.pragma_update(None, "wal_autocheckpoint", checkpoint_pages)?;
        Ok(connection)
    }

    /// A connection that only reads.
    pub(super) fn open_reader(&self) -> Result<Connection, StoreError> {
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.pragma_update(None, "cache_size", -8_192)?;
        Ok(connection)
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection, StoreError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match &self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.file, flags, vfs.as_str())?,
            None => Connection::open_with_flags(&self.file, flags)?,
        };
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }
}

/// Bytes of a database page.
const PAGE_BYTES: i64 = 8_192;

/// Lays out a new store or recognises one, and answers the relay's own row.
pub(super) fn prepare(
    connection: &Connection,
    entropy: &Entropy,
    config: &StoreConfig,
) -> Result<RelayRow, StoreError> {
    match version_of(connection)? {
        0 => lay_out(connection, entropy, config)?,
        _ if mark(connection)? == CARRIED_MARK => return Err(StoreError::Carried),
        version => take_steps(connection, version, |_| Ok(()))?,
    }
    begin_anew_if_copy(connection, config)?;
    // What was erased before a crash may still lie in the log of changes; at start nobody reads, so it can go.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let relay = relay_row(connection)?;
    if config.vfs.is_none() {
        own_key::keep(&config.dir, &relay.seed)?;
    }
    Ok(relay)
}

/// Brings a store up to date that is there, and is to be carried elsewhere; whether it was carried before.
pub(super) fn bring_up(connection: &Connection, config: &StoreConfig) -> Result<bool, StoreError> {
    match version_of(connection)? {
        0 => return Err(StoreError::Damaged),
        version => take_steps(connection, version, |_| Ok(()))?,
    }
    begin_anew_if_copy(connection, config)?;
    own_key::keep(&config.dir, &relay_row(connection)?.seed)?;
    Ok(mark(connection)? == CARRIED_MARK)
}

/// A copy that no relay has opened yet begins another incarnation.
fn begin_anew_if_copy(connection: &Connection, config: &StoreConfig) -> Result<(), StoreError> {
    if mark(connection)? == COPY_MARK {
        let incarnation = begin_incarnation(connection, config)?;
        tracing::info!(
            incarnation,
            "this store is a copy: it begins anew, and devices send again what it misses"
        );
    }
    Ok(())
}

/// What the store says that it is: a copy, carried elsewhere, or nothing of the kind.
fn mark(connection: &Connection) -> Result<i32, StoreError> {
    Ok(connection.pragma_query_value(None, "application_id", |row| row.get(0))?)
}

/// The version of the schema, 0 where there is nothing yet.
pub(super) fn version_of(connection: &Connection) -> Result<usize, StoreError> {
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).ok();
    version
        .filter(|version| *version <= STEPS.len())
        .ok_or(StoreError::TooNew)
}

/// Takes the steps that are missing, and what else belongs to them: all of it or nothing.
fn take_steps(
    connection: &Connection,
    version: usize,
    more: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    if version == STEPS.len() {
        return Ok(());
    }
    let transaction = connection.unchecked_transaction()?;
    for step in STEPS.iter().skip(version) {
        transaction.execute_batch(step)?;
    }
    more(&transaction)?;
    transaction.pragma_update(None, "user_version", STEPS.len())?;
    transaction.commit()?;
    Ok(())
}

pub(super) fn relay_row(connection: &Connection) -> Result<RelayRow, StoreError> {
    connection
        .query_row("SELECT seed, incarnation FROM relay", [], |row| {
            Ok(RelayRow {
                seed: row.get(0)?,
                incarnation: row.get(1)?,
            })
        })
        .optional()?
        .ok_or(StoreError::Damaged)
}

/// Lays out a store: the first under a key of its own, or another one under the key that is there, because the one before is lost.
fn lay_out(connection: &Connection, entropy: &Entropy, config: &StoreConfig) -> Result<(), StoreError> {
    // A simulated disk has no files beside the database.
    let kept = match config.vfs {
        None => own_key::read(&config.dir)?,
        Some(_) => None,
    };
    let (seed, incarnation) = match kept {
        Some(seed) => (seed, incarnation::next(incarnation::FIRST, config)),
        None => (entropy.bytes()?, incarnation::FIRST),
    };
    take_steps(connection, 0, |connection| {
        connection.execute(
            "INSERT INTO relay (id, seed, incarnation, files) VALUES (1, ?1, ?2, 0)",
            (seed, incarnation),
        )?;
        Ok(())
    })
}

/// Begins another incarnation of the store.
pub(super) fn begin_incarnation(connection: &Connection, config: &StoreConfig) -> Result<u32, StoreError> {
    match version_of(connection)? {
        0 => return Err(StoreError::Damaged),
        version => take_steps(connection, version, |_| Ok(()))?,
    }
    if mark(connection)? == CARRIED_MARK {
        return Err(StoreError::Carried);
    }
    let next = incarnation::next(relay_row(connection)?.incarnation, config);
    let transaction = connection.unchecked_transaction()?;
    transaction.execute("UPDATE relay SET incarnation = ?1", [next])?;
    // In a copy are gates that were dropped since. Whoever still needs one puts it again.
    transaction.execute("DELETE FROM gate", [])?;
    // And registrations that were taken back. Every device that wants to be woken says so again.
    transaction.execute("DELETE FROM wake", [])?;
    transaction.pragma_update(None, "application_id", 0)?;
    transaction.commit()?;
    Ok(next)
}

/// Makes the folder if need be and locks it against a second relay. The lock dies with the process.
fn take_folder(dir: &Path) -> Result<File, StoreError> {
    folder::make_private(dir)?;
    let lock = File::create(dir.join("relay.lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(StoreError::Folder(error)),
    }
}

/// A store's tables with nothing in them.
#[cfg(test)]
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    take_steps(&connection, 0, |_| Ok(()))?;
    Ok(connection)
}
