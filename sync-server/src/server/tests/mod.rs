//! The relay over real sockets. Nothing here sleeps: what must happen is waited for on the socket it happens on.
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod blobs;
mod hostile;
mod limits;
mod operations;
mod sign_up;
mod tls;
mod waking;

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use cairn_wire::message::{
    AccessAnswer, AccessRequest, AppendAnswer, AppendRequest, MailboxAnswer, MailboxOp, MailboxRequest, Page,
    ReadAnswer, ReadRequest, ReadSpace, Refusal, RefusalCode,
};
use cairn_wire::{MailboxId, Token, bounds, decode_canonical, encode};
use tokio::runtime::Runtime;

use super::*;
use crate::clock;
use crate::limits::Limits;
use crate::testing::*;

/// Longer than anything here takes, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(25);

/// A server on its own runtime; tests speak to it from outside.
struct Running {
    runtime: Runtime,
    server: Option<Server>,
    address: SocketAddr,
    relay: Relay,
    _dir: tempfile::TempDir,
}

impl Running {
    fn new(limits: Limits) -> Self {
        Self::with(|config| config.limits = limits)
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config = Config {
            origin: Some(ORIGIN.to_owned()),
            database: threaded_in(dir.path()).database,
            ..Config::on_free_port(dir.path())
        };
        change(&mut config);
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::bind(config)).unwrap();
        Self {
            address: server.address(),
            relay: server.relay().clone(),
            server: Some(server),
            runtime,
            _dir: dir,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// A space with a session for keys 1 and 2, under the real clock.
    fn space(&self) -> (Token, Token) {
        let now = clock::system_now_ms();
        create(&self.relay, 1, now);
        let token = |key| begin_session(&self.relay, 1, key, now).unwrap().token;
        (token(1), token(2))
    }

    fn shut_down(&mut self) {
        let server = self.server.take().unwrap();
        self.runtime.block_on(server.shutdown());
    }
}

fn short() -> Limits {
    Limits {
        header_timeout: Duration::from_millis(150),
        body_timeout: Duration::from_millis(150),
        stalled_write_timeout: Duration::from_millis(150),
        ..Limits::default()
    }
}

fn request_bytes(path: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: relay\r\ncontent-type: application/cbor\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// The same with headers of one's own.
fn post_with(stream: &mut TcpStream, path: &str, headers: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let request = request_bytes(path, body);
    let at = request.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let request = [&request[..at], headers.as_bytes(), &request[at..]].concat();
    stream.write_all(&request).unwrap();
    answer(stream)
}

/// Waits until the relay counts `line`.
fn until_counted(running: &Running, line: &str) {
    let began = Instant::now();
    let line = format!("\n{line}\n");
    while !running.relay.metrics().text().contains(&line) {
        assert!(
            began.elapsed() < PATIENCE,
            "{line:?} never came: {}",
            running.relay.metrics().text()
        );
        std::thread::yield_now();
    }
}

/// Reads one answer: its status and body.
fn answer(stream: &mut impl std::io::Read) -> (u16, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..at].to_vec()).unwrap().to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap();
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if bytes.len() >= at + 4 + length {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return (status, bytes[at + 4..at + 4 + length].to_vec());
            }
        }
        let read = stream.read(&mut chunk).unwrap();
        assert!(read > 0, "closed before an answer");
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn post(stream: &mut TcpStream, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    stream.write_all(&request_bytes(path, body)).unwrap();
    answer(stream)
}

fn append_bytes(token: Token, id: u32) -> Vec<u8> {
    let record = record(header(1, id, 1), 100, 1);
    encode(&AppendRequest {
        token,
        space: space_id(1),
        records: vec![record.as_slice().into()],
    })
}

fn read_bytes(spaces: Vec<ReadSpace>, wait_ms: u32) -> Vec<u8> {
    encode(&ReadRequest {
        spaces,
        bytes_max: 1 << 20,
        wait_ms,
    })
}

/// Begins a read that waits, and returns when it does.
fn waiting_read(running: &Running, token: Token) -> TcpStream {
    let mut stream = running.connect();
    let body = read_bytes(vec![since(token, 1, 0)], bounds::WAIT_MS_MAX);
    stream.write_all(&request_bytes("/v1/read", &body)).unwrap();
    let began = Instant::now();
    while running.relay.waiting_for(&space_id(1)) == 0 {
        assert!(began.elapsed() < PATIENCE, "nobody began to wait");
        std::thread::yield_now();
    }
    stream
}

fn one_page(body: &[u8]) -> Page<'_> {
    let answer: ReadAnswer<'_> = decode_canonical(body).unwrap();
    answer.pages.into_iter().next().unwrap()
}

