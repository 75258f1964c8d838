//! Gates: a part is handed out to the other side alone, never unseen, and not after it was dropped or its slot or its day is over.

use cairn_wire::bounds::GATES_MAX;
use cairn_wire::message::{GateAnswer, GateOp, GateRequest, Refusal, RefusalCode, SpaceAnswer, SpaceOp, SpaceRequest};
use cairn_wire::{CLOSES_SLOT, GateId, GatePart, Header, Signature, SlotId, Token};

use super::erasing::{erase, found_in};
use crate::clock::DAY_MS;
use crate::testing::*;
use crate::{Relay, RelayConfig};

fn today() -> u16 {
    u16::try_from(NOW / DAY_MS).unwrap()
}

fn part(n: u8) -> GatePart {
    GatePart::from_bytes([n; 32])
}

fn request(token: Token, op: GateOp, slot: u8, gate: u8) -> GateRequest {
    GateRequest {
        token,
        space: space_id(1),
        op,
        slot: SlotId::from_bytes([slot; 16]),
        gate: GateId::from_bytes([gate; 16]),
        part: None,
        expires_day: None,
    }
}

fn put(relay: &Relay, token: Token, slot: u8, gate: u8, kept: u8) -> Result<GateAnswer, Refusal> {
    let put = GateRequest {
        part: Some(part(kept)),
        ..request(token, GateOp::Put, slot, gate)
    };
    ask(relay, "gate", &put, NOW)
}

fn take_at(relay: &Relay, token: Token, slot: u8, gate: u8, now_ms: u64) -> Option<GatePart> {
    let answer: GateAnswer = ask(relay, "gate", &request(token, GateOp::Take, slot, gate), now_ms).unwrap();
    assert_eq!((answer.is_there, answer.taken_day), (answer.part.is_some(), None));
    answer.part
}

fn take(relay: &Relay, token: Token, slot: u8, gate: u8) -> Option<GatePart> {
    take_at(relay, token, slot, gate, NOW)
}

/// Whether it is there, and since when something of its slot was taken.
fn look_at(relay: &Relay, token: Token, slot: u8, gate: u8, now_ms: u64) -> (bool, Option<u16>) {
    let answer: GateAnswer = ask(relay, "gate", &request(token, GateOp::Look, slot, gate), now_ms).unwrap();
    assert_eq!(
        answer.part, None,
        "whoever put it is told nothing but whether it was taken"
    );
    (answer.is_there, answer.taken_day)
}

fn look(relay: &Relay, token: Token, slot: u8, gate: u8) -> (bool, Option<u16>) {
    look_at(relay, token, slot, gate, NOW)
}

/// Takes it away, and says when something of its slot was taken.
fn drop_gate(relay: &Relay, token: Token, slot: u8, gate: u8) -> Option<u16> {
    let answer: GateAnswer = ask(relay, "gate", &request(token, GateOp::Drop, slot, gate), NOW).unwrap();
    assert_eq!((answer.is_there, answer.part), (false, None));
    answer.taken_day
}

/// A relay with sessions of the participant and of the specialist in space 1.
fn two() -> (tempfile::TempDir, Relay, Token, Token) {
    let (dir, relay) = relay();
    let participant = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    (dir, relay, participant, specialist)
}

#[test]
fn a_part_is_handed_out_to_the_other_side_and_the_first_time_is_noted() {
    let (_dir, relay, participant, specialist) = two();
    assert_eq!(take(&relay, specialist, 7, 1), None, "not there yet");
    let answer = put(&relay, participant, 7, 1, 9).unwrap();
    assert_eq!((answer.is_there, answer.part, answer.taken_day), (true, None, None));
    assert_eq!(look(&relay, participant, 7, 1), (true, None));

    assert_eq!(
        take(&relay, participant, 7, 1),
        None,
        "it is not the specialist's to put, nor the participant's to take"
    );
    assert_eq!(take(&relay, specialist, 7, 2), None, "another gate");
    assert_eq!(take(&relay, specialist, 8, 1), None, "another slot");
    assert_eq!(
        look(&relay, participant, 7, 1),
        (true, None),
        "nothing of that was a taking"
    );

    assert_eq!(take(&relay, specialist, 7, 1), Some(part(9)));
    assert_eq!(look(&relay, participant, 7, 1), (true, Some(today())));
    // Another device of theirs, a week later: it stays the first time that is said.
    assert_eq!(
        take_at(
            &relay,
            begin_session(&relay, 1, 3, NOW).unwrap().token,
            7,
            1,
            NOW + 60_000
        ),
        Some(part(9))
    );
    assert_eq!(look(&relay, participant, 7, 1), (true, Some(today())));
    // What the specialist looks at is their own side's.
    assert_eq!(look(&relay, specialist, 7, 1), (false, None));
}

