//! Connections: where to, under which settings, and whether the server keeps what it says it keeps.

use std::ops::Deref;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::limits::{
    DATABASE_CONNECT_TIMEOUT, DATABASE_LOCK_TIMEOUT, DATABASE_STATEMENT_TIMEOUT, DATABASE_WAIT_TIMEOUT,
};
use crate::store::{Database, StoreError};
use crate::trust;

/// The oldest PostgreSQL that is known to do, as it numbers itself.
const VERSION_MIN: i32 = 150_000;

/// How long an idle line stays quiet before the system asks whether the other end is there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// The way to a database.
#[derive(Clone)]
pub(super) struct Route {
    config: Config,
    tls: MakeRustlsConnect,
}

type Encrypted = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl Route {
    pub(super) fn to(database: &Database) -> Result<Self, StoreError> {
        let tls = match database.speaks_tls() {
            true => trust::client_config(database.ca())?,
            false => trust::nobody()?,
        };
        Ok(Self {
            config: configured(database),
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// A connection, and what drives it.
    pub(super) async fn open(&self) -> Result<(Client, Connection<Socket, Encrypted>), StoreError> {
        Ok(self.config.connect(self.tls.clone()).await?)
    }

    /// So many connections, made when they are needed.
    pub(super) fn pool(&self, most: usize) -> Result<Pool, StoreError> {
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(
            self.config.clone(),
            self.tls.clone(),
            ManagerConfig { recycling_method },
        );
        Pool::builder(manager)
            .max_size(most)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(DATABASE_WAIT_TIMEOUT))
            .create_timeout(Some(DATABASE_CONNECT_TIMEOUT))
            .build()
            .map_err(|_| StoreError::NoConnection)
    }
}

/// A configuration of `database` under the settings that every connection has.
fn configured(database: &Database) -> Config {
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

/// A connection of the pool. It goes back there only when it is said that nothing is open in it; else, after an error or a panic, it ends, and with it
/// its transaction and what that has locked.
pub(super) struct Lent(Option<Object>);

impl Lent {
    pub(super) async fn from(pool: &Pool) -> Result<Self, StoreError> {
        let lent = pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error.into(),
            _ => StoreError::NoConnection,
        });
        Ok(Self(Some(lent?)))
    }

    pub(super) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Deref for Lent {
    type Target = Object;

    fn deref(&self) -> &Object {
        self.0
            .as_ref()
            .expect("it is there until it is given back, which takes it away")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Object::take(client));
        }
    }
}

/// Whether a connection had ended before anything was carried out on it, as those of a server that was started again have.
pub(super) fn has_ended(error: &tokio_postgres::Error) -> bool {
    let ending = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN];
    error.is_closed() || error.code().is_some_and(|code| ending.contains(code))
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
