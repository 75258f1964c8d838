//! Blobs: put in parts, durable before they are acknowledged, read by both sides, gone with their last slot.

use std::path::{Path, PathBuf};

use cairn_wire::bounds::{BLOB_BYTES_MAX, BLOB_PART_BYTES_MAX};
use cairn_wire::message::{
    AccessAnswer, AccessRequest, BlobAnswer, BlobOp, BlobRequest, Refusal, RefusalCode, SpaceAnswer, SpaceOp,
    SpaceRequest,
};
use cairn_wire::{BlobId, CLOSES_SLOT, Header, Signature, SlotId, Token, decode_canonical, encode};

use super::erasing::erase;
use crate::clock::DAY_MS;
use crate::testing::*;
use crate::{Relay, RelayConfig, StoreConfig};

/// A blob as it stands.
pub(super) type Stands = (u64, u64, bool);

/// What is answered where there is no such blob.
pub(super) const NONE: Stands = (0, 0, false);

pub(super) fn blob_id(n: u8) -> BlobId {
    BlobId::from_bytes([n; 32])
}

/// A request of space 1 that says nothing but what it is for.
pub(super) fn request(token: Token, op: BlobOp, blob: u8) -> BlobRequest<'static> {
    BlobRequest {
        token,
        space: space_id(1),
        op,
        blob: blob_id(blob),
        slot: None,
        offset: 0,
        total: 0,
        bytes: vec![].into(),
        bytes_max: 0,
    }
}

/// Asks, and answers how the blob stands and which bytes came.
pub(super) fn send(relay: &Relay, request: &BlobRequest<'_>, now_ms: u64) -> Result<(Stands, Vec<u8>), Refusal> {
    let answer = relay.handle("/v1/blob", &encode(request), now_ms);
    if answer.status != 200 {
        let refusal: Refusal = decode_canonical(&answer.body).unwrap();
        assert_eq!(answer.status, refusal.code.http_status());
        return Err(refusal);
    }
    let answer: BlobAnswer<'_> = decode_canonical(&answer.body).unwrap();
    Ok(((answer.have, answer.total, answer.complete), answer.bytes.into_vec()))
}

/// A put of the bytes of `whole` in a range, under a slot.
pub(super) fn part(token: Token, blob: u8, slot: u8, whole: &[u8], from: usize, upto: usize) -> BlobRequest<'static> {
    BlobRequest {
        slot: Some(SlotId::from_bytes([slot; 16])),
        offset: from as u64,
        total: whole.len() as u64,
        bytes: whole[from..upto].to_vec().into(),
        ..request(token, BlobOp::Put, blob)
    }
}

/// Puts a whole blob under slot 7.
fn put_whole(relay: &Relay, token: Token, blob: u8, whole: &[u8]) {
    let stands = send(relay, &part(token, blob, 7, whole, 0, whole.len()), NOW)
        .unwrap()
        .0;
    assert_eq!(stands, (whole.len() as u64, whole.len() as u64, true));
}

fn stat(relay: &Relay, token: Token, blob: u8) -> Stands {
    send(relay, &request(token, BlobOp::Stat, blob), NOW).unwrap().0
}

pub(super) fn read(relay: &Relay, token: Token, blob: u8, offset: u64, bytes_max: u32, now_ms: u64) -> Vec<u8> {
    let read = BlobRequest {
        offset,
        bytes_max,
        ..request(token, BlobOp::Read, blob)
    };
    send(relay, &read, now_ms).unwrap().1
}

pub(super) fn release(token: Token, blob: u8, slot: u8) -> BlobRequest<'static> {
    BlobRequest {
        slot: Some(SlotId::from_bytes([slot; 16])),
        ..request(token, BlobOp::Release, blob)
    }
}

/// Bytes that no shift of themselves equals.
pub(super) fn content(n: u8, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
    bytes
}

pub(super) fn tombstone(id: u32, slot: u8) -> Vec<u8> {
    let header = Header {
        flags: CLOSES_SLOT,
        ..header(1, id, slot)
    };
    record(header, 72, 1)
}

