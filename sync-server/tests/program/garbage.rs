//! A hundred thousand requests that mean harm or nothing: each is refused by its kind, and the program's memory stays what it was.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicU64, Ordering};

use cairn_wire::message::{
    AccessAnswer, AccessRequest, AckRequest, AppendAnswer, BlobOp, BlobRequest, EraseRequest, OutcomeCode, ReadAnswer,
    ReadRequest, ReadSpace, RefusalCode,
};
use cairn_wire::{BlobId, Nonce, bounds};

use super::*;

/// Requests, from so many clients at once.
const REQUESTS: u64 = 100_000;
const CLIENTS: u64 = 4;

/// Requests before memory is looked at first: what is allocated once, and again in pieces of another size, is there by then.
const WARM: u64 = 40_000;

/// Clients that hold a connection and send next to nothing.
const SLOW: usize = 64;

/// KiB that the program may have taken more after them all: less than if 70 bytes of each stayed, as in a table of tokens. It was 2.4 MiB, and 5 after ten
/// times as many: what an allocator cannot use again at once.
const GROWTH_KIB_MAX: u64 = 4 * 1024;

const ENDPOINTS: [&str; 15] = [
    "challenge",
    "session",
    "space",
    "append",
    "read",
    "ack",
    "erase",
    "epoch",
    "access",
    "blob",
    "gate",
    "mailbox",
    "wake",
    "ring",
    "nothing",
];

/// KiB of memory that a process has.
fn memory_kib(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.0.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Who is known to the relay, and what is not theirs.
struct Known {
    token: Token,
    /// Of a key that has no access any more.
    ended: Token,
    nonce: Nonce,
}

/// The kinds of harm, one after the other, each with the refusals that it may get.
fn harm(n: u64, known: &Known, random: &mut blake3::OutputReader) -> (&'static str, Vec<u8>, &'static [RefusalCode]) {
    use RefusalCode as Code;
    let mut throw = |len: usize| {
        let mut bytes = vec![0; len];
        random.fill(&mut bytes);
        bytes
    };
    let pick = usize::from(throw(1)[0]);
    let somewhere = ENDPOINTS[pick % ENDPOINTS.len()];
    let honest = append(known.token, &content());
    let other = SpaceId::from_bytes([0x11; 16]);
    match n % 12 {
        0 => (somewhere, throw(pick), &[Code::Malformed]),
        // Cut short, made longer, with a key twice.
        1 => ("append", honest[..pick % honest.len()].to_vec(), &[Code::Malformed]),
        2 => ("append", [honest, throw(1 + pick)].concat(), &[Code::Malformed]),
        // Nested deeper than any message, and longer than there are bytes.
        3 => (somewhere, vec![0x81; 1 + pick * 8], &[Code::Malformed]),
        4 => (
            somewhere,
            [&[0x9B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF][..], &throw(9)].concat(),
            &[Code::Malformed],
        ),
        5 => (
            somewhere,
            [&[0x5A, 0xFF, 0xFF, 0xFF, 0xFF][..], &throw(40)].concat(),
            &[Code::Malformed],
        ),
        // A token that nobody has, one that has ended, one of another space.
        6 => {
            let token = Token::from_bytes(throw(32).try_into().unwrap());
            ("append", append(token, &content()), &[Code::NotAuthorised])
        }
        7 => ("append", append(known.ended, &content()), &[Code::NotAuthorised]),
        8 => {
            let token = known.token;
            let ack = AckRequest {
                token,
                space: other,
                n: 0,
            };
            ("ack", encode(&ack), &[Code::NotAuthorised])
        }
        // The answer to a challenge that was used, or that nobody was given.
        9 => {
            let signature = sign(&session_bytes(ORIGIN, &SPACE, &known.nonce, &key()));
            let request = SessionRequest {
                space: SPACE,
                nonce: known.nonce,
                key: key(),
                signature,
            };
            ("session", encode(&request), &[Code::NotAuthorised])
        }
        // A blob of a space that is not theirs, and a tombstone that is none.
        10 => {
            let request = BlobRequest {
                token: known.token,
                space: other,
                op: BlobOp::Read,
                blob: BlobId::from_bytes(throw(32).try_into().unwrap()),
                slot: None,
                offset: 0,
                total: 0,
                bytes: Vec::new().into(),
                bytes_max: 1 << 20,
            };
            ("blob", encode(&request), &[Code::NotAuthorised])
        }
        _ => {
            let plain = record([0xAA; 16], &content());
            let request = EraseRequest {
                token: known.token,
                space: SPACE,
                record: plain.as_slice().into(),
            };
            ("erase", encode(&request), &[Code::Malformed])
        }
    }
}

/// Sends harm until `upto` requests were sent by all.
fn send_harm(program: &Program, client: u64, known: &Known, sent: &AtomicU64, upto: u64) {
    let name = [client.to_le_bytes(), upto.to_le_bytes()].concat();
    let mut random = blake3::Hasher::new().update(&name).finalize_xof();
    let mut stream = program.connect();
    loop {
        let n = sent.fetch_add(1, Ordering::Relaxed);
        if n >= upto {
            return;
        }
        let (endpoint, body, codes) = harm(n, known, &mut random);
        // A connection that had nothing to say for as long as it may, on a machine with much to do, is closed: then another one.
        let (status, answered) = exchange(&mut stream, endpoint, &body).unwrap_or_else(|| {
            stream = program.connect();
            exchange(&mut stream, endpoint, &body).unwrap()
        });
        let refusal: Refusal = decode_canonical(&answered).unwrap();
        assert_eq!(refusal.code.http_status(), status);
        assert!(codes.contains(&refusal.code), "{endpoint}: {refusal:?} for {body:?}");
    }
}

/// Asks on a connection; `None` if it was closed.
fn exchange(stream: &mut TcpStream, endpoint: &str, body: &[u8]) -> Option<(u16, Vec<u8>)> {
    let length = body.len();
    let head = format!(
        "POST /v1/{endpoint} HTTP/1.1\r\nhost: relay\r\ncontent-type: application/cbor\r\ncontent-length: {length}\r\n\r\n"
    );
    // In one piece: what comes in two waits for the first to be taken.
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4_096]);
    loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = std::str::from_utf8(&bytes[..at]).unwrap().to_lowercase();
            let length = head.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            if bytes.len() == at + 4 + length.parse::<usize>().unwrap() {
                let status = head.split(' ').nth(1).unwrap().parse().unwrap();
                return Some((status, bytes.split_off(at + 4)));
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) => return None,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nothing is answered"),
            Err(_) => return None,
        }
    }
}

