//! PostgreSQL: one database, any number of nodes.
//!
//! **Invariants**
//! * The sequence number of a record is taken and committed under the lock of its space's row, so what a reader sees up to a number stays all there
//!   is up to it.
//! * What a command answers is committed with `synchronous_commit`, by a server whose `fsync` is on.
//! * Nothing is remembered of a space from one transaction to the next: another node may have been there.
//! * Nothing is told to other nodes within a transaction.
//! * A node that finds another incarnation than it began with writes nothing more.
//!
//! **Where to start**: `schema_1.sql`, then [`writers`] (group commit), [`transaction`] (a group), [`reader`] (pages), [`tell`] (what nodes tell each other).

mod around;
mod blob;
mod carry;
mod check;
mod closing;
mod digest;
mod gate;
mod link;
mod listen;
mod log;
mod mailbox;
mod migrate;
mod nats;
mod reader;
mod session;
mod spaces;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;
mod values;
mod waking;
mod writers;
mod writes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cairn_wire::{BlobId, MailboxId, Nonce, PublicKey, SpaceId};
use deadpool_postgres::{Object, Pool};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::Client;

use super::blob_bytes::BlobBytes;
use super::command::{BlobNow, Command, Refused};
use super::group::{Carrier, CommandResult};
use super::job::{Job, run_all};
use super::page::{Budget, PageQuery, RawPage, SpaceView};
use super::{
    Backend, Database, Held, Opened, Pending, RelayRow, SharedSession, StoreConfig, StoreError, incarnation, lock,
};
use crate::entropy::Entropy;
use crate::head::RelayKey;
use crate::limits::{DATABASE_READERS, DATABASE_WRITERS, Limits};
use crate::session::TokenHash;
use crate::wake::Wakeups;
use around::Seen;
use link::{Lent, Route};
use tell::{Changes, Listener};
use transaction::Transaction;
use writers::Writers;

/// A store in PostgreSQL, open.
pub(super) struct Postgres {
    /// `None` once it is closed.
    writers: Option<Writers>,
    readers: Pool,
    listener: Mutex<Option<Listener>>,
    seen: Seen,
    incarnation: u32,
    sessions_per_key_max: usize,
    wakeups: Arc<Wakeups>,
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Postgres {
    pub(super) fn open(
        database: &Database,
        config: &StoreConfig,
        limits: &Limits,
        entropy: &Entropy,
        files: &Arc<BlobBytes>,
        wakeups: &Arc<Wakeups>,
    ) -> Result<Opened, StoreError> {
        super::folder::make_private(&config.dir)?;
        let route = Route::to(database)?;
        if database.is_open() {
            tracing::warn!(
                "the database is reached over a network without TLS: whoever is on the way reads and changes what goes there, and learns a password"
            );
        }
        let runtime = runtime()?;
        let handle = runtime.handle().clone();
        let mut client = handle.block_on(connect(&route))?;
        let (relay, begun) = handle.block_on(async {
            link::check(&client).await?;
            let relay = migrate::prepare(&mut client, config, entropy).await?;
            Ok::<_, StoreError>((relay, blob::numbers_begun(&client).await?))
        })?;
        let least = files.take(&relay, None, begun)?;
        handle.block_on(blob::begin_numbers_after(&mut client, least))?;
        drop(client);
        let readers = handle.block_on(async { route.pool(DATABASE_READERS) })?;
        let pool = handle.block_on(async { route.pool(DATABASE_WRITERS) })?;
        remove_gone(&handle, &pool, files);
        let changes = Changes::new(wakeups);
        let listener = Listener::start(
            &handle,
            &route,
            config.nats.as_ref(),
            &relay,
            entropy.bytes()?,
            &changes,
        )?;
        let carrier = || Carrier::new(Arc::clone(files), relay.incarnation, limits);
        let writers = Writers::start(&handle, &pool, relay.incarnation, &changes, carrier)?;
        let backend = Self {
            writers: Some(writers),
            readers,
            listener: Some(listener).into(),
            seen: Seen::default(),
            incarnation: relay.incarnation,
            sessions_per_key_max: limits.sessions_per_key_max,
            wakeups: Arc::clone(wakeups),
            runtime: Some(runtime),
            handle,
        };
        Ok(Opened {
            backend: Box::new(backend),
            key: Arc::new(RelayKey::from_seed(&relay.seed)),
            relay,
        })
    }

    /// On a thread of its own, because whoever asks may be asynchronous.
    pub(super) fn begin_incarnation(database: &Database, config: &StoreConfig) -> Result<u32, StoreError> {
        let begin = || {
            let (runtime, files) = (runtime()?, BlobBytes::new(config)?);
            let mut client = runtime.block_on(connect(&Route::to(database)?))?;
            let before = runtime.block_on(migrate::relay(&mut client))?;
            files.may_take_over(&before, runtime.block_on(blob::numbers_begun(&client))?)?;
            let incarnation = runtime.block_on(migrate::begin_incarnation(&mut client, config))?;
            let relay = RelayRow { incarnation, ..before };
            let today = incarnation::today(config);
            files.take_over(&relay, &mut |there| {
                runtime.block_on(blob::count_what_is_there(&mut client, today, there))
            })?;
            Ok(incarnation)
        };
        std::thread::scope(|scope| scope.spawn(begin).join()).unwrap_or(Err(StoreError::Stopped))
    }

    fn asked<T, F>(&self, ask: F) -> Result<T, StoreError>
    where
        F: AsyncFn(&Object) -> Result<T, StoreError>,
    {
        self.handle.block_on(reader::asked(&self.readers, ask))
    }
}

/// Drives the connections: they wait for the network, and work little.
fn runtime() -> Result<Runtime, StoreError> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("cairn-database").enable_all();
    Ok(builder.build()?)
}

