//! The relay's store: what becomes of a command, whoever keeps the rows, and two who do: [`sqlite`] in one folder, [`postgres`] in a database that
//! nodes share. Blobs are files beside either, or objects in a bucket.
//!
//! **Invariants**
//! * What a command answers is durable: commands share a transaction, and no reply leaves before it.
//! * What becomes of a command is decided in one place ([`group`] and what it calls), under the lock of its space; stores find and change rows ([`rows`]).
//! * A command that is refused has written nothing.
//! * Of a blob's file counts what its row says ([`files`], [`objects`]); the file is durable before the row, and gone after it.
//!
//! **Where to start**: [`command`] (what can be asked), [`append`] (the rule meets the log), [`page`] (where pages are cut), [`Backend`] (what the relay
//! asks of a store), [`parts`] (blobs); then a schema, `sqlite/schema.sql` or `postgres/schema_1.sql`.

mod append;
mod blob;
mod blob_bytes;
mod bodies;
mod bucket;
#[cfg(test)]
mod bucket_tests;
mod carry;
mod check;
mod closing;
mod command;
mod contents;
mod database;
mod files;
mod folder;
mod gate;
mod group;
mod incarnation;
mod job;
mod mailbox;
mod marker;
mod nats;
mod objects;
mod own_key;
mod page;
mod parts;
mod postgres;
mod remover;
mod rows;
mod space;
mod spaces;
mod sqlite;
mod sweep;
mod tail;
mod waking;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_wire::{BlobId, MailboxId, Nonce, PublicKey, SignedIncarnation, SpaceId};

pub use bucket::{Bucket, BucketError};
#[cfg(test)]
pub(crate) use carry::Step;
pub(crate) use carry::carry;
pub use carry::{Carried, CarryError};
pub(crate) use check::check;
pub use check::{Checked, Finding};
pub(crate) use command::{
    AccessChange, Ack, Append, BlobNow, Close, Command, Create, Done, EpochSwap, Erase, GateAsked, GateNow, GateWish,
    MailboxPost, Parsed, PutBlob, Refused, Registered, ReleaseBlob, WakeAsked, WakeWish,
};
pub use database::{Database, DatabaseError};
pub use nats::{Nats, NatsError};
pub(crate) use page::{Budget, Mode, PageQuery, RawItem, RawPage, SpaceView};
pub(crate) use sqlite::backup;
pub use sqlite::{BackupError, Copied};

use crate::entropy::{Entropy, EntropyError};
use crate::head::RelayKey;
use crate::limits::Limits;
use crate::push::Vapid;
use crate::session::TokenHash;
use crate::ticket::Tickets;
use crate::trust::TrustError;
use crate::wake::Wakeups;
use blob_bytes::BlobBytes;
use group::CommandResult;
use postgres::Postgres;
use sqlite::Sqlite;
use tokio::sync::oneshot;

/// Where and how to keep the store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoreConfig {
    /// The folder. Created when it is not there, readable by its owner only.
    pub dir: PathBuf,
    /// The PostgreSQL database to keep rows in; `None` is SQLite, in `dir`. The relay's own key and blobs' files are in folders all the same.
    pub database: Option<Database>,
    /// The NATS servers through which nodes over one database tell each other that something changed; `None` is through the database. Counts with `database` alone.
    pub nats: Option<Nats>,
    /// The folder of blobs' files; `None` is `blobs` in `dir`. A store on a file system of its own takes none without it.
    pub blobs: Option<PathBuf>,
    /// The place in a bucket of an S3-compatible server to put blobs in; `None` puts them into files.
    pub bucket: Option<Bucket>,
    /// The SQLite file system to use, by its registered name; `None` is the system's own.
    pub vfs: Option<String>,
    /// One connection and no threads: every command runs, and is durable, within its call. For file systems without
    /// shared memory, and for simulations.
    pub exclusive: bool,
    /// When a store that is made anew under a key that is there begins, in milliseconds since 1970-01-01 UTC; `None` asks the system's
    /// clock. For simulations.
    pub begins_ms: Option<u64>,
    /// Planted defects. A store with any of them breaks its promises; tests use them to show that they would notice.
    pub danger: Danger,
}

