//! The schema, in numbered steps, and the relay's own row. One node at a time goes through here, whoever starts beside it.
//!
//! A store that was restored into another database or another server is a copy, and begins another incarnation by itself. One that came back
//! from an archive in its place, or a standby that took over, may lack something or not, which nobody here can tell.

use std::cmp::Ordering;

use tokio_postgres::Client;

use super::values::{fixed, int};
use crate::entropy::Entropy;
use crate::store::carry::CarryError;
use crate::store::{RelayRow, StoreConfig, StoreError, incarnation, own_key};

/// The steps that a schema is made of. How many of them a database has taken is its version, kept in `cairn_schema`.
const STEPS: [&str; 2] = [include_str!("schema_1.sql"), include_str!("schema_2.sql")];

/// What nodes that begin at once wait for, among the keys of advisory locks that are two numbers.
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(1667330670, 1)";

/// Whether no node is there, who would each hold their share of this; see [`listen`](super::listen).
const ALONE: &str = "SELECT pg_try_advisory_xact_lock(1667330670, 2)";

/// Brings the database up to date, recognises the relay or begins one, and answers its row.
pub(super) async fn prepare(
    client: &mut Client,
    config: &StoreConfig,
    entropy: &Entropy,
) -> Result<RelayRow, StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let version = version(&transaction).await?;
    take_steps(&transaction, version).await?;
    let here = Home::here(&transaction).await?;
    let relay = match relay_row(&transaction).await? {
        Some((relay, home)) if home.is_copied_to(here) => {
            let next = begin(&transaction, relay.incarnation, config).await?;
            tracing::info!("this store is a copy: it begins anew, and devices send again what it misses");
            RelayRow {
                incarnation: next,
                ..relay
            }
        }
        Some((relay, home)) => {
            if home != here {
                tracing::warn!(
                    "the database came back from an archive or took over from another: if it lacks anything it had acknowledged, say --put-back"
                );
            }
            relay
        }
        None => {
            // The first under a key of its own, or another one under the key that is there, because the one before is lost.
            let (seed, incarnation) = match own_key::read(&config.dir)? {
                Some(seed) => (seed, incarnation::next(incarnation::FIRST, config)),
                None => (entropy.bytes()?, incarnation::FIRST),
            };
            transaction
                .execute(
                    "INSERT INTO relay (id, seed, incarnation, cluster, database, timeline) VALUES (1, $1, $2, 0, 0, 0)",
                    &[&seed.as_slice(), &i64::from(incarnation)],
                )
                .await?;
            RelayRow { seed, incarnation }
        }
    };
    transaction
        .execute(
            "UPDATE relay SET cluster = $1, database = $2, timeline = $3
             WHERE (cluster, database, timeline) IS DISTINCT FROM ($1, $2, $3)",
            &[&here.cluster, &here.database, &here.timeline],
        )
        .await?;
    // Before anybody is told the key: each node keeps it, and one that keeps another is of another relay.
    own_key::keep(&config.dir, &relay.seed)?;
    transaction.commit().await?;
    Ok(relay)
}

/// Takes the steps that are missing.
async fn take_steps(transaction: &tokio_postgres::Transaction<'_>, version: usize) -> Result<(), StoreError> {
    for step in STEPS.iter().skip(version) {
        transaction.batch_execute(step).await?;
    }
    if version < STEPS.len() {
        let steps = int(STEPS.len() as u64)?;
        transaction
            .execute("UPDATE cairn_schema SET version = $1", &[&steps])
            .await?;
    }
    Ok(())
}

/// Begins another incarnation; see [`Store::begin_incarnation`](crate::store::Store).
pub(super) async fn begin_incarnation(client: &mut Client, config: &StoreConfig) -> Result<u32, StoreError> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let is_alone: bool = transaction.query_one(ALONE, &[]).await?.try_get(0)?;
    if !is_alone {
        return Err(StoreError::InUse);
    }
    match version(&transaction).await? {
        0 => return Err(StoreError::NoStore),
        version => take_steps(&transaction, version).await?,
    }
    let (before, _) = relay_row(&transaction).await?.ok_or(StoreError::NoStore)?;
    let next = begin(&transaction, before.incarnation, config).await?;
    // Whoever begins next finds it where it is said to be.
    let here = Home::here(&transaction).await?;
    transaction
        .execute(
            "UPDATE relay SET cluster = $1, database = $2, timeline = $3",
            &[&here.cluster, &here.database, &here.timeline],
        )
        .await?;
    transaction.commit().await?;
    Ok(next)
}

/// Refuses a database without a store, and one whose store is laid out for another relay than this one. Changes nothing.
pub(super) async fn is_up_to_date(client: &Client) -> Result<(), StoreError> {
    let is_there = client
        .query_one("SELECT to_regclass('cairn_schema') IS NOT NULL", &[])
        .await?;
    if !is_there.try_get(0)? {
        return Err(StoreError::NoStore);
    }
    let version: i64 = client
        .query_one("SELECT version FROM cairn_schema", &[])
        .await?
        .try_get(0)?;
    match usize::try_from(version).map(|version| version.cmp(&STEPS.len())) {
        Ok(Ordering::Equal) => Ok(()),
        Ok(Ordering::Less) if version == 0 => Err(StoreError::NoStore),
        Ok(Ordering::Less) => Err(StoreError::NotUsable(
            "its tables are of an older relay: start this one on it first",
        )),
        _ => Err(StoreError::TooNew),
    }
}

