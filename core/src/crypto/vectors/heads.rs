//! `heads.json`: heads and receipts under the relay's key.

use cairn_wire::{ChainHash, PublicKey, Receipt, Signature, SignedHead, SlotId, SpaceId};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::{counting, hex, hold, refusal, signing};
use crate::crypto::{CryptoError, SigningKey, VerifyingKey, verify_head, verify_receipt};

fn head(relay: &SigningKey) -> SignedHead {
    let mut head = SignedHead {
        space: SpaceId::from_bytes(counting(0x10)),
        incarnation: 0x0403_0201,
        n: 0x0c0b_0a09_0807_0605,
        chain: ChainHash::from_bytes(counting(0x20)),
        time_ms: 1_790_000_000_123,
        signature: Signature::from_bytes([0; 64]),
    };
    head.signature = relay.sign(&head.signed_bytes());
    head
}

fn receipt(relay: &SigningKey) -> Receipt {
    let mut receipt = Receipt {
        space: SpaceId::from_bytes(counting(0x10)),
        slot: SlotId::from_bytes(counting(0x30)),
        seq: 0x0c0b_0a09_0807_0605,
        time_ms: 1_790_000_000_123,
        signature: Signature::from_bytes([0; 64]),
    };
    receipt.signature = relay.sign(&receipt.signed_bytes());
    receipt
}

fn head_json(name: &str, relay: &PublicKey, head: &SignedHead) -> (Value, Result<(), CryptoError>) {
    let value = json!({
        "name": name, "kind": "head", "relay_key": hex(relay), "space": hex(head.space), "incarnation": head.incarnation,
        "n": head.n, "chain": hex(head.chain), "time_ms": head.time_ms, "signature": hex(head.signature),
    });
    (
        value,
        VerifyingKey::parse(relay).and_then(|relay| verify_head(&relay, head)),
    )
}

fn receipt_json(name: &str, relay: &PublicKey, receipt: &Receipt) -> (Value, Result<(), CryptoError>) {
    let value = json!({
        "name": name, "kind": "receipt", "relay_key": hex(relay), "space": hex(receipt.space), "slot": hex(receipt.slot),
        "seq": receipt.seq, "time_ms": receipt.time_ms, "signature": hex(receipt.signature),
    });
    (
        value,
        VerifyingKey::parse(relay).and_then(|relay| verify_receipt(&relay, receipt)),
    )
}

/// A signature over the head whose commitment is the neutral point, made with the relay's secret key: the lax check of
/// RFC 8032 takes it, and then there is a second signature that nobody had to draw a nonce for.
const NEUTRAL_COMMITMENT: &str = concat!(
    "0100000000000000000000000000000000000000000000000000000000000000",
    "8b026d1b475a3624f603acdb9ae88483381ff3fb270c634295e57997ccab8c0d",
);

/// The same signature with the group's order added to its scalar: lax software takes both.
fn second_form(signature: &Signature) -> Signature {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = *signature.as_bytes();
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
        let [low, high] = (u16::from(*byte) + u16::from(add) + carry).to_le_bytes();
        *byte = low;
        carry = u16::from(high);
    }
    Signature::from_bytes(bytes)
}

#[test]
fn heads_and_receipts_are_verified_as_the_vectors_say() {
    let relay = signing(0);
    let key = relay.public();
    let (head, receipt) = (head(&relay), receipt(&relay));
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let neutral = PublicKey::from_bytes(neutral);
    // R = B, s = 1: under the neutral key this "signs" every message, where the check is the lax one.
    let mut universal = [0x66; 64];
    universal[0] = 0x58;
    universal[32..].fill(0);
    universal[32] = 1;
    let universal = Signature::from_bytes(universal);
    let neutral_commitment = HEXLOWER.decode(NEUTRAL_COMMITMENT.as_bytes()).unwrap();
    let neutral_commitment = Signature::from_slice(&neutral_commitment).unwrap();
    let no_point = PublicKey::from_bytes([2; 32]);

    let accept = [head_json("head", &key, &head), receipt_json("receipt", &key, &receipt)].map(|(value, verdict)| {
        assert_eq!(verdict, Ok(()));
        value
    });
    let space = SpaceId::from_bytes(counting(0x11));
    let reject = [
        head_json("head of another space", &key, &SignedHead { space, ..head }),
        head_json(
            "head of another incarnation",
            &key,
            &SignedHead { incarnation: 1, ..head },
        ),
        head_json("head further on", &key, &SignedHead { n: head.n + 1, ..head }),
        head_json(
            "head with another chain",
            &key,
            &SignedHead {
                chain: ChainHash::from_bytes(counting(0x21)),
                ..head
            },
        ),
        head_json(
            "head made younger",
            &key,
            &SignedHead {
                time_ms: head.time_ms + 1,
                ..head
            },
        ),
        head_json("head by another relay", &signing(1).public(), &head),
        head_json(
            "head with a receipt's signature",
            &key,
            &SignedHead {
                signature: receipt.signature,
                ..head
            },
        ),
        head_json(
            "signature in a second form",
            &key,
            &SignedHead {
                signature: second_form(&head.signature),
                ..head
            },
        ),
        head_json(
            "signature with a commitment of small order",
            &key,
            &SignedHead {
                signature: neutral_commitment,
                ..head
            },
        ),
        head_json(
            "key of small order",
            &neutral,
            &SignedHead {
                signature: universal,
                ..head
            },
        ),
        head_json("key that is no point", &no_point, &head),
        receipt_json(
            "receipt for another slot",
            &key,
            &Receipt {
                slot: SlotId::from_bytes(counting(0x31)),
                ..receipt
            },
        ),
        receipt_json("receipt for another place", &key, &Receipt { seq: 1, ..receipt }),
        receipt_json(
            "receipt with a head's signature",
            &key,
            &Receipt {
                signature: head.signature,
                ..receipt
            },
        ),
        receipt_json("receipt by another relay", &signing(1).public(), &receipt),
    ]
    .map(|(mut value, verdict)| {
        value["refusal"] = json!(refusal(verdict.unwrap_err()));
        value
    });
    hold("heads.json", &json!({ "accept": accept, "reject": reject }));
}