/// More than may be sent at once: refused by its length, before any of it has come.
fn oversized(program: &Program) {
    for length in [bounds::REQUEST_BYTES_MAX + 1, 1 << 40] {
        let mut stream = program.connect();
        let head = format!(
            "POST /v1/append HTTP/1.1\r\nhost: relay\r\ncontent-type: application/cbor\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let (status, body) = answer(&mut stream);
        let refusal: Refusal = decode_canonical(&body).unwrap();
        assert_eq!((status, refusal.code), (413, RefusalCode::TooLarge));
        assert_eq!(refusal.value, Some(bounds::REQUEST_BYTES_MAX as u64));
    }
}

/// A session whose key is let in and out again.
fn ended(program: &Program, token: Token) -> Token {
    let guest = SigningKey::from_bytes(&[0x77; 32]);
    let guest_key = PublicKey::from_bytes(guest.verifying_key().to_bytes());
    let change = |version, add, remove| {
        let request = AccessRequest {
            token,
            space: SPACE,
            version,
            add,
            remove,
            only: None,
        };
        let (status, body) = program.ask("access", &encode(&request));
        assert_eq!(status, 200);
        let _: AccessAnswer = decode_canonical(&body).unwrap();
    };
    let access = Access {
        key: guest_key,
        side: Side::Participant,
        administer: false,
    };
    change(1, vec![access], vec![]);
    let (_, body) = program.ask("challenge", &encode(&ChallengeRequest { space: SPACE }));
    let ChallengeAnswer { nonce, .. } = decode_canonical(&body).unwrap();
    let signature = guest.sign(&session_bytes(ORIGIN, &SPACE, &nonce, &guest_key));
    let request = SessionRequest {
        space: SPACE,
        nonce,
        key: guest_key,
        signature: Signature::from_bytes(signature.to_bytes()),
    };
    let (_, body) = program.ask("session", &encode(&request));
    let session: SessionAnswer = decode_canonical(&body).unwrap();
    change(2, vec![], vec![guest_key]);
    session.token
}

#[test]
fn a_hundred_thousand_harmful_requests_are_refused_by_their_kind_in_flat_memory() {
    let program = Program::start(&[
        "--connection-requests-per-second",
        "0",
        "--session-requests-per-second",
        "0",
    ]);
    let token = enter(&program);
    assert_eq!(program.ask("append", &append(token, &content())).0, 200);
    let known = Known {
        token,
        ended: ended(&program, token),
        nonce: used_nonce(&program),
    };
    let sent = AtomicU64::new(0);
    let all_send = |upto| {
        std::thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (program, known, sent) = (&program, &known, &sent);
                scope.spawn(move || send_harm(program, client, known, sent, upto));
            }
        });
        sent.store(upto, Ordering::Relaxed);
    };
    // Clients that drip, all the while: each is cut in its time, and another takes its place.
    let slow = || (0..SLOW).map(|_| drip(&program)).collect::<Vec<_>>();
    let mut dripping = slow();
    all_send(WARM);
    oversized(&program);
    let before = memory_kib(&program);
    for part in 1..=6 {
        dripping = slow();
        all_send(WARM + part * (REQUESTS - WARM) / 6);
        oversized(&program);
    }
    let after = memory_kib(&program);
    drop(dripping);
    assert!(
        after <= before + GROWTH_KIB_MAX,
        "{before} KiB after {WARM} requests, {after} KiB after {REQUESTS}"
    );
    let said = format!("{REQUESTS} harmful requests: {before} KiB after {WARM} of them, {after} KiB after all\n");
    drop(std::io::stderr().write_all(said.as_bytes()));
    nothing_came_of_it(&program, token);
}