/// Locks the database for a store that is carried in, which no node may be in; answers the store that is there.
pub(super) async fn lock_alone(transaction: &tokio_postgres::Transaction<'_>) -> Result<Option<RelayRow>, CarryError> {
    let lock = async {
        transaction.batch_execute(LOCK).await?;
        transaction.query_one(ALONE, &[]).await?.try_get(0)
    };
    let is_alone: bool = lock.await.map_err(StoreError::from)?;
    if !is_alone {
        return Err(StoreError::InUse.into());
    }
    let there = transaction
        .query_one(
            "SELECT to_regclass('cairn_schema') IS NOT NULL, to_regclass('relay') IS NOT NULL",
            &[],
        )
        .await
        .map_err(StoreError::from)?;
    let get = |column| there.try_get(column).map_err(StoreError::from);
    match (get(0)?, get(1)?) {
        (false, false) => Ok(None),
        (true, true) if version(transaction).await? == STEPS.len() => {
            let (relay, _) = relay_row(transaction).await?.ok_or(CarryError::NotEmpty)?;
            Ok(Some(relay))
        }
        _ => Err(CarryError::NotEmpty),
    }
}

/// Lays out the tables of a store in a database that has none.
pub(super) async fn lay_out(transaction: &tokio_postgres::Transaction<'_>) -> Result<(), StoreError> {
    let version = version(transaction).await?;
    take_steps(transaction, version).await
}

/// Writes the row of a relay that has come here, and the last number that it has given to a blob's file.
pub(super) async fn settle(
    transaction: &tokio_postgres::Transaction<'_>,
    relay: &RelayRow,
    files: i64,
) -> Result<(), StoreError> {
    let here = Home::here(transaction).await?;
    transaction
        .execute(
            "INSERT INTO relay (id, seed, incarnation, cluster, database, timeline) VALUES (1, $1, $2, $3, $4, $5)",
            &[
                &relay.seed.as_slice(),
                &i64::from(relay.incarnation),
                &here.cluster,
                &here.database,
                &here.timeline,
            ],
        )
        .await?;
    if files > 0 {
        transaction.execute("SELECT setval('blob_file', $1)", &[&files]).await?;
    }
    Ok(())
}

/// Begins another incarnation, within a transaction that does more.
async fn begin(
    transaction: &tokio_postgres::Transaction<'_>,
    before: u32,
    config: &StoreConfig,
) -> Result<u32, StoreError> {
    let next = incarnation::next(before, config);
    transaction
        .execute("UPDATE relay SET incarnation = $1", &[&i64::from(next)])
        .await?;
    // In a copy are gates that were dropped since. Whoever still needs one puts it again.
    transaction.batch_execute("DELETE FROM gate").await?;
    // And registrations that were taken back. Every device that wants to be woken says so again.
    transaction.batch_execute("DELETE FROM wake").await?;
    Ok(next)
}

/// Where a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Home {
    cluster: i64,
    database: i64,
    timeline: i64,
}

impl Home {
    async fn here(transaction: &tokio_postgres::Transaction<'_>) -> Result<Self, StoreError> {
        let row = transaction
            .query_one(
                "SELECT system_identifier, oid::bigint,
                        ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::bigint
                 FROM pg_control_system(), pg_database WHERE datname = current_database()",
                &[],
            )
            .await?;
        Self::of(&row, 0)
    }

    fn of(row: &tokio_postgres::Row, from: usize) -> Result<Self, StoreError> {
        Ok(Self {
            cluster: row.try_get(from)?,
            database: row.try_get(from + 1)?,
            timeline: row.try_get(from + 2)?,
        })
    }

    /// Whether a store that was here last is there now because it was copied.
    const fn is_copied_to(self, there: Self) -> bool {
        self.cluster != there.cluster || self.database != there.database
    }
}

/// The version of the schema, 0 where there is nothing yet.
async fn version(transaction: &tokio_postgres::Transaction<'_>) -> Result<usize, StoreError> {
    let is_there: bool = transaction
        .query_one("SELECT to_regclass('cairn_schema') IS NOT NULL", &[])
        .await?
        .try_get(0)?;
    if !is_there {
        transaction
            .batch_execute("CREATE TABLE cairn_schema (version bigint NOT NULL); INSERT INTO cairn_schema VALUES (0)")
            .await?;
    }
    let version: i64 = transaction
        .query_one("SELECT version FROM cairn_schema", &[])
        .await?
        .try_get(0)?;
    let version = usize::try_from(version).ok();
    version
        .filter(|version| *version <= STEPS.len())
        .ok_or(StoreError::TooNew)
}

/// What a store says about itself, where there is one.
pub(super) async fn relay(client: &mut Client) -> Result<RelayRow, StoreError> {
    let transaction = client.transaction().await?;
    if version(&transaction).await? != STEPS.len() {
        return Err(StoreError::NoStore);
    }
    let (relay, _) = relay_row(&transaction).await?.ok_or(StoreError::NoStore)?;
    Ok(relay)
}

async fn relay_row(transaction: &tokio_postgres::Transaction<'_>) -> Result<Option<(RelayRow, Home)>, StoreError> {
    let row = transaction
        .query_opt("SELECT seed, incarnation, cluster, database, timeline FROM relay", &[])
        .await?;
    let relay = row.map(|row| {
        let relay = RelayRow {
            seed: fixed(&row, 0)?,
            incarnation: u32::try_from(row.try_get::<_, i64>(1)?).map_err(|_| StoreError::Damaged)?,
        };
        Ok((relay, Home::of(&row, 2)?))
    });
    relay.transpose()
}
