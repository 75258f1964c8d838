//! Whose blob it is, how much may be kept, and what makes no sense.

use cairn_wire::bounds::BLOB_BYTES_MAX;
use cairn_wire::message::{AccessAnswer, AccessRequest, OutcomeCode, RefusalCode};

use super::*;
use crate::RelayConfig;
use crate::clock::DAY_MS;

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
    let mut config = RelayConfig::new(store_in(dir.path()), ORIGIN);
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
    assert_eq!(full.results[0].code, OutcomeCode::OverQuota);
    assert_eq!(send(&relay, &part(token, 1, 8, whole, 0, 0), NOW), over, "another slot");
    put_whole(&relay, token, 1, whole);
    put_whole(&relay, specialist, 2, &content(2, 15_904));
    assert_eq!(send(&relay, &release(token, 1, 7), NOW).unwrap().0, NONE);
    put_whole(&relay, token, 3, &content(3, 15_904));
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
        only: None,
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
