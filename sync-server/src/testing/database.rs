//! Databases for tests: each folder of a store has its own, made from one in which the schema is laid out already.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use tokio_postgres::NoTls;

use super::server::DatabaseServer;
use crate::{Database, Entropy, Relay, RelayConfig, StoreConfig};

/// Names the server that this process's tests run on, where that is not SQLite; see `store::postgres::tests`.
pub(crate) const PLACE: &str = "CAIRN_TEST_POSTGRES";

/// The database that others are copies of.
const MADE: &str = "made";

static PLACE_SAID: OnceLock<Option<String>> = OnceLock::new();
static SERVER: OnceLock<Option<DatabaseServer>> = OnceLock::new();
static THERE: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Whether tests of any store run on PostgreSQL in this process.
pub(crate) fn is_on_postgres() -> bool {
    said().is_some()
}

/// Where a server is: the one that was named, or this process's own, which ends with it. `None` where this machine has none.
pub(crate) fn place() -> Option<String> {
    let start = || {
        let server = DatabaseServer::start()?;
        lay_out(&server.place());
        Some(server)
    };
    let own = || SERVER.get_or_init(start).as_ref().map(DatabaseServer::place);
    said().map(str::to_owned).or_else(own)
}

/// The database of a folder, made when it is asked for first.
pub(crate) fn database_of(dir: &Path) -> Database {
    let place = place().unwrap();
    let mut there = THERE.lock().unwrap();
    let name = name_of(dir);
    if there.insert(name.clone()) {
        drop(there);
        run(&place, "postgres", &format!("CREATE DATABASE {name} TEMPLATE {MADE}"));
    }
    at(&place, &name)
}

/// Loses the store of a folder, while nobody has it open; what lies beside it stays.
pub(crate) fn lose(dir: &Path) {
    if is_on_postgres() {
        let name = name_of(dir);
        run(
            &place().unwrap(),
            "postgres",
            &format!("DROP DATABASE {name} WITH (FORCE)"),
        );
        THERE.lock().unwrap().remove(&name);
        return;
    }
    for file in std::fs::read_dir(dir).unwrap().flatten() {
        if file.file_name().to_string_lossy().starts_with("relay.db") {
            std::fs::remove_file(file.path()).unwrap();
        }
    }
}

/// Changes the store of a folder with SQL, while nobody has it open.
pub(crate) fn change(dir: &Path, sql: &str) {
    if is_on_postgres() {
        run(&place().unwrap(), &name_of(dir), sql);
    } else {
        let store = rusqlite::Connection::open(dir.join("relay.db")).unwrap();
        store.execute_batch(sql).unwrap();
    }
}

/// A copy of a store that nobody has open, with what lies beside it, in a folder of its own.
pub(crate) fn copy_store(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    std::fs::create_dir(to.path().join("blobs")).unwrap();
    for folder in ["", "blobs"] {
        for entry in std::fs::read_dir(from.join(folder)).unwrap().flatten() {
            if entry.path().is_file() {
                std::fs::copy(entry.path(), to.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    if is_on_postgres() {
        let (from, to) = (name_of(from), name_of(to.path()));
        run(
            &place().unwrap(),
            "postgres",
            &format!("CREATE DATABASE {to} TEMPLATE {from}"),
        );
        THERE.lock().unwrap().insert(to);
    }
    to
}

/// Whether any row of a folder's database holds these bytes.
pub(crate) fn found_in_rows(dir: &Path, needle: &[u8]) -> bool {
    let hex = data_encoding::HEXLOWER.encode(needle);
    crate::store::rows_of(&database_of(dir))
        .iter()
        .any(|row| row.contains(&hex))
}

fn name_of(dir: &Path) -> String {
    let hash = blake3::hash(dir.as_os_str().as_encoded_bytes()).to_hex();
    format!("t{}", hash.split_at(24).0)
}

/// Makes the database that others are copies of, once: as a relay lays it out, without the relay.
fn lay_out(place: &str) {
    run(place, "postgres", &format!("CREATE DATABASE {MADE}"));
    let dir = tempfile::tempdir().unwrap();
    let store = StoreConfig {
        database: Some(at(place, MADE)),
        ..StoreConfig::new(dir.path())
    };
    drop(Relay::open(&RelayConfig::new(store, super::ORIGIN), Entropy::system()).unwrap());
    run(place, MADE, "DELETE FROM relay");
}

/// A database with nothing in it.
pub(crate) fn new_database(place: &str, name: &str) -> Database {
    run(place, "postgres", &format!("CREATE DATABASE {name}"));
    at(place, name)
}

/// A copy of a database that nobody has open, as it would be put back beside it.
pub(crate) fn copy_of(database: &Database) -> Database {
    let (place, name) = (place().unwrap(), database.config().get_dbname().unwrap());
    run(
        &place,
        "postgres",
        &format!("CREATE DATABASE {name}_copy TEMPLATE {name}"),
    );
    at(&place, &format!("{name}_copy"))
}

/// Runs SQL in a database, as whoever owns the server.
fn run(place: &str, database: &str, sql: &str) {
    run_sql(&at(place, database), sql);
}

/// The same where a database is.
pub(crate) fn run_sql(database: &Database, sql: &str) {
    let config = database.config();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (client, connection) = config.connect(NoTls).await.unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
        drop(client);
        // Ended, so that a copy can be made of where it was.
        connection.await.unwrap().unwrap();
    });
}

fn at(place: &str, name: &str) -> Database {
    format!("{place} dbname={name}").parse().unwrap()
}

fn said() -> Option<&'static str> {
    PLACE_SAID.get_or_init(|| std::env::var(PLACE).ok()).as_deref()
}
