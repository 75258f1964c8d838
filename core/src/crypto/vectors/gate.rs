//! `gate.json`.

use cairn_wire::GatePart;
use serde_json::json;

use super::{counting, flipped, hex, hold, refusal, splice};
use crate::crypto::{GateKey, Halves};
use crate::id::ShareId;

#[test]
fn words_behind_a_gate_are_as_they_were_frozen() {
    let (key, share) = (GateKey::from_bytes(counting(0x50)), ShareId::from_bytes(counting(0x10)));
    let words = &b"two stones and a third on top"[..];
    let mut accept = Vec::new();
    for (name, version, built, plaintext) in [
        ("nothing", 1, 0, &b""[..]),
        ("words", 2, 1_794_000_000_000, words),
        ("before 1970", 3, -1, words),
    ] {
        let (halves, nonce) = (Halves::of(&key, share, version, built), counting(0x60));
        let sealed = halves.seal(share, nonce, plaintext).unwrap();
        assert_eq!(halves.open(share, &sealed).unwrap().as_slice(), plaintext);
        accept.push(json!({
            "name": name,
            "gate_key": hex(key.as_bytes()),
            "share": hex(share.as_bytes()),
            "version": version,
            "built": built,
            "gate": hex(halves.gate.as_bytes()),
            "inner": hex(halves.inner),
            "outer": hex(halves.outer.as_bytes()),
            "nonce": hex(nonce),
            "plaintext": hex(plaintext),
            "sealed": hex(&sealed),
        }));
    }
    let halves = Halves::of(&key, share, 2, 1_794_000_000_000);
    let sealed = halves.seal(share, counting(0x60), words).unwrap();
    let other = ShareId::from_bytes(counting(0x11));
    let later = Halves::of(&key, share, 2, 1_794_000_000_001);
    let without_inner = Halves {
        inner: [0; 32],
        ..halves.clone()
    };
    let without_outer = Halves {
        outer: GatePart::from_bytes([0; 32]),
        ..halves.clone()
    };
    let cases = [
        ("a flipped bit of the nonce", &halves, share, flipped(&sealed, 3, 1)),
        (
            "a flipped bit of the commitment",
            &halves,
            share,
            flipped(&sealed, 30, 1),
        ),
        ("a flipped bit of the words", &halves, share, flipped(&sealed, 60, 1)),
        (
            "a flipped bit of the tag",
            &halves,
            share,
            flipped(&sealed, sealed.len() - 1, 1),
        ),
        ("what is cut", &halves, share, sealed[..sealed.len() - 1].to_vec()),
        ("another share", &halves, other, sealed.clone()),
        ("another view", &later, share, sealed.clone()),
        ("the outer half alone", &without_inner, share, sealed.clone()),
        ("the inner half alone", &without_outer, share, sealed.clone()),
    ];
    let reject: Vec<_> = cases
        .iter()
        .map(|(name, halves, share, changed)| {
            json!({
                "name": name,
                "gate": hex(halves.gate.as_bytes()),
                "inner": hex(halves.inner),
                "outer": hex(halves.outer.as_bytes()),
                "share": hex(share.as_bytes()),
                "sealed": splice("words", &sealed, changed),
                "refusal": refusal(halves.open(*share, changed).unwrap_err()),
            })
        })
        .collect();
    hold("gate.json", &json!({ "accept": accept, "reject": reject }));
}
