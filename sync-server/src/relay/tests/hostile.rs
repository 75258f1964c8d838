//! Bad bytes: a typed refusal, never a panic, never a change.

use cairn_wire::message::{
    AccessRequest, AckRequest, AppendRequest, BlobOp, ChallengeRequest, EpochRequest, EraseRequest, MailboxOp,
    MailboxRequest, ReadRequest, Refusal, SessionRequest, Side,
};
use cairn_wire::{CLOSES_SLOT, Header, MailboxId, Nonce, Token, decode_canonical, encode};
use proptest::prelude::*;

use crate::testing::*;
use crate::{Answer, Relay};

const NAMES: [&str; 13] = [
    "/v1/challenge",
    "/v1/session",
    "/v1/space",
    "/v1/append",
    "/v1/read",
    "/v1/ack",
    "/v1/erase",
    "/v1/epoch",
    "/v1/access",
    "/v1/blob",
    "/v1/mailbox",
    "/v1/unknown",
    "",
];

fn well_formed(answer: &Answer) {
    if answer.status != 200 {
        let refusal: Refusal = decode_canonical(&answer.body).unwrap();
        assert_eq!(answer.status, refusal.code.http_status());
        assert_ne!(answer.status, 503, "a panic or a failing store");
    }
}

/// One honest request for each endpoint that changes something, as `token` would send it.
fn honest(token: Token) -> Vec<(&'static str, Vec<u8>)> {
    let space = space_id(1);
    let plain = record(header(1, 77, 7), 100, 1);
    let tombstone = record(
        Header {
            flags: CLOSES_SLOT,
            ..header(1, 78, 7)
        },
        100,
        1,
    );
    let records = vec![plain.as_slice().into(), plain.as_slice().into()];
    vec![
        ("/v1/append", encode(&AppendRequest { token, space, records })),
        ("/v1/ack", encode(&AckRequest { token, space, n: 1 })),
        (
            "/v1/erase",
            encode(&EraseRequest {
                token,
                space,
                record: tombstone.as_slice().into(),
            }),
        ),
        (
            "/v1/epoch",
            encode(&EpochRequest {
                token,
                space,
                incarnation: 1,
                epoch: 1,
                n: 1,
                record: plain.as_slice().into(),
            }),
        ),
        (
            "/v1/access",
            encode(&AccessRequest {
                token,
                space,
                version: 1,
                add: vec![access(8, Side::Specialist, false)],
                remove: vec![],
                only: None,
            }),
        ),
        ("/v1/blob", encode(&super::blobs::part(token, 1, 7, &[9; 100], 0, 100))),
        ("/v1/blob", encode(&super::blobs::request(token, BlobOp::Read, 1))),
        ("/v1/blob", encode(&super::blobs::release(token, 1, 7))),
        (
            "/v1/space",
            encode(&create_request(
                space_id(5),
                1,
                vec![access(1, Side::Participant, true)],
            )),
        ),
        (
            "/v1/read",
            encode(&ReadRequest {
                spaces: vec![since(token, 1, 0)],
                bytes_max: 1 << 20,
                wait_ms: 0,
            }),
        ),
        ("/v1/challenge", encode(&ChallengeRequest { space })),
        (
            "/v1/session",
            encode(&SessionRequest {
                space,
                nonce: Nonce::from_bytes([1; 32]),
                key: public(&signing(1)),
                signature: sign(&signing(1), b"x"),
            }),
        ),
        (
            "/v1/mailbox",
            encode(&MailboxRequest {
                op: MailboxOp::Post,
                mailbox: MailboxId::from_bytes([1; 32]),
                index: 0,
                bytes: Some(b"m".as_slice().into()),
                wait_ms: 0,
                days: None,
            }),
        ),
    ]
}

fn with_one_record() -> (tempfile::TempDir, Relay, Token) {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 1), 100, 1)], NOW).unwrap();
    (dir, relay, token)
}

#[test]
fn arbitrary_bytes_to_every_endpoint_change_nothing() {
    let (_dir, relay, _) = with_one_record();
    let digest = relay.digest().unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(2_000));
    let bytes = proptest::collection::vec(any::<u8>(), 0..300);
    runner
        .run(&(0..NAMES.len(), bytes), |(name, bytes)| {
            well_formed(&relay.handle(NAMES[name], &bytes, NOW));
            Ok(())
        })
        .unwrap();
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn requests_cut_short_made_longer_or_bent_change_nothing_they_do_not_say() {
    let (_dir, relay, token) = with_one_record();
    let digest = relay.digest().unwrap();
    for (path, body) in honest(token) {
        for cut in (0..body.len()).step_by(3) {
            let answer = relay.handle(path, &body[..cut], NOW);
            well_formed(&answer);
            assert_ne!(answer.status, 200, "{path} cut at {cut}");
        }
        let mut longer = body.clone();
        longer.push(0);
        assert_ne!(relay.handle(path, &longer, NOW).status, 200);
        // With another first byte of the token nobody is known, whatever the rest says.
        let mut stranger = body.clone();
        if let Some(at) = body.windows(32).position(|window| window == token.as_bytes()) {
            stranger[at] ^= 1;
            well_formed(&relay.handle(path, &stranger, NOW));
        }
    }
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn every_flipped_bit_gets_a_typed_answer() {
    let (_dir, relay, token) = with_one_record();
    for (path, body) in honest(token) {
        for at in 0..body.len().min(160) {
            let mut bent = body.clone();
            bent[at] ^= 1 << (at % 8);
            well_formed(&relay.handle(path, &bent, NOW));
        }
    }
}

#[test]
fn bad_bytes_never_reach_the_store_from_people_without_a_session() {
    let (_dir, relay, _) = with_one_record();
    let digest = relay.digest().unwrap();
    for (path, body) in honest(Token::from_bytes([0; 32])) {
        if matches!(path, "/v1/space" | "/v1/mailbox") {
            continue;
        }
        let answer = relay.handle(path, &body, NOW);
        assert!(
            answer.status == 401 || matches!(path, "/v1/read" | "/v1/challenge"),
            "{path}"
        );
    }
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn a_request_longer_than_the_limit_is_refused_with_it() {
    let (_dir, relay, _) = with_one_record();
    let limit = cairn_wire::bounds::REQUEST_BYTES_MAX;
    for (len, status) in [(limit - 1, 400), (limit, 400), (limit + 1, 413)] {
        assert_eq!(relay.handle("/v1/append", &vec![0; len], NOW).status, status);
    }
}
