//! Forgetting: replaced bodies after everybody has them and thirty days, or a hundred and twenty; stubs stay.

use cairn_wire::Header;
use cairn_wire::message::{AckAnswer, AckRequest};
use cairn_wire::{SlotId, Token};

use crate::Relay;
use crate::clock::DAY_MS;
use crate::testing::*;

/// Three records of one slot, the last replacing the first two, on day 0.
fn replaced(relay: &Relay) {
    let token = opened(relay, 1);
    let last = Header {
        merged_upto: 2,
        ..header(1, 3, 7)
    };
    let first = [record(header(1, 1, 7), 500, 1), record(header(1, 2, 7), 500, 1)];
    append(relay, token, 1, &first, NOW).unwrap();
    append(relay, token, 1, &[record(last, 500, 1)], NOW).unwrap();
}

fn token(relay: &Relay, key: u8, day: u64) -> Token {
    begin_session(relay, 1, key, NOW + day * DAY_MS).unwrap().token
}

fn ack(relay: &Relay, key: u8, n: u64, day: u64) {
    let request = AckRequest {
        token: token(relay, key, day),
        space: space_id(1),
        n,
    };
    let _: AckAnswer = ask(relay, "ack", &request, NOW + day * DAY_MS).unwrap();
}

/// Which records still have a body after a sweep on a day.
fn bodies(relay: &Relay, day: u64) -> Vec<u64> {
    let now = NOW + day * DAY_MS;
    relay.sweep(now).unwrap();
    let page = read_page(relay, since(token(relay, 1, day), 1, 0), 1 << 20, now);
    let whole = page.items.iter().filter(|item| item.record.is_some());
    whole.map(|item| item.seq).collect()
}

#[test]
fn replaced_bodies_go_when_every_live_device_has_read_them_and_thirty_days_are_over() {
    let (_dir, relay) = relay();
    replaced(&relay);
    for key in 1..=3 {
        ack(&relay, key, 3, 1);
    }
    assert_eq!(bodies(&relay, 29), [1, 2, 3]);
    assert_eq!(bodies(&relay, 30), [3]);
    assert_eq!(bodies(&relay, 400), [3], "what is live stays");
}

#[test]
fn a_device_that_has_not_read_them_holds_them_back_until_it_is_no_longer_live() {
    let (_dir, relay) = relay();
    replaced(&relay);
    ack(&relay, 1, 3, 10);
    ack(&relay, 3, 3, 10);
    ack(&relay, 2, 1, 10);
    assert_eq!(
        bodies(&relay, 30),
        [2, 3],
        "the second device has read the first record only"
    );
    assert_eq!(bodies(&relay, 89), [2, 3]);
    ack(&relay, 1, 3, 90);
    assert_eq!(bodies(&relay, 100), [2, 3], "last seen ninety days ago");
    assert_eq!(bodies(&relay, 101), [3], "and a day more");
}

#[test]
fn a_device_that_never_said_anything_holds_them_back_too_and_nobody_for_longer_than_120_days() {
    let (_dir, relay) = relay();
    replaced(&relay);
    ack(&relay, 1, 3, 60);
    assert_eq!(bodies(&relay, 60), [1, 2, 3]);
    ack(&relay, 2, 0, 60);
    assert_eq!(bodies(&relay, 119), [1, 2, 3]);
    assert_eq!(bodies(&relay, 120), [3]);
}

#[test]
fn bodies_go_when_their_last_day_is_over() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    let expires_day = u16::try_from(NOW / DAY_MS).unwrap() + 3;
    let expiring = Header {
        expires_day,
        ..header(1, 1, 7)
    };
    append(
        &relay,
        token,
        1,
        &[record(expiring, 500, 1), record(header(1, 2, 8), 500, 1)],
        NOW,
    )
    .unwrap();
    assert_eq!(bodies(&relay, 3), [1, 2]);
    assert_eq!(bodies(&relay, 4), [2]);
}

#[test]
fn a_sweep_of_many_bodies_is_done_in_pieces_and_ends() {
    let (_dir, relay) = relay();
    let token = opened(&relay, 1);
    for batch in 0..6u32 {
        let records: Vec<_> = (0..250)
            .map(|n| {
                let merged = u64::from(batch) * 250 + u64::from(n);
                let header = Header {
                    merged_upto: if batch == 0 && n == 0 {
                        0
                    } else {
                        merged.min(u64::from(batch) * 250)
                    },
                    slot: SlotId::from_bytes([u8::try_from(n % 5).unwrap(); 16]),
                    ..header(1, batch * 1_000 + n, 0)
                };
                record(header, 72, 1)
            })
            .collect();
        append(&relay, token, 1, &records, NOW).unwrap();
    }
    // Of 1,500 records the last batch is live: each of its records replaced everything before the batch.
    assert_eq!(bodies(&relay, 29).len(), 1_500);
    assert_eq!(bodies(&relay, 120).len(), 250);
}
