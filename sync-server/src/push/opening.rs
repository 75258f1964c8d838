//! Opening what a device registered, with the key that whoever rings handed over. `cairn_wire::wake` draws the bytes.

use cairn_wire::wake::{
    NONCE_BYTES, PADDED_BYTES, REGISTRATION_BYTES, TAG_BYTES, VERSION, endpoint, registration_bytes,
};
use cairn_wire::{SpaceId, WakeKey};
use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};

use super::Endpoint;
use crate::store::Registered;

/// Where a device is to be posted to; `None` where the key does not open it, or it is no address.
pub(crate) fn open(key: &WakeKey, space: &SpaceId, epoch: u32, registered: &Registered) -> Option<Endpoint> {
    let sealed: &[u8; REGISTRATION_BYTES] = registered.sealed.as_slice().try_into().ok()?;
    let (version, rest) = sealed.split_first()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>()?;
    let mut padded: [u8; PADDED_BYTES] = ciphertext.try_into().ok()?;
    if *version != VERSION {
        return None;
    }
    let bound = registration_bytes(space, &registered.key, &registered.registration, epoch);
    XChaCha20Poly1305::new(key.as_bytes().into())
        .decrypt_inout_detached(nonce.into(), &bound, padded.as_mut_slice().into(), tag.into())
        .ok()?;
    Endpoint::parse(endpoint(&padded)?)
}
