//! What a session, and a block of addresses, may ask; behind a proxy and without one.

use cairn_wire::message::{SpaceAnswer, SpaceRequest};

use super::*;

fn from(address: &str) -> String {
    format!("x-forwarded-for: {address}\r\n")
}

fn create_bytes(n: u8) -> Vec<u8> {
    let request: SpaceRequest = create_request(
        space_id(n),
        1,
        vec![access(1, cairn_wire::message::Side::Participant, true)],
    );
    encode(&request)
}

fn refusal(body: &[u8]) -> Refusal {
    decode_canonical(body).unwrap()
}

#[test]
fn a_block_that_asks_too_much_is_told_how_long_to_wait_and_others_are_served() {
    let running = Running::new(Limits {
        trusted_proxies: 1,
        block_requests_per_second: 1,
        block_requests_burst: 2,
        ..Limits::default()
    });
    let mut stream = running.connect();
    let mut ask = |address| post_with(&mut stream, "/v1/unknown", &from(address), &[]);
    assert_eq!(ask("203.0.113.7").0, 400);
    // As fast as can be: two in a second are soon too many.
    let (status, body) = (0..10_000)
        .map(|_| ask("203.0.113.8"))
        .find(|(status, _)| *status != 400)
        .unwrap();
    assert_eq!(
        (status, refusal(&body)),
        (429, Refusal::with(RefusalCode::RateLimited, 1))
    );
    // What a client writes itself stands before what the proxy adds.
    assert_eq!(ask("203.0.113.7, 198.51.100.1").0, 400);
    until_counted(&running, "cairn_relay_limited_total{limit=\"requests\"} 1");
}

#[test]
fn a_refused_request_says_when_in_the_manner_of_http_too() {
    let running = Running::new(Limits {
        trusted_proxies: 1,
        block_spaces_per_day: 1,
        ..Limits::default()
    });
    let mut stream = running.connect();
    let (status, body) = post_with(&mut stream, "/v1/space", &from("203.0.113.7"), &create_bytes(1));
    assert_eq!(status, 200);
    let _: SpaceAnswer = decode_canonical(&body).unwrap();
    // The same again begins nothing.
    assert_eq!(
        post_with(&mut stream, "/v1/space", &from("203.0.113.7"), &create_bytes(1)).0,
        200
    );
    let request = request_bytes("/v1/space", &create_bytes(2));
    let at = request.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let request = [&request[..at], from("203.0.113.9").as_bytes(), &request[at..]].concat();
    let mut raw = running.connect();
    raw.write_all(&request).unwrap();
    let mut first = [0; 512];
    let read = raw.read(&mut first).unwrap();
    let head = String::from_utf8_lossy(&first[..read]).to_lowercase();
    assert!(head.starts_with("http/1.1 429"), "{head}");
    let seconds: u64 = head
        .split("retry-after: ")
        .nth(1)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!((80_000..=86_400).contains(&seconds), "{seconds}");
    assert_eq!(
        post_with(&mut stream, "/v1/space", &from("198.51.100.1"), &create_bytes(2)).0,
        200
    );
    until_counted(&running, "cairn_relay_limited_total{limit=\"spaces\"} 1");
}

#[test]
fn a_block_with_too_many_connections_gets_no_more_until_one_is_over() {
    let running = Running::new(Limits {
        count_loopback: true,
        block_connections_max: 2,
        header_timeout: PATIENCE,
        ..Limits::default()
    });
    let mut held: Vec<_> = (0..2).map(|_| running.connect()).collect();
    for stream in &mut held {
        assert_eq!(post(stream, "/v1/unknown", &[]).0, 400);
    }
    let mut one_too_many = running.connect();
    // Closed by the relay, with or without what was sent having come.
    let _ = one_too_many.write_all(&request_bytes("/v1/unknown", &[]));
    let mut rest = Vec::new();
    let _ = one_too_many.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    until_counted(&running, "cairn_relay_limited_total{limit=\"connections\"} 1");
    drop(held.pop());
    until_counted(&running, "cairn_relay_connections 1");
    assert_eq!(post(&mut running.connect(), "/v1/unknown", &[]).0, 400);
}

#[test]
fn a_machine_of_its_own_is_not_counted_unless_the_operator_says_so() {
    let limits = Limits {
        block_requests_per_second: 1,
        block_requests_burst: 1,
        ..Limits::default()
    };
    let running = Running::new(limits);
    let mut stream = running.connect();
    for _ in 0..100 {
        assert_eq!(post(&mut stream, "/v1/unknown", &[]).0, 400);
    }
}

#[test]
fn a_session_that_asks_too_much_is_told_and_another_is_served() {
    let running = Running::new(Limits {
        session_requests_per_second: 1,
        session_requests_burst: 5,
        ..Limits::default()
    });
    let (one, two) = running.space();
    let mut stream = running.connect();
    let mut ask = |token| post(&mut stream, "/v1/read", &read_bytes(vec![since(token, 1, 0)], 0));
    let (status, body) = (0..10_000)
        .map(|_| ask(one))
        .find(|(status, _)| *status != 200)
        .unwrap();
    assert_eq!(
        (status, refusal(&body)),
        (429, Refusal::with(RefusalCode::RateLimited, 1))
    );
    assert_eq!(ask(two).0, 200);
    until_counted(&running, "cairn_relay_limited_total{limit=\"session\"} 1");
}
