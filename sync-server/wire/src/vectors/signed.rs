//! The bytes signatures cover.

use serde_json::json;

use super::{check, counting, hex};
use crate::message::{Access, Side, SpaceOp, SpaceRequest};
use crate::{
    ClosedReceipt, Nonce, PublicKey, Receipt, Signature, SignedHead, SignedIncarnation, SpaceId, encode, session_bytes,
};

#[test]
fn signed_bytes_are_as_written() {
    let origin = "https://relay.example:8730";
    let space = SpaceId::from_bytes(counting(0x10));
    let signature = Signature::from_bytes(counting(0x40));
    let head = SignedHead {
        space,
        incarnation: 3,
        n: 0x0102_0304_0506,
        chain: counting(0x80).into(),
        time_ms: 1_790_000_000_123,
        signature,
    };
    let receipt = Receipt {
        space,
        slot: counting(0x50).into(),
        seq: 77,
        time_ms: 1_790_000_000_123,
        signature,
    };
    let (nonce, key) = (Nonce::from_bytes(counting(0xa0)), PublicKey::from_bytes(counting(0xc0)));
    let create = SpaceRequest {
        op: SpaceOp::Create,
        space,
        access: vec![Access {
            key,
            side: Side::Participant,
            administer: true,
        }],
        signature,
        token: None,
        keep: None,
        at_ms: None,
        epoch: None,
    };
    let incarnation = SignedIncarnation {
        incarnation: 0x0102_0304,
        signature,
    };
    let closed = ClosedReceipt {
        space,
        time_ms: 1_790_000_000_123,
        signature,
    };
    let made = json!({
        "about": "What each signature covers.",
        "origin": origin,
        "space": hex(space),
        "head": {
            "incarnation": head.incarnation,
            "n": head.n,
            "chain": hex(head.chain),
            "time_ms": head.time_ms,
            "signed": hex(head.signed_bytes()),
        },
        "receipt": {
            "slot": hex(receipt.slot),
            "seq": receipt.seq,
            "time_ms": receipt.time_ms,
            "signed": hex(receipt.signed_bytes()),
        },
        "incarnation": {
            "incarnation": incarnation.incarnation,
            "signed": hex(incarnation.signed_bytes()),
        },
        "closed": {
            "time_ms": closed.time_ms,
            "signed": hex(closed.signed_bytes()),
        },
        "session": {
            "nonce": hex(nonce),
            "key": hex(key),
            "signed": hex(session_bytes(origin, &space, &nonce, &key)),
        },
        "create": {
            "request": hex(encode(&create)),
            "signed": hex(create.signed_bytes(origin)),
        },
    });
    check("signed.json", &made);
}
