//! The bytes in which a device registers where to wake it: sealed, so that nothing that is kept says where.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | version, 1 |
//! | 24 | nonce, random |
//! | 1024 | ciphertext of: length of the address as u16 little-endian, the address, zeros |
//! | 16 | tag |
//!
//! XChaCha20-Poly1305 under the wake key of the space's present epoch, with [`registration_bytes`] as associated data. The wake key is
//! BLAKE3-derive-key("cairn wake key 1", epoch key): whoever reads the space has it, and so whoever writes into it can hand it to the relay. That opens what is
//! registered in this space, posts to it, and forgets both.

use crate::{PublicKey, RegistrationId, SpaceId, bounds};

/// The version these bytes begin with.
pub const VERSION: u8 = 1;

/// Bytes of the nonce.
pub const NONCE_BYTES: usize = 24;

/// Bytes of an address with its length and what fills it up: of every address as many.
pub const PADDED_BYTES: usize = 1024;

/// Bytes of the tag.
pub const TAG_BYTES: usize = 16;

/// Bytes of a registration: 1065.
pub const REGISTRATION_BYTES: usize = 1 + NONCE_BYTES + PADDED_BYTES + TAG_BYTES;

/// What a registration is bound to: "cairn wake 1" || space || key || registration || epoch u32, little-endian.
#[must_use]
pub fn registration_bytes(space: &SpaceId, key: &PublicKey, registration: &RegistrationId, epoch: u32) -> Vec<u8> {
    [
        b"cairn wake 1".as_slice(),
        space.as_bytes(),
        key.as_bytes(),
        registration.as_bytes(),
        &epoch.to_le_bytes(),
    ]
    .concat()
}

/// An address, filled up. `None` where it is empty or longer than [`bounds::ENDPOINT_BYTES_MAX`].
#[must_use]
pub fn padded(endpoint: &str) -> Option<[u8; PADDED_BYTES]> {
    let mut bytes = [0; PADDED_BYTES];
    let length = u16::try_from(endpoint.len()).ok().filter(|length| *length > 0)?;
    if endpoint.len() > bounds::ENDPOINT_BYTES_MAX {
        return None;
    }
    bytes[..2].copy_from_slice(&length.to_le_bytes());
    bytes[2..2 + endpoint.len()].copy_from_slice(endpoint.as_bytes());
    Some(bytes)
}

/// The address in what was filled up; `None` where it is none, or something else than zeros fills it up.
#[must_use]
pub fn endpoint(padded: &[u8; PADDED_BYTES]) -> Option<&str> {
    let (length, rest) = padded.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (endpoint, filling) = rest.split_at_checked(length)?;
    let is_filled = !endpoint.is_empty() && filling.iter().all(|byte| *byte == 0);
    std::str::from_utf8(endpoint).ok().filter(|_| is_filled)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn an_address_is_filled_up_and_found_again() {
        for length in [1, 2, 100, bounds::ENDPOINT_BYTES_MAX] {
            let address = "a".repeat(length);
            assert_eq!(endpoint(&padded(&address).unwrap()), Some(address.as_str()));
        }
        for address in [String::new(), "a".repeat(bounds::ENDPOINT_BYTES_MAX + 1)] {
            assert_eq!(padded(&address), None);
        }
    }

    #[test]
    fn what_is_filled_up_otherwise_holds_no_address() {
        let whole = padded("https://push.example/x").unwrap();
        let changed = |at: usize, byte: u8| {
            let mut bytes = whole;
            bytes[at] = byte;
            bytes
        };
        assert_eq!(endpoint(&[0; PADDED_BYTES]), None, "empty");
        assert_eq!(endpoint(&changed(PADDED_BYTES - 1, 1)), None, "filled with something");
        assert_eq!(endpoint(&changed(1, 4)), None, "longer than there is room");
        assert_eq!(endpoint(&changed(2, 0xff)), None, "no UTF-8");
    }
}
