//! A space that is closed at a time to come, and what of it stays readable for a while.

use cairn_wire::message::{
    AckAnswer, AckRequest, BlobOp, BlobRequest, Page, ReadSpace, Refusal, RefusalCode, Side, SpaceAnswer, SpaceOp,
    SpaceRequest,
};
use cairn_wire::{BlobId, Record, Sealed, Signature, SlotId, Token};
use ed25519_dalek::VerifyingKey;

use crate::Relay;
use crate::clock::DAY_MS;
use crate::limits::REPLACED_DAYS_MAX;
use crate::testing::*;

fn request(token: Token, op: SpaceOp) -> SpaceRequest {
    SpaceRequest {
        op,
        space: space_id(1),
        access: vec![],
        signature: Signature::from_bytes([0; 64]),
        token: Some(token),
        keep: None,
        at_ms: None,
        epoch: None,
    }
}

fn close(token: Token, keep: &[u8], at_ms: Option<u64>) -> SpaceRequest {
    SpaceRequest {
        keep: Some(keep.iter().map(|slot| SlotId::from_bytes([*slot; 16])).collect()),
        at_ms,
        ..request(token, SpaceOp::Close)
    }
}

/// Asks, and says whether the space is closed by the relay's own signature.
fn is_closed(relay: &Relay, request: &SpaceRequest, now_ms: u64) -> Result<bool, Refusal> {
    let answer: SpaceAnswer = ask(relay, "space", request, now_ms)?;
    verify_head(relay, &answer.head);
    Ok(answer.closed.is_some_and(|closed| {
        let key = VerifyingKey::from_bytes(relay.public_key().as_bytes()).unwrap();
        let signature = ed25519_dalek::Signature::from_bytes(closed.signature.as_bytes());
        key.verify_strict(&closed.signed_bytes(), &signature).unwrap();
        closed.space == space_id(1) && closed.time_ms == now_ms
    }))
}

fn until(token: Token) -> ReadSpace {
    ReadSpace {
        since: None,
        until: Some(u64::MAX),
        ..since(token, 1, 0)
    }
}

fn slots(token: Token, slots: &[u8]) -> ReadSpace {
    ReadSpace {
        since: None,
        slots: Some(slots.iter().map(|slot| SlotId::from_bytes([*slot; 16])).collect()),
        ..since(token, 1, 0)
    }
}

fn seqs(page: &Page<'_>) -> Vec<u64> {
    assert!(
        page.items.iter().all(|item| item.record.is_some()),
        "nothing but whole records"
    );
    page.items.iter().map(|item| item.seq).collect()
}

/// Key 1 has appended records 1 to 5: of slots 7, 8, 7 again in the place of the first, 9, and 8 without a replacement.
fn filled() -> (tempfile::TempDir, Relay, Token) {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let replacing = cairn_wire::Header {
        merged_upto: 2,
        ..header(1, 3, 7)
    };
    let records = [
        record(header(1, 1, 7), 100, 0xa1),
        record(header(1, 2, 8), 100, 0xa2),
        record(replacing, 100, 0xa3),
        record(header(1, 4, 9), 100, 0xa4),
        record(header(1, 5, 8), 100, 0xa5),
    ];
    append(&relay, token, 1, &records, NOW).unwrap();
    (dir, relay, token)
}

fn files_hold(dir: &std::path::Path, fill: u8) -> bool {
    let needle = [fill; 72];
    if is_on_postgres() {
        return found_in_rows(dir, &needle);
    }
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap_or_default();
        bytes.windows(needle.len()).any(|at| at == needle)
    })
}

