//! `wake.json`. What is sealed here the relay opens, whose tests read this file too.

use cairn_wire::{PublicKey, RegistrationId, SpaceId};
use serde_json::json;

use super::{counting, hex, hold};
use crate::crypto::{CryptoError, EpochKey, seal_endpoint, wake_key};

#[test]
fn where_a_device_is_woken_is_sealed_as_it_was_frozen() {
    let (epoch_key, nonce) = (EpochKey::from_bytes(counting(0x40)), counting(0x60));
    let (space, access) = (
        SpaceId::from_bytes(counting(0x10)),
        PublicKey::from_bytes(counting(0x20)),
    );
    let registration = RegistrationId::from_bytes(counting(0x30));
    let key = wake_key(&epoch_key);
    let longest = format!(
        "https://push.example/{}",
        "a".repeat(cairn_wire::bounds::ENDPOINT_BYTES_MAX - 21)
    );
    let mut accept = Vec::new();
    for (name, epoch, endpoint) in [
        ("an address", 1, "https://push.example/up?id=1"),
        ("the longest", 7, longest.as_str()),
    ] {
        let sealed = seal_endpoint(&key, nonce, (&space, &access, &registration, epoch), endpoint).unwrap();
        assert_eq!(
            sealed.len(),
            cairn_wire::wake::REGISTRATION_BYTES,
            "each is as long as the other"
        );
        accept.push(json!({
            "name": name,
            "epoch_key": hex(epoch_key.as_bytes()),
            "wake_key": hex(key.as_bytes()),
            "space": hex(space.as_bytes()),
            "access": hex(access.as_bytes()),
            "registration": hex(registration.as_bytes()),
            "epoch": epoch,
            "nonce": hex(nonce),
            "endpoint": endpoint,
            "sealed": hex(&sealed),
        }));
    }
    for endpoint in [String::new(), longest + "a"] {
        let sealed = seal_endpoint(&key, nonce, (&space, &access, &registration, 1), &endpoint);
        assert_eq!(sealed, Err(CryptoError::TooLarge));
    }
    hold("wake.json", &json!({ "accept": accept }));
}
