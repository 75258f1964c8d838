//! Several nodes over one PostgreSQL, as an operator runs them: a client speaks to any, and what was acknowledged is there whichever node is killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cairn_wire::message::{AppendAnswer, OutcomeCode, ReadAnswer, ReadRequest, ReadSpace};
use cairn_wire::{Record, chain_0, chain_next};

use super::server::DatabaseServer;
use super::*;

/// A node; killed when it goes.
struct Node {
    child: Process,
    address: String,
}

impl Node {
    fn start(database: &str, dir: &std::path::Path) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
            .arg("--data")
            .arg(dir)
            .args(["--listen", "127.0.0.1:0", "--origin", ORIGIN, "--log", "error"])
            .args([
                "--connection-requests-per-second",
                "0",
                "--session-requests-per-second",
                "0",
            ])
            .env_clear()
            .env("CAIRN_RELAY_DATABASE", database)
            .stdout(Stdio::piped())
            .spawn();
        let mut child = Process(child.unwrap());
        let mut line = String::new();
        let mut out = BufReader::new(child.0.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }
}

/// Asks a node, or learns that it is gone.
fn ask(address: &str, name: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let head = format!(
        "POST /v1/{name} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\ncontent-type: application/cbor\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut answer).ok()?;
    let at = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(answer[..at].to_vec()).unwrap().to_lowercase();
    let length: usize = head.split("content-length: ").nth(1)?.lines().next()?.parse().ok()?;
    let body = answer.split_off(at + 4);
    (body.len() == length).then(|| (head.split(' ').nth(1).unwrap().parse().unwrap(), body))
}

fn record(writer: u8, n: u32) -> Vec<u8> {
    let mut id = [writer; 16];
    id[..4].copy_from_slice(&n.to_le_bytes());
    let header = Header {
        flags: 0,
        space: SPACE,
        record_id: id.into(),
        slot: [writer; 16].into(),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: 200,
    };
    let mut record = header.encode().to_vec();
    record.resize(HEADER_BYTES + 200, writer);
    record
}

#[test]
fn a_node_that_is_killed_in_the_middle_of_appends_loses_nothing_that_was_acknowledged() {
    let Some(server) = DatabaseServer::start() else { return };
    let database = format!("{} dbname=postgres", server.place());
    let dirs: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    // At once, on a database with nothing in it.
    let nodes: Vec<Node> = std::thread::scope(|scope| {
        let starting = dirs
            .iter()
            .map(|dir| scope.spawn(|| Node::start(&database, dir.path())));
        let starting: Vec<_> = starting.collect();
        starting.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let token = enter_by(&|name, body| ask(&nodes[0].address, name, body).unwrap());
    let addresses: Vec<_> = nodes.iter().map(|node| node.address.clone()).collect();
    let nodes = Arc::new(Mutex::new(nodes));
    let acknowledged = Mutex::new(Vec::new());
    let refused_by_the_dead = AtomicUsize::new(0);
    const WRITERS: u8 = 4;
    const EACH: u32 = 60;
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (addresses, acknowledged, nodes, refused) = (&addresses, &acknowledged, &nodes, &refused_by_the_dead);
            scope.spawn(move || {
                for n in 0..EACH {
                    let record = record(writer, n);
                    let request = encode(&AppendRequest {
                        token,
                        space: SPACE,
                        records: vec![record.as_slice().into()],
                    });
                    // At whichever node; where one is gone, at the next, with the same words.
                    let stored = (0..4 * addresses.len()).find_map(|more| {
                        let at = (n as usize + usize::from(writer) + more) % addresses.len();
                        let Some((200, body)) = ask(&addresses[at], "append", &request) else {
                            refused.fetch_add(1, Ordering::Relaxed);
                            return None;
                        };
                        let answer: AppendAnswer = decode_canonical(&body).unwrap();
                        assert_eq!(answer.results[0].code, OutcomeCode::Stored);
                        Some(answer.results[0].value)
                    });
                    let seq = stored.expect("two nodes are left");
                    let mut acknowledged = acknowledged.lock().unwrap();
                    acknowledged.push((seq, record));
                    if acknowledged.len() == 80 {
                        // SIGKILL, while the others are in the middle of theirs.
                        nodes.lock().unwrap()[1].child.0.kill().unwrap();
                    }
                }
            });
        }
    });
    assert!(refused_by_the_dead.load(Ordering::Relaxed) > 0, "nobody noticed");
    let mut log = Vec::new();
    let mut head = None;
    let all = u64::from(WRITERS) * u64::from(EACH);
    while (log.len() as u64) < all {
        let request = ReadRequest {
            spaces: vec![ReadSpace {
                token,
                space: SPACE,
                since: Some(log.len() as u64),
                until: None,
                slots: None,
            }],
            bytes_max: 1 << 20,
            wait_ms: 0,
        };
        let (status, body) = ask(&addresses[2], "read", &encode(&request)).unwrap();
        assert_eq!(status, 200);
        let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
        let page = &answer.pages[0];
        assert!(!page.items.is_empty(), "{} of {all}", log.len());
        for item in &page.items {
            log.push(item.record.as_ref().unwrap().to_vec());
            assert_eq!(item.seq, log.len() as u64);
        }
        head = page.head;
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    assert_eq!(acknowledged.len() as u64, all);
    for (seq, record) in &acknowledged {
        assert_eq!(&log[usize::try_from(*seq).unwrap() - 1], record, "{seq}");
    }
    let chain = log.iter().fold(chain_0(&SPACE), |chain, record| {
        chain_next(&chain, &Record::parse(record).unwrap().hash())
    });
    let head = head.unwrap();
    assert_eq!((head.n, head.chain), (all, chain), "and nothing twice");

    // The node that was killed begins again where its folder and the database are.
    let again = Node::start(&database, dirs[1].path());
    let request = encode(&AppendRequest {
        token,
        space: SPACE,
        records: vec![acknowledged[0].1.as_slice().into()],
    });
    let (_, body) = ask(&again.address, "append", &request).unwrap();
    let answer: AppendAnswer = decode_canonical(&body).unwrap();
    assert_eq!(answer.results[0].value, acknowledged[0].0);
}

#[test]
fn a_database_that_cannot_be_reached_is_said_without_its_password() {
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
        .env_clear()
        .env("CAIRN_RELAY_DATABASE", "postgres://me:hunter2@127.0.0.1:1/relay")
        .arg("--data")
        .arg(dir.path())
        .args(["--listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(
        said.contains("the database failed (connection") && !said.contains("hunter2"),
        "{said}"
    );
    assert!(done.stdout.is_empty(), "it never said that it listens");
}