#[test]
fn what_is_closed_at_once_keeps_the_slots_that_are_named_and_nothing_else() {
    let (dir, relay, token) = filled();
    assert!(files_hold(dir.path(), 0xa2));
    assert_eq!(is_closed(&relay, &close(token, &[7, 9, 200], None), NOW), Ok(true));
    let page = read_page(&relay, until(token), 1 << 20, NOW);
    assert_eq!((seqs(&page), page.head.unwrap().n), (vec![1, 3, 4], 5));
    assert!(page.closed.is_some());
    let page = read_page(&relay, slots(token, &[9, 8]), 1 << 20, NOW);
    assert_eq!(seqs(&page), [4]);
    let record = page.items[0].record.as_ref().unwrap();
    assert_eq!(Record::parse(record).unwrap().header.slot, [9; 16].into());
    let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
    assert_eq!(page.refusal, Some(RefusalCode::SpaceClosed));
    assert!(page.closed.is_some() && page.items.is_empty());
    for gone in [0xa2, 0xa5] {
        assert!(!files_hold(dir.path(), gone), "in a page or in the log of changes");
    }
    assert!(files_hold(dir.path(), 0xa3));
    // Another device comes later and may read the same; a stranger reads nothing.
    let device = begin_session(&relay, 1, 2, NOW).unwrap().token;
    assert_eq!(seqs(&read_page(&relay, until(device), 1 << 20, NOW)), [1, 3, 4]);
    assert_eq!(
        begin_session(&relay, 1, 9, NOW),
        Err(refused(RefusalCode::NotAuthorised))
    );
    assert_eq!(
        is_closed(&relay, &request(token, SpaceOp::Stay), NOW),
        Ok(true),
        "closed for ever"
    );
    assert_eq!(is_closed(&relay, &close(token, &[], Some(NOW + 1)), NOW), Ok(true));
    assert_eq!(seqs(&read_page(&relay, until(device), 1 << 20, NOW)), [1, 3, 4]);
}

#[test]
fn a_space_closes_when_its_time_has_come_before_anything_more_is_answered() {
    let at = NOW + DAY_MS;
    // Whatever comes first after that time finds it closed.
    type First = fn(&Relay, Token);
    let firsts: [(&str, First); 5] = [
        ("the sweep", |relay, _| relay.sweep(NOW + DAY_MS).unwrap()),
        ("a read", |relay, token| {
            let page = read_page(relay, since(token, 1, 0), 1 << 20, NOW + DAY_MS);
            assert_eq!(page.refusal, Some(RefusalCode::SpaceClosed));
        }),
        ("a record", |relay, token| {
            let more = record(header(1, 6, 9), 100, 1);
            let appended = append(relay, token, 1, &[more], NOW + DAY_MS);
            assert_eq!(appended, Err(refused(RefusalCode::SpaceClosed)));
        }),
        ("an acknowledgement", |relay, token| {
            let ack = AckRequest {
                token,
                space: space_id(1),
                n: 1,
            };
            let answer: Result<AckAnswer, _> = ask(relay, "ack", &ack, NOW + DAY_MS);
            assert_eq!(answer, Err(refused(RefusalCode::SpaceClosed)));
        }),
        ("a blob", |relay, token| {
            let stat = BlobRequest {
                token,
                space: space_id(1),
                op: BlobOp::Stat,
                blob: BlobId::from_bytes([1; 32]),
                slot: None,
                offset: 0,
                total: 0,
                bytes: Sealed::default(),
                bytes_max: 0,
            };
            let answer = relay.handle("/v1/blob", &cairn_wire::encode(&stat), NOW + DAY_MS);
            assert_eq!(answer.status, 410);
        }),
    ];
    for (name, first) in firsts {
        let (dir, relay, token) = filled();
        assert_eq!(
            is_closed(&relay, &close(token, &[9], Some(at)), NOW),
            Ok(false),
            "{name}"
        );
        relay.sweep(at - 1).unwrap();
        let page = read_page(&relay, since(token, 1, 0), 1 << 20, NOW);
        assert_eq!(page.items.len(), 5, "{name}: until then it is as it was");
        let late = begin_session(&relay, 1, 1, at - 1).unwrap().token;
        first(&relay, late);
        assert!(!files_hold(dir.path(), 0xa2), "{name}");
        let late = begin_session(&relay, 1, 1, at).unwrap().token;
        assert_eq!(seqs(&read_page(&relay, until(late), 1 << 20, at)), [4], "{name}");
    }
}

