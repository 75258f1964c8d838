//! The database, reading it, and writing it in transactions.

use super::open::{blame, connect, examine_pages, is_intact, leave_log, set};
use super::{AttachmentFiles, StoreError, finding, migrate};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior};
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Name of the database file in the vault's folder.
pub const DATABASE_FILE: &str = "vault.db";
/// How long a writer waits for another process, in milliseconds. There should be none; a backup tool may be one.
pub const BUSY_TIMEOUT_MS: u32 = 5_000;

/// Where a database is and how it is opened.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The vault's folder; it must exist.
    pub directory: PathBuf,
    /// A SQLite VFS by name; none for the operating system's.
    pub vfs: Option<String>,
    /// Locks the file for this connection alone and keeps the index of the write-ahead log in memory: for a VFS
    /// without shared memory. There are no [`Reader`]s then.
    pub exclusive: bool,
}

impl StoreConfig {
    /// The database in `directory`, on the operating system's files, with readers beside the writer.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            vfs: None,
            exclusive: false,
        }
    }
}

/// Whether there is a database in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existence {
    /// No file.
    Missing,
    /// A file without content: no bytes, a single one (SQLite writes it into an empty file on some systems), or nothing
    /// but zeros where SQLCipher keeps its random salt. Opening a file of at most one byte makes a new database: whether
    /// that is right, or damage, `vault.id` beside it tells the vault.
    Empty,
    /// A file with content.
    Present,
}

/// The writing connection. There is one per vault, on one thread.
pub struct Store {
    connection: Connection,
    config: StoreConfig,
    /// Boxed, so that a store that is moved leaves no copy behind.
    key: Box<Zeroizing<[u8; 32]>>,
}

impl Store {
    /// Opens the database, makes it if there is no file, and brings it to the present form.
    ///
    /// # Errors
    /// [`StoreError::NotADatabase`] for a wrong key or a damaged first page, [`StoreError::TooNew`] for a database that
    /// a newer version wrote (which is left as it was), and what the file system refuses.
    pub fn open(config: &StoreConfig, key: &[u8; 32]) -> Result<Self, StoreError> {
        let connection = connect(config, key, true)?;
        if let Err(error) = migrate::up(&connection) {
            leave_log(&connection, true)?;
            return Err(blame(&connection, error));
        }
        let mut store = Self {
            connection,
            config: config.clone(),
            key: Box::new(Zeroizing::new(*key)),
        };
        if !finding::is_fresh(store.view())? {
            store.write(finding::refresh)?;
        }
        Ok(store)
    }

