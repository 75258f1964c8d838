//! `wrapped_key.json`.

use serde_json::json;

use super::{Counting, counting, flipped, hex, hold, refusal, splice};
use crate::crypto::{PassphraseKind, VaultKey, WrappedKey};

#[test]
fn the_key_under_a_passphrase_is_as_it_was_frozen() {
    let key = VaultKey::from_bytes(counting(0x70));
    let mut accept = Vec::new();
    let mut files = Vec::new();
    for (name, kind, typed) in [
        ("a passphrase", PassphraseKind::Passphrase, "zwei Ste\u{301}ine １"),
        ("a PIN", PassphraseKind::Pin, "271828"),
    ] {
        let wrapped = WrappedKey::wrap(&key, kind, typed, &mut Counting::from(0x80)).unwrap();
        let read = WrappedKey::parse(wrapped.as_bytes()).unwrap();
        assert_eq!(read.kind(), kind);
        assert_eq!(read.unwrap(typed).unwrap().as_bytes(), key.as_bytes());
        accept.push(json!({
            "name": name,
            "typed": typed,
            "vault_key": hex(key.as_bytes()),
            "salt": hex(&wrapped.as_bytes()[20..36]),
            "nonce": hex(&wrapped.as_bytes()[36..60]),
            "file": hex(wrapped.as_bytes()),
        }));
        files.push(wrapped.as_bytes().to_vec());
    }
    let file = &files[1];
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = file.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let pin = "271828";
    let cases = [
        ("other digits", "271829", file.clone()),
        ("nothing", "", file.clone()),
        ("a PIN called a passphrase", pin, with(16, &[0])),
        ("one pass more", pin, with(17, &[4])),
        ("more memory", pin, with(18, &[65, 0])),
        ("a flipped bit of the salt", pin, flipped(file, 20, 1)),
        ("a flipped bit of the nonce", pin, flipped(file, 59, 1)),
        ("a flipped bit of the commitment", pin, flipped(file, 60, 1)),
        ("a flipped bit of the key", pin, flipped(file, 92, 1)),
        ("a flipped bit of the tag", pin, flipped(file, 139, 1)),
        ("fewer passes than are asked for", pin, with(17, &[2])),
        ("more passes than are allowed", pin, with(17, &[17])),
        ("less memory than is asked for", pin, with(18, &[63, 0])),
        ("more memory than is allowed", pin, with(18, &[1, 1])),
        ("all the memory there is", pin, with(18, &[255, 255])),
        ("a kind that is none", pin, with(16, &[2])),
        ("bytes that are cut", pin, file[..139].to_vec()),
        ("a byte more", pin, [file.as_slice(), &[0]].concat()),
        ("a key that is not wrapped", pin, key.as_bytes().to_vec()),
        ("another file", pin, flipped(file, 0, 1)),
        ("version 0", pin, with(15, &[0])),
        ("a newer version", pin, with(15, &[2])),
    ];
    let reject: Vec<_> = cases
        .iter()
        .map(|(name, typed, changed)| {
            let refused = WrappedKey::parse(changed).and_then(|wrapped| wrapped.unwrap(typed));
            json!({
                "name": name,
                "typed": typed,
                "file": splice("a PIN", file, changed),
                "refusal": refusal(refused.unwrap_err()),
            })
        })
        .collect();
    hold("wrapped_key.json", &json!({ "accept": accept, "reject": reject }));
}
