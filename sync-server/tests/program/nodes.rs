//! Several nodes over one PostgreSQL, as an operator runs them: a client speaks to any, and what was acknowledged is there whichever node is killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use cairn_wire::message::{AppendAnswer, OutcomeCode, ReadAnswer, ReadRequest, ReadSpace};
use cairn_wire::{Record, chain_0, chain_next};

use super::nats::NatsServer;
use super::server::DatabaseServer;
use super::*;

/// A node; killed when it goes.
pub(super) struct Node {
    child: Process,
    pub(super) address: String,
    operations: String,
    log: JoinHandle<String>,
}

impl Node {
    fn start(database: &str, dir: &std::path::Path) -> Self {
        Self::start_with(database, dir, &[])
    }

    /// The same, told more by its environment.
    pub(super) fn start_with(database: &str, dir: &std::path::Path, more: &[(&str, &str)]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
            .arg("--data")
            .arg(dir)
            .args([
                "--listen",
                "127.0.0.1:0",
                "--operations",
                "127.0.0.1:0",
                "--origin",
                ORIGIN,
            ])
            .args([
                "--connection-requests-per-second",
                "0",
                "--session-requests-per-second",
                "0",
            ])
            .env_clear()
            .env("CAIRN_RELAY_DATABASE", database)
            .envs(more.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = Process(child.unwrap());
        let mut stderr = child.0.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut out = BufReader::new(child.0.stdout.take().unwrap());
        let mut said = |beginning: &str| {
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            line.trim().strip_prefix(beginning).unwrap().to_owned()
        };
        Self {
            address: said("listening on http://"),
            operations: said("operations on http://"),
            child,
            log,
        }
    }

    /// What the operator's port answers.
    fn operations(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.operations).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Comes back when a figure is as it is said.
    pub(super) fn until(&self, figure: &str) {
        let (began, line) = (Instant::now(), format!("cairn_relay_{figure}\n"));
        while !self.operations("/metrics").contains(&line) {
            assert!(
                began.elapsed() < PATIENCE,
                "{figure} never came: {}",
                self.operations("/metrics")
            );
        }
    }

    /// How many messages of other nodes it heard.
    fn heard(&self) -> u64 {
        let text = self.operations("/metrics");
        let name = "cairn_relay_node_messages_total{what=\"heard\"} ";
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.map_or(0, |count| count.parse().unwrap())
    }

    /// Comes back when they are that many at least.
    pub(super) fn until_heard(&self, least: u64) {
        let began = Instant::now();
        while self.heard() < least {
            assert!(
                began.elapsed() < PATIENCE,
                "{least} never came: {}",
                self.operations("/metrics")
            );
        }
    }

    /// Kills it: what it logged.
    pub(super) fn ended(mut self) -> String {
        self.child.0.kill().unwrap();
        self.log.join().unwrap()
    }
}

/// Asks a node, or learns that it is gone.
pub(super) fn ask(address: &str, name: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
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

const WRITERS: u8 = 4;
const EACH: u32 = 60;
const ALL: u64 = WRITERS as u64 * EACH as u64;

/// Records that were acknowledged, with their numbers.
type Acknowledged = Vec<(u64, Vec<u8>)>;

/// Appends from several clients at once, each record at whichever node takes it, with the same words until one does. `middle` is done once in the middle of it.
/// Answers what was acknowledged, and how often somebody had to ask again.
fn append_all(addresses: &[String], token: Token, middle: impl FnOnce() + Send) -> (Acknowledged, usize) {
    let (acknowledged, again) = (Mutex::new(Acknowledged::new()), AtomicUsize::new(0));
    let middle = Mutex::new(Some(middle));
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (acknowledged, middle, again) = (&acknowledged, &middle, &again);
            scope.spawn(move || {
                for n in 0..EACH {
                    let record = record(writer, n);
                    let request = encode(&AppendRequest {
                        token,
                        space: SPACE,
                        records: vec![record.as_slice().into()],
                    });
                    let began = Instant::now();
                    let mut at = n as usize + usize::from(writer);
                    let seq = loop {
                        if let Some((200, body)) = ask(&addresses[at % addresses.len()], "append", &request) {
                            let answer: AppendAnswer = decode_canonical(&body).unwrap();
                            assert_eq!(answer.results[0].code, OutcomeCode::Stored);
                            break answer.results[0].value;
                        }
                        assert!(began.elapsed() < PATIENCE, "nobody takes it");
                        again.fetch_add(1, Ordering::Relaxed);
                        at += 1;
                    };
                    let mut acknowledged = acknowledged.lock().unwrap();
                    acknowledged.push((seq, record));
                    let is_middle = acknowledged.len() as u64 == ALL / 3;
                    drop(acknowledged);
                    if is_middle {
                        // While the others are in the middle of theirs.
                        let middle = middle.lock().unwrap().take();
                        middle.into_iter().for_each(|middle| middle());
                    }
                }
            });
        }
    });
    (acknowledged.into_inner().unwrap(), again.into_inner())
}

