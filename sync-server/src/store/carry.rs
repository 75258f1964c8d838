//! `cairn-relay carry`: a store moves from SQLite in a folder into PostgreSQL, and devices go on as if nothing had happened.
//!
//! The relay's key, its incarnation, spaces, logs, rights and mailboxes are carried with the numbers they have ([`contents`](super::contents)); the files of
//! blobs and `relay.key` stay in the folder, which stays the data folder of the relay that is started over the database. No relay may have either open
//! meanwhile.
//!
//! | in this order | what is there if it is broken off after it |
//! |---|---|
//! | the folder and the database are locked; the database has to be empty, and a check of the folder has to find nothing | the store in the folder |
//! | everything is copied, in one transaction of the database and one of SQLite, which brings its lists up to the log | the same |
//! | within it the copy is hashed, table by table, against what was read, and checked as `check` does | the same |
//! | the folder is marked as carried, durably | nothing that a relay can be started on |
//! | the database commits | the store in the database |
//!
//! So at no moment there are two stores that go on under one key. Where it is broken off between the last two, or nobody knows whether the database has
//! committed, it is asked for again: it finds its store there, or carries a store that is marked. That one begins another incarnation, as a copy does:
//! another relay may have gone on from it long ago. A relay is never started on a folder that is marked.

use super::blob_bytes::Whose;
use super::check;
use super::contents::TABLES;
use super::postgres::Postgres;
use super::sqlite::Source;
use super::{Database, StoreConfig, StoreError};

/// What was carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carried {
    /// Spaces, closed ones too.
    pub spaces: u64,
    /// Records and stubs.
    pub records: u64,
    /// Blobs, unfinished ones too. Their files are where they were.
    pub blobs: u64,
    /// The incarnation that the store in the database is.
    pub incarnation: u32,
    /// The store begins anew there, because it had been carried before, or all but.
    pub begins_anew: bool,
    /// It was there already: what was broken off had come to its end.
    pub was_there: bool,
}

/// Why a store was not carried. The store in the folder is as it was, and there is none in the database, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CarryError {
    /// No database was named. The operator has to.
    #[error("carry needs to be told where to: say --database URL")]
    NoDatabase,
    /// The data folder has no store. The operator named another folder than the relay's.
    #[error("there is no store in the data folder")]
    NoStore,
    /// There is something in the database. The operator has to name one with nothing in it.
    #[error("there is a store in the database already: name one that is empty")]
    NotEmpty,
    /// The store in the folder has something in it that no relay writes. The operator finds out what with `check`.
    #[error("a check of the folder has {0} findings, and what is damaged is not carried: see cairn-relay check")]
    Damaged(u64),
    /// What came into the database is not what was in the folder, or a check of it has findings. Nothing of it stays.
    #[error("what came into the database is not what is in the folder: nothing was carried")]
    Differs,
    /// The connection was lost while the database committed. It has to be asked for again.
    #[error("the database went away while it committed: say carry again, and start no relay on the folder before")]
    Unknown(#[source] StoreError),
    /// One of the stores could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Between what it may be broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// This many tables are copied.
    Copied(usize),
    /// What was copied is what was to be copied.
    Verified,
    /// The folder is marked.
    Marked,
}

/// What is asked between two steps, and may end it.
pub(crate) type Between<'a> = &'a mut (dyn FnMut(Step) -> Result<(), CarryError> + Send);

/// Carries the store in the folder that `config` names into its database.
///
/// # Errors
/// [`CarryError`].
pub(crate) fn carry(config: &StoreConfig, between: Between<'_>) -> Result<Carried, CarryError> {
    let database = config.database.as_ref().ok_or(CarryError::NoDatabase)?;
    // On a thread of its own, because whoever asks may be asynchronous.
    std::thread::scope(|scope| {
        let carrying = scope.spawn(|| move_into(database, config, between));
        carrying.join().unwrap_or(Err(StoreError::Stopped.into()))
    })
}

fn move_into(database: &Database, config: &StoreConfig, between: Between<'_>) -> Result<Carried, CarryError> {
    let source = Source::open(config)?;
    Postgres::receive(database, config, &source, between)
}

/// How many findings a check has.
pub(super) fn findings(rows: &dyn check::CheckRows, config: &StoreConfig) -> Result<u64, StoreError> {
    Ok(check::of_store(rows, config, Whose::Relay, &mut |_| ())?.findings)
}

/// How much was carried, by the rows of each table.
pub(super) fn carried(rows: &[u64], incarnation: u32, begins_anew: bool) -> Carried {
    let rows_of = |name| {
        let rows = TABLES.iter().zip(rows).find(|(table, _)| table.name == name);
        rows.map_or(0, |(_, rows)| *rows)
    };
    Carried {
        spaces: rows_of("space"),
        records: rows_of("log"),
        blobs: rows_of("blob"),
        incarnation,
        begins_anew,
        was_there: false,
    }
}