#[test]
fn an_erased_slot_takes_its_gates_with_it_from_every_file_and_takes_no_other() {
    let (dir, relay, participant, specialist) = two();
    put(&relay, participant, 7, 1, 0xD7).unwrap();
    put(&relay, participant, 7, 2, 0xD8).unwrap();
    put(&relay, specialist, 7, 1, 3).unwrap();
    assert!(found_in(dir.path(), &[0xD7; 32]));
    let tombstone = Header {
        flags: CLOSES_SLOT,
        ..header(1, 1, 7)
    };
    erase(&relay, participant, &record(tombstone, 72, 1)).unwrap();
    assert_eq!(take(&relay, specialist, 7, 1), None);
    assert_eq!(take(&relay, specialist, 7, 2), None);
    assert!(!found_in(dir.path(), &[0xD7; 32]) && !found_in(dir.path(), &[0xD8; 32]));
    assert_eq!(
        look(&relay, participant, 7, 1),
        (false, None),
        "nobody had taken it, and nobody has"
    );
    assert_eq!(put(&relay, participant, 7, 3, 9), Err(refused(RefusalCode::SlotClosed)));
    assert_eq!(take(&relay, participant, 7, 1), Some(part(3)), "the other side's stays");
}

#[test]
fn one_that_is_dropped_leaves_no_byte_and_the_others_of_its_slot_stay() {
    let (dir, relay, participant, specialist) = two();
    put(&relay, participant, 7, 1, 0xD7).unwrap();
    assert_eq!(
        put(&relay, participant, 7, 1, 9),
        Err(refused(RefusalCode::Conflict)),
        "one gate has one part"
    );
    put(&relay, participant, 7, 1, 0xD7).unwrap();
    put(&relay, participant, 7, 2, 9).unwrap();
    assert_eq!(
        drop_gate(&relay, specialist, 7, 1),
        None,
        "what is there is not the specialist's to drop"
    );
    assert_eq!(look(&relay, participant, 7, 1), (true, None));
    // Once more is as once.
    for _ in 0..2 {
        assert_eq!(drop_gate(&relay, participant, 7, 1), None);
        assert!(!found_in(dir.path(), &[0xD7; 32]));
        assert_eq!(take(&relay, specialist, 7, 1), None);
        assert_eq!(look(&relay, participant, 7, 1), (false, None));
    }
    assert_eq!(look(&relay, participant, 7, 2), (true, None));
    assert_eq!(take(&relay, specialist, 7, 2), Some(part(9)));
}

#[test]
fn that_something_was_taken_is_told_when_its_gate_has_gone() {
    let (dir, relay, participant, specialist) = two();
    for slot in [7, 8, 9] {
        put(&relay, participant, slot, 1, 9).unwrap();
    }
    assert_eq!(take(&relay, specialist, 7, 1), Some(part(9)));
    assert_eq!(take(&relay, specialist, 8, 1), Some(part(9)));
    assert_eq!(drop_gate(&relay, participant, 7, 1), Some(today()));
    let later = put(&relay, participant, 7, 2, 9).unwrap();
    assert_eq!(later.taken_day, Some(today()), "of the gate before it");
    let tombstone = |slot: u8| Header {
        flags: CLOSES_SLOT,
        ..header(1, slot.into(), slot)
    };
    for slot in [8, 9] {
        erase(&relay, participant, &record(tombstone(slot), 72, slot)).unwrap();
    }
    drop(relay);
    let relay = relay_in(dir.path());
    let participant = begin_session(&relay, 1, 1, NOW).unwrap().token;
    assert_eq!(look(&relay, participant, 7, 1), (false, Some(today())));
    assert_eq!(look(&relay, participant, 8, 1), (false, Some(today())));
    assert_eq!(look(&relay, participant, 9, 1), (false, None));
}

