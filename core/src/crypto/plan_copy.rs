//! The copy of the plan for hard times that can be read while everything else is locked.
//!
//! It is there only while the participant wants that. Its key lies in the key store under a name of its own and opens
//! nothing else; whoever has file and key reads the plan, and that is what was asked for.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 15 | `cairn plan open` |
//! | 15 | 1 | version, 1 |
//! | 16 | 24 | nonce, random |
//! | 40 | 32 | commitment to the key |
//! | 72 | n | ciphertext, as long as the plaintext |
//! | 72 + n | 16 | Poly1305 tag |
//!
//! ```text
//! key 32 || commitment 32 = first 64 bytes of BLAKE3-keyed-XOF(plan key, "cairn plan 1" || nonce)
//! ciphertext || tag       = XChaCha20-Poly1305(key, nonce, associated data = the first 16 bytes, plaintext)
//! ```

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroizing;

use super::CryptoError;
use super::keys::{PlanKey, equal_in_constant_time, key_and_commitment};

const FRONT: &[u8; 16] = b"cairn plan open\x01";
const DOMAIN: &[u8] = b"cairn plan 1";
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Seals the copy. The nonce must be random and never used again.
///
/// # Errors
/// [`CryptoError::TooLarge`] where the cipher cannot take as much.
pub fn seal_plan(key: &PlanKey, nonce: [u8; 24], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let (cipher, commitment) = derive(key, &nonce);
    let mut file = Vec::with_capacity(plaintext.len() + 128);
    file.extend_from_slice(FRONT);
    file.extend_from_slice(&nonce);
    file.extend_from_slice(&commitment);
    let start = file.len();
    file.extend_from_slice(plaintext);
    let tag = XChaCha20Poly1305::new((&*cipher).into())
        .encrypt_inout_detached((&nonce).into(), FRONT, file[start..].as_mut().into())
        .map_err(|_| CryptoError::TooLarge)?;
    file.extend_from_slice(&tag);
    Ok(file)
}

/// Opens the copy.
///
/// # Errors
/// [`CryptoError::TooNew`] for another version, [`CryptoError::NotOpened`] for everything else, whatever the reason.
pub fn open_plan(key: &PlanKey, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let (front, rest) = file.split_first_chunk::<16>().ok_or(CryptoError::NotOpened)?;
    if front != FRONT {
        let is_newer = front[..15] == FRONT[..15] && front[15] > FRONT[15];
        return Err(if is_newer {
            CryptoError::TooNew
        } else {
            CryptoError::NotOpened
        });
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(CryptoError::NotOpened)?;
    let (commitment, rest) = rest.split_first_chunk::<32>().ok_or(CryptoError::NotOpened)?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(CryptoError::NotOpened)?;
    let (cipher, expected) = derive(key, nonce);
    if !equal_in_constant_time(&expected, commitment) {
        return Err(CryptoError::NotOpened);
    }
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    XChaCha20Poly1305::new((&*cipher).into())
        .decrypt_inout_detached(nonce.into(), FRONT, plaintext.as_mut_slice().into(), tag.into())
        .map_err(|_| CryptoError::NotOpened)?;
    Ok(plaintext)
}

/// The key of the cipher, and the commitment that travels with it.
fn derive(key: &PlanKey, nonce: &[u8; NONCE_BYTES]) -> (Zeroizing<[u8; 32]>, [u8; 32]) {
    let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
    hasher.update(DOMAIN).update(nonce);
    key_and_commitment(hasher)
}
