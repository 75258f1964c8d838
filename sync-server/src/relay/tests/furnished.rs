//! A store with something of everything in it.

use std::path::Path;

use cairn_wire::message::{
    AckAnswer, AckRequest, GateAnswer, GateOp, GateRequest, MailboxAnswer, MailboxOp, MailboxRequest, SpaceAnswer,
    SpaceOp, SpaceRequest,
};
use cairn_wire::{CLOSES_SLOT, GateId, GatePart, Header, MailboxId, Signature, SlotId, encode};

use super::blobs::part;
use super::erasing::erase;
use crate::testing::*;
use crate::{Relay, RelayConfig};

/// A relay with threads, as one runs.
pub(super) fn running(dir: &Path) -> Relay {
    let mut store = threaded_in(dir);
    store.begins_ms = Some(NOW);
    Relay::open(&RelayConfig::new(store, ORIGIN), counted_entropy()).unwrap()
}

/// Fills a relay. Space 1 has, of the participant, two records in slot 7 that a third replaced, a slot 8 that was erased, a blob that is
/// whole and one that is not, and a gate; of the specialist one record in slot 7; all of it indexed; then two records in slot 9, of which
/// the second replaces the first, that are not. Space 2 has closed and kept a record. There is a mailbox with a message.
pub(super) fn furnish(relay: &Relay) {
    let (one, two) = (opened(relay, 1), opened(relay, 2));
    let specialist = begin_session(relay, 1, 3, NOW).unwrap().token;
    let of = |id: u32, slot: u8, merged_upto: u64| {
        let header = Header {
            merged_upto,
            ..header(1, id, slot)
        };
        record(header, 500, slot)
    };
    let first = [of(1, 7, 0), of(2, 7, 0), of(3, 7, 2), of(4, 8, 0)];
    append(relay, one, 1, &first, NOW).unwrap();
    let tombstone = Header {
        flags: CLOSES_SLOT,
        ..header(1, 5, 8)
    };
    erase(relay, one, &record(tombstone, 72, 1)).unwrap();
    append(relay, specialist, 1, &[of(6, 7, 0)], NOW).unwrap();
    let whole = [5; 100];
    for (blob, upto) in [(1, 100), (2, 40)] {
        let answer = relay.handle("/v1/blob", &encode(&part(one, blob, 7, &whole, 0, upto)), NOW);
        assert_eq!(answer.status, 200);
    }
    let gate = GateRequest {
        token: one,
        space: space_id(1),
        op: GateOp::Put,
        slot: SlotId::from_bytes([7; 16]),
        gate: GateId::from_bytes([1; 16]),
        part: Some(GatePart::from_bytes([1; 32])),
        expires_day: None,
    };
    let _: GateAnswer = ask(relay, "gate", &gate, NOW).unwrap();
    let ack = AckRequest {
        token: one,
        space: space_id(1),
        n: 3,
    };
    let _: AckAnswer = ask(relay, "ack", &ack, NOW).unwrap();
    append(
        relay,
        two,
        2,
        &[record(header(2, 1, 7), 500, 1), record(header(2, 2, 8), 500, 1)],
        NOW,
    )
    .unwrap();
    relay.sweep(NOW).unwrap();
    append(relay, one, 1, &[of(7, 9, 0), of(8, 9, 7)], NOW).unwrap();
    let close = SpaceRequest {
        op: SpaceOp::Close,
        space: space_id(2),
        access: vec![],
        signature: Signature::from_bytes([0; 64]),
        token: Some(two),
        keep: Some(vec![SlotId::from_bytes([8; 16])]),
        at_ms: None,
        epoch: None,
    };
    let _: SpaceAnswer = ask(relay, "space", &close, NOW).unwrap();
    let post = MailboxRequest {
        op: MailboxOp::Post,
        mailbox: MailboxId::from_bytes([1; 32]),
        index: 0,
        bytes: Some(b"sealed".as_slice().into()),
        wait_ms: 0,
        days: None,
    };
    let posted = relay.handle("/v1/mailbox", &encode(&post), NOW);
    let _: MailboxAnswer<'_> = cairn_wire::decode_canonical(&posted.body).unwrap();
}
