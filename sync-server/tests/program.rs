//! The program as an operator runs it: signals, exit codes, and what it logs.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "program/carrying.rs"]
mod carrying;
#[path = "program/copies.rs"]
mod copies;
#[path = "program/encrypted.rs"]
mod encrypted;
#[cfg(target_os = "linux")]
#[path = "program/garbage.rs"]
mod garbage;
#[path = "../src/testing/nats.rs"]
#[allow(unreachable_pub, dead_code, reason = "the tests of the library have more use for it")]
mod nats;
#[path = "program/nodes.rs"]
mod nodes;
#[path = "../src/testing/push_service.rs"]
#[allow(unreachable_pub, dead_code, reason = "the tests of the library have more use for it")]
mod push_service;
#[path = "../src/testing/server.rs"]
#[allow(unreachable_pub, dead_code, reason = "the tests of the library have more use for it")]
mod server;
#[path = "program/waking.rs"]
mod waking;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cairn_wire::message::{
    Access, AppendRequest, ChallengeAnswer, ChallengeRequest, MailboxOp, MailboxRequest, Refusal, SessionAnswer,
    SessionRequest, Side, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{
    HEADER_BYTES, Header, MailboxId, PublicKey, Signature, SpaceId, Token, decode_canonical, encode, session_bytes,
};
use ed25519_dalek::{Signer as _, SigningKey};

const ORIGIN: &str = "http://relay.test";
const PATIENCE: Duration = Duration::from_secs(25);

/// A process that does not outlive its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A relay that runs.
struct Program {
    child: Process,
    out: BufReader<ChildStdout>,
    log: JoinHandle<String>,
    address: String,
    dir: tempfile::TempDir,
}

impl Program {
    fn start(more: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), more)
    }

    fn start_in(dir: tempfile::TempDir, more: &[&str]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_cairn-relay"))
            .arg("--data")
            .arg(dir.path())
            .args(["--listen", "127.0.0.1:0", "--origin", ORIGIN])
            .args(more)
            .env_clear()
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
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self {
            child,
            out,
            log,
            address,
            dir,
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn ask(&self, name: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut stream = self.connect();
        send(&mut stream, name, "", body);
        answer(&mut stream)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.0.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// The exit code, and everything that was logged.
    fn ended(mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.0.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > PATIENCE {
                self.child.0.kill().unwrap();
            }
            std::thread::yield_now();
        };
        drop(self.dir);
        (status.code(), self.log.join().unwrap())
    }
}

fn send(stream: &mut TcpStream, name: &str, headers: &str, body: &[u8]) {
    let length = body.len();
    let head = format!(
        "POST /v1/{name} HTTP/1.1\r\nhost: relay\r\n{headers}content-type: application/cbor\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    if !headers.contains("100-continue") {
        stream.write_all(body).unwrap();
    }
}

/// Reads the head of an answer, and nothing behind it.
fn head(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "closed before an answer");
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap().to_lowercase()
}

fn answer(stream: &mut TcpStream) -> (u16, Vec<u8>) {
    let head = head(stream);
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head.split("content-length: ").nth(1).unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (status, body)
}

fn signing() -> SigningKey {
    SigningKey::from_bytes(&[0x5A; 32])
}

fn key() -> PublicKey {
    PublicKey::from_bytes(signing().verifying_key().to_bytes())
}

fn sign(bytes: &[u8]) -> Signature {
    Signature::from_bytes(signing().sign(bytes).to_bytes())
}

const SPACE: SpaceId = SpaceId::from_bytes([0xC7; 16]);

/// Begins the space and a session in it.
fn enter(program: &Program) -> Token {
    enter_by(&|name, body| program.ask(name, body))
}

