//! What PostgreSQL takes through the relay, beside what it takes without.
//!
//! The floor: as many connections insert as many rows of the same length into a table with a key and nothing else, a prepared statement a row, 64 to a
//! transaction. The relay's part: as many clients append 64 records of 1 KiB a request, each to a space of its own, with sessions, idempotency,
//! quota, slots and chain. Both in turns on one server, whose commits are durable on the disk of the temporary folder; figures are medians.
//! Beside them, held to nothing, what the server takes in one statement for 64 rows.
//!
//! Ends non-zero where the relay takes less than [`RATIO_MIN`] of the floor.
#![allow(clippy::unwrap_used, reason = "a bench may fail by panicking")]
#![allow(clippy::print_stdout, reason = "a bench tells its figures")]

#[path = "../src/testing/server.rs"]
#[allow(unreachable_pub, dead_code, reason = "tests have more use for it")]
mod server;

use std::process::ExitCode;
use std::time::Instant;

use cairn_relay::{Database, Entropy, Relay, RelayConfig, StoreConfig};
use cairn_wire::message::{
    Access, AppendAnswer, AppendRequest, ChallengeAnswer, ChallengeRequest, OutcomeCode, SessionAnswer, SessionRequest,
    Side, SpaceOp, SpaceRequest,
};
use cairn_wire::{Header, PublicKey, Signature, SpaceId, Token, decode_canonical, encode, session_bytes};
use ed25519_dalek::{Signer as _, SigningKey};
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

use server::DatabaseServer;

const RATIO_MIN: f64 = 0.8;
const ROUNDS: u32 = 7;
const CLIENTS: u8 = 8;
const BATCHES: u32 = 40;
const BATCH: u32 = 64;
const BODY_BYTES: u32 = 1_024;
const HEADER_BYTES: u32 = 72;
const ORIGIN: &str = "http://relay.test";
const NOW: u64 = 1_800_000_000_000;

fn main() -> ExitCode {
    let Some(server) = DatabaseServer::start_in(&std::env::temp_dir(), "") else {
        return ExitCode::SUCCESS;
    };
    let url = format!("{} dbname=postgres", server.place());
    let database: Database = url.parse().unwrap();
    let runtime = Runtime::new().unwrap();
    let floor = Floor {
        url: &url,
        runtime: &runtime,
    };
    floor.run("CREATE TABLE plain (space bytea, seq bigint, body bytea, PRIMARY KEY (space, seq))");
    floor.run("ALTER TABLE plain ALTER COLUMN body SET STORAGE EXTERNAL");
    let dir = tempfile::tempdir().unwrap();
    let mut store = StoreConfig::new(dir.path());
    store.database = Some(database);
    let relay = Relay::open(&RelayConfig::new(store, ORIGIN), Entropy::system()).unwrap();
    let tokens: Vec<_> = (0..CLIENTS).map(|client| enter(&relay, client)).collect();
    let (mut rows, mut bulk, mut through) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        rows.push(floor.fill(round, false));
        bulk.push(floor.fill(round, true));
        through.push(append(&relay, &tokens, round));
    }
    let [rows, bulk, through] = [rows, bulk, through].map(median);
    println!(
        "{CLIENTS} connections, {BATCH} rows of {} bytes to a transaction",
        BODY_BYTES + HEADER_BYTES
    );
    println!("  plain inserts       {rows:>8.0} rows/s");
    println!("  in one statement    {bulk:>8.0} rows/s");
    println!(
        "  through the relay   {through:>8.0} records/s, {:.2} of plain inserts (at least {RATIO_MIN})",
        through / rows
    );
    if through / rows < RATIO_MIN {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// PostgreSQL without a relay.
struct Floor<'a> {
    url: &'a str,
    runtime: &'a Runtime,
}

impl Floor<'_> {
    fn run(&self, sql: &str) {
        self.runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(self.url, NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        });
    }

    /// Inserts a round; rows a second.
    fn fill(&self, round: u32, in_one: bool) -> f64 {
        let began = Instant::now();
        self.runtime.block_on(async {
            let clients = (0..CLIENTS).map(|client| tokio::spawn(insert(self.url.to_owned(), client, round, in_one)));
            for client in clients.collect::<Vec<_>>() {
                client.await.unwrap();
            }
        });
        f64::from(u32::from(CLIENTS) * BATCHES * BATCH) / began.elapsed().as_secs_f64()
    }
}

