//! `slots.json`, `import_ids.json`, `vault_id.json`.

use serde_json::{Value, json};

use super::{counting, flipped, hex, hold};
use crate::crypto::{SlotKey, VaultIdVerdict, VaultKey, check_vault_id, import_id, make_vault_id, slot_id};
use crate::id::DocumentId;

#[test]
fn slots_are_named_as_the_vectors_say() {
    let cases = [
        (0, 0x10, 0),
        (0, 0x10, 1),
        (0, 0x11, 0),
        (1, 0x10, 0),
        (0, 0x10, 0x0403_0201),
    ];
    let accept: Vec<Value> = cases
        .into_iter()
        .map(|(key, document, edition)| {
            let key = SlotKey::from_bytes(counting(key));
            let document = DocumentId::from_bytes(counting(document));
            json!({
                "slot_key": hex(key.as_bytes()),
                "document": hex(document.as_bytes()),
                "edition": edition,
                "slot": hex(slot_id(&key, &document, edition)),
            })
        })
        .collect();
    hold("slots.json", &json!({ "accept": accept }));
}

#[test]
fn imported_entries_are_named_as_the_vectors_say() {
    let cases = [
        (0, "dayone", "5A0E"),
        (0, "dayon", "e5A0E"),
        (0, "", ""),
        (0, "tagebuch", "Übung 1"),
        (1, "dayone", "5A0E"),
    ];
    let accept: Vec<Value> = cases
        .into_iter()
        .map(|(key, source, source_id)| {
            let key = SlotKey::from_bytes(counting(key));
            let id = import_id(&key, source, source_id);
            let bytes = hex(id.as_bytes());
            json!({ "slot_key": hex(key.as_bytes()), "source": source, "source_id": source_id, "id": bytes })
        })
        .collect();
    hold("import_ids.json", &json!({ "accept": accept }));
}

#[test]
fn a_vault_names_its_key_as_the_vectors_say() {
    let (key, other) = (VaultKey::from_bytes(counting(0)), VaultKey::from_bytes(counting(1)));
    let bytes = make_vault_id(&key, counting(0x10));
    let right = VaultIdVerdict::RightKey { id: counting(0x10) };
    let cases = [
        ("right key", &key, bytes.clone(), right),
        ("another key", &other, bytes.clone(), VaultIdVerdict::WrongKey),
        ("another id", &key, flipped(&bytes, 5, 1), VaultIdVerdict::WrongKey),
        (
            "another mac",
            &key,
            flipped(&bytes, bytes.len() - 1, 1),
            VaultIdVerdict::WrongKey,
        ),
        ("version 2", &key, flipped(&bytes, 2, 3), VaultIdVerdict::TooNew),
        (
            "version not in its shortest form",
            &key,
            [&[0xa3, 0, 0x18, 1], &bytes[3..]].concat(),
            VaultIdVerdict::Malformed,
        ),
        (
            "a byte short",
            &key,
            bytes[..bytes.len() - 1].to_vec(),
            VaultIdVerdict::Malformed,
        ),
        (
            "a byte more",
            &key,
            [bytes.as_slice(), &[0]].concat(),
            VaultIdVerdict::Malformed,
        ),
        ("empty", &key, Vec::new(), VaultIdVerdict::Malformed),
        ("zeros", &key, vec![0; bytes.len()], VaultIdVerdict::Malformed),
    ];
    let (accept, reject): (Vec<Value>, Vec<Value>) = cases
        .into_iter()
        .map(|(name, key, bytes, expected)| {
            assert_eq!(check_vault_id(&bytes, key), expected, "{name}");
            let verdict = match expected {
                VaultIdVerdict::RightKey { .. } => "right_key",
                VaultIdVerdict::WrongKey => "wrong_key",
                VaultIdVerdict::Malformed => "malformed",
                VaultIdVerdict::TooNew => "too_new",
            };
            json!({ "name": name, "vault_key": hex(key.as_bytes()), "file": hex(bytes), "verdict": verdict })
        })
        .partition(|case| case["verdict"] == "right_key");
    hold("vault_id.json", &json!({ "accept": accept, "reject": reject }));
}
