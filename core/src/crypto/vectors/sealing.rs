//! `record_sealing.json`.

use cairn_wire::{CLOSES_SLOT, Header, RecordId, SlotId, SpaceId};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use serde_json::{Value, json};

use super::{counting, flipped, hex, hold, refusal, splice};
use crate::crypto::{EpochKey, open, seal};

fn header() -> Header {
    Header {
        flags: 0,
        space: SpaceId::from_bytes(counting(0x10)),
        record_id: RecordId::from_bytes(counting(0x20)),
        slot: SlotId::from_bytes(counting(0x30)),
        epoch: 0x0403_0201,
        incarnation: 0x0807_0605,
        merged_upto: 0x100f_0e0d_0c0b_0a09,
        expires_day: 0x1211,
        length: 0,
    }
}

fn accepted(name: &str, key: &EpochKey, header: Header, nonce: [u8; 24], plaintext: &[u8]) -> (Value, Vec<u8>) {
    let record = seal(key, &header, nonce, plaintext).unwrap();
    assert_eq!(open(key, &record).unwrap().as_slice(), plaintext);
    let value = json!({
        "name": name,
        "epoch_key": hex(key.as_bytes()),
        "header": {
            "flags": header.flags,
            "space": hex(header.space),
            "record_id": hex(header.record_id),
            "slot": hex(header.slot),
            "epoch": header.epoch,
            "incarnation": header.incarnation,
            "merged_upto": header.merged_upto,
            "expires_day": header.expires_day,
        },
        "nonce": hex(nonce),
        "plaintext": hex(plaintext),
        "record": hex(&record),
    });
    (value, record)
}

/// A record whose ciphertext opens, and whose commitment is another.
fn without_commitment(key: &EpochKey, plaintext: &[u8]) -> Vec<u8> {
    let length = u32::try_from(plaintext.len() + 72).unwrap();
    let (header, nonce) = (Header { length, ..header() }.encode(), counting::<24>(0x40));
    let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
    hasher.update(b"cairn record 1").update(&header).update(&nonce);
    let mut cipher = [0; 32];
    hasher.finalize_xof().fill(&mut cipher);
    let payload = Payload {
        msg: plaintext,
        aad: &header,
    };
    let sealed = XChaCha20Poly1305::new((&cipher).into())
        .encrypt((&nonce).into(), payload)
        .unwrap();
    [header.as_slice(), &nonce, &[0; 32], &sealed].concat()
}

#[test]
fn records_are_sealed_as_the_vectors_say() {
    let key = EpochKey::from_bytes(counting(0));
    let other = EpochKey::from_bytes(counting(1));
    let kilobyte: Vec<u8> = (0..1024_usize).map(|i| u8::try_from(i % 251).unwrap()).collect();
    let closing = Header {
        flags: CLOSES_SLOT,
        expires_day: 0,
        merged_upto: 0,
        ..header()
    };

    let (short, record) = accepted("short", &key, header(), counting(0x40), b"cairn");
    let (empty, _) = accepted("empty plaintext", &key, header(), counting(0x40), b"");
    let (long, _) = accepted("one kilobyte", &key, header(), counting(0x40), &kilobyte);
    let (closes, _) = accepted(
        "closes its slot, another nonce",
        &other,
        closing,
        counting(0x99),
        b"cairn",
    );

    let n = record.len();
    let reject: Vec<Value> = [
        ("another epoch key", &other, record.clone()),
        ("version 2", &key, flipped(&record, 0, 3)),
        ("a flag that has no meaning", &key, flipped(&record, 1, 2)),
        ("the flag that closes the slot set", &key, flipped(&record, 1, 1)),
        ("moved to another space", &key, flipped(&record, 2, 1)),
        ("another record id", &key, flipped(&record, 18, 1)),
        ("moved to another slot", &key, flipped(&record, 34, 1)),
        ("another epoch", &key, flipped(&record, 50, 1)),
        ("another incarnation", &key, flipped(&record, 54, 1)),
        ("merged further", &key, flipped(&record, 58, 2)),
        ("expires never", &key, [&record[..66], &[0, 0], &record[68..]].concat()),
        ("another length", &key, flipped(&record, 68, 1)),
        ("a changed nonce", &key, flipped(&record, 72, 1)),
        ("a changed commitment", &key, flipped(&record, 127, 0x80)),
        ("a changed ciphertext", &key, flipped(&record, 128, 1)),
        ("a changed tag", &key, flipped(&record, n - 1, 0x80)),
        ("a byte short", &key, record[..n - 1].to_vec()),
        ("a byte more", &key, [record.as_slice(), &[0]].concat()),
        ("header alone", &key, record[..72].to_vec()),
        ("nothing", &key, Vec::new()),
        ("opens, but commits to no key", &key, without_commitment(&key, b"cairn")),
    ]
    .into_iter()
    .map(|(name, key, bytes)| {
        let error = open(key, &bytes).unwrap_err();
        json!({
            "name": name,
            "epoch_key": hex(key.as_bytes()),
            "record": splice("short", &record, &bytes),
            "refusal": refusal(error),
        })
    })
    .collect();
    hold(
        "record_sealing.json",
        &json!({ "accept": [short, empty, long, closes], "reject": reject }),
    );
}
