//! Who may ask: sessions, access, epochs, spaces.

use cairn_wire::bounds::ACCESS_KEYS_MAX;
use cairn_wire::message::{
    AccessAnswer, AccessRequest, AckAnswer, AckRequest, ChallengeAnswer, ChallengeRequest, EpochAnswer, EpochRequest,
    OutcomeCode, Refusal, RefusalCode, SessionAnswer, SessionRequest, Side, SpaceAnswer, SpaceOp, SpaceRequest,
};
use cairn_wire::{Header, PublicKey, Signature, Token, session_bytes};

use crate::Relay;
use crate::testing::*;

const NOT_AUTHORISED: Refusal = Refusal::new(RefusalCode::NotAuthorised);

fn change(
    relay: &Relay,
    token: Token,
    version: u64,
    add: Vec<cairn_wire::message::Access>,
    remove: &[u8],
) -> Result<u64, Refusal> {
    let request = AccessRequest {
        token,
        space: space_id(1),
        version,
        add,
        remove: remove.iter().map(|n| public(&signing(*n))).collect(),
        only: None,
    };
    ask::<_, AccessAnswer>(relay, "access", &request, NOW).map(|answer| answer.version)
}

#[test]
fn a_space_is_begun_once_and_answers_alike_when_begun_again() {
    let (_dir, relay) = relay();
    let first = create(&relay, 1, NOW);
    assert_eq!((first.epoch, first.head.n), (1, 0));
    assert_eq!(first.relay_key, relay.public_key());
    let digest = relay.digest().unwrap();
    assert_eq!(create(&relay, 1, NOW), first);
    assert_eq!(relay.digest().unwrap(), digest);

    let stranger = create_request(space_id(1), 9, vec![access(9, Side::Participant, true)]);
    let taken: Result<SpaceAnswer, _> = ask(&relay, "space", &stranger, NOW);
    assert_eq!(taken, Err(refused(RefusalCode::Conflict)));
    let device = create_request(space_id(1), 2, vec![access(2, Side::Participant, true)]);
    let taken: Result<SpaceAnswer, _> = ask(&relay, "space", &device, NOW);
    assert_eq!(
        taken,
        Err(refused(RefusalCode::Conflict)),
        "access, but not to administer"
    );
}

#[test]
fn a_space_is_begun_only_by_a_valid_request() {
    let (_dir, relay) = relay();
    let digest = relay.digest().unwrap();
    let try_it = |request: &SpaceRequest| ask::<_, SpaceAnswer>(&relay, "space", request, NOW).map(|_| ());
    let good = create_request(space_id(1), 1, vec![access(1, Side::Participant, true)]);
    let unsigned = SpaceRequest {
        signature: Signature::from_bytes([0; 64]),
        ..good.clone()
    };
    assert_eq!(try_it(&unsigned), Err(NOT_AUTHORISED));
    let moved = SpaceRequest {
        space: space_id(2),
        ..good.clone()
    };
    assert_eq!(try_it(&moved), Err(NOT_AUTHORISED));
    let other_signer = create_request(space_id(1), 2, vec![access(1, Side::Participant, true)]);
    assert_eq!(try_it(&other_signer), Err(NOT_AUTHORISED));
    let malformed = Err(refused(RefusalCode::Malformed));
    assert_eq!(try_it(&create_request(space_id(1), 1, vec![])), malformed);
    let powerless = vec![access(1, Side::Participant, false)];
    assert_eq!(try_it(&create_request(space_id(1), 1, powerless)), malformed);
    let twice = vec![access(1, Side::Participant, true); 2];
    assert_eq!(try_it(&create_request(space_id(1), 1, twice)), malformed);
    assert_eq!(relay.digest().unwrap(), digest);

    let keys = |count: u8| {
        (1..=count)
            .map(|n| access(n, Side::Participant, n == 1))
            .collect::<Vec<_>>()
    };
    let limit = ACCESS_KEYS_MAX as u64;
    assert_eq!(
        try_it(&create_request(space_id(1), 1, keys(65))),
        Err(Refusal::with(RefusalCode::TooLarge, limit))
    );
    assert_eq!(try_it(&create_request(space_id(1), 1, keys(64))), Ok(()));
    assert_eq!(try_it(&create_request(space_id(2), 1, keys(63))), Ok(()));
}