#[test]
fn health_routes_methods_and_types() {
    let running = Running::new(Limits::default());
    let raw = |request: &str| {
        let mut stream = running.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(&mut stream)
    };
    let (status, body) = raw("GET /healthz HTTP/1.1\r\nhost: relay\r\n\r\n");
    assert_eq!((status, body.as_slice()), (200, b"ok\n".as_slice()));
    assert_eq!(
        raw("POST /healthz HTTP/1.1\r\nhost: relay\r\ncontent-length: 0\r\n\r\n").0,
        405
    );
    assert_eq!(raw("GET /v1/read HTTP/1.1\r\nhost: relay\r\n\r\n").0, 405);
    assert_eq!(raw("GET /elsewhere HTTP/1.1\r\nhost: relay\r\n\r\n").0, 404);
    assert_eq!(
        raw("POST /v1/read HTTP/1.1\r\nhost: relay\r\ncontent-length: 0\r\n\r\n").0,
        415
    );
    let (status, body) = post(&mut running.connect(), "/v1/unknown", &[]);
    assert_eq!(
        (status, decode_canonical(&body)),
        (400, Ok(Refusal::new(RefusalCode::Malformed)))
    );
}

#[test]
fn a_waiting_read_is_answered_by_the_append_it_waited_for() {
    let running = Running::new(Limits::default());
    let (one, two) = running.space();
    let mut waiting = waiting_read(&running, two);
    let began = Instant::now();
    let (status, body) = post(&mut running.connect(), "/v1/append", &append_bytes(one, 1));
    assert_eq!(status, 200);
    let appended: AppendAnswer = decode_canonical(&body).unwrap();
    assert_eq!(appended.results, [stored(1)]);
    let (status, body) = answer(&mut waiting);
    assert_eq!((status, one_page(&body).items.len()), (200, 1));
    assert!(began.elapsed() < Duration::from_secs(15), "woken, not timed out");
    assert_eq!(running.relay.waiting_for(&space_id(1)), 0);
}

#[test]
fn losing_access_ends_a_wait_at_once() {
    let running = Running::new(Limits::default());
    let (one, two) = running.space();
    let mut waiting = waiting_read(&running, two);
    let request = AccessRequest {
        token: one,
        space: space_id(1),
        version: 1,
        add: vec![],
        remove: vec![public(&signing(2))],
        only: None,
    };
    let now = clock::system_now_ms();
    let _: AccessAnswer = ask(&running.relay, "access", &request, now).unwrap();
    let (_, body) = answer(&mut waiting);
    assert_eq!(one_page(&body).refusal, Some(RefusalCode::NotAuthorised));
}

#[test]
fn a_wait_ends_by_itself_and_what_cannot_wait_is_answered_at_once() {
    let running = Running::new(Limits::default());
    let (one, _) = running.space();
    let mut stream = running.connect();
    let (_, body) = post(&mut stream, "/v1/read", &read_bytes(vec![since(one, 1, 0)], 1));
    let page = one_page(&body);
    assert_eq!((page.items.len(), page.head.unwrap().n), (0, 0));
    let until = ReadSpace {
        since: None,
        until: Some(9),
        ..since(one, 1, 0)
    };
    for spaces in [vec![until], vec![], vec![since(Token::from_bytes([0; 32]), 1, 0)]] {
        let (status, _) = post(&mut stream, "/v1/read", &read_bytes(spaces, 30_000));
        assert_eq!(status, 200);
    }
}

#[test]
fn a_mailbox_is_waited_for_too() {
    let running = Running::new(Limits::default());
    let mailbox = MailboxId::from_bytes([4; 32]);
    let request = |op, bytes, wait_ms| MailboxRequest {
        op,
        mailbox,
        index: 0,
        bytes,
        wait_ms,
        days: None,
    };
    let mut waiting = running.connect();
    let read = encode(&request(MailboxOp::Read, None, 30_000));
    waiting.write_all(&request_bytes("/v1/mailbox", &read)).unwrap();
    let message = encode(&request(MailboxOp::Post, Some(b"hello".as_slice().into()), 0));
    assert_eq!(post(&mut running.connect(), "/v1/mailbox", &message).0, 200);
    let (_, body) = answer(&mut waiting);
    let answer: MailboxAnswer<'_> = decode_canonical(&body).unwrap();
    assert_eq!((answer.count, answer.messages[0].as_slice()), (1, b"hello".as_slice()));
}