/// The same by whoever asks.
fn enter_by(ask: &impl Fn(&str, &[u8]) -> (u16, Vec<u8>)) -> Token {
    let mut request = SpaceRequest {
        op: SpaceOp::Create,
        space: SPACE,
        access: vec![Access {
            key: key(),
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
    let (status, body) = ask("space", &encode(&request));
    assert_eq!(status, 200);
    let _: SpaceAnswer = decode_canonical(&body).unwrap();
    session_by(ask)
}

/// Begins a session in the space.
fn session(program: &Program) -> Token {
    session_by(&|name, body| program.ask(name, body))
}

/// The same by whoever asks.
fn session_by(ask: &impl Fn(&str, &[u8]) -> (u16, Vec<u8>)) -> Token {
    let (_, body) = ask("challenge", &encode(&ChallengeRequest { space: SPACE }));
    let ChallengeAnswer { nonce, .. } = decode_canonical(&body).unwrap();
    let signature = sign(&session_bytes(ORIGIN, &SPACE, &nonce, &key()));
    let request = SessionRequest {
        space: SPACE,
        nonce,
        key: key(),
        signature,
    };
    let (_, body) = ask("session", &encode(&request));
    let session: SessionAnswer = decode_canonical(&body).unwrap();
    session.token
}

fn append(token: Token, content: &[u8]) -> Vec<u8> {
    encode(&AppendRequest {
        token,
        space: SPACE,
        records: vec![record([0xD3; 16], content).as_slice().into()],
    })
}

fn record(name: [u8; 16], content: &[u8]) -> Vec<u8> {
    let header = Header {
        flags: 0,
        space: SPACE,
        record_id: name.into(),
        slot: [0xE9; 16].into(),
        epoch: 1,
        incarnation: 1,
        merged_upto: 0,
        expires_day: 0,
        length: u32::try_from(content.len()).unwrap(),
    };
    let mut record = header.encode().to_vec();
    assert_eq!(record.len(), HEADER_BYTES);
    record.extend_from_slice(content);
    record
}

fn content() -> Vec<u8> {
    b"what-was-written".repeat(20)
}

#[test]
fn asked_to_stop_it_ends_what_runs_answers_who_waits_and_lets_nobody_in() {
    let program = Program::start(&[]);
    let token = enter(&program);

    // A request that runs: the relay has said that it reads the body, and half of that has come.
    let mut running = program.connect();
    let body = append(token, &content());
    send(&mut running, "append", "expect: 100-continue\r\n", &body);
    assert!(head(&mut running).starts_with("http/1.1 100"));
    let (first, second) = body.split_at(body.len() / 2);
    running.write_all(first).unwrap();

    // One that waits, for longer than the relay may take to stop. That it has begun to wait shows in nothing; but it runs, as
    // above, once the relay has asked for its body.
    let mut waiting = program.connect();
    let request = encode(&MailboxRequest {
        op: MailboxOp::Read,
        mailbox: MailboxId::from_bytes([0xB1; 32]),
        index: 0,
        bytes: None,
        wait_ms: 30_000,
        days: None,
    });
    send(&mut waiting, "mailbox", "expect: 100-continue\r\n", &request);
    assert!(head(&mut waiting).starts_with("http/1.1 100"));
    waiting.write_all(&request).unwrap();

    // And one that idles.
    let mut idle = program.connect();
    send(&mut idle, "unknown", "", &[]);
    assert_eq!(answer(&mut idle).0, 400);

    program.signal("TERM");
    let began = Instant::now();
    assert_eq!(answer(&mut waiting).0, 200);
    assert_eq!(idle.read(&mut [0]).unwrap(), 0, "nothing keeps an idle connection");
    // The port is closed before the last request is over.
    while TcpStream::connect(&program.address).is_ok() {
        assert!(began.elapsed() < PATIENCE, "somebody still listens");
        std::thread::yield_now();
    }
    running.write_all(second).unwrap();
    assert_eq!(answer(&mut running).0, 200);
    let (code, log) = program.ended();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("still open"), "{log}");
}

/// Bytes as logs tend to show them.
fn spelt(bytes: &[u8]) -> Vec<String> {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let numbers: Vec<_> = bytes.iter().map(u8::to_string).collect();
    vec![hex.to_uppercase(), hex, numbers.join(", "), numbers.join(",")]
}

#[test]
fn what_it_logs_has_no_address_no_name_and_nothing_that_was_sent() {
    for (level, json) in [("info", false), ("debug", true)] {
        let mut more = vec![
            "--log",
            level,
            "--header-timeout-ms",
            "200",
            "--operations",
            "127.0.0.1:0",
        ];
        if json {
            more.push("--log-json");
        }
        let mut program = Program::start(&more);
        let mut line = String::new();
        program.out.read_line(&mut line).unwrap();
        assert!(line.starts_with("operations on http://127.0.0.1:"), "{line}");
        let token = enter(&program);
        // What goes well, what is refused, what is garbage, and who hangs up or goes silent.
        assert_eq!(program.ask("append", &append(token, &content())).0, 200);
        let (status, body) = program.ask("append", &append(Token::from_bytes([0xF5; 32]), &content()));
        assert_eq!(status, 401);
        let _: Refusal = decode_canonical(&body).unwrap();
        assert_eq!(program.ask("append", &content()).0, 400);
        assert_eq!(program.ask("what-was-written", &[]).0, 400);
        let mut rude = program.connect();
        rude.write_all(b"GARBAGE what-was-written\r\n\r\n").unwrap();
        let _ = rude.read_to_end(&mut Vec::new());
        let mut silent = program.connect();
        silent.write_all(b"POST /v1/what-was-written").unwrap();
        let _ = silent.read_to_end(&mut Vec::new());
        drop(program.connect());
        program.signal("HUP");
        program.signal("TERM");
        let peer = silent.local_addr().unwrap().port().to_string();
        let dir = program.dir.path().display().to_string();
        let (code, log) = program.ended();
        assert_eq!(code, Some(0));

        assert!(
            log.contains("the relay has begun") && log.contains("the relay has stopped"),
            "{log}"
        );
        if json {
            assert!(
                log.lines().all(|line| line.starts_with('{') && line.ends_with('}')),
                "{log}"
            );
            assert!(log.contains("a connection ended early"), "{log}");
        }
        let mut never = vec!["127.0.0.1".to_owned(), "what-was".to_owned(), format!(":{peer}"), dir];
        let key = key();
        let sent: [&[u8]; 6] = [
            &[0xC7; 4],
            &[0xD3; 4],
            &[0xE9; 4],
            &[0xF5; 4],
            key.as_bytes(),
            token.as_bytes(),
        ];
        for bytes in sent {
            never.extend(spelt(&bytes[..4]));
        }
        for text in never {
            assert!(!log.contains(&text), "{text:?} in {log}");
        }
    }
}

#[test]
fn what_counts_is_printed_and_what_is_not_understood_ends_with_two() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relay.toml");
    std::fs::write(&file, "data = \"/from/file\"\nmailboxes_max = 5\nbody_timeout_ms = 6\n").unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cairn-relay"));
        command.env_clear().env("CAIRN_RELAY_CONFIG", &file);
        command
            .env("CAIRN_RELAY_BODY_TIMEOUT_MS", "7")
            .env("CAIRN_RELAY_LOG_JSON", "true");
        command.args(more).output().unwrap()
    };
    let done = run(&["--print-config", "--header-timeout-ms", "8"]);
    let said = String::from_utf8(done.stdout).unwrap();
    for line in [
        "data = \"/from/file\"",
        "mailboxes_max = 5",
        "body_timeout_ms = 7",
        "header_timeout_ms = 8",
        "log_json = true",
        "sign_up = \"open\"",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} not in {said}");
    }
    assert!(done.status.success());

    let mut command = Command::new(env!("CARGO_BIN_EXE_cairn-relay"));
    command.env_clear().env("CAIRN_RELAY_MAILBOX_MAX", "7");
    let done = command.args(["--data", "/nowhere"]).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(
        said.contains("\"CAIRN_RELAY_MAILBOX_MAX\"") && said.lines().count() == 1,
        "{said}"
    );

    std::fs::write(&file, "data = \"/from/file\"\nmailbox_max = 5\n").unwrap();
    let done = run(&[]);
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(said.contains("\"mailbox_max\"") && said.lines().count() == 1, "{said}");
}