    /// Tells whether `directory` holds a database, without opening it. Asks the operating system, not a VFS.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the file cannot be read: that is no proof that there is none.
    pub fn exists(directory: &Path) -> Result<Existence, StoreError> {
        use std::io::Read as _;
        let file = match std::fs::File::open(directory.join(DATABASE_FILE)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Existence::Missing);
            }
            Err(error) => return Err(StoreError::of_file(&error)),
        };
        let mut salt = Vec::with_capacity(16);
        file.take(16)
            .read_to_end(&mut salt)
            .map_err(|error| StoreError::of_file(&error))?;
        let is_empty = salt.len() <= 1 || salt.iter().all(|byte| *byte == 0);
        Ok(if is_empty { Existence::Empty } else { Existence::Present })
    }

    /// Opens a second connection that only reads, for another thread.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Misuse`] when the store is [`StoreConfig::exclusive`].
    pub fn reader(&self) -> Result<Reader, StoreError> {
        if self.config.exclusive {
            return Err(StoreError::Misuse);
        }
        Ok(Reader {
            connection: connect(&self.config, &self.key, false)?,
        })
    }

    /// Reads what is committed.
    pub const fn view(&self) -> View<'_> {
        View {
            connection: &self.connection,
            writing: false,
        }
    }

    /// Runs `work` in one transaction: all of it is on the disk when this returns `Ok`, and none of it after an error
    /// or a panic.
    ///
    /// # Errors
    /// What `work` answers, and what SQLite refuses. [`StoreError::Damaged`] also when `work` succeeded on a page that
    /// turned out to be damaged: nothing it read can be trusted.
    pub fn write<T, E: From<StoreError>>(&mut self, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let begun = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate);
        let transaction = begun.map_err(|error| blame(&self.connection, StoreError::of(&error)))?;
        // Dropped without a commit, on an error or on the way out of a panic, the transaction rolls back.
        let done = work(&Tx {
            view: View {
                connection: &self.connection,
                writing: true,
            },
        });
        if !is_intact(&self.connection) {
            return Err(StoreError::Damaged.into());
        }
        let done = done?;
        transaction
            .commit()
            .map_err(|error| blame(&self.connection, StoreError::of(&error)))?;
        Ok(done)
    }

    /// Closes a database that turned out to be damaged, and leaves its write-ahead log as it is.
    pub fn close_as_it_is(self) {
        // Where this is refused, the log is carried over as far as it is whole.
        let _ = leave_log(&self.connection, true);
    }

    /// The sealed attachments beside the database.
    pub fn attachment_files(&self) -> AttachmentFiles {
        AttachmentFiles::beside(&self.config.directory)
    }

    /// Moves everything from the write-ahead log into the database and empties the log, so that what was removed
    /// stands in neither.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when a reader still uses the log.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        let busy: i64 = self
            .view()
            .exactly("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy == 0 { Ok(()) } else { Err(StoreError::Busy) }
    }

    /// Examines every page, every index and the full-text index; slow, for a person who asks.
    ///
    /// This finds more than reading does: a page that was overwritten with zeros is not authenticated when it is read
    /// (SQLCipher takes it for one past the end of the file), and where it carried the end of a long text, that text
    /// reads with zeros at its end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when anything is wrong; otherwise as [`Store::checkpoint`].
    pub fn examine(&mut self) -> Result<(), StoreError> {
        // The pages are examined as they lie in the file. Where the power went within a checkpoint, a page there is torn
        // and the whole one still in the log: that is no damage, and gone once the log has been carried over.
        self.checkpoint()?;
        examine_pages(&self.connection)?;
        let verdict: String = self.view().exactly("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(StoreError::Damaged);
        }
        self.write(finding::examine)
    }

    /// The whole database below its encryption, page after page, free pages too, as a new connection reads it.
    ///
    /// For tests that prove that what must be gone is gone: call [`Store::checkpoint`] first, the write-ahead log is
    /// not part of this. Bytes of a row that is long stand in several pages, which need not be neighbours.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a page does not open; otherwise as [`Store::reader`].
    pub fn decrypted_pages(&self) -> Result<Vec<u8>, StoreError> {
        let mut reader = self.reader()?;
        // A page that does not open would come out as zeros, in which nothing is ever found.
        examine_pages(&reader.connection)?;
        let pages = reader
            .connection
            .serialize(rusqlite::MAIN_DB)
            .map_err(|error| StoreError::of(&error))?
            .to_vec();
        if is_intact(&reader.connection) {
            Ok(pages)
        } else {
            Err(StoreError::Damaged)
        }
    }

    /// Wipes all memory that SQLite frees from now on, in this process and for good: pages, keys, what was read and looked for. It costs
    /// a search two milliseconds more, so that it is not on where nobody asked for it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn wipe_what_is_freed(&self) -> Result<(), StoreError> {
        set(&self.connection, "cipher_memory_security", "ON")
    }

    #[cfg(test)]
    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A connection that only reads. It sees a transaction whole or not at all.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Reads what is committed.
    pub const fn view(&self) -> View<'_> {
        View {
            connection: &self.connection,
            writing: false,
        }
    }
}

/// What can be read. Its methods stand with the tables they read, in the files of this room.
#[derive(Clone, Copy)]
pub struct View<'c> {
    connection: &'c Connection,
    /// Within a transaction that writes, damage is looked for once, at its end.
    writing: bool,
}

impl View<'_> {
    /// Runs `read` and believes it only if every page opened.
    ///
    /// When a page fails its authentication, SQLCipher puts zeros in its place and makes the connection fail from then
    /// on; the statement at hand may still answer a row, with zeros where the end of a long text was. Only
    /// `PRAGMA cipher_status` tells.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let found = read(self.connection).map_err(|error| blame(self.connection, StoreError::of(&error)))?;
        if self.writing || is_intact(self.connection) {
            Ok(found)
        } else {
            Err(StoreError::Damaged)
        }
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        self.read(|connection| connection.prepare_cached(sql)?.query_row(parameters, row).optional())
    }

    /// The one row that a statement always answers.
    pub(super) fn exactly<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.read(|connection| connection.prepare_cached(sql)?.query_row(parameters, row))
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.read(|connection| connection.prepare_cached(sql)?.query_map(parameters, row)?.collect())
    }
}

/// A transaction that writes. It reads its own changes.
pub struct Tx<'c> {
    view: View<'c>,
}

impl Tx<'_> {
    /// Runs a statement and answers how many rows it changed.
    pub(super) fn run(&self, sql: &str, parameters: impl Params) -> Result<usize, StoreError> {
        self.read(|connection| connection.prepare_cached(sql)?.execute(parameters))
    }

    /// The number of the row that was inserted last.
    pub(super) fn last_row(&self) -> i64 {
        self.view.connection.last_insert_rowid()
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = View<'c>;

    fn deref(&self) -> &View<'c> {
        &self.view
    }
}

macro_rules! opaque {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

opaque!(Store, Reader);

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("View(…)")
    }
}

impl fmt::Debug for Tx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx(…)")
    }
}