/// The files of blobs, in the order of their names.
pub(super) fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir.join("blobs")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// The one file there is.
fn file(dir: &Path) -> PathBuf {
    let files = files(dir);
    assert_eq!(files.len(), 1);
    files[0].clone()
}

fn close(relay: &Relay, token: Token) {
    let request = SpaceRequest {
        op: SpaceOp::Close,
        space: space_id(1),
        access: vec![],
        signature: Signature::from_bytes([0; 64]),
        token: Some(token),
    };
    let _: SpaceAnswer = ask(relay, "space", &request, NOW).unwrap();
}

#[test]
fn a_blob_put_in_parts_is_read_by_both_sides_in_any_ranges() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let whole = content(1, 3_000);
    assert_eq!(stat(&relay, token, 1), NONE);
    for (from, upto) in [(0, 1_000), (1_000, 1_001), (1_001, 3_000)] {
        assert_eq!(read(&relay, specialist, 1, 0, 10, NOW), b"", "not before it is whole");
        let stands = send(&relay, &part(token, 1, 7, &whole, from, upto), NOW).unwrap().0;
        assert_eq!(stands, (upto as u64, 3_000, upto == 3_000));
    }
    for reader in [token, specialist] {
        assert_eq!(stat(&relay, reader, 1), (3_000, 3_000, true));
        for (from, max) in [
            (0, 3_000),
            (0, 4_000_000),
            (0, 1),
            (2_999, 5),
            (1_500, 700),
            (0, 0),
            (3_000, 9),
            (9_000, 9),
        ] {
            let upto = (from + max).min(3_000);
            let expected = whole.get(from..upto).unwrap_or_default();
            let max = u32::try_from(max).unwrap();
            assert_eq!(read(&relay, reader, 1, from as u64, max, NOW), expected, "{from} {max}");
        }
        assert_eq!(read(&relay, reader, 1, u64::MAX, u32::MAX, NOW), b"");
    }
}

#[test]
fn a_part_and_an_answer_carry_a_mebibyte_and_no_more() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, BLOB_PART_BYTES_MAX + 10);
    let long = part(token, 1, 7, &whole, 0, BLOB_PART_BYTES_MAX + 1);
    let limit = Refusal::with(RefusalCode::TooLarge, BLOB_PART_BYTES_MAX as u64);
    assert_eq!(send(&relay, &long, NOW), Err(limit));
    send(&relay, &part(token, 1, 7, &whole, 0, BLOB_PART_BYTES_MAX), NOW).unwrap();
    send(
        &relay,
        &part(token, 1, 7, &whole, BLOB_PART_BYTES_MAX, whole.len()),
        NOW,
    )
    .unwrap();
    let first = read(&relay, token, 1, 0, u32::MAX, NOW);
    assert_eq!(first, &whole[..BLOB_PART_BYTES_MAX]);
    assert_eq!(
        read(&relay, token, 1, first.len() as u64, u32::MAX, NOW),
        &whole[first.len()..]
    );
}

#[test]
fn an_upload_goes_on_from_what_is_there_whatever_its_client_believes() {
    let whole = content(1, 100);
    for have in [0, 1, 50, 99, 100] {
        for from in [0, 1, 49, 50, 51, 99, 100] {
            for upto in [from, from + 1, 50, 99, 100] {
                if upto < from || upto > 100 {
                    continue;
                }
                let (dir, relay) = relay();
                let token = opened(&relay, 1);
                send(&relay, &part(token, 1, 7, &whole, 0, have), NOW).unwrap();
                let before = relay.digest().unwrap();
                let stands = send(&relay, &part(token, 1, 7, &whole, from, upto), NOW).unwrap().0;
                let then = if from <= have { have.max(upto) } else { have };
                assert_eq!(stands, (then as u64, 100, then == 100), "{have} {from} {upto}");
                assert_eq!(relay.digest().unwrap() == before, then == have, "{have} {from} {upto}");
                assert_eq!(std::fs::read(file(dir.path())).unwrap(), &whole[..then]);
            }
        }
    }
}

