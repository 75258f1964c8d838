//! SQLite: one file in one folder, one writer, many readers. The only room of this crate that imports `rusqlite`.
//!
//! **Invariants**
//! * Many commands share one transaction and one fsync, and no reply leaves before it.
//! * One writer. What it remembers of a space is thrown away whenever a transaction fails.
//! * The log alone is the truth. `known` and `kept` lag behind it on purpose ([`tail`](super::tail)) and are rebuilt from it.
//!
//! **Where to start**: `schema.sql`, then [`thread`] (group commit), [`gathering`] (who shares it), [`writer`] (a group), [`reader`] (pages).

mod ahead;
mod backup;
mod blob;
mod carry;
mod check;
mod closing;
mod connection;
mod digest;
mod gate;
mod gathering;
mod insert;
mod log;
mod mailbox;
mod names;
mod reader;
mod row;
mod spaces;
mod thread;
mod waking;
mod writer;

use std::sync::{Arc, Mutex};

use cairn_wire::{BlobId, MailboxId, PublicKey, SpaceId};
use rusqlite::Connection;

pub(crate) use backup::backup;
pub use backup::{BackupError, Copied};
pub(super) use carry::{OwnRow, Source};
pub(super) use names::Names;

use super::blob_bytes::BlobBytes;
use super::command::{BlobNow, Command, Refused};
use super::group::{Carrier, CommandResult};
use super::job::{Job, run_all};
use super::page::{Budget, PageQuery, RawPage, SpaceView};
use super::{Backend, Opened, Pending, RelayRow, StoreConfig, StoreError, incarnation, lock};
use crate::entropy::Entropy;
use crate::head::RelayKey;
use crate::limits::Limits;
use crate::wake::Wakeups;
use ahead::Ahead;
use connection::Opener;
use thread::WriterThread;
use writer::Writer;

/// A store in SQLite, open.
pub(super) enum Sqlite {
    Threaded { writer: WriterThread, readers: Readers },
    Exclusive(Box<Mutex<Writer>>),
}

impl Sqlite {
    pub(super) fn open(
        config: &StoreConfig,
        limits: &Limits,
        entropy: &Entropy,
        files: &Arc<BlobBytes>,
        wakeups: &Arc<Wakeups>,
    ) -> Result<Opened, StoreError> {
        let opener = Opener::new(config)?;
        let connection = opener.open_writer()?;
        let relay = connection::prepare(&connection, entropy, config)?;
        let least = files.take(&relay, Some(entropy.bytes()?), blob::numbers_begun(&connection)?)?;
        blob::begin_numbers_after(&connection, least)?;
        if let Err(error) = super::blob::remove_gone(&connection, files) {
            tracing::warn!(%error, "files of blobs could not be removed; the next erasure will try again");
        }
        let carrier = Carrier::new(Arc::clone(files), relay.incarnation, limits);
        let key = Arc::new(RelayKey::from_seed(&relay.seed));
        let mut writer = Writer::new(connection, carrier, config.danger, Arc::clone(wakeups));
        let backend = if config.exclusive {
            Self::Exclusive(Box::new(Mutex::new(writer)))
        } else {
            writer.sign_ahead(Ahead::start(Arc::clone(&key))?);
            let checkpointer = opener.open_writer()?;
            Self::Threaded {
                writer: WriterThread::start(writer, checkpointer)?,
                readers: Readers {
                    opener,
                    idle: Mutex::default(),
                },
            }
        };
        Ok(Opened {
            backend: Box::new(backend),
            key,
            relay,
        })
    }

    pub(super) fn begin_incarnation(config: &StoreConfig) -> Result<u32, StoreError> {
        let opener = Opener::of_existing(config)?;
        let connection = opener.open_writer()?;
        let before = connection::relay_row(&connection)?;
        let files = BlobBytes::new(config)?;
        files.may_take_over(&before, blob::numbers_begun(&connection)?)?;
        let incarnation = connection::begin_incarnation(&connection, config)?;
        let relay = RelayRow { incarnation, ..before };
        let today = incarnation::today(config);
        files.take_over(&relay, &mut |there| {
            blob::count_what_is_there(&connection, today, there)
        })?;
        Ok(incarnation)
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        match self {
            Self::Exclusive(writer) => read(lock(writer).connection()),
            Self::Threaded { readers, .. } => {
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

impl Backend for Sqlite {
    fn submit(&self, command: Command) -> Pending {
        match self {
            Self::Threaded { writer, .. } => {
                let (job, reply) = Job::of_task(command);
                writer.queue(job);
                Pending::Later(reply)
            }
            Self::Exclusive(writer) => {
                let mut results = lock(writer).run_group(&[command]);
                Pending::Ready(results.pop().unwrap_or(Err(Refused::UNAVAILABLE)))
            }
        }
    }

    fn run(&self, commands: Vec<Command>) -> Vec<CommandResult> {
        match self {
            Self::Threaded { writer, .. } => run_all(commands, |job| writer.queue(job)),
            Self::Exclusive(writer) => lock(writer).run_group(&commands),
        }
    }

    fn view(&self, space: &SpaceId, key: &PublicKey) -> Result<Result<SpaceView, Refused>, StoreError> {
        self.read(|connection| Ok(reader::find(connection, space, key)?.map(|found| found.view)))
    }

    fn page(&self, query: &PageQuery<'_>, budget: &mut Budget) -> Result<Result<RawPage, Refused>, StoreError> {
        self.read(|connection| reader::page(connection, query, budget))
    }

    fn mailbox(&self, id: &MailboxId, from: u32, now_ms: u64) -> Result<(Vec<Vec<u8>>, u32), StoreError> {
        self.read(|connection| reader::mailbox(connection, id, from, now_ms))
    }

    fn blob(&self, space: &SpaceId, key: &PublicKey, blob: &BlobId) -> Result<Result<BlobNow, Refused>, StoreError> {
        self.read(|connection| reader::blob(connection, space, key, blob))
    }

    fn probe(&self) -> Result<(), StoreError> {
        self.read(|connection| Ok(connection.query_row("SELECT 1 FROM relay", [], |_| Ok(()))?))
    }

    fn digest(&self) -> Result<[u8; 32], StoreError> {
        self.read(digest::digest)
    }

    /// On the writer's connection of an exclusive store.
    #[cfg(test)]
    fn break_with(&self, sql: &str) {
        if let Self::Exclusive(writer) = self {
            let done = lock(writer).connection().execute_batch(sql);
            assert!(done.is_ok(), "the store could not be broken");
        }
    }
}

/// Connections that only read. As many as were ever needed at once, which the server's threads bound; a few stay.
pub(super) struct Readers {
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