#[test]
fn a_session_asks_for_the_right_key_space_nonce_and_origin() {
    let (_dir, relay) = relay();
    create(&relay, 1, NOW);
    create(&relay, 2, NOW);
    let challenge = |space: u8| {
        let request = ChallengeRequest { space: space_id(space) };
        ask::<_, ChallengeAnswer>(&relay, "challenge", &request, NOW)
            .unwrap()
            .nonce
    };
    let attempt = |space: u8, key: u8, nonce, origin: &str, now| {
        let key = signing(key);
        let signed = session_bytes(origin, &space_id(space), &nonce, &public(&key));
        let request = SessionRequest {
            space: space_id(space),
            nonce,
            key: public(&key),
            signature: sign(&key, &signed),
        };
        ask::<_, SessionAnswer>(&relay, "session", &request, now).map(|answer| answer.administer)
    };
    assert_eq!(attempt(1, 1, challenge(1), ORIGIN, NOW), Ok(true));
    assert_eq!(attempt(1, 2, challenge(1), ORIGIN, NOW), Ok(false));
    assert_eq!(
        attempt(1, 9, challenge(1), ORIGIN, NOW),
        Err(NOT_AUTHORISED),
        "no access"
    );
    assert_eq!(
        attempt(9, 1, challenge(9), ORIGIN, NOW),
        Err(NOT_AUTHORISED),
        "no such space"
    );
    assert_eq!(
        attempt(1, 1, challenge(2), ORIGIN, NOW),
        Err(NOT_AUTHORISED),
        "another space's nonce"
    );
    assert_eq!(attempt(1, 1, challenge(1), "http://other", NOW), Err(NOT_AUTHORISED));
    assert_eq!(
        attempt(1, 1, challenge(1), ORIGIN, NOW + 30_000),
        Err(NOT_AUTHORISED),
        "late"
    );
    let nonce = challenge(1);
    assert_eq!(attempt(1, 1, nonce, ORIGIN, NOW), Ok(true));
    assert_eq!(attempt(1, 1, nonce, ORIGIN, NOW), Err(NOT_AUTHORISED), "twice");

    // A key of small order, for which a signature of zeros verifies without the strict check.
    let mut small = [0; 32];
    small[0] = 1;
    let request = SessionRequest {
        space: space_id(1),
        nonce: challenge(1),
        key: PublicKey::from_bytes(small),
        signature: Signature::from_bytes([0; 64]),
    };
    let answer: Result<SessionAnswer, _> = ask(&relay, "session", &request, NOW);
    assert_eq!(answer, Err(NOT_AUTHORISED));
}

#[test]
fn removing_a_key_ends_its_sessions_at_once_and_for_good() {
    let (_dir, relay) = relay();
    let admin = opened(&relay, 1);
    let device = begin_session(&relay, 1, 2, NOW).unwrap().token;
    append(&relay, device, 1, &[record(header(1, 1, 1), 72, 1)], NOW).unwrap();
    assert_eq!(
        change(&relay, device, 1, vec![], &[3]),
        Err(NOT_AUTHORISED),
        "does not administer"
    );
    assert_eq!(change(&relay, admin, 1, vec![], &[2]), Ok(2));

    let record = record(header(1, 2, 1), 72, 1);
    assert_eq!(append(&relay, device, 1, &[record], NOW), Err(NOT_AUTHORISED));
    let page = read_page(&relay, since(device, 1, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::NotAuthorised));
    assert!(page.items.is_empty() && page.head.is_none());
    let ack = AckRequest {
        token: device,
        space: space_id(1),
        n: 0,
    };
    assert_eq!(ask::<_, AckAnswer>(&relay, "ack", &ack, NOW), Err(NOT_AUTHORISED));
    assert_eq!(begin_session(&relay, 1, 2, NOW), Err(NOT_AUTHORISED));

    // Coming back gives new sessions, not the old ones.
    let again = vec![access(2, Side::Participant, false)];
    assert_eq!(change(&relay, admin, 2, again, &[]), Ok(3));
    let page = read_page(&relay, since(device, 1, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::NotAuthorised));
    assert!(begin_session(&relay, 1, 2, NOW).is_ok());
}

