//! Posting, against a push service on loopback.

use cairn_wire::message::{RingAnswer, RingRequest, WakeAnswer, WakeOp, WakeRequest};
use cairn_wire::{RegistrationId, WakeKey};

use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::Push;

const KEY: WakeKey = WakeKey::from_bytes([3; 32]);
const ID: RegistrationId = RegistrationId::from_bytes([4; 16]);

/// No waiting: what is due is due at once.
fn at_once() -> Limits {
    Limits {
        push_delay_min: Duration::ZERO,
        push_delay_max: Duration::ZERO,
        push_every: Duration::ZERO,
        ..Limits::default()
    }
}

fn running(push: Push) -> (Running, Token, Token) {
    let running = Running::with(|config| {
        config.limits = at_once();
        config.push = push;
        config.push_contact = Some("mailto:ops@relay.test".to_owned());
    });
    let (one, two) = running.space();
    (running, one, two)
}

fn named(service: &PushService) -> Push {
    Push::Named(vec![service.origin().parse().unwrap()])
}

/// Registers key 2 and answers what is kept.
fn register(running: &Running, token: Token, address: &str) {
    let bound = (space_id(1), public(&signing(2)), ID, 1);
    let request = WakeRequest {
        token,
        space: space_id(1),
        op: WakeOp::Put,
        registration: Some(ID),
        epoch: Some(1),
        is_alone: Some(true),
        sealed: Some(seal(&KEY, &bound, address).into()),
    };
    let now = clock::system_now_ms();
    let answer: WakeAnswer = ask(&running.relay, "wake", &request, now).unwrap();
    assert!(answer.wakes);
}

/// Rings after something was written: whoever rings without wakes nobody again.
fn ring(running: &Running, token: Token) {
    write(running, token);
    ring_only(running, token);
}

fn write(running: &Running, token: Token) {
    static WRITTEN: AtomicU32 = AtomicU32::new(1_000);
    let written = append_bytes(token, WRITTEN.fetch_add(1, Ordering::Relaxed));
    assert_eq!(post(&mut running.connect(), "/v1/append", &written).0, 200);
}

fn ring_only(running: &Running, token: Token) {
    let request = RingRequest {
        token,
        space: space_id(1),
        key: KEY,
        own: None,
    };
    let (status, body) = post(&mut running.connect(), "/v1/ring", &encode(&request));
    assert_eq!(status, 200);
    assert!(decode_canonical::<RingAnswer>(&body).unwrap().wakes);
}