#[test]
fn a_gate_is_not_there_after_its_last_day_and_is_swept_and_the_day_of_its_taking_stays() {
    let (dir, relay, participant, specialist) = two();
    let until = GateRequest {
        part: Some(part(0xD7)),
        expires_day: Some(today()),
        ..request(participant, GateOp::Put, 7, 1)
    };
    let _: GateAnswer = ask(&relay, "gate", &until, NOW).unwrap();
    assert_eq!(take(&relay, specialist, 7, 1), Some(part(0xD7)), "on that day it is");
    relay.sweep(NOW).unwrap();
    assert_eq!(look(&relay, participant, 7, 1), (true, Some(today())));
    let tomorrow = (u64::from(today()) + 1) * DAY_MS;
    let later = begin_session(&relay, 1, 3, tomorrow).unwrap().token;
    let own = begin_session(&relay, 1, 1, tomorrow).unwrap().token;
    assert_eq!(take_at(&relay, later, 7, 1, tomorrow), None);
    assert_eq!(look_at(&relay, own, 7, 1, tomorrow), (false, Some(today())));
    assert!(found_in(dir.path(), &[0xD7; 32]), "it waits to be swept");
    relay.sweep(tomorrow).unwrap();
    assert_eq!(look_at(&relay, own, 7, 1, tomorrow), (false, Some(today())));
    drop(relay);
    relay_in(dir.path()); // At start the log of changes is emptied.
    assert!(!found_in(dir.path(), &[0xD7; 32]));
}

#[test]
fn what_is_taken_is_noted_before_it_is_handed_out() {
    let (dir, relay, participant, specialist) = two();
    put(&relay, participant, 7, 1, 9).unwrap();
    assert_eq!(take(&relay, specialist, 7, 1), Some(part(9)));
    drop(relay);
    let relay = relay_in(dir.path());
    let participant = begin_session(&relay, 1, 1, NOW).unwrap().token;
    assert_eq!(look(&relay, participant, 7, 1), (true, Some(today())));
}

#[test]
fn closing_a_space_takes_its_gates() {
    let (dir, relay, participant, _) = two();
    put(&relay, participant, 7, 1, 0xD7).unwrap();
    let close = SpaceRequest {
        op: SpaceOp::Close,
        space: space_id(1),
        access: vec![],
        signature: Signature::from_bytes([0; 64]),
        token: Some(participant),
        keep: None,
        at_ms: None,
        epoch: None,
    };
    let _: SpaceAnswer = ask(&relay, "space", &close, NOW).unwrap();
    assert!(!found_in(dir.path(), &[0xD7; 32]));
    let look = request(participant, GateOp::Look, 7, 1);
    let answer: Result<GateAnswer, _> = ask(&relay, "gate", &look, NOW);
    assert_eq!(answer, Err(refused(RefusalCode::SpaceClosed)));
}

#[test]
fn strangers_and_requests_that_say_too_much_or_too_little_are_refused() {
    let (_dir, relay, participant, specialist) = two();
    create(&relay, 2, NOW);
    let elsewhere = begin_session(&relay, 2, 1, NOW).unwrap().token;
    let digest = relay.digest().unwrap();
    let answer = |request: &GateRequest| ask::<_, GateAnswer>(&relay, "gate", request, NOW).unwrap_err();
    for token in [Token::from_bytes([5; 32]), elsewhere] {
        for op in [GateOp::Put, GateOp::Take, GateOp::Look, GateOp::Drop] {
            let asked = GateRequest {
                part: (op == GateOp::Put).then_some(part(1)),
                ..request(token, op, 7, 1)
            };
            assert_eq!(answer(&asked), refused(RefusalCode::NotAuthorised));
        }
    }
    let bare = request(participant, GateOp::Put, 7, 1);
    let with_part = GateRequest {
        part: Some(part(1)),
        ..bare
    };
    for malformed in [
        bare,
        GateRequest {
            expires_day: Some(0),
            ..with_part
        },
        GateRequest {
            op: GateOp::Take,
            ..with_part
        },
        GateRequest {
            op: GateOp::Look,
            expires_day: Some(today()),
            ..bare
        },
        GateRequest {
            op: GateOp::Drop,
            ..with_part
        },
    ] {
        assert_eq!(answer(&malformed), refused(RefusalCode::Malformed));
    }
    assert_eq!(take(&relay, specialist, 7, 1), None);
    assert_eq!(relay.digest().unwrap(), digest, "nothing was written");
}

