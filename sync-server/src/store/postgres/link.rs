//! Connections: where to, under which settings, and whether the server keeps what it says it keeps.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::{Client, NoTls};

use crate::limits::{
    DATABASE_CONNECT_TIMEOUT, DATABASE_LOCK_TIMEOUT, DATABASE_STATEMENT_TIMEOUT, DATABASE_WAIT_TIMEOUT,
};
use crate::store::{Database, StoreError};

/// The oldest PostgreSQL that is known to do, as it numbers itself.
const VERSION_MIN: i32 = 150_000;

/// How long an idle line stays quiet before the system asks whether the other end is there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A configuration of `database` under the settings that every connection has.
pub(super) fn configured(database: &Database) -> tokio_postgres::Config {
    let mut config = database.config().clone();
    let ms = |time: Duration| time.as_millis();
    let mut options = config.get_options().unwrap_or_default().to_owned();
    // A commit is on the disk, and on the standby where there is a synchronous one, before it is answered. What holds a space's lock and
    // says nothing more, or waits for one, ends: the next one's turn comes.
    for setting in [
        "synchronous_commit=on".to_owned(),
        format!("statement_timeout={}", ms(DATABASE_STATEMENT_TIMEOUT)),
        format!("lock_timeout={}", ms(DATABASE_LOCK_TIMEOUT)),
        format!("idle_in_transaction_session_timeout={}", ms(DATABASE_STATEMENT_TIMEOUT)),
    ] {
        options.push_str(" -c ");
        options.push_str(&setting);
    }
    config
        .options(options)
        .connect_timeout(DATABASE_CONNECT_TIMEOUT)
        .keepalives_idle(KEEPALIVE);
    if config.get_application_name().is_none() {
        config.application_name("cairn-relay");
    }
    config
}

/// So many connections, made when they are needed.
pub(super) fn pool(database: &Database, most: usize) -> Result<Pool, StoreError> {
    let recycling_method = RecyclingMethod::Fast;
    let manager = Manager::from_config(configured(database), NoTls, ManagerConfig { recycling_method });
    Pool::builder(manager)
        .max_size(most)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(DATABASE_WAIT_TIMEOUT))
        .create_timeout(Some(DATABASE_CONNECT_TIMEOUT))
        .build()
        .map_err(|_| StoreError::NoConnection)
}

/// A connection of the pool.
pub(super) async fn connection(pool: &Pool) -> Result<Object, StoreError> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => error.into(),
        _ => StoreError::NoConnection,
    })
}

/// Refuses a server that is too old, or that may forget what it has acknowledged.
pub(super) async fn check(client: &Client) -> Result<(), StoreError> {
    let row = client
        .query_one(
            "SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('full_page_writes'),
                    pg_is_in_recovery()",
            &[],
        )
        .await?;
    if row.try_get::<_, i32>(0)? < VERSION_MIN {
        return Err(StoreError::NotUsable("it is older than PostgreSQL 15"));
    }
    if row.try_get::<_, &str>(1)? != "on" {
        return Err(StoreError::NotUsable(
            "its fsync is off: what it has acknowledged may be lost",
        ));
    }
    if row.try_get::<_, &str>(2)? != "on" {
        return Err(StoreError::NotUsable("its full_page_writes is off: pages may be torn"));
    }
    if row.try_get(3)? {
        return Err(StoreError::NotUsable("it is a standby, which takes no writes"));
    }
    Ok(())
}
