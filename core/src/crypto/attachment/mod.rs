//! Attachments: how their names and keys follow from their bytes, and how they are sealed.
//!
//! ```text
//! content        = SHA-256 of the bytes 32 || how many they are u64
//! attachment id  = first 16 bytes of BLAKE3-keyed(slot key, "cairn attachment id 1" || content), as a UUID version 4
//! blob id        = BLAKE3-keyed(slot key, "cairn attachment blob 1" || content)
//! attachment key = BLAKE3-keyed(slot key, "cairn attachment key 1" || content)
//! ```
//!
//! The slot key is the home space's, so the same bytes are one attachment on all of a person's devices, and another one for
//! everybody else: a relay that holds some file cannot find out who else keeps it. Neither id nor blob id leads to a key. The key
//! takes the SHA-256, which stands only inside sealed records: where those are destroyed, the slot key alone opens nothing.
//!
//! What is shown to somebody else is a copy: 32 random bytes, which stand in what is shown, take the place of the slot key. So the copy has
//! nothing in common with the attachment it was made of, nor with a copy in another share.
//!
//! # The sealed form
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version, 1 |
//! | 1 | 1 | log₂ of the bytes of a chunk, 16 |
//! | 2 | 32 | commitment to the key |
//! | 34 | n × (65,536 + 16) | chunks, each with its Poly1305 tag; the last one may be shorter |
//!
//! ```text
//! cipher key 32 || commitment 32 = first 64 bytes of BLAKE3-keyed-XOF(attachment key, "cairn attachment 1" || first 2 bytes)
//! plaintext                      = the bytes, then zeros up to the length that Padmé makes of theirs, at least 1 KiB
//! chunk i                        = XChaCha20-Poly1305(cipher key, nonce i, associated data = the first 34 bytes, its part of the plaintext)
//! nonce i                        = 19 zeros || i as u32 big-endian || 1 for the last chunk, 0 for the others
//! ```
//!
//! That is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
//! 2015): chunks that are changed, moved, left out, doubled or cut off do not open, and each opens without those before it. A key
//! seals one plaintext and no other, so nonces that count are never used twice, and every device makes the same sealed bytes: an
//! upload that one began another can go on with. The padding is there because a length to the byte names a known file.
//!
//! Start reading at [`Content`].

mod stream;
#[cfg(test)]
mod tests;

pub use stream::{AttachmentReader, PartChecker, SealingReader, seal_part};

use super::keys::equal_in_constant_time;
use super::{CryptoError, SlotKey};
use crate::id::AttachmentId;
use crate::padme::padded_length;
use cairn_wire::BlobId;
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use zeroize::{Zeroize, ZeroizeOnDrop};

const VERSION: u8 = 1;
const CHUNK_CODE: u8 = 16;
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const DOMAIN: &[u8] = b"cairn attachment 1";
/// Bytes of the part before the first chunk.
pub const ATTACHMENT_HEADER_BYTES: usize = 2 + COMMITMENT_BYTES;
/// Bytes of the plaintext in one chunk.
pub const ATTACHMENT_CHUNK_BYTES: usize = 1 << CHUNK_CODE;
/// Bytes of a sealed chunk that is not the last.
const SEALED_CHUNK_BYTES: usize = ATTACHMENT_CHUNK_BYTES + TAG_BYTES;

/// The bytes of an attachment, by their digest and their length.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// How many they are.
    pub bytes: u64,
}

/// A digest names what it is of.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content(…)")
    }
}

impl Content {
    /// Reads all bytes of `source`.
    ///
    /// # Errors
    /// What the source answers.
    pub fn of(source: &mut dyn Read) -> io::Result<Self> {
        let mut hasher = ContentHasher::default();
        let mut buffer = vec![0; ATTACHMENT_CHUNK_BYTES];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(hasher.content()),
                Ok(count) => hasher.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The name that entries and apps know it by. `key` is the home space's, here and below.
    pub fn id(&self, key: &SlotKey) -> AttachmentId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.keyed(key, b"cairn attachment id 1")[..16]);
        // RFC 9562 section 5.4: version 4, variant 10.
        id[6] = (id[6] & 0x0f) | 0x40;
        id[8] = (id[8] & 0x3f) | 0x80;
        AttachmentId::from_bytes(id)
    }

    /// The name that the relay knows its sealed form by.
    pub fn blob(&self, key: &SlotKey) -> BlobId {
        BlobId::from_bytes(self.keyed(key, b"cairn attachment blob 1"))
    }

    /// What opens its sealed form.
    pub fn key(&self, key: &SlotKey) -> AttachmentKey {
        AttachmentKey(self.keyed(key, b"cairn attachment key 1"))
    }

    /// Bytes of its plaintext with the padding.
    const fn padded(&self) -> u64 {
        padded_length(self.bytes)
    }

    /// How many chunks its sealed form has.
    const fn chunks(&self) -> u64 {
        self.padded().div_ceil(ATTACHMENT_CHUNK_BYTES as u64)
    }

    /// Bytes of its sealed form.
    pub const fn sealed_bytes(&self) -> u64 {
        ATTACHMENT_HEADER_BYTES as u64 + self.padded() + self.chunks() * TAG_BYTES as u64
    }

    fn keyed(&self, key: &SlotKey, domain: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
        hasher
            .update(domain)
            .update(&self.sha256)
            .update(&self.bytes.to_le_bytes());
        let named = *hasher.finalize().as_bytes();
        hasher.zeroize();
        named
    }
}