#[test]
fn a_put_ahead_of_a_blob_that_is_not_there_begins_nothing() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let digest = relay.digest().unwrap();
    assert_eq!(
        send(&relay, &part(token, 1, 7, &content(1, 9), 5, 9), NOW).unwrap().0,
        NONE
    );
    assert_eq!(relay.digest().unwrap(), digest);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn bytes_that_are_there_are_not_written_again() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let (whole, other) = (content(1, 100), content(2, 100));
    send(&relay, &part(token, 1, 7, &whole, 0, 60), NOW).unwrap();
    send(&relay, &part(token, 1, 7, &other, 30, 100), NOW).unwrap();
    let expected = [&whole[..60], &other[60..]].concat();
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), expected);
    send(&relay, &part(token, 1, 7, &other, 0, 100), NOW).unwrap();
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), expected);
}

#[test]
fn another_length_and_another_side_are_conflicts() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    send(&relay, &part(token, 1, 7, &content(1, 100), 0, 50), NOW).unwrap();
    let digest = relay.digest().unwrap();
    let conflict = Err(refused(RefusalCode::Conflict));
    for other in [99, 101] {
        assert_eq!(
            send(&relay, &part(token, 1, 7, &content(1, other), 50, 60), NOW),
            conflict
        );
    }
    assert_eq!(
        send(&relay, &part(specialist, 1, 8, &content(1, 100), 0, 60), NOW),
        conflict
    );
    let unauthorised = Err(refused(RefusalCode::NotAuthorised));
    assert_eq!(send(&relay, &release(specialist, 1, 7), NOW), unauthorised);
    assert_eq!(relay.digest().unwrap(), digest);
}

#[test]
fn a_name_in_another_space_is_another_blob() {
    let (dir, relay) = relay();
    let (one, two) = (opened(&relay, 1), opened(&relay, 2));
    put_whole(&relay, one, 1, &content(1, 100));
    let there = BlobRequest {
        space: space_id(2),
        ..request(two, BlobOp::Stat, 1)
    };
    assert_eq!(send(&relay, &there, NOW).unwrap().0, NONE);
    let theirs = content(2, 50);
    let put = BlobRequest {
        space: space_id(2),
        ..part(two, 1, 7, &theirs, 0, 50)
    };
    assert_eq!(send(&relay, &put, NOW).unwrap().0, (50, 50, true));
    assert_eq!(read(&relay, one, 1, 0, 100, NOW), content(1, 100));
    assert_eq!(files(dir.path()).len(), 2);
    for op in [BlobOp::Stat, BlobOp::Read] {
        let strange = BlobRequest {
            space: space_id(2),
            ..request(one, op, 1)
        };
        assert_eq!(send(&relay, &strange, NOW), Err(refused(RefusalCode::NotAuthorised)));
    }
}

#[test]
fn a_blob_counts_against_the_quota_of_its_side_from_its_beginning_until_it_goes() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = RelayConfig::new(StoreConfig::exclusive(dir.path(), None), ORIGIN);
    config.limits.space_bytes_max = 20_000;
    let relay = Relay::open(&config, counted_entropy()).unwrap();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let over = Err(Refusal::with(RefusalCode::OverQuota, 20_000));
    // A slot that holds a blob counts 4,096 beside what the blob does.
    let whole = content(1, 15_905);
    assert_eq!(send(&relay, &part(token, 1, 7, &whole, 0, 0), NOW), over);
    assert!(files(dir.path()).is_empty());
    let whole = &whole[..15_904];
    assert_eq!(
        send(&relay, &part(token, 1, 7, whole, 0, 0), NOW).unwrap().0,
        (0, 15_904, false)
    );
    let full = append(&relay, token, 1, &[record(header(1, 1, 1), 72, 1)], NOW).unwrap();
    assert_eq!(full.results[0].code, cairn_wire::message::OutcomeCode::OverQuota);
    assert_eq!(send(&relay, &part(token, 1, 8, whole, 0, 0), NOW), over, "another slot");
    put_whole(&relay, token, 1, whole);
    put_whole(&relay, specialist, 2, &content(2, 15_904));
    assert_eq!(send(&relay, &release(token, 1, 7), NOW).unwrap().0, NONE);
    put_whole(&relay, token, 3, &content(3, 15_904));
}

