//! Where this device is to be woken, sealed for the moment in which somebody rings. `cairn_wire::wake` draws the bytes.
//!
//! ```text
//! wake key = BLAKE3-derive-key("cairn wake key 1", epoch key)
//! ciphertext || tag = XChaCha20-Poly1305(wake key, nonce, associated data = registration_bytes, length u16 || address || zeros to 1024)
//! ```
//!
//! Whoever reads the space has the wake key of its epoch, and so whoever writes into it can hand it to the relay. It opens no record.

use cairn_wire::wake::{NONCE_BYTES, REGISTRATION_BYTES, VERSION, padded, registration_bytes};
use cairn_wire::{PublicKey, RegistrationId, SpaceId, WakeKey};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use super::{CryptoError, EpochKey};

/// The key that opens what devices registered in a space during an epoch.
pub fn wake_key(epoch: &EpochKey) -> WakeKey {
    WakeKey::from_bytes(blake3::derive_key("cairn wake key 1", epoch.as_bytes()))
}

/// By which an address is known again, where it itself need not stand.
pub fn endpoint_hash(endpoint: &str) -> [u8; 32] {
    *blake3::hash(endpoint.as_bytes()).as_bytes()
}

/// What a registration is bound to: the space, the access key it stands under, its name, and the epoch.
pub type WakeBound<'a> = (&'a SpaceId, &'a PublicKey, &'a RegistrationId, u32);

/// Seals an address. The nonce must be random and never used again.
///
/// # Errors
/// [`CryptoError::TooLarge`] where it is empty or longer than [`cairn_wire::bounds::ENDPOINT_BYTES_MAX`].
pub fn seal_endpoint(
    key: &WakeKey,
    nonce: [u8; NONCE_BYTES],
    (space, access, registration, epoch): WakeBound<'_>,
    endpoint: &str,
) -> Result<Vec<u8>, CryptoError> {
    let mut padded = Zeroizing::new(padded(endpoint).ok_or(CryptoError::TooLarge)?);
    let bound = registration_bytes(space, access, registration, epoch);
    let tag = XChaCha20Poly1305::new(key.as_bytes().into())
        .encrypt_inout_detached((&nonce).into(), &bound, padded.as_mut_slice().into())
        .map_err(|_| CryptoError::TooLarge)?;
    let mut sealed = Vec::with_capacity(REGISTRATION_BYTES);
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(padded.as_slice());
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}
