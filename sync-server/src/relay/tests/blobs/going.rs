//! A blob goes with the last slot that holds it, and its file before anybody is told so.

use cairn_wire::Signature;
use cairn_wire::message::{RefusalCode, SpaceAnswer, SpaceOp, SpaceRequest};

use super::*;
use crate::clock::DAY_MS;

fn close(relay: &Relay, token: Token) {
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
    let _: SpaceAnswer = ask(relay, "space", &request, NOW).unwrap();
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