/// Every row of every table, as PostgreSQL writes it.
#[cfg(test)]
pub(super) fn rows_of(database: &Database) -> Result<Vec<String>, StoreError> {
    runtime()?.block_on(async {
        let client = connect(&Route::to(database)?).await?;
        let mut rows = Vec::new();
        for sql in digest::TABLES {
            for row in client.query(sql, &[]).await? {
                rows.push(row.try_get(0)?);
            }
        }
        Ok(rows)
    })
}

/// A connection of its own.
async fn connect(route: &Route) -> Result<Client, StoreError> {
    let (client, connection) = route.open().await?;
    tokio::spawn(async move {
        if connection.await.is_err() {
            tracing::debug!("a connection to the database ended");
        }
    });
    Ok(client)
}

fn remove_gone(handle: &Handle, pool: &Pool, files: &BlobBytes) {
    let remove = || {
        let client = handle.block_on(Lent::from(pool))?;
        super::blob::remove_gone(&Transaction::outside(handle, &client), files)?;
        client.give_back();
        Ok::<_, StoreError>(())
    };
    if let Err(error) = remove() {
        tracing::warn!(%error, "files of blobs could not be removed; the next erasure will try again");
    }
}

/// Refuses a store that was put back meanwhile: it is not the one this node speaks for.
fn is_ours(relay: &[tokio_postgres::Row], incarnation: u32) -> Result<(), StoreError> {
    let there = relay.first().ok_or(StoreError::NoStore)?;
    if there.try_get::<_, i64>(0)? == i64::from(incarnation) {
        Ok(())
    } else {
        Err(StoreError::OtherIncarnation)
    }
}

/// A lock, and the transaction that it ends with.
struct Locked<'a> {
    handle: &'a Handle,
    client: Option<Lent>,
}

impl Held for Locked<'_> {}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        if let Some(client) = self.client.take()
            && self.handle.block_on(client.batch_execute("ROLLBACK")).is_ok()
        {
            client.give_back();
        }
    }
}

