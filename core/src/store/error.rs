//! What can go wrong with a database, by what to do next.

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the store could not do what it was asked. Nothing was changed: a transaction that fails is rolled back whole.
///
/// No variant holds a path, SQL or anything a person wrote. SQLite's own number goes to `tracing` as it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file's first page does not open: the key is another one, or the page is damaged; SQLCipher cannot tell which.
    /// The vault decides by `vault.id`, whose MAC knows the key. Never make a new key, never delete the file.
    #[error("the database does not open with this key")]
    NotADatabase,
    /// A page fails its authentication, or what it holds cannot be. The storage is at fault. The connection answers
    /// nothing more: close it, offer [`set_aside`](super::set_aside) and a fresh copy from the relay.
    #[error("the database is damaged")]
    Damaged,
    /// There is no room for more. Reading still works, and so does erasing most of the time: tell the person.
    #[error("there is no room left on this device")]
    Full,
    /// The file, or its folder, cannot be written by this process. The app's installation is at fault.
    #[error("the database cannot be written here")]
    ReadOnly,
    /// Another process holds the database for longer than [`BUSY_TIMEOUT_MS`](super::BUSY_TIMEOUT_MS), or a reader kept
    /// a checkpoint from finishing. Try again later.
    #[error("the database is in use elsewhere")]
    Busy,
    /// A newer version of the app has written here. Update the app; the data is whole and was not touched.
    #[error("the database has form {found}, this version knows forms up to {known}")]
    TooNew {
        /// The form of the database.
        found: u32,
        /// The newest form this version knows.
        known: u32,
    },
    /// The operating system refused to read, write or open. Try again; if it stays, the device is at fault.
    #[error("the device could not read or write the database")]
    Io,
    /// The store was asked for something it cannot do. The caller is at fault: report it.
    #[error("the store was asked for something it cannot do")]
    Misuse,
}

impl StoreError {
    /// Sorts an error of SQLite. Its text may quote SQL, so the text goes no further than this function.
    pub(super) fn of(error: &rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = error else {
            return Self::of_value(error);
        };
        let sorted = Self::of_code(failure.code, failure.extended_code);
        tracing::debug!(code = failure.extended_code, ?sorted, "the database refused");
        sorted
    }

    fn of_code(code: ErrorCode, extended: i32) -> Self {
        match code {
            ErrorCode::NotADatabase => Self::NotADatabase,
            ErrorCode::DatabaseCorrupt => Self::Damaged,
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => Self::Busy,
            ErrorCode::SystemIoFailure => match extended {
                // Growing the shared memory of the write-ahead log fails so on a full disk.
                ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
                ffi::SQLITE_IOERR_DATA | ffi::SQLITE_IOERR_CORRUPTFS => Self::Damaged,
                _ => Self::Io,
            },
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::OutOfMemory
            | ErrorCode::OperationInterrupted
            | ErrorCode::NoLargeFileSupport => Self::Io,
            _ => Self::Misuse,
        }
    }

    /// Sorts an error that arose on this side of SQLite.
    fn of_value(error: &rusqlite::Error) -> Self {
        match error {
            // A column that holds what no version ever writes.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::InvalidColumnType(..) => Self::Damaged,
            _ => Self::Misuse,
        }
    }

    pub(super) fn of_file(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            std::io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            _ => Self::Io,
        }
    }
}