#[test]
fn a_blob_stays_as_long_as_a_slot_holds_it() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    put_whole(&relay, token, 1, &whole);
    let under = |slot| part(token, 1, slot, &whole, 0, 0);
    assert_eq!(send(&relay, &under(8), NOW).unwrap().0, (100, 100, true));
    assert_eq!(send(&relay, &release(token, 1, 7), NOW).unwrap().0, (100, 100, true));
    assert_eq!(
        send(&relay, &release(token, 1, 7), NOW).unwrap().0,
        (100, 100, true),
        "again"
    );
    assert_eq!(
        send(&relay, &release(token, 1, 9), NOW).unwrap().0,
        (100, 100, true),
        "never held"
    );
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), whole);
    assert_eq!(send(&relay, &release(token, 1, 8), NOW).unwrap().0, NONE);
    assert!(files(dir.path()).is_empty());
    assert_eq!(stat(&relay, token, 1), NONE);
    assert_eq!(send(&relay, &release(token, 1, 8), NOW).unwrap().0, NONE, "again");
    put_whole(&relay, token, 1, &content(5, 30));
    assert_eq!(read(&relay, token, 1, 0, 100, NOW), content(5, 30), "begun anew");
}

#[test]
fn erasing_a_slot_takes_its_blobs_away_before_the_receipt() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let specialist = begin_session(&relay, 1, 3, NOW).unwrap().token;
    let whole = content(1, 100);
    put_whole(&relay, token, 1, &whole);
    put_whole(&relay, token, 2, &whole);
    send(&relay, &part(token, 2, 8, &whole, 0, 0), NOW).unwrap();
    put_whole(&relay, specialist, 3, &whole);
    assert_eq!(files(dir.path()).len(), 3);

    let answer = erase(&relay, token, &tombstone(1, 7)).unwrap();
    assert_eq!(answer.receipt.slot, [7; 16].into());
    assert_eq!(files(dir.path()).len(), 2);
    assert_eq!(stat(&relay, token, 1), NONE);
    assert_eq!(stat(&relay, token, 2), (100, 100, true), "another slot holds it");
    assert_eq!(
        stat(&relay, token, 3),
        (100, 100, true),
        "the other side's slot is another"
    );
    let closed = Err(refused(RefusalCode::SlotClosed));
    assert_eq!(send(&relay, &part(token, 1, 7, &whole, 0, 100), NOW), closed);
    assert_eq!(send(&relay, &part(token, 2, 7, &whole, 0, 0), NOW), closed);
    erase(&relay, token, &tombstone(2, 8)).unwrap();
    assert_eq!(files(dir.path()).len(), 1);
    erase(&relay, specialist, &tombstone(3, 7)).unwrap();
    assert!(files(dir.path()).is_empty());
}

#[test]
fn closing_a_space_leaves_no_file_of_it() {
    let (dir, relay) = relay();
    let (one, two) = (opened(&relay, 1), opened(&relay, 2));
    let whole = content(1, 100);
    put_whole(&relay, one, 1, &whole);
    send(&relay, &part(one, 2, 7, &whole, 0, 50), NOW).unwrap();
    let theirs = BlobRequest {
        space: space_id(2),
        ..part(two, 1, 7, &whole, 0, 100)
    };
    send(&relay, &theirs, NOW).unwrap();
    assert_eq!(files(dir.path()).len(), 3);
    close(&relay, one);
    assert_eq!(files(dir.path()).len(), 1);
    let closed = Err(refused(RefusalCode::SpaceClosed));
    for request in [
        request(one, BlobOp::Stat, 1),
        request(one, BlobOp::Read, 1),
        part(one, 1, 7, &whole, 0, 100),
        release(one, 1, 7),
    ] {
        assert_eq!(send(&relay, &request, NOW), closed);
    }
}