/// Counts and digests bytes as they pass.
#[derive(Clone, Default)]
pub struct ContentHasher {
    hasher: Sha256,
    bytes: u64,
}

impl std::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentHasher(…)")
    }
}

impl ContentHasher {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// What has passed so far.
    pub fn content(&self) -> Content {
        Content {
            sha256: self.hasher.clone().finalize().into(),
            bytes: self.bytes,
        }
    }
}

/// Seals and opens one attachment. It is derived when it is needed and kept nowhere.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct AttachmentKey([u8; 32]);

impl AttachmentKey {
    /// The 32 bytes, for the vectors.
    #[cfg(test)]
    pub(super) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for AttachmentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AttachmentKey(…)")
    }
}

/// One attachment's cipher with the header that all of its chunks vouch for.
struct Chunks {
    cipher: XChaCha20Poly1305,
    header: [u8; ATTACHMENT_HEADER_BYTES],
}

impl Chunks {
    fn new(key: &AttachmentKey) -> Self {
        let beginning = [VERSION, CHUNK_CODE];
        let mut hasher = blake3::Hasher::new_keyed(&key.0);
        hasher.update(DOMAIN).update(&beginning);
        let mut output = hasher.finalize_xof();
        let mut both = [0; 64];
        output.fill(&mut both);
        let mut cipher = [0; 32];
        cipher.copy_from_slice(&both[..32]);
        let mut header = [0; ATTACHMENT_HEADER_BYTES];
        header[..2].copy_from_slice(&beginning);
        header[2..].copy_from_slice(&both[32..]);
        let chunks = Self {
            cipher: XChaCha20Poly1305::new((&cipher).into()),
            header,
        };
        both.zeroize();
        cipher.zeroize();
        hasher.zeroize();
        output.zeroize();
        chunks
    }

    /// Whether these bytes are the header of what this key sealed.
    fn begins(&self, header: &[u8; ATTACHMENT_HEADER_BYTES]) -> bool {
        let commitment = |header: &[u8; ATTACHMENT_HEADER_BYTES]| -> [u8; 32] {
            let mut bytes = [0; 32];
            bytes.copy_from_slice(&header[2..]);
            bytes
        };
        header[..2] == self.header[..2] && equal_in_constant_time(&commitment(header), &commitment(&self.header))
    }

    /// Seals `chunk` where it lies and puts its tag behind it.
    fn seal(&self, index: u32, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), CryptoError> {
        let tag = self
            .cipher
            .encrypt_inout_detached(
                (&nonce(index, is_last)).into(),
                &self.header,
                chunk.as_mut_slice().into(),
            )
            .map_err(|_| CryptoError::TooLarge)?;
        chunk.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens `chunk` where it lies and takes its tag off.
    fn open(&self, index: u32, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), CryptoError> {
        let (sealed, tag) = chunk
            .split_last_chunk_mut::<TAG_BYTES>()
            .ok_or(CryptoError::NotOpened)?;
        let tag = *tag;
        self.cipher
            .decrypt_inout_detached(
                (&nonce(index, is_last)).into(),
                &self.header,
                sealed.into(),
                (&tag).into(),
            )
            .map_err(|_| CryptoError::NotOpened)?;
        chunk.truncate(chunk.len() - TAG_BYTES);
        Ok(())
    }
}

fn nonce(index: u32, is_last: bool) -> [u8; 24] {
    let mut nonce = [0; 24];
    nonce[19..23].copy_from_slice(&index.to_be_bytes());
    nonce[23] = u8::from(is_last);
    nonce
}