impl Drop for Postgres {
    /// Finishes what is in line first, with the connections there to do it.
    fn drop(&mut self) {
        drop(self.writers.take());
        self.readers.close();
        if let Some(listener) = lock(&self.listener).take() {
            let handle = self.handle.clone();
            // Not on this thread, which may be one that must not wait so.
            drop(std::thread::spawn(move || listener.end(&handle)).join());
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Backend for Postgres {
    fn submit(&self, command: Command) -> Pending {
        let (job, reply) = Job::of_task(command);
        if let Some(writers) = &self.writers {
            writers.queue(job);
        }
        Pending::Later(reply)
    }

    fn run(&self, commands: Vec<Command>) -> Vec<CommandResult> {
        run_all(commands, |job| {
            if let Some(writers) = &self.writers {
                writers.queue(job);
            }
        })
    }

    fn view(&self, space: &SpaceId, key: &PublicKey) -> Result<Result<SpaceView, Refused>, StoreError> {
        self.asked(async |client: &Object| reader::view(client, space, key).await)
    }

    fn page(&self, query: &PageQuery<'_>, budget: &mut Budget) -> Result<Result<RawPage, Refused>, StoreError> {
        let before = *budget;
        let (page, left) = self.asked(async |client: &Object| {
            let mut left = before;
            let page = reader::page(client, query, &mut left).await?;
            Ok((page, left))
        })?;
        *budget = left;
        Ok(page)
    }

    fn mailbox(&self, id: &MailboxId, from: u32, now_ms: u64) -> Result<(Vec<Vec<u8>>, u32), StoreError> {
        self.asked(async |client: &Object| reader::mailbox(client, id, from, now_ms).await)
    }

    fn blob(&self, space: &SpaceId, key: &PublicKey, blob: &BlobId) -> Result<Result<BlobNow, Refused>, StoreError> {
        self.asked(async |client: &Object| reader::blob(client, space, key, blob).await)
    }

    fn probe(&self) -> Result<(), StoreError> {
        self.asked(async |client: &Object| {
            let relay = client.query("SELECT incarnation FROM relay", &[]).await?;
            is_ours(&relay, self.incarnation)
        })
    }

    fn writing(&self, blob: &BlobId) -> Result<Box<dyn Held + '_>, StoreError> {
        let client = self.handle.block_on(async {
            let client = Lent::from(&self.readers).await?;
            client.batch_execute("BEGIN").await?;
            let key = i64::from_le_bytes(values::first_eight(blob.as_bytes()));
            client.query("SELECT pg_advisory_xact_lock($1)", &[&key]).await?;
            Ok::<_, StoreError>(client)
        })?;
        Ok(Box::new(Locked {
            handle: &self.handle,
            client: Some(client),
        }))
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn look_around(&self) -> Result<(), StoreError> {
        let topics = self.wakeups.topics();
        let states = if topics.is_empty() {
            BTreeMap::new()
        } else {
            self.asked(async |client: &Object| around::states(client, &topics).await)?
        };
        self.seen.wake(states, &self.wakeups);
        Ok(())
    }

    fn digest(&self) -> Result<[u8; 32], StoreError> {
        self.asked(async |client: &Object| digest::digest(client).await)
    }

    fn begin_session(&self, session: &SharedSession, nonce: &Nonce, ends_ms: u64) -> Result<bool, StoreError> {
        let keep = self.sessions_per_key_max;
        self.asked(async |client: &Object| session::begin(client, session, nonce, ends_ms, keep).await)
    }

    fn session(&self, space: &SpaceId, token: &TokenHash, now_ms: u64) -> Result<Option<(PublicKey, u64)>, StoreError> {
        self.asked(async |client: &Object| session::find(client, space, token, now_ms).await)
    }

    #[cfg(test)]
    fn deafen(&self) {
        if let Some(listener) = lock(&self.listener).take() {
            listener.end(&self.handle);
        }
    }

    #[cfg(test)]
    fn break_with(&self, sql: &str) {
        let done = self.asked(async |client: &Object| Ok(client.batch_execute(sql).await?));
        assert!(done.is_ok(), "the store could not be broken: {done:?}");
    }
}