/// Reads the whole log at a node, and holds what was acknowledged against it, and it against its head.
fn holds(address: &str, token: Token, acknowledged: &Acknowledged) {
    let mut log = Vec::new();
    let mut head = None;
    while (log.len() as u64) < ALL {
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
        let (status, body) = ask(address, "read", &encode(&request)).unwrap();
        assert_eq!(status, 200);
        let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
        let page = &answer.pages[0];
        assert!(!page.items.is_empty(), "{} of {ALL}", log.len());
        for item in &page.items {
            log.push(item.record.as_ref().unwrap().to_vec());
            assert_eq!(item.seq, log.len() as u64);
        }
        head = page.head;
    }
    assert_eq!(acknowledged.len() as u64, ALL);
    for (seq, record) in acknowledged {
        assert_eq!(&log[usize::try_from(*seq).unwrap() - 1], record, "{seq}");
    }
    let chain = log.iter().fold(chain_0(&SPACE), |chain, record| {
        chain_next(&chain, &Record::parse(record).unwrap().hash())
    });
    let head = head.unwrap();
    assert_eq!((head.n, head.chain), (ALL, chain), "and nothing twice");
}

#[test]
fn a_node_that_is_killed_in_the_middle_of_appends_loses_nothing_that_was_acknowledged() {
    let Some(server) = DatabaseServer::start() else { return };
    let database = format!("{} dbname=postgres", server.place());
    let dirs: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    // At once, on a database with nothing in it.
    let mut nodes: Vec<Node> = std::thread::scope(|scope| {
        let starting = dirs
            .iter()
            .map(|dir| scope.spawn(|| Node::start(&database, dir.path())));
        let starting: Vec<_> = starting.collect();
        starting.into_iter().map(|node| node.join().unwrap()).collect()
    });
    let token = enter_by(&|name, body| ask(&nodes[0].address, name, body).unwrap());
    let addresses: Vec<_> = nodes.iter().map(|node| node.address.clone()).collect();
    // SIGKILL.
    let (acknowledged, again) = append_all(&addresses, token, || nodes[1].child.0.kill().unwrap());
    assert!(again > 0, "nobody noticed");
    holds(&addresses[2], token, &acknowledged);

    // The node that was killed begins again where its folder and the database are.
    let node = Node::start(&database, dirs[1].path());
    let request = encode(&AppendRequest {
        token,
        space: SPACE,
        records: vec![acknowledged[0].1.as_slice().into()],
    });
    let (_, body) = ask(&node.address, "append", &request).unwrap();
    let answer: AppendAnswer = decode_canonical(&body).unwrap();
    assert_eq!(answer.results[0].value, acknowledged[0].0);
}

#[test]
fn a_database_that_crashes_in_the_middle_of_appends_loses_nothing_that_was_acknowledged() {
    let Some(mut server) = DatabaseServer::start() else {
        return;
    };
    let database = format!("{} dbname=postgres", server.place());
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let nodes = dirs.each_ref().map(|dir| Node::start(&database, dir.path()));
    let token = enter_by(&|name, body| ask(&nodes[0].address, name, body).unwrap());
    let addresses: Vec<_> = nodes.iter().map(|node| node.address.clone()).collect();
    let (acknowledged, again) = append_all(&addresses, token, || server.crash());
    assert!(again > 0, "nobody noticed");
    for address in &addresses {
        holds(address, token, &acknowledged);
    }
}