/// A nonce that was answered once.
fn used_nonce(program: &Program) -> Nonce {
    let (_, body) = program.ask("challenge", &encode(&ChallengeRequest { space: SPACE }));
    let ChallengeAnswer { nonce, .. } = decode_canonical(&body).unwrap();
    let signature = sign(&session_bytes(ORIGIN, &SPACE, &nonce, &key()));
    let request = encode(&SessionRequest {
        space: SPACE,
        nonce,
        key: key(),
        signature,
    });
    assert_eq!(program.ask("session", &request).0, 200);
    nonce
}

/// A connection with half of a request in it.
fn drip(program: &Program) -> TcpStream {
    let mut stream = program.connect();
    stream
        .write_all(b"POST /v1/append HTTP/1.1\r\nhost: relay\r\ncontent-")
        .unwrap();
    stream
}

/// Whoever is honest finds what was there, and can write on.
fn nothing_came_of_it(program: &Program, token: Token) {
    let request = ReadRequest {
        spaces: vec![ReadSpace {
            token,
            space: SPACE,
            since: Some(0),
            until: None,
            slots: None,
        }],
        bytes_max: 1 << 20,
        wait_ms: 0,
    };
    let (status, body) = program.ask("read", &encode(&request));
    assert_eq!(status, 200);
    let answer: ReadAnswer<'_> = decode_canonical(&body).unwrap();
    assert_eq!(answer.pages[0].items.len(), 1);
    let record = record([0xD4; 16], &content());
    let request = AppendRequest {
        token,
        space: SPACE,
        records: vec![record.as_slice().into()],
    };
    let (_, body) = program.ask("append", &encode(&request));
    let answer: AppendAnswer = decode_canonical(&body).unwrap();
    assert_eq!(
        (answer.results[0].code, answer.results[0].value),
        (OutcomeCode::Stored, 2)
    );
}
