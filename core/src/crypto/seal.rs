//! One record, sealed and opened.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 72 | header, in the clear ([`cairn_wire::Header`]), every bit of it authenticated |
//! | 72 | 24 | nonce, random |
//! | 96 | 32 | commitment to the key |
//! | 128 | n | ciphertext, as long as the plaintext |
//! | 128 + n | 16 | Poly1305 tag |
//!
//! ```text
//! key 32 || commitment 32 = first 64 bytes of BLAKE3-keyed-XOF(epoch key, "cairn record 1" || header || nonce)
//! ciphertext || tag       = XChaCha20-Poly1305(key, nonce, associated data = header, plaintext)
//! ```
//!
//! The commitment is there because Poly1305 alone lets somebody who knows two keys make one ciphertext that opens under
//! both. It is compared before anything is decrypted. Since header and nonce go into the key, a record moved to another
//! slot, space or epoch does not open.

use std::fmt;

use cairn_wire::bounds::RECORD_BYTES_MAX;
use cairn_wire::{HEADER_BYTES, Header, Record, SEALING_BYTES};
use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::{Zeroize, Zeroizing};

use super::CryptoError;
use super::keys::{EpochKey, equal_in_constant_time};

const DOMAIN: &[u8] = b"cairn record 1";
const NONCE_BYTES: usize = 24;
const COMMITMENT_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const _: () = assert!(HEADER_BYTES + NONCE_BYTES + COMMITMENT_BYTES + TAG_BYTES == SEALING_BYTES);

/// Seals a plaintext into a whole record, header and body. The header's `length` is filled in; the nonce must be random
/// and never used again.
///
/// # Errors
/// [`CryptoError::TooLarge`] where the record would be longer than [`RECORD_BYTES_MAX`].
pub fn seal(key: &EpochKey, header: &Header, nonce: [u8; 24], plaintext: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let record_bytes = plaintext.len().saturating_add(SEALING_BYTES);
    if record_bytes > RECORD_BYTES_MAX {
        return Err(CryptoError::TooLarge);
    }
    let length = u32::try_from(record_bytes - HEADER_BYTES).map_err(|_| CryptoError::TooLarge)?;
    let header = Header { length, ..*header }.encode();
    let bound = bound(&header);
    let keys = RecordKeys::derive(key, bound, &nonce);

    let mut record = Vec::with_capacity(record_bytes);
    record.extend_from_slice(&header);
    record.extend_from_slice(&nonce);
    record.extend_from_slice(&keys.commitment);
    let start = record.len();
    record.extend_from_slice(plaintext);
    let tag = XChaCha20Poly1305::new((&keys.cipher).into())
        .encrypt_inout_detached((&nonce).into(), bound, record[start..].as_mut().into())
        .map_err(|_| CryptoError::TooLarge)?;
    record.extend_from_slice(&tag);
    Ok(record)
}

/// Opens a whole record, header and body.
///
/// # Errors
/// [`CryptoError::NotOpened`], whatever the reason.
pub fn open(key: &EpochKey, record: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    open_alone(&record_key(key, record)?, record)
}

/// The key of one record and of no other: what is kept of an epoch's key when that is destroyed and the record is not decided yet.
/// As secret as what the record says.
pub struct RecordKey(Zeroizing<[u8; 32]>);

impl RecordKey {
    /// The key with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordKey(…)")
    }
}

/// The key of this record alone, where it was sealed with `key`.
///
/// # Errors
/// [`CryptoError::NotOpened`], whatever the reason.
pub fn record_key(key: &EpochKey, record: &[u8]) -> Result<RecordKey, CryptoError> {
    let parts = Parts::of(record)?;
    let keys = RecordKeys::derive(key, bound(parts.header), parts.nonce);
    if !equal_in_constant_time(&keys.commitment, parts.commitment) && !planted!(CommitmentUnread) {
        return Err(CryptoError::NotOpened);
    }
    Ok(RecordKey::from_bytes(keys.cipher))
}

/// Opens a record with the key that is its alone.
///
/// # Errors
/// [`CryptoError::NotOpened`], whatever the reason.
pub fn open_alone(key: &RecordKey, record: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let Parts {
        header,
        nonce,
        ciphertext,
        tag,
        ..
    } = Parts::of(record)?;
    let mut plaintext = Zeroizing::new(ciphertext.to_vec());
    XChaCha20Poly1305::new(key.as_bytes().into())
        .decrypt_inout_detached(nonce.into(), bound(header), plaintext.as_mut_slice().into(), tag.into())
        .map_err(|_| CryptoError::NotOpened)?;
    Ok(plaintext)
}

/// A sealed record, taken apart.
struct Parts<'a> {
    header: &'a [u8; HEADER_BYTES],
    nonce: &'a [u8; NONCE_BYTES],
    commitment: &'a [u8; COMMITMENT_BYTES],
    ciphertext: &'a [u8],
    tag: &'a [u8; TAG_BYTES],
}

