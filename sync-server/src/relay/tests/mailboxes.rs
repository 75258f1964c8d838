//! Mailboxes: places in order, bounds, ends.

use cairn_wire::bounds::{MAILBOX_BYTES_MAX, MAILBOX_DAYS_MAX, MAILBOX_MESSAGES_MAX};
use cairn_wire::message::{MailboxAnswer, MailboxOp, MailboxRequest, Refusal, RefusalCode};
use cairn_wire::{MailboxId, decode_canonical, encode};

use crate::clock::DAY_MS;
use crate::testing::*;
use crate::{Relay, RelayConfig};

fn ask_mailbox(relay: &Relay, request: &MailboxRequest<'_>, now_ms: u64) -> Result<(Vec<Vec<u8>>, u32), Refusal> {
    let answer = relay.handle("/v1/mailbox", &encode(request), now_ms);
    if answer.status != 200 {
        return Err(decode_canonical(&answer.body).unwrap());
    }
    let answer: MailboxAnswer<'_> = decode_canonical(&answer.body).unwrap();
    Ok((
        answer.messages.into_iter().map(|m| m.into_vec()).collect(),
        answer.count,
    ))
}

fn request(op: MailboxOp, mailbox: u8, index: u32) -> MailboxRequest<'static> {
    MailboxRequest {
        op,
        mailbox: MailboxId::from_bytes([mailbox; 32]),
        index,
        bytes: None,
        wait_ms: 0,
        days: None,
    }
}

fn post(relay: &Relay, mailbox: u8, index: u32, bytes: &[u8], days: Option<u8>, now_ms: u64) -> Result<u32, Refusal> {
    let request = MailboxRequest {
        bytes: Some(bytes.into()),
        days,
        ..request(MailboxOp::Post, mailbox, index)
    };
    ask_mailbox(relay, &request, now_ms).map(|(_, count)| count)
}

fn read(relay: &Relay, mailbox: u8, from: u32, now_ms: u64) -> (Vec<Vec<u8>>, u32) {
    ask_mailbox(relay, &request(MailboxOp::Read, mailbox, from), now_ms).unwrap()
}

#[test]
fn messages_lie_in_the_order_of_their_places_and_none_is_replaced() {
    let (_dir, relay) = relay();
    assert_eq!(read(&relay, 1, 0, NOW), (vec![], 0));
    let conflict = |count| Err(Refusal::with(RefusalCode::Conflict, count));
    assert_eq!(
        post(&relay, 1, 1, b"b", None, NOW),
        conflict(0),
        "the first place is free"
    );
    assert_eq!(post(&relay, 1, 0, b"a", None, NOW), Ok(1));
    assert_eq!(post(&relay, 1, 0, b"a", None, NOW), Ok(1), "again");
    assert_eq!(post(&relay, 1, 0, b"x", None, NOW), conflict(1));
    assert_eq!(post(&relay, 1, 1, b"b", None, NOW), Ok(2));
    assert_eq!(read(&relay, 1, 0, NOW), (vec![b"a".to_vec(), b"b".to_vec()], 2));
    assert_eq!(read(&relay, 1, 1, NOW), (vec![b"b".to_vec()], 2));
    assert_eq!(read(&relay, 1, 9, NOW), (vec![], 2));
    assert_eq!(read(&relay, 2, 0, NOW), (vec![], 0));
}

#[test]
fn a_closed_mailbox_is_empty() {
    let (_dir, relay) = relay();
    post(&relay, 1, 0, b"a", None, NOW).unwrap();
    let close = request(MailboxOp::Close, 1, 0);
    assert_eq!(ask_mailbox(&relay, &close, NOW), Ok((vec![], 0)));
    assert_eq!(ask_mailbox(&relay, &close, NOW), Ok((vec![], 0)), "again");
    assert_eq!(read(&relay, 1, 0, NOW), (vec![], 0));
}

#[test]
fn a_mailbox_ends_after_a_quarter_of_an_hour_or_the_days_its_first_message_asked_for() {
    let (_dir, relay) = relay();
    let quarter = 15 * 60 * 1_000;
    post(&relay, 1, 0, b"a", None, NOW).unwrap();
    post(&relay, 2, 0, b"a", Some(7), NOW).unwrap();
    post(&relay, 1, 1, b"b", None, NOW + quarter - 1).unwrap();
    assert_eq!(read(&relay, 1, 0, NOW + quarter - 1).1, 2);
    assert_eq!(read(&relay, 1, 0, NOW + quarter).1, 0);
    let digest = relay.digest().unwrap();
    assert_eq!(
        post(&relay, 1, 0, b"new", None, NOW + quarter),
        Ok(1),
        "its place is free again"
    );
    assert_ne!(relay.digest().unwrap(), digest);
    assert_eq!(read(&relay, 2, 0, NOW + 7 * DAY_MS - 1).1, 1);
    assert_eq!(read(&relay, 2, 0, NOW + 7 * DAY_MS).1, 0);
    relay.sweep(NOW + 7 * DAY_MS).unwrap();
    assert_eq!(read(&relay, 2, 0, NOW).1, 0, "swept");
}

#[test]
fn a_mailbox_takes_so_many_messages_of_so_many_bytes_for_so_many_days() {
    let (_dir, relay) = relay();
    let too_large = |limit: usize| Err(Refusal::with(RefusalCode::TooLarge, limit as u64));
    for index in 0..u32::try_from(MAILBOX_MESSAGES_MAX).unwrap() {
        assert_eq!(post(&relay, 1, index, b"m", None, NOW), Ok(index + 1));
    }
    assert_eq!(post(&relay, 1, 8, b"m", None, NOW), too_large(MAILBOX_MESSAGES_MAX));
    for (len, expected) in [
        (0, Ok(1)),
        (MAILBOX_BYTES_MAX - 1, Ok(1)),
        (MAILBOX_BYTES_MAX, Ok(1)),
        (MAILBOX_BYTES_MAX + 1, too_large(MAILBOX_BYTES_MAX)),
    ] {
        let mailbox = u8::try_from(len % 200 + 10).unwrap();
        assert_eq!(post(&relay, mailbox, 0, &vec![7; len], None, NOW), expected, "{len}");
    }
    assert_eq!(
        post(&relay, 3, 0, b"m", Some(0), NOW),
        Err(refused(RefusalCode::Malformed))
    );
    assert_eq!(
        post(&relay, 3, 0, b"m", Some(8), NOW),
        too_large(usize::from(MAILBOX_DAYS_MAX))
    );
    assert_eq!(post(&relay, 4, 0, b"m", Some(1), NOW), Ok(1));
    let bare = request(MailboxOp::Post, 5, 0);
    assert_eq!(ask_mailbox(&relay, &bare, NOW), Err(refused(RefusalCode::Malformed)));
}

#[test]
fn there_are_so_many_mailboxes_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = RelayConfig::new(store_in(dir.path()), ORIGIN);
    config.limits.mailboxes_max = 2;
    let relay = Relay::open(&config, counted_entropy()).unwrap();
    assert_eq!(post(&relay, 1, 0, b"a", None, NOW), Ok(1));
    assert_eq!(post(&relay, 2, 0, b"a", None, NOW), Ok(1));
    let full = Err(Refusal::with(RefusalCode::RateLimited, 60));
    assert_eq!(post(&relay, 3, 0, b"a", None, NOW), full);
    assert_eq!(post(&relay, 2, 1, b"b", None, NOW), Ok(2), "those that are there go on");
    relay.sweep(NOW + DAY_MS).unwrap();
    assert_eq!(post(&relay, 3, 0, b"a", None, NOW + DAY_MS), Ok(1));
}