impl StoreConfig {
    /// A store in `dir`, as a relay keeps it.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            ..Self::default()
        }
    }

    /// A store of one connection and no threads in `dir`, on the named SQLite file system.
    #[must_use]
    pub fn exclusive(dir: impl Into<PathBuf>, vfs: Option<String>) -> Self {
        Self {
            dir: dir.into(),
            vfs,
            exclusive: true,
            ..Self::default()
        }
    }
}

/// Defects to plant. All `false` in every real relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Danger {
    /// `synchronous=NORMAL`: a commit may be lost with the power.
    pub synchronous_normal: bool,
    /// Deleted bytes stay in freed pages.
    pub no_secure_delete: bool,
    /// Commands are answered while their transaction is still open (exclusive stores only).
    pub acknowledge_before_commit: bool,
}

/// Why the store could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite failed: a full disk, a damaged file, missing rights. The operator's to look at.
    #[error("storage failed")]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL failed, or cannot be reached. The operator's to look at. The code is PostgreSQL's own (SQLSTATE).
    #[error("the database failed ({})", database::code(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection to PostgreSQL came free in time, or could be made in time.
    #[error("no connection to the database in time")]
    NoConnection,
    /// NATS cannot be reached, or does not do what is asked of it. Nobody waits for it.
    #[error("NATS cannot be used: {0}")]
    Nats(&'static str),
    /// Whoever answers could not be told from anybody else.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The database server would not keep what is acknowledged.
    #[error("the database cannot be used: {0}")]
    NotUsable(&'static str),
    /// The database was put back from a copy while this relay ran. It has to be started again.
    #[error("the database is of another incarnation than when this relay began: start it again")]
    OtherIncarnation,
    /// The database holds no relay's store.
    #[error("there is no store in this database")]
    NoStore,
    /// A database was named for what is done with the folder of a store in SQLite alone.
    #[error("this is for a store in SQLite; a database is copied by PostgreSQL's own means")]
    NotInFolder,
    /// The bucket that blobs lie in cannot be used.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The folder could not be made or used.
    #[error("data folder not usable")]
    Folder(#[from] std::io::Error),
    /// The store in the folder was carried into a database, and goes on there. The operator starts the relay with that one.
    #[error("the store in this folder was carried into a database: start the relay with --database")]
    Carried,
    /// Another relay has the folder open, or the database where nobody else may have it.
    #[error("data folder or database in use by another relay")]
    InUse,
    /// A row holds what no relay writes. The file was changed or damaged from outside.
    #[error("stored value out of range")]
    Damaged,
    /// The store was written by a newer relay.
    #[error("store is of a newer version")]
    TooNew,
    /// The key file in the folder is of another relay.
    #[error("relay.key is of another relay than this store: move it away, or put the right one there")]
    OtherKey,
    /// No randomness for the relay's key.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The writer has stopped, at shutdown or after a panic.
    #[error("writer has stopped")]
    Stopped,
}

/// What the relay asks of a store that keeps rows. Every call blocks until it is done, but for [`Self::submit`].
pub(crate) trait Backend: Send + Sync {
    /// Hands a command to whoever writes.
    fn submit(&self, command: Command) -> Pending;

    /// Runs commands and waits for them: those of one space in their order, and in one transaction where that can be.
    fn run(&self, commands: Vec<Command>) -> Vec<CommandResult>;

    /// What a key sees of a space.
    fn view(&self, space: &SpaceId, key: &PublicKey) -> Result<Result<SpaceView, Refused>, StoreError>;

    /// A page of a space, under one state of the store.
    fn page(&self, query: &PageQuery<'_>, budget: &mut Budget) -> Result<Result<RawPage, Refused>, StoreError>;

    /// The messages of a mailbox from `from` on, and how many there are.
    fn mailbox(&self, id: &MailboxId, from: u32, now_ms: u64) -> Result<(Vec<Vec<u8>>, u32), StoreError>;

    /// A blob, as a key of its space sees it.
    fn blob(&self, space: &SpaceId, key: &PublicKey, blob: &BlobId) -> Result<Result<BlobNow, Refused>, StoreError>;

    /// Whether the store answers.
    fn probe(&self) -> Result<(), StoreError>;

    /// A hash over every row of every table.
    fn digest(&self) -> Result<[u8; 32], StoreError>;

    /// Held while a part of a blob is checked, written and taken up, so that nobody at another node writes into its file.
    fn writing(&self, _: &BlobId) -> Result<Box<dyn Held + '_>, StoreError> {
        Ok(Box::new(()))
    }

    /// Whether other nodes may change what is in it.
    fn is_shared(&self) -> bool {
        false
    }

    /// Wakes those who wait for what another node changed, also where nobody was told of it.
    fn look_around(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Keeps a session for every node, and uses its challenge up: whether nobody had used it before.
    fn begin_session(&self, _: &SharedSession, _: &Nonce, _ends_ms: u64) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Whose session it is, if a node keeps one by this hash, and when it ends.
    fn session(&self, _: &SpaceId, _: &TokenHash, _now_ms: u64) -> Result<Option<(PublicKey, u64)>, StoreError> {
        Ok(None)
    }

    /// Hears no other node from now on.
    #[cfg(test)]
    fn deafen(&self) {}

    /// Runs SQL, to break the store on purpose.
    #[cfg(test)]
    fn break_with(&self, sql: &str);
}

/// What holds others back as long as it lives.
pub(crate) trait Held {}

/// Where there are no others.
impl Held for () {}

/// A session that every node knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedSession {
    pub(crate) space: SpaceId,
    pub(crate) key: PublicKey,
    pub(crate) token: TokenHash,
    pub(crate) expires_ms: u64,
}

/// A store's rows, open, and what it says about itself.
struct Opened {
    backend: Box<dyn Backend>,
    key: Arc<RelayKey>,
    relay: RelayRow,
}

/// What a store says about itself.
struct RelayRow {
    seed: [u8; 32],
    incarnation: u32,
}

/// The store, open.
pub(crate) struct Store {
    backend: Box<dyn Backend>,
    files: Arc<BlobBytes>,
    key: Arc<RelayKey>,
    tickets: Option<Tickets>,
    seed: [u8; 32],
    incarnation: SignedIncarnation,
}

/// An answer that is there, or will be when its group is durable.
pub(crate) enum Pending {
    Ready(CommandResult),
    Later(oneshot::Receiver<CommandResult>),
}

impl Store {
    pub(crate) fn open(
        config: &StoreConfig,
        limits: &Limits,
        entropy: &Entropy,
        wakeups: &Arc<Wakeups>,
    ) -> Result<Self, StoreError> {
        let files = Arc::new(BlobBytes::new(config)?);
        let Opened { backend, key, relay } = match &config.database {
            None => Sqlite::open(config, limits, entropy, &files, wakeups)?,
            Some(database) => Postgres::open(database, config, limits, entropy, &files, wakeups)?,
        };
        Ok(Self {
            seed: relay.seed,
            tickets: backend.is_shared().then(|| Tickets::new(&relay.seed)),
            backend,
            files,
            incarnation: key.sign_incarnation(relay.incarnation),
            key,
        })
    }

    /// Begins another incarnation of the store that `config` names: it was put back from a copy, or has lost what came after it. From then
    /// on devices take nothing for granted that they were told before, and send again what is missing. Answers its number.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Folder`] where there is no store.
    pub(crate) fn begin_incarnation(config: &StoreConfig) -> Result<u32, StoreError> {
        match &config.database {
            None => Sqlite::begin_incarnation(config),
            Some(database) => Postgres::begin_incarnation(database, config),
        }
    }

    /// What the rows are asked.
    pub(crate) fn rows(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// The key heads are signed with.
    pub(crate) fn key(&self) -> &RelayKey {
        &self.key
    }

    /// By whom push services are asked.
    pub(crate) fn vapid(&self, contact: Option<String>) -> Vapid {
        Vapid::new(&self.seed, contact)
    }

    /// What challenges are made with, where other nodes have to know them.
    pub(crate) const fn tickets(&self) -> Option<&Tickets> {
        self.tickets.as_ref()
    }

    /// The incarnation of this store.
    pub(crate) const fn incarnation(&self) -> u32 {
        self.incarnation.incarnation
    }

    /// The same, as the relay signs it.
    pub(crate) const fn signed_incarnation(&self) -> SignedIncarnation {
        self.incarnation
    }

    /// Whether the store answers, rows and blobs.
    pub(crate) fn probe(&self) -> Result<(), StoreError> {
        self.backend.probe()?;
        self.files.probe()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(…)")
    }
}

/// Every row of a database.
#[cfg(test)]
pub(crate) fn rows_of(database: &Database) -> Vec<String> {
    postgres::rows_of(database).unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