#[test]
fn a_list_that_is_set_whole_keeps_out_everybody_else_whoever_let_them_in() {
    let (_dir, relay) = relay();
    let admin = opened(&relay, 1);
    let strange = vec![access(7, Side::Participant, true)];
    assert_eq!(change(&relay, admin, 1, strange, &[]), Ok(2));
    let strange = begin_session(&relay, 1, 7, NOW).unwrap().token;
    let set = |add: Vec<cairn_wire::message::Access>, version| {
        let request = AccessRequest {
            token: admin,
            space: space_id(1),
            version,
            add,
            remove: Vec::new(),
            only: Some(true),
        };
        ask::<_, AccessAnswer>(&relay, "access", &request, NOW).map(|answer| answer.version)
    };
    let nobody = Err(Refusal::with(RefusalCode::Conflict, 2));
    assert_eq!(set(vec![], 2), nobody, "somebody administers");
    assert_eq!(set(vec![access(2, Side::Specialist, false)], 2), nobody);
    assert!(begin_session(&relay, 1, 7, NOW).is_ok(), "nothing was changed");
    let two = vec![access(1, Side::Participant, true), access(2, Side::Specialist, false)];
    assert_eq!(set(two, 2), Ok(3));
    assert_eq!(begin_session(&relay, 1, 7, NOW), Err(NOT_AUTHORISED));
    let late = record(header(1, 1, 1), 72, 1);
    assert_eq!(
        append(&relay, strange, 1, &[late], NOW),
        Err(NOT_AUTHORISED),
        "its session is over"
    );
    for known in [1, 2] {
        assert!(begin_session(&relay, 1, known, NOW).is_ok());
    }
}

#[test]
fn access_is_checked_when_the_answer_is_built_not_only_by_the_token() {
    let (_dir, relay) = relay();
    let admin = opened(&relay, 1);
    let device = begin_session(&relay, 1, 2, NOW).unwrap().token;
    assert_eq!(change(&relay, admin, 1, vec![], &[2]), Ok(2));
    // As if the session had outlived the removal: the store alone must refuse.
    relay.0.sessions.begin(&device, space_id(1), public(&signing(2)), NOW);
    let record = record(header(1, 1, 1), 72, 1);
    assert_eq!(append(&relay, device, 1, &[record], NOW), Err(NOT_AUTHORISED));
    let page = read_page(&relay, since(device, 1, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::NotAuthorised));
}

#[test]
fn access_changes_by_version_keeps_an_administrator_and_stays_bounded() {
    let (_dir, relay) = relay();
    let admin = opened(&relay, 1);
    let conflict = |version| Err(Refusal::with(RefusalCode::Conflict, version));
    assert_eq!(change(&relay, admin, 0, vec![], &[2]), conflict(1));
    assert_eq!(change(&relay, admin, 2, vec![], &[2]), conflict(1));
    assert_eq!(
        change(&relay, admin, 1, vec![], &[1]),
        conflict(1),
        "the last that administers"
    );
    let demoted = vec![access(1, Side::Participant, false)];
    assert_eq!(
        change(&relay, admin, 1, demoted, &[]),
        conflict(1),
        "nor can it step down"
    );

    let many = |upto: u8| {
        (4..=upto)
            .map(|n| access(n, Side::Participant, false))
            .collect::<Vec<_>>()
    };
    let too_large = Err(Refusal::with(RefusalCode::TooLarge, ACCESS_KEYS_MAX as u64));
    assert_eq!(change(&relay, admin, 1, many(65), &[]), too_large);
    assert_eq!(
        change(&relay, admin, 1, many(68), &[]),
        too_large,
        "a list too long by itself"
    );
    assert_eq!(change(&relay, admin, 1, many(64), &[]), Ok(2));
    let swap = vec![access(70, Side::Specialist, true)];
    assert_eq!(change(&relay, admin, 2, swap, &[1]), Ok(3), "handed over");
    assert_eq!(change(&relay, admin, 3, vec![], &[2]), Err(NOT_AUTHORISED));
}

fn swap(relay: &Relay, token: Token, epoch: u32, n: u64, id: u32) -> Result<(u64, u32), Refusal> {
    let header = Header {
        epoch,
        ..header(1, id, 9)
    };
    let record = record(header, 100, 1);
    let request = EpochRequest {
        token,
        space: space_id(1),
        incarnation: 1,
        epoch,
        n,
        record: record.as_slice().into(),
    };
    ask::<_, EpochAnswer>(relay, "epoch", &request, NOW).map(|answer| (answer.seq, answer.epoch))
}