#[test]
fn shutting_down_answers_who_waits_and_keeps_everything() {
    let mut running = Running::new(Limits::default());
    let (one, two) = running.space();
    assert_eq!(post(&mut running.connect(), "/v1/append", &append_bytes(one, 1)).0, 200);
    // The server's first sweep may come before or after the append; once swept here, it finds nothing to do.
    running.relay.sweep(clock::system_now_ms()).unwrap();
    let digest = running.relay.digest().unwrap();
    let mut waiting = running.connect();
    let body = read_bytes(vec![since(two, 1, 1)], bounds::WAIT_MS_MAX);
    waiting.write_all(&request_bytes("/v1/read", &body)).unwrap();
    let began = Instant::now();
    while running.relay.waiting_for(&space_id(1)) == 0 {
        assert!(began.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    running.shut_down();
    assert_eq!(answer(&mut waiting).0, 200);
    assert!(TcpStream::connect(running.address).is_err(), "nobody listens any more");

    let Running {
        relay, _dir, runtime, ..
    } = running;
    drop((relay, runtime));
    let again = relay_in(_dir.path());
    assert_eq!(again.digest().unwrap(), digest);
}

#[test]
fn a_folder_serves_one_relay_at_a_time() {
    let running = Running::new(Limits::default());
    let config = RelayConfig::new(threaded_in(running._dir.path()), ORIGIN);
    let second = Relay::open(&config, counted_entropy());
    assert!(matches!(second, Err(StoreError::InUse)));
}

#[test]
fn a_connection_that_never_finishes_its_head_is_closed() {
    let running = Running::new(short());
    for beginning in ["", "POST /v1/read HTTP/1.1\r\nhost: re"] {
        let mut stream = running.connect();
        stream.write_all(beginning.as_bytes()).unwrap();
        let mut rest = Vec::new();
        // Returns at the end of the stream; a connection kept open would run into the read timeout.
        stream.read_to_end(&mut rest).unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    }
}

#[test]
fn a_body_that_never_comes_is_refused() {
    let running = Running::new(short());
    let mut stream = running.connect();
    let mut request = request_bytes("/v1/read", &[0; 100]);
    request.truncate(request.len() - 50);
    stream.write_all(&request).unwrap();
    let (status, body) = answer(&mut stream);
    assert_eq!(
        (status, decode_canonical(&body)),
        (400, Ok(Refusal::new(RefusalCode::Malformed)))
    );
}

#[test]
fn a_body_too_long_is_refused_before_it_is_read_and_while_it_is() {
    let running = Running::new(Limits::default());
    let limit = bounds::REQUEST_BYTES_MAX;
    let too_large = Ok(Refusal::with(RefusalCode::TooLarge, limit as u64));
    let mut stream = running.connect();
    let head = format!(
        "POST /v1/append HTTP/1.1\r\nhost: relay\r\ncontent-type: application/cbor\r\ncontent-length: {}\r\n\r\n",
        limit + 1
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (status, body) = answer(&mut stream);
    assert_eq!((status, decode_canonical(&body)), (413, too_large));

    let mut stream = running.connect();
    let head = "POST /v1/append HTTP/1.1\r\nhost: relay\r\ncontent-type: application/cbor\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let chunk = [b"100000\r\n".as_slice(), &vec![0; 0x10_0000], b"\r\n"].concat();
    for _ in 0..5 {
        // The answer may come, and the connection close, before the last chunk is taken.
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    let (status, body) = answer(&mut stream);
    assert_eq!((status, decode_canonical(&body)), (413, too_large));

    let (status, _) = post(&mut running.connect(), "/v1/append", &vec![0; limit]);
    assert_eq!(status, 400, "as long as allowed: read, and found malformed");
}

#[test]
fn a_client_that_takes_no_answers_is_let_go() {
    let running = Running::new(short());
    let (one, _) = running.space();
    let long = record(header(1, 1, 1), 900_000, 1);
    let now = clock::system_now_ms();
    append(&running.relay, one, 1, &[long], now).unwrap();
    let mut stream = running.connect();
    let request = request_bytes("/v1/read", &read_bytes(vec![since(one, 1, 0)], 0));
    // Asks on and on and reads nothing: once the buffers are full the server stands still, then hangs up.
    let error = loop {
        if let Err(error) = stream.write_all(&request) {
            break error;
        }
    };
    assert!(
        !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "the connection was kept"
    );
}

#[test]
fn of_many_spaces_that_share_a_transaction_each_is_answered_with_its_own_head() {
    const SPACES: u8 = 40;
    let running = Running::new(Limits::default());
    let tokens: Vec<_> = (1..=SPACES).map(|n| opened(&running.relay, n)).collect();
    for round in 0..3 {
        let bodies = tokens.iter().zip(1..).map(|(token, n)| {
            encode(&AppendRequest {
                token: *token,
                space: space_id(n),
                records: vec![record(header(n, round, 1), 100, 1).as_slice().into()],
            })
        });
        let bodies: Vec<_> = bodies.collect();
        let requests: Vec<_> = bodies.iter().map(|body| ("/v1/append", body.as_slice())).collect();
        for (answer, n) in running.relay.handle_group(&requests, NOW).iter().zip(1..) {
            let answer: AppendAnswer = decode_canonical(&answer.body).unwrap();
            assert_eq!((answer.head.space, answer.head.n), (space_id(n), u64::from(round) + 1));
            verify_head(&running.relay, &answer.head);
        }
    }
}

#[test]
fn many_clients_share_transactions() {
    let running = Running::new(Limits::default());
    let (one, _) = running.space();
    std::thread::scope(|scope| {
        for client in 0..16u32 {
            let running = &running;
            scope.spawn(move || {
                let mut stream = running.connect();
                for n in 0..20 {
                    let body = append_bytes(one, client * 1_000 + n);
                    assert_eq!(post(&mut stream, "/v1/append", &body).0, 200);
                }
            });
        }
    });
    let now = clock::system_now_ms();
    let page = read_page(&running.relay, since(one, 1, 0), 1 << 20, now);
    let seqs: Vec<_> = page.items.iter().map(|item| item.seq).collect();
    assert_eq!(
        seqs,
        (1..=320).collect::<Vec<_>>(),
        "no number given twice, none left out"
    );
}
