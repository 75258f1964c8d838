//! A phone that sleeps, the relay's own program, and a push service on loopback.

use cairn_wire::message::{AccessAnswer, AccessRequest, RingAnswer, RingRequest, WakeAnswer, WakeOp, WakeRequest};
use cairn_wire::{RegistrationId, WakeKey, wake};
use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};

use super::push_service::PushService;
use super::*;

const WAKE_KEY: WakeKey = WakeKey::from_bytes([0x6B; 32]);
const PHONE: RegistrationId = RegistrationId::from_bytes([0x7C; 16]);

/// What the phone's app was given by its push service.
const PATH: &str = "/UP?token=only-for-this-phone";

fn put(token: Token, origin: &str) -> Vec<u8> {
    let bound = wake::registration_bytes(&SPACE, &key(), &PHONE, 1);
    let mut padded = wake::padded(&format!("{origin}{PATH}")).unwrap();
    let nonce = [0x2E; wake::NONCE_BYTES];
    let tag = XChaCha20Poly1305::new(WAKE_KEY.as_bytes().into())
        .encrypt_inout_detached((&nonce).into(), &bound, padded.as_mut_slice().into())
        .unwrap();
    let sealed = [&[wake::VERSION][..], &nonce, &padded, &tag].concat();
    encode(&WakeRequest {
        token,
        space: SPACE,
        op: WakeOp::Put,
        registration: Some(PHONE),
        epoch: Some(1),
        is_alone: Some(true),
        sealed: Some(sealed.into()),
    })
}

fn ring(program: &Program, token: Token) -> bool {
    let request = RingRequest {
        token,
        space: SPACE,
        key: WAKE_KEY,
        own: None,
    };
    let (status, body) = program.ask("ring", &encode(&request));
    assert_eq!(status, 200);
    decode_canonical::<RingAnswer>(&body).unwrap().wakes
}

fn wakes(program: &Program, request: &[u8]) -> bool {
    let (status, body) = program.ask("wake", request);
    assert_eq!(status, 200);
    decode_canonical::<WakeAnswer>(&body).unwrap().wakes
}

#[test]
fn a_phone_that_sleeps_is_woken_once_without_a_word_and_nothing_at_rest_says_where_it_is() {
    let service = PushService::start(&["201 Created"]);
    let origin = service.origin();
    let more = [
        "--push",
        "named",
        "--push-services",
        &origin,
        "--push-delay-min-ms",
        "0",
        "--push-delay-max-ms",
        "300",
    ];
    let program = Program::start(&[&more[..], &["--push-every-ms", "0", "--log", "debug"]].concat());
    let token = enter(&program);
    assert!(wakes(&program, &put(token, &origin)));
    // What somebody writes in ten pieces is one wake-up: nothing is posted before the last, because the phone reads between none of them.
    for n in 0..10 {
        let record = record([n; 16], &content());
        let request = AppendRequest {
            token,
            space: SPACE,
            records: vec![record.as_slice().into()],
        };
        assert_eq!(program.ask("append", &encode(&request)).0, 200);
    }
    assert!(ring(&program, token));
    let heard = service.heard();
    assert!(heard.starts_with(&format!("POST {PATH} HTTP/1.1\r\n")), "{heard}");
    for header in [
        "content-length: 0\r\n",
        "ttl: 86400\r\n",
        "urgency: normal\r\n",
        "authorization: vapid t=",
    ] {
        assert!(heard.contains(header), "{heard}");
    }
    assert!(service.is_silent());

    // Taken back, it stays silent.
    let unset = WakeRequest {
        token,
        space: SPACE,
        op: WakeOp::Drop,
        registration: Some(PHONE),
        epoch: None,
        is_alone: None,
        sealed: None,
    };
    assert!(wakes(&program, &put(token, &origin)));
    let files: Vec<Vec<u8>> = std::fs::read_dir(program.dir.path())
        .unwrap()
        .filter_map(|file| std::fs::read(file.unwrap().path()).ok())
        .collect();
    let is_found = |needle: &[u8]| {
        files
            .iter()
            .any(|file| file.windows(needle.len()).any(|window| window == needle))
    };
    assert!(is_found(PHONE.as_bytes()), "the search finds what is there");
    for said in [origin.as_bytes(), PATH.as_bytes(), b"127.0.0.1", WAKE_KEY.as_bytes()] {
        assert!(!is_found(said), "{}", String::from_utf8_lossy(said));
    }
    assert!(wakes(&program, &encode(&unset)));
    assert!(ring(&program, token));

    // So does one whose key was shut out; who is let in again registers again.
    let access = |version: u64, only: bool| AccessRequest {
        token,
        space: SPACE,
        version,
        add: vec![Access {
            key: PublicKey::from_bytes(SigningKey::from_bytes(&[0x5B; 32]).verifying_key().to_bytes()),
            side: Side::Participant,
            administer: true,
        }],
        remove: if only { vec![key()] } else { vec![] },
        only: None,
    };
    assert!(wakes(&program, &put(token, &origin)));
    let (status, body) = program.ask("access", &encode(&access(1, true)));
    assert_eq!(status, 200);
    let _: AccessAnswer = decode_canonical(&body).unwrap();
    assert!(service.is_silent());
    program.signal("TERM");
    let (code, log) = program.ended();
    assert_eq!(code, Some(0), "{log}");
    for said in [PATH, "127.0.0.1:", "only-for-this-phone"] {
        assert!(!log.contains(said), "{log}");
    }
}

#[test]
fn a_relay_as_it_comes_wakes_nobody_and_says_so() {
    let program = Program::start(&[]);
    let token = enter(&program);
    assert!(!wakes(&program, &put(token, "https://push.example")));
    assert!(!ring(&program, token));
}