#[test]
fn a_blob_that_was_left_unfinished_goes_seven_days_after_its_last_part() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let whole = content(1, 100);
    put_whole(&relay, token, 1, &whole);
    send(&relay, &part(token, 2, 7, &whole, 0, 50), NOW).unwrap();
    send(&relay, &part(token, 2, 8, &whole, 0, 0), NOW).unwrap();
    send(&relay, &part(token, 3, 7, &whole, 0, 0), NOW).unwrap();
    let at = |day: u64| NOW + day * DAY_MS + DAY_MS - 1;
    let sign_in = |day| begin_session(&relay, 1, 1, at(day)).unwrap().token;
    send(&relay, &part(sign_in(5), 2, 7, &whole, 50, 60), at(5)).unwrap();
    // A part that was there is no part.
    send(&relay, &part(sign_in(6), 2, 7, &whole, 0, 60), at(6)).unwrap();
    for (day, left) in [(7, 3), (8, 2), (12, 2), (13, 1), (400, 1)] {
        relay.sweep(at(day)).unwrap();
        assert_eq!(files(dir.path()).len(), left, "day {day}");
    }
    assert_eq!(read(&relay, sign_in(400), 1, 0, 100, at(400)), whole);
}

#[test]
fn who_has_lost_access_or_never_had_it_reaches_no_blob() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let second = begin_session(&relay, 1, 2, NOW).unwrap().token;
    let whole = content(1, 100);
    put_whole(&relay, second, 1, &whole);
    let change = AccessRequest {
        token,
        space: space_id(1),
        version: 1,
        add: vec![],
        remove: vec![public(&signing(2))],
    };
    let _: AccessAnswer = ask(&relay, "access", &change, NOW).unwrap();
    let unauthorised = Err(refused(RefusalCode::NotAuthorised));
    for (token, now) in [(second, NOW), (Token::from_bytes([9; 32]), NOW), (token, NOW + DAY_MS)] {
        for request in [
            request(token, BlobOp::Stat, 1),
            request(token, BlobOp::Read, 1),
            part(token, 1, 7, &whole, 0, 100),
            release(token, 1, 7),
        ] {
            assert_eq!(send(&relay, &request, now), unauthorised);
        }
    }
    assert_eq!(stat(&relay, token, 1), (100, 100, true));
}

#[test]
fn what_makes_no_sense_is_malformed_and_changes_nothing() {
    let (dir, relay) = relay();
    let token = opened(&relay, 1);
    let digest = relay.digest().unwrap();
    let whole = content(1, 100);
    let slot = Some(SlotId::from_bytes([7; 16]));
    let put = || part(token, 1, 7, &whole, 0, 100);
    let plain = |op| request(token, op, 1);
    for malformed in [
        BlobRequest { slot: None, ..put() },
        BlobRequest { total: 0, ..put() },
        BlobRequest { total: 99, ..put() },
        BlobRequest { offset: 1, ..put() },
        BlobRequest {
            offset: u64::MAX,
            ..put()
        },
        BlobRequest { bytes_max: 1, ..put() },
        BlobRequest {
            offset: 101,
            bytes: vec![].into(),
            ..put()
        },
        BlobRequest {
            slot,
            ..plain(BlobOp::Stat)
        },
        BlobRequest {
            offset: 1,
            ..plain(BlobOp::Stat)
        },
        BlobRequest {
            bytes_max: 1,
            ..plain(BlobOp::Stat)
        },
        BlobRequest {
            total: 1,
            ..plain(BlobOp::Read)
        },
        BlobRequest {
            bytes: vec![1].into(),
            ..plain(BlobOp::Read)
        },
        BlobRequest {
            slot,
            ..plain(BlobOp::Read)
        },
        plain(BlobOp::Release),
        BlobRequest {
            slot,
            total: 1,
            ..plain(BlobOp::Release)
        },
    ] {
        assert_eq!(
            send(&relay, &malformed, NOW),
            Err(refused(RefusalCode::Malformed)),
            "{malformed:?}"
        );
    }
    let longest = BlobRequest {
        total: BLOB_BYTES_MAX + 1,
        ..put()
    };
    assert_eq!(
        send(&relay, &longest, NOW),
        Err(Refusal::with(RefusalCode::TooLarge, BLOB_BYTES_MAX))
    );
    assert_eq!(relay.digest().unwrap(), digest);
    assert!(files(dir.path()).is_empty());
}