#[test]
fn a_side_has_so_many_gates_and_the_other_still_has_its_own() {
    let (_dir, relay, participant, specialist) = two();
    let slot = |n: usize| {
        let mut slot = [0; 16];
        slot[..8].copy_from_slice(&n.to_le_bytes());
        SlotId::from_bytes(slot)
    };
    let put_at = |token, n| {
        let put = GateRequest {
            slot: slot(n),
            part: Some(part(1)),
            ..request(token, GateOp::Put, 0, 1)
        };
        cairn_wire::encode(&put)
    };
    let bodies: Vec<Vec<u8>> = (0..GATES_MAX).map(|n| put_at(participant, n)).collect();
    for group in bodies.chunks(512) {
        let group: Vec<(&str, &[u8])> = group.iter().map(|body| ("/v1/gate", body.as_slice())).collect();
        assert!(
            relay
                .handle_group(&group, NOW)
                .iter()
                .all(|answer| answer.status == 200)
        );
    }
    let status = |body: &[u8]| relay.handle("/v1/gate", body, NOW).status;
    assert_eq!(
        status(&put_at(participant, 9_999)),
        RefusalCode::OverQuota.http_status()
    );
    assert_eq!(status(&put_at(participant, 5)), 200, "one that is there");
    assert_eq!(status(&put_at(specialist, 9_999)), 200);
}

#[test]
fn the_days_of_so_many_slots_are_known_and_then_the_oldest_is_forgotten() {
    let (dir, relay, participant, specialist) = two();
    put(&relay, participant, 7, 1, 9).unwrap();
    put(&relay, participant, 8, 1, 9).unwrap();
    assert_eq!(take(&relay, specialist, 7, 1), Some(part(9)));
    drop(relay);
    let known = GATES_MAX - 1;
    let (counting, slot) = if is_on_postgres() {
        (
            "generate_series(1, {}) AS n (i)",
            "decode(lpad(to_hex(i), 32, '0'), 'hex')",
        )
    } else {
        (
            "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) SELECT i FROM n)",
            "CAST(printf('%016d', i) AS BLOB)",
        )
    };
    let counting = counting.replace("{}", &known.to_string());
    let space = if is_on_postgres() { "space" } else { "space_no" };
    change(
        dir.path(),
        &format!(
            "INSERT INTO gate_taken ({space}, slot, side, day) SELECT {space}, {slot}, side, day + 1 FROM {counting}, gate_taken"
        ),
    );
    let relay = relay_in(dir.path());
    let [participant, specialist] = [1, 3].map(|key| begin_session(&relay, 1, key, NOW).unwrap().token);
    assert_eq!(look(&relay, participant, 7, 1).1, Some(today()));
    assert_eq!(take(&relay, specialist, 8, 1), Some(part(9)));
    assert_eq!(
        look(&relay, participant, 8, 1).1,
        Some(today()),
        "the one that is noted now is not the one that goes"
    );
    assert_eq!(look(&relay, participant, 7, 1).1, None);
}

/// A store of a relay that knew no gates is opened, keeps what it had, and has them.
#[test]
fn a_store_of_before_gains_gates_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let relay = relay_in(dir.path());
    let token = opened(&relay, 1);
    append(&relay, token, 1, &[record(header(1, 1, 7), 500, 1)], NOW).unwrap();
    drop(relay);
    let store = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    store
        .execute_batch("DROP TABLE gate; DROP TABLE gate_taken; DROP TABLE wake; PRAGMA user_version = 1;")
        .unwrap();
    drop(store);

    let relay = Relay::open(&RelayConfig::new(threaded_in(dir.path()), ORIGIN), counted_entropy()).unwrap();
    let participant = begin_session(&relay, 1, 1, NOW).unwrap().token;
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    assert_eq!(read_page(&relay, since(participant, 1, 0), 1 << 20, NOW).items.len(), 1);
    put(&relay, participant, 7, 1, 9).unwrap();
    assert_eq!(take(&relay, specialist, 7, 1), Some(part(9)));
    drop(relay);
    let store = rusqlite::Connection::open(dir.path().join("relay.db")).unwrap();
    store.execute_batch("PRAGMA user_version = 4;").unwrap();
    drop(store);
    let newer = Relay::open(&RelayConfig::new(threaded_in(dir.path()), ORIGIN), counted_entropy());
    assert!(matches!(newer, Err(crate::StoreError::TooNew)));
}
