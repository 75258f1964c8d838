//! The relay's store: SQLite in one folder, blobs as files beside it, one writer, many readers. The only room of this crate
//! that imports `rusqlite`.
//!
//! **Invariants**
//! * What a command answers is durable: many commands share one transaction and one fsync, and no reply leaves before it.
//! * One writer. What it remembers of a space ([`space`]) is thrown away whenever a transaction fails.
//! * The log alone is the truth. `known` and `kept` lag behind it on purpose ([`tail`]) and are rebuilt from it.
//! * A command that is refused has written nothing.
//! * Of a blob's file counts what its row says ([`files`]); the file is durable before the row, and gone after it.
//!
//! **Where to start**: `schema.sql`, then [`command`] (what can be asked), [`thread`] (group commit), [`append`] (the
//! rule meets the log), [`reader`] (pages), [`Store::put_blob`] (parts).

mod append;
mod backup;
mod blob;
mod bodies;
mod check;
mod closing;
mod command;
mod connection;
mod digest;
mod files;
mod gate;
mod gathering;
mod mailbox;
mod names;
mod own_key;
mod reader;
mod row;
mod space;
mod spaces;
mod sweep;
mod tail;
mod thread;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cairn_wire::{BlobId, MailboxId, PublicKey, SignedIncarnation, SpaceId};
use rusqlite::Connection;

pub(crate) use backup::backup;
pub use backup::{BackupError, Copied};
pub(crate) use check::check;
pub use check::{Checked, Finding};
pub(crate) use command::{
    AccessChange, Ack, Append, BlobNow, Close, Command, Create, Done, EpochSwap, Erase, GateAsked, GateNow, GateWish,
    MailboxPost, Parsed, PutBlob, Refused, ReleaseBlob,
};
pub(crate) use reader::{Budget, Mode, PageQuery, RawItem, RawPage, SpaceView};

use crate::entropy::{Entropy, EntropyError};
use crate::head::RelayKey;
use crate::limits::Limits;
use crate::wake::Wakeups;
use command::Written;
use connection::Opener;
use files::Files;
use thread::WriterThread;
use tokio::sync::oneshot;
use writer::Writer;