/// A reader that waits at a node, for what comes after the first `n` records.
fn waiting(address: &str, token: Token, n: u64) -> JoinHandle<usize> {
    let request = encode(&ReadRequest {
        spaces: vec![ReadSpace {
            token,
            space: SPACE,
            since: Some(n),
            until: None,
            slots: None,
        }],
        bytes_max: 1 << 20,
        wait_ms: 20_000,
    });
    let address = address.to_owned();
    std::thread::spawn(move || {
        let (status, body) = ask(&address, "read", &request).unwrap();
        assert_eq!(status, 200);
        let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
        answer.pages[0].items.len()
    })
}

#[test]
fn nodes_tell_each_other_through_nats_and_go_on_without_it() {
    let Some(database) = DatabaseServer::start() else {
        return;
    };
    let Some(mut server) = NatsServer::start() else { return };
    let place = format!("{} dbname=postgres", database.place());
    let nats = format!("nats://{}", server.address());
    let dirs: Vec<_> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    let nodes: Vec<_> = dirs
        .iter()
        .map(|dir| Node::start_with(&place, dir.path(), &[("CAIRN_RELAY_NATS", &nats)]))
        .collect();
    let token = enter_by(&|name, body| ask(&nodes[0].address, name, body).unwrap());
    let append = |at: usize, n: u32| {
        let record = record(1, n);
        let request = AppendRequest {
            token,
            space: SPACE,
            records: vec![record.as_slice().into()],
        };
        assert_eq!(ask(&nodes[at].address, "append", &encode(&request)).unwrap().0, 200);
    };
    let reading = waiting(&nodes[1].address, token, 0);
    nodes[1].until("waiting 1");
    append(0, 1);
    assert_eq!(reading.join().unwrap(), 1);
    nodes[1].until_heard(1);

    // Without NATS: everything is taken, every node is ready, and readers find it.
    server.crash();
    for node in &nodes {
        node.until("nodes_heard 0");
    }
    let reading = waiting(&nodes[1].address, token, 1);
    nodes[1].until("waiting 1");
    append(2, 2);
    assert_eq!(reading.join().unwrap(), 1);
    for node in &nodes {
        assert!(node.operations("/readyz").starts_with("HTTP/1.1 200"));
        node.until("nodes_heard 0");
    }

    server.begin();
    for node in &nodes {
        node.until("nodes_heard 1");
    }
    let reading = waiting(&nodes[2].address, token, 2);
    nodes[2].until("waiting 1");
    let before = nodes[2].heard();
    append(1, 3);
    assert_eq!(reading.join().unwrap(), 1);
    nodes[2].until_heard(before + 1);
    for node in nodes {
        let log = node.ended();
        let lost = log.matches("other nodes are not heard; what they change").count();
        assert_eq!(
            (lost, log.matches("are heard again").count()),
            (1, 1),
            "said once: {log}"
        );
        assert!(!log.contains("127.0.0.1") && !log.contains("nats://"), "{log}");
    }
}

#[test]
fn a_store_is_put_back_by_a_word_that_no_running_node_hears() {
    let Some(server) = DatabaseServer::start() else { return };
    let database = format!("{} dbname=postgres", server.place());
    let dir = tempfile::tempdir().unwrap();
    let put_back = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn-relay"));
        command
            .env_clear()
            .args(["--put-back", "--database", &database, "--data"]);
        let done = command.arg(dir.path()).output().unwrap();
        let said = [done.stdout, done.stderr].concat();
        (done.status.code(), String::from_utf8(said).unwrap())
    };
    let (code, said) = put_back();
    assert_eq!((code, said.contains("no store")), (Some(1), true), "{said}");
    let mut node = Node::start(&database, dir.path());
    let (code, said) = put_back();
    assert_eq!((code, said.contains("in use")), (Some(1), true), "{said}");
    node.child.0.kill().unwrap();
    node.child.0.wait().unwrap();
    // The server hears of it when it hears that the connection ended.
    let began = Instant::now();
    let (mut code, mut said) = put_back();
    while code == Some(1) && began.elapsed() < PATIENCE {
        (code, said) = put_back();
    }
    assert_eq!((code, said.contains("incarnation")), (Some(0), true), "{said}");
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
