//! Words behind a gate: sealed once more, to a key of two halves. One stands in the sealed record, the other at the relay until it is taken.
//!
//! Everything follows from a secret that the participant's devices have and nobody else, so that each of them finds the same halves for the same view, and another
//! view of the same share has others.
//!
//! ```text
//! gate 16 || inner 32 || outer 32 = first 80 bytes of BLAKE3-keyed-XOF(gate key,
//!                                     "cairn gate 1" || share 16 || version u64 || built i64), both little-endian
//! key 32 || commitment 32         = first 64 bytes of BLAKE3-keyed-XOF(outer, "cairn gate item 1" || inner || share || gate || nonce)
//! sealed = nonce 24 || commitment 32 || ciphertext || tag 16
//! ciphertext || tag = XChaCha20-Poly1305(key, nonce, associated data = share || gate, plaintext)
//! ```
//!
//! The inner half travels with what it seals; the outer one is the part that the relay keeps. Either alone says nothing of the key.

use cairn_wire::{GateId, GatePart};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::{Zeroize, Zeroizing};

use super::CryptoError;
use super::keys::{GateKey, equal_in_constant_time, key_and_commitment};
use crate::id::ShareId;

const DOMAIN: &[u8] = b"cairn gate 1";
const ITEM_DOMAIN: &[u8] = b"cairn gate item 1";
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// A gate's name and the two halves of its key.
#[derive(Clone, PartialEq, Eq)]
pub struct Halves {
    /// Its name.
    pub gate: GateId,
    /// What travels with the sealed words.
    pub inner: [u8; 32],
    /// What the relay keeps.
    pub outer: GatePart,
}

/// Shows nothing.
impl std::fmt::Debug for Halves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Halves(…)")
    }
}

impl Halves {
    /// Those of the view of a share that was built at this time (ms) under this version of its consent.
    pub fn of(key: &GateKey, share: ShareId, version: u64, built: i64) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
        hasher
            .update(DOMAIN)
            .update(share.as_bytes())
            .update(&version.to_le_bytes())
            .update(&built.to_le_bytes());
        let mut output = hasher.finalize_xof();
        let (mut gate, mut inner, mut outer) = ([0; 16], [0; 32], [0; 32]);
        output.fill(&mut gate);
        output.fill(&mut inner);
        output.fill(&mut outer);
        hasher.zeroize();
        output.zeroize();
        Self {
            gate: GateId::from_bytes(gate),
            inner,
            outer: GatePart::from_bytes(outer),
        }
    }

    /// Seals words. The nonce must be random and never used again.
    ///
    /// # Errors
    /// [`CryptoError::TooLarge`] where the cipher cannot take as much.
    pub fn seal(&self, share: ShareId, nonce: [u8; 24], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let (cipher, commitment) = self.derive(share, &nonce);
        let mut sealed = Vec::with_capacity(NONCE_BYTES + 32 + plaintext.len() + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&commitment);
        let start = sealed.len();
        sealed.extend_from_slice(plaintext);
        let tag = XChaCha20Poly1305::new((&*cipher).into())
            .encrypt_inout_detached((&nonce).into(), &self.about(share), sealed[start..].as_mut().into())
            .map_err(|_| CryptoError::TooLarge)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens them.
    ///
    /// # Errors
    /// [`CryptoError::NotOpened`], whatever the reason.
    pub fn open(&self, share: ShareId, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (nonce, rest) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(CryptoError::NotOpened)?;
        let (commitment, rest) = rest.split_first_chunk::<32>().ok_or(CryptoError::NotOpened)?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_BYTES>().ok_or(CryptoError::NotOpened)?;
        let (cipher, expected) = self.derive(share, nonce);
        if !equal_in_constant_time(&expected, commitment) {
            return Err(CryptoError::NotOpened);
        }
        let mut plaintext = Zeroizing::new(ciphertext.to_vec());
        XChaCha20Poly1305::new((&*cipher).into())
            .decrypt_inout_detached(
                nonce.into(),
                &self.about(share),
                plaintext.as_mut_slice().into(),
                tag.into(),
            )
            .map_err(|_| CryptoError::NotOpened)?;
        Ok(plaintext)
    }

    fn about(&self, share: ShareId) -> [u8; 32] {
        let mut about = [0; 32];
        about[..16].copy_from_slice(share.as_bytes());
        about[16..].copy_from_slice(self.gate.as_bytes());
        about
    }

    /// The key of the cipher, and the commitment that travels with it.
    fn derive(&self, share: ShareId, nonce: &[u8; NONCE_BYTES]) -> (Zeroizing<[u8; 32]>, [u8; 32]) {
        let mut hasher = blake3::Hasher::new_keyed(self.outer.as_bytes());
        hasher
            .update(ITEM_DOMAIN)
            .update(&self.inner)
            .update(&self.about(share))
            .update(nonce);
        key_and_commitment(hasher)
    }
}