/// Where and how to keep the store.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoreConfig {
    /// The folder. Created when it is not there, readable by its owner only.
    pub dir: PathBuf,
    /// The folder of blobs' files; `None` is `blobs` in `dir`. A store on a file system of its own takes none without it.
    pub blobs: Option<PathBuf>,
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
    /// The folder could not be made or used.
    #[error("data folder not usable")]
    Folder(#[from] std::io::Error),
    /// Another relay has the folder open.
    #[error("data folder in use by another relay")]
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

/// The store, open.
pub(crate) struct Store {
    backend: Backend,
    files: Arc<Files>,
    key: RelayKey,
    incarnation: SignedIncarnation,
}

enum Backend {
    Threaded { writer: WriterThread, readers: Readers },
    Exclusive(Box<Mutex<Writer>>),
}

/// An answer that is there, or will be when its group is durable.
pub(crate) enum Pending {
    Ready(Result<Done, Refused>),
    Later(oneshot::Receiver<Result<Done, Refused>>),
}

impl Store {
    pub(crate) fn open(
        config: &StoreConfig,
        limits: &Limits,
        entropy: &Entropy,
        wakeups: &Arc<Wakeups>,
    ) -> Result<Self, StoreError> {
        let opener = Opener::new(config)?;
        let connection = opener.open_writer()?;
        let relay = connection::prepare(&connection, entropy, config)?;
        let key = RelayKey::from_seed(&relay.seed);
        let files = Arc::new(Files::new(config));
        if let Err(error) = blob::remove_gone(&connection, &files) {
            tracing::warn!(%error, "files of blobs could not be removed; the next erasure will try again");
        }
        let writer = Writer::new(
            connection,
            Arc::clone(&files),
            relay.incarnation,
            limits,
            config,
            Arc::clone(wakeups),
        );
        let backend = if config.exclusive {
            Backend::Exclusive(Box::new(Mutex::new(writer)))
        } else {
            let checkpointer = opener.open_writer()?;
            Backend::Threaded {
                writer: WriterThread::start(writer, checkpointer)?,
                readers: Readers {
                    opener,
                    idle: Mutex::default(),
                },
            }
        };
        Ok(Self {
            backend,
            files,
            incarnation: key.sign_incarnation(relay.incarnation),
            key,
        })
    }

    /// The key heads are signed with.
    pub(crate) const fn key(&self) -> &RelayKey {
        &self.key
    }

    /// Begins another incarnation of the store that `config` names: it was put back from a copy, or has lost what came after it. From then
    /// on devices take nothing for granted that they were told before, and send again what is missing. Answers its number.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Folder`] where there is no store.
    pub(crate) fn begin_incarnation(config: &StoreConfig) -> Result<u32, StoreError> {
        let opener = Opener::of_existing(config)?;
        let connection = opener.open_writer()?;
        connection::begin_incarnation(&connection, config)
    }

    /// The incarnation of this store.
    pub(crate) const fn incarnation(&self) -> u32 {
        self.incarnation.incarnation
    }

    /// The same, as the relay signs it.
    pub(crate) const fn signed_incarnation(&self) -> SignedIncarnation {
        self.incarnation
    }

    /// Hands a command to the writer.
    pub(crate) fn submit(&self, command: Command) -> Pending {
        match &self.backend {
            Backend::Threaded { writer, .. } => Pending::Later(writer.submit(command)),
            Backend::Exclusive(writer) => {
                let mut results = lock(writer).run_group(&[command]);
                Pending::Ready(results.pop().unwrap_or(Err(Refused::UNAVAILABLE)))
            }
        }
    }

    /// Runs commands and waits for them: in one transaction when the store is exclusive.
    pub(crate) fn run(&self, commands: Vec<Command>) -> Vec<Result<Done, Refused>> {
        match &self.backend {
            Backend::Threaded { writer, .. } => {
                let replies: Vec<_> = commands
                    .into_iter()
                    .map(|command| writer.submit_blocking(command))
                    .collect();
                replies
                    .into_iter()
                    .map(|reply| reply.recv().unwrap_or(Err(Refused::UNAVAILABLE)))
                    .collect()
            }
            Backend::Exclusive(writer) => lock(writer).run_group(&commands),
        }
    }

    /// What a key sees of a space.
    pub(crate) fn view(&self, space: &SpaceId, key: &PublicKey) -> Result<Result<SpaceView, Refused>, StoreError> {
        self.read(|connection| reader::view(connection, space, key))
    }

    /// A page of a space, under one state of the store.
    pub(crate) fn page(
        &self,
        query: &PageQuery<'_>,
        budget: &mut Budget,
    ) -> Result<Result<RawPage, Refused>, StoreError> {
        self.read(|connection| reader::page(connection, query, budget))
    }

    /// The messages of a mailbox from `from` on, and how many there are.
    pub(crate) fn mailbox(&self, id: &MailboxId, from: u32, now_ms: u64) -> Result<(Vec<Vec<u8>>, u32), StoreError> {
        self.read(|connection| mailbox::read(connection, id, from, now_ms))
    }

    /// Puts a part of a blob, beside the writer but for its rows. Blocks until it is durable.
    ///
    /// The writer says first whether the part is allowed and where the blob stands, and takes it up once it is durable
    /// in the file, under the same checks again: what happened meanwhile is told as if the part came after it.
    pub(crate) fn put_blob(&self, put: PutBlob, part: &[u8]) -> Result<BlobNow, Refused> {
        let _writing = self.files.writing(&put.blob);
        let now = self.put_row(put)?;
        let skip = now
            .have
            .checked_sub(put.offset)
            .and_then(|skip| usize::try_from(skip).ok());
        let Some(new) = skip.and_then(|skip| part.get(skip..)).filter(|new| !new.is_empty()) else {
            return Ok(now);
        };
        if let Err(error) = self.files.append(now.file, now.have, new) {
            // Where the blob went meanwhile, the writer says so.
            self.put_row(put)?;
            tracing::error!(%error, "a part of a blob could not be stored");
            return Err(Refused::UNAVAILABLE);
        }
        let written = Written {
            file: now.file,
            from: now.have,
            upto: now.have + new.len() as u64,
        };
        self.put_row(PutBlob {
            written: Some(written),
            ..put
        })
    }

    fn put_row(&self, put: PutBlob) -> Result<BlobNow, Refused> {
        match self.run(vec![Command::PutBlob(put)]).pop() {
            Some(Ok(Done::Blob(now))) => Ok(now),
            Some(Err(refused)) => Err(refused),
            _ => Err(Refused::UNAVAILABLE),
        }
    }

    /// A blob, as a key of its space sees it.
    pub(crate) fn blob(
        &self,
        space: &SpaceId,
        key: &PublicKey,
        blob: &BlobId,
    ) -> Result<Result<BlobNow, Refused>, StoreError> {
        self.read(|connection| blob::look_up(connection, space, key, blob))
    }

    /// Bytes of a blob's file, or `None` if the blob went meanwhile.
    pub(crate) fn blob_bytes(&self, now: BlobNow, offset: u64, max: usize) -> Result<Option<Vec<u8>>, StoreError> {
        let left = usize::try_from(now.have.saturating_sub(offset)).unwrap_or(usize::MAX);
        match left.min(max) {
            // Not asked of the file, which knows no such place.
            0 => Ok(Some(Vec::new())),
            length => self.files.read(now.file, offset, length),
        }
    }

    /// Whether the store answers.
    pub(crate) fn probe(&self) -> Result<(), StoreError> {
        self.read(|connection| Ok(connection.query_row("SELECT 1 FROM relay", [], |_| Ok(()))?))
    }

    /// A hash over every row of every table.
    pub(crate) fn digest(&self) -> Result<[u8; 32], StoreError> {
        self.read(digest::digest)
    }

    /// Runs SQL on the writer's connection of an exclusive store, to break it on purpose.
    #[cfg(test)]
    pub(crate) fn break_with(&self, sql: &str) {
        if let Backend::Exclusive(writer) = &self.backend {
            let done = lock(writer).connection().execute_batch(sql);
            assert!(done.is_ok(), "the store could not be broken");
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match &self.backend {
            Backend::Exclusive(writer) => read(lock(writer).connection()),
            Backend::Threaded { readers, .. } => {
                let connection = readers.take()?;
                let result = connection
                    .unchecked_transaction()
                    .map_err(StoreError::from)
                    .and_then(|snapshot| {
                        let value = read(&connection)?;
                        snapshot.finish()?;
                        Ok(value)
                    });
                if result.is_ok() {
                    readers.give_back(connection);
                }
                result
            }
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store(…)")
    }
}

/// Connections that only read. As many as were ever needed at once, which the server's threads bound; a few stay.
struct Readers {
    opener: Opener,
    idle: Mutex<Vec<Connection>>,
}

/// Reading connections that stay open.
const READERS_IDLE_MAX: usize = 8;

impl Readers {
    fn take(&self) -> Result<Connection, StoreError> {
        let idle = lock(&self.idle).pop();
        idle.map_or_else(|| self.opener.open_reader(), Ok)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = lock(&self.idle);
        if idle.len() < READERS_IDLE_MAX {
            idle.push(connection);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