impl<'a> Parts<'a> {
    fn of(record: &'a [u8]) -> Result<Self, CryptoError> {
        let Record {
            header_bytes: header,
            body,
            ..
        } = Record::parse(record).map_err(|_| CryptoError::NotOpened)?;
        let (nonce, body) = body.split_first_chunk().ok_or(CryptoError::NotOpened)?;
        let (commitment, body) = body.split_first_chunk().ok_or(CryptoError::NotOpened)?;
        let (ciphertext, tag) = body.split_last_chunk().ok_or(CryptoError::NotOpened)?;
        Ok(Self {
            header,
            nonce,
            commitment,
            ciphertext,
            tag,
        })
    }
}

/// What of a header the seal is bound to: all of it.
fn bound(header: &[u8; HEADER_BYTES]) -> &[u8; HEADER_BYTES] {
    if planted!(HeaderUnbound) {
        &[0; HEADER_BYTES]
    } else {
        header
    }
}

/// The key of one record, and the commitment that it travels with.
struct RecordKeys {
    cipher: [u8; 32],
    commitment: [u8; 32],
}

impl RecordKeys {
    fn derive(key: &EpochKey, header: &[u8; HEADER_BYTES], nonce: &[u8; NONCE_BYTES]) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(key.as_bytes());
        hasher.update(DOMAIN).update(header).update(nonce);
        let mut output = hasher.finalize_xof();
        let mut both = [0; 64];
        // One block of output holds both: asking for it in two pieces would compute it twice.
        output.fill(&mut both);
        let mut keys = Self {
            cipher: [0; 32],
            commitment: [0; 32],
        };
        keys.cipher.copy_from_slice(&both[..32]);
        keys.commitment.copy_from_slice(&both[32..]);
        both.zeroize();
        hasher.zeroize();
        output.zeroize();
        keys
    }
}

impl Drop for RecordKeys {
    fn drop(&mut self) {
        self.cipher.zeroize();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use cairn_wire::{RecordId, SlotId, SpaceId};
    use proptest::prelude::*;

    use super::*;

    fn header() -> Header {
        Header {
            flags: 0,
            space: SpaceId::from_bytes([1; 16]),
            record_id: RecordId::from_bytes([2; 16]),
            slot: SlotId::from_bytes([3; 16]),
            epoch: 4,
            incarnation: 5,
            merged_upto: 6,
            expires_day: 7,
            length: 0,
        }
    }

    #[test]
    fn every_single_flipped_bit_of_a_record_is_refused() {
        let key = EpochKey::from_bytes([9; 32]);
        let record = seal(&key, &header(), [8; 24], b"two stones and a third on top").unwrap();
        assert!(open(&key, &record).is_ok());
        for bit in 0..record.len() * 8 {
            let mut changed = record.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&key, &changed), Err(CryptoError::NotOpened), "bit {bit}");
        }
        for length in 0..record.len() {
            assert_eq!(
                open(&key, &record[..length]),
                Err(CryptoError::NotOpened),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn a_record_moved_to_another_slot_or_space_or_epoch_is_refused() {
        let key = EpochKey::from_bytes([9; 32]);
        let record = seal(&key, &header(), [8; 24], b"words").unwrap();
        let header = Header { length: 77, ..header() };
        assert_eq!(record[..HEADER_BYTES], header.encode());
        for moved in [
            Header {
                slot: SlotId::from_bytes([4; 16]),
                ..header
            },
            Header {
                space: SpaceId::from_bytes([4; 16]),
                ..header
            },
            Header { epoch: 5, ..header },
            Header {
                merged_upto: 0,
                ..header
            },
        ] {
            let moved = [moved.encode().as_slice(), &record[HEADER_BYTES..]].concat();
            assert_eq!(open(&key, &moved), Err(CryptoError::NotOpened));
        }
    }

    #[test]
    fn the_largest_record_is_sealed_and_one_byte_more_is_not() {
        let key = EpochKey::from_bytes([9; 32]);
        let largest = vec![0; RECORD_BYTES_MAX - SEALING_BYTES];
        let record = seal(&key, &header(), [8; 24], &largest).unwrap();
        assert_eq!(record.len(), RECORD_BYTES_MAX);
        assert_eq!(*open(&key, &record).unwrap(), largest);
        let larger = vec![0; RECORD_BYTES_MAX - SEALING_BYTES + 1];
        assert_eq!(seal(&key, &header(), [8; 24], &larger), Err(CryptoError::TooLarge));
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_with_the_same_key_only(
            key: [u8; 32], other: [u8; 32], nonce: [u8; 24], slot: [u8; 16], epoch: u32,
            plaintext in prop::collection::vec(any::<u8>(), 0..3_000),
        ) {
            let header = Header { slot: SlotId::from_bytes(slot), epoch, ..header() };
            let record = seal(&EpochKey::from_bytes(key), &header, nonce, &plaintext).unwrap();
            prop_assert_eq!(record.len(), plaintext.len() + SEALING_BYTES);
            prop_assert_eq!(&*open(&EpochKey::from_bytes(key), &record).unwrap(), &plaintext);
            prop_assume!(key != other);
            prop_assert!(open(&EpochKey::from_bytes(other), &record).is_err());
        }

        #[test]
        fn bytes_from_outside_never_open_and_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(open(&EpochKey::from_bytes([9; 32]), &bytes).is_err());
        }
    }
}