#[test]
fn of_two_who_rotate_at_once_one_wins_and_the_other_is_told_where_the_space_stands() {
    let (_dir, relay) = relay();
    let one = opened(&relay, 1);
    let grown = vec![access(2, Side::Participant, true)];
    change(&relay, one, 1, grown, &[]).unwrap();
    let two = begin_session(&relay, 1, 2, NOW).unwrap().token;
    append(&relay, one, 1, &[record(header(1, 1, 1), 72, 1)], NOW).unwrap();

    assert_eq!(swap(&relay, one, 1, 1, 100), Ok((2, 2)));
    assert_eq!(
        swap(&relay, two, 1, 1, 200),
        Err(Refusal::with(RefusalCode::StaleEpoch, 2))
    );
    assert_eq!(
        swap(&relay, one, 1, 1, 100),
        Ok((2, 2)),
        "asked again after a lost answer"
    );
    assert_eq!(
        swap(&relay, two, 2, 1, 201),
        Err(Refusal::with(RefusalCode::Conflict, 2)),
        "has not read to the end"
    );
    assert_eq!(swap(&relay, two, 2, 2, 201), Ok((3, 3)));

    let old = record(header(1, 2, 1), 72, 1);
    let answer = append(&relay, one, 1, &[old], NOW).unwrap();
    assert_eq!(answer.results[0].code, OutcomeCode::StaleEpoch);
    assert_eq!(answer.results[0].value, 3);
    let new = record(
        Header {
            epoch: 3,
            ..header(1, 2, 1)
        },
        72,
        1,
    );
    assert_eq!(append(&relay, one, 1, &[new], NOW).unwrap().results, [stored(4)]);
}

#[test]
fn an_epoch_begins_only_by_its_own_call() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let device = begin_session(&relay, 1, 2, NOW).unwrap().token;
    assert_eq!(swap(&relay, device, 1, 0, 1), Err(NOT_AUTHORISED));
    // The same record appended as an ordinary one begins nothing, and cannot be made to begin one later.
    let link = record(header(1, 1, 9), 100, 1);
    append(&relay, token, 1, &[link], NOW).unwrap();
    assert_eq!(
        swap(&relay, token, 1, 1, 1),
        Err(Refusal::with(RefusalCode::Conflict, 1))
    );
    // What is swapped must be what the link was sealed under.
    let record = record(header(1, 2, 9), 100, 1);
    let request = EpochRequest {
        token,
        space: space_id(1),
        incarnation: 1,
        epoch: 2,
        n: 1,
        record: record.as_slice().into(),
    };
    let answer: Result<EpochAnswer, _> = ask(&relay, "epoch", &request, NOW);
    assert_eq!(answer, Err(refused(RefusalCode::Malformed)));
}

#[test]
fn a_closed_space_keeps_nothing_and_says_so_to_its_keys_only() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let device = begin_session(&relay, 1, 2, NOW).unwrap().token;
    append(&relay, token, 1, &[record(header(1, 1, 1), 500, 1)], NOW).unwrap();
    let close = |token| {
        let request = SpaceRequest {
            op: SpaceOp::Close,
            space: space_id(1),
            access: vec![],
            signature: Signature::from_bytes([0; 64]),
            token: Some(token),
            epoch: None,
            keep: None,
            at_ms: None,
        };
        ask::<_, SpaceAnswer>(&relay, "space", &request, NOW).map(|answer| answer.head.n)
    };
    assert_eq!(close(device), Err(NOT_AUTHORISED));
    assert_eq!(close(token), Ok(1));
    assert_eq!(close(token), Ok(1), "again");
    let closed = refused(RefusalCode::SpaceClosed);
    let record = record(header(1, 2, 1), 72, 1);
    assert_eq!(append(&relay, token, 1, &[record], NOW), Err(closed));
    let page = read_page(&relay, since(device, 1, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::SpaceClosed));
    begin_session(&relay, 1, 1, NOW).unwrap();
    assert_eq!(begin_session(&relay, 1, 9, NOW), Err(NOT_AUTHORISED));
    let again = create_request(space_id(1), 1, vec![access(1, Side::Participant, true)]);
    assert_eq!(ask::<_, SpaceAnswer>(&relay, "space", &again, NOW), Err(closed));
}
