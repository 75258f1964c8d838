//! `plan_copy.json`.

use serde_json::json;

use super::{counting, flipped, hex, hold, refusal, splice};
use crate::crypto::{PlanKey, open_plan, seal_plan};

#[test]
fn the_copy_of_a_plan_is_as_it_was_frozen() {
    let key = PlanKey::from_bytes(counting(0x50));
    let mut accept = Vec::new();
    for (name, plaintext) in [
        ("an empty plan", &b""[..]),
        ("a plan", &b"two stones and a third on top"[..]),
    ] {
        let nonce = counting(0x60);
        let file = seal_plan(&key, nonce, plaintext).unwrap();
        assert_eq!(open_plan(&key, &file).unwrap().as_slice(), plaintext);
        accept.push(json!({
            "name": name,
            "plan_key": hex(key.as_bytes()),
            "nonce": hex(nonce),
            "plaintext": hex(plaintext),
            "file": hex(&file),
        }));
    }
    let file = seal_plan(&key, counting(0x60), b"two stones and a third on top").unwrap();
    let other = PlanKey::from_bytes(counting(0x51));
    let cases = [
        ("a flipped bit of the nonce", &key, flipped(&file, 20, 1)),
        ("a flipped bit of the commitment", &key, flipped(&file, 50, 1)),
        ("a flipped bit of the words", &key, flipped(&file, 75, 1)),
        ("a flipped bit of the tag", &key, flipped(&file, file.len() - 1, 1)),
        ("a file that is cut", &key, file[..file.len() - 1].to_vec()),
        ("a file that is no plan", &key, flipped(&file, 0, 1)),
        ("a newer version", &key, flipped(&file, 15, 2)),
        ("another key", &other, file.clone()),
    ];
    let reject: Vec<_> = cases
        .iter()
        .map(|(name, key, changed)| {
            json!({
                "name": name,
                "plan_key": hex(key.as_bytes()),
                "file": splice("a plan", &file, changed),
                "refusal": refusal(open_plan(key, changed).unwrap_err()),
            })
        })
        .collect();
    hold("plan_copy.json", &json!({ "accept": accept, "reject": reject }));
}