#[test]
fn what_is_posted_has_no_word_in_it() {
    let service = PushService::start(&["201 Created"]);
    let (running, one, two) = running(named(&service));
    register(&running, two, &format!("{}/up/Abc?id=1", service.origin()));
    ring(&running, one);
    let heard = service.heard();
    let mut lines = heard.trim_end().split("\r\n");
    assert_eq!(lines.next(), Some("POST /up/Abc?id=1 HTTP/1.1"));
    let mut headers: Vec<_> = lines.map(|line| line.split_once(": ").unwrap()).collect();
    headers.sort_unstable();
    let authorization = headers.iter().position(|(name, _)| *name == "authorization").unwrap();
    let (_, authorization) = headers.remove(authorization);
    assert!(
        authorization.starts_with("vapid t=ey") && authorization.contains(", k=B"),
        "{authorization}"
    );
    let host = service.origin().replace("http://", "");
    assert_eq!(
        headers,
        [
            ("content-length", "0"),
            ("host", host.as_str()),
            ("topic", "sync"),
            ("ttl", "86400"),
            ("urgency", "normal")
        ]
    );
    until_counted(&running, r#"cairn_relay_wake_ups_total{outcome="taken"} 1"#);
    ring(&running, one);
    service.heard();
}

#[test]
fn a_subscription_that_is_over_is_forgotten() {
    for status in ["404 Not Found", "410 Gone"] {
        let service = PushService::start(&[status]);
        let (running, one, two) = running(named(&service));
        write(&running, one);
        let before = running.relay.digest().unwrap();
        register(&running, two, &service.origin());
        assert_ne!(running.relay.digest().unwrap(), before);
        ring_only(&running, one);
        service.heard();
        until_counted(&running, r#"cairn_relay_wake_ups_total{outcome="gone"} 1"#);
        let began = Instant::now();
        while running.relay.digest().unwrap() != before {
            assert!(began.elapsed() < PATIENCE, "its row stays");
        }
        ring(&running, one);
        assert!(running.relay.next_wake_up_ms().is_none() && service.is_silent());
    }
}

#[test]
fn a_service_that_is_busy_is_asked_once_more_and_no_redirect_is_followed() {
    let busy = "429 Too Many Requests\r\nretry-after: 0";
    let service = PushService::start(&[
        busy,
        busy,
        "302 Found\r\nlocation: /elsewhere",
        "503 Busy\r\nretry-after: 90000",
    ]);
    let (running, one, two) = running(named(&service));
    register(&running, two, &format!("{}/up", service.origin()));
    ring(&running, one);
    for _ in 0..2 {
        assert!(service.heard().starts_with("POST /up "));
    }
    until_counted(&running, r#"cairn_relay_wake_ups_total{outcome="put_off"} 2"#);
    assert!(
        running.relay.next_wake_up_ms().is_none() && service.is_silent(),
        "not a third time"
    );
    for dropped in 1..=2 {
        ring(&running, one);
        assert!(service.heard().starts_with("POST /up "));
        until_counted(
            &running,
            &format!("cairn_relay_wake_ups_total{{outcome=\"dropped\"}} {dropped}"),
        );
        assert!(running.relay.next_wake_up_ms().is_none() && service.is_silent());
    }
}

/// `localhost` is a name like any other until it is looked up: what it leads to is this machine.
#[test]
fn a_name_that_leads_into_ones_own_network_is_not_connected_to() {
    let service = PushService::start(&["201 Created"]);
    let (running, one, two) = running(Push::Public(vec![service.origin().parse().unwrap()]));
    for (at, address) in [
        "https://localhost/up",
        "https://127.0.0.1/up",
        "https://[::1]/",
        "https://169.254.169.254/latest",
    ]
    .into_iter()
    .enumerate()
    {
        register(&running, two, address);
        ring(&running, one);
        until_counted(
            &running,
            &format!("cairn_relay_wake_ups_total{{outcome=\"dropped\"}} {}", at + 1),
        );
    }
    assert!(service.is_silent());
    // What the operator has named is on this machine, and is meant to be.
    register(&running, two, &service.origin());
    ring(&running, one);
    service.heard();
}

#[test]
fn who_waits_to_read_is_not_woken() {
    let service = PushService::start(&["201 Created"]);
    let (running, one, two) = running(named(&service));
    register(&running, two, &format!("{}/two", service.origin()));
    let mut waiting = running.connect();
    let read = ReadRequest {
        spaces: vec![since(two, 1, 0)],
        bytes_max: 1 << 20,
        wait_ms: 20_000,
    };
    waiting.write_all(&request_bytes("/v1/read", &encode(&read))).unwrap();
    until_counted(&running, "cairn_relay_waiting 1");
    ring_only(&running, one);
    assert!(running.relay.next_wake_up_ms().is_none());
    assert_eq!(post(&mut running.connect(), "/v1/append", &append_bytes(one, 1)).0, 200);
    assert_eq!(answer(&mut waiting).0, 200);
    until_counted(&running, "cairn_relay_waiting 0");
    ring(&running, one);
    assert!(service.heard().starts_with("POST /two "));
    assert!(service.is_silent());
}

/// Two that are due, one thread: the second is looked at when the first was posted, and not before.
#[test]
fn whoever_is_unset_while_another_is_posted_is_silent() {
    let slow = SlowService::start();
    let running = Running::with(|config| {
        config.limits = Limits {
            push_at_once: 1,
            ..at_once()
        };
        config.push = Push::Named(vec![slow.origin().parse().unwrap()]);
    });
    let (one, two) = running.space();
    register(&running, two, &slow.origin());
    ring(&running, one);
    let first = slow.asked();
    // The thread is taken up: this one waits.
    ring(&running, one);
    let now = clock::system_now_ms();
    let unset = WakeRequest {
        token: two,
        space: space_id(1),
        op: WakeOp::Drop,
        registration: Some(ID),
        epoch: None,
        is_alone: None,
        sealed: None,
    };
    let _: WakeAnswer = ask(&running.relay, "wake", &unset, now).unwrap();
    assert!(running.relay.next_wake_up_ms().is_some(), "it was not taken yet");
    drop(first);
    until_counted(&running, r#"cairn_relay_wake_ups_total{outcome="dropped"} 1"#);
    let began = Instant::now();
    while running.relay.next_wake_up_ms().is_some() {
        assert!(began.elapsed() < PATIENCE, "it waits for ever");
    }
    assert!(slow.is_silent());
}

/// Takes connections and leaves it to the test when they end, without an answer.
struct SlowService(std::net::TcpListener);

impl SlowService {
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn origin(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    fn asked(&self) -> TcpStream {
        let began = Instant::now();
        loop {
            if let Ok((stream, _)) = self.0.accept() {
                return stream;
            }
            assert!(began.elapsed() < PATIENCE, "nobody came");
            std::thread::yield_now();
        }
    }

    fn is_silent(&self) -> bool {
        self.0.accept().is_err()
    }
}
