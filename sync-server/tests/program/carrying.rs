//! `cairn-relay carry`, as an operator moves from one machine to several.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use cairn_wire::message::{AppendAnswer, Outcome, OutcomeCode, ReadAnswer, ReadRequest, ReadSpace};
use tokio_postgres::{Client, NoTls};

use super::nodes::{Node, ask};
use super::server::DatabaseServer;
use super::*;

const RECORDS: u64 = 300;

/// Records in one request.
const TOGETHER: usize = 50;

fn said(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

fn command(dir: &Path, database: &str, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cairn-relay"));
    command.env_clear().env("CAIRN_RELAY_DATABASE", database);
    command.args(words).arg("--data").arg(dir);
    command
}

/// Carries, once the server has heard that whoever was killed is gone.
fn carry(dir: &Path, database: &str) -> (Option<i32>, String) {
    let began = Instant::now();
    loop {
        let (code, text) = said(&command(dir, database, &["carry"]).output().unwrap());
        if code == Some(0) || !text.contains("in use") || began.elapsed() > PATIENCE {
            return (code, text);
        }
    }
}

/// Appends all records, some at a time.
fn append_all(ask: &impl Fn(&str, &[u8]) -> (u16, Vec<u8>), token: Token) -> Vec<Outcome> {
    let records: Vec<_> = (1..=RECORDS).map(nth).collect();
    let outcomes = records.chunks(TOGETHER).flat_map(|records| {
        let request = AppendRequest {
            token,
            space: SPACE,
            records: records.iter().map(|record| record.as_slice().into()).collect(),
        };
        let (status, body) = ask("append", &encode(&request));
        assert_eq!(status, 200);
        outcomes(&body)
    });
    outcomes.collect()
}

fn nth(n: u64) -> Vec<u8> {
    record(u128::from(n).to_le_bytes(), &n.to_le_bytes().repeat(40))
}

fn outcomes(body: &[u8]) -> Vec<Outcome> {
    let answer: AppendAnswer = decode_canonical(body).unwrap();
    answer.results
}

async fn connect(database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(database, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Begins to carry, and kills it while it waits for a table that somebody else is about to make: in the middle of its transaction.
fn killed_in_the_middle(dir: &Path, database: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let (holding, watching) = (connect(database).await, connect(database).await);
        holding
            .batch_execute("BEGIN; CREATE TABLE mailbox_message (nothing integer)")
            .await
            .unwrap();
        let carrying = command(dir, database, &["carry"]).stdout(Stdio::null()).spawn();
        let mut carrying = Process(carrying.unwrap());
        let began = Instant::now();
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cairn-relay' AND wait_event_type = 'Lock'";
        while watching.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            assert!(began.elapsed() < PATIENCE, "it does not come to the middle");
            assert!(carrying.0.try_wait().unwrap().is_none(), "it ended before the middle");
        }
        carrying.0.kill().unwrap();
        carrying.0.wait().unwrap();
        holding.batch_execute("ROLLBACK").await.unwrap();
    });
}

#[test]
fn a_relay_moves_into_a_database_and_clients_go_on_at_any_of_its_nodes() {
    let Some(server) = DatabaseServer::start() else { return };
    let database = format!("{} dbname=postgres", server.place());
    let mut program = Program::start(&[]);
    let dir = program.dir.path().to_owned();
    let token = enter(&program);
    let stored = append_all(&|name, body| program.ask(name, body), token);
    assert!(stored.iter().all(|outcome| outcome.code == OutcomeCode::Stored));
    let (code, text) = carry_once(&dir, &database);
    assert_eq!(
        (code, text.contains("in use"), text.lines().count()),
        (Some(1), true, 1),
        "{text}"
    );
    program.signal("TERM");
    assert!(program.child.0.wait().unwrap().success());

    killed_in_the_middle(&dir, &database);
    let checked = said(
        &Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
            .env_clear()
            .args(["check", "--data"])
            .arg(&dir)
            .output()
            .unwrap(),
    );
    let looked_at = "looked at 1 spaces, 300 records and 0 blobs: 0 findings\n".to_owned();
    assert_eq!(checked, (Some(0), looked_at.clone()));
    let (code, text) = carry(&dir, &database);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with("carried: 1 spaces, 300 records and 0 blobs;"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "it does not begin anew: {text}");
    assert_eq!(
        said(&command(&dir, &database, &["check"]).output().unwrap()),
        (Some(0), looked_at)
    );

    // On the folder alone nobody goes on beside it.
    let alone = Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
        .env_clear()
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(&dir)
        .output()
        .unwrap();
    let (code, text) = said(&alone);
    assert_eq!((code, text.lines().count()), (Some(1), 1), "{text}");
    assert!(text.contains("was carried into a database"), "{text}");

    let other = tempfile::tempdir().unwrap();
    let nodes = [Node::start(&database, &dir), Node::start(&database, other.path())];
    let token = session_by(&|name, body| ask(&nodes[0].address, name, body).unwrap());
    for node in &nodes {
        let again = append_all(&|name, body| ask(&node.address, name, body).unwrap(), token);
        assert_eq!(again, stored, "all of it is known");
        let read = ReadRequest {
            spaces: vec![ReadSpace {
                token,
                space: SPACE,
                since: Some(RECORDS - 1),
                until: None,
                slots: None,
            }],
            bytes_max: 1 << 20,
            wait_ms: 0,
        };
        let (_, body) = ask(&node.address, "read", &encode(&read)).unwrap();
        let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
        let page = &answer.pages[0];
        assert_eq!(page.items.len(), 1, "a cursor goes on where it was");
        assert_eq!(page.items[0].record.as_ref().unwrap().to_vec(), nth(RECORDS));
        let head = page.head.as_ref().unwrap();
        assert_eq!((head.n, head.incarnation), (RECORDS, 1));
    }
    let (_, body) = ask(&nodes[1].address, "append", &append(token, &content())).unwrap();
    assert_eq!(outcomes(&body)[0].value, RECORDS + 1);
}

fn carry_once(dir: &Path, database: &str) -> (Option<i32>, String) {
    said(&command(dir, database, &["carry"]).output().unwrap())
}
