//! The bytes of `vault.id`, the small file beside the database that tells a wrong key from a damaged page.
//!
//! Canonical CBOR map:
//!
//! | key | value |
//! |---|---|
//! | 0 | version, 1 |
//! | 1 | id of the vault, 16 random bytes |
//! | 2 | BLAKE3-keyed(BLAKE3-derive-key("cairn vault id 1", vault key), id), 32 bytes |

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::keys::{VaultKey, equal_in_constant_time};
use super::{CryptoError, cbor};

#[derive(Encode, Decode)]
#[cbor(map)]
struct VaultIdFile {
    #[n(0)]
    version: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    id: [u8; 16],
    #[cbor(n(2), with = "minicbor::bytes")]
    mac: [u8; 32],
}

/// What a `vault.id` says about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultIdVerdict {
    /// The vault was made with this key. If its database does not open, the database is damaged.
    RightKey {
        /// The vault's random id.
        id: [u8; 16],
    },
    /// The vault was made with another key. Nothing is damaged, and nothing may be moved.
    WrongKey,
    /// These bytes are no `vault.id`: the file itself is damaged, and says nothing about the key.
    Malformed,
    /// A newer version of the software made this vault.
    TooNew,
}

/// Makes the bytes of a new vault's `vault.id`.
pub fn make_vault_id(key: &VaultKey, id: [u8; 16]) -> Vec<u8> {
    cbor::encode(&VaultIdFile {
        version: 1,
        id,
        mac: mac(key, &id),
    })
}

/// Holds a key against the bytes of a `vault.id`.
pub fn check_vault_id(bytes: &[u8], key: &VaultKey) -> VaultIdVerdict {
    match cbor::decode_version_1::<VaultIdFile>(bytes) {
        Ok(file) if equal_in_constant_time(&mac(key, &file.id), &file.mac) => VaultIdVerdict::RightKey { id: file.id },
        Ok(_) => VaultIdVerdict::WrongKey,
        Err(CryptoError::TooNew) => VaultIdVerdict::TooNew,
        Err(_) => VaultIdVerdict::Malformed,
    }
}

fn mac(key: &VaultKey, id: &[u8; 16]) -> [u8; 32] {
    let mac_key = Zeroizing::new(blake3::derive_key("cairn vault id 1", key.as_bytes()));
    *blake3::keyed_hash(&mac_key, id).as_bytes()
}
