//! `key_box.json`.

use std::collections::BTreeMap;

use cairn_wire::SpaceId;
use serde_json::{Value, json};

use super::{Counting, Seeded, counting, flipped, hex, hold, kem, refusal, splice};
use crate::crypto::{EpochCommitment, EpochKey, SlotKey, SpaceKeys, key_box_hash, open_key_box, seal_key_box};

/// Bytes of one entry's array head and tag, and of its head and encapsulated key.
const TAG_AND_HEAD: usize = 1 + 1 + 16;

fn keys(epochs: &[u32]) -> SpaceKeys {
    let epoch_key = |epoch: &u32| (*epoch, EpochKey::from_bytes(counting(epoch.to_le_bytes()[0])));
    SpaceKeys {
        slot_key: SlotKey::from_bytes(counting(0x80)),
        epoch_keys: epochs.iter().map(epoch_key).collect(),
    }
}

fn accepted(name: &str, recipients: &[u8], epochs: &[u32]) -> (Value, Vec<u8>) {
    let (space, keys) = (SpaceId::from_bytes(counting(0x10)), keys(epochs));
    let publics: Vec<_> = recipients.iter().map(|start| kem(*start).public()).collect();
    let key_box = seal_key_box(&space, &publics, &keys, &mut Counting::from(0xa0)).unwrap();
    for recipient in recipients {
        assert_eq!(open_key_box(&space, &kem(*recipient), &key_box).unwrap(), keys);
    }
    let epoch_keys: Vec<Value> = keys
        .epoch_keys
        .iter()
        .map(|(epoch, key)| {
            json!({ "epoch": epoch, "key": hex(key.as_bytes()), "commitment": hex(EpochCommitment::of(key).as_bytes()) })
        })
        .collect();
    let recipients: Vec<Value> = recipients
        .iter()
        .map(|start| json!({ "secret": hex(kem(*start).as_bytes()), "public": hex(kem(*start).public().as_bytes()) }))
        .collect();
    let value = json!({
        "name": name,
        "space": hex(space),
        "recipients": recipients,
        "slot_key": hex(keys.slot_key.as_bytes()),
        "epoch_keys": epoch_keys,
        "key_box": hex(&key_box),
        "key_box_hash": hex(key_box_hash(&key_box)),
    });
    (value, key_box)
}

#[test]
fn key_boxes_are_sealed_as_the_vectors_say() {
    let (one, key_box) = accepted("one recipient, one epoch", &[0], &[1]);
    let (two, _) = accepted(
        "two recipients, three epochs, one of them past 24",
        &[0, 0x40],
        &[3, 4, 300],
    );

    let space = SpaceId::from_bytes(counting(0x10));
    let elsewhere = SpaceId::from_bytes(counting(0x11));
    // Map of 3: version (2 bytes), space (1 + 17), key of the entries (1), head of the array (1).
    let first = 1 + 2 + 18 + 2;
    let entry = (key_box.len() - first) / 8;
    let tag = {
        let mut hasher = blake3::Hasher::new_derive_key("cairn key box tag 1");
        hasher.update(kem(0).public().as_bytes()).update(space.as_bytes());
        hasher.finalize().as_bytes()[..16].to_vec()
    };
    let mine = (0..8)
        .map(|i| first + i * entry)
        .find(|at| key_box[at + 2..at + 18] == tag)
        .unwrap();
    let entries: Vec<&[u8]> = key_box[first..].chunks(entry).collect();
    let swapped = [&key_box[..first], entries[1], entries[0], &entries[2..].concat()].concat();
    let seven = [&key_box[..first - 1], &[0x87], &key_box[first..first + 7 * entry]].concat();
    let long_version = [&[0xa3, 0, 0x18, 1], &key_box[3..]].concat();
    let renamed = [
        &key_box[..4],
        &[0x50],
        elsewhere.as_bytes().as_slice(),
        &key_box[first - 2..],
    ]
    .concat();
    let enc = mine + TAG_AND_HEAD + 3;
    let last = mine + entry - 1;

    let reject: Vec<Value> = [
        ("another secret key", space, 1, key_box.clone()),
        ("asked for in another space", elsewhere, 0, key_box.clone()),
        ("renamed to another space", elsewhere, 0, renamed.clone()),
        ("renamed, and asked for in its own space", space, 0, renamed),
        ("version 2", space, 0, flipped(&key_box, 2, 3)),
        ("version not in its shortest form", space, 0, long_version),
        ("my tag changed", space, 0, flipped(&key_box, mine + 17, 1)),
        ("my ML-KEM ciphertext changed", space, 0, flipped(&key_box, enc, 1)),
        ("my X25519 share changed", space, 0, flipped(&key_box, enc + 1119, 1)),
        ("my ciphertext changed", space, 0, flipped(&key_box, last - 20, 1)),
        (
            "my ciphertext's authentication changed",
            space,
            0,
            flipped(&key_box, last, 1),
        ),
        ("entries out of order", space, 0, swapped),
        ("seven entries", space, 0, seven),
        ("a byte short", space, 0, key_box[..key_box.len() - 1].to_vec()),
        ("a byte more", space, 0, [key_box.as_slice(), &[0]].concat()),
        ("empty", space, 0, Vec::new()),
    ]
    .into_iter()
    .map(|(name, space, secret, bytes)| {
        let error = open_key_box(&space, &kem(secret), &bytes).expect_err(name);
        json!({
            "name": name,
            "space": hex(space),
            "secret": hex(kem(secret).as_bytes()),
            "key_box": splice("one recipient, one epoch", &key_box, &bytes),
            "refusal": refusal(error),
        })
    })
    .collect();
    hold("key_box.json", &json!({ "accept": [one, two], "reject": reject }));
}