#[test]
fn a_time_to_come_can_be_taken_back_and_changed_by_whoever_administers() {
    let (_dir, relay, token) = filled();
    let device = begin_session(&relay, 1, 2, NOW).unwrap().token;
    let not_authorised = Err(refused(RefusalCode::NotAuthorised));
    assert_eq!(
        is_closed(&relay, &close(device, &[], Some(NOW + 10)), NOW),
        not_authorised
    );
    assert_eq!(is_closed(&relay, &close(token, &[], Some(NOW + 10)), NOW), Ok(false));
    assert_eq!(is_closed(&relay, &request(device, SpaceOp::Stay), NOW), not_authorised);
    assert_eq!(is_closed(&relay, &request(token, SpaceOp::Stay), NOW), Ok(false));
    relay.sweep(NOW + 11).unwrap();
    assert_eq!(read_page(&relay, since(token, 1, 0), 1 << 20, NOW + 11).items.len(), 5);
    // Asked again, the last time counts, and so do its slots.
    is_closed(&relay, &close(token, &[7], Some(NOW + 20)), NOW + 11).unwrap();
    is_closed(&relay, &close(token, &[9], Some(NOW + 30)), NOW + 11).unwrap();
    assert_eq!(read_page(&relay, since(token, 1, 0), 1 << 20, NOW + 29).items.len(), 5);
    assert_eq!(seqs(&read_page(&relay, until(token), 1 << 20, NOW + 30)), [4]);
}

#[test]
fn what_a_closed_space_has_kept_goes_too_after_its_days() {
    let (dir, relay, token) = filled();
    is_closed(&relay, &close(token, &[7], None), NOW).unwrap();
    let last = NOW + REPLACED_DAYS_MAX * DAY_MS;
    relay.sweep(last - 1).unwrap();
    let late = begin_session(&relay, 1, 1, last - 1).unwrap().token;
    assert_eq!(seqs(&read_page(&relay, until(late), 1 << 20, last - 1)), [1, 3]);
    relay.sweep(last).unwrap();
    let late = begin_session(&relay, 1, 1, last).unwrap().token;
    let page = read_page(&relay, until(late), 1 << 20, last);
    assert!(page.items.is_empty() && page.closed.is_some());
    let again = create_request(space_id(1), 1, vec![access(1, Side::Participant, true)]);
    let again: Result<SpaceAnswer, _> = ask(&relay, "space", &again, last);
    assert_eq!(again, Err(refused(RefusalCode::SpaceClosed)), "for ever");
    drop(relay);
    drop(relay_in(dir.path()));
    assert!(!files_hold(dir.path(), 0xa1) && !files_hold(dir.path(), 0xa3));
}

#[test]
fn another_relay_process_holds_to_the_same_time() {
    let (dir, relay, token) = filled();
    is_closed(&relay, &close(token, &[9], Some(NOW + 10)), NOW).unwrap();
    drop(relay);
    let relay = relay_in(dir.path());
    let token = begin_session(&relay, 1, 1, NOW + 10).unwrap().token;
    assert_eq!(seqs(&read_page(&relay, until(token), 1 << 20, NOW + 10)), [4]);
}

#[test]
fn a_create_that_speaks_of_closing_and_a_stay_that_does_are_no_requests() {
    let (_dir, relay, token) = filled();
    let malformed = Err(refused(RefusalCode::Malformed));
    let stay = SpaceRequest {
        at_ms: Some(1),
        ..request(token, SpaceOp::Stay)
    };
    assert_eq!(is_closed(&relay, &stay, NOW), malformed);
    let create = SpaceRequest {
        keep: Some(vec![]),
        ..create_request(space_id(2), 1, vec![access(1, Side::Participant, true)])
    };
    assert_eq!(is_closed(&relay, &create, NOW), malformed);
    let many = SpaceRequest {
        keep: Some(vec![[1; 16].into(); cairn_wire::bounds::CLOSE_KEEP_SLOTS_MAX + 1]),
        ..request(token, SpaceOp::Close)
    };
    assert_eq!(is_closed(&relay, &many, NOW).unwrap_err().code, RefusalCode::TooLarge);
}
