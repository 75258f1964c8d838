//! The rows behind the relay, to be held against what was acknowledged where no answer shows it, and to be broken on purpose.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use tokio_postgres::NoTls;

use crate::blobs;
use crate::client::{Client, NobodyAnswers};
use crate::pages::Here;
use crate::world::{DEVICES, Space, public, side_of, signing};

/// Bytes that a blob counts for beside its own.
const BLOB_HOLD_BYTES: u64 = 4 * 1024;

/// Where the rows are.
#[derive(Clone, Debug)]
pub(crate) enum Store {
    Sqlite(PathBuf),
    /// As it is said to a node, and the folder of one of them.
    Postgres(String, PathBuf),
}

/// Numbers by names.
type Numbers = BTreeMap<Vec<u8>, (u64, u64)>;

impl Store {
    /// Each row's first column, and the two numbers after it.
    fn numbers(&self, sqlite: &str, postgres: &str) -> Numbers {
        match self {
            Self::Sqlite(dir) => {
                let store = rusqlite::Connection::open(dir.join("relay.db")).unwrap();
                let mut statement = store.prepare(sqlite).unwrap();
                let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))));
                rows.unwrap().map(Result::unwrap).collect()
            }
            Self::Postgres(database, _) => within(async {
                let (client, connection) = tokio_postgres::connect(database, NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                let rows = client.query(postgres, &[]).await.unwrap();
                drop(client);
                connection.await.unwrap().unwrap();
                let number = |value: i64| u64::try_from(value).unwrap();
                let rows = rows.iter();
                rows.map(|row| (row.get(0), (number(row.get(1)), number(row.get(2)))))
                    .collect()
            }),
        }
    }

    /// Runs SQL.
    pub(crate) fn run(&self, sql: &str) {
        match self {
            Self::Sqlite(dir) => {
                let store = rusqlite::Connection::open(dir.join("relay.db")).unwrap();
                store.execute_batch(sql).unwrap();
            }
            Self::Postgres(database, _) => within(async {
                let (client, connection) = tokio_postgres::connect(database, NoTls).await.unwrap();
                let connection = tokio::spawn(connection);
                client.batch_execute(sql).await.unwrap();
                drop(client);
                connection.await.unwrap().unwrap();
            }),
        }
    }

    /// Holds acknowledgements and bytes of a space, to which nobody comes meanwhile, against its rows.
    pub(crate) fn hold(&self, client: &mut Client, space: &Space, log: &[Here]) -> Result<(), NobodyAnswers> {
        let acks = self.numbers(
            "SELECT CAST(s.id || a.key AS BLOB), a.n, a.n FROM ack a JOIN space s ON s.no = a.space_no",
            "SELECT space || key, n, n FROM ack",
        );
        let facts = space.with(|facts| facts.clone());
        for device in 0..DEVICES {
            let (said, acknowledged) = facts.acks.get(&device).copied().unwrap_or_default();
            let name = [&space.id.as_bytes()[..], public(&signing(device)).as_bytes()].concat();
            let there = acks.get(&name).map(|(n, _)| *n);
            if !there.is_some_and(|there| (acknowledged..=said).contains(&there)) {
                space.wrong(format!(
                    "device {device} said up to {acknowledged}, and the store {there:?}"
                ));
            }
        }
        let mut bytes = [0; 2];
        for here in log {
            let side = facts
                .sent
                .get(&here.header.record_id)
                .map_or(side_of(0), |sent| sent.side);
            bytes[usize::from(side.number())] += 72 + here.whole.as_ref().map_or(32, |whole| whole.len() as u64 - 72);
        }
        for (blob, sent) in &facts.blobs {
            if let Some((_, total @ 1.., _)) = blobs::look(client, space, *blob)? {
                bytes[usize::from(sent.side.number())] += total + BLOB_HOLD_BYTES;
            }
        }
        let sql = "SELECT id, bytes_0, bytes_1 FROM space";
        let there = self.numbers(sql, sql).get(&space.id.as_bytes()[..]).copied();
        if there != Some((bytes[0], bytes[1])) {
            space.wrong(format!(
                "the bytes of the sides are {bytes:?}, and the store says {there:?}"
            ));
        }
        Ok(())
    }

    /// What `cairn-relay check` says: nothing, where all is well.
    pub(crate) fn check(&self) -> Vec<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn-relay"));
        command.env_clear().arg("check");
        match self {
            Self::Sqlite(dir) => command.arg("--data").arg(dir),
            Self::Postgres(database, data) => command.args(["--database", database, "--data"]).arg(data),
        };
        let done = command.output().unwrap();
        let said = String::from_utf8([done.stdout, done.stderr].concat()).unwrap();
        if done.status.success() {
            return Vec::new();
        }
        said.lines().map(|line| format!("cairn-relay check: {line}")).collect()
    }
}

fn within<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}