async fn insert(url: String, client: u8, round: u32, in_one: bool) {
    let (connection, driver) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(driver);
    let one = connection
        .prepare("INSERT INTO plain VALUES ($1, $2, $3)")
        .await
        .unwrap();
    let many = "INSERT INTO plain SELECT $1, seq, body FROM unnest($2::bigint[], $3::bytea[]) AS new (seq, body)";
    let many = connection.prepare(many).await.unwrap();
    let body = vec![7_u8; (BODY_BYTES + HEADER_BYTES) as usize];
    let space = vec![client + if in_one { 100 } else { 0 }; 16];
    for batch in 0..BATCHES {
        let seq = |row| i64::from((round * BATCHES + batch) * BATCH + row);
        if in_one {
            let seqs: Vec<_> = (0..BATCH).map(seq).collect();
            let bodies = vec![body.as_slice(); BATCH as usize];
            connection.execute(&many, &[&space, &seqs, &bodies]).await.unwrap();
            continue;
        }
        connection.batch_execute("BEGIN").await.unwrap();
        for row in 0..BATCH {
            connection.execute(&one, &[&space, &seq(row), &body]).await.unwrap();
        }
        connection.batch_execute("COMMIT").await.unwrap();
    }
}

/// Appends a round; records a second.
fn append(relay: &Relay, tokens: &[Token], round: u32) -> f64 {
    let requests: Vec<Vec<_>> = tokens
        .iter()
        .zip(0..)
        .map(|(token, client)| {
            (0..BATCHES)
                .map(|batch| request(*token, client, round * BATCHES + batch))
                .collect()
        })
        .collect();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for requests in &requests {
            scope.spawn(move || {
                for request in requests {
                    let answer = relay.handle("/v1/append", request, NOW);
                    let answer: AppendAnswer = decode_canonical(&answer.body).unwrap();
                    assert!(answer.results.iter().all(|result| result.code == OutcomeCode::Stored));
                }
            });
        }
    });
    f64::from(u32::from(CLIENTS) * BATCHES * BATCH) / began.elapsed().as_secs_f64()
}

fn request(token: Token, client: u8, batch: u32) -> Vec<u8> {
    let records: Vec<_> = (0..BATCH)
        .map(|n| {
            let id = blake3::hash(&(batch * BATCH + n).to_le_bytes());
            let (id, slot) = (
                id.as_bytes().first_chunk::<16>().unwrap(),
                id.as_bytes().last_chunk::<16>().unwrap(),
            );
            let header = Header {
                flags: 0,
                space: space(client),
                record_id: (*id).into(),
                slot: (*slot).into(),
                epoch: 1,
                incarnation: 1,
                merged_upto: 0,
                expires_day: 0,
                length: BODY_BYTES,
            };
            let mut record = header.encode().to_vec();
            record.resize((HEADER_BYTES + BODY_BYTES) as usize, client);
            record
        })
        .collect();
    encode(&AppendRequest {
        token,
        space: space(client),
        records: records.iter().map(|record| record.as_slice().into()).collect(),
    })
}

fn space(client: u8) -> SpaceId {
    SpaceId::from_bytes([client; 16])
}

/// Begins a client's space and a session in it.
fn enter(relay: &Relay, client: u8) -> Token {
    let signing = SigningKey::from_bytes(&[client; 32]);
    let key = PublicKey::from_bytes(signing.verifying_key().to_bytes());
    let sign = |bytes: &[u8]| Signature::from_bytes(signing.sign(bytes).to_bytes());
    let mut request = SpaceRequest {
        op: SpaceOp::Create,
        space: space(client),
        access: vec![Access {
            key,
            side: Side::Participant,
            administer: true,
        }],
        signature: Signature::from_bytes([0; 64]),
        token: None,
        keep: None,
        at_ms: None,
        epoch: None,
    };
    request.signature = sign(&request.signed_bytes(ORIGIN));
    assert_eq!(relay.handle("/v1/space", &encode(&request), NOW).status, 200);
    let challenge = ChallengeRequest { space: space(client) };
    let answer = relay.handle("/v1/challenge", &encode(&challenge), NOW);
    let ChallengeAnswer { nonce, .. } = decode_canonical(&answer.body).unwrap();
    let request = SessionRequest {
        space: space(client),
        nonce,
        key,
        signature: sign(&session_bytes(ORIGIN, &space(client), &nonce, &key)),
    };
    let answer = relay.handle("/v1/session", &encode(&request), NOW);
    let answer: SessionAnswer = decode_canonical(&answer.body).unwrap();
    answer.token
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