#[test]
fn keys_that_the_chain_does_not_vouch_for_are_refused() {
    let vouched: BTreeMap<u32, EpochCommitment> = keys(&[1, 2])
        .epoch_keys
        .iter()
        .map(|(epoch, key)| (*epoch, EpochCommitment::of(key)))
        .collect();
    assert!(keys(&[1, 2]).check(&vouched).is_ok());
    assert!(keys(&[2]).check(&vouched).is_ok());
    assert!(keys(&[1, 2, 3]).check(&vouched).is_err());
    let mut exchanged = keys(&[1]);
    exchanged.epoch_keys.insert(2, EpochKey::from_bytes(counting(9)));
    assert!(exchanged.check(&vouched).is_err());
}

#[test]
fn a_box_for_nine_has_sixteen_entries_and_opens_for_each_of_them_only() {
    let space = SpaceId::from_bytes(counting(0x10));
    let publics: Vec<_> = (0..9).map(|start| kem(start).public()).collect();
    let key_box = seal_key_box(&space, &publics, &keys(&[1]), &mut Seeded::new(0)).unwrap();
    let eight = seal_key_box(&space, &publics[..8], &keys(&[1]), &mut Seeded::new(0)).unwrap();
    let five = seal_key_box(&space, &publics[..5], &keys(&[1]), &mut Seeded::new(0)).unwrap();
    assert_eq!(five.len(), eight.len());
    assert_eq!(key_box.len() - eight.len(), (eight.len() - 23) / 8 * 8);
    for start in 0..9 {
        assert_eq!(open_key_box(&space, &kem(start), &key_box).unwrap(), keys(&[1]));
    }
    assert!(open_key_box(&space, &kem(9), &key_box).is_err());
    let twice = [publics[0].clone(), publics[0].clone()];
    assert!(seal_key_box(&space, &twice, &keys(&[1]), &mut Seeded::new(0)).is_err());
    assert!(seal_key_box(&space, &[], &keys(&[1]), &mut Seeded::new(0)).is_err());
}

#[test]
fn a_box_with_no_room_for_every_epoch_holds_the_newest_ones() {
    let space = SpaceId::from_bytes(counting(0x10));
    let all: Vec<u32> = (1..=200).collect();
    for (recipients, bytes_max) in [(1, 16 * 1024), (9, 100_000), (1, 0), (33, 240 * 1024)] {
        let starts = (0..recipients).map(|at| kem(at * 5));
        let publics: Vec<_> = starts.map(|kem| kem.public()).collect();
        let fitting = keys(&all).fitting(publics.len(), bytes_max);
        assert!(fitting.epoch_keys.contains_key(&200), "the newest is always there");
        let key_box = seal_key_box(&space, &publics, &fitting, &mut Counting::from(0xa0)).unwrap();
        let count = fitting.epoch_keys.len();
        assert!(
            key_box.len() <= bytes_max || count == 1,
            "{recipients}: {} bytes",
            key_box.len()
        );
        // No more is left out than has to be: a tenth more would not fit.
        assert!(
            count == 200 || key_box.len() * 11 / 10 > bytes_max,
            "{recipients}: {count} epochs"
        );
        let oldest = u32::try_from(201 - count).unwrap();
        assert_eq!(fitting.epoch_keys.keys().next(), Some(&oldest));
    }
}
